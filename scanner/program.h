// program.h - the facts of all files, linked: modules, values, call graph and effects.
//
//   index.c     what stands where in a file
//   modules.c   which file an import means (relative, tsconfig paths, workspace packages)
//   values.c    what an expression is: one memoised, cycle-safe evaluation over facts
//   types.c     what a type annotation says of a value
//   dictionaries.c  what is kept by key: objects, Map, Set
//   table_names.c  which table a class, a string or a variable names
//   folders.c   modules that are loaded by names which only a run tells
//   arguments.c what a function gets where it is called
//   auto_imports.c  what files export into the folder that they stand in
//   injected.c  what contexts and containers hand out by name
//   calls.c     which functions a call runs, and how often it runs a callback; with lazy.c and callbacks.c
//   resolvers.c which functions resolve fields of GraphQL types; with sdl.c and operations.c (graphql.h)
//   graph.c     which relations a query loads along with its rows (graph.h)
//   relations.c which classes of rows are related, and what loads a relation of one row
//   depends.c   whether an expression depends on certain parameters
//   repeat.c    in which loop code stands, and what kind of loop that is; with lists.c, loops.c, branches.c
//   parts.c     looking through an expression
//   varies.c    what changes from round to round
//   sql.c       what SQL text does, seen through wrappers of a driver (sql.h)
//   sql_blocks.c  statements of SQL files that code names (sql.h)
//   spelled.c   the text of a statement with its constants
//   kept.c      whether a variable and what it holds stay as they were
//   guard.c     which queries a caller avoids by handing in what it has
//   transactions.c  which code runs while a transaction is open (transactions.h)
//   clients.c   which queries there use another client than the transaction's; with handles.c and lost.c (clients.h)
//   effects.c   which database calls a function reaches, with a shortest witness path
//   entries.c   which functions are called from outside: by requests, jobs, the clock...
//   reached.c   which code is reached from those
//   outside.c   what surely is no database client
//   regions.c   what the code of a loop does to the database and to the world
//   coverage.c  how many queries were seen, and how many may have been missed
//
// Nothing here reads a file or a syntax tree. Everything is made by program_link() and lives until
// program_release().
#ifndef SEQSCAN_PROGRAM_H
#define SEQSCAN_PROGRAM_H

#include "base.h"
#include "facts.h"
#include "finding.h"
#include "library.h"
#include "modules.h"
#include "source.h"

typedef uint32_t Sym;      // a string, interned over the whole program (Program.syms); 0 is ""
typedef uint32_t ValueId;  // index into Program.values
typedef uint32_t FileId;   // index into Program.files; 0 is none

// An expression, type, function or class of some file.
typedef struct Ref {
  FileId file;
  Id id;
} Ref;

// Of the same kind of thing, as the key of a map.
static inline uint64_t ref_key(Ref ref) { return (uint64_t)ref.file << 32 | ref.id; }

//
// Values
//
typedef enum ValueKind {
  VAL_NONE,        // not computed
  VAL_BUSY,        // being computed: a cycle ends here
  VAL_UNKNOWN,
  VAL_MODULE,      // a = file: its namespace object
  VAL_EXTERNAL,    // a = package (Sym of the specifier), b = dotted path of the export (Sym, 0: the namespace)
  VAL_FUNCTION,    // a = file, b = function, c = the value of `this`
  VAL_CLASS,       // a = file, b = class
  VAL_INSTANCE,    // a = file, b = class, c = its type arguments (index into Program.value_pool, 0 none)
  VAL_OBJECT,      // a = file, b = EX_OBJECT expression
  VAL_SHAPE,       // a = file, b = TY_OBJECT type: known by its interface only, c = type arguments
  VAL_CALLABLE,    // a = file, b = TY_FUNCTION type: a function known by its type only, c = type arguments
  VAL_ARRAY,       // a = value of the elements
  VAL_DICT,        // a = value of what it holds by key, b = whether it is a Map, c = the object to which that is added
  VAL_PROMISE,     // a = value it resolves to
  VAL_LIBRARY,     // a = StateId, b = table (Sym, 0 unknown), c = SQL text of a prepared statement (Sym, 0 unknown),
                   //   of a library with additions the objects that hold them (value, 0 none)
  VAL_METHOD,      // a = VAL_LIBRARY receiver, b = member name (Sym)
  VAL_PENDING,     // a = file, b = call of a lazy query that was not awaited yet, c = value of its state
  VAL_STRING,      // a = file, b = expression of the literal
  VAL_TYPE_PARAM,  // a = file, b = binding: stands for what the type argument will be
  VAL_FOLDER,      // a = file, b = path of a folder (Sym), c = FolderPart
  VAL_GLOBAL,      // globalThis
  VAL_UNION,       // a = alternatives (index into Program.value_pool), at most 4
} ValueKind;

typedef struct Value {
  uint8_t kind;
  uint16_t export;  // memo of external_export(), 0: it was not asked
  uint32_t a, b, c;
} Value;

