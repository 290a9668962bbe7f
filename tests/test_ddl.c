// test_ddl.c - the readers of SQL and of Prisma schemas: what tables they leave, and what they say they cannot read.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

#include <cmocka.h>  // last: its macro `fail` hides ours

static Schemas schemas;
static Schema *schema;
static Text shown;

static int start(void **state) {
  (void)state;
  schemas = (Schemas){0};
  schema = schema_scratch(&schemas);
  return 0;
}

static int stop(void **state) {
  (void)state;
  Schema *rest = schema_scratch(&schemas);
  schema_merge(&schemas, rest, schema);
  vec_push(&schemas, rest);  // released with the others
  schemas_release(&schemas);
  text_release(&shown);
  return 0;
}

static void sql(const char *text) {
  static const Source source = {.path = "a.sql"};
  ddl_read(&schemas, schema, &source, text, strlen(text), 0);
}

static void prisma(const char *text) {
  static const Source source = {.path = "schema.prisma"};
  TextFile file = {&source, text, strlen(text)};
  prisma_read(&schemas, schema, &file, 1);
}

static void add_index(const Index *index) {
  text_printf(&shown, "; %s%s using %s (", index->primary ? "primary " : index->unique ? "unique " : "",
              index->name ? index->name : "?", index->method);
  for (uint32_t i = 0; i < index->parts.n; i++) {
    const IndexPart *part = &index->parts.at[i];
    text_printf(&shown, "%s%s%s%s%s", i ? ", " : "", part->column ? part->column : part->expression,
                part->operators ? " " : "", part->operators ? part->operators : "", part->descending ? " desc" : "");
  }
  text_puts(&shown, ")");
  for (uint32_t i = 0; i < index->include.n; i++)
    text_printf(&shown, " include %s", index->include.at[i]);
  if (index->predicate)
    text_printf(&shown, " where %s", index->predicate);
}

// A table in one line: `column type!, ...; index ...; key (columns) to table`, `!` for not null.
static const char *show(const char *name) {
  const Table *table = schema_find(schema, name);
  text_clear(&shown);
  text_puts(&shown, table ? "" : "none");
  for (uint32_t i = 0; table && i < table->columns.n; i++)
    text_printf(&shown, "%s%s %s%s", i ? ", " : "", table->columns.at[i].name, table->columns.at[i].type,
                table->columns.at[i].nullable ? "" : "!");
  for (uint32_t i = 0; table && i < table->indexes.n; i++)
    add_index(&table->indexes.at[i]);
  for (uint32_t i = 0; table && i < table->keys.n; i++)
    text_printf(&shown, "; %s (%s) to %s", table->keys.at[i].name ? table->keys.at[i].name : "?",
                table->keys.at[i].columns.at[0], table->keys.at[i].table);
  return shown.at;
}

#define check(name, expected) assert_string_equal(show(name), expected)

static void create_table(void **state) {
  (void)state;
  sql("CREATE TABLE public.t (id serial PRIMARY KEY, a varchar(10) NOT NULL UNIQUE, b int REFERENCES o, c jsonb[]);");
  check("t", "id serial!, a varchar(10)!, b integer, c jsonb[]; primary t_pkey using btree (id); "
             "unique t_a_key using btree (a); t_b_fkey (b) to o");
}

static void kinds(void **state) {
  (void)state;
  sql("CREATE TYPE kind AS ENUM ('a'); CREATE TYPE internal AS (x int);"
      "CREATE TABLE t (a kind, b internal, c text, d int[], e timestamptz, f uuid)");
  static const ColumnKind expected[] = {COLUMN_ENUM, COLUMN_OTHER, COLUMN_TEXT, COLUMN_ARRAY, COLUMN_TIME, COLUMN_UUID};
  const Table *table = schema_find(schema, "t");
  assert_int_equal(table->columns.n, COUNT(expected));
  for (uint32_t i = 0; i < COUNT(expected); i++)
    assert_int_equal(table->columns.at[i].kind, expected[i]);
}

