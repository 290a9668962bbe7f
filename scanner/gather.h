// gather.h - the facts of all files of a tree, made in parallel: first all are looked at, then it is told which are needed, and
// these are parsed.
#ifndef SEQSCAN_GATHER_H
#define SEQSCAN_GATHER_H

#include "cache.h"
#include "needed.h"
#include "program.h"

// What one file gave.
typedef struct Gathered {
  File file;  // its facts and what they say without those of other files
  bool parsed;  // there are facts
  bool cached;  // it was not read
  bool unrelated;  // it is only parsed as all files are
  bool borrowed;  // what it holds belongs to another tree that has the same blob
  Skip skip;
  char *text;  // of a file that is no code; of code from the look at it until it is parsed
  size_t length;
  bool remembered;  // what it mentions, or why it is skipped, need not be read
  char *trouble;  // why it failed
  char *malformed;  // what is wrong with it as JSON
} Gathered;

typedef struct Gather {
  const Tree *tree;
  Source *sources;
  Gathered *results;  // of each source
  Mentions *mentions;  // of each source, empty for what is no code
  uint8_t *contexts;  // Context of each source
  uint32_t *order;  // of the sources, largest first
  uint8_t *needs;  // Need of each source: what is not needed is not parsed
  State mentioned;  // what the needs depend on; unknown when they are not kept
  bool recalled;  // the needs come from the cache
  size_t count;
  Modules *modules;  // of all sources, which have their places + 1 as numbers; NULL until something asks for them
  Map by_blob;  // blob and language -> its result + 1
  uint64_t kept;  // bytes of facts and texts
} Gather;

typedef struct GatherOptions {
  unsigned jobs;        // threads, 0: one for each processor
  Limits limits;        // of one file
  uint64_t max_memory;  // of the run: files are given up when what is kept of the others would outgrow it
  bool progress;        // tell on stderr how far it is
  bool parse_all;       // also what cannot reach a database
  bool tests;           // also tests, stories and examples that the application does not import
  OwnRules *own;        // what all files are asked for besides, or NULL
} GatherOptions;

// Look at what the sources of a tree mention. What `other` has of the same blobs is borrowed from it, so it must live
// longer; what the cache has is taken from it; each may be NULL.
// Sources get their content, and lose a blob that they turn out not to be. Fill *out, which the caller releases.
int gather_look(Gather *out, Tree *tree, const Gather *other, Cache *cache, const GatherOptions *options, Error *err);
// Tell those that can reach a database or are needed to understand these,
void gather_needs(Gather *gather, const Libraries *libs, const GatherOptions *options);
// if they are not known from the cache: they are what they were where nothing has changed of what is mentioned, nor of the
// terms, which are 0 when nothing is kept.
bool gather_recall(Gather *gather, Cache *cache, uint64_t terms, const GatherOptions *options);
// Parse those that are needed, or take them from the cache.
int gather_facts(Gather *gather, Cache *cache, const GatherOptions *options, Error *err);
// Have the cache keep what was read.
void gather_keep(const Gather *gather, Cache *cache);
void gather_release(Gather *gather);

#endif
