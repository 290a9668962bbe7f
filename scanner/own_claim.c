// own_claim.c - findings of a repository's own rules: the matches that the facts of files hold.
#include <string.h>

#include "judge.h"

// The function around a place, 0 at module level: the scopes that hold it are looked into, the others passed over.
static Id function_around(const File *f, Span span) {
  Id around = 1, end = f->extents[1].scopes;
  for (Id inner = 2; inner < end;) {
    Span scope = f->facts.scopes.at[inner].span;
    bool holds = scope.start <= span.start && span.end <= scope.end;
    around = holds ? inner : around;
    end = holds ? f->extents[inner].scopes : end;
    inner = holds ? inner + 1 : f->extents[inner].scopes;
  }
  return f->facts.scopes.at[around].function;
}

static void report_match(Judge *j, FileId file, const Match *match) {
  Program *p = j->program;
  const File *f = &p->files.at[file];
  Arena *arena = &j->report->arena;
  const char *message = facts_name(&f->facts, match->message), *help = facts_name(&f->facts, match->help);
  Id function = function_around(f, match->span);
  Finding finding = {.rule = &j->report->rules->at[builtin_rules.n + match->rule], .context = f->context};
  const char *print = arena_printf(arena, "%s\n%s\n%s\n%s", finding.rule->id, enclosing_names(p, file, function, arena),
                                   message, facts_name(&f->facts, match->code));
  finding.identity = hash_bytes(print, strlen(print));
  finding.level = finding.rule->level;
  finding.confidence = CONFIDENCE_HIGH;
  finding.place = place_of(p, file, match->span);
  finding.message = arena_copy(arena, message, strlen(message));
  finding.help = *help ? arena_copy(arena, help, strlen(help)) : NULL;
  finding.entry = entry_point(j, file, function);
  report_finding(j, &finding);
}

void report_matches(Judge *j) {
  for (FileId file = 1; file < j->program->files.n; file++) {
    const Facts *facts = &j->program->files.at[file].facts;
    for (uint32_t i = 0; i < facts->matches.n; i++)
      report_match(j, file, &facts->matches.at[i]);
  }
}
