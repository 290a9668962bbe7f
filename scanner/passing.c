// passing.c - tables of which the rows do not stay: what is handed to somebody to be used once, and deleted then.
#include <string.h>

#include "indexes.h"
#include "repeat.h"

// Calls of one function that are looked at; steps from a condition to what it asks; calls down to a query.
enum { MAX_CALLS = 64, MAX_ASKED = 4, MAX_DOWN = 8 };

// Columns that tell when a row's time has come.
static const char *const ends[] = {"expir", "validuntil", "valid_until"};

static bool has_column(const Table *table, const char *const *words, size_t count) {
  for (uint32_t i = 0; i < table->columns.n; i++)
    if (contains_any(table->columns.at[i].name, words, count))
      return true;
  return false;
}

// Whether a use is of the table itself, by a query that is written in code.
static bool is_own(const TableUse *use) { return !use->owner && !use->at && use->query->site; }

// Also by one in an SQL file.
static bool deletes(const TableUse *use) { return !use->owner && !use->at && use->query->verb == VERB_DELETE; }

static bool is_deletion(const TableUse *use) { return is_own(use) && deletes(use); }

bool adds_rows(const TableUse *use) { return is_own(use) && query_adds(use->query); }

// Whether it reads a row by the token that the row was made for.
static bool finds_token(const TableUse *use) {
  return is_own(use) && use->query->verb == VERB_SELECT && named_column(use);
}

// Whether it reads one row by its key.
static bool finds_by_key(const TableUse *use) {
  for (uint32_t i = 0; is_own(use) && use->query->verb == VERB_SELECT && i < use->query->conditions.n; i++) {
    const Column *column = equal_column(use, &use->query->conditions.at[i]);
    if (column && table_is_unique(use->table, (const char *const[]){column->name}, 1))
      return true;
  }
  return false;
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

static bool is_plain(Program *p, Ref at, Id condition, int depth);

// Whether a name is that of a row that was found, of what the caller gives, or of something plain. `at` is the place in
// the function where rows are found or added, {file, 0} in a function that is called there: what it is given may be
// how old the row is.
static bool is_plain_name(Program *p, Ref at, const Expr *ident, int depth) {
  const File *f = &p->files.at[at.file];
  Id binding = binding_of(p, at.file, ident->scope, ident->name, false);
  const Binding *b = &f->facts.bindings.at[binding];
  if (b->kind == BIND_PARAM)
    return at.id != 0;
  if ((b->kind != BIND_CONST && b->kind != BIND_LET) || map_get(&f->assigns, binding))
    return false;
  Id value = expr_bare(f, b->value);
  bool first = false;
  return reads_one_row(p, at.file, value) || is_plain(p, at, b->value, depth + 1) ||
         (at.id && expr_at(f, value)->kind != EX_MEMBER && is_taken_from(p, at.file, value, at.id, &first, 0));
}

// Whether a condition asks for no more than what is given or found: nothing is compared, as a time would be.
static bool is_plain(Program *p, Ref at, Id condition, int depth) {
  const File *f = &p->files.at[at.file];
  const Expr *e = expr_at(f, condition);
  if (depth > MAX_ASKED)
    return false;
  if (e->kind == EX_UNARY)
    return is_plain(p, at, e->a, depth + 1);
  if (e->kind == EX_ALT || e->kind == EX_BINARY)
    return !strpbrk(text_of(f, e->name), "<>+-") && is_plain(p, at, e->a, depth + 1) && is_plain(p, at, e->b, depth + 1) &&
           (!e->c || is_plain(p, at, e->c, depth + 1));
  return e->kind == EX_IDENT ? is_plain_name(p, at, e, depth) : e->kind == EX_LITERAL || e->kind == EX_STRING;
}

// Whether what stands in one scope is reached from another one of the same function, but for plain conditions.
static bool goes_with(Program *p, Ref at, Id scope, Id other) {
  const File *f = &p->files.at[at.file];
  for (; scope && !scope_inside(f, other, scope); scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    bool open = s->kind == SC_FUNCTION || s->kind == SC_BLOCK || s->kind == SC_TRY;
    if (!open && !(s->kind == SC_IF && is_plain(p, at, s->a, 0)))
      return false;
  }
  return scope != 0;
}

typedef struct Found {
  Program *p;
  Ref at;
} Found;

static bool is_found(const File *f, Id expr, const void *with) {
  const Found *found = with;
  bool first = false;
  return expr_at(f, expr)->kind == EX_IDENT && is_taken_from(found->p, found->at.file, expr, found->at.id, &first, 0);
}

// Whether a function gives what it has found, or says that it is good: `return key`, `return true`.
static bool gives_found(Program *p, Ref at, Id value) {
  const File *f = &p->files.at[at.file];
  const Expr *e = expr_at(f, value);
  return (e->kind == EX_LITERAL && !strcmp(text_of(f, e->name), "true")) || any_part(f, value, is_found, &(Found){p, at});
}

// Whether the function is left before an act with the row that was found, which then stays; without a place, at all.
static bool may_leave_before(Program *p, Ref at, Id function, Id act) {
  const File *f = &p->files.at[at.file];
  const Expr *e = expr_at(f, act);
  Id region = f->facts.functions.at[function].scope;
  Slice exits = exits_inside(f, region);
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    bool own = exit->kind == EXIT_RETURN && f->facts.scopes.at[exit->scope].function == function;
    bool between = exit->span.end <= e->span.start && exit->span.start >= expr_at(f, at.id)->span.end;
    if (own && between && !goes_with(p, at, exit->scope, region) && (!at.id || gives_found(p, at, exit->value)))
      return true;
  }
  return false;
}

