// resolvers.c - the functions that a GraphQL server calls for each object of a type: field resolvers.
//
// They come in three shapes: methods with a decorator (NestJS, type-graphql), maps of types to maps of fields to
// functions (graphql-js, Apollo), and `resolve` functions written in the call that makes a type (Pothos, Nexus).
// Which decorators, calls and parameters those are is told by library models. Fields of Query, Mutation and
// Subscription, and of what a mutation gives, are resolved once per request: they have no parents.
#include "graphql.h"
#include "values.h"

#include <ctype.h>
#include <string.h>

enum { MAX_NESTING = 8, MAX_OUTWARDS = 40 };

//
// Types
//

static bool is_root(const char *type) {
  static const char *const names[] = {"Query",        "Mutation",          "Subscription",     "RootQuery",
                                      "RootMutation", "RootSubscription",  "QueryType",        "MutationType",
                                      "RootQueryType", "RootMutationType", "SubscriptionType", "RootSubscriptionType"};
  return is_any_of(type, names, COUNT(names));
}

// Whether there is one object of the type in a request: a root, what a mutation or a search gives, who asks.
static bool is_single(const char *type) {
  static const char *const ends[] = {"Payload", "Response", "Connection", "Viewer"};
  size_t n = strlen(type);
  for (size_t i = 0; i < COUNT(ends); i++)
    if (n >= strlen(ends[i]) && !strcmp(type + n - strlen(ends[i]), ends[i]))
      return true;
  return is_root(type);
}

static Id property_of(const File *f, Id object, const char *name) {
  const Expr *e = expr_at(f, object);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_PROPERTY && !strcmp(text_of(f, x->name), name))
      return x->a;
  }
  return 0;
}

static bool is_deprecation(const Libraries *libs, const char *option) {
  for (uint32_t i = 1; i < libs->libraries.n; i++)
    if (is_in_list(option, libs->libraries.at[i].deprecated))
      return true;
  return false;
}

// Note a field as deprecated when the options that it is made with hold a text for that:
// `{ deprecationReason: "use total" }`.
static void note_deprecated(Program *p, FileId file, Id options, Sym type, Sym field) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, options);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_PROPERTY && is_deprecation(p->libs, text_of(f, x->name)) &&
        value_at(p, value_of(p, file, x->a))->kind == VAL_STRING)
      graphql_deprecate(p, type, field);
  }
}

// The type that an expression names: "User", User, () => User, (of) => [User], { name: "User" }, a ref made for it.
static Sym type_named_by(Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > 4)
    return 0;
  if (e->kind == EX_OBJECT) {
    Id name = property_of(f, expr, "name");
    return type_named_by(p, file, name ? name : property_of(f, expr, "type"), depth + 1);
  }
  if (e->kind == EX_FUNCTION) {
    List returns = f->facts.functions.at[e->a].returns;
    return returns.count ? type_named_by(p, file, list_at(f, returns.first, 0), depth + 1) : 0;
  }
  if (e->kind == EX_ARRAY)
    return e->count ? type_named_by(p, file, list_at(f, e->first, 0), depth + 1) : 0;
  const Value *v = value_at(p, value_of(p, file, expr));
  return v->kind == VAL_LIBRARY && v->b ? v->b : table_name(p, file, expr);
}

//
// The list of resolvers
//

const Resolver *resolver_at(const Program *p, FileId file, Id function) {
  uint32_t found = map_get(&p->resolver_index, ref_key((Ref){file, function}));
  return found ? &p->resolvers.at[found - 1] : NULL;
}

static void add_resolver(Program *p, Resolver resolver) {
  uint64_t key = ref_key(resolver.function);
  if (!resolver.function.file || map_get(&p->resolver_index, key))
    return;
  if (is_single(sym_text(p, resolver.type)))
    resolver.parents = 0;
  vec_push(&p->resolvers, resolver);
  map_put(&p->resolver_index, key, p->resolvers.n);
}

