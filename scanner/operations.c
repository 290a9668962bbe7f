// operations.c - what the clients of the tree ask of a GraphQL schema: the documents in its files and its code.
//
// A field resolver is N+1 only where a request has the field beneath a list. Operations and the fragments that they
// spread are followed from the roots of the schema, with whether a list has been passed. What a field that is not known
// gives may be a list, and what is selected from an unknown type counts for all types.
#include "graphql.h"
#include "values.h"

enum { MAX_SELECTION = 48 };  // selections within each other

// A fragment of a document; several documents may have one of that name.
typedef struct Fragment {
  Sym type;
  GraphqlText at;  // where its selection begins
  uint32_t next;   // of the same name, 0 ends
} Fragment;

// A fragment that is spread, to be followed.
typedef struct Spread {
  uint32_t fragment;
  bool many;
} Spread;

typedef struct Operations {
  Program *p;
  VEC(Fragment) fragments;    // index 0 is a dummy
  Map by_name;                // Sym -> the first of them
  VEC(Spread) spreads;
  Map spread;                 // name and whether beneath a list -> 1
  VEC(Fragment) operations;   // of the root's type
} Operations;

// What is selected from: a type, 0 when it is not known, and whether there may be many of it.
typedef struct Parent {
  Sym type;
  bool many;
} Parent;

// Past directives: `@include(if: $detailed)`.
static void skip_directives(GraphqlText *t) {
  while (t->token == '@') {
    graphql_next(t);
    graphql_next(t);
    if (t->token == '(')
      graphql_skip_brackets(t);
  }
}

static void spread(Operations *o, Sym name, Parent parent) {
  uint32_t at = map_get(&o->by_name, name);
  uint64_t key = (uint64_t)name << 1 | parent.many;
  if (!at && parent.many)
    graphql_mark(o->p, parent.type, GRAPHQL_OPEN);
  if (map_get(&o->spread, key))
    return;
  map_put(&o->spread, key, 1);
  for (; at; at = o->fragments.at[at].next)
    vec_push(&o->spreads, ((Spread){at, parent.many}));
}

// A field that is selected; gives what its own selection is from.
static Parent ask(Operations *o, Parent parent, Sym field) {
  Program *p = o->p;
  const GraphqlField *known = parent.type ? graphql_field(p, parent.type, field) : NULL;
  if (parent.type)
    graphql_mark(p, parent.type, GRAPHQL_ASKED);
  if (parent.many)
    map_put(&p->graphql_asked, graphql_field_key(known ? parent.type : 0, field), 1);
  return known ? (Parent){known->gives, parent.many || known->list} : (Parent){0, true};
}

static void read_selection(Operations *o, GraphqlText *t, Parent parent, int depth);

// Behind `...`: a fragment's name, or a selection written in place for a type.
static void read_spread(Operations *o, GraphqlText *t, Parent parent, int depth) {
  while (t->token == '.')
    graphql_next(t);
  Sym name = graphql_name(t);
  bool typed = graphql_is(t, "on");
  if (typed) {
    graphql_next(t);
    parent.type = graphql_name(t);
  }
  if (name)
    graphql_next(t);
  skip_directives(t);
  if (t->token == '{')
    read_selection(o, t, parent, depth + 1);
  else if (name && !typed)
    spread(o, name, parent);
}

// `total: sum(of: ITEMS) @client { amount }`
static void read_field(Operations *o, GraphqlText *t, Parent parent, int depth) {
  Sym field = graphql_name(t);
  graphql_next(t);
  if (t->token == ':') {
    graphql_next(t);
    field = graphql_name(t);
    graphql_next(t);
  }
  if (t->token == '(')
    graphql_skip_brackets(t);
  skip_directives(t);
  Parent of = ask(o, parent, field);
  if (t->token == '{')
    read_selection(o, t, of, depth + 1);
}

