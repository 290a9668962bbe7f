// types.c - what a type annotation says of a value.
//
// A type parameter evaluates to VAL_TYPE_PARAM, and value_substitute() puts the type argument in its place
// where a class, interface or alias is used with arguments, so that types too have one value each.
#include "values.h"

#include <string.h>

uint32_t type_arguments(Program *p, FileId file, Id tuple) {
  if (!tuple)
    return 0;
  ValueId values[8];
  List list = p->files.at[file].facts.types.at[tuple].list;
  uint32_t n = list.count < 8 ? list.count : 8;
  for (uint32_t i = 0; i < n; i++)
    values[i] = value_of_type(p, file, p->files.at[file].facts.lists.at[list.first + i]);
  return n ? value_list(p, values, n) : 0;
}

static ValueId list_item(const Program *p, uint32_t list, uint32_t i) {
  return list && i < p->value_pool.at[list] ? p->value_pool.at[list + 1 + i] : VALUE_UNKNOWN;
}

static uint32_t substitute_list(Program *p, uint32_t list, FileId file, Id scope, uint32_t arguments) {
  if (!list)
    return 0;
  ValueId values[8];
  uint32_t n = p->value_pool.at[list];
  for (uint32_t i = 0; i < n && i < 8; i++)
    values[i] = value_substitute(p, list_item(p, list, i), file, scope, arguments);
  return value_list(p, values, n < 8 ? n : 8);
}

// Whether a type parameter is that of an alias or interface, not of a function type in one.
static bool is_of_declaration(const File *f, Id scope) {
  const Scope *s = &f->facts.scopes.at[scope];
  return s->kind == SC_TYPE && f->facts.scopes.at[s->parent].kind != SC_TYPE;
}

static ValueId substitute_parameter(Program *p, ValueId value, FileId file, Id scope, uint32_t arguments) {
  const Value *v = value_at(p, value);
  const File *f = &p->files.at[v->a];
  const Binding *b = &f->facts.bindings.at[v->b];
  bool meant = file ? v->a == file && b->scope == scope : is_of_declaration(f, b->scope);
  return meant ? list_item(p, arguments, b->number) : value;
}

static ValueId substitute_one(Program *p, ValueId value, FileId file, Id scope, uint32_t arguments) {
  const Value v = *value_at(p, value);
  switch (v.kind) {
  case VAL_TYPE_PARAM:
    return substitute_parameter(p, value, file, scope, arguments);
  case VAL_ARRAY:
  case VAL_PROMISE:
  case VAL_DICT:
    return value_make(p, v.kind, value_substitute(p, v.a, file, scope, arguments), v.b, v.c);
  case VAL_SHAPE:
  case VAL_CALLABLE:
    if (!v.c && !file)
      return value_make(p, v.kind, v.a, v.b, arguments);
    // fall through
  case VAL_INSTANCE:
    return v.c ? value_make(p, v.kind, v.a, v.b, substitute_list(p, v.c, file, scope, arguments)) : value;
  default:
    return value;
  }
}

ValueId value_substitute(Program *p, ValueId value, FileId file, Id scope, uint32_t arguments) {
  if (!arguments || p->depth > 350)
    return value;
  p->depth++;
  ValueId each[4], out[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++)
    out[i] = substitute_one(p, each[i], file, scope, arguments);
  p->depth--;
  return n == 1 ? out[0] : value_union(p, out, n);
}

//
// Names of types
//

// Whether something of this name stands in for another in tests.
static bool stands_in(const File *f, Name name) {
  static const char *const prefixes[] = {"fake", "mock", "stub", "test", "dummy", "inmemory", "noop"};
  const char *text = text_of(f, name);
  for (size_t i = 0; i < COUNT(prefixes); i++)
    if (!strncasecmp(text, prefixes[i], strlen(prefixes[i])))
      return true;
  return f->context != CONTEXT_APP;
}

bool is_stand_in(const Program *p, Ref class) {
  const File *f = &p->files.at[class.file];
  return stands_in(f, f->facts.classes.at[class.id].name);
}

