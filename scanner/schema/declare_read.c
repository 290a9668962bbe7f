// declare_read.c - the expressions of declarations: chains of calls, arguments by role, texts, objects.
#include "declare.h"

#include <stdio.h>
#include <string.h>

#include "values.h"

const char *declare_keep(const Declare *d, const char *text) {
  return text ? arena_copy(&d->schemas->arena, text, strlen(text)) : NULL;
}

// A call in a chain stands where its method is named.
Place declare_place(const Declare *d, Ref ref) {
  if (!ref.file)
    return (Place){0};
  const Expr *e = expr_of(d, ref);
  Span span = e->span;
  const Expr *callee = expr_of(d, (Ref){ref.file, e->kind == EX_CALL ? e->a : 0});
  if (callee->kind == EX_MEMBER && expr_of(d, (Ref){ref.file, callee->a})->kind == EX_CALL)
    span.start = callee->span.end - (uint32_t)strlen(name_in(d, ref, callee->name));
  return (Place){.source = d->program->files.at[ref.file].source, .start = span.start, .end = span.end};
}

Ref declare_inner(const Declare *d, Ref ref) {
  while (expr_of(d, ref)->kind == EX_CAST || expr_of(d, ref)->kind == EX_AWAIT)
    ref.id = expr_of(d, ref)->a;
  return ref;
}

Ref declare_item(const Declare *d, Ref list, uint32_t i) {
  const Expr *e = expr_of(d, list);
  return i < e->count ? (Ref){list.file, list_at(&d->program->files.at[list.file], e->first, i)} : (Ref){0, 0};
}

const SchemaWord *declare_word(const Declare *d, SchemaScope scope, const char *name) {
  return name ? library_schema_word(d->program->libs, d->library, scope, name) : NULL;
}

const SchemaWord *declare_export(const Declare *d, Ref callee) {
  Program *p = d->program;
  ValueId value = value_of(p, callee.file, callee.id);
  const Value *v = value_at(p, value);
  if (v->kind != VAL_EXTERNAL || !v->a)
    return NULL;
  const char *path = v->b ? sym_text(p, v->b) : "default";
  const char *dot = strrchr(path, '.');
  return library_schema_word(p->libs, external_library(p, value), SCOPE_EXPORTS, dot ? dot + 1 : path);
}

//
// Literals
//

// The literal that a name stands for; the expression itself when it cannot be seen.
Ref declare_literal(Declare *d, Ref ref) {
  Program *p = d->program;
  for (int depth = 0; depth < DECLARE_DEPTH; depth++) {
    ref = declare_inner(d, ref);
    const Expr *e = expr_of(d, ref);
    if (e->kind != EX_IDENT && e->kind != EX_MEMBER && e->kind != EX_INDEX && e->kind != EX_CALL)
      return ref;
    Ref definition = e->kind == EX_IDENT ? definition_of(p, ref.file, ref.id) : (Ref){0, 0};
    uint8_t defined = definition.file ? expr_of(d, definition)->kind : EX_NONE;
    const Value *v = value_at(p, value_of(p, ref.file, ref.id));
    if (v->kind == VAL_OBJECT || v->kind == VAL_STRING)
      return (Ref){v->a, v->b};
    if (e->kind == EX_CALL)
      return ref;
    // What a library's call gives may look like the function that it was given.
    if (v->kind == VAL_FUNCTION && defined != EX_CALL)
      return (Ref){v->a, p->files.at[v->a].facts.functions.at[v->b].expr};
    if (!definition.file)
      return ref;
    ref = definition;
  }
  return ref;
}

static Shape shape_of_literal(const Declare *d, Ref ref) {
  const Expr *e = expr_of(d, ref);
  const char *name = name_in(d, ref, e->name);
  switch (e->kind) {
  case EX_STRING:
    return SHAPE_TEXT;
  case EX_TEMPLATE:
    return e->count ? SHAPE_OTHER : SHAPE_TEXT;
  case EX_NUMBER:
    return SHAPE_NUMBER;
  case EX_ARRAY:
    return SHAPE_LIST;
  case EX_OBJECT:
    return SHAPE_OBJECT;
  case EX_FUNCTION:
    return SHAPE_FUNCTION;
  case EX_IDENT:
    return strcmp(name, "undefined") ? SHAPE_OTHER : SHAPE_NOTHING;
  case EX_LITERAL:
    return !strcmp(name, "true") || !strcmp(name, "false") ? SHAPE_TRUTH : SHAPE_NOTHING;
  default:
    return SHAPE_OTHER;
  }
}

Shape declare_shape(Declare *d, Ref *ref) {
  Ref literal = declare_literal(d, *ref);
  Shape shape = shape_of_literal(d, literal);
  // `new Table({...})`: the object is what matters.
  const Expr *e = expr_of(d, literal);
  if (shape == SHAPE_OTHER && e->kind == EX_NEW && e->count) {
    const SchemaWord *word = declare_export(d, (Ref){literal.file, e->a});
    Ref first = declare_item(d, literal, 0);
    if (word && word->is == DECL_OPTIONS && expr_of(d, first)->kind == EX_OBJECT) {
      *ref = first;
      return SHAPE_OBJECT;
    }
  }
  if (shape != SHAPE_OTHER)
    *ref = literal;
  return shape;
}

