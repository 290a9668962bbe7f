// json_text.h - text of sources as JSON: names and paths need not be valid UTF-8, JSON must be.
#ifndef SEQSCAN_JSON_TEXT_H
#define SEQSCAN_JSON_TEXT_H

#include <jansson.h>
#include <stdint.h>

#include "base.h"

// A new string with each bad byte replaced by U+FFFD; null for NULL.
json_t *json_text(const char *text);

// Set one property of an object.
void json_set_text(json_t *object, const char *key, const char *text);
void json_set_number(json_t *object, const char *key, uint64_t number);

// Append the value as text and release it; `flags` are jansson's.
int json_write(json_t *value, size_t flags, Text *out, Error *err);

#endif
