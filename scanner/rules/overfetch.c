// overfetch.c - rows that are read with all columns where the code uses few of them: the wide ones travel for nothing.
//
// What the code uses is followed (row_uses.c). Rows that go on as a whole make a note that names the widest columns, and
// of rows that go out of sight nothing is said.
#include <string.h>

#include "../indexes.h"
#include "../row_uses.h"

enum { MANY_COLUMNS = 20, NAMED = 4, SEVERAL = 3 };

// What of a table is read for nothing.
typedef struct Waste {
  uint32_t wide;             // columns that are not used
  bool heavy;                // one of them holds text or bytes, which have no end
  uint32_t used, relations;  // columns and relations that are
  bool strange;              // something else is: a property that is no column
  const char *names;         // of the wide ones, with their types
} Waste;

static bool uses_column(const RowUses *uses, const Table *table, const Column *column) {
  for (uint32_t i = 0; i < uses->n; i++)
    if (table_find_property(table, uses->names[i]) == column)
      return true;
  return false;
}

// Text is wide where the schema tells it from short strings.
static bool text_is_wide(const Table *table) {
  for (uint32_t i = 0; i < table->columns.n; i++)
    if (table->columns.at[i].kind == COLUMN_STRING)
      return true;
  return false;
}

static void add_wide(Waste *waste, const Column *c, Arena *arena) {
  const char *name = c->property ? c->property : c->name;
  if (waste->wide < NAMED)
    waste->names = arena_printf(arena, "%s%s%s (%s)", waste->wide ? waste->names : "", waste->wide ? ", " : "", name,
                                *c->type ? c->type : "wide");
  else if (waste->wide == NAMED)
    waste->names = arena_printf(arena, "%s, ...", waste->names);
  waste->wide++;
  waste->heavy = waste->heavy || (c->kind != COLUMN_JSON && !strcasestr(c->type, "json"));
}

// Whether a column is of the object or list `name` within the row: `items.price` of `items`.
static bool is_within(const Column *c, const char *name) {
  size_t n = strlen(name);
  return !strncmp(c->name, name, n) && c->name[n] == '.';
}

static bool is_holder(const Table *table, const char *name) {
  for (uint32_t i = 0; i < table->columns.n; i++)
    if (is_within(&table->columns.at[i], name))
      return true;
  return false;
}

// Lists of objects within the row, which are wide as JSON is.
static void add_lists(Waste *waste, const Table *table, const RowUses *uses, Arena *arena) {
  const char *last = "";
  for (uint32_t i = 0; i < table->columns.n; i++) {
    const Column *c = &table->columns.at[i];
    if (!c->listed || is_within(c, last))
      continue;
    last = arena_copy(arena, c->name, strcspn(c->name, "."));
    bool used = false;
    for (uint32_t k = 0; k < uses->n && !used; k++)
      used = !strcmp(uses->names[k], last);
    if (!used)
      add_wide(waste, &(Column){.name = last, .type = "list of objects", .kind = COLUMN_JSON}, arena);
  }
}

static Waste waste_of(const Query *q, const RowUses *uses, Arena *arena) {
  const Table *table = q->tables.at[0].table;
  bool text = text_is_wide(table);
  Waste waste = {0};
  for (uint32_t i = 0; i < uses->n; i++) {
    bool column = table_find_property(table, uses->names[i]) || is_holder(table, uses->names[i]), relation = loads_along(q, uses->names[i]);
    waste.used += column && !relation;
    waste.relations += relation;
    waste.strange |= !column && !relation;
  }
  for (uint32_t i = 0; i < table->columns.n; i++) {
    const Column *c = &table->columns.at[i];
    if (column_is_wide(c->kind) && (c->kind != COLUMN_TEXT || text) && !uses_column(uses, table, c))
      add_wide(&waste, c, arena);
  }
  // One document, or all of it, is as it was made.
  if (uses->n && q->rows != ROWS_ONE)
    add_lists(&waste, table, uses, arena);
  return waste;
}

//
// Findings
//

static const char *used_text(const RowUses *uses, Arena *arena) {
  const char *text = "";
  for (uint32_t i = 0; i < uses->n; i++)
    text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", uses->names[i]);
  return text;
}

