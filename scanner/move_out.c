// move_out.c - where a side effect belongs that runs while a transaction is open: before it begins or after it has committed, and
// which call is to be moved for that.
#include "judge.h"
#include "values.h"

#include <string.h>

enum { MAX_MADE = 8, MADE_PARTS = 200 };  // steps from a value back to what it is made of, and expressions on the way

const char *effect_does(uint8_t effect) {
  static const char *const words[EFFECT_COUNT] = {
      [EFFECT_MAIL] = "sends mail",           [EFFECT_HTTP] = "calls another service",
      [EFFECT_QUEUE] = "publishes a message", [EFFECT_FILE] = "touches files",
      [EFFECT_PAYMENT] = "calls a payment service", [EFFECT_CLOUD] = "calls a cloud service",
      [EFFECT_SLEEP] = "waits",               [EFFECT_CPU] = "computes for long"};
  return words[effect];
}

bool leaves_process(const Program *p, uint32_t site) {
  uint8_t effect = p->sites.at[site].effect;
  return effect >= EFFECT_MAIL && effect != EFFECT_FILE && effect != EFFECT_SLEEP && effect != EFFECT_CPU && !p->sites.at[site].put_off;
}

// Whether a query that a call in the transaction's code leads to runs outside of the transaction.
static bool is_past(Program *p, FileId file, const Edge *edge, uint32_t site, const Transaction *t) {
  return edge && edge->kind == EDGE_CALL && !t->implicit && p->sites.at[site].library == t->library &&
         call_goes_past(p, file, edge, site, t).site;
}

// What can be moved as a whole: the first call on the way that has nothing to do with the transaction, else the site.
static Way movable(Program *p, const Edge *edge, Way way, const Transaction *t) {
  FileId file = way.file;
  while (way.via.file) {
    const Unit *unit = &p->files.at[way.via.file].units[way.via.id];
    bool asks = false;
    for (uint32_t i = 0; i < unit->reach.n && !asks; i++)
      asks = effect_is_database(unit->reach.at[i].effect) && !is_past(p, file, edge, unit->reach.at[i].site, t);
    if (!asks || !way_next(p, &way))
      break;
  }
  return way;
}

static const char *name_of(Program *p, const Way *way, Arena *arena) {
  return way->via.file ? function_name(p, way->via, arena) : site_text(p, &p->sites.at[way->site], arena);
}

// Whether a function of ours opens the transaction, which may use what its callback gives.
static bool value_is_ours(Program *p, FileId file, const Transaction *t) {
  const File *f = &p->files.at[file];
  Id callee = expr_at(f, t->call)->a;
  return callee && value_function(p, value_of(p, file, callee)).file;
}

// Whether the value of a call is used where it is made, or handed on by a function inside of the transaction.
static bool is_needed(Program *p, const Way *way, const Transaction *t) {
  const File *f = &p->files.at[way->file];
  const Expr *e = expr_at(f, way->expr), *parent = expr_at(f, e->parent);
  uint8_t flags = parent->kind == EX_AWAIT ? parent->flags | e->flags : e->flags;
  bool given_out = flags & EXF_RETURNED && unit_of(f, way->expr) == t->callback && !value_is_ours(p, way->file, t);
  return !(flags & EXF_STATEMENT) && !given_out;
}

// Taking a file away cannot come before the rows are gone.
static bool removes(const Program *p, const Site *site) {
  static const char *const words[] = {"delete", "remove", "unlink", "rm", "destroy"};
  return contains_any(sym_text(p, site->method), words, COUNT(words));
}

// Whether a call writes to the database, itself or by what it calls.
static bool call_writes(const Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Unit *unit = &f->units[unit_of(f, call)];
  for (uint32_t i = 0; i < unit->sites.n; i++)
    if (p->sites.at[unit->sites.at[i]].expr.id == call && p->sites.at[unit->sites.at[i]].effect == EFFECT_WRITE)
      return true;
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
    for (uint32_t k = 0; edge->call == call && k < callee->reach.n; k++)
      if (callee->reach.at[k].effect == EFFECT_WRITE)
        return true;
  }
  return false;
}

// The variable in an expression that holds what a write of the transaction has given, 0 if none does. `parts` may still be
// looked at.
static Id made_inside(const Program *p, FileId file, Id expr, const Transaction *t, int depth, int *parts) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0, children[16];
  const Binding *b = &f->facts.bindings.at[binding];
  bool local = (b->kind == BIND_CONST || b->kind == BIND_LET) && unit_of(f, b->value) == unit_of(f, expr);
  bool inside = local && expr_at(f, b->value)->span.start > expr_at(f, t->call)->span.start;
  if (depth > MAX_MADE || --*parts < 0 || e->kind == EX_FUNCTION)
    return 0;
  if (e->kind == EX_AWAIT && call_writes(p, file, e->a))
    return expr;
  if (inside && made_inside(p, file, b->value, t, depth + 1, parts))
    return expr;
  Id made = 0;
  uint32_t n = expr_children(f, expr, children, COUNT(children));
  for (uint32_t i = 0; i < n && !made; i++)
    made = made_inside(p, file, children[i], t, depth + 1, parts);
  return made;
}

