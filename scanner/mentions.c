// mentions.c - see mentions.h. Specifiers are found at their quotes: what stands before one tells whether it is one.
#include "mentions_scan.h"

enum {
  LONGEST_CLAUSE = 4096,  // of an import
  LONGEST_HEAD = 512,     // of a class
  LONGEST_SPECIFIER = 512,
  LONGEST_CAST = 128,     // of `(globalThis as unknown as { db: Db }).db = e`
};

static const char *skip_blank_back(const Scan *s, const char *at) {
  while (at > s->start && is_blank(at[-1]))
    at--;
  return at;
}

// Go back over `/* ... */` that ends at `at`.
static const char *skip_block_back(const Scan *s, const char *at) {
  if (at - s->start < 4 || at[-1] != '/' || at[-2] != '*')
    return at;
  for (const char *open = at - 4; open >= s->start && at - open <= LONGEST_COMMENT; open--)
    if (open[0] == '/' && open[1] == '*')
      return open;
  return at;
}

// Go back over a line that ends at `at` and is a comment: `// ...`.
static const char *skip_line_back(const Scan *s, const char *at) {
  const char *line = at;
  while (line > s->start && line[-1] != '\n' && at - line < LONGEST_COMMENT)
    line--;
  const char *first = skip_blank(s, line);
  return at - first > 1 && first[0] == '/' && first[1] == '/' ? line : at;
}

// Go back over what may stand between a word and its specifier.
static const char *skip_comments_back(const Scan *s, const char *at) {
  for (int i = 0; i < MOST_COMMENTS; i++) {
    const char *end = skip_blank_back(s, at), *before = skip_block_back(s, end);
    if (before == end && memchr(end, '\n', (size_t)(at - end)))
      before = skip_line_back(s, end);
    at = before;
    if (before == end)
      break;
  }
  return skip_blank_back(s, at);
}

static bool ends_in_word(const Scan *s, const char *at, const char *word) {
  size_t n = strlen(word);
  return (size_t)(at - s->start) >= n && is_word(s, at - n, word);
}

// The end of the word that tells that a text which starts at `quote` names a module, NULL if it does not: `from "x"`,
// `import "x"`, `import("x")`, `require("x")`.
static const char *word_of_module(const Scan *s, const char *quote) {
  const char *at = skip_comments_back(s, quote);
  bool called = at > s->start && at[-1] == '(';
  if (called)
    at = skip_blank_back(s, at - 1);
  return ends_in_word(s, at, "import") || ends_in_word(s, at, called ? "require" : "from") ? at : NULL;
}

// Note the text that starts at `quote`, with a mark before it perhaps. False when it is no specifier.
static bool add_specifier(Scan *s, const char *quote, const char *mark) {
  size_t room = (size_t)(s->end - quote - 1), most = room < LONGEST_SPECIFIER ? room : LONGEST_SPECIFIER;
  const char *close = memchr(quote + 1, *quote, most);
  if (!close || memchr(quote + 1, '\n', (size_t)(close - quote)) || memchr(quote + 1, '\0', (size_t)(close - quote)))
    return false;
  add_entry(s, mark, quote + 1, (size_t)(close - quote - 1));
  return true;
}

// Whether `.name` and a sign of assignment follow, after a cast perhaps.
static bool assigns_member(const Scan *s, const char *at) {
  at = skip_blank(s, at);
  if (s->end - at > 3 && !memcmp(at, "as ", 3)) {
    size_t room = (size_t)(s->end - at);
    const char *close = memchr(at, ')', room < LONGEST_CAST ? room : LONGEST_CAST);
    at = close ? close + 1 : at;
  }
  if (at < s->end && *at == ')')
    at = skip_blank(s, at + 1);
  if (at == s->end || *at != '.')
    return false;
  for (at++; at < s->end && is_word_byte(*at);)
    at++;
  at = skip_blank(s, at);
  if (s->end - at > 2 && at[0] == at[1] && (*at == '?' || *at == '|'))
    at += 2;
  return s->end - at > 1 && *at == '=' && at[1] != '=';
}

// `declare global` or `declare module "x"`.
static void see_declaration(Scan *s, const char *at) {
  at = skip_blank(s, at);
  s->ambient |= is_word(s, at, "global");
  if (!is_word(s, at, "module"))
    return;
  at = skip_blank(s, at + strlen("module"));
  if (at < s->end && (*at == '"' || *at == '\''))
    add_specifier(s, at, MENTIONS_AUGMENTS);
}

