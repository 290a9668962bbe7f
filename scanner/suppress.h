// suppress.h - comments that keep findings back.
//
//   // seqscan-ignore-next-line RULE, RULE -- reason
//
// also `-line`, `-file`, and `-start` ... `-end`; without a rule all are meant. A comment speaks of the lines that any
// step of a finding stands on, so it may stand at the loop, at a call on the way, or at the query.
#ifndef SEQSCAN_SUPPRESS_H
#define SEQSCAN_SUPPRESS_H

#include "program.h"

// Collect the comments of all files, before the rules speak.
void suppressions_read(Report *report, const Program *p);
// Move the findings that comments speak of to Report.suppressed, and forget the claims that such a comment is unused.
// All places are resolved.
void suppressions_apply(Report *report);

const char *suppression_name(SuppressionKind kind);  // "seqscan-ignore-line"

#endif
