// calls.c - the database calls of a program (sites) and which functions each call runs (edges).
//
// A call counts as a site only when its receiver was evaluated to a library's state: a name is never proof.
// Lazy queries run where they are consumed: awaited, returned, collected.
#include "values.h"

#include <stdio.h>
#include <string.h>

Id unit_of(const File *f, Id expr) { return f->facts.scopes.at[expr_at(f, expr)->scope].function; }

Id argument_holding(const File *f, Id expr) {
  uint8_t around = expr_at(f, expr_at(f, expr)->parent)->kind;
  if (around == EX_PROPERTY)
    expr = expr_at(f, expr)->parent;
  around = expr_at(f, expr_at(f, expr)->parent)->kind;
  return around == EX_ARRAY || around == EX_OBJECT ? expr_at(f, expr)->parent : expr;
}

static bool named(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

// The name after the last dot of a callee, "" if it has none.
static const char *last_name(const File *f, Id callee) {
  const Expr *e = expr_at(f, callee);
  return e->kind == EX_MEMBER || e->kind == EX_IDENT || e->kind == EX_INDEX ? text_of(f, e->name) : "";
}

// Methods of arrays, Sets and Maps that call their first argument per element.
static bool is_iterator(const char *name) {
  static const char *const names[] = {"map",  "forEach",   "filter", "reduce", "flatMap",  "some",      "every",
                                      "find", "findIndex", "sort",   "each",   "findLast", "reduceRight"};
  return named(name, names, COUNT(names));
}

// Functions that keep a callback for later: events, timers, routes, tests, queues.
static bool is_registration(const char *name) {
  static const char *const names[] = {
      "on",          "once",       "addListener", "addEventListener", "subscribe",  "setTimeout", "setInterval",
      "setImmediate", "nextTick",  "queueMicrotask", "describe",      "it",         "test",       "beforeEach",
      "afterEach",   "beforeAll",  "afterAll",    "process",          "schedule",   "use",        "useEffect",
      "useCallback", "useMemo",    "onClick",     "register",         "addHook",    "defineEventHandler", "listen",
      "afterCommit", "prependListener", "route",  "handle",           "middleware", "afterTransaction"};
  static const char *const routes[] = {"get", "post", "put", "patch", "delete", "all", "options", "head"};
  return named(name, names, COUNT(names)) || named(name, routes, COUNT(routes));
}

//
// Lazy queries: when do they run?
//

typedef enum Consumed { CONSUMED_NO, CONSUMED_YES, CONSUMED_RETURNED, CONSUMED_BATCHED } Consumed;

static Consumed consumed(Program *p, FileId file, Id expr);

const Meaning *method_meaning(const Program *p, ValueId method) {
  const Value *v = value_at(p, method);
  return v->kind == VAL_METHOD ? library_member(p->libs, (StateId)value_at(p, v->a)->a, sym_text(p, v->b)) : NULL;
}

const Meaning *callee_meaning(const Program *p, ValueId callee, FileId file, Id call) {
  const Value *v = value_at(p, callee);
  return v->kind == VAL_LIBRARY ? operator_meaning(p, (StateId)v->a, file, call) : method_meaning(p, callee);
}

// The meaning of a call when some alternative of its callee is a library's, else NULL.
static const Meaning *call_meaning(Program *p, FileId file, Id call, Value *method) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, expr_at(&p->files.at[file], call)->a), each);
  for (uint32_t i = 0; i < n; i++) {
    const Meaning *m = callee_meaning(p, each[i], file, call);
    if (!m)
      continue;
    if (method)
      *method = *value_at(p, each[i]);
    return m;
  }
  return NULL;
}

// Whether a variable is handed to a batch (`$transaction(ops)`) or the array is written there.
static bool is_batch_argument(Program *p, FileId file, Id call, Id argument) {
  const Meaning *m = call_meaning(p, file, call, NULL);
  return m && m->batch != ARG_NONE && argument_at(&p->files.at[file], call, m->batch) == argument;
}

// A variable that some call gets as its batch.
static bool is_batched_variable(Program *p, FileId file, Id binding) {
  return binding && map_get(&p->files.at[file].batched, binding);
}

static Id binding_of_ident(const Program *p, FileId file, Id expr) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  return e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
}

// The variable that an expression initialises, 0 if none.
static Id binding_initialised_by(const File *f, Id expr) { return map_get(&f->owners, expr); }

static Consumed consumed_by_call(Program *p, FileId file, Id call, Id argument) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call);
  if (e->a == argument)
    return CONSUMED_NO;
  if (is_batch_argument(p, file, call, argument))
    return CONSUMED_BATCHED;
  if (call_meaning(p, file, call, NULL))
    return CONSUMED_NO;  // a subquery
  const char *name = last_name(f, e->a);
  if (!strcmp(name, "push") && is_batched_variable(p, file, binding_of_ident(p, file, expr_at(f, e->a)->a)))
    return CONSUMED_BATCHED;
  // Our own functions await their parameter themselves.
  return value_function(p, value_of(p, file, e->a)).file ? CONSUMED_NO : CONSUMED_YES;
}

