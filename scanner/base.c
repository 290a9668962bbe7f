// base.c - see base.h.
#include "base.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <unistd.h>

int fail(Error *err, const char *format, ...) {
  if (!err)
    return -1;
  va_list args;
  va_start(args, format);
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  return -1;
}

int fail_usage(Error *err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  err->usage = true;
  return -1;
}

// Other threads are still at work: nothing is cleaned up that they may use.
void die(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("seqscan: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  _exit(3);
}

unsigned thread_count(unsigned jobs, size_t most) {
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  size_t n = jobs ? jobs : cpus > 0 ? (size_t)cpus : 1;
  n = n > most ? most : n;
  return (unsigned)(n ? n : 1);
}

char *xstrndup(const char *from, size_t length) {
  char *copy = xmalloc(length + 1);
  memcpy(copy, from, length);
  copy[length] = '\0';
  return copy;
}

struct ArenaBlock {
  ArenaBlock *next;
  size_t used, size;
  max_align_t data[];
};

#ifdef ARENA_DEBUG
#define FIRST_BLOCK 0
#define LARGEST_BLOCK 0
#else
#define FIRST_BLOCK ((size_t)4 * 1024)
#define LARGEST_BLOCK ((size_t)64 * 1024)
#endif

void *arena_alloc(Arena *arena, size_t size) {
  size_t need = (size + 7) & ~(size_t)7;
  ArenaBlock *block = arena->blocks;
  if (!block || block->size - block->used < need) {
    size_t room = block ? 2 * block->size : FIRST_BLOCK;
    room = room > LARGEST_BLOCK ? LARGEST_BLOCK : room;
    room = room > need ? room : need;
    block = xcalloc(1, sizeof *block + room);
    block->size = room;
    block->next = arena->blocks;
    arena->blocks = block;
  }
  void *memory = (char *)block->data + block->used;
  block->used += need;
  arena->bytes += need;
  return memory;
}

char *arena_copy(Arena *arena, const char *from, size_t length) {
  char *copy = arena_alloc(arena, length + 1);
  memcpy(copy, from, length);
  return copy;
}

char *arena_printf(Arena *arena, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, args);
  assert(length >= 0);
  char *copy = arena_alloc(arena, (size_t)length + 1);
  vsnprintf(copy, (size_t)length + 1, format, again);
  va_end(again);
  va_end(args);
  return copy;
}

void arena_release(Arena *arena) {
  for (ArenaBlock *block = arena->blocks, *next; block; block = next) {
    next = block->next;
    xfree(block);
  }
  *arena = (Arena){0};
}

void *vec_grow(void *at, uint32_t *cap, uint32_t need, size_t size) {
  uint32_t room = *cap ? *cap : 8;
  while (room < need) {
    if (room > UINT32_MAX / 2)
      die("an array grew beyond %u elements", UINT32_MAX / 2);
    room *= 2;
  }
  *cap = room;
  return xrealloc(at, (size_t)room * size);
}

void text_add(Text *text, const char *bytes, size_t length) {
  if (text->n + length + 1 > text->cap) {
    text->cap = (text->n + length + 1) * 2;
    text->at = xrealloc(text->at, text->cap);
  }
  if (length)
    memcpy(text->at + text->n, bytes, length);
  text->n += length;
  text->at[text->n] = '\0';
}

void text_puts(Text *text, const char *string) { text_add(text, string, strlen(string)); }

void text_printf(Text *text, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, args);
  assert(length >= 0);
  char *line = xmalloc((size_t)length + 1);
  vsnprintf(line, (size_t)length + 1, format, again);
  text_add(text, line, (size_t)length);
  xfree(line);
  va_end(again);
  va_end(args);
}

void text_clear(Text *text) {
  text->n = 0;
  if (text->at)
    text->at[0] = '\0';
}

void text_release(Text *text) {
  xfree(text->at);
  *text = (Text){0};
}

char *arena_text(Arena *arena, Text *text) {
  char *copy = arena_copy(arena, text->n ? text->at : "", text->n);
  text_release(text);
  return copy;
}

bool contains_word(const char *text, const char *word) {
  size_t n = strlen(word);
  for (; *text; text++) {
    size_t i = 0;
    while (i < n && tolower((unsigned char)text[i]) == word[i])
      i++;
    if (i == n)
      return true;
  }
  return false;
}

bool contains_any(const char *text, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (contains_word(text, words[i]))
      return true;
  return false;
}

bool has_word_start(const char *text, const char *start) {
  for (const char *at = text; (at = strcasestr(at, start)); at++)
    if (at == text || !isalpha((unsigned char)at[-1]) || (isupper((unsigned char)*at) && islower((unsigned char)at[-1])))
      return true;
  return false;
}

bool is_any_of(const char *name, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!strcmp(name, words[i]))
      return true;
  return false;
}

bool is_in_list(const char *name, const char *const *words) {
  for (; words && *words; words++)
    if (!strcmp(name, *words))
      return true;
  return false;
}

// Number of single-character edits between two words. Long words are never close.
static size_t edit_distance(const char *a, const char *b) {
  enum { LONGEST = 40 };
  size_t row[LONGEST + 1], n = strlen(a), m = strlen(b);
  if (n > LONGEST || m > LONGEST)
    return LONGEST;
  for (size_t j = 0; j <= m; j++)
    row[j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      diagonal = row[j];
      row[j] = replaced < shorter ? replaced : shorter;
    }
  }
  return row[m];
}

