// github.c - workflow commands, of which GitHub makes annotations. It shows ten of a level and drops the others, so the
// findings that matter most come first and no more than it shows; all are in the summary of the step (deliver.c).
#include <inttypes.h>
#include <string.h>

#include "../utf8.h"
#include "report.h"

enum { MOST_OF_LEVEL = 10 };

// Append text in which `special` characters are written as %XX.
static void add_escaped(Text *out, const char *text, const char *special) {
  Text clean = {0};
  utf8_add(&clean, text, strlen(text));
  for (size_t i = 0; i < clean.n; i++) {
    if (strchr(special, clean.at[i]))
      text_printf(out, "%%%02X", (unsigned)(unsigned char)clean.at[i]);
    else
      text_add(out, &clean.at[i], 1);
  }
  text_release(&clean);
}

static void add_property(Text *out, const char *text) { add_escaped(out, text, "%\r\n:,"); }
static void add_data(Text *out, const char *text) { add_escaped(out, text, "%\r\n"); }

static void add_steps(Text *data, const Finding *f) {
  for (uint32_t i = 0; i < f->nsteps; i++)
    text_printf(data, "\n%s %s (%s:%" PRIu32 ")", i ? "->" : "  ", f->steps[i].message, f->steps[i].place.source->path,
                f->steps[i].place.line);
}

// One line of the file: an annotation of several lines is shown below the last one.
static void add_annotation(Text *out, const Finding *f) {
  static const char *const commands[] = {"notice", "warning", "error"};  // by Level
  Text data = {0};
  text_puts(&data, f->message);
  add_steps(&data, f);
  if (f->help && *f->help)
    text_printf(&data, "\nfix: %s", f->help);
  text_printf(out, "::%s file=", commands[f->level]);
  add_property(out, f->place.source->path);
  text_printf(out, ",line=%" PRIu32 ",endLine=%" PRIu32 ",col=%" PRIu32 ",endColumn=%" PRIu32 ",title=", f->place.line,
              f->place.line, f->place.column, f->place.first_end);
  add_property(out, f->rule->id);
  text_puts(out, "::");
  add_data(out, data.at);
  text_puts(out, "\n");
  text_release(&data);
}

int report_github(const Report *report, const ReportOptions *options, Text *out, Error *err) {
  (void)options, (void)err;
  const Finding **ranked = ranked_findings(report);
  uint32_t shown[3] = {0}, all = 0;
  for (uint32_t i = 0; i < report->findings.n; i++) {
    if (++shown[ranked[i]->level] > MOST_OF_LEVEL)
      continue;
    add_annotation(out, ranked[i]);
    all++;
  }
  text_puts(out, "seqscan: ");
  add_counts(report, out);
  if (all < report->findings.n)
    text_printf(out, "; %" PRIu32 " of them are annotated, the summary of the step lists all", all);
  text_puts(out, "\n");
  xfree(ranked);
  return 0;
}