static const Reach *reach_of(const Program *p, Ref function, const Query *q) {
  const Unit *unit = &p->files.at[function.file].units[function.id];
  for (uint32_t i = 0; i < unit->reach.n; i++)
    if (unit->reach.at[i].site == q->site && (!q->via.file || unit->reach.at[i].statement == q->handed))
      return &unit->reach.at[i];
  return NULL;
}

static bool is_at(const Query *q, FileId file, Id expr) { return q->expr.file == file && q->expr.id == expr; }

// Whether a function comes to a query whenever it is called, but for plain conditions on its way.
static bool surely_runs(Program *p, Ref function, const Query *q) {
  const Reach *reach = reach_of(p, function, q);
  for (int down = 0; reach && down < MAX_DOWN; down++) {
    const File *f = &p->files.at[function.file];
    Ref inside = {function.file, 0};
    if (!goes_with(p, inside, expr_at(f, reach->through)->scope, f->facts.functions.at[function.id].scope) ||
        may_leave_before(p, inside, function.id, reach->through))
      return false;
    if (!reach->via.file || is_at(q, function.file, reach->through))
      return true;
    function = reach->via;
    reach = reach_of(p, function, q);
  }
  return false;
}


bool any_use(const Judge *j, const Table *table, IsUse *is) {
  uint32_t count;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < count; i++)
    if (is(&use[i]))
      return true;
  return false;
}

bool act_runs(Program *p, FileId file, Act act, const Query *q, How how) {
  if (!act.edge || is_at(q, file, act.edge->call))
    return is_at(q, file, act_expr(p, act));
  return how == SURELY ? surely_runs(p, act.edge->function, q) : reach_of(p, act.edge->function, q) != NULL;
}

bool stands_beside(Program *p, Ref at, Id function, Id act, Side side, How how) {
  const File *f = &p->files.at[at.file];
  const Expr *here = expr_at(f, at.id), *e = expr_at(f, act);
  if (side == BEFORE ? e->span.end > here->span.start : e->span.start < here->span.end)
    return false;
  return how == MAYBE ||
         (goes_with(p, at, e->scope, here->scope) && (side == BEFORE || !may_leave_before(p, at, function, act)));
}

// Whether the function around an expression makes such a use of the table, itself or by what it calls, before or after it.
static bool does_beside(const Judge *j, const Table *table, Ref at, Side side, How how, IsUse *is) {
  Program *p = j->program;
  File *f = &p->files.at[at.file];
  Id function = unit_of(f, at.id);
  Slice acts = function ? region_acts(p, at.file, f->facts.functions.at[function].scope) : (Slice){0};
  uint32_t count;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    bool beside = stands_beside(p, at, function, act_expr(p, act), side, how);
    for (uint32_t k = 0; beside && k < count; k++)
      if (is(&use[k]) && act_runs(p, at.file, act, use[k].query, how))
        return true;
  }
  return false;
}

//
// Rows that are used once
//

// Whether the row that is found at a place is deleted there, and no other takes its place.
static bool is_consumed_at(const Judge *j, const Table *table, Ref at, const void *with) {
  (void)with;
  return does_beside(j, table, at, AFTER, SURELY, is_deletion) && !does_beside(j, table, at, AFTER, MAYBE, adds_rows);
}

// Whether a query adds rows to another table.
static bool adds_elsewhere(const Judge *j, const Table *table, uint32_t site) {
  const Query *q = query_of_site(j, site);
  return q && (q->verb == VERB_INSERT || q->verb == VERB_UPSERT) && q->tables.n && q->tables.at[0].table && q->tables.at[0].table != table;
}

