// loader.c - the fix for a query in a field resolver: a DataLoader, and the relation that would save it.
#include "judge.h"
#include "values.h"

#include <string.h>

enum { MAX_STEPS = 12, MAX_LOOK = 64 };  // back from a value; exits, queries and calls of a function

// The members that an expression reads of a parameter, "owner.name" of `order.owner?.name`, also by way of variables and
// of one element of a list; false where it reads none.
static bool members_read(const Program *p, FileId file, Id expr, char path[FILTER_PATH]) {
  const File *f = &p->files.at[file];
  *path = '\0';
  for (int step = 0; expr && step < MAX_STEPS; step++) {
    const Expr *e = expr_at(f, expr);
    const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
    const char *name = e->kind == EX_MEMBER ? text_of(f, e->name) : "";
    size_t n = strcmp(name, "length") ? strlen(name) : 0, behind = strlen(path);
    if (e->kind == EX_PARAM)
      return *path;
    if (n + behind + 2 > FILTER_PATH)
      return false;
    if (n) {
      memmove(path + n + (behind > 0), path, behind + 1);
      memcpy(path, name, n);
      path[n] = behind ? '.' : '\0';
    }
    bool through = e->kind == EX_MEMBER || e->kind == EX_INDEX || e->kind == EX_CAST || (e->kind == EX_ALT && !e->c);
    bool local = b->kind == BIND_PARAM || b->kind == BIND_CONST || b->kind == BIND_LET;
    expr = through ? e->a : local ? b->value : 0;
  }
  return false;
}

// Whether a path begins with a member, or is one.
static bool starts_with(const char *path, const char *member) {
  size_t n = strlen(member);
  return n && !strncmp(path, member, n) && (!path[n] || path[n] == '.');
}

// What of the field has to be missing for an expression to be reached: "owner" behind `if (order.owner) return ...`,
// "owner.name" in `if (!order.owner?.name) {...}`; false if nothing has.
static bool needs_absent(const Program *p, FileId file, Id expr, const char *field, char path[FILTER_PATH]) {
  const File *f = &p->files.at[file];
  Id function = unit_of(f, expr);
  const Id end = f->facts.functions.at[function].scope;
  for (Id scope = expr_at(f, expr)->scope; scope && scope != end; scope = f->facts.scopes.at[scope].parent) {
    Id absent = f->facts.scopes.at[scope].a ? absent_in(f, &f->facts.scopes.at[scope]) : 0;
    if (absent && members_read(p, file, absent, path) && starts_with(path, field))
      return true;
  }
  Slice exits = exits_inside(f, end);
  for (uint32_t i = 0; i < exits.n && i < MAX_LOOK; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope], rest = {.kind = SC_ELSE, .a = s->a};
    bool leaves = exit->kind == EXIT_RETURN && s->kind == SC_IF && s->function == function && s->a;
    bool before = leaves && exit->span.end <= expr_at(f, expr)->span.start && scope_inside(f, expr_at(f, expr)->scope, s->parent);
    Id absent = before ? absent_in(f, &rest) : 0;
    if (absent && members_read(p, file, absent, path) && starts_with(path, field))
      return true;
  }
  return false;
}

// The same for what else a function asks the database, if it has to be missing further in.
static void look_further(const Program *p, FileId file, Id expr, const char *field, char path[FILTER_PATH]) {
  char other[FILTER_PATH];
  if (needs_absent(p, file, expr, field, other) && strlen(other) > strlen(path) && starts_with(other, path))
    memcpy(path, other, sizeof other);
}

// What of the field, if it is loaded, saves the resolver its queries: "facetValues.channels"; false if it does not look.
static bool asks_where_missing(const Program *p, const Repeated *r, const char *field, char path[FILTER_PATH]) {
  Way way = way_of(r);
  while (!needs_absent(p, way.file, way.expr, field, path))
    if (!way_next(p, &way))
      return false;
  const File *f = &p->files.at[way.file];
  const Unit *unit = &f->units[unit_of(f, way.expr)];
  for (uint32_t i = 0; i < unit->sites.n && i < MAX_LOOK; i++)
    look_further(p, way.file, p->sites.at[unit->sites.at[i]].expr.id, field, path);
  for (uint32_t i = 0; i < unit->edges.n && i < MAX_LOOK; i++)
    if (p->files.at[unit->edges.at[i].function.file].units[unit->edges.at[i].function.id].reach.n)
      look_further(p, way.file, unit->edges.at[i].call, field, path);
  return true;
}

// Whether the field is a relation of the parent's rows.
static bool is_relation(const Judge *j, const Resolver *resolver) {
  const Program *p = j->program;
  for (uint32_t at = map_get(&p->relation_index, resolver->type + 1u); at; at = p->next_relation.at[at])
    if (p->relations.at[at].name == resolver->field)
      return true;
  return false;
}

