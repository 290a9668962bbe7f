// query_options.c - option objects: what is read, in which order, how many, and which relations come along.
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "query_read.h"
#include "values.h"

static Ref element_at(const Reading *r, Ref list, uint32_t i) {
  return (Ref){list.file, list_at(&r->p->files.at[list.file], query_expr(r, list)->first, i)};
}

static Ref value_at_key(const Reading *r, Ref property) {
  return query_operand(property, query_expr(r, property)->a);
}

static bool is_property(const Reading *r, Ref item) { return query_expr(r, item)->kind == EX_PROPERTY; }

// `false` and `0` leave something out.
static bool is_off(Reading *r, Ref value) {
  const char *text = query_constant(r, value);
  return text && (!strcmp(text, "false") || !strcmp(text, "0") || !strcmp(text, "undefined"));
}

//
// Tables
//

static uint16_t add_table(Reading *r, const char *name, const char *alias) {
  const char *path = r->p->files.at[r->query->expr.file].source->path;
  const Table *table = schemas_table(r->queries->schemas, path, name);
  vec_push(&r->query->tables, ((QueryTable){name, alias, table, .joined = r->query->tables.n > 0}));
  return (uint16_t)(r->query->tables.n - 1);
}

uint16_t query_table(Reading *r, const char *name, const char *alias) {
  const char *as = strcasestr(name, " as ");
  if (as) {
    alias = query_keep(r, as + 4, strlen(as + 4));
    name = query_keep(r, name, (size_t)(as - name));
  }
  const char *known = alias ? alias : name;
  for (uint32_t i = 0; i < r->query->tables.n; i++) {
    const QueryTable *t = &r->query->tables.at[i];
    if (!strcasecmp(t->alias ? t->alias : t->name, known))
      return (uint16_t)i;
  }
  return add_table(r, name, alias);
}

static const ForeignKey *key_called(const Table *table, const char *relation) {
  for (uint32_t i = 0; table && i < table->keys.n; i++)
    if (table->keys.at[i].relation && !strcmp(table->keys.at[i].relation, relation))
      return &table->keys.at[i];
  return NULL;
}

// The only foreign key of a table that refers to another one.
static const ForeignKey *key_to(const Table *from, const Table *to) {
  const ForeignKey *found = NULL;
  for (uint32_t i = 0; from && to && i < from->keys.n; i++) {
    if (strcasecmp(from->keys.at[i].table, to->name))
      continue;
    if (found)
      return NULL;
    found = &from->keys.at[i];
  }
  return found;
}

// The column that one of a key refers to, NULL if it cannot be told.
static const char *referred_column(const Table *to, const ForeignKey *key, uint32_t at) {
  if (at < key->to.n)
    return key->to.at[at];
  for (uint32_t i = 0; to && i < to->indexes.n; i++)
    if (to->indexes.at[i].primary && to->indexes.at[i].parts.n == key->columns.n)
      return to->indexes.at[i].parts.at[at].column;
  return NULL;
}

static void join_on(Reading *r, uint16_t table, const char *column, uint16_t other) {
  vec_push(&r->query->conditions, ((Condition){.column = column,
                                               .table = table,
                                               .operator= OPERATOR_EQUAL,
                                               .join = true,
                                               .other = other,
                                               .either = r->either,
                                               .branch = r->branch,
                                               .maybe = r->maybe}));
}

// Join a table by its key with the one that this refers to.
static void add_join(Reading *r, uint16_t table, const ForeignKey *key, uint16_t other) {
  for (uint32_t i = 0; i < key->columns.n; i++) {
    const char *column = referred_column(r->query->tables.at[other].table, key, i);
    join_on(r, table, key->columns.at[i], other);
    if (column)
      join_on(r, other, column, table);
  }
}

uint16_t query_related(Reading *r, const char *relation) {
  const Table *own = r->table < r->query->tables.n ? r->query->tables.at[r->table].table : NULL;
  const ForeignKey *key = key_called(own, relation);
  const TableRelation *back = own ? table_relation(own, relation) : NULL;
  uint32_t before = r->query->tables.n;
  uint16_t table = query_table(r, key ? key->table : back ? back->table : relation, relation);
  if (r->query->tables.n == before)
    return table;
  const ForeignKey *theirs = key ? NULL : key_to(r->query->tables.at[table].table, own);
  if (key)
    add_join(r, r->table, key, table);
  else if (theirs)
    add_join(r, table, theirs, r->table);
  return table;
}

