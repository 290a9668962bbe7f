// entities_call.c - tables that are made by calls: `pgTable(...)`, `sequelize.define(...)`, `new Schema({...})`.
//
// A schema of documents is no collection before a model is made of it, and indexes and associations are added by
// later calls: those are read when all files were seen.
#include "entities.h"

#include <string.h>

#include "values.h"

static const char *variable_of(const Declare *d, Ref call) {
  const File *f = &d->program->files.at[call.file];
  Id at = call.id;
  for (Id up = expr_at(f, at)->parent; up; up = expr_at(f, at)->parent) {
    const Expr *e = expr_at(f, up);
    bool passes = (e->kind == EX_MEMBER && e->a == at) || (e->kind == EX_CALL && e->a == at) || e->kind == EX_CAST;
    if (!passes)
      return NULL;
    at = up;
  }
  Id owner = map_get(&f->owners, at);
  return owner ? text_of(f, f->facts.bindings.at[owner].name) : NULL;
}

//
// Drizzle and the like: a call gives a table
//

// `createTable("x", ...)` of `pgTableCreator((name) => `app_${name}`)`, `auth.table("x", ...)` of `pgSchema("auth")`.
static const SchemaWord *creator_of(Declare *d, Ref callee, Ref *maker) {
  const Expr *e = expr_of(d, callee);
  Ref name = e->kind == EX_MEMBER ? (Ref){callee.file, e->a} : callee;
  if (e->kind == EX_MEMBER && strcmp(name_in(d, callee, e->name), "table"))
    return NULL;
  *maker = declare_literal(d, name);
  const Expr *made = expr_of(d, *maker);
  const SchemaWord *word = made->kind == EX_CALL ? declare_export(d, (Ref){maker->file, made->a}) : NULL;
  return word && word->is == DECL_CREATOR ? word : NULL;
}

// The name that a creator's function makes of one: the template with the name in its hole.
static const char *name_by_creator(Declare *d, Ref maker, const char *name) {
  Ref function = maker.file ? declare_item(d, maker, 0) : maker;
  Ref template = function.file ? declare_result(d, function) : function;
  const Expr *e = template.file ? expr_of(d, template) : NULL;
  const char *text = e && e->kind == EX_TEMPLATE && e->count == 1 ? name_in(d, template, e->name) : NULL;
  const char *hole = text ? strstr(text, "${}") : NULL;
  return hole ? arena_printf(&d->schemas->arena, "%.*s%s%s", (int)(hole - text), text, name, hole + 3) : name;
}

// Whether a table is made in a schema of the database that is named: tables of others may have the same name.
static bool is_spaced(const Declare *d, Ref call) {
  return expr_of(d, (Ref){call.file, expr_of(d, call)->a})->kind == EX_MEMBER;
}

// Whether the table is in a schema that Supabase makes and changes: introspection writes such tables down as well.
static bool is_of_supabase(const char *name) {
  static const char *const spaces[] = {"auth.", "storage.", "realtime.", "vault."};
  for (size_t i = 0; i < COUNT(spaces); i++)
    if (!strncmp(name, spaces[i], strlen(spaces[i])))
      return true;
  return false;
}

static void read_table_call(Entities *entities, const SchemaWord *word, Ref call, Ref maker) {
  Declare d = entities_start(entities, call.file, word->library);
  Given given;
  declare_given(&d, word, call, &given);
  const char *name = declare_text(&d, declare_part(&d, &given, SCOPE_TABLE, DECL_NAME));
  Ref named = declare_part(&d, &given, SCOPE_TABLE, DECL_MODEL), abstract = declare_part(&d, &given, SCOPE_TABLE, DECL_ABSTRACT);
  const char *model = declare_text(&d, named), *variable = variable_of(&d, call);
  if (!name && model)
    name = naming_apply(&entities->schemas->arena, (Naming)d.model->tables, model);
  name = name ? name_by_creator(&d, maker, name) : NULL;
  if (name && !abstract.file && !is_of_supabase(name) && !(is_spaced(&d, call) && schema_find(d.schema, name))) {
    declare_open(&d, name, call);
    declare_dialect(&d, word->dialect);
    d.table->whole = word->is != DECL_VIEW;
    d.table->view = word->is == DECL_VIEW;
    if (!d.table->model)
      d.table->model = declare_keep(&d, model ? model : variable);
    Ref fields = declare_part(&d, &given, SCOPE_TABLE, DECL_FIELDS), relations = declare_part(&d, &given, SCOPE_TABLE, DECL_RELATIONS);
    if (fields.file)
      declare_fields(&d, fields);
    if (relations.file)
      declare_fields(&d, relations);
    if (given.by[DECL_EXTRAS].file)
      declare_extras(&d, given.by[DECL_EXTRAS]);
    declare_more(&d, given.by[DECL_OPTIONS]);
    declare_default_key(&d);
  }
  declare_release(&d);
}

