// values.c - what an expression is: one evaluation over facts, lazy, memoised, cycle-safe.
//
// There is one value per expression (no calling context). An expression that is met again while it is being
// evaluated is unknown there, which ends cycles. Members are in members.c, calls in invoke.c, types in types.c.
#include "values.h"

#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 400 };  // of nested evaluations: real chains stay below 100

//
// Making values: equal values have equal ids.
//

ValueId value_make(Program *p, ValueKind kind, uint32_t a, uint32_t b, uint32_t c) {
  uint32_t parts[4] = {kind, a, b, c};
  uint64_t hash = hash_quick(parts, sizeof parts);
  uint32_t first = map_get(&p->value_index, hash);
  for (uint32_t id = first; id; id = p->value_next.at[id]) {
    const Value *v = value_at(p, id);
    if (v->kind == kind && v->a == a && v->b == b && v->c == c)
      return id;
  }
  Value value = {.kind = (uint8_t)kind, .a = a, .b = b, .c = c};
  vec_push(&p->values, value);
  vec_push(&p->value_next, first);
  map_put(&p->value_index, hash, p->values.n - 1);
  return p->values.n - 1;
}

uint32_t value_list(Program *p, const ValueId *ids, uint32_t count) {
  // Lists are compared by content only against the last few: equal lists of one class usually follow each other.
  uint32_t at = p->value_pool.n;
  vec_push(&p->value_pool, count);
  for (uint32_t i = 0; i < count; i++)
    vec_push(&p->value_pool, ids[i]);
  uint64_t hash = hash_quick(p->value_pool.at + at, (count + 1) * sizeof(ValueId)) | 1;
  uint32_t same = map_get(&p->list_index, hash);
  if (same && !memcmp(p->value_pool.at + same, p->value_pool.at + at, (count + 1) * sizeof(ValueId))) {
    p->value_pool.n = at;
    return same;
  }
  map_put(&p->list_index, hash, at);
  return at;
}

uint32_t value_each(const Program *p, ValueId value, ValueId out[4]) {
  const Value *v = value_at(p, value);
  if (v->kind != VAL_UNION) {
    out[0] = value;
    return 1;
  }
  uint32_t count = p->value_pool.at[v->a];
  memcpy(out, p->value_pool.at + v->a + 1, count * sizeof *out);
  return count;
}

// A list of which nothing is known: `[]` of `rows ?? []`.
static bool is_empty_list(const Program *p, ValueId value) {
  const Value *v = value_at(p, value);
  return v->kind == VAL_ARRAY && v->a <= VALUE_UNKNOWN;
}

// Two lists are one when one of them says nothing.
static bool same_list(Program *p, ValueId *kept, ValueId other) {
  if (value_at(p, *kept)->kind != VAL_ARRAY || value_at(p, other)->kind != VAL_ARRAY)
    return false;
  if (is_empty_list(p, *kept))
    *kept = other;
  return *kept == other || is_empty_list(p, other);
}

ValueId value_union(Program *p, const ValueId *ids, uint32_t count) {
  ValueId kept[4];
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) {
    ValueId each[4];
    uint32_t m = value_each(p, ids[i], each);
    for (uint32_t j = 0; j < m && n < 4; j++) {
      bool known = each[j] <= VALUE_UNKNOWN;
      for (uint32_t k = 0; k < n; k++)
        known |= kept[k] == each[j] || same_list(p, &kept[k], each[j]);
      if (!known)
        kept[n++] = each[j];
    }
  }
  if (n < 2)
    return n ? kept[0] : VALUE_UNKNOWN;
  return value_make(p, VAL_UNION, value_list(p, kept, n), 0, 0);
}

ValueId value_awaited(Program *p, ValueId value) {
  ValueId each[4], out[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    Value v = *value_at(p, each[i]);
    out[i] = v.kind == VAL_PROMISE ? v.a : v.kind == VAL_PENDING ? VALUE_UNKNOWN : each[i];
    const LibraryState *state = v.kind == VAL_LIBRARY ? &p->libs->states.at[v.a] : NULL;
    if (!state || !state->await_effect)
      continue;
    ValueId row = library_value(p, state->await_to, v.b);
    out[i] = state->await_list && state->await_to ? value_make(p, VAL_ARRAY, row, 0, 0) : row;
  }
  return value_union(p, out, n);
}

