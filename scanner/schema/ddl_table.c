// ddl_table.c - CREATE TABLE and CREATE INDEX, with the constraints and names that PostgreSQL makes of them.
#include "ddl_tree.h"

#include <string.h>
#include <strings.h>

static bool same(const char *a, const char *b) { return a && b && !strcasecmp(a, b); }

// The table that a statement speaks of, NULL when its name is made at run time, or there are too many.
Table *ddl_table(const Ddl *d, const PgQuery__RangeVar *relation) {
  Table *table = schema_find(d->schema, relation->relname);
  if (table || strstr(relation->relname, "${}") || d->schema->tables.n >= MAX_TABLES)
    return table;
  table = schema_table(d->schemas, d->schema, relation->relname);
  table->origin = ORIGIN_SQL;
  table->origins = 1u << ORIGIN_SQL;
  table->place = ddl_place(d, relation->location, relation->relname);
  table->space = ddl_given(relation->schemaname) ? ddl_keep(d, relation->schemaname) : NULL;
  return table;
}

Column *ddl_column(const Ddl *d, Table *table, const char *name) {
  static Column spare;
  if (table->columns.n < MAX_COLUMNS || table_find(table, name))
    return table_column(d->schemas, table, name);
  spare = (Column){.name = "", .property = "", .type = ""};
  return &spare;
}

void ddl_copy_columns(const Ddl *d, Table *table, const char *from) {
  const Table *other = schema_find(d->schema, from);
  for (uint32_t i = 0; other && other != table && i < other->columns.n; i++) {
    const Column copy = other->columns.at[i];
    *ddl_column(d, table, copy.name) = copy;
  }
}

static void require_columns(Table *table, const Index *index) {
  for (uint32_t i = 0; i < index->parts.n; i++) {
    Column *column = table_find(table, index->parts.at[i].column);
    if (column)
      column->nullable = false;
  }
}

// The columns of an index in one word, as its name has them; expressions are called by their function. A word that
// comes twice is numbered.
static const char *joined_parts(const Ddl *d, const char *const *words, uint32_t count) {
  enum { ENOUGH = 64 };
  Text text = {0};
  text_puts(&text, "");
  for (uint32_t i = 0; i < count && text.n < ENOUGH; i++) {
    int seen = 0;
    for (uint32_t k = 0; k < i; k++)
      seen += same(words[k], words[i]);
    text_printf(&text, "%s%s", i ? "_" : "", words[i]);
    if (seen)
      text_printf(&text, "%d", seen);
  }
  const char *joined = ddl_keep(d, text.at);
  text_release(&text);
  return joined;
}


static const char *made_name(const Ddl *d, const Table *table, const Words *words, const char *label) {
  const char *second = words ? joined_parts(d, words->at, words->n) : NULL;
  return ddl_free_name(d->schemas, d->schema, table->name, second, label);
}

//
// Constraints
//

static bool same_parts(const Index *a, const Index *b) {
  if (a->parts.n != b->parts.n || a->include.n || b->include.n)
    return false;
  for (uint32_t i = 0; i < a->parts.n; i++)
    if (!same(a->parts.at[i].column, b->parts.at[i].column))
      return false;
  return true;
}

// A CREATE TABLE that asks twice for the same key gets one index.
static bool is_repeated(const Table *table, uint32_t before, const Index *index) {
  for (uint32_t i = before; i < table->indexes.n; i++)
    if (table->indexes.at[i].unique && same_parts(&table->indexes.at[i], index))
      return true;
  return false;
}

static void take_index(const Ddl *d, Table *table, const PgQuery__Constraint *c) {
  uint32_t at;
  if (ddl_index_named(d->schema, c->indexname, &at) != table)
    return;
  Index *index = &table->indexes.at[at];
  index->unique = true;
  index->primary = c->contype == CONSTRAINT(PRIMARY);
  if (ddl_given(c->conname))
    index->name = ddl_keep(d, c->conname);
  if (index->primary)
    require_columns(table, index);
}

static Index index_of_constraint(const Ddl *d, const PgQuery__Constraint *c, const char *column, Words *words) {
  Index index = {.primary = c->contype == CONSTRAINT(PRIMARY), .unique = true, .method = "btree"};
  index.place = ddl_place(d, c->location, "");
  if (!c->n_keys && column)
    index_part(&index, ddl_keep(d, column));
  for (size_t i = 0; i < c->n_keys; i++)
    index_part(&index, ddl_keep(d, ddl_string(c->keys[i])));
  for (size_t i = 0; i < c->n_including; i++)
    vec_push(&index.include, ddl_keep(d, ddl_string(c->including[i])));
  for (uint32_t i = 0; i < index.parts.n; i++)
    vec_push(words, index.parts.at[i].column);
  for (uint32_t i = 0; i < index.include.n; i++)
    vec_push(words, index.include.at[i]);
  return index;
}