// Whether an expression is an argument or a hole of a library's call that does not run it: a subquery, a fragment.
static bool is_part_of_query(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, expr)->parent;
  if (expr_at(f, call)->kind == EX_TEMPLATE)
    return call_meaning(p, file, expr_at(f, call)->parent, NULL);
  return argument_index(f, call, expr) >= 0 && call_meaning(p, file, call, NULL) && consumed(p, file, expr) == CONSUMED_NO;
}

// A variable that holds parts of queries, and nothing that runs.
static bool holds_parts(Program *p, FileId file, Id binding) {
  bool part = false;
  Slice uses = binding ? uses_of(p, file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n; i++) {
    if (binding_of_ident(p, file, uses.at[i]) != binding)
      continue;
    if (consumed(p, file, uses.at[i]) != CONSUMED_NO)
      return false;
    part = part || is_part_of_query(p, file, uses.at[i]);
  }
  return part;
}

// A lazy query that the function written in place returns to the call that gets the function.
static Consumed consumed_by_return(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[unit_of(f, expr)];
  Id call = expr_at(f, fn->expr)->parent;
  bool is_inline = call && argument_index(f, call, fn->expr) >= 0;
  if (!is_inline)
    return fn->flags & FN_ASYNC ? CONSUMED_YES : CONSUMED_RETURNED;
  const Meaning *m = call_meaning(p, file, call, NULL);
  if (m && m->entry)
    return CONSUMED_YES;
  if (m)
    return m->transaction != ARG_NONE || m->callback != ARG_NONE || m->each != ARG_NONE ? CONSUMED_YES : CONSUMED_NO;
  // forEach drops what its callback gives.
  if (!(fn->flags & FN_ASYNC) && !strcmp(last_name(f, expr_at(f, call)->a), "forEach") &&
      !value_function(p, value_of(p, file, expr_at(f, call)->a)).file)
    return CONSUMED_NO;
  Consumed outer = is_iterator(last_name(f, expr_at(f, call)->a)) ? consumed(p, file, call) : CONSUMED_YES;
  if (outer == CONSUMED_NO && (is_part_of_query(p, file, call) || holds_parts(p, file, binding_initialised_by(f, call))))
    return CONSUMED_NO;
  bool batched = outer == CONSUMED_BATCHED || is_batched_variable(p, file, binding_initialised_by(f, call));
  return batched ? CONSUMED_BATCHED : CONSUMED_YES;
}

// Whether the call of a member of a lazy query gives that query again: sql`...`.values().
static bool continues(Program *p, FileId file, Id query, Id call) {
  ValueId value = value_of(p, file, query);
  return value_at(p, value)->kind == VAL_PENDING && call && value_of(p, file, call) == value;
}

// A member of a lazy query: `.then(...)` runs it, another method continues the chain.
static Consumed consumed_by_member(const File *f, const Expr *member) {
  static const char *const names[] = {"then", "catch", "finally"};
  return named(text_of(f, member->name), names, COUNT(names)) ? CONSUMED_YES : CONSUMED_NO;
}

// A function written in place whose first parameter is an error gets the answer of what it is handed to, as Node's
// callbacks do: `Order.find({ userId }, (err, orders) => ...)`.
static bool takes_error(const File *f, Id argument) {
  const Expr *e = expr_at(f, argument);
  List params = e->kind == EX_FUNCTION ? f->facts.functions.at[e->a].params : (List){0, 0};
  if (!params.count)
    return false;
  const char *name = text_of(f, f->facts.params.at[list_at(f, params.first, 0)].name);
  return !strncasecmp(name, "err", 3) || !strcasecmp(name, "_err") || !strcasecmp(name, "_error");
}

// Whether the value of an expression, a lazy query or an array of them, is run by what is around it.
static Consumed consumed(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  if (expr_at(f, expr)->kind == EX_CALL && takes_error(f, argument_at(f, expr, ARG_LAST)))
    return CONSUMED_YES;
  for (;;) {
    const Expr *e = expr_at(f, expr), *parent = expr_at(f, e->parent);
    if (e->flags & EXF_RETURNED)
      return consumed_by_return(p, file, expr);
    switch (parent->kind) {
    case EX_NONE:
      return map_get(&f->awaited, expr) ? CONSUMED_YES : CONSUMED_NO;  // `for await (... of expr)` asks for the rows
    case EX_AWAIT:
    case EX_YIELD:
      return CONSUMED_YES;
    case EX_MEMBER:
      if (!continues(p, file, expr, parent->parent))
        return consumed_by_member(f, parent);
      expr = parent->parent;
      continue;
    case EX_CALL:
    case EX_NEW:
      return consumed_by_call(p, file, e->parent, expr);
    case EX_ALT:
      if (parent->c == expr)
        return CONSUMED_NO;
      break;
    case EX_CAST:
    case EX_SPREAD:
    case EX_ARRAY:
      break;
    default:
      return CONSUMED_NO;
    }
    expr = e->parent;
  }
}

