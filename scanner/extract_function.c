// extract_function.c - functions of all forms, and their parameters.
#include "extract.h"

uint16_t function_flags(const Extract *x, At at) {
  uint16_t flags = 0;
  uint8_t kind = x->nodes[at].kind;
  if (kind == N_arrow_function)
    flags |= FN_ARROW;
  EACH_CHILD (x, at, child) {
    switch (x->nodes[child].kind) {
    case T_ASYNC:
      flags |= FN_ASYNC;
      break;
    case T_STAR:
      flags |= FN_GENERATOR;
      break;
    case T_GET:
      flags |= FN_GETTER;
      break;
    case T_SET:
      flags |= FN_SETTER;
      break;
    case T_STATIC:
      flags |= FN_STATIC;
      break;
    }
  }
  return child_by_field(x, at, F_body) ? flags : flags | FN_NO_BODY;
}

static bool is_property(const Extract *x, At at) {
  return child_of_kind(x, at, N_accessibility_modifier) || child_of_kind(x, at, T_READONLY) ||
         child_of_kind(x, at, N_override_modifier);
}

// What a parameter consists of: the TypeScript grammars wrap it, the JavaScript grammar does not.
typedef struct Parts {
  At pattern, init, type;
} Parts;

static Parts parts_of(const Extract *x, At at) {
  switch (x->nodes[at].kind) {
  case N_required_parameter:
  case N_optional_parameter: {
    At pattern = child_by_field(x, at, F_pattern);
    pattern = pattern ? pattern : child_by_field(x, at, F_name);
    return (Parts){pattern, child_by_field(x, at, F_value), child_by_field(x, at, F_type)};
  }
  case N_assignment_pattern:
    return (Parts){child_by_field(x, at, F_left), child_by_field(x, at, F_right), 0};
  default:
    return (Parts){at, 0, 0};
  }
}

static uint8_t param_flags(const Extract *x, At at, At pattern) {
  uint8_t flags = x->nodes[pattern].kind == N_rest_pattern ? PARAM_REST : 0;
  flags |= x->nodes[at].kind == N_optional_parameter ? PARAM_OPTIONAL : 0;
  return flags | (is_property(x, at) ? PARAM_PROPERTY : 0);
}

// One parameter: its record, and the bindings of its name or pattern. `this` is none, but it may have a type.
static void param(Extract *x, At at, Id function, uint32_t number) {
  Parts parts = parts_of(x, at);
  if (parts.pattern && x->nodes[parts.pattern].kind == N_this) {
    Id self = annotation(x, parts.type);
    x->facts->functions.at[function].self = self;
    return;
  }
  if (!parts.pattern)
    return;
  At inner = parts.pattern;
  if (x->nodes[inner].kind == N_rest_pattern)
    inner = first_child(x, inner);
  bool plain = inner && x->nodes[inner].kind != N_object_pattern && x->nodes[inner].kind != N_array_pattern;
  Param param = {.flags = param_flags(x, at, parts.pattern), .span = span_of(x, at)};
  param.name = plain ? text_of(x, inner) : 0;
  param.decorators = decorators(x, 0, 0, at);
  param.type = annotation(x, parts.type);
  param.init = expr_named(x, parts.init, 0, param.name);
  vec_push(&x->facts->params, param);
  vec_push(&x->stack, x->facts->params.n - 1);
  Id value = expr_synthetic(x, EX_PARAM, parts.pattern);
  EXPR(x, value)->a = function;
  EXPR(x, value)->b = number;
  Target target = {.kind = BIND_PARAM, .scope = x->scope, .type = plain ? param.type : 0};
  pattern(x, inner, value, &target);
}

static List params(Extract *x, At at, Id function) {
  uint32_t mark = x->stack.n;
  At single = child_by_field(x, at, F_parameter), list = child_by_field(x, at, F_parameters);
  if (single)
    param(x, single, function, 0);
  if (list)
    EACH_CHILD (x, list, child)
      if (x->nodes[child].kind < N_TOKEN && x->nodes[child].kind != N_ERROR)
        param(x, child, function, x->stack.n - mark);
  return list_end(x, mark);
}

// The body, and what it returns.
static void function_body(Extract *x, At at, Id function) {
  uint32_t mark = x->returns.n;
  At code = child_by_field(x, at, F_body);
  if (code && x->nodes[code].kind == N_statement_block) {
    body(x, code);
  } else if (code) {
    Id value = expr(x, code, 0);
    EXPR(x, value)->flags |= value ? EXF_RETURNED : 0;
    if (value)
      vec_push(&x->returns, value);
  }
  List returns = {x->facts->lists.n, x->returns.n - mark};
  for (uint32_t i = mark; i < x->returns.n; i++)
    vec_push(&x->facts->lists, x->returns.at[i]);
  x->returns.n = mark;
  x->facts->functions.at[function].returns = returns;
}

// Lower the function at a node in a scope of its own. Returns its EX_FUNCTION.
Id function_new(Extract *x, At at, Id parent, Name name, uint16_t flags, Id class) {
  Id id = expr_new(x, EX_FUNCTION, at, parent);
  Id outer = x->scope, outer_function = x->function, outer_var = x->var_scope;
  Id function = x->facts->functions.n;
  Function record = {.flags = flags, .name = name, .expr = id, .class = class, .span = span_of(x, at)};
  vec_push(&x->facts->functions, record);
  EXPR(x, id)->a = function;
  x->function = function;
  Id scope = x->var_scope = scope_open(x, SC_FUNCTION, at);
  x->facts->functions.at[function].scope = scope;
  type_parameters(x, child_by_field(x, at, F_type_parameters));
  List list = params(x, at, function);
  x->facts->functions.at[function].params = list;
  Id result = annotation(x, child_by_field(x, at, F_return_type));
  x->facts->functions.at[function].result = result;
  function_body(x, at, function);
  x->scope = outer;
  x->function = outer_function;
  x->var_scope = outer_var;
  return id;
}

// A function as an expression: its own name, if it has one, is known inside only.
Id function_expr(Extract *x, At at, Id parent) {
  At own = child_by_field(x, at, F_name);
  Name name = own ? text_of(x, own) : x->named;
  Id id = function_new(x, at, parent, name, function_flags(x, at), 0);
  if (own)
    bind(x, BIND_FUNCTION, own, x->facts->functions.at[EXPR(x, id)->a].scope, id, 0);
  return id;
}

void function_declaration(Extract *x, At at) {
  At name = child_by_field(x, at, F_name);
  Id id = function_new(x, at, 0, text_of(x, name), function_flags(x, at), 0);
  bind(x, BIND_FUNCTION, name, x->scope, id, 0);
}
