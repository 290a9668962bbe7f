// sql_text.c - see sql_text.h. One pass over the tokens; what a hole or placeholder can be is told by the token before.
#include "sql_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

// What the token before was, as far as it decides what may follow.
typedef enum Before {
  BEFORE_START,    // of the statement
  BEFORE_VALUE,    // a name, literal, parameter or closing bracket: an operator follows
  BEFORE_TABLE,    // FROM, JOIN, INTO, UPDATE, TABLE: a name follows
  BEFORE_NAMES,    // BY, SELECT, DISTINCT, SET: names or expressions
  BEFORE_DOT,
  BEFORE_OPERATOR, // anything else: an expression follows
} Before;

typedef struct Rewriter {
  const char *sql, *at, *end;
  Text *out;
  SqlMarks *found;  // or NULL
  Before before;
  bool dynamic;
  unsigned marks;  // `?` so far
} Rewriter;

static bool in_word(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

static bool is_one_of(const char *word, size_t length, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strlen(words[i]) == length && !strncasecmp(word, words[i], length))
      return true;
  return false;
}

static Before after_word(const char *word, size_t length) {
  static const char *const tables[] = {"from", "join", "into", "update", "table"};
  static const char *const names[] = {"by", "select", "distinct", "set"};
  static const char *const operators[] = {"where", "and", "or", "not", "on", "having", "in", "like", "ilike", "between",
                                          "limit", "offset", "values", "when", "then", "else", "case", "is", "as", "any",
                                          "all", "some", "returning", "using", "exists", "union", "except", "with",
                                          "intersect", "escape", "interval", "only", "lateral"};
  if (is_one_of(word, length, tables, COUNT(tables)))
    return BEFORE_TABLE;
  if (is_one_of(word, length, names, COUNT(names)))
    return BEFORE_NAMES;
  return is_one_of(word, length, operators, COUNT(operators)) ? BEFORE_OPERATOR : BEFORE_VALUE;
}

static void copy(Rewriter *r, size_t length) {
  text_add(r->out, r->at, length);
  r->at += length;
}

static void put(Rewriter *r, size_t length, const char *text, Before before) {
  text_puts(r->out, text);
  r->at += length;
  r->before = before;
}

static size_t left(const Rewriter *r) { return (size_t)(r->end - r->at); }

static bool starts(const Rewriter *r, const char *text) {
  size_t length = strlen(text);
  return left(r) >= length && !memcmp(r->at, text, length);
}

// 'text' with '' or \' inside. Holes in it stay as they are.
static void take_string(Rewriter *r) {
  text_puts(r->out, "'");
  for (r->at++; r->at < r->end; r->at++) {
    if (*r->at == '\\' && r->at + 1 < r->end && r->at[1] == '\'') {
      text_puts(r->out, "''");
      r->at++;
    } else if (*r->at == '\'' && r->at + 1 < r->end && r->at[1] == '\'') {
      text_puts(r->out, "''");
      r->at++;
    } else if (*r->at == '\'') {
      break;
    } else {
      text_add(r->out, r->at, 1);
    }
  }
  r->at += r->at < r->end;
  text_puts(r->out, "'");
  r->before = BEFORE_VALUE;
}

// "name", `name`, [name]
static void take_quoted(Rewriter *r, char close) {
  text_puts(r->out, "\"");
  for (r->at++; r->at < r->end && *r->at != close; r->at++) {
    r->dynamic |= starts(r, "${}");
    if (*r->at != '"')
      text_add(r->out, r->at, 1);
  }
  r->at += r->at < r->end;
  text_puts(r->out, "\"");
  r->before = BEFORE_VALUE;
}

static bool take_comment(Rewriter *r) {
  if (starts(r, "--")) {
    const char *line = memchr(r->at, '\n', left(r));
    r->at = line ? line : r->end;
  } else if (starts(r, "/*")) {
    const char *close = memmem(r->at, left(r), "*/", 2);
    r->at = close ? close + 2 : r->end;
  } else {
    return false;
  }
  text_puts(r->out, " ");
  return true;
}

// $$text$$, $tag$text$tag$
static bool take_dollars(Rewriter *r) {
  size_t tag = 1;
  while (tag < left(r) && in_word(r->at[tag]))
    tag++;
  if (tag >= left(r) || r->at[tag] != '$' || isdigit((unsigned char)r->at[1]))
    return false;
  const char *close = memmem(r->at + tag + 1, left(r) - tag - 1, r->at, tag + 1);
  if (!close)
    return false;
  copy(r, (size_t)(close - r->at) + tag + 1);
  r->before = BEFORE_VALUE;
  return true;
}

