// loop_invariant_query.c - a query in a loop that asks the same thing in each round: it belongs before the loop.
#include "../judge.h"

void loop_invariant_query(Judge *j) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  for (uint32_t i = 0; i < j->repeated.n; i++) {
    const Repeated *r = &j->repeated.at[i];
    if (r->effect != EFFECT_READ || !is_invariant(r))
      continue;
    // What changes in the loop may be given to the call and not reach the query.
    bool call_varies = varies(p, r->file, r->expr, &r->repeat);
    const char *why = call_varies ? "what changes in the loop does not reach it" : "nothing that it is given changes in the loop";
    const char *message = arena_printf(arena, "%s %s %s, and asks the same thing each time: %s", query_text(p, r, arena),
                                       query_does(p, r, arena), loop_text(p, r, arena), why);
    const char *help =
        call_varies
            ? arena_printf(arena, "read it once before the loop and hand the result to `%s`; what depends on the element stays inside",
                           function_name(p, r->via, arena))
            : arena_printf(arena, "run it once before the loop and use the result inside: `const found = await %s`",
                           expr_text(&p->files.at[r->file], r->expr, arena));
    report_repeated(j, r, "loop-invariant-query", LEVEL_WARNING, message, help);
  }
}
