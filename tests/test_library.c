// test_library.c - library models: all of ours load, wrong ones are refused with their place, look-ups and
// patterns.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "library.h"

#include <cmocka.h>  // last: its macro `fail` hides ours

static const char sample[] = "library: sample\n"
                             "packages: [sample, '@scope/sample', 'deep-*-end']\n"
                             "generated: ['*/generated/sample*']\n"
                             "delays: [delay, after]\n"
                             "keeps_hooks: true\n"
                             "isolation: [isolationLevel]\n"
                             "deprecated: [deprecationReason]\n"
                             "exports:\n"
                             "  Client: { new: client, type: client }\n"
                             "  Client.Tx: { type: client }\n"
                             "  default: client\n"
                             "  each: { each: 1, over: 0 }\n"
                             "  retry: { once: 0 }\n"
                             "  Field: { resolver: this }\n"
                             "  Parent: { parent: true }\n"
                             "  AfterCreate: { hook: true }\n"
                             "  Server: { resolvers: 0, context: 1 }\n"
                             "  '*': none\n"
                             "states:\n"
                             "  client:\n"
                             "    members:\n"
                             "      find first: { read: one, to: row, options: 0 }\n"
                             "      all: { read: many, to: row }\n"
                             "      page: { read: many, to: row, list: false }\n"
                             "      query: { raw: 0 }\n"
                             "      begin: { transaction: last, as: self, table: name, isolation: 0 }\n"
                             "      loop: { each: 0, over: this }\n"
                             "      objectType: { object: 0, as: row, tick: 2 }\n"
                             "      update: { write: one, values: 1 }\n"
                             "      save: { write: one, without_hooks: find }\n"
                             "      close: none\n"
                             "      '*': builder\n"
                             "  builder:\n"
                             "    await: { read: many, to: row }\n"
                             "    advice: find\n"
                             "    members: { '()': self, all: { write: many, advice: find } }\n"
                             "  row: {}\n"
                             "advice:\n"
                             "  find: read them all\n";

static int add(Libraries *libs, const char *yaml, Error *err) {
  return libraries_add(libs, "sample.yml", yaml, strlen(yaml), err);
}

static int load_sample(void **state) {
  static Libraries libs;
  libs = (Libraries){0};
  *state = &libs;
  return add(&libs, sample, NULL);
}

static int release_sample(void **state) {
  libraries_release(*state);
  return 0;
}

static void loads_all_embedded_models(void **state) {
  (void)state;
  Libraries libs = {0};
  Error err = {0};
  if (libraries_load(&libs, &err))
    fail_msg("%s", err.text);
  assert_true(libs.libraries.n > 1);
  assert_true(library_of_package(&libs, "@prisma/client", false) > 0);
  libraries_release(&libs);
}

// Reads and writes side by side drain the connection pool: that is never the fix.
static void never_advises_promise_all(void **state) {
  (void)state;
  Libraries libs = {0};
  assert_int_equal(libraries_load(&libs, NULL), 0);
  for (uint32_t i = 0; i < libs.members.n; i++) {
    const LibraryMember *member = &libs.members.at[i];
    if (member->meaning.advice && strstr(member->meaning.advice, "Promise.all"))
      fail_msg("the advice of `%s` is Promise.all", member->name);
  }
  for (uint32_t i = 0; i < libs.states.n; i++)
    assert_true(!libs.states.at[i].advice || !strstr(libs.states.at[i].advice, "Promise.all"));
  libraries_release(&libs);
}

static void finds_the_library_of_a_specifier(void **state) {
  const Libraries *libs = *state;
  assert_int_equal(library_of_package(libs, "sample", false), 1);
  assert_int_equal(library_of_package(libs, "sample/sub/path", false), 1);
  assert_int_equal(library_of_package(libs, "@scope/sample/x", false), 1);
  assert_int_equal(library_of_package(libs, "deep-down-end", false), 1);
  assert_int_equal(library_of_package(libs, "deep-down-end/more", false), 1);
  assert_int_equal(library_of_package(libs, "deep-end", false), 0);
  assert_int_equal(library_of_package(libs, "samples", false), 0);
  assert_int_equal(library_of_package(libs, "sampl", false), 0);
  assert_int_equal(library_of_package(libs, "@scope", false), 0);
  assert_int_equal(library_of_package(libs, "", false), 0);
}

static void knows_generated_code_on_request(void **state) {
  const Libraries *libs = *state;
  assert_int_equal(library_of_package(libs, "../generated/sample/client", false), 0);
  assert_int_equal(library_of_package(libs, "../generated/sample/client", true), 1);
  assert_int_equal(library_of_package(libs, "@/generated/sample-client", true), 1);
}

static void prefers_the_model_added_last(void **state) {
  Libraries *libs = *state;
  assert_int_equal(add(libs, "library: own\npackages: [sample]\n", NULL), 0);
  assert_int_equal(library_of_package(libs, "sample", false), 2);
}

