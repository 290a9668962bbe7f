// walk.c - from paths on the command line to a sorted list of sources, and from a source to its bytes.
//
// Nothing outside of the root is read: every part of a path is opened with O_NOFOLLOW. Listing costs one
// lstat() for each source; content is looked at only when a Reader asks for it.
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static const struct {
  const char *suffix;
  Lang lang;
} suffixes[] = {
    {".js", LANG_JAVASCRIPT}, {".mjs", LANG_JAVASCRIPT}, {".cjs", LANG_JAVASCRIPT}, {".jsx", LANG_JAVASCRIPT},
    {".ts", LANG_TYPESCRIPT}, {".mts", LANG_TYPESCRIPT}, {".cts", LANG_TYPESCRIPT}, {".tsx", LANG_TSX},
    {".sql", LANG_SQL},       {".prisma", LANG_PRISMA},
    {".graphql", LANG_GRAPHQL}, {".graphqls", LANG_GRAPHQL}, {".gql", LANG_GRAPHQL},
};

static const char *const skip_reasons[SKIP_COUNT] = {
    [SKIP_NO] = "not skipped",
    [SKIP_TOO_LARGE] = "larger than the limit",
    [SKIP_GENERATED] = "generated, says .gitattributes",
    [SKIP_VENDORED] = "vendored, says .gitattributes",
    [SKIP_BINARY] = "binary",
    [SKIP_MINIFIED] = "minified",
    [SKIP_TOO_DEEP] = "a folder within too many others",
    [SKIP_UNREADABLE] = "a folder that cannot be opened",
    [SKIP_SYMLINK] = "a link that leads out of the root or nowhere",
};

static bool starts_with(const char *text, const char *start) { return !strncmp(text, start, strlen(start)); }

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length > tail && !strcmp(text + length - tail, end);
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

Lang lang_of_path(const char *path) {
  const char *base = base_name(path);
  if (!strcmp(base, "package.json"))
    return LANG_JSON;
  if ((starts_with(base, "tsconfig") || starts_with(base, "jsconfig")) && ends_with(base, ".json"))
    return LANG_JSON;
  for (size_t i = 0; i < COUNT(suffixes); i++)
    if (ends_with(base, suffixes[i].suffix))
      return suffixes[i].lang;
  return LANG_NONE;
}

bool source_has_blob(const Source *source) {
  static const uint8_t none[sizeof source->oid];
  return memcmp(source->oid, none, sizeof none) != 0;
}

const char *skip_reason(Skip skip) { return skip_reasons[skip]; }

//
// What is listed
//

const char *path_below(const char *root, const char *path) {
  size_t length = strlen(root);
  if (length == 1)  // the root is "/"
    return path + 1;
  if (strncmp(root, path, length))
    return NULL;
  if (!path[length])
    return path + length;
  return path[length] == '/' ? path + length + 1 : NULL;
}

void tree_ask(Tree *tree, const char *path, size_t length) {
  vec_push(&tree->prefixes, xstrndup(path, length));
  map_put(&tree->scope, hash_quick(path, length), 1);
}

// Whether the path, or a folder that holds it, was asked for.
static bool tree_wants(const Tree *tree, const char *path) {
  if (map_get(&tree->scope, hash_quick("", 0)))
    return true;
  for (const char *end = path; (end = strchr(end, '/')); end++)
    if (map_get(&tree->scope, hash_quick(path, (size_t)(end - path))))
      return true;
  return map_get(&tree->scope, hash_quick(path, strlen(path)));
}

bool is_package_folder(const char *name, size_t length) {
  static const char *const names[] = {"node_modules", ".yarn"};
  for (size_t i = 0; i < COUNT(names); i++)
    if (strlen(names[i]) == length && !memcmp(names[i], name, length))
      return true;
  return false;
}

// True in folders of packages, which are not the project's own code even where they are tracked.
static bool never_read(const char *path) {
  for (const char *end; *path; path = end + (*end == '/')) {
    end = strchrnul(path, '/');
    if (is_package_folder(path, (size_t)(end - path)))
      return true;
  }
  return false;
}

void tree_add(Tree *tree, const char *path, Skip skip, uint64_t size, const uint8_t *oid) {
  if (never_read(path))
    return;
  Source source = {.path = arena_copy(&tree->arena, path, strlen(path)),
                   .lang = lang_of_path(path),
                   .skip = skip,
                   .asked = tree_wants(tree, path),
                   .size = size};
  if (!skip && tree->max_bytes && size > tree->max_bytes)
    source.skip = SKIP_TOO_LARGE;
  if (oid)
    memcpy(source.oid, oid, sizeof source.oid);
  vec_push(&tree->sources, source);
}

