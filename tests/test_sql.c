// test_sql.c - SQL of many dialects, rewritten and read as queries.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "sql_text.h"

// After base.h, whose fail() it defines as a macro.
#include <cmocka.h>

static const char *const operators[] = {"=", "null", "range", "prefix", "contains", "not", "array", "text", "other"};

static void put_condition(Text *out, const Query *q, const Condition *c) {
  if (c->either)
    text_printf(out, "%u.%u:", c->either, c->branch);
  if (c->function)
    text_printf(out, "%s(", c->function);
  text_puts(out, c->table ? q->tables.at[c->table].name : "");
  text_printf(out, "%s%s%s %s%s", c->table ? "." : "", c->column, c->function ? ")" : "", operators[c->operator],
              c->insensitive ? "i" : "");
  if (c->constant)
    text_printf(out, " %s", c->constant);
  text_puts(out, c->join ? " join" : "");
}

// A query in one line: `select * from users where id =, lower(name) contains order name limit`.
static void put_query(Text *out, const Query *q) {
  static const char *const verbs[] = {[VERB_SELECT] = "select", [VERB_INSERT] = "insert", [VERB_UPDATE] = "update",
                                      [VERB_DELETE] = "delete"};
  text_puts(out, verbs[q->verb]);
  text_puts(out, q->star ? " *" : "");
  text_puts(out, q->aggregate ? " aggregate" : "");
  for (uint32_t i = 0; i < q->columns.n; i++)
    text_printf(out, " %s", q->columns.at[i]);
  for (uint32_t i = 0; i < q->tables.n; i++)
    text_printf(out, "%s%s", i ? ", " : " from ", *q->tables.at[i].name ? q->tables.at[i].name : "?");
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    text_puts(out, i ? ", " : " where ");
    put_condition(out, q, &q->conditions.at[i]);
  }
  for (uint32_t i = 0; i < q->sorts.n; i++)
    text_printf(out, "%s%s%s", i ? ", " : " order ", q->sorts.at[i].column, q->sorts.at[i].descending ? " desc" : "");
  text_puts(out, q->limit ? " limit" : "");
  text_puts(out, q->offset_varies ? " offset" : q->offset ? " fixed-offset" : "");
  text_puts(out, q->random_order ? " random" : "");
  text_puts(out, q->not_in_select ? " not-in" : "");
  text_puts(out, q->whole_table ? " whole" : "");
  text_puts(out, q->dynamic ? " dynamic" : "");
}

// A statement in one line; with those within it, each behind a bar.
static char *line_of(const char *sql, bool within) {
  Queries queries = {0};
  Query q = {0};
  Text out = {0};
  if (query_of_sql(&queries, sql, &q))
    put_query(&out, &q);
  else
    text_puts(&out, "unread");
  for (uint32_t i = 0; i < queries.within.n; i++) {
    if (within) {
      text_puts(&out, " | ");
      put_query(&out, &queries.within.at[i]);
    }
    query_release(&queries.within.at[i]);
  }
  vec_release(&queries.within);
  query_release(&q);
  arena_release(&queries.arena);
  return out.at;
}

static void check_line(const char *sql, const char *expected, bool within) {
  char *line = line_of(sql, within);
  if (strcmp(line, expected))
    fail_msg("%s\n  reads as  %s\n  not as    %s", sql, line, expected);
  xfree(line);
}

static void check(const char *sql, const char *expected) { check_line(sql, expected, false); }

static void check_within(const char *sql, const char *expected) { check_line(sql, expected, true); }

