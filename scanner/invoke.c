// invoke.c - what a call gives.
#include "values.h"

#include <string.h>

#include "schema/declare.h"

Id argument_at(const File *f, Id call, int index) {
  const Expr *e = expr_at(f, call);
  if (e->kind == EX_TAGGED)
    return index == 0 ? e->b : 0;
  if (index == ARG_LAST)
    index = (int)e->count - 1;
  if (index < 0 || (uint32_t)index >= e->count)
    return 0;
  Id argument = list_at(f, e->first, (uint32_t)index);
  return expr_at(f, argument)->kind == EX_SPREAD ? 0 : argument;
}

int argument_index(const File *f, Id call, Id argument) {
  const Expr *e = expr_at(f, call);
  if (e->kind != EX_CALL && e->kind != EX_NEW)
    return -1;
  for (uint32_t i = 0; i < e->count; i++)
    if (list_at(f, e->first, i) == argument)
      return (int)i;
  return -1;
}

//
// Library calls
//

// What follows the verb in the name of a member, in singular: `Post` of `listPosts`.
static Sym name_behind(Program *p, Sym name, uint8_t verb) {
  Arena arena = {0};
  const char *text = sym_text(p, name);
  Sym behind = strlen(text) > verb ? sym_intern(p, naming_singular(&arena, text + verb)) : name;
  arena_release(&arena);
  return behind;
}

Sym meaning_table(Program *p, const Meaning *m, const Value *receiver, Sym name, FileId file, Id call) {
  if (m->table == ARG_NAME)
    return m->stem ? name_behind(p, name, m->stem) : name;
  Id argument = m->table == ARG_NONE || !call ? 0 : argument_at(&p->files.at[file], call, m->table);
  Sym table = argument ? table_name(p, file, argument) : 0;
  return table ? table : receiver->b;
}

// An instance of the class that is an argument: `getCustomRepository(OrderRepository)`.
static ValueId instance_of_argument(Program *p, FileId file, Id call, int index) {
  Id argument = call ? argument_at(&p->files.at[file], call, index) : 0;
  Value class = *value_at(p, argument ? value_of(p, file, argument) : VALUE_UNKNOWN);
  return class.kind == VAL_CLASS ? value_of_instance(p, class.a, class.b) : VALUE_UNKNOWN;
}

// The same, or what a container makes by calling a function: `asFunction(makeOrders)`.
static ValueId made_of_argument(Program *p, FileId file, Id call, const Meaning *m) {
  Id argument = call && m->as ? argument_at(&p->files.at[file], call, m->instance) : 0;
  ValueId given = argument ? value_of(p, file, argument) : VALUE_UNKNOWN;
  if (value_at(p, given)->kind == VAL_FUNCTION)
    return value_awaited(p, value_call(p, given, file, 0));
  return instance_of_argument(p, file, call, m->instance);
}

// An array of chunks of the array that is an argument: `_.chunk(ids, 100)`.
static ValueId chunks_of_argument(Program *p, FileId file, Id call, int index) {
  Id argument = argument_at(&p->files.at[file], call, index);
  ValueId list = argument ? value_of(p, file, argument) : VALUE_UNKNOWN;
  if (value_at(p, list)->kind != VAL_ARRAY)
    list = value_make(p, VAL_ARRAY, value_element(p, list), 0, 0);
  return value_make(p, VAL_ARRAY, list, 0, 0);
}

// The template of a tagged one (sql`...`), seen through a variable.
static Id untagged(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (e->kind == EX_TAGGED)
    return e->b;
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  bool tagged = b->kind == BIND_CONST && expr_at(f, b->value)->kind == EX_TAGGED;
  return tagged ? expr_at(f, b->value)->b : expr;
}

Ref sql_literal(Program *p, FileId file, Id argument) {
  argument = untagged(p, file, argument);
  Value v = *value_at(p, argument ? value_of(p, file, argument) : VALUE_UNKNOWN);
  if (v.kind == VAL_OBJECT) {
    ValueId text = value_member(p, value_make(p, VAL_OBJECT, v.a, v.b, 0), sym_intern(p, "text"));
    v = *value_at(p, text);
  }
  return v.kind == VAL_STRING ? (Ref){v.a, v.b} : (Ref){0, 0};
}

