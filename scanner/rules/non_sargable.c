// non_sargable.c - a condition that no ordered index can serve: a pattern that begins anywhere, a comparison without
// regard to case, a function or cast on the column, nothing but exclusions. All rows are read, unless another condition
// narrows them first.
#include "../indexes.h"

#include <string.h>
#include <strings.h>

enum { MAX_COLUMNS = 16, MIN_LETTERS = 3 };  // letters of a pattern that tell rows apart

// A cast that changes the type's name only.
static bool is_free_cast(const Query *q, const Condition *c) {
  const Column *column = query_column(q, c->table, c->column);
  bool text = !strcmp(c->function, "::text") || !strcmp(c->function, "::varchar");
  return text && (!column || column->kind == COLUMN_STRING || column->kind == COLUMN_TEXT);
}

// A fixed pattern of a letter or two (`%:%`), which nearly every value fits.
static bool fits_anything(const Condition *c) {
  size_t letters = 0;
  for (const char *at = c->constant; at && *at; at++)
    letters += *at != '%' && *at != '_';
  return c->operator == OPERATOR_CONTAINS && c->constant && letters < MIN_LETTERS;
}

// Whether the column is one of a subquery, a function or what WITH names.
static bool is_derived(const Query *q, const Condition *c) {
  const QueryTable *t = c->table < q->tables.n ? &q->tables.at[c->table] : NULL;
  return t && t->alias && !*t->name;
}

// What is wrong with a condition, NULL for nothing.
static const char *fault_of(const Query *q, const Condition *c) {
  bool other = c->operator == OPERATOR_NOT || c->operator == OPERATOR_TEXT || c->operator == OPERATOR_ARRAY;
  if (other || c->join || is_derived(q, c) || fits_anything(c))
    return NULL;
  if (c->operator == OPERATOR_CONTAINS)
    return "by a pattern that begins anywhere";
  if (c->insensitive)
    return "without regard to case";
  bool compared = c->operator <= OPERATOR_PREFIX || c->operator == OPERATOR_PATTERN;
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

// Whether it is a search among the rows of one team or user, which may be many, that computes something of each of them.
static bool searches(const Query *q, const Condition *bad) {
  const Table *t = bad->table < q->tables.n ? q->tables.at[bad->table].table : NULL;
  const char *columns[MAX_COLUMNS];
  size_t n = 0;
  for (uint32_t i = 0; t && i < q->conditions.n && n < COUNT(columns); i++) {
    const Condition *c = &q->conditions.at[i];
    const Column *column = c->operator == OPERATOR_EQUAL && !c->join && !c->either && !c->maybe ? query_column(q, c->table, c->column) : NULL;
    if (column && c->table == bad->table)
      columns[n++] = column->name;
  }
  bool pattern = bad->operator == OPERATOR_CONTAINS || bad->operator == OPERATOR_PATTERN;
  return t && pattern && bad->function && q->rows == ROWS_MANY && q->verb == VERB_SELECT && !table_is_unique(t, columns, n);
}

// Why it may not be worth a change.
static const char *doubt_of_condition(Judge *j, const Query *q, const Condition *c) {
  if (standing_of(j, q) == STANDING_ADMIN)
    return "only administrators' pages, scripts and developers run it";
  if (or_spans_tables(q, c))
    return "no index serves an OR over several tables: only queries of their own would";
  const Table *t = c->table < q->tables.n ? q->tables.at[c->table].table : NULL;
  return t ? few_rows_doubt(j, t) : NULL;
}

static void check(Judge *j, const Query *q, const Condition *c) {
  Arena *arena = &j->report->arena;
  const Table *t = c->table < q->tables.n ? q->tables.at[c->table].table : NULL;
  const Column *column = query_column(q, c->table, c->column);
  bool indexed = column && table_leads(t, column->name);
  // A search box shows the first rows that fit; whether that takes long is seen when the table has grown.
  bool search = (q->limit || q->offset) && (c->operator == OPERATOR_CONTAINS || c->operator == OPERATOR_PATTERN);
  const char *table = t ? t->name : query_subject(q);
  bool narrowed = query_is_narrowed(q, c);
  QueryClaim claim = {.query = q, .rule = "non-sargable", .from = c->span, .from_text = "the condition"};
  claim.level = indexed && !search && !c->maybe && !narrowed ? LEVEL_WARNING : LEVEL_NOTE;
  claim.message = arena_printf(arena, "%s.%s is compared %s: %s, so all rows of %s%s are read", table, c->column, fault_of(q, c),
                               indexed ? "its index cannot be used" : "no ordered index can serve it", table,
                               narrowed ? " that the other conditions leave" : "");
  claim.help = search_advice(j, q, c, table, arena);
  claim.doubt = claim.level == LEVEL_WARNING ? doubt_of_condition(j, q, c) : NULL;
  claim.step = arena_printf(arena, "compares %s.%s %s", table, c->column, fault_of(q, c));
  report_query(j, &claim);
}

// Whether nothing but what rows are not is asked of the first table, in all that is sent; not for the first ones of them.
static bool only_excludes(const Query *q) {
  bool any = false;
  if (q->limit || q->rows == ROWS_ONE || q->inner)
    return false;
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    if (c->operator != OPERATOR_NOT || c->table || c->join || c->maybe || c->either)
      return false;
    any = true;
  }
  return any && q->verb == VERB_SELECT && !q->dynamic && q->tables.n == 1;
}

// Whether a partial index holds just the rows that are left.
static bool has_partial(const Table *t, const char *column) {
  for (uint32_t i = 0; i < t->indexes.n; i++)
    if (t->indexes.at[i].predicate && strcasestr(t->indexes.at[i].predicate, column))
      return true;
  return false;
}

static void check_excluding(Judge *j, const TableUses *uses, const Query *q) {
  Arena *arena = &j->report->arena;
  const Condition *c = &q->conditions.at[0];
  const Table *t = q->tables.at[0].table;
  const Column *column = query_column(q, 0, c->column);
  if (!column || has_partial(t, column->name) || is_small_table(uses, t))
    return;
  QueryClaim claim = {.query = q, .rule = "non-sargable", .level = LEVEL_NOTE, .from = c->span, .from_text = "the condition"};
  claim.message = arena_printf(arena, "%s is only asked for rows by what %s is not: no index finds them, so all rows are read", t->name,
                               column->name);
  claim.help = asks_mongo(j->program, &j->program->sites.at[q->site])
                   ? "ask for the values that are wanted (`$in`), or where those are few rows make a partial index for them"
                   : "ask for the values that are wanted (`IN (...)`), or where those are few rows make a partial index with this very "
                     "condition: `CREATE INDEX ... WHERE ...`";
  claim.step = arena_printf(arena, "excludes rows of %s by %s", t->name, column->name);
  report_query(j, &claim);
}

void non_sargable(Judge *j) {
  const TableUses *uses = table_uses(j);
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    if (only_excludes(q))
      check_excluding(j, uses, q);
    for (uint32_t k = 0; k < q->conditions.n; k++) {
      const Condition *c = &q->conditions.at[k];
      if (!fault_of(q, c) || is_served(q, c) || (query_is_narrowed(q, c) && !searches(q, c)))
        continue;
      check(j, q, c);
      break;
    }
  }
}