static void add_unique(const Ddl *d, Table *table, const PgQuery__Constraint *c, const char *column, uint32_t before) {
  if (ddl_given(c->indexname)) {
    take_index(d, table, c);
    return;
  }
  if (table->indexes.n >= MAX_INDEXES)
    return;
  Words words = {0};
  Index index = index_of_constraint(d, c, column, &words);
  if (is_repeated(table, before, &index)) {
    vec_release(&index.parts);
    vec_release(&index.include);
  } else {
    index.name = ddl_given(c->conname)  ? ddl_keep(d, c->conname)
                 : index.primary ? made_name(d, table, NULL, "pkey")
                                 : made_name(d, table, &words, "key");
    if (index.primary)
      require_columns(table, &index);
    table_add_index(table, &index);
  }
  vec_release(&words);
}

static void add_key(const Ddl *d, Table *table, const PgQuery__Constraint *c, const char *column) {
  if (table->keys.n >= MAX_INDEXES)
    return;
  ForeignKey key = {.table = ddl_keep(d, c->pktable->relname), .place = ddl_place(d, c->location, "")};
  Words words = {0};
  if (!c->n_fk_attrs && column)
    vec_push(&words, ddl_keep(d, column));
  for (size_t i = 0; i < c->n_fk_attrs; i++)
    vec_push(&words, ddl_keep(d, ddl_string(c->fk_attrs[i])));
  for (uint32_t i = 0; i < words.n; i++)
    vec_push(&key.columns, words.at[i]);
  for (size_t i = 0; i < c->n_pk_attrs; i++)
    vec_push(&key.to, ddl_keep(d, ddl_string(c->pk_attrs[i])));
  key.name = ddl_given(c->conname) ? ddl_keep(d, c->conname) : made_name(d, table, &words, "fkey");
  table_add_key(table, &key);
  vec_release(&words);
}

static IndexPart part_of(const Ddl *d, const PgQuery__IndexElem *element, Words *words);

// EXCLUDE USING gist (room WITH =, during WITH &&)
static void add_exclusion(const Ddl *d, Table *table, const PgQuery__Constraint *c) {
  if (table->indexes.n >= MAX_INDEXES)
    return;
  Index index = {.method = ddl_given(c->access_method) ? ddl_keep(d, c->access_method) : "btree"};
  Words words = {0};
  for (size_t i = 0; i < c->n_exclusions; i++) {
    const Node *pair = c->exclusions[i];
    if (pair->node_case == NODE(LIST) && pair->list->n_items && pair->list->items[0]->node_case == NODE(INDEX_ELEM))
      vec_push(&index.parts, part_of(d, pair->list->items[0]->index_elem, &words));
  }
  index.predicate = c->where_clause ? ddl_expression(d, c->where_clause) : NULL;
  index.name = ddl_given(c->conname) ? ddl_keep(d, c->conname) : made_name(d, table, &words, "excl");
  index.place = ddl_place(d, -1, "");
  table_add_index(table, &index);
  vec_release(&words);
}

// The order in which PostgreSQL makes the constraints of a table, and with it their names.
typedef enum Pass { PASS_PRIMARY, PASS_UNIQUE, PASS_FOREIGN, PASS_COUNT } Pass;

static void add_constraint(const Ddl *d, Table *table, const PgQuery__Constraint *c, const char *column, Pass pass,
                           uint32_t before) {
  if (c->contype == CONSTRAINT(PRIMARY) && pass == PASS_PRIMARY)
    add_unique(d, table, c, column, before);
  else if (c->contype == CONSTRAINT(UNIQUE) && pass == PASS_UNIQUE)
    add_unique(d, table, c, column, before);
  else if (c->contype == CONSTRAINT(EXCLUSION) && pass == PASS_UNIQUE)
    add_exclusion(d, table, c);
  else if (c->contype == CONSTRAINT(FOREIGN) && c->pktable && pass == PASS_FOREIGN)
    add_key(d, table, c, column);
}

void ddl_add_constraints(const Ddl *d, Table *table, Node *const *elements, size_t count) {
  uint32_t before = table->indexes.n;
  for (Pass pass = PASS_PRIMARY; pass < PASS_COUNT; pass++)
    for (size_t i = 0; i < count; i++) {
      const Node *node = elements[i];
      if (node->node_case == NODE(CONSTRAINT))
        add_constraint(d, table, node->constraint, NULL, pass, before);
      for (size_t k = 0; node->node_case == NODE(COLUMN_DEF) && k < node->column_def->n_constraints; k++)
        add_constraint(d, table, node->column_def->constraints[k]->constraint, node->column_def->colname, pass, before);
    }
}

void ddl_add_column(const Ddl *d, Table *table, const PgQuery__ColumnDef *def) {
  Column *column = ddl_column(d, table, def->colname);
  column->nullable = !def->is_not_null;
  column->place = ddl_place(d, def->location, def->colname);
  ddl_set_type(d, column, def->type_name);
  for (size_t i = 0; i < def->n_constraints; i++) {
    PgQuery__ConstrType type = def->constraints[i]->constraint->contype;
    if (type == CONSTRAINT(NOTNULL) || type == CONSTRAINT(IDENTITY))
      column->nullable = false;
  }
}

//
// CREATE TABLE
//

