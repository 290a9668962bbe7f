// sql_texts.h - what the SQL parser makes of texts, kept for the next scan: packing a tree takes it longer than parsing.
#ifndef SEQSCAN_SQL_TEXTS_H
#define SEQSCAN_SQL_TEXTS_H

#include "base.h"

typedef struct Cache Cache;

typedef struct SqlText {
  const char *text;
  const char *packed;  // its tree, as libpg_query packs it; or, as a string, why the parser refuses it
  uint32_t length;     // of what is packed
  bool refused;
  bool found;          // it comes from the cache
} SqlText;

typedef struct SqlTexts SqlTexts;

// NULL without a cache, for which nothing is found and nothing kept.
SqlTexts *sql_texts_open(Cache *cache);
// What is known of a text, by this scan or an earlier one; NULL if nothing is.
const SqlText *sql_texts_find(SqlTexts *texts, const char *text);
// Keep a copy.
void sql_texts_add(SqlTexts *texts, const SqlText *text);
// Have the cache keep what is new.
void sql_texts_close(SqlTexts *texts);

#endif
