// sdl.c - the types of a GraphQL schema and their fields, as the schema files of the tree say (`*.graphql`, `gql` texts),
// and which of the types are ever given in a list.
//
// A field of a type is N+1 only when a request holds many objects of that type. The types and their fields are read as
// a graph: a type is many when a field gives a list of it, or when it is a field, a member or an implementer of a type
// that is many. What no text defines is not known.
#include "graphql.h"

typedef struct SdlEdge {
  Sym to;
  uint32_t next;  // the next edge of the same type, 0 is the end
} SdlEdge;

// The graph while it is read.
typedef struct Sdl {
  Program *p;
  VEC(SdlEdge) edges;  // index 0 is a dummy
  Map from;            // Sym of a type -> its first edge
  VEC(Sym) many;       // types found to be many, in the order of finding
} Sdl;

void graphql_mark(Program *p, Sym type, uint32_t bits) {
  map_put(&p->graphql_types, type + 1u, graphql_bits(p, type) | bits);
}

// What gives different types in different texts is not known.
void graphql_add_field(Program *p, Sym type, Sym field, Sym gives, bool list) {
  uint64_t key = graphql_field_key(type, field);
  uint32_t known = map_get(&p->graphql_field_index, key);
  if (!known) {
    vec_push(&p->graphql_fields, ((GraphqlField){gives, list}));
    map_put(&p->graphql_field_index, key, p->graphql_fields.n);
    return;
  }
  GraphqlField *old = &p->graphql_fields.at[known - 1];
  old->gives = old->gives == gives ? gives : 0;
  old->list = old->list || list;
}

void graphql_deprecate(Program *p, Sym type, Sym field) {
  if (type && field)
    map_put(&p->graphql_deprecated, graphql_field_key(type, field), 1);
}

const GraphqlField *graphql_field(const Program *p, Sym type, Sym field) {
  uint32_t at = map_get(&p->graphql_field_index, graphql_field_key(type, field));
  return at ? &p->graphql_fields.at[at - 1] : NULL;
}

static void mark(Sdl *s, Sym type, uint32_t bits) {
  bool found = bits & GRAPHQL_MANY && !(graphql_bits(s->p, type) & GRAPHQL_MANY);
  graphql_mark(s->p, type, bits);
  if (found)
    vec_push(&s->many, type);
}

static void add_edge(Sdl *s, Sym from, Sym to) {
  if (!from || !to)
    return;
  vec_push(&s->edges, ((SdlEdge){to, map_get(&s->from, from + 1u)}));
  map_put(&s->from, from + 1u, s->edges.n - 1);
}

// `[Order!]!`: the type within, which is many when it stands in brackets.
static void read_field_type(Sdl *s, GraphqlText *t, Sym of, Sym field) {
  bool list = false;
  for (graphql_next(t); t->token == '['; graphql_next(t))
    list = true;
  Sym type = graphql_name(t);
  if (!type)
    return;
  add_edge(s, of, type);
  if (of && field)
    graphql_add_field(s->p, of, field, type, list);
  if (list)
    mark(s, type, GRAPHQL_MANY);
  for (graphql_next(t); t->token == ']' || t->token == '!';)
    graphql_next(t);
}

static void read_fields(Sdl *s, GraphqlText *t, Sym of) {
  Sym field = 0;
  for (graphql_next(t); t->token && t->token != '}';) {
    if (t->token == '(' || t->token == '{' || t->token == '[') {
      graphql_skip_brackets(t);
    } else if (t->token == ':') {
      read_field_type(s, t, of, field);
    } else if (t->token == '@') {
      graphql_next(t);
      if (graphql_is(t, "deprecated"))
        graphql_deprecate(s->p, of, field);
      graphql_next(t);
    } else {
      field = graphql_name(t);
      graphql_next(t);
    }
  }
}

// Behind `type` or `interface`: `Order implements Node & Priced @key(fields: "id") { ... }`. An entity of a federated
// graph (`@key`) is asked for in lists by the gateway.
static void read_type(Sdl *s, GraphqlText *t, uint32_t bits) {
  graphql_next(t);
  Sym type = graphql_name(t);
  graphql_next(t);
  if (!type || (t->token != '{' && t->token != '@' && !graphql_is(t, "implements")))
    return;
  mark(s, type, bits);
  bool implements = false;
  while (t->token && t->token != '{' && !graphql_is(t, "type")) {
    if (graphql_is(t, "implements"))
      implements = true;
    else if (t->token == 'a' && implements)
      add_edge(s, graphql_name(t), type);
    if (t->token == '@') {
      graphql_next(t);
      implements = false;
      mark(s, type, graphql_is(t, "key") ? GRAPHQL_MANY : 0);
    }
    if (t->token == '(')
      graphql_skip_brackets(t);
    else
      graphql_next(t);
  }
  if (t->token == '{')
    read_fields(s, t, type);
}

// Behind `union`: `Result = Order | Customer`.
static void read_union(Sdl *s, GraphqlText *t) {
  graphql_next(t);
  Sym of = graphql_name(t);
  for (graphql_next(t); t->token == '=' || t->token == '|'; graphql_next(t)) {
    graphql_next(t);
    if (t->token == '|')
      graphql_next(t);
    add_edge(s, of, graphql_name(t));
  }
}

static void read_schema(void *state, GraphqlText *t) {
  while (t->token) {
    if (graphql_is(t, "type"))
      read_type(state, t, GRAPHQL_DEFINED | GRAPHQL_OBJECT);
    else if (graphql_is(t, "interface"))
      read_type(state, t, GRAPHQL_DEFINED);
    else if (graphql_is(t, "union"))
      read_union(state, t);
    else if (t->token == '{' || t->token == '(')
      graphql_skip_brackets(t);
    else
      graphql_next(t);
  }
}

static void hand_on(Sdl *s) {
  for (uint32_t done = 0; done < s->many.n; done++)
    for (uint32_t at = map_get(&s->from, s->many.at[done] + 1u); at; at = s->edges.at[at].next)
      mark(s, s->edges.at[at].to, GRAPHQL_MANY);
}

void program_sdl(Program *p) {
  Sdl s = {.p = p};
  if (!p->resolvers.n)
    return;
  vec_push(&s.edges, (SdlEdge){0});
  graphql_texts(p, false, read_schema, &s);
  hand_on(&s);
  vec_release(&s.edges);
  vec_release(&s.many);
  map_release(&s.from);
}

bool sdl_gives_one(const Program *p, Sym type) {
  uint32_t bits = type ? graphql_bits(p, type) : 0;
  return bits & GRAPHQL_DEFINED && !(bits & GRAPHQL_MANY);
}
