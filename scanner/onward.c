// onward.c - what becomes of the elements of a loop afterwards, and before: whether another loop works them off at a
// higher cost.
//
// It follows the list, and the lists that the loop fills, forward: through variables, methods that keep or map elements,
// functions that get the list, and what a function returns where one place calls it. Where each element costs more later
// on, a query less per element changes little.
#include <string.h>

#include "judge.h"
#include "repeat.h"

enum {
  MAX_FOLLOWED = 32,  // variables and calls
  MAX_USES = 400,     // expressions, variables and calls that are looked at in all
  MAX_PATTERN = 8,    // steps from a variable to what its pattern takes apart
  MAX_ASKED = 64,     // calls of a region that are counted
};

typedef struct Onward {
  const Judge *j;
  Program *p;
  FileId file;     // of the loop
  Id region;       // the loop itself
  uint32_t asked;  // how often a round of it asks the database
  uint32_t uses;
  Ref variables[MAX_FOLLOWED], calls[MAX_FOLLOWED];  // bindings; expressions
  uint32_t nvariables, ncalls;
} Onward;

static bool is_spent(Onward *o) { return ++o->uses > MAX_USES; }

static void add(Ref *at, uint32_t *n, Ref ref) {
  for (uint32_t i = 0; i < *n; i++)
    if (at[i].file == ref.file && at[i].id == ref.id)
      return;
  if (ref.id && *n < MAX_FOLLOWED)
    at[(*n)++] = ref;
}

static void add_variable(Onward *o, FileId file, Id binding) {
  uint8_t kind = o->p->files.at[file].facts.bindings.at[binding].kind;
  if (kind == BIND_CONST || kind == BIND_LET || kind == BIND_PARAM)
    add(o->variables, &o->nvariables, (Ref){file, binding});
}

static void add_call(Onward *o, FileId file, Id call) { add(o->calls, &o->ncalls, (Ref){file, call}); }

//
// Loops
//

// How often a region asks the database, itself and by what it calls.
static uint32_t count_asked(Program *p, FileId file, Id region) {
  const File *f = &p->files.at[file];
  Slice acts = region_acts(p, file, region);
  uint32_t count = 0;
  for (uint32_t i = 0; i < acts.n && i < MAX_ASKED; i++) {
    const Act *act = &f->acts.at[acts.at[i]];
    const Unit *callee = act->edge ? &p->files.at[act->edge->function.file].units[act->edge->function.id] : NULL;
    count += !callee && act->site && effect_is_database(p->sites.at[act->site].effect);
    for (uint32_t k = 0; callee && k < callee->reach.n; k++)
      count += effect_is_database(callee->reach.at[k].effect) && reach_runs(p, file, act->edge, &callee->reach.at[k]);
  }
  return count;
}

// Whether a round of another loop costs more: it waits for something slower than a query, or writes, and asks more.
static bool costs_more(const Onward *o, FileId file, Id region) {
  const File *f = &o->p->files.at[file];
  bool own = file == o->file && (scope_inside(f, region, o->region) || scope_inside(f, o->region, region));
  if (!region || own)
    return false;
  return region_is_slow(o->p, file, region) ||
         (region_writes_any(o->p, file, region) && count_asked(o->p, file, region) > o->asked);
}

// The function that a call is given to run for each element: its scope, 0 if it is written elsewhere.
static Id round_of(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *given = expr_at(f, argument_at(f, call, 0));
  int index, use;
  Id over;
  bool each = given->kind == EX_FUNCTION && inline_call(p, file, given->a, &index, &use, &over) && use == EDGE_EACH;
  return each ? f->facts.functions.at[given->a].scope : 0;
}

// Whether a loop over an expression costs more: `for (x of expr)`, `expr.map((x) => ...)`.
static bool heads_costly(const Onward *o, FileId file, Id expr) {
  const File *f = &o->p->files.at[file];
  Id loop = map_get(&f->heads, expr);
  uint8_t kind = f->facts.scopes.at[loop].kind;
  if ((kind == SC_FOR_OF || kind == SC_FOR_AWAIT) && costs_more(o, file, loop))
    return true;
  Id member = expr_at(f, expr)->parent, call = expr_at(f, member)->parent;
  bool method = expr_at(f, member)->kind == EX_MEMBER && expr_at(f, member)->a == expr && expr_at(f, call)->kind == EX_CALL &&
                expr_at(f, call)->a == member;
  return method && costs_more(o, file, round_of(o->p, file, call));
}

//
// The way of the elements
//

static bool keeps_elements(const char *method) {
  static const char *const names[] = {"map", "flatMap", "filter", "slice", "sort", "toSorted", "reverse", "toReversed", "flat",
                                      "concat", "entries", "values", "keys"};
  return is_any_of(method, names, COUNT(names));
}

