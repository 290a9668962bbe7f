// walk_git.h - what walk_git.c, walk_worktree.c, walk_folders.c, walk_staged.c and walk_diff.c share; for them only.
#ifndef SEQSCAN_WALK_GIT_H
#define SEQSCAN_WALK_GIT_H

#include <git2.h>
#include <git2/sys/alloc.h>

#include "walk.h"
#include "walk_index.h"

// walk_memory.c
extern git_allocator git_memory;

// Fail with git's own reason.
int git_fail(Error *err, const char *what);
// Whether a file has this name, in any folder.
bool is_named(const char *path, const char *name);
// Whether a file of attributes mentions marks.
bool mentions_marks(const char *bytes, size_t length);
// Add to *marked whether the attributes mention marks.
int look_for_marks(bool *marked, git_odb *odb, const git_oid *id);
// Skip what .gitattributes calls generated or vendored: those of the commit, or when it is NULL of the index or
// worktree.
int mark_attributes(Tree *tree, git_repository *repo, const git_oid *commit, Error *err);

// walk_folders.c: folders of a worktree, without their last '/'. git takes one that it cannot open for empty.
typedef struct Folders {
  VEC(char *) paths;
  Arena arena;  // owns them
} Folders;

// What git calls with each path that it compares (git_diff_options.progress_cb), to add the folders that it does not look
// into, with their last '/'.
int folders_meet(const git_diff *diff, const char *old_path, const char *path, void *folders);
// Of these, keep the ones that it should have looked into.
int folders_keep_unread(Folders *folders, const Tree *tree, git_repository *repo, Error *err);
void folders_release(Folders *folders);

// walk_worktree.c: list the files on disk.
int git_list_disk(Tree *tree, git_repository *repo, Error *err);

// walk_staged.c: read the index that is in force; list it; what it has that a commit's tree (NULL: nothing) has not.
int git_read_index(Index *index, git_repository *repo, Error *err);
git_oid entry_oid(const IndexEntry *entry);
int git_list_staged(Tree *tree, git_repository *repo, Error *err);
int git_diff_staged(git_diff **out, const Tree *tree, git_repository *repo, git_tree *base, git_diff_options *options);

#endif
