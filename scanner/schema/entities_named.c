// entities_named.c - tables of which code says little more than the names: models of Objection, types of Kysely.
//
// Their columns are guessed until a migration tells more of them.
#include "entities.h"

#include <string.h>

#include "values.h"

static Column *guess_column(Declare *d, const char *property) {
  const char *name = d->underscored ? naming_apply(&d->schemas->arena, NAMING_SNAKE, property) : property;
  d->property = property;
  Column *column = declare_column(d, name, (Ref){0, 0});
  column->guessed = true;
  column->nullable = true;
  return column;
}

//
// Objection: static members of a class
//

// The library that a class extends at last, directly or by classes of the tree.
static uint16_t library_of_class(const Declare *d, Ref class) {
  Program *p = d->program;
  for (int i = 0; i < MAX_BASES; i++) {
    Id extends = p->files.at[class.file].facts.classes.at[class.id].extends;
    ValueId base = extends ? value_of(p, class.file, extends) : VALUE_UNKNOWN;
    const Value *v = value_at(p, base);
    if (v->kind == VAL_EXTERNAL)
      return external_library(p, base);
    if (v->kind == VAL_LIBRARY)
      return p->libs->states.at[v->a].library;
    if (v->kind != VAL_CLASS)
      return 0;
    class = (Ref){v->a, v->b};
  }
  return 0;
}

// What a static field holds, or a static getter gives.
static Ref static_value(const Declare *d, FileId file, const Member *member) {
  const File *f = &d->program->files.at[file];
  if (member->value)
    return (Ref){file, member->value};
  return member->function ? declare_result(d, (Ref){file, f->facts.functions.at[member->function].expr}) : (Ref){0, 0};
}

static Ref static_of_role(const Declare *d, Ref class, DeclRole role) {
  const File *f = &d->program->files.at[class.file];
  List members = f->facts.classes.at[class.id].members;
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *member = &f->facts.members.at[f->facts.lists.at[members.first + i]];
    const SchemaWord *word = member->flags & MEMBER_STATIC ? declare_word(d, SCOPE_TABLE, text_of(f, member->name)) : NULL;
    if (word && word->is == role)
      return static_value(d, class.file, member);
  }
  return (Ref){0, 0};
}

static void guess_property(Declare *d, const char *name, Ref value, void *data) {
  (void)value, (void)data;
  guess_column(d, name);
}

static void read_static_model(Entities *entities, Ref class, uint16_t library) {
  Declare d = entities_start(entities, class.file, library);
  Ref at = static_of_role(&d, class, DECL_NAME), schema = static_of_role(&d, class, DECL_FIELDS);
  const char *name = declare_text(&d, at);
  if (name) {
    const File *f = &d.program->files.at[class.file];
    declare_open(&d, name, at);
    d.table->model = declare_keep(&d, text_of(f, f->facts.classes.at[class.id].name));
    declare_each(&d, declare_option(&d, schema, SCOPE_TABLE, DECL_FIELDS), guess_property, NULL);
  }
  declare_release(&d);
}

//
// Kysely: an interface of tables
//

// An interface and those that it extends.
typedef struct Interfaces {
  Ref at[MAX_BASES];  // TY_OBJECT
  uint32_t n;
} Interfaces;

static void add_interface(Program *p, FileId file, Id type, Interfaces *out) {
  const Value *v = value_at(p, value_of_type(p, file, type));
  if (v->kind != VAL_SHAPE || out->n == MAX_BASES)
    return;
  Ref shape = {v->a, v->b};
  out->at[out->n++] = shape;
  const Facts *facts = &p->files.at[shape.file].facts;
  List bases = facts->types.at[facts->types.at[shape.id].b].list;
  for (uint32_t i = 0; i < bases.count; i++)
    add_interface(p, shape.file, facts->lists.at[bases.first + i], out);
}

static Place place_of_member(const Program *p, FileId file, const Member *member) {
  return (Place){.source = p->files.at[file].source, .start = member->span.start, .end = member->span.end};
}