// `Promise.all(list)`, `Object.values(list)`, `new Set(list)`, and a function that gets the list itself.
static bool hands_on(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a), *object = expr_at(f, callee->a);
  if (e->kind == EX_NEW)
    return hands_through("", text_of(f, callee->name));
  if (callee->kind == EX_MEMBER && object->kind == EX_IDENT && hands_through(text_of(f, object->name), ""))
    return true;
  return value_function(p, value_of(p, file, e->a)).file != 0;
}

// The list that a chain starts with: `list` of `list.filter(x)` and of `list[key] = x`; 0 when it is a call's result.
static Id list_of(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id at = expr_bare(f, expr);
  const Expr *e = expr_at(f, at), *callee = expr_at(f, e->a);
  while (e->kind == EX_CALL && callee->kind == EX_MEMBER && keeps_elements(text_of(f, callee->name))) {
    e = expr_at(f, expr_bare(f, callee->a));
    callee = expr_at(f, e->a);
  }
  e = e->kind == EX_INDEX ? callee : e;
  return e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
}

// The variables of a scope that are made of an expression.
static void add_made_of(Onward *o, FileId file, Id scope, Id expr) {
  const File *f = &o->p->files.at[file];
  Slice bindings = bindings_at(f, scope);
  for (uint32_t i = 0; i < bindings.n && !is_spent(o); i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    Id root = b->kind == BIND_CONST || b->kind == BIND_LET || b->kind == BIND_PARAM ? b->value : 0;
    for (int steps = 0; root && root != expr && steps < MAX_PATTERN; steps++)
      root = expr_at(f, root)->kind == EX_PARAM ? 0 : expr_at(f, root)->a;
    if (root && root == expr)
      add_variable(o, file, bindings.at[i]);
  }
}

// What a call is given, as the function that it runs knows it.
static void follow_argument(Onward *o, FileId file, Id call, Id argument) {
  int index = argument_index(&o->p->files.at[file], call, argument);
  Ref function = value_function(o->p, value_of(o->p, file, expr_at(&o->p->files.at[file], call)->a));
  if (index < 0 || !function.file)
    return;
  const File *f = &o->p->files.at[function.file];
  add_made_of(o, function.file, f->facts.functions.at[function.id].scope, param_value(f, function.id, (uint32_t)index));
}

// What a function returns is what the one call of it gives, besides those of the loop itself; or the call that it is
// written in, which maps elements by it.
static void follow_return(Onward *o, FileId file, Id function) {
  const File *f = &o->p->files.at[file];
  int index, use;
  Id over, inside = inline_call(o->p, file, function, &index, &use, &over);
  const char *method = text_of(f, expr_at(f, expr_at(f, inside)->a)->name);
  if (inside) {
    if (!strcmp(method, "map") || !strcmp(method, "flatMap") || !strcmp(method, "then"))
      add_call(o, file, inside);
    return;
  }
  Ref only = {0, 0};
  for (uint32_t at = callers_of(&o->j->callers, (Ref){file, function}); at && !is_spent(o); at = o->j->callers.calls.at[at].next) {
    Ref call = o->j->callers.calls.at[at].call;
    const File *g = &o->p->files.at[call.file];
    if (g->context != CONTEXT_APP || (call.file == o->file && scope_inside(g, expr_at(g, call.id)->scope, o->region)))
      continue;
    if (only.file || !o->j->callers.calls.at[at].calls)
      return;
    only = call;
  }
  if (only.file)
    add_call(o, only.file, only.id);
}

// Whether what holds an expression holds its elements; notes the variables that get them.
static bool goes_on(Onward *o, FileId file, Id at, Id parent) {
  static const char *const fill[] = {"push", "unshift", "add", "set"};
  const File *f = &o->p->files.at[file];
  const Expr *up = expr_at(f, parent), *callee = expr_at(f, up->a);
  switch (up->kind) {
  case EX_AWAIT:
  case EX_CAST:
  case EX_SPREAD:
  case EX_ARRAY:
  case EX_ALT:
  case EX_PROPERTY:
  case EX_OBJECT:
    return true;
  case EX_ASSIGN:
    if (up->b == at)
      add_variable(o, file, list_of(o->p, file, up->a));
    return false;
  case EX_MEMBER:
    return up->a == at && keeps_elements(text_of(f, up->name)) && expr_at(f, up->parent)->a == parent;
  case EX_CALL:
  case EX_NEW:
    if (up->a == at)
      return expr_at(f, at)->kind == EX_MEMBER;
    if (callee->kind == EX_MEMBER && is_any_of(text_of(f, callee->name), fill, COUNT(fill)))
      add_variable(o, file, list_of(o->p, file, callee->a));
    if (expr_at(f, at)->kind == EX_OBJECT || !hands_on(o->p, file, parent))
      return false;
    follow_argument(o, file, parent, at);
    return true;
  default:
    return false;
  }
}

