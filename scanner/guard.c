// guard.c - queries that a function makes only when its caller did not hand in what they would read.
//
// `async function f(id, user) { user = user ?? (await load(id)) ... }` does not query when `user` is given, so
// a call in a loop that gives it is no N+1.
#include "calls.h"
#include "repeat.h"
#include "values.h"

#include <string.h>

// Parts of a condition, exits of a function, steps from a name to its parameter, and what is put into a list that are looked at.
enum { MAX_CONDITION = 4, MAX_EXITS = 64, MAX_PATH = 8, MAX_PUSHES = 16 };

// The parameter, or the property of one, that an expression reads.
Guard parameter_path(Program *p, FileId file, Id expr, Id function, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (depth > 4)
    return (Guard){0};
  if (e->kind == EX_PARAM)
    return e->a == function ? (Guard){.param = (uint16_t)(e->b + 1)} : (Guard){0};
  if (e->kind == EX_MEMBER) {
    Guard object = parameter_path(p, file, e->a, function, depth + 1);
    return object.param && !object.key ? (Guard){.param = object.param, .key = sym_of(f, e->name)} : (Guard){0};
  }
  if (e->kind == EX_CAST || (e->kind == EX_ALT && !e->c && strcmp(text_of(f, e->name), "&&")))
    return parameter_path(p, file, e->a, function, depth + 1);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  Id value = binding ? f->facts.bindings.at[binding].value : 0;
  bool local = binding && f->facts.bindings.at[binding].kind != BIND_IMPORT;
  return local && value ? parameter_path(p, file, value, function, depth + 1) : (Guard){0};
}

// Whether a default leaves a parameter, or with `inside` a property of it, as it is where a call says nothing: there is
// none, or it is an empty object (`options = {}`).
static bool adds_nothing(const File *f, Id other, bool inside) {
  const Expr *e = expr_at(f, other);
  return !other || (inside && e->kind == EX_OBJECT && !e->count);
}

// How the right side of `a ?? b` and `a || b` stands in for what a call gives; of an object, for a property of which is
// asked, only where that is left out.
static Kept kept_beside(const File *f, const Expr *alt, bool inside) {
  if (adds_nothing(f, alt->b, inside))
    return KEPT_ALL;
  if (is_false_or_null(f, alt->b))
    return inside ? KEPT_GIVEN : KEPT_OFF;
  return inside || !strcmp(text_of(f, alt->name), "?\?") ? KEPT_GIVEN : KEPT_NOT;
}

static Kept worse(Kept a, Kept b) { return a > b ? a : b; }

// How much of what a call gives for a parameter the expression that reads it still sees; with a key, of that property of
// what it reads.
static Kept kept_on_path(Program *p, FileId file, Id expr, Sym key) {
  const File *f = &p->files.at[file];
  Kept kept = KEPT_ALL;
  for (int step = 0; step < MAX_PATH && kept < KEPT_NOT; step++) {
    const Expr *e = expr_at(f, expr);
    if (e->kind == EX_PARAM) {
      const Param *param = &f->facts.params.at[list_at(f, f->facts.functions.at[e->a].params.first, e->b)];
      Kept beside = adds_nothing(f, param->init, key) ? KEPT_ALL : !key && is_false_or_null(f, param->init) ? KEPT_OFF : KEPT_GIVEN;
      return param->flags & PARAM_REST ? KEPT_NOT : worse(kept, beside);
    }
    Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
    if (binding)
      kept = worse(kept, kept_of(p, file, binding, key, e->span.start));
    if (e->kind == EX_ALT)
      kept = worse(kept, kept_beside(f, e, key));
    key = e->kind == EX_MEMBER ? sym_of(f, e->name) : key;
    expr = binding ? f->facts.bindings.at[binding].value : e->a;
  }
  return KEPT_NOT;
}

// x of `x === undefined`, or with `same` false of `x !== undefined`; 0 for any other condition.
static Id compared_with_nothing(const File *f, const Expr *condition, bool same) {
  const char *op = text_of(f, condition->name), *right = text_of(f, expr_at(f, condition->b)->name);
  bool fits = condition->kind == EX_BINARY && (*op == '=' || *op == '!') && (*op == '=') == same;
  return fits && (!strcmp(right, "undefined") || !strcmp(right, "null")) ? condition->a : 0;
}

