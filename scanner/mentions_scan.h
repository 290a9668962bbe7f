// mentions_scan.h - the code of a file as mentions_read() goes over it, for mentions.c and mentions_exports.c alone.
#ifndef SEQSCAN_MENTIONS_SCAN_H
#define SEQSCAN_MENTIONS_SCAN_H

#include <string.h>

#include "mentions.h"

enum {
  LONGEST_COMMENT = 512,  // between words that belong together
  MOST_COMMENTS = 4,      // there
};

// An import: `from` and what stands before it, back to `import`.
typedef struct Clause {
  const char *start, *quote;
} Clause;

typedef struct Word {
  const char *at;
  size_t n;
} Word;

// What a class implements: a name, and that of a member when it is a namespace's.
typedef struct Interface {
  Word name, member;
  bool acts;      // the class does something, it is no mere record
  uint32_t next;  // the one before with the same name, as an index + 1
} Interface;

typedef struct Scan {
  const char *start, *end;
  Text specifiers;
  const char *import;    // the last one, NULL: none yet
  VEC(Clause) clauses;
  VEC(Interface) interfaces;
  Map last;              // hash of a name -> the last interface of it, as an index + 1
  uint32_t class_first;  // interfaces from there on are those of the last class, as long as it has done nothing
  const char *head_end;  // where the head of that one ends
  bool comment;          // the line is part of one, as it begins
  bool ambient, up, down, us, graphql;
  bool loads;  // a module, by what is no plain text
  Text part;   // of a path
  Map found;   // hash of such a part -> 1
  // Of what the file exports, for mentions_exports.c.
  const char *exported_to;  // statements before it have been read
  bool declares;            // variables: others may follow behind a comma
  bool opaque;              // more than is told
  Map given;                // hash of a name that is told -> 1
} Scan;

static inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static inline bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c & 0x80;
}

static inline bool is(Word word, const char *text) { return word.n == strlen(text) && !memcmp(word.at, text, word.n); }

// Whether a word stands at `at`, as a whole.
static inline bool is_word(const Scan *s, const char *at, const char *word) {
  size_t n = strlen(word);
  return (size_t)(s->end - at) >= n && !memcmp(at, word, n) && (at == s->start || !is_word_byte(at[-1])) &&
         (at + n == s->end || !is_word_byte(at[n]));
}

static inline const char *skip_blank(const Scan *s, const char *at) {
  while (at < s->end && is_blank(*at))
    at++;
  return at;
}

// The next word from *at on, empty when there is none before `end`.
static inline Word next_word(const char **at, const char *end) {
  while (*at < end && !is_word_byte(**at))
    ++*at;
  const char *start = *at;
  while (*at < end && is_word_byte(**at))
    ++*at;
  return (Word){start, (size_t)(*at - start)};
}

// The end of a comment that starts at `at`, NULL when none does or it is long.
static inline const char *comment_end(const Scan *s, const char *at) {
  if (s->end - at < 2 || *at != '/')
    return NULL;
  const char *most = s->end - at < LONGEST_COMMENT ? s->end : at + LONGEST_COMMENT;
  if (at[1] == '/')
    return memchr(at, '\n', (size_t)(most - at));
  for (const char *close = at[1] == '*' ? at + 2 : most; most - close > 1; close++)
    if (close[0] == '*' && close[1] == '/')
      return close + 2;
  return NULL;
}

static inline const char *skip_comments(const Scan *s, const char *at) {
  at = skip_blank(s, at);
  const char *end = comment_end(s, at);
  for (int i = 0; end && i < MOST_COMMENTS; i++) {
    at = skip_blank(s, end);
    end = comment_end(s, at);
  }
  return at;
}

static inline void add_entry(Scan *s, const char *mark, const char *text, size_t length) {
  text_puts(&s->specifiers, mark);
  text_add(&s->specifiers, text, length);
  text_add(&s->specifiers, "", 1);
}

static inline bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

// Note what the statement exports that may begin with a word.
void see_export(Scan *s, Word statement);
// Note what a variable may be called that is declared behind a comma at `at`, after an exported one.
void see_declared(Scan *s, const char *at);

#endif
