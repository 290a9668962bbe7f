// members.c - what a member of a value is, and what a module exports.
#include "calls.h"
#include "values.h"

#include <stdio.h>
#include <string.h>

Sym sym_intern(Program *p, const char *text) { return names_add(&p->syms, text, strlen(text)); }

bool value_is_vague(const Program *p, ValueId value) {
  uint8_t kind = value_at(p, value)->kind;
  return kind <= VAL_UNKNOWN || kind == VAL_SHAPE || kind == VAL_CALLABLE || kind == VAL_TYPE_PARAM;
}

// A dictionary by its type, with what it starts as: an object that is written down is itself, to any other object more may
// be added.
static ValueId filled_dictionary(Program *p, ValueId declared, ValueId init) {
  const Value d = *value_at(p, declared), i = *value_at(p, init);
  if (i.kind == VAL_OBJECT && !d.b)
    return expr_at(&p->files.at[i.a], i.b)->count ? init : value_make(p, VAL_DICT, d.a, 0, init);
  return i.kind == VAL_DICT && i.a > VALUE_UNKNOWN ? init : declared;
}

ValueId value_with_init(Program *p, FileId file, ValueId declared, Id init) {
  bool dictionary = value_at(p, declared)->kind == VAL_DICT;
  if (init && value_at(p, declared)->kind == VAL_LIBRARY)
    return value_with_table(p, declared, value_of(p, file, init));
  ValueId value = init && (dictionary || value_is_vague(p, declared)) ? value_of(p, file, init) : VALUE_UNKNOWN;
  if (value == VALUE_UNKNOWN)
    return declared;
  return dictionary ? filled_dictionary(p, declared, value) : value;
}

ValueId value_with_table(Program *p, ValueId declared, ValueId value) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    const Value *a = value_at(p, each[i]), *b = value_at(p, declared);
    if (a->kind == VAL_LIBRARY && a->a == b->a && a->b)
      return each[i];
  }
  return declared;
}

ValueId library_value(Program *p, StateId state, Sym table) {
  return state ? value_make(p, VAL_LIBRARY, state, table, 0) : VALUE_UNKNOWN;
}

//
// Packages outside of the tree
//

// The library whose model covers the package, 0 if none. Generated code counts when it is not in the tree.
// Package 0 is the language itself.
static uint16_t library_of(Program *p, Sym package) {
  uint32_t known = map_get(&p->packages, package + 1u);
  if (!known) {
    known = 1u + library_of_package(p->libs, package ? sym_text(p, package) : "globals", true);
    map_put(&p->packages, package + 1u, known);
  }
  return (uint16_t)(known - 1);
}

uint16_t external_library(Program *p, ValueId value) { return library_of(p, value_at(p, value)->a); }

static const LibraryExport *find_export(Program *p, const Value *external) {
  uint16_t library = library_of(p, external->a);
  const char *path = external->b ? sym_text(p, external->b) : "default";
  const LibraryExport *export = library ? library_export(p->libs, library, path) : NULL;
  // `import pg from "pg"; new pg.Pool()`: the default export is the namespace.
  if (!export && library && !strncmp(path, "default.", 8))
    export = library_export(p->libs, library, path + 8);
  return export;
}

const LibraryExport *external_export(Program *p, ValueId value) {
  enum { NO_EXPORT = 1, FIRST };
  Value *v = &p->values.at[value];
  const LibraryExport *exports = p->libs->exports.at;
  if (v->kind != VAL_EXTERNAL || v->export == NO_EXPORT)
    return NULL;
  if (v->export)
    return exports + (v->export - FIRST);
  const LibraryExport *export = find_export(p, v);
  if (!export || export - exports <= UINT16_MAX - FIRST)
    v->export = export ? (uint16_t)(export - exports + FIRST) : NO_EXPORT;
  return export;
}

// A library's export in normal form: VAL_LIBRARY when the export itself is in a state.
static ValueId external_value(Program *p, Sym package, Sym path) {
  ValueId value = value_make(p, VAL_EXTERNAL, package, path, 0);
  const LibraryExport *export = external_export(p, value);
  return export && export->is ? library_value(p, export->is, 0) : value;
}

ValueId augmented_member(Program *p, Sym interface, Sym name) {
  ValueId value = VALUE_UNKNOWN;
  for (uint32_t at = map_get(&p->augmented, interface + 1u); at && value == VALUE_UNKNOWN; at = p->links.at[at].next) {
    Ref type = p->links.at[at].ref;
    value = value_member(p, value_make(p, VAL_SHAPE, type.file, type.id, 0), name);
  }
  return value;
}

