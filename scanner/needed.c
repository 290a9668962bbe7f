// needed.c - see needed.h. Two walks over the imports: back from what asks a database, then on from all that reaches it.
#include "needed.h"

#include <string.h>

#include "program.h"

// What of a library model matters here.
// It asks a database; what it is given is found without an import; it serves GraphQL.
enum { ASKS = 1 << 0, GIVES = 1 << 1, RESOLVES = 1 << 2 };

// Files are numbered as the modules do, from 1 on. The numbers after them are of packages that a file adds to: whoever
// imports such a package imports that file, too; and of folders of which a file loads modules.
typedef struct Walk {
  const Source *sources;  // of number 1, 2...
  uint32_t files_end;     // numbers of files are below it
  uint32_t count;         // all numbers are
  Map augmented;          // specifier -> number
  Map folders;            // hash of a folder -> number
  Modules *modules;
  const Libraries *libs;
  uint8_t *libraries;            // by number: ASKS, GIVES, RESOLVES
  Map known;                     // memo: specifier -> what its library does + 1
  VEC(uint32_t) from, to;        // the ends of each import; none at 0
  VEC(bool) implements;          // by import: a class implements what is imported
  Map implemented;               // file and package that has implemented something of it -> 1
  Groups imported, importers;    // imports by `from` and by `to`
  VEC(uint32_t) packages;        // by file
  Groups files;                  // by package
  bool *asks, *gives, *reaches;  // by file
  bool resolves;                 // some file serves GraphQL
  VEC(uint32_t) open;            // files from which a walk has to go on
} Walk;

//
// What the models say
//

static bool is_asking(uint8_t effect) { return effect_is_database(effect) || effect == EFFECT_RAW; }

static uint8_t use_of_meaning(const Meaning *meaning) {
  return (is_asking(meaning->effect) ? ASKS : 0) | (meaning->folder >= 0 || meaning->puts >= 0 ? GIVES : 0);
}

static uint8_t use_of_export(const LibraryExport *export) {
  const Meaning *m = &export->meaning;
  bool resolves = export->resolver != ARG_NONE || m->resolvers != ARG_NONE || m->object != ARG_NONE;
  return (uint8_t)(use_of_meaning(m) | (resolves ? RESOLVES : 0));
}

static void note_libraries(Walk *w) {
  const Libraries *libs = w->libs;
  w->libraries = xcalloc(libs->libraries.n, sizeof *w->libraries);
  for (uint32_t i = 1; i < libs->states.n; i++) {
    const LibraryState *state = &libs->states.at[i];
    w->libraries[state->library] |= is_asking(state->await_effect) ? ASKS : 0;
    for (uint32_t k = 0; k < state->count; k++)
      w->libraries[state->library] |= use_of_meaning(&libs->members.at[state->first + k].meaning);
  }
  for (uint32_t i = 1; i < libs->libraries.n; i++) {
    const Library *library = &libs->libraries.at[i];
    w->libraries[i] |= library->schema.known ? ASKS : 0;
    for (uint32_t k = 0; k < library->count; k++)
      w->libraries[i] |= use_of_export(&libs->exports.at[library->first + k]);
  }
}

static uint64_t key_of(const char *specifier) { return hash_quick(specifier, strlen(specifier)); }

static uint8_t use_of_package(Walk *w, const char *specifier, uint64_t key) {
  uint32_t known = map_get(&w->known, key);
  if (!known) {
    known = 1u + w->libraries[library_of_package(w->libs, specifier, true)];
    map_put(&w->known, key, known);
  }
  return (uint8_t)(known - 1);
}

//
// Who imports whom
//

static void add_edge(Walk *w, uint32_t from, uint32_t to, bool implements) {
  if (!from || !to)
    return;
  vec_push(&w->from, from);
  vec_push(&w->to, to);
  vec_push(&w->implements, implements);
}

static bool has_mark(const char *specifier, const char *mark) { return !strncmp(specifier, mark, strlen(mark)); }

static void add_import(Walk *w, uint32_t file, const char *specifier) {
  uint64_t key = key_of(specifier);
  uint8_t use = use_of_package(w, specifier, key);
  w->asks[file] |= (use & ASKS) != 0;
  w->gives[file] |= (use & GIVES) != 0;
  w->resolves |= (use & RESOLVES) != 0;
  add_edge(w, file, modules_resolve(w->modules, w->sources[file - 1].path, specifier), false);
  add_edge(w, file, map_get(&w->augmented, key), false);
}

