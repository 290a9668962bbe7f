// by_hand.c - tables whose rows are written one at a time, by one place of the code: what somebody fills in and saves.
//
// An index more costs such a table little. Rows of loops, of lists, of jobs and of what runs before many requests are
// another matter, and so is what cannot be seen.
#include "indexes.h"
#include "values.h"

// Note which sites run in loops, by themselves or behind calls.
static void read_looped(Judge *j) {
  Program *p = j->program;
  j->looped = xcalloc(p->sites.n + 1u, 1);
  for (uint32_t i = 0; i < j->repeated.n; i++) {
    const Repeated *r = &j->repeated.at[i];
    const Unit *callee = r->via.file ? &p->files.at[r->via.file].units[r->via.id] : NULL;
    j->looped[r->site] = true;
    for (uint32_t k = 0; callee && k < callee->reach.n; k++)
      j->looped[callee->reach.at[k].site] = true;
  }
}

static bool inserts(const Judge *j, const Query *q) {
  bool writes = q->site && j->program->sites.at[q->site].effect == EFFECT_WRITE;
  return q->verb == VERB_INSERT || q->verb == VERB_UPSERT || (q->verb == VERB_OTHER && writes);
}

// Whether a call is given the one row that it writes: as it stands, as an instance, or by its type.
static bool is_given_one(Program *p, Ref call) {
  const Expr *e = expr_at(&p->files.at[call.file], call.id);
  bool one = false;
  for (uint32_t i = 0; i < e->count; i++) {
    uint8_t kind = value_at(p, value_of(p, call.file, list_at(&p->files.at[call.file], e->first, i)))->kind;
    if (kind == VAL_ARRAY)
      return false;
    one |= kind == VAL_OBJECT || kind == VAL_INSTANCE || kind == VAL_SHAPE;
  }
  return one;
}

static bool runs_by_hand(const Program *p, Ref expr) {
  const Entry *entry = entry_of(p, expr.file, expr.id);
  uint8_t kind = entry ? entry->kind : ENTRY_NONE;
  return kind != ENTRY_NONE && kind != ENTRY_MIDDLEWARE && kind != ENTRY_JOB && kind != ENTRY_CRON && kind != ENTRY_TIMER && kind != ENTRY_EVENT;
}

bool is_written_by_hand(Judge *j, const TableUses *uses, const Table *table) {
  if (!j->looped)
    read_looped(j);
  uint32_t count, places = 0;
  const TableUse *use = uses_of_table(uses, table, &count);
  for (uint32_t i = 0; i < count; i++) {
    const Query *q = use[i].query;
    if (use[i].owner || use[i].at || !inserts(j, q))
      continue;
    const Site *site = &j->program->sites.at[q->site];
    bool one = q->site && q->rows != ROWS_MANY && !site->bulk && site->call.file && (q->sql || is_given_one(j->program, site->call));
    if (!one || j->looped[q->site] || !runs_by_hand(j->program, q->expr) || ++places > 1)
      return false;
  }
  return places == 1;
}
