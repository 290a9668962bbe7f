// schema.c - a migration in SQL, or a Prisma schema. The first byte tells which.
#include "fuzz.h"
#include "schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static const Source sources[] = {{.path = "a.sql"}, {.path = "schema.prisma"}};
  if (!length)
    return 0;
  const Source *source = &sources[*bytes % 2];
  char *text = xstrndup((const char *)bytes + 1, length - 1);
  Schemas schemas = {0};
  Schema *schema = schema_scratch(&schemas), *merged = schema_scratch(&schemas);
  if (source == &sources[0])
    ddl_read(&schemas, schema, source, text, length - 1, 0);
  else
    prisma_read(&schemas, schema, &(TextFile){source, text, length - 1}, 1);
  schema_merge(&schemas, merged, schema);
  vec_push(&schemas, merged);  // released with the others
  schemas_release(&schemas);
  xfree(text);
  return 0;
}
