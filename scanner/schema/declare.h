// declare.h - what the readers of tables declared or changed in code share.
//
// What a function, method, decorator or option key means stands in the `schema` section of the library models; here
// are only roles (library.h). An expression is a Ref, since an options object may stand in another file.
//
//   declare_read.c     expressions: chains of calls, arguments by role, texts, objects
//   declare.c          the table, column, index and key that are open
//   declare_key.c      columns of indexes and keys, relations
//   declare_apply.c    what a word does
//   declare_walk.c     words one after another: chains, bodies of functions, fields of objects
//   naming.c           names in the database, made of names in the code
//   builders.c         migrations
//   entities.c         declarations: which there are; what they name in each other
//   entities_class.c   decorated classes
//   entities_call.c    tables made by calls and objects
#ifndef SEQSCAN_DECLARE_H
#define SEQSCAN_DECLARE_H

#include "schema.h"

enum { DECLARE_DEPTH = 12, DECLARE_REST = 24, DECLARE_INLINE = 6 };

// One call of a chain: `table.string("x").notNullable()` has the root `table` and two steps.
typedef struct ChainStep {
  const char *name;  // NULL: the root itself is called
  Ref call;
} ChainStep;

typedef struct Chain {
  Ref root;
  VEC(ChainStep) steps;
} Chain;

// The arguments of a call by role; what repeats the last role is in `rest` too.
typedef struct Given {
  Ref by[DECL_COUNT];
  Ref rest[DECLARE_REST];
  uint32_t count;
} Given;

typedef enum Shape { SHAPE_NOTHING, SHAPE_TEXT, SHAPE_NUMBER, SHAPE_TRUTH, SHAPE_LIST, SHAPE_OBJECT, SHAPE_FUNCTION, SHAPE_OTHER } Shape;

// What is being declared. Columns are called by their names in the database.
typedef struct Declare {
  Schemas *schemas;
  Schema *schema;
  Program *program;
  uint16_t library;
  const LibrarySchema *model;
  Origin origin;
  bool code;            // a declaration, not a migration: columns are named by property
  bool underscored;     // names of columns in snake case, by an option
  Table *table;         // NULL while none is open
  const char *column;   // the open one, NULL if none
  Index index;          // open while index_open
  Index primary;        // columns marked as primary one by one
  ForeignKey key;       // open while key_open
  bool index_open, key_open;
  bool index_plain;     // opened as an index, not as a constraint: `addIndex(..., { unique: true })`
  const char *prefix;    // path of the object that the field lies in ("address."), or NULL
  bool listed;           // which is one of a list of objects
  Ref inline_of[DECLARE_INLINE];  // classes within which the field lies, outermost first
  uint32_t inlines;
  const char *inline_prefix;  // of the columns of an embedded class, or NULL
  const char *property;  // in the code, of the field that is being read; NULL for migrations
  const char *other_key;  // property of the relation's target that the column holds, NULL: "id"
  VEC(const char *) aliases;  // properties that stand for a column beside its own: a name, then the column's
  int depth;
  uint32_t budget;      // properties that may still be looked at
} Declare;

//
// declare_read.c
//

static inline const Expr *expr_of(const Declare *d, Ref ref) { return expr_at(&d->program->files.at[ref.file], ref.id); }
static inline const char *name_in(const Declare *d, Ref ref, Name name) {
  return text_of(&d->program->files.at[ref.file], name);
}
Ref declare_inner(const Declare *d, Ref ref);               // without casts, awaits
Ref declare_item(const Declare *d, Ref list, uint32_t i);   // number i of the list of an expression
Ref declare_literal(Declare *d, Ref ref);                   // what a constant stands for, else the expression itself
Shape declare_shape(Declare *d, Ref *ref);                  // sees through constants: *ref is the literal then
const char *declare_text(Declare *d, Ref ref);              // of a string constant, NULL if it cannot be seen
bool declare_truth(Declare *d, Ref ref);                    // anything but `false`
Ref declare_result(const Declare *d, Ref function);         // what a function gives back at its end, {0,0} if nothing
void declare_chain(const Declare *d, Ref call, Chain *out); // the steps from the root to this call
bool declare_is_outermost(const Declare *d, Ref call);      // no further call follows in its chain
const SchemaWord *declare_word(const Declare *d, SchemaScope scope, const char *name);
// The word that an expression is as an export of a library with a schema, or NULL.
const SchemaWord *declare_export(const Declare *d, Ref callee);
void declare_given(Declare *d, const SchemaWord *word, Ref call, Given *out);
// What a call is given for a role, as an argument or as a key of its options; {0,0} if it is not.
Ref declare_part(Declare *d, const Given *given, SchemaScope scope, DeclRole role);
// The value of the option with a role in an object, {0,0} if there is none.
Ref declare_option(Declare *d, Ref object, SchemaScope scope, DeclRole role);
typedef void EachProperty(Declare *d, const char *name, Ref value, void *data);
void declare_each(Declare *d, Ref object, EachProperty *each, void *data);  // also those of spread objects
Place declare_place(const Declare *d, Ref ref);
// The text of an SQL expression, with the names of columns in its holes; NULL if it is none.
const char *declare_sql(Declare *d, Ref ref);
const char *declare_keep(const Declare *d, const char *text);

