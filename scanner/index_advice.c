// index_advice.c - an index in the language of the table's source: a Prisma attribute, a decorator, a statement...
#include <ctype.h>
#include <string.h>

#include "indexes.h"

// How a language writes one column; `sorted` when it is to be descending.
typedef struct Form {
  const char *plain, *sorted, *between;
} Form;

static const Form forms[ORIGIN_COUNT] = {
    [ORIGIN_SQL] = {"%s", "%s DESC", ", "},
    [ORIGIN_PRISMA] = {"%s", "%s(sort: Desc)", ", "},
    [ORIGIN_TYPEORM] = {"'%s'", "'%s'", ", "},
    [ORIGIN_MIKRO_ORM] = {"'%s'", "'%s'", ", "},
    [ORIGIN_SEQUELIZE] = {"'%s'", "{ name: '%s', order: 'DESC' }", ", "},
    [ORIGIN_DRIZZLE] = {"table.%s", "table.%s.desc()", ", "},
    [ORIGIN_KNEX] = {"'%s'", "{ column: '%s', order: 'desc' }", ", "},
    [ORIGIN_KYSELY] = {"'%s'", "'%s desc'", ", "},
    [ORIGIN_MONGOOSE] = {"%s: 1", "%s: -1", ", "},
};

// Whether the language names columns as the code does.
static bool names_properties(Origin origin) {
  return origin == ORIGIN_PRISMA || origin == ORIGIN_TYPEORM || origin == ORIGIN_MIKRO_ORM || origin == ORIGIN_DRIZZLE ||
         origin == ORIGIN_MONGOOSE;
}

// Words that name nothing in SQL unless they are quoted, of those that tables and columns are called by.
static bool is_reserved(const char *name) {
  static const char *const words[] = {"all",   "analyse", "analyze",    "any",    "array", "asc",     "both",  "case",  "cast",
                                      "check", "column",  "constraint", "create", "desc",  "default", "do",    "else",  "end",
                                      "fetch", "for",     "foreign",    "from",   "grant", "group",   "limit", "offset", "order",
                                      "primary", "references", "select", "session_user", "table", "to", "union", "unique", "user",
                                      "using", "when", "where", "window", "with"};
  return is_any_of(name, words, COUNT(words));
}

// A name as SQL needs it: quoted when it is not in lower case.
const char *sql_name(const char *name, const Schema *schema, Arena *arena) {
  bool plain = !isdigit((unsigned char)*name) && !is_reserved(name);
  for (const char *at = name; *at; at++)
    plain = plain && (islower((unsigned char)*at) || isdigit((unsigned char)*at) || *at == '_');
  if (plain)
    return name;
  return schema->dialect == DIALECT_MYSQL ? arena_printf(arena, "`%s`", name) : arena_printf(arena, "\"%s\"", name);
}

static void put_part(Text *out, const char *form, const char *name) {
  const char *hole = strstr(form, "%s");
  text_add(out, form, (size_t)(hole - form));
  text_puts(out, name);
  text_puts(out, hole + 2);
}

static const char *parts_text(const Schema *schema, const Table *table, const IndexColumns *c, Arena *arena) {
  const Form *form = &forms[table->origin];
  Text text = {0};
  for (uint32_t i = 0; i < c->n; i++) {
    const char *name = names_properties((Origin)table->origin) ? c->at[i]->property : c->at[i]->name;
    text_puts(&text, i ? form->between : "");
    put_part(&text, c->descending[i] ? form->sorted : form->plain,
             table->origin == ORIGIN_SQL ? sql_name(name, schema, arena) : name);
  }
  return arena_text(arena, &text);
}

// "orders_user_id_created_at_idx", not longer than PostgreSQL takes.
static const char *index_name(const Table *table, const IndexColumns *c, Arena *arena) {
  const char *name = table->name;
  for (uint32_t i = 0; i < c->n; i++)
    name = arena_printf(arena, "%s_%s", name, c->at[i]->name);
  return arena_printf(arena, "%.59s_idx", name);
}

// A statement that makes an index of the rows that a predicate lets pass, "" for all. Where the tree's migrations do it
// without a lock they are followed; elsewhere a tool may wrap them in a transaction, in which that fails.
static const char *sql_advice(const Schema *schema, const Table *table, const char *parts, const char *name,
                              const char *predicate, Arena *arena) {
  bool postgres = schema->dialect == DIALECT_POSTGRES;
  const char *space = table->space && strcmp(table->space, "public") ? sql_name(table->space, schema, arena) : "";
  const char *apart = schema->concurrently && schema->apart ? arena_printf(arena, " that begins with `%s`", schema->apart) : "";
  const char *large = postgres && !schema->concurrently
                          ? "\non a large table outside of a transaction, with CONCURRENTLY: else writes wait for it" : "";
  return arena_printf(arena, "in a new migration%s: CREATE INDEX %s%s ON %s%s%s (%s)%s;%s", apart,
                      postgres && schema->concurrently ? "CONCURRENTLY " : "", sql_name(name, schema, arena), space,
                      *space ? "." : "", sql_name(table->name, schema, arena), parts, predicate, large);
}

