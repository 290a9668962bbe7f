// own.c - rules of a repository's own, asked of a source of each language.
#include "own.h"

#include <string.h>

#include "fuzz.h"

// Wide and deep enough for patterns that try all ways.
static char *source(void) {
  Text text = {0};
  text_puts(&text, "import { db } from './db';\nclass A extends B { @c() x = 1; async m(a, { b }) { return await db.q(a, ...b); } }\n"
                   "const t = sql`SELECT ${a.b} FROM t`, e = x ? [1, , 2] : { y, 'z': 3, ...w };\nif (");
  for (int i = 0; i < 60; i++)
    text_puts(&text, "f(a.b, [");
  for (int i = 0; i < 300; i++)
    text_printf(&text, "%s{ k: v%d }", i ? ", " : "", i % 7);
  for (int i = 0; i < 60; i++)
    text_puts(&text, "])");
  text_puts(&text, ") { for (const a of b) { continue; } }\n");
  return text.at;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static char *code;
  code = code ? code : source();
  OwnRules *own = own_new();
  Error err = {0};
  Text text = {0};
  text_add(&text, (const char *)bytes, length);
  bool taken = !own_add(own, "rules.scm", &text, &err);
  Parser *parser = parser_new(&default_limits);
  parser_ask(parser, own);
  for (Lang lang = LANG_JAVASCRIPT; taken && lang <= LANG_TSX; lang++) {
    Facts facts;
    if (!facts_of(&facts, parser, lang, code, strlen(code), &err))
      facts_release(&facts);
  }
  parser_free(parser);
  own_free(own);
  text_release(&text);
  return 0;
}