// What of a folder a value is.
typedef enum FolderPart {
  FOLDER_MODULES,  // its modules by file name; the path is as the file names it
  FOLDER_ONE,      // one of its modules, and only a run tells which: `require(path.join(__dirname, name))`
  FOLDER_MADE,     // what that gives when it is called, or `new` makes of it
  FOLDER_NAME = 2  // above these bits of c: the member of it that the value is (Sym), 0 for itself
} FolderPart;

enum { VALUE_NONE = 0, VALUE_UNKNOWN = 2 };  // the ValueIds of VAL_NONE and VAL_UNKNOWN; 1 is VAL_BUSY

//
// The call graph
//

// How a call runs a function.
typedef enum EdgeKind {
  EDGE_CALL,   // calls it
  EDGE_ONCE,   // gets it as a callback that it calls once, at once
  EDGE_EACH,   // gets it as a callback that it calls for each element of something
} EdgeKind;

// How a query depends on a parameter.
typedef enum Wanted {
  WANTED_ABSENT,  // it is made only without: `user ?? (await loadUser(id))`
  WANTED_TRUE,    // only when it holds: `options.withUser ? await loadUser(id) : undefined`
  WANTED_GIVEN,   // only when it is given, be it false: `if (userId !== undefined) await loadUser(userId)`
} Wanted;

// A parameter, or a property of one, on which it depends whether a function queries.
typedef struct Guard {
  uint16_t param;  // its number + 1, 0 for no guard
  uint8_t wanted;  // Wanted
  bool bare;       // nothing stands in for it where a call leaves it out
  Sym key;         // property of the parameter, 0 for the parameter itself
} Guard;

typedef struct Edge {
  Id call;       // expression in the caller's file
  uint8_t kind;  // EdgeKind
  Id over;       // EDGE_EACH: the expression that is iterated, 0 if not known
  Ref function;
  bool elsewhere;  // who gave the function has an edge to it as well: effects are handed on there
  Id given_to;     // the function around the call that got it as an argument, 0 when it is known otherwise
  // What effects.c knows of the call:
  bool is_known, is_queued;
  bool is_handed_on;  // a repetition around it leaves it to the callers
  bool is_cached;     // it is made only when nothing was kept
  bool is_outside;    // is_outside_only()
  Guard guard;
} Edge;

// When the database is asked at a site.
typedef enum Run {
  RUN_HERE,
  RUN_RETURNED,  // a lazy query that a function returns: it runs where the caller consumes the call
  RUN_BATCHED,   // together with others, in one batch
} Run;

// A place where the database is asked, or a side effect happens: a call of a library method or function, or the
// await of a lazy query.
typedef struct Site {
  Ref expr;          // EX_CALL, EX_TAGGED, or what is awaited
  Id unit;           // the function that it stands in, 0 at module level
  uint8_t effect;    // Effect, never EFFECT_RAW
  uint8_t rows;      // Rows
  uint8_t run;       // Run
  bool bulk;         // writes an array of rows
  bool put_off;      // a job that is taken after some time
  uint16_t library;
  Sym table;
  Ref call;          // the call that names the method: {0,0} if it cannot be seen
  Sym method;        // "findUnique"; 0 if it cannot be seen
  Ref sql;           // its SQL argument, when the text is to tell what it does
  const Meaning *meaning;  // of the call, may be NULL
  const char *advice;      // template, or NULL
  bool loads;              // a relation of one row
  bool again;              // also when it is loaded already
  Sym relation;            // its name, 0 if it cannot be seen
} Site;

// What leads from the rows of one class to those of another: a decorated property, `Order.belongsTo(User)`.
typedef struct Relationship {
  uint16_t library;
  Ref class;           // whose rows have it, {0,0} for a call
  Sym owner;           // the class or table by name
  Sym name;            // the property; of a call without an alias the name of the other table
  Sym table;           // where it leads, 0 unknown
  uint8_t rows;        // Rows: to one row or to many
  bool lazy;           // the property is a promise: awaiting it asks the database
  bool eager;          // each query of the owner loads it
  const char *advice;  // how it is loaded for many rows at once, template or NULL
} Relationship;

static inline bool effect_is_database(uint8_t effect) { return effect == EFFECT_READ || effect == EFFECT_WRITE; }

// The machine works long for it.
static inline bool effect_is_work(uint8_t effect) { return effect == EFFECT_CPU || effect == EFFECT_PROGRAM; }

// An effect of a function: a database call that it reaches, and the first step of a shortest way there.
typedef struct Reach {
  uint32_t site;  // index into Program.sites
  Id through;     // the expression in this function: the site's own, or a call
  Ref via;        // the function called there, {0,0} when the site is in this function
  uint16_t hops;  // calls from here to the site
  Guard guard;    // it happens only when this is not given
  bool cached;    // a function on the way asks only when it has kept nothing
  bool outside;   // a side effect that no function on the way has in a transaction: `if (knex.isTransaction) return ...`
  Ref given_to;   // the last function on the way that runs what some caller of it gives; {0,0} when all is the same for all
  uint8_t effect; // Effect: that of the site, unless the SQL that a caller gives says more
  Sym statement;  // the SQL, or the name of the constant that holds it; 0 if it cannot be seen
  Ref sql;        // the SQL argument as seen from here, {0,0} if it does not matter
} Reach;

