// cache.c - see cache.h. LMDB maps its file into memory and believes what it reads there. A damaged file may so make it
// touch pages that do not exist, which is caught while reading, or write to wrong places, which is why a child process
// writes. What comes out is checked by its checksum. Writes are not synced: after a power failure the file may be
// damaged, and is then made anew.
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "records.h"

enum { MOST_READERS = 2048, BATCH = 256, EXIT_DAMAGED = 2, LONGEST_WRITE = 60 /* seconds */ };

struct Cache {
  char *folder;
  uint64_t max_bytes;
  uint64_t secret, own;  // see record_key()
  MDB_env *env;  // NULL as long as nothing is kept
  MDB_dbi records;
  atomic_bool damaged;  // it is to be made anew
  bool renewed;         // and was
  pid_t writer;  // 0: none runs
};

struct CacheReader {
  Cache *cache;
  MDB_txn *txn;
};

//
// Faults
//

// Where a fault of this thread goes on; NULL: it is none of ours.
static _Thread_local sigjmp_buf *landing;
static struct sigaction old_bus, old_segv;

static void on_fault(int signal) {
  if (landing)
    siglongjmp(*landing, 1);
  sigaction(signal, signal == SIGBUS ? &old_bus : &old_segv, NULL);  // it happens again, and is handled there
}

static void on_assert(MDB_env *env, const char *text) {
  (void)env, (void)text;
  if (landing)
    siglongjmp(*landing, 1);
  _exit(EXIT_DAMAGED);
}

static void catch_faults(void) {
  struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
  sigaction(SIGBUS, &action, &old_bus);
  sigaction(SIGSEGV, &action, &old_segv);
}

static void release_faults(void) {
  sigaction(SIGBUS, &old_bus, NULL);
  sigaction(SIGSEGV, &old_segv, NULL);
}

// Do something that reads the file. False when that faults.
static bool try(void (*action)(void *), void *payload) {
  sigjmp_buf here;
  if (sigsetjmp(here, 0)) {
    landing = NULL;
    return false;
  }
  landing = &here;
  action(payload);
  landing = NULL;
  return true;
}

//
// Folder
//

// Make a folder and those above it.
static int make_folder(char *path) {
  for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
    *slash = '\0';
    int status = mkdir(path, 0777);
    *slash = '/';
    if (status && errno != EEXIST && errno != EROFS && errno != EACCES)
      return -1;
  }
  return mkdir(path, 0777) && errno != EEXIST ? -1 : access(path, R_OK | W_OK | X_OK);
}

static char *below(const char *folder, const char *name) {
  Text path = {0};
  text_printf(&path, "%s/%s", folder, name);
  return path.at;
}

// The user's folder of caches, or NULL.
static char *user_folder(void) {
  const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  if (cache && *cache == '/')
    return below(cache, "seqscan");
  return home && *home == '/' ? below(home, ".cache/seqscan") : NULL;
}

static int find_folder(Cache *cache, const char *git_dir, const char *named, Error *err) {
  cache->folder = named ? xstrndup(named, strlen(named)) : below(git_dir, "seqscan");
  if (!make_folder(cache->folder))
    return 0;
  fail(err, "no cache: %s: %s", cache->folder, strerror(errno));
  char *user = named ? NULL : user_folder();
  if (!user)
    return -1;
  xfree(cache->folder);
  cache->folder = user;
  return make_folder(user) ? fail(err, "no cache: %s: %s", user, strerror(errno)) : 0;
}

static bool read_secret(const char *path, uint64_t *secret) {
  int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  bool whole = file >= 0 && read(file, secret, sizeof *secret) == sizeof *secret;
  if (file >= 0)
    close(file);
  return whole;
}

// Write it to a file of its own first: another scan may do so at the same time, and one of both wins.
static bool make_secret(const char *folder, const char *path) {
  uint64_t secret;
  char *new = below(folder, "secret.XXXXXX");
  int file = getrandom(&secret, sizeof secret, 0) == sizeof secret ? mkstemp(new) : -1;
  bool made = file >= 0 && write(file, &secret, sizeof secret) == sizeof secret;
  if (file >= 0) {
    close(file);
    made = made && (!link(new, path) || errno == EEXIST);
    unlink(new);
  }
  xfree(new);
  return made;
}

// The secret lies where only the user puts something: in the folder that is named, else in the user's folder of caches.
static int find_secret(Cache *cache, const char *named, Error *err) {
  char *folder = named ? xstrndup(named, strlen(named)) : user_folder();
  if (!folder)
    return fail(err, "no cache: neither HOME nor XDG_CACHE_HOME is set");
  char *path = below(folder, "secret");
  bool found = read_secret(path, &cache->secret) ||
               (!make_folder(folder) && make_secret(folder, path) && read_secret(path, &cache->secret));
  int status = found ? 0 : fail(err, "no cache: %s cannot be read or made", path);
  xfree(path);
  xfree(folder);
  return status;
}

