// query_sql.c - SQL text as a query: what its syntax tree, by libpg_query, says of tables, conditions and columns.
//
// The outermost statement is the query; its subqueries only matter where they narrow or spoil it. Trees are walked to
// a bounded depth, and a statement that the parser refuses is no query.
#include "query.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "schema/ddl.h"
#include "sql_text.h"
#include "sql_tree.h"

enum { MAX_DEPTH = 64, MAX_TABLES = 64, MAX_CONDITIONS = 256 };

typedef PgQuery__Node Node;

typedef struct Reading {
  Queries *queries;
  Query *query;
  uint16_t either, branch;  // the OR and its branch that is being read; 0: none
  uint16_t eithers, branches;
  bool negated;
  const PgQuery__WithClause *with;  // of the statement, NULL for none
} Reading;

static const char *keep(Reading *r, const char *text) { return arena_copy(&r->queries->arena, text, strlen(text)); }

static const char *string_of(const Node *node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : NULL;
}

static const char *last_name(Node *const *names, size_t count) {
  const char *name = count ? string_of(names[count - 1]) : NULL;
  return name ? name : "";
}

static bool is_hole(const char *name) { return !strcmp(name, SQL_HOLE); }

//
// Tables
//

static void add_table(Reading *r, const char *name, const char *alias) {
  Query *q = r->query;
  if (q->tables.n >= MAX_TABLES)
    return;
  bool unknown = !*name || is_hole(name);
  q->dynamic |= unknown && !alias;
  QueryTable table = {.name = keep(r, unknown ? "" : name), .alias = alias ? keep(r, alias) : NULL, .joined = q->tables.n > 0};
  vec_push(&q->tables, table);
}

static void read_condition(Reading *r, const Node *node, int depth);
static void read_using(Reading *r, const PgQuery__JoinExpr *join, uint16_t left, uint16_t right);

static void read_from(Reading *r, const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return;
  if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
    const PgQuery__RangeVar *table = node->range_var;
    add_table(r, table->relname, table->alias ? table->alias->aliasname : NULL);
  } else if (node->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
    uint16_t left = (uint16_t)r->query->tables.n;
    read_from(r, node->join_expr->larg, depth + 1);
    uint16_t right = (uint16_t)r->query->tables.n;
    read_from(r, node->join_expr->rarg, depth + 1);
    read_condition(r, node->join_expr->quals, depth + 1);
    read_using(r, node->join_expr, left, right);
  } else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT) {
    const PgQuery__Alias *alias = node->range_subselect->alias;
    add_table(r, "", alias ? alias->aliasname : "");
  } else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION) {
    const PgQuery__Alias *alias = node->range_function->alias;
    add_table(r, "", alias ? alias->aliasname : "");
  }
}

// The table that a qualifier means: its alias, else its name; the first one when there is none.
static uint16_t table_called(const Query *q, const char *name) {
  for (uint32_t i = 0; name && i < q->tables.n; i++) {
    const char *alias = q->tables.at[i].alias;
    if (!strcasecmp(alias ? alias : q->tables.at[i].name, name))
      return (uint16_t)i;
  }
  return 0;
}

//
// Expressions
//

// A column, and what is done to it.
typedef struct Operand {
  const char *column;
  uint16_t table;
  const char *function;
  bool several;  // more than one column takes part
} Operand;

static const char *type_text(Reading *r, const PgQuery__TypeName *type) {
  return arena_printf(&r->queries->arena, "::%s", type ? last_name(type->names, type->n_names) : "");
}

static Operand operand(Reading *r, const Node *node, int depth);

static Operand column_operand(Reading *r, const PgQuery__ColumnRef *ref) {
  const char *name = last_name(ref->fields, ref->n_fields);
  const char *qualifier = ref->n_fields > 1 ? string_of(ref->fields[ref->n_fields - 2]) : NULL;
  if (!*name)
    return (Operand){0};
  r->query->dynamic |= is_hole(name);
  return (Operand){.column = keep(r, is_hole(name) ? "" : name), .table = table_called(r->query, qualifier)};
}

// The column among the arguments of a function or operator.
static Operand one_of(Reading *r, Node *const *nodes, size_t count, int depth) {
  Operand found = {0};
  for (size_t i = 0; i < count; i++) {
    Operand next = operand(r, nodes[i], depth + 1);
    if (!next.column)
      continue;
    bool several = found.column != NULL;
    found = several ? found : next;
    found.several |= several || next.several;
  }
  return found;
}

static Operand with_function(Operand found, const char *function) {
  if (found.column && !found.function)
    found.function = function;
  return found;
}

