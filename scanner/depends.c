// depends.c - whether an expression depends on certain parameters of the function that it stands in.
//
// This follows data only: what a variable was made of, what was assigned to it, what its methods were given. Other
// than for loops, a call that gives something else each time and the function's other parameters do not count.
#include "values.h"

#include <string.h>

enum { MAX_DEPTH = 40, MAX_SEEN = 64 };

// One question: which expressions get data from the items of the function.
typedef struct Flow {
  Program *p;
  FileId file;
  Id function;
  Id region;  // the function's scope
  Items items;
  Id seen[MAX_SEEN];  // bindings that were looked at: what they get is known or being found out
  uint32_t nseen;
  int depth;
  bool lost;          // the way was too long to be followed to its end
} Flow;

static bool flows(Flow *l, Id expr);

static bool any_flows(Flow *l, uint32_t first, uint32_t count, Id but) {
  const File *f = &l->p->files.at[l->file];
  for (uint32_t i = 0; i < count; i++)
    if (list_at(f, first, i) != but && flows(l, list_at(f, first, i)))
      return true;
  return false;
}

// Whether the chain that starts with an identifier is given something that depends on the items: `x.y = e`, `x.y(e)`,
// `x.y().z(e)`.
static bool chain_gets(Flow *l, Id ident) {
  const File *f = &l->p->files.at[l->file];
  for (Id at = ident;;) {
    Id parent = expr_at(f, at)->parent;
    const Expr *e = expr_at(f, parent);
    if (e->a != at)
      return false;
    if (e->kind == EX_ASSIGN)
      return flows(l, e->b);
    if (e->kind == EX_CALL && at != ident && any_flows(l, e->first, e->count, 0))
      return true;
    if (e->kind != EX_MEMBER && e->kind != EX_INDEX && (e->kind != EX_CALL || at == ident))
      return false;
    at = parent;
  }
}

// Whether something that depends on the items is assigned to the variable or its members, or given to its methods.
static bool gets_in_region(Flow *l, Id binding) {
  const File *f = &l->p->files.at[l->file];
  Name name = f->facts.bindings.at[binding].name;
  Slice uses = uses_of(l->p, l->file, binding);
  for (uint32_t i = 0; i < uses.n; i++) {
    const Expr *e = expr_at(f, uses.at[i]);
    if (binding_of(l->p, l->file, e->scope, name, false) == binding && chain_gets(l, uses.at[i]))
      return true;
  }
  return false;
}

static bool is_seen(Flow *l, Id binding) {
  for (uint32_t i = 0; i < l->nseen; i++)
    if (l->seen[i] == binding)
      return true;
  l->lost |= l->nseen == MAX_SEEN;
  if (l->nseen == MAX_SEEN)
    return true;
  l->seen[l->nseen++] = binding;
  return false;
}

static bool binding_flows(Flow *l, Id binding) {
  const File *f = &l->p->files.at[l->file];
  const Binding *b = &f->facts.bindings.at[binding];
  bool variable = b->kind == BIND_CONST || b->kind == BIND_LET || b->kind == BIND_PARAM;
  // A variable of the function that made the method is part of the object: other methods may have put something into it.
  if (binding && !scope_inside(f, b->scope, l->region))
    return variable && f->facts.scopes.at[b->scope].function && l->items & ITEM_THIS;
  if (!binding || is_seen(l, binding))
    return false;
  if (b->kind == BIND_FUNCTION || variable)
    return (b->value && flows(l, b->value)) || (variable && gets_in_region(l, binding));
  return false;
}

// A parameter of a function that stands in this one: what the call that gets the function works on.
static bool inner_param_flows(Flow *l, Id function) {
  const File *f = &l->p->files.at[l->file];
  Id expr = f->facts.functions.at[function].expr, call = expr_at(f, expr)->parent;
  const Expr *e = expr_at(f, call);
  if (argument_index(f, call, expr) < 0)
    return true;
  return flows(l, e->a) || any_flows(l, e->first, e->count, expr);
}

static bool param_flows(Flow *l, const Expr *e) {
  if (e->a != l->function)
    return inner_param_flows(l, e->a);
  return e->b < ITEM_LIMIT && l->items & 1u << e->b;
}

// What a function that stands in this one takes from around it.
static bool function_flows(Flow *l, Id function) {
  const File *f = &l->p->files.at[l->file];
  Id scope = f->facts.functions.at[function].scope;
  for (Id i = f->extents[scope].first; i < f->extents[scope].end; i++) {
    const Expr *e = expr_at(f, i);
    if ((e->kind != EX_IDENT && e->kind != EX_THIS) || !scope_inside(f, e->scope, scope))
      continue;
    Id binding = e->kind == EX_IDENT ? binding_of(l->p, l->file, e->scope, e->name, false) : 0;
    if (binding && scope_inside(f, f->facts.bindings.at[binding].scope, scope))
      continue;
    if (flows(l, i))
      return true;
  }
  return false;
}

static bool parts_flow(Flow *l, Id expr) {
  const File *f = &l->p->files.at[l->file];
  Id parts[64];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (flows(l, parts[i]))
      return true;
  return false;
}

