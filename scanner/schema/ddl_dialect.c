// ddl_dialect.c - statements of MySQL, SQLite and SQL Server, written as PostgreSQL has them.
//
// Only what says something of columns, keys and indexes is kept: options of engines, character sets and comments go.
// An index inside of a CREATE TABLE or ALTER TABLE becomes a statement of its own. What is not known stays as it
// is, and the parser judges it.
#include "ddl.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef enum TokenKind { TOKEN_WORD, TOKEN_NAME, TOKEN_STRING, TOKEN_MARK } TokenKind;

typedef struct Token {
  TokenKind kind;
  const char *at;  // of a quoted name: what is quoted
  size_t length;
  int depth;       // of parentheses around it; a parenthesis itself counts as outside
} Token;

typedef struct Rewrite {
  VEC(Token) tokens;
  Text *out;
  bool backslashes;
  uint32_t table, table_end;  // the tokens of the table's name
} Rewrite;

//
// Tokens
//

static bool is_hole(const char *at, const char *end) { return end - at >= 3 && !memcmp(at, "${}", 3); }

// `[name]` of SQL Server; `[1]` and `[]` are arrays.
static size_t bracket_length(const char *at, const char *end) {
  const char *close = *at == '[' ? memchr(at, ']', (size_t)(end - at)) : NULL;
  return close && close > at + 1 && (isalpha((unsigned char)at[1]) || at[1] == '_') ? (size_t)(close + 1 - at) : 0;
}

// A name with something put in at run time is a name all the same.
static const char *past_name_with_holes(const char *at, const char *end) {
  bool holes = false;
  for (;; holes = true) {
    while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
      at++;
    if (!is_hole(at, end))
      return holes ? at : NULL;
    at += 3;
  }
}

static const char *read_token(const char *at, const char *end, bool backslashes, Token *token) {
  size_t bracket = bracket_length(at, end);
  const char *next = bracket ? at + bracket : past_name_with_holes(at, end);
  bool quoted = bracket || *at == '`' || *at == '"';
  *token = (Token){.kind = next || quoted ? TOKEN_NAME : TOKEN_MARK, .at = at};
  if (!next)
    next = ddl_token(at, end, backslashes);
  if (token->kind == TOKEN_MARK && (isalnum((unsigned char)*at) || *at == '_' || (*at & 0x80)))
    token->kind = TOKEN_WORD;
  if (next[-1] == '\'' && next - at > 1)
    token->kind = TOKEN_STRING;
  token->length = (size_t)(next - at);
  if (quoted && token->length >= 2)
    token->at++, token->length -= 2;
  return next;
}

static void read_tokens(Rewrite *r, const Statement *statement) {
  const char *at = statement->text, *end = at + statement->length;
  int depth = 0;
  while ((at = ddl_skip_blank(at, end)) < end) {
    Token token;
    at = read_token(at, end, statement->backslashes, &token);
    bool mark = token.kind == TOKEN_MARK;
    depth -= mark && *token.at == ')';
    token.depth = depth;
    depth += mark && *token.at == '(';
    vec_push(&r->tokens, token);
  }
}

static bool is_word(const Rewrite *r, uint32_t i, const char *word) {
  const Token *token = i < r->tokens.n ? &r->tokens.at[i] : NULL;
  return token && token->kind == TOKEN_WORD && token->length == strlen(word) && !strncasecmp(token->at, word, token->length);
}

static bool is_any(const Rewrite *r, uint32_t i, const char *const *words, size_t count) {
  for (size_t k = 0; k < count; k++)
    if (is_word(r, i, words[k]))
      return true;
  return false;
}
#define IS_ANY(r, i, ...) is_any(r, i, (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))

static bool is_mark(const Rewrite *r, uint32_t i, char mark) {
  return i < r->tokens.n && r->tokens.at[i].kind == TOKEN_MARK && *r->tokens.at[i].at == mark;
}

// Past a group in parentheses, or to where it was when none starts here.
static uint32_t past_group(const Rewrite *r, uint32_t i) {
  if (!is_mark(r, i, '('))
    return i;
  for (uint32_t k = i + 1; k < r->tokens.n; k++)
    if (is_mark(r, k, ')') && r->tokens.at[k].depth == r->tokens.at[i].depth)
      return k + 1;
  return r->tokens.n;
}

