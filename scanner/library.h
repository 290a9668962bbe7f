// library.h - library models: what the calls of ORMs, drivers and helpers mean, as data.
//
// Models are read from queries/libraries/*.yml, which are embedded in the program at build time; their
// format is described in queries/libraries/README.md. All strings live as long as the Libraries.
#ifndef SEQSCAN_LIBRARY_H
#define SEQSCAN_LIBRARY_H

#include "base.h"

// What a call does to the world outside of the program.
typedef enum Effect {
  EFFECT_NONE,
  EFFECT_READ,   // of the database
  EFFECT_WRITE,
  EFFECT_RAW,    // SQL text decides
  EFFECT_MAIL,   // from here on: side effects, slow or impossible to roll back
  EFFECT_HTTP,
  EFFECT_QUEUE,  // a message or job is published
  EFFECT_FILE,
  EFFECT_PAYMENT,
  EFFECT_CLOUD,  // a call of a cloud service
  EFFECT_SLEEP,
  EFFECT_CPU,    // heavy computing: password hashes, images
  EFFECT_PROGRAM,  // another program runs
  EFFECT_COUNT
} Effect;
typedef enum Rows { ROWS_UNKNOWN, ROWS_ONE, ROWS_MANY } Rows;

// By what the functions that a library is given are called from outside of the program.
typedef enum EntryKind {
  ENTRY_NONE,
  ENTRY_HTTP,        // a request
  ENTRY_MIDDLEWARE,  // many requests
  ENTRY_GRAPHQL,     // a field
  ENTRY_RPC,         // a procedure
  ENTRY_JOB,         // of a queue
  ENTRY_CRON,        // the clock, at certain times
  ENTRY_TIMER,       // the clock, after some time
  ENTRY_EVENT,
  ENTRY_CLI,         // a command
  ENTRY_ACTION,      // a server action of React
  ENTRY_PAGE,        // a page that the server renders
  ENTRY_KIND_COUNT
} EntryKind;
const char *entry_kind_name(EntryKind kind);  // "http", "middleware", ...

enum { ARG_NONE = -1, ARG_NAME = -2, ARG_THIS = -3, ARG_LAST = -4 };  // special argument numbers: see the README

// What a statement does.
typedef enum Verb { VERB_OTHER, VERB_SELECT, VERB_INSERT, VERB_UPDATE, VERB_DELETE, VERB_UPSERT } Verb;

// What a key of an options object, an operator of a filter or a function says of a query.
typedef enum Role {
  ROLE_NONE,
  ROLE_FILTER,  // keys of options objects
  ROLE_ORDER,
  ROLE_LIMIT,
  ROLE_OFFSET,
  ROLE_COLUMNS,
  ROLE_OMIT,       // columns that are not read
  ROLE_RELATIONS,
  ROLE_VALUES,     // what is written
  ROLE_TABLE,      // of a relation
  ROLE_ALIAS,      // its name in the query
  ROLE_JOIN,
  ROLE_OPTIONS,    // options of the same kind, further in
  ROLE_AGGREGATE,  // no rows of the table are read
  ROLE_EQUAL,      // operators, from here on
  ROLE_NULL,
  ROLE_PRESENT,  // the opposite of it
  ROLE_RANGE,
  ROLE_PREFIX,
  ROLE_CONTAINS,
  ROLE_LIKE,       // its pattern tells whether it is a prefix
  ROLE_ILIKE,
  ROLE_REGEX,
  ROLE_NOT,
  ROLE_NOT_IN,
  ROLE_ARRAY,
  ROLE_TEXT,
  ROLE_OTHER,
  ROLE_AND,          // of a list of filters
  ROLE_OR,
  ROLE_NEGATE,       // of a filter
  ROLE_RELATION,     // a filter on the rows of a relation
  ROLE_INSENSITIVE,  // the comparisons beside it pass over case
  ROLE_COLUMN,       // compares two columns
  ROLE_FUNCTION,     // what it gives is computed from a column
  ROLE_RAW,          // SQL text
  ROLE_DESCENDING,   // of a sort
  ROLE_ASCENDING,
  ROLE_COUNT
} Role;