ValueId value_element(Program *p, ValueId value) {
  ValueId each[4], out[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    // A cursor is iterated by `for await` without being awaited itself.
    const Value v = *value_at(p, value_awaited(p, each[i]));
    out[i] = v.kind == VAL_ARRAY || v.kind == VAL_DICT ? v.a : VALUE_UNKNOWN;
    // The elements of a Map are pairs.
    if (v.kind == VAL_DICT && v.b)
      out[i] = value_make(p, VAL_ARRAY, v.a, 0, 0);
  }
  return value_union(p, out, n);
}

Ref value_function(const Program *p, ValueId value) {
  const Value *v = value_at(p, value);
  return v->kind == VAL_FUNCTION ? (Ref){v->a, v->b} : (Ref){0, 0};
}

Ref function_put(const Program *p, ValueId value) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  Ref only = {0, 0};
  for (uint32_t i = 0; i < n; i++) {
    Ref function = value_function(p, each[i]);
    if (function.file ? only.file != 0 : value_at(p, each[i])->kind != VAL_CALLABLE)
      return (Ref){0, 0};
    only = function.file ? function : only;
  }
  return only;
}

//
// Bindings
//

Id binding_of(const Program *p, FileId file, Id scope, Name name, bool types) {
  const File *f = &p->files.at[file];
  for (; scope; scope = f->facts.scopes.at[scope].parent) {
    Id binding = map_get(&f->names, name_key(scope, name, types));
    if (binding)
      return binding;
  }
  return 0;
}

bool is_same_path(const Program *p, FileId file, Id a, Id b) {
  enum { LONGEST = 8 };
  const File *f = &p->files.at[file];
  for (int i = 0; i < LONGEST; i++) {
    const Expr *x = expr_at(f, a), *y = expr_at(f, b);
    if (x->kind != y->kind || x->name != y->name)
      return false;
    if (x->kind == EX_THIS)
      return true;
    if (x->kind == EX_IDENT)
      return binding_of(p, file, x->scope, x->name, false) == binding_of(p, file, y->scope, y->name, false);
    if (x->kind != EX_MEMBER)
      return false;
    a = x->a;
    b = y->a;
  }
  return false;
}

// What all assignments to a binding give together.
static ValueId value_of_assigns(Program *p, FileId file, Id binding) {
  File *f = &p->files.at[file];
  ValueId values[4];
  uint32_t n = 0;
  for (Id at = map_get(&f->assigns, binding); at && n < 4; at = map_get(&f->chain, at)) {
    Id from = expr_at(f, at)->b;
    if (from)
      values[n++] = value_of(p, file, from);
  }
  return value_union(p, values, n);
}

// A tree may hold a library and code that uses it as others do, by the package's name. How it asks a database is often
// decided at run time: its model tells it, not its code.
bool is_modelled(Program *p, FileId target, Sym package, const char *path) {
  const char *specifier = sym_text(p, package);
  if (*specifier == '.' || !strcmp(path, "default"))
    return false;
  uint16_t library = library_of_package(p->libs, specifier, false);
  return library && library_has_export(p->libs, library, path) && has_database(p, library) &&
         modules_is_named(p->modules, p->files.at[target].source->path, specifier);
}

ValueId modelled_member(Program *p, FileId file, Id object, Name name, bool types) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, object);
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, types) : 0];
  if (b->kind != BIND_IMPORT)
    return VALUE_UNKNOWN;
  const Import *import = &f->facts.imports.at[b->value];
  FileId target = module_named(p, file, import->specifier);
  if (!target || *text_of(f, import->specifier) == '.')
    return VALUE_UNKNOWN;
  bool whole = !strcmp(text_of(f, import->imported), "*");
  char path[256];
  snprintf(path, sizeof path, "%s%s%s", whole ? "" : text_of(f, import->imported), whole ? "" : ".", text_of(f, name));
  Sym package = sym_of(f, import->specifier);
  return is_modelled(p, target, package, path) ? import_value(p, 0, package, sym_intern(p, path), types) : VALUE_UNKNOWN;
}

