// repeat.c - in which loop code stands, and what kind of loop that is.
//
// The kind is decided by the shape of the loop, in one place. Only REPEAT_ELEMENT and REPEAT_PARENT_WALK are
// mistakes; each other kind has a reason that a reviewer would accept.
#include "repeat.h"

#include <string.h>

// What the kinds are called, and after which of them what is around may still make it a mistake.
static const struct {
  const char *reason;
  enum { CLOSED, TO_CALLERS, OPEN } around;  // nothing, what callers repeat, loops around as well
} kinds[] = {
    [REPEAT_NONE] = {"", OPEN},
    [REPEAT_ELEMENT] = {"once per element", CLOSED},
    [REPEAT_PARENT_WALK] = {"once per level", CLOSED},
    [REPEAT_PARENTS] = {"once per parent object", CLOSED},
    [REPEAT_CHUNKS] = {"one query per chunk", CLOSED},
    [REPEAT_PAGES] = {"keyset or offset pagination", CLOSED},
    [REPEAT_RETRY] = {"retry", OPEN},
    [REPEAT_POLL] = {"polling or a worker loop", CLOSED},
    [REPEAT_PROBE] = {"a probe until nothing is found", TO_CALLERS},
    [REPEAT_LEAVES] = {"the loop is left right after the query", OPEN},
    [REPEAT_CONSTANT] = {"a short constant list", OPEN},
    [REPEAT_DISPATCH] = {"one element only: the branch compares it with a constant", OPEN},
    [REPEAT_ERROR_PATH] = {"only after an error", CLOSED},
    [REPEAT_ONCE] = {"once: the result is kept for the other rounds", OPEN},
};

const char *repeat_reason(RepeatKind kind) { return kinds[kind].reason; }

bool repeat_is_handed_on(RepeatKind kind) { return kinds[kind].around != CLOSED; }

// The scope whose code runs once per round.
Id repeat_scope(const File *f, const Repeat *repeat) {
  if (repeat->scope)
    return repeat->scope;
  return repeat->callback ? f->facts.functions.at[repeat->callback].scope : 0;
}

//
// Leaving
//

bool break_leaves(const File *f, Id scope, Id loop) {
  for (; scope && scope != loop; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_SWITCH || scope_is_loop(s))
      return false;
  }
  return true;
}

// Whether the loop is always left after `expr` in the same round.
static bool leaves_after(const File *f, Id expr, Id loop) {
  const Expr *e = expr_at(f, expr);
  for (Id scope = e->scope; scope_inside(f, scope, loop); scope = f->facts.scopes.at[scope].parent) {
    Slice exits = exits_at(f, scope);
    for (uint32_t i = 0; i < exits.n; i++) {
      const Exit *exit = &f->facts.exits.at[exits.at[i]];
      bool after = exit->kind != EXIT_CONTINUE && exit->span.end >= e->span.end &&
                   f->facts.scopes.at[scope].function == f->facts.scopes.at[loop].function;
      if (after && (exit->kind != EXIT_BREAK || break_leaves(f, scope, loop)))
        return true;
    }
  }
  return false;
}

// The kind of a list that the scope iterates, for an expression in it.
static RepeatKind kind_over(Program *p, FileId file, Id over, Id expr, Id scope) {
  RepeatKind kind = kind_of_list(p, file, over, scope);
  return kind == REPEAT_CHUNKS && asks_for_one(p, file, expr, scope) ? REPEAT_ELEMENT : kind;
}

static RepeatKind kind_of_loop(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  const Scope *s = &f->facts.scopes.at[loop];
  if (leaves_after(f, expr, loop))
    return REPEAT_LEAVES;
  RepeatKind branch = kind_of_branch(p, file, expr, loop);
  if (branch)
    return branch;
  if (s->kind == SC_FOR_OF || s->kind == SC_FOR_AWAIT || s->kind == SC_FOR_IN)
    return kind_over(p, file, s->a, expr, loop);
  return s->kind == SC_FOR ? kind_of_for(p, file, expr, loop) : kind_of_while(p, file, expr, loop);
}

//
// From the expression outwards
//

// The call that gets the function as an argument written in place, or that calls it at once; 0 if none.
static Id call_around(const File *f, Id function, int *index) {
  Id expr = f->facts.functions.at[function].expr;
  Id argument = argument_holding(f, expr), parent = expr_at(f, argument)->parent;
  *index = parent ? argument_index(f, parent, argument) : -1;
  const Expr *e = expr_at(f, parent);
  bool called = e->kind == EX_CALL && e->a == expr;
  return *index >= 0 || called ? parent : 0;
}

Id inline_call(Program *p, FileId file, Id function, int *index, int *use, Id *over) {
  const File *f = &p->files.at[file];
  Id call = call_around(f, function, index), argument = call ? argument_at(f, call, *index) : 0;
  bool listed = argument && argument != f->facts.functions.at[function].expr;
  *over = 0;
  if (listed)
    *use = is_task_list(p, file, call, argument) ? EDGE_ONCE : -1;
  else
    *use = !call ? -1 : *index < 0 ? EDGE_ONCE : argument_use(p, file, call, (uint32_t)*index, over);
  return *use < 0 ? 0 : call;
}

