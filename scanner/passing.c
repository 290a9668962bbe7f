// passing.c - tables of which the rows do not stay: what is handed to somebody to be used once, and deleted then.
#include <string.h>

#include "indexes.h"
#include "values.h"

enum { MAX_CALLS = 64 };  // of one function that are looked at

static bool has_column(const Table *table, const char *const *words, size_t count) {
  for (uint32_t i = 0; i < table->columns.n; i++)
    if (contains_any(table->columns.at[i].name, words, count))
      return true;
  return false;
}

// Whether a use is of the table itself, by a query that is written in code.
static bool is_own(const TableUse *use) { return !use->owner && !use->at && use->query->site; }

static bool is_deletion(const TableUse *use) { return is_own(use) && use->query->verb == VERB_DELETE; }

static bool adds_rows(const TableUse *use) {
  uint8_t verb = use->query->verb;
  return is_own(use) && (verb == VERB_INSERT || verb == VERB_UPSERT || verb == VERB_OTHER);
}

// Whether it reads a row by the token that the row was made for.
static bool finds_token(const TableUse *use) {
  return is_own(use) && use->query->verb == VERB_SELECT && named_column(use);
}

// Whether it deletes what somebody has of it already: one index would find those rows, but there may be several.
static bool deletes_of_owner(const TableUse *use) {
  for (uint32_t i = 0; is_deletion(use) && i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = c->constant || c->join ? NULL : equal_column(use, c);
    if (column && column != named_column(use) && !table_is_unique(use->table, (const char *const[]){column->name}, 1))
      return true;
  }
  return false;
}

//
// What else a function does
//

static bool act_runs(const Program *p, Act act, uint32_t site) {
  if (!act.edge)
    return act.site == site;
  const Unit *callee = &p->files.at[act.edge->function.file].units[act.edge->function.id];
  for (uint32_t i = 0; i < callee->reach.n; i++)
    if (callee->reach.at[i].site == site)
      return true;
  return false;
}

// Whether a condition asks for no more than what is given or found: nothing is compared, as a time would be.
static bool is_plain(const File *f, Id condition, int depth) {
  const Expr *e = expr_at(f, condition);
  if (depth > 4)
    return false;
  if (e->kind == EX_UNARY)
    return is_plain(f, e->a, depth + 1);
  if (e->kind == EX_ALT || e->kind == EX_BINARY)
    return !strpbrk(text_of(f, e->name), "<>+-") && is_plain(f, e->a, depth + 1) && is_plain(f, e->b, depth + 1);
  return e->kind == EX_IDENT || e->kind == EX_LITERAL || e->kind == EX_STRING;
}

// Whether what stands in one scope is reached from another one of the same function, but for plain conditions.
static bool goes_with(const File *f, Id scope, Id other) {
  for (; scope && !scope_inside(f, other, scope); scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    bool open = s->kind == SC_FUNCTION || s->kind == SC_BLOCK || s->kind == SC_TRY;
    if (!open && !(s->kind == SC_IF && is_plain(f, s->a, 0)))
      return false;
  }
  return scope != 0;
}

typedef enum Side { BEFORE, AFTER } Side;
typedef bool IsUse(const TableUse *use);

// Whether the function around an expression makes such a use of the table, itself or by what it calls, before or after it.
static bool does_beside(const Judge *j, const Table *table, Ref at, Side side, IsUse *is) {
  File *f = &j->program->files.at[at.file];
  const Expr *here = expr_at(f, at.id);
  Id function = unit_of(f, at.id);
  Slice acts = function ? region_acts(j->program, at.file, f->facts.functions.at[function].scope) : (Slice){0};
  uint32_t count;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    const Expr *e = expr_at(f, act_expr(j->program, act));
    bool beside = side == BEFORE ? e->span.end <= here->span.start : e->span.start >= here->span.end;
    beside = beside && goes_with(f, e->scope, here->scope);
    for (uint32_t k = 0; beside && k < count; k++)
      if (is(&use[k]) && act_runs(j->program, act, use[k].query->site))
        return true;
  }
  return false;
}

//
// Rows that are used once
//

// Whether the row that is found at a place is deleted there, and no other takes its place.
static bool is_consumed_at(const Judge *j, const Table *table, Ref at) {
  return does_beside(j, table, at, AFTER, is_deletion) && !does_beside(j, table, at, AFTER, adds_rows);
}

static bool is_replaced_at(const Judge *j, const Table *table, Ref at) {
  return does_beside(j, table, at, BEFORE, deletes_of_owner);
}

// How often something holds where a query stands, or else where its function is called.
typedef struct Tally {
  bool some, all;
} Tally;

typedef bool HoldsAt(const Judge *j, const Table *table, Ref at);

static void count_use(const Judge *j, const TableUse *use, HoldsAt *holds, Tally *tally) {
  Ref at = use->query->expr;
  const File *f = &j->program->files.at[at.file];
  uint32_t caller = callers_of(&j->callers, (Ref){at.file, unit_of(f, at.id)});
  if (holds(j, use->table, at)) {
    tally->some = true;
    return;
  }
  tally->all = tally->all && caller;
  for (uint32_t calls = 0; caller; caller = j->callers.calls.at[caller].next) {
    if (++calls > MAX_CALLS) {
      tally->all = false;
      return;
    }
    Ref call = j->callers.calls.at[caller].call;
    if (j->program->files.at[call.file].context != CONTEXT_APP)
      continue;
    bool there = holds(j, use->table, call);
    tally->some = tally->some || there;
    tally->all = tally->all && there;
  }
}

static Tally count_uses(const Judge *j, const Table *table, IsUse *is, HoldsAt *holds) {
  Tally tally = {.all = true};
  uint32_t count;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < count; i++)
    if (is(&use[i]))
      count_use(j, &use[i], holds, &tally);
  return (Tally){tally.some, tally.some && tally.all};
}

// Whether who finds a row by its token deletes it then: all that do, or some where each new row takes the place of the
// one that its owner had. That of a session stays as long as its owner.
static bool is_used_once(const Judge *j, const Table *table) {
  if (has_word_start(table->name, "session"))
    return false;
  Tally consumed = count_uses(j, table, finds_token, is_consumed_at);
  return consumed.all || (consumed.some && count_uses(j, table, adds_rows, is_replaced_at).all);
}

// Whether its name says that a row is there to be used once.
static bool names_passing(const Table *table) {
  bool code = has_word_start(table->name, "auth") && has_word_start(table->name, "code");
  return has_word_start(table->name, "reset") || has_word_start(table->name, "nonce") || has_word_start(table->name, "otp") || code;
}

static bool deletes_any(const Judge *j, const Table *table) {
  uint32_t count;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < count; i++)
    if (!use[i].owner && !use[i].at && use[i].query->verb == VERB_DELETE)
      return true;
  return false;
}

// What is handed to somebody to be used once goes at a time or when it is used; invitations with a state stay.
const char *passing_doubt(const Judge *j, const Table *table) {
  static const char *const ends[] = {"expir", "validuntil", "valid_until"}, *const stays[] = {"deleted"};
  static const char *const states[] = {"status", "state"};
  bool invites = has_word_start(table->name, "invit") && !has_column(table, states, COUNT(states));
  bool ends_once = has_column(table, ends, COUNT(ends)) && (names_passing(table) || is_used_once(j, table));
  if (has_column(table, stays, COUNT(stays)) || !deletes_any(j, table))
    return NULL;
  return invites || ends_once ? "its rows are deleted when they are used or expire, so there are few of them" : NULL;
}
