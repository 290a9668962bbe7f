// opposed.c - claims that no run comes to: they stand behind a condition, and each way there has refused when it holds, or what
// they call refuses.
//
// `if (env.isCloud()) await freeName()` in what only a route with a guard `if (env.isCloud()) return false` reaches. Two
// conditions are told to be the same where they ask a function of ours that gets nothing and whose answer stays.
#include "judge.h"
#include "values.h"

#include <string.h>

// Answers that are kept, functions and calls on the ways up, and what is looked at of a condition and of a function.
enum { MAX_ANSWERS = 8, MAX_UP = 64, MAX_CALLS = 256, MAX_DEPTH = 8, MAX_LOOK = 256, MAX_EXITS = 64 };

// What a function has answered where an expression stands.
typedef struct Answer {
  Ref function;
  bool yes;
} Answer;

typedef struct Answers {
  Answer at[MAX_ANSWERS];
  uint32_t n;
} Answers;

// Whether two ways exclude each other: a function has answered them differently.
static bool exclude(const Answers *a, const Answers *b) {
  for (uint32_t i = 0; i < a->n; i++)
    for (uint32_t k = 0; k < b->n; k++)
      if (a->at[i].function.file == b->at[k].function.file && a->at[i].function.id == b->at[k].function.id &&
          a->at[i].yes != b->at[k].yes)
        return true;
  return false;
}

// Whether an expression in a function reads what may change: a variable that is set again, a field that methods set.
static bool may_change(const Program *p, Ref function, Id expr) {
  const File *f = &p->files.at[function.file];
  const Expr *e = expr_at(f, expr);
  if (e->kind == EX_MEMBER && expr_at(f, e->a)->kind == EX_THIS)
    return map_get(&f->set_inside, member_key(true, f->facts.functions.at[function.id].class, sym_of(f, e->name)));
  Id binding = e->kind == EX_IDENT ? binding_of(p, function.file, e->scope, e->name, false) : 0;
  return binding && f->facts.bindings.at[binding].kind == BIND_LET && map_get(&f->assigns, binding);
}

// Whether a function gives the same whenever it is asked, as far as its own code tells: it gets nothing, waits for nothing, has
// no effect and reads nothing that may change.
static bool answer_stays(const Program *p, Ref function) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  const Unit *unit = &f->units[function.id];
  Extent extent = f->extents[fn->scope];
  if (fn->params.count || fn->flags & (FN_ASYNC | FN_NO_BODY) || !fn->returns.count || unit->reach.n || unit->looped.n ||
      extent.end - extent.first > MAX_LOOK)
    return false;
  for (Id i = extent.first; i < extent.end; i++)
    if (may_change(p, function, i))
      return false;
  return true;
}

// Note what the functions that a condition asks have answered where it holds, or does not hold.
static void add_answers(Program *p, FileId file, Id condition, bool yes, Answers *out, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition);
  const char *op = text_of(f, e->name);
  if (!condition || depth > MAX_DEPTH || out->n == MAX_ANSWERS)
    return;
  if (e->kind == EX_UNARY && !strcmp(op, "!"))
    add_answers(p, file, e->a, !yes, out, depth + 1);
  if (e->kind == EX_ALT && !e->c && !strcmp(op, yes ? "&&" : "||")) {
    add_answers(p, file, e->a, yes, out, depth + 1);
    add_answers(p, file, e->b, yes, out, depth + 1);
  }
  Ref asked = e->kind == EX_CALL && !e->count ? value_function(p, value_of(p, file, e->a)) : (Ref){0, 0};
  if (!asked.file || !answer_stays(p, asked))
    return;
  // `isSelfHosted() { return !this.isCloud(); }` asks another one.
  List returns = p->files.at[asked.file].facts.functions.at[asked.id].returns;
  uint32_t before = out->n;
  if (returns.count == 1)
    add_answers(p, asked.file, list_at(&p->files.at[asked.file], returns.first, 0), yes, out, depth + 1);
  if (out->n == before)
    out->at[out->n++] = (Answer){asked, yes};
}

// Note the answers with which a scope is entered.
static void add_entered(Program *p, FileId file, const Scope *s, Answers *out) {
  const File *f = &p->files.at[file];
  const Expr *around = expr_at(f, expr_at(f, s->a)->parent);
  if (s->kind == SC_IF || s->kind == SC_ELSE)
    add_answers(p, file, s->a, s->kind == SC_IF, out, 0);
  if (s->kind != SC_BRANCH || around->kind != EX_ALT)
    return;
  bool second = around->c ? s->span.start >= expr_at(f, around->b)->span.start : strcmp(text_of(f, around->name), "&&") != 0;
  add_answers(p, file, s->a, !second, out, 0);
}

// And those with which a function is not left before a place: `if (!env.isCloud()) throw new Error()`.
static void add_not_left(Program *p, FileId file, Id function, uint32_t place, Id scope, Answers *out) {
  const File *f = &p->files.at[file];
  Slice exits = exits_inside(f, f->facts.functions.at[function].scope);
  for (uint32_t i = 0; i < exits.n && i < MAX_EXITS; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    bool leaves = (exit->kind == EXIT_RETURN || exit->kind == EXIT_THROW) && s->kind == SC_IF && s->function == function;
    if (leaves && exit->span.end <= place && scope_inside(f, scope, s->parent))
      add_answers(p, file, s->a, false, out, 0);
  }
}

// The answers without which an expression is not reached, also by the functions that it is written in.
static void add_reached(Program *p, FileId file, Id expr, Answers *out) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  for (Id scope = e->scope; scope; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    add_entered(p, file, s, out);
    if (s->kind == SC_FUNCTION)
      add_not_left(p, file, s->function, e->span.start, e->scope, out);
  }
}

