// outer_client_in_transaction.c - a query on the outer client while a transaction is open: it takes another
// connection, does not see what the transaction wrote, is not rolled back with it, and can exhaust the pool.
#include "../judge.h"
#include "../values.h"

#include <string.h>

// The first value of a chain: `this` of `this.db.select().from(x)`.
static Id root_of(const File *f, Id expr) {
  for (;;) {
    const Expr *e = expr_at(f, expr);
    bool chain = e->kind == EX_MEMBER || e->kind == EX_CALL || e->kind == EX_TAGGED || e->kind == EX_AWAIT ||
                 e->kind == EX_CAST || e->kind == EX_INDEX;
    if (!chain || !e->a)
      return expr;
    expr = e->a;
  }
}

//
// What the transaction gives
//

// A value that comes from the transaction: a parameter of its callback, its handle, or what is made from them.
static bool is_given(Program *p, FileId file, Id expr, const Transaction *t, int depth);

static bool any_given(Program *p, FileId file, const Expr *e, const Transaction *t, int depth) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < e->count; i++)
    if (is_given(p, file, list_at(f, e->first, i), t, depth + 1))
      return true;
  return false;
}

// The variable on which `client.query("BEGIN")` was called, 0 when the transaction has a handle of its own.
static Id own_client(Program *p, FileId file, const Transaction *t) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, t->call), *parent = expr_at(f, e->parent);
  bool dropped = e->flags & EXF_STATEMENT || (parent->kind == EX_AWAIT && parent->flags & EXF_STATEMENT);
  const Expr *root = expr_at(f, root_of(f, t->call));
  if (t->callback || !dropped || root->kind != EX_IDENT)
    return 0;
  return binding_of(p, file, root->scope, root->name, false);
}

static bool is_given_name(Program *p, FileId file, const Expr *e, const Transaction *t, int depth) {
  const File *f = &p->files.at[file];
  Id binding = binding_of(p, file, e->scope, e->name, false);
  const Binding *b = &f->facts.bindings.at[binding];
  if (binding && binding == own_client(p, file, t))
    return true;
  if (t->callback && b->kind == BIND_PARAM && b->scope == f->facts.functions.at[t->callback].scope)
    return true;
  for (Id at = map_get(&f->assigns, binding); binding && at; at = map_get(&f->chain, at))
    if (is_given(p, file, expr_at(f, at)->b, t, depth + 1))
      return true;
  bool local = b->kind == BIND_CONST || b->kind == BIND_LET;
  return local && b->value && is_given(p, file, b->value, t, depth + 1);
}

// Whether a chain is the call that opens the transaction: `db.startTransaction().execute()`.
static bool opens(const File *f, Id expr, const Transaction *t) {
  while (expr && expr != t->call)
    expr = expr_at(f, expr)->a;
  return expr != 0;
}

static bool is_given(Program *p, FileId file, Id expr, const Transaction *t, int depth) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  if (!expr || depth > 32)
    return false;
  if (expr == t->call)
    return true;
  if (e->kind == EX_IDENT)
    return is_given_name(p, file, e, t, depth);
  // What was awaited is rows, unless it is the handle itself or another client (a savepoint).
  if (e->kind == EX_AWAIT && value_at(p, value_of(p, file, expr))->kind != VAL_LIBRARY)
    return opens(&p->files.at[file], e->a, t);
  if (e->kind == EX_FUNCTION || e->kind == EX_CLASS || e->kind == EX_PARAM)
    return false;
  Id operands[3] = {e->a, e->b, e->c};
  for (int i = 0; i < 3; i++)
    if (is_given(p, file, operands[i], t, depth + 1))
      return true;
  return any_given(p, file, e, t, depth);
}

//
// Which client a query uses
//

// The options literal that a call ends with has no transaction in it, and nothing unseen is spread into it.
static bool lacks_handle(const File *f, Id call, const char *handle) {
  const Expr *e = expr_at(f, call);
  const Expr *last = expr_at(f, e->count ? list_at(f, e->first, e->count - 1u) : 0);
  if (!e->count)
    return true;
  for (uint32_t i = 0; last->kind == EX_OBJECT && i < last->count; i++) {
    const Expr *property = expr_at(f, list_at(f, last->first, i));
    if (property->kind == EX_SPREAD || !strcmp(text_of(f, property->name), handle))
      return false;
  }
  return last->kind == EX_OBJECT;
}

