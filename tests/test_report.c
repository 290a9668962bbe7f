// test_report.c - the formats, compared with tests/golden/. `test_report --update` writes those files anew.
//
// The report is made by hand over a few small files, so that golden files change with the formats only.
#include "finding.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>  // last: its macro `fail` hides ours

static bool update;
static char folder[] = "/tmp/seqscan-report-XXXXXX";
static Tree *tree;
static Report report = {.rules = &builtin_rules};

static const struct {
  const char *path, *content;
} files[] = {
    {"orders.ts", "import { loadUser } from './users';\n"
                  "\n"
                  "export async function list(orders: Order[]) {\n"
                  "  for (const order of orders) {\n"
                  "    if (!order.open)\n"
                  "      continue;\n"
                  "    // a comment\n"
                  "    // another one\n"
                  "\t\tconst user = await loadUser(order.userId);\n"
                  "  }\n"
                  "}\n"
                  "export const names = (ids: string[]) => ids.map((id) => db.user.find(id));\n"},
    {"users.ts",
     "\xEF\xBB\xBF"
     "export const loadUser = (id: string) => db.user.findOne(id, '\xE6\x97\xA5\xE6\x9C\xAC', 1);\r\n"
     "export const deep = 1;\r\n"},
    {"wide.ts", "const text = 'a rather long line that does not fit into a terminal of eighty columns'; "
                "db.user.find(text);\n"
                "const \x1B[31mred = '\xFF';\n"},
};

static const Source *source_of(const char *path) {
  size_t count;
  const Source *sources = tree_sources(tree, &count);
  for (size_t i = 0; i < count; i++)
    if (!strcmp(sources[i].path, path))
      return &sources[i];
  fail_msg("no source %s", path);
  return NULL;
}

// The place of the first `text` in the file.
static Place place_of(const char *path, const char *text) {
  for (size_t i = 0; i < COUNT(files); i++) {
    const char *at = strcmp(files[i].path, path) ? NULL : strstr(files[i].content, text);
    if (!at)
      continue;
    uint32_t start = (uint32_t)(at - files[i].content);
    return (Place){.source = source_of(path), .start = start, .end = start + (uint32_t)strlen(text)};
  }
  fail_msg("no '%s' in %s", text, path);
  return (Place){0};
}

static Step *steps_of(const Step *steps, uint32_t count) {
  Step *copy = arena_alloc(&report.arena, count * sizeof *copy);
  if (count)
    memcpy(copy, steps, count * sizeof *copy);
  return copy;
}

static void add(Finding finding, const Step *steps, uint32_t count) {
  finding.level = finding.rule->level;
  finding.confidence = CONFIDENCE_HIGH;
  finding.library = "prisma";
  finding.steps = steps_of(steps, count);
  finding.nsteps = count;
  vec_push(&report.findings, finding);
}

static void add_chain_over_two_files(void) {
  const Step steps[] = {
      {place_of("orders.ts", "for (const order of orders) {"), "loop over orders"},
      {place_of("orders.ts", "loadUser(order.userId)"), "calls loadUser"},
      {place_of("users.ts", "db.user.findOne(id, '\xE6\x97\xA5\xE6\x9C\xAC', 1)"),
       "db.user.findOne reads one row"},
  };
  EntryPoint *entry = arena_alloc(&report.arena, sizeof *entry);
  *entry = (EntryPoint){"http", "GET /orders", place_of("orders.ts", "export async function list")};
  add((Finding){.rule = rule_named(&builtin_rules, "query-in-loop"),
                .place = steps[1].place,
                .fingerprint = 0x1234,
                .entry = entry,
                .message = "loadUser queries once per order",
                .cost = "1 + N queries: N rows of db.order.find, which has no limit",
                .help = "read all users with one query before the loop:\n"
                        "`const users = await db.user.find({ id: { in: ids } })`, then look each one up in a "
                        "Map by id"},
      steps, COUNT(steps));
}

static void add_direct_on_one_line(void) {
  const Step steps[] = {
      {place_of("orders.ts", "ids.map((id) => db.user.find(id))"), "map over ids"},
      {place_of("orders.ts", "db.user.find(id)"), "db.user.find reads many rows"},
  };
  add((Finding){.rule = rule_named(&builtin_rules, "write-in-loop"),
                .place = steps[1].place,
                .context = CONTEXT_TEST,
                .fingerprint = UINT64_MAX,
                .message = "db.user.find runs once per id",
                .help = "ask once"},
      steps, COUNT(steps));
}

