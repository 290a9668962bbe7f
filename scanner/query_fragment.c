// query_fragment.c - SQL that is written into a chain of calls or a filter (`whereRaw("id = ?", id)`): read as the query
// that it is a part of.
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "query_read.h"
#include "values.h"

uint8_t query_role(const char *operator) {
  static const struct {
    const char *text;
    uint8_t role;
  } operators[] = {
      {"=", ROLE_EQUAL},
      {"==", ROLE_EQUAL},
      {"in", ROLE_EQUAL},
      {"is", ROLE_EQUAL},
      {"<", ROLE_RANGE},
      {"<=", ROLE_RANGE},
      {">", ROLE_RANGE},
      {">=", ROLE_RANGE},
      {"between", ROLE_RANGE},
      {"like", ROLE_LIKE},
      {"ilike", ROLE_ILIKE},
      {"!=", ROLE_NOT},
      {"<>", ROLE_NOT},
      {"not in", ROLE_NOT_IN},
      {"is not", ROLE_NOT},
      {"not like", ROLE_NOT},
      {"not ilike", ROLE_NOT},
      {"@>", ROLE_ARRAY},
      {"<@", ROLE_ARRAY},
      {"&&", ROLE_ARRAY},
      {"?", ROLE_ARRAY},
      {"?|", ROLE_ARRAY},
      {"?&", ROLE_ARRAY},
      {"@@", ROLE_TEXT},
      {"~", ROLE_REGEX},
      {"~*", ROLE_REGEX},
      {"regexp", ROLE_REGEX},
      {"not between", ROLE_NOT},
      {"is not distinct from", ROLE_EQUAL},
  };
  for (size_t i = 0; i < COUNT(operators); i++)
    if (!strcasecmp(operators[i].text, operator))
      return operators[i].role;
  return ROLE_OTHER;
}

// The tables of a query as they stand behind FROM.
static void put_tables(const Reading *r, Text *out) {
  for (uint32_t i = 0; i < r->query->tables.n; i++) {
    const QueryTable *t = &r->query->tables.at[i];
    text_printf(out, "%s\"%s\"", i ? ", " : "", t->name);
    if (t->alias)
      text_printf(out, " AS \"%s\"", t->alias);
  }
}

static void put_quoted(Text *out, const char *text) {
  text_puts(out, "'");
  for (; *text; text++) {
    text_add(out, text, 1);
    if (*text == '\'')
      text_puts(out, "'");
  }
  text_puts(out, "'");
}

// Write the constants that a parameter is given; false, and nothing, when it is given something else.
static bool put_given(Reading *r, Ref value, Text *out) {
  const Expr *e = query_expr(r, value);
  if (e->kind != EX_ARRAY) {
    const char *text = query_constant(r, value);
    bool known = text && !query_is_literal(r, value, "null") && !query_is_literal(r, value, "undefined");
    if (known)
      put_quoted(out, text);
    return known;
  }
  for (uint32_t i = 0; i < e->count; i++)
    if (!query_constant(r, query_element(r, value, i)))
      return false;
  for (uint32_t i = 0; i < e->count; i++) {
    text_puts(out, i ? ", " : "");
    put_quoted(out, query_constant(r, query_element(r, value, i)));
  }
  return e->count > 0;
}

// The parameter of a name in the object that is given along with the text; {0,0} when there is none.
static Ref given_value(Reading *r, const char *name, size_t length) {
  const Expr *e = query_expr(r, r->given);
  for (uint32_t i = 0; i < e->count; i++) {
    Ref property = query_element(r, r->given, i);
    const char *key = query_expr(r, property)->kind == EX_PROPERTY ? query_name(r, property) : "";
    if (length && strlen(key) == length && !strncmp(key, name, length))
      return query_definition(r, query_operand(property, query_expr(r, property)->a));
  }
  return (Ref){0, 0};
}

// The length of `:` or `:...` in front of a named parameter, 0 when none starts here.
static size_t parameter_mark(const char *at, const char *text) {
  if (*at != ':' || (at > text && at[-1] == ':'))
    return 0;
  return strncmp(at, ":...", 4) ? 1 : 4;
}

// A value as far as it is written: 'late', '%${}%'. False, and nothing, when it is none of these.
static bool put_value(Reading *r, Ref value, Text *out) {
  Ref at = query_definition(r, value);
  bool template = query_expr(r, at)->kind == EX_TEMPLATE;
  if (template)
    put_quoted(out, query_name(r, at));
  return template || put_given(r, at, out);
}

