// clients.c - whose client a query uses: that of the open transaction, or one that everybody shares.
//
// The way from a transaction to a query is a chain of frames, one for each function on it. A parameter is what
// the call before gave for it, or its default; so `addLine(id, client = db)` is fine with a client and goes past the
// transaction without one.
#include "clients.h"
#include "calls.h"
#include "repeat.h"
#include "values.h"

#include <string.h>

enum { MAX_LOOKS = 256, MAX_WRAPPERS = 4, MAX_PUT = 16, MAX_MADE = 8 };

static bool comes_from(Program *p, const Frame *frame, Id expr, int depth, uint32_t *steps);

// A look for where a client comes from.
typedef struct Look {
  int depth;
  uint32_t steps;
  bool before;  // for one that was handed on before the transaction began, in whatever function
} Look;

static Client client_of(Program *p, const Frame *frame, Id expr, Look *look);

//
// What the transaction gives: a parameter of its callback, its handle, or what is made from them
//

// The transaction whose code stands in the file of the frame, NULL if that is in another one.
static const Transaction *open_here(const Frame *frame) {
  FileId file = frame->file;
  while (frame->up)
    frame = frame->up;
  return frame->file == file ? frame->open : NULL;
}

// Whether a transaction has no handle of its own: `client.query("BEGIN")` opens it for the client, and so does
// `session.withTransaction(async () => ...)`.
static bool is_of_client(const File *f, const Transaction *t) {
  return t->own || (t->by_hand && !t->handed && (t->callback || value_is_dropped(f, t->call)));
}

// The variable on which such a transaction was opened, 0 when it is none.
static Id own_client(Program *p, FileId file, const Transaction *t) {
  const File *f = &p->files.at[file];
  const Expr *root = expr_at(f, root_of(f, t->call));
  return is_of_client(f, t) && root->kind == EX_IDENT ? binding_of(p, file, root->scope, root->name, false) : 0;
}

// The function whose `this` code of a scope has: an arrow has that of the function around.
static Id function_of_this(const File *f, Id scope) {
  Id function = f->facts.scopes.at[scope].function;
  while (f->facts.functions.at[function].flags & FN_ARROW)
    function = unit_of(f, f->facts.functions.at[function].expr);
  return function;
}

// Whether the call of a frame hands `this` on: `this.payLine(line)`, or an arrow function of the caller.
static bool keeps_this(const Program *p, const Frame *frame) {
  const File *f = &p->files.at[frame->up->file], *g = &p->files.at[frame->file];
  const Expr *call = expr_at(f, frame->call), *callee = expr_at(f, call->a);
  const Function *fn = &g->facts.functions.at[frame->function];
  if (callee->kind == EX_MEMBER && expr_at(f, callee->a)->kind == EX_THIS)
    return true;
  return f == g && fn->flags & FN_ARROW && function_of_this(f, fn->scope) == function_of_this(f, call->scope);
}

// Whether an expression is the field on which it was, of the same object: `this.connection`.
static bool is_own_field(Program *p, const Frame *frame, const Transaction *t, Id expr) {
  const File *f = &p->files.at[frame->file];
  const Expr *callee = expr_at(f, expr_at(f, t->call)->a);
  Id object = root_of(f, callee->a);
  bool field = callee->kind == EX_MEMBER && expr_at(f, object)->kind == EX_THIS;
  if (!field || !is_of_client(f, t) || !is_same_path(p, frame->file, callee->a, expr))
    return false;
  ValueId class = value_of(p, frame->file, object);
  if (class == VALUE_UNKNOWN || class != value_of(p, frame->file, root_of(f, expr)))
    return false;
  while (frame->up && keeps_this(p, frame))
    frame = frame->up;
  return !frame->up;
}

// Whether a parameter of the transaction's own callback holds something of it: an error before the client does not.
static bool is_handle(const File *f, Id callback, Id binding) {
  const Function *fn = &f->facts.functions.at[callback];
  return f->facts.bindings.at[binding].scope == fn->scope && !(takes_error(f, fn->expr) && binds_item(f, binding, 1));
}

