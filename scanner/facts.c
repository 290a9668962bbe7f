// facts.c - making and releasing facts.
#include "facts.h"

#include <string.h>

#define FOR_ARRAYS(X)                                                                                        \
  X(lists)                                                                                                   \
  X(exprs) X(types) X(scopes) X(bindings) X(functions) X(params) X(classes) X(members) X(imports) X(exports) \
      X(exits)

void facts_init(Facts *facts) {
  *facts = (Facts){0};
  names_init(&facts->names);
#define DUMMY(array)                                                                                         \
  vec_room(&facts->array, 1);                                                                                \
  facts->array.n = 1;                                                                                        \
  memset(facts->array.at, 0, sizeof *facts->array.at);
  FOR_ARRAYS(DUMMY)
#undef DUMMY
}

void facts_fit(Facts *facts) {
#define FIT(array)                                                                                           \
  facts->array.at = xrealloc(facts->array.at, (facts->array.cap = facts->array.n) * sizeof *facts->array.at);
  FOR_ARRAYS(FIT)
  FIT(names.bytes)
  FIT(names.entries)
#undef FIT
}

void facts_release(Facts *facts) {
  names_release(&facts->names);
#define RELEASE(array) vec_release(&facts->array);
  FOR_ARRAYS(RELEASE)
#undef RELEASE
  vec_release(&facts->comments);
  vec_release(&facts->directives);
}

const char *facts_name(const Facts *facts, Name name) { return names_text(&facts->names, name); }

bool scope_is_loop(const Scope *scope) { return scope->kind >= SC_FOR && scope->kind <= SC_DO; }
