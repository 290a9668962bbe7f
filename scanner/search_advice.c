// search_advice.c - what to do about a condition that no ordered index serves: a trigram index for a pattern, the column
// itself or an index on what is computed for a function.
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "indexes.h"

enum { MAX_NAME = 32 };  // letters of the functions that are known

//
// ORs
//

// Whose column an arm of an OR compares: SQL text that names no table may mean any that has it.
static uint16_t table_of_arm(const Query *q, const Condition *c) {
  for (uint16_t i = 0; !query_column(q, c->table, c->column) && i < q->tables.n; i++)
    if (query_column(q, i, c->column))
      return i;
  return c->table;
}

static bool is_other_arm(const Condition *c, const Condition *bad) {
  return !c->join && c->either == bad->either && c->branch != bad->branch;
}

bool or_spans_tables(const Query *q, const Condition *bad) {
  for (uint32_t i = 0; bad->either && i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    if (is_other_arm(c, bad) && table_of_arm(q, c) != table_of_arm(q, bad))
      return true;
  }
  return false;
}

// The other columns of the same OR: an index on one of them helps only when all have one.
static const char *other_arms(const Query *q, const Condition *bad, Arena *arena) {
  const char *names = NULL;
  for (uint32_t i = 0; bad->either && i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    if (is_other_arm(c, bad) && c->column && strcmp(c->column, bad->column))
      names = arena_printf(arena, "%s%s%s", names ? names : "", names ? ", " : "", c->column);
  }
  return names ? arena_printf(arena, "; the other arms of the OR need an index as well: %s", names) : "";
}

//
// What is computed
//

// Whether PostgreSQL's function gives the same for the same values whatever is set, as an index needs it (IMMUTABLE).
static bool is_immutable(const char *name) {
  static const char *const names[] = {"lower",       "upper",     "initcap", "btrim",   "ltrim",          "rtrim", "length", "char_length",
                                      "character_length", "md5",  "abs",     "ceil",    "ceiling",        "floor", "round",  "trunc",
                                      "left",        "right",     "substr",  "substring", "replace",      "reverse", "translate", "split_part",
                                      "regexp_replace", "lpad",   "rpad",    "strpos",  "coalesce",       "mod",   "sign"};
  return is_any_of(name, names, COUNT(names));
}

// Whether it is so for a time without a zone only.
static bool is_immutable_of_time(const char *name) {
  static const char *const names[] = {"date", "date_part", "date_trunc", "extract"};
  return is_any_of(name, names, COUNT(names));
}

// Whether a column is surely a timestamp without a time zone: SQL says so by itself, other sources leave it to a library.
static bool has_no_zone(const Table *table, const Column *column) {
  return table && column && table->origin == ORIGIN_SQL && !strncasecmp(column->type, "timestamp", 9) &&
         !strcasestr(column->type, "tz") && !strcasestr(column->type, "with time zone");
}

// Whether a cast depends on nothing that is set, as those of enums, money and times do.
static bool is_immutable_cast(const Table *table, const Column *column, const char *type) {
  static const char *const plain[] = {"text", "varchar", "int2", "int4", "int8", "numeric", "float8", "uuid", "bool"};
  uint8_t kind = column ? column->kind : COLUMN_OTHER;
  bool known = kind == COLUMN_NUMBER || kind == COLUMN_STRING || kind == COLUMN_TEXT || kind == COLUMN_BOOLEAN || kind == COLUMN_UUID;
  if (kind == COLUMN_TIME)
    return has_no_zone(table, column) && !strcmp(type, "date");
  return known && !strcasestr(column->type, "money") && is_any_of(type, plain, COUNT(plain));
}

static size_t read_name(const char *at, char name[MAX_NAME]) {
  size_t n = 0;
  for (; (isalnum((unsigned char)at[n]) || at[n] == '_') && n + 1 < MAX_NAME; n++)
    name[n] = at[n];
  name[n] = '\0';
  return n;
}

static const char *past_string(const char *at) {
  const char *end = strchr(at + 1, '\'');
  return end ? end + 1 : at + strlen(at);
}

// Whether an index can hold what is computed: all of it is known, by functions and casts that depend on nothing else.
static bool can_be_indexed(const Table *table, const Column *column, const char *computed) {
  char name[MAX_NAME];
  for (const char *at = computed; at && *at;) {
    size_t n = read_name(at + 2 * !strncmp(at, "::", 2), name);
    bool cast = !strncmp(at, "::", 2), call = !cast && n && at[n] == '(';
    if (cast && !is_immutable_cast(table, column, name))
      return false;
    if (call && !is_immutable(name) && !(is_immutable_of_time(name) && has_no_zone(table, column)))
      return false;
    if (strchr("+*/%|&#", *at) || (*at == '-' && at[1] == ' '))
      return false;
    at = *at == '\'' ? past_string(at) : at + n + 2 * cast + (!n && !cast);
  }
  return computed != NULL;
}

