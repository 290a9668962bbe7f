// needed.h - which files of a tree have to be parsed: those that can reach a database, and what these need.
//
// A file reaches a database when it imports a package of a library model that asks one, and names that the model knows, or
// a file that does so. It needs what it imports, for the values, functions and types there; of what a file passes on to it
// (`export * from`), only what gives the names that it wants. Who imports an interface reaches
// what its classes do, which it gets from outside. What a file gives to others without an import (a global, a member of a
// package's interface, a folder loaded by name) makes its whole package reach the database with it.
// Migrations are needed for themselves, and so are the GraphQL documents of clients where some file serves GraphQL.
// Tests, stories and examples run the application, which does not run them: they are left out unless it imports them.
#ifndef SEQSCAN_NEEDED_H
#define SEQSCAN_NEEDED_H

#include "library.h"
#include "mentions.h"
#include "modules.h"
#include "source.h"

// What becomes of a file.
typedef enum Need {
  NEEDED,
  UNRELATED,    // it cannot reach a database, and is not needed by one that does
  OF_TESTS,     // it is a test, story or example, or needed by nothing else
  NEED_COUNT
} Need;

// The files of a tree, by their place in it.
typedef struct Files {
  const Source *sources;
  const uint8_t *contexts;   // Context
  const Mentions *mentions;  // empty for what is no code
  size_t count;
  Modules *modules;  // which know all sources in their order, and the JSON files
} Files;

// What becomes of each file, a Need: the caller frees it. `tests`: none is OF_TESTS. Linear in what is mentioned.
uint8_t *needed_files(const Files *files, const Libraries *libs, bool tests);

#endif
