// sql_tree.c - see sql_tree.h. Where libpg_query gets no memory it calls the statement wrong, or ends the process by a
// status of its own, or writes to where nothing is. For us all of these are the end for want of memory.
#include "sql_tree.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Thread_local volatile sig_atomic_t parsing;

static void stop(void) {
  if (parsing)
    die("out of memory, or another failure of the SQL parser");
}

// In a handler nothing may wait for a lock that the thread holds.
static void on_fault(int signal) {
  static const char said[] = "seqscan: out of memory, or another failure of the SQL parser\n";
  (void)signal;
  if (parsing && write(STDERR_FILENO, said, sizeof said - 1) >= 0)
    _exit(3);
}

static void watch_exit(void) { atexit(stop); }

static void begin(struct sigaction *before) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_RESETHAND};
  pthread_once(&once, watch_exit);
  sigaction(SIGSEGV, &action, before);
  parsing = 1;
}

static void end(const struct sigaction *before, const PgQueryError *error) {
  parsing = 0;
  sigaction(SIGSEGV, before, NULL);
  if (error && (!error->message || !strcmp(error->message, "out of memory")))
    die("out of memory");
}

// A tree is many small objects, which are given back all at once.
static void *get(void *arena, size_t size) { return arena_alloc(arena, size); }

static void put(void *arena, void *memory) { (void)arena, (void)memory; }

static SqlText parse(SqlTree *tree, const char *text) {
  struct sigaction before;
  begin(&before);
  tree->result = pg_query_parse_protobuf(text);
  end(&before, tree->result.error);
  if (tree->result.error)
    return (SqlText){.text = text, .packed = tree->result.error->message, .refused = true,
                     .length = (uint32_t)strlen(tree->result.error->message)};
  return (SqlText){.text = text, .packed = tree->result.parse_tree.data, .length = (uint32_t)tree->result.parse_tree.len};
}

void sql_tree_read(SqlTree *tree, SqlTexts *texts, const char *text) {
  const SqlText *known = sql_texts_find(texts, text);
  *tree = (SqlTree){.reason = "not understood"};
  SqlText read = known ? *known : parse(tree, text);
  if (!known)
    sql_texts_add(texts, &read);
  if (read.refused)
    tree->reason = read.packed;
  else
    tree->root = pg_query__parse_result__unpack(&(ProtobufCAllocator){get, put, &tree->arena}, read.length,
                                                (const uint8_t *)read.packed);
}

void sql_tree_release(SqlTree *tree) {
  arena_release(&tree->arena);
  pg_query_free_protobuf_parse_result(tree->result);
  *tree = (SqlTree){0};
}

PgQueryDeparseResult sql_tree_write(PgQuery__ParseResult *root) {
  struct sigaction before;
  PgQueryProtobuf packed = {.len = pg_query__parse_result__get_packed_size(root)};
  packed.data = xmalloc(packed.len);
  pg_query__parse_result__pack(root, (uint8_t *)packed.data);
  begin(&before);
  PgQueryDeparseResult result = pg_query_deparse_protobuf(packed);
  end(&before, result.error);
  xfree(packed.data);
  return result;
}
