// varies.c - what changes from one round of a repetition to the next.
#include "values.h"

#include <string.h>

// How deep and how far a look goes; steps after which what is seen of a variable is taken as all of it.
enum { MAX_LOOK = 24, MAX_STEPS = 10000, FAR = 2500 };

// A look at what an expression depends on, bounded in depth and in all that it looks at: what was cut off is not known
// for good, and is looked at again wherever it is used.
typedef struct Look {
  Program *p;
  FileId file;
  Id region;  // scope of the repeated code
  int depth;
  uint32_t steps;
  bool is_cut;  // something was not looked at: too deep, or being looked at already
} Look;

// What is known of a variable in a region.
enum { VARYING_NO = 1, VARYING_YES, VARYING_BUSY, VARYING_OPEN };

static bool look(Look *l, Id expr);

// `query.where(x)` with what varies, on a query that the region builds step by step.
static bool builds(Look *l, Id binding, Id object, const Expr *call) {
  const File *f = &l->p->files.at[l->file];
  l->is_cut = l->is_cut || l->depth > MAX_LOOK;
  if (!scope_inside(f, f->facts.bindings.at[binding].scope, l->region) || l->depth > MAX_LOOK ||
      value_at(l->p, value_of(l->p, l->file, object))->kind != VAL_LIBRARY)
    return false;
  bool found = false;
  l->depth++;
  for (uint32_t i = 0; i < call->count && !found; i++)
    found = look(l, list_at(f, call->first, i));
  l->depth--;
  return found;
}

// Whether code in the region assigns to the variable, or to a member of it, or calls a method that changes it.
static bool changes_in_region(Look *l, Id binding) {
  static const char *const changers[] = {"push", "pop", "shift", "unshift", "splice", "set", "add", "delete"};
  const File *f = &l->p->files.at[l->file];
  Name name = f->facts.bindings.at[binding].name;
  Slice uses = uses_inside(l->p, l->file, name, l->region);
  for (uint32_t i = 0; i < uses.n; i++) {
    const Expr *e = expr_at(f, uses.at[i]);
    if (!scope_inside(f, e->scope, l->region))
      continue;
    Id top = uses.at[i];
    while (expr_at(f, expr_at(f, top)->parent)->kind == EX_MEMBER || expr_at(f, expr_at(f, top)->parent)->kind == EX_INDEX)
      top = expr_at(f, top)->parent;
    const Expr *user = expr_at(f, expr_at(f, top)->parent);
    bool assigned = user->kind == EX_ASSIGN && user->a == top;
    bool changed = user->kind == EX_CALL && user->a == top && top != uses.at[i];
    changed = changed && (contains_any(text_of(f, expr_at(f, top)->name), changers, COUNT(changers)) ||
                          builds(l, binding, uses.at[i], user));
    if ((assigned || changed) && binding_of(l->p, l->file, e->scope, name, false) == binding)
      return true;
  }
  return false;
}

// Memoised beside what is known of the variable, unless something was cut off.
static bool is_changed(Look *l, Id binding) {
  Map *memo = &l->p->files.at[l->file].varying;
  uint64_t key = (uint64_t)l->region << 32 | 1u << 31 | binding;
  uint32_t known = map_get(memo, key);
  if (known)
    return known == VARYING_YES;
  bool was_cut = l->is_cut;
  l->is_cut = false;
  bool found = changes_in_region(l, binding);
  if (found || !l->is_cut)
    map_put(memo, key, found ? VARYING_YES : VARYING_NO);
  l->is_cut = l->is_cut || was_cut;
  return found;
}

static bool changes_or_takes(Look *l, Id binding) {
  const File *f = &l->p->files.at[l->file];
  const Binding *b = &f->facts.bindings.at[binding];
  if (!scope_inside(f, b->scope, l->region))
    return b->kind != BIND_CONST || expr_at(f, b->value)->kind != EX_FUNCTION ? is_changed(l, binding) : false;
  if (b->kind == BIND_PARAM || b->kind == BIND_CATCH || b->kind == BIND_LET || !b->value)
    return true;
  if (b->kind != BIND_CONST)
    return b->kind == BIND_FUNCTION;
  return look(l, b->value) || is_changed(l, binding);
}