// The text of a statement that is only prepared: what is called on it runs this text.
static Sym prepared_text(Program *p, const Meaning *m, Value receiver, FileId file, Id call) {
  if (m->to == STATE_SELF)
    return receiver.c;
  Ref text = m->sql >= 0 && !m->effect && call ? sql_literal(p, file, argument_at(&p->files.at[file], call, m->sql)) : (Ref){0, 0};
  const File *f = &p->files.at[text.file];
  return text.file ? sym_of(f, expr_at(f, text.id)->name) : 0;
}

// What a call gives that gives its argument, a function that calls it, or what it holds; VALUE_UNKNOWN if it does not.
static ValueId passed_value(Program *p, const Meaning *m, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id wrapped = argument_at(f, call, m->wraps), held = argument_at(f, call, m->elements);
  if (held)
    return value_as_list(p, value_of(p, file, held));
  ValueId value = wrapped ? value_of(p, file, wrapped) : VALUE_UNKNOWN;
  // `promisify(exec)`: @types/node has what gives a promise as a member of what tells a callback.
  bool external = value_at(p, value)->kind == VAL_EXTERNAL && value_at(p, value)->a;
  ValueId promise = external ? value_member(p, value, sym_intern(p, "__promisify__")) : VALUE_UNKNOWN;
  return external_export(p, promise) ? promise : value;
}

static ValueId meaning_result(Program *p, const Meaning *m, Value receiver, Sym name, FileId file, Id call) {
  Sym table = meaning_table(p, m, &receiver, name, file, call);
  StateId state = m->to == STATE_SELF ? (StateId)receiver.a : m->to;
  Sym text = prepared_text(p, m, receiver, file, call);
  ValueId result = state ? value_make(p, VAL_LIBRARY, state, table, text) : VALUE_UNKNOWN;
  if (m->chunks != ARG_NONE && call)
    return chunks_of_argument(p, file, call, m->chunks);
  ValueId passed = call ? passed_value(p, m, file, call) : VALUE_UNKNOWN;
  if (passed != VALUE_UNKNOWN)
    return passed;
  Id added = m->adds == ARG_NONE || !call ? 0 : argument_at(&p->files.at[file], call, m->adds);
  if (added)
    result = value_union(p, (ValueId[]){value_of(p, file, added), result}, 2);
  if (m->instance != ARG_NONE)
    result = made_of_argument(p, file, call, m);
  ValueId loaded = m->module != ARG_NONE && call ? value_call(p, loaded_function(p, file, call), file, 0) : VALUE_UNKNOWN;
  if (loaded != VALUE_UNKNOWN)
    result = loaded;
  if (m->list && m->to)
    result = value_make(p, VAL_ARRAY, result, 0, 0);
  return m->lazy && call ? value_make(p, VAL_PENDING, file, call, result) : result;
}

// `context.get("db")`: what was put there under the name.
static ValueId given_by_name(Program *p, const Meaning *m, StateId state, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *key = expr_at(f, argument_at(f, call, m->gives));
  return key->kind == EX_STRING ? value_put(p, state, sym_of(f, key->name)) : VALUE_UNKNOWN;
}

static ValueId call_method(Program *p, Value method, FileId file, Id call) {
  Value receiver = *value_at(p, method.a);
  const Meaning *m = library_member(p->libs, (StateId)receiver.a, sym_text(p, method.b));
  ValueId given = m && m->gives >= 0 && call ? given_by_name(p, m, (StateId)receiver.a, file, call) : VALUE_UNKNOWN;
  if (given != VALUE_UNKNOWN || (m && m->gives >= 0 && call && !m->to))
    return given;
  ValueId result = m ? meaning_result(p, m, receiver, method.b, file, call) : VALUE_UNKNOWN;
  if (!m || !call)
    return result;
  if (result != VALUE_UNKNOWN)
    return value_extended(p, result, method.b, file, call);
  // A transaction gives what its callback gives.
  int index = m->transaction != ARG_NONE ? m->transaction : m->callback;
  Id argument = index == ARG_NONE ? 0 : argument_at(&p->files.at[file], call, index);
  return argument ? value_awaited(p, value_call(p, value_of(p, file, argument), file, 0)) : VALUE_UNKNOWN;
}

