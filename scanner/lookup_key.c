// lookup_key.c - the keys of the rounds: whether a Map finds by them what the database finds, and whether they differ.
//
// A Map takes two keys for equal when they are the same number or the same text. So do integers of the database, and text whose
// collation looks at each byte; not text without regard to case (MySQL, SQL Server, citext), and not what drivers give as objects
// (dates, decimals). A UUID that the database has given is written in one way only; one that a request brings is not.
#include <string.h>
#include <strings.h>

#include "lookup.h"
#include "repeat.h"
#include "values.h"

enum { MAX_DEPTH = 12 };

// What the code declares an expression to be. {0,0} if it cannot be seen.
static Ref declared_type(Program *p, FileId file, Id expr, int depth);
static Ref field_type(Program *p, Ref type, const char *name, bool *may_lack);

static const Type *type_at(const Program *p, Ref type) {
  static const Type none = {0};
  return type.file ? &p->files.at[type.file].facts.types.at[type.id] : &none;
}

// The expression that names a type, 0 if it is not just a name.
static Id name_of_type(const Program *p, Ref type) {
  const Type *t = type_at(p, type);
  return t->kind == TY_REF && expr_at(&p->files.at[type.file], t->a)->kind == EX_IDENT ? t->a : 0;
}

// What a name means as a type, 0 for one of the language.
static Id type_binding(const Program *p, Ref type, Id name) {
  const Expr *e = expr_at(&p->files.at[type.file], name);
  return binding_of(p, type.file, e->scope, e->name, true);
}

// The name of a type of the language, "" for any other.
static const char *global_type(const Program *p, Ref type) {
  const File *f = &p->files.at[type.file];
  Id name = name_of_type(p, type);
  return name && !type_binding(p, type, name) ? text_of(f, expr_at(f, name)->name) : "";
}

// `orders` of `type Ids = number[]`: what an alias of the same file stands for.
static Ref behind_alias(const Program *p, Ref type) {
  for (int step = 0; step < MAX_DEPTH; step++) {
    Id name = name_of_type(p, type);
    const Binding *b = &p->files.at[type.file].facts.bindings.at[name ? type_binding(p, type, name) : 0];
    if (!name || b->kind != BIND_ALIAS || type_at(p, type)->list.count)
      break;
    type.id = b->type;
  }
  return type;
}

// The type of an array's elements; {0,0} of any other type.
static Ref element_type(const Program *p, Ref type) {
  type = behind_alias(p, type);
  const Type *t = type_at(p, type);
  const char *name = global_type(p, type);
  if (t->kind == TY_ARRAY)
    return (Ref){type.file, t->a};
  bool array = (!strcmp(name, "Array") || !strcmp(name, "ReadonlyArray")) && t->list.count == 1;
  return array ? (Ref){type.file, list_at(&p->files.at[type.file], t->list.first, 0)} : (Ref){0, 0};
}

// The type of a field of an object or instance; *may_lack: it need not be there.
static Ref field_of(const Program *p, ValueId object, const char *name, bool *may_lack) {
  const Value v = *value_at(p, object);
  const File *f = &p->files.at[v.kind == VAL_SHAPE || v.kind == VAL_INSTANCE ? v.a : 0];
  List members = v.kind == VAL_SHAPE      ? f->facts.types.at[v.b].list
                 : v.kind == VAL_INSTANCE ? f->facts.classes.at[v.b].members
                                          : (List){0, 0};
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, members.first, i)];
    if (m->kind != MEMBER_FIELD || !m->type || strcmp(text_of(f, m->name), name))
      continue;
    *may_lack = *may_lack || m->flags & MEMBER_OPTIONAL;
    return (Ref){v.a, m->type};
  }
  return (Ref){0, 0};
}

// The same of an object type, interface or class.
static Ref field_type(Program *p, Ref type, const char *name, bool *may_lack) {
  return field_of(p, type.file ? value_of_type(p, type.file, type.id) : VALUE_UNKNOWN, name, may_lack);
}

