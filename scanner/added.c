// added.c - members that the application adds to what a library made, or to a module or object that it hands to a function.
#include "calls.h"
#include "values.h"

#include <string.h>

// What an assignment puts on a library's value, VALUE_NONE if it is a row or the like.
static ValueId assigned_value(Program *p, Ref assign, bool bag) {
  const File *f = &p->files.at[assign.file];
  const Expr *e = expr_at(f, assign.id);
  ValueId value = value_of(p, assign.file, e->b);
  // Of a variable, what a call gives is a row or the like, unless it is a function.
  bool function = value_function(p, value).file || value_at(p, value)->kind == VAL_METHOD;
  Id object = expr_at(f, e->a)->a;
  bool held = expr_at(f, object)->kind == EX_MEMBER || parameter_owner(p, assign.file, object);
  bool counts = bag || held || function || expr_at(f, e->b)->kind != EX_CALL;
  return counts ? value : VALUE_NONE;
}

// What assignments of the package that asks, or of the others, put on a value: the first one, of a bag all of them, unknown if
// one of them cannot be told. VALUE_NONE if there are none.
static ValueId assigned_in(Program *p, ValueId self, Sym name, bool own) {
  bool bag = is_bag(&p->libs->states.at[value_at(p, self)->a]);
  ValueId all = VALUE_NONE;
  uint32_t seen = 0, looked = 0;
  for (uint32_t at = map_get(&p->members_put, name + 1u); at && seen < MAX_PUTS && looked < MAX_NAMED; at = p->links.at[at].next) {
    Ref assign = p->links.at[at].ref;
    const File *f = &p->files.at[assign.file];
    if (is_of_asking_package(p, assign.file) != own)
      continue;
    looked++;
    ValueId object = value_of(p, assign.file, expr_at(f, expr_at(f, assign.id)->a)->a);
    seen += value_at(p, object)->kind == VAL_LIBRARY;
    ValueId value = object == self ? assigned_value(p, assign, bag) : VALUE_NONE;
    if (value != VALUE_NONE && (!bag || value == VALUE_UNKNOWN))
      return value;
    all = value == VALUE_NONE ? all : value_union(p, (ValueId[]){all, value}, 2);
  }
  return all;
}

// `User.byName = (name) => ...` of a model, `req.db = pool`, `schema.methods.total = function () {...}`.
static ValueId assigned_to(Program *p, ValueId self, Sym name) {
  ValueId own = assigned_in(p, self, name, true), value = own == VALUE_NONE ? assigned_in(p, self, name, false) : own;
  p->by_package |= value != VALUE_NONE;
  return value == VALUE_NONE ? VALUE_UNKNOWN : value;
}

// `schema.methods = { total() {...} }`: an object put in the place of all of them.
static ValueId assigned_together(Program *p, ValueId self, Sym name) {
  Sym state = sym_intern(p, p->libs->states.at[value_at(p, self)->a].name);
  uint32_t seen = 0, looked = 0;
  for (uint32_t at = map_get(&p->members_put, state + 1u); at && seen < MAX_PUTS && looked++ < MAX_NAMED; at = p->links.at[at].next) {
    Ref assign = p->links.at[at].ref;
    const Expr *e = expr_at(&p->files.at[assign.file], assign.id);
    ValueId all = value_of(p, assign.file, e->a);
    seen += value_at(p, all)->kind == VAL_LIBRARY;
    if (all != self)
      continue;
    ValueId value = value_member(p, value_of(p, assign.file, e->b), name);
    if (value != VALUE_UNKNOWN)
      return value;
  }
  return VALUE_UNKNOWN;
}

// Note by its table what calls name; which it has is known when all calls are.
static void index_named(Program *p) {
  p->named_known = true;
  for (uint32_t i = 0; i < p->named.n; i++) {
    const Value *v = value_at(p, value_of(p, p->named.at[i].file, p->named.at[i].id));
    if (v->kind == VAL_LIBRARY && v->b)
      link_push(p, &p->named_for, v->b + 1u, p->named.at[i]);
  }
}

