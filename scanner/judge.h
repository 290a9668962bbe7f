// judge.h - what rules work on: the queries of a program that run repeatedly, and how to report one.
#ifndef SEQSCAN_JUDGE_H
#define SEQSCAN_JUDGE_H

#include "finding.h"
#include "program.h"
#include "query.h"

// A database call that a repetition runs, directly or through functions.
typedef struct Repeated {
  FileId file;         // of the repetition
  Id expr;             // the database call itself, or the call in the repetition that leads to it
  Repeat repeat;
  uint32_t site;       // index into Program.sites
  uint8_t effect;      // Effect, as seen from here
  Sym statement;       // Reach.statement of the way to the site
  Ref sql;             // the statement that the call gives to a wrapper, {0,0} if that is not how it is
  Ref via;             // the function called at `expr`, {0,0} when the call is direct
  uint32_t others;     // further effects that the same call leads to
  bool varies;         // something that it is given changes from round to round
  bool rows_change;    // the repetition writes to the same table
  bool in_transaction;
  bool writes;         // the call leads to writes
  uint32_t hops;       // calls from `expr` to the site
  Ref from;            // the function whose call repeats it, where that of others does not; {0,0}: any
  bool cached;         // a function on the way asks only when it has kept nothing
  bool batched;        // all rounds' queries are sent together
  const char *doubt;   // why it is only a note, or NULL
  const char *fine;    // why it is no mistake though it is repeated, or NULL
  Fix *fix;      // or NULL
  const char *round_doubt;  // the same, when it is for the round as a whole
  uint32_t first, next;     // of its loop, the first query and the one after it: index + 1, 0 for none
} Repeated;

// Whether it is a field resolver that repeats it, not a loop.
static inline bool is_in_resolver(const Repeated *r) { return r->repeat.kind == REPEAT_PARENTS; }

// The entry point that it is reached from, NULL if none is seen.
static inline const Entry *entry_of_repeated(const Program *p, const Repeated *r) {
  return r->from.file ? entry_of_function(p, r->from.file, r->from.id) : entry_of(p, r->file, r->expr);
}

// The query asks the same thing in each round, and the loop does not change what it reads.
static inline bool is_invariant(const Repeated *r) {
  return !r->varies && !r->rows_change && r->repeat.kind == REPEAT_ELEMENT;
}

// It is repeated by the function calling itself: over a tree.
static inline bool is_recursive(const Program *p, const Repeated *r) {
  return r->via.file == r->file && r->via.id == unit_of(&p->files.at[r->file], r->expr);
}

// A place on the way from an expression to the site that it leads to.
typedef struct Way {
  FileId file;
  Id expr;         // the call, or the site itself
  Ref via;         // the function called there, {0,0} at the end
  uint32_t site;
  Sym statement;   // Reach.statement of the way
  uint32_t hops;   // calls behind
} Way;

// Go on to the next call or the site; false at the end. A way through mutually recursive functions, which may come back
// to where it was, ends after MAX_HOPS.
bool way_next(const Program *p, Way *way);

static inline Way way_of(const Repeated *r) {
  return (Way){.file = r->file, .expr = r->expr, .via = r->via, .site = r->site, .statement = r->statement};
}

// Whether an effect of a called function asks the database in each round of a repetition; sees the SQL that the call gives.
bool asks_each_round(Program *p, FileId file, const Edge *edge, const Repeat *repeat, Reach *reach);

// Which parameters of the called function get something that changes from round to round; ~0 when that cannot be told.
Items changing_parameters(Program *p, FileId file, Id call, Ref function, const Repeat *repeat);

// Who calls a function: edges of the call graph, the other way round.
typedef struct Caller {
  Ref call;
  bool calls;     // else it hands the function on as a callback
  uint32_t next;  // 0 ends
} Caller;

typedef struct Callers {
  VEC(Caller) calls;  // index 0 is a dummy
  Map by_function;    // file and function -> its first caller
} Callers;

// An expression that names the block of a statement in an SQL file.
typedef struct Mention {
  Ref use;
  uint32_t next;  // 0 ends
} Mention;

// What standing_of() has read; private to standing.c.
typedef struct Standings {
  uint8_t *named;         // by Sym: whether code or tests name it; NULL until it is asked for
  uint8_t *known;         // by query: its Standing + 1
  VEC(Mention) mentions;  // index 0 is a dummy
  Map blocks;             // Sym of a block -> the dummy before its mentions
} Standings;