// The parameter that an expression is, 0 if it is none.
static Id param_of(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  Id value = b->kind == BIND_PARAM ? b->value : expr;
  return expr_at(f, value)->kind == EX_PARAM ? value : 0;
}

// Whether a parameter's property got something of the transaction, as far as the call writes the object down.
static bool may_have(Program *p, const Frame *own, uint32_t param, Sym key, int depth, uint32_t *steps) {
  if (!own->up || !own->plain)
    return true;
  const File *f = &p->files.at[own->up->file];
  const Expr *e = expr_at(f, argument_at(f, own->call, (int)param));
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    bool asked = property->kind == EX_SPREAD || !property->name || sym_of(f, property->name) == key;
    if (asked && comes_from(p, own->up, property->a, depth + 1, steps))
      return true;
  }
  return e->kind != EX_OBJECT;
}

// The property of a parameter that an expression reads: `name` of a pattern, `props.name`; 0 for anything else.
static Sym property_read(const Program *p, FileId file, Id expr, Id *param) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  e = e->kind == EX_ALT && !e->c ? expr_at(f, e->a) : e;
  *param = e->kind == EX_MEMBER ? param_of(p, file, e->a) : 0;
  return *param ? sym_of(f, e->name) : 0;
}

// Whether an expression reads a property of a parameter for which the call gave nothing of the transaction.
static bool is_other_property(Program *p, const Frame *frame, Id expr, int depth, uint32_t *steps) {
  Id param;
  Sym key = property_read(p, frame->file, expr, &param);
  const Expr *e = expr_at(&p->files.at[frame->file], param);
  const Frame *own = frame;
  while (key && own && (own->file != frame->file || own->function != e->a))
    own = own->up;
  return key && own && !may_have(p, own, e->b, key, depth, steps);
}

// Whether a parameter holds something of the transaction, by the frame of the function that it belongs to.
static bool is_given_param(const Program *p, const Frame *frame, Id binding) {
  const File *f = &p->files.at[frame->file];
  Id scope = f->facts.bindings.at[binding].scope;
  const Transaction *t = open_here(frame);
  if (t && t->callback && is_handle(f, t->callback, binding))
    return true;
  for (const Frame *at = frame; at && at->file == frame->file; at = at->up)
    if (at->function && f->facts.functions.at[at->function].scope == scope)
      return at->given && binds_item(f, binding, at->given);
  return false;
}

// Whether a variable was handed to the function that began the transaction by hand: `query(client, "BEGIN")`.
static bool began_with(Program *p, FileId file, const Transaction *t, Id binding) {
  const File *f = &p->files.at[file];
  const Expr *call = expr_at(f, t->call);
  if (!t->by_hand || !value_function(p, value_of(p, file, call->a)).file)
    return false;
  for (uint32_t i = 0; i < call->count; i++) {
    const Expr *e = expr_at(f, list_at(f, call->first, i));
    if (e->kind == EX_IDENT && binding_of(p, file, e->scope, e->name, false) == binding)
      return true;
  }
  return false;
}

static bool is_handed_down(Program *p, const Frame *frame, Id param, int depth, uint32_t *steps) {
  const File *f = &p->files.at[frame->file];
  while (expr_at(f, param)->kind == EX_MEMBER)
    param = expr_at(f, param)->a;
  Id callback = expr_at(f, param)->kind == EX_PARAM ? f->facts.functions.at[expr_at(f, param)->a].expr : 0;
  Id call = expr_at(f, callback)->parent;
  return argument_index(f, call, callback) >= 0 && comes_from(p, frame, expr_at(f, call)->a, depth + 1, steps);
}

bool is_handed_on(Program *p, const Frame *frame, Id param) {
  uint32_t steps = 0;
  return is_handed_down(p, frame, param, 0, &steps);
}