//
// ORDER BY
//

static void add_sort(Reading *r, const Named *named, bool descending) {
  bool expression = !named->column || named->function;
  vec_push(&r->query->sorts, ((Sort){.column = named->column ? named->column : "",
                                     .table = named->table,
                                     .descending = descending,
                                     .expression = expression,
                                     .maybe = r->maybe}));
}

static bool is_descending(Reading *r, Ref direction) {
  const char *text = direction.file ? query_constant(r, direction) : NULL;
  return text && (!strncasecmp(text, "desc", 4) || !strncmp(text, "-1", 2));
}

static bool is_random(const char *text) { return strcasestr(text, "random(") || strcasestr(text, "rand("); }

static bool is_word(const char *text, size_t length, const char *word) {
  return length == strlen(word) && !strncasecmp(text, word, length);
}

// "name", "u.name desc", "-createdAt name".
static void order_text(Reading *r, const char *text, bool descending) {
  r->query->random_order |= is_random(text);
  while (*text) {
    size_t length = strcspn(text, " ,");
    bool minus = *text == '-' || *text == '+';
    bool direction = is_word(text, length, "desc") || is_word(text, length, "asc") ||
                     is_word(text, length, "nulls") || is_word(text, length, "last") ||
                     is_word(text, length, "first");
    if (is_word(text, length, "desc") && r->query->sorts.n)
      r->query->sorts.at[r->query->sorts.n - 1].descending = true;
    if (!direction && length) {
      Named named = query_column_in(r, query_keep(r, text + minus, length - minus));
      add_sort(r, &named, descending || *text == '-');
    }
    text += length;
    text += strspn(text, " ,");
  }
}

static uint16_t query_joined(Reading *r, Ref expr);

// `[Model, "name", "DESC"]` of Sequelize: the association's columns are of another table.
static void order_tuple(Reading *r, Ref tuple) {
  uint32_t count = query_expr(r, tuple)->count;
  const char *last = count ? query_constant(r, element_at(r, tuple, count - 1)) : NULL;
  bool directed = count > 1 && (!last || !strncasecmp(last, "desc", 4) || !strncasecmp(last, "asc", 3));
  uint32_t column = count - 1 - (directed && count > 1);
  if (!count)
    return;
  uint16_t table = r->table;
  if (column > 0)
    r->table = query_joined(r, element_at(r, tuple, column - 1));
  query_order(r, element_at(r, tuple, column), directed ? element_at(r, tuple, count - 1) : (Ref){0, 0});
  r->table = table;
}

static void order_object(Reading *r, Ref object) {
  const Expr *e = query_expr(r, object);
  if (query_is_enough(r))
    return;
  r->depth++;
  for (uint32_t i = 0; i < e->count; i++) {
    Ref item = element_at(r, object, i), value = query_definition(r, value_at_key(r, item));
    const Expr *v = query_expr(r, value);
    const char *name = is_property(r, item) && query_expr(r, item)->name ? query_name(r, item) : NULL;
    if (!name) {
      r->query->dynamic_sorts = true;
      continue;
    }
    const LibraryWord *inner = v->kind == EX_OBJECT && v->count
                                   ? query_word(r, r->library->sorts, query_name(r, element_at(r, value, 0)))
                                   : NULL;
    Named named = {.column = name, .table = r->table};
    if (strchr(name, '.'))
      named = query_column_in(r, name);
    if (inner)
      add_sort(r, &named, is_descending(r, value_at_key(r, element_at(r, value, 0))));
    else if (v->kind == EX_OBJECT) {
      uint16_t table = r->table;
      r->table = query_related(r, name);
      order_object(r, value);
      r->table = table;
    } else {
      if (!query_constant(r, value))
        r->query->dynamic_sorts = true;
      add_sort(r, &named, is_descending(r, value));
    }
  }
  r->depth--;
}

// `{ column: "name", order: "desc" }`: the model names the keys.
static bool order_described(Reading *r, Ref object) {
  Ref column = {0, 0}, direction = {0, 0};
  for (uint32_t i = 0; i < query_expr(r, object)->count; i++) {
    Ref item = element_at(r, object, i);
    const LibraryWord *word =
        is_property(r, item) ? query_word(r, r->library->sorts, query_name(r, item)) : NULL;
    if (word && word->role == ROLE_COLUMNS)
      column = value_at_key(r, item);
    if (word && word->role == ROLE_ORDER)
      direction = value_at_key(r, item);
  }
  if (column.file)
    query_order(r, column, direction);
  return column.file;
}

