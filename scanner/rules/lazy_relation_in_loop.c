// lazy_relation_in_loop.c - a relation of each row of a list that is loaded by a query of its own: N+1 of an ORM.
#include "../graph.h"
#include "../judge.h"
#include "../values.h"

// "order.getUser loads the relation `user`"
static const char *load_text(Program *p, const Site *site, Arena *arena) {
  const char *text = site_text(p, site, arena);
  if (!site->relation)
    return arena_printf(arena, "%s loads a relation", text);
  return arena_printf(arena, "%s loads the relation `%s`", text, sym_text(p, site->relation));
}

// Whether the query that filled the collection loads the relation.
static bool is_loaded(Program *p, const Repeated *r, const Site *site) {
  Graph graph = {.n = 0};
  Ref query = site->relation && r->repeat.over ? query_behind(p, r->file, r->repeat.over) : (Ref){0, 0};
  if (query.file)
    graph_of_query(p, query.file, query.id, &graph);
  for (uint32_t i = 0; i < graph.n; i++)
    if (same_relation(sym_text(p, graph.all[i].name), sym_text(p, site->relation)))
      return true;
  return false;
}

// Whether the function puts the relation into rows before it comes to the loop: `order.user = users.get(order.userId)`.
static bool is_put_before(Program *p, const Repeated *r, const Site *site) {
  const File *f = &p->files.at[r->file];
  Id loop = r->repeat.scope ? r->repeat.over : r->repeat.call;
  Extent extent = f->extents[f->facts.functions.at[unit_of(f, loop)].scope];
  uint32_t start = expr_at(f, loop)->span.start;
  for (Id i = site->relation ? extent.first : extent.end; i < extent.end; i++) {
    const Expr *e = expr_at(f, i), *target = expr_at(f, e->a);
    if (e->kind == EX_ASSIGN && target->kind == EX_MEMBER && e->span.end <= start &&
        same_relation(text_of(f, target->name), sym_text(p, site->relation)))
      return true;
  }
  return false;
}

static void report_load(Judge *j, const Repeated *r) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const char *locks = r->in_transaction ? "; the transaction stays open and holds its locks meanwhile" : "";
  const char *message = arena_printf(arena, "%s %s%s", load_text(p, &p->sites.at[r->site], arena), loop_text(p, r, arena), locks);
  Level level = r->repeat.kind == REPEAT_PARENT_WALK ? LEVEL_WARNING : LEVEL_ERROR;
  const Site *site = &p->sites.at[r->site];
  bool loaded = is_loaded(p, r, site);
  const char *help = relation_text(j, r);
  if (loaded && site->again)
    help = arena_printf(arena, "the query that filled the collection has loaded it: read `%s` from the row, this asks again",
                        sym_text(p, site->relation));
  Repeated seen = *r;
  seen.fine = loaded && !site->again ? "the query that filled the collection has loaded it" : NULL;
  if (is_put_before(p, r, site))
    seen.doubt = "the function puts it into rows before, which then need not ask";
  report_repeated(j, &seen, "lazy-relation-in-loop", level, message, help);
}

void lazy_relation_in_loop(Judge *j) {
  for (uint32_t i = 0; i < j->repeated.n; i++) {
    const Repeated *r = &j->repeated.at[i];
    if (r->effect == EFFECT_READ && r->varies && j->program->sites.at[r->site].loads && !is_in_resolver(r))
      report_load(j, r);
  }
}
