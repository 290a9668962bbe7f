// config.c - reads a configuration. See config.h.
//
// JSON with comments is an expression of JavaScript, so it is read as one: by the parser and the extractor of source
// files, which give each value its place. What JSON does not allow is refused here.
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "output.h"

typedef struct Reading {
  Config *config;
  const Tree *tree;
  const char *path;  // of the file, for messages
  const char *text;  // "(" and what the file holds
  Facts facts;
  Error *err;
} Reading;

// A key of the configuration. They are read in their order here: what one says may be asked by those behind it.
typedef struct Key {
  const char *name;
  int (*read)(Reading *r, Id value);
} Key;

//
// Values
//

static const Expr *at(const Reading *r, Id id) { return &r->facts.exprs.at[id]; }
static Id item(const Reading *r, const Expr *list, uint32_t i) { return r->facts.lists.at[list->first + i]; }
static const char *name_of(const Reading *r, const Expr *e) { return facts_name(&r->facts, e->name); }

// Fail with `FILE:LINE:COLUMN: ...` at a byte of the text.
static int wrong_at(const Reading *r, uint32_t byte, const char *format, ...) PRINTF(3, 4);
static int wrong_at(const Reading *r, uint32_t byte, const char *format, ...) {
  char what[384];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  return input_wrong(r->path, r->text + 1, byte ? byte - 1 : 0, what, r->err);
}

#define wrong(r, id, ...) wrong_at(r, at(r, id)->span.start, __VA_ARGS__)

static bool is_quoted(const Reading *r, Id id) { return r->text[at(r, id)->span.start] == '"'; }

static int read_string(const Reading *r, Id id, const char *what, const char **out) {
  if (at(r, id)->kind != EX_STRING || !is_quoted(r, id))
    return wrong(r, id, "%s must be a string in double quotes", what);
  *out = name_of(r, at(r, id));
  return 0;
}

static int check_list(const Reading *r, Id id, const char *what) {
  return at(r, id)->kind == EX_ARRAY ? 0 : wrong(r, id, "%s must be a list: [...]", what);
}

// Whether it is an object whose keys are in double quotes and differ.
static int check_object(const Reading *r, Id id, const char *what) {
  const Expr *object = at(r, id);
  if (object->kind != EX_OBJECT)
    return wrong(r, id, "%s must be an object: {...}", what);
  for (uint32_t i = 0; i < object->count; i++) {
    Id property = item(r, object, i);
    if (at(r, property)->kind != EX_PROPERTY || !is_quoted(r, property) || at(r, property)->b)
      return wrong(r, property, "a key must be a string in double quotes");
    for (uint32_t before = 0; before < i; before++)
      if (at(r, item(r, object, before))->name == at(r, property)->name)
        return wrong(r, property, "the key \"%s\" is there twice", name_of(r, at(r, property)));
  }
  return 0;
}

// Fail because a word is none of those that are known; `closest` is probably meant, or NULL.
static int unknown(const Reading *r, Id id, const char *what, const char *given, const char *closest) {
  return wrong(r, id, "unknown %s \"%.60s\"%s%s%s", what, given, closest ? "; did you mean \"" : "",
               closest ? closest : "", closest ? "\"?" : "");
}

static size_t index_of(const char *word, const char *const *words, size_t count) {
  size_t i = 0;
  while (i < count && strcmp(words[i], word))
    i++;
  return i;
}

// One of several words; its number.
static int read_word(const Reading *r, Id id, const char *what, const char *const *words, size_t count, size_t *out) {
  const char *given;
  if (read_string(r, id, what, &given))
    return -1;
  *out = index_of(given, words, count);
  return *out < count ? 0 : unknown(r, id, what, given, closest_word(given, words, count));
}

static int read_flag(const Reading *r, Id id, const char *what, bool *out) {
  const Expr *e = at(r, id);
  *out = e->kind == EX_LITERAL && !strcmp(name_of(r, e), "true");
  if (*out || (e->kind == EX_LITERAL && !strcmp(name_of(r, e), "false")))
    return 0;
  return wrong(r, id, "%s must be true or false", what);
}

static const char *keep(Reading *r, const char *text) { return arena_copy(&r->config->arena, text, strlen(text)); }

static int read_glob(const Reading *r, Id id, Glob **out) {
  const char *pattern;
  if (read_string(r, id, "a pattern", &pattern))
    return -1;
  *out = glob_new(pattern);
  return *out ? 0 : wrong(r, id, "this pattern is empty, too long, or has braces that do not pair");
}

