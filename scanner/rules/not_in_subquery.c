// not_in_subquery.c - NOT IN (SELECT ...): a NULL among the subquery's rows makes it give nothing, and for its sake
// PostgreSQL cannot plan an anti join; once the subquery's rows do not fit into memory they are read for each row. Where
// another condition leaves few rows that is little.
#include "../judge.h"

void not_in_subquery(Judge *j) {
  Arena *arena = &j->report->arena;
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    if (!q->not_in_select)
      continue;
    const char *message = arena_printf(arena, "NOT IN (SELECT ...) on %s is no anti join, and gives no row at all once the "
                                       "subquery gives a NULL", query_subject(q));
    QueryClaim claim = {.query = q, .rule = "not-in-subquery", .message = message};
    claim.level = query_is_narrowed(q, NULL) ? LEVEL_NOTE : LEVEL_WARNING;
    claim.help = "write `NOT EXISTS (SELECT 1 FROM ... WHERE ... = ...)`, which compares by an index or a hash and passes over NULLs";
    claim.step = arena_printf(arena, "%s by NOT IN (SELECT ...)", query_subject(q));
    report_query(j, &claim);
  }
}
