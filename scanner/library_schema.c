// library_schema.c - reads the section `schema` of a library model: the words by which tables are declared.
#include "library.h"

#include <string.h>

#include "library_read.h"

static const char *decl_role_name(DeclRole role) {
  static const char *const names[DECL_COUNT] = {
#define X(name, text) [DECL_##name] = #text,
      DECL_ROLES(X)
#undef X
  };
  return names[role];
}

static uint64_t word_key(uint16_t library, SchemaScope scope, const char *name) {
  return hash_quick(name, strlen(name)) + ((uint64_t)library << 8 | (uint64_t)scope) * 0x9e3779b97f4a7c15u;
}

const SchemaWord *library_schema_word(const Libraries *libs, uint16_t library, SchemaScope scope, const char *name) {
  uint32_t found = library ? map_get(&libs->schema_index, word_key(library, scope, name)) : 0;
  return found ? &libs->schema_words.at[found - 1] : NULL;
}

bool library_any_word(const Libraries *libs, SchemaScope scope, const char *name) {
  return map_get(&libs->schema_index, word_key(0, scope, name)) != 0;
}

//
// Words
//

static int read_word_role(const Reader *reader, const yaml_node_t *node, uint8_t *out) {
  const char *text = model_scalar(node);
  for (uint8_t role = 0; text && role < DECL_COUNT; role++)
    if (!strcmp(decl_role_name((DeclRole)role), text)) {
      *out = role;
      return 0;
    }
  return model_wrong(reader, node, "unknown role `%s`", text ? text : "");
}

static int read_word_roles(const Reader *reader, const yaml_node_t *node, uint8_t *out, size_t room) {
  if (node->type != YAML_SEQUENCE_NODE)
    return model_wrong(reader, node, "a list of roles was expected");
  const yaml_node_item_t *items = node->data.sequence.items.start;
  size_t count = (size_t)(node->data.sequence.items.top - items);
  if (count > room)
    return model_wrong(reader, node, "at most %zu roles can stand here", room);
  for (size_t i = 0; i < count; i++)
    if (read_word_role(reader, model_node(reader, items[i]), &out[i]))
      return -1;
  return 0;
}

static int read_text(const Reader *reader, const yaml_node_t *node, const char **out) {
  const char *text = model_scalar(node);
  if (!text || !*text)
    return model_wrong(reader, node, "a text was expected");
  *out = model_keep(reader, text);
  return 0;
}

static int read_word_key(const Reader *reader, const Pair *pair, SchemaWord *word) {
  if (!strcmp(pair->key, "is"))
    return read_word_role(reader, pair->value, &word->is);
  if (!strcmp(pair->key, "args"))
    return read_word_roles(reader, pair->value, word->args, WORD_ARGS);
  if (!strcmp(pair->key, "sets"))
    return read_word_roles(reader, pair->value, word->sets, WORD_SETS);
  if (!strcmp(pair->key, "type"))
    return read_text(reader, pair->value, &word->type);
  if (!strcmp(pair->key, "dialect"))
    return read_text(reader, pair->value, &word->dialect);
  return model_wrong(reader, pair->key_node, "unknown key `%s`", pair->key);
}

// A bare word is its role; of a column type, the type in SQL.
static int read_word(const Reader *reader, const yaml_node_t *node, SchemaWord *word) {
  if (model_scalar(node) && word->scope >= SCOPE_TYPES)
    return read_text(reader, node, &word->type);
  if (model_scalar(node))
    return read_word_role(reader, node, &word->is);
  if (model_map(reader, node, "a word of a schema"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair) || read_word_key(reader, &pair, word))
      return -1;
  }
  return 0;
}

static int add_word(const Reader *reader, const yaml_node_t *at, const SchemaWord *word) {
  Libraries *libs = reader->libs;
  uint64_t key = word_key(word->library, word->scope, word->name);
  if (map_get(&libs->schema_index, key))
    return model_wrong(reader, at, "duplicate word `%s`", word->name);
  vec_push(&libs->schema_words, *word);
  SchemaWord *added = &libs->schema_words.at[libs->schema_words.n - 1];
  if (added->type && !strcmp(added->type, "self"))
    added->type = added->name;
  map_put(&libs->schema_index, key, libs->schema_words.n);
  map_put(&libs->schema_index, word_key(0, word->scope, word->name), libs->schema_words.n);
  return 0;
}