// The call that sends an expression's lazy query in a batch, when the query is written in its arguments.
Id batch_around(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  while (expr) {
    const Expr *e = expr_at(f, expr);
    if (expr_at(f, e->parent)->kind == EX_CALL && is_batch_argument(p, file, e->parent, expr))
      return e->parent;
    expr = e->parent;
    if (!expr && e->flags & EXF_RETURNED)
      expr = f->facts.functions.at[f->facts.scopes.at[e->scope].function].expr;
  }
  return 0;
}

bool lazy_call_runs(Program *p, FileId file, Id call) { return consumed(p, file, call) != CONSUMED_NO; }

//
// Sites
//

// Text that starts in the middle of a statement, as a piece that is put into another one.
static bool sql_is_fragment(const File *f, const Expr *text) {
  return !(text->flags & EXF_SQL) && strncmp(sql_start(text_of(f, text->name)), "${}", 3);
}

// What a call does by its SQL text, EFFECT_NONE if it asks for no rows.
static uint8_t effect_of_call(Program *p, Ref call, const Meaning *m, const Value *receiver) {
  bool raw = m->effect == EFFECT_RAW;
  Ref literal = m->sql >= 0 ? sql_literal(p, call.file, argument_at(&p->files.at[call.file], call.id, m->sql)) : (Ref){0, 0};
  const File *f = &p->files.at[literal.file];
  const Expr *text = literal.file ? expr_at(f, literal.id) : NULL;
  const char *sql = text ? text_of(f, text->name) : m->sql == ARG_THIS ? sym_text(p, receiver->c) : "";
  bool tagged = expr_at(&p->files.at[call.file], call.id)->kind == EX_TAGGED;
  if (sql_is_control(sql) || (raw && tagged && text && sql_is_fragment(f, text)))
    return EFFECT_NONE;
  return raw ? (sql_writes(sql) ? EFFECT_WRITE : EFFECT_READ) : m->effect;
}

static Run run_of(Consumed how) {
  return how == CONSUMED_RETURNED ? RUN_RETURNED : how == CONSUMED_BATCHED ? RUN_BATCHED : RUN_HERE;
}

static void add_site(Program *p, Site site) {
  File *f = &p->files.at[site.expr.file];
  site.unit = unit_of(f, site.expr.id);
  if (site.effect == EFFECT_READ && site.call.file)
    site.loads = loads_relation(p, site.call.file, site.call.id, &site.relation, &site.again);
  vec_push(&p->sites, site);
  vec_push(&f->units[site.unit].sites, p->sites.n - 1);
}

// Whether the rows argument of a write is an array.
static bool is_bulk(Program *p, FileId file, Id call, const Meaning *m) {
  Id argument = m->rows_arg == ARG_NONE ? 0 : argument_at(&p->files.at[file], call, m->rows_arg);
  return argument && value_at(p, value_of(p, file, argument))->kind == VAL_ARRAY;
}

// A call whose own meaning is an effect.
static void add_call_site(Program *p, FileId file, Id call, const Meaning *m, Value method) {
  Consumed how = m->lazy ? consumed(p, file, call) : CONSUMED_YES;
  if (how == CONSUMED_NO)
    return;
  Value receiver = method.kind == VAL_METHOD ? *value_at(p, method.a) : method;
  Sym name = method.kind == VAL_METHOD ? method.b : 0;
  uint8_t effect = effect_of_call(p, (Ref){file, call}, m, &receiver);
  if (!effect)
    return;
  Id sql = m->effect == EFFECT_RAW && m->sql >= 0 ? argument_at(&p->files.at[file], call, m->sql) : 0;
  add_site(p, (Site){.expr = {file, call},
                     .sql = {sql ? file : 0, sql},
                     .effect = effect,
                     .rows = m->rows,
                     .run = (uint8_t)run_of(how),
                     .bulk = is_bulk(p, file, call, m),
                     .library = p->libs->states.at[receiver.a].library,
                     .table = meaning_table(p, m, &receiver, name, file, call),
                     .call = {file, call},
                     .method = name,
                     .meaning = m,
                     .advice = m->advice});
}

// The call in a builder chain that says what the query does: the one after which the state became what it is. A
// variable stands for the chain that it holds.
static Id deciding_call(Program *p, FileId file, Id chain, StateId state) {
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding_of_ident(p, file, chain)];
  if (b->kind == BIND_CONST && b->value)
    chain = b->value;
  for (;;) {
    const Expr *e = expr_at(f, chain);
    const Expr *callee = e->kind == EX_CALL ? expr_at(f, e->a) : NULL;
    Id below = callee && callee->kind == EX_MEMBER ? callee->a : 0;
    Value v = *value_at(p, below ? value_of(p, file, below) : VALUE_UNKNOWN);
    if (v.kind != VAL_LIBRARY || (StateId)v.a != state)
      return e->kind == EX_CALL ? chain : 0;
    chain = below;
  }
}

