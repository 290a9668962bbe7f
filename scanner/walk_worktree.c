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
};

// A folder to look into, and the entries of the index that are in it.
typedef struct Folder {
  char *path;  // "" is the root
  unsigned depth;
  uint32_t first, end;
} Folder;

// Entries whose files have not the bytes of their blobs, looked for by a thread of its own.
typedef struct Converted {
  const Index *index;
  git_odb *odb;
  Map paths;  // their hashes
} Converted;

typedef struct Walk {
  Tree *tree;
  git_repository *repo;
  Index index;
  Converted converted;
  int root;
  VEC(Folder) left;
  DIR *stream;     // of the folder that is looked into
  Text path;       // of what was met in it
  size_t hashed;   // bytes
  bool marked;     // by attributes
  Arena arena;     // owns the paths of folders
} Walk;

//
// What git knows
//

// The entry of what was met, NULL if it is not tracked.
static const IndexEntry *entry_of(const Walk *w, const Folder *folder) {
  uint32_t place = index_place(&w->index, folder->first, folder->end, w->path.at);
  const IndexEntry *entry = place < folder->end ? &w->index.entries.at[place] : NULL;
  return entry && !strcmp(entry->path, w->path.at) ? entry : NULL;
}

static int is_ignored(bool *ignored, const Walk *w, Error *err) {
  int found = 0;
  if (git_ignore_path_is_ignored(&found, w->repo, w->path.at))
    return git_fail(err, w->path.at);
  *ignored = found;
  return 0;
}

