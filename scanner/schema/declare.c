// declare.c - what a word does to a table, column, index or foreign key; see declare.h.
#include "declare.h"

#include <string.h>
#include <strings.h>

#include "values.h"

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

static void add_index(Declare *d) {
  Index *index = &d->index;
  d->index_open = false;
  if (!d->table || !index->parts.n) {
    vec_release(&index->parts);
    return;
  }
  const char *pattern = index->primary  ? d->model->primary_name
                        : index->unique ? d->model->unique_name
                                        : d->model->index_name;
  if (!index->name)
    index->name = naming_index(d, pattern, index);
  table_add_index(d->table, index);
  d->index = (Index){0};
}

static void add_key(Declare *d) {
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
    add_index(d);
  if (d->key_open)
    add_key(d);
  d->column = NULL;
}

void declare_leave(Declare *d) {
  declare_finish(d);
  if (d->primary.parts.n) {
    d->index = d->primary;
    d->primary = (Index){0};
    add_index(d);
  }
  d->aliases.n = 0;
  d->table = NULL;
}

static void open_index(Declare *d, DeclRole role, Ref at) {
  if (d->index_open)
    add_index(d);
  d->index = (Index){.method = "btree", .primary = role == DECL_PRIMARY, .unique = role != DECL_INDEX,
                     .place = declare_place(d, at)};
  d->index_open = true;
}

static void open_key(Declare *d, Ref at) {
  if (d->key_open)
    add_key(d);
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

static Column *open_column(Declare *d) { return d->table && d->column ? table_find(d->table, d->column) : NULL; }

Column *declare_column(Declare *d, const char *name, Ref at) {
  declare_finish(d);
  bool fresh = !table_find(d->table, name);
  Column *column = table_column(d->schemas, d->table, name);
  if (fresh || column->guessed) {
    column->nullable = !d->model->required;
    column->place = declare_place(d, at);
    column->guessed = false;
    if (d->property)
      column->property = declare_keep(d, d->property);
  }
  d->column = column->name;
  return column;
}

// The type as the source writes it, and what that is in SQL.
static void set_type(Declare *d, const char *written, const char *type) {
  Column *column = open_column(d);
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
  Column *column = open_column(d);
  if (column && column->kind != COLUMN_ARRAY)
    set_type(d, arena_printf(&d->schemas->arena, "%s[]", column->type), "[]");
}

// The word for a type, with what else it says: `id: "id"` is a serial primary key.
void declare_named_type(Declare *d, const char *name) {
  static const Ref none = {0, 0};
  if (!d->column)
    return;
  const SchemaWord *word = declare_word(d, SCOPE_TYPES, name);
  if (word && word->is == DECL_INVERSE)
    return forget_column(d);
  set_type(d, name, word && word->type ? word->type : name);
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
    set_type(d, word->type, word->type);
  }
}

// An index of the open column only; one that is named belongs to all columns that name it.
static void index_column(Declare *d, DeclRole role, Ref value) {
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
  open_index(d, role, value);
  if (!value.file)
    d->index.place = open_column(d)->place;
  index_part(&d->index, d->column);
  d->index.name = declare_keep(d, name);
  if (options)
    declare_options(d, object, SCOPE_INDEX);
  add_index(d);
}

static void mark_primary(Declare *d) {
  if (!d->primary.parts.n)
    d->primary = (Index){.method = "btree", .primary = true, .unique = true, .place = open_column(d)->place};
  for (uint32_t i = 0; i < d->primary.parts.n; i++)
    if (!strcmp(d->primary.parts.at[i].column, d->column))
      return;
  index_part(&d->primary, d->column);
  open_column(d)->nullable = false;
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
  Column *column = open_column(d);
  if (!column)
    return;
  bool truth = declare_truth(d, value);
  if (role == DECL_NULLABLE)
    column->nullable = truth;
  else if (role == DECL_REQUIRED)
    column->nullable = !truth;
  else if (role == DECL_ARRAY && truth)
    make_array(d);
  else if (role == DECL_STORED && !truth)
    forget_column(d);
  else if (role == DECL_PRIMARY && truth)
    mark_primary(d);
  else if ((role == DECL_UNIQUE || role == DECL_INDEX) && truth)
    index_column(d, role, value);
}

//
// Columns of indexes and keys
//

// `created_at desc` of Kysely and TypeORM.
static void part_of_text(Declare *d, IndexPart *part, const char *text) {
  size_t length = strcspn(text, " ");
  bool ordered = text[length] && (!strcasecmp(text + length + 1, "desc") || !strcasecmp(text + length + 1, "asc"));
  part->descending = ordered && !strcasecmp(text + length + 1, "desc");
  if (strchr(text, '('))
    part->expression = declare_keep(d, text);
  else
    part->column = declare_spoken(d, ordered ? arena_copy(&d->schemas->arena, text, length) : text);
}