static bool writes_array(Program *p, FileId file, Id call) {
  const Meaning *m = call_meaning(p, file, call, NULL);
  return m && is_bulk(p, file, call, m);
}

// A thenable builder that is consumed at `expr`.
static void add_await_site(Program *p, FileId file, Id expr, Value v, Consumed how) {
  const LibraryState *state = &p->libs->states.at[v.a];
  Id call = deciding_call(p, file, expr, (StateId)v.a);
  const File *f = &p->files.at[file];
  add_site(p, (Site){.expr = {file, expr},
                     .effect = state->await_effect,
                     .rows = state->await_rows,
                     .run = (uint8_t)run_of(how),
                     .bulk = call && writes_array(p, file, call),
                     .library = state->library,
                     .table = v.b,
                     .call = {call ? file : 0, call},
                     .method = call ? sym_of(f, expr_at(f, expr_at(f, call)->a)->name) : 0,
                     .meaning = call ? call_meaning(p, file, call, NULL) : NULL,
                     .advice = state->advice});
}

// A chain's last call that leaves a thenable behind.
static bool add_thenable_site(Program *p, FileId file, Id expr) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, expr), each);
  for (uint32_t i = 0; i < n; i++) {
    Value v = *value_at(p, each[i]);
    if (v.kind != VAL_LIBRARY || !p->libs->states.at[v.a].await_effect)
      continue;
    Consumed how = consumed(p, file, expr);
    if (how == CONSUMED_NO)
      return false;
    add_await_site(p, file, expr, v, how);
    return true;
  }
  return false;
}

// A lazy query kept in a variable and consumed here.
static void add_variable_site(Program *p, FileId file, Id expr) {
  uint8_t kind = expr_at(&p->files.at[file], expr)->kind;
  if (kind != EX_IDENT && kind != EX_MEMBER && kind != EX_INDEX)
    return;
  Value v = *value_at(p, value_of(p, file, expr));
  if (v.kind == VAL_LIBRARY)
    add_thenable_site(p, file, expr);
  if (v.kind != VAL_PENDING)
    return;
  Value method;
  const Meaning *m = call_meaning(p, v.a, v.b, &method);
  Consumed how = m ? consumed(p, file, expr) : CONSUMED_NO;
  if (how == CONSUMED_NO)
    return;
  Value receiver = method.kind == VAL_METHOD ? *value_at(p, method.a) : method;
  uint8_t effect = effect_of_call(p, (Ref){v.a, v.b}, m, &receiver);
  if (!effect)
    return;
  add_site(p, (Site){.expr = {file, expr},
                     .effect = effect,
                     .rows = m->rows,
                     .run = (uint8_t)run_of(how),
                     .library = p->libs->states.at[receiver.a].library,
                     .table = receiver.b,
                     .call = {v.a, v.b},
                     .method = method.kind == VAL_METHOD ? method.b : 0,
                     .meaning = m,
                     .advice = m->advice});
}

// A property that is a lazy relation and is consumed: `await order.user`.
static void add_property_site(Program *p, FileId file, Id member) {
  const Relationship *relation = lazy_relation(p, file, member);
  Consumed how = relation && !relation->eager ? consumed(p, file, member) : CONSUMED_NO;
  if (how == CONSUMED_NO)
    return;
  add_site(p, (Site){.expr = {file, member},
                     .effect = EFFECT_READ,
                     .rows = relation->rows,
                     .run = (uint8_t)run_of(how),
                     .library = relation->library,
                     .table = relation->table,
                     .advice = relation->advice,
                     .loads = true,
                     .relation = relation->name});
}

bool reads_one_row(Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  while (e->kind == EX_AWAIT || e->kind == EX_CAST)
    e = expr_at(f, expr = e->a);
  const Binding *b = &f->facts.bindings.at[binding_of_ident(p, file, expr)];
  if (b->kind == BIND_CONST && depth < 8)
    return reads_one_row(p, file, b->value, depth + 1);
  const Meaning *m = is_call(e) ? call_meaning(p, file, expr, NULL) : NULL;
  if (m && m->effect)
    return m->rows == ROWS_ONE;
  Value v = *value_at(p, value_of(p, file, expr));
  if (v.kind == VAL_LIBRARY && p->libs->states.at[v.a].await_effect)
    return p->libs->states.at[v.a].await_rows == ROWS_ONE;
  Ref function = value_function(p, is_call(e) ? value_of(p, file, e->a) : VALUE_UNKNOWN);
  const File *g = &p->files.at[function.file];
  List returns = function.file ? g->facts.functions.at[function.id].returns : (List){0, 0};
  for (uint32_t i = 0; i < returns.count && depth < 8; i++)
    if (reads_one_row(p, function.file, list_at(g, returns.first, i), depth + 1))
      return true;
  return false;
}