typedef struct TableUses TableUses;  // indexes.h

typedef struct Judge {
  Program *program;
  const Schemas *schemas;
  const Queries *queries;
  Report *report;
  VEC(Repeated) repeated;
  Callers callers;
  Map reads;  // file and expression of a read -> its site; see read_at()
  Map queries_by_site;  // index into Program.sites -> index into Queries.all + 1; see query_of_site()
  Map queries_handed;   // file and call -> the same of the query that it hands on; see query_of_repeated()
  Standings standings;
  TableUses *uses;  // NULL until table_uses() is asked
  Map known;  // what is told of a repetition and the function that it calls
  Map deletes;  // file and region -> whether it deletes rows, + 1; private to collection.c
  Map names;  // that fixes give to variables, by function; private to lookup.c
  bool all_contexts;
} Judge;

// Collect the repeated queries, run all rules, sort what they found. Places are not yet resolved.
void judge(Program *p, const Schemas *schemas, const Queries *queries, Report *report, bool all_contexts);

// The query of a site, the first if it has several, NULL if it has none; not one that a call hands to it.
const Query *query_of_site(const Judge *j, uint32_t site);

// The same of a repeated query, where its expression is the site or hands it its statement; else NULL.
const Query *query_of_repeated(const Judge *j, const Repeated *r);
// Its query, wherever on the way to the site its statement is handed on.
const Query *query_of_way(const Judge *j, const Repeated *r);

// What a rule says of an expression that leads to a site: the expression is the finding's place; the steps are
// where it starts (a loop, a transaction, a resolver), the calls from the expression on, and the site.
typedef struct Claim {
  const char *rule;
  Level level;
  FileId file;
  Id expr;
  Ref via;                 // the function called at `expr`, {0,0} when the site is `expr`
  Ref from;                // the function that it is reached from, {0,0}: any that does
  uint32_t site;           // index into Program.sites, 0 when it is about `expr` alone
  uint16_t library;        // of that
  uint32_t end;            // the site that runs in its place, 0 if it does itself
  Sym statement;           // Reach.statement of the way to it, 0 if it is not known
  Span start;              // in `file`
  const char *start_text;  // "for each `order` of `orders`"
  const char *site_text;   // "prisma.user.findUnique reads one row of user"
  const char *message, *help;
  Fix *fix;          // or NULL
  const char *cost;        // in one line, or NULL
  const char *doubt;       // why it is only a note, or NULL
  const char *legitimate;  // why it is fine, or NULL
} Claim;

// Whether a function is written in the call itself: then it is no step of its own.
bool is_written_in(const Program *p, FileId file, Id call, Ref function);
void report_claim(Judge *j, const Claim *claim);
// Make a finding a note that says why it is only one; NULL: nothing speaks against it.
void finding_doubt(Judge *j, Finding *finding, const char *doubt);
// Keep a finding with those of its kind: shown, legitimate, or hidden because its code was not asked for.
void report_finding(Judge *j, const Finding *finding);
// What findings are made of: a place, the functions around it, the innermost first ("a function < OrderService.list"), and
// from where the function is reached, NULL if that is not known.
Place place_of(const Program *p, FileId file, Span span);
const char *enclosing_names(Program *p, FileId file, Id function, Arena *arena);
EntryPoint *entry_point(Judge *j, FileId file, Id function);

// query_claim.c: what a rule says of a query, in code or in an SQL file.
typedef struct QueryClaim {
  const Query *query;
  const char *rule;
  Level level;
  const char *message, *help;
  Fix *fix;         // or NULL
  const char *step;       // what the query does: the last step
  const char *doubt;      // why it is only a note, or NULL
  Span from;              // what leads there, in the query's own file
  const char *from_text;  // or NULL
} QueryClaim;

void report_query(Judge *j, const QueryClaim *claim);
// Whether a condition beside `but` (which may be NULL) leaves few rows: equality on what leads an index.
bool query_is_narrowed(const Query *query, const Condition *but);
// The table that it asks first, "the table" when it cannot be seen.
const char *query_subject(const Query *query);

// Report a repeated query: the path from the loop to the query becomes the steps.
void report_repeated(Judge *j, const Repeated *r, const char *rule, Level level, const char *message, const char *help);

