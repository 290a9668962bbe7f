// entities.h - what the readers of declarations share; see declare.h.
#ifndef SEQSCAN_ENTITIES_H
#define SEQSCAN_ENTITIES_H

#include "declare.h"

// A schema of documents, by the expression that makes it, and the collection that a model puts it in.
typedef struct Made {
  Ref schema;
  const char *table;
} Made;

// A class that is not the first one of its table.
typedef struct Model {
  const char *model, *table;
} Model;

// A call that adds to what another makes: read when all are known.
typedef struct Late {
  Ref call, schema;
  const SchemaWord *word;
} Late;

// A property that gives rows over a table between two.
typedef struct Pivot {
  Ref class, decorator, join_table;
  const SchemaWord *word;
  const char *property;
} Pivot;

typedef struct Entities {
  Schemas *schemas;
  VEC(Schema *) packages;  // schemas of packages that declare tables,
  VEC(Schema *) own;       // and what the code of each declares
  VEC(Model) models;
  VEC(Made) made;
  VEC(Late) late;
  VEC(Pivot) pivots;       // read when all classes are known: one may be the table between
  uint32_t handed;         // functions followed that hand a parameter on
  Map snake;               // tables whose columns an option puts in snake case
  Map seen;                // interfaces of tables that were read
  Map underscored;         // libraries whose names a plugin or an option of the connection puts in snake case
} Entities;

Declare entities_start(Entities *entities, FileId file, uint16_t library);  // a declaration of a file
void entities_settings(Entities *entities, FileId file);  // what plugins and connections say of all tables
void entities_classes(Entities *entities, FileId file);
void entities_pivots(Entities *entities);
void entities_document(Entities *entities, Ref class, const SchemaWord *made, Ref call);
void entities_calls(Entities *entities, FileId file);
void entities_named(Entities *entities, FileId file);  // tables of which code says little more than the name
void entities_late(Entities *entities);

#endif
