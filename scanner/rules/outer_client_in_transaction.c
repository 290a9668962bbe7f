// outer_client_in_transaction.c - a query on the outer client while a transaction is open: it takes another
// connection, does not see what the transaction wrote, is not rolled back with it, and can exhaust the pool.
#include "../calls.h"
#include "../judge.h"
#include "../transactions.h"
#include "../values.h"

#include <string.h>

// The variable that keeps the client that a call gives: `const trx = await db.transaction()`; 0 for none.
static Id kept_in(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id parent = expr_at(f, call)->parent;
  if (value_at(p, value_awaited(p, value_of(p, file, call)))->kind != VAL_LIBRARY)
    return 0;
  return map_get(&f->owners, expr_at(f, parent)->kind == EX_AWAIT ? parent : call);
}

// The client of the transaction as the code names it: what the callback gets, what began it by hand, or on what it was begun; "" where
// it has no name.
static const char *handle_name(Program *p, FileId file, const Transaction *t, Arena *arena) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[t->callback];
  const Expr *begin = expr_at(f, expr_at(f, t->call)->a);
  const char *name = "";
  uint32_t at = takes_error(f, fn->expr) ? 1 : 0;
  if (t->callback && at < fn->params.count)
    name = text_of(f, f->facts.params.at[list_at(f, fn->params.first, at)].name);
  if (*name)
    return name;
  if (begin->kind == EX_MEMBER && (t->own || (t->by_hand && !t->callback && value_is_dropped(f, t->call))))
    return expr_text(f, begin->a, arena);
  return t->by_hand && !t->callback ? text_of(f, f->facts.bindings.at[kept_in(p, file, t->call)].name) : "";
}

static const char *param_name(const Program *p, Ref function, uint32_t param) {
  const File *f = &p->files.at[function.file];
  List params = function.file ? f->facts.functions.at[function.id].params : (List){0, 0};
  return param && param <= params.count ? text_of(f, f->facts.params.at[list_at(f, params.first, param - 1)].name) : "";
}

// How a function hands the transaction on where it does: `{ transaction }` of another query's options, NULL if none is seen.
static const char *handed_as(const Program *p, Ref function, uint16_t library, Arena *arena) {
  const File *f = &p->files.at[function.file];
  Id option = handle_option(p, function, library);
  if (!option)
    return NULL;
  const Expr *e = expr_at(f, option), *value = expr_at(f, e->a);
  const char *handle = text_of(f, e->name);
  if (value->kind == EX_IDENT && value->name == e->name)
    return arena_printf(arena, "{ %s }", handle);
  return arena_printf(arena, "{ %s: %s }", handle, expr_text(f, e->a, arena));
}

// Whether what has to be given the transaction takes options that have it: its query reads `options.transaction`.
static bool takes_options(const Program *p, const Loss *loss, uint16_t library) {
  const File *f = &p->files.at[loss->to.file];
  Id option = loss->param ? handle_option(p, loss->to, library) : 0;
  return option && expr_at(f, expr_at(f, option)->a)->kind == EX_MEMBER;
}

// How the function that has the client names it, "" where it cannot be told.
static const char *name_given(const Program *p, const Loss *loss, const char *handle, uint16_t library, Arena *arena) {
  const char *options = handed_as(p, loss->from, library, arena), *key = p->libs->libraries.at[library].handle;
  if (!loss->from.file && *handle && takes_options(p, loss, library))
    return strcmp(key, handle) ? arena_printf(arena, "{ %s: %s }", key, handle) : arena_printf(arena, "{ %s }", key);
  const File *f = &p->files.at[loss->from.file];
  const char *name = loss->from.file ? text_of(f, f->facts.bindings.at[loss->has].name) : handle;
  if (options)
    return options;
  bool inside = loss->under && !p->libs->libraries.at[library].handle;
  return inside ? arena_printf(arena, "%s.%s", name, sym_text(p, loss->under)) : name;
}

// The name in brackets, or nothing.
static const char *in_brackets(const char *name, Arena *arena) { return *name ? arena_printf(arena, " (`%s`)", name) : ""; }

// What is to be done with the client where a function further on takes it already.
static const char *on_to(Program *p, const Loss *loss, Arena *arena) {
  if (!loss->taker.file)
    return "";
  return arena_printf(arena, ", to hand on to `%s`: argument %u%s is for it", function_name(p, loss->taker, arena), loss->taken,
                      in_brackets(param_name(p, loss->taker, loss->taken), arena));
}

