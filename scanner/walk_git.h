// walk_git.h - what walk_git.c and walk_diff.c share; for them only.
#ifndef SEQSCAN_WALK_GIT_H
#define SEQSCAN_WALK_GIT_H

#include <git2.h>

#include "walk.h"

// Fail with git's own reason.
int git_fail(Error *err, const char *what);
// Take the index that a hook is given (GIT_INDEX_FILE), which is not the repository's own while a part is committed.
int git_use_index(git_repository *repo, Error *err);
bool is_attributes(const char *path);

#endif
