// sarif_result.c - one finding in SARIF: the message that links to each step, the steps as a code flow, its identity.
#include "sarif.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../json_text.h"

enum { MOST_STEPS = 99 };  // GitHub shows 100 locations of a result: the steps, and where the code is reached from

static uint32_t shown_steps(const Finding *f) { return f->nsteps < MOST_STEPS ? f->nsteps : MOST_STEPS; }

// Step `i` of those that are shown; of too many, those before the last are left out.
static const Step *step_at(const Finding *f, uint32_t i) {
  return &f->steps[i + 1 == shown_steps(f) ? f->nsteps - 1 : i];
}

// Text of a message. In the text of a link brackets are escaped, elsewhere only what would be read as a link.
static void add_escaped(Text *out, const char *text, bool in_link) {
  for (; *text; text++) {
    bool bracket = *text == '[' || *text == ']' || *text == '\\';
    if (in_link ? bracket : text[0] == ']' && text[1] == '(')
      text_puts(out, "\\");
    text_add(out, text, 1);
  }
}

// A sentence: what it says, and the full stop that it may lack.
static void add_sentence(Text *out, const char *text) {
  size_t length = strlen(text);
  add_escaped(out, text, false);
  text_puts(out, length && strchr(".!?:", text[length - 1]) ? "" : ".");
}

static void add_link(Text *out, const char *text, uint32_t id) {
  text_puts(out, "[");
  add_escaped(out, text, true);
  text_printf(out, "](%" PRIu32 ")", id);
}

static json_t *message_of(const Finding *f) {
  Text text = {0};
  add_sentence(&text, f->message);
  uint32_t n = shown_steps(f);
  for (uint32_t i = 0; i < n; i++) {
    text_puts(&text, i ? ", " : "\nPath: ");
    add_link(&text, step_at(f, i)->message, i + 1);
  }
  text_puts(&text, n ? "." : "");
  if (f->cost) {
    text_puts(&text, "\nCost: ");
    add_sentence(&text, f->cost);
  }
  if (f->entry) {
    text_puts(&text, "\nReached from ");
    add_link(&text, f->entry->name, n + 1);
    text_puts(&text, ".");
  }
  if (f->help && *f->help) {
    text_puts(&text, "\nFix: ");
    add_sentence(&text, f->help);
  }
  json_t *message = sarif_message(text.at);
  text_release(&text);
  return message;
}

static json_t *told_location(const Place *place, const char *text) {
  json_t *location = sarif_location(place, false);
  json_object_set_new(location, "message", sarif_message(text));
  return location;
}

// Add a location that the message links to.
static void relate(json_t *list, const Place *place, const char *text) {
  json_t *location = told_location(place, text);
  json_set_number(location, "id", json_array_size(list) + 1);
  json_array_append_new(list, location);
}

static json_t *related_of(const Finding *f) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < shown_steps(f); i++)
    relate(list, &step_at(f, i)->place, step_at(f, i)->message);
  if (f->entry)
    relate(list, &f->entry->place, f->entry->name);
  return list;
}

static json_t *code_flow_of(const Finding *f) {
  json_t *steps = json_array();
  for (uint32_t i = 0; i < shown_steps(f); i++) {
    const Step *step = step_at(f, i);
    json_array_append_new(steps, json_pack("{s:o}", "location", told_location(&step->place, step->message)));
  }
  return json_pack("{s:[{s:o}]}", "threadFlows", "locations", steps);
}

static json_t *fingerprints_of(const Finding *f, const char *line_hash) {
  char own[17];
  snprintf(own, sizeof own, "%016" PRIx64, f->fingerprint);
  json_t *prints = json_object();
  if (line_hash)
    json_set_text(prints, "primaryLocationLineHash", line_hash);
  json_set_text(prints, "seqscan/v1", own);
  return prints;
}

static json_t *suppressions_of(const Finding *f) {
  static const char *const kinds[] = {NULL, "inSource", "external"};  // by Suppressed
  json_t *list = json_array();
  if (f->suppressed == SUPPRESSED_NO)
    return list;
  json_t *one = json_pack("{s:s}", "kind", kinds[f->suppressed]);
  if (f->justification && *f->justification)
    json_set_text(one, "justification", f->justification);
  json_array_append_new(list, one);
  return list;
}

static json_t *properties_of(const Finding *f) {
  json_t *properties = json_object();
  json_set_text(properties, "confidence", confidence_name(f->confidence));
  json_set_text(properties, "context", context_name(f->context));
  if (f->library)
    json_set_text(properties, "library", f->library);
  return properties;
}

static json_t *fix_of(const Fix *fix) {
  json_t *edits = json_array();
  for (uint32_t i = 0; i < fix->nedits; i++)
    json_array_append_new(edits, json_pack("{s:o, s:o}", "deletedRegion", sarif_region(&fix->edits[i].place), "insertedContent",
                                           sarif_message(fix->edits[i].text)));
  return json_pack("{s:o, s:[{s:o, s:o}], s:{s:b, s:s*}}", "description", sarif_message(fix->description), "artifactChanges",
                   "artifactLocation", sarif_artifact(fix->edits[0].place.source->path), "replacements", edits, "properties",
                   "safe", (int)fix->safe, "doubt", fix->doubt);
}

json_t *sarif_result(const Report *report, const Finding *f, const char *line_hash) {
  static const char *const states[] = {NULL, "new", "unchanged"};  // by BaselineState
  json_t *result = json_pack("{s:s, s:i, s:s, s:o, s:[o], s:o, s:o}", "ruleId", f->rule->id, "ruleIndex",
                             (int)(f->rule - report->rules->at), "level", level_name(f->level), "message", message_of(f),
                             "locations", sarif_location(&f->place, true), "partialFingerprints",
                             fingerprints_of(f, line_hash), "properties", properties_of(f));
  if (f->nsteps || f->entry)
    json_object_set_new(result, "relatedLocations", related_of(f));
  if (f->nsteps > 1)
    json_object_set_new(result, "codeFlows", json_pack("[o]", code_flow_of(f)));
  if (f->fix)
    json_object_set_new(result, "fixes", json_pack("[o]", fix_of(f->fix)));
  if (f->baseline != BASELINE_NONE)
    json_set_text(result, "baselineState", states[f->baseline]);
  if (f->suppressed || report->suppressed.n)
    json_object_set_new(result, "suppressions", suppressions_of(f));
  return result;
}
