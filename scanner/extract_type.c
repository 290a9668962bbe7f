// extract_type.c - lowering of type annotations, aliases and interfaces.
#include "extract.h"

static Id type_new(Extract *x, TypeKind kind, At at) {
  Type type = {.kind = (uint8_t)kind, .span = span_of(x, at)};
  vec_push(&x->facts->types, type);
  return x->facts->types.n - 1;
}

#define TYPE(x, id) (&(x)->facts->types.at[id])

static void push_type(Extract *x, Id id) {
  if (id)
    vec_push(&x->stack, id);
}

// The types among the children of a node.
static Id type_list(Extract *x, TypeKind kind, At at) {
  Id id = type_new(x, kind, at);
  uint32_t mark = x->stack.n;
  EACH_CHILD (x, at, child)
    push_type(x, type(x, child));
  List list = list_end(x, mark);
  TYPE(x, id)->list = list;
  return id;
}

static Id others(Extract *x, At at) { return type_list(x, TY_OTHER, at); }
static Id intersection(Extract *x, At at) { return type_list(x, TY_INTERSECTION, at); }
static Id tuple(Extract *x, At at) { return type_list(x, TY_TUPLE, at); }
Id type_tuple(Extract *x, At at) { return at ? tuple(x, at) : 0; }

// `A | B | C` is a union of (A | B) and C in the tree, and flat here.
static void union_members(Extract *x, At at) {
  EACH_CHILD (x, at, child) {
    if (x->nodes[child].kind != N_union_type) {
      push_type(x, type(x, child));
    } else if (!too_deep(x)) {
      union_members(x, child);
      x->depth--;
    }
  }
}

static Id unions(Extract *x, At at) {
  Id id = type_new(x, TY_UNION, at);
  uint32_t mark = x->stack.n;
  union_members(x, at);
  List list = list_end(x, mark);
  TYPE(x, id)->list = list;
  return id;
}

static Id keyword(Extract *x, At at) {
  Id id = type_new(x, TY_KEYWORD, at);
  Name name = text_of(x, at);
  TYPE(x, id)->name = name;
  return id;
}

static Id literal(Extract *x, At at) {
  At value = first_child(x, at);
  uint8_t kind = value ? x->nodes[value].kind : N_NONE;
  if (kind == N_null || kind == N_undefined)
    return keyword(x, at);
  Id id = type_new(x, TY_LITERAL, at);
  Name name = kind == N_string ? string_value(x, value) : text_of(x, at);
  TYPE(x, id)->name = name;
  return id;
}

static Id reference(Extract *x, At at) {
  Id id = type_new(x, TY_REF, at);
  Id a = expr(x, at, 0);
  TYPE(x, id)->a = a;
  return id;
}

static Id generic(Extract *x, At at) {
  Id id = type_new(x, TY_REF, at);
  Id a = expr(x, first_child(x, at), 0);
  TYPE(x, id)->a = a;
  At arguments = child_of_kind(x, at, N_type_arguments);
  uint32_t mark = x->stack.n;
  if (arguments)
    EACH_CHILD (x, arguments, child)
      push_type(x, type(x, child));
  List list = list_end(x, mark);
  TYPE(x, id)->list = list;
  return id;
}

static Id query(Extract *x, At at) {
  Id id = type_new(x, TY_QUERY, at);
  Id a = expr(x, first_child(x, at), 0);
  TYPE(x, id)->a = a;
  return id;
}

static Id array(Extract *x, At at) {
  Id id = type_new(x, TY_ARRAY, at);
  Id a = type(x, first_child(x, at));
  TYPE(x, id)->a = a;
  return id;
}

static Id indexed(Extract *x, At at) {
  Id id = type_new(x, TY_INDEXED, at);
  At object = first_child(x, at);
  Id a = type(x, object);
  Id b = type(x, object ? next_child(x, at, object) : 0);
  TYPE(x, id)->a = a;
  TYPE(x, id)->b = b;
  TYPE(x, id)->name = b && TYPE(x, b)->kind == TY_LITERAL ? TYPE(x, b)->name : 0;
  return id;
}

static Id operator_of(Extract *x, At at, const char *name, At operand) {
  Id id = type_new(x, TY_OPERATOR, at);
  TYPE(x, id)->name = intern(x, name);
  Id a = operand ? type(x, operand) : 0;
  TYPE(x, id)->a = a;
  return id;
}

