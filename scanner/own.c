// own.c - what the patterns of a repository's own rules say. See own.h.
#include "own_read.h"

#include <stdio.h>
#include <string.h>

#include "output.h"
#include "utf8.h"

enum {
  MOST_BYTES = 64 << 10,  // of all files
  MOST_WEIGHT = 20000,    // of all patterns
  MOST_ID = 64,
};

OwnRules *own_new(void) {
  OwnRules *own = xcalloc(1, sizeof *own);
  text_puts(&own->text, "");
  names_init(&own->captures);
  names_add(&own->captures, FINDING, strlen(FINDING));
  for (size_t i = 0; i < builtin_rules.n; i++)
    vec_push(&own->rules, builtin_rules.at[i]);
  own->matchers = matchers_new();
  pthread_mutex_init(&own->lock, NULL);
  return own;
}

static void pattern_release(Pattern *pattern) {
  for (uint32_t i = 0; i < pattern->tests.n; i++) {
    vec_release(&pattern->tests.at[i].texts);
    regexp_free(pattern->tests.at[i].regexp);
  }
  vec_release(&pattern->tests);
}

void own_free(OwnRules *own) {
  if (!own)
    return;
  for (uint32_t i = 0; i < own->patterns.n; i++)
    pattern_release(&own->patterns.at[i]);
  vec_release(&own->patterns);
  vec_release(&own->files);
  vec_release(&own->rules);
  vec_release(&own->file_of_rule);
  names_release(&own->captures);
  text_release(&own->text);
  matchers_free(own->matchers);
  pthread_mutex_destroy(&own->lock);
  arena_release(&own->arena);
  xfree(own);
}

Rules own_rules(const OwnRules *own) { return (Rules){own->rules.at, own->rules.n}; }

uint64_t own_version(const OwnRules *own) { return own ? hash_bytes(own->text.at, own->text.n) | 1 : 0; }

int own_wrong(const OwnRules *own, uint32_t at, Error *err, const char *format, ...) {
  char what[384];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  uint32_t i = own->files.n - 1;
  while (i && own->files.at[i].start > at)
    i--;
  const ScriptFile *file = &own->files.at[i];
  return input_wrong(file->path, own->text.at + file->start, at - file->start, what, err);
}

//
// Predicates
//

// What a pattern says while it is read.
typedef struct Saying {
  OwnRules *own;
  const Script *script;
  const Written *written;
  Pattern *pattern;
  const char *rule;
  uint32_t rule_start;  // where it is named
  int level;            // Level, -1 where none is set
} Saying;

static bool is_captured(const Written *written, const char *name) {
  return is_any_of(name, (const char *const *)written->captures.at, written->captures.n);
}

// The name of a capture of the pattern.
static int read_capture(Saying *s, const Argument *argument, Name *out) {
  if (!argument->capture)
    return script_wrong(s->script, argument->start, "a capture should stand here, as in (#eq? @name \"text\")");
  if (!is_captured(s->written, argument->text))
    return script_wrong(s->script, argument->start, "this pattern captures nothing as @%.60s", argument->text);
  *out = names_find(&s->own->captures, argument->text);
  return 0;
}

static int read_text(Saying *s, const Argument *argument, Test *test) {
  if (argument->capture)
    return script_wrong(s->script, argument->start, "a text in double quotes should stand here");
  vec_push(&test->texts, argument->text);
  return 0;
}

static int read_other(Saying *s, const Predicate *p, Test *test) {
  const Argument *argument = &p->arguments.at[1];
  return argument->capture ? read_capture(s, argument, &test->other) : read_text(s, argument, test);
}

static int read_regexp(Saying *s, const Predicate *p, Test *test) {
  const Argument *argument = &p->arguments.at[1];
  Error why = {0};
  size_t at = 0;
  if (read_text(s, argument, test))
    return -1;
  test->regexp = regexp_new(argument->text, &at, &why);
  if (test->regexp)
    return 0;
  return script_wrong(s->script, argument->start, "no regular expression: %s, at \"%.40s\"", why.text, argument->text + at);
}

