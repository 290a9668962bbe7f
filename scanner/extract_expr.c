// extract_expr.c - lowering of expressions.
#include "extract.h"

// Literals and names: the kind, and the source text as name.
static Id leaf(Extract *x, ExprKind kind, At at, Id parent) {
  Id id = expr_new(x, kind, at, parent);
  Name name = text_of(x, at);
  EXPR(x, id)->name = name;
  return id;
}

static Id identifier(Extract *x, At at, Id parent) { return leaf(x, EX_IDENT, at, parent); }
static Id number(Extract *x, At at, Id parent) { return leaf(x, EX_NUMBER, at, parent); }
static Id literal(Extract *x, At at, Id parent) { return leaf(x, EX_LITERAL, at, parent); }
static Id this(Extract *x, At at, Id parent) { return expr_new(x, EX_THIS, at, parent); }
static Id super(Extract *x, At at, Id parent) { return expr_new(x, EX_SUPER, at, parent); }
static Id import(Extract *x, At at, Id parent) { return expr_new(x, EX_IMPORT, at, parent); }

static Id meta_property(Extract *x, At at, Id parent) {
  bool is_import = x->bytes[x->nodes[at].start] == 'i';
  return expr_new(x, is_import ? EX_IMPORT : EX_OTHER, at, parent);
}

// The text of a string or template, which may be SQL.
void set_text(Extract *x, Id id, Name text) {
  EXPR(x, id)->name = text;
  if (looks_like_sql(names_text(&x->facts->names, text)))
    EXPR(x, id)->flags |= EXF_SQL;
}

static Id string(Extract *x, At at, Id parent) {
  Id id = expr_new(x, EX_STRING, at, parent);
  set_text(x, id, string_value(x, at));
  return id;
}

void template_holes(Extract *x, At at, Id parent) {
  EACH_CHILD (x, at, child) {
    if (x->nodes[child].kind != N_template_substitution)
      continue;
    Id hole = expr(x, first_child(x, child), parent);
    vec_push(&x->stack, hole ? hole : expr_new(x, EX_OTHER, child, parent));
  }
}

static Id template_string(Extract *x, At at, Id parent) {
  Id id = expr_new(x, EX_TEMPLATE, at, parent);
  set_text(x, id, template_text(x, at));
  uint32_t mark = x->stack.n;
  template_holes(x, at, id);
  expr_list(x, id, mark);
  return id;
}

// All children that are expressions; statements in between come from error recovery.
static void list_children(Extract *x, At at, Id id) {
  uint32_t mark = x->stack.n;
  EACH_CHILD (x, at, child) {
    uint8_t kind = x->nodes[child].kind;
    Id element = 0;
    if (is_statement(kind))
      statement(x, child);
    else if (kind < N_TOKEN)
      element = expr(x, child, id);
    if (element)
      vec_push(&x->stack, element);
  }
  expr_list(x, id, mark);
}

static Id other(Extract *x, At at, Id parent) {
  Id id = expr_new(x, EX_OTHER, at, parent);
  list_children(x, at, id);
  return id;
}

static Id array(Extract *x, At at, Id parent) {
  Id id = expr_new(x, EX_ARRAY, at, parent);
  list_children(x, at, id);
  return id;
}

static bool is_optional(const Extract *x, At at) {
  return child_of_kind(x, at, N_optional_chain) || child_of_kind(x, at, T_CHAIN);
}

// `a.b`, and A.B in a type.
static Id member(Extract *x, At at, Id parent) {
  At object = child_by_field(x, at, F_object), property = child_by_field(x, at, F_property);
  object = object ? object : child_by_field(x, at, F_module);
  property = property ? property : child_by_field(x, at, F_name);
  if (object && x->nodes[object].kind == N_import)
    return expr_new(x, EX_IMPORT, at, parent);
  Id id = expr_new(x, EX_MEMBER, at, parent);
  Id a = expr(x, object, id);
  Name name = text_of(x, property);
  Expr *expr = EXPR(x, id);
  expr->a = a;
  expr->name = name;
  expr->flags |= is_optional(x, at) ? EXF_OPTIONAL : 0;
  return id;
}

static Id subscript(Extract *x, At at, Id parent) {
  At index = child_by_field(x, at, F_index);
  Id id = expr_new(x, EX_INDEX, at, parent);
  Id a = expr(x, child_by_field(x, at, F_object), id);
  Id b = expr(x, index, id);
  Name name = literal_text(x, index);
  Expr *expr = EXPR(x, id);
  expr->a = a;
  expr->b = b;
  expr->name = name;
  expr->flags |= is_optional(x, at) ? EXF_OPTIONAL : 0;
  return id;
}

static Id dynamic_import(Extract *x, At at, At arguments, Id parent) {
  Id id = expr_new(x, EX_IMPORT, at, parent);
  Id a = arguments ? expr(x, first_child(x, arguments), id) : 0;
  EXPR(x, id)->a = a;
  return id;
}

