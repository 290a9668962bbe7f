// schema.c - tables by name, merging of sources, and what rules ask of them; see schema.h.
//
// Schemas are small (a few hundred tables), so names within a table are searched one after another.
#include "schema.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool same(const char *a, const char *b) { return a && b && !strcasecmp(a, b); }

static uint64_t name_hash(const char *name) {
  char lower[256];
  size_t length = 0;
  for (; name[length] && length < sizeof lower; length++)
    lower[length] = (char)tolower((unsigned char)name[length]);
  return hash_bytes(lower, length);
}

static const char *keep(Schemas *schemas, const char *text) {
  return text ? arena_copy(&schemas->arena, text, strlen(text)) : NULL;
}

//
// Schemas
//

static int compare_folders(const void *left, const void *right) {
  return strcmp((*(Schema *const *)left)->folder, (*(Schema *const *)right)->folder);
}

Schema *schema_scratch(Schemas *schemas) {
  Schema *schema = arena_alloc(&schemas->arena, sizeof *schema);
  schema->folder = "";
  return schema;
}

Schema *schema_at(Schemas *schemas, const char *path) {
  const char *folder = modules_package_folder(schemas->program->modules, path);
  for (uint32_t i = 0; i < schemas->n; i++)
    if (!strcmp(schemas->at[i]->folder, folder))
      return schemas->at[i];
  Schema *schema = schema_scratch(schemas);
  schema->folder = keep(schemas, folder);
  vec_push(schemas, schema);
  qsort(schemas->at, schemas->n, sizeof *schemas->at, compare_folders);
  return schema;
}

static void release_table(Table *table) {
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    vec_release(&table->indexes.at[i].parts);
    vec_release(&table->indexes.at[i].include);
  }
  for (uint32_t i = 0; i < table->keys.n; i++) {
    vec_release(&table->keys.at[i].columns);
    vec_release(&table->keys.at[i].to);
  }
  vec_release(&table->columns);
  vec_release(&table->indexes);
  vec_release(&table->keys);
  vec_release(&table->relations);
}

static void release_schema(Schema *schema) {
  for (uint32_t i = 0; i < schema->tables.n; i++)
    release_table(schema->tables.at[i]);
  vec_release(&schema->tables);
  vec_release(&schema->enums);
  map_release(&schema->by_name);
}

void schemas_release(Schemas *schemas) {
  for (uint32_t i = 0; i < schemas->n; i++)
    release_schema(schemas->at[i]);
  vec_release(schemas);
  vec_release(&schemas->troubles);
  xfree(schemas->contexts);
  arena_release(&schemas->arena);
}

//
// Tables
//

// `public.users`, `"users"`: the name alone.
static const char *bare_name(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot && dot[1] ? dot + 1 : name;
}

Table *schema_find(const Schema *schema, const char *name) {
  uint32_t at = map_get(&schema->by_name, name_hash(bare_name(name)));
  return at ? schema->tables.at[at - 1] : NULL;
}

Table *schema_find_model(const Schema *schema, const char *model) {
  for (uint32_t i = 0; i < schema->tables.n; i++)
    if (same(schema->tables.at[i]->model, model))
      return schema->tables.at[i];
  return NULL;
}

Table *schema_table(Schemas *schemas, Schema *schema, const char *name) {
  Table *table = schema_find(schema, name);
  if (table)
    return table;
  table = arena_alloc(&schemas->arena, sizeof *table);
  table->name = keep(schemas, bare_name(name));
  vec_push(&schema->tables, table);
  map_put(&schema->by_name, name_hash(table->name), schema->tables.n);
  return table;
}

static void index_names(Schema *schema) {
  map_release(&schema->by_name);
  for (uint32_t i = 0; i < schema->tables.n; i++)
    map_put(&schema->by_name, name_hash(schema->tables.at[i]->name), i + 1);
}

static void remove_table(Schema *schema, const Table *table) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < schema->tables.n; i++)
    if (schema->tables.at[i] != table)
      schema->tables.at[kept++] = schema->tables.at[i];
  schema->tables.n = kept;
  index_names(schema);
}

