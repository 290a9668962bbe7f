// test_records.c - records of facts, mentions and findings: what is packed comes back, what is damaged does not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "records.h"
#include "report_bytes.h"
#include "scan.h"

static int read_facts(Facts *facts, Lang lang, const char *code) {
  Parser *parser = parser_new(&default_limits);
  int status = facts_of(facts, parser, lang, code, strlen(code), NULL);
  parser_free(parser);
  return status;
}

#include <cmocka.h>  // last: its macro `fail` hides ours

static const char *const code = "import { db } from './db';\n"
                                "// seqscan-ignore query-in-loop: few\n"
                                "export class Orders<T extends object = {}> extends Base {\n"
                                "  constructor(private readonly name: string) { super(); }\n"
                                "  async load(ids: number[]) {\n"
                                "    for (const id of ids) await db.query(`SELECT ${id}`, [`\\u00e9`]);\n"
                                "    return { ...this, name: this.name ?? 'none' };\n"
                                "  }\n"
                                "}\n"
                                "const { a: [b = 1] } = require('x'); if (b) throw new Error();\n";

static const Source source = {.path = "a.ts", .lang = LANG_TYPESCRIPT, .oid = {1, 2, 3}};

static void assert_same(const Facts *a, const Facts *b) {
  FactsShape left = facts_shape(a), right = facts_shape(b);
  assert_memory_equal(&left, &right, sizeof left);
  assert_memory_equal(a->memory, b->memory, facts_size(&left));
}

static void facts_come_back_as_they_were(void **state) {
  (void)state;
  static const char *const codes[] = {"", "\xff\xfe`${", "let = = (", "x", NULL};
  RecordKey key = record_key(&source, RECORD_FACTS, 0, 7);
  Text record = {0};
  for (size_t i = 0; i < COUNT(codes); i++) {
    Facts before, after;
    assert_int_equal(read_facts(&before, LANG_TYPESCRIPT, codes[i] ? codes[i] : code), 0);
    assert_true(facts_pack(&record, &key, &before));
    assert_true(record_is_intact(record.at, record.n, &key));
    assert_true(facts_unpack(&after, record.at, record.n, &key));
    assert_same(&before, &after);
    facts_release(&before);
    facts_release(&after);
  }
  text_release(&record);
}

static void mentions_come_back(void **state) {
  (void)state;
  RecordKey key = record_key(&source, RECORD_MENTIONS, 0, 7);
  Text record = {0};
  Mentions before, after;
  Skip skip;
  mentions_read(&before, code, strlen(code));
  mentions_pack(&record, &key, &before, SKIP_NO);
  assert_true(mentions_unpack(&after, &skip, record.at, record.n, &key));
  assert_int_equal(skip, SKIP_NO);
  assert_int_equal(after.flags, before.flags);
  assert_int_equal(after.length, sizeof "./db\0=db\0<Orders\0x");
  assert_memory_equal(after.specifiers, before.specifiers, after.length);
  mentions_release(&before);
  mentions_release(&after);
  text_release(&record);
}

static void skipped_files_come_back(void **state) {
  (void)state;
  RecordKey key = record_key(&source, RECORD_MENTIONS, 0, 7);
  Text record = {0};
  Mentions mentions = {0};
  Skip skip = SKIP_NO;
  mentions_pack(&record, &key, &mentions, SKIP_MINIFIED);
  assert_true(mentions_unpack(&mentions, &skip, record.at, record.n, &key));
  assert_int_equal(skip, SKIP_MINIFIED);
  assert_null(mentions.specifiers);
  text_release(&record);
}

static void findings_come_back(void **state) {
  (void)state;
  State of = {1, 2}, other = {1, 3};
  RecordKey key = record_key_of_state(&of, RECORD_KNOWN, 7), wrong = record_key_of_state(&other, RECORD_KNOWN, 7);
  Text record = {0};
  Known before = {0}, after = {0}, none = {0};
  known_add(&before, 5, "query-in-loop", "a.ts", 2);
  known_add(&before, 5, "query-in-loop", "b.ts", 1);
  known_pack(&record, &key, &before);
  assert_false(known_unpack(&none, record.at, record.n, &wrong));
  assert_true(known_unpack(&after, record.at, record.n, &key));
  assert_int_equal(after.all.n, 2);
  assert_true(known_take(&after, 5, "a.ts"));
  assert_true(known_take(&after, 5, "a.ts"));
  assert_false(known_take(&after, 5, "a.ts"));
  assert_true(known_take(&after, 5, "b.ts"));
  known_release(&before);
  known_release(&after);
  known_release(&none);
  text_release(&record);
}

