// records.h - the facts and the mentions of a file, and what is found in a tree, as records of bytes that can be kept and
// found damaged.
#ifndef SEQSCAN_RECORDS_H
#define SEQSCAN_RECORDS_H

#include "facts.h"
#include "known.h"
#include "mentions.h"
#include "sql_texts.h"
#include "state.h"

typedef enum RecordKind { RECORD_FACTS, RECORD_MENTIONS, RECORD_KNOWN, RECORD_REPORT, RECORD_NEEDS, RECORD_SQL } RecordKind;

// What a record depends on, and nothing else.
typedef struct RecordKey {
  uint64_t version;    // of what makes it, a hash of its sources, with the secret of who keeps it
  uint8_t id[20];      // a git blob, or the state of a tree, or a hash of an SQL text
  uint8_t lang, kind;  // Lang, RecordKind
  uint16_t unused;     // 0: keys are compared as bytes
} RecordKey;

// Facts are trusted as they are, so a record is found by a secret as well: nobody else can leave one, as in the git
// directory of a repository that came in an archive. Facts depend on the version of the rules that files are asked for, `own`.
RecordKey record_key(const Source *source, RecordKind kind, uint64_t own, uint64_t secret);
RecordKey record_key_of_state(const State *state, RecordKind kind, uint64_t secret);
RecordKey record_key_of_sql(const char *text, uint64_t secret);
// Whether the bytes are a whole record of this key.
bool record_is_intact(const void *bytes, size_t length, const RecordKey *key);
// Make bytes one, whose head is still all zero.
enum { RECORD_HEAD = 16 };
void record_seal(Text *record, const RecordKey *key);

// Replace `out` by the record of a file's facts. False when they are too large for one.
bool facts_pack(Text *out, const RecordKey *key, const Facts *facts);
// Make the facts that were packed, which the caller releases. False for what is no intact record.
bool facts_unpack(Facts *facts, const void *bytes, size_t length, const RecordKey *key);

// The same for what a file mentions, or why it is skipped.
void mentions_pack(Text *out, const RecordKey *key, const Mentions *mentions, Skip skip);
bool mentions_unpack(Mentions *mentions, Skip *skip, const void *bytes, size_t length, const RecordKey *key);

// The same for what is found in a state of a tree: as little as a change is compared with,
void known_pack(Text *out, const RecordKey *key, const Known *known);
bool known_unpack(Known *known, const void *bytes, size_t length, const RecordKey *key);
// and all of it. The report to fill has its tree, which is in that state, and its rules.
bool report_pack(Text *out, const RecordKey *key, const Report *report);
bool report_unpack(Report *report, const void *bytes, size_t length, const RecordKey *key);

// The same for which files of a tree are needed, a Need each.
void needs_pack(Text *out, const RecordKey *key, const uint8_t *needs, size_t count);
bool needs_unpack(uint8_t *needs, size_t count, const void *bytes, size_t length, const RecordKey *key);

// The same for the tree of an SQL text, which the arena then holds.
void sql_pack(Text *out, const RecordKey *key, const SqlText *sql);
bool sql_unpack(SqlText *sql, Arena *arena, const void *bytes, size_t length, const RecordKey *key);

#endif