// `{ name: "title", order: "DESC" }` of Sequelize.
static void part_of_object(Declare *d, IndexPart *part, Ref object) {
  const char *name = declare_text(d, declare_option(d, object, SCOPE_INDEX, DECL_NAME));
  const char *order = declare_text(d, declare_option(d, object, SCOPE_INDEX, DECL_DESCENDING));
  if (name)
    part_of_text(d, part, name);
  part->descending |= order && !strcasecmp(order, "desc");
  part->operators = declare_keep(d, declare_text(d, declare_option(d, object, SCOPE_INDEX, DECL_OPERATORS)));
}

// `table.email.desc().op("text_ops")`
static void part_of_chain(Declare *d, IndexPart *part, Ref expr) {
  for (int depth = 0; depth < DECLARE_DEPTH; depth++) {
    const Expr *e = expr_of(d, expr);
    Ref callee = {expr.file, e->a};
    const SchemaWord *word = NULL;
    if (e->kind == EX_CALL && expr_of(d, callee)->kind == EX_MEMBER)
      word = declare_word(d, SCOPE_INDEX, name_in(d, callee, expr_of(d, callee)->name));
    if (!word)
      break;
    part->descending |= word->is == DECL_DESCENDING;
    if (word->is == DECL_OPERATORS)
      part->operators = declare_keep(d, declare_text(d, declare_item(d, expr, 0)));
    expr = declare_inner(d, (Ref){expr.file, expr_of(d, callee)->a});
  }
  const Expr *e = expr_of(d, expr);
  if (e->kind == EX_MEMBER)
    part->column = declare_spoken(d, name_in(d, expr, e->name));
  else
    part->expression = declare_sql(d, expr);
}

// `fn("lower", col("email"))`
static const char *call_text(Declare *d, Ref call) {
  const Expr *e = expr_of(d, call);
  const char *name = e->kind == EX_CALL && e->count > 1 ? declare_text(d, declare_item(d, call, 0)) : NULL;
  const char *argument = name ? declare_sql(d, declare_item(d, call, 1)) : NULL;
  return argument ? arena_printf(&d->schemas->arena, "%s(%s)", name, argument) : NULL;
}

static void add_column(Declare *d, Ref ref) {
  IndexPart part = {0};
  Ref seen = ref;
  Shape shape = declare_shape(d, &seen);
  if (shape == SHAPE_TEXT)
    part_of_text(d, &part, declare_text(d, seen));
  else if (shape == SHAPE_OBJECT)
    part_of_object(d, &part, seen);
  else if (shape == SHAPE_OTHER && !(part.expression = call_text(d, declare_inner(d, ref))))
    part_of_chain(d, &part, declare_inner(d, ref));
  if (d->key_open && part.column)
    vec_push(&d->key.columns, part.column);
  else if (d->index_open && (part.column || part.expression))
    vec_push(&d->index.parts, part);
}

static void add_ordered(Declare *d, const char *name, Ref value, void *data) {
  (void)data;
  IndexPart part = {.column = declare_spoken(d, name)};
  value = declare_inner(d, value);
  const Expr *e = expr_of(d, value);
  part.descending = e->kind == EX_UNARY || (declare_text(d, value) && !strcasecmp(declare_text(d, value), "desc"));
  const char *method = declare_text(d, value);
  if (method && d->index_open && strcasecmp(method, "desc") && strcasecmp(method, "asc"))
    d->index.method = declare_keep(d, method);
  if (d->index_open)
    vec_push(&d->index.parts, part);
}

void declare_columns(Declare *d, Ref columns) {
  if (!columns.file)
    return;
  Ref seen = columns;
  Shape shape = declare_shape(d, &seen);
  if (shape == SHAPE_FUNCTION) {
    seen = declare_result(d, seen);
    shape = seen.file ? declare_shape(d, &seen) : SHAPE_NOTHING;
  }
  if (shape == SHAPE_OBJECT && !declare_option(d, seen, SCOPE_INDEX, DECL_NAME).file)
    declare_each(d, seen, add_ordered, NULL);
  else if (shape == SHAPE_LIST)
    for (uint32_t i = 0; i < expr_of(d, seen)->count; i++)
      add_column(d, declare_item(d, seen, i));
  else if (shape != SHAPE_NOTHING)
    add_column(d, shape == SHAPE_OTHER ? columns : seen);
}

//
// Foreign keys
//