static ValueId external_member(Program *p, const Value *v, Sym name) {
  if (!v->b)
    return external_value(p, v->a, name);
  ValueId added = v->a ? augmented_member(p, v->b, name) : VALUE_UNKNOWN;
  if (added != VALUE_UNKNOWN)
    return added;
  char path[256];
  snprintf(path, sizeof path, "%s.%s", sym_text(p, v->b), sym_text(p, name));
  return external_value(p, v->a, sym_intern(p, path));
}

//
// Modules
//

bool is_unbound(const Program *p, FileId file, const Expr *e, const char *name) {
  const File *f = &p->files.at[file];
  return e->kind == EX_IDENT && !strcmp(text_of(f, e->name), name) && !binding_of(p, file, e->scope, e->name, false);
}

bool is_exports(const Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (e->kind == EX_MEMBER)
    return !strcmp(text_of(f, e->name), "exports") && is_unbound(p, file, expr_at(f, e->a), "module");
  if (depth > 4 || (e->kind != EX_IDENT && e->kind != EX_ASSIGN))
    return false;
  if (e->kind == EX_ASSIGN)
    return is_exports(p, file, e->a, depth + 1) || is_exports(p, file, e->b, depth + 1);
  const Binding *b = &f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)];
  return b->kind ? b->value && is_exports(p, file, b->value, depth + 1) : !strcmp(text_of(f, e->name), "exports");
}

// A specifier means the same wherever it stands in a file, and many stand in one more than once.
FileId module_named(Program *p, FileId file, Name specifier) {
  const File *f = &p->files.at[file];
  FileId *known = &f->modules[specifier];
  if (!*known)
    *known = file_numbered(p, modules_resolve(p->modules, f->source->path, text_of(f, specifier))) + 1;
  return *known - 1;
}

static ValueId type_of_exported(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_IDENT || e->kind == EX_MEMBER ? value_of_named_type(p, file, expr, 0)
         : e->kind == EX_CLASS                       ? value_of_instance(p, file, e->a)
                                                     : VALUE_UNKNOWN;
}

static ValueId export_row_value(Program *p, FileId file, const Export *export, bool types) {
  const File *f = &p->files.at[file];
  if (!export->specifier)
    return types ? type_of_exported(p, file, export->value) : value_of(p, file, export->value);
  FileId target = module_named(p, file, export->specifier);
  return import_value(p, target, sym_of(f, export->specifier), sym_of(f, export->imported), types);
}

// Note what the modules behind the `export *` of a file export, for the file `home`. The first that has a name
// counts. Modules may name each other in circles: each is seen once.
static void add_stars(Program *p, File *home, FileId file, Map *seen) {
  const File *f = &p->files.at[file];
  map_put(seen, file, 1);
  for (uint32_t i = 1; i < f->facts.exports.n; i++) {
    const Export *export = &f->facts.exports.at[i];
    Sym name = sym_of(f, export->name);
    if (f != home && !map_get(&home->stars, name + 1u))
      map_put(&home->stars, name + 1u, file);
    if (!export->specifier || strcmp(sym_text(p, name), "*"))
      continue;
    FileId target = module_named(p, file, export->specifier);
    Sym package = target ? 0 : sym_of(f, export->specifier);
    if (target ? p->files.at[target].cjs_export || p->files.at[target].cjs_members.n : library_of(p, package))
      vec_push(&home->open, ((Ref){target, package}));
    if (target && !map_get(seen, target))
      add_stars(p, home, target, seen);
  }
}

// The value of an export: what is assigned to it, or what the descriptor says of it, by a getter or at once.
static ValueId cjs_member_value(Program *p, FileId file, Id value) {
  const File *f = &p->files.at[file];
  const Expr *property = expr_at(f, expr_at(f, value)->parent);
  bool getter = property->kind == EX_PROPERTY && !strcmp(text_of(f, property->name), "get");
  return getter ? value_call(p, value_of(p, file, value), file, 0) : value_of(p, file, value);
}

// Exports of a CommonJS module: `exports.name = e`, or a member of what module.exports is.
static ValueId export_from_commonjs(Program *p, FileId file, Sym name) {
  const File *f = &p->files.at[file];
  Id member = map_get(&f->cjs_members, name + 1u);
  if (member)
    return cjs_member_value(p, file, member);
  if (!f->cjs_export)
    return VALUE_UNKNOWN;
  ValueId whole = value_of(p, file, f->cjs_export);
  return strcmp(sym_text(p, name), "default") ? value_member(p, whole, name) : whole;
}

