// mentions.c - what a source of each language mentions, as it is read and as it is kept. No import of what parses is missing.
// The first byte tells the language.
#include "mentions.h"

#include <string.h>

#include "fuzz.h"
#include "records.h"

static const Source source = {.path = "a.ts", .lang = LANG_TYPESCRIPT};

// What is kept is what was read.
static void check_record(const Mentions *mentions) {
  RecordKey key = record_key(&source, RECORD_MENTIONS, 0, 1);
  Mentions found = {0};
  Skip skip;
  Text record = {0};
  mentions_pack(&record, &key, mentions, SKIP_NO);
  if (!mentions_unpack(&found, &skip, record.at, record.n, &key) || found.flags != mentions->flags ||
      found.length != mentions->length || (found.length && memcmp(found.specifiers, mentions->specifiers, found.length)))
    die("mentions are not what was kept");
  mentions_release(&found);
  text_release(&record);
}

static bool mentions_module(const Mentions *mentions, const char *name) {
  for (uint32_t at = 0; at < mentions->length; at += (uint32_t)strlen(mentions->specifiers + at) + 1)
    if (!strcmp(mentions->specifiers + at + (mentions->specifiers[at] == *MENTIONS_PASSES), name))
      return true;
  return false;
}

// Whether the code may mention less than it imports: by escapes, behind comments, on lines like those of comments, in a name
// that is too long.
static bool is_unclear(const char *text, size_t length) {
  return strlen(text) < length || strpbrk(text, "\\*#") || strstr(text, "//") || length > 500;
}

static void check_imports(const Mentions *mentions, const Facts *facts) {
  for (uint32_t i = 1; i < facts->imports.n; i++) {
    const char *name = facts_name(facts, facts->imports.at[i].specifier);
    if (!mentions_module(mentions, name))
      die("an import of %s is missing", name);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static Parser *parser;
  if (!parser)
    parser = parser_new(&default_limits);
  if (!length)
    return 0;
  Facts facts;
  Error err = {0};
  Mentions mentions;
  char *text = xstrndup((const char *)bytes + 1, length - 1);
  mentions_read(&mentions, text, length - 1);
  check_record(&mentions);
  if (!facts_of(&facts, parser, (Lang)(LANG_JAVASCRIPT + *bytes % 3), text, length - 1, &err)) {
    if (!facts.errors && !is_unclear(text, length - 1))
      check_imports(&mentions, &facts);
    facts_release(&facts);
  }
  mentions_release(&mentions);
  xfree(text);
  return 0;
}
