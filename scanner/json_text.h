// json_text.h - text of sources as JSON: names and paths need not be valid UTF-8, JSON must be.
#ifndef SEQSCAN_JSON_TEXT_H
#define SEQSCAN_JSON_TEXT_H

#include <jansson.h>

// A new string with each bad byte replaced by U+FFFD; null for NULL.
json_t *json_text(const char *text);

#endif