// From an opening brace to behind its closing one. What code puts into it (`${fields}`) may be any field.
static void read_selection(Operations *o, GraphqlText *t, Parent parent, int depth) {
  if (depth > MAX_SELECTION) {
    graphql_skip_brackets(t);
    return;
  }
  for (graphql_next(t); t->token && t->token != '}';) {
    if (t->token == '.')
      read_spread(o, t, parent, depth);
    else if (t->token == 'a')
      read_field(o, t, parent, depth);
    else if (t->token == '{' || t->token == '(')
      graphql_skip_brackets(t);
    else {
      if (t->token == '$' && parent.many)
        graphql_mark(o->p, parent.type, GRAPHQL_OPEN);
      graphql_next(t);
    }
  }
  graphql_next(t);
}

static void add_fragment(Operations *o, GraphqlText *t) {
  graphql_next(t);
  Sym name = graphql_name(t);
  graphql_next(t);
  if (!name || !graphql_is(t, "on"))
    return;
  graphql_next(t);
  Sym type = graphql_name(t);
  graphql_next(t);
  skip_directives(t);
  if (t->token != '{')
    return;
  vec_push(&o->fragments, ((Fragment){.type = type, .at = *t, .next = map_get(&o->by_name, name)}));
  map_put(&o->by_name, name, o->fragments.n - 1);
  graphql_skip_brackets(t);
}

// `query Orders($first: Int) @cached { ... }`
static void add_operation(Operations *o, GraphqlText *t, const char *root) {
  while (t->token == 'a')
    graphql_next(t);
  if (t->token == '(')
    graphql_skip_brackets(t);
  skip_directives(t);
  if (t->token != '{')
    return;
  vec_push(&o->operations, ((Fragment){.type = sym_intern(o->p, root), .at = *t}));
  graphql_skip_brackets(t);
}

// A document of one query may leave its keyword out.
static void read_document(void *state, GraphqlText *t) {
  Operations *o = state;
  if (t->token == '{')
    add_operation(o, t, "Query");
  while (t->token) {
    if (graphql_is(t, "fragment"))
      add_fragment(o, t);
    else if (graphql_is(t, "query"))
      add_operation(o, t, "Query");
    else if (graphql_is(t, "mutation"))
      add_operation(o, t, "Mutation");
    else if (graphql_is(t, "subscription"))
      add_operation(o, t, "Subscription");
    else if (t->token == '{' || t->token == '(')
      graphql_skip_brackets(t);
    else
      graphql_next(t);
  }
}

void program_operations(Program *p) {
  Operations o = {.p = p};
  if (!p->resolvers.n)
    return;
  vec_push(&o.fragments, ((Fragment){0}));
  graphql_texts(p, true, read_document, &o);
  for (uint32_t i = 0; i < o.operations.n; i++)
    read_selection(&o, &o.operations.at[i].at, (Parent){o.operations.at[i].type, false}, 0);
  for (uint32_t i = 0; i < o.spreads.n; i++) {
    const Fragment *fragment = &o.fragments.at[o.spreads.at[i].fragment];
    GraphqlText t = fragment->at;
    read_selection(&o, &t, (Parent){fragment->type, o.spreads.at[i].many}, 0);
  }
  vec_release(&o.fragments);
  vec_release(&o.operations);
  vec_release(&o.spreads);
  map_release(&o.by_name);
  map_release(&o.spread);
}

static bool is_asked(const Program *p, Sym type, Sym field) {
  return map_get(&p->graphql_asked, graphql_field_key(type, field)) || map_get(&p->graphql_asked, graphql_field_key(0, field));
}

bool clients_ask_one(const Program *p, Sym type, Sym field) {
  uint32_t bits = type && field ? graphql_bits(p, type) : 0;
  return bits & GRAPHQL_OBJECT && bits & GRAPHQL_ASKED && !(bits & GRAPHQL_OPEN) && !is_asked(p, type, field);
}

bool is_given_up(const Program *p, Sym type, Sym field) {
  bool asked = type && graphql_bits(p, type) & GRAPHQL_ASKED;
  return asked && map_get(&p->graphql_deprecated, graphql_field_key(type, field)) && !is_asked(p, type, field);
}
