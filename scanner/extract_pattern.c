// extract_pattern.c - destructuring: each name gets the path of members that leads to it, as synthetic
// expressions (`{ a: { b } } = e` gives b the value EX_MEMBER(EX_MEMBER(e, a), b)).
#include <stdio.h>

#include "extract.h"

// Declare a name. `name` is the node that holds it.
Id bind(Extract *x, BindingKind kind, At name, Id scope, Id value, Id type) {
  Binding binding = {.kind = (uint8_t)kind, .scope = scope, .value = value, .type = type};
  binding.name = text_of(x, name);
  if (name)
    binding.span = span_of(x, name);
  vec_push(&x->facts->bindings, binding);
  return x->facts->bindings.n - 1;
}

// A step of the path, from `base`.
static Id step(Extract *x, ExprKind kind, At at, Id base, Name name) {
  Id id = expr_synthetic(x, kind, at);
  EXPR(x, id)->a = base;
  EXPR(x, id)->name = name;
  adopt(x, base, id);
  return id;
}

static Id key_step(Extract *x, At key, Id base) {
  uint8_t kind = x->nodes[key].kind;
  Name name = key_name(x, key);
  if (kind != N_computed_property_name)
    return step(x, kind == N_number ? EX_INDEX : EX_MEMBER, key, base, name);
  Id id = step(x, EX_INDEX, key, base, name);
  Id computed = expr(x, first_child(x, key), id);
  EXPR(x, id)->b = computed;
  return id;
}

static Id index_step(Extract *x, At at, Id base, uint32_t index) {
  char digits[16];
  snprintf(digits, sizeof digits, "%u", index);
  Name name = intern(x, digits);
  Id id = step(x, EX_INDEX, at, base, name);
  Id number = expr_synthetic(x, EX_NUMBER, at);
  EXPR(x, number)->name = name;
  EXPR(x, number)->parent = id;
  EXPR(x, id)->b = number;
  return id;
}

// `left = right` inside a pattern: the path, or else the default.
static void with_default(Extract *x, At at, Id value, const Target *target) {
  At left = child_by_field(x, at, F_left), right = child_by_field(x, at, F_right);
  Id id = expr_synthetic(x, EX_ALT, at);
  EXPR(x, id)->name = intern(x, "?\?");
  EXPR(x, id)->a = value;
  adopt(x, value, id);
  if (left && x->nodes[left].kind != N_object_pattern && x->nodes[left].kind != N_array_pattern)
    x->hint = text_of(x, left);
  Id otherwise = expr_in_branch(x, right, id, value);
  EXPR(x, id)->b = otherwise;
  pattern(x, left, id, target);
}

static void object_pattern(Extract *x, At at, Id value, const Target *target) {
  EACH_CHILD (x, at, child) {
    At key = child;
    if (x->nodes[child].kind == N_object_assignment_pattern) {
      key = child_by_field(x, child, F_left);
      if (key)
        with_default(x, child, key_step(x, key, value), target);
    } else if (x->nodes[child].kind == N_pair_pattern) {
      key = child_by_field(x, child, F_key);
      if (key)
        pattern(x, child_by_field(x, child, F_value), key_step(x, key, value), target);
    } else if (x->nodes[child].kind == N_rest_pattern) {
      pattern(x, first_child(x, child), step(x, EX_REST, child, value, 0), target);
    } else if (x->nodes[child].kind == N_shorthand_property_identifier_pattern) {
      pattern(x, child, key_step(x, child, value), target);
    }
  }
}

static void array_pattern(Extract *x, At at, Id value, const Target *target) {
  uint32_t index = 0;
  EACH_CHILD (x, at, child) {
    uint8_t kind = x->nodes[child].kind;
    if (kind == T_COMMA)
      index++;
    else if (kind == N_rest_pattern)
      pattern(x, first_child(x, child), step(x, EX_REST, child, value, 0), target);
    else if (kind < N_TOKEN && kind != N_ERROR)
      pattern(x, child, index_step(x, child, value, index), target);
  }
}

// `at = value` as an EX_ASSIGN, pushed on the stack for the list of its parent.
static void assign_one(Extract *x, At at, Id value, Id parent) {
  Id id = expr_synthetic(x, EX_ASSIGN, at);
  EXPR(x, id)->name = intern(x, "=");
  EXPR(x, id)->parent = parent;
  Id left = expr(x, at, id);
  EXPR(x, id)->a = left;
  EXPR(x, id)->b = value;
  adopt(x, value, id);
  vec_push(&x->stack, id);
}

