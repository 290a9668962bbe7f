// facts_store.h - the facts of one file as a record of bytes that can be kept and found damaged.
#ifndef SEQSCAN_FACTS_STORE_H
#define SEQSCAN_FACTS_STORE_H

#include "facts.h"

// What facts depend on, and nothing else.
typedef struct FactsKey {
  uint64_t extractor;  // version of what makes them, a hash of its sources, with the secret of who keeps them
  uint8_t blob[20];
  uint32_t lang;
} FactsKey;

// Facts are trusted as they are, so a record is found by a secret as well: nobody else can leave one, as in the git
// directory of a repository that came in an archive.
FactsKey facts_key(const Source *source, uint64_t secret);

// Replace `out` by the record of a file; `facts` is NULL of one that is skipped for what it holds. False when it is
// too large for one.
bool facts_pack(Text *out, const FactsKey *key, const Facts *facts, Skip skip);
// Whether the bytes are a whole record of this key.
bool facts_intact(const void *bytes, size_t length, const FactsKey *key);
// Make what was packed: facts, which the caller releases, or a reason to skip. False for what is no intact record.
bool facts_unpack(Facts *facts, Skip *skip, const void *bytes, size_t length, const FactsKey *key);

#endif
