// ddl_tree.c - names, types and expressions in the trees of libpg_query.
#include "ddl_tree.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool same(const char *a, const char *b) { return a && b && !strcasecmp(a, b); }

const char *ddl_keep(const Ddl *d, const char *text) { return arena_copy(&d->schemas->arena, text, strlen(text)); }

// A text of the tree that is there; protobuf gives "" for what is not.
const char *ddl_given(const char *text) { return text && *text ? text : NULL; }

static bool in_word(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

// Where a name stands in a statement that was rewritten, NULL if it is not near.
static const char *find_name(const Statement *s, const char *name) {
  enum { NEAR = 1 << 16 };
  size_t length = strlen(name);
  const char *end = s->text + (s->length < NEAR ? s->length : NEAR), *at = s->text;
  while (length && (at = memmem(at, (size_t)(end - at), name, length))) {
    if (at > s->text && !in_word(at[-1]) && (at + length == end || !in_word(at[length])))
      return at;
    at++;
  }
  return NULL;
}

Place ddl_place(const Ddl *d, int32_t location, const char *name) {
  enum { SHOWN = 1024 };
  const char *found = d->written ? find_name(d->written, name) : NULL;
  uint32_t start = d->start;
  bool near = true;
  if (d->exact && location >= 0)
    start += (uint32_t)location;
  else if (found)
    start += (uint32_t)(found - d->written->text);
  else
    near = false;
  uint32_t end = start + (near && *name ? (uint32_t)strlen(name) : SHOWN);
  return (Place){.source = d->source, .start = start, .end = end < d->end ? end : d->end};
}

const char *ddl_string(const Node *node) { return node->node_case == NODE(STRING) ? node->string->sval : ""; }

// `schema.name` as a list: the name.
const char *ddl_last(Node *const *names, size_t count) { return count ? ddl_string(names[count - 1]) : ""; }

const char *ddl_object(const Node *node) {
  if (node->node_case == NODE(LIST))
    return ddl_last(node->list->items, node->list->n_items);
  if (node->node_case == NODE(TYPE_NAME))
    return ddl_last(node->type_name->names, node->type_name->n_names);
  return ddl_string(node);
}

// An expression as text, in the words of PostgreSQL.
const char *ddl_expression(const Ddl *d, Node *expression) {
  PgQuery__ResTarget target = PG_QUERY__RES_TARGET__INIT;
  PgQuery__SelectStmt select = PG_QUERY__SELECT_STMT__INIT;
  PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
  PgQuery__ParseResult tree = PG_QUERY__PARSE_RESULT__INIT;
  Node nodes[2] = {PG_QUERY__NODE__INIT, PG_QUERY__NODE__INIT};
  Node *targets[] = {&nodes[0]};
  PgQuery__RawStmt *statements[] = {&raw};
  target.val = expression;
  nodes[0].node_case = NODE(RES_TARGET), nodes[0].res_target = &target;
  nodes[1].node_case = NODE(SELECT_STMT), nodes[1].select_stmt = &select;
  select.n_target_list = 1, select.target_list = targets;
  select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
  select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
  raw.stmt = &nodes[1];
  tree.version = PG_VERSION_NUM, tree.n_stmts = 1, tree.stmts = statements;
  PgQueryDeparseResult result = sql_tree_write(&tree);
  const char *text = result.query && !strncmp(result.query, "SELECT ", 7) ? ddl_keep(d, result.query + 7) : "?";
  pg_query_free_deparse_result(result);
  return text;
}

// What PostgreSQL calls an expression that has no name.
const char *ddl_column_name(const Node *node) {
  for (;;) {
    if (node->node_case == NODE(COLUMN_REF))
      return ddl_last(node->column_ref->fields, node->column_ref->n_fields);
    if (node->node_case == NODE(FUNC_CALL))
      return ddl_last(node->func_call->funcname, node->func_call->n_funcname);
    if (node->node_case == NODE(COALESCE_EXPR))
      return "coalesce";
    if (node->node_case == NODE(CASE_EXPR))
      return "case";
    if (node->node_case == NODE(COLLATE_CLAUSE) && node->collate_clause->arg)
      node = node->collate_clause->arg;
    else if (node->node_case == NODE(TYPE_CAST) && node->type_cast->arg) {
      const char *name = ddl_column_name(node->type_cast->arg);
      return *name ? name : ddl_last(node->type_cast->type_name->names, node->type_cast->type_name->n_names);
    } else
      return "";
  }
}

//
// Types
//

// The parser's own names of types, and those of SQL.
static const char *sql_name(const char *name) {
  static const char *const names[][2] = {{"int4", "integer"},   {"int8", "bigint"},   {"int2", "smallint"}, {"bool", "boolean"},
                                         {"float8", "double precision"}, {"float4", "real"}, {"bpchar", "char"}};
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcmp(name, names[i][0]))
      return names[i][1];
  return name;
}