// The object whose length an expression asks.
static Id measured(const File *f, Id expr, int depth) {
  Id parts[64];
  if (is_length(f, expr, NULL))
    return expr_at(f, expr)->a;
  uint32_t n = depth < 4 ? expr_children(f, expr, parts, COUNT(parts)) : 0;
  Id found = 0;
  for (uint32_t i = 0; i < n && !found; i++)
    found = measured(f, parts[i], depth + 1);
  return found;
}

// What a loop iterates: the iterable, or `xs` of `i < xs.length`; 0 if it cannot be seen.
static Id iterated_by(const File *f, const Scope *s) {
  if (s->kind == SC_FOR_OF || s->kind == SC_FOR_IN || s->kind == SC_FOR_AWAIT)
    return s->a;
  return scope_is_loop(s) && s->a ? measured(f, s->a, 0) : 0;
}

// Whether a function is what a callback gives that is called per element, where a library runs what it is given so:
// `T.traverseArray((id) => async () => load(id))`, `T.sequenceArray(A.map((id) => async () => load(id))(ids))`.
static bool is_thunk(Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  Id expr = f->facts.functions.at[function].expr, over;
  int index, use;
  Id call = expr_at(f, expr)->flags & EXF_RETURNED ? inline_call(p, file, unit_of(f, expr), &index, &use, &over) : 0;
  ValueId callee = call ? value_of(p, file, expr_at(f, call)->a) : VALUE_UNKNOWN;
  const Meaning *m = call ? callee_meaning(p, callee, file, call) : NULL;
  const LibraryExport *export = call ? external_export(p, callee) : NULL;
  bool thunks = m ? m->thunks : export && export->meaning.thunks;
  return call && use == EDGE_EACH && (thunks || is_list_run(p, file, call));
}

// The repetition that entering this scope is, with the kind still open. Crossing into a function written in
// place moves *expr and *scope to the call that gets it. False where the way outwards ends.
static bool step_out(Program *p, FileId file, Id *expr, Id *scope, Repeat *here) {
  const File *f = &p->files.at[file];
  const Scope *s = &f->facts.scopes.at[*scope];
  *here = (Repeat){.over = iterated_by(f, s)};
  if (scope_is_loop(s)) {
    here->scope = *scope;
    here->kind = kind_of_loop(p, file, *expr, *scope);
  }
  if (s->kind != SC_FUNCTION) {
    *scope = s->parent;
    return true;
  }
  const Resolver *resolver = resolver_at(p, file, s->function);
  if (resolver && resolver->parents) {
    *here = (Repeat){.kind = REPEAT_PARENTS, .callback = s->function, .items = resolver->parents};
    *scope = s->parent;
    return true;
  }
  int index, use;
  Id over, call = inline_call(p, file, s->function, &index, &use, &over);
  if (!call && is_thunk(p, file, s->function)) {
    *expr = f->facts.functions.at[s->function].expr;
    *scope = expr_at(f, *expr)->scope;
    return true;
  }
  if (!call)
    return false;
  *here = (Repeat){.call = call, .callback = s->function, .over = over};
  if (use == EDGE_EACH) {
    RepeatKind branch = kind_of_branch(p, file, *expr, *scope);
    here->kind = branch ? branch : kind_over(p, file, over, *expr, *scope);
  }
  *expr = call;
  *scope = expr_at(f, call)->scope;
  return true;
}

bool only_collects(const File *f, Id call) {
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  return !strcmp(name, "push") || !strcmp(name, "unshift");
}

Repeat repeat_of(Program *p, FileId file, Id expr) {
  Repeat first = {0}, here;
  bool deferred = false;
  Id scope = expr_at(&p->files.at[file], expr)->scope;
  while (scope && step_out(p, file, &expr, &scope, &here)) {
    here.deferred = deferred;
    deferred = deferred || (here.call && only_collects(&p->files.at[file], here.call));
    if (kinds[here.kind].around != OPEN)
      return here;
    if (!first.kind)
      first = here;
  }
  return first;
}

Repeat repeat_of_edge(Program *p, FileId file, const Edge *edge) {
  Repeat repeat = {.call = edge->call, .over = edge->over};
  repeat.kind = kind_of_list(p, file, edge->over, 0);
  return repeat;
}

// A function that calls itself with a member of the row that it has read: a walk to the parent.
Repeat repeat_of_recursion(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call);
  for (uint32_t i = 0; i < e->count; i++) {
    Id part = expr_bare(f, list_at(f, e->first, i));
    bool member = expr_at(f, part)->kind == EX_MEMBER;
    while (expr_at(f, part)->kind == EX_MEMBER)
      part = expr_bare(f, expr_at(f, part)->a);
    const Expr *row = expr_at(f, part);
    Id binding = member && row->kind == EX_IDENT ? binding_of(p, file, row->scope, row->name, false) : 0;
    const Binding *b = &f->facts.bindings.at[binding];
    Id query = b->kind == BIND_CONST && expr_at(f, b->value)->kind == EX_AWAIT ? expr_bare(f, b->value) : 0;
    if (query && unit_of(f, query) == unit_of(f, call) && reads_one_row(p, file, query))
      return (Repeat){.kind = REPEAT_PARENT_WALK, .call = call};
  }
  return (Repeat){.kind = REPEAT_NONE};
}
