// relations.c - which classes of rows are related, and what loads a relation of one row.
//
// Takes decorated properties (`@ManyToOne(() => User) user`) and calls (`Order.belongsTo(User)`); what they mean is
// data of the library models. Gives an index by class or table, the accessors that a relation adds to a row
// (`order.getUser()`), and the relations that are asked for by awaiting a property. One pass over members, plus
// the calls that have a declaring method's name.
#include "values.h"

#include <ctype.h>
#include <string.h>

static void add_relation(Program *p, Relationship relation) {
  uint32_t first = map_get(&p->relation_index, relation.owner + 1u);
  vec_push(&p->relations, relation);
  vec_push(&p->next_relation, first);
  map_put(&p->relation_index, relation.owner + 1u, p->relations.n - 1);
  if (relation.lazy)
    map_put(&p->lazy_names, relation.name + 1u, 1);
}

//
// Names
//

// The length of a name without the ending of its plural.
static size_t stem(const char *name, size_t n) {
  if (n > 3 && !strncmp(name + n - 3, "ies", 3))
    return n - 3;
  if (n > 1 && name[n - 1] == 's')
    n--;
  return n > 1 && (name[n - 1] == 'e' || name[n - 1] == 'y') ? n - 1 : n;
}

bool same_relation(const char *a, const char *b) {
  size_t n = stem(a, strlen(a)), m = stem(b, strlen(b));
  return n && n == m && tolower((unsigned char)*a) == tolower((unsigned char)*b) && !strncmp(a + 1, b + 1, n - 1);
}

// Whether a relation is one of the class, or of the class or table of that name when no class is given.
static bool is_of(const Relationship *relation, Ref class, Sym owner) {
  bool same = relation->class.file == class.file && relation->class.id == class.id;
  return !class.file || !relation->class.file ? relation->owner == owner : same;
}

static const Relationship *own_relation(const Program *p, Ref class, Sym owner, const char *name) {
  for (uint32_t at = owner ? map_get(&p->relation_index, owner + 1u) : 0; at; at = p->next_relation.at[at]) {
    const Relationship *relation = &p->relations.at[at];
    if (is_of(relation, class, owner) && same_relation(sym_text(p, relation->name), name))
      return relation;
  }
  return NULL;
}

Ref base_class(Program *p, Ref class) {
  Value base = *value_at(p, value_base(p, value_of_instance(p, class.file, class.id)));
  return base.kind == VAL_INSTANCE ? (Ref){base.a, base.b} : (Ref){0, 0};
}

const Relationship *relation_of_class(Program *p, Ref class, const char *name) {
  for (int i = 0; class.file && i < MAX_BASES; i++, class = base_class(p, class)) {
    const File *f = &p->files.at[class.file];
    const Relationship *relation = own_relation(p, class, sym_of(f, f->facts.classes.at[class.id].name), name);
    if (relation)
      return relation;
  }
  return NULL;
}

// The class that a table's name means in a file, else the only one of that name; {0,0} if it cannot be told.
static Ref class_named(Program *p, FileId file, Sym name) {
  const File *f = &p->files.at[file];
  Name local = file ? names_find(&f->facts.names, sym_text(p, name)) : 0;
  Id binding = local ? binding_of(p, file, 1, local, false) : 0;
  Value v = *value_at(p, binding ? value_of_binding(p, file, binding) : VALUE_UNKNOWN);
  if (v.kind == VAL_CLASS)
    return (Ref){v.a, v.b};
  uint32_t first = name ? map_get(&p->classes_by_name, name + 1u) : 0;
  return first && !p->links.at[first].next ? p->links.at[first].ref : (Ref){0, 0};
}

const Relationship *relation_of_row(Program *p, FileId file, const Value *row, const char *name) {
  if (row->kind == VAL_INSTANCE)
    return relation_of_class(p, (Ref){row->a, row->b}, name);
  if (row->kind != VAL_LIBRARY)
    return NULL;
  Ref class = class_named(p, file, row->b);
  return class.file ? relation_of_class(p, class, name) : own_relation(p, class, row->b, name);
}

//
// Decorated properties
//

// The value of a key of an object that is an argument of the call, 0 if none has it.
static Id option_of(const File *f, Id call, const char *key) {
  const Expr *e = expr_at(f, call);
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++) {
    const Expr *object = expr_at(f, list_at(f, e->first, i));
    for (uint32_t k = 0; object->kind == EX_OBJECT && k < object->count; k++) {
      const Expr *property = expr_at(f, list_at(f, object->first, k));
      if (property->kind == EX_PROPERTY && !strcmp(text_of(f, property->name), key))
        return property->a;
    }
  }
  return 0;
}

static bool option_is_true(const File *f, Id call, const char *key) {
  const Expr *value = expr_at(f, option_of(f, call, key));
  return value->kind == EX_LITERAL && !strcmp(text_of(f, value->name), "true");
}

