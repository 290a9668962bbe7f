// adders.c - who adds rows to a table: the application, or only seeds, scripts, commands and administrators, who do it seldom.
#include "indexes.h"

enum { ADDED_SELDOM = 1, ADDED_OFTEN = 2 };  // what is known of a table, in TableUses.adders

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

// Whether a library knows the relations of a table, and writes rows of others along with its own.
static bool is_mapped(const Table *table) {
  const uint32_t plain = 1u << ORIGIN_SQL | 1u << ORIGIN_KNEX | 1u << ORIGIN_KYSELY | 1u << ORIGIN_DRIZZLE;
  return table->origins & ~plain;
}

static void note_related(const Judge *j, TableUses *uses, const Table *table) {
  uint8_t rows;
  for (uint32_t i = 0; i < table->relations.n; i++)
    note_added(uses, related_table(j, table, table->relations.at[i].property, &rows), ADDED_OFTEN);
  for (uint32_t i = 0; i < table->keys.n; i++)
    if (table->keys.at[i].relation)
      note_added(uses, related_table(j, table, table->keys.at[i].relation, &rows), ADDED_OFTEN);
}

// What is written along with others: rows of relations, and of tables that no class is, which may link two that are.
static void note_along(const Judge *j, TableUses *uses, const Schema *schema) {
  bool mapped = false;
  for (uint32_t t = 0; t < schema->tables.n; t++)
    mapped = mapped || is_mapped(schema->tables.at[t]);
  for (uint32_t t = 0; mapped && t < schema->tables.n; t++) {
    const Table *table = schema->tables.at[t];
    note_added(uses, table, is_mapped(table) ? 0 : ADDED_OFTEN);
    if (is_mapped(table))
      note_related(j, uses, table);
  }
}

static void adders_read(Judge *j, TableUses *uses) {
  uses->adders_read = true;
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    const Table *table = q->tables.n ? q->tables.at[0].table : NULL;
    if (query_adds(q))
      note_added(uses, table, frequency_of(j, q));
  }
  for (uint32_t i = 0; i < j->schemas->n; i++)
    note_along(j, uses, j->schemas->at[i]);
}

const char *seldom_doubt(Judge *j, TableUses *uses, const Table *table) {
  if (!uses->adders_read)
    adders_read(j, uses);
  if (map_get(&uses->adders, (uintptr_t)table) != ADDED_SELDOM || is_filled_unseen(j, uses, table))
    return NULL;
  return "only seeds, scripts and administrators are seen to add rows to it";
}
