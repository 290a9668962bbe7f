// model.c - a library model in YAML.
#include "fuzz.h"
#include "library.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  Libraries libs = {0};
  Error err = {0};
  libraries_add(&libs, "model.yml", (const char *)bytes, length, &err);
  libraries_release(&libs);
  return 0;
}