// What a file exports under a name itself, without its `export *`.
static ValueId own_export(Program *p, FileId file, Sym name, bool types) {
  const File *f = &p->files.at[file];
  uint32_t row = map_get(&f->exports, name + 1u);
  if (row)
    return export_row_value(p, file, &f->facts.exports.at[row], types);
  ValueId value = export_from_commonjs(p, file, name);
  bool whole = value == VALUE_UNKNOWN && !types && !strcmp(sym_text(p, name), "default");
  return whole ? value_make(p, VAL_MODULE, file, 0, 0) : value;
}

static ValueId star_export(Program *p, FileId file, Sym name, bool types) {
  File *f = &p->files.at[file];
  Map seen = {0};
  if (!f->stars_known)
    add_stars(p, f, file, &seen);
  map_release(&seen);
  f->stars_known = true;
  FileId home = map_get(&f->stars, name + 1u);
  ValueId value = home ? own_export(p, home, name, types) : VALUE_UNKNOWN;
  for (uint32_t i = 0; i < f->open.n && value == VALUE_UNKNOWN; i++) {
    Ref module = f->open.at[i];
    value = module.file ? export_from_commonjs(p, module.file, name) : import_value(p, 0, module.id, name, types);
  }
  return value;
}

ValueId value_export(Program *p, FileId file, Sym name, bool types) {
  if (p->depth > 200)
    return VALUE_UNKNOWN;
  p->depth++;
  ValueId value = own_export(p, file, name, types);
  bool vague = value == VALUE_UNKNOWN || value_at(p, value)->kind == VAL_MODULE;
  if (vague && !map_get(&p->files.at[file].exports, name + 1u)) {
    ValueId star = star_export(p, file, name, types);
    value = star == VALUE_UNKNOWN ? value : star;
  }
  p->depth--;
  return value;
}

static bool has_es_exports(const File *f) { return f->facts.exports.n > 1; }

// What CommonJS exports at once, else its namespace.
ValueId module_value(Program *p, FileId file) {
  const File *f = &p->files.at[file];
  ValueId module = value_make(p, VAL_MODULE, file, 0, 0);
  if (!f->cjs_export || has_es_exports(f))
    return module;
  ValueId whole = value_of(p, file, f->cjs_export);
  // `module.exports = f; module.exports.helper = g`: both.
  return f->cjs_members.n ? value_union(p, (ValueId[2]){whole, module}, 2) : whole;
}

ValueId import_value(Program *p, FileId target, Sym specifier, Sym name, bool types) {
  const char *text = sym_text(p, name);
  bool whole = !strcmp(text, "*") || !strcmp(text, "=");
  if (target && !is_modelled(p, target, specifier, text))
    return whole ? module_value(p, target) : value_export(p, target, name, types);
  Sym path = whole ? 0 : name;
  return types ? value_make(p, VAL_EXTERNAL, specifier, path, 0) : external_value(p, specifier, path);
}

ValueId require_value(Program *p, FileId file, Id specifier) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, specifier);
  if (e->kind != EX_STRING)
    return folder_required(p, file, specifier);
  FileId target = module_named(p, file, e->name);
  return import_value(p, target, sym_of(f, e->name), sym_intern(p, "*"), false);
}

//
// Classes
//

static ValueId static_side(Program *p, FileId file, const Class *class, ValueId base) {
  Value v = *value_at(p, base);
  const File *f = &p->files.at[file];
  if (v.kind == VAL_LIBRARY)
    return library_value(p, (StateId)v.a, sym_of(f, class->name));
  const LibraryExport *export = external_export(p, base);
  if (!export || !export->static_)
    return base;
  return library_value(p, export->static_, table_of_subclass(p, file, class, export->meaning.table, 0));
}

// The instance side of what a class extends, with the class's own type arguments.
static ValueId instance_side(Program *p, FileId file, const Class *class, ValueId base, uint32_t arguments) {
  Value v = *value_at(p, base);
  const File *f = &p->files.at[file];
  if (v.kind == VAL_CLASS)
    return value_make(p, VAL_INSTANCE, v.a, v.b, type_arguments(p, file, class->extends_args));
  if (v.kind == VAL_LIBRARY) {
    const Meaning *made = library_member(p->libs, (StateId)v.a, "new()");
    return made ? library_value(p, made->to, v.b ? v.b : sym_of(f, class->name)) : VALUE_UNKNOWN;
  }
  const LibraryExport *export = external_export(p, base);
  if (!export)
    return VALUE_UNKNOWN;
  StateId state = export->extends ? export->extends : export->type;
  return library_value(p, state, table_of_subclass(p, file, class, export->meaning.table, arguments));
}