void schema_drop(Schema *schema, const char *name) {
  Table *table = schema_find(schema, name);
  if (!table)
    return;
  remove_table(schema, table);
  release_table(table);
}

void schema_rename(Schemas *schemas, Schema *schema, const char *from, const char *to) {
  Table *table = schema_find(schema, from);
  if (!table || same(table->name, bare_name(to)))
    return;
  schema_drop(schema, to);
  const char *old = table->name;
  table->name = keep(schemas, bare_name(to));
  index_names(schema);
  for (uint32_t i = 0; i < schema->tables.n; i++)
    for (uint32_t k = 0; k < schema->tables.at[i]->keys.n; k++)
      if (same(schema->tables.at[i]->keys.at[k].table, old))
        schema->tables.at[i]->keys.at[k].table = table->name;
}

//
// Columns
//

Column *table_find(const Table *table, const char *name) {
  for (uint32_t i = 0; name && i < table->columns.n; i++)
    if (same(table->columns.at[i].name, name))
      return &table->columns.at[i];
  return NULL;
}

Column *table_find_property(const Table *table, const char *property) {
  for (uint32_t i = 0; property && i < table->columns.n; i++)
    if (same(table->columns.at[i].property, property))
      return &table->columns.at[i];
  return table_find(table, property);
}

Column *table_column(Schemas *schemas, Table *table, const char *name) {
  Column *column = table_find(table, name);
  if (column)
    return column;
  const char *kept = keep(schemas, name);
  vec_push(&table->columns, ((Column){.name = kept, .property = kept, .type = "", .nullable = true}));
  return &table->columns.at[table->columns.n - 1];
}

static bool index_holds(const Index *index, const char *column) {
  for (uint32_t i = 0; i < index->parts.n; i++)
    if (same(index->parts.at[i].column, column))
      return true;
  return false;
}

static bool key_holds(const ForeignKey *key, const char *column) {
  for (uint32_t i = 0; i < key->columns.n; i++)
    if (same(key->columns.at[i], column))
      return true;
  return false;
}

static void remove_index(Table *table, uint32_t at) {
  vec_release(&table->indexes.at[at].parts);
  vec_release(&table->indexes.at[at].include);
  memmove(&table->indexes.at[at], &table->indexes.at[at + 1], (--table->indexes.n - at) * sizeof(Index));
}

static void remove_key(Table *table, uint32_t at) {
  vec_release(&table->keys.at[at].columns);
  vec_release(&table->keys.at[at].to);
  memmove(&table->keys.at[at], &table->keys.at[at + 1], (--table->keys.n - at) * sizeof(ForeignKey));
}

void table_drop_column(Table *table, const char *name) {
  for (uint32_t i = table->indexes.n; i-- > 0;)
    if (index_holds(&table->indexes.at[i], name))
      remove_index(table, i);
  for (uint32_t i = table->keys.n; i-- > 0;)
    if (key_holds(&table->keys.at[i], name))
      remove_key(table, i);
  Column *column = table_find(table, name);
  if (!column)
    return;
  size_t after = (size_t)(table->columns.at + table->columns.n - column - 1);
  memmove(column, column + 1, after * sizeof *column);
  table->columns.n--;
}

void table_rename_column(Schemas *schemas, Table *table, const char *from, const char *to) {
  Column *column = table_find(table, from);
  const char *name = keep(schemas, to);
  if (column && same(column->property, column->name))
    column->property = name;
  if (column)
    column->name = name;
  for (uint32_t i = 0; i < table->indexes.n; i++)
    for (uint32_t k = 0; k < table->indexes.at[i].parts.n; k++)
      if (same(table->indexes.at[i].parts.at[k].column, from))
        table->indexes.at[i].parts.at[k].column = name;
  for (uint32_t i = 0; i < table->keys.n; i++)
    for (uint32_t k = 0; k < table->keys.at[i].columns.n; k++)
      if (same(table->keys.at[i].columns.at[k], from))
        table->keys.at[i].columns.at[k] = name;
}

//
// Indexes and keys
//

