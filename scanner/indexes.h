// indexes.h - what the rules on indexes share: which queries use a table, findings in the schema, index advice.
#ifndef SEQSCAN_INDEXES_H
#define SEQSCAN_INDEXES_H

#include "judge.h"

enum { INDEX_COLUMNS = 3 };  // that advice gives an index: further ones narrow little and cost with every write

//
// table_uses.c: which queries use a table
//

// A query of the application that uses a table.
typedef struct TableUse {
  const Table *table;
  const Query *query;
  uint16_t at;         // index into Query.tables
  const Table *owner;  // of the relation by which the query loads the table, then `at` says nothing; else NULL
} TableUse;

typedef struct TableUses {
  VEC(TableUse) all;  // those of one table stand together
} TableUses;

// Queries of tests, seeds and migrations are left out.
void uses_read(TableUses *uses, const Judge *j);
void uses_release(TableUses *uses);
// The uses of one table: the first of `count`.
const TableUse *uses_of_table(const TableUses *uses, const Table *table, uint32_t *count);
// Whether the code treats it as a table of few rows: reads it whole, or takes any one row of it.
bool is_small_table(const TableUses *uses, const Table *table);
// Whether a use compares a column, joins on it or loads rows by it.
bool use_needs(const TableUse *use, const Column *column);
// Whether what must hold of all its rows is found by some index: then no further one is missing.
bool use_is_narrowed(const TableUse *use);
// Whether an index starts with the column: of all rows, or of some of which whoever made it knows.
bool leads_index(const Table *table, const Column *column);
// The schema's column that a condition of the use's own table means, NULL when it is none.
const Column *condition_column(const TableUse *use, const Condition *condition);

//
// index_advice.c: indexes as the schema's source writes them
//

typedef struct IndexColumns {
  const Column *at[INDEX_COLUMNS];
  bool descending[INDEX_COLUMNS];
  uint32_t n;
} IndexColumns;

// "add @@index([userId, createdAt(sort: Desc)]) to model Order".
const char *index_advice(const Schema *schema, const Table *table, const IndexColumns *columns, Arena *arena);
// "order(user_id, created_at)", for messages and as the identity of a finding.
const char *index_subject(const Table *table, const IndexColumns *columns, Arena *arena);

//
// schema_claim.c: findings whose place is in the schema
//

enum { CLAIM_STEPS = 8 };  // queries that are shown

typedef struct SchemaClaim {
  const char *rule;
  Level level;
  const Table *table;
  Place place;          // of the column, key or index; the table's when it has none
  const char *subject;  // what of the table, for the identity
  const char *message, *help;
  const char *doubt;    // why it is only a note, or NULL
  const Query *queries[CLAIM_STEPS];
  const char *query_text;  // what the queries do: "filters by user_id"
  uint32_t count;          // of queries, of which the first CLAIM_STEPS are kept
} SchemaClaim;

// Remember a query that shows why.
void claim_query(SchemaClaim *claim, const Query *query);
void report_schema(Judge *j, const SchemaClaim *claim);

#endif
