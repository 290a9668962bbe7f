// formats.c - the table of formats.
#include "../finding.h"

#include <string.h>

const Format formats[] = {
#define FORMAT(name, write, summary) {name, write, summary},
#include "formats.def"
#undef FORMAT
};
const size_t format_count = COUNT(formats);

const Format *format_named(const char *name, size_t length) {
  for (size_t i = 0; i < format_count; i++)
    if (!strncmp(formats[i].name, name, length) && !formats[i].name[length])
      return &formats[i];
  return NULL;
}