//
// Methods with a decorator
//

// The row of the decorator that has what `wanted` looks for, NULL if there is none; *decorator is set to it.
static const LibraryExport *decorator_with(Program *p, FileId file, List decorators,
                                           bool (*wanted)(const LibraryExport *export), Id *decorator) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < decorators.count; i++) {
    Id id = list_at(f, decorators.first, i);
    const LibraryExport *export = decorator_export(p, file, id);
    if (!export || !wanted(export))
      continue;
    *decorator = id;
    return export;
  }
  return NULL;
}

static bool makes_resolver(const LibraryExport *export) { return export->resolver != ARG_NONE; }
static bool makes_parent(const LibraryExport *export) { return export->parent; }
static bool names_object(const LibraryExport *export) { return export->meaning.object != ARG_NONE; }

// Which parameters of a method hold the parent: those with its decorator, else the one at the model's place when no
// parameter is decorated.
static uint32_t decorated_parents(Program *p, FileId file, const Function *fn, int place) {
  const File *f = &p->files.at[file];
  uint32_t parents = place == ARG_THIS ? ITEM_THIS : 0;
  bool decorated = false;
  Id decorator;
  for (uint32_t i = 0; i < fn->params.count && i < ITEM_LIMIT; i++) {
    List decorators = f->facts.params.at[list_at(f, fn->params.first, i)].decorators;
    decorated = decorated || decorators.count;
    if (decorator_with(p, file, decorators, makes_parent, &decorator))
      parents |= 1u << i;
  }
  return parents || decorated || place < 0 ? parents : 1u << place;
}

// The type annotated at the first parameter that holds the parent.
static Sym annotated_parent(const File *f, const Function *fn, uint32_t parents) {
  for (uint32_t i = 0; i < fn->params.count && i < ITEM_LIMIT; i++) {
    const Type *type = &f->facts.types.at[f->facts.params.at[list_at(f, fn->params.first, i)].type];
    if (parents & 1u << i && type->kind == TY_REF)
      return sym_of(f, expr_at(f, type->a)->name);
  }
  return 0;
}

// The type whose fields the methods of a class resolve: told by a decorator, by the parent's annotation, or the class
// is that type itself.
static Sym type_of_class(Program *p, FileId file, const Class *class, const Function *fn, uint32_t parents) {
  const File *f = &p->files.at[file];
  Id decorator = 0;
  const LibraryExport *export = decorator_with(p, file, class->decorators, names_object, &decorator);
  bool called = export && expr_at(f, decorator)->kind == EX_CALL;
  Id argument = called ? argument_at(f, decorator, export->meaning.object) : 0;
  Sym type = argument ? type_named_by(p, file, argument, 0) : 0;
  if (!type)
    type = annotated_parent(f, fn, parents);
  return type ? type : parents & ITEM_THIS ? sym_of(f, class->name) : 0;
}

Sym field_of_method(Program *p, FileId file, Id decorator, const Member *m) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, decorator);
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++) {
    Id argument = list_at(f, e->first, i), name = property_of(f, argument, "name");
    const Expr *x = expr_at(f, name ? name : argument);
    if (x->kind == EX_STRING)
      return sym_of(f, x->name);
  }
  return sym_of(&p->files.at[file], m->name);
}

// The field of a GraphQL type that a decorator declares, as far as it says what the field gives: `@Query(() => [Order])`.
static void declare_field(Program *p, FileId file, Id decorator, Sym type, Sym field) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, decorator), *thunk = expr_at(f, e->kind == EX_CALL && e->count ? list_at(f, e->first, 0) : 0);
  List returns = f->facts.functions.at[thunk->kind == EX_FUNCTION ? thunk->a : 0].returns;
  Id gives = returns.count ? list_at(f, returns.first, 0) : 0;
  if (!type || !gives)
    return;
  graphql_mark(p, type, GRAPHQL_OBJECT);
  graphql_add_field(p, type, field, type_named_by(p, file, gives, 0), expr_at(f, gives)->kind == EX_ARRAY);
}

