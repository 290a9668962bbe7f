// cost.c - what a repeated query costs, in one line: how many queries, and what their number grows with.
#include "judge.h"

// Whether the rows that a query gives are as many as there are, as far as its code shows it.
static const char *limit_text(const Judge *j, uint32_t site) {
  const Query *query = query_of_site(j, site);
  if (!query || (query->dynamic && !query->limit))
    return "";
  return query->limit ? ", which has a limit" : ", which has no limit";
}

// What there is one query for, and whether another query has given it.
static const char *elements_text(const Judge *j, const Repeated *r, bool *asked, Arena *arena) {
  const File *f = &j->program->files.at[r->file];
  uint32_t site = 0;
  Growth growth = r->repeat.over ? growth_from(j, r->file, r->repeat.over, &site) : GROWTH_UNKNOWN;
  *asked = growth == GROWTH_ROWS && site;
  if (*asked) {
    const char *query = site_text(j->program, &j->program->sites.at[site], arena);
    return arena_printf(arena, "N rows of %s%s", query, limit_text(j, site));
  }
  if (!r->repeat.over)
    return "one in each round";
  const char *end = growth == GROWTH_INPUT ? ", which the request brings along" : "";
  return arena_printf(arena, "N elements of `%s`%s", expr_text(f, r->repeat.over, arena), end);
}

const char *round_cost(const Judge *j, const Repeated *r, Arena *arena) {
  Program *p = j->program;
  bool together = r->repeat.call || is_in_resolver(r), asked = true;
  if (together && joins_calls(p, r->file, &p->sites.at[r->site]))
    return NULL;
  const char *word = r->effect == EFFECT_WRITE ? "statements" : "queries";
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "one query for each level of the hierarchy";
  const char *elements = is_in_resolver(r) ? "N objects of the answer" : elements_text(j, r, &asked, arena);
  if (is_invariant(r) && r->effect == EFFECT_READ)
    return arena_printf(arena, "N queries where one would do: %s", elements);
  return arena_printf(arena, "%sN %s: %s", asked ? "1 + " : "", word, elements);
}
