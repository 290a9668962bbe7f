// gather.c - see gather.h. Files are shared out among threads, largest first: to look at them all, and then to parse those
// that are needed.
#include "gather.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
  PARSE_STACK = 64 << 20,  // lowering recurses over the syntax tree: address space, not memory
  KEPT_SHARE = 3,          // what link and judge make of facts and texts takes about as much again, and there are parsers
  CODE_KEPT = 64 << 20,    // bytes of code kept from the look at it until it is parsed; the rest is read twice
};

typedef struct Work Work;
typedef struct Worker Worker;

// The files shared out among the threads, largest first.
struct Work {
  const Gather *gather;
  void (*step)(Work *work, Worker *worker, uint32_t source);
  const GatherOptions *options;
  size_t count;
  atomic_size_t next;
  atomic_bool failed;
  Error error;
  atomic_ullong kept;  // bytes of facts and texts
  atomic_ullong code;  // bytes of code that waits to be parsed
  Cache *cache;
};

// What a thread works with.
struct Worker {
  Reader *reader;
  Parser *parser;
  CacheReader *cache;
  Text text;
};

static void release(Gathered *result) {
  if (result->parsed)
    facts_release(&result->file.facts);
  xfree(result->text);
  xfree(result->trouble);
}

// Note what went wrong, without the path that it begins with.
static void note_trouble(Gathered *result, const Error *error, const Source *source) {
  size_t length = strlen(source->path);
  bool named = !strncmp(error->text, source->path, length) && !strncmp(error->text + length, ": ", 2);
  const char *reason = named ? error->text + length + 2 : error->text;
  result->trouble = xstrndup(reason, strlen(reason));
}

// A file that is written to after git has looked at it is not the blob that it was: nothing is kept for that.
static void check_blob(const Work *work, Source *source, const Text *text) {
  if (work->cache && tree_is_on_disk(work->gather->tree) && source_has_blob(source) && !source_is_blob(source, text))
    memset(source->oid, 0, sizeof source->oid);
}

// Read a file into the worker's text. False when it cannot be read, or is to be skipped.
static bool read_text(const Work *work, Gathered *result, Worker *worker, Source *source) {
  Error error = {0};
  if (reader_read(worker->reader, source, &worker->text, &result->skip, &error)) {
    note_trouble(result, &error, source);
    return false;
  }
  if (!source->content)
    check_blob(work, source, &worker->text);
  source->content = content_hash(&worker->text);
  return !result->skip;
}

// Have the result keep the worker's text.
static void keep_text(Gathered *result, const Worker *worker) {
  result->text = xstrndup(worker->text.at ? worker->text.at : "", worker->text.n);
  result->length = worker->text.n;
}

static void drop_text(Gathered *result) {
  xfree(result->text);
  result->text = NULL;
  result->length = 0;
}

static bool is_full(Work *work) { return atomic_load(&work->kept) > work->options->max_memory / KEPT_SHARE; }

// Count what is kept of a file, or give it up when the run has no room for it.
static void find_room(Work *work, Gathered *result, size_t size) {
  static const char reason[] = "no room left in the memory of the run (--max-memory)";
  atomic_fetch_add(&work->kept, size);
  if (!is_full(work))
    return;
  release(result);
  *result = (Gathered){.skip = result->skip, .trouble = result->skip ? NULL : xstrndup(reason, sizeof reason - 1)};
}

//
// The look at each file: texts that are no code are kept, code is asked what it mentions
//

static void keep_code(Work *work, Gathered *result, const Worker *worker) {
  if (atomic_fetch_add(&work->code, worker->text.n) + worker->text.n < CODE_KEPT)
    keep_text(result, worker);
}

static void look_at_code(Work *work, Gathered *result, Worker *worker, Source *source) {
  Mentions *mentions = &work->gather->mentions[source - work->gather->sources];
  if (!result->remembered)
    result->remembered = cache_find_mentions(worker->cache, source, mentions, &result->skip);
  if (result->remembered) {
    source->content = mentions->content;
    return;
  }
  if (read_text(work, result, worker, source)) {
    mentions_read(mentions, worker->text.at ? worker->text.at : "", worker->text.n);
    keep_code(work, result, worker);
  }
  mentions->content = source->content;
}

