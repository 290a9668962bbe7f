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
  bool filtered;       // and that has conditions of its own, or it is not known
} TableUse;

struct TableUses {
  const Program *program;
  VEC(TableUse) all;  // those of one table stand together
  Map compared;       // address of a column -> with what queries compare it; private to table_uses.c
  Map constants;      // address of a column -> the only constant that queries compare it with; private to table_uses.c
  Names texts_of_constants;
  VEC(const char *) texts;  // that may be SQL, read when first asked for; private to index_use.c
  uint32_t nloose;          // of them are no queries
  Map adders;               // address of a table -> who adds rows to it; private to adders.c
  bool adders_read;
  Arena arena;              // owns them
};

// The table that a relation leads to, NULL if it cannot be told, and whether to one row or to many (Rows).
const Table *related_table(const Judge *j, const Table *owner, const char *relation, uint8_t *rows);

// table_uses() reads the uses of all tables when they are first asked for. Queries of tests, seeds and migrations are left out.
// The uses of one table: the first of `count`.
const TableUse *uses_of_table(const TableUses *uses, const Table *table, uint32_t *count);
// Whether the code treats it as a table of few rows: reads it whole, takes any one row of it, or leaves it to migrations
// to fill.
bool is_small_table(const TableUses *uses, const Table *table);
// Whether migrations fill the table and nothing else does: permissions, kinds, countries.
bool is_filled_once(const TableUses *uses, const Table *table);
// Whether a column has few values, so that an index on it alone finds too many rows: booleans, enums, and what all
// queries compare with constants.
bool has_few_values(const TableUses *uses, const Column *column);
// Whether queries compare a column with nothing but this constant.
bool is_always(const TableUses *uses, const Column *column, const char *constant);
// Whether a use compares a column, joins on it or loads rows by it.
bool use_needs(const TableUse *use, const Column *column);
// Whether what must hold of all its rows is found by some index: then no further one is missing.
bool use_is_narrowed(const TableUse *use);
// The column of a token or hash by which a query finds its row, whatever else it compares; NULL for none.
const Column *named_column(const TableUse *use);
bool is_token(const Column *column);                        // whether it is named after one
bool is_of_key(const Table *table, const Column *column);  // whether a foreign key holds the column
bool is_ordered(const Index *index);                       // whether it finds rows in order
// The schema's column that a condition of the use's own table means, NULL when it is none.
const Column *condition_column(const TableUse *use, const Condition *condition);
// The same when all rows of the query must be equal in it to something.
const Column *equal_column(const TableUse *use, const Condition *condition);
// The column of the use's own table that the rows are sorted by first when only the first of them are read, else NULL.
const Column *paged_column(const TableUse *use);

// Call `each` for the tables of which all columns are known and that may have many rows.
typedef void TableJudge(Judge *j, TableUses *uses, const Schema *schema, const Table *table);
void judge_tables(Judge *j, TableJudge *each);

//
// index_rows.c: which rows a partial index holds
//

// Whether it holds all rows that a use asks for, by its conditions and by those beside `of` in the same branch of an OR;
// NULL for none.
bool index_holds(const TableUse *use, const Condition *of, const Index *index);
// Whether such an index starts with the column: ordered or of another kind, which whoever made it knows.
bool use_leads(const TableUse *use, const Condition *of, const Column *column);
// Whether such an index starts with the column, for what the use asks of it.
bool use_finds(const TableUse *use, const Column *column);
// Whether an index starts with the column and holds all rows that have a value in it.
bool leads_index(const Table *table, const Column *column);
// An index of some rows that starts with the column, NULL if there is none.
const Index *partial_index(const Table *table, const Column *column);
// What advice says before it proposes an index for queries that all would be served by one of some rows, if they asked for no others;
// "" where they would not.
const char *narrower_text(const Table *table, const Query *const *queries, uint32_t n, Arena *arena);
// What advice says of an index of some rows that has the column, "" where there is none.
const char *partial_text(const Table *table, const Column *column, Arena *arena);

//
// passing.c: tables of which the rows do not stay
//

// Why there are few rows of a table, as of invitations and resets that the code deletes; NULL where they stay.
const char *passing_doubt(const Judge *j, const Table *table);
// Why a token of it is looked up seldom, which says nothing of how many rows there are; NULL where it is looked up again.
const char *token_doubt(const Judge *j, const Table *table, const Column *column);

typedef enum Side { BEFORE, AFTER } Side;
typedef enum How { MAYBE, SURELY } How;
typedef bool IsUse(const TableUse *use);
bool adds_rows(const TableUse *use);
bool any_use(const Judge *j, const Table *table, IsUse *is);
// Whether an act of a function runs a query, or does so whenever it is come to.
bool act_runs(Program *p, FileId file, Act act, const Query *q, How how);
// Whether an act of a function stands on a side of a place in it, and is come to from there, or the place from it.
bool stands_beside(Program *p, Ref at, Id function, Id act, Side side, How how);

// How often something holds where a use of the table stands, or else where its function is called.
typedef struct Tally {
  bool some, all;
} Tally;
typedef bool HoldsAt(const Judge *j, const Table *table, Ref at, const void *with);
Tally count_uses(const Judge *j, const Table *table, IsUse *is, HoldsAt *holds, const void *with);

//
// capped.c: tables to which rows are added only while there are fewer than a limit
//

// Why there are few rows of a table; NULL where there may be many.
const char *capped_doubt(const Judge *j, const Table *table);

//
// handmade.c: tables that administrators fill by hand
//

// Why there are few rows of a table: its rows are added by administrators, one by one; NULL where that is not so.
const char *handmade_doubt(Judge *j, const Table *table);

