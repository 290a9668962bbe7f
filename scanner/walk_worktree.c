// walk_worktree.c - sources of a git worktree: each folder is read once, and a file is looked at only where its name can be
// that of a source.
//
// A tracked file that is as it was staged, by what the index keeps of it, is the blob that was staged; of others the blob
// that they would be is made out. git is asked only whether what it does not track is ignored.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "walk_git.h"

enum {
  MOST_HASHED = 256 << 20,  // bytes of files that differ; beyond that, to read them twice does not pay
  DEEPEST = 128,            // folders within each other; git looks at all of them to tell whether one is ignored
  READ_AT_ONCE = 32 << 10,  // bytes of entries of a folder
  MOST_WALKERS = 8,
};

// A folder to look into, and the entries of the index that are in it.
typedef struct Folder {
  char *path;  // "" is the root
  unsigned depth;
  uint32_t first, end;
} Folder;

typedef VEC(Folder) FolderList;

// Entries whose files have not the bytes of their blobs, looked for by a thread of its own.
typedef struct Converted {
  const Index *index;
  git_odb *odb;
  Map paths;  // their hashes
} Converted;

// What all walkers share.
typedef struct Walk {
  Index index;
  Converted converted;
  int root;
  pthread_mutex_t lock;    // of all that follows
  Tree *tree;
  git_repository *repo;
  pthread_cond_t changed;  // there are folders left, or none will be
  FolderList left;
  unsigned busy;           // walkers that look into a folder
  size_t hashed;           // bytes
  bool marked;             // by attributes
  int status;              // -1: a walker has failed
  Error error;             // its reason
} Walk;

// A thread that looks into folders.
typedef struct Walker {
  Walk *walk;
  int folder;        // that is looked into
  Text path;         // of what was met in it
  FolderList found;  // in it
  Arena arena;       // owns the paths of folders
  _Alignas(struct dirent64) char entries[READ_AT_ONCE];
} Walker;

//
// What git knows
//

// The entry of what was met, NULL if it is not tracked.
static const IndexEntry *entry_of(const Walker *w, const Folder *folder) {
  const Index *index = &w->walk->index;
  uint32_t place = index_place(index, folder->first, folder->end, w->path.at);
  const IndexEntry *entry = place < folder->end ? &index->entries.at[place] : NULL;
  return entry && !strcmp(entry->path, w->path.at) ? entry : NULL;
}

static int is_ignored(bool *ignored, Walk *walk, const char *path, Error *err) {
  int found = 0;
  pthread_mutex_lock(&walk->lock);
  int status = git_ignore_path_is_ignored(&found, walk->repo, path) ? git_fail(err, path) : 0;
  pthread_mutex_unlock(&walk->lock);
  *ignored = found;
  return status;
}

// Whether so many bytes more may be hashed.
static bool may_hash(Walk *walk, uint64_t size) {
  pthread_mutex_lock(&walk->lock);
  bool may = walk->hashed + size <= MOST_HASHED;
  walk->hashed += may ? size : 0;
  pthread_mutex_unlock(&walk->lock);
  return may;
}

// Make out which blob a file would be. False when it is too large, or cannot be read, which its reader will tell.
static bool hash_file(Walk *walk, const char *path, uint64_t size, git_oid *oid) {
  Text text = {0};
  uint64_t most = walk->tree->max_bytes;
  if ((most && size > most) || !may_hash(walk, size))
    return false;
  bool hashed = !read_below(walk->tree->root, path, most, &text, NULL) &&
                !git_odb_hash(oid, text.at ? text.at : "", text.n, GIT_OBJECT_BLOB);
  text_release(&text);
  return hashed;
}

//
// What git converts
//

static uint64_t key_of(const char *path) { return hash_quick(path, strlen(path)); }

// Whether a file that is as it was staged has the bytes of its blob: what git changes as it writes a file, such as line
// ends, shows in the size.
static bool is_as_stored(git_odb *odb, const IndexEntry *entry) {
  size_t size;
  git_object_t type;
  git_oid oid = entry_oid(entry);
  return !git_odb_read_header(&size, &type, odb, &oid) && (uint32_t)size == entry->size;
}

