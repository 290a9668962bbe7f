// index.c - what stands where in a file, so that looking into a loop or a function costs what is in there and not
// what is in the file.
#include "values.h"

#include <assert.h>

// Sort the numbers 1 to n - 1 by their keys, keeping the order of equal ones.
void groups_build(Groups *groups, const uint32_t *keys, uint32_t n, uint32_t count) {
  groups->start = xcalloc((size_t)count + 2, sizeof *groups->start);
  groups->items = xcalloc(n ? n : 1, sizeof *groups->items);
  for (uint32_t i = 1; i < n; i++)
    groups->start[keys[i] + 2]++;
  for (uint32_t k = 2; k < count + 2; k++)
    groups->start[k] += groups->start[k - 1];
  for (uint32_t i = 1; i < n; i++)
    groups->items[groups->start[keys[i] + 1]++] = i;
}

void groups_release(Groups *groups) {
  xfree(groups->start);
  xfree(groups->items);
  *groups = (Groups){0};
}

Slice groups_slice(const Groups *groups, uint32_t first, uint32_t end) {
  uint32_t from = groups->start[first];
  return (Slice){groups->items + from, groups->start[end] - from};
}

// Scopes are numbered parents first and in source order: those inside of one follow it without a gap.
static void index_extents(File *f) {
  uint32_t n = f->facts.scopes.n;
  f->extents = xcalloc(n, sizeof *f->extents);
  for (Id id = 1; id < f->facts.exprs.n; id++) {
    Extent *x = &f->extents[expr_at(f, id)->scope];
    x->first = x->first ? x->first : id;
    x->end = id + 1;
  }
  for (Id scope = n; scope-- > 1;) {
    Extent *x = &f->extents[scope], *outer = &f->extents[f->facts.scopes.at[scope].parent];
    assert(f->facts.scopes.at[scope].parent < scope);
    x->scopes = x->scopes ? x->scopes : scope + 1;
    outer->scopes = outer->scopes ? outer->scopes : x->scopes;
    if (x->first && (!outer->first || x->first < outer->first))
      outer->first = x->first;
    if (x->end > outer->end)
      outer->end = x->end;
  }
}

static void index_exits(File *f) {
  uint32_t n = f->facts.exits.n, *scopes = xcalloc(n, sizeof *scopes);
  for (uint32_t i = 1; i < n; i++)
    scopes[i] = f->facts.exits.at[i].scope;
  groups_build(&f->exits, scopes, n, f->facts.scopes.n);
  xfree(scopes);
}

static void index_variables(File *f) {
  uint32_t n = f->facts.bindings.n, *scopes = xcalloc(n, sizeof *scopes);
  for (Id i = 1; i < n; i++)
    scopes[i] = f->facts.bindings.at[i].scope;
  groups_build(&f->variables, scopes, n, f->facts.scopes.n);
  xfree(scopes);
}

// Identifiers by name. Most files are never asked.
static void index_uses(File *f) {
  uint32_t n = f->facts.exprs.n, *names = xcalloc(n, sizeof *names);
  for (Id id = 1; id < n; id++)
    names[id] = expr_at(f, id)->kind == EX_IDENT ? expr_at(f, id)->name : 0;
  groups_build(&f->uses, names, n, f->facts.names.entries.n);
  xfree(names);
}

void index_places(File *f) {
  index_extents(f);
  index_exits(f);
  index_variables(f);
  for (Id i = 1; i < f->facts.classes.n; i++)
    map_put(&f->classes, f->facts.classes.at[i].scope, i);
  for (Id i = 1; i < f->facts.scopes.n; i++)
    if (f->facts.scopes.at[i].kind == SC_FOR_AWAIT)
      map_put(&f->awaited, f->facts.scopes.at[i].a, 1);
}

//
// Asking
//

bool scope_inside(const File *f, Id scope, Id outer) {
  return outer && scope >= outer && scope < f->extents[outer].scopes;
}

// The first place in a sorted run that is not below the number.
static uint32_t lower_bound(Slice slice, uint32_t number) {
  uint32_t from = 0, to = slice.n;
  while (from < to) {
    uint32_t middle = from + (to - from) / 2;
    if (slice.at[middle] < number)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

Slice uses_inside(Program *p, FileId file, Name name, Id scope) {
  File *f = &p->files.at[file];
  if (!f->uses.start)
    index_uses(f);
  Slice slice = groups_slice(&f->uses, name, name + 1);
  uint32_t from = lower_bound(slice, f->extents[scope].first), to = lower_bound(slice, f->extents[scope].end);
  return (Slice){slice.at + from, to - from};
}

Slice uses_of(Program *p, FileId file, Id binding) {
  const Binding *b = &p->files.at[file].facts.bindings.at[binding];
  return uses_inside(p, file, b->name, b->scope);
}

Slice exits_inside(const File *f, Id scope) { return groups_slice(&f->exits, scope, f->extents[scope].scopes); }

Slice exits_at(const File *f, Id scope) { return groups_slice(&f->exits, scope, scope + 1); }

Slice bindings_at(const File *f, Id scope) { return groups_slice(&f->variables, scope, scope + 1); }

Id class_at(const File *f, Id scope) { return map_get(&f->classes, scope); }
