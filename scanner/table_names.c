// table_names.c - which table a class, a string or a variable names. See values.h.
#include "values.h"

#include <string.h>

Sym table_of_subclass(Program *p, FileId file, const Class *class, int argument, uint32_t arguments) {
  const File *f = &p->files.at[file];
  const Type *tuple = &f->facts.types.at[class->extends_args];
  if (argument < 0 || (uint32_t)argument >= tuple->list.count)
    return sym_of(f, class->name);
  Id id = list_at(f, tuple->list.first, (uint32_t)argument);
  const Type *type = &f->facts.types.at[id];
  const Expr *e = expr_at(f, type->kind == TY_REF ? type->a : 0);
  if (f->facts.bindings.at[binding_of(p, file, e->scope, e->name, true)].kind != BIND_TYPE_PARAM)
    return sym_of(f, e->name);
  const Value v = *value_at(p, value_substitute(p, value_of_type(p, file, id), file, class->scope, arguments));
  const File *g = &p->files.at[v.kind == VAL_INSTANCE ? v.a : 0];
  return v.kind == VAL_INSTANCE ? sym_of(g, g->facts.classes.at[v.b].name) : 0;
}

// Whether an expression is a parameter, or a field that holds one of the constructor: its name says nothing of a table.
static bool is_param(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Value self = *value_at(p, e->kind == EX_MEMBER && expr_at(f, e->a)->kind == EX_THIS ? value_of(p, file, e->a) : VALUE_UNKNOWN);
  if (self.kind == VAL_INSTANCE && param_of_field(p, self.a, self.b, sym_of(f, e->name)) >= 0)
    return true;
  return e->kind == EX_IDENT && f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)].kind == BIND_PARAM;
}

static Sym class_name(const Program *p, const Value *class) {
  const File *f = &p->files.at[class->a];
  return sym_of(f, f->facts.classes.at[class->b].name);
}

// The name of a class that is read by `Order.name`, 0 for any other member.
static Sym name_of_class(Program *p, FileId file, const Expr *e) {
  const File *f = &p->files.at[file];
  bool name = e->kind == EX_MEMBER && !strcmp(text_of(f, e->name), "name");
  const Value *v = value_at(p, name ? value_of(p, file, e->a) : VALUE_UNKNOWN);
  return v->kind == VAL_CLASS ? class_name(p, v) : 0;
}

Sym table_name(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Value *v = value_at(p, value_of(p, file, expr));
  if (v->kind == VAL_CLASS)
    return class_name(p, v);
  if (v->kind == VAL_STRING) {
    const Expr *s = expr_at(&p->files.at[v->a], v->b);
    return s->kind == EX_STRING ? sym_of(&p->files.at[v->a], s->name) : 0;
  }
  Sym class = name_of_class(p, file, e);
  if (class)
    return class;
  return (e->kind == EX_IDENT || e->kind == EX_MEMBER) && !is_param(p, file, expr) ? sym_of(f, e->name) : 0;
}