static int read_globs(const Reading *r, Id id, const char *what, Globs *out) {
  if (check_list(r, id, what))
    return -1;
  for (uint32_t i = 0; i < at(r, id)->count; i++) {
    Glob *glob;
    if (read_glob(r, item(r, at(r, id), i), &glob))
      return -1;
    vec_push(out, glob);
  }
  return 0;
}

//
// Keys
//

static int8_t *unset_levels(Reading *r) {
  int8_t *levels = arena_alloc(&r->config->arena, r->config->rules.n);
  memset(levels, LEVEL_UNSET, r->config->rules.n);
  return levels;
}

static int read_level(Reading *r, Id property, int8_t *levels) {
  static const char *const words[] = {"note", "warning", "error", "off"};
  size_t level;
  const char *id = name_of(r, at(r, property));
  const RuleInfo *rule = rule_named(&r->config->rules, id);
  if (!rule)
    return unknown(r, property, "rule", id, rule_like(&r->config->rules, id));
  if (read_word(r, at(r, property)->a, "level", words, COUNT(words), &level))
    return -1;
  levels[rule - r->config->rules.at] = level <= LEVEL_ERROR ? (int8_t)level : LEVEL_OFF;
  return 0;
}

static int read_levels(Reading *r, Id value, int8_t *levels) {
  if (check_object(r, value, "\"rules\""))
    return -1;
  for (uint32_t i = 0; i < at(r, value)->count; i++)
    if (read_level(r, item(r, at(r, value), i), levels))
      return -1;
  return 0;
}

static int read_rules(Reading *r, Id value) { return read_levels(r, value, r->config->levels); }

static int read_ignore(Reading *r, Id value) { return read_globs(r, value, "\"ignore\"", &r->config->ignore); }

static int read_override(Reading *r, Id value) {
  static const char *const keys[] = {"files", "rules"};
  vec_push(&r->config->overrides, ((Override){.levels = unset_levels(r)}));
  Override *override = &r->config->overrides.at[r->config->overrides.n - 1];
  if (check_object(r, value, "an override"))
    return -1;
  for (uint32_t i = 0; i < at(r, value)->count; i++) {
    Id property = item(r, at(r, value), i), what = at(r, property)->a;
    const char *name = name_of(r, at(r, property));
    size_t key = index_of(name, keys, COUNT(keys));
    if (key == COUNT(keys))
      return unknown(r, property, "key", name, closest_word(name, keys, COUNT(keys)));
    if (key ? read_levels(r, what, override->levels) : read_globs(r, what, "\"files\"", &override->files))
      return -1;
  }
  return override->files.n ? 0 : wrong(r, value, "an override needs \"files\": [...]");
}

static int read_overrides(Reading *r, Id value) {
  if (check_list(r, value, "\"overrides\""))
    return -1;
  for (uint32_t i = 0; i < at(r, value)->count; i++)
    if (read_override(r, item(r, at(r, value), i)))
      return -1;
  return 0;
}

static int read_context(Reading *r, Id property) {
  const char *words[CONTEXT_COUNT];
  for (size_t i = 0; i < COUNT(words); i++)
    words[i] = context_name((Context)i);
  const char *name = name_of(r, at(r, property));
  size_t context = index_of(name, words, COUNT(words));
  if (context == COUNT(words))
    return unknown(r, property, "context", name, closest_word(name, words, COUNT(words)));
  Globs globs = {0};
  int status = read_globs(r, at(r, property)->a, "a context", &globs);
  for (uint32_t i = 0; i < globs.n; i++)
    vec_push(&r->config->contexts, ((ContextGlob){globs.at[i], (Context)context}));
  vec_release(&globs);
  return status;
}

static int read_contexts(Reading *r, Id value) {
  if (check_object(r, value, "\"contexts\""))
    return -1;
  for (uint32_t i = 0; i < at(r, value)->count; i++)
    if (read_context(r, item(r, at(r, value), i)))
      return -1;
  return 0;
}

// Whether a path of a tree leads out of it.
static bool leads_out(const char *path) {
  const char *part = path;
  for (; part; part = strchr(part, '/')) {
    part += *part == '/';
    if (!strncmp(part, "..", 2) && (part[2] == '/' || !part[2]))
      return true;
  }
  return *path == '/';
}

static int read_path(Reading *r, Id value, const char *what, const char **out) {
  if (read_string(r, value, what, out))
    return -1;
  *out = keep(r, *out);
  if (!**out)
    return wrong(r, value, "%s must name a file", what);
  return !r->config->on_disk && leads_out(*out) ? wrong(r, value, "%s must be in this folder or below", what) : 0;
}