static bool is_given_name(Program *p, const Frame *frame, const Expr *e, int depth, uint32_t *steps) {
  const File *f = &p->files.at[frame->file];
  Id binding = binding_of(p, frame->file, e->scope, e->name, false);
  const Binding *b = &f->facts.bindings.at[binding];
  const Transaction *t = open_here(frame);
  if (binding && t && (binding == own_client(p, frame->file, t) || began_with(p, frame->file, t, binding)))
    return true;
  if (b->kind == BIND_PARAM && is_other_property(p, frame, b->value, depth, steps))
    return false;
  if (b->kind == BIND_PARAM && (is_given_param(p, frame, binding) || is_handed_down(p, frame, b->value, depth, steps)))
    return true;
  for (Id at = map_get(&f->assigns, binding); binding && at; at = map_get(&f->chain, at))
    if (comes_from(p, frame, expr_at(f, at)->b, depth + 1, steps))
      return true;
  bool local = b->kind == BIND_CONST || b->kind == BIND_LET;
  return local && b->value && comes_from(p, frame, b->value, depth + 1, steps);
}

// Whether a chain is the call that opens the transaction: `db.startTransaction().execute()`.
static bool opens(const File *f, Id expr, const Transaction *t) {
  while (expr && expr != t->call)
    expr = operand_of(expr_at(f, expr));
  return expr != 0;
}

bool is_handle_itself(Program *p, const Frame *frame, Id expr) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, expr);
  const Transaction *t = open_here(frame);
  if (!t || e->kind == EX_AWAIT)
    return t && opens(f, e->a, t);
  if (e->kind != EX_IDENT)
    return expr == t->call || (e->kind == EX_MEMBER && is_own_field(p, frame, t, expr));
  Id binding = binding_of(p, frame->file, e->scope, e->name, false);
  bool param = binding && t->callback && f->facts.bindings.at[binding].kind == BIND_PARAM;
  return binding && (binding == own_client(p, frame->file, t) || began_with(p, frame->file, t, binding) ||
                     (param && is_handle(f, t->callback, binding)));
}

static bool is_client(const Program *p, ValueId value) {
  const Value *v = value_at(p, value);
  return v->kind == VAL_LIBRARY && !p->libs->states.at[v->a].rows;
}

// Whether an expression is made of something of the transaction, as far as a bounded look tells.
static bool comes_from(Program *p, const Frame *frame, Id expr, int depth, uint32_t *steps) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, expr);
  const Transaction *t = open_here(frame);
  if (!expr || depth > MAX_DEPTH || ++*steps > MAX_STEPS)
    return false;
  if (t && expr == t->call)
    return true;
  if (e->kind == EX_IDENT)
    return is_given_name(p, frame, e, depth, steps);
  if (e->kind == EX_MEMBER && is_other_property(p, frame, expr, depth, steps))
    return false;
  if (t && e->kind == EX_MEMBER && is_own_field(p, frame, t, expr))
    return true;
  // What was awaited is rows, unless it is the handle itself or another client (a savepoint).
  if (e->kind == EX_AWAIT && !is_client(p, value_of(p, frame->file, expr)))
    return t && opens(f, e->a, t);
  if (e->kind == EX_FUNCTION || e->kind == EX_CLASS || e->kind == EX_PARAM)
    return false;
  Id operands[3] = {e->a, e->b, e->c};
  for (int i = 0; i < 3; i++)
    if (comes_from(p, frame, operands[i], depth + 1, steps))
      return true;
  for (uint32_t i = 0; i < e->count; i++)
    if (comes_from(p, frame, list_at(f, e->first, i), depth + 1, steps))
      return true;
  return false;
}

static bool is_given(Program *p, const Frame *frame, Id expr) {
  uint32_t steps = 0;
  return comes_from(p, frame, expr, 0, &steps);
}

bool any_given(Program *p, const Frame *frame, const Expr *e) {
  const File *f = &p->files.at[frame->file];
  for (uint32_t i = 0; i < e->count; i++)
    if (is_given(p, frame, list_at(f, e->first, i)))
      return true;
  return false;
}

//
// Where a client comes from
//

// Of two that an expression may be; what gives nothing is passed over.
static Client either(Client a, Client b) {
  if (a == CLIENT_GIVEN || b == CLIENT_GIVEN)
    return CLIENT_GIVEN;
  if (a == CLIENT_UNKNOWN || b == CLIENT_UNKNOWN)
    return CLIENT_UNKNOWN;
  return a == CLIENT_SHARED ? a : b;
}

