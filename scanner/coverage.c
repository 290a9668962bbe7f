// coverage.c - how many queries were seen, and how many calls have the name of one but a receiver that is not
// known.
//
// Only libraries in use lend their names: `get` may be a query where better-sqlite3 is one of them.
#include "values.h"

#include <string.h>

static bool is_thenable(const Program *p, StateId state) {
  return state && state != STATE_SELF && p->libs->states.at[state].await_effect;
}

// A member that asks the database, or that starts a query which will do so when it is awaited.
static bool is_query(const Program *p, const LibraryState *state, const Meaning *m) {
  bool asks = m->effect != EFFECT_NONE && m->effect < EFFECT_MAIL;
  return asks || (is_thenable(p, m->to) && !state->await_effect);
}

static void note_names(Program *p, uint16_t library, Map *names) {
  for (uint32_t i = 1; i < p->libs->states.n; i++) {
    const LibraryState *state = &p->libs->states.at[i];
    for (uint32_t k = 0; state->library == library && k < state->count; k++) {
      const LibraryMember *member = &p->libs->members.at[state->first + k];
      if (strchr("*(`", *member->name) || !strcmp(member->name, "new()") ||
          !is_query(p, state, &member->meaning))
        continue;
      map_put(names, sym_intern(p, member->name) + 1u, 1);
    }
  }
}

// The names of all libraries of which the program has a value.
static void collect_names(Program *p, Map *names) {
  Map seen = {0};
  for (ValueId id = VALUE_UNKNOWN; id < p->values.n; id++) {
    const Value *v = value_at(p, id);
    uint16_t library = v->kind == VAL_LIBRARY ? p->libs->states.at[v->a].library : 0;
    if (!library || map_get(&seen, library))
      continue;
    map_put(&seen, library, 1);
    note_names(p, library, names);
  }
  map_release(&seen);
}

// A method of an array, Set or Map: it gets a function that is written in place.
static bool is_iteration(const File *f, const Expr *call) {
  return call->count && expr_at(f, list_at(f, call->first, 0))->kind == EX_FUNCTION;
}

static bool is_library(const Program *p, ValueId callee) {
  ValueId each[4];
  uint32_t n = value_each(p, callee, each);
  for (uint32_t i = 0; i < n; i++)
    if (value_at(p, each[i])->kind == VAL_METHOD || value_at(p, each[i])->kind == VAL_LIBRARY)
      return true;
  return false;
}

// A value of our own that is no library's, or one of a package without a database.
static bool is_other(Program *p, ValueId value) {
  return !value_is_vague(p, value) && (value_at(p, value)->kind != VAL_EXTERNAL || external_is_outside(p, value));
}

static void count_call(Program *p, FileId file, Id call, const Map *names) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  if (e->kind != EX_CALL || callee->kind != EX_MEMBER || !map_get(names, sym_of(f, callee->name) + 1u))
    return;
  ValueId function = value_of(p, file, e->a), receiver = value_of(p, file, callee->a);
  if (is_library(p, function))
    return;
  bool other = is_other(p, function) || is_other(p, receiver);
  p->sites_seen++;
  if (other || is_outside(p, file, callee->a) || is_iteration(f, e))
    p->sites_other++;
  else
    vec_push(&p->unresolved, ((Ref){file, call}));
}

static bool is_counted(const File *f) { return f->source->asked && f->context == CONTEXT_APP; }

void program_coverage(Program *p) {
  Map names = {0};
  collect_names(p, &names);
  for (uint32_t i = 1; i < p->sites.n; i++) {
    const Site *site = &p->sites.at[i];
    p->sites_resolved += effect_is_database(site->effect) && is_counted(&p->files.at[site->expr.file]);
  }
  p->sites_seen = p->sites_resolved;
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    for (uint32_t i = 0; is_counted(f) && i < f->calls.n; i++)
      count_call(p, file, f->calls.at[i], &names);
  }
  map_release(&names);
}
