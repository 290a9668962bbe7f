// walk_index.h - what is staged, as the index file has it; for walk_git.c and walk_staged.c only.
//
// libgit2 reads an index too, but takes several times as long, and compares it with a commit file by file: the index knows
// of which folders nothing has changed since they were written as trees.
#ifndef SEQSCAN_WALK_INDEX_H
#define SEQSCAN_WALK_INDEX_H

#include "base.h"

typedef struct IndexEntry {
  const char *path;
  uint8_t oid[20];
  uint32_t mode;
  uint32_t size;     // of the file when it was staged; 0 when git does not know it
  bool is_intended;  // to be added, without content
} IndexEntry;

// A folder that was written as a tree.
typedef struct IndexTree {
  uint8_t oid[20];
  uint32_t count;  // entries below it
} IndexTree;

typedef struct Index {
  VEC(IndexEntry) entries;  // sorted by path, as git does
  bool has_conflicts;
  VEC(IndexTree) trees;
  Map by_folder;            // hash of a folder without its last '/' -> index into trees + 1
  Arena arena;              // owns the paths
} Index;

// Fill a zeroed index; an absent file is an empty one. The caller releases it, also after a failure.
int index_read(Index *index, const char *path, Error *err);
void index_release(Index *index);
// The entry of a path, NULL if there is none.
const IndexEntry *index_find(const Index *index, const char *path);
// The first entry that does not come before the path.
uint32_t index_place(const Index *index, const char *path);
const IndexTree *index_tree(const Index *index, const char *folder, size_t length);

#endif
