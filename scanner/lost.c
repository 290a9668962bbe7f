// lost.c - where the way from a transaction to a query that goes past it leaves the transaction's client behind: the last function
// that has the client, what holds it there, and what is called without it.
#include "calls.h"
#include "clients.h"
#include "values.h"

#include <string.h>

enum { MAX_RETURNS = 8, MAX_LOOK = 4000 };  // returns and expressions of a function that are looked at

//
// What holds the client
//

// A look for the client in an expression.
typedef struct Hold {
  Program *p;
  Sym under;  // of the object that was found to have it, its key
  uint32_t steps;
} Hold;

static bool holds(Hold *h, const Frame *frame, Id expr, Sym key, int depth);

// Whether what a call gave for a parameter holds it. That of a callback on the way, `service.inTransaction(tx).run((manager) => ...)`,
// is told by its type.
static bool param_holds(Hold *h, const Frame *frame, Id expr, Sym key, int depth) {
  const Expr *param = expr_at(&h->p->files.at[frame->file], expr);
  const Frame *own = frame;
  while (own && (own->file != frame->file || own->function != param->a))
    own = own->up;
  if (!own)
    return !key && is_library(h->p, value_of(h->p, frame->file, expr)) && is_handed_on(h->p, frame, expr);
  Id argument = own && own->up && own->plain ? argument_at(&h->p->files.at[own->up->file], own->call, (int)param->b) : 0;
  return argument && holds(h, own->up, argument, key, depth);
}

// Whether what a variable is set to holds it.
static bool name_holds(Hold *h, const Frame *frame, const Expr *e, Sym key, int depth) {
  const File *f = &h->p->files.at[frame->file];
  Id binding = binding_of(h->p, frame->file, e->scope, e->name, false);
  const Binding *b = &f->facts.bindings.at[binding];
  if (b->kind != BIND_PARAM && b->kind != BIND_CONST && b->kind != BIND_LET)
    return false;
  if (holds(h, frame, b->value, key, depth))
    return true;
  for (Id at = map_get(&f->assigns, binding); at; at = map_get(&f->chain, at))
    if (holds(h, frame, expr_at(f, at)->b, key, depth))
      return true;
  return false;
}

// Whether what a function of ours gives holds it: `contextOf({ user, tx })`.
static bool result_holds(Hold *h, const Frame *frame, Id call, Sym key, int depth) {
  Ref function = value_function(h->p, value_of(h->p, frame->file, expr_at(&h->p->files.at[frame->file], call)->a));
  Frame next = {.up = frame, .file = function.file, .function = function.id, .call = call, .plain = true};
  const File *g = &h->p->files.at[function.file];
  List returns = function.file ? g->facts.functions.at[function.id].returns : (List){0, 0};
  for (uint32_t i = 0; i < returns.count && i < MAX_RETURNS; i++)
    if (holds(h, &next, list_at(g, returns.first, i), key, depth))
      return true;
  return false;
}

static bool object_holds(Hold *h, const Frame *frame, const Expr *object, Sym key, int depth) {
  const File *f = &h->p->files.at[frame->file];
  for (uint32_t i = 0; i < object->count; i++) {
    const Expr *property = expr_at(f, list_at(f, object->first, i));
    bool spread = property->kind == EX_SPREAD, asked = spread || !key || sym_of(f, property->name) == key;
    if (!asked || !holds(h, frame, property->a, spread ? key : 0, depth))
      continue;
    bool direct = !spread && !key && !h->under && expr_at(f, property->a)->kind != EX_OBJECT;
    h->under = direct ? sym_of(f, property->name) : 0;
    return true;
  }
  return false;
}

// Whether a library's value is made of it: `manager.getRepository(Order)`, `Order.query(trx)`. Rows are not.
static bool is_made_of(Hold *h, const Frame *frame, Id expr, int depth) {
  const File *f = &h->p->files.at[frame->file];
  const Expr *e = expr_at(f, expr);
  if (!is_library(h->p, value_of(h->p, frame->file, expr)))
    return false;
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++)
    if (holds(h, frame, list_at(f, e->first, i), 0, depth))
      return true;
  return holds(h, frame, e->a, 0, depth);
}

// With a key, whether the property of the expression holds it.
static bool holds(Hold *h, const Frame *frame, Id expr, Sym key, int depth) {
  const File *f = &h->p->files.at[frame->file];
  const Expr *e = expr_at(f, expr);
  if (!expr || ++depth > MAX_DEPTH || ++h->steps > MAX_STEPS)
    return false;
  if (!key && is_handle_itself(h->p, frame, expr))
    return true;
  switch (e->kind) {
  case EX_IDENT:
    return name_holds(h, frame, e, key, depth);
  case EX_PARAM:
    return param_holds(h, frame, expr, key, depth);
  case EX_OBJECT:
    return object_holds(h, frame, e, key, depth);
  case EX_CAST:
    return holds(h, frame, e->a, key, depth);
  case EX_ALT:
    return (strcmp(text_of(f, e->name), "&&") && holds(h, frame, e->a, key, depth)) || holds(h, frame, e->b, key, depth);
  case EX_MEMBER:
    return !key && (holds(h, frame, e->a, sym_of(f, e->name), depth) || is_made_of(h, frame, expr, depth));
  case EX_CALL:
    return (!key && is_made_of(h, frame, expr, depth)) || result_holds(h, frame, expr, key, depth);
  default:
    return false;
  }
}

bool holds_handle(Program *p, const Frame *frame, Id expr, Sym *under) {
  Hold hold = {.p = p};
  bool held = holds(&hold, frame, expr, 0, 0);
  *under = held ? hold.under : 0;
  return held;
}

