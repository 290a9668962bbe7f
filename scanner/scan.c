// scan.c - one run: list the files, reduce each to facts in parallel, link, judge, resolve places.
#include "scan.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "baseline.h"
#include "facts.h"
#include "judge.h"
#include "library.h"
#include "program.h"
#include "query.h"
#include "schema.h"
#include "suppress.h"

enum { PARSE_STACK = 64 << 20 };  // lowering recurses over the syntax tree: address space, not memory

// What one file gave.
typedef struct Result {
  File file;    // its facts and what they say without those of other files
  bool parsed;
  Skip skip;
  char *text;  // of a file that is no code
  size_t length;
  char *trouble;  // why it failed
} Result;

// The files shared out among the threads, largest first.
typedef struct Work {
  const Tree *tree;
  const Source *sources;
  Result *results;
  uint32_t *order;
  size_t count;
  atomic_size_t next;
  atomic_bool failed;
  Error error;
  bool progress;
} Work;

static void read_one(Work *work, Reader *reader, Parser *parser, Text *text, uint32_t index) {
  const Source *source = &work->sources[index];
  Result *result = &work->results[index];
  Error error = {{0}};
  if (source->skip)
    return;
  if (reader_read(reader, source, text, &result->skip, &error) != 0) {
    result->trouble = xstrndup(error.text, strlen(error.text));
    return;
  }
  if (result->skip)
    return;
  if (!lang_is_code(source->lang)) {
    result->text = xstrndup(text->at ? text->at : "", text->n);
    result->length = text->n;
    return;
  }
  File *file = &result->file;
  result->parsed = facts_of(&file->facts, parser, source->lang, text->at ? text->at : "", text->n, &error) == 0;
  if (!result->parsed) {
    result->trouble = xstrndup(error.text, strlen(error.text));
    return;
  }
  file->source = source;
  file->context = context_of_path(tree_path_below_asked(work->tree, source));
  index_file(file);
}

static void show_progress(const Work *work, size_t done) {
  if (work->progress && done % 256 == 0)
    fprintf(stderr, "\rseqscan: %zu of %zu files", done, work->count);
}

static void *work_thread(void *argument) {
  Work *work = argument;
  Reader *reader = NULL;
  Error error = {{0}};
  if (reader_open(&reader, work->tree, &error) != 0) {
    if (!atomic_exchange(&work->failed, true))
      work->error = error;
    return NULL;
  }
  Parser *parser = parser_new();
  Text text = {0};
  for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->count;) {
    show_progress(work, i);
    read_one(work, reader, parser, &text, work->order[i]);
  }
  text_release(&text);
  parser_free(parser);
  reader_free(reader);
  return NULL;
}

static const Source *sort_sources;

static int compare_sizes(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  uint64_t sa = sort_sources[a].size, sb = sort_sources[b].size;
  return sa != sb ? (sa < sb ? 1 : -1) : (a > b) - (a < b);
}

static unsigned thread_count(unsigned jobs, size_t files) {
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  size_t n = jobs ? jobs : cpus > 0 ? (size_t)cpus : 1;
  n = n > files ? files : n;
  return (unsigned)(n ? n : 1);
}

static int run_threads(Work *work, unsigned jobs, Error *err) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, PARSE_STACK);
  unsigned count = thread_count(jobs, work->count), started = 0;
  pthread_t *threads = xcalloc(count, sizeof *threads);
  while (started < count && pthread_create(&threads[started], &attributes, work_thread, work) == 0)
    started++;
  for (unsigned i = 0; i < started; i++)
    pthread_join(threads[i], NULL);
  xfree(threads);
  pthread_attr_destroy(&attributes);
  if (work->progress)
    fprintf(stderr, "\r\033[K");
  if (!started)
    return fail(err, "cannot start a thread");
  return atomic_load(&work->failed) ? fail(err, "%s", work->error.text) : 0;
}

static int read_all(Work *work, unsigned jobs, Error *err) {
  work->results = xcalloc(work->count, sizeof *work->results);
  work->order = xcalloc(work->count, sizeof *work->order);
  for (uint32_t i = 0; i < work->count; i++)
    work->order[i] = i;
  sort_sources = work->sources;
  if (work->count)
    qsort(work->order, work->count, sizeof *work->order, compare_sizes);
  return run_threads(work, jobs, err);
}

static void add_trouble(Report *report, bool failed, const char *path, const char *reason) {
  Trouble trouble = {arena_copy(&report->arena, path, strlen(path)),
                     arena_copy(&report->arena, reason, strlen(reason))};
  if (failed)
    vec_push(&report->failed, trouble);
  else
    vec_push(&report->partial, trouble);
}

