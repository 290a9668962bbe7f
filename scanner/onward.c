// onward.c - what becomes of the elements of a loop afterwards, and before: whether another loop works them off at a
// higher cost.
//
// It follows the list and what the loop makes of it forward: through variables, what is pushed and assigned, what functions
// return to their callers. Where each element costs more later on, a query less per element changes little.
#include "judge.h"
#include "repeat.h"

#include <string.h>

enum {
  MAX_FOLLOWED = 48,  // variables and calls
  MAX_USES = 400,     // expressions that are looked at in all
  MAX_PATTERN = 8,    // steps from a variable to what its pattern takes apart
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

static void add(Ref *at, uint32_t *n, Ref ref) {
  for (uint32_t i = 0; i < *n; i++)
    if (at[i].file == ref.file && at[i].id == ref.id)
      return;
  if (ref.id && *n < MAX_FOLLOWED)
    at[(*n)++] = ref;
}

static void add_variable(Onward *o, FileId file, Id binding) { add(o->variables, &o->nvariables, (Ref){file, binding}); }
static void add_call(Onward *o, FileId file, Id call) { add(o->calls, &o->ncalls, (Ref){file, call}); }

// The variable that a chain of members and calls starts with: `list` of `list.filter(x)` and of `list[key] = x`.
static Id variable_of(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  while (e->kind == EX_MEMBER || e->kind == EX_INDEX || e->kind == EX_CALL || e->kind == EX_AWAIT || e->kind == EX_CAST)
    e = expr_at(f, e->a);
  return e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
}

// How often a region asks the database, itself and by what it calls.
static uint32_t count_asked(Program *p, FileId file, Id region) {
  const File *f = &p->files.at[file];
  Slice acts = region_acts(p, file, region);
  uint32_t count = 0;
  for (uint32_t i = 0; i < acts.n; i++) {
    const Act *act = &f->acts.at[acts.at[i]];
    const Unit *callee = act->edge ? &p->files.at[act->edge->function.file].units[act->edge->function.id] : NULL;
    count += !callee && act->site && effect_is_database(p->sites.at[act->site].effect);
    for (uint32_t k = 0; callee && k < callee->reach.n; k++)
      count += effect_is_database(callee->reach.at[k].effect) && reach_runs(p, file, act->edge, &callee->reach.at[k]);
  }
  return count;
}

// Whether a round costs more than one of the loop: it waits for something slower than a query, or writes, and asks more.
static bool costs_more(const Onward *o, FileId file, Id region) {
  return region_is_slow(o->p, file, region) ||
         (region_writes_any(o->p, file, region) && count_asked(o->p, file, region) > o->asked);
}

static bool is_other_loop(const Onward *o, FileId file, Id region) {
  const File *f = &o->p->files.at[file];
  return region && !(file == o->file && (scope_inside(f, region, o->region) || scope_inside(f, o->region, region)));
}

// Whether a loop over an expression costs much: `for (x of expr)`, `expr.map((x) => ...)`.
static bool heads_much(Onward *o, FileId file, Id expr) {
  const File *f = &o->p->files.at[file];
  Id loop = map_get(&f->heads, expr);
  uint8_t kind = f->facts.scopes.at[loop].kind;
  if ((kind == SC_FOR_OF || kind == SC_FOR_AWAIT) && is_other_loop(o, file, loop) && costs_more(o, file, loop))
    return true;
  Id member = expr_at(f, expr)->parent, call = expr_at(f, member)->parent;
  const Expr *e = expr_at(f, call);
  if (expr_at(f, member)->kind != EX_MEMBER || expr_at(f, member)->a != expr || e->kind != EX_CALL || e->a != member)
    return false;
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *given = expr_at(f, list_at(f, e->first, i));
    int index, use;
    Id over, region = given->kind == EX_FUNCTION ? f->facts.functions.at[given->a].scope : 0;
    if (region && inline_call(o->p, file, given->a, &index, &use, &over) && use == EDGE_EACH &&
        is_other_loop(o, file, region) && costs_more(o, file, region))
      return true;
  }
  return false;
}

// What a function returns is what its calls give: those of its callers, or the one that it is written in.
static void follow_return(Onward *o, FileId file, Id function) {
  int index, use;
  Id over, call = inline_call(o->p, file, function, &index, &use, &over);
  if (call)
    add_call(o, file, call);
  for (uint32_t at = callers_of(&o->j->callers, (Ref){file, function}); at; at = o->j->callers.calls.at[at].next)
    if (o->j->callers.calls.at[at].calls)
      add_call(o, o->j->callers.calls.at[at].call.file, o->j->callers.calls.at[at].call.id);
}

// The variables of a scope that are made of an expression, or of parameter `index` of the scope's function.
static void add_made_of(Onward *o, FileId file, Id scope, Id expr, uint32_t index) {
  const File *f = &o->p->files.at[file];
  Slice bindings = bindings_at(f, scope);
  for (uint32_t i = 0; i < bindings.n; i++) {
    Id root = f->facts.bindings.at[bindings.at[i]].value;
    for (int steps = 0; root && root != expr && expr_at(f, root)->kind != EX_PARAM && steps < MAX_PATTERN; steps++)
      root = expr_at(f, root)->a;
    const Expr *e = expr_at(f, root);
    if (root && (expr ? root == expr : e->kind == EX_PARAM && e->b == index && e->a == f->facts.scopes.at[scope].function))
      add_variable(o, file, bindings.at[i]);
  }
}

