// non_sargable.c - a condition that no ordered index can serve: a pattern that begins anywhere, a comparison without
// regard to case, a function or cast on the column. All rows are read, unless another condition narrows them first.
#include "../judge.h"

#include <string.h>
#include <strings.h>

// A cast that changes the type's name only.
static bool is_free_cast(const Query *q, const Condition *c) {
  const Column *column = query_column(q, c->table, c->column);
  bool text = !strcmp(c->function, "::text") || !strcmp(c->function, "::varchar");
  return text && (!column || column->kind == COLUMN_STRING || column->kind == COLUMN_TEXT);
}

// What is wrong with a condition, NULL for nothing.
static const char *fault_of(const Query *q, const Condition *c) {
  if (c->join || c->operator == OPERATOR_NOT || c->operator == OPERATOR_TEXT || c->operator == OPERATOR_ARRAY)
    return NULL;
  if (c->operator == OPERATOR_CONTAINS)
    return "by a pattern that begins anywhere";
  if (c->insensitive)
    return "without regard to case";
  bool compared = c->operator == OPERATOR_EQUAL || c->operator == OPERATOR_RANGE || c->operator == OPERATOR_PREFIX;
  if (!c->function || !compared || !strncmp(c->function, "->", 2) || !strncmp(c->function, "#>", 2) || is_free_cast(q, c))
    return NULL;
  return strpbrk(c->function, "+-*/%|") ? "after arithmetic" : c->function[0] == ':' ? "after a cast" : "after a function";
}

// Whether the schema has an index or type made for such conditions.
static bool is_served(const Query *q, const Condition *c) {
  const Table *t = c->table < q->tables.n ? q->tables.at[c->table].table : NULL;
  const Column *column = query_column(q, c->table, c->column);
  if (column && (strcasestr(column->type, "citext") || column->kind == COLUMN_VECTOR))
    return true;
  for (uint32_t i = 0; t && i < t->indexes.n; i++)
    for (uint32_t k = 0; k < t->indexes.at[i].parts.n; k++) {
      const IndexPart *part = &t->indexes.at[i].parts.at[k];
      const char *name = column ? column->name : c->column;
      bool ordered = !strcasecmp(t->indexes.at[i].method, "btree") || !strcasecmp(t->indexes.at[i].method, "hash");
      if ((part->expression && strcasestr(part->expression, name)) || (part->column && !strcasecmp(part->column, name) && !ordered))
        return true;
    }
  return false;
}

static const char *help_of(const Condition *c, const char *table, Arena *arena) {
  if (c->operator == OPERATOR_CONTAINS || c->insensitive)
    return arena_printf(arena, "on PostgreSQL a trigram index serves it: `CREATE INDEX ON %s USING gin (%s gin_trgm_ops)`; "
                        "elsewhere take a full text index, or fix the start of the pattern", table, c->column);
  return arena_printf(arena, "compare the column itself (a day is `>= $1 AND < $1 + 1 day`), or index what is compared: "
                      "`CREATE INDEX ON %s (%s%s(%s)%s)`", table, strpbrk(c->function, ":+-*/%|") ? "(" : "",
                      c->function[0] == ':' ? "CAST" : strpbrk(c->function, "+-*/%|") ? "" : c->function, c->column,
                      strpbrk(c->function, ":+-*/%|") ? ")" : "");
}

static void check(Judge *j, const Query *q, const Condition *c) {
  Arena *arena = &j->report->arena;
  const Table *t = c->table < q->tables.n ? q->tables.at[c->table].table : NULL;
  const Column *column = query_column(q, c->table, c->column);
  bool indexed = column && table_leads(t, column->name);
  bool large = column && (q->limit || q->offset) && c->operator == OPERATOR_CONTAINS;
  const char *table = t ? t->name : query_subject(q);
  const char *message = arena_printf(arena, "%s.%s is compared %s: %s, so all rows of %s are read", table, c->column, fault_of(q, c),
                                     indexed ? "its index cannot be used" : "no ordered index can serve it", table);
  bool sure = (indexed || large) && !c->maybe;
  report_query(j, q, "non-sargable", sure ? LEVEL_WARNING : LEVEL_NOTE, message, help_of(c, table, arena),
               arena_printf(arena, "compares %s.%s %s", table, c->column, fault_of(q, c)));
}

void non_sargable(Judge *j) {
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    for (uint32_t k = 0; k < q->conditions.n; k++) {
      const Condition *c = &q->conditions.at[k];
      if (!fault_of(q, c) || is_served(q, c) || query_is_narrowed(q, c))
        continue;
      check(j, q, c);
      break;
    }
  }
}
