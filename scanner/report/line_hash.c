// line_hash.c - see line_hash.h. The method is public: primaryLocationLineHash of github/codeql-action.
//
// A rolling hash over windows of 100 UTF-16 units, without blanks and with \n for every line end; a line has the hash
// of the window that starts with its first unit. After the text stand one unit 65535 and zeros.
#include "line_hash.h"

#include "../utf8.h"

enum { WINDOW = 100, FACTOR = 37, END_OF_TEXT = 65535 };

typedef struct Roller {
  uint64_t hash;
  uint64_t leaving;  // FACTOR to the power of WINDOW: what a unit weighs when it leaves
  uint16_t units[WINDOW];
  bool starts[WINDOW];  // a line starts with this unit
  unsigned at;
  bool line_start, after_cr;
  Map seen;
  LineHashes *lines;
} Roller;

// The window now starts with the unit that is about to leave: if a line does so too, its hash is complete.
static void roll(Roller *r, uint16_t unit, bool starts_line) {
  if (r->starts[r->at]) {
    uint32_t count = map_get(&r->seen, r->hash) + 1;
    map_put(&r->seen, r->hash, count);
    vec_push(r->lines, ((LineHash){r->hash, count}));
  }
  r->hash = r->hash * FACTOR + unit - r->leaving * r->units[r->at];
  r->units[r->at] = unit;
  r->starts[r->at] = starts_line;
  r->at = (r->at + 1) % WINDOW;
}

static void add_unit(Roller *r, uint16_t unit) {
  bool after_cr = r->after_cr;
  r->after_cr = unit == '\r';
  if (unit == ' ' || unit == '\t' || (after_cr && unit == '\n'))
    return;
  unit = unit == '\r' ? '\n' : unit;
  bool starts = r->line_start;
  r->line_start = unit == '\n';
  roll(r, unit, starts);
}

void line_hashes(const Text *text, LineHashes *out) {
  Roller r = {.leaving = 1, .line_start = true, .lines = out};
  uint32_t code;
  out->n = 0;
  for (int i = 0; i < WINDOW; i++)
    r.leaving *= FACTOR;
  for (size_t i = 0; i < text->n;) {
    i += utf8_next(text->at + i, text->n - i, &code);
    if (code > 0xFFFF)
      add_unit(&r, (uint16_t)(0xD800 + ((code - 0x10000) >> 10)));
    add_unit(&r, (uint16_t)(code > 0xFFFF ? 0xDC00 + (code & 0x3FF) : code));
  }
  add_unit(&r, END_OF_TEXT);
  for (int i = 0; i < WINDOW; i++)
    roll(&r, 0, false);
  map_release(&r.seen);
}
