// spelled.c - the text that an expression surely has: constants of the code in their places, ${} for what is known at run
// time only.
//
// What may be something else in another call, or later, is no constant: parameters, variables that are assigned to,
// fields that are set or that a subclass has as well, one of several alternatives.
#include <string.h>

#include "values.h"

enum { MAX_DEPTH = 12, MAX_STEPS = 2000, MAX_TEXT = 64 << 10 };

// A field of a class that nothing else gives a value.
static bool is_fixed_field(const Program *p, FileId file, Id scope, Id value) {
  const File *f = &p->files.at[file];
  Id class = class_at(f, scope);
  const Class *c = &f->facts.classes.at[class];
  List members = c->members;
  Id binding = binding_of(p, file, f->facts.scopes.at[scope].parent, c->name, false);
  if (map_get(&p->implementers, ((uint64_t)file << 32 | class) << 1))
    return false;
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, members.first, i)];
    if (m->value == value)
      return !map_get(&f->members, member_key(true, class, sym_of(f, m->name))) &&
             !map_get(&f->members, member_key(false, binding, sym_of(f, m->name)));
  }
  return false;
}

// Whether an initialiser is that of a constant, of a variable that stays as it is, or of a module or class.
static bool is_initial(const Program *p, FileId file, Id value) {
  const File *f = &p->files.at[file];
  Id owner = map_get(&f->owners, value), scope = expr_at(f, value)->scope;
  uint8_t kind = f->facts.scopes.at[scope].kind;
  if (owner)
    return f->facts.bindings.at[owner].kind == BIND_CONST || !map_get(&f->assigns, owner);
  return kind == SC_MODULE || (kind == SC_CLASS && is_fixed_field(p, file, scope, value));
}

static bool is_freeze(const File *f, const Expr *call, Id argument) {
  const Expr *callee = expr_at(f, call->a);
  return call->kind == EX_CALL && call->a != argument && callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "freeze");
}

// Whether a literal is all that a name or property stands for, not an argument or one of several.
static bool is_fixed(const Program *p, FileId file, Id literal) {
  const File *f = &p->files.at[file];
  for (Id id = literal;;) {
    const Expr *e = expr_at(f, id), *parent = expr_at(f, e->parent);
    bool part = parent->kind == EX_PROPERTY || parent->kind == EX_OBJECT || parent->kind == EX_CAST || is_freeze(f, parent, id);
    if (e->parent && part)
      id = e->parent;
    else
      return !e->parent && !(e->flags & EXF_RETURNED) && is_initial(p, file, id);
  }
}

// The literal of a name or property, {0,0} if it is not fixed.
static Ref fixed_literal(Program *p, Ref at) {
  Ref made = definition_of(p, at.file, at.id);
  if (made.file)
    return made;
  uint8_t kind = expr_at(&p->files.at[at.file], at.id)->kind;
  Value v = *value_at(p, kind == EX_IDENT || kind == EX_MEMBER || kind == EX_INDEX ? value_of(p, at.file, at.id) : VALUE_UNKNOWN);
  return v.kind == VAL_STRING && is_fixed(p, v.a, v.b) ? (Ref){v.a, v.b} : (Ref){0, 0};
}

typedef struct Speller {
  Program *p;
  Text *out;
  uint32_t steps;
} Speller;

static void put(Speller *s, Ref at, int depth);

static void put_template(Speller *s, Ref at, int depth) {
  const File *f = &s->p->files.at[at.file];
  const Expr *e = expr_at(f, at.id);
  const char *text = text_of(f, e->name), *hole;
  for (uint32_t i = 0; i < e->count && (hole = strstr(text, "${}")); i++, text = hole + 3) {
    text_add(s->out, text, (size_t)(hole - text));
    put(s, (Ref){at.file, list_at(f, e->first, i)}, depth + 1);
  }
  text_puts(s->out, text);
}

// The list that is joined, {0,0} when something may be added to it.
static Ref joined_list(Program *p, Ref call) {
  const File *f = &p->files.at[call.file];
  const Expr *e = expr_at(f, call.id), *callee = expr_at(f, e->a);
  if (e->kind != EX_CALL || callee->kind != EX_MEMBER || strcmp(text_of(f, callee->name), "join"))
    return (Ref){0, 0};
  Ref list = {call.file, callee->a}, made = definition_of(p, call.file, callee->a);
  list = made.file ? made : list;
  const File *g = &p->files.at[list.file];
  bool grows = map_get(&g->pushed, map_get(&g->owners, list.id)) != 0;
  return expr_at(g, list.id)->kind == EX_ARRAY && !grows ? list : (Ref){0, 0};
}

static void put_joined(Speller *s, Ref call, Ref list, int depth) {
  const File *g = &s->p->files.at[list.file];
  const Expr *e = expr_at(g, list.id);
  Id separator = argument_at(&s->p->files.at[call.file], call.id, 0);
  for (uint32_t i = 0; i < e->count; i++) {
    if (i && separator)
      put(s, (Ref){call.file, separator}, depth + 1);
    else
      text_puts(s->out, i ? "," : "");
    put(s, (Ref){list.file, list_at(g, e->first, i)}, depth + 1);
  }
}

static void put(Speller *s, Ref at, int depth) {
  const File *f = &s->p->files.at[at.file];
  const Expr *e = expr_at(f, at.id);
  bool parameters = depth && expr_at(f, e->parent)->kind == EX_TAGGED;
  bool text = e->kind == EX_STRING || (e->kind == EX_TEMPLATE && !parameters);
  Ref list = joined_list(s->p, at), made = text || list.file ? (Ref){0, 0} : fixed_literal(s->p, at);
  if (depth > MAX_DEPTH || ++s->steps > MAX_STEPS || s->out->n > MAX_TEXT)
    text_puts(s->out, "${}");
  else if (text)
    put_template(s, at, depth);
  else if (list.file)
    put_joined(s, at, list, depth);
  else if (e->kind == EX_CAST)
    put(s, (Ref){at.file, e->a}, depth + 1);
  else if (made.file)
    put(s, made, depth + 1);
  else
    text_puts(s->out, "${}");
}

void spelled_text(Program *p, Ref at, Text *out) {
  text_add(out, "", 0);
  put(&(Speller){p, out, 0}, at, 0);
}

void statement_text(Program *p, Ref at, Text *out) {
  const File *f = &p->files.at[at.file];
  const Expr *e = expr_at(f, at.id);
  if (expr_at(f, e->parent)->kind == EX_TAGGED)
    text_puts(out, text_of(f, e->name));
  else
    spelled_text(p, at, out);
}
