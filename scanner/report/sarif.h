// sarif.h - what the files that write SARIF share.
#ifndef SEQSCAN_SARIF_H
#define SEQSCAN_SARIF_H

#include <jansson.h>

#include "../finding.h"

// {"text": ...}
json_t *sarif_message(const char *text);

// sarif_place.c: a file of the tree, and a place in it. A primary place is cut to its first line, because GitHub shows
// an alert in a pull request only when all of its lines are changed ones.
json_t *sarif_artifact(const char *path);
json_t *sarif_region(const Place *place);
json_t *sarif_location(const Place *place, bool primary);
// The folder that paths are relative to, and where its content is from; NULL for the latter if that is not known.
json_t *sarif_base_ids(const Tree *tree);
json_t *sarif_provenance(const Tree *tree);

// sarif_tool.c: the program with its rules, in their order, and what it says about a run.
json_t *sarif_tool(const Rules *rules);
json_t *sarif_invocation(const Report *report, uint32_t left_out);

// sarif_result.c: a finding of the report. `line_hash` is NULL when it stands on no line. Where others are suppressed, it
// is said that this one is not.
json_t *sarif_result(const Report *report, const Finding *finding, const char *line_hash);

#endif