static bool flows(Flow *l, Id expr) {
  const Expr *e = expr_at(&l->p->files.at[l->file], expr);
  l->lost |= l->depth > MAX_DEPTH;
  if (!expr || l->depth > MAX_DEPTH)
    return false;
  bool found = false;
  l->depth++;
  if (e->kind == EX_IDENT)
    found = binding_flows(l, binding_of(l->p, l->file, e->scope, e->name, false));
  else if (e->kind == EX_THIS)
    found = l->items & ITEM_THIS;
  else if (e->kind == EX_PARAM)
    found = param_flows(l, e);
  else if (e->kind == EX_FUNCTION)
    found = function_flows(l, e->a);
  else
    found = parts_flow(l, expr);
  l->depth--;
  return found;
}

static bool depends_or(Program *p, FileId file, Id expr, Id function, Items items, bool when_lost) {
  Flow l = {.p = p, .file = file, .function = function, .items = items};
  l.region = p->files.at[file].facts.functions.at[function].scope;
  return flows(&l, expr) || (l.lost && when_lost);
}

bool depends(Program *p, FileId file, Id expr, Id function, Items items) {
  return depends_or(p, file, expr, function, items, false);
}

bool binds_item(const File *f, Id binding, Items items) {
  const Expr *e = expr_at(f, f->facts.bindings.at[binding].value);
  while (operand_of(e))
    e = expr_at(f, operand_of(e));
  return e->kind == EX_PARAM && (!items || (e->b < ITEM_LIMIT && items & 1u << e->b));
}

//
// Through calls
//

Items arguments_depending(Program *p, FileId file, Id call, Id function, Items items, bool when_lost) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  Items found = callee->kind == EX_MEMBER && depends_or(p, file, callee->a, function, items, when_lost) ? ITEM_THIS : 0;
  for (uint32_t i = 0; i < e->count; i++) {
    Id argument = list_at(f, e->first, i);
    if (!depends_or(p, file, argument, function, items, when_lost))
      continue;
    // What is spread may be any of the parameters from here on.
    bool spread = expr_at(f, argument)->kind == EX_SPREAD;
    found |= spread ? ~ITEM_THIS & ~((1u << i) - 1) : i < ITEM_LIMIT ? 1u << i : 0;
  }
  return found;
}

//
// Beside a DataLoader
//

static bool names_loader(const File *f, Id expr, int depth) {
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > 6 || e->kind == EX_FUNCTION)
    return false;
  if ((e->kind == EX_IDENT || e->kind == EX_MEMBER) && strcasestr(text_of(f, e->name), "loader"))
    return true;
  Id parts[16];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (names_loader(f, parts[i], depth + 1))
      return true;
  return false;
}

// Whether a scope is the side of a branch that runs when its condition does not hold.
static bool is_other_side(const File *f, const Scope *s, Id expr) {
  const Expr *condition = expr_at(f, s->a), *branch = expr_at(f, condition->parent);
  if (s->kind == SC_IF)
    return condition->kind == EX_UNARY;
  if (s->kind != SC_BRANCH || branch->kind != EX_ALT)
    return s->kind == SC_ELSE;
  if (branch->c)
    return expr_at(f, expr)->span.start >= expr_at(f, branch->b)->span.start;
  return strcmp(text_of(f, branch->name), "&&");
}

// Whether the function is left before the expression when there are loaders.
static bool leaves_with_loader(const File *f, Id expr) {
  Slice exits = exits_inside(f, f->facts.functions.at[unit_of(f, expr)].scope);
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    if (exit->kind == EXIT_RETURN && s->kind == SC_IF && s->function == unit_of(f, expr) &&
        exit->span.end <= expr_at(f, expr)->span.start && names_loader(f, s->a, 0))
      return true;
  }
  return false;
}

// Whether the expression is what runs where there are no loaders: `loaders ? loaders.user.load(id) : find(id)`.
static bool stands_in_for_loader(const File *f, Id expr) {
  for (Id scope = expr_at(f, expr)->scope; scope; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_FUNCTION)
      break;
    if (s->a && names_loader(f, s->a, 0) && is_other_side(f, s, expr))
      return true;
  }
  return leaves_with_loader(f, expr);
}

bool reach_depends(Program *p, FileId file, Id call, Ref via, const Reach *to, Id function, Items items, bool when_lost) {
  for (int hops = 0; hops < MAX_DEPTH; hops++) {
    const File *f = &p->files.at[file];
    if (!depends_or(p, file, call, function, items, when_lost) || stands_in_for_loader(f, call))
      return false;
    if (!via.file)
      return true;
    // A function written within this one sees what this one has; any other only what it is given.
    Id region = f->facts.functions.at[function].scope;
    bool within = via.file == file && scope_inside(f, f->facts.functions.at[via.id].scope, region);
    if (!within) {
      items = arguments_depending(p, file, call, function, items, when_lost);
      function = via.id;
    }
    const Reach *reach = reach_to(p, via, to->site, to->statement);
    if (!reach)
      return false;
    file = via.file;
    call = reach->through;
    via = reach->via;
  }
  return false;
}
