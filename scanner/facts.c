// facts.c - making and releasing facts.
#include "facts.h"

#include <assert.h>
#include <string.h>

// The arrays with a dummy at index 0, and the others.
#define NUMBERED(X)                                                                                          \
  X(exprs) X(types) X(scopes) X(bindings) X(functions) X(params) X(classes) X(members) X(imports) X(exports) \
      X(exits) X(lists)
#define PLAIN(X) X(names.bytes) X(names.entries) X(names.slots) X(comments) X(directives) X(matches)

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
  facts->comments.n = facts->directives.n = facts->matches.n = 0;
  facts->errors = facts->first_error = 0;
  facts->cut = facts->matches_cut = false;
}

FactsShape facts_shape(const Facts *facts) {
  FactsShape shape = {
      .errors = facts->errors, .first_error = facts->first_error, .cut = facts->cut, .matches_cut = facts->matches_cut};
  uint32_t *count = shape.counts;
#define NOTE(array) *count++ = facts->array.n;
  NUMBERED(NOTE) PLAIN(NOTE)
#undef NOTE
  assert(count == shape.counts + FACTS_ARRAYS);
  return shape;
}

// The room of an array in the memory of all.
#define ROOM(array) (((size_t)(array).n * sizeof *(array).at + 7) & ~(size_t)7)

static size_t set_counts(Facts *facts, const FactsShape *shape) {
  const uint32_t *count = shape->counts;
  size_t size = 0;
#define SET(array)                            \
  facts->array.n = facts->array.cap = *count++; \
  size += ROOM(facts->array);
  NUMBERED(SET) PLAIN(SET)
#undef SET
  return size;
}

size_t facts_size(const FactsShape *shape) {
  Facts facts = {0};
  return set_counts(&facts, shape);
}

void *facts_make(Facts *facts, const FactsShape *shape) {
  *facts = (Facts){
      .errors = shape->errors, .first_error = shape->first_error, .cut = shape->cut, .matches_cut = shape->matches_cut};
  facts->memory = xmalloc(set_counts(facts, shape));
  char *at = facts->memory;
#define PLACE(array)        \
  facts->array.at = (void *)at; \
  at += ROOM(facts->array);
  NUMBERED(PLACE) PLAIN(PLACE)
#undef PLACE
  return facts->memory;
}

void facts_copy(Facts *to, const Facts *from) {
  FactsShape shape = facts_shape(from);
  facts_make(to, &shape);
  size_t length, room;
#define COPY(array)                                          \
  length = from->array.n * sizeof *from->array.at;           \
  room = ROOM(from->array);                                  \
  if (length)                                                \
    memcpy(to->array.at, from->array.at, length);            \
  memset((char *)to->array.at + length, 0, room - length);
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

bool scope_is_loop(const Scope *scope) { return scope->kind >= SC_FOR && scope->kind <= SC_DO; }