// The folder that holds what a specifier with a hole may mean: "./models/" of `./models/${name}`; its length, 0 for none.
static size_t folder_length(const char *specifier) {
  const char *hole = strstr(specifier, "${");
  size_t n = hole ? (size_t)(hole - specifier) : strlen(specifier);
  while (n && specifier[n - 1] != '/')
    n--;
  return *specifier == '.' && (hole || !specifier[n]) ? n : 0;
}

// A file loads modules of a folder: which of them, only a run tells.
static void add_folder(Walk *w, uint32_t file, const char *path, size_t length) {
  char rel[MODULES_PATH], folder[MODULES_PATH];
  if (length >= MODULES_PATH / 2)
    return;
  memcpy(rel, path, length);
  rel[length] = '\0';
  if (!modules_folder(w->sources[file - 1].path, rel, folder))
    return;
  uint32_t number = map_get(&w->folders, key_of(folder) | 1);
  if (!number) {
    number = w->count++;
    map_put(&w->folders, key_of(folder) | 1, number);
    for (uint32_t in = modules_first_in(w->modules, folder); in; in = modules_next_in(w->modules, in))
      add_edge(w, number, in, false);
  }
  add_edge(w, file, number, false);
}

// Call `see` with each specifier of a file.
static void each_specifier(Walk *w, uint32_t file, const Mentions *mentions, void (*see)(Walk *, uint32_t, const char *)) {
  for (const char *at = mentions->specifiers; at < mentions->specifiers + mentions->length; at += strlen(at) + 1)
    see(w, file, at);
}

// Number what the file adds to, unless it is of the tree, and the folders that it loads from.
static void see_numbered(Walk *w, uint32_t file, const char *specifier) {
  if (has_mark(specifier, MENTIONS_LOADS))
    add_folder(w, file, specifier + strlen(MENTIONS_LOADS), strlen(specifier + strlen(MENTIONS_LOADS)));
  else if (folder_length(specifier))
    add_folder(w, file, specifier, folder_length(specifier));
  if (!has_mark(specifier, MENTIONS_AUGMENTS))
    return;
  specifier += strlen(MENTIONS_AUGMENTS);
  if (!map_get(&w->augmented, key_of(specifier)) && !modules_resolve(w->modules, w->sources[file - 1].path, specifier))
    map_put(&w->augmented, key_of(specifier), w->count++);
}

static void see_import(Walk *w, uint32_t file, const char *specifier) {
  if (has_mark(specifier, MENTIONS_AUGMENTS)) {
    add_edge(w, map_get(&w->augmented, key_of(specifier + strlen(MENTIONS_AUGMENTS))), file, false);
  } else if (has_mark(specifier, MENTIONS_IMPLEMENTS)) {
    specifier += strlen(MENTIONS_IMPLEMENTS);
    add_edge(w, file, modules_resolve(w->modules, w->sources[file - 1].path, specifier), true);
  } else if (!has_mark(specifier, MENTIONS_LOADS)) {
    add_import(w, file, specifier);
  }
}

// Tests give nothing to the application.
static bool gives_to_all(const Source *source, const Mentions *mentions) {
  return mentions->flags & MENTIONS_AMBIENT && context_of_source(source, source->path) != CONTEXT_TEST;
}

// Number the packages by their folders.
static uint32_t group_packages(Walk *w) {
  Names folders;
  names_init(&folders);
  vec_push(&w->packages, 0);
  for (uint32_t file = 1; file < w->files_end; file++) {
    const char *folder = modules_package_folder(w->modules, w->sources[file - 1].path);
    vec_push(&w->packages, names_add(&folders, folder, strlen(folder)));
  }
  uint32_t count = folders.entries.n;
  names_release(&folders);
  return count;
}

static void note_imports(Walk *w, const Mentions *mentions) {
  vec_push(&w->from, 0);
  vec_push(&w->to, 0);
  vec_push(&w->implements, false);
  for (uint32_t file = 1; file < w->files_end; file++)
    each_specifier(w, file, &mentions[file - 1], see_numbered);
  w->asks = xcalloc(w->count, sizeof *w->asks);
  w->gives = xcalloc(w->count, sizeof *w->gives);
  for (uint32_t file = 1; file < w->files_end; file++) {
    each_specifier(w, file, &mentions[file - 1], see_import);
    w->gives[file] |= gives_to_all(&w->sources[file - 1], &mentions[file - 1]) ||
                      auto_import_row(w->libs, w->modules, w->sources[file - 1].path);
  }
  groups_build(&w->imported, w->from.at, w->from.n, w->count);
  groups_build(&w->importers, w->to.at, w->to.n, w->count);
  uint32_t packages = group_packages(w);
  groups_build(&w->files, w->packages.at, w->packages.n, packages);
}