static void test_conditions(void **state) {
  (void)state;
  check("SELECT id, name FROM users WHERE id = $1", "select id name from users where id =");
  check("SELECT * FROM public.users u WHERE u.email = 'a' AND u.age >= 18", "select * from users where email = a, age range 18");
  check("SELECT 1 FROM t WHERE a IN ($1, $2) AND b = ANY($3)", "select from t where a =, b =");
  check("SELECT 1 FROM t WHERE a IN ('x', 'y') AND b = ANY(ARRAY[1, 2]) AND c IN ('z', $1)",
        "select from t where a = x, y, b = 1, 2, c =");
  check("SELECT 1 FROM \"order\" WHERE order.total > ? AND `user`.name = ?", "select from order where total range, name =");
  check("SELECT 1 FROM t WHERE a IS NULL AND b IS NOT NULL", "select from t where a null, b not");
  check("SELECT 1 FROM t WHERE NOT (a = 1 OR b < 2)", "select from t where a not 1, b not 2");
  check("SELECT 1 FROM t WHERE a = 1 AND (b = 2 OR c = 3)", "select from t where a = 1, 1.1:b = 2, 1.2:c = 3");
  check("SELECT 1 FROM t WHERE a BETWEEN 1 AND 2 AND b <> 3", "select from t where a range, b not 3");
  check("SELECT 1 FROM t WHERE lower(email) = $1 AND created_at::date = $2", "select from t where lower(email) =, ::date(created_at) =");
  check("SELECT 1 FROM t WHERE a + 1 > $1", "select from t where +(a) range");
  check("SELECT 1 FROM t WHERE active", "select from t where active = true");
  check("SELECT 1 FROM t WHERE tags @> $1 AND $2 = id", "select from t where tags array, id =");
}

static void test_patterns(void **state) {
  (void)state;
  check("SELECT 1 FROM t WHERE a LIKE 'x%'", "select from t where a prefix x%");
  check("SELECT 1 FROM t WHERE a LIKE '%x%'", "select from t where a contains %x%");
  check("SELECT 1 FROM t WHERE a ILIKE '%' || $1 || '%'", "select from t where a containsi");
  check("SELECT 1 FROM t WHERE a LIKE concat('%', $1::text)", "select from t where a contains");
  check("SELECT 1 FROM t WHERE a NOT LIKE '%x'", "select from t where a not %x");
  check("SELECT 1 FROM t WHERE a LIKE $1", "select from t where a other");
  check("SELECT 1 FROM t WHERE a ILIKE '%${}%'", "select from t where a containsi");
}

static void test_joins(void **state) {
  (void)state;
  check("SELECT u.* FROM users u JOIN orders o ON o.user_id = u.id WHERE o.state = 'open'",
        "select * from users, orders where orders.user_id = join, id = join, orders.state = open");
  check("SELECT id FROM a, b WHERE a.x = b.y", "select id from a, b where x = join, b.y = join");
  check("SELECT s.id FROM (SELECT * FROM t) s WHERE s.x = 1", "select id from ? where x = 1");
  check("WITH c AS (SELECT * FROM t) SELECT * FROM c", "select from ?");
}

static void test_within(void **state) {
  (void)state;
  check_within("SELECT EXISTS (SELECT 1 FROM t WHERE a = $1)", "select | select from t where a =");
  check_within("SELECT id FROM t UNION SELECT id FROM u WHERE a = $1", "select id from t | select id from u where a =");
  check_within("WITH c AS (DELETE FROM t RETURNING id) SELECT id FROM c", "select id from ? | delete from t whole");
  check_within("INSERT INTO t (a) SELECT b FROM u WHERE c = 1", "insert from t | select b from u where c = 1");
  check_within("INSERT INTO t (a) VALUES (1)", "insert from t");
  check_within("SELECT id FROM (SELECT id FROM t WHERE a = $1) s", "select id from ? | select id from t where a =");
  // Rows of the query around are given where there are few of them, else both tables are read as by a join.
  check_within("SELECT id FROM t WHERE b = $1 AND EXISTS (SELECT 1 FROM u WHERE u.a = t.id)",
               "select id from t where b = | select from u where a =");
  check_within("SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.id)", "select id from t | select from u where a = join");
  check_within("SELECT (SELECT c FROM u WHERE u.a = t.id) FROM t", "select from t | select c from u where a =");
}

static void test_what_is_read(void **state) {
  (void)state;
  check("SELECT count(*) FROM t WHERE a = 1", "select aggregate from t where a = 1");
  check("SELECT EXISTS (SELECT * FROM t WHERE a = 1)", "select");
  check("SELECT a, count(*) FROM t GROUP BY a ORDER BY a DESC LIMIT 10", "select a from t order a desc limit");
  check("SELECT a FROM t ORDER BY random() LIMIT 1", "select a from t limit random");
  check("SELECT a FROM t LIMIT $1 OFFSET $2", "select a from t limit offset");
  check("SELECT a FROM t LIMIT 10, 20", "select a from t limit fixed-offset");
  check("SELECT a FROM t WHERE id NOT IN (SELECT t_id FROM s)", "select a from t where id not join not-in");
}