static Id call(Extract *x, At at, Id parent) {
  At function = child_by_field(x, at, F_function), arguments = child_by_field(x, at, F_arguments);
  if (function && x->nodes[function].kind == N_import)
    return dynamic_import(x, at, arguments, parent);
  bool tagged = arguments && x->nodes[arguments].kind == N_template_string;
  Id id = expr_new(x, tagged ? EX_TAGGED : EX_CALL, at, parent);
  Id a = expr(x, function, id);
  EXPR(x, id)->a = a;
  EXPR(x, id)->flags |= is_optional(x, at) ? EXF_OPTIONAL : 0;
  Id type = type_tuple(x, child_by_field(x, at, F_type_arguments));
  EXPR(x, id)->type = type;
  if (tagged) {
    Id b = expr(x, arguments, id);
    EXPR(x, id)->b = b;
  } else if (arguments) {
    list_children(x, arguments, id);
  }
  return id;
}

static Id construct(Extract *x, At at, Id parent) {
  At arguments = child_by_field(x, at, F_arguments);
  Id id = expr_new(x, EX_NEW, at, parent);
  Id a = expr(x, child_by_field(x, at, F_constructor), id);
  EXPR(x, id)->a = a;
  Id type = type_tuple(x, child_by_field(x, at, F_type_arguments));
  EXPR(x, id)->type = type;
  if (arguments)
    list_children(x, arguments, id);
  return id;
}

// Kinds with one operand.
static Id operand(Extract *x, ExprKind kind, At at, Id parent) {
  Id id = expr_new(x, kind, at, parent);
  Id a = expr(x, first_child(x, at), id);
  EXPR(x, id)->a = a;
  return id;
}

static Id await(Extract *x, At at, Id parent) {
  return at == x->hoisted ? expr(x, first_child(x, at), parent) : operand(x, EX_AWAIT, at, parent);
}

// The grammar reads `await a.f<T>(x).g()` as `(await a.f)<T>(x).g()`. Gives that await, which is meant to stand
// around the whole chain; 0 where there is none.
static At misplaced_await(const Extract *x, At at) {
  bool generic = false;
  while (at && x->nodes[at].kind != N_await_expression) {
    bool call = x->nodes[at].kind == N_call_expression;
    bool chain = call || x->nodes[at].kind == N_member_expression || x->nodes[at].kind == N_subscript_expression ||
                 x->nodes[at].kind == N_non_null_expression;
    if (!chain)
      return 0;
    generic = call && child_by_field(x, at, F_type_arguments);
    at = first_child(x, at);
  }
  return generic ? at : 0;
}

// An await in the wrong place, moved to the front of its chain.
static Id hoisted_await(Extract *x, At at, Id parent, At await_at) {
  x->hoisted = await_at;
  Id id = expr_new(x, EX_AWAIT, at, parent);
  Id a = expr(x, at, id);
  EXPR(x, id)->a = a;
  return id;
}
static Id spread(Extract *x, At at, Id parent) { return operand(x, EX_SPREAD, at, parent); }

static Id yield(Extract *x, At at, Id parent) {
  Id id = operand(x, EX_YIELD, at, parent);
  if (child_of_kind(x, at, T_STAR))
    EXPR(x, id)->name = intern(x, "*");
  return id;
}

static Id unary(Extract *x, At at, Id parent) {
  Id id = expr_new(x, x->nodes[at].kind == N_update_expression ? EX_ASSIGN : EX_UNARY, at, parent);
  Name name = text_of(x, child_by_field(x, at, F_operator));
  EXPR(x, id)->name = name;
  Id a = expr(x, child_by_field(x, at, F_argument), id);
  EXPR(x, id)->a = a;
  return id;
}

// An expression that is evaluated only if `condition` says so.
Id expr_in_branch(Extract *x, At at, Id parent, Id condition) {
  Name hint = x->hint;
  x->hint = 0;
  if (!at)
    return 0;
  Id outer = x->scope;
  Id scope = scope_open(x, SC_BRANCH, at);
  x->facts->scopes.at[scope].a = condition;
  Id id = expr_named(x, at, parent, hint);
  x->scope = outer;
  return id;
}

static Id binary(Extract *x, At at, Id parent) {
  Id sum = sum_of_texts(x, at, parent);
  if (sum)
    return sum;
  At op = child_by_field(x, at, F_operator), right = child_by_field(x, at, F_right);
  const char *text = op ? x->bytes + x->nodes[op].start : "";
  size_t length = op ? x->nodes[op].end - x->nodes[op].start : 0;
  bool alt = length == 2 && text[0] == text[1] && (*text == '|' || *text == '&' || *text == '?');
  Id id = expr_new(x, alt ? EX_ALT : EX_BINARY, at, parent);
  EXPR(x, id)->name = names_add(&x->facts->names, text, length);
  Id a = expr(x, child_by_field(x, at, F_left), id);
  EXPR(x, id)->a = a;
  Id b = alt ? expr_in_branch(x, right, id, a) : expr(x, right, id);
  EXPR(x, id)->b = b;
  return id;
}

