// outside.c - what surely is no database client: objects of the language, and what packages without a database give.
//
// Only coverage asks this, of receivers whose value is not known: `z.string().min(1)`, `this.done$ = new Subject()`.
// What a package could have got from the program (a client, a class, a callback's result) is not from outside.
#include "values.h"

#include <string.h>

enum { MAX_STEPS = 16 };  // from a receiver back to where its value comes from

static bool outside(Program *p, FileId file, Id expr, int depth);

// Types and classes of the language, of browsers and of Node's globals.
static bool is_language(const char *name) {
  static const char *const names[] = {
      "Map",     "Set",      "WeakMap",  "WeakSet", "Array",   "Date",    "RegExp",          "URLSearchParams",
      "URL",     "Headers",  "FormData", "Request", "Response", "Storage", "AbortController", "ReadonlyMap",
      "Element", "Document", "Window",   "Node",    "Buffer",  "Event",   "Uint8Array",      "ReadonlySet",
      "string",  "number",   "boolean",  "Error",   "Blob",    "File",    "ReadableStream",  "WebSocket"};
  return is_any_of(name, names, COUNT(names)) || !strncmp(name, "HTML", 4) || !strncmp(name, "SVG", 3);
}

// Holds what the program puts into it, so that only the object itself is known.
static bool is_collection(const char *name) {
  return strstr(name, "Map") || strstr(name, "Set") || strstr(name, "Array");
}

bool has_database(const Program *p, uint16_t library) {
  for (uint32_t i = 1; library && i < p->libs->states.n; i++) {
    const LibraryState *state = &p->libs->states.at[i];
    if (state->library != library)
      continue;
    if (state->await_effect)
      return true;
    for (uint32_t k = 0; k < state->count; k++)
      if (effect_is_database(p->libs->members.at[state->first + k].meaning.effect))
        return true;
  }
  return false;
}

// A specifier of the tree's own that was not found says nothing.
bool is_package(const char *specifier) { return !strchr("./~#", *specifier) && strncmp(specifier, "@/", 2); }

bool external_is_outside(Program *p, ValueId value) {
  const Value *v = value_at(p, value);
  if (v->kind != VAL_EXTERNAL)
    return false;
  return !v->a || (is_package(sym_text(p, v->a)) && !has_database(p, external_library(p, value)));
}

//
// Types
//

static bool type_outside(Program *p, FileId file, Id type, int depth);

static bool types_outside(Program *p, FileId file, List list, int depth) {
  for (uint32_t i = 0; i < list.count; i++)
    if (!type_outside(p, file, p->files.at[file].facts.lists.at[list.first + i], depth))
      return false;
  return list.count > 0;
}

static bool type_outside(Program *p, FileId file, Id id, int depth) {
  const File *f = &p->files.at[file];
  const Type *type = &f->facts.types.at[id];
  if (depth > MAX_STEPS)
    return false;
  switch (type->kind) {
  case TY_REF: {
    const Expr *name = expr_at(f, type->a);
    if (name->kind == EX_IDENT && !binding_of(p, file, name->scope, name->name, true))
      return is_language(text_of(f, name->name));
    return external_is_outside(p, value_of_type(p, file, id));
  }
  case TY_UNION:
    return types_outside(p, file, type->list, depth + 1);
  case TY_QUERY:
    return outside(p, file, type->a, depth + 1);
  case TY_KEYWORD:
    return strcmp(text_of(f, type->name), "any") && strcmp(text_of(f, type->name), "unknown") &&
           strcmp(text_of(f, type->name), "this") && strcmp(text_of(f, type->name), "object");
  case TY_LITERAL:
  case TY_ARRAY:
  case TY_TUPLE:
    return true;
  default:
    return false;
  }
}

// Whether a type names a collection of the language.
static bool type_is_collection(Program *p, FileId file, Id id) {
  const File *f = &p->files.at[file];
  const Type *type = &f->facts.types.at[id];
  const Expr *name = expr_at(f, type->kind == TY_REF ? type->a : 0);
  bool bare = name->kind == EX_IDENT && !binding_of(p, file, name->scope, name->name, true);
  return type->kind == TY_ARRAY || type->kind == TY_TUPLE || (bare && is_collection(text_of(f, name->name)));
}