// Count the file and name what went wrong with it, if the user asked for it.
static void account(Report *report, const Source *source, const Result *result) {
  Skip skip = source->skip ? source->skip : result->skip;
  report->coverage.files_beside += !source->asked && result->parsed;
  if (!source->asked)
    return;
  report->coverage.files_scanned += lang_is_code(source->lang);
  if (skip && source->lang != LANG_JSON)
    report->coverage.skipped[skip]++;
  if (result->trouble)
    add_trouble(report, true, source->path, result->trouble);
  report->coverage.files_parsed += result->parsed;
  if (result->parsed && result->file.facts.errors)
    add_trouble(report, false, source->path, "syntax errors: what could be read was read");
  else if (result->parsed && result->file.facts.cut)
    add_trouble(report, false, source->path, "nested too deeply or too long in places: these were left out");
}

// Give a file that is no code to the program; its text stays with the result.
static void add_text(Program *p, Report *report, const Source *source, const Result *result) {
  Error error;
  if (source->lang != LANG_JSON)
    vec_push(&p->texts, ((TextFile){source, result->text, result->length}));
  else if (modules_add_json(p->modules, source->path, result->text, result->length, &error) != 0 && source->asked)
    add_trouble(report, false, source->path, error.text);
}

// Move the facts into the program, the JSON files into its modules, and show it the other texts.
static void fill_program(Program *p, Report *report, Work *work) {
  vec_push(&p->files, ((File){0}));
  for (size_t i = 0; i < work->count; i++) {
    const Source *source = &work->sources[i];
    Result *result = &work->results[i];
    if (result->text)
      add_text(p, report, source, result);
    account(report, source, result);
    if (!result->parsed)
      continue;
    modules_add_file(p->modules, source->path);
    vec_push(&p->files, result->file);
  }
  modules_link(p->modules);
}

static void release_work(Work *work) {
  for (size_t i = 0; work->results && i < work->count; i++) {
    xfree(work->results[i].text);
    xfree(work->results[i].trouble);
  }
  xfree(work->results);
  xfree(work->order);
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

static int link_and_judge(Report *report, Work *work, const Libraries *libs, const ScanOptions *options, Error *err) {
  uint64_t mark = now_us();
  Program program = {.libs = libs, .modules = modules_new()};
  Schemas schemas = {0};
  Queries queries = {0};
  int status = 0;
  fill_program(&program, report, work);
  program_link(&program);
  schemas_read(&schemas, &program);
  queries_read(&queries, &program, &schemas);
  report->times.link = lap(&mark);
  if (options->what == LISTING_SCHEMA)
    status = schemas_print(&schemas, work->tree, options->json, options->listing, err);
  else if (options->what == LISTING_QUERIES)
    status = queries_print(&queries, &program, work->tree, options->json, options->listing, err);
  else {
    suppressions_read(report, &program);
    report->keep_hidden = report->suppressions.n || options->baseline;
    judge(&program, &schemas, &queries, report, options->all_contexts);
  }
  queries_release(&queries);
  schemas_release(&schemas);
  program_release(&program);
  modules_free(program.modules);
  report->times.judge = lap(&mark);
  return status;
}

int scan_run(Report *report, const ScanOptions *options, Error *err) {
  uint64_t start = now_us(), mark = start;
  Tree *tree = NULL;
  Libraries libs = {0};
  TreeOptions tree_options = {.rev = options->rev, .max_bytes = options->max_bytes};
  int status = libraries_load(&libs, err);
  if (status == 0)
    status = tree_open(&tree, options->paths, options->npaths, &tree_options, err);
  if (status == 0) {
    report->tree = tree;
    Work work = {.tree = tree, .progress = options->progress};
    work.sources = tree_sources(tree, &work.count);
    report->times.walk = lap(&mark);
    status = read_all(&work, options->jobs, err);
    report->times.facts = lap(&mark);
    if (status == 0)
      status = link_and_judge(report, &work, &libs, options, err);
    release_work(&work);
  }
  mark = now_us();
  if (status == 0)
    status = places_resolve(report, err);
  if (status == 0)
    suppressions_apply(report);
  if (status == 0 && options->baseline)
    baseline_apply(options->baseline, report);
  report->times.places = lap(&mark);
  libraries_release(&libs);
  report->elapsed_ms = (now_us() - start) / 1000;
  return status;
}

void report_release(Report *report) {
  vec_release(&report->findings);
  vec_release(&report->legitimate);
  vec_release(&report->suppressed);
  vec_release(&report->hidden);
  vec_release(&report->suppressions);
  vec_release(&report->failed);
  vec_release(&report->partial);
  arena_release(&report->arena);
  tree_free((Tree *)report->tree);
  *report = (Report){0};
}
