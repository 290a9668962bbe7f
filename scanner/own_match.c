// own_match.c - asks the patterns of a repository's own rules of one syntax tree. Neither they nor the file are trusted:
// tree-sitter keeps a few ways to match at a time, and all of it ends by the time that the thread has worked.
#include <string.h>

#include "own_read.h"
#include "tree.h"
#include "utf8.h"

enum {
  MOST_MATCHES = 1000,  // of one file
  MOST_WAYS = 64,       // to match that tree-sitter keeps at a time
  MOST_SHOWN = 60,      // characters of a capture in a message
  CODE_KEPT = 200,      // bytes of the code that tell a match from others
};

typedef struct Asking {
  const OwnRules *own;
  const Matcher *matcher;
  const char *bytes;
  const Pool *pool;
  const Limits *limits;
  double start;
  Facts *facts;
  bool cut;    // something was not asked
  bool ended;  // nothing more is asked
} Asking;

static bool over_limits(Asking *a) {
  a->ended = a->ended || worked() - a->start > (double)a->limits->seconds || pool_bytes(a->pool) > a->limits->bytes;
  a->cut |= a->ended;
  return a->ended;
}

static bool must_end(TSQueryCursorState *state) { return over_limits(state->payload); }

//
// Predicates
//

typedef struct Piece {
  const char *at;
  size_t n;
} Piece;

// The text of the next node of a capture, from *i on; false when there is none.
static bool next_text(const Asking *a, const TSQueryMatch *match, Name capture, uint16_t *i, Piece *out) {
  for (; *i < match->capture_count; ++*i) {
    if (a->matcher->captures[match->captures[*i].index] != capture)
      continue;
    TSNode node = match->captures[(*i)++].node;
    uint32_t start = ts_node_start_byte(node);
    *out = (Piece){a->bytes + start, ts_node_end_byte(node) - start};
    return true;
  }
  return false;
}

static bool is_text(Piece piece, const char *text) { return piece.n == strlen(text) && !memcmp(piece.at, text, piece.n); }

static bool is_any(Piece piece, const Test *test) {
  for (uint32_t i = 0; i < test->texts.n; i++)
    if (is_text(piece, test->texts.at[i]))
      return true;
  return false;
}

// Whether the node is as the test wants it.
static bool passes(Asking *a, const Test *test, Piece piece) {
  if (!test->regexp)
    return is_any(piece, test) != test->negated;
  Matching matching = regexp_matches(test->regexp, piece.at, piece.n);
  a->cut |= matching == MATCHING_COSTLY;
  return matching != MATCHING_COSTLY && (matching == MATCHING_YES) != test->negated;
}

// Two captures: node by node, and as many of each.
static bool are_equal(const Asking *a, const TSQueryMatch *match, const Test *test) {
  uint16_t i = 0, k = 0;
  for (;;) {
    Piece left, right;
    bool one = next_text(a, match, test->capture, &i, &left), other = next_text(a, match, test->other, &k, &right);
    if (!one || !other)
      return one == other;
    if ((left.n == right.n && !memcmp(left.at, right.at, left.n)) == test->negated)
      return false;
  }
}

static bool holds(Asking *a, const TSQueryMatch *match, const Test *test) {
  Piece piece;
  if (test->other)
    return are_equal(a, match, test);
  for (uint16_t i = 0; next_text(a, match, test->capture, &i, &piece);)
    if (!passes(a, test, piece))
      return false;
  return true;
}

static bool all_hold(Asking *a, const TSQueryMatch *match, const Pattern *pattern) {
  for (uint32_t i = 0; i < pattern->tests.n; i++)
    if (!holds(a, match, &pattern->tests.at[i]))
      return false;
  return true;
}

//
// Matches
//

static bool is_blank(char c) { return (unsigned char)c <= ' '; }

// On one line, and cut where it is long.
static void add_short(Text *out, Piece piece) {
  uint32_t code;
  size_t shown = 0;
  for (size_t i = 0, step; i < piece.n; i += step, shown++) {
    bool blank = is_blank(piece.at[i]);
    for (step = blank; blank && i + step < piece.n && is_blank(piece.at[i + step]);)
      step++;
    if (!blank)
      step = utf8_next(piece.at + i, piece.n - i, &code);
    if (shown == MOST_SHOWN) {
      text_puts(out, "...");
      return;
    }
    text_add(out, blank ? " " : piece.at + i, blank ? 1 : step);
  }
}

// The text with what is captured in the place of its holes.
static Name fill(const Asking *a, const TSQueryMatch *match, const char *text) {
  Text out = {0};
  Hole hole;
  text_puts(&out, "");
  for (; next_hole(text, &hole); text = hole.end) {
    char *name = xstrndup(hole.name, hole.length);
    Piece piece;
    text_add(&out, text, (size_t)(hole.start - text));
    if (next_text(a, match, names_find(&a->own->captures, name), &(uint16_t){0}, &piece))
      add_short(&out, piece);
    xfree(name);
  }
  text_puts(&out, text);
  Name name = names_add(&a->facts->names, out.at, out.n);
  text_release(&out);
  return name;
}

// The start of the code without blanks, which formatting changes.
static Name code_of(const Asking *a, Piece piece) {
  char code[CODE_KEPT];
  size_t n = 0;
  for (size_t i = 0; i < piece.n && n < sizeof code; i++)
    if (!is_blank(piece.at[i]))
      code[n++] = piece.at[i];
  return names_add(&a->facts->names, code, n);
}

static void keep(Asking *a, const TSQueryMatch *match, const Pattern *pattern, Piece found) {
  uint32_t start = (uint32_t)(found.at - a->bytes);
  Match kept = {.rule = pattern->rule, .span = {start, start + (uint32_t)found.n}};
  kept.message = fill(a, match, pattern->message);
  kept.help = fill(a, match, pattern->help);
  kept.code = code_of(a, found);
  vec_push(&a->facts->matches, kept);
}

// Whether the pattern has matched the same code just before, with other captures.
static bool is_kept(const Asking *a, const Pattern *pattern, Piece found) {
  const Match *last = a->facts->matches.n ? &a->facts->matches.at[a->facts->matches.n - 1] : NULL;
  return last && last->rule == pattern->rule && a->bytes + last->span.start == found.at && a->bytes + last->span.end == found.at + found.n;
}

static void consider(Asking *a, const TSQueryMatch *match) {
  const Pattern *pattern = &a->own->patterns.at[a->matcher->patterns[match->pattern_index]];
  Piece found;
  if (!next_text(a, match, names_find(&a->own->captures, FINDING), &(uint16_t){0}, &found) ||
      is_kept(a, pattern, found) || !all_hold(a, match, pattern))
    return;
  if (a->facts->matches.n < MOST_MATCHES)
    keep(a, match, pattern, found);
  else
    a->ended = a->cut = true;
}

void own_match(Facts *facts, const OwnRules *own, const Matcher *matcher, TSNode root, const char *bytes, const Pool *pool,
               const Limits *limits) {
  Asking asking = {own, matcher, bytes, pool, limits, worked(), facts, false, false};
  if (!matcher->query)
    return;
  TSQueryCursor *cursor = ts_query_cursor_new();
  TSQueryCursorOptions options = {&asking, must_end};
  TSQueryMatch match;
  ts_query_cursor_set_match_limit(cursor, MOST_WAYS);
  ts_query_cursor_exec_with_options(cursor, matcher->query, root, &options);
  while (!over_limits(&asking) && ts_query_cursor_next_match(cursor, &match))
    consider(&asking, &match);
  facts->matches_cut = asking.cut || ts_query_cursor_did_exceed_match_limit(cursor);
}
