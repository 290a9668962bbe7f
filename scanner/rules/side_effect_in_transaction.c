// side_effect_in_transaction.c - mail, HTTP, queues, files, payments, sleeping or heavy computing while a
// transaction is open: its locks and its connection are held meanwhile, and a rollback does not take it back.
#include "../judge.h"
#include "../transactions.h"
#include "../values.h"

#include <string.h>

// `edge` is the call that leads to the side effect, NULL where that stands in the code of the transaction.
static void report_effect(Judge *j, FileId file, Id expr, const Edge *edge, uint32_t site_index, const Transaction *t) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const File *f = &p->files.at[file];
  const Site *site = &p->sites.at[site_index];
  Claim claim = {.rule = "side-effect-in-transaction", .level = LEVEL_ERROR, .file = file, .expr = expr};
  claim.via = edge ? edge->function : (Ref){0, 0};
  claim.site = site_index;
  claim.start = expr_at(f, t->call)->span;
  claim.start_text = "the transaction";
  claim.site_text = arena_printf(arena, "%s %s", site_text(p, site, arena), effect_does(site->effect));
  claim.message = arena_printf(arena, "%s while the transaction is open: its locks and its connection are held meanwhile%s",
                               claim.site_text, site->effect < EFFECT_FILE ? ", and a rollback does not take it back" : "");
  Way way = {.file = file, .expr = expr, .via = claim.via, .site = site_index};
  claim.help = move_out_text(p, edge, way, t, arena);
  claim.doubt = wait_doubt(p, &way, t);
  if (claim.doubt && site->effect < EFFECT_FILE)
    claim.message = arena_printf(arena, "%s before the transaction has committed: a rollback does not take it back", claim.site_text);
  report_claim(j, &claim);
}

// The side effect to show for a call: one that leaves the process first, then the nearest; 0 for none.
static uint32_t nearest(Program *p, FileId file, const Edge *edge) {
  const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
  const Reach *best = NULL;
  for (uint32_t i = 0; i < callee->reach.n; i++) {
    const Reach *r = &callee->reach.at[i];
    if (effect_is_database(r->effect) || !reach_runs(p, file, edge, r))
      continue;
    if (r->outside || (r->given_to.file && is_told_to_callers(p, r->given_to)))
      continue;
    bool leaves = leaves_process(p, r->site), known = best && leaves_process(p, best->site);
    if (!best || (leaves != known ? leaves : r->hops < best->hops))
      best = r;
  }
  return best ? best->site : 0;
}

enum { MAX_AROUND = 4, MAX_CALLS = 32 };  // functions up to a transaction, and calls of one that are looked at

static bool is_told_around(Judge *j, Ref function, uint32_t site, int depth);

// Whether a call of a function stands in a transaction of which the side effect is told, or in a function that does.
static bool is_told_at(Judge *j, Ref call, Ref function, uint32_t site, int depth) {
  Program *p = j->program;
  const File *f = &p->files.at[call.file];
  Id unit = unit_of(f, call.id);
  Transaction t = transaction_of(p, call.file, call.id);
  if (!t.call)
    return unit && is_told_around(j, (Ref){call.file, unit}, site, depth + 1);
  for (uint32_t i = 0; i < f->units[unit].edges.n; i++) {
    const Edge *edge = &f->units[unit].edges.at[i];
    Way way = {.file = call.file, .expr = call.id, .via = function, .site = site};
    if (edge->call == call.id && edge->function.file == function.file && edge->function.id == function.id)
      return nearest(p, call.file, edge) == site && !wait_doubt(p, &way, &t);
  }
  return false;
}

// Whether a function is only called within other transactions, of which the same side effect is told.
static bool is_told_around(Judge *j, Ref function, uint32_t site, int depth) {
  uint32_t at = callers_of(&j->callers, function), calls = 0;
  bool told = at && depth < MAX_AROUND && !is_entry(j->program, function.file, function.id);
  for (; told && at; at = j->callers.calls.at[at].next) {
    const Caller *caller = &j->callers.calls.at[at];
    told = caller->calls && ++calls <= MAX_CALLS && is_told_at(j, caller->call, function, site, depth);
  }
  return told;
}

static void judge_edge(Judge *j, FileId file, const Edge *edge) {
  Program *p = j->program;
  const File *f = &p->files.at[file];
  uint32_t site = nearest(p, file, edge);
  if (!site || is_written_in(p, file, edge->call, edge->function))
    return;
  Transaction t = transaction_of(p, file, edge->call);
  for (uint32_t i = 0; !t.call && edge->kind == EDGE_ONCE && i < expr_at(f, edge->call)->count; i++)
    t = transaction_opened(p, file, edge->call, (int)i);
  if (t.call && !is_told_around(j, (Ref){file, unit_of(f, t.call)}, site, 0))
    report_effect(j, file, edge->call, edge, site, &t);
}

void side_effect_in_transaction(Judge *j) {
  Program *p = j->program;
  for (uint32_t i = 1; i < p->sites.n; i++) {
    Ref expr = p->sites.at[i].expr;
    Transaction t = {0};
    if (!effect_is_database(p->sites.at[i].effect))
      t = transaction_of(p, expr.file, expr.id);
    if (t.call && !is_told_around(j, (Ref){expr.file, unit_of(&p->files.at[expr.file], t.call)}, i, 0))
      report_effect(j, expr.file, expr.id, NULL, i, &t);
  }
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    for (Id unit = 0; unit < f->facts.functions.n; unit++)
      for (uint32_t i = 0; i < f->units[unit].edges.n; i++)
        judge_edge(j, file, &f->units[unit].edges.at[i]);
  }
}
