// splice.c - values that are put into the text of a statement: `WHERE name = '${name}'`.
//
// The text is first written out, with a mark where something stands that is known at run time only. Then one pass over
// it tells where a value stands: within quotes, behind a comparison, in a list of IN or VALUES. Names of tables and
// columns and pieces of SQL stand elsewhere. Last, what cannot break out of its place is left out.
#include "splice.h"
#include "sql.h"

#include <ctype.h>
#include <strings.h>

// What the pass over the text knows.
typedef struct Scan {
  const char *at;
  uint32_t hole;      // the next one
  bool doubled;       // "..." is a value as well
  char quoted;        // the quote that it is within, 0 for none
  bool named;         // the quotes hold the key of a JSON path or an alias, not a value
  bool compared;      // behind a comparison
  bool between;       // the AND of a BETWEEN is to come
  bool listing;       // IN or VALUES was read
  int depth, list;    // open parentheses; those in which a list of values stands, 0 for none
  char last;          // the last character that is no white space
} Scan;

static bool in_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

// What is quoted is a value unless it is a key (`data->>'x'`) or the name of a column (`AS 'x'`).
static bool quotes_name(const char *text, const char *quote) {
  while (quote > text && isspace((unsigned char)quote[-1]))
    quote--;
  return (quote - text >= 2 && quote[-1] == '>' && (quote[-2] == '-' || quote[-2] == '>' || quote[-2] == '#')) ||
         (quote - text >= 3 && !strncasecmp(quote - 2, "as", 2) && !in_word(quote[-3]));
}

static void take_word(Scan *s) {
  static const char *const compare[] = {"like", "ilike", "rlike", "regexp", "between", "limit", "offset"};
  char word[16] = "";
  size_t n = 0;
  while (in_word(s->at[n]))
    n++;
  for (size_t i = 0; i < n && n < sizeof word; i++)
    word[i] = (char)tolower((unsigned char)s->at[i]);
  s->compared = is_any_of(word, compare, COUNT(compare)) || (s->between && !strcmp(word, "and"));
  s->between = !strcmp(word, "between") || (s->between && strcmp(word, "and"));
  s->listing = !strcmp(word, "in") || !strcmp(word, "values");
  if (!strcmp(word, "select"))
    s->list = 0;
  s->last = s->at[n - 1];
  s->at += n;
}

static void take_mark(Scan *s) {
  char c = *s->at++;
  s->depth += c == '(' ? 1 : c == ')' ? -1 : 0;
  if (c == '(' && s->listing)
    s->list = s->depth;
  if (c == ')' && s->depth < s->list)
    s->list = 0;
  s->listing = s->listing && c == '(' ? false : s->listing;
  // `VALUES (1, 2), (3, 4)`: the next row is one as well.
  if (c == '=' || c == '<' || c == '>' || c == '~')
    s->compared = c != '>' || s->last != '-';
  else
    s->compared = false;
  s->last = c;
}

// Whether a value of the statement stands in a hole outside of quotes: behind a comparison, as an element of a list.
static bool is_value_here(const Scan *s, const char *text) {
  char before = s->at > text ? s->at[-1] : ' ', after = s->at[1];
  if (in_word(before) || strchr("$:@.\"`", before) || in_word(after) || (after && strchr(".(\"`[", after)) || after == SPLICE_MARK)
    return false;
  return s->compared || (s->list && s->list == s->depth && (s->last == '(' || s->last == ','));
}

static bool skip_aside(Scan *s) {
  const char *end = NULL;
  if (!strncmp(s->at, "--", 2))
    end = strchr(s->at, '\n');
  else if (!strncmp(s->at, "/*", 2))
    end = strstr(s->at, "*/");
  else
    return false;
  if (!end)
    end = s->at + strlen(s->at) - 1;
  for (; s->at <= end; s->at++)
    s->hole += *s->at == SPLICE_MARK;
  return true;
}

// Go on to the next hole in which a value stands; returns its number + 1, 0 at the end.
static uint32_t next_value(Scan *s, const char *text) {
  while (*s->at) {
    char c = *s->at;
    if (c == SPLICE_MARK) {
      bool value = s->quoted ? !s->named : is_value_here(s, text);
      s->compared = false;
      s->last = SPLICE_MARK;
      s->at++;
      s->hole++;
      if (value)
        return s->hole;
    } else if ((c == '\'' || (c == '"' && s->doubled)) && (!s->quoted || s->quoted == c)) {
      s->named = !s->quoted && quotes_name(text, s->at);
      s->quoted = s->quoted ? 0 : c;
      s->compared = false;
      s->last = c;
      s->at++;
    } else if (s->quoted || isspace((unsigned char)c)) {
      s->at++;
    } else if (!skip_aside(s)) {
      in_word(c) ? take_word(s) : take_mark(s);
    }
  }
  return 0;
}

//
// Whole statements
//

// The text of `{ text, values }` and the like, else the expression itself.
static Ref text_within(Splice *w, Ref sql) {
  static const char *const keys[] = {"text", "sql", "query"};
  const File *f = splice_file(w, sql);
  const Expr *e = splice_expr(w, sql);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    if (property->kind == EX_PROPERTY && is_any_of(text_of(f, property->name), keys, COUNT(keys)))
      return splice_operand(sql, property->a);
  }
  return sql;
}

// Statements that take parameters; of a piece of one nothing is asked.
static bool takes_parameters(const char *sql) {
  static const char *const verbs[] = {"select", "insert", "update", "delete", "with", "replace", "merge", "values"};
  char word[16] = "";
  sql = sql_start(sql);
  for (size_t i = 0; in_word(sql[i]) && i + 1 < sizeof word; i++)
    word[i] = (char)tolower((unsigned char)sql[i]);
  return is_any_of(word, verbs, COUNT(verbs));
}

Ref spliced_value(const Judge *j, Ref sql, uint32_t site, bool whole) {
  Splice w = {.j = j, .p = j->program};
  splice_put(&w, text_within(&w, sql), 0);
  text_add(&w.text, "", 0);
  Scan s = {.at = w.text.at, .doubled = w.p->libs->libraries.at[w.p->sites.at[site].library].double_quotes};
  Ref found = {0, 0};
  for (uint32_t at; !found.file && (!whole || takes_parameters(w.text.at)) && (at = next_value(&s, w.text.at));) {
    w.steps = 0;
    Freedom free = splice_freedom(&w, w.holes[at - 1], 0);
    if (free > (s.quoted ? FREE_NONE : FREE_UNKNOWN))
      found = w.holes[at - 1];
  }
  text_release(&w.text);
  return found;
}
