// lazy.c - when lazy queries run: where they are awaited, returned, collected for a batch, or never.
#include "calls.h"

#include <string.h>
#include <strings.h>

// Whether a variable is handed to a batch (`$transaction(ops)`) or the array is written there.
static bool is_batch_argument(Program *p, FileId file, Id call, Id argument) {
  const Meaning *m = call_meaning(p, file, call, NULL);
  return m && m->batch != ARG_NONE && argument_at(&p->files.at[file], call, m->batch) == argument;
}

// A variable that some call gets as its batch.
static bool is_batched_variable(Program *p, FileId file, Id binding) {
  return binding && map_get(&p->files.at[file].batched, binding);
}

// The variable that an expression initialises, 0 if none.
static Id binding_initialised_by(const File *f, Id expr) { return map_get(&f->owners, expr); }

static Consumed consumed_by_call(Program *p, FileId file, Id call, Id argument) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call);
  if (e->a == argument)
    return CONSUMED_NO;
  if (is_batch_argument(p, file, call, argument))
    return CONSUMED_BATCHED;
  if (call_meaning(p, file, call, NULL))
    return CONSUMED_NO;  // a subquery
  const char *name = last_name(f, e->a);
  if (!strcmp(name, "push") && is_batched_variable(p, file, binding_of_ident(p, file, expr_at(f, e->a)->a)))
    return CONSUMED_BATCHED;
  // Our own functions await their parameter themselves.
  return value_function(p, value_of(p, file, e->a)).file ? CONSUMED_NO : CONSUMED_YES;
}

// Whether an expression is an argument or a hole of a library's call that does not run it: a subquery, a fragment.
static bool is_part_of_query(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, expr)->parent;
  if (expr_at(f, call)->kind == EX_TEMPLATE)
    return call_meaning(p, file, expr_at(f, call)->parent, NULL);
  return argument_index(f, call, expr) >= 0 && call_meaning(p, file, call, NULL) && consumed(p, file, expr) == CONSUMED_NO;
}

// A variable that holds parts of queries, and nothing that runs.
static bool holds_parts(Program *p, FileId file, Id binding) {
  bool part = false;
  Slice uses = binding ? uses_of(p, file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n; i++) {
    if (binding_of_ident(p, file, uses.at[i]) != binding)
      continue;
    if (consumed(p, file, uses.at[i]) != CONSUMED_NO)
      return false;
    part = part || is_part_of_query(p, file, uses.at[i]);
  }
  return part;
}

// A lazy query that the function written in place returns to the call that gets the function.
static Consumed consumed_by_return(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[unit_of(f, expr)];
  Id call = expr_at(f, fn->expr)->parent;
  bool is_inline = call && argument_index(f, call, fn->expr) >= 0;
  const Meaning *m = is_inline ? call_meaning(p, file, call, NULL) : NULL;
  if (!is_inline || (m && m->puts != ARG_NONE))
    return fn->flags & FN_ASYNC ? CONSUMED_YES : CONSUMED_RETURNED;
  if (m && m->entry)
    return CONSUMED_YES;
  if (m)
    return m->transaction != ARG_NONE || m->callback != ARG_NONE || m->each != ARG_NONE ? CONSUMED_YES : CONSUMED_NO;
  // forEach drops what its callback gives.
  if (!(fn->flags & FN_ASYNC) && !strcmp(last_name(f, expr_at(f, call)->a), "forEach") &&
      !value_function(p, value_of(p, file, expr_at(f, call)->a)).file)
    return CONSUMED_NO;
  Consumed outer = is_iterator(last_name(f, expr_at(f, call)->a)) ? consumed(p, file, call) : CONSUMED_YES;
  if (outer == CONSUMED_NO && (is_part_of_query(p, file, call) || holds_parts(p, file, binding_initialised_by(f, call))))
    return CONSUMED_NO;
  bool batched = outer == CONSUMED_BATCHED || is_batched_variable(p, file, binding_initialised_by(f, call));
  return batched ? CONSUMED_BATCHED : CONSUMED_YES;
}

// Whether the call of a member of a lazy query gives that query again: sql`...`.values().
static bool continues(Program *p, FileId file, Id query, Id call) {
  ValueId value = value_of(p, file, query);
  return value_at(p, value)->kind == VAL_PENDING && call && value_of(p, file, call) == value;
}

// A member of a lazy query: `.then(...)` runs it, another method continues the chain.
static Consumed consumed_by_member(const File *f, const Expr *member) {
  return is_promise_method(text_of(f, member->name)) ? CONSUMED_YES : CONSUMED_NO;
}