// A call that begins or ends a transaction by hand.
typedef enum MarkKind { MARK_BEGIN, MARK_COMMIT, MARK_ROLLBACK } MarkKind;
typedef struct Mark {
  Id call;
  uint16_t library;
  uint8_t kind;  // MarkKind
  const char *pool;  // it is a statement given to a pool: what to do instead, else NULL
} Mark;

enum { MAX_REACH = 24 };  // effects kept in one list

typedef struct Reaches {
  Reach *at;
  uint32_t n, cap;
  uint16_t replaced;  // effects that gave way to others
} Reaches;

// A function as caller.
typedef struct Unit {
  VEC(Edge) edges;
  VEC(uint32_t) sites;
  Reaches reach;
  Reaches looped;       // what is repeated on the way: told there, and no matter to callers but for what they hold meanwhile
  VEC(Mark) marks;
  uint32_t order, low, place;  // of the search for strongly connected components
  uint32_t entry;       // from which it is reached: index into Program.entries, 0 if none is known
  bool on_stack;
  bool is_cut;          // it has more effects than are kept
} Unit;

// What stands inside of a scope: the scopes from it on up to the number `scopes`, and expressions in the run from
// `first` to `end`, where a few others may stand as well.
typedef struct Extent {
  Id scopes;
  Id first, end;
  uint32_t left;  // the place from which on its code never runs, UINT32_MAX for none
} Extent;

// Numbers sorted by a key: those of k are items[start[k]] up to items[start[k + 1]].
typedef struct Groups {
  uint32_t *start, *items;
} Groups;

typedef struct Slice {
  const uint32_t *at;
  uint32_t n;
} Slice;

// A site or, where it is none, a call of a function.
typedef struct Act {
  uint32_t site;
  const Edge *edge;
} Act;

typedef struct File {
  const Source *source;
  Facts facts;
  Context context;
  bool unrelated;       // it cannot reach a database, and is only there as all files are
  Sym *syms;            // Name of the facts -> Sym
  ValueId *values;      // memo, by expression
  ValueId *types;       // memo, by type
  Unit *units;          // by function; 0 is the module level
  Extent *extents;      // by scope
  VEC(Id) calls;        // EX_CALL, EX_NEW and EX_TAGGED
  Groups exits;         // by scope
  Groups variables;     // bindings by scope
  Groups uses;          // EX_IDENT by name, made when it is asked for
  Map classes;          // SC_CLASS -> class
  VEC(Act) acts;        // of the file, made when it is asked for; no act at 0
  Groups acts_by_scope;
  Groups puts;          // EX_ASSIGN to a member of `this` by scope, made when it is asked for
  Map filled;           // names of variables and members of which a method `set...` gets a key and a value
  Map regions;          // memo of regions.c
  Map tables_written;   // region and table -> 1
  Map first_writes;     // memo of held.c: region
  Map first_given;      // memo of held.c: region and the call that opens its transaction
  Map first_wrote;      // memo of move_out.c: the same
  Map locks;            // memo of held.c: region -> what locks rows in it; region and table -> where it writes them last
  Map changes_each;     // memo of removal.c: function
  Map onward;           // memo of onward.c: loop
  Map varying;          // memo of varies.c: region and variable
  Map lists;            // memo of lists.c: iterated expression and loop
  Map branches;         // memo of branches.c: branch and region
  Map loops;            // memo of loops.c: loop and question
  Map heads;            // what a loop iterates, a condition -> the scope (Scope.a), the first of several
  Map names;            // scope, name and name space -> binding
  Map exports;          // name (Sym) -> index into facts.exports
  Map stars;            // name (Sym) -> the file behind its `export *` that exports it; once stars_known
  VEC(Ref) open;        // modules there of which the names are not known: CommonJS files, packages {0, Sym}
  bool stars_known;
  Map assigns;          // binding -> first EX_ASSIGN to it; next by `chain`
  Map members;          // class and name, or binding and name -> EX_ASSIGN (`this.x = e`, `obj.x = e`)
  Map transactional;    // method -> the decorator that opens a transaction around it
  Map handed;           // name of a function -> first EX_IDENT of that name that is an argument; next by `chain`
  Map pushed;           // binding -> first EX_CALL `binding.push(...)`; next by `chain`
  Map chain;            // EX_ASSIGN -> the next one of the same target
  Map owners;           // expression -> the binding that it initialises
  Map literal_members;  // object literal and name -> EX_ASSIGN (`this.x = e` in one of its methods)
  Map written;          // object literals that get further members later
  Sym package;          // the folder of its package.json + 1
  Map super_calls;      // class -> the EX_CALL `super(...)` of its constructor
  Map put_by_key;       // binding or class (member_key) -> first EX_ASSIGN `binding[key] = e`, `this[key] = e`; next by `chain`
  Map set_inside;       // class or object literal and name -> 1: `this.name` is written to in its methods
  Map writes;           // memo of fixed.c: binding or literal
  Map batched;          // bindings that are handed to a batch
  Id cjs_export;        // value of `module.exports = value`
  Map cjs_members;      // name -> value of `exports.name = value`, of a getter its function
  FileId *modules;      // by Name of a specifier: the file it means + 1, 0 when nobody asked; see module_named()
} File;

