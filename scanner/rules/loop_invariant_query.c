// loop_invariant_query.c - a query in a loop that asks the same thing in each round: it belongs before the loop.
#include "../judge.h"

void loop_invariant_query(Judge *j) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  for (uint32_t i = 0; i < j->repeated.n; i++) {
    const Repeated *r = &j->repeated.at[i];
    if (r->effect != EFFECT_READ || !is_invariant(r))
      continue;
    const char *message = arena_printf(arena, "%s %s %s, and asks the same thing each time: nothing that it is given changes "
                                       "in the loop", query_text(p, r, arena), query_does(p, r, arena), loop_text(p, r, arena));
    const char *help = arena_printf(arena, "run it once before the loop and use the result inside: `const %s = await %s`",
                                    "found", expr_text(&p->files.at[r->file], r->expr, arena));
    report_repeated(j, r, "loop-invariant-query", LEVEL_WARNING, message, help);
  }
}
