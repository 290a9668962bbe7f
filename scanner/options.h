// options.h - the command line, as one table of options.
#ifndef SEQSCAN_OPTIONS_H
#define SEQSCAN_OPTIONS_H

#include "facts.h"
#include "finding.h"

typedef enum Command { COMMAND_SCAN, COMMAND_FACTS, COMMAND_RULES, COMMAND_EXPLAIN, COMMAND_SCHEMA, COMMAND_QUERIES,
                       COMMAND_CONFIG, COMMAND_CACHE, COMMAND_COMPLETION, COMMAND_MANUAL } Command;

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
  const char *add_suppressions;  // with this reason; NULL: none
  const char *config;      // NULL: that of the tree
  int fail_on;             // FailOn, -1: what the configuration says
  int color;               // Color
  uint64_t jobs;           // 0: as many as there are processors
  uint64_t max_bytes, max_memory;
  uint64_t max_time;       // seconds
  Limits limits;
  const char *cache_dir;   // NULL: where caches are by default
  uint64_t cache_bytes;
  bool parse_all, no_cache, clear, stats;
  bool fix, staged, prune_baseline, verbose, quiet, show_legitimate, all_contexts, help, version;
} Options;

typedef enum OptionKind { KIND_FLAG, KIND_TEXT, KIND_NUMBER, KIND_SIZE, KIND_CHOICE, KIND_OUTPUT } OptionKind;

typedef struct OptionRow {
  const char *name;  // without the dashes
  char letter;       // short form, or 0
  OptionKind kind;
  size_t field;       // offset in Options
  const char *value;  // what the help calls its value; the choices of KIND_CHOICE
  const char *help;
} OptionRow;

typedef struct CommandRow {
  const char *name, *args, *help;
  Command command;
  int least, most;  // number of arguments; -1: any
} CommandRow;

// What the command line may hold: the help, the manual page and the completions are made of it.
extern const OptionRow option_table[];
extern const size_t option_count;
extern const CommandRow command_table[];
extern const size_t command_count;

// Read the command line. Fails with a sentence that says what is wrong and what was probably meant.
int options_parse(Options *options, int argc, char **argv, Error *err);
void options_release(Options *options);
void options_help(Text *out);

#endif
