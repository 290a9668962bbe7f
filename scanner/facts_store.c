// facts_store.c - see facts_store.h. A record is a Head and the memory of a copy of facts, compressed by LZ4. Records
// are of one machine's byte order; the checksum is also over the key, so that a record which is found in a wrong place
// is no good.
#include "facts_store.h"

#include <assert.h>
#include <lz4.h>
#include <string.h>
#include <xxhash.h>

#include "extractor.h"

typedef struct Head {
  uint64_t checksum;  // of the key and all that follows
  uint32_t skip;      // Skip
  uint32_t packed;    // bytes that follow
  FactsShape shape;
} Head;

FactsKey facts_key(const Source *source, uint64_t secret) {
  uint64_t parts[] = {EXTRACTOR_VERSION, secret};
  FactsKey key = {.extractor = XXH3_64bits(parts, sizeof parts), .lang = source->lang};
  memcpy(key.blob, source->oid, sizeof key.blob);
  return key;
}

static uint64_t checksum(const char *record, size_t length, const FactsKey *key) {
  return XXH3_64bits_withSeed(record + sizeof(uint64_t), length - sizeof(uint64_t), XXH3_64bits(key, sizeof *key));
}

// Append the compressed memory of the facts, and give its length.
static uint32_t pack_memory(Text *out, const Facts *facts, size_t size) {
  assert(facts->memory && size <= LZ4_MAX_INPUT_SIZE);
  int room = LZ4_compressBound((int)size);
  char *packed = xmalloc((size_t)room);
  int length = LZ4_compress_default(facts->memory, packed, (int)size, room);
  assert(length > 0);
  text_add(out, packed, (size_t)length);
  xfree(packed);
  return (uint32_t)length;
}

bool facts_pack(Text *out, const FactsKey *key, const Facts *facts, Skip skip) {
  Head head = {.skip = skip};
  if (facts)
    head.shape = facts_shape(facts);
  size_t size = facts ? facts_size(&head.shape) : 0;
  if (size > LZ4_MAX_INPUT_SIZE)
    return false;
  text_clear(out);
  text_add(out, (const char *)&head, sizeof head);
  if (facts)
    head.packed = pack_memory(out, facts, size);
  memcpy(out->at, &head, sizeof head);
  head.checksum = checksum(out->at, out->n, key);
  memcpy(out->at, &head, sizeof head);
  return true;
}

bool facts_intact(const void *record, size_t length, const FactsKey *key) {
  Head head;
  if (length < sizeof head)
    return false;
  memcpy(&head, record, sizeof head);
  return head.packed == length - sizeof head && head.checksum == checksum(record, length, key);
}

bool facts_unpack(Facts *facts, Skip *skip, const void *record, size_t length, const FactsKey *key) {
  if (!facts_intact(record, length, key))
    return false;
  Head head;
  memcpy(&head, record, sizeof head);
  *skip = (Skip)head.skip;
  if (head.skip)
    return head.skip < SKIP_COUNT;
  size_t size = facts_size(&head.shape);
  if (size > LZ4_MAX_INPUT_SIZE)
    return false;
  void *memory = facts_make(facts, &head.shape);
  if (LZ4_decompress_safe((const char *)record + sizeof head, memory, (int)head.packed, (int)size) == (int)size)
    return true;
  facts_release(facts);
  return false;
}
