// json_text.c - see json_text.h.
#include "json_text.h"

#include <stdlib.h>
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

void json_set_text(json_t *object, const char *key, const char *text) {
  json_object_set_new(object, key, json_text(text));
}

void json_set_number(json_t *object, const char *key, uint64_t number) {
  json_object_set_new(object, key, json_integer((json_int_t)number));
}

int json_write(json_t *value, size_t flags, Text *out, Error *err) {
  char *text = json_dumps(value, flags);
  json_decref(value);
  if (!text)
    return fail(err, "the report cannot be written as JSON");
  text_puts(out, text);
  free(text);
  return 0;
}