// `users.id`, `users(id)`, `"users"`: the table, and the column if one is named.
static void refer(Declare *d, const char *text, bool is_column) {
  char name[256];
  size_t n = 0;
  for (; *text && n + 1 < sizeof name; text++)
    if (*text != '"' && *text != '`' && *text != ' ')
      name[n++] = *text;
  name[n] = 0;
  char *mark = strpbrk(name, "(");
  mark = mark || !is_column ? mark : strrchr(name, '.');
  if (mark) {
    *mark = 0;
    mark[1 + strcspn(mark + 1, ")")] = 0;
    d->key.to.n = 0;
    vec_push(&d->key.to, declare_keep(d, mark + 1));
  } else if (is_column) {
    vec_push(&d->key.to, declare_keep(d, name));
    return;
  }
  const char *dot = strrchr(name, '.');
  d->key.table = declare_keep(d, dot ? dot + 1 : name);
}

static void refer_to(Declare *d, Ref to) {
  Ref seen = to;
  Shape shape = declare_shape(d, &seen);
  if (shape == SHAPE_LIST) {
    for (uint32_t i = 0; i < expr_of(d, seen)->count; i++)
      refer_to(d, declare_item(d, seen, i));
  } else if (shape == SHAPE_TEXT) {
    refer(d, declare_text(d, seen), true);
  } else if (shape == SHAPE_FUNCTION && declare_result(d, seen).file) {
    seen = declare_result(d, seen);
    if (expr_of(d, seen)->kind != EX_FUNCTION)
      refer_to(d, seen);
  } else if (shape == SHAPE_OTHER && expr_of(d, seen)->kind == EX_MEMBER) {
    const Expr *e = expr_of(d, seen);  // `users.id`
    vec_push(&d->key.to, declare_keep(d, name_in(d, seen, e->name)));
    declare_target(d, (Ref){seen.file, e->a});
  }
}

// The name in the code of what an expression names: a class, a table variable, `Order.name`.
void declare_target(Declare *d, Ref target) {
  Program *p = d->program;
  Ref seen = target;
  Shape shape = declare_shape(d, &seen);
  if (shape == SHAPE_TEXT) {
    refer(d, declare_text(d, seen), false);
  } else if (shape == SHAPE_FUNCTION) {
    Ref result = declare_result(d, seen);
    if (result.file && expr_of(d, result)->kind != EX_FUNCTION)
      declare_target(d, result);
  } else if (shape == SHAPE_OBJECT) {
    d->key.table = declare_keep(d, declare_text(d, declare_option(d, seen, SCOPE_TABLE, DECL_NAME)));
  } else {
    target = declare_inner(d, target);
    const Expr *e = expr_of(d, target);
    const Value *v = value_at(p, value_of(p, target.file, target.id));
    bool of_class = e->kind == EX_MEMBER && expr_of(d, (Ref){target.file, e->a})->kind == EX_IDENT &&
                    declare_word(d, SCOPE_TABLE, name_in(d, target, e->name));
    if (v->kind == VAL_CLASS)
      d->key.table = declare_keep(d, text_of(&p->files.at[v->a], p->files.at[v->a].facts.classes.at[v->b].name));
    else if (of_class)
      declare_target(d, (Ref){target.file, e->a});
    else if (e->kind == EX_IDENT || e->kind == EX_MEMBER)
      d->key.table = declare_keep(d, name_in(d, target, e->name));
  }
}

// What a key is told of the other table.
static void refer_given(Declare *d, const Given *given) {
  Ref table = declare_part(d, given, SCOPE_KEY, DECL_TABLE), target = declare_part(d, given, SCOPE_KEY, DECL_TARGET);
  Ref to = declare_part(d, given, SCOPE_KEY, DECL_TO);
  Ref references = declare_part(d, given, SCOPE_KEY, DECL_REFERENCES), nested = references;
  if (to.file)
    refer_to(d, to);
  if (references.file && declare_shape(d, &nested) == SHAPE_OBJECT) {
    Given inner = {.by[DECL_OPTIONS] = nested};
    refer_given(d, &inner);
  } else if (references.file) {
    declare_target(d, references);
  }
  if (table.file || target.file)
    declare_target(d, table.file ? table : target);
  const char *name = declare_text(d, declare_part(d, given, SCOPE_KEY, DECL_NAME));
  d->key.name = name ? declare_keep(d, name) : d->key.name;
}

void declare_key(Declare *d, const char *column, Ref target, Ref at) {
  open_key(d, at);
  vec_push(&d->key.columns, column);
  d->key.relation = declare_keep(d, d->property);
  if (target.file)
    declare_target(d, target);
  if (d->other_key)
    vec_push(&d->key.to, declare_keep(d, d->other_key));
  add_key(d);
}

