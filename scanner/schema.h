// schema.h - the tables that the repository's own sources declare: columns, indexes, foreign keys.
//
// A Schema is what one package (the folder of a package.json) says of its database, merged from every source
// in it: Prisma schemas, SQL migrations, entity classes, table builders, migrations in code. Several packages
// of a monorepo stay apart. Readers in schema/*.c call the functions below in the order in which a database
// would see the statements; names are compared without regard to case, as databases do.
//
//   schema/schema.c    tables by name, merging, looking a table up for a query
//   schema/prisma.c    *.prisma files
//   schema/ddl.c       SQL text: CREATE, ALTER, DROP, by libpg_query; with ddl_*.c
//   schema/migrations.c  which SQL texts and files of code change tables, and in which order
//   schema/sources.c   which files declare tables, and the database that they are for
//   schema/entities.c  classes and tables declared in code
//   schema/builders.c  migrations written as calls of a schema builder
//   schema/print.c     `seqscan schema`
#ifndef SEQSCAN_SCHEMA_H
#define SEQSCAN_SCHEMA_H

#include "base.h"
#include "finding.h"
#include "program.h"

typedef enum Dialect {
  DIALECT_UNKNOWN,
  DIALECT_POSTGRES,
  DIALECT_MYSQL,    // indexes each foreign key by itself
  DIALECT_SQLITE,
  DIALECT_MSSQL,
  DIALECT_MONGODB,
} Dialect;

typedef enum ColumnKind {
  COLUMN_OTHER,
  COLUMN_NUMBER,
  COLUMN_STRING,   // varchar(n), char(n), citext, uuid as text: short
  COLUMN_TEXT,     // unbounded text in the database; Prisma's plain String is COLUMN_STRING, @db.Text is this
  COLUMN_JSON,
  COLUMN_BYTES,
  COLUMN_BOOLEAN,
  COLUMN_ENUM,
  COLUMN_TIME,     // date, time, timestamp
  COLUMN_UUID,
  COLUMN_ARRAY,
  COLUMN_VECTOR,   // tsvector, vector
} ColumnKind;

// Columns that make a row wide: reading them for nothing costs.
static inline bool column_is_wide(uint8_t kind) {
  return kind == COLUMN_TEXT || kind == COLUMN_JSON || kind == COLUMN_BYTES || kind == COLUMN_VECTOR;
}

// Strings of all structures below are owned by the Schemas. Places are not resolved.
typedef struct Column {
  const char *name;      // in the database
  const char *property;  // in the code; the same as name when it has no other
  const char *type;      // as the source writes it
  uint8_t kind;          // ColumnKind
  bool nullable;
  bool deletion;         // its time marks a row as deleted, which the library then leaves out
  bool listed;           // of one of many objects within the row: `items.price`
  bool guessed;          // only known because an index or key names it
  Place place;
} Column;

typedef struct IndexPart {
  const char *column;      // its database name, NULL for an expression
  const char *expression;  // "lower(email)", NULL for a column
  const char *operators;   // operator class ("gin_trgm_ops"), or NULL
  bool descending;
} IndexPart;

typedef struct Index {
  const char *name;       // NULL when the source gives none
  const char *method;     // "btree", "gin", ...; never NULL
  const char *predicate;  // of a partial index, or NULL
  const struct Condition *rows;  // what that compares, by queries_read(); none where it is not understood
  uint32_t nrows;
  bool primary, unique;
  bool implied;           // made without being declared: by MySQL for a foreign key, by a library for a join table
  VEC(IndexPart) parts;
  VEC(const char *) include;
  Place place;
} Index;

typedef struct ForeignKey {
  const char *name;        // or NULL
  const char *relation;    // the property in the code that gives the row it refers to, or NULL
  VEC(const char *) columns;
  const char *table;       // the one that it refers to
  VEC(const char *) to;    // its columns; may be empty: the primary key
  bool migrated;           // a migration makes it
  Place place;
} ForeignKey;

// A property in the code that gives the rows of another table which belong to a row.
typedef struct TableRelation {
  const char *property;
  const char *table;  // database name
} TableRelation;

// What a source is written in: index advice is given in the same language.
typedef enum Origin {
  ORIGIN_SQL,
  ORIGIN_PRISMA,
  ORIGIN_TYPEORM,
  ORIGIN_MIKRO_ORM,
  ORIGIN_SEQUELIZE,
  ORIGIN_DRIZZLE,
  ORIGIN_KNEX,       // schema builder of Knex and Objection
  ORIGIN_KYSELY,
  ORIGIN_MONGOOSE,
  ORIGIN_COUNT
} Origin;

typedef struct Table {
  const char *name;    // in the database, without its schema ("public")
  const char *space;   // the schema of the database that it is in, NULL when the source does not say
  const char *model;   // in the code: Prisma model, entity class, table variable; NULL if none
  uint8_t origin;      // Origin of what declared it first; declarations in code win over migrations
  uint32_t origins;    // 1 << Origin of each source that speaks of it
  bool whole;          // a CREATE TABLE or a declaration was seen: all columns are known
  bool view;
  bool filled;         // migrations put rows into it
  bool migrated;       // a migration makes it
  bool presumed;       // made, and changed, only where that is not done already: CREATE TABLE IF NOT EXISTS
  VEC(Column) columns;
  VEC(Index) indexes;  // also primary and unique keys
  VEC(ForeignKey) keys;
  VEC(TableRelation) relations;
  Place place;
} Table;

