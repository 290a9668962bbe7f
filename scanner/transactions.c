// transactions.c - which code runs while a transaction is open.
//
// A transaction is opened by a call that gets a callback (`$transaction(async (tx) => ...)`), by a function of
// ours around such a call (`withTransaction(fn)`), by hand (BEGIN ... COMMIT, start() ... commit()), or by a decorator of
// a method (`@Transactional()`).
#include "calls.h"
#include "sql.h"
#include "transactions.h"
#include "values.h"

#include <string.h>

//
// By hand
//

static const char *control_text(Program *p, Ref call, const Meaning *m) {
  int index = m->sql == ARG_NONE && m->effect == EFFECT_RAW ? 0 : m->sql;
  Id argument = index == ARG_NONE ? 0 : argument_at(&p->files.at[call.file], call.id, index);
  Ref literal = argument ? sql_literal(p, call.file, argument) : (Ref){0, 0};
  const File *f = &p->files.at[literal.file];
  return literal.file ? sql_start(text_of(f, expr_at(f, literal.id)->name)) : "";
}

static bool starts_with(const char *text, const char *word) {
  for (; *word; text++, word++)
    if ((*text | 32) != *word)
      return false;
  return true;
}

static bool text_begins(const char *sql) {
  return starts_with(sql, "begin") || starts_with(sql, "start transaction");
}

// A BEGIN alone: not in one text with the COMMIT, which goes to one connection as a whole.
static bool begins_alone(const char *sql) {
  const char *next = strchr(sql, ';');
  return text_begins(sql) && !(next && strcasestr(next, "commit"));
}

// A method that begins a transaction and gives its handle, or none: `startTransaction()`, `knex.transaction()`.
static bool begins(Program *p, Ref call, const Meaning *m, const char *method) {
  static const char *const names[] = {"startTransaction", "beginTransaction", "begin", "start"};
  if (text_begins(control_text(p, call, m)))
    return true;
  if (m->transaction != ARG_NONE)
    return m->to && !argument_at(&p->files.at[call.file], call.id, m->transaction);
  return !m->effect && is_any_of(method, names, COUNT(names));
}

static bool names_commit(const char *name) { return !strcmp(name, "commit") || !strcmp(name, "commitTransaction"); }

// What a call of a library's method does to a transaction, -1 for nothing.
static int mark_kind(Program *p, Ref call, const Meaning *m, const char *name, const char *sql) {
  if (begins(p, call, m, name))
    return MARK_BEGIN;
  if (names_commit(name) || starts_with(sql, "commit"))
    return MARK_COMMIT;
  bool back = starts_with(name, "rollback") || !strcmp(name, "abortTransaction") || starts_with(sql, "rollback");
  return back ? MARK_ROLLBACK : -1;
}

bool commits_when_called(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Value *v = value_at(p, value_of(p, file, expr));
  if (e->kind != EX_FUNCTION)
    return v->kind == VAL_METHOD && names_commit(sym_text(p, v->b));
  const Unit *unit = &f->units[e->a];
  for (uint32_t i = 0; i < unit->marks.n; i++)
    if (unit->marks.at[i].kind == MARK_COMMIT)
      return true;
  return false;
}

// How many marks of a function stand before an expression.
static uint32_t marks_before(const Unit *unit, Id expr) {
  uint32_t from = 0, to = unit->marks.n;
  while (from < to) {
    uint32_t middle = from + (to - from) / 2;
    if (unit->marks.at[middle].call < expr)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

// The mark that a call is, NULL if it is none.
static const Mark *mark_at(const File *f, Id call) {
  const Unit *unit = &f->units[unit_of(f, call)];
  uint32_t i = marks_before(unit, call);
  return i < unit->marks.n && unit->marks.at[i].call == call ? &unit->marks.at[i] : NULL;
}

static void add_mark(File *f, Mark mark) {
  Unit *unit = &f->units[unit_of(f, mark.call)];
  vec_push(&unit->marks, mark);
  for (uint32_t i = unit->marks.n - 1; i && unit->marks.at[i - 1].call > mark.call; i--) {
    unit->marks.at[i] = unit->marks.at[i - 1];
    unit->marks.at[i - 1] = mark;
  }
}

void mark_transaction(Program *p, Ref call, const Meaning *m, Value method) {
  Value receiver = method.kind == VAL_METHOD ? *value_at(p, method.a) : method;
  const char *sql = control_text(p, call, m);
  const char *name = method.kind == VAL_METHOD ? sym_text(p, method.b) : "";
  int kind = mark_kind(p, call, m, name, sql);
  const LibraryState *state = &p->libs->states.at[receiver.a];
  const char *pool = begins_alone(sql) ? state->pool : NULL;
  if (kind >= 0)
    add_mark(&p->files.at[call.file], (Mark){call.id, state->library, (uint8_t)kind, pool});
}

//
// By hand, through a function of ours: `query("BEGIN")`
//

// The text of a statement that begins or ends a transaction which a call gives to a function of ours, "" if it gives none.
static const char *given_control(Program *p, FileId file, Id call, Id *argument) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call);
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++) {
    *argument = list_at(f, e->first, i);
    const Expr *x = expr_at(f, *argument);
    const char *sql = x->kind == EX_STRING || x->kind == EX_TEMPLATE ? sql_start(text_of(f, x->name)) : "";
    if (text_begins(sql) || starts_with(sql, "commit") || starts_with(sql, "rollback"))
      return sql;
  }
  return "";
}