// Whether the library, in the version that the file depends on, joins such calls of one tick into one query.
bool joins_calls(Program *p, FileId file, const Site *site);

// bound.c: whether an UPDATE sets a column to what changes from round to round, or to what cannot be told.
bool update_sets_varying(Program *p, const Repeated *r, const Query *q);

// doubt.c: why a true finding may not be worth a change, NULL if nothing speaks against it; and why no query of the
// same round is.
const char *doubt_of(Judge *j, const Repeated *r);
const char *round_doubt_of(Program *p, const Repeated *r);
// The action of the server that a component of the browser calls in each round, {0,0} if it calls none.
Ref action_asked(const Program *p, const Repeated *r);
// Whether the model that a query writes to has hooks of its own: a bulk statement does not run them for each row.
bool has_hooks(Program *p, const Site *site);

// Whether a statement inserts what it reads, or gets a list of rows or keys.
bool statement_writes_set(const Query *q);

// statements.c: whether the statement is an element of the list that is looped over, which the code does not write for
// each element of another one: `for (const step of steps) await client.query(step.sql)`.
bool runs_elements(Program *p, const Repeated *r, Id region);
// The literal of the statement that a repeated call runs; {0,0} when it is not seen.
Ref text_run(Program *p, const Repeated *r);
// The text of the block in an SQL file that it runs, NULL when it runs none that is seen.
const char *block_run(Program *p, const Repeated *r);
// Whether the statement names a table by what changes from round to round: `SELECT 1 FROM ${table}`.
bool splices_table(Program *p, const Repeated *r);

// procedures.c: what a statement runs that only runs a procedure of the database.
typedef enum Procedure {
  PROCEDURE_NONE,
  PROCEDURE_READS,    // an SQL file shows that it changes nothing
  PROCEDURE_UNKNOWN,
} Procedure;

Procedure procedure_run(Program *p, const Repeated *r);

// own_claim.c: report what the repository's own rules match.
void report_matches(Judge *j);

// rounds.c: settle the doubts of the queries of one loop together.
void judge_rounds(Judge *j);

// unresolved.c: tell of each call that may be a query why its receiver is not known.
void unresolved_list(Program *p, Report *report);

//
// callers.c
//

void callers_index(Callers *callers, const Program *p);
void callers_release(Callers *callers);
// The first call of a function in Callers.calls, 0 if there is none.
uint32_t callers_of(const Callers *callers, Ref function);
// Whether all ways to a function start in scripts, migrations and the like.
bool only_scripts_call(const Judge *j, Ref function);

//
// standing.c
//

// For whom a query runs.
typedef enum Standing {
  STANDING_USED,
  STANDING_ADMIN,   // only on administrators' pages, in scripts and the like
  STANDING_UNUSED,  // nothing runs it, or tests alone
} Standing;

Standing standing_of(Judge *j, const Query *query);
// Whether nothing runs an expression, not even tests.
bool is_never_run(Judge *j, Ref use);
// Whether administrators alone run a query, and once for each thing that they do: not for each element of a list.
bool is_by_hand(Judge *j, const Query *query);
// Whether something on the ways to it is repeated, but for the parts of one object.
bool is_in_rounds(Judge *j, const Query *query);
void standings_release(Standings *standings);
// Whether a file exports a function, by whatever name; not by CommonJS.
bool is_exported(const File *f, const Function *fn);
TableUses *table_uses(Judge *j);           // table_uses.c
void table_uses_release(TableUses *uses);
// Whether rows that a query asks for are added only while there are fewer of them than a limit; capped.c.
bool reads_capped_rows(const Judge *j, const Query *query);

//
// growth.c
//

// What is known of the size of a collection; the later, the larger it may become.
typedef enum Growth {
  GROWTH_UNKNOWN,
  GROWTH_PART,   // the parts of one row or object
  GROWTH_CAPPED, // what is refused when it is long
  GROWTH_GIVEN,  // what somebody hands in who is not seen
  GROWTH_INPUT,  // what a request brings along
  GROWTH_ROWS,   // rows of a query, and what is made of them
} Growth;

