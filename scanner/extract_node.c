// extract_node.c - reading the flat syntax tree, and making expressions and lists.
#include "extract.h"

At child_by_field(const Extract *x, At at, NodeField field) {
  EACH_CHILD (x, at, child)
    if (x->nodes[child].field == field && x->nodes[child].kind != N_ERROR)
      return child;
  return 0;
}

At child_of_kind(const Extract *x, At at, NodeKind kind) {
  EACH_CHILD (x, at, child)
    if (x->nodes[child].kind == kind)
      return child;
  return 0;
}

At first_child(const Extract *x, At at) {
  EACH_CHILD (x, at, child)
    if (x->nodes[child].kind < N_TOKEN && x->nodes[child].kind != N_ERROR)
      return child;
  return 0;
}

// The next sibling that is no token, or 0 when there is none below `parent`.
At next_child(const Extract *x, At parent, At child) {
  At end = x->nodes[parent].next;
  for (child = x->nodes[child].next; child < end && x->nodes[child].kind >= N_TOKEN;)
    child = x->nodes[child].next;
  return child < end ? child : 0;
}

// Parentheses and `a!` mean their operand. Iterative: files may nest them without limit.
At without_parens(const Extract *x, At at) {
  while (at &&
         (x->nodes[at].kind == N_parenthesized_expression || x->nodes[at].kind == N_non_null_expression))
    at = first_child(x, at);
  return at;
}

Span span_of(const Extract *x, At at) { return (Span){x->nodes[at].start, x->nodes[at].end}; }

// Move what was pushed on the stack since `mark` into a list of the file.
List list_end(Extract *x, uint32_t mark) {
  List list = {x->facts->lists.n, x->stack.n - mark};
  for (uint32_t i = mark; i < x->stack.n; i++)
    vec_push(&x->facts->lists, x->stack.at[i]);
  x->stack.n = mark;
  return list;
}

Id expr_new(Extract *x, ExprKind kind, At at, Id parent) {
  Expr expr = {.kind = (uint8_t)kind, .scope = x->scope, .parent = parent, .span = span_of(x, at)};
  vec_push(&x->facts->exprs, expr);
  return x->facts->exprs.n - 1;
}

Id expr_synthetic(Extract *x, ExprKind kind, At at) {
  Id id = expr_new(x, kind, at, 0);
  EXPR(x, id)->flags = EXF_SYNTHETIC;
  return id;
}

// A synthetic expression may have several users; the first one becomes its parent. A written expression
// keeps the parent that it has in the source.
void adopt(Extract *x, Id child, Id parent) {
  Expr *expr = EXPR(x, child);
  if (child && (expr->flags & EXF_SYNTHETIC) && !expr->parent)
    expr->parent = parent;
}

// Make what was pushed on the stack since `mark` the list of an expression.
void expr_list(Extract *x, Id id, uint32_t mark) {
  if (x->stack.n - mark > UINT16_MAX) {
    x->stack.n = mark + UINT16_MAX;
    x->facts->cut = true;
  }
  List list = list_end(x, mark);
  EXPR(x, id)->first = list.first;
  EXPR(x, id)->count = (uint16_t)list.count;
}