static void look_at(Work *work, Worker *worker, uint32_t index) {
  Source *source = &work->gather->sources[index];
  Gathered *result = &work->gather->results[index];
  if (source->skip || result->borrowed)
    return;
  if (!lang_is_code(source->lang)) {
    if (!is_full(work) && read_text(work, result, worker, source))
      keep_text(result, worker);
    find_room(work, result, result->length);
  } else {
    look_at_code(work, result, worker, source);
  }
}

//
// The facts of code that is needed
//

// Take what the cache has of the file.
static bool find_file(Gathered *result, Worker *worker, const Source *source) {
  result->cached = cache_find_facts(worker->cache, source, &result->file.facts);
  result->parsed = result->cached;
  return result->cached;
}

// The run fails.
static void give_up(Work *work, const Error *error) {
  if (!atomic_exchange(&work->failed, true))
    work->error = *error;
}

static void parse_file(Work *work, Gathered *result, Worker *worker, Source *source) {
  Error error = {0};
  const char *bytes = result->text;
  size_t length = result->length;
  if (!bytes) {
    if (!read_text(work, result, worker, source))
      return;
    bytes = worker->text.at ? worker->text.at : "";
    length = worker->text.n;
  }
  result->parsed = facts_of(&result->file.facts, worker->parser, source->lang, bytes, length, &error) == 0;
  if (!result->parsed)
    note_trouble(result, &error, source);
  if (error.usage)
    give_up(work, &error);
}

// Find the facts of a file, or parse it, unless the run has no room for it.
static void get_facts(Work *work, Gathered *result, Worker *worker, Source *source) {
  if (!is_full(work) && !find_file(result, worker, source))
    parse_file(work, result, worker, source);
  drop_text(result);
  FactsShape shape = facts_shape(&result->file.facts);
  find_room(work, result, result->parsed ? facts_size(&shape) : 0);
}

static void get_file(Work *work, Worker *worker, uint32_t index) {
  Source *source = &work->gather->sources[index];
  Gathered *result = &work->gather->results[index];
  if (source->skip || !lang_is_code(source->lang))
    return;
  bool needed = work->gather->needs[index] == NEEDED;
  if (!needed && !result->borrowed)
    drop_text(result);
  else if (!result->borrowed && !result->skip && !result->trouble)
    get_facts(work, result, worker, source);
  result->parsed &= needed;
  if (!result->parsed)
    return;
  result->file.source = source;
  result->file.unrelated = result->unrelated;
  result->file.context = (Context)work->gather->contexts[index];
  index_file(&result->file);
}

static void show_progress(const Work *work, size_t done) {
  if (work->options->progress && done % 256 == 0)
    fprintf(stderr, "\rseqscan: %zu of %zu files", done, work->count);
}

static void *work_thread(void *argument) {
  Work *work = argument;
  Worker worker = {0};
  Error error = {0};
  if (reader_open(&worker.reader, work->gather->tree, &error) != 0) {
    give_up(work, &error);
    return NULL;
  }
  reader_is_first(worker.reader);
  worker.parser = parser_new(&work->options->limits);
  parser_ask(worker.parser, work->options->own);
  worker.cache = cache_reader_open(work->cache);
  for (size_t i; !atomic_load(&work->failed) && (i = atomic_fetch_add(&work->next, 1)) < work->count;) {
    show_progress(work, i);
    work->step(work, &worker, work->gather->order[i]);
  }
  text_release(&worker.text);
  cache_reader_close(worker.cache);
  parser_free(worker.parser);
  reader_free(worker.reader);
  return NULL;
}

static const Source *sort_sources;

static int compare_sizes(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  uint64_t sa = sort_sources[a].size, sb = sort_sources[b].size;
  return sa != sb ? (sa < sb ? 1 : -1) : (a > b) - (a < b);
}

