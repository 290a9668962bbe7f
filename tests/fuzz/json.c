// json.c - a package.json or tsconfig.json, and what imports mean by it. The first byte tells which.
#include "fuzz.h"
#include "modules.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static const char *const specifiers[] = {"a", "@/a", "#a", "~/b/c", "pkg/a", "pkg", "./a", "..", "/a", ""};
  if (!length)
    return 0;
  char *text = xstrndup((const char *)bytes + 1, length - 1);
  Modules *modules = modules_new();
  Error err = {0};
  modules_add_json(modules, *bytes % 2 ? "package.json" : "tsconfig.json", text, length - 1, &err);
  modules_add_json(modules, "pkg/package.json", "{\"name\":\"pkg\",\"exports\":\"./a.ts\"}", 33, &err);
  modules_add_file(modules, "a.ts");
  modules_add_file(modules, "pkg/a.ts");
  modules_link(modules);
  for (size_t i = 0; i < COUNT(specifiers); i++)
    modules_resolve(modules, "a.ts", specifiers[i]);
  modules_dependency(modules, "a.ts", "pkg");
  modules_free(modules);
  xfree(text);
  return 0;
}
