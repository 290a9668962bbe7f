// procedures.c - statements that run a procedure of the database, and whether an SQL file of the tree shows that it only
// reads: `SELECT * FROM open_orders($1)`, `CALL close_order(?)`.
#include <ctype.h>
#include <string.h>

#include "judge.h"
#include "schema/ddl.h"
#include "sql.h"
#include "values.h"

// Bytes of a procedure's name; rounds in which more is learned of those that call others, the first one to find them.
enum { MAX_NAME = 64, MAX_ROUNDS = 4 };

typedef enum Body { BODY_READS = 1, BODY_MAY_WRITE } Body;

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

static const char *past_parentheses(const char *at, const char *end) {
  int depth = 0;
  for (; at < end; at = ddl_token(at, end, false)) {
    depth += (*at == '(') - (*at == ')');
    if (depth <= 0)
      return *at == ')' ? at + 1 : at;
  }
  return end;
}

// Whether a text has a word that changes something, or calls a function that may, by what is known of those of the tree.
static bool may_write(const Map *known, const char *at, const char *end) {
  static const char *const acts[] = {"insert", "update",  "delete", "merge",   "truncate", "perform",
                                     "call",   "execute", "lock",   "nextval", "create",   "notify"};
  char name[MAX_NAME];
  for (at = ddl_skip_blank(at, end); at < end; at = ddl_skip_blank(at, end)) {
    if (any_word(at, end, acts, COUNT(acts)))
      return true;
    const char *token = ddl_token(at, end, false), *behind = ddl_skip_blank(name_at(at, end, name), end);
    if (behind > at && behind < end && *behind == '(' && map_get(known, hash_quick(name, strlen(name))) == BODY_MAY_WRITE)
      return true;
    at = behind > token ? behind : token;
  }
  return false;
}

// What a function does by what stands behind its parameters. PostgreSQL lets one that is STABLE or IMMUTABLE change
// nothing; of others the body tells, if it is written in SQL.
static Body body_of(const Map *known, const char *text, const char *end) {
  static const char *const still[] = {"stable", "immutable"}, *const languages[] = {"sql", "plpgsql"};
  bool writes = may_write(known, text, end);
  for (const char *at = ddl_skip_blank(text, end), *next; at < end; at = next) {
    next = ddl_skip_blank(*at == '(' ? past_parentheses(at, end) : ddl_token(at, end, false), end);
    bool quoted = next < end && (*next == '\'' || *next == '$');
    if (any_word(at, end, still, COUNT(still)))
      return BODY_READS;
    if (ddl_word(at, end, "language"))
      writes = writes || !any_word(next + quoted, end, languages, COUNT(languages));
    else if (quoted && ddl_word(at, end, "as"))
      writes = writes || may_write(known, next + 1, ddl_token(next, end, false));
  }
  return writes ? BODY_MAY_WRITE : BODY_READS;
}

static void add_procedure(Map *procedures, const Map *known, const Statement *s) {
  static const char *const words[] = {"create", "or", "replace"};
  const char *end = s->text + s->length, *at = ddl_past_words(s->text, end, words, COUNT(words));
  char name[MAX_NAME];
  if (at == s->text || !ddl_word(at, end, "function"))
    return;
  at = ddl_skip_blank(name_at(ddl_skip_blank(at + strlen("function"), end), end, name), end);
  uint64_t key = hash_quick(name, strlen(name));
  if (name[0] && map_get(procedures, key) != BODY_MAY_WRITE)
    map_put(procedures, key, known->n ? body_of(known, past_parentheses(at, end), end) : BODY_MAY_WRITE);
}

// What is known of the functions of the tree by what was known before of those that they call.
static void read_procedures(Program *p, const Map *known, Map *procedures) {
  for (uint32_t i = 0; i < p->texts.n; i++) {
    Splitter splitter = {.at = p->texts.at[i].text, .end = p->texts.at[i].text + p->texts.at[i].length};
    for (Statement s; p->texts.at[i].source->lang == LANG_SQL && ddl_next(&splitter, &s);)
      add_procedure(procedures, known, &s);
  }
}

static Body procedure_named(Program *p, const char *name) {
  for (int i = 0; !p->procedures_read && i < MAX_ROUNDS; i++) {
    Map known = p->procedures;
    p->procedures = (Map){0};
    read_procedures(p, &known, &p->procedures);
    map_release(&known);
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

// `FROM orders (NOLOCK)`: what SQL Server takes for hints how to read a table.
static bool is_hint(const char *at, const char *end) {
  static const char *const hints[] = {"nolock",   "holdlock", "updlock",     "rowlock",        "paglock",       "tablock",
                                      "tablockx", "xlock",    "readpast",    "readcommitted",  "nowait",        "readuncommitted",
                                      "snapshot", "noexpand", "serializable", "repeatableread", "fastfirstrow", "index"};
  const char *word = ddl_skip_blank(at + 1, end);
  for (size_t i = 0; i < COUNT(hints); i++)
    if (ddl_word(word, end, hints[i])) {
      const char *behind = ddl_skip_blank(word + strlen(hints[i]), end);
      return behind < end && strchr("),(=", *behind);
    }
  return false;
}

static Procedure procedure_in(Program *p, const char *sql) {
  static const char *const calls[] = {"call", "exec", "execute"}, *const around[] = {"only", "lateral"};
  const char *end = sql + strlen(sql);
  if (any_word(sql, end, calls, COUNT(calls)))
    return PROCEDURE_UNKNOWN;
  char name[MAX_NAME];
  const char *source = ddl_word(sql, end, "select") ? source_of(sql, end) : NULL;
  source = source ? ddl_past_words(source, end, around, COUNT(around)) : NULL;
  const char *behind = source ? ddl_skip_blank(name_at(source, end, name), end) : NULL;
  if (!source || behind == source || *behind != '(' || is_hint(behind, end) || is_built_in(name))
    return PROCEDURE_NONE;
  return procedure_named(p, name) == BODY_READS ? PROCEDURE_READS : PROCEDURE_UNKNOWN;
}

Procedure procedure_run(Program *p, const Repeated *r) {
  Ref literal = text_run(p, r);
  const char *block = block_run(p, r);
  Text text = {0};
  if (literal.file)
    statement_text(p, literal, &text);
  else if (block)
    text_puts(&text, block);
  Procedure procedure = text.n ? procedure_in(p, sql_start(text.at)) : PROCEDURE_NONE;
  text_release(&text);
  return procedure;
}
