// index_use.c - whether queries that are seen can use an index.
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "indexes.h"
#include "schema/ddl.h"
#include "values.h"

bool is_table_seen(const TableUses *uses, const Table *table) {
  uint32_t count;
  const TableUse *use = uses_of_table(uses, table, &count);
  bool filled = false;
  for (uint32_t i = 0; i < count; i++) {
    if (use[i].query->dynamic || use[i].query->dynamic_sorts || use[i].query->served)
      return false;
    filled |= fills(&use[i]);
  }
  return filled;
}

// Whether a word of the text is the name.
static bool has_name(const char *text, const char *name) {
  size_t length = strlen(name);
  for (const char *at = text; (at = strcasestr(at, name)); at += length) {
    bool starts = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
    if (length && starts && !isalnum((unsigned char)at[length]) && at[length] != '_')
      return true;
  }
  return false;
}

// Whether an index finds rows by each of its columns, not by the first ones only.
static bool finds_by_each(const Index *index) { return !strcasecmp(index->method, "gin") || !strcasecmp(index->method, "brin"); }

bool index_starts_with(const Table *table, const Index *index, const Column *column, bool made_of) {
  uint32_t n = finds_by_each(index) ? index->parts.n : index->parts.n > 0;
  for (uint32_t k = 0; k < n; k++) {
    const IndexPart *part = &index->parts.at[k];
    if (part_column(table, part) == column || (made_of && part->expression && has_name(part->expression, column->name)))
      return true;
  }
  return false;
}

static bool is_sorted_by(const TableUse *use, const Index *index) {
  for (uint32_t i = 0; !use->owner && i < use->query->sorts.n; i++) {
    const Sort *sort = &use->query->sorts.at[i];
    const Column *column = sort->table == use->at ? query_column(use->query, use->at, sort->column) : NULL;
    if (column && index_starts_with(use->table, index, column, true))
      return true;
  }
  return false;
}

static bool serves(const TableUse *use, const Index *index) {
  for (uint32_t i = 0; i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = condition_column(use, c);
    if (column && index_starts_with(use->table, index, column, true) && index_holds(use, c, index))
      return true;
  }
  return (is_sorted_by(use, index) || index_gives_order(use, index)) && index_holds(use, NULL, index);
}

//
// Texts: functions of the database and fragments of SQL are not read as conditions
//

// The text of a template with the names in its holes.
static const char *template_text(TableUses *uses, const File *f, const Expr *e) {
  Text text = {0};
  text_puts(&text, text_of(f, e->name));
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *hole = expr_at(f, list_at(f, e->first, i));
    const char *owner = hole->kind == EX_MEMBER ? text_of(f, expr_at(f, hole->a)->name) : "";
    text_printf(&text, " %s.%s", owner, text_of(f, hole->name));
  }
  return arena_text(&uses->arena, &text);
}

static bool may_be_sql(const char *text) {
  return strpbrk(text, ".=<>(") && ddl_kind(text, text + strlen(text)) == DDL_NONE;
}

static void read_texts_of_file(TableUses *uses, const File *f) {
  for (Id id = 1; id < f->facts.exprs.n; id++) {
    const Expr *e = expr_at(f, id);
    bool named = e->kind == EX_STRING || (e->kind == EX_PROPERTY && !e->b) || e->kind == EX_TEMPLATE;
    if (!named || !may_be_sql(text_of(f, e->name)))
      continue;
    const char *text = e->kind == EX_TEMPLATE && e->count ? template_text(uses, f, e) : text_of(f, e->name);
    vec_push(&uses->texts, text);
  }
}

// Functions and triggers of the database.
static void read_texts_of_sql(TableUses *uses, const TextFile *file) {
  Splitter splitter = {.at = file->text, .end = file->text + file->length};
  for (Statement s; ddl_next(&splitter, &s);)
    if (s.kind == DDL_NONE && ddl_word(s.text, s.text + s.length, "create"))
      vec_push(&uses->texts, arena_copy(&uses->arena, s.text, s.length));
}

