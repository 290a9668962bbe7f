// library.c - reads library models (YAML) into the flat tables of library.h and looks them up.
//
// A file is read in one pass over its YAML tree once the names of its states are known, so that members and
// exports may refer to any of them. What a key of the format means is a row of the tables below. All models
// together are some thousand members: loading takes a few milliseconds, a look-up is one hash probe.
#include "library.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "embed.h"
#include "library_read.h"

typedef enum KeyKind {
  KEY_STATE,
  KEY_ARG,    // a number or `last`
  KEY_TABLE,  // a number, `last` or `name`
  KEY_OVER,   // a number, `last` or `this`
  KEY_LOADS,  // a number, `name` or `this`
  KEY_ROWS,   // `one` or `many`
  KEY_FLAG,   // `true` or `false`
  KEY_WORD,   // how relations are named or read
  KEY_WORDS,  // names separated by spaces
  KEY_READ,   // `one` or `many`
  KEY_WRITE,
  KEY_RAW,   // the argument with the SQL
  KEY_SIDE,  // a kind of side effect
  KEY_ADVICE,
  KEY_TEXT,
  KEY_ENTRY,  // a kind of entry point
  KEY_ROLE,
  KEY_VERB,
  KEY_SHAPE,
} KeyKind;

// One key of the format: how its value is read, and where in the row it goes.
typedef struct Key {
  const char *name;
  KeyKind kind;
  size_t offset;
} Key;

static const Key member_keys[] = {
    {"to", KEY_STATE, offsetof(Meaning, to)},
    {"get", KEY_STATE, offsetof(Meaning, get)},
    {"as", KEY_STATE, offsetof(Meaning, as)},
    {"read", KEY_READ, 0},
    {"write", KEY_WRITE, 0},
    {"raw", KEY_RAW, 0},
    {"side", KEY_SIDE, 0},
    {"lazy", KEY_FLAG, offsetof(Meaning, lazy)},
    {"memory", KEY_FLAG, offsetof(Meaning, memory)},
    {"promise", KEY_FLAG, offsetof(Meaning, promise)},
    {"starts", KEY_FLAG, offsetof(Meaning, starts)},
    {"list", KEY_FLAG, offsetof(Meaning, list)},
    {"difference", KEY_FLAG, offsetof(Meaning, difference)},
    {"table", KEY_TABLE, offsetof(Meaning, table)},
    {"sql", KEY_ARG, offsetof(Meaning, sql)},
    {"options", KEY_ARG, offsetof(Meaning, options)},
    {"rows", KEY_ARG, offsetof(Meaning, rows_arg)},
    {"transaction", KEY_ARG, offsetof(Meaning, transaction)},
    {"batch", KEY_ARG, offsetof(Meaning, batch)},
    {"callback", KEY_ARG, offsetof(Meaning, callback)},
    {"tasks", KEY_ARG, offsetof(Meaning, tasks)},
    {"each", KEY_ARG, offsetof(Meaning, each)},
    {"over", KEY_OVER, offsetof(Meaning, over)},
    {"later", KEY_ARG, offsetof(Meaning, later)},
    {"chunks", KEY_ARG, offsetof(Meaning, chunks)},
    {"param", KEY_ARG, offsetof(Meaning, param)},
    {"instance", KEY_ARG, offsetof(Meaning, instance)},
    {"wraps", KEY_ARG, offsetof(Meaning, wraps)},
    {"puts", KEY_ARG, offsetof(Meaning, puts)},
    {"gives", KEY_TABLE, offsetof(Meaning, gives)},
    {"object", KEY_OVER, offsetof(Meaning, object)},
    {"tick", KEY_ARG, offsetof(Meaning, tick)},
    {"loads", KEY_LOADS, offsetof(Meaning, loads)},
    {"again", KEY_FLAG, offsetof(Meaning, again)},
    {"follows", KEY_ARG, offsetof(Meaning, follows)},
    {"alias", KEY_ARG, offsetof(Meaning, alias)},
    {"joined", KEY_FLAG, offsetof(Meaning, joined)},
    {"relation", KEY_ROWS, offsetof(Meaning, relation)},
    {"entry", KEY_ENTRY, offsetof(Meaning, entry)},
    {"path", KEY_OVER, offsetof(Meaning, path)},
    {"key", KEY_TEXT, offsetof(Meaning, key)},
    {"filter", KEY_ARG, offsetof(Meaning, filter)},
    {"id", KEY_ARG, offsetof(Meaning, id)},
    {"order", KEY_ARG, offsetof(Meaning, order)},
    {"limit", KEY_ARG, offsetof(Meaning, limit)},
    {"offset", KEY_ARG, offsetof(Meaning, offset)},
    {"columns", KEY_ARG, offsetof(Meaning, columns)},
    {"relations", KEY_ARG, offsetof(Meaning, relations)},
    {"join", KEY_ARG, offsetof(Meaning, join)},
    {"operator", KEY_ROLE, offsetof(Meaning, operator)},
    {"verb", KEY_VERB, offsetof(Meaning, verb)},
    {"either", KEY_FLAG, offsetof(Meaning, either)},
    {"all", KEY_FLAG, offsetof(Meaning, all)},
    {"aggregate", KEY_FLAG, offsetof(Meaning, aggregate)},
    {"dynamic", KEY_FLAG, offsetof(Meaning, dynamic)},
    {"shape", KEY_SHAPE, offsetof(Meaning, shape)},
    {"advice", KEY_ADVICE, offsetof(Meaning, advice)},
};