//
// Edges
//

static void add_edge(Program *p, FileId file, Edge edge) {
  File *f = &p->files.at[file];
  if (edge.function.file)
    vec_push(&f->units[unit_of(f, edge.call)].edges, edge);
}

static Id over_of(const File *f, Id call, int over) {
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  if (over == ARG_THIS)
    return callee->kind == EX_MEMBER ? callee->a : 0;
  return over == ARG_NONE ? 0 : argument_at(f, call, over);
}

static bool is_argument(const File *f, Id call, int position, Id argument) {
  return position != ARG_NONE && argument_at(f, call, position) == argument;
}

// What a model says of a callback. The last argument of what asks the database gets the answer.
static int meaning_use(const File *f, Id call, const Meaning *m, Id argument, Id *over) {
  if (is_argument(f, call, m->each, argument)) {
    *over = over_of(f, call, m->over);
    return EDGE_EACH;
  }
  bool answered = is_argument(f, call, ARG_LAST, argument) && ((m->effect && !m->lazy) || takes_error(f, argument));
  bool once = is_argument(f, call, m->transaction, argument) || is_argument(f, call, m->callback, argument);
  return once || answered ? EDGE_ONCE : -1;
}

// `handlers.push(fn)` on a list that outlives the function, and `handlers.set(name, fn)`: kept for later.
static bool keeps_callback(const Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a), *list = expr_at(f, callee->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  if (strcmp(name, "push") && strcmp(name, "unshift"))
    return !strcmp(name, "set");
  Id binding = list->kind == EX_IDENT ? binding_of(p, file, list->scope, list->name, false) : 0;
  return !f->facts.scopes.at[f->facts.bindings.at[binding].scope].function;
}

// Whether a callee is a package's own function (`_.map(xs, fn)`), not a method of a value whose type a package exports.
static bool is_of_package(const Program *p, FileId file, Id callee, const Value *v) {
  const File *f = &p->files.at[file];
  if (v->kind != VAL_EXTERNAL || !v->a)
    return false;
  while (expr_at(f, callee)->kind == EX_MEMBER)
    callee = expr_at(f, callee)->a;
  const Expr *root = expr_at(f, callee);
  Id binding = root->kind == EX_IDENT ? binding_of(p, file, root->scope, root->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  return binding && b->kind != BIND_PARAM && !b->type;
}

// A call of something unknown: array methods call per element, registrations later, anything else is taken to
// call a function that is written in place once (retry, timing and transaction wrappers).
static int unknown_use(const Program *p, FileId file, Id call, bool is_package, Id argument, Id *over) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  const char *name = last_name(f, expr_at(f, call)->a);
  bool method = callee->kind == EX_MEMBER;
  if (!is_package && method && is_iterator(name) && argument_at(f, call, 0) == argument) {
    *over = callee->a;
    return EDGE_EACH;
  }
  if (method && !strcmp(name, "from") && argument_at(f, call, 1) == argument) {
    *over = argument_at(f, call, 0);
    return EDGE_EACH;
  }
  bool later = is_registration(name) || keeps_callback(p, file, call);
  return later || expr_at(f, argument)->kind != EX_FUNCTION ? -1 : EDGE_ONCE;
}

static int use_by_callee(Program *p, FileId file, Id call, ValueId callee, uint32_t index, Id *over) {
  const File *f = &p->files.at[file];
  Id argument = list_at(f, expr_at(f, call)->first, index);
  Value v = *value_at(p, callee);
  const Meaning *m = callee_meaning(p, callee, file, call);
  if (m)
    return meaning_use(f, call, m, argument, over);
  if (v.kind == VAL_FUNCTION)
    return callback_use(p, (Ref){v.a, v.b}, index);
  const LibraryExport *export = external_export(p, callee);
  if (export && (export->meaning.entry || is_argument(f, call, export->meaning.later, argument)))
    return -1;
  int use = export ? meaning_use(f, call, &export->meaning, argument, over) : -1;
  return use >= 0 ? use : unknown_use(p, file, call, is_of_package(p, file, expr_at(f, call)->a, &v), argument, over);
}

int argument_use(Program *p, FileId file, Id call, uint32_t index, Id *over) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, expr_at(&p->files.at[file], call)->a), each);
  int use = -1;
  for (uint32_t i = 0; i < n; i++) {
    int one = use_by_callee(p, file, call, each[i], index, over);
    use = one > use ? one : use;
  }
  return use;
}

// The function that has an identifier as its parameter, 0 if none or if the parameter has a default.
static Id parameter_owner(const Program *p, FileId file, Id ident) {
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding_of_ident(p, file, ident)];
  const Expr *param = expr_at(f, b->value);
  return b->kind == BIND_PARAM && param->kind == EX_PARAM ? param->a : 0;
}

