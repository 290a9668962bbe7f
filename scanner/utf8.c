// utf8.c - see utf8.h.
#include "utf8.h"

// Bytes of the sequence that this first byte starts, 0 when it starts none.
static size_t sequence_length(unsigned char first) {
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF)
    return 2;
  if (first >= 0xE0 && first <= 0xEF)
    return 3;
  if (first >= 0xF0 && first <= 0xF4)
    return 4;
  return 0;
}

// Whether byte `i` may continue the sequence: overlong forms, surrogates and codes beyond Unicode end at their second
// byte.
static bool continues(const unsigned char *bytes, size_t i) {
  unsigned char first = bytes[0], least = 0x80, most = 0xBF;
  if (i == 1 && (first == 0xE0 || first == 0xF0))
    least = first == 0xE0 ? 0xA0 : 0x90;
  if (i == 1 && (first == 0xED || first == 0xF4))
    most = first == 0xED ? 0x9F : 0x8F;
  return bytes[i] >= least && bytes[i] <= most;
}

size_t utf8_next(const char *at, size_t length, uint32_t *code) {
  static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  const unsigned char *bytes = (const unsigned char *)at;
  size_t need = sequence_length(bytes[0]), n = 1;
  uint32_t value = bytes[0] & first_bits[need];
  for (; n < need && n < length && continues(bytes, n); n++)
    value = value << 6 | (bytes[n] & 0x3F);
  *code = n < need || !need ? UTF8_BAD : value;
  return n;
}

void utf8_add(Text *text, const char *bytes, size_t length) {
  uint32_t code;
  for (size_t i = 0, step; i < length; i += step) {
    step = utf8_next(bytes + i, length - i, &code);
    bool bad = code == UTF8_BAD;
    text_add(text, bad ? "\xEF\xBF\xBD" : bytes + i, bad ? 3 : step);
  }
}

uint32_t utf8_units(const char *bytes, size_t length) {
  uint32_t units = 0, code;
  for (size_t i = 0; i<length; units += code> 0xFFFF ? 2 : 1)
    i += utf8_next(bytes + i, length - i, &code);
  return units;
}

typedef struct Range {
  uint32_t first, last;
} Range;

static bool in_ranges(const Range *ranges, size_t count, uint32_t code) {
  for (size_t i = 0; i < count; i++)
    if (code >= ranges[i].first && code <= ranges[i].last)
      return true;
  return false;
}

// The blocks that matter in source code; a rare script at worst shifts a caret.
unsigned utf8_width(uint32_t code) {
  static const Range none[] = {{0x300, 0x36F},   {0x200B, 0x200F}, {0x20D0, 0x20FF},
                               {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};
  static const Range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                               {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
                               {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
                               {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};
  if (code < 0x300)
    return 1;
  if (in_ranges(none, COUNT(none), code))
    return 0;
  return in_ranges(wide, COUNT(wide), code) ? 2 : 1;
}
