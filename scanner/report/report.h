// report.h - what the writers of several formats share.
#ifndef SEQSCAN_REPORT_H
#define SEQSCAN_REPORT_H

#include "../finding.h"

static inline const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }

// The findings, those that matter most first. The caller frees the list.
const Finding **ranked_findings(const Report *report);

// "4 findings: 2 errors, 2 warnings".
void add_counts(const Report *report, Text *out);

// Append XML or HTML text: markup is escaped, what neither may hold becomes U+FFFD.
void add_xml(Text *out, const char *text);

// Append a path as part of a URI.
void add_uri(Text *out, const char *path);

#endif
