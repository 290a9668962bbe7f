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

// Whether the code deletes rows of the table that the key refers to.
static bool is_deleted_from(const Judge *j, const TableUses *uses, const Table *table) {
  static const char *const words[] = {"delete", "remove", "destroy"};
  uint32_t count = 0;
  const TableUse *use = table ? uses_of_table(uses, table, &count) : NULL;
  for (uint32_t i = 0; i < count; i++) {
    const Query *q = use[i].query;
    if (use[i].owner || use[i].at)
      continue;
    // What a write does is told by its method where the library's model does not.
    if (q->verb == VERB_DELETE || (q->verb == VERB_OTHER && q->site &&
        contains_any(site_text(j->program, &j->program->sites.at[q->site], &j->report->arena), words, COUNT(words))))
      return true;
  }
  return false;
}

static const char *message_of(const SchemaClaim *claim, const ForeignKey *key, bool deleted, Arena *arena) {
  const char *start = arena_printf(arena, "no index starts with the foreign key %s to %s", claim->subject, key->table);
  const char *deletions = deleted ? arena_printf(arena, "each DELETE of rows of %s", key->table) : "";
  if (!claim->count)
    return deleted ? arena_printf(arena, "%s: %s reads the whole table", start, deletions) : start;
  bool one = claim->count == 1 && !deleted;
  return arena_printf(arena, "%s: %u quer%s%s%s read%s the whole table", start, claim->count,
                      claim->count == 1 ? "y" : "ies", deleted ? " and " : "", deletions, one ? "s" : "");
}

// The queries that need an index on the key's column, and how much they weigh.
typedef struct Needs {
  bool any, read, used;  // there is one; one does more than delete; one runs for users of the application
} Needs;

static Needs read_needs(Judge *j, const TableUses *uses, SchemaClaim *claim, const Column *column) {
  Needs needs = {0};
  uint32_t count;
  const TableUse *use = uses_of_table(uses, claim->table, &count);
  for (uint32_t i = 0; i < count; i++) {
    if (!use_needs(&use[i], column) || use_is_narrowed(&use[i]) || named_column(&use[i]))
      continue;
    Standing standing = standing_of(j, use[i].query);
    if (standing == STANDING_UNUSED)
      continue;
    claim_query(claim, use[i].query);
    needs.any = true;
    needs.read |= use[i].query->verb != VERB_DELETE;
    needs.used |= standing == STANDING_USED;
  }
  return needs;
}

// Why it may not be worth an index.
static const char *doubt_of_key(const TableUses *uses, const SchemaClaim *claim, const Needs *needs, const Table *to, bool deleted,
                                Arena *arena) {
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
    return "only administrators' pages and scripts run what needs it";
  if (!needs->read && (claim->count == 1 || !deleted))
    return "it only speeds up deletions";
  return NULL;
}

static void judge_key(Judge *j, const TableUses *uses, const Schema *schema, const Table *table, const ForeignKey *key) {
  Arena *arena = &j->report->arena;
  IndexColumns columns;
  if (!lacks_index(table, key, &columns))
    return;
  SchemaClaim claim = {.rule = "unindexed-foreign-key", .level = LEVEL_WARNING, .table = table, .place = key->place};
  Needs needs = read_needs(j, uses, &claim, columns.at[0]);
  const Table *to = schema_find(schema, key->table);
  bool deleted = is_deleted_from(j, uses, to);
  // The database may be one that makes the index.
  if (schema->dialect == DIALECT_UNKNOWN && !claim.count && !deleted)
    return;
  claim.query_text = arena_printf(arena, "finds rows by %s", columns.at[0]->name);
  claim.subject = index_subject(table, &columns, arena);
  claim.message = message_of(&claim, key, deleted, arena);
  claim.help = index_advice(schema, table, &columns, arena);
  claim.other = table->place;
  claim.other_text = arena_printf(arena, "the table %s, which lacks the index", table->name);
  claim.doubt = doubt_of_key(uses, &claim, &needs, to, deleted, arena);
  report_schema(j, &claim);
}

static void judge_table(Judge *j, const TableUses *uses, const Schema *schema, const Table *table) {
  for (uint32_t i = 0; i < table->keys.n; i++)
    judge_key(j, uses, schema, table, &table->keys.at[i]);
}

void unindexed_foreign_key(Judge *j) {
  TableUses uses = {0};
  uses_read(&uses, j);
  for (uint32_t i = 0; i < j->schemas->n; i++) {
    const Schema *schema = j->schemas->at[i];
    // MySQL makes the index; references of MongoDB are checked by nobody.
    if (schema->dialect == DIALECT_MYSQL || schema->dialect == DIALECT_MONGODB)
      continue;
    for (uint32_t t = 0; t < schema->tables.n; t++)
      if (schema->tables.at[t]->whole && !schema->tables.at[t]->view)
        judge_table(j, &uses, schema, schema->tables.at[t]);
  }
  uses_release(&uses);
}