void index_part(Index *index, const char *column) { vec_push(&index->parts, ((IndexPart){.column = column})); }

static bool same_part(const IndexPart *a, const IndexPart *b) {
  bool columns = a->column && b->column ? same(a->column, b->column) : same(a->expression, b->expression);
  return columns && a->descending == b->descending && (a->operators == b->operators || same(a->operators, b->operators));
}

// The same but for the rows that they hold.
static bool same_shape(const Index *a, const Index *b) {
  if (a->parts.n != b->parts.n || a->primary != b->primary || a->unique != b->unique || !same(a->method, b->method))
    return false;
  for (uint32_t i = 0; i < a->parts.n; i++)
    if (!same_part(&a->parts.at[i], &b->parts.at[i]))
      return false;
  return true;
}

static bool same_index(const Index *a, const Index *b) {
  return same_shape(a, b) && (a->predicate == b->predicate || same(a->predicate, b->predicate));
}

static void replace_index(Index *known, const Index *index) {
  vec_release(&known->parts);
  vec_release(&known->include);
  *known = *index;
}

Index *table_add_index(Table *table, const Index *index) {
  for (uint32_t i = table->indexes.n; i-- > 0;) {
    Index *old = &table->indexes.at[i];
    if (same(old->name, index->name) || (!(old->name && index->name) && same_index(old, index))) {
      const char *name = index->name ? index->name : old->name;
      replace_index(old, index);
      old->name = name;
      return old;
    }
  }
  vec_push(&table->indexes, *index);
  return &table->indexes.at[table->indexes.n - 1];
}

void schema_drop_index(Schema *schema, Table *table, const char *name) {
  for (uint32_t t = 0; t < schema->tables.n; t++)
    for (uint32_t i = schema->tables.at[t]->indexes.n; i-- > 0;)
      if ((!table || table == schema->tables.at[t]) && same(schema->tables.at[t]->indexes.at[i].name, bare_name(name)))
        remove_index(schema->tables.at[t], i);
}

static bool same_key(const ForeignKey *a, const ForeignKey *b) {
  if (a->columns.n != b->columns.n || !same(a->table, b->table))
    return false;
  for (uint32_t i = 0; i < a->columns.n; i++)
    if (!same(a->columns.at[i], b->columns.at[i]))
      return false;
  return true;
}

void table_add_key(Table *table, const ForeignKey *key) {
  for (uint32_t i = 0; i < table->keys.n; i++) {
    const char *name = table->keys.at[i].name;
    if (name && key->name ? same(name, key->name) : same_key(&table->keys.at[i], key)) {
      remove_key(table, i);
      break;
    }
  }
  vec_push(&table->keys, *key);
}

void table_drop_key(Table *table, const char *name) {
  for (uint32_t i = table->keys.n; i-- > 0;)
    if (same(table->keys.at[i].name, name))
      remove_key(table, i);
}

//
// Merging
//

static void merge_columns(Table *into, const Table *from) {
  for (uint32_t i = 0; i < from->columns.n; i++) {
    Column *known = table_find(into, from->columns.at[i].name);
    if (!known)
      vec_push(&into->columns, from->columns.at[i]);
    else if (known->guessed) {
      const char *property = same(known->property, known->name) ? from->columns.at[i].property : known->property;
      *known = from->columns.at[i];
      known->property = property;
    } else if (!from->columns.at[i].guessed) {
      known->nullable &= from->columns.at[i].nullable;
      known->deletion |= from->columns.at[i].deletion;
    }
  }
}

// The primary key of a table with its columns in another order: there is only one.
static bool is_reordered_key(const Index *a, const Index *b) {
  if (!a->primary || !b->primary || a->parts.n != b->parts.n || same_index(a, b))
    return false;
  for (uint32_t i = 0; i < a->parts.n; i++)
    if (!index_holds(b, a->parts.at[i].column))
      return false;
  return true;
}

static bool has_index(const Table *table, const Index *index) {
  for (uint32_t i = 0; i < table->indexes.n; i++)
    if (same_index(&table->indexes.at[i], index))
      return true;
  return false;
}