// A client that every caller shares: a field of `this`, or a variable of a module.
static bool is_shared_client(Program *p, const Site *site) {
  const File *f = &p->files.at[site->expr.file];
  const char *handle = p->libs->libraries.at[site->library].handle;
  if (handle && (!site->call.file || !lacks_handle(f, site->call.id, handle)))
    return false;
  const Expr *root = expr_at(f, root_of(f, site->expr.id));
  if (root->kind == EX_THIS)
    return true;
  Id binding = root->kind == EX_IDENT ? binding_of(p, site->expr.file, root->scope, root->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  return binding && b->kind != BIND_FUNCTION && f->facts.scopes.at[b->scope].kind == SC_MODULE &&
         expr_at(f, b->value)->kind != EX_FUNCTION;
}

// Whether a query that stands in the transaction's code goes past it.
static bool goes_past(Program *p, const Site *site, const Transaction *t) {
  const File *f = &p->files.at[site->expr.file];
  const char *handle = p->libs->libraries.at[site->library].handle;
  if (handle)
    return site->call.file == site->expr.file && lacks_handle(f, site->call.id, handle);
  Id root = root_of(f, site->expr.id);
  const Expr *e = expr_at(f, root);
  if (e->kind != EX_THIS && e->kind != EX_IDENT)
    return false;
  Id binding = e->kind == EX_IDENT ? binding_of(p, site->expr.file, e->scope, e->name, false) : 0;
  bool inside = binding && t->callback &&
                scope_inside(f, f->facts.bindings.at[binding].scope, f->facts.functions.at[t->callback].scope);
  return !inside && !is_given(p, site->expr.file, site->expr.id, t, 0);
}

//
// Findings
//

// The name under which the callback gets its client, NULL if it takes none.
static const char *handle_name(const File *f, const Transaction *t) {
  const Function *fn = &f->facts.functions.at[t->callback];
  if (!t->callback || !fn->params.count)
    return NULL;
  const char *name = text_of(f, f->facts.params.at[f->facts.lists.at[fn->params.first]].name);
  return *name ? name : NULL;
}

static void report_outer(Judge *j, FileId file, Id expr, Ref via, uint32_t index, const Transaction *t) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const File *f = &p->files.at[file];
  const char *site = site_text(p, &p->sites.at[index], arena), *handle = handle_name(f, t);
  Claim claim = {.rule = "outer-client-in-transaction", .level = LEVEL_ERROR, .file = file, .expr = expr, .via = via};
  claim.site = index;
  claim.start = expr_at(f, t->call)->span;
  claim.start_text = "the transaction";
  claim.site_text = arena_printf(arena, "%s uses the outer client", site);
  claim.message = arena_printf(arena, "%s runs outside of the open transaction: on another connection, without what the "
                               "transaction has written, and not rolled back with it", site);
  const char *given = handle ? handle : "the transaction";
  claim.help = via.file ? arena_printf(arena, "let `%s` take the client as a parameter and give it `%s`",
                                       function_name(p, via, arena), given)
                        : arena_printf(arena, "use `%s` for it, or move it before the transaction if it is meant to be outside", given);
  report_claim(j, &claim);
}

static void judge_site(Judge *j, uint32_t index) {
  Program *p = j->program;
  const Site *site = &p->sites.at[index];
  if (!effect_is_database(site->effect) || site->run == RUN_RETURNED)
    return;
  Transaction t = transaction_of(p, site->expr.file, site->expr.id);
  if (t.call && !t.implicit && t.library == site->library && goes_past(p, site, &t))
    report_outer(j, site->expr.file, site->expr.id, (Ref){0, 0}, index, &t);
}

// The nearest query on a shared client that a call leads to.
static uint32_t shared_query(Program *p, FileId file, const Edge *edge, uint16_t library) {
  const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
  const Reach *best = NULL;
  for (uint32_t i = 0; i < callee->reach.n; i++) {
    const Reach *r = &callee->reach.at[i];
    const Site *site = &p->sites.at[r->site];
    if (!effect_is_database(r->effect) || r->cached || site->library != library || !is_shared_client(p, site))
      continue;
    if (reach_runs(p, file, edge, r) && (!best || r->hops < best->hops))
      best = r;
  }
  return best ? best->site : 0;
}

static void judge_edge(Judge *j, FileId file, const Edge *edge) {
  Program *p = j->program;
  const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
  if (!callee->reach.n || edge->kind != EDGE_CALL || is_written_in(p, file, edge->call, edge->function))
    return;
  Transaction t = transaction_of(p, file, edge->call);
  if (!t.call || t.implicit || is_given(p, file, edge->call, &t, 0))
    return;
  uint32_t site = shared_query(p, file, edge, t.library);
  if (site)
    report_outer(j, file, edge->call, edge->function, site, &t);
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
