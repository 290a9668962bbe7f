// unindexed_filter.c - columns that queries filter by and that no index starts with. One finding for each table and set
// of columns, at the schema, with one index that serves all of its queries.
#include <string.h>

#include "../indexes.h"

// An index that some queries of a table want.
typedef struct Want {
  IndexColumns columns;
  uint32_t equal;  // of them are compared for equality; a range or the order follows
  VEC(const Query *) queries;
} Want;
typedef VEC(Want) Wants;

// Few values, so an index on it alone finds too many rows; NULL and constants likewise.
static bool divides(const Column *column, const Condition *c) {
  return column->kind != COLUMN_BOOLEAN && column->kind != COLUMN_ENUM && !c->constant && c->operator == OPERATOR_EQUAL;
}

static bool has_column(const IndexColumns *columns, const Column *column) {
  for (uint32_t i = 0; i < columns->n; i++)
    if (columns->at[i] == column)
      return true;
  return false;
}

static void add_column(IndexColumns *columns, const Column *column, bool descending) {
  if (columns->n == INDEX_COLUMNS || has_column(columns, column))
    return;
  columns->descending[columns->n] = descending;
  columns->at[columns->n++] = column;
}

// What an index can hold as it is.
static bool is_plain(const Column *column) {
  return column && !column->guessed && column->kind != COLUMN_JSON && column->kind != COLUMN_ARRAY &&
         column->kind != COLUMN_BYTES && column->kind != COLUMN_VECTOR;
}

static bool is_of_key(const Table *table, const Column *column) {
  for (uint32_t i = 0; i < table->keys.n; i++)
    for (uint32_t k = 0; k < table->keys.at[i].columns.n; k++)
      if (table_find(table, table->keys.at[i].columns.at[k]) == column)
        return true;
  return false;
}

// The columns by equality first, those that divide best in front, then a range of time.
static Want want_of(const TableUse *use) {
  Want want = {0};
  const Column *range = NULL;
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = condition_column(use, c);
    if (c->maybe || c->either || c->function || c->insensitive || c->join || !is_plain(column))
      continue;
    if (divides(column, c))
      add_column(&want.columns, column, false);
    else if (c->operator == OPERATOR_RANGE && column->kind == COLUMN_TIME)
      range = range ? range : column;
  }
  want.equal = want.columns.n;
  const Sort *sort = use->query->sorts.n ? &use->query->sorts.at[0] : NULL;
  bool sorted = sort && !sort->expression && !sort->maybe && sort->table == use->at && use->query->limit;
  const Column *order = sorted ? query_column(use->query, use->at, sort->column) : NULL;
  if (want.equal && order && is_plain(order))
    add_column(&want.columns, order, sort->descending);
  else if (range)
    add_column(&want.columns, range, false);
  return want;
}

// Whether the query, as far as it is seen, must look at all rows.
static bool reads_all(const TableUse *use) {
  const Query *q = use->query;
  if (use->owner || use->at || q->dynamic || q->tables.n != 1 || q->verb == VERB_INSERT || q->verb == VERB_UPSERT)
    return false;
  for (uint32_t i = 0; i < q->conditions.n; i++)
    if (q->conditions.at[i].either || !condition_column(use, &q->conditions.at[i]))
      return false;
  return !use_is_narrowed(use);
}

// Whether an index that starts with the columns of `small`, in any order, may start with those of `large`.
static bool is_within(const Want *small, const Want *large) {
  for (uint32_t i = 0; i < small->equal; i++)
    if (!has_column(&large->columns, small->columns.at[i]))
      return false;
  return small->equal > 0 && small->equal <= large->equal;
}

// Put `small` first in an index that serves both.
static void merge(Want *into, const Want *small) {
  IndexColumns columns = {0};
  for (uint32_t i = 0; i < small->equal; i++)
    add_column(&columns, small->columns.at[i], false);
  bool longer = small->equal == into->equal && small->columns.n > into->columns.n;
  const Want *rest = longer ? small : into;
  for (uint32_t i = 0; i < rest->columns.n; i++)
    add_column(&columns, rest->columns.at[i], rest->columns.descending[i]);
  into->columns = columns;
  vec_push(&into->queries, small->queries.at[0]);
}

static void add_want(Wants *wants, Want want, const Query *query) {
  vec_push(&want.queries, query);
  for (uint32_t i = 0; i < wants->n; i++) {
    Want *known = &wants->at[i];
    bool ranges = !want.equal && !known->equal && known->columns.at[0] == want.columns.at[0];
    if (ranges || is_within(&want, known)) {
      merge(known, &want);
      vec_release(&want.queries);
      return;
    }
  }
  vec_push(wants, want);
}

static void report_want(Judge *j, const Schema *schema, const Table *table, const Want *want) {
  Arena *arena = &j->report->arena;
  const Column *first = want->columns.at[0];
  SchemaClaim claim = {.rule = "unindexed-filter", .level = LEVEL_WARNING, .table = table};
  // A column of a class that several tables extend is declared for all of them.
  claim.place = first->place.source == table->place.source ? first->place : table->place;
  for (uint32_t i = 0; i < want->queries.n; i++)
    claim_query(&claim, want->queries.at[i]);
  claim.query_text = arena_printf(arena, "reads all of %s to find rows by %s", table->name, first->name);
  claim.subject = index_subject(table, &want->columns, arena);
  claim.message = arena_printf(arena, "no index of %s starts with %s: %u quer%s the whole table to filter by it", table->name,
                               first->name, claim.count, claim.count == 1 ? "y reads" : "ies read");
  claim.help = index_advice(schema, table, &want->columns, arena);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, const TableUses *uses, const Schema *schema, const Table *table) {
  Wants wants = {0};
  uint32_t count;
  const TableUse *use = uses_of_table(uses, table, &count);
  for (uint32_t size = INDEX_COLUMNS + 1; size-- > 0;)
    for (uint32_t i = 0; i < count; i++) {
      Want want = reads_all(&use[i]) ? want_of(&use[i]) : (Want){0};
      // A foreign key without an index is a finding of its own.
      bool key = false;
      for (uint32_t k = 0; k < want.equal; k++)
        key = key || is_of_key(table, want.columns.at[k]);
      if (want.columns.n && want.equal == size && !key)
        add_want(&wants, want, use[i].query);
    }
  for (uint32_t i = 0; i < wants.n; i++) {
    report_want(j, schema, table, &wants.at[i]);
    vec_release(&wants.at[i].queries);
  }
  vec_release(&wants);
}

void unindexed_filter(Judge *j) {
  TableUses uses = {0};
  uses_read(&uses, j);
  for (uint32_t i = 0; i < j->schemas->n; i++) {
    const Schema *schema = j->schemas->at[i];
    for (uint32_t t = 0; t < schema->tables.n; t++) {
      const Table *table = schema->tables.at[t];
      if (table->whole && !table->view && !is_small_table(&uses, table))
        judge_table(j, &uses, schema, table);
    }
  }
  uses_release(&uses);
}