//
// Where a value comes from
//

// What a name or member stands for: its annotation, and the expression that gives its value.
typedef struct Origin {
  FileId file;
  Id type, value;
} Origin;

static Origin origin_of_ident(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Binding *b = &f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)];
  if (b->kind == BIND_IMPORT) {
    Ref definition = definition_of(p, file, expr);
    return (Origin){definition.file, 0, definition.id};
  }
  if (b->kind != BIND_CONST && b->kind != BIND_LET && b->kind != BIND_PARAM)
    return (Origin){0, 0, 0};
  Id assign = b->value ? 0 : map_get(&f->assigns, (uint64_t)(b - f->facts.bindings.at));
  return (Origin){file, b->type, assign ? expr_at(f, assign)->b : b->value};
}

static Origin origin_of_param(const File *f, FileId file, const Expr *e) {
  const Function *fn = &f->facts.functions.at[e->a];
  if (e->b >= fn->params.count)
    return (Origin){0, 0, 0};
  const Param *param = &f->facts.params.at[f->facts.lists.at[fn->params.first + e->b]];
  return (Origin){file, param->type, param->init};
}

static Origin origin_of_field(Program *p, const Value *object, Sym name) {
  const File *f = &p->files.at[object->a];
  bool shape = object->kind == VAL_SHAPE;
  List members = shape ? f->facts.types.at[object->b].list : f->facts.classes.at[object->b].members;
  Id assign = shape ? 0 : map_get(&f->members, member_key(true, object->b, name));
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *m = &f->facts.members.at[f->facts.lists.at[members.first + i]];
    if (m->kind == MEMBER_FIELD && sym_of(f, m->name) == name)
      return (Origin){object->a, m->type, m->value || !assign ? m->value : expr_at(f, assign)->b};
  }
  return (Origin){assign ? object->a : 0, 0, assign ? expr_at(f, assign)->b : 0};
}

// The field of our own class or interface that a member expression reads, through base classes.
static Origin origin_of_member(Program *p, FileId file, const Expr *e) {
  ValueId object = value_of(p, file, e->a);
  Sym name = sym_of(&p->files.at[file], e->name);
  for (int i = 0; i < MAX_STEPS; i++) {
    const Value v = *value_at(p, object);
    if (v.kind != VAL_INSTANCE && v.kind != VAL_CLASS && v.kind != VAL_SHAPE)
      break;
    Origin origin = origin_of_field(p, &v, name);
    if (origin.file || v.kind == VAL_SHAPE)
      return origin;
    object = value_base(p, object);
  }
  return (Origin){0, 0, 0};
}

static Origin origin_of(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_IDENT    ? origin_of_ident(p, file, expr)
         : e->kind == EX_PARAM  ? origin_of_param(f, file, e)
         : e->kind == EX_MEMBER ? origin_of_member(p, file, e)
                                : (Origin){0, 0, 0};
}

// Whether an expression is a collection of the language: what is taken out of it is the program's own.
static bool holds_own(Program *p, FileId file, Id expr, int depth) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  if (value_at(p, value_of(p, file, expr))->kind == VAL_ARRAY || e->kind == EX_ARRAY)
    return true;
  if (e->kind == EX_NEW)
    return is_collection(text_of(&p->files.at[file], expr_at(&p->files.at[file], e->a)->name));
  Origin origin = origin_of(p, file, expr);
  if (!origin.file || depth > MAX_STEPS)
    return false;
  return type_is_collection(p, origin.file, origin.type) || (origin.value && holds_own(p, origin.file, origin.value, depth + 1));
}

static bool origin_outside(Program *p, Origin origin, int depth) {
  if (origin.file && origin.type && type_outside(p, origin.file, origin.type, depth))
    return true;
  return origin.file && !origin.type && origin.value && outside(p, origin.file, origin.value, depth);
}

