// entities_named.c - tables of which code says little more than the names: models of Objection, types of Kysely.
//
// Their columns are guessed until a migration tells more of them.
#include "entities.h"

#include <string.h>

#include "values.h"

enum { MAX_BASES = 16 };

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
  Declare d = declare_start(entities->schemas, entities_schema(entities, class.file), library, true);
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

// The members of an interface that a type names; NULL if it is none.
static const Type *interface_of(Program *p, FileId *file, Id type) {
  const Value *v = value_at(p, value_of_type(p, *file, type));
  if (v->kind != VAL_SHAPE)
    return NULL;
  *file = v->a;
  return &p->files.at[v->a].facts.types.at[v->b];
}

static void read_row_type(Declare *d, FileId file, const Member *table) {
  const File *f = &d->program->files.at[file];
  FileId home = file;
  const Type *row = table->type ? interface_of(d->program, &home, table->type) : NULL;
  const char *name = text_of(f, table->name);
  if (!row || !*name || table->kind != MEMBER_FIELD)
    return;
  const File *h = &d->program->files.at[home];
  declare_open(d, d->underscored ? naming_apply(&d->schemas->arena, NAMING_SNAKE, name) : name, (Ref){0, 0});
  d->table->model = d->table->model ? d->table->model : declare_keep(d, name);
  for (uint32_t i = 0; i < row->list.count; i++) {
    const Member *member = &h->facts.members.at[h->facts.lists.at[row->list.first + i]];
    if (member->kind == MEMBER_FIELD && *text_of(h, member->name))
      guess_column(d, text_of(h, member->name));
  }
  declare_leave(d);
}

static void read_database_type(Entities *entities, FileId file, Id type, uint16_t library) {
  Program *p = entities->schemas->program;
  FileId home = file;
  const Type *tables = interface_of(p, &home, type);
  if (!tables || !schemas_want(p->files.at[home].source->path) || map_get(&entities->seen, (uint64_t)home << 32 | tables->span.start))
    return;
  map_put(&entities->seen, (uint64_t)home << 32 | tables->span.start, 1);
  Declare d = declare_start(entities->schemas, entities_schema(entities, file), library, true);
  const File *h = &p->files.at[home];
  d.underscored = entities->underscored;
  for (uint32_t i = 0; i < tables->list.count; i++)
    read_row_type(&d, home, &h->facts.members.at[h->facts.lists.at[tables->list.first + i]]);
  declare_release(&d);
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

void entities_named(Entities *entities, FileId file) {
  Program *p = entities->schemas->program;
  const Facts *facts = &p->files.at[file].facts;
  Declare reader = {.schemas = entities->schemas, .program = p};
  for (Id i = 1; i < facts->classes.n; i++) {
    reader.library = library_of_class(&reader, (Ref){file, i});
    if (reader.library && static_of_role(&reader, (Ref){file, i}, DECL_NAME).file)
      read_static_model(entities, (Ref){file, i}, reader.library);
  }
  for (Id i = 1; i < facts->types.n; i++)
    read_client_type(entities, file, i);
}
