// development.c - code that runs on the machines of developers only: routes that refuse elsewhere.
#include "judge.h"
#include "values.h"

#include <string.h>

// Functions within each other, exits and expressions of one, and properties of an object that are looked at.
enum { MAX_OUTWARDS = 8, MAX_EXITS = 64, MAX_LOOK = 256, MAX_PROPERTIES = 64 };

// A flag that is set on the machines of developers: `config.devMode`.
static bool is_flag(const char *name) {
  static const char *const flags[] = {"isDevelopment", "isDev", "isDevMode", "devMode", "developmentMode", "DEV_MODE", "__DEV__"};
  return is_any_of(name, flags, COUNT(flags));
}

// Whether a condition only holds there, or in tests: `config.devMode`, `env.ENVIRONMENT === "development"`.
static bool is_here(const File *f, Id condition, int depth) {
  const Expr *e = expr_at(f, condition);
  const char *name = text_of(f, e->name);
  if (!condition || depth > 4)
    return false;
  if (e->kind == EX_ALT && !strcmp(name, "||"))
    return is_here(f, e->a, depth + 1) && is_here(f, e->b, depth + 1);
  if (e->kind == EX_ALT && !strcmp(name, "&&"))
    return is_here(f, e->a, depth + 1) || is_here(f, e->b, depth + 1);
  if (e->kind != EX_BINARY)
    return (e->kind == EX_MEMBER || e->kind == EX_IDENT) && is_flag(name);
  const Expr *left = expr_at(f, e->a), *right = expr_at(f, e->b), *text = right->kind == EX_STRING ? right : left;
  const char *word = text->kind == EX_STRING ? text_of(f, text->name) : "";
  return *name == '=' && name[1] == '=' && (!strcmp(word, "development") || !strcmp(word, "test"));
}

// Whether a condition holds where it is no developer's machine: `env.ENVIRONMENT !== "development"`, `isProduction`.
static bool is_elsewhere(const File *f, Id condition, int depth) {
  const Expr *e = expr_at(f, condition);
  const char *name = text_of(f, e->name);
  if (!condition || depth > 4)
    return false;
  if (e->kind == EX_ALT)
    return !strcmp(name, "||") && (is_elsewhere(f, e->a, depth + 1) || is_elsewhere(f, e->b, depth + 1));
  if (e->kind == EX_UNARY)
    return !strcmp(name, "!") && is_flag(text_of(f, expr_at(f, e->a)->name));
  if (e->kind != EX_BINARY)
    return !strcmp(name, "isProduction");
  const Expr *left = expr_at(f, e->a), *right = expr_at(f, e->b), *text = right->kind == EX_STRING ? right : left;
  return text->kind == EX_STRING && name[0] && name[1] == '=' &&
         !strcmp(text_of(f, text->name), *name == '!' ? "development" : "production");
}

// `assert(config.devMode)` as a statement of its own, before an expression of the function.
static bool is_asserted(const File *f, Id function, Id expr) {
  static const char *const names[] = {"assert", "invariant"};
  Id scope = f->facts.functions.at[function].scope;
  Extent extent = f->extents[scope];
  for (Id i = extent.first; i < extent.end && i - extent.first < MAX_LOOK; i++) {
    const Expr *e = expr_at(f, i), *callee = expr_at(f, e->a);
    bool before = e->kind == EX_CALL && e->scope == scope && e->span.end <= expr_at(f, expr)->span.start;
    bool asserts = before && e->flags & EXF_STATEMENT && is_any_of(text_of(f, callee->name), names, COUNT(names));
    if (asserts && is_here(f, argument_at(f, i, 0), 0))
      return true;
  }
  return false;
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

// Whether it stands in a branch that is taken on such machines only.
static bool is_in_branch(const File *f, Id expr) {
  for (Id scope = expr_at(f, expr)->scope; scope; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_IF && is_here(f, s->a, 0))
      return true;
  }
  return false;
}

// Whether an object says that it is switched on there only: `{ enabled: config.devMode, ... }`.
static bool is_switched_off(const File *f, Id object) {
  static const char *const switches[] = {"enabled", "active", "isEnabled"};
  const Expr *e = expr_at(f, object);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count && i < MAX_PROPERTIES; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    bool is_switch = property->kind == EX_PROPERTY && is_any_of(text_of(f, property->name), switches, COUNT(switches));
    if (is_switch && is_here(f, property->a, 0))
      return true;
  }
  return false;
}