// What a statement does that a call gives to a function which runs the SQL that it gets.
static void mark_given(Program *p, FileId file, const Edge *edge) {
  const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
  Id argument = 0;
  const char *sql = edge->kind == EDGE_CALL && callee->reach.n ? given_control(p, file, edge->call, &argument) : "";
  if (!*sql || mark_at(&p->files.at[file], edge->call))
    return;
  uint8_t kind = text_begins(sql) ? MARK_BEGIN : starts_with(sql, "commit") ? MARK_COMMIT : MARK_ROLLBACK;
  for (uint32_t i = 0; i < callee->reach.n; i++) {
    const Reach *r = &callee->reach.at[i];
    const Site *site = &p->sites.at[r->site];
    if (!r->sql.file || !effect_is_database(r->effect))
      continue;
    const File *g = &p->files.at[site->call.file];
    Value method = *value_at(p, value_of(p, site->call.file, expr_at(g, site->call.id)->a));
    const Value *receiver = value_at(p, method.kind == VAL_METHOD ? method.a : VALUE_UNKNOWN);
    const char *pool = receiver->kind == VAL_LIBRARY ? p->libs->states.at[receiver->a].pool : NULL;
    bool alone = begins_alone(sql) && sql_given(p, file, edge, r) == argument;
    add_mark(&p->files.at[file], (Mark){edge->call, site->library, kind, alone ? pool : NULL});
    return;
  }
}

//
// By hand, in functions of ours: `const client = await begin()`, `await finish(client)`
//

// What a function leaves to its caller: a transaction that it begins but does not end, or the end of one that it has not
// begun; NULL for neither. It may take back what it began when it fails.
static const Mark *mark_left(const Unit *unit) {
  const Mark *begin = NULL, *commit = NULL;
  for (uint32_t i = 0; i < unit->marks.n; i++) {
    const Mark *mark = &unit->marks.at[i];
    begin = mark->kind == MARK_BEGIN ? mark : begin;
    commit = mark->kind == MARK_COMMIT ? mark : commit;
  }
  return begin && commit ? NULL : begin ? begin : commit;
}

static bool is_client(const Program *p, ValueId value, uint16_t library) {
  const Value *v = value_at(p, value);
  return v->kind == VAL_LIBRARY && p->libs->states.at[v->a].library == library;
}

// A call of such a function, of which all is marked: it gives the client of the transaction, or gets it.
static void mark_called(Program *p, FileId file, const Edge *edge) {
  File *f = &p->files.at[file];
  const Mark *left = mark_left(&p->files.at[edge->function.file].units[edge->function.id]);
  if (!left || edge->kind != EDGE_CALL || mark_at(f, edge->call))
    return;
  Mark mark = {edge->call, left->library, left->kind, NULL};
  const Expr *call = expr_at(f, edge->call);
  bool has = mark.kind == MARK_BEGIN && is_client(p, value_awaited(p, value_of(p, file, edge->call)), mark.library);
  for (uint32_t i = 0; mark.kind == MARK_COMMIT && i < call->count; i++)
    has = has || is_client(p, value_of(p, file, list_at(f, call->first, i)), mark.library);
  if (has)
    add_mark(f, mark);
}