ValueId value_of_import(Program *p, FileId file, Id import, bool types) {
  File *f = &p->files.at[file];
  const Import *i = &f->facts.imports.at[import];
  return import_value(p, module_named(p, file, i->specifier), sym_of(f, i->specifier), sym_of(f, i->imported), types);
}

// A variable: its annotation, else its initialiser, else what is assigned to it.
static ValueId value_of_variable(Program *p, FileId file, Id binding) {
  const Binding *b = &p->files.at[file].facts.bindings.at[binding];
  ValueId value = b->type ? value_of_type(p, file, b->type) : VALUE_UNKNOWN;
  value = value_with_init(p, file, value, b->value);
  return value == VALUE_UNKNOWN ? value_of_assigns(p, file, binding) : value;
}

ValueId value_of_binding(Program *p, FileId file, Id binding) {
  const Binding *b = &p->files.at[file].facts.bindings.at[binding];
  switch (b->kind) {
  case BIND_IMPORT:
    return value_of_import(p, file, b->value, false);
  case BIND_CONST:
  case BIND_LET:
  case BIND_PARAM:
    return value_of_variable(p, file, binding);
  case BIND_FUNCTION:
  case BIND_CLASS:
  case BIND_ENUM:
  case BIND_NAMESPACE:
    return b->value ? value_of(p, file, b->value) : VALUE_UNKNOWN;
  default:
    return VALUE_UNKNOWN;
  }
}

// What is assigned to `global.name` anywhere in the program.
ValueId value_of_global(Program *p, Sym name) {
  ValueId values[4];
  uint32_t n = 0;
  for (uint32_t at = map_get(&p->globals, name + 1u); at && n < 4; at = p->links.at[at].next) {
    Ref ref = p->links.at[at].ref;
    values[n++] = value_of(p, ref.file, expr_at(&p->files.at[ref.file], ref.id)->b);
  }
  return value_union(p, values, n);
}

static bool is_global_object(const char *name) {
  return !strcmp(name, "globalThis") || !strcmp(name, "global") || !strcmp(name, "window") || !strcmp(name, "self");
}

static ValueId value_of_ident(Program *p, FileId file, const Expr *e) {
  const File *f = &p->files.at[file];
  Id binding = binding_of(p, file, e->scope, e->name, false);
  if (binding)
    return value_of_binding(p, file, binding);
  const char *name = text_of(f, e->name);
  if (!strcmp(name, "exports"))
    return value_make(p, VAL_MODULE, file, 0, 0);
  if (is_global_object(name))
    return value_make(p, VAL_GLOBAL, 0, 0, 0);
  Sym sym = sym_of(f, e->name);
  ValueId value = value_of_global(p, sym);
  if (value == VALUE_UNKNOWN)
    value = value_of_auto_import(p, file, sym);
  return value != VALUE_UNKNOWN ? value : value_make(p, VAL_EXTERNAL, 0, sym, 0);
}

//
// `this`
//

ValueId value_of_instance(Program *p, FileId file, Id class) {
  return value_make(p, VAL_INSTANCE, file, class, 0);
}

// The field of a class that a function initialises: `static byEmail = function () {...}`.
static const Member *field_of_function(const File *f, const Function *fn, Id *class) {
  Id scope = f->facts.scopes.at[fn->scope].parent;
  *class = f->facts.scopes.at[scope].kind == SC_CLASS ? class_at(f, scope) : 0;
  List members = f->facts.classes.at[*class].members;
  for (uint32_t i = 0; *class && i < members.count; i++) {
    const Member *m = &f->facts.members.at[f->facts.lists.at[members.first + i]];
    if (m->kind == MEMBER_FIELD && m->value == fn->expr)
      return m;
  }
  return NULL;
}

