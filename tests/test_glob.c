// test_glob.c - patterns of paths in configurations.
#include "glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>  // last: its macro `fail` hides ours

static bool matches(const char *pattern, const char *path) {
  Glob *glob = glob_new(pattern);
  assert_non_null(glob);
  assert_string_equal(glob_text(glob), pattern);
  bool result = glob_matches(glob, path);
  glob_free(glob);
  return result;
}

static void names_without_folders_are_found_in_all(void **state) {
  (void)state;
  assert_true(matches("legacy", "legacy/a.ts"));
  assert_true(matches("legacy", "src/legacy/b/c.ts"));
  assert_true(matches("legacy/", "src/legacy/c.ts"));
  assert_true(matches("*.gen.ts", "src/a.gen.ts"));
  assert_true(matches("*.gen.ts", "a.gen.ts"));
  assert_false(matches("legacy", "src/legacy-2/c.ts"));
  assert_false(matches("*.gen.ts", "src/a.gen.tsx"));
  assert_false(matches("gen.ts", "src/a.gen.ts"));
}

static void paths_start_at_the_root(void **state) {
  (void)state;
  assert_true(matches("/legacy", "legacy/a.ts"));
  assert_false(matches("/legacy", "src/legacy/a.ts"));
  assert_true(matches("./src", "src/a.ts"));
  assert_true(matches("src/a", "src/a/b/c.ts"));
  assert_false(matches("src/a", "lib/src/a/b.ts"));
  assert_false(matches("src/a", "src/ab.ts"));
}

static void stars(void **state) {
  (void)state;
  assert_true(matches("src/*.ts", "src/a.ts"));
  assert_false(matches("src/*.ts", "src/b/a.ts"));
  assert_true(matches("src/**/*.ts", "src/a.ts"));
  assert_true(matches("src/**/*.ts", "src/b/c/a.ts"));
  assert_true(matches("**/x/**", "a/b/x/c/d.ts"));
  assert_true(matches("src/**", "src/a/b.ts"));
  assert_false(matches("src/**", "srcs/a.ts"));
  assert_true(matches("a/?.ts", "a/b.ts"));
  assert_false(matches("a/?.ts", "a//.ts"));
}

static void braces_and_literal_marks(void **state) {
  (void)state;
  assert_true(matches("src/*.{ts,tsx}", "src/a.tsx"));
  assert_true(matches("{a,b/{c,d}}/x.ts", "b/d/x.ts"));
  assert_false(matches("src/*.{ts,tsx}", "src/a.js"));
  assert_true(matches("app/[id]/(group)/page+a.tsx", "app/[id]/(group)/page+a.tsx"));
  assert_false(matches("app/[id]/page.tsx", "app/i/page.tsx"));
  assert_false(matches("a.ts", "axts"));
  assert_true(matches("a,b.ts", "a,b.ts"));
  assert_true(matches("$x^|\\", "$x^|\\"));
  assert_true(matches("日本/*.ts", "日本/\xff.ts"));
}

static void what_is_no_pattern(void **state) {
  (void)state;
  char *long_one = calloc(1, 2001);
  memset(long_one, 'a', 2000);
  assert_null(glob_new(""));
  assert_null(glob_new("/"));
  assert_null(glob_new("a{b"));
  assert_null(glob_new("a}b"));
  assert_null(glob_new("}{"));
  assert_null(glob_new(long_one));
  free(long_one);
}

// A pattern that takes exponential time where each star is tried in turn.
static void hostile_patterns_end(void **state) {
  (void)state;
  Text pattern = {0}, path = {0};
  for (int i = 0; i < 100; i++)
    text_puts(&pattern, "*a");
  text_puts(&pattern, "b");
  for (int i = 0; i < 4000; i++)
    text_puts(&path, "a");
  assert_false(matches(pattern.at, path.at));
  text_release(&pattern);
  text_release(&path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_without_folders_are_found_in_all), cmocka_unit_test(paths_start_at_the_root),
      cmocka_unit_test(stars), cmocka_unit_test(braces_and_literal_marks), cmocka_unit_test(what_is_no_pattern),
      cmocka_unit_test(hostile_patterns_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