ValueId value_base(Program *p, ValueId self) {
  const Value v = *value_at(p, self);
  const File *f = &p->files.at[v.a];
  const Class *class = &f->facts.classes.at[v.b];
  if (!class->extends)
    return VALUE_UNKNOWN;
  ValueId each[4], out[4];
  uint32_t n = value_each(p, value_of(p, v.a, class->extends), each);
  for (uint32_t i = 0; i < n; i++)
    out[i] = v.kind == VAL_CLASS ? static_side(p, v.a, class, each[i]) : instance_side(p, v.a, class, each[i], v.c);
  ValueId base = value_union(p, out, n);
  return v.c ? value_substitute(p, base, v.a, class->scope, v.c) : base;
}

static const Member *class_member(const File *f, const Class *class, Name name, bool is_static, bool accessors) {
  const Member *found = NULL;
  for (uint32_t i = 0; i < class->members.count; i++) {
    const Member *m = &f->facts.members.at[f->facts.lists.at[class->members.first + i]];
    bool method = m->kind == MEMBER_METHOD || m->kind == MEMBER_GETTER || m->kind == MEMBER_FIELD;
    if (m->name != name || !method || !!(m->flags & MEMBER_STATIC) != is_static)
      continue;
    bool bodiless = m->function && (f->facts.functions.at[m->function].flags & FN_NO_BODY);
    if (!found || !bodiless)
      found = m;
    if (!bodiless && accessors)
      break;
  }
  return found;
}

const LibraryExport *decorator_export(Program *p, FileId file, Id decorator) {
  const Expr *e = expr_at(&p->files.at[file], decorator);
  return external_export(p, value_of(p, file, e->kind == EX_CALL ? e->a : decorator));
}

// What a decorator of a library gives: `@InjectRepository(Order) orders`.
static ValueId injected_value(Program *p, FileId file, List decorators) {
  for (uint32_t i = 0; i < decorators.count; i++) {
    const File *f = &p->files.at[file];
    Id id = f->facts.lists.at[decorators.first + i];
    const Expr *e = expr_at(f, id);
    const LibraryExport *export = decorator_export(p, file, id);
    if (!export || !export->decorator)
      continue;
    Id argument = export->meaning.table >= 0 && e->kind == EX_CALL ? argument_at(f, id, export->meaning.table) : 0;
    return library_value(p, export->decorator, argument ? table_name(p, file, argument) : 0);
  }
  return VALUE_UNKNOWN;
}

ValueId decorated_value(Program *p, FileId file, List decorators, Id type) {
  ValueId typed = type ? value_of_type(p, file, type) : VALUE_UNKNOWN;
  uint8_t kind = value_at(p, typed)->kind;
  ValueId injected = kind == VAL_INSTANCE || kind == VAL_CLASS ? VALUE_UNKNOWN : injected_value(p, file, decorators);
  const Value *i = value_at(p, injected), *t = value_at(p, typed);
  bool same = i->kind == VAL_LIBRARY && t->kind == VAL_LIBRARY && i->a == t->a;
  // An interface of ours tells what the tree adds, see join_members(): `@InjectRepository(Order) orders: OrderRepository`.
  if (injected != VALUE_UNKNOWN && t->kind == VAL_SHAPE)
    return value_union(p, (ValueId[]){injected, typed}, 2);
  return injected == VALUE_UNKNOWN || (same && !i->b) ? typed : injected;
}

static ValueId field_value(Program *p, FileId file, Id class, const Member *m) {
  const File *f = &p->files.at[file];
  ValueId value = decorated_value(p, file, m->decorators, m->type);
  value = value_with_init(p, file, value, m->value);
  Id assign = value_is_vague(p, value) ? map_get(&f->members, member_key(true, class, sym_of(f, m->name))) : 0;
  ValueId assigned = assign ? value_of(p, file, expr_at(f, assign)->b) : VALUE_UNKNOWN;
  return assigned == VALUE_UNKNOWN ? value : assigned;
}

static ValueId member_value(Program *p, ValueId self, FileId file, Id class, const Member *m) {
  if (m->kind == MEMBER_FIELD)
    return field_value(p, file, class, m);
  ValueId function = value_make(p, VAL_FUNCTION, file, m->function, self);
  return m->kind == MEMBER_GETTER ? value_call(p, function, file, 0) : function;
}