const char *declare_text(Declare *d, Ref ref) {
  if (!ref.file || declare_shape(d, &ref) != SHAPE_TEXT)
    return NULL;
  return name_in(d, ref, expr_of(d, ref)->name);
}

bool declare_truth(Declare *d, Ref ref) {
  if (!ref.file)
    return true;
  Shape shape = declare_shape(d, &ref);
  return shape != SHAPE_NOTHING && !(shape == SHAPE_TRUTH && !strcmp(name_in(d, ref, expr_of(d, ref)->name), "false"));
}

Ref declare_result(const Declare *d, Ref function) {
  const Expr *e = expr_of(d, function);
  if (e->kind != EX_FUNCTION)
    return (Ref){0, 0};
  const File *f = &d->program->files.at[function.file];
  List returns = f->facts.functions.at[e->a].returns;
  return returns.count ? declare_inner(d, (Ref){function.file, f->facts.lists.at[returns.first + returns.count - 1]})
                       : (Ref){0, 0};
}

//
// Objects
//

void declare_each(Declare *d, Ref object, EachProperty *each, void *data) {
  if (!object.file || declare_shape(d, &object) != SHAPE_OBJECT || d->depth >= DECLARE_DEPTH)
    return;
  d->depth++;
  for (uint32_t i = 0; i < expr_of(d, object)->count && declare_spend(d); i++) {
    Ref item = declare_item(d, object, i);
    const Expr *e = expr_of(d, item);
    if (e->kind == EX_SPREAD)
      declare_each(d, (Ref){item.file, e->a}, each, data);
    else if (e->kind == EX_PROPERTY && *name_in(d, item, e->name))
      each(d, name_in(d, item, e->name), (Ref){item.file, e->a}, data);
  }
  d->depth--;
}

typedef struct Search {
  SchemaScope scope;
  DeclRole role;
  Ref found;
} Search;

static void match_option(Declare *d, const char *name, Ref value, void *data) {
  Search *search = data;
  const SchemaWord *word = declare_word(d, search->scope, name);
  if (word && word->is == search->role)
    search->found = value;
}

Ref declare_option(Declare *d, Ref object, SchemaScope scope, DeclRole role) {
  Search search = {.scope = scope, .role = role};
  declare_each(d, object, match_option, &search);
  return search.found;
}

//
// Chains of calls
//

// `db.createTable.bind(db, "t", {...})`, handed to something that calls it, stands for the call.
static bool is_bound(const Declare *d, Ref call) {
  const Expr *callee = expr_of(d, (Ref){call.file, expr_of(d, call)->a});
  return expr_of(d, call)->kind == EX_CALL && callee->kind == EX_MEMBER &&
         !strcmp(name_in(d, call, callee->name), "bind") && expr_of(d, (Ref){call.file, callee->a})->kind == EX_MEMBER;
}

void declare_chain(const Declare *d, Ref call, Chain *out) {
  out->steps.n = 0;
  Ref at = call;
  for (;;) {
    at = declare_inner(d, at);
    const Expr *e = expr_of(d, at);
    if (e->kind == EX_CALL) {
      Ref callee = declare_inner(d, (Ref){at.file, e->a});
      if (is_bound(d, at))
        callee.id = expr_of(d, callee)->a;
      const Expr *c = expr_of(d, callee);
      bool member = c->kind == EX_MEMBER || c->kind == EX_INDEX;
      vec_push(&out->steps, ((ChainStep){member ? name_in(d, callee, c->name) : NULL, at}));
      at = member ? (Ref){at.file, c->a} : callee;
      if (member)
        continue;
    } else if (e->kind == EX_MEMBER) {
      at.id = e->a;
      continue;
    }
    break;
  }
  out->root = at;
  for (uint32_t i = 0, n = out->steps.n; i < n / 2; i++) {
    ChainStep step = out->steps.at[i];
    out->steps.at[i] = out->steps.at[n - 1 - i];
    out->steps.at[n - 1 - i] = step;
  }
}

bool declare_is_outermost(const Declare *d, Ref call) {
  const File *f = &d->program->files.at[call.file];
  for (Id below = call.id, at = expr_at(f, below)->parent; at; below = at, at = expr_at(f, at)->parent) {
    const Expr *e = expr_at(f, at);
    if (e->kind == EX_CALL && e->a == below)
      return false;
    if (e->kind != EX_MEMBER || e->a != below)
      return true;
  }
  return true;
}

//
// Arguments by role
//

static bool is_list_role(DeclRole role) {
  return role == DECL_COLUMNS || role == DECL_TO || role == DECL_EXTRAS || role == DECL_INDEXES ||
         role == DECL_UNIQUES || role == DECL_KEYS || role == DECL_FIELDS || role == DECL_OPTIONS || role == DECL_TYPE;
}

static bool is_object_role(DeclRole role) {
  return role == DECL_FIELDS || role == DECL_OPTIONS || role == DECL_TYPE || role == DECL_ORDER || role == DECL_TABLE ||
         role == DECL_INDEXES;
}

