// injected.c - what is handed out by name or class: values that contexts and containers keep under names, what the classes and
// functions get that containers make, and the methods to which a bus hands objects.
#include "values.h"

#include <string.h>

//
// Values under names
//

// Whether a method is of the library that a state is of.
static bool same_library(const Program *p, ValueId method, StateId state) {
  StateId other = (StateId)value_at(p, value_at(p, method)->a)->a;
  return p->libs->states.at[other].library == p->libs->states.at[state].library;
}

// What is put under a name, without what is said of it after: the `asClass(Orders)` of `asClass(Orders).singleton()`.
static ValueId given_value(Program *p, FileId file, Id given) {
  const Expr *e = expr_at(&p->files.at[file], given), *callee = expr_at(&p->files.at[file], e->a);
  ValueId value = given ? value_of(p, file, given) : VALUE_UNKNOWN;
  return value == VALUE_UNKNOWN && e->kind == EX_CALL && callee->kind == EX_MEMBER ? given_value(p, file, callee->a) : value;
}

// What the type argument of a call says: `context<Context>()`, or what a function gives by `context<typeof create>()`.
static ValueId held_value(Program *p, FileId file, const Expr *call) {
  const File *f = &p->files.at[file];
  List types = f->facts.types.at[call->type].list;
  ValueId value = types.count ? value_of_type(p, file, list_at(f, types.first, 0)) : VALUE_UNKNOWN;
  return value_awaited(p, value_function(p, value).file ? value_call(p, value, file, 0) : value);
}

// What a call puts under a name for values of a state, VALUE_NONE if it does not.
static ValueId put_value(Program *p, StateId state, Ref put) {
  const File *f = &p->files.at[put.file];
  const Expr *e = expr_at(f, put.id);
  Id call = e->kind == EX_PROPERTY ? expr_at(f, e->parent)->parent : put.id;
  ValueId callee = value_of(p, put.file, expr_at(f, call)->a);
  const Meaning *m = method_meaning(p, callee);
  if (!m || (m->puts == ARG_NONE && !m->holds) || m->as || !same_library(p, callee, state))
    return VALUE_NONE;
  return m->holds ? held_value(p, put.file, e) : given_value(p, put.file, call == put.id ? argument_at(f, call, m->puts + 1) : e->a);
}

// The same for all calls of the package that asks, or of the others. Unknown if one of them cannot be told, VALUE_NONE if there
// are none.
static ValueId put_in(Program *p, StateId state, Sym name, bool own) {
  ValueId values[4];
  uint32_t n = 0, seen = 0, looked = 0;
  for (uint32_t at = map_get(&p->puts, name + 1u); at && seen < MAX_PUTS && looked < MAX_NAMED; at = p->links.at[at].next) {
    Ref put = p->links.at[at].ref;
    if (p->files.at[put.file].context != CONTEXT_APP || is_of_asking_package(p, put.file) != own)
      continue;
    looked++;
    ValueId value = put_value(p, state, put);
    seen += value != VALUE_NONE;
    if (value == VALUE_UNKNOWN)
      return value;
    if (value != VALUE_NONE && n < COUNT(values))
      values[n++] = value;
  }
  return n ? value_union(p, values, n) : VALUE_NONE;
}

ValueId value_put(Program *p, StateId state, Sym name) {
  ValueId own = put_in(p, state, name, true), value = own == VALUE_NONE ? put_in(p, state, name, false) : own;
  p->by_package |= value != VALUE_NONE;
  return value == VALUE_NONE ? VALUE_UNKNOWN : value;
}

//
// What a program adds to a library's objects: `client.$extends({ model: { order: { async close() {...} } } })`
//

static ValueId member_below(Program *p, ValueId object, const char *key, Sym name) {
  return key ? value_member(p, value_member(p, object, sym_intern(p, key)), name) : VALUE_UNKNOWN;
}

// The member among those that calls add.
static ValueId addition_of(Program *p, const char *const *keys, const Value *self, ValueId added, Sym name) {
  if (!self->b)
    return member_below(p, added, keys[0], name);
  ValueId tables = value_member(p, added, sym_intern(p, keys[1]));
  ValueId own = value_member(p, value_member(p, tables, self->b), name);
  return own == VALUE_UNKNOWN ? member_below(p, tables, keys[2], name) : own;
}

uint32_t additions_of(const Program *p, const Value *self) {
  return p->libs->libraries.at[p->libs->states.at[self->a].library].additions ? self->c : 0;
}

// The object that holds what a call adds: its argument, or that of the call in it: `(client) => client.$extends({...})`.
static ValueId added_object(Program *p, FileId file, Id argument) {
  ValueId value = argument ? value_of(p, file, argument) : VALUE_UNKNOWN;
  const Value made = *value_at(p, value_function(p, value).file ? value_call(p, value, file, 0) : value);
  if (made.kind == VAL_LIBRARY)
    return additions_of(p, &made);
  return made.kind == VAL_OBJECT ? value : VALUE_UNKNOWN;
}

ValueId value_extended(Program *p, ValueId client, Sym method, FileId file, Id call) {
  const Value v = *value_at(p, client);
  const Library *library = v.kind == VAL_LIBRARY ? &p->libs->libraries.at[p->libs->states.at[v.a].library] : NULL;
  if (!library || !library->additions || strcmp(sym_text(p, method), library->extended[0]))
    return client;
  ValueId both[] = {added_object(p, file, argument_at(&p->files.at[file], call, 0)), v.c};
  ValueId added = value_union(p, both, COUNT(both));
  return added == VALUE_UNKNOWN ? client : value_make(p, VAL_LIBRARY, v.a, v.b, added);
}

