// handmade.c - tables that administrators fill by hand, so that there are few rows of them: nobody else runs what adds a
// row, no loop does, and a row belongs to nothing that the application's users make.
#include <string.h>

#include "indexes.h"

enum { MAX_TABLES = 32 };  // that are looked at: those that keys refer to as well

bool fills(const TableUse *use) { return !use->owner && !use->at && query_adds(use->query); }

bool adds_many(const Judge *j, const Query *q) {
  const Site *site = &j->program->sites.at[q->site];
  bool set = q->sql ? statement_writes_set(q) : q->verb != VERB_OTHER && q->rows == ROWS_MANY;
  return set || (q->site && site->bulk) || (!q->site && !q->sql) || q->tables.n > 1;
}

static bool is_handmade(Judge *j, const Table *table, int *left) {
  uint32_t count, added = 0;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < count; i++) {
    if (!fills(&use[i]) || standing_of(j, use[i].query) == STANDING_UNUSED)
      continue;
    if (adds_many(j, use[i].query) || !is_by_hand(j, use[i].query))
      return false;
    added++;
  }
  if (!added || --*left < 0 || is_filled_unseen(j, j->uses, table))
    return false;
  for (uint32_t i = 0; i < table->keys.n; i++) {
    const Table *to = schemas_table(j->schemas, table->place.source->path, table->keys.at[i].table);
    if (!to || (to != table && !is_filled_once(j->uses, to) && !is_handmade(j, to, left)))
      return false;
  }
  return true;
}

const char *handmade_doubt(Judge *j, const Table *table) {
  int left = MAX_TABLES;
  bool handmade = table->place.source && table->whole && is_handmade(j, table, &left);
  return handmade ? "only administrators add its rows, by hand, so there are few of them" : NULL;
}
