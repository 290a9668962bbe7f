// others.c - what else runs in each round of a repetition: the end of the help of a repeated query.
#include "judge.h"
#include "values.h"

#include <string.h>

enum { MAX_TABLES = 4 };  // that are named

static const Edge *edge_of(const Program *p, const Repeated *r) {
  const File *f = &p->files.at[r->file];
  const Unit *unit = &f->units[unit_of(f, r->expr)];
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    if (edge->call == r->expr && edge->function.file == r->via.file && edge->function.id == r->via.id)
      return edge;
  }
  return NULL;
}

static bool is_listed(const Sym *list, uint32_t n, Sym one) {
  for (uint32_t i = 0; i < n; i++)
    if (list[i] == one)
      return true;
  return false;
}

// The other queries that the same call leads to in each round.
typedef struct Others {
  uint32_t kinds;
  Sym tables[MAX_TABLES];
  uint32_t n;  // tables; 0 when there are more than can be named
} Others;

static void add_other(Others *others, Sym table, Sym own) {
  others->kinds++;
  if (!table || table == own || others->n > MAX_TABLES || is_listed(others->tables, others->n, table))
    return;
  if (others->n < MAX_TABLES)
    others->tables[others->n] = table;
  others->n++;
}

// What is kept is not asked for in each round.
static Others others_of(Program *p, const Repeated *r) {
  const Edge *edge = edge_of(p, r);
  const Unit *callee = &p->files.at[r->via.file].units[r->via.id];
  Others others = {0};
  for (uint32_t i = 0; edge && i < callee->reach.n; i++) {
    Reach reach = callee->reach.at[i];
    bool runs = !reach.cached && asks_each_round(p, r->file, edge, &r->repeat, &reach);
    if (runs && !(reach.site == r->site && reach.statement == r->statement))
      add_other(&others, p->sites.at[reach.site].table, p->sites.at[r->site].table);
  }
  others.n = others.n > MAX_TABLES ? 0 : others.n;
  return others;
}

// The other queries of the loop that this one speaks for.
static void put_neighbours(Text *text, const Judge *j, const Repeated *r) {
  const char *named[MAX_TABLES];
  uint32_t n = 0;
  uint32_t next = r->doubt || r->fine || is_in_resolver(r) ? 0 : r->first;
  while (next && n < MAX_TABLES) {
    const Repeated *other = &j->repeated.at[next - 1];
    next = other->next;
    if (other == r || other->cached || other->effect != r->effect || other->expr == r->expr)
      continue;
    const char *name = other->via.file ? function_name(j->program, other->via, &j->report->arena)
                                       : site_text(j->program, &j->program->sites.at[other->site], &j->report->arena);
    bool known = strchr(name, '`');
    for (uint32_t k = 0; k < n && !known; k++)
      known = !strcmp(named[k], name);
    if (!known)
      named[n++] = name;
  }
  for (uint32_t i = 0; i < n; i++)
    text_printf(text, "%s`%s`", i ? ", " : "\nthe loop also runs ", named[i]);
}

const char *advice_end(Text *text, const Judge *j, const Repeated *r) {
  Program *p = j->program;
  const char *where = is_in_resolver(r) ? "for each of them" : "in each round";
  Others others = others_of(p, r);
  if (others.kinds)
    text_printf(text, "\n%u more kind%s of query run there %s", others.kinds, others.kinds == 1 ? "" : "s", where);
  for (uint32_t i = 0; i < others.n; i++)
    text_printf(text, "%s%s", i ? i + 1 < others.n ? ", " : " and " : ", also on ", sym_text(p, others.tables[i]));
  put_neighbours(text, j, r);
  const char *result = arena_copy(&j->report->arena, text->at, text->n);
  text_release(text);
  return result;
}
