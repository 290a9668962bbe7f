// unindexed_sort.c - pages and newest rows that no index gives in their order: the database reads all rows that pass the
// filter and sorts them to return the first few.
#include "../indexes.h"

static void report_want(Judge *j, const Schema *schema, const Table *table, const Want *want) {
  Arena *arena = &j->report->arena;
  const Column *order = want->columns.at[want->columns.n - 1];
  SchemaClaim claim = {.rule = "unindexed-sort", .level = LEVEL_NOTE, .table = table};
  claim.place = column_place(table, order);
  claim_want(j, &claim, want);
  claim.query_text = arena_printf(arena, "sorts rows of %s by %s", table->name, order->name);
  claim.subject = index_subject(table, &want->columns, arena);
  uint32_t n = claim_counts(&claim);
  claim.message = arena_printf(arena, "no index gives the rows of %s in the order of %s: %u quer%s to return the first%s",
                               table->name, order->name, n, n == 1 ? "y sorts them" : "ies sort them", claim_others(&claim, arena));
  claim.help = index_advice(schema, table, &want->columns, arena);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, TableUses *uses, const Schema *schema, const Table *table) {
  judge_wants(j, uses, schema, table, want_sort, report_want);
}

void unindexed_sort(Judge *j) { judge_tables(j, judge_table); }
