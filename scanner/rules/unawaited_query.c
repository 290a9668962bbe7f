// unawaited_query.c - a query whose end nobody waits for. In a transaction it races with the COMMIT; anywhere its error
// is lost, or ends the process. A lazy query that is dropped never runs.
#include "../calls.h"
#include "../judge.h"
#include "../transactions.h"
#include "../values.h"

#include <string.h>

// What is done with the result of a call before it is dropped.
typedef struct Drop {
  bool chained;  // `.then(...)`, `.catch(...)`
  bool caught;   // `.catch(...)`, `.then(a, b)`
  bool voided;   // `void`
  bool by_each;  // forEach does not look at what its callback gives
} Drop;

//
// What is dropped
//

// The call of a method of an array that gets the function and does not wait for it, 0 if it is none.
static Id ignoring_call(Program *p, FileId file, Id function, const char *name) {
  const File *f = &p->files.at[file];
  Id expr = f->facts.functions.at[function].expr, call = expr_at(f, expr)->parent;
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  if (!function || argument_index(f, call, expr) != 0 || callee->kind != EX_MEMBER || strcmp(text_of(f, callee->name), name))
    return 0;
  ValueId value = value_of(p, file, expr_at(f, call)->a);
  bool known = callee_meaning(p, value, file, call) || value_function(p, value).file || external_export(p, value);
  return known ? 0 : call;
}

// Whether nothing reads the variable that an expression initialises.
static bool is_unread(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id binding = map_get(&f->owners, expr);
  const Binding *b = &f->facts.bindings.at[binding];
  if (!binding || !f->facts.scopes.at[b->scope].function)
    return false;
  Slice uses = uses_of(p, file, binding);
  for (uint32_t i = 0; i < uses.n; i++)
    if (binding_of(p, file, expr_at(f, uses.at[i])->scope, b->name, false) == binding)
      return false;
  return true;
}

// Of `x.then(...)` where `expr` is x: the call.
static Id chained_call(const File *f, Id expr, Drop *drop) {
  Id member = expr_at(f, expr)->parent, call = expr_at(f, member)->parent;
  const char *name = text_of(f, expr_at(f, member)->name);
  bool then = !strcmp(name, "then"), catches = !strcmp(name, "catch");
  if (expr_at(f, call)->kind != EX_CALL || expr_at(f, call)->a != member || !(then || catches || !strcmp(name, "finally")))
    return 0;
  drop->chained = true;
  drop->caught = drop->caught || catches || (then && expr_at(f, call)->count > 1);
  return call;
}

// One step outwards from a value that is only handed on, 0 where something else happens to it.
static Id handed_to(const File *f, Id expr, Drop *drop) {
  Id id = expr_at(f, expr)->parent;
  const Expr *parent = expr_at(f, id);
  switch (parent->kind) {
  case EX_UNARY:
    drop->voided = drop->voided || !strcmp(text_of(f, parent->name), "void");
    return drop->voided ? id : 0;
  case EX_CAST:
    return id;
  case EX_ALT:
    return expr == parent->b || (expr == parent->a && parent->c) ? id : 0;
  case EX_MEMBER:
    return chained_call(f, expr, drop);
  default:
    return 0;
  }
}

static bool is_dropped(Program *p, FileId file, Id expr, Drop *drop) {
  const File *f = &p->files.at[file];
  *drop = (Drop){0};
  while (expr && !(expr_at(f, expr)->flags & EXF_STATEMENT)) {
    const Expr *e = expr_at(f, expr);
    if (e->parent) {
      expr = handed_to(f, expr, drop);
      continue;
    }
    if (!(e->flags & EXF_RETURNED))
      return is_unread(p, file, expr);
    drop->by_each = ignoring_call(p, file, unit_of(f, expr), "forEach");
    if (drop->by_each)
      return true;
    expr = ignoring_call(p, file, unit_of(f, expr), "map");
  }
  return expr != 0;
}