static bool put_name(Reading *r, Ref value, Text *out) {
  const char *name = query_string(r, value);
  for (const char *at = name; at && *at; at++) {
    text_puts(out, at == name ? "\"" : "");
    if (*at == '.')
      text_puts(out, "\".\"");
    else if (*at != '"')
      text_add(out, at, 1);
    text_puts(out, at[1] ? "" : "\"");
  }
  return name && *name;
}

// What a list gives for `?` and, as names, for `??`: `whereRaw("?? ILIKE ?", ["name", "%a%"])`. Returns the length of the mark.
static size_t put_next(Reading *r, const char *at, uint32_t *next, Text *out) {
  size_t mark = *at != '?' ? 0 : at[1] == '?' ? 2 : 1;
  if (!mark || *next >= query_expr(r, r->given)->count)
    return 0;
  Ref value = query_element(r, r->given, (*next)++);
  if (mark == 2 ? !put_name(r, value, out) : !put_value(r, value, out))
    text_add(out, at, mark);
  return mark;
}

static size_t put_named(Reading *r, const char *at, const char *text, Text *out) {
  size_t mark = parameter_mark(at, text), length = 0;
  while (mark && (isalnum((unsigned char)at[mark + length]) || at[mark + length] == '_'))
    length++;
  Ref value = mark ? given_value(r, at + mark, length) : (Ref){0, 0};
  return value.file && put_given(r, value, out) ? mark + length : 0;
}

// SQL text with what is written in place of the parameters that are given it: `state IN (:...states)`.
static void put_text(Reading *r, const char *text, Text *out) {
  uint8_t given = r->given.file ? query_expr(r, r->given)->kind : EX_NONE;
  bool quoted = false;
  uint32_t next = 0;
  for (const char *at = text; *at;) {
    quoted ^= *at == '\'';
    size_t put = quoted ? 0 : given == EX_ARRAY ? put_next(r, at, &next, out) : given == EX_OBJECT ? put_named(r, at, text, out) : 0;
    if (!put)
      text_add(out, at, 1);
    at += put ? put : 1;
  }
}

// Read text with something behind it as the WHERE of the query's tables; false when it is no SQL that is known.
static bool read_part(Reading *r, Ref text, const char *behind, Query *part) {
  const Expr *e = query_expr(r, text);
  Ref template = e->kind == EX_TAGGED ? query_operand(text, e->b) : text;
  bool known;
  uint8_t kind = query_expr(r, template)->kind;
  const char *where = kind == EX_TEMPLATE ? query_template(r, template, e->kind == EX_TAGGED, &known) : query_name(r, template);
  Text sql = {0};
  text_puts(&sql, "SELECT 1 FROM ");
  put_tables(r, &sql);
  text_puts(&sql, " WHERE ");
  put_text(r, where, &sql);
  text_puts(&sql, behind);
  bool read = r->query->tables.n && kind != EX_BINARY && query_of_sql(r->queries, sql.at, part);
  text_release(&sql);
  return read;
}

// The name in the code of a column that text names: the parser folds names.
static const char *property_of(const Reading *r, const Condition *c) {
  const Column *column = query_column(r->query, c->table, c->column);
  return column ? column->property : c->column;
}

Named query_computed(Reading *r, Ref text) {
  Query part = {0};
  Named named = {0};
  bool one = read_part(r, text, " = $1", &part) && !part.dynamic && part.conditions.n == 1;
  const Condition *c = one ? &part.conditions.at[0] : NULL;
  if (c && c->operator == OPERATOR_EQUAL && !c->join && !c->either)
    named = (Named){.column = property_of(r, c), .function = c->function, .computed = c->computed, .table = c->table};
  query_release(&part);
  return named;
}

void query_fragment(Reading *r, Ref text) {
  Query part = {0};
  bool read = read_part(r, text, "", &part);
  for (uint32_t i = 0; read && i < part.conditions.n; i++) {
    Condition c = part.conditions.at[i];
    c.span = query_span(r, text);
    c.maybe |= r->maybe;
    if (r->negated)
      c.operator= OPERATOR_NOT;
    c.column = property_of(r, &c);
    if (r->either || c.either) {  // an OR within a branch of another one is read as part of that branch
      c.branch = r->either ? r->branch : c.branch;
      c.either = r->either ? r->either : (uint16_t)(r->eithers + c.either);
    }
    vec_push(&r->query->conditions, c);
  }
  for (uint32_t i = 0; read && i < part.conditions.n && !r->either; i++)
    r->eithers += part.conditions.at[i].either > 0;
  r->query->dynamic |= !read || part.dynamic;
  vec_push(&r->query->fragments, text);
  query_release(&part);
}