Growth growth_of(const Judge *j, FileId file, Id over);
// Whether a collection is a member into which the function puts rows before: `node.children = await load(node.id)`.
bool is_set_to_rows(const Judge *j, FileId file, Id over);
// The same, and the query whose rows they are: index into Program.sites, 0 if none is seen.
Growth growth_from(const Judge *j, FileId file, Id over, uint32_t *site);
void sites_index(Map *sites, const Program *p);
// Whether a function is itself what something outside of the program calls.
bool is_entry(const Program *p, FileId file, Id unit);
// Functions that give their argument's elements: of these objects, or `new` of these names ("" for the other one).
bool hands_through(const char *object, const char *name);
// The read that an expression is, as an index into Program.sites; 0 if it is none.
uint32_t read_at(const Judge *j, FileId file, Id expr);

//
// caps.c
//

// Whether a list is refused when it has more than some dozens of elements, before it comes to the expression.
bool is_capped(Program *p, FileId file, Id list);
// The number that an expression is, or a constant that is declared somewhere: `50`, `MOST`, `limits.most`.
bool number_of(Program *p, FileId file, Id expr, long *number);

//
// levels.c
//

// Whether a recursion goes on for any of its callers. *from becomes one for which it does, where it does not for others.
bool recursion_goes_on(const Judge *j, const Repeated *r, Ref *from);

//
// held.c
//

// Why a transaction may wait for the side effect at the end of a way, NULL if nothing speaks for it.
const char *wait_doubt(Program *p, const Way *way, const Transaction *t);
// Whether the code of a transaction writes, locks rows or hands the transaction on before an expression.
bool transaction_acts_before(Program *p, FileId file, Id expr, const Transaction *t);
// Why it hardly matters that a query in a transaction's own code goes past it, NULL if it does.
const char *outer_doubt(Program *p, uint32_t site, const Transaction *t);
// The same of a query or call that writes where the transaction is about to fail.
const char *rollback_doubt(Program *p, FileId file, Act act, const Transaction *t);
// Whether a query locks the rows that it reads: an option or a method of its chain, or its SQL says so.
bool locks_rows(Program *p, uint32_t site);
// Whether a function of ours that the call which opens a transaction runs locks rows and writes them:
// `row.refreshIfNeeded(async () => fetch())`.
bool opener_guards(Program *p, FileId file, Id call);
// Whether an expression is an object literal with one of the keys, which end with NULL.
bool object_has_key(const File *f, Id expr, const char *const *keys);

//
// move_out.c
//

// Whether a side effect tells somebody else of something: files, waiting and computing are slow, but do not, nor at once a job with
// a delay.
bool leaves_process(const Program *p, uint32_t site);
const char *effect_does(uint8_t effect);  // "sends mail"
// What is to be moved out of the transaction for the side effect at the end of a way, and where to; `edge` is the call that the way
// starts with, NULL if it is the side effect itself.
const char *move_out_text(Program *p, const Edge *edge, Way start, const Transaction *t, Arena *arena);

//
// collection.c
//

// Whether a loop around the repetition goes over rows of a query and changes what it asks: `for (line of order.lines)` of
// each order.
bool is_within_many(const Judge *j, const Repeated *r);
// Why the collection that a repetition iterates is small, NULL if nothing says so.
const char *small_collection(Judge *j, const Repeated *r);
// Where some callers write out the list that a repetition iterates: one that does not and is reached, {0,0} if none is.
Ref caller_with_list(const Judge *j, const Repeated *r);
// Whether a variable or table is called after things of which a system has a handful.
bool names_setting(const char *name);

//
// development.c
//

// Whether an expression stands in a function, or behind a handler of its route, that refuses outside of development.
bool is_for_development(Program *p, FileId file, Id expr);

//
// onward.c
//

// Whether another loop works off the elements of a loop, or what it makes of them, at a higher cost for each.
bool costs_more_later(const Judge *j, const Repeated *r);
// Whether another loop has just written each of the elements by a statement of its own.
bool was_written_before(Program *p, const Repeated *r);

//
// removal.c
//

// Whether a function is called so that it deletes something.
bool names_removal(const char *name);
// The function around an expression that is called so and writes, 0 if none is.
Id removal_around(Program *p, FileId file, Id expr);
// Whether a function repeats it that deletes a thing with what hangs on it, where one statement does not do it all.
bool serves_removal(Program *p, const Repeated *r);

//
// outcome.c
//

// What a round has done outside of the database before it comes to a query, which cannot be taken back.
typedef struct Outcome {
  Ref call;    // {0,0}: nothing
  Ref inside;  // the function on the way that does both, {0,0}: the code of the loop
} Outcome;