static void needs_come_back(void **state) {
  (void)state;
  State of = {1, 2};
  RecordKey key = record_key_of_state(&of, RECORD_NEEDS, 7);
  Text record = {0};
  uint8_t before[] = {UNRELATED, NEEDED, OF_TESTS}, after[3] = {0}, wrong[] = {NEED_COUNT};
  needs_pack(&record, &key, before, COUNT(before));
  assert_false(needs_unpack(after, 2, record.at, record.n, &key));
  assert_true(needs_unpack(after, COUNT(after), record.at, record.n, &key));
  assert_memory_equal(after, before, sizeof before);
  needs_pack(&record, &key, wrong, COUNT(wrong));
  assert_false(needs_unpack(after, COUNT(wrong), record.at, record.n, &key));
  text_release(&record);
}

// A tree of one file, and what is found in it.
static void make_report(Report *report, Finding *finding) {
  static Step steps[] = {{.message = "a"}, {.message = "b"}};
  static Replacement edit = {.text = "select: {}"};
  static Fix fix = {.description = "read less", .safe = true, .edits = &edit, .nedits = 1};
  static EntryPoint entry = {.kind = "http", .name = "GET /"};
  *finding = (Finding){.rule = rule_named(&builtin_rules, "overfetch"), .level = LEVEL_WARNING, .message = "m", .fix = &fix};
  finding->entry = &entry;
  finding->steps = steps;
  finding->nsteps = COUNT(steps);
  finding->fingerprint = 9;
  vec_push(&report->findings, *finding);
  vec_push(&report->partial, ((Trouble){"a.ts", "syntax errors"}));
  vec_push(&report->skipped, ((Skipped){"b.ts", SKIP_MINIFIED}));
  report->coverage.sites_seen = 4;
}

static Tree *open_tree(void) {
  const char *path = "fixtures/projects/shop";
  Tree *tree;
  Error err;
  assert_int_equal(tree_open(&tree, &path, 1, &(TreeOptions){0}, &err), 0);
  return tree;
}

static Report report_on(const Tree *tree) { return (Report){.tree = tree, .rules = &builtin_rules}; }

static void release(Report *report) {
  report->tree = NULL;
  report_release(report);
}

static void reports_come_back(void **state) {
  (void)state;
  RecordKey key = record_key_of_state(&(State){1, 2}, RECORD_REPORT, 7);
  RecordKey brief = record_key_of_state(&(State){1, 2}, RECORD_KNOWN, 7);
  Text record = {0};
  Finding finding;
  Tree *tree = open_tree();
  const Source *file = tree_sources(tree, &(size_t){0}) + 1;
  Report before = report_on(tree), after = before, none = before;
  make_report(&before, &finding);
  before.findings.at[0].place.source = file;
  assert_true(report_pack(&record, &key, &before));
  assert_false(report_unpack(&none, record.at, record.n, &brief));
  assert_true(report_unpack(&after, record.at, record.n, &key));
  assert_int_equal(after.findings.n, 1);
  const Finding *found = &after.findings.at[0];
  assert_ptr_equal(found->rule, finding.rule);
  assert_string_equal(found->message, "m");
  assert_null(found->help);
  assert_ptr_equal(found->place.source, file);
  assert_int_equal(found->nsteps, 2);
  assert_string_equal(found->steps[1].message, "b");
  assert_null(found->steps[1].place.source);
  assert_true(found->fix->safe);
  assert_string_equal(found->fix->edits[0].text, "select: {}");
  assert_string_equal(found->entry->name, "GET /");
  assert_string_equal(after.partial.at[0].reason, "syntax errors");
  assert_int_equal(after.skipped.at[0].reason, SKIP_MINIFIED);
  assert_int_equal(after.coverage.sites_seen, 4);
  release(&before);
  release(&after);
  release(&none);
  tree_free(tree);
  text_release(&record);
}