static void mark_edges(Program *p, void (*mark)(Program *, FileId, const Edge *)) {
  for (uint32_t i = 0; i < p->callees_first.n; i++) {
    Ref function = p->callees_first.at[i];
    const Unit *unit = &p->files.at[function.file].units[function.id];
    for (uint32_t k = 0; k < unit->edges.n; k++)
      mark(p, function.file, &unit->edges.at[k]);
  }
}

void program_marks(Program *p) {
  mark_edges(p, mark_given);
  mark_edges(p, mark_called);
}

static bool commits_after(const File *f, const Unit *unit, Id expr) {
  uint32_t i = unit->marks.n;
  while (i && unit->marks.at[i - 1].kind != MARK_COMMIT)
    i--;
  return i && expr_at(f, unit->marks.at[i - 1].call)->span.start >= expr_at(f, expr)->span.end;
}

// The last BEGIN before an expression of the same function whose COMMIT comes after it. It is over when a COMMIT or
// ROLLBACK stands between them on the same way through the code; where there is no BEGIN, `over` tells that one does, which
// ends what was begun further out.
static Transaction manual_transaction(Program *p, FileId file, Id expr, bool *over) {
  const File *f = &p->files.at[file];
  const Unit *unit = &f->units[unit_of(f, expr)];
  const Expr *here = expr_at(f, expr);
  uint32_t ended = 0;
  for (uint32_t i = marks_before(unit, expr); i-- > 0;) {
    const Mark *mark = &unit->marks.at[i];
    const Expr *e = expr_at(f, mark->call);
    if (e->span.end > here->span.start)
      continue;
    if (mark->kind != MARK_BEGIN && scope_inside(f, here->scope, e->scope))
      ended = e->span.start > ended ? e->span.start : ended;
    if (mark->kind != MARK_BEGIN)
      continue;
    bool open = (!ended || ended < e->span.end) && commits_after(f, unit, expr);
    return open ? (Transaction){.call = mark->call, .library = mark->library, .by_hand = true} : (Transaction){0};
  }
  *over |= ended != 0;
  return (Transaction){0};
}

//
// By callback
//

// Whether a method that opens a transaction leaves its client usable in it: one that gives the callback no other client, or
// one like that which it is called on, a savepoint. Where the transaction is an option of queries the client says nothing.
static bool keeps_connection(const Program *p, const Meaning *m, Value receiver) {
  const char *handle = p->libs->libraries.at[p->libs->states.at[receiver.a].library].handle;
  return !handle && (!m->as || m->as == receiver.a);
}

// A library's call: its callback, or what is done after BEGIN in the old style, `query("BEGIN", callback)` or
// `beginTransaction(callback)`.
static Transaction opened_by_method(Program *p, FileId file, Id call, ValueId callee, Id argument) {
  Value v = *value_at(p, callee);
  const Meaning *m = callee_meaning(p, callee, file, call);
  if (!m)
    return (Transaction){0};
  Value receiver = v.kind == VAL_METHOD ? *value_at(p, v.a) : v;
  bool callback = m->transaction != ARG_NONE && argument_at(&p->files.at[file], call, m->transaction) == argument;
  bool after = begins(p, (Ref){file, call}, m, v.kind == VAL_METHOD ? sym_text(p, v.b) : "");
  if (!callback && !after)
    return (Transaction){0};
  uint16_t library = p->libs->states.at[receiver.a].library;
  return (Transaction){.call = call,
                       .library = library,
                       .by_hand = !callback,
                       .implicit = callback && joins_transactions(p, library),
                       .own = callback && p->libs->libraries.at[library].handle && m->as && m->as == receiver.a,
                       .joined = callback && keeps_connection(p, m, receiver)};
}

// A function of a library, on no client: the library finds the transaction by itself.
static Transaction opened_by_export(Program *p, FileId file, Id call, ValueId callee, Id argument) {
  const LibraryExport *export = external_export(p, callee);
  bool opens = export && export->meaning.transaction >= 0 && argument_at(&p->files.at[file], call, export->meaning.transaction) == argument;
  return opens ? (Transaction){.call = call, .library = external_library(p, callee), .implicit = true} : (Transaction){0};
}