const Meaning *operator_meaning(const Program *p, StateId state, FileId file, Id call) {
  uint8_t kind = expr_at(&p->files.at[file], call)->kind;
  const Meaning *tag = kind == EX_TAGGED ? library_member(p->libs, state, "``") : NULL;
  return tag ? tag : library_member(p->libs, state, kind == EX_NEW ? "new()" : "()");
}

// A library value that is called itself: `db("users")`, `sql(...)`.
static ValueId call_library(Program *p, Value v, FileId file, Id call) {
  const Meaning *m = operator_meaning(p, (StateId)v.a, file, call);
  return m ? meaning_result(p, m, v, 0, file, call) : VALUE_UNKNOWN;
}

//
// Calls of what is outside
//

// A name is good until the next value is made.
static ValueId promise_function(Program *p, const char *name, FileId file, Id call) {
  bool resolved = !strcmp(name, "resolve"), all = !strcmp(name, "all") || !strcmp(name, "allSettled");
  bool one = !strcmp(name, "race") || !strcmp(name, "any");
  Id argument = argument_at(&p->files.at[file], call, 0);
  ValueId value = argument ? value_of(p, file, argument) : VALUE_UNKNOWN;
  if (resolved)
    return value_make(p, VAL_PROMISE, value_awaited(p, value), 0, 0);
  ValueId element = value_awaited(p, value_element(p, value));
  if (all)
    return value_make(p, VAL_PROMISE, value_make(p, VAL_ARRAY, element, 0, 0), 0, 0);
  return one ? value_make(p, VAL_PROMISE, element, 0, 0) : VALUE_UNKNOWN;
}

// Functions of the language that hand on what they get.
static ValueId call_global(Program *p, const char *name, FileId file, Id call) {
  if (!strcmp(name, "require"))
    return require_value(p, file, argument_at(&p->files.at[file], call, 0));
  if (!strncmp(name, "Promise.", 8))
    return promise_function(p, name + 8, file, call);
  bool from = !strcmp(name, "Array.from"), pairs = !strcmp(name, "Object.entries");
  Id given = argument_at(&p->files.at[file], call, 0);
  if (given && (pairs || !strcmp(name, "Object.values")))
    return value_of_entries(p, value_of(p, file, given), pairs);
  if (from || !strcmp(name, "Object.assign") || !strcmp(name, "Object.freeze")) {
    Id first = argument_at(&p->files.at[file], call, 0), second = argument_at(&p->files.at[file], call, 1);
    ValueId both[2] = {first ? value_of(p, file, first) : VALUE_UNKNOWN,
                       second ? value_of(p, file, second) : VALUE_UNKNOWN};
    return from ? both[0] : value_union(p, both, 2);
  }
  return VALUE_UNKNOWN;
}

// What a wrapper makes of a function: the function, or the thing that it makes: `remember("db", () => new Client())`.
static ValueId function_or_its_result(Program *p, FileId file, Id function) {
  ValueId both[2] = {value_of(p, file, function), VALUE_UNKNOWN};
  ValueId result = value_call(p, both[0], file, 0);
  uint8_t kind = value_at(p, result)->kind;
  if (kind == VAL_LIBRARY || kind == VAL_INSTANCE || kind == VAL_OBJECT)
    both[1] = result;
  return value_union(p, both, 2);
}

// A call of nothing we know that gets one function, and whose result is kept: a wrapper (`cache(fn)`, `memoize(fn)`).
static ValueId wrapped_function(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call);
  Id found = 0;
  if (e->parent || e->flags & (EXF_STATEMENT | EXF_RETURNED))
    return VALUE_UNKNOWN;
  for (uint32_t i = 0; i < e->count; i++) {
    Id argument = list_at(f, e->first, i);
    uint8_t kind = expr_at(f, argument)->kind;
    bool named = (kind == EX_IDENT || kind == EX_MEMBER) && value_function(p, value_of(p, file, argument)).file;
    if (kind != EX_FUNCTION && !named)
      continue;
    if (found)
      return VALUE_UNKNOWN;
    found = argument;
  }
  return found ? function_or_its_result(p, file, found) : VALUE_UNKNOWN;
}