// `desc(users.name)`, `fn("lower", col("name"))`, `literal("random()")`.
static void order_call(Reading *r, Ref call, bool descending) {
  const LibraryWord *word = query_call_word(r, call);
  Ref first = query_operand(call, argument_at(&r->p->files.at[call.file], call.id, 0));
  const char *text = first.file ? query_string(r, first) : NULL;
  if (word && first.file && (word->role == ROLE_DESCENDING || word->role == ROLE_ASCENDING)) {
    query_order(r, first, (Ref){0, 0});
    if (word->role == ROLE_DESCENDING && r->query->sorts.n)
      r->query->sorts.at[r->query->sorts.n - 1].descending = true;
    return;
  }
  r->query->random_order |=
      text && (is_random(text) || !strcasecmp(text, "random") || !strcasecmp(text, "rand"));
  Named named = query_column_of(r, call);
  if (!named.column && !word)
    r->query->dynamic_sorts = true;
  add_sort(r, &named, descending);
}

static void order_other(Reading *r, Ref expr, bool descending) {
  const Expr *e = query_expr(r, expr);
  Named named = query_column_of(r, expr);
  if (e->kind == EX_TAGGED)
    r->query->random_order |= is_random(query_name(r, query_operand(expr, e->b)));
  if (!named.column && e->kind != EX_TAGGED && e->kind != EX_LITERAL)
    r->query->dynamic_sorts = true;
  if (e->kind != EX_LITERAL)
    add_sort(r, &named, descending);
}

static void order_plain(Reading *r, Ref expr) { query_order(r, expr, (Ref){0, 0}); }

void query_order(Reading *r, Ref expr, Ref direction) {
  Ref at = query_definition(r, expr);
  const Expr *e = query_expr(r, at);
  bool descending = is_descending(r, direction);
  if (query_is_enough(r))
    return;
  r->depth++;
  if (direction.file && !query_constant(r, direction))
    r->query->dynamic_sorts = true;
  const char *text = query_string(r, at);
  if (text)
    order_text(r, text, descending);
  else if (e->kind == EX_OBJECT && !order_described(r, at))
    order_object(r, at);
  else if (e->kind == EX_ARRAY) {
    for (uint32_t i = 0; i < e->count; i++) {
      Ref item = query_definition(r, element_at(r, at, i));
      if (query_expr(r, item)->kind == EX_ARRAY)
        order_tuple(r, item);
      else
        query_order(r, item, direction);
    }
  } else if (e->kind == EX_CALL)
    order_call(r, at, descending);
  else if (e->kind == EX_FUNCTION)
    query_returned(r, at, order_plain);
  else if (e->kind == EX_ALT) {
    r->query->dynamic_sorts = true;
    query_maybe(r, order_plain, query_operand(at, e->a));
    query_maybe(r, order_plain, query_operand(at, e->b));
  } else if (e->kind != EX_OBJECT)
    order_other(r, at, descending);
  r->depth--;
}

//
// Columns
//

// Go one level deeper into what an expression stands for, and the text that it is, if any. False when that is too deep;
// else the caller counts `depth` down again.
static bool descend(Reading *r, Ref expr, Ref *at, const char **text) {
  *at = query_definition(r, expr);
  *text = query_string(r, *at);
  if (query_is_enough(r))
    return false;
  r->depth++;
  return true;
}

static void add_column(Reading *r, const char *column) {
  for (uint32_t i = 0; i < r->query->columns.n; i++)
    if (!strcmp(r->query->columns.at[i], column))
      return;
  vec_push(&r->query->columns, column);
}

// Whether a name is that of a table of the query, not of a column.
static bool is_table(const Reading *r, const char *name) {
  for (uint32_t i = 0; i < r->query->tables.n; i++) {
    const QueryTable *t = &r->query->tables.at[i];
    if (!strcmp(t->alias ? t->alias : t->name, name))
      return true;
  }
  return false;
}