// What has to be absent for the scope to run: x of `if (!x) {...}`, `if (x) ... else {...}` and of the right side of
// `x ?? ...`.
Id absent_in(const File *f, const Scope *s) {
  const Expr *condition = expr_at(f, s->a), *around = expr_at(f, condition->parent);
  bool negated = condition->kind == EX_UNARY && !strcmp(text_of(f, condition->name), "!");
  if (s->kind == SC_IF)
    return negated ? condition->a : compared_with_nothing(f, condition, true);
  if (s->kind == SC_ELSE)
    return condition->kind == EX_BINARY ? compared_with_nothing(f, condition, false) : negated ? 0 : s->a;
  if (s->kind != SC_BRANCH || around->kind != EX_ALT || around->c)
    return 0;
  return strcmp(text_of(f, around->name), "&&") ? s->a : 0;
}

// What has to be there for the scope to run: x of `if (x) {...}`, of `x ? ... : y` and of the right side of `x && ...`.
static Id present_in(const File *f, const Scope *s) {
  const Expr *around = expr_at(f, expr_at(f, s->a)->parent);
  if (s->kind == SC_IF)
    return s->a;
  if (s->kind != SC_BRANCH || around->kind != EX_ALT)
    return 0;
  bool first = around->c && s->span.start <= expr_at(f, around->a)->span.start && s->span.end <= expr_at(f, around->b)->span.start;
  return first || !strcmp(text_of(f, around->name), "&&") ? s->a : 0;
}

Id given_by(const File *f, const Expr *condition) {
  const char *op = text_of(f, condition->name), *right = text_of(f, expr_at(f, condition->b)->name);
  return strcmp(op, "!==") || !strcmp(right, "undefined") ? compared_with_nothing(f, condition, false) : 0;
}

// Whether what is wanted is not there where a call leaves it out.
static bool is_bare(Kept kept, uint8_t wanted) { return kept == KEPT_ALL || (kept == KEPT_OFF && wanted == WANTED_TRUE); }

static bool is_empty_list(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_ARRAY && !e->count;
}

// Whether a list is empty where a call leaves it out: `ids = []`, `options.ids ?? []`, and nothing is put into it.
static bool is_empty_without(Program *p, FileId file, Id list) {
  const File *f = &p->files.at[file];
  for (int step = 0; step < MAX_PATH; step++) {
    const Expr *e = expr_at(f, list);
    if (e->kind == EX_PARAM)
      return is_empty_list(f, f->facts.params.at[list_at(f, f->facts.functions.at[e->a].params.first, e->b)].init);
    if (e->kind == EX_ALT)
      return is_empty_list(f, e->b);
    Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
    if (!binding || map_get(&f->pushed, binding) || kept_of(p, file, binding, 0, e->span.start) != KEPT_ALL)
      return false;
    list = f->facts.bindings.at[binding].value;
  }
  return false;
}

// The parameter, or property of one, that a list comes from which is empty where that is left out.
static Guard filled_by(Program *p, FileId file, Id list, Id function) {
  Guard guard = parameter_path(p, file, list, function, 0);
  if (!guard.param || !is_empty_without(p, file, list))
    return (Guard){0};
  guard.wanted = WANTED_TRUE;
  guard.bare = true;
  return guard;
}

// x of `x.length` and `x.length > 0`, 0 for any other condition.
static Id list_asked_for(const File *f, const Expr *condition) {
  bool more = condition->kind == EX_BINARY && !strcmp(text_of(f, condition->name), ">");
  const Expr *length = more ? expr_at(f, condition->a) : condition;
  if (more && strcmp(text_of(f, expr_at(f, condition->b)->name), "0"))
    return 0;
  return length->kind == EX_MEMBER && !strcmp(text_of(f, length->name), "length") ? length->a : 0;
}

