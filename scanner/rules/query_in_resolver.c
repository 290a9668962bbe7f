// query_in_resolver.c - a read that a GraphQL field resolver makes for each parent object: N+1 where no loop is seen.
#include "../judge.h"

// Whether a function asks something of the outside before it comes to the expression.
static bool asks_before(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Unit *unit = &f->units[unit_of(f, expr)];
  uint32_t start = expr_at(f, expr)->span.start;
  for (uint32_t i = 0; i < unit->sites.n; i++)
    if (expr_at(f, p->sites.at[unit->sites.at[i]].expr.id)->span.end <= start)
      return true;
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    if (expr_at(f, edge->call)->span.end <= start && p->files.at[edge->function.file].units[edge->function.id].reach.n)
      return true;
  }
  return false;
}

// Whether the resolvers of a list come to the query in one tick: nothing on the way waits for anything else before.
static bool is_first_on_the_way(Program *p, const Repeated *r) {
  Way way = way_of(r);
  do {
    if (asks_before(p, way.file, way.expr))
      return false;
  } while (way_next(p, &way));
  return true;
}

static void report_resolver(Judge *j, const Repeated *r) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const char *message = arena_printf(arena, "%s %s %s", query_text(p, r, arena), query_does(p, r, arena),
                                     loop_text(p, r, arena));
  if (joins_calls(p, r->file, &p->sites.at[r->site]) && is_first_on_the_way(p, r)) {
    const char *help = "Prisma's dataloader joins findUnique calls made in the same tick into one query, so the fields of "
                       "a list cost one query together; that ends when something else is awaited before, or with "
                       "findFirst or findMany";
    report_repeated(j, r, "query-in-resolver", LEVEL_NOTE, message, help);
    return;
  }
  report_repeated(j, r, "query-in-resolver", LEVEL_ERROR, message, loader_text(j, r));
}

void query_in_resolver(Judge *j) {
  Program *p = j->program;
  for (uint32_t i = 0; i < j->repeated.n; i++) {
    const Repeated *r = &j->repeated.at[i];
    bool reads = is_in_resolver(r) && r->effect == EFFECT_READ && r->varies;
    if (reads && !resolver_asks_once(p, resolver_at(p, r->file, r->repeat.callback), r->expr))
      report_resolver(j, r);
  }
}