// Whether a variable is called somewhere: a callback, whoever gave it.
static bool is_called(Program *p, FileId file, const Expr *ident) {
  const File *f = &p->files.at[file];
  Id binding = ident->kind == EX_IDENT ? binding_of(p, file, ident->scope, ident->name, false) : 0;
  Slice uses = binding ? uses_of(p, file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n; i++) {
    const Expr *use = expr_at(f, uses.at[i]), *call = expr_at(f, use->parent);
    if (call->kind == EX_CALL && call->a == uses.at[i] && binding_of(p, file, use->scope, use->name, false) == binding)
      return true;
  }
  return false;
}

// Whether a variable is the last parameter of a function that cannot wait itself: the callback that it tells, as far as its
// type says nothing else.
static bool is_next(Program *p, FileId file, const Expr *ident) {
  const File *f = &p->files.at[file];
  Id binding = ident->kind == EX_IDENT ? binding_of(p, file, ident->scope, ident->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  const Expr *param = expr_at(f, b->kind == BIND_PARAM ? b->value : 0);
  const Function *fn = &f->facts.functions.at[param->kind == EX_PARAM ? param->a : 0];
  bool typed = b->type && f->facts.types.at[b->type].kind != TY_FUNCTION;
  return param->kind == EX_PARAM && param->b + 1 == fn->params.count && !(fn->flags & FN_ASYNC) && !typed;
}

// A call that ends with a callback tells that one: a function, or what stands behind the SQL and its values.
static bool has_callback(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id last = argument_at(f, call, ARG_LAST);
  const Meaning *m = last ? callee_meaning(p, value_of(p, file, expr_at(f, call)->a), file, call) : NULL;
  if (!last || expr_at(f, call)->kind != EX_CALL)
    return false;
  if (m && (m->starts || (m->effect == EFFECT_RAW && m->sql >= 0 && expr_at(f, call)->count > m->sql + 2)))
    return true;
  // What stands behind the options.
  if (m && m->options >= 0 && expr_at(f, call)->count > m->options + 1)
    return true;
  // What a query is asked by comes first.
  bool behind = expr_at(f, call)->count > 1 || (m && m->filter < 0 && m->id < 0 && m->rows_arg < 0 && m->effect == EFFECT_READ);
  return expr_at(f, last)->kind == EX_FUNCTION || value_function(p, value_of(p, file, last)).file ||
         is_called(p, file, expr_at(f, last)) || (behind && is_next(p, file, expr_at(f, last)));
}

//
// Queries that never run
//

// Whether a value is a query that waits for being awaited, or for a call that runs it; tells its library.
static bool is_waiting(Program *p, ValueId value, uint16_t *library) {
  Value v = *value_at(p, value);
  if (v.kind == VAL_PENDING) {
    Value callee = *value_at(p, value_of(p, v.a, expr_at(&p->files.at[v.a], v.b)->a));
    Value receiver = callee.kind == VAL_METHOD ? *value_at(p, callee.a) : callee;
    *library = receiver.kind == VAL_LIBRARY ? p->libs->states.at[receiver.a].library : 0;
    return *library != 0;
  }
  const LibraryState *state = v.kind == VAL_LIBRARY ? &p->libs->states.at[v.a] : NULL;
  *library = state ? state->library : 0;
  return state && (state->await_effect || state->pending);
}

// Whether a library has a method only as one of those that its model does not name: it may not be there at all.
static bool is_any_method(const Program *p, ValueId callee, const Meaning *m) {
  const Value *method = value_at(p, callee);
  return m && method->kind == VAL_METHOD && m == library_member(p->libs, (StateId)value_at(p, method->a)->a, "*");
}

// Whether one of the things that a variable may be is such a query: `name ? db(name) : db`.
static bool may_wait(Program *p, ValueId value) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  uint16_t library;
  for (uint32_t i = 0; i < n; i++)
    if (is_waiting(p, each[i], &library))
      return true;
  return false;
}

