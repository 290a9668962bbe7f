// walk_git.c - finding the repository, and the sources of a revision.
//
// Nothing of a repository is ever run, and configuration outside of it is not read, so that a report does not
// depend on whose machine it is made on. Trees are listed once, by one thread; Blobs are for many threads.
#include "walk_git.h"

#include <errno.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int git_fail(Error *err, const char *what) {
  const git_error *last = git_error_last();
  return fail(err, "%s: %s", what, last && last->message ? last->message : "git failed");
}

// Options are global in libgit2 and are lost by its last shutdown.
static int start_git(Error *err) {
  static const char *extensions[] = {"worktreeconfig", "partialclone", "preciousobjects"};
  git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &git_memory);
  if (git_libgit2_init() < 0)
    return fail(err, "libgit2 cannot be started");
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, COUNT(extensions));
  for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  return 0;
}

void git_release(Tree *tree) {
  git_repository_free(tree->repo);
  tree->repo = NULL;
  if (tree->index)
    index_release(tree->index);
  xfree(tree->index);
  tree->index = NULL;
  if (tree->uses_git)
    git_libgit2_shutdown();
  tree->uses_git = false;
}

// Whether there is something of that name in a folder, or it cannot be known.
static bool may_hold(const char *folder, const char *name) {
  struct stat state;
  Text path = {0};
  text_printf(&path, "%s/%s", folder, name);
  bool may = !lstat(path.at, &state) || !is_gone(errno);
  text_release(&path);
  return may;
}

// Git takes a repository that it cannot read for none, and files that it ignores would be listed: fail where a folder
// or one above it seems to be one.
static int check_no_repository(char *folder, Error *err) {
  for (char *slash; (slash = strrchr(folder, '/')); *slash = '\0')
    if (may_hold(folder, ".git/HEAD") && may_hold(folder, ".git/objects") && may_hold(folder, ".git/refs"))
      return fail(err, "%s/.git: git cannot read this repository", folder);
  return 0;
}

// Open the repository that holds an existing path. *out is NULL when there is none.
static int discover(git_repository **out, const char *path, Error *err) {
  struct stat state;
  if (stat(path, &state))
    return fail(err, "%s: %s", path, strerror(errno));
  char *start = xstrndup(path, strlen(path));
  if (!S_ISDIR(state.st_mode))
    *strrchr(start, '/') = '\0';
  int status = git_repository_open_ext(out, *start ? start : "/", 0, NULL);
  if (status == GIT_ENOTFOUND) {
    *out = NULL;
    status = check_no_repository(start, err);
  } else if (status) {
    git_fail(err, path);
  }
  xfree(start);
  return status;
}

// A folder of libgit2 without its last '/'.
static char *folder_copy(const char *folder) {
  size_t length = strlen(folder);
  return xstrndup(folder, length > 1 && folder[length - 1] == '/' ? length - 1 : length);
}

char *git_dir_of(const char *path) {
  git_repository *repo = NULL;
  char *real = realpath(path, NULL), *folder = NULL;
  if (start_git(NULL)) {
    free(real);
    return NULL;
  }
  if (real && !discover(&repo, real, NULL) && repo)
    folder = folder_copy(git_repository_commondir(repo));
  git_repository_free(repo);
  git_libgit2_shutdown();
  free(real);
  return folder;
}

//
// Attributes
//

// The attributes that make a file skipped.
static const char *marks[] = {"linguist-generated", "linguist-vendored"};

bool mentions_marks(const char *bytes, size_t length) {
  for (size_t i = 0; i < COUNT(marks); i++)
    if (length && memmem(bytes, length, marks[i], strlen(marks[i])))
      return true;
  return false;
}

bool is_named(const char *path, const char *name) {
  const char *slash = strrchr(path, '/');
  return !strcmp(slash ? slash + 1 : path, name);
}

static bool is_set(const char *value) {
  git_attr_value_t kind = git_attr_value(value);
  return kind == GIT_ATTR_VALUE_TRUE || (kind == GIT_ATTR_VALUE_STRING && !strcmp(value, "true"));
}