// The parameter that has to be given for a condition to hold; of several that are joined by `&&` the first.
static Guard wanted_by(Program *p, FileId file, Id condition, Id function, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition);
  Guard guard = {0};
  if (depth < MAX_CONDITION && e->kind == EX_ALT && !e->c && !strcmp(text_of(f, e->name), "&&")) {
    guard = wanted_by(p, file, e->a, function, depth + 1);
    return guard.param ? guard : wanted_by(p, file, e->b, function, depth + 1);
  }
  guard = filled_by(p, file, list_asked_for(f, e), function);
  if (guard.param)
    return guard;
  Id given = given_by(f, e), wanted = e->kind == EX_IDENT || e->kind == EX_MEMBER ? condition : given;
  guard = parameter_path(p, file, wanted, function, 0);
  Kept kept = guard.param ? kept_on_path(p, file, wanted, 0) : KEPT_NOT;
  if (kept == KEPT_NOT)
    return (Guard){0};
  guard.wanted = given ? WANTED_GIVEN : WANTED_TRUE;
  guard.bare = is_bare(kept, guard.wanted);
  return guard;
}

// The parameter without which a branch is taken, where it is left out: `if (!user) ...`, `if (user === undefined) ...`.
static Guard needed_not_to(Program *p, FileId file, Id condition, Id absent, Id function) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition);
  bool compared = e->kind == EX_BINARY, undefined = !strcmp(text_of(f, expr_at(f, e->b)->name), "undefined");
  if (compared && !strcmp(text_of(f, e->name), "===") && !undefined)
    return (Guard){0};
  Guard guard = wanted_by(p, file, absent, function, MAX_CONDITION);
  guard.wanted = compared ? WANTED_GIVEN : guard.wanted;
  return guard;
}

// Whether a function returns on a condition before an expression, which is so reached without it only.
static bool returns_before(const File *f, const Exit *exit, Id function, Id expr) {
  const Scope *s = &f->facts.scopes.at[exit->scope];
  bool leaves = exit->kind == EXIT_RETURN && s->kind == SC_IF && s->function == function && s->a;
  return leaves && exit->span.end <= expr_at(f, expr)->span.start && scope_inside(f, expr_at(f, expr)->scope, s->parent);
}

// The parameter whose presence, `if (user) { ...; return; }`, or else whose absence ends the function before the expression.
static Guard left_with(Program *p, FileId file, Id expr, Id function) {
  const File *f = &p->files.at[file];
  Slice exits = exits_inside(f, f->facts.functions.at[function].scope);
  Guard given = {0}, left_out = {0};
  for (uint32_t i = 0; i < exits.n && i < MAX_EXITS && !given.param; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    if (!returns_before(f, exit, function, expr))
      continue;
    Id absent = absent_in(f, s);
    if (!absent)
      given = wanted_by(p, file, s->a, function, MAX_CONDITION);
    else if (!left_out.param)
      left_out = needed_not_to(p, file, s->a, absent, function);
  }
  if (!given.param)
    return left_out;
  given.wanted = WANTED_ABSENT;
  given.bare = false;
  return given;
}

// The parameter that has to be absent for a scope to run, also beside something else: `if (deep && !user) ...`.
static Guard missing_in(Program *p, FileId file, const Scope *s, Id function) {
  const File *f = &p->files.at[file];
  Id absent = absent_in(f, s);
  if (absent)
    return parameter_path(p, file, absent, function, 0);
  const Expr *e = expr_at(f, s->a);
  bool both = s->kind == SC_IF && e->kind == EX_ALT && !e->c && !strcmp(text_of(f, e->name), "&&");
  Guard guard = {0};
  for (int i = 0; both && i < 2 && !guard.param; i++) {
    const Expr *part = expr_at(f, i ? e->b : e->a);
    if (part->kind == EX_UNARY && !strcmp(text_of(f, part->name), "!"))
      guard = parameter_path(p, file, part->a, function, 0);
  }
  return guard;
}

static Guard missing_around(Program *p, FileId file, Id expr, Id function) {
  const File *f = &p->files.at[file];
  Guard guard = {0};
  for (Id scope = expr_at(f, expr)->scope; scope && !guard.param; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_FUNCTION)
      break;
    guard = s->a ? missing_in(p, file, s, function) : guard;
  }
  return guard;
}

// The parameter whose absence is what fills a list: `const ids = []; if (!user) ids.push(...)`.
static Guard filled_without(Program *p, FileId file, Id list, Id function) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, list);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  Id push = b->kind == BIND_CONST && is_empty_list(f, b->value) ? map_get(&f->pushed, binding) : 0;
  Guard all = push ? missing_around(p, file, push, function) : (Guard){0};
  int more = MAX_PUSHES;
  for (push = map_get(&f->chain, push); push && all.param; push = map_get(&f->chain, push)) {
    Guard guard = more-- ? missing_around(p, file, push, function) : (Guard){0};
    all = guard.param == all.param && guard.key == all.key ? all : (Guard){0};
  }
  return all;
}

