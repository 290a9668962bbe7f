// parameters.c - what a parameter gets: by its type, by its function's callers (arguments.c), or as a callback.
#include "calls.h"
#include "values.h"

#include <string.h>

// What a function of a library hands to parameter `index` of its callback: a state, or an element of what it iterates
// (`pMap(orders, (order) => ...)`).
static ValueId function_hands(Program *p, const Meaning *m, FileId file, Id call, int position, uint32_t index) {
  const File *f = &p->files.at[file];
  bool later = m->later != ARG_NONE && argument_at(f, call, m->later) == argument_at(f, call, position);
  if (m->as && later && (uint32_t)m->param == index)
    return library_value(p, m->as, 0);
  if (index || m->each == ARG_NONE || argument_at(f, call, m->each) != argument_at(f, call, position))
    return VALUE_UNKNOWN;
  Id over = argument_at(f, call, m->over);
  return over ? value_element(p, value_of(p, file, over)) : VALUE_UNKNOWN;
}

// Parameter `index` of a function type.
static ValueId callable_param(Program *p, const Value *callable, uint32_t index) {
  const File *f = &p->files.at[callable->a];
  List types = f->facts.types.at[f->facts.types.at[callable->b].b].list;
  ValueId value = index < types.count ? value_of_type(p, callable->a, f->facts.lists.at[types.first + index]) : VALUE_UNKNOWN;
  return value_substitute(p, value, 0, 0, callable->c);
}

// What a function that is known by its type hands to its callback at `position`.
static ValueId callable_hands(Program *p, const Value *callable, int position, uint32_t index) {
  const Value callback = *value_at(p, position < 0 ? VALUE_UNKNOWN : callable_param(p, callable, (uint32_t)position));
  return callback.kind == VAL_CALLABLE ? callable_param(p, &callback, index) : VALUE_UNKNOWN;
}

uint32_t element_param(const File *f, Id call) {
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  return strncmp(text_of(f, callee->name), "reduce", 6) ? 0 : 1;
}

// What a method of a library hands to parameter `index` of its callback.
static ValueId method_callback_argument(Program *p, Value method, FileId file, Id call, int position, uint32_t index) {
  Value receiver = *value_at(p, method.a);
  const Meaning *m = library_member(p->libs, (StateId)receiver.a, sym_text(p, method.b));
  const File *f = &p->files.at[file];
  Id here = argument_at(f, call, position), over = m && !index && m->each != ARG_NONE ? argument_at(f, call, m->over) : 0;
  if (m && !m->as && over && argument_at(f, call, m->each) == here)
    return value_element(p, value_of(p, file, over));
  StateId as = !m ? 0 : (uint32_t)m->param == index ? m->as : (uint32_t)m->param + 1 == index ? m->then : 0;
  if (!as)
    return VALUE_UNKNOWN;
  bool fits = m->entry ||  // any of the handlers
              (m->transaction != ARG_NONE && argument_at(f, call, m->transaction) == here) ||
              (m->callback != ARG_NONE && argument_at(f, call, m->callback) == here) ||
              (m->later != ARG_NONE && argument_at(f, call, m->later) == here) ||
              (m->wraps != ARG_NONE && argument_at(f, call, m->wraps) == here) ||
              (m->each != ARG_NONE && argument_at(f, call, m->each) == here);
  Sym table = m->entry ? 0 : receiver.b;  // what a route is called is no table of a request
  as = as == STATE_SELF ? (StateId)receiver.a : as;
  return fits ? value_make(p, VAL_LIBRARY, as, table, additions_of(p, &receiver)) : VALUE_UNKNOWN;
}

// What a library's method hands to a callback of the old style, `find({}, (err, rows) => ...)`: what the call gives else.
static ValueId result_handed(Program *p, FileId file, Id call, int position, uint32_t index) {
  const File *f = &p->files.at[file];
  bool told = index == 1 && takes_error(f, argument_at(f, call, position));
  const Value *callee = value_at(p, told ? value_of(p, file, expr_at(f, call)->a) : VALUE_UNKNOWN);
  return callee->kind == VAL_METHOD || callee->kind == VAL_EXTERNAL ? value_awaited(p, value_of(p, file, call)) : VALUE_UNKNOWN;
}

static ValueId function_callback_argument(Program *p, Ref function, int position, uint32_t index);
static ValueId callback_argument(Program *p, FileId file, Id call, int position, uint32_t index);