bool is_library(const Program *p, ValueId value) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    uint8_t kind = value_at(p, each[i])->kind;
    if (kind == VAL_LIBRARY || kind == VAL_METHOD || kind == VAL_PENDING)
      return true;
  }
  return false;
}

// What a call that opens a transaction is made on: `db` of `db.transaction().execute(...)`, 0 if it is no method.
static Id opened_on(const File *f, const Transaction *t) {
  const Expr *callee = expr_at(f, expr_at(f, t->call)->a);
  while (callee->kind == EX_MEMBER && expr_at(f, callee->a)->kind == EX_CALL)
    callee = expr_at(f, expr_at(f, callee->a)->a);
  return callee->kind == EX_MEMBER ? callee->a : 0;
}

// Whether an expression is what the transaction was opened on for a callback, or the object that holds it under a key:
// `db` of `db.transaction(async (tx) => ...)`, wherever it comes from.
static bool is_outer(Program *p, const Frame *frame, Id expr, Sym key) {
  const File *f = &p->files.at[frame->file];
  const Transaction *t = open_here(frame);
  Id on = t && !is_of_client(f, t) ? opened_on(f, t) : 0;
  const Expr *e = expr_at(f, on);
  if (key && (e->kind != EX_MEMBER || sym_of(f, e->name) != key))
    return false;
  return on && is_same_path(p, frame->file, key ? e->a : on, expr);
}

// What is given under a key of an object.
static Client client_under(Program *p, const Frame *frame, Id object, Name key, const File *of, Look *look) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, object);
  if (e->kind != EX_OBJECT && (is_outer(p, frame, object, 0) || is_outer(p, frame, object, sym_of(of, key))))
    return CLIENT_SHARED;
  if (e->kind != EX_OBJECT)
    return client_of(p, frame, object, look) == CLIENT_NONE ? CLIENT_NONE : CLIENT_UNKNOWN;
  Client client = CLIENT_NONE;
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    if (property->kind == EX_SPREAD)
      client = CLIENT_UNKNOWN;
    else if (sym_of(f, property->name) == sym_of(of, key))
      client = client_of(p, frame, property->a, look);
  }
  return client;
}

bool spreads(const File *f, const Expr *call) {
  for (uint32_t i = 0; i < call->count; i++)
    if (expr_at(f, list_at(f, call->first, i))->kind == EX_SPREAD)
      return true;
  return false;
}

// A parameter of a callback that a library's method gets: `pool.connect((err, client) => ...)`.
static Client client_of_callback(Program *p, const Frame *frame, Id function, Look *look) {
  const File *f = &p->files.at[frame->file];
  Id expr = f->facts.functions.at[function].expr, call = expr_at(f, expr)->parent, callee = expr_at(f, call)->a;
  if (argument_index(f, call, expr) < 0 || !callee_meaning(p, value_of(p, frame->file, callee), frame->file, call))
    return CLIENT_UNKNOWN;
  return client_of(p, frame, callee, look);
}

// A parameter of a function that makes functions with its client, or what it holds under a key: what all its calls give for
// it, `const orders = makeOrders(db)`.
static Client client_kept(Program *p, FileId file, const Expr *param, Name key, Look *look) {
  Ref calls[MAX_MADE];
  uint32_t n = calls_of_function(p, (Ref){file, param->a}, calls, MAX_MADE);
  Client client = n ? CLIENT_NONE : CLIENT_UNKNOWN;
  bool before = look->before;
  look->before = true;
  for (uint32_t i = 0; i < n; i++) {
    const File *f = &p->files.at[calls[i].file];
    Frame frame = {.file = calls[i].file, .function = unit_of(f, calls[i].id)};
    Id argument = argument_at(f, calls[i].id, (int)param->b);
    Client one = !argument ? CLIENT_UNKNOWN
                 : key     ? client_under(p, &frame, argument, key, &p->files.at[file], look)
                           : client_of(p, &frame, argument, look);
    client = either(client, one);
  }
  look->before = before;
  return client;
}