// The variable of a function's parameters that holds it, 0 if none does.
static Id variable_holding(Program *p, const Frame *frame, Sym *under) {
  const File *f = &p->files.at[frame->file];
  Slice bindings = bindings_at(f, f->facts.functions.at[frame->function].scope);
  for (uint32_t i = 0; i < bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    if (b->kind == BIND_PARAM && holds_handle(p, frame, b->value, under))
      return bindings.at[i];
  }
  return 0;
}

// Whether a function stands in the call that runs it: it sees what the function around has.
static bool is_in_place(const Program *p, const Frame *frame) {
  const File *f = &p->files.at[frame->file];
  Id expr = frame->up->file == frame->file ? f->facts.functions.at[frame->function].expr : 0;
  return expr && expr_at(f, argument_holding(f, expr))->parent == frame->call;
}

// The frame of the function that a function in place belongs to.
static const Frame *around(const Program *p, const Frame *frame) {
  while (frame->up && is_in_place(p, frame))
    frame = frame->up;
  return frame;
}

//
// What would take it
//

// The parameter of a function that an expression is or falls back from, 0 if there is none; counted from 1.
static uint32_t param_behind(Program *p, FileId file, Id function, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  bool through = e->kind == EX_MEMBER || e->kind == EX_CAST || e->kind == EX_SPREAD || e->kind == EX_ALT || e->kind == EX_PROPERTY;
  if (!expr || depth > MAX_DEPTH)
    return 0;
  if (e->kind == EX_PARAM)
    return e->a == function ? e->b + 1u : 0;
  if (b->kind == BIND_PARAM || b->kind == BIND_CONST)
    return param_behind(p, file, function, b->value, depth + 1);
  uint32_t param = through ? param_behind(p, file, function, e->a, depth + 1) : 0;
  if (!param && e->kind == EX_ALT)
    param = param_behind(p, file, function, e->b, depth + 1);
  // Of what a call is given only a client: `clientOr(this.db, trx)`.
  for (uint32_t i = 0; !param && e->kind == EX_CALL && i < e->count; i++)
    if (is_library(p, value_of(p, file, list_at(f, e->first, i))))
      param = param_behind(p, file, function, list_at(f, e->first, i), depth + 1);
  return param;
}

// The parameter that would give a query its client: it is the client, or stands in the options.
static uint32_t param_of_query(Program *p, const Frame *frame, Id function, const Site *site) {
  const File *f = &p->files.at[frame->file];
  const char *handle = p->libs->libraries.at[site->library].handle;
  const Expr *call = expr_at(f, site->call.file == frame->file ? site->call.id : 0);
  const Expr *last = expr_at(f, call->count ? list_at(f, call->first, call->count - 1u) : 0);
  if (!handle)
    return site->expr.file == frame->file ? param_behind(p, frame->file, function, root_of(f, site->expr.id), 0) : 0;
  for (uint32_t i = 0; last->kind == EX_OBJECT && i < last->count; i++) {
    Id property = list_at(f, last->first, i);
    if (!strcmp(text_of(f, expr_at(f, property)->name), handle) || expr_at(f, property)->kind == EX_SPREAD)
      return param_behind(p, frame->file, function, property, 0);
  }
  return 0;
}

Id handle_option(const Program *p, Ref function, uint16_t library) {
  const File *f = &p->files.at[function.file];
  const char *handle = p->libs->libraries.at[library].handle;
  Extent extent = function.file && handle ? f->extents[f->facts.functions.at[function.id].scope] : (Extent){0};
  for (Id i = extent.first; i < extent.end && i - extent.first < MAX_LOOK; i++) {
    const Expr *e = expr_at(f, i), *value = expr_at(f, e->a);
    bool plain = e->kind == EX_PROPERTY && (value->kind == EX_IDENT || value->kind == EX_MEMBER);
    if (plain && !strcmp(text_of(f, e->name), handle) && unit_of(f, i) == function.id)
      return i;
  }
  return 0;
}

// Whether a function gives its own queries a transaction that is in what it gets, wherever that was put there:
// `context.state.transaction = transaction` and `{ transaction: context.state.transaction }`.
static bool hands_own(Program *p, const Frame *frame, uint16_t library) {
  const File *f = &p->files.at[frame->file];
  Id option = handle_option(p, (Ref){frame->file, frame->function}, library);
  uint32_t param = option ? param_behind(p, frame->file, frame->function, expr_at(f, option)->a, 0) : 0;
  return param && frame->plain && argument_at(&p->files.at[frame->up->file], frame->call, (int)param - 1);
}

static bool has_handle(Program *p, const Frame *frame, uint16_t library, Loss *loss) {
  loss->has = variable_holding(p, frame, &loss->under);
  return loss->has || hands_own(p, frame, library);
}

Loss loss_of(Program *p, const Frame *frame, uint32_t index) {
  Loss loss = {.site = index};
  uint16_t library = p->sites.at[index].library;
  const Frame *from = around(p, frame), *to = NULL;
  uint32_t param = from->up ? param_of_query(p, frame, from->function, &p->sites.at[index]) : 0;
  while (from->up && !has_handle(p, from, library, &loss)) {
    if (param && !loss.taker.file) {
      loss.taker = (Ref){from->file, from->function};
      loss.taken = param;
    }
    to = from;
    from = around(p, to->up);
    loss.to = (Ref){to->file, to->function};
    loss.param = param;
    Id argument = param && to->plain ? argument_at(&p->files.at[to->up->file], to->call, (int)param - 1) : 0;
    param = argument ? param_behind(p, from->file, from->function, argument, 0) : 0;
  }
  if (from->up)
    loss.from = (Ref){from->file, from->function};
  return loss;
}
