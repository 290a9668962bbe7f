// ddl_query.c - views, and tables made from queries: their columns are those of the query.
#include "ddl_tree.h"

#include <string.h>
#include <strings.h>

static bool same(const char *a, const char *b) { return a && b && !strcasecmp(a, b); }

typedef struct From {
  const PgQuery__RangeVar *tables[MAX_FROM];
  uint32_t n;
  bool other;  // something else is read from as well
} From;

// Joins lean to the left.
static void collect_from(From *from, const Node *node) {
  while (node->node_case == NODE(JOIN_EXPR)) {
    if (node->join_expr->rarg)
      collect_from(from, node->join_expr->rarg);
    node = node->join_expr->larg;
  }
  if (node->node_case == NODE(RANGE_VAR) && from->n < MAX_FROM)
    from->tables[from->n++] = node->range_var;
  else
    from->other = true;
}

static bool is_called(const PgQuery__RangeVar *relation, const char *name) {
  return same(relation->alias ? relation->alias->aliasname : relation->relname, name);
}

static const Column *source_column(const Ddl *d, const From *from, const PgQuery__ColumnRef *ref) {
  const char *name = ddl_last(ref->fields, ref->n_fields);
  const char *owner = ref->n_fields > 1 ? ddl_string(ref->fields[ref->n_fields - 2]) : NULL;
  for (uint32_t i = 0; i < from->n; i++) {
    const Table *table = schema_find(d->schema, from->tables[i]->relname);
    const Column *column = table && (!owner || is_called(from->tables[i], owner)) ? table_find(table, name) : NULL;
    if (column)
      return column;
  }
  return NULL;
}

// `*` and `t.*`
static void add_star(const Ddl *d, Table *table, const From *from, const PgQuery__ColumnRef *ref) {
  const char *owner = ref->n_fields > 1 ? ddl_string(ref->fields[ref->n_fields - 2]) : NULL;
  bool found = !from->other && !owner;
  for (uint32_t i = 0; i < from->n; i++) {
    const Table *other = schema_find(d->schema, from->tables[i]->relname);
    if (owner && !is_called(from->tables[i], owner))
      continue;
    found = other && other->whole && (owner || found);
    ddl_copy_columns(d, table, from->tables[i]->relname);
  }
  table->whole &= found;
}

static void add_target(const Ddl *d, Table *table, const From *from, const PgQuery__ResTarget *target, const char *alias) {
  const Node *value = target->val;
  const PgQuery__ColumnRef *ref = value && value->node_case == NODE(COLUMN_REF) ? value->column_ref : NULL;
  if (ref && ref->n_fields && ref->fields[ref->n_fields - 1]->node_case == NODE(A_STAR)) {
    add_star(d, table, from, ref);
    return;
  }
  const char *name = alias ? alias : ddl_given(target->name) ? target->name : value ? ddl_column_name(value) : "";
  const Column *source = ref ? source_column(d, from, ref) : NULL;
  const Column copy = source ? *source : (Column){.type = ""};
  Column *column = ddl_column(d, table, *name ? name : "?column?");
  column->type = copy.type;
  column->kind = copy.kind;
  column->place = ddl_place(d, target->location, name);
}

static void create_from_query(const Ddl *d, const PgQuery__RangeVar *relation, const Node *query, Node *const *names,
                              size_t nnames, bool view) {
  const PgQuery__SelectStmt *select = query && query->node_case == NODE(SELECT_STMT) ? query->select_stmt : NULL;
  bool temporary = relation->relpersistence && *relation->relpersistence == 't';
  Table *table = temporary ? NULL : ddl_table(d, relation);
  if (!table)
    return;
  From from = {0};
  while (select && select->larg)
    select = select->larg;
  table->view = view;
  table->whole = select && !select->n_values_lists;
  for (size_t i = 0; select && i < select->n_from_clause; i++)
    collect_from(&from, select->from_clause[i]);
  for (size_t i = 0; select && i < select->n_target_list; i++)
    if (select->target_list[i]->node_case == NODE(RES_TARGET))
      add_target(d, table, &from, select->target_list[i]->res_target, i < nnames ? ddl_string(names[i]) : NULL);
  for (uint32_t i = 0; i < table->columns.n; i++)
    table->columns.at[i].nullable = true;
}

void ddl_create_as(const Ddl *d, const PgQuery__CreateTableAsStmt *s) {
  if (!s->into || (s->if_not_exists && schema_find(d->schema, s->into->rel->relname)))
    return;
  create_from_query(d, s->into->rel, s->query, s->into->col_names, s->into->n_col_names, s->objtype == OBJECT(MATVIEW));
}

// SELECT ... INTO table FROM ...
void ddl_select_into(const Ddl *d, const Node *query) {
  const PgQuery__SelectStmt *select = query->select_stmt;
  while (select->larg)
    select = select->larg;
  if (select->into_clause && select->into_clause->rel)
    create_from_query(d, select->into_clause->rel, query, NULL, 0, false);
}

void ddl_create_view(const Ddl *d, const PgQuery__ViewStmt *s) {
  if (s->replace)
    schema_drop(d->schema, s->view->relname);
  create_from_query(d, s->view, s->query, s->aliases, s->n_aliases, true);
}