static Id ternary(Extract *x, At at, Id parent) {
  Id id = expr_new(x, EX_ALT, at, parent);
  EXPR(x, id)->name = intern(x, "?:");
  Id c = expr(x, child_by_field(x, at, F_condition), id);
  EXPR(x, id)->c = c;
  Id a = expr_in_branch(x, child_by_field(x, at, F_consequence), id, c);
  EXPR(x, id)->a = a;
  Id b = expr_in_branch(x, child_by_field(x, at, F_alternative), id, c);
  EXPR(x, id)->b = b;
  return id;
}

// `a, b, c` nests to the right.
static Id sequence_from(Extract *x, At at, At child, Id parent) {
  At next = next_child(x, at, child);
  if (!next || too_deep(x))
    return expr(x, child, parent);
  Id id = expr_new(x, EX_BINARY, at, parent);
  EXPR(x, id)->span.start = x->nodes[child].start;
  EXPR(x, id)->name = intern(x, ",");
  Id a = expr(x, child, id);
  EXPR(x, id)->a = a;
  Id b = sequence_from(x, at, next, id);
  EXPR(x, id)->b = b;
  x->depth--;
  return id;
}

static Id sequence(Extract *x, At at, Id parent) {
  At child = first_child(x, at);
  return child ? sequence_from(x, at, child, parent) : other(x, at, parent);
}

Id property_new(Extract *x, At at, Id parent, Name name, Id value) {
  Id id = expr_new(x, EX_PROPERTY, at, parent);
  EXPR(x, id)->name = name;
  EXPR(x, id)->a = value;
  return id;
}

// A property with its key, which may be computed.
static Id property_keyed(Extract *x, At at, Id parent, At key) {
  Id id = property_new(x, at, parent, key_name(x, key), 0);
  if (key && x->nodes[key].kind == N_computed_property_name) {
    Id b = expr(x, first_child(x, key), id);
    EXPR(x, id)->b = b;
  }
  return id;
}

static Id pair(Extract *x, At at, Id parent) {
  Id id = property_keyed(x, at, parent, child_by_field(x, at, F_key));
  Id a = expr_named(x, child_by_field(x, at, F_value), id, EXPR(x, id)->name);
  EXPR(x, id)->a = a;
  return id;
}

static Id shorthand(Extract *x, At at, Id parent) {
  Id id = property_new(x, at, parent, text_of(x, at), 0);
  Id a = identifier(x, at, id);
  EXPR(x, id)->a = a;
  return id;
}

static Id method(Extract *x, At at, Id parent) {
  Id id = property_keyed(x, at, parent, child_by_field(x, at, F_name));
  uint16_t flags = function_flags(x, at);
  EXPR(x, id)->flags |= (flags & FN_GETTER ? EXF_GETTER : 0) | (flags & FN_SETTER ? EXF_SETTER : 0);
  Id a = function_new(x, at, id, EXPR(x, id)->name, flags | FN_METHOD, 0);
  EXPR(x, id)->a = a;
  return id;
}

static Id object(Extract *x, At at, Id parent) {
  Id id = expr_new(x, EX_OBJECT, at, parent);
  uint32_t mark = x->stack.n;
  EACH_CHILD (x, at, child) {
    uint8_t kind = x->nodes[child].kind;
    if (kind >= N_TOKEN)
      continue;
    Id element = kind == N_shorthand_property_identifier ? shorthand(x, child, id)
                 : kind == N_method_definition           ? method(x, child, id)
                                                         : expr(x, child, id);
    if (element)
      vec_push(&x->stack, element);
  }
  expr_list(x, id, mark);
  return id;
}

// `a as T`, `a satisfies T`, `<T>a`: the type is what is no expression, or the second child.
static Id cast(Extract *x, At at, Id parent) {
  Name hint = x->named;
  At first = first_child(x, at);
  if (!first)
    return other(x, at, parent);
  At second = next_child(x, at, first);
  bool prefix = x->nodes[at].kind == N_type_assertion;
  Id id = expr_new(x, EX_CAST, at, parent);
  Id a = expr_named(x, prefix ? second : first, id, hint);
  EXPR(x, id)->a = a;
  At written = prefix ? first_child(x, first) : second;
  written = written ? written : child_of_kind(x, at, T_CONST);
  Id type_id = written ? type(x, written) : 0;
  EXPR(x, id)->type = type_id;
  return id;
}

