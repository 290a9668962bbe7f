// utf8.h - reading UTF-8 that may be broken, as source files and paths of real repositories are.
#ifndef SEQSCAN_UTF8_H
#define SEQSCAN_UTF8_H

#include "base.h"

enum { UTF8_BAD = 0xFFFD };

// The character at `at` (length > 0): returns how many bytes it takes. A byte that starts no well-formed
// sequence is one character, UTF8_BAD.
size_t utf8_next(const char *at, size_t length, uint32_t *code);

// Append `bytes` with each bad byte replaced by U+FFFD.
void utf8_add(Text *text, const char *bytes, size_t length);

// UTF-16 code units that the bytes take, a bad byte counting one.
uint32_t utf8_units(const char *bytes, size_t length);

// Columns of a terminal that the character takes: 0, 1 or 2.
unsigned utf8_width(uint32_t code);

#endif