// The folder that an argument names: a string, or the last string of `path.join(root, "models")`.
static ValueId folder_of_argument(Program *p, FileId file, Id argument) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, argument);
  for (uint32_t i = e->count; e->kind == EX_CALL && i-- > 0;) {
    Id part = list_at(f, e->first, i);
    if (expr_at(f, part)->kind == EX_STRING)
      return folder_of_argument(p, file, part);
  }
  return e->kind == EX_STRING ? value_make(p, VAL_FOLDER, file, sym_of(f, e->name), FOLDER_MODULES) : VALUE_UNKNOWN;
}

// The table that a call or `new` of an export names. What is constructed may get other things in that place.
static Sym table_of_call(Program *p, const LibraryExport *export, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id argument = argument_at(f, call, export->meaning.table);
  uint8_t kind = value_at(p, argument ? value_of(p, file, argument) : VALUE_UNKNOWN)->kind;
  bool named = expr_at(f, call)->kind != EX_NEW || kind == VAL_STRING || kind == VAL_CLASS;
  return argument && named ? table_name(p, file, argument) : 0;
}

static ValueId call_external(Program *p, ValueId callee, FileId file, Id call) {
  Value v = *value_at(p, callee);
  if (!call)
    return VALUE_UNKNOWN;
  const LibraryExport *export = external_export(p, callee);
  if (export && export->call) {
    Sym table = table_of_call(p, export, file, call);
    return library_value(p, export->call, table ? table : table_given_later(p, export->call, file, call));
  }
  if (export && export->meaning.folder != ARG_NONE)
    return folder_of_argument(p, file, argument_at(&p->files.at[file], call, export->meaning.folder));
  if (export && export->meaning.instance != ARG_NONE)
    return made_of_argument(p, file, call, &export->meaning);
  if (export && export->meaning.chunks != ARG_NONE)
    return chunks_of_argument(p, file, call, export->meaning.chunks);
  ValueId passed = export ? passed_value(p, &export->meaning, file, call) : VALUE_UNKNOWN;
  if (passed != VALUE_UNKNOWN)
    return passed;
  if (export && export->meaning.callback != ARG_NONE) {
    Id argument = argument_at(&p->files.at[file], call, export->meaning.callback);
    return argument ? value_call(p, value_of(p, file, argument), file, 0) : VALUE_UNKNOWN;
  }
  ValueId value = v.a ? VALUE_UNKNOWN : call_global(p, sym_text(p, v.b), file, call);
  return value == VALUE_UNKNOWN ? wrapped_function(p, file, call) : value;
}

//
// Calls of our own functions
//

// The value of a type parameter of the called function: from the call's type arguments, else from the argument
// whose parameter is annotated with it (`x: T`, `make: () => T`).
static ValueId infer_type_param(Program *p, const Value *param, Ref function, FileId file, Id call) {
  const File *g = &p->files.at[function.file];
  const Function *fn = &g->facts.functions.at[function.id];
  const Binding *b = &g->facts.bindings.at[param->b];
  if (param->a != function.file || b->scope != fn->scope || !call)
    return VALUE_UNKNOWN;
  const File *f = &p->files.at[file];
  Id tuple = expr_at(f, call)->type;
  if (tuple && b->number < f->facts.types.at[tuple].list.count)
    return value_of_type(p, file, f->facts.lists.at[f->facts.types.at[tuple].list.first + b->number]);
  for (uint32_t i = 0; i < fn->params.count; i++) {
    const Param *param_i = &g->facts.params.at[g->facts.lists.at[fn->params.first + i]];
    const Type *type = &g->facts.types.at[param_i->type];
    bool maker = type->kind == TY_FUNCTION;
    Id argument = argument_at(f, call, (int)i);
    Id inner = maker ? type->a : param_i->type;
    if (!argument || !inner)
      continue;
    Value t = *value_at(p, value_awaited(p, value_of_type(p, function.file, inner)));
    bool list = t.kind == VAL_ARRAY;
    t = list ? *value_at(p, t.a) : t;
    if (t.kind != VAL_TYPE_PARAM || t.a != param->a || t.b != param->b)
      continue;
    ValueId value = value_of(p, file, argument);
    if (list)
      return value_element(p, maker ? value_awaited(p, value_call(p, value, file, 0)) : value);
    return maker ? value_awaited(p, value_call(p, value, file, 0)) : value;
  }
  return VALUE_UNKNOWN;
}

