// index_wants.c - the indexes that the queries of a table want, merged as far as one serves several of them.
#include <string.h>

#include "indexes.h"

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

// The conditions that divide the rows well: NULL is a value like a constant.
static const Column *dividing_column(const TableUses *uses, const TableUse *use, const Condition *c) {
  const Column *column = c->operator == OPERATOR_EQUAL && !c->constant && !c->join ? equal_column(use, c) : NULL;
  return is_plain(column) && !has_few_values(uses, column) ? column : NULL;
}

static const Column *time_range(const TableUse *use) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    bool range = c->operator == OPERATOR_RANGE && !c->maybe && !c->either && !c->function && !c->join;
    const Column *column = range ? condition_column(use, c) : NULL;
    if (column && column->kind == COLUMN_TIME)
      return column;
  }
  return NULL;
}

static void add_order(Want *want, const TableUse *use) {
  const Column *order = paged_column(use);
  if (is_plain(order))
    add_column(&want->columns, order, use->query->sorts.at[0].descending);
}

static void add_dividing(Want *want, const TableUses *uses, const TableUse *use) {
  const Column *named = named_column(use);
  if (named) {
    add_column(&want->columns, named, false);
    want->equal = want->columns.n;
    return;
  }
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Column *column = dividing_column(uses, use, &use->query->conditions.at[i]);
    if (column)
      add_column(&want->columns, column, false);
  }
  want->equal = want->columns.n;
}

// Whether a joined table only adds its one row to each row of the first one: then it narrows nothing.
static bool is_looked_up(const Query *q, uint16_t table) {
  const Table *of = q->tables.at[table].table;
  bool unique = false;
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    const Column *column = c->table == table ? query_column(q, table, c->column) : NULL;
    if (c->table == table && !c->join)
      return false;
    unique |= column && c->operator == OPERATOR_EQUAL && table_is_unique(of, (const char *const[]){column->name}, 1);
  }
  return unique;
}

static bool starts_elsewhere(const Query *q) {
  for (uint32_t i = 1; i < q->tables.n; i++)
    if (!is_looked_up(q, (uint16_t)i))
      return true;
  return false;
}

// Whether a joined table leads to rows of the first one by an index.
static bool is_joined_to(const TableUse *use) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = c->join ? condition_column(use, c) : NULL;
    if (column && use_leads(use, c, column))
      return true;
  }
  return false;
}

// Whether no condition of the first table, as far as it is seen, is found by an index.
static bool scans(const TableUse *use) {
  const Query *q = use->query;
  if (use->owner || use->at || q->dynamic || q->verb == VERB_INSERT || q->verb == VERB_UPSERT)
    return false;
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    if (!c->table && !c->join && (c->either || !condition_column(use, c)))
      return false;
  }
  return !use_is_narrowed(use);
}

// Whether the query must look at all rows, wherever the database starts.
static bool reads_all(const TableUse *use) { return scans(use) && !starts_elsewhere(use->query); }

// A foreign key without an index is a finding of its own.
static bool wants_key(const Want *want, const Table *table) {
  for (uint32_t i = 0; i < want->equal; i++)
    if (is_of_key(table, want->columns.at[i]))
      return true;
  return false;
}

// The columns by equality first, then the order of a page, or a range of time.
static Want plain_filter(const TableUses *uses, const TableUse *use) {
  Want want = {0};
  if (!scans(use))
    return want;
  bool all = reads_all(use);
  if (all)
    add_dividing(&want, uses, use);
  if (want.equal)
    add_order(&want, use);
  const Column *range = want.columns.n == want.equal && (all || !is_joined_to(use)) ? time_range(use) : NULL;
  if (range)
    add_column(&want.columns, range, false);
  want.purges = all && !want.equal && (use->query->verb == VERB_DELETE || use->query->verb == VERB_UPDATE);
  return want;
}

Want want_filter(const Schema *schema, const TableUses *uses, const TableUse *use) {
  Want want = plain_filter(uses, use);
  // References of MongoDB are no keys that the database knows.
  bool key = schema->dialect != DIALECT_MONGODB && wants_key(&want, use->table);
  if (want.columns.n && (key || want_partial(schema, uses, use).columns.n))
    return (Want){0};
  return want;
}

// Whether the filter is one that no order helps: the rows that pass may be few, and anywhere.
static bool searches(const TableUse *use) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    bool compares = c->operator <= OPERATOR_RANGE || c->operator == OPERATOR_NOT;
    if (!c->join && (!compares || c->function || !is_plain(condition_column(use, c))))
      return true;
  }
  return false;
}

// Whether equality with what the query gives leaves at most one row.
static bool finds_one(const TableUse *use) {
  enum { MAX_EQUAL = 16 };
  const char *columns[MAX_EQUAL];
  size_t n = 0;
  for (uint32_t i = 0; i < use->query->conditions.n && n < MAX_EQUAL; i++) {
    const Column *column = equal_column(use, &use->query->conditions.at[i]);
    if (column)
      columns[n++] = column->name;
  }
  return table_is_unique(use->table, columns, n);
}