//
// Sequelize: models by `define` and `init`
//

static const char *receiver_class(const Declare *d, Ref call) {
  Program *p = d->program;
  const Expr *callee = expr_of(d, (Ref){call.file, expr_of(d, call)->a});
  if (callee->kind != EX_MEMBER)
    return NULL;
  const Value *v = value_at(p, value_of(p, call.file, callee->a));
  if (v->kind == VAL_INSTANCE || v->kind == VAL_CLASS)
    return text_of(&p->files.at[v->a], p->files.at[v->a].facts.classes.at[v->b].name);
  return v->kind == VAL_LIBRARY && v->b ? sym_text(p, v->b) : NULL;
}

static bool option_holds(Declare *d, Ref options, DeclRole role) {
  Ref option = declare_option(d, options, SCOPE_TABLE, role);
  return option.file && declare_truth(d, option);
}

static void read_model(Entities *entities, const SchemaWord *word, Ref call) {
  Declare d = entities_start(entities, call.file, word->library);
  Given given;
  declare_given(&d, word, call, &given);
  Ref options = given.by[DECL_OPTIONS];
  const char *model = declare_text(&d, declare_part(&d, &given, SCOPE_TABLE, DECL_MODEL));
  model = model ? model : declare_text(&d, given.by[DECL_NAME]);
  model = model ? model : receiver_class(&d, call);
  const char *name = declare_text(&d, declare_option(&d, options, SCOPE_TABLE, DECL_NAME));
  d.underscored |= option_holds(&d, options, DECL_UNDERSCORED);
  if (!name && model) {
    bool frozen = option_holds(&d, options, DECL_FREEZE);
    const char *base = d.underscored ? naming_apply(&entities->schemas->arena, NAMING_SNAKE, model) : model;
    name = frozen ? base : naming_apply(&entities->schemas->arena, (Naming)d.model->tables, base);
  }
  if (name && given.by[DECL_FIELDS].file) {
    declare_open(&d, name, call);
    d.table->whole = true;
    d.table->model = model ? declare_keep(&d, model) : d.table->model;
    declare_fields(&d, given.by[DECL_FIELDS]);
    declare_more(&d, options);
    if (d.underscored)
      map_put(&entities->snake, (uintptr_t)d.table, 1);
    declare_default_key(&d);
  }
  declare_release(&d);
}

// The property that is the primary key of a table, "id" when it is none alone.
static const char *key_property(const Table *table) {
  for (uint32_t i = 0; table && i < table->indexes.n; i++) {
    const Index *index = &table->indexes.at[i];
    const Column *column = index->primary && index->parts.n == 1 ? part_column(table, &index->parts.at[0]) : NULL;
    if (column)
      return column->property;
  }
  return "id";
}

// The property of a foreign key that nobody names (lib/associations/belongs-to.js): of the association's name, which is that
// of the model it leads to (not of the variable which holds it) in singular, and that model's primary key.
static const char *default_key(const Declare *d, const char *as, const Table *target) {
  Arena *arena = &d->schemas->arena;
  const char *model = target && target->model ? target->model : d->key.table;
  as = as ? as : model ? naming_singular(arena, model) : NULL;
  return as ? naming_apply(arena, NAMING_CAMEL, arena_printf(arena, "%s_%s", as, key_property(target))) : NULL;
}

