// junit.c - JUnit XML: a suite for each rule, a test for each finding. A finding that makes the run fail is a failed
// test, another one a skipped test; where nothing is found one test has passed, because readers refuse an empty report.
#include <inttypes.h>

#include "report.h"

typedef struct Writer {
  const Report *report;
  const ReportOptions *options;
  Text *out;
} Writer;

// An attribute; line ends in it would be read as blanks.
static void add_attribute(Text *out, const char *name, const char *value) {
  Text text = {0};
  text_puts(&text, "");
  add_xml(&text, value);
  text_printf(out, " %s=\"", name);
  for (size_t i = 0; i < text.n; i++) {
    if (text.at[i] == '\n')
      text_puts(out, "&#10;");
    else
      text_add(out, &text.at[i], 1);
  }
  text_puts(out, "\"");
  text_release(&text);
}

static void add_details(Text *out, const Finding *f) {
  Text text = {0};
  text_printf(&text, "%s:%" PRIu32 ":%" PRIu32 ": %s\n", f->place.source->path, f->place.line, f->place.column,
              f->message);
  for (uint32_t i = 0; i < f->nsteps; i++)
    text_printf(&text, "  %s (%s:%" PRIu32 ")\n", f->steps[i].message, f->steps[i].place.source->path,
                f->steps[i].place.line);
  if (f->entry)
    text_printf(&text, "reached from: %s\n", f->entry->name);
  if (f->help && *f->help)
    text_printf(&text, "help: %s\n", f->help);
  add_xml(out, text.at);
  text_release(&text);
}

static void add_case(Writer *w, const Finding *f) {
  bool fails = fails_run(w->options, f);
  Text name = {0};
  text_printf(&name, "%s:%" PRIu32 ":%" PRIu32, f->place.source->path, f->place.line, f->place.column);
  text_puts(w->out, "    <testcase");
  add_attribute(w->out, "name", name.at);
  add_attribute(w->out, "classname", f->rule->id);
  text_puts(w->out, fails ? ">\n      <failure" : ">\n      <skipped");
  if (fails) {
    add_attribute(w->out, "message", f->message);
    add_attribute(w->out, "type", level_name(f->level));
  }
  text_puts(w->out, ">");
  add_details(w->out, f);
  text_puts(w->out, fails ? "</failure>\n    </testcase>\n" : "</skipped>\n    </testcase>\n");
  text_release(&name);
}

typedef struct Counts {
  uint32_t all, failed;
} Counts;

// Of one rule, or of all when it is NULL.
static Counts count(const Writer *w, const RuleInfo *rule) {
  Counts counts = {0};
  for (uint32_t i = 0; i < w->report->findings.n; i++) {
    const Finding *f = &w->report->findings.at[i];
    bool counted = !rule || f->rule == rule;
    counts.all += counted;
    counts.failed += counted && fails_run(w->options, f);
  }
  return counts;
}

static void add_suite(Writer *w, const RuleInfo *rule) {
  Counts counts = count(w, rule);
  if (!counts.all)
    return;
  text_puts(w->out, "  <testsuite");
  add_attribute(w->out, "name", rule->id);
  text_printf(w->out,
              " tests=\"%" PRIu32 "\" failures=\"%" PRIu32 "\" errors=\"0\" skipped=\"%" PRIu32 "\" time=\"0\">\n",
              counts.all, counts.failed, counts.all - counts.failed);
  for (uint32_t i = 0; i < w->report->findings.n; i++)
    if (w->report->findings.at[i].rule == rule)
      add_case(w, &w->report->findings.at[i]);
  text_puts(w->out, "  </testsuite>\n");
}

int report_junit(const Report *report, const ReportOptions *options, Text *out, Error *err) {
  (void)err;
  Writer w = {report, options, out};
  Counts counts = count(&w, NULL);
  text_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  text_printf(out, "<testsuites name=\"seqscan\" failures=\"%" PRIu32 "\" time=\"%.3f\">\n", counts.failed,
              (double)report->elapsed_ms / 1000);
  for (size_t i = 0; i < report->rules->n; i++)
    add_suite(&w, &report->rules->at[i]);
  if (!counts.all)
    text_puts(out, "  <testsuite name=\"seqscan\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0\">\n"
                   "    <testcase name=\"no findings\" classname=\"seqscan\"/>\n  </testsuite>\n");
  text_puts(out, "</testsuites>\n");
  return 0;
}
