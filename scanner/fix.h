// fix.h - changes to the files on disk: the fixes that findings come with, and comments that keep findings back.
#ifndef SEQSCAN_FIX_H
#define SEQSCAN_FIX_H

#include "finding.h"

// What was changed.
typedef struct Fixed {
  uint32_t changes, files;
  VEC(Trouble) left;  // files that were left as they were, or of which something was, and why; the strings are the report's
} Fixed;

// lay_out.c: settle the texts of all fixes of a report by those of their files. Fixes that do not fit there are dropped.
int fixes_lay_out(Report *report, Error *err);

// Apply the safe fixes of the findings to the files on disk. Of those that overlap the first is applied: scan again for
// the others. A file that would have new syntax errors is left as it was.
int fixes_apply(Report *report, Fixed *fixed, Error *err);

// suppress_add.c: write a comment above each finding that keeps it back.
int suppressions_add(Report *report, const char *reason, Fixed *fixed, Error *err);

void fixed_release(Fixed *fixed);

//
// What both stand on
//

// Replace `out` by the text with the edits made.
void edits_make(const Text *text, const Replacement *edits, uint32_t count, Text *out);
// Write the file unless it would have more syntax errors than before; then it is named in `fixed`. The number of changes
// is counted there.
int change_file(Report *report, const Source *source, const Text *before, const Text *after, uint32_t changes, Fixed *fixed,
                Error *err);
// Name a file in `fixed`.
void leave(Report *report, const Source *source, const char *why, Fixed *fixed);

#endif