// A property that gives rows of another table: `orders` of a user.
void declare_rows(Declare *d, Ref target) {
  declare_target(d, target);
  if (d->key.table)
    vec_push(&d->table->relations, ((TableRelation){declare_keep(d, d->property), d->key.table}));
  d->key.table = NULL;
}

// A column of the open table for a relation, with its foreign key.
void declare_relation(Declare *d, const SchemaWord *word, const Given *given, Ref at) {
  Ref stored = declare_part(d, given, SCOPE_COLUMN, DECL_STORED);
  if (declare_part(d, given, SCOPE_COLUMN, DECL_INVERSE).file || !d->property || (stored.file && !declare_truth(d, stored)))
    return;
  Ref named = declare_part(d, given, SCOPE_COLUMN, DECL_NAME);
  const char *name = declare_text(d, named);
  const char *to = d->other_key ? d->other_key : "id";
  if (!name)
    name = naming_join(&d->schemas->arena, (Naming)d->model->keys, d->property, to);
  if (d->underscored)
    name = naming_apply(&d->schemas->arena, NAMING_SNAKE, name);
  declare_column(d, name, at);
  const char *column = d->column;
  for (int i = 0; i < WORD_SETS && word->sets[i]; i++)
    declare_flag(d, (DeclRole)word->sets[i], (Ref){0, 0});
  declare_alias(d, declare_keep(d, d->property), column);
  if (given->by[DECL_OPTIONS].file)
    declare_options(d, given->by[DECL_OPTIONS], SCOPE_COLUMN);
  declare_key(d, column, declare_part(d, given, SCOPE_COLUMN, DECL_TARGET), at);
  d->column = column;
  if (word->is == DECL_ONE_TO_ONE)
    index_column(d, DECL_UNIQUE, (Ref){0, 0});
  else if (d->model->indexes_keys)
    index_column(d, DECL_INDEX, (Ref){0, 0});
}

//
// Words
//

static void apply_option(Declare *d, const char *name, Ref value, void *data) {
  const SchemaWord *word = declare_word(d, *(SchemaScope *)data, name);
  if (!word)
    return;
  Given given = {0};
  if (word->args[0])
    given.by[word->args[0]] = value;
  else
    given.by[word->is] = value;
  declare_apply(d, word, value, &given);
}

void declare_options(Declare *d, Ref object, SchemaScope scope) { declare_each(d, object, apply_option, &scope); }

// The columns that a call is given, wherever they stand.
static void columns_given(Declare *d, const Given *given, SchemaScope scope) {
  declare_columns(d, declare_part(d, given, scope, DECL_COLUMNS));
  for (uint32_t i = 1; i < given->count; i++)
    if (given->by[DECL_COLUMNS].file && given->rest[i].id != given->by[DECL_COLUMNS].id)
      declare_columns(d, given->rest[i]);
  declare_each(d, declare_part(d, given, scope, DECL_ORDER), add_ordered, NULL);
}

static void add_condition(Declare *d, const char *name, Ref value, void *data) {
  Text *text = data;
  value = declare_inner(d, value);
  const Expr *e = expr_of(d, value);
  const char *word = name_in(d, value, e->name);
  text_printf(text, "%s%s", text->n ? " AND " : "", declare_spoken(d, name));
  if (e->kind == EX_LITERAL && !strcmp(word, "null"))
    text_puts(text, " IS NULL");
  else if (e->kind == EX_LITERAL || e->kind == EX_NUMBER)
    text_printf(text, " = %s", word);
  else if (declare_text(d, value))
    text_printf(text, " = '%s'", declare_text(d, value));
  else
    text_puts(text, " ...");
}

// `{ deletedAt: null }`; NULL when it is no object.
static const char *conditions(Declare *d, Ref object) {
  Text text = {0};
  declare_each(d, object, add_condition, &text);
  const char *kept = text.n ? arena_copy(&d->schemas->arena, text.at, text.n) : NULL;
  text_release(&text);
  return kept;
}

