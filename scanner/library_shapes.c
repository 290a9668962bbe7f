// library_shapes.c - the parts of a library model that tell what options objects and filters mean.
#include <string.h>

#include "library_read.h"

static const char *const roles[ROLE_COUNT] = {
    [ROLE_NONE] = "none",
    [ROLE_FILTER] = "filter",
    [ROLE_ORDER] = "order",
    [ROLE_LIMIT] = "limit",
    [ROLE_OFFSET] = "offset",
    [ROLE_COLUMNS] = "columns",
    [ROLE_OMIT] = "omit",
    [ROLE_RELATIONS] = "relations",
    [ROLE_VALUES] = "values",
    [ROLE_TABLE] = "table",
    [ROLE_ALIAS] = "alias",
    [ROLE_JOIN] = "join",
    [ROLE_OPTIONS] = "options",
    [ROLE_AGGREGATE] = "aggregate",
    [ROLE_EQUAL] = "equal",
    [ROLE_NULL] = "null",
    [ROLE_PRESENT] = "present",
    [ROLE_RANGE] = "range",
    [ROLE_PREFIX] = "prefix",
    [ROLE_CONTAINS] = "contains",
    [ROLE_LIKE] = "like",
    [ROLE_ILIKE] = "ilike",
    [ROLE_REGEX] = "regex",
    [ROLE_NOT] = "not",
    [ROLE_NOT_IN] = "not_in",
    [ROLE_ARRAY] = "array",
    [ROLE_TEXT] = "text",
    [ROLE_OTHER] = "other",
    [ROLE_AND] = "and",
    [ROLE_OR] = "or",
    [ROLE_NEGATE] = "negate",
    [ROLE_RELATION] = "relation",
    [ROLE_INSENSITIVE] = "insensitive",
    [ROLE_COLUMN] = "column",
    [ROLE_FUNCTION] = "function",
    [ROLE_RAW] = "raw",
    [ROLE_DESCENDING] = "descending",
    [ROLE_ASCENDING] = "ascending",
};

int model_read_role(const Reader *reader, const yaml_node_t *node, uint8_t *out) {
  const char *text = model_scalar(node);
  for (uint8_t role = 0; text && role < ROLE_COUNT; role++) {
    if (strcmp(roles[role], text))
      continue;
    *out = role;
    return 0;
  }
  return model_wrong(reader, node, "unknown role `%s`", text ? text : "");
}

// The number of a shape of this model, 0 if it has none of that name.
static uint16_t model_shape(const Reader *reader, const char *name) {
  const Libraries *libs = reader->libs;
  for (uint32_t i = reader->first_shape; i < libs->shapes.n; i++)
    if (!strcmp(libs->shapes.at[i].name, name))
      return (uint16_t)i;
  return 0;
}

int model_read_verb(const Reader *reader, const yaml_node_t *node, uint8_t *out) {
  static const char *const verbs[] = {[VERB_SELECT] = "select",
                                      [VERB_INSERT] = "insert",
                                      [VERB_UPDATE] = "update",
                                      [VERB_DELETE] = "delete",
                                      [VERB_UPSERT] = "upsert"};
  const char *text = model_scalar(node);
  for (uint8_t verb = VERB_SELECT; text && verb < COUNT(verbs); verb++) {
    if (strcmp(verbs[verb], text))
      continue;
    *out = verb;
    return 0;
  }
  return model_wrong(reader, node, "unknown verb `%s`", text ? text : "");
}

int model_read_shape_name(const Reader *reader, const yaml_node_t *node, uint16_t *out) {
  const char *name = model_scalar(node);
  *out = name ? model_shape(reader, name) : 0;
  return *out ? 0 : model_wrong(reader, node, "unknown shape `%s`", name ? name : "");
}

static uint64_t word_key(uint16_t shape, const char *name) {
  return hash_quick(name, strlen(name)) + shape * 0x9e3779b97f4a7c15u;
}

