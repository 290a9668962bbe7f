// callbacks.c - what a call does with the functions that it gets: calls them once, per element, or keeps them for later.
#include "calls.h"

#include <string.h>

bool is_iterator(const char *name) {
  static const char *const names[] = {"map",  "forEach",   "filter", "reduce", "flatMap",  "some",      "every",
                                      "find", "findIndex", "sort",   "each",   "findLast", "reduceRight"};
  return is_any_of(name, names, COUNT(names));
}

// Functions that keep a callback for later: events, timers, routes, tests, queues.
static bool is_registration(const char *name) {
  static const char *const names[] = {
      "on",          "once",       "addListener", "addEventListener", "subscribe",  "setTimeout", "setInterval",
      "setImmediate", "nextTick",  "queueMicrotask", "describe",      "it",         "test",       "beforeEach",
      "afterEach",   "beforeAll",  "afterAll",    "process",          "schedule",   "use",        "useEffect",
      "useCallback", "useMemo",    "onClick",     "register",         "addHook",    "defineEventHandler", "listen",
      "afterCommit", "prependListener", "route",  "handle",           "middleware", "afterTransaction"};
  static const char *const routes[] = {"get", "post", "put", "patch", "delete", "all", "options", "head"};
  return is_any_of(name, names, COUNT(names)) || is_any_of(name, routes, COUNT(routes));
}

// What a call that leaves out the list gets afterwards: `map(fn)(xs)`, `pipe(xs, map(fn))`; 0 when that is not seen.
static Id given_after(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id outer = expr_at(f, call)->parent;
  const Expr *e = expr_at(f, outer);
  bool called = e->kind == EX_CALL && e->a == call;
  const LibraryExport *export = e->kind == EX_CALL && !called ? external_export(p, value_of(p, file, e->a)) : NULL;
  int piped = export ? export->meaning.pipes : ARG_NONE;
  bool next = piped >= 0 && argument_index(f, outer, call) == piped + 1;
  Id list = called ? argument_at(f, outer, 0) : next ? argument_at(f, outer, piped) : 0;
  uint8_t kind = expr_at(f, list)->kind;
  return called || kind == EX_IDENT || kind == EX_MEMBER || kind == EX_ARRAY ? list : 0;
}

// What a call goes over with a callback. Where that stands in the place of the list, the list is given afterwards.
static Id over_of(Program *p, FileId file, Id call, int over, Id callback) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  if (over == ARG_THIS)
    return callee->kind == EX_MEMBER ? callee->a : 0;
  Id list = over == ARG_NONE ? 0 : argument_at(f, call, over);
  return (list && list != callback) || over == ARG_NONE ? list : given_after(p, file, call);
}

static bool is_argument(const File *f, Id call, int position, Id argument) {
  return position != ARG_NONE && argument_at(f, call, position) == argument;
}

// What a model says of a callback. The last argument of what asks the database gets the answer.
static int meaning_use(Program *p, FileId file, Id call, const Meaning *m, Id argument, Id *over) {
  const File *f = &p->files.at[file];
  if (is_argument(f, call, m->each, argument)) {
    *over = over_of(p, file, call, m->over, argument);
    return EDGE_EACH;
  }
  bool answered = is_argument(f, call, ARG_LAST, argument) && ((m->effect && !m->lazy) || has_answer(p, file, call));
  bool once = is_argument(f, call, m->transaction, argument) || is_argument(f, call, m->callback, argument);
  return once || answered ? EDGE_ONCE : -1;
}

// `handlers.push(fn)` on a list that outlives the function, and `handlers.set(name, fn)`: kept for later.
static bool keeps_callback(const Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a), *list = expr_at(f, callee->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  if (strcmp(name, "push") && strcmp(name, "unshift"))
    return !strcmp(name, "set");
  Id binding = list->kind == EX_IDENT ? binding_of(p, file, list->scope, list->name, false) : 0;
  return !f->facts.scopes.at[f->facts.bindings.at[binding].scope].function;
}

enum { MAX_STEPS = 32 };  // back from a callee

// Where the way back from a value by members and variables starts: `req` of `const { items } = req.body`.
static Id start_of(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  for (int step = 0; step < MAX_STEPS; step++) {
    const Expr *e = expr_at(f, expr);
    const Binding *b = &f->facts.bindings.at[binding_of_ident(p, file, expr)];
    bool variable = (b->kind == BIND_CONST || b->kind == BIND_LET) && b->value && !b->type;
    bool path = e->kind == EX_MEMBER || e->kind == EX_INDEX || e->kind == EX_CAST || e->kind == EX_AWAIT || e->kind == EX_ALT;
    if (!path && !variable)
      break;
    expr = variable ? b->value : e->a;
  }
  return expr;
}