//
// naming.c
//

const char *naming_apply(Arena *arena, Naming naming, const char *name);
// "users" -> "user", as the package inflection does for Sequelize.
const char *naming_singular(Arena *arena, const char *name);
// The column of a relation: `user` and `id` give "userId" or "user_id".
const char *naming_join(Arena *arena, Naming naming, const char *first, const char *second);
// A name by the library's pattern; NULL when it has none.
const char *naming_index(Declare *d, const char *pattern, const Index *index);

//
// declare.c
//

Declare declare_start(Schemas *schemas, Schema *schema, uint16_t library, bool code);
void declare_release(Declare *d);
void declare_open(Declare *d, const char *table, Ref at);  // a table that is there, or a new one
void declare_finish(Declare *d);                           // add the index and key that are open
void declare_leave(Declare *d);                            // also the primary key, and leave the table
// Go one level deeper into what names stand for, which may be themselves; false when that is too deep or too much.
bool declare_descend(Declare *d);
void declare_ascend(Declare *d);
bool declare_spend(Declare *d);  // one step of the budget; false when it is used up or the table is larger than any
void declare_dialect(Declare *d, const char *name);        // unless it is known
void declare_alias(Declare *d, const char *property, const char *column);
const char *declare_spoken(Declare *d, const char *name);      // a column's name in the database
Column *declare_column(Declare *d, const char *name, Ref at);  // make it and leave it open
static inline Column *declare_opened(const Declare *d) {
  return d->table && d->column ? table_find(d->table, d->column) : NULL;
}
// Of the open column: its type as it is written and in SQL, by name, by the expression or else the word.
void declare_set_type(Declare *d, const char *written, const char *type);
void declare_named_type(Declare *d, const char *name);
void declare_type(Declare *d, const SchemaWord *word, Ref type);
void declare_flag(Declare *d, DeclRole role, Ref value);  // primary, unique, nullable...
void declare_default_key(Declare *d);                     // of the open table, if it has none
void declare_open_index(Declare *d, DeclRole role, Ref at);
void declare_open_key(Declare *d, Ref at);
void declare_close_index(Declare *d);
void declare_close_key(Declare *d);
void declare_index_column(Declare *d, DeclRole role, Ref value);  // an index of the open column only

//
// declare_key.c
//

void declare_columns(Declare *d, Ref columns);                // add columns to the open index or key
void declare_ordered(Declare *d, Ref columns);                // likewise `{ a: 1, b: -1 }`
void declare_target(Declare *d, Ref target);                  // the table that the open key refers to
void declare_refer(Declare *d, const Given *given);           // what a key is told of the other table
void declare_key(Declare *d, const char *column, Ref target, Ref at);  // add a key of one column
void declare_rows(Declare *d, Ref target);                    // a property that gives rows of another table
void declare_relation(Declare *d, const SchemaWord *word, const Given *given, Ref at);

//
// declare_apply.c
//

// Apply a word with what it is given.
void declare_apply(Declare *d, const SchemaWord *word, Ref call, const Given *given);
void declare_options(Declare *d, Ref object, SchemaScope scope);  // apply the keys of an object to what is open
void declare_more(Declare *d, Ref options);  // what a table's options say beside its columns: timestamps, indexes

//
// declare_walk.c
//

void declare_steps(Declare *d, const Chain *chain, uint32_t first, SchemaScope scope);
void declare_body(Declare *d, Ref function, SchemaScope scope);  // the calls on the parameter of a function
void declare_fields(Declare *d, Ref fields);                     // columns by property, or a list of columns
void declare_extras(Declare *d, Ref extras);                     // indexes and keys that a function gives

#endif
