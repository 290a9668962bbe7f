// sdl.c - which GraphQL types are ever given in a list, as the schema files of the tree say (`*.graphql`, `gql` texts).
//
// A field of a type is N+1 only when a request holds many objects of that type. The types and their fields are read as
// a graph: a type is many when a field gives a list of it, or when it is a field, a member or an implementer of a type
// that is many. What no text defines is not known.
#include "values.h"

#include <ctype.h>
#include <string.h>

enum { SDL_DEFINED = 1, SDL_MANY = 2 };

typedef struct SdlEdge {
  Sym to;
  uint32_t next;  // the next edge of the same type, 0 is the end
} SdlEdge;

// The graph while it is read, and the place in the text that is read.
typedef struct Sdl {
  Program *p;
  const char *at, *end;
  char token;        // 'a': a name, 0: the end, else the character itself
  const char *name;  // of a name token, `length` bytes
  size_t length;
  VEC(SdlEdge) edges;  // index 0 is a dummy
  Map from;            // Sym of a type -> its first edge
  VEC(Sym) many;       // types found to be many, in the order of finding
} Sdl;

//
// Words
//

static bool at_text(const Sdl *s, const char *text) {
  size_t n = strlen(text);
  return (size_t)(s->end - s->at) >= n && !memcmp(s->at, text, n);
}

static void skip_past(Sdl *s, const char *text) {
  while (s->at < s->end && !at_text(s, text))
    s->at += *s->at == '\\' && s->at + 1 < s->end ? 2 : 1;
  s->at += at_text(s, text) ? strlen(text) : 0;
}

static void skip_string(Sdl *s) {
  const char *quotes = at_text(s, "\"\"\"") ? "\"\"\"" : "\"";
  s->at += strlen(quotes);
  skip_past(s, quotes);
}

static bool is_space(char c) { return isspace((unsigned char)c) || c == ','; }
static bool is_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void skip_between(Sdl *s) {
  while (s->at < s->end) {
    if (is_space(*s->at))
      s->at++;
    else if (*s->at == '#')
      skip_past(s, "\n");
    else if (*s->at == '"')
      skip_string(s);
    else
      return;
  }
}

static void next(Sdl *s) {
  skip_between(s);
  if (s->at >= s->end) {
    s->token = 0;
    return;
  }
  s->token = is_name(*s->at) ? 'a' : *s->at ? *s->at : ' ';
  s->name = s->at++;
  while (s->token == 'a' && s->at < s->end && is_name(*s->at))
    s->at++;
  s->length = (size_t)(s->at - s->name);
}

static bool is_word(const Sdl *s, const char *word) {
  return s->token == 'a' && s->length == strlen(word) && !memcmp(s->name, word, s->length);
}

static Sym name_sym(const Sdl *s) {
  char name[128];
  if (s->token != 'a' || s->length >= sizeof name)
    return 0;
  memcpy(name, s->name, s->length);
  name[s->length] = '\0';
  return sym_intern(s->p, name);
}

// From an opening bracket to behind its closing one.
static void skip_brackets(Sdl *s) {
  int depth = 0;
  do {
    depth += s->token == '(' || s->token == '{' || s->token == '[';
    depth -= s->token == ')' || s->token == '}' || s->token == ']';
    next(s);
  } while (s->token && depth > 0);
}

//
// Types
//

static void mark(Sdl *s, Sym type, uint32_t bits) {
  uint32_t old = map_get(&s->p->graphql_types, type + 1u);
  map_put(&s->p->graphql_types, type + 1u, old | bits);
  if (bits & SDL_MANY && !(old & SDL_MANY))
    vec_push(&s->many, type);
}

static void add_edge(Sdl *s, Sym from, Sym to) {
  if (!from || !to)
    return;
  vec_push(&s->edges, ((SdlEdge){to, map_get(&s->from, from + 1u)}));
  map_put(&s->from, from + 1u, s->edges.n - 1);
}

