// needed.c - see needed.h. Two walks over the imports: back from what asks a database, then on from all that reaches it.
#include "needed_walk.h"

//
// What the models say
//

static bool is_asking(uint8_t effect) { return effect_is_database(effect) || effect == EFFECT_RAW; }

static uint8_t use_of_meaning(const Meaning *meaning) {
  // What is put on something for its table is found where that is imported.
  bool puts = meaning->puts >= 0 && !meaning->as;
  return (is_asking(meaning->effect) ? ASKS : 0) | (meaning->folder >= 0 || puts ? GIVES : 0);
}

static uint8_t use_of_export(const LibraryExport *export) {
  const Meaning *m = &export->meaning;
  bool resolves = export->resolver != ARG_NONE || m->resolvers != ARG_NONE || m->object != ARG_NONE;
  return (uint8_t)(use_of_meaning(m) | (resolves ? RESOLVES : 0) | (m->handles == ARG_NONE ? 0 : SENDS));
}

// Whether a member leads to a state of another library that asks a database: `fastify.mongo`.
static bool leads_to_asking(const Walk *w, const LibraryMember *member) {
  StateId states[] = {member->meaning.get, member->meaning.to};
  for (size_t i = 0; i < COUNT(states); i++)
    if (states[i] && states[i] != STATE_SELF && w->libraries[w->libs->states.at[states[i]].library] & ASKS)
      return true;
  return false;
}

static void note_leading(Walk *w) {
  const Libraries *libs = w->libs;
  for (uint32_t i = 1; i < libs->states.n; i++) {
    const LibraryState *state = &libs->states.at[i];
    for (uint32_t k = 0; k < state->count; k++)
      if (leads_to_asking(w, &libs->members.at[state->first + k]))
        w->libraries[state->library] |= ASKS;
  }
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
    for (uint32_t k = 0; k < library->count; k++) {
      const LibraryExport *export = &libs->exports.at[library->first + k];
      w->libraries[i] |= use_of_export(export);
      map_put(&w->exports, name_key(i, export->name, strcspn(export->name, ".")), 1);
    }
  }
  note_leading(w);
}

static uint16_t library_of(Walk *w, const char *specifier, uint64_t key) {
  uint32_t known = map_get(&w->known, key);
  if (!known) {
    known = 1u + library_of_package(w->libs, specifier, true);
    map_put(&w->known, key, known);
  }
  return (uint16_t)(known - 1);
}

// What the library does of which a file has all, or names that the model knows; but the words of a schema are no exports.
static uint8_t use_of_import(Walk *w, uint32_t file, const char *specifier, uint64_t key) {
  uint16_t library = library_of(w, specifier, key);
  uint8_t use = w->libraries[library];
  const char *name = next_name(w, file, specifier);
  bool known = !name || !use || w->libs->libraries.at[library].schema.known || map_get(&w->exports, name_key(library, "*", 1));
  for (; name && !known; name = next_name(w, file, name))
    known = !strcmp(name, "default") || !strcmp(name, "*") || map_get(&w->exports, name_key(library, name, strlen(name)));
  return known ? use : 0;
}

//
// Who imports whom
//

static void add_edge(Walk *w, uint32_t from, uint32_t to, Kind kind, const char *entry) {
  if (!from || !to)
    return;
  vec_push(&w->from, from);
  vec_push(&w->to, to);
  vec_push(&w->kinds, (uint8_t)kind);
  vec_push(&w->entries, entry);
}

static bool sends(Walk *w, const char *specifier, uint64_t key) { return w->libraries[library_of(w, specifier, key)] & SENDS; }

static void add_import(Walk *w, uint32_t file, const char *specifier, Kind kind) {
  uint64_t key = name_hash(specifier);
  uint8_t use = use_of_import(w, file, specifier, key);
  w->asks[file] |= (use & ASKS) != 0;
  w->gives[file] |= (use & GIVES) != 0;
  w->resolves |= (use & RESOLVES) != 0;
  add_edge(w, file, modules_resolve(w->modules, w->sources[file - 1].path, specifier), kind, specifier);
  uint32_t package = map_get(&w->augmented, key);
  add_edge(w, file, package, ADDS, specifier);
  if (sends(w, specifier, key))
    add_edge(w, package, file, ADDS, specifier);
}