static void note_mark(Rewriter *r, bool value) {
  if (r->found)
    vec_push(r->found, ((SqlMark){(uint32_t)r->out->n, (uint32_t)(r->at - r->sql), value}));
}

// What a hole of a template stands for.
static void take_hole(Rewriter *r) {
  r->dynamic |= r->before != BEFORE_OPERATOR;  // a value adds nothing to what is asked
  note_mark(r, r->before == BEFORE_OPERATOR);
  switch (r->before) {
  case BEFORE_START:
  case BEFORE_VALUE:
    put(r, 3, " ", r->before);  // a fragment, of which nothing is known
    break;
  case BEFORE_TABLE:
  case BEFORE_NAMES:
  case BEFORE_DOT:
    put(r, 3, SQL_HOLE, BEFORE_VALUE);
    break;
  case BEFORE_OPERATOR:
    put(r, 3, "$1", BEFORE_VALUE);
    break;
  }
}

static size_t word_length(const char *at, const char *end) {
  size_t length = 0;
  while (at + length < end && in_word(at[length]))
    length++;
  return length;
}

// A placeholder of a driver at the text's start; returns its length, 0 if it is none. *name tells that a name stands there.
static size_t placeholder(const Rewriter *r, bool *name) {
  const char *at = r->at;
  char c = *at, next = left(r) > 1 ? at[1] : 0;
  *name = false;
  if (c == '?') {
    *name = next == '?';
    bool operator = r->before == BEFORE_VALUE || next == '|' || next == '&';
    return operator && !*name ? 0 : 1u + *name;
  }
  if (c == ':' && !strncmp(at, ":...", left(r) < 4 ? left(r) : 4))
    return 4 + word_length(at + 4, r->end);
  if (c == ':' && (isalpha((unsigned char)next) || next == '_')) {
    size_t length = 1 + word_length(at + 1, r->end);
    *name = at + length < r->end && at[length] == ':' && (at + length + 1 == r->end || at[length + 1] != ':');
    return length + *name;
  }
  if ((c == '@' || c == '$') && (isalpha((unsigned char)next) || next == '_'))
    return 1 + word_length(at + 1, r->end);
  if (c == '$' && next && strchr("(/[{<", next)) {
    const char *close = strpbrk(at + 2, ")/]}>");
    *name = next == '[';
    return close && close < r->end ? (size_t)(close - at) + 1 : 0;
  }
  return c == '%' && (next == 's' || next == 'L') && r->before != BEFORE_VALUE ? 2 : 0;
}

static bool take_placeholder(Rewriter *r) {
  bool name;
  if (r->before == BEFORE_VALUE && *r->at == '@')
    return false;
  size_t length = placeholder(r, &name);
  if (!length)
    return false;
  r->dynamic |= name;
  bool names = name || r->before == BEFORE_TABLE || r->before == BEFORE_DOT;
  char number[16] = "$1";
  if (*r->at == '?' && length == 1)
    snprintf(number, sizeof number, "$%u", ++r->marks);
  else
    note_mark(r, !names);
  put(r, length, names ? SQL_HOLE : number, BEFORE_VALUE);
  return true;
}

// A word in front of a dot is a name, also one that PostgreSQL reserves: `order.id`, `user.email`.
static bool is_qualifier(const Rewriter *r, size_t length) {
  const char *dot = r->at + length;
  return r->end - dot > 1 && *dot == '.' && isalpha((unsigned char)*r->at) && (in_word(dot[1]) || strchr("\"`*", dot[1]));
}

static void take_word(Rewriter *r) {
  size_t length = word_length(r->at, r->end);
  bool name = r->before == BEFORE_DOT || is_qualifier(r, length);
  Before after = name ? BEFORE_VALUE : after_word(r->at, length);
  const char *quote = name && r->before != BEFORE_DOT ? "\"" : "";
  text_puts(r->out, quote);
  copy(r, length);
  text_puts(r->out, quote);
  r->before = after;
}

// `LIMIT 10, 20` of MySQL: the offset comes first.
static bool is_limit_pair(const Rewriter *r) {
  const char *out = r->out->at;
  size_t n = r->out->n;
  if (*r->at != ',' || !n)
    return false;
  while (n && (in_word(out[n - 1]) || out[n - 1] == '$'))
    n--;
  while (n && out[n - 1] == ' ')
    n--;
  return n >= 5 && !strncasecmp(out + n - 5, "limit", 5);
}