// Make out which blob a file would be. False when it is too large, or cannot be read, which its reader will tell.
static bool hash_file(Walk *w, const char *path, uint64_t size, git_oid *oid) {
  Text text = {0};
  uint64_t most = w->tree->max_bytes;
  if ((most && size > most) || w->hashed + size > MOST_HASHED)
    return false;
  w->hashed += size;
  bool hashed = !read_below(w->tree->root, path, most, &text, NULL) &&
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
static const char *name_of(const Walk *w) {
  const char *slash = strrchr(w->path.at, '/');
  return slash ? slash + 1 : w->path.at;
}

static void add_source(Walk *w, const IndexEntry *entry) {
  struct stat state;
  git_oid oid;
  if (fstatat(dirfd(w->stream), name_of(w), &state, AT_SYMLINK_NOFOLLOW)) {
    if (!is_gone(errno))
      tree_add(w->tree, w->path.at, SKIP_NO, 0, NULL);  // reading it tells what is wrong
    return;
  }
  if (!S_ISREG(state.st_mode))
    return;
  bool staged = entry && index_is_fresh(&w->index, entry, &state);
  bool known = staged || hash_file(w, w->path.at, (uint64_t)state.st_size, &oid);
  uint32_t count = w->tree->sources.n;
  tree_add(w->tree, w->path.at, SKIP_NO, (uint64_t)state.st_size, staged ? entry->oid : known ? oid.id : NULL);
  if (w->tree->sources.n > count)
    w->tree->sources.at[count].stamp = file_stamp(&state);
}

// Look at a file of attributes or of what is ignored, if it is one: git takes it for missing when it cannot read it, and
// would list other files. Links and the like are not followed.
static int look_at_rules(Walk *w, Error *err) {
  Text text = {0};
  bool attributes = is_named(w->path.at, ".gitattributes");
  if (!attributes && !is_named(w->path.at, ".gitignore"))
    return 0;
  int status = read_below(w->tree->root, w->path.at, 0, &text, err);
  if (status && (is_gone(errno) || errno == ELOOP || errno == EINVAL))
    status = 0;
  w->marked |= attributes && mentions_marks(text.at, text.n);
  text_release(&text);
  return status;
}

static int meet_file(Walk *w, const Folder *folder, bool is_link, Error *err) {
  bool ignored = false;
  if (look_at_rules(w, err))
    return -1;
  if (!is_link && !lang_of_path(w->path.at))
    return 0;
  const IndexEntry *entry = entry_of(w, folder);
  if (!entry && is_ignored(&ignored, w, err))
    return -1;
  if (ignored)
    return 0;
  if (is_link)
    tree_add_file(w->tree, w->path.at, NULL);
  else
    add_source(w, entry);
  return 0;
}

// Whether another repository starts at what was met.
static bool is_repository(Walk *w) {
  struct stat state;
  size_t length = w->path.n;
  text_puts(&w->path, "/.git");
  bool is = !fstatat(w->root, w->path.at, &state, AT_SYMLINK_NOFOLLOW);
  w->path.at[w->path.n = length] = '\0';
  return is;
}

// The entries below what was met.
static Folder entries_below(Walk *w, const Folder *above) {
  Folder folder = {.path = arena_copy(&w->arena, w->path.at, w->path.n), .depth = above->depth + 1};
  size_t length = w->path.n;
  text_puts(&w->path, "/");
  folder.first = index_place(&w->index, above->first, above->end, w->path.at);
  w->path.at[length] = '/' + 1;
  folder.end = index_place(&w->index, above->first, above->end, w->path.at);
  w->path.at[w->path.n = length] = '\0';
  return folder;
}

// Look into a folder later on, unless it is ignored or is another repository.
static int meet_folder(Walk *w, const Folder *above, Error *err) {
  const IndexEntry *entry = entry_of(w, above);
  Folder folder = entries_below(w, above);
  bool passed = entry && (entry->mode & S_IFMT) == (GIT_FILEMODE_COMMIT & S_IFMT);
  if (!passed && folder.first == folder.end) {
    if (is_ignored(&passed, w, err))
      return -1;
    passed |= is_repository(w);
  }
  if (!passed && folder.depth > DEEPEST)
    tree_add(w->tree, folder.path, SKIP_TOO_DEEP, 0, NULL);
  else if (!passed)
    vec_push(&w->left, folder);
  return 0;
}

// What an entry of a folder is, as `d_type` has it.
static unsigned kind_of(const Walk *w, const struct dirent *entry) {
  struct stat state;
  if (entry->d_type != DT_UNKNOWN)
    return entry->d_type;
  if (fstatat(dirfd(w->stream), entry->d_name, &state, AT_SYMLINK_NOFOLLOW))
    return is_gone(errno) ? DT_UNKNOWN : DT_REG;
  return IFTODT(state.st_mode);
}

static int meet(Walk *w, const Folder *folder, const struct dirent *entry, Error *err) {
  static const char *const passed[] = {".", "..", ".git"};
  if (is_any_of(entry->d_name, passed, COUNT(passed)) || is_package_folder(entry->d_name, strlen(entry->d_name)))
    return 0;
  unsigned kind = kind_of(w, entry);
  text_clear(&w->path);
  text_printf(&w->path, "%s%s%s", folder->path, *folder->path ? "/" : "", entry->d_name);
  if (kind == DT_DIR)
    return meet_folder(w, folder, err);
  return kind == DT_REG || kind == DT_LNK ? meet_file(w, folder, kind == DT_LNK, err) : 0;
}

// List a folder that cannot be opened, or not to its end, and what is tracked in it: reading that tells the same.
static int add_unread(Walk *w, const Folder *folder, Error *err) {
  if (!*folder->path)
    return fail(err, "%s: %s", w->tree->root, strerror(errno));
  if (is_gone(errno) || errno == ELOOP)  // it was taken away since
    return 0;
  tree_add(w->tree, folder->path, SKIP_UNREADABLE, 0, NULL);
  for (uint32_t i = folder->first; i < folder->end; i++) {
    const IndexEntry *entry = &w->index.entries.at[i];
    if ((entry->mode & S_IFMT) == S_IFREG && lang_of_path(entry->path))
      tree_add(w->tree, entry->path, SKIP_NO, 0, NULL);
  }
  return 0;
}

static int look_into(Walk *w, const Folder *folder, Error *err) {
  struct dirent *entry;
  int status = 0;
  int file = openat(w->root, *folder->path ? folder->path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  w->stream = file < 0 ? NULL : fdopendir(file);
  if (!w->stream) {
    status = add_unread(w, folder, err);
    if (file >= 0)
      close(file);
    return status;
  }
  while (!status && (errno = 0, entry = readdir(w->stream)))
    status = meet(w, folder, entry, err);
  if (!status && errno)
    status = add_unread(w, folder, err);
  closedir(w->stream);
  return status;
}

//
// The whole
//

// Ignored files and folders that were named on the command line are scanned all the same.
static int add_named_ignored(Walk *w, Error *err) {
  for (uint32_t i = 0; i < w->tree->prefixes.n; i++) {
    bool ignored = false;
    text_clear(&w->path);
    text_puts(&w->path, w->tree->prefixes.at[i]);
    if (w->path.n && is_ignored(&ignored, w, err))
      return -1;
    if (ignored && tree_add_folder(w->tree, w->path.at, err))
      return -1;
  }
  return 0;
}

static int walk(Walk *w, Error *err) {
  w->root = open(w->tree->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (w->root < 0)
    return fail(err, "%s: %s", w->tree->root, strerror(errno));
  vec_push(&w->left, ((Folder){.path = "", .end = w->index.entries.n}));
  int status = 0;
  while (!status && w->left.n) {
    Folder folder = w->left.at[--w->left.n];
    status = look_into(w, &folder, err);
  }
  close(w->root);
  return status;
}

// Walk while another thread looks for what git converts; both wait for the disk.
static int walk_beside(Walk *w, Error *err) {
  pthread_t thread;
  bool beside = !pthread_create(&thread, NULL, find_converted, &w->converted);
  int status = walk(w, err);
  if (beside)
    pthread_join(thread, NULL);
  else
    find_converted(&w->converted);
  return status;
}

// Such files are other blobs than what was staged.
static void mend_converted(Walk *w) {
  for (uint32_t i = 0; w->converted.paths.n && i < w->tree->sources.n; i++) {
    Source *source = &w->tree->sources.at[i];
    git_oid oid = {{0}};
    if (!map_get(&w->converted.paths, key_of(source->path)))
      continue;
    if (!hash_file(w, source->path, source->size, &oid))
      memset(oid.id, 0, sizeof oid.id);
    memcpy(source->oid, oid.id, sizeof source->oid);
  }
}

static void walk_release(Walk *w) {
  git_odb_free(w->converted.odb);
  map_release(&w->converted.paths);
  index_release(&w->index);
  vec_release(&w->left);
  text_release(&w->path);
  arena_release(&w->arena);
}

int git_list_disk(Tree *tree, git_repository *repo, Error *err) {
  Walk w = {.tree = tree, .repo = repo};
  w.converted.index = &w.index;
  int status = git_repository_odb(&w.converted.odb, repo) ? git_fail(err, tree->root)
                                                          : git_read_index(&w.index, repo, err);
  if (!status)
    status = walk_beside(&w, err) || add_named_ignored(&w, err);
  if (!status)
    mend_converted(&w);
  if (!status && w.marked)
    status = mark_attributes(tree, repo, NULL, err);
  walk_release(&w);
  return status ? -1 : 0;
}
