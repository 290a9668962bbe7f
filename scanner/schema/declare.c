// declare.c - the table, column, index and foreign key that are open, and what is said of a column; see declare.h.
#include "declare.h"

#include <string.h>
#include <strings.h>

#include "values.h"

enum { MAX_COLUMNS = 4096, MAX_INDEXES = 1024 };  // no database has more of them in a table

//
// What is open
//

static Origin origin_of_library(const char *name) {
  for (Origin origin = ORIGIN_TYPEORM; origin < ORIGIN_COUNT; origin++)
    if (!strcmp(origin_name(origin), name))
      return origin;
  return strcmp(name, "objection") ? ORIGIN_SQL : ORIGIN_KNEX;
}

void declare_dialect(Declare *d, const char *name) {
  if (!d->schema->dialect)
    d->schema->dialect = (uint8_t)dialect_named(name);
}

Declare declare_start(Schemas *schemas, Schema *schema, uint16_t library, bool code) {
  enum { BUDGET = 1 << 16 };
  const Library *l = &schemas->program->libs->libraries.at[library];
  return (Declare){.schemas = schemas, .schema = schema, .program = schemas->program, .library = library,
                   .model = &l->schema, .origin = origin_of_library(l->name), .code = code, .budget = BUDGET};
}

void declare_release(Declare *d) {
  declare_leave(d);
  vec_release(&d->index.parts);
  vec_release(&d->index.include);
  vec_release(&d->primary.parts);
  vec_release(&d->key.columns);
  vec_release(&d->key.to);
  vec_release(&d->aliases);
}

bool declare_spend(Declare *d) {
  if (!d->budget || (d->table && d->table->columns.n >= MAX_COLUMNS))
    return false;
  d->budget--;
  return true;
}

bool declare_descend(Declare *d) {
  if (d->depth >= DECLARE_DEPTH || !declare_spend(d))
    return false;
  d->depth++;
  return true;
}

void declare_ascend(Declare *d) { d->depth--; }

void declare_open(Declare *d, const char *name, Ref at) {
  declare_leave(d);
  declare_dialect(d, d->model->dialect);
  d->table = schema_table(d->schemas, d->schema, name);
  d->table->origins |= 1u << d->origin;
  if (d->table->place.source)
    return;
  d->table->place = declare_place(d, at);
  d->table->origin = (uint8_t)d->origin;
}

void declare_close_index(Declare *d) {
  Index *index = &d->index;
  d->index_open = false;
  if (!d->table || !index->parts.n || d->table->indexes.n >= MAX_INDEXES) {
    vec_release(&index->parts);
    return;
  }
  const char *pattern = index->primary  ? d->model->primary_name
                        : index->unique && (d->model->unique_name || !d->index_plain) ? d->model->unique_name
                                        : d->model->index_name;
  if (!index->name)
    index->name = naming_index(d, pattern, index);
  table_add_index(d->table, index);
  d->index = (Index){0};
}

void declare_close_key(Declare *d) {
  d->key_open = false;
  if (d->table && d->key.table && d->key.columns.n) {
    table_add_key(d->table, &d->key);
  } else {
    vec_release(&d->key.columns);
    vec_release(&d->key.to);
  }
  d->key = (ForeignKey){0};
}

void declare_finish(Declare *d) {
  if (d->index_open)
    declare_close_index(d);
  if (d->key_open)
    declare_close_key(d);
  d->column = NULL;
}

void declare_leave(Declare *d) {
  declare_finish(d);
  if (d->primary.parts.n) {
    d->index = d->primary;
    d->primary = (Index){0};
    declare_close_index(d);
  }
  d->aliases.n = 0;
  d->table = NULL;
}

void declare_open_index(Declare *d, DeclRole role, Ref at) {
  if (d->index_open)
    declare_close_index(d);
  d->index = (Index){.method = "btree", .primary = role == DECL_PRIMARY, .unique = role != DECL_INDEX,
                     .place = declare_place(d, at)};
  d->index_open = true;
  d->index_plain = role == DECL_INDEX;
}

void declare_open_key(Declare *d, Ref at) {
  if (d->key_open)
    declare_close_key(d);
  d->key = (ForeignKey){.place = declare_place(d, at)};
  d->key_open = true;
}

//
// Columns
//

void declare_alias(Declare *d, const char *property, const char *column) {
  vec_push(&d->aliases, property);
  vec_push(&d->aliases, column);
}

const char *declare_spoken(Declare *d, const char *name) {
  if (!d->code || !d->table)
    return declare_keep(d, name);
  for (uint32_t i = 0; i + 1 < d->aliases.n; i += 2)
    if (!strcmp(d->aliases.at[i], name))
      return d->aliases.at[i + 1];
  const Column *column = table_find_property(d->table, name);
  return column ? column->name : declare_keep(d, name);
}

Column *declare_column(Declare *d, const char *name, Ref at) {
  declare_finish(d);
  bool fresh = !table_find(d->table, name);
  Column *column = table_column(d->schemas, d->table, name);
  if (fresh || column->guessed) {
    column->nullable = !d->model->required;
    column->place = declare_place(d, at);
    column->guessed = false;
    column->listed = d->listed;
    if (d->property)
      column->property = declare_keep(d, d->property);
  }
  d->column = column->name;
  return column;
}

