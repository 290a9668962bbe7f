// scan.c - one run: list the files, reduce each to facts, link, judge, resolve places, keep what is to be shown.
#include "scan.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "baseline.h"
#include "facts.h"
#include "fix.h"
#include "fresh.h"
#include "gather.h"
#include "judge.h"
#include "library.h"
#include "output.h"
#include "program.h"
#include "query.h"
#include "schema.h"
#include "suppress.h"

static void add_trouble(Report *report, bool failed, const char *path, const char *reason) {
  Trouble trouble = {arena_copy(&report->arena, path, strlen(path)),
                     arena_copy(&report->arena, reason, strlen(reason))};
  if (failed)
    vec_push(&report->failed, trouble);
  else
    vec_push(&report->partial, trouble);
}

static void add_note(Report *report, const char *note) {
  vec_push(&report->notes, arena_copy(&report->arena, note, strlen(note)));
}

// Count the file and name what went wrong with it, if the user asked for it.
static void account(Report *report, const Source *source, const Gathered *result) {
  Skip skip = source->lang == LANG_JSON ? SKIP_NO : source->skip ? source->skip : result->skip;
  report->coverage.files_beside += !source->asked && result->parsed;
  if (!source->asked)
    return;
  report->coverage.files_scanned += lang_is_code(source->lang);
  if (skip == SKIP_UNREADABLE || skip == SKIP_TOO_DEEP)
    add_trouble(report, true, source->path, skip_reason(skip));
  else if (skip) {
    const char *path = arena_copy(&report->arena, source->path, strlen(source->path));
    vec_push(&report->skipped, ((Skipped){path, skip}));
    report->coverage.skipped[skip]++;
  }
  if (result->trouble)
    add_trouble(report, true, source->path, result->trouble);
  if (result->malformed)
    add_trouble(report, false, source->path, result->malformed);
  report->coverage.files_parsed += result->parsed && !result->cached;
  report->coverage.files_cached += result->parsed && result->cached;
  if (result->parsed && result->file.facts.errors)
    add_trouble(report, false, source->path, "syntax errors: what could be read was read");
  else if (result->parsed && result->file.facts.cut)
    add_trouble(report, false, source->path, "nested too deeply or too long in places: these were left out");
  report->coverage.matches_cut += result->parsed && result->file.facts.matches_cut;
  if (result->parsed && result->file.facts.matches_cut)
    add_trouble(report, false, source->path, "own rules take too much here: some of their findings may be missing");
}

// Count the files that were left out.
static void account_left(Report *report, const Gather *files) {
  report->coverage.files_unrelated = report->coverage.files_of_tests = 0;
  for (size_t i = 0; i < files->count; i++) {
    const Source *source = &files->sources[i];
    report->coverage.files_unrelated += source->asked && files->needs[i] == UNRELATED;
    report->coverage.files_of_tests += source->asked && files->needs[i] == OF_TESTS;
    if (files->needs[i] == OF_TESTS)
      map_put(&report->of_tests, hash_quick(source->path, strlen(source->path)), 1);
  }
}

// Note what a test that is left out imports: what nothing else names is for tests only.
static void add_named_by_test(Program *p, const Mentions *mentions) {
  const char *end = mentions->specifiers + mentions->length;
  for (const char *at = mentions->specifiers; at < end; at += strlen(at) + 1)
    if (!strncmp(at, MENTIONS_NAME, strlen(MENTIONS_NAME)))
      vec_push(&p->named_by_tests, at + strlen(MENTIONS_NAME));
}

// Show the program the facts, and the texts that are no code; these stay with the results.
static void fill_program(Program *p, Report *report, const Gather *files) {
  vec_push(&p->files, ((File){0}));
  for (size_t i = 0; i < files->count; i++) {
    const Source *source = &files->sources[i];
    const Gathered *result = &files->results[i];
    if (result->text && source->lang != LANG_JSON)
      vec_push(&p->texts, ((TextFile){source, result->text, result->length}));
    account(report, source, result);
    if (files->needs[i] == OF_TESTS)
      add_named_by_test(p, &files->mentions[i]);
    if (result->parsed)
      program_add(p, &result->file, (uint32_t)i + 1);
  }
}

static uint64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

// The time since *mark, which moves on to now.
static uint64_t lap(uint64_t *mark) {
  uint64_t now = now_us(), spent = now - *mark;
  *mark = now;
  return spent;
}

