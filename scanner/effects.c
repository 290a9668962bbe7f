// effects.c - which database calls each function reaches, directly or through others.
//
// Strongly connected components are visited callees first (Tarjan 1972); within one, the sets grow until
// nothing changes. Each effect keeps the first step of a shortest way to its site. What a function repeats
// itself is a finding there and not handed on to its callers.
#include "values.h"

#include <stdlib.h>

static Unit *unit_at(Program *p, Ref function) { return &p->files.at[function.file].units[function.id]; }

// Two ways lead to one effect when they do the same to the same table, by the same statement where it is SQL.
// Where neither is known, only to the same site.
static bool same_effect(Program *p, const Reach *a, const Reach *b) {
  const Site *x = &p->sites.at[a->site], *y = &p->sites.at[b->site];
  if (!x->table && !a->statement && effect_is_database(a->effect) && a->site != b->site)
    return false;
  return a->effect == b->effect && a->statement == b->statement && x->library == y->library && x->table == y->table;
}

// Whether a way replaces another: one that always runs before one that a caller or a cache can avoid, then the
// shorter.
static bool is_better(const Reach *new, const Reach *old) {
  if (new->cached != old->cached)
    return !new->cached;
  if (!new->guard.param != !old->guard.param)
    return !new->guard.param;
  return new->hops < old->hops;
}

static bool add_reach(Program *p, Unit *unit, Reach reach) {
  for (uint32_t i = 0; i < unit->reach.n; i++) {
    Reach *have = &unit->reach.at[i];
    if (!same_effect(p, have, &reach))
      continue;
    if (!is_better(&reach, have))
      return false;
    *have = reach;
    return true;
  }
  if (unit->reach.n >= MAX_REACH)
    return false;
  vec_push(&unit->reach, reach);
  return true;
}

// Whether a caller still has to know: not when the function itself repeats it as a mistake or in chunks.
static bool is_handed_on(Program *p, FileId file, Id expr) {
  switch (repeat_of(p, file, expr).kind) {
  case REPEAT_NONE:
  case REPEAT_RETRY:
  case REPEAT_LEAVES:
  case REPEAT_CONSTANT:
  case REPEAT_DISPATCH:
  case REPEAT_ONCE:
    return true;
  default:
    return false;
  }
}

static void add_own(Program *p, Ref function) {
  Unit *unit = unit_at(p, function);
  for (uint32_t i = 0; i < unit->sites.n; i++) {
    const Site *site = &p->sites.at[unit->sites.at[i]];
    bool side = !effect_is_database(site->effect);
    Reach reach = {.site = unit->sites.at[i], .through = site->expr.id, .effect = site->effect, .sql = site->sql};
    reach.guard = guard_of(p, function.file, site->expr.id);
    reach.cached = site->effect == EFFECT_READ && is_cached(p, function.file, site->expr.id);
    if (side || (site->run != RUN_BATCHED && is_handed_on(p, function.file, site->expr.id)))
      add_reach(p, unit, reach);
  }
}

const Reach *reach_to(const Program *p, Ref function, uint32_t site, Sym statement) {
  const Unit *unit = &p->files.at[function.file].units[function.id];
  const Reach *open = NULL;  // on the way below the function that gives the statement
  for (uint32_t i = 0; i < unit->reach.n; i++) {
    const Reach *reach = &unit->reach.at[i];
    if (reach->site == site && reach->statement == statement)
      return reach;
    if (reach->site == site && (!open || !reach->statement))
      open = reach;
  }
  return open;
}

bool reach_runs(Program *p, FileId file, const Edge *edge, const Reach *reach) {
  if (edge->kind == EDGE_CALL && guard_is_given(&p->files.at[file], edge->call, reach->guard))
    return false;
  return p->sites.at[reach->site].run != RUN_RETURNED || reach->hops || lazy_call_runs(p, file, edge->call);
}