// Whether the only object that a file exports beside its functions says so.
static bool is_module_switched_off(Program *p, FileId file) {
  const File *f = &p->files.at[file];
  uint32_t objects = 0, off = 0;
  for (uint32_t i = 1; i < f->facts.exports.n; i++) {
    Id value = f->facts.exports.at[i].value;
    const Expr *e = expr_at(f, value);
    Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
    const Binding *b = &f->facts.bindings.at[binding];
    value = b->kind == BIND_CONST ? b->value : value;
    objects += expr_at(f, value)->kind == EX_OBJECT;
    off += is_switched_off(f, value);
  }
  return off && objects == 1;
}

//
// Modules that are used there only: routers that are mounted if (config.devMode)
//

enum { USED_HERE = 1, USED_ELSEWHERE = 2, SWITCHED_OFF = 4 };  // what is known of a file, in Program.developed

static void note_use(Program *p, FileId target, bool here) {
  uint32_t known = target ? map_get(&p->developed, target) : 0;
  if (target)
    map_put(&p->developed, target, known | (here ? USED_HERE : USED_ELSEWHERE));
}

// Whether a file uses what it imports in such branches only.
static bool uses_in_branches(Program *p, FileId file, Id binding) {
  const File *f = &p->files.at[file];
  Slice uses = binding ? uses_of(p, file, binding) : (Slice){0};
  uint32_t n = 0;
  for (uint32_t i = 0; i < uses.n; i++) {
    const Expr *e = expr_at(f, uses.at[i]);
    bool is_use = binding_of(p, file, e->scope, e->name, false) == binding;
    if (is_use && !is_in_branch(f, uses.at[i]))
      return false;
    n += is_use;
  }
  return n > 0;
}

// Note how a file uses others.
static void read_uses(Program *p, FileId file) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 1; i < f->facts.imports.n; i++) {
    const Import *import = &f->facts.imports.at[i];
    if (!import->type_only)
      note_use(p, module_named(p, file, import->specifier), uses_in_branches(p, file, import->binding));
  }
  for (uint32_t i = 1; i < f->facts.exports.n; i++)
    if (f->facts.exports.at[i].specifier)
      note_use(p, module_named(p, file, f->facts.exports.at[i].specifier), false);
  for (Id i = 1; i < f->facts.exprs.n; i++) {
    const Expr *e = expr_at(f, i), *of = expr_at(f, e->a);
    Name specifier = e->kind == EX_CALL ? required(f, i) : e->kind == EX_IMPORT && of->kind == EX_STRING ? of->name : 0;
    if (specifier)
      note_use(p, module_named(p, file, specifier), is_in_branch(f, i));
  }
}

static void read_file(Program *p, FileId file) {
  if (p->files.at[file].context != CONTEXT_TEST)
    read_uses(p, file);
  if (is_module_switched_off(p, file))
    map_put(&p->developed, file, map_get(&p->developed, file) | SWITCHED_OFF);
}

static bool is_module_developed(Program *p, FileId file) {
  for (FileId i = 1; !p->developed_read && i < p->files.n; i++)
    read_file(p, i);
  p->developed_read = true;
  uint32_t known = map_get(&p->developed, file);
  return known & SWITCHED_OFF || known == USED_HERE;
}

bool is_for_development(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  Id function = unit_of(f, expr);
  if (is_in_branch(f, expr) || (function && is_module_developed(p, file)))
    return true;
  for (int i = 0; function && i < MAX_OUTWARDS; i++) {
    const Function *fn = &f->facts.functions.at[function];
    Id property = expr_at(f, fn->expr)->parent;
    if (refuses_elsewhere(p, (Ref){file, function}) || is_asserted(f, function, expr) || is_behind_refusal(p, file, fn->expr) ||
        is_switched_off(f, expr_at(f, property)->parent))
      return true;
    function = f->facts.scopes.at[f->facts.scopes.at[fn->scope].parent].function;
  }
  return false;
}