// The expression of an index, in the parentheses that all but a plain call needs.
static const char *expression_of(const char *computed, const char *column, Arena *arena) {
  Text text = {0};
  char name[MAX_NAME];
  bool call = computed[read_name(computed, name)] == '(' && !strstr(computed, "::");
  text_puts(&text, call ? "" : "(");
  const char *at = computed;
  for (const char *hole; (hole = strstr(at, "${}")); at = hole + 3) {
    text_add(&text, at, (size_t)(hole - at));
    text_puts(&text, column);
  }
  text_printf(&text, "%s%s", at, call ? "" : ")");
  return arena_text(arena, &text);
}

// The trigram index that finds a pattern in a column, or in what is computed of it.
static const char *trigram_index(const Query *q, const Condition *c, const char *table, const char *column, Arena *arena) {
  const Table *t = c->table < q->tables.n ? q->tables.at[c->table].table : NULL;
  if (c->function && !c->computed)
    return "one on what is compared";
  const char *of = c->function ? expression_of(c->computed, column, arena) : column;
  bool known = !c->function || can_be_indexed(t, query_column(q, c->table, c->column), c->computed);
  return arena_printf(arena, "`CREATE INDEX ON %s USING gin (%s gin_trgm_ops)`%s", table, of,
                      known ? "" : ", which takes functions that are IMMUTABLE");
}

static const char *pattern_advice(const Program *p, const Query *q, const Condition *c, const char *table, const char *column,
                                  Arena *arena) {
  if (asks_mongo(p, &p->sites.at[q->site]))
    return arena_printf(arena, "a pattern with a fixed start (`^...`, without `i`) is found by an index on %s; for words make a text index "
                        "(`{ %s: 'text' }`) and ask by `$text`, or a search index%s", column, column, other_arms(q, c, arena));
  const char *index = trigram_index(q, c, table, column, arena);
  if (or_spans_tables(q, c))
    return arena_printf(arena, "no index serves an OR over several tables: ask each of them by a query of its own, joined with UNION, for "
                        "which on PostgreSQL a trigram index serves (`CREATE EXTENSION pg_trgm`): %s", index);
  return arena_printf(arena, "on PostgreSQL a trigram index serves it (`CREATE EXTENSION pg_trgm`): %s; elsewhere take a full text index, or "
                      "fix the start of the pattern%s", index, other_arms(q, c, arena));
}

// Which part of time what is computed tells beginning and end of, NULL where it is none: a month is one of a year, what
// `extract(month FROM at)` gives is one of each year.
static const char *part_of_time(const Condition *c) {
  static const struct {
    const char *computed, *part;
  } parts[] = {{"date(${})", "day"},
               {"${}::date", "day"},
               {"to_char(${}, 'YYYY-MM-DD')", "day"},
               {"to_char(${}, 'YYYYMMDD')", "day"},
               {"to_char(${}, 'YYYY-MM')", "month"},
               {"to_char(${}, 'YYYYMM')", "month"},
               {"to_char(${}, 'YYYY')", "year"},
               {"date_trunc('hour', ${})", "hour"},
               {"date_trunc('day', ${})", "day"},
               {"date_trunc('week', ${})", "week"},
               {"date_trunc('month', ${})", "month"},
               {"date_trunc('year', ${})", "year"}};
  for (size_t i = 0; c->computed && i < COUNT(parts); i++) {
    size_t n = strlen(parts[i].computed);
    if (!strncasecmp(c->computed, parts[i].computed, n) && (!c->computed[n] || !strcmp(c->computed + n, "::date")))
      return parts[i].part;
  }
  return NULL;
}

static const char *function_advice(const Condition *c, const Table *t, const Column *known, const char *table, const char *column,
                                   Arena *arena) {
  const char *part = part_of_time(c), *index = "", *way = "";
  if (strpbrk(c->function, "+-*/%|"))
    way = ", and compute the value instead";
  else if (part)
    way = arena_printf(arena, " (a %s is `>= $1 AND < $1 + 1 %s`)", part, part);
  if (can_be_indexed(t, known, c->computed))
    index = arena_printf(arena, ", or index what is compared: `CREATE INDEX ON %s (%s)`", table, expression_of(c->computed, column, arena));
  return arena_printf(arena, "compare the column itself%s%s", way, index);
}

const char *search_advice(const Judge *j, const Query *q, const Condition *c, const char *name, Arena *arena) {
  const Table *t = c->table < q->tables.n ? q->tables.at[c->table].table : NULL;
  const Schema *schema = t ? schemas_of_table(j->schemas, t) : NULL;
  const Column *known = query_column(q, c->table, c->column);
  const char *table = schema ? sql_name(t->name, schema, arena) : name;
  const char *column = schema && known ? sql_name(known->name, schema, arena) : c->column;
  if (c->insensitive && c->operator == OPERATOR_EQUAL)
    return arena_printf(arena, "compare the value in lower case: with the column itself where the code stores it so, else with lower(%s) "
                        "and an index on that: `CREATE INDEX ON %s (lower(%s))`", column, table, column);
  if (c->operator == OPERATOR_CONTAINS || c->insensitive)
    return pattern_advice(j->program, q, c, table, column, arena);
  return function_advice(c, t, known, table, column, arena);
}