static void test_writes(void **state) {
  (void)state;
  check("UPDATE t SET a = 1", "update from t whole");
  check("UPDATE t SET a = 1 WHERE id = $1", "update from t where id =");
  check("DELETE FROM t", "delete from t whole");
  check("DELETE FROM t USING s WHERE s.id = t.s_id", "delete from t, s where s.id = join, s_id = join");
  check("INSERT INTO t (a) SELECT * FROM s", "insert from t");
}

static void test_dialects(void **state) {
  (void)state;
  check("SELECT `a` FROM `users` WHERE `id` = ? AND name = ?", "select a from users where id =, name =");
  check("SELECT [a] FROM [dbo].[users] WHERE id = @p1", "select a from users where id =");
  check("SELECT a FROM t WHERE id = :id AND b IN (:...ids) AND c::text = :c", "select a from t where id =, b =, ::text(c) =");
  check("SELECT a FROM t WHERE id = $user_id -- a comment", "select a from t where id =");
  check("SELECT a FROM ?? WHERE ?? = ?", "select a from ? dynamic");
  check("SELECT a FROM t WHERE data ? 'key' AND b = ?", "select a from t where data array key, b =");
  check("SELECT a FROM t WHERE id = $<id> AND x = 1", "select a from t where id =, x = 1");
  check("SELECT a FROM t WHERE id = ${id} AND c = $(x)", "select a from t where id =, c =");
  check("SELECT a FROM t WHERE b != 'it''s' AND c = \"d\"", "select a from t where b not it's, c = join, d = join");
}

static void test_holes(void **state) {
  (void)state;
  check("SELECT a FROM t WHERE id = ${}", "select a from t where id =");
  check("SELECT a FROM ${} WHERE id = 1", "select a from ? where id = 1 dynamic");
  check("SELECT ${} FROM t ORDER BY ${} LIMIT ${}", "select from t limit dynamic");
  check("SELECT a FROM t WHERE id = 1 ${}", "select a from t where id = 1 dynamic");
  check("SELECT a FROM t WHERE ${} AND b = 2", "select a from t where b = 2 dynamic");
  check("${} SELECT a FROM t", "unread");
}

static void test_hostile(void **state) {
  (void)state;
  Text text = {0};
  text_puts(&text, "SELECT ");
  for (int i = 0; i < 30000; i++)
    text_puts(&text, "(");
  check(text.at, "unread");
  text_clear(&text);
  text_puts(&text, "SELECT 1 FROM t WHERE a = 1");
  for (int i = 0; i < 2000; i++)
    text_puts(&text, " OR a = 1");
  xfree(line_of(text.at, true));
  static const char *const links[] = {"1+", "NOT ", "- ", "SELECT 1 UNION ", "a IN (SELECT ", "CASE WHEN 1 THEN ", "1::int::"};
  for (size_t i = 0; i < COUNT(links); i++) {
    text_clear(&text);
    text_puts(&text, "SELECT ");
    while (text.n < SQL_LIMIT - 100)
      text_puts(&text, links[i]);
    text_puts(&text, "1");
    xfree(line_of(text.at, true));
  }
  text_release(&text);
  static const char *const bad[] = {"select '", "select \"", "select $$", "select /*", "select [", "select ${", "select $", "select :",
                                    "select ?", "select @", "select \xff\xfe", "with", "select * from t where a = '\\"};
  for (size_t i = 0; i < COUNT(bad); i++)
    xfree(line_of(bad[i], true));
}

static void test_statements(void **state) {
  (void)state;
  const char *text = "-- BLOCK one\nSELECT ';' FROM a;\n\nUPDATE b SET c = $$;$$; ", *end = text + strlen(text);
  size_t length;
  const char *at = sql_next(text, end, &length);
  assert_int_equal(length, strlen("-- BLOCK one\nSELECT ';' FROM a"));
  at = sql_next(at + length, end, &length);
  assert_memory_equal(at, "UPDATE b SET c = $$;$$", length);
  assert_null(sql_next(at + length, end, &length));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_conditions), cmocka_unit_test(test_patterns),  cmocka_unit_test(test_joins),
      cmocka_unit_test(test_within), cmocka_unit_test(test_what_is_read), cmocka_unit_test(test_writes), cmocka_unit_test(test_dialects),
      cmocka_unit_test(test_holes),      cmocka_unit_test(test_hostile),   cmocka_unit_test(test_statements),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