// Up from an expression to all that holds its elements; true when a loop over one of them costs more.
static bool climb(Onward *o, FileId file, Id expr) {
  const File *f = &o->p->files.at[file];
  for (Id at = expr; at && !is_spent(o);) {
    const Expr *e = expr_at(f, at);
    if (heads_costly(o, file, at))
      return true;
    if (e->flags & EXF_RETURNED)
      follow_return(o, file, f->facts.scopes.at[e->scope].function);
    else if (!e->parent && !(e->flags & EXF_STATEMENT))
      add_made_of(o, file, e->scope, at);
    at = e->parent && goes_on(o, file, at, e->parent) ? e->parent : 0;
  }
  return false;
}

// The list itself, what the call that loops gives, and the lists around the loop that it fills.
static void start(Onward *o, const Repeated *r) {
  const File *f = &o->p->files.at[r->file];
  add_variable(o, r->file, list_of(o->p, r->file, r->repeat.over));
  add_call(o, r->file, r->repeat.call);
  for (Id i = f->extents[o->region].first; i < f->extents[o->region].end; i++) {
    const Expr *e = expr_at(f, i), *callee = expr_at(f, e->a);
    bool puts = e->kind == EX_ASSIGN && (callee->kind == EX_INDEX || callee->kind == EX_IDENT) && e->b;
    bool pushes = e->kind == EX_CALL && callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "push");
    Id binding = puts || pushes ? list_of(o->p, r->file, puts ? e->a : callee->a) : 0;
    if (binding && !scope_inside(f, f->facts.bindings.at[binding].scope, o->region))
      add_variable(o, r->file, binding);
  }
}

static bool variable_costs(Onward *o, Ref variable) {
  const Name name = o->p->files.at[variable.file].facts.bindings.at[variable.id].name;
  Slice uses = uses_of(o->p, variable.file, variable.id);
  for (uint32_t i = 0; i < uses.n && !is_spent(o); i++) {
    const Expr *e = expr_at(&o->p->files.at[variable.file], uses.at[i]);
    if (binding_of(o->p, variable.file, e->scope, name, false) == variable.id && climb(o, variable.file, uses.at[i]))
      return true;
  }
  return false;
}

static bool find_costly(Onward *o, const Repeated *r) {
  o->asked = count_asked(o->p, o->file, o->region);
  start(o, r);
  for (uint32_t v = 0, c = 0; v < o->nvariables || c < o->ncalls;) {
    bool variable = v < o->nvariables;
    Ref at = variable ? o->variables[v++] : o->calls[c++];
    if (variable ? variable_costs(o, at) : climb(o, at.file, at.id))
      return true;
  }
  return false;
}

bool costs_more_later(const Judge *j, const Repeated *r) {
  File *f = &j->program->files.at[r->file];
  Onward o = {.j = j, .p = j->program, .file = r->file, .region = repeat_scope(f, &r->repeat)};
  uint32_t known = o.region ? map_get(&f->onward, o.region) : 1;
  if (!known) {
    known = find_costly(&o, r) ? 2 : 1;
    map_put(&f->onward, o.region, known);
  }
  return known == 2;
}

//
// Before the loop
//

enum { MAX_BACK = 24 };  // expressions that are looked at

// Whether a callback gives what it has written: `(row) => tx.order.create({ data: row })`.
static bool returns_write(Program *p, FileId file, Id region) {
  const File *f = &p->files.at[file];
  List returns = f->facts.functions.at[f->facts.scopes.at[region].function].returns;
  Id given = returns.count == 1 ? expr_bare(f, f->facts.lists.at[returns.first]) : 0;
  Slice acts = region_acts(p, file, region);
  for (uint32_t i = 0; given && i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    if (act_expr(p, act) == given && act_does(p, file, act, 1u << EFFECT_WRITE))
      return true;
  }
  return false;
}

// Whether an expression is what a round of its own has written for each element: `await Promise.all(list.map(insert))`.
static bool gives_written(Program *p, FileId file, Id expr, uint32_t *steps) {
  const File *f = &p->files.at[file];
  Id bare = expr_bare(f, expr);
  const Expr *e = expr_at(f, bare), *callee = expr_at(f, e->a);
  if (++*steps > MAX_BACK)
    return false;
  if (e->kind == EX_IDENT) {
    Id binding = binding_of(p, file, e->scope, e->name, false);
    const Binding *b = &f->facts.bindings.at[binding];
    bool found = (b->kind == BIND_CONST || b->kind == BIND_LET) && gives_written(p, file, b->value, steps);
    for (Id at = binding ? map_get(&f->assigns, binding) : 0; at && !found && *steps < MAX_BACK; at = map_get(&f->chain, at))
      found = gives_written(p, file, expr_at(f, at)->b, steps);
    return found;
  }
  if (e->kind != EX_CALL || callee->kind != EX_MEMBER)
    return false;
  Id region = round_of(p, file, bare);
  return region ? returns_write(p, file, region) : gives_written(p, file, argument_at(f, bare, 0), steps);
}

bool was_written_before(Program *p, const Repeated *r) {
  uint32_t steps = 0;
  return r->repeat.over && gives_written(p, r->file, r->repeat.over, &steps);
}
