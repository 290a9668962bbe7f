// own_compile.c - the patterns of a repository's own rules, compiled by tree-sitter for each language.
//
// To know the nodes that a pattern names takes no time, to find out whether they can stand so takes some 10 ms in each
// language, and more for bad ones: that is done for a language when its first file is parsed.
#include <string.h>

#include "own_read.h"
#include "tree.h"

static const Lang languages[] = {LANG_JAVASCRIPT, LANG_TYPESCRIPT, LANG_TSX};
static const char *const language_names[] = {"JavaScript", "TypeScript", "TSX"};  // in the same order

Matcher *matchers_new(void) {
  Matcher *matchers = xcalloc(LANG_TSX + 1, sizeof *matchers);
  for (size_t i = 0; i < COUNT(languages); i++) {
    pthread_mutex_init(&matchers[languages[i]].lock, NULL);
    matchers[languages[i]].pool = pool_new();
  }
  return matchers;
}

void matchers_free(Matcher *matchers) {
  for (size_t i = 0; i < COUNT(languages); i++) {
    Matcher *m = &matchers[languages[i]];
    pthread_mutex_destroy(&m->lock);
    pool_free(m->pool);
    xfree(m->patterns);
    xfree(m->captures);
  }
  xfree(matchers);
}

static void add_language(Text *out, size_t language) {
  text_printf(out, "%s%s", out->n ? ", " : "", language_names[language]);
}

void own_languages(const Pattern *pattern, Text *out) {
  Text names = {0};
  for (size_t i = 0; i < COUNT(languages); i++)
    if (pattern->langs & 1u << languages[i])
      add_language(&names, i);
  text_add(out, names.at, names.n);
  text_release(&names);
}

//
// One pattern
//

// What tree-sitter does not take.
typedef struct Refusal {
  TSQueryError type;
  uint32_t at;  // in the text that it got
} Refusal;

// Compile a text with the memory of a pool that is emptied then.
static bool is_query(Lang lang, Pool *pool, const Text *text, Refusal *refusal) {
  use_pool(pool);
  bool taken = ts_query_new(language_of(lang), text->at, (uint32_t)text->n, &refusal->at, &refusal->type);
  pool_clear(pool);
  return taken;
}

static uint32_t length_of(const Pattern *pattern) { return pattern->span.end - pattern->span.start; }

// Whether a language knows all that the pattern names: the text breaks off behind it, so that it is read and not analysed.
static bool is_known(const OwnRules *own, const Pattern *pattern, Lang lang, Refusal *refusal) {
  Text text = {0};
  text_add(&text, own->text.at + pattern->span.start, length_of(pattern));
  text_puts(&text, "\n(");
  is_query(lang, own->matchers[lang].pool, &text, refusal);
  text_release(&text);
  return refusal->at > length_of(pattern);
}

// Whether its nodes can stand as it wants them to.
static bool is_possible(const OwnRules *own, const Pattern *pattern, Lang lang, Refusal *refusal) {
  Pool *pool = pool_new();
  Text text = {0};
  text_add(&text, own->text.at + pattern->span.start, length_of(pattern));
  bool possible = is_query(lang, pool, &text, refusal);
  text_release(&text);
  pool_free(pool);
  return possible;
}

//
// What is wrong with it
//

// The word of the text at a byte.
static size_t word_length(const char *text) {
  return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.?!");
}

// The node or field of TSX that is probably meant, which has nearly all of the others; NULL if there is none.
static const char *similar(const char *word, bool field) {
  const TSLanguage *language = language_of(LANG_TSX);
  uint32_t count = field ? ts_language_field_count(language) : ts_language_symbol_count(language);
  const char **names = xcalloc(count + 1, sizeof *names), *name;
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) {
    name = field ? ts_language_field_name_for_id(language, (TSFieldId)(i + 1)) : ts_language_symbol_name(language, (TSSymbol)i);
    if (name && (field || ts_language_symbol_type(language, (TSSymbol)i) == TSSymbolTypeRegular))
      names[n++] = name;
  }
  name = closest_word(word, names, n);
  xfree(names);
  return name;
}

static int refuse_name(const OwnRules *own, const Refusal *refusal, uint32_t at, const char *whose, Error *err) {
  bool field = refusal->type == TSQueryErrorField, token = own->text.at[at - 1] == '"';
  size_t length = token ? strcspn(own->text.at + at, "\"\n") : word_length(own->text.at + at);
  char *word = xstrndup(own->text.at + at, length < 60 ? length : 60);
  const char *meant = token ? NULL : similar(word, field);
  own_wrong(own, at, err, "no %s \"%s\" in %s%s%s%s", field ? "field" : token ? "token" : "node", word, whose,
            meant ? "; did you mean \"" : "", meant ? meant : "", meant ? "\"?" : "");
  xfree(word);
  return -1;
}

// Say why a pattern is of none of these languages.
static int refuse(const OwnRules *own, const Pattern *pattern, const Refusal *refusal, const char *whose, Error *err) {
  uint32_t at = pattern->span.start + refusal->at;
  if (refusal->type == TSQueryErrorNodeType || refusal->type == TSQueryErrorField)
    return refuse_name(own, refusal, at, whose, err);
  if (refusal->type == TSQueryErrorStructure)
    return own_wrong(own, at, err, "impossible pattern: this never stands here in %s", whose);
  if (refusal->type == TSQueryErrorCapture)
    return own_wrong(own, at, err, "a predicate must stand behind what it tests");
  return own_wrong(own, at, err, "tree-sitter does not take this: invalid syntax");
}

