// effects.c - which database calls each function reaches, directly or through others.
//
// Strongly connected components are visited callees first (Tarjan 1972); within one, the sets grow until
// nothing changes. Each effect keeps the first step of a shortest way to its site. What a function repeats
// itself is a finding there: it is handed on to its callers in a list of its own. A function that has more than MAX_REACH
// effects keeps one of each kind on each table first, and the nearest.
#include "sql.h"
#include "values.h"

#include <stdlib.h>

enum { MAX_REPLACED = 8 * MAX_REACH };  // per list, so that the components of the call graph settle

static Unit *unit_at(Program *p, Ref function) { return &p->files.at[function.file].units[function.id]; }

// Two ways lead to one effect when they do the same to the same table, by the same statement where it is SQL.
// Where neither is known, only to the same site.
static bool same_effect(Program *p, const Reach *a, const Reach *b) {
  const Site *x = &p->sites.at[a->site], *y = &p->sites.at[b->site];
  if (!x->table && !a->statement && effect_is_database(a->effect) && a->site != b->site)
    return false;
  return a->effect == b->effect && a->statement == b->statement && x->library == y->library && x->table == y->table;
}

// Whether a way replaces another: a job for now before one for later, one that always runs before one that a caller, a
// cache or a transaction can avoid, then the shorter.
static bool is_better(const Program *p, const Reach *new, const Reach *old) {
  if (!new->given_to.file != !old->given_to.file)
    return !new->given_to.file;
  bool later = p->sites.at[new->site].put_off;
  if (later != p->sites.at[old->site].put_off)
    return !later;
  if (new->cached != old->cached)
    return !new->cached;
  if (new->outside != old->outside)
    return !new->outside;
  if (!new->guard.param != !old->guard.param)
    return !new->guard.param;
  return new->hops < old->hops;
}

// Whether the function keeps another effect of the same kind on the same table.
static bool is_spare(Program *p, const Reaches *list, const Reach *reach) {
  const Site *site = &p->sites.at[reach->site];
  for (uint32_t i = 0; i < list->n; i++) {
    const Reach *other = &list->at[i];
    const Site *s = &p->sites.at[other->site];
    if (other != reach && other->effect == reach->effect && s->library == site->library && s->table == site->table)
      return true;
  }
  return false;
}

// Put an effect in the place of one that is kept, when there are too many: of those that are not the only one of
// their kind on their table, else of all, the farthest gives way.
static bool replace_farthest(Program *p, Reaches *list, Reach reach) {
  Reach *farthest = &reach;
  bool spare = is_spare(p, list, &reach);
  for (uint32_t i = 0; i < list->n && list->replaced < MAX_REPLACED; i++) {
    Reach *r = &list->at[i];
    bool other = is_spare(p, list, r);
    if (other == spare ? r->hops <= farthest->hops : spare)
      continue;
    farthest = r;
    spare = other;
  }
  if (farthest == &reach)
    return false;
  list->replaced++;
  *farthest = reach;
  return true;
}

// Whether two ways to an effect depend on different things: what prevents one of them does not prevent the other.
static bool differs(const Guard *a, const Guard *b) {
  return a->param && b->param && (a->param != b->param || a->key != b->key || a->wanted != b->wanted || a->bare != b->bare);
}

static bool add_reach(Program *p, Unit *unit, Reaches *list, Reach reach) {
  for (uint32_t i = 0; i < list->n; i++) {
    Reach *have = &list->at[i];
    if (!same_effect(p, have, &reach))
      continue;
    bool either = differs(&reach.guard, &have->guard);
    if (either)
      reach.guard = have->guard = (Guard){0};
    if (!is_better(p, &reach, have))
      return either;
    *have = reach;
    return true;
  }
  if (list->n >= MAX_REACH) {
    unit->is_cut |= list == &unit->reach;
    return replace_farthest(p, list, reach);
  }
  vec_push(list, reach);
  return true;
}

