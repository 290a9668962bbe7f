// ddl_text.c - the statements of an SQL text, and what kind each is.
//
// The scanner of PostgreSQL gives up a whole text for one token that it does not know, and migrations of other
// databases are full of such. So statements are cut here, by quotes, comments and semicolons only; what is in them
// is left to the parser.
#include "ddl.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool in_word(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

bool ddl_word(const char *at, const char *end, const char *word) {
  size_t length = strlen(word);
  return (size_t)(end - at) >= length && !strncasecmp(at, word, length) && (at + length == end || !in_word(at[length]));
}

// Past a quoted text, where its quote is doubled to stand for itself.
static const char *past_quoted(const char *at, const char *end, bool backslashes) {
  char quote = *at++;
  for (; at < end; at++) {
    if (*at == '\\' && backslashes && at + 1 < end)
      at++;
    else if (*at == quote && at + 1 < end && at[1] == quote)
      at++;
    else if (*at == quote)
      return at + 1;
  }
  return end;
}

static const char *past_line(const char *at, const char *end) {
  const char *line = memchr(at, '\n', (size_t)(end - at));
  return line ? line + 1 : end;
}

// Comments of PostgreSQL nest.
static const char *past_comment(const char *at, const char *end) {
  int depth = 0;
  for (; at + 1 < end; at++) {
    int step = at[0] == '/' && at[1] == '*' ? 1 : at[0] == '*' && at[1] == '/' ? -1 : 0;
    depth += step;
    at += step != 0;
    if (step && !depth)
      return at + 1;
  }
  return end;
}

// The length of `$tag$`, 0 when no such text starts here.
static size_t dollar_tag(const char *at, const char *end) {
  const char *tag = at + 1;
  while (tag < end && in_word(*tag))
    tag++;
  bool number = at + 1 < end && isdigit((unsigned char)at[1]);
  return tag < end && *tag == '$' && !number ? (size_t)(tag + 1 - at) : 0;
}

static const char *past_dollars(const char *at, const char *end, size_t tag) {
  const char *close = memmem(at + tag, (size_t)(end - at) - tag, at, tag);
  return close ? close + tag : end;
}

static const char *past_word(const char *at, const char *end, bool backslashes) {
  const char *start = at;
  while (at < end && in_word(*at))
    at++;
  bool escapes = at - start == 1 && (*start == 'E' || *start == 'e') && at < end && *at == '\'';
  return escapes ? past_quoted(at, end, true) : at < end && *at == '\'' ? past_quoted(at, end, backslashes) : at;
}

const char *ddl_token(const char *at, const char *end, bool backslashes) {
  size_t left = (size_t)(end - at);
  if (*at == '\'' || *at == '"' || *at == '`')
    return past_quoted(at, end, backslashes && *at == '\'');
  if (left > 1 && at[0] == '-' && at[1] == '-')
    return past_line(at, end);
  if (left > 1 && at[0] == '/' && at[1] == '*')
    return past_comment(at, end);
  if (*at == '$' && dollar_tag(at, end))
    return past_dollars(at, end, dollar_tag(at, end));
  return in_word(*at) ? past_word(at, end, backslashes) : at + 1;
}

static bool is_comment(const char *at, const char *end) {
  return at + 1 < end && ((at[0] == '-' && at[1] == '-') || (at[0] == '/' && at[1] == '*'));
}

const char *ddl_skip_blank(const char *at, const char *end) {
  while (at < end && (isspace((unsigned char)*at) || is_comment(at, end)))
    at = is_comment(at, end) ? ddl_token(at, end, false) : at + 1;
  return at;
}

//
// Kinds
//

const char *ddl_past_words(const char *at, const char *end, const char *const *words, size_t count) {
  for (size_t i = 0; i < count;) {
    bool here = ddl_word(at, end, words[i]);
    at = here ? ddl_skip_blank(at + strlen(words[i]), end) : at;
    i = here ? 0 : i + 1;
  }
  return at;
}

static bool has_word(const char *at, const char *end, const char *word) {
  for (; at < end; at = ddl_token(at, end, false))
    if (ddl_word(at, end, word))
      return true;
  return false;
}

static DdlKind kind_of_object(const char *at, const char *end, DdlKind table) {
  static const char *const between[] = {"or",        "replace",      "temp",      "temporary",    "local",   "global",  "unlogged",
                                        "foreign",   "recursive",    "unique",    "materialized", "fulltext", "spatial",
                                        "clustered", "nonclustered"};
  static const char *const others[] = {"index", "view", "schema"};
  at = ddl_past_words(at, end, between, COUNT(between));
  if (ddl_word(at, end, "table"))
    return table;
  for (size_t i = 0; i < COUNT(others); i++)
    if (ddl_word(at, end, others[i]))
      return DDL_OTHER;
  return ddl_word(at, end, "type") ? DDL_MAYBE : DDL_NONE;
}