Outcome outcome_of(Program *p, const Repeated *r);

//
// splice.c
//

// A value that is put into the text of a statement where a parameter could stand; {0,0} when none is seen for certain.
// `site`: where it runs. `whole`: the expression is a whole statement, not a condition of one.
Ref spliced_value(const Judge *j, Ref sql, uint32_t site, bool whole);

//
// words.c: the code at hand, in words
//

// An expression as short source text, at most about 60 characters; owned by the arena.
const char *expr_text(const File *f, Id expr, Arena *arena);
// A change to an expression that is written down.
typedef struct Edit {
  Id at;             // this expression
  const char *text;  // becomes this
  const struct Batch *batch;  // of whose query is left out how many rows it reads, or NULL
  const struct Guards *guards;  // which name what is read of the element, or NULL
} Edit;
// An expression with a change, at most about 180 characters; NULL when it is longer, or not all of it can be written.
const char *edited_text(const File *f, Id expr, const Edit *edit, Arena *arena);
const char *site_text(Program *p, const Site *site, Arena *arena);   // "prisma.user.findUnique"
const char *query_text(Program *p, const Repeated *r, Arena *arena);  // as above, with the SQL it is given
const char *query_does(Program *p, const Repeated *r, Arena *arena);  // "reads one row of user"
const char *loop_text(Program *p, const Repeated *r, Arena *arena);  // "for each `order` of `orders`"
const char *start_text(Program *p, const Repeated *r, Arena *arena);  // the same as the first step of the way
const char *item_name(const File *f, const Repeat *repeat);  // "order", NULL if it has no name
Id receiver_of(const File *f, const Site *site);  // on which the site's method is called, 0 if it cannot be seen
// A function as "name", "Class.name" or "new Class".
const char *function_name(Program *p, Ref function, Arena *arena);
// The same without its class, "" if it has none.
const char *own_name(Program *p, Ref function);

// cost.c: "1 + N queries: N rows of db.order.findMany, which has no limit"; NULL where it cannot be told.
const char *round_cost(const Judge *j, const Repeated *r, Arena *arena);

//
// filter.c
//

enum { FILTER_PATH = 64 };

// By what a repeated query is asked: `id: order.userId` of `find({ where: { id: order.userId } })`.
typedef struct Filter {
  char key[FILTER_PATH];   // column or property, "" if it cannot be seen
  const char *relation;    // whose column it is, NULL for one of the query's own table
  const char *quantity;    // how many of its rows, "some", or ""
  char inner[FILTER_PATH]; // the column where it is one of a relation further in, and no key
  Id value;                // expression in the repetition's file that varies, 0 if it cannot be seen,
  char path[FILTER_PATH];  // and what is read of it: ".userId"
  Id condition;            // of the query's file, the property or call that says it, 0 for none
  Way asked;               // the query, or the call that gives it its conditions
  const char *table;       // what a call on the way names as the table, NULL if none does
  bool helper;             // and the loop's own call does
  bool elsewhere;          // some of it stands in another statement
  bool partial;            // the call says more than that
  char more[2 * FILTER_PATH];  // names of the other keys that change: "teamId, kind"
  bool unnamed;            // something changes of which no key is known: no list of keys finds the rows of a round
  bool lists;              // the value is a list in each round
  bool fixed;              // it asks by the primary key, which does not change
  bool positional;         // it is the argument that is the primary key: `findByPk(id)`
  uint32_t conditions;     // how many the query has
  uint32_t changing;       // and how many of them change from round to round: one list does for one only
} Filter;

Filter filter_of(Program *p, const Repeated *r);

//
// batch.c
//

// A repeated query, asked once for all rounds. Texts that cannot be told are NULL.
typedef struct Batch {
  const Judge *j;
  Program *p;
  const Repeated *r;
  const Site *site;
  const Query *query;
  Filter filter;
  const char *table;    // "" when it is not known
  const char *key;      // "userId", of a relation "user.id"
  const char *by;       // by what its rows are matched with the rounds: the key, or the property that holds it
  const char *along;    // and what it has to read along for that, "select `userId` too", NULL for nothing
  const char *item;     // the element: "order"
  const char *items;    // what they are called together: "orders"
  const char *value;    // what one round asks by: "order.userId"
  const char *values;   // and all: "orders.map((order) => order.userId)"
  bool of_item;         // the value is of the element
  bool guarded;         // not of each: conditions stand before the query that `values` does not say
  bool guessed;         // it is only what changes in the call, of which the query may take anything
  bool many;            // it gives any number of rows for one key
  const char *list;     // the condition on all values: "id: { in: ids }", ".whereIn('id', ids)"
  const char *condition;  // and without a relation that it is of
  const char *args;     // the call's arguments with it
  const char *where;    // the object of its conditions
  const char *code;     // the whole expression
  const char *chain;    // and without the last call
  const char *options;  // what else the call says, as part of another object: ", transaction"; NULL when it cannot be written
  const char *handle;   // the transaction alone of that
  Arena *arena;
} Batch;

