// link.c - index the facts of all files and run the steps of linking in order.
#include "sql.h"
#include "transactions.h"
#include "values.h"

#include <stdio.h>
#include <string.h>

enum { MAX_INTERFACES = 64 };  // interfaces looked at for one declaration of an object literal

//
// One file
//

// The object literal whose method, no arrow function, a scope is in; 0 if none.
static Id object_around(const File *f, Id scope) {
  for (; scope; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_CLASS)
      return 0;
    if (s->kind != SC_FUNCTION || f->facts.functions.at[s->function].flags & FN_ARROW)
      continue;
    const Expr *property = expr_at(f, expr_at(f, f->facts.functions.at[s->function].expr)->parent);
    return property->kind == EX_PROPERTY && expr_at(f, property->parent)->kind == EX_OBJECT ? property->parent : 0;
  }
  return 0;
}

static Id class_around(const File *f, Id scope) {
  while (scope && f->facts.scopes.at[scope].kind != SC_CLASS)
    scope = f->facts.scopes.at[scope].parent;
  return class_at(f, scope);
}

void link_push(Program *p, Map *heads, uint64_t key, Ref ref) {
  Link link = {ref, map_get(heads, key)};
  vec_push(&p->links, link);
  map_put(heads, key, p->links.n - 1);
}

static bool is_nothing(const File *f, Id value) {
  const Expr *e = expr_at(f, value);
  return !value || e->kind == EX_LITERAL || e->kind == EX_NUMBER;
}

Id cast_around(const File *f, Id expr) {
  while (expr_at(f, expr_at(f, expr)->parent)->kind == EX_CAST)
    expr = expr_at(f, expr)->parent;
  return expr;
}

static Id strip_casts(const File *f, Id expr) {
  while (expr_at(f, expr)->kind == EX_CAST)
    expr = expr_at(f, expr)->a;
  return expr;
}

static bool is_global_object(const Program *p, FileId file, const Expr *e) {
  return is_unbound(p, file, e, "global") || is_unbound(p, file, e, "globalThis") || is_unbound(p, file, e, "window");
}

// `WIKI.models = e` where WIKI is a global: kept under its dotted name.
static void index_global_member(Program *p, FileId file, Id assign, const Expr *object, Name name) {
  const File *f = &p->files.at[file];
  char dotted[256];
  int n = snprintf(dotted, sizeof dotted, "%s.%s", text_of(f, object->name), text_of(f, name));
  if (n > 0 && (size_t)n < sizeof dotted)
    link_push(p, &p->globals, sym_intern(p, dotted) + 1u, (Ref){file, assign});
}

// Members by which a library's objects lead to what only the program fills, or to what handlers get.
static void collect_bags(Program *p) {
  Map handed = {0};
  for (uint32_t i = 0; i < p->libs->members.n; i++)
    if (p->libs->members.at[i].meaning.entry && p->libs->members.at[i].meaning.as)
      map_put(&handed, p->libs->members.at[i].meaning.as, 1);
  for (uint32_t i = 0; i < p->libs->members.n; i++) {
    const LibraryMember *m = &p->libs->members.at[i];
    StateId get = m->meaning.get == STATE_SELF ? 0 : m->meaning.get;
    if (get && (is_bag(&p->libs->states.at[get]) || map_get(&handed, get)))
      map_put(&p->bags, sym_intern(p, m->name) + 1u, 1);
  }
  map_release(&handed);
}