Guard guard_of(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id function = unit_of(f, expr);
  Guard missing = missing_around(p, file, expr, function), wanted = {0};
  if (missing.param)
    return missing;
  for (Id scope = expr_at(f, expr)->scope; scope; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_FUNCTION)
      break;
    Id present = s->a && !absent_in(f, s) ? present_in(f, s) : 0;
    if (present && !wanted.param)
      wanted = wanted_by(p, file, present, function, 0);
    if (present && !wanted.param)
      wanted = filled_without(p, file, list_asked_for(f, expr_at(f, present)), function);
    if (s->kind == SC_FOR_OF && !wanted.param)
      wanted = filled_by(p, file, s->a, function);
  }
  return wanted.param || !function ? wanted : left_with(p, file, expr, function);
}

Guard guard_of_edge(Program *p, FileId file, const Edge *edge) {
  Guard guard = guard_of(p, file, edge->call);
  Id function = unit_of(&p->files.at[file], edge->call);
  return guard.param || edge->kind != EDGE_EACH || !function ? guard : filled_by(p, file, edge->over, function);
}

// Whether an expression asks a client whether it is in a transaction: `knex.isTransaction`, `em.isInTransaction()`.
static bool asks_transaction(Program *p, FileId file, Id expr) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  if (e->kind == EX_CALL)
    e = expr_at(&p->files.at[file], e->a);
  ValueId each[4];
  uint32_t n = e->kind == EX_MEMBER ? value_each(p, value_of(p, file, e->a), each) : 0;
  for (uint32_t i = 0; i < n; i++) {
    const Value *v = value_at(p, each[i]);  // what a function gets is often either, a client or a transaction
    const Meaning *m = v->kind == VAL_LIBRARY ? library_member(p->libs, (StateId)v->a, text_of(&p->files.at[file], e->name)) : NULL;
    if (m && m->in_transaction)
      return true;
  }
  return false;
}

bool is_outside_only(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id function = unit_of(f, expr), scope = expr_at(f, expr)->scope;
  for (; scope && f->facts.scopes.at[scope].kind != SC_FUNCTION; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    Id absent = s->a ? absent_in(f, s) : 0;
    if (absent && asks_transaction(p, file, absent))
      return true;
  }
  Slice exits = exits_inside(f, f->facts.functions.at[function].scope);
  for (uint32_t i = 0; function && i < exits.n && i < MAX_EXITS; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    if (returns_before(f, exit, function, expr) && asks_transaction(p, file, f->facts.scopes.at[exit->scope].a))
      return true;
  }
  return false;
}

static bool is_nothing(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr);
  const char *text = text_of(f, e->name);
  return !expr || ((e->kind == EX_LITERAL || e->kind == EX_IDENT) && (!strcmp(text, "undefined") || !strcmp(text, "null")));
}

// What an object that is written out has under a key, 0 for nothing.
static Id property_at(const File *f, Id object, Sym key) {
  const Expr *e = expr_at(f, object);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    if (property->kind == EX_PROPERTY && sym_of(f, property->name) == key)
      return property->a;
  }
  return 0;
}

Id guard_argument(const File *f, Id call, Guard guard) {
  Id argument = guard.param ? argument_at(f, call, guard.param - 1) : 0;
  return guard.key ? property_at(f, argument, guard.key) : argument;
}

// Whether a call certainly says nothing of the parameter, or of its property.
static bool leaves_out(const File *f, Id call, Guard guard) {
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  if ((e->kind != EX_CALL && e->kind != EX_NEW) || !strcmp(name, "call") || !strcmp(name, "apply"))
    return false;
  for (uint32_t i = 0; i < e->count; i++)
    if (expr_at(f, list_at(f, e->first, i))->kind == EX_SPREAD)
      return false;
  Id argument = argument_at(f, call, guard.param - 1);
  const Expr *object = expr_at(f, argument);
  for (uint32_t i = 0; object->kind == EX_OBJECT && i < object->count; i++) {
    const Expr *part = expr_at(f, list_at(f, object->first, i));
    if (part->kind != EX_PROPERTY || !part->name || sym_of(f, part->name) == guard.key)
      return false;
  }
  return !argument || (guard.key && object->kind == EX_OBJECT);
}