DdlKind ddl_kind(const char *text, const char *end) {
  static const struct {
    const char *word;
    DdlKind table;
  } verbs[] = {{"create", DDL_CREATE_TABLE}, {"alter", DDL_ALTER_TABLE}, {"drop", DDL_OTHER}, {"rename", DDL_OTHER}};
  for (size_t i = 0; i < COUNT(verbs); i++)
    if (ddl_word(text, end, verbs[i].word))
      return kind_of_object(ddl_skip_blank(text + strlen(verbs[i].word), end), end, verbs[i].table);
  if (ddl_word(text, end, "do"))
    return DDL_DO;
  bool select = ddl_word(text, end, "select") || ddl_word(text, end, "with");
  return select && has_word(text, end, "into") ? DDL_MAYBE : DDL_NONE;
}

// Lists of a table's elements and of its changes stay flat in the parser's tree; all else may be one expression, a
// token of it a level.
bool ddl_is_bounded(const Statement *s) {
  enum { LENGTH = 1 << 20, RUN = 3000, JOINS = 500, DEPTH = 500 };
  const char *at = s->text, *end = at + s->length;
  int depth = 0, groups = 0, run = 0, joins = 0;
  for (; at < end && depth < DEPTH && run < RUN && joins < JOINS; at = ddl_token(at, end, s->backslashes)) {
    if (isspace((unsigned char)*at) || is_comment(at, end))
      continue;
    groups += *at == '(' && depth == 0;
    depth += (*at == '(') - (*at == ')');
    bool flat = s->kind == DDL_CREATE_TABLE ? depth == 1 && groups == 1 : s->kind == DDL_ALTER_TABLE && depth == 0;
    run = *at == ',' && flat ? 0 : run + 1;
    joins += ddl_word(at, end, "union") || ddl_word(at, end, "join") || ddl_word(at, end, "except") || ddl_word(at, end, "intersect");
  }
  return at >= end && s->length < LENGTH;
}

//
// Statements
//

// `GO` on a line of its own, and the mark that Drizzle puts between statements.
static bool is_separator(const char *at, const char *start, const char *end) {
  static const char mark[] = "--> statement-breakpoint";
  if (*at == ';')
    return true;
  if (*at == '-')
    return (size_t)(end - at) >= strlen(mark) && !memcmp(at, mark, strlen(mark));
  if (!ddl_word(at, end, "go") || at == start || at[-1] != '\n')
    return false;
  for (at += 2; at < end && *at != '\n'; at++)
    if (!isspace((unsigned char)*at))
      return false;
  return true;
}

// Past what stands between statements: separators, commands of psql, rows of COPY.
static const char *past_rows(const char *at, const char *end) {
  const char *close = memmem(at, (size_t)(end - at), "\n\\.", 3);
  return close ? close + 3 : end;
}

static const char *find_start(const char *at, const char *end) {
  for (;;) {
    at = ddl_skip_blank(at, end);
    if (at < end && *at == '\\')
      at = past_line(at, end);
    else if (at < end && *at == ';')
      at++;
    else
      return at;
  }
}

bool ddl_next(Splitter *s, Statement *statement) {
  const char *start = find_start(s->at, s->end), *at = start;
  if (start >= s->end)
    return false;
  while (at < s->end && !is_separator(at, start, s->end))
    at = ddl_token(at, s->end, s->backslashes);
  *statement = (Statement){start, (size_t)(at - start), ddl_kind(start, at), s->backslashes};
  s->at = at >= s->end ? at : *at == ';' ? at + 1 : past_line(at, s->end);
  if (ddl_word(start, at, "copy") && has_word(start, at, "stdin"))
    s->at = past_rows(s->at, s->end);
  return true;
}

bool ddl_speaks_of_tables(const char *text, size_t length) {
  static const char *const verbs[] = {"create", "alter", "drop"};
  Splitter splitter = {text, text + length, false};
  Statement statement;
  if (!contains_any(text, verbs, COUNT(verbs)))
    return false;
  while (ddl_next(&splitter, &statement))
    if (statement.kind != DDL_NONE && statement.kind != DDL_MAYBE)
      return true;
  return false;
}