static void index_member_assign(Program *p, FileId file, Id assign) {
  File *f = &p->files.at[file];
  const Expr *e = expr_at(f, assign), *target = expr_at(f, e->a);
  const Expr *object = expr_at(f, strip_casts(f, target->a));
  Sym name = sym_of(f, target->name);
  if (object->kind == EX_THIS) {
    Id class = class_around(f, e->scope);
    uint64_t key = member_key(true, class, name);
    if (class && !map_get(&f->members, key))
      map_put(&f->members, key, assign);
    Id literal = class ? 0 : object_around(f, e->scope);
    if (literal && !map_get(&f->literal_members, member_key(false, literal, name)))
      map_put(&f->literal_members, member_key(false, literal, name), assign);
  } else if (is_exports(p, file, e->a, 0)) {
    f->cjs_export = e->b;
  } else if (is_exports(p, file, strip_casts(f, target->a), 0)) {
    map_put(&f->cjs_members, name + 1u, e->b);
  } else if (is_global_object(p, file, object)) {
    link_push(p, &p->globals, name + 1u, (Ref){file, assign});
  } else if (object->kind == EX_MEMBER && (expr_at(f, e->b)->kind == EX_FUNCTION || map_get(&p->bags, sym_of(f, object->name) + 1u))) {
    link_push(p, &p->members_put, name + 1u, (Ref){file, assign});
  } else if (object->kind == EX_IDENT) {
    Id binding = binding_of(p, file, object->scope, object->name, false);
    uint8_t kind = expr_at(f, e->b)->kind;  // a call may give a function: `db.queryAsync = promisify(db.query).bind(db)`
    bool together = kind == EX_OBJECT && map_get(&p->holders, name + 1u);
    if (binding && (kind == EX_FUNCTION || kind == EX_CALL || together || f->facts.bindings.at[binding].kind == BIND_PARAM))
      link_push(p, &p->members_put, name + 1u, (Ref){file, assign});
    if (binding && f->facts.bindings.at[binding].kind == BIND_PARAM)
      link_push(p, &p->params_put, name + 1u, (Ref){file, assign});
    if (!binding)
      index_global_member(p, file, assign, object, target->name);
    else if (!map_get(&f->members, member_key(false, binding, name)))
      map_put(&f->members, member_key(false, binding, name), assign);
  }
}

// `table[key] = value`, `this[key] = value`: the object literal behind the variable is no constant.
static void index_written(Program *p, FileId file, Id assign) {
  File *f = &p->files.at[file];
  const Expr *object = expr_at(f, expr_at(f, expr_at(f, assign)->a)->a);
  Id binding = object->kind == EX_IDENT ? binding_of(p, file, object->scope, object->name, false) : 0;
  Id class = object->kind == EX_THIS ? class_around(f, object->scope) : 0;
  if ((binding || class) && !strcmp(text_of(f, expr_at(f, assign)->name), "="))
    chain_push(&f->put_by_key, member_key(class != 0, class ? class : binding, 0), &f->chain, assign);
  Id value = binding ? strip_casts(f, f->facts.bindings.at[binding].value) : 0;
  if (value && expr_at(f, value)->kind == EX_OBJECT)
    map_put(&f->written, value, 1);
}

// `object.name` is written to, with whatever operator.
static void index_set(Program *p, FileId file, const Expr *target) {
  File *f = &p->files.at[file];
  Sym name = sym_of(f, target->name);
  if (expr_at(f, strip_casts(f, target->a))->kind != EX_THIS) {
    link_push(p, &p->set_outside, name + 1u, (Ref){file, target->a});
    return;
  }
  Id class = class_around(f, target->scope), literal = class ? 0 : object_around(f, target->scope);
  map_put(&f->set_inside, member_key(class != 0, class ? class : literal, name), 1);
}

static void index_assign(Program *p, FileId file, Id assign) {
  File *f = &p->files.at[file];
  const Expr *e = expr_at(f, assign), *target = expr_at(f, e->a);
  const char *op = text_of(f, e->name);
  bool sets = !strcmp(op, "=") || !strcmp(op, "?\?=") || !strcmp(op, "||=");
  if (target->kind == EX_INDEX)
    index_written(p, file, assign);
  if (target->kind == EX_MEMBER)
    index_set(p, file, target);
  if (!sets || is_nothing(f, e->b))
    return;
  if (target->kind == EX_MEMBER)
    index_member_assign(p, file, assign);
  if (target->kind != EX_IDENT)
    return;
  Id binding = binding_of(p, file, target->scope, target->name, false);
  if (binding)
    chain_push(&f->assigns, binding, &f->chain, assign);
  else
    link_push(p, &p->globals, sym_of(f, target->name) + 1u, (Ref){file, assign});
}

// The name by which a call is found: the callee's last one, for `super(...)` that of the base class.
static Sym call_name(const File *f, const Expr *e) {
  const Expr *callee = expr_at(f, e->a);
  if (callee->kind == EX_SUPER) {
    const Class *class = &f->facts.classes.at[class_around(f, e->scope)];
    callee = expr_at(f, class->extends);
  }
  return callee->kind == EX_IDENT || callee->kind == EX_MEMBER ? sym_of(f, callee->name) : 0;
}

