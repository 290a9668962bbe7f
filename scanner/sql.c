// sql.c - what SQL text does, and how the SQL that a caller hands to a wrapper is seen through it.
//
// A module around a driver (`queryRows(sql, params)`) is one call of the driver for the linker; what it does is
// told by the argument of its callers, so an effect keeps the parameter that its SQL comes from.
#include "schema/ddl.h"
#include "sql.h"
#include "values.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

// Past white space, parentheses and comments before the first word.
const char *sql_start(const char *sql) {
  for (;;) {
    sql += strspn(sql, " \t\r\n(;");
    const char *end = !strncmp(sql, "--", 2) ? strchr(sql, '\n') : !strncmp(sql, "/*", 2) ? strstr(sql, "*/") : NULL;
    if (!end)
      return sql;
    sql = end + 1 + (*end == '*');
  }
}

static bool starts_with_verb(const char *sql, const char *const *verbs, size_t count) {
  sql = sql_start(sql);
  size_t length = 0;
  while (isalnum((unsigned char)sql[length]) || sql[length] == '_')
    length++;
  for (size_t i = 0; i < count; i++)
    if (strlen(verbs[i]) == length && !strncasecmp(sql, verbs[i], length))
      return true;
  return false;
}

// Whether an UPDATE starts there, of `UPDATE table [AS name] SET`: no FOR UPDATE.
static bool starts_update(const char *at, const char *end) {
  enum { MOST = 12 };  // words and marks that name a table
  if (!ddl_word(at, end, "update"))
    return false;
  at = ddl_skip_blank(at + strlen("update"), end);
  for (int i = 0; i < MOST && at < end && *at != '(' && *at != ')' && *at != ','; i++) {
    if (i && ddl_word(at, end, "set"))
      return true;
    at = ddl_skip_blank(ddl_token(at, end, false), end);
  }
  return false;
}

// Whether one of the statements behind WITH changes rows: INSERT INTO, DELETE FROM, UPDATE ... SET.
static bool with_writes(const char *sql) {
  const char *end = sql + strlen(sql);
  bool starts = true;  // a statement may start here: behind a parenthesis
  for (const char *at = ddl_skip_blank(sql, end), *next; at < end; at = next) {
    next = ddl_skip_blank(ddl_token(at, end, false), end);
    if ((ddl_word(at, end, "insert") && ddl_word(next, end, "into")) || (ddl_word(at, end, "delete") && ddl_word(next, end, "from")) ||
        (starts && starts_update(at, end)))
      return true;
    starts = *at == '(' || *at == ')';
  }
  return false;
}

// Whether SQL text changes rows. Text that cannot be seen is taken for a read.
bool sql_writes(const char *sql) {
  static const char *const verbs[] = {"insert", "update", "delete", "merge", "truncate", "replace", "create",
                                      "alter",  "drop",   "grant",  "refresh", "call", "lock", "vacuum"};
  if (starts_with_verb(sql, (const char *[]){"with"}, 1))
    return with_writes(sql);
  return starts_with_verb(sql, verbs, COUNT(verbs));
}

// Statements that ask for no rows: a loop around them is no N+1.
bool sql_is_control(const char *sql) {
  static const char *const verbs[] = {"begin", "commit", "rollback", "savepoint", "set", "release", "start"};
  return starts_with_verb(sql, verbs, COUNT(verbs));
}

// Whether a statement's name says that it changes rows: `sql.update_user`, `sql.insertOrder`.
static bool name_writes(const char *name) {
  static const char *const verbs[] = {"insert", "update", "delete", "upsert", "create", "remove", "set_", "add_", "clear",
                                      "reset",  "mark",   "archive", "merge", "calculate", "sync_", "write", "store", "save"};
  for (size_t i = 0; i < COUNT(verbs); i++)
    if (!strncasecmp(name, verbs[i], strlen(verbs[i])))
      return true;
  return false;
}

// The parameter that SQL text comes from, also through functions that prepare it.
static Guard sql_parameter(Program *p, Ref function, Id expr, int depth) {
  const File *f = &p->files.at[function.file];
  const Expr *e = expr_at(f, expr);
  Guard path = parameter_path(p, function.file, expr, function.id, 0);
  if (path.param || depth > 5)
    return path;
  if (e->kind == EX_MEMBER || e->kind == EX_AWAIT)
    return sql_parameter(p, function, e->a, depth + 1);
  if (e->kind == EX_CALL && e->count)
    return sql_parameter(p, function, list_at(f, e->first, 0), depth + 1);
  if (e->kind == EX_OBJECT && e->count)
    return sql_parameter(p, function, expr_at(f, list_at(f, e->first, 0))->a, depth + 1);
  Id binding = e->kind == EX_IDENT ? binding_of(p, function.file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  return b->kind == BIND_CONST && b->value ? sql_parameter(p, function, b->value, depth + 1) : (Guard){0};
}

// Take effect and name of the statement from what a call gives.
static bool settle_sql(Program *p, Reach *reach, FileId file, Id given) {
  Ref literal = sql_literal(p, file, given);
  const File *g = &p->files.at[literal.file], *f = &p->files.at[file];
  const char *text = literal.file ? text_of(g, expr_at(g, literal.id)->name) : sql_block_text(p, file, given);
  const Expr *e = expr_at(f, given);
  if (text && sql_is_control(text))
    return false;
  bool named = e->kind == EX_MEMBER || e->kind == EX_INDEX;
  if (text)
    reach->effect = sql_writes(text) ? EFFECT_WRITE : EFFECT_READ;
  else if (named)
    reach->effect = name_writes(text_of(f, e->name)) ? EFFECT_WRITE : EFFECT_READ;
  reach->statement = literal.file ? sym_of(g, expr_at(g, literal.id)->name) : named ? sym_of(f, e->name) : 0;
  reach->sql = (Ref){file, given};
  return true;
}

Id sql_given(Program *p, FileId file, const Edge *edge, const Reach *reach) {
  if (!reach->sql.file || reach->sql.file != edge->function.file)
    return 0;
  Guard path = sql_parameter(p, edge->function, reach->sql.id, 0);
  return path.param ? guard_argument(&p->files.at[file], edge->call, path) : 0;
}

bool reach_sql(Program *p, FileId file, const Edge *edge, Reach *reach) {
  Id given = sql_given(p, file, edge, reach);
  return !given || settle_sql(p, reach, file, given);
}