// The class that a relation leads to: `() => User`, `User`, "User", `{ entity: () => User }`.
static Sym target_of(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id target = expr_at(f, call)->kind == EX_CALL ? argument_at(f, call, 0) : 0;
  Id entity = option_of(f, call, "entity");
  if (entity)
    target = entity;
  const Expr *e = expr_at(f, target);
  if (e->kind == EX_FUNCTION && f->facts.functions.at[e->a].returns.count)
    target = list_at(f, f->facts.functions.at[e->a].returns.first, 0);
  return target ? table_name(p, file, target) : 0;
}

static bool is_promise_type(const File *f, Id type) {
  const Type *t = &f->facts.types.at[type];
  return t->kind == TY_REF && !strcmp(text_of(f, expr_at(f, t->a)->name), "Promise");
}

static void add_decorated(Program *p, FileId file, const Class *class, const Member *member, Id decorator) {
  const File *f = &p->files.at[file];
  const LibraryExport *export = decorator_export(p, file, decorator);
  if (!export || !export->meaning.relation)
    return;
  const Expr *e = expr_at(f, decorator);
  Relationship relation = {.class = {file, expr_at(f, class->expr)->a}, .owner = sym_of(f, class->name), .name = sym_of(f, member->name)};
  relation.rows = export->meaning.relation;
  relation.library = external_library(p, value_of(p, file, e->kind == EX_CALL ? e->a : decorator));
  relation.table = target_of(p, file, decorator);
  relation.lazy = export->lazy && (is_promise_type(f, member->type) || option_is_true(f, decorator, "lazy"));
  relation.eager = option_is_true(f, decorator, "eager");
  relation.advice = export->meaning.advice;
  add_relation(p, relation);
}

static void find_decorated(Program *p, FileId file) {
  const File *f = &p->files.at[file];
  for (Id i = 1; i < f->facts.classes.n; i++) {
    const Class *class = &f->facts.classes.at[i];
    for (uint32_t k = 0; k < class->members.count; k++) {
      const Member *member = &f->facts.members.at[list_at(f, class->members.first, k)];
      for (uint32_t d = 0; d < member->decorators.count; d++)
        add_decorated(p, file, class, member, list_at(f, member->decorators.first, d));
    }
  }
}

//
// Calls
//

// A name as same_relation() compares it.
static Sym folded(Program *p, Sym name) {
  char text[128];
  size_t n = stem(sym_text(p, name), strlen(sym_text(p, name)));
  if (n >= sizeof text)
    return name;
  memcpy(text, sym_text(p, name), n);
  text[n] = 0;
  *text = (char)tolower((unsigned char)*text);
  return sym_intern(p, text);
}

// Whether a state has members that declare relations: that of a model.
static bool has_relations(const Libraries *libs, StateId state) {
  const LibraryState *s = &libs->states.at[state];
  for (uint32_t i = 0; i < s->count; i++)
    if (libs->members.at[s->first + i].meaning.relation)
      return true;
  return false;
}

// The names that calls give to models (`sequelize.define("user", ...)`), by their folded form; UINT32_MAX: several.
static void find_models(Program *p, Map *models) {
  for (uint32_t i = 0; i < p->libs->members.n; i++) {
    const LibraryMember *member = &p->libs->members.at[i];
    bool makes = member->meaning.table >= 0 && member->meaning.to != STATE_SELF && has_relations(p->libs, member->meaning.to);
    Sym name = makes ? names_find(&p->syms, member->name) : 0;
    for (uint32_t at = name ? map_get(&p->calls_by_name, name + 1u) : 0; at; at = p->links.at[at].next) {
      Ref call = p->links.at[at].ref;
      Value v = *value_at(p, value_of(p, call.file, call.id));
      Sym key = v.kind == VAL_LIBRARY && v.a == member->meaning.to && v.b ? folded(p, v.b) : 0;
      uint32_t known = key ? map_get(models, key + 1u) : 0;
      if (key)
        map_put(models, key + 1u, known && known != v.b ? UINT32_MAX : v.b);
    }
  }
}

// The table of a model that is an argument: its own, or by the name in `models.User` that of the model of this name.
static Sym table_of_model(Program *p, FileId file, Id expr, const Map *models) {
  Value v = *value_at(p, value_of(p, file, expr));
  if (v.kind == VAL_LIBRARY && v.b)
    return v.b;
  Sym name = table_name(p, file, expr);
  uint32_t made = name && v.kind != VAL_CLASS ? map_get(models, folded(p, name) + 1u) : 0;
  return made && made != UINT32_MAX ? made : name;
}

// `Order.belongsTo(User, { as: "buyer" })`.
static void add_declared(Program *p, Ref call, const Map *models) {
  const File *f = &p->files.at[call.file];
  Value method = *value_at(p, value_of(p, call.file, expr_at(f, call.id)->a));
  const Meaning *m = method_meaning(p, value_of(p, call.file, expr_at(f, call.id)->a));
  if (!m || !m->relation)
    return;
  Value owner = *value_at(p, method.a);
  Id target = argument_at(f, call.id, 0), alias = option_of(f, call.id, "as");
  Relationship relation = {.library = p->libs->states.at[owner.a].library, .owner = owner.b, .rows = m->relation};
  relation.table = target ? table_of_model(p, call.file, target, models) : 0;
  relation.name = alias ? table_name(p, call.file, alias) : relation.table;
  if (relation.owner && relation.name)
    add_relation(p, relation);
}