// Whether a method takes a client of the library as its first argument and gives an object like its own.
static bool is_binder(Program *p, Ref class, Id method, uint16_t library) {
  const File *f = &p->files.at[class.file];
  ValueId each[4];
  uint32_t n = gives_this(p, class.file, method) ? value_each(p, value_of(p, class.file, param_value(f, method, 0)), each) : 0;
  for (uint32_t i = 0; i < n; i++)
    if (value_at(p, each[i])->kind == VAL_LIBRARY && library_joins(p->libs, p->libs->states.at[value_at(p, each[i])->a].library, library))
      return true;
  return false;
}

// The name of the method by which an object of a function's class is had that works in a transaction: `withTransaction` of
// `orders.withTransaction(manager).close(id)`; NULL if it has none.
static const char *binder_of(Program *p, Ref function, uint16_t library) {
  Ref class = {function.file, p->files.at[function.file].facts.functions.at[function.id].class};
  for (int i = 0; class.id && i < MAX_BASES; i++, class = base_class(p, class)) {
    const File *f = &p->files.at[class.file];
    List members = f->facts.classes.at[class.id].members;
    for (uint32_t k = 0; k < members.count; k++) {
      const Member *m = &f->facts.members.at[list_at(f, members.first, k)];
      if (m->kind == MEMBER_METHOD && m->function && is_binder(p, class, m->function, library))
        return text_of(f, m->name);
    }
  }
  return NULL;
}

// Which call or query has to be given the client.
static const char *fix(Program *p, const Loss *loss, const char *site, const char *handle, uint16_t library, Arena *arena) {
  const char *from = loss->from.file ? function_name(p, loss->from, arena) : NULL;
  const char *name = name_given(p, loss, handle, library, arena), *named = in_brackets(name, arena);
  const char *given = *name ? arena_printf(arena, "`%s`", name) : "the transaction";
  if (!loss->to.file && !from)
    return arena_printf(arena, "use %s for it, or move it before the transaction if it is meant to be outside", given);
  if (!loss->to.file)
    return arena_printf(arena, "`%s` is given the transaction%s, but not its query: hand it on to `%s`", from, named, site);
  const char *to = function_name(p, loss->to, arena);
  const char *where = from ? arena_printf(arena, " where `%s` calls it", from) : "";
  const char *binder = loss->param ? NULL : binder_of(p, loss->to, library);
  if (binder)
    return arena_printf(arena, "call `%s` on what `%s` gives for %s%s", to, binder, given, where);
  if (!loss->param)
    return arena_printf(arena, "let `%s` take the client as a parameter and give it %s%s%s", to, given, where,
                        on_to(p, loss, arena));
  const char *takes = in_brackets(param_name(p, loss->to, loss->param), arena);
  return arena_printf(arena, "hand the transaction%s on to `%s`%s: argument %u%s is for it", named, to, where, loss->param, takes);
}

// Whether a way leads through a function.
static bool leads_through(const Program *p, Way way, Ref function) {
  do {
    if (way.via.file == function.file && way.via.id == function.id)
      return true;
  } while (way_next(p, &way));
  return false;
}

// The function that has not been given the client also tells somebody else of something: with the client it would do that in the
// transaction, so it is to be moved out of it. NULL where it does not.
static const char *move(Program *p, FileId file, const Edge *edge, const Loss *loss, const Transaction *t, Arena *arena) {
  const Unit *to = &p->files.at[loss->to.file].units[loss->to.id];
  for (uint32_t i = 0; edge && loss->to.file && i < to->reach.n; i++) {
    uint32_t site = to->reach.at[i].site;
    Way way = {.file = file, .expr = edge->call, .via = edge->function, .site = site};
    const Reach *reach = leaves_process(p, site) ? reach_to(p, edge->function, site, 0) : NULL;
    if (!reach || !reach_runs(p, file, edge, reach) || !leads_through(p, way, loss->to))
      continue;
    const char *name = site_text(p, &p->sites.at[site], arena);
    return arena_printf(arena, "`%s` also %s%s, so do not give it the transaction: %s", function_name(p, loss->to, arena),
                        effect_does(p->sites.at[site].effect), strchr(name, '`') ? "" : arena_printf(arena, " (`%s`)", name),
                        move_out_text(p, edge, way, t, arena));
  }
  return NULL;
}

// What comes of it that a query has another connection than the transaction.
static const char *loss_text(Program *p, FileId file, Id expr, const Site *site, const Transaction *t) {
  if (site->effect == EFFECT_WRITE)
    return "on another connection, without what the transaction has written, and not rolled back with it";
  if (transaction_acts_before(p, file, expr, t))
    return "on a second connection while the transaction holds one, and without what the transaction has written";
  return "on a second connection while the transaction holds one, and with many of them at once the pool runs empty";
}

