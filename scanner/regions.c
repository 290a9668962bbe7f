// regions.c - what the code of a loop or function does to the database and to the world, found once for each of them.
#include "values.h"

enum { REGION_SEEN = 1, REGION_SLOW = 2, REGION_WRITES = 4, REGION_QUEUES = 8, REGION_WAITS = 16 };

static void add_act(File *f, uint32_t *scopes, Id expr, Act act) {
  scopes[f->acts.n] = expr_at(f, expr)->scope;
  vec_push(&f->acts, act);
}

// The sites and calls of a file, by scope.
static void index_acts(Program *p, File *f) {
  uint32_t count = 1;
  for (Id unit = 0; unit < f->facts.functions.n; unit++)
    count += f->units[unit].sites.n + f->units[unit].edges.n;
  uint32_t *scopes = xcalloc(count, sizeof *scopes);
  vec_push(&f->acts, ((Act){0, NULL}));
  for (Id unit = 0; unit < f->facts.functions.n; unit++) {
    const Unit *u = &f->units[unit];
    for (uint32_t i = 0; i < u->sites.n; i++)
      add_act(f, scopes, p->sites.at[u->sites.at[i]].expr.id, (Act){u->sites.at[i], NULL});
    for (uint32_t i = 0; i < u->edges.n; i++)
      add_act(f, scopes, u->edges.at[i].call, (Act){0, &u->edges.at[i]});
  }
  groups_build(&f->acts_by_scope, scopes, count, f->facts.scopes.n);
  xfree(scopes);
}

// Side effects that take longer than a query. Publishing a message does not, and waiting is mostly for retries.
static bool is_slow(uint8_t effect) { return effect >= EFFECT_MAIL && effect != EFFECT_QUEUE && effect != EFFECT_SLEEP; }

static void add_effect(File *f, Id region, uint8_t effect, Sym table, uint32_t *found) {
  if (is_slow(effect))
    *found |= REGION_SLOW;
  if (effect == EFFECT_QUEUE)
    *found |= REGION_QUEUES;
  if (effect == EFFECT_SLEEP)
    *found |= REGION_WAITS;
  if (effect != EFFECT_WRITE)
    return;
  *found |= REGION_WRITES;
  map_put(&f->tables_written, table_key(region, table), 1);
}

Slice region_acts(Program *p, FileId file, Id region) {
  File *f = &p->files.at[file];
  if (!f->acts.n)
    index_acts(p, f);
  return groups_slice(&f->acts_by_scope, region, f->extents[region].scopes);
}

Id act_expr(const Program *p, Act act) { return act.edge ? act.edge->call : p->sites.at[act.site].expr.id; }

static bool list_does(Program *p, FileId file, const Edge *edge, const Reaches *list, uint32_t effects) {
  for (uint32_t i = 0; i < list->n; i++)
    if (effects >> list->at[i].effect & 1 && reach_runs(p, file, edge, &list->at[i]))
      return true;
  return false;
}

bool act_does(Program *p, FileId file, Act act, uint32_t effects) {
  if (!act.edge)
    return effects >> p->sites.at[act.site].effect & 1;
  const Unit *callee = &p->files.at[act.edge->function.file].units[act.edge->function.id];
  return list_does(p, file, act.edge, &callee->reach, effects) || list_does(p, file, act.edge, &callee->looped, effects);
}

// What a call writes per element of a loop of its own changes rows here as well.
static void add_looped(Program *p, FileId file, Id region, const Edge *edge) {
  const Reaches *looped = &p->files.at[edge->function.file].units[edge->function.id].looped;
  for (uint32_t i = 0; i < looped->n; i++)
    if (looped->at[i].effect == EFFECT_WRITE && reach_runs(p, file, edge, &looped->at[i]))
      map_put(&p->files.at[file].tables_written, table_key(region, p->sites.at[looped->at[i].site].table), 1);
}

static uint32_t look_into(Program *p, FileId file, Id region) {
  File *f = &p->files.at[file];
  uint32_t found = REGION_SEEN;
  Slice acts = region_acts(p, file, region);
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    const Site *site = &p->sites.at[act.site];
    if (!act.edge) {
      add_effect(f, region, site->effect, site->table, &found);
      continue;
    }
    const Unit *callee = &p->files.at[act.edge->function.file].units[act.edge->function.id];
    for (uint32_t k = 0; k < callee->reach.n; k++) {
      const Reach *r = &callee->reach.at[k];
      if ((r->effect == EFFECT_WRITE || r->effect >= EFFECT_MAIL) && reach_runs(p, file, act.edge, r))
        add_effect(f, region, r->effect, p->sites.at[r->site].table, &found);
    }
    add_looped(p, file, region, act.edge);
  }
  map_put(&f->regions, region, found);
  return found;
}

static uint32_t region_at(Program *p, FileId file, Id region) {
  uint32_t known = region ? map_get(&p->files.at[file].regions, region) : REGION_SEEN;
  return known ? known : look_into(p, file, region);
}

bool region_is_slow(Program *p, FileId file, Id region) { return region_at(p, file, region) & REGION_SLOW; }

bool region_writes(Program *p, FileId file, Id region, Sym table) {
  region_at(p, file, region);
  return region && map_get(&p->files.at[file].tables_written, table_key(region, table));
}

bool region_writes_any(Program *p, FileId file, Id region) { return region_at(p, file, region) & REGION_WRITES; }

bool region_queues(Program *p, FileId file, Id region) { return region_at(p, file, region) & REGION_QUEUES; }

bool region_waits(Program *p, FileId file, Id region) { return region_at(p, file, region) & REGION_WAITS; }