static void find_declared(Program *p) {
  Map models = {0};
  find_models(p, &models);
  for (uint32_t i = 0; i < p->libs->members.n; i++) {
    const LibraryMember *member = &p->libs->members.at[i];
    Sym name = member->meaning.relation ? names_find(&p->syms, member->name) : 0;
    for (uint32_t at = name ? map_get(&p->calls_by_name, name + 1u) : 0; at; at = p->links.at[at].next)
      add_declared(p, p->links.at[at].ref, &models);
  }
  map_release(&models);
}

void program_relations(Program *p) {
  vec_push(&p->relations, (Relationship){0});
  vec_push(&p->next_relation, 0);
  for (FileId file = 1; file < p->files.n; file++)
    find_decorated(p, file);
  find_declared(p);
}

//
// Loading a relation of one row
//

// The relation of a row of the same library, NULL if there is none of that name.
static const Relationship *relation_within(Program *p, const Value *row, const char *name) {
  const Relationship *relation = relation_of_row(p, 0, row, name);
  return relation && relation->library == p->libs->states.at[row->a].library ? relation : NULL;
}

// What a query loads along: `order.buyer` of `Order.belongsTo(User, { as: "buyer" })`.
static ValueId related_rows(Program *p, const Value *row, Sym name) {
  const Relationship *relation = relation_within(p, row, sym_text(p, name));
  if (!relation || !relation->table)
    return VALUE_UNKNOWN;
  ValueId rows = library_value(p, (StateId)row->a, relation->table);
  return relation->rows == ROWS_MANY ? value_make(p, VAL_ARRAY, rows, 0, 0) : rows;
}

ValueId relation_member(Program *p, const Value *row, Sym name) {
  const char *text = sym_text(p, name);
  bool has_accessors = false;
  for (uint32_t i = 0; row->b && i < p->libs->accessors.n; i++) {
    const Accessor *accessor = &p->libs->accessors.at[i];
    size_t n = strlen(accessor->verb);
    has_accessors |= accessor->owner == row->a;
    if (accessor->owner != row->a || strncmp(text, accessor->verb, n) || !isupper((unsigned char)text[n]))
      continue;
    const Relationship *relation = relation_within(p, row, text + n);
    if (relation && relation->rows == accessor->rows)
      return library_value(p, accessor->state, relation->table);
  }
  return has_accessors ? related_rows(p, row, name) : VALUE_UNKNOWN;
}

const Relationship *lazy_relation(Program *p, FileId file, Id member) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, member);
  Sym name = sym_of(f, e->name);
  if (!map_get(&p->lazy_names, name + 1u))
    return NULL;
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, e->a), each);
  for (uint32_t i = 0; i < n; i++) {
    Value v = *value_at(p, each[i]);
    const Relationship *relation = relation_of_row(p, file, &v, sym_text(p, name));
    if (relation && relation->lazy && relation->name == name)
      return relation;
  }
  return NULL;
}

// `user` of `getUser`, 0 if the member does not start with a verb.
static Sym without_verb(Program *p, const char *member) {
  size_t n = strcspn(member, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  char name[128];
  if (!member[n] || strlen(member + n) >= sizeof name)
    return 0;
  strcpy(name, member + n);
  name[0] = (char)tolower((unsigned char)name[0]);
  return sym_intern(p, name);
}

// The name in an argument: "user", `{ path: "user" }`, the first of a list.
static Sym named_relation(Program *p, FileId file, Id argument) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, argument);
  if (e->kind == EX_ARRAY)
    return e->count ? named_relation(p, file, list_at(f, e->first, 0)) : 0;
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    if (property->kind == EX_PROPERTY && !strcmp(text_of(f, property->name), "path"))
      return named_relation(p, file, property->a);
  }
  return e->kind == EX_STRING ? sym_of(f, e->name) : 0;
}

static Sym loaded_name(Program *p, FileId file, Id call, const Meaning *m) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  if (m->loads == ARG_NAME)
    return without_verb(p, text_of(f, callee->name));
  if (m->loads != ARG_THIS)
    return named_relation(p, file, argument_at(f, call, m->loads));
  const Expr *receiver = expr_at(f, callee->a);
  return receiver->kind == EX_MEMBER ? sym_of(f, receiver->name) : 0;
}

bool loads_relation(Program *p, FileId file, Id call, Sym *name, bool *again) {
  const File *f = &p->files.at[file];
  while (expr_at(f, call)->kind == EX_CALL) {
    Id callee = expr_at(f, call)->a;
    ValueId each[4];
    uint32_t n = value_each(p, value_of(p, file, callee), each);
    for (uint32_t i = 0; i < n; i++) {
      const Meaning *m = callee_meaning(p, each[i], file, call);
      if (m && m->loads != ARG_NONE) {
        *name = loaded_name(p, file, call, m);
        *again = m->again;
        return true;
      }
    }
    call = expr_at(f, callee)->kind == EX_MEMBER ? expr_at(f, callee)->a : 0;
  }
  return false;
}