static const Key relation_keys[] = {
    {"form", KEY_WORD, offsetof(RelationWords, form)},
    {"by", KEY_WORD, offsetof(RelationWords, by)},
    {"keys", KEY_WORDS, offsetof(RelationWords, keys)},
    {"names", KEY_WORDS, offsetof(RelationWords, names)},
    {"columns", KEY_WORDS, offsetof(RelationWords, columns)},
    {"apart", KEY_WORDS, offsetof(RelationWords, apart)},
    {"advice", KEY_ADVICE, offsetof(RelationWords, advice)},
};

static const Key await_keys[] = {
    {"read", KEY_READ, 0},
    {"write", KEY_WRITE, 0},
    {"to", KEY_STATE, offsetof(Meaning, to)},
    {"list", KEY_FLAG, offsetof(Meaning, list)},
};

static const Key export_keys[] = {
    {"call", KEY_STATE, offsetof(LibraryExport, call)},
    {"new", KEY_STATE, offsetof(LibraryExport, new_)},
    {"is", KEY_STATE, offsetof(LibraryExport, is)},
    {"type", KEY_STATE, offsetof(LibraryExport, type)},
    {"extends", KEY_STATE, offsetof(LibraryExport, extends)},
    {"static", KEY_STATE, offsetof(LibraryExport, static_)},
    {"decorator", KEY_STATE, offsetof(LibraryExport, decorator)},
    {"difference", KEY_FLAG, offsetof(LibraryExport, meaning.difference)},
    {"table", KEY_ARG, offsetof(LibraryExport, meaning.table)},
    {"each", KEY_ARG, offsetof(LibraryExport, meaning.each)},
    {"over", KEY_ARG, offsetof(LibraryExport, meaning.over)},
    {"side", KEY_SIDE, 0},
    {"once", KEY_ARG, offsetof(LibraryExport, meaning.callback)},
    {"tasks", KEY_ARG, offsetof(LibraryExport, meaning.tasks)},
    {"later", KEY_ARG, offsetof(LibraryExport, meaning.later)},
    {"as", KEY_STATE, offsetof(LibraryExport, meaning.as)},
    {"param", KEY_ARG, offsetof(LibraryExport, meaning.param)},
    {"chunks", KEY_ARG, offsetof(LibraryExport, meaning.chunks)},
    {"instance", KEY_ARG, offsetof(LibraryExport, meaning.instance)},
    {"wraps", KEY_ARG, offsetof(LibraryExport, meaning.wraps)},
    {"folder", KEY_ARG, offsetof(LibraryExport, meaning.folder)},
    {"resolver", KEY_OVER, offsetof(LibraryExport, resolver)},
    {"parent", KEY_FLAG, offsetof(LibraryExport, parent)},
    {"object", KEY_OVER, offsetof(LibraryExport, meaning.object)},
    {"resolvers", KEY_ARG, offsetof(LibraryExport, meaning.resolvers)},
    {"context", KEY_ARG, offsetof(LibraryExport, meaning.context)},
    {"relation", KEY_ROWS, offsetof(LibraryExport, meaning.relation)},
    {"lazy", KEY_FLAG, offsetof(LibraryExport, lazy)},
    {"advice", KEY_ADVICE, offsetof(LibraryExport, meaning.advice)},
    {"entry", KEY_ENTRY, offsetof(LibraryExport, meaning.entry)},
    {"path", KEY_ARG, offsetof(LibraryExport, meaning.path)},
    {"prefix", KEY_ARG, offsetof(LibraryExport, meaning.prefix)},
    {"key", KEY_TEXT, offsetof(LibraryExport, meaning.key)},
    {"runs", KEY_TEXT, offsetof(LibraryExport, meaning.runs)},
};

