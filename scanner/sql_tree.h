// sql_tree.h - the syntax tree of SQL text, by libpg_query.
#ifndef SEQSCAN_SQL_TREE_H
#define SEQSCAN_SQL_TREE_H

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include "base.h"
#include "sql_texts.h"

typedef struct SqlTree {
  PgQuery__ParseResult *root;  // NULL when the parser refuses the text
  const char *reason;          // why it does
  PgQueryProtobufParseResult result;  // empty when the tree was known
  Arena arena;                 // holds the tree
} SqlTree;

// The caller releases the tree, refused or not. `texts` may be NULL: nothing is known of earlier scans.
void sql_tree_read(SqlTree *tree, SqlTexts *texts, const char *text);
void sql_tree_release(SqlTree *tree);
// The text of a tree; the caller frees the result.
PgQueryDeparseResult sql_tree_write(PgQuery__ParseResult *root);
// sql_computed.c: what an expression computes from its column, as text with ${} in place of that; NULL where it takes more.
const char *sql_computed(const PgQuery__Node *node, Arena *arena);

#endif