static bool is_function_role(DeclRole role) {
  return role == DECL_BODY || role == DECL_EXTRAS || role == DECL_FIELDS || role == DECL_TARGET || role == DECL_COLUMNS ||
         role == DECL_WHERE || role == DECL_INVERSE || role == DECL_OTHER || role == DECL_TYPE || role == DECL_TO;
}

static bool accepts(DeclRole role, Shape shape) {
  switch (shape) {
  case SHAPE_NOTHING:
    return true;
  case SHAPE_TEXT:
    return role == DECL_NAME || role == DECL_TABLE || role == DECL_TO || role == DECL_TYPE || role == DECL_COLUMNS ||
           role == DECL_METHOD || role == DECL_WHERE || role == DECL_INVERSE || role == DECL_TARGET ||
           role == DECL_DIALECT || role == DECL_OTHER || role == DECL_OPERATORS || role == DECL_EXPRESSION;
  case SHAPE_LIST:
    return is_list_role(role);
  case SHAPE_OBJECT:
    return is_object_role(role);
  case SHAPE_FUNCTION:
    return is_function_role(role);
  case SHAPE_TRUTH:
    return role == DECL_UNIQUE || role == DECL_NULLABLE || role == DECL_REQUIRED || role == DECL_PRIMARY;
  case SHAPE_NUMBER:
    return false;
  case SHAPE_OTHER:
    return role != DECL_BODY && role != DECL_UNIQUE;
  }
  return false;
}

// Give each argument the next role that can be of its shape: `@Index("name", ["a"])` and `@Index(["a"])` have the
// same roles.
void declare_given(Declare *d, const SchemaWord *word, Ref call, Given *out) {
  *out = (Given){0};
  const Expr *e = call.file ? expr_of(d, call) : NULL;
  uint32_t role = 0, roles = 0;
  while (roles < WORD_ARGS && word->args[roles])
    roles++;
  if (!e || !roles || (e->kind != EX_CALL && e->kind != EX_NEW))
    return;
  for (uint32_t i = is_bound(d, call); i < e->count && role <= roles; i++) {
    Ref argument = declare_item(d, call, i);
    Shape shape = declare_shape(d, &argument);
    uint32_t at = role;
    while (at < roles && !accepts((DeclRole)word->args[at], shape))
      at++;
    bool repeats = at == roles && accepts((DeclRole)word->args[roles - 1], shape);
    if (at == roles && !repeats)
      continue;
    if (!repeats)
      out->by[word->args[at]] = shape == SHAPE_NOTHING ? (Ref){0, 0} : argument;
    if (at + 1 >= roles && shape != SHAPE_NOTHING && out->count < DECLARE_REST)
      out->rest[out->count++] = argument;
    role = repeats ? roles : at + 1;
  }
}

Ref declare_part(Declare *d, const Given *given, SchemaScope scope, DeclRole role) {
  if (given->by[role].file)
    return given->by[role];
  Ref options = given->by[DECL_OPTIONS];
  return options.file ? declare_option(d, options, scope, role) : (Ref){0, 0};
}

//
// SQL
//

// What stands in a hole of a template: a column (`${table.email}`), else the code's own words.
static void put_hole(Declare *d, Text *out, Ref hole) {
  const Expr *e = expr_of(d, declare_inner(d, hole));
  const char *text = declare_text(d, hole);
  if (text)
    text_puts(out, text);
  else if (e->kind == EX_MEMBER)
    text_puts(out, declare_spoken(d, name_in(d, hole, e->name)));
  else
    text_puts(out, "?");
}

static const char *template_text(Declare *d, Ref template) {
  const char *at = name_in(d, template, expr_of(d, template)->name);
  Text text = {0};
  for (uint32_t i = 0; *at;) {
    if (!strncmp(at, "${}", 3)) {
      put_hole(d, &text, declare_item(d, template, i++));
      at += 3;
    } else {
      text_add(&text, at++, 1);
    }
  }
  const char *kept = arena_copy(&d->schemas->arena, text.at ? text.at : "", text.n);
  text_release(&text);
  return kept;
}

const char *declare_sql(Declare *d, Ref ref) {
  if (!ref.file)
    return NULL;
  ref = declare_inner(d, ref);
  const Expr *e = expr_of(d, ref);
  if (e->kind == EX_TAGGED)
    return template_text(d, (Ref){ref.file, e->b});
  if (e->kind == EX_TEMPLATE)
    return template_text(d, ref);
  // `knex.raw("lower(email)")`, `Sequelize.literal("...")`, `sql.raw("...")`
  if (e->kind == EX_CALL && e->count && expr_of(d, (Ref){ref.file, e->a})->kind == EX_MEMBER)
    return declare_text(d, declare_item(d, ref, 0));
  if (e->kind != EX_FUNCTION || !declare_result(d, ref).file || !declare_descend(d))
    return declare_text(d, ref);
  const char *text = declare_sql(d, declare_result(d, ref));
  declare_ascend(d);
  return text;
}