// The function written in place that code stands in, when it is called at once: the call that gets it, else 0.
static Id call_at_once(Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  Id expr = f->facts.functions.at[function].expr, call = expr_at(f, expr)->parent, over = 0;
  int index = call ? argument_index(f, call, expr) : -1;
  bool at_once = index >= 0 && argument_use(p, file, call, (uint32_t)index, &over) >= 0;
  return at_once || (expr_at(f, call)->kind == EX_CALL && expr_at(f, call)->a == expr) ? call : 0;
}

// Out of functions that are called at once, up to the function `within`: the function where that ends.
static Id running_function(Program *p, FileId file, Id expr, Id within) {
  for (;;) {
    Id function = unit_of(&p->files.at[file], expr);
    Id call = function && function != within ? call_at_once(p, file, function) : 0;
    if (!call)
      return function;
    expr = call;
  }
}

// A callback that a function only calls or hands on: its callers know which one it is, and have the edge.
static bool is_callers_matter(Program *p, FileId file, Id call, Id ident) {
  Id owner = parameter_owner(p, file, ident);
  return owner && running_function(p, file, call, owner) == owner;
}

// Whether code stands in a function that `owner` returns, to be called later: `(fn) => () => fn()`.
static bool in_returned_function(Program *p, FileId file, Id expr, Id owner) {
  const File *f = &p->files.at[file];
  Id function = running_function(p, file, expr, owner);
  return function != owner && expr_at(f, f->facts.functions.at[function].expr)->flags & EXF_RETURNED;
}

bool is_task_list(Program *p, FileId file, Id call, Id argument) {
  const File *f = &p->files.at[file];
  ValueId callee = value_of(p, file, expr_at(f, call)->a);
  const Meaning *m = callee_meaning(p, callee, file, call);
  const LibraryExport *export = external_export(p, callee);
  return (m && is_argument(f, call, m->tasks, argument)) || (export && is_argument(f, call, export->meaning.tasks, argument));
}

// The functions of an array or object that a call runs one by one.
static void add_task_edges(Program *p, FileId file, Id call, Id list) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, list);
  if ((e->kind != EX_ARRAY && e->kind != EX_OBJECT) || !is_task_list(p, file, call, list))
    return;
  for (uint32_t i = 0; i < e->count; i++) {
    Id item = list_at(f, e->first, i);
    Id task = expr_at(f, item)->kind == EX_PROPERTY ? expr_at(f, item)->a : item;
    add_edge(p, file, (Edge){.call = call, .kind = EDGE_ONCE, .function = value_function(p, value_of(p, file, task))});
  }
}

static void add_callback_edges(Program *p, FileId file, Id call) {
  const Expr *e = expr_at(&p->files.at[file], call);
  for (uint32_t i = 0; i < e->count; i++)
    add_task_edges(p, file, call, list_at(&p->files.at[file], e->first, i));
  for (uint32_t i = 0; i < e->count; i++) {
    ValueId each[4];
    Id over = 0, argument = list_at(&p->files.at[file], e->first, i);
    uint32_t n = value_each(p, value_of(p, file, argument), each);
    bool runs = value_function(p, each[0]).file && !is_callers_matter(p, file, call, argument);
    int use = runs ? argument_use(p, file, call, i, &over) : -1;
    for (uint32_t k = 0; use >= 0 && k < n; k++)
      add_edge(p, file, (Edge){.call = call, .kind = (uint8_t)use, .over = over, .function = value_function(p, each[k])});
  }
}

static void add_constructor_edge(Program *p, FileId file, Id call, Value class) {
  const File *g = &p->files.at[class.a];
  List members = g->facts.classes.at[class.b].members;
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *m = &g->facts.members.at[g->facts.lists.at[members.first + i]];
    if (m->kind == MEMBER_CONSTRUCTOR && m->function)
      add_edge(p, file, (Edge){.call = call, .kind = EDGE_CALL, .function = {class.a, m->function}});
  }
}

// A call of a function's own callback in a function that it returns.
static bool is_wrapped_call(Program *p, FileId file, Id call, Id callee) {
  Id owner = parameter_owner(p, file, callee);
  return owner && in_returned_function(p, file, call, owner);
}

static void add_edges(Program *p, FileId file, Id call) {
  ValueId each[4];
  Id callee = expr_at(&p->files.at[file], call)->a;
  uint32_t n = value_each(p, value_of(p, file, callee), each);
  for (uint32_t i = 0; i < n; i++) {
    Value v = *value_at(p, each[i]);
    if (v.kind == VAL_FUNCTION && !is_callers_matter(p, file, call, callee))
      add_edge(p, file, (Edge){.call = call, .kind = EDGE_CALL, .function = {v.a, v.b},
                               .elsewhere = is_wrapped_call(p, file, call, callee)});
    if (v.kind == VAL_CLASS && expr_at(&p->files.at[file], call)->kind == EX_NEW)
      add_constructor_edge(p, file, call, v);
  }
  add_callback_edges(p, file, call);
}

//
// How a function uses its callback parameter
//

static int combine(int a, int b) { return a > b ? a : b; }

