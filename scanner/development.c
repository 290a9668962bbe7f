// development.c - code that runs on the machines of developers only: routes that refuse elsewhere.
#include "judge.h"
#include "values.h"

#include <string.h>

enum { MAX_OUTWARDS = 8, MAX_EXITS = 64 };  // functions within each other, exits of one that are looked at

// Whether a condition holds where it is no developer's machine: `env.ENVIRONMENT !== "development"`, `isProduction`.
static bool is_elsewhere(const File *f, Id condition, int depth) {
  const Expr *e = expr_at(f, condition);
  const char *name = text_of(f, e->name);
  if (!condition || depth > 4)
    return false;
  if (e->kind == EX_ALT)
    return !strcmp(name, "||") && (is_elsewhere(f, e->a, depth + 1) || is_elsewhere(f, e->b, depth + 1));
  if (e->kind == EX_UNARY)
    return !strcmp(name, "!") && !strcmp(text_of(f, expr_at(f, e->a)->name), "isDevelopment");
  if (e->kind != EX_BINARY)
    return !strcmp(name, "isProduction");
  const Expr *left = expr_at(f, e->a), *right = expr_at(f, e->b), *text = right->kind == EX_STRING ? right : left;
  return text->kind == EX_STRING && name[0] && name[1] == '=' &&
         !strcmp(text_of(f, text->name), *name == '!' ? "development" : "production");
}

// Whether a function throws or leaves there.
static bool refuses_elsewhere(const Program *p, Ref function) {
  const File *f = &p->files.at[function.file];
  Slice exits = function.file ? exits_inside(f, f->facts.functions.at[function.id].scope) : (Slice){0};
  for (uint32_t i = 0; i < exits.n && i < MAX_EXITS; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    if (s->kind == SC_IF && s->function == function.id && (exit->kind == EXIT_THROW || exit->kind == EXIT_RETURN) &&
        is_elsewhere(f, s->a, 0))
      return true;
  }
  return false;
}

// Whether a handler stands behind one that refuses: `router.post(path, dev(), async (ctx) => ...)`.
static bool is_behind_refusal(Program *p, FileId file, Id handler) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, handler)->parent;
  const Expr *e = expr_at(f, call);
  int index = argument_index(f, call, handler);
  for (int i = 0; i < index; i++)
    if (refuses_elsewhere(p, value_function(p, value_of(p, file, list_at(f, e->first, (uint32_t)i)))))
      return true;
  return false;
}

bool is_for_development(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id function = unit_of(f, expr);
  for (int i = 0; function && i < MAX_OUTWARDS; i++) {
    const Function *fn = &f->facts.functions.at[function];
    if (refuses_elsewhere(p, (Ref){file, function}) || is_behind_refusal(p, file, fn->expr))
      return true;
    function = f->facts.scopes.at[f->facts.scopes.at[fn->scope].parent].function;
  }
  return false;
}
