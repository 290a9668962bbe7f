// report.c - see report.h.
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../utf8.h"

// New ones, the worse, the surer, by place.
static int by_rank(const void *left, const void *right) {
  const Finding *a = *(const Finding *const *)left, *b = *(const Finding *const *)right;
  bool a_new = a->baseline == BASELINE_NEW, b_new = b->baseline == BASELINE_NEW;
  if (a_new != b_new)
    return a_new ? -1 : 1;
  if (a->level != b->level)
    return a->level > b->level ? -1 : 1;
  if (a->confidence != b->confidence)
    return a->confidence > b->confidence ? -1 : 1;
  return a < b ? -1 : a > b;  // the report's own order
}

const Finding **ranked_findings(const Report *report) {
  uint32_t n = report->findings.n;
  const Finding **ranked = xcalloc(n + 1, sizeof *ranked);
  for (uint32_t i = 0; i < n; i++)
    ranked[i] = &report->findings.at[i];
  if (n)
    qsort(ranked, n, sizeof *ranked, by_rank);
  return ranked;
}

void add_counts(const Report *report, Text *out) {
  uint32_t counts[3] = {0}, n = report->findings.n;
  for (uint32_t i = 0; i < n; i++)
    counts[report->findings.at[i].level]++;
  text_printf(out, "%" PRIu32 " finding%s", n, plural(n));
  const char *before = ": ";
  for (int level = LEVEL_ERROR; level >= LEVEL_NOTE; level--) {
    if (!counts[level])
      continue;
    text_printf(out, "%s%" PRIu32 " %s%s", before, counts[level], level_name((Level)level), plural(counts[level]));
    before = ", ";
  }
}

static const char *entity_of(uint32_t code) {
  static const char *const entities[] = {
      ['"'] = "&quot;", ['&'] = "&amp;", ['\''] = "&#39;", ['<'] = "&lt;", ['>'] = "&gt;"};
  return code < COUNT(entities) ? entities[code] : NULL;
}

static bool is_xml(uint32_t code) {
  bool control = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
  return !control && code != 0xFFFE && code != 0xFFFF;
}

void add_xml(Text *out, const char *text) {
  size_t length = strlen(text);
  uint32_t code;
  for (size_t i = 0, step; i < length; i += step) {
    step = utf8_next(text + i, length - i, &code);
    if (entity_of(code))
      text_puts(out, entity_of(code));
    else if (is_xml(code))
      utf8_add(out, text + i, step);
    else
      text_puts(out, "\xEF\xBF\xBD");
  }
}

static bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~/", c));
}

void add_uri(Text *out, const char *path) {
  for (; *path; path++) {
    unsigned char c = (unsigned char)*path;
    if (is_unreserved(c))
      text_add(out, path, 1);
    else
      text_printf(out, "%%%02X", c);
  }
}