// The name of an object literal: that of its variable, or of the function that it stands in.
static Name literal_name(const File *f, Id literal) {
  Id binding = map_get(&f->owners, literal);
  return binding ? f->facts.bindings.at[binding].name : f->facts.functions.at[unit_of(f, literal)].name;
}

uint32_t implementations(Program *p, Ref type, ValueId out[MAX_IMPLEMENTERS]) {
  uint64_t key = ref_key(type) << 1 | 1;
  uint32_t heads[] = {map_get(&p->implementers, key), map_get(&p->literals, key)}, n = 0;
  for (int literals = 0; literals < 2; literals++)
    for (uint32_t at = heads[literals]; at; at = p->links.at[at].next) {
      Ref ref = p->links.at[at].ref;
      const File *f = &p->files.at[ref.file];
      if (literals ? stands_in(f, literal_name(f, ref.id)) : is_stand_in(p, ref))
        continue;
      if (n == MAX_IMPLEMENTERS)
        return 0;
      out[n++] = literals ? value_make(p, VAL_OBJECT, ref.file, ref.id, 0) : value_of_instance(p, ref.file, ref.id);
    }
  return n;
}

// What an interface stands for when a class implements it. Literals alone are asked for their functions only, see
// members.c: the data in them is one example of many.
static ValueId implementation(Program *p, FileId file, Id type) {
  ValueId values[MAX_IMPLEMENTERS];
  uint32_t n = implementations(p, (Ref){file, type}, values);
  return n && value_at(p, values[0])->kind == VAL_INSTANCE ? value_union(p, values, n) : VALUE_UNKNOWN;
}

static ValueId interface_value(Program *p, FileId file, const Binding *b, uint32_t arguments) {
  ValueId class = p->classes_known ? implementation(p, file, b->type) : VALUE_UNKNOWN;
  if (class != VALUE_UNKNOWN)
    return class;
  return value_make(p, VAL_SHAPE, file, b->type, arguments);
}

static ValueId named_binding(Program *p, FileId file, Id binding, uint32_t arguments) {
  const Binding *b = &p->files.at[file].facts.bindings.at[binding];
  switch (b->kind) {
  case BIND_IMPORT:
    return value_of_import(p, file, b->value, true);
  case BIND_CLASS: {
    const Expr *e = expr_at(&p->files.at[file], b->value);
    return e->kind == EX_CLASS ? value_make(p, VAL_INSTANCE, file, e->a, arguments) : VALUE_UNKNOWN;
  }
  case BIND_ALIAS:
    return value_of_type(p, file, b->type);
  case BIND_INTERFACE:
    return interface_value(p, file, b, arguments);
  case BIND_TYPE_PARAM:
    return value_make(p, VAL_TYPE_PARAM, file, binding, 0);
  default:
    return VALUE_UNKNOWN;
  }
}

// A library's type, `Repository<Order>`: the state, and the table from the type argument.
static ValueId external_type(Program *p, ValueId external) {
  const LibraryExport *export = external_export(p, external);
  return export && export->type ? library_value(p, export->type, 0) : external;
}

// Give a type the arguments that it is used with.
static ValueId with_arguments(Program *p, ValueId value, uint32_t arguments) {
  const Value v = *value_at(p, value);
  if (v.kind == VAL_EXTERNAL)
    return external_type(p, value);
  if (!arguments)
    return value;
  if (v.kind != VAL_INSTANCE && v.kind != VAL_SHAPE)
    return value_substitute(p, value, 0, 0, arguments);
  return v.c ? value : value_make(p, v.kind, v.a, v.b, arguments);
}

// What stands before the dot in a type: an import `schema`, or `import("./schema")`.
static ValueId space_of_type(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, true) : 0;
  if (binding && f->facts.bindings.at[binding].kind == BIND_IMPORT)
    return value_of_import(p, file, f->facts.bindings.at[binding].value, false);
  return e->kind == EX_IMPORT ? require_value(p, file, e->a) : value_of(p, file, expr);
}