// Whether a query adds rows to the table of a use, and whether it may be several: a list of them, or what another table has.
bool fills(const TableUse *use);
bool adds_many(const Judge *j, const Query *q);

//
// listed.c: tables that are read as a whole, together with others
//

// Why there are few rows of a table: administrators alone add them, or the code reads all of them at once and adds one at a
// time; NULL where that is not so.
const char *few_rows_doubt(Judge *j, const Table *table);

//
// adders.c: who adds rows to a table
//

// Why an index of a table costs little: rows are seldom added to it, as far as it is seen; NULL where the application adds some.
const char *seldom_doubt(Judge *j, TableUses *uses, const Table *table);

//
// index_wants.c: indexes that queries want
//

typedef struct IndexColumns {
  const Column *at[INDEX_COLUMNS];
  bool descending[INDEX_COLUMNS];
  uint32_t n;
} IndexColumns;

// An index that some queries of a table want.
typedef struct Want {
  IndexColumns columns;
  uint32_t equal;          // of them are compared for equality; a range or the order follows
  bool purges;             // queries change or delete the rows of a range
  uint32_t used;           // of the queries run for users of the application
  const Column *only;      // all rows that are asked for have a constant in this column...
  const char *constant;    // ...namely this one
  bool several;            // or one of these, of which `constant` is the list
  VEC(const Query *) queries;
} Want;
typedef struct SchemaClaim SchemaClaim;

// What the query of a use wants; no columns when it wants nothing.
typedef Want WantOf(const Schema *schema, const TableUses *uses, const TableUse *use);
WantOf want_filter;   // columns to find its rows by, and their order
WantOf want_sort;     // columns to read its rows in order by
WantOf want_partial;  // the same for the rows that have a constant in a column of few values

typedef void WantJudge(Judge *j, const Schema *schema, const Table *table, const Want *want);
// Call `each` for the wants of a table's queries, merged as far as one index serves several.
void judge_wants(Judge *j, const TableUses *uses, const Schema *schema, const Table *table, WantOf *of, WantJudge *each);
void claim_want(Judge *j, SchemaClaim *claim, const Want *want);  // remember its queries
// Whether an index gives the rows of a use in their order.
bool index_gives_order(const TableUse *use, const Index *index);

//
// index_use.c: which queries an index serves
//

// Whether what queries ask of the table is all seen: some write its rows, and none is put together at run time.
bool is_table_seen(const TableUses *uses, const Table *table);
// Whether rows may be added to a table where that is not seen: by a text that is no query, or under a name that is not known.
bool is_filled_unseen(const Judge *j, TableUses *uses, const Table *table);
// Why the indexes of a table may not be seen: nothing here writes its rows, and who does has made it; NULL where they are.
const char *foreign_doubt(const Judge *j, TableUses *uses, const Table *table);
// Whether something fills the table that is no query of its own: a text of SQL, or a query of which the table is not known.
bool is_filled_unseen(const Judge *j, TableUses *uses, const Table *table);
// Whether a query that is seen can use an index, or its key does.
bool is_index_used(const Judge *j, TableUses *uses, const Table *table, const Index *index);
// Whether an index starts with the column, or finds rows by each of its columns; `made_of`: or by an expression of it.
bool index_starts_with(const Table *table, const Index *index, const Column *column, bool made_of);
// "orders(user_id, created_at desc)".
const char *index_text(const Table *table, const Index *index, Arena *arena);

//
// index_advice.c: indexes as the schema's source writes them
//

// A name as the schema's dialect of SQL needs it.
const char *sql_name(const char *name, const Schema *schema, Arena *arena);
// "add @@index([userId, createdAt(sort: Desc)]) to model Order".
const char *index_advice(const Schema *schema, const Table *table, const IndexColumns *columns, Arena *arena);
// The same for the rows that a want is about only.
const char *partial_index_advice(const Schema *schema, const Table *table, const Want *want, Arena *arena);
// "status = 'new'": which rows those are.
const char *want_predicate(const Schema *schema, const Want *want, Arena *arena);
// Where a database tells which indexes it uses: "pg_stat_user_indexes.idx_scan tells".
const char *index_statistics(const Schema *schema);
// "order(user_id, created_at)", for messages and as the identity of a finding.
const char *index_subject(const Table *table, const IndexColumns *columns, Arena *arena);

//
// search_advice.c: what to do about a condition that no ordered index serves
//

// `table` is what the query asks, for where the schema does not know it.
const char *search_advice(const Judge *j, const Query *q, const Condition *c, const char *table, Arena *arena);
// Whether a branch of the OR that a condition stands in is about another table.
bool or_spans_tables(const Query *q, const Condition *c);

//
// schema_claim.c: findings whose place is in the schema
//

enum { CLAIM_STEPS = 8 };  // queries that are shown

struct SchemaClaim {
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
  uint32_t used;           // of them run for users of the application; they come first
  const Query *last;       // that was added
  Place other;             // what of the schema shows why, with its text; none when `other_text` is NULL
  const char *other_text;
};

// Where a finding about a column of the table stands.
Place column_place(const Table *table, const Column *column);
// Whether two queries are parts of one statement.
bool is_same_statement(const Query *a, const Query *b);
// Remember a query that shows why, and whether it runs for users of the application; those of one statement, which come one after
// the other, are one.
void claim_query(SchemaClaim *claim, const Query *query, bool used);
// How many queries a message counts: those for users, where there are any; and what it says of the others, "" for none.
uint32_t claim_counts(const SchemaClaim *claim);
const char *claim_others(const SchemaClaim *claim, Arena *arena);
void report_schema(Judge *j, const SchemaClaim *claim);

#endif