static const Key files_keys[] = {
    {"under", KEY_TEXT, offsetof(LibraryFiles, under)},
    {"file", KEY_TEXT, offsetof(LibraryFiles, file)},
    {"exports", KEY_TEXT, offsetof(LibraryFiles, exports)},
    {"entry", KEY_ENTRY, offsetof(LibraryFiles, entry)},
};

//
// Values of keys
//
static bool is_reserved(const char *name) { return !strcmp(name, "self") || !strcmp(name, "none"); }

static StateId find_state(const Reader *reader, const char *name) {
  const Libraries *libs = reader->libs;
  for (uint32_t i = reader->first_state; i < libs->states.n; i++)
    if (!strcmp(libs->states.at[i].name, name))
      return (StateId)i;
  return 0;
}

static int read_state_name(const Reader *reader, const yaml_node_t *node, StateId *out) {
  const char *name = model_scalar(node);
  if (!name)
    return model_wrong(reader, node, "the name of a state was expected");
  *out = !strcmp(name, "self") ? STATE_SELF : find_state(reader, name);
  return *out ? 0 : model_wrong(reader, node, "unknown state `%s`", name);
}

// An argument number, or one of the words that the kind of key allows for it.
static int read_argument(const Reader *reader, const yaml_node_t *node, KeyKind kind, int8_t *out) {
  const char *text = model_scalar(node);
  if (!text)
    return model_wrong(reader, node, "the number of an argument was expected");
  if (!strcmp(text, "last")) {
    *out = ARG_LAST;
  } else if ((kind == KEY_TABLE || kind == KEY_LOADS) && !strcmp(text, "name")) {
    *out = ARG_NAME;
  } else if ((kind == KEY_OVER || kind == KEY_LOADS) && !strcmp(text, "this")) {
    *out = ARG_THIS;
  } else {
    if (text[0] < '0' || text[0] > '9' || text[1])
      return model_wrong(reader, node, "bad argument number `%s`", text);
    *out = (int8_t)(text[0] - '0');
  }
  return 0;
}

static int read_flag(const Reader *reader, const yaml_node_t *node, bool *out) {
  const char *text = model_scalar(node);
  if (!text || (strcmp(text, "true") && strcmp(text, "false")))
    return model_wrong(reader, node, "`true` or `false` was expected");
  *out = text[0] == 't';
  return 0;
}

static int read_rows(const Reader *reader, const yaml_node_t *node, uint8_t *out) {
  const char *text = model_scalar(node);
  if (!text || (strcmp(text, "one") && strcmp(text, "many")))
    return model_wrong(reader, node, "`one` or `many` was expected");
  *out = strcmp(text, "one") ? ROWS_MANY : ROWS_ONE;
  return 0;
}

static int read_effect(const Reader *reader, const yaml_node_t *node, Effect effect, Meaning *out) {
  if (read_rows(reader, node, &out->rows))
    return -1;
  if (out->effect == EFFECT_READ || out->effect == EFFECT_WRITE)
    return model_wrong(reader, node, "`read` and `write` exclude each other");
  if (out->effect != EFFECT_RAW)
    out->effect = (uint8_t)effect;
  return 0;
}