static void indexes(void **state) {
  (void)state;
  sql("CREATE TABLE t (a int, b text);"
      "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t USING btree (lower(b) text_pattern_ops, a DESC) INCLUDE (b)"
      " WHERE a > 1;"
      "CREATE INDEX IF NOT EXISTS i ON t (a); CREATE INDEX j ON t USING gin (b gin_trgm_ops); DROP INDEX j;");
  check("t", "a integer, b text; unique i using btree (lower(b) text_pattern_ops, a desc) include b where a > 1");
}

static void dropped_columns_take_their_indexes(void **state) {
  (void)state;
  sql("CREATE TABLE t (a int, b int, c int); CREATE INDEX i ON t (a) WHERE b > 1; CREATE INDEX j ON t ((b + 1));"
      "CREATE INDEX k ON t (c) INCLUDE (b); CREATE INDEX l ON t (c) WHERE c <> 'b'; ALTER TABLE t DROP COLUMN b;");
  check("t", "a integer, c integer; l using btree (c) where c <> 'b'");
}

static void renames(void **state) {
  (void)state;
  sql("CREATE TABLE t (a int UNIQUE); CREATE TABLE u (x int REFERENCES t (a)); CREATE INDEX i ON t (a) WHERE a > 1;"
      "ALTER TABLE t RENAME a TO b; ALTER TABLE t RENAME TO v; ALTER INDEX i RENAME TO j;"
      "ALTER TABLE v RENAME CONSTRAINT t_a_key TO v_b;");
  check("v", "b integer; unique v_b using btree (b); j using btree (b) where b > 1");
  check("u", "x integer; u_x_fkey (x) to v");
  check("t", "none");
}

static void dropped_tables_take_their_keys(void **state) {
  (void)state;
  sql("CREATE TABLE t (a int UNIQUE); CREATE TABLE u (x int REFERENCES t (a)); DROP TABLE IF EXISTS t, nothing CASCADE;");
  check("u", "x integer");
}

static void one_bad_statement(void **state) {
  (void)state;
  sql("CREATE TABLE t (a int);\nCREATE TABLE (;\nINSERT INTO t VALUES (');\n');\nGRANT nonsense;\nALTER TABLE t ADD b int;");
  check("t", "a integer, b integer");
  assert_int_equal(schemas.troubles.n, 1);
  assert_string_equal(schemas.troubles.at[0].reason, "CREATE TABLE (: syntax error at or near \"(\"");
}

static void temporary_tables_and_functions(void **state) {
  (void)state;
  sql("CREATE TEMP TABLE x (a int); CREATE FUNCTION f() RETURNS void AS $$ BEGIN CREATE TABLE y (a int); END $$ LANGUAGE plpgsql;");
  check("x", "none");
  check("y", "none");
}

static void mysql(void **state) {
  (void)state;
  schema->dialect = DIALECT_MYSQL;
  sql("CREATE TABLE `t` (`id` int(11) unsigned NOT NULL AUTO_INCREMENT, `a` varchar(9) DEFAULT 'x\\';' COMMENT 'it\\'s; so', b text,\n"
      " PRIMARY KEY (`id`), KEY `by_a` (`a`(4) DESC), FULLTEXT KEY `words` (`b`)) ENGINE=InnoDB DEFAULT CHARSET=utf8;\n"
      "ALTER TABLE t ADD COLUMN c int NOT NULL AFTER a, ADD UNIQUE INDEX by_c (c), DROP INDEX by_a, CHANGE b d longtext;");
  check("t", "id integer!, a varchar(9), d longtext, c integer!; primary t_pkey using btree (id); "
             "words using fulltext (d); unique by_c using btree (c)");
  assert_int_equal(schemas.troubles.n, 0);
}

static void sql_server(void **state) {
  (void)state;
  sql("CREATE TABLE [dbo].[t] ([id] INT IDENTITY(1,1) NOT NULL, CONSTRAINT [pk] PRIMARY KEY CLUSTERED ([id] ASC))\nGO\n"
      "CREATE NONCLUSTERED INDEX [i] ON [dbo].[t] ([id]) WITH (ONLINE = ON)\nGO\n");
  check("t", "id integer!; primary pk using btree (id); i using btree (id)");
}