// Which parameters of a function hold what changes from round to round: a bit each, and one for `this`.
typedef uint32_t Items;
enum { ITEM_LIMIT = 31 };  // parameters that can be told apart
#define ITEM_THIS (1u << ITEM_LIMIT)

// A function that a GraphQL server calls to resolve a field.
typedef struct Resolver {
  Ref function;
  Sym type, field;  // 0 if they cannot be seen
  Items parents;    // what holds the object whose field it is; 0 when it is resolved once per request
  bool positional;  // called with (parent, arguments, context)
  uint8_t before;   // then how many other things come before these
} Resolver;

// A field of a type of a GraphQL schema.
typedef struct GraphqlField {
  Sym gives;  // the type of what it gives, 0 unknown
  bool list;  // a list of that
} GraphqlField;

// A function that is called from outside of the program: by a request, a queue, the clock...
typedef struct Entry {
  Ref function;
  uint8_t kind;  // EntryKind
  Sym name;      // "POST /orders"
  FileId file;   // where it is registered
  Span span;
} Entry;

// A chain of refs, kept in Program.links: calls by name, classes by interface, ...
typedef struct Link {
  Ref ref;
  uint32_t next;  // 0 ends
} Link;

// An open transaction around an expression.
typedef struct Transaction {
  Id call;           // the call that opens it, 0: none
  Id callback;       // the function that runs inside, when it is written in place; 0 for BEGIN ... COMMIT in a row
  uint16_t library;
  bool by_hand;      // begun by a statement or method of its client, which is the handle
  bool handed;       // begun so, and the callback gets its handle: `begin().then((tx) => ...)`
  bool own;          // opened on its handle: `session.withTransaction(async () => ...)`
  bool joined;       // on the connection of the client that opens it: a savepoint, or a library with one connection
  bool implicit;     // no handle is given: the library finds the transaction by itself (AsyncLocalStorage)
} Transaction;

// A file that is no code: SQL or a Prisma schema.
typedef struct TextFile {
  const Source *source;
  const char *text;  // NUL-terminated, owned by scan.c
  size_t length;
} TextFile;

// A statement in an SQL file with its name above it.
typedef struct SqlBlock {
  const Source *source;
  uint32_t start;  // of the statement in its file
  Sym name, text;  // the text goes on to the next block
  uint32_t next;   // another block of the name: index into Program.blocks, 0 ends
} SqlBlock;

