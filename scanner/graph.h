// graph.h - the relations that a query loads along with its rows: `include: { lines: { include: { product: true } } }`.
#ifndef SEQSCAN_GRAPH_H
#define SEQSCAN_GRAPH_H

#include "program.h"

enum { MAX_RELATIONS = 128 };  // of one query

typedef struct Loaded {
  Sym name;
  uint16_t parent;  // index into Graph.all + 1, 0 for one of the query's own table
  uint16_t depth;   // 1 for the first level
  bool narrowed;    // only some columns of it are read
  uint8_t rows;     // Rows: to one row or to many, as far as it is known
  uint8_t by;       // RelationBy
} Loaded;

typedef struct Graph {
  Loaded all[MAX_RELATIONS];
  uint32_t n;
  Ref start;  // the expression that names the first of them
  bool every;  // all relations of its own table: "*"
} Graph;

// The relations that the query which ends with this call loads, as far as they are written in the code: in its
// options, or in the chain of calls before. What is added only under a condition is left out.
void graph_of_query(Program *p, FileId file, Id call, Graph *graph);
// The call of the query that an expression's rows come from: `orders` of `const orders = await repository.find(...)`,
// through our own functions; {0,0} if it cannot be seen.
Ref query_behind(Program *p, FileId file, Id expr);

#endif
