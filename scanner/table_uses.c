// table_uses.c - which queries of the application use a table, and by which of its columns.
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "indexes.h"

enum {
  MAX_LOADED = 64,     // relations of one query that are followed
  JOINED_TABLES = 32,  // tables of one query of which it is known how they are joined
};

static bool is_of_application(const Query *query) { return query->context == CONTEXT_APP || query->context == CONTEXT_SCRIPT; }

static void add_use(TableUses *uses, TableUse use) {
  if (use.table)
    vec_push(&uses->all, use);
}

static const ForeignKey *key_of_relation(const Table *table, const char *relation) {
  for (uint32_t i = 0; i < table->keys.n; i++)
    if (table->keys.at[i].relation && !strcmp(table->keys.at[i].relation, relation))
      return &table->keys.at[i];
  return NULL;
}

static const Table *other_table(const Judge *j, const Table *table, const char *name) {
  return name && table->place.source ? schemas_table(j->schemas, table->place.source->path, name) : NULL;
}

// Whether each row of `owner` has at most one of these.
static bool has_one(const Table *table, const Table *owner) {
  for (uint32_t i = 0; i < table->keys.n; i++) {
    const ForeignKey *key = &table->keys.at[i];
    if (!strcasecmp(key->table, owner->name) && table_is_unique(table, key->columns.at, key->columns.n))
      return true;
  }
  return false;
}

const Table *related_table(const Judge *j, const Table *owner, const char *relation, uint8_t *rows) {
  const ForeignKey *key = owner ? key_of_relation(owner, relation) : NULL;
  const TableRelation *back = owner && !key ? table_relation(owner, relation) : NULL;
  const Table *table = owner ? other_table(j, owner, key ? key->table : back ? back->table : NULL) : NULL;
  *rows = key ? ROWS_ONE : !back ? ROWS_UNKNOWN : table && has_one(table, owner) ? ROWS_ONE : ROWS_MANY;
  return table;
}

// Rows of a relation to many are found by their key; the one row of a relation to one by its primary key.
static void read_relations(TableUses *uses, const Judge *j, const Query *query) {
  const Table *loaded[MAX_LOADED] = {0};
  for (uint32_t i = 0; i < query->relations.n && i < MAX_LOADED; i++) {
    const Relation *r = &query->relations.at[i];
    const Table *owner = !r->parent ? query->tables.at[0].table : r->parent <= i ? loaded[r->parent - 1] : NULL;
    uint8_t rows;
    loaded[i] = related_table(j, owner, r->name, &rows);
    if (owner && !key_of_relation(owner, r->name))
      add_use(uses, (TableUse){.table = loaded[i], .query = query, .owner = owner, .filtered = r->filtered});
  }
}

// Relations to many may stand among the columns: `select: { id: true, lines: true }` of Prisma.
static void read_columns(TableUses *uses, const Judge *j, const Query *query) {
  const Table *owner = query->tables.at[0].table;
  uint8_t rows;
  for (uint32_t i = 0; owner && i < query->columns.n; i++)
    if (!table_find(owner, query->columns.at[i]) && table_relation(owner, query->columns.at[i]))
      add_use(uses, (TableUse){.table = related_table(j, owner, query->columns.at[i], &rows), .query = query, .owner = owner});
}

static int compare_uses(const void *left, const void *right) {
  const TableUse *a = left, *b = right;
  if (a->table != b->table)
    return (uintptr_t)a->table < (uintptr_t)b->table ? -1 : 1;
  if (a->query != b->query)
    return a->query < b->query ? -1 : 1;
  return a->at != b->at ? (a->at < b->at ? -1 : 1) : (a->owner != NULL) - (b->owner != NULL);
}

enum { WITH_CONSTANT = 1, WITH_VALUE = 2 };  // what a column is compared with, in TableUses.compared

// Note what the query of a use compares columns with.
static void note_compared(TableUses *uses, const TableUse *use) {
  for (uint32_t i = 0; !use->owner && i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = condition_column(use, c);
    if (!column || c->operator == OPERATOR_NULL || (c->operator == OPERATOR_NOT && !c->constant))
      continue;
    uint64_t key = (uintptr_t)column;
    map_put(&uses->compared, key, map_get(&uses->compared, key) | (c->constant ? WITH_CONSTANT : WITH_VALUE));
  }
}

enum { SEVERAL = UINT32_MAX };  // in TableUses.constants

