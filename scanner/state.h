// state.h - what the findings of a tree depend on, in two numbers: a tree that was scanned in this state before need not
// be scanned again to know what is found in it.
#ifndef SEQSCAN_STATE_H
#define SEQSCAN_STATE_H

#include "change.h"
#include "source.h"

typedef struct State {
  uint64_t sources;  // the paths and blobs of all sources, in any order; 0 when it is not known
  uint64_t terms;    // configuration and options; the caller's
} State;

// The sources of a tree. Unknown when not all of it was asked for, or a file is no blob of git's. By a seed that is kept secret,
// nobody can make up sources that have the number of others.
uint64_t state_of_tree(const Tree *tree, uint64_t seed);
// What the findings depend on of them, where their state is known: of those that do not `matter` only that they are there.
uint64_t state_of_inputs(const Tree *tree, const bool *matter, uint64_t seed);
// Those that the base of a change had, told by the tree and what the change has of it. Unknown when there are several
// bases, or more than the content of files has changed.
uint64_t state_before(const Tree *tree, const Change *change, uint64_t seed);

#endif
