// lazy_relation_in_loop.c - a relation of each row of a list that is loaded by a query of its own: N+1 of an ORM.
#include <string.h>

#include "../calls.h"
#include "../graph.h"
#include "../judge.h"
#include "../values.h"

enum { MAX_SITES = 1000 };  // of a function that are looked at

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
  for (uint32_t i = 0; i < graph.n && !graph.every; i++)
    if (same_relation(sym_text(p, graph.all[i].name), sym_text(p, site->relation)))
      return true;
  return graph.every;
}

// Whether an argument names a relation: "lines", ["lines.product"].
static bool names_relation(Program *p, FileId file, Id argument, const char *relation) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, argument);
  for (uint32_t i = 0; e->kind == EX_ARRAY && i < e->count; i++)
    if (names_relation(p, file, list_at(f, e->first, i), relation))
      return true;
  const char *text = text_of(f, e->name);
  char name[128];
  size_t n = strcspn(text, ".");
  if (e->kind != EX_STRING || n >= sizeof name)
    return false;
  memcpy(name, text, n);
  name[n] = '\0';
  return !strcmp(name, "*") || same_relation(name, relation);
}

// `orders.filter(...)` of `orders`.
static bool is_part_of(const Program *p, FileId file, Id expr, Id list) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a);
  return e->kind == EX_CALL && callee->kind == EX_MEMBER && gives_elements(text_of(f, callee->name)) &&
         is_same_path(p, file, callee->a, list);
}

// Whether an expression gives a list other elements: `orders = await find()`, `orders.push(order)`.
static bool changes_list(const Program *p, FileId file, const Expr *e, Id list) {
  static const char *const adders[] = {"push", "unshift", "splice"};
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, e->a);
  if (e->kind == EX_ASSIGN)
    return is_same_path(p, file, e->a, list) && !is_part_of(p, file, e->b, list);
  return e->kind == EX_CALL && callee->kind == EX_MEMBER && is_any_of(text_of(f, callee->name), adders, COUNT(adders)) &&
         is_same_path(p, file, callee->a, list);
}

// Whether a list has got other elements between two expressions of a function.
static bool is_changed_between(const Program *p, FileId file, Id list, Id first, Id last) {
  const File *f = &p->files.at[file];
  Extent extent = f->extents[f->facts.functions.at[unit_of(f, last)].scope];
  uint32_t from = expr_at(f, first)->span.end, until = expr_at(f, last)->span.start;
  for (Id i = extent.first; i < extent.end; i++) {
    const Expr *e = expr_at(f, i);
    if (e->span.start >= from && e->span.start < until && changes_list(p, file, e, list))
      return true;
  }
  return false;
}

// Whether a call before a loop loads the relation into the loop's rows.
static bool loads_before(Program *p, const Repeated *r, const Site *site, const Site *s, Id loop) {
  const File *f = &p->files.at[r->file];
  const Meaning *m = s->meaning;
  Id call = s->call.id;
  bool loads = m && m->loads > 0 && s->rows == ROWS_MANY && s->call.file == r->file;
  if (!loads || expr_at(f, call)->span.end > expr_at(f, loop)->span.start ||
      !scope_inside(f, expr_at(f, loop)->scope, expr_at(f, call)->scope))
    return false;
  return is_same_path(p, r->file, argument_at(f, call, 0), r->repeat.over) &&
         names_relation(p, r->file, argument_at(f, call, m->loads), sym_text(p, site->relation));
}

// Whether the function has loaded it into the rows before it comes to the loop: `await em.populate(orders, ["lines"])`.
static bool is_loaded_before(Program *p, const Repeated *r, const Site *site) {
  const File *f = &p->files.at[r->file];
  Id loop = r->repeat.scope ? r->repeat.over : r->repeat.call, last = 0;
  Slice sites = {f->units[unit_of(f, loop)].sites.at, f->units[unit_of(f, loop)].sites.n};
  for (uint32_t i = 0; site->relation && r->repeat.over && i < sites.n && i < MAX_SITES; i++) {
    const Site *s = &p->sites.at[sites.at[i]];
    if (loads_before(p, r, site, s, loop) && (!last || expr_at(f, s->call.id)->span.end > expr_at(f, last)->span.end))
      last = s->call.id;
  }
  return last && !is_changed_between(p, r->file, r->repeat.over, last, loop);
}

// Whether it is asked for only where it is missing: `if (!order.lines.isInitialized()) await order.lines.init()`.
static bool asks_where_missing(Program *p, const Site *site) {
  FileId file = site->call.file;
  const File *f = &p->files.at[file];
  Id receiver = expr_at(f, expr_at(f, site->call.id)->a)->a, scope = expr_at(f, site->call.id)->scope;
  for (; file && scope && f->facts.scopes.at[scope].kind != SC_FUNCTION; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    Id asked = s->a ? absent_in(f, s) : 0;
    const Meaning *m = expr_at(f, asked)->kind == EX_CALL ? call_meaning(p, file, asked, NULL) : NULL;
    if (m && m->tells_loaded && is_same_path(p, file, expr_at(f, expr_at(f, asked)->a)->a, receiver))
      return true;
  }
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
  const char *loaded = is_loaded(p, r, site)          ? "the query that filled the collection has loaded it"
                       : is_loaded_before(p, r, site) ? "it has been loaded into the rows before"
                                                      : NULL;
  bool again = site->again && !asks_where_missing(p, site);
  const char *help = relation_text(j, r);
  if (loaded && again)
    help = arena_printf(arena, "%s: read `%s` from the row, this asks again", loaded, sym_text(p, site->relation));
  Repeated seen = *r;
  seen.fine = again ? NULL : loaded;
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
