// caps.c - lists that the code refuses when they are long: by a check before, by a validator of what a request brings.
#include "judge.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 50, MAX_EXITS = 64, MAX_BASES = 8 };  // elements, exits of a function, classes that one extends

static bool number_in(const File *f, const Expr *e, long *number) {
  *number = e->kind == EX_NUMBER ? strtol(text_of(f, e->name), NULL, 10) : 0;
  return e->kind == EX_NUMBER;
}

bool number_of(Program *p, FileId file, Id expr, long *number) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (number_in(f, e, number))
    return true;
  Id ident = e->kind == EX_MEMBER ? e->a : expr;
  Ref made = expr_at(f, ident)->kind == EX_IDENT ? definition_of(p, file, ident) : (Ref){0, 0};
  const File *g = &p->files.at[made.file];
  const Expr *value = made.file ? expr_at(g, made.id) : expr_at(f, 0);
  if (value->kind == EX_CAST)
    value = expr_at(g, value->a);
  if (ident == expr && number_in(g, value, number))
    return true;
  for (uint32_t i = 0; value->kind == EX_OBJECT && ident != expr && i < value->count; i++) {
    const Expr *property = expr_at(g, list_at(g, value->first, i));
    if (property->kind == EX_PROPERTY && sym_of(g, property->name) == sym_of(f, e->name) &&
        number_in(g, expr_at(g, property->a), number))
      return true;
  }
  return false;
}

static bool is_few(Program *p, FileId file, Id expr) {
  long number;
  return number_of(p, file, expr, &number) && number > 0 && number <= FEW;
}

// `list.length > 20`, where that is a number at which a list is refused.
static bool asks_length(Program *p, FileId file, Id condition, Id list) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition), *length = expr_at(f, e->a);
  return e->kind == EX_BINARY && *text_of(f, e->name) == '>' && length->kind == EX_MEMBER &&
         !strcmp(text_of(f, length->name), "length") && is_same_path(p, file, length->a, list) && is_few(p, file, e->b);
}

static bool is_checked(Program *p, FileId file, Id list) {
  const File *f = &p->files.at[file];
  Slice exits = exits_inside(f, f->facts.functions.at[unit_of(f, list)].scope);
  for (uint32_t i = 0; i < exits.n && i < MAX_EXITS; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    bool leaves = exit->kind == EXIT_THROW || exit->kind == EXIT_RETURN;
    if (leaves && s->kind == SC_IF && exit->span.end <= expr_at(f, list)->span.start && asks_length(p, file, s->a, list))
      return true;
  }
  return false;
}

// Whether a decorator of a property says that it is a short list: `@ArrayMaxSize(50) ids: string[]`.
static bool is_declared_short(Program *p, FileId file, List decorators) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < decorators.count; i++) {
    Id decorator = list_at(f, decorators.first, i);
    const LibraryExport *export = decorator_export(p, file, decorator);
    Id most = export ? argument_at(f, decorator, export->most) : 0;
    if (most && is_few(p, file, most))
      return true;
  }
  return false;
}

// Whether a property of an object does, in its class or in those that this extends.
static bool is_validated(Program *p, FileId file, Id list) {
  const Expr *e = expr_at(&p->files.at[file], list);
  Sym name = sym_of(&p->files.at[file], e->name);
  ValueId object = e->kind == EX_MEMBER ? value_of(p, file, e->a) : VALUE_UNKNOWN;
  for (int depth = 0; depth < MAX_BASES && value_at(p, object)->kind == VAL_INSTANCE; depth++) {
    Value class = *value_at(p, object);
    const File *g = &p->files.at[class.a];
    List members = g->facts.classes.at[class.b].members;
    for (uint32_t i = 0; i < members.count; i++) {
      const Member *m = &g->facts.members.at[list_at(g, members.first, i)];
      if (sym_of(g, m->name) == name && is_declared_short(p, class.a, m->decorators))
        return true;
    }
    object = value_base(p, object);
  }
  return false;
}

bool is_capped(Program *p, FileId file, Id list) {
  uint8_t kind = expr_at(&p->files.at[file], list)->kind;
  return (kind == EX_IDENT || kind == EX_MEMBER) && (is_checked(p, file, list) || is_validated(p, file, list));
}