static void add_modifier(Text *text, const Node *node) {
  if (node->node_case == NODE(COLUMN_REF))
    text_puts(text, ddl_last(node->column_ref->fields, node->column_ref->n_fields));
  else if (node->node_case != NODE(A_CONST))
    text_puts(text, "?");
  else if (node->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
    text_printf(text, "%d", node->a_const->ival->ival);
  else if (node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
    text_printf(text, "'%s'", node->a_const->sval->sval);
}

static const char *type_text(const Ddl *d, const PgQuery__TypeName *type) {
  Text text = {0};
  text_puts(&text, sql_name(ddl_last(type->names, type->n_names)));
  bool interval = !strcmp(text.at, "interval");
  for (size_t i = 0; i < type->n_typmods && !interval; i++) {
    text_puts(&text, i ? "," : "(");
    add_modifier(&text, type->typmods[i]);
  }
  if (type->n_typmods && !interval)
    text_puts(&text, ")");
  for (size_t i = 0; i < type->n_array_bounds; i++)
    text_puts(&text, "[]");
  const char *kept = ddl_keep(d, text.at);
  text_release(&text);
  return kept;
}

// Types that databases bring along; the names of others say nothing of what they hold.
static bool is_known_type(const char *name) {
  static const char *const known[] = {
      "text",   "uuid",     "json",      "jsonb",     "bytea",    "date",       "citext",   "timestamptz",      "timetz",
      "int",    "integer",  "bigint",    "smallint",  "int2",     "int4",       "int8",     "serial",           "bigserial",
      "smallserial", "serial4", "serial8", "float4",  "float8",   "money",      "xml",      "name",             "tsvector",
      "vector", "halfvec",  "bool",      "tinyint",   "mediumint", "datetime",  "datetime2", "datetimeoffset",  "smalldatetime",
      "year",   "tinytext", "mediumtext", "longtext", "blob",     "tinyblob",   "mediumblob", "longblob",       "binary",
      "varbinary", "image", "double",    "number",    "enum",     "nvarchar",   "nchar",    "ntext",            "varchar2",
      "uniqueidentifier", "varchar", "boolean", "clob"};
  for (size_t i = 0; i < COUNT(known); i++)
    if (same(name, known[i]))
      return true;
  return false;
}

static uint8_t kind_of_type(const Ddl *d, const PgQuery__TypeName *type, const char *text) {
  const char *name = ddl_last(type->names, type->n_names);
  if (type->n_array_bounds)
    return COLUMN_ARRAY;
  if (is_known_type(name) || (type->n_names > 1 && !strcmp(ddl_string(type->names[0]), "pg_catalog")))
    return (uint8_t)column_kind_of_sql(text);
  for (uint32_t i = 0; i < d->schema->enums.n; i++)
    if (same(d->schema->enums.at[i], name))
      return COLUMN_ENUM;
  return COLUMN_OTHER;
}

void ddl_set_type(const Ddl *d, Column *column, const PgQuery__TypeName *type) {
  if (!type)
    return;
  column->type = type_text(d, type);
  column->kind = kind_of_type(d, type, column->type);
  if (strcasestr(ddl_last(type->names, type->n_names), "serial"))
    column->nullable = false;
}
