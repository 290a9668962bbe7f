// calls.c - the database calls of a program (sites) and which functions each call runs (edges).
//
// A call counts as a site only when its receiver was evaluated to a library's state: a name is never proof.
// Lazy queries run where they are consumed: awaited, returned, collected.
#include "calls.h"
#include "sql.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_ASSIGNS = 64,  // of a variable that is returned
  SOON = 10000,    // milliseconds after which a transaction may not have committed
  MAX_FACTORS = 8  // operands within each other that a number of milliseconds is followed through
};

Id unit_of(const File *f, Id expr) { return f->facts.scopes.at[expr_at(f, expr)->scope].function; }

const char *last_name(const File *f, Id callee) {
  const Expr *e = expr_at(f, callee);
  return e->kind == EX_MEMBER || e->kind == EX_IDENT || e->kind == EX_INDEX ? text_of(f, e->name) : "";
}

Id binding_of_ident(const Program *p, FileId file, Id expr) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  return e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
}

Id argument_holding(const File *f, Id expr) {
  uint8_t around = expr_at(f, expr_at(f, expr)->parent)->kind;
  if (around == EX_PROPERTY)
    expr = expr_at(f, expr)->parent;
  around = expr_at(f, expr_at(f, expr)->parent)->kind;
  return around == EX_ARRAY || around == EX_OBJECT ? expr_at(f, expr)->parent : expr;
}

// The first of some methods that the program calls, NULL if it calls none.
static const char *called(const Program *p, const char **names) {
  for (; names && *names; names++) {
    Sym sym = names_find(&p->syms, *names);
    if (sym && map_get(&p->calls_by_name, sym + 1u))
      return *names;
  }
  return NULL;
}

const char *extended_by(const Program *p, const Library *library) { return called(p, library->extended); }

// Whether a value is a library's, or a class that extends one of it.
static bool is_of_library(Program *p, ValueId value, uint16_t library) {
  const Value *v = value_at(p, value);
  for (int i = 0; v->kind == VAL_CLASS && i < MAX_BASES; i++, v = value_at(p, value))
    value = value_base(p, value);
  return (v->kind == VAL_EXTERNAL && external_library(p, value) == library) ||
         (v->kind == VAL_LIBRARY && p->libs->states.at[v->a].library == library);
}

bool joins_transactions(Program *p, uint16_t library) {
  for (const char **names = p->libs->libraries.at[library].joins; names && *names; names++) {
    Sym sym = names_find(&p->syms, *names);
    uint32_t tried = 0;
    for (uint32_t at = sym ? map_get(&p->calls_by_name, sym + 1u) : 0; at && tried++ < MAX_CANDIDATES; at = p->links.at[at].next) {
      Ref call = p->links.at[at].ref;
      const File *f = &p->files.at[call.file];
      const Expr *callee = expr_at(f, expr_at(f, call.id)->a);
      ValueId each[4];
      uint32_t n = callee->kind == EX_MEMBER ? value_each(p, value_of(p, call.file, callee->a), each) : 0;
      for (uint32_t i = 0; i < n; i++)
        if (is_of_library(p, each[i], library))
          return true;
    }
  }
  return false;
}

const Meaning *method_meaning(const Program *p, ValueId method) {
  const Value *v = value_at(p, method);
  return v->kind == VAL_METHOD ? library_member(p->libs, (StateId)value_at(p, v->a)->a, sym_text(p, v->b)) : NULL;
}

const Meaning *callee_meaning(const Program *p, ValueId callee, FileId file, Id call) {
  const Value *v = value_at(p, callee);
  return v->kind == VAL_LIBRARY ? operator_meaning(p, (StateId)v->a, file, call) : method_meaning(p, callee);
}

const Meaning *call_meaning(Program *p, FileId file, Id call, Value *method) {
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

Sym member_of_request(Program *p, FileId file, Id request) {
  static const char suffix[] = "Command";
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding_of_ident(p, file, request)];
  const Expr *e = expr_at(f, b->kind == BIND_CONST && b->value ? b->value : request);
  const char *class = e->kind == EX_NEW ? last_name(f, e->a) : "";
  size_t n = strlen(class), end = sizeof suffix - 1;
  char name[64];
  if (n <= end || n - end >= sizeof name || strcmp(class + n - end, suffix))
    return 0;
  snprintf(name, sizeof name, "%c%.*s", tolower((unsigned char)*class), (int)(n - end - 1), class + 1);
  return sym_intern(p, name);
}