static Ref type_of_param(Program *p, FileId file, const Expr *e, int depth) {
  const File *f = &p->files.at[file];
  const Function *function = &f->facts.functions.at[e->a];
  const Param *param = &f->facts.params.at[e->b < function->params.count ? list_at(f, function->params.first, e->b) : 0];
  int index, use;
  Id over = 0, call = param->type || e->b ? 0 : inline_call(p, file, e->a, &index, &use, &over);
  if (call && use == EDGE_EACH && over)
    return element_type(p, declared_type(p, file, over, depth + 1));
  bool told = param->type && !(param->flags & (PARAM_OPTIONAL | PARAM_REST)) && !param->init;
  return told ? (Ref){file, param->type} : (Ref){0, 0};
}

bool gives_elements(const char *name) {
  static const char *const names[] = {"filter", "slice", "sort", "reverse", "toSorted", "toReversed"};
  return is_any_of(name, names, COUNT(names));
}

// `list.slice(1)` is what `list` is; elements that may lack may be what a filter leaves out.
static Ref type_of_kept(Program *p, FileId file, const Expr *callee, int depth) {
  const File *f = &p->files.at[file];
  bool keeps = callee->kind == EX_MEMBER && gives_elements(text_of(f, callee->name));
  Ref type = keeps ? declared_type(p, file, callee->a, depth + 1) : (Ref){0, 0};
  return type_at(p, behind_alias(p, element_type(p, type)))->kind == TY_UNION ? (Ref){0, 0} : type;
}

// What the function says that it gives.
static Ref type_of_call(Program *p, FileId file, const Expr *e) {
  Ref function = e->kind == EX_CALL ? value_function(p, value_of(p, file, e->a)) : (Ref){0, 0};
  Id result = function.file ? p->files.at[function.file].facts.functions.at[function.id].result : 0;
  return result ? (Ref){function.file, result} : (Ref){0, 0};
}

// T of `Promise<T>`, else the type itself.
static Ref awaited_type(const Program *p, Ref type) {
  bool promise = !strcmp(global_type(p, type), "Promise") && type_at(p, type)->list.count == 1;
  return promise ? (Ref){type.file, list_at(&p->files.at[type.file], type_at(p, type)->list.first, 0)} : type;
}

static bool is_nothing(const File *f, const Type *t) {
  return t->kind == TY_KEYWORD && (!strcmp(text_of(f, t->name), "null") || !strcmp(text_of(f, t->name), "undefined"));
}

// The type of `input.ids ?? []`, where the list may be missing.
static Ref type_or_nothing(Program *p, FileId file, const Expr *alternative, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, alternative->a), *otherwise = expr_at(f, alternative->b);
  bool may_lack = false;
  if (alternative->c || !strcmp(text_of(f, alternative->name), "&&") || otherwise->kind != EX_ARRAY || otherwise->count)
    return (Ref){0, 0};
  Ref type = e->kind == EX_MEMBER ? field_type(p, declared_type(p, file, e->a, depth + 1), text_of(f, e->name), &may_lack)
                                  : declared_type(p, file, alternative->a, depth + 1);
  const Type *t = type_at(p, type);
  const File *g = &p->files.at[type.file];
  for (uint32_t i = 0; t->kind == TY_UNION && i < t->list.count; i++)
    if (!is_nothing(g, &g->facts.types.at[list_at(g, t->list.first, i)]))
      type.id = list_at(g, t->list.first, i);
  return type;
}

static Ref declared_type(Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  bool may_lack = false;
  Ref found = {0, 0};
  if (depth > MAX_DEPTH)
    return found;
  switch (e->kind) {
  case EX_IDENT:
    return b->type ? (Ref){file, b->type} : b->kind == BIND_CONST || b->kind == BIND_PARAM ? declared_type(p, file, b->value, depth + 1) : found;
  case EX_PARAM:
    return type_of_param(p, file, e, depth);
  case EX_ELEMENT:
    return element_type(p, declared_type(p, file, e->a, depth + 1));
  case EX_ALT:
    return type_or_nothing(p, file, e, depth);
  case EX_CALL:
    found = type_of_kept(p, file, expr_at(f, e->a), depth);
    return found.file ? found : type_of_call(p, file, e);
  case EX_AWAIT:
    return awaited_type(p, declared_type(p, file, e->a, depth + 1));
  case EX_MEMBER:
    found = expr_at(f, e->a)->kind == EX_THIS
                ? field_of(p, value_of(p, file, e->a), text_of(f, e->name), &may_lack)
                : field_type(p, declared_type(p, file, e->a, depth + 1), text_of(f, e->name), &may_lack);
    return may_lack ? (Ref){0, 0} : found;
  default:
    return found;
  }
}