ValueId added_by_call(Program *p, const Value *self, Sym name) {
  ValueId added = additions_of(p, self);
  if (!added)
    return VALUE_UNKNOWN;
  const Library *library = &p->libs->libraries.at[p->libs->states.at[self->a].library];
  ValueId value = addition_of(p, library->additions, self, added, name);
  return value_function(p, value).file ? value : VALUE_UNKNOWN;
}

//
// What containers make: it gets what is registered, as properties of its first parameter or as parameters of that name
//

static bool has_constructor(const File *f, const Class *class) {
  for (uint32_t i = 0; i < class->members.count; i++)
    if (f->facts.members.at[list_at(f, class->members.first, i)].kind == MEMBER_CONSTRUCTOR)
      return true;
  return false;
}

// Note that a class, or the one whose constructor it inherits, or a function gets what is in a state.
static void put_made(Program *p, ValueId value, StateId state) {
  for (int i = 0; i < MAX_BASES && value > VALUE_UNKNOWN; i++) {
    const Value v = *value_at(p, value);
    if (v.kind != VAL_CLASS && v.kind != VAL_FUNCTION)
      return;
    map_put(&p->made, value_make(p, v.kind, v.a, v.b, 0), state);
    if (v.kind == VAL_FUNCTION || has_constructor(&p->files.at[v.a], &p->files.at[v.a].facts.classes.at[v.b]))
      return;
    value = value_base(p, value);
  }
}

// What the argument of a call is made of, if the call makes it: `asClass(Orders)`.
static void index_making(Program *p, Ref call) {
  const File *f = &p->files.at[call.file];
  ValueId callee = value_of(p, call.file, expr_at(f, call.id)->a);
  const LibraryExport *export = external_export(p, callee);
  const Meaning *m = export ? &export->meaning : callee_meaning(p, callee, call.file, call.id);
  Id made = m && m->instance != ARG_NONE && m->as ? argument_at(f, call.id, m->instance) : 0;
  if (made && f->context == CONTEXT_APP)
    put_made(p, value_of(p, call.file, made), m->as);
}

static void index_makers(Program *p, const char *name, const Meaning *m) {
  Sym sym = m->instance != ARG_NONE && m->as ? names_find(&p->syms, name) : 0;
  for (uint32_t at = sym ? map_get(&p->calls_by_name, sym + 1u) : 0; at; at = p->links.at[at].next)
    index_making(p, p->links.at[at].ref);
}

void index_made(Program *p) {
  for (uint32_t i = 0; i < p->libs->exports.n; i++)
    index_makers(p, p->libs->exports.at[i].name, &p->libs->exports.at[i].meaning);
  for (uint32_t i = 0; i < p->libs->members.n; i++)
    index_makers(p, p->libs->members.at[i].name, &p->libs->members.at[i].meaning);
}

ValueId made_param(Program *p, FileId file, Id function, uint32_t index) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[function];
  ValueId made = fn->flags & FN_CONSTRUCTOR ? value_make(p, VAL_CLASS, file, fn->class, 0) : value_make(p, VAL_FUNCTION, file, function, 0);
  StateId state = (StateId)map_get(&p->made, made);
  if (!state)
    return VALUE_UNKNOWN;
  Name name = f->facts.params.at[list_at(f, fn->params.first, index)].name;
  ValueId value = name ? value_put(p, state, sym_of(f, name)) : VALUE_UNKNOWN;
  return value == VALUE_UNKNOWN && index == 0 ? library_value(p, state, 0) : value;
}

//
// What a bus hands to the method for its class: `bus.execute(new PayOrder(id))` runs that of `@CommandHandler(PayOrder) class`
//

// An object of a class, whatever its type arguments.
static ValueId plain_instance(Program *p, ValueId value) {
  const Value v = *value_at(p, value);
  return v.kind == VAL_INSTANCE || v.kind == VAL_CLASS ? value_make(p, VAL_INSTANCE, v.a, v.b, 0) : VALUE_UNKNOWN;
}

static void index_handler(Program *p, FileId file, Id class, Id decorator) {
  const File *f = &p->files.at[file];
  bool called = expr_at(f, decorator)->kind == EX_CALL && f->context != CONTEXT_TEST;
  const LibraryExport *export = called ? decorator_export(p, file, decorator) : NULL;
  Id argument = export && export->meaning.runs ? argument_at(f, decorator, export->meaning.handles) : 0;
  ValueId handled = argument ? plain_instance(p, value_of(p, file, argument)) : VALUE_UNKNOWN;
  if (handled == VALUE_UNKNOWN)
    return;
  ValueId method = value_member(p, value_of_instance(p, file, class), sym_intern(p, export->meaning.runs));
  ValueId all[] = {map_get(&p->handlers, handled), method};
  map_put(&p->handlers, handled, all[0] ? value_union(p, all, COUNT(all)) : method);
}

void index_handlers(Program *p) {
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    for (Id class = 1; class < f->facts.classes.n; class++) {
      List decorators = f->facts.classes.at[class].decorators;
      for (uint32_t i = 0; i < decorators.count; i++)
        index_handler(p, file, class, list_at(f, decorators.first, i));
    }
  }
}

ValueId value_handler(Program *p, ValueId method, FileId file, Id callee) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, callee)->parent;
  const Meaning *m = expr_at(f, call)->kind == EX_CALL && expr_at(f, call)->a == callee ? method_meaning(p, method) : NULL;
  Id sent = m ? argument_at(f, call, m->handled) : 0;
  ValueId object = sent ? plain_instance(p, value_of(p, file, sent)) : VALUE_UNKNOWN;
  return object == VALUE_UNKNOWN ? object : map_get(&p->handlers, object);
}
