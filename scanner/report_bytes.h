// report_bytes.h - the report on a tree as bytes, from which it is made again as long as the tree is the same.
#ifndef SEQSCAN_REPORT_BYTES_H
#define SEQSCAN_REPORT_BYTES_H

#include "finding.h"

// Append what was found. Notes and times, which are of the run, are left out, and so are files that could not be read and
// calls that are listed because they are not resolved.
void report_write(Text *out, const Report *report);
// Fill a report that has its tree and its rules, and nothing else but notes. False for what no report on them gave, and
// nothing is filled in.
bool report_read(Report *report, const void *bytes, size_t length);

#endif