static void add_long_chain(void) {
  Step steps[12] = {{place_of("orders.ts", "for (const order of orders) {"), "loop over orders"}};
  for (uint32_t i = 1; i < COUNT(steps) - 1; i++)
    steps[i] = (Step){place_of("users.ts", "deep"), arena_printf(&report.arena, "calls step%u", i)};
  steps[11] = (Step){place_of("wide.ts", "db.user.find(text)"), "db.user.find reads many rows"};
  add((Finding){.rule = rule_named(&builtin_rules, "query-in-loop"),
                .place = place_of("orders.ts", "loadUser(order.userId)"),
                .message = "a long chain"},
      steps, COUNT(steps));
}

// No steps, and source that a terminal must not take at its word.
static void add_hostile_source(void) {
  add((Finding){.rule = rule_named(&builtin_rules, "loop-invariant-query"),
                .place = place_of("wide.ts", "red"),
                .message = "a name with \xFF in it"},
      NULL, 0);
}

static void add_coverage(void) {
  report.coverage = (Coverage){.files_scanned = 12,
                               .files_parsed = 5,
                               .sites_seen = 9,
                               .sites_resolved = 6,
                               .sites_other = 1,
                               .legitimate = 1,
                               .other_context = 2};
  vec_push(&report.skipped, ((Skipped){"dump.sql", SKIP_TOO_LARGE}));
  report.coverage.skipped[SKIP_TOO_LARGE] = 1;
  report.coverage.skipped[SKIP_MINIFIED] = 2;
  vec_push(&report.failed, ((Trouble){"bad.ts", "Permission denied"}));
  vec_push(&report.partial, ((Trouble){"half.ts", "syntax error at line 3"}));
  report.times = (Times){.walk = 12000, .facts = 300500, .link = 60250, .judge = 20000, .places = 9000};
  report.elapsed_ms = 412;
}

static int make_report(void **state) {
  (void)state;
  Error err = {0};
  const char *paths[] = {folder};
  TreeOptions options = {0};
  if (!mkdtemp(folder))
    return -1;
  for (size_t i = 0; i < COUNT(files); i++) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, files[i].path);
    FILE *file = fopen(path, "wb");
    if (!file || fputs(files[i].content, file) < 0 || fclose(file))
      return -1;
  }
  if (tree_open(&tree, paths, 1, &options, &err))
    return -1;
  report.tree = tree;
  add_chain_over_two_files();
  add_direct_on_one_line();
  add_long_chain();
  add_hostile_source();
  vec_push(&report.legitimate, report.findings.at[1]);
  report.legitimate.at[0].legitimate = "keyset pagination";
  report.legitimate.at[0].nsteps = 0;
  add_coverage();
  return places_resolve(&report, &err);
}

static int release_report(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(files); i++) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, files[i].path);
    unlink(path);
  }
  rmdir(folder);
  vec_release(&report.findings);
  vec_release(&report.legitimate);
  vec_release(&report.failed);
  vec_release(&report.partial);
  vec_release(&report.skipped);
  arena_release(&report.arena);
  tree_free(tree);
  return 0;
}

static void read_golden(const char *path, Text *text) {
  char buffer[4096];
  FILE *file = fopen(path, "rb");
  if (!file)
    fail_msg("%s is absent: run test_report --update", path);
  text_add(text, "", 0);
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file));)
    text_add(text, buffer, n);
  fclose(file);
}

static void check_golden(const char *name, const Text *text) {
  char path[128];
  Text golden = {0};
  snprintf(path, sizeof path, "tests/golden/%s", name);
  if (update) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text->at, 1, text->n, file), text->n);
    assert_int_equal(fclose(file), 0);
  }
  read_golden(path, &golden);
  assert_string_equal(text->at, golden.at);
  text_release(&golden);
}

static void check_format(const char *name, ReportWriter *writer, ReportOptions options) {
  Text text = {0};
  Error err = {0};
  assert_int_equal(writer(&report, &options, &text, &err), 0);
  check_golden(name, &text);
  text_release(&text);
}