ValueId value_of_named_type(Program *p, FileId file, Id expr, uint32_t arguments) {
  const Expr e = *expr_at(&p->files.at[file], expr);
  if (e.kind == EX_IDENT) {
    Id binding = binding_of(p, file, e.scope, e.name, true);
    return binding ? with_arguments(p, named_binding(p, file, binding, arguments), arguments) : VALUE_UNKNOWN;
  }
  if (e.kind != EX_MEMBER)
    return e.kind == EX_IMPORT ? require_value(p, file, e.a) : VALUE_UNKNOWN;
  // `Prisma.TransactionClient`, `schema.User`: a member of a namespace.
  ValueId modelled = modelled_member(p, file, e.a, e.name, true);
  if (modelled != VALUE_UNKNOWN)
    return external_type(p, modelled);
  Sym name = sym_of(&p->files.at[file], e.name);
  ValueId space = space_of_type(p, file, e.a);
  const Value v = *value_at(p, space);
  if (v.kind == VAL_MODULE)
    return with_arguments(p, value_export(p, v.a, name, true), arguments);
  return v.kind == VAL_EXTERNAL ? external_type(p, value_member(p, space, name)) : VALUE_UNKNOWN;
}

//
// Types of the language
//

// ReturnType<typeof f>: what calling f gives.
static ValueId return_type(Program *p, FileId file, Id argument) {
  ValueId function = value_of_type(p, file, argument);
  return value_call(p, function, file, 0);
}

// What a dictionary of values of a type is, nothing where the type says nothing.
static ValueId dictionary(Program *p, FileId file, Id type, bool map) {
  ValueId held = value_of_type(p, file, type);
  return held == VALUE_UNKNOWN ? held : value_make(p, VAL_DICT, held, map, 0);
}

// `Record<K, V>` and `Map<K, V>`.
static ValueId generic_dictionary(Program *p, FileId file, const char *name, const Type *type) {
  static const char *const maps[] = {"Map", "ReadonlyMap", "WeakMap"};
  bool map = is_any_of(name, maps, COUNT(maps));
  bool both = type->list.count == 2 && (map || !strcmp(name, "Record"));
  return both ? dictionary(p, file, p->files.at[file].facts.lists.at[type->list.first + 1], map) : VALUE_UNKNOWN;
}

// A global generic type: Promise, Array, Partial, ...; unknown for any other name.
static ValueId builtin_type(Program *p, FileId file, const char *name, const Type *type) {
  static const char *const arrays[] = {"Array", "ReadonlyArray", "Set", "ReadonlySet", "Iterable", "AsyncIterable",
                                       "IterableIterator", "AsyncGenerator", "Generator", "ArrayLike"};
  static const char *const through[] = {"Partial", "Required", "Readonly", "NonNullable", "Pick", "Omit",
                                        "Awaited", "Exclude", "Extract", "NoInfer"};
  if (!type->list.count)
    return VALUE_UNKNOWN;
  Id first = p->files.at[file].facts.lists.at[type->list.first];
  if (!strcmp(name, "Promise") || !strcmp(name, "PromiseLike"))
    return value_make(p, VAL_PROMISE, value_of_type(p, file, first), 0, 0);
  if (is_any_of(name, arrays, COUNT(arrays)))
    return value_make(p, VAL_ARRAY, value_of_type(p, file, first), 0, 0);
  if (!strcmp(name, "Awaited"))
    return value_awaited(p, value_of_type(p, file, first));
  if (is_any_of(name, through, COUNT(through)))
    return value_of_type(p, file, first);
  if (!strcmp(name, "ReturnType"))
    return return_type(p, file, first);
  if (!strcmp(name, "InstanceType")) {
    ValueId class = value_of_type(p, file, first);
    const Value v = *value_at(p, class);
    return v.kind == VAL_CLASS ? value_of_instance(p, v.a, v.b) : VALUE_UNKNOWN;
  }
  return generic_dictionary(p, file, name, type);
}

