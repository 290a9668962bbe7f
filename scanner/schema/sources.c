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
    if (p->texts.at[i].source->lang == LANG_PRISMA && schemas_want(schemas_context(p->texts.at[i].source)))
      vec_push(&files, p->texts.at[i]);
  for (uint32_t i = 0, end; i < files.n; i = end) {
    for (end = i + 1; end < files.n && same_folder(files.at[i].source->path, files.at[end].source->path);)
      end++;
    prisma_read(schemas, schema_at(schemas, files.at[i].source->path), &files.at[i], end - i);
  }
  vec_release(&files);
}

// Migrations may have tests of their own.
Context schemas_context(const Source *source) {
  Context context = context_of_source(source, source->path);
  return !source->context && path_has_tests(source->path) ? CONTEXT_TEST : context;
}

//
// The database
//

// What the drivers of the package say, or those of the whole tree when it has none; unknown when there are several.
Dialect schemas_dialect(const Schemas *schemas, const char *path) {
  const Modules *modules = schemas->program->modules;
  uint32_t own = 0, any = 0;
  const Libraries *libs = schemas->program->libs;
  for (uint32_t i = 0; i < libs->schema_words.n; i++) {
    const SchemaWord *word = &libs->schema_words.at[i];
    if (word->scope == SCOPE_PACKAGES && modules_dependency(modules, path, word->name))
      own |= 1u << dialect_named(word->type);
    if (word->scope == SCOPE_PACKAGES && modules_uses(modules, word->name))
      any |= 1u << dialect_named(word->type);
  }
  uint32_t seen = own ? own : any;
  for (unsigned dialect = DIALECT_POSTGRES; dialect <= DIALECT_MONGODB; dialect++)
    if (seen == 1u << dialect)
      return (Dialect)dialect;
  return DIALECT_UNKNOWN;
}

void sources_read(Schemas *schemas) {
  read_prisma(schemas);
  entities_read(schemas);
  migrations_read(schemas);
  for (uint32_t i = 0; i < schemas->n; i++) {
    const char *file = arena_printf(&schemas->arena, "%s/package.json", schemas->at[i]->folder);
    if (!schemas->at[i]->dialect)
      schemas->at[i]->dialect = (uint8_t)schemas_dialect(schemas, *schemas->at[i]->folder ? file : "package.json");
  }
}