// The type as the source writes it, and what that is in SQL.
void declare_set_type(Declare *d, const char *written, const char *type) {
  Column *column = declare_opened(d);
  if (!column || !type)
    return;
  column->type = declare_keep(d, written);
  column->kind = column_kind_of_sql(type);
}

// A property that is no column: computed in the code.
static void forget_column(Declare *d) {
  table_drop_column(d->table, d->column);
  d->column = NULL;
}

static void make_array(Declare *d) {
  Column *column = declare_opened(d);
  if (column && column->kind != COLUMN_ARRAY)
    declare_set_type(d, arena_printf(&d->schemas->arena, "%s[]", column->type), "[]");
}

// The word for a type, with what else it says: `id: "id"` is a serial primary key.
void declare_named_type(Declare *d, const char *name) {
  static const Ref none = {0, 0};
  if (!d->column)
    return;
  const SchemaWord *word = declare_word(d, SCOPE_TYPES, name);
  if (word && word->is == DECL_INVERSE)
    return forget_column(d);
  declare_set_type(d, name, word && word->type ? word->type : name);
  for (int i = 0; word && i < WORD_SETS && word->sets[i]; i++)
    declare_flag(d, (DeclRole)word->sets[i], none);
}

// `DataTypes.STRING(255)`, `Schema.Types.ObjectId`, `String`, `() => Date`: the last name.
static void type_of_expr(Declare *d, Ref type, int depth) {
  type = declare_inner(d, type);
  const Expr *e = expr_of(d, type);
  const char *text = declare_text(d, type);
  if (text || e->kind == EX_TAGGED) {
    declare_named_type(d, text ? text : declare_sql(d, type));
  } else if (e->kind == EX_IDENT || e->kind == EX_MEMBER) {
    declare_named_type(d, name_in(d, type, e->name));
  } else if (e->kind == EX_FUNCTION && declare_result(d, type).file && depth < DECLARE_DEPTH) {
    type_of_expr(d, declare_result(d, type), depth + 1);
  } else if (e->kind == EX_ARRAY && depth < DECLARE_DEPTH) {
    if (e->count)
      type_of_expr(d, declare_item(d, type, 0), depth + 1);
    make_array(d);
  } else if ((e->kind == EX_CALL || e->kind == EX_NEW) && depth < DECLARE_DEPTH) {
    type_of_expr(d, (Ref){type.file, e->a}, depth + 1);
  }
}

void declare_type(Declare *d, const SchemaWord *word, Ref type) {
  if (type.file) {
    Ref object = type;
    if (declare_shape(d, &object) == SHAPE_OBJECT)
      declare_options(d, object, SCOPE_COLUMN);
    else
      type_of_expr(d, type, 0);
  } else if (word && word->type) {
    declare_set_type(d, word->type, word->type);
  }
}

// An index of the open column only; one that is named belongs to all columns that name it.
void declare_index_column(Declare *d, DeclRole role, Ref value) {
  const char *name = declare_text(d, value);
  Ref object = value;
  bool options = value.file && declare_shape(d, &object) == SHAPE_OBJECT;
  if (options && !name)
    name = declare_text(d, declare_option(d, object, SCOPE_INDEX, DECL_NAME));
  for (uint32_t i = 0; name && d->code && i < d->table->indexes.n; i++) {
    Index *index = &d->table->indexes.at[i];
    if (!index->name || strcmp(index->name, name))
      continue;
    index_part(index, d->column);
    return;
  }
  declare_open_index(d, role, value);
  if (!value.file)
    d->index.place = declare_opened(d)->place;
  index_part(&d->index, d->column);
  d->index.name = declare_keep(d, name);
  if (options)
    declare_options(d, object, SCOPE_INDEX);
  declare_close_index(d);
}

static void mark_primary(Declare *d) {
  if (!d->primary.parts.n)
    d->primary = (Index){.method = "btree", .primary = true, .unique = true, .place = declare_opened(d)->place};
  for (uint32_t i = 0; i < d->primary.parts.n; i++)
    if (!strcmp(d->primary.parts.at[i].column, d->column))
      return;
  index_part(&d->primary, d->column);
  declare_opened(d)->nullable = false;
}

// Tables of some libraries have a primary key that needs no word.
void declare_default_key(Declare *d) {
  bool known = d->primary.parts.n;
  for (uint32_t i = 0; i < d->table->indexes.n; i++)
    known |= d->table->indexes.at[i].primary;
  if (known || !d->model->id || d->table->view)
    return;
  const Column *column = table_find_property(d->table, d->model->id);
  d->property = d->model->id;
  declare_column(d, column ? column->name : d->model->id, (Ref){0, 0});
  mark_primary(d);
  declare_finish(d);
}

void declare_flag(Declare *d, DeclRole role, Ref value) {
  Column *column = declare_opened(d);
  if (!column)
    return;
  bool truth = declare_truth(d, value);
  if (role == DECL_NULLABLE)
    column->nullable = truth;
  else if (role == DECL_REQUIRED)
    column->nullable = !truth;
  else if (role == DECL_ARRAY && truth)
    make_array(d);
  else if (role == DECL_SOFT_DELETE)
    column->deletion = truth;
  else if (role == DECL_STORED && !truth)
    forget_column(d);
  else if (role == DECL_PRIMARY && truth)
    mark_primary(d);
  else if ((role == DECL_UNIQUE || role == DECL_INDEX) && truth)
    declare_index_column(d, role, value);
}