// Whether what `typeof` asks holds all tables: `LibSQLDatabase<typeof schema>`.
static bool is_of_tables(Program *p, FileId file, const Type *type) {
  uint8_t kind = value_at(p, type->kind == TY_QUERY ? value_of(p, file, type->a) : VALUE_UNKNOWN)->kind;
  return kind == VAL_MODULE || kind == VAL_OBJECT;
}

// The table of `Repository<Order>`: the name of the type argument that the model points to.
static Sym table_of_arguments(Program *p, FileId file, const Type *type, int index) {
  const File *f = &p->files.at[file];
  if (index < 0 || (uint32_t)index >= type->list.count)
    return 0;
  const Type *argument = &f->facts.types.at[f->facts.lists.at[type->list.first + (uint32_t)index]];
  bool named = argument->kind == TY_REF || argument->kind == TY_QUERY;
  const Expr *e = expr_at(f, named ? argument->a : 0);
  if (!e->name || is_of_tables(p, file, argument))
    return 0;
  Id binding = binding_of(p, file, e->scope, e->name, true);
  bool parameter = binding && f->facts.bindings.at[binding].kind == BIND_TYPE_PARAM;
  return parameter ? 0 : sym_of(f, e->name);
}

// A library's type of what a function gives: `inferAsyncReturnType<typeof createContext>`.
static ValueId given_type(Program *p, FileId file, ValueId external, const Type *type) {
  const LibraryExport *export = external_export(p, external);
  int index = export ? export->meaning.callback : ARG_NONE;
  bool given = index >= 0 && (uint32_t)index < type->list.count;
  return given ? value_awaited(p, return_type(p, file, list_at(&p->files.at[file], type->list.first, (uint32_t)index))) : external;
}

// A type of a library that is one of its arguments, `Relation<Order>`: that argument, 0 for any other.
static Id wrapped_type(Program *p, FileId file, ValueId value, const Type *type) {
  const LibraryExport *export = external_export(p, value);
  int index = export && !export->type ? export->meaning.wraps : ARG_NONE;
  return index >= 0 && (uint32_t)index < type->list.count ? list_at(&p->files.at[file], type->list.first, (uint32_t)index) : 0;
}

static ValueId reference_value(Program *p, FileId file, const Type *type, Id id) {
  const Expr e = *expr_at(&p->files.at[file], type->a);
  if (e.kind == EX_IDENT && !binding_of(p, file, e.scope, e.name, true))
    return builtin_type(p, file, text_of(&p->files.at[file], e.name), type);
  uint32_t arguments = type->list.count ? type_arguments(p, file, id) : 0;
  ValueId value = value_of_named_type(p, file, type->a, arguments);
  const Value v = *value_at(p, value);
  Id wrapped = wrapped_type(p, file, value, type);
  if (wrapped)
    return value_of_type(p, file, wrapped);
  if (v.kind == VAL_EXTERNAL)
    return given_type(p, file, value, type);
  if (v.kind != VAL_LIBRARY || v.b || !type->list.count)
    return value;
  return library_value(p, (StateId)v.a, table_of_arguments(p, file, type, 0));
}

static ValueId each_type(Program *p, FileId file, const Type *type) {
  ValueId values[4];
  uint32_t n = 0;
  for (uint32_t i = 0; i < type->list.count && n < 4; i++) {
    ValueId value = value_of_type(p, file, p->files.at[file].facts.lists.at[type->list.first + i]);
    if (value != VALUE_UNKNOWN)
      values[n++] = value;
  }
  return value_union(p, values, n);
}

// The T of `Parameters<T>[n]`, 0 for any other type; `index` is set to n.
static Id parameters_of(Program *p, FileId file, const Type *type, int *index) {
  const Facts *facts = &p->files.at[file].facts;
  const Type *list = &facts->types.at[type->kind == TY_INDEXED ? type->a : 0];
  const char *number = type->kind == TY_INDEXED && type->name ? text_of(&p->files.at[file], type->name) : "";
  if (list->kind != TY_REF || list->list.count != 1 || number[0] < '0' || number[0] > '9' || number[1])
    return 0;
  *index = number[0] - '0';
  const Expr *name = expr_at(&p->files.at[file], list->a);
  return strcmp(text_of(&p->files.at[file], name->name), "Parameters") ? 0 : facts->lists.at[list->list.first];
}

