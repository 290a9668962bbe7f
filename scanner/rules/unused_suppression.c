// unused-suppression: a comment `seqscan-ignore-...` that keeps no finding back, or cannot be understood.
//
// All comments are claimed here; suppress.c withdraws the claims about those that turn out to be used.
#include <string.h>

#include "../judge.h"
#include "../suppress.h"

// What the comment says, without its reason.
static const char *said(const Suppression *s, Arena *arena) {
  if (s->problem)
    return "this comment";
  return arena_printf(arena, "%s%s%s", suppression_name(s->kind), s->rule ? " " : "", s->rule ? s->rule : "");
}

void unused_suppression(Judge *j) {
  Report *report = j->report;
  Arena *arena = &report->arena;
  for (uint32_t i = 0; i < report->suppressions.n; i++) {
    const Suppression *s = &report->suppressions.at[i];
    const char *what = said(s, arena);
    Finding finding = {.rule = rule_named(report->rules, "unused-suppression"), .place = s->place, .comment = i + 1};
    const char *text = arena_printf(arena, "%s\n%s\n%s", finding.rule->id, s->place.source->path, what);
    finding.level = finding.rule->level;
    finding.confidence = CONFIDENCE_HIGH;
    finding.context = context_of_source(s->place.source, tree_path_below_asked(report->tree, s->place.source));
    finding.identity = hash_bytes(text, strlen(text));
    finding.message = arena_printf(arena, "%s keeps no finding back%s%s", what, s->problem ? ": " : "",
                                   s->problem ? s->problem : "");
    finding.help = s->problem ? "mend the comment" : "delete the comment";
    report_finding(j, &finding);
  }
}