// Give each name of a pattern its path from `value`.
void pattern(Extract *x, At at, Id value, const Target *target) {
  at = without_parens(x, at);
  if (!at || too_deep(x))
    return;
  switch (x->nodes[at].kind) {
  case N_object_pattern:
    object_pattern(x, at, value, target);
    break;
  case N_array_pattern:
    array_pattern(x, at, value, target);
    break;
  case N_assignment_pattern:
  case N_object_assignment_pattern:
    with_default(x, at, value, target);
    break;
  case N_rest_pattern:
    pattern(x, first_child(x, at), value, target);
    break;
  default:
    if (target->assign)
      assign_one(x, at, value, target->parent);
    else if (!is_statement(x->nodes[at].kind) && x->nodes[at].kind != N_ERROR)
      bind(x, (BindingKind)target->kind, at, target->scope, value, target->type);
  }
  x->depth--;
}

static bool is_pattern(const Extract *x, At at) {
  return x->nodes[at].kind == N_object_pattern || x->nodes[at].kind == N_array_pattern;
}

// `for (at of ...)` without a declaration: one EX_ASSIGN, or an EX_OTHER of several.
void assign_each(Extract *x, At at, Id value) {
  uint32_t mark = x->stack.n;
  Target target = {.assign = true};
  if (is_pattern(x, at)) {
    target.parent = expr_synthetic(x, EX_OTHER, at);
    EXPR(x, target.parent)->flags |= EXF_STATEMENT;
  }
  pattern(x, at, value, &target);
  if (target.parent)
    expr_list(x, target.parent, mark);
  else if (x->stack.n > mark)
    EXPR(x, x->stack.at[mark])->flags |= EXF_STATEMENT;
  x->stack.n = mark;
}

// `{ a, b: c.d } = right`: EX_OTHER of the right side and one EX_ASSIGN for each target.
static Id assign_pattern(Extract *x, At at, At left, Id parent) {
  Target target = {.assign = true, .parent = expr_new(x, EX_OTHER, at, parent)};
  Id value = expr(x, child_by_field(x, at, F_right), target.parent);
  uint32_t mark = x->stack.n;
  if (value)
    vec_push(&x->stack, value);
  pattern(x, left, value, &target);
  expr_list(x, target.parent, mark);
  return target.parent;
}

static bool is_conditional(const char *op) {
  return (op[0] == '|' || op[0] == '&' || op[0] == '?') && op[1] == op[0];
}

// `a = b`, `a += b`, `a ??= b`.
Id assignment(Extract *x, At at, Id parent) {
  At left = without_parens(x, child_by_field(x, at, F_left)), right = child_by_field(x, at, F_right);
  if (left && is_pattern(x, left))
    return assign_pattern(x, at, left, parent);
  Id id = expr_new(x, EX_ASSIGN, at, parent);
  At op = child_by_field(x, at, F_operator);
  Name name = op ? text_of(x, op) : intern(x, "=");
  EXPR(x, id)->name = name;
  Id a = expr(x, left, id);
  EXPR(x, id)->a = a;
  Name hint = a ? EXPR(x, a)->name : 0;
  x->hint = a && EXPR(x, a)->kind <= EX_INDEX ? hint : 0;
  bool branch = is_conditional(names_text(&x->facts->names, name));
  Id b = branch ? expr_in_branch(x, right, id, a) : expr(x, right, id);
  EXPR(x, id)->b = b;
  return id;
}

static void declarator(Extract *x, At at, Target target) {
  At name = child_by_field(x, at, F_name), value = child_by_field(x, at, F_value);
  if (!name)
    return;
  Id type = annotation(x, child_by_field(x, at, F_type));
  if (!is_pattern(x, name)) {
    target.type = type;
    pattern(x, name, value ? expr_named(x, value, 0, text_of(x, name)) : 0, &target);
    return;
  }
  Id base = expr(x, value, 0);
  if (type) {
    base = step(x, EX_CAST, name, base, 0);
    EXPR(x, base)->type = type;
  }
  pattern(x, name, base, &target);
}

// The declarators of a `const`, `let`, `var` or `using`.
void declarators(Extract *x, At at, BindingKind kind, Id scope) {
  Target target = {.kind = (uint8_t)kind, .scope = scope};
  EACH_CHILD (x, at, child) {
    if (x->nodes[child].kind == N_variable_declarator)
      declarator(x, child, target);
    else if (x->nodes[child].kind == N_ERROR)
      statement(x, child);
  }
}
