// fixed.c - what stays as it was written: variables that nothing else is assigned to, the lists and objects in them that
// are only read, fields that are never set.
//
// A list or object that is handed to something else may be changed there.
#include <string.h>

#include "values.h"

enum { MAX_USES = 4096, MAX_SETS = 256 };

static Writes more(Writes a, Writes b) { return a > b ? a : b; }

//
// Variables
//

static bool is_freeze(const File *f, const Expr *call, Id argument) {
  const Expr *callee = expr_at(f, call->a);
  return call->kind == EX_CALL && call->a != argument && callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "freeze");
}

// A list or object, of which the variable is only the place.
static bool is_container(const File *f, Id value) {
  const Expr *e = expr_at(f, value);
  return e->kind == EX_CAST ? is_container(f, e->a) : e->kind == EX_OBJECT || e->kind == EX_ARRAY;
}

static bool is_as_const(const File *f, const Expr *e) {
  const Type *type = &f->facts.types.at[e->type];
  return e->kind == EX_CAST && type->kind == TY_KEYWORD && !strcmp(text_of(f, type->name), "const");
}

static bool changes_list(const char *method) {
  static const char *const names[] = {"push", "unshift", "splice", "pop", "shift", "sort", "reverse", "fill", "copyWithin"};
  return is_any_of(method, names, COUNT(names));
}

// `Object.keys(x)`: a function that only looks at an object.
static bool only_looks(const Program *p, FileId file, const Expr *call) {
  static const char *const names[] = {"keys", "values", "entries", "freeze", "stringify"};
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, call->a), *object = expr_at(f, callee->a);
  bool global = is_unbound(p, file, object, "Object") || is_unbound(p, file, object, "JSON");
  return callee->kind == EX_MEMBER && global && is_any_of(text_of(f, callee->name), names, COUNT(names));
}

// `module.exports = { TABLES }`.
static bool is_exported(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr), *parent = expr_at(f, e->parent), *target = expr_at(f, parent->a);
  if (parent->kind == EX_PROPERTY || parent->kind == EX_OBJECT)
    return is_exported(p, file, e->parent);
  return parent->kind == EX_ASSIGN && (is_exports(p, file, parent->a, 0) || is_exports(p, file, target->a, 0));
}

// Whether a place where a list or object stands as a whole leaves it as it is.
static bool leaves_whole(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr), *parent = expr_at(f, e->parent);
  switch (parent->kind) {
  case EX_NONE:
    return !(e->flags & EXF_RETURNED) && !map_get(&f->owners, expr);
  case EX_SPREAD:
  case EX_TEMPLATE:
  case EX_BINARY:
  case EX_UNARY:
    return true;
  case EX_CALL:
    return only_looks(p, file, parent);
  default:
    return is_exported(p, file, expr);
  }
}

// Whether a use of the variable of a list or object leaves them as they are: `conditions.join(" AND ")`, `tables.users`.
static bool leaves(Program *p, FileId file, Id use) {
  const File *f = &p->files.at[file];
  Id at = use;
  for (const Expr *up = expr_at(f, expr_at(f, at)->parent); (up->kind == EX_MEMBER || up->kind == EX_INDEX) && up->a == at;
       up = expr_at(f, up->parent))
    at = expr_at(f, at)->parent;
  const Expr *e = expr_at(f, at), *parent = expr_at(f, e->parent);
  if (parent->kind == EX_ASSIGN && parent->a == at)
    return false;
  if (parent->kind == EX_CALL && parent->a == at)
    return !changes_list(text_of(f, e->name));
  if (parent->kind == EX_UNARY)
    return strcmp(text_of(f, parent->name), "delete") != 0;
  uint8_t kind = at == use ? VAL_OBJECT : value_at(p, value_of(p, file, at))->kind;
  return (kind != VAL_OBJECT && kind != VAL_ARRAY) || leaves_whole(p, file, at);
}

static Writes writes_at(Program *p, FileId file, Id use, bool container) {
  const File *f = &p->files.at[file];
  const Expr *parent = expr_at(f, expr_at(f, use)->parent);
  if (parent->kind == EX_ASSIGN && parent->a == use)
    return strcmp(text_of(f, parent->name), "+=") ? WRITES_ANY : WRITES_ADD;
  return container && !leaves(p, file, use) ? WRITES_ANY : WRITES_NONE;
}

static Writes writes_within(Program *p, FileId file, Id binding, bool container) {
  const File *f = &p->files.at[file];
  Slice uses = uses_of(p, file, binding);
  Writes found = uses.n > MAX_USES ? WRITES_ANY : WRITES_NONE;
  for (uint32_t i = 0; i < uses.n && found < WRITES_ANY; i++) {
    const Expr *e = expr_at(f, uses.at[i]);
    if (binding_of(p, file, e->scope, e->name, false) == binding)
      found = more(found, writes_at(p, file, uses.at[i], container));
  }
  return found;
}

// The variables that import a value, by the value.
static void index_importers(Program *p) {
  p->importers_known = true;
  for (FileId file = 1; file < p->files.n; file++) {
    const Facts *facts = &p->files.at[file].facts;
    for (uint32_t i = 1; i < facts->imports.n; i++) {
      const Import *import = &facts->imports.at[i];
      Ref made = import->binding && !import->type_only ? definition_of_binding(p, file, import->binding) : (Ref){0, 0};
      if (made.file)
        link_push(p, &p->importers, ref_key(made), (Ref){file, import->binding});
    }
  }
}

