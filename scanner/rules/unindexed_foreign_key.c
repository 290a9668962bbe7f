// unindexed_foreign_key.c - a foreign key that no index starts with: each join on it, and each DELETE of a row that it
// may refer to, reads the whole table. No database but MySQL makes such an index by itself.
#include <string.h>
#include <strings.h>

#include "../indexes.h"

// The columns of a key; false when an index starts with one of them, or they cannot be told.
static bool lacks_index(const Table *table, const ForeignKey *key, IndexColumns *columns) {
  *columns = (IndexColumns){0};
  for (uint32_t i = 0; i < key->columns.n; i++) {
    const Column *column = table_find(table, key->columns.at[i]);
    if (!column || leads_index(table, column))
      return false;
    if (columns->n < INDEX_COLUMNS)
      columns->at[columns->n++] = column;
  }
  return columns->n > 0;
}

// Whether a use deletes rows of its table. What a write does is told by its method where the library's model does not.
static bool deletes(const Judge *j, const TableUse *use) {
  static const char *const words[] = {"delete", "remove", "destroy"};
  const Query *q = use->query;
  if (use->owner || use->at)
    return false;
  return q->verb == VERB_DELETE || (q->verb == VERB_OTHER && q->site &&
         contains_any(site_text(j->program, &j->program->sites.at[q->site], &j->report->arena), words, COUNT(words)));
}

// The code that deletes rows of the table that a key refers to.
typedef struct Deletions {
  bool any;
  Map reached;  // what is not in an SQL file: reach_key() -> 1
} Deletions;

static uint64_t reach_key(uint32_t site, Sym handed) { return (uint64_t)site << 32 | handed; }

static Deletions deletions_from(Judge *j, const TableUses *uses, const Table *table) {
  Deletions all = {0};
  uint32_t count = 0;
  const TableUse *use = table ? uses_of_table(uses, table, &count) : NULL;
  for (uint32_t i = 0; i < count; i++) {
    if (!deletes(j, &use[i]) || standing_of(j, use[i].query) == STANDING_UNUSED)
      continue;
    all.any = true;
    if (use[i].query->site)
      map_put(&all.reached, reach_key(use[i].query->site, use[i].query->handed), 1);
  }
  return all;
}

// Whether the function that a query stands in deletes such rows, itself or by what it calls.
static bool is_deleted_beside(const Program *p, const Deletions *deletions, const Query *query) {
  const File *f = &p->files.at[query->expr.file];
  Id function = query->site ? unit_of(f, query->expr.id) : 0;
  if (!function)
    return false;
  const Unit *unit = &f->units[function];
  bool found = false;
  for (uint32_t i = 0; i < unit->sites.n && !found; i++)
    found = map_get(&deletions->reached, reach_key(unit->sites.at[i], 0));
  for (uint32_t i = 0; i < unit->reach.n && !found; i++)
    found = map_get(&deletions->reached, reach_key(unit->reach.at[i].site, 0)) ||
            map_get(&deletions->reached, reach_key(unit->reach.at[i].site, unit->reach.at[i].statement));
  return found;
}

// Whether a query is a step of removing something: a function around it is called so, and does more than delete these rows.
static bool is_step_of_removal(Program *p, const Query *q) {
  Id function = q->site ? removal_around(p, q->expr.file, q->expr.id) : 0;
  return function && (q->verb != VERB_DELETE || p->files.at[q->expr.file].units[function].reach.n > 1);
}

static const char *message_of(const SchemaClaim *claim, const ForeignKey *key, bool deleted, Arena *arena) {
  const char *index = partial_index(claim->table, table_find(claim->table, key->columns.at[0])) ? "index of all rows" : "index";
  const char *start = arena_printf(arena, "no %s starts with the foreign key %s to %s", index, claim->subject, key->table);
  const char *deletions = deleted ? arena_printf(arena, "each DELETE of rows of %s", key->table) : "";
  uint32_t n = claim_counts(claim);
  if (!n)
    return deleted ? arena_printf(arena, "%s: %s reads the whole table", start, deletions) : start;
  bool one = n == 1 && !deleted;
  return arena_printf(arena, "%s: %u quer%s%s%s read%s the whole table%s", start, n, n == 1 ? "y" : "ies", deleted ? " and " : "",
                      deletions, one ? "s" : "", claim_others(claim, arena));
}

// Whether a query finds rows by a column; NULL is what many rows have.
static bool compares(const TableUse *use, const Column *column) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    if (!c->join && c->operator != OPERATOR_NULL && equal_column(use, c) == column)
      return true;
  }
  return false;
}

// The other key of a table that links two, when it lacks an index as well; `*first` when it is declared before.
static const Column *partner_of(const Table *table, const ForeignKey *key, bool *first) {
  IndexColumns columns;
  const ForeignKey *other = table->keys.n == 2 ? &table->keys.at[key == &table->keys.at[0]] : NULL;
  bool pair = other && key->columns.n == 1 && other->columns.n == 1 && lacks_index(table, other, &columns);
  *first = other < key;
  return pair ? columns.at[0] : NULL;
}