// States and members are numbered over all libraries; 0 is none.
typedef uint16_t StateId;
#define STATE_SELF ((StateId)0xffff)

// What a call or property means, for exports and for members alike. Argument numbers are ARG_NONE when absent.
typedef struct Meaning {
  StateId to;         // result of a call
  StateId get;        // value of the property itself
  uint8_t effect;     // Effect
  uint8_t rows;       // Rows
  bool lazy;          // the effect happens when the result is awaited, returned or collected
  bool memory;        // only makes an object
  bool none;          // known to mean nothing
  bool promise;       // what has an effect gives a promise of its end
  bool fetches;       // a side effect that only reads: nothing of it stays done
  bool chained;            // only where the receiver is made in the same chain
  bool starts;        // makes a lazy query run that it is called on
  bool list;          // `to` or `get` is an array of that state
  bool thunks;        // the functions that its callback gives are called as well
  bool remembers;     // what it wraps is called once for the same arguments within a request
  bool difference;    // gives what is in one collection and not in the others
  int8_t table;       // argument number, ARG_NAME
  int8_t sql, options, rows_arg;
  int8_t method;           // argument whose `method` is that of a request, GET without one
  int8_t values;           // argument with what an update sets, ARG_THIS: the receiver is the row
  int8_t transaction;      // callback argument that runs inside a transaction; ARG_THIS: what is decorated does
  int8_t isolation;        // string argument that says how far it is apart from others
  int8_t batch;            // array argument of lazy queries sent together
  int8_t callback;         // callback argument that is called once, at once
  int8_t tasks;            // argument that is an array or object of functions which are called once each
  int8_t each, over;       // callback argument called per element of argument `over` (ARG_THIS: the receiver)
  int8_t later;            // callback argument that is only registered
  int8_t chunks;           // argument that the result holds in chunks
  int8_t instance;         // class argument of which the result is an instance
  int8_t wraps;            // argument that the result is, or calls when it is called
  int8_t adds;             // object argument whose members the result has as well, and in which `this` is the result
  int8_t elements;         // argument of which the result holds the elements or values as a list
  int8_t pipes;            // argument that the next one, a function, is called with
  int8_t names;            // argument that gets the table of the call
  int8_t puts;             // name argument: the receiver keeps the next argument under it
  const char *holds;       // the name under which its type argument, or what that function type gives, is put; or NULL
  int8_t gives;            // name argument (or ARG_NAME): gives what was put there under that name
  int8_t module;           // argument that names a module: calls the function of it with the receiver
  int8_t folder;           // folder argument of which the result holds the modules by name
  int8_t tick;             // since this major version, calls made in the same tick are sent as one query
  int8_t object;           // argument that names a GraphQL type: the `resolve` functions in the call are its fields'
  const char *root;        // the GraphQL type that `object` is about, where no argument names it; or NULL
  int8_t resolvers;        // argument whose property `resolvers` is a GraphQL resolver map, or that is one
  int8_t context;          // argument whose property `context` is, or makes, what resolvers get as their third
  int8_t filter;           // argument with which the conditions of a query start
  int8_t id;               // argument that is the value of the primary key
  int8_t order, limit, offset, columns, relations;
  int8_t alias;            // argument that names the table in the query
  int8_t join;             // argument with which a join starts: the table, then what it is joined by
  uint8_t operator;        // Role of all conditions in the call, ROLE_NONE: they say it themselves
  uint8_t verb;            // Verb
  bool either;             // its conditions are an alternative to those before: orWhere
  bool texts;              // strings among its arguments are pieces of SQL
  bool all;                // all columns are named: selectAll
  bool aggregate;          // no rows of the table are read
  bool dynamic;            // adds what cannot be seen
  bool in_transaction;     // it says whether its client is in a transaction
  bool unjoined;           // the statement that it makes leaves the joins of its chain out, but for MySQL and SQL Server
  uint16_t shape;          // of the options object, 0 for the library's own
  int8_t param;            // which parameter of the callback is in state `as`
  StateId then;            // the state of the one after it, 0 if it has none
  int8_t loads;            // it loads a relation of one row: which argument names it, ARG_NAME: the member, less its verb,
                           // ARG_THIS: the property that the receiver is
  bool again;              // also when it is there already
  bool tells_loaded;       // it tells whether the relation that the receiver is has been loaded
  int8_t follows;          // argument that names a relation of what is joined so far; the next one is its alias
  bool joined;             // they are joined, whatever the library does otherwise
  uint8_t relation;        // Rows: calling or decorating with it declares a relation to one row or to many
  uint8_t entry;           // EntryKind of the functions that are given, or of what is decorated
  int8_t path;             // argument that names the entry (ARG_THIS: the receiver's table)
  int8_t prefix;           // argument of a class decorator: what the names of the class's entries start with
  const char *key;         // the property that names it where that argument is an object, or NULL
  const char *runs;        // which method of a decorated class is the entry, or NULL
  int8_t handles;          // argument of a class decorator: of which class that method handles the objects
  int8_t handled;          // object argument: the call runs the method that handles those of its class
  int8_t command;          // argument that is the request: the call does what the member does that its class is named after
  const char *many;        // the method beside it that reads the same rows by a list of keys, or NULL
  bool unique;             // its conditions always hold the whole of a unique key
  StateId as;
  const char *advice;      // template text, or NULL
  uint8_t stem;            // of a member like `retrieve*`: the length of what its names begin with
  const char *unhooked;    // another one, of what may be done besides where the model has no hooks, or NULL
} Meaning;

