// redundant_index.c - an index that another one can stand in for: the same columns again, or the first of them. It is
// written with every row and answers nothing that the other does not.
#include <string.h>
#include <strings.h>

#include "../indexes.h"

static bool same_text(const char *a, const char *b) { return a == b || (a && b && !strcasecmp(a, b)); }

// Whether an operator class of a B-tree is the one that its type has anyway.
static bool is_usual(const char *operators) {
  static const char *const usual[] = {"int2_ops", "int4_ops", "int8_ops", "text_ops", "varchar_ops", "bpchar_ops", "uuid_ops",
                                      "bool_ops", "date_ops", "time_ops", "timestamp_ops", "timestamptz_ops", "numeric_ops",
                                      "float4_ops", "float8_ops", "enum_ops", "bytea_ops", "inet_ops", "array_ops"};
  return !operators || is_any_of(operators, usual, COUNT(usual));
}

static bool same_operators(const IndexPart *a, const IndexPart *b) {
  return same_text(a->operators, b->operators) || (is_usual(a->operators) && is_usual(b->operators));
}

static bool same_part(const IndexPart *a, const IndexPart *b) {
  return same_text(a->column, b->column) && same_text(a->expression, b->expression) &&
         same_operators(a, b) && a->descending == b->descending;
}

// Whether an index may be dropped for the sake of others: those that only find rows, in order.
static bool may_go(const Index *index) {
  return !index->unique && !index->primary && !index->implied && !strcasecmp(index->method, "btree") && index->parts.n &&
         !index->include.n && index->place.source;
}

static bool is_start_of(const Index *index, const Index *other) {
  if (index->parts.n > other->parts.n || strcasecmp(other->method, "btree") || !same_text(index->predicate, other->predicate))
    return false;
  for (uint32_t i = 0; i < index->parts.n; i++)
    if (!same_part(&index->parts.at[i], &other->parts.at[i]))
      return false;
  return true;
}

// Two sources that tell of the same columns under two names are most likely one index: the schema and its migrations.
static bool is_drift(const Index *index, const Index *other) {
  const Source *a = index->place.source, *b = other->place.source;
  return index->parts.n == other->parts.n && b && a != b &&
         (a->lang != b->lang || context_of_path(a->path) != context_of_path(b->path));
}

static bool stands_in(const Table *table, uint32_t other, uint32_t index) {
  const Index *a = &table->indexes.at[index], *b = &table->indexes.at[other];
  if (other == index || b->implied || !is_start_of(a, b) || is_drift(a, b))
    return false;
  // Of two that are the same, the later one goes.
  return a->parts.n < b->parts.n || !may_go(b) || other < index;
}

// `IDX_5a4d5e1e60f97633547821ec8d`: what TypeORM calls an index, of the hash of what it is on.
static bool is_named_by_typeorm(const Index *index) {
  enum { PREFIX = 4, DIGITS = 26 };
  return index->name && !strncmp(index->name, "IDX_", PREFIX) &&
         strspn(index->name + PREFIX, "0123456789abcdef") == DIGITS && !index->name[PREFIX + DIGITS];
}

// Whether the table is nothing but the keys of two others, and no class is it: TypeORM made it for @JoinTable, with an
// index of each side, and would make them again.
static bool is_of_join_table(const Table *table, const Index *index) {
  if (table->model || table->columns.n != 2 || !is_named_by_typeorm(index))
    return false;
  return is_of_key(table, &table->columns.at[0]) && is_of_key(table, &table->columns.at[1]);
}

// "user_settings", "settings_store_entry", not "settings_audit_events".
static bool holds_settings(const char *table) {
  static const char *const settings[] = {"setting", "preference"};
  static const char *const records[] = {"audit", "event", "log", "histor"};
  return contains_any(table, settings, COUNT(settings)) && !contains_any(table, records, COUNT(records));
}

// Whether a base class in another file declares it, together with its column: for the tables of all that extend it.
static bool is_inherited(const Table *table, const Index *index) {
  const Column *column = index->parts.n == 1 ? part_column(table, &index->parts.at[0]) : NULL;
  return column && table->model && column->place.source == index->place.source && column->place.line == index->place.line &&
         index->place.source != table->place.source;
}

// Why it may not be worth a migration; an index that stands there twice is.
static const char *doubt_of_index(Judge *j, TableUses *uses, const Table *table, const Index *index, Arena *arena) {
  if (is_of_join_table(table, index))
    return "TypeORM makes an index of each side of a join table itself";
  if (is_filled_once(uses, table))
    return arena_printf(arena, "only migrations fill %s", table->name);
  if (is_small_table(uses, table))
    return arena_printf(arena, "the code reads %s as a whole, so it is small", table->name);
  if (holds_settings(table->name))
    return arena_printf(arena, "%s holds settings, which are seldom written", table->name);
  const char *passing = passing_doubt(j, table);
  return passing ? passing : seldom_doubt(j, uses, table);
}

static void report_index(Judge *j, TableUses *uses, const Table *table, const Index *index, const Index *other) {
  Arena *arena = &j->report->arena;
  const char *kind = other->primary ? "primary key" : other->unique ? "unique index" : "index";
  SchemaClaim claim = {.rule = "redundant-index", .level = LEVEL_WARNING, .table = table, .place = index->place};
  bool same = index->parts.n == other->parts.n;
  claim.subject = index_text(table, index, arena);
  claim.message = arena_printf(arena, "the index %s %s the %s %s, which finds all that it finds", claim.subject,
                               same ? "repeats" : "is the start of", kind, index_text(table, other, arena));
  claim.help = index->name ? arena_printf(arena, "drop %s: every row that is inserted is written to it too", index->name)
                           : "drop it: every row that is inserted is written to it too";
  claim.doubt = is_inherited(table, index) ? "a base class declares it, for other tables as well"
                : same                     ? NULL
                                           : doubt_of_index(j, uses, table, index, arena);
  claim.other = other->place;
  claim.other_text = arena_printf(arena, "the %s that stands in", kind);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, TableUses *uses, const Table *table) {
  for (uint32_t i = 0; i < table->indexes.n; i++)
    for (uint32_t k = 0; may_go(&table->indexes.at[i]) && k < table->indexes.n; k++)
      if (stands_in(table, k, i)) {
        report_index(j, uses, table, &table->indexes.at[i], &table->indexes.at[k]);
        break;
      }
}

void redundant_index(Judge *j) {
  TableUses *uses = table_uses(j);
  for (uint32_t i = 0; i < j->schemas->n; i++)
    for (uint32_t t = 0; t < j->schemas->at[i]->tables.n; t++)
      judge_table(j, uses, j->schemas->at[i]->tables.at[t]);
}
