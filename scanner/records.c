// records.c - see records.h. A record is a Head and what follows it: the memory of a copy of facts or a report, compressed
// by LZ4, or texts and trees of SQL as they are. Records are of one machine's byte order; the checksum is also over the
// key, so that a record which is found in a wrong place is no good.
#include "records.h"

#include <assert.h>
#include <lz4.h>
#include <pg_query.h>
#include <string.h>
#include <xxhash.h>

#include "needed.h"
#include "report_bytes.h"
#include "versions.h"

typedef struct Head {
  uint64_t checksum;  // of the key and all that follows
  uint32_t size;      // bytes that follow
} Head;
_Static_assert(sizeof(Head) == RECORD_HEAD, "the head of all records");

// What the bytes after it make.
typedef struct FactsHead {
  Head head;
  uint32_t unused;
  FactsShape shape;
} FactsHead;

typedef struct ReportHead {
  Head head;
  uint32_t unused;
  uint64_t size;
} ReportHead;

typedef struct SqlHead {
  Head head;
  uint32_t refused;
  uint32_t length;  // of what is packed; the text follows it
} SqlHead;

typedef struct MentionsHead {
  Head head;
  uint32_t skip, flags;  // Skip, MentionFlag
  uint64_t content;
} MentionsHead;

static RecordKey make_key(RecordKind kind, uint64_t version, uint64_t own, uint64_t secret) {
  uint64_t parts[] = {version, own, secret};
  return (RecordKey){.version = XXH3_64bits(parts, sizeof parts), .kind = (uint8_t)kind};
}

RecordKey record_key(const Source *source, RecordKind kind, uint64_t own, uint64_t secret) {
  RecordKey key = make_key(kind, EXTRACTOR_VERSION, kind == RECORD_FACTS ? own : 0, secret);
  key.lang = (uint8_t)source->lang;
  memcpy(key.id, source->oid, sizeof key.id);
  return key;
}

// What is found depends on the parser of SQL as well, which is a library.
static RecordKey make_program_key(RecordKind kind, uint64_t secret) {
  return make_key(kind, PROGRAM_VERSION, PG_VERSION_NUM, secret);
}

RecordKey record_key_of_state(const State *state, RecordKind kind, uint64_t secret) {
  RecordKey key = make_program_key(kind, secret);
  memcpy(key.id, &state->sources, sizeof state->sources);
  memcpy(key.id + sizeof state->sources, &state->terms, sizeof state->terms);
  return key;
}

RecordKey record_key_of_sql(const char *text, uint64_t secret) {
  RecordKey key = make_program_key(RECORD_SQL, secret);
  XXH128_hash_t hash = XXH3_128bits(text, strlen(text));
  memcpy(key.id, &hash, sizeof hash);
  return key;
}

static uint64_t checksum(const char *record, size_t length, const RecordKey *key) {
  return XXH3_64bits_withSeed(record + sizeof(uint64_t), length - sizeof(uint64_t), XXH3_64bits(key, sizeof *key));
}

void record_seal(Text *record, const RecordKey *key) {
  Head head = {.size = (uint32_t)(record->n - sizeof head)};
  memcpy(record->at, &head, sizeof head);
  head.checksum = checksum(record->at, record->n, key);
  memcpy(record->at, &head, sizeof head);
}

bool record_is_intact(const void *record, size_t length, const RecordKey *key) {
  Head head;
  if (length < sizeof head)
    return false;
  memcpy(&head, record, sizeof head);
  return head.size == length - sizeof head && head.checksum == checksum(record, length, key);
}

// Read what an intact record starts with.
static bool read_head(void *head, size_t size, const void *record, size_t length, const RecordKey *key) {
  if (length < size || !record_is_intact(record, length, key))
    return false;
  memcpy(head, record, size);
  return true;
}

//
// Compression
//

// Make a record of a head and of bytes, compressed. False when they are too many.
static bool pack_compressed(Text *out, const RecordKey *key, const void *head, size_t head_size, const char *bytes, size_t size) {
  if (size > LZ4_MAX_INPUT_SIZE)
    return false;
  int room = LZ4_compressBound((int)size);
  char *packed = xmalloc((size_t)room);
  int length = LZ4_compress_default(bytes, packed, (int)size, room);
  assert(length > 0);
  text_clear(out);
  text_add(out, head, head_size);
  text_add(out, packed, (size_t)length);
  xfree(packed);
  record_seal(out, key);
  return true;
}

// Whether the end of a record from `head_size` on is `size` bytes compressed, which are put where there is room for them.
static bool unpack_compressed(void *bytes, size_t size, const char *record, size_t length, size_t head_size) {
  size_t packed = length - head_size;
  return size <= LZ4_MAX_INPUT_SIZE && packed <= LZ4_MAX_INPUT_SIZE &&
         LZ4_decompress_safe(record + head_size, bytes, (int)packed, (int)size) == (int)size;
}

//
// Facts
//

bool facts_pack(Text *out, const RecordKey *key, const Facts *facts) {
  FactsHead head = {.shape = facts_shape(facts)};
  assert(facts->memory);
  return pack_compressed(out, key, &head, sizeof head, facts->memory, facts_size(&head.shape));
}