// `Parameters<Parameters<typeof db.transaction>[0]>[0]`: what a library's method hands to its callback.
static ValueId callback_parameter(Program *p, FileId file, const Type *type) {
  int index, position;
  Id callback = parameters_of(p, file, type, &index);
  Id method = callback ? parameters_of(p, file, &p->files.at[file].facts.types.at[callback], &position) : 0;
  const Value v = *value_at(p, method ? value_of_type(p, file, method) : VALUE_UNKNOWN);
  if (v.kind != VAL_METHOD)
    return VALUE_UNKNOWN;
  const Value receiver = *value_at(p, v.a);
  const Meaning *m = library_member(p->libs, (StateId)receiver.a, sym_text(p, v.b));
  if (!m || !m->as || m->param != index || (m->transaction != position && m->callback != position))
    return VALUE_UNKNOWN;
  return value_make(p, VAL_LIBRARY, m->as == STATE_SELF ? receiver.a : m->as, receiver.b, additions_of(p, &receiver));
}

// `Parameters<typeof f>[0]`: what a function of the tree gets.
static ValueId function_parameter(Program *p, FileId file, const Type *type) {
  int index = 0;
  Id function = parameters_of(p, file, type, &index);
  Ref f = value_function(p, function ? value_of_type(p, file, function) : VALUE_UNKNOWN);
  return f.file ? value_of_param(p, f.file, f.id, (uint32_t)index) : VALUE_UNKNOWN;
}

static ValueId indexed_type(Program *p, FileId file, const Type *type) {
  ValueId parameter = callback_parameter(p, file, type);
  if (parameter == VALUE_UNKNOWN)
    parameter = function_parameter(p, file, type);
  if (parameter != VALUE_UNKNOWN)
    return parameter;
  ValueId object = value_of_type(p, file, type->a);
  if (type->name)
    return value_member(p, object, sym_of(&p->files.at[file], type->name));
  return value_element(p, object);
}

// `{ [id: string]: Order }` is a dictionary, any other type of an object known by its members.
static ValueId object_type(Program *p, FileId file, Id id) {
  const Facts *facts = &p->files.at[file].facts;
  List list = facts->types.at[id].list;
  const Member *m = &facts->members.at[list.count == 1 ? list_at(&p->files.at[file], list.first, 0) : 0];
  ValueId value = list.count == 1 && m->kind == MEMBER_INDEX ? dictionary(p, file, m->type, false) : VALUE_UNKNOWN;
  return value == VALUE_UNKNOWN ? value_make(p, VAL_SHAPE, file, id, 0) : value;
}

static ValueId evaluate_type(Program *p, FileId file, Id id) {
  const Type *type = &p->files.at[file].facts.types.at[id];
  switch (type->kind) {
  case TY_REF:
    return reference_value(p, file, type, id);
  case TY_QUERY:
    return value_of(p, file, type->a);
  case TY_UNION:
  case TY_INTERSECTION:
    return each_type(p, file, type);
  case TY_ARRAY:
    return value_make(p, VAL_ARRAY, value_of_type(p, file, type->a), 0, 0);
  case TY_TUPLE:
    return value_make(p, VAL_ARRAY, each_type(p, file, type), 0, 0);
  case TY_INDEXED:
    return indexed_type(p, file, type);
  case TY_FUNCTION:
    return value_make(p, VAL_CALLABLE, file, id, 0);
  case TY_OBJECT:
    return object_type(p, file, id);
  default:
    return VALUE_UNKNOWN;
  }
}

ValueId value_of_type(Program *p, FileId file, Id type) {
  ValueId *memo = &p->files.at[file].types[type];
  if (!type || *memo == VAL_BUSY || p->depth > 350)
    return VALUE_UNKNOWN;
  if (*memo)
    return *memo;
  p->depth++;
  *memo = VAL_BUSY;
  *memo = evaluate_type(p, file, type);
  p->depth--;
  return *memo;
}
