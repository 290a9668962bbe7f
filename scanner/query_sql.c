// query_sql.c - SQL text as a query: what its syntax tree, by libpg_query, says of tables, conditions and columns.
//
// The outermost statement is the query. What stands within it (subqueries, further branches of a UNION, what WITH names,
// the SELECT of an INSERT) is read as a query of its own, for which columns of the queries around it are values that are
// given. Trees are walked to a bounded depth, and a statement that the parser refuses is no query.
#include "query_sql.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "schema/ddl.h"
#include "sql_text.h"

enum { MAX_TABLES = 64, MAX_CONDITIONS = 256, MAX_WITHIN = 64 };

typedef struct Reading {
  Queries *queries;
  Query *query;
  uint16_t either, branch;  // the OR and its branch that is being read; 0: none
  uint16_t eithers, branches;
  bool negated;
  uint16_t on;                      // the outer join whose ON is being read, counted from 1; 0: none
  OuterJoins joins;
  const PgQuery__WithClause *with;  // of the statement, NULL for none
  bool dynamic;                     // parts of the text are known at run time only
  const struct Reading *outer;      // the query that it stands in, NULL for none
  bool looked_up;                   // it is run for each row of that, by what it is or since these are few
  bool *correlated;                 // set where it uses a column of that, NULL where nobody asks
} Reading;

static const char *keep(Reading *r, const char *text) { return arena_copy(&r->queries->arena, text, strlen(text)); }

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

static bool names_one(const PgQuery__WithClause *with, const char *name) {
  for (size_t i = 0; with && i < with->n_ctes; i++)
    if (with->ctes[i]->node_case == PG_QUERY__NODE__NODE_COMMON_TABLE_EXPR &&
        !strcasecmp(with->ctes[i]->common_table_expr->ctename, name))
      return true;
  return false;
}

// Whether a name in FROM is that of what WITH names, here or further out.
static bool is_named_query(const Reading *r, const char *name) {
  for (; r; r = r->outer)
    if (names_one(r->with, name))
      return true;
  return false;
}

static void read_condition(Reading *r, const Node *node, int depth);
static void read_using(Reading *r, const PgQuery__JoinExpr *join, uint16_t left, uint16_t right);

// The ON of a join of the tables from `left` and of those from `right`.
static void read_on(Reading *r, const PgQuery__JoinExpr *join, uint16_t left, uint16_t right, int depth) {
  uint16_t on = r->on;
  r->on = outer_join_add(&r->joins, join->jointype, left, right, (uint16_t)r->query->tables.n);
  read_condition(r, join->quals, depth);
  read_using(r, join, left, right);
  r->on = on;
}

static void read_where(Reading *r, const Node *where) {
  read_condition(r, where, 0);
  outer_joins_mark(&r->joins, r->query);
}

static void read_from(Reading *r, const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return;
  if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
    const PgQuery__RangeVar *table = node->range_var;
    const char *alias = table->alias ? table->alias->aliasname : NULL;
    bool named = is_named_query(r, table->relname);
    add_table(r, named ? "" : table->relname, named && !alias ? table->relname : alias);
  } else if (node->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
    uint16_t left = (uint16_t)r->query->tables.n;
    read_from(r, node->join_expr->larg, depth + 1);
    uint16_t right = (uint16_t)r->query->tables.n;
    read_from(r, node->join_expr->rarg, depth + 1);
    read_on(r, node->join_expr, left, right, depth + 1);
  } else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT) {
    const PgQuery__Alias *alias = node->range_subselect->alias;
    add_table(r, "", alias ? alias->aliasname : "");
  } else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION) {
    const PgQuery__Alias *alias = node->range_function->alias;
    add_table(r, "", alias ? alias->aliasname : "");
  }
}

// Number of the table that a qualifier means, by its alias, else its name; -1 if it is none of the query.
static int find_table(const Query *q, const char *name) {
  for (uint32_t i = 0; i < q->tables.n; i++) {
    const char *alias = q->tables.at[i].alias;
    if (!strcasecmp(alias ? alias : q->tables.at[i].name, name))
      return (int)i;
  }
  return -1;
}

// The same; the first table where there is no qualifier, or none that is known.
static uint16_t table_called(const Query *q, const char *name) {
  int table = name ? find_table(q, name) : 0;
  return table < 0 ? 0 : (uint16_t)table;
}

// Whether a qualifier means a table of a query around: its row is given.
static bool is_of_outer(const Reading *r, const char *name) {
  if (!name || find_table(r->query, name) >= 0)
    return false;
  for (r = r->outer; r; r = r->outer)
    if (find_table(r->query, name) >= 0)
      return true;
  return false;
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
  return arena_printf(&r->queries->arena, "::%s", type ? node_last_name(type->names, type->n_names) : "");
}

static Operand operand(Reading *r, const Node *node, int depth);

