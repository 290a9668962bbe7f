// unresolved.c - the calls that have the name of a query and a receiver that is not known, and why it is not: what
// --verbose lists.
//
// From the receiver back to the first thing that is not known: `deps.db.get(key)` is not resolved because `deps` is a
// parameter without a type.
#include "judge.h"
#include "values.h"

#include <string.h>

enum { MAX_STEPS = 16 };

typedef struct Search {
  Program *p;
  Arena *arena;
} Search;

static const char *why(Search *s, FileId file, Id expr, int depth);

static const char *text(Search *s, FileId file, Id expr) { return expr_text(&s->p->files.at[file], expr, s->arena); }

// A type as it is written, as far as it has a name.
static const char *type_text(Search *s, FileId file, Id id) {
  const File *f = &s->p->files.at[file];
  const Type *type = &f->facts.types.at[id];
  return type->kind == TY_REF       ? text(s, file, type->a)
         : type->kind == TY_KEYWORD ? text_of(f, type->name)
                                    : NULL;
}

static const char *quoted(Search *s, const char *name) { return arena_printf(s->arena, "`%s`", name); }

static const char *why_typed(Search *s, const char *name, FileId file, Id type) {
  const char *written = type_text(s, file, type);
  if (!type)
    return arena_printf(s->arena, "%s is a parameter without a type", name);
  return written ? arena_printf(s->arena, "%s has the type `%s`, which says nothing", name, written)
                 : arena_printf(s->arena, "the type of %s is not followed", name);
}

static const char *why_param(Search *s, FileId file, const Expr *e) {
  const File *f = &s->p->files.at[file];
  const Function *fn = &f->facts.functions.at[e->a];
  if (e->b >= fn->params.count)
    return "what a callback is given is not known";
  const Param *param = &f->facts.params.at[f->facts.lists.at[fn->params.first + e->b]];
  return why_typed(s, param->name ? quoted(s, text_of(f, param->name)) : "a pattern", file, param->type);
}

static const char *why_import(Search *s, FileId file, const Binding *b, const char *name) {
  const File *f = &s->p->files.at[file];
  const Import *import = &f->facts.imports.at[b->value];
  FileId module = module_named(s->p, file, import->specifier);
  const char *from = module ? s->p->files.at[module].source->path : text_of(f, import->specifier);
  return arena_printf(s->arena, "what `%s` of `%s` is, is not seen", name, from);
}

static const char *why_name(Search *s, FileId file, Id expr, int depth) {
  const File *f = &s->p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const char *name = text_of(f, e->name);
  const Binding *b = &f->facts.bindings.at[binding_of(s->p, file, e->scope, e->name, false)];
  Ref made = b->kind == BIND_IMPORT ? definition_of(s->p, file, expr) : (Ref){file, b->value};
  if (!b->kind)
    return arena_printf(s->arena, "`%s` is no name of the file", name);
  if (b->type)
    return why_typed(s, quoted(s, name), file, b->type);
  if (b->kind == BIND_IMPORT && !made.file)
    return why_import(s, file, b, name);
  if (b->kind == BIND_IMPORT || b->kind == BIND_CONST || b->kind == BIND_LET || b->kind == BIND_PARAM)
    return made.id ? why(s, made.file, made.id, depth) : arena_printf(s->arena, "nothing is seen that sets `%s`", name);
  return arena_printf(s->arena, "`%s` is not followed", name);
}

static bool is_known(Search *s, ValueId value) {
  return !value_is_vague(s->p, value) && value_at(s->p, value)->kind != VAL_EXTERNAL;
}

static const char *why_member(Search *s, FileId file, const Expr *e, int depth) {
  const char *name = text_of(&s->p->files.at[file], e->name);
  if (!is_known(s, value_of(s->p, file, e->a)))
    return why(s, file, e->a, depth);
  return *name ? arena_printf(s->arena, "`%s` is not seen in `%s`", name, text(s, file, e->a))
               : arena_printf(s->arena, "what `%s` holds is not followed", text(s, file, e->a));
}

static const char *why_call(Search *s, FileId file, Id expr, int depth) {
  const Expr *e = expr_at(&s->p->files.at[file], expr);
  if (!is_known(s, value_of(s->p, file, e->a)))
    return why(s, file, e->a, depth);
  return arena_printf(s->arena, "what `%s` gives is not seen", text(s, file, e->a));
}

// Values that are known, but not as what they may be.
static const char *why_vague(Search *s, FileId file, Id expr) {
  const Value *v = value_at(s->p, value_of(s->p, file, expr));
  const char *from = v->kind == VAL_EXTERNAL ? sym_text(s->p, v->a) : "";
  if (v->kind == VAL_EXTERNAL && !is_package(from))
    return arena_printf(s->arena, "`%s` comes from `%s`, which is not in the tree", text(s, file, expr), from);
  if (v->kind == VAL_EXTERNAL)
    return arena_printf(s->arena, "`%s` is of the package `%s`, and no model tells what it is", text(s, file, expr), from);
  if (v->kind == VAL_SHAPE || v->kind == VAL_CALLABLE)
    return arena_printf(s->arena, "`%s` is known by its interface only", text(s, file, expr));
  if (v->kind == VAL_TYPE_PARAM)
    return arena_printf(s->arena, "`%s` is of a type that a parameter stands for", text(s, file, expr));
  return NULL;
}

static const char *why(Search *s, FileId file, Id expr, int depth) {
  const Expr *e = expr_at(&s->p->files.at[file], expr);
  const char *vague = why_vague(s, file, expr);
  if (vague || ++depth > MAX_STEPS)
    return vague ? vague : "it is many steps away";
  switch (e->kind) {
  case EX_IDENT:
    return why_name(s, file, expr, depth);
  case EX_PARAM:
    return why_param(s, file, e);
  case EX_MEMBER:
  case EX_INDEX:
    return why_member(s, file, e, depth);
  case EX_CALL:
  case EX_NEW:
  case EX_TAGGED:
    return why_call(s, file, expr, depth);
  case EX_AWAIT:
  case EX_CAST:
  case EX_ELEMENT:
  case EX_REST:
    return why(s, file, e->a, depth);
  case EX_ALT:
    return why(s, file, is_known(s, value_of(s->p, file, e->a)) ? e->b : e->a, depth);
  case EX_THIS:
    return "`this` is of no class that is known";
  default:
    return arena_printf(s->arena, "`%s` is not followed", text(s, file, expr));
  }
}

void unresolved_list(Program *p, Report *report) {
  Search s = {p, &report->arena};
  for (uint32_t i = 0; i < p->unresolved.n; i++) {
    Ref call = p->unresolved.at[i];
    const File *f = &p->files.at[call.file];
    Id callee = expr_at(f, call.id)->a;
    Span span = expr_at(f, call.id)->span;
    Unresolved one = {.place = {.source = f->source, .start = span.start, .end = span.end},
                      .call = text(&s, call.file, callee),
                      .cause = why(&s, call.file, expr_at(f, callee)->a, 0)};
    vec_push(&report->unresolved, one);
  }
}
