// config.c - a seqscan.json, and what is in force by it.
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static int file = -1;
  static char path[64];
  if (file < 0) {
    file = memfd_create("seqscan.json", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  }
  int failed = ftruncate(file, 0) || pwrite(file, bytes, length, 0) != (ssize_t)length;
  assert(!failed);
  Config config;
  Error err = {0};
  if (!config_read(&config, NULL, path, &err)) {
    Text out = {0};
    config.fail_on = config.fail_on < 0 ? FAIL_ON_WARNING : config.fail_on;  // as scans do where nothing is said
    config_print(&config, &out, &err);
    text_release(&out);
  }
  config_release(&config);
  return 0;
}