// `Object.assign(this, x)`: kept as the class's member without a name.
static void index_assign_call(Program *p, FileId file, Id call) {
  File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  if (e->count < 2 || callee->kind != EX_MEMBER || strcmp(text_of(f, callee->name), "assign") ||
      expr_at(f, list_at(f, e->first, 0))->kind != EX_THIS || !is_unbound(p, file, expr_at(f, callee->a), "Object"))
    return;
  Id class = class_around(f, e->scope);
  if (class)
    map_put(&f->members, member_key(true, class, 0), call);
}

// What a descriptor says of a property, `{ get() {...} }`, `{ value: db }`: the function or the value.
static Id described(const File *f, Id descriptor) {
  const Expr *e = expr_at(f, descriptor);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    const char *name = property->kind == EX_PROPERTY ? text_of(f, property->name) : "";
    if (!strcmp(name, "get") || !strcmp(name, "value"))
      return property->a;
  }
  return 0;
}

// `Object.defineProperty(exports, "knex", {...})`.
static void index_defined(Program *p, FileId file, Id call) {
  File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a), *name = expr_at(f, argument_at(f, call, 1));
  if (e->count < 3 || callee->kind != EX_MEMBER || strcmp(text_of(f, callee->name), "defineProperty") || name->kind != EX_STRING)
    return;
  Id value = described(f, argument_at(f, call, 2));
  if (value && is_unbound(p, file, expr_at(f, callee->a), "Object") && is_exports(p, file, argument_at(f, call, 0), 0))
    map_put(&f->cjs_members, sym_of(f, name->name) + 1u, value);
}

// `list.push(x)`.
static void index_push(Program *p, FileId file, Id call) {
  File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a), *list = expr_at(f, callee->a);
  if (callee->kind != EX_MEMBER || list->kind != EX_IDENT || strcmp(text_of(f, callee->name), "push"))
    return;
  Id binding = binding_of(p, file, list->scope, list->name, false);
  if (binding)
    chain_push(&f->pushed, binding, &f->chain, call);
}

// Methods that keep a value under a name -> 1, or under the one that the model says -> that name.
static void collect_puts(Program *p, Map *names) {
  for (uint32_t i = 0; i < p->libs->members.n; i++) {
    const LibraryMember *m = &p->libs->members.at[i];
    if (m->meaning.puts != ARG_NONE || m->meaning.holds)
      map_put(names, sym_intern(p, m->name) + 1u, m->meaning.holds ? sym_intern(p, m->meaning.holds) + 1u : 1);
  }
}

// `context.set("db", e)`, `container.register({ db: e })`, `next({ ctx: e })`: a call that may put values under names.
static void index_put(Program *p, FileId file, Id call, const Map *names) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  bool method = callee->kind == EX_MEMBER || callee->kind == EX_IDENT;
  uint32_t named = method ? map_get(names, sym_of(f, callee->name) + 1u) : 0;
  if (named > 1 && e->type)
    link_push(p, &p->puts, named, (Ref){file, call});
  if (!e->count || !named)
    return;
  const Expr *key = expr_at(f, list_at(f, e->first, 0));
  if (key->kind == EX_STRING && e->count > 1)
    link_push(p, &p->puts, sym_of(f, key->name) + 1u, (Ref){file, call});
  for (uint32_t i = 0; key->kind == EX_OBJECT && i < key->count; i++) {
    Id property = list_at(f, key->first, i);
    if (expr_at(f, property)->kind == EX_PROPERTY && expr_at(f, property)->name)
      link_push(p, &p->puts, sym_of(f, expr_at(f, property)->name) + 1u, (Ref){file, property});
  }
}

static void index_puts(Program *p) {
  Map names = {0};
  collect_puts(p, &names);
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    for (uint32_t i = 0; i < f->calls.n; i++)
      if (expr_at(f, f->calls.at[i])->kind == EX_CALL)
        index_put(p, file, f->calls.at[i], &names);
  }
  map_release(&names);
}

// `cache.set(key, value)`.
static void index_filled(File *f, const Expr *call) {
  const Expr *callee = expr_at(f, call->a), *object = expr_at(f, callee->a);
  bool sets = call->count >= 2 && callee->kind == EX_MEMBER && !strncmp(text_of(f, callee->name), "set", 3);
  if (sets && (object->kind == EX_IDENT || object->kind == EX_MEMBER))
    map_put(&f->filled, object->name, 1);
}

