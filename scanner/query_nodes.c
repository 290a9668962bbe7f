// query_nodes.c - what nodes of an SQL syntax tree say by themselves: names, literals, comparisons, aggregates.
#include "query_sql.h"

#include <string.h>
#include <strings.h>

const char *node_string(const Node *node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : NULL;
}

const char *node_last_name(Node *const *names, size_t count) {
  const char *name = count ? node_string(names[count - 1]) : NULL;
  return name ? name : "";
}

bool node_is_constant(const Node *node) { return node && node->node_case == PG_QUERY__NODE__NODE_A_CONST; }

bool node_is_null(const Node *node) { return node_is_constant(node) && node->a_const->isnull; }

static const char *keep(Arena *arena, const char *text) { return arena_copy(arena, text, strlen(text)); }

static const char *constant_at(Arena *arena, const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return NULL;
  if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
    return constant_at(arena, node->type_cast->arg, depth + 1);
  if (node->node_case != PG_QUERY__NODE__NODE_A_CONST)
    return NULL;
  const PgQuery__AConst *value = node->a_const;
  switch (value->val_case) {
  case PG_QUERY__A__CONST__VAL_IVAL:
    return arena_printf(arena, "%d", value->ival->ival);
  case PG_QUERY__A__CONST__VAL_FVAL:
    return keep(arena, value->fval->fval);
  case PG_QUERY__A__CONST__VAL_BOOLVAL:
    return value->boolval->boolval ? "true" : "false";
  case PG_QUERY__A__CONST__VAL_SVAL:
    return strstr(value->sval->sval, "${}") ? NULL : keep(arena, value->sval->sval);
  default:
    return NULL;
  }
}

const char *node_constant(Arena *arena, const Node *node) { return constant_at(arena, node, 0); }

const char *node_constants(Arena *arena, const Node *node) {
  if (node && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
    node = node->type_cast->arg;
  bool list = node && node->node_case == PG_QUERY__NODE__NODE_LIST;
  bool array = node && node->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR;
  Node *const *items = list ? node->list->items : array ? node->a_array_expr->elements : NULL;
  size_t count = list ? node->list->n_items : array ? node->a_array_expr->n_elements : 0;
  bool known = count > 0;
  Text all = {0};
  for (size_t i = 0; known && i < count; i++) {
    const char *one = node_constant(arena, items[i]);
    known = one != NULL;
    text_printf(&all, "%s%s", i ? ", " : "", known ? one : "");
  }
  if (known)
    return arena_text(arena, &all);
  text_release(&all);
  return NULL;
}

// The start of a LIKE pattern that may be put together: `'%' || $1 || '%'`, concat('%', $1), '%${}%'.
static const char *pattern_start(const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return NULL;
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_A_CONST:
    return node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL ? node->a_const->sval->sval : NULL;
  case PG_QUERY__NODE__NODE_TYPE_CAST:
    return pattern_start(node->type_cast->arg, depth + 1);
  case PG_QUERY__NODE__NODE_A_EXPR:
    return pattern_start(node->a_expr->lexpr, depth + 1);
  case PG_QUERY__NODE__NODE_FUNC_CALL:
    return node->func_call->n_args ? pattern_start(node->func_call->args[0], depth + 1) : NULL;
  default:
    return NULL;
  }
}

// What a pattern does: with a fixed start an index helps, with none it does not; a parameter may be either.
static uint8_t like_operator(const char *start) {
  if (!start || !strncmp(start, "${}", 3))
    return OPERATOR_PATTERN;
  if (*start == '%' || *start == '_')
    return OPERATOR_CONTAINS;
  return strpbrk(start, "%_") ? OPERATOR_PREFIX : OPERATOR_EQUAL;
}

// The first pattern of a list: `ANY (ARRAY['%a%', '%b%'])`.
static const char *patterns_start(const Node *node) {
  bool array = node && node->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && node->a_array_expr->n_elements;
  return array ? pattern_start(node->a_array_expr->elements[0], 0) : NULL;
}