static bool is_given_plainly(const File *f, Id expr) { return !is_nothing(f, expr) && !is_false_or_null(f, expr); }

// Whether something is given in place of what has to be absent; false says that it is not there. Of `a ? b : c` each is to be
// something, of `a ?? b` the last one.
static bool is_given(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr);
  for (int depth = 0; e->kind == EX_ALT && depth < MAX_CONDITION; depth++, e = expr_at(f, expr)) {
    if (!strcmp(text_of(f, e->name), "&&") || (e->c && !is_given_plainly(f, e->a)))
      return false;
    expr = e->b;
  }
  return is_given_plainly(f, expr);
}

// Whether the property of a variable is assigned somewhere: `o.user = null`.
static bool is_put_later(const Program *p, FileId file, Id ident, Sym key) {
  Id binding = binding_of_ident(p, file, ident);
  return binding && map_get(&p->files.at[file].members, member_key(false, binding, key));
}

// Whether what a call hands in is an object that has a property, by what a variable is or what a function of ours gives each time.
static bool gives_property(Program *p, FileId file, Id argument, Sym key) {
  const File *f = &p->files.at[file];
  Ref made = expr_at(f, argument)->kind == EX_IDENT ? definition_of(p, file, argument) : (Ref){file, argument};
  if (!made.file || (made.id != argument && is_put_later(p, file, argument, key)))
    return false;
  const File *g = &p->files.at[made.file];
  Id value = expr_at(g, made.id)->kind == EX_AWAIT ? expr_at(g, made.id)->a : made.id;
  Ref maker = expr_at(g, value)->kind == EX_CALL ? value_function(p, value_of(p, made.file, expr_at(g, value)->a)) : (Ref){0, 0};
  if (!maker.file)
    return is_given(g, property_at(g, value, key));
  const File *h = &p->files.at[maker.file];
  List returns = h->facts.functions.at[maker.id].returns;
  bool all = returns.count && returns.count <= MAX_EXITS;
  for (uint32_t i = 0; i < returns.count && all; i++)
    all = is_given(h, property_at(h, list_at(h, returns.first, i), key));
  return all;
}

bool guard_prevents(Program *p, FileId file, Id call, Guard guard) {
  const File *f = &p->files.at[file];
  Id given = guard.param ? guard_argument(f, call, guard) : 0;
  if (guard.wanted == WANTED_ABSENT && guard.key && !given)
    return gives_property(p, file, argument_at(f, call, guard.param - 1), guard.key);
  if (guard.wanted == WANTED_ABSENT)
    return guard.param && is_given(f, given);
  if (guard.bare && leaves_out(f, call, guard))
    return true;
  // A default may stand in for null.
  return guard.wanted == WANTED_TRUE && given && is_false_or_null(f, given) && (guard.bare || !is_nothing(f, given));
}

// `load(id, shared ? { sign: true } : undefined)`: nothing is handed in but where the condition holds.
static bool is_chosen(const File *f, Id argument, Guard guard) {
  const Expr *e = expr_at(f, argument);
  return e->kind == EX_ALT && e->c && guard.bare && guard.wanted != WANTED_ABSENT && is_nothing(f, e->b);
}

// `load(id, options)`, `load(id, options.user)`: what the callee depends on, the caller's own callers hand in.
Guard guard_handed_in(Program *p, FileId file, const Edge *edge, Guard guard) {
  const File *f = &p->files.at[file];
  Id argument = edge->kind == EDGE_CALL && guard.param ? argument_at(f, edge->call, guard.param - 1) : 0;
  Guard handed = argument ? parameter_path(p, file, argument, unit_of(f, edge->call), 0) : (Guard){0};
  if (is_chosen(f, argument, guard))
    return wanted_by(p, file, expr_at(f, argument)->c, unit_of(f, edge->call), 0);
  if (!handed.param || (handed.key && guard.key))
    return (Guard){0};
  Kept kept = guard.wanted == WANTED_ABSENT ? KEPT_GIVEN : kept_on_path(p, file, argument, guard.key);
  if (kept == KEPT_NOT)
    return (Guard){0};
  handed.wanted = guard.wanted;
  handed.bare = guard.bare && is_bare(kept, guard.wanted);
  handed.key = handed.key ? handed.key : guard.key;
  return handed;
}