static void take_mark(Rewriter *r) {
  char c = *r->at;
  if (is_limit_pair(r))
    return put(r, 1, " OFFSET ", BEFORE_OPERATOR);
  if (starts(r, "::"))
    return put(r, 2, "::", BEFORE_OPERATOR);
  copy(r, 1);
  if (c == '.')
    r->before = BEFORE_DOT;
  else if (c == ')' || c == ']' || c == '*')
    r->before = BEFORE_VALUE;
  else if (c != ',' || r->before != BEFORE_NAMES)
    r->before = BEFORE_OPERATOR;
}

static void take_token(Rewriter *r) {
  char c = *r->at;
  if (starts(r, "${}"))
    take_hole(r);
  else if (isspace((unsigned char)c))
    copy(r, 1);
  else if (c == '\'')
    take_string(r);
  else if (c == '"' || c == '`')
    take_quoted(r, c);
  else if (c == '[' && r->before != BEFORE_VALUE && isalpha((unsigned char)r->at[left(r) > 1]))
    take_quoted(r, ']');
  else if (take_comment(r) || (c == '$' && take_dollars(r)) || take_placeholder(r))
    return;
  else if (in_word(c) || (c == '$' && r->at + 1 < r->end && isdigit((unsigned char)r->at[1]))) {
    if (c == '$')
      copy(r, 1);
    take_word(r);
  } else
    take_mark(r);
}

bool sql_rewrite(Text *out, const char *sql, size_t length, SqlMarks *marks) {
  Rewriter r = {.sql = sql, .at = sql, .end = sql + length, .out = out, .found = marks, .before = BEFORE_START};
  text_add(out, "", 0);
  while (r.at < r.end)
    take_token(&r);
  return r.dynamic;
}

static const char *skip_blank(const char *sql, const char *end) {
  for (;;) {
    while (sql < end && (isspace((unsigned char)*sql) || *sql == '(' || *sql == ';'))
      sql++;
    const char *close = NULL;
    if (end - sql > 1 && !memcmp(sql, "--", 2))
      close = memchr(sql, '\n', (size_t)(end - sql));
    else if (end - sql > 1 && !memcmp(sql, "/*", 2))
      close = memmem(sql, (size_t)(end - sql), "*/", 2);
    else
      return sql;
    if (!close)
      return end;
    sql = close + (*close == '*' ? 2 : 1);
  }
}

bool sql_is_statement(const char *sql) {
  static const char *const verbs[] = {"select", "insert", "update", "delete", "with", "merge", "values", "table",
                                      "replace", "create", "alter", "drop", "truncate", "begin", "commit", "rollback",
                                      "set", "explain", "call", "lock", "copy", "vacuum", "analyze", "refresh", "grant",
                                      "revoke", "show", "savepoint", "release", "start", "do", "notify", "listen"};
  const char *end = sql + strlen(sql), *start = skip_blank(sql, end);
  return is_one_of(start, word_length(start, end), verbs, COUNT(verbs));
}

// Past one quoted text, comment or character.
static const char *step(const char *at, const char *end) {
  if (*at == '\'' || *at == '"' || *at == '`') {
    const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
    return close ? close + 1 : end;
  }
  if (end - at > 1 && (!memcmp(at, "--", 2) || !memcmp(at, "/*", 2))) {
    const char *close = *at == '-' ? memchr(at, '\n', (size_t)(end - at)) : memmem(at, (size_t)(end - at), "*/", 2);
    return close ? close + (*at == '-' ? 1 : 2) : end;
  }
  size_t tag = *at == '$' ? 1 + word_length(at + 1, end) : 0;
  if (tag && at + tag < end && at[tag] == '$' && !isdigit((unsigned char)at[1])) {
    const char *close = memmem(at + tag + 1, (size_t)(end - at) - tag - 1, at, tag + 1);
    return close ? close + tag + 1 : at + 1;
  }
  return at + 1;
}

const char *sql_next(const char *text, const char *end, size_t *length) {
  const char *start = text;
  while (start < end && (isspace((unsigned char)*start) || *start == ';'))
    start++;
  const char *at = start;
  while (at < end && *at != ';')
    at = step(at, end);
  *length = (size_t)(at - start);
  return start < end ? start : NULL;
}