// The same of what the decorators of a method say, `@Field({ deprecationReason: "..." })`.
static void note_decorated(Program *p, FileId file, List decorators, Sym type, Sym field) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < decorators.count; i++) {
    const Expr *e = expr_at(f, list_at(f, decorators.first, i));
    for (uint32_t k = 0; e->kind == EX_CALL && k < e->count; k++)
      note_deprecated(p, file, list_at(f, e->first, k), type, field);
  }
}

static bool makes_root(const LibraryExport *export) { return export->meaning.entry == ENTRY_GRAPHQL; }

static void find_in_class(Program *p, FileId file, const Class *class) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < class->members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, class->members.first, i)];
    Id decorator = 0;
    const LibraryExport *export = decorator_with(p, file, m->decorators, makes_root, &decorator);
    if (export)
      declare_field(p, file, decorator, sym_intern(p, export->name), field_of_method(p, file, decorator, m));
    export = decorator_with(p, file, m->decorators, makes_resolver, &decorator);
    if (!export || !m->function)
      continue;
    const Function *fn = &f->facts.functions.at[m->function];
    uint32_t parents = decorated_parents(p, file, fn, export->resolver);
    Resolver resolver = {.function = {file, m->function}, .parents = parents};
    resolver.type = type_of_class(p, file, class, fn, parents);
    resolver.field = field_of_method(p, file, decorator, m);
    declare_field(p, file, decorator, resolver.type, resolver.field);
    note_decorated(p, file, m->decorators, resolver.type, resolver.field);
    add_resolver(p, resolver);
  }
}

//
// Maps of types to maps of fields
//

static void add_field(Program *p, Sym type, Sym field, Ref function) {
  add_resolver(p, (Resolver){.function = function, .type = type, .field = field, .parents = 1, .positional = true});
}

// Functions handed to a wrapper: `authenticated((user) => ...)`.
static void add_wrapped(Program *p, Sym type, Sym field, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call);
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++) {
    const Expr *argument = expr_at(f, list_at(f, e->first, i));
    if (argument->kind == EX_FUNCTION)
      add_field(p, type, field, (Ref){file, argument->a});
  }
}

// A function, a wrapped one, or an object with one as `resolve`.
static void add_field_value(Program *p, Sym type, Sym field, FileId file, Id expr) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, expr), each);
  add_wrapped(p, type, field, file, expr);
  for (uint32_t i = 0; i < n; i++) {
    const Value v = *value_at(p, each[i]);
    bool object = v.kind == VAL_OBJECT;
    if (object)
      note_deprecated(p, v.a, v.b, type, field);
    ValueId function = object ? value_member(p, each[i], sym_intern(p, "resolve")) : each[i];
    add_field(p, type, field, value_function(p, function));
  }
}

static void add_type(Program *p, Sym type, ValueId value, int depth);

static void add_fields(Program *p, Sym type, const Value *object, int depth) {
  const File *f = &p->files.at[object->a];
  const Expr *e = expr_at(f, object->b);
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_SPREAD)
      add_type(p, type, value_of(p, object->a, x->a), depth + 1);
    else if (x->kind == EX_PROPERTY)
      add_field_value(p, type, sym_of(f, x->name), object->a, x->a);
  }
}

// A module whose exports are the fields: `import * as User from "./user"`.
static void add_module(Program *p, Sym type, FileId file) {
  const File *f = &p->files.at[file];
  for (Id i = 1; i < f->facts.exports.n; i++) {
    Sym name = sym_of(f, f->facts.exports.at[i].name);
    add_field(p, type, name, value_function(p, value_export(p, file, name, false)));
  }
}