// `raw: N`: the text of argument N decides, so it outranks a `read: many` beside it.
static int read_raw(const Reader *reader, const yaml_node_t *node, Meaning *out) {
  out->effect = EFFECT_RAW;
  if (out->rows == ROWS_UNKNOWN)
    out->rows = ROWS_MANY;
  return read_argument(reader, node, KEY_OVER, &out->sql);
}

// `side: http`: a side effect.
static int read_side(const Reader *reader, const yaml_node_t *node, Meaning *out) {
  static const char *const names[EFFECT_COUNT] = {
      [EFFECT_MAIL] = "mail",       [EFFECT_HTTP] = "http",   [EFFECT_QUEUE] = "queue", [EFFECT_FILE] = "file",
      [EFFECT_PAYMENT] = "payment", [EFFECT_CLOUD] = "cloud", [EFFECT_SLEEP] = "sleep", [EFFECT_CPU] = "cpu"};
  const char *text = model_scalar(node);
  for (uint8_t effect = EFFECT_MAIL; text && effect < EFFECT_COUNT; effect++) {
    if (strcmp(names[effect], text))
      continue;
    out->effect = effect;
    return 0;
  }
  return model_wrong(reader, node, "unknown side effect `%s`", text ? text : "");
}

// The advice text with this key, NULL when the model has none.
static const char *find_advice(const Reader *reader, const char *key) {
  for (uint32_t i = 0; i < reader->advice.n; i++) {
    Advice *advice = &reader->advice.at[i];
    if (strcmp(advice->key, key))
      continue;
    advice->used = true;
    return advice->text;
  }
  return NULL;
}

static int read_advice(const Reader *reader, const yaml_node_t *node, const char **out) {
  const char *key = model_scalar(node);
  *out = key ? find_advice(reader, key) : NULL;
  return *out ? 0 : model_wrong(reader, node, "unknown advice `%s`", key ? key : "");
}

static int read_text(const Reader *reader, const yaml_node_t *node, const char **out) {
  const char *text = model_scalar(node);
  if (!text || !*text)
    return model_wrong(reader, node, "a text was expected");
  *out = model_keep(reader, text);
  return 0;
}

const char *entry_kind_name(EntryKind kind) {
  static const char *const names[ENTRY_KIND_COUNT] = {"",     "http",  "middleware", "graphql", "rpc",    "job",
                                                      "cron", "timer", "event",      "cli",     "action", "page"};
  return names[kind];
}

static int read_entry(const Reader *reader, const yaml_node_t *node, uint8_t *out) {
  const char *text = model_scalar(node);
  for (uint8_t kind = ENTRY_NONE + 1; text && kind < ENTRY_KIND_COUNT; kind++) {
    if (strcmp(entry_kind_name((EntryKind)kind), text))
      continue;
    *out = kind;
    return 0;
  }
  return model_wrong(reader, node, "unknown kind of entry point `%s`", text ? text : "");
}

// `form: tree`, `by: join`.
static int read_word(const Reader *reader, const yaml_node_t *node, uint8_t *out) {
  static const struct { const char *name; uint8_t value; } words[] = {
      {"keys", FORM_KEYS}, {"tree", FORM_TREE}, {"objects", FORM_OBJECTS}, {"join", BY_JOIN}, {"query", BY_QUERY}, {"json", BY_JSON}};
  const char *text = model_scalar(node);
  for (size_t i = 0; text && i < COUNT(words); i++) {
    if (strcmp(words[i].name, text))
      continue;
    *out = words[i].value;
    return 0;
  }
  return model_wrong(reader, node, "unknown word `%s`", text ? text : "");
}

// Names separated by spaces, as a NULL-terminated array.
static int read_words(const Reader *reader, const yaml_node_t *node, const char ***out) {
  const char *text = model_scalar(node);
  if (!text)
    return model_wrong(reader, node, "names were expected");
  const char **list = arena_alloc(&reader->libs->arena, (strlen(text) + 1) * sizeof *list);
  size_t n = 0;
  for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
    size_t length = strcspn(at, " ");
    list[n++] = arena_copy(&reader->libs->arena, at, length);
    at += length;
  }
  list[n] = NULL;
  *out = list;
  return 0;
}