//
// Arrays
//

// Methods that give a new array when they are called on one.
static bool gives_array(const char *name) {
  static const char *const names[] = {"map", "filter", "flatMap", "slice", "concat", "flat", "sort", "reverse", "toSorted", "toReversed", "splice"};
  return is_any_of(name, names, COUNT(names));
}

static bool is_array_at(const Judge *j, FileId file, Id expr, int depth);

// Whether a call is that of a function of the language: `Object.keys(x)`.
static bool calls_global(const Program *p, FileId file, const Expr *call, const char *const *names, size_t count) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, call->kind == EX_CALL ? call->a : 0), *object = expr_at(f, callee->a);
  if (callee->kind != EX_MEMBER || object->kind != EX_IDENT || binding_of(p, file, object->scope, object->name, false))
    return false;
  size_t n = strlen(text_of(f, object->name));
  for (size_t i = 0; i < count; i++)
    if (!strncmp(names[i], text_of(f, object->name), n) && names[i][n] == '.' && !strcmp(names[i] + n + 1, text_of(f, callee->name)))
      return true;
  return false;
}

// `Array.from(x)`, `Object.keys(x)`, `list.map(f)`.
static bool call_gives_array(const Judge *j, FileId file, const Expr *call, int depth) {
  static const char *const makers[] = {"Array.from", "Array.of", "Object.keys", "Object.values", "Object.entries"};
  const File *f = &j->program->files.at[file];
  const Expr *callee = expr_at(f, call->a);
  if (calls_global(j->program, file, call, makers, COUNT(makers)))
    return true;
  return callee->kind == EX_MEMBER && !((call->flags | callee->flags) & EXF_OPTIONAL) && gives_array(text_of(f, callee->name)) &&
         is_array_at(j, file, callee->a, depth + 1);
}

// Whether a query gives an array of rows: the site, 0 if it does not.
static uint32_t rows_at(const Judge *j, FileId file, Id expr) {
  uint32_t at = read_at(j, file, expr);
  const Site *site = &j->program->sites.at[at];
  bool page = site->meaning && site->meaning->to && !site->meaning->list && !site->meaning->lazy;
  return at && site->rows == ROWS_MANY && !site->loads && !page && !(site->meaning && site->meaning->effect == EFFECT_RAW) ? at : 0;
}

static bool promises_array(const Judge *j, FileId file, Id call, int depth);

// Whether a function of ours returns an array in each case.
static bool function_gives_array(const Judge *j, FileId file, const Expr *call, int depth) {
  Ref function = value_function(j->program, value_of(j->program, file, call->a));
  const File *g = &j->program->files.at[function.file];
  List returns = function.file ? g->facts.functions.at[function.id].returns : (List){0, 0};
  for (uint32_t i = 0; i < returns.count; i++) {
    Id given = list_at(g, returns.first, i);
    if (!promises_array(j, function.file, given, depth + 1) && !is_array_at(j, function.file, given, depth + 1))
      return false;
  }
  return returns.count > 0;
}

// Whether what a call promises is an array: the rows of a query, `Promise.all(x)`, what a function of ours returns.
static bool promises_array(const Judge *j, FileId file, Id call, int depth) {
  static const char *const all[] = {"Promise.all"};
  const Expr *e = expr_at(&j->program->files.at[file], call);
  if (e->kind != EX_CALL || depth > MAX_DEPTH)
    return false;
  return rows_at(j, file, call) || calls_global(j->program, file, e, all, 1) || function_gives_array(j, file, e, depth);
}

static bool is_array_at(const Judge *j, FileId file, Id expr, int depth) {
  const File *f = &j->program->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > MAX_DEPTH)
    return false;
  Ref type = declared_type(j->program, file, expr, 0);
  if (type.file)
    return element_type(j->program, type).file != 0;
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(j->program, file, e->scope, e->name, false) : 0];
  switch (e->kind) {
  case EX_ARRAY:
    return true;
  case EX_IDENT:
    return b->kind == BIND_CONST && is_array_at(j, file, b->value, depth + 1);
  case EX_AWAIT:
    return promises_array(j, file, e->a, depth + 1);
  case EX_CALL:
    return call_gives_array(j, file, e, depth) || function_gives_array(j, file, e, depth);
  default:
    return false;
  }
}