// What the call that an argument stands in hands to parameter `index` of the function that it is.
static ValueId handed_around(Program *p, FileId file, Id argument, uint32_t index) {
  const File *f = &p->files.at[file];
  Id call = expr_at(f, argument)->parent;
  int position = argument_index(f, call, argument);
  return position < 0 ? VALUE_UNKNOWN : callback_argument(p, file, call, position, index);
}

// The same of a function of a package that no model knows, where another call gets what that gives: it wraps the function,
// `router.get("/", asyncHandler(list))`.
static ValueId wrapper_hands(Program *p, FileId file, Id call, uint32_t index) {
  return expr_at(&p->files.at[file], call)->count == 1 ? handed_around(p, file, call, index) : VALUE_UNKNOWN;
}

// What a call hands to parameter `index` of a function that it gets as argument `position`.
static ValueId callback_argument(Program *p, FileId file, Id call, int position, uint32_t index) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  if (p->depth > 200)
    return VALUE_UNKNOWN;
  if (callee->kind == EX_MEMBER) {
    ValueId object = value_as_promise(p, value_of(p, file, callee->a), text_of(f, callee->name));
    uint8_t kind = value_at(p, object)->kind;
    if (kind == VAL_ARRAY)
      return index == element_param(f, call) ? value_element(p, object) : VALUE_UNKNOWN;
    if (kind == VAL_DICT && value_at(p, object)->b)
      return index == 0 ? value_at(p, object)->a : VALUE_UNKNOWN;
    if (kind == VAL_PROMISE)
      return index == 0 && !strcmp(text_of(f, callee->name), "then") ? value_at(p, object)->a : VALUE_UNKNOWN;
  }
  ValueId each[4], out[4];
  uint32_t n = value_each(p, value_of(p, file, expr_at(f, call)->a), each);
  p->depth++;
  for (uint32_t i = 0; i < n; i++) {
    Value v = *value_at(p, each[i]);
    const LibraryExport *export = external_export(p, each[i]);
    out[i] = export ? function_hands(p, &export->meaning, file, call, position, index) : VALUE_UNKNOWN;
    if (v.kind == VAL_METHOD)
      out[i] = method_callback_argument(p, v, file, call, position, index);
    else if (v.kind == VAL_FUNCTION)
      out[i] = function_callback_argument(p, (Ref){v.a, v.b}, position, index);
    else if (v.kind == VAL_CALLABLE)
      out[i] = callable_hands(p, &v, position, index);
    else if (v.kind == VAL_EXTERNAL && v.a && !export)
      out[i] = wrapper_hands(p, file, call, index);
    // A type with its arguments says it best.
    if (v.kind == VAL_CALLABLE && !value_is_vague(p, out[i]))
      out[0] = out[i], n = 1;
  }
  p->depth--;
  ValueId value = value_union(p, out, n);
  return value == VALUE_UNKNOWN ? result_handed(p, file, call, position, index) : value;
}

// The binding of a plain parameter.
static Id param_binding(const Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (index >= fn->params.count)
    return 0;
  Name name = f->facts.params.at[f->facts.lists.at[fn->params.first + index]].name;
  return name ? map_get(&f->names, name_key(fn->scope, name, false)) : 0;
}

// What a function hands to its parameter `binding`, a callback: at its calls, or where it hands it on.
static ValueId handed_to_callback(Program *p, Ref function, Id binding, uint32_t index) {
  const File *g = &p->files.at[function.file];
  const Function *fn = &g->facts.functions.at[function.id];
  Name name = g->facts.bindings.at[binding].name;
  for (Id i = fn->expr; i < g->facts.exprs.n; i++) {
    const Expr *e = expr_at(g, i);
    if (e->span.start > fn->span.end && !(e->flags & EXF_SYNTHETIC))
      break;
    if (e->kind != EX_IDENT || e->name != name)
      continue;
    Id used = cast_around(g, i), call = expr_at(g, used)->parent;
    if (expr_at(g, call)->kind != EX_CALL || binding_of(p, function.file, e->scope, name, false) != binding)
      continue;
    bool called = expr_at(g, call)->a == used;
    Id argument = called ? argument_at(g, call, (int)index) : 0;
    ValueId handed = argument ? value_of(p, function.file, argument) : VALUE_UNKNOWN;
    if (!called)
      handed = handed_around(p, function.file, used, index);
    if (handed != VALUE_UNKNOWN)
      return handed;
  }
  return VALUE_UNKNOWN;
}