// The argument of the transaction's own call that a side effect needs, of those that the transaction makes; 0 for none.
static Id needed_from_inside(Program *p, Way way, const Way *end, const Transaction *t) {
  const File *f = &p->files.at[way.file];
  const Expr *e = expr_at(f, way.expr);
  Id made = 0;
  Items items = 0;
  int parts = MADE_PARTS;
  for (uint32_t i = 0; i < e->count && i < ITEM_LIMIT; i++) {
    Id variable = made_inside(p, way.file, list_at(f, e->first, i), t, 0, &parts);
    items |= variable ? 1u << i : 0;
    made = made ? made : variable;
  }
  Ref function = way.via;
  while (items && (way.file != end->file || way.expr != end->expr) && way_next(p, &way)) {
    items = arguments_depending(p, way.file, way.expr, function.id, items, false);
    function = way.via;
  }
  return items ? made : 0;
}

// What runs a call in the transaction for each of its elements, 0 for nothing or where it has no list.
static Id list_around(Program *p, const Way *way, const Transaction *t) {
  const File *f = &p->files.at[way->file];
  Repeat repeat = repeat_of(p, way->file, way->expr);
  Id region = repeat.kind == REPEAT_ELEMENT ? repeat_scope(f, &repeat) : 0;
  bool inside = region && scope_inside(f, region, expr_at(f, t->call)->scope) && unit_of(f, way->expr) != unit_of(f, t->call);
  return inside ? repeat.over : 0;
}

// Before the transaction: what it needs, and what its rows speak of.
static bool belongs_before(Program *p, const Way *way, const Transaction *t) {
  const Site *site = &p->sites.at[way->site];
  bool made = site->effect == EFFECT_FILE || site->effect == EFFECT_CLOUD;
  if (site->effect == EFFECT_CPU || site->effect == EFFECT_SLEEP)
    return true;
  if (site->effect == EFFECT_MAIL || site->effect == EFFECT_QUEUE || (made && removes(p, site)))
    return false;
  return made || is_needed(p, way, t);
}

// What it needs is there only when the transaction has run.
static const char *after_commit(Program *p, const Way *start, const Way *way, Id made, Arena *arena) {
  const File *f = &p->files.at[start->file];
  bool inside = way->file != start->file || way->expr != start->expr;
  const char *name = name_of(p, way, arena), *what = strchr(name, '`') ? "do it" : arena_printf(arena, "call `%s`", name);
  const char *out = inside ? arena_printf(arena, ", not in `%s`", function_name(p, start->via, arena)) : "";
  bool lost = p->sites.at[way->site].effect < EFFECT_FILE;
  return arena_printf(arena, "%s after the transaction has committed%s: let the callback return what it needs, which the transaction makes "
                             "(`%s`)%s", what, out, expr_text(f, made, arena),
                      lost ? "; if it must not get lost, write an outbox row in the transaction and let a worker send it" : "");
}

const char *move_out_text(Program *p, const Edge *edge, Way start, const Transaction *t, Arena *arena) {
  Way way = movable(p, edge, start, t);
  bool inside = way.file != start.file || way.expr != start.expr;
  const char *name = name_of(p, &way, arena), *outer = inside ? function_name(p, start.via, arena) : "";
  if (p->sites.at[way.site].effect == EFFECT_SLEEP && !way.via.file && !inside)
    return "do not wait inside: end the transaction and begin another one";
  Id made = needed_from_inside(p, start, &way, t), list = inside ? 0 : list_around(p, &start, t);
  if (made)
    return after_commit(p, &start, &way, made, arena);
  if (!belongs_before(p, &way, t)) {
    const char *how = inside ? arena_printf(arena, "take it out of `%s` and do it", outer) : "do it";
    const char *let = inside ? "" : ": let the callback return what is needed and act on it then";
    return arena_printf(arena, "%s after the transaction has committed%s; if it must not get lost, write an outbox row in the "
                               "transaction and let a worker send it", how, let);
  }
  const char *each = list ? arena_printf(arena, " for each element of `%s`", expr_text(&p->files.at[start.file], list, arena)) : "";
  const char *in = inside ? arena_printf(arena, "let `%s` take its result", outer) : "hand its result in";
  const char *then = is_needed(p, &way, t) ? in : "only write the rows inside";
  uint8_t effect = p->sites.at[way.site].effect;
  bool guarded = value_is_ours(p, start.file, t) && (effect == EFFECT_HTTP || effect == EFFECT_PAYMENT);
  const char *what = strchr(name, '`') ? "do it" : arena_printf(arena, "call `%s`", name);
  return arena_printf(arena, "%s%s before the transaction begins and %s%s", what, each, list ? "hand the results in" : then,
                      guarded ? "; where a row lock has to guard it, give the call a timeout and the transaction a `lock_timeout`" : "");
}