//
// What is loaded by names that only a run tells
//

// Shorten a folder to the one above; false for the root.
static bool folder_up(char *folder) {
  char *slash = strrchr(folder, '/');
  bool below = *folder != '\0';
  *(slash ? slash : folder) = '\0';
  return below;
}

static void note_folders(Walk *w) {
  char folder[MODULES_PATH];
  for (uint32_t file = 1; file < w->files_end; file++)
    for (bool found = modules_folder(w->sources[file - 1].path, ".", folder); found; found = folder_up(folder)) {
      if (map_get(&w->known_folders, name_hash(folder) | 1))
        break;
      map_put(&w->known_folders, name_hash(folder) | 1, 1);
      const char *slash = strrchr(folder, '/');
      map_put(&w->folder_names, name_hash(slash ? slash + 1 : folder), 1);
    }
}

// Add an edge to what stands for the files of a folder, for all files when it is NULL.
static void add_folder(Walk *w, uint32_t file, const char *folder) {
  uint64_t key = folder ? name_hash(folder) | 1 : 2;
  uint32_t number = map_get(&w->folders, key);
  if (!number) {
    number = w->count++;
    map_put(&w->folders, key, number);
    for (uint32_t in = folder ? modules_first_in(w->modules, folder) : 0; in; in = modules_next_in(w->modules, folder, in))
      add_edge(w, number, in, LOADS, "");
    for (uint32_t in = 1; !folder && in < w->files_end; in++)
      add_edge(w, number, in, LOADS, "");
  }
  add_edge(w, file, number, LOADS, "");
}

// Add the folders to which the parts of paths lead from a folder, which ends in a slash; from the loader's own by those that
// begin with a dot.
static void add_folders(Walk *w, uint32_t file, const char *from, bool own) {
  Loader *l = &w->loader;
  char folder[MODULES_PATH + 2];
  for (uint32_t i = 0; i < l->parts.n && l->looks < MAX_LOOKS; i++) {
    if (own && *l->parts.at[i] != '.')
      continue;
    l->looks++;
    uint64_t key = modules_folder(from, l->parts.at[i], folder) ? name_hash(folder) | 1 : 0;
    if (!map_get(&w->known_folders, key) || map_get(&l->seen, key))
      continue;
    map_put(&l->seen, key, 1);
    add_folder(w, file, folder);
    strcat(folder, "/*");
    add_folder(w, file, folder);
    folder[strlen(folder) - 1] = '\0';
    add_folders(w, file, folder, false);
  }
}

// A file loads modules of folders that it names by parts of its texts: which of them, only a run tells.
static void add_loader(Walk *w, uint32_t file) {
  Loader *l = &w->loader;
  add_folders(w, file, w->sources[file - 1].path, true);
  if (l->looks >= MAX_LOOKS)
    add_folder(w, file, NULL);
  l->looks = 0;
  l->parts.n = 0;
  map_release(&l->seen);
}

// Keep a part of a path that may lead to a folder.
static void see_part(Walk *w, const char *part) {
  for (const char *at = part; *at; at += *at == '/') {
    size_t n = strcspn(at, "/");
    bool dots = n <= 2 && strspn(at, ".") >= n;
    if (!dots && !map_get(&w->folder_names, hash_quick(at, n)))
      return;
    at += n;
  }
  vec_push(&w->loader.parts, part);
}

// Call `see` with each entry of what a file mentions.
static void each_mention(Walk *w, uint32_t file, void (*see)(Walk *, uint32_t, const char *)) {
  const Mentions *mentions = &w->mentions[file - 1];
  for (const char *at = mentions->specifiers; at < mentions->specifiers + mentions->length; at += strlen(at) + 1)
    see(w, file, at);
}

