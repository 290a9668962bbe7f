// query_files.c - SQL files that hold the application's queries: each statement that reads or writes rows is a query.
//
// Files that change tables are migrations or the schema itself, and are read by schema/migrations.c.
#include <string.h>

#include "query.h"
#include "query_read.h"
#include "schema/ddl.h"
#include "sql_text.h"

static void add_statement(Queries *queries, const TextFile *file, const char *text, size_t length) {
  const char *end = text + length, *start = ddl_skip_blank(text, end);
  Statement statement = {.text = start, .length = (size_t)(end - start)};
  if (start >= end || statement.length > SQL_LIMIT || !ddl_is_bounded(&statement))
    return;
  Query query = {.context = context_of_source(file->source, file->source->path)};
  query.place = (Place){.source = file->source, .start = (uint32_t)(start - file->text), .end = (uint32_t)(end - file->text)};
  query.sql = arena_copy(&queries->arena, start, statement.length);
  if (!query_of_sql(queries, query.sql, &query)) {
    query_release(&query);
    return;
  }
  query_add(queries, &query);
}

static bool holds_queries(const TextFile *file) {
  return file->source->lang == LANG_SQL && context_of_source(file->source, file->source->path) != CONTEXT_MIGRATION &&
         !ddl_speaks_of_tables(file->text, file->length);
}

void query_files(Queries *queries, const Program *p) {
  for (uint32_t i = 0; i < p->texts.n; i++) {
    const TextFile *file = &p->texts.at[i];
    const char *end = file->text + file->length;
    size_t length;
    if (!holds_queries(file))
      continue;
    for (const char *at = file->text; (at = sql_next(at, end, &length)); at += length)
      add_statement(queries, file, at, length);
  }
}