// What a call does that is handed a request; any other call does what its meaning says.
static const Meaning *meaning_of_request(Program *p, FileId file, Id call, const Meaning *m, Value method) {
  Id request = m->command == ARG_NONE ? 0 : argument_at(&p->files.at[file], call, m->command);
  Sym name = request ? member_of_request(p, file, request) : 0;
  const Meaning *of = name ? library_member(p->libs, (StateId)value_at(p, method.a)->a, sym_text(p, name)) : NULL;
  return of ? of : m;
}

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
  const File *g = &p->files.at[call.file];
  const Expr *callee = expr_at(g, expr_at(g, call.id)->a);
  bool tagged = expr_at(g, call.id)->kind == EX_TAGGED;
  if (m->chained && expr_at(g, callee->a)->kind != EX_CALL)
    return EFFECT_NONE;
  if (sql_is_control(sql) || (raw && tagged && text && sql_is_fragment(f, text)))
    return EFFECT_NONE;
  return raw ? (sql_writes(sql) ? EFFECT_WRITE : EFFECT_READ) : m->effect;
}

static Run run_of(Consumed how) {
  return how == CONSUMED_RETURNED ? RUN_RETURNED : how == CONSUMED_BATCHED ? RUN_BATCHED : RUN_HERE;
}

// The constant that an expression names, or itself.
static Ref named_value(Program *p, FileId file, Id expr) {
  return expr_at(&p->files.at[file], expr)->kind == EX_IDENT ? definition_of(p, file, expr) : (Ref){file, expr};
}

// The number that a literal is: `60_000`.
static double number_of_text(const char *text) {
  char digits[32];
  size_t n = 0;
  for (; *text && n + 1 < sizeof digits; text++)
    if (*text != '_')
      digits[n++] = *text;
  digits[n] = 0;
  return strtod(digits, NULL);
}

// What the number literals of a product or sum make, NAN without any: `24 * 60 * 60 * 1000`, `days * DAY`. What is
// random may be nothing.
static double literal_part(Program *p, FileId file, Id expr, int depth) {
  Ref value = named_value(p, file, expr);
  const File *f = &p->files.at[value.file];
  const Expr *e = value.file ? expr_at(f, value.id) : NULL;
  if (!e || depth > MAX_FACTORS)
    return NAN;
  if (e->kind == EX_NUMBER)
    return number_of_text(text_of(f, e->name));
  if (e->kind == EX_CALL && !strcmp(last_name(f, e->a), "random"))
    return 0;
  bool product = e->kind == EX_BINARY && !strcmp(text_of(f, e->name), "*");
  bool sum = e->kind == EX_BINARY && !strcmp(text_of(f, e->name), "+");
  if (!product && !sum)
    return NAN;
  double a = literal_part(p, value.file, e->a, depth + 1), b = literal_part(p, value.file, e->b, depth + 1);
  if (isnan(a) || isnan(b))
    return isnan(a) ? b : a;
  return product ? a * b : a + b;
}

// Whether an expression is a time: `Date.now()`, `ends.getTime()`, `new Date()`.
static bool is_time(Program *p, FileId file, Id expr) {
  static const char *const names[] = {"now", "getTime", "valueOf"};
  Ref value = named_value(p, file, expr);
  const File *f = &p->files.at[value.file];
  const Expr *e = value.file ? expr_at(f, value.id) : NULL;
  const char *callee = e && is_call(e) ? last_name(f, e->a) : "";
  return e && ((e->kind == EX_NEW && !strcmp(callee, "Date")) || (e->kind == EX_CALL && is_any_of(callee, names, COUNT(names))));
}

// Whether it is a number of milliseconds that outlasts a transaction, or the time until then.
static bool is_some_time(Program *p, FileId file, Id expr) {
  Ref value = named_value(p, file, expr);
  const File *f = &p->files.at[value.file];
  const Expr *e = value.file ? expr_at(f, value.id) : NULL;
  if (e && e->kind == EX_BINARY && !strcmp(text_of(f, e->name), "-"))
    return expr_at(f, e->a)->kind != EX_NUMBER && is_time(p, value.file, e->b);
  return literal_part(p, file, expr, 0) > SOON;
}

// The options of a job; where the model says `last`, a name may stand before the data: two arguments are a name and
// data, or data and options.
static Id options_of_job(const File *f, Id call, int8_t number) {
  const Expr *e = expr_at(f, call);
  bool behind = e->count > 2 || (e->count == 2 && expr_at(f, list_at(f, e->first, 0))->kind == EX_OBJECT);
  return number == ARG_LAST && !behind ? 0 : argument_at(f, call, number);
}

// Whether a worker takes a job only after some time, by the options that it is added with.
static bool is_put_off(Program *p, const Site *site) {
  const char *const *delays = p->libs->libraries.at[site->library].delays;
  const File *f = &p->files.at[site->expr.file];
  bool asks = delays && site->meaning && expr_at(f, site->expr.id)->kind == EX_CALL;
  const Expr *options = expr_at(f, asks ? options_of_job(f, site->expr.id, site->meaning->options) : 0);
  for (uint32_t i = 0; options->kind == EX_OBJECT && i < options->count; i++) {
    const Expr *option = expr_at(f, list_at(f, options->first, i));
    if (is_in_list(text_of(f, option->name), delays))
      return is_some_time(p, site->expr.file, option->a);
  }
  return false;
}

