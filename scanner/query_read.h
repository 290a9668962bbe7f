// query_read.h - what the readers of option objects, filters and builder chains share.
#ifndef SEQSCAN_QUERY_READ_H
#define SEQSCAN_QUERY_READ_H

#include "query.h"

enum {
  QUERY_DEPTH = 12,   // nested objects, callbacks and variables that are followed
  QUERY_PARTS = 4000, // parts of one query: what is spread many times is read as often
  QUERY_CALLS = 64,   // calls of a chain
  QUERY_USES = 64,    // uses of a variable
  QUERY_TABLES = 32,  // of one query that are told apart
};

// A query that is being read.
typedef struct Reading {
  Queries *queries;
  Program *p;
  const Library *library;
  Query *query;
  FileId file;      // of the site: spans of other files are not kept
  uint16_t table;   // index of the table that columns are of
  uint16_t either;  // the OR that is being read, 0 for none
  uint16_t branch;
  uint16_t eithers;                    // ORs met so far
  uint16_t branches;                   // of the innermost OR
  uint32_t level;                      // the conditions of the current chain start here
  uint16_t chain;                      // the OR that orWhere() made of the current chain
  StateId state;                       // of the builder that a callback gets
  uint16_t relation_of[QUERY_TABLES];  // by table: the relation that it was joined for
  bool negated;
  bool maybe;
  bool insensitive;
  bool unjoined; // a call makes a statement that leaves the joins out
  bool unclear;  // a call was met of which only is known that it gives the builder
  uint8_t depth, calls;
  uint32_t parts;
  uint8_t open;  // variables of which the uses are being read
  uint64_t variables[QUERY_DEPTH];
  Ref callback;      // the function whose body is read: its first parameter stands for the table or builder
  Ref given;         // object with the named parameters of the SQL text that is read
  const char *path;  // the column that the next comparison is about: `.where("age").gt(18)`
} Reading;

// Whether what comes next is nested too deeply, or is too much, to be read; counts it.
static inline bool query_is_enough(Reading *r) { return r->depth >= QUERY_DEPTH || ++r->parts > QUERY_PARTS; }

//
// queries.c
//

// Look up the tables that a query names.
void query_tables(const Queries *queries, Query *query);
// Add a query that was read, and those within its statement.
void query_add(Queries *queries, Query *query);
// Forget those within a statement that is none of the application.
void query_drop_within(Queries *queries);

//
// query_files.c
//

// Add the queries of SQL files.
void query_files(Queries *queries, const Program *p);

//
// index_rows.c
//

// Read what the predicate of an index compares.
void index_rows_read(Queries *queries, const Table *table, Index *index);

//
// query_values.c
//

// The expression that a name stands for, seen through constants, casts and awaits; itself if it is none.
Ref query_definition(Reading *r, Ref expr);
const Expr *query_expr(const Reading *r, Ref expr);
const char *query_name(const Reading *r, Ref expr);  // text of an expression's name
Ref query_operand(Ref of, Id id);                    // another expression of the same file
// The text of a string, number, constant or enum member; NULL for what is known at run time only.
const char *query_constant(Reading *r, Ref expr);
const char *query_string(Reading *r, Ref expr);  // of strings only
// The text of a template with its holes filled: constants, columns of the query's tables and, when it is
// tagged, parameters; what cannot be told stays "${}". *known tells whether all are constants.
const char *query_template(Reading *r, Ref text, bool tagged, bool *known);
// Whether an expression is a regular expression, `/^a/` or `new RegExp(text, "i")`: `*at` becomes its literal or text.
bool query_regexp(Reading *r, Ref *at, bool *insensitive);
bool query_is_literal(const Reading *r, Ref expr, const char *name);  // `null`, `undefined`, `true`
// What the library says of a key, or of a function by its name with "()".
const LibraryWord *query_word(const Reading *r, uint16_t shape, const char *name);
const LibraryWord *query_call_word(Reading *r, Ref call);
const char *query_keep(Reading *r, const char *text, size_t length);
// Whether `use` is only reached under a condition, seen from the scope in which `base` stands.
bool query_is_conditional(const Reading *r, FileId file, Id use, Id base);