// `include: relations`, or `include: { relations: SHAPE }`.
static int read_word(const Reader *reader, const yaml_node_t *node, LibraryWord *out) {
  Pair pair;
  if (model_scalar(node))
    return model_read_role(reader, node, &out->role);
  if (model_map(reader, node, "a role") || model_pairs(node) != 1)
    return model_wrong(reader, node, "one role was expected");
  if (model_pair(reader, node, 0, &pair) || model_read_role(reader, pair.key_node, &out->role))
    return -1;
  const char *shape = model_scalar(pair.value);
  out->shape = shape ? model_shape(reader, shape) : 0;
  return out->shape ? 0 : model_wrong(reader, pair.value, "unknown shape `%s`", shape ? shape : "");
}

// The names of a key, separated by spaces, all mean the same.
static int add_words(const Reader *reader, const Pair *pair, uint16_t shape) {
  Libraries *libs = reader->libs;
  LibraryWord word = {0};
  if (read_word(reader, pair->value, &word))
    return -1;
  const char *at = pair->key;
  while ((word.name = model_next(reader, &at))) {
    if (map_get(&libs->word_index, word_key(shape, word.name)))
      return model_wrong(reader, pair->key_node, "duplicate key `%s`", word.name);
    vec_push(&libs->words, word);
    map_put(&libs->word_index, word_key(shape, word.name), libs->words.n);
  }
  return 0;
}

static int read_shape(const Reader *reader, const yaml_node_t *node, uint16_t shape) {
  if (model_map(reader, node, "a shape"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair) || add_words(reader, &pair, shape))
      return -1;
  }
  return 0;
}

static uint16_t add_shape(const Reader *reader, const char *name) {
  LibraryShape shape = {model_keep(reader, name), reader->library};
  vec_push(&reader->libs->shapes, shape);
  return (uint16_t)(reader->libs->shapes.n - 1);
}

// A text of the model, or what stands for it when there is none.
static int read_text(const Reader *reader, const yaml_node_t *root, const char *key, const char *otherwise, const char **out) {
  const yaml_node_t *node = model_value(reader, root, key);
  const char *text = node ? model_scalar(node) : otherwise;
  if (node && (!text || !*text))
    return model_wrong(reader, node, "`%s` must be a text", key);
  *out = text ? model_keep(reader, text) : NULL;
  return 0;
}

static int read_flag(const Reader *reader, const yaml_node_t *root, const char *key, bool *flag) {
  const yaml_node_t *node = model_value(reader, root, key);
  return node ? model_read_flag(reader, node, flag) : 0;
}

int model_read_shapes(Reader *reader, const yaml_node_t *root) {
  Library *library = &reader->libs->libraries.at[reader->library];
  const yaml_node_t *shapes = model_value(reader, root, "shapes"),
                    *operators = model_value(reader, root, "operators");
  Pair pair;
  if (read_text(reader, root, "id", "id", &library->id) || read_text(reader, root, "parameter", NULL, &library->parameter) ||
      read_text(reader, root, "selection", NULL, &library->selection) ||
      read_text(reader, root, "compared", NULL, &library->compared) || read_flag(reader, root, "plain", &library->plain) ||
      read_flag(reader, root, "hides", &library->hides) || read_flag(reader, root, "keeps_hooks", &library->keeps_hooks) ||
      read_flag(reader, root, "double_quotes", &library->double_quotes) ||
      read_flag(reader, root, "served", &library->served))
    return -1;
  reader->first_shape = reader->libs->shapes.n;
  if (shapes && model_map(reader, shapes, "`shapes`"))
    return -1;
  for (size_t i = 0; shapes && i < model_pairs(shapes); i++) {
    if (model_pair(reader, shapes, i, &pair))
      return -1;
    add_shape(reader, pair.key);
  }
  for (size_t i = 0; shapes && i < model_pairs(shapes); i++)
    if (model_pair(reader, shapes, i, &pair) ||
        read_shape(reader, pair.value, (uint16_t)(reader->first_shape + i)))
      return -1;
  library->options = model_shape(reader, "options");
  library->columns = model_shape(reader, "columns");
  library->sorts = model_shape(reader, "sorts");
  library->operators = operators ? add_shape(reader, "") : 0;
  return operators ? read_shape(reader, operators, library->operators) : 0;
}

const LibraryWord *library_word(const Libraries *libs, uint16_t shape, const char *name) {
  uint32_t found = shape ? map_get(&libs->word_index, word_key(shape, name)) : 0;
  return found ? &libs->words.at[found - 1] : NULL;
}
