// markdown.c - the report as a comment of a pull request, or as the summary of a CI step: one line for each finding,
// with its chain and fix folded below it.
//
// All that comes from the scanned code is put into HTML blocks, where it is never taken for Markdown. GitHub takes a
// comment of 65,536 characters: what has no room is counted.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { COMMENT_ROOM = 65000, ROOM_FOR_REST = 600 };

typedef struct Writer {
  const Report *report;
  Text *out;
  Text links;  // address of the tree of files at the web, "" when it is not known
} Writer;

// Where CI services show the files of a commit.
static const struct {
  const char *server, *project;  // variables of the environment
  const char *files;
} services[] = {
    {"GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "/blob/"},
    {"CI_SERVER_URL", "CI_PROJECT_PATH", "/-/blob/"},
};

static bool has_pairs(const char *text, char mark) {
  uint32_t count = 0;
  for (; (text = strchr(text, mark)); text++)
    count++;
  return count % 2 == 0;
}

// HTML text that is no Markdown and calls nobody: `code` of messages is set as code, and @name and #1 stay text.
static void add_prose(Text *out, const char *text) {
  bool code = false, marks = has_pairs(text, '`');
  for (size_t length; *text; text += length) {
    length = strcspn(text, "`\r\n@#");
    char *part = xstrndup(text, length);
    add_xml(out, part);
    xfree(part);
    char special = text[length];
    if (special == '`' && marks)
      text_puts(out, (code = !code) ? "<code>" : "</code>");
    else if (special == '\n')
      text_puts(out, "<br>");
    else if (special == '\r')
      text_puts(out, " ");
    else if (special)
      text_printf(out, "%c%s", special, code ? "" : "&#8203;");
    length += special != '\0';
  }
  text_puts(out, code ? "</code>" : "");
}

// Start code with a path or name, on one line: an empty line would end the block. The caller ends the code.
static void open_code(Text *out, const char *text) {
  char *line = xstrndup(text, strlen(text));
  for (char *end = line; *(end += strcspn(end, "\r\n"));)
    *end = ' ';
  text_puts(out, "<code>");
  add_xml(out, line);
  xfree(line);
}

static void find_links(Writer *w) {
  const char *revision = tree_provenance(w->report->tree)->revision;
  for (size_t i = 0; revision && !w->links.n && i < COUNT(services); i++) {
    const char *server = getenv(services[i].server), *project = getenv(services[i].project);
    if (server && project)
      text_printf(&w->links, "%s/%s%s%s/", server, project, services[i].files, revision);
  }
}

static void add_place(Writer *w, const Place *place, Text *out) {
  if (w->links.n) {
    text_puts(out, "<a href=\"");
    add_xml(out, w->links.at);
    add_uri(out, place->source->path);
    text_printf(out, "#L%" PRIu32 "\">", place->line);
  }
  open_code(out, place->source->path);
  text_printf(out, ":%" PRIu32 "</code>%s", place->line, w->links.n ? "</a>" : "");
}

static void add_steps(Writer *w, const Finding *f, Text *out) {
  text_puts(out, f->nsteps ? "<ol>\n" : "");
  for (uint32_t i = 0; i < f->nsteps; i++) {
    text_puts(out, "<li>");
    add_prose(out, f->steps[i].message);
    text_puts(out, " ");
    add_place(w, &f->steps[i].place, out);
    text_puts(out, "</li>\n");
  }
  text_puts(out, f->nsteps ? "</ol>\n" : "");
}

// One block of HTML: it ends with the first empty line.
static void add_finding(Writer *w, const Finding *f, Text *out) {
  text_printf(out, "\n<details><summary><b>%s</b> ", level_name(f->level));
  add_place(w, &f->place, out);
  text_puts(out, " ");
  add_prose(out, f->message);
  text_printf(out, " <code>%s</code></summary>\n", f->rule->id);
  add_steps(w, f, out);
  if (f->cost) {
    text_puts(out, "<p>Cost: ");
    add_prose(out, f->cost);
    text_puts(out, "</p>\n");
  }
  if (f->entry) {
    text_puts(out, "<p>Reached from ");
    open_code(out, f->entry->name);
    text_puts(out, "</code> ");
    add_place(w, &f->entry->place, out);
    text_puts(out, "</p>\n");
  }
  if (f->help && *f->help) {
    text_puts(out, "<p>Fix: ");
    add_prose(out, f->help);
    text_puts(out, "</p>\n");
  }
  text_puts(out, "</details>\n");
}

// How many of the findings there was room for.
static uint32_t add_findings(Writer *w, size_t room) {
  const Finding **ranked = ranked_findings(w->report);
  Text one = {0};
  uint32_t i = 0;
  for (; i < w->report->findings.n; i++) {
    text_clear(&one);
    add_finding(w, ranked[i], &one);
    if (w->out->n + one.n + ROOM_FOR_REST > room)
      break;
    text_add(w->out, one.at, one.n);
  }
  text_release(&one);
  xfree(ranked);
  return i;
}

static void add_count(Writer *w, uint32_t count, const char *what) {
  if (count)
    text_printf(w->out, "; %" PRIu32 " %s", count, what);
}

static void add_footer(Writer *w) {
  const Coverage *coverage = &w->report->coverage;
  for (uint32_t i = 0; i < w->report->notes.n; i++) {
    text_puts(w->out, "\n<p>");
    add_prose(w->out, w->report->notes.at[i]);
    text_puts(w->out, "</p>\n");
  }
  text_printf(w->out,
              "\n<sub>%" PRIu32 " file%s scanned; %" PRIu32 " of %" PRIu32 " calls that may be queries resolved to a "
              "database client, %" PRIu32 " to something else",
              coverage->files_scanned, plural(coverage->files_scanned), coverage->sites_resolved, coverage->sites_seen,
              coverage->sites_other);
  add_count(w, w->report->failed.n, "not read");
  add_count(w, coverage->known, "known from before the change");
  add_count(w, w->report->suppressed.n, "suppressed or in the baseline");
  text_puts(w->out, "</sub>\n");
}

// The comment in the first line lets a script find the comment again that it is to replace.
int report_markdown(const Report *report, const ReportOptions *options, Text *out, Error *err) {
  (void)err;
  Writer w = {.report = report, .out = out};
  find_links(&w);
  text_puts(out, "<!-- seqscan -->\n### seqscan: ");
  add_counts(report, out);
  text_puts(out, "\n");
  uint32_t shown = add_findings(&w, options->room ? options->room : COMMENT_ROOM);
  if (shown < report->findings.n)
    text_printf(out, "\n%" PRIu32 " more finding%s, for which there is no room here.\n", report->findings.n - shown,
                plural(report->findings.n - shown));
  add_footer(&w);
  text_release(&w.links);
  return 0;
}
