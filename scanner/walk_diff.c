// walk_diff.c - see change.h. The difference is git's own, with renames found; only lines of sources are kept.
#include "change.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "walk_git.h"

// Lines first..last of a file.
typedef struct Run {
  uint32_t first, last;
  Touch touch;
} Run;

typedef struct Runs {
  uint32_t first, count;  // in Change.runs
} Runs;

struct Change {
  VEC(char *) bases;
  const char *note;
  bool matters;
  bool beyond;  // more than the content of files is changed
  VEC(Former) formers;
  VEC(Run) runs;
  VEC(Runs) files;
  Map by_path;  // hash of the path -> index into files + 1
  Arena arena;
};

//
// Lines
//

// Called for each file that differs: 1 leaves it out, as findings do not depend on it. Patterns for git would be matched
// with every file of the tree. What git cannot look at may be a folder of sources.
static int choose_file(const git_diff *diff, const git_diff_delta *delta, const char *pattern, void *payload) {
  const char *path = delta->new_file.path;
  (void)diff, (void)pattern, (void)payload;
  return delta->status != GIT_DELTA_UNREADABLE && !lang_of_path(path) && !is_named(path, ".gitattributes");
}

static void add_hunk(Change *change, const git_diff_hunk *hunk) {
  uint32_t first = (uint32_t)hunk->new_start, count = (uint32_t)hunk->new_lines;
  if (count)
    vec_push(&change->runs, ((Run){first, first + count - 1, TOUCH_CHANGED}));
  if (!count)  // `first` is the line before what is gone
    vec_push(&change->runs, ((Run){first ? first : 1, first + 1, TOUCH_BESIDE}));
}

static int add_file(Change *change, git_diff *diff, size_t index, const char *path, Error *err) {
  git_patch *patch = NULL;
  Runs runs = {.first = change->runs.n};
  int status = 0;
  if (git_patch_from_diff(&patch, diff, index))
    return git_fail(err, path);
  for (size_t i = 0; patch && i < git_patch_num_hunks(patch) && !status; i++) {
    const git_diff_hunk *hunk = NULL;
    status = git_patch_get_hunk(&hunk, NULL, patch, i) ? git_fail(err, path) : 0;
    if (hunk)
      add_hunk(change, hunk);
  }
  git_patch_free(patch);
  runs.count = change->runs.n - runs.first;
  vec_push(&change->files, runs);
  map_put(&change->by_path, hash_quick(path, strlen(path)), change->files.n);
  return status;
}

static void add_former(Change *change, const char *path, const git_diff_file *file) {
  Former former = {.path = arena_copy(&change->arena, path, strlen(path)), .was_there = file != NULL};
  if (file)
    memcpy(former.oid, file->id.id, sizeof former.oid);
  vec_push(&change->formers, former);
}

// Note what was there before.
static void add_formers(Change *change, const git_diff_delta *delta) {
  const git_diff_file *old = &delta->old_file, *new = &delta->new_file;
  bool was_there = delta->status != GIT_DELTA_ADDED && delta->status != GIT_DELTA_UNTRACKED;
  bool moved = was_there && strcmp(old->path, new->path);
  bool regular = !was_there || (old->mode & S_IFMT) == S_IFREG;
  change->beyond |= !regular || is_named(old->path, ".gitattributes") || is_named(new->path, ".gitattributes");
  if (moved)
    add_former(change, new->path, NULL);
  add_former(change, old->path, was_there ? old : NULL);
}

static int add_files(Change *change, git_diff *diff, Error *err) {
  change->matters = git_diff_num_deltas(diff) > 0;
  for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
    const git_diff_delta *delta = git_diff_get_delta(diff, i);
    const char *path = delta->new_file.path;
    add_formers(change, delta);
    if (delta->status != GIT_DELTA_DELETED && lang_of_path(path) && add_file(change, diff, i, path, err))
      return -1;
  }
  return 0;
}

static int fail_unread(Error *err, const char *path) {
  return fail(err, "%s: git cannot read it, so it is not known what has changed", path);
}

// lstat() of a path below the root.
static int state_below(const Tree *tree, const char *path, struct stat *state) {
  Text full = {0};
  text_printf(&full, "%s/%s", tree->root, path);
  int status = lstat(full.at, state);
  text_release(&full);
  return status;
}