// `super(...)` of a constructor, the first one.
static void index_super(File *f, Id call) {
  const Expr *e = expr_at(f, call);
  Id class = expr_at(f, e->a)->kind == EX_SUPER ? class_around(f, e->scope) : 0;
  if (class && !map_get(&f->super_calls, class))
    map_put(&f->super_calls, class, call);
}

Name required(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a);
  if (e->kind != EX_CALL || callee->kind != EX_IDENT || e->count != 1 || strcmp(text_of(f, callee->name), "require"))
    return 0;
  const Expr *specifier = expr_at(f, list_at(f, e->first, 0));
  return specifier->kind == EX_STRING ? specifier->name : 0;
}

// Names that an object gives to other modules as a whole: `module.exports = { list: require("./list") }`.
static void index_renamed(Program *p, FileId file, Id id) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, id);
  Name specifier = e->kind == EX_PROPERTY && e->name ? required(f, e->a) : 0;
  FileId target = specifier ? module_named(p, file, specifier) : 0;
  if (target)
    link_push(p, &p->names_of_module, target, (Ref){file, id});
}

static void index_exprs(Program *p, FileId file) {
  File *f = &p->files.at[file];
  for (Id id = 1; id < f->facts.exprs.n; id++) {
    const Expr *e = expr_at(f, id);
    if (e->kind == EX_ASSIGN)
      index_assign(p, file, id);
    if (e->kind == EX_PROPERTY)
      index_renamed(p, file, id);
    if (e->kind == EX_CALL) {
      index_assign_call(p, file, id);
      index_defined(p, file, id);
      index_push(p, file, id);
      index_filled(f, e);
      index_super(f, id);
    }
    Sym name = e->kind == EX_CALL || e->kind == EX_NEW ? call_name(f, e) : 0;
    if (name)
      link_push(p, &p->calls_by_name, name + 1u, (Ref){file, id});
  }
}

// The specifier of the module that a variable is as a whole: its default export, its namespace, what it requires.
static Name whole_module(const File *f, Id binding) {
  const Binding *b = &f->facts.bindings.at[binding];
  if (b->kind == BIND_CONST)
    return required(f, b->value);
  if (b->kind != BIND_IMPORT)
    return 0;
  const Import *i = &f->facts.imports.at[b->value];
  const char *name = text_of(f, i->imported);
  return !strcmp(name, "default") || !strcmp(name, "=") || !strcmp(name, "*") ? i->specifier : 0;
}

// Arguments of a call that are what another module exports as a whole: `app.register(require("./orders"))`.
static void index_handed_modules(Program *p, FileId file, const Expr *call, const Id *modules) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; call->kind == EX_CALL && i < call->count; i++) {
    Id argument = list_at(f, call->first, i);
    const Expr *e = expr_at(f, argument);
    Id binding = e->kind == EX_IDENT && modules[e->name] ? binding_of(p, file, e->scope, e->name, false) : 0;
    bool whole = binding && binding == modules[e->name];
    Name specifier = whole ? whole_module(f, binding) : required(f, argument);
    FileId target = specifier ? module_named(p, file, specifier) : 0;
    if (target)
      link_push(p, &p->handed_modules, target, (Ref){file, argument});
  }
}

// Whether a variable may hold a function of another file: an import, what `require` gives.
static bool is_from_outside(const Program *p, FileId file, const Expr *e) {
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)];
  return b->kind == BIND_IMPORT || (b->kind == BIND_CONST && is_unbound(p, file, expr_at(f, root_of(f, b->value)), "require"));
}

Id handed_function(const File *f, Id argument) {
  const Expr *e = expr_at(f, argument), *callee = expr_at(f, e->kind == EX_CALL ? e->a : 0);
  return callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "bind") ? callee->a : argument;
}

// Arguments of a call that may be functions of another file, by their names: `router.get("/", users.list)`.
static void index_handed_names(Program *p, FileId file, const Expr *call) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; call->kind == EX_CALL && i < call->count; i++) {
    Id argument = list_at(f, call->first, i), named = handed_function(f, argument);
    const Expr *e = expr_at(f, named), *root = expr_at(f, e->kind == EX_MEMBER ? e->a : 0);
    Id binding = root->kind == EX_IDENT ? binding_of(p, file, root->scope, root->name, false) : 0;
    bool member = binding && f->facts.scopes.at[f->facts.bindings.at[binding].scope].kind == SC_MODULE;
    if (member || (e->kind == EX_IDENT && is_from_outside(p, file, e)))
      link_push(p, &p->handed_names, sym_of(f, e->name) + 1u, (Ref){file, argument});
  }
}