static int read_paths(Reading *r, Id value, const char *key, const char *what, Paths *out) {
  if (check_list(r, value, key))
    return -1;
  for (uint32_t i = 0; i < at(r, value)->count; i++) {
    const char *path;
    if (read_path(r, item(r, at(r, value), i), what, &path))
      return -1;
    vec_push(out, path);
  }
  return 0;
}

static int read_libraries(Reading *r, Id value) {
  return read_paths(r, value, "\"libraries\"", "a library model", &r->config->libraries);
}

static int add_own_rules(Reading *r, const char *path) {
  Text text = {0};
  int status = config_open(r->config, r->tree, path, &text, r->err);
  if (!status)
    status = own_add(r->config->own, path, &text, r->err);
  text_release(&text);
  return status;
}

static int read_own_rules(Reading *r, Id value) {
  Config *config = r->config;
  if (read_paths(r, value, "\"ownRules\"", "a file of rules", &config->own_files))
    return -1;
  if (config->own_files.n)
    config->own = own_new();
  for (uint32_t i = 0; i < config->own_files.n; i++)
    if (add_own_rules(r, config->own_files.at[i]))
      return -1;
  if (config->own)
    config->rules = own_rules(config->own);
  config->levels = unset_levels(r);
  return 0;
}

static int read_fail_on(Reading *r, Id value) {
  static const char *const words[] = {"error", "warning", "note", "never"};  // in the order of FailOn
  size_t level = 0;
  int status = read_word(r, value, "level", words, COUNT(words), &level);
  r->config->fail_on = (int)level;
  return status;
}

static int read_all_contexts(Reading *r, Id value) {
  return read_flag(r, value, "\"allContexts\"", &r->config->all_contexts);
}

static int read_baseline(Reading *r, Id value) { return read_path(r, value, "\"baseline\"", &r->config->baseline); }

static int read_schema(Reading *r, Id value) {
  const char *ignored;
  return read_string(r, value, "\"$schema\"", &ignored);
}

// To add a key: a row here, one in seqscan.schema.json, and one in docs/configuration.md.
static const Key keys[] = {
    {"$schema", read_schema},     {"ownRules", read_own_rules}, {"rules", read_rules},
    {"ignore", read_ignore},      {"overrides", read_overrides}, {"contexts", read_contexts},
    {"libraries", read_libraries}, {"failOn", read_fail_on},    {"allContexts", read_all_contexts},
    {"baseline", read_baseline},
};

static int read_keys(Reading *r, Id object) {
  const char *names[COUNT(keys)];
  Id values[COUNT(keys)] = {0};
  for (size_t i = 0; i < COUNT(keys); i++)
    names[i] = keys[i].name;
  if (check_object(r, object, "a configuration"))
    return -1;
  for (uint32_t i = 0; i < at(r, object)->count; i++) {
    Id property = item(r, at(r, object), i);
    const char *given = name_of(r, at(r, property));
    size_t key = index_of(given, names, COUNT(names));
    if (key == COUNT(names))
      return unknown(r, property, "key", given, closest_word(given, names, COUNT(names)));
    values[key] = at(r, property)->a;
  }
  for (size_t i = 0; i < COUNT(keys); i++)
    if (values[i] && keys[i].read(r, values[i]))
      return -1;
  return 0;
}

//
// Files
//

// The value of a key of the root object, 0 if it has none.
static Id value_named(const Reading *r, Id object, const char *name) {
  for (uint32_t i = 0; at(r, object)->kind == EX_OBJECT && i < at(r, object)->count; i++) {
    const Expr *property = at(r, item(r, at(r, object), i));
    if (property->kind == EX_PROPERTY && !strcmp(name_of(r, property), name))
      return property->a;
  }
  return 0;
}

// Whether there is one expression and nothing beside it.
static bool is_one_value(const Facts *facts) {
  for (Id id = 2; id < facts->exprs.n; id++)
    if (!facts->exprs.at[id].parent)
      return false;
  return facts->exprs.n > 1 && facts->bindings.n == 1;
}