ValueId member_of_class(Program *p, Ref class, Sym name, bool is_static) {
  const File *f = &p->files.at[class.file];
  Name local = names_find(&f->facts.names, sym_text(p, name));
  const Member *m = local ? class_member(f, &f->facts.classes.at[class.id], local, is_static, true) : NULL;
  ValueKind kind = is_static ? VAL_CLASS : VAL_INSTANCE;
  return m ? member_value(p, value_make(p, kind, class.file, class.id, 0), class.file, class.id, m) : VALUE_NONE;
}

bool throws_in(const File *f, Id scope) {
  Slice exits = exits_at(f, scope);
  for (uint32_t i = 0; i < exits.n; i++)
    if (f->facts.exits.at[exits.at[i]].kind == EXIT_THROW)
      return true;
  return false;
}

// A method that subclasses are meant to give: without a body, or with one that only throws.
static bool is_open(const File *f, Id function) {
  const Function *fn = &f->facts.functions.at[function];
  if (fn->flags & FN_NO_BODY)
    return true;
  return !fn->returns.count && throws_in(f, fn->scope);
}

// An open method: what the classes that implement it give; unknown when there are too many of them.
static ValueId implemented_member(Program *p, FileId file, Id class, Sym name) {
  ValueId values[MAX_IMPLEMENTERS];
  uint32_t n = 0;
  uint64_t key = (uint64_t)file << 32 | class;
  for (uint32_t at = map_get(&p->implementers, key << 1); at; at = p->links.at[at].next) {
    Ref ref = p->links.at[at].ref;
    if (is_stand_in(p, ref))
      continue;
    if (n == MAX_IMPLEMENTERS)
      return VALUE_UNKNOWN;
    values[n++] = value_member(p, value_of_instance(p, ref.file, ref.id), name);
  }
  return value_union(p, values, n);
}

// A method that comes from a library by way of a base class works on the table of the class that inherits it.
static ValueId retabled(Program *p, ValueId method, ValueId base, Sym table) {
  Value m = *value_at(p, method), b = *value_at(p, base);
  if (m.kind != VAL_METHOD || (b.kind != VAL_CLASS && b.kind != VAL_INSTANCE))
    return method;
  Value receiver = *value_at(p, m.a);
  const File *f = &p->files.at[b.a];
  if (receiver.b != sym_of(f, f->facts.classes.at[b.b].name))
    return method;
  return value_make(p, VAL_METHOD, library_value(p, (StateId)receiver.a, table), m.b, 0);
}

// An inherited method that gives `this` gives the instance that inherits it: `service.withTransaction(manager)`.
static ValueId rebound(Program *p, ValueId method, ValueId self) {
  const Value v = *value_at(p, method);
  return v.kind == VAL_FUNCTION && gives_this(p, v.a, v.b) ? value_make(p, VAL_FUNCTION, v.a, v.b, self) : method;
}

// A member of what `Object.assign(this, x)` in the class spreads over its instances.
static ValueId spread_member(Program *p, FileId file, Id class, Sym name) {
  const File *f = &p->files.at[file];
  Id call = map_get(&f->members, member_key(true, class, 0));
  return call ? value_member(p, value_of(p, file, argument_at(f, call, 1)), name) : VALUE_UNKNOWN;
}

int param_of_field(const Program *p, FileId file, Id class, Sym name) {
  const File *f = &p->files.at[file];
  Name local = names_find(&f->facts.names, sym_text(p, name));
  const Member *m = local ? class_member(f, &f->facts.classes.at[class], local, false, true) : NULL;
  Id assign = map_get(&f->members, member_key(true, class, name));
  const Expr *e = expr_at(f, m && m->value ? m->value : expr_at(f, assign)->b);
  if (e->kind == EX_IDENT)
    e = expr_at(f, f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)].value);
  bool given = e->kind == EX_PARAM && (f->facts.functions.at[e->a].flags & FN_CONSTRUCTOR);
  return given ? (int)e->b : -1;
}

// A member of the base class. What this class itself puts into a field of it is told apart from what others put there.
static ValueId base_member(Program *p, const Value *self, ValueId base, Sym name) {
  const Value b = *value_at(p, base);
  const File *f = &p->files.at[self->a];
  int index = self->kind == VAL_INSTANCE && b.kind == VAL_INSTANCE ? param_of_field(p, b.a, b.b, name) : -1;
  Id handed = index < 0 ? 0 : handed_to_base(f, self->b, index);
  ValueId value = handed ? value_of(p, self->a, handed) : VALUE_UNKNOWN;
  return value == VALUE_UNKNOWN ? value_member(p, base, name) : value;
}