// Whatever the bytes are, what is read stays within them.
static void other_bytes_are_no_report(void **state) {
  (void)state;
  Text bytes = {0};
  Finding finding;
  Tree *tree = open_tree();
  Report before = report_on(tree);
  make_report(&before, &finding);
  report_write(&bytes, &before);
  for (size_t length = 0; length < bytes.n; length++) {
    Report after = report_on(tree);
    assert_false(report_read(&after, bytes.at, length));
    release(&after);
  }
  for (size_t at = 0; at < bytes.n; at++) {
    Report after = report_on(tree);
    bytes.at[at] = (char)~bytes.at[at];
    report_read(&after, bytes.at, bytes.n);
    bytes.at[at] = (char)~bytes.at[at];
    release(&after);
  }
  release(&before);
  tree_free(tree);
  text_release(&bytes);
}

static void trees_of_sql_come_back(void **state) {
  (void)state;
  static const SqlText texts[] = {{.text = "SELECT 1", .packed = "a\0b", .length = 3},
                                  {.text = "SELEC", .packed = "syntax error", .length = 12, .refused = true},
                                  {.text = "", .packed = "", .length = 0}};
  Text record = {0};
  Arena arena = {0};
  for (size_t i = 0; i < COUNT(texts); i++) {
    RecordKey key = record_key_of_sql(texts[i].text, 7), wrong = record_key_of_sql("SELECT 2", 7);
    SqlText after;
    sql_pack(&record, &key, &texts[i]);
    assert_false(sql_unpack(&after, &arena, record.at, record.n, &wrong));
    assert_true(sql_unpack(&after, &arena, record.at, record.n, &key));
    assert_string_equal(after.text, texts[i].text);
    assert_int_equal(after.refused, texts[i].refused);
    assert_int_equal(after.length, texts[i].length);
    assert_memory_equal(after.packed, texts[i].packed, after.length + 1);
    for (size_t length = 0; length < record.n; length++)
      assert_false(sql_unpack(&after, &arena, record.at, length, &key));
  }
  arena_release(&arena);
  text_release(&record);
}

static void records_of_other_keys_are_none(void **state) {
  (void)state;
  RecordKey key = record_key(&source, RECORD_FACTS, 0, 7), secret = record_key(&source, RECORD_FACTS, 0, 8);
  RecordKey own = record_key(&source, RECORD_FACTS, 1, 7);
  RecordKey kind = record_key(&source, RECORD_MENTIONS, 0, 7), version = key, blob = key, lang = key;
  Text record = {0};
  Facts facts;
  version.version++;
  blob.id[19]++;
  lang.lang = LANG_TSX;
  assert_int_equal(read_facts(&facts, LANG_TYPESCRIPT, code), 0);
  assert_true(facts_pack(&record, &key, &facts));
  facts_release(&facts);
  assert_false(facts_unpack(&facts, record.at, record.n, &secret));
  assert_false(facts_unpack(&facts, record.at, record.n, &own));
  assert_false(facts_unpack(&facts, record.at, record.n, &version));
  assert_false(facts_unpack(&facts, record.at, record.n, &blob));
  assert_false(facts_unpack(&facts, record.at, record.n, &lang));
  assert_false(facts_unpack(&facts, record.at, record.n, &kind));
  text_release(&record);
}

static void damage_is_noticed(void **state) {
  (void)state;
  RecordKey key = record_key(&source, RECORD_FACTS, 0, 7);
  Text record = {0};
  Facts facts;
  assert_int_equal(read_facts(&facts, LANG_TYPESCRIPT, code), 0);
  assert_true(facts_pack(&record, &key, &facts));
  facts_release(&facts);
  for (size_t length = 0; length < record.n; length++)
    assert_false(facts_unpack(&facts, record.at, length, &key));
  for (size_t bit = 0; bit < record.n * 8; bit++) {
    record.at[bit / 8] ^= (char)(1 << bit % 8);
    assert_false(facts_unpack(&facts, record.at, record.n, &key));
    record.at[bit / 8] ^= (char)(1 << bit % 8);
  }
  assert_true(record_is_intact(record.at, record.n, &key));
  text_release(&record);
}

#define TEST(name) cmocka_unit_test(name)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(facts_come_back_as_they_were),
      TEST(mentions_come_back),
      TEST(skipped_files_come_back),
      TEST(findings_come_back),
      TEST(needs_come_back),
      TEST(reports_come_back),
      TEST(other_bytes_are_no_report),
      TEST(trees_of_sql_come_back),
      TEST(records_of_other_keys_are_none),
      TEST(damage_is_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
