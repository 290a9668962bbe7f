// library.c - reads library models (YAML) into the flat tables of library.h and looks them up.
//
// A file is read in one pass over its YAML tree once the names of its states are known, so that members and
// exports may refer to any of them. What a key of the format means is told by library_keys.c. All models
// together are some thousand members: loading takes a few milliseconds, a look-up is one hash probe.
#include "library.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "embed.h"
#include "library_read.h"

//
// Members, states and exports
//

// What a query gives is rows; for many of them an array, unless the model says otherwise. A lazy call gives no rows yet.
static void settle_rows(const Reader *reader, const yaml_node_t *node, Meaning *meaning) {
  bool asks = meaning->effect == EFFECT_READ || meaning->effect == EFFECT_WRITE || meaning->effect == EFFECT_RAW;
  if (!asks || !meaning->to || meaning->to == STATE_SELF || meaning->lazy)
    return;
  reader->libs->states.at[meaning->to].rows = true;
  if (meaning->rows == ROWS_MANY && !model_value(reader, node, "list"))
    meaning->list = true;
}

// A bare word is `none` or the state that a call gives.
static int read_meaning(const Reader *reader, const yaml_node_t *node, Meaning *out) {
  *out = model_no_meaning();
  const char *word = model_scalar(node);
  out->none = word && !strcmp(word, "none");
  if (out->none)
    return 0;
  if (word)
    return model_read_state(reader, node, &out->to);
  if (model_read_row(reader, node, KEYS_MEMBER, out, out))
    return -1;
  settle_rows(reader, node, out);
  return 0;
}

static int add_member(const Reader *reader, const yaml_node_t *at, StateId state, const char *name,
                      const Meaning *meaning) {
  Libraries *libs = reader->libs;
  if (map_get(&libs->member_index, model_key(state, name)))
    return model_wrong(reader, at, "duplicate member `%s`", name);
  LibraryMember member = {.name = name, .meaning = *meaning};
  if (!member.meaning.advice)
    member.meaning.advice = model_advice(reader, name);
  size_t n = strlen(name);
  member.meaning.stem = n > 1 && n < UINT8_MAX && name[n - 1] == '*' ? (uint8_t)(n - 1) : 0;
  libs->states.at[state].has_verbs |= member.meaning.stem > 0;
  vec_push(&libs->members, member);
  map_put(&libs->member_index, model_key(state, name), libs->members.n);
  return 0;
}

// One entry of `members`: a member for each of the names in its key.
static int read_member(const Reader *reader, const Pair *pair, StateId state) {
  Meaning meaning;
  if (read_meaning(reader, pair->value, &meaning))
    return -1;
  const char *at = pair->key, *name = model_next(reader, &at);
  if (!name)
    return model_wrong(reader, pair->key_node, "a member must have a name");
  for (; name; name = model_next(reader, &at))
    if (add_member(reader, pair->key_node, state, name, &meaning))
      return -1;
  return 0;
}

static int read_members(const Reader *reader, const yaml_node_t *node, StateId state) {
  Libraries *libs = reader->libs;
  if (model_map(reader, node, "`members`"))
    return -1;
  libs->states.at[state].first = libs->members.n;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair) || read_member(reader, &pair, state))
      return -1;
  }
  libs->states.at[state].count = libs->members.n - libs->states.at[state].first;
  return 0;
}

// One entry of `accessors`: the state of the members that begin with each of the verbs in its key.
static int read_accessor(const Reader *reader, const Pair *pair, StateId owner, uint8_t rows) {
  Accessor accessor = {.rows = rows, .owner = owner};
  if (model_read_state(reader, pair->value, &accessor.state))
    return -1;
  const char *at = pair->key;
  while ((accessor.verb = model_next(reader, &at)))
    vec_push(&reader->libs->accessors, accessor);
  return 0;
}