static void add_type(Program *p, Sym type, ValueId value, int depth) {
  ValueId each[4];
  uint32_t n = depth > MAX_NESTING ? 0 : value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    const Value v = *value_at(p, each[i]);
    if (v.kind == VAL_OBJECT)
      add_fields(p, type, &v, depth);
    else if (v.kind == VAL_MODULE)
      add_module(p, type, v.a);
  }
}

static bool names_type(const char *name) { return isupper((unsigned char)*name); }

static void add_map(Program *p, FileId file, Id object) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, object);
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_PROPERTY && names_type(text_of(f, x->name)))
      add_type(p, sym_of(f, x->name), value_of(p, file, x->a), 0);
  }
}

// What a call is given as resolvers: a map, or a list of maps.
static void add_given(Program *p, ValueId value, int depth) {
  ValueId each[4];
  uint32_t n = depth > MAX_NESTING ? 0 : value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    const Value v = *value_at(p, each[i]);
    ValueId inner = v.kind == VAL_OBJECT ? value_member(p, each[i], sym_intern(p, "resolvers")) : VALUE_UNKNOWN;
    if (v.kind == VAL_ARRAY)
      add_given(p, v.a, depth + 1);
    else if (inner != VALUE_UNKNOWN)
      add_given(p, inner, depth + 1);
    else if (v.kind == VAL_OBJECT)
      add_map(p, v.a, v.b);
  }
}

static bool contains_resolver(const char *text) { return strcasestr(text, "resolver"); }

// The type that an object literal is annotated with, by a variable or a cast; 0 if none.
static Id annotation_of(const File *f, Id object) {
  const Expr *around = expr_at(f, expr_at(f, object)->parent);
  if (around->kind == EX_CAST && around->type)
    return around->type;
  return f->facts.bindings.at[map_get(&f->owners, object)].type;
}

// The last name of an annotation: "Resolvers", "UserResolvers".
static const char *annotation_name(const File *f, Id type) {
  const Type *t = &f->facts.types.at[type];
  return type && t->kind == TY_REF ? text_of(f, expr_at(f, t->a)->name) : "";
}

static bool has_root(const File *f, const Expr *e) {
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_PROPERTY && is_root(text_of(f, x->name)))
      return true;
  }
  return false;
}

static bool has_types(const File *f, const Expr *e) {
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_PROPERTY && names_type(text_of(f, x->name)))
      return true;
  }
  return false;
}

// Whether an object literal maps types to fields: a root type is among them, or its type, name or file says so.
static bool is_map(const File *f, Id object) {
  const Expr *e = expr_at(f, object);
  if (!has_types(f, e))
    return false;
  const char *annotation = annotation_name(f, annotation_of(f, object));
  if (has_root(f, e) || !strcmp(annotation, "Resolvers") || !strcmp(annotation, "IResolvers"))
    return true;
  const char *variable = text_of(f, f->facts.bindings.at[map_get(&f->owners, object)].name);
  return contains_resolver(variable) || contains_resolver(f->source->path);
}

// An object annotated as the fields of one type: `const User: UserResolvers`, `const User: Resolvers['User']`.
static Sym annotated_type(Program *p, const File *f, Id object) {
  Id annotation = annotation_of(f, object);
  const Type *t = &f->facts.types.at[annotation];
  if (t->kind == TY_INDEXED && t->name && !strcmp(annotation_name(f, t->a), "Resolvers"))
    return sym_of(f, t->name);
  const char *name = annotation_name(f, annotation), *end = strstr(name, "Resolvers");
  char type[64];
  if (!end || end == name || end[9] || (size_t)(end - name) >= sizeof type || !strcmp(name, "IResolvers"))
    return 0;
  memcpy(type, name, (size_t)(end - name));
  type[end - name] = '\0';
  return sym_intern(p, type);
}

//
// Types made by calls
//

