// known.h - findings from before: those of a baseline file, or of the revision that a change starts from.
//
// A finding is known again by its identity, which lines and files have no part in; equal ones are counted. Of equal
// ones the file tells which is which: code that was copied is new in its new file, code that was moved is known there.
#ifndef SEQSCAN_KNOWN_H
#define SEQSCAN_KNOWN_H

#include "finding.h"

typedef struct KnownFinding {
  uint64_t identity;
  const char *rule, *path;
  uint32_t count;  // how many there were
  uint32_t left;   // how many were not met again
  uint32_t next;   // of the same identity, + 1; 0 ends
} KnownFinding;

typedef struct Known {
  VEC(KnownFinding) all;
  Map first;  // identity -> its first one, + 1
  Arena arena;
} Known;

// Of two equal entries the higher count holds.
void known_add(Known *known, uint64_t identity, const char *rule, const char *path, uint32_t count);
// One more for each of the findings.
void known_add_findings(Known *known, const Finding *findings, uint32_t count);
// Whether there was such a finding in this file, one more than were asked for before.
bool known_take(Known *known, uint64_t identity, const char *path);
// Tell in `is_known` which findings were there before. Where there are more now, those that are `fresh` are new; NULL:
// none is.
void known_match(Known *known, const Finding *findings, uint32_t count, const bool *fresh, bool *is_known);
void known_release(Known *known);

#endif
