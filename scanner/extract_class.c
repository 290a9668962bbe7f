// extract_class.c - classes, enums and namespaces.
#include "extract.h"

static void push_decorator(Extract *x, At at) {
  if (x->nodes[at].kind != N_decorator)
    return;
  Id id = expr(x, first_child(x, at), 0);
  if (id)
    vec_push(&x->stack, id);
}

// The decorators among the nodes from `first` to `end`, and among the children of `also`.
List decorators(Extract *x, At first, At end, At also) {
  uint32_t mark = x->stack.n;
  for (At at = first; first && at < end; at = x->nodes[at].next)
    push_decorator(x, at);
  EACH_CHILD (x, also, child)
    push_decorator(x, child);
  return list_end(x, mark);
}

static void push_member(Extract *x, Member member) {
  vec_push(&x->facts->members, member);
  vec_push(&x->stack, x->facts->members.n - 1);
}

static uint8_t member_flags(const Extract *x, At at) {
  uint8_t flags = 0;
  EACH_CHILD (x, at, child) {
    uint8_t kind = x->nodes[child].kind;
    flags |= kind == T_STATIC ? MEMBER_STATIC : kind == T_OPTIONAL ? MEMBER_OPTIONAL : 0;
    flags |= kind == T_ABSTRACT ? MEMBER_ABSTRACT : 0;
  }
  return flags;
}

// `constructor(private x: X)` declares a field x.
static void property_params(Extract *x, Id function, uint32_t first_binding) {
  const Facts *facts = x->facts;
  List params = facts->functions.at[function].params;
  for (uint32_t i = 0; i < params.count; i++) {
    const Param *param = &facts->params.at[facts->lists.at[params.first + i]];
    if (!(param->flags & PARAM_PROPERTY))
      continue;
    Member field = {.kind = MEMBER_FIELD, .name = param->name, .type = param->type, .span = param->span};
    field.decorators = param->decorators;
    for (uint32_t b = first_binding; b < facts->bindings.n && !field.value; b++) {
      const Binding *binding = &facts->bindings.at[b];
      if (binding->kind == BIND_PARAM && binding->name == param->name &&
          binding->scope == facts->functions.at[function].scope)
        field.value = binding->value;
    }
    push_member(x, field);
  }
}

static void method(Extract *x, At at, At first_decorator, Id class) {
  Member member = {.flags = member_flags(x, at), .span = span_of(x, at)};
  member.decorators = decorators(x, first_decorator, at, at);
  At key = child_by_field(x, at, F_name);
  member.name = key_name(x, key);
  if (key && x->nodes[key].kind == N_computed_property_name)
    expr(x, first_child(x, key), 0);
  uint16_t flags = function_flags(x, at) | FN_METHOD;
  member.kind = flags & FN_GETTER ? MEMBER_GETTER : flags & FN_SETTER ? MEMBER_SETTER : MEMBER_METHOD;
  bool is_constructor = !(flags & FN_STATIC) && member.name && member.name == intern(x, "constructor");
  if (is_constructor) {
    member.kind = MEMBER_CONSTRUCTOR;
    flags |= FN_CONSTRUCTOR;
  }
  uint32_t first_binding = x->facts->bindings.n;
  Id id = function_new(x, at, 0, member.name, flags, class);
  member.function = EXPR(x, id)->a;
  push_member(x, member);
  if (is_constructor)
    property_params(x, member.function, first_binding);
}

static void field(Extract *x, At at, At first_decorator) {
  Member member = {.kind = MEMBER_FIELD, .flags = member_flags(x, at), .span = span_of(x, at)};
  member.decorators = decorators(x, first_decorator, at, at);
  At key = child_by_field(x, at, F_name);
  key = key ? key : child_by_field(x, at, F_property);
  member.name = key_name(x, key);
  if (key && x->nodes[key].kind == N_computed_property_name)
    expr(x, first_child(x, key), 0);
  member.type = annotation(x, child_by_field(x, at, F_type));
  member.value = expr_named(x, child_by_field(x, at, F_value), 0, member.name);
  push_member(x, member);
}

static void static_block(Extract *x, At at) {
  Id outer = x->scope, outer_var = x->var_scope;
  x->var_scope = scope_open(x, SC_BLOCK, at);
  body(x, child_by_field(x, at, F_body));
  x->scope = outer;
  x->var_scope = outer_var;
}

static void class_member(Extract *x, At at, At first_decorator, Id class) {
  switch (x->nodes[at].kind) {
  case N_method_definition:
  case N_method_signature:
  case N_abstract_method_signature:
    method(x, at, first_decorator, class);
    break;
  case N_field_definition:
  case N_public_field_definition:
    field(x, at, first_decorator);
    break;
  case N_index_signature: {
    Member member = {.kind = MEMBER_INDEX, .flags = member_flags(x, at), .span = span_of(x, at)};
    member.type = annotation(x, child_by_field(x, at, F_type));
    push_member(x, member);
    break;
  }
  case N_class_static_block:
    static_block(x, at);
    break;
  default:
    statement(x, at);
  }
}

static List class_members(Extract *x, At at, Id class) {
  uint32_t mark = x->stack.n;
  At first_decorator = 0;
  if (at)
    EACH_CHILD (x, at, child) {
      if (x->nodes[child].kind == N_decorator) {
        first_decorator = first_decorator ? first_decorator : child;
      } else if (x->nodes[child].kind < N_TOKEN) {
        class_member(x, child, first_decorator, class);
        first_decorator = 0;
      }
    }
  return list_end(x, mark);
}

