// json.c - the reports for programs: one object, or a line for each finding. Their keys are a contract (docs and tests
// name them) and keep their order.
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "../finding.h"
#include "../json_text.h"

static void set_place(json_t *object, const Place *place) {
  json_set_text(object, "path", place->source->path);
  json_set_number(object, "line", place->line);
  json_set_number(object, "column", place->column);
  json_set_number(object, "endLine", place->end_line);
  json_set_number(object, "endColumn", place->end_column);
}

static json_t *steps_of(const Finding *finding) {
  json_t *steps = json_array();
  for (uint32_t i = 0; i < finding->nsteps; i++) {
    json_t *step = json_object();
    set_place(step, &finding->steps[i].place);
    json_set_text(step, "message", finding->steps[i].message);
    json_array_append_new(steps, step);
  }
  return steps;
}

static json_t *entry_of(const EntryPoint *entry) {
  json_t *object = json_object();
  json_set_text(object, "kind", entry->kind);
  json_set_text(object, "name", entry->name);
  set_place(object, &entry->place);
  return object;
}

static json_t *suppression_of(const Finding *finding) {
  json_t *object = json_object();
  json_set_text(object, "kind", finding->suppressed == SUPPRESSED_IN_SOURCE ? "inSource" : "external");
  json_set_text(object, "justification", finding->justification);
  return object;
}

static json_t *fix_of(const Fix *fix) {
  json_t *object = json_object(), *edits = json_array();
  json_set_text(object, "description", fix->description);
  json_object_set_new(object, "safe", json_boolean(fix->safe));
  if (fix->doubt)
    json_set_text(object, "doubt", fix->doubt);
  for (uint32_t i = 0; i < fix->nedits; i++) {
    json_t *edit = json_object();
    set_place(edit, &fix->edits[i].place);
    json_object_set_new(edit, "start", json_integer(fix->edits[i].place.start));
    json_object_set_new(edit, "end", json_integer(fix->edits[i].place.end));
    json_set_text(edit, "text", fix->edits[i].text);
    json_array_append_new(edits, edit);
  }
  json_object_set_new(object, "edits", edits);
  return object;
}

static json_t *finding_of(const Finding *finding) {
  char fingerprint[17];
  snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, finding->fingerprint);
  json_t *object = json_object();
  json_set_text(object, "rule", finding->rule->id);
  json_set_text(object, "level", level_name(finding->level));
  json_set_text(object, "confidence", confidence_name(finding->confidence));
  set_place(object, &finding->place);
  json_set_text(object, "message", finding->message);
  json_set_text(object, "help", finding->help ? finding->help : "");
  if (finding->cost)
    json_set_text(object, "cost", finding->cost);
  json_set_text(object, "fingerprint", fingerprint);
  json_set_text(object, "library", finding->library);
  json_set_text(object, "context", context_name(finding->context));
  if (finding->subject)
    json_set_text(object, "subject", finding->subject);
  if (finding->entry)
    json_object_set_new(object, "entry", entry_of(finding->entry));
  if (finding->legitimate)
    json_set_text(object, "legitimate", finding->legitimate);
  if (finding->suppressed)
    json_object_set_new(object, "suppression", suppression_of(finding));
  if (finding->fix)
    json_object_set_new(object, "fix", fix_of(finding->fix));
  json_object_set_new(object, "steps", steps_of(finding));
  return object;
}

static json_t *findings_of(const Finding *findings, uint32_t count) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < count; i++)
    json_array_append_new(list, finding_of(&findings[i]));
  return list;
}

static json_t *troubles_of(const Trouble *troubles, uint32_t count) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < count; i++) {
    json_t *object = json_object();
    json_set_text(object, "path", troubles[i].path);
    json_set_text(object, "reason", troubles[i].reason);
    json_array_append_new(list, object);
  }
  return list;
}

static json_t *paths_skipped(const Report *report, Skip reason) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < report->skipped.n; i++)
    if (report->skipped.at[i].reason == reason)
      json_array_append_new(list, json_text(report->skipped.at[i].path));
  return list;
}