static ValueId returned_value(Program *p, Ref function) {
  const File *g = &p->files.at[function.file];
  const Function *fn = &g->facts.functions.at[function.id];
  ValueId values[4];
  uint32_t n = 0;
  for (uint32_t i = 0; i < fn->returns.count && n < 4; i++) {
    ValueId value = value_of(p, function.file, g->facts.lists.at[fn->returns.first + i]);
    if (value != VALUE_UNKNOWN)
      values[n++] = value;
  }
  return value_union(p, values, n);
}

static ValueId find_yielded(Program *p, Ref function) {
  const File *g = &p->files.at[function.file];
  const Extent *extent = &g->extents[g->facts.functions.at[function.id].scope];
  ValueId values[4];
  uint32_t n = 0;
  for (Id i = extent->first; i < extent->end && n < COUNT(values); i++) {
    const Expr *e = expr_at(g, i);
    if (e->kind != EX_YIELD || !e->a || unit_of(g, i) != function.id)
      continue;
    ValueId given = value_of(p, function.file, e->a), value = e->name ? value_element(p, given) : value_awaited(p, given);
    if (value != VALUE_UNKNOWN)
      values[n++] = value;
  }
  return n ? value_make(p, VAL_ARRAY, value_union(p, values, n), 0, 0) : VALUE_UNKNOWN;
}

// What an async generator yields, as a list: `for await (const page of pages())`. Memoised: one that goes on with what it
// yields itself gives nothing more there.
static ValueId yielded_value(Program *p, Ref function) {
  uint64_t key = ref_key(function);
  ValueId known = map_get(&p->yielded, key);
  if (known)
    return known == VAL_BUSY ? VALUE_UNKNOWN : known;
  map_put(&p->yielded, key, VAL_BUSY);
  ValueId value = find_yielded(p, function);
  map_put(&p->yielded, key, value);
  return value;
}

static ValueId instantiate(Program *p, ValueId result, Ref function, FileId file, Id call) {
  Value v = *value_at(p, result);
  if (v.kind == VAL_PROMISE || v.kind == VAL_ARRAY || v.kind == VAL_DICT)
    return value_make(p, v.kind, instantiate(p, v.a, function, file, call), v.b, 0);
  return v.kind == VAL_TYPE_PARAM ? infer_type_param(p, &v, function, file, call) : result;
}

// Whether a value is a function that the given one makes where it returns it: `(fn) => (...args) => fn(...args)`.
static bool is_returned_function(const Program *p, ValueId value, Ref function) {
  Ref made = value_function(p, value);
  if (!made.file || made.file != function.file)
    return false;
  const File *f = &p->files.at[made.file];
  const Function *fn = &f->facts.functions.at[made.id];
  Id outer = f->facts.functions.at[function.id].scope;
  return expr_at(f, fn->expr)->flags & EXF_RETURNED && made.id != function.id && scope_inside(f, fn->scope, outer);
}

// A returned function, and those that the call gave to its maker: calling it calls them.
static ValueId with_functions_of(Program *p, ValueId value, FileId file, Id call) {
  ValueId values[4] = {value};
  uint32_t n = 1, count = expr_at(&p->files.at[file], call)->count;
  for (uint32_t i = 0; i < count && n < COUNT(values); i++) {
    Id argument = argument_at(&p->files.at[file], call, (int)i);
    values[n] = argument ? value_of(p, file, argument) : VALUE_UNKNOWN;
    n += value_function(p, values[n]).file != 0;
  }
  return value_union(p, values, n);
}

