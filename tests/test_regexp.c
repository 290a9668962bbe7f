// test_regexp.c - regular expressions that are not trusted, on texts that are not either.
#include "regexp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>  // last: its macro `fail` hides ours

static Matching match(const char *pattern, const char *text, size_t length) {
  Error err = {0};
  size_t at;
  Regexp *regexp = regexp_new(pattern, &at, &err);
  assert_non_null(regexp);
  Matching matching = regexp_matches(regexp, text, length);
  regexp_free(regexp);
  return matching;
}

static void they_match_somewhere(void **state) {
  (void)state;
  assert_int_equal(match("b+", "abbc", 4), MATCHING_YES);
  assert_int_equal(match("^b+$", "abbc", 4), MATCHING_NO);
  assert_int_equal(match("(?i)^sel\\w+\\s", "SELECT 1", 8), MATCHING_YES);
  assert_int_equal(match("^.$", "\xC3\xA9", 2), MATCHING_YES);
  assert_int_equal(match("b", "a\xFF\xC3 b", 5), MATCHING_YES);
  assert_int_equal(match("^$", "", 0), MATCHING_YES);
  assert_int_equal(match("a.c", "a\0c", 3), MATCHING_YES);
}

// Each takes exponential time, or more than a second, where nothing stops it.
static void what_takes_too_long_is_given_up(void **state) {
  (void)state;
  static const char *const patterns[] = {"(a*)*[bc]", "(a|aa)+[bc]", "(a+)+\\1[bc]", ".*.*.*.*[bc]"};
  char text[4000];
  memset(text, 'a', sizeof text);
  for (size_t i = 0; i < COUNT(patterns); i++)
    assert_int_equal(match(patterns[i], text, sizeof text), MATCHING_COSTLY);
  char *long_text = xcalloc(1 << 20, 1);
  assert_int_equal(match("a", long_text, 1 << 20), MATCHING_COSTLY);
  xfree(long_text);
}

static void mistakes_have_a_place_and_a_reason(void **state) {
  (void)state;
  static const struct {
    const char *pattern, *reason;
    size_t at;
  } cases[] = {
      {"ab(c", "missing closing parenthesis", 4},
      {"a[z-a]", "range out of order in character class", 4},
      {"(?:(?:a{1000}){1000}){1000}", "regular expression is too large", 27},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    Error err = {0};
    size_t at = 0;
    assert_null(regexp_new(cases[i].pattern, &at, &err));
    assert_string_equal(err.text, cases[i].reason);
    assert_int_equal(at, cases[i].at);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_match_somewhere),
      cmocka_unit_test(what_takes_too_long_is_given_up),
      cmocka_unit_test(mistakes_have_a_place_and_a_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