static void *find_converted(void *argument) {
  Converted *converted = argument;
  for (uint32_t i = 0; i < converted->index->entries.n; i++) {
    const IndexEntry *entry = &converted->index->entries.at[i];
    if (entry->size && lang_of_path(entry->path) && !is_as_stored(converted->odb, entry))
      map_put(&converted->paths, key_of(entry->path), 1);
  }
  return NULL;
}

//
// What is on disk
//

// The name of what was met, in its folder.
static const char *name_of(const Walker *w) {
  const char *slash = strrchr(w->path.at, '/');
  return slash ? slash + 1 : w->path.at;
}

// List a source; `state` is NULL when it cannot be looked at: reading it tells what is wrong.
static void list(Walk *walk, const char *path, const struct stat *state, Skip skip, const uint8_t *oid) {
  pthread_mutex_lock(&walk->lock);
  uint32_t count = walk->tree->sources.n;
  tree_add(walk->tree, path, skip, state ? (uint64_t)state->st_size : 0, oid);
  if (state && walk->tree->sources.n > count)
    walk->tree->sources.at[count].stamp = file_stamp(state);
  pthread_mutex_unlock(&walk->lock);
}

static void list_link(Walk *walk, const char *path) {
  pthread_mutex_lock(&walk->lock);
  tree_add_file(walk->tree, path, NULL);
  pthread_mutex_unlock(&walk->lock);
}

static void add_source(Walker *w, const IndexEntry *entry) {
  struct stat state;
  git_oid oid;
  if (fstatat(w->folder, name_of(w), &state, AT_SYMLINK_NOFOLLOW)) {
    if (!is_gone(errno))
      list(w->walk, w->path.at, NULL, SKIP_NO, NULL);
    return;
  }
  if (!S_ISREG(state.st_mode))
    return;
  bool staged = entry && index_is_fresh(&w->walk->index, entry, &state);
  bool known = staged || hash_file(w->walk, w->path.at, (uint64_t)state.st_size, &oid);
  list(w->walk, w->path.at, &state, SKIP_NO, staged ? entry->oid : known ? oid.id : NULL);
}

// Look at a file of attributes or of what is ignored, if it is one: git takes it for missing when it cannot read it, and
// would list other files. Links and the like are not followed.
static int look_at_rules(Walker *w, Error *err) {
  Text text = {0};
  bool attributes = is_named(w->path.at, ".gitattributes");
  if (!attributes && !is_named(w->path.at, ".gitignore"))
    return 0;
  int status = read_below(w->walk->tree->root, w->path.at, 0, &text, err);
  if (status && (is_gone(errno) || errno == ELOOP || errno == EINVAL))
    status = 0;
  pthread_mutex_lock(&w->walk->lock);
  w->walk->marked |= attributes && mentions_marks(text.at, text.n);
  pthread_mutex_unlock(&w->walk->lock);
  text_release(&text);
  return status;
}

static int meet_file(Walker *w, const Folder *folder, bool is_link, Error *err) {
  bool ignored = false;
  if (look_at_rules(w, err))
    return -1;
  if (!is_link && !lang_of_path(w->path.at))
    return 0;
  const IndexEntry *entry = entry_of(w, folder);
  if (!entry && is_ignored(&ignored, w->walk, w->path.at, err))
    return -1;
  if (ignored)
    return 0;
  if (is_link)
    list_link(w->walk, w->path.at);
  else
    add_source(w, entry);
  return 0;
}

// Whether another repository starts at what was met.
static bool is_repository(Walker *w) {
  struct stat state;
  size_t length = w->path.n;
  text_puts(&w->path, "/.git");
  bool is = !fstatat(w->walk->root, w->path.at, &state, AT_SYMLINK_NOFOLLOW);
  w->path.at[w->path.n = length] = '\0';
  return is;
}

// The entries below what was met.
static Folder entries_below(Walker *w, const Folder *above) {
  const Index *index = &w->walk->index;
  Folder folder = {.path = arena_copy(&w->arena, w->path.at, w->path.n), .depth = above->depth + 1};
  size_t length = w->path.n;
  text_puts(&w->path, "/");
  folder.first = index_place(index, above->first, above->end, w->path.at);
  w->path.at[length] = '/' + 1;
  folder.end = index_place(index, above->first, above->end, w->path.at);
  w->path.at[w->path.n = length] = '\0';
  return folder;
}

