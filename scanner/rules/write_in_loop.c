// write_in_loop.c - an insert, update or delete that runs once per element of a loop.
#include "../judge.h"

static void report_write(Judge *j, const Repeated *r) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const char *locks = r->in_transaction ? "; the transaction stays open and holds its locks meanwhile" : "";
  const char *message = arena_printf(arena, "%s %s %s%s", query_text(p, r, arena), query_does(p, r, arena),
                                     loop_text(p, r, arena), locks);
  report_repeated(j, r, "write-in-loop", LEVEL_WARNING, message, advice_text(j, r));
}

void write_in_loop(Judge *j) {
  for (uint32_t i = 0; i < j->repeated.n; i++) {
    const Repeated *r = &j->repeated.at[i];
    if (r->effect == EFFECT_WRITE && !is_in_resolver(r))
      report_write(j, r);
  }
}
