// branches.c - branches in a loop that run for few elements, for full batches, or in one round only.
#include "repeat.h"

#include <string.h>

// Whether an identifier is what changes in the region: its loop variable or the callback's parameter.
static bool is_item(Program *p, FileId file, Id expr, Id region) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  return binding && p->files.at[file].facts.bindings.at[binding].scope == region;
}

// `item.id` of what changes in the region.
static bool is_item_identity(Program *p, FileId file, Id expr, Id region) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_MEMBER && names_identity(text_of(f, e->name)) && is_item(p, file, e->a, region);
}

// `item === "name"`, `item.id === wantedId`: one element passes.
static bool compares_item(Program *p, FileId file, Id condition, Id region) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition);
  const char *op = text_of(f, e->name);
  if (e->kind != EX_BINARY || (strcmp(op, "===") && strcmp(op, "==")))
    return false;
  if (is_item(p, file, e->a, region) && expr_at(f, e->b)->kind == EX_STRING)
    return true;
  const Expr *other = expr_at(f, e->b);
  Id binding = other->kind == EX_IDENT ? binding_of(p, file, other->scope, other->name, false) : 0;
  bool older = binding && !scope_inside(f, f->facts.bindings.at[binding].scope, region);
  return older && is_item_identity(p, file, e->a, region);
}

// `batch.length === 500` of a list that the loop fills, `i % 500 === 0`: the batch is full.
static bool is_flush(Program *p, FileId file, Id condition, Id region) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition), *left = expr_at(f, e->a), *list = expr_at(f, left->a);
  const char *op = text_of(f, e->name), *limit = text_of(f, expr_at(f, e->b)->name);
  if (e->kind == EX_ALT)
    return is_flush(p, file, e->a, region) || is_flush(p, file, e->b, region);
  if (e->kind != EX_BINARY || (strcmp(op, ">=") && strcmp(op, ">") && strcmp(op, "===") && strcmp(op, "==")))
    return false;
  if (left->kind == EX_BINARY)
    return !strcmp(text_of(f, left->name), "%");
  if (!is_length(f, e->a, NULL) || list->kind != EX_IDENT || !strcmp(limit, "0"))
    return false;
  Slice uses = uses_inside(p, file, list->name, region);
  for (uint32_t i = 0; i < uses.n; i++) {
    Id member = expr_at(f, uses.at[i])->parent;
    const Expr *callee = expr_at(f, member), *call = expr_at(f, callee->parent);
    const char *name = text_of(f, callee->name);
    bool fills = call->kind == EX_CALL && call->a == member && callee->kind == EX_MEMBER && callee->a == uses.at[i] &&
                 (!strcmp(name, "push") || !strcmp(name, "add"));
    if (fills && scope_inside(f, call->scope, region))
      return true;
  }
  return false;
}

// Whether two expressions are the same variable, or the same member of `this`.
static bool is_same_place(const File *f, Id left, Id right) {
  const Expr *a = expr_at(f, left), *b = expr_at(f, right);
  if (a->kind != b->kind || a->name != b->name)
    return false;
  return a->kind == EX_IDENT || (a->kind == EX_MEMBER && expr_at(f, a->a)->kind == EX_THIS && expr_at(f, b->a)->kind == EX_THIS);
}

// `x ??= await ...` and `if (!x) x = await ...` where x is older than the region: the first round asks.
static bool fills_once(Program *p, FileId file, const Scope *s, Id scope, Id region) {
  const File *f = &p->files.at[file];
  bool absent = s->kind == SC_IF && asks_for_absence(f, s->a);
  Id place = s->kind == SC_BRANCH ? s->a : absent ? expr_at(f, s->a)->a : 0;
  const Expr *e = expr_at(f, place), *around = expr_at(f, e->parent);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  if (!place || (binding && scope_inside(f, f->facts.bindings.at[binding].scope, region)))
    return false;
  if (s->kind == SC_BRANCH)
    return around->kind == EX_ASSIGN && around->a == place && is_same_place(f, place, place);
  for (Id i = f->extents[scope].first; i < f->extents[scope].end; i++)
    if (expr_at(f, i)->kind == EX_ASSIGN && is_same_place(f, expr_at(f, i)->a, place) && scope_inside(f, expr_at(f, i)->scope, scope))
      return true;
  return false;
}

static RepeatKind branch_shape(Program *p, FileId file, Id scope, Id region) {
  const Scope *s = &p->files.at[file].facts.scopes.at[scope];
  if (s->kind == SC_CATCH)
    return REPEAT_ERROR_PATH;
  if (s->kind == SC_SWITCH && is_item(p, file, s->a, region))
    return REPEAT_DISPATCH;
  if (s->kind == SC_IF && compares_item(p, file, s->a, region))
    return REPEAT_DISPATCH;
  if (s->kind == SC_IF && is_flush(p, file, s->a, region))
    return REPEAT_CHUNKS;
  return fills_once(p, file, s, scope, region) ? REPEAT_ONCE : REPEAT_NONE;
}

// What one branch makes of the repetition, kept for all that stands in it.
static RepeatKind branch_at(Program *p, FileId file, Id scope, Id region) {
  Map *branches = &p->files.at[file].branches;
  uint64_t key = (uint64_t)scope << 32 | region;
  if (!map_get(branches, key))
    map_put(branches, key, branch_shape(p, file, scope, region) + 1);
  return (RepeatKind)(map_get(branches, key) - 1);
}

RepeatKind kind_of_branch(Program *p, FileId file, Id expr, Id region) {
  const File *f = &p->files.at[file];
  RepeatKind kind = REPEAT_NONE;
  for (Id scope = expr_at(f, expr)->scope; scope && scope != region && !kind; scope = f->facts.scopes.at[scope].parent)
    kind = branch_at(p, file, scope, region);
  return kind;
}
