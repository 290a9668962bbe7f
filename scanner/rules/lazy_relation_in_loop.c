// lazy_relation_in_loop.c - a relation of each row of a list that is loaded by a query of its own: N+1 of an ORM.
#include "../judge.h"
#include "../values.h"

// "order.getUser loads the relation `user`"
static const char *load_text(Program *p, const Site *site, Arena *arena) {
  const char *text = site_text(p, site, arena);
  if (!site->relation)
    return arena_printf(arena, "%s loads a relation", text);
  return arena_printf(arena, "%s loads the relation `%s`", text, sym_text(p, site->relation));
}

static void report_load(Judge *j, const Repeated *r) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const char *locks = r->in_transaction ? "; the transaction stays open and holds its locks meanwhile" : "";
  const char *message = arena_printf(arena, "%s %s%s", load_text(p, &p->sites.at[r->site], arena), loop_text(p, r, arena), locks);
  Level level = r->repeat.kind == REPEAT_PARENT_WALK ? LEVEL_WARNING : LEVEL_ERROR;
  report_repeated(j, r, "lazy-relation-in-loop", level, message, relation_text(p, r, arena));
}

void lazy_relation_in_loop(Judge *j) {
  for (uint32_t i = 0; i < j->repeated.n; i++) {
    const Repeated *r = &j->repeated.at[i];
    if (r->effect == EFFECT_READ && r->varies && j->program->sites.at[r->site].loads && !is_in_resolver(r))
      report_load(j, r);
  }
}