// Calls of what another module exports as a whole, under whatever name: `require("./user")(sequelize)`.
static void index_module_calls(Program *p, FileId file) {
  File *f = &p->files.at[file];
  Id *modules = xcalloc(f->facts.names.entries.n, sizeof *modules);  // by name: its binding
  for (Id i = 1; i < f->facts.bindings.n; i++)
    if (whole_module(f, i))
      modules[f->facts.bindings.at[i].name] = i;
  for (uint32_t i = 0; i < f->calls.n; i++) {
    Id id = f->calls.at[i];
    const Expr *e = expr_at(f, id), *callee = expr_at(f, e->a);
    index_handed_modules(p, file, e, modules);
    index_handed_names(p, file, e);
    Id binding = e->kind == EX_CALL && callee->kind == EX_IDENT ? modules[callee->name] : 0;
    if (e->kind != EX_CALL || (binding && binding_of(p, file, callee->scope, callee->name, false) != binding))
      continue;
    Name specifier = binding ? whole_module(f, binding) : required(f, e->a);
    FileId target = specifier ? module_named(p, file, specifier) : 0;
    if (target)
      link_push(p, &p->calls_of_module, target, (Ref){file, id});
  }
  xfree(modules);
  index_folder_calls(p, file);
}

// `declare module "fastify" { interface FastifyInstance {...} }`: interfaces in blocks outside of any function.
static void index_augmented(Program *p, FileId file) {
  const File *f = &p->files.at[file];
  for (Id i = 1; i < f->facts.bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[i];
    const Scope *s = &f->facts.scopes.at[b->scope];
    if (b->kind == BIND_INTERFACE && s->kind != SC_MODULE && !s->function)
      link_push(p, &p->augmented, sym_of(f, b->name) + 1u, (Ref){file, b->type});
  }
}

static void index_names(Program *p, FileId file) {
  File *f = &p->files.at[file];
  f->package = sym_intern(p, modules_package_folder(p->modules, f->source->path)) + 1u;
  for (uint32_t i = 0; i < f->facts.names.entries.n; i++)
    f->syms[i] = names_add_from(&p->syms, &f->facts.names, i);
  for (Id i = 1; i < f->facts.exports.n; i++)
    if (!map_get(&f->exports, sym_of(f, f->facts.exports.at[i].name) + 1u))
      map_put(&f->exports, sym_of(f, f->facts.exports.at[i].name) + 1u, i);
}

//
// Who implements what
//

// Note that a class implements a type: an interface, another class, or each of `Store<Order> & { open(): Order[] }`.
static void put_implementer(Program *p, Ref class, Id type) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of_type(p, class.file, type), each);
  for (uint32_t i = 0; i < n; i++) {
    const Value *v = value_at(p, each[i]);
    if (v->kind == VAL_SHAPE || v->kind == VAL_INSTANCE)
      link_push(p, &p->implementers, ((uint64_t)v->a << 32 | v->b) << 1 | (v->kind == VAL_SHAPE), class);
  }
}

static void index_class(Program *p, FileId file, Id id) {
  const Class class = p->files.at[file].facts.classes.at[id];
  if (class.name)
    link_push(p, &p->classes_by_name, sym_of(&p->files.at[file], class.name) + 1u, (Ref){file, id});
  for (uint32_t i = 0; i < class.implements.count; i++)
    put_implementer(p, (Ref){file, id}, list_at(&p->files.at[file], class.implements.first, i));
  Value base = *value_at(p, class.extends ? value_of(p, file, class.extends) : VALUE_UNKNOWN);
  if (base.kind == VAL_CLASS)
    link_push(p, &p->implementers, ((uint64_t)base.a << 32 | base.b) << 1, (Ref){file, id});
}

// The object literal that an expression is: written there, or in the variable that it names; 0 for any other.
static Id literal_of(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, strip_casts(f, expr));
  if (e->kind == EX_IDENT)
    expr = f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)].value;
  expr = strip_casts(f, expr);
  return expr_at(f, expr)->kind == EX_OBJECT ? expr : 0;
}