static Id keyof(Extract *x, At at) { return operator_of(x, at, "keyof", first_child(x, at)); }
static Id infer(Extract *x, At at) { return operator_of(x, at, "infer", first_child(x, at)); }
static Id rest(Extract *x, At at) { return operator_of(x, at, "...", first_child(x, at)); }
static Id predicate(Extract *x, At at) { return operator_of(x, at, "is", child_by_field(x, at, F_type)); }

static Id asserts(Extract *x, At at) {
  return operator_of(x, at, "asserts", child_of_kind(x, at, N_type_predicate));
}

// Parentheses, `?` and the like: what is inside.
static Id inner(Extract *x, At at) { return type(x, first_child(x, at)); }

static Id readonly(Extract *x, At at) {
  Id id = inner(x, at);
  if (id && TYPE(x, id)->kind == TY_ARRAY)
    TYPE(x, id)->name = intern(x, "readonly");
  return id;
}

// A parameter of a function type, or a named element of a tuple.
static Id parameter(Extract *x, At at) {
  At annotated = child_by_field(x, at, F_type);
  if (!annotated)
    annotated = child_of_kind(x, at, N_type_annotation);
  At name = child_by_field(x, at, F_pattern);
  name = name ? name : child_by_field(x, at, F_name);
  if (name && x->nodes[name].kind == N_this)
    return 0;
  if (annotated)
    return annotation(x, annotated);
  Id id = type_new(x, TY_KEYWORD, at);
  TYPE(x, id)->name = intern(x, "any");
  return id;
}

// Types that bring type parameters of their own are lowered in a scope for them.
static Id open_parameters(Extract *x, At at) {
  Id outer = x->scope;
  At parameters = child_by_field(x, at, F_type_parameters);
  if (parameters) {
    scope_open(x, SC_TYPE, at);
    type_parameters(x, parameters);
  }
  return outer;
}

// `(a: A) => B`, and the signatures inside object types.
static Id function(Extract *x, At at) {
  Id id = type_new(x, TY_FUNCTION, at);
  Id outer = open_parameters(x, at);
  Id b = type_tuple(x, child_by_field(x, at, F_parameters));
  At result = child_by_field(x, at, F_return_type);
  Id a = type(x, result ? result : child_by_field(x, at, F_type));
  TYPE(x, id)->a = a;
  TYPE(x, id)->b = b;
  x->scope = outer;
  return id;
}

static bool is_mapped(const Extract *x, At at) {
  At first = first_child(x, at);
  return first && x->nodes[first].kind == N_index_signature && child_of_kind(x, first, N_mapped_type_clause);
}

// `{ [K in keyof T as A]: T[K] }`: K is known inside.
static Id mapped(Extract *x, At at) {
  At signature = first_child(x, at);
  At clause = child_of_kind(x, signature, N_mapped_type_clause);
  Id id = type_new(x, TY_OTHER, at), outer = x->scope;
  uint32_t mark = x->stack.n;
  Id scope = scope_open(x, SC_TYPE, at);
  Id constraint = type(x, child_by_field(x, clause, F_type));
  bind(x, BIND_TYPE_PARAM, child_by_field(x, clause, F_name), scope, 0, constraint);
  push_type(x, constraint);
  push_type(x, type(x, child_by_field(x, clause, F_alias)));
  push_type(x, type(x, child_by_field(x, signature, F_type)));
  List list = list_end(x, mark);
  TYPE(x, id)->list = list;
  x->scope = outer;
  return id;
}

static MemberKind member_kind(const Extract *x, At at) {
  switch (x->nodes[at].kind) {
  case N_property_signature:
    return MEMBER_FIELD;
  case N_construct_signature:
    return MEMBER_CONSTRUCTOR;
  case N_index_signature:
    return MEMBER_INDEX;
  default:
    return child_of_kind(x, at, T_GET)   ? MEMBER_GETTER
           : child_of_kind(x, at, T_SET) ? MEMBER_SETTER
                                         : MEMBER_METHOD;
  }
}

static void object_member(Extract *x, At at) {
  uint8_t kind = x->nodes[at].kind;
  if (kind < N_property_signature || kind > N_index_signature)
    return;
  Member member = {.kind = (uint8_t)member_kind(x, at), .span = span_of(x, at)};
  member.flags = child_of_kind(x, at, T_OPTIONAL) ? MEMBER_OPTIONAL : 0;
  if (kind == N_property_signature || kind == N_method_signature)
    member.name = key_name(x, child_by_field(x, at, F_name));
  bool plain = kind == N_property_signature || kind == N_index_signature;
  member.type = plain ? annotation(x, child_by_field(x, at, F_type)) : function(x, at);
  vec_push(&x->facts->members, member);
  vec_push(&x->stack, x->facts->members.n - 1);
}

