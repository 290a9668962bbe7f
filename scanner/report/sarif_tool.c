// sarif_tool.c - what SARIF says of the program: its rules with their pages, and what went wrong in a run.
#include "sarif.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "../json_text.h"

// The build may say where the project is at home (-DSEQSCAN_HOMEPAGE).
#ifndef SEQSCAN_HOMEPAGE
#define SEQSCAN_HOMEPAGE "pkg:generic/seqscan"
#endif

// Kinds of notifications; a row for each, in this order.
typedef enum Notice {
  NOTICE_NOT_READ,
  NOTICE_PARTIAL,
  NOTICE_SKIPPED,
  NOTICE_LEFT_OUT,
  NOTICE_RUN,
  NOTICE_COUNT
} Notice;

static const struct {
  const char *id, *level, *summary, *help;
} notices[NOTICE_COUNT] = {
    {"file-not-read", "warning", "A file could not be read or parsed: nothing is known of it.",
     "Findings of this file, and of code that calls it, may be missing. The message says what went wrong."},
    {"file-partly-understood", "note", "A file was only partly understood.",
     "What could be read was read; findings of the other parts may be missing."},
    {"files-skipped", "note", "Files were not read.",
     "Large, minified, generated and vendored files are not read. --max-file-size and .gitattributes say which."},
    {"findings-left-out", "warning", "There are more findings than a report may hold.",
     "Code scanning takes 25,000 results and 10 MB. --format json writes all findings."},
    {"about-the-run", "warning", "Something about the run that its reader must know.", "The message says what."},
};

// "query-in-loop" as "QueryInLoop".
static json_t *identifier_of(const char *id) {
  Text name = {0};
  for (bool start = true; *id; start = *id++ == '-')
    if (*id != '-')
      text_printf(&name, "%c", start ? toupper((unsigned char)*id) : *id);
  json_t *value = json_text(name.at);
  text_release(&name);
  return value;
}

static json_t *sentence(const char *text) {
  Text whole = {0};
  text_printf(&whole, "%s.", text);
  json_t *message = sarif_message(whole.at);
  text_release(&whole);
  return message;
}

// The paragraph below the page's title, on one line.
static json_t *first_paragraph(const char *page) {
  const char *start = strstr(page, "\n\n"), *end = start ? strstr(start + 2, "\n\n") : NULL;
  if (!end)
    return NULL;
  char *text = xstrndup(start + 2, (size_t)(end - start) - 2);
  for (char *feed = text; (feed = strchr(feed, '\n'));)
    *feed = ' ';
  json_t *message = sarif_message(text);
  xfree(text);
  return message;
}

static json_t *rule_of(const RuleInfo *rule) {
  static const char *const severities[] = {"recommendation", "warning", "error"};  // by Level, in GitHub's words
  const char *page = rule_page(rule);
  json_t *full = first_paragraph(page);
  json_t *object = json_pack("{s:s, s:o, s:o, s:{s:o, s:o}, s:{s:s}, s:{s:s, s:s, s:[s,s]}}", "id", rule->id,
                             "shortDescription", sentence(rule->summary), "fullDescription",
                             full ? full : sentence(rule->summary), "help", "text", json_text(page), "markdown",
                             json_text(page), "defaultConfiguration", "level", level_name(rule->level), "properties",
                             "precision", rule->level == LEVEL_NOTE ? "medium" : "high", "problem.severity",
                             severities[rule->level], "tags", "performance", "database");
  if (strchr(rule->id, '-'))  // of one word, the name would be the id
    json_object_set_new(object, "name", identifier_of(rule->id));
  return object;
}

static json_t *notice_of(Notice notice) {
  return json_pack("{s:s, s:o, s:o, s:o}", "id", notices[notice].id, "shortDescription",
                   sarif_message(notices[notice].summary), "fullDescription", sarif_message(notices[notice].summary),
                   "help", sarif_message(notices[notice].help));
}

json_t *sarif_tool(const Rules *rules) {
  json_t *list = json_array(), *kinds = json_array();
  for (size_t i = 0; i < rules->n; i++)
    json_array_append_new(list, rule_of(&rules->at[i]));
  for (int i = 0; i < NOTICE_COUNT; i++)
    json_array_append_new(kinds, notice_of((Notice)i));
  return json_pack("{s:{s:s, s:s, s:s, s:s, s:o, s:o}}", "driver", "name", "seqscan", "version", SEQSCAN_VERSION,
                   "semanticVersion", SEQSCAN_VERSION, "informationUri", SEQSCAN_HOMEPAGE, "rules", list,
                   "notifications", kinds);
}

static json_t *notification(Notice notice, const char *text) {
  return json_pack("{s:{s:s, s:i}, s:s, s:o}", "descriptor", "id", notices[notice].id, "index", (int)notice, "level",
                   notices[notice].level, "message", sarif_message(text));
}

static void notify_files(json_t *list, Notice notice, const Trouble *troubles, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    json_t *one = notification(notice, troubles[i].reason);
    json_t *artifact = sarif_artifact(troubles[i].path);
    json_object_set_new(one, "locations", json_pack("[{s:{s:o}}]", "physicalLocation", "artifactLocation", artifact));
    json_array_append_new(list, one);
  }
}

static void notify_count(json_t *list, Notice notice, uint32_t count, const char *what) {
  Text text = {0};
  text_printf(&text, "%" PRIu32 " %s.", count, what);
  if (count)
    json_array_append_new(list, notification(notice, text.at));
  text_release(&text);
}

json_t *sarif_invocation(const Report *report, uint32_t left_out) {
  json_t *list = json_array();
  notify_files(list, NOTICE_NOT_READ, report->failed.at, report->failed.n);
  notify_files(list, NOTICE_PARTIAL, report->partial.at, report->partial.n);
  for (int skip = SKIP_NO + 1; skip < SKIP_COUNT; skip++)
    notify_count(list, NOTICE_SKIPPED, report->coverage.skipped[skip], skip_reason((Skip)skip));
  notify_count(list, NOTICE_LEFT_OUT, left_out, "findings that matter least are left out");
  for (uint32_t i = 0; i < report->notes.n; i++)
    json_array_append_new(list, notification(NOTICE_RUN, report->notes.at[i]));
  return json_pack("{s:b, s:o}", "executionSuccessful", 1, "toolExecutionNotifications", list);
}
