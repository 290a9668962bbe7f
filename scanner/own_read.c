// own_read.c - the syntax of tree-sitter's queries. Tree-sitter reads them again and knows the nodes of each language;
// here their predicates are taken out, and what it would not end with is refused.
#include "own_read.h"

#include <stdio.h>
#include <string.h>

#include "output.h"

enum {
  MOST_NODES = 30,   // of a pattern
  MOST_CHOICES = 6,  // `?`, `*`, `+` and `[...]` of a pattern
  MOST_NESTED = 16,  // parentheses and brackets
};

// What a part of a pattern may match.
typedef struct Part {
  bool nothing;   // it may match nothing at all
  bool repeated;  // it is followed by `*` or `+`
  bool captures;  // it captures something
} Part;

int script_wrong(const Script *script, uint32_t at, const char *format, ...) {
  char what[384];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  return input_wrong(script->path, script->text, at, what, script->err);
}

//
// Words
//

static char peek(const Script *s) { return s->at < s->length ? s->text[s->at] : '\0'; }

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void skip_blanks(Script *s) {
  for (; s->at < s->length; s->at++) {
    if (peek(s) == ';') {
      const char *end = memchr(s->text + s->at, '\n', s->length - s->at);
      s->at = end ? (uint32_t)(end - s->text) : s->length;
    }
    if (s->at < s->length && !is_blank(peek(s)))
      return;
  }
}

static bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool goes_on(char c) { return starts_word(c) || c == '.' || c == '?' || c == '!'; }

static const char *read_word(Script *s) {
  uint32_t start = s->at;
  while (s->at < s->length && goes_on(peek(s)))
    s->at++;
  return arena_copy(s->arena, s->text + start, s->at - start);
}

static int unexpected(const Script *s, const char *wanted) {
  unsigned char c = (unsigned char)peek(s);
  if (c <= ' ' || c >= 0x7f)
    return script_wrong(s, s->at, "%s should stand here", wanted);
  return script_wrong(s, s->at, "%s should stand here, not `%c`", wanted, c);
}

static char unescaped(char c) { return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == '0' ? '\0' : c; }

// A string in double quotes, on one line.
static int read_string(Script *s, const char **out) {
  uint32_t start = s->at++;
  Text text = {0};
  text_puts(&text, "");
  for (; s->at < s->length && peek(s) != '"' && peek(s) != '\n'; s->at++) {
    bool escaped = peek(s) == '\\' && s->at + 1 < s->length;
    char c = escaped ? unescaped(s->text[++s->at]) : peek(s);
    text_add(&text, &c, 1);
  }
  bool cut = memchr(text.at, '\0', text.n);
  *out = arena_text(s->arena, &text);
  if (peek(s) != '"' || cut)
    return script_wrong(s, start, cut ? "a string cannot hold `\\0`" : "this string does not end on its line");
  s->at++;
  return 0;
}

//
// Predicates
//

static int read_argument(Script *s, Predicate *predicate) {
  Argument argument = {.start = s->at, .capture = peek(s) == '@'};
  if (peek(s) == '"') {
    if (read_string(s, &argument.text))
      return -1;
  } else {
    s->at += argument.capture;
    if (!starts_word(peek(s)))
      return unexpected(s, argument.capture ? "the name of a capture" : "`)`");
    argument.text = read_word(s);
  }
  vec_push(&predicate->arguments, argument);
  return 0;
}

// What stands behind `(#`.
static int read_predicate(Script *s, Written *written) {
  if (!starts_word(peek(s)))
    return unexpected(s, "the name of a predicate");
  vec_push(&written->predicates, ((Predicate){.start = s->at - 1}));
  Predicate *predicate = &written->predicates.at[written->predicates.n - 1];
  predicate->name = read_word(s);
  for (skip_blanks(s); peek(s) != ')'; skip_blanks(s))
    if (read_argument(s, predicate))
      return -1;
  s->at++;
  return 0;
}

//
// Patterns
//

static int read_part(Script *s, Written *written, unsigned depth, Part *out);

static int quantify(Script *s, unsigned depth, Part *part) {
  char c = peek(s);
  if (!depth)
    return script_wrong(s, s->at, "`%c` must stand within a node", c);
  if (part->nothing || part->repeated)
    return script_wrong(s, s->at, "what stands before `%c` may be nothing, or more than one, already", c);
  if (c != '?' && part->captures)
    return script_wrong(s, s->at, "nothing can be captured within `%c`: leave it out, each node is a match of its own", c);
  s->at++;
  s->choices++;
  part->repeated = c != '?';
  part->nothing = c != '+';
  return 0;
}

static int capture(Script *s, Written *written, Part *part) {
  if (part->repeated)
    return script_wrong(s, s->at, "what is repeated cannot be captured: leave out `*` or `+`, each node is a match of its own");
  s->at++;
  if (!starts_word(peek(s)))
    return unexpected(s, "the name of a capture");
  part->captures = true;
  vec_push(&written->captures, read_word(s));
  return 0;
}