typedef struct Program {
  const Libraries *libs;
  Modules *modules;
  Names syms;
  VEC(File) files;          // index 0 is a dummy
  VEC(FileId) by_number;    // which file has a number in the modules; 0 when it was not parsed
  VEC(TextFile) texts;
  VEC(const char *) named_by_tests;  // what tests import that were left out
  VEC(SqlBlock) blocks;     // that code may name; index 0 is a dummy
  Map blocks_by_name;       // Sym of a name -> the last block of it
  Map blocks_by_place;      // where the statement starts -> its block
  VEC(Value) values;
  VEC(uint32_t) value_next; // hash chains of values
  Map value_index;
  Map list_index;           // hash -> list
  VEC(ValueId) value_pool;  // lists of values: a count, then that many ids
  VEC(Link) links;          // index 0 is a dummy
  Map calls_by_name;        // Sym of a callee's last name -> links (EX_CALL, EX_NEW)
  Map calls_of_module;      // file -> links (EX_CALL of what it exports as a whole, `require("./x")(...)`)
  Map members_put;          // Sym of a property -> links (EX_ASSIGN `variable.name = function or call`, `parameter.name = e`,
                            // `Model.prototype.name = function`)
  Map params_put;           // of these those of a parameter
  Map loading;              // Sym of a method by which a library loads a module -> its argument that names it + 1
  Map handed_modules;       // file -> links (arguments that are what it exports as a whole)
  Map handed_names;         // Sym -> links (arguments of that name, which may be functions of other files)
  Map names_of_module;      // file -> links (EX_PROPERTY with what it exports as a whole as its value)
  Map holders;              // names of members that hold what is added to other states, see LibraryState.also
  Map naming;               // file << 32 | EX_NEW or EX_CALL -> links (calls that get it and may name its table)
  VEC(Ref) named;           // EX_NEW and EX_CALL that such calls get
  Map named_for;            // memo of added.c: table -> links (of `named`)
  bool named_known;
  Map puts;                 // Sym of a name -> links (EX_CALL `context.set("db", e)`, EX_PROPERTY `register({ db: e })`)
  Map bags;                 // Sym of a member by which models reach an object that only the program fills: `app.locals` -> 1
  Map called_by_place;      // file -> 1 + index of the row of `files` by which functions in it get something
  Map auto_imports;         // a folder and Sym of an export -> links (rows of exports) of what all files of the folder use without an import
  Map made;                 // class or function (value) that a container makes -> state of what it hands to it
  Map handlers;             // instance (value) of a class -> function (value) that handles what is sent of it
  Map augmented;            // Sym of an interface that a package's one is merged with -> links (TY_OBJECT)
  Map set_outside;          // Sym of a property -> links (the object of `object.name = e`, with whatever operator)
  Map importers;            // memo of fixed.c: value -> links (the bindings that import it)
  bool importers_known;
  Map globals;              // Sym -> links (EX_ASSIGN `global.x = e`)
  Map classes_by_name;      // Sym -> links
  Map implementers;         // interface (file, TY_OBJECT) or class (file, class) -> links (classes)
  Map literals;             // interface (file, TY_OBJECT) -> links (EX_OBJECT that are declared to be one)
  Map wrappers;             // memo of transactions.c: function and parameter -> index into wrapped + 1
  VEC(Transaction) wrapped;
  VEC(Site) sites;          // index 0 is a dummy
  VEC(Ref) callees_first;   // all functions, each behind those that it calls
  VEC(Resolver) resolvers;
  Map resolver_index;       // function -> index into resolvers + 1
  Map graphql_types;        // Sym of a type -> what is known of it (graphql.h)
  VEC(GraphqlField) graphql_fields;
  Map graphql_field_index;  // type and field -> index into graphql_fields + 1
  Map graphql_deprecated;   // type and field that is marked so -> 1
  Map graphql_asked;        // type, 0 for any, and field that a client asks for beneath a list -> 1
  VEC(Relationship) relations;  // sorted by nothing; index 0 is a dummy
  Map relation_index;       // owner -> links by next_relation
  VEC(uint32_t) next_relation;  // chains of relations of one owner
  Map lazy_names;           // Sym of a property that is a lazy relation somewhere -> 1
  VEC(Entry) entries;       // index 0 is a dummy
  ValueId resolver_context; // what GraphQL servers hand to resolvers as context
  Map member_memo;          // value and name -> value
  Map yielded;              // memo of invoke.c: async generator (file, function) -> list of what it yields
  Map callback_memo;        // function, parameter and its parameter -> value
  Map folder_loaders;       // hash of a folder -> how many calls there are of some module of it
  Map folder_members;       // memo of folders.c: value of a folder and name -> links (file, value that it gives)
  Map folder_files;         // the same by the name of the file
  Map packages;             // memo: package -> its library + 1
  Map uses;                 // memo of callback_use
  Map impure;               // memo of varies.c: function and depth
  Map keeping;              // memo of guard.c: function and parameter
  Map procedures;           // memo of procedures.c: name of a procedure in the SQL files -> what it does
  bool procedures_read;
  Map developed;            // memo of development.c: file -> where others use it
  bool developed_read;
  uint32_t sites_seen, sites_resolved, sites_other;
  VEC(Ref) unresolved;      // the other calls that coverage.c has seen
  uint32_t functions_cut;   // functions that have more effects than are kept
  bool classes_known;       // implementers are complete
  unsigned depth;           // of the evaluation that is going on
  FileId asking;            // the file whose expression it is of, 0 for none
  bool by_package;          // what it gives depends on the package of that file
} Program;

//
// auto_imports.c
//

// What follows the folder in a path, "" when the file itself does; NULL when it is not below the folder.
const char *path_after_folder(const char *path, const char *folder);
// Whether a package.json above a file depends on one of a library's packages.
bool package_depends_on(Modules *modules, const char *path, const Library *library);
// The same of a path that a row of a model is about, NULL for any other.
const char *path_by_row(const Libraries *libs, Modules *modules, const LibraryFiles *row, const char *path);
// Whether other files may use what a file exports, or what it puts on what functions get that are called by their place.
bool gives_by_place(const Libraries *libs, Modules *modules, const char *path);

//
// index.c
//

// What can be told of a file without any other, and so in parallel: done when its facts are there.
void index_file(File *f);
// link.c: forget that, and what linking adds; the facts stay.
void file_release(File *f);
// Put an id before the others of its key: the first one is in `heads`, the one after it in `next`.
void chain_push(Map *heads, uint64_t key, Map *next, Id id);
void groups_build(Groups *groups, const uint32_t *keys, uint32_t n, uint32_t count);
void groups_release(Groups *groups);
// The numbers whose keys are from `first` to before `end`.
Slice groups_slice(const Groups *groups, uint32_t first, uint32_t end);
bool scope_inside(const File *f, Id scope, Id outer);
// The first value of a chain: `this` of `this.db.select().from(x)`.
Id root_of(const File *f, Id expr);
// Identifiers of a name that may stand inside of a scope, in source order.
Slice uses_inside(Program *p, FileId file, Name name, Id scope);
// The same for those that mean a variable: ask binding_of() as well.
Slice uses_of(Program *p, FileId file, Id binding);
// What the code of a scope puts into members of `this`.
Slice puts_inside(Program *p, FileId file, Id scope);
Slice exits_inside(const File *f, Id scope);
Slice exits_at(const File *f, Id scope);        // in the scope itself
// Whether an expression stands behind a `return` or `throw` that is always met: it never runs.
bool is_unreachable(const File *f, Id expr);
Slice bindings_at(const File *f, Id scope);
// What the variables of a parameter start from: its EX_PARAM, 0 if it has none.
Id param_value(const File *f, Id function, uint32_t index);
Id class_at(const File *f, Id scope);         // whose body the scope is, 0 if none