// What gets the functions of an object: `schema.methods = {...}`, `new Schema({...}, { methods: {...} })`.
static ValueId owner_of_object(Program *p, FileId file, Id object) {
  const File *f = &p->files.at[file];
  const Expr *around = expr_at(f, expr_at(f, object)->parent);
  if (around->kind == EX_ASSIGN)
    return around->b == object ? value_of(p, file, around->a) : VALUE_UNKNOWN;
  Id made = around->kind == EX_PROPERTY ? expr_at(f, around->parent)->parent : 0;
  const Value *v = value_at(p, expr_at(f, made)->kind == EX_NEW ? value_of(p, file, made) : VALUE_UNKNOWN);
  return v->kind == VAL_LIBRARY ? value_member(p, value_of(p, file, made), sym_of(f, around->name)) : VALUE_UNKNOWN;
}

// `this` in the functions of an object literal: the object, or what a call gives that adds its members to the receiver.
static ValueId this_of_object(Program *p, FileId file, Id object) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, object)->parent;
  int index = argument_index(f, call, object);
  Value method;
  const Meaning *m = index < 0 ? NULL : call_meaning(p, file, call, &method);
  bool adds = m && m->adds != ARG_NONE && argument_at(f, call, m->adds) == object;
  ValueId owner = owner_of_object(p, file, object);
  if (value_at(p, owner)->kind == VAL_LIBRARY)
    return owner;
  return adds ? value_of(p, file, call) : value_make(p, VAL_OBJECT, file, object, 0);
}

// `this` inside a function that is no arrow: what its type says, else by where the function stands.
static ValueId this_of_function(Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[function];
  ValueId typed = fn->self ? value_of_type(p, file, fn->self) : VALUE_UNKNOWN;
  if (value_at(p, typed)->kind == VAL_LIBRARY && value_at(p, typed)->b)
    return typed;
  if (fn->class && (fn->flags & FN_STATIC))
    return value_make(p, VAL_CLASS, file, fn->class, 0);
  if (fn->class)
    return value_of_instance(p, file, fn->class);
  Id class = 0;
  const Member *field = field_of_function(f, fn, &class);
  if (field)
    return field->flags & MEMBER_STATIC ? value_make(p, VAL_CLASS, file, class, 0) : value_of_instance(p, file, class);
  const Expr *property = expr_at(f, expr_at(f, fn->expr)->parent);
  if (property->kind == EX_PROPERTY && expr_at(f, property->parent)->kind == EX_OBJECT)
    return this_of_object(p, file, property->parent);
  if (property->kind == EX_CALL)
    return value_put_on(p, file, expr_at(f, fn->expr)->parent);
  // `User.prototype.touch = async function () {...}`
  const Expr *target = expr_at(f, property->kind == EX_ASSIGN && property->b == fn->expr ? property->a : 0);
  ValueId owner = target->kind == EX_MEMBER ? value_of(p, file, target->a) : VALUE_UNKNOWN;
  return value_at(p, owner)->kind == VAL_LIBRARY ? owner : VALUE_UNKNOWN;
}

static ValueId value_of_this(Program *p, FileId file, Id scope) {
  const File *f = &p->files.at[file];
  for (; scope; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_CLASS) {
      Id class = class_at(f, scope);
      return class ? value_of_instance(p, file, class) : VALUE_UNKNOWN;
    }
    if (s->kind == SC_FUNCTION && !(f->facts.functions.at[s->function].flags & FN_ARROW))
      return this_of_function(p, file, s->function);
  }
  // The top of a CommonJS module: `this` is rarely meant.
  return VALUE_UNKNOWN;
}

static ValueId value_of_super(Program *p, FileId file, Id scope) {
  ValueId self = value_of_this(p, file, scope);
  const Value *v = value_at(p, self);
  if (v->kind != VAL_INSTANCE && v->kind != VAL_CLASS)
    return VALUE_UNKNOWN;
  return value_base(p, self);
}

//
// Composite expressions
//