// Note the only constant that queries compare columns with.
static void note_constants(TableUses *uses, const TableUse *use) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    uint64_t key = (uintptr_t)condition_column(use, c);
    uint32_t known = map_get(&uses->constants, key);
    uint32_t constant = c->constant ? names_add(&uses->texts_of_constants, c->constant, strlen(c->constant)) + 1 : SEVERAL;
    if (key)
      map_put(&uses->constants, key, !known || known == constant ? constant : SEVERAL);
  }
}

bool is_always(const TableUses *uses, const Column *column, const char *constant) {
  uint32_t known = map_get(&uses->constants, (uintptr_t)column);
  return known && known != SEVERAL && !strcmp(names_text(&uses->texts_of_constants, known - 1), constant);
}

bool is_filled_once(const TableUses *uses, const Table *table) {
  uint32_t count;
  const TableUse *use = uses_of_table(uses, table, &count);
  for (uint32_t i = 0; i < count && table->filled; i++)
    if (!use[i].owner && !use[i].at && use[i].query->verb != VERB_SELECT && use[i].query->verb != VERB_DELETE)
      return false;
  return table->filled;
}

static void uses_read(TableUses *uses, const Judge *j) {
  uses->program = j->program;
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *query = &j->queries->all.at[i];
    if (!is_of_application(query) || !query->tables.n)
      continue;
    for (uint32_t k = 0; k < query->tables.n; k++)
      add_use(uses, (TableUse){.table = query->tables.at[k].table, .query = query, .at = (uint16_t)k});
    read_relations(uses, j, query);
    read_columns(uses, j, query);
  }
  if (uses->all.n)
    qsort(uses->all.at, uses->all.n, sizeof *uses->all.at, compare_uses);
  names_init(&uses->texts_of_constants);
  for (uint32_t i = 0; i < uses->all.n; i++) {
    note_compared(uses, &uses->all.at[i]);
    note_constants(uses, &uses->all.at[i]);
  }
}

TableUses *table_uses(Judge *j) {
  if (!j->uses) {
    j->uses = xcalloc(1, sizeof *j->uses);
    uses_read(j->uses, j);
  }
  return j->uses;
}

void table_uses_release(TableUses *uses) {
  if (!uses)
    return;
  vec_release(&uses->all);
  map_release(&uses->compared);
  map_release(&uses->constants);
  names_release(&uses->texts_of_constants);
  vec_release(&uses->texts);
  map_release(&uses->adders);
  arena_release(&uses->arena);
  xfree(uses);
}

// The first use of a table at this address or behind it.
static uint32_t first_use(const TableUses *uses, uintptr_t table) {
  uint32_t low = 0, high = uses->all.n;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if ((uintptr_t)uses->all.at[middle].table < table)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const TableUse *uses_of_table(const TableUses *uses, const Table *table, uint32_t *count) {
  uint32_t first = first_use(uses, (uintptr_t)table);
  *count = first_use(uses, (uintptr_t)table + 1) - first;
  return *count ? uses->all.at + first : NULL;
}

// A builder that a function returns: who gets it may put conditions to it.
static bool is_begun(const TableUses *uses, const Query *q) {
  const Site *site = &uses->program->sites.at[q->site];
  return q->site && !q->via.file && site->run == RUN_RETURNED && !(site->meaning && site->meaning->effect);
}

// Whether a query asks for no more of its rows than that they are not deleted: those that are left are most of them.
static bool reads_what_is_left(const TableUse *use) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = c->operator == OPERATOR_NULL && !c->either ? condition_column(use, c) : NULL;
    if (!column || column->kind != COLUMN_TIME || !has_word_start(column->name, "delet"))
      return false;
  }
  return true;
}

// Whether a query reads all rows of its table. Any one row in some order is the newest or oldest of many; a statement of
// an SQL file gives all rows, and what goes over many one after the other reads their keys.
static bool reads_whole(const TableUses *uses, const TableUse *use) {
  const Query *q = use->query;
  bool every = q->verb == VERB_SELECT && !q->dynamic && !q->aggregate && !q->asks_within && !q->limit && !q->offset;
  bool alone = !use->owner && !q->inner && !is_begun(uses, q) && q->tables.n == 1 && q->context == CONTEXT_APP;
  bool any = q->rows == ROWS_ONE && !q->sorts.n;
  bool related = q->site && uses->program->sites.at[q->site].relation;  // of one row: `await order.lines`
  bool whole = q->site && !q->conditions.n ? q->rows == ROWS_MANY || any : q->star && q->rows != ROWS_ONE;
  return every && alone && whole && !related && reads_what_is_left(use);
}