// Nothing where the statement ends too early.
static void emit(Rewrite *r, uint32_t i) {
  if (i >= r->tokens.n)
    return;
  const Token *token = &r->tokens.at[i];
  bool escapes = r->backslashes && token->kind == TOKEN_STRING && memchr(token->at, '\\', token->length);
  text_puts(r->out, token->kind == TOKEN_NAME ? " \"" : escapes && *token->at == '\'' ? " E" : " ");
  text_add(r->out, token->at, token->length);
  if (token->kind == TOKEN_NAME)
    text_puts(r->out, "\"");
}

//
// Columns
//

// Past words that say nothing of columns and keys, or to where it was.
static uint32_t past_noise(const Rewrite *r, uint32_t i) {
  if (IS_ANY(r, i, "auto_increment", "autoincrement", "unsigned", "signed", "zerofill", "clustered", "nonclustered", "visible",
             "invisible", "asc", "sparse", "rowguidcol"))
    return i + 1;
  if (is_word(r, i, "character") && is_word(r, i + 1, "set"))
    return i + 3 + is_mark(r, i + 2, '=');
  if (IS_ANY(r, i, "charset", "collate"))
    return i + 2 + is_mark(r, i + 1, '=');
  if (is_word(r, i, "comment") && i + 1 < r->tokens.n && r->tokens.at[i + 1].kind == TOKEN_STRING)
    return i + 2;
  if (is_word(r, i, "on") && is_word(r, i + 1, "update") && IS_ANY(r, i + 2, "current_timestamp", "now", "localtimestamp"))
    return past_group(r, i + 3);
  if (is_word(r, i, "on") && is_word(r, i + 1, "conflict"))
    return i + 3;
  if (is_word(r, i, "using") && IS_ANY(r, i + 1, "btree", "hash"))
    return i + 2;
  return is_word(r, i, "identity") ? past_group(r, i + 1) : i;
}

// Types that PostgreSQL has without a width, or not at all; returns what follows.
static uint32_t emit_type(Rewrite *r, uint32_t i) {
  if (IS_ANY(r, i, "int", "integer", "smallint", "bigint", "real", "float") && is_mark(r, i + 1, '(')) {
    emit(r, i);
    return past_group(r, i + 1);
  }
  if (is_word(r, i, "double") && !is_word(r, i + 1, "precision")) {
    text_puts(r->out, " float8");
    return past_group(r, i + 1);
  }
  if (is_word(r, i, "set") && is_mark(r, i + 1, '(')) {
    text_puts(r->out, " text");
    return past_group(r, i + 1);
  }
  if (is_word(r, i, "virtual")) {
    text_puts(r->out, " stored");
    return i + 1;
  }
  return i;
}

static void emit_range(Rewrite *r, uint32_t i, uint32_t end) {
  while (i < end) {
    uint32_t next = past_noise(r, i);
    next = next == i ? emit_type(r, i) : next;
    if (next == i)
      emit(r, next++);
    i = next;
  }
}

//
// Keys and indexes
//

static void emit_table(Rewrite *r) {
  for (uint32_t i = r->table; i < r->table_end; i++)
    emit(r, i);
}

// `(a(191), b DESC)` without the lengths of prefixes; keys have no order.
static void emit_parts(Rewrite *r, uint32_t i, bool ordered) {
  uint32_t end = past_group(r, i);
  int depth = r->tokens.at[i].depth;
  for (uint32_t k = i; k < end; k++) {
    bool prefix = is_mark(r, k, '(') && k > i && r->tokens.at[k].depth == depth + 1 && past_group(r, k) == k + 3 &&
                  isdigit((unsigned char)*r->tokens.at[k + 1].at);
    if (prefix)
      k += 2;
    else if (!is_word(r, k, "asc") && (ordered || !is_word(r, k, "desc")))
      emit(r, k);
  }
}