// `"u"."name"` without the quotes of SQL.
static const char *unquoted(Reading *r, const char *word) {
  if (!strpbrk(word, "\"`"))
    return word;
  char *text = arena_copy(&r->queries->arena, word, strlen(word));
  size_t n = 0;
  for (const char *at = word; *at; at++)
    if (*at != '"' && *at != '`')
      text[n++] = *at;
  text[n] = '\0';
  return text;
}

static void column_text(Reading *r, const char *word) {
  word = unquoted(r, word);
  if (strchr(word, '*') && !strchr(word, '('))
    r->query->star = r->query->written_star = true;
  if (*word == '-' || is_table(r, word))
    r->query->star = true;
  else if (!strpbrk(word, "*()")) {
    Named named = query_column_in(r, word + (*word == '+'));
    if (named.column && named.table)
      r->query->tables.at[named.table].read = true;
    if (named.column && !named.table)
      add_column(r, named.column);
    else if (named.column && named.table < QUERY_TABLES && r->relation_of[named.table])
      r->query->relations.at[r->relation_of[named.table] - 1].narrowed = true;
  }
}

// "id", "u.id", "u.*", "name as label", "-password", "id name".
static void columns_text(Reading *r, const char *text) {
  bool label = false;
  if (strchr(text, '(')) {
    r->query->dynamic_columns = true;
    return;
  }
  while (*text) {
    size_t length = strcspn(text, " ,");
    bool as = is_word(text, length, "as");
    if (length && !as && !label)
      column_text(r, query_keep(r, text, length));
    label = as;
    text += length;
    text += strspn(text, " ,");
  }
}

static bool is_aggregate(Reading *r, Ref expr) {
  // Also with something behind it: `count().as("total")`.
  for (int steps = 0; query_expr(r, expr)->kind == EX_CALL && steps < QUERY_DEPTH; steps++) {
    const LibraryWord *word = query_call_word(r, expr);
    if (word && word->role == ROLE_AGGREGATE)
      return true;
    Ref callee = query_operand(expr, query_expr(r, expr)->a);
    if (query_expr(r, callee)->kind != EX_MEMBER)
      break;
    expr = query_operand(callee, query_expr(r, callee)->a);
  }
  const Expr *e = query_expr(r, expr);
  Ref text = e->kind == EX_TAGGED ? query_operand(expr, e->b) : expr;
  const char *sql = query_expr(r, text)->kind == EX_TEMPLATE ? query_name(r, text) : "";
  static const char *const names[] = {"count(", "sum(", "max(", "min(", "avg(", "exists("};
  for (size_t i = 0; i < COUNT(names); i++)
    if (strcasestr(sql, names[i]))
      return true;
  return false;
}

static void columns_object(Reading *r, Ref object);
static void query_relation(Reading *r, const char *name, Ref value, uint16_t shape, uint16_t parent);

// `lines: { select: ... }` among the columns: a relation, or a group of columns.
static void column_object(Reading *r, Ref property, Ref value) {
  const char *name = query_name(r, property), *first = query_name(r, element_at(r, value, 0));
  if (query_nests(r)) {
    r->query->only_related = true;
    query_relation(r, name, value, r->library->options, 0);
  } else if (*first == '$')
    add_column(r, name);
  else
    columns_object(r, value);
}

// One entry of `{ id: true, name: users.name }`.
static void column_entry(Reading *r, Ref property, Ref value) {
  const Expr *v = query_expr(r, value);
  if (v->kind == EX_OBJECT && v->count) {
    column_object(r, property, value);
    return;
  }
  Named named = v->kind == EX_MEMBER || v->kind == EX_CALL || v->kind == EX_TAGGED ? query_column_of(r, value)
                                                                                   : (Named){0};
  if (named.column)
    add_column(r, named.column);
  else if (v->kind == EX_IDENT && is_table(r, query_name(r, value)))
    r->query->star = true;
  else if (v->kind != EX_TAGGED && v->kind != EX_CALL)
    add_column(r, query_name(r, property));
}

