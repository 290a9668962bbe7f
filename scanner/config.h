// config.h - what a repository says of its scans: seqscan.json or seqscan.jsonc at its root, or "seqscan" in its
// package.json.
//
// None is needed. docs/configuration.md tells the keys, seqscan.schema.json is the same for editors.
#ifndef SEQSCAN_CONFIG_H
#define SEQSCAN_CONFIG_H

#include "finding.h"
#include "glob.h"
#include "own.h"

typedef VEC(Glob *) Globs;
typedef VEC(const char *) Paths;

enum { LEVEL_UNSET = -1, LEVEL_OFF = -2 };  // besides Level

// Levels of rules in some files.
typedef struct Override {
  Globs files;
  int8_t *levels;  // by rule: Level, LEVEL_UNSET, LEVEL_OFF
} Override;

// What some files are for.
typedef struct ContextGlob {
  Glob *glob;
  Context context;
} ContextGlob;

typedef struct Config {
  const char *path;           // of the file, NULL when there is none
  Rules rules;                // of the program, and of `own`
  int8_t *levels;             // by rule, as in Override
  Globs ignore;               // files that nothing is reported of
  VEC(Override) overrides;    // the last one that says something holds
  VEC(ContextGlob) contexts;  // the last one that fits holds
  Paths libraries;            // files with library models
  Paths own_files;            // files with rules of the repository's own
  OwnRules *own;              // what they say, NULL without any
  const char *baseline;       // or NULL
  int fail_on;                // FailOn, or -1
  bool all_contexts;
  bool on_disk;               // its paths are those of the command line, else they are below the root of the tree
  Arena arena;
} Config;

// Read the configuration of a tree, or the file that the user names. Fails with the place of what is wrong.
int config_read(Config *config, const Tree *tree, const char *file, Error *err);
void config_release(Config *config);

// Where a file that the configuration names is on disk.
const char *config_disk_path(Config *config, const Tree *tree, const char *path);
// Read such a file, of a revision from there.
int config_open(Config *config, const Tree *tree, const char *path, Text *text, Error *err);

// Tell the sources what they are for, and which of them nothing is asked of.
void config_mark(const Config *config, Tree *tree);
// Set the levels of findings, and drop those of rules that are off.
void config_levels(const Config *config, Report *report);
// What is in force, as a configuration.
int config_print(const Config *config, Text *out, Error *err);

#endif