// `Order.belongsTo(User, { foreignKey: "userId" })`
static void read_association(Entities *entities, const SchemaWord *word, Ref call) {
  Declare d = entities_start(entities, call.file, word->library);
  const char *model = receiver_class(&d, call);
  const Table *table = model ? schema_find_model(d.schema, model) : NULL;
  Given given;
  declare_given(&d, word, call, &given);
  Ref named = declare_part(&d, &given, SCOPE_COLUMN, DECL_NAME), object = named;
  if (named.file && declare_shape(&d, &object) == SHAPE_OBJECT)
    given.by[DECL_NAME] = declare_option(&d, object, SCOPE_INDEX, DECL_NAME);
  if (table && given.by[DECL_TARGET].file) {
    const char *as = declare_text(&d, declare_part(&d, &given, SCOPE_COLUMN, DECL_MODEL));
    const char *name = declare_text(&d, declare_part(&d, &given, SCOPE_COLUMN, DECL_NAME));
    declare_open(&d, table->name, call);
    declare_target(&d, given.by[DECL_TARGET]);
    const Table *target = d.key.table ? schema_find_model(d.schema, d.key.table) : NULL;
    d.property = name ? name : default_key(&d, as, target);
    bool snake = map_get(&entities->snake, (uintptr_t)d.table);
    const Column *column = table_find_property(d.table, d.property);
    if (!column && d.property)
      column = declare_column(&d, snake ? naming_apply(&d.schemas->arena, NAMING_SNAKE, d.property) : d.property, call);
    d.property = as ? as : d.key.table;
    if (column)
      declare_key(&d, column->name, given.by[DECL_TARGET], call);
  }
  declare_release(&d);
}

//
// Connections
//

// `casing: "snake_case"`, `underscored: true`, also within `define: {...}`.
static bool asks_for_snake(Declare *d, Ref options) {
  Ref nested = declare_option(d, options, SCOPE_TABLE, DECL_OPTIONS);
  Ref option = declare_option(d, options, SCOPE_TABLE, DECL_UNDERSCORED);
  if (!option.file && nested.file)
    option = declare_option(d, nested, SCOPE_TABLE, DECL_UNDERSCORED);
  const char *text = declare_text(d, option);
  return option.file && (text ? strstr(text, "snake") != NULL : declare_truth(d, option));
}

// Whether a call stands in for what is there otherwise: `if (options.knex) {...} else { this.knex = knex(defaults) }`.
static bool is_stopgap(const Declare *d, Ref call) {
  const File *f = &d->program->files.at[call.file];
  Id scope = expr_at(f, call.id)->scope;
  while (scope && f->facts.scopes.at[scope].kind != SC_ELSE && f->facts.scopes.at[scope].kind != SC_FUNCTION)
    scope = f->facts.scopes.at[scope].parent;
  return f->facts.scopes.at[scope].kind == SC_ELSE;
}

// `new DataSource({ type: "postgres" })`, `knex({ client: "pg" })`: the driver tells the dialect.
static void read_connection(Entities *entities, const SchemaWord *word, Ref call) {
  Declare d = entities_start(entities, call.file, word->library);
  const Libraries *libs = d.program->libs;
  for (uint32_t i = 0; i < expr_of(&d, call)->count; i++) {
    if (asks_for_snake(&d, declare_item(&d, call, i)))
      map_put(&entities->underscored, word->library, 1);
    const char *driver = declare_text(&d, declare_option(&d, declare_item(&d, call, i), SCOPE_TABLE, DECL_DIALECT));
    for (uint32_t k = 0; driver && !is_stopgap(&d, call) && k < libs->schema_words.n; k++)
      if (libs->schema_words.at[k].scope == SCOPE_PACKAGES && !strcmp(libs->schema_words.at[k].name, driver))
        declare_dialect(&d, libs->schema_words.at[k].type);
  }
  declare_release(&d);
}

void entities_settings(Entities *entities, FileId file) {
  Declare reader = {.schemas = entities->schemas, .program = entities->schemas->program};
  const File *f = &reader.program->files.at[file];
  for (uint32_t i = 0; i < f->calls.n; i++) {
    const Expr *e = expr_at(f, f->calls.at[i]);
    const SchemaWord *word = e->kind != EX_TAGGED ? declare_export(&reader, (Ref){file, e->a}) : NULL;
    if (word && word->is == DECL_UNDERSCORED)
      map_put(&entities->underscored, word->library, 1);
    else if (word && word->is == DECL_DIALECT)
      read_connection(entities, word, (Ref){file, f->calls.at[i]});
  }
}

//
// Documents: a schema, the models of it, and the indexes that it gets later
//

// The class that `createForClass(User)` is given, or that such a schema is made of.
static Ref class_argument(Declare *d, Ref argument) {
  const Value *v = value_at(d->program, value_of(d->program, argument.file, argument.id));
  return v->kind == VAL_CLASS ? (Ref){v->a, v->b} : (Ref){0, 0};
}

