// gitlab.c - the code quality report of GitLab: an array of issues as Code Climate defines them.
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "../finding.h"
#include "../json_text.h"

static json_t *location_of(const Place *place) {
  return json_pack("{s:o, s:{s:i, s:i}}", "path", json_text(place->source->path), "lines", "begin",
                   (int)place->line, "end", (int)place->end_line);
}

static json_t *other_locations(const Finding *f) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < f->nsteps; i++)
    json_array_append_new(list, location_of(&f->steps[i].place));
  return list;
}

// The steps and the fix, as Markdown of which nothing is taken for markup.
static json_t *body_of(const Finding *f) {
  Text body = {0};
  for (uint32_t i = 0; i < f->nsteps; i++)
    text_printf(&body, "    %s (%s:%" PRIu32 ")\n", f->steps[i].message, f->steps[i].place.source->path,
                f->steps[i].place.line);
  text_printf(&body, "%s%s", body.n ? "\n" : "", f->help ? f->help : "");
  json_t *content = json_pack("{s:o}", "body", json_text(body.at));
  text_release(&body);
  return content;
}

static json_t *issue_of(const Finding *f) {
  static const char *const severities[] = {"info", "minor", "major"};  // by Level
  char fingerprint[17];
  snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, f->fingerprint);
  return json_pack("{s:s, s:s, s:o, s:[s], s:s, s:s, s:o, s:o, s:o}", "type", "issue", "check_name", f->rule->id,
                   "description", json_text(f->message), "categories", "Performance", "severity",
                   severities[f->level], "fingerprint", fingerprint, "location", location_of(&f->place),
                   "other_locations", other_locations(f), "content", body_of(f));
}

int report_gitlab(const Report *report, const ReportOptions *options, Text *out, Error *err) {
  (void)options;
  text_puts(out, "[");
  for (uint32_t i = 0; i < report->findings.n; i++) {
    text_puts(out, i ? ",\n" : "\n");
    if (json_write(issue_of(&report->findings.at[i]), JSON_COMPACT, out, err))
      return -1;
  }
  text_puts(out, "\n]\n");
  return 0;
}
