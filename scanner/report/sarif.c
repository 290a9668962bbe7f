// sarif.c - the report as a SARIF 2.1.0 log, one result a line: the log, its run and its limits.
//
// GitHub takes no more than 25,000 results and 10 MB of compressed text: the findings that matter least are left out,
// and the run says so. Results are written one by one, because a tree of all of them would take much memory.
#include "sarif.h"

#include <inttypes.h>
#include <stdio.h>
#include <zlib.h>

#include "../json_text.h"
#include "line_hash.h"
#include "report.h"

enum { MOST_RESULTS = 25000, MOST_BYTES = 10 * 1000 * 1000 };

typedef struct Writer {
  const Report *report;
  Reader *reader;
  const Source *source;  // whose lines are in `hashes`
  LineHashes hashes;
  Text source_text;
  Text results;
} Writer;

json_t *sarif_message(const char *text) { return json_pack("{s:o}", "text", json_text(text)); }

// The hash of the line that the finding stands on, as "hash:count"; empty of one that stands on no line.
static int line_hash(Writer *w, const Finding *f, char *out, size_t size, Error *err) {
  Skip skip;
  if (w->source != f->place.source) {
    w->source = f->place.source;
    w->hashes.n = 0;
    if (reader_read(w->reader, w->source, &w->source_text, &skip, err))
      return -1;
    line_hashes(&w->source_text, &w->hashes);
  }
  *out = '\0';
  if (!f->place.line || f->place.line > w->hashes.n)
    return 0;
  const LineHash *hash = &w->hashes.at[f->place.line - 1];
  snprintf(out, size, "%" PRIx64 ":%" PRIu32, hash->hash, hash->count);
  return 0;
}

static int add_result(Writer *w, const Finding *f, Error *err) {
  char hash[32];
  if (line_hash(w, f, hash, sizeof hash, err))
    return -1;
  text_puts(&w->results, w->results.n ? ",\n" : "\n");
  return json_write(sarif_result(w->report, f, *hash ? hash : NULL), JSON_COMPACT, &w->results, err);
}

// Whether the finding at each index of the report is among the first `limit` by rank.
static bool *best_findings(const Report *report, uint32_t limit) {
  const Finding **ranked = ranked_findings(report);
  bool *kept = xcalloc(report->findings.n + 1, sizeof *kept);
  for (uint32_t i = 0; i < report->findings.n && i < limit; i++)
    kept[ranked[i] - report->findings.at] = true;
  xfree(ranked);
  return kept;
}

static int add_results(Writer *w, uint32_t limit, Error *err) {
  bool *kept = best_findings(w->report, limit);
  int status = 0;
  text_clear(&w->results);
  for (uint32_t i = 0; !status && i < w->report->findings.n; i++)
    if (kept[i])
      status = add_result(w, &w->report->findings.at[i], err);
  uint32_t shown = w->report->findings.n, room = limit > shown ? limit - shown : 0;
  for (uint32_t i = 0; !status && i < w->report->suppressed.n && i < room; i++)
    status = add_result(w, &w->report->suppressed.at[i], err);
  xfree(kept);
  return status;
}

static json_t *coverage_of(const Coverage *coverage) {
  return json_pack("{s:i, s:i, s:i}", "callsSeen", (int)coverage->sites_seen, "callsResolved",
                   (int)coverage->sites_resolved, "callsElse", (int)coverage->sites_other);
}

// A run but for its results.
static json_t *run_of(const Report *report, uint32_t left_out) {
  json_t *provenance = sarif_provenance(report->tree);
  json_t *run = json_pack("{s:o, s:s, s:o, s:[o], s:{s:o}}", "tool", sarif_tool(report->rules), "columnKind", "utf16CodeUnits",
                          "originalUriBaseIds", sarif_base_ids(report->tree), "invocations",
                          sarif_invocation(report, left_out), "properties", "coverage", coverage_of(&report->coverage));
  if (provenance)
    json_object_set_new(run, "versionControlProvenance", json_pack("[o]", provenance));
  return run;
}

// The log: `run` is an object, in which the results come last.
static int add_log(Writer *w, uint32_t left_out, Text *out, Error *err) {
  text_puts(out, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[\n");
  if (json_write(run_of(w->report, left_out), JSON_COMPACT, out, err))
    return -1;
  out->at[--out->n] = '\0';  // the brace that ends the run
  text_puts(out, ",\"results\":[");
  text_add(out, w->results.at, w->results.n);
  text_puts(out, "]}]}\n");
  return 0;
}

// Whether the text is small enough to upload; a text that is small itself need not be compressed to know it.
static bool fits(const Text *text) {
  uLongf size = compressBound((uLong)text->n);
  if (size <= MOST_BYTES)
    return true;
  Bytef *packed = xmalloc(size);
  int status = compress2(packed, &size, (const Bytef *)text->at, (uLong)text->n, Z_BEST_SPEED);
  xfree(packed);
  return status == Z_OK && size <= MOST_BYTES;
}

static int write_log(Writer *w, Text *out, Error *err) {
  size_t start = out->n;
  for (uint32_t limit = MOST_RESULTS; limit; limit /= 2) {
    uint32_t all = w->report->findings.n + w->report->suppressed.n;
    out->n = start;
    if (add_results(w, limit, err) || add_log(w, all > limit ? all - limit : 0, out, err))
      return -1;
    if (fits(out))
      return 0;
  }
  return fail(err, "the SARIF report is larger than what can be uploaded");
}

int report_sarif(const Report *report, const ReportOptions *options, Text *out, Error *err) {
  (void)options;
  Writer w = {.report = report};
  if (reader_open(&w.reader, report->tree, err))
    return -1;
  text_puts(&w.results, "");
  int status = write_log(&w, out, err);
  reader_free(w.reader);
  vec_release(&w.hashes);
  text_release(&w.source_text);
  text_release(&w.results);
  return status;
}