// A use inside a loop over a collection, or inside a callback that runs per element, is per element.
static int use_here(Program *p, FileId file, Id call) {
  Repeat repeat = repeat_of(p, file, call);
  return repeat.kind == REPEAT_ELEMENT ? EDGE_EACH : EDGE_ONCE;
}

static int use_as_argument(Program *p, FileId file, Id call, Id ident) {
  const File *f = &p->files.at[file];
  Id over = 0;
  int use = argument_use(p, file, call, (uint32_t)argument_index(f, call, ident), &over);
  // A parameter handed on to something unknown (`retry(fn)`) is called there.
  bool unknown = value_is_vague(p, value_of(p, file, expr_at(f, call)->a)) && !keeps_callback(p, file, call);
  if (use < 0 && unknown && !is_registration(last_name(f, expr_at(f, call)->a)))
    use = EDGE_ONCE;
  return use == EDGE_ONCE ? use_here(p, file, call) : use;
}

static int use_of_ident(Program *p, FileId file, Id ident, Id owner) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, ident), *parent = expr_at(f, e->parent);
  if (in_returned_function(p, file, ident, owner))
    return -1;
  if (parent->kind == EX_MEMBER && (!strcmp(text_of(f, parent->name), "call") || !strcmp(text_of(f, parent->name), "apply")))
    return use_here(p, file, parent->parent);
  if (parent->kind != EX_CALL && parent->kind != EX_NEW)
    return -1;
  return parent->a == ident ? use_here(p, file, e->parent) : use_as_argument(p, file, e->parent, ident);
}

static int compute_use(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (index >= fn->params.count)
    return -1;
  Name name = f->facts.params.at[f->facts.lists.at[fn->params.first + index]].name;
  Id binding = name ? map_get(&f->names, name_key(fn->scope, name, false)) : 0;
  int use = -1;
  Slice uses = binding ? uses_of(p, function.file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n; i++)
    if (binding_of_ident(p, function.file, uses.at[i]) == binding)
      use = combine(use, use_of_ident(p, function.file, uses.at[i], function.id));
  return use;
}

int callback_use(Program *p, Ref function, uint32_t index) {
  if (index > MAX_PARAM)
    return -1;
  uint64_t key = param_key(function, index);
  uint32_t known = map_get(&p->uses, key);
  if (known)
    return (int)known - 2;
  map_put(&p->uses, key, 1);  // recursion: not called
  int use = compute_use(p, function, index);
  map_put(&p->uses, key, (uint32_t)(use + 2));
  return use;
}

//
// All calls
//

// Mark the variables whose queries go into a batch: the array itself, and arrays that are spread into it.
static void note_batched(Program *p, FileId file, Id array, int depth) {
  File *f = &p->files.at[file];
  const Expr *e = expr_at(f, array);
  Id binding = binding_of_ident(p, file, array);
  if (depth > 4)
    return;
  if (e->kind == EX_CAST)
    note_batched(p, file, e->a, depth + 1);
  if (binding && !map_get(&f->batched, binding)) {
    map_put(&f->batched, binding, 1);
    if (f->facts.bindings.at[binding].kind != BIND_IMPORT)
      note_batched(p, file, f->facts.bindings.at[binding].value, depth + 1);
  }
  for (uint32_t i = 0; e->kind == EX_ARRAY && i < e->count; i++) {
    const Expr *item = expr_at(f, list_at(f, e->first, i));
    if (item->kind == EX_SPREAD)
      note_batched(p, file, item->a, depth + 1);
  }
}

static void note_batches(Program *p, FileId file, Id call) {
  const Meaning *m = call_meaning(p, file, call, NULL);
  Id argument = m && m->batch != ARG_NONE ? argument_at(&p->files.at[file], call, m->batch) : 0;
  if (argument)
    note_batched(p, file, argument, 0);
}

// A call of a function that a library exports, whose model says that the call has an effect: `sendMail(...)`.
static void add_function_site(Program *p, FileId file, Id call) {
  const Expr *e = expr_at(&p->files.at[file], call);
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, e->a), each);
  for (uint32_t i = 0; i < n; i++) {
    const LibraryExport *export = external_export(p, each[i]);
    if (!export || export->meaning.effect < EFFECT_MAIL)
      continue;
    add_site(p, (Site){.expr = {file, call},
                       .effect = export->meaning.effect,
                       .library = external_library(p, each[i]),
                       .call = {file, call},
                       .method = value_at(p, each[i])->b,
                       .meaning = &export->meaning});
    return;
  }
}

// Whether code uses the second parameter of a function: the one by which a promise fails.
static bool uses_reject(const Program *p, FileId file, Id function, Id code) {
  const File *f = &p->files.at[file];
  Span span = expr_at(f, code)->span;
  for (Id i = code; i < f->facts.exprs.n && expr_at(f, i)->span.start <= span.end; i++) {
    const Expr *e = expr_at(f, i);
    const Binding *b = &f->facts.bindings.at[binding_of_ident(p, file, i)];
    const Expr *param = expr_at(f, b->kind == BIND_PARAM ? b->value : 0);
    if (e->kind == EX_IDENT && param->kind == EX_PARAM && param->a == function && param->b == 1)
      return true;
  }
  return false;
}

