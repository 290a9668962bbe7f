// too_many_indexes.c - tables with so many indexes that each write pays for them, and which of them no query uses.
#include "../indexes.h"

enum { MANY = 10 };

// "a(x), a(y)", NULL when queries use all of them.
static const char *unused_text(const Judge *j, TableUses *uses, const Table *table) {
  Text text = {0};
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    if (!index->primary && !index->unique && !is_index_used(j, uses, table, index))
      text_printf(&text, "%s%s", text.n ? ", " : "", index_text(table, index, &j->report->arena));
  }
  return text.n ? arena_text(&j->report->arena, &text) : NULL;
}

static void judge_table(Judge *j, TableUses *uses, const Schema *schema, const Table *table) {
  if (table->indexes.n < MANY)
    return;
  Arena *arena = &j->report->arena;
  uint32_t count;
  uses_of_table(uses, table, &count);
  const char *unused = count ? unused_text(j, uses, table) : NULL;
  const char *doubt = is_table_seen(uses, table) ? "" : ", but some of its queries are put together at run time";
  SchemaClaim claim = {.rule = "too-many-indexes", .level = LEVEL_NOTE, .table = table, .place = table->place};
  claim.subject = table->name;
  claim.message = arena_printf(arena, "%s has %u indexes, and each INSERT writes all of them", table->name, table->indexes.n);
  claim.help = unused ? arena_printf(arena, "no query that is seen uses %s%s: drop what nothing else asks for", unused, doubt)
                      : arena_printf(arena, "drop those that the database does not use: %s", index_statistics(schema));
  report_schema(j, &claim);
}

void too_many_indexes(Judge *j) { judge_tables(j, judge_table); }
