// walk_index.h - what is staged, as the index file has it; for walk_staged.c and walk_worktree.c only.
//
// libgit2 reads an index too, but takes several times as long, and compares it with a commit file by file: the index knows
// of which folders nothing has changed since they were written as trees.
#ifndef SEQSCAN_WALK_INDEX_H
#define SEQSCAN_WALK_INDEX_H

#include "base.h"

// A time, as far as an index keeps it.
typedef struct IndexTime {
  uint32_t seconds, nanoseconds;
} IndexTime;

typedef struct IndexEntry {
  const char *path;
  uint8_t oid[20];
  uint32_t mode;
  // Of the file when it was staged; 0 when git does not know it.
  IndexTime changed, written;
  uint32_t inode, size;
  bool is_intended;  // to be added, without content
  bool is_conflict;
} IndexEntry;

// A folder that was written as a tree.
typedef struct IndexTree {
  uint8_t oid[20];
  uint32_t count;  // entries below it
} IndexTree;

typedef struct Index {
  VEC(IndexEntry) entries;  // sorted by path, as git does
  bool has_conflicts;
  IndexTime written;
  VEC(IndexTree) trees;
  Map by_folder;            // hash of a folder without its last '/' -> index into trees + 1
  Arena arena;              // owns the paths
} Index;

// Fill a zeroed index; an absent file is an empty one. The caller releases it, also after a failure.
int index_read(Index *index, const char *path, Error *err);
void index_release(Index *index);
// Whether a file is what was staged, as far as can be told without reading it: git's own test.
struct stat;
bool index_is_fresh(const Index *index, const IndexEntry *entry, const struct stat *file);
// The entry of a path, NULL if there is none.
const IndexEntry *index_find(const Index *index, const char *path);
// The first entry of a range, [first, end), that does not come before the path; `end` if there is none.
uint32_t index_place(const Index *index, uint32_t first, uint32_t end, const char *path);
const IndexTree *index_tree(const Index *index, const char *folder, size_t length);

#endif
