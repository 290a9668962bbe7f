// index.c - what a file says without any other: its variables, its calls, and what stands where, so that looking into
// a loop or a function costs what is in there and not what is in the file.
#include "values.h"

#include <assert.h>

// Sort the numbers 1 to n - 1 by their keys, keeping the order of equal ones.
void groups_build(Groups *groups, const uint32_t *keys, uint32_t n, uint32_t count) {
  groups->start = xcalloc((size_t)count + 2 + n, sizeof *groups->start);
  groups->items = groups->start + count + 2;
  for (uint32_t i = 1; i < n; i++)
    groups->start[keys[i] + 2]++;
  for (uint32_t k = 2; k < count + 2; k++)
    groups->start[k] += groups->start[k - 1];
  for (uint32_t i = 1; i < n; i++)
    groups->items[groups->start[keys[i] + 1]++] = i;
}

void groups_release(Groups *groups) {
  xfree(groups->start);
  *groups = (Groups){0};
}

Slice groups_slice(const Groups *groups, uint32_t first, uint32_t end) {
  uint32_t from = groups->start[first];
  return (Slice){groups->items + from, groups->start[end] - from};
}

// Scopes are numbered parents first and in source order: those inside of one follow it without a gap.
static void index_extents(File *f) {
  uint32_t n = f->facts.scopes.n;
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
  uint32_t n = f->facts.exits.n, *scopes = xmalloc(n * sizeof *scopes);
  for (uint32_t i = 1; i < n; i++)
    scopes[i] = f->facts.exits.at[i].scope;
  groups_build(&f->exits, scopes, n, f->facts.scopes.n);
  xfree(scopes);
}

static void index_variables(File *f) {
  uint32_t n = f->facts.bindings.n, *scopes = xmalloc(n * sizeof *scopes);
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

static bool is_put_in_this(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr), *to = expr_at(f, e->kind == EX_ASSIGN ? e->a : 0);
  return to->kind == EX_MEMBER && expr_at(f, to->a)->kind == EX_THIS;
}

static void index_puts_in_this(File *f) {
  uint32_t n = f->facts.exprs.n, *scopes = xcalloc(n, sizeof *scopes);
  for (Id id = 1; id < n; id++)
    scopes[id] = is_put_in_this(f, id) ? expr_at(f, id)->scope : 0;
  groups_build(&f->puts, scopes, n, f->facts.scopes.n);
  xfree(scopes);
}

static void index_places(File *f) {
  index_extents(f);
  index_exits(f);
  index_variables(f);
  for (Id i = 1; i < f->facts.classes.n; i++)
    map_put(&f->classes, f->facts.classes.at[i].scope, i);
  for (Id i = f->facts.scopes.n; i-- > 1;)
    if (f->facts.scopes.at[i].a)
      map_put(&f->heads, f->facts.scopes.at[i].a, i);
}

//
// Bindings and calls
//

static bool is_value_binding(uint8_t kind) {
  return kind != BIND_NONE && kind != BIND_ALIAS && kind != BIND_INTERFACE && kind != BIND_TYPE_PARAM;
}

static bool is_type_binding(uint8_t kind) {
  return kind == BIND_IMPORT || kind == BIND_CLASS || kind == BIND_ENUM || kind == BIND_NAMESPACE || !is_value_binding(kind);
}

// The first declaration of a name counts, but a function with a body replaces its overload signatures and a
// class an interface of the same name.
static bool replaces(const File *f, Id old, const Binding *new) {
  const Binding *b = &f->facts.bindings.at[old];
  if (b->kind == BIND_INTERFACE)
    return new->kind == BIND_CLASS;
  const Expr *e = expr_at(f, b->value);
  return b->kind == BIND_FUNCTION && e->kind == EX_FUNCTION && f->facts.functions.at[e->a].flags & FN_NO_BODY;
}

// The operand whose value an expression has: of a cast, an await, an assignment; 0 for any other.
static Id handed_through(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_CAST || e->kind == EX_AWAIT ? e->a : e->kind == EX_ASSIGN ? e->b : 0;
}

static void index_binding(File *f, Id id) {
  const Binding *b = &f->facts.bindings.at[id];
  for (int types = 0; types < 2; types++) {
    if (!(types ? is_type_binding(b->kind) : is_value_binding(b->kind)))
      continue;
    uint64_t key = name_key(b->scope, b->name, types);
    Id old = map_get(&f->names, key);
    if (!old || replaces(f, old, b))
      map_put(&f->names, key, id);
  }
  Id value = b->kind == BIND_CONST || b->kind == BIND_LET ? b->value : 0;
  for (; value; value = handed_through(f, value))
    map_put(&f->owners, value, id);
}

Id root_of(const File *f, Id expr) {
  for (;;) {
    const Expr *e = expr_at(f, expr);
    bool chain = e->kind == EX_MEMBER || e->kind == EX_CALL || e->kind == EX_TAGGED || e->kind == EX_AWAIT ||
                 e->kind == EX_CAST || e->kind == EX_INDEX;
    if (!chain || !e->a)
      return expr;
    expr = e->a;
  }
}

