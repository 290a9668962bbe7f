// known.c - see known.h.
#include "known.h"

#include <string.h>

// The entry of this identity and path, NULL if there is none.
static KnownFinding *entry_of(Known *known, uint64_t identity, const char *path) {
  for (uint32_t i = map_get(&known->first, identity); i; i = known->all.at[i - 1].next)
    if (!strcmp(known->all.at[i - 1].path, path))
      return &known->all.at[i - 1];
  return NULL;
}

static KnownFinding *new_entry(Known *known, uint64_t identity, const char *rule, const char *path) {
  KnownFinding entry = {.identity = identity, .next = map_get(&known->first, identity)};
  entry.rule = arena_copy(&known->arena, rule, strlen(rule));
  entry.path = arena_copy(&known->arena, path, strlen(path));
  vec_push(&known->all, entry);
  map_put(&known->first, identity, known->all.n);
  return &known->all.at[known->all.n - 1];
}

void known_add(Known *known, uint64_t identity, const char *rule, const char *path, uint32_t count) {
  KnownFinding *entry = entry_of(known, identity, path);
  if (!entry)
    entry = new_entry(known, identity, rule, path);
  if (entry->count < count)
    entry->count = entry->left = count;
}

void known_add_findings(Known *known, const Finding *findings, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const Finding *f = &findings[i];
    const char *path = f->place.source->path;
    const KnownFinding *entry = entry_of(known, f->identity, path);
    known_add(known, f->identity, f->rule->id, path, entry ? entry->count + 1 : 1);
  }
}

static bool take(KnownFinding *entry) {
  if (!entry || !entry->left)
    return false;
  entry->left--;
  return true;
}

bool known_take(Known *known, uint64_t identity, const char *path) { return take(entry_of(known, identity, path)); }

// Any entry of the identity that has one left.
static bool take_any(Known *known, uint64_t identity) {
  for (uint32_t i = map_get(&known->first, identity); i; i = known->all.at[i - 1].next)
    if (take(&known->all.at[i - 1]))
      return true;
  return false;
}

void known_match(Known *known, const Finding *findings, uint32_t count, const bool *fresh, bool *is_known) {
  memset(is_known, 0, count * sizeof *is_known);
  // In the same file first, and in each case those that are not fresh first.
  for (int pass = 0; pass < 4; pass++) {
    for (uint32_t i = 0; i < count; i++) {
      const Finding *f = &findings[i];
      bool turn = !is_known[i] && (fresh && fresh[i]) == (pass & 1);
      if (turn && pass < 2)
        is_known[i] = known_take(known, f->identity, f->place.source->path);
      else if (turn)
        is_known[i] = take_any(known, f->identity);
    }
  }
}

void known_release(Known *known) {
  vec_release(&known->all);
  map_release(&known->first);
  arena_release(&known->arena);
}