// Whether an entry is a specifier of which the file imports.
static bool is_import(const char *entry) {
  static const char *const marks[] = {MENTIONS_AUGMENTS, MENTIONS_PASSES, MENTIONS_IMPLEMENTS,
                                      MENTIONS_NAME,     MENTIONS_GIVES,  MENTIONS_LOADS};
  for (size_t i = 0; i < COUNT(marks); i++)
    if (has_mark(entry, marks[i]))
      return false;
  return true;
}

// Number what the file adds to or sends by, unless it is of the tree, and note from what it makes the paths of folders.
static void see_numbered(Walk *w, uint32_t file, const char *entry) {
  if (has_mark(entry, MENTIONS_LOADS))
    see_part(w, entry + strlen(MENTIONS_LOADS));
  bool adds = has_mark(entry, MENTIONS_AUGMENTS);
  if (!adds && (!is_import(entry) || !sends(w, entry, name_hash(entry))))
    return;
  entry += adds ? strlen(MENTIONS_AUGMENTS) : 0;
  if (!map_get(&w->augmented, name_hash(entry)) && !modules_resolve(w->modules, w->sources[file - 1].path, entry))
    map_put(&w->augmented, name_hash(entry), w->count++);
}

static void see_import(Walk *w, uint32_t file, const char *entry) {
  if (has_mark(entry, MENTIONS_AUGMENTS)) {
    add_edge(w, map_get(&w->augmented, name_hash(entry + strlen(MENTIONS_AUGMENTS))), file, ADDS, entry);
  } else if (has_mark(entry, MENTIONS_IMPLEMENTS)) {
    entry += strlen(MENTIONS_IMPLEMENTS);
    add_edge(w, file, modules_resolve(w->modules, w->sources[file - 1].path, entry), IMPLEMENTS, entry);
  } else if (has_mark(entry, MENTIONS_PASSES)) {
    add_import(w, file, entry + strlen(MENTIONS_PASSES), PASSES);
  } else if (is_import(entry)) {
    add_import(w, file, entry, IMPORTS);
  }
}

//
// Interfaces and their users. A name means the same in all files of a family: those that export what others of it do.
//

static uint32_t family_of(Walk *w, uint32_t file) {
  while (w->families[file] != file)
    file = w->families[file] = w->families[w->families[file]];
  return file;
}

static void note_families(Walk *w) {
  w->families = xcalloc(w->count, sizeof *w->families);
  for (uint32_t i = 0; i < w->count; i++)
    w->families[i] = i;
  for (uint32_t i = 1; i < w->from.n; i++)
    if (w->kinds.at[i] == PASSES)
      w->families[family_of(w, w->from.at[i])] = family_of(w, w->to.at[i]);
}

// The number of a name of what is imported, 0 when no class implements it.
static uint32_t interface_of(Walk *w, uint32_t import, const char *name) {
  return map_get(&w->interfaces, name_key(family_of(w, w->to.at[import]), name, strlen(name)));
}

static void add_interface(Walk *w, uint32_t import, const char *name) {
  if (!interface_of(w, import, name))
    map_put(&w->interfaces, name_key(family_of(w, w->to.at[import]), name, strlen(name)), w->interfaces.n + 1);
}

static void add_user(Walk *w, uint32_t import, const char *name) {
  uint32_t interface = interface_of(w, import, name);
  if (!interface)
    return;
  vec_push(&w->used_interfaces, interface);
  vec_push(&w->users, w->from.at[import]);
}

// Whether the file uses what it imports: a family's own files rather declare it.
static bool is_user(Walk *w, uint32_t import) {
  bool near = *w->entries.at[import] == '.';
  return w->kinds.at[import] == IMPORTS && !(near && family_of(w, w->from.at[import]) == family_of(w, w->to.at[import]));
}

