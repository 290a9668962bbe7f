// loop_invariant_query.c - a query in a loop that asks the same thing in each round: it belongs before the loop.
#include "../judge.h"

// Whether what a function is given for the loop's item, or anything at all, reaches a call in it.
static bool gets_item(Program *p, const Repeated *r, const Way *way) {
  const File *f = &p->files.at[r->file];
  const Expr *e = expr_at(f, r->expr);
  Items items = 0;
  for (uint32_t i = 0; i < e->count; i++)
    items |= varies(p, r->file, list_at(f, e->first, i), &r->repeat) && i < ITEM_LIMIT ? 1u << i : 0;
  return depends(p, way->file, way->expr, r->via.id, items);
}

// The function below the loop's call that reads the same for all elements, NULL if it is that call itself.
static const char *same_for_all(Program *p, const Repeated *r, Arena *arena) {
  Way way = way_of(r);
  bool more = r->via.file && way_next(p, &way);
  return more && way.via.file && !gets_item(p, r, &way) ? function_name(p, way.via, arena) : NULL;
}

// What changes in the loop is given to the call, and does not reach the query.
static const char *split_text(Program *p, const Repeated *r, Arena *arena) {
  const char *name = function_name(p, r->via, arena), *same = same_for_all(p, r, arena);
  if (!same)
    return arena_printf(arena, "read it once before the loop and hand the result to `%s`; what depends on the element stays inside", name);
  return arena_printf(arena, "call `%s` once before the loop, and let `%s` take what it gives or all elements at once; what depends on "
                             "the element stays inside", same, name);
}

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
            ? split_text(p, r, arena)
            : arena_printf(arena, "run it once before the loop and use the result inside: `const found = await %s`",
                           expr_text(&p->files.at[r->file], r->expr, arena));
    Repeated own = *r;
    own.fix = hoist_fix(j, r);
    report_repeated(j, &own, "loop-invariant-query", LEVEL_WARNING, message, help);
  }
}