// Own members, then `this.name = e`, then the base class.
static ValueId instance_member(Program *p, ValueId self, Sym name) {
  const Value v = *value_at(p, self);
  const File *f = &p->files.at[v.a];
  const Class *class = &f->facts.classes.at[v.b];
  Name local = names_find(&f->facts.names, sym_text(p, name));
  const Member *m = local ? class_member(f, class, local, v.kind == VAL_CLASS, true) : NULL;
  if (m) {
    bool open = m->function && is_open(f, m->function);
    ValueId other = open ? implemented_member(p, v.a, v.b, name) : VALUE_UNKNOWN;
    ValueId value = other == VALUE_UNKNOWN ? member_value(p, self, v.a, v.b, m) : other;
    return v.kind == VAL_INSTANCE && v.c ? value_substitute(p, value, v.a, class->scope, v.c) : value;
  }
  if (v.kind == VAL_INSTANCE && !strcmp(sym_text(p, name), "constructor"))
    return value_make(p, VAL_CLASS, v.a, v.b, 0);
  Id assign = local ? map_get(&f->members, member_key(true, v.b, name)) : 0;
  if (assign)
    return value_of(p, v.a, expr_at(f, assign)->b);
  ValueId spread = spread_member(p, v.a, v.b, name);
  if (spread != VALUE_UNKNOWN)
    return spread;
  ValueId base = value_base(p, self);
  if (base == VALUE_UNKNOWN)
    return v.kind == VAL_INSTANCE ? member_put_by_key(p, v.a, member_key(true, v.b, 0), name) : VALUE_UNKNOWN;
  return rebound(p, retabled(p, base_member(p, &v, base, name), base, sym_of(f, class->name)), self);
}

//
// Objects, interfaces, libraries
//

// `const x = {...}; x.name = e`: look the assignment up by the binding that the object initialises; or
// `this.name = e` in one of its methods; or `module.exports.name = e` where the module exports it.
static ValueId assigned_member(Program *p, FileId file, Id object, Sym name) {
  const File *f = &p->files.at[file];
  Id binding = map_get(&f->owners, object);
  Id assign = binding ? map_get(&f->members, member_key(false, binding, name)) : 0;
  if (!assign)
    assign = map_get(&f->literal_members, member_key(false, object, name));
  Id value = assign ? expr_at(f, assign)->b : f->cjs_export == object ? map_get(&f->cjs_members, name + 1u) : 0;
  if (value)
    return cjs_member_value(p, file, value);
  return binding ? member_put_by_key(p, file, member_key(false, binding, 0), name) : VALUE_UNKNOWN;
}

static ValueId object_member(Program *p, ValueId self, Sym name) {
  const Value v = *value_at(p, self);
  const File *f = &p->files.at[v.a];
  const Expr *e = expr_at(f, v.b);
  for (uint32_t i = e->count; i-- > 0;) {
    Id id = list_at(f, e->first, i);
    const Expr *x = expr_at(f, id);
    if (x->kind == EX_SPREAD) {
      ValueId spread = value_member(p, value_of(p, v.a, x->a), name);
      if (spread != VALUE_UNKNOWN)
        return spread;
    } else if (x->kind == EX_PROPERTY && sym_of(f, x->name) == name && !(x->flags & EXF_SETTER)) {
      ValueId value = value_of(p, v.a, x->a);
      if (value == VALUE_UNKNOWN)
        break;
      return x->flags & EXF_GETTER ? value_call(p, value, v.a, 0) : value;
    }
  }
  return assigned_member(p, v.a, v.b, name);
}

// Whether a value is an object of the type in which a member is declared so.
static bool declares(const Program *p, ValueId value, Sym name, Ref type) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    const Value *v = value_at(p, each[i]);
    const File *f = &p->files.at[v->a];
    List members = v->kind == VAL_SHAPE && v->a == type.file ? f->facts.types.at[v->b].list : (List){0, 0};
    for (uint32_t k = 0; k < members.count; k++) {
      const Member *m = &f->facts.members.at[list_at(f, members.first, k)];
      if (m->type == type.id && sym_of(f, m->name) == name)
        return true;
    }
  }
  return false;
}