// What all trees of a run are scanned with.
typedef struct Setup {
  const ScanOptions *options;
  Libraries libs;
  pthread_t reader;  // of the models of the program
  bool reading, ready;
  uint64_t added;    // a hash of the models of the configuration, 0 if there are none
  Error unread;      // why they cannot be read
  Terms *terms;
  Cache *cache;
  SqlTexts *texts;
  uint64_t state;  // of the terms, for State; 0: findings are not kept
  const Tree *last;  // after which the process ends, or NULL
} Setup;

static int link_and_judge(Report *report, const Gather *files, const Setup *setup, Error *err) {
  const ScanOptions *options = setup->options;
  uint64_t mark = now_us();
  Program program = {.libs = &setup->libs, .modules = files->modules};
  Schemas schemas = {.texts = setup->texts};
  Queries queries = {.texts = setup->texts};
  int status = 0;
  fill_program(&program, report, files);
  program_link(&program);
  schemas_read(&schemas, &program);
  queries_read(&queries, &program, &schemas);
  report->times.link = lap(&mark);
  if (options->what == LISTING_SCHEMA)
    status = schemas_print(&schemas, files->tree, options->json, options->listing, err);
  else if (options->what == LISTING_QUERIES)
    status = queries_print(&queries, &program, files->tree, options->json, options->listing, err);
  else {
    suppressions_read(report, &program);
    report->keep_hidden = report->suppressions.n || setup->terms->baseline;
    judge(&program, &schemas, &queries, report, setup->terms->config.all_contexts);
    if (options->unresolved)
      unresolved_list(&program, report);
  }
  if (report->tree == setup->last)
    memory_leave();
  queries_release(&queries);
  schemas_release(&schemas);
  program_release(&program);
  report->times.judge = lap(&mark);
  return status;
}

//
// Library models
//

static void *read_models(void *argument) {
  Setup *setup = argument;
  return libraries_load(&setup->libs, &setup->unread) ? &setup->unread : NULL;
}

// Read the library models of the program while the tree is listed, unless the run is to have one thread.
static void start_libraries(Setup *setup) {
  setup->reading = setup->options->gather.jobs != 1 && !pthread_create(&setup->reader, NULL, read_models, setup);
}

// Wait for the models of the program. NULL when they are there, else why they are not.
static const Error *finish_libraries(Setup *setup) {
  void *failed = NULL;
  if (setup->reading)
    pthread_join(setup->reader, &failed);
  else
    failed = read_models(setup);
  setup->reading = false;
  return failed;
}

// Add the library models of the configuration.
static int add_libraries(Setup *setup, const Tree *tree, Error *err) {
  Config *config = &setup->terms->config;
  int status = 0;
  for (uint32_t i = 0; i < config->libraries.n && !status; i++) {
    Text text = {0};
    const char *path = config->libraries.at[i];
    status = config_open(config, tree, path, &text, err);
    if (!status)
      status = libraries_add(&setup->libs, path, text.at ? text.at : "", text.n, err);
    err->usage |= status != 0;
    uint64_t parts[] = {setup->added, hash_bytes(text.at, text.n)};
    setup->added = hash_bytes(parts, sizeof parts);
    text_release(&text);
  }
  return status;
}

// Have all library models, once something asks for them.
static int have_libraries(Setup *setup, const Tree *tree, Error *err) {
  const Error *failed = setup->ready ? NULL : finish_libraries(setup);
  if (failed)
    *err = *failed;
  if (failed || setup->ready)
    return failed ? -1 : 0;
  setup->ready = true;
  return add_libraries(setup, tree, err);
}

//
// One tree
//

// The state of the tree; unknown when what is found in it is not kept.
static State state_of(const Tree *tree, const Setup *setup) {
  const ScanOptions *options = setup->options;
  bool kept = setup->state && tree && options->what == LISTING_NONE && !options->unresolved;
  return (State){kept ? state_of_tree(tree, cache_seed(setup->cache)) : 0, setup->state};
}

// The state of a tree by those of its files that are needed; unknown as well when something is wrong with a file.
static State state_of_needed(const Gather *files, const Setup *setup) {
  State state = state_of(files->tree, setup);
  bool *matter = xcalloc(files->count, sizeof *matter);
  for (size_t i = 0; i < files->count && state.sources; i++) {
    matter[i] = files->needs[i] == NEEDED;
    if (files->results[i].trouble)
      state.sources = 0;
  }
  if (state.sources)
    state.sources = state_of_inputs(files->tree, matter, cache_seed(setup->cache));
  xfree(matter);
  return state;
}