bool is_small_table(const TableUses *uses, const Table *table) {
  uint32_t count;
  const TableUse *use = uses_of_table(uses, table, &count);
  if (is_filled_once(uses, table))
    return true;
  for (uint32_t i = 0; i < count; i++)
    if (reads_whole(uses, &use[i]))
      return true;
  return false;
}

const Column *condition_column(const TableUse *use, const Condition *condition) {
  return use->owner || condition->table != use->at ? NULL : query_column(use->query, use->at, condition->column);
}

bool has_few_values(const TableUses *uses, const Column *column) {
  return column->kind == COLUMN_BOOLEAN || column->kind == COLUMN_ENUM ||
         map_get(&uses->compared, (uintptr_t)column) == WITH_CONSTANT;
}

const Column *equal_column(const TableUse *use, const Condition *c) {
  bool equal = !c->kept && (c->operator == OPERATOR_EQUAL || c->operator == OPERATOR_NULL);
  return equal && !c->maybe && !c->either && !c->function && !c->insensitive ? condition_column(use, c) : NULL;
}

const Column *paged_column(const TableUse *use) {
  const Query *q = use->query;
  const Sort *sort = q->sorts.n ? &q->sorts.at[0] : NULL;
  if (use->owner || !sort || sort->expression || sort->maybe || sort->table != use->at || q->dynamic_sorts || q->aggregate)
    return NULL;
  return q->limit || q->rows == ROWS_ONE ? query_column(q, use->at, sort->column) : NULL;
}

// Whether a relation is loaded by a key that holds the column.
static bool is_loaded_by(const TableUse *use, const Column *column) {
  for (uint32_t i = 0; i < use->table->keys.n; i++) {
    const ForeignKey *key = &use->table->keys.at[i];
    bool holds = false;
    for (uint32_t k = 0; k < key->columns.n && !holds; k++)
      holds = table_find(use->table, key->columns.at[k]) == column;
    if (holds && !strcasecmp(key->table, use->owner->name))
      return true;
  }
  return false;
}

static bool finds(const Condition *c) { return c->operator <= OPERATOR_PREFIX && !c->function && !c->insensitive && !c->kept; }

// Whether an index finds the rows that conditions of its own want of a table: a join may then start there.
static bool may_start_at(const Query *q, uint16_t at) {
  const Table *table = at < q->tables.n ? q->tables.at[at].table : NULL;
  for (uint32_t i = 0; table && i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    bool known = c->operator == OPERATOR_EQUAL && !c->constant && !c->join && !c->either && !c->maybe && finds(c);
    const Column *column = known && c->table == at ? query_column(q, at, c->column) : NULL;
    if (column && use_leads(&(TableUse){.table = table, .query = q, .at = at}, c, column))
      return true;
  }
  return false;
}

// Whether a condition leaves some rows of its table only: NULL, what is unlike something, and what has few values leave
// most of them.
static bool leaves_some(const Query *q, const Condition *c) {
  const Column *column = query_column(q, c->table, c->column);
  bool few = names_setting(c->column) || (column && (column->kind == COLUMN_BOOLEAN || column->kind == COLUMN_ENUM));
  return !c->join && !c->kept && c->operator != OPERATOR_NULL && c->operator != OPERATOR_NOT && !few;
}

// Whether a query wants some rows of a table only, found by an index or not.
static bool chooses(const TableUse *use, uint16_t at) {
  const Query *q = use->query;
  for (uint32_t i = 0; i < q->conditions.n; i++)
    if (q->conditions.at[i].table == at && leaves_some(q, &q->conditions.at[i]))
      return true;
  return at == 0 && (q->limit || q->dynamic || q->rows == ROWS_ONE);
}

// Where a query may start without one of its tables: where an index tells, else where it wants some rows only. What wants
// all rows has nothing to look up: it reads all of the other tables as well.
static void mark_starts(const TableUse *use, uint16_t without, bool reached[JOINED_TABLES]) {
  const Query *q = use->query;
  bool known = false;
  for (uint16_t i = 0; i < JOINED_TABLES; i++) {
    bool start = may_start_at(q, i);
    known = known || start;
    reached[i] = start && i != without;
  }
  for (uint16_t i = 0; !known && i < JOINED_TABLES && i < q->tables.n; i++)
    reached[i] = i != without && chooses(use, i);
}