static int read_texts(Saying *s, const Predicate *p, Test *test) {
  for (uint32_t i = 1; i < p->arguments.n; i++)
    if (read_text(s, &p->arguments.at[i], test))
      return -1;
  return 0;
}

static const struct {
  const char *name;
  TestKind kind;
  bool negated;
  uint32_t most;  // arguments; two are the least
  int (*read)(Saying *s, const Predicate *p, Test *test);
} tests[] = {
    {"eq?", TEST_EQUAL, false, 2, read_other},         {"not-eq?", TEST_EQUAL, true, 2, read_other},
    {"match?", TEST_MATCH, false, 2, read_regexp},     {"not-match?", TEST_MATCH, true, 2, read_regexp},
    {"any-of?", TEST_ANY, false, UINT32_MAX, read_texts}, {"not-any-of?", TEST_ANY, true, UINT32_MAX, read_texts},
};

static int read_test(Saying *s, const Predicate *p, size_t row) {
  Test test = {.kind = tests[row].kind, .negated = tests[row].negated};
  if (p->arguments.n < 2 || p->arguments.n > tests[row].most)
    return script_wrong(s->script, p->start, "#%s takes a capture and %s", p->name,
                        tests[row].kind == TEST_ANY     ? "texts"
                        : tests[row].kind == TEST_EQUAL ? "a text or another one"
                                                        : "a text");
  int status = read_capture(s, &p->arguments.at[0], &test.capture);
  if (!status)
    status = tests[row].read(s, p, &test);
  vec_push(&s->pattern->tests, test);
  return status;
}

static int unknown(const Saying *s, uint32_t start, const char *what, const char *given, const char *closest) {
  return script_wrong(s->script, start, "unknown %s \"%.60s\"%s%s%s", what, given, closest ? "; did you mean \"" : "",
                      closest ? closest : "", closest ? "\"?" : "");
}

static int set_level(Saying *s, const Argument *value) {
  static const char *const levels[] = {"note", "warning", "error"};  // in the order of Level
  for (int i = 0; i < (int)COUNT(levels); i++)
    if (!strcmp(levels[i], value->text))
      s->level = i;
  if (s->level >= 0)
    return 0;
  return unknown(s, value->start, "level", value->text, closest_word(value->text, levels, COUNT(levels)));
}

static bool is_id(const char *text) {
  size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
  return length && length <= MOST_ID && !text[length] && *text >= 'a';
}

static int set_rule(Saying *s, const Argument *value) {
  s->rule = value->text;
  s->rule_start = value->start;
  return is_id(value->text) ? 0
                            : script_wrong(s->script, value->start,
                                           "a rule is named by up to %d small letters, digits and dashes", MOST_ID);
}

static bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_-.?!", c));
}

bool next_hole(const char *text, Hole *hole) {
  for (const char *open = text; (open = strchr(open, '{')); open++) {
    const char *end = open + 1;
    while (is_name_letter(*end))
      end++;
    *hole = (Hole){open, open + 1, end + 1, (size_t)(end - open) - 1};
    if (*end == '}' && hole->length)
      return true;
  }
  return false;
}

// What is named in braces is captured; `{}` and `{ a: 1 }` are only braces.
static int check_holes(const Saying *s, const Argument *value) {
  Hole hole;
  for (const char *at = value->text; next_hole(at, &hole); at = hole.end) {
    char *name = xstrndup(hole.name, hole.length);
    bool known = is_captured(s->written, name);
    const char *closest = closest_word(name, (const char *const *)s->written->captures.at, s->written->captures.n);
    int status = known ? 0 : unknown(s, value->start, "capture", name, closest);
    xfree(name);
    if (status)
      return -1;
  }
  return 0;
}

