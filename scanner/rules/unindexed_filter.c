// unindexed_filter.c - columns that queries filter by and that no index starts with. One finding for each table and set
// of columns, at the schema, with one index that serves all of its queries.
#include <ctype.h>
#include <string.h>

#include "../indexes.h"

static const Entry *entry_of_query(const Judge *j, const Query *query) {
  return query->site ? entry_of(j->program, query->expr.file, query->expr.id) : NULL;
}

// Whether requests or jobs are seen to run a query; where the tree has no entry points that are known, all may.
static bool is_requested(const Judge *j, const Query *query) {
  const Entry *entry = entry_of_query(j, query);
  return j->program->entries.n <= 1 || (entry && entry->kind != ENTRY_CRON && entry->kind != ENTRY_CLI);
}

// Whether the clock runs a query: what deletes old rows then keeps the table to what it was, and the index would cost each
// row that is added.
static bool is_timed(const Judge *j, const Query *query) {
  const Entry *entry = entry_of_query(j, query);
  return entry && (entry->kind == ENTRY_CRON || entry->kind == ENTRY_TIMER);
}

// Whether a query changes the rows of a range where somebody waits for it.
static bool purges_range(const Judge *j, const Want *want, const Query *query) {
  bool deletes = query->verb == VERB_DELETE, changes = deletes || query->verb == VERB_UPDATE;
  return changes && want->purges && is_requested(j, query) && !(deletes && is_timed(j, query));
}

// Whether a unique key holds the column behind keys of other tables only: what is unique within a tenant is found by both.
static bool is_unique_within(const Table *table, const Column *column) {
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    const Column *last = index->parts.n > 1 ? part_column(table, &index->parts.at[index->parts.n - 1]) : NULL;
    bool within = index->unique && !index->predicate && last == column;
    for (uint32_t k = 0; within && k + 1 < index->parts.n; k++) {
      const Column *before = part_column(table, &index->parts.at[k]);
      within = before && is_of_key(table, before);
    }
    if (within)
      return true;
  }
  return false;
}

// Why it may not be worth an index: one query that runs now and then reads the table as it did before.
static const char *doubt_of_want(Judge *j, const Table *table, const Want *want) {
  bool requested = false, purges = false, deletes = true;
  for (uint32_t i = 0; i < want->queries.n; i++) {
    requested = requested || is_requested(j, want->queries.at[i]);
    deletes = deletes && want->queries.at[i]->verb == VERB_DELETE;
    purges = purges || purges_range(j, want, want->queries.at[i]);
  }
  if (!want->equal && !purges)
    return "only ranges of time ask for it: an index helps as far as they leave few of the rows";
  if (deletes && !purges && want->queries.n == 1)
    return "nothing but a deletion looks for rows by it";
  if (is_unique_within(table, want->columns.at[0]))
    return "a unique key holds it behind what it is unique within: comparing that as well needs no further index";
  const char *passing = passing_doubt(j, table), *foreign = foreign_doubt(j, j->uses, table);
  passing = passing ? passing : token_doubt(j, table, want->columns.at[0]);
  if (passing || foreign)
    return passing ? passing : foreign;
  if (!want->used)
    return "only administrators' pages, scripts and developers run what needs it";
  if (want->used > 1 || requested)
    return few_rows_doubt(j, table);
  return "one query needs it, and no request or job is seen that runs it";
}

// What an index on a time costs, and what costs less.
static const char *range_advice(const Schema *schema, const Want *want, Arena *arena) {
  const char *column = want->columns.at[0]->name;
  const char *brin = schema->dialect != DIALECT_POSTGRES ? "" :
      arena_printf(arena, "; where rows are only added as time goes on, BRIN (USING brin (%s)) costs next to nothing", column);
  return arena_printf(arena, "\nevery write of a row updates the index%s", brin);
}

// Names are written with underscores in the database, and without them in code.
static bool is_same_name(const char *a, const char *b) {
  for (;; a++, b++) {
    a += strspn(a, "_");
    b += strspn(b, "_");
    if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
      return false;
    if (!*a)
      return true;
  }
}

// Whether the function around a query names what stands for the column, before the query.
static bool is_at_hand(const Judge *j, const Query *query, const Column *column) {
  const File *f = &j->program->files.at[query->expr.file];
  Id unit = query->site ? unit_of(f, query->expr.id) : 0;
  if (!unit)
    return false;
  for (Id id = f->facts.functions.at[unit].expr; id < f->facts.exprs.n; id++) {
    const Expr *e = expr_at(f, id);
    bool names = e->kind == EX_IDENT || e->kind == EX_MEMBER || e->kind == EX_PARAM;
    if (e->span.start >= query->place.start)
      return false;
    if (names && e->span.end <= query->place.start && is_same_name(text_of(f, e->name), column->name))
      return true;
  }
  return false;
}

static bool are_at_hand(const Judge *j, const Table *table, const Want *want, const Index *index, uint32_t before) {
  for (uint32_t i = 0; i < want->queries.n; i++)
    for (uint32_t k = 0; k < before; k++) {
      const Column *column = part_column(table, &index->parts.at[k]);
      if (!column || !is_at_hand(j, want->queries.at[i], column))
        return false;
    }
  return true;
}

// An index that holds the column behind others helps a query that compares those as well, where it knows them.
static const char *longer_index(const Judge *j, const Table *table, const Want *want, Arena *arena) {
  const Column *column = want->columns.at[0];
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    for (uint32_t k = 1; k < index->parts.n && !index->predicate; k++)
      if (part_column(table, &index->parts.at[k]) == column &&
          are_at_hand(j, table, want, index, k))
        return arena_printf(arena, "\nor compare what stands before it in the index %s as well, which the function knows",
                            index_text(table, index, arena));
  }
  return "";
}

static void report_want(Judge *j, const Schema *schema, const Table *table, const Want *want) {
  Arena *arena = &j->report->arena;
  const Column *first = want->columns.at[0];
  SchemaClaim claim = {.rule = "unindexed-filter", .level = LEVEL_WARNING, .table = table};
  claim.place = column_place(table, first);
  claim_want(j, &claim, want);
  claim.query_text = arena_printf(arena, "reads all of %s to find rows by %s", table->name, first->name);
  claim.subject = index_subject(table, &want->columns, arena);
  const char *whole = partial_index(table, first) ? " that holds all of its rows" : "";
  uint32_t n = claim_counts(&claim);
  claim.message = arena_printf(arena, "no index of %s%s starts with %s: %u quer%s the whole table to filter by it%s", table->name,
                               whole, first->name, n, n == 1 ? "y reads" : "ies read", claim_others(&claim, arena));
  const char *narrower = narrower_text(table, want->queries.at, want->queries.n, arena);
  claim.help = arena_printf(arena, "%s%s%s%s", narrower, index_advice(schema, table, &want->columns, arena),
                            *narrower ? "" : partial_text(table, first, arena), want->equal ? longer_index(j, table, want, arena) : range_advice(schema, want, arena));
  claim.doubt = doubt_of_want(j, table, want);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, TableUses *uses, const Schema *schema, const Table *table) {
  judge_wants(j, uses, schema, table, want_filter, report_want);
}

void unindexed_filter(Judge *j) { judge_tables(j, judge_table); }