// The words of one scope; a key holds one or several names.
static int read_scope(const Reader *reader, const yaml_node_t *node, SchemaScope scope) {
  if (model_map(reader, node, "the words of a schema"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    SchemaWord word = {.library = reader->library, .scope = (uint8_t)scope};
    if (model_pair(reader, node, i, &pair) || read_word(reader, pair.value, &word))
      return -1;
    const char *at = pair.key;
    while ((word.name = model_next(reader, &at)))
      if (add_word(reader, pair.key_node, &word))
        return -1;
  }
  return 0;
}

//
// What holds of all tables of the library
//

static int read_naming(const Reader *reader, const yaml_node_t *node, uint8_t *out) {
  static const char *const names[] = {"same", "snake", "camel", "plural", "lower_plural", "lower"};
  const char *text = model_scalar(node);
  for (uint8_t i = 0; text && i < COUNT(names); i++)
    if (!strcmp(names[i], text)) {
      *out = i;
      return 0;
    }
  return model_wrong(reader, node, "unknown naming `%s`", text ? text : "");
}

static int read_names(const Reader *reader, const yaml_node_t *node, LibrarySchema *schema) {
  const struct {
    const char *key, **text;
    uint8_t *naming;
  } keys[] = {
      {"tables", NULL, &schema->tables},          {"columns", NULL, &schema->columns},
      {"keys", NULL, &schema->keys},              {"indexes", NULL, &schema->indexes},
      {"index", &schema->index_name, NULL},
      {"unique", &schema->unique_name, NULL},     {"primary", &schema->primary_name, NULL},
      {"key", &schema->key_name, NULL},           {"id", &schema->id, NULL},
      {"created", &schema->created, NULL},        {"updated", &schema->updated, NULL},
      {"deleted", &schema->deleted, NULL},
  };
  if (model_map(reader, node, "`names`"))
    return -1;
  for (size_t i = 0, k; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair))
      return -1;
    for (k = 0; k < COUNT(keys) && strcmp(keys[k].key, pair.key);)
      k++;
    if (k == COUNT(keys))
      return model_wrong(reader, pair.key_node, "unknown key `%s`", pair.key);
    if (keys[k].text ? read_text(reader, pair.value, keys[k].text) : read_naming(reader, pair.value, keys[k].naming))
      return -1;
  }
  return 0;
}

static int read_part(const Reader *reader, const Pair *pair, LibrarySchema *schema) {
  static const char *const scopes[SCOPE_COUNT] = {"exports", "builder", "table", "column", "index", "key", "types", "packages"};
  for (size_t i = 0; i < COUNT(scopes); i++)
    if (!strcmp(scopes[i], pair->key))
      return read_scope(reader, pair->value, (SchemaScope)i);
  if (!strcmp(pair->key, "names"))
    return read_names(reader, pair->value, schema);
  if (!strcmp(pair->key, "dialect"))
    return read_text(reader, pair->value, &schema->dialect);
  const char *text = model_scalar(pair->value);
  if (!text || strcmp(text, "true"))
    return model_wrong(reader, pair->value, "`true` was expected");
  if (!strcmp(pair->key, "required"))
    schema->required = true;
  else if (!strcmp(pair->key, "timestamps"))
    schema->timestamps = true;
  else if (!strcmp(pair->key, "indexes_keys"))
    schema->indexes_keys = true;
  else
    return model_wrong(reader, pair->key_node, "unknown key `%s`", pair->key);
  return 0;
}

int library_read_schema(const Reader *reader, const yaml_node_t *node) {
  LibrarySchema schema = {.known = true};
  if (model_map(reader, node, "`schema`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair) || read_part(reader, &pair, &schema))
      return -1;
  }
  reader->libs->libraries.at[reader->library].schema = schema;
  return 0;
}