// The call's own meaning when it makes a type, with the type's name; NULL for any other call.
static const Meaning *type_maker(Program *p, FileId file, Id call, Sym *type) {
  const Expr *e = expr_at(&p->files.at[file], call);
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, e->a), each);
  for (uint32_t i = 0; i < n; i++) {
    const LibraryExport *export = external_export(p, each[i]);
    const Meaning *m = export ? &export->meaning : method_meaning(p, each[i]);
    if (!m || m->object == ARG_NONE)
      continue;
    Value receiver = *value_at(p, export ? VALUE_UNKNOWN : value_at(p, each[i])->a);
    Id argument = m->object == ARG_THIS ? 0 : argument_at(&p->files.at[file], call, m->object);
    *type = m->root ? sym_intern(p, m->root) : argument ? type_named_by(p, file, argument, 0) : receiver.b;
    return m;
  }
  return NULL;
}

// The name of a field on the way outwards: a string beside it in a call, or a key of an object.
static Name field_name(const File *f, Id expr, Id from) {
  const Expr *e = expr_at(f, expr);
  if (e->kind == EX_PROPERTY) {
    static const char *const parts[] = {"fields", "definition", "resolve"};
    Name name = e->name ? e->name : expr_at(f, e->b)->name;
    return is_any_of(text_of(f, name), parts, COUNT(parts)) ? 0 : name;
  }
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++) {
    const Expr *argument = expr_at(f, list_at(f, e->first, i));
    if (argument->kind == EX_STRING && list_at(f, e->first, i) != from)
      return argument->name;
  }
  return 0;
}

// One step outwards from an expression: what holds it, or the function that it is a statement of.
static Id outwards(const File *f, Id expr) {
  Id parent = expr_at(f, expr)->parent;
  return parent ? parent : f->facts.functions.at[unit_of(f, expr)].expr;
}

// What the model of the builder, the state `as` of the type's maker, says of the method that makes a field; NULL if nothing.
// One that is `none` reads what its functions ask in batches.
static const Meaning *field_maker(const Program *p, const Meaning *maker, const char *method) {
  return maker->as && *method ? library_member(p->libs, maker->as, method) : NULL;
}

// A function that is the property `resolve` of an object: find the call around it that makes its type.
static void add_written(Program *p, FileId file, Id property, Ref function) {
  const File *f = &p->files.at[file];
  const char *method = "";
  Name field = 0;
  Id from = expr_at(f, property)->parent;
  Name own = expr_at(f, property_of(f, from, "name"))->name;
  for (int i = 0; from && i < MAX_OUTWARDS; i++) {
    Id at = outwards(f, from);
    const Expr *e = expr_at(f, at), *callee = expr_at(f, e->a);
    bool call = e->kind == EX_CALL || e->kind == EX_NEW;
    Sym type = 0;
    const Meaning *maker = call ? type_maker(p, file, at, &type) : NULL;
    const Meaning *m = maker ? field_maker(p, maker, method) : NULL;
    if (m && m->none)
      return;
    if (maker) {
      uint8_t before = m ? (uint8_t)m->param : 0;
      Id named = maker->root ? from : maker->object == 0 && e->count ? list_at(f, e->first, 0) : 0;
      Name outer = named ? field_name(f, at, named) : 0;
      field = field ? field : outer ? outer : own;
      note_deprecated(p, file, expr_at(f, property)->parent, type, sym_of(f, field));
      add_resolver(p, (Resolver){.function = function, .type = type, .field = sym_of(f, field), .parents = 1u << before,
                                 .positional = true, .before = before});
      return;
    }
    if (call && !*method && callee->kind == EX_MEMBER)
      method = text_of(f, callee->name);
    field = field ? field : field_name(f, at, from);
    from = at;
  }
}

//
// Fields for one parent only
//