// Whether a chain only changes a query that is kept in a variable or handed to a function of ours, or runs it itself; of
// a method that is not known it cannot be said that it makes a query.
static bool is_kept_or_started(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  bool builder = value_at(p, value_of(p, file, expr))->kind == VAL_LIBRARY;
  for (;;) {
    const Expr *e = expr_at(f, expr);
    ValueId callee = e->kind == EX_CALL ? value_of(p, file, e->a) : VALUE_UNKNOWN;
    const Meaning *m = e->kind == EX_CALL ? callee_meaning(p, callee, file, expr) : NULL;
    bool made = e->kind == EX_CALL && !m && expr_at(f, e->a)->kind == EX_IDENT && !may_wait(p, value_of(p, file, expr));
    if ((m && m->starts) || is_any_method(p, callee, m) || (builder && e->kind == EX_CALL && !m && !made))
      return true;
    bool call = e->kind == EX_CALL || e->kind == EX_TAGGED;
    Id below = call ? expr_at(f, e->a)->a : 0;
    if (!call || expr_at(f, e->a)->kind != EX_MEMBER)
      return !call && may_wait(p, value_of(p, file, expr));
    expr = below;
  }
}

static void report_never(Judge *j, FileId file, Id expr, uint16_t library) {
  Arena *arena = &j->report->arena;
  const char *text = expr_text(&j->program->files.at[file], expr, arena);
  Claim claim = {.rule = "unawaited-query", .level = LEVEL_ERROR, .file = file, .expr = expr, .library = library};
  claim.site_text = "is made here and dropped";
  claim.message = arena_printf(arena, "%s never runs: such a query is sent when it is awaited or told to run, and nobody "
                               "does either", text);
  claim.help = "put `await` before it, or return it; if nobody is to wait for it, `.catch(...)` makes it run as well";
  report_claim(j, &claim);
}

static void judge_lazy(Judge *j, FileId file, Id expr) {
  Program *p = j->program;
  Drop drop = {0};
  uint16_t library = 0;
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (e->kind == EX_NEW || (e->parent && !handed_to(f, expr, &drop)) || !is_waiting(p, value_of(p, file, expr), &library))
    return;
  if (!is_dropped(p, file, expr, &drop) || drop.chained || has_callback(p, file, expr))
    return;
  // An async function awaits what it returns.
  bool awaited = e->flags & EXF_RETURNED && f->facts.functions.at[unit_of(f, expr)].flags & FN_ASYNC;
  if (!awaited && !is_kept_or_started(p, file, expr))
    report_never(j, file, expr, library);
}

//
// Queries that nobody waits for
//

static void report_lost(Judge *j, FileId file, Id expr, Ref via, uint32_t site, const Transaction *t, bool by_each) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const File *f = &p->files.at[file];
  const char *text = via.file ? function_name(p, via, arena) : site_text(p, &p->sites.at[site], arena);
  Claim claim = {.rule = "unawaited-query", .file = file, .expr = expr, .via = via, .site = site};
  claim.level = t->call ? LEVEL_ERROR : LEVEL_WARNING;
  claim.start = expr_at(f, t->call)->span;
  claim.start_text = t->call ? "the transaction" : NULL;
  claim.site_text = arena_printf(arena, "%s starts here", site_text(p, &p->sites.at[site], arena));
  const char *who = by_each ? "`forEach` does not wait for its callback" : "nobody waits for it";
  const char *then = t->call ? "the transaction may commit before it has run, and does not see that it fails"
                             : "its error is an unhandled rejection, and what follows may come before it";
  claim.message = arena_printf(arena, "%s is not awaited (%s): %s", text, who, then);
  claim.help = by_each ? "use `for (const ... of ...)` with `await`, or better one query for all elements"
                       : t->call ? "put `await` before it" : "put `await` before it; if nobody is to wait for it, add `.catch(...)`";
  report_claim(j, &claim);
}

// The open transaction, if the expression works with it.
static Transaction joined_transaction(Program *p, FileId file, Id expr) {
  Transaction t = transaction_of(p, file, expr);
  return t.call && (t.implicit || is_of_transaction(p, file, expr, &t)) ? t : (Transaction){0};
}

