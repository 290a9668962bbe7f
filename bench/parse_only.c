// parse_only.c - parse all sources of a tree by tree-sitter and do nothing else: what a scan is compared
// with.
//
//   parse_only [-j THREADS] [-r REV] [PATH...]
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <tree_sitter/api.h>
#include <unistd.h>

#include "source.h"

const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_typescript(void);
const TSLanguage *tree_sitter_tsx(void);

typedef struct Bench {
  const Tree *tree;
  const Source *sources;
  size_t count;
  atomic_size_t next, files, bytes, failed;
} Bench;

static const TSLanguage *grammar_of(Lang lang) {
  switch (lang) {
  case LANG_JAVASCRIPT:
    return tree_sitter_javascript();
  case LANG_TYPESCRIPT:
    return tree_sitter_typescript();
  case LANG_TSX:
    return tree_sitter_tsx();
  default:
    return NULL;
  }
}

static void parse_source(Bench *bench, TSParser *parser, Reader *reader, const Source *source, Text *text) {
  Skip skip;
  Error err;
  const TSLanguage *grammar = grammar_of(source->lang);
  if (source->skip || !grammar)
    return;
  if (reader_read(reader, source, text, &skip, &err)) {
    bench->failed++;
    return;
  }
  if (skip)
    return;
  ts_parser_set_language(parser, grammar);
  ts_tree_delete(ts_parser_parse_string(parser, NULL, text->at, (uint32_t)text->n));
  bench->files++;
  bench->bytes += text->n;
}

static void *parse_sources(void *argument) {
  Bench *bench = argument;
  Error err;
  Reader *reader;
  Text text = {0};
  if (reader_open(&reader, bench->tree, &err))
    die("%s", err.text);
  TSParser *parser = ts_parser_new();
  for (size_t i; (i = bench->next++) < bench->count;)
    parse_source(bench, parser, reader, &bench->sources[i], &text);
  ts_parser_delete(parser);
  reader_free(reader);
  text_release(&text);
  return NULL;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run_threads(Bench *bench, size_t count) {
  pthread_t *threads = xcalloc(count, sizeof *threads);
  for (size_t i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, parse_sources, bench))
      die("cannot start a thread");
  for (size_t i = 0; i < count; i++)
    pthread_join(threads[i], NULL);
  xfree(threads);
}

static void print_result(Bench *bench, double spent) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("%zu files, %.1f MB, %.3f s, peak %.0f MB, %zu not read\n", bench->files, (double)bench->bytes / 1e6,
         spent, (double)usage.ru_maxrss / 1024, bench->failed);
}

int main(int argc, char **argv) {
  long jobs = sysconf(_SC_NPROCESSORS_ONLN);
  TreeOptions options = {.max_bytes = 1 << 20};
  for (int option; (option = getopt(argc, argv, "j:r:")) != -1;) {
    if (option == 'j')
      jobs = atol(optarg);
    else if (option == 'r')
      options.rev = optarg;
    else
      return 2;
  }
  double start = seconds();
  Error err;
  Tree *tree;
  if (tree_open(&tree, (const char *const *)argv + optind, (size_t)(argc - optind), &options, &err))
    die("%s", err.text);
  Bench bench = {.tree = tree};
  bench.sources = tree_sources(tree, &bench.count);
  run_threads(&bench, jobs > 0 ? (size_t)jobs : 1);
  print_result(&bench, seconds() - start);
  tree_free(tree);
  return 0;
}