// Whether all that a function of ours gives is from outside: a hook around a package's one.
static bool returns_outside(Program *p, Ref function, int depth) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (fn->result)
    return type_outside(p, function.file, fn->result, depth);
  for (uint32_t i = 0; i < fn->returns.count; i++)
    if (!outside(p, function.file, f->facts.lists.at[fn->returns.first + i], depth))
      return false;
  return fn->returns.count > 0;
}

// Whether a call hands nothing over that may come back: a client, a class, an instance, what a callback gives.
static bool hands_nothing_over(Program *p, FileId file, Id call, bool method, int depth) {
  const Expr e = *expr_at(&p->files.at[file], call);
  for (uint32_t i = 0; e.kind != EX_TAGGED && i < e.count; i++) {
    Id argument = list_at(&p->files.at[file], e.first, i);
    ValueId value = value_of(p, file, argument);
    uint8_t kind = value_at(p, value)->kind;
    if (kind == VAL_LIBRARY || kind == VAL_INSTANCE || kind == VAL_CLASS || kind == VAL_UNION)
      return false;
    Ref function = value_function(p, value);
    if (function.file && !method && !returns_outside(p, function, depth))
      return false;
  }
  return true;
}

// `container.resolve("users")`: gives what the program put there under a name.
static bool is_lookup(const File *f, Id call) {
  static const char *const names[] = {"get", "resolve", "getAsync", "inject", "make"};
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  return callee->kind == EX_MEMBER && e->count && is_any_of(text_of(f, callee->name), names, COUNT(names));
}

static bool call_outside(Program *p, FileId file, Id call, int depth) {
  const File *f = &p->files.at[file];
  Id callee = expr_at(f, call)->a;
  bool method = expr_at(f, callee)->kind == EX_MEMBER;
  ValueId value = value_of(p, file, callee);
  Ref function = value_function(p, value);
  if (function.file)
    return returns_outside(p, function, depth);
  if (is_lookup(f, call) || (method && holds_own(p, file, expr_at(f, callee)->a, depth)))
    return false;
  Id maker = method ? expr_at(f, callee)->a : expr_at(f, callee)->kind == EX_CALL ? callee : 0;
  bool known = external_is_outside(p, value) || (maker && outside(p, file, maker, depth));
  return known && hands_nothing_over(p, file, call, method, depth);
}

static bool new_outside(Program *p, FileId file, Id call, int depth) {
  const File *f = &p->files.at[file];
  const Expr *class = expr_at(f, expr_at(f, call)->a);
  if (class->kind == EX_IDENT && !binding_of(p, file, class->scope, class->name, false))
    return true;
  return external_is_outside(p, value_of(p, file, expr_at(f, call)->a)) && hands_nothing_over(p, file, call, false, depth);
}

static bool alternatives_outside(Program *p, FileId file, const Expr *e, int depth) {
  bool and = !strcmp(text_of(&p->files.at[file], e->name), "&&");
  return (and || outside(p, file, e->a, depth)) && outside(p, file, e->b, depth);
}

static bool outside(Program *p, FileId file, Id expr, int depth) {
  const Expr e = *expr_at(&p->files.at[file], expr);
  ValueId value = value_of(p, file, expr);
  if (depth++ > MAX_STEPS)
    return false;
  if (!value_is_vague(p, value))
    return external_is_outside(p, value);
  if (origin_outside(p, origin_of(p, file, expr), depth))
    return true;
  switch (e.kind) {
  case EX_MEMBER:
  case EX_INDEX:
  case EX_ELEMENT:
    return !holds_own(p, file, e.a, depth) && outside(p, file, e.a, depth);
  case EX_AWAIT:
  case EX_CAST:
    return outside(p, file, e.a, depth);
  case EX_CALL:
  case EX_TAGGED:
    return call_outside(p, file, expr, depth);
  case EX_NEW:
    return new_outside(p, file, expr, depth);
  case EX_ALT:
    return alternatives_outside(p, file, &e, depth);
  case EX_LITERAL:
  case EX_NUMBER:
  case EX_BINARY:
  case EX_UNARY:
    return true;
  default:
    return false;
  }
}

bool is_outside(Program *p, FileId file, Id expr) { return outside(p, file, expr, 0); }