// The refusal that comes last in the pattern, and the languages that have it.
typedef struct Worst {
  Refusal refusal;
  Text languages;
} Worst;

static void add_refusal(Worst *worst, const Refusal *refusal, size_t language) {
  if (worst->languages.n && refusal->at < worst->refusal.at)
    return;
  if (worst->languages.n && refusal->at > worst->refusal.at)
    text_clear(&worst->languages);
  worst->refusal = *refusal;
  add_language(&worst->languages, language);
}

int own_check(OwnRules *own, uint32_t pattern, Error *err) {
  Pattern *p = &own->patterns.at[pattern];
  Worst worst = {0};
  int status = 0;
  for (size_t i = 0; i < COUNT(languages); i++) {
    Refusal refusal;
    if (is_known(own, p, languages[i], &refusal))
      p->langs |= 1u << languages[i];
    else
      add_refusal(&worst, &refusal, i);
  }
  if (!p->langs)
    status = refuse(own, p, &worst.refusal, worst.languages.at, err);
  text_release(&worst.languages);
  return status;
}

//
// All patterns of a language
//

// Look for the languages in which a pattern is possible after all. Fails when it is in none.
static int check_possible(const OwnRules *own, Pattern *p, Error *err) {
  Worst worst = {0};
  int status = 0;
  for (size_t i = 0; i < COUNT(languages); i++) {
    Refusal refusal;
    unsigned bit = 1u << languages[i];
    if (!(p->langs & bit) || is_possible(own, p, languages[i], &refusal))
      continue;
    p->langs &= ~bit;
    add_refusal(&worst, &refusal, i);
  }
  if (!p->langs)
    status = refuse(own, p, &worst.refusal, worst.languages.at, err);
  text_release(&worst.languages);
  return status;
}

// Take those out that are impossible in the language. One thread at a time does so, and settles a pattern for all languages.
static int drop_impossible(OwnRules *own, Lang lang, Error *err) {
  int status = 0;
  pthread_mutex_lock(&own->lock);
  for (uint32_t i = 0; i < own->patterns.n && !status; i++) {
    Pattern *p = &own->patterns.at[i];
    Refusal refusal;
    if (p->langs & 1u << lang && !is_possible(own, p, lang, &refusal))
      status = check_possible(own, p, err);
  }
  pthread_mutex_unlock(&own->lock);
  return status;
}

// The patterns of the language one behind the other.
static Text text_of(const OwnRules *own, Lang lang, Matcher *m) {
  Text text = {0};
  uint32_t n = 0;
  text_puts(&text, "");
  xfree(m->patterns);
  m->patterns = xcalloc(own->patterns.n, sizeof *m->patterns);
  for (uint32_t i = 0; i < own->patterns.n; i++) {
    const Pattern *p = &own->patterns.at[i];
    if (!(p->langs & 1u << lang))
      continue;
    text_add(&text, own->text.at + p->span.start, length_of(p));
    text_puts(&text, "\n");
    m->patterns[n++] = i;
  }
  return text;
}

static bool compile(const OwnRules *own, Lang lang, Matcher *m) {
  Text text = text_of(own, lang, m);
  Refusal refusal;
  use_pool(m->pool);
  pool_clear(m->pool);
  if (text.n)
    m->query = ts_query_new(language_of(lang), text.at, (uint32_t)text.n, &refusal.at, &refusal.type);
  bool compiled = !text.n || m->query;
  text_release(&text);
  return compiled;
}

static void name_captures(const OwnRules *own, Matcher *m) {
  uint32_t count = m->query ? ts_query_capture_count(m->query) : 0, length;
  m->captures = xcalloc(count, sizeof *m->captures);
  for (uint32_t i = 0; i < count; i++)
    m->captures[i] = names_find(&own->captures, ts_query_capture_name_for_id(m->query, i, &length));
}

static int make(OwnRules *own, Lang lang, Matcher *m) {
  bool compiled = compile(own, lang, m);
  if (!compiled && drop_impossible(own, lang, &m->error))
    return -1;
  if (!compiled && !compile(own, lang, m))
    return fail_usage(&m->error, "the rules of the repository's own cannot be asked together");
  name_captures(own, m);
  return 0;
}

int own_matcher(OwnRules *own, Lang lang, const Matcher **out, Error *err) {
  Matcher *m = &own->matchers[lang];
  pthread_mutex_lock(&m->lock);
  if (!m->done)
    m->status = make(own, lang, m);
  m->done = true;
  pthread_mutex_unlock(&m->lock);
  *out = m;
  if (m->status && err)
    *err = m->error;
  return m->status;
}

int own_compile(OwnRules *own, Error *err) {
  const Matcher *matcher;
  for (size_t i = 0; own && i < COUNT(languages); i++)
    if (own_matcher(own, languages[i], &matcher, err))
      return -1;
  if (own)
    own_write_pages(own);
  return 0;
}