static void index_details(Declare *d, const Given *given) {
  const char *name = declare_text(d, declare_part(d, given, SCOPE_INDEX, DECL_NAME));
  const char *method = declare_text(d, declare_part(d, given, SCOPE_INDEX, DECL_METHOD));
  Ref unique = declare_part(d, given, SCOPE_INDEX, DECL_UNIQUE);
  Ref where = declare_part(d, given, SCOPE_INDEX, DECL_WHERE);
  Ref expression = declare_part(d, given, SCOPE_INDEX, DECL_EXPRESSION);
  if (name)
    d->index.name = declare_keep(d, name);
  if (method && *method)
    d->index.method = declare_keep(d, !strcasecmp(method, "unique") ? "btree" : method);
  d->index.unique |= (unique.file && declare_truth(d, unique)) || (method && !strcasecmp(method, "unique"));
  if (where.file && declare_truth(d, where)) {
    const char *predicate = declare_sql(d, where);
    predicate = predicate ? declare_keep(d, predicate) : conditions(d, where);
    d->index.predicate = predicate ? predicate : "...";
  }
  if (expression.file && declare_sql(d, expression))
    vec_push(&d->index.parts, ((IndexPart){.expression = declare_keep(d, declare_sql(d, expression))}));
  columns_given(d, given, SCOPE_INDEX);
}

// The access method of the index on the open column alone.
static void set_method(Declare *d, const char *method) {
  for (uint32_t i = method && d->table ? d->table->indexes.n : 0; i-- > 0;) {
    Index *index = &d->table->indexes.at[i];
    if (index->parts.n != 1 || !index->parts.at[0].column || strcmp(index->parts.at[0].column, d->column))
      continue;
    index->method = declare_keep(d, method);
    return;
  }
}

// An index of a table; of the open column when no columns are given.
static void apply_index(Declare *d, const SchemaWord *word, Ref call, const Given *given) {
  bool columns = declare_part(d, given, SCOPE_INDEX, DECL_COLUMNS).file || declare_part(d, given, SCOPE_INDEX, DECL_ORDER).file;
  if (d->column && !columns) {
    Ref options = given->by[DECL_OPTIONS].file ? given->by[DECL_OPTIONS] : given->by[DECL_NAME];
    declare_flag(d, (DeclRole)word->is, options.file ? options : given->by[word->is]);
    set_method(d, declare_text(d, given->by[DECL_METHOD]));
    return;
  }
  if (d->key_open)
    add_key(d);
  open_index(d, (DeclRole)word->is, call);
  index_details(d, given);
}

static void apply_key(Declare *d, Ref call, const Given *given) {
  const char *column = d->column;
  if (d->index_open)
    add_index(d);
  open_key(d, call);
  if (column)
    vec_push(&d->key.columns, column);
  else
    columns_given(d, given, SCOPE_KEY);
  refer_given(d, given);
}

static void apply_references(Declare *d, Ref call, const Given *given) {
  if (!d->key_open && d->column) {
    open_key(d, call);
    vec_push(&d->key.columns, d->column);
  }
  if (d->key_open)
    refer_given(d, given);
}

// `addConstraint("t", { type: "unique", fields: [...] })` and `addConstraint("t", "name", { unique: [...] })`
static void apply_constraint(Declare *d, Ref call, const Given *given) {
  const char *type = declare_text(d, declare_part(d, given, SCOPE_KEY, DECL_TYPE));
  Ref key = declare_part(d, given, SCOPE_KEY, DECL_KEY), unique = declare_part(d, given, SCOPE_KEY, DECL_UNIQUE);
  Ref primary = declare_part(d, given, SCOPE_KEY, DECL_PRIMARY);
  Given inner = {.by[DECL_OPTIONS] = given->by[DECL_OPTIONS], .by[DECL_NAME] = given->by[DECL_NAME],
                 .by[DECL_COLUMNS] = declare_part(d, given, SCOPE_KEY, DECL_COLUMNS)};
  SchemaWord word = {.is = DECL_NONE};
  if (key.file) {
    inner.by[DECL_OPTIONS] = key;
    inner.by[DECL_COLUMNS] = declare_option(d, key, SCOPE_KEY, DECL_COLUMNS);
  } else if (unique.file || primary.file) {
    inner.by[DECL_COLUMNS] = unique.file ? unique : primary;
    inner.by[DECL_OPTIONS] = (Ref){0, 0};
    word.is = unique.file ? DECL_UNIQUE : DECL_PRIMARY;
  } else if (type) {
    word.is = strcasestr(type, "unique") ? DECL_UNIQUE : strcasestr(type, "primary") ? DECL_PRIMARY : DECL_NONE;
  }
  if (word.is)
    apply_index(d, &word, call, &inner);
  else if (key.file || (type && strcasestr(type, "foreign")))
    apply_key(d, call, &inner);
}

