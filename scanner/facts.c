// facts.c - making and releasing facts.
#include "facts.h"

#include <string.h>

// The arrays with a dummy at index 0, and the others.
#define NUMBERED(X)                                                                                          \
  X(exprs) X(types) X(scopes) X(bindings) X(functions) X(params) X(classes) X(members) X(imports) X(exports) \
      X(exits) X(lists)
#define PLAIN(X) X(names.bytes) X(names.entries) X(names.slots) X(comments) X(directives)

void facts_init(Facts *facts) {
  *facts = (Facts){0};
  names_init(&facts->names);
  facts_clear(facts);
}

void facts_clear(Facts *facts) {
  names_clear(&facts->names);
#define DUMMY(array)                                                                                         \
  vec_room(&facts->array, 1);                                                                                \
  facts->array.n = 1;                                                                                        \
  memset(facts->array.at, 0, sizeof *facts->array.at);
  NUMBERED(DUMMY)
#undef DUMMY
  facts->comments.n = facts->directives.n = 0;
  facts->errors = facts->first_error = 0;
  facts->cut = false;
}

#define BYTES(array) (((size_t)(array).n * sizeof *(array).at + 7) & ~(size_t)7)

void facts_copy(Facts *to, const Facts *from) {
  size_t size = 0;
#define ADD(array) size += BYTES(from->array);
  NUMBERED(ADD) PLAIN(ADD)
#undef ADD
  *to = *from;
  to->memory = xmalloc(size);
  char *at = to->memory;
#define COPY(array)                                                                                          \
  to->array.at = (void *)at;                                                                                 \
  to->array.cap = to->array.n;                                                                               \
  if (from->array.n)                                                                                         \
    memcpy(at, from->array.at, from->array.n * sizeof *from->array.at);                                      \
  at += BYTES(from->array);
  NUMBERED(COPY) PLAIN(COPY)
#undef COPY
}

void facts_release(Facts *facts) {
#define RELEASE(array) vec_release(&facts->array);
  if (!facts->memory) {
    NUMBERED(RELEASE) PLAIN(RELEASE)
  }
#undef RELEASE
  xfree(facts->memory);
  *facts = (Facts){0};
}

const char *facts_name(const Facts *facts, Name name) { return names_text(&facts->names, name); }

bool scope_is_loop(const Scope *scope) { return scope->kind >= SC_FOR && scope->kind <= SC_DO; }
