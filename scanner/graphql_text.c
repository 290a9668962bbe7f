// graphql_text.c - the words of GraphQL texts: schema files, documents of clients, and both as literals in code.
#include "graphql.h"
#include "values.h"

#include <ctype.h>
#include <string.h>

static bool at_text(const GraphqlText *t, const char *text) {
  size_t n = strlen(text);
  return (size_t)(t->end - t->at) >= n && !memcmp(t->at, text, n);
}

static void skip_past(GraphqlText *t, const char *text) {
  while (t->at < t->end && !at_text(t, text))
    t->at += *t->at == '\\' && t->at + 1 < t->end ? 2 : 1;
  t->at += at_text(t, text) ? strlen(text) : 0;
}

static void skip_string(GraphqlText *t) {
  const char *quotes = at_text(t, "\"\"\"") ? "\"\"\"" : "\"";
  t->at += strlen(quotes);
  skip_past(t, quotes);
}

static bool is_space(char c) { return isspace((unsigned char)c) || c == ','; }
static bool is_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void skip_between(GraphqlText *t) {
  while (t->at < t->end) {
    if (is_space(*t->at))
      t->at++;
    else if (*t->at == '#')
      skip_past(t, "\n");
    else if (*t->at == '"')
      skip_string(t);
    else
      return;
  }
}

void graphql_next(GraphqlText *t) {
  skip_between(t);
  if (t->at >= t->end) {
    t->token = 0;
    return;
  }
  t->token = is_name(*t->at) ? 'a' : *t->at ? *t->at : ' ';
  t->name = t->at++;
  while (t->token == 'a' && t->at < t->end && is_name(*t->at))
    t->at++;
  t->length = (size_t)(t->at - t->name);
}

// Begin with the first token.
static void graphql_start(GraphqlText *t, const char *text, size_t length) {
  t->at = text;
  t->end = text + length;
  graphql_next(t);
}

bool graphql_is(const GraphqlText *t, const char *word) {
  return t->token == 'a' && t->length == strlen(word) && !memcmp(t->name, word, t->length);
}

Sym graphql_name(const GraphqlText *t) {
  char name[128];
  if (t->token != 'a' || t->length >= sizeof name)
    return 0;
  memcpy(name, t->name, t->length);
  name[t->length] = '\0';
  return sym_intern(t->p, name);
}

void graphql_skip_brackets(GraphqlText *t) {
  int depth = 0;
  do {
    depth += t->token == '(' || t->token == '{' || t->token == '[';
    depth -= t->token == ')' || t->token == '}' || t->token == ']';
    graphql_next(t);
  } while (t->token && depth > 0);
}

// Whether a literal is marked as GraphQL: gql`...`, graphql(`...`).
static bool is_tagged(const File *f, Id literal) {
  const Expr *tag = expr_at(f, expr_at(f, literal)->parent);
  const char *name = tag->kind == EX_TAGGED || tag->kind == EX_CALL ? text_of(f, expr_at(f, tag->a)->name) : "";
  return !strcmp(name, "gql") || !strcmp(name, "graphql");
}

static void read_code(Program *p, const File *f, bool tagged, GraphqlReader *read, void *state) {
  for (Id id = 1; id < f->facts.exprs.n; id++) {
    const Expr *e = expr_at(f, id);
    if (e->kind != EX_TEMPLATE && e->kind != EX_STRING)
      continue;
    const char *text = text_of(f, e->name), *type = strstr(text, "type ");
    if (tagged ? !is_tagged(f, id) : !type || !strchr(type, '{'))
      continue;
    GraphqlText t = {.p = p};
    graphql_start(&t, text, strlen(text));
    read(state, &t);
  }
}

void graphql_texts(Program *p, bool tagged, GraphqlReader *read, void *state) {
  for (uint32_t i = 0; i < p->texts.n; i++) {
    const TextFile *file = &p->texts.at[i];
    if (file->source->lang != LANG_GRAPHQL || context_of_source(file->source, file->source->path) != CONTEXT_APP)
      continue;
    GraphqlText t = {.p = p};
    graphql_start(&t, file->text, file->length);
    read(state, &t);
  }
  for (FileId file = 1; file < p->files.n; file++)
    if (p->files.at[file].context == CONTEXT_APP)
      read_code(p, &p->files.at[file], tagged, read, state);
}
