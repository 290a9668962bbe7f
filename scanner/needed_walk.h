// needed_walk.h - what the walks over the imports of a tree share, for needed.c and needed_names.c alone.
#ifndef SEQSCAN_NEEDED_WALK_H
#define SEQSCAN_NEEDED_WALK_H

#include <string.h>

#include "needed.h"
#include "program.h"

// What of a library model matters here.
// It asks a database; what it is given is found without an import; it serves GraphQL; what one file sends by it another handles.
enum { ASKS = 1 << 0, GIVES = 1 << 1, RESOLVES = 1 << 2, SENDS = 1 << 3 };

// What a file has of another: it imports, it exports as its own, a class implements something of it, it adds to it, or it
// loads it from a folder.
typedef enum Kind { IMPORTS, PASSES, IMPLEMENTS, ADDS, LOADS } Kind;

// What a file may make paths of that it loads modules by.
typedef struct Loader {
  VEC(const char *) parts;
  Map seen;   // hash of a folder -> 1
  int looks;  // folders that were looked for
} Loader;

enum { MAX_LOOKS = 1024 };  // for one loader; who may make more loads anything

// Which names of files are needed: those of a file behind `export *` come by ways over the imports of others.
typedef struct WantedNames {
  bool *passes;                      // by number: it exports what it has of others
  Map ways;                          // number and name -> its last way; of the empty name, those to whatever there may be
  VEC(uint32_t) imports, next_way;   // by way: the import that it goes over, and another way; none at 0
  Map own;                           // number and name that it exports beside what it passes on -> 1
  Map exporters;                     // name -> its last exporter
  VEC(uint32_t) files, next_file;    // by exporter: the file, and another one; none at 0
  uint32_t steps;                    // on ways
  Map spread;                        // name whose ways are known -> 1
  Map met;                           // number and name that is wanted -> 1
  bool *whole;                       // by number: all of its names are wanted
  bool *passed;                      // by import: its names are wanted
  VEC(uint32_t) wholes;              // numbers from which a walk has to go on
  VEC(uint32_t) wishes;              // and numbers with their names
  VEC(const char *) names;
} WantedNames;

// Files are numbered as the modules do, from 1 on. The numbers after them are of packages that a file adds to, or by which
// files send to each other: whoever imports such a package imports that file, too; and of folders of which a file loads
// modules.
typedef struct Walk {
  const Source *sources;  // of number 1, 2...
  const uint8_t *contexts;
  const Mentions *mentions;
  uint32_t files_end;     // numbers of files are below it
  uint32_t count;         // all numbers are
  Map augmented;          // specifier -> number
  Map folders;            // hash of a folder that something is loaded from -> number
  Map known_folders, folder_names;  // hash of each folder, and of the last part of its path -> 1
  Loader loader;
  Modules *modules;
  const Libraries *libs;
  uint8_t *libraries;            // by number: ASKS, GIVES, RESOLVES, SENDS
  Map exports;                   // library and name that its model knows -> 1
  Map known;                     // memo: specifier -> its library + 1
  VEC(uint32_t) from, to;        // the ends of each import; none at 0
  VEC(uint8_t) kinds;            // Kind by import
  VEC(const char *) entries;     // the specifier by import, as it is mentioned
  uint32_t *families;            // by number: another of the same family, see family_of()
  Map interfaces;                // family and name of what a class implements -> number, from 1 on
  VEC(uint32_t) used_interfaces, users;     // such a number, and a file that imports it; none at 0
  Groups uses;                   // by number
  bool *visited;                 // by number: its users have been visited
  Map implemented;               // file and package that has implemented something of it -> 1
  Groups imported, importers;    // imports by `from` and by `to`
  VEC(uint32_t) packages;        // by file
  Groups files;                  // by package
  bool *asks, *gives, *reaches;  // by file
  bool *used;                    // by number: it is not only for tests; NULL: none is
  WantedNames wanted;
  bool resolves;                 // some file serves GraphQL
  VEC(uint32_t) open;            // files from which a walk has to go on
} Walk;

static inline uint64_t name_hash(const char *name) { return hash_quick(name, strlen(name)); }

static inline uint64_t name_key(uint32_t owner, const char *name, size_t length) {
  return hash_quick(name, length) + owner * 0x9e3779b97f4a7c15u;
}

static inline bool has_mark(const char *entry, const char *mark) { return !strncmp(entry, mark, strlen(mark)); }

// The name that follows an entry of what the file mentions, NULL if none does.
static inline const char *next_name(const Walk *w, uint32_t file, const char *entry) {
  const Mentions *mentions = &w->mentions[file - 1];
  const char *next = entry + strlen(entry) + 1;
  bool named = next < mentions->specifiers + mentions->length && has_mark(next, MENTIONS_NAME);
  return named ? next + strlen(MENTIONS_NAME) : NULL;
}

// The first name of what is imported, NULL when it is all.
static inline const char *names_of(const Walk *w, uint32_t import) {
  return next_name(w, w->from.at[import], w->entries.at[import]);
}

static inline void visit(Walk *w, bool *seen, uint32_t file) {
  if (seen[file] || (w->used && !w->used[file]))
    return;
  seen[file] = true;
  vec_push(&w->open, file);
}

// Note who exports which names of what others export, once the imports are known.
void wanted_read(Walk *w);
// Go on from what is open to all that is needed of what it imports.
void visit_wanted(Walk *w, bool *needed);
void wanted_release(WantedNames *wanted);

#endif