// Whether callers repeat it by what they repeat: not when the function itself does so as a mistake or in chunks.
static bool is_handed_on(Program *p, FileId file, Id expr) { return repeat_is_handed_on(repeat_of(p, file, expr).kind); }

static void add_own(Program *p, Ref function) {
  Unit *unit = unit_at(p, function);
  for (uint32_t i = 0; i < unit->sites.n; i++) {
    const Site *site = &p->sites.at[unit->sites.at[i]];
    bool side = !effect_is_database(site->effect);
    Reach reach = {.site = unit->sites.at[i], .through = site->expr.id, .effect = site->effect, .sql = site->sql};
    reach.guard = guard_of(p, function.file, site->expr.id);
    reach.cached = site->effect == EFFECT_READ && is_cached(p, function.file, site->expr.id);
    reach.outside = side && is_outside_only(p, function.file, site->expr.id);
    bool once = side || is_handed_on(p, function.file, site->expr.id);
    add_reach(p, unit, once ? &unit->reach : &unit->looped, reach);
  }
}

static const Reach *reach_among(const Reaches *list, uint32_t site, Sym statement) {
  const Reach *open = NULL;  // on the way below the function that gives the statement
  for (uint32_t i = 0; i < list->n; i++) {
    const Reach *reach = &list->at[i];
    if (reach->site == site && reach->statement == statement)
      return reach;
    if (reach->site == site && (!open || !reach->statement))
      open = reach;
  }
  return open;
}

const Reach *reach_to(const Program *p, Ref function, uint32_t site, Sym statement) {
  const Unit *unit = &p->files.at[function.file].units[function.id];
  const Reach *reach = reach_among(&unit->reach, site, statement);
  return reach ? reach : reach_among(&unit->looped, site, statement);
}

// Whether an effect is that of a callback which another call of the function gives: this one has an edge to its own.
static bool is_of_other_call(const Edge *edge, const Reach *reach) {
  return edge->kind == EDGE_CALL && edge->function.file == reach->given_to.file && edge->function.id == reach->given_to.id;
}

bool reach_runs(Program *p, FileId file, const Edge *edge, const Reach *reach) {
  if (is_of_other_call(edge, reach))
    return false;
  if (edge->kind == EDGE_CALL && guard_prevents(p, file, edge->call, reach->guard))
    return false;
  return p->sites.at[reach->site].run != RUN_RETURNED || reach->hops || lazy_call_runs(p, file, edge->call);
}

// What a call makes of the effects of the function that it runs.
static void know_edge(Program *p, FileId file, Edge *edge) {
  edge->is_known = true;
  edge->is_handed_on = edge->kind != EDGE_EACH && is_handed_on(p, file, edge->call);
  edge->is_cached = is_cached(p, file, edge->call);
  edge->is_outside = is_outside_only(p, file, edge->call);
  edge->guard = guard_of_edge(p, file, edge);
}

// Hand on one effect of the called function.
static bool add_one(Program *p, Ref function, const Edge *edge, Reach r, bool looped) {
  Unit *unit = unit_at(p, function);
  Guard handed = guard_handed_in(p, function.file, edge, r.guard);
  r.guard = handed.param ? (Guard){0} : r.guard;
  if (r.hops == UINT16_MAX || !reach_runs(p, function.file, edge, &r) || !reach_sql(p, function.file, edge, &r))
    return false;
  r.through = edge->call;
  r.via = edge->function;
  r.guard = edge->guard.param ? edge->guard : handed;
  r.given_to = edge->given_to ? (Ref){function.file, edge->given_to} : r.given_to;
  r.cached = r.cached || (r.effect == EFFECT_READ && edge->is_cached);
  r.outside = r.outside || (!effect_is_database(r.effect) && edge->is_outside);
  r.hops++;
  return add_reach(p, unit, looped ? &unit->looped : &unit->reach, r);
}

