// needed.h - which files of a tree have to be parsed: those that can reach a database, and what these need.
//
// A file reaches a database when it imports a package of a library model that asks one, and names that the model knows, or
// a file that does so. It needs what it imports, for the values, functions and types there. Who imports an interface reaches
// what its classes do, which it gets from outside. What a file gives to others without an import (a global, a member of a
// package's interface, a folder loaded by name) makes its whole package reach the database with it.
// Migrations are needed for themselves, and so are the GraphQL documents of clients where some file serves GraphQL.
#ifndef SEQSCAN_NEEDED_H
#define SEQSCAN_NEEDED_H

#include "library.h"
#include "mentions.h"
#include "modules.h"
#include "source.h"

// Which of the sources have to be parsed, by their place: the caller frees it. Mentions are by the same place, empty for
// what is no code; the modules know all sources in their order, and the JSON files. Linear in what is mentioned.
bool *needed_files(const Source *sources, const Mentions *mentions, size_t count, Modules *modules,
                   const Libraries *libs);

#endif