//
// values.c
//

ValueId value_of(Program *p, FileId file, Id expr);
ValueId value_member(Program *p, ValueId value, Sym name);
// What calling the value gives; `call` (an expression of `file`) tells the arguments, 0 if there are none.
ValueId value_call(Program *p, ValueId callee, FileId file, Id call);
ValueId value_make(Program *p, ValueKind kind, uint32_t a, uint32_t b, uint32_t c);
ValueId value_union(Program *p, const ValueId *ids, uint32_t count);
ValueId value_awaited(Program *p, ValueId value);
ValueId value_element(Program *p, ValueId value);
uint32_t value_list(Program *p, const ValueId *ids, uint32_t count);
// The alternatives of a union, or the value itself; returns how many (at most 4).
uint32_t value_each(const Program *p, ValueId value, ValueId out[4]);
static inline const Value *value_at(const Program *p, ValueId id) { return &p->values.at[id]; }

// The binding that a name means at a scope, 0 if it is global. `types` asks for the name space of types.
Id binding_of(const Program *p, FileId file, Id scope, Name name, bool types);
// Whether two expressions of a file name the same variable, or the same property of it: `this.db`.
bool is_same_path(const Program *p, FileId file, Id a, Id b);
// The exported value of a module; `types` asks for an instance of the exported class or type.
ValueId value_export(Program *p, FileId file, Sym name, bool types);
// The initialiser of the constant that an identifier names, through imports; {0,0} if it is none.
Ref definition_of(Program *p, FileId file, Id ident);
Ref definition_of_binding(Program *p, FileId file, Id binding);
// Append the text that an expression surely has, with ${} for each part that is known at run time only (spelled.c).
void spelled_text(Program *p, Ref at, Text *out);
// The same of a statement: a tag (sql`...`) makes parameters of constants.
void statement_text(Program *p, Ref at, Text *out);
// The name that an expression gives a table: a string, an identifier, a class.
Sym table_name(Program *p, FileId file, Id expr);
// The function that a value is, {0,0} if it is none.
Ref value_function(const Program *p, ValueId value);
// The same, whatever a type says of it besides: `db.replica = () => db` where the type declares it.
Ref function_put(const Program *p, ValueId value);

//
// types.c
//

// A value of the annotated type; VALUE_UNKNOWN when the type says nothing.
ValueId value_of_type(Program *p, FileId file, Id type);
// Put type arguments (a value list) in place of the type parameters of a class, interface or alias scope; file 0: of
// the alias or interface that the value comes from, whichever it is.
ValueId value_substitute(Program *p, ValueId value, FileId file, Id scope, uint32_t arguments);

//
// calls.c, with lazy.c and callbacks.c
//

// Find all sites and the edges of the call graph.
void program_calls(Program *p);
// Whether the lazy query that an expression gives is sent in a batch.
bool is_batched(Program *p, FileId file, Id expr);
// The call that sends a lazy query in a batch, when the query is written in its arguments; else 0.
Id batch_around(Program *p, FileId file, Id expr);
// How a call runs the function that is its argument `index`: EDGE_ONCE, EDGE_EACH (then *over is what it
// iterates, if that is one expression), or -1 when it does not run it at once.
int argument_use(Program *p, FileId file, Id call, uint32_t index, Id *over);
// The same of a callback that a function hands on which it was given itself.
int parameter_use(Program *p, FileId file, Id call, Id ident);
// Whether an argument of a call is an array or object of functions that the call runs.
bool is_task_list(Program *p, FileId file, Id call, Id argument);
// Whether the list that a call gives is such an argument, or goes on to one in a pipe: `pipe(ids, A.map(fn), T.sequenceArray)`.
bool is_list_run(Program *p, FileId file, Id call);
// The argument of a call that an expression is, or the array or object written there that it stands in.
Id argument_holding(const File *f, Id expr);
// The function that an expression stands in, 0 at module level.
Id unit_of(const File *f, Id expr);

//
// resolvers.c
//

// Find the functions that resolve fields of GraphQL types.
void program_resolvers(Program *p);
// The row of a function, NULL if it resolves no field.
const Resolver *resolver_at(const Program *p, FileId file, Id function);
// Whether a resolver comes to the expression for one parent only: `if (user.id !== context.user.id) return null;`.
bool resolver_asks_once(Program *p, const Resolver *resolver, Id expr);

//
// sdl.c
//

// Read the GraphQL types that texts of the tree define, if anything resolves their fields; after the resolvers.
void program_sdl(Program *p);
// Whether the type is defined, and no text has it in a list: a request holds one object of it.
bool sdl_gives_one(const Program *p, Sym type);

//
// operations.c
//

