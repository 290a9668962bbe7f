// query.h - what each query asks for, as data: tables, conditions, order, limit, columns, relations.
//
// One Query for each query site that is understood, whether it is written with an ORM's options, as a chain
// of builder calls, or in SQL, and one for each call that hands a statement to a function of the tree which runs it
// (`queryRows(sql, params)`); the rules on indexes and fetched columns read nothing else. What is put together
// at run time is told by `dynamic`: conditions that are listed are there, others may be.
//
//   queries.c        all queries of a program, and `seqscan queries` (queries_print.c)
//   query_options.c  option objects: `findMany({ where: { id }, orderBy: ... })`
//   query_chain.c    builder chains: `knex("users").where({ id }).orderBy("name")`
//   query_filter.c   the conditions of both
//   query_column.c   the columns that expressions name
//   query_values.c   variables and constants in them
//   query_files.c    SQL files of the application
//   index_rows.c     predicates of indexes
//   query_sql.c      SQL text, by libpg_query
//   query_joins.c    its outer joins
//   query_nodes.c    what nodes of its tree say by themselves
//   sql_text.c       SQL of any dialect and of templates, rewritten so that libpg_query reads it
#ifndef SEQSCAN_QUERY_H
#define SEQSCAN_QUERY_H

#include "program.h"
#include "schema.h"

typedef enum Operator {
  OPERATOR_EQUAL,     // =, IN of a list, = ANY: an index finds it
  OPERATOR_NULL,      // IS NULL: so does it
  OPERATOR_RANGE,     // <, <=, >, >=, BETWEEN
  OPERATOR_PREFIX,    // LIKE 'x%' (not ILIKE)
  OPERATOR_CONTAINS,  // LIKE '%x', and every pattern of which the start is not known to be fixed
  OPERATOR_NOT,       // <>, NOT IN, NOT LIKE, IS NOT NULL: no index helps
  OPERATOR_ARRAY,     // @>, &&, ?: for a GIN index
  OPERATOR_TEXT,      // full text search
  OPERATOR_PATTERN,   // LIKE of a pattern that is known at run time only
  OPERATOR_OTHER,
} Operator;

#define OUTER_TABLE UINT16_MAX           // as Condition.other: a table of a query around
#define SUBQUERY_TABLE (UINT16_MAX - 1)  // as Condition.other: what a subquery gives

// A comparison of one column.
typedef struct Condition {
  const char *column;    // as the query names it: a property or a database column
  uint16_t table;        // index into Query.tables
  uint8_t operator;      // Operator
  bool insensitive;      // ILIKE, mode: "insensitive", $options: "i"
  bool join;             // compares with a column of another table...
  uint16_t other;        // ...namely this one, index into Query.tables, OUTER_TABLE or SUBQUERY_TABLE
  uint16_t on;           // the outer join in whose ON it stands, counted from 1; 0: none
  bool kept;             // which keeps the rows of its table that do not pass
  const char *function;  // what is done to the column first ("lower", "date", "::text", "+"), NULL for nothing
  const char *computed;  // all that is done to it, with ${} in its place ("lower(btrim(${}))"); NULL where that is not known
  const char *constant;  // the literal it is compared with, NULL for a parameter
  bool several;          // the constant is a list of them: "new, paid"
  uint16_t either;       // the OR that it stands in, counted from 1; 0: all rows must pass it
  uint16_t branch;       // and in which of its branches, counted from 1
  uint16_t parameter;    // the placeholder of SQL text it is compared with, counted from 1; 0 for none
  bool maybe;            // added under a condition at run time: not in every query that is sent
  Span span;             // in the file of Query.expr; 0,0 if it cannot be told
} Condition;

typedef struct Sort {
  const char *column;
  uint16_t table;
  bool descending;
  bool expression;  // not a plain column
  bool maybe;       // added under a condition at run time
} Sort;

typedef struct QueryTable {
  const char *name;    // as the query names it
  const char *alias;   // or NULL
  const Table *table;  // NULL when the schema does not know it
  bool joined;         // not the first one
  bool read;           // and some of its columns are read
} QueryTable;

// Relations that a query loads along: `include: { lines: { include: { product: true } } }`.
typedef struct Relation {
  const char *name;
  uint16_t parent;   // index into Query.relations + 1, 0 for one of the query's own table
  uint16_t depth;    // 1 for the first level
  bool narrowed;     // only some columns of it are read
  bool filtered;     // only some rows of it, or that is not known
  bool joined;       // by a join of the same statement; else by a query of its own
} Relation;

