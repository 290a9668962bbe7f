// library_keys.c - the keys of the format of library models: how their values are read, and where they go.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
    {"then", KEY_STATE, offsetof(Meaning, then)},
    {"read", KEY_READ, 0},
    {"write", KEY_WRITE, 0},
    {"raw", KEY_RAW, 0},
    {"side", KEY_SIDE, 0},
    {"lazy", KEY_FLAG, offsetof(Meaning, lazy)},
    {"memory", KEY_FLAG, offsetof(Meaning, memory)},
    {"promise", KEY_FLAG, offsetof(Meaning, promise)},
    {"starts", KEY_FLAG, offsetof(Meaning, starts)},
    {"chained", KEY_FLAG, offsetof(Meaning, chained)},
    {"fetches", KEY_FLAG, offsetof(Meaning, fetches)},
    {"method", KEY_ARG, offsetof(Meaning, method)},
    {"list", KEY_FLAG, offsetof(Meaning, list)},
    {"thunks", KEY_FLAG, offsetof(Meaning, thunks)},
    {"difference", KEY_FLAG, offsetof(Meaning, difference)},
    {"table", KEY_TABLE, offsetof(Meaning, table)},
    {"sql", KEY_ARG, offsetof(Meaning, sql)},
    {"options", KEY_ARG, offsetof(Meaning, options)},
    {"rows", KEY_ARG, offsetof(Meaning, rows_arg)},
    {"values", KEY_OVER, offsetof(Meaning, values)},
    {"transaction", KEY_ARG, offsetof(Meaning, transaction)},
    {"isolation", KEY_ARG, offsetof(Meaning, isolation)},
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
    {"adds", KEY_ARG, offsetof(Meaning, adds)},
    {"elements", KEY_ARG, offsetof(Meaning, elements)},
    {"puts", KEY_ARG, offsetof(Meaning, puts)},
    {"names", KEY_ARG, offsetof(Meaning, names)},
    {"holds", KEY_TEXT, offsetof(Meaning, holds)},
    {"root", KEY_TEXT, offsetof(Meaning, root)},
    {"gives", KEY_TABLE, offsetof(Meaning, gives)},
    {"module", KEY_ARG, offsetof(Meaning, module)},
    {"handled", KEY_ARG, offsetof(Meaning, handled)},
    {"command", KEY_ARG, offsetof(Meaning, command)},
    {"object", KEY_OVER, offsetof(Meaning, object)},
    {"tick", KEY_ARG, offsetof(Meaning, tick)},
    {"loads", KEY_LOADS, offsetof(Meaning, loads)},
    {"again", KEY_FLAG, offsetof(Meaning, again)},
    {"tells_loaded", KEY_FLAG, offsetof(Meaning, tells_loaded)},
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
    {"texts", KEY_FLAG, offsetof(Meaning, texts)},
    {"aggregate", KEY_FLAG, offsetof(Meaning, aggregate)},
    {"dynamic", KEY_FLAG, offsetof(Meaning, dynamic)},
    {"in_transaction", KEY_FLAG, offsetof(Meaning, in_transaction)},
    {"unjoined", KEY_FLAG, offsetof(Meaning, unjoined)},
    {"shape", KEY_SHAPE, offsetof(Meaning, shape)},
    {"advice", KEY_ADVICE, offsetof(Meaning, advice)},
    {"without_hooks", KEY_ADVICE, offsetof(Meaning, unhooked)},
    {"many", KEY_TEXT, offsetof(Meaning, many)},
    {"unique", KEY_FLAG, offsetof(Meaning, unique)},
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
    {"thunks", KEY_FLAG, offsetof(LibraryExport, meaning.thunks)},
    {"remembers", KEY_FLAG, offsetof(LibraryExport, meaning.remembers)},
    {"difference", KEY_FLAG, offsetof(LibraryExport, meaning.difference)},
    {"table", KEY_ARG, offsetof(LibraryExport, meaning.table)},
    {"each", KEY_ARG, offsetof(LibraryExport, meaning.each)},
    {"over", KEY_ARG, offsetof(LibraryExport, meaning.over)},
    {"side", KEY_SIDE, 0},
    {"fetches", KEY_FLAG, offsetof(LibraryExport, meaning.fetches)},
    {"method", KEY_ARG, offsetof(LibraryExport, meaning.method)},
    {"once", KEY_ARG, offsetof(LibraryExport, meaning.callback)},
    {"tasks", KEY_ARG, offsetof(LibraryExport, meaning.tasks)},
    {"later", KEY_ARG, offsetof(LibraryExport, meaning.later)},
    {"as", KEY_STATE, offsetof(LibraryExport, meaning.as)},
    {"param", KEY_ARG, offsetof(LibraryExport, meaning.param)},
    {"chunks", KEY_ARG, offsetof(LibraryExport, meaning.chunks)},
    {"instance", KEY_ARG, offsetof(LibraryExport, meaning.instance)},
    {"wraps", KEY_ARG, offsetof(LibraryExport, meaning.wraps)},
    {"elements", KEY_ARG, offsetof(LibraryExport, meaning.elements)},
    {"pipes", KEY_ARG, offsetof(LibraryExport, meaning.pipes)},
    {"folder", KEY_ARG, offsetof(LibraryExport, meaning.folder)},
    {"resolver", KEY_OVER, offsetof(LibraryExport, resolver)},
    {"hook", KEY_FLAG, offsetof(LibraryExport, hook)},
    {"transaction", KEY_OVER, offsetof(LibraryExport, meaning.transaction)},
    {"parent", KEY_FLAG, offsetof(LibraryExport, parent)},
    {"most", KEY_ARG, offsetof(LibraryExport, most)},
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
    {"handles", KEY_ARG, offsetof(LibraryExport, meaning.handles)},
};

