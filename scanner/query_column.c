// query_column.c - which column an expression of a query names, and of which of its tables.
#include <string.h>
#include <strings.h>

#include "query_read.h"
#include "values.h"

// The table that a name or alias in front of a column means, -1 when the query has none of that name.
static int table_called(const Reading *r, const char *name, size_t length) {
  for (uint32_t i = 0; length && i < r->query->tables.n; i++) {
    const QueryTable *t = &r->query->tables.at[i];
    if ((t->alias && strlen(t->alias) == length && !strncmp(t->alias, name, length)) ||
        (strlen(t->name) == length && !strncasecmp(t->name, name, length)))
      return (int)i;
  }
  return -1;
}

// A column without a table, in a query of several: the one whose schema has it.
static uint16_t table_with(const Reading *r, const char *column) {
  const VEC(QueryTable) *tables = (const void *)&r->query->tables;
  if (r->table < tables->n && tables->at[r->table].table &&
      table_find_property(tables->at[r->table].table, column))
    return r->table;
  for (uint32_t i = 0; i < tables->n; i++)
    if (tables->at[i].joined && tables->at[i].table && table_find_property(tables->at[i].table, column))
      return (uint16_t)i;
  return r->table;
}

// "u.name", "name", "data->>'x'", "name as label".
Named query_column_in(Reading *r, const char *text) {
  size_t length = strcspn(text, " ");
  const char *json = strstr(text, "->"), *dot = memchr(text, '.', length);
  if (strpbrk(text, "()*") || !*text)
    return (Named){0};
  if (json && (size_t)(json - text) < length)
    length = (size_t)(json - text);
  for (const char *next; dot && (next = memchr(dot + 1, '.', length - (size_t)(dot + 1 - text)));) {
    int table = table_called(r, text, (size_t)(dot - text));
    if (table >= 0)
      break;
    dot = next;
  }
  int table = dot ? table_called(r, text, (size_t)(dot - text)) : -1;
  if (table < 0 && dot && !memchr(dot + 1, '.', length - (size_t)(dot + 1 - text)) && r->query->tables.n > 1)
    table = query_table(r, query_keep(r, text, (size_t)(dot - text)), NULL);
  Named named = {.function = json ? "->" : NULL, .table = table >= 0 ? (uint16_t)table : r->table};
  const char *start = table >= 0 ? dot + 1 : text;
  named.column = query_keep(r, start, length - (size_t)(start - text));
  if (!dot)
    named.table = table_with(r, named.column);
  return named;
}

bool query_is_callback(const Reading *r, Ref ident) {
  const File *f = &r->p->files.at[ident.file];
  const Expr *e = expr_at(f, ident.id);
  Id binding = e->kind == EX_IDENT ? binding_of(r->p, ident.file, e->scope, e->name, false) : 0;
  const Expr *param = expr_at(f, f->facts.bindings.at[binding].value);
  return binding && param->kind == EX_PARAM && param->b == 0 && r->callback.file == ident.file &&
         param->a == r->callback.id;
}

// `users.email` of a table that is an object.
static Named column_of_member(Reading *r, Ref expr) {
  const Expr *e = query_expr(r, expr);
  Ref owner = query_operand(expr, e->a);
  Sym name = e->name ? table_name(r->p, owner.file, owner.id) : 0;
  const char *text = name ? names_text(&r->p->syms, name) : "";
  int table = table_called(r, text, strlen(text));
  if (table < 0 && query_is_callback(r, owner))
    table = r->table;
  return (Named){.column = table >= 0 ? query_name(r, expr) : NULL,
                 .table = table >= 0 ? (uint16_t)table : 0};
}

// What SQL text does to the column in its hole: "lower" of sql`lower(${users.email})`, nothing when it is the column alone.
static void function_of_text(Reading *r, const char *text, Named *named) {
  size_t length = strcspn(text, "($ ");
  named->function = !strcmp(text, "${}") ? NULL : length && text[length] == '(' ? query_keep(r, text, length) : "expression";
  named->computed = text[length] == '(' && !strcmp(text + length, "(${})") ? query_keep(r, text, strlen(text)) : NULL;
}