static char *joined(const char *root, const char *path) {
  Text text = {0};
  text_puts(&text, root);
  if (root[1] && *path)
    text_puts(&text, "/");
  text_puts(&text, path);
  return text.at;
}

uint64_t file_stamp(const struct stat *state) {
  int64_t parts[] = {state->st_mtim.tv_sec, state->st_mtim.tv_nsec, state->st_ctim.tv_sec, state->st_ctim.tv_nsec,
                     (int64_t)state->st_ino, (int64_t)state->st_size, (int64_t)state->st_mode};
  uint64_t stamp = hash_quick(parts, sizeof parts);
  return stamp ? stamp : 1;
}

bool is_gone(int error) { return error == ENOENT || error == ENOTDIR; }

// False when a folder above the path is a link to one, or gone.
static bool in_real_folder(Tree *tree, const char *full, size_t root_length) {
  size_t length = (size_t)(strrchr(full, '/') - full);
  if (tree->folder && strlen(tree->folder) == length && !memcmp(tree->folder, full, length))
    return tree->folder_real;
  xfree(tree->folder);
  tree->folder = xstrndup(full, length);
  tree->folder_real = true;
  for (size_t end = root_length + 1; end <= length && tree->folder_real; end++) {
    if (full[end] != '/')
      continue;
    struct stat stat;
    char *folder = xstrndup(full, end);
    tree->folder_real = lstat(folder, &stat) ? !is_gone(errno) : S_ISDIR(stat.st_mode);
    xfree(folder);
  }
  return tree->folder_real;
}

// A link inside the root is not listed, because its target is. One that leads out of the root, or in circles,
// is listed as skipped when it stands for a source or a folder.
static void add_link(Tree *tree, const char *path, const char *full) {
  char target[PATH_MAX];
  bool real = realpath(full, target), circle = !real && errno == ELOOP;
  if (real && path_below(tree->root, target))
    return;
  struct stat stat_of_target;
  bool folder = !circle && !stat(full, &stat_of_target) && S_ISDIR(stat_of_target.st_mode);
  bool file = !circle && !folder && lang_of_path(path) && !access(full, F_OK);
  if (circle || folder || file)
    tree_add(tree, path, SKIP_SYMLINK, 0, NULL);
}

// A file that cannot be looked at is listed: reading it tells what is wrong.
void tree_add_file(Tree *tree, const char *path, const uint8_t *oid) {
  char *full = joined(tree->root, path);
  struct stat stat = {0};
  bool there = in_real_folder(tree, full, strlen(tree->root)) && (!lstat(full, &stat) || !is_gone(errno));
  bool known = stat.st_mode;
  if (there && S_ISLNK(stat.st_mode))
    add_link(tree, path, full);
  else if (there && (S_ISREG(stat.st_mode) || !known) && lang_of_path(path))
    tree_add(tree, path, SKIP_NO, (uint64_t)stat.st_size, known ? oid : NULL);
  xfree(full);
}

// True for a folder below the start that holds no sources of the project: packages, caches, repositories.
static bool is_skipped_folder(const FTSENT *entry) {
  return entry->fts_level > 0 && (entry->fts_name[0] == '.' || !strcmp(entry->fts_name, "node_modules"));
}