int mark_attributes(Tree *tree, git_repository *repo, const git_oid *commit, Error *err) {
  git_attr_options options = {.version = GIT_ATTR_OPTIONS_VERSION, .flags = GIT_ATTR_CHECK_NO_SYSTEM};
  if (tree->staged)
    options.flags |= GIT_ATTR_CHECK_INDEX_ONLY;
  if (commit) {
    options.flags |= GIT_ATTR_CHECK_INDEX_ONLY | GIT_ATTR_CHECK_INCLUDE_COMMIT;
    options.attr_commit_id = *commit;
  }
  for (uint32_t i = 0; i < tree->sources.n; i++) {
    Source *source = &tree->sources.at[i];
    const char *values[2];
    if (source->skip || !lang_is_code(source->lang))
      continue;
    if (git_attr_get_many_ext(values, repo, &options, source->path, COUNT(marks), marks))
      return git_fail(err, source->path);
    source->skip = is_set(values[0]) ? SKIP_GENERATED : is_set(values[1]) ? SKIP_VENDORED : SKIP_NO;
  }
  return 0;
}

//
// Worktree
//

// Ask for the paths, which must all be in this worktree.
static int ask_all(Tree *tree, char *const *paths, size_t npaths, Error *err) {
  for (size_t i = 0; i < npaths; i++) {
    const char *path = path_below(tree->root, paths[i]);
    if (!path)
      return fail(err, "%s is not in the worktree of %s: scan one at a time", paths[i], paths[0]);
    tree_ask(tree, path, strlen(path));
  }
  return 0;
}

int git_list_worktree(Tree *tree, char *const *paths, size_t npaths, bool *found, Error *err) {
  git_repository *repo = NULL;
  if (start_git(err))
    return -1;
  tree->uses_git = true;
  if (discover(&repo, paths[0], err))
    return -1;
  *found = repo != NULL;
  if (!repo)
    return 0;
  tree->git_dir = folder_copy(git_repository_commondir(repo));
  int status;
  if (git_repository_is_bare(repo) && !tree->unlisted) {
    status = fail(err, "%s is in a bare repository: name a revision by --rev", paths[0]);
  } else {
    const char *folder = git_repository_workdir(repo);
    tree->root = folder_copy(folder ? folder : git_repository_path(repo));
    status = ask_all(tree, paths, npaths, err);
  }
  if (!status && !tree->unlisted)
    status = git_list_disk(tree, repo, err);
  if (!status)
    status = note_provenance(tree, repo, NULL, err);
  git_repository_free(repo);
  return status;
}

//
// Revision
//

// A source by its name, or a link, of which the name says little.
static bool may_be_source(const char *path, unsigned mode) {
  return lang_of_path(path) || mode == GIT_FILEMODE_LINK;
}

typedef struct RevisionWalk {
  Tree *tree;
  git_odb *odb;
  Text path;
  bool marked;
  bool failed;
} RevisionWalk;

static void add_blob(RevisionWalk *walk, const git_tree_entry *entry) {
  size_t size;
  git_object_t type;
  const git_oid *id = git_tree_entry_id(entry);
  walk->failed = git_odb_read_header(&size, &type, walk->odb, id);
  if (!walk->failed)
    tree_add(walk->tree, walk->path.at, SKIP_NO, size, id->id);
}

int look_for_marks(bool *marked, git_odb *odb, const git_oid *id) {
  git_odb_object *blob;
  if (git_odb_read(&blob, odb, id))
    return -1;
  *marked |= mentions_marks(git_odb_object_data(blob), git_odb_object_size(blob));
  git_odb_object_free(blob);
  return 0;
}

// Callback of git_tree_walk(): 0 goes on, 1 passes over a folder, -1 stops.
static int visit_entry(const char *folder, const git_tree_entry *entry, void *payload) {
  RevisionWalk *walk = payload;
  git_filemode_t mode = git_tree_entry_filemode(entry);
  text_clear(&walk->path);
  text_printf(&walk->path, "%s%s", folder, git_tree_entry_name(entry));
  if (mode == GIT_FILEMODE_TREE) {
    const char *name = git_tree_entry_name(entry);
    return is_package_folder(name, strlen(name));
  }
  if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE)
    return 0;
  if (is_named(walk->path.at, ".gitattributes"))
    walk->failed = look_for_marks(&walk->marked, walk->odb, git_tree_entry_id(entry));
  if (!walk->failed && may_be_source(walk->path.at, mode))
    add_blob(walk, entry);
  return walk->failed ? -1 : 0;
}