// Whether a word is the name of a function or a key, as it seems.
static bool is_name(const Scan *s, Word word) {
  bool member = word.at > s->start && word.at[-1] == '.';
  if (member && !ends_in_word(s, word.at - 1, "exports"))
    return false;
  const char *at = skip_blank(s, word.at + word.n);
  return at < s->end && (*at == '(' || *at == '=' || *at == ':');
}

static void add_interface(Scan *s, Word name, Word member) {
  uint64_t key = hash_quick(name.at, name.n);
  vec_push(&s->interfaces, ((Interface){name, member, false, map_get(&s->last, key)}));
  map_put(&s->last, key, s->interfaces.n);
}

// The head of a class, `class A extends B implements C, d.D<E> {`.
static void see_class(Scan *s, const char *at) {
  size_t room = (size_t)(s->end - at);
  const char *open = at < s->head_end ? NULL : memchr(at, '{', room < LONGEST_HEAD ? room : LONGEST_HEAD);
  while (open && at < open && !is_word(s, at, "implements"))
    at++;
  if (!open || at == open)
    return;
  s->head_end = open;
  s->class_first = s->interfaces.n;
  at += strlen("implements");
  for (Word name, member = {0}; (name = next_word(&at, open)).n; member.n = 0) {
    if (*at == '.')
      member = next_word(&at, open);
    add_interface(s, name, member);
  }
}

// Where the last class does something.
static void see_act(Scan *s) {
  for (; s->class_first < s->interfaces.n; s->class_first++)
    s->interfaces.at[s->class_first].acts = true;
}

// The brace that opens a list of names, which ends at `close`; NULL when there is anything else.
static const char *open_of_names(const Scan *s, const char *close) {
  if (close == s->start || close[-1] != '}')
    return NULL;
  const char *at = close - 1;
  while (at > s->start && close - at < LONGEST_CLAUSE && (is_blank(at[-1]) || is_word_byte(at[-1]) || at[-1] == ','))
    at--;
  return at > s->start && at[-1] == '{' ? at - 1 : NULL;
}

// Go back over `*` or `* as a`; NULL for anything else.
static const char *skip_star_back(const Scan *s, const char *at) {
  if (at > s->start && is_word_byte(at[-1])) {
    while (at > s->start && is_word_byte(at[-1]))
      at--;
    at = skip_blank_back(s, at);
    if (!ends_in_word(s, at, "as"))
      return NULL;
    at = skip_blank_back(s, at - strlen("as"));
  }
  return at > s->start && at[-1] == '*' ? at - 1 : NULL;
}

// The name of `* as a`, which ends at `close`: it is all of the module.
static void add_namespace(Scan *s, const char *close) {
  const char *name = close;
  while (name > s->start && is_word_byte(name[-1]))
    name--;
  add_entry(s, MENTIONS_NAME, "*", 1);
  add_entry(s, MENTIONS_NAME, name, (size_t)(close - name));
}

// Note what is imported or exported from the specifier at `quote`, and which names of it; `before` is the end of the
// word before it.
static void see_import(Scan *s, const char *quote, const char *before) {
  if (s->import && quote - s->import < LONGEST_CLAUSE)
    vec_push(&s->clauses, ((Clause){s->import, quote}));
  s->import = NULL;
  const char *close = ends_in_word(s, before, "from") ? skip_blank_back(s, before - strlen("from")) : s->start;
  const char *open = open_of_names(s, close), *at = open ? open : skip_star_back(s, close);
  at = skip_blank_back(s, at ? at : s->start);
  if (ends_in_word(s, at, "type"))
    at = skip_blank_back(s, at - strlen("type"));
  bool passes = ends_in_word(s, at, "export");
  if (!add_specifier(s, quote, passes ? MENTIONS_PASSES : ""))
    return;
  if (passes && !open && close > s->start && is_word_byte(close[-1]))
    add_namespace(s, close);
  if (!open || (!passes && !ends_in_word(s, at, "import")))
    return;
  for (Word word; (word = next_word(&open, close)).n;)
    add_entry(s, MENTIONS_NAME, word.at, word.n);
}

// Note what the classes implement by a name, once: the name, and the members of it.
static void add_interfaces(Scan *s, uint32_t last, Word name) {
  for (uint32_t at = last, next; at; at = next) {
    Interface *interface = &s->interfaces.at[at - 1];
    if (interface->acts && name.n)
      add_entry(s, MENTIONS_NAME, name.at, name.n);
    if (interface->acts && interface->member.n)
      add_entry(s, MENTIONS_NAME, interface->member.at, interface->member.n);
    name.n = interface->acts ? 0 : name.n;
    next = interface->next;
    interface->acts = false;
    interface->next = 0;
  }
}

