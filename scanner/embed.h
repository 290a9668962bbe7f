// embed.h - files of this repository that are part of the program, made into arrays by cmake/embed.cmake.
#ifndef SEQSCAN_EMBED_H
#define SEQSCAN_EMBED_H

#include <stddef.h>

typedef struct Embedded {
  const char *name;   // file name without folder and extension
  const char *bytes;  // followed by a NUL that is not part of the length
  size_t length;
} Embedded;

// queries/libraries/*.yml and docs/rules/*.md, sorted by name.
extern const Embedded embedded_libraries[];
extern const size_t embedded_library_count;
extern const Embedded embedded_pages[];
extern const size_t embedded_page_count;

#endif
