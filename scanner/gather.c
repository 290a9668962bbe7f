// gather.c - see gather.h. Files are shared out among threads, largest first.
#include "gather.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  PARSE_STACK = 64 << 20,  // lowering recurses over the syntax tree: address space, not memory
  KEPT_SHARE = 3,          // what link and judge make of facts and texts takes about as much again, and there are parsers
};

// The files shared out among the threads, largest first.
typedef struct Work {
  const Gather *gather;
  const GatherOptions *options;
  uint32_t *order;
  size_t count;
  atomic_size_t next;
  atomic_bool failed;
  Error error;
  atomic_ullong kept;  // bytes of facts and texts
  Cache *cache;
} Work;

// What a thread works with.
typedef struct Worker {
  Reader *reader;
  Parser *parser;
  CacheReader *cache;
  Text text;
} Worker;

static void release(Gathered *result) {
  if (result->parsed)
    facts_release(&result->file.facts);
  xfree(result->text);
  xfree(result->trouble);
}

// Take what the cache has of the file.
static bool find_file(Gathered *result, Worker *worker, const Source *source) {
  if (!lang_is_code(source->lang) || !source_has_blob(source))
    return false;
  result->cached = cache_find(worker->cache, source, &result->file.facts, &result->skip);
  result->parsed = result->cached && !result->skip;
  return result->cached;
}

// Read the file, and parse it if it is code.
static void read_file(Gathered *result, Worker *worker, const Source *source) {
  Text *text = &worker->text;
  Error error = {0};
  if (reader_read(worker->reader, source, text, &result->skip, &error) != 0) {
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
  const char *bytes = text->at ? text->at : "";
  result->parsed = facts_of(&result->file.facts, worker->parser, source->lang, bytes, text->n, &error) == 0;
  if (!result->parsed)
    result->trouble = xstrndup(error.text, strlen(error.text));
}

static bool is_full(Work *work) { return atomic_load(&work->kept) > work->options->max_memory / KEPT_SHARE; }

static size_t bytes_kept(const Gathered *result) {
  FactsShape shape = facts_shape(&result->file.facts);
  return result->parsed ? facts_size(&shape) : result->length;
}

// Find or read the file unless the run has no room for it.
static void get_file(Work *work, Gathered *result, Worker *worker, const Source *source) {
  static const char reason[] = "no room left in the memory of the run (--max-memory)";
  if (!is_full(work) && !find_file(result, worker, source))
    read_file(result, worker, source);
  atomic_fetch_add(&work->kept, bytes_kept(result));
  if (!is_full(work))
    return;
  release(result);
  *result = (Gathered){.skip = result->skip, .trouble = result->skip ? NULL : xstrndup(reason, sizeof reason - 1)};
}

static void read_one(Work *work, Worker *worker, uint32_t index) {
  const Source *source = &work->gather->sources[index];
  Gathered *result = &work->gather->results[index];
  if (source->skip)
    return;
  if (!result->borrowed)
    get_file(work, result, worker, source);
  if (!result->parsed)
    return;
  result->file.source = source;
  result->file.context = context_of_source(source, tree_path_below_asked(work->gather->tree, source));
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
    if (!atomic_exchange(&work->failed, true))
      work->error = error;
    return NULL;
  }
  worker.parser = parser_new(&work->options->limits);
  worker.cache = cache_reader_open(work->cache);
  for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->count;) {
    show_progress(work, i);
    read_one(work, &worker, work->order[i]);
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

static unsigned thread_count(unsigned jobs, size_t files) {
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  size_t n = jobs ? jobs : cpus > 0 ? (size_t)cpus : 1;
  n = n > files ? files : n;
  return (unsigned)(n ? n : 1);
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
  return atomic_load(&work->failed) ? fail(err, "%s", work->error.text) : 0;
}

static int read_files(Gather *g, Cache *cache, const GatherOptions *options, Error *err) {
  Work work = {.gather = g, .options = options, .count = g->count, .cache = cache};
  work.order = xcalloc(g->count, sizeof *work.order);
  for (uint32_t i = 0; i < g->count; i++)
    work.order[i] = i;
  sort_sources = g->sources;
  if (work.count)
    qsort(work.order, work.count, sizeof *work.order, compare_sizes);
  int status = run_threads(&work, err);
  xfree(work.order);
  return status;
}

//
// One tree with the files of another
//

static uint64_t blob_key(const Source *source) { return hash_bytes(source->oid, sizeof source->oid) + source->lang; }

static void index_blobs(Gather *g) {
  for (uint32_t i = 0; i < g->count; i++)
    if (source_has_blob(&g->sources[i]) && !g->sources[i].skip)
      map_put(&g->by_blob, blob_key(&g->sources[i]), i + 1);
}

// Take what the other tree has of the same blob.
static void borrow(Gathered *result, const Source *source, const Gather *other) {
  uint32_t index = source_has_blob(source) && !source->skip ? map_get(&other->by_blob, blob_key(source)) : 0;
  const Source *theirs = index ? &other->sources[index - 1] : NULL;
  if (!theirs || theirs->lang != source->lang || memcmp(theirs->oid, source->oid, sizeof source->oid))
    return;
  *result = other->results[index - 1];
  result->file = (File){.facts = result->file.facts};
  result->borrowed = true;
}

// Have the cache keep what was read of blobs.
static void keep_files(const Gather *g, Cache *cache) {
  VEC(CacheItem) items = {0};
  for (size_t i = 0; i < g->count; i++) {
    const Gathered *result = &g->results[i];
    const Source *source = &g->sources[i];
    if (source_has_blob(source) && lang_is_code(source->lang) && !result->borrowed && (result->parsed || result->skip))
      vec_push(&items, ((CacheItem){source, result->parsed ? &result->file.facts : NULL, result->skip, result->cached}));
  }
  cache_keep(cache, items.at, items.n);
  vec_release(&items);
}

int gather(Gather *out, const Tree *tree, const Gather *other, Cache *cache, const GatherOptions *options, Error *err) {
  *out = (Gather){.tree = tree};
  out->sources = tree_sources(tree, &out->count);
  out->results = xcalloc(out->count, sizeof *out->results);
  for (size_t i = 0; other && i < out->count; i++)
    borrow(&out->results[i], &out->sources[i], other);
  index_blobs(out);
  if (read_files(out, cache, options, err))
    return -1;
  keep_files(out, cache);
  return 0;
}

void gather_release(Gather *g) {
  for (size_t i = 0; i < g->count; i++)
    if (!g->results[i].borrowed)
      release(&g->results[i]);
  xfree(g->results);
  map_release(&g->by_blob);
  *g = (Gather){0};
}
