// bound.c - the values that a call gives for the placeholders of its statement: `SET name = $2`, `name = ?`, `name = ${name}`.
#include "judge.h"
#include "values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A statement's text, the expression of it, and the parameters that the call gives behind it.
typedef struct Bound {
  Program *p;
  const Repeated *r;
  Ref literal;
  Id parameters;  // 0: none
  uint32_t holes, marks;  // passed so far: `${}`, `?`
} Bound;

static bool in_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

static Id element(const File *f, Id list, uint32_t index) {
  const Expr *e = expr_at(f, list);
  return e->kind == EX_ARRAY && index < e->count ? list_at(f, e->first, index) : 0;
}

// A property of an object that is written out, else the whole of what is given.
static Id property(const File *f, Id object, const char *name, size_t length) {
  const Expr *e = expr_at(f, object);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *part = expr_at(f, list_at(f, e->first, i));
    const char *key = text_of(f, part->name);
    if (part->kind == EX_PROPERTY && strlen(key) == length && !memcmp(key, name, length))
      return part->a;
  }
  return object;
}

// The value of the placeholder that starts at `*at`, and past it. False when none starts there; 0 when it cannot be told.
static bool take_placeholder(Bound *b, const char **at, Id *value) {
  const File *f = &b->p->files.at[b->literal.file], *g = &b->p->files.at[b->r->file];
  const Expr *literal = expr_at(f, b->literal.id);
  const char *text = *at, *name = text + 1 + (text[0] == '$' && text[1] && strchr("<{(/[", text[1]));
  if (!strncmp(text, "${}", 3)) {
    uint32_t hole = b->holes++;
    *at += 3;
    *value = literal->kind == EX_TEMPLATE && hole < literal->count && b->literal.file == b->r->file ? list_at(f, literal->first, hole) : 0;
    return true;
  }
  *at += 1;
  if (*text == '?') {
    *value = element(g, b->parameters, b->marks++);
    return true;
  }
  if (*text == '$' && isdigit((unsigned char)*name)) {
    *value = element(g, b->parameters, (uint32_t)strtoul(name, NULL, 10) - 1);
    return true;
  }
  size_t length = strcspn(name, " ,;()<>{}/[]=:\n\t");
  bool named = (*text == '$' || *text == '@' || (*text == ':' && text[-1] != ':')) && length && in_name(*name);
  *value = named ? property(g, b->parameters, name, length) : 0;
  return named;
}

static bool is_word(const char *text, const char *at, const char *word) {
  size_t length = strlen(word);
  return !strncasecmp(at, word, length) && !in_name(at[length]) && (at == text || !in_name(at[-1]));
}

bool update_sets_varying(Program *p, const Repeated *r, const Query *q) {
  const Site *site = &p->sites.at[q->site];
  Ref sql = q->via.file ? q->statement : site->sql;
  Bound b = {.p = p, .r = r, .literal = sql.file ? sql_literal(p, sql.file, sql.id) : (Ref){0, 0}};
  if (!b.literal.file || q->expr.file != r->file)
    return true;
  const char *text = text_of(&p->files.at[b.literal.file], expr_at(&p->files.at[b.literal.file], b.literal.id)->name);
  b.parameters = query_parameters(&p->files.at[r->file], q->expr.id, sql.id);
  bool sets = false;
  for (const char *at = text; *at;) {
    const char *before = at;
    Id value;
    sets = (sets || is_word(text, at, "set")) && !is_word(text, at, "where");
    if (*at == '\'')
      at = strchr(at + 1, '\'') ? strchr(at + 1, '\'') + 1 : at + strlen(at);
    else if (strchr("$?:@", *at) && take_placeholder(&b, &at, &value)) {
      if (sets && (!value || varies(p, r->file, value, &r->repeat)))
        return true;
    } else
      at = before + 1;
  }
  return false;
}
