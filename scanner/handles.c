// handles.c - queries of libraries that take the transaction as an option: `find(filter, { session })`. See clients.h.
#include "calls.h"
#include "clients.h"
#include "values.h"

#include <string.h>

// Whether a call has no options: `findByPk(id)`.
static bool lacks_options(const File *f, const Site *site, const Expr *call) {
  return !call->count || (site->meaning && site->meaning->options >= (int)call->count && !spreads(f, call));
}

// Whether options that are written down have the transaction in them, or something unseen is spread into them.
static bool may_hold(Program *p, const Frame *frame, const Expr *options, const char *handle) {
  const File *f = &p->files.at[frame->file];
  for (uint32_t i = 0; i < options->count; i++) {
    const Expr *property = expr_at(f, list_at(f, options->first, i));
    bool holds = property->kind == EX_SPREAD || !strcmp(text_of(f, property->name), handle);
    if (holds && (property->kind == EX_SPREAD || client_at(p, frame, property->a) != CLIENT_NONE))
      return true;
  }
  return false;
}

// Whether a query has no options, or the literal that it ends with has no transaction in it and nothing unseen is spread into it.
static bool lacks_handle(Program *p, const Frame *frame, const Site *site, const char *handle) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, site->call.id);
  const Expr *last = expr_at(f, e->count ? list_at(f, e->first, e->count - 1u) : 0);
  if (lacks_options(f, site, e))
    return true;
  return last->kind == EX_OBJECT && !may_hold(p, frame, last, handle);
}

// Whether a call of the chain below gets the transaction, or options that are not seen: `find(filter, { session }).toArray()`.
static bool chain_may_hold(Program *p, const Frame *frame, Id expr, const char *handle) {
  const File *f = &p->files.at[frame->file];
  for (; expr; expr = expr_at(f, expr)->a) {
    const Expr *e = expr_at(f, expr);
    const Meaning *m = e->kind == EX_CALL ? call_meaning(p, frame->file, expr, NULL) : NULL;
    Id options = m && m->options != ARG_NONE ? argument_at(f, expr, m->options) : 0;
    if (options && (expr_at(f, options)->kind != EX_OBJECT || may_hold(p, frame, expr_at(f, options), handle)))
      return true;
    if (e->kind != EX_CALL && e->kind != EX_MEMBER)
      return false;
  }
  return false;
}

// Whether a call of the chain above the one that names the method gets the transaction: `.session(session)`.
static bool chain_is_given(Program *p, const Frame *frame, Id expr, Id call, const char *handle) {
  const File *f = &p->files.at[frame->file];
  for (; expr && expr != call; expr = operand_of(expr_at(f, expr))) {
    const Expr *e = expr_at(f, expr);
    bool named = e->kind == EX_CALL && e->count && !strcmp(last_name(f, e->a), handle);
    if (e->kind == EX_CALL && (any_given(p, frame, e) || (named && client_at(p, frame, list_at(f, e->first, 0)) != CLIENT_NONE)))
      return true;
  }
  return false;
}

// Whether a row comes from a query that got the transaction: such a row keeps it.
static bool row_is_given(Program *p, const Frame *frame, Id expr, int depth) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > MAX_DEPTH)
    return false;
  switch (e->kind) {
  case EX_IDENT: {
    Id binding = binding_of(p, frame->file, e->scope, e->name, false);
    const Binding *b = &f->facts.bindings.at[binding];
    return (b->kind == BIND_CONST || b->kind == BIND_LET) && row_is_given(p, frame, b->value, depth + 1);
  }
  case EX_CALL:
    return any_given(p, frame, e) || row_is_given(p, frame, e->a, depth + 1);
  case EX_MEMBER:
  case EX_AWAIT:
  case EX_CAST:
  case EX_ELEMENT:
  case EX_INDEX:
    return row_is_given(p, frame, e->a, depth + 1);
  default:
    return false;
  }
}

bool goes_without(Program *p, const Frame *frame, const Site *site, const char *handle) {
  const File *f = &p->files.at[frame->file];
  Id receiver = expr_at(f, expr_at(f, site->call.id)->a)->a;
  const Value *v = value_at(p, site->call.file == frame->file ? value_of(p, frame->file, receiver) : VALUE_UNKNOWN);
  bool of_row = v->kind == VAL_LIBRARY && p->libs->states.at[v->a].keeps_handle;
  return site->call.file == site->expr.file && lacks_handle(p, frame, site, handle) &&
         !chain_is_given(p, frame, site->expr.id, site->call.id, handle) && !chain_may_hold(p, frame, receiver, handle) &&
         !(of_row && row_is_given(p, frame, receiver, 0));
}