// The collection of a schema that a variable holds: where its model was made. NULL if there is none.
static const char *collection_of(const Entities *entities, Ref schema) {
  for (uint32_t i = 0; i < entities->made.n; i++)
    if (entities->made.at[i].schema.file == schema.file && entities->made.at[i].schema.id == schema.id)
      return entities->made.at[i].table;
  return NULL;
}

static void note_made(Entities *entities, Ref schema, const char *table) {
  vec_push(&entities->made, ((Made){schema, table}));
}

// `mongoose.model("Order", orderSchema, "orders")`
static void read_document_model(Entities *entities, const SchemaWord *word, Ref call) {
  Declare d = entities_start(entities, call.file, word->library);
  Given given;
  declare_given(&d, word, call, &given);
  const char *model = declare_text(&d, given.by[DECL_NAME]);
  Ref schema = given.by[DECL_TARGET].file ? declare_literal(&d, given.by[DECL_TARGET]) : (Ref){0, 0};
  const Expr *e = schema.file ? expr_of(&d, schema) : NULL;
  const SchemaWord *made = e && is_call(e) ? declare_export(&d, (Ref){schema.file, e->a}) : NULL;
  if (model && made && made->is == DECL_TABLE) {
    Given parts;
    declare_given(&d, made, schema, &parts);
    const char *name = declare_text(&d, given.by[DECL_TABLE]);
    name = name ? name : declare_text(&d, declare_option(&d, parts.by[DECL_OPTIONS], SCOPE_TABLE, DECL_NAME));
    name = name ? name : naming_apply(&entities->schemas->arena, (Naming)d.model->tables, model);
    declare_open(&d, name, schema);
    d.table->whole = true;
    d.table->model = declare_keep(&d, model);
    note_made(entities, schema, d.table->name);
    if (parts.by[DECL_FIELDS].file)
      declare_fields(&d, parts.by[DECL_FIELDS]);
    declare_more(&d, parts.by[DECL_OPTIONS]);
    declare_default_key(&d);
  }
  declare_release(&d);
}

static void read_class_schema(Entities *entities, const SchemaWord *word, Ref call) {
  Declare d = entities_start(entities, call.file, word->library);
  Ref class = expr_of(&d, call)->count ? class_argument(&d, declare_item(&d, call, 0)) : (Ref){0, 0};
  if (class.file) {
    entities_document(entities, class, word, call);
    const char *model = text_of(&d.program->files.at[class.file], d.program->files.at[class.file].facts.classes.at[class.id].name);
    const Table *table = schema_find_model(d.schema, model);
    if (table)
      note_made(entities, call, table->name);
  }
  declare_release(&d);
}

// `orderSchema.index({ user: 1, createdAt: -1 }, { unique: true })`
static void add_to_document(Entities *entities, const SchemaWord *word, Ref call, Ref schema) {
  const char *table = collection_of(entities, schema);
  if (!table)
    return;
  Declare d = entities_start(entities, schema.file, word->library);
  Given given;
  declare_open(&d, table, call);
  declare_given(&d, word, call, &given);
  declare_apply(&d, word, call, &given);
  declare_release(&d);
}

// The schema that the receiver of a call is, {0,0} if it is none.
static Ref schema_receiver(Declare *d, Ref call, const SchemaWord **method) {
  Ref callee = {call.file, expr_of(d, call)->a};
  const Expr *e = expr_of(d, callee);
  if (e->kind != EX_MEMBER || !library_any_word(d->program->libs, SCOPE_TABLE, name_in(d, callee, e->name)))
    return (Ref){0, 0};
  Ref schema = declare_literal(d, (Ref){call.file, e->a});
  const Expr *made = expr_of(d, schema);
  const SchemaWord *word = made->kind == EX_NEW || made->kind == EX_CALL ? declare_export(d, (Ref){schema.file, made->a}) : NULL;
  if (!word || (word->is != DECL_TABLE && word->is != DECL_CLASS_OF))
    return (Ref){0, 0};
  d->library = word->library;
  *method = declare_word(d, SCOPE_TABLE, name_in(d, callee, e->name));
  return *method ? schema : (Ref){0, 0};
}