// Whether a callee is a package's own function (`_.map(xs, fn)`), not a method of a value whose type a package exports.
static bool is_of_package(const Program *p, FileId file, Id callee, const Value *v) {
  const File *f = &p->files.at[file];
  if (v->kind != VAL_EXTERNAL || !v->a)
    return false;
  Id start = start_of(p, file, callee);
  bool imported = f->facts.bindings.at[binding_of_ident(p, file, start)].kind == BIND_IMPORT;
  return imported || required(f, start) || expr_at(f, start)->kind == EX_IMPORT;
}

// A call of something unknown: array methods call per element, registrations later, anything else is taken to
// call a function that is written in place once (retry, timing and transaction wrappers).
static int unknown_use(const Program *p, FileId file, Id call, bool is_package, Id argument, Id *over) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  const char *name = last_name(f, expr_at(f, call)->a);
  bool method = callee->kind == EX_MEMBER;
  if (!is_package && method && is_iterator(name) && argument_at(f, call, 0) == argument) {
    *over = callee->a;
    return EDGE_EACH;
  }
  if (method && !strcmp(name, "from") && argument_at(f, call, 1) == argument) {
    *over = argument_at(f, call, 0);
    return EDGE_EACH;
  }
  bool later = is_registration(name) || keeps_callback(p, file, call);
  return later || expr_at(f, argument)->kind != EX_FUNCTION ? -1 : EDGE_ONCE;
}

static int callback_use(Program *p, Ref function, uint32_t index);

static int use_by_callee(Program *p, FileId file, Id call, ValueId callee, uint32_t index, Id *over) {
  const File *f = &p->files.at[file];
  Id argument = list_at(f, expr_at(f, call)->first, index);
  Value v = *value_at(p, callee);
  const Meaning *m = callee_meaning(p, callee, file, call);
  if (m)
    return meaning_use(p, file, call, m, argument, over);
  if (v.kind == VAL_FUNCTION)
    return callback_use(p, (Ref){v.a, v.b}, index);
  const LibraryExport *export = external_export(p, callee);
  if (export && (export->meaning.entry || is_argument(f, call, export->meaning.later, argument)))
    return -1;
  int use = export ? meaning_use(p, file, call, &export->meaning, argument, over) : -1;
  return use >= 0 ? use : unknown_use(p, file, call, is_of_package(p, file, expr_at(f, call)->a, &v), argument, over);
}

int argument_use(Program *p, FileId file, Id call, uint32_t index, Id *over) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, expr_at(&p->files.at[file], call)->a), each);
  int use = -1;
  for (uint32_t i = 0; i < n; i++) {
    int one = use_by_callee(p, file, call, each[i], index, over);
    use = one > use ? one : use;
  }
  return use;
}

// Number of the argument whose functions a call of a callee runs, ARG_NONE for none.
static int tasks_of(Program *p, FileId file, Id callee, Id call) {
  ValueId value = value_of(p, file, callee);
  const Meaning *m = callee_meaning(p, value, file, call);
  const LibraryExport *export = external_export(p, value);
  return m ? m->tasks : export ? export->meaning.tasks : ARG_NONE;
}

bool is_task_list(Program *p, FileId file, Id call, Id argument) {
  const File *f = &p->files.at[file];
  return is_argument(f, call, tasks_of(p, file, expr_at(f, call)->a, call), argument);
}

bool is_list_run(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id list = call, outer = expr_at(f, call)->parent;
  if (expr_at(f, outer)->kind == EX_CALL && expr_at(f, outer)->a == list)
    list = outer, outer = expr_at(f, outer)->parent;
  int index = expr_at(f, outer)->kind == EX_CALL ? argument_index(f, outer, list) : -1;
  bool run = index >= 0 && is_task_list(p, file, outer, list);
  for (uint32_t i = (uint32_t)index + 1; index >= 0 && !run && i < expr_at(f, outer)->count; i++)
    run = tasks_of(p, file, list_at(f, expr_at(f, outer)->first, i), outer) != ARG_NONE;
  return run;
}

//
// The function that a callback is handed to
//