// A column that a call adds or changes; several when it is given a list or an object of them.
static void apply_column(Declare *d, const SchemaWord *word, Ref call, const Given *given) {
  Ref fields = given->by[DECL_FIELDS];
  if (fields.file && d->table) {
    declare_fields(d, fields);
    return;
  }
  const char *name = declare_text(d, declare_part(d, given, SCOPE_COLUMN, DECL_NAME));
  if (!name && !given->by[DECL_NAME].file && !given->by[DECL_OPTIONS].file)
    name = "id";  // `table.increments()`
  if (!name || !d->table)
    return;
  declare_column(d, name, call);
  const char *column = d->column;
  if (word->is == DECL_COLUMN || given->by[DECL_TYPE].file)
    declare_type(d, word, given->by[DECL_TYPE]);
  if (given->by[DECL_OPTIONS].file)
    declare_options(d, given->by[DECL_OPTIONS], SCOPE_COLUMN);
  d->column = column;
  for (int i = 0; i < WORD_SETS && word->sets[i]; i++)
    declare_flag(d, (DeclRole)word->sets[i], (Ref){0, 0});
  if (given->by[DECL_BODY].file)
    declare_body(d, given->by[DECL_BODY], SCOPE_COLUMN);
}

void declare_timestamps(Declare *d, Ref value, Ref at) {
  const char *const names[] = {d->model->created, d->model->updated};
  const DeclRole roles[] = {DECL_NAME, DECL_TO};
  for (size_t i = 0; i < COUNT(names) && names[i] && d->table; i++) {
    Ref given = value;
    bool object = value.file && declare_shape(d, &given) == SHAPE_OBJECT;
    Ref option = object ? declare_option(d, given, SCOPE_TYPES, roles[i]) : (Ref){0, 0};
    const char *name = option.file ? declare_text(d, option) : NULL;
    if (option.file && !declare_truth(d, option))
      continue;
    name = name ? name : d->underscored ? naming_apply(&d->schemas->arena, NAMING_SNAKE, names[i]) : names[i];
    const char *property = d->property;
    d->property = d->code ? names[i] : NULL;
    declare_column(d, name, at);
    set_type(d, "timestamp", "timestamp");
    d->property = property;
    declare_finish(d);
  }
}

static void soft_delete(Declare *d, Ref option) {
  d->property = d->model->deleted;
  declare_column(d, d->underscored ? naming_apply(&d->schemas->arena, NAMING_SNAKE, d->property) : d->property, option);
  set_type(d, "timestamp", "timestamp");
  declare_finish(d);
}

void declare_more(Declare *d, Ref options) {
  Ref nested = declare_option(d, options, SCOPE_TABLE, DECL_OPTIONS);
  options = nested.file ? nested : options;
  static const DeclRole lists[][2] = {{DECL_INDEXES, DECL_INDEX}, {DECL_UNIQUES, DECL_UNIQUE}, {DECL_KEYS, DECL_KEY}};
  Ref timestamps = declare_option(d, options, SCOPE_TABLE, DECL_TIMESTAMPS);
  Ref soft = declare_option(d, options, SCOPE_TABLE, DECL_SOFT_DELETE);
  Ref underscored = declare_option(d, options, SCOPE_TABLE, DECL_UNDERSCORED);
  d->underscored |= underscored.file && declare_truth(d, underscored);
  bool wanted = timestamps.file ? declare_truth(d, timestamps) : d->model->timestamps;
  if (wanted)
    declare_timestamps(d, timestamps, timestamps);
  if (wanted && soft.file && declare_truth(d, soft) && d->model->deleted)
    soft_delete(d, soft);
  for (size_t i = 0; i < COUNT(lists); i++)
    declare_list(d, declare_option(d, options, SCOPE_TABLE, lists[i][0]), lists[i][1], SCOPE_TABLE);
}

void declare_list(Declare *d, Ref list, DeclRole role, SchemaScope scope) {
  Ref seen = list;
  Shape shape = list.file ? declare_shape(d, &seen) : SHAPE_NOTHING;
  uint32_t count = shape == SHAPE_LIST ? expr_of(d, seen)->count : shape == SHAPE_OBJECT;
  for (uint32_t i = 0; i < count; i++) {
    Ref item = shape == SHAPE_LIST ? declare_item(d, seen, i) : seen;
    SchemaWord word = {.is = (uint8_t)role, .scope = (uint8_t)scope};
    Given given = {.by[DECL_OPTIONS] = item};
    Ref object = item;
    if (declare_shape(d, &object) != SHAPE_OBJECT)
      continue;
    given.by[DECL_OPTIONS] = object;
    d->column = NULL;
    if (role == DECL_KEY)
      apply_key(d, object, &given);
    else
      apply_index(d, &word, object, &given);
    declare_finish(d);
  }
}

//
// Dropping
//

static bool holds_columns(const Index *index, const Index *wanted) {
  if (index->parts.n != wanted->parts.n)
    return false;
  for (uint32_t i = 0; i < index->parts.n; i++)
    if (!index->parts.at[i].column || !wanted->parts.at[i].column ||
        strcasecmp(index->parts.at[i].column, wanted->parts.at[i].column))
      return false;
  return true;
}