static void read_texts(const Judge *j, TableUses *uses) {
  const Program *p = j->program;
  vec_push(&uses->texts, "");
  for (uint32_t i = 1; i < p->files.n; i++) {
    Context context = p->files.at[i].context;
    if (context == CONTEXT_APP || context == CONTEXT_SCRIPT)
      read_texts_of_file(uses, &p->files.at[i]);
  }
  for (uint32_t i = 0; i < p->texts.n; i++)
    if (p->texts.at[i].source->lang == LANG_SQL)
      read_texts_of_sql(uses, &p->texts.at[i]);
  uses->nloose = uses->texts.n;
  for (uint32_t i = 0; i < j->queries->all.n; i++)
    if (j->queries->all.at[i].sql)
      vec_push(&uses->texts, j->queries->all.at[i].sql);
}

static bool has_either(const char *text, const char *name, const char *other) {
  return has_name(text, name) || (other && strcmp(name, other) && has_name(text, other));
}

static bool is_mentioned(const Judge *j, TableUses *uses, const Table *table, const Index *index) {
  const char *name = index->parts.at[0].column;
  const Column *column = name ? table_find(table, name) : NULL;
  if (!uses->texts.n)
    read_texts(j, uses);
  for (uint32_t i = 0; i < uses->texts.n; i++) {
    const char *text = uses->texts.at[i];
    if (has_either(text, table->name, table->model) && (!column || has_either(text, column->name, column->property)))
      return true;
  }
  return false;
}

static bool writes(const Query *q) { return q->verb != VERB_SELECT; }

// Whether rows are added to a table of which the name is known at run time only.
static bool fills_some_table(const Judge *j) {
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    bool fills = q->context == CONTEXT_APP && (q->verb == VERB_INSERT || q->verb == VERB_UPSERT);
    if (fills && (!q->tables.n || !*q->tables.at[0].name))
      return true;
  }
  return false;
}

// Whether a text puts rows into a table: `INTO shop."orders"`.
static bool puts_into(const char *text, const char *name) {
  size_t length = strlen(name);
  for (const char *at = text; (at = strcasestr(at, name)); at += length) {
    const char *start = at;
    while (start > text && !isspace((unsigned char)start[-1]))
      start--;
    while (start > text && isspace((unsigned char)start[-1]))
      start--;
    if (start - text >= 4 && !strncasecmp(start - 4, "into", 4))
      return true;
  }
  return false;
}

static bool is_filled_by_text(const Judge *j, TableUses *uses, const Table *table) {
  if (!uses->texts.n)
    read_texts(j, uses);
  for (uint32_t i = 0; i < uses->nloose; i++)
    if (puts_into(uses->texts.at[i], table->name))
      return true;
  return false;
}

bool is_filled_unseen(const Judge *j, TableUses *uses, const Table *table) {
  return fills_some_table(j) || is_filled_by_text(j, uses, table);
}

const char *foreign_doubt(const Judge *j, TableUses *uses, const Table *table) {
  uint32_t count;
  const TableUse *use = uses_of_table(uses, table, &count);
  bool written = !table->presumed || table->filled;
  for (uint32_t i = 0; i < count && !written; i++)
    written = !use[i].at && writes(use[i].query);
  if (written || is_filled_unseen(j, uses, table))
    return NULL;
  return "it is made only where it is not there, and nothing here writes its rows: the indexes of whose table it is are not seen";
}

// Rows are found by a key when the row that it refers to is deleted, and when relations are loaded.
static bool serves_key(const Table *table, const Index *index) {
  const Column *first = part_column(table, &index->parts.at[0]);
  return first && is_of_key(table, first);
}

bool is_index_used(const Judge *j, TableUses *uses, const Table *table, const Index *index) {
  uint32_t count;
  const TableUse *use = uses_of_table(uses, table, &count);
  if (!index->parts.n || serves_key(table, index))
    return true;
  for (uint32_t i = 0; i < count; i++)
    if (serves(&use[i], index))
      return true;
  return is_mentioned(j, uses, table, index);
}

const char *index_text(const Table *table, const Index *index, Arena *arena) {
  Text text = {0};
  text_printf(&text, "%s(", table->name);
  for (uint32_t i = 0; i < index->parts.n; i++) {
    const IndexPart *part = &index->parts.at[i];
    text_printf(&text, "%s%s%s", i ? ", " : "", part->column ? part->column : part->expression, part->descending ? " desc" : "");
  }
  text_puts(&text, ")");
  return arena_text(arena, &text);
}
