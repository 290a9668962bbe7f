// index_rows.c - which rows a partial index holds, and whether a query asks for no others. Of a predicate that is not
// understood, and of conditions that are known at run time only, the index has the benefit of the doubt.
#include <string.h>
#include <strings.h>

#include "indexes.h"
#include "query_read.h"

// `(status)::text = 'active'::text`, as PostgreSQL prints what was `status = 'active'`.
static void drop_cast(const Table *table, Condition *row) {
  static const char *const texts[] = {"::text", "::varchar", "::bpchar"};
  const Column *column = row->function ? table_find(table, row->column) : NULL;
  bool text = column && (column->kind == COLUMN_STRING || column->kind == COLUMN_TEXT || column->kind == COLUMN_ENUM);
  if (text && is_any_of(row->function, texts, COUNT(texts)))
    row->function = NULL;
}

void index_rows_read(Queries *queries, const Table *table, Index *index) {
  Query query = {0};
  const char *sql = arena_printf(&queries->arena, "SELECT 1 FROM \"%s\" WHERE %s", table->name, index->predicate);
  if (query_of_sql(queries, sql, &query) && !query.dynamic && query.conditions.n) {
    Condition *rows = arena_alloc(&queries->arena, query.conditions.n * sizeof *rows);
    memcpy(rows, query.conditions.at, query.conditions.n * sizeof *rows);
    for (uint32_t i = 0; i < query.conditions.n; i++)
      drop_cast(table, &rows[i]);
    index->rows = rows;
    index->nrows = query.conditions.n;
  }
  query_release(&query);
  query_drop_within(queries);
}

static bool is_true(const char *constant) { return !strcasecmp(constant, "true") || !strcmp(constant, "1"); }

static bool is_false(const char *constant) { return !strcasecmp(constant, "false") || !strcmp(constant, "0"); }

static bool is_same(const char *a, const char *b) {
  return !strcasecmp(a, b) || (is_true(a) && is_true(b)) || (is_false(a) && is_false(b));
}

static bool is_not_null(const Condition *c) { return c->operator == OPERATOR_NOT && !c->constant; }

// Whether a condition on the column of `row` lets no row pass that `row` does not. A value that is known at run time only
// may be the one.
static bool says(const Condition *c, const Condition *row, const Column *column) {
  bool same = row->constant && c->constant && is_same(row->constant, c->constant);
  if (row->operator == OPERATOR_NULL || c->operator == OPERATOR_NULL)
    return row->operator == c->operator;
  if (is_not_null(row) || !row->constant || row->several)
    return true;
  if (row->operator == OPERATOR_NOT)
    return c->operator != OPERATOR_EQUAL || !same;
  if (row->operator != OPERATOR_EQUAL || c->operator == OPERATOR_OTHER)
    return true;
  if (c->operator == OPERATOR_NOT)
    return c->constant && !same && column->kind == COLUMN_BOOLEAN;
  return c->operator == OPERATOR_EQUAL && (!c->constant || same);
}

// Whether the library may say so by itself: of rows that are marked as deleted. By which column is not always seen.
static bool may_hide(const TableUse *use, const Condition *row, const Column *column) {
  static const char *const words[] = {"delet", "remov", "archiv", "trash"};
  bool marks = column->deletion || (column->kind == COLUMN_TIME && contains_any(column->name, words, COUNT(words)));
  return use->query->hides && row->operator == OPERATOR_NULL && marks;
}

// Whether what a use asks for beside a condition is within one part of the predicate.
static bool asks_within(const TableUse *use, const Condition *of, const Condition *row) {
  const Column *column = table_find(use->table, row->column);
  if (!column || row->either || row->join || row->function || use->filtered || may_hide(use, row, column))
    return true;
  for (uint32_t i = 0; !use->owner && i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    bool beside = !c->either || (of && c->either == of->either && c->branch == of->branch);
    if (beside && condition_column(use, c) == column && says(c, row, column))
      return true;
  }
  return false;
}