static void text_is_plain(void **state) {
  (void)state;
  check_format("report.txt", report_text, (ReportOptions){.verbose = true, .show_legitimate = true});
}

static void text_fits_a_terminal(void **state) {
  (void)state;
  check_format("report-80-color.txt", report_text, (ReportOptions){.color = true, .width = 80});
}

static void text_is_quiet(void **state) {
  (void)state;
  check_format("report-quiet.txt", report_text, (ReportOptions){.quiet = true});
}

static void json_keeps_its_keys(void **state) {
  (void)state;
  check_format("report.json", report_json, (ReportOptions){.show_legitimate = true});
}

static void json_is_valid(void **state) {
  (void)state;
  Text text = {0};
  Error err = {0};
  json_error_t error;
  assert_int_equal(report_json(&report, &(ReportOptions){0}, &text, &err), 0);
  json_t *root = json_loads(text.at, 0, &error);
  assert_non_null(root);
  assert_null(json_object_get(root, "legitimate"));
  assert_int_equal(json_array_size(json_object_get(root, "findings")), report.findings.n);
  json_decref(root);
  text_release(&text);
}

static void other_formats_keep_their_form(void **state) {
  (void)state;
  check_format("report.jsonl", report_jsonl, (ReportOptions){0});
  check_format("report.github", report_github, (ReportOptions){0});
  check_format("report.gitlab.json", report_gitlab, (ReportOptions){0});
  check_format("report.xml", report_junit, (ReportOptions){.fail_on = LEVEL_ERROR});
  check_format("report.md", report_markdown, (ReportOptions){0});
}

// The log without the rules, whose pages have tests of their own, and without the name of the folder.
static json_t *sarif_run(json_t **log) {
  Text text = {0};
  Error err = {0};
  assert_int_equal(report_sarif(&report, &(ReportOptions){0}, &text, &err), 0);
  *log = json_loads(text.at, 0, NULL);
  text_release(&text);
  assert_non_null(*log);
  json_t *run = json_array_get(json_object_get(*log, "runs"), 0);
  json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
  assert_int_equal(json_array_size(json_object_get(driver, "rules")), builtin_rules.n);
  json_object_del(driver, "rules");
  json_t *base = json_object_get(json_object_get(run, "originalUriBaseIds"), "%SRCROOT%");
  assert_non_null(strstr(json_string_value(json_object_get(base, "uri")), folder));
  json_object_set_new(base, "uri", json_string("file:///folder/"));
  return run;
}

static void check_sarif(const char *name) {
  size_t i;
  json_t *log, *result;
  json_t *run = sarif_run(&log);
  json_array_foreach(json_object_get(run, "results"), i, result) {
    json_int_t rule = json_integer_value(json_object_get(result, "ruleIndex"));
    assert_string_equal(builtin_rules.at[rule].id, json_string_value(json_object_get(result, "ruleId")));
    json_object_del(result, "ruleIndex");  // it changes with the table of rules
  }
  char *dumped = json_dumps(log, JSON_INDENT(1));
  json_decref(log);
  Text text = {0};
  text_puts(&text, dumped);
  text_puts(&text, "\n");
  free(dumped);
  check_golden(name, &text);
  text_release(&text);
}

static void sarif_keeps_its_form(void **state) {
  (void)state;
  check_sarif("report.sarif");
}

// What a baseline and suppressions say; a suppressed finding is in no other format.
static void sarif_tells_what_is_new_and_what_is_suppressed(void **state) {
  (void)state;
  Finding hidden = report.findings.at[0];
  hidden.suppressed = SUPPRESSED_IN_SOURCE;
  hidden.justification = "ten orders at most";
  vec_push(&report.suppressed, hidden);
  report.findings.at[0].baseline = BASELINE_NEW;
  report.findings.at[1].baseline = BASELINE_UNCHANGED;
  json_t *log, *results = json_object_get(sarif_run(&log), "results");
  size_t count = report.findings.n;
  assert_int_equal(json_array_size(results), count + 1);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(json_array_size(json_object_get(json_array_get(results, i), "suppressions")), 0);
  json_t *suppression = json_array_get(json_object_get(json_array_get(results, count), "suppressions"), 0);
  assert_string_equal(json_string_value(json_object_get(suppression, "kind")), "inSource");
  assert_string_equal(json_string_value(json_object_get(suppression, "justification")), "ten orders at most");
  const char *states[] = {"new", "unchanged"};
  for (size_t i = 0; i < COUNT(states); i++)
    assert_string_equal(json_string_value(json_object_get(json_array_get(results, i), "baselineState")), states[i]);
  json_decref(log);
  report.findings.at[0].baseline = report.findings.at[1].baseline = BASELINE_NONE;
  vec_release(&report.suppressed);
}

