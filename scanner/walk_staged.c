// walk_staged.c - sources of the index, and what it has that a commit has not.
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "walk_git.h"

//
// Listing
//

// The index that a hook is given (GIT_INDEX_FILE), which is not the repository's own while a part is committed.
static int index_path(Text *path, git_repository *repo, Error *err) {
  const char *given = getenv("GIT_INDEX_FILE");
  git_buf own = {0};
  if (given && *given)
    text_printf(path, "%s%s", *given == '/' ? "" : git_repository_workdir(repo), given);
  else if (git_repository_item_path(&own, repo, GIT_REPOSITORY_ITEM_INDEX))
    return git_fail(err, git_repository_path(repo));
  else
    text_puts(path, own.ptr);
  git_buf_dispose(&own);
  return 0;
}

// Whether the index has the place or something below it.
static bool index_has(const Index *index, const char *place) {
  Text folder = {0};
  text_printf(&folder, "%s/", place);
  uint32_t below = index_place(index, 0, index->entries.n, folder.at);
  bool found = !*place || index_find(index, place) ||
               (below < index->entries.n && !strncmp(index->entries.at[below].path, folder.at, folder.n));
  text_release(&folder);
  return found;
}

// Hooks name files that are deleted, and files that are not staged: they are all right, misspelled ones are not.
static int check_places(const Tree *tree, git_repository *repo, Error *err) {
  int status = 0;
  git_object *head = NULL;
  if (git_revparse_single(&head, repo, "HEAD^{tree}"))
    head = NULL;  // there is no commit yet
  for (uint32_t i = 0; i < tree->prefixes.n && !status; i++) {
    const char *place = tree->prefixes.at[i];
    git_tree_entry *entry = NULL;
    Text full = {0};
    struct stat state;
    text_printf(&full, "%s/%s", tree->root, place);
    bool known = index_has(tree->index, place) || !lstat(full.at, &state) ||
                 (head && !git_tree_entry_bypath(&entry, (git_tree *)head, place));
    if (!known)
      status = fail(err, "%s: no such file or folder, in the index or on disk", place);
    git_tree_entry_free(entry);
    text_release(&full);
  }
  git_object_free(head);
  return status;
}

git_oid entry_oid(const IndexEntry *entry) {
  git_oid oid;
  memcpy(oid.id, entry->oid, sizeof oid.id);
  return oid;
}

// The size of what is staged: that of the file then, which only a filter can make differ; else git has to look into the
// blob, which takes its time for thousands of them.
static int size_of_staged(size_t *size, const IndexEntry *entry, git_odb *odb, Error *err) {
  git_object_t type;
  git_oid oid = entry_oid(entry);
  *size = entry->size;
  return !*size && git_odb_read_header(size, &type, odb, &oid) ? git_fail(err, entry->path) : 0;
}

static int put_entry(git_index *into, const IndexEntry *entry) {
  git_index_entry copy = {.mode = entry->mode, .file_size = entry->size, .id = entry_oid(entry), .path = entry->path};
  copy.flags_extended = entry->is_intended ? GIT_INDEX_ENTRY_INTENT_TO_ADD : 0;
  return git_index_add(into, &copy);
}

// List the sources; attributes go to an index of their own.
static int add_staged(Tree *tree, git_odb *odb, git_index *attributes, bool *marked, Error *err) {
  for (uint32_t i = 0; i < tree->index->entries.n; i++) {
    const IndexEntry *entry = &tree->index->entries.at[i];
    git_oid oid = entry_oid(entry);
    size_t size;
    if ((entry->mode & S_IFMT) != S_IFREG || entry->is_intended)
      continue;
    if (is_named(entry->path, ".gitattributes") &&
        (put_entry(attributes, entry) || look_for_marks(marked, odb, &oid)))
      return git_fail(err, entry->path);
    if (!lang_of_path(entry->path))
      continue;
    if (size_of_staged(&size, entry, odb, err))
      return -1;
    tree_add(tree, entry->path, SKIP_NO, size, entry->oid);
  }
  return 0;
}

// Git looks for attributes in the index of the repository, which it would read for that: give it one of nothing else.
static int list_entries(Tree *tree, git_repository *repo, Error *err) {
  git_odb *odb = NULL;
  git_index *attributes = NULL;
  bool marked = false;
  if (tree->index->has_conflicts)
    return fail(err, "the index of %s has conflicts: resolve them first", tree->root);
  int status = check_places(tree, repo, err);
  if (!status && (git_repository_odb(&odb, repo) || git_index_new(&attributes)))
    status = git_fail(err, tree->root);
  if (!status)
    status = add_staged(tree, odb, attributes, &marked, err);
  if (!status && git_repository_set_index(repo, attributes))
    status = git_fail(err, tree->root);
  if (!status && marked)
    status = mark_attributes(tree, repo, NULL, err);
  git_index_free(attributes);
  git_odb_free(odb);
  return status;
}

int git_read_index(Index *index, git_repository *repo, Error *err) {
  Text path = {0};
  int status = index_path(&path, repo, err) || index_read(index, path.at, err) ? -1 : 0;
  text_release(&path);
  return status;
}

int git_list_staged(Tree *tree, git_repository *repo, Error *err) {
  tree->index = xcalloc(1, sizeof *tree->index);
  return git_read_index(tree->index, repo, err) || list_entries(tree, repo, err) ? -1 : 0;
}

