// unindexed_filter.c - columns that queries filter by and that no index starts with. One finding for each table and set
// of columns, at the schema, with one index that serves all of its queries.
#include "../indexes.h"

// Whether requests or jobs are seen to run a query; where the tree has no entry points that are known, all may.
static bool is_requested(const Judge *j, const Query *query) {
  const Entry *entry = query->site ? entry_of(j->program, query->expr.file, query->expr.id) : NULL;
  return j->program->entries.n <= 1 || (entry && entry->kind != ENTRY_CRON && entry->kind != ENTRY_CLI);
}

// Why it may not be worth an index: one query that runs now and then reads the table as it did before.
static const char *doubt_of_want(const Judge *j, const Want *want) {
  if (!want->equal && !want->purges)
    return "only ranges of time ask for it: an index helps as far as they leave few of the rows";
  for (uint32_t i = 0; i < want->queries.n; i++)
    if (want->queries.n > 1 || is_requested(j, want->queries.at[i]))
      return NULL;
  return "one query needs it, and no request or job is seen that runs it";
}

// An index that holds the column behind others helps a query that compares those as well.
static const char *longer_index(const Table *table, const Column *column, Arena *arena) {
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    for (uint32_t k = 1; k < index->parts.n && !index->predicate; k++)
      if (index->parts.at[k].column && table_find(table, index->parts.at[k].column) == column)
        return arena_printf(arena, "\nor compare what stands before it in the index %s as well, where it is known",
                            index_text(table, index, arena));
  }
  return "";
}

static void report_want(Judge *j, const Schema *schema, const Table *table, const Want *want) {
  Arena *arena = &j->report->arena;
  const Column *first = want->columns.at[0];
  SchemaClaim claim = {.rule = "unindexed-filter", .level = LEVEL_WARNING, .table = table};
  claim.place = column_place(table, first);
  for (uint32_t i = 0; i < want->queries.n; i++)
    claim_query(&claim, want->queries.at[i]);
  claim.query_text = arena_printf(arena, "reads all of %s to find rows by %s", table->name, first->name);
  claim.subject = index_subject(table, &want->columns, arena);
  claim.message = arena_printf(arena, "no index of %s starts with %s: %u quer%s the whole table to filter by it", table->name,
                               first->name, claim.count, claim.count == 1 ? "y reads" : "ies read");
  claim.help = arena_printf(arena, "%s%s", index_advice(schema, table, &want->columns, arena),
                            want->equal ? longer_index(table, first, arena) : "");
  claim.doubt = doubt_of_want(j, want);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, TableUses *uses, const Schema *schema, const Table *table) {
  Wants wants = {0};
  wants_read(&wants, schema, uses, table, want_filter);
  for (uint32_t i = 0; i < wants.n; i++)
    report_want(j, schema, table, &wants.at[i]);
  wants_release(&wants);
}

void unindexed_filter(Judge *j) { judge_tables(j, judge_table); }