static int run_threads(Work *work, Error *err) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, PARSE_STACK);
  unsigned count = thread_count(work->options->jobs, work->count), started = 0;
  pthread_t *threads = xcalloc(count, sizeof *threads);
  while (started < count && pthread_create(&threads[started], &attributes, work_thread, work) == 0)
    started++;
  for (unsigned i = 0; i < started; i++)
    pthread_join(threads[i], NULL);
  xfree(threads);
  pthread_attr_destroy(&attributes);
  if (work->options->progress)
    fprintf(stderr, "\r\033[K");
  if (!started)
    return fail(err, "cannot start a thread");
  if (!atomic_load(&work->failed))
    return 0;
  *err = work->error;
  return -1;
}

// What files are for, which of some only their package tells.
static void read_contexts(Gather *g) {
  for (size_t i = 0; i < g->count; i++) {
    Source *source = &g->sources[i];
    if (!source->context && context_of_path(source->path) == CONTEXT_APP && modules_is_tool(g->modules, source->path))
      source->context = CONTEXT_SCRIPT + 1;
    g->contexts[i] = context_of_source(source, tree_path_below_asked(g->tree, source));
  }
}

static void read_modules(Gather *g) {
  g->modules = modules_new();
  for (size_t i = 0; i < g->count; i++) {
    Gathered *result = &g->results[i];
    Error error;
    modules_add_file(g->modules, g->sources[i].path);
    if (g->sources[i].lang == LANG_JSON && result->text &&
        modules_add_json(g->modules, g->sources[i].path, result->text, result->length, &error))
      result->malformed = xstrndup(error.text, strlen(error.text));
  }
  modules_link(g->modules);
  read_contexts(g);
}

// Have the sources looked at largest first.
static void order_sources(Gather *g) {
  g->order = xcalloc(g->count, sizeof *g->order);
  for (uint32_t i = 0; i < g->count; i++)
    g->order[i] = i;
  sort_sources = g->sources;
  if (g->count)
    qsort(g->order, g->count, sizeof *g->order, compare_sizes);
}

// Do the same with all files.
static int run_on_all(Gather *g, Cache *cache, const GatherOptions *options, void (*step)(Work *, Worker *, uint32_t),
                      Error *err) {
  Work work = {.gather = g, .options = options, .count = g->count, .cache = cache, .kept = g->kept, .step = step};
  int status = run_threads(&work, err);
  g->kept = atomic_load(&work.kept);
  return status;
}

// What the needs depend on: unknown when something is wrong with a file. By the seed nobody can make up mentions that have the
// number of others.
static uint64_t state_of_mentions(const Gather *g, uint64_t seed) {
  uint64_t state = 1;
  for (size_t i = 0; i < g->count; i++) {
    const Source *source = &g->sources[i];
    const Mentions *m = &g->mentions[i];
    uint64_t said = XXH3_64bits_withSeed(m->specifiers, m->length, seed);
    uint64_t parts[] = {state, XXH3_64bits_withSeed(source->path, strlen(source->path), seed), source->skip, source->context,
                        g->results[i].skip, m->flags, said, source->lang == LANG_JSON ? source->content : 0};
    if (g->results[i].trouble)
      return 0;
    state = XXH3_64bits_withSeed(parts, sizeof parts, seed);
  }
  return state;
}

// Whether what nothing needs is parsed as well.
static bool takes_all(const GatherOptions *options) { return options->parse_all || options->own; }

bool gather_recall(Gather *g, Cache *cache, uint64_t terms, const GatherOptions *options) {
  if (terms && !takes_all(options))
    g->mentioned = (State){state_of_mentions(g, cache_seed(cache)), terms};
  g->needs = g->mentioned.sources ? cache_find_needs(cache, &g->mentioned, g->count) : NULL;
  return g->recalled = g->needs != NULL;
}

void gather_needs(Gather *g, const Libraries *libs, const GatherOptions *options) {
  read_modules(g);
  Files files = {g->sources, g->contexts, g->mentions, g->count, g->modules};
  g->needs = needed_files(&files, libs, options->tests);
  for (size_t i = 0; i < g->count; i++) {
    g->results[i].unrelated = takes_all(options) && g->needs[i] == UNRELATED;
    if (g->results[i].unrelated || !lang_is_code(g->sources[i].lang) || g->results[i].skip || g->results[i].trouble)
      g->needs[i] = NEEDED;  // also as a text, or so that what is wrong with it is told
  }
}