// Git takes files of a folder that it cannot look at for deleted: fail when the index and the disk have such a file.
static int check_deleted(const Tree *tree, git_repository *repo, git_diff *diff, Error *err) {
  git_index *index = NULL;
  int status = git_repository_index(&index, repo) ? git_fail(err, tree->root) : 0;
  for (size_t i = 0; i < git_diff_num_deltas(diff) && !status; i++) {
    const git_diff_delta *delta = git_diff_get_delta(diff, i);
    const char *path = delta->new_file.path;
    struct stat state;
    bool deleted = delta->status == GIT_DELTA_DELETED && git_index_get_bypath(index, path, 0) &&
                   !state_below(tree, path, &state);
    if (deleted || delta->status == GIT_DELTA_UNREADABLE)
      status = fail_unread(err, path);
  }
  git_index_free(index);
  return status;
}

// The same for folders, where new files may be. One that may not be opened is told as such by a scan.
static int check_folders(Change *change, const Tree *tree, git_repository *repo, Folders *folders, Error *err) {
  int status = folders_keep_unread(folders, tree, repo, err);
  change->matters |= folders->paths.n > 0;
  for (uint32_t i = 0; i < folders->paths.n && !status; i++) {
    Text full = {0};
    text_printf(&full, "%s/%s", tree->root, folders->paths.at[i]);
    if (!access(full.at, R_OK | X_OK))
      status = fail_unread(err, folders->paths.at[i]);
    text_release(&full);
  }
  return status;
}

// Fail when a file has been written to since it was listed: what git has compared is not what is scanned.
static int check_unwritten(const Tree *tree, Error *err) {
  int status = 0;
  for (uint32_t i = 0; i < tree->sources.n && !status; i++) {
    const Source *source = &tree->sources.at[i];
    struct stat state;
    if (source->stamp && (state_below(tree, source->path, &state) || file_stamp(&state) != source->stamp))
      status = fail(err, "%s: was changed during the scan, scan again", source->path);
  }
  return status;
}

// From the tree of `base` (NULL: nothing) to the revision, the index, or the files on disk.
static int make_diff(git_diff **out, Folders *folders, const Tree *tree, git_repository *repo, git_tree *base,
                     git_tree *head) {
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.context_lines = 0;
  options.notify_cb = choose_file;
  options.progress_cb = folders_meet;
  options.payload = folders;
  options.max_size = (git_off_t)tree->max_bytes;  // larger files are no sources
  options.flags = GIT_DIFF_IGNORE_SUBMODULES | GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS |
                  GIT_DIFF_SHOW_UNTRACKED_CONTENT | GIT_DIFF_SKIP_BINARY_CHECK | GIT_DIFF_INCLUDE_UNREADABLE;
  if (tree->staged)
    return git_diff_staged(out, tree, repo, base, &options);
  if (tree->rev)
    return git_diff_tree_to_tree(out, repo, base, head, &options);
  return git_ignore_add_rule(repo, "node_modules/\n.yarn/\n") ||
         git_diff_tree_to_workdir_with_index(out, repo, base, &options);
}

static int read_lines(Change *change, const Tree *tree, git_repository *repo, git_tree *base, git_tree *head,
                      Error *err) {
  git_diff *diff = NULL;
  Folders folders = {0};
  git_diff_find_options find;
  git_diff_find_options_init(&find, GIT_DIFF_FIND_OPTIONS_VERSION);
  find.flags = GIT_DIFF_FIND_RENAMES | GIT_DIFF_FIND_FOR_UNTRACKED;
  int status = make_diff(&diff, &folders, tree, repo, base, head) || git_diff_find_similar(diff, &find);
  status = status ? git_fail(err, tree->root) : add_files(change, diff, err);
  if (!status && !tree->rev && !tree->staged)
    status = check_unwritten(tree, err) || check_deleted(tree, repo, diff, err) || check_folders(change, tree, repo, &folders, err) ? -1 : 0;
  folders_release(&folders);
  git_diff_free(diff);
  return status;
}

//
// Bases
//

static void add_base(Change *change, const git_oid *id) {
  char hex[GIT_OID_HEXSZ + 1];
  vec_push(&change->bases, xstrndup(git_oid_tostr(hex, sizeof hex, id), GIT_OID_HEXSZ));
}