// Memoised: a "no" only when all of it was looked at, or so much that it cannot be looked at again for each use.
static bool look_at_binding(Look *l, Id binding) {
  Map *memo = &l->p->files.at[l->file].varying;
  uint64_t key = (uint64_t)l->region << 32 | binding;
  uint32_t known = map_get(memo, key);
  l->is_cut = l->is_cut || known == VARYING_BUSY;
  if (known && known != VARYING_OPEN)
    return known == VARYING_YES;
  bool was_cut = l->is_cut;
  uint32_t steps = l->steps;
  l->is_cut = false;
  map_put(memo, key, VARYING_BUSY);
  bool found = changes_or_takes(l, binding);
  l->is_cut = l->is_cut && l->steps - steps < FAR;
  map_put(memo, key, found ? VARYING_YES : l->is_cut ? VARYING_OPEN : VARYING_NO);
  l->is_cut = l->is_cut || was_cut;
  return found;
}

// Identifiers inside of a function that stands in the region.
static bool look_into_function(Look *l, Id function) {
  const File *f = &l->p->files.at[l->file];
  Id scope = f->facts.functions.at[function].scope;
  for (Id i = f->extents[scope].first; i < f->extents[scope].end; i++) {
    const Expr *e = expr_at(f, i);
    if (e->kind != EX_IDENT || !scope_inside(f, e->scope, scope))
      continue;
    Id binding = binding_of(l->p, l->file, e->scope, e->name, false);
    if (binding && !scope_inside(f, f->facts.bindings.at[binding].scope, scope) && look_at_binding(l, binding))
      return true;
  }
  return false;
}

static bool is_impure_call(Program *p, FileId file, const Expr *e, int depth);

static bool calls_impure(Program *p, Ref function, int depth) {
  const File *f = &p->files.at[function.file];
  Id scope = f->facts.functions.at[function.id].scope;
  for (Id i = f->extents[scope].first; i < f->extents[scope].end; i++) {
    const Expr *e = expr_at(f, i);
    if (!scope_inside(f, e->scope, scope))
      continue;
    if (is_impure_call(p, function.file, e, depth + 1))
      return true;
    Id binding = e->kind == EX_IDENT ? binding_of(p, function.file, e->scope, e->name, false) : 0;
    const Binding *b = &f->facts.bindings.at[binding];
    if (b->kind == BIND_LET && !scope_inside(f, b->scope, scope))
      return true;
  }
  return false;
}

// A function of ours gives the same each time unless it calls what does not, or reads a variable that may change.
static bool is_impure_function(Program *p, Ref function, int depth) {
  uint64_t key = param_key(function, (uint32_t)depth);
  uint32_t known = map_get(&p->impure, key);
  if (!known) {
    known = calls_impure(p, function, depth) ? 2 : 1;
    map_put(&p->impure, key, known);
  }
  return known == 2;
}

// A call that may give something else each time: `uuid()`, `Date.now()`, `queue.pop()`.
static bool is_impure_call(Program *p, FileId file, const Expr *e, int depth) {
  static const char *const changing[] = {"pop", "shift", "next", "now", "random", "randomUUID"};
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, e->a);
  if (e->kind == EX_NEW)
    return !contains_word(text_of(f, callee->name), "error") && !contains_word(text_of(f, callee->name), "exception");
  if (e->kind != EX_CALL || e->count)
    return false;
  if (callee->kind != EX_IDENT)
    return contains_any(text_of(f, callee->name), changing, COUNT(changing));
  Ref function = value_function(p, value_of(p, file, e->a));
  return !function.file || depth > 4 || is_impure_function(p, function, depth);
}

static bool look(Look *l, Id expr) {
  const File *f = &l->p->files.at[l->file];
  const Expr *e = expr_at(f, expr);
  bool enough = l->depth > MAX_LOOK || ++l->steps > MAX_STEPS;
  l->is_cut = l->is_cut || enough;
  if (!expr || enough)
    return false;
  if (e->kind == EX_IDENT) {
    Id binding = binding_of(l->p, l->file, e->scope, e->name, false);
    l->depth++;
    bool found = binding && look_at_binding(l, binding);
    l->depth--;
    return found;
  }
  if (e->kind == EX_ELEMENT || e->kind == EX_KEY || e->kind == EX_PARAM)
    return true;
  if (e->kind == EX_FUNCTION)
    return look_into_function(l, e->a);
  if (is_impure_call(l->p, l->file, e, 0))
    return true;
  Id parts[64];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  l->depth++;
  bool found = false;
  for (uint32_t i = 0; i < n && !found; i++)
    found = look(l, parts[i]);
  l->depth--;
  return found;
}

bool varies(Program *p, FileId file, Id expr, const Repeat *repeat) {
  const File *f = &p->files.at[file];
  if (repeat->items)
    return depends(p, file, expr, repeat->callback, repeat->items);
  Look l = {.p = p, .file = file, .region = repeat_scope(f, repeat)};
  return !l.region || look(&l, expr);
}
