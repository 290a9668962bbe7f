// cache.h - facts and mentions of files that were scanned before, kept by git blob, and what was found in trees. Several scans may use one cache at a time.
//
// A cache never fails a scan: what cannot be read, for whatever reason, is not there.
#ifndef SEQSCAN_CACHE_H
#define SEQSCAN_CACHE_H

#include "facts.h"
#include "known.h"
#include "mentions.h"
#include "sql_texts.h"
#include "state.h"

typedef struct CacheOptions {
  bool off;
  const char *folder;  // where it is; NULL: below the git directory, or the user's folder of caches
  uint64_t max_bytes;  // a cache that would outgrow this starts anew
  uint64_t own;        // version of the rules that files are asked for, 0: there are none
} CacheOptions;

// What is kept: the facts of a file, or what it mentions and whether it is skipped, or what is found in a tree, in brief or
// as a whole, or which files of a tree are needed, or the tree of an SQL text.
typedef struct CacheItem {
  const Source *source;
  const Facts *facts;        // of these, one is not NULL
  const Mentions *mentions;
  const Known *known;
  const Report *report;
  const uint8_t *needs;      // Need of each file
  const SqlText *sql;
  size_t count;  // of needs
  Skip skip;
  State state;  // of the tree
  bool found;   // it comes from the cache
} CacheItem;

typedef struct Cache Cache;

// Open the cache of a repository; `git_dir` is NULL without one. *out is NULL when there is nothing to use: by the
// options, without blobs to go by, or after a failure.
int cache_open(Cache **out, const char *git_dir, const CacheOptions *options, Error *err);
// Start to keep what was not found, in a process of its own: neither does the scan wait for it, nor can a damaged
// cache harm the scan. The items must stay as they are until this returns.
void cache_keep(Cache *cache, const CacheItem *items, size_t count);
// For the states of trees: a number that nobody but the user can know.
uint64_t cache_seed(const Cache *cache);
// Find what is found in a tree of this state; the caller releases it.
bool cache_find_known(Cache *cache, const State *state, Known *known);
// The same as a report, which has its tree and rules and else nothing but notes.
bool cache_find_report(Cache *cache, const State *state, Report *report);
// Find which of so many files are needed, a Need each, which the caller frees; NULL when it is not known.
uint8_t *cache_find_needs(Cache *cache, const State *state, size_t count);
// Wait until all is kept.
void cache_close(Cache *cache);

// For one thread. NULL when nothing can be found.
typedef struct CacheReader CacheReader;
CacheReader *cache_reader_open(Cache *cache);
// Find the facts of a source, which the caller releases.
bool cache_find_facts(CacheReader *reader, const Source *source, Facts *facts);
// Find what a source mentions, which the caller releases, or why it is skipped.
bool cache_find_mentions(CacheReader *reader, const Source *source, Mentions *mentions, Skip *skip);
// Find the tree of an SQL text, which the arena then holds.
bool cache_find_sql(CacheReader *reader, const char *text, Arena *arena, SqlText *out);
void cache_reader_close(CacheReader *reader);

typedef struct CacheStats {
  uint64_t records, bytes, max_bytes;
} CacheStats;

const char *cache_folder(const Cache *cache);
CacheStats cache_stats(const Cache *cache);
int cache_clear(Cache *cache, Error *err);

#endif