static Operand column_operand(Reading *r, const PgQuery__ColumnRef *ref) {
  const char *name = node_last_name(ref->fields, ref->n_fields);
  const char *qualifier = ref->n_fields > 1 ? node_string(ref->fields[ref->n_fields - 2]) : NULL;
  if (r->correlated && is_of_outer(r, qualifier))
    *r->correlated |= find_table(r->outer->query, qualifier) >= 0;
  if (!*name || is_of_outer(r, qualifier))
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
                         keep(r, node_last_name(node->func_call->funcname, node->func_call->n_funcname)));
  case PG_QUERY__NODE__NODE_COALESCE_EXPR:
    return with_function(one_of(r, node->coalesce_expr->args, node->coalesce_expr->n_args, depth), "coalesce");
  case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
    return operand(r, node->collate_clause->arg, depth + 1);
  case PG_QUERY__NODE__NODE_A_EXPR: {
    Node *sides[] = {node->a_expr->lexpr, node->a_expr->rexpr};
    return with_function(one_of(r, sides, 2, depth), keep(r, node_last_name(node->a_expr->name, node->a_expr->n_name)));
  }
  default:
    return (Operand){0};
  }
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
  condition.on = r->on;
  condition.either = r->either;
  condition.branch = r->branch;
  if (of.several)
    condition.operator = OPERATOR_OTHER;
  else if (r->negated)
    condition.operator = condition.operator == OPERATOR_NOT ? OPERATOR_EQUAL : OPERATOR_NOT;
  vec_push(&q->conditions, condition);
}

// An operator read from the right to the left: `$1 < a` is `a > $1`, a range as before; `$1 @> a` asks something else.
static bool is_symmetric(uint8_t operator) {
  return operator == OPERATOR_EQUAL || operator == OPERATOR_RANGE || operator == OPERATOR_NOT;
}

static bool is_outer_column(const Reading *r, const Node *node) {
  const PgQuery__ColumnRef *ref = node && node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? node->column_ref : NULL;
  return ref && ref->n_fields > 1 && is_of_outer(r, node_string(ref->fields[ref->n_fields - 2]));
}

static bool read_statement(Reading *r, const Node *node);

// Whether a subquery uses a column of the query that it stands in: what it gives is known for each row only.
static bool is_correlated(const Reading *r, const Node *node) {
  const PgQuery__SubLink *link = node && node->node_case == PG_QUERY__NODE__NODE_SUB_LINK ? node->sub_link : NULL;
  bool correlated = false;
  if (!link || r->correlated)  // deeper ones are not asked
    return false;
  Query query = {0};
  Reading inner = {.queries = r->queries, .query = &query, .outer = r, .correlated = &correlated};
  read_statement(&inner, link->subselect);
  query_release(&query);
  return correlated;
}

static void read_comparison(Reading *r, const PgQuery__AExpr *e) {
  Operand left = operand(r, e->lexpr, 0), right = operand(r, e->rexpr, 0);
  Condition c = node_comparison(e);
  if (is_correlated(r, e->lexpr) || is_correlated(r, e->rexpr))
    c.operator = OPERATOR_OTHER;
  bool outer = is_outer_column(r, e->lexpr) || is_outer_column(r, e->rexpr);
  c.join = (left.column && right.column) || (outer && !r->looked_up);
  c.other = right.column ? right.table : OUTER_TABLE;
  c.computed = left.function ? sql_computed(e->lexpr, &r->queries->arena) : NULL;
  const Node *value = left.column ? e->rexpr : e->lexpr;
  const char *list = c.operator == OPERATOR_RANGE ? NULL : node_constants(&r->queries->arena, value);
  c.constant = list ? list : node_constant(&r->queries->arena, value);
  c.several = list != NULL;
  c.parameter = value && value->node_case == PG_QUERY__NODE__NODE_PARAM_REF ? (uint16_t)value->param_ref->number : 0;
  if (left.column)
    add_condition(r, left, c);
  c.other = left.table;
  c.computed = right.function ? sql_computed(e->rexpr, &r->queries->arena) : NULL;
  if (right.column && is_symmetric(c.operator) && e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP)
    add_condition(r, right, c);
}

