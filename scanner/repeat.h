// repeat.h - what the parts of the question "how often does it run?" share.
//
//   repeat.c    from an expression outwards
//   lists.c     what is iterated
//   loops.c     loops with a condition
//   branches.c  branches in loops
//   parts.c     looking through an expression
#ifndef SEQSCAN_REPEAT_H
#define SEQSCAN_REPEAT_H

#include "values.h"

enum { SHORT_LIST = 8 };  // that many rounds are no matter

// What the iterated expression makes of a loop (`scope`) or callback (its scope, 0 when it is not written in place).
RepeatKind kind_of_list(Program *p, FileId file, Id over, Id scope);
// lookup_key.c: whether the elements of a list are texts, numbers or the like by its type.
bool holds_primitives(Program *p, FileId file, Id list);
// Whether an expression asks for one element of the chunk that a round of the scope has, not for the chunk.
bool asks_for_one(Program *p, FileId file, Id expr, Id scope);
// What the shape of a loop with a condition makes of a query in it.
RepeatKind kind_of_for(Program *p, FileId file, Id expr, Id loop);
RepeatKind kind_of_while(Program *p, FileId file, Id expr, Id loop);
// What the branches between an expression and the region that repeats it make of the repetition.
RepeatKind kind_of_branch(Program *p, FileId file, Id expr, Id region);

typedef bool Test(const File *f, Id expr, const void *with);
// Whether some part of the expression passes the test.
bool any_part(const File *f, Id expr, Test *test, const void *with);
bool is_length(const File *f, Id expr, const void *nothing);
bool is_name(const File *f, Id expr, const void *name);
// What awaits, casts and alternatives hand through.
Id expr_bare(const File *f, Id expr);
enum { MAX_CHAIN = 64 };  // calls, members and variables back to where a query begins
// What an expression stands on: the chain before a call or a member, and what a variable holds.
Id chain_below(Program *p, FileId file, Id expr);
// `!row`, `row === null`, `rows.length === 0`.
bool asks_for_absence(const File *f, Id condition);
// repeat.c: whether a `break` at `scope` leaves the loop, not a switch or an inner loop.
bool break_leaves(const File *f, Id scope, Id loop);
// `id`, `userId`, `slug`: the name of what tells a row from the others.
bool names_identity(const char *name);

#endif
