// unused_index.c - indexes that no query of the code can use: no condition and no order is on the column that they start
// with, or they ask for rows that a partial one leaves out. Each is written with every row. Nothing is said of a table with
// queries that are put together at run time.
#include "../indexes.h"

// Whether an index is there for queries alone.
static bool only_finds(const Index *index) {
  return !index->primary && !index->unique && !index->implied && index->place.source;
}

static void report_index(Judge *j, const Schema *schema, const Table *table, const Index *index) {
  Arena *arena = &j->report->arena;
  SchemaClaim claim = {.rule = "unused-index", .level = LEVEL_NOTE, .table = table, .place = index->place};
  const IndexPart *first = &index->parts.at[0];
  claim.subject = index_text(table, index, arena);
  claim.message = arena_printf(arena, "no query that is seen can use the index %s: none filters or sorts by %s%s%s", claim.subject,
                               first->column ? first->column : first->expression, index->predicate ? " among the rows with " : "",
                               index->predicate ? index->predicate : "");
  claim.help = arena_printf(arena, "drop %s if nothing else uses it (%s): every write of a row updates it too",
                            index->name ? index->name : "it", index_statistics(schema));
  report_schema(j, &claim);
}

static void judge_table(Judge *j, TableUses *uses, const Schema *schema, const Table *table) {
  for (uint32_t i = 0; is_table_seen(uses, table) && i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    if (only_finds(index) && !is_index_used(j, uses, table, index))
      report_index(j, schema, table, index);
  }
}

void unused_index(Judge *j) { judge_tables(j, judge_table); }
