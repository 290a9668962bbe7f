// splice.h - what the parts of splice.c share: the text of a statement as far as the code shows it.
//
//   splice.c        where in the text a value stands
//   splice_text.c   the text, written out with marks where something is known at run time only
//   splice_value.c  whether such a thing may hold any text
#ifndef SEQSCAN_SPLICE_H
#define SEQSCAN_SPLICE_H

#include <string.h>

#include "judge.h"
#include "values.h"

enum { SPLICE_DEPTH = 10, SPLICE_HOLES = 64, SPLICE_TEXT = 16 << 10, SPLICE_STEPS = 600 };

#define SPLICE_MARK '\x01'

// The text that is written out, and what stands at each mark.
typedef struct Splice {
  const Judge *j;
  Program *p;
  Text text;
  Ref holes[SPLICE_HOLES];
  uint32_t n;
  Ref open[SPLICE_DEPTH];  // variables that are being written out
  uint32_t opened;
  uint32_t steps;
} Splice;

// How much an expression may bring along.
typedef enum Freedom {
  FREE_NONE,     // a constant, a number, a placeholder, text that was escaped
  FREE_UNKNOWN,
  FREE_TEXT,     // any text, for all that is seen
} Freedom;

static inline const File *splice_file(const Splice *w, Ref at) { return &w->p->files.at[at.file]; }
static inline const Expr *splice_expr(const Splice *w, Ref at) {
  static const Expr none = {0};
  return at.file ? expr_at(splice_file(w, at), at.id) : &none;
}
static inline const char *splice_name(const Splice *w, Ref at) {
  return at.file ? text_of(splice_file(w, at), splice_expr(w, at)->name) : "";
}
static inline Ref splice_operand(Ref of, Id id) { return (Ref){id ? of.file : 0, id}; }
static inline Ref splice_element(const Splice *w, Ref of, uint32_t i) {
  return (Ref){of.file, list_at(splice_file(w, of), splice_expr(w, of)->first, i)};
}
static inline Ref splice_argument(const Splice *w, Ref call, int i) {
  return splice_operand(call, argument_at(splice_file(w, call), call.id, i));
}

// splice_text.c
void splice_put(Splice *w, Ref at, int depth);
Id splice_binding(const Splice *w, Ref ident);            // that an identifier means, 0 if none
const char *splice_method(const Splice *w, Ref call);     // that a call calls, "" if it calls none
Ref splice_called(const Splice *w, Ref call);             // the function of ours that it runs, {0,0} if none
List splice_returns(const Splice *w, Ref function);       // what that gives; empty for {0,0}

// splice_value.c
Freedom splice_freedom(Splice *w, Ref at, int depth);

#endif