static void knows_lists_of_words(void **state) {
  const Library *library = &((const Libraries *)*state)->libraries.at[1];
  assert_true(is_in_list("delay", library->delays) && is_in_list("after", library->delays));
  assert_true(is_in_list("isolationLevel", library->isolation));
  assert_true(is_in_list("deprecationReason", library->deprecated));
  assert_null(library->locks);
}

static void finds_exports(void **state) {
  const Libraries *libs = *state;
  const LibraryExport *client = library_export(libs, 1, "Client");
  assert_non_null(client);
  assert_int_equal(client->new_, client->type);
  assert_int_equal(client->extends, 0);
  assert_string_equal(libs->states.at[client->new_].name, "client");
  assert_int_equal(library_export(libs, 1, "Client.Tx")->type, client->type);
  assert_int_equal(library_export(libs, 1, "default")->call, client->type);
  assert_true(library_export(libs, 1, "anything")->meaning.none);
  assert_null(library_export(libs, 1, "Any.Thing"));
  assert_null(library_export(libs, 2, "Client"));
  assert_int_equal(library_export(libs, 1, "each")->meaning.each, 1);
  assert_int_equal(library_export(libs, 1, "each")->meaning.over, 0);
  assert_int_equal(library_export(libs, 1, "retry")->meaning.callback, 0);
  assert_true(library_export(libs, 1, "AfterCreate")->hook);
  assert_true(libs->libraries.at[1].keeps_hooks);
}

static void finds_members(void **state) {
  const Libraries *libs = *state;
  StateId client = library_export(libs, 1, "Client")->new_;
  const Meaning *first = library_member(libs, client, "first");
  assert_int_equal(first->effect, EFFECT_READ);
  assert_int_equal(first->rows, ROWS_ONE);
  assert_int_equal(first->options, 0);
  assert_int_equal(first->table, ARG_NONE);
  assert_false(first->list);
  assert_null(first->advice);
  assert_string_equal(library_member(libs, client, "find")->advice, "read them all");
  assert_true(library_member(libs, client, "all")->list);
  assert_false(library_member(libs, client, "page")->list);
  assert_true(library_member(libs, client, "close")->none);
  assert_int_equal(library_member(libs, client, "loop")->over, ARG_THIS);
  assert_int_equal(library_member(libs, client, "update")->values, 1);
  assert_int_equal(library_member(libs, client, "loop")->values, ARG_NONE);
  assert_string_equal(library_member(libs, client, "save")->unhooked, "read them all");
  assert_null(library_member(libs, client, "save")->advice);
  const Meaning *raw = library_member(libs, client, "query");
  assert_int_equal(raw->effect, EFFECT_RAW);
  assert_int_equal(raw->sql, 0);
}

static void knows_resolvers(void **state) {
  const Libraries *libs = *state;
  assert_int_equal(library_export(libs, 1, "Field")->resolver, ARG_THIS);
  assert_false(library_export(libs, 1, "Field")->parent);
  assert_true(library_export(libs, 1, "Parent")->parent);
  assert_int_equal(library_export(libs, 1, "Parent")->resolver, ARG_NONE);
  assert_int_equal(library_export(libs, 1, "Parent")->meaning.object, ARG_NONE);
  assert_int_equal(library_export(libs, 1, "Server")->meaning.resolvers, 0);
  assert_int_equal(library_export(libs, 1, "Server")->meaning.context, 1);
  const Meaning *type = library_member(libs, library_export(libs, 1, "Client")->new_, "objectType");
  assert_int_equal(type->object, 0);
  assert_int_equal(type->tick, 2);
}

static void knows_special_arguments(void **state) {
  const Libraries *libs = *state;
  const Meaning *begin = library_member(libs, library_export(libs, 1, "Client")->new_, "begin");
  assert_int_equal(begin->transaction, ARG_LAST);
  assert_int_equal(begin->as, STATE_SELF);
  assert_int_equal(begin->table, ARG_NAME);
  assert_int_equal(begin->isolation, 0);
  assert_int_equal(library_member(libs, library_export(libs, 1, "Client")->new_, "update")->isolation, ARG_NONE);
}

static void falls_back_to_any_member(void **state) {
  const Libraries *libs = *state;
  StateId client = library_export(libs, 1, "Client")->new_;
  StateId builder = library_member(libs, client, "whatever")->to;
  assert_string_equal(libs->states.at[builder].name, "builder");
  assert_null(library_member(libs, client, "()"));
  assert_null(library_member(libs, client, "then"));
  assert_int_equal(library_member(libs, builder, "()")->to, STATE_SELF);
  assert_null(library_member(libs, client, "``"));
  assert_null(library_member(libs, builder, "whatever"));
  const LibraryState *thenable = &libs->states.at[builder];
  assert_int_equal(thenable->await_effect, EFFECT_READ);
  assert_string_equal(libs->states.at[thenable->await_to].name, "row");
  assert_true(thenable->await_list);
  assert_string_equal(thenable->advice, "read them all");
}