static void columns_object(Reading *r, Ref object) {
  const Expr *e = query_expr(r, object);
  bool aggregates = e->count > 0, omits = false;
  if (query_is_enough(r))
    return;
  r->depth++;
  for (uint32_t i = 0; i < e->count; i++) {
    Ref item = element_at(r, object, i);
    if (!is_property(r, item)) {
      r->query->dynamic_columns = true;
      aggregates = false;
      continue;
    }
    Ref value = query_definition(r, value_at_key(r, item));
    const LibraryWord *word = query_word(r, r->library->columns, query_name(r, item));
    uint8_t role = word ? word->role : ROLE_NONE;
    aggregates = aggregates && (is_aggregate(r, value) || role == ROLE_AGGREGATE);
    omits |= role == ROLE_OMIT || role == ROLE_COLUMNS || is_off(r, value);
    if (role == ROLE_COLUMNS)
      query_columns(r, value);
    else if (role == ROLE_NONE && !is_off(r, value) && !is_aggregate(r, value))
      column_entry(r, item, value);
  }
  r->depth--;
  r->query->aggregate |= aggregates;
  r->query->star |= omits && !r->query->columns.n;
}

void query_columns(Reading *r, Ref expr) {
  Ref at;
  const char *text;
  if (!descend(r, expr, &at, &text))
    return;
  const Expr *e = query_expr(r, at);
  if (text)
    columns_text(r, text);
  else if (e->kind == EX_OBJECT)
    columns_object(r, at);
  else if (e->kind == EX_ARRAY)
    for (uint32_t i = 0; i < e->count; i++)
      query_columns(r, element_at(r, at, i));
  else if (e->kind == EX_FUNCTION)
    query_returned(r, at, query_columns);
  else if (e->kind == EX_IDENT && is_table(r, query_name(r, at)))
    r->query->star = true;
  else if (e->kind == EX_MEMBER && query_column_of(r, at).column)
    add_column(r, query_column_of(r, at).column);
  else if (is_aggregate(r, at))
    r->query->aggregate |= !r->query->columns.n;
  else if (!query_is_literal(r, at, "undefined") && !query_is_literal(r, at, "null") &&
           e->kind != EX_TAGGED && e->kind != EX_CALL)
    r->query->dynamic_columns = true;
  r->depth--;
}

//
// Relations
//

uint16_t query_add_relation(Reading *r, const char *name, uint16_t parent) {
  VEC(Relation) *all = (void *)&r->query->relations;
  for (uint32_t i = 0; i < all->n; i++)
    if (all->at[i].parent == parent && !strcmp(all->at[i].name, name))
      return (uint16_t)(i + 1);
  uint16_t depth = parent ? all->at[parent - 1].depth : 0;
  vec_push(all, ((Relation){.name = name, .parent = parent, .depth = (uint16_t)(depth + 1)}));
  return (uint16_t)all->n;
}

// "lines.product", "[lines.product, user]", "lines user".
static void relations_text(Reading *r, const char *text, uint16_t parent) {
  uint16_t at = parent, stack[QUERY_DEPTH], deep = 0;
  while (*text) {
    size_t length = strcspn(text, ".,[]() ");
    if (length)
      at = query_add_relation(r, query_keep(r, text, length), at);
    text += length;
    if (*text == '[' && deep < QUERY_DEPTH)
      stack[deep++] = at;
    if (*text == '(')
      text += strcspn(text, ")");
    if (*text == ']' && deep)
      at = stack[--deep];
    if (*text == ',' || *text == ' ')
      at = deep ? stack[deep - 1] : parent;
    text += *text != 0;
  }
}

// Relations among the columns that are read of a relation.
static void relations_in_columns(Reading *r, Ref columns, uint16_t shape, uint16_t parent) {
  Ref at = query_definition(r, columns);
  const Expr *e = query_expr(r, at);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    Ref item = element_at(r, at, i);
    Ref value = is_property(r, item) ? query_definition(r, value_at_key(r, item)) : at;
    const LibraryWord *word = query_word(r, r->library->columns, query_name(r, item));
    if (is_property(r, item) && query_expr(r, value)->kind == EX_OBJECT && !word)
      query_relation(r, query_name(r, item), value, shape, parent);
  }
}