//
// Caches
//

// Whether a callee is called after a cache: `requestCache.fetch`, `memoize`.
static bool names_cache(const File *f, Id callee) {
  const Expr *e = expr_at(f, callee);
  const char *name = text_of(f, e->name);
  if (strcasestr(name, "cache") || strcasestr(name, "memoi"))
    return true;
  return e->kind == EX_MEMBER && names_cache(f, e->a);
}

// `new Map()`, `new LRUCache()`.
static bool is_made_to_keep(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr), *class = expr_at(f, e->a);
  const char *name = e->kind == EX_NEW && class->kind == EX_IDENT ? text_of(f, class->name) : "";
  return !strcmp(name, "Map") || !strcmp(name, "WeakMap") || (*name && names_cache(f, e->a));
}

// `cache.get(key)`: of a map, of what is called a cache, or of what the file also puts something into.
static bool gets_kept(const Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a), *object = expr_at(f, callee->a);
  if (e->kind != EX_CALL || callee->kind != EX_MEMBER || strcmp(text_of(f, callee->name), "get"))
    return false;
  Id binding = object->kind == EX_IDENT ? binding_of(p, file, object->scope, object->name, false) : 0;
  bool named = object->kind == EX_IDENT || object->kind == EX_MEMBER;
  return (named && (names_cache(f, callee->a) || map_get(&f->filled, object->name))) ||
         (binding && is_made_to_keep(f, f->facts.bindings.at[binding].value));
}

// What `cache.get(key)` or `findCached(key)` gave, maybe by way of a variable.
static bool is_got(Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > 4)
    return false;
  if (e->kind == EX_CALL)
    return gets_kept(p, file, expr) || names_cache(f, e->a);
  if (e->kind == EX_AWAIT || e->kind == EX_CAST)
    return is_got(p, file, e->a, depth + 1);
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  return (b->kind == BIND_CONST || b->kind == BIND_LET) && is_got(p, file, b->value, depth + 1);
}

// A value that outlives the function: a variable declared outside, a field, or what `cache.get(key)` gave.
static bool outlives(Program *p, FileId file, Id expr, Id function_scope, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > 4)
    return false;
  if (e->kind == EX_MEMBER)
    return expr_at(f, e->a)->kind == EX_THIS || outlives(p, file, e->a, function_scope, depth + 1);
  if (e->kind == EX_AWAIT || e->kind == EX_CAST || e->kind == EX_ALT)
    return outlives(p, file, e->a, function_scope, depth + 1);
  if (e->kind == EX_CALL)
    return gets_kept(p, file, expr) || is_got(p, file, expr_at(f, e->a)->a, 0) ||
           (e->count == 1 && outlives(p, file, list_at(f, e->first, 0), function_scope, depth + 1));
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  if (b->kind != BIND_CONST && b->kind != BIND_LET)
    return false;
  if (!scope_inside(f, b->scope, function_scope))
    return b->kind == BIND_LET;
  return outlives(p, file, b->value, function_scope, depth + 1);
}

// Whether the function is left in some branch before the expression is reached.
static bool may_leave_before(const File *f, Id expr, Id function) {
  Slice exits = exits_inside(f, f->facts.functions.at[function].scope);
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    if (exit->kind == EXIT_RETURN && exit->value && s->function == function && s->kind != SC_FUNCTION &&
        exit->span.end <= expr_at(f, expr)->span.start)
      return true;
  }
  return false;
}

static bool is_conditional(const File *f, Id expr) {
  for (Id scope = expr_at(f, expr)->scope; scope; scope = f->facts.scopes.at[scope].parent) {
    uint8_t kind = f->facts.scopes.at[scope].kind;
    if (kind == SC_FUNCTION)
      return false;
    if (kind == SC_IF || kind == SC_ELSE || kind == SC_BRANCH)
      return true;
  }
  return false;
}