// `UNIQUE KEY name (parts)`, `FULLTEXT INDEX name (parts)`, `KEY (parts)`: a statement for it. False when the item is no
// index; `key varchar(255)` is a column.
static bool emit_index(Rewrite *r, uint32_t i, uint32_t end, uint32_t name) {
  bool unique = is_word(r, i, "unique"), special = IS_ANY(r, i, "fulltext", "spatial");
  uint32_t first = i, at = i + (unique || special);
  bool key = IS_ANY(r, at, "key", "index");
  at += key;
  if (!key && !special)
    return false;
  if (!is_mark(r, at, '(') && !is_word(r, at, "using"))
    name = at++;
  at = past_noise(r, at);
  if (at + 1 >= end || !is_mark(r, at, '(') || isdigit((unsigned char)*r->tokens.at[at + 1].at))
    return false;
  text_puts(r->out, unique ? ";\nCREATE UNIQUE INDEX" : ";\nCREATE INDEX");
  if (name)
    emit(r, name);
  text_puts(r->out, " ON");
  emit_table(r);
  if (special) {
    text_puts(r->out, " USING");
    emit(r, first);
  }
  emit_parts(r, at, true);
  return true;
}

// `[CONSTRAINT name] PRIMARY KEY (parts)` and `FOREIGN KEY name (columns) ...` as PostgreSQL has them.
static void emit_key(Rewrite *r, uint32_t i, uint32_t end) {
  bool primary = is_word(r, i, "primary"), foreign = is_word(r, i, "foreign");
  uint32_t parts = i;
  while (parts < end && !is_mark(r, parts, '('))
    parts++;
  if ((!primary && !foreign && !is_word(r, i, "unique")) || parts == end) {
    emit_range(r, i, end);
    return;
  }
  text_puts(r->out, primary ? " PRIMARY KEY" : foreign ? " FOREIGN KEY" : " UNIQUE");
  emit_parts(r, parts, false);
  if (foreign)
    emit_range(r, past_group(r, parts), end);
}

// The name that a constraint is given, 0 for none; *i moves behind it.
static uint32_t constraint_name(const Rewrite *r, uint32_t *i) {
  if (!is_word(r, *i, "constraint"))
    return 0;
  bool named = !IS_ANY(r, *i + 1, "primary", "unique", "foreign", "check");
  *i += 1 + named;
  return named ? *i - 1 : 0;
}

static void emit_element(Rewrite *r, uint32_t i, uint32_t end) {
  uint32_t name = constraint_name(r, &i);
  if (name) {
    text_puts(r->out, " CONSTRAINT");
    emit(r, name);
  }
  emit_key(r, i, end);
}

//
// Statements
//

// The end of the element that starts at i: its comma, or the end.
static uint32_t element_end(const Rewrite *r, uint32_t i, uint32_t end, int depth) {
  while (i < end && !(is_mark(r, i, ',') && r->tokens.at[i].depth == depth))
    i++;
  return i;
}

// Past `TABLE IF NOT EXISTS schema.name`; notes where the name is.
static uint32_t read_table_name(Rewrite *r, uint32_t i) {
  while (IS_ANY(r, i, "create", "alter", "temporary", "temp", "ignore", "table", "if", "not", "exists", "only", "rename"))
    i++;
  r->table = i++;
  while (is_mark(r, i, '.'))
    i += 2;
  r->table_end = i < r->tokens.n ? i : r->tokens.n;
  return r->table_end;
}

static void rewrite_create_table(Rewrite *r) {
  uint32_t body = read_table_name(r, 0), end = past_group(r, body);
  bool first = true;
  if (end == body) {
    emit_range(r, 0, r->tokens.n);
    return;
  }
  for (uint32_t i = 0; i < body; i++)
    emit(r, i);
  text_puts(r->out, " (");
  for (int pass = 0; pass < 2; pass++) {  // columns and keys, then indexes as statements
    for (uint32_t i = body + 1, next; i + 1 < end; i = next + 1) {
      next = element_end(r, i, end - 1, r->tokens.at[body].depth + 1);
      size_t before = r->out->n;
      uint32_t at = i, name = constraint_name(r, &at);
      bool index = emit_index(r, at, next, name);
      if (pass == 1)
        continue;
      if (index) {
        r->out->n = before;
        continue;
      }
      text_puts(r->out, first ? "" : ",");
      first = false;
      emit_element(r, i, next);
    }
    text_puts(r->out, pass ? "" : ")");
  }
}

static void start_alter(Rewrite *r) {
  text_puts(r->out, ";\nALTER TABLE");
  emit_table(r);
}

static void emit_named(Rewrite *r, const char *before, uint32_t name, const char *after) {
  if (name >= r->tokens.n)
    return;
  start_alter(r);
  text_puts(r->out, before);
  emit(r, name);
  text_puts(r->out, after);
}

