// sources.c - which texts and files declare tables or change them, and in which order they are read.
#include "schema.h"

#include <stdlib.h>
#include <string.h>

// The folder of a Prisma schema: files beside each other, and those in a folder `schema` or `models`, belong together.
static size_t prisma_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) : 0;
  static const char *const parts[] = {"/models", "/schema", "/schemas", "/enums"};
  for (size_t i = 0; i < COUNT(parts); i++) {
    size_t part = strlen(parts[i]);
    if (length > part && !memcmp(path + length - part, parts[i], part))
      length -= part, i = (size_t)-1;
  }
  return length;
}

static bool same_folder(const char *a, const char *b) {
  size_t length = prisma_folder(a);
  return length == prisma_folder(b) && !memcmp(a, b, length);
}

static void read_prisma(Schemas *schemas) {
  VEC(TextFile) files = {0};
  Program *p = schemas->program;
  for (uint32_t i = 0; i < p->texts.n; i++)
    if (p->texts.at[i].source->lang == LANG_PRISMA && schemas_want(p->texts.at[i].source->path))
      vec_push(&files, p->texts.at[i]);
  for (uint32_t i = 0, end; i < files.n; i = end) {
    for (end = i + 1; end < files.n && same_folder(files.at[i].source->path, files.at[end].source->path);)
      end++;
    prisma_read(schemas, schema_at(schemas, files.at[i].source->path), &files.at[i], end - i);
  }
  vec_release(&files);
}

bool schemas_want(const char *path) {
  Context context = context_of_path(path);
  return context == CONTEXT_APP || context == CONTEXT_MIGRATION;
}

void sources_read(Schemas *schemas) {
  read_prisma(schemas);
}
