// glob.c - see glob.h. A pattern becomes a regular expression of the C library, which matches it in linear time.
#include "glob.h"

#include <regex.h>
#include <string.h>

enum { LONGEST = 1000 };

struct Glob {
  char *text;
  regex_t regex;
};

// Translate what stands at `at`; returns how many bytes it takes, 0 when braces do not pair.
static size_t put(Text *out, const char *at, int *open) {
  if (!strncmp(at, "**/", 3))
    return text_puts(out, "(.*/)?"), 3;
  if (!strncmp(at, "**", 2))
    return text_puts(out, ".*"), 2;
  if (*at == '*')
    text_puts(out, "[^/]*");
  else if (*at == '?')
    text_puts(out, "[^/]");
  else if (*at == '{')
    ++*open, text_puts(out, "(");
  else if (*at == ',' && *open)
    text_puts(out, "|");
  else if (*at == '}' && --*open >= 0)
    text_puts(out, ")");
  else if (*at == '}')
    return 0;
  else
    text_printf(out, strchr(".[]()^$+|\\", *at) ? "\\%c" : "%c", *at);
  return 1;
}

Glob *glob_new(const char *pattern) {
  Text out = {0};
  size_t length = strlen(pattern);
  int open = 0;
  const char *from = pattern + (!strncmp(pattern, "./", 2) ? 2 : *pattern == '/');
  length -= (size_t)(from - pattern);
  while (length && from[length - 1] == '/')
    length--;
  bool anywhere = from == pattern && !memchr(from, '/', length);
  text_puts(&out, anywhere ? "^(.*/)?" : "^");
  size_t i = 0;
  for (size_t step; i < length && length <= LONGEST && (step = put(&out, from + i, &open)); i += step)
    ;
  text_puts(&out, "(/.*)?$");
  Glob *glob = xcalloc(1, sizeof *glob);
  if (!length || i < length || open || regcomp(&glob->regex, out.at, REG_EXTENDED | REG_NOSUB)) {
    xfree(glob);
    glob = NULL;
  } else {
    glob->text = xstrndup(pattern, strlen(pattern));
  }
  text_release(&out);
  return glob;
}

bool glob_matches(const Glob *glob, const char *path) { return !regexec(&glob->regex, path, 0, NULL, 0); }

const char *glob_text(const Glob *glob) { return glob->text; }

void glob_free(Glob *glob) {
  if (!glob)
    return;
  regfree(&glob->regex);
  xfree(glob->text);
  xfree(glob);
}