// What a call is given, as the function that it runs knows it.
static void follow_argument(Onward *o, FileId file, Id call, Id argument) {
  int index = argument_index(&o->p->files.at[file], call, argument);
  Ref function = value_function(o->p, value_of(o->p, file, expr_at(&o->p->files.at[file], call)->a));
  if (index >= 0 && function.file)
    add_made_of(o, function.file, o->p->files.at[function.file].facts.functions.at[function.id].scope, 0, (uint32_t)index);
}

// Up from an expression to all that it is a part of; true when a loop over one of them costs much.
static bool climb(Onward *o, FileId file, Id expr) {
  static const char *const fill[] = {"push", "unshift", "add", "set"};
  const File *f = &o->p->files.at[file];
  for (Id at = expr, parent; at && ++o->uses < MAX_USES; at = parent) {
    const Expr *e = expr_at(f, at);
    parent = e->parent;
    if (heads_much(o, file, at))
      return true;
    const Expr *up = expr_at(f, parent), *callee = expr_at(f, up->a);
    if (!parent && !(e->flags & EXF_STATEMENT))
      add_made_of(o, file, e->scope, at, 0);
    if (up->kind == EX_ASSIGN && up->b == at)
      add_variable(o, file, variable_of(o->p, file, up->a));
    if (up->kind == EX_CALL && up->a != at && callee->kind == EX_MEMBER && is_any_of(text_of(f, callee->name), fill, COUNT(fill)))
      add_variable(o, file, variable_of(o->p, file, callee->a));
    if (up->kind == EX_CALL)
      follow_argument(o, file, parent, at);
    if (e->flags & EXF_RETURNED)
      follow_return(o, file, f->facts.scopes.at[e->scope].function);
  }
  return false;
}

// What the loop makes: what it gives itself, and the variables around it that it fills.
static void start(Onward *o, const Repeated *r) {
  const File *f = &o->p->files.at[r->file];
  const Expr *over = expr_at(f, r->repeat.over);
  if (over->kind != EX_MEMBER)
    add_variable(o, r->file, variable_of(o->p, r->file, r->repeat.over));
  if (r->repeat.call)
    add_call(o, r->file, r->repeat.call);
  for (Id i = f->extents[o->region].first; i < f->extents[o->region].end; i++) {
    const Expr *e = expr_at(f, i), *callee = expr_at(f, e->a);
    if ((e->kind != EX_ASSIGN && e->kind != EX_CALL) || !scope_inside(f, e->scope, o->region))
      continue;
    bool fills = e->kind == EX_ASSIGN || (callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "push"));
    Id binding = fills ? variable_of(o->p, r->file, e->kind == EX_ASSIGN ? e->a : callee->a) : 0;
    if (binding && !scope_inside(f, f->facts.bindings.at[binding].scope, o->region))
      add_variable(o, r->file, binding);
  }
}

static bool variable_costs(Onward *o, Ref variable) {
  const Name name = o->p->files.at[variable.file].facts.bindings.at[variable.id].name;
  Slice uses = uses_of(o->p, variable.file, variable.id);
  for (uint32_t i = 0; i < uses.n && o->uses < MAX_USES; i++) {
    const Expr *e = expr_at(&o->p->files.at[variable.file], uses.at[i]);
    if (binding_of(o->p, variable.file, e->scope, name, false) == variable.id && climb(o, variable.file, uses.at[i]))
      return true;
  }
  return false;
}

//
// Before the loop
//

enum { MAX_BACK = 24 };  // expressions that are looked at

// Whether an expression is what a round of its own has written for each element: `await Promise.all(list.map(insert))`.
static bool gives_written(Program *p, FileId file, Id expr, uint32_t *steps) {
  const File *f = &p->files.at[file];
  Id bare = expr_bare(f, expr);
  const Expr *e = expr_at(f, bare), *callee = expr_at(f, e->a);
  if (++*steps > MAX_BACK)
    return false;
  if (e->kind == EX_IDENT) {
    Id binding = binding_of(p, file, e->scope, e->name, false);
    bool found = gives_written(p, file, f->facts.bindings.at[binding].value, steps);
    for (Id at = binding ? map_get(&f->assigns, binding) : 0; at && !found && *steps < MAX_BACK; at = map_get(&f->chain, at))
      found = gives_written(p, file, expr_at(f, at)->b, steps);
    return found;
  }
  if (e->kind != EX_CALL || callee->kind != EX_MEMBER)
    return false;
  Id given = argument_at(f, bare, 0), region = 0;
  int index, use;
  Id over;
  if (expr_at(f, given)->kind == EX_FUNCTION && inline_call(p, file, expr_at(f, given)->a, &index, &use, &over) && use == EDGE_EACH)
    region = f->facts.functions.at[expr_at(f, given)->a].scope;
  return region ? region_writes_any(p, file, region) : gives_written(p, file, given, steps);
}

bool was_written_before(Program *p, const Repeated *r) {
  uint32_t steps = 0;
  return r->repeat.over && gives_written(p, r->file, r->repeat.over, &steps);
}

bool costs_more_later(const Judge *j, const Repeated *r) {
  Onward o = {.j = j, .p = j->program, .file = r->file, .region = repeat_scope(&j->program->files.at[r->file], &r->repeat)};
  o.asked = count_asked(o.p, o.file, o.region);
  start(&o, r);
  for (uint32_t v = 0, c = 0; v < o.nvariables || c < o.ncalls;) {
    bool variable = v < o.nvariables;
    Ref at = variable ? o.variables[v++] : o.calls[c++];
    if (variable ? variable_costs(&o, at) : climb(&o, at.file, at.id))
      return true;
  }
  return false;
}
