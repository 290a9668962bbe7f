// select_star.c - `SELECT *` that is written in a query: each column of each row travels, whatever is used of it, and what
// is added to the table later comes along. The wide columns that the schema shows are named.
#include <string.h>

#include "../judge.h"

enum { MANY_COLUMNS = 20, NAMED = 4 };

static const Table *starred_table(const Query *q) {
  uint32_t at = q->star_table ? q->star_table - 1u : 0;
  return at < q->tables.n ? q->tables.at[at].table : NULL;
}

// Text is wide or not by what is in it; where there are many columns, some of it surely is.
static bool is_wide(const Table *table, const Column *c) {
  return column_is_wide(c->kind) && (c->kind != COLUMN_TEXT || table->columns.n >= MANY_COLUMNS);
}

// "body (text), settings (jsonb)"; NULL when no column is wide.
static const char *wide_columns(const Table *table, Arena *arena) {
  const char *text = NULL;
  uint32_t n = 0;
  for (uint32_t i = 0; i < table->columns.n; i++) {
    const Column *c = &table->columns.at[i];
    if (!is_wide(table, c) || ++n > NAMED)
      continue;
    text = arena_printf(arena, "%s%s%s (%s)", text ? text : "", text ? ", " : "", c->name, *c->type ? c->type : "wide");
  }
  return n > NAMED ? arena_printf(arena, "%s and %u more", text, n - NAMED) : text;
}

static void report_star(Judge *j, const Query *q) {
  Arena *arena = &j->report->arena;
  const Table *table = starred_table(q);
  const char *wide = table ? wide_columns(table, arena) : NULL;
  const char *name = table ? table->name : query_subject(q);
  const char *columns = table && table->whole ? arena_printf(arena, " %u", table->columns.n) : "";
  const char *message = arena_printf(arena, "SELECT * reads all%s columns of %s%s%s", columns, name, wide ? ", also the wide " : "",
                                     wide ? wide : "");
  QueryClaim claim = {.query = q, .rule = "select-star", .level = LEVEL_NOTE, .message = message};
  claim.help = "name the columns that the code uses: less travels, an index can hold them all, and a column added later does not "
               "come along";
  claim.step = arena_printf(arena, "reads all columns of %s", name);
  report_query(j, &claim);
}

// Whether a builder's star is of what it names itself (a CTE, a subquery): not among the tables that are known.
static bool is_derived(const Judge *j, const Query *q) {
  bool known = false;
  for (uint32_t i = 0; i < j->schemas->n; i++)
    known |= j->schemas->at[i]->tables.n > 0;
  return !q->sql && !starred_table(q) && known;
}

void select_star(Judge *j) {
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    if (!q->inner && q->verb == VERB_SELECT && q->written_star && !q->aggregate && q->tables.n && !is_derived(j, q))
      report_star(j, q);
  }
}
