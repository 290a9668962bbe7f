// hoist.c - the fix of a query that asks the same thing in each round of a loop: its statement is moved before the loop.
#include <string.h>

#include "judge.h"
#include "values.h"

static bool is_loop_statement(const Scope *scope) {
  return scope->kind == SC_FOR || scope->kind == SC_FOR_OF || scope->kind == SC_FOR_IN || scope->kind == SC_FOR_AWAIT;
}

// The constant that the awaited query becomes, declared right in the loop's body; 0 if that is not what is done with it.
static Id constant_of(const File *f, Id await, Id loop) {
  const Expr *e = expr_at(f, await);
  if (e->kind != EX_AWAIT || e->parent || e->scope != loop)
    return 0;
  Slice bindings = bindings_at(f, loop);
  for (uint32_t i = 0; i < bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    if (b->kind == BIND_CONST && b->value == await)
      return bindings.at[i];
  }
  return 0;
}

// Whether the query names something that the loop declares.
static bool names_what_is_inside(Program *p, FileId file, Id await, Id loop) {
  const File *f = &p->files.at[file];
  Span span = expr_at(f, await)->span;
  for (Id i = f->extents[loop].first; i < f->extents[loop].end; i++) {
    const Expr *e = expr_at(f, i);
    if (e->kind != EX_IDENT || e->span.start < span.start || e->span.end > span.end)
      continue;
    Id binding = binding_of(p, file, e->scope, e->name, false);
    if (binding && scope_inside(f, f->facts.bindings.at[binding].scope, loop))
      return true;
  }
  return false;
}

// Whether the name means something else around the loop.
static bool is_taken(Program *p, FileId file, Name name, Id loop) {
  const File *f = &p->files.at[file];
  Id around = f->facts.scopes.at[loop].parent;
  Slice bindings = bindings_at(f, around), uses = uses_inside(p, file, name, around);
  for (uint32_t i = 0; i < bindings.n; i++)
    if (f->facts.bindings.at[bindings.at[i]].name == name)
      return true;
  for (uint32_t i = 0; i < uses.n; i++)
    if (!scope_inside(f, expr_at(f, uses.at[i])->scope, loop))
      return true;
  return false;
}

Fix *hoist_fix(const Judge *j, const Repeated *r) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const File *f = &p->files.at[r->file];
  Id loop = r->repeat.scope, await = expr_at(f, r->expr)->parent;
  if (r->via.file || r->repeat.call || !loop || !is_loop_statement(&f->facts.scopes.at[loop]))
    return NULL;
  Id constant = constant_of(f, await, loop);
  const Binding *b = &f->facts.bindings.at[constant];
  if (!constant || names_what_is_inside(p, r->file, await, loop) || is_taken(p, r->file, b->name, loop))
    return NULL;
  Fix *fix = arena_alloc(arena, sizeof *fix);
  uint32_t before = f->facts.scopes.at[loop].span.start;
  fix->description = "read it once before the loop";
  fix->moves = true;
  fix->nedits = 2;
  fix->edits = arena_alloc(arena, 2 * sizeof *fix->edits);
  fix->edits[0] = (Replacement){.place = {.source = f->source, .start = before, .end = before}, .text = ""};
  fix->edits[1] = (Replacement){.place = {.source = f->source, .start = b->span.start, .end = expr_at(f, await)->span.end}, .text = ""};
  return fix;
}