static void empty_libraries_know_nothing(void **state) {
  (void)state;
  Libraries libs = {0};
  assert_int_equal(library_of_package(&libs, "pg", true), 0);
  assert_null(library_export(&libs, 1, "Client"));
  assert_null(library_member(&libs, 1, "find"));
  libraries_release(&libs);
}

#define HEAD "library: x\npackages: [x]\n"
#define STATE HEAD "states:\n  a:\n    members:\n"

static void refuses_wrong_models(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *message;
  } wrong[] = {
      {"", "sample.yml:1: the model is empty"},
      {"library: [\n", "sample.yml:2: did not find expected node content"},
      {"- x\n", "sample.yml:1: a model must be a mapping"},
      {"packages: [x]\n", "sample.yml:1: `library` must be the name of the library"},
      {"library: x\n", "sample.yml:1: `packages` is missing"},
      {"library: x\npackages: x\n", "sample.yml:2: a list of names was expected"},
      {HEAD "isolation: level\n", "sample.yml:3: a list of names was expected"},
      {HEAD "deprecated: [[]]\n", "sample.yml:3: a name was expected"},
      {HEAD "export: {}\n", "sample.yml:3: unknown key `export`"},
      {HEAD "library: y\n", "sample.yml:3: duplicate key `library`"},
      {HEAD "exports:\n  A: { new: b }\n", "sample.yml:4: unknown state `b`"},
      {HEAD "exports:\n  A: { new: x.b }\n", "sample.yml:4: unknown state `x.b`"},
      {HEAD "exports:\n  A: { to: b }\n", "sample.yml:4: unknown key `to`"},
      {HEAD "exports:\n  A: { resolver: x }\n", "sample.yml:4: bad argument number `x`"},
      {HEAD "exports:\n  A: none\n  A: none\n", "sample.yml:5: duplicate key `A`"},
      {HEAD "states:\n  self: {}\n", "sample.yml:4: `self` cannot be the name of a state"},
      {HEAD "states:\n  a: {}\n  a: {}\n", "sample.yml:5: duplicate key `a`"},
      {HEAD "states:\n  a: { member: {} }\n", "sample.yml:4: unknown key `member`"},
      {HEAD "states:\n  a:\n    await: { lazy: true }\n", "sample.yml:5: unknown key `lazy`"},
      {STATE "      f: { reads: one }\n", "sample.yml:6: unknown key `reads`"},
      {STATE "      f: { read: two }\n", "sample.yml:6: `one` or `many` was expected"},
      {STATE "      f: { read: one, write: one }\n", "sample.yml:6: `read` and `write` exclude each other"},
      {STATE "      f: { sql: -1 }\n", "sample.yml:6: bad argument number `-1`"},
      {STATE "      f: { sql: name }\n", "sample.yml:6: bad argument number `name`"},
      {STATE "      f: { sql: [0] }\n", "sample.yml:6: the number of an argument was expected"},
      {STATE "      f: { lazy: yes }\n", "sample.yml:6: `true` or `false` was expected"},
      {STATE "      f: b\n", "sample.yml:6: unknown state `b`"},
      {STATE "      f: [a]\n", "sample.yml:6: this value must be a mapping"},
      {STATE "      f g: none\n      g: none\n", "sample.yml:7: duplicate member `g`"},
      {STATE "      ' ': none\n", "sample.yml:6: a member must have a name"},
      {STATE "      f: { advice: g }\n", "sample.yml:6: unknown advice `g`"},
      {HEAD "advice: { f: text }\n", "sample.yml:1: advice `f` is never used"},
      {HEAD "advice: { f: }\n", "sample.yml:3: advice `f` must be a text"},
  };
  for (size_t i = 0; i < COUNT(wrong); i++) {
    Libraries libs = {0};
    Error err = {0};
    assert_int_equal(add(&libs, wrong[i].yaml, &err), -1);
    assert_string_equal(err.text, wrong[i].message);
    libraries_release(&libs);
  }
}

#define WITH_SAMPLE(test) cmocka_unit_test_setup_teardown(test, load_sample, release_sample)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loads_all_embedded_models),
      cmocka_unit_test(never_advises_promise_all),
      WITH_SAMPLE(finds_the_library_of_a_specifier),
      WITH_SAMPLE(knows_generated_code_on_request),
      WITH_SAMPLE(prefers_the_model_added_last),
      WITH_SAMPLE(knows_lists_of_words),
      WITH_SAMPLE(finds_exports),
      WITH_SAMPLE(finds_members),
      WITH_SAMPLE(knows_resolvers),
      WITH_SAMPLE(knows_special_arguments),
      WITH_SAMPLE(falls_back_to_any_member),
      cmocka_unit_test(empty_libraries_know_nothing),
      cmocka_unit_test(refuses_wrong_models),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
