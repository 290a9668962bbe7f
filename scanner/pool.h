// pool.h - the memory of tree-sitter while it works on one file: one pool a thread, emptied at once.
#ifndef SEQSCAN_POOL_H
#define SEQSCAN_POOL_H

#include "base.h"

typedef struct Pool Pool;

Pool *pool_new(void);
void pool_free(Pool *pool);

// From here on, what the calling thread asks for by the functions below comes from this pool.
void pool_enter(Pool *pool);
// Forget all pieces. Memory is kept for the next file, up to a bound.
void pool_clear(Pool *pool);

size_t pool_bytes(const Pool *pool);  // in use, with what waits for reuse

// What ts_set_allocator() wants.
void *pool_malloc(size_t size);
void *pool_calloc(size_t count, size_t size);
void *pool_realloc(void *piece, size_t size);
void pool_release(void *piece);

#endif