// Messages that cannot be compressed: results are left out until the log is small enough to be uploaded.
static void sarif_is_small_enough_to_upload(void **state) {
  (void)state;
  enum { FINDINGS = 6000, LENGTH = 3000 };
  Report large = {.tree = tree, .rules = &builtin_rules};
  uint64_t random = 1;
  for (int i = 0; i < FINDINGS; i++) {
    char *message = arena_alloc(&large.arena, LENGTH + 1);
    for (int k = 0; k < LENGTH; k++)
      message[k] = (char)('0' + (random = random * 6364136223846793005u + 1442695040888963407u) / 13 % 64);
    Finding finding = {.rule = rule_named(&builtin_rules, "query-in-loop"), .message = message, .place = report.findings.at[0].place};
    vec_push(&large.findings, finding);
  }
  Text text = {0};
  Error err = {0};
  assert_int_equal(report_sarif(&large, &(ReportOptions){0}, &text, &err), 0);
  assert_in_range(text.n, 5 * 1000 * 1000, FINDINGS * LENGTH * 3 / 4);
  assert_non_null(strstr(text.at, "findings that matter least are left out"));
  text_release(&text);
  vec_release(&large.findings);
  arena_release(&large.arena);
}

// A chain that is longer than the locations that are shown keeps its end.
static void sarif_shows_a_hundred_locations(void **state) {
  (void)state;
  Finding *f = &report.findings.at[0], before = *f;
  f->nsteps = 150;
  f->steps = arena_alloc(&report.arena, f->nsteps * sizeof *f->steps);
  for (uint32_t i = 0; i < f->nsteps; i++)
    f->steps[i] = (Step){before.steps[0].place, i + 1 < f->nsteps ? "one" : "the end"};
  json_t *log, *result = json_array_get(json_object_get(sarif_run(&log), "results"), 0);
  json_t *related = json_object_get(result, "relatedLocations");
  assert_int_equal(json_array_size(related), 100);  // with where it is reached from
  json_t *last = json_object_get(json_array_get(related, 98), "message");
  assert_string_equal(json_string_value(json_object_get(last, "text")), "the end");
  json_decref(log);
  *f = before;
}

static void formats_have_names(void **state) {
  (void)state;
  for (size_t i = 0; i < format_count; i++)
    assert_ptr_equal(format_named(formats[i].name, strlen(formats[i].name)), &formats[i]);
  assert_null(format_named("tex", 3));
  assert_null(format_named("", 0));
}

static void nothing_to_scan_is_said(void **state) {
  (void)state;
  Report empty = {.tree = tree};
  Text text = {0};
  Error err = {0};
  assert_int_equal(report_text(&empty, &(ReportOptions){0}, &text, &err), 0);
  assert_non_null(strstr(text.at, "No JavaScript or TypeScript files were found"));
  text_release(&text);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_is_plain), cmocka_unit_test(text_fits_a_terminal),
      cmocka_unit_test(text_is_quiet), cmocka_unit_test(json_keeps_its_keys),
      cmocka_unit_test(json_is_valid), cmocka_unit_test(nothing_to_scan_is_said),
      cmocka_unit_test(other_formats_keep_their_form), cmocka_unit_test(sarif_keeps_its_form),
      cmocka_unit_test(sarif_tells_what_is_new_and_what_is_suppressed),
      cmocka_unit_test(sarif_is_small_enough_to_upload), cmocka_unit_test(sarif_shows_a_hundred_locations),
      cmocka_unit_test(formats_have_names),
  };
  update = argc > 1 && !strcmp(argv[1], "--update");
  return cmocka_run_group_tests(tests, make_report, release_report);
}