// The end of the chain of calls that starts with a use: `query.where(...).limit(1)`.
Id query_chain_end(const File *f, Id use);
// What a variable holds of which the uses are asked for: those that may change it.
typedef enum UsesOf { USES_OF_BUILDER, USES_OF_OPTIONS, USES_OF_FILTER, USES_OF_COUNT } UsesOf;
// Call `each` for such uses of the variable that an identifier names, in their order and up to a place in the file; false when it
// names none. Where there are too many, the query is put together at run time.
typedef void QueryUse(Reading *r, Ref use, void *payload);
bool query_uses(Reading *r, Ref ident, UsesOf of, uint32_t end, QueryUse *each, void *payload);
// Whether these uses are being read: what it held before is known then.
bool query_is_open(const Reading *r, Ref ident);

//
// query_filter.c
//

// What a pattern does that is bound to a placeholder of SQL: OPERATOR_PATTERN where its start cannot be told.
uint8_t query_bound_pattern(Reading *r, Ref value);

//
// query_column.c
//

// A column as an expression names it.
typedef struct Named {
  const char *column;    // NULL if it names none
  const char *function;  // done to it, or NULL
  const char *computed;  // as Condition.computed
  uint16_t table;
} Named;
Named query_column_of(Reading *r, Ref expr);
Named query_column_in(Reading *r, const char *text);  // "u.name", "data->>'x'"
// Whether a name is the first parameter of the callback that is read: the table or builder itself.
bool query_is_callback(const Reading *r, Ref ident);

//
// query_fragment.c
//

// What an operator of SQL means, as a Role.
uint8_t query_role(const char *operator);
// Conditions in SQL text.
void query_fragment(Reading *r, Ref text);
// The one column that SQL text computes something from: sql`lower(email)`.
Named query_computed(Reading *r, Ref text);

//
// query_filter.c
//

// Where an expression stands, when it is in the file of the query.
Span query_span(const Reading *r, Ref expr);
// An element of an array or object.
Ref query_element(const Reading *r, Ref list, uint32_t i);
void query_filter(Reading *r, Ref expr);
// The word of a call on a condition that was made before: `eb("age", ">", 18).or("name", "=", name)`; NULL for others.
const LibraryWord *query_chained_word(Reading *r, Ref call);
// `where("age", ">", 18)`: a column, an operator of SQL, a value.
void query_triple(Reading *r, Ref column, Ref operator, Ref value);
// A condition on what an expression names: a column, or something computed from one.
void query_condition_on(Reading *r, Ref column, uint8_t role, Ref value);
// What stands beside AND, OR and NOT: a list of filters, or one.
void query_group(Reading *r, uint8_t role, Ref value);
// Runs a reader where its conditions are not in every query.
void query_maybe(Reading *r, void (*read)(Reading *, Ref), Ref expr);
// Conditions on one column by its value: `{ gt: 5 }`, `In(ids)`, a parameter.
void query_compare(Reading *r, const char *column, Ref value, Span span);
// A condition with an operator. `value` may be {0,0}.
void query_condition(Reading *r, const char *column, uint8_t role, Ref value, Span span);
// Where conditions stand, which query_close() restores after an OR.
typedef struct Around {
  uint16_t either, branch, branches;
} Around;
void query_close(Reading *r, Around around);
// Whether an object without operators is a filter on a relation.
bool query_nests(const Reading *r);
void query_dynamic(Reading *r);

//
// query_options.c
//

void query_options(Reading *r, Ref expr, uint16_t shape);
void query_order(Reading *r, Ref expr, Ref direction);
void query_columns(Reading *r, Ref expr);
void query_relations(Reading *r, Ref expr, uint16_t shape, uint16_t parent);
void query_limit(Reading *r, Ref expr);
void query_offset(Reading *r, Ref expr);
// The table of a query by its name or alias, made when it is not there; `name` may be "users as u".
uint16_t query_table(Reading *r, const char *name, const char *alias);
// The table that a relation leads to.
uint16_t query_related(Reading *r, const char *relation);
uint16_t query_add_relation(Reading *r, const char *name, uint16_t parent);
// The value of the key with a role in an object, {0,0} if it has none.
Ref query_described(Reading *r, Ref object, uint16_t shape, uint8_t role);

//
// query_chain.c
//

// A function that gets a builder or the functions of filters: `(qb) => qb.where(...)`, `(t, { eq }) =>
// eq(...)`.
void query_callback(Reading *r, Ref function);
// Whether something holds a query that was begun, not a client or table.
bool query_is_builder(Reading *r, Ref expr);
// Each expression that a function written in place returns.
void query_returned(Reading *r, Ref function, void (*read)(Reading *, Ref));

#endif