static void guess_columns(Declare *d, Ref row) {
  const File *f = &d->program->files.at[row.file];
  List members = f->facts.types.at[row.id].list;
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *member = &f->facts.members.at[f->facts.lists.at[members.first + i]];
    if (member->kind == MEMBER_FIELD && *text_of(f, member->name))
      guess_column(d, text_of(f, member->name))->place = place_of_member(d->program, row.file, member);
  }
}

static void read_row_type(Declare *d, FileId file, const Member *table) {
  const char *name = text_of(&d->program->files.at[file], table->name);
  Interfaces rows = {.n = 0};
  if (table->type)
    add_interface(d->program, file, table->type, &rows);
  if (!rows.n || !*name || table->kind != MEMBER_FIELD)
    return;
  declare_open(d, d->underscored ? naming_apply(&d->schemas->arena, NAMING_SNAKE, name) : name, (Ref){0, 0});
  if (!d->table->place.source)
    d->table->place = place_of_member(d->program, file, table);
  d->table->model = d->table->model ? d->table->model : declare_keep(d, name);
  for (uint32_t i = 0; i < rows.n; i++)
    guess_columns(d, rows.at[i]);
  declare_leave(d);
}

static void read_tables(Entities *entities, FileId file, Ref shape, uint16_t library) {
  Program *p = entities->schemas->program;
  uint64_t key = (uint64_t)shape.file << 32 | shape.id;
  const File *f = &p->files.at[shape.file];
  if (map_get(&entities->seen, key) || !schemas_want(entities->schemas->contexts[shape.file]))
    return;
  map_put(&entities->seen, key, 1);
  Declare d = entities_start(entities, file, library);
  List members = f->facts.types.at[shape.id].list;
  for (uint32_t i = 0; i < members.count; i++)
    read_row_type(&d, shape.file, &f->facts.members.at[f->facts.lists.at[members.first + i]]);
  declare_release(&d);
}

static void read_database_type(Entities *entities, FileId file, Id type, uint16_t library) {
  Interfaces databases = {.n = 0};
  add_interface(entities->schemas->program, file, type, &databases);
  for (uint32_t i = 0; i < databases.n; i++)
    read_tables(entities, file, databases.at[i], library);
}

// `Kysely<Database>`, in an annotation or at `new`.
static void read_client_type(Entities *entities, FileId file, Id type) {
  Program *p = entities->schemas->program;
  const Facts *facts = &p->files.at[file].facts;
  const Type *t = &facts->types.at[type];
  if (t->kind != TY_REF || t->list.count != 1)
    return;
  Declare reader = {.schemas = entities->schemas, .program = p};
  const SchemaWord *word = declare_export(&reader, (Ref){file, t->a});
  if (word && word->is == DECL_DATABASE)
    read_database_type(entities, file, facts->lists.at[t->list.first], word->library);
}

// `new Kysely<Database>({...})`
static void read_client_call(Entities *entities, FileId file, Id call) {
  const Facts *facts = &entities->schemas->program->files.at[file].facts;
  const Expr *e = &facts->exprs.at[call];
  List arguments = facts->types.at[e->type].list;
  Declare reader = {.schemas = entities->schemas, .program = entities->schemas->program};
  const SchemaWord *word = arguments.count ? declare_export(&reader, (Ref){file, e->a}) : NULL;
  if (word && word->is == DECL_DATABASE)
    read_database_type(entities, file, facts->lists.at[arguments.first], word->library);
}

void entities_named(Entities *entities, FileId file) {
  Program *p = entities->schemas->program;
  const File *f = &p->files.at[file];
  const Facts *facts = &f->facts;
  Declare reader = {.schemas = entities->schemas, .program = p};
  for (Id i = 1; i < facts->classes.n; i++) {
    reader.library = library_of_class(&reader, (Ref){file, i});
    if (reader.library && static_of_role(&reader, (Ref){file, i}, DECL_NAME).file)
      read_static_model(entities, (Ref){file, i}, reader.library);
  }
  for (Id i = 1; i < facts->types.n; i++)
    read_client_type(entities, file, i);
  for (uint32_t i = 0; i < f->calls.n; i++) {
    const Expr *e = expr_at(f, f->calls.at[i]);
    if (e->kind == EX_NEW && e->type)
      read_client_call(entities, file, f->calls.at[i]);
  }
}