// The queries that need an index on the key's column, and how much they weigh.
typedef struct Needs {
  bool any, used, read;  // there is one; one runs for users of the application; one of those does more than delete
  bool apart;            // one runs where no row of the other table is deleted
  bool apart_used;       // one does both
  bool pair;             // one compares the other key of the table as well: one index on both serves it
  bool many;             // and one finds many rows by both
  const Column *order;   // by which queries sort or choose among the rows of a key, NULL for none
} Needs;

// The column by which a query sorts or chooses among the rows that it finds by a key, NULL for none.
static const Column *order_within(const TableUse *use, const Column *key, const Column *partner) {
  const Query *q = use->query;
  const Sort *sort = q->sorts.n && q->verb == VERB_SELECT ? &q->sorts.at[0] : NULL;
  bool plain = sort && !sort->expression && !sort->maybe && sort->table == use->at && !use->owner;
  const Column *order = plain ? query_column(q, use->at, sort->column) : NULL;
  for (uint32_t i = 0; !order && i < q->conditions.n; i++)
    if (q->conditions.at[i].operator == OPERATOR_RANGE && !q->conditions.at[i].function)
      order = condition_column(use, &q->conditions.at[i]);
  return order == key || order == partner ? NULL : order;
}

// Whether the code takes many rows of a query, by what a library calls so; of plain SQL that cannot be told.
static bool takes_many(const Query *q) {
  return q->verb == VERB_SELECT && q->rows == ROWS_MANY && !q->sql && !q->aggregate && !q->limit;
}

static Needs read_needs(Judge *j, const TableUses *uses, SchemaClaim *claim, const ForeignKey *key, const Column *column,
                        const Deletions *deletions) {
  Needs needs = {0};
  uint32_t count;
  bool first;
  const Column *partner = partner_of(claim->table, key, &first);
  const TableUse *use = uses_of_table(uses, claim->table, &count);
  for (uint32_t i = 0; i < count; i++) {
    if (!use_needs(&use[i], column) || use_finds(&use[i], column) || use_is_narrowed(&use[i]) || named_column(&use[i]))
      continue;
    Standing standing = standing_of(j, use[i].query);
    bool both = partner && partner != column && compares(&use[i], column) && compares(&use[i], partner);
    const Column *order = compares(&use[i], column) ? order_within(&use[i], column, partner) : NULL;
    needs.order = needs.order ? needs.order : order;
    needs.many |= both && (order || takes_many(use[i].query));
    // What compares both keys is told at the first one.
    if (standing == STANDING_UNUSED || (both && first))
      continue;
    needs.pair |= both;
    bool used = standing == STANDING_USED;
    claim_query(claim, use[i].query, used);
    needs.any = true;
    needs.read |= used && use[i].query->verb != VERB_DELETE;
    bool apart = !is_deleted_beside(j->program, deletions, use[i].query) && !is_step_of_removal(j->program, use[i].query);
    needs.used |= used;
    needs.apart |= apart;
    needs.apart_used |= apart && used;
  }
  return needs;
}

// What else changes where Prisma calls a unique key by its columns, in their order, and the code does so too.
static const char *renamed_key(const Program *p, const Table *table, const Column *first, const Column *last, Arena *arena) {
  const char *name = arena_printf(arena, "%s_%s", first->property, last->property);
  if (table->origin != ORIGIN_PRISMA || !names_find(&p->syms, name))
    return "";
  return arena_printf(arena, "; the code calls it %s, which becomes %s_%s", name, last->property, first->property);
}

// A unique index of two columns in the other order, which no query needs as it is.
static const char *turned_index(const TableUses *uses, const Table *table, const Column *column, Arena *arena) {
  uint32_t count;
  const TableUse *use = uses_of_table(uses, table, &count);
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    bool pair = index->unique && !index->primary && !index->predicate && index->parts.n == 2;
    const Column *first = pair ? part_column(table, &index->parts.at[0]) : NULL;
    const Column *last = pair ? part_column(table, &index->parts.at[1]) : NULL;
    bool alone = !first || last != column || is_of_key(table, first);
    for (uint32_t k = 0; k < count && !alone; k++)
      alone = use_needs(&use[k], first) && !compares(&use[k], column);
    if (!alone)
      return arena_printf(arena, "\nor turn the unique index %s round, to (%s, %s): no query that is seen needs it to begin with %s%s",
                          index_text(table, index, arena), column->name, first->name, first->name,
                          renamed_key(uses->program, table, first, column, arena));
  }
  return "";
}

