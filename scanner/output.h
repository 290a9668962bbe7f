// output.h - where a report goes, and files that are named on the command line.
#ifndef SEQSCAN_OUTPUT_H
#define SEQSCAN_OUTPUT_H

#include "base.h"

// Write `text` to the file, whole or not at all: it is written beside it and renamed. NULL and "-" are
// standard output; devices and pipes are written directly.
int output_write(const char *path, const Text *text, Error *err);

// Add `text` to the end of the file, which need not be there.
int output_append(const char *path, const Text *text, Error *err);

// Append all bytes of the file.
int input_read(const char *path, Text *text, Error *err);
// Fail with `PATH:LINE:COLUMN: WHAT`: a file that the user wrote is wrong at this byte of its text.
int input_wrong(const char *path, const char *text, size_t at, const char *what, Error *err);

#endif