//
// The walks
//

static void visit(Walk *w, bool *seen, uint32_t file) {
  if (seen[file])
    return;
  seen[file] = true;
  vec_push(&w->open, file);
}

// Who has an interface may call a class that implements it, within a package: there it gets one from outside.
static void visit_users(Walk *w, uint32_t interface, uint32_t package) {
  uint64_t key = (uint64_t)interface << 32 | package;
  if (map_get(&w->implemented, key))
    return;
  map_put(&w->implemented, key, 1);
  Slice imports = groups_slice(&w->importers, interface, interface + 1);
  for (uint32_t i = 0; i < imports.n; i++) {
    uint32_t user = w->from.at[imports.at[i]];
    if (user < w->files_end && w->packages.at[user] == package)
      visit(w, w->reaches, user);
  }
}

// From what asks a database back to all that can reach it.
static void walk_back(Walk *w) {
  w->reaches = xcalloc(w->count, sizeof *w->reaches);
  for (uint32_t file = 1; file < w->files_end; file++)
    if (w->asks[file])
      visit(w, w->reaches, file);
  while (w->open.n) {
    uint32_t file = w->open.at[--w->open.n];
    Slice imports = groups_slice(&w->importers, file, file + 1);
    for (uint32_t i = 0; i < imports.n; i++)
      visit(w, w->reaches, w->from.at[imports.at[i]]);
    imports = groups_slice(&w->imported, file, file + 1);
    for (uint32_t i = 0; i < imports.n; i++)
      if (w->implements.at[imports.at[i]])
        visit_users(w, w->to.at[imports.at[i]], w->packages.at[file]);
  }
}

// All files of a package may use what one of them gives.
static void visit_package(Walk *w, bool *needed, uint32_t file) {
  uint32_t package = w->packages.at[file];
  Slice files = groups_slice(&w->files, package, package + 1);
  for (uint32_t i = 0; i < files.n; i++)
    visit(w, needed, files.at[i]);
}

static bool is_migration(const Source *source, const Mentions *mentions) {
  return (mentions->flags & MENTIONS_WAYS && source->lang != LANG_TSX) ||
         context_of_source(source, source->path) == CONTEXT_MIGRATION;
}

// From there on to all that is needed.
static bool *walk_on(Walk *w, const Mentions *mentions) {
  bool *needed = xcalloc(w->count, sizeof *needed);
  for (uint32_t file = 1; file < w->files_end; file++) {
    if (w->reaches[file] || mentions[file - 1].flags & MENTIONS_US || is_migration(&w->sources[file - 1], &mentions[file - 1]))
      visit(w, needed, file);
    if (w->reaches[file] && w->gives[file])
      visit_package(w, needed, file);
  }
  while (w->open.n) {
    uint32_t file = w->open.at[--w->open.n];
    Slice imports = groups_slice(&w->imported, file, file + 1);
    for (uint32_t i = 0; i < imports.n; i++)
      visit(w, needed, w->to.at[imports.at[i]]);
  }
  // The texts of clients are read as they are, without what the files import.
  for (uint32_t file = 1; file < w->files_end; file++)
    needed[file] |= w->resolves && mentions[file - 1].flags & MENTIONS_GRAPHQL;
  memmove(needed, needed + 1, w->count - 1);
  return needed;
}

bool *needed_files(const Source *sources, const Mentions *mentions, size_t count, Modules *modules,
                   const Libraries *libs) {
  Walk w = {.sources = sources, .modules = modules, .libs = libs};
  w.files_end = w.count = (uint32_t)count + 1;
  note_libraries(&w);
  note_imports(&w, mentions);
  walk_back(&w);
  bool *needed = walk_on(&w, mentions);
  Groups *groups[] = {&w.imported, &w.importers, &w.files};
  for (size_t i = 0; i < COUNT(groups); i++)
    groups_release(groups[i]);
  void *arrays[] = {w.libraries, w.from.at, w.to.at, w.implements.at, w.packages.at, w.asks, w.gives, w.reaches, w.open.at};
  for (size_t i = 0; i < COUNT(arrays); i++)
    xfree(arrays[i]);
  map_release(&w.known);
  map_release(&w.augmented);
  map_release(&w.folders);
  map_release(&w.implemented);
  return needed;
}