// The elements that `list.push(...)` gives to an array literal in a variable.
static ValueId value_of_pushes(Program *p, FileId file, Id array) {
  const File *f = &p->files.at[file];
  Id binding = map_get(&f->owners, array);
  ValueId values[4];
  uint32_t n = 0;
  for (Id at = binding ? map_get(&f->pushed, binding) : 0; at && n < COUNT(values); at = map_get(&f->chain, at)) {
    Id item = argument_at(f, at, 0);
    values[n++] = item ? value_of(p, file, item) : VALUE_UNKNOWN;
  }
  return value_union(p, values, n);
}

static ValueId value_of_array(Program *p, FileId file, const Expr *e, Id id) {
  ValueId values[4];
  uint32_t n = 0;
  for (uint32_t i = 0; i < e->count && n < 4; i++) {
    const File *f = &p->files.at[file];
    Id item = list_at(f, e->first, i);
    const Expr *x = expr_at(f, item);
    values[n++] = x->kind == EX_SPREAD ? value_element(p, value_of(p, file, x->a)) : value_of(p, file, item);
  }
  ValueId element = n ? value_union(p, values, n) : value_of_pushes(p, file, id);
  return value_make(p, VAL_ARRAY, element, 0, 0);
}

static ValueId value_of_alternatives(Program *p, FileId file, const Expr *e) {
  const char *op = text_of(&p->files.at[file], e->name);
  if (!strcmp(op, "&&"))
    return value_of(p, file, e->b);
  ValueId both[2] = {value_of(p, file, e->a), value_of(p, file, e->b)};
  return value_union(p, both, 2);
}

// `e as T`: the type when it says something, else what e is; of one kind of thing of a library, e knows the table. The
// global object has what the type says besides.
static ValueId value_of_cast(Program *p, FileId file, const Expr *e) {
  ValueId value = e->type ? value_of_type(p, file, e->type) : VALUE_UNKNOWN;
  if (value_at(p, value)->kind != VAL_LIBRARY) {
    ValueId both[2] = {value_with_init(p, file, value, e->a), value};
    return value_at(p, both[0])->kind == VAL_GLOBAL ? value_union(p, both, 2) : both[0];
  }
  return value_with_table(p, value, value_of(p, file, e->a));
}

// A member of a global that is filled elsewhere: `WIKI.models = ...`.
static ValueId value_of_global_member(Program *p, FileId file, const Expr *e) {
  const File *f = &p->files.at[file];
  const Expr *object = expr_at(f, e->a);
  if (object->kind != EX_IDENT || binding_of(p, file, object->scope, object->name, false))
    return VALUE_UNKNOWN;
  char dotted[256];
  snprintf(dotted, sizeof dotted, "%s.%s", text_of(f, object->name), text_of(f, e->name));
  Sym name = names_find(&p->syms, dotted);
  return name ? value_of_global(p, name) : VALUE_UNKNOWN;
}

static ValueId value_of_member(Program *p, FileId file, Id id, const Expr *e) {
  if (is_exports(p, file, id, 0))
    return module_value(p, file);
  ValueId value = modelled_member(p, file, e->a, e->name, false);
  if (value == VALUE_UNKNOWN)
    value = value_member(p, value_of(p, file, e->a), sym_of(&p->files.at[file], e->name));
  ValueId handler = value_handler(p, value, file, id);
  if (handler > VALUE_UNKNOWN)
    return handler;
  bool known = value != VALUE_UNKNOWN && value_at(p, value)->kind != VAL_EXTERNAL;
  ValueId global = known ? VALUE_UNKNOWN : value_of_global_member(p, file, e);
  return global == VALUE_UNKNOWN ? value : global;
}

// A member of a library's object by a key that is computed: one of those that its model has no name for (`prisma[model]`).
static ValueId value_of_computed(Program *p, ValueId object) {
  ValueId each[4], out[4];
  uint32_t n = value_each(p, object, each);
  for (uint32_t i = 0; i < n; i++) {
    for (int k = 0; k < MAX_BASES && value_at(p, each[i])->kind == VAL_INSTANCE; k++)
      each[i] = value_base(p, each[i]);
    const Value v = *value_at(p, each[i]);
    const Meaning *m = v.kind == VAL_LIBRARY ? library_member(p->libs, (StateId)v.a, "*") : NULL;
    out[i] = m && m->get && m->table == ARG_NAME && !m->list ? library_value(p, m->get, 0) : VALUE_UNKNOWN;
  }
  return value_union(p, out, n);
}

