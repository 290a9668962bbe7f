// facts_store.h - the facts and the mentions of a file as records of bytes that can be kept and found damaged.
#ifndef SEQSCAN_FACTS_STORE_H
#define SEQSCAN_FACTS_STORE_H

#include "facts.h"
#include "mentions.h"

typedef enum RecordKind { RECORD_FACTS, RECORD_MENTIONS } RecordKind;

// What a record depends on, and nothing else.
typedef struct RecordKey {
  uint64_t extractor;  // version of what makes them, a hash of its sources, with the secret of who keeps them
  uint8_t blob[20];
  uint8_t lang, kind;  // Lang, RecordKind
  uint16_t unused;     // 0: keys are compared as bytes
} RecordKey;

// Facts are trusted as they are, so a record is found by a secret as well: nobody else can leave one, as in the git
// directory of a repository that came in an archive.
RecordKey record_key(const Source *source, RecordKind kind, uint64_t secret);
// Whether the bytes are a whole record of this key.
bool record_is_intact(const void *bytes, size_t length, const RecordKey *key);

// Replace `out` by the record of a file's facts. False when they are too large for one.
bool facts_pack(Text *out, const RecordKey *key, const Facts *facts);
// Make the facts that were packed, which the caller releases. False for what is no intact record.
bool facts_unpack(Facts *facts, const void *bytes, size_t length, const RecordKey *key);

// The same for what a file mentions, or why it is skipped.
void mentions_pack(Text *out, const RecordKey *key, const Mentions *mentions, Skip skip);
bool mentions_unpack(Mentions *mentions, Skip *skip, const void *bytes, size_t length, const RecordKey *key);

#endif
