// row_key.c - by what the rows of one query for all rounds are matched with the rounds: the property that holds the key,
// and what has to be read along where the query only filters by it.
#include "judge.h"
#include "values.h"

#include <string.h>

// The keys of a batch, one of which is looked at.
typedef struct Keys {
  const Judge *j;
  const Batch *b;
  const Query *q;      // of the site, NULL if it cannot be read
  uint16_t at;         // index into Query.tables of the table that the key is of
  const Table *table;  // the same in the schema, NULL if it is not known
  Text by;             // "teamId, documentId"
  Text columns, relations;  // that have to be read along: "`teamId`, `documentId`"
  uint32_t missing;         // how many these are
  bool unsure;              // the columns are chosen where that is not seen: they may be read
  bool sure;                // one of those that are missing is surely not read
} Keys;

static void add_to(Text *list, const char *quote, const char *alias, const char *name) {
  text_printf(list, "%s%s%s%s%s", list->n ? ", " : "", quote, alias, name, quote);
}

static void add_missing(Keys *k, Text *list, const char *alias, const char *name) {
  add_to(list, "`", alias, name);
  k->sure = k->sure || k->at || list == &k->relations;
  k->missing++;
}

// The name that the library has for the key of a row.
static const char *primary_key_of(const Keys *k) {
  const Library *library = &k->j->program->libs->libraries.at[k->b->site->library];
  return library->schema.id ? library->schema.id : library->id ? library->id : "id";
}

// Whether the query gets its columns from where they are not seen; not from an argument that the way to it leaves out:
// `find(query, columns)` called as `find(query)`.
static bool chooses_unseen(const Batch *b) {
  const Meaning *m = b->site->call.file ? b->site->meaning : NULL;
  Ref site = b->site->call;
  const File *f = &b->p->files.at[site.file];
  if (!m || m->columns < 0)
    return b->query && b->query->dynamic_columns;
  const Expr *e = expr_at(f, argument_at(f, site.id, m->columns));
  const Binding *given = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(b->p, site.file, e->scope, e->name, false) : 0];
  const Expr *param = expr_at(f, given->kind == BIND_PARAM ? given->value : 0);
  bool left_out = false, unseen = b->query && b->query->dynamic_columns;
  Way way = way_of(b->r);
  do
    if (unseen && param->kind == EX_PARAM && way.via.file == site.file && way.via.id == param->a)
      left_out = !argument_at(&b->p->files.at[way.file], way.expr, (int)param->b);
  while (way_next(b->p, &way));
  return unseen && !left_out;
}

static bool is_read(const Keys *k, const char *column) {
  const Query *q = k->q;
  if (k->at)
    return q->tables.at[k->at].read;
  // A document has its key whatever else is asked for.
  if (!q || q->star || (is_mongo(k->b) && !strcmp(column, "_id")))
    return true;
  const Column *meant = query_column(q, 0, column);
  for (uint32_t i = 0; i < q->columns.n; i++) {
    const char *name = q->columns.at[i];
    if (!strcmp(name, column) || (meant && query_column(q, 0, name) == meant))
      return true;
  }
  // Whoever chooses columns rarely leaves out the key of the row; of a path, it may be the row of a relation that is read.
  bool unsure = k->unsure && strcmp(column, primary_key_of(k)) && !strchr(column, '.');
  return q->dynamic_columns ? !unsure : !q->columns.n && !q->only_related;
}

// Whether the query loads the relation along, as far as that can be told.
static bool is_loaded(const Keys *k, const char *relation) {
  const Query *q = k->q;
  bool loaded = !q || q->dynamic_relations;
  for (uint32_t i = 0; q && !k->at && i < q->relations.n && !loaded; i++)
    loaded = !q->relations.at[i].parent && same_relation(q->relations.at[i].name, relation);
  return loaded;
}

static const Relationship *relationship(const Keys *k, const char *name) {
  Program *p = k->j->program;
  const char *model = k->table && k->table->model ? k->table->model : k->at ? "" : k->b->table;
  const Value rows = {.kind = VAL_LIBRARY, .b = sym_intern(p, model)};
  return relation_of_row(p, k->b->site->expr.file, &rows, name);
}

// The column that a property of the code stands for, also one that gives the row of another table; and which column of
// that it refers to.
static const Column *column_of(const Table *table, const char *property, const char **to) {
  *to = "id";
  for (uint32_t i = 0; table && i < table->keys.n; i++) {
    const ForeignKey *key = &table->keys.at[i];
    if (!key->relation || key->columns.n != 1 || strcmp(key->relation, property))
      continue;
    *to = key->to.n == 1 ? key->to.at[0] : *to;
    return table_find(table, key->columns.at[0]);
  }
  return table ? table_find_property(table, property) : NULL;
}

bool has_member(const File *f, Id class, const char *name) {
  List members = f->facts.classes.at[class].members;
  for (uint32_t i = 0; i < members.count; i++)
    if (!strcmp(text_of(f, f->facts.members.at[list_at(f, members.first, i)].name), name))
      return true;
  return false;
}

