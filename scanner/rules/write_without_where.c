// write_without_where.c - an UPDATE or DELETE in SQL that has no condition: it changes each row of the table.
#include "../judge.h"
#include "../values.h"

#include <string.h>
#include <strings.h>

// Whether the function that it stands in says that this is meant: `clearCache`, `deleteAllSessions`.
static bool is_meant(const Judge *j, const Query *q) {
  static const char *const words[] = {"all", "clear", "reset", "truncate", "purge", "wipe", "empty", "flush", "clean", "every"};
  Program *p = j->program;
  const Site *site = &p->sites.at[q->site];
  const char *name = q->site && site->unit ? function_name(p, (Ref){site->expr.file, site->unit}, &j->report->arena) : "";
  for (size_t i = 0; i < COUNT(words); i++)
    if (strcasestr(name, words[i]))
      return true;
  return false;
}

void write_without_where(Judge *j) {
  Arena *arena = &j->report->arena;
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    if (!q->sql || !q->whole_table || q->dynamic || !q->tables.n)
      continue;
    bool delete = q->verb == VERB_DELETE, meant = is_meant(j, q);
    const char *message = arena_printf(arena, "%s without a condition %s every row of %s", delete ? "a DELETE" : "an UPDATE",
                                       delete ? "removes" : "changes", query_subject(q));
    report_query(j, q, "write-without-where", meant ? LEVEL_NOTE : LEVEL_ERROR, message,
                 delete ? "add the condition; if all rows are meant to go, TRUNCATE does not write each of them to the log"
                        : "add the condition; if all rows are meant, write them in batches by key, so that locks are short",
                 arena_printf(arena, "%s all rows of %s", delete ? "deletes" : "updates", query_subject(q)));
  }
}