static void add_site(Program *p, Site site) {
  File *f = &p->files.at[site.expr.file];
  site.unit = unit_of(f, site.expr.id);
  site.put_off = site.effect == EFFECT_QUEUE && is_put_off(p, &site);
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

// Whether all that a variable may be comes of a library, and is no row: `name ? db(name) : db`.
static bool is_of_client(const Program *p, ValueId value) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    const Value *v = value_at(p, each[i]);
    if (v->kind != VAL_LIBRARY || (n > 1 && p->libs->states.at[v->a].rows))
      return false;
  }
  return true;
}

// A lazy query kept in a variable and consumed here.
static void add_variable_site(Program *p, FileId file, Id expr) {
  uint8_t kind = expr_at(&p->files.at[file], expr)->kind;
  if (kind != EX_IDENT && kind != EX_MEMBER && kind != EX_INDEX)
    return;
  Value v = *value_at(p, value_of(p, file, expr));
  if (is_of_client(p, value_of(p, file, expr)))
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

enum { ONE_ROW_DEPTH = 8, ONE_ROW_STEPS = 500 };

static bool gives_one_row(Program *p, FileId file, Id expr, int depth, uint32_t *steps) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  while (e->kind == EX_AWAIT || e->kind == EX_CAST)
    e = expr_at(f, expr = e->a);
  const Binding *b = &f->facts.bindings.at[binding_of_ident(p, file, expr)];
  if (depth > ONE_ROW_DEPTH || ++*steps > ONE_ROW_STEPS)
    return false;
  if (b->kind == BIND_CONST)
    return gives_one_row(p, file, b->value, depth + 1, steps);
  const Meaning *m = is_call(e) ? call_meaning(p, file, expr, NULL) : NULL;
  if (m && m->effect)
    return m->rows == ROWS_ONE;
  Value v = *value_at(p, value_of(p, file, expr));
  if (v.kind == VAL_LIBRARY && p->libs->states.at[v.a].await_effect)
    return p->libs->states.at[v.a].await_rows == ROWS_ONE;
  Ref function = value_function(p, is_call(e) ? value_of(p, file, e->a) : VALUE_UNKNOWN);
  const File *g = &p->files.at[function.file];
  List returns = function.file ? g->facts.functions.at[function.id].returns : (List){0, 0};
  for (uint32_t i = 0; i < returns.count; i++)
    if (gives_one_row(p, function.file, list_at(g, returns.first, i), depth + 1, steps))
      return true;
  return false;
}

bool reads_one_row(Program *p, FileId file, Id expr) {
  uint32_t steps = 0;
  return gives_one_row(p, file, expr, 0, &steps);
}

//
// Edges
//

static void add_edge(Program *p, FileId file, Edge edge) {
  File *f = &p->files.at[file];
  if (edge.function.file)
    vec_push(&f->units[unit_of(f, edge.call)].edges, edge);
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
      add_edge(p, file, (Edge){.call = call, .kind = (uint8_t)use, .over = over, .function = value_function(p, each[k]),
                               .given_to = parameter_owner(p, file, argument)});
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
                               .elsewhere = is_wrapped_call(p, file, call, callee),
                               .given_to = parameter_owner(p, file, callee)});
    if (v.kind == VAL_CLASS && expr_at(&p->files.at[file], call)->kind == EX_NEW)
      add_constructor_edge(p, file, call, v);
  }
  add_callback_edges(p, file, call);
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
  m = m ? meaning_of_request(p, file, call, m, method) : NULL;
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

// Whether all that is assigned to a variable is a lazy query, as what it starts as: `query = query.limit(1)`. What was
// awaited is rows.
static bool stays_query(const File *f, Id binding) {
  int more = MAX_ASSIGNS;
  for (Id at = map_get(&f->assigns, binding); at; at = map_get(&f->chain, at))
    if (expr_at(f, expr_at(f, at)->b)->kind != EX_CALL || !more--)
      return false;
  return true;
}

// A variable of the function that holds a lazy query and is returned: `const query = db("users"); ...; return query;`. What a
// callback gives runs where that is written.
static void visit_returned(Program *p, FileId file, Id ident) {
  const File *f = &p->files.at[file];
  Id binding = binding_of_ident(p, file, ident);
  const Binding *b = &f->facts.bindings.at[binding];
  bool own = (b->kind == BIND_CONST || b->kind == BIND_LET) && f->facts.scopes.at[b->scope].function == unit_of(f, ident);
  bool made = own && expr_at(f, b->value)->kind == EX_CALL && !parameter_owner(p, file, expr_at(f, b->value)->a);
  if (made && stays_query(f, binding))
    add_variable_site(p, file, ident);
}

// Lazy queries in the array literal of Promise.all, and a variable that is awaited.
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
  if (is_unreachable(&p->files.at[file], id))
    return;
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
  case EX_IDENT:
    if (expr_at(&p->files.at[file], id)->flags & EXF_RETURNED)
      visit_returned(p, file, id);
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
    if (f->facts.scopes.at[i].kind == SC_FOR_AWAIT && !is_unreachable(f, f->facts.scopes.at[i].a))
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
