// base.h - what every stage stands on: failures, arenas, growable arrays, text, maps and interned names.
//
// Two kinds of failure: the outside world (git, io, a bad file) gives `int` 0 or -1 with the message in an
// Error; a bug of ours is an assert. Out of memory ends the process by die().
#ifndef SEQSCAN_BASE_H
#define SEQSCAN_BASE_H

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINTF(text, first) __attribute__((format(printf, text, first)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// What went wrong outside, in one sentence that names the file or argument and the reason.
typedef struct Error {
  char text[512];
  bool usage;  // the command line or the configuration is wrong
} Error;

// Set the message and return -1, so that a caller can `return fail(err, ...)`. A NULL err is allowed.
int fail(Error *err, const char *format, ...) PRINTF(2, 3);
// The same for what the user can mend in the command line or the configuration.
int fail_usage(Error *err, const char *format, ...) PRINTF(2, 3);

// Print "seqscan: ..." and exit with status 3. For out of memory and nothing else that a caller could handle.
_Noreturn void die(const char *format, ...) PRINTF(1, 2);

// malloc family that never returns NULL.
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
void xfree(void *memory);
char *xstrndup(const char *from, size_t length);
// Called first of all: have memory in large pages.
void memory_prepare(void);
// The process is about to end: from here on xfree() leaves memory to the system.
void memory_leave(void);

// How many threads work: `jobs`, or where that is 0 one for each processor; at least one and no more than `most`.
unsigned thread_count(unsigned jobs, size_t most);

//
// Arena: many small objects of one lifetime. Memory is zeroed, 8-byte aligned and freed all at once. With
// -DARENA_DEBUG each object is a malloc of its own, so that AddressSanitizer sees its bounds.
//
typedef struct ArenaBlock ArenaBlock;
typedef struct Arena {
  ArenaBlock *blocks;
  size_t bytes;  // handed out so far
} Arena;

void *arena_alloc(Arena *arena, size_t size);
char *arena_copy(Arena *arena, const char *from, size_t length);  // NUL-terminated
char *arena_printf(Arena *arena, const char *format, ...) PRINTF(2, 3);
void arena_release(Arena *arena);

//
// Vec: a growable array, `VEC(Thing) things = {0};`. 32-bit counts; elements move when it grows.
//
#define VEC(T)       \
  struct {           \
    T *at;           \
    uint32_t n, cap; \
  }
#define vec_push(v, x) (vec_room((v), 1), (v)->at[(v)->n++] = (x))
#define vec_room(v, more)                                                                      \
  ((v)->n + (more) > (v)->cap                                                                  \
       ? (void)((v)->at = vec_grow((v)->at, &(v)->cap, (v)->n + (more), sizeof(*(v)->at)))     \
       : (void)0)
#define vec_release(v) (xfree((v)->at), (v)->at = NULL, (v)->n = (v)->cap = 0)
void *vec_grow(void *at, uint32_t *cap, uint32_t need, size_t size);

//
// Text: a growable string, always NUL-terminated once something was added.
//
typedef struct Text {
  char *at;
  size_t n, cap;
} Text;

void text_add(Text *text, const char *bytes, size_t length);
void text_puts(Text *text, const char *string);
void text_printf(Text *text, const char *format, ...) PRINTF(2, 3);
void text_clear(Text *text);  // keeps the memory
void text_release(Text *text);
char *arena_text(Arena *arena, Text *text);  // moves the text into the arena

//
// Map: 64-bit key to 32-bit value, open addressing. A missing key gives 0, so 0 is not a useful value.
//
typedef struct MapSlot {
  uint64_t key;
  uint32_t value;
} MapSlot;

typedef struct Map {
  MapSlot *slots;
  uint32_t n, cap;
} Map;

// The slot of the key, or the free one where it belongs, of a map that has slots.
static inline MapSlot *map_slot(const Map *map, uint64_t key) {
  uint32_t at = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32) & (map->cap - 1);
  while (map->slots[at].value && map->slots[at].key != key)
    at = (at + 1) & (map->cap - 1);
  return &map->slots[at];
}

static inline uint32_t map_get(const Map *map, uint64_t key) { return map->cap ? map_slot(map, key)->value : 0; }
void map_put(Map *map, uint64_t key, uint32_t value);
void map_room(Map *map, uint32_t count);  // for so many keys of an empty map
void map_release(Map *map);

//
// Names: byte strings interned to small numbers. Number 0 is the empty string.
//
typedef struct NameEntry {
  uint32_t offset;  // into the bytes
  uint32_t hash;
} NameEntry;

typedef struct Names {
  VEC(char) bytes;         // all strings in order, each NUL-terminated
  VEC(NameEntry) entries;  // by number
  VEC(uint32_t) slots;     // hash slots: number + 1, 0 is free
  bool stable;             // the texts stay where they are, also when more are added
  VEC(char *) outgrown;    // earlier blocks of bytes, kept for that
} Names;

void names_init(Names *names);
void names_clear(Names *names);  // keeps the memory
uint32_t names_add(Names *names, const char *bytes, size_t length);
uint32_t names_add_from(Names *names, const Names *from, uint32_t name);
uint32_t names_find(const Names *names, const char *string);  // 0 when it was never added
// Valid until the next add, if not stable.
static inline const char *names_text(const Names *names, uint32_t name) {
  assert(name < names->entries.n);
  return names->bytes.at + names->entries.at[name].offset;
}
void names_release(Names *names);

// Whether the text contains a word written in lower case, or one of several, whatever the text's case.
bool contains_word(const char *text, const char *word);
bool contains_any(const char *text, const char *const *words, size_t count);
// Whether a word of the text starts so: "server/admin-router", "institutionAdminCourses", "password_reset_tokens".
bool has_word_start(const char *text, const char *start);

// Whether the name is one of the words; of a list that ends in NULL, or is NULL.
bool is_any_of(const char *name, const char *const *words, size_t count);
bool is_in_list(const char *name, const char *const *words);

// The word of `words` that `given` is probably a misspelling of, or NULL.
const char *closest_word(const char *given, const char *const *words, size_t count);

// Findings are known by it: it stays as it is.
uint64_t hash_bytes(const void *bytes, size_t length);
// For what is kept in memory, or by this version of the program.
uint64_t hash_quick(const void *bytes, size_t length);

#endif