bool is_array(const Judge *j, FileId file, Id expr) { return is_array_at(j, file, expr, 0); }

bool holds_primitives(Program *p, FileId file, Id list) {
  static const char *const names[] = {"string", "number", "bigint", "boolean"};
  Ref type = behind_alias(p, element_type(p, declared_type(p, file, list, 0)));
  const Type *t = type_at(p, type);
  return type.file && t->kind == TY_KEYWORD && is_any_of(text_of(&p->files.at[type.file], t->name), names, COUNT(names));
}

bool may_be_readonly(const Judge *j, FileId file, Id expr) {
  if (j->program->files.at[file].source->lang == LANG_JAVASCRIPT)
    return false;
  Ref type = behind_alias(j->program, declared_type(j->program, file, expr, 0));
  return type.file && (type_at(j->program, type)->name || !strcmp(global_type(j->program, type), "ReadonlyArray"));
}

//
// Where a key comes from
//

// What is known of a value: the column that it was read from, or the type that is written down for it.
typedef struct KeySource {
  const Column *column;
  const char *keyword;  // "number", "string", NULL if none is known
  bool may_lack;        // it may be null or undefined
} KeySource;

static KeySource source_of(const Lookup *l, Id expr, int depth);

static const Binding *variable_at(const Lookup *l, Id expr) {
  const Expr *e = expr_at(l->f, expr);
  return &l->f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(l->p, l->r->file, e->scope, e->name, false) : 0];
}

// The list that an expression is an element of: of a loop, or of the call that runs a function for each; 0 if of none.
static Id list_of_item(const Lookup *l, Id expr) {
  const Binding *b = variable_at(l, expr);
  const Expr *e = expr_at(l->f, b->kind == BIND_CONST || b->kind == BIND_PARAM ? b->value : expr);
  int index, use;
  Id over = 0, call = e->kind == EX_PARAM && !e->b ? inline_call(l->p, l->r->file, e->a, &index, &use, &over) : 0;
  return e->kind == EX_ELEMENT ? e->a : call && use == EDGE_EACH ? over : 0;
}

// What a list has its elements from, as they are: `ids` of `[...ids]`, `new Set(ids)`, `ids.filter(f)`, or of a constant; 0 if
// from nothing else. *fewer: some may be left out.
static Id list_behind(const Lookup *l, Id list, bool *fewer) {
  static const char *const from[] = {"Array.from"};
  const Binding *b = variable_at(l, list);
  const Expr *e = expr_at(l->f, list), *callee = expr_at(l->f, e->a);
  Id first = e->kind != EX_IDENT && e->count == 1 ? list_at(l->f, e->first, 0) : 0;
  bool copies = e->kind == EX_NEW ? !strcmp(text_of(l->f, callee->name), "Set") : calls_global(l->p, l->r->file, e, from, 1);
  if (e->kind == EX_IDENT)
    return b->kind == BIND_CONST && !map_get(&l->f->pushed, (Id)(b - l->f->facts.bindings.at)) ? b->value : 0;
  if (e->kind == EX_ARRAY)
    return expr_at(l->f, first)->kind == EX_SPREAD ? expr_at(l->f, first)->a : 0;
  if (copies || e->kind != EX_CALL)
    return copies ? first : 0;
  *fewer = true;
  return callee->kind == EX_MEMBER && gives_elements(text_of(l->f, callee->name)) ? callee->a : 0;
}

// What a function written in `list.map(...)` gives for each element, 0 for any other expression.
static Id mapped(const Lookup *l, Id list) {
  const Expr *e = expr_at(l->f, list), *callee = expr_at(l->f, e->kind == EX_CALL ? e->a : 0);
  const Expr *given = expr_at(l->f, callee->kind == EX_MEMBER && e->count ? list_at(l->f, e->first, 0) : 0);
  const Function *function = &l->f->facts.functions.at[given->kind == EX_FUNCTION ? given->a : 0];
  bool maps = function->returns.count == 1 && !(function->flags & FN_ASYNC) && !strcmp(text_of(l->f, callee->name), "map");
  return maps ? list_at(l->f, function->returns.first, 0) : 0;
}

