// judge.h - what rules work on: the queries of a program that run repeatedly, and how to report one.
#ifndef SEQSCAN_JUDGE_H
#define SEQSCAN_JUDGE_H

#include "finding.h"
#include "program.h"

// A database call that a repetition runs, directly or through functions.
typedef struct Repeated {
  FileId file;         // of the repetition
  Id expr;             // the database call itself, or the call in the repetition that leads to it
  Repeat repeat;
  uint32_t site;       // index into Program.sites
  Ref via;             // the function called at `expr`, {0,0} when the call is direct
  uint32_t others;     // further effects that the same call leads to
  bool varies;         // something that it is given changes from round to round
  bool rows_change;    // the repetition writes to the same table
  bool in_transaction;
} Repeated;

// The query asks the same thing in each round, and the loop does not change what it reads.
static inline bool is_invariant(const Repeated *r) {
  return !r->varies && !r->rows_change && r->repeat.kind == REPEAT_ELEMENT;
}

typedef struct Judge {
  Program *program;
  Report *report;
  VEC(Repeated) repeated;
  bool all_contexts;
} Judge;

// Collect the repeated queries, run all rules, sort what they found. Places are not yet resolved.
void judge(Program *p, Report *report, bool all_contexts);

// Report a repeated query: the path from the loop to the query becomes the steps.
void report_repeated(Judge *j, const Repeated *r, const char *rule, Level level, const char *message, const char *help);

//
// words.c: the code at hand, in words
//

// An expression as short source text, at most about 60 characters; owned by the arena.
const char *expr_text(const File *f, Id expr, Arena *arena);
const char *site_text(Program *p, const Site *site, Arena *arena);   // "prisma.user.findUnique"
const char *site_does(Program *p, const Site *site, Arena *arena);   // "reads one row of user"
const char *loop_text(Program *p, const Repeated *r, Arena *arena);  // "for each `order` of `orders`"
// The fix: the model's advice with its holes filled from the code.
const char *advice_text(Program *p, const Repeated *r, Arena *arena);

// The rules, as rules.def names them.
#define RULE(id, function, level, since, summary) void function(Judge *j);
#include "rules/rules.def"
#undef RULE

#endif