// Look into a folder later on, unless it is ignored or is another repository.
static int meet_folder(Walker *w, const Folder *above, Error *err) {
  const IndexEntry *entry = entry_of(w, above);
  Folder folder = entries_below(w, above);
  bool passed = entry && (entry->mode & S_IFMT) == (GIT_FILEMODE_COMMIT & S_IFMT);
  if (!passed && folder.first == folder.end) {
    if (is_ignored(&passed, w->walk, w->path.at, err))
      return -1;
    passed |= is_repository(w);
  }
  if (!passed && folder.depth > DEEPEST)
    list(w->walk, folder.path, NULL, SKIP_TOO_DEEP, NULL);
  else if (!passed)
    vec_push(&w->found, folder);
  return 0;
}

// What an entry of a folder is, as `d_type` has it.
static unsigned kind_of(const Walker *w, const struct dirent64 *entry) {
  struct stat state;
  if (entry->d_type != DT_UNKNOWN)
    return entry->d_type;
  if (fstatat(w->folder, entry->d_name, &state, AT_SYMLINK_NOFOLLOW))
    return is_gone(errno) ? DT_UNKNOWN : DT_REG;
  return IFTODT(state.st_mode);
}

static int meet(Walker *w, const Folder *folder, const struct dirent64 *entry, Error *err) {
  static const char *const passed[] = {".", "..", ".git"};
  if (is_any_of(entry->d_name, passed, COUNT(passed)) || is_package_folder(entry->d_name, strlen(entry->d_name)))
    return 0;
  unsigned kind = kind_of(w, entry);
  text_clear(&w->path);
  text_puts(&w->path, folder->path);
  text_puts(&w->path, *folder->path ? "/" : "");
  text_puts(&w->path, entry->d_name);
  if (kind == DT_DIR)
    return meet_folder(w, folder, err);
  return kind == DT_REG || kind == DT_LNK ? meet_file(w, folder, kind == DT_LNK, err) : 0;
}

// List a folder that cannot be opened, or not to its end, and what is tracked in it: reading that tells the same.
static int add_unread(Walker *w, const Folder *folder, Error *err) {
  if (!*folder->path)
    return fail(err, "%s: %s", w->walk->tree->root, strerror(errno));
  if (is_gone(errno) || errno == ELOOP)  // it was taken away since
    return 0;
  list(w->walk, folder->path, NULL, SKIP_UNREADABLE, NULL);
  for (uint32_t i = folder->first; i < folder->end; i++) {
    const IndexEntry *entry = &w->walk->index.entries.at[i];
    if ((entry->mode & S_IFMT) == S_IFREG && lang_of_path(entry->path))
      list(w->walk, entry->path, NULL, SKIP_NO, NULL);
  }
  return 0;
}

static int meet_all(Walker *w, const Folder *folder, ssize_t bytes, Error *err) {
  int status = 0;
  for (ssize_t at = 0; !status && at < bytes;) {
    const struct dirent64 *entry = (const void *)(w->entries + at);
    at += entry->d_reclen;
    status = meet(w, folder, entry, err);
  }
  return status;
}