// `extends a.b(c)<T>`: the expression, evaluated outside of the class.
static Id extends(Extract *x, At heritage) {
  if (!heritage)
    return 0;
  At clause = child_of_kind(x, heritage, N_extends_clause);
  if (clause)
    return expr(x, child_by_field(x, clause, F_value), 0);
  At first = first_child(x, heritage);
  return first && x->nodes[first].kind != N_implements_clause ? expr(x, first, 0) : 0;
}

static List implements(Extract *x, At heritage) {
  uint32_t mark = x->stack.n;
  At clause = heritage ? child_of_kind(x, heritage, N_implements_clause) : 0;
  if (clause)
    EACH_CHILD (x, clause, child)
      if (x->nodes[child].kind < N_TOKEN)
        vec_push(&x->stack, type(x, child));
  return list_end(x, mark);
}

// Lower the class at a node. Returns its EX_CLASS.
static Id class_new(Extract *x, At at, Id parent, Name name) {
  Id id = expr_new(x, EX_CLASS, at, parent);
  Id class = x->facts->classes.n, outer = x->scope;
  Class record = {.name = name, .expr = id, .span = span_of(x, at)};
  vec_push(&x->facts->classes, record);
  EXPR(x, id)->a = class;
  At decorated = x->decorated;
  x->decorated = 0;
  record.decorators = decorators(x, decorated ? decorated + 1 : 0, at, at);
  At heritage = child_of_kind(x, at, N_class_heritage);
  record.extends = extends(x, heritage);
  record.scope = scope_open(x, SC_CLASS, at);
  type_parameters(x, child_by_field(x, at, F_type_parameters));
  At clause = heritage ? child_of_kind(x, heritage, N_extends_clause) : 0;
  record.extends_args = type_tuple(x, clause ? child_by_field(x, clause, F_type_arguments) : 0);
  record.implements = implements(x, heritage);
  record.members = class_members(x, child_by_field(x, at, F_body), class);
  x->facts->classes.at[class] = record;
  x->scope = outer;
  return id;
}

Id class_expr(Extract *x, At at, Id parent) {
  At own = child_by_field(x, at, F_name);
  Id id = class_new(x, at, parent, own ? text_of(x, own) : x->named);
  if (own)
    bind(x, BIND_CLASS, own, x->facts->classes.at[EXPR(x, id)->a].scope, id, 0);
  return id;
}

void class_declaration(Extract *x, At at) {
  At name = child_by_field(x, at, F_name);
  Id id = class_new(x, at, 0, text_of(x, name));
  bind(x, BIND_CLASS, name, x->scope, id, 0);
}

static void enum_member(Extract *x, At at, Id object) {
  bool assigned = x->nodes[at].kind == N_enum_assignment;
  if (x->nodes[at].kind >= N_TOKEN || x->nodes[at].kind == N_ERROR)
    return;
  Name name = key_name(x, assigned ? child_by_field(x, at, F_name) : at);
  Id id = property_new(x, at, object, name, 0);
  Id value = assigned ? expr(x, child_by_field(x, at, F_value), id) : 0;
  EXPR(x, id)->a = value;
  vec_push(&x->stack, id);
}

void enum_declaration(Extract *x, At at) {
  At members = child_by_field(x, at, F_body);
  Id object = expr_new(x, EX_OBJECT, at, 0);
  uint32_t mark = x->stack.n;
  if (members)
    EACH_CHILD (x, members, child)
      enum_member(x, child, object);
  expr_list(x, object, mark);
  bind(x, BIND_ENUM, child_by_field(x, at, F_name), x->scope, object, 0);
}

// Turn the exports that the namespace's body added into properties of an object.
static Id exports_object(Extract *x, At at, uint32_t first) {
  Id object = expr_synthetic(x, EX_OBJECT, at);
  uint32_t mark = x->stack.n;
  for (uint32_t i = first; i < x->facts->exports.n; i++) {
    Export export = x->facts->exports.at[i];
    Id id = expr_synthetic(x, EX_PROPERTY, at);
    EXPR(x, id)->span = export.span;
    EXPR(x, id)->parent = object;
    EXPR(x, id)->name = export.name;
    EXPR(x, id)->a = export.value;
    adopt(x, export.value, id);
    vec_push(&x->stack, id);
  }
  x->facts->exports.n = first;
  expr_list(x, object, mark);
  return object;
}

// `namespace A.B { ... }` binds A to { B: { exported members } }.
static Id wrap_names(Extract *x, At name, At *outermost, Id object) {
  *outermost = name;
  while (x->nodes[*outermost].kind == N_nested_identifier ||
         x->nodes[*outermost].kind == N_member_expression) {
    At outer = child_by_field(x, *outermost, F_object), inner = child_by_field(x, *outermost, F_property);
    Id holder = expr_synthetic(x, EX_OBJECT, name), property = expr_synthetic(x, EX_PROPERTY, name);
    EXPR(x, property)->parent = holder;
    EXPR(x, property)->a = object;
    Name key = text_of(x, inner);
    EXPR(x, property)->name = key;
    adopt(x, object, property);
    uint32_t mark = x->stack.n;
    vec_push(&x->stack, property);
    expr_list(x, holder, mark);
    object = holder;
    if (!outer)
      break;
    *outermost = outer;
  }
  return object;
}

void namespace_declaration(Extract *x, At at) {
  At name = child_by_field(x, at, F_name), code = child_by_field(x, at, F_body);
  Id outer = x->scope, outer_var = x->var_scope;
  uint32_t first = x->facts->exports.n;
  x->var_scope = scope_open(x, SC_BLOCK, code ? code : at);
  body(x, code);
  x->scope = outer;
  x->var_scope = outer_var;
  Id object = exports_object(x, at, first);
  if (!name || x->nodes[name].kind == N_string)
    return;
  At outermost;
  object = wrap_names(x, name, &outermost, object);
  bind(x, BIND_NAMESPACE, outermost, x->scope, object, 0);
}