// `new Schema({...}, { methods: { total() {...} } })`: among the options of what was made.
static ValueId given_together(Program *p, ValueId self, Sym name) {
  const Value v = *value_at(p, self);
  if (!p->named_known)
    index_named(p);
  Sym state = sym_intern(p, p->libs->states.at[v.a].name);
  uint32_t tried = 0;
  for (uint32_t at = map_get(&p->named_for, v.b + 1u); at && tried < MAX_PUTS; at = p->links.at[at].next, tried++) {
    Ref made = p->links.at[at].ref;
    const Expr *e = expr_at(&p->files.at[made.file], made.id);
    for (uint32_t i = 0; i < e->count; i++) {
      Id options = argument_at(&p->files.at[made.file], made.id, (int)i);
      ValueId object = options ? value_of(p, made.file, options) : VALUE_UNKNOWN;
      object = value_at(p, object)->kind == VAL_OBJECT ? value_member(p, object, state) : VALUE_UNKNOWN;
      ValueId value = value_at(p, object)->kind == VAL_OBJECT ? value_member(p, object, name) : VALUE_UNKNOWN;
      if (value_function(p, value).file)
        return value;
    }
  }
  return VALUE_UNKNOWN;
}

// `schema.method("total", function () {...})`.
static ValueId put_by_call(Program *p, ValueId self, Sym name) {
  uint32_t seen = 0, looked = 0;
  for (uint32_t at = map_get(&p->puts, name + 1u); at && seen < MAX_PUTS && looked++ < MAX_NAMED; at = p->links.at[at].next) {
    Ref call = p->links.at[at].ref;
    bool called = expr_at(&p->files.at[call.file], call.id)->kind == EX_CALL;
    const Meaning *m = called ? call_meaning(p, call.file, call.id, &(Value){0}) : NULL;
    seen += m && m->puts != ARG_NONE;
    if (m && m->puts != ARG_NONE && value_put_on(p, call.file, call.id) == self)
      return value_of(p, call.file, argument_at(&p->files.at[call.file], call.id, m->puts + 1));
  }
  return VALUE_UNKNOWN;
}

ValueId value_put_on(Program *p, FileId file, Id call) {
  Value method;
  const Meaning *m = call_meaning(p, file, call, &method);
  if (!m || m->puts == ARG_NONE || !m->as || method.kind != VAL_METHOD)
    return VALUE_UNKNOWN;
  return library_value(p, m->as, value_at(p, method.a)->b);
}

// What is added to a value of a state that holds such members.
static ValueId member_put(Program *p, ValueId self, Sym name) {
  ValueId value = assigned_to(p, self, name);
  if (value == VALUE_UNKNOWN)
    value = assigned_together(p, self, name);
  if (value == VALUE_UNKNOWN)
    value = given_together(p, self, name);
  return value == VALUE_UNKNOWN ? put_by_call(p, self, name) : value;
}

// A method or relation of our own class of rows: `document.path()` of what `Document.findAll()` gives.
static ValueId member_of_row(Program *p, const Value *row, Sym name) {
  uint32_t looked = 0;
  uint32_t at = row->b ? map_get(&p->classes_by_name, row->b + 1u) : 0;
  for (; at && looked < MAX_NAMESAKES; at = p->links.at[at].next, looked++) {
    Ref class = p->links.at[at].ref;
    ValueId value = member_of_class(p, class, name, false);
    // Plain columns say nothing of the database.
    bool library = value_at(p, value)->kind == VAL_LIBRARY;
    bool relation = value != VALUE_NONE && relation_of_class(p, class, sym_text(p, name));
    if (value_function(p, value).file || library || relation)
      return value;
    value = member_of_class(p, class, name, true);
    if (value_function(p, value).file)
      return value;
  }
  return VALUE_UNKNOWN;
}