// Whether it imports all of another module, and uses that.
static bool uses_all(Walk *w, uint32_t import) { return is_user(w, import) && !names_of(w, import); }

static void note_interfaces(Walk *w) {
  note_families(w);
  vec_push(&w->used_interfaces, 0);
  vec_push(&w->users, 0);
  for (uint32_t i = 1; i < w->from.n; i++)
    for (const char *name = w->kinds.at[i] == IMPLEMENTS ? names_of(w, i) : NULL; name; name = next_name(w, w->from.at[i], name))
      add_interface(w, i, name);
  for (uint32_t i = 1; i < w->from.n; i++)
    for (const char *name = is_user(w, i) ? names_of(w, i) : NULL; name; name = next_name(w, w->from.at[i], name))
      add_user(w, i, name);
  w->visited = xcalloc(w->interfaces.n + 1, sizeof *w->visited);
  groups_build(&w->uses, w->used_interfaces.at, w->used_interfaces.n, w->interfaces.n + 1);
}

// Tests give nothing to the application.
static bool gives_to_all(const Walk *w, uint32_t file) {
  return w->mentions[file - 1].flags & MENTIONS_AMBIENT && w->contexts[file - 1] != CONTEXT_TEST;
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

static void note_imports(Walk *w) {
  vec_push(&w->from, 0);
  vec_push(&w->to, 0);
  vec_push(&w->kinds, IMPORTS);
  vec_push(&w->entries, NULL);
  note_folders(w);
  for (uint32_t file = 1; file < w->files_end; file++) {
    each_mention(w, file, see_numbered);
    add_loader(w, file);
  }
  w->asks = xcalloc(w->count, sizeof *w->asks);
  w->gives = xcalloc(w->count, sizeof *w->gives);
  for (uint32_t file = 1; file < w->files_end; file++) {
    each_mention(w, file, see_import);
    w->gives[file] |= gives_to_all(w, file) || gives_by_place(w->libs, w->modules, w->sources[file - 1].path);
  }
  note_interfaces(w);
  groups_build(&w->imported, w->from.at, w->from.n, w->count);
  groups_build(&w->importers, w->to.at, w->to.n, w->count);
  uint32_t packages = group_packages(w);
  groups_build(&w->files, w->packages.at, w->packages.n, packages);
}

//
// The walks
//

// Who imports the file of an interface within a package may call a class of the package that implements it: it gets one
// from outside. So may who imports all of that file.
static void visit_package_users(Walk *w, uint32_t interface, uint32_t package) {
  uint64_t key = (uint64_t)interface << 32 | package;
  if (map_get(&w->implemented, key))
    return;
  map_put(&w->implemented, key, 1);
  Slice imports = groups_slice(&w->importers, interface, interface + 1);
  for (uint32_t i = 0; i < imports.n; i++) {
    uint32_t user = w->from.at[imports.at[i]];
    if (user < w->files_end && (w->packages.at[user] == package || uses_all(w, imports.at[i])))
      visit(w, w->reaches, user);
  }
}

// In other packages, too, who imports the interface by its name.
static void visit_users(Walk *w, uint32_t interface) {
  if (w->visited[interface])
    return;
  w->visited[interface] = true;
  Slice uses = groups_slice(&w->uses, interface, interface + 1);
  for (uint32_t i = 0; i < uses.n; i++)
    visit(w, w->reaches, w->users.at[uses.at[i]]);
}

// Who may call what a file implements of another.
static void visit_implemented(Walk *w, uint32_t import) {
  uint32_t file = w->from.at[import];
  visit_package_users(w, w->to.at[import], w->packages.at[file]);
  for (const char *name = names_of(w, import); name; name = next_name(w, file, name))
    visit_users(w, interface_of(w, import, name));
}

// Go on from what is open to all that it imports, whatever of it.
static void visit_imported(Walk *w, bool *seen) {
  while (w->open.n) {
    uint32_t file = w->open.at[--w->open.n];
    Slice imports = groups_slice(&w->imported, file, file + 1);
    for (uint32_t i = 0; i < imports.n; i++)
      visit(w, seen, w->to.at[imports.at[i]]);
  }
}

// Leave out what only tests use, but not those that speak to us.
static void leave_tests(Walk *w) {
  bool *used = xcalloc(w->count, sizeof *used);
  for (uint32_t file = 1; file < w->files_end; file++)
    if (!context_is_trial((Context)w->contexts[file - 1]) || w->mentions[file - 1].flags & MENTIONS_US)
      visit(w, used, file);
  visit_imported(w, used);
  w->used = used;
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
      if (w->kinds.at[imports.at[i]] == IMPLEMENTS)
        visit_implemented(w, imports.at[i]);
  }
}