static ValueId value_of_index(Program *p, FileId file, const Expr *e) {
  ValueId object = value_of(p, file, e->a);
  if (e->name) {
    ValueId member = value_member(p, object, sym_of(&p->files.at[file], e->name));
    if (member != VALUE_UNKNOWN)
      return member;
  }
  // `queries[0]` and `tuple[i]`: one of the elements.
  ValueId element = value_element(p, object);
  return element == VALUE_UNKNOWN && !e->name ? value_of_computed(p, object) : element;
}

// `const self = module.exports = {...}`: what is put on the module later is found there as well.
static ValueId value_of_assign(Program *p, FileId file, const Expr *e) {
  ValueId value = e->b ? value_of(p, file, e->b) : VALUE_UNKNOWN;
  if (!p->files.at[file].cjs_members.n || !is_exports(p, file, e->a, 0))
    return value;
  return value_union(p, (ValueId[2]){value, value_make(p, VAL_MODULE, file, 0, 0)}, 2);
}

static ValueId evaluate(Program *p, FileId file, Id id) {
  const Expr e = *expr_at(&p->files.at[file], id);  // a copy: files do not move, but clarity is cheap here
  switch (e.kind) {
  case EX_IDENT:
    return value_of_ident(p, file, &e);
  case EX_MEMBER:
    return value_of_member(p, file, id, &e);
  case EX_INDEX:
    return value_of_index(p, file, &e);
  case EX_CALL:
  case EX_TAGGED:
    return value_of_call(p, file, id);
  case EX_NEW:
    return value_of_new(p, file, id);
  case EX_STRING:
  case EX_TEMPLATE:
    return value_make(p, VAL_STRING, file, id, 0);
  case EX_THIS:
    return value_of_this(p, file, e.scope);
  case EX_SUPER:
    return value_of_super(p, file, e.scope);
  case EX_IMPORT:
    return value_make(p, VAL_PROMISE, require_value(p, file, e.a), 0, 0);
  case EX_AWAIT:
    return value_awaited(p, value_of(p, file, e.a));
  case EX_ALT:
    return value_of_alternatives(p, file, &e);
  case EX_BINARY:
    return strcmp(text_of(&p->files.at[file], e.name), ",") ? VALUE_UNKNOWN : value_of(p, file, e.b);
  case EX_ASSIGN:
    return value_of_assign(p, file, &e);
  case EX_OBJECT:
    return value_make(p, VAL_OBJECT, file, id, 0);
  case EX_ARRAY:
    return value_of_array(p, file, &e, id);
  case EX_FUNCTION:
    return value_make(p, VAL_FUNCTION, file, e.a, 0);
  case EX_CLASS:
    return value_make(p, VAL_CLASS, file, e.a, 0);
  case EX_CAST:
    return value_of_cast(p, file, &e);
  case EX_PARAM:
    return value_of_param(p, file, e.a, e.b);
  case EX_ELEMENT:
    return value_element(p, value_of(p, file, e.a));
  case EX_REST:
    return value_of(p, file, e.a);
  default:
    return VALUE_UNKNOWN;
  }
}

ValueId value_of(Program *p, FileId file, Id expr) {
  ValueId *memo = &p->files.at[file].values[expr];
  if (!expr || *memo == VAL_BUSY)
    return VALUE_UNKNOWN;
  if (*memo)
    return *memo;
  if (p->depth >= MAX_DEPTH)
    return VALUE_UNKNOWN;
  FileId asking = p->asking;
  bool by_package = p->by_package;
  p->asking = file;
  p->depth++;
  *memo = VAL_BUSY;
  *memo = evaluate(p, file, expr);
  p->depth--;
  p->asking = asking;
  p->by_package = by_package;
  return *memo;
}