// What our own function hands to its callback parameter: by the parameter's type, else by how it uses it.
static ValueId find_callback_argument(Program *p, Ref function, int position, uint32_t index) {
  const File *g = &p->files.at[function.file];
  const Function *fn = &g->facts.functions.at[function.id];
  if (position < 0 || (uint32_t)position >= fn->params.count)
    return VALUE_UNKNOWN;
  const Param *param = &g->facts.params.at[g->facts.lists.at[fn->params.first + (uint32_t)position]];
  const Value type = *value_at(p, param->type ? value_of_type(p, function.file, param->type) : VALUE_UNKNOWN);
  ValueId value = type.kind == VAL_CALLABLE ? callable_param(p, &type, index) : VALUE_UNKNOWN;
  Id binding = value_is_vague(p, value) ? param_binding(p, function, (uint32_t)position) : 0;
  ValueId handed = binding ? handed_to_callback(p, function, binding, index) : VALUE_UNKNOWN;
  return handed == VALUE_UNKNOWN ? value : handed;
}

// Memoised like expressions: a function that hands its callback on to itself is unknown there.
static ValueId function_callback_argument(Program *p, Ref function, int position, uint32_t index) {
  if (position < 0 || position > 255 || index > 255)
    return VALUE_UNKNOWN;
  uint64_t key = (uint64_t)function.file << 40 | (uint64_t)function.id << 16 | (uint64_t)position << 8 | index;
  ValueId known = map_get(&p->callback_memo, key);
  if (known)
    return known == VAL_BUSY ? VALUE_UNKNOWN : known;
  map_put(&p->callback_memo, key, VAL_BUSY);
  ValueId value = find_callback_argument(p, function, position, index);
  map_put(&p->callback_memo, key, value);
  return value;
}

Id function_binding(const Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[function];
  Id binding = fn->name ? binding_of(p, file, f->facts.scopes.at[fn->scope].parent, fn->name, false) : 0;
  bool own = binding && (f->facts.bindings.at[binding].value == fn->expr || map_get(&f->owners, fn->expr) == binding);
  return own ? binding : 0;
}

// What calls that get the function by its name hand to it: `const work = async (tx) => {...}; db.transaction(work)`.
static ValueId value_of_named_callback(Program *p, FileId file, Id function, uint32_t index) {
  const File *f = &p->files.at[file];
  Id binding = function_binding(p, file, function);
  if (!binding)
    return VALUE_UNKNOWN;
  ValueId value = VALUE_UNKNOWN;
  Name name = f->facts.bindings.at[binding].name;
  for (Id at = map_get(&f->handed, name + 1u); at && value == VALUE_UNKNOWN; at = map_get(&f->chain, at)) {
    const Expr *e = expr_at(f, at);
    if (binding_of(p, file, e->scope, e->name, false) == binding)
      value = handed_around(p, file, at, index);
  }
  return value;
}

// The same of calls in other files, which get what the module of the function exports as a whole.
static ValueId value_of_handed_module(Program *p, FileId file, const Function *fn, uint32_t index) {
  const File *f = &p->files.at[file];
  if (f->facts.scopes.at[f->facts.scopes.at[fn->scope].parent].kind != SC_MODULE)
    return VALUE_UNKNOWN;
  ValueId value = VALUE_UNKNOWN;
  uint32_t tried = 0;
  for (uint32_t at = map_get(&p->handed_modules, file); at && value == VALUE_UNKNOWN && tried < MAX_CANDIDATES; at = p->links.at[at].next) {
    Ref argument = p->links.at[at].ref;
    Ref handed = value_function(p, value_of(p, argument.file, argument.id));
    tried++;
    if (handed.file == file && handed.id == expr_at(f, fn->expr)->a)
      value = handed_around(p, argument.file, argument.id, index);
  }
  return value;
}

// Whether a value is a function, or beside it what its module exports: `module.exports = list; module.exports.all = listAll`.
static bool may_be_function(const Program *p, ValueId value, Ref function) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  bool found = false;
  for (uint32_t i = 0; i < n; i++) {
    Ref one = value_function(p, each[i]);
    found |= one.file == function.file && one.id == function.id;
  }
  return found;
}

// The same of calls in other files that name it: `router.get("/", users.list)`.
static ValueId value_of_handed_name(Program *p, Ref function, Sym name, uint32_t index, uint32_t *tried) {
  ValueId value = VALUE_UNKNOWN;
  uint32_t at = name ? map_get(&p->handed_names, name + 1u) : 0;
  for (; at && value == VALUE_UNKNOWN && ++*tried < MAX_CANDIDATES; at = p->links.at[at].next) {
    Ref argument = p->links.at[at].ref;
    ValueId handed = value_of(p, argument.file, handed_function(&p->files.at[argument.file], argument.id));
    if (may_be_function(p, handed, function))
      value = handed_around(p, argument.file, argument.id, index);
  }
  return value;
}