typedef struct LibraryMember {
  const char *name;  // "*" any other; the value itself: "()" called, "new()" constructed, "``" as a tag
  Meaning meaning;
} LibraryMember;

// A member that each relation adds to the rows of a class: `getUser` is the verb `get` and the name of a relation.
typedef struct Accessor {
  const char *verb;
  uint8_t rows;    // Rows: of relations to one row or to many
  uint16_t owner;  // StateId of the rows
  StateId state;   // of the member
} Accessor;

typedef struct LibraryState {
  const char *name;
  uint16_t library;      // index into libraries
  uint8_t await_effect;  // Effect when awaited; EFFECT_NONE: not a thenable of interest
  uint8_t await_rows;
  StateId await_to;      // state of what awaiting gives, 0 if it does not matter
  bool await_list;       // it gives an array of await_to
  bool has_verbs;        // it has members like `retrieve*`
  bool pending;          // a query that runs only when one of its members is called
  bool rows;             // a query gives it
  const char *pool;      // it hands each statement to any of several connections: how to have a transaction on one of
                         // them; NULL when it is one connection
  const char *advice;    // for the awaited effect, or NULL
  StateId base;          // whose members it has as well, 0 for none
  bool keeps_handle;     // what it is asked joins the transaction with which it was read
  StateId also;          // what the application adds to that state is found on it as well, 0 for none
  uint32_t first, count; // its members
} LibraryState;

typedef struct LibraryExport {
  const char *name;  // "default", "A", "A.B", "*"
  StateId call, new_, is, type, extends, static_, decorator;
  int8_t resolver;   // a method decorated with it resolves a GraphQL field: which argument is the parent, ARG_THIS
  bool hook;         // a method decorated with it runs for each row that is written alone
  bool parent;       // a parameter decorated with it is the parent
  int8_t most;       // argument that says how many elements a list may have that is decorated with it
  bool lazy;         // a relation decorated with it is asked for when it is awaited, if it is a promise
  Meaning meaning;   // for functions (each, once as `callback`, later, chunks) and `table`
} LibraryExport;