// The answers with which a guard of a route lets pass: a class with a method `canActivate` that throws or gives false otherwise.
static void add_passed(Program *p, FileId file, Id guard, Answers *out) {
  const Value *v = value_at(p, value_of(p, file, guard));
  uint32_t name = v->kind == VAL_CLASS ? names_find(&p->syms, "canActivate") : 0;
  Ref method = name ? value_function(p, member_of_class(p, (Ref){v->a, v->b}, name, false)) : (Ref){0, 0};
  const File *f = &p->files.at[method.file];
  Slice exits = method.file ? exits_inside(f, f->facts.functions.at[method.id].scope) : (Slice){0};
  for (uint32_t i = 0; i < exits.n && i < MAX_EXITS; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    const char *value = text_of(f, expr_at(f, exit->value)->name);
    bool refuses = exit->kind == EXIT_THROW || (exit->kind == EXIT_RETURN && !strcmp(value, "false"));
    bool first = s->kind == SC_IF && s->function == method.id && s->parent == f->facts.functions.at[method.id].scope;
    if (refuses && first)
      add_answers(p, method.file, s->a, false, out, 0);
  }
}

static void add_guards(Program *p, FileId file, List decorators, Answers *out) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < decorators.count; i++) {
    const Expr *e = expr_at(f, list_at(f, decorators.first, i));
    for (uint32_t k = 0; e->kind == EX_CALL && k < e->count; k++)
      add_passed(p, file, list_at(f, e->first, k), out);
  }
}

// The answers with which a framework calls a method: those of the guards of the method and of its class.
static Answers answers_of_route(Program *p, Ref function) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  const Class *class = &f->facts.classes.at[fn->class];
  Answers out = {0};
  for (uint32_t i = 0; fn->class && i < class->members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, class->members.first, i)];
    if (m->function == function.id)
      add_guards(p, function.file, m->decorators, &out);
  }
  if (fn->class)
    add_guards(p, function.file, class->decorators, &out);
  return out;
}

//
// The way down
//

// How many effects on the database a function has, of which one may stand for several ways to it.
static uint32_t count_effects(const Unit *unit) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < unit->reach.n; i++)
    n += effect_is_database(unit->reach.at[i].effect);
  for (uint32_t i = 0; i < unit->looped.n; i++)
    n += effect_is_database(unit->looped.at[i].effect);
  return n;
}

// Whether a function comes to the database in one place only.
static bool asks_once(const Program *p, Ref function) {
  const Unit *unit = &p->files.at[function.file].units[function.id];
  uint32_t n = unit->sites.n;
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    Ref callee = unit->edges.at[i].function;
    n += count_effects(&p->files.at[callee.file].units[callee.id]);
  }
  return n == 1;
}

// Whether the functions on the way to a query, which do nothing else with the database, ask for what excludes each other.
static bool excludes_itself(Program *p, Way way) {
  Answers behind = {0};
  add_reached(p, way.file, way.expr, &behind);
  for (Ref function = way.via; function.file && asks_once(p, function) && way_next(p, &way); function = way.via) {
    Answers here = {0};
    add_reached(p, way.file, way.expr, &here);
    if (exclude(&here, &behind))
      return true;
    for (uint32_t i = 0; i < here.n && behind.n < MAX_ANSWERS; i++)
      behind.at[behind.n++] = here.at[i];
  }
  return false;
}

//
// The ways up
//

typedef struct Climb {
  const Judge *j;
  const Answers *behind;  // with which what is claimed is reached
  Ref ways[MAX_UP];       // functions that are to be reached with these answers
  uint32_t n, calls;
  bool open;              // some way has none that excludes them
} Climb;

static void add_way(Climb *c, Ref function) {
  for (uint32_t i = 0; i < c->n; i++)
    if (c->ways[i].file == function.file && c->ways[i].id == function.id)
      return;
  if (c->n == MAX_UP)
    c->open = true;
  else
    c->ways[c->n++] = function;
}

// A call of a function on the way, unless what it stands behind excludes it.
static void add_call(Climb *c, Ref call) {
  Answers here = {0};
  c->open |= ++c->calls > MAX_CALLS;
  add_reached(c->j->program, call.file, call.id, &here);
  if (!exclude(&here, c->behind))
    add_way(c, (Ref){call.file, unit_of(&c->j->program->files.at[call.file], call.id)});
}

// What is written in a function runs because that one did; where nothing calls a function, something outside may.
static void climb(Climb *c, Ref function) {
  Program *p = c->j->program;
  const File *f = &p->files.at[function.file];
  Id outer = function.id ? unit_of(f, f->facts.functions.at[function.id].expr) : 0;
  bool called = false;
  if (outer) {
    add_way(c, (Ref){function.file, outer});
    return;
  }
  for (uint32_t at = callers_of(&c->j->callers, function); at && !c->open; at = c->j->callers.calls.at[at].next) {
    Ref call = c->j->callers.calls.at[at].call;
    bool app = p->files.at[call.file].context == CONTEXT_APP;
    called |= app;
    if (app)
      add_call(c, call);
  }
  Answers route = answers_of_route(p, function);
  c->open |= !function.id || (!called && !exclude(&route, c->behind));
}

bool is_opposed(const Judge *j, Way way) {
  Answers behind = {0};
  add_reached(j->program, way.file, way.expr, &behind);
  Climb c = {.j = j, .behind = &behind};
  if (behind.n)
    add_way(&c, (Ref){way.file, unit_of(&j->program->files.at[way.file], way.expr)});
  for (uint32_t i = 0; i < c.n && !c.open; i++)
    climb(&c, c.ways[i]);
  return (c.n && !c.open) || (way.site && excludes_itself(j->program, way));
}