// Read what the clients of the tree ask of the schema; after the types.
void program_operations(Program *p);
// Whether clients select from the type, and none asks for the field beneath a list.
bool clients_ask_one(const Program *p, Sym type, Sym field);
// Whether a field is marked as deprecated, and none of them asks for it beneath a list.
bool is_given_up(const Program *p, Sym type, Sym field);

//
// relations.c
//

// Find the relations that decorators and calls declare.
void program_relations(Program *p);
// transactions.c: which methods a decorator opens a transaction around.
void program_transactional(Program *p);
enum {
  MAX_BASES = 16,       // classes or types that one extends, upwards
  MAX_NAMESAKES = 256,  // classes of the name of a table that are asked for what its rows are
};
// The class that one extends, {0,0} if it is none of the program.
Ref base_class(Program *p, Ref class);
// A relation of a class or of one that it extends, NULL if none of that name is known. Without regard to the case of
// the first letter and to singular and plural, as accessors are named.
const Relationship *relation_of_class(Program *p, Ref class, const char *name);
// The same for a row; `file`, where the row is met, tells classes of one name apart.
const Relationship *relation_of_row(Program *p, FileId file, const Value *row, const char *name);
// What a relation adds to a row under this name, `order.getUser` or `order.user`; VALUE_UNKNOWN if nothing.
ValueId relation_member(Program *p, const Value *row, Sym name);
// The lazy relation that a member of a row or entity is, NULL if it is none.
const Relationship *lazy_relation(Program *p, FileId file, Id member);
// Whether two names mean one relation: without regard to the case of the first letter and to singular and plural.
bool same_relation(const char *a, const char *b);
// Whether a query's call, or one before it in its chain, loads a relation of one row; tells the relation's name, and
// whether it asks again when the relation is loaded already.
bool loads_relation(Program *p, FileId file, Id call, Sym *name, bool *again);

//
// guard.c
//

// On the absence, or else the presence, of which parameter of its function an expression depends.
Guard guard_of(Program *p, FileId file, Id expr);
// The same of what an edge runs: also on the list for each element of which it does.
Guard guard_of_edge(Program *p, FileId file, const Edge *edge);
// Whether an expression is not reached in a transaction: it stands where a client has said that it is in none.
bool is_outside_only(Program *p, FileId file, Id expr);
// Whether the expression is not reached with what a call gives for the guard.
bool guard_prevents(Program *p, FileId file, Id call, Guard guard);
// The guard of the called function as one of the function that calls it; no guard where it is none of its parameters.
Guard guard_handed_in(Program *p, FileId file, const Edge *edge, Guard guard);
// The expression that a call gives for it, 0 if none.
Id guard_argument(const File *f, Id call, Guard guard);

// Whether the function that an expression stands in keeps what it reads and gives that the next time.
bool is_cached(Program *p, FileId file, Id expr);
// Whether a function is called once for the same arguments of a request, and for each of others: `cache(load)` of React.
bool is_remembered(Program *p, Ref function);
// Whether, within a scope, it stands where a cache had nothing or in a function that a cache calls for what it misses.
bool is_kept_around(Program *p, FileId file, Id expr, Id region);
// Whether the function is left before the expression with something that it kept.
bool leaves_with_kept(Program *p, FileId file, Id expr, Id function);

//
// repeat.c
//

// Why code runs repeatedly. Those from REPEAT_CHUNKS on are no mistake.
typedef enum RepeatKind {
  REPEAT_NONE,
  REPEAT_ELEMENT,      // once per element
  REPEAT_PARENT_WALK,  // once per level: the next query needs the previous row
  REPEAT_PARENTS,      // once per object whose field is resolved: the callback is a field resolver
  REPEAT_CHUNKS,       // once per chunk
  REPEAT_PAGES,        // the next query continues where the previous one ended
  REPEAT_RETRY,
  REPEAT_POLL,
  REPEAT_PROBE,        // until nothing is found: once, as a rule
  REPEAT_LEAVES,       // the loop is left right after it
  REPEAT_CONSTANT,     // a short list written in the code
  REPEAT_DISPATCH,     // for one element only: the branch compares the element with a constant
  REPEAT_ERROR_PATH,   // only after an error
  REPEAT_ONCE,         // in one round only: the result is kept for the others
} RepeatKind;

typedef struct Repeat {
  RepeatKind kind;
  Id scope;     // the loop, or
  Id call;      // the call that runs a callback per element
  Id callback;  // the callback's function, 0 when it is not written in place
  Id over;      // what is iterated, 0 if it is not one expression
  Items items;  // which of the callback's parameters change, 0: all of them
  bool deferred;  // by way of a function that the loop only collects: `tasks.push(() => query())`
} Repeat;