static Operand operand(Reading *r, const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return (Operand){0};
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_COLUMN_REF:
    return column_operand(r, node->column_ref);
  case PG_QUERY__NODE__NODE_TYPE_CAST: {
    const char *type = type_text(r, node->type_cast->type_name);
    Operand inner = operand(r, node->type_cast->arg, depth + 1);
    return with_function(inner, type);
  }
  case PG_QUERY__NODE__NODE_FUNC_CALL:
    return with_function(one_of(r, node->func_call->args, node->func_call->n_args, depth),
                         keep(r, last_name(node->func_call->funcname, node->func_call->n_funcname)));
  case PG_QUERY__NODE__NODE_COALESCE_EXPR:
    return with_function(one_of(r, node->coalesce_expr->args, node->coalesce_expr->n_args, depth), "coalesce");
  case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
    return operand(r, node->collate_clause->arg, depth + 1);
  case PG_QUERY__NODE__NODE_A_EXPR: {
    Node *sides[] = {node->a_expr->lexpr, node->a_expr->rexpr};
    return with_function(one_of(r, sides, 2, depth), keep(r, last_name(node->a_expr->name, node->a_expr->n_name)));
  }
  default:
    return (Operand){0};
  }
}

// The literal that an expression is, NULL if it is none.
static const char *constant(Reading *r, const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return NULL;
  if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
    return constant(r, node->type_cast->arg, depth + 1);
  if (node->node_case != PG_QUERY__NODE__NODE_A_CONST)
    return NULL;
  const PgQuery__AConst *value = node->a_const;
  switch (value->val_case) {
  case PG_QUERY__A__CONST__VAL_IVAL:
    return arena_printf(&r->queries->arena, "%d", value->ival->ival);
  case PG_QUERY__A__CONST__VAL_FVAL:
    return keep(r, value->fval->fval);
  case PG_QUERY__A__CONST__VAL_BOOLVAL:
    return value->boolval->boolval ? "true" : "false";
  case PG_QUERY__A__CONST__VAL_SVAL:
    return strstr(value->sval->sval, "${}") ? NULL : keep(r, value->sval->sval);
  default:
    return NULL;
  }
}

// "a, b" of `IN ('a', 'b')`, of `ANY (ARRAY['a', 'b'])`; NULL when one of them is no literal.
static const char *constants(Reading *r, const Node *node) {
  bool list = node && node->node_case == PG_QUERY__NODE__NODE_LIST;
  bool array = node && node->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR;
  Node *const *items = list ? node->list->items : array ? node->a_array_expr->elements : NULL;
  size_t count = list ? node->list->n_items : array ? node->a_array_expr->n_elements : 0;
  bool known = count > 0;
  Text all = {0};
  for (size_t i = 0; known && i < count; i++) {
    const char *one = constant(r, items[i], 0);
    known = one != NULL;
    text_printf(&all, "%s%s", i ? ", " : "", known ? one : "");
  }
  if (known)
    return arena_text(&r->queries->arena, &all);
  text_release(&all);
  return NULL;
}

//
// Conditions
//

