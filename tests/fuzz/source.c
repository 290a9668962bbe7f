// source.c - a source of each language, to facts and to their print. The first byte tells the language.
#include "facts.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static Parser *parser;
  if (!parser)
    parser = parser_new(&default_limits);
  if (!length)
    return 0;
  Facts facts;
  Error err = {0};
  char *text = xstrndup((const char *)bytes + 1, length - 1);
  Lang lang = (Lang)(LANG_JAVASCRIPT + *bytes % 3);
  if (!facts_of(&facts, parser, lang, text, length - 1, &err)) {
    Text out = {0};
    facts_print(&facts, text, &out);
    text_release(&out);
    facts_release(&facts);
  }
  xfree(text);
  return 0;
}
