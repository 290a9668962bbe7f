// needed_names.c - what is needed of the files behind `export *` and `export { a } from`: those that give a name which is
// wanted. All others of a folder's index need not be parsed for it.
//
// The ways of a name lead from each file that passes it on towards the files that export it; they are found backwards, from
// these, when the name is wanted first.
#include "needed_walk.h"

enum { MOST_WAYS = 1 << 20 };  // known ones, and steps on them: beyond, all of a file is wanted with any name

// Whatever a file exports that does not tell its names.
static const char whatever[] = "";

static uint64_t key_of(uint32_t file, const char *name) { return name_key(file, name, strlen(name)); }

static bool is_star(const Walk *w, uint32_t import) { return w->kinds.at[import] == PASSES && !names_of(w, import); }

//
// Ways
//

// True for the first way of the name from there.
static bool add_way(Walk *w, uint32_t import, const char *name) {
  WantedNames *wanted = &w->wanted;
  uint64_t key = key_of(w->from.at[import], name);
  uint32_t next = map_get(&wanted->ways, key);
  vec_push(&wanted->imports, import);
  vec_push(&wanted->next_way, next);
  map_put(&wanted->ways, key, wanted->imports.n - 1);
  return !next;
}

static void add_exporter(Walk *w, uint32_t file, const char *name) {
  WantedNames *wanted = &w->wanted;
  uint32_t next = map_get(&wanted->exporters, name_hash(name));
  vec_push(&wanted->files, file);
  vec_push(&wanted->next_file, next);
  map_put(&wanted->exporters, name_hash(name), wanted->files.n - 1);
}

// Add the ways of a name over `export *`, from its exporters backwards.
static void spread(Walk *w, const char *name) {
  WantedNames *wanted = &w->wanted;
  VEC(uint32_t) open = {0};
  if (map_get(&wanted->spread, name_hash(name)))
    return;
  map_put(&wanted->spread, name_hash(name), 1);
  for (uint32_t at = map_get(&wanted->exporters, name_hash(name)); at; at = wanted->next_file.at[at])
    vec_push(&open, wanted->files.at[at]);
  while (open.n && wanted->imports.n < MOST_WAYS) {
    uint32_t file = open.at[--open.n];
    Slice imports = groups_slice(&w->importers, file, file + 1);
    for (uint32_t i = 0; i < imports.n; i++)
      if (is_star(w, imports.at[i]) && add_way(w, imports.at[i], name))
        vec_push(&open, w->from.at[imports.at[i]]);
  }
  vec_release(&open);
}

static bool is_opaque(const Walk *w, uint32_t file) {
  return !lang_is_code(w->sources[file - 1].lang) || w->mentions[file - 1].flags & MENTIONS_OPAQUE;
}

// Note which names a file exports to those that pass on all of it, and beside what it passes on itself.
static void read_exporter(Walk *w, uint32_t file) {
  const Mentions *mentions = &w->mentions[file - 1];
  bool passes = w->wanted.passes[file];
  Slice imports = groups_slice(&w->importers, file, file + 1);
  bool behind_star = false;
  for (uint32_t i = 0; i < imports.n && !behind_star; i++)
    behind_star = is_star(w, imports.at[i]);
  if (behind_star && is_opaque(w, file))
    add_exporter(w, file, whatever);
  const char *end = mentions->specifiers + mentions->length;
  for (const char *at = behind_star || passes ? mentions->specifiers : end; at < end; at += strlen(at) + 1) {
    const char *name = has_mark(at, MENTIONS_GIVES) ? at + strlen(MENTIONS_GIVES) : NULL;
    if (name && behind_star)
      add_exporter(w, file, name);
    if (name && passes)
      map_put(&w->wanted.own, key_of(file, name), 1);
  }
}

void wanted_read(Walk *w) {
  WantedNames *wanted = &w->wanted;
  wanted->passes = xcalloc(w->count, sizeof *wanted->passes);
  wanted->whole = xcalloc(w->count, sizeof *wanted->whole);
  wanted->passed = xcalloc(w->from.n, sizeof *wanted->passed);
  vec_push(&wanted->imports, 0);
  vec_push(&wanted->next_way, 0);
  vec_push(&wanted->files, 0);
  vec_push(&wanted->next_file, 0);
  for (uint32_t i = 1; i < w->from.n; i++) {
    bool passes = w->kinds.at[i] == PASSES;
    wanted->passes[w->from.at[i]] |= passes;
    for (const char *name = passes ? names_of(w, i) : NULL; name; name = next_name(w, w->from.at[i], name))
      add_way(w, i, name);
  }
  for (uint32_t file = 1; file < w->files_end; file++)
    read_exporter(w, file);
  spread(w, whatever);
}

