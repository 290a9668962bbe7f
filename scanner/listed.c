// listed.c - tables of few rows, since the code reads all of them at once, together with those of other tables or gathered
// in one value, and adds one at a time. What reads one table alone is told by is_small_table().
#include "indexes.h"

// Whether a condition leaves all rows of the query's tables, or nearly all: joins, what is not deleted, and beside something
// else of an OR what rows are not.
static bool leaves_all(const TableUse *use, const Condition *c) {
  if (c->join)
    return c->other != OUTER_TABLE;
  const Column *column = query_column(use->query, c->table, c->column);
  bool deletion = column && column->kind == COLUMN_TIME && has_word_start(column->name, "delet");
  return (c->operator == OPERATOR_NULL && deletion && !c->either) || (c->operator == OPERATOR_NOT && c->either);
}

// A query within another one is read as a whole only where its rows become one value.
static bool reads_all(const TableUse *use) {
  const Query *q = use->query;
  bool cut = q->dynamic || q->limit || q->offset || q->asks_within || (q->aggregate && !q->gathers);
  if (use->owner || q->verb != VERB_SELECT || cut || q->context != CONTEXT_APP || (!q->gathers && (q->inner || q->tables.n < 2)))
    return false;
  for (uint32_t i = 0; i < q->conditions.n; i++)
    if (!leaves_all(use, &q->conditions.at[i]))
      return false;
  bool many = q->gathers || (q->site && !q->sql ? q->rows == ROWS_MANY : q->rows != ROWS_ONE && q->columns.n > 1);
  return many && use->at == 0;
}

static const char *listed_doubt(Judge *j, const Table *table) {
  uint32_t count, added = 0;
  bool read = false;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < count && !read; i++)
    read = reads_all(&use[i]);
  for (uint32_t i = 0; read && i < count; i++) {
    if (!fills(&use[i]) || standing_of(j, use[i].query) == STANDING_UNUSED)
      continue;
    if (adds_many(j, use[i].query) || is_in_rounds(j, use[i].query))
      return NULL;
    added++;
  }
  bool listed = added && table->whole && !is_filled_unseen(j, j->uses, table);
  return listed ? "the code reads all its rows at once and adds them one by one, so there are few of them" : NULL;
}

const char *few_rows_doubt(Judge *j, const Table *table) {
  const char *handmade = handmade_doubt(j, table);
  return handmade ? handmade : listed_doubt(j, table);
}