// A parameter, or what it holds under a key: what the call gave for it, else its default.
static Client client_of_param(Program *p, const Frame *frame, const Expr *param, Name key, Look *look) {
  const File *f = &p->files.at[frame->file];
  const Frame *own = frame;
  while (own && (own->file != frame->file || own->function != param->a))
    own = own->up;
  if (!own && makes_module(p, frame->file, param->a))
    return CLIENT_SHARED;
  if (look->before && (!own || !own->up))
    return client_kept(p, frame->file, param, key, look);
  if (!own || !own->up || !own->plain) {
    Client client = client_of_callback(p, own && own->up ? own->up : frame, param->a, look);
    return own || client != CLIENT_UNKNOWN ? client : client_kept(p, frame->file, param, key, look);
  }
  const File *caller = &p->files.at[own->up->file];
  if (spreads(caller, expr_at(caller, own->call)))
    return CLIENT_UNKNOWN;
  Id argument = argument_at(caller, own->call, (int)param->b);
  if (argument && key)
    return client_under(p, own->up, argument, key, f, look);
  Client client = argument ? client_of(p, own->up, argument, look) : CLIENT_NONE;
  const Function *fn = &f->facts.functions.at[param->a];
  Id init = f->facts.params.at[f->facts.lists.at[fn->params.first + param->b]].init;
  return client == CLIENT_NONE && init && !key ? client_of(p, own, init, look) : client;
}

// Whether a variable is one of a function that does not run in the frame, or around it: what it was set to was there before.
static bool is_captured(const File *f, const Frame *frame, const Binding *b) {
  Id function = f->facts.scopes.at[b->scope].function;
  FileId file = frame->file;
  for (; frame; frame = frame->up)
    if (frame->file == file && frame->function == function)
      return false;
  return function != 0;
}

// All that a variable is set to.
static Client client_of_variable(Program *p, const Frame *frame, Id binding, Look *look) {
  const File *f = &p->files.at[frame->file];
  const Binding *b = &f->facts.bindings.at[binding];
  bool before = look->before;
  look->before |= b->kind != BIND_PARAM && is_captured(f, frame, b);
  Client client = b->value ? client_of(p, frame, b->value, look) : CLIENT_NONE;
  for (Id at = map_get(&f->assigns, binding); at; at = map_get(&f->chain, at))
    client = either(client, client_of(p, frame, expr_at(f, at)->b, look));
  look->before = before;
  return client;
}

static Client client_of_name(Program *p, const Frame *frame, const Expr *e, Look *look) {
  const File *f = &p->files.at[frame->file];
  Id binding = binding_of(p, frame->file, e->scope, e->name, false);
  const Binding *b = &f->facts.bindings.at[binding];
  if (b->kind == BIND_CLASS && makes_module(p, frame->file, f->facts.scopes.at[b->scope].function))
    return CLIENT_SHARED;
  bool variable = b->kind == BIND_CONST || b->kind == BIND_LET || b->kind == BIND_PARAM;
  bool function = b->kind == BIND_FUNCTION || (variable && expr_at(f, b->value)->kind == EX_FUNCTION);
  if (binding && f->facts.scopes.at[b->scope].kind == SC_MODULE)
    return function ? CLIENT_UNKNOWN : CLIENT_SHARED;
  return variable ? client_of_variable(p, frame, binding, look) : CLIENT_UNKNOWN;
}

static Client client_of_member(Program *p, const Frame *frame, const Expr *e, Look *look) {
  const File *f = &p->files.at[frame->file];
  Id param = is_library(p, value_of(p, frame->file, e->a)) ? 0 : param_of(p, frame->file, e->a);
  return param ? client_of_param(p, frame, expr_at(f, param), e->name, look) : client_of(p, frame, e->a, look);
}

// The frame of a function that a call in the frame runs.
static Frame enter(Program *p, const Frame *frame, Id call, Ref function, bool plain) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, call);
  Frame next = {.up = frame, .file = function.file, .function = function.id, .call = call, .plain = plain};
  for (uint32_t i = 0; i < e->count; i++)
    if (is_given(p, frame, list_at(f, e->first, i)))
      next.given |= plain && i < ITEM_LIMIT ? 1u << i : ~ITEM_THIS;
  return next;
}

// A client that is made before there is a transaction, `new Pool()` or `knex({...})`, is none of its own.
static Client client_made(Program *p, const Frame *frame, Id expr, const Look *look) {
  return look->before && is_client(p, value_of(p, frame->file, expr)) ? CLIENT_SHARED : CLIENT_UNKNOWN;
}

