// walk_index.c - see walk_index.h. The format is gitformat-index, versions 2 to 4.
#include "walk_index.h"

#include <errno.h>
#include <fcntl.h>
#include <sha1.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  LONGEST = 4096,        // bytes of a path that a system would open
  HEADER = 12,           // signature, version, number of entries
  FIXED = 62,            // bytes of an entry before its path, two less than with further flags
  CHECKSUM = SHA1_DIGEST_LENGTH,  // at the end
  MOST_PATHS = 1 << 30,  // bytes of all: those of version 4 can be far longer than the file
  IS_EXTENDED = 1 << 14,
  STAGE = 3 << 12,
  IS_INTENDED = 1 << 13,
};

typedef struct Bytes {
  const uint8_t *at, *end;
} Bytes;

static uint32_t number_at(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static IndexTime time_at(const uint8_t *at) { return (IndexTime){number_at(at), number_at(at + 4)}; }

static uint16_t flags_at(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

//
// Entries
//

// How many bytes of the path before it a path of version 4 leaves out. False when the number does not end.
static bool read_cut(Bytes *in, size_t *cut) {
  size_t value = 0;
  for (int i = 0; in->at < in->end && i < 5; i++) {
    uint8_t byte = *in->at++;
    value = (value + (i > 0)) << (i ? 7 : 0) | (byte & 0x7f);
    *cut = value;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

// Read a path that ends in NUL; `path` holds the one before it.
static bool read_path(Bytes *in, uint32_t version, Text *path) {
  size_t cut = path->n;
  if (version == 4 && (!read_cut(in, &cut) || cut > path->n))
    return false;
  const uint8_t *nul = memchr(in->at, 0, (size_t)(in->end - in->at));
  if (!nul)
    return false;
  path->n -= cut;
  text_add(path, (const char *)in->at, (size_t)(nul - in->at));
  in->at = nul + 1;
  return path->n <= LONGEST;
}

static bool read_entry(Index *index, Bytes *in, uint32_t version, Text *path) {
  const uint8_t *start = in->at;
  if (in->end - start < FIXED + 2)
    return false;
  uint16_t flags = flags_at(start + 60), more = version > 2 && flags & IS_EXTENDED ? flags_at(start + FIXED) : 0;
  IndexEntry entry = {.changed = time_at(start), .written = time_at(start + 8), .inode = number_at(start + 20),
                      .mode = number_at(start + 24), .size = number_at(start + 36),
                      .is_intended = more & IS_INTENDED, .is_conflict = flags & STAGE};
  memcpy(entry.oid, start + 40, sizeof entry.oid);
  in->at += FIXED + (version > 2 && flags & IS_EXTENDED ? 2 : 0);
  if (!read_path(in, version, path))
    return false;
  if (version < 4)  // filled up to a multiple of 8
    in->at += (8 - (size_t)(in->at - start) % 8) % 8;
  entry.path = arena_copy(&index->arena, path->at, path->n);
  index->has_conflicts |= entry.is_conflict;
  vec_push(&index->entries, entry);
  return in->at <= in->end && index->arena.bytes <= MOST_PATHS;
}

static bool read_entries(Index *index, Bytes *in) {
  uint32_t version = number_at(in->at + 4), count = number_at(in->at + 8);
  Text path = {0};
  bool good = version >= 2 && version <= 4;
  in->at += HEADER;
  while (good && count--)
    good = read_entry(index, in, version, &path);
  text_release(&path);
  return good;
}

//
// Extensions
//

static bool read_decimal(Bytes *in, char end, long *value) {
  char *stop;
  const uint8_t *close = memchr(in->at, end, (size_t)(in->end - in->at));
  if (!close)
    return false;
  *value = strtol((const char *)in->at, &stop, 10);
  in->at = close + 1;
  return (const uint8_t *)stop == close;
}

// A folder of the cached trees and how many folders within it are still to come.
typedef struct Open {
  size_t length;  // of its path
  long left;
} Open;

// Read the next folder into `path`, which names the one that it is in. False at the end, or at what is no folder.
static bool read_folder(Index *index, Bytes *in, Text *path, Open *folder) {
  long count;
  IndexTree tree = {{0}, 0};
  const uint8_t *nul = memchr(in->at, 0, (size_t)(in->end - in->at));
  if (!nul)
    return false;
  if (path->n && nul > in->at)
    text_puts(path, "/");
  text_add(path, (const char *)in->at, (size_t)(nul - in->at));
  in->at = nul + 1;
  if (!read_decimal(in, ' ', &count) || !read_decimal(in, '\n', &folder->left))
    return false;
  folder->length = path->n;
  if (count < 0)
    return true;
  if (path->n > LONGEST || count > index->entries.n || in->end - in->at < (ptrdiff_t)sizeof tree.oid)
    return false;
  tree.count = (uint32_t)count;
  memcpy(tree.oid, in->at, sizeof tree.oid);
  in->at += sizeof tree.oid;
  vec_push(&index->trees, tree);
  map_put(&index->by_folder, hash_quick(path->at, path->n), index->trees.n);
  return true;
}

// The cached trees: each folder before those within it.
static void read_trees(Index *index, Bytes in) {
  VEC(Open) open = {0};
  Text path = {0};
  Open folder;
  text_puts(&path, "");
  while (read_folder(index, &in, &path, &folder)) {
    vec_push(&open, folder);
    while (open.n && open.at[open.n - 1].left-- <= 0)
      open.n--;
    if (!open.n)
      break;
    path.n = open.at[open.n - 1].length;
  }
  vec_release(&open);
  text_release(&path);
}

// False when there is one that must be understood and is not: the index is then a part of it only.
static bool read_extensions(Index *index, Bytes *in) {
  while (in->end - in->at > 8) {
    const uint8_t *name = in->at;
    size_t length = number_at(name + 4);
    in->at += 8;
    if ((size_t)(in->end - in->at) < length || name[0] < 'A' || name[0] > 'Z')
      return false;
    if (!memcmp(name, "TREE", 4))
      read_trees(index, (Bytes){in->at, in->at + length});
    in->at += length;
  }
  return true;
}

//
// The file
//

static IndexTime time_of(struct timespec time) { return (IndexTime){(uint32_t)time.tv_sec, (uint32_t)time.tv_nsec}; }

static int read_file(Index *index, const char *path, Text *text, Error *err) {
  struct stat state;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  char buffer[64 * 1024];
  ssize_t got = file < 0 ? -(errno != ENOENT) : 1;
  while (file >= 0 && got > 0 && (got = read(file, buffer, sizeof buffer)) > 0)
    text_add(text, buffer, (size_t)got);
  if (file >= 0 && !got && !(got = fstat(file, &state)))
    index->written = time_of(state.st_mtim);
  int reason = errno;
  if (file >= 0)
    close(file);
  return got < 0 ? fail(err, "%s: %s", path, strerror(reason)) : 0;
}

// Whether the bytes are those that were written: zeros in place of the checksum say that none was made (index.skipHash).
static bool is_whole(const uint8_t *bytes, const uint8_t *checksum) {
  static const uint8_t none[CHECKSUM];
  uint8_t found[CHECKSUM];
  if (!memcmp(checksum, none, CHECKSUM))
    return true;
  SHA1_CTX sum;
  SHA1Init(&sum);
  SHA1Update(&sum, bytes, (size_t)(checksum - bytes));
  SHA1Final(found, &sum);
  return !memcmp(checksum, found, CHECKSUM);
}

static int read_bytes(Index *index, const Text *text, const char *path, Error *err) {
  const uint8_t *start = (const uint8_t *)text->at;
  if (text->n < HEADER + CHECKSUM || memcmp(start, "DIRC", 4))
    return fail(err, "%s: not an index", path);
  Bytes in = {start, start + text->n - CHECKSUM};
  if (!is_whole(start, in.end))
    return fail(err, "%s: the index is damaged: its checksum is another", path);
  if (!read_entries(index, &in) || !read_extensions(index, &in))
    return fail(err, "%s: not an index that can be read: split and sparse ones cannot", path);
  return 0;
}

int index_read(Index *index, const char *path, Error *err) {
  Text text = {0};
  int status = read_file(index, path, &text, err);
  if (!status && text.n)
    status = read_bytes(index, &text, path, err);
  text_release(&text);
  return status;
}

void index_release(Index *index) {
  vec_release(&index->entries);
  vec_release(&index->trees);
  map_release(&index->by_folder);
  arena_release(&index->arena);
}

static bool is_time(IndexTime one, IndexTime other) {
  return one.seconds == other.seconds && one.nanoseconds == other.nanoseconds;
}

static bool is_before(IndexTime one, IndexTime other) {
  return one.seconds < other.seconds || (one.seconds == other.seconds && one.nanoseconds < other.nanoseconds);
}

// One that is as young as the index may have been written to after it was looked at (racy git).
bool index_is_fresh(const Index *index, const IndexEntry *entry, const struct stat *file) {
  IndexTime written = time_of(file->st_mtim);
  return !entry->is_conflict && !entry->is_intended && is_before(written, index->written) &&
         is_time(entry->written, written) && is_time(entry->changed, time_of(file->st_ctim)) &&
         entry->inode == (uint32_t)file->st_ino && entry->size == (uint32_t)file->st_size &&
         (entry->mode & S_IFMT) == (file->st_mode & S_IFMT);
}

uint32_t index_place(const Index *index, uint32_t first, uint32_t end, const char *path) {
  uint32_t low = first, high = end;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (strcmp(index->entries.at[middle].path, path) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const IndexEntry *index_find(const Index *index, const char *path) {
  uint32_t place = index_place(index, 0, index->entries.n, path);
  const IndexEntry *entry = place < index->entries.n ? &index->entries.at[place] : NULL;
  return entry && !strcmp(entry->path, path) ? entry : NULL;
}

const IndexTree *index_tree(const Index *index, const char *folder, size_t length) {
  uint32_t at = map_get(&index->by_folder, hash_quick(folder, length));
  return at ? &index->trees.at[at - 1] : NULL;
}
