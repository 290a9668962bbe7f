// procedures.c - statements that run a procedure of the database, and whether an SQL file of the tree shows that it only
// reads: `SELECT * FROM open_orders($1)`, `CALL close_order(?)`.
#include <ctype.h>
#include <string.h>

#include "judge.h"
#include "schema/ddl.h"
#include "values.h"

enum { MAX_NAME = 64 };  // bytes of a procedure's name

typedef enum Body { BODY_READS = 1, BODY_WRITES } Body;

//
// What is there
//

// The last part of a name, in small letters; what stands behind it. A name with a hole is "".
static const char *name_at(const char *at, const char *end, char *name) {
  size_t n = 0;
  bool hole = false;
  for (; at < end && (isalnum((unsigned char)*at) || strchr("_.\"`[]${}", *at)); at++) {
    hole |= *at == '$';
    if (*at == '.')
      n = 0;
    else if (n + 1 < MAX_NAME && !strchr("\"`[]", *at))
      name[n++] = (char)tolower((unsigned char)*at);
  }
  name[hole ? 0 : n] = '\0';
  return at;
}

static bool any_word(const char *at, const char *end, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (ddl_word(at, end, words[i]))
      return true;
  return false;
}

// What a procedure does by its declaration: PostgreSQL lets one that is STABLE or IMMUTABLE change nothing, and of others
// the body tells.
static Body body_of(const Statement *s) {
  static const char *const still[] = {"stable", "immutable"};
  static const char *const acts[] = {"insert", "update",  "delete", "merge",   "truncate", "perform",
                                     "call",   "execute", "lock",   "nextval", "create",   "notify"};
  const char *end = s->text + s->length;
  for (const char *at = s->text; at < end; at = ddl_token(at, end, s->backslashes))
    if (any_word(at, end, still, COUNT(still)))
      return BODY_READS;
  for (const char *at = s->text + strlen("create"); at < end; at = isalpha((unsigned char)*at) ? ddl_token(at, end, false) : at + 1)
    if (any_word(at, end, acts, COUNT(acts)) && at[-1] != '_')
      return BODY_WRITES;
  return BODY_READS;
}

static void add_procedure(Map *procedures, const Statement *s) {
  static const char *const words[] = {"create", "or", "replace"};
  const char *end = s->text + s->length, *at = ddl_past_words(s->text, end, words, COUNT(words));
  char name[MAX_NAME];
  if (at == s->text || !ddl_word(at, end, "function"))
    return;
  name_at(ddl_skip_blank(at + strlen("function"), end), end, name);
  uint64_t key = hash_quick(name, strlen(name));
  if (map_get(procedures, key) != BODY_WRITES)
    map_put(procedures, key, body_of(s));
}

static Body procedure_named(Program *p, const char *name) {
  if (!p->procedures_read)
    for (uint32_t i = 0; i < p->texts.n; i++) {
      Splitter splitter = {.at = p->texts.at[i].text, .end = p->texts.at[i].text + p->texts.at[i].length};
      for (Statement s; p->texts.at[i].source->lang == LANG_SQL && ddl_next(&splitter, &s);)
        add_procedure(&p->procedures, &s);
    }
  p->procedures_read = true;
  return (Body)map_get(&p->procedures, hash_quick(name, strlen(name)));
}

//
// What a statement runs
//

// Functions of the databases themselves that make rows of what they are given.
static bool is_built_in(const char *name) {
  static const char *const starts[] = {"unnest", "generate_", "json", "regexp_", "string_", "xml", "openjson", "table", "pg_",
                                       "pragma_"};
  for (size_t i = 0; i < COUNT(starts); i++)
    if (!strncmp(name, starts[i], strlen(starts[i])))
      return true;
  return false;
}

// What a SELECT reads from first, outside of parentheses; NULL if it reads from nothing.
static const char *source_of(const char *sql, const char *end) {
  int depth = 0;
  for (const char *at = sql; at < end; at = ddl_token(at, end, false)) {
    depth += (*at == '(') - (*at == ')');
    if (!depth && ddl_word(at, end, "from"))
      return ddl_skip_blank(at + strlen("from"), end);
  }
  return NULL;
}

Procedure procedure_run(Program *p, const Repeated *r) {
  static const char *const calls[] = {"call", "exec", "execute"};
  Ref given = r->sql.file ? r->sql : p->sites.at[r->site].sql;
  Ref literal = given.file ? sql_literal(p, given.file, given.id) : (Ref){0, 0};
  const File *f = &p->files.at[literal.file];
  const char *sql = literal.file ? sql_start(text_of(f, expr_at(f, literal.id)->name)) : "", *end = sql + strlen(sql);
  if (any_word(sql, end, calls, COUNT(calls)))
    return PROCEDURE_UNKNOWN;
  char name[MAX_NAME];
  const char *source = ddl_word(sql, end, "select") ? source_of(sql, end) : NULL;
  const char *behind = source ? ddl_skip_blank(name_at(source, end, name), end) : NULL;
  if (!source || behind == source || *behind != '(' || is_built_in(name))
    return PROCEDURE_NONE;
  return procedure_named(p, name) == BODY_READS ? PROCEDURE_READS : PROCEDURE_UNKNOWN;
}