// What a call gives: a function of ours one of what it returns, a library's method something of its receiver.
static Client client_of_call(Program *p, const Frame *frame, Id call, Look *look) {
  const File *f = &p->files.at[frame->file];
  Id callee = expr_at(f, call)->a;
  ValueId value = value_of(p, frame->file, callee);
  Ref function = function_put(p, value);
  if (!function.file)
    return is_library(p, value) ? client_of(p, frame, callee, look) : client_made(p, frame, call, look);
  Frame next = enter(p, frame, call, function, true);
  const File *g = &p->files.at[function.file];
  List returns = g->facts.functions.at[function.id].returns;
  Client client = returns.count ? CLIENT_NONE : CLIENT_UNKNOWN;
  for (uint32_t i = 0; i < returns.count && i < 8; i++)
    client = either(client, client_of(p, &next, list_at(g, returns.first, i), look));
  return client;
}

static Client client_of_literal(const File *f, const Expr *e) {
  const char *name = text_of(f, e->name);
  return !strcmp(name, "null") || !strcmp(name, "undefined") ? CLIENT_NONE : CLIENT_UNKNOWN;
}

// `new Proxy(pool, ...)`, also by a name: which client it asks each time is for its handler to say.
static bool is_proxy(Program *p, FileId file, Id expr) {
  Ref made = definition_of(p, file, expr);
  made = made.file ? made : (Ref){file, expr};
  const File *f = &p->files.at[made.file];
  const Expr *e = expr_at(f, expr_bare(f, made.id));
  return e->kind == EX_NEW && is_unbound(p, made.file, expr_at(f, e->a), "Proxy");
}

// Whether an expression reads what a module holds in an object or a variable, where a transaction may be put.
static bool is_state(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr), *root = expr_at(f, root_of(f, expr));
  Id binding = root->kind == EX_IDENT ? binding_of(p, file, root->scope, root->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  return binding && f->facts.scopes.at[b->scope].kind == SC_MODULE && (e->kind == EX_MEMBER || b->kind == BIND_LET);
}

// What `a && b`, `a ?? b` or `c ? a : b` gives. One that is asked for first is there for a reason.
static Client client_of_either(Program *p, const Frame *frame, const Expr *e, Look *look) {
  if (!strcmp(text_of(&p->files.at[frame->file], e->name), "&&"))
    return client_of(p, frame, e->b, look);
  Client first = client_of(p, frame, e->a, look);
  bool asked = !e->c || is_same_path(p, frame->file, e->c, e->a);
  if (first == CLIENT_SHARED && asked && is_state(p, frame->file, e->a))
    first = CLIENT_UNKNOWN;
  return either(first, client_of(p, frame, e->b, look));
}

// Whether nothing else is put into the variable of an assignment: `return (db ??= connect())`.
static bool is_only_assign(const Program *p, FileId file, Id assign) {
  const File *f = &p->files.at[file];
  const Expr *target = expr_at(f, expr_at(f, assign)->a);
  Id binding = target->kind == EX_IDENT ? binding_of(p, file, target->scope, target->name, false) : 0;
  return binding && map_get(&f->assigns, binding) == assign && !map_get(&f->chain, assign);
}

static Client client_of_kind(Program *p, const Frame *frame, Id expr, Look *look) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, expr);
  switch (e->kind) {
  case EX_THIS:
    return CLIENT_SHARED;
  case EX_LITERAL:
    return client_of_literal(f, e);
  case EX_IDENT:
    return client_of_name(p, frame, e, look);
  case EX_PARAM:
    return client_of_param(p, frame, e, 0, look);
  case EX_MEMBER:
    return client_of_member(p, frame, e, look);
  case EX_ALT:
    return client_of_either(p, frame, e, look);
  case EX_CALL:
    return client_of_call(p, frame, expr, look);
  case EX_NEW:
    return client_made(p, frame, expr, look);
  case EX_ASSIGN:
    return is_only_assign(p, frame->file, expr) ? client_of(p, frame, e->a, look) : CLIENT_UNKNOWN;
  case EX_TAGGED:
  case EX_AWAIT:
  case EX_CAST:
  case EX_INDEX:
    return client_of(p, frame, e->a, look);
  default:
    return CLIENT_UNKNOWN;
  }
}

