// declare_walk.c - words one after another: chains of calls, bodies of functions, fields of objects; see declare.h.
#include "declare.h"

#include <string.h>

#include "values.h"

//
// Chains
//

// The scopes that a word is looked for in, innermost first.
static const SchemaWord *find_word(const Declare *d, SchemaScope scope, const char *name) {
  const SchemaWord *word = declare_word(d, scope, name);
  if (!word && scope != SCOPE_BUILDER && scope != SCOPE_TABLE)
    word = declare_word(d, SCOPE_TABLE, name);
  return word || scope == SCOPE_BUILDER ? word : declare_word(d, SCOPE_BUILDER, name);
}

static SchemaScope scope_after(const SchemaWord *word, SchemaScope scope) {
  switch ((DeclRole)word->is) {
  case DECL_TABLE:
  case DECL_ALTER:
    return word->scope == SCOPE_INDEX ? SCOPE_INDEX : SCOPE_TABLE;
  case DECL_COLUMN:
  case DECL_CHANGE_COLUMN:
    return SCOPE_COLUMN;
  case DECL_INDEX:
  case DECL_UNIQUE:
  case DECL_PRIMARY:
    return word->scope == SCOPE_COLUMN ? SCOPE_COLUMN : SCOPE_INDEX;
  case DECL_KEY:
    return word->scope == SCOPE_COLUMN ? SCOPE_COLUMN : SCOPE_KEY;
  default:
    return scope;
  }
}

void declare_steps(Declare *d, const Chain *chain, uint32_t first, SchemaScope scope) {
  for (uint32_t i = first; i < chain->steps.n; i++) {
    const ChainStep *step = &chain->steps.at[i];
    const SchemaWord *word = step->name ? find_word(d, scope, step->name) : NULL;
    Given given;
    if (!word)
      continue;
    if (word->scope == SCOPE_TABLE || word->scope == SCOPE_BUILDER)
      declare_finish(d);
    declare_given(d, word, step->call, &given);
    declare_apply(d, word, step->call, &given);
    scope = scope_after(word, scope);
  }
}

