// caps.c - lists that the code refuses when they are long: by a check before, by a validator of what a request brings.
#include "judge.h"
#include "values.h"

#include <ctype.h>
#include <string.h>

// Elements, exits of a function, classes that one extends; a number to which one digit more may be added.
enum { FEW = 50, MAX_EXITS = 64, MOST = 10000000 };

// A number that is written in decimal digits: `0x20`, `1e3` and `010` are none that is known.
static bool number_in(const File *f, const Expr *e, long *number) {
  const char *text = e->kind == EX_NUMBER ? text_of(f, e->name) : "";
  bool plain = isdigit((unsigned char)*text) && (*text != '0' || !text[1]);
  *number = 0;
  for (; plain && *text; text++) {
    if (*text == '_')
      continue;
    plain = isdigit((unsigned char)*text) && *number < MOST;
    *number = *number * 10 + (*text - '0');
  }
  return plain;
}

// A property of an object literal, where no later one and no spread may stand in for it; 0 if none is seen.
static Id property_value(const File *f, Id object, Sym name) {
  const Expr *e = expr_at(f, object);
  for (uint32_t i = e->kind == EX_OBJECT ? e->count : 0; i-- > 0;) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    if (property->kind != EX_PROPERTY || !property->name)
      return 0;
    if (sym_of(f, property->name) == name)
      return property->a;
  }
  return 0;
}

// Whether a property of the object that a variable holds is never written to in the file.
static bool keeps_property(Program *p, FileId file, Id binding, Sym name) {
  return !binding || kept_of(p, file, binding, name, 0) == KEPT_ALL;
}

bool number_of(Program *p, FileId file, Id expr, long *number) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (number_in(f, e, number))
    return true;
  Id ident = e->kind == EX_MEMBER ? e->a : expr;
  const Expr *named = expr_at(f, ident);
  Ref made = named->kind == EX_IDENT ? definition_of(p, file, ident) : (Ref){0, 0};
  if (!made.file)
    return false;
  const File *g = &p->files.at[made.file];
  Id value = expr_at(g, made.id)->kind == EX_CAST ? expr_at(g, made.id)->a : made.id;
  if (ident == expr)
    return number_in(g, expr_at(g, value), number);
  Sym name = sym_of(f, e->name);
  Id property = property_value(g, value, name);
  return property && number_in(g, expr_at(g, property), number) &&
         keeps_property(p, file, binding_of(p, file, named->scope, named->name, false), name) &&
         keeps_property(p, made.file, map_get(&g->owners, made.id), name);
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
