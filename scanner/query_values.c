// query_values.c - what stands behind the names in a query: constants, objects in variables, functions of
// libraries.
#include <string.h>

#include "query_read.h"
#include "values.h"

const Expr *query_expr(const Reading *r, Ref expr) {
  static const Expr none = {0};
  return expr.file ? expr_at(&r->p->files.at[expr.file], expr.id) : &none;
}

const char *query_name(const Reading *r, Ref expr) {
  return expr.file ? text_of(&r->p->files.at[expr.file], query_expr(r, expr)->name) : "";
}

Ref query_operand(Ref of, Id id) { return (Ref){id ? of.file : 0, id}; }

const char *query_keep(Reading *r, const char *text, size_t length) {
  return arena_copy(&r->queries->arena, text, length);
}

void query_dynamic(Reading *r) { r->query->dynamic = true; }

static const Binding *binding_named(const Reading *r, Ref ident) {
  static const Binding none = {0};
  if (!ident.file)
    return &none;
  const Expr *e = query_expr(r, ident);
  Id binding = e->kind == EX_IDENT ? binding_of(r->p, ident.file, e->scope, e->name, false) : 0;
  return &r->p->files.at[ident.file].facts.bindings.at[binding];
}

// The first value of a variable that may get others later, and of a constant.
static Ref initial_value(Reading *r, Ref ident) {
  const Binding *b = binding_named(r, ident);
  if (b->kind == BIND_LET && b->value)
    return (Ref){ident.file, b->value};
  return definition_of(r->p, ident.file, ident.id);
}

// The value of a property of an object literal, or of a field of a class.
static Ref property_value(Reading *r, Ref member) {
  const Expr *e = query_expr(r, member);
  Value owner = *value_at(r->p, value_of(r->p, member.file, e->a));
  const char *name = query_name(r, member);
  const File *f =
      &r->p->files
           .at[owner.kind == VAL_OBJECT || owner.kind == VAL_INSTANCE || owner.kind == VAL_CLASS ? owner.a
                                                                                                 : 0];
  const Expr *object = owner.kind == VAL_OBJECT ? expr_at(f, owner.b) : NULL;
  for (uint32_t i = 0; object && i < object->count; i++) {
    const Expr *x = expr_at(f, list_at(f, object->first, i));
    if (x->kind == EX_PROPERTY && x->name && !strcmp(text_of(f, x->name), name))
      return (Ref){owner.a, x->a};
  }
  List members = owner.kind == VAL_INSTANCE || owner.kind == VAL_CLASS ? f->facts.classes.at[owner.b].members
                                                                       : (List){0, 0};
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, members.first, i)];
    if (m->value && !strcmp(text_of(f, m->name), name))
      return (Ref){owner.a, m->value};
  }
  return (Ref){0, 0};
}

// Whether an expression is a part of a parameter: its callers decide, and one of them is not all.
static bool is_given(const Reading *r, Ref expr) {
  while (query_expr(r, expr)->kind == EX_MEMBER || query_expr(r, expr)->kind == EX_INDEX)
    expr = query_operand(expr, query_expr(r, expr)->a);
  return query_expr(r, expr)->kind == EX_PARAM || binding_named(r, expr)->kind == BIND_PARAM;
}

// The literal that an expression gives by way of members and functions of ours.
static Ref value_literal(Reading *r, Ref expr) {
  Value v = *value_at(r->p, value_of(r->p, expr.file, expr.id));
  if (v.kind == VAL_PROMISE)
    v = *value_at(r->p, v.a);
  return v.kind == VAL_OBJECT || v.kind == VAL_STRING ? (Ref){v.a, v.b} : (Ref){0, 0};
}

Ref query_definition(Reading *r, Ref expr) {
  for (int steps = 0; steps < QUERY_DEPTH; steps++) {
    const Expr *e = query_expr(r, expr);
    Ref next = {0, 0};
    if (e->kind == EX_CAST || e->kind == EX_AWAIT)
      next = query_operand(expr, e->a);
    else if (e->kind == EX_IDENT)
      next = initial_value(r, expr);
    else if (e->kind == EX_CALL || (e->kind == EX_MEMBER && !is_given(r, expr)))
      next = value_literal(r, expr);
    if (!next.file && e->kind == EX_MEMBER && !is_given(r, expr))
      next = property_value(r, expr);
    if (!next.file || (next.file == expr.file && next.id == expr.id))
      break;
    expr = next;
  }
  return expr;
}