// The columns of `JOIN b USING (x, y)`. Of several tables on the left the first one is taken, as for a column without
// a qualifier.
static void read_using(Reading *r, const PgQuery__JoinExpr *join, uint16_t left, uint16_t right) {
  for (size_t i = 0; i < join->n_using_clause && right < r->query->tables.n; i++) {
    const char *name = keep(r, node_last_name(&join->using_clause[i], 1));
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
  r->query->not_in_veiled = is_named_query(r, from->range_var->relname) || names_one(select->with_clause, from->range_var->relname);
  const Node *target = select->n_target_list == 1 ? select->target_list[0] : NULL;
  const Node *value = target && target->node_case == PG_QUERY__NODE__NODE_RES_TARGET ? target->res_target->val : NULL;
  if (value && value->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
    r->query->not_in_column = keep(r, node_last_name(value->column_ref->fields, value->column_ref->n_fields));
}

static void read_sublink(Reading *r, const Node *node) {
  const PgQuery__SubLink *e = node->sub_link;
  bool any = e->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
  r->query->asks_within = true;
  if (!any || !e->testexpr)
    return;
  if (r->negated)
    read_not_in(r, e->subselect);
  Operator operator = is_correlated(r, node) ? OPERATOR_OTHER : OPERATOR_EQUAL;
  add_condition(r, operand(r, e->testexpr, 0), (Condition){.operator = operator, .join = true, .other = SUBQUERY_TABLE});
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
    read_sublink(r, node);
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

// Whether the star stands for a table: not for a subquery, function or CTE, of which the inner list decides.
static bool star_is_of_table(Query *q, const PgQuery__ColumnRef *ref, const PgQuery__WithClause *with) {
  const char *qualifier = ref->n_fields > 1 ? node_string(ref->fields[ref->n_fields - 2]) : NULL;
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
    all = all && node_is_aggregate(value);
    q->gathers |= node_gathers(value);
    if (node_is_star(value)) {
      bool table = star_is_of_table(q, value->column_ref, select->with_clause);
      q->star |= table;
      q->written_star |= table;
      continue;
    }
    Operand of = operand(r, value, 0);
    if (of.column && *of.column && !node_is_aggregate(value))
      vec_push(&q->columns, of.column);
  }
  q->aggregate = all && !select->n_group_clause;
  q->gathers &= q->aggregate;
}

static void read_sorts(Reading *r, const PgQuery__SelectStmt *select) {
  for (size_t i = 0; i < select->n_sort_clause; i++) {
    const Node *node = select->sort_clause[i];
    const PgQuery__SortBy *by = node->node_case == PG_QUERY__NODE__NODE_SORT_BY ? node->sort_by : NULL;
    if (!by)
      continue;
    r->query->random_order |= node_is_random(by->node);
    Operand of = operand(r, by->node, 0);
    if (of.column && *of.column)
      vec_push(&r->query->sorts, ((Sort){.column = of.column, .table = of.table, .expression = of.function || of.several,
                                         .descending = by->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC}));
  }
}

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
    read_where(r, select->where_clause);
    read_targets(r, select);
  }
  read_sorts(r, select);
  q->limit |= select->limit_count && !node_is_null(select->limit_count);
  q->offset |= select->limit_offset != NULL;
  q->offset_varies |= select->limit_offset && !node_is_constant(select->limit_offset);
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
    read_where(r, node->update_stmt->where_clause);
    q->whole_table = !node->update_stmt->where_clause && !node->update_stmt->n_from_clause;
    return true;
  case PG_QUERY__NODE__NODE_DELETE_STMT:
    read_target_table(r, node->delete_stmt->relation, VERB_DELETE);
    r->with = node->delete_stmt->with_clause;
    for (size_t i = 0; i < node->delete_stmt->n_using_clause; i++)
      read_from(r, node->delete_stmt->using_clause[i], 0);
    read_where(r, node->delete_stmt->where_clause);
    q->whole_table = !node->delete_stmt->where_clause && !node->delete_stmt->n_using_clause;
    return true;
  case PG_QUERY__NODE__NODE_INSERT_STMT:
    read_target_table(r, node->insert_stmt->relation, VERB_INSERT);
    r->with = node->insert_stmt->with_clause;
    return true;
  default:
    return false;
  }
}

//
// Queries within a statement
//

// The statement that a part of a tree is, as a node; false if it is none.
static bool is_query(const ProtobufCMessage *part, Node *node) {
  pg_query__node__init(node);
  if (part->descriptor == &pg_query__select_stmt__descriptor) {
    node->node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    node->select_stmt = (PgQuery__SelectStmt *)(uintptr_t)part;
  } else if (part->descriptor == &pg_query__update_stmt__descriptor) {
    node->node_case = PG_QUERY__NODE__NODE_UPDATE_STMT;
    node->update_stmt = (PgQuery__UpdateStmt *)(uintptr_t)part;
  } else if (part->descriptor == &pg_query__delete_stmt__descriptor) {
    node->node_case = PG_QUERY__NODE__NODE_DELETE_STMT;
    node->delete_stmt = (PgQuery__DeleteStmt *)(uintptr_t)part;
  } else if (part->descriptor == &pg_query__insert_stmt__descriptor) {
    node->node_case = PG_QUERY__NODE__NODE_INSERT_STMT;
    node->insert_stmt = (PgQuery__InsertStmt *)(uintptr_t)part;
  }
  return node->node_case != PG_QUERY__NODE__NODE__NOT_SET;
}

