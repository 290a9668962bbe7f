// skipped.c - queries that do not run for what the calls on the way to them give: `if (tx) ... else ...`. See clients.h.
#include "clients.h"
#include "values.h"

#include <string.h>

enum { MAX_LEAVES = 64, MAX_CONDITION = 8 };

// Whether a condition holds, as far as what the calls give tells.
typedef enum Truth { TRUTH_UNKNOWN, TRUTH_NO, TRUTH_YES } Truth;

static Truth truth_unless(Truth truth) { return truth == TRUTH_UNKNOWN ? truth : truth == TRUTH_NO ? TRUTH_YES : TRUTH_NO; }

// Whether an expression reads a parameter or a part of one.
static bool reads_param(const Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  bool named = b->kind == BIND_PARAM || b->kind == BIND_CONST, inside = e->kind == EX_MEMBER || e->kind == EX_ALT || e->kind == EX_CAST;
  if (e->kind == EX_PARAM || depth > MAX_CONDITION)
    return e->kind == EX_PARAM;
  return (named || inside) && reads_param(p, file, named ? b->value : e->a, depth + 1);
}

// Whether what an expression reads is there: something of the transaction is, a parameter that nothing was given for is not.
static Truth is_there(Program *p, const Frame *frame, Id expr) {
  const Expr *e = expr_at(&p->files.at[frame->file], expr);
  Sym under;
  if ((e->kind != EX_IDENT && e->kind != EX_MEMBER) || !reads_param(p, frame->file, expr, 0))
    return TRUTH_UNKNOWN;
  if (client_at(p, frame, expr) == CLIENT_NONE)
    return TRUTH_NO;
  return holds_handle(p, frame, expr, &under) ? TRUTH_YES : TRUTH_UNKNOWN;
}

// The same of x in `x == null`, `x !== undefined`. What is left out is not null.
static Truth compared_with_nothing(Program *p, const Frame *frame, const Expr *e) {
  const File *f = &p->files.at[frame->file];
  const char *op = text_of(f, e->name), *right = text_of(f, expr_at(f, e->b)->name);
  bool null = !strcmp(right, "null"), strict = strlen(op) == 3;
  if (!strchr("=!", *op) || (!null && strcmp(right, "undefined")))
    return TRUTH_UNKNOWN;
  Truth there = is_there(p, frame, e->a);
  if (there == TRUTH_NO && null && strict)
    return TRUTH_UNKNOWN;
  return *op == '!' ? there : truth_unless(there);
}

static Truth truth_of(Program *p, const Frame *frame, Id condition, int depth) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, condition);
  if (depth > MAX_CONDITION)
    return TRUTH_UNKNOWN;
  if (e->kind == EX_BINARY)
    return compared_with_nothing(p, frame, e);
  if (e->kind == EX_UNARY)
    return strcmp(text_of(f, e->name), "!") ? TRUTH_UNKNOWN : truth_unless(truth_of(p, frame, e->a, depth + 1));
  if (e->kind != EX_ALT || e->c)
    return is_there(p, frame, condition);
  Truth decides = strcmp(text_of(f, e->name), "&&") ? TRUTH_YES : TRUTH_NO;
  Truth left = truth_of(p, frame, e->a, depth + 1), right = truth_of(p, frame, e->b, depth + 1);
  return left == decides || right == decides ? decides : left == right ? left : TRUTH_UNKNOWN;
}

// Whether a scope is not entered: the side of an `if`, of `c ? a : b`, or the right side of `c && a` and `c ?? a`.
static bool is_closed(Program *p, const Frame *frame, const Scope *s) {
  const File *f = &p->files.at[frame->file];
  const Expr *around = expr_at(f, expr_at(f, s->a)->parent);
  bool branch = s->kind == SC_BRANCH && around->kind == EX_ALT;
  if (s->kind != SC_IF && s->kind != SC_ELSE && !branch)
    return false;
  bool second = around->c ? s->span.start >= expr_at(f, around->b)->span.start : strcmp(text_of(f, around->name), "&&") != 0;
  return truth_of(p, frame, s->a, 0) == ((branch ? second : s->kind == SC_ELSE) ? TRUTH_YES : TRUTH_NO);
}

// Whether the function is left before an expression: `if (tx) return insert(tx);`.
static bool is_left_before(Program *p, const Frame *frame, Id expr) {
  const File *f = &p->files.at[frame->file];
  const Expr *e = expr_at(f, expr);
  Slice exits = exits_inside(f, f->facts.functions.at[unit_of(f, expr)].scope);
  for (uint32_t i = 0; i < exits.n && i < MAX_LEAVES; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    bool before = exit->span.end <= e->span.start && s->function == unit_of(f, expr) && scope_inside(f, e->scope, s->parent);
    bool leaves = (exit->kind == EXIT_RETURN || exit->kind == EXIT_THROW) && s->kind == SC_IF;
    if (before && leaves && truth_of(p, frame, s->a, 0) == TRUTH_YES)
      return true;
  }
  return false;
}

bool is_skipped(Program *p, const Frame *frame, Id expr) {
  const File *f = &p->files.at[frame->file];
  for (Id scope = expr_at(f, expr)->scope; scope && f->facts.scopes.at[scope].kind != SC_FUNCTION; scope = f->facts.scopes.at[scope].parent)
    if (is_closed(p, frame, &f->facts.scopes.at[scope]))
      return true;
  return is_left_before(p, frame, expr);
}