// By its own name, or one that an object gives to its module.
static ValueId value_of_handed(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  bool outer = f->facts.scopes.at[f->facts.scopes.at[fn->scope].parent].kind == SC_MODULE;
  uint32_t tried = 0, at = outer ? map_get(&p->names_of_module, function.file) : 0;
  ValueId value = value_of_handed_name(p, function, fn->name ? sym_of(f, fn->name) : 0, index, &tried);
  for (; at && value == VALUE_UNKNOWN && ++tried < MAX_CANDIDATES; at = p->links.at[at].next) {
    const File *g = &p->files.at[p->links.at[at].ref.file];
    value = value_of_handed_name(p, function, sym_of(g, expr_at(g, p->links.at[at].ref.id)->name), index, &tried);
  }
  return value;
}

// What calls hand to a function that another one makes, `(fn) => (req, res) => fn(req, res)`, where they get what that gives:
// `router.get("/", wrap(list))`.
static ValueId value_of_made_function(Program *p, FileId file, const Function *fn, uint32_t index) {
  const File *f = &p->files.at[file];
  Id maker = expr_at(f, fn->expr)->flags & EXF_RETURNED ? unit_of(f, fn->expr) : 0;
  Ref calls[MAX_CANDIDATES];
  uint32_t n = maker ? calls_of_function(p, (Ref){file, maker}, calls, MAX_CANDIDATES) : 0;
  ValueId value = VALUE_UNKNOWN;
  for (uint32_t i = 0; i < n && value == VALUE_UNKNOWN; i++)
    value = handed_around(p, calls[i].file, calls[i].id, index);
  return value;
}

// What the annotation of the variable that a function initialises says: `const load: Handler = (context) => ...`.
static ValueId value_by_annotation(Program *p, FileId file, const Function *fn, uint32_t index) {
  const File *f = &p->files.at[file];
  Id binding = map_get(&f->owners, fn->expr);
  Id annotation = binding ? f->facts.bindings.at[binding].type : 0;
  const Value type = *value_at(p, annotation ? value_of_type(p, file, annotation) : VALUE_UNKNOWN);
  if (type.kind == VAL_CALLABLE)
    return callable_param(p, &type, index);
  const Meaning *m = type.kind == VAL_LIBRARY ? library_member(p->libs, (StateId)type.a, "()") : NULL;
  return m && m->as && (uint32_t)m->param == index ? library_value(p, m->as, 0) : VALUE_UNKNOWN;
}

static ValueId value_of_callback_param(Program *p, FileId file, const Function *fn, uint32_t index) {
  return handed_around(p, file, fn->expr, index);
}

ValueId value_of_param(Program *p, FileId file, Id function, uint32_t index) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[function];
  if (index >= fn->params.count)
    return VALUE_UNKNOWN;
  const Param *param = &f->facts.params.at[f->facts.lists.at[fn->params.first + index]];
  ValueId value = decorated_value(p, file, param->decorators, param->type);
  if (!value_is_vague(p, value))
    return value;
  ValueId better = value_of_callback_param(p, file, fn, index);
  if (better == VALUE_UNKNOWN)
    better = value_by_annotation(p, file, fn, index);
  if (better == VALUE_UNKNOWN && param->init)
    better = value_of(p, file, param->init);
  if (better == VALUE_UNKNOWN)
    better = made_param(p, file, function, index);
  if (better == VALUE_UNKNOWN)
    better = value_of_arguments(p, (Ref){file, function}, index);
  if (better == VALUE_UNKNOWN)
    better = value_of_super_arguments(p, file, function, index);
  if (better == VALUE_UNKNOWN)
    better = value_of_named_callback(p, file, function, index);
  if (better == VALUE_UNKNOWN)
    better = value_of_handed_module(p, file, fn, index);
  if (better == VALUE_UNKNOWN)
    better = value_of_handed(p, (Ref){file, function}, index);
  if (better == VALUE_UNKNOWN)
    better = value_of_made_function(p, file, fn, index);
  if (better == VALUE_UNKNOWN)
    better = value_by_place(p, file, function, index);
  if (better == VALUE_UNKNOWN)
    better = resolver_param(p, file, function, index);
  return better == VALUE_UNKNOWN ? value : better;
}