const char *index_advice(const Schema *schema, const Table *table, const IndexColumns *c, Arena *arena) {
  const char *parts = parts_text(schema, table, c, arena), *name = index_name(table, c, arena);
  const char *model = table->model ? table->model : table->name;
  // A column of a class below another one is declared elsewhere, for all that extend it.
  bool own = c->n == 1 && c->at[0]->place.source == table->place.source;
  switch ((Origin)table->origin) {
  case ORIGIN_PRISMA:
    return arena_printf(arena, "add @@index([%s]) to model %s", parts, model);
  case ORIGIN_TYPEORM:
    return own ? arena_printf(arena, "add @Index() to `%s` of %s", c->at[0]->property, model)
               : arena_printf(arena, "add @Index([%s]) to class %s", parts, model);
  case ORIGIN_MIKRO_ORM:
    return arena_printf(arena, "add @Index({ properties: [%s] }) to %s", parts, model);
  case ORIGIN_SEQUELIZE:
    return arena_printf(arena, "add indexes: [{ fields: [%s] }] to the options of %s, and addIndex to a new migration", parts, model);
  case ORIGIN_DRIZZLE:
    return arena_printf(arena, "add index('%s').on(%s) to %s", name, parts, model);
  case ORIGIN_KNEX:
    return arena_printf(arena, "in a new migration: table.index([%s]) on %s", parts, table->name);
  case ORIGIN_KYSELY:
    return arena_printf(arena, "in a new migration: db.schema.createIndex('%s').on('%s').columns([%s])", name, table->name, parts);
  case ORIGIN_MONGOOSE:
    return arena_printf(arena, "add schema.index({ %s }) to %s", parts, model);
  default:
    return sql_advice(schema, table, parts, name, "", arena);
  }
}

// A constant as SQL or as JavaScript has it, by how they write a quote in a string.
static void put_literal(Text *out, const Column *column, const char *text, size_t length, const char *quote) {
  bool plain = column->kind == COLUMN_BOOLEAN || column->kind == COLUMN_NUMBER;
  text_puts(out, plain ? "" : "'");
  for (size_t i = 0; i < length; i++)
    text[i] == '\'' ? text_puts(out, quote) : text_add(out, text + i, 1);
  text_puts(out, plain ? "" : "'");
}

// The constants of a want: "'new'", or several of them with commas.
static const char *constants_text(const Want *want, const char *quote, Arena *arena) {
  Text text = {0};
  const char *at = want->constant;
  for (size_t length; *at; at += length + (at[length] ? strlen(", ") : 0)) {
    const char *end = want->several ? strstr(at, ", ") : NULL;
    length = end ? (size_t)(end - at) : strlen(at);
    text_puts(&text, text.n ? ", " : "");
    put_literal(&text, want->only, at, length, quote);
  }
  return text.n ? arena_text(arena, &text) : "''";
}

const char *want_predicate(const Schema *schema, const Want *want, Arena *arena) {
  const char *column = sql_name(want->only->name, schema, arena);
  return arena_printf(arena, want->several ? "%s IN (%s)" : "%s = %s", column, constants_text(want, "''", arena));
}

static const char *mongo_advice(const Schema *schema, const Table *table, const Want *want, Arena *arena) {
  const char *value = constants_text(want, "\\'", arena);
  return arena_printf(arena, "add schema.index({ %s }, { partialFilterExpression: { %s: %s } }) to %s",
                      parts_text(schema, table, &want->columns, arena), want->only->property,
                      want->several ? arena_printf(arena, "{ $in: [%s] }", value) : value,
                      table->model ? table->model : table->name);
}

const char *partial_index_advice(const Schema *schema, const Table *table, const Want *want, Arena *arena) {
  if (table->origin == ORIGIN_MONGOOSE)
    return mongo_advice(schema, table, want, arena);
  Table plain = *table;
  plain.origin = ORIGIN_SQL;
  const char *name = index_name(table, &want->columns, arena);
  const char *predicate = arena_printf(arena, " WHERE %s", want_predicate(schema, want, arena));
  return sql_advice(schema, &plain, parts_text(schema, &plain, &want->columns, arena), name, predicate, arena);
}

const char *index_statistics(const Schema *schema) {
  switch (schema->dialect) {
  case DIALECT_POSTGRES:
    return "pg_stat_user_indexes.idx_scan tells";
  case DIALECT_MYSQL:
    return "sys.schema_unused_indexes tells";
  case DIALECT_MSSQL:
    return "sys.dm_db_index_usage_stats tells";
  case DIALECT_MONGODB:
    return "$indexStats tells";
  default:
    return "the plans of its queries tell";
  }
}

const char *index_subject(const Table *table, const IndexColumns *c, Arena *arena) {
  const char *text = arena_printf(arena, "%s(", table->name);
  for (uint32_t i = 0; i < c->n; i++)
    text = arena_printf(arena, "%s%s%s%s", text, i ? ", " : "", c->at[i]->name, c->descending[i] ? " desc" : "");
  return arena_printf(arena, "%s)", text);
}
