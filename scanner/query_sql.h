// query_sql.h - what the parts of the reading of SQL text (query_sql.c, query_joins.c, query_nodes.c) share.
#ifndef SEQSCAN_QUERY_SQL_H
#define SEQSCAN_QUERY_SQL_H

#include "query.h"
#include "sql_tree.h"

enum { MAX_DEPTH = 64, MAX_OUTER_JOINS = 32 };

typedef PgQuery__Node Node;

// query_nodes.c
const char *node_string(const Node *node);  // NULL if it is none
const char *node_last_name(Node *const *names, size_t count);
bool node_is_constant(const Node *node);
bool node_is_null(const Node *node);
// The literal that an expression is, NULL if it is none.
const char *node_constant(Arena *arena, const Node *node);
// "a, b" of `IN ('a', 'b')`, of `ANY (ARRAY['a', 'b'])`; NULL when one of them is no literal.
const char *node_constants(Arena *arena, const Node *node);
// What a comparison asks for: its operator, and whether without regard to case.
Condition node_comparison(const PgQuery__AExpr *e);
bool node_is_star(const Node *node);
bool node_is_aggregate(const Node *node);
// Whether it is an aggregate that holds something of each row: jsonb_agg(), not count().
bool node_gathers(const Node *node);
bool node_is_random(const Node *node);

// query_joins.c
// Tables of which a join keeps the rows that find no match, and those of which it has no row then.
typedef struct OuterJoin {
  uint16_t kept, kept_end, missing, missing_end;
  bool inner;  // what is asked of the latter drops those rows again
} OuterJoin;

typedef struct OuterJoins {
  OuterJoin at[MAX_OUTER_JOINS];
  uint16_t n;
} OuterJoins;

// Note a join of the tables from `left` with those from `right`: its number, 0 for an inner one and those past the last.
uint16_t outer_join_add(OuterJoins *joins, PgQuery__JoinType type, uint16_t left, uint16_t right, uint16_t end);
// Mark the conditions of which a join keeps the rows that do not pass.
void outer_joins_mark(OuterJoins *joins, Query *query);

#endif