// `accessors`: what relations to one row and to many add to the rows of a class.
static int read_accessors(const Reader *reader, const yaml_node_t *node, StateId owner) {
  if (model_map(reader, node, "`accessors`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    uint8_t rows;
    Pair kind, verbs;
    if (model_pair(reader, node, i, &kind) || model_read_rows(reader, kind.key_node, &rows))
      return -1;
    if (model_map(reader, kind.value, "accessors"))
      return -1;
    for (size_t k = 0; k < model_pairs(kind.value); k++)
      if (model_pair(reader, kind.value, k, &verbs) || read_accessor(reader, &verbs, owner, rows))
        return -1;
  }
  return 0;
}

static int read_await(const Reader *reader, const yaml_node_t *node, LibraryState *state) {
  Meaning meaning = model_no_meaning();
  if (model_read_row(reader, node, KEYS_AWAIT, &meaning, &meaning))
    return -1;
  settle_rows(reader, node, &meaning);
  state->await_effect = meaning.effect;
  state->await_rows = meaning.rows;
  state->await_to = meaning.to;
  state->await_list = meaning.list;
  return 0;
}

static int read_state(const Reader *reader, const yaml_node_t *node, StateId id) {
  if (model_map(reader, node, "a state"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    LibraryState *state = &reader->libs->states.at[id];
    Pair pair;
    int failed = model_pair(reader, node, i, &pair);
    if (failed)
      return -1;
    if (!strcmp(pair.key, "members"))
      failed = read_members(reader, pair.value, id);
    else if (!strcmp(pair.key, "accessors"))
      failed = read_accessors(reader, pair.value, id);
    else if (!strcmp(pair.key, "pending"))
      failed = model_read_flag(reader, pair.value, &state->pending);
    else if (!strcmp(pair.key, "pool"))
      failed = model_read_advice(reader, pair.value, &state->pool);
    else if (!strcmp(pair.key, "base"))
      failed = model_read_state(reader, pair.value, &state->base);
    else if (!strcmp(pair.key, "keeps_handle"))
      failed = model_read_flag(reader, pair.value, &state->keeps_handle);
    else if (!strcmp(pair.key, "also"))
      failed = model_read_state(reader, pair.value, &state->also);
    else if (!strcmp(pair.key, "await"))
      failed = read_await(reader, pair.value, state);
    else if (!strcmp(pair.key, "advice"))
      failed = model_read_advice(reader, pair.value, &state->advice);
    else
      failed = model_wrong(reader, pair.key_node, "unknown key `%s`", pair.key);
    if (failed)
      return -1;
  }
  return 0;
}

// Give each state its number, so that all of them are known before a member names one.
static bool is_reserved(const char *name) { return !strcmp(name, "self") || !strcmp(name, "none"); }

static int name_states(Reader *reader, const yaml_node_t *node) {
  Libraries *libs = reader->libs;
  reader->first_state = libs->states.n;
  if (!node)
    return 0;
  if (model_map(reader, node, "`states`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair))
      return -1;
    if (is_reserved(pair.key))
      return model_wrong(reader, pair.key_node, "`%s` cannot be the name of a state", pair.key);
    if (libs->states.n >= STATE_SELF)
      return model_wrong(reader, pair.key_node, "too many states");
    LibraryState state = {.name = model_keep(reader, pair.key), .library = reader->library};
    vec_push(&libs->states, state);
  }
  return 0;
}

static int read_states(const Reader *reader, const yaml_node_t *node) {
  for (uint32_t i = reader->first_state; i < reader->libs->states.n; i++) {
    Pair pair;
    if (model_pair(reader, node, i - reader->first_state, &pair) || read_state(reader, pair.value, (StateId)i))
      return -1;
  }
  return 0;
}

// `adds`: members that the package gives to states of others.
static int read_additions(const Reader *reader, const yaml_node_t *node) {
  if (model_map(reader, node, "`adds`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    StateId state;
    Pair to, member;
    if (model_pair(reader, node, i, &to) || model_read_state(reader, to.key_node, &state) ||
        model_map(reader, to.value, "members"))
      return -1;
    for (size_t k = 0; k < model_pairs(to.value); k++)
      if (model_pair(reader, to.value, k, &member) || read_member(reader, &member, state))
        return -1;
  }
  return 0;
}

// A bare word is `none` or what calling the export gives.
static int read_export(const Reader *reader, const yaml_node_t *node, LibraryExport *out) {
  out->meaning = model_no_meaning();
  const char *word = model_scalar(node);
  out->meaning.none = word && !strcmp(word, "none");
  if (out->meaning.none)
    return 0;
  if (word)
    return model_read_state(reader, node, &out->call);
  return model_read_row(reader, node, KEYS_EXPORT, out, &out->meaning);
}

// One row for each of the names in the key.
static void add_exports(const Reader *reader, const char *names, LibraryExport export) {
  Libraries *libs = reader->libs;
  while ((export.name = model_next(reader, &names))) {
    vec_push(&libs->exports, export);
    map_put(&libs->export_index, model_key(reader->library, export.name), libs->exports.n);
    libs->libraries.at[reader->library].count++;
  }
}

static int read_exports(const Reader *reader, const yaml_node_t *node) {
  if (model_map(reader, node, "`exports`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    LibraryExport export = {.resolver = ARG_NONE, .most = ARG_NONE};
    if (model_pair(reader, node, i, &pair) || read_export(reader, pair.value, &export))
      return -1;
    add_exports(reader, pair.key, export);
  }
  return 0;
}

// `files`: a list of rows.
static int read_files(const Reader *reader, const yaml_node_t *node) {
  if (node->type != YAML_SEQUENCE_NODE)
    return model_wrong(reader, node, "`files` must be a list");
  const yaml_node_item_t *items = node->data.sequence.items.start, *end = node->data.sequence.items.top;
  for (; items < end; items++) {
    const yaml_node_t *row = model_node(reader, *items);
    LibraryFiles files = {.library = reader->library};
    if (model_read_row(reader, row, KEYS_FILES, &files, NULL))
      return -1;
    if (!files.under || (files.scope ? files.entry : !files.exports || !files.entry))
      return model_wrong(reader, row, "`under` is needed, with `exports` and `entry` or with `scope`");
    vec_push(&reader->libs->files, files);
  }
  return 0;
}

//
// A whole model
//
// A list of patterns as a NULL-terminated array.
static int read_patterns(const Reader *reader, const yaml_node_t *node, const char ***out) {
  if (node->type != YAML_SEQUENCE_NODE)
    return model_wrong(reader, node, "a list of names was expected");
  const yaml_node_item_t *items = node->data.sequence.items.start;
  size_t count = (size_t)(node->data.sequence.items.top - items);
  const char **list = arena_alloc(&reader->libs->arena, (count + 1) * sizeof *list);
  for (size_t i = 0; i < count; i++) {
    const char *pattern = model_scalar(model_node(reader, items[i]));
    if (!pattern || !*pattern)
      return model_wrong(reader, model_node(reader, items[i]), "a name was expected");
    list[i] = model_keep(reader, pattern);
  }
  *out = list;
  return 0;
}

static int read_advice_texts(Reader *reader, const yaml_node_t *node) {
  if (model_map(reader, node, "`advice`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair))
      return -1;
    const char *text = model_scalar(pair.value);
    if (!text || !*text)
      return model_wrong(reader, pair.value, "advice `%s` must be a text", pair.key);
    Advice advice = {.key = pair.key, .text = model_keep(reader, text)};
    vec_push(&reader->advice, advice);
  }
  return 0;
}

// A text that no member names is a misspelt key.
static int check_advice_used(const Reader *reader, const yaml_node_t *root) {
  for (uint32_t i = 0; i < reader->advice.n; i++)
    if (!reader->advice.at[i].used)
      return model_wrong(reader, root, "advice `%s` is never used", reader->advice.at[i].key);
  return 0;
}

static int check_top_keys(const Reader *reader, const yaml_node_t *root) {
  static const char *const keys[] = {"library",   "packages", "generated", "handle",    "nested",    "id",
                                     "shapes",    "operators", "exports",  "states",    "files",     "advice",
                                     "relations", "schema",   "parameter", "selection", "list",      "locks",
                                     "plain",    "extended", "compared",  "delays",    "isolation", "deprecated",
                                     "hides",    "keeps_hooks", "transactions_of", "double_quotes", "additions",
                                     "joins",    "served",    "adds"};
  if (model_map(reader, root, "a model"))
    return -1;
  for (size_t i = 0; i < model_pairs(root); i++) {
    Pair pair;
    if (model_pair(reader, root, i, &pair))
      return -1;
    if (!is_any_of(pair.key, keys, COUNT(keys)))
      return model_wrong(reader, pair.key_node, "unknown key `%s`", pair.key);
  }
  return 0;
}

// How a condition asks for a list of keys.
static int read_list(const Reader *reader, const yaml_node_t *node, Library *library) {
  if (model_map(reader, node, "`list`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair))
      return -1;
    const char **place = !strcmp(pair.key, "object") ? &library->list : !strcmp(pair.key, "call") ? &library->list_call : NULL;
    if (!place || !model_scalar(pair.value))
      return model_wrong(reader, pair.key_node, "`list` has the texts `object` and `call`");
    *place = model_keep(reader, model_scalar(pair.value));
  }
  return 0;
}

static void index_patterns(Libraries *libs, const char **patterns, bool generated) {
  for (; *patterns; patterns++) {
    size_t length = strcspn(*patterns, "/*");
    uint64_t key = hash_quick(*patterns, (*patterns)[length] == '*' ? 0 : length);
    uint32_t last = map_get(&libs->patterns_of, key);
    vec_push(&libs->patterns, ((PackagePattern){*patterns, (uint16_t)libs->libraries.n, generated, last}));
    map_put(&libs->patterns_of, key, libs->patterns.n);
  }
}

// Keys whose values are lists of names, and where in the library they go.
static int read_lists(const Reader *reader, const yaml_node_t *root, Library *library) {
  static const struct { const char *key; size_t offset; } lists[] = {
      {"packages", offsetof(Library, packages)},   {"generated", offsetof(Library, generated)},
      {"nested", offsetof(Library, nested)},       {"locks", offsetof(Library, locks)},
      {"delays", offsetof(Library, delays)},       {"isolation", offsetof(Library, isolation)},
      {"transactions_of", offsetof(Library, transactions_of)},
      {"extended", offsetof(Library, extended)},   {"deprecated", offsetof(Library, deprecated)},
      {"additions", offsetof(Library, additions)},
      {"joins", offsetof(Library, joins)},
  };
  for (size_t i = 0; i < COUNT(lists); i++) {
    const yaml_node_t *node = model_value(reader, root, lists[i].key);
    if (node && read_patterns(reader, node, (const char ***)((char *)library + lists[i].offset)))
      return -1;
  }
  const char **added = library->additions;
  if (added && !(library->extended && added[0] && added[1] && added[2]))
    return model_wrong(reader, root, "`additions` are three keys, beside `extended`");
  return 0;
}

// Name, packages and generated specifiers of the model, as a new row of libraries.
static int read_library(Reader *reader, const yaml_node_t *root) {
  static const char *nothing[] = {NULL};
  Libraries *libs = reader->libs;
  const yaml_node_t *name = model_value(reader, root, "library");
  const yaml_node_t *handle = model_value(reader, root, "handle");
  const yaml_node_t *list = model_value(reader, root, "list");
  if (!name || !model_scalar(name) || !*model_scalar(name))
    return model_wrong(reader, name ? name : root, "`library` must be the name of the library");
  if (!model_value(reader, root, "packages"))
    return model_wrong(reader, root, "`packages` is missing");
  Library library = {.name = model_keep(reader, model_scalar(name)), .generated = nothing, .first = libs->exports.n};
  library.relations = (RelationWords){.keys = nothing, .names = nothing, .columns = nothing, .apart = nothing};
  if (read_lists(reader, root, &library))
    return -1;
  if (handle && (!model_scalar(handle) || !*model_scalar(handle)))
    return model_wrong(reader, handle, "`handle` must be the key of an option");
  if (list && read_list(reader, list, &library))
    return -1;
  library.handle = handle ? model_keep(reader, model_scalar(handle)) : NULL;
  reader->library = (uint16_t)libs->libraries.n;
  index_patterns(libs, library.packages, false);
  index_patterns(libs, library.generated, true);
  vec_push(&libs->libraries, library);
  return 0;
}

static int read_relations(const Reader *reader, const yaml_node_t *node) {
  Meaning none = model_no_meaning();
  RelationWords *words = &reader->libs->libraries.at[reader->library].relations;
  return model_read_row(reader, node, KEYS_RELATIONS, words, &none);
}

static int read_model(Reader *reader, const yaml_node_t *root) {
  if (check_top_keys(reader, root) || read_library(reader, root))
    return -1;
  const yaml_node_t *advice = model_value(reader, root, "advice");
  const yaml_node_t *relations = model_value(reader, root, "relations");
  const yaml_node_t *states = model_value(reader, root, "states");
  const yaml_node_t *exports = model_value(reader, root, "exports");
  if (advice && read_advice_texts(reader, advice))
    return -1;
  if (relations && read_relations(reader, relations))
    return -1;
  if (model_read_shapes(reader, root))
    return -1;
  if (name_states(reader, states) || read_states(reader, states))
    return -1;
  const yaml_node_t *adds = model_value(reader, root, "adds");
  if (adds && read_additions(reader, adds))
    return -1;
  if (exports && read_exports(reader, exports))
    return -1;
  const yaml_node_t *schema = model_value(reader, root, "schema");
  if (schema && library_read_schema(reader, schema))
    return -1;
  const yaml_node_t *files = model_value(reader, root, "files");
  if (files && read_files(reader, files))
    return -1;
  return check_advice_used(reader, root);
}

static int fail_syntax(const char *origin, const yaml_parser_t *parser, Error *err) {
  if (parser->error == YAML_MEMORY_ERROR)
    die("out of memory");
  return fail(err, "%s:%zu: %s", origin, parser->problem_mark.line + 1,
              parser->problem ? parser->problem : "this is not YAML");
}

static void add_dummies(Libraries *libs) {
  if (libs->libraries.n)
    return;
  vec_push(&libs->libraries, (Library){0});
  vec_push(&libs->states, (LibraryState){0});
  vec_push(&libs->shapes, (LibraryShape){0});
}

int libraries_add(Libraries *libs, const char *origin, const char *yaml, size_t length, Error *err) {
  yaml_parser_t parser;
  yaml_document_t doc;
  if (!yaml_parser_initialize(&parser))
    die("out of memory");
  yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, length);
  int ret = -1;
  if (!yaml_parser_load(&parser, &doc)) {
    fail_syntax(origin, &parser, err);
    goto done;
  }
  add_dummies(libs);
  Reader reader = {.libs = libs, .origin = origin, .doc = &doc, .err = err};
  const yaml_node_t *root = yaml_document_get_root_node(&doc);
  ret = root ? read_model(&reader, root) : fail(err, "%s:1: the model is empty", origin);
  vec_release(&reader.advice);
  yaml_document_delete(&doc);
done:
  yaml_parser_delete(&parser);
  return ret;
}

int libraries_load(Libraries *libs, Error *err) {
  add_dummies(libs);
  for (size_t i = 0; i < embedded_library_count; i++) {
    const Embedded *model = &embedded_libraries[i];
    if (libraries_add(libs, model->name, model->bytes, model->length, err))
      return -1;
  }
  return 0;
}

void libraries_release(Libraries *libs) {
  vec_release(&libs->libraries);
  vec_release(&libs->patterns);
  vec_release(&libs->states);
  vec_release(&libs->members);
  vec_release(&libs->exports);
  vec_release(&libs->shapes);
  vec_release(&libs->words);
  map_release(&libs->word_index);
  vec_release(&libs->accessors);
  vec_release(&libs->files);
  vec_release(&libs->schema_words);
  map_release(&libs->schema_index);
  map_release(&libs->member_index);
  map_release(&libs->patterns_of);
  map_release(&libs->export_index);
  arena_release(&libs->arena);
}
