// library_yaml.c - the YAML tree of a library model.
#include "library_read.h"

#include <string.h>

int model_wrong(const Reader *reader, const yaml_node_t *at, const char *format, ...) {
  char what[256];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  return fail(reader->err, "%s:%zu: %s", reader->origin, at->start_mark.line + 1, what);
}

const char *model_scalar(const yaml_node_t *node) {
  return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

const yaml_node_t *model_node(const Reader *reader, int index) {
  return yaml_document_get_node(reader->doc, index);
}

size_t model_pairs(const yaml_node_t *node) {
  if (node->type != YAML_MAPPING_NODE)
    return 0;
  return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
}

int model_pair(const Reader *reader, const yaml_node_t *map, size_t i, Pair *out) {
  const yaml_node_pair_t *pairs = map->data.mapping.pairs.start;
  out->key_node = model_node(reader, pairs[i].key);
  out->value = model_node(reader, pairs[i].value);
  out->key = model_scalar(out->key_node);
  if (!out->key)
    return model_wrong(reader, out->key_node, "a key must be a word");
  for (size_t before = 0; before < i; before++) {
    const char *other = model_scalar(model_node(reader, pairs[before].key));
    if (!strcmp(other, out->key))
      return model_wrong(reader, out->key_node, "duplicate key `%s`", out->key);
  }
  return 0;
}

int model_map(const Reader *reader, const yaml_node_t *node, const char *what) {
  return node->type == YAML_MAPPING_NODE ? 0 : model_wrong(reader, node, "%s must be a mapping", what);
}

const yaml_node_t *model_value(const Reader *reader, const yaml_node_t *map, const char *key) {
  const yaml_node_pair_t *pairs = map->data.mapping.pairs.start;
  for (size_t i = 0; i < model_pairs(map); i++) {
    const char *have = model_scalar(model_node(reader, pairs[i].key));
    if (have && !strcmp(have, key))
      return model_node(reader, pairs[i].value);
  }
  return NULL;
}

const char *model_next(const Reader *reader, const char **at) {
  const char *word = *at + strspn(*at, " ");
  size_t length = strcspn(word, " ");
  *at = word + length;
  return length ? arena_copy(&reader->libs->arena, word, length) : NULL;
}

const char *model_keep(const Reader *reader, const char *text) {
  return arena_copy(&reader->libs->arena, text, strlen(text));
}
