// line_hash.h - the hash of each line of a file, as GitHub's upload of SARIF files computes it.
#ifndef SEQSCAN_LINE_HASH_H
#define SEQSCAN_LINE_HASH_H

#include "../base.h"

typedef struct LineHash {
  uint64_t hash;   // of the first characters from the line's start on, blanks left out
  uint32_t count;  // how often it has come up in the file, this line included
} LineHash;

typedef VEC(LineHash) LineHashes;  // index 0 is line 1

// Replace `out` by the hashes of a file's text. Lines end where that upload says so: at \n, \r\n and a lone \r.
void line_hashes(const Text *text, LineHashes *out);

#endif