// The functions that the application puts in the place of a member: `service.transactional = async (fn) => ...` where
// the type of `service` declares it.
static ValueId functions_put(Program *p, Sym name, Ref type) {
  ValueId values[4];
  uint32_t n = 0, seen = 0, looked = 0;
  for (uint32_t at = map_get(&p->members_put, name + 1u); at && n < COUNT(values) && seen < MAX_PUTS && looked++ < MAX_NAMED;
       at = p->links.at[at].next) {
    Ref assign = p->links.at[at].ref;
    const File *f = &p->files.at[assign.file];
    const Expr *e = expr_at(f, assign.id);
    bool function = f->context == CONTEXT_APP && expr_at(f, e->b)->kind == EX_FUNCTION;
    seen += function;
    if (function && declares(p, value_of(p, assign.file, expr_at(f, e->a)->a), name, type))
      values[n++] = value_of(p, assign.file, e->b);
  }
  return value_union(p, values, n);
}

// The functions that object literals of an interface have under a name.
static ValueId functions_of_literals(Program *p, Ref shape, Sym name) {
  ValueId values[MAX_IMPLEMENTERS];
  uint32_t n = implementations(p, shape, values);
  for (uint32_t i = 0; i < n; i++)
    values[i] = value_at(p, values[i])->kind == VAL_OBJECT ? value_member(p, values[i], name) : VALUE_UNKNOWN;
  return value_union(p, values, n);
}

static ValueId shape_member_value(Program *p, const Value *shape, Id type, Sym name) {
  ValueId value = value_substitute(p, value_of_type(p, shape->a, type), 0, 0, shape->c);
  if (value_at(p, value)->kind != VAL_CALLABLE)
    return value;
  ValueId given[] = {functions_put(p, name, (Ref){shape->a, type}), functions_of_literals(p, (Ref){shape->a, shape->b}, name)};
  ValueId functions = value_union(p, given, COUNT(given));
  return functions == VALUE_UNKNOWN ? value : value_union(p, (ValueId[]){functions, value}, 2);
}

static ValueId shape_member(Program *p, ValueId self, Sym name) {
  const Value v = *value_at(p, self);
  const File *f = &p->files.at[v.a];
  const Type *type = &f->facts.types.at[v.b];
  for (uint32_t i = 0; i < type->list.count; i++) {
    const Member *m = &f->facts.members.at[f->facts.lists.at[type->list.first + i]];
    if (sym_of(f, m->name) == name && m->type)
      return shape_member_value(p, &v, m->type, name);
  }
  const Type *heritage = &f->facts.types.at[type->b];
  ValueId value = VALUE_UNKNOWN;
  for (uint32_t i = 0; type->b && i < heritage->list.count && value == VALUE_UNKNOWN; i++) {
    Id base = f->facts.lists.at[heritage->list.first + i];
    value = value_member(p, value_substitute(p, value_of_type(p, v.a, base), 0, 0, v.c), name);
  }
  return value;
}

static ValueId library_member_value(Program *p, ValueId self, Sym name) {
  const Value v = *value_at(p, self);
  const Meaning *m = library_member(p->libs, (StateId)v.a, sym_text(p, name));
  ValueId added = added_by_call(p, &v, name);
  if (added != VALUE_UNKNOWN || !m)
    return added == VALUE_UNKNOWN ? added_member(p, self, name) : added;
  if (m->gives == ARG_NAME)
    return value_put(p, (StateId)v.a, name);
  if (m->get && !m->to && !m->effect) {
    StateId state = m->get == STATE_SELF ? (StateId)v.a : m->get;
    ValueId got = value_make(p, VAL_LIBRARY, state, m->table == ARG_NAME ? name : v.b, additions_of(p, &v));
    return m->list ? value_make(p, VAL_ARRAY, got, 0, 0) : got;
  }
  return value_make(p, VAL_METHOD, self, name, 0);
}

static ValueId global_member(Program *p, Sym name) {
  ValueId value = value_of_global(p, name);
  return value != VALUE_UNKNOWN ? value : value_make(p, VAL_EXTERNAL, 0, name, 0);
}

static ValueId function_member(ValueId self, const char *name) {
  return !strcmp(name, "bind") || !strcmp(name, "call") || !strcmp(name, "apply") ? self : VALUE_UNKNOWN;
}

