// entities.c - tables declared in code: decorated classes, calls that make tables; and what they name in each other.
#include "declare.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "entities.h"
#include "values.h"

// What the code of the package declares that a file is in.
static Schema *entities_schema(Entities *entities, FileId file) {
  Schemas *schemas = entities->schemas;
  Schema *package = schema_at(schemas, schemas->program->files.at[file].source->path);
  for (uint32_t i = 0; i < entities->packages.n; i++)
    if (entities->packages.at[i] == package)
      return entities->own.at[i];
  vec_push(&entities->packages, package);
  vec_push(&entities->own, schema_scratch(schemas));
  return entities->own.at[entities->own.n - 1];
}

Declare entities_start(Entities *entities, FileId file, uint16_t library) {
  Declare d = declare_start(entities->schemas, entities_schema(entities, file), library, true);
  d.underscored = map_get(&entities->underscored, library);
  return d;
}

//
// What declarations name in each other
//

// The table of a name in the code: of the same package first.
static const Table *table_meant(const Entities *entities, const Schema *own, const char *name) {
  const Table *table = schema_find_model(own, name);
  for (uint32_t i = 0; !table && i < entities->models.n; i++)
    if (!strcmp(entities->models.at[i].model, name))
      table = schema_find(own, entities->models.at[i].table);
  for (uint32_t i = 0; !table && i < entities->own.n; i++)
    table = schema_find_model(entities->own.at[i], name);
  return table;
}

// A foreign key is read with the name of a class or variable, and of a property: put the database's in their place.
static void settle_key(const Entities *entities, const Schema *own, ForeignKey *key) {
  const Table *table = table_meant(entities, own, key->table);
  if (!table)
    return;
  key->table = table->name;
  for (uint32_t i = 0; i < key->to.n; i++) {
    const Column *column = table_find_property(table, key->to.at[i]);
    key->to.at[i] = column ? column->name : key->to.at[i];
  }
}

// Relations to what is no table are of no use.
static void settle_relations(const Entities *entities, const Schema *own, Table *table) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < table->relations.n; i++) {
    TableRelation *relation = &table->relations.at[i];
    const Table *other = table_meant(entities, own, relation->table);
    if (other)
      table->relations.at[kept++] = (TableRelation){relation->property, other->name};
  }
  table->relations.n = kept;
}

static void settle(Entities *entities) {
  for (uint32_t i = 0; i < entities->own.n; i++)
    for (uint32_t t = 0; t < entities->own.at[i]->tables.n; t++) {
      Table *table = entities->own.at[i]->tables.at[t];
      for (uint32_t k = 0; k < table->keys.n; k++)
        settle_key(entities, entities->own.at[i], &table->keys.at[k]);
      settle_relations(entities, entities->own.at[i], table);
    }
}

void entities_read(Schemas *schemas) {
  Entities entities = {.schemas = schemas};
  for (FileId file = 1; file < schemas->program->files.n; file++)
    if (schemas_want(schemas->contexts[file]))
      entities_settings(&entities, file);
  for (FileId file = 1; file < schemas->program->files.n; file++) {
    if (!schemas_want(schemas->contexts[file]))
      continue;
    entities_classes(&entities, file);
    entities_calls(&entities, file);
  }
  for (FileId file = 1; file < schemas->program->files.n; file++)
    if (schemas_want(schemas->contexts[file]))
      entities_named(&entities, file);
  entities_pivots(&entities);
  entities_late(&entities);
  settle(&entities);
  for (uint32_t i = 0; i < entities.own.n; i++)
    schema_merge(schemas, entities.packages.at[i], entities.own.at[i]);
  vec_release(&entities.packages);
  vec_release(&entities.own);
  map_release(&entities.underscored);
  map_release(&entities.snake);
  map_release(&entities.seen);
  vec_release(&entities.models);
  vec_release(&entities.made);
  vec_release(&entities.late);
  vec_release(&entities.pivots);
}