void wanted_release(WantedNames *wanted) {
  Map *maps[] = {&wanted->ways, &wanted->own, &wanted->exporters, &wanted->spread, &wanted->met};
  for (size_t i = 0; i < COUNT(maps); i++)
    map_release(maps[i]);
  void *arrays[] = {wanted->passes, wanted->imports.at, wanted->next_way.at, wanted->files.at, wanted->next_file.at,
                    wanted->whole, wanted->passed, wanted->wholes.at, wanted->wishes.at, wanted->names.at};
  for (size_t i = 0; i < COUNT(arrays); i++)
    xfree(arrays[i]);
}

//
// The walk
//

static void want_all(Walk *w, bool *needed, uint32_t file) {
  visit(w, needed, file);
  if (!w->wanted.passes[file] || w->wanted.whole[file])
    return;
  w->wanted.whole[file] = true;
  vec_push(&w->wanted.wholes, file);
}

static void want(Walk *w, bool *needed, uint32_t file, const char *name) {
  WantedNames *wanted = &w->wanted;
  visit(w, needed, file);
  if (!wanted->passes[file] || wanted->whole[file] || map_get(&wanted->met, key_of(file, name)))
    return;
  map_put(&wanted->met, key_of(file, name), 1);
  vec_push(&wanted->wishes, file);
  vec_push(&wanted->names, name);
}

// Want what an import has of the other file.
static void want_import(Walk *w, bool *needed, uint32_t import) {
  uint32_t to = w->to.at[import];
  bool named = w->from.at[import] < w->files_end && w->kinds.at[import] != ADDS && w->kinds.at[import] != LOADS;
  const char *name = named && w->wanted.passes[to] ? names_of(w, import) : NULL;
  if (!name)
    want_all(w, needed, to);
  for (bool renamed = false; name; name = next_name(w, w->from.at[import], name)) {
    if (!strcmp(name, "*"))
      want_all(w, needed, to);
    else if (!renamed)
      want(w, needed, to, name);
    renamed = !renamed && !strcmp(name, "as");  // of `a as b`, b is the importer's own
  }
}

// Go on by the ways of a name.
static void go_ways(Walk *w, bool *needed, uint32_t file, const char *way, const char *name) {
  WantedNames *wanted = &w->wanted;
  for (uint32_t at = map_get(&wanted->ways, key_of(file, way)); at; at = wanted->next_way.at[at], wanted->steps++) {
    uint32_t import = wanted->imports.at[at];
    if (is_star(w, import))
      want(w, needed, w->to.at[import], name);
    else if (!wanted->passed[import])
      want_import(w, needed, import);
    wanted->passed[import] = true;
  }
}

// Whether it is seen where a file has the name from; words between names have no such place.
static bool is_found(const Walk *w, uint32_t file, const char *name) {
  return map_get(&w->wanted.own, key_of(file, name)) || map_get(&w->wanted.ways, key_of(file, name)) || !strcmp(name, "as") ||
         !strcmp(name, "type");
}

static bool is_too_much(const WantedNames *wanted) { return wanted->imports.n >= MOST_WAYS || wanted->steps >= MOST_WAYS; }

static void fulfil(Walk *w, bool *needed, uint32_t file, const char *name) {
  spread(w, name);
  if (is_too_much(&w->wanted) || !is_found(w, file, name)) {
    want_all(w, needed, file);
    return;
  }
  go_ways(w, needed, file, name, name);
  go_ways(w, needed, file, whatever, name);
}

// Go on from a file to what it needs itself, or from one that is wanted as a whole to what it passes on.
static void follow(Walk *w, bool *needed, uint32_t file, bool passing) {
  Slice imports = groups_slice(&w->imported, file, file + 1);
  for (uint32_t i = 0; i < imports.n; i++)
    if ((w->kinds.at[imports.at[i]] == PASSES) == passing)
      want_import(w, needed, imports.at[i]);
}

void visit_wanted(Walk *w, bool *needed) {
  WantedNames *wanted = &w->wanted;
  while (w->open.n || wanted->wholes.n || wanted->wishes.n) {
    if (w->open.n) {
      follow(w, needed, w->open.at[--w->open.n], false);
    } else if (wanted->wholes.n) {
      follow(w, needed, wanted->wholes.at[--wanted->wholes.n], true);
    } else {
      uint32_t last = --wanted->wishes.n;
      wanted->names.n = last;
      fulfil(w, needed, wanted->wishes.at[last], wanted->names.at[last]);
    }
  }
}