// Files whose exports are entries by where they stand: `app/orders/[id]/route.ts`.
typedef struct LibraryFiles {
  uint16_t library;
  const char *under;    // a folder: "app", "pages/api"; what follows it in the path names the entry
  const char *file;     // the file's name without its extension, NULL for any
  const char *exports;  // their names, separated by spaces
  uint8_t entry;        // EntryKind
  const char *scope;    // a folder: all that they export is a global of the files below it; or NULL
  StateId as;           // what such a function gets; of an object the functions in it
} LibraryFiles;
// How the code names relations that a query loads.
typedef enum RelationForm {
  FORM_NONE,
  FORM_KEYS,     // { lines: true, user: { include: ... } }: the keys
  FORM_TREE,     // { lines: { product: true } }, "lines.product", "[lines.[product], user]"
  FORM_OBJECTS,  // [User, { model: Line, include: ... }, "user"]
} RelationForm;

// How the rows of relations are read.
typedef enum RelationBy {
  BY_UNKNOWN,
  BY_JOIN,   // joined: the rows of several relations to many rows multiply
  BY_QUERY,  // a query each
  BY_JSON,   // subqueries that give JSON, in one statement
} RelationBy;

typedef struct RelationWords {
  uint8_t form, by;      // RelationForm, RelationBy
  const char **keys;     // of options whose value names relations; NULL-terminated, as all of these
  const char **names;    // FORM_OBJECTS: keys under which an object has the name
  const char **columns;  // keys that choose a few columns
  const char **apart;    // keys that make it a query of its own
  const char *advice;    // what to do about too many of them, or NULL
} RelationWords;

// A key of an options object or filter: "where", "$gt"; a function of filters: "ilike()", "Op.like".
typedef struct LibraryWord {
  const char *name;
  uint8_t role;    // Role
  uint16_t shape;  // of the object that is its value, 0 for the same
} LibraryWord;

// The keys of a kind of options object.
typedef struct LibraryShape {
  const char *name;
  uint16_t library;
} LibraryShape;

// What a word says of a table: as a function, decorator or method that declares or changes something, as the key of
// an options object, and as what is expected of an argument. The README tells what each means.
#define DECL_ROLES(X)                                                                                        \
  X(NONE, none) X(TABLE, table) X(VIEW, view) X(CHILD, child) X(CREATOR, creator)        \
  X(MODEL, model) X(ALTER, alter) X(DROP_TABLE, drop_table) X(RENAME_TABLE, rename_table) X(COLUMN, column)    \
  X(CHANGE_COLUMN, change_column) X(DROP_COLUMN, drop_column) X(RENAME_COLUMN, rename_column) X(INDEX, index)  \
  X(UNIQUE, unique) X(PRIMARY, primary) X(KEY, key) X(CONSTRAINT, constraint) X(DROP_INDEX, drop_index)        \
  X(DROP_UNIQUE, drop_unique) X(DROP_PRIMARY, drop_primary) X(DROP_KEY, drop_key)                              \
  X(DROP_CONSTRAINT, drop_constraint) X(TIMESTAMPS, timestamps) X(RELATION, relation)                          \
  X(ONE_TO_ONE, one_to_one) X(JOIN, join) X(NAME, name) X(TYPE, type) X(NULLABLE, nullable)                    \
  X(REQUIRED, required) X(COLUMNS, columns) X(ORDER, order) X(FIELDS, fields) X(OPTIONS, options)              \
  X(EXTRAS, extras) X(BODY, body) X(TO, to) X(TARGET, target) X(WHERE, where) X(METHOD, method)                \
  X(OPERATORS, operators) X(DESCENDING, descending) X(EXPRESSION, expression) X(INDEXES, indexes)              \
  X(UNIQUES, uniques) X(KEYS, keys) X(ARRAY, array) X(REFERENCES, references) X(UNDERSCORED, underscored)      \
  X(ABSTRACT, abstract) X(INVERSE, inverse) X(PREFIX, prefix) X(INLINE, inline)                \
  X(DIALECT, dialect) X(CLASS_OF, class_of) X(SOFT_DELETE, soft_delete) X(FREEZE, freeze) X(OTHER, other)      \
  X(MANY_TO_MANY, many_to_many) X(JOIN_TABLE, join_table) X(INHERITANCE, inheritance)                          \
  X(DISCRIMINATOR, discriminator) X(RELATIONS, relations) X(STORED, stored) X(DATABASE, database) X(MANY, many)