// A repository or builder that a wrapper gives for the class that it gets: `getRepository(ctx, Order)`.
static ValueId for_class_argument(Program *p, ValueId value, FileId file, Id call) {
  Value v = *value_at(p, value);
  if (v.kind == VAL_PROMISE)
    return value_make(p, VAL_PROMISE, for_class_argument(p, v.a, file, call), 0, 0);
  if (v.kind != VAL_LIBRARY || v.b || !call)
    return value;
  const Expr e = *expr_at(&p->files.at[file], call);
  for (uint32_t i = 0; i < e.count; i++) {
    Id argument = list_at(&p->files.at[file], e.first, i);
    if (value_at(p, value_of(p, file, argument))->kind == VAL_CLASS)
      return value_make(p, VAL_LIBRARY, v.a, table_name(p, file, argument), v.c);
  }
  return value;
}

// `this`, `new this.constructor(...)`, or a variable that holds one of them.
static bool is_this(const Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  while (expr_at(f, expr)->kind == EX_CAST || expr_at(f, expr)->kind == EX_AWAIT)
    expr = expr_at(f, expr)->a;
  const Expr *e = expr_at(f, expr);
  if (e->kind == EX_NEW) {
    const Expr *class = expr_at(f, expr_at(f, e->a)->kind == EX_CAST ? expr_at(f, e->a)->a : e->a);
    return class->kind == EX_MEMBER && !strcmp(text_of(f, class->name), "constructor") && is_this(p, file, class->a, depth);
  }
  Id binding = e->kind == EX_IDENT && depth < 4 ? binding_of(p, file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  return e->kind == EX_THIS || (b->kind == BIND_CONST && is_this(p, file, b->value, depth + 1));
}

bool gives_this(const Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[function];
  const Type *result = &f->facts.types.at[fn->result];
  if (!fn->class)
    return false;
  if (fn->result)
    return result->kind == TY_KEYWORD && !strcmp(text_of(f, result->name), "this");
  for (uint32_t i = 0; i < fn->returns.count; i++)
    if (is_this(p, file, f->facts.lists.at[fn->returns.first + i], 0))
      return true;
  return false;
}

// A function around a container, `get(type) { return this.container.get(type); }`: an instance of the class that the
// call hands to it.
static ValueId instance_by_wrapper(Program *p, Ref function, FileId file, Id call) {
  const File *g = &p->files.at[function.file];
  const Function *fn = &g->facts.functions.at[function.id];
  Id inner = fn->returns.count == 1 ? g->facts.lists.at[fn->returns.first] : 0;
  const Meaning *m = expr_at(g, inner)->kind == EX_CALL ? method_meaning(p, value_of(p, function.file, expr_at(g, inner)->a)) : NULL;
  const Expr *given = expr_at(g, m && m->instance >= 0 ? argument_at(g, inner, m->instance) : 0);
  Id binding = given->kind == EX_IDENT ? binding_of(p, function.file, given->scope, given->name, false) : 0;
  const Expr *param = expr_at(g, g->facts.bindings.at[binding].kind == BIND_PARAM ? g->facts.bindings.at[binding].value : 0);
  bool own = param->kind == EX_PARAM && param->a == function.id;
  return own ? instance_of_argument(p, file, call, (int)param->b) : VALUE_UNKNOWN;
}

// What the type arguments of an object make of what its method is declared to give: `Promise<T[]>` of a `Store<Order>`.
static ValueId for_object(Program *p, ValueId declared, const Value *method) {
  const Value self = *value_at(p, method->c);
  const File *f = &p->files.at[method->a];
  Id class = f->facts.functions.at[method->b].class;
  bool own = self.kind == VAL_INSTANCE && self.a == method->a && self.b == class;
  return own ? value_substitute(p, declared, self.a, f->facts.classes.at[class].scope, self.c) : declared;
}

// What a function gives, with what its generic interface says of it for this object: `Promise<Page<T>>` of a `Store<Order>`,
// where the code knows only T.
static ValueId as_declared(Program *p, ValueId value, ValueId declared, bool for_object) {
  ValueId both[] = {value, declared};
  return for_object && value_at(p, declared)->kind == VAL_SHAPE ? value_union(p, both, COUNT(both)) : value;
}

static ValueId call_function(Program *p, Value callee, FileId file, Id call) {
  Ref function = {callee.a, callee.b};
  const Function *fn = &p->files.at[callee.a].facts.functions.at[callee.b];
  if (callee.c && gives_this(p, callee.a, callee.b))
    return fn->flags & FN_ASYNC ? value_make(p, VAL_PROMISE, callee.c, 0, 0) : callee.c;
  ValueId written = fn->result ? value_of_type(p, callee.a, fn->result) : VALUE_UNKNOWN, own = for_object(p, written, &callee);
  ValueId declared = instantiate(p, own, function, file, call);
  const Value d = *value_at(p, declared);
  ValueId bare = d.kind == VAL_PROMISE ? d.a : declared;
  if (!value_is_vague(p, bare))
    return declared;
  if (fn->flags & FN_ASYNC && fn->flags & FN_GENERATOR)
    return yielded_value(p, function);
  ValueId instance = call ? instance_by_wrapper(p, function, file, call) : VALUE_UNKNOWN;
  if (instance != VALUE_UNKNOWN)
    return instance;
  ValueId value = instantiate(p, returned_value(p, function), function, file, call);
  if (value == VALUE_UNKNOWN)
    return declared;
  if (call && is_returned_function(p, value, function))
    value = with_functions_of(p, value, file, call);
  value = as_declared(p, fn->flags & FN_ASYNC ? value_awaited(p, value) : value, bare, own != written);
  return fn->flags & FN_ASYNC ? value_make(p, VAL_PROMISE, value, 0, 0) : value;
}

static ValueId call_one(Program *p, ValueId callee, FileId file, Id call) {
  Value v = *value_at(p, callee);
  switch (v.kind) {
  case VAL_FUNCTION:
    return for_class_argument(p, call_function(p, v, file, call), file, call);
  case VAL_CALLABLE:
    return value_substitute(p, value_of_type(p, v.a, p->files.at[v.a].facts.types.at[v.b].a), 0, 0, v.c);
  case VAL_METHOD:
    return call_method(p, v, file, call);
  case VAL_LIBRARY:
    return call_library(p, v, file, call);
  case VAL_EXTERNAL:
    return call_external(p, callee, file, call);
  case VAL_FOLDER:
    return v.c == FOLDER_ONE ? value_make(p, VAL_FOLDER, v.a, v.b, FOLDER_MADE) : VALUE_UNKNOWN;
  default:
    return VALUE_UNKNOWN;
  }
}

ValueId value_call(Program *p, ValueId callee, FileId file, Id call) {
  if (callee <= VALUE_UNKNOWN)
    return call ? wrapped_function(p, file, call) : VALUE_UNKNOWN;
  if (p->depth > 350)
    return VALUE_UNKNOWN;
  p->depth++;
  ValueId each[4], out[4];
  uint32_t n = value_each(p, callee, each);
  for (uint32_t i = 0; i < n; i++)
    out[i] = call_one(p, each[i], file, call);
  p->depth--;
  return value_union(p, out, n);
}

//
// Methods of arrays and promises
//

static ValueId call_array(Program *p, ValueId array, const char *name, FileId file, Id call) {
  static const char *const same[] = {"filter", "slice", "sort", "reverse", "concat", "toSorted", "toReversed", "splice"};
  static const char *const one[] = {"find", "at", "pop", "shift", "findLast"};
  if (is_any_of(name, same, COUNT(same)))
    return array;
  if (is_any_of(name, one, COUNT(one)))
    return value_at(p, array)->a;
  if (!strcmp(name, "entries"))  // of pairs: the first of each is a number, of which nobody asks more
    return value_make(p, VAL_ARRAY, array, 0, 0);
  Id callback = argument_at(&p->files.at[file], call, 0);
  if (!callback || (strcmp(name, "map") && strcmp(name, "flatMap")))
    return VALUE_UNKNOWN;
  ValueId element = value_call(p, value_of(p, file, callback), file, 0);
  if (!strcmp(name, "flatMap") && value_at(p, element)->kind == VAL_ARRAY)
    return element;
  return value_make(p, VAL_ARRAY, element, 0, 0);
}

static ValueId call_promise(Program *p, ValueId promise, const char *name, FileId file, Id call) {
  if (!strcmp(name, "catch") || !strcmp(name, "finally"))
    return promise;
  Id callback = argument_at(&p->files.at[file], call, 0);
  if (strcmp(name, "then") || !callback)
    return VALUE_UNKNOWN;
  ValueId result = value_call(p, value_of(p, file, callback), file, 0);
  return value_make(p, VAL_PROMISE, value_awaited(p, result), 0, 0);
}

ValueId value_as_promise(Program *p, ValueId value, const char *method) {
  uint8_t kind = value_at(p, value)->kind;
  bool given = kind == VAL_ARRAY || kind == VAL_LIBRARY || kind == VAL_UNION;
  return given && is_promise_method(method) ? value_make(p, VAL_PROMISE, value_awaited(p, value), 0, 0) : value;
}

// A lazy query: what it resolves to by then(), itself by a method that only refines it.
static ValueId call_pending(Program *p, ValueId pending, const char *name, FileId file, Id call) {
  if (is_promise_method(name))
    return call_promise(p, value_make(p, VAL_PROMISE, value_awaited(p, pending), 0, 0), name, file, call);
  ValueId next = value_call(p, value_of(p, file, expr_at(&p->files.at[file], call)->a), file, call);
  return next != VALUE_UNKNOWN && next == value_at(p, pending)->c ? pending : next;
}

// `container.get<UserService>("users")`: a class as the only type argument of a call of nothing we know.
static ValueId instance_of_type_argument(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Type *tuple = &f->facts.types.at[expr_at(f, call)->type];
  bool one = expr_at(f, call)->kind == EX_CALL && tuple->kind == TY_TUPLE && tuple->list.count == 1;
  ValueId value = one ? value_of_type(p, file, f->facts.lists.at[tuple->list.first]) : VALUE_UNKNOWN;
  return value_at(p, value)->kind == VAL_INSTANCE ? value : VALUE_UNKNOWN;
}

ValueId value_of_call(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  if (callee->kind == EX_MEMBER) {
    const char *name = text_of(f, callee->name);
    ValueId object = value_as_promise(p, value_of(p, file, callee->a), name);
    if (value_at(p, object)->kind == VAL_ARRAY)
      return call_array(p, object, name, file, call);
    if (value_at(p, object)->kind == VAL_PROMISE)
      return call_promise(p, object, name, file, call);
    if (value_at(p, object)->kind == VAL_DICT && value_at(p, object)->b)
      return value_of_map_call(p, object, name);
    uint8_t kind = value_at(p, object)->kind;
    if ((kind == VAL_FUNCTION || kind == VAL_METHOD) && !strcmp(name, "bind"))
      return object;
    if (value_at(p, object)->kind == VAL_PENDING)
      return call_pending(p, object, name, file, call);
  }
  ValueId value = value_call(p, value_of(p, file, expr_at(f, call)->a), file, call);
  return value == VALUE_UNKNOWN ? instance_of_type_argument(p, file, call) : value;
}

ValueId value_of_new(Program *p, FileId file, Id call) {
  ValueId each[4], out[4];
  const Expr e = *expr_at(&p->files.at[file], call);
  uint32_t n = value_each(p, value_of(p, file, e.a), each);
  for (uint32_t i = 0; i < n; i++) {
    Value v = *value_at(p, each[i]);
    const LibraryExport *export = external_export(p, each[i]);
    out[i] = v.kind == VAL_LIBRARY ? call_library(p, v, file, call) : VALUE_UNKNOWN;
    Id first = argument_at(&p->files.at[file], call, 0);
    if (v.kind == VAL_CLASS)
      out[i] = value_make(p, VAL_INSTANCE, v.a, v.b, type_arguments(p, file, e.type));
    else if (v.kind == VAL_FOLDER && v.c == FOLDER_ONE)
      out[i] = value_make(p, VAL_FOLDER, v.a, v.b, FOLDER_MADE);
    else if (v.kind == VAL_EXTERNAL && !v.a && !strcmp(sym_text(p, v.b), "Proxy"))
      out[i] = first ? value_of(p, file, first) : VALUE_UNKNOWN;
    else if (v.kind == VAL_EXTERNAL && !v.a)
      out[i] = value_of_new_collection(p, sym_text(p, v.b), file, call);
    else if (export && export->new_) {
      Sym table = table_of_call(p, export, file, call);
      out[i] = library_value(p, export->new_, table ? table : table_given_later(p, export->new_, file, call));
    }
  }
  return value_union(p, out, n);
}
