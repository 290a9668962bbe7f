// order_by_random.c - ORDER BY random(): a number is drawn for each row that passes the conditions, and all are sorted,
// to give the few that are wanted.
#include "../judge.h"

// Whether a condition on a column leaves few rows: no index is needed to make the sort short.
static bool is_narrowed(const Query *q) {
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    if (c->operator == OPERATOR_EQUAL && !c->either && !c->join && !c->maybe)
      return true;
  }
  return false;
}

void order_by_random(Judge *j) {
  Arena *arena = &j->report->arena;
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    if (!q->random_order || q->verb != VERB_SELECT)
      continue;
    const char *message = arena_printf(arena, "ORDER BY random() reads and sorts all rows of %s that it could give",
                                       query_subject(q));
    QueryClaim claim = {.query = q, .rule = "order-by-random", .message = message};
    claim.level = is_narrowed(q) ? LEVEL_NOTE : LEVEL_WARNING;
    claim.help = "draw a key instead and read from it on, `WHERE id >= $1 ORDER BY id LIMIT n`, or take a sample of the table's "
                 "pages, `TABLESAMPLE SYSTEM_ROWS(n)` of PostgreSQL's tsm_system_rows";
    claim.step = arena_printf(arena, "sorts %s by a random number", query_subject(q));
    report_query(j, &claim);
  }
}