// The root that the first path is below: the git directory, or the worktree.
static void find_root(Tree *tree, git_repository *repo, const char *path) {
  const char *workdir = git_repository_workdir(repo);
  tree->root = folder_copy(git_repository_path(repo));
  if (path_below(tree->root, path) || !workdir)
    return;
  xfree(tree->root);
  tree->root = folder_copy(workdir);
}

// Ask for the places named by absolute paths.
static int ask_places(Tree *tree, git_repository *repo, char *const *paths, size_t npaths, Error *err) {
  find_root(tree, repo, paths[0]);
  for (size_t i = 0; i < npaths; i++) {
    const char *place = path_below(tree->root, paths[i]);
    if (!place)
      return fail(err, "%s is not in the repository %s", paths[i], tree->root);
    tree_ask(tree, place, strlen(place));
  }
  return 0;
}

// The tree that the revision names: a commit's or a tag's, or a tree itself; *commit is zero for the latter.
static int find_revision(git_tree **out, git_oid *commit, git_repository *repo, const char *rev, Error *err) {
  git_object *object = NULL, *peeled = NULL;
  if (git_revparse_single(&object, repo, rev))
    return fail(err, "%s is not a revision of %s", rev, git_repository_path(repo));
  int status = git_object_peel(&peeled, object, GIT_OBJECT_COMMIT);
  if (!status)
    *commit = *git_object_id(peeled);
  if (!status || status == GIT_EINVALIDSPEC)  // it may be a tree
    status = git_object_peel((git_object **)out, object, GIT_OBJECT_TREE);
  git_object_free(peeled);
  git_object_free(object);
  return status ? fail(err, "%s is not a commit or a tree", rev) : 0;
}

static int check_places(const Tree *tree, git_tree *root, const char *rev, Error *err) {
  for (uint32_t i = 0; i < tree->prefixes.n; i++) {
    git_tree_entry *entry = NULL;
    const char *place = tree->prefixes.at[i];
    if (*place && git_tree_entry_bypath(&entry, root, place))
      return fail(err, "%s: no such file or folder in %s", place, rev);
    git_tree_entry_free(entry);
  }
  return 0;
}

// The attributes of a commit alone, not those of the index beside it.
static int hide_index(git_repository *repo) {
  git_index *empty = NULL;
  int status = git_index_new(&empty);
  if (!status)
    status = git_repository_set_index(repo, empty);
  git_index_free(empty);
  return status;
}

static int walk_revision(Tree *tree, git_repository *repo, git_tree *root, const git_oid *commit,
                         Error *err) {
  RevisionWalk walk = {.tree = tree};
  if (git_repository_odb(&walk.odb, repo))
    return git_fail(err, tree->root);
  int status = git_tree_walk(root, GIT_TREEWALK_PRE, visit_entry, &walk) || walk.failed;
  text_release(&walk.path);
  git_odb_free(walk.odb);
  if (status)
    return git_fail(err, tree->root);
  if (!walk.marked || git_oid_is_zero(commit))
    return 0;
  if (hide_index(repo))
    return git_fail(err, tree->root);
  return mark_attributes(tree, repo, commit, err);
}

static int set_objects(Tree *tree, git_repository *repo, Error *err) {
  git_buf folder = {0};
  if (git_repository_item_path(&folder, repo, GIT_REPOSITORY_ITEM_OBJECTS))
    return git_fail(err, tree->root);
  tree->objects = folder_copy(folder.ptr);
  git_buf_dispose(&folder);
  return 0;
}