Batch batch_of(const Judge *j, const Repeated *r);
// Whether the query of many rows that a call with a primary key (`findByPk(id, options)`) stands for takes its conditions
// as an option, `where`.
bool conditions_are_options(const Meaning *m);
// More than one of what a word names: orders, categories, boxes.
char *plural_of(const char *word, Arena *arena);
// The same with another name for the list of values.
Batch batch_for(const Judge *j, const Repeated *r, const char *values);
// A model's advice with its holes filled from the code; NULL if they cannot be filled for certain.
const char *batch_fill(const Batch *b, const char *template);
// The code in a model's advice that asks by a list of keys, filled; NULL if it has none that can be.
const char *batch_code(const Batch *b, const char *template);

// What the model says of a key of its options; whether a call in its chain says how many rows it reads, maybe also which
// columns of them.
uint8_t option_role(const Batch *b, const char *name);
bool limits_rows(const Batch *b, Id call, bool *columns);
// Whether it is SQL text; whether its tables are collections of documents.
bool is_raw(const Batch *b);
bool is_mongo(const Batch *b);
bool asks_mongo(const Program *p, const Site *site);

// row_key.c: tell by what the rows of a batch are matched with the rounds; whether a class has a member of its own.
void row_key(const Judge *j, Batch *b);
bool has_member(const File *f, Id class, const char *name);

// hoist.c: the statement of a query that asks the same in each round, moved before the loop; NULL where that is not certain.
Fix *hoist_fix(const Judge *j, const Repeated *r);

// lookup.c: one query before the loop in place of a query for one row by a key in each round; NULL where the query or the loop is no
// such one. Where it is not certain that the program does the same then, it is a suggestion that says why.
Fix *lookup_fix(Judge *j, const Repeated *r);

// guarded.c: the conditions on the element under which a round asks, with this name for it: "order.open && order.userId"; "" for
// none, NULL where they cannot be written. And what a variable of the round reads of it, NULL for any other.
const char *guards_of_round(Program *p, const Repeated *r, const char *item, Arena *arena);
const char *guarded_name(const struct Guards *guards, Id ident);

//
// advice.c: the fix
//

// The model's advice with its holes filled from the code; plain words where they cannot be filled for certain.
const char *advice_text(const Judge *j, const Repeated *r);
// The same for a relation that is loaded row by row: with the query that reads the rows.
const char *relation_text(const Judge *j, const Repeated *r);
// Parts of them: whether it counts or sums, whether it has conditions beside the key, and what has to stay as it is.
bool is_aggregate(const Batch *b);
bool has_other_conditions(const Batch *b);
void put_kept(Text *out, const Batch *b);

// target.c: whether the functions on the way only hand on what the query gives; whether the one that the loop calls stands
// for the query, it is not written there and not given the statement; and what becomes of it. `code`: the query is shown.
bool is_handed_up(const Program *p, const Repeated *r);
bool names_query(Program *p, const Repeated *r);
void put_target(Text *out, const Batch *b, bool code);
// Whether the function that the loop calls takes a list of what it gets there (`ids: string | string[]`), and gives rows for it.
bool is_for_many(const Batch *b);
// The only column, or the known key, by which the query asks; NULL when that cannot be told.
const char *asked_column(const Batch *b);

// others.c: the end of the help, with what else runs in each round; it takes the text.
const char *advice_end(Text *text, const Judge *j, const Repeated *r);

// loader.c: the same for a query in a field resolver: a DataLoader.
const char *loader_text(const Judge *j, const Repeated *r);

// The rules, as rules.def names them.
#define RULE(id, function, level, since, summary) void function(Judge *j);
#include "rules/rules.def"
#undef RULE

#endif