static int look_into(Walker *w, const Folder *folder, Error *err) {
  int status = 0;
  ssize_t bytes = -1;
  w->folder = openat(w->walk->root, *folder->path ? folder->path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  while (w->folder >= 0 && !status && (bytes = getdents64(w->folder, w->entries, sizeof w->entries)) > 0)
    status = meet_all(w, folder, bytes, err);
  if (!status && bytes < 0)
    status = add_unread(w, folder, err);
  if (w->folder >= 0)
    close(w->folder);
  return status;
}

//
// Walkers
//

// Wait for a folder to look into; false when none is left and nobody looks for more.
static bool take_folder(Walk *walk, Folder *folder) {
  pthread_mutex_lock(&walk->lock);
  while (!walk->status && !walk->left.n && walk->busy)
    pthread_cond_wait(&walk->changed, &walk->lock);
  bool taken = !walk->status && walk->left.n;
  if (taken) {
    *folder = walk->left.at[--walk->left.n];
    walk->busy++;
  }
  pthread_mutex_unlock(&walk->lock);
  return taken;
}

// Leave the folders that were found to all walkers.
static void hand_in(Walker *w, int status, const Error *err) {
  Walk *walk = w->walk;
  pthread_mutex_lock(&walk->lock);
  for (uint32_t i = 0; i < w->found.n; i++)
    vec_push(&walk->left, w->found.at[i]);
  w->found.n = 0;
  if (status && !walk->status) {
    walk->status = status;
    walk->error = *err;
  }
  if (--walk->busy == 0 || walk->left.n || walk->status)
    pthread_cond_broadcast(&walk->changed);
  pthread_mutex_unlock(&walk->lock);
}

static void *walk_folders(void *argument) {
  Walker *w = argument;
  Folder folder;
  while (take_folder(w->walk, &folder)) {
    Error error = {0};
    int status = look_into(w, &folder, &error);
    hand_in(w, status, &error);
  }
  return NULL;
}

static void walker_free(Walker *w) {
  vec_release(&w->found);
  text_release(&w->path);
  arena_release(&w->arena);
  xfree(w);
}

// Walk by so many threads, of which this is one.
static void walk_by(Walk *walk, size_t count) {
  Walker *walkers[MOST_WALKERS] = {NULL};
  pthread_t threads[MOST_WALKERS];
  size_t started = 1;
  for (size_t i = 0; i < count; i++) {
    walkers[i] = xcalloc(1, sizeof *walkers[i]);
    walkers[i]->walk = walk;
  }
  while (started < count && !pthread_create(&threads[started], NULL, walk_folders, walkers[started]))
    started++;
  walk_folders(walkers[0]);
  for (size_t i = 1; i < started; i++)
    pthread_join(threads[i], NULL);
  for (size_t i = 0; i < count; i++)
    walker_free(walkers[i]);
}

static int walk_root(Walk *walk, Error *err) {
  walk->root = open(walk->tree->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (walk->root < 0)
    return fail(err, "%s: %s", walk->tree->root, strerror(errno));
  vec_push(&walk->left, ((Folder){.path = "", .end = walk->index.entries.n}));
  walk_by(walk, thread_count(walk->tree->jobs, MOST_WALKERS));
  close(walk->root);
  if (walk->status)
    *err = walk->error;
  return walk->status;
}

//
// The whole
//

// Ignored files and folders that were named on the command line are scanned all the same.
static int add_named_ignored(Walk *walk, Error *err) {
  for (uint32_t i = 0; i < walk->tree->prefixes.n; i++) {
    const char *prefix = walk->tree->prefixes.at[i];
    bool ignored = false;
    if (*prefix && is_ignored(&ignored, walk, prefix, err))
      return -1;
    if (ignored && tree_add_folder(walk->tree, prefix, err))
      return -1;
  }
  return 0;
}

// Walk while another thread looks for what git converts; both wait for the disk.
static int walk_beside(Walk *walk, Error *err) {
  pthread_t thread;
  bool beside = !pthread_create(&thread, NULL, find_converted, &walk->converted);
  int status = walk_root(walk, err);
  if (beside)
    pthread_join(thread, NULL);
  else
    find_converted(&walk->converted);
  return status;
}

// Such files are other blobs than what was staged.
static void mend_converted(Walk *walk) {
  for (uint32_t i = 0; walk->converted.paths.n && i < walk->tree->sources.n; i++) {
    Source *source = &walk->tree->sources.at[i];
    git_oid oid = {{0}};
    if (!map_get(&walk->converted.paths, key_of(source->path)))
      continue;
    if (!hash_file(walk, source->path, source->size, &oid))
      memset(oid.id, 0, sizeof oid.id);
    memcpy(source->oid, oid.id, sizeof source->oid);
  }
}

static void walk_release(Walk *walk) {
  git_odb_free(walk->converted.odb);
  map_release(&walk->converted.paths);
  index_release(&walk->index);
  vec_release(&walk->left);
  pthread_cond_destroy(&walk->changed);
  pthread_mutex_destroy(&walk->lock);
}

int git_list_disk(Tree *tree, git_repository *repo, Error *err) {
  Walk walk = {.tree = tree, .repo = repo, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  walk.converted.index = &walk.index;
  int status = git_repository_odb(&walk.converted.odb, repo) ? git_fail(err, tree->root)
                                                             : git_read_index(&walk.index, repo, err);
  if (!status)
    status = walk_beside(&walk, err) || add_named_ignored(&walk, err);
  if (!status)
    mend_converted(&walk);
  if (!status && walk.marked)
    status = mark_attributes(tree, repo, NULL, err);
  walk_release(&walk);
  return status ? -1 : 0;
}