static int list_revision(Tree *tree, git_repository *repo, Error *err) {
  git_tree *root = NULL;
  git_oid commit = {{0}};
  int status = find_revision(&root, &commit, repo, tree->rev, err);
  if (!status && !tree->lenient)
    status = check_places(tree, root, tree->rev, err);
  if (!status)
    status = walk_revision(tree, repo, root, &commit, err);
  if (!status)
    status = note_provenance(tree, repo, &commit, err);
  git_tree_free(root);
  return status;
}

static int list_objects(Tree *tree, git_repository *repo, char *const *paths, size_t npaths, Error *err) {
  if (tree->staged && git_repository_is_bare(repo))
    return fail(err, "%s is in a bare repository, where nothing is staged", paths[0]);
  if (ask_places(tree, repo, paths, npaths, err) || set_objects(tree, repo, err))
    return -1;
  return tree->staged ? git_list_staged(tree, repo, err) : list_revision(tree, repo, err);
}

int git_list_objects(Tree *tree, char *const *paths, size_t npaths, size_t existing, Error *err) {
  git_repository *repo = NULL;
  const char *path = paths[0];
  if (start_git(err))
    return -1;
  tree->uses_git = true;
  char *start = xstrndup(path, existing);
  int status = discover(&repo, start, err);
  xfree(start);
  if (status)
    return -1;
  if (!repo)
    return fail(err, "%s: %s", path, path[existing] ? "no such file or folder" : "not in a git repository");
  tree->git_dir = folder_copy(git_repository_commondir(repo));
  tree->repo = repo;
  return list_objects(tree, repo, paths, npaths, err);
}

//
// Any file of a revision or of the index
//

// The blob at a path, zero if there is none.
static int find_blob(git_oid *id, const Tree *tree, const char *path, Error *err) {
  git_tree *root = NULL;
  git_tree_entry *entry = NULL;
  git_oid commit;
  memset(id, 0, sizeof *id);
  if (tree->staged) {
    const IndexEntry *staged = index_find(tree->index, path);
    if (staged && (staged->mode & S_IFMT) == S_IFREG)
      memcpy(id->id, staged->oid, sizeof id->id);
    return 0;
  }
  int status = find_revision(&root, &commit, tree->repo, tree->rev, err);
  int found = status ? -1 : git_tree_entry_bypath(&entry, root, path);
  if (!status && found && found != GIT_ENOTFOUND)
    status = git_fail(err, path);
  if (!found && (git_tree_entry_filemode(entry) & S_IFMT) == S_IFREG)
    *id = *git_tree_entry_id(entry);
  git_tree_entry_free(entry);
  git_tree_free(root);
  return status;
}

int git_read(const Tree *tree, const char *path, Text *text, bool *there, Error *err) {
  git_blob *blob = NULL;
  git_oid id;
  int status = find_blob(&id, tree, path, err);
  *there = !status && !git_oid_is_zero(&id);
  if (*there && git_blob_lookup(&blob, tree->repo, &id))
    status = git_fail(err, path);
  if (blob)
    text_add(text, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
  git_blob_free(blob);
  return status;
}

//
// Blobs
//

bool source_is_blob(const Source *source, const Text *text) {
  git_oid id;
  return !git_odb_hash(&id, text->at, text->n, GIT_OBJECT_BLOB) && !memcmp(id.id, source->oid, sizeof source->oid);
}

struct Blobs {
  git_odb *odb;
};

int blobs_open(Blobs **out, const char *objects, Error *err) {
  Blobs *blobs = xcalloc(1, sizeof *blobs);
  if (git_odb_open(&blobs->odb, objects)) {
    git_fail(err, objects);
    xfree(blobs);
    return -1;
  }
  *out = blobs;
  return 0;
}

int blobs_read(Blobs *blobs, const Source *source, Text *text, Error *err) {
  git_oid id;
  git_odb_object *object = NULL;
  memcpy(id.id, source->oid, sizeof id.id);
  if (git_odb_read(&object, blobs->odb, &id))
    return git_fail(err, source->path);
  text_add(text, git_odb_object_data(object), git_odb_object_size(object));
  git_odb_object_free(object);
  return 0;
}

void blobs_free(Blobs *blobs) {
  if (!blobs)
    return;
  git_odb_free(blobs->odb);
  xfree(blobs);
}