// The two files of a cache are opened and removed under a lock, so that all processes have both of the same cache.
static int lock_folder(const Cache *cache, int operation) {
  int folder = open(cache->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0)
    flock(folder, operation);
  return folder;
}

// Start anew. Processes that have the files open keep them as they are.
static int remove_files(const Cache *cache) {
  char *data = below(cache->folder, "data.mdb"), *lock = below(cache->folder, "lock.mdb");
  int folder = lock_folder(cache, LOCK_EX);
  int status = (unlink(data) && errno != ENOENT) || (unlink(lock) && errno != ENOENT) ? -1 : 0;
  if (folder >= 0)
    close(folder);
  xfree(data);
  xfree(lock);
  return status;
}

//
// Opening
//

static int open_env(MDB_env **out, const Cache *cache, unsigned flags) {
  int status = mdb_env_create(out);
  if (status)
    return status;
  mdb_env_set_assert(*out, on_assert);
  mdb_env_set_mapsize(*out, cache->max_bytes);
  mdb_env_set_maxreaders(*out, MOST_READERS);
  int folder = lock_folder(cache, LOCK_SH);
  status = mdb_env_open(*out, cache->folder, flags | MDB_NOTLS, 0666);
  if (folder >= 0)
    close(folder);
  if (status) {
    mdb_env_close(*out);
    *out = NULL;
  }
  return status;
}

// True for a status that a new file may mend. Those of LMDB are negative; of the system's, some come from wrong numbers
// in a damaged file.
static bool is_damage(int status) {
  if (status < 0)
    return status != MDB_READERS_FULL && status != MDB_MAP_RESIZED;
  return status == ENOMEM || status == EINVAL || status == EFBIG || status == EIO;
}

// Open for reading. A cache without files is an empty one.
static void open_records(void *payload) {
  Cache *cache = payload;
  MDB_txn *txn;
  int status = open_env(&cache->env, cache, MDB_RDONLY);
  if (!status && !(status = mdb_txn_begin(cache->env, NULL, MDB_RDONLY, &txn)))
    status = mdb_dbi_open(txn, NULL, 0, &cache->records) || mdb_txn_commit(txn);
  cache->damaged = status && status != ENOENT;
}

int cache_open(Cache **out, const char *git_dir, const CacheOptions *options, Error *err) {
  *out = NULL;
  if (options->off || (!git_dir && !options->folder))
    return 0;
  Cache *cache = xcalloc(1, sizeof *cache);
  cache->max_bytes = options->max_bytes / 4096 * 4096;
  cache->own = options->own;
  if (find_folder(cache, git_dir, options->folder, err) || find_secret(cache, options->folder, err)) {
    xfree(cache->folder);
    xfree(cache);
    return -1;
  }
  catch_faults();
  if (!try(open_records, cache))
    cache->damaged = true;
  *out = cache;
  return 0;
}

static void wait_for_writer(Cache *cache) {
  while (cache->writer && waitpid(cache->writer, NULL, 0) < 0 && errno == EINTR)
    ;
  cache->writer = 0;
}

void cache_close(Cache *cache) {
  if (!cache)
    return;
  wait_for_writer(cache);
  if (cache->env)
    mdb_env_close(cache->env);
  release_faults();
  xfree(cache->folder);
  xfree(cache);
}

//
// Reading
//

typedef struct Begin {
  CacheReader *reader;
  int status;
} Begin;

static void begin(void *payload) {
  Begin *b = payload;
  b->status = mdb_txn_begin(b->reader->cache->env, NULL, MDB_RDONLY, &b->reader->txn);
}

CacheReader *cache_reader_open(Cache *cache) {
  if (!cache || !cache->env || cache->damaged)
    return NULL;
  CacheReader *reader = xcalloc(1, sizeof *reader);
  reader->cache = cache;
  Begin b = {.reader = reader};
  if (try(begin, &b) && !b.status)
    return reader;
  xfree(reader);
  return NULL;
}

void cache_reader_close(CacheReader *reader) {
  if (!reader)
    return;
  mdb_txn_abort(reader->txn);
  xfree(reader);
}

// A record that is looked for; of facts, mentions, known findings, a report, needs and a tree of SQL one is wanted.
typedef struct Lookup {
  CacheReader *reader;
  RecordKey key;
  Facts *facts;
  Mentions *mentions;
  Known *known;
  Report *report;
  uint8_t *needs;
  size_t count;  // of these
  SqlText *sql;
  Arena *arena;  // for that
  Skip *skip;
  int status;
  bool found;
} Lookup;