// A relation and what is said of it: its columns, its own relations.
static void query_relation(Reading *r, const char *name, Ref value, uint16_t shape, uint16_t parent) {
  uint16_t relation = query_add_relation(r, name, parent);
  Ref at = query_definition(r, value);
  const Expr *e = query_expr(r, at);
  r->query->relations.at[relation - 1].filtered |= e->kind != EX_OBJECT && e->kind != EX_LITERAL;
  if (e->kind != EX_OBJECT || query_is_enough(r))
    return;
  r->depth++;
  for (uint32_t i = 0; i < e->count; i++) {
    Ref item = element_at(r, at, i);
    const LibraryWord *word = is_property(r, item) ? query_word(r, shape, query_name(r, item)) : NULL;
    uint8_t role = word ? word->role : ROLE_NONE;
    Ref inner = value_at_key(r, item);
    if (role == ROLE_COLUMNS || role == ROLE_OMIT)
      r->query->relations.at[relation - 1].narrowed = true;
    if (role == ROLE_FILTER || !is_property(r, item))
      r->query->relations.at[relation - 1].filtered = true;
    if (role == ROLE_COLUMNS && query_nests(r))
      relations_in_columns(r, inner, shape, relation);
    if (role == ROLE_RELATIONS)
      query_relations(r, inner, word->shape ? word->shape : shape, relation);
    if (is_property(r, item) && query_word(r, shape, "*"))
      query_relation(r, query_name(r, item), inner, shape, relation);
  }
  r->depth--;
}

Ref query_described(Reading *r, Ref object, uint16_t shape, uint8_t role) {
  const Expr *e = query_expr(r, object);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    Ref item = element_at(r, object, i);
    const LibraryWord *word = is_property(r, item) ? query_word(r, shape, query_name(r, item)) : NULL;
    if (word && word->role == role)
      return value_at_key(r, item);
  }
  return (Ref){0, 0};
}

static const char *table_text(Reading *r, Ref expr) {
  Sym name = expr.file ? table_name(r->p, expr.file, expr.id) : 0;
  return name ? names_text(&r->p->syms, name) : NULL;
}

// `{ model: User, as: "author", include: [...] }`; a filter in it is one of this statement.
static bool relation_described(Reading *r, Ref object, uint16_t shape, uint16_t parent) {
  Ref model = query_described(r, object, shape, ROLE_TABLE),
      as = query_described(r, object, shape, ROLE_ALIAS);
  Ref filter = query_described(r, object, shape, ROLE_FILTER);
  if (!model.file && !as.file)
    return false;
  const char *alias = as.file ? query_string(r, as) : NULL;
  const char *table = model.file ? table_text(r, model) : NULL;
  const char *name = alias ? alias : table;
  if (!name) {
    r->query->dynamic_relations = true;
    return true;
  }
  if (strpbrk(name, " ."))
    relations_text(r, name, parent);
  else
    query_relation(r, name, object, shape, parent);
  if (!filter.file || !model.file)
    return true;
  uint16_t before = r->table;
  r->table = query_table(r, table ? table : name, alias);
  query_filter(r, filter);
  r->table = before;
  return true;
}

static void relations_object(Reading *r, Ref object, uint16_t shape, uint16_t parent) {
  const Expr *e = query_expr(r, object);
  if (relation_described(r, object, shape, parent))
    return;
  for (uint32_t i = 0; i < e->count; i++) {
    Ref item = element_at(r, object, i);
    const LibraryWord *word = query_word(r, r->library->columns, query_name(r, item));
    if (!is_property(r, item))
      r->query->dynamic_relations = true;
    else if (!is_off(r, value_at_key(r, item)) && !word)
      query_relation(r, query_name(r, item), value_at_key(r, item), shape, parent);
  }
}

void query_relations(Reading *r, Ref expr, uint16_t shape, uint16_t parent) {
  Ref at;
  const char *text;
  if (!descend(r, expr, &at, &text))
    return;
  const Expr *e = query_expr(r, at);
  if (text)
    relations_text(r, text, parent);
  else if (e->kind == EX_ARRAY)
    for (uint32_t i = 0; i < e->count; i++)
      query_relations(r, element_at(r, at, i), shape, parent);
  else if (e->kind == EX_OBJECT)
    relations_object(r, at, shape, parent);
  else if (e->kind == EX_ALT) {
    r->query->dynamic_relations = true;
    query_relations(r, query_operand(at, e->a), shape, parent);
    query_relations(r, query_operand(at, e->b), shape, parent);
  } else if (table_text(r, at) && value_at(r->p, value_of(r->p, at.file, at.id))->kind == VAL_CLASS)
    query_add_relation(r, table_text(r, at), parent);
  else if (e->kind != EX_LITERAL)
    r->query->dynamic_relations = true;
  r->depth--;
}

//
// Options
//

static bool is_absent(Reading *r, Ref value) {
  return query_is_literal(r, value, "undefined") || query_is_literal(r, value, "null");
}