// Whether it stands where a cache had nothing: `let x = cache.get(key); if (!x) {...}`, also in functions written there.
static bool is_where_missing(Program *p, FileId file, Id expr, Id end) {
  const File *f = &p->files.at[file];
  for (Id scope = expr_at(f, expr)->scope; scope && scope != end; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    Id function = s->kind == SC_FUNCTION ? f->facts.functions.at[s->function].expr : 0;
    if (function && argument_index(f, expr_at(f, function)->parent, function) < 0)
      return false;
    if (s->a && is_got(p, file, absent_in(f, s), 0))
      return true;
  }
  return false;
}

// A method that gets a key and the function that makes what is missing.
static bool fills_missing(const File *f, const Expr *call) {
  static const char *const names[] = {"getOrSet", "getOrCreate", "wrap", "remember", "memoize", "computeIfAbsent"};
  const Expr *callee = expr_at(f, call->a);
  return call->count >= 2 && callee->kind == EX_MEMBER && is_any_of(text_of(f, callee->name), names, COUNT(names));
}

// Whether a package's cache is what an expression is given to, `unstable_cache(load)`, which calls it for what it has not kept.
static bool is_given_to_cache(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, expr)->parent;
  const Expr *e = expr_at(f, call);
  bool given = e->kind == EX_CALL && argument_index(f, call, expr) >= 0 && (names_cache(f, e->a) || fills_missing(f, e));
  return given && !value_function(p, value_of(p, file, e->a)).file;
}

// The same of a function, also by way of the variable that holds it.
static bool goes_to_cache(Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  Id binding = function_binding(p, file, function);
  bool given = is_given_to_cache(p, file, f->facts.functions.at[function].expr);
  Slice uses = binding ? uses_of(p, file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n && i < MAX_EXITS && !given; i++)
    given = binding_of_ident(p, file, uses.at[i]) == binding && is_given_to_cache(p, file, uses.at[i]);
  return given;
}

// Whether a function calls its parameter only when it has kept nothing, `get(key, make) { return kept ?? make(); }`, or lets
// a cache do so: `const made = unstable_cache(() => make(), [key])`.
static bool keeps_result(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  for (Id i = f->extents[fn->scope].first; i < f->extents[fn->scope].end; i++) {
    const Expr *e = expr_at(f, i);
    Guard callee = e->kind == EX_CALL ? parameter_path(p, function.file, e->a, function.id, 0) : (Guard){0};
    if (callee.param != index + 1 || callee.key)
      continue;
    if (unit_of(f, i) == function.id ? is_cached(p, function.file, i) : goes_to_cache(p, function.file, unit_of(f, i)))
      return true;
  }
  return false;
}

// What a call looks something up by: its first argument, where that is one of the function's parameters; 0 if it is not.
static Id key_of(Program *p, FileId file, Id call, Id function) {
  const File *f = &p->files.at[file];
  Id key = expr_at(f, call)->kind == EX_CALL ? argument_at(f, call, 0) : 0;
  return key && parameter_path(p, file, key, function, 0).param ? key : 0;
}

// The key of a hit: `const kept = await get(key); if (kept) return kept;`. 0 if an exit is none.
static Id key_of_hit(Program *p, FileId file, const Exit *exit, Id function) {
  const File *f = &p->files.at[file];
  const Scope *s = &f->facts.scopes.at[exit->scope];
  const Expr *value = expr_at(f, exit->value);
  Id binding = value->kind == EX_IDENT ? binding_of(p, file, value->scope, value->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  bool asked = exit->kind == EXIT_RETURN && s->kind == SC_IF && s->function == function && any_part(f, s->a, is_name, &value->name);
  return asked && b->kind == BIND_CONST ? key_of(p, file, expr_bare(f, b->value), function) : 0;
}

// Whether a function puts something under a key behind a place, by a call that does not get the parameter itself.
static bool puts_under(Program *p, Ref function, Id key, uint32_t from, uint32_t index) {
  const File *f = &p->files.at[function.file];
  Extent extent = f->extents[f->facts.functions.at[function.id].scope];
  for (Id i = extent.first; i < extent.end; i++) {
    const Expr *e = expr_at(f, i);
    bool puts = e->kind == EX_CALL && e->count >= 2 && e->span.start >= from && is_same_path(p, function.file, argument_at(f, i, 0), key);
    for (uint32_t k = 1; puts && k < e->count; k++)
      puts = parameter_path(p, function.file, list_at(f, e->first, k), function.id, 0).param != index + 1;
    if (puts)
      return true;
  }
  return false;
}

// Whether a function uses its parameter only behind a place.
static bool uses_after(Program *p, Ref function, uint32_t index, uint32_t from) {
  const File *f = &p->files.at[function.file];
  Extent extent = f->extents[f->facts.functions.at[function.id].scope];
  for (Id i = extent.first; i < extent.end; i++) {
    const Expr *e = expr_at(f, i);
    if (e->kind == EX_IDENT && e->span.start < from && parameter_path(p, function.file, i, function.id, 0).param == index + 1)
      return false;
  }
  return true;
}

// Whether a function leaves with what it finds under a key before it does anything with its parameter, and keeps what that makes.
static bool leaves_on_hit(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  Slice exits = exits_inside(f, f->facts.functions.at[function.id].scope);
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    Id key = key_of_hit(p, function.file, exit, function.id);
    if (key && puts_under(p, function, key, exit->span.end, index) && uses_after(p, function, index, exit->span.end))
      return true;
  }
  return false;
}