// Whether an expression is the key of the parent itself: `user.id`.
static bool is_own_key(Program *p, FileId file, Id expr, const Resolver *r) {
  static const char *const names[] = {"id", "_id", "uid", "uuid"};
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Expr *parent = e->kind == EX_MEMBER ? expr_at(f, e->a) : e;
  Id binding = parent->kind == EX_IDENT ? binding_of(p, file, parent->scope, parent->name, false) : 0;
  bool of_parent = binding && f->facts.bindings.at[binding].scope == f->facts.functions.at[r->function.id].scope &&
                   binds_item(f, binding, r->parents);
  return of_parent && is_any_of(text_of(f, e->name), names, COUNT(names));
}

// Whether a condition compares the parent's key with a value from elsewhere, by an operator that starts like this:
// "=" or "!". Conditions joined by `through` count each.
static bool compares_key(Program *p, FileId file, Id condition, char operator, const char *through, const Resolver *r) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition);
  const char *name = text_of(f, e->name);
  if (e->kind == EX_ALT && !e->c && !strcmp(name, through))
    return compares_key(p, file, e->a, operator, through, r) || compares_key(p, file, e->b, operator, through, r);
  if (e->kind != EX_BINARY || *name != operator || name[1] != '=')
    return false;
  Id other = is_own_key(p, file, e->a, r) ? e->b : is_own_key(p, file, e->b, r) ? e->a : 0;
  uint8_t kind = expr_at(f, other)->kind;
  return (kind == EX_MEMBER || kind == EX_IDENT) && !depends(p, file, other, r->function.id, r->parents);
}

// Whether a function does nothing but throw.
static bool always_throws(Program *p, ValueId value) {
  Ref function = value_function(p, value);
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  return function.file && !fn->returns.count && throws_in(f, fn->scope);
}

// Whether a block is always left by the function: it returns, throws, or calls what throws.
static bool is_left(Program *p, FileId file, Id block) {
  const File *f = &p->files.at[file];
  const Span span = f->facts.scopes.at[block].span;
  Slice exits = exits_at(f, block);
  for (uint32_t i = 0; i < exits.n; i++) {
    uint8_t kind = f->facts.exits.at[exits.at[i]].kind;
    if (kind == EXIT_RETURN || kind == EXIT_THROW)
      return true;
  }
  for (Id i = f->extents[block].first; i < f->extents[block].end; i++) {
    const Expr *e = expr_at(f, i);
    bool here = e->scope == block && e->span.start >= span.start && e->kind == EX_CALL && e->flags & EXF_STATEMENT;
    if (here && always_throws(p, value_of(p, file, e->a)))
      return true;
  }
  return false;
}

bool resolver_asks_once(Program *p, const Resolver *r, Id expr) {
  FileId file = r->function.file;
  const File *f = &p->files.at[file];
  Id region = f->facts.functions.at[r->function.id].scope;
  for (Id scope = expr_at(f, expr)->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->a && compares_key(p, file, s->a, s->kind == SC_ELSE ? '!' : '=', "&&", r))
      return true;
  }
  for (Id scope = region + 1; scope < f->facts.scopes.n && scope_inside(f, scope, region); scope++) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_IF && s->parent == region && s->span.end <= expr_at(f, expr)->span.start &&
        compares_key(p, file, s->a, '!', "||", r) && is_left(p, file, scope))
      return true;
  }
  return false;
}

//
// What a server hands to resolvers
//

// The value of the property `context` of an argument, or what the function that it is gives.
static ValueId context_given(Program *p, FileId file, Id argument) {
  ValueId context = value_member(p, value_of(p, file, argument), sym_intern(p, "context"));
  bool function = value_at(p, context)->kind == VAL_FUNCTION;
  return function ? value_awaited(p, value_call(p, context, file, 0)) : context;
}

// The names of the functions that are given maps or a context. Other calls are not evaluated here: what they give may
// depend on what a resolver is handed.
static bool names_server(const File *f, Id callee, const Map *names) {
  const Expr *e = expr_at(f, callee);
  return (e->kind == EX_IDENT || e->kind == EX_MEMBER) && map_get(names, sym_of(f, e->name) + 1u);
}