static int add_entry(Tree *tree, FTS *walk, FTSENT *entry, Error *err) {
  switch (entry->fts_info) {
  case FTS_D:
    if (is_skipped_folder(entry))
      fts_set(walk, entry, FTS_SKIP);
    return 0;
  case FTS_F:
  case FTS_NS:
  case FTS_NSOK:
  case FTS_SL:
    tree_add_file(tree, path_below(tree->root, entry->fts_path), NULL);
    return 0;
  case FTS_DNR:
    tree_add(tree, path_below(tree->root, entry->fts_path), SKIP_UNREADABLE, 0, NULL);
    return 0;
  case FTS_ERR:
    return fail(err, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
  default:
    return 0;
  }
}

int tree_add_folder(Tree *tree, const char *prefix, Error *err) {
  char *start = joined(tree->root, prefix);
  char *starts[] = {start, NULL};
  int status = 0;
  FTS *walk = fts_open(starts, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  if (!walk)
    status = fail(err, "%s: %s", start, strerror(errno));
  errno = 0;
  for (FTSENT *entry; walk && !status && (entry = fts_read(walk)); errno = 0)
    status = add_entry(tree, walk, entry, err);
  if (walk && !status && errno)
    status = fail(err, "%s: %s", start, strerror(errno));
  if (walk)
    fts_close(walk);
  xfree(start);
  return status;
}

//
// Opening a tree
//

typedef VEC(char *) Paths;

static void paths_release(Paths *paths) {
  for (uint32_t i = 0; i < paths->n; i++)
    free(paths->at[i]);
  vec_release(paths);
}

static int real_paths(Paths *out, const char *const *paths, size_t npaths, Error *err) {
  for (size_t i = 0; i < npaths; i++) {
    char *path = realpath(paths[i], NULL);
    if (!path)
      return fail(err, "%s: %s", paths[i], strerror(errno));
    vec_push(out, path);
  }
  return 0;
}

// Cut the last part of an absolute path.
static void to_parent(char *path) {
  char *slash = strrchr(path, '/');
  slash[slash == path] = '\0';
}

// The folder that holds all the paths.
static int common_folder(char **out, const Paths *paths, Error *err) {
  struct stat state;
  const char *first = paths->at[0];
  if (stat(first, &state))
    return fail(err, "%s: %s", first, strerror(errno));
  char *folder = *out = xstrndup(first, strlen(first));
  if (!S_ISDIR(state.st_mode))
    to_parent(folder);
  for (uint32_t i = 1; i < paths->n; i++)
    while (!path_below(folder, paths->at[i]))
      to_parent(folder);
  return 0;
}

static int list_folders(Tree *tree, const Paths *paths, Error *err) {
  if (common_folder(&tree->root, paths, err))
    return -1;
  for (uint32_t i = 0; i < paths->n; i++) {
    const char *prefix = path_below(tree->root, paths->at[i]);
    tree_ask(tree, prefix, strlen(prefix));
    if (!tree->unlisted && tree_add_folder(tree, prefix, err))
      return -1;
  }
  return 0;
}

static int open_disk(Tree *tree, const char *const *paths, size_t npaths, Error *err) {
  Paths real = {0};
  bool in_git = false;
  int status = real_paths(&real, paths, npaths, err);
  if (!status)
    status = git_list_worktree(tree, real.at, real.n, &in_git, err);
  if (!status && !in_git)
    status = list_folders(tree, &real, err);
  paths_release(&real);
  return status;
}

// The path from the root on, without a '/' at its end.
static int absolute(Text *out, const char *path, Error *err) {
  char *here = *path == '/' ? NULL : getcwd(NULL, 0);
  if (*path != '/' && !here)
    return fail(err, "%s: the folder it is in is not known: %s", path, strerror(errno));
  text_printf(out, "%s%s%s", here ? here : "", here ? "/" : "", path);
  free(here);
  while (out->n > 1 && out->at[out->n - 1] == '/')
    out->at[--out->n] = '\0';
  return 0;
}

// The absolute path with the links of the part that exists resolved, *existing bytes of it. A place inside of
// a revision need not be on disk, or may be closed there.
static int resolve_existing(char **out, const char *path, size_t *existing, Error *err) {
  Text text = {0};
  if (absolute(&text, path, err))
    return -1;
  char *start = xstrndup(text.at, text.n), *real;
  while (!(real = realpath(start, NULL)) && (is_gone(errno) || errno == EACCES || errno == ELOOP) && strcmp(start, "/"))
    to_parent(start);
  int status = real ? 0 : fail(err, "%s: %s", path, strerror(errno));
  if (real) {
    *out = joined(real, path_below(start, text.at));
    *existing = strlen(real);
  }
  free(real);
  xfree(start);
  text_release(&text);
  return status;
}

static int open_objects(Tree *tree, const char *const *paths, size_t npaths, Error *err) {
  Paths full = {0};
  size_t existing = 0, of_first = 0;
  int status = 0;
  for (size_t i = 0; i < npaths && !status; i++) {
    char *path = NULL;
    status = resolve_existing(&path, paths[i], &existing, err);
    vec_push(&full, path);
    of_first = i ? of_first : existing;
  }
  if (!status)
    status = git_list_objects(tree, full.at, full.n, of_first, err);
  paths_release(&full);
  return status;
}

// By path; of two entries for one path, the one with a known blob first.
static int compare_sources(const void *a, const void *b) {
  const Source *left = a, *right = b;
  int order = strcmp(left->path, right->path);
  return order ? order : memcmp(right->oid, left->oid, sizeof left->oid);
}

static void sort_sources(Tree *tree) {
  if (tree->sources.n)
    qsort(tree->sources.at, tree->sources.n, sizeof(Source), compare_sources);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < tree->sources.n; i++)
    if (!kept || strcmp(tree->sources.at[kept - 1].path, tree->sources.at[i].path))
      tree->sources.at[kept++] = tree->sources.at[i];
  tree->sources.n = kept;
}

static bool is_below(const char *folder, const char *path) {
  size_t length = strlen(folder);
  return !length || (!strncmp(folder, path, length) && (path[length] == '/' || !path[length]));
}

static void cut_last_part(char *path) {
  char *slash = strrchr(path, '/');
  *(slash ? slash : path) = '\0';
}

// Sources must be listed: one that was named itself stands for its folder.
static void find_base(Tree *tree) {
  const char *first = tree->prefixes.at[0];
  tree->base = xstrndup(first, strlen(first));
  for (uint32_t i = 1; i < tree->prefixes.n; i++)
    while (!is_below(tree->base, tree->prefixes.at[i]))
      cut_last_part(tree->base);
  for (uint32_t i = 0; i < tree->sources.n; i++)
    if (*tree->base && !strcmp(tree->sources.at[i].path, tree->base))
      cut_last_part(tree->base);
}

const char *tree_path_below_asked(const Tree *tree, const Source *source) {
  size_t length = strlen(tree->base);
  bool below = length && is_below(tree->base, source->path);
  return below ? source->path + length + 1 : source->path;
}

int tree_open(Tree **out, const char *const *paths, size_t npaths, const TreeOptions *options, Error *err) {
  static const char *const here[] = {"."};
  if (!npaths) {
    paths = here;
    npaths = 1;
  }
  Tree *tree = xcalloc(1, sizeof *tree);
  tree->max_bytes = options->max_bytes;
  tree->jobs = options->jobs;
  tree->rev = options->rev ? xstrndup(options->rev, strlen(options->rev)) : NULL;
  tree->staged = options->staged;
  tree->lenient = options->lenient;
  tree->unlisted = options->unlisted;
  int status = options->rev || options->staged ? open_objects(tree, paths, npaths, err)
                                               : open_disk(tree, paths, npaths, err);
  if (status) {
    tree_free(tree);
    return -1;
  }
  sort_sources(tree);
  find_base(tree);
  *out = tree;
  return 0;
}

void tree_free(Tree *tree) {
  if (!tree)
    return;
  git_release(tree);
  xfree(tree->root);
  xfree(tree->rev);
  xfree(tree->objects);
  xfree(tree->git_dir);
  xfree(tree->folder);
  xfree(tree->base);
  for (uint32_t i = 0; i < tree->prefixes.n; i++)
    xfree(tree->prefixes.at[i]);
  vec_release(&tree->prefixes);
  map_release(&tree->scope);
  vec_release(&tree->sources);
  arena_release(&tree->arena);
  xfree(tree);
}

const Source *tree_sources(const Tree *tree, size_t *count) {
  *count = tree->sources.n;
  return tree->sources.at;
}

Source *tree_own_sources(Tree *tree, size_t *count) {
  *count = tree->sources.n;
  return tree->sources.at;
}

int tree_read(const Tree *tree, const char *path, Text *text, bool *there, Error *err) {
  if (tree->rev || tree->staged)
    return git_read(tree, path, text, there, err);
  Error absent;
  errno = 0;
  *there = !read_below(tree->root, path, 0, text, &absent);
  bool absent_or_link = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
  return *there || absent_or_link ? 0 : fail(err, "%s", absent.text);
}

const char *tree_root(const Tree *tree) { return tree->root; }

const char *tree_git_dir(const Tree *tree) { return tree->git_dir; }

//
// Reading
//

// Open the path part by part, so that no link on the way is followed even when the tree changes meanwhile.
static int open_below(const char *root, const char *path) {
  int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (const char *slash; folder >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
    char *part = xstrndup(path, (size_t)(slash - path));
    int next = openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(folder);
    folder = next;
    xfree(part);
  }
  if (folder < 0)
    return -1;
  int file = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  close(folder);
  return file;
}

// Append what the open file holds, and no more than `most` bytes and some; 0 is no limit. Sets errno.
static int read_all(int file, uint64_t most, Text *text) {
  struct stat state;
  if (fstat(file, &state))
    return -1;
  if (!S_ISREG(state.st_mode)) {
    errno = EINVAL;
    return -1;
  }
  char buffer[64 * 1024];
  for (ssize_t got; (got = read(file, buffer, sizeof buffer));) {
    if (got < 0)
      return -1;
    text_add(text, buffer, (size_t)got);
    if (most && text->n > most)
      break;
  }
  return 0;
}

int read_below(const char *root, const char *path, uint64_t most, Text *text, Error *err) {
  int file = open_below(root, path);
  int status = file < 0 ? -1 : read_all(file, most, text);
  if (status)
    fail(err, "%s: %s", path, strerror(errno));
  if (file >= 0)
    close(file);
  return status;
}

struct Reader {
  const Tree *tree;
  Blobs *blobs;  // NULL for files on disk
  bool is_first;
};

int reader_open(Reader **out, const Tree *tree, Error *err) {
  Reader *reader = xcalloc(1, sizeof *reader);
  reader->tree = tree;
  if (tree->objects && blobs_open(&reader->blobs, tree->objects, err)) {
    xfree(reader);
    return -1;
  }
  *out = reader;
  return 0;
}

void reader_is_first(Reader *reader) { reader->is_first = true; }

// Whether a file on disk is what it was when it was read first, or when it was listed if a cache was asked in place of it.
static bool is_same(const Reader *reader, const Source *source, const Text *text) {
  if (source->content)
    return source->content == content_hash(text);
  return reader->is_first || reader->blobs || !source_has_blob(source) || source_is_blob(source, text);
}

void reader_free(Reader *reader) {
  if (!reader)
    return;
  blobs_free(reader->blobs);
  xfree(reader);
}

// Codes that no text has: those below the blank that do not move to another place, and escape, which some encodings use.
static bool is_control(unsigned char c) { return (c < ' ' && !(c >= '\b' && c <= '\r') && c != 0x1b) || c == 0x7f; }

// A NUL near the start, as git decides it, one control code in 30 bytes there, or the mark of UTF-16.
static bool is_binary(const Text *text) {
  size_t n = text->n < 8000 ? text->n : 8000, controls = 0;
  if (n >= 2 && (!memcmp(text->at, "\xff\xfe", 2) || !memcmp(text->at, "\xfe\xff", 2)))
    return true;
  for (size_t i = 0; i < n; i++) {
    if (!text->at[i])
      return true;
    controls += is_control((unsigned char)text->at[i]);
  }
  return controls * 30 > n;
}

// True for a line that is long and full of code, unlike a string of data that happens to be long.
static bool is_dense(const char *line, size_t length) {
  size_t marks = 0;
  if (length < 400)
    return false;
  for (size_t i = 0; i < length; i++)
    marks += line[i] == '(' || line[i] == '{';
  return marks * 60 > length;
}

// Minified: more than 10 KB, more than half of it in long lines with a '(' or '{' for each 60 bytes.
static bool is_minified(const Text *text) {
  size_t dense = 0;
  if (text->n < 10 * 1024)
    return false;
  for (const char *line = text->at, *end = text->at + text->n, *next; line < end; line = next + 1) {
    next = memchr(line, '\n', (size_t)(end - line));
    if (!next)
      next = end;
    if (is_dense(line, (size_t)(next - line)))
      dense += (size_t)(next - line);
  }
  return dense * 2 > text->n;
}

uint64_t content_hash(const Text *text) {
  uint64_t hash = XXH3_64bits(text->at, text->n);
  return hash ? hash : 1;
}

int reader_read(Reader *reader, const Source *source, Text *text, Skip *skip, Error *err) {
  const Tree *tree = reader->tree;
  text_clear(text);
  text_add(text, "", 0);
  int status = reader->blobs ? blobs_read(reader->blobs, source, text, err)
                             : read_below(tree->root, source->path, tree->max_bytes, text, err);
  if (status)
    return -1;
  if (!is_same(reader, source, text))
    return fail(err, "%s: was changed during the scan, scan again", source->path);
  *skip = SKIP_NO;
  if (tree->max_bytes && text->n > tree->max_bytes)
    *skip = SKIP_TOO_LARGE;
  else if (is_binary(text))
    *skip = SKIP_BINARY;
  else if (lang_is_code(source->lang) && is_minified(text))
    *skip = SKIP_MINIFIED;
  return 0;
}