// Read one value into its place in the row; effects go to the row's meaning.
static int read_value(const Reader *reader, const Key *key, const yaml_node_t *node, void *row,
                      Meaning *meaning) {
  void *place = (char *)row + key->offset;
  switch (key->kind) {
  case KEY_STATE:
    return read_state_name(reader, node, place);
  case KEY_ARG:
  case KEY_TABLE:
  case KEY_OVER:
  case KEY_LOADS:
    return read_argument(reader, node, key->kind, place);
  case KEY_FLAG:
    return read_flag(reader, node, place);
  case KEY_WORD:
    return read_word(reader, node, place);
  case KEY_WORDS:
    return read_words(reader, node, place);
  case KEY_ROWS:
    return read_rows(reader, node, place);
  case KEY_READ:
    return read_effect(reader, node, EFFECT_READ, meaning);
  case KEY_WRITE:
    return read_effect(reader, node, EFFECT_WRITE, meaning);
  case KEY_RAW:
    return read_raw(reader, node, meaning);
  case KEY_SIDE:
    return read_side(reader, node, meaning);
  case KEY_ADVICE:
    return read_advice(reader, node, place);
  case KEY_ROLE:
    return model_read_role(reader, node, place);
  case KEY_VERB:
    return model_read_verb(reader, node, place);
  case KEY_SHAPE:
    return model_read_shape_name(reader, node, place);
  case KEY_TEXT:
    return read_text(reader, node, place);
  case KEY_ENTRY:
    return read_entry(reader, node, place);
  }
  assert(!"every kind of key is read above");
  return -1;
}

static const Key *find_key(const Key *keys, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (!strcmp(keys[i].name, name))
      return &keys[i];
  return NULL;
}

// Read a mapping whose keys are those of the table into a row.
static int read_row(const Reader *reader, const yaml_node_t *node, const Key *keys, size_t count, void *row,
                    Meaning *meaning) {
  if (model_map(reader, node, "this value"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair))
      return -1;
    const Key *key = find_key(keys, count, pair.key);
    if (!key)
      return model_wrong(reader, pair.key_node, "unknown key `%s`", pair.key);
    if (read_value(reader, key, pair.value, row, meaning))
      return -1;
  }
  return 0;
}

static Meaning no_meaning(void) {
  return (Meaning){
      .promise = true,
      .table = ARG_NONE,
      .sql = ARG_NONE,
      .options = ARG_NONE,
      .rows_arg = ARG_NONE,
      .transaction = ARG_NONE,
      .batch = ARG_NONE,
      .callback = ARG_NONE,
      .tasks = ARG_NONE,
      .each = ARG_NONE,
      .over = ARG_NONE,
      .later = ARG_NONE,
      .chunks = ARG_NONE,
      .instance = ARG_NONE,
      .wraps = ARG_NONE,
      .puts = ARG_NONE,
      .gives = ARG_NONE,
      .folder = ARG_NONE,
      .tick = ARG_NONE,
      .object = ARG_NONE,
      .resolvers = ARG_NONE,
      .context = ARG_NONE,
      .filter = ARG_NONE,
      .id = ARG_NONE,
      .order = ARG_NONE,
      .limit = ARG_NONE,
      .offset = ARG_NONE,
      .columns = ARG_NONE,
      .relations = ARG_NONE,
      .alias = ARG_NONE,
      .join = ARG_NONE,
      .loads = ARG_NONE,
      .follows = ARG_NONE,
      .path = ARG_NONE,
      .prefix = ARG_NONE,
  };
}

// What reading or writing many rows gives is an array, unless the model says otherwise. A lazy call gives no rows yet.
static void settle_list(const Reader *reader, const yaml_node_t *node, Meaning *meaning) {
  if (meaning->rows == ROWS_MANY && meaning->to && !meaning->lazy && !model_value(reader, node, "list"))
    meaning->list = true;
}

