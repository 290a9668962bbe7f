// pool.c - see pool.h. Freed pieces wait for reuse in a list of their size: the parser frees most of what it
// asks for, so that an arena would grow to several times the tree.
#include "pool.h"

#include <string.h>

enum {
  STEP = 16,            // sizes of small pieces: 16, 32, ... 1024 bytes
  SMALL = 64,           // how many these are; then each size is twice the one before
  SIZES = SMALL + 24,
  BLOCK = 256 * 1024,   // pieces are cut from blocks of this size
  LARGE = BLOCK / 8,    // and from here on have one of their own
  KEPT = 64,            // blocks kept for the next file
};

typedef struct Block {
  struct Block *next;
  size_t size;
  char bytes[];
} Block;

// `next` is valid while the piece is free, and is where the bytes of a used one begin.
typedef struct Piece {
  uint64_t size;  // number of the size
  struct Piece *next;
} Piece;

struct Pool {
  char *at, *end;  // what is left of the current block
  Block *used, *spare;
  size_t bytes;  // of the used blocks
  Piece *free[SIZES];
};

static _Thread_local Pool *current;

static size_t bytes_of(uint64_t size) {
  return size < SMALL ? (size + 1) * STEP : (size_t)STEP * SMALL << (size - SMALL + 1);
}

// The smallest size that has room for so many bytes.
static uint64_t size_for(size_t bytes) {
  if (bytes <= STEP * SMALL)
    return bytes ? (bytes - 1) / STEP : 0;
  uint64_t size = SMALL;
  while (bytes_of(size) < bytes)
    size++;
  return size;
}

Pool *pool_new(void) { return xcalloc(1, sizeof(Pool)); }

void pool_enter(Pool *pool) { current = pool; }

static Block *add_block(Pool *pool, size_t size) {
  Block *block = pool->spare;
  if (block && size == BLOCK) {
    pool->spare = block->next;
  } else {
    block = xmalloc(sizeof *block + size);
    block->size = size;
  }
  block->next = pool->used;
  pool->used = block;
  pool->bytes += size;
  return block;
}

static void *cut(Pool *pool, size_t need) {
  if (need >= LARGE)
    return add_block(pool, need)->bytes;
  if ((size_t)(pool->end - pool->at) < need) {
    pool->at = add_block(pool, BLOCK)->bytes;
    pool->end = pool->at + BLOCK;
  }
  pool->at += need;
  return pool->at - need;
}

void *pool_malloc(size_t bytes) {
  Pool *pool = current;
  uint64_t size = size_for(bytes);
  Piece *piece = pool->free[size];
  if (piece) {
    pool->free[size] = piece->next;
  } else {
    piece = cut(pool, offsetof(Piece, next) + bytes_of(size));
    piece->size = size;
  }
  return &piece->next;
}

static Piece *piece_of(void *memory) { return (Piece *)(void *)((char *)memory - offsetof(Piece, next)); }

void pool_release(void *memory) {
  if (!memory)
    return;
  Piece *piece = piece_of(memory);
  piece->next = current->free[piece->size];
  current->free[piece->size] = piece;
}

void *pool_calloc(size_t count, size_t size) { return memset(pool_malloc(count * size), 0, count * size); }

void *pool_realloc(void *memory, size_t bytes) {
  size_t have = memory ? bytes_of(piece_of(memory)->size) : 0;
  if (memory && bytes <= have)
    return memory;
  void *larger = pool_malloc(bytes);
  if (memory)
    memcpy(larger, memory, have);
  pool_release(memory);
  return larger;
}

size_t pool_bytes(const Pool *pool) { return pool->bytes; }

static void free_blocks(Block *block) {
  for (Block *next; block; block = next) {
    next = block->next;
    xfree(block);
  }
}

void pool_clear(Pool *pool) {
  size_t kept = 0;
  for (Block *block = pool->spare; block; block = block->next)
    kept++;
  for (Block *block = pool->used, *next; block; block = next) {
    next = block->next;
    bool keep = block->size == BLOCK && kept++ < KEPT;
    block->next = keep ? pool->spare : NULL;
    if (keep)
      pool->spare = block;
    else
      xfree(block);
  }
  *pool = (Pool){.spare = pool->spare};
}

void pool_free(Pool *pool) {
  if (!pool)
    return;
  free_blocks(pool->used);
  free_blocks(pool->spare);
  xfree(pool);
}
