// sql_texts.c - see sql_texts.h.
#include "sql_texts.h"

#include <string.h>

#include "cache.h"

enum { MOST_BYTES = 32 << 20 };  // of texts and trees that a scan keeps

struct SqlTexts {
  Cache *cache;
  CacheReader *reader;
  VEC(SqlText) all;
  Map by_text;  // hash -> number in `all` + 1
  Arena arena;
};

SqlTexts *sql_texts_open(Cache *cache) {
  if (!cache)
    return NULL;
  SqlTexts *texts = xcalloc(1, sizeof *texts);
  texts->cache = cache;
  texts->reader = cache_reader_open(cache);
  return texts;
}

static const SqlText *add(SqlTexts *texts, SqlText text) {
  vec_push(&texts->all, text);
  map_put(&texts->by_text, hash_quick(text.text, strlen(text.text)), texts->all.n);
  return &texts->all.at[texts->all.n - 1];
}

const SqlText *sql_texts_find(SqlTexts *texts, const char *text) {
  SqlText found;
  uint32_t at = texts ? map_get(&texts->by_text, hash_quick(text, strlen(text))) : 0;
  if (at && !strcmp(texts->all.at[at - 1].text, text))
    return &texts->all.at[at - 1];
  return texts && cache_find_sql(texts->reader, text, &texts->arena, &found) ? add(texts, found) : NULL;
}

void sql_texts_add(SqlTexts *texts, const SqlText *text) {
  if (!texts || texts->arena.bytes > MOST_BYTES)
    return;
  SqlText copy = *text;
  copy.text = arena_copy(&texts->arena, text->text, strlen(text->text));
  copy.packed = arena_copy(&texts->arena, text->packed, text->length);
  add(texts, copy);
}

void sql_texts_close(SqlTexts *texts) {
  VEC(CacheItem) items = {0};
  if (!texts)
    return;
  cache_reader_close(texts->reader);
  for (uint32_t i = 0; i < texts->all.n; i++)
    vec_push(&items, ((CacheItem){.sql = &texts->all.at[i], .found = texts->all.at[i].found}));
  cache_keep(texts->cache, items.at, items.n);
  vec_release(&items);
  vec_release(&texts->all);
  map_release(&texts->by_text);
  arena_release(&texts->arena);
  xfree(texts);
}
