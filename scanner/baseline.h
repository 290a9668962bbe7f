// baseline.h - a file of findings that are known and not to be reported.
//
// One line for each: identity, count, rule, path; sorted by path, so that merges meet only where the findings do.
#ifndef SEQSCAN_BASELINE_H
#define SEQSCAN_BASELINE_H

#include "known.h"

// Read the text of the file `path`, which is changed. Fails when a line is none of a baseline.
int baseline_read(Known *known, const char *path, Text *text, Error *err);
// Write what the report shows.
int baseline_write(const Report *report, const char *path, Error *err);
// Write what was met again: nothing is added.
int baseline_prune(const Known *known, const char *path, Error *err);
// Move the findings that are known to Report.suppressed, and count the others of the baseline as gone.
void baseline_apply(Known *known, Report *report);

#endif
