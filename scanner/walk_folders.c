// walk_folders.c - folders of a worktree that git takes for empty because it cannot open them.
//
// It tells of each path before it compares it, and of a folder before what is in it: one that is not followed by
// something in it was passed over, and is looked at again.
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "walk_git.h"

int folders_meet(const git_diff *diff, const char *old_path, const char *path, void *payload) {
  Folders *folders = payload;
  const char *last = folders->paths.n ? folders->paths.at[folders->paths.n - 1] : NULL;
  (void)diff, (void)old_path;
  if (!path || (last && !strcmp(last, path)))
    return 0;
  if (last && !strncmp(last, path, strlen(last)))
    folders->paths.n--;
  size_t length = strlen(path);
  if (path[length - 1] == '/')
    vec_push(&folders->paths, arena_copy(&folders->arena, path, length));
  return 0;
}

void folders_release(Folders *folders) {
  vec_release(&folders->paths);
  arena_release(&folders->arena);
}

// Whether git looks at an entry of a folder: not at sockets and the like.
static bool is_seen(const struct dirent *entry) {
  bool dots = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
  unsigned char type = entry->d_type;
  return !dots && type != DT_SOCK && type != DT_FIFO && type != DT_CHR && type != DT_BLK;
}

// Whether git would see something in a folder, or it cannot be known.
static bool may_hold_some(const char *path) {
  DIR *folder = opendir(path);
  struct dirent *entry;
  if (!folder)
    return !is_gone(errno);
  do {
    errno = 0;
    entry = readdir(folder);
  } while (entry && !is_seen(entry));
  bool some = entry || errno;
  closedir(folder);
  return some;
}

static bool is_repository(const char *folder) {
  struct stat state;
  Text path = {0};
  text_printf(&path, "%s.git", folder);
  bool is = !lstat(path.at, &state);
  text_release(&path);
  return is;
}

// Whether git should have looked into a folder. It does not where it ignores all, and where another repository is.
static int is_unread(bool *unread, const Tree *tree, git_repository *repo, const char *path, Error *err) {
  int ignored = 0;
  Text full = {0};
  text_printf(&full, "%s/%s", tree->root, path);
  *unread = may_hold_some(full.at) && !is_repository(full.at);
  text_release(&full);
  if (*unread && git_ignore_path_is_ignored(&ignored, repo, path))
    return git_fail(err, path);
  *unread &= !ignored;
  return 0;
}

int folders_keep_unread(Folders *folders, const Tree *tree, git_repository *repo, Error *err) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < folders->paths.n; i++) {
    char *path = folders->paths.at[i];
    bool unread;
    if (is_unread(&unread, tree, repo, path, err))
      return -1;
    path[strlen(path) - 1] = '\0';
    if (unread)
      folders->paths.at[kept++] = path;
  }
  folders->paths.n = kept;
  return 0;
}
