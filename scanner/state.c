// state.c - see state.h. The number of a tree is a sum over its sources, so that a change can be taken back out of it.
#include "state.h"

#include <string.h>
#include <xxhash.h>

// What the findings depend on of one source: contexts and what was asked for follow from the path and the terms.
static uint64_t state_of_file(const char *path, const uint8_t oid[20], Skip skip, uint64_t seed) {
  unsigned char parts[20 + sizeof(uint64_t)];
  uint64_t whose = XXH3_64bits_withSeed(path, strlen(path), seed) + skip;
  memcpy(parts, oid, 20);
  memcpy(parts + 20, &whose, sizeof whose);
  return XXH3_64bits_withSeed(parts, sizeof parts, seed);
}

static uint64_t state_of_source(const Source *source, uint64_t seed) {
  return state_of_file(source->path, source->oid, source->skip, seed);
}

uint64_t state_of_tree(const Tree *tree, uint64_t seed) {
  size_t count;
  const Source *sources = tree_sources(tree, &count);
  uint64_t state = 1;
  if (!tree_is_whole(tree))
    return 0;
  for (size_t i = 0; i < count; i++) {
    if (!sources[i].skip && !source_has_blob(&sources[i]))
      return 0;
    state += state_of_source(&sources[i], seed);
  }
  return state;
}

uint64_t state_of_inputs(const Tree *tree, const bool *matter, uint64_t seed) {
  static const uint8_t none[20];
  size_t count;
  const Source *sources = tree_sources(tree, &count);
  uint64_t state = 2;
  for (size_t i = 0; i < count; i++)
    state += matter[i] ? state_of_source(&sources[i], seed) : state_of_file(sources[i].path, none, sources[i].skip, seed);
  return state;
}

static uint64_t key_of(const char *path) { return hash_quick(path, strlen(path)); }

// Take the files of a change back out of the state of the tree after it.
static uint64_t undo(uint64_t state, const Source *sources, const Map *by_path, const Change *change, uint64_t seed) {
  size_t count;
  const Former *formers = change_formers(change, &count);
  for (size_t i = 0; i < count; i++) {
    const Former *former = &formers[i];
    uint32_t at = map_get(by_path, key_of(former->path));
    if (at)
      state -= state_of_source(&sources[at - 1], seed);
    if (former->was_there)
      state += state_of_file(former->path, former->oid, at ? sources[at - 1].skip : SKIP_NO, seed);
  }
  return state;
}

uint64_t state_before(const Tree *tree, const Change *change, uint64_t seed) {
  size_t count;
  const Source *sources = tree_sources(tree, &count);
  uint64_t state = change_bases(change) == 1 && change_is_of_content(change) ? state_of_tree(tree, seed) : 0;
  Map by_path = {0};
  for (size_t i = 0; state && i < count; i++)
    map_put(&by_path, key_of(sources[i].path), (uint32_t)i + 1);
  if (state)
    state = undo(state, sources, &by_path, change, seed);
  map_release(&by_path);
  return state;
}