void chain_push(Map *heads, uint64_t key, Map *next, Id id) {
  uint32_t head = map_get(heads, key);
  if (head)
    map_put(next, id, head);
  map_put(heads, key, id);
}

// Functions that are arguments by their name.
static void index_handed(File *f) {
  bool *is_function = xcalloc(f->facts.names.entries.n, sizeof *is_function);
  for (Id i = 1; i < f->facts.functions.n; i++)
    is_function[f->facts.functions.at[i].name] = true;
  for (Id id = 1; id < f->facts.exprs.n; id++) {
    const Expr *e = expr_at(f, id), *call = expr_at(f, e->parent);
    if (e->kind == EX_IDENT && e->name && is_function[e->name] && call->kind == EX_CALL && call->a != id)
      chain_push(&f->handed, e->name + 1u, &f->chain, id);
  }
  xfree(is_function);
}

static void index_calls(File *f) {
  uint32_t count = 0;
  for (Id id = 1; id < f->facts.exprs.n; id++)
    count += is_call(expr_at(f, id));
  vec_room(&f->calls, count);
  for (Id id = 1; id < f->facts.exprs.n; id++)
    if (is_call(expr_at(f, id)))
      vec_push(&f->calls, id);
}

// Whether a function is declared in a scope, and so is there before the scope's code runs.
static bool is_hoisted(const File *f, const Function *function) {
  Id declared = map_get(&f->names, name_key(expr_at(f, function->expr)->scope, function->name, false));
  const Binding *b = &f->facts.bindings.at[declared];
  return b->kind == BIND_FUNCTION && b->value == function->expr;
}

// Where each scope is left whatever happens: at its first `return` or `throw`, and all of it behind one of the scope around it.
static void index_ends(File *f) {
  f->extents[0].left = UINT32_MAX;
  for (Id scope = 1; scope < f->facts.scopes.n; scope++) {
    const Scope *s = &f->facts.scopes.at[scope];
    Slice exits = exits_at(f, scope);
    const Exit *exit = &f->facts.exits.at[exits.n ? exits.at[0] : 0];
    bool leaves = exits.n && (exit->kind == EXIT_RETURN || exit->kind == EXIT_THROW);
    bool hoisted = s->kind == SC_FUNCTION && is_hoisted(f, &f->facts.functions.at[s->function]);
    bool behind = !hoisted && s->span.start >= f->extents[s->parent].left;
    f->extents[scope].left = behind ? 0 : leaves ? exit->span.end : UINT32_MAX;
  }
}

//
// All of it
//

// All in one block: threads wait for each other to get memory.
static void make_room(File *f) {
  const Facts *facts = &f->facts;
  size_t words = 2 * (size_t)facts->names.entries.n + facts->exprs.n + facts->types.n;
  size_t extents = facts->scopes.n * sizeof *f->extents;
  f->units = xcalloc(1, facts->functions.n * sizeof *f->units + extents + words * sizeof(uint32_t));
  f->extents = (Extent *)(f->units + facts->functions.n);
  f->syms = (Sym *)(f->extents + facts->scopes.n);
  f->modules = f->syms + facts->names.entries.n;
  f->values = f->modules + facts->names.entries.n;
  f->types = f->values + facts->exprs.n;
  map_room(&f->names, facts->bindings.n);
}

void index_file(File *f) {
  make_room(f);
  index_places(f);
  for (Id i = 1; i < f->facts.bindings.n; i++)
    index_binding(f, i);
  index_ends(f);
  index_calls(f);
  index_handed(f);
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

Slice puts_inside(Program *p, FileId file, Id scope) {
  File *f = &p->files.at[file];
  if (!f->puts.start)
    index_puts_in_this(f);
  return groups_slice(&f->puts, scope, f->extents[scope].scopes);
}

Slice exits_inside(const File *f, Id scope) { return groups_slice(&f->exits, scope, f->extents[scope].scopes); }

Slice exits_at(const File *f, Id scope) { return groups_slice(&f->exits, scope, scope + 1); }

bool is_unreachable(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr);
  return e->span.start >= f->extents[e->scope].left;
}

Slice bindings_at(const File *f, Id scope) { return groups_slice(&f->variables, scope, scope + 1); }

enum { MAX_PATTERN = 12 };  // steps from a variable to what its pattern takes apart

Id param_value(const File *f, Id function, uint32_t index) {
  Slice bindings = bindings_at(f, f->facts.functions.at[function].scope);
  for (uint32_t i = 0; i < bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    Id root = b->kind == BIND_PARAM ? b->value : 0;
    for (uint32_t steps = 0; expr_at(f, root)->kind != EX_PARAM && steps < MAX_PATTERN; steps++)
      root = expr_at(f, root)->a;
    const Expr *e = expr_at(f, root);
    if (e->kind == EX_PARAM && e->a == function && e->b == index)
      return root;
  }
  return 0;
}

Id class_at(const File *f, Id scope) { return map_get(&f->classes, scope); }
