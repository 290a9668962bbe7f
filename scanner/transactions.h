// transactions.h - which code runs while a transaction is open, and whose client its queries use.
#ifndef SEQSCAN_TRANSACTIONS_H
#define SEQSCAN_TRANSACTIONS_H

#include "program.h"

//
// transactions.c
//

// Find the transactions that are begun by way of functions of ours, once it is known which of them run SQL.
void program_marks(Program *p);
Transaction transaction_of(Program *p, FileId file, Id expr);
// Whether calling an expression commits a transaction: `trx.commit`, a function written in place that does so.
bool commits_when_called(Program *p, FileId file, Id expr);
// Whether argument `index` of a call runs inside a transaction that the call opens.
Transaction transaction_opened(Program *p, FileId file, Id call, int index);
// The one in a function of ours whose call opens a transaction of `file`; none when it joins one that is open as well.
Transaction transaction_within(Program *p, Ref function, FileId file, const Transaction *t);
// Whether it is seen at the calls of a function that it runs its callback in a transaction.
bool is_told_to_callers(Program *p, Ref function);

//
// clients.c
//

// Whether a query that stands in the code of a transaction uses another client than that of the transaction.
bool query_goes_past(Program *p, const Site *site, const Transaction *t);
// Where the way from a transaction to a query that uses another client leaves the client behind.
typedef struct Loss {
  uint32_t site;   // the query, 0 when it uses the transaction's
  Ref from;        // the last function that has the client, {0,0}: the transaction's own code
  Id has;          // its variable that is the client, or an object that has it
  Sym under;       // under this key, 0: the variable is the client
  Ref to;          // what that calls without it, {0,0}: the query
  uint32_t param;  // the parameter of `to` that the query takes its client from, counted from 1, 0: none
  Ref taker;       // the last function on the way with such a parameter, {0,0}: none
  uint32_t taken;  // and that parameter
} Loss;

// What a function gives as the option by which the queries of a library get their transaction: EX_PROPERTY, 0 if none is seen;
// lost.c.
Id handle_option(const Program *p, Ref function, uint16_t library);

// The same for a site that a call in that code leads to: that site or the one that runs in its place.
Loss call_goes_past(Program *p, FileId file, const Edge *edge, uint32_t site, const Transaction *t);
// Whether a transaction that is opened in the code of another one has a connection of its own.
bool transaction_goes_past(Program *p, FileId file, const Transaction *inner, const Transaction *outer);
// Whether an expression is, or is given, something of the transaction: its handle, its client, what is made of them.
bool is_of_transaction(Program *p, FileId file, Id expr, const Transaction *t);

#endif
