// memory.c - how the process takes memory from the system, and leaves it.
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"

static bool leaving;

void *xmalloc(size_t size) {
  void *memory = malloc(size ? size : 1);
  if (!memory)
    die("out of memory (%zu bytes)", size);
  return memory;
}

void *xcalloc(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size ? size : 1);
  if (!memory)
    die("out of memory (%zu times %zu bytes)", count, size);
  return memory;
}

void *xrealloc(void *old, size_t size) {
  void *memory = realloc(old, size ? size : 1);
  if (!memory)
    die("out of memory (%zu bytes)", size);
  return memory;
}

void xfree(void *memory) {
  if (!leaving)
    free(memory);
}

#ifdef ARENA_DEBUG
// AddressSanitizer has a malloc of its own, which tells what is not freed.
void memory_prepare(void) {}
void memory_leave(void) {}
#else

// One heap for all threads, in large pages: it is some hundred MB of which every part is used, and the system takes as
// long to give 4 KB at a time as link does to fill them.
void memory_prepare(void) {
  enum { HEAP = 1 << 30, MAPPED = 32 << 20 };
  char *start = sbrk(0);
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, MAPPED);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, HEAP);
  void *volatile room = malloc(MAPPED / 2);  // has the heap grow, unless the process may not have so much
  free(room);
  mallopt(M_TOP_PAD, MAPPED);
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)start + page - 1) / page * page;
  madvise((void *)first, (size_t)((uintptr_t)sbrk(0) - first), MADV_HUGEPAGE);
}

void memory_leave(void) { leaving = true; }
#endif
