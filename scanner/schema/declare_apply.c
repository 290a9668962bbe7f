// declare_apply.c - what a word does to a table, column, index or foreign key; see declare.h.
#include "declare.h"

#include <string.h>
#include <strings.h>

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
  declare_ordered(d, declare_part(d, given, scope, DECL_ORDER));
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
  bool primary = method && !strcasecmp(method, "primary key"), key = primary || (method && !strcasecmp(method, "unique"));
  if (method && *method)
    d->index.method = declare_keep(d, key ? "btree" : method);
  d->index.primary |= primary;
  d->index.unique |= key || (unique.file && declare_truth(d, unique));
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
    declare_close_key(d);
  declare_open_index(d, (DeclRole)word->is, call);
  index_details(d, given);
}

static void apply_key(Declare *d, Ref call, const Given *given) {
  const char *column = d->column;
  if (d->index_open)
    declare_close_index(d);
  declare_open_key(d, call);
  if (column)
    vec_push(&d->key.columns, column);
  else
    columns_given(d, given, SCOPE_KEY);
  declare_refer(d, given);
}

static void apply_references(Declare *d, Ref call, const Given *given) {
  if (!d->key_open && d->column) {
    declare_open_key(d, call);
    vec_push(&d->key.columns, d->column);
  }
  if (d->key_open)
    declare_refer(d, given);
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

static void declare_timestamps(Declare *d, Ref value, Ref at) {
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
    declare_set_type(d, "timestamp", "timestamp");
    d->property = property;
    declare_finish(d);
  }
}

static void soft_delete(Declare *d, Ref option) {
  d->property = d->model->deleted;
  declare_column(d, d->underscored ? naming_apply(&d->schemas->arena, NAMING_SNAKE, d->property) : d->property, option);
  declare_set_type(d, "timestamp", "timestamp");
  declare_flag(d, DECL_SOFT_DELETE, option);
  declare_finish(d);
}

// Apply a list of indexes, uniques or keys.
static void declare_list(Declare *d, Ref list, DeclRole role, SchemaScope scope) {
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

// Whether PostgreSQL has given the name to a unique constraint that was declared without one: `users_email_key`.
static bool is_automatic_name(const Declare *d, const Index *index, const char *name) {
  Text automatic = {0};
  text_puts(&automatic, d->table->name);
  for (uint32_t i = 0; i < index->parts.n; i++)
    text_printf(&automatic, "_%s", index->parts.at[i].column ? index->parts.at[i].column : "");
  text_puts(&automatic, "_key");
  bool same = index->unique && !index->primary && !strcasecmp(automatic.at, name);
  text_release(&automatic);
  return same;
}

static void drop_automatic(Declare *d, const char *name) {
  for (uint32_t i = 0; i < d->table->indexes.n; i++)
    if (is_automatic_name(d, &d->table->indexes.at[i], name)) {
      drop_by_columns(d, &d->table->indexes.at[i], false);
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
  declare_open_index(d, DECL_INDEX, (Ref){0, 0});
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
  if (word->is == DECL_DROP_CONSTRAINT && name && d->table)
    drop_automatic(d, name);
  if (keys && d->table)
    drop_key(d, &wanted, name);
  vec_release(&wanted.parts);
}

static void drop_column(Declare *d, Ref column) {
  Ref seen = column;
  Shape shape = column.file ? declare_shape(d, &seen) : SHAPE_NOTHING;
  if (!declare_descend(d))
    return;
  if (shape == SHAPE_LIST)
    for (uint32_t i = 0; i < expr_of(d, seen)->count; i++)
      drop_column(d, declare_item(d, seen, i));
  else if (shape == SHAPE_TEXT)
    table_drop_column(d->table, declare_text(d, seen));
  declare_ascend(d);
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
      declare_type(d, word, word->type ? (Ref){0, 0} : value);
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

//
// All words
//

// What takes something away or gives it another name; false for other words.
static bool apply_change(Declare *d, const SchemaWord *word, const Given *given) {
  switch ((DeclRole)word->is) {
  case DECL_DROP_COLUMN:
    drop_columns(d, given);
    return true;
  case DECL_RENAME_COLUMN:
  case DECL_RENAME_TABLE:
    rename_thing(d, word, given);
    return true;
  case DECL_DROP_INDEX:
  case DECL_DROP_UNIQUE:
  case DECL_DROP_PRIMARY:
  case DECL_DROP_KEY:
  case DECL_DROP_CONSTRAINT:
    apply_drop(d, word, given);
    return true;
  default:
    return false;
  }
}

// A list of indexes or keys, or the columns for times; false for other words.
static bool apply_several(Declare *d, const SchemaWord *word, Ref call, const Given *given) {
  Ref value = given->by[word->is];
  switch ((DeclRole)word->is) {
  case DECL_INDEXES:
    declare_list(d, value, DECL_INDEX, SCOPE_TABLE);
    return true;
  case DECL_UNIQUES:
    declare_list(d, value, DECL_UNIQUE, SCOPE_TABLE);
    return true;
  case DECL_KEYS:
    declare_list(d, value, DECL_KEY, SCOPE_TABLE);
    return true;
  case DECL_TIMESTAMPS:
    if (declare_truth(d, value))
      declare_timestamps(d, value, call);
    return true;
  default:
    return false;
  }
}

// A table or one part of it; false for other words.
static bool apply_one(Declare *d, const SchemaWord *word, Ref call, const Given *given) {
  switch ((DeclRole)word->is) {
  case DECL_TABLE:
  case DECL_ALTER:
  case DECL_VIEW:
  case DECL_DROP_TABLE:
    (word->scope == SCOPE_INDEX ? apply_detail : apply_table)(d, word, call, given);
    return true;
  case DECL_INDEX:
  case DECL_UNIQUE:
  case DECL_PRIMARY:
    (word->scope == SCOPE_INDEX ? apply_detail : apply_index)(d, word, call, given);
    return true;
  case DECL_COLUMN:
  case DECL_CHANGE_COLUMN:
    apply_column(d, word, call, given);
    return true;
  case DECL_KEY:
    apply_key(d, call, given);
    return true;
  case DECL_REFERENCES:
    apply_references(d, call, given);
    return true;
  case DECL_CONSTRAINT:
    apply_constraint(d, call, given);
    return true;
  case DECL_RELATION:
  case DECL_ONE_TO_ONE:
    declare_relation(d, word, given, call);
    return true;
  default:
    return false;
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
  if (!apply_one(d, word, call, given) && !apply_several(d, word, call, given) && !apply_change(d, word, given))
    apply_detail(d, word, call, given);
}