static bool is_tried(const File *f, Id expr) {
  for (Id scope = expr_at(f, expr)->scope; scope; scope = f->facts.scopes.at[scope].parent) {
    if (f->facts.scopes.at[scope].kind == SC_FUNCTION)
      return false;
    if (f->facts.scopes.at[scope].kind == SC_TRY)
      return true;
  }
  return false;
}

// Whether what an async callback of forEach awaits is lost with it: told once a callback.
static bool is_lost_in_callback(Program *p, FileId file, Id expr, Id unit) {
  const File *f = &p->files.at[file];
  bool async = f->facts.functions.at[unit].flags & FN_ASYNC;
  return async && expr_at(f, expr_at(f, expr)->parent)->kind == EX_AWAIT && ignoring_call(p, file, unit, "forEach");
}

// Whether what follows an expression commits the transaction, which so waits for it: `.then(trx.commit).catch(trx.rollback)`.
static bool commits_then(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Drop drop = {0};
  while ((expr = chained_call(f, expr, &drop)))
    for (uint32_t i = 0; i < expr_at(f, expr)->count; i++)
      if (commits_when_called(p, file, list_at(f, expr_at(f, expr)->first, i)))
        return true;
  return false;
}

static void judge_drop(Judge *j, FileId file, Id expr, Ref via, uint32_t site) {
  Program *p = j->program;
  const File *f = &p->files.at[file];
  Drop drop = {0};
  bool in_callback = is_lost_in_callback(p, file, expr, unit_of(f, expr));
  if (!in_callback && !is_dropped(p, file, expr, &drop))
    return;
  bool runs = !via.file && runs_query(p, file, expr);
  if (!via.file && has_callback(p, file, runs ? expr : p->sites.at[site].call.id))
    return;
  Transaction t = joined_transaction(p, file, expr);
  bool handled = drop.chained || drop.voided || (in_callback && is_tried(f, expr));
  if (t.call ? (drop.voided && drop.caught) || commits_then(p, file, expr) : handled || via.file)
    return;
  report_lost(j, file, expr, via, site, &t, drop.by_each || in_callback);
}

static void judge_site(Judge *j, uint32_t index) {
  Program *p = j->program;
  const Site *site = &p->sites.at[index];
  FileId file = site->expr.file;
  Drop drop;
  if (!effect_is_database(site->effect) || site->run != RUN_HERE || !site->meaning || site->call.file != file)
    return;
  if (!site->meaning->promise)
    return;
  bool lazy = (site->meaning->lazy || !site->meaning->effect) && !runs_query(p, file, site->expr.id);
  if (lazy && is_dropped(p, file, site->expr.id, &drop) && !drop.chained)
    return;  // never runs
  judge_drop(j, file, site->expr.id, (Ref){0, 0}, index);
}

// A call of a function of ours that gives a promise of what it does in the transaction.
static void judge_edge(Judge *j, FileId file, const Edge *edge) {
  Program *p = j->program;
  const File *g = &p->files.at[edge->function.file];
  const Unit *callee = &g->units[edge->function.id];
  if (edge->kind != EDGE_CALL || !callee->reach.n)
    return;
  bool promise = g->facts.functions.at[edge->function.id].flags & FN_ASYNC ||
                 value_at(p, value_of(p, file, edge->call))->kind == VAL_PROMISE;
  if (!promise || is_written_in(p, file, edge->call, edge->function))
    return;
  for (uint32_t i = 0; i < callee->reach.n; i++) {
    const Reach *r = &callee->reach.at[i];
    if (effect_is_database(r->effect) && reach_runs(p, file, edge, r)) {
      judge_drop(j, file, edge->call, edge->function, r->site);
      return;
    }
  }
}

void unawaited_query(Judge *j) {
  Program *p = j->program;
  for (uint32_t i = 1; i < p->sites.n; i++)
    judge_site(j, i);
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    for (uint32_t i = 0; i < f->calls.n; i++)
      judge_lazy(j, file, f->calls.at[i]);
    for (Id unit = 0; unit < f->facts.functions.n; unit++)
      for (uint32_t i = 0; i < f->units[unit].edges.n; i++)
        judge_edge(j, file, &f->units[unit].edges.at[i]);
  }
}