// `[Order!]!`: the type within, which is many when it stands in brackets.
static void read_field_type(Sdl *s, Sym of) {
  bool list = false;
  for (next(s); s->token == '['; next(s))
    list = true;
  Sym type = name_sym(s);
  if (!type)
    return;
  add_edge(s, of, type);
  if (list)
    mark(s, type, SDL_MANY);
  for (next(s); s->token == ']' || s->token == '!';)
    next(s);
}

static void read_fields(Sdl *s, Sym of) {
  for (next(s); s->token && s->token != '}';) {
    if (s->token == '(' || s->token == '{' || s->token == '[')
      skip_brackets(s);
    else if (s->token == ':')
      read_field_type(s, of);
    else
      next(s);
  }
}

// Behind `type` or `interface`: `Order implements Node & Priced @key(fields: "id") { ... }`. An entity of a federated
// graph (`@key`) is asked for in lists by the gateway.
static void read_type(Sdl *s) {
  next(s);
  Sym type = name_sym(s);
  next(s);
  if (!type || (s->token != '{' && s->token != '@' && !is_word(s, "implements")))
    return;
  mark(s, type, SDL_DEFINED);
  bool implements = false;
  while (s->token && s->token != '{' && !is_word(s, "type")) {
    if (is_word(s, "implements"))
      implements = true;
    else if (s->token == 'a' && implements)
      add_edge(s, name_sym(s), type);
    if (s->token == '@') {
      next(s);
      implements = false;
      mark(s, type, is_word(s, "key") ? SDL_MANY : 0);
    }
    if (s->token == '(')
      skip_brackets(s);
    else
      next(s);
  }
  if (s->token == '{')
    read_fields(s, type);
}

// Behind `union`: `Result = Order | Customer`.
static void read_union(Sdl *s) {
  next(s);
  Sym of = name_sym(s);
  for (next(s); s->token == '=' || s->token == '|'; next(s)) {
    next(s);
    if (s->token == '|')
      next(s);
    add_edge(s, of, name_sym(s));
  }
}

static void read_text(Sdl *s, const char *text, size_t length) {
  s->at = text;
  s->end = text + length;
  for (next(s); s->token;) {
    if (is_word(s, "type") || is_word(s, "interface"))
      read_type(s);
    else if (is_word(s, "union"))
      read_union(s);
    else if (s->token == '{' || s->token == '(')
      skip_brackets(s);
    else
      next(s);
  }
}

// Texts in code that define types.
static void read_code(Sdl *s, const File *f) {
  for (Id id = 1; id < f->facts.exprs.n; id++) {
    const Expr *e = expr_at(f, id);
    if (e->kind != EX_TEMPLATE && e->kind != EX_STRING)
      continue;
    const char *text = text_of(f, e->name), *type = strstr(text, "type ");
    if (type && strchr(type, '{'))
      read_text(s, text, strlen(text));
  }
}

static void hand_on(Sdl *s) {
  for (uint32_t done = 0; done < s->many.n; done++)
    for (uint32_t at = map_get(&s->from, s->many.at[done] + 1u); at; at = s->edges.at[at].next)
      mark(s, s->edges.at[at].to, SDL_MANY);
}

void program_sdl(Program *p) {
  Sdl s = {.p = p};
  if (!p->resolvers.n)
    return;
  vec_push(&s.edges, (SdlEdge){0});
  for (uint32_t i = 0; i < p->texts.n; i++)
    if (p->texts.at[i].source->lang == LANG_GRAPHQL)
      read_text(&s, p->texts.at[i].text, p->texts.at[i].length);
  for (FileId file = 1; file < p->files.n; file++)
    if (p->files.at[file].context == CONTEXT_APP)
      read_code(&s, &p->files.at[file]);
  hand_on(&s);
  vec_release(&s.edges);
  vec_release(&s.many);
  map_release(&s.from);
}

bool sdl_gives_one(const Program *p, Sym type) {
  return type && map_get(&p->graphql_types, type + 1u) == SDL_DEFINED;
}