// The query whose rows are the elements of a list, NULL if none is seen.
static const Query *query_of_list(const Lookup *l, Id list) {
  bool fewer = false;
  for (int step = 0; list && step < MAX_DEPTH; step++) {
    const Expr *e = expr_at(l->f, list);
    uint32_t site = e->kind == EX_AWAIT ? rows_at(l->j, l->r->file, e->a) : 0;
    if (site)
      return l->p->libs->libraries.at[l->p->sites.at[site].library].plain ? query_of_site(l->j, site) : NULL;
    list = list_behind(l, list, &fewer);
  }
  return NULL;
}

// The column of a row that a member expression reads, NULL if that is not what it is.
static const Column *column_read(const Lookup *l, const Expr *member, const Table **table) {
  Id list = list_of_item(l, member->a);
  const Query *q = list ? query_of_list(l, list) : NULL;
  *table = q && q->tables.n == 1 ? q->tables.at[0].table : NULL;
  return *table ? table_find_property(*table, text_of(l->f, member->name)) : NULL;
}

// The same for a value of one of the library's own types for its tables: `orders: Order[]`.
static const Column *column_of_type(const Lookup *l, Ref type, const char *name) {
  const Value v = *value_at(l->p, name_of_type(l->p, type) ? value_of_type(l->p, type.file, type.id) : VALUE_UNKNOWN);
  bool own = v.kind == VAL_EXTERNAL && library_of_package(l->p->libs, sym_text(l->p, v.a), true) == l->site->library;
  const Table *table = own ? schemas_table(l->j->schemas, l->p->files.at[type.file].source->path, sym_text(l->p, v.b)) : NULL;
  return table ? table_find_property(table, name) : NULL;
}

static KeySource source_of_type(const Lookup *l, Ref type, bool may_lack) {
  type = behind_alias(l->p, type);
  const Type *t = type_at(l->p, type);
  const File *f = &l->p->files.at[type.file];
  KeySource found = {.may_lack = may_lack};
  for (uint32_t i = 0; t->kind == TY_UNION && i < t->list.count; i++) {
    const Type *part = &f->facts.types.at[list_at(f, t->list.first, i)];
    found.may_lack |= is_nothing(f, part);
  }
  if (t->kind == TY_KEYWORD)
    found.keyword = text_of(f, t->name);
  return found;
}

static KeySource source_of_column(const Column *column) { return (KeySource){.column = column, .may_lack = column && column->nullable}; }

static KeySource source_of_element(const Lookup *l, Id list, int depth) {
  Ref type = element_type(l->p, declared_type(l->p, l->r->file, list, 0));
  bool fewer = false;
  if (type.file)
    return source_of_type(l, type, false);
  if (depth > MAX_DEPTH)
    return (KeySource){0};
  Id each = mapped(l, list), behind = each ? 0 : list_behind(l, list, &fewer);
  KeySource found = each ? source_of(l, each, depth + 1) : behind ? source_of_element(l, behind, depth + 1) : (KeySource){0};
  return fewer && found.may_lack ? (KeySource){0} : found;  // those that lack may be what is left out
}

static KeySource source_of_member(const Lookup *l, const Expr *e) {
  const char *name = text_of(l->f, e->name);
  const Table *table;
  const Column *column = column_read(l, e, &table);
  Ref type = column ? (Ref){0, 0} : declared_type(l->p, l->r->file, e->a, 0);
  if (!column)
    column = column_of_type(l, type, name);
  bool may_lack = false;
  Ref field = column ? (Ref){0, 0} : field_type(l->p, type, name, &may_lack);
  return column ? source_of_column(column) : source_of_type(l, field, may_lack);
}

static KeySource source_of(const Lookup *l, Id expr, int depth) {
  const Expr *e = expr_at(l->f, expr);
  const Binding *b = variable_at(l, expr);
  if (depth > MAX_DEPTH)
    return (KeySource){0};
  if (e->kind == EX_MEMBER)
    return source_of_member(l, e);
  if (e->kind == EX_IDENT && b->type)
    return source_of_type(l, (Ref){l->r->file, b->type}, false);
  Id list = list_of_item(l, expr);
  if (list)
    return source_of_element(l, list, depth + 1);
  return b->kind == BIND_CONST || b->kind == BIND_PARAM ? source_of(l, b->value, depth + 1) : (KeySource){0};
}