static uint8_t operator_called(const char *name) {
  static const struct {
    const char *name;
    Operator operator;
  } operators[] = {
      {"=", OPERATOR_EQUAL},  {"<", OPERATOR_RANGE},  {"<=", OPERATOR_RANGE}, {">", OPERATOR_RANGE},
      {">=", OPERATOR_RANGE}, {"<>", OPERATOR_NOT},   {"!=", OPERATOR_NOT},   {"@>", OPERATOR_ARRAY},
      {"<@", OPERATOR_ARRAY}, {"&&", OPERATOR_ARRAY}, {"?", OPERATOR_ARRAY},  {"?|", OPERATOR_ARRAY},
      {"?&", OPERATOR_ARRAY}, {"@@", OPERATOR_TEXT},
  };
  for (size_t i = 0; i < COUNT(operators); i++)
    if (!strcmp(operators[i].name, name))
      return (uint8_t)operators[i].operator;
  return OPERATOR_OTHER;
}

Condition node_comparison(const PgQuery__AExpr *e) {
  const char *name = node_last_name(e->name, e->n_name);
  bool equal = !strcmp(name, "="), any_like = !strncmp(name, "~~", 2);  // `~~*` is ILIKE
  switch (e->kind) {
  case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    return (Condition){.operator = operator_called(name)};
  case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
    if (any_like)
      return (Condition){.operator = like_operator(patterns_start(e->rexpr)), .insensitive = name[2]};
    return (Condition){.operator = equal ? OPERATOR_EQUAL : OPERATOR_OTHER};
  case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
    return (Condition){.operator = !strcmp(name, "<>") ? OPERATOR_NOT : OPERATOR_OTHER};
  case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
    return (Condition){.operator = OPERATOR_EQUAL};
  case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
  case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    return (Condition){.operator = OPERATOR_NOT};
  case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
    return (Condition){.operator = equal ? OPERATOR_EQUAL : OPERATOR_NOT};
  case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
  case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
    return (Condition){.operator = *name == '!' ? OPERATOR_NOT : like_operator(pattern_start(e->rexpr, 0)),
                       .insensitive = e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE};
  case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    return (Condition){.operator = OPERATOR_RANGE};
  default:
    return (Condition){.operator = OPERATOR_OTHER};
  }
}

bool node_is_star(const Node *node) {
  const PgQuery__ColumnRef *ref = node && node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? node->column_ref : NULL;
  return ref && ref->n_fields && ref->fields[ref->n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
}

static bool is_aggregate_at(const Node *node, int depth) {
  static const char *const names[] = {"count", "sum", "min", "max", "avg", "bool_or", "bool_and", "every", "array_agg",
                                      "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg"};
  if (!node || depth > MAX_DEPTH)
    return false;
  if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
    return is_aggregate_at(node->type_cast->arg, depth + 1);
  if (node->node_case == PG_QUERY__NODE__NODE_A_EXPR)
    return is_aggregate_at(node->a_expr->lexpr, depth + 1) || is_aggregate_at(node->a_expr->rexpr, depth + 1);
  if (node->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR)
    return node->coalesce_expr->n_args && is_aggregate_at(node->coalesce_expr->args[0], depth + 1);
  if (node->node_case != PG_QUERY__NODE__NODE_FUNC_CALL || node->func_call->over)
    return false;
  const char *name = node_last_name(node->func_call->funcname, node->func_call->n_funcname);
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcasecmp(name, names[i]))
      return true;
  return node->func_call->n_args && is_aggregate_at(node->func_call->args[0], depth + 1);
}

bool node_is_aggregate(const Node *node) { return is_aggregate_at(node, 0); }

// The function of an aggregate, beneath what is made of it: `coalesce(jsonb_agg(x), '[]')`.
static const char *aggregate_name(const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return "";
  if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
    return aggregate_name(node->type_cast->arg, depth + 1);
  if (node->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR)
    return node->coalesce_expr->n_args ? aggregate_name(node->coalesce_expr->args[0], depth + 1) : "";
  if (node->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
    return "";
  return node_last_name(node->func_call->funcname, node->func_call->n_funcname);
}

bool node_gathers(const Node *node) {
  static const char *const names[] = {"array_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg"};
  return is_any_of(aggregate_name(node, 0), names, COUNT(names));
}

bool node_is_random(const Node *node) {
  const char *name = node && node->node_case == PG_QUERY__NODE__NODE_FUNC_CALL
                         ? node_last_name(node->func_call->funcname, node->func_call->n_funcname)
                         : "";
  return !strcasecmp(name, "random") || !strcasecmp(name, "rand") || !strcasecmp(name, "newid");
}