// `each`: the part is run for each row of the query.
static void read_within(Reading *r, const ProtobufCMessage *message, bool each, int depth);

// Whether conditions leave few of a query's rows: what is asked for each of them is looked up, else all is read at once.
static bool gives_few(const Query *q) {
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    if (c->operator == OPERATOR_EQUAL && !c->join && !c->constant && !c->either)
      return true;
  }
  return q->limit;
}

static void read_part(Reading *r, const ProtobufCMessage *part, bool each, int depth) {
  Node node;
  if (!part || depth > MAX_DEPTH)
    return;
  if (!is_query(part, &node)) {
    read_within(r, part, each, depth + 1);
    return;
  }
  Query query = {.inner = true, .dynamic = r->dynamic};
  Reading inner = {.queries = r->queries, .query = &query, .dynamic = r->dynamic, .outer = r};
  inner.looked_up = each || gives_few(r->query);
  read_statement(&inner, &node);
  read_within(&inner, part, false, depth + 1);
  if (query.tables.n && r->queries->within.n < MAX_WITHIN)
    vec_push(&r->queries->within, query);
  else
    query_release(&query);
}

// The first branch of a UNION is read as the query itself.
static bool is_first_branch(const ProtobufCMessage *message, const ProtobufCMessage *part) {
  return message->descriptor == &pg_query__select_stmt__descriptor &&
         (const ProtobufCMessage *)((const PgQuery__SelectStmt *)message)->larg == part;
}

// Whether a part of a query is run for each row of it, and is not joined to it as EXISTS, IN and ANY are.
static bool is_for_each(const ProtobufCMessage *message) {
  if (message->descriptor == &pg_query__range_subselect__descriptor)
    return ((const PgQuery__RangeSubselect *)message)->lateral;
  if (message->descriptor != &pg_query__sub_link__descriptor)
    return false;
  PgQuery__SubLinkType type = ((const PgQuery__SubLink *)message)->sub_link_type;
  return type != PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK && type != PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
}

static void read_field(Reading *r, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, bool each, int depth) {
  const void *at = (const char *)message + field->offset;
  bool several = field->label == PROTOBUF_C_LABEL_REPEATED;
  size_t count = several ? *(const size_t *)(const void *)((const char *)message + field->quantifier_offset) : 1;
  ProtobufCMessage *const *parts = several ? *(ProtobufCMessage *const *const *)at : at;
  for (size_t i = 0; i < count; i++)
    if (parts[i] && is_first_branch(message, parts[i]))
      read_within(r, parts[i], false, depth);
    else
      read_part(r, parts[i], each || !strcmp(field->name, "target_list"), depth);
}

// Look for queries in all that a part of a tree is made of. A node is one of very many kinds, of which it holds one.
static void read_within(Reading *r, const ProtobufCMessage *message, bool each, int depth) {
  const ProtobufCMessageDescriptor *of = message->descriptor;
  if (depth > MAX_DEPTH)
    return;
  if (of == &pg_query__node__descriptor) {
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(of, ((const Node *)message)->node_case);
    if (field && field->type == PROTOBUF_C_TYPE_MESSAGE)
      read_field(r, message, field, each, depth);
    return;
  }
  for (unsigned i = 0; i < of->n_fields; i++)
    if (of->fields[i].type == PROTOBUF_C_TYPE_MESSAGE && !(of->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
      read_field(r, message, &of->fields[i], each || is_for_each(message), depth);
}

//
// From text
//

// Parse, and read the first statement. False when the parser refuses.
static bool read_text(Reading *r, const char *text) {
  SqlTree tree;
  sql_tree_read(&tree, r->queries->texts, text);
  const Node *node = tree.root && tree.root->n_stmts ? tree.root->stmts[0]->stmt : NULL;
  bool read = read_statement(r, node);
  const ProtobufCFieldDescriptor *field =
      read ? protobuf_c_message_descriptor_get_field(&pg_query__node__descriptor, node->node_case) : NULL;
  if (field)  // the statement is the query itself
    read_within(r, *(ProtobufCMessage *const *)(const void *)((const char *)node + field->offset), false, 0);
  sql_tree_release(&tree);
  return read;
}

bool query_of_sql(Queries *queries, const char *sql, Query *query) {
  size_t length = strlen(sql);
  Reading r = {.queries = queries, .query = query};
  if (length > SQL_LIMIT || !sql_is_statement(sql))
    return false;
  Text text = {0};
  r.dynamic = sql_rewrite(&text, sql, length, NULL);
  query->dynamic |= r.dynamic;
  // The parser guards its stack badly: what is nested too deeply never reaches it.
  bool read = ddl_is_bounded(&(Statement){.text = text.at, .length = text.n}) && read_text(&r, text.at);
  text_release(&text);
  return read;
}