//
// Members, states and exports
//
// A bare word is `none` or the state that a call gives.
static int read_meaning(const Reader *reader, const yaml_node_t *node, Meaning *out) {
  *out = no_meaning();
  const char *word = model_scalar(node);
  out->none = word && !strcmp(word, "none");
  if (out->none)
    return 0;
  if (word)
    return read_state_name(reader, node, &out->to);
  if (read_row(reader, node, member_keys, COUNT(member_keys), out, out))
    return -1;
  settle_list(reader, node, out);
  return 0;
}

static int add_member(const Reader *reader, const yaml_node_t *at, StateId state, const char *name,
                      const Meaning *meaning) {
  Libraries *libs = reader->libs;
  if (map_get(&libs->member_index, model_key(state, name)))
    return model_wrong(reader, at, "duplicate member `%s`", name);
  LibraryMember member = {.name = name, .meaning = *meaning};
  if (!member.meaning.advice)
    member.meaning.advice = find_advice(reader, name);
  vec_push(&libs->members, member);
  map_put(&libs->member_index, model_key(state, name), libs->members.n);
  return 0;
}

// One entry of `members`: a member for each of the names in its key.
static int read_member(const Reader *reader, const Pair *pair, StateId state) {
  Meaning meaning;
  if (read_meaning(reader, pair->value, &meaning))
    return -1;
  const char *at = pair->key + strspn(pair->key, " ");
  if (!*at)
    return model_wrong(reader, pair->key_node, "a member must have a name");
  while (*at) {
    size_t length = strcspn(at, " ");
    const char *name = arena_copy(&reader->libs->arena, at, length);
    if (add_member(reader, pair->key_node, state, name, &meaning))
      return -1;
    at += length;
    at += strspn(at, " ");
  }
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
  if (read_state_name(reader, pair->value, &accessor.state))
    return -1;
  for (const char *at = pair->key; *at; at += strspn(at, " ")) {
    size_t length = strcspn(at, " ");
    accessor.verb = arena_copy(&reader->libs->arena, at, length);
    vec_push(&reader->libs->accessors, accessor);
    at += length;
  }
  return 0;
}