// All files of a package may use what one of them gives.
static void visit_package(Walk *w, bool *needed, uint32_t file) {
  uint32_t package = w->packages.at[file];
  Slice files = groups_slice(&w->files, package, package + 1);
  for (uint32_t i = 0; i < files.n; i++)
    visit(w, needed, files.at[i]);
}

static bool is_migration(const Walk *w, uint32_t file) {
  bool has_ways = w->mentions[file - 1].flags & MENTIONS_WAYS && w->sources[file - 1].lang != LANG_TSX;
  return has_ways || w->contexts[file - 1] == CONTEXT_MIGRATION;
}

// From there on to all that is needed, by number.
static bool *walk_on(Walk *w) {
  bool *needed = xcalloc(w->count, sizeof *needed);
  for (uint32_t file = 1; file < w->files_end; file++) {
    if (w->reaches[file] || w->mentions[file - 1].flags & MENTIONS_US || is_migration(w, file))
      visit(w, needed, file);
    if (w->reaches[file] && w->gives[file])
      visit_package(w, needed, file);
  }
  visit_wanted(w, needed);
  return needed;
}

static Need need_of(const Walk *w, const bool *needed, uint32_t file) {
  if (w->used && !w->used[file])
    return OF_TESTS;
  // The texts of clients are read as they are, without what the files import.
  bool is_client = w->resolves && w->mentions[file - 1].flags & MENTIONS_GRAPHQL;
  return needed[file] || is_client ? NEEDED : UNRELATED;
}

static void walk_release(Walk *w) {
  Groups *groups[] = {&w->imported, &w->importers, &w->uses, &w->files};
  for (size_t i = 0; i < COUNT(groups); i++)
    groups_release(groups[i]);
  void *arrays[] = {w->libraries, w->from.at, w->to.at, w->kinds.at, w->entries.at, w->families, w->used_interfaces.at,
                    w->users.at, w->visited, w->packages.at, w->loader.parts.at, w->asks, w->gives, w->reaches, w->used,
                    w->open.at};
  for (size_t i = 0; i < COUNT(arrays); i++)
    xfree(arrays[i]);
  wanted_release(&w->wanted);
  Map *maps[] = {&w->exports, &w->interfaces, &w->known, &w->augmented, &w->folders, &w->known_folders, &w->folder_names,
                 &w->implemented};
  for (size_t i = 0; i < COUNT(maps); i++)
    map_release(maps[i]);
}

uint8_t *needed_files(const Files *files, const Libraries *libs, bool tests) {
  Walk w = {.sources = files->sources, .contexts = files->contexts, .mentions = files->mentions, .modules = files->modules,
            .libs = libs};
  w.files_end = w.count = (uint32_t)files->count + 1;
  note_libraries(&w);
  note_imports(&w);
  wanted_read(&w);
  if (!tests)
    leave_tests(&w);
  walk_back(&w);
  bool *needed = walk_on(&w);
  uint8_t *needs = xcalloc(files->count, sizeof *needs);
  for (uint32_t file = 1; file < w.files_end; file++)
    needs[file - 1] = (uint8_t)need_of(&w, needed, file);
  xfree(needed);
  walk_release(&w);
  return needs;
}
