// source.h - a file to scan, and the tree of files that it belongs to.
//
// walk.c lists a tree; nothing else knows whether it is a git worktree, a revision or a plain folder.
#ifndef SEQSCAN_SOURCE_H
#define SEQSCAN_SOURCE_H

#include "base.h"

// What a file is written in. Code has a grammar; the texts from LANG_JSON on are read by link as they are.
typedef enum Lang {
  LANG_NONE,
  LANG_JAVASCRIPT,
  LANG_TYPESCRIPT,
  LANG_TSX,
  LANG_JSON,    // package.json, tsconfig*.json, jsconfig*.json
  LANG_SQL,     // *.sql: migrations, and statements that code loads
  LANG_PRISMA,  // *.prisma
  LANG_GRAPHQL, // *.graphql: types of a GraphQL schema
} Lang;

static inline bool lang_is_code(Lang lang) { return lang >= LANG_JAVASCRIPT && lang <= LANG_TSX; }

// Why a file is listed but not read. SKIP_BINARY and SKIP_MINIFIED are found out when the file is read.
typedef enum Skip {
  SKIP_NO,
  SKIP_TOO_LARGE,
  SKIP_GENERATED,   // linguist-generated in .gitattributes
  SKIP_VENDORED,    // linguist-vendored in .gitattributes
  SKIP_BINARY,
  SKIP_MINIFIED,
  SKIP_SYMLINK,     // leads out of the root or into a loop
  SKIP_UNREADABLE,  // a folder that cannot be opened: a failure
  SKIP_TOO_DEEP,    // a folder that is not looked into: a failure as well
  SKIP_COUNT
} Skip;

typedef struct Source {
  const char *path;  // relative to the root, '/' between parts, owned by the tree
  Lang lang;
  Skip skip;
  bool asked;         // the user named it, or a folder that holds it; others help to understand those
  uint8_t context;    // Context + 1 that the configuration or its package gives it, 0: its path tells
  uint64_t size;      // bytes
  uint8_t oid[20];    // git blob id; zero when it is not known (plain folder, changed worktree file)
  uint64_t content;   // hash of the bytes that were read first, 0 as long as none were
  uint64_t stamp;     // file_stamp() as it was listed, 0 when it is not on disk
} Source;

typedef struct Tree Tree;

typedef struct TreeOptions {
  const char *rev;     // a revision to read without a checkout, or NULL for the files on disk
  bool staged;         // read what is staged in the index instead
  bool lenient;        // paths need not be in the revision
  bool unlisted;       // what is on disk is not listed, and may be a bare repository: only the root is looked for
  uint64_t max_bytes;  // larger files are skipped; 0 means no limit
  unsigned jobs;       // threads that look for files on disk, 0: one for each processor
} TreeOptions;

// Open what `paths` name: files or folders of one git worktree or of one plain folder. With `rev` or `staged`, the
// paths name a repository (for a revision a bare one too) or places inside one. The caller frees *out by tree_free().
// Of a worktree or revision all sources are listed, of a plain folder those that were asked for. They are sorted
// by path. Fails when a path does not exist, the revision is unknown, git fails.
int tree_open(Tree **out, const char *const *paths, size_t npaths, const TreeOptions *options, Error *err);
void tree_free(Tree *tree);

const Source *tree_sources(const Tree *tree, size_t *count);
// The same, to be changed before they are read.
Source *tree_own_sources(Tree *tree, size_t *count);
// Append the bytes of any file of the tree, source or not; *there is false when there is none, or a link.
int tree_read(const Tree *tree, const char *path, Text *text, bool *there, Error *err);
const char *tree_root(const Tree *tree);  // absolute path of the worktree, folder, or git directory
const char *tree_git_dir(const Tree *tree);  // what worktrees of its repository share, or NULL
// The git directory of the repository that holds a path; NULL when there is none. The caller frees it.
char *git_dir_of(const char *path);
bool tree_is_whole(const Tree *tree);  // all of it was asked for
bool source_has_blob(const Source *source);
// The path of an asked source as the user sees it: below the folder that holds all that was asked for.
const char *tree_path_below_asked(const Tree *tree, const Source *source);

// Where a tree comes from; what is not known is NULL.
typedef struct Provenance {
  const char *repository;  // URI of the remote "origin", without user and password
  const char *revision;    // commit, as 40 digits: the one that was asked for, or that is checked out
  const char *branch;      // that is checked out
} Provenance;

const Provenance *tree_provenance(const Tree *tree);
bool tree_is_on_disk(const Tree *tree);  // its files are below tree_root()

// A reader for one thread.
typedef struct Reader Reader;
int reader_open(Reader **out, const Tree *tree, Error *err);
// From here on it reads files that nobody has read before: whether they are still the blobs that they are taken for is
// asked by source_is_blob().
void reader_is_first(Reader *reader);
// Replace `text` by the file's bytes. Sets *skip when the content says so (binary, minified). Fails when they are no
// longer those that were read first.
int reader_read(Reader *reader, const Source *source, Text *text, Skip *skip, Error *err);
void reader_free(Reader *reader);
uint64_t content_hash(const Text *text);  // never 0
// Whether the bytes are those of the blob that the source is taken for.
bool source_is_blob(const Source *source, const Text *text);

const char *skip_reason(Skip skip);  // "larger than the limit", ...
Lang lang_of_path(const char *path);

#endif