static json_t *skipped_of(const Report *report) {
  const Coverage *coverage = &report->coverage;
  json_t *list = json_array();
  for (int skip = SKIP_NO + 1; skip < SKIP_COUNT; skip++) {
    if (!coverage->skipped[skip])
      continue;
    json_t *object = json_object();
    json_set_text(object, "reason", skip_reason((Skip)skip));
    json_set_number(object, "count", coverage->skipped[skip]);
    json_object_set_new(object, "paths", paths_skipped(report, (Skip)skip));
    json_array_append_new(list, object);
  }
  return list;
}

static json_t *files_of(const Report *report) {
  json_t *files = json_object();
  json_set_number(files, "scanned", report->coverage.files_scanned);
  json_set_number(files, "parsed", report->coverage.files_parsed);
  json_set_number(files, "cached", report->coverage.files_cached);
  json_set_number(files, "unrelated", report->coverage.files_unrelated);
  json_set_number(files, "tests", report->coverage.files_of_tests);
  json_object_set_new(files, "failed", troubles_of(report->failed.at, report->failed.n));
  json_object_set_new(files, "partial", troubles_of(report->partial.at, report->partial.n));
  json_object_set_new(files, "skipped", skipped_of(report));
  return files;
}

static json_t *unresolved_of(const Report *report) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < report->unresolved.n; i++) {
    json_t *object = json_object();
    set_place(object, &report->unresolved.at[i].place);
    json_set_text(object, "call", report->unresolved.at[i].call);
    json_set_text(object, "cause", report->unresolved.at[i].cause);
    json_array_append_new(list, object);
  }
  return list;
}

static json_t *coverage_of(const Coverage *coverage) {
  uint32_t known = coverage->sites_resolved + coverage->sites_other;
  json_t *object = json_object();
  json_set_number(object, "sitesSeen", coverage->sites_seen);
  json_set_number(object, "sitesResolved", coverage->sites_resolved);
  json_set_number(object, "sitesOther", coverage->sites_other);
  json_set_number(object, "sitesUnresolved", coverage->sites_seen > known ? coverage->sites_seen - known : 0);
  json_set_number(object, "legitimate", coverage->legitimate);
  json_set_number(object, "otherContext", coverage->other_context);
  json_set_number(object, "baselineGone", coverage->gone);
  json_set_number(object, "known", coverage->known);
  json_set_number(object, "untouched", coverage->untouched);
  return object;
}

static json_t *notes_of(const Report *report) {
  json_t *notes = json_array();
  for (uint32_t i = 0; i < report->notes.n; i++)
    json_array_append_new(notes, json_text(report->notes.at[i]));
  return notes;
}

static json_t *tool_of(void) {
  json_t *tool = json_object();
  json_set_text(tool, "name", "seqscan");
  json_set_text(tool, "version", SEQSCAN_VERSION);
  return tool;
}

int report_json(const Report *report, const ReportOptions *options, Text *out, Error *err) {
  json_t *root = json_object();
  json_set_number(root, "version", 1);
  json_object_set_new(root, "tool", tool_of());
  json_object_set_new(root, "findings", findings_of(report->findings.at, report->findings.n));
  json_object_set_new(root, "suppressed", findings_of(report->suppressed.at, report->suppressed.n));
  if (options->show_legitimate)
    json_object_set_new(root, "legitimate", findings_of(report->legitimate.at, report->legitimate.n));
  json_object_set_new(root, "files", files_of(report));
  json_object_set_new(root, "notes", notes_of(report));
  json_object_set_new(root, "coverage", coverage_of(&report->coverage));
  if (options->verbose)
    json_object_set_new(root, "unresolved", unresolved_of(report));
  json_set_number(root, "elapsedMs", report->elapsed_ms);
  int status = json_write(root, JSON_INDENT(2), out, err);
  text_puts(out, "\n");
  return status;
}

int report_jsonl(const Report *report, const ReportOptions *options, Text *out, Error *err) {
  (void)options;
  for (uint32_t i = 0; i < report->findings.n; i++) {
    if (json_write(finding_of(&report->findings.at[i]), JSON_COMPACT, out, err))
      return -1;
    text_puts(out, "\n");
  }
  return 0;
}
