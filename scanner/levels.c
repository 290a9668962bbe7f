// levels.c - recursions that stop at a depth: from which callers they go on at all.
//
// `if (depth < maxDepth) await descend(child, depth + 1)` asks the database once when it starts at 1 and the caller wants
// one level. Such a call is no mistake, and another caller that wants more is.
#include "judge.h"
#include "values.h"

#include <string.h>

// A condition `depth < limit` of a recursion: parameters of the function, or of one around it.
typedef struct Bound {
  Id scope;         // that runs where it holds
  Id depth, limit;  // expressions of the recursion's file
  bool reaches;     // `<=`
} Bound;

// Whether a variable is written to where the condition did not hold yet.
static bool is_written_outside(Program *p, FileId file, Id binding, Id scope) {
  const File *f = &p->files.at[file];
  Slice uses = uses_of(p, file, binding);
  for (uint32_t i = 0; i < uses.n; i++) {
    const Expr *e = expr_at(f, uses.at[i]), *around = expr_at(f, e->parent);
    if (around->kind == EX_ASSIGN && around->a == uses.at[i] && !scope_inside(f, e->scope, scope))
      return true;
  }
  return false;
}

// The parameter that a variable is, as long as it keeps what was given until the condition holds; 0 if it is none.
static Id parameter_named(Program *p, FileId file, Id expr, Id scope) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  bool named = b->kind == BIND_PARAM && expr_at(f, b->value)->kind == EX_PARAM;
  return named && !is_written_outside(p, file, binding, scope) ? b->value : 0;
}

static bool bound_of(const File *f, const Repeated *r, Bound *bound) {
  for (Id scope = expr_at(f, r->expr)->scope; scope; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    const Expr *e = expr_at(f, s->a);
    const char *op = text_of(f, e->name);
    if (s->kind == SC_FUNCTION)
      return false;
    if (s->kind != SC_IF || e->kind != EX_BINARY || (*op != '<' && *op != '>'))
      continue;
    *bound = *op == '<' ? (Bound){scope, e->a, e->b, op[1] == '='} : (Bound){scope, e->b, e->a, op[1] == '='};
    return true;
  }
  return false;
}

// What a call gives for a parameter, or its default; false where that is no number that can be seen.
static bool number_given(Program *p, Ref call, FileId file, Id param, long *number) {
  const File *f = &p->files.at[file], *g = &p->files.at[call.file];
  const Expr *e = expr_at(f, param), *c = expr_at(g, call.id);
  Id given = argument_at(g, call.id, (int)e->b);
  if (given)
    return number_of(p, call.file, given, number);
  for (uint32_t i = 0; i < c->count; i++)
    if (expr_at(g, list_at(g, c->first, i))->kind == EX_SPREAD)
      return false;
  Id init = f->facts.params.at[list_at(f, f->facts.functions.at[e->a].params.first, e->b)].init;
  return e->b >= c->count && init && number_of(p, file, init, number);
}

// Whether some other call may run a function than those that are seen: it is handed to something, called from outside, or
// offered to other repositories.
static bool is_called_unseen(const Judge *j, FileId file, Id function) {
  const File *f = &j->program->files.at[file];
  const Function *fn = &f->facts.functions.at[function];
  if (is_entry(j->program, file, function) || map_get(&f->handed, fn->name + 1u))
    return true;
  bool offered = fn->class || f->cjs_export || map_get(&f->cjs_members, sym_of(f, fn->name) + 1u) || is_exported(f, fn);
  return offered && modules_is_published(j->program->modules, f->source->path);
}

// The number that the recursion starts with: all calls from outside of it give the same.
static bool number_at_start(const Judge *j, FileId file, Id param, long *number) {
  const File *f = &j->program->files.at[file];
  Id function = expr_at(f, param)->a;
  bool any = false;
  *number = 0;
  if (is_called_unseen(j, file, function))
    return false;
  for (uint32_t at = callers_of(&j->callers, (Ref){file, function}); at; at = j->callers.calls.at[at].next) {
    const Caller *caller = &j->callers.calls.at[at];
    bool own = caller->call.file == file && unit_of(f, caller->call.id) == function;
    long given;
    if (own)
      continue;
    if (!caller->calls || !number_given(j->program, caller->call, file, param, &given) || (any && given != *number))
      return false;
    *number = given;
    any = true;
  }
  return any;
}

static bool passes(const Bound *bound, long start, long limit) { return start < limit || (bound->reaches && start == limit); }

// The same where the limit is a parameter: of the function, or of one around it.
static bool goes_on_for_some(const Judge *j, FileId file, const Bound *bound, Id most, long start, Ref *from) {
  Program *p = j->program;
  Ref function = {file, expr_at(&p->files.at[file], most)->a};
  bool goes = is_called_unseen(j, file, function.id), stops = false;
  for (uint32_t at = callers_of(&j->callers, function); at; at = j->callers.calls.at[at].next) {
    const Caller *caller = &j->callers.calls.at[at];
    const File *g = &p->files.at[caller->call.file];
    Ref by = {caller->call.file, unit_of(g, caller->call.id)};
    long limit;
    if (by.file == function.file && by.id == function.id)
      continue;
    bool stop = caller->calls && number_given(p, caller->call, file, most, &limit) && !passes(bound, start, limit);
    stops = stops || stop;
    goes = goes || !stop;
    if (!stop && g->context == CONTEXT_APP && (!from->file || !entry_of_function(p, from->file, from->id)))
      *from = by;
  }
  *from = stops ? *from : (Ref){0, 0};
  return goes || !stops;
}

bool recursion_goes_on(const Judge *j, const Repeated *r, Ref *from) {
  Program *p = j->program;
  Bound bound;
  long start, limit;
  if (!is_recursive(p, r) || !bound_of(&p->files.at[r->file], r, &bound))
    return true;
  Id depth = parameter_named(p, r->file, bound.depth, bound.scope), most = parameter_named(p, r->file, bound.limit, bound.scope);
  if (!depth || !number_at_start(j, r->file, depth, &start))
    return true;
  if (most)
    return goes_on_for_some(j, r->file, &bound, most, start, from);
  return !number_of(p, r->file, bound.limit, &limit) || passes(&bound, start, limit);
}
