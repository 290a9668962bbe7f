// not_in_subquery.c - NOT IN (SELECT ...): a NULL among the subquery's rows makes it give nothing, and for its sake
// PostgreSQL cannot plan an anti join; once the subquery's rows do not fit into memory they are read for each row. Where
// another condition leaves few rows that is little, and where no NULL can come only the plan is left. Of what WITH names, and
// of several SELECTs, it is not known.
#include "../judge.h"

// Whether the column that the subquery selects holds no NULL.
static bool gives_no_null(const Table *table, const char *name) {
  const Column *column = table && name ? table_find_property(table, name) : NULL;
  if (!column || column->guessed)
    return false;
  for (uint32_t i = 0; i < table->indexes.n; i++)
    for (uint32_t k = 0; table->indexes.at[i].primary && k < table->indexes.at[i].parts.n; k++)
      if (part_column(table, &table->indexes.at[i].parts.at[k]) == column)
        return true;
  return !column->nullable;
}

static const char *help_of(const Query *q, Arena *arena) {
  const char *table = q->not_in_table ? q->not_in_table : "...";
  const char *condition = q->not_in_table && q->not_in_column ? arena_printf(arena, "%s.%s", table, q->not_in_column) : "...";
  return arena_printf(arena, "write `NOT EXISTS (SELECT 1 FROM %s WHERE %s = ...)`, which compares by an index or a hash and "
                      "passes over NULLs", table, condition);
}

void not_in_subquery(Judge *j) {
  Arena *arena = &j->report->arena;
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    if (!q->not_in_select)
      continue;
    const Table *table = q->not_in_table ? schemas_table(j->schemas, q->place.source->path, q->not_in_table) : NULL;
    bool safe = gives_no_null(table, q->not_in_column);
    const char *of = q->not_in_table ? arena_printf(arena, " FROM %s", q->not_in_table) : "";
    const char *message = arena_printf(arena, "NOT IN (SELECT ...%s) on %s is no anti join%s", of, query_subject(q),
                                       safe ? ": the rows of the subquery are kept in memory, or read again and again"
                                            : ", and gives no row at all once the subquery gives a NULL");
    QueryClaim claim = {.query = q, .rule = "not-in-subquery", .message = message, .help = help_of(q, arena)};
    claim.level = q->not_in_veiled || safe || query_is_narrowed(q, NULL) ? LEVEL_NOTE : LEVEL_WARNING;
    claim.step = arena_printf(arena, "%s by NOT IN (SELECT ...%s)", query_subject(q), of);
    report_query(j, &claim);
  }
}
