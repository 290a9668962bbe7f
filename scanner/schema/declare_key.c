// declare_key.c - columns of indexes and foreign keys, and what keys and relations refer to; see declare.h.
#include "declare.h"

#include <string.h>
#include <strings.h>

#include "values.h"

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

// sql`${table.name} gin_trgm_ops`: a column with its operators; else an expression.
static void part_of_sql(Declare *d, IndexPart *part, const char *sql) {
  const char *space = sql ? strchr(sql, ' ') : NULL;
  size_t length = sql ? strlen(sql) : 0;
  bool words = space && !strchr(space + 1, ' ') && strcspn(sql, "(\"'") == length;
  if (words && strlen(space) > 4 && !strcmp(sql + length - 4, "_ops")) {
    part->column = arena_copy(&d->schemas->arena, sql, (size_t)(space - sql));
    part->operators = declare_keep(d, space + 1);
  } else {
    part->expression = sql;
  }
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
    part_of_sql(d, part, declare_sql(d, expr));
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

void declare_ordered(Declare *d, Ref columns) { declare_each(d, columns, add_ordered, NULL); }

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
  if (!declare_descend(d))
    return;
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
  declare_ascend(d);
}

// The name in the code of what an expression names: a class, a table variable, `Order.name`.
void declare_target(Declare *d, Ref target) {
  Program *p = d->program;
  Ref seen = target;
  Shape shape = declare_shape(d, &seen);
  if (!declare_descend(d))
    return;
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
    const Value v = *value_at(p, value_of(p, target.file, target.id));
    bool of_class = e->kind == EX_MEMBER && expr_of(d, (Ref){target.file, e->a})->kind == EX_IDENT &&
                    declare_word(d, SCOPE_TABLE, name_in(d, target, e->name));
    if (v.kind == VAL_CLASS)
      d->key.table = declare_keep(d, text_of(&p->files.at[v.a], p->files.at[v.a].facts.classes.at[v.b].name));
    else if (of_class)
      declare_target(d, (Ref){target.file, e->a});
    else if (v.kind == VAL_LIBRARY && v.b)
      d->key.table = declare_keep(d, sym_text(p, v.b));
    else if (e->kind == EX_IDENT || e->kind == EX_MEMBER)
      d->key.table = declare_keep(d, name_in(d, target, e->name));
  }
  declare_ascend(d);
}

// What a key is told of the other table.
void declare_refer(Declare *d, const Given *given) {
  Ref table = declare_part(d, given, SCOPE_KEY, DECL_TABLE), target = declare_part(d, given, SCOPE_KEY, DECL_TARGET);
  Ref to = declare_part(d, given, SCOPE_KEY, DECL_TO);
  Ref references = declare_part(d, given, SCOPE_KEY, DECL_REFERENCES), nested = references;
  if (to.file)
    refer_to(d, to);
  if (references.file && declare_shape(d, &nested) == SHAPE_OBJECT) {
    Given inner = {.by[DECL_OPTIONS] = nested};
    declare_refer(d, &inner);
  } else if (references.file) {
    declare_target(d, references);
  }
  if (table.file || target.file)
    declare_target(d, table.file ? table : target);
  const char *name = declare_text(d, declare_part(d, given, SCOPE_KEY, DECL_NAME));
  d->key.name = name ? declare_keep(d, name) : d->key.name;
}

void declare_key(Declare *d, const char *column, Ref target, Ref at) {
  declare_open_key(d, at);
  vec_push(&d->key.columns, column);
  d->key.relation = declare_keep(d, d->property);
  if (target.file)
    declare_target(d, target);
  if (d->other_key)
    vec_push(&d->key.to, declare_keep(d, d->other_key));
  declare_close_key(d);
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
  if (d->underscored && !named.file)
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
    declare_index_column(d, DECL_UNIQUE, (Ref){0, 0});
  else if (d->model->indexes_keys)
    declare_index_column(d, DECL_INDEX, (Ref){0, 0});
}