// `lower` of "lower(name)"; what is no call is called "expr".
static const char *function_of(const Ddl *d, const char *expression) {
  size_t length = strcspn(expression, "( ");
  return length && expression[length] == '(' ? arena_copy(&d->schemas->arena, expression, length) : "expr";
}

// The indexes of another table, under names of their own.
static void copy_indexes(const Ddl *d, Table *table, const char *from) {
  const Table *other = schema_find(d->schema, from);
  for (uint32_t i = 0; other && other != table && i < other->indexes.n && table->indexes.n < MAX_INDEXES; i++) {
    const Index *old = &other->indexes.at[i];
    Index index = *old;
    Words words = {0};
    memset(&index.parts, 0, sizeof index.parts);
    memset(&index.include, 0, sizeof index.include);
    for (uint32_t k = 0; k < old->parts.n; k++) {
      vec_push(&index.parts, old->parts.at[k]);
      vec_push(&words, old->parts.at[k].column ? old->parts.at[k].column : function_of(d, old->parts.at[k].expression));
    }
    for (uint32_t k = 0; k < old->include.n; k++) {
      vec_push(&index.include, old->include.at[k]);
      vec_push(&words, old->include.at[k]);
    }
    index.name = index.primary ? made_name(d, table, NULL, "pkey") : made_name(d, table, &words, index.unique ? "key" : "idx");
    index.place = table->place;
    table_add_index(table, &index);
    vec_release(&words);
  }
}

static void copy_like(const Ddl *d, Table *table, const PgQuery__TableLikeClause *like) {
  const uint32_t indexes = 1u << 6;  // CREATE_TABLE_LIKE_INDEXES of the server
  ddl_copy_columns(d, table, like->relation->relname);
  if (like->options & indexes)
    copy_indexes(d, table, like->relation->relname);
}

void ddl_create_table(const Ddl *d, const PgQuery__CreateStmt *s) {
  bool temporary = s->relation->relpersistence && *s->relation->relpersistence == 't';
  if (temporary || (s->if_not_exists && schema_find(d->schema, s->relation->relname)))
    return;
  Table *table = ddl_table(d, s->relation);
  if (!table)
    return;
  table->whole = true;
  table->presumed = s->if_not_exists;
  for (size_t i = 0; i < s->n_inh_relations; i++)
    if (s->inh_relations[i]->node_case == NODE(RANGE_VAR)) {
      ddl_copy_columns(d, table, s->inh_relations[i]->range_var->relname);
      if (s->partbound)
        copy_indexes(d, table, s->inh_relations[i]->range_var->relname);
    }
  for (size_t i = 0; i < s->n_table_elts; i++)
    if (s->table_elts[i]->node_case == NODE(COLUMN_DEF))
      ddl_add_column(d, table, s->table_elts[i]->column_def);
    else if (s->table_elts[i]->node_case == NODE(TABLE_LIKE_CLAUSE))
      copy_like(d, table, s->table_elts[i]->table_like_clause);
  ddl_add_constraints(d, table, s->table_elts, s->n_table_elts);
}

//
// CREATE INDEX
//

static IndexPart part_of(const Ddl *d, const PgQuery__IndexElem *element, Words *words) {
  IndexPart part = {.descending = element->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC};
  if (ddl_given(element->name))
    part.column = ddl_keep(d, element->name);
  else if (element->expr)
    part.expression = ddl_expression(d, element->expr);
  const char *name = element->expr ? ddl_column_name(element->expr) : "";
  vec_push(words, part.column ? part.column : ddl_keep(d, *name ? name : "expr"));
  if (element->n_opclass)
    part.operators = ddl_keep(d, ddl_last(element->opclass, element->n_opclass));
  return part;
}

void ddl_create_index(const Ddl *d, const PgQuery__IndexStmt *s) {
  uint32_t at;
  d->schema->concurrently |= s->concurrent;
  if (ddl_given(s->idxname) && s->if_not_exists && ddl_index_named(d->schema, s->idxname, &at))
    return;
  Table *table = ddl_table(d, s->relation);
  if (!table || table->indexes.n >= MAX_INDEXES)
    return;
  table->presumed = table->presumed && s->if_not_exists;
  Index index = {.unique = s->unique, .place = ddl_place(d, -1, "")};
  Words words = {0};
  index.method = ddl_given(s->access_method) ? ddl_keep(d, s->access_method) : "btree";
  for (size_t i = 0; i < s->n_index_params; i++)
    if (s->index_params[i]->node_case == NODE(INDEX_ELEM))
      vec_push(&index.parts, part_of(d, s->index_params[i]->index_elem, &words));
  for (size_t i = 0; i < s->n_index_including_params; i++)
    if (s->index_including_params[i]->node_case == NODE(INDEX_ELEM)) {
      vec_push(&index.include, ddl_keep(d, s->index_including_params[i]->index_elem->name));
      vec_push(&words, index.include.at[index.include.n - 1]);
    }
  index.predicate = s->where_clause ? ddl_expression(d, s->where_clause) : NULL;
  index.name = ddl_given(s->idxname) ? ddl_keep(d, s->idxname) : made_name(d, table, &words, "idx");
  table_add_index(table, &index);
  vec_release(&words);
}
