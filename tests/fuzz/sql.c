// sql.c - the statements of a text, rewritten for PostgreSQL's parser and read as queries.
#include "fuzz.h"
#include "query.h"
#include "sql_text.h"

static void read_statement(const char *sql) {
  Queries queries = {0};
  Query query = {0};
  query_of_sql(&queries, sql, &query);
  query_release(&query);
  arena_release(&queries.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  char *text = xstrndup((const char *)bytes, length);
  const char *at = text, *end = text + length;
  size_t part;
  read_statement(text);
  for (const char *next; (next = sql_next(at, end, &part)); at = next + part) {
    char *statement = xstrndup(next, part);
    read_statement(statement);
    xfree(statement);
  }
  xfree(text);
  return 0;
}