// The function of the same file whose own parameter the call hands on: `const index = (f, o) => schema.index(f, o)`.
static Ref handed_by(const Declare *d, Ref call) {
  const File *f = &d->program->files.at[call.file];
  const Expr *e = expr_of(d, declare_item(d, call, 0));
  Id binding = e->kind == EX_IDENT ? binding_of(d->program, call.file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  const Expr *param = expr_at(f, b->kind == BIND_PARAM ? b->value : 0);
  return param->kind == EX_PARAM && !param->b ? (Ref){call.file, param->a} : (Ref){0, 0};
}

enum { MAX_HANDED = 200 };  // of such functions that are followed: each is looked for in its whole file

static void read_late(Entities *entities, const Late *late) {
  Declare d = {.schemas = entities->schemas, .program = entities->schemas->program};
  Ref function = late->call.file && expr_of(&d, late->call)->count ? handed_by(&d, late->call) : (Ref){0, 0};
  const File *f = &d.program->files.at[late->call.file];
  if (late->word->is == DECL_RELATION) {
    read_association(entities, late->word, late->call);
    return;
  }
  if (!function.file) {
    add_to_document(entities, late->word, late->call, late->schema);
    return;
  }
  if (entities->handed++ >= MAX_HANDED)
    return;
  for (uint32_t i = 0; i < f->calls.n; i++) {
    const Expr *e = expr_at(f, f->calls.at[i]);
    if (e->kind != EX_CALL || expr_at(f, e->a)->kind != EX_IDENT)
      continue;
    Ref called = value_function(d.program, value_of(d.program, late->call.file, e->a));
    if (called.file == function.file && called.id == function.id)
      add_to_document(entities, late->word, (Ref){late->call.file, f->calls.at[i]}, late->schema);
  }
}

void entities_late(Entities *entities) {
  for (uint32_t i = 0; i < entities->late.n; i++)
    read_late(entities, &entities->late.at[i]);
}

static void note_late(Entities *entities, Ref call, const SchemaWord *method) {
  Declare reader = {.schemas = entities->schemas, .program = entities->schemas->program};
  const SchemaWord *word = method && method->is == DECL_RELATION ? method : NULL;
  Ref schema = word ? (Ref){0, 0} : schema_receiver(&reader, call, &word);
  if (word)
    vec_push(&entities->late, ((Late){call, schema, word}));
}

//
// All calls
//

// The word for a method of a library's state: `sequelize.define`, `connection.model`.
static const SchemaWord *method_word(const Declare *d, Ref callee) {
  Program *p = d->program;
  const Value *v = value_at(p, value_of(p, callee.file, callee.id));
  if (v->kind != VAL_METHOD)
    return NULL;
  const Value *receiver = value_at(p, v->a);
  uint16_t library = receiver->kind == VAL_LIBRARY ? p->libs->states.at[receiver->a].library : 0;
  return library_schema_word(p->libs, library, SCOPE_BUILDER, sym_text(p, v->b));
}

static void read_call(Entities *entities, Ref call) {
  Declare reader = {.schemas = entities->schemas, .program = entities->schemas->program};
  const Expr *e = expr_of(&reader, call);
  Ref callee = {call.file, e->a}, maker = {0, 0};
  const SchemaWord *word = declare_export(&reader, callee);
  const SchemaWord *method = word ? NULL : method_word(&reader, callee);
  word = word || method ? word : creator_of(&reader, callee, &maker);
  DeclRole is = word ? (DeclRole)word->is : method ? (DeclRole)method->is : DECL_NONE;
  const char *dialect = word || method ? reader.program->libs->libraries.at[(word ? word : method)->library].schema.dialect : NULL;
  bool documents = dialect && !strcmp(dialect, "mongodb");
  if (is == DECL_MODEL && documents)
    read_document_model(entities, word ? word : method, call);
  else if (is == DECL_MODEL)
    read_model(entities, word ? word : method, call);
  else if (is == DECL_CLASS_OF && documents)
    read_class_schema(entities, word, call);
  else if (word && !documents && (is == DECL_TABLE || is == DECL_VIEW || (is == DECL_CREATOR && maker.file)))
    read_table_call(entities, word, call, maker);
  else
    note_late(entities, call, method);
}

void entities_calls(Entities *entities, FileId file) {
  const File *f = &entities->schemas->program->files.at[file];
  Map decorators = {0};
  for (Id i = 1; i < f->facts.classes.n; i++)
    for (uint32_t k = 0; k < f->facts.classes.at[i].decorators.count; k++)
      map_put(&decorators, f->facts.lists.at[f->facts.classes.at[i].decorators.first + k], 1);
  for (uint32_t i = 0; i < f->calls.n; i++) {
    Id call = f->calls.at[i];
    if (expr_at(f, call)->kind != EX_TAGGED && !map_get(&decorators, call))
      read_call(entities, (Ref){file, call});
  }
  map_release(&decorators);
}
