// outcome.c - what the write of a round tells of: something outside of the database that the same round has done before it.
//
// A mail that is sent, a job that is queued or a file that is gone cannot be taken back. The row that says so is for the
// rounds that came that far, and is written after them: before the loop it would not be true yet.
#include <string.h>
#include <strings.h>

#include "judge.h"
#include "values.h"

enum { MAX_ACTS = 500 };  // queries and calls of a round that are looked through

// Whether the options of a request say that it only gets something: they have another method otherwise.
static bool is_get(const File *f, Id options) {
  const Expr *e = expr_at(f, options);
  bool gets = !options || e->kind == EX_OBJECT || e->kind == EX_STRING || e->kind == EX_TEMPLATE;
  for (uint32_t i = 0; gets && e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i)), *value = expr_at(f, property->a);
    bool named = property->kind == EX_PROPERTY && strcmp(text_of(f, property->name), "method");
    const char *method = value->kind == EX_STRING ? text_of(f, value->name) : "";
    gets = named || (property->kind == EX_PROPERTY && (!strcasecmp(method, "get") || !strcasecmp(method, "head")));
  }
  return gets;
}

// Whether what it has done stays when the program stops: not waiting, computing or what only reads.
static bool stays_done(const Program *p, uint32_t index) {
  const Site *site = &p->sites.at[index];
  const Meaning *m = site->meaning;
  if (m && m->method != ARG_NONE && site->call.file) {
    const File *f = &p->files.at[site->call.file];
    return !is_get(f, argument_at(f, site->call.id, m->method));
  }
  bool fetches = m && m->fetches;
  return !fetches && site->effect >= EFFECT_MAIL && site->effect != EFFECT_SLEEP && !effect_is_work(site->effect);
}

static bool act_stays_done(Program *p, FileId file, Act act) {
  if (!act.edge)
    return stays_done(p, act.site);
  const Unit *callee = &p->files.at[act.edge->function.file].units[act.edge->function.id];
  for (uint32_t i = 0; i < callee->reach.n; i++)
    if (stays_done(p, callee->reach.at[i].site) && reach_runs(p, file, act.edge, &callee->reach.at[i]))
      return true;
  return false;
}

// Whether a later scope stands in another arm of the same branch.
static bool is_other_arm(const File *f, Id scope, Id later) {
  const Scope *s = &f->facts.scopes.at[scope];
  while (later && f->facts.scopes.at[later].parent != s->parent)
    later = f->facts.scopes.at[later].parent;
  return later && s->a && f->facts.scopes.at[later].a == s->a;
}

// Whether code in a scope goes well and comes to a later one of the same round.
static bool comes_to(const File *f, Id scope, Id later) {
  for (; scope && !scope_inside(f, later, scope); scope = f->facts.scopes.at[scope].parent) {
    uint8_t kind = f->facts.scopes.at[scope].kind;
    bool apart = kind == SC_FUNCTION || kind == SC_CATCH || kind == SC_CASE;
    if (apart || exits_at(f, scope).n || is_other_arm(f, scope, later))
      return false;
  }
  return scope != 0;
}

// Whether an expression runs after an error, maybe of the call.
static bool catches(const File *f, Id expr, Id call) {
  Id scope = expr_at(f, expr)->scope;
  while (scope && f->facts.scopes.at[scope].kind != SC_CATCH)
    scope = f->facts.scopes.at[scope].parent;
  return scope && !scope_inside(f, expr_at(f, call)->scope, scope);
}

// Whether a call has gone well before an expression does its work: it stands before it or in one of its arguments.
static bool is_over_before(const File *f, Id call, Id expr) {
  const Expr *c = expr_at(f, call), *e = expr_at(f, expr);
  bool inside = c->span.start > e->span.start && c->span.end <= e->span.end;
  return (inside || c->span.end <= e->span.start) && comes_to(f, c->scope, e->scope) && !catches(f, expr, call);
}

// The last such call of a region before an expression, 0 if there is none.
static Id done_before(Program *p, FileId file, Id region, Id expr) {
  const File *f = &p->files.at[file];
  Slice acts = region ? region_acts(p, file, region) : (Slice){0};
  Id last = 0;
  for (uint32_t i = 0; i < acts.n && i < MAX_ACTS; i++) {
    Act act = f->acts.at[acts.at[i]];
    Id call = act_expr(p, act);
    bool later = !last || expr_at(f, call)->span.start > expr_at(f, last)->span.start;
    if (later && call != expr && is_over_before(f, call, expr) && act_stays_done(p, file, act))
      last = call;
  }
  return last;
}

Outcome outcome_of(Program *p, const Repeated *r) {
  Way way = way_of(r);
  Id region = repeat_scope(&p->files.at[r->file], &r->repeat);
  Ref inside = {0, 0};
  do {
    const File *f = &p->files.at[way.file];
    if (inside.file)
      region = f->facts.functions.at[inside.id].scope;
    Id call = done_before(p, way.file, region, way.expr);
    if (call)
      return (Outcome){{way.file, call}, inside};
    inside = way.via;
  } while (way_next(p, &way));
  return (Outcome){0};
}