static bool add_through(Program *p, Ref function, const Edge *edge) {
  Unit *unit = unit_at(p, function), *callee = unit_at(p, edge->function);
  bool changed = false, handed = false;
  if (!callee->reach.n || edge->elsewhere)
    return false;
  handed = edge->kind != EDGE_EACH && is_handed_on(p, function.file, edge->call);
  Guard guard = guard_of(p, function.file, edge->call);
  bool cached = is_cached(p, function.file, edge->call);
  for (uint32_t i = 0; i < callee->reach.n; i++) {
    Reach r = callee->reach.at[i];
    bool side = !effect_is_database(r.effect);
    if ((!handed && !side) || r.hops == UINT16_MAX || !reach_runs(p, function.file, edge, &r))
      continue;
    if (!reach_sql(p, function.file, edge, &r))
      continue;
    r.through = edge->call;
    r.via = edge->function;
    r.guard = guard;
    r.cached = r.cached || (r.effect == EFFECT_READ && cached);
    r.hops++;
    changed |= add_reach(p, unit, r);
  }
  return changed;
}

//
// Strongly connected components
//

typedef struct Frame {
  Ref function;
  uint32_t edge;
} Frame;

typedef struct Search {
  Program *p;
  VEC(Ref) stack;
  VEC(Frame) frames;
  uint32_t order;
} Search;

static void enter(Search *s, Ref function) {
  Unit *unit = unit_at(s->p, function);
  unit->order = unit->low = ++s->order;
  unit->on_stack = true;
  vec_push(&s->stack, function);
  vec_push(&s->frames, ((Frame){function, 0}));
}

static void settle(Search *s, uint32_t from) {
  bool changed = true;
  for (uint32_t i = from; i < s->stack.n; i++) {
    unit_at(s->p, s->stack.at[i])->on_stack = false;
    unit_at(s->p, s->stack.at[i])->recursive |= s->stack.n - from > 1;
    add_own(s->p, s->stack.at[i]);
  }
  while (changed) {
    changed = false;
    for (uint32_t i = from; i < s->stack.n; i++) {
      Unit *unit = unit_at(s->p, s->stack.at[i]);
      for (uint32_t e = 0; e < unit->edges.n; e++)
        changed |= add_through(s->p, s->stack.at[i], &unit->edges.at[e]);
    }
  }
  s->stack.n = from;
}

// All callees are done: close the component if this is its root, and tell the caller.
static void leave(Search *s) {
  Frame frame = s->frames.at[--s->frames.n];
  Unit *unit = unit_at(s->p, frame.function);
  if (unit->low == unit->order) {
    uint32_t from = s->stack.n;
    do
      from--;
    while (s->stack.at[from].file != frame.function.file || s->stack.at[from].id != frame.function.id);
    settle(s, from);
  }
  if (!s->frames.n)
    return;
  Unit *caller = unit_at(s->p, s->frames.at[s->frames.n - 1].function);
  if (unit->low < caller->low)
    caller->low = unit->low;
}

static void visit(Search *s, Ref root) {
  enter(s, root);
  while (s->frames.n) {
    Frame *frame = &s->frames.at[s->frames.n - 1];
    Unit *unit = unit_at(s->p, frame->function);
    if (frame->edge == unit->edges.n) {
      leave(s);
      continue;
    }
    Ref next = unit->edges.at[frame->edge++].function;
    Unit *callee = unit_at(s->p, next);
    unit->recursive |= callee == unit;
    if (!callee->order)
      enter(s, next);
    else if (callee->on_stack && callee->order < unit->low)
      unit->low = callee->order;
  }
}

void program_effects(Program *p) {
  Search s = {.p = p};
  for (FileId file = 1; file < p->files.n; file++)
    for (Id id = 0; id < p->files.at[file].facts.functions.n; id++)
      if (!p->files.at[file].units[id].order)
        visit(&s, (Ref){file, id});
  vec_release(&s.stack);
  vec_release(&s.frames);
}
