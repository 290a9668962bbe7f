// replay.c - calls a fuzz target with each file of a folder, under any compiler: what a fuzzer once found stays found.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "output.h"

int main(int argc, char **argv) {
  DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
  int count = 0;
  if (!folder)
    die("usage: %s FOLDER", argv[0]);
  for (struct dirent *entry; (entry = readdir(folder));) {
    Text path = {0}, bytes = {0};
    Error err;
    text_printf(&path, "%s/%s", argv[1], entry->d_name);
    if (*entry->d_name != '.' && input_read(path.at, &bytes, &err))
      die("%s", err.text);
    if (*entry->d_name != '.') {
      fprintf(stderr, "%s\n", path.at);
      LLVMFuzzerTestOneInput((const uint8_t *)bytes.at, bytes.n);
      count++;
    }
    text_release(&path);
    text_release(&bytes);
  }
  closedir(folder);
  printf("%d inputs\n", count);
  return count ? 0 : 1;
}