//
// Constants
//

bool query_is_literal(const Reading *r, Ref expr, const char *name) {
  const Expr *e = query_expr(r, expr);
  bool word = e->kind == EX_LITERAL || (e->kind == EX_IDENT && !strcmp(name, "undefined"));
  return word && !strcmp(query_name(r, expr), name);
}

bool query_regexp(Reading *r, Ref *at, bool *insensitive) {
  const Expr *e = query_expr(r, *at);
  const File *f = &r->p->files.at[at->file];
  bool literal = e->kind == EX_LITERAL && *query_name(r, *at) == '/';
  if (literal) {
    *insensitive = strchr(strrchr(query_name(r, *at), '/'), 'i');
    return true;
  }
  if ((e->kind != EX_NEW && e->kind != EX_CALL) || !is_unbound(r->p, at->file, expr_at(f, e->a), "RegExp"))
    return false;
  Ref flags = query_operand(*at, argument_at(f, at->id, 1));
  const char *text = flags.id ? query_string(r, flags) : NULL;
  *insensitive = text && strchr(text, 'i');
  *at = query_definition(r, query_operand(*at, argument_at(f, at->id, 0)));
  return true;
}

// `Status.ACTIVE` of an enum that a package or generated code exports.
static const char *member_of_package(Reading *r, Ref expr) {
  const Expr *e = query_expr(r, expr);
  Ref root = query_operand(expr, e->a);
  while (query_expr(r, root)->kind == EX_MEMBER)
    root = query_operand(root, query_expr(r, root)->a);
  if (e->kind != EX_MEMBER || binding_named(r, root)->kind != BIND_IMPORT)
    return NULL;
  Value owner = *value_at(r->p, value_of(r->p, expr.file, e->a));
  const char *path = owner.kind == VAL_EXTERNAL && owner.a ? sym_text(r->p, owner.b) : "";
  const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
  return *name >= 'A' && *name <= 'Z' ? query_name(r, expr) : NULL;
}

const char *query_constant(Reading *r, Ref expr) {
  if (!expr.file)
    return NULL;
  Ref at = query_definition(r, expr);
  const Expr *e = query_expr(r, at);
  switch (e->kind) {
  case EX_STRING:
  case EX_NUMBER:
  case EX_LITERAL:
    return query_name(r, at);
  case EX_TEMPLATE:
    return query_string(r, at);
  case EX_UNARY:
    return query_expr(r, query_operand(at, e->a))->kind == EX_NUMBER && !strcmp(query_name(r, at), "-")
               ? arena_printf(&r->queries->arena, "-%s", query_name(r, query_operand(at, e->a)))
               : NULL;
  default:
    return member_of_package(r, at);
  }
}

const char *query_string(Reading *r, Ref expr) {
  Ref at = query_definition(r, expr);
  const Expr *e = query_expr(r, at);
  bool known = true;
  if (e->kind != EX_TEMPLATE)
    return e->kind == EX_STRING ? query_name(r, at) : NULL;
  const char *text = e->count ? query_template(r, at, false, &known) : query_name(r, at);
  return known ? text : NULL;
}

// What stands in place of a hole, NULL if it cannot be told.
static const char *hole_text(Reading *r, Ref hole, bool tagged, bool *known) {
  const Expr *e = query_expr(r, hole);
  const char *constant = tagged ? NULL : query_string(r, hole);
  if (constant)
    return constant;
  *known = false;
  Named named = tagged && e->kind == EX_MEMBER ? query_column_of(r, hole) : (Named){0};
  if (named.column) {
    const QueryTable *t = &r->query->tables.at[named.table];
    return arena_printf(&r->queries->arena, "\"%s\".\"%s\"", t->alias ? t->alias : t->name, named.column);
  }
  return tagged &&
                 (e->kind == EX_IDENT || e->kind == EX_MEMBER || e->kind == EX_STRING || e->kind == EX_NUMBER)
             ? "$1"
             : NULL;
}

