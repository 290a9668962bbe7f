// held.c - what a transaction holds while it waits for something else, and whether the wait is what it is for.
#include "judge.h"
#include "values.h"

#include <strings.h>
#include <string.h>

static Id expr_of(const Program *p, Act act) { return act.edge ? act.edge->call : p->sites.at[act.site].expr.id; }

static uint32_t start_of(const File *f, Id expr) { return expr_at(f, expr)->span.start; }

// Whether both stand in one loop or one function within the region: what comes later may have run before.
static bool repeats_with(const File *f, Id expr, Id other, Id region) {
  for (Id scope = expr_at(f, expr)->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if ((scope_is_loop(s) || s->kind == SC_FUNCTION) && scope_inside(f, expr_at(f, other)->scope, scope))
      return true;
  }
  return false;
}

static bool act_writes(Program *p, FileId file, Act act) {
  if (!act.edge)
    return p->sites.at[act.site].effect == EFFECT_WRITE;
  const Unit *callee = &p->files.at[act.edge->function.file].units[act.edge->function.id];
  for (uint32_t i = 0; i < callee->reach.n; i++)
    if (callee->reach.at[i].effect == EFFECT_WRITE && reach_runs(p, file, act.edge, &callee->reach.at[i]))
      return true;
  return false;
}

//
// Locks
//

bool object_has_key(const File *f, Id expr, const char *const *keys) {
  const Expr *e = expr_at(f, expr);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++)
    if (is_in_list(text_of(f, expr_at(f, list_at(f, e->first, i))->name), keys))
      return true;
  return false;
}

static bool has_option(const File *f, const Expr *call, const char *const *words) {
  for (uint32_t i = 0; i < call->count; i++)
    if (object_has_key(f, list_at(f, call->first, i), words))
      return true;
  return false;
}

static bool text_locks(Program *p, const Site *site) {
  Ref literal = site->sql.file ? sql_literal(p, site->sql.file, site->sql.id) : (Ref){0, 0};
  const File *f = &p->files.at[literal.file];
  return literal.file && strcasestr(text_of(f, expr_at(f, literal.id)->name), "for update");
}

// A query that locks the rows it reads: an option or a method of its chain, or its SQL says so.
static bool locks_rows(Program *p, uint32_t index) {
  const Site *site = &p->sites.at[index];
  const char *const *words = p->libs->libraries.at[site->library].locks;
  const File *f = &p->files.at[site->expr.file];
  if (site->effect != EFFECT_READ)
    return false;
  for (Id at = site->expr.id; at;) {
    const Expr *e = expr_at(f, at);
    if (e->kind == EX_CALL && has_option(f, e, words))
      return true;
    if (e->kind == EX_MEMBER && is_in_list(text_of(f, e->name), words))
      return true;
    at = e->kind == EX_CALL || e->kind == EX_MEMBER || e->kind == EX_AWAIT ? e->a : 0;
  }
  return text_locks(p, site);
}

// Whether a region locks rows and writes to their table: before the expression, and after it, where there is one.
static bool guards_rows(Program *p, FileId file, Id region, Id expr) {
  const File *f = &p->files.at[file];
  Slice acts = region_acts(p, file, region);
  Sym table = 0;
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    bool before = !expr || start_of(f, expr_of(p, act)) < start_of(f, expr);
    if (!act.edge && before && locks_rows(p, act.site))
      table = p->sites.at[act.site].table;
  }
  for (uint32_t i = 0; table && i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    bool after = !expr || start_of(f, expr_of(p, act)) > start_of(f, expr);
    const Site *site = &p->sites.at[act.site];
    if (!act.edge && after && site->effect == EFFECT_WRITE && site->table == table)
      return true;
  }
  return false;
}

// The same in the functions that the call which opens the transaction runs: `row.refreshIfNeeded(async () => fetch())`.
static bool opener_guards(Program *p, FileId file, Id call) {
  const Unit *unit = &p->files.at[file].units[unit_of(&p->files.at[file], call)];
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    const File *g = &p->files.at[edge->function.file];
    if (edge->call == call && edge->kind == EDGE_CALL &&
        guards_rows(p, edge->function.file, g->facts.functions.at[edge->function.id].scope, 0))
      return true;
  }
  return false;
}

//
// The wait
//

static Id function_scope(const File *f, Id expr) { return f->facts.functions.at[unit_of(f, expr)].scope; }

// Where the code of the transaction stands, as far as it is in the function around.
static Id region_of(const File *f, Id expr, const Transaction *t) {
  return t->callback ? f->facts.functions.at[t->callback].scope : function_scope(f, expr);
}

static bool writes_before(Program *p, FileId file, Id region, Id expr) {
  const File *f = &p->files.at[file];
  Slice acts = region_acts(p, file, region);
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    Id other = expr_of(p, act);
    bool before = expr_at(f, other)->span.end <= start_of(f, expr) || repeats_with(f, expr, other, region);
    if (before && other != expr && (act_writes(p, file, act) || (!act.edge && locks_rows(p, act.site))))
      return true;
  }
  return false;
}

// Whether anything on the way to the wait locks rows before.
static bool holds_rows(Program *p, Way way, const Transaction *t) {
  Id region = region_of(&p->files.at[way.file], way.expr, t);
  do {
    if (writes_before(p, way.file, region, way.expr))
      return true;
    if (way_next(p, &way))
      region = function_scope(&p->files.at[way.file], way.expr);
    else
      region = 0;
  } while (region);
  return false;
}

// A statement of its own that nobody waits for, somewhere on the way.
static bool is_started_only(Program *p, Way way) {
  do {
    if (expr_at(&p->files.at[way.file], way.expr)->flags & EXF_STATEMENT)
      return true;
  } while (way_next(p, &way));
  return false;
}

const char *wait_doubt(Program *p, const Way *way, const Transaction *t) {
  const File *f = &p->files.at[way->file];
  uint8_t effect = p->sites.at[way->site].effect;
  if (effect < EFFECT_FILE && is_started_only(p, *way))
    return "nobody waits for it, so the transaction is not held up";
  if (effect == EFFECT_FILE && repeat_of(p, way->file, way->expr).kind == REPEAT_CONSTANT)
    return "it is about a few files that the code names";
  if ((effect == EFFECT_CPU || effect == EFFECT_FILE) && !holds_rows(p, *way, t))
    return "no row is locked yet: it holds a connection only";
  if (effect != EFFECT_SLEEP && (guards_rows(p, way->file, region_of(f, way->expr, t), way->expr) || opener_guards(p, way->file, t->call)))
    return "the transaction locks the row that it is about, and writes it after: the lock is there to let one do it at a time";
  return NULL;
}