// The repetition that an expression stands in, seen from the expression outwards up to a function that is
// called by name. A repetition that is no mistake lets the ones around it speak where that is right.
Repeat repeat_of(Program *p, FileId file, Id expr);
// Whether a call only keeps the function that it gets in a list.
bool only_collects(const File *f, Id call);
// The repetition that an edge of kind EDGE_EACH is.
Repeat repeat_of_edge(Program *p, FileId file, const Edge *edge);
// The repetition that a call of the function that it stands in is, as far as it walks to a parent.
Repeat repeat_of_recursion(Program *p, FileId file, Id call);
// The scope whose code runs once per round, 0 when it is not in this file.
Id repeat_scope(const File *f, const Repeat *repeat);
// The call that runs a function which is written in place, at once (`index` -1: calls it, else the argument's
// number; `use`: EDGE_ONCE, or EDGE_EACH with `over`); 0 when the function stands for itself.
Id inline_call(Program *p, FileId file, Id function, int *index, int *use, Id *over);
const char *repeat_reason(RepeatKind kind);  // "keyset or offset pagination", ...
// Whether callers that repeat it may still make it a mistake.
bool repeat_is_handed_on(RepeatKind kind);
// Whether an expression depends on what changes from one round to the next.
bool varies(Program *p, FileId file, Id expr, const Repeat *repeat);

//
// depends.c
//

// Whether an expression depends on the items of the function that it stands in.
bool depends(Program *p, FileId file, Id expr, Id function, Items items);
// Which parameters of the function that a call runs, and whether its `this`, get something that depends on the items.
Items arguments_depending(Program *p, FileId file, Id call, Id function, Items items, bool when_lost);
// Whether the effect that a call reaches by way of the function `via` is asked for something that depends on them;
// `when_lost` is the answer where a way is too long to be followed.
bool reach_depends(Program *p, FileId file, Id call, Ref via, const Reach *to, Id function, Items items, bool when_lost);
// Whether a variable is one of these parameters or taken from one by a pattern; items 0: any parameter.
bool binds_item(const File *f, Id binding, Items items);

//
// effects.c
//

void program_effects(Program *p);
// Whether a lazy query that the called function returns is run by the caller at this call.
bool lazy_call_runs(Program *p, FileId file, Id call);
// The way from a function to a site that is given the statement (Reach.statement), NULL if it does not reach it.
const Reach *reach_to(const Program *p, Ref function, uint32_t site, Sym statement);
// Whether an effect of the called function happens at this call.
bool reach_runs(Program *p, FileId file, const Edge *edge, const Reach *reach);

//
// entries.c
//

// Find the entry points, and for each function the nearest one that it is reached from.
void program_entries(Program *p);

//
// reached.c
//

void program_reached(Program *p);
// The entry from which an expression is reached, NULL if none is known.
const Entry *entry_of(const Program *p, FileId file, Id expr);
const Entry *entry_of_function(const Program *p, FileId file, Id function);

//
// regions.c
//

// Whether some call in a scope waits for something slower than a query.
bool region_is_slow(Program *p, FileId file, Id region);
// Whether some call in a scope writes to the table, itself or by what it calls.
bool region_writes(Program *p, FileId file, Id region, Sym table);
bool region_writes_any(Program *p, FileId file, Id region);
// Whether some call in a scope adds a job to a queue.
bool region_queues(Program *p, FileId file, Id region);
// Whether some call in a scope waits for a while.
bool region_waits(Program *p, FileId file, Id region);
// The key of a table in what is kept by region.
static inline uint64_t table_key(Id region, Sym table) { return (uint64_t)region << 32 | table; }
// The numbers in File.acts of what stands in a region.
Slice region_acts(Program *p, FileId file, Id region);
Id act_expr(const Program *p, Act act);
// Whether an act has one of the effects (bits by Effect), itself or by what it calls.
bool act_does(Program *p, FileId file, Act act, uint32_t effects);

//
// coverage.c
//

// Count the sites of the asked application code, and the calls that have the name of a query.
void program_coverage(Program *p);

// The call's place in its argument list, or -1.
int argument_index(const File *f, Id call, Id argument);
Id argument_at(const File *f, Id call, int index);

static inline const Expr *expr_at(const File *f, Id id) { return &f->facts.exprs.at[id]; }
// The expression that another begins with, 0 if there is none: `a` of a function, class or parameter is another index.
static inline Id operand_of(const Expr *e) {
  return e->kind == EX_FUNCTION || e->kind == EX_CLASS || e->kind == EX_PARAM ? 0 : e->a;
}
static inline Id list_at(const File *f, uint32_t first, uint32_t i) { return f->facts.lists.at[first + i]; }
static inline bool is_call(const Expr *e) { return e->kind == EX_CALL || e->kind == EX_NEW || e->kind == EX_TAGGED; }
static inline Sym sym_of(const File *f, Name name) { return f->syms[name]; }
static inline const char *text_of(const File *f, Name name) { return facts_name(&f->facts, name); }

// context.c: what a file is for, by its path.
Context context_of_path(const char *path);
bool context_is_trial(Context context);  // a test, story or example: it runs the application, which does not run it
// The same, unless the configuration says it.
Context context_of_source(const Source *source, const char *path);
bool path_has_tests(const char *path);  // whether any folder or the file's name says so

// Add a file that has a number in the modules.
void program_add(Program *p, const File *file, uint32_t number);
static inline FileId file_numbered(const Program *p, uint32_t number) {
  return number < p->by_number.n ? p->by_number.at[number] : 0;
}
// Link the facts of all files, which must live as long as the program.
void program_link(Program *p);
void program_release(Program *p);

#endif