// Parse the bytes of a file. What JSON would be is the first expression.
static int parse(Reading *r, Text *text, const char *bytes, size_t length) {
  size_t bom = length >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3) ? 3 : 0;
  text_puts(text, "(");
  text_add(text, bytes + bom, length - bom);
  text_puts(text, "\n)");
  r->text = text->at;
  Parser *parser = parser_new(&default_limits);
  int status = facts_of(&r->facts, parser, LANG_JAVASCRIPT, text->at, text->n, NULL);
  parser_free(parser);
  if (status)
    return wrong_at(r, 1, "too much to read");
  if (r->facts.errors || !is_one_value(&r->facts))
    return wrong_at(r, r->facts.errors ? r->facts.first_error : 1, "this is no JSON");
  if (r->facts.cut)
    return wrong_at(r, 1, "too long, or nested too deeply");
  return 0;
}

// Read the keys of a file, or of its part `within` where it has that.
static int read_text(Config *config, const Tree *tree, const char *path, const char *within, const Text *bytes, Error *err) {
  Reading r = {.config = config, .tree = tree, .path = path, .err = err};
  Text text = {0};
  int status = parse(&r, &text, bytes->at ? bytes->at : "", bytes->n);
  Id root = 1, object = !status && within ? value_named(&r, root, within) : root;
  if (!status && object && config->path)
    status = fail_usage(err, "both %s and %s are a configuration: keep one of them", config->path, path);
  if (!status && object) {
    config->path = keep(&r, path);
    status = read_keys(&r, object);
  }
  facts_release(&r.facts);
  text_release(&text);
  return status;
}

// The places where a tree may have its configuration.
static const struct {
  const char *path, *within;
} places[] = {{"seqscan.json", NULL}, {"seqscan.jsonc", NULL}, {"package.json", "seqscan"}};

// A package.json that is broken matters to nobody here, unless it speaks of us.
static bool may_hold(size_t place, const Text *text) {
  return !places[place].within || (text->n && memmem(text->at, text->n, "\"seqscan\"", 9));
}

static int read_tree(Config *config, const Tree *tree, Error *err) {
  int status = 0;
  Text text = {0};
  for (size_t i = 0; i < COUNT(places) && !status; i++) {
    bool there;
    text_clear(&text);
    // Of package.json the report says itself that it cannot be read.
    status = tree_read(tree, places[i].path, &text, &there, err) && !places[i].within ? -1 : 0;
    if (!status && there && may_hold(i, &text))
      status = read_text(config, tree, places[i].path, places[i].within, &text, err);
  }
  text_release(&text);
  return status;
}

static int read_named(Config *config, const Tree *tree, const char *file, Error *err) {
  Text text = {0};
  int status = input_read(file, &text, err);
  config->on_disk = true;
  if (!status)
    status = read_text(config, tree, file, NULL, &text, err);
  err->usage |= status != 0;
  text_release(&text);
  return status;
}

int config_read(Config *config, const Tree *tree, const char *file, Error *err) {
  *config = (Config){.fail_on = -1, .rules = builtin_rules};
  config->levels = unset_levels(&(Reading){.config = config});
  return file ? read_named(config, tree, file, err) : read_tree(config, tree, err);
}

const char *config_disk_path(Config *config, const Tree *tree, const char *path) {
  const char *slash = config->on_disk ? strrchr(config->path, '/') : NULL;
  if (*path == '/' || (config->on_disk && !slash))
    return path;
  if (slash)
    return arena_printf(&config->arena, "%.*s/%s", (int)(slash - config->path), config->path, path);
  return arena_printf(&config->arena, "%s/%s", tree_root(tree), path);
}

int config_open(Config *config, const Tree *tree, const char *path, Text *text, Error *err) {
  bool there = true;
  const char *below = !strncmp(path, "./", 2) ? path + 2 : path;
  int status = config->on_disk ? input_read(config_disk_path(config, tree, path), text, err)
                               : tree_read(tree, below, text, &there, err);
  if (!status && !there)
    status = fail(err, "%s names %s, which is not there", config->path, path);
  err->usage |= status != 0;
  return status;
}

static void globs_release(Globs *globs) {
  for (uint32_t i = 0; i < globs->n; i++)
    glob_free(globs->at[i]);
  vec_release(globs);
}

void config_release(Config *config) {
  globs_release(&config->ignore);
  for (uint32_t i = 0; i < config->overrides.n; i++)
    globs_release(&config->overrides.at[i].files);
  for (uint32_t i = 0; i < config->contexts.n; i++)
    glob_free(config->contexts.at[i].glob);
  vec_release(&config->overrides);
  vec_release(&config->contexts);
  vec_release(&config->libraries);
  vec_release(&config->own_files);
  own_free(config->own);
  arena_release(&config->arena);
}
