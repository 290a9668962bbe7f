// row_uses.h - which properties of its rows the code behind a query reads.
#ifndef SEQSCAN_ROW_USES_H
#define SEQSCAN_ROW_USES_H

#include "judge.h"

enum { ROW_FIELDS = 48 };  // of one query that are told apart

typedef struct RowUses {
  const char *names[ROW_FIELDS];
  uint32_t n;
  bool many;   // more than the first row is looked at
  bool whole;  // a row goes on as a whole: a response, a spread
  bool told;   // a written type says what they are, or a function's result: code that is not looked at may rely on it
  bool compared;  // a row is compared with another object: whether it is the same one
  bool lost;   // some rows go where they cannot be followed: to a package, into a method of the row
} RowUses;

// selection.c: what is to be written so that a query reads the columns that are used; the fix is NULL where it is not
// certain.
bool loads_along(const Query *q, const char *name);
const char *selection_text(Judge *j, const Query *q, const RowUses *uses);
Fix *selection_fix(Judge *j, const Query *q, const RowUses *uses);

void row_uses(const Judge *j, const Site *site, RowUses *uses);

#endif