//
// One tree with the files of another
//

static uint64_t blob_key(const Source *source) { return hash_quick(source->oid, sizeof source->oid) + source->lang; }

static void index_blobs(Gather *g) {
  for (uint32_t i = 0; i < g->count; i++)
    if (source_has_blob(&g->sources[i]) && !g->sources[i].skip)
      map_put(&g->by_blob, blob_key(&g->sources[i]), i + 1);
}

// Take what the other tree has of the same blob.
static void borrow(Gathered *result, Mentions *mentions, Source *source, const Gather *other) {
  uint32_t index = source_has_blob(source) && !source->skip ? map_get(&other->by_blob, blob_key(source)) : 0;
  const Source *theirs = index ? &other->sources[index - 1] : NULL;
  if (!theirs || theirs->lang != source->lang || memcmp(theirs->oid, source->oid, sizeof source->oid))
    return;
  source->content = theirs->content;
  mentions_copy(mentions, &other->mentions[index - 1]);
  *result = (Gathered){.remembered = true};
  if (other->needs[index - 1] != NEEDED)
    return;
  *result = other->results[index - 1];
  result->file = (File){.facts = result->file.facts};
  result->borrowed = true;
  result->malformed = NULL;
}

void gather_keep(const Gather *g, Cache *cache) {
  VEC(CacheItem) items = {0};
  for (size_t i = 0; i < g->count; i++) {
    const Gathered *result = &g->results[i];
    const Source *source = &g->sources[i];
    if (!source_has_blob(source) || source->skip || !lang_is_code(source->lang) || result->borrowed)
      continue;
    if (!result->trouble || result->skip)
      vec_push(&items, ((CacheItem){.source = source, .mentions = &g->mentions[i], .skip = result->skip,
                                    .found = result->remembered}));
    if (result->parsed && !result->file.facts.matches_cut)
      vec_push(&items, ((CacheItem){.source = source, .facts = &result->file.facts, .found = result->cached}));
  }
  if (g->mentioned.sources)
    vec_push(&items, ((CacheItem){.needs = g->needs, .count = g->count, .state = g->mentioned, .found = g->recalled}));
  cache_keep(cache, items.at, items.n);
  vec_release(&items);
}

int gather_look(Gather *out, Tree *tree, const Gather *other, Cache *cache, const GatherOptions *options, Error *err) {
  *out = (Gather){.tree = tree};
  out->sources = tree_own_sources(tree, &out->count);
  out->results = xcalloc(out->count, sizeof *out->results);
  out->mentions = xcalloc(out->count, sizeof *out->mentions);
  out->contexts = xcalloc(out->count, sizeof *out->contexts);
  for (size_t i = 0; other && i < out->count; i++)
    borrow(&out->results[i], &out->mentions[i], &out->sources[i], other);
  order_sources(out);
  return run_on_all(out, cache, options, look_at, err);
}

int gather_facts(Gather *g, Cache *cache, const GatherOptions *options, Error *err) {
  if (!g->modules)
    read_modules(g);
  if (run_on_all(g, cache, options, get_file, err)) {
    for (size_t i = 0; i < g->count; i++)
      if (g->results[i].parsed)
        file_release(&g->results[i].file);
    return -1;
  }
  index_blobs(g);
  return 0;
}

void gather_release(Gather *g) {
  for (size_t i = 0; i < g->count; i++) {
    if (!g->results[i].borrowed)
      release(&g->results[i]);
    xfree(g->results[i].malformed);
    mentions_release(&g->mentions[i]);
  }
  xfree(g->results);
  xfree(g->mentions);
  xfree(g->contexts);
  xfree(g->needs);
  xfree(g->order);
  modules_free(g->modules);
  map_release(&g->by_blob);
  *g = (Gather){0};
}
