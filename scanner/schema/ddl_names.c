// ddl_names.c - the names that PostgreSQL gives to indexes and constraints that a migration leaves unnamed. Later
// migrations drop and rename them by these.
#include "ddl.h"

#include <string.h>
#include <strings.h>

enum { NAME_LIMIT = 63 };

// "table_column_label", cut to 63 bytes as PostgreSQL does: the longer of the two parts until the whole fits.
static const char *ddl_object_name(Arena *arena, const char *first, const char *second, const char *label) {
  size_t a = strlen(first), b = second ? strlen(second) : 0;
  size_t room = NAME_LIMIT - (strlen(label) + 1) - (second ? 1 : 0);
  while (a + b > room)
    *(a > b ? &a : &b) -= 1;
  while (a && (first[a] & 0xc0) == 0x80)
    a--;
  while (b && (second[b] & 0xc0) == 0x80)
    b--;
  return arena_printf(arena, "%.*s%s%.*s_%s", (int)a, first, second ? "_" : "", (int)b, second ? second : "", label);
}

Table *ddl_index_named(const Schema *schema, const char *name, uint32_t *index) {
  for (uint32_t t = 0; t < schema->tables.n; t++) {
    Table *table = schema->tables.at[t];
    for (uint32_t i = 0; i < table->indexes.n; i++)
      if (table->indexes.at[i].name && !strcasecmp(table->indexes.at[i].name, name)) {
        *index = i;
        return table;
      }
  }
  return NULL;
}

static bool is_taken(const Schema *schema, const char *name) {
  uint32_t at;
  if (ddl_index_named(schema, name, &at))
    return true;
  for (uint32_t t = 0; t < schema->tables.n; t++)
    for (uint32_t i = 0; i < schema->tables.at[t]->keys.n; i++)
      if (schema->tables.at[t]->keys.at[i].name && !strcasecmp(schema->tables.at[t]->keys.at[i].name, name))
        return true;
  return false;
}

const char *ddl_free_name(Schemas *schemas, const Schema *schema, const char *first, const char *second, const char *label) {
  enum { TRIES = 32 };
  const char *name = ddl_object_name(&schemas->arena, first, second, label);
  for (int i = 1; i < TRIES && is_taken(schema, name); i++)
    name = ddl_object_name(&schemas->arena, first, second, arena_printf(&schemas->arena, "%s%d", label, i));
  return name;
}