bool takes_error(const File *f, Id argument) {
  const Expr *e = expr_at(f, argument);
  List params = e->kind == EX_FUNCTION ? f->facts.functions.at[e->a].params : (List){0, 0};
  if (!params.count)
    return false;
  const char *name = text_of(f, f->facts.params.at[list_at(f, params.first, 0)].name);
  return !strncasecmp(name, "err", 3) || !strcasecmp(name, "_err") || !strcasecmp(name, "_error");
}

// The last parameter of a function that is called like a callback.
static bool is_named_callback(const File *f, Id owner, Id ident) {
  static const char *const names[] = {"callback", "cb", "done", "next"};
  List params = f->facts.functions.at[owner].params;
  Name name = expr_at(f, ident)->name, last = f->facts.params.at[list_at(f, params.first, params.count - 1)].name;
  return name == last && is_any_of(text_of(f, name), names, COUNT(names));
}

// Whether a call makes a query of what is none: `User.findOne(...)`, but not `query.where(...)`.
static bool makes_query(Program *p, FileId file, Id call) {
  const Meaning *m = call_meaning(p, file, call, NULL);
  return m && (m->effect || (m->to && m->to != STATE_SELF && p->libs->states.at[m->to].await_effect));
}

// Whether a parameter is a callback that takes an error first: its callers give one, or a query that nobody awaits gets it as
// what it calls with the rows.
static bool stands_for_callback(Program *p, FileId file, Id call, Id argument) {
  const File *f = &p->files.at[file];
  Id owner = parameter_owner(p, file, argument);
  ValueId each[4];
  uint32_t n = owner ? value_each(p, value_of(p, file, argument), each) : 0;
  for (uint32_t i = 0; i < n; i++) {
    Ref given = value_function(p, each[i]);
    if (given.file && takes_error(&p->files.at[given.file], p->files.at[given.file].facts.functions.at[given.id].expr))
      return true;
  }
  bool dropped = owner && expr_at(f, call)->flags & EXF_STATEMENT && is_named_callback(f, owner, argument);
  return dropped && makes_query(p, file, call);
}

bool has_answer(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id last = argument_at(f, call, ARG_LAST);
  return takes_error(f, last) || (last && stands_for_callback(p, file, call, last));
}

bool runs_query(Program *p, FileId file, Id expr) {
  bool call = expr_at(&p->files.at[file], expr)->kind == EX_CALL;
  const Meaning *m = call ? call_meaning(p, file, expr, NULL) : NULL;
  return m && m->starts;
}

Consumed consumed(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  if (expr_at(f, expr)->kind == EX_CALL && has_answer(p, file, expr))
    return CONSUMED_YES;
  for (;;) {
    const Expr *e = expr_at(f, expr), *parent = expr_at(f, e->parent);
    if (runs_query(p, file, expr))
      return CONSUMED_YES;
    if (e->flags & EXF_RETURNED)
      return consumed_by_return(p, file, expr);
    switch (parent->kind) {
    case EX_NONE:
      // `for await (... of expr)` asks for the rows.
      return f->facts.scopes.at[map_get(&f->heads, expr)].kind == SC_FOR_AWAIT ? CONSUMED_YES : CONSUMED_NO;
    case EX_AWAIT:
    case EX_YIELD:
      return CONSUMED_YES;
    case EX_MEMBER:
      if (!continues(p, file, expr, parent->parent))
        return consumed_by_member(f, parent);
      expr = parent->parent;
      continue;
    case EX_CALL:
    case EX_NEW:
      return consumed_by_call(p, file, e->parent, expr);
    case EX_ALT:
      if (parent->c == expr)
        return CONSUMED_NO;
      break;
    case EX_CAST:
    case EX_SPREAD:
    case EX_ARRAY:
      break;
    default:
      return CONSUMED_NO;
    }
    expr = e->parent;
  }
}

bool is_batched(Program *p, FileId file, Id expr) { return consumed(p, file, expr) == CONSUMED_BATCHED; }

// The call that sends an expression's lazy query in a batch, when the query is written in its arguments.
Id batch_around(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  while (expr) {
    const Expr *e = expr_at(f, expr);
    if (expr_at(f, e->parent)->kind == EX_CALL && is_batch_argument(p, file, e->parent, expr))
      return e->parent;
    expr = e->parent;
    if (!expr && e->flags & EXF_RETURNED)
      expr = f->facts.functions.at[f->facts.scopes.at[e->scope].function].expr;
  }
  return 0;
}

bool lazy_call_runs(Program *p, FileId file, Id call) { return consumed(p, file, call) != CONSUMED_NO; }
