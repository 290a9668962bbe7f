// json_text.c - see json_text.h.
#include "json_text.h"

#include <string.h>

#include "utf8.h"

json_t *json_text(const char *text) {
  if (!text)
    return json_null();
  json_t *value = json_string(text);
  if (value)
    return value;
  Text clean = {0};
  utf8_add(&clean, text, strlen(text));
  value = json_stringn(clean.at, clean.n);
  text_release(&clean);
  return value;
}