// Tell of what classes implement of a module. In `A as B` it is A there.
static void mark_interfaces(Scan *s, const Clause *clause) {
  bool marked = false;
  const char *at = clause->start + strlen("import");
  for (Word word, name = {0}, before = {0}; (word = next_word(&at, clause->quote)).n; name = before, before = word) {
    uint32_t last = map_get(&s->last, hash_quick(word.at, word.n));
    if (!last)
      continue;
    if (!marked && !add_specifier(s, clause->quote, MENTIONS_IMPLEMENTS))
      return;
    marked = true;
    bool renamed = name.n && before.n == 2 && !memcmp(before.at, "as", 2);
    add_interfaces(s, last, renamed ? name : word);
  }
}

// Whether a text or a call follows a word.
static bool tags(const Scan *s, Word word) {
  const char *at = skip_blank(s, word.at + word.n);
  return at < s->end && (*at == '`' || *at == '(');
}

// Whether what follows `require` or `import` calls it for a name that is no plain text.
static bool loads(const Scan *s, const char *at) {
  at = skip_blank(s, at);
  while (at < s->end && (*at == '?' || *at == '.' || *at == '!' || *at == ')' || *at == ']' || is_quote(*at)))
    at = skip_blank(s, at + 1);
  if (at == s->end || *at != '(')
    return false;
  at = skip_comments(s, at + 1);
  if (at == s->end || *at == ')')
    return false;
  size_t room = (size_t)(s->end - at) - 1, most = room < LONGEST_SPECIFIER ? room : LONGEST_SPECIFIER;
  const char *close = is_quote(*at) ? memchr(at + 1, *at, most) : NULL;
  if (!close || (*at == '`' && memchr(at, '$', (size_t)(close - at))))
    return true;
  at = skip_comments(s, close + 1);
  return at == s->end || (*at != ')' && *at != ',');
}

static void add_part(Scan *s, const char *part, size_t length) {
  uint64_t key = hash_quick(part, length);
  if (!length || map_get(&s->found, key))
    return;
  map_put(&s->found, key, 1);
  add_entry(s, MENTIONS_LOADS, part, length);
}

// Note a part of a path, and what it is without the name of a file or the beginning of one that something else ends.
static void end_part(Scan *s) {
  Text *part = &s->part;
  add_part(s, part->at, part->n);
  while (part->n && part->at[part->n - 1] != '/')
    part->n--;
  add_part(s, part->at, part->n);
  part->n = 0;
}

// The sign of a sum that follows a text, NULL when none does.
static const char *sign_after(const Scan *s, const char *at) {
  while (at < s->end && *at == ')')
    at++;
  at = skip_comments(s, at);
  return at < s->end && *at == '+' ? at : NULL;
}

// The text that is added to another one at a sign, NULL when it is something else.
static const char *text_after(const Scan *s, const char *sign) {
  const char *at = skip_comments(s, sign + 1);
  while (at < s->end && *at == '(')
    at++;
  return at < s->end && is_quote(*at) ? at : NULL;
}

// Note the parts of a path that a text may hold, and what is added to it: those of `${a}/models/${b}` are between its holes.
static void add_parts(Scan *s, const char *quote) {
  const char *most = s->end - quote > LONGEST_SPECIFIER ? quote + LONGEST_SPECIFIER : s->end;
  s->part.n = 0;
  for (const char *at = quote + 1; at < most && *at && (*quote == '`' || *at != '\n'); at++) {
    bool template = *quote == '`';
    if (*at == *quote) {
      const char *sign = sign_after(s, at + 1);
      quote = sign ? text_after(s, sign) : NULL;
      if (!quote)
        return end_part(s);
      at = quote;
    } else if (template && most - at > 1 && at[0] == '$' && at[1] == '{') {
      end_part(s);
    } else if (template && *at == '}') {
      s->part.n = 0;
    } else {
      text_add(&s->part, at, 1);
    }
  }
}

// Whether the text is a specifier that needs no run.
static bool is_plain(const Scan *s, const char *quote) {
  const char *word = word_of_module(s, quote);
  return word && !loads(s, word);
}

// `import.meta.dirname`, but not the function `dirname()`.
static bool is_own_folder(const Scan *s, const char *at) {
  const char *after = is_word(s, at, "dirname") ? skip_blank(s, at + strlen("dirname")) : s->end;
  return after < s->end && *after != '(';
}