// The interfaces that an object literal is of, being noted once each.
typedef struct Literals {
  Program *p;
  Map seen;    // pairs of a literal and an interface
  Ref literal;
  int left;    // types to look at for this declaration
} Literals;

// Note the interfaces that the literal is of, with those that they extend.
static void put_literal(Literals *l, ValueId type) {
  Program *p = l->p;
  ValueId each[4], literal = value_make(p, VAL_OBJECT, l->literal.file, l->literal.id, 0);
  uint32_t n = value_each(p, value_awaited(p, type), each);
  for (uint32_t i = 0; i < n && l->left-- > 0; i++) {
    Value v = *value_at(p, each[i]);
    uint64_t pair = (uint64_t)literal << 32 | value_make(p, VAL_SHAPE, v.a, v.b, 0);
    if (v.kind != VAL_SHAPE || map_get(&l->seen, pair))
      continue;
    map_put(&l->seen, pair, 1);
    link_push(p, &p->literals, ((uint64_t)v.a << 32 | v.b) << 1 | 1, l->literal);
    const File *f = &p->files.at[v.a];
    Id heritage = f->facts.types.at[v.b].b;
    List bases = heritage ? f->facts.types.at[heritage].list : (List){0, 0};
    for (uint32_t k = 0; k < bases.count && l->left > 0; k++)
      put_literal(l, value_of_type(p, v.a, list_at(f, bases.first, k)));
  }
}

static void index_literal(Literals *l, FileId file, Id expr, Id type) {
  Id literal = type && expr ? literal_of(l->p, file, expr) : 0;
  l->literal = (Ref){file, literal};
  l->left = MAX_INTERFACES;
  if (literal)
    put_literal(l, value_of_type(l->p, file, type));
}

// Object literals that are declared to be of a type: `const a: T = {...}`, `{...} satisfies T`, what a function gives.
static void index_literals(Literals *l, FileId file) {
  const Facts *facts = &l->p->files.at[file].facts;
  for (Id i = 1; i < facts->bindings.n; i++)
    if (facts->bindings.at[i].kind == BIND_CONST)
      index_literal(l, file, facts->bindings.at[i].value, facts->bindings.at[i].type);
  for (Id i = 1; i < facts->exprs.n; i++)
    if (facts->exprs.at[i].kind == EX_CAST)
      index_literal(l, file, facts->exprs.at[i].a, facts->exprs.at[i].type);
  for (Id i = 1; i < facts->functions.n; i++) {
    const Function *fn = &facts->functions.at[i];
    for (uint32_t k = 0; fn->result && k < fn->returns.count; k++)
      index_literal(l, file, facts->lists.at[fn->returns.first + k], fn->result);
  }
}

// Forget all values: they were computed before implementers were known.
static void forget_values(File *f) {
  memset(f->values, 0, f->facts.exprs.n * sizeof *f->values);
  memset(f->types, 0, f->facts.types.n * sizeof *f->types);
}

static void index_classes(Program *p) {
  Literals literals = {.p = p};
  for (FileId file = 1; file < p->files.n; file++)
    for (Id id = 1; id < p->files.at[file].facts.classes.n; id++)
      index_class(p, file, id);
  for (FileId file = 1; file < p->files.n; file++)
    index_literals(&literals, file);
  map_release(&literals.seen);
  for (FileId file = 1; file < p->files.n; file++)
    forget_values(&p->files.at[file]);
  map_release(&p->member_memo);
  map_release(&p->callback_memo);
  map_release(&p->folder_members);
  map_release(&p->folder_files);
}

void program_add(Program *p, const File *file, uint32_t number) {
  vec_push(&p->files, *file);
  while (p->by_number.n < number)
    vec_push(&p->by_number, 0);
  vec_push(&p->by_number, p->files.n - 1);
}

// The names of members that hold what is added to others: `schema.methods`.
static void collect_holders(Program *p) {
  for (uint32_t i = 1; i < p->libs->states.n; i++) {
    StateId also = p->libs->states.at[i].also;
    if (also)
      map_put(&p->holders, sym_intern(p, p->libs->states.at[also].name) + 1u, 1);
  }
}