static const char *help_of_key(const TableUses *uses, const Schema *schema, const SchemaClaim *claim, const ForeignKey *key,
                               const IndexColumns *columns, const Needs *needs, Arena *arena) {
  bool first, shown = claim->count <= CLAIM_STEPS, unique = needs->pair && !needs->many;
  const Table *table = claim->table;
  const char *narrower = shown ? narrower_text(table, claim->queries, claim->count, arena) : "";
  IndexColumns both = *columns;
  if (needs->pair)
    both.at[both.n++] = needs->many && needs->order ? needs->order : partner_of(table, key, &first);
  return arena_printf(arena, "%s%s%s%s%s", narrower, index_advice(schema, table, &both, arena),
                      *narrower ? "" : partial_text(table, columns->at[0], arena),
                      unique ? "\nunique, where a pair stands once: queries compare both keys" : "",
                      turned_index(uses, table, columns->at[0], arena));
}

// Whether the column is in the primary key: the table links others, and has a row for each pair.
static bool links(const Table *table, const Column *column) {
  for (uint32_t i = 0; i < table->indexes.n; i++)
    for (uint32_t k = 0; table->indexes.at[i].primary && k < table->indexes.at[i].parts.n; k++)
      if (part_column(table, &table->indexes.at[i].parts.at[k]) == column)
        return true;
  return false;
}

// Why it may not be worth an index.
static const char *doubt_of_key(Judge *j, const TableUses *uses, const SchemaClaim *claim, const Needs *needs, const Table *to,
                                const Column *column, bool deleted, Arena *arena) {
  const char *name = to ? to->name : "the other table";
  if (!needs->any && deleted)
    return "no query that is seen needs it: it only speeds up deletions";
  if (!needs->any)
    return arena_printf(arena, "no query that is seen needs it, and nothing deletes from %s", name);
  if (is_small_table(uses, claim->table))
    return arena_printf(arena, "the code reads %s as a whole, so it is small", claim->table->name);
  if (to && is_filled_once(uses, to))
    return arena_printf(arena, "only migrations fill %s, so the key has few values", name);
  if (!needs->used)
    return "only administrators' pages, scripts and developers run what needs it";
  if (!needs->read && (claim->used == 1 || !deleted))
    return "it only speeds up deletions";
  if (!needs->apart && !links(claim->table, column))
    return "what needs it runs only where something is removed";
  if (!needs->apart_used && !links(claim->table, column))
    return "only administrators' pages need it, and what removes something";
  const char *passing = passing_doubt(j, claim->table), *foreign = foreign_doubt(j, j->uses, claim->table);
  if (passing || foreign)
    return passing ? passing : foreign;
  if (to && names_setting(to->name) && !to->keys.n)
    return arena_printf(arena, "%s is a table of settings, so the key has few values", name);
  return few_rows_doubt(j, claim->table);
}

static void judge_key(Judge *j, const TableUses *uses, const Schema *schema, const Table *table, const ForeignKey *key) {
  Arena *arena = &j->report->arena;
  IndexColumns columns;
  if (!lacks_index(table, key, &columns))
    return;
  SchemaClaim claim = {.rule = "unindexed-foreign-key", .level = LEVEL_WARNING, .table = table, .place = key->place};
  const Table *to = schema_find(schema, key->table);
  Deletions deletions = deletions_from(j, uses, to);
  Needs needs = read_needs(j, uses, &claim, key, columns.at[0], &deletions);
  bool checked = key_is_checked(table, key), deleted = deletions.any && checked;
  map_release(&deletions.reached);
  // The database may be one that makes the index; and who made one for some rows knows which are asked for.
  bool considered = schema->dialect == DIALECT_UNKNOWN || partial_index(table, columns.at[0]);
  if (considered && !claim.count && !deleted)
    return;
  claim.query_text = arena_printf(arena, "finds rows by %s", columns.at[0]->name);
  claim.subject = index_subject(table, &columns, arena);
  claim.message = message_of(&claim, key, deleted, arena);
  claim.help = help_of_key(uses, schema, &claim, key, &columns, &needs, arena);
  claim.other = table->place;
  claim.other_text = arena_printf(arena, "the table %s, which lacks the index", table->name);
  claim.doubt = !checked && !needs.any ? "no query that is seen needs it, and no migration makes it a constraint"
                                       : doubt_of_key(j, uses, &claim, &needs, to, columns.at[0], deleted, arena);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, const TableUses *uses, const Schema *schema, const Table *table) {
  for (uint32_t i = 0; i < table->keys.n; i++)
    judge_key(j, uses, schema, table, &table->keys.at[i]);
}

void unindexed_foreign_key(Judge *j) {
  const TableUses *uses = table_uses(j);
  for (uint32_t i = 0; i < j->schemas->n; i++) {
    const Schema *schema = j->schemas->at[i];
    // MySQL makes the index; references of MongoDB are checked by nobody.
    if (schema->dialect == DIALECT_MYSQL || schema->dialect == DIALECT_MONGODB)
      continue;
    for (uint32_t t = 0; t < schema->tables.n; t++)
      if (schema->tables.at[t]->whole && !schema->tables.at[t]->view)
        judge_table(j, uses, schema, schema->tables.at[t]);
  }
}
