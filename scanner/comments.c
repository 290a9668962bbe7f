// comments.c - see comments.h.
#include "comments.h"

#include <string.h>

enum { COMMENTS_PASSED = 16 };  // between a comment and the code that it is about

static const char *past_blank(const char *at, const char *end) {
  while (at < end && strchr(" \t\r\n", *at) && *at)
    at++;
  return at;
}

static const char *past_line(const char *at, const char *end) {
  const char *feed = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
  return feed ? feed + 1 : end;
}

static bool starts(const char *at, const char *end, const char *token) {
  size_t length = strlen(token);
  return (size_t)(end - at) >= length && !memcmp(at, token, length);
}

// What starts a comment in the language; `{/*` is the form within JSX.
static const char *token_at(const char *at, const char *end, Lang lang) {
  static const char *const of_code[] = {"//", "/*", "{/*", "<!--", NULL};
  static const char *const of_sql[] = {"--", "/*", "#", NULL};
  for (const char *const *token = lang == LANG_SQL ? of_sql : of_code; *token; token++)
    if (starts(at, end, *token))
      return *token;
  return NULL;
}

size_t comment_start(const char *at, const char *end, Lang lang) {
  const char *from = past_blank(at, end), *token = token_at(from, end, lang);
  if (!token)
    return 0;
  for (from += strlen(token); from < end && strchr("/*-#", *from) && *from; from++)
    ;
  return (size_t)(past_blank(from, end) - at);
}

static const char *past_comment(const char *at, const char *end, const char *token) {
  if (!strchr(token, '*'))
    return past_line(at, end);
  const char *close = memmem(at, (size_t)(end - at), "*/", 2);
  if (!close)
    return end;
  close += 2;
  return *token == '{' && close < end && *close == '}' ? close + 1 : close;
}

size_t next_code(const char *bytes, size_t length, size_t at, Lang lang) {
  const char *end = bytes + length, *next = past_blank(past_line(bytes + at, end), end), *token;
  for (int passed = 0; passed < COMMENTS_PASSED && (token = token_at(next, end, lang)); passed++)
    next = past_blank(past_comment(next, end, token), end);
  return (size_t)(next - bytes);
}