// The handle of a transaction that was begun by hand, for what follows: `sequelize.transaction().then((t) => ...)`.
static Transaction opened_by_promise(const Program *p, FileId file, Id call, Id argument) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a), *callback = expr_at(f, argument);
  bool then = callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "then") && argument == argument_at(f, call, 0);
  const Mark *mark = then && callback->kind == EX_FUNCTION ? mark_at(f, callee->a) : NULL;
  if (!mark || mark->kind != MARK_BEGIN)
    return (Transaction){0};
  return (Transaction){.call = call, .library = mark->library, .callback = callback->a, .by_hand = true, .handed = true};
}

static Transaction wrapper(Program *p, Ref function, uint32_t index);

Transaction transaction_opened(Program *p, FileId file, Id call, int index) {
  Id argument = index < 0 ? 0 : list_at(&p->files.at[file], expr_at(&p->files.at[file], call)->first, (uint32_t)index);
  ValueId each[4];
  const Transaction promised = argument ? opened_by_promise(p, file, call, argument) : (Transaction){0};
  uint32_t n = argument ? value_each(p, value_of(p, file, expr_at(&p->files.at[file], call)->a), each) : 0;
  for (uint32_t i = 0; i < n && !promised.call; i++) {
    Ref function = value_function(p, each[i]);
    const Mark *mark = function.file ? mark_at(&p->files.at[file], call) : NULL;
    Transaction t = {0};
    if (mark && mark->kind == MARK_BEGIN)
      t = (Transaction){.library = mark->library, .by_hand = true, .call = call};
    else if (function.file)
      t = wrapper(p, function, (uint32_t)index);
    else if (value_at(p, each[i])->kind == VAL_EXTERNAL)
      t = opened_by_export(p, file, call, each[i], argument);
    else
      t = opened_by_method(p, file, call, each[i], argument);
    if (!t.call)
      continue;
    t.call = call;
    t.by_hand = t.by_hand && !(function.file && !mark);
    t.own = t.own && !function.file;
    const Expr *e = expr_at(&p->files.at[file], argument);
    t.callback = e->kind == EX_FUNCTION ? e->a : 0;
    return t;
  }
  return promised;
}

// Whether a call hands something of the transaction on.
static bool hands_of(Program *p, FileId file, const Expr *call, const Transaction *t) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < call->count; i++)
    if (is_of_transaction(p, file, list_at(f, call->first, i), t))
      return true;
  return false;
}

// Whether a call in a function hands on something of the transaction that a call of that function hands to it.
static bool hands_on(Program *p, FileId file, const Expr *call, Id function, Id given, const Transaction *t) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < call->count; i++) {
    Id argument = list_at(f, call->first, i), binding = binding_of_ident(p, file, argument);
    const Expr *param = expr_at(f, parameter_owner(p, file, argument) == function ? f->facts.bindings.at[binding].value : 0);
    Id handed = param->kind == EX_PARAM ? argument_at(f, given, (int)param->b) : 0;
    if (handed && is_of_transaction(p, file, handed, t))
      return true;
  }
  return false;
}

enum { MAX_LOCAL_USES = 32 };  // of the name of a function

// The transaction around a call in a function with a name, `const run = async (tx) => work(tx)`: the one that is open where
// that is called. Tells whether it may also run outside of one. A function that puts something into its object may put the
// transaction there, where others find it.
static Transaction around_calls(Program *p, FileId file, Id call, bool *outside) {
  const File *f = &p->files.at[file];
  Id function = unit_of(f, call), binding = function_binding(p, file, function);
  Slice uses = binding ? uses_of(p, file, binding) : (Slice){0};
  bool keeps = puts_inside(p, file, f->facts.functions.at[function].scope).n != 0;
  Transaction around = {0};
  *outside = !uses.n || uses.n > MAX_LOCAL_USES;
  for (uint32_t i = 0; i < uses.n && i < MAX_LOCAL_USES; i++) {
    Id given = expr_at(f, uses.at[i])->parent;
    if (binding_of_ident(p, file, uses.at[i]) != binding)
      continue;
    bool called = expr_at(f, given)->kind == EX_CALL && expr_at(f, given)->a == uses.at[i];
    Transaction t = called ? transaction_of(p, file, given) : (Transaction){0};
    t.implicit = t.implicit || keeps || !(t.call && hands_on(p, file, expr_at(f, call), function, given, &t));
    *outside = *outside || !t.call;
    around = t.call && !around.call ? t : around;
  }
  return around;
}