// Drop the index on these columns, whatever its name is.
static void drop_by_columns(Declare *d, const Index *wanted, bool primary) {
  for (uint32_t i = 0; i < d->table->indexes.n; i++) {
    Index *index = &d->table->indexes.at[i];
    if (index->primary != primary || (!primary && !holds_columns(index, wanted)))
      continue;
    index->name = index->name ? index->name : " ";
    schema_drop_index(d->schema, d->table, index->name);
    return;
  }
}

static void drop_key(Declare *d, const Index *wanted, const char *name) {
  for (uint32_t i = 0; !name && i < d->table->keys.n; i++) {
    ForeignKey *key = &d->table->keys.at[i];
    if (key->columns.n && wanted->parts.n && !strcasecmp(key->columns.at[0], wanted->parts.at[0].column))
      name = key->name = key->name ? key->name : " ";
  }
  if (name)
    table_drop_key(d->table, name);
}

static void apply_drop(Declare *d, const SchemaWord *word, const Given *given) {
  const char *name = declare_text(d, declare_part(d, given, SCOPE_INDEX, DECL_NAME));
  open_index(d, DECL_INDEX, (Ref){0, 0});
  columns_given(d, given, SCOPE_INDEX);
  Index wanted = d->index;
  d->index = (Index){0};
  d->index_open = false;
  if (!name && word->is != DECL_DROP_KEY)
    name = naming_index(d, word->is == DECL_DROP_UNIQUE ? d->model->unique_name : d->model->index_name, &wanted);
  bool keys = word->is == DECL_DROP_KEY || word->is == DECL_DROP_CONSTRAINT;
  if (word->is == DECL_DROP_PRIMARY && d->table)
    drop_by_columns(d, &wanted, true);
  else if (name && word->is != DECL_DROP_KEY)
    schema_drop_index(d->schema, d->table, name);
  else if (d->table && word->is != DECL_DROP_KEY)
    drop_by_columns(d, &wanted, false);
  if (keys && d->table)
    drop_key(d, &wanted, name);
  vec_release(&wanted.parts);
}

static void drop_column(Declare *d, Ref column) {
  Ref seen = column;
  Shape shape = column.file ? declare_shape(d, &seen) : SHAPE_NOTHING;
  if (shape == SHAPE_LIST)
    for (uint32_t i = 0; i < expr_of(d, seen)->count; i++)
      drop_column(d, declare_item(d, seen, i));
  else if (shape == SHAPE_TEXT)
    table_drop_column(d->table, declare_text(d, seen));
}

static void drop_columns(Declare *d, const Given *given) {
  if (!d->table)
    return;
  drop_column(d, given->by[DECL_NAME].file ? given->by[DECL_NAME] : given->by[DECL_COLUMNS]);
  for (uint32_t i = 1; i < given->count; i++)
    drop_column(d, given->rest[i]);
}

static void rename_thing(Declare *d, const SchemaWord *word, const Given *given) {
  const char *from = declare_text(d, given->by[DECL_NAME]), *to = declare_text(d, given->by[DECL_TO]);
  if (word->is == DECL_RENAME_COLUMN && d->table && from && to) {
    table_rename_column(d->schemas, d->table, from, to);
  } else if (word->is == DECL_RENAME_TABLE && to && (from || d->table)) {
    from = from ? from : d->table->name;
    declare_leave(d);
    schema_rename(d->schemas, d->schema, from, to);
  }
}

//
// Tables
//

static const char *table_text(Declare *d, Ref ref) {
  const char *text = declare_text(d, ref);
  Ref object = ref;
  if (!text && ref.file && declare_shape(d, &object) == SHAPE_OBJECT)
    text = declare_text(d, declare_option(d, object, SCOPE_TABLE, DECL_NAME));
  return text;
}

static void apply_table(Declare *d, const SchemaWord *word, Ref call, const Given *given) {
  const char *name = table_text(d, declare_part(d, given, SCOPE_TABLE, DECL_NAME));
  if (!name)
    name = table_text(d, declare_part(d, given, SCOPE_TABLE, DECL_MODEL));
  declare_leave(d);
  if (!name)
    return;
  if (word->is == DECL_DROP_TABLE) {
    schema_drop(d->schema, name);
    return;
  }
  declare_open(d, name, call);
  declare_dialect(d, word->dialect);
  d->table->whole |= word->is == DECL_TABLE;
  d->table->view |= word->is == DECL_VIEW;
  Ref fields = declare_part(d, given, SCOPE_TABLE, DECL_FIELDS);
  if (fields.file)
    declare_fields(d, fields);
  if (given->by[DECL_OPTIONS].file)
    declare_options(d, given->by[DECL_OPTIONS], SCOPE_TABLE);
  if (given->by[DECL_BODY].file)
    declare_body(d, given->by[DECL_BODY], SCOPE_TABLE);
}

