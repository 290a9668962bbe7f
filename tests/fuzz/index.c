// index.c - an index of git without its checksum: each entry is found by its path, and no folder has more entries than there are.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "walk_index.h"

enum { NO_CHECKSUM = 20 };  // zeros at the end

static void check_entries(const Index *index) {
  for (uint32_t i = 0; i < index->entries.n; i++) {
    const IndexEntry *entry = &index->entries.at[i], *found = index_find(index, entry->path);
    if (found && strcmp(found->path, entry->path))
      die("%s is found as %s", entry->path, found->path);
    const IndexTree *tree = index_tree(index, entry->path, strcspn(entry->path, "/"));
    if (tree && tree->count > index->entries.n)
      die("the folder of %s has %u entries", entry->path, tree->count);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static int file;
  static char path[40];
  if (!file)
    file = memfd_create("index", MFD_CLOEXEC);
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  if (ftruncate(file, 0) || pwrite(file, bytes, length, 0) != (ssize_t)length ||
      ftruncate(file, (off_t)length + NO_CHECKSUM))
    die("the input cannot be written");
  Index index = {0};
  Error err;
  if (!index_read(&index, path, &err))
    check_entries(&index);
  index_release(&index);
  return 0;
}
