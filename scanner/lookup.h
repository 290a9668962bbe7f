// lookup.h - the fix of a query for one row by a key in each round of a loop: the rows of all rounds are read before the loop, and
// each round looks its own up in a Map.
//
//   lookup.c        which queries and loops that is possible for, and the edits
//   lookup_key.c    what the keys of the rounds are: their types, whether they differ
//   lookup_doubt.c  why the rows may not be the same, or may be seen to be shared
#ifndef SEQSCAN_LOOKUP_H
#define SEQSCAN_LOOKUP_H

#include "judge.h"

enum { LOOKUP_PATH = 4 };  // members from the element to its key

typedef struct Lookup {
  Judge *j;
  Program *p;
  const Repeated *r;
  const File *f;  // all of it is in one file
  const Site *site;
  const Query *query;
  const Library *library;
  Filter filter;
  Id region;        // the scope that runs once per round
  Id call, top;     // the query, and what is replaced: with its await, or itself where a callback returns it
  Id all;           // the call of Promise.all that waits for the rounds, 0 for a loop
  uint32_t before;  // where the statement starts that the rows are read before
  Id around;        // the scope which that stands in
  Id value;         // by what a round asks
  Id wanted;        // the EX_PROPERTY or argument that says it
  Id options;       // the object of options, 0 if there is none
  Id columns;       // the object or list of the columns that are read and lack the key, 0 when it is read
  bool listed;      // what the rounds go over is certainly an array
  bool narrowed;    // there are other conditions
  const char *map;  // the name of the Map
} Lookup;

// Names of the members from the element to the key, the first one first; returns how many, LOOKUP_PATH + 1 if there are more.
uint32_t lookup_path(const Lookup *l, const char *names[LOOKUP_PATH]);
// Whether an expression is the element of the rounds.
bool is_round_item(const Lookup *l, Id expr);

//
// lookup_key.c
//

// How the keys of the rounds compare with those of the rows.
typedef enum KeyMatch {
  KEYS_EQUAL,     // a Map finds the row that the database finds
  KEYS_UNSEEN,    // their types are not known
  KEYS_LOOSE,     // the database may take two for equal which are not the same
  KEYS_DIFFERENT  // some round has none, or one of another type
} KeyMatch;

KeyMatch lookup_match(const Lookup *l);
// Whether each round certainly has a key of its own.
bool lookup_keys_differ(const Lookup *l);
// Whether an expression certainly is an array.
bool is_array(const Judge *j, FileId file, Id expr);
// Whether it may be an array that its type does not let others change.
bool may_be_readonly(const Judge *j, FileId file, Id expr);

//
// lookup_doubt.c
//

// Whether code of the rounds changes the list, the elements' keys, or what the element is.
bool rounds_change_keys(const Lookup *l);
// Why the program may not do the same with the fix, NULL if it certainly does.
const char *lookup_doubt(const Lookup *l);

#endif