// Whether the row that is found at a place is deleted there, and becomes one of another table.
static bool is_taken_up_at(const Judge *j, const Table *table, Ref at, const void *with) {
  (void)with;
  Program *p = j->program;
  File *f = &p->files.at[at.file];
  Id function = unit_of(f, at.id);
  bool added = false;
  const Unit *unit = &f->units[function];
  for (uint32_t i = 0; function && i < unit->reach.n && !added; i++)
    added = adds_elsewhere(j, table, unit->reach.at[i].site);
  return added && is_consumed_at(j, table, at, NULL);
}

static bool is_replaced_at(const Judge *j, const Table *table, Ref at, const void *with) {
  (void)with;
  return does_beside(j, table, at, BEFORE, SURELY, deletes_of_owner);
}

static void count_use(const Judge *j, const TableUse *use, HoldsAt *holds, const void *with, Tally *tally) {
  Ref at = use->query->expr;
  const File *f = &j->program->files.at[at.file];
  uint32_t caller = callers_of(&j->callers, (Ref){at.file, unit_of(f, at.id)});
  if (holds(j, use->table, at, with)) {
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
    bool there = holds(j, use->table, call, with);
    tally->some = tally->some || there;
    tally->all = tally->all && there;
  }
}

Tally count_uses(const Judge *j, const Table *table, IsUse *is, HoldsAt *holds, const void *with) {
  Tally tally = {.all = true};
  uint32_t count;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < count; i++)
    if (is(&use[i]))
      count_use(j, &use[i], holds, with, &tally);
  return (Tally){tally.some, tally.some && tally.all};
}

// Whether it deletes the rows of which the time has come.
static bool purges(const TableUse *use) {
  for (uint32_t i = 0; is_deletion(use) && i < use->query->conditions.n; i++) {
    const Condition *c = &use->query->conditions.at[i];
    const Column *column = c->operator == OPERATOR_RANGE ? condition_column(use, c) : NULL;
    if (column && contains_any(column->name, ends, COUNT(ends)))
      return true;
  }
  return false;
}

// Whether a row that it finds by the token stays.
static bool keeps_found(const TableUse *use) { return named_column(use) && !finds_token(use) && !deletes(use); }

// Whether a row is handed to somebody for a time. That of a session stays as long as its owner.
static bool is_handed_out(const Table *table) { return has_column(table, ends, COUNT(ends)) && !has_word_start(table->name, "session"); }

// Why there are few rows of a table whose rows are found by a token, NULL when nothing is seen that says so: those that
// nobody comes back for have to go as well.
static const char *few_doubt(const Judge *j, const Table *table) {
  if (!is_handed_out(table))
    return NULL;
  Tally consumed = count_uses(j, table, finds_token, is_consumed_at, NULL);
  if (consumed.all && any_use(j, table, purges))
    return "whoever finds a row by its token deletes it, and the others are deleted when they expire, so there are few of them";
  if (consumed.some && count_uses(j, table, adds_rows, is_replaced_at, NULL).all)
    return "a row is deleted when it is used, or when its owner gets the next one, so there are few of them";
  return NULL;
}

// Whether its name says that a row is there to be used once; invitations with a state stay.
static bool names_passing(const Table *table) {
  static const char *const states[] = {"status", "state"};
  bool code = has_word_start(table->name, "auth") && has_word_start(table->name, "code");
  if (has_word_start(table->name, "invit") && !has_column(table, states, COUNT(states)))
    return true;
  return has_column(table, ends, COUNT(ends)) && (code || has_word_start(table->name, "reset") ||
                                                  has_word_start(table->name, "nonce") || has_word_start(table->name, "otp"));
}

// Whether a row is called so that it waits for something, and goes as soon as it is taken up: whoever reads it by its key
// deletes it, or one of them makes it a row of another table.
static bool is_pending(const Judge *j, const Table *table) {
  return has_word_start(table->name, "pending") && (count_uses(j, table, finds_by_key, is_consumed_at, NULL).all ||
                                                    count_uses(j, table, finds_by_key, is_taken_up_at, NULL).some);
}

const char *passing_doubt(const Judge *j, const Table *table) {
  static const char *const stays[] = {"deleted"};
  const char *capped = capped_doubt(j, table);
  if (capped)
    return capped;
  if (has_column(table, stays, COUNT(stays)) || !any_use(j, table, deletes))
    return NULL;
  if (names_passing(table))
    return "by its name, its rows are there to be used once, and the code deletes them, so there are few of them";
  if (is_pending(j, table))
    return "a row is deleted when it is taken up, so there are only those that are still pending";
  return few_doubt(j, table);
}

const char *token_doubt(const Judge *j, const Table *table, const Column *column) {
  bool once = is_token(column) && is_handed_out(table) && !any_use(j, table, keeps_found) &&
              count_uses(j, table, finds_token, is_consumed_at, NULL).all;
  return once ? "whoever finds a row by its token deletes it, so each row is found once at most" : NULL;
}