// `MODIFY name type NOT NULL`, `ALTER COLUMN name type`: the type ends where its constraints start.
static void modify_column(Rewrite *r, uint32_t name, uint32_t i, uint32_t end) {
  uint32_t type = i;
  bool required = false;
  while (i < end && !IS_ANY(r, i, "not", "null", "default", "comment", "auto_increment", "collate", "character", "charset", "on",
                            "after", "first", "unique", "primary", "key", "generated", "constraint"))
    i++;
  if (type == i)
    return;
  for (uint32_t k = i; k + 1 < end; k++)
    required |= is_word(r, k, "not") && is_word(r, k + 1, "null");
  emit_named(r, " ALTER COLUMN", name, " TYPE");
  emit_range(r, type, i);
  emit_named(r, " ALTER COLUMN", name, required ? " SET NOT NULL" : " DROP NOT NULL");
}

static void add_to_table(Rewrite *r, uint32_t i, uint32_t end) {
  uint32_t at = i += is_word(r, i, "column"), name = constraint_name(r, &at);
  if (emit_index(r, at, end, name))
    return;
  if (end - i > 2 && is_word(r, end - 2, "after"))
    end -= 2;
  else if (end - i > 2 && is_word(r, end - 1, "first"))
    end--;
  start_alter(r);
  text_puts(r->out, " ADD");
  emit_element(r, i, end);
}

static void drop_from_table(Rewrite *r, uint32_t i, uint32_t end) {
  if (IS_ANY(r, i, "index", "key") && i + 1 < end) {
    text_puts(r->out, ";\nDROP INDEX");
    emit(r, i + 1);
  } else if (is_word(r, i, "foreign"))
    emit_named(r, " DROP CONSTRAINT", i + 2, "");
  else if (is_word(r, i, "primary")) {
    const Token *table = &r->tokens.at[r->table_end - 1];
    start_alter(r);
    text_printf(r->out, " DROP CONSTRAINT \"%.*s_pkey\"", (int)table->length, table->at);
  } else {
    start_alter(r);
    text_puts(r->out, " DROP");
    emit_range(r, i, end);
  }
}

static void rename_in_table(Rewrite *r, uint32_t i, uint32_t end) {
  if (IS_ANY(r, i, "index", "key") && i + 3 < end) {
    text_puts(r->out, ";\nALTER INDEX");
    emit(r, i + 1);
    text_puts(r->out, " RENAME TO");
    emit(r, i + 3);
    return;
  }
  start_alter(r);
  text_puts(r->out, " RENAME");
  emit_range(r, i, end);
}

// One change of an ALTER TABLE; in the lists of SQL Server, ADD is written once. True when it adds.
static bool rewrite_change(Rewrite *r, uint32_t i, uint32_t end, bool added) {
  uint32_t column = i + 1 + is_word(r, i + 1, "column");
  if (is_word(r, i, "with") && IS_ANY(r, i + 1, "check", "nocheck"))
    i += 2;
  if (is_word(r, i, "add")) {
    add_to_table(r, i + 1, end);
    return true;
  }
  if (is_word(r, i, "drop"))
    drop_from_table(r, i + 1, end);
  else if (is_word(r, i, "rename"))
    rename_in_table(r, i + 1, end);
  else if (is_word(r, i, "modify"))
    modify_column(r, column, column + 1, end);
  else if (is_word(r, i, "change") && column + 2 < end) {
    emit_named(r, " RENAME COLUMN", column, " TO");
    emit(r, column + 1);
    modify_column(r, column + 1, column + 2, end);
  } else if (is_word(r, i, "alter") && !IS_ANY(r, column + 1, "set", "drop", "type", "add", "reset"))
    modify_column(r, column, column + 1, end);
  else if (IS_ANY(r, i, "alter", "set")) {
    start_alter(r);
    emit_range(r, i, end);
  } else if (added)
    add_to_table(r, i, end);
  return added;
}

static void rewrite_alter_table(Rewrite *r) {
  bool added = false;
  for (uint32_t i = read_table_name(r, 0), end; i < r->tokens.n; i = end + 1) {
    end = element_end(r, i, r->tokens.n, 0);
    added = rewrite_change(r, i, end, added);
  }
}