// A file that loads modules by names which only a run tells puts paths together from its texts and its own folder.
static void see_parts(Scan *s) {
  for (const char *at = s->start; at < s->end; at++)
    if (is_quote(*at) && !is_plain(s, at))
      add_parts(s, at);
    else if ((*at == '_' && is_word(s, at, "__dirname")) || (*at == 'd' && is_own_folder(s, at)))
      add_part(s, ".", 1);
}

static void see_global(Scan *s, Word word) {
  if (is(word, "global") || is(word, "globalThis"))
    s->ambient |= assigns_member(s, word.at + word.n);
  s->graphql |= (is(word, "gql") || is(word, "graphql")) && tags(s, word);
}

static void see_import_word(Scan *s, Word word) {
  s->import = word.at;
  s->loads |= loads(s, word.at + word.n);
}

// What a word tells that is not in a line of a comment.
static void see_code(Scan *s, Word word) {
  switch (*word.at) {
  case 'a':
  case 't':
    if (is(word, "await") || is(word, "this"))
      see_act(s);
    break;
  case 'c':
    if (is(word, "class"))
      see_class(s, word.at);
    break;
  case 'd':
    if (is(word, "declare"))
      see_declaration(s, word.at + word.n);
    s->down |= is(word, "down") && is_name(s, word);
    break;
  case 'e':
    see_export(s, word);
    break;
  case 'g':
    see_global(s, word);
    break;
  case 'i':
    if (is(word, "import"))
      see_import_word(s, word);
    break;
  case 'r':
    if (is(word, "return"))
      see_act(s);
    if (is(word, "require"))
      s->loads |= loads(s, word.at + word.n);
    break;
  case 'u':
    s->up |= is(word, "up") && is_name(s, word);
  }
}

static void see_word(Scan *s, Word word) {
  s->us |= is(word, "seqscan");
  if (!s->comment)
    see_code(s, word);
}

// Examples in comments import much that the code does not: ` * import { x } from "y"`, `// ...`.
static void see_line(Scan *s, const char *at) {
  while (at < s->end && (*at == ' ' || *at == '\t'))
    at++;
  s->comment = s->end - at > 1 && ((*at == '*' && is_blank(at[1])) || (*at == '/' && at[1] == '/'));
}

static void see_text(Scan *s, const char *quote) {
  const char *word = s->comment ? NULL : word_of_module(s, quote);
  if (word)
    see_import(s, quote, word);
}

static void see_sign(Scan *s, const char *at) {
  switch (*at) {
  case '\n':
    see_line(s, at + 1);
    break;
  case '"':
  case '\'':
  case '`':
    see_text(s, at);
    break;
  case ',':
    if (s->declares && !s->comment)
      see_declared(s, at);
  }
}

// Go over all words and signs.
static void see_all(Scan *s) {
  for (const char *at = s->start; at < s->end;) {
    const char *word = at;
    while (at < s->end && is_word_byte(*at))
      at++;
    if (at > word)
      see_word(s, (Word){word, (size_t)(at - word)});
    else
      see_sign(s, at++);
  }
}

void mentions_read(Mentions *out, const char *bytes, size_t length) {
  static const char mark[] = "\xEF\xBB\xBF";  // of UTF-8
  size_t before = length >= 3 && !memcmp(bytes, mark, 3) ? 3 : 0;
  Scan s = {.start = bytes + before, .end = bytes + length, .head_end = bytes};
  see_line(&s, s.start);
  see_all(&s);
  for (uint32_t i = 0; i < s.clauses.n && s.interfaces.n; i++)
    mark_interfaces(&s, &s.clauses.at[i]);
  if (s.loads)
    see_parts(&s);
  text_release(&s.part);
  map_release(&s.found);
  vec_release(&s.clauses);
  vec_release(&s.interfaces);
  map_release(&s.last);
  map_release(&s.given);
  uint32_t flags = (s.ambient ? MENTIONS_AMBIENT : 0) | (s.up && s.down ? MENTIONS_WAYS : 0) | (s.us ? MENTIONS_US : 0) |
                   (s.graphql ? MENTIONS_GRAPHQL : 0) | (s.opaque ? MENTIONS_OPAQUE : 0);
  *out = (Mentions){s.specifiers.at, (uint32_t)s.specifiers.n, flags, 0};
}

void mentions_copy(Mentions *to, const Mentions *from) {
  *to = *from;
  to->specifiers = from->length ? xstrndup(from->specifiers, from->length) : NULL;
}

void mentions_release(Mentions *mentions) {
  xfree(mentions->specifiers);
  *mentions = (Mentions){0};
}