// What a use of a callback parameter says: it is called inside of a transaction, or handed on to what opens one. What calls it
// there with nothing of ours, `storage.run(tx, work)`, lets others find the transaction.
static Transaction use_of_parameter(Program *p, FileId file, Id ident) {
  const File *f = &p->files.at[file];
  ident = cast_around(f, ident);
  Id call = expr_at(f, ident)->parent;
  const Expr *e = expr_at(f, call);
  if (e->kind != EX_CALL)
    return (Transaction){0};
  bool called = e->a == ident, outside;
  Transaction around = called ? (Transaction){0} : transaction_opened(p, file, call, argument_index(f, call, ident));
  if (around.call || (!called && parameter_use(p, file, call, ident) < 0))
    return around;
  around = transaction_of(p, file, call);
  if (!around.call)
    return called ? around_calls(p, file, call, &outside) : around;
  around.implicit = around.implicit || !called || !hands_of(p, file, e, &around);
  return around;
}

// The identifiers of a parameter's name, of which those are its uses that mean no other variable.
typedef struct Uses {
  FileId file;
  Id binding;
  Slice named;
  uint32_t at;
} Uses;

static Uses uses_of_parameter(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  Name name = index < fn->params.count ? f->facts.params.at[list_at(f, fn->params.first, index)].name : 0;
  Id binding = name ? map_get(&f->names, name_key(fn->scope, name, false)) : 0;
  return (Uses){function.file, binding, binding ? uses_of(p, function.file, binding) : (Slice){0}, 0};
}

static Id next_use(const Program *p, Uses *uses) {
  while (uses->at < uses->named.n) {
    Id ident = uses->named.at[uses->at++];
    const Expr *e = expr_at(&p->files.at[uses->file], ident);
    if (binding_of(p, uses->file, e->scope, e->name, false) == uses->binding)
      return ident;
  }
  return 0;
}

static Transaction compute_wrapper(Program *p, Ref function, uint32_t index) {
  Uses uses = uses_of_parameter(p, function, index);
  Transaction t = {0};
  for (Id ident; (!t.call || t.implicit) && (ident = next_use(p, &uses));) {
    Transaction use = use_of_parameter(p, function.file, ident);
    t = use.call && !(t.call && use.implicit) ? use : t;
  }
  return t;
}

// Whether a function of ours runs its callback parameter inside of a transaction.
static Transaction wrapper(Program *p, Ref function, uint32_t index) {
  if (index > MAX_PARAM)
    return (Transaction){0};
  uint64_t key = param_key(function, index);
  uint32_t known = map_get(&p->wrappers, key);
  if (known)
    return p->wrapped.at[known - 1];
  vec_push(&p->wrapped, ((Transaction){0}));  // recursion: none
  known = p->wrapped.n;
  map_put(&p->wrappers, key, known);
  Transaction t = compute_wrapper(p, function, index);
  p->wrapped.at[known - 1] = t;
  return t;
}

// Whether a function calls its parameter `index` also where it has opened no transaction: it joins one that is open.
static bool calls_outside(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  Uses uses = uses_of_parameter(p, function, index);
  for (Id ident; (ident = next_use(p, &uses));) {
    Id call = expr_at(f, ident)->parent;
    bool called = expr_at(f, call)->kind == EX_CALL && expr_at(f, call)->a == ident, outside = false;
    if (called && !transaction_of(p, function.file, call).call)
      around_calls(p, function.file, call, &outside);
    if (outside)
      return true;
  }
  return false;
}

Transaction transaction_within(Program *p, Ref function, FileId file, const Transaction *t) {
  const File *f = &p->files.at[file];
  int index = argument_index(f, t->call, f->facts.functions.at[t->callback].expr);
  Transaction inner = index < 0 ? (Transaction){0} : wrapper(p, function, (uint32_t)index);
  return inner.call && !calls_outside(p, function, (uint32_t)index) ? inner : (Transaction){0};
}

// Whether a function, with those written in it, ends a transaction that it has not begun.
static bool function_ends(const File *f, Id function) {
  Id scope = f->facts.functions.at[function].scope;
  bool ends = false;
  for (Id id = function; id < f->facts.functions.n; id++) {
    const Unit *unit = &f->units[id];
    for (uint32_t i = 0; i < unit->marks.n && scope_inside(f, f->facts.functions.at[id].scope, scope); i++) {
      if (unit->marks.at[i].kind == MARK_BEGIN)
        return false;
      ends = true;
    }
  }
  return ends;
}

