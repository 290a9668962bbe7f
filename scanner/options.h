// options.h - the command line, as one table of options.
#ifndef SEQSCAN_OPTIONS_H
#define SEQSCAN_OPTIONS_H

#include "facts.h"
#include "finding.h"

typedef enum Command { COMMAND_SCAN, COMMAND_FACTS, COMMAND_RULES, COMMAND_EXPLAIN, COMMAND_SCHEMA, COMMAND_QUERIES,
                       COMMAND_CONFIG, COMMAND_CACHE } Command;

// In the order of the choices in the table of options, as FailOn is too.
typedef enum Color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } Color;

// One report of a run.
typedef struct Output {
  const Format *format;
  const char *path;  // NULL: standard output
} Output;

typedef struct Options {
  int command;             // Command
  VEC(const char *) args;  // paths, or the argument of the command
  const char *rev;         // NULL: the files on disk
  const char *diff;        // NULL: all findings
  const char *output;      // for the format that names no file; NULL: standard output
  VEC(Output) outputs;     // at least one once the command line is read
  const char *baseline, *write_baseline;
  const char *config;      // NULL: that of the tree
  int fail_on;             // FailOn, -1: what the configuration says
  int color;               // Color
  uint64_t jobs;           // 0: as many as there are processors
  uint64_t max_bytes, max_memory;
  Limits limits;
  const char *cache_dir;   // NULL: where caches are by default
  uint64_t cache_bytes;
  bool no_cache, clear, stats;
  bool staged, prune_baseline, verbose, quiet, show_legitimate, all_contexts, help, version;
} Options;

// Read the command line. Fails with a sentence that says what is wrong and what was probably meant.
int options_parse(Options *options, int argc, char **argv, Error *err);
void options_release(Options *options);
void options_help(Text *out);

#endif