bool facts_unpack(Facts *facts, const void *record, size_t length, const RecordKey *key) {
  FactsHead head;
  if (!read_head(&head, sizeof head, record, length, key))
    return false;
  size_t size = facts_size(&head.shape);
  if (size > LZ4_MAX_INPUT_SIZE)
    return false;
  if (unpack_compressed(facts_make(facts, &head.shape), size, record, length, sizeof head))
    return true;
  facts_release(facts);
  return false;
}

//
// Mentions
//

void mentions_pack(Text *out, const RecordKey *key, const Mentions *mentions, Skip skip) {
  MentionsHead head = {.skip = skip, .flags = mentions->flags, .content = mentions->content};
  text_clear(out);
  text_add(out, (const char *)&head, sizeof head);
  text_add(out, mentions->specifiers, mentions->length);
  record_seal(out, key);
}

bool mentions_unpack(Mentions *mentions, Skip *skip, const void *record, size_t length, const RecordKey *key) {
  MentionsHead head;
  if (!read_head(&head, sizeof head, record, length, key))
    return false;
  if (head.skip >= SKIP_COUNT)
    return false;
  const char *specifiers = (const char *)record + sizeof head;
  length -= sizeof head;
  *skip = (Skip)head.skip;
  *mentions = (Mentions){length ? xstrndup(specifiers, length) : NULL, (uint32_t)length, head.flags, head.content};
  return !length || !specifiers[length - 1];
}

//
// Findings of a tree
//

// What stands before the rule and the path of each, which end in NUL.
typedef struct KnownHead {
  uint64_t identity;
  uint32_t count, length;  // length: of both texts
} KnownHead;

void known_pack(Text *out, const RecordKey *key, const Known *known) {
  Head head = {0};
  text_clear(out);
  text_add(out, (const char *)&head, sizeof head);
  for (uint32_t i = 0; i < known->all.n; i++) {
    const KnownFinding *entry = &known->all.at[i];
    size_t rule = strlen(entry->rule) + 1, path = strlen(entry->path) + 1;
    KnownHead known_head = {entry->identity, entry->count, (uint32_t)(rule + path)};
    text_add(out, (const char *)&known_head, sizeof known_head);
    text_add(out, entry->rule, rule);
    text_add(out, entry->path, path);
  }
  record_seal(out, key);
}

bool known_unpack(Known *known, const void *record, size_t length, const RecordKey *key) {
  if (!record_is_intact(record, length, key))
    return false;
  const char *at = (const char *)record + sizeof(Head), *end = (const char *)record + length;
  for (KnownHead head; (size_t)(end - at) >= sizeof head; at += head.length) {
    memcpy(&head, at, sizeof head);
    at += sizeof head;
    if (head.length < 2 || head.length > (size_t)(end - at) || at[head.length - 1] || !memchr(at, '\0', head.length - 1))
      return false;
    known_add(known, head.identity, at, at + strlen(at) + 1, head.count);
  }
  return at == end;
}

bool report_pack(Text *out, const RecordKey *key, const Report *report) {
  Text bytes = {0};
  report_write(&bytes, report);
  ReportHead head = {.size = bytes.n};
  bool packed = pack_compressed(out, key, &head, sizeof head, bytes.at, bytes.n);
  text_release(&bytes);
  return packed;
}

bool report_unpack(Report *report, const void *record, size_t length, const RecordKey *key) {
  ReportHead head;
  if (!read_head(&head, sizeof head, record, length, key))
    return false;
  if (head.size > LZ4_MAX_INPUT_SIZE)
    return false;
  char *bytes = xmalloc(head.size);
  bool whole = unpack_compressed(bytes, head.size, record, length, sizeof head) && report_read(report, bytes, head.size);
  xfree(bytes);
  return whole;
}

void needs_pack(Text *out, const RecordKey *key, const uint8_t *needs, size_t count) {
  Head head = {0};
  text_clear(out);
  text_add(out, (const char *)&head, sizeof head);
  text_add(out, (const char *)needs, count);
  record_seal(out, key);
}

bool needs_unpack(uint8_t *needs, size_t count, const void *record, size_t length, const RecordKey *key) {
  if (!record_is_intact(record, length, key) || length - sizeof(Head) != count)
    return false;
  memcpy(needs, (const char *)record + sizeof(Head), count);
  for (size_t i = 0; i < count; i++)
    if (needs[i] >= NEED_COUNT)
      return false;
  return true;
}

//
// Trees of SQL
//

// Both texts end in NUL, which is no part of what is packed.
void sql_pack(Text *out, const RecordKey *key, const SqlText *sql) {
  SqlHead head = {.refused = sql->refused, .length = sql->length};
  text_clear(out);
  text_add(out, (const char *)&head, sizeof head);
  text_add(out, sql->packed, sql->length);
  text_add(out, "", 1);
  text_add(out, sql->text, strlen(sql->text) + 1);
  record_seal(out, key);
}

bool sql_unpack(SqlText *sql, Arena *arena, const void *record, size_t length, const RecordKey *key) {
  SqlHead head;
  if (!read_head(&head, sizeof head, record, length, key))
    return false;
  const char *packed = (const char *)record + sizeof head, *end = (const char *)record + length;
  if (head.length > length - sizeof head || (size_t)(end - packed) - head.length < 2 || packed[head.length] || end[-1])
    return false;
  char *copy = arena_copy(arena, packed, (size_t)(end - packed));
  *sql = (SqlText){.packed = copy, .text = copy + head.length + 1, .length = head.length, .refused = head.refused, .found = true};
  return true;
}