// Whether what a promise waits for commits: `t.commit().then(fn)`, `save().then(() => t.commit()).then(fn)`.
static bool ends_in_chain(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  for (;;) {
    const Expr *callee = expr_at(f, expr_at(f, call)->a);
    if (callee->kind != EX_MEMBER || !is_promise_method(text_of(f, callee->name)) || expr_at(f, callee->a)->kind != EX_CALL)
      return false;
    call = callee->a;
    const Mark *mark = mark_at(f, call);
    if (mark)
      return mark->kind == MARK_COMMIT;
    for (uint32_t i = 0; i < expr_at(f, call)->count; i++)
      if (commits_when_called(p, file, list_at(f, expr_at(f, call)->first, i)))
        return true;
  }
}

// Whether the callback of a call runs when a transaction has ended: `client.query("COMMIT", done)`, `finish(client, done)`.
static bool ends_before(Program *p, FileId file, Id call) {
  if (ends_in_chain(p, file, call))
    return true;
  const Mark *mark = mark_at(&p->files.at[file], call);
  if (mark)
    return mark->kind != MARK_BEGIN;
  Ref function = value_function(p, value_of(p, file, expr_at(&p->files.at[file], call)->a));
  return function.file && function_ends(&p->files.at[function.file], function.id);
}

bool is_told_to_callers(Program *p, Ref function) {
  const File *f = &p->files.at[function.file];
  uint32_t n = f->facts.functions.at[function.id].params.count;
  bool opens = false;
  for (uint32_t i = 0; i < n && i <= MAX_PARAM && !opens; i++)
    opens = wrapper(p, function, i).call;
  return opens && !function_ends(f, function.id);
}

//
// By decorator
//

// Whether the arguments of a decorator may say that there is no transaction: by the option of that name, or by what is
// neither options nor a name.
static bool says_otherwise(const File *f, Id decorator, const char *option) {
  const Expr *e = expr_at(f, decorator);
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++) {
    const Expr *argument = expr_at(f, list_at(f, e->first, i));
    if (argument->kind != EX_OBJECT && argument->kind != EX_STRING)
      return true;
    for (uint32_t k = 0; k < argument->count; k++) {
      const Expr *property = expr_at(f, list_at(f, argument->first, k));
      if (property->kind != EX_PROPERTY || (option && !strcmp(text_of(f, property->name), option)))
        return true;
    }
  }
  return false;
}

static void note_decorated(Program *p, FileId file, const Member *member) {
  File *f = &p->files.at[file];
  for (uint32_t i = 0; i < member->decorators.count; i++) {
    Id decorator = list_at(f, member->decorators.first, i);
    const LibraryExport *export = decorator_export(p, file, decorator);
    if (export && export->meaning.transaction == ARG_THIS && !says_otherwise(f, decorator, export->meaning.key))
      map_put(&f->transactional, member->function, decorator);
  }
}

void program_transactional(Program *p) {
  for (FileId file = 1; file < p->files.n; file++) {
    const Facts *facts = &p->files.at[file].facts;
    for (Id i = 1; i < facts->members.n; i++)
      if (facts->members.at[i].kind == MEMBER_METHOD && facts->members.at[i].function)
        note_decorated(p, file, &facts->members.at[i]);
  }
}

static Transaction opened_by_decorator(Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  Id decorator = function ? map_get(&f->transactional, function) : 0;
  if (!decorator)
    return (Transaction){0};
  const Expr *e = expr_at(f, decorator);
  uint16_t library = external_library(p, value_of(p, file, e->kind == EX_CALL ? e->a : decorator));
  return (Transaction){.call = decorator, .callback = function, .library = library, .implicit = true};
}

Transaction transaction_of(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  bool over = false;
  while (expr) {
    Transaction t = manual_transaction(p, file, expr, &over);
    Id unit = unit_of(f, expr), items;
    int index, use;
    expr = unit ? inline_call(p, file, unit, &index, &use, &items) : 0;
    if (!t.call && !expr)
      return opened_by_decorator(p, file, unit);
    if (t.call || only_collects(f, expr) || ends_before(p, file, expr))
      return t;
    t = transaction_opened(p, file, expr, index);
    if (t.call)
      return t.by_hand && over ? (Transaction){0} : t;
  }
  return (Transaction){0};
}
