// own.h - rules of a repository's own: queries of tree-sitter (*.scm) that its configuration names.
//
// Each pattern captures what is found as @finding, and tells by (#set! ...) which rule finds it and what is said then.
// It holds in the languages that know the nodes it names. Patterns are matched where the tree is, so facts depend on them.
#ifndef SEQSCAN_OWN_H
#define SEQSCAN_OWN_H

#include "facts.h"
#include "finding.h"

OwnRules *own_new(void);
void own_free(OwnRules *own);

// Take the patterns of a file. Fails with the place of what is wrong.
int own_add(OwnRules *own, const char *path, const Text *text, Error *err);
// The rules of the program, and behind them those of the files; as long as no file is added.
Rules own_rules(const OwnRules *own);
// Of all that the patterns say: equal for equal ones. 0 for NULL.
uint64_t own_version(const OwnRules *own);

// own_compile.c: prepare the patterns for all languages. This is done for one language when its first file is parsed
// (some 10 ms for a pattern), and here to see mistakes that show only then. NULL is all right.
int own_compile(OwnRules *own, Error *err);

#endif