// The index of all rows that the code declares, and of which migrations have made one of some rows: a unique one of these says
// nothing new beside it, so it has taken its place, and any other one has where the migrations make the table.
static Index *narrowed(Table *into, const Table *from, const Index *index) {
  for (uint32_t i = 0; index->predicate && (index->unique || from->whole) && i < into->indexes.n; i++) {
    Index *declared = &into->indexes.at[i];
    bool named = declared->name && same(declared->name, index->name);
    if (!declared->predicate && (named || same_shape(declared, index)) && !has_index(from, declared))
      return declared;
  }
  return NULL;
}

static void narrow_indexes(Table *into, Table *from) {
  for (uint32_t i = from->indexes.n; i-- > 0;) {
    Index *index = &from->indexes.at[i], *known = narrowed(into, from, index);
    if (!known)
      continue;
    replace_index(known, index);
    memset(&index->parts, 0, sizeof index->parts);
    memset(&index->include, 0, sizeof index->include);
    remove_index(from, i);
  }
}

// An index that both know is kept once. What it is called in the database is what migrations call it, and the order of a
// key's columns is that of the CREATE TABLE.
static void merge_indexes(Table *into, Table *from) {
  bool names = from->origin == ORIGIN_SQL && into->origin != ORIGIN_SQL;
  for (uint32_t i = 0; i < from->indexes.n; i++) {
    Index *index = &from->indexes.at[i], *known = NULL;
    for (uint32_t k = 0; k < into->indexes.n && !known; k++) {
      Index *other = &into->indexes.at[k];
      known = same(other->name, index->name) || same_index(other, index) || is_reordered_key(other, index) ? other : NULL;
    }
    if (!known) {
      vec_push(&into->indexes, *index);
      continue;
    }
    const char *name = names && index->name ? index->name : known->name;
    if (from->whole && is_reordered_key(known, index)) {
      Index other = *known;
      *known = *index;
      *index = other;
    }
    known->name = name;
    vec_release(&index->parts);
    vec_release(&index->include);
  }
}

// Foreign keys likewise.
static void merge_keys(Table *into, Table *from) {
  for (uint32_t i = 0; i < from->keys.n; i++) {
    ForeignKey *key = &from->keys.at[i], *known = NULL;
    for (uint32_t k = 0; k < into->keys.n && !known; k++)
      known = same_key(&into->keys.at[k], key) ? &into->keys.at[k] : NULL;
    if (!known) {
      vec_push(&into->keys, *key);
      continue;
    }
    known->name = key->name ? key->name : known->name;
    known->migrated |= key->migrated;
    vec_release(&key->columns);
    vec_release(&key->to);
  }
}

// What was only guessed, and a CREATE TABLE does not have.
static void drop_guesses(Table *table, const Table *whole) {
  for (uint32_t i = table->columns.n; i-- > 0;)
    if (table->columns.at[i].guessed && !table_find(whole, table->columns.at[i].name))
      table_drop_column(table, table->columns.at[i].name);
}

static void merge_table(Table *into, Table *from) {
  if (!into->migrated)
    narrow_indexes(into, from);
  if (from->whole)
    drop_guesses(into, from);
  if (!into->whole && from->whole) {
    into->place = from->place;
    into->origin = from->origin;
  }
  into->model = into->model ? into->model : from->model;
  into->space = into->space ? into->space : from->space;
  into->origins |= from->origins;
  into->view &= from->view;
  into->filled |= from->filled;
  into->migrated |= from->migrated;
  into->presumed = into->whole && from->whole ? into->presumed && from->presumed : into->presumed || from->presumed;
  merge_columns(into, from);
  merge_indexes(into, from);
  merge_keys(into, from);
  for (uint32_t i = 0; i < from->relations.n; i++)
    if (!table_relation(into, from->relations.at[i].property))
      vec_push(&into->relations, from->relations.at[i]);
  into->whole |= from->whole;
  vec_release(&from->columns);
  vec_release(&from->indexes);
  vec_release(&from->keys);
  vec_release(&from->relations);
}