//
// Comparing with a commit
//

// What may differ: git compares that alone.
typedef struct Differ {
  const Index *index;
  git_repository *repo;
  git_index *changed;   // the entries
  VEC(char *) paths;    // of these, and of what the commit has and the index has not
  Text folder;          // looked at now, with its last '/'
  Arena arena;
} Differ;

static void note_path(Differ *d, const char *folder, const char *name) {
  vec_push(&d->paths, arena_printf(&d->arena, "%s%s", folder, name));
}

static int add_entry(Differ *d, const IndexEntry *entry) {
  note_path(d, "", entry->path);
  return put_entry(d->changed, entry);
}

// The name of an entry in the folder, or of a folder within it and what follows; NULL when it is not below it.
static const char *name_at(const Differ *d, uint32_t at) {
  const char *path = at < d->index->entries.n ? d->index->entries.at[at].path : NULL;
  return path && !strncmp(path, d->folder.at, d->folder.n) ? path + d->folder.n : NULL;
}

static bool is_folder(const git_tree_entry *entry) { return git_tree_entry_type(entry) == GIT_OBJECT_TREE; }

// In the order of git, which has a '/' behind the names of folders.
static int compare_names(const git_tree_entry *theirs, const char *ours) {
  const char *name = git_tree_entry_name(theirs);
  size_t left = strlen(name), right = strcspn(ours, "/"), shorter = left < right ? left : right;
  int order = memcmp(name, ours, shorter);
  unsigned char end = left > shorter ? (unsigned char)name[shorter] : is_folder(theirs) ? '/' : 0;
  return order ? order : end - (unsigned char)ours[shorter];
}

// Whether the index knows that a folder is the tree; its entries are then `count` in a row.
static bool is_unchanged(const Differ *d, const git_oid *tree, uint32_t at, uint32_t *count) {
  const IndexTree *known = index_tree(d->index, d->folder.at, d->folder.n ? d->folder.n - 1 : 0);
  *count = known ? known->count : 0;
  return *count && *count <= d->index->entries.n - at && !memcmp(known->oid, tree->id, sizeof known->oid) && name_at(d, at + *count - 1) && !name_at(d, at + *count);
}

static int compare_folder(Differ *d, const git_oid *id, uint32_t *at);

static int compare_entry(Differ *d, const git_tree_entry *theirs, uint32_t *at) {
  const IndexEntry *ours = &d->index->entries.at[*at];
  size_t length = d->folder.n;
  if (is_folder(theirs)) {
    text_printf(&d->folder, "%s/", git_tree_entry_name(theirs));
    int status = compare_folder(d, git_tree_entry_id(theirs), at);
    d->folder.n = length;
    d->folder.at[length] = '\0';
    return status;
  }
  ++*at;
  bool same = !memcmp(ours->oid, git_tree_entry_id(theirs)->id, sizeof ours->oid) && !ours->is_intended &&
              ours->mode == (uint32_t)git_tree_entry_filemode_raw(theirs);
  return same ? 0 : add_entry(d, ours);
}

static int compare_entries(Differ *d, const git_tree *tree, uint32_t *at) {
  size_t count = tree ? git_tree_entrycount(tree) : 0, i = 0;
  int status = 0;
  for (const char *ours; !status && ((ours = name_at(d, *at)) || i < count);) {
    const git_tree_entry *theirs = i < count ? git_tree_entry_byindex(tree, i) : NULL;
    int order = !ours ? -1 : !theirs ? 1 : compare_names(theirs, ours);
    i += order <= 0;
    if (order < 0)
      note_path(d, d->folder.at, git_tree_entry_name(theirs));
    else if (order > 0)
      status = add_entry(d, &d->index->entries.at[(*at)++]);
    else
      status = compare_entry(d, theirs, at);
  }
  return status;
}

// Compare the tree with the entries from *at on that are in its folder, and pass over these.
static int compare_folder(Differ *d, const git_oid *id, uint32_t *at) {
  git_tree *tree = NULL;
  uint32_t count;
  if (is_unchanged(d, id, *at, &count)) {
    *at += count;
    return 0;
  }
  int status = git_tree_lookup(&tree, d->repo, id) || compare_entries(d, tree, at);
  git_tree_free(tree);
  return status;
}

int git_diff_staged(git_diff **out, const Tree *tree, git_repository *repo, git_tree *base, git_diff_options *options) {
  Differ d = {.index = tree->index, .repo = repo};
  uint32_t at = 0;
  text_puts(&d.folder, "");
  int status = git_index_new(&d.changed);
  if (!status)
    status = base ? compare_folder(&d, git_tree_id(base), &at) : compare_entries(&d, NULL, &at);
  options->pathspec = (git_strarray){d.paths.at, d.paths.n};
  options->flags |= GIT_DIFF_DISABLE_PATHSPEC_MATCH;
  if (!status)
    status = git_diff_tree_to_index(out, repo, d.paths.n ? base : NULL, d.changed, options);
  options->pathspec = (git_strarray){0};  // its paths end here
  git_index_free(d.changed);
  vec_release(&d.paths);
  text_release(&d.folder);
  arena_release(&d.arena);
  return status;
}