typedef struct Schema {
  const char *folder;  // of the package, "" for the root
  uint8_t dialect;     // Dialect
  bool concurrently;        // migrations make indexes with CONCURRENTLY...
  const char *apart;        // and begin with this comment then, which keeps them out of a transaction; or NULL
  VEC(const char *) enums;  // types that are lists of words
  VEC(Table *) tables; // sorted by name once all is read; dropped ones are gone
  Map by_name;         // private to schema.c
} Schema;

typedef struct Schemas {
  Schema **at;         // a vec, sorted by folder
  uint32_t n, cap;
  VEC(Trouble) troubles;  // what could not be read: path and reason
  Arena arena;
  Program *program;
  struct SqlTexts *texts;  // or NULL
  uint8_t *contexts;  // Context by file, see schemas_context()
} Schemas;

// Read all that the program's files and texts declare. Only files of the application and its migrations count.
void schemas_read(Schemas *schemas, Program *p);
void schemas_release(Schemas *schemas);

// The schema of the package that a path lies in, made when there is none.
Schema *schema_at(Schemas *schemas, const char *path);
// A schema of its own, for the replay of one folder of migrations; merged into that of its package at the end.
Schema *schema_scratch(Schemas *schemas);
// Add what `from` says to `into`: of a column that both know, the first one's words stay. `from` is used up.
void schema_merge(Schemas *schemas, Schema *into, Schema *from);

//
// What readers do, in the order of the database.
//

// A table by its database name; made when it is not there. Never NULL.
Table *schema_table(Schemas *schemas, Schema *schema, const char *name);
Table *schema_find(const Schema *schema, const char *name);         // NULL when there is none
Table *schema_find_model(const Schema *schema, const char *model);  // by its name in the code
void schema_drop(Schema *schema, const char *name);
void schema_rename(Schemas *schemas, Schema *schema, const char *from, const char *to);

// A column by its database name; made when it is not there. Never NULL; valid until the next one is made.
Column *table_column(Schemas *schemas, Table *table, const char *name);
Column *table_find(const Table *table, const char *name);               // NULL when there is none
Column *table_find_property(const Table *table, const char *property);  // by its name in the code, else in the database
void table_drop_column(Table *table, const char *name);  // with the indexes and keys that hold it
void table_rename_column(Schemas *schemas, Table *table, const char *from, const char *to);

// Add an index; one with the same name, or the same parts, kind, method and predicate, is replaced and keeps
// the name it had. Valid until the next one is added. Fill `parts` by index_part() before.
Index *table_add_index(Table *table, const Index *index);
void index_part(Index *index, const char *column);
void schema_drop_index(Schema *schema, Table *table, const char *name);  // table NULL: of whichever has it
// In place of one with its name, or of one on the same columns when either has no name.
void table_add_key(Table *table, const ForeignKey *key);
void table_drop_key(Table *table, const char *name);

//
// What rules ask.
//

// The table that a query of a file means: by model or database name, in the schema of the file's own package,
// else in the only other one that has it. NULL when none or several do.
const Table *schemas_table(const Schemas *schemas, const char *path, const char *name);
const Schema *schemas_of_table(const Schemas *schemas, const Table *table);
const TableRelation *table_relation(const Table *table, const char *property);  // NULL when it has none of that name
// The column that a part of an index is made of, NULL for an expression.
static inline const Column *part_column(const Table *table, const IndexPart *part) {
  return part->column ? table_find(table, part->column) : NULL;
}
// Whether the database checks a key: not when migrations make the table, and the key is only an association in the code.
static inline bool key_is_checked(const Table *table, const ForeignKey *key) { return key->migrated || !table->migrated; }
// Whether an index starts with this column and serves any row (no predicate, ordered or hash method).
bool table_leads(const Table *table, const char *column);
// Whether equality on these columns gives at most one row.
bool table_is_unique(const Table *table, const char *const *columns, size_t count);

ColumnKind column_kind_of_sql(const char *type);  // "character varying(255)", "jsonb", "int8", "text[]"
const char *origin_name(Origin origin);
const char *dialect_name(Dialect dialect);
Dialect dialect_named(const char *name);  // DIALECT_UNKNOWN when there is none

// schema/print.c: `seqscan schema`, tables with columns, indexes and where they stand; or as JSON. Fills their places.
int schemas_print(Schemas *schemas, const Tree *tree, bool json, Text *out, Error *err);

//
// The readers. Each adds to the schemas; what it cannot read becomes a Trouble, never a stop.
//

// schema/prisma.c: the *.prisma files of one Prisma schema.
void prisma_read(Schemas *schemas, Schema *schema, const TextFile *files, size_t count);
// schema/ddl.c: SQL statements in their order. `offset` is where the text stands in its source.
void ddl_read(Schemas *schemas, Schema *schema, const Source *source, const char *text, size_t length, uint32_t offset);
// schema/sources.c: which texts and files declare tables, and their order; calls the other readers.
void sources_read(Schemas *schemas);
// What a file is for; that of a code file is kept in Schemas.contexts.
Context schemas_context(const Source *source);
// Whether such a file may speak of the application's tables.
static inline bool schemas_want(Context context) { return context == CONTEXT_APP || context == CONTEXT_MIGRATION; }
Dialect schemas_dialect(const Schemas *schemas, const char *path);  // by the drivers of the path's package
// schema/migrations.c: SQL files and migrations in code, folder by folder, in the order of their tools.
void migrations_read(Schemas *schemas);
// schema/entities.c: decorated classes, table functions, model definitions of the application's files.
void entities_read(Schemas *schemas);
// schema/builders.c: a call within a migration: of a schema builder, or of a function that uses one. `budget` is how
// many expressions may still be looked at.
void builders_call(Schemas *schemas, Schema *schema, Ref call, uint32_t *budget);

#endif
