// sha1.c - see sha1.h. FIPS 180-4; libgit2 hashes objects only, and with a header of its own.
#include "sha1.h"

#include <string.h>

enum { BLOCK = 64 };

static uint32_t rotated(uint32_t word, int by) { return word << by | word >> (32 - by); }

static uint32_t word_at(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_word(uint8_t *at, uint32_t word) {
  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t)(word >> (24 - 8 * i));
}

static uint32_t mixed(int round, uint32_t b, uint32_t c, uint32_t d) {
  if (round < 20)
    return (d ^ (b & (c ^ d))) + 0x5a827999;
  if (round < 40)
    return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60)
    return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

static void add_block(uint32_t state[5], const uint8_t *block) {
  uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 16; i++)
    w[i] = word_at(block + 4 * i);
  for (int i = 16; i < 80; i++)
    w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  for (int i = 0; i < 80; i++) {
    uint32_t next = rotated(a, 5) + mixed(i, b, c, d) + e + w[i];
    e = d, d = c, c = rotated(b, 30), b = a, a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

void sha1(uint8_t digest[SHA1_SIZE], const void *bytes, size_t length) {
  uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const uint8_t *at = bytes;
  size_t whole = length / BLOCK * BLOCK, rest = length - whole, padded = rest + 9 > BLOCK ? 2 * BLOCK : BLOCK;
  uint8_t last[2 * BLOCK] = {0};
  for (size_t i = 0; i < whole; i += BLOCK)
    add_block(state, at + i);
  memcpy(last, at + whole, rest);
  last[rest] = 0x80;
  put_word(last + padded - 8, (uint32_t)((uint64_t)length >> 29));
  put_word(last + padded - 4, (uint32_t)(length << 3));
  for (size_t i = 0; i < padded; i += BLOCK)
    add_block(state, last + i);
  for (int i = 0; i < 5; i++)
    put_word(digest + 4 * i, state[i]);
}