static int set_message(Saying *s, const Argument *value) {
  s->pattern->message = value->text;
  return *value->text ? check_holes(s, value) : script_wrong(s->script, value->start, "a message must say something");
}

static int set_help(Saying *s, const Argument *value) {
  s->pattern->help = value->text;
  return check_holes(s, value);
}

static const struct {
  const char *name;
  int (*set)(Saying *s, const Argument *value);
} keys[] = {{"rule", set_rule}, {"level", set_level}, {"message", set_message}, {"help", set_help}};

// `(#set! key "text")`
static int read_set(Saying *s, const Predicate *p) {
  const Argument *key = p->arguments.at;
  if (p->arguments.n != 2 || key[0].capture || key[1].capture)
    return script_wrong(s->script, p->start, "#set! takes a key and a text");
  const char *names[COUNT(keys)];
  for (size_t i = 0; i < COUNT(keys); i++) {
    names[i] = keys[i].name;
    if (!strcmp(keys[i].name, key->text))
      return keys[i].set(s, &key[1]);
  }
  return unknown(s, key->start, "key", key->text, closest_word(key->text, names, COUNT(names)));
}

static int read_predicate(Saying *s, const Predicate *p) {
  const char *names[COUNT(tests) + 1] = {"set!"};
  if (!strcmp(p->name, names[0]))
    return read_set(s, p);
  for (size_t i = 0; i < COUNT(tests); i++) {
    names[i + 1] = tests[i].name;
    if (!strcmp(tests[i].name, p->name))
      return read_test(s, p, i);
  }
  return unknown(s, p->start, "predicate", p->name, closest_word(p->name, names, COUNT(names)));
}

//
// Rules
//

// Give the pattern its rule: a new one, or one that is in this file already.
static int join_rule(Saying *s) {
  OwnRules *own = s->own;
  Rules all = own_rules(own);
  const RuleInfo *rule = rule_named(&all, s->rule);
  if (!rule) {
    s->pattern->rule = own->rules.n - (uint32_t)builtin_rules.n;
    vec_push(&own->file_of_rule, own->files.n - 1);
    vec_push(&own->rules, ((RuleInfo){.id = s->rule,
                                      .level = s->level < 0 ? LEVEL_WARNING : (Level)s->level,
                                      .summary = s->pattern->message}));
    return 0;
  }
  size_t number = (size_t)(rule - all.at);
  if (number < builtin_rules.n)
    return script_wrong(s->script, s->rule_start, "the program has a rule %s itself: choose another name", s->rule);
  s->pattern->rule = (uint32_t)(number - builtin_rules.n);
  uint32_t file = own->file_of_rule.at[s->pattern->rule];
  if (file != own->files.n - 1)
    return script_wrong(s->script, s->rule_start, "the rule %s is in %s already", s->rule, own->files.at[file].path);
  if (s->level >= 0 && (Level)s->level != rule->level)
    return script_wrong(s->script, s->rule_start, "the rule %s has the level %s above", s->rule, level_name(rule->level));
  return 0;
}

static int read_pattern(OwnRules *own, const Script *script, const Written *written, Pattern *pattern) {
  Saying s = {.own = own, .script = script, .written = written, .pattern = pattern, .level = -1};
  for (uint32_t i = 0; i < written->captures.n; i++)
    names_add(&own->captures, written->captures.at[i], strlen(written->captures.at[i]));
  for (uint32_t i = 0; i < written->predicates.n; i++)
    if (read_predicate(&s, &written->predicates.at[i]))
      return -1;
  if (!is_captured(written, FINDING))
    return script_wrong(script, written->span.start, "this pattern captures nothing as @" FINDING ", which is what is reported");
  if (!s.rule || !pattern->message)
    return script_wrong(script, written->span.start, "this pattern lacks its (#set! %s \"...\")", s.rule ? "message" : "rule");
  return join_rule(&s);
}