// `where("email", "is", null)`
static const char *condition_text(Declare *d, Ref call) {
  Text text = {0};
  for (uint32_t i = 0; i < expr_of(d, call)->count; i++) {
    Ref item = declare_item(d, call, i);
    const char *sql = declare_sql(d, item);
    text_printf(&text, "%s%s", i ? " " : "", sql ? sql : name_in(d, item, expr_of(d, item)->name));
  }
  const char *kept = arena_copy(&d->schemas->arena, text.at, text.n);
  text_release(&text);
  return kept;
}

// What a word says of the open column, index or key.
static void apply_detail(Declare *d, const SchemaWord *word, Ref call, const Given *given) {
  Ref value = given->by[word->is].file ? given->by[word->is] : word->args[0] ? given->by[word->args[0]] : (Ref){0, 0};
  if (word->scope == SCOPE_COLUMN || word->scope == SCOPE_EXPORTS) {
    if (word->is == DECL_TYPE)
      declare_type(d, NULL, value);
    else if (word->is == DECL_TARGET && value.file && d->column)
      apply_references(d, call, given);
    else
      declare_flag(d, (DeclRole)word->is, value);
  } else if (word->scope == SCOPE_INDEX && d->index_open) {
    if (word->is == DECL_TABLE && declare_text(d, given->by[DECL_TABLE]))
      d->table = schema_table(d->schemas, d->schema, declare_text(d, given->by[DECL_TABLE]));
    if (word->is == DECL_UNIQUE)
      d->index.unique |= declare_truth(d, value);
    index_details(d, given);
    if (word->is == DECL_WHERE && expr_of(d, call)->kind == EX_CALL && expr_of(d, call)->count > 1)
      d->index.predicate = condition_text(d, call);
  }
}

void declare_apply(Declare *d, const SchemaWord *word, Ref call, const Given *given) {
  Given rest;
  const char *table = word->scope == SCOPE_BUILDER ? table_text(d, given->by[DECL_TABLE]) : NULL;
  if (table) {  // the table that is changed, and none that a key refers to
    declare_open(d, table, call);
    rest = *given;
    rest.by[DECL_TABLE] = (Ref){0, 0};
    given = &rest;
  }
  switch ((DeclRole)word->is) {
  case DECL_TABLE:
  case DECL_ALTER:
  case DECL_VIEW:
  case DECL_DROP_TABLE:
    if (word->scope == SCOPE_INDEX)
      apply_detail(d, word, call, given);
    else
      apply_table(d, word, call, given);
    break;
  case DECL_COLUMN:
  case DECL_CHANGE_COLUMN:
    apply_column(d, word, call, given);
    break;
  case DECL_INDEX:
  case DECL_UNIQUE:
  case DECL_PRIMARY:
    if (word->scope == SCOPE_INDEX)
      apply_detail(d, word, call, given);
    else
      apply_index(d, word, call, given);
    break;
  case DECL_KEY:
    apply_key(d, call, given);
    break;
  case DECL_REFERENCES:
    apply_references(d, call, given);
    break;
  case DECL_CONSTRAINT:
    apply_constraint(d, call, given);
    break;
  case DECL_INDEXES:
  case DECL_UNIQUES:
  case DECL_KEYS:
    declare_list(d, given->by[word->is], word->is == DECL_INDEXES ? DECL_INDEX : word->is == DECL_KEYS ? DECL_KEY : DECL_UNIQUE,
                 SCOPE_TABLE);
    break;
  case DECL_TIMESTAMPS:
    if (declare_truth(d, given->by[DECL_TIMESTAMPS]))
      declare_timestamps(d, given->by[DECL_TIMESTAMPS], call);
    break;
  case DECL_DROP_COLUMN:
    drop_columns(d, given);
    break;
  case DECL_RENAME_COLUMN:
  case DECL_RENAME_TABLE:
    rename_thing(d, word, given);
    break;
  case DECL_DROP_INDEX:
  case DECL_DROP_UNIQUE:
  case DECL_DROP_PRIMARY:
  case DECL_DROP_KEY:
  case DECL_DROP_CONSTRAINT:
    apply_drop(d, word, given);
    break;
  case DECL_RELATION:
  case DECL_ONE_TO_ONE:
    declare_relation(d, word, given, call);
    break;
  default:
    apply_detail(d, word, call, given);
    break;
  }
}