// Quantifiers and captures.
static int read_suffixes(Script *s, Written *written, unsigned depth, Part *part) {
  for (;;) {
    s->end = s->at;
    skip_blanks(s);
    char c = peek(s);
    if (c != '@' && (!c || !strchr("*+?", c)))
      return 0;
    if (c == '@' ? capture(s, written, part) : quantify(s, depth, part))
      return -1;
  }
}

// `field:` before a node, `!field` and `.` between nodes.
static int read_marks(Script *s) {
  for (skip_blanks(s); peek(s) == '!' || peek(s) == '.'; skip_blanks(s)) {
    bool field = s->text[s->at++] == '!';
    skip_blanks(s);
    if (field && !starts_word(peek(s)))
      return unexpected(s, "the name of a field");
    if (field)
      read_word(s);
  }
  uint32_t start = s->at;
  if (!starts_word(peek(s)))
    return 0;
  read_word(s);
  skip_blanks(s);
  if (peek(s) == ':')
    s->at++;
  else
    s->at = start;
  skip_blanks(s);
  return 0;
}

// The parts of a list up to its end, which is passed. Of a choice one of them matches, else all.
static int read_parts(Script *s, Written *written, unsigned depth, char end, Part *out) {
  uint32_t open = s->open;
  *out = (Part){.nothing = end == ')'};
  for (;;) {
    Part part;
    if (read_marks(s))
      return -1;
    if (peek(s) == end)
      break;
    if (s->at >= s->length)
      return script_wrong(s, open, "this bracket is not closed");
    if (read_part(s, written, depth, &part))
      return -1;
    out->nothing = end == ')' ? out->nothing && part.nothing : out->nothing || part.nothing;
    out->captures |= part.captures;
  }
  s->at++;
  return 0;
}

// The type of a node, also `supertype/type`.
static int read_type(Script *s) {
  s->nodes++;
  read_word(s);
  if (peek(s) != '/')
    return 0;
  s->at++;
  if (!starts_word(peek(s)))
    return unexpected(s, "a node");
  read_word(s);
  return 0;
}

// What stands behind `(`: a node with its children, parts in a row, or a predicate, which is no part.
static int read_list(Script *s, Written *written, unsigned depth, Part *out) {
  Part children;
  skip_blanks(s);
  char c = peek(s);
  if (c == '#') {
    s->at++;
    *out = (Part){.nothing = true};
    return read_predicate(s, written);
  }
  if (c == '(' || c == '[' || c == '"')
    return read_parts(s, written, depth, ')', out);
  if (!starts_word(c))
    return unexpected(s, "a node");
  if (read_type(s) || read_parts(s, written, depth + 1, ')', &children))
    return -1;
  *out = (Part){.captures = children.captures};
  return 0;
}

static int read_brackets(Script *s, Written *written, unsigned depth, Part *out) {
  if (++s->nested > MOST_NESTED)
    return script_wrong(s, s->at, "this is nested too deeply: %d levels are the most", MOST_NESTED);
  s->open = s->at;
  bool choice = s->text[s->at++] == '[';
  s->choices += choice;
  int status = choice ? read_parts(s, written, depth, ']', out) : read_list(s, written, depth, out);
  s->nested--;
  return status;
}

static int read_part(Script *s, Written *written, unsigned depth, Part *out) {
  const char *token;
  char c = peek(s);
  *out = (Part){0};
  if (c != '(' && c != '[' && c != '"' && c != '_')
    return unexpected(s, "a node");
  if (c == '(' || c == '[') {
    if (read_brackets(s, written, depth, out))
      return -1;
  } else {
    s->nodes++;
    if (c == '"' ? read_string(s, &token) : (s->at++, 0))
      return -1;
  }
  return read_suffixes(s, written, depth, out);
}

int script_next(Script *script, Written *written, bool *found) {
  Part part;
  *written = (Written){0};
  skip_blanks(script);
  uint32_t start = script->at;
  *found = start < script->length;
  if (!*found)
    return 0;
  script->nodes = script->choices = script->nested = 0;
  if (!strchr("([", peek(script)))
    return unexpected(script, "a pattern, which starts with `(` or `[`,");
  if (read_part(script, written, 0, &part))
    return -1;
  written->span = (Span){start, script->end};
  if (script->nodes > MOST_NODES)
    return script_wrong(script, start, "this pattern has %u nodes: %d are the most", script->nodes, MOST_NODES);
  if (script->choices > MOST_CHOICES)
    return script_wrong(script, start, "this pattern has %u choices (`?`, `*`, `+`, `[`): %d are the most", script->choices, MOST_CHOICES);
  return part.nothing ? script_wrong(script, start, "this pattern matches nothing") : 0;
}

void written_release(Written *written) {
  for (uint32_t i = 0; i < written->predicates.n; i++)
    vec_release(&written->predicates.at[i].arguments);
  vec_release(&written->predicates);
  vec_release(&written->captures);
}
