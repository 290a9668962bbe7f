// query_joins.c - the outer joins of SQL text: which tables they keep, and which of them are inner ones by what is asked.
#include "query_sql.h"

uint16_t outer_join_add(OuterJoins *joins, PgQuery__JoinType type, uint16_t left, uint16_t right, uint16_t end) {
  OuterJoin join = {.kept = left, .kept_end = right, .missing = right, .missing_end = end};
  if (type == PG_QUERY__JOIN_TYPE__JOIN_RIGHT)
    join = (OuterJoin){.kept = right, .kept_end = end, .missing = left, .missing_end = right};
  if (type == PG_QUERY__JOIN_TYPE__JOIN_FULL)
    join = (OuterJoin){.kept = left, .kept_end = end};
  if (type == PG_QUERY__JOIN_TYPE__JOIN_INNER || joins->n >= MAX_OUTER_JOINS)
    return 0;
  joins->at[joins->n] = join;
  return ++joins->n;
}

// Whether rows pass a condition only where its table has one.
static bool demands(const OuterJoins *joins, const Condition *c) {
  return !c->either && c->operator != OPERATOR_NULL && !c->function && (!c->on || joins->at[c->on - 1].inner);
}

// What the WHERE demands of rows that may be missing makes an inner join of an outer one, and so does the ON of such a one.
static void find_inner(OuterJoins *joins, const Query *query) {
  for (bool again = true; again;) {
    again = false;
    for (uint32_t i = 0; i < query->conditions.n; i++) {
      const Condition *c = &query->conditions.at[i];
      for (uint16_t k = 0; k < joins->n && demands(joins, c); k++) {
        OuterJoin *join = &joins->at[k];
        bool inner = !join->inner && c->table >= join->missing && c->table < join->missing_end;
        join->inner |= inner;
        again |= inner;
      }
    }
  }
}

void outer_joins_mark(OuterJoins *joins, Query *query) {
  find_inner(joins, query);
  for (uint32_t i = 0; i < query->conditions.n; i++) {
    Condition *c = &query->conditions.at[i];
    const OuterJoin *join = c->on ? &joins->at[c->on - 1] : NULL;
    c->kept = join && !join->inner && c->table >= join->kept && c->table < join->kept_end;
  }
}