const char *query_template(Reading *r, Ref text, bool tagged, bool *known) {
  const Expr *e = query_expr(r, text);
  const char *at = query_name(r, text);
  Text out = {0};
  *known = r->depth < QUERY_DEPTH;
  r->depth++;
  for (uint32_t i = 0; i<e->count && * known + tagged> 0; i++) {
    const char *hole = strstr(at, "${}");
    if (!hole)
      break;
    Ref expr = {text.file, list_at(&r->p->files.at[text.file], e->first, i)};
    const char *filled = hole_text(r, expr, tagged, known);
    text_add(&out, at, (size_t)(hole - at));
    text_puts(&out, filled ? filled : "${}");
    at = hole + 3;
  }
  r->depth--;
  text_puts(&out, at);
  const char *kept = query_keep(r, out.at, out.n);
  text_release(&out);
  return kept;
}

//
// Functions of libraries
//

// The member of a parameter that a callback takes its functions from: `({ eq }) => eq(...)`, `(eb) =>
// eb.or(...)`.
static const char *parameter_member(Reading *r, Ref callee) {
  Ref root = callee;
  while (query_expr(r, root)->kind == EX_MEMBER)
    root = query_operand(root, query_expr(r, root)->a);
  if (query_expr(r, callee)->kind == EX_MEMBER)
    return binding_named(r, root)->kind == BIND_PARAM ? query_name(r, callee) : "";
  const Binding *b = binding_named(r, callee);
  Ref from = {callee.file, b->kind == BIND_PARAM ? b->value : 0};
  return from.id && query_expr(r, from)->kind == EX_MEMBER ? query_name(r, from) : "";
}

// The library's function that an expression names, "" if it names none: "Op.like", "ilike"; members of a parameter
// (`(users, { eq }) => eq(...)`) count by their name.
static const char *query_function(Reading *r, Ref callee) {
  if (!callee.file)
    return "";
  Program *p = r->p;
  const Expr *e = query_expr(r, callee);
  Value v = *value_at(p, value_of(p, callee.file, callee.id));
  if (v.kind == VAL_EXTERNAL && v.a)
    return sym_text(p, v.b);
  const Binding *b = binding_named(r, callee);
  if (v.kind == VAL_LIBRARY && b->kind == BIND_IMPORT)
    return text_of(&p->files.at[callee.file], p->files.at[callee.file].facts.imports.at[b->value].imported);
  if (v.kind == VAL_LIBRARY && e->kind == EX_IDENT && !b->kind)  // a global by where it is exported
    return query_name(r, callee);
  const char *name = parameter_member(r, callee);
  if (*name || e->kind != EX_MEMBER)
    return name;
  for (Ref at = query_operand(callee, e->a); at.file;) {
    ValueId each[4];
    value_each(p, value_of(p, at.file, at.id), each);
    Value owner = *value_at(p, each[0]);  // a client or a transaction: both know the same functions
    if ((owner.kind == VAL_EXTERNAL && owner.a) || owner.kind == VAL_LIBRARY)
      return query_name(r, callee);
    at = query_expr(r, at)->kind == EX_MEMBER ? query_operand(at, query_expr(r, at)->a) : (Ref){0, 0};
  }
  return "";
}

bool query_is_open(const Reading *r, Ref ident) {
  const Expr *e = query_expr(r, ident);
  Id binding = e->kind == EX_IDENT ? binding_of(r->p, ident.file, e->scope, e->name, false) : 0;
  for (int i = 0; binding && i < r->open; i++)
    if (r->variables[i] == ((uint64_t)ident.file << 32 | binding))
      return true;
  return false;
}

const LibraryWord *query_word(const Reading *r, uint16_t shape, const char *name) {
  return library_word(r->p->libs, shape, name);
}

// `Sequelize.Op.like` is known as "Op.like".
static const LibraryWord *dotted_word(Reading *r, const char *path, const char *suffix) {
  char name[128];
  for (const char *at = path; at && *at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL) {
    if (strlen(at) + strlen(suffix) >= sizeof name)
      continue;
    strcat(strcpy(name, at), suffix);
    const LibraryWord *word = query_word(r, r->library->operators, name);
    if (word)
      return word;
  }
  return NULL;
}

const LibraryWord *query_call_word(Reading *r, Ref call) {
  const Expr *e = query_expr(r, call);
  bool named = e->kind == EX_CALL || e->kind == EX_NEW || e->kind == EX_TAGGED;
  if (named)
    return dotted_word(r, query_function(r, query_operand(call, e->a)), "()");
  return dotted_word(r, query_function(r, call), "");
}

//
// Uses of variables
//