// Whether a name is the first parameter of the function, or `this` in it.
static bool is_subject(const Declare *d, Ref root, Ref function) {
  const File *f = &d->program->files.at[root.file];
  const Expr *e = expr_at(f, root.id);
  if (e->kind == EX_THIS)
    return true;
  Id binding = e->kind == EX_IDENT ? binding_of(d->program, root.file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  Id scope = f->facts.functions.at[expr_of(d, function)->a].scope;
  return b->kind == BIND_PARAM && b->scope == scope && expr_at(f, b->value)->kind == EX_PARAM && !expr_at(f, b->value)->b;
}

void declare_body(Declare *d, Ref function, SchemaScope scope) {
  const File *f = &d->program->files.at[function.file];
  const Expr *fn = expr_of(d, function);
  if (fn->kind != EX_FUNCTION || d->depth >= DECLARE_DEPTH)
    return;
  d->depth++;
  Chain chain = {0};
  for (Id i = function.id + 1; i < f->facts.exprs.n && declare_spend(d); i++) {
    const Expr *e = expr_at(f, i);
    Ref call = {function.file, i};
    if (!(e->flags & EXF_SYNTHETIC) && e->span.start >= fn->span.end)
      break;
    if (e->kind != EX_CALL || !declare_is_outermost(d, call))
      continue;
    declare_chain(d, call, &chain);
    if (is_subject(d, chain.root, function))
      declare_steps(d, &chain, 0, scope);
    if (scope == SCOPE_TABLE)
      declare_finish(d);
  }
  vec_release(&chain.steps);
  d->depth--;
}

//
// Fields
//

static void read_field(Declare *d, const char *name, Ref value, void *data);

static const char *column_name(Declare *d, const char *property) {
  Naming naming = d->underscored ? NAMING_SNAKE : (Naming)d->model->columns;
  return naming_apply(&d->schemas->arena, naming, property);
}

// What the fields of an object within a document are called: "address.street".
static void read_nested(Declare *d, const char *name, Ref fields, bool list) {
  const char *prefix = d->prefix;
  bool listed = d->listed;
  d->listed |= list;
  d->prefix = arena_printf(&d->schemas->arena, "%s%s.", prefix ? prefix : "", name);
  declare_each(d, fields, read_field, NULL);
  d->prefix = prefix;
  d->listed = listed;
}

// The fields of a schema that is the type of a field: `new Schema({...})`, or an object without a type.
static Ref fields_within(Declare *d, Ref type) {
  Ref literal = declare_literal(d, type);
  const Expr *e = expr_of(d, literal);
  if (e->kind == EX_ARRAY && e->count)
    literal = declare_literal(d, declare_item(d, literal, 0));
  e = expr_of(d, literal);
  const SchemaWord *word = is_call(e) ? declare_export(d, (Ref){literal.file, e->a}) : NULL;
  if (word && word->is == DECL_TABLE)
    return declare_item(d, literal, 0);
  bool plain = e->kind == EX_OBJECT && !declare_option(d, literal, SCOPE_COLUMN, DECL_TYPE).file;
  return plain && e->count ? literal : (Ref){0, 0};
}

// A function of the tree that makes a column: what it gives back.
static Ref made_by(const Declare *d, Ref callee) {
  Ref function = value_function(d->program, value_of(d->program, callee.file, callee.id));
  if (!function.file)
    return (Ref){0, 0};
  return declare_result(d, (Ref){function.file, d->program->files.at[function.file].facts.functions.at[function.id].expr});
}

// The word behind the first call of a chain: an export, a method of a builder that a function gets, or a type of our
// own (`const mood = pgEnum("mood", [...])`, then `mood("mood")`). `type` is where such a type is made.
static const SchemaWord *head_of(Declare *d, const Chain *chain, Ref *type) {
  const ChainStep *head = &chain->steps.at[0];
  Ref callee = {head->call.file, expr_of(d, head->call)->a};
  const SchemaWord *word = declare_export(d, callee);
  if (word || head->name) {
    bool param = value_at(d->program, value_of(d->program, chain->root.file, chain->root.id))->kind <= VAL_UNKNOWN;
    return word ? word : param ? declare_word(d, SCOPE_EXPORTS, head->name) : NULL;
  }
  Ref made = declare_literal(d, chain->root);
  const Expr *e = expr_of(d, made);
  word = e->kind == EX_CALL ? declare_export(d, (Ref){made.file, e->a}) : NULL;
  *type = made;
  return word && word->is == DECL_TYPE ? word : NULL;
}

// The name of the type that a call makes: `customType({ dataType() { return "tsvector"; } })`.
static void use_own_type(Declare *d, const SchemaWord *word, Ref made) {
  Ref named = declare_option(d, declare_item(d, made, 0), SCOPE_TYPES, DECL_TYPE);
  if (named.file && declare_shape(d, &named) == SHAPE_FUNCTION)
    named = declare_result(d, named);
  SchemaWord fixed = {.type = word->type};
  const char *text = declare_text(d, named);
  declare_type(d, &fixed, text ? named : (Ref){0, 0});
}

static bool read_chain(Declare *d, const char *name, Ref call) {
  Chain chain = {0};
  declare_chain(d, call, &chain);
  Ref type = {0, 0};
  const SchemaWord *word = chain.steps.n ? head_of(d, &chain, &type) : NULL;
  bool known = word && (word->is == DECL_COLUMN || word->is == DECL_TYPE || word->is == DECL_RELATION || word->is == DECL_ONE_TO_ONE);
  if (known) {
    Given given;
    SchemaWord own = {.is = DECL_COLUMN, .args = {DECL_NAME, DECL_OPTIONS}};
    declare_given(d, word->is == DECL_TYPE ? &own : word, chain.steps.at[0].call, &given);
    if (word->is == DECL_RELATION || word->is == DECL_ONE_TO_ONE) {
      declare_relation(d, word, &given, call);
    } else {
      const char *given_name = declare_text(d, given.by[DECL_NAME]);
      declare_column(d, given_name ? given_name : column_name(d, name), call);
      if (word->is == DECL_TYPE)
        use_own_type(d, word, type);
      else
        declare_type(d, word, given.by[DECL_TYPE]);
      for (int i = 0; i < WORD_SETS && word->sets[i]; i++)
        declare_flag(d, (DeclRole)word->sets[i], (Ref){0, 0});
    }
    declare_steps(d, &chain, 1, SCOPE_COLUMN);
  }
  vec_release(&chain.steps);
  return known;
}

// `{ kind: "m:1", entity: () => User }`
static bool read_relation_object(Declare *d, Ref object) {
  const char *kind = declare_text(d, declare_option(d, object, SCOPE_COLUMN, DECL_RELATION));
  const SchemaWord *word = kind ? declare_word(d, SCOPE_TYPES, kind) : NULL;
  Given given = {.by[DECL_OPTIONS] = object};
  if (word && word->is != DECL_INVERSE)
    declare_relation(d, word, &given, object);
  return word;
}

static void read_column_object(Declare *d, const char *name, Ref object) {
  if (read_relation_object(d, object))
    return;
  const char *own = declare_text(d, declare_option(d, object, SCOPE_COLUMN, DECL_NAME));
  declare_column(d, own ? own : column_name(d, name), object);
  const char *column = d->column;
  Ref type = declare_option(d, object, SCOPE_COLUMN, DECL_TYPE);
  if (type.file)
    declare_type(d, NULL, type);
  if (!d->column)
    return;
  declare_options(d, object, SCOPE_COLUMN);
  d->column = column;
}

static bool makes_documents(const Declare *d) { return d->model->dialect && !strcmp(d->model->dialect, "mongodb"); }

static void read_field(Declare *d, const char *name, Ref value, void *data) {
  (void)data;
  const char *path = arena_printf(&d->schemas->arena, "%s%s", d->prefix ? d->prefix : "", name);
  const char *before = d->property;
  d->property = d->code ? path : NULL;
  if (d->code && expr_of(d, declare_inner(d, value))->kind == EX_FUNCTION) {  // `author: () => p.manyToOne(Author)`
    Ref result = declare_result(d, declare_inner(d, value));
    value = result.file && expr_of(d, result)->kind == EX_CALL ? result : value;
  }
  Ref literal = declare_literal(d, value), object = value;
  Shape shape = declare_shape(d, &object);
  Ref type = shape == SHAPE_OBJECT ? declare_option(d, object, SCOPE_COLUMN, DECL_TYPE) : (Ref){0, 0};
  Ref within = makes_documents(d) ? fields_within(d, type.file ? type : value) : (Ref){0, 0};
  bool chain = expr_of(d, literal)->kind == EX_CALL && read_chain(d, path, literal);
  Ref made = !chain && expr_of(d, literal)->kind == EX_CALL && d->depth < DECLARE_DEPTH
                 ? made_by(d, (Ref){literal.file, expr_of(d, literal)->a}) : (Ref){0, 0};
  if (chain) {
  } else if (made.file && expr_of(d, made)->kind == EX_CALL) {
    d->depth++;
    read_field(d, name, made, NULL);
    d->depth--;
  } else if (within.file) {
    read_nested(d, name, within, expr_of(d, declare_literal(d, type.file ? type : value))->kind == EX_ARRAY);
  } else if (shape == SHAPE_OBJECT) {
    read_column_object(d, path, object);
  } else if (shape == SHAPE_TEXT || shape == SHAPE_OTHER || shape == SHAPE_LIST) {
    declare_column(d, column_name(d, path), value);
    declare_type(d, NULL, value);
  }
  declare_finish(d);
  d->property = before;
}

// `columns: [{ name: "id", type: "int" }]`
static void read_listed(Declare *d, Ref item) {
  Ref object = item;
  if (declare_shape(d, &object) != SHAPE_OBJECT)
    return;
  const char *name = declare_text(d, declare_option(d, object, SCOPE_COLUMN, DECL_NAME));
  if (name)
    read_column_object(d, name, object);
  declare_finish(d);
}

void declare_fields(Declare *d, Ref fields) {
  Ref seen = fields;
  Shape shape = declare_shape(d, &seen);
  if (shape == SHAPE_FUNCTION) {  // `(t) => ({ id: t.uuid() })`
    seen = declare_result(d, seen);
    shape = seen.file ? declare_shape(d, &seen) : SHAPE_NOTHING;
  }
  if (shape == SHAPE_LIST) {
    for (uint32_t i = 0; i < expr_of(d, seen)->count; i++)
      read_listed(d, declare_item(d, seen, i));
  } else if (shape == SHAPE_OBJECT) {
    Ref inner = declare_option(d, seen, SCOPE_TABLE, DECL_FIELDS), object = inner;
    bool wrapped = !d->code && inner.file && declare_shape(d, &object) == SHAPE_OBJECT &&
                   !declare_option(d, object, SCOPE_COLUMN, DECL_TYPE).file;
    declare_each(d, wrapped ? object : seen, read_field, NULL);
  }
}

//
// Indexes and keys that a function gives
//

static void read_extra(Declare *d, Ref value) {
  Ref call = declare_literal(d, value);
  if (expr_of(d, call)->kind != EX_CALL)
    return;
  Chain chain = {0};
  declare_chain(d, call, &chain);
  Ref type = {0, 0};
  const SchemaWord *word = chain.steps.n ? head_of(d, &chain, &type) : NULL;
  bool known = word && (word->is == DECL_INDEX || word->is == DECL_UNIQUE || word->is == DECL_PRIMARY || word->is == DECL_KEY);
  if (known) {
    Given given;
    declare_given(d, word, chain.steps.at[0].call, &given);
    declare_apply(d, word, call, &given);
    declare_steps(d, &chain, 1, word->is == DECL_KEY ? SCOPE_KEY : SCOPE_INDEX);
  }
  declare_finish(d);
  vec_release(&chain.steps);
}

static void read_named_extra(Declare *d, const char *name, Ref value, void *data) {
  (void)name, (void)data;
  read_extra(d, value);
}

void declare_extras(Declare *d, Ref extras) {
  Ref seen = extras;
  Shape shape = declare_shape(d, &seen);
  if (shape == SHAPE_FUNCTION) {
    seen = declare_result(d, seen);
    shape = seen.file ? declare_shape(d, &seen) : SHAPE_NOTHING;
  }
  if (shape == SHAPE_OBJECT)
    declare_each(d, seen, read_named_extra, NULL);
  for (uint32_t i = 0; shape == SHAPE_LIST && i < expr_of(d, seen)->count; i++)
    read_extra(d, declare_item(d, seen, i));
}