typedef enum DeclRole {
#define X(name, text) DECL_##name,
  DECL_ROLES(X)
#undef X
      DECL_COUNT
} DeclRole;

// Where a word stands.
typedef enum SchemaScope {
  SCOPE_EXPORTS,  // what the package exports: functions, classes, decorators
  SCOPE_BUILDER,  // methods of what migrations get
  SCOPE_TABLE,    // methods and option keys of a table; of a column, an index, a foreign key
  SCOPE_COLUMN,
  SCOPE_INDEX,
  SCOPE_KEY,
  SCOPE_TYPES,    // names of column types
  SCOPE_PACKAGES, // drivers, with the dialect as their type
  SCOPE_COUNT
} SchemaScope;

enum { WORD_ARGS = 6, WORD_SETS = 3 };

typedef struct SchemaWord {
  uint16_t library;
  uint8_t scope;            // SchemaScope
  const char *name;
  uint8_t is;               // DeclRole
  uint8_t args[WORD_ARGS];  // DeclRole of each argument, in order; the last one repeats
  uint8_t sets[WORD_SETS];  // roles that hold of the column or index besides
  const char *type;         // of the column, or NULL
  const char *dialect;      // or NULL
} SchemaWord;

// How names in the database are made of those in the code.
typedef enum Naming { NAMING_SAME, NAMING_SNAKE, NAMING_CAMEL, NAMING_PLURAL, NAMING_LOWER_PLURAL, NAMING_LOWER } Naming;

typedef struct LibrarySchema {
  bool known;
  bool required;        // a column holds no null unless it says so
  bool timestamps;      // a table has `created` and `updated` unless it says no
  bool indexes_keys;    // the library makes an index for each relation
  const char *dialect;  // or NULL
  uint8_t tables, columns, keys;                               // Naming of a class, a property, a relation's column
  uint8_t indexes;      // Naming of the whole name of an index
  const char *index_name, *unique_name, *primary_name, *key_name;  // patterns of `{table}` and `{columns}`, or NULL
  const char *id;       // column that every table has as its primary key, or NULL
  const char *created, *updated, *deleted;  // columns of `timestamps` and `soft_delete`
} LibrarySchema;

typedef struct Library {
  const char *name;
  const char **packages;   // patterns, NULL-terminated
  const char **generated;  // patterns, NULL-terminated
  const char **nested;     // keys of a value that write rows of a relation along, NULL-terminated; NULL: none
  const char **locks;      // options and methods that lock the rows a query reads, NULL-terminated; NULL: none
  const char **delays;     // options that put a job off, NULL-terminated; NULL: none
  const char **isolation;  // options and methods that say how far a transaction is apart, NULL-terminated; NULL: none
  const char **deprecated; // options that mark a GraphQL field as deprecated, NULL-terminated; NULL: none
  const char **transactions_of;  // other libraries in whose transactions its queries run as well, NULL-terminated; NULL: none
  const char *handle;      // key of the options object that carries a transaction, NULL: the client itself does
  const char *id;          // name of the primary key where no schema tells it
  const char *parameter;   // how a value is given to SQL text, or NULL
  const char *compared;    // how keys are compared that the library gives as objects: `String({})`, or NULL
  const char *selection;   // how a few columns are chosen: a template of their names, or NULL
  bool plain;              // its rows are objects without methods, which hold what was read and nothing else
  bool double_quotes;      // in its SQL, double quotes are around values, not names
  bool hides;              // it may leave out rows that are marked as deleted, without being told in the query
  bool served;             // other programs ask what is made with it, by conditions that the code does not show
  bool keeps_hooks;        // what its texts propose for many rows runs the hooks that the form for one row runs
  const char **joins;      // methods by which a program makes queries find an open transaction by themselves; NULL: none
  const char **extended;   // methods by which a program changes what the others do, NULL-terminated; NULL: none
  const char **additions;  // keys of their argument that hold what is added: to the client, to tables by name, to all of them
  const char *list;        // a condition on a list of keys in an object, `{key}: { in: {values} }`, NULL: none known
  const char *list_call;   // and in a chain of calls, `.whereIn('{key}', {values})`
  uint16_t options, columns, sorts;  // its shapes of these names, 0 for none
  uint16_t operators;      // the shape of its filters, 0 for none
  RelationWords relations;
  uint32_t first, count;   // its exports
  LibrarySchema schema;
} Library;