static bool add_through(Program *p, Ref function, Edge *edge) {
  const Unit *callee = unit_at(p, edge->function);
  bool changed = false;
  if ((!callee->reach.n && !callee->looped.n) || edge->elsewhere)
    return false;
  if (!edge->is_known)
    know_edge(p, function.file, edge);
  for (uint32_t i = 0; i < callee->reach.n; i++) {
    Reach r = callee->reach.at[i];
    changed |= add_one(p, function, edge, r, !edge->is_handed_on && effect_is_database(r.effect));
  }
  for (uint32_t i = 0; i < callee->looped.n; i++)
    changed |= add_one(p, function, edge, callee->looped.at[i], true);
  return changed;
}

//
// Strongly connected components
//

typedef struct Frame {
  Ref function;
  uint32_t edge;
} Frame;

// A call in the component that is settled.
typedef struct Call {
  Ref function;  // that it stands in
  uint32_t edge;
} Call;

typedef struct Search {
  Program *p;
  VEC(Ref) stack;
  VEC(Frame) frames;
  VEC(Call) calls;        // no call at index 0
  VEC(uint32_t) callees;  // by call: the place of the function in the component + 1, 0 when it is in none of it
  VEC(uint32_t) queue;    // calls to look at
  uint32_t order;
} Search;

static void enter(Search *s, Ref function) {
  Unit *unit = unit_at(s->p, function);
  unit->order = unit->low = ++s->order;
  unit->on_stack = true;
  unit->place = s->stack.n;
  vec_push(&s->stack, function);
  vec_push(&s->frames, ((Frame){function, 0}));
}

// The component is the stack from `from` on: list its calls, all of them to be looked at.
static void collect_calls(Search *s, uint32_t from) {
  s->calls.n = s->callees.n = s->queue.n = 0;
  vec_push(&s->calls, ((Call){{0, 0}, 0}));
  vec_push(&s->callees, 0);
  for (uint32_t i = from; i < s->stack.n; i++) {
    Unit *unit = unit_at(s->p, s->stack.at[i]);
    for (uint32_t e = 0; e < unit->edges.n; e++) {
      const Unit *callee = unit_at(s->p, unit->edges.at[e].function);
      bool within = callee->on_stack && callee->place >= from;
      unit->edges.at[e].is_queued = true;
      vec_push(&s->queue, s->calls.n);
      vec_push(&s->calls, ((Call){s->stack.at[i], e}));
      vec_push(&s->callees, within ? callee->place - from + 1 : 0);
    }
  }
}

// Look at a call again whenever the effects of the function that it runs have changed.
static void settle_calls(Search *s, uint32_t from) {
  Groups callers = {0};
  groups_build(&callers, s->callees.at, s->calls.n, s->stack.n - from + 1);
  for (uint32_t head = 0; head < s->queue.n; head++) {
    Call call = s->calls.at[s->queue.at[head]];
    Unit *unit = unit_at(s->p, call.function);
    unit->edges.at[call.edge].is_queued = false;
    if (!add_through(s->p, call.function, &unit->edges.at[call.edge]))
      continue;
    uint32_t place = unit->place - from + 1;
    Slice again = groups_slice(&callers, place, place + 1);
    for (uint32_t i = 0; i < again.n; i++) {
      Call caller = s->calls.at[again.at[i]];
      Edge *edge = &unit_at(s->p, caller.function)->edges.at[caller.edge];
      if (!edge->is_queued)
        vec_push(&s->queue, again.at[i]);
      edge->is_queued = true;
    }
  }
  groups_release(&callers);
}

static void settle(Search *s, uint32_t from) {
  for (uint32_t i = from; i < s->stack.n; i++)
    add_own(s->p, s->stack.at[i]);
  collect_calls(s, from);
  settle_calls(s, from);
  for (uint32_t i = from; i < s->stack.n; i++) {
    unit_at(s->p, s->stack.at[i])->on_stack = false;
    s->p->functions_cut += unit_at(s->p, s->stack.at[i])->is_cut;
  }
  while (s->stack.n > from)
    vec_push(&s->p->callees_first, s->stack.at[--s->stack.n]);
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
  vec_release(&s.calls);
  vec_release(&s.callees);
  vec_release(&s.queue);
}