static Id object(Extract *x, At at) {
  if (is_mapped(x, at))
    return mapped(x, at);
  Id id = type_new(x, TY_OBJECT, at);
  uint32_t mark = x->stack.n;
  EACH_CHILD (x, at, child)
    object_member(x, child);
  List list = list_end(x, mark);
  TYPE(x, id)->list = list;
  return id;
}

typedef Id Lower(Extract *x, At at);
static Lower *const lowers[N_COUNT] = {
    [N_type_identifier] = reference,
    [N_identifier] = reference,
    [N_nested_type_identifier] = reference,
    [N_nested_identifier] = reference,
    [N_member_expression] = reference,
    [N_call_expression] = reference,
    [N_generic_type] = generic,
    [N_type_query] = query,
    [N_predefined_type] = keyword,
    [N_this_type] = keyword,
    [N_existential_type] = keyword,
    [T_CONST] = keyword,
    [N_literal_type] = literal,
    [N_union_type] = unions,
    [N_intersection_type] = intersection,
    [N_tuple_type] = tuple,
    [N_type_arguments] = tuple,
    [N_array_type] = array,
    [N_lookup_type] = indexed,
    [N_function_type] = function,
    [N_constructor_type] = function,
    [N_object_type] = object,
    [N_interface_body] = object,
    [N_index_type_query] = keyof,
    [N_readonly_type] = readonly,
    [N_parenthesized_type] = inner,
    [N_optional_type] = inner,
    [N_flow_maybe_type] = inner,
    [N_template_type] = inner,
    [N_type_annotation] = inner,
    [N_asserts_annotation] = inner,
    [N_type_predicate_annotation] = inner,
    [N_opting_type_annotation] = inner,
    [N_omitting_type_annotation] = inner,
    [N_adding_type_annotation] = inner,
    [N_constraint] = inner,
    [N_default_type] = inner,
    [N_rest_type] = rest,
    [N_infer_type] = infer,
    [N_asserts] = asserts,
    [N_type_predicate] = predicate,
    [N_required_parameter] = parameter,
    [N_optional_parameter] = parameter,
    [N_conditional_type] = others,
    [N_template_literal_type] = others,
};

Id type(Extract *x, At at) {
  if (!at || !lowers[x->nodes[at].kind] || too_deep(x))
    return 0;
  Id id = lowers[x->nodes[at].kind](x, at);
  x->depth--;
  return id;
}

// `: T`
Id annotation(Extract *x, At at) { return type(x, at); }

// Bind the names of `<A extends B, C>` in the current scope.
void type_parameters(Extract *x, At at) {
  if (!at)
    return;
  uint32_t number = 0;
  EACH_CHILD (x, at, child) {
    if (x->nodes[child].kind != N_type_parameter)
      continue;
    Id constraint = type(x, child_by_field(x, child, F_constraint));
    type(x, child_by_field(x, child, F_value));
    Id id = bind(x, BIND_TYPE_PARAM, child_by_field(x, child, F_name), x->scope, 0, constraint);
    x->facts->bindings.at[id].number = (uint8_t)number++;
  }
}

void alias_declaration(Extract *x, At at) {
  Id outer = x->scope;
  Id scope = scope_open(x, SC_TYPE, at);
  type_parameters(x, child_by_field(x, at, F_type_parameters));
  Id aliased = type(x, child_by_field(x, at, F_value));
  x->scope = outer;
  Id id = bind(x, BIND_ALIAS, child_by_field(x, at, F_name), outer, 0, aliased);
  x->facts->bindings.at[id].type_scope = scope;
}

void interface_declaration(Extract *x, At at) {
  Id outer = x->scope;
  Id scope = scope_open(x, SC_TYPE, at);
  type_parameters(x, child_by_field(x, at, F_type_parameters));
  At heritage = child_of_kind(x, at, N_extends_type_clause), members = child_by_field(x, at, F_body);
  Id extended = type_tuple(x, heritage);
  Id written = members ? object(x, members) : type_new(x, TY_OBJECT, at);
  if (TYPE(x, written)->kind == TY_OBJECT)
    TYPE(x, written)->b = extended;
  x->scope = outer;
  Id id = bind(x, BIND_INTERFACE, child_by_field(x, at, F_name), outer, 0, written);
  x->facts->bindings.at[id].type_scope = scope;
}