// Whether joins lead from where a query may start to a table without another one.
static bool is_reached(const TableUse *use, uint16_t table, uint16_t without) {
  const Query *q = use->query;
  if (table >= JOINED_TABLES)
    return false;
  bool reached[JOINED_TABLES];
  mark_starts(use, without, reached);
  for (bool again = true; again;) {
    again = false;
    for (uint32_t i = 0; i < q->conditions.n; i++) {
      const Condition *c = &q->conditions.at[i];
      bool joins = c->join && c->table < JOINED_TABLES && c->other < JOINED_TABLES && c->table != without && !c->kept;
      if (!joins || !reached[c->other] || reached[c->table])
        continue;
      reached[c->table] = again = true;
    }
  }
  return reached[table];
}

// Whether an index on its column can find what a condition asks for: a join looks up rows of the one table for those
// of the other that are known before.
static bool looks_up(const TableUse *use, const Condition *c) {
  return finds(c) && (!c->join || is_reached(use, c->other, use->at));
}

// Whether an index finds what another condition of the same branch of an OR asks for.
static bool is_branch_narrowed(const TableUse *use, const Condition *condition) {
  for (uint32_t i = 0; condition->either && i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    bool beside = c->either == condition->either && c->branch == condition->branch;
    const Column *column = beside ? condition_column(use, c) : NULL;
    if (column && looks_up(use, c) && use_leads(use, c, column))
      return true;
  }
  return false;
}

bool use_needs(const TableUse *use, const Column *column) {
  if (use->owner)
    return is_loaded_by(use, column);
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    // NULL is what many rows have.
    bool needs = condition_column(use, c) == column && c->operator != OPERATOR_NULL;
    if (needs && looks_up(use, c) && !is_branch_narrowed(use, c))
      return true;
  }
  return false;
}

bool is_of_key(const Table *table, const Column *column) {
  for (uint32_t i = 0; i < table->keys.n; i++)
    for (uint32_t k = 0; k < table->keys.at[i].columns.n; k++)
      if (table_find(table, table->keys.at[i].columns.at[k]) == column)
        return true;
  return false;
}

bool is_ordered(const Index *index) { return !strcasecmp(index->method, "btree"); }

// Whether a name says that each value of the column is made to be unlike all others.
bool is_token(const Column *column) {
  bool text = column->kind == COLUMN_STRING || column->kind == COLUMN_TEXT || column->kind == COLUMN_UUID;
  return text && (strcasestr(column->name, "token") || strcasestr(column->name, "hash") || strcasestr(column->name, "secret"));
}

const Column *named_column(const TableUse *use) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = c->constant || c->join || c->operator != OPERATOR_EQUAL ? NULL : equal_column(use, c);
    if (column && is_token(column) && !is_of_key(use->table, column))
      return column;
  }
  return NULL;
}

// Whether a search of words or elements is what an index of its kind is for: GIN, GiST, FULLTEXT.
static bool is_search_indexed(const Table *table, const Condition *c, const Column *column) {
  static const char *const methods[] = {"gin", "gist", "rum", "fulltext"};
  bool searches = c->operator == OPERATOR_TEXT || c->operator == OPERATOR_ARRAY;
  for (uint32_t i = 0; searches && i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    if (index->predicate || !contains_any(index->method, methods, COUNT(methods)))
      continue;
    for (uint32_t k = 0; k < index->parts.n; k++)
      if (part_column(table, &index->parts.at[k]) == column)
        return true;
  }
  return false;
}

bool use_is_narrowed(const TableUse *use) {
  for (uint32_t i = 0; !use->owner && i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = c->maybe || c->either ? NULL : condition_column(use, c);
    if (column && ((use_leads(use, c, column) && looks_up(use, c)) || is_search_indexed(use->table, c, column)))
      return true;
  }
  return false;
}

void judge_tables(Judge *j, TableJudge *each) {
  TableUses *uses = table_uses(j);
  for (uint32_t i = 0; i < j->schemas->n; i++) {
    const Schema *schema = j->schemas->at[i];
    for (uint32_t t = 0; t < schema->tables.n; t++) {
      const Table *table = schema->tables.at[t];
      if (table->whole && !table->view && !is_small_table(uses, table))
        each(j, uses, schema, table);
    }
  }
}
