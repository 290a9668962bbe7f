// partial_index_candidate.c - queries that look for the rows of one state, always the same one (what is pending, what is
// active), by time or in an order: an index of these rows alone is small and stays so.
#include "../indexes.h"

static void report_want(Judge *j, const Schema *schema, const Table *table, const Want *want) {
  Arena *arena = &j->report->arena;
  SchemaClaim claim = {.rule = "partial-index-candidate", .level = LEVEL_NOTE, .table = table};
  claim.place = column_place(table, want->only);
  claim_want(j, &claim, want);
  const char *rows = want_predicate(schema, want, arena);
  claim.query_text = arena_printf(arena, "looks for rows of %s with %s", table->name, rows);
  claim.subject = arena_printf(arena, "%s %s", index_subject(table, &want->columns, arena), want->only->name);
  uint32_t n = claim_counts(&claim);
  claim.message = arena_printf(arena, "%u quer%s only for rows of %s with %s, which no index finds%s", n,
                               n == 1 ? "y looks" : "ies look", table->name, rows, claim_others(&claim, arena));
  claim.help = partial_index_advice(schema, table, want, arena);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, TableUses *uses, const Schema *schema, const Table *table) {
  judge_wants(j, uses, schema, table, want_partial, report_want);
}

void partial_index_candidate(Judge *j) { judge_tables(j, judge_table); }