static bool is_compared(const TableUse *use, const Column *column) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++)
    if (column && equal_column(use, &use->query->conditions.at[i]) == column)
      return true;
  return false;
}

bool index_gives_order(const TableUse *use, const Index *index) {
  const Column *order = paged_column(use);
  for (uint32_t i = 0; order && is_ordered(index) && i < index->parts.n; i++) {
    const Column *column = part_column(use->table, &index->parts.at[i]);
    if (column == order)
      return true;
    if (!is_compared(use, column))
      return false;
  }
  return false;
}

static bool is_in_order(const TableUse *use) {
  for (uint32_t i = 0; i < use->table->indexes.n; i++)
    if (index_holds(use, NULL, &use->table->indexes.at[i]) && index_gives_order(use, &use->table->indexes.at[i]))
      return true;
  return false;
}

Want want_sort(const Schema *schema, const TableUses *uses, const TableUse *use) {
  Want want = {0};
  bool reads = reads_all(use) && use->query->verb == VERB_SELECT && use->query->context == CONTEXT_APP;
  const Column *order = reads ? paged_column(use) : NULL;
  if (!is_plain(order) || finds_one(use) || is_compared(use, order) || is_in_order(use) || searches(use))
    return want;
  if (plain_filter(uses, use).columns.n || want_partial(schema, uses, use).columns.n)
    return want;
  add_order(&want, use);
  return want;
}

// MySQL has none.
static bool has_partial_indexes(const Schema *schema) {
  return schema->dialect == DIALECT_POSTGRES || schema->dialect == DIALECT_SQLITE || schema->dialect == DIALECT_MSSQL ||
         schema->dialect == DIALECT_MONGODB;
}

Want want_partial(const Schema *schema, const TableUses *uses, const TableUse *use) {
  Want want = {0};
  if (!has_partial_indexes(schema) || !reads_all(use) || searches(use))
    return want;
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = c->constant ? equal_column(use, c) : NULL;
    if (!want.only && column && has_few_values(uses, column) && !use_leads(use, c, column) &&
        is_always(uses, column, c->constant)) {
      want.only = column;
      want.constant = c->constant;
      want.several = c->several;
    }
    if (dividing_column(uses, use, c))
      return (Want){0};
  }
  // Of a flag most rows may have either value: only lists of what is to be done are short for certain.
  const Query *q = use->query;
  bool listed = q->verb != VERB_SELECT || (q->rows != ROWS_ONE && !q->aggregate);
  if (!want.only || (want.only->kind == COLUMN_BOOLEAN && !listed))
    return (Want){0};
  const Column *range = time_range(use);
  if (range)
    add_column(&want.columns, range, false);
  else
    add_order(&want, use);
  return want;
}

//
// Merging
//

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
  into->purges |= small->purges;
  if (is_same_statement(into->queries.at[into->queries.n - 1], small->queries.at[0]))
    return;
  into->used += small->used;
  vec_push(&into->queries, small->queries.at[0]);
}

static bool asks_the_same(const Want *a, const Want *b) {
  return a->only == b->only && (!a->only || !strcmp(a->constant, b->constant));
}

typedef VEC(Want) Wants;

static void add_want(Wants *wants, Want want, const Query *query) {
  vec_push(&want.queries, query);
  for (uint32_t i = 0; i < wants->n; i++) {
    Want *known = &wants->at[i];
    bool alone = !want.equal && !known->equal && known->columns.at[0] == want.columns.at[0];
    if (asks_the_same(known, &want) && (alone || is_within(&want, known))) {
      merge(known, &want);
      vec_release(&want.queries);
      return;
    }
  }
  vec_push(wants, want);
}

static void read_wants(Judge *j, Wants *wants, const Schema *schema, const TableUses *uses, const Table *table, WantOf *of) {
  uint32_t count;
  const TableUse *use = uses_of_table(uses, table, &count);
  for (uint32_t size = INDEX_COLUMNS + 1; size-- > 0;)
    for (uint32_t i = 0; i < count; i++) {
      Want want = of(schema, uses, &use[i]);
      if (!want.columns.n || want.equal != size || standing_of(j, use[i].query) == STANDING_UNUSED)
        continue;
      want.used = standing_of(j, use[i].query) == STANDING_USED;
      add_want(wants, want, use[i].query);
    }
}

void claim_want(Judge *j, SchemaClaim *claim, const Want *want) {
  for (uint32_t i = 0; i < want->queries.n; i++)
    claim_query(claim, want->queries.at[i], standing_of(j, want->queries.at[i]) == STANDING_USED);
}

void judge_wants(Judge *j, const TableUses *uses, const Schema *schema, const Table *table, WantOf *of, WantJudge *each) {
  Wants wants = {0};
  read_wants(j, &wants, schema, uses, table, of);
  for (uint32_t i = 0; i < wants.n; i++) {
    each(j, schema, table, &wants.at[i]);
    vec_release(&wants.at[i].queries);
  }
  vec_release(&wants);
}