static ValueId member_of_one(Program *p, ValueId value, Sym name) {
  const Value v = *value_at(p, value);
  switch (v.kind) {
  case VAL_MODULE:
    return value_export(p, v.a, name, false);
  case VAL_EXTERNAL:
    return external_member(p, &v, name);
  case VAL_INSTANCE:
  case VAL_CLASS:
    return instance_member(p, value, name);
  case VAL_OBJECT:
    return object_member(p, value, name);
  case VAL_SHAPE:
    return shape_member(p, value, name);
  case VAL_LIBRARY:
    return library_member_value(p, value, name);
  case VAL_PENDING:
    return value_member(p, v.c, name);
  case VAL_FOLDER:
    return folder_member(p, value, name);
  case VAL_DICT: {
    ValueId put = v.c ? value_member(p, v.c, name) : VALUE_UNKNOWN;
    return put == VALUE_UNKNOWN && !v.b ? v.a : put;
  }
  case VAL_GLOBAL:
    return global_member(p, name);
  case VAL_FUNCTION:
    return function_member(value, sym_text(p, name));
  case VAL_TYPE_PARAM: {
    Id constraint = p->files.at[v.a].facts.bindings.at[v.b].type;
    return constraint ? value_member(p, value_of_type(p, v.a, constraint), name) : VALUE_UNKNOWN;
  }
  default:
    return VALUE_UNKNOWN;
  }
}

// Whether the model of a library knows a member of one of some objects.
static bool is_modelled_member(const Program *p, const ValueId *objects, const ValueId *members, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (value_at(p, objects[i])->kind == VAL_LIBRARY && members[i] != VALUE_UNKNOWN)
      return true;
  return false;
}

// A member of the global object that nothing sets is left out beside one that is declared, `(globalThis as Kept).client`, and
// so is what an interface says of a library's object beside what its model knows.
static ValueId join_members(Program *p, const ValueId *objects, ValueId *members, uint32_t n) {
  bool declared = false, modelled = n > 1 && is_modelled_member(p, objects, members, n);
  for (uint32_t i = 0; i < n; i++)
    declared |= value_at(p, objects[i])->kind != VAL_GLOBAL && members[i] != VALUE_UNKNOWN;
  for (uint32_t i = 0; i < n; i++) {
    uint8_t kind = value_at(p, objects[i])->kind;
    bool unset = kind == VAL_GLOBAL && value_at(p, members[i])->kind == VAL_EXTERNAL;
    if ((declared && unset) || (modelled && kind == VAL_SHAPE))
      members[i] = VALUE_UNKNOWN;
  }
  return value_union(p, members, n);
}

// Memoised like expressions: a member that is met again while it is looked up is unknown there. What depends on who asks
// is looked up each time.
ValueId value_member(Program *p, ValueId value, Sym name) {
  const ValueId not_kept = UINT32_MAX;
  if (value <= VALUE_UNKNOWN || p->depth > 350)
    return VALUE_UNKNOWN;
  uint64_t key = (uint64_t)value << 32 | name;
  ValueId known = map_get(&p->member_memo, key);
  if (known && known != not_kept)
    return known == VAL_BUSY ? VALUE_UNKNOWN : known;
  map_put(&p->member_memo, key, VAL_BUSY);
  bool by_package = p->by_package;
  p->by_package = false;
  p->depth++;
  ValueId each[4], out[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    out[i] = member_of_one(p, each[i], name);
    uint8_t kind = value_at(p, each[i])->kind;
    if (out[i] == VALUE_UNKNOWN && (kind == VAL_MODULE || kind == VAL_OBJECT || kind == VAL_CLASS))
      out[i] = member_put_by_function(p, each[i], name);
  }
  p->depth--;
  ValueId member = join_members(p, each, out, n);
  map_put(&p->member_memo, key, p->by_package ? not_kept : member);
  p->by_package |= by_package;
  return member;
}

// The expression that a module exports under a name, through re-exports.
static Ref exported_definition(Program *p, FileId file, Sym name, int depth) {
  const File *f = &p->files.at[file];
  uint32_t row = map_get(&f->exports, name + 1u);
  const Export *export = &f->facts.exports.at[row];
  if (!row || depth > 6)
    return (Ref){0, 0};
  if (!export->specifier)
    return expr_at(f, export->value)->kind == EX_IDENT ? definition_of(p, file, export->value) : (Ref){file, export->value};
  FileId target = module_named(p, file, export->specifier);
  return target ? exported_definition(p, target, sym_of(f, export->imported), depth + 1) : (Ref){0, 0};
}

Ref definition_of_binding(Program *p, FileId file, Id binding) {
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding];
  if (b->kind == BIND_CONST && b->value)
    return (Ref){file, b->value};
  if (b->kind != BIND_IMPORT)
    return (Ref){0, 0};
  const Import *import = &f->facts.imports.at[b->value];
  FileId target = module_named(p, file, import->specifier);
  return target ? exported_definition(p, target, sym_of(f, import->imported), 0) : (Ref){0, 0};
}

Ref definition_of(Program *p, FileId file, Id ident) {
  const Expr *e = expr_at(&p->files.at[file], ident);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  return definition_of_binding(p, file, binding);
}