static Client client_of(Program *p, const Frame *frame, Id expr, Look *look) {
  if (!expr || look->depth >= MAX_DEPTH || ++look->steps > MAX_LOOKS || is_proxy(p, frame->file, expr))
    return CLIENT_UNKNOWN;
  if (!look->before && is_given(p, frame, expr))
    return CLIENT_GIVEN;
  if (!look->before && is_outer(p, frame, expr, 0))
    return CLIENT_SHARED;
  look->depth++;
  Client client = client_of_kind(p, frame, expr, look);
  look->depth--;
  return client;
}

Client client_at(Program *p, const Frame *frame, Id expr) {
  Look look = {0};
  return client_of(p, frame, expr, &look);
}

//
// Queries past the transaction
//

// Whether the query at the end of a way uses a shared client.
static bool uses_shared(Program *p, const Frame *frame, const Site *site) {
  const char *handle = p->libs->libraries.at[site->library].handle;
  if (handle && !goes_without(p, frame, site, handle))
    return false;
  Id root = handle ? root_of(&p->files.at[frame->file], site->expr.id) : site->expr.id;
  return client_at(p, frame, root) == CLIENT_SHARED;
}

// Whether a function of ours that opens a transaction gets a shared client for it: `withTransaction(db, fn)`.
static bool gets_shared(Program *p, const Frame *frame, const Expr *call) {
  const File *f = &p->files.at[frame->file];
  for (uint32_t i = 0; i < call->count; i++) {
    Id argument = list_at(f, call->first, i);
    if (is_library(p, value_of(p, frame->file, argument)) && client_at(p, frame, argument) == CLIENT_SHARED)
      return true;
  }
  return false;
}

// Whether the client that opens a transaction is a shared one, not that of the transaction around.
static bool opens_on_shared(Program *p, const Frame *frame, const Transaction *t, int depth) {
  const Expr *call = expr_at(&p->files.at[frame->file], t->call);
  if (t->implicit || depth > MAX_WRAPPERS || is_given(p, frame, t->call))
    return false;
  Ref function = value_function(p, value_of(p, frame->file, call->a));
  if (!function.file)
    return client_at(p, frame, call->a) == CLIENT_SHARED;
  if (gets_shared(p, frame, call))
    return true;
  Transaction inner = transaction_within(p, function, frame->file, t);
  Frame next = enter(p, frame, t->call, function, true);
  return inner.call && opens_on_shared(p, &next, &inner, depth + 1);
}

// The transaction that the functions on the way open around an expression, beside the one that the way starts in.
static Transaction opened_on_way(Program *p, const Frame *frame, Id expr) {
  const File *f = &p->files.at[frame->file];
  Transaction t = frame->up ? transaction_of(p, frame->file, expr) : (Transaction){0};
  for (const Frame *at = frame; t.call && at->up; at = at->up)
    if (at->file == frame->file && at->function == unit_of(f, t.call))
      return t;
  return (Transaction){0};
}

// Whether a call runs a method of something of the transaction, or makes an object that keeps it.
static bool receiver_is_given(Program *p, const Frame *frame, Id call) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, call);
  if (e->kind == EX_NEW && any_given(p, frame, e))
    return true;
  for (uint32_t i = 0; i < e->count; i++) {
    Id argument = list_at(f, e->first, i);
    if (expr_at(f, argument)->kind == EX_SPREAD && is_given(p, frame, argument))
      return true;
  }
  return is_given(p, frame, e->a);
}

static bool is_plain(const Unit *unit, Id call, Ref function) {
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    if (edge->call == call && edge->function.file == function.file && edge->function.id == function.id)
      return edge->kind == EDGE_CALL;
  }
  return false;
}