const char *closest_word(const char *given, const char *const *words, size_t count) {
  const char *closest = NULL;
  size_t least = strlen(given) / 3 + 2;
  for (size_t i = 0; i < count; i++) {
    size_t distance = edit_distance(given, words[i]);
    if (distance < least) {
      least = distance;
      closest = words[i];
    }
  }
  return closest;
}

// FNV-1a folded by a final mix (splitmix64): cheap for the short strings that names are.
uint64_t hash_bytes(const void *bytes, size_t length) {
  const unsigned char *at = bytes;
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ at[i]) * 0x100000001b3u;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  return hash ^ (hash >> 31);
}

uint64_t hash_quick(const void *bytes, size_t length) { return XXH3_64bits(bytes, length); }

static void map_resize(Map *map, uint32_t cap) {
  Map old = *map;
  map->cap = cap;
  map->slots = xcalloc(cap, sizeof *map->slots);
  for (uint32_t i = 0; i < old.cap; i++)
    if (old.slots[i].value)
      *map_slot(map, old.slots[i].key) = old.slots[i];
  xfree(old.slots);
}

void map_room(Map *map, uint32_t count) {
  uint32_t cap = 16;
  while (cap / 4 * 3 < count)
    cap *= 2;
  if (count && !map->cap)
    map_resize(map, cap);
}

void map_put(Map *map, uint64_t key, uint32_t value) {
  assert(value);
  if ((map->n + 1) * 4 > map->cap * 3)
    map_resize(map, map->cap ? map->cap * 2 : 16);
  MapSlot *slot = map_slot(map, key);
  map->n += !slot->value;
  *slot = (MapSlot){key, value};
}

void map_release(Map *map) {
  xfree(map->slots);
  *map = (Map){0};
}

static size_t name_length(const Names *names, uint32_t name) {
  uint32_t end = name + 1 < names->entries.n ? names->entries.at[name + 1].offset : names->bytes.n;
  return end - names->entries.at[name].offset - 1;
}

// The slot that holds these bytes, or the free slot where they belong.
static uint32_t names_slot(const Names *names, const char *bytes, size_t length, uint32_t hash) {
  uint32_t mask = names->slots.n - 1, slot = hash & mask;
  for (; names->slots.at[slot]; slot = (slot + 1) & mask) {
    uint32_t name = names->slots.at[slot] - 1;
    if (names->entries.at[name].hash == hash && name_length(names, name) == length &&
        !memcmp(names->bytes.at + names->entries.at[name].offset, bytes, length))
      break;
  }
  return slot;
}

static void names_rehash(Names *names, uint32_t count) {
  names->slots.n = 0;
  vec_room(&names->slots, count);
  names->slots.n = count;
  memset(names->slots.at, 0, count * sizeof *names->slots.at);
  for (uint32_t i = 0; i < names->entries.n; i++) {
    uint32_t slot = names->entries.at[i].hash & (count - 1);
    while (names->slots.at[slot])
      slot = (slot + 1) & (count - 1);
    names->slots.at[slot] = i + 1;
  }
}

// Make room for more bytes. Blocks double, so all that are kept take no more than the last one.
static void names_room(Names *names, uint32_t more) {
  uint32_t n = names->bytes.n, cap = names->bytes.cap;
  if (!names->stable || more <= cap - n) {
    vec_room(&names->bytes, more);
    return;
  }
  char *at = vec_grow(NULL, &cap, n + more, 1);
  memcpy(at, names->bytes.at, n);
  vec_push(&names->outgrown, names->bytes.at);
  names->bytes.at = at;
  names->bytes.cap = cap;
}

static uint32_t names_insert(Names *names, const char *bytes, size_t length, uint32_t hash) {
  uint32_t slot = names_slot(names, bytes, length, hash);
  if (names->slots.at[slot])
    return names->slots.at[slot] - 1;
  uint32_t name = names->entries.n;
  vec_push(&names->entries, ((NameEntry){names->bytes.n, hash}));
  names_room(names, (uint32_t)length + 1);
  if (length)
    memcpy(names->bytes.at + names->bytes.n, bytes, length);
  names->bytes.at[names->bytes.n + length] = '\0';
  names->bytes.n += (uint32_t)length + 1;
  names->slots.at[slot] = name + 1;
  if (names->entries.n * 4 > names->slots.n * 3)
    names_rehash(names, names->slots.n * 2);
  return name;
}

void names_init(Names *names) {
  *names = (Names){0};
  names_clear(names);
}

void names_clear(Names *names) {
  names->bytes.n = names->entries.n = 0;
  names_rehash(names, 64);
  names_add(names, "", 0);
}

// Bytes from the first NUL on are not kept: no identifier or path holds one.
uint32_t names_add(Names *names, const char *bytes, size_t length) {
  const char *nul = length ? memchr(bytes, 0, length) : NULL;
  if (nul)
    length = (size_t)(nul - bytes);
  return names_insert(names, bytes, length, (uint32_t)hash_quick(bytes, length));
}

uint32_t names_add_from(Names *names, const Names *from, uint32_t name) {
  return names_insert(names, names_text(from, name), name_length(from, name), from->entries.at[name].hash);
}

uint32_t names_find(const Names *names, const char *string) {
  size_t length = strlen(string);
  uint32_t found = names->slots.at[names_slot(names, string, length, (uint32_t)hash_quick(string, length))];
  return found ? found - 1 : 0;
}

void names_release(Names *names) {
  for (uint32_t i = 0; i < names->outgrown.n; i++)
    xfree(names->outgrown.at[i]);
  vec_release(&names->outgrown);
  vec_release(&names->bytes);
  vec_release(&names->entries);
  vec_release(&names->slots);
}
