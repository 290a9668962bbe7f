// scan.h - one run: from paths to a report.
#ifndef SEQSCAN_SCAN_H
#define SEQSCAN_SCAN_H

#include "known.h"

// What is printed instead of findings.
typedef enum Listing { LISTING_NONE, LISTING_SCHEMA, LISTING_QUERIES } Listing;

typedef struct ScanOptions {
  const char *const *paths;
  size_t npaths;
  const char *rev;     // a revision to scan instead of the files on disk, or NULL
  bool staged;         // scan the index, and report what it brings
  const char *diff;    // report what is new since the merge base with this revision, or NULL
  unsigned jobs;       // threads, 0: as many as there are processors
  uint64_t max_bytes;  // larger files are skipped
  bool all_contexts;   // report tests, seeds, migrations and scripts as well
  Known *baseline;     // findings not to report, or NULL
  bool unresolved;     // list the calls that may be queries and are not resolved
  bool progress;       // tell on stderr how far it is
  Listing what;        // print this to `listing` and judge nothing
  bool json;           // what is listed is JSON
  Text *listing;
} ScanOptions;

// Fill a zeroed report; its places are resolved. The caller releases it, also after a failure.
int scan_run(Report *report, const ScanOptions *options, Error *err);
void report_release(Report *report);

#endif