static void look_up(void *payload) {
  Lookup *l = payload;
  MDB_val key = {sizeof l->key, &l->key}, record;
  l->status = mdb_get(l->reader->txn, l->reader->cache->records, &key, &record);
  if (l->status)
    return;
  if (l->facts)
    l->found = facts_unpack(l->facts, record.mv_data, record.mv_size, &l->key);
  else if (l->mentions)
    l->found = mentions_unpack(l->mentions, l->skip, record.mv_data, record.mv_size, &l->key);
  else if (l->sql)
    l->found = sql_unpack(l->sql, l->arena, record.mv_data, record.mv_size, &l->key);
  else if (l->needs)
    l->found = needs_unpack(l->needs, l->count, record.mv_data, record.mv_size, &l->key);
  else if (l->known)
    l->found = known_unpack(l->known, record.mv_data, record.mv_size, &l->key);
  else
    l->found = report_unpack(l->report, record.mv_data, record.mv_size, &l->key);
}

// Whether there is an intact record. What else is found means damage.
static bool find(Lookup *l) {
  if (try(look_up, l) && (l->found || l->status == MDB_NOTFOUND))
    return l->found;
  l->reader->cache->damaged = true;
  return false;
}

static bool find_of_source(Lookup *l, const Source *source, RecordKind kind) {
  if (!l->reader || !source_has_blob(source))
    return false;
  l->key = record_key(source, kind, l->reader->cache->own, l->reader->cache->secret);
  return find(l);
}

bool cache_find_facts(CacheReader *reader, const Source *source, Facts *facts) {
  Lookup l = {.reader = reader, .facts = facts};
  *facts = (Facts){0};
  if (find_of_source(&l, source, RECORD_FACTS))
    return true;
  facts_release(facts);
  return false;
}

bool cache_find_mentions(CacheReader *reader, const Source *source, Mentions *mentions, Skip *skip) {
  Lookup l = {.reader = reader, .mentions = mentions, .skip = skip};
  *mentions = (Mentions){0};
  if (find_of_source(&l, source, RECORD_MENTIONS))
    return true;
  mentions_release(mentions);
  *skip = SKIP_NO;
  return false;
}

bool cache_find_sql(CacheReader *reader, const char *text, Arena *arena, SqlText *out) {
  Lookup l = {.reader = reader, .sql = out, .arena = arena};
  if (!reader)
    return false;
  l.key = record_key_of_sql(text, reader->cache->secret);
  return find(&l) && !strcmp(out->text, text);
}

uint64_t cache_seed(const Cache *cache) { return cache->secret; }

static bool find_of_state(Lookup *l, Cache *cache, const State *state, RecordKind kind) {
  l->reader = cache_reader_open(cache);
  if (!l->reader)
    return false;
  l->key = record_key_of_state(state, kind, cache->secret);
  bool found = find(l);
  cache_reader_close(l->reader);
  return found;
}

bool cache_find_known(Cache *cache, const State *state, Known *known) {
  *known = (Known){0};
  if (find_of_state(&(Lookup){.known = known}, cache, state, RECORD_KNOWN))
    return true;
  known_release(known);
  return false;
}

bool cache_find_report(Cache *cache, const State *state, Report *report) {
  return find_of_state(&(Lookup){.report = report}, cache, state, RECORD_REPORT);
}

uint8_t *cache_find_needs(Cache *cache, const State *state, size_t count) {
  Lookup l = {.needs = xcalloc(count + 1, 1), .count = count};
  if (find_of_state(&l, cache, state, RECORD_NEEDS))
    return l.needs;
  xfree(l.needs);
  return NULL;
}

//
// Keeping
//

static RecordKey key_of_item(const CacheItem *item, const Cache *cache) {
  if (item->needs)
    return record_key_of_state(&item->state, RECORD_NEEDS, cache->secret);
  if (item->sql)
    return record_key_of_sql(item->sql->text, cache->secret);
  if (item->known || item->report)
    return record_key_of_state(&item->state, item->known ? RECORD_KNOWN : RECORD_REPORT, cache->secret);
  return record_key(item->source, item->facts ? RECORD_FACTS : RECORD_MENTIONS, cache->own, cache->secret);
}

// False when it is too large for a record.
static bool pack_item(Text *record, const RecordKey *key, const CacheItem *item) {
  if (item->facts)
    return facts_pack(record, key, item->facts);
  if (item->report)
    return report_pack(record, key, item->report);
  if (item->mentions)
    mentions_pack(record, key, item->mentions, item->skip);
  else if (item->sql)
    sql_pack(record, key, item->sql);
  else if (item->needs)
    needs_pack(record, key, item->needs, item->count);
  else
    known_pack(record, key, item->known);
  return true;
}