static void put_query(Text *out, const Batch *b, const char *template) {
  const char *code = batch_code(b, template);
  if (code)
    text_printf(out, "reads them with one query, `%s`", code);
  else if (b->list)
    text_printf(out, "reads them with one query, this one with `%s`", b->list);
  else if (b->key)
    text_printf(out, "reads them with one query, this one with a list for `%s`", b->key);
  else
    text_printf(out, "reads the rows%s%s of all of them with one query", *b->table ? " of " : "", b->table);
  if (!code)
    put_kept(out, b);
}

static void put_order(Text *out, const Batch *b) {
  if (is_aggregate(b))
    text_puts(out, ", and gives the number of each key in their order");
  else if (b->many)
    text_printf(out, ", and gives the rows of each key in their order%s%s%s", b->by ? ", grouped by `" : "", b->by ? b->by : "",
                b->by ? "`" : "");
  else
    text_puts(out, ", and gives one row for each key in their order");
  if (b->along)
    text_printf(out, " (%s)", b->along);
}

// How the field gets what it gives: by the key that it asks by, where that is seen.
static void put_field(Text *out, const Judge *j, const Batch *b) {
  bool handed = is_handed_up(j->program, b->r);
  const char *load = b->filter.lists ? "loadMany" : "load", *row = b->site->loads ? b->item : NULL;
  const char *key = b->filter.value && !b->guessed ? b->value : row;
  text_puts(out, handed ? "; the field returns " : "; the field makes its value from ");
  if (!key)
    text_puts(out, "what it gives for the parent");
  else
    text_printf(out, handed ? "`loader.%s(%s)`" : "`await loader.%s(%s)`", load, key);
}

static void put_loader(Text *out, const Judge *j, const Batch *b) {
  text_puts(out, "batch it with a DataLoader, made once per request: its function gets the keys of one tick, ");
  put_query(out, b, b->site->advice);
  put_order(out, b);
  put_field(out, j, b);
}

// The relations that a field needs along with the one that it gives: " with its `asset`, `channels`".
static const char *needed_along(const Batch *b, const Resolver *resolver) {
  const Query *q = b->query;
  const char *field = sym_text(b->p, resolver->field);
  Text text = {0};
  uint16_t parent = 0;  // where the query reads the parent again: the relation there
  for (uint16_t i = 0; i < q->relations.n && !strcmp(b->table, sym_text(b->p, resolver->type)); i++)
    if (!q->relations.at[i].parent && same_relation(q->relations.at[i].name, field))
      parent = i + 1u;
  for (uint32_t i = 0; i < q->relations.n; i++)
    if (q->relations.at[i].parent == parent)
      text_printf(&text, "%s`%s`", text.n ? ", " : " with its ", q->relations.at[i].name);
  return arena_text(b->arena, &text);
}

// Whether what a relation gives is what the query does: it asks by the key alone, and in no order.
static bool is_whole_relation(const Batch *b) {
  const Query *q = b->query;
  return q && !has_other_conditions(b) && !q->dynamic && !q->dynamic_relations && !q->sorts.n && !q->limit && !is_aggregate(b);
}

// A relation of the parent that the field loads row by row: with the query that reads the parents, as its library says it.
static void put_loaded(Text *out, Batch b, const char *type) {
  b.items = *type ? arena_printf(b.arena, "the rows of %s", type) : "the rows";
  const char *text = b.site->loads && b.site->relation ? batch_fill(&b, b.site->advice) : NULL;
  if (text)
    text_printf(out, "%.*s. Or ", (int)strcspn(text, ";"), text);
}

const char *loader_text(const Judge *j, const Repeated *r) {
  Program *p = j->program;
  const Resolver *resolver = resolver_at(p, r->file, r->repeat.callback);
  const char *field = sym_text(p, resolver->field), *type = sym_text(p, resolver->type);
  char path[FILTER_PATH];
  bool guarded = *field && asks_where_missing(p, r, field, path);
  Batch b = batch_of(j, r);
  Text text = {0};
  if (guarded && path[strlen(field)])
    text_printf(&text, "load `%s` with its `%s` in the query that reads the rows of %s: the field asks only where they are missing. Or ",
                field, path + strlen(field) + 1, type);
  else if (guarded)
    text_printf(&text, "load `%s` in the query that reads the rows of %s: the field asks only where it is missing. Or ", field,
                type);
  if (!guarded)
    put_loaded(&text, b, type);
  put_loader(&text, j, &b);
  if (!guarded && *field && is_relation(j, resolver) && is_whole_relation(&b))
    text_printf(&text, ". Or return `%s` of the parent where it is loaded, and load it%s in the query that reads the rows of %s", field,
                needed_along(&b, resolver), type);
  return advice_end(&text, j, r);
}
