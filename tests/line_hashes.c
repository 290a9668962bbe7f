// line_hashes.c - print a SARIF log with a result on each line of a file, and our hash of that line as its property
// `ours`, for tests/clients to compare with what another program computes.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/line_hash.h"

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  Text text = {0};
  LineHashes lines = {0};
  char buffer[4096];
  if (!file)
    return 2;
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file));)
    text_add(&text, buffer, n);
  fclose(file);
  line_hashes(&text, &lines);
  printf("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":"
         "{\"driver\":{\"name\":\"lines\"}},\"results\":[");
  for (uint32_t i = 0; i < lines.n; i++)
    printf("%s{\"message\":{\"text\":\"line\"},\"properties\":{\"ours\":\"%" PRIx64 ":%" PRIu32
           "\"},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"file://%s\"},\"region\":{\"startLine\":%" PRIu32 "}}}]}",
           i ? ",\n" : "\n", lines.at[i].hash, lines.at[i].count, argv[1], i + 1);
  puts("]}]}");
  vec_release(&lines);
  text_release(&text);
  return 0;
}