// The query that a way ends with, or the one beside it that runs instead for what the calls give: the one that uses a
// shared client, 0 if none does.
static uint32_t end_on_shared(Program *p, const Frame *frame, uint32_t index) {
  const Site *end = &p->sites.at[index];
  const Unit *unit = &p->files.at[frame->file].units[end->unit];
  if (!is_skipped(p, frame, end->expr.id))
    return uses_shared(p, frame, end) ? index : 0;
  for (uint32_t i = 0; i < unit->sites.n; i++) {
    const Site *site = &p->sites.at[unit->sites.at[i]];
    bool same = site->effect == end->effect && site->library == end->library && site->run != RUN_RETURNED;
    if (same && !is_skipped(p, frame, site->expr.id) && uses_shared(p, frame, site))
      return unit->sites.at[i];
  }
  return 0;
}

// Whether a function on the way puts something of the transaction into its object, which others may take it from:
// `this.manager = tx`.
static bool is_kept(Program *p, const Frame *frame) {
  for (; frame; frame = frame->up) {
    const File *f = &p->files.at[frame->file];
    Id function = frame->up ? frame->function : frame->open->callback;
    Slice puts = function ? puts_inside(p, frame->file, f->facts.functions.at[function].scope) : (Slice){0};
    for (uint32_t i = 0; i < puts.n && i < MAX_PUT; i++)
      if (is_given(p, frame, expr_at(f, puts.at[i])->b))
        return true;
  }
  return false;
}

static Loss way_goes_past(Program *p, const Frame *frame, Id expr, Ref via, uint32_t site, int hops) {
  const File *f = &p->files.at[frame->file];
  Transaction inner = opened_on_way(p, frame, expr);
  bool opens = inner.call && inner.library == p->sites.at[site].library && opens_on_shared(p, frame, &inner, 0);
  uint32_t end = inner.call ? (opens ? site : 0) : via.file ? 0 : end_on_shared(p, frame, site);
  if (inner.call || !via.file)
    return end && !is_kept(p, frame) ? loss_of(p, frame, end) : (Loss){0};
  const Reach *next = reach_to(p, via, site, 0);
  bool skipped = frame->up && is_skipped(p, frame, expr);
  if (!next || skipped || hops > MAX_DEPTH || receiver_is_given(p, frame, expr))
    return (Loss){0};
  Frame callee = enter(p, frame, expr, via, is_plain(&f->units[unit_of(f, expr)], expr, via));
  return way_goes_past(p, &callee, next->through, next->via, site, hops + 1);
}

Loss call_goes_past(Program *p, FileId file, const Edge *edge, uint32_t site, const Transaction *t) {
  Frame frame = {.open = t, .file = file};
  return way_goes_past(p, &frame, edge->call, edge->function, site, 0);
}

bool query_goes_past(Program *p, const Site *site, const Transaction *t) {
  Frame frame = {.open = t, .file = site->expr.file};
  const File *f = &p->files.at[frame.file];
  const char *handle = p->libs->libraries.at[site->library].handle;
  if (handle)
    return goes_without(p, &frame, site, handle);
  Client client = client_at(p, &frame, site->expr.id);
  const Expr *root = expr_at(f, root_of(f, site->expr.id));
  if (client != CLIENT_UNKNOWN)
    return client == CLIENT_SHARED && !(root->kind == EX_THIS && is_kept(p, &frame));
  // A variable from outside of the transaction's code, whatever it is, but not one that asks for the transaction itself.
  if (is_proxy(p, frame.file, root_of(f, site->expr.id)))
    return false;
  Id binding = root->kind == EX_IDENT ? binding_of(p, frame.file, root->scope, root->name, false) : 0;
  Id scope = f->facts.bindings.at[binding].scope;
  bool called = value_function(p, value_of(p, frame.file, root_of(f, site->expr.id))).file;
  return binding && !called && !(t->callback && scope_inside(f, scope, f->facts.functions.at[t->callback].scope));
}

bool transaction_goes_past(Program *p, FileId file, const Transaction *inner, const Transaction *outer) {
  Frame frame = {.open = outer, .file = file};
  return inner->library == outer->library && opens_on_shared(p, &frame, inner, 0);
}

bool is_of_transaction(Program *p, FileId file, Id expr, const Transaction *t) {
  Frame frame = {.open = t, .file = file};
  return is_given(p, &frame, expr);
}