// Recall what an earlier scan found in a tree of that state.
static bool recall(Report *report, const State *state, const Setup *setup) {
  if (!state->sources || !cache_find_report(setup->cache, state, report))
    return false;
  report->coverage.files_cached += report->coverage.files_parsed;
  report->coverage.files_parsed = 0;
  return true;
}

// Tell which files of a tree in that state are needed.
static int tell_needed(Gather *files, const State *state, const GatherOptions *options, Setup *setup, Error *err) {
  if (gather_recall(files, setup->cache, state->sources ? state->terms : 0, options))
    return 0;
  if (have_libraries(setup, files->tree, err))
    return -1;
  gather_needs(files, &setup->libs, options);
  return 0;
}

// Lay the findings out, and do to them what comments, the configuration and the baseline say.
static int finish_findings(Report *report, const Setup *setup, Error *err) {
  Terms *terms = setup->terms;
  if (fixes_lay_out(report, err) || places_resolve(report, err))
    return -1;
  suppressions_apply(report);
  config_levels(&terms->config, report);
  if (terms->baseline)
    baseline_apply(&terms->known, report);
  return 0;
}

// Parse what is needed, link it, and judge.
static int find(Report *report, Gather *files, const GatherOptions *options, Setup *setup, Error *err) {
  uint64_t mark = now_us();
  if (have_libraries(setup, files->tree, err) || gather_facts(files, setup->cache, options, err))
    return -1;
  gather_keep(files, setup->cache);
  report->times.facts += lap(&mark);
  if (link_and_judge(report, files, setup, err))
    return -1;
  mark = now_us();
  int status = finish_findings(report, setup, err);
  report->times.places = lap(&mark);
  return status;
}

// Scan one tree, which the report then owns; `other` is another one that shares files with it, or NULL.
static int scan_tree(Report *report, Tree *tree, Gather *files, const Gather *other, Setup *setup, Error *err) {
  uint64_t mark = now_us();
  GatherOptions options = setup->options->gather;
  options.own = setup->terms->config.own;
  options.tests = setup->terms->config.all_contexts || setup->options->what != LISTING_NONE;
  report->tree = tree;
  config_mark(&setup->terms->config, tree);
  State state = state_of(tree, setup);
  if (recall(report, &state, setup))
    return 0;
  if (gather_look(files, tree, other, setup->cache, &options, err) || tell_needed(files, &state, &options, setup, err))
    return -1;
  state = state_of_needed(files, setup);
  bool recalled = recall(report, &state, setup);
  account_left(report, files);
  if (recalled) {
    gather_keep(files, setup->cache);
    return 0;
  }
  report->inputs = state.sources;
  report->times.facts = lap(&mark);
  return find(report, files, &options, setup, err);
}

//
// A change: what is found before it, and what after
//

enum { MOST_BASES = 16 };  // parents of a merge

typedef struct Before {
  size_t count;
  Report reports[MOST_BASES];
  Known known[MOST_BASES];
  Gather files[MOST_BASES];
} Before;

static int scan_base(Before *before, const char *rev, Setup *setup, Error *err) {
  const ScanOptions *options = setup->options;
  Tree *tree = NULL;
  TreeOptions tree_options = {.rev = rev, .lenient = true, .max_bytes = options->max_bytes};
  if (tree_open(&tree, options->paths, options->npaths, &tree_options, err))
    return -1;
  size_t i = before->count++;
  Report *report = &before->reports[i];
  report->rules = &setup->terms->config.rules;
  int status = scan_tree(report, tree, &before->files[i], i ? &before->files[i - 1] : NULL, setup, err);
  if (status == 0)
    known_add_findings(&before->known[i], report->findings.at, report->findings.n);
  return status;
}

// Recall what an earlier scan found in the base of the change.
static bool recall_base(Before *before, const Tree *tree, const Change *change, const Setup *setup) {
  State state = {setup->state ? state_before(tree, change, cache_seed(setup->cache)) : 0, setup->state};
  bool found = state.sources && cache_find_known(setup->cache, &state, &before->known[0]);
  before->count += found;
  return found;
}

