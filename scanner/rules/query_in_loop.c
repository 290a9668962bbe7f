// query_in_loop.c - a read that runs once per element of a loop: N+1.
#include "../judge.h"

// Prisma sends the findUnique calls of one tick as one query: those that callbacks make side by side, not a loop that
// awaits one after another, and not those of several requests.
static bool is_batched_by_prisma(Program *p, const Repeated *r) {
  return r->repeat.call && !action_asked(p, r).file && joins_calls(p, r->file, &p->sites.at[r->site]);
}

static void report_read(Judge *j, const Repeated *r) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const char *locks = r->in_transaction ? "; the transaction stays open and holds its locks meanwhile" : "";
  const char *message = arena_printf(arena, "%s %s %s%s", query_text(p, r, arena), query_does(p, r, arena),
                                     loop_text(p, r, arena), locks);
  const char *help = advice_text(j, r);
  Repeated own = *r;
  own.fix = r->fine ? NULL : lookup_fix(j, r);
  if (is_batched_by_prisma(p, r)) {
    help = "Prisma's dataloader joins findUnique calls made in the same tick into one query, so this may cost one "
           "query only; a findMany with `in` before the loop says so in the code and does not depend on timing";
    report_repeated(j, &own, "query-in-loop", LEVEL_NOTE, message, help);
    return;
  }
  Level level = r->repeat.kind == REPEAT_PARENT_WALK ? LEVEL_WARNING : LEVEL_ERROR;
  report_repeated(j, &own, "query-in-loop", level, message, help);
}

void query_in_loop(Judge *j) {
  for (uint32_t i = 0; i < j->repeated.n; i++) {
    const Repeated *r = &j->repeated.at[i];
    // What does not vary is no N+1, and belongs before the loop only if the loop leaves its rows alone.
    bool loads = j->program->sites.at[r->site].loads;  // then it is lazy-relation-in-loop
    if (r->effect == EFFECT_READ && r->varies && !loads && !is_in_resolver(r))
      report_read(j, r);
  }
}