Id parameter_owner(const Program *p, FileId file, Id ident) {
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding_of_ident(p, file, ident)];
  const Expr *param = expr_at(f, b->value);
  return b->kind == BIND_PARAM && param->kind == EX_PARAM ? param->a : 0;
}

// The function written in place that code stands in, when it is called at once: the call that gets it, else 0.
static Id call_at_once(Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  Id expr = f->facts.functions.at[function].expr, call = expr_at(f, expr)->parent, over = 0;
  int index = call ? argument_index(f, call, expr) : -1;
  bool at_once = index >= 0 && argument_use(p, file, call, (uint32_t)index, &over) >= 0;
  return at_once || (expr_at(f, call)->kind == EX_CALL && expr_at(f, call)->a == expr) ? call : 0;
}

// Out of functions that are called at once, up to the function `within`: the function where that ends.
static Id running_function(Program *p, FileId file, Id expr, Id within) {
  for (;;) {
    Id function = unit_of(&p->files.at[file], expr);
    Id call = function && function != within ? call_at_once(p, file, function) : 0;
    if (!call)
      return function;
    expr = call;
  }
}

bool is_callers_matter(Program *p, FileId file, Id call, Id ident) {
  Id owner = parameter_owner(p, file, ident);
  return owner && running_function(p, file, call, owner) == owner;
}

bool in_returned_function(Program *p, FileId file, Id expr, Id owner) {
  const File *f = &p->files.at[file];
  Id function = running_function(p, file, expr, owner);
  return function != owner && expr_at(f, f->facts.functions.at[function].expr)->flags & EXF_RETURNED;
}

//
// How a function uses its callback parameter
//

static int combine(int a, int b) { return a > b ? a : b; }

// A use inside a loop over a collection, or inside a callback that runs per element, is per element.
static int use_here(Program *p, FileId file, Id call) {
  Repeat repeat = repeat_of(p, file, call);
  return repeat.kind == REPEAT_ELEMENT ? EDGE_EACH : EDGE_ONCE;
}

int parameter_use(Program *p, FileId file, Id call, Id ident) {
  const File *f = &p->files.at[file];
  Id over = 0;
  int use = argument_use(p, file, call, (uint32_t)argument_index(f, call, ident), &over);
  // A parameter handed on to something unknown (`retry(fn)`) is called there.
  bool unknown = value_is_vague(p, value_of(p, file, expr_at(f, call)->a)) && !keeps_callback(p, file, call);
  if (use < 0 && unknown && !is_registration(last_name(f, expr_at(f, call)->a)))
    use = EDGE_ONCE;
  return use == EDGE_ONCE ? use_here(p, file, call) : use;
}

static int use_of_ident(Program *p, FileId file, Id ident, Id owner) {
  const File *f = &p->files.at[file];
  bool returned = in_returned_function(p, file, ident, owner);
  ident = cast_around(f, ident);
  const Expr *e = expr_at(f, ident), *parent = expr_at(f, e->parent);
  if (returned)
    return -1;
  if (parent->kind == EX_MEMBER && (!strcmp(text_of(f, parent->name), "call") || !strcmp(text_of(f, parent->name), "apply")))
    return use_here(p, file, parent->parent);
  if (parent->kind != EX_CALL && parent->kind != EX_NEW)
    return -1;
  return parent->a == ident ? use_here(p, file, e->parent) : parameter_use(p, file, e->parent, ident);
}

static int compute_use(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (index >= fn->params.count)
    return -1;
  Name name = f->facts.params.at[f->facts.lists.at[fn->params.first + index]].name;
  Id binding = name ? map_get(&f->names, name_key(fn->scope, name, false)) : 0;
  int use = -1;
  Slice uses = binding ? uses_of(p, function.file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n; i++)
    if (binding_of_ident(p, function.file, uses.at[i]) == binding)
      use = combine(use, use_of_ident(p, function.file, uses.at[i], function.id));
  return use;
}

// What a callback handed to parameter `index` of the function is: EDGE_ONCE, EDGE_EACH, or -1 when it is not called at once.
static int callback_use(Program *p, Ref function, uint32_t index) {
  if (index > MAX_PARAM)
    return -1;
  uint64_t key = param_key(function, index);
  uint32_t known = map_get(&p->uses, key);
  if (known)
    return (int)known - 2;
  map_put(&p->uses, key, 1);  // recursion: not called
  int use = compute_use(p, function, index);
  map_put(&p->uses, key, (uint32_t)(use + 2));
  return use;
}