ValueId added_member(Program *p, ValueId self, Sym name) {
  const Value v = *value_at(p, self);
  const LibraryState *state = &p->libs->states.at[v.a];
  ValueId value = assigned_to(p, self, name);
  if (value == VALUE_UNKNOWN && state->also && v.b)
    value = member_put(p, library_value(p, state->also, v.b), name);
  if (value == VALUE_UNKNOWN)
    value = augmented_member(p, sym_intern(p, state->name), name);
  // Of a function that is put there, a type tells less.
  ValueId put = value == VALUE_UNKNOWN || value_at(p, value)->kind == VAL_CALLABLE ? value_put(p, (StateId)v.a, name) : VALUE_UNKNOWN;
  if (put != VALUE_UNKNOWN)
    value = put;
  if (value == VALUE_UNKNOWN)
    value = member_of_row(p, &v, name);
  return value == VALUE_UNKNOWN ? relation_member(p, &v, name) : value;
}

static bool is_one_of(const Program *p, ValueId value, ValueId sought) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++)
    if (each[i] == sought)
      return true;
  return false;
}

ValueId member_put_by_function(Program *p, ValueId self, Sym name) {
  ValueId all = VALUE_UNKNOWN;
  uint32_t seen = 0;
  for (uint32_t at = map_get(&p->params_put, name + 1u); at && seen++ < MAX_PUTS; at = p->links.at[at].next) {
    Ref assign = p->links.at[at].ref;
    const File *f = &p->files.at[assign.file];
    Id object = expr_at(f, expr_at(f, assign.id)->a)->a;
    if (f->context != CONTEXT_APP || !parameter_owner(p, assign.file, object))
      continue;
    if (is_one_of(p, value_of(p, assign.file, object), self))
      all = value_union(p, (ValueId[]){all, value_of(p, assign.file, expr_at(f, assign.id)->b)}, 2);
  }
  return all;
}

//
// Names that are given later: `const schema = new Schema({...}); model("Order", schema)`
//

// The expression that an argument stands for: itself, or what its variable starts as.
static Ref written_for(Program *p, FileId file, Id argument) {
  const File *f = &p->files.at[file];
  while (expr_at(f, argument)->kind == EX_CAST)
    argument = expr_at(f, argument)->a;
  const Expr *e = expr_at(f, argument);
  if (e->kind != EX_IDENT)
    return (Ref){file, argument};
  Id binding = binding_of(p, file, e->scope, e->name, false);
  const Binding *b = &f->facts.bindings.at[binding];
  return b->kind == BIND_LET ? (Ref){file, b->value} : definition_of_binding(p, file, binding);
}

static void index_naming(Program *p, Sym name, int index) {
  for (uint32_t at = map_get(&p->calls_by_name, name + 1u); at; at = p->links.at[at].next) {
    Ref call = p->links.at[at].ref;
    Id argument = argument_at(&p->files.at[call.file], call.id, index);
    Ref made = argument ? written_for(p, call.file, argument) : (Ref){0, 0};
    uint8_t kind = made.id ? expr_at(&p->files.at[made.file], made.id)->kind : EX_NONE;
    if (kind != EX_NEW && kind != EX_CALL)
      continue;
    link_push(p, &p->naming, ref_key(made), call);
    vec_push(&p->named, made);
  }
}

void index_namings(Program *p) {
  Map seen = {0};
  for (uint32_t i = 0; i < p->libs->members.n; i++) {
    const LibraryMember *m = &p->libs->members.at[i];
    Sym name = m->meaning.names == ARG_NONE ? 0 : names_find(&p->syms, m->name);
    uint64_t key = (uint64_t)name << 8 | (uint8_t)m->meaning.names;
    if (name && !map_get(&seen, key))
      index_naming(p, name, m->meaning.names);
    if (name)
      map_put(&seen, key, 1);
  }
  map_release(&seen);
}

Sym table_given_later(Program *p, StateId state, FileId file, Id made) {
  uint32_t at = map_get(&p->naming, (uint64_t)file << 32 | made);
  Ref call = p->links.at[at].ref;
  const Value v = *value_at(p, at ? value_of(p, call.file, call.id) : VALUE_UNKNOWN);
  bool same = v.kind == VAL_LIBRARY && p->libs->states.at[v.a].library == p->libs->states.at[state].library;
  return same ? v.b : 0;
}