static int scan_bases(Before *before, const Tree *tree, const Change *change, Setup *setup, Error *err) {
  if (recall_base(before, tree, change, setup))
    return 0;
  for (size_t i = 0; i < change_bases(change) && i < MOST_BASES; i++)
    if (scan_base(before, change_base(change, i), setup, err))
      return -1;
  return 0;
}

// What is found in a tree, for the cache: up to three items. `known` is filled if it is empty. None when it may not be the same
// next time, or is kept already.
static size_t note_found(CacheItem *items, const Report *report, Known *known, const Setup *setup) {
  bool whole = !report->failed.n && !report->coverage.matches_cut;
  State state = whole ? state_of(report->tree, setup) : (State){0, 0};
  Known kept = {0};
  if (!state.sources)
    return 0;
  if (cache_find_known(setup->cache, &state, &kept)) {
    known_release(&kept);
    return 0;
  }
  if (!known->all.n)
    known_add_findings(known, report->findings.at, report->findings.n);
  items[0] = (CacheItem){.known = known, .state = state};
  items[1] = (CacheItem){.report = report, .state = state};
  items[2] = (CacheItem){.report = report, .state = {report->inputs, state.terms}};
  return report->inputs ? 3 : 2;
}

// Have the cache keep what is found in the tree, which may be scanned again and will be the base of changes, and in the
// base of this change.
static void keep_found(Before *before, const Report *report, const Setup *setup) {
  CacheItem items[6];
  Known known = {0};
  size_t count = note_found(items, report, &known, setup);
  if (before->count == 1)
    count += note_found(items + count, &before->reports[0], &before->known[0], setup);
  cache_keep(setup->cache, items, count);
  known_release(&known);
}

static void before_release(Before *before) {
  while (before->count) {
    size_t i = --before->count;
    known_release(&before->known[i]);
    gather_release(&before->files[i]);
    report_release(&before->reports[i]);
  }
}

// Scan the tree and what it is compared with; keep what the change brings.
static int scan_change(Report *report, Tree *tree, const Change *change, Setup *setup, Error *err) {
  Before before = {0};
  Gather files = {0};
  int status = scan_bases(&before, tree, change, setup, err);
  if (status == 0)
    status = scan_tree(report, tree, &files, before.count ? &before.files[before.count - 1] : NULL, setup, err);
  if (status == 0) {
    keep_found(&before, report, setup);
    fresh_keep(report, change, before.known, before.count);
    status = fresh_place(report, change, err);
  }
  gather_release(&files);
  before_release(&before);
  return status;
}

// Scan a tree as a whole.
static int scan_whole(Report *report, Tree *tree, Setup *setup, Error *err) {
  Before none = {0};
  Gather files = {0};
  int status = scan_tree(report, tree, &files, NULL, setup, err);
  if (status == 0)
    keep_found(&none, report, setup);
  gather_release(&files);
  return status;
}

// Scan what was opened, as a whole or for a change.
static int scan_opened(Report *report, Tree *tree, Setup *setup, Error *err) {
  const ScanOptions *options = setup->options;
  Change *change = NULL;
  int status = 0;
  if (options->what == LISTING_NONE && (options->diff || options->staged))
    status = change_open(&change, tree, options->diff, err);
  const char *note = change ? change_note(change) : NULL;
  if (note)
    add_note(report, note);
  if (status == 0 && change && !note && !change_matters(change))
    report->coverage.unchanged = true;
  else if (status == 0 && change && !note)
    status = scan_change(report, tree, change, setup, err);
  else if (status == 0)
    status = scan_whole(report, tree, setup, err);
  change_free(change);
  return status;
}

//
// The run
//

// What findings depend on besides the sources, as one number; 0 when they are not to be recalled.
static uint64_t hash_terms(const Setup *setup) {
  const Terms *terms = setup->terms;
  const GatherOptions *gather = &setup->options->gather;
  uint64_t parts[] = {gather->limits.seconds, gather->limits.bytes, gather->limits.depth, gather->max_memory,
                      gather->parse_all, setup->options->max_bytes, own_version(terms->config.own), terms->known_version,
                      setup->added, 0};
  Text text = {0};
  if (setup->options->counts_known || config_print(&terms->config, &text, NULL))
    return 0;
  parts[COUNT(parts) - 1] = hash_bytes(text.at, text.n);
  text_release(&text);
  return hash_bytes(parts, sizeof parts) | 1;
}

