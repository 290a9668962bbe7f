// walk.h - what walk.c (paths, folders, files on disk) and walk_git.c (repositories) share; for them only.
#ifndef SEQSCAN_WALK_H
#define SEQSCAN_WALK_H

#include "source.h"

struct git_repository;

struct Tree {
  char *root;
  char *objects;         // object database to read blobs from, or NULL to read files below the root
  char *git_dir;         // of the repository, shared by its worktrees, or NULL
  char *rev;             // the revision that it is, or NULL
  struct git_repository *repo;  // of a revision or the index, with which more of it is asked; for one thread
  bool staged;           // it is the index
  struct Index *index;   // then, as it was read
  bool lenient;
  bool unlisted;
  uint64_t max_bytes;    // 0: no limit
  unsigned jobs;         // threads, 0: one for each processor
  VEC(char *) prefixes;  // what was asked for, relative to the root; "" is all of it
  Map scope;             // hashes of the prefixes
  char *base;            // the folder that holds all of them, "" for the root
  VEC(Source) sources;
  Arena arena;  // owns the paths of the sources
  // Memory of add_file(): the folder looked at last, and whether it is one without links on the way.
  char *folder;
  bool folder_real;
  bool uses_git;
  Provenance provenance;
};

//
// walk.c
//
// Ask for `path` below the root, which need not be NUL-terminated.
void tree_ask(Tree *tree, const char *path, size_t length);
// List a source, unless it belongs to an installed package. `oid` may be NULL.
void tree_add(Tree *tree, const char *path, Skip skip, uint64_t size, const uint8_t *oid);
// List the file or link on disk if it is there and is a source. `oid` is NULL when its content is not a known
// blob.
void tree_add_file(Tree *tree, const char *path, const uint8_t *oid);
// List what is on disk at `prefix`, without asking git.
int tree_add_folder(Tree *tree, const char *prefix, Error *err);
// Tells apart states of a file, without its content: when it was changed, what and how large it is.
struct stat;
uint64_t file_stamp(const struct stat *state);
// Whether a folder of this name holds packages, which are never read.
bool is_package_folder(const char *name, size_t length);
// Whether an error says that there is no such file.
bool is_gone(int error);
// Read a file below the root without following a link on the way, up to a size of which 0 is none. Sets errno.
int read_below(const char *root, const char *path, uint64_t most, Text *text, Error *err);
// The part of `path` below `root`, or NULL when it is somewhere else.
const char *path_below(const char *root, const char *path);

//
// walk_git.c
//
// Set the root and list the sources, when paths[0] is in a worktree; else set *found to false. Paths are real
// paths.
int git_list_worktree(Tree *tree, char *const *paths, size_t npaths, bool *found, Error *err);
// The same for the tree of a revision or the index. Paths are absolute; of the first, what follows `existing` bytes is
// not on disk.
int git_list_objects(Tree *tree, char *const *paths, size_t npaths, size_t existing, Error *err);
// Append the bytes of a file of the revision or of the index.
int git_read(const Tree *tree, const char *path, Text *text, bool *there, Error *err);
// Undo what these started.
void git_release(Tree *tree);

// walk_provenance.c: note where the tree comes from; `commit` is NULL for the files on disk, zero if it is none.
struct git_oid;
int note_provenance(Tree *tree, struct git_repository *repo, const struct git_oid *commit, Error *err);

// An object database, one for each thread.
typedef struct Blobs Blobs;
int blobs_open(Blobs **out, const char *objects, Error *err);
int blobs_read(Blobs *blobs, const Source *source, Text *text, Error *err);
void blobs_free(Blobs *blobs);

#endif