void program_link(Program *p) {
  names_init(&p->syms);
  p->syms.stable = true;  // evaluation adds names while others are held
  collect_holders(p);
  vec_push(&p->links, ((Link){{0, 0}, 0}));
  vec_push(&p->sites, ((Site){0}));
  vec_push(&p->value_pool, 0);
  for (uint32_t kind = VAL_NONE; kind <= VAL_UNKNOWN; kind++) {
    vec_push(&p->values, ((Value){.kind = (uint8_t)kind}));
    vec_push(&p->value_next, 0);
  }
  collect_bags(p);
  for (FileId file = 1; file < p->files.n; file++) {
    index_names(p, file);
    index_exprs(p, file);
  }
  program_blocks(p);
  collect_loading(p);
  for (FileId file = 1; file < p->files.n; file++) {
    index_module_calls(p, file);
    index_augmented(p, file);
  }
  index_puts(p);
  index_namings(p);
  index_auto_imports(p);
  index_called_by_place(p);
  index_made(p);
  index_classes(p);
  p->classes_known = true;
  index_handlers(p);
  program_relations(p);
  program_transactional(p);
  program_resolvers(p);
  program_sdl(p);
  program_operations(p);
  program_calls(p);
  program_effects(p);
  program_marks(p);
  program_entries(p);
  program_coverage(p);
}

void file_release(File *f) {
  for (uint32_t i = 0; f->units && i < f->facts.functions.n; i++) {
    vec_release(&f->units[i].edges);
    vec_release(&f->units[i].sites);
    vec_release(&f->units[i].reach);
    vec_release(&f->units[i].looped);
    vec_release(&f->units[i].marks);
  }
  Groups *groups[] = {&f->exits, &f->variables, &f->uses, &f->acts_by_scope, &f->puts};
  for (size_t i = 0; i < COUNT(groups); i++)
    groups_release(groups[i]);
  Map *maps[] = {&f->classes, &f->filled, &f->regions, &f->tables_written, &f->first_writes, &f->first_given, &f->first_wrote, &f->locks, &f->changes_each, &f->onward, &f->varying, &f->lists, &f->branches, &f->loops, &f->heads, &f->names, &f->literal_members, &f->exports, &f->stars, &f->assigns, &f->members, &f->handed, &f->pushed, &f->chain,
                 &f->owners, &f->written, &f->super_calls, &f->put_by_key, &f->transactional, &f->set_inside, &f->writes, &f->batched, &f->cjs_members};
  for (size_t i = 0; i < COUNT(maps); i++)
    map_release(maps[i]);
  xfree(f->units);  // with the other arrays by number
  vec_release(&f->open);
  vec_release(&f->acts);
  vec_release(&f->calls);
}

void program_release(Program *p) {
  for (FileId file = 1; file < p->files.n; file++)
    file_release(&p->files.at[file]);
  vec_release(&p->files);
  vec_release(&p->by_number);
  vec_release(&p->named);
  vec_release(&p->texts);
  vec_release(&p->named_by_tests);
  vec_release(&p->blocks);
  vec_release(&p->values);
  vec_release(&p->value_next);
  vec_release(&p->value_pool);
  vec_release(&p->links);
  vec_release(&p->sites);
  vec_release(&p->callees_first);
  vec_release(&p->unresolved);
  vec_release(&p->wrapped);
  vec_release(&p->resolvers);
  vec_release(&p->graphql_fields);
  vec_release(&p->relations);
  vec_release(&p->next_relation);
  vec_release(&p->entries);
  Map *maps[] = {&p->value_index, &p->list_index, &p->calls_by_name, &p->calls_of_module, &p->loading, &p->handed_modules, &p->handed_names, &p->names_of_module, &p->naming, &p->named_for, &p->holders, &p->puts, &p->bags, &p->auto_imports, &p->called_by_place, &p->made, &p->handlers, &p->augmented, &p->members_put, &p->params_put, &p->set_outside, &p->importers, &p->globals, &p->classes_by_name, &p->implementers, &p->literals, &p->member_memo, &p->yielded, &p->callback_memo, &p->folder_loaders, &p->folder_members, &p->folder_files, &p->packages, &p->wrappers, &p->uses, &p->impure, &p->keeping,
                 &p->resolver_index, &p->graphql_types, &p->graphql_field_index, &p->graphql_asked, &p->graphql_deprecated, &p->relation_index, &p->lazy_names, &p->procedures,
                 &p->developed, &p->blocks_by_name, &p->blocks_by_place};
  for (size_t i = 0; i < COUNT(maps); i++)
    map_release(maps[i]);
  if (p->syms.slots.n)
    names_release(&p->syms);
}