static int add_pattern(OwnRules *own, const Script *script, const Written *written, uint32_t start) {
  vec_push(&own->patterns, ((Pattern){.span = {start + written->span.start, start + written->span.end}, .help = ""}));
  if (read_pattern(own, script, written, &own->patterns.at[own->patterns.n - 1]))
    return -1;
  own->weight += script->nodes * (script->nodes + 10 * script->choices);
  if (own->weight > MOST_WEIGHT)
    return script_wrong(script, written->span.start, "these are too many patterns to compile: leave some out");
  return own_check(own, own->patterns.n - 1, script->err);
}

static int read_patterns(OwnRules *own, Script *script, uint32_t start) {
  Written written;
  bool found = true;
  int status = 0;
  uint32_t before = own->patterns.n;
  while (!status && found) {
    status = script_next(script, &written, &found);
    if (!status && found)
      status = add_pattern(own, script, &written, start);
    written_release(&written);
  }
  if (!status && own->patterns.n == before)
    return fail_usage(script->err, "%s: there is no pattern in it", script->path);
  return status;
}

//
// Pages
//

static void add_indented(Text *out, const char *text, const char *end) {
  for (const char *feed; text < end; text = feed + 1) {
    feed = memchr(text, '\n', (size_t)(end - text));
    feed = feed ? feed : end;
    text_printf(out, "    %.*s\n", (int)(feed - text), text);
  }
}

// A pattern of a rule with the comments above it, which begin at `from`.
static void add_pattern_text(const OwnRules *own, const Pattern *p, uint32_t from, Text *page) {
  const char *start = own->text.at + from;
  const ScriptFile *file = &own->files.at[own->file_of_rule.at[p->rule]];
  text_printf(page, "%s%s%sOf `%s`, in ", *p->help ? "\n" : "", p->help, *p->help ? "\n\n" : "\n", file->path);
  own_languages(p, page);
  text_puts(page, ":\n\n");
  add_indented(page, start + strspn(start, " \t\r\n"), own->text.at + p->span.end);
}

void own_write_pages(OwnRules *own) {
  uint32_t count = own->rules.n - (uint32_t)builtin_rules.n, from = 0;
  Text *pages = xcalloc(count, sizeof *pages);
  for (uint32_t i = 0; i < count; i++) {
    const RuleInfo *rule = &own->rules.at[builtin_rules.n + i];
    text_printf(&pages[i], "# %s\n\n%s.\n", rule->id, rule->summary);
  }
  for (uint32_t i = 0; i < own->patterns.n; i++) {
    const Pattern *p = &own->patterns.at[i];
    uint32_t file = own->files.at[own->file_of_rule.at[p->rule]].start;
    add_pattern_text(own, p, from > file ? from : file, &pages[p->rule]);
    from = p->span.end;
  }
  for (uint32_t i = 0; i < count; i++)
    own->rules.at[builtin_rules.n + i].page = arena_text(&own->arena, &pages[i]);
  xfree(pages);
}

int own_add(OwnRules *own, const char *path, const Text *text, Error *err) {
  const char *bytes = text->at ? text->at : "";
  uint32_t start = (uint32_t)own->text.n;
  if (own->text.n + text->n > MOST_BYTES)
    return fail_usage(err, "%s: the rules of a repository's own may have %d KB in all", path, MOST_BYTES >> 10);
  if (memchr(bytes, '\0', text->n))
    return fail_usage(err, "%s: this is no text", path);
  vec_push(&own->files, ((ScriptFile){arena_copy(&own->arena, path, strlen(path)), start}));
  text_add(&own->text, bytes, text->n);
  text_puts(&own->text, "\n");
  Script script = {.path = path, .text = bytes, .length = (uint32_t)text->n, .arena = &own->arena, .err = err};
  if (read_patterns(own, &script, start))
    return -1;
  own_write_pages(own);
  return 0;
}