typedef struct Query {
  uint32_t site;       // index into Program.sites; 0 for a statement of an SQL file
  Ref expr;            // of the site, or the call that hands it the statement; {0,0} for a statement of an SQL file
  Ref via;             // the function called there, which runs the statement at the site; {0,0} when `expr` is the site
  Sym handed;          // that statement, as Reach.statement has it
  Place place;
  Context context;
  uint8_t verb;        // Verb, see library.h
  uint8_t rows;        // Rows
  VEC(QueryTable) tables;  // the first one is what is read or written; empty when it cannot be seen
  VEC(Condition) conditions;
  VEC(Sort) sorts;
  VEC(const char *) columns;  // read ones, as the query names them; with `star` also others
  VEC(Relation) relations;
  bool star;           // all columns: SELECT *, or an ORM without a selection
  bool only_related;   // its selection names relations: of its own columns it has those that are named beside them
  bool written_star;   // of these, `*` stands in the text
  uint16_t star_table;  // of which table, counted from 1; 0: of all
  bool limit, offset;  // it has one
  bool offset_varies;  // and it is no constant
  bool aggregate;      // gives a count, sum, existence: no rows of the table
  bool gathers;        // which holds something of each row: jsonb_agg()
  bool random_order;   // ORDER BY random()
  bool not_in_select;  // NOT IN (SELECT ...)
  const char *not_in_table, *not_in_column;  // what that selects, as the text names it; NULL where it cannot be told
  bool not_in_veiled;  // of what WITH names, or several SELECTs
  bool asks_within;    // what a subquery gives decides of rows, beside the conditions
  bool whole_table;    // an UPDATE or DELETE without WHERE
  bool unjoined;       // of which the library has left out the joins
  bool dynamic;        // conditions are put together at run time: there may be others
  bool dynamic_sorts, dynamic_columns, dynamic_relations;  // the same of these; `star` is false then
  bool hides;          // the library may leave out rows that are marked as deleted
  bool served;         // other programs ask the same table, by conditions that the code does not show
  bool inner;          // a query within another one of the same site: a subquery, a branch of a UNION, what WITH names
  const char *sql;     // text of the statement, or NULL
  Ref statement;       // the expression of its SQL, {0,0} for none
  VEC(Ref) fragments;  // and of SQL within a chain of calls: `whereRaw(...)`
} Query;

// Whether a query may add rows; of a statement of another kind it is not known.
static inline bool query_adds(const Query *q) {
  return q->verb == VERB_INSERT || q->verb == VERB_UPSERT || q->verb == VERB_OTHER;
}

typedef struct Queries {
  VEC(Query) all;       // sorted by place; those within a statement stand behind it
  VEC(Query) within;    // of the statement that is being read; private to its readers
  VEC(Trouble) unread;  // statements that no reader understood: path and reason
  const Schemas *schemas;
  struct SqlTexts *texts;  // or NULL
  VEC(Link) uses;   // of variables, private to query_values.c
  Map runners;      // function -> the first site at which it runs a builder that it got, private to queries.c
  Map first_use, indexed;
  Arena arena;
} Queries;

// Read the queries of all sites and SQL files, and what the predicates of partial indexes compare.
void queries_read(Queries *queries, Program *p, Schemas *schemas);
void queries_release(Queries *queries);
void query_release(Query *query);
// queries_print.c: `seqscan queries`. Fills their places.
int queries_print(Queries *queries, const Program *p, const Tree *tree, bool json, Text *out, Error *err);

// What a site asks for by its calls and their arguments, put into a query of which place and table are known.
void query_of_chain(Queries *queries, Program *p, const Site *site, Ref chain, Query *query);
// The same for SQL text; false when it cannot be read.
// `placeholders`: text with `$1`, or any other dialect's; see sql_text.h. `dynamic` texts hold unknown parts.
bool query_of_sql(Queries *queries, const char *sql, Query *query);

// What a call gives behind the argument that holds its statement, the values of the placeholders as a rule; 0 for nothing.
Id query_parameters(const File *f, Id call, Id statement);

// The schema's column that a condition or sort means, NULL when it cannot be told.
const Column *query_column(const Query *query, uint16_t table, const char *column);

#endif