// CREATE [UNIQUE] INDEX name ON table (parts) [INCLUDE (...)] [WHERE ...]
static void rewrite_create_index(Rewrite *r) {
  uint32_t i = 0, method = 0;
  for (; i < r->tokens.n && !is_word(r, i, "on"); i++)
    if (IS_ANY(r, i, "fulltext", "spatial"))
      method = i;
    else if (IS_ANY(r, i, "using"))
      i++;
    else if (past_noise(r, i) == i)
      emit(r, i);
  uint32_t parts = i;
  while (parts < r->tokens.n && !is_mark(r, parts, '('))
    parts++;
  for (; i < parts; i++)
    emit(r, i);
  if (method) {
    text_puts(r->out, " USING");
    emit(r, method);
  }
  if (parts < r->tokens.n)
    emit_parts(r, parts, true);
  for (i = past_group(r, parts); i < r->tokens.n && !is_word(r, i, "where"); i++)
    if (is_word(r, i, "include")) {
      uint32_t end = past_group(r, i + 1);
      emit_range(r, i, end);
      i = end - 1;
    }
  emit_range(r, i, r->tokens.n);
}

// `DROP INDEX name ON table`
static void rewrite_drop_index(Rewrite *r) {
  for (uint32_t i = 0; i < r->tokens.n && !is_word(r, i, "on"); i++)
    emit(r, i);
}

// `RENAME TABLE a TO b, c TO d`
static void rewrite_rename(Rewrite *r) {
  for (uint32_t i = 2, end; i < r->tokens.n; i = end + 1) {
    end = element_end(r, i, r->tokens.n, 0);
    uint32_t to = i;
    while (to < end && !is_word(r, to, "to"))
      to++;
    text_puts(r->out, ";\nALTER TABLE");
    emit_range(r, i, to);
    text_puts(r->out, " RENAME");
    emit_range(r, to, end);
  }
}

static bool is_index_statement(const Rewrite *r) {
  uint32_t i = 1;
  while (IS_ANY(r, i, "unique", "fulltext", "spatial", "clustered", "nonclustered"))
    i++;
  return is_word(r, i, "index");
}

// Whether a word stands behind the type in the definition of a column, or with a value among the options of the table.
static bool is_option(const Rewrite *r, uint32_t i, uint32_t element, const char *word) {
  if (!is_word(r, i, word))
    return false;
  bool named = IS_ANY(r, i - 1, "references", "constraint");
  return r->tokens.at[i].depth ? r->tokens.at[i].depth == 1 && i >= element + 2 && !named : is_mark(r, i + 1, '=');
}

Dialect ddl_dialect_shown(const Statement *statement) {
  Rewrite r = {.backslashes = statement->backslashes};
  Dialect shown = DIALECT_UNKNOWN;
  if (statement->kind == DDL_CREATE_TABLE)
    read_tokens(&r, statement);
  for (uint32_t i = 1, element = 0; i < r.tokens.n && !shown; i++) {
    const Token *before = &r.tokens.at[i - 1];
    if ((before->depth == 0 && is_mark(&r, i - 1, '(')) || (before->depth == 1 && is_mark(&r, i - 1, ',')))
      element = i;
    bool engine = is_word(&r, i, "engine") && is_mark(&r, i + 1, '=') && !r.tokens.at[i].depth;
    if (engine || is_option(&r, i, element, "auto_increment"))
      shown = DIALECT_MYSQL;
    else if (is_option(&r, i, element, "autoincrement"))
      shown = DIALECT_SQLITE;
  }
  vec_release(&r.tokens);
  return shown;
}

void ddl_rewrite(const Statement *statement, Text *out) {
  Rewrite r = {.out = out, .backslashes = statement->backslashes};
  read_tokens(&r, statement);
  if (statement->kind == DDL_CREATE_TABLE)
    rewrite_create_table(&r);
  else if (statement->kind == DDL_ALTER_TABLE)
    rewrite_alter_table(&r);
  else if (is_word(&r, 0, "create") && is_index_statement(&r))
    rewrite_create_index(&r);
  else if (is_word(&r, 0, "drop") && is_word(&r, 1, "index"))
    rewrite_drop_index(&r);
  else if (is_word(&r, 0, "rename"))
    rewrite_rename(&r);
  else
    emit_range(&r, 0, r.tokens.n);
  text_puts(out, "");
  vec_release(&r.tokens);
}
