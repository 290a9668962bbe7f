// tree.h - what parse.c and own_*.c share of tree-sitter; for them only.
#ifndef SEQSCAN_TREE_H
#define SEQSCAN_TREE_H

#include <pthread.h>
#include <tree_sitter/api.h>

#include "own.h"
#include "pool.h"

// parse.c
const TSLanguage *language_of(Lang lang);  // NULL for what is no code
// From here on, the memory of tree-sitter in this thread comes from the pool.
void use_pool(Pool *pool);
// Seconds that this thread has worked: what else the machine does must not decide which files are read.
double worked(void);

//
// own_compile.c: the patterns of a language as one query
//
typedef struct Matcher {
  pthread_mutex_t lock;
  bool done;
  Error error;
  int status;
  Pool *pool;          // its memory
  TSQuery *query;      // NULL when no pattern is of this language
  uint32_t *patterns;  // number in the query -> that of OwnRules
  Name *captures;      // the same of the names of captures
} Matcher;

// Make the matcher of a language, unless that is done. Fails for patterns that match nothing in any language.
int own_matcher(OwnRules *own, Lang lang, const Matcher **out, Error *err);

// own_match.c: add what the patterns match in a file to its facts.
void own_match(Facts *facts, const OwnRules *own, const Matcher *matcher, TSNode root, const char *bytes, const Pool *pool,
               const Limits *limits);

#endif
