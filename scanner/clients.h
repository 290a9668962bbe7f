// clients.h - what the parts of the question "whose client does a query use?" share.
//
//   clients.c  where a client comes from
//   handles.c  whether a query goes without the transaction that it takes as an option
//   skipped.c  whether a query runs at all for what the calls give
//   lost.c     where the way to a query leaves the transaction's client behind
#ifndef SEQSCAN_CLIENTS_H
#define SEQSCAN_CLIENTS_H

#include "transactions.h"

typedef enum Client {
  CLIENT_UNKNOWN,
  CLIENT_NONE,    // a parameter that nothing was given for
  CLIENT_SHARED,  // a field of `this`, a variable of a module
  CLIENT_GIVEN,   // comes from the transaction
} Client;

// A function on the way from a transaction to a query.
typedef struct Frame {
  const struct Frame *up;  // what called this function, NULL for the code of the transaction
  const Transaction *open; // of the frame without `up`
  FileId file;
  Id function;
  Id call;                 // in the file of `up`
  bool plain;              // the call's arguments are the parameters
  Items given;             // parameters that got something of the transaction
} Frame;

enum { MAX_DEPTH = 32, MAX_STEPS = 2000 };  // of a look through expressions, and how many of them it takes

//
// clients.c
//

// Whether an expression is the transaction's handle or client itself: what its callback gets, what began it by hand, on
// what it was begun.
bool is_handle_itself(Program *p, const Frame *frame, Id expr);
// Whether a parameter, or a part of one, is of a callback that something of the transaction gets:
// `service.withTransaction(tx).run((manager) => ...)`.
bool is_handed_on(Program *p, const Frame *frame, Id param);
// Whether some alternative of a value is a library's.
bool is_library(const Program *p, ValueId value);
// Where a client comes from.
Client client_at(Program *p, const Frame *frame, Id expr);
// Whether a call gets something of the transaction.
bool any_given(Program *p, const Frame *frame, const Expr *call);
bool spreads(const File *f, const Expr *call);  // whether it spreads something into its arguments

//
// handles.c
//

// Whether a query of a library that takes the transaction as an option, under the key `handle`, goes without it.
bool goes_without(Program *p, const Frame *frame, const Site *site, const char *handle);

//
// skipped.c
//

// Whether an expression is not reached for what the calls give.
bool is_skipped(Program *p, const Frame *frame, Id expr);

//
// lost.c
//

// Whether an expression is the transaction's handle, one of its clients, or an object that has one; `under` is then its key, else 0.
bool holds_handle(Program *p, const Frame *frame, Id expr, Sym *under);
// The last function on the way to a query that has the client, and what it calls without it.
Loss loss_of(Program *p, const Frame *frame, uint32_t site);

#endif