//
// What is compared
//

// Prisma's name of a column's type, and how it is stored if that is said: "String", "Uuid".
static bool is_scalar(const Column *c, const char *type, const char **stored) {
  size_t n = strlen(type);
  const char *native = strstr(c->type, " @db.");
  *stored = native ? native + strlen(" @db.") : "";
  return !strncmp(c->type, type, n) && (!c->type[n] || c->type[n] == ' ');
}

// Whether text of a column is equal only when all of its bytes are.
static bool is_exact_text(const Lookup *l, const Table *table, const char *stored) {
  const Schema *schema = schemas_of_table(l->j->schemas, table);
  bool exact = schema && (schema->dialect == DIALECT_POSTGRES || schema->dialect == DIALECT_SQLITE);
  return exact && (!*stored || !strcmp(stored, "Text") || !strcmp(stored, "VarChar"));
}

// Whether keys that are read from a column compare as the one that they are looked up by.
static KeyMatch match_columns(const Lookup *l, const Table *table, const Column *key, const Column *source) {
  const char *stored;
  if (strcmp(key->type, source->type))
    return KEYS_UNSEEN;
  if (is_scalar(key, "Int", &stored) || is_scalar(key, "BigInt", &stored))
    return KEYS_EQUAL;
  if (!is_scalar(key, "String", &stored))
    return KEYS_LOOSE;
  return is_exact_text(l, table, stored) || !strcmp(stored, "Uuid") ? KEYS_EQUAL : KEYS_LOOSE;
}

static KeyMatch match_keyword(const Lookup *l, const Table *table, const Column *key, const char *keyword) {
  const char *stored;
  static const char *const pairs[][2] = {{"number", "Int"}, {"bigint", "BigInt"}, {"string", "String"}};
  for (size_t i = 0; i < COUNT(pairs); i++) {
    if (strcmp(keyword, pairs[i][0]))
      continue;
    if (!is_scalar(key, pairs[i][1], &stored))
      return KEYS_DIFFERENT;
    return i + 1 < COUNT(pairs) || is_exact_text(l, table, stored) ? KEYS_EQUAL : KEYS_LOOSE;
  }
  return KEYS_UNSEEN;
}

KeyMatch lookup_match(const Lookup *l) {
  const Table *table = l->query && l->query->tables.n ? l->query->tables.at[0].table : NULL;
  const Column *key = table ? query_column(l->query, 0, l->filter.key) : NULL;
  KeySource source = source_of(l, l->value, 0);
  if (source.may_lack)
    return KEYS_DIFFERENT;
  if (!key || table->origin != ORIGIN_PRISMA || !(source.column || source.keyword))
    return KEYS_UNSEEN;
  return source.column ? match_columns(l, table, key, source.column) : match_keyword(l, table, key, source.keyword);
}

//
// Whether they differ
//

static bool values_differ(const Lookup *l, Id expr, int depth);

static bool elements_differ(const Lookup *l, Id list, int depth) {
  bool fewer = false;
  const Expr *e = expr_at(l->f, list);
  if (!list || depth > MAX_DEPTH)
    return false;
  if (e->kind == EX_NEW)
    return !strcmp(text_of(l->f, expr_at(l->f, e->a)->name), "Set");
  Id each = mapped(l, list);
  return each ? values_differ(l, each, depth + 1) : elements_differ(l, list_behind(l, list, &fewer), depth + 1);
}

// Whether a value is another one for each element that it is read from.
static bool values_differ(const Lookup *l, Id expr, int depth) {
  const Expr *e = expr_at(l->f, expr);
  const Table *table;
  const Column *column = e->kind == EX_MEMBER ? column_read(l, e, &table) : NULL;
  if (e->kind == EX_MEMBER)
    return column && table_is_unique(table, (const char *const[]){column->name}, 1);
  Id list = list_of_item(l, expr);
  const Binding *b = variable_at(l, expr);
  if (list)
    return elements_differ(l, list, depth + 1);
  return depth <= MAX_DEPTH && (b->kind == BIND_CONST || b->kind == BIND_PARAM) && values_differ(l, b->value, depth + 1);
}

bool lookup_keys_differ(const Lookup *l) { return values_differ(l, l->value, 0); }
