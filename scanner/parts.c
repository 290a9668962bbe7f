// parts.c - looking through an expression: its operands, what one of them is, what is behind a value.
#include "repeat.h"

#include <string.h>

enum {
  MAX_LOOK = 24,
  MAX_TAKEN = 8,  // steps back from a value: each may have two ways
};

uint32_t expr_children(const File *f, Id id, Id *out, uint32_t room) {
  const Expr *e = expr_at(f, id);
  uint32_t n = 0;
  if (e->kind == EX_FUNCTION || e->kind == EX_CLASS || e->kind == EX_PARAM)
    return 0;
  Id operands[3] = {e->a, e->b, e->c};
  for (int i = 0; i < 3; i++)
    if (operands[i] && n < room)
      out[n++] = operands[i];
  for (uint32_t i = 0; i < e->count && n < room; i++)
    out[n++] = list_at(f, e->first, i);
  return n;
}

bool value_is_dropped(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr), *parent = expr_at(f, e->parent);
  return e->flags & EXF_STATEMENT || (parent->kind == EX_AWAIT && parent->flags & EXF_STATEMENT);
}

static bool part_passes(const File *f, Id expr, Test *test, const void *with, int depth) {
  if (!expr || depth > MAX_LOOK)
    return false;
  if (test(f, expr, with))
    return true;
  Id parts[64];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (part_passes(f, parts[i], test, with, depth + 1))
      return true;
  return false;
}

bool any_part(const File *f, Id expr, Test *test, const void *with) { return part_passes(f, expr, test, with, 0); }

bool is_length(const File *f, Id expr, const void *with) {
  (void)with;
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_MEMBER && (!strcmp(text_of(f, e->name), "length") || !strcmp(text_of(f, e->name), "size"));
}

bool is_name(const File *f, Id expr, const void *with) {
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_IDENT && e->name == *(const Name *)with;
}

Id expr_bare(const File *f, Id expr) {
  for (;;) {
    const Expr *e = expr_at(f, expr);
    if (e->kind != EX_AWAIT && e->kind != EX_CAST && !(e->kind == EX_ALT && !e->c))
      return expr;
    expr = e->a;
  }
}

bool is_taken_from(Program *p, FileId file, Id value, Id expr, bool *first, int depth) {
  const File *f = &p->files.at[file];
  bool picked = false;  // `rows[rows.length - 1]`: the first of what a query gives is all rows then
  for (; value && depth < MAX_TAKEN; depth++) {
    value = expr_bare(f, value);
    const Expr *e = expr_at(f, value);
    if (value == expr)
      return true;
    if (e->kind == EX_ALT && is_taken_from(p, file, e->b, expr, first, depth + 1))
      return true;
    bool zero = e->kind == EX_INDEX && !strcmp(text_of(f, e->name), "0");
    *first = *first || (zero && !picked);
    picked = picked || (e->kind == EX_INDEX && !zero);
    const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
    bool path = e->kind == EX_MEMBER || e->kind == EX_INDEX || e->kind == EX_ALT;
    value = path ? e->a : b->kind == BIND_CONST || b->kind == BIND_LET ? b->value : 0;
  }
  return false;
}

bool asks_for_absence(const File *f, Id condition) {
  static const char *const nothing[] = {"null", "undefined", "0", "false"};
  const Expr *e = expr_at(f, condition);
  const char *op = text_of(f, e->name), *right = text_of(f, expr_at(f, e->b)->name);
  if (e->kind == EX_UNARY)
    return !strcmp(op, "!");
  bool equal = e->kind == EX_BINARY && (!strcmp(op, "===") || !strcmp(op, "=="));
  return equal && is_any_of(right, nothing, COUNT(nothing));
}

bool names_identity(const char *name) {
  static const char *const exact[] = {"id", "_id", "uuid", "slug"};
  size_t n = strlen(name);
  if (is_any_of(name, exact, COUNT(exact)))
    return true;
  return n > 2 && (!strcmp(name + n - 2, "Id") || !strcmp(name + n - 2, "ID") || !strcmp(name + n - 3, "_id"));
}

Id chain_below(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  bool chain = e->kind == EX_CALL || e->kind == EX_MEMBER || e->kind == EX_INDEX || e->kind == EX_AWAIT;
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  return chain ? e->a : b->kind == BIND_CONST ? b->value : 0;
}