// `accessors`: what relations to one row and to many add to the rows of a class.
static int read_accessors(const Reader *reader, const yaml_node_t *node, StateId owner) {
  if (model_map(reader, node, "`accessors`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    uint8_t rows;
    Pair kind, verbs;
    if (model_pair(reader, node, i, &kind) || read_rows(reader, kind.key_node, &rows))
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
  Meaning meaning = no_meaning();
  if (read_row(reader, node, await_keys, COUNT(await_keys), &meaning, &meaning))
    return -1;
  settle_list(reader, node, &meaning);
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
      failed = read_flag(reader, pair.value, &state->pending);
    else if (!strcmp(pair.key, "pool"))
      failed = read_advice(reader, pair.value, &state->pool);
    else if (!strcmp(pair.key, "base"))
      failed = read_state_name(reader, pair.value, &state->base);
    else if (!strcmp(pair.key, "await"))
      failed = read_await(reader, pair.value, state);
    else if (!strcmp(pair.key, "advice"))
      failed = read_advice(reader, pair.value, &state->advice);
    else
      failed = model_wrong(reader, pair.key_node, "unknown key `%s`", pair.key);
    if (failed)
      return -1;
  }
  return 0;
}

// Give each state its number, so that all of them are known before a member names one.
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

// A bare word is `none` or what calling the export gives.
static int read_export(const Reader *reader, const yaml_node_t *node, LibraryExport *out) {
  out->meaning = no_meaning();
  const char *word = model_scalar(node);
  out->meaning.none = word && !strcmp(word, "none");
  if (out->meaning.none)
    return 0;
  if (word)
    return read_state_name(reader, node, &out->call);
  return read_row(reader, node, export_keys, COUNT(export_keys), out, &out->meaning);
}

// One row for each of the names in the key.
static void add_exports(const Reader *reader, const char *names, LibraryExport export) {
  Libraries *libs = reader->libs;
  for (const char *at = names + strspn(names, " "); *at; at += strspn(at, " ")) {
    size_t length = strcspn(at, " ");
    export.name = arena_copy(&libs->arena, at, length);
    vec_push(&libs->exports, export);
    map_put(&libs->export_index, model_key(reader->library, export.name), libs->exports.n);
    libs->libraries.at[reader->library].count++;
    at += length;
  }
}

static int read_exports(const Reader *reader, const yaml_node_t *node) {
  if (model_map(reader, node, "`exports`"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    LibraryExport export = {.resolver = ARG_NONE};
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
    if (read_row(reader, row, files_keys, COUNT(files_keys), &files, NULL))
      return -1;
    if (!files.under || !files.exports || !files.entry)
      return model_wrong(reader, row, "`under`, `exports` and `entry` are needed");
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
    return model_wrong(reader, node, "a list of import specifiers was expected");
  const yaml_node_item_t *items = node->data.sequence.items.start;
  size_t count = (size_t)(node->data.sequence.items.top - items);
  const char **list = arena_alloc(&reader->libs->arena, (count + 1) * sizeof *list);
  for (size_t i = 0; i < count; i++) {
    const char *pattern = model_scalar(model_node(reader, items[i]));
    if (!pattern || !*pattern)
      return model_wrong(reader, model_node(reader, items[i]), "an import specifier was expected");
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
  static const Key keys[] = {{.name = "library"}, {.name = "packages"}, {.name = "generated"}, {.name = "handle"},
                             {.name = "nested"},  {.name = "id"},       {.name = "shapes"},    {.name = "operators"},
                             {.name = "exports"}, {.name = "states"},   {.name = "files"},     {.name = "advice"},
                             {.name = "relations"}, {.name = "schema"},   {.name = "parameter"}, {.name = "selection"},
                             {.name = "list"}, {.name = "locks"}};
  if (model_map(reader, root, "a model"))
    return -1;
  for (size_t i = 0; i < model_pairs(root); i++) {
    Pair pair;
    if (model_pair(reader, root, i, &pair))
      return -1;
    if (!find_key(keys, COUNT(keys), pair.key))
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

// Name, packages and generated specifiers of the model, as a new row of libraries.
static int read_library(Reader *reader, const yaml_node_t *root) {
  static const char *nothing[] = {NULL};
  Libraries *libs = reader->libs;
  const yaml_node_t *name = model_value(reader, root, "library");
  const yaml_node_t *packages = model_value(reader, root, "packages");
  const yaml_node_t *generated = model_value(reader, root, "generated");
  const yaml_node_t *handle = model_value(reader, root, "handle");
  const yaml_node_t *nested = model_value(reader, root, "nested");
  const yaml_node_t *list = model_value(reader, root, "list");
  const yaml_node_t *locks = model_value(reader, root, "locks");
  if (!name || !model_scalar(name) || !*model_scalar(name))
    return model_wrong(reader, name ? name : root, "`library` must be the name of the library");
  if (!packages)
    return model_wrong(reader, root, "`packages` is missing");
  Library library = {.name = model_keep(reader, model_scalar(name)), .generated = nothing, .first = libs->exports.n};
  if (read_patterns(reader, packages, &library.packages))
    return -1;
  if (generated && read_patterns(reader, generated, &library.generated))
    return -1;
  if (nested && read_patterns(reader, nested, &library.nested))
    return -1;
  if (locks && read_patterns(reader, locks, &library.locks))
    return -1;
  library.relations = (RelationWords){.keys = nothing, .names = nothing, .columns = nothing, .apart = nothing};
  if (handle && (!model_scalar(handle) || !*model_scalar(handle)))
    return model_wrong(reader, handle, "`handle` must be the key of an option");
  if (list && read_list(reader, list, &library))
    return -1;
  library.handle = handle ? model_keep(reader, model_scalar(handle)) : NULL;
  reader->library = (uint16_t)libs->libraries.n;
  vec_push(&libs->libraries, library);
  return 0;
}

static int read_relations(const Reader *reader, const yaml_node_t *node) {
  Meaning none = no_meaning();
  RelationWords *words = &reader->libs->libraries.at[reader->library].relations;
  return read_row(reader, node, relation_keys, COUNT(relation_keys), words, &none);
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
  map_release(&libs->export_index);
  arena_release(&libs->arena);
}