static const Key files_keys[] = {
    {"under", KEY_TEXT, offsetof(LibraryFiles, under)},
    {"file", KEY_TEXT, offsetof(LibraryFiles, file)},
    {"exports", KEY_TEXT, offsetof(LibraryFiles, exports)},
    {"entry", KEY_ENTRY, offsetof(LibraryFiles, entry)},
    {"scope", KEY_TEXT, offsetof(LibraryFiles, scope)},
    {"as", KEY_STATE, offsetof(LibraryFiles, as)},
};

//
// Values of keys
//
// A state of this model, or of one that was read before: "kysely.client".
static StateId find_state(const Reader *reader, const char *name) {
  const Libraries *libs = reader->libs;
  const char *dot = strchr(name, '.');
  for (uint32_t i = dot ? 1 : reader->first_state; i < libs->states.n; i++) {
    const char *library = libs->libraries.at[libs->states.at[i].library].name;
    bool here = !dot || (strlen(library) == (size_t)(dot - name) && !strncmp(library, name, strlen(library)));
    if (here && !strcmp(libs->states.at[i].name, dot ? dot + 1 : name))
      return (StateId)i;
  }
  return 0;
}

int model_read_state(const Reader *reader, const yaml_node_t *node, StateId *out) {
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

int model_read_flag(const Reader *reader, const yaml_node_t *node, bool *out) {
  const char *text = model_scalar(node);
  if (!text || (strcmp(text, "true") && strcmp(text, "false")))
    return model_wrong(reader, node, "`true` or `false` was expected");
  *out = text[0] == 't';
  return 0;
}

int model_read_rows(const Reader *reader, const yaml_node_t *node, uint8_t *out) {
  const char *text = model_scalar(node);
  if (!text || (strcmp(text, "one") && strcmp(text, "many")))
    return model_wrong(reader, node, "`one` or `many` was expected");
  *out = strcmp(text, "one") ? ROWS_MANY : ROWS_ONE;
  return 0;
}

static int read_effect(const Reader *reader, const yaml_node_t *node, Effect effect, Meaning *out) {
  if (model_read_rows(reader, node, &out->rows))
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
      [EFFECT_PAYMENT] = "payment", [EFFECT_CLOUD] = "cloud", [EFFECT_SLEEP] = "sleep", [EFFECT_CPU] = "cpu",
      [EFFECT_PROGRAM] = "program"};
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
const char *model_advice(const Reader *reader, const char *key) {
  for (uint32_t i = 0; i < reader->advice.n; i++) {
    Advice *advice = &reader->advice.at[i];
    if (strcmp(advice->key, key))
      continue;
    advice->used = true;
    return advice->text;
  }
  return NULL;
}

int model_read_advice(const Reader *reader, const yaml_node_t *node, const char **out) {
  const char *key = model_scalar(node);
  *out = key ? model_advice(reader, key) : NULL;
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
  while ((list[n] = model_next(reader, &text)))
    n++;
  *out = list;
  return 0;
}

// Read one value into its place in the row; effects go to the row's meaning.
static int read_value(const Reader *reader, const Key *key, const yaml_node_t *node, void *row,
                      Meaning *meaning) {
  void *place = (char *)row + key->offset;
  switch (key->kind) {
  case KEY_STATE:
    return model_read_state(reader, node, place);
  case KEY_ARG:
  case KEY_TABLE:
  case KEY_OVER:
  case KEY_LOADS:
    return read_argument(reader, node, key->kind, place);
  case KEY_FLAG:
    return model_read_flag(reader, node, place);
  case KEY_WORD:
    return read_word(reader, node, place);
  case KEY_WORDS:
    return read_words(reader, node, place);
  case KEY_ROWS:
    return model_read_rows(reader, node, place);
  case KEY_READ:
    return read_effect(reader, node, EFFECT_READ, meaning);
  case KEY_WRITE:
    return read_effect(reader, node, EFFECT_WRITE, meaning);
  case KEY_RAW:
    return read_raw(reader, node, meaning);
  case KEY_SIDE:
    return read_side(reader, node, meaning);
  case KEY_ADVICE:
    return model_read_advice(reader, node, place);
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

static const struct {
  const Key *keys;
  size_t count;
} tables[] = {
    [KEYS_MEMBER] = {member_keys, COUNT(member_keys)},       [KEYS_AWAIT] = {await_keys, COUNT(await_keys)},
    [KEYS_EXPORT] = {export_keys, COUNT(export_keys)},       [KEYS_FILES] = {files_keys, COUNT(files_keys)},
    [KEYS_RELATIONS] = {relation_keys, COUNT(relation_keys)},
};

int model_read_row(const Reader *reader, const yaml_node_t *node, KeyTable table, void *row, Meaning *meaning) {
  if (model_map(reader, node, "this value"))
    return -1;
  for (size_t i = 0; i < model_pairs(node); i++) {
    Pair pair;
    if (model_pair(reader, node, i, &pair))
      return -1;
    const Key *key = find_key(tables[table].keys, tables[table].count, pair.key);
    if (!key)
      return model_wrong(reader, pair.key_node, "unknown key `%s`", pair.key);
    if (read_value(reader, key, pair.value, row, meaning))
      return -1;
  }
  return 0;
}

Meaning model_no_meaning(void) {
  return (Meaning){
      .promise = true,
      .table = ARG_NONE,
      .sql = ARG_NONE,
      .options = ARG_NONE,
      .rows_arg = ARG_NONE,
      .transaction = ARG_NONE,
      .isolation = ARG_NONE,
      .batch = ARG_NONE,
      .callback = ARG_NONE,
      .tasks = ARG_NONE,
      .each = ARG_NONE,
      .over = ARG_NONE,
      .later = ARG_NONE,
      .chunks = ARG_NONE,
      .instance = ARG_NONE,
      .wraps = ARG_NONE,
      .adds = ARG_NONE,
      .elements = ARG_NONE,
      .pipes = ARG_NONE,
      .puts = ARG_NONE,
      .names = ARG_NONE,
      .gives = ARG_NONE,
      .module = ARG_NONE,
      .handles = ARG_NONE,
      .handled = ARG_NONE,
      .command = ARG_NONE,
      .folder = ARG_NONE,
      .tick = ARG_NONE,
      .method = ARG_NONE,
      .values = ARG_NONE,
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