void schema_merge(Schemas *schemas, Schema *into, Schema *from) {
  for (uint32_t i = 0; i < from->tables.n; i++) {
    bool fresh = !schema_find(into, from->tables.at[i]->name);
    Table *table = schema_table(schemas, into, from->tables.at[i]->name);
    if (fresh)
      *table = *from->tables.at[i];
    else
      merge_table(table, from->tables.at[i]);
  }
  for (uint32_t i = 0; i < from->enums.n; i++)
    vec_push(&into->enums, from->enums.at[i]);
  if (!into->dialect)
    into->dialect = from->dialect;
  into->concurrently |= from->concurrently;
  into->apart = from->apart ? from->apart : into->apart;
  vec_release(&from->tables);
  vec_release(&from->enums);
  map_release(&from->by_name);
}

static int compare_tables(const void *left, const void *right) {
  return strcmp((*(Table *const *)left)->name, (*(Table *const *)right)->name);
}

// Whether an index starts with the columns of a key, in their order.
static bool has_key_index(const Table *table, const ForeignKey *key) {
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    uint32_t k = 0;
    while (k < key->columns.n && k < index->parts.n && same(index->parts.at[k].column, key->columns.at[k]))
      k++;
    if (k == key->columns.n && same(index->method, "btree"))
      return true;
  }
  return false;
}

// InnoDB makes an index for each foreign key that has none.
static void imply_indexes(Table *table) {
  for (uint32_t i = 0; i < table->keys.n; i++) {
    const ForeignKey *key = &table->keys.at[i];
    if (!key->columns.n || has_key_index(table, key))
      continue;
    Index index = {.name = key->name, .method = "btree", .implied = true, .place = key->place};
    for (uint32_t k = 0; k < key->columns.n; k++)
      index_part(&index, key->columns.at[k]);
    table_add_index(table, &index);
  }
}

void schemas_read(Schemas *schemas, Program *p) {
  schemas->program = p;
  schemas->contexts = xcalloc(p->files.n, sizeof *schemas->contexts);
  for (FileId file = 1; file < p->files.n; file++)
    schemas->contexts[file] = (uint8_t)schemas_context(p->files.at[file].source);
  sources_read(schemas);
  for (uint32_t i = 0; i < schemas->n; i++) {
    Schema *schema = schemas->at[i];
    if (schema->tables.n)
      qsort(schema->tables.at, schema->tables.n, sizeof *schema->tables.at, compare_tables);
    index_names(schema);
    for (uint32_t t = 0; t < schema->tables.n && schema->dialect == DIALECT_MYSQL; t++)
      imply_indexes(schema->tables.at[t]);
  }
}

//
// What rules ask
//

static Table *table_called(const Schema *schema, const char *name) {
  Table *table = schema_find_model(schema, name);
  return table ? table : schema_find(schema, name);
}

const Table *schemas_table(const Schemas *schemas, const char *path, const char *name) {
  const char *folder = modules_package_folder(schemas->program->modules, path);
  const Table *found = NULL;
  bool several = false;
  for (uint32_t i = 0; i < schemas->n; i++) {
    const Table *table = table_called(schemas->at[i], name);
    if (table && !strcmp(schemas->at[i]->folder, folder))
      return table;
    several |= table && found;
    found = table ? table : found;
  }
  return several ? NULL : found;
}

const Schema *schemas_of_table(const Schemas *schemas, const Table *table) {
  for (uint32_t i = 0; i < schemas->n; i++)
    if (schema_find(schemas->at[i], table->name) == table)
      return schemas->at[i];
  return NULL;
}

const TableRelation *table_relation(const Table *table, const char *property) {
  for (uint32_t i = 0; i < table->relations.n; i++)
    if (!strcmp(table->relations.at[i].property, property))
      return &table->relations.at[i];
  return NULL;
}

static bool finds_equal(const Index *index) { return same(index->method, "btree") || same(index->method, "hash"); }

bool table_leads(const Table *table, const char *column) {
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    if (!index->predicate && finds_equal(index) && index->parts.n && same(index->parts.at[0].column, column))
      return true;
  }
  return false;
}