bool query_is_conditional(const Reading *r, FileId file, Id use, Id base) {
  const File *f = &r->p->files.at[file];
  Id inner = expr_at(f, base)->scope;
  for (Id s = expr_at(f, use)->scope; s && !scope_inside(f, inner, s); s = f->facts.scopes.at[s].parent)
    if (f->facts.scopes.at[s].kind != SC_BLOCK && f->facts.scopes.at[s].kind != SC_TRY)
      return true;
  return false;
}

Id query_chain_end(const File *f, Id use) {
  for (;;) {
    Id parent = expr_at(f, use)->parent;
    const Expr *around = expr_at(f, parent);
    if ((around->kind != EX_MEMBER && around->kind != EX_CALL) || around->a != use)
      return use;
    use = parent;
  }
}

// Whether a use is handed to a function that is not a library's, which may change what it gets.
static bool is_handed_on(Program *p, FileId file, Id use) {
  const Expr *call = expr_at(&p->files.at[file], expr_at(&p->files.at[file], use)->parent);
  if (!is_call(call) || call->a == use)
    return false;
  uint8_t kind = value_at(p, value_of(p, file, call->a))->kind;
  return kind != VAL_METHOD && kind != VAL_LIBRARY;
}

// For which questions a use of a variable matters, a bit each.
static unsigned use_kinds(Program *p, FileId file, Id use) {
  const File *f = &p->files.at[file];
  const Expr *around = expr_at(f, expr_at(f, use)->parent);
  Id end = query_chain_end(f, use);
  bool set = around->kind == EX_ASSIGN && around->a == use, member = around->kind == EX_MEMBER && around->a == use;
  bool called = expr_at(f, end)->kind == EX_CALL && expr_at(f, end)->flags & EXF_STATEMENT;
  bool indexed = around->kind == EX_INDEX && around->a == use;
  bool changes = set || member || indexed || is_handed_on(p, file, use);
  return (unsigned)(set || called) << USES_OF_BUILDER | (unsigned)member << USES_OF_OPTIONS | (unsigned)changes << USES_OF_FILTER;
}

static uint64_t use_key(FileId file, Id binding, UsesOf of) { return (uint64_t)of << 62 | (uint64_t)file << 32 | binding; }

static void index_uses(Queries *queries, Program *p, FileId file) {
  const File *f = &p->files.at[file];
  map_put(&queries->indexed, file, 1);
  if (!queries->uses.n)
    vec_push(&queries->uses, ((Link){{0, 0}, 0}));
  for (Id i = f->facts.exprs.n; i-- > 1;) {
    const Expr *e = expr_at(f, i);
    Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
    if (!binding || f->facts.bindings.at[binding].kind == BIND_IMPORT)
      continue;
    unsigned kinds = use_kinds(p, file, i);
    for (UsesOf of = 0; of < USES_OF_COUNT; of++) {
      uint64_t key = use_key(file, binding, of);
      if (!(kinds >> of & 1))
        continue;
      vec_push(&queries->uses, ((Link){{file, i}, map_get(&queries->first_use, key)}));
      map_put(&queries->first_use, key, queries->uses.n - 1);
    }
  }
}

bool query_uses(Reading *r, Ref ident, UsesOf of, uint32_t end, QueryUse *each, void *payload) {
  const Expr *e = query_expr(r, ident);
  Id binding = e->kind == EX_IDENT ? binding_of(r->p, ident.file, e->scope, e->name, false) : 0;
  Queries *queries = r->queries;
  if (!binding)
    return false;
  if (!map_get(&queries->indexed, ident.file))
    index_uses(queries, r->p, ident.file);
  uint64_t key = (uint64_t)ident.file << 32 | binding;
  for (int i = 0; i < r->open; i++)
    if (r->variables[i] == key)  // `where = { ...where, status }`: it is being read
      return true;
  if (r->open == QUERY_DEPTH)
    return false;
  r->variables[r->open++] = key;
  uint32_t count = 0;
  for (uint32_t at = map_get(&queries->first_use, use_key(ident.file, binding, of)); at; at = queries->uses.at[at].next) {
    Ref use = queries->uses.at[at].ref;
    if (query_expr(r, use)->span.start >= end)
      break;
    if (++count > QUERY_USES) {
      query_dynamic(r);
      break;
    }
    each(r, use, payload);
  }
  r->open--;
  return true;
}
