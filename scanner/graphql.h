// graphql.h - the texts of GraphQL, and the schema that they and decorators make.
//
//   graphql_text.c  words of a text
//   sdl.c           types and their fields; which types are ever given in a list
//   operations.c    which fields the clients of the tree ask for, and whether beneath a list
#ifndef SEQSCAN_GRAPHQL_H
#define SEQSCAN_GRAPHQL_H

#include "program.h"

//
// graphql_text.c
//

// A place in a text. White space, commas, comments and strings are passed over.
typedef struct GraphqlText {
  Program *p;
  const char *at, *end;
  char token;        // 'a': a name, 0: the end, else the character itself
  const char *name;  // of a name token, `length` bytes
  size_t length;
} GraphqlText;

void graphql_next(GraphqlText *t);
// From an opening bracket to behind its closing one.
void graphql_skip_brackets(GraphqlText *t);
bool graphql_is(const GraphqlText *t, const char *word);
Sym graphql_name(const GraphqlText *t);  // 0 when the token is no name

// Call `read` for each text of the application that may be GraphQL: files and literals in code, of those that are
// `tagged` so, or of all that define a type.
typedef void GraphqlReader(void *state, GraphqlText *text);
void graphql_texts(Program *p, bool tagged, GraphqlReader *read, void *state);

//
// sdl.c
//

// What is known of a type: bits of Program.graphql_types.
enum {
  GRAPHQL_DEFINED = 1 << 0,   // by a text
  GRAPHQL_MANY = 1 << 1,      // a list of it is given, or something that holds it
  GRAPHQL_OBJECT = 1 << 2,    // no interface or union
  GRAPHQL_ASKED = 1 << 3,     // a client selects from it
  GRAPHQL_OPEN = 1 << 4,      // and beneath a list what cannot be seen
};

static inline uint32_t graphql_bits(const Program *p, Sym type) { return map_get(&p->graphql_types, type + 1u); }
void graphql_mark(Program *p, Sym type, uint32_t bits);
static inline uint64_t graphql_field_key(Sym type, Sym field) { return ((uint64_t)type << 32 | field) + 1; }
// Note that a field of a type gives another type, or a list of it.
void graphql_add_field(Program *p, Sym type, Sym field, Sym gives, bool list);
// Note that a field is marked as deprecated.
void graphql_deprecate(Program *p, Sym type, Sym field);
// The field, NULL when it is not known.
const GraphqlField *graphql_field(const Program *p, Sym type, Sym field);

#endif
