// partial_index_candidate.c - queries that look for the rows of one state, always the same one (what is pending, what is
// active), by time or in an order: an index of these rows alone is small and stays so.
#include "../indexes.h"

static void report_want(Judge *j, const Schema *schema, const Table *table, const Want *want) {
  Arena *arena = &j->report->arena;
  SchemaClaim claim = {.rule = "partial-index-candidate", .level = LEVEL_NOTE, .table = table};
  claim.place = column_place(table, want->only);
  for (uint32_t i = 0; i < want->queries.n; i++)
    claim_query(&claim, want->queries.at[i]);
  const char *rows = want_predicate(schema, want, arena);
  claim.query_text = arena_printf(arena, "looks for rows of %s with %s", table->name, rows);
  claim.subject = arena_printf(arena, "%s %s", index_subject(table, &want->columns, arena), want->only->name);
  claim.message = arena_printf(arena, "%u quer%s only for rows of %s with %s, which no index finds", claim.count,
                               claim.count == 1 ? "y looks" : "ies look", table->name, rows);
  claim.help = partial_index_advice(schema, table, want, arena);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, TableUses *uses, const Schema *schema, const Table *table) {
  judge_wants(j, uses, schema, table, want_partial, report_want);
}

void partial_index_candidate(Judge *j) { judge_tables(j, judge_table); }
