// regexp.h - regular expressions that a configuration brings along. Neither they nor the texts are trusted: what is asked
// ends soon.
#ifndef SEQSCAN_REGEXP_H
#define SEQSCAN_REGEXP_H

#include "base.h"

typedef struct Regexp Regexp;

// NULL when the pattern is none; `err` then says why, and *at is the byte where.
Regexp *regexp_new(const char *pattern, size_t *at, Error *err);
void regexp_free(Regexp *regexp);

typedef enum Matching { MATCHING_NO, MATCHING_YES, MATCHING_COSTLY } Matching;

// Whether it matches somewhere in a text, which need not be valid UTF-8; MATCHING_COSTLY when it takes too much to tell.
// A regular expression may be asked by several threads.
Matching regexp_matches(const Regexp *regexp, const char *text, size_t length);

#endif