static void visit_call(Program *p, FileId file, Id call) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, expr_at(&p->files.at[file], call)->a), each);
  for (uint32_t i = 0; i < n; i++) {
    const LibraryExport *export = external_export(p, each[i]);
    const File *f = &p->files.at[file];
    if (!export)
      continue;
    // No argument has the number ARG_NONE.
    Id resolvers = argument_at(f, call, export->meaning.resolvers), context = argument_at(f, call, export->meaning.context);
    if (resolvers)
      add_given(p, value_of(p, file, resolvers), 0);
    ValueId both[2] = {p->resolver_context, context ? context_given(p, file, context) : VALUE_UNKNOWN};
    p->resolver_context = value_union(p, both, 2);
  }
}

// The class of the program that a type is named after: `Group` is resolved from rows of `class Group extends Model`.
// Only when there is one.
static ValueId class_named(Program *p, Sym name) {
  Ref found = {0, 0};
  for (uint32_t at = name ? map_get(&p->classes_by_name, name + 1u) : 0; at; at = p->links.at[at].next) {
    Ref ref = p->links.at[at].ref;
    const File *f = &p->files.at[ref.file];
    if (f->context != CONTEXT_APP || !f->facts.classes.at[ref.id].extends)
      continue;
    if (found.file)
      return VALUE_UNKNOWN;
    found = ref;
  }
  return found.file ? value_of_instance(p, found.file, found.id) : VALUE_UNKNOWN;
}

ValueId resolver_param(Program *p, FileId file, Id function, uint32_t index) {
  const Resolver *r = resolver_at(p, file, function);
  if (!r || !r->positional)
    return VALUE_UNKNOWN;
  if (index == r->before + 2u)
    return p->resolver_context ? p->resolver_context : VALUE_UNKNOWN;
  return index == r->before && r->parents ? class_named(p, r->type) : VALUE_UNKNOWN;
}

//
// All of them
//

static void visit_object(Program *p, FileId file, Id object) {
  const File *f = &p->files.at[file];
  if (is_map(f, object))
    add_map(p, file, object);
  Sym type = annotated_type(p, f, object);
  if (type)
    add_type(p, type, value_make(p, VAL_OBJECT, file, object, 0), 0);
}

static void visit_property(Program *p, FileId file, Id property, Sym resolve) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, property);
  if (sym_of(f, e->name) != resolve)
    return;
  Ref function = value_function(p, value_of(p, file, e->a));
  if (function.file)
    add_written(p, file, property, function);
}

// The last names of the exports that take maps or a context.
static void collect_server_names(Program *p, Map *names) {
  for (uint32_t i = 0; i < p->libs->exports.n; i++) {
    const LibraryExport *export = &p->libs->exports.at[i];
    const char *dot = strrchr(export->name, '.');
    if (export->meaning.resolvers != ARG_NONE || export->meaning.context != ARG_NONE)
      map_put(names, sym_intern(p, dot ? dot + 1 : export->name) + 1u, 1);
  }
}

void program_resolvers(Program *p) {
  Map names = {0};
  Sym resolve = sym_intern(p, "resolve");
  collect_server_names(p, &names);
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    for (Id id = 1; id < f->facts.classes.n; id++)
      find_in_class(p, file, &f->facts.classes.at[id]);
    for (Id id = 1; id < f->facts.exprs.n; id++) {
      uint8_t kind = expr_at(f, id)->kind;
      if (kind == EX_OBJECT)
        visit_object(p, file, id);
      else if (kind == EX_PROPERTY)
        visit_property(p, file, id, resolve);
      else if ((kind == EX_CALL || kind == EX_NEW) && names_server(f, expr_at(f, id)->a, &names))
        visit_call(p, file, id);
    }
  }
  map_release(&names);
}