static void add_condition(Reading *r, Operand of, Condition condition) {
  Query *q = r->query;
  if (!of.column || !*of.column || q->conditions.n >= MAX_CONDITIONS)
    return;
  condition.column = of.column;
  condition.table = of.table;
  condition.function = of.function;
  condition.either = r->either;
  condition.branch = r->branch;
  if (of.several)
    condition.operator = OPERATOR_OTHER;
  else if (r->negated)
    condition.operator = condition.operator == OPERATOR_NOT ? OPERATOR_EQUAL : OPERATOR_NOT;
  vec_push(&q->conditions, condition);
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

// An operator read from the right to the left: `$1 < a` is `a > $1`, a range as before; `$1 @> a` asks something else.
static bool is_symmetric(uint8_t operator) {
  return operator == OPERATOR_EQUAL || operator == OPERATOR_RANGE || operator == OPERATOR_NOT;
}

static void read_comparison(Reading *r, const PgQuery__AExpr *e) {
  const char *name = last_name(e->name, e->n_name);
  Operand left = operand(r, e->lexpr, 0), right = operand(r, e->rexpr, 0);
  Condition c = {.operator = OPERATOR_OTHER};
  switch (e->kind) {
  case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    c.operator = operator_called(name);
    break;
  case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
    c.operator = !strcmp(name, "=") ? OPERATOR_EQUAL : OPERATOR_OTHER;
    break;
  case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
    c.operator = !strcmp(name, "<>") ? OPERATOR_NOT : OPERATOR_OTHER;
    break;
  case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
    c.operator = OPERATOR_EQUAL;
    break;
  case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
  case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    c.operator = OPERATOR_NOT;
    break;
  case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
    c.operator = !strcmp(name, "=") ? OPERATOR_EQUAL : OPERATOR_NOT;
    break;
  case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
  case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
    c.insensitive = e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE;
    c.operator = *name == '!' ? OPERATOR_NOT : like_operator(pattern_start(e->rexpr, 0));
    break;
  case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    c.operator = OPERATOR_RANGE;
    break;
  default:
    break;
  }
  c.join = left.column && right.column;
  c.other = right.table;
  const Node *value = left.column ? e->rexpr : e->lexpr;
  const char *list = c.operator == OPERATOR_RANGE ? NULL : constants(r, value);
  c.constant = list ? list : constant(r, value, 0);
  c.several = list != NULL;
  if (left.column)
    add_condition(r, left, c);
  c.other = left.table;
  if (right.column && is_symmetric(c.operator) && e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP)
    add_condition(r, right, c);
}

// The columns of `JOIN b USING (x, y)`. Of several tables on the left the first one is taken, as for a column without
// a qualifier.
static void read_using(Reading *r, const PgQuery__JoinExpr *join, uint16_t left, uint16_t right) {
  for (size_t i = 0; i < join->n_using_clause && right < r->query->tables.n; i++) {
    const char *name = keep(r, last_name(&join->using_clause[i], 1));
    Condition c = {.operator = OPERATOR_EQUAL, .join = true, .other = right};
    add_condition(r, (Operand){.column = name, .table = left}, c);
    c.other = left;
    add_condition(r, (Operand){.column = name, .table = right}, c);
  }
}

static void read_any(Reading *r, Node *const *nodes, size_t count, int depth) {
  uint16_t either = r->either, branch = r->branch, branches = r->branches;
  r->either = ++r->eithers;
  r->branches = 0;
  for (size_t i = 0; i < count; i++) {
    r->branch = ++r->branches;
    read_condition(r, nodes[i], depth + 1);
  }
  r->either = either;
  r->branch = branch;
  r->branches = branches;
}

static void read_boolean(Reading *r, const PgQuery__BoolExpr *e, int depth) {
  bool negated = r->negated;
  bool any = e->boolop == (negated ? PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR : PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR);
  if (e->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
    r->negated = !negated;
    read_condition(r, e->n_args ? e->args[0] : NULL, depth + 1);
  } else if (any) {
    read_any(r, e->args, e->n_args, depth);
  } else {
    for (size_t i = 0; i < e->n_args; i++)
      read_condition(r, e->args[i], depth + 1);
  }
  r->negated = negated;
}

static bool names_one(const PgQuery__WithClause *with, const char *name) {
  for (size_t i = 0; with && i < with->n_ctes; i++)
    if (with->ctes[i]->node_case == PG_QUERY__NODE__NODE_COMMON_TABLE_EXPR &&
        !strcasecmp(with->ctes[i]->common_table_expr->ctename, name))
      return true;
  return false;
}

// Note what NOT IN (SELECT ...) selects; nothing when it reads no table: VALUES, unnest() of a value.
static void read_not_in(Reading *r, const Node *node) {
  const PgQuery__SelectStmt *select = node && node->node_case == PG_QUERY__NODE__NODE_SELECT_STMT ? node->select_stmt : NULL;
  bool plain = select && select->op == PG_QUERY__SET_OPERATION__SETOP_NONE;
  bool reads = !plain;
  for (size_t i = 0; plain && i < select->n_from_clause; i++)
    reads |= select->from_clause[i]->node_case != PG_QUERY__NODE__NODE_RANGE_FUNCTION;
  r->query->not_in_select |= reads;
  r->query->not_in_veiled |= select && !plain;
  const Node *from = plain && select->n_from_clause == 1 ? select->from_clause[0] : NULL;
  if (!from || from->node_case != PG_QUERY__NODE__NODE_RANGE_VAR || is_hole(from->range_var->relname))
    return;
  r->query->not_in_table = keep(r, from->range_var->relname);
  r->query->not_in_veiled = names_one(r->with, from->range_var->relname) || names_one(select->with_clause, from->range_var->relname);
  const Node *target = select->n_target_list == 1 ? select->target_list[0] : NULL;
  const Node *value = target && target->node_case == PG_QUERY__NODE__NODE_RES_TARGET ? target->res_target->val : NULL;
  if (value && value->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
    r->query->not_in_column = keep(r, last_name(value->column_ref->fields, value->column_ref->n_fields));
}

static void read_sublink(Reading *r, const PgQuery__SubLink *e) {
  bool any = e->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
  if (!any || !e->testexpr)
    return;
  if (r->negated)
    read_not_in(r, e->subselect);
  add_condition(r, operand(r, e->testexpr, 0), (Condition){.operator = OPERATOR_EQUAL, .join = true});
}

static void read_condition(Reading *r, const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return;
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_BOOL_EXPR:
    read_boolean(r, node->bool_expr, depth);
    break;
  case PG_QUERY__NODE__NODE_A_EXPR:
    read_comparison(r, node->a_expr);
    break;
  case PG_QUERY__NODE__NODE_NULL_TEST: {
    bool null = node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;
    add_condition(r, operand(r, node->null_test->arg, 0), (Condition){.operator = null ? OPERATOR_NULL : OPERATOR_NOT});
    break;
  }
  case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
    add_condition(r, operand(r, node->boolean_test->arg, 0), (Condition){.operator = OPERATOR_OTHER});
    break;
  case PG_QUERY__NODE__NODE_COLUMN_REF:
    add_condition(r, operand(r, node, 0), (Condition){.operator = OPERATOR_EQUAL, .constant = "true"});
    break;
  case PG_QUERY__NODE__NODE_SUB_LINK:
    read_sublink(r, node->sub_link);
    break;
  case PG_QUERY__NODE__NODE_PARAM_REF:
    r->query->dynamic = true;  // a whole condition that is known at run time only
    break;
  default:
    break;
  }
}

//
// What is read
//

static bool is_star(const Node *node) {
  const PgQuery__ColumnRef *ref = node && node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? node->column_ref : NULL;
  return ref && ref->n_fields && ref->fields[ref->n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
}

static bool is_aggregate(const Node *node, int depth) {
  static const char *const names[] = {"count", "sum", "min", "max", "avg", "bool_or", "bool_and", "every", "array_agg",
                                      "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg"};
  if (!node || depth > MAX_DEPTH)
    return false;
  if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
    return is_aggregate(node->type_cast->arg, depth + 1);
  if (node->node_case == PG_QUERY__NODE__NODE_A_EXPR)
    return is_aggregate(node->a_expr->lexpr, depth + 1) || is_aggregate(node->a_expr->rexpr, depth + 1);
  if (node->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR)
    return node->coalesce_expr->n_args && is_aggregate(node->coalesce_expr->args[0], depth + 1);
  if (node->node_case != PG_QUERY__NODE__NODE_FUNC_CALL || node->func_call->over)
    return false;
  const char *name = last_name(node->func_call->funcname, node->func_call->n_funcname);
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcasecmp(name, names[i]))
      return true;
  return node->func_call->n_args && is_aggregate(node->func_call->args[0], depth + 1);
}

// Whether the star stands for a table: not for a subquery, function or CTE, of which the inner list decides.
static bool star_is_of_table(Query *q, const PgQuery__ColumnRef *ref, const PgQuery__WithClause *with) {
  const char *qualifier = ref->n_fields > 1 ? string_of(ref->fields[ref->n_fields - 2]) : NULL;
  uint16_t at = table_called(q, qualifier);
  q->star_table = qualifier ? (uint16_t)(at + 1u) : 0;
  const char *name = q->tables.n ? q->tables.at[at].name : "";
  return !names_one(with, name) && (*name || (q->tables.n && !q->tables.at[at].alias));
}

static void read_targets(Reading *r, const PgQuery__SelectStmt *select) {
  Query *q = r->query;
  bool all = select->n_target_list > 0;
  for (size_t i = 0; i < select->n_target_list; i++) {
    const Node *node = select->target_list[i];
    const Node *value = node->node_case == PG_QUERY__NODE__NODE_RES_TARGET ? node->res_target->val : NULL;
    all = all && is_aggregate(value, 0);
    if (is_star(value)) {
      bool table = star_is_of_table(q, value->column_ref, select->with_clause);
      q->star |= table;
      q->written_star |= table;
      continue;
    }
    Operand of = operand(r, value, 0);
    if (of.column && *of.column && !is_aggregate(value, 0))
      vec_push(&q->columns, of.column);
  }
  q->aggregate = all && !select->n_group_clause;
}

static bool is_random(const Node *node) {
  const char *name = node && node->node_case == PG_QUERY__NODE__NODE_FUNC_CALL
                         ? last_name(node->func_call->funcname, node->func_call->n_funcname)
                         : "";
  return !strcasecmp(name, "random") || !strcasecmp(name, "rand") || !strcasecmp(name, "newid");
}

static void read_sorts(Reading *r, const PgQuery__SelectStmt *select) {
  for (size_t i = 0; i < select->n_sort_clause; i++) {
    const Node *node = select->sort_clause[i];
    const PgQuery__SortBy *by = node->node_case == PG_QUERY__NODE__NODE_SORT_BY ? node->sort_by : NULL;
    if (!by)
      continue;
    r->query->random_order |= is_random(by->node);
    Operand of = operand(r, by->node, 0);
    if (of.column && *of.column)
      vec_push(&r->query->sorts, ((Sort){.column = of.column, .table = of.table, .expression = of.function || of.several,
                                         .descending = by->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC}));
  }
}

static bool is_constant(const Node *node) { return node && node->node_case == PG_QUERY__NODE__NODE_A_CONST; }

static bool is_null(const Node *node) { return is_constant(node) && node->a_const->isnull; }

static void read_select(Reading *r, const PgQuery__SelectStmt *select, int depth) {
  Query *q = r->query;
  if (!select || depth > MAX_DEPTH)
    return;
  r->with = select->with_clause ? select->with_clause : r->with;
  if (select->op != PG_QUERY__SET_OPERATION__SETOP_NONE && select->larg) {
    read_select(r, select->larg, depth + 1);
  } else {
    for (size_t i = 0; i < select->n_from_clause; i++)
      read_from(r, select->from_clause[i], 0);
    read_condition(r, select->where_clause, 0);
    read_targets(r, select);
  }
  read_sorts(r, select);
  q->limit |= select->limit_count && !is_null(select->limit_count);
  q->offset |= select->limit_offset != NULL;
  q->offset_varies |= select->limit_offset && !is_constant(select->limit_offset);
}

static void read_target_table(Reading *r, const PgQuery__RangeVar *table, Verb verb) {
  r->query->verb = (uint8_t)verb;
  if (table)
    add_table(r, table->relname, table->alias ? table->alias->aliasname : NULL);
}

static bool read_statement(Reading *r, const Node *node) {
  Query *q = r->query;
  switch (node ? node->node_case : PG_QUERY__NODE__NODE__NOT_SET) {
  case PG_QUERY__NODE__NODE_SELECT_STMT:
    q->verb = VERB_SELECT;
    read_select(r, node->select_stmt, 0);
    return true;
  case PG_QUERY__NODE__NODE_UPDATE_STMT:
    read_target_table(r, node->update_stmt->relation, VERB_UPDATE);
    r->with = node->update_stmt->with_clause;
    for (size_t i = 0; i < node->update_stmt->n_from_clause; i++)
      read_from(r, node->update_stmt->from_clause[i], 0);
    read_condition(r, node->update_stmt->where_clause, 0);
    q->whole_table = !node->update_stmt->where_clause && !node->update_stmt->n_from_clause;
    return true;
  case PG_QUERY__NODE__NODE_DELETE_STMT:
    read_target_table(r, node->delete_stmt->relation, VERB_DELETE);
    r->with = node->delete_stmt->with_clause;
    for (size_t i = 0; i < node->delete_stmt->n_using_clause; i++)
      read_from(r, node->delete_stmt->using_clause[i], 0);
    read_condition(r, node->delete_stmt->where_clause, 0);
    q->whole_table = !node->delete_stmt->where_clause && !node->delete_stmt->n_using_clause;
    return true;
  case PG_QUERY__NODE__NODE_INSERT_STMT:
    read_target_table(r, node->insert_stmt->relation, VERB_INSERT);
    return true;
  default:
    return false;
  }
}

//
// From text
//

// Parse, and read the first statement. False when the parser refuses.
static bool read_text(Reading *r, const char *text) {
  SqlTree tree;
  sql_tree_read(&tree, r->queries->texts, text);
  bool read = tree.root && tree.root->n_stmts && read_statement(r, tree.root->stmts[0]->stmt);
  sql_tree_release(&tree);
  return read;
}

bool query_of_sql(Queries *queries, const char *sql, Query *query) {
  size_t length = strlen(sql);
  Reading r = {.queries = queries, .query = query};
  if (length > SQL_LIMIT || !sql_is_statement(sql))
    return false;
  Text text = {0};
  query->dynamic |= sql_rewrite(&text, sql, length);
  // The parser guards its stack badly: what is nested too deeply never reaches it.
  bool read = ddl_is_bounded(&(Statement){.text = text.at, .length = text.n}) && read_text(&r, text.at);
  text_release(&text);
  return read;
}