static int add_merge_head(const git_oid *id, void *payload) {
  add_base(payload, id);
  return 0;
}

// HEAD, and what is being merged with it: a merge brings what neither has.
static int find_staged_bases(Change *change, git_repository *repo, Error *err) {
  git_oid head;
  int status = git_reference_name_to_id(&head, repo, "HEAD");
  if (status == GIT_ENOTFOUND)
    return 0;
  if (status)
    return git_fail(err, "HEAD");
  add_base(change, &head);
  status = git_repository_mergehead_foreach(repo, add_merge_head, change);
  return status && status != GIT_ENOTFOUND ? git_fail(err, "MERGE_HEAD") : 0;
}

static int find_commit(git_oid *id, git_repository *repo, const char *rev) {
  git_object *object = NULL, *commit = NULL;
  int status = git_revparse_single(&object, repo, rev) || git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
  if (!status)
    *id = *git_object_id(commit);
  git_object_free(commit);
  git_object_free(object);
  return status;
}

// A shallow clone lacks what must be compared with: then all is reported, and it is told why.
static int lacks(Change *change, git_repository *repo, const char *what, Error *err) {
  if (!git_repository_is_shallow(repo))
    return fail(err, "%s", what);
  change->note = arena_printf(&change->arena,
                              "%s in this shallow clone: all findings are reported, not only new ones; "
                              "fetch the whole history (actions/checkout: `fetch-depth: 0`)",
                              what);
  return 0;
}

// Whether a remote promises objects that were not fetched.
static bool is_partial(git_repository *repo) {
  git_config *config = NULL;
  git_config_iterator *remotes = NULL;
  git_config_entry *entry;
  bool partial = !git_repository_config(&config, repo) &&
                 !git_config_iterator_glob_new(&remotes, config, "remote\\..*\\.promisor") &&
                 !git_config_next(&entry, remotes) && strcmp(entry->value, "false");
  git_config_iterator_free(remotes);
  git_config_free(config);
  return partial;
}

// The same for a partial clone, which may lack the files.
static int lacks_files(Change *change, git_repository *repo, const char *base, const Error *err) {
  if (!is_partial(repo))
    return -1;
  change->note = arena_printf(&change->arena,
                              "files of %s are not in this partial clone (%s): all findings are reported, not only new "
                              "ones; fetch them (actions/checkout: no `filter`)",
                              base, err->text);
  return 0;
}

// Commits in the order in which they are met, going back from one. Parents that a shallow clone lacks are passed over.
typedef struct History {
  VEC(git_oid) commits;
  Map seen;
} History;

static uint64_t oid_key(const git_oid *id) { return hash_quick(id->id, sizeof id->id); }

static void history_add(History *history, git_repository *repo, const git_oid *id) {
  git_commit *commit = NULL;
  if (map_get(&history->seen, oid_key(id)) || git_commit_lookup(&commit, repo, id))
    return;
  map_put(&history->seen, oid_key(id), 1);
  vec_push(&history->commits, *id);
  git_commit_free(commit);
}

static void history_read(History *history, git_repository *repo, const git_oid *start) {
  history_add(history, repo, start);
  for (uint32_t i = 0; i < history->commits.n; i++) {
    git_commit *commit = NULL;
    if (git_commit_lookup(&commit, repo, &history->commits.at[i]))
      continue;
    for (unsigned parent = 0; parent < git_commit_parentcount(commit); parent++)
      history_add(history, repo, git_commit_parent_id(commit, parent));
    git_commit_free(commit);
  }
}

// libgit2 cannot walk the history of a shallow clone beyond its end: the nearest commit of `theirs` that is also ours.
static int shallow_merge_base(git_oid *out, git_repository *repo, const git_oid *theirs, const git_oid *ours) {
  History left = {0}, right = {0};
  int status = GIT_ENOTFOUND;
  history_read(&left, repo, ours);
  history_read(&right, repo, theirs);
  for (uint32_t i = 0; i < right.commits.n && status; i++) {
    if (!map_get(&left.seen, oid_key(&right.commits.at[i])))
      continue;
    *out = right.commits.at[i];
    status = 0;
  }
  vec_release(&left.commits);
  vec_release(&right.commits);
  map_release(&left.seen);
  map_release(&right.seen);
  return status;
}

