// walk_memory.c - libgit2 gets its memory as we do. By itself it passes over some of what it cannot get, and the report
// would be another one.
#include <string.h>

#include "walk_git.h"

static void *get(size_t size, const char *file, int line) {
  (void)file, (void)line;
  return xmalloc(size);
}

static void *get_more(void *old, size_t size, const char *file, int line) {
  (void)file, (void)line;
  return xrealloc(old, size);
}

#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 7
git_allocator git_memory = {.gmalloc = get, .grealloc = get_more, .gfree = xfree};
#else
// Earlier versions ask for arrays and copies as well.
static size_t product(size_t count, size_t size) {
  if (size && count > SIZE_MAX / size)
    die("out of memory (%zu times %zu bytes)", count, size);
  return count * size;
}

static void *get_zeroed(size_t count, size_t size, const char *file, int line) {
  (void)file, (void)line;
  return xcalloc(count, size);
}

static void *get_array(size_t count, size_t size, const char *file, int line) {
  return get(product(count, size), file, line);
}

static void *get_more_array(void *old, size_t count, size_t size, const char *file, int line) {
  return get_more(old, product(count, size), file, line);
}

static char *copy_bytes(const char *text, size_t length, const char *file, int line) {
  (void)file, (void)line;
  return xstrndup(text, length);
}

static char *copy_start(const char *text, size_t most, const char *file, int line) {
  return copy_bytes(text, strnlen(text, most), file, line);
}

static char *copy_text(const char *text, const char *file, int line) {
  return copy_bytes(text, strlen(text), file, line);
}

git_allocator git_memory = {
    .gmalloc = get,
    .gcalloc = get_zeroed,
    .gmallocarray = get_array,
    .grealloc = get_more,
    .greallocarray = get_more_array,
    .gstrdup = copy_text,
    .gstrndup = copy_start,
    .gsubstrdup = copy_bytes,
    .gfree = xfree,
};
#endif