// A pattern of specifiers.
typedef struct PackagePattern {
  const char *text;
  uint16_t library;
  bool generated;
  uint32_t next;  // the one of the same first part that was added before it, as an index + 1
} PackagePattern;

typedef struct Libraries {
  VEC(Library) libraries;       // index 0 is a dummy
  VEC(PackagePattern) patterns;
  Map patterns_of;  // hash of a first part, of none if it has a `*` -> the one added last, as an index + 1
  VEC(LibraryState) states;     // index 0 is a dummy
  VEC(LibraryMember) members;
  VEC(LibraryExport) exports;
  VEC(Accessor) accessors;      // few: only some libraries add members by relation
  VEC(LibraryFiles) files;
  VEC(LibraryShape) shapes;     // index 0 is a dummy
  VEC(LibraryWord) words;
  Map word_index;    // private to library_shapes.c: hash of shape and name -> word + 1
  VEC(SchemaWord) schema_words;
  Map schema_index;  // private to library_schema.c: hash of library, scope and name -> word + 1
  Map member_index;  // private to library.c: hash of state and name -> member + 1
  Map export_index;  // hash of library and name -> export + 1
  Arena arena;
} Libraries;

// Add the model in `yaml`; `origin` names it in messages. Unknown keys, unknown states, bad values are errors
// (`origin:line: what`), after which the Libraries can only be released. Start with `Libraries libs = {0}`.
int libraries_add(Libraries *libs, const char *origin, const char *yaml, size_t length, Error *err);
// Add all embedded models. Fails only when one of ours is wrong.
int libraries_load(Libraries *libs, Error *err);
void libraries_release(Libraries *libs);

// The library that provides the specifier, 0 if none; the one added last wins, so that a user's model comes
// before ours. `generated` asks for generated specifiers as well.
uint16_t library_of_package(const Libraries *libs, const char *specifier, bool generated);
// Whether queries of one library run in transactions of the other, when they get the client.
bool library_joins(const Libraries *libs, uint16_t library, uint16_t transaction);
// The export's row, or NULL. `name` is dotted for a namespace's member. Falls back to "*" unless it is dotted.
const LibraryExport *library_export(const Libraries *libs, uint16_t library, const char *name);
bool library_has_export(const Libraries *libs, uint16_t library, const char *name);  // without "*"
// Whether a name is one of a promise's methods, which "*" does not mean.
bool is_promise_method(const char *name);
// What the member of a state means, or NULL. Falls back to "*" (but not for "()", "new()", "``"
// and the methods of promises: then, catch, finally).
const Meaning *library_member(const Libraries *libs, StateId state, const char *name);
// What a word says of tables, or NULL.
const SchemaWord *library_schema_word(const Libraries *libs, uint16_t library, SchemaScope scope, const char *name);
// Whether some library has such a word.
bool library_any_word(const Libraries *libs, SchemaScope scope, const char *name);
// What a key means in a shape, or NULL.
const LibraryWord *library_word(const Libraries *libs, uint16_t shape, const char *name);

#endif