// Scan by the cache of the repository.
static int scan_cached(Report *report, Tree *tree, Setup *setup, Error *err) {
  Error trouble;
  CacheOptions options = setup->options->cache;
  options.own = own_version(setup->terms->config.own);
  if (cache_open(&setup->cache, tree_git_dir(tree), &options, &trouble))
    add_note(report, trouble.text);
  setup->state = setup->cache ? hash_terms(setup) : 0;
  setup->texts = sql_texts_open(setup->cache);
  int status = scan_opened(report, tree, setup, err);
  sql_texts_close(setup->texts);
  cache_close(setup->cache);
  return status;
}

// The baseline that is named on the command line, or in the configuration.
static int read_baseline(Terms *terms, const ScanOptions *options, const Tree *tree, Error *err) {
  Text text = {0};
  int status = 0;
  if (options->all_findings || !(options->baseline || terms->config.baseline))
    return 0;
  if (options->baseline) {
    terms->baseline = options->baseline;
    status = input_read(terms->baseline, &text, err);
    err->usage |= status != 0;
  } else {
    terms->baseline = config_disk_path(&terms->config, tree, terms->config.baseline);
    status = config_open(&terms->config, tree, terms->config.baseline, &text, err);
  }
  terms->known_version = hash_bytes(text.at, text.n) | 1;
  if (!status)
    status = baseline_read(&terms->known, terms->baseline, &text, err);
  text_release(&text);
  return status;
}

// What the command line says goes before what the configuration says.
static int read_config(Terms *terms, const ScanOptions *options, const Tree *tree, Error *err) {
  Config *config = &terms->config;
  if (config_read(config, tree, options->config, err))
    return -1;
  config->all_contexts |= options->all_contexts;
  if (options->fail_on >= 0)
    config->fail_on = options->fail_on;
  else if (config->fail_on < 0)
    config->fail_on = FAIL_ON_WARNING;
  return read_baseline(terms, options, tree, err);
}

// What the configuration alone tells.
static int print_terms(const Config *config, const ScanOptions *options, Error *err) {
  if (own_compile(config->own, err))
    return -1;
  if (options->what == LISTING_CONFIG)
    return config_print(config, options->listing, err);
  if (options->what == LISTING_PAGE)
    return rule_explain(&config->rules, options->rule, options->listing, err);
  rules_print(&config->rules, options->listing);
  return 0;
}

int scan_run(Report *report, Terms *terms, const ScanOptions *options, Error *err) {
  uint64_t start = now_us(), mark = start;
  Tree *tree = NULL;
  Setup setup = {.options = options, .terms = terms};
  TreeOptions tree_options = {.rev = options->rev, .staged = options->staged, .max_bytes = options->max_bytes};
  tree_options.unlisted = options->what >= LISTING_CONFIG;
  tree_options.jobs = options->gather.jobs;
  start_libraries(&setup);
  int status = tree_open(&tree, options->paths, options->npaths, &tree_options, err);
  report->tree = tree;
  setup.last = options->last ? tree : NULL;
  report->rules = &terms->config.rules;
  if (status == 0)
    status = read_config(terms, options, tree, err);
  if (status == 0 && (options->what >= LISTING_CONFIG || terms->config.libraries.n))
    status = have_libraries(&setup, tree, err);
  report->times.walk = lap(&mark);
  if (status == 0 && options->what >= LISTING_CONFIG)
    status = print_terms(&terms->config, options, err);
  else if (status == 0)
    status = scan_cached(report, tree, &setup, err);
  if (setup.reading)
    finish_libraries(&setup);
  libraries_release(&setup.libs);
  report->elapsed_ms = (now_us() - start) / 1000;
  return status;
}

void terms_release(Terms *terms) {
  config_release(&terms->config);
  known_release(&terms->known);
}

void report_release(Report *report) {
  vec_release(&report->findings);
  vec_release(&report->legitimate);
  vec_release(&report->suppressed);
  vec_release(&report->hidden);
  map_release(&report->of_tests);
  vec_release(&report->suppressions);
  vec_release(&report->notes);
  vec_release(&report->unresolved);
  vec_release(&report->failed);
  vec_release(&report->partial);
  vec_release(&report->skipped);
  arena_release(&report->arena);
  tree_free((Tree *)report->tree);
  *report = (Report){0};
}