// A column inside of SQL text: the first hole that is one, else what its words name.
static Named column_of_template(Reading *r, Ref expr) {
  const Expr *tagged = query_expr(r, expr);
  Ref text = tagged->kind == EX_TAGGED ? query_operand(expr, tagged->b) : expr;
  const Expr *e = query_expr(r, text);
  for (uint32_t i = 0; i < e->count; i++) {
    Ref hole = {text.file, list_at(&r->p->files.at[text.file], e->first, i)};
    Named named = query_expr(r, hole)->kind == EX_MEMBER ? query_column_of(r, hole) : (Named){0};
    if (!named.column)
      continue;
    function_of_text(r, query_name(r, text), &named);
    return named;
  }
  return query_computed(r, expr);
}

// The template that a function of ours makes of one of its parameters, and which one that is.
static Ref made_of_parameter(Reading *r, Ref function, int *parameter) {
  const File *f = &r->p->files.at[function.file];
  List returns = f->facts.functions.at[function.id].returns;
  Ref made = {function.file, returns.count == 1 ? list_at(f, returns.first, 0) : 0};
  const Expr *e = query_expr(r, made), *text = expr_at(f, e->kind == EX_TAGGED ? e->b : 0);
  const Expr *hole = expr_at(f, text->kind == EX_TEMPLATE && text->count == 1 ? list_at(f, text->first, 0) : 0);
  Id binding = hole->kind == EX_IDENT ? binding_of(r->p, function.file, hole->scope, hole->name, false) : 0;
  const Expr *param = expr_at(f, f->facts.bindings.at[binding].value);
  *parameter = (int)param->b;
  return (Ref){binding && param->kind == EX_PARAM && param->a == function.id ? function.file : 0, e->b};
}

// `lower(users.email)` of a function of ours that gives sql`lower(${column})`.
static Named column_of_helper(Reading *r, Ref call) {
  Ref function = value_function(r->p, value_of(r->p, call.file, query_expr(r, call)->a));
  int parameter = 0;
  Ref text = function.file ? made_of_parameter(r, function, &parameter) : (Ref){0, 0};
  if (!text.file)
    return (Named){0};
  Named named = query_column_of(r, query_operand(call, argument_at(&r->p->files.at[call.file], call.id, parameter)));
  function_of_text(r, query_name(r, text), &named);
  return named;
}

// `col("email")`, `lower(users.email)`, `fn("lower", col("email"))`, `fn("lower", ["email"])`, `raw("lower(email)")`.
static Named column_of_call(Reading *r, Ref call) {
  const LibraryWord *word = query_call_word(r, call);
  const File *f = &r->p->files.at[call.file];
  Ref first = query_operand(call, argument_at(f, call.id, 0)),
      second = query_operand(call, argument_at(f, call.id, 1));
  if (!first.file)
    return (Named){0};
  if (!word)
    return column_of_helper(r, call);
  if (word->role == ROLE_RAW)
    return query_computed(r, query_definition(r, first));
  if (word->role == ROLE_COLUMN)
    return query_column_of(r, first);
  if (word->role != ROLE_FUNCTION)
    return (Named){0};
  const char *name = second.file ? query_string(r, first) : NULL;
  bool listed = name && query_expr(r, second)->kind == EX_ARRAY && query_expr(r, second)->count;
  Named named = query_column_of(r, listed ? query_element(r, second, 0) : name ? second : first);
  named.function = name ? name : query_name(r, query_operand(call, query_expr(r, call)->a));
  bool alone = query_expr(r, call)->count == 1u + (name != NULL) && (!listed || query_expr(r, second)->count == 1);
  named.computed = alone ? arena_printf(&r->queries->arena, "%s(${})", named.function) : NULL;
  return named;
}

Named query_column_of(Reading *r, Ref expr) {
  Named none = {0};
  if (!expr.file || query_is_enough(r))
    return none;
  const Expr *e = query_expr(r, expr);
  Named named = none;
  r->depth++;
  if (e->kind == EX_MEMBER || e->kind == EX_INDEX)
    named = column_of_member(r, expr);
  else if (e->kind == EX_CALL)
    named = column_of_call(r, expr);
  else if (e->kind == EX_TAGGED)
    named = column_of_template(r, expr);
  else if (e->kind == EX_CAST)
    named = query_column_of(r, query_operand(expr, e->a));
  const char *text = named.column || e->kind == EX_NUMBER ? NULL : query_string(r, expr);
  r->depth--;
  return text ? query_column_in(r, text) : named;
}