// The query `index`, or that of the loss in its place, at the end of the way that starts with `expr`: the query itself, or
// the call of an edge.
static void report_outer(Judge *j, FileId file, Id expr, const Edge *edge, uint32_t index, const Loss *loss, const Transaction *t) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const File *f = &p->files.at[file];
  const char *site = site_text(p, &p->sites.at[loss->site], arena), *handle = handle_name(p, file, t, arena);
  Claim claim = {.rule = "outer-client-in-transaction", .level = LEVEL_ERROR, .file = file, .expr = expr};
  claim.via = edge ? edge->function : (Ref){0, 0};
  claim.site = index;
  claim.end = loss->site;
  claim.start = expr_at(f, t->call)->span;
  claim.start_text = "the transaction";
  claim.site_text = arena_printf(arena, "%s uses the outer client", site);
  bool query = expr == p->sites.at[index].expr.id && !edge;
  const char *failed = query || edge ? rollback_doubt(p, file, (Act){index, edge}, t) : NULL;
  claim.doubt = failed || !query ? failed : outer_doubt(p, index, t);
  const char *lost = claim.doubt ? "on another connection, while the transaction holds one"
                                 : loss_text(p, file, expr, &p->sites.at[loss->site], t);
  claim.message = arena_printf(arena, "%s runs outside of the open transaction: %s", site, lost);
  const char *moved = failed ? "do it when the transaction has ended, in a `catch` around it" : move(p, file, edge, loss, t, arena);
  claim.help = moved ? moved : fix(p, loss, site, handle, t->library, arena);
  report_claim(j, &claim);
}

// The transaction around an expression that has taken a connection.
static Transaction connection_of(Program *p, FileId file, Id expr) {
  Transaction t = transaction_of(p, file, expr);
  while (t.call && t.joined)
    t = transaction_of(p, file, t.call);
  return t;
}

// A query of the transaction's code, or a transaction that is opened there by another one's side.
static void judge_site(Judge *j, uint32_t index) {
  Program *p = j->program;
  const Site *site = &p->sites.at[index];
  FileId file = site->expr.file;
  if (!effect_is_database(site->effect) || site->run == RUN_RETURNED)
    return;
  Transaction t = connection_of(p, file, site->expr.id);
  if (!t.call || t.implicit || !library_joins(p->libs, site->library, t.library))
    return;
  if (query_goes_past(p, site, &t)) {
    report_outer(j, file, site->expr.id, NULL, index, &(Loss){.site = index}, &t);
    return;
  }
  Transaction around = connection_of(p, file, t.call);
  if (around.call && !around.implicit && transaction_goes_past(p, file, &t, &around))
    report_outer(j, file, t.call, NULL, index, &(Loss){.site = index}, &around);
}

// The nearest query of a list that a call leads to past the transaction, and where the client is lost on the way; `best`
// where none is nearer.
static const Reach *nearest_outer(Program *p, FileId file, const Edge *edge, const Reaches *list, const Transaction *t,
                                  const Reach *best, Loss *loss) {
  for (uint32_t i = 0; i < list->n; i++) {
    const Reach *r = &list->at[i];
    bool other = !library_joins(p->libs, p->sites.at[r->site].library, t->library);
    if (!effect_is_database(r->effect) || r->cached || other || (best && r->hops >= best->hops))
      continue;
    Loss past = reach_runs(p, file, edge, r) ? call_goes_past(p, file, edge, r->site, t) : (Loss){0};
    best = past.site ? r : best;
    *loss = past.site ? past : *loss;
  }
  return best;
}

static void judge_edge(Judge *j, FileId file, const Edge *edge) {
  Program *p = j->program;
  const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
  bool asks = callee->reach.n || callee->looped.n;
  if (!asks || edge->kind != EDGE_CALL || is_written_in(p, file, edge->call, edge->function))
    return;
  Transaction t = connection_of(p, file, edge->call);
  if (!t.call || t.implicit)
    return;
  Loss loss = {0};
  const Reach *outer = nearest_outer(p, file, edge, &callee->reach, &t, NULL, &loss);
  outer = nearest_outer(p, file, edge, &callee->looped, &t, outer, &loss);
  if (outer)
    report_outer(j, file, edge->call, edge, outer->site, &loss, &t);
}

void outer_client_in_transaction(Judge *j) {
  Program *p = j->program;
  for (uint32_t i = 1; i < p->sites.n; i++)
    judge_site(j, i);
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    for (Id unit = 0; unit < f->facts.functions.n; unit++)
      for (uint32_t i = 0; i < f->units[unit].edges.n; i++)
        judge_edge(j, file, &f->units[unit].edges.at[i]);
  }
}