// Whether a relation leads to one row by a foreign key of the table, and the table has more than keys.
static bool passes_through(const Table *table, const char *relation) {
  uint32_t keys = 0;
  bool one = false;
  for (uint32_t i = 0; i < table->keys.n; i++) {
    keys += table->keys.at[i].columns.n;
    one |= table->keys.at[i].relation && !strcmp(table->keys.at[i].relation, relation);
  }
  return one && table->columns.n > keys + 1;
}

// The rows are read for one relation of theirs only.
static const char *relation_advice(const Query *q, const RowUses *uses, Arena *arena) {
  return arena_printf(arena, "read the rows of `%s` themselves, by a condition on %s, or choose no columns beside it", uses->names[0],
                      query_subject(q));
}

// Whether the rows are those of one parent, which are few as a rule: a column that is no key equals a value.
static bool asks_for_children(const Query *q) {
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    const Column *column = !c->table && !c->join && !c->constant && !c->maybe ? query_column(q, 0, c->column) : NULL;
    if (column && c->operator == OPERATOR_EQUAL && !table_is_unique(q->tables.at[0].table, (const char *const[]){column->name}, 1))
      return true;
  }
  return false;
}

static void report_use(Judge *j, const Query *q, const RowUses *uses, const Waste *waste) {
  Arena *arena = &j->report->arena;
  const Table *table = q->tables.at[0].table;
  bool many = q->rows != ROWS_ONE && uses->many, only_relation = !waste->used && uses->n == 1 && passes_through(table, uses->names[0]);
  bool few = waste->used * (many ? 2 : 4) <= table->columns.n;  // one row is little: only where hardly anything is used
  bool wide = waste->wide || (many && table->columns.n >= MANY_COLUMNS);
  if (!(wide && few) && !(many && (waste->wide || only_relation)))
    return;
  bool much = many && few && (waste->heavy || waste->wide >= SEVERAL);
  QueryClaim claim = {.query = q, .rule = "overfetch", .level = much && !asks_for_children(q) ? LEVEL_WARNING : LEVEL_NOTE};
  claim.message = arena_printf(arena, "all %u columns of %s are read%s%s%s, and only %s used: %s", table->columns.n, table->name,
                               many ? " for many rows" : "", waste->names ? ", also " : "", waste->names ? waste->names : "",
                               uses->n == 1 ? "one is" : "these are", used_text(uses, arena));
  claim.help = only_relation ? relation_advice(q, uses, arena) : selection_text(j, q, uses);
  claim.fix = only_relation ? NULL : selection_fix(j, q, uses);
  claim.step = arena_printf(arena, "reads all columns of %s", table->name);
  report_query(j, &claim);
}

// Rows that go on as a whole: only what is wide is worth a word.
static void report_whole(Judge *j, const Query *q) {
  Arena *arena = &j->report->arena;
  const Table *table = q->tables.at[0].table;
  Waste waste = waste_of(q, &(RowUses){.n = 0}, arena);
  if (!waste.wide || q->rows == ROWS_ONE)
    return;
  QueryClaim claim = {.query = q, .rule = "overfetch", .level = LEVEL_NOTE};
  claim.message = arena_printf(arena, "all %u columns of %s are read for many rows, also %s", table->columns.n, table->name, waste.names);
  claim.help = "if these are not needed where the rows end up, name the other columns";
  claim.step = arena_printf(arena, "reads all columns of %s", table->name);
  report_query(j, &claim);
}

// Whether it is a query of a table's own rows that names no columns.
static bool reads_all_columns(const Judge *j, const Query *q) {
  bool select = q->verb == VERB_SELECT && q->star && !q->written_star && !q->aggregate && !q->dynamic_columns && !q->columns.n;
  const Table *table = select && !q->inner && q->site && !q->via.file && q->tables.n ? q->tables.at[0].table : NULL;
  return table && table->whole && !table->view && q->context == CONTEXT_APP && !j->program->sites.at[q->site].loads;
}

void overfetch(Judge *j) {
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    if (!reads_all_columns(j, q))
      continue;
    RowUses uses = {.n = 0};
    row_uses(j, &j->program->sites.at[q->site], &uses);
    Waste waste = waste_of(q, &uses, &j->report->arena);
    if (uses.whole && !uses.lost && uses.many)
      report_whole(j, q);
    else if (!uses.lost && !uses.whole && !waste.strange && uses.n)
      report_use(j, q, &uses, &waste);
  }
}