// Whether a function of ours calls its parameter only for what it has not kept.
static bool calls_when_missing(Program *p, Ref function, uint32_t index) {
  uint64_t key = param_key(function, index);
  uint32_t known = map_get(&p->keeping, key);
  if (!known) {
    map_put(&p->keeping, key, 1);  // while it is asked about itself
    known = keeps_result(p, function, index) || leaves_on_hit(p, function, index) ? 2 : 1;
    map_put(&p->keeping, key, known);
  }
  return known == 2;
}

bool is_remembered(Program *p, Ref function) {
  const File *f = &p->files.at[function.file];
  Id call = expr_at(f, f->facts.functions.at[function.id].expr)->parent;
  const Expr *e = expr_at(f, call);
  const LibraryExport *export = e->kind == EX_CALL ? external_export(p, value_of(p, function.file, e->a)) : NULL;
  return export && export->meaning.remembers;
}

// Whether a function is handed to a cache, which calls it only for what it has not kept.
static bool fills_cache(Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, function)->parent;
  const Expr *e = expr_at(f, call);
  int index = argument_index(f, call, function);
  if (index < 0 || e->kind != EX_CALL)
    return false;
  if (is_remembered(p, (Ref){file, expr_at(f, function)->a}))
    return false;
  Ref callee = value_function(p, value_of(p, file, e->a));
  if (callee.file)
    return calls_when_missing(p, callee, (uint32_t)index);
  return names_cache(f, e->a) || fills_missing(f, e);
}

// A function that gives what it kept, and asks the database only when it has nothing.
bool is_cached(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id unit = unit_of(f, expr);
  const Function *fn = &f->facts.functions.at[unit];
  if (unit && fills_cache(p, file, fn->expr))
    return true;
  if (is_where_missing(p, file, expr, 0))
    return true;
  if (!unit || (!is_conditional(f, expr) && !may_leave_before(f, expr, unit)))
    return false;
  for (uint32_t i = 0; i < fn->returns.count && i < MAX_EXITS; i++) {
    Id value = f->facts.lists.at[fn->returns.first + i];
    if (outlives(p, file, value, fn->scope, 0))
      return true;
  }
  return false;
}

bool is_kept_around(Program *p, FileId file, Id expr, Id region) {
  const File *f = &p->files.at[file];
  if (is_where_missing(p, file, expr, region))
    return true;
  for (Id scope = expr_at(f, expr)->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_FUNCTION && fills_cache(p, file, f->facts.functions.at[s->function].expr))
      return true;
  }
  return false;
}

bool leaves_with_kept(Program *p, FileId file, Id expr, Id function) {
  const File *f = &p->files.at[file];
  Id region = f->facts.functions.at[function].scope;
  Slice exits = exits_inside(f, region);
  for (uint32_t i = 0; i < exits.n && i < MAX_EXITS; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    bool before = s->function == function && s->kind != SC_FUNCTION && exit->span.end <= expr_at(f, expr)->span.start;
    if (exit->kind == EXIT_RETURN && before && outlives(p, file, exit->value, region, 0))
      return true;
  }
  return false;
}
