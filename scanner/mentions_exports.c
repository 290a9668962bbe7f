// mentions_exports.c - which names a file exports, found without a parse.
//
// More names may be told than the file exports: of exported variables all is told that may be another one behind a comma. Less
// are seldom told, as what is no plain statement makes the file opaque: then a name is not found anywhere, and all files that
// may have it are needed.
#include "mentions_scan.h"

enum { LONGEST_TYPE = 128 };  // of a variable behind a comma

static bool is_any(Word word, const char *const *texts, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (is(word, texts[i]))
      return true;
  return false;
}

// A name; without one, something stands there that is not understood.
static void give(Scan *s, Word word) {
  uint64_t key = hash_quick(word.at, word.n);
  s->opaque |= !word.n;
  if (!word.n || map_get(&s->given, key))
    return;
  map_put(&s->given, key, 1);
  add_entry(s, MENTIONS_GIVES, word.at, word.n);
}

// The word that starts where the code goes on after `at`, empty for anything else.
static Word word_at(const Scan *s, const char *at) {
  const char *start = skip_comments(s, at), *end = start;
  while (end < s->end && is_word_byte(*end))
    end++;
  return (Word){start, (size_t)(end - start)};
}

// Names between brackets from `at` on: `{ a, b as c }`, `[a, b]`. What may be read in another way makes the file opaque.
static void give_all(Scan *s, const char *at) {
  int depth = 0;
  for (; at < s->end; at++) {
    if (is_word_byte(*at)) {
      const char *start = at;
      while (at + 1 < s->end && is_word_byte(at[1]))
        at++;
      give(s, (Word){start, (size_t)(at + 1 - start)});
      continue;
    }
    depth += *at == '{' || *at == '[' ? 1 : *at == '}' || *at == ']' ? -1 : 0;
    if (!depth)
      break;
    s->opaque |= is_quote(*at) || *at == '/' || *at == '(';
  }
  s->exported_to = at;
}

// The first of the variables of a declaration.
static void give_variable(Scan *s, const char *at) {
  at = skip_comments(s, at);
  s->declares = true;
  if (at < s->end && (*at == '{' || *at == '['))
    give_all(s, at);
  else
    give(s, word_at(s, at));
}

// The name of `* as a`, if there is one.
static void give_namespace(Scan *s, const char *star) {
  Word as = word_at(s, star + 1);
  if (is(as, "as"))
    give(s, word_at(s, as.at + as.n));
}

// What follows `export` or `export type` where no word does.
static void give_listed(Scan *s, const char *at) {
  char first = at < s->end ? *at : '\0';
  if (first == '{')
    give_all(s, at);
  else if (first == '*')
    give_namespace(s, at);
  else
    s->opaque |= first == '=' || first == '@';
}

// What is declared after `word`, which follows `export`.
static void give_declared(Scan *s, Word word) {
  static const char *const modifiers[] = {"declare", "abstract", "async"};
  static const char *const kinds[] = {"function", "class", "interface", "enum", "type", "namespace", "module", "import"};
  while (is_any(word, modifiers, COUNT(modifiers)))
    word = word_at(s, word.at + word.n);
  Word next = word_at(s, word.at + word.n);
  if (is(word, "const") && is(next, "enum"))
    give(s, word_at(s, next.at + next.n));
  else if (is(word, "const") || is(word, "let") || is(word, "var"))
    give_variable(s, word.at + word.n);
  else if (is(word, "function") && next.at < s->end && *next.at == '*')
    give(s, word_at(s, next.at + 1));
  else if (is(word, "type") && !next.n)
    give_listed(s, next.at);
  else if (is_any(word, kinds, COUNT(kinds)))
    give(s, next);
  else
    s->opaque = true;
}

void see_export(Scan *s, Word statement) {
  bool member = statement.at > s->start && statement.at[-1] == '.';
  s->opaque |= is(statement, "exports");
  if (!is(statement, "export") || member || statement.at < s->exported_to)
    return;
  Word word = word_at(s, statement.at + statement.n);
  if (is(word, "default"))
    give(s, word);
  else if (word.n)
    give_declared(s, word);
  else
    give_listed(s, word.at);
}

void see_declared(Scan *s, const char *at) {
  Word word = word_at(s, at + 1);
  const char *after = word.at + word.n;
  while (after < s->end && (*after == ' ' || *after == '\t' || *after == '!'))
    after++;
  const char *most = s->end - after < LONGEST_TYPE ? s->end : after + LONGEST_TYPE;
  if (after < s->end && *after == ':')
    while (after < most && !memchr("=;\n", *after, 3))
      after++;
  bool ends = after == s->end || memchr(",;/\n\r", *after, 5);
  bool starts = s->end - after > 1 && *after == '=' && after[1] != '=' && after[1] != '>';
  if (word.n && (ends || starts || after == most))
    give(s, word);
}