// The property of the rows that holds the key of a relation's row, `parentId` of `parent`; NULL if they have none.
static const char *key_property(const Keys *k, const char *relation, const char *key) {
  const char *to;
  const Column *column = column_of(k->table, relation, &to);
  const Relationship *r = relationship(k, relation);
  if (*key && strcmp(key, to))
    return NULL;
  const char *named = arena_printf(k->b->arena, "%sId", relation);
  const char *names[] = {column ? column->property : named, column ? column->name : named, named};
  const File *f = &k->j->program->files.at[r ? r->class.file : 0];
  for (size_t i = 0; r && r->class.file && i < COUNT(names); i++)
    if (strcmp(names[i], relation) && has_member(f, r->class.id, names[i]))
      return names[i];
  bool own = column && !column->guessed && strcmp(column->property, relation);
  return own && !(r && r->class.file) ? column->property : NULL;
}

// A key that is one of a relation's row, which a filter alone does not load; or of what a JSON column holds.
static void add_relation(Keys *k, const char *alias, const char *relation, const char *key, const char *whole) {
  const char *to;
  const Column *column = column_of(k->table, relation, &to);
  bool json = column && column->kind == COLUMN_JSON;
  const char *property = json ? relation : key_property(k, relation, key);
  add_to(&k->by, "", json || !property ? "" : alias, json || !property ? whole : property);
  if (property && !is_read(k, property))
    add_missing(k, &k->columns, alias, property);
  else if (!property && !is_loaded(k, relation))
    add_missing(k, &k->relations, alias, relation);
}

// Look at the table with the alias that a name begins with, `line` of `line.orderId`; gives the name without it.
static const char *enter_alias(Keys *k, const char *name, const char **alias) {
  const char *dot = strchr(name, '.');
  for (uint16_t i = 0; dot && k->q && i < k->q->tables.n; i++) {
    const QueryTable *t = &k->q->tables.at[i];
    const char *called = t->alias ? t->alias : t->name;
    if (strlen(called) != (size_t)(dot - name) || strncasecmp(called, name, strlen(called)))
      continue;
    k->at = i;
    k->table = t->table;
    *alias = arena_copy(k->b->arena, name, (size_t)(dot - name) + 1);
    return dot + 1;
  }
  return name;
}

static void add_name(Keys *k, const char *name) {
  const Keys first = *k;
  const char *alias = "", *column = enter_alias(k, name, &alias);
  if (*alias && relationship(k, column)) {
    add_relation(k, alias, column, "", name);
  } else {
    add_to(&k->by, "", "", name);
    if (!is_read(k, column))
      add_missing(k, &k->columns, alias, column);
  }
  k->at = first.at;
  k->table = first.table;
}

static void add_names(Keys *k, const char *names) {
  while (*names) {
    size_t n = strcspn(names, ",");
    add_name(k, arena_copy(k->b->arena, names, n));
    names += n + strspn(names + n, ", ");
  }
}

static const char *along_text(Keys *k, const char *column, Arena *arena) {
  const char *select = k->columns.n ? arena_printf(arena, "select %s", arena_text(arena, &k->columns)) : "";
  const char *load = k->relations.n ? arena_printf(arena, "load %s", arena_text(arena, &k->relations)) : "";
  const char *are = k->missing > 1 ? "they are" : "it is";
  bool sure = !k->unsure || k->sure;
  const char *unless = sure ? "" : arena_printf(arena, " where its columns are chosen and %s not among them", are);
  const char *with = k->missing > 1 ? "them" : *select ? "it" : arena_printf(arena, "its `%s`", column);
  const char *and = *select && *load ? " and " : "";
  return arena_printf(arena, "%s%s%s too%s: the rows are matched by %s", select, and, load, unless, with);
}

void row_key(const Judge *j, Batch *b) {
  Keys k = {.j = j, .b = b, .q = b->query, .unsure = chooses_unseen(b)};
  const Filter *filter = &b->filter;
  b->by = b->key;
  if (is_aggregate(b) && b->key && *filter->more)
    b->by = arena_printf(b->arena, "%s, %s", b->key, filter->more);
  if (is_aggregate(b) || (!b->key && !*filter->inner))
    return;
  const char *path = j->program->files.at[b->site->expr.file].source->path;
  k.table = k.q && k.q->tables.n ? k.q->tables.at[0].table : schemas_table(j->schemas, path, b->table);
  if (!b->key && !is_loaded(&k, filter->relation))
    add_missing(&k, &k.relations, "", filter->relation);
  else if (b->key && filter->relation)
    add_relation(&k, "", filter->relation, filter->key, b->key);
  else if (b->key)
    add_names(&k, b->key);
  if (b->key) {
    add_names(&k, filter->more);
    b->by = arena_text(b->arena, &k.by);
  }
  const char *column = !b->key ? filter->inner : filter->relation ? filter->key : "id";
  if (k.missing)
    b->along = along_text(&k, column, b->arena);
  text_release(&k.by);
}
