// fresh.h - what a change brings: the findings that it is the reason for, each at a line that it touches.
#ifndef SEQSCAN_FRESH_H
#define SEQSCAN_FRESH_H

#include "change.h"
#include "known.h"

// Keep the findings that none of the bases has. Those of which no file is touched are not of the change's making (what
// is known of a file may depend on others): they are counted only.
void fresh_keep(Report *report, const Change *change, Known *bases, size_t nbases);

// Move each finding to a line that the change touches: of itself, of a step, or near to one.
int fresh_place(Report *report, const Change *change, Error *err);

#endif