static Writes writes_of_importers(Program *p, FileId file, Id value) {
  Writes found = WRITES_NONE;
  if (!p->importers_known)
    index_importers(p);
  for (uint32_t at = map_get(&p->importers, (uint64_t)file << 32 | value); at && found < WRITES_ANY; at = p->links.at[at].next) {
    Ref importer = p->links.at[at].ref;
    found = writes_within(p, importer.file, importer.id, true);
  }
  return found;
}

static Writes find_writes(Program *p, FileId file, Id binding) {
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding];
  const Expr *value = expr_at(f, b->value);
  bool constant = b->kind == BIND_CONST, container = is_container(f, b->value);
  if (constant && (!container || is_as_const(f, value)))
    return WRITES_NONE;
  if (b->kind != BIND_LET && !constant)
    return WRITES_ANY;
  Writes found = container && !constant ? WRITES_ANY : writes_within(p, file, binding, container);
  return constant ? more(found, writes_of_importers(p, file, b->value)) : found;
}

typedef Writes Find(Program *p, FileId file, Id of);

static Writes remembered(Program *p, FileId file, Id of, Find *find) {
  uint64_t key = (uint64_t)(find == find_writes) << 32 | of;
  uint32_t known = map_get(&p->files.at[file].writes, key);
  if (!known) {
    known = 1u + find(p, file, of);
    map_put(&p->files.at[file].writes, key, known);
  }
  return (Writes)(known - 1);
}

Writes writes_of(Program *p, FileId file, Id binding) { return remembered(p, file, binding, find_writes); }

//
// Fields, and what an initialiser is part of
//

// Whether an object is surely none of a class that nothing extends.
static bool is_another(const Value *v, Ref class) {
  bool known = v->kind == VAL_INSTANCE || v->kind == VAL_CLASS;
  return v->kind == VAL_OBJECT || (known && (v->a != class.file || v->b != class.id));
}

static bool is_set_outside(Program *p, Ref class, Sym name) {
  uint32_t steps = 0;
  for (uint32_t at = map_get(&p->set_outside, name + 1u); at; at = p->links.at[at].next) {
    Ref object = p->links.at[at].ref;
    if (++steps > MAX_SETS || !is_another(value_at(p, value_of(p, object.file, object.id)), class))
      return true;
  }
  return false;
}

// A field of a class that nothing else gives a value, also not one that extends it.
static bool is_fixed_field(Program *p, FileId file, Id scope, Id value) {
  const File *f = &p->files.at[file];
  Id class = class_at(f, scope);
  List members = f->facts.classes.at[class].members;
  if (map_get(&p->implementers, ((uint64_t)file << 32 | class) << 1) || map_get(&f->members, member_key(true, class, 0)))
    return false;
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, members.first, i)];
    Sym name = sym_of(f, m->name);
    if (m->value == value)
      return !map_get(&f->set_inside, member_key(true, class, name)) && !is_set_outside(p, (Ref){file, class}, name);
  }
  return false;
}

// Whether a property of an object literal keeps its value: nothing behind it may have the same name.
static bool is_fixed_property(const File *f, Id object, Id property) {
  const Expr *e = expr_at(f, object);
  Name name = expr_at(f, property)->name;
  if (e->count > MAX_USES)
    return false;
  for (uint32_t i = e->count; i-- > 0 && list_at(f, e->first, i) != property;) {
    const Expr *other = expr_at(f, list_at(f, e->first, i));
    if (other->kind != EX_PROPERTY || !other->name || other->name == name)
      return false;
  }
  return !map_get(&f->set_inside, member_key(false, object, sym_of(f, name)));
}

Writes writes_of_initial(Program *p, FileId file, Id value) {
  const File *f = &p->files.at[file];
  Id owner = map_get(&f->owners, value), scope = expr_at(f, value)->scope;
  uint8_t kind = f->facts.scopes.at[scope].kind;
  if (owner)
    return writes_of(p, file, owner);
  if (kind == SC_MODULE)
    return writes_of_importers(p, file, value);
  return kind == SC_CLASS && is_fixed_field(p, file, scope, value) ? WRITES_NONE : WRITES_ANY;
}

static Writes find_writes_of_literal(Program *p, FileId file, Id literal) {
  const File *f = &p->files.at[file];
  for (Id id = literal;;) {
    const Expr *e = expr_at(f, id), *parent = expr_at(f, e->parent);
    bool part = parent->kind == EX_PROPERTY || parent->kind == EX_OBJECT || parent->kind == EX_CAST || is_freeze(f, parent, id);
    if (!e->parent)
      return e->flags & EXF_RETURNED ? WRITES_ANY : writes_of_initial(p, file, id);
    if (!part || (parent->kind == EX_OBJECT && !is_fixed_property(f, e->parent, id)))
      return WRITES_ANY;
    id = e->parent;
  }
}

Writes writes_of_literal(Program *p, FileId file, Id literal) { return remembered(p, file, literal, find_writes_of_literal); }
