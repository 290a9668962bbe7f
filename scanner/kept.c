// kept.c - whether a variable, or a property of the object that it holds, stays as it was made or handed in.
#include "values.h"

#include <string.h>

// Uses of variables that are looked at for one question; calls that an object is followed through.
enum { MAX_USES = 1024, MAX_CALLS = 2 };

typedef struct Question {
  Sym key;          // property that is asked for, 0 for the variable itself
  uint32_t before;  // calls from there on in the file do not matter
  int depth;        // calls that it was followed through
  uint32_t *uses;   // looked at so far
} Question;

static Kept kept_within(Program *p, FileId file, Id binding, Question q);

// `x ?? e` for x; `object`: also `x || e`, as an object is never false.
static bool stands_beside(Program *p, FileId file, Id value, Id target, bool object) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, value);
  bool fits = e->kind == EX_ALT && !e->c && (!strcmp(text_of(f, e->name), "?\?") || (object && !strcmp(text_of(f, e->name), "||")));
  return fits && is_same_path(p, file, e->a, target);
}

// Whether an assignment leaves alone what is there: `x ??= e`, `x = x ?? e`, `if (x === undefined) x = e`.
static bool only_fills(Program *p, FileId file, Id assign, bool object) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, assign);
  const char *op = text_of(f, e->name);
  if (!strcmp(op, "?\?=") || (object && !strcmp(op, "||=")) || stands_beside(p, file, e->b, e->a, object))
    return true;
  const Scope *s = &f->facts.scopes.at[e->scope];
  Id absent = s->kind == SC_IF ? absent_in(f, s) : 0;
  return absent && (object || expr_at(f, s->a)->kind == EX_BINARY) && is_same_path(p, file, absent, e->a);
}

bool is_false_or_null(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_LITERAL && (!strcmp(text_of(f, e->name), "false") || !strcmp(text_of(f, e->name), "null"));
}

// What `x = { key: false, ...x }` leaves of a property: what stands before is for where x has none.
static Kept kept_by_spread(Program *p, FileId file, const Expr *assign, Sym key) {
  const File *f = &p->files.at[file];
  const Expr *object = expr_at(f, assign->b);
  const Expr *last = expr_at(f, object->kind == EX_OBJECT && object->count ? list_at(f, object->first, object->count - 1u) : 0);
  if (strcmp(text_of(f, assign->name), "=") || last->kind != EX_SPREAD || !is_same_path(p, file, last->a, assign->a))
    return KEPT_NOT;
  Kept kept = KEPT_ALL;
  for (uint32_t i = 0; i + 1 < object->count; i++) {
    const Expr *part = expr_at(f, list_at(f, object->first, i));
    bool named = part->kind == EX_PROPERTY && part->name;
    if (!named)
      kept = KEPT_GIVEN;
    else if (sym_of(f, part->name) == key)
      kept = is_false_or_null(f, part->a) ? KEPT_OFF : KEPT_GIVEN;
  }
  return kept;
}

// `Object.assign(x, e)`.
static bool assigns_to(const File *f, const Expr *call) {
  const Expr *callee = expr_at(f, call->a), *object = expr_at(f, callee->a);
  return callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "assign") && object->kind == EX_IDENT &&
         !strcmp(text_of(f, object->name), "Object");
}

// The variable of a parameter, 0 where it has none.
static Id binding_of_param(const File *f, Id function, uint32_t index) {
  Slice bindings = bindings_at(f, f->facts.functions.at[function].scope);
  for (uint32_t i = 0; i < bindings.n; i++) {
    const Expr *value = expr_at(f, f->facts.bindings.at[bindings.at[i]].value);
    if (value->kind == EX_PARAM && value->a == function && value->b == index)
      return bindings.at[i];
  }
  return 0;
}

// What a call leaves of a property of an object that it is handed: `Object.assign(x, e)` overwrites it, a function that
// is not seen may add to it.
static Kept kept_by_call(Program *p, FileId file, Id call, Id use, Question q) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call);
  int index = argument_index(f, call, use);
  bool assigns = assigns_to(f, e);
  if (index < 0 || (assigns && index > 0))
    return KEPT_ALL;
  if (assigns)
    return KEPT_NOT;
  if (q.before <= expr_at(f, use)->span.start)
    return KEPT_ALL;
  Ref function = q.depth < MAX_CALLS ? value_function(p, value_of(p, file, e->a)) : (Ref){0, 0};
  if (!function.file)
    return KEPT_GIVEN;
  Id binding = binding_of_param(&p->files.at[function.file], function.id, (uint32_t)index);
  return binding ? kept_within(p, function.file, binding, (Question){q.key, UINT32_MAX, q.depth + 1, q.uses}) : KEPT_ALL;
}

static Kept kept_at(Program *p, FileId file, Id use, Question q) {
  const File *f = &p->files.at[file];
  Id target = use, parent = expr_at(f, use)->parent;
  const Expr *around = expr_at(f, parent);
  if (q.key && is_call(around) && around->a != use)
    return kept_by_call(p, file, parent, use, q);
  bool member = around->a == use && (around->kind == EX_MEMBER || around->kind == EX_INDEX);
  if (member && q.key && (!around->name || sym_of(f, around->name) == q.key)) {
    target = parent;
    parent = around->parent;
    around = expr_at(f, parent);
  }
  bool whole = q.key && target == use;
  if (around->kind == EX_ASSIGN && around->a == target)
    return only_fills(p, file, parent, whole) ? KEPT_GIVEN : whole ? kept_by_spread(p, file, around, q.key) : KEPT_NOT;
  return around->kind == EX_UNARY && !strcmp(text_of(f, around->name), "delete") ? KEPT_NOT : KEPT_ALL;
}

static Kept kept_within(Program *p, FileId file, Id binding, Question q) {
  const File *f = &p->files.at[file];
  Slice uses = uses_of(p, file, binding);
  *q.uses += uses.n;
  Kept kept = *q.uses > MAX_USES ? KEPT_NOT : KEPT_ALL;
  for (uint32_t i = 0; i < uses.n && kept < KEPT_NOT; i++) {
    const Expr *e = expr_at(f, uses.at[i]);
    Kept here = KEPT_ALL;
    if (binding_of(p, file, e->scope, e->name, false) == binding)
      here = kept_at(p, file, uses.at[i], q);
    kept = here > kept ? here : kept;
  }
  return kept;
}

Kept kept_of(Program *p, FileId file, Id binding, Sym key, uint32_t before) {
  uint32_t uses = 0;
  return kept_within(p, file, binding, (Question){.key = key, .before = before, .uses = &uses});
}
