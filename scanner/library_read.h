// library_read.h - what the readers of a library model share: the model at hand and its YAML tree.
#ifndef SEQSCAN_LIBRARY_READ_H
#define SEQSCAN_LIBRARY_READ_H

#include <yaml.h>

#include "library.h"

typedef struct Advice {
  const char *key, *text;
  bool used;
} Advice;

// The model that is being read.
typedef struct Reader {
  Libraries *libs;
  const char *origin;
  yaml_document_t *doc;
  Error *err;
  uint16_t library;
  uint32_t first_state, first_shape;
  VEC(Advice) advice;
} Reader;

typedef struct Pair {
  const char *key;
  const yaml_node_t *key_node, *value;
} Pair;

//
// library_yaml.c: the YAML tree
//

// Fail with the place of the node in front of the message.
int model_wrong(const Reader *reader, const yaml_node_t *at, const char *format, ...) PRINTF(3, 4);
// The text of a scalar, NULL for anything else.
const char *model_scalar(const yaml_node_t *node);
const yaml_node_t *model_node(const Reader *reader, int index);
// How many pairs a mapping has; 0 for anything else.
size_t model_pairs(const yaml_node_t *node);
// Pair number `i` of a mapping. Its key must be a scalar, and must not be one of an earlier pair.
int model_pair(const Reader *reader, const yaml_node_t *map, size_t i, Pair *out);
int model_map(const Reader *reader, const yaml_node_t *node, const char *what);
// The value of a key of a mapping, NULL when it is absent.
const yaml_node_t *model_value(const Reader *reader, const yaml_node_t *map, const char *key);
// The next of several words that spaces separate, kept; NULL after the last one.
const char *model_next(const Reader *reader, const char **at);
const char *model_keep(const Reader *reader, const char *text);

//
// library_keys.c: values of keys
//

typedef enum KeyTable { KEYS_MEMBER, KEYS_AWAIT, KEYS_EXPORT, KEYS_FILES, KEYS_RELATIONS } KeyTable;

// Read a mapping whose keys are those of the table into a row; effects go to its meaning.
int model_read_row(const Reader *reader, const yaml_node_t *node, KeyTable table, void *row, Meaning *meaning);
Meaning model_no_meaning(void);
int model_read_state(const Reader *reader, const yaml_node_t *node, StateId *out);
int model_read_flag(const Reader *reader, const yaml_node_t *node, bool *out);
int model_read_rows(const Reader *reader, const yaml_node_t *node, uint8_t *out);
int model_read_advice(const Reader *reader, const yaml_node_t *node, const char **out);
// The text of the model's advice of that name, NULL if it has none.
const char *model_advice(const Reader *reader, const char *key);

//
// library_lookup.c
//

uint64_t model_key(uint32_t owner, const char *name);  // of member_index and export_index

//
// library_shapes.c: what options objects and filters mean
//

// Read `shapes`, `operators` and `id` of a model.
int model_read_shapes(Reader *reader, const yaml_node_t *root);
int model_read_verb(const Reader *reader, const yaml_node_t *node, uint8_t *out);
int model_read_shape_name(const Reader *reader, const yaml_node_t *node, uint16_t *out);
int model_read_role(const Reader *reader, const yaml_node_t *node, uint8_t *out);

//
// library_schema.c: the words by which tables are declared
//

int library_read_schema(const Reader *reader, const yaml_node_t *node);

#endif