static int find_merge_base(Change *change, git_repository *repo, const char *base, const char *rev, Error *err) {
  git_oid ours, theirs, both;
  if (find_commit(&ours, repo, rev))
    return fail(err, "%s is no commit: there is nothing to compare with %s", rev, base);
  if (find_commit(&theirs, repo, base))
    return lacks(change, repo, arena_printf(&change->arena, "%s is not a revision", base), err);
  int status = git_repository_is_shallow(repo) ? shallow_merge_base(&both, repo, &theirs, &ours)
                                               : git_merge_base(&both, repo, &theirs, &ours);
  if (status == GIT_ENOTFOUND)
    return lacks(change, repo, arena_printf(&change->arena, "%s and %s have no commit in common", base, rev), err);
  if (status)
    return git_fail(err, base);
  add_base(change, &both);
  return 0;
}

static int tree_of(git_tree **out, git_repository *repo, const char *rev, Error *err) {
  git_object *object = NULL;
  int status = git_revparse_single(&object, repo, rev) || git_object_peel((git_object **)out, object, GIT_OBJECT_TREE);
  git_object_free(object);
  return status ? git_fail(err, rev) : 0;
}

static int read_change(Change *change, const Tree *tree, git_repository *repo, const char *base, Error *err) {
  git_tree *from = NULL, *to = NULL;
  int status = tree->staged ? find_staged_bases(change, repo, err)
                            : find_merge_base(change, repo, base, tree->rev ? tree->rev : "HEAD", err);
  if (!status && change->bases.n)
    status = tree_of(&from, repo, change->bases.at[0], err);
  if (!status && tree->rev)
    status = tree_of(&to, repo, tree->rev, err);
  if (!status && !change->note)
    status = read_lines(change, tree, repo, from, to, err) ? lacks_files(change, repo, base ? base : "HEAD", err) : 0;
  git_tree_free(from);
  git_tree_free(to);
  return status;
}

int change_open(Change **out, const Tree *tree, const char *base, Error *err) {
  git_repository *repo = tree->repo;
  if (!tree->uses_git || (!repo && git_repository_open(&repo, tree->root)))
    return fail(err, "%s is not in a git repository: there is nothing to compare with", tree->root);
  Change *change = xcalloc(1, sizeof *change);
  int status = read_change(change, tree, repo, base, err);
  if (!tree->repo)
    git_repository_free(repo);
  if (status) {
    change_free(change);
    return -1;
  }
  *out = change;
  return 0;
}

void change_free(Change *change) {
  if (!change)
    return;
  for (uint32_t i = 0; i < change->bases.n; i++)
    xfree(change->bases.at[i]);
  vec_release(&change->bases);
  vec_release(&change->formers);
  vec_release(&change->runs);
  vec_release(&change->files);
  map_release(&change->by_path);
  arena_release(&change->arena);
  xfree(change);
}

size_t change_bases(const Change *change) { return change->bases.n; }

const char *change_base(const Change *change, size_t i) { return change->bases.at[i]; }

const char *change_note(const Change *change) { return change->note; }

const Former *change_formers(const Change *change, size_t *count) {
  *count = change->formers.n;
  return change->formers.at;
}

bool change_is_of_content(const Change *change) { return !change->beyond; }

bool change_matters(const Change *change) { return change->matters; }

uint32_t change_line(const Change *change, const char *path, Touch touch, uint32_t first, uint32_t last,
                     uint32_t near) {
  uint32_t file = map_get(&change->by_path, hash_quick(path, strlen(path))), nearest = 0, least = UINT32_MAX;
  for (uint32_t i = 0; file && i < change->files.at[file - 1].count; i++) {
    const Run *run = &change->runs.at[change->files.at[file - 1].first + i];
    uint32_t from = run->first > first ? run->first : first, to = run->last < last ? run->last : last;
    if (run->touch != touch || from > to)
      continue;
    uint32_t line = near < from ? from : near > to ? to : near, distance = line > near ? line - near : near - line;
    if (distance < least)
      nearest = line, least = distance;
  }
  return nearest;
}