// Whether each part of an index is one of the columns.
static bool has_only(const Index *index, const char *const *columns, size_t count) {
  for (uint32_t i = 0; i < index->parts.n; i++) {
    bool given = false;
    for (size_t k = 0; k < count && !given; k++)
      given = same(index->parts.at[i].column, columns[k]);
    if (!given)
      return false;
  }
  return index->parts.n > 0;
}

bool table_is_unique(const Table *table, const char *const *columns, size_t count) {
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    if ((index->primary || index->unique) && !index->predicate && has_only(index, columns, count))
      return true;
  }
  return false;
}

//
// Words
//

static bool has(const char *type, const char *word) { return strcasestr(type, word) != NULL; }

static bool starts(const char *type, const char *word) { return !strncasecmp(type, word, strlen(word)); }

ColumnKind column_kind_of_sql(const char *type) {
  static const struct {
    const char *word;
    ColumnKind kind;
    bool start;  // the type starts with the word; else it holds it
  } kinds[] = {
      {"[]", COLUMN_ARRAY, false},       {"json", COLUMN_JSON, false},      {"tsvector", COLUMN_VECTOR, true},
      {"vector", COLUMN_VECTOR, true},   {"halfvec", COLUMN_VECTOR, true},  {"bytea", COLUMN_BYTES, true},
      {"blob", COLUMN_BYTES, false},     {"varbinary", COLUMN_BYTES, true}, {"image", COLUMN_BYTES, true},
      {"uuid", COLUMN_UUID, true},       {"uniqueidentifier", COLUMN_UUID, true}, {"bool", COLUMN_BOOLEAN, true},
      {"tinyint(1)", COLUMN_BOOLEAN, true}, {"enum", COLUMN_ENUM, true},    {"timestamp", COLUMN_TIME, true},
      {"interval", COLUMN_OTHER, true},  {"date", COLUMN_TIME, true},       {"time", COLUMN_TIME, true},
      {"tinytext", COLUMN_STRING, true}, {"text", COLUMN_TEXT, false},      {"xml", COLUMN_TEXT, true},
      {"clob", COLUMN_TEXT, false},      {"char", COLUMN_STRING, false},    {"citext", COLUMN_STRING, true},
      {"name", COLUMN_STRING, true},     {"int", COLUMN_NUMBER, false},     {"serial", COLUMN_NUMBER, false},
      {"numeric", COLUMN_NUMBER, true},  {"decimal", COLUMN_NUMBER, true},  {"real", COLUMN_NUMBER, true},
      {"double", COLUMN_NUMBER, true},   {"float", COLUMN_NUMBER, true},    {"number", COLUMN_NUMBER, true},
      {"money", COLUMN_NUMBER, true},    {"year", COLUMN_NUMBER, true},
  };
  for (size_t i = 0; i < COUNT(kinds); i++)
    if (kinds[i].start ? starts(type, kinds[i].word) : has(type, kinds[i].word))
      return kinds[i].kind;
  return COLUMN_OTHER;
}

const char *origin_name(Origin origin) {
  static const char *const names[ORIGIN_COUNT] = {
      [ORIGIN_SQL] = "sql",         [ORIGIN_PRISMA] = "prisma", [ORIGIN_TYPEORM] = "typeorm",
      [ORIGIN_MIKRO_ORM] = "mikro-orm", [ORIGIN_SEQUELIZE] = "sequelize", [ORIGIN_DRIZZLE] = "drizzle",
      [ORIGIN_KNEX] = "knex",       [ORIGIN_KYSELY] = "kysely", [ORIGIN_MONGOOSE] = "mongoose",
  };
  return names[origin];
}

const char *dialect_name(Dialect dialect) {
  static const char *const names[] = {"unknown", "postgres", "mysql", "sqlite", "mssql", "mongodb"};
  return names[dialect];
}

Dialect dialect_named(const char *name) {
  for (Dialect dialect = DIALECT_POSTGRES; name && dialect <= DIALECT_MONGODB; dialect++)
    if (!strcmp(dialect_name(dialect), name))
      return dialect;
  return DIALECT_UNKNOWN;
}
