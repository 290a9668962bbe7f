// calls.h - what the parts of the question "what does a call run?" share.
//
//   calls.c      sites and edges
//   lazy.c       when lazy queries run
//   callbacks.c  what a call does with the functions that it gets
#ifndef SEQSCAN_CALLS_H
#define SEQSCAN_CALLS_H

#include "values.h"

// The name after the last dot of a callee, "" if it has none.
const char *last_name(const File *f, Id callee);
// The variable that an expression names, 0 if it is no identifier or none of ours.
Id binding_of_ident(const Program *p, FileId file, Id expr);

typedef enum Consumed { CONSUMED_NO, CONSUMED_YES, CONSUMED_RETURNED, CONSUMED_BATCHED } Consumed;

// Whether the value of an expression, a lazy query or an array of them, is run by what is around it.
Consumed consumed(Program *p, FileId file, Id expr);
// Whether a call makes the lazy query run that it is called on.
bool runs_query(Program *p, FileId file, Id expr);
// A function written in place whose first parameter is an error gets the answer of what it is handed to, as Node's
// callbacks do: `Order.find({ userId }, (err, orders) => ...)`.
bool takes_error(const File *f, Id argument);
// Whether the last argument of a call gets the answer: such a function, or a parameter that stands for one.
bool has_answer(Program *p, FileId file, Id call);

// Methods of arrays, Sets and Maps that call their first argument per element.
bool is_iterator(const char *name);
// The function that has an identifier as its parameter, 0 if none or if the parameter has a default.
Id parameter_owner(const Program *p, FileId file, Id ident);
// A callback that a function only calls or hands on: its callers know which one it is, and have the edge.
bool is_callers_matter(Program *p, FileId file, Id call, Id ident);
// Whether code stands in a function that `owner` returns, to be called later: `(fn) => () => fn()`.
bool in_returned_function(Program *p, FileId file, Id expr, Id owner);

#endif
