// utf8.h - reading UTF-8 that may be broken, as source files and paths of real repositories are.
#ifndef SEQSCAN_UTF8_H
#define SEQSCAN_UTF8_H

#include "base.h"

enum { UTF8_BAD = 0xFFFD };

// The character at `at` (length > 0): returns how many bytes it takes. What is not well formed is UTF8_BAD: one
// character for each start of a sequence that breaks off, as decoders of browsers, Node.js and .NET have it.
size_t utf8_next(const char *at, size_t length, uint32_t *code);

// Append `bytes` with what is not well formed replaced by U+FFFD.
void utf8_add(Text *text, const char *bytes, size_t length);

// UTF-16 code units that the bytes take.
uint32_t utf8_units(const char *bytes, size_t length);

// Columns of a terminal that the character takes: 0, 1 or 2.
unsigned utf8_width(uint32_t code);

#endif
