// scan.h - one run: from paths to a report.
#ifndef SEQSCAN_SCAN_H
#define SEQSCAN_SCAN_H

#include "cache.h"
#include "config.h"
#include "gather.h"
#include "known.h"

// What is printed instead of findings.
typedef enum Listing {
  LISTING_NONE,
  LISTING_SCHEMA,
  LISTING_QUERIES,
  LISTING_CONFIG,  // from here on, what needs no sources
  LISTING_RULES,
  LISTING_PAGE
} Listing;

typedef struct ScanOptions {
  const char *const *paths;
  size_t npaths;
  const char *rev;     // a revision to scan instead of the files on disk, or NULL
  bool staged;         // scan the index, and report what it brings
  const char *diff;    // report what is new since the merge base with this revision, or NULL
  CacheOptions cache;
  uint64_t max_bytes;  // larger files are skipped
  bool all_contexts;   // report tests, seeds, migrations and scripts as well
  bool unresolved;     // list the calls that may be queries and are not resolved
  const char *config;  // a configuration to take in place of the tree's, or NULL
  const char *baseline;  // a file of findings not to report; NULL: the one of the configuration
  bool all_findings;   // no baseline at all
  bool counts_known;   // Terms.known is to tell what was met, so that findings are not recalled
  int fail_on;         // FailOn, -1: as the configuration says
  GatherOptions gather;
  Listing what;        // print this to `listing` and judge nothing
  const char *rule;    // of which the page is printed
  bool json;           // what is listed is JSON
  bool last;           // the process ends after it
  Text *listing;
} ScanOptions;

// By what findings are told: the configuration with the options of the command line applied, and a baseline.
typedef struct Terms {
  Config config;
  Known known;           // the baseline
  const char *baseline;  // its file, NULL if there is none
  uint64_t known_version;  // a hash of that, 0 if there is none
} Terms;

// Fill a zeroed report and terms; places are resolved. The caller releases both, also after a failure.
int scan_run(Report *report, Terms *terms, const ScanOptions *options, Error *err);
void terms_release(Terms *terms);
void report_release(Report *report);

#endif
