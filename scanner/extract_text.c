// extract_text.c - names, and the values of string and template literals.
#include "extract.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

Name text_of(Extract *x, At at) {
  if (!at)
    return 0;
  const Node *node = &x->nodes[at];
  return names_add(&x->facts->names, x->bytes + node->start, node->end - node->start);
}

Name intern(Extract *x, const char *text) { return names_add(&x->facts->names, text, strlen(text)); }

static void add_utf8(Text *out, uint32_t code) {
  char bytes[4];
  size_t n = 0;
  if (code < 0x80) {
    bytes[n++] = (char)code;
  } else if (code < 0x800) {
    bytes[n++] = (char)(0xc0 | code >> 6);
    bytes[n++] = (char)(0x80 | (code & 63));
  } else if (code < 0x10000) {
    bytes[n++] = (char)(0xe0 | code >> 12);
    bytes[n++] = (char)(0x80 | (code >> 6 & 63));
    bytes[n++] = (char)(0x80 | (code & 63));
  } else {
    bytes[n++] = (char)(0xf0 | (code >> 18 & 7));
    bytes[n++] = (char)(0x80 | (code >> 12 & 63));
    bytes[n++] = (char)(0x80 | (code >> 6 & 63));
    bytes[n++] = (char)(0x80 | (code & 63));
  }
  text_add(out, bytes, n);
}

// Up to `max` hexadecimal digits.
static const char *hex(const char *at, const char *end, int max, uint32_t *value) {
  *value = 0;
  for (; max-- && at < end && isxdigit((unsigned char)*at); at++) {
    int digit = isdigit((unsigned char)*at) ? *at - '0' : (*at | 32) - 'a' + 10;
    *value = *value * 16 + (uint32_t)digit;
  }
  return at;
}

// \u0041 and \u{1F600}, `at` behind the u; a surrogate pair is one character.
static const char *decode_unicode(Text *out, const char *at, const char *end) {
  uint32_t code, low;
  if (at < end && *at == '{') {
    at = hex(at + 1, end, 6, &code);
    at += at < end && *at == '}';
  } else {
    at = hex(at, end, 4, &code);
  }
  if (code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const char *next = hex(at + 2, end, 4, &low);
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at = next;
    }
  }
  add_utf8(out, code);
  return at;
}

// One escape, `at` behind the backslash. Returns what follows it.
static const char *decode_escape(Text *out, const char *at, const char *end) {
  static const char from[] = "ntrbfv", to[] = "\n\t\r\b\f\v";
  uint32_t code;
  char c = *at++;
  const char *simple = c ? strchr(from, c) : NULL;
  if (simple) {
    text_add(out, &to[simple - from], 1);
  } else if (c == 'u') {
    at = decode_unicode(out, at, end);
  } else if (c == 'x') {
    at = hex(at, end, 2, &code);
    add_utf8(out, code);
  } else if (c == '\r') {
    at += at < end && *at == '\n';
  } else if (c != '\n') {
    text_add(out, &c, 1);
  }
  return at;
}

static void decode(Text *out, const char *at, const char *end) {
  while (at < end) {
    const char *escape = memchr(at, '\\', (size_t)(end - at));
    text_add(out, at, (size_t)((escape ? escape : end) - at));
    if (!escape || escape + 1 >= end)
      return;
    at = decode_escape(out, escape + 1, end);
  }
}

// The value of a string literal. An unclosed one ends where the parser ended it.
Name string_value(Extract *x, At at) {
  const char *start = x->bytes + x->nodes[at].start, *end = x->bytes + x->nodes[at].end;
  if (end - start >= 2 && end[-1] == *start)
    end--;
  start += start < end;
  if (!memchr(start, '\\', (size_t)(end - start)))
    return names_add(&x->facts->names, start, (size_t)(end - start));
  text_clear(&x->text);
  decode(&x->text, start, end);
  return names_add(&x->facts->names, x->text.at ? x->text.at : "", x->text.n);
}

// The text of a template literal, with ${} for each hole.
Name template_text(Extract *x, At at) {
  const char *start = x->bytes + x->nodes[at].start, *end = x->bytes + x->nodes[at].end;
  if (end - start >= 2 && end[-1] == '`')
    end--;
  start += start < end;
  text_clear(&x->text);
  EACH_CHILD (x, at, child) {
    if (x->nodes[child].kind != N_template_substitution)
      continue;
    decode(&x->text, start, x->bytes + x->nodes[child].start);
    text_puts(&x->text, "${}");
    start = x->bytes + x->nodes[child].end;
  }
  decode(&x->text, start, end);
  return names_add(&x->facts->names, x->text.at ? x->text.at : "", x->text.n);
}

// The text of a literal that can stand for a name (`a["b"]`, `a[0]`), else 0.
Name literal_text(Extract *x, At at) {
  at = without_parens(x, at);
  switch (at ? x->nodes[at].kind : N_NONE) {
  case N_string:
    return string_value(x, at);
  case N_number:
    return text_of(x, at);
  case N_template_string:
    return child_of_kind(x, at, N_template_substitution) ? 0 : template_text(x, at);
  default:
    return 0;
  }
}

// The name of a property, member, or import specifier.
Name key_name(Extract *x, At at) {
  switch (at ? x->nodes[at].kind : N_NONE) {
  case N_NONE:
    return 0;
  case N_string:
    return string_value(x, at);
  case N_computed_property_name:
    return literal_text(x, first_child(x, at));
  default:
    return text_of(x, at);
  }
}

// Past white space, parentheses and comments before the first word.
static const char *past_comments(const char *text) {
  for (;;) {
    while (isspace((unsigned char)*text) || *text == '(')
      text++;
    const char *end = !strncmp(text, "--", 2) ? strchr(text, '\n') : !strncmp(text, "/*", 2) ? strstr(text, "*/") : NULL;
    if (!end)
      return text;
    text = end + (*end == '*' ? 2 : 1);
  }
}

// Does the text start like an SQL statement: one of its verbs, then white space or nothing?
bool looks_like_sql(const char *text) {
  static const char *const verbs[] = {
      "SELECT",  "INSERT", "UPDATE",  "DELETE",  "WITH",   "MERGE",   "REPLACE",   "TRUNCATE",
      "CREATE",  "ALTER",  "DROP",    "BEGIN",   "COMMIT", "START",   "SAVEPOINT", "ROLLBACK",
      "RELEASE", "LOCK",   "EXPLAIN", "CALL",    "VALUES", "COPY",    "ANALYZE",   "VACUUM",
      "GRANT",   "REVOKE", "SET",     "REFRESH", "UPSERT", "DECLARE",
  };
  text = past_comments(text);
  size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  if (length < 3 || length > 9 || (text[length] && !isspace((unsigned char)text[length])))
    return false;
  for (size_t i = 0; i < COUNT(verbs); i++)
    if (strlen(verbs[i]) == length && !strncasecmp(text, verbs[i], length))
      return true;
  return false;
}
