// transactions.c - which code runs while a transaction is open.
//
// A transaction is opened by a call that gets a callback (`$transaction(async (tx) => ...)`), by a function of
// ours around such a call (`withTransaction(fn)`), or by hand (BEGIN ... COMMIT, start() ... commit()).
#include "values.h"

#include <string.h>

//
// By hand
//

static const char *control_text(Program *p, Ref call, const Meaning *m) {
  Id argument = m->effect == EFFECT_RAW ? argument_at(&p->files.at[call.file], call.id, m->sql == ARG_NONE ? 0 : m->sql) : 0;
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

static bool is_one_of(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

// A method that begins a transaction and gives its handle, or none: `startTransaction()`, `knex.transaction()`.
static bool begins(Program *p, Ref call, const Meaning *m, const char *method) {
  static const char *const names[] = {"startTransaction", "beginTransaction", "begin", "start"};
  const char *sql = control_text(p, call, m);
  if (starts_with(sql, "begin") || starts_with(sql, "start transaction"))
    return true;
  if (m->transaction != ARG_NONE)
    return m->to && !argument_at(&p->files.at[call.file], call.id, m->transaction);
  return !m->effect && is_one_of(method, names, COUNT(names));
}

void mark_transaction(Program *p, Ref call, const Meaning *m, Value method) {
  if (method.kind != VAL_METHOD)
    return;
  const char *name = sym_text(p, method.b);
  const char *sql = control_text(p, call, m);
  int kind = begins(p, call, m, name)                                                               ? MARK_BEGIN
             : !strcmp(name, "commit") || !strcmp(name, "commitTransaction") || starts_with(sql, "commit") ? MARK_COMMIT
             : starts_with(name, "rollback") || !strcmp(name, "abortTransaction") || starts_with(sql, "rollback") ? MARK_ROLLBACK
                                                                                                    : -1;
  Mark mark = {call, p->libs->states.at[value_at(p, method.a)->a].library, (uint8_t)kind};
  if (kind >= 0)
    vec_push(&p->marks, mark);
}

// Whether a COMMIT or ROLLBACK ran before the expression: one that stands earlier on the same way through the code.
static bool is_ended(const Program *p, FileId file, Span begin, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *here = expr_at(f, expr);
  for (uint32_t i = 0; i < p->marks.n; i++) {
    const Mark *mark = &p->marks.at[i];
    const Expr *e = mark->call.file == file ? expr_at(f, mark->call.id) : NULL;
    bool between = e && mark->kind != MARK_BEGIN && e->span.start >= begin.end && e->span.end <= here->span.start;
    if (between && scope_inside(f, here->scope, e->scope))
      return true;
  }
  return false;
}

static bool commits_after(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < p->marks.n; i++) {
    const Mark *mark = &p->marks.at[i];
    if (mark->call.file == file && mark->kind == MARK_COMMIT && unit_of(f, mark->call.id) == unit_of(f, expr) &&
        expr_at(f, mark->call.id)->span.start >= expr_at(f, expr)->span.end)
      return true;
  }
  return false;
}

// The BEGIN before an expression of the same function whose COMMIT comes after it.
static Transaction manual_transaction(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Transaction found = {0};
  for (uint32_t i = 0; i < p->marks.n; i++) {
    const Mark *mark = &p->marks.at[i];
    if (mark->call.file != file || mark->kind != MARK_BEGIN || unit_of(f, mark->call.id) != unit_of(f, expr))
      continue;
    Span span = expr_at(f, mark->call.id)->span;
    if (span.end <= expr_at(f, expr)->span.start && !is_ended(p, file, span, expr))
      found = (Transaction){.call = mark->call.id, .library = mark->library};
  }
  return found.call && commits_after(p, file, expr) ? found : (Transaction){0};
}

//
// By callback
//

// A library's call: its callback, or what is done after BEGIN in the old style `query("BEGIN", callback)`.
static Transaction opened_by_method(Program *p, FileId file, Id call, ValueId callee, Id argument) {
  Value v = *value_at(p, callee);
  const Meaning *m = callee_meaning(p, callee, file, call);
  if (!m)
    return (Transaction){0};
  Value receiver = v.kind == VAL_METHOD ? *value_at(p, v.a) : v;
  bool callback = m->transaction != ARG_NONE && argument_at(&p->files.at[file], call, m->transaction) == argument;
  bool after = starts_with(control_text(p, (Ref){file, call}, m), "begin") ||
               starts_with(control_text(p, (Ref){file, call}, m), "start transaction");
  if (!callback && !after)
    return (Transaction){0};
  return (Transaction){.call = call, .library = p->libs->states.at[receiver.a].library};
}

static Transaction wrapper(Program *p, Ref function, uint32_t index);

Transaction transaction_opened(Program *p, FileId file, Id call, int index) {
  Id argument = index < 0 ? 0 : list_at(&p->files.at[file], expr_at(&p->files.at[file], call)->first, (uint32_t)index);
  ValueId each[4];
  uint32_t n = argument ? value_each(p, value_of(p, file, expr_at(&p->files.at[file], call)->a), each) : 0;
  for (uint32_t i = 0; i < n; i++) {
    Ref function = value_function(p, each[i]);
    Transaction t = function.file ? wrapper(p, function, (uint32_t)index) : opened_by_method(p, file, call, each[i], argument);
    if (!t.call)
      continue;
    t.call = call;
    const Expr *e = expr_at(&p->files.at[file], argument);
    t.callback = e->kind == EX_FUNCTION ? e->a : 0;
    return t;
  }
  return (Transaction){0};
}

// What a use of a callback parameter says: it is called inside of a transaction, or handed on to what opens one.
static Transaction use_of_parameter(Program *p, FileId file, Id ident) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, ident)->parent;
  const Expr *e = expr_at(f, call);
  if (e->kind != EX_CALL)
    return (Transaction){0};
  if (e->a != ident)
    return transaction_opened(p, file, call, argument_index(f, call, ident));
  Transaction around = transaction_of(p, file, call);
  around.implicit = around.implicit || !e->count;
  return around;
}

static Transaction compute_wrapper(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (index >= fn->params.count)
    return (Transaction){0};
  Name name = f->facts.params.at[f->facts.lists.at[fn->params.first + index]].name;
  Id binding = name ? map_get(&f->names, name_key(fn->scope, name, false)) : 0;
  Slice uses = binding ? uses_of(p, function.file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n; i++) {
    if (binding_of(p, function.file, expr_at(f, uses.at[i])->scope, name, false) != binding)
      continue;
    Transaction t = use_of_parameter(p, function.file, uses.at[i]);
    if (t.call)
      return t;
  }
  return (Transaction){0};
}

// Whether a function of ours runs its callback parameter inside of a transaction.
static Transaction wrapper(Program *p, Ref function, uint32_t index) {
  uint64_t key = (uint64_t)function.file << 40 | (uint64_t)function.id << 8 | (index & 255);
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

Transaction transaction_of(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  while (expr) {
    Transaction t = manual_transaction(p, file, expr);
    Id unit = unit_of(f, expr), over;
    int index, use;
    expr = unit ? inline_call(p, file, unit, &index, &use, &over) : 0;
    if (t.call || !expr || only_collects(f, expr))
      return t;
    t = transaction_opened(p, file, expr, index);
    if (t.call)
      return t;
  }
  return (Transaction){0};
}
