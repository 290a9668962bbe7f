// comments.h - comments of all languages that are read.
#ifndef SEQSCAN_COMMENTS_H
#define SEQSCAN_COMMENTS_H

#include "source.h"

// Bytes of what starts a comment at `at`, with white space before and after it; 0 when none starts there.
size_t comment_start(const char *at, const char *end, Lang lang);

// Where code goes on after `at`, on a later line: blank lines and comments between are passed over, but no more than a
// few of them. `length` when nothing follows.
size_t next_code(const char *bytes, size_t length, size_t at, Lang lang);

#endif
