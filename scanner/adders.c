// adders.c - who adds rows to a table: the application, or only seeds, scripts, commands and administrators, who do it seldom.
#include "indexes.h"

enum { ADDED_SELDOM = 1, ADDED_OFTEN = 2 };  // what is known of a table, in TableUses.adders

static bool adds(const Query *q) { return q->verb == VERB_INSERT || q->verb == VERB_UPSERT || q->verb == VERB_OTHER; }

// How often a query runs that adds rows, 0 for not at all. What nothing is seen to run may be run from elsewhere.
static uint32_t frequency_of(Judge *j, const Query *q) {
  if (q->context == CONTEXT_SEED || q->context == CONTEXT_MIGRATION || q->context == CONTEXT_SCRIPT)
    return ADDED_SELDOM;
  if (q->context != CONTEXT_APP)
    return 0;
  const Entry *entry = q->site ? entry_of(j->program, q->expr.file, q->expr.id) : NULL;
  bool seldom = standing_of(j, q) == STANDING_ADMIN || (entry && entry->kind == ENTRY_CLI);
  return seldom ? ADDED_SELDOM : ADDED_OFTEN;
}

static void note_added(TableUses *uses, const Table *table, uint32_t how) {
  uint64_t key = (uintptr_t)table;
  if (table && how)
    map_put(&uses->adders, key, map_get(&uses->adders, key) | how);
}

// Rows of a relation may be written along with those of the table that has it, where a library does that.
static void note_related(const Judge *j, TableUses *uses, const Table *table) {
  uint8_t rows;
  if (table->origin == ORIGIN_SQL || table->origin == ORIGIN_KNEX || table->origin == ORIGIN_KYSELY || table->origin == ORIGIN_DRIZZLE)
    return;
  for (uint32_t i = 0; i < table->relations.n; i++)
    note_added(uses, related_table(j, table, table->relations.at[i].property, &rows), ADDED_OFTEN);
  for (uint32_t i = 0; i < table->keys.n; i++)
    if (table->keys.at[i].relation)
      note_added(uses, related_table(j, table, table->keys.at[i].relation, &rows), ADDED_OFTEN);
}

static void adders_read(Judge *j, TableUses *uses) {
  uses->adders_read = true;
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    const Table *table = q->tables.n ? q->tables.at[0].table : NULL;
    if (adds(q))
      note_added(uses, table, frequency_of(j, q));
  }
  for (uint32_t i = 0; i < j->schemas->n; i++)
    for (uint32_t t = 0; t < j->schemas->at[i]->tables.n; t++)
      note_related(j, uses, j->schemas->at[i]->tables.at[t]);
}

const char *seldom_doubt(Judge *j, TableUses *uses, const Table *table) {
  if (!uses->adders_read)
    adders_read(j, uses);
  if (map_get(&uses->adders, (uintptr_t)table) != ADDED_SELDOM || is_filled_unseen(j, uses, table))
    return NULL;
  return "only seeds, scripts and administrators are seen to add rows to it";
}
