// test_places.c - lines and columns of places, in files as they really are.
#include "finding.h"
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>  // last: its macro `fail` hides ours

static const RuleInfo rule = {"query-in-loop", LEVEL_ERROR, "0.1", "A rule", NULL};

// The place of bytes [start, end) of a file with this content, which so many findings have.
static Place resolve_each(const char *content, size_t length, uint32_t start, uint32_t end, uint32_t findings) {
  char folder[] = "/tmp/seqscan-places-XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/a.ts", folder);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(content, 1, length, file), length);
  fclose(file);

  const char *paths[] = {folder};
  TreeOptions options = {0};
  Tree *tree;
  Error err = {0};
  size_t count;
  if (tree_open(&tree, paths, 1, &options, &err))
    fail_msg("%s", err.text);
  const Source *source = tree_sources(tree, &count);
  assert_int_equal(count, 1);
  Step step = {{.source = source, .start = start, .end = end}, "step"};
  Finding finding = {.rule = &rule, .place = step.place, .steps = &step, .nsteps = 1};
  Report report = {.tree = tree};
  for (uint32_t i = 0; i < findings; i++)
    vec_push(&report.findings, finding);
  assert_int_equal(places_resolve(&report, &err), 0);
  Place place = report.findings.at[0].place;
  assert_memory_equal(&place, &step.place, sizeof place);
  vec_release(&report.findings);
  tree_free(tree);
  unlink(path);
  rmdir(folder);
  return place;
}

static Place resolve(const char *content, size_t length, uint32_t start, uint32_t end) {
  return resolve_each(content, length, start, end, 1);
}

#define check(content, start, end, ...) check_place(content, sizeof(content) - 1, start, end, __VA_ARGS__)

static void check_place(const char *content, size_t length, uint32_t start, uint32_t end, uint32_t line,
                        uint32_t column, uint32_t end_line, uint32_t end_column) {
  Place place = resolve(content, length, start, end);
  assert_int_equal(place.line, line);
  assert_int_equal(place.column, column);
  assert_int_equal(place.end_line, end_line);
  assert_int_equal(place.end_column, end_column);
  if (line == end_line)
    assert_int_equal(place.first_end, end_column);
}

static void lines_and_columns_start_at_one(void **state) {
  (void)state;
  check("abc", 0, 3, 1, 1, 1, 4);
  check("abc\ndef\n", 4, 7, 2, 1, 2, 4);
  check("abc\ndef\n", 1, 6, 1, 2, 2, 3);
}

static void windows_line_ends(void **state) {
  (void)state;
  check("abc\r\ndef\r\n", 5, 8, 2, 1, 2, 4);
}

static void lone_carriage_return_is_text(void **state) {
  (void)state;
  check("ab\rcd", 3, 5, 1, 4, 1, 6);
}

static void byte_order_mark_is_no_column(void **state) {
  (void)state;
  check("\xEF\xBB\xBF"
        "abc\nd",
        3, 6, 1, 1, 1, 4);
  check("\xEF\xBB\xBF"
        "abc\nd",
        7, 8, 2, 1, 2, 2);
  check("\xEF\xBB\xBF"
        "abc",
        0, 4, 1, 1, 1, 2);
}

static void columns_are_utf16_units(void **state) {
  (void)state;
  check("'\xC3\xA9' x", 5, 6, 1, 5, 1, 6);          // e acute
  check("'\xE2\x82\xAC' x", 6, 7, 1, 5, 1, 6);      // euro
  check("'\xF0\x9F\x98\x80' x", 7, 8, 1, 6, 1, 7);  // an emoji takes two
}

static void each_sequence_that_breaks_off_is_one_unit(void **state) {
  (void)state;
  check("'\xFF\xFE' x", 5, 6, 1, 6, 1, 7);
  check("'\xE2\x82' x", 5, 6, 1, 5, 1, 6);      // cut short
  check("'\xED\xA0\x80' x", 6, 7, 1, 7, 1, 8);  // a surrogate
  check("'\xC0\xAF' x", 5, 6, 1, 6, 1, 7);      // overlong
}

static void places_beyond_the_end_are_cut(void **state) {
  (void)state;
  check("abc\n", 2, 90, 1, 3, 2, 1);
  check("", 0, 0, 1, 1, 1, 1);
}

static void the_first_line_ends_before_its_line_end(void **state) {
  (void)state;
  assert_int_equal(resolve("abc\r\ndef", 8, 1, 8).first_end, 4);
  assert_int_equal(resolve("abc\ndef", 7, 1, 7).first_end, 4);
  assert_int_equal(resolve("ab\r\n", 4, 2, 4).first_end, 3);
}

static void findings_on_a_long_line_are_cheap(void **state) {
  enum { LENGTH = 900000, FINDINGS = 200000 };
  (void)state;
  char *content = malloc(LENGTH);
  memset(content, 'a', LENGTH);
  content[LENGTH - 2] = '\n';
  alarm(30);
  assert_int_equal(resolve_each(content, LENGTH, 1, LENGTH, FINDINGS).first_end, LENGTH - 1);
  alarm(0);
  free(content);
}

static void nested_places_share_a_pass(void **state) {
  (void)state;
  check("for (;;) {\n  a();\n}\n", 0, 19, 1, 1, 3, 2);
  check("for (;;) {\n  a();\n}\n", 13, 16, 2, 3, 2, 6);
}

static void bad_bytes_are_replaced(void **state) {
  (void)state;
  Text text = {0};
  utf8_add(&text,
           "a\xFF"
           "b\xC3\xA9",
           5);
  assert_string_equal(text.at, "a\xEF\xBF\xBD"
                               "b\xC3\xA9");
  text_release(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_and_columns_start_at_one), cmocka_unit_test(windows_line_ends),
      cmocka_unit_test(lone_carriage_return_is_text),   cmocka_unit_test(byte_order_mark_is_no_column),
      cmocka_unit_test(columns_are_utf16_units),        cmocka_unit_test(each_sequence_that_breaks_off_is_one_unit),
      cmocka_unit_test(the_first_line_ends_before_its_line_end),
      cmocka_unit_test(findings_on_a_long_line_are_cheap),
      cmocka_unit_test(places_beyond_the_end_are_cut),  cmocka_unit_test(nested_places_share_a_pass),
      cmocka_unit_test(bad_bytes_are_replaced),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
