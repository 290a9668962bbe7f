// record.c - a record of the cache that is whole by its checksum, whatever is in it; the first byte tells of which kind. Those of
// facts are left out: they are trusted.
#include <string.h>

#include "fuzz.h"
#include "records.h"
#include "report_bytes.h"
#include "scan.h"

static void read_report(const void *bytes, size_t length) {
  static Tree *tree;
  const char *path = "/";
  Report report = {.rules = &builtin_rules};
  Error err;
  if (!tree && tree_open(&tree, &path, 1, &(TreeOptions){.unlisted = true}, &err))
    die("%s", err.text);
  report.tree = tree;
  report_read(&report, bytes, length);
  report.tree = NULL;
  report_release(&report);
}

static void unpack(const Text *record, const RecordKey *key) {
  Known known = {0};
  Mentions mentions = {0};
  Skip skip = SKIP_NO;
  SqlText sql;
  Arena arena = {0};
  if (key->kind == RECORD_KNOWN)
    known_unpack(&known, record->at, record->n, key);
  else if (key->kind == RECORD_MENTIONS)
    mentions_unpack(&mentions, &skip, record->at, record->n, key);
  else
    sql_unpack(&sql, &arena, record->at, record->n, key);
  known_release(&known);
  mentions_release(&mentions);
  arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static const char head[RECORD_HEAD];
  Text record = {0};
  if (!length)
    return 0;
  RecordKey key = {.kind = *bytes % RECORD_SQL + 1};
  text_add(&record, head, sizeof head);
  text_add(&record, (const char *)bytes + 1, length - 1);
  record_seal(&record, &key);
  if (!record_is_intact(record.at, record.n, &key))
    die("a record that was just made is none");
  if (key.kind == RECORD_REPORT)
    read_report(bytes + 1, length - 1);
  else
    unpack(&record, &key);
  text_release(&record);
  return 0;
}