bool index_holds(const TableUse *use, const Condition *of, const Index *index) {
  for (uint32_t i = 0; !use->query->dynamic && i < index->nrows; i++)
    if (!asks_within(use, of, &index->rows[i]))
      return false;
  return true;
}

// Whether an index leaves out no row that has a value in the column.
static bool holds_values(const Table *table, const Index *index, const Column *column) {
  for (uint32_t i = 0; i < index->nrows; i++)
    if (!is_not_null(&index->rows[i]) || table_find(table, index->rows[i].column) != column)
      return false;
  return true;
}

bool use_leads(const TableUse *use, const Condition *of, const Column *column) {
  for (uint32_t i = 0; i < use->table->indexes.n; i++) {
    const Index *index = &use->table->indexes.at[i];
    if (index_starts_with(use->table, index, column, false) && index_holds(use, of, index))
      return true;
  }
  return false;
}

bool leads_index(const Table *table, const Column *column) {
  for (uint32_t i = 0; i < table->indexes.n; i++)
    if (index_starts_with(table, &table->indexes.at[i], column, false) && holds_values(table, &table->indexes.at[i], column))
      return true;
  return false;
}

bool use_finds(const TableUse *use, const Column *column) {
  bool found = use->owner && use_leads(use, NULL, column);
  for (uint32_t i = 0; i < use->query->conditions.n && !found; i++) {
    const Condition *c = &use->query->conditions.at[i];
    found = condition_column(use, c) == column && use_leads(use, c, column);
  }
  return found;
}

const Index *partial_index(const Table *table, const Column *column) {
  for (uint32_t i = 0; i < table->indexes.n; i++)
    if (table->indexes.at[i].predicate && index_starts_with(table, &table->indexes.at[i], column, false))
      return &table->indexes.at[i];
  return NULL;
}

// How many columns from the start of an index a use compares by equality, where it says nothing of which rows the index holds.
static uint32_t compared_from_start(const TableUse *use, const Index *index) {
  uint32_t n = 0;
  for (bool found = index->predicate && index->nrows; found && n < index->parts.n; n += found) {
    const Column *column = part_column(use->table, &index->parts.at[n]);
    found = false;
    for (uint32_t i = 0; column && i < use->query->conditions.n && !found; i++)
      found = equal_column(use, &use->query->conditions.at[i]) == column;
  }
  for (uint32_t i = 0; n && i < use->query->conditions.n; i++)
    for (uint32_t k = 0; k < index->nrows; k++) {
      const Column *column = condition_column(use, &use->query->conditions.at[i]);
      if (column && column == table_find(use->table, index->rows[k].column))
        return 0;
    }
  return n;
}

// The index of some rows that would serve a query if it asked for no others, NULL if none would.
static const Index *index_but_for_rows(const Table *table, const Query *query) {
  TableUse use = {.table = table, .query = query};
  while (use.at < query->tables.n && query->tables.at[use.at].table != table)
    use.at++;
  const Index *best = NULL;
  uint32_t most = 0;
  for (uint32_t i = 0; use.at < query->tables.n && i < table->indexes.n; i++) {
    uint32_t n = compared_from_start(&use, &table->indexes.at[i]);
    best = n > most ? &table->indexes.at[i] : best;
    most = n > most ? n : most;
  }
  return best;
}

const char *narrower_text(const Table *table, const Query *const *queries, uint32_t n, Arena *arena) {
  const Index *index = n ? index_but_for_rows(table, queries[0]) : NULL;
  for (uint32_t i = 1; index && i < n; i++)
    index = index_but_for_rows(table, queries[i]) == index ? index : NULL;
  return index ? arena_printf(arena, "ask for rows with %s only, if no others are meant: the %s %s serves the quer%s then\nelse ",
                              index->predicate, index->unique ? "unique index" : "index", index_text(table, index, arena),
                              n == 1 ? "y" : "ies")
               : "";
}

const char *partial_text(const Table *table, const Column *column, Arena *arena) {
  const Index *index = partial_index(table, column);
  return index ? arena_printf(arena, "\nthe index %s holds only the rows with %s, and serves a query that says so",
                              index_text(table, index, arena), index->predicate)
               : "";
}