// `new Promise((done) => setTimeout(done, ms))`: waiting, written by hand. A timer that lets the promise fail is a
// deadline for something else.
static void add_sleep_site(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  if (callee->kind != EX_IDENT || strcmp(text_of(f, callee->name), "setTimeout"))
    return;
  Id promise = expr_at(f, f->facts.functions.at[unit_of(f, call)].expr)->parent, work = argument_at(f, call, 0);
  const Expr *e = expr_at(f, promise), *class = expr_at(f, e->a);
  if (e->kind != EX_NEW || class->kind != EX_IDENT || strcmp(text_of(f, class->name), "Promise"))
    return;
  if (work && uses_reject(p, file, unit_of(f, call), work))
    return;
  uint16_t library = library_of_package(p->libs, "globals", false);
  add_site(p, (Site){.expr = {file, promise}, .effect = EFFECT_SLEEP, .library = library, .call = {file, call}});
}

static void visit_call(Program *p, FileId file, Id call) {
  Value method = {0};
  const Meaning *m = call_meaning(p, file, call, &method);
  if (m)
    mark_transaction(p, (Ref){file, call}, m, method);
  if (m && m->effect && !m->memory && !m->none)
    add_call_site(p, file, call, m, method);
  else if (m)
    add_thenable_site(p, file, call);
  else
    add_function_site(p, file, call);
  add_sleep_site(p, file, call);
  if (expr_at(&p->files.at[file], call)->kind != EX_TAGGED)
    add_edges(p, file, call);
}

// Lazy queries in the array literal of Promise.all, and a variable that is awaited or returned.
static void visit_consumer(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (e->kind == EX_AWAIT)
    add_variable_site(p, file, e->a);
  const Expr *parent = expr_at(f, e->parent);
  if (e->kind != EX_ARRAY || parent->kind != EX_CALL || parent->a == expr)
    return;
  for (uint32_t i = 0; i < e->count; i++)
    add_variable_site(p, file, list_at(f, e->first, i));
}

// What a JSX tag names: `Row`, `Table.Row`.
static ValueId tag_value(Program *p, FileId file, const Expr *e) {
  const File *f = &p->files.at[file];
  const char *tag = text_of(f, e->name);
  char part[128];
  ValueId value = VALUE_UNKNOWN;
  for (bool first = true;; first = false) {
    int n = snprintf(part, sizeof part, "%.*s", (int)strcspn(tag, "."), tag);
    Name name = n > 0 && (size_t)n < sizeof part ? names_find(&f->facts.names, part) : 0;
    Id binding = first && name ? binding_of(p, file, e->scope, name, false) : 0;
    value = first ? (binding ? value_of_binding(p, file, binding) : VALUE_UNKNOWN) : value_member(p, value, sym_intern(p, part));
    tag += strlen(part);
    if (*tag++ != '.')
      return value;
  }
}

// An async component runs once for each of its elements that is rendered on the server.
static void visit_jsx(Program *p, FileId file, Id id) {
  const Expr *e = expr_at(&p->files.at[file], id);
  Ref component = value_function(p, tag_value(p, file, e));
  if (component.file && p->files.at[component.file].facts.functions.at[component.id].flags & FN_ASYNC)
    add_edge(p, file, (Edge){.call = id, .kind = EDGE_CALL, .function = component});
}

static void visit_expr(Program *p, FileId file, Id id) {
  switch (expr_at(&p->files.at[file], id)->kind) {
  case EX_CALL:
  case EX_NEW:
  case EX_TAGGED:
    visit_call(p, file, id);
    break;
  case EX_AWAIT:
  case EX_ARRAY:
    visit_consumer(p, file, id);
    break;
  case EX_MEMBER:
    add_property_site(p, file, id);
    break;
  case EX_JSX:
    visit_jsx(p, file, id);
    break;
  }
}

// Lazy queries in variables that `for await` reads.
static void visit_loops(Program *p, FileId file) {
  const File *f = &p->files.at[file];
  for (Id i = 1; i < f->facts.scopes.n; i++)
    if (f->facts.scopes.at[i].kind == SC_FOR_AWAIT)
      add_variable_site(p, file, f->facts.scopes.at[i].a);
}

void program_calls(Program *p) {
  for (FileId file = 1; file < p->files.n; file++)
    for (uint32_t i = 0; i < p->files.at[file].calls.n; i++)
      note_batches(p, file, p->files.at[file].calls.at[i]);
  for (FileId file = 1; file < p->files.n; file++) {
    for (Id id = 1; id < p->files.at[file].facts.exprs.n; id++)
      visit_expr(p, file, id);
    visit_loops(p, file);
  }
}
