// walk_git.h - what walk_git.c and walk_diff.c share; for them only.
#ifndef SEQSCAN_WALK_GIT_H
#define SEQSCAN_WALK_GIT_H

#include <git2.h>
#include <git2/sys/alloc.h>

#include "walk.h"

// walk_memory.c
extern git_allocator git_memory;

// Fail with git's own reason.
int git_fail(Error *err, const char *what);
// Whether a file has this name, in any folder.
bool is_named(const char *path, const char *name);

#endif