static void names_made_at_run_time(void **state) {
  (void)state;
  sql("CREATE TABLE ${}.t (a int); CREATE TABLE ${} (b int); ALTER TABLE t ADD c ${};");
  check("t", "a integer, c ${}");
  assert_int_equal(schema->tables.n, 1);
}

static void deep_and_long(void **state) {
  (void)state;
  enum { MANY = 100000 };
  Text text = {0};
  text_puts(&text, "CREATE INDEX i ON t (");
  for (int i = 0; i < MANY; i++)
    text_puts(&text, "(");
  text_puts(&text, "; CREATE INDEX i ON t ((1");
  for (int i = 0; i < MANY; i++)
    text_puts(&text, "+1");
  text_puts(&text, ")); CREATE TABLE last (a int);");
  sql(text.at);
  check("last", "a integer");
  assert_int_equal(schemas.troubles.n, 2);
  text_release(&text);
}

// Bytes of all kinds, and words of the language in any order: nothing may crash or hang.
static void noise(void **state) {
  (void)state;
  static const char *const words[] = {"CREATE TABLE", "ALTER TABLE", "t", "(", ")", ",", ";", "a int", "KEY", "`", "'", "\"", "[", "$$",
                                      "ADD", "DROP", "MODIFY", "CHANGE", "CONSTRAINT", "${}", "DO", "EXECUTE", "INDEX", "ON", "UNIQUE"};
  unsigned seed = 1;
  for (int round = 0; round < 300; round++) {
    Text text = {0};
    for (int i = 0; i < 60; i++) {
      seed = seed * 1103515245 + 12345;
      char byte = (char)(seed >> 16);
      if (seed >> 28)
        text_printf(&text, "%s ", words[(seed >> 8) % COUNT(words)]);
      else if (byte)
        text_add(&text, &byte, 1);
    }
    schema->dialect = round % 2 ? DIALECT_MYSQL : DIALECT_POSTGRES;
    sql(text.at);
    text_release(&text);
  }
}

static void prisma_model(void **state) {
  (void)state;
  prisma("model User {\n  id Int @id @default(autoincrement())\n  mail String @unique @map(\"e_mail\")\n  tags String[]\n"
         "  posts Post[]\n  @@map(\"users\")\n}\n"
         "model Post {\n  a Int\n  b DateTime\n  text String? @db.Text\n  userId Int\n"
         "  user User @relation(fields: [userId], references: [id])\n  @@id([a, b])\n"
         "  @@index([userId, b(sort: Desc)], map: \"by_user\")\n  @@index([text(ops: raw(\"gin_trgm_ops\"))], type: Gin)\n}\n");
  check("users", "id Int!, e_mail String!, tags String; primary users_pkey using btree (id); "
                 "unique users_e_mail_key using btree (e_mail)");
  check("Post", "a Int!, b DateTime!, text String @db.Text, userId Int!; primary Post_pkey using btree (a, b); "
                "by_user using btree (userId, b desc); Post_text_idx using gin (text gin_trgm_ops); ? (userId) to users");
  assert_string_equal(schema_find_model(schema, "User")->name, "users");
}

static void prisma_then_migrations(void **state) {
  (void)state;
  prisma("model T {\n  id Int @id\n  tags String[]\n  @@unique([tags])\n}\n");
  Schema *declared = schema;
  schema = schema_scratch(&schemas);
  sql("CREATE TABLE \"T\" (id int PRIMARY KEY, tags text[] NOT NULL, CONSTRAINT old_name UNIQUE (tags)); CREATE INDEX i ON \"T\" (id, tags);");
  schema_merge(&schemas, declared, schema);
  schema = declared;
  check("T", "id Int!, tags String!; primary T_pkey using btree (id); unique old_name using btree (tags); i using btree (id, tags)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(create_table), TEST(kinds), TEST(indexes), TEST(dropped_columns_take_their_indexes), TEST(renames),
      TEST(dropped_tables_take_their_keys), TEST(one_bad_statement), TEST(temporary_tables_and_functions), TEST(mysql),
      TEST(sql_server), TEST(names_made_at_run_time), TEST(deep_and_long), TEST(noise), TEST(prisma_model),
      TEST(prisma_then_migrations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