// Keep an item, unless another scan has done so.
static int keep_item(MDB_txn *txn, MDB_dbi records, const Cache *cache, const CacheItem *item, Text *record) {
  RecordKey id = key_of_item(item, cache);
  MDB_val key = {sizeof id, &id}, kept;
  if (!mdb_get(txn, records, &key, &kept) && record_is_intact(kept.mv_data, kept.mv_size, &id))
    return 0;
  if (!pack_item(record, &id, item))
    return 0;
  MDB_val value = {record->n, record->at};
  int status = mdb_put(txn, records, &key, &value, 0);
  // A damaged key misleads the search for those beside it: then it would be kept, and missed, by each scan again.
  return !status && mdb_get(txn, records, &key, &kept) ? MDB_CORRUPTED : status;
}

// Keep a run of items.
static int keep_batch(MDB_env *env, const Cache *cache, const CacheItem *items, size_t count, bool all, Text *record) {
  MDB_txn *txn;
  MDB_dbi records;
  int status = mdb_txn_begin(env, NULL, 0, &txn);
  if (status)
    return status;
  status = mdb_dbi_open(txn, NULL, 0, &records);
  for (size_t i = 0; i < count && !status; i++)
    if (all || !items[i].found)
      status = keep_item(txn, records, cache, &items[i], record);
  if (!status)
    return mdb_txn_commit(txn);
  mdb_txn_abort(txn);
  return status;
}

static int keep_items(const Cache *cache, const CacheItem *items, size_t count, bool all) {
  MDB_env *env;
  Text record = {0};
  int status = open_env(&env, cache, MDB_NOSYNC);
  if (status)
    return status;
  mdb_reader_check(env, NULL);
  for (size_t i = 0; i < count && !status; i += BATCH)
    status = keep_batch(env, cache, items + i, count - i < BATCH ? count - i : BATCH, all, &record);
  mdb_env_close(env);
  text_release(&record);
  return status;
}

// Tell why nothing is kept, unless a new file will mend it.
static void tell(const Cache *cache, int status) {
  if (status && !is_damage(status))
    fprintf(stderr, "seqscan: the cache %s is not written: %s\n", cache->folder, mdb_strerror(status));
}

static void exit_damaged(int signal) {
  (void)signal;
  _exit(EXIT_DAMAGED);
}

// Keep what is new in a process of its own, which a damaged file may end in any way. True when it ends well.
static bool write_new(const Cache *cache, const CacheItem *items, size_t count) {
  static const int ends[] = {SIGSEGV, SIGBUS, SIGABRT, SIGALRM};
  int status = 0;
  pid_t child = fork();
  if (!child) {
    for (size_t i = 0; i < COUNT(ends); i++)
      signal(ends[i], exit_damaged);
    alarm(LONGEST_WRITE);
    status = keep_items(cache, items, count, false);
    tell(cache, status);
    _exit(is_damage(status) ? EXIT_DAMAGED : 0);
  }
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED(status) && !WEXITSTATUS(status);
}

// Keep what is new; when it does not fit or the file is damaged, start anew with all that this scan has. That is what the
// files say: for the rest, a full cache is left as it is.
_Noreturn static void write_items(const Cache *cache, const CacheItem *items, size_t count) {
  bool sound = !cache->damaged || cache->renewed;
  if (sound && (write_new(cache, items, count) || !items->source))
    _exit(0);
  alarm(LONGEST_WRITE);
  if (!remove_files(cache))
    tell(cache, keep_items(cache, items, count, true));
  _exit(0);
}

void cache_keep(Cache *cache, const CacheItem *items, size_t count) {
  size_t new = 0;
  for (size_t i = 0; i < count; i++)
    new += !items[i].found;
  if (!cache || !new)
    return;
  wait_for_writer(cache);
  pid_t child = fork();
  if (child == 0)
    write_items(cache, items, count);
  cache->writer = child > 0 ? child : 0;
  cache->renewed |= cache->damaged;
}

//
// The user's view
//

const char *cache_folder(const Cache *cache) { return cache->folder; }

CacheStats cache_stats(const Cache *cache) {
  CacheStats stats = {.max_bytes = cache->max_bytes};
  MDB_stat stat;
  struct stat file;
  char *data = below(cache->folder, "data.mdb");
  if (cache->env && !cache->damaged && !mdb_env_stat(cache->env, &stat))
    stats.records = stat.ms_entries;
  if (!lstat(data, &file))
    stats.bytes = (uint64_t)file.st_size;
  xfree(data);
  return stats;
}

int cache_clear(Cache *cache, Error *err) {
  return remove_files(cache) ? fail(err, "%s: %s", cache->folder, strerror(errno)) : 0;
}