void query_limit(Reading *r, Ref expr) {
  if (expr.file && !is_absent(r, expr))
    r->query->limit = true;
}

void query_offset(Reading *r, Ref expr) {
  if (!expr.file || is_absent(r, expr))
    return;
  r->query->offset = true;
  r->query->offset_varies |= !query_constant(r, expr);
}

// The table that the name of an association, a class or a description of both means.
static uint16_t query_joined(Reading *r, Ref expr) {
  Ref at = query_definition(r, expr);
  const char *text = query_string(r, at);
  Ref as = query_described(r, at, r->library->options, ROLE_ALIAS),
      model = query_described(r, at, r->library->options, ROLE_TABLE);
  const char *alias = as.file ? query_string(r, as) : NULL;
  const char *name = table_text(r, model.file ? model : expr);
  if (text)
    return query_related(r, text);
  return name ? query_table(r, name, alias) : r->table;
}

static void option(Reading *r, const LibraryWord *word, Ref value, uint16_t shape) {
  uint16_t inner = word->shape ? word->shape : shape;
  switch (word->role) {
  case ROLE_FILTER:
    query_filter(r, value);
    break;
  case ROLE_ORDER:
    query_order(r, value, (Ref){0, 0});
    break;
  case ROLE_LIMIT:
    query_limit(r, value);
    break;
  case ROLE_OFFSET:
    query_offset(r, value);
    break;
  case ROLE_COLUMNS:
    query_columns(r, value);
    break;
  case ROLE_RELATIONS:
    query_relations(r, value, inner, 0);
    break;
  case ROLE_OPTIONS:
    query_options(r, value, inner);
    break;
  case ROLE_AGGREGATE:
    r->query->aggregate = true;
    break;
  }
}

static void options_object(Reading *r, Ref object, uint16_t shape) {
  const Expr *e = query_expr(r, object);
  for (uint32_t i = 0; i < e->count; i++) {
    Ref item = element_at(r, object, i);
    const LibraryWord *word = is_property(r, item) ? query_word(r, shape, query_name(r, item)) : NULL;
    if (word)
      option(r, word, value_at_key(r, item), shape);
    else if (query_expr(r, item)->kind == EX_SPREAD)
      query_options(r, value_at_key(r, item), shape);
  }
}

// What a variable that holds options gets before it is used: `options.where = ...`.
typedef struct Later {
  Id ident;
  uint16_t shape;
} Later;

static void option_use(Reading *r, Ref use, void *payload) {
  const Later *later = payload;
  const File *f = &r->p->files.at[use.file];
  const Expr *e = expr_at(f, use.id), *member = expr_at(f, e->parent), *outer = expr_at(f, member->parent);
  const LibraryWord *word = query_word(r, later->shape, text_of(f, member->name));
  if (!word)
    return;
  bool before = r->maybe, sets = outer->kind == EX_ASSIGN && outer->a == e->parent && outer->b;
  r->maybe |= query_is_conditional(r, use.file, use.id, later->ident);
  if (r->maybe || !sets)
    query_dynamic(r);
  if (sets)
    option(r, word, (Ref){use.file, outer->b}, later->shape);
  r->maybe = before;
}

void query_options(Reading *r, Ref expr, uint16_t shape) {
  Ref at = query_definition(r, expr);
  const Expr *e = query_expr(r, at);
  bool before = r->maybe;
  if (query_is_enough(r))
    return;
  r->depth++;
  if (e->kind == EX_OBJECT)
    options_object(r, at, shape);
  else if (e->kind == EX_ARRAY)
    for (uint32_t i = 0; i < e->count; i++)
      query_options(r, element_at(r, at, i), shape);
  else if (e->kind == EX_ALT) {
    r->maybe = true;
    query_dynamic(r);
    if (strcmp(query_name(r, at), "&&"))
      query_options(r, query_operand(at, e->a), shape);
    query_options(r, query_operand(at, e->b), shape);
    r->maybe = before;
  } else if (e->kind != EX_LITERAL && e->kind != EX_FUNCTION && !query_is_literal(r, at, "undefined")) {
    query_dynamic(r);
    r->query->dynamic_columns = true;
  }
  Later later = {expr.id, shape};
  if (query_expr(r, expr)->kind == EX_IDENT)
    query_uses(r, expr, USES_OF_OPTIONS, query_expr(r, expr)->span.end, option_use, &later);
  r->depth--;
}
