// regexp.c - see regexp.h. PCRE2 backtracks, which takes exponential time at worst; it counts its steps, for each start in
// the text anew, and stops by that count.
#include "regexp.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

enum {
  MOST_TEXT = 128 << 10,     // longer texts are not looked at
  STEPS = 50 * 1000 * 1000,  // of all starts together, at about 10 ns
  LEAST_STEPS = 2000,        // of one start
  MOST_MEMORY = 16 << 10,    // KiB
  MOST_NESTED = 50,          // parentheses
};

struct Regexp {
  pcre2_code *code;
};

Regexp *regexp_new(const char *pattern, size_t *at, Error *err) {
  int number;
  pcre2_compile_context *bounds = pcre2_compile_context_create(NULL);
  if (!bounds)
    die("out of memory");
  pcre2_set_parens_nest_limit(bounds, MOST_NESTED);
  pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &number, at, bounds);
  pcre2_compile_context_free(bounds);
  if (!code) {
    PCRE2_UCHAR reason[128];
    pcre2_get_error_message(number, reason, sizeof reason);
    fail(err, "%s", (const char *)reason);
    return NULL;
  }
  Regexp *regexp = xmalloc(sizeof *regexp);
  regexp->code = code;
  return regexp;
}

void regexp_free(Regexp *regexp) {
  if (!regexp)
    return;
  pcre2_code_free(regexp->code);
  xfree(regexp);
}

static pcre2_match_context *bounds_for(size_t length) {
  pcre2_match_context *bounds = pcre2_match_context_create(NULL);
  if (!bounds)
    die("out of memory");
  uint32_t steps = (uint32_t)(STEPS / (length + 1));
  pcre2_set_match_limit(bounds, steps < LEAST_STEPS ? LEAST_STEPS : steps);
  pcre2_set_heap_limit(bounds, MOST_MEMORY);
  return bounds;
}

Matching regexp_matches(const Regexp *regexp, const char *text, size_t length) {
  if (length > MOST_TEXT)
    return MATCHING_COSTLY;
  pcre2_match_context *bounds = bounds_for(length);
  pcre2_match_data *groups = pcre2_match_data_create(1, NULL);
  if (!groups)
    die("out of memory");
  int found = pcre2_match(regexp->code, (PCRE2_SPTR)text, length, 0, 0, groups, bounds);
  pcre2_match_data_free(groups);
  pcre2_match_context_free(bounds);
  return found >= 0 ? MATCHING_YES : found == PCRE2_ERROR_NOMATCH ? MATCHING_NO : MATCHING_COSTLY;
}