static Id first_operand(Extract *x, At at, Id parent) { return expr(x, first_child(x, at), parent); }

// One attribute: `name={value}`, `name=<b/>`, `{...props}`. Plain strings and bare names say nothing.
static void jsx_attribute(Extract *x, At at, Id id) {
  if (x->nodes[at].kind == N_jsx_attribute) {
    At name = first_child(x, at), value = name ? next_child(x, at, name) : 0;
    if (!value || x->nodes[value].kind == N_string)
      return;
    x->hint = text_of(x, name);
    at = value;
  }
  Id value = expr_named(x, at, id, x->hint);
  if (value)
    vec_push(&x->stack, value);
}

static void jsx_children(Extract *x, At at, At except, Id id) {
  EACH_CHILD (x, at, child) {
    uint8_t kind = x->nodes[child].kind;
    if (child == except || kind >= N_TOKEN || kind == N_jsx_text || kind == N_jsx_closing_element ||
        kind == N_html_character_reference)
      continue;
    Id value = expr(x, child, id);
    if (value)
      vec_push(&x->stack, value);
  }
}

static Id jsx(Extract *x, At at, Id parent) {
  At open = child_by_field(x, at, F_open_tag);
  At head = open ? open : at;
  Id id = expr_new(x, EX_JSX, at, parent);
  Name tag = text_of(x, child_by_field(x, head, F_name));
  EXPR(x, id)->name = tag;
  uint32_t mark = x->stack.n;
  EACH_CHILD (x, head, child)
    if (x->nodes[child].field == F_attribute)
      jsx_attribute(x, child, id);
  if (open)
    jsx_children(x, at, open, id);
  expr_list(x, id, mark);
  return id;
}

static Id jsx_expression(Extract *x, At at, Id parent) {
  Name hint = x->named;
  return expr_named(x, first_child(x, at), parent, hint);
}

typedef Id Lower(Extract *x, At at, Id parent);
static Lower *const lowers[N_COUNT] = {
    [N_ERROR] = other,
    [N_identifier] = identifier,
    [N_type_identifier] = identifier,
    [N_property_identifier] = identifier,
    [N_private_property_identifier] = identifier,
    [N_shorthand_property_identifier] = identifier,
    [N_shorthand_property_identifier_pattern] = identifier,
    [N_this] = this,
    [N_super] = super,
    [N_import] = import,
    [N_undefined] = literal,
    [N_null] = literal,
    [N_true] = literal,
    [N_false] = literal,
    [N_number] = number,
    [N_string] = string,
    [N_regex] = literal,
    [N_template_string] = template_string,
    [N_sequence_expression] = sequence,
    [N_member_expression] = member,
    [N_nested_identifier] = member,
    [N_nested_type_identifier] = member,
    [N_subscript_expression] = subscript,
    [N_call_expression] = call,
    [N_new_expression] = construct,
    [N_await_expression] = await,
    [N_yield_expression] = yield,
    [N_spread_element] = spread,
    [N_unary_expression] = unary,
    [N_update_expression] = unary,
    [N_binary_expression] = binary,
    [N_ternary_expression] = ternary,
    [N_assignment_expression] = assignment,
    [N_augmented_assignment_expression] = assignment,
    [N_object] = object,
    [N_pair] = pair,
    [N_array] = array,
    [N_as_expression] = cast,
    [N_satisfies_expression] = cast,
    [N_type_assertion] = cast,
    [N_parenthesized_expression] = first_operand,
    [N_non_null_expression] = first_operand,
    [N_instantiation_expression] = first_operand,
    [N_computed_property_name] = first_operand,
    [N_meta_property] = meta_property,
    [N_function_expression] = function_expr,
    [N_generator_function] = function_expr,
    [N_arrow_function] = function_expr,
    [N_class] = class_expr,
    [N_jsx_element] = jsx,
    [N_jsx_self_closing_element] = jsx,
    [N_jsx_expression] = jsx_expression,
};

bool is_expr(uint8_t kind) { return lowers[kind] && kind != N_ERROR; }

Id expr_named(Extract *x, At at, Id parent, Name name) {
  x->hint = name;
  return expr(x, at, parent);
}

Id expr(Extract *x, At at, Id parent) {
  at = without_parens(x, at);
  x->named = x->hint;
  x->hint = 0;
  if (!at || x->nodes[at].kind >= N_TOKEN)
    return 0;
  if (too_deep(x))
    return expr_new(x, EX_OTHER, at, parent);
  At await_at = misplaced_await(x, at);
  if (await_at && await_at != x->hoisted) {
    Id hoisted = hoisted_await(x, at, parent, await_at);
    x->depth--;
    return hoisted;
  }
  Lower *lower = lowers[x->nodes[at].kind];
  Id id = lower ? lower(x, at, parent) : other(x, at, parent);
  x->depth--;
  return id;
}
