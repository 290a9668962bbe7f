// faults.c - preloaded into the program by sweep.py: makes one call of a kind fail, in whichever library or process it is
// made. FAULT_KIND says which kind and FAULT_AT which call of it; FAULT_STATE is the file where all processes of a run
// count. With FAULT_AT=each, each call fails in a process of its own that is forked there, and the run goes on without a
// failure: FAULT_STATE then tells how each of them ended, and FAULT_SAID is a file for what they say. With FAULT_COMMAND,
// the call does not fail, but that is done before.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONGEST = 10 /* seconds */, EXIT_TROUBLE = 3 };

typedef enum End { END_CLEAN = 1, END_OTHER } End;  // clean: by status 3 after one line

// The file of FAULT_STATE, as sweep.py reads it.
typedef struct State {
  _Atomic uint64_t calls;
  char failed[248];  // the function that failed, and the file it is about
  uint8_t ends[];   // the End of each call
} State;

static State *state;  // NULL: nothing fails
static const char *kind, *said, *command;
static uint64_t at, most;
static bool each;
static bool starting;  // libgit2, and the libraries below it, get what they need for good: a kind of its own

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("FAULT_STATE"), *number = getenv("FAULT_AT");
  struct stat info;
  kind = getenv("FAULT_KIND"), said = getenv("FAULT_SAID"), command = getenv("FAULT_COMMAND");
  if (!kind || !path || !number || stat(path, &info))
    return;
  each = !strcmp(number, "each");
  at = strtoull(number, NULL, 10);
  most = (uint64_t)info.st_size - sizeof *state;
  int file = open(path, O_RDWR | O_CLOEXEC);
  void *map = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  state = map == MAP_FAILED ? NULL : map;
}

// How the process ended for which a call failed.
static End end_of(pid_t child) {
  char text[4096];
  int status, file = open(said, O_RDONLY | O_CLOEXEC);
  waitpid(child, &status, 0);
  ssize_t n = read(file, text, sizeof text);
  close(file);
  bool line = n > 9 && !memcmp(text, "seqscan: ", 9) && memchr(text, '\n', (size_t)n) == text + n - 1;
  return line && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_TROUBLE ? END_CLEAN : END_OTHER;
}

// Fail in a process of its own. False where the run goes on.
static bool fails_apart(uint64_t call) {
  State *shared = state;
  state = NULL;
  truncate(said, 0);
  pid_t child = fork();
  if (!child) {
    int file = open(said, O_WRONLY | O_APPEND | O_CLOEXEC);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    alarm(LONGEST);
    return true;
  }
  shared->ends[call] = end_of(child);
  state = shared;
  return false;
}

static void run_command(void) {
  state = NULL;
  unsetenv("LD_PRELOAD");
  if (system(command) != 0)
    abort();
}

// Count a call. Whether it is to fail.
static bool fails(const char *which, const char *name) {
  if (!state || strcmp(which, kind))
    return false;
  uint64_t call = atomic_fetch_add(&state->calls, 1);
  if (each)
    return call < most && fails_apart(call);
  if (call != at)
    return false;
  strncpy(state->failed, name, sizeof state->failed - 1);
  if (command)
    run_command();
  return !command;
}

//
// Memory
//

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static bool no_memory(const char *name) {
  bool failed = fails(starting ? "start" : "memory", name);
  if (failed)
    errno = ENOMEM;
  return failed;
}

void *malloc(size_t size) { return no_memory("malloc") ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return no_memory("calloc") ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return no_memory("realloc") ? NULL : __libc_realloc(old, size); }
int posix_memalign(void **out, size_t alignment, size_t size) {
  if (no_memory("posix_memalign"))
    return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}

static void note_file(const char *path) {
  size_t n = state ? strlen(state->failed) : 0;
  if (state && path)
    snprintf(state->failed + n, sizeof state->failed - n, " %s", path);
}

//
// All others: arguments are numbers and addresses, at most six, and are handed on as they come
//

typedef long Function(long, long, long, long, long, long);

#define WRAP(kind, name, error, result, file)                                       \
  long fault_##name(long a, long b, long c, long d, long e, long f) __asm__(#name); \
  long fault_##name(long a, long b, long c, long d, long e, long f) {               \
    static Function *function;                                                      \
    if (!function)                                                                  \
      function = (Function *)(uintptr_t)dlsym(RTLD_NEXT, #name);                    \
    if (!fails(kind, #name))                                                        \
      return function(a, b, c, d, e, f);                                            \
    note_file(file);                                                                \
    errno = error;                                                                  \
    return (long)(result);                                                          \
  }

static const char *path_of(long file) {
  static char opened[200];
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", (int)file);
  long n = syscall(SYS_readlinkat, AT_FDCWD, link, opened, sizeof opened - 1);
  opened[n > 0 ? n : 0] = '\0';
  return opened;
}

#define SYSTEM(name, error) WRAP("system", name, error, -1, NULL)
SYSTEM(fork, EAGAIN)
SYSTEM(getrandom, EIO)
SYSTEM(mmap, ENOMEM)
SYSTEM(msync, EIO)
SYSTEM(waitpid, EINTR)

// Of a path.
#define PATH(name, error) WRAP("system", name, error, -1, (const char *)a)
PATH(access, EIO)
PATH(link, EIO)
PATH(lstat, EIO)
PATH(mkdir, ENOSPC)
PATH(mkstemp, ENOSPC)
PATH(open, EMFILE)
PATH(readlink, EIO)
PATH(rename, EIO)
PATH(stat, EIO)
PATH(unlink, EIO)
WRAP("system", openat, EMFILE, -1, (const char *)b)

// Of an open file.
#define OPEN(name, error) WRAP("system", name, error, -1, path_of(a))
OPEN(close, EIO)
OPEN(dup, EMFILE)
OPEN(fchmod, EPERM)
OPEN(fcntl, EIO)
OPEN(fdatasync, EIO)
OPEN(flock, ENOLCK)
OPEN(fstat, EIO)
OPEN(fstatfs, EIO)
OPEN(fsync, EIO)
OPEN(ftruncate, ENOSPC)
OPEN(getdents64, EIO)
OPEN(lseek, EIO)
OPEN(pread, EIO)
OPEN(pwrite, ENOSPC)
OPEN(read, EIO)
OPEN(write, ENOSPC)
OPEN(writev, ENOSPC)

// These give an address, or none.
#define ADDRESS(name, error, file) WRAP("system", name, error, 0, file)
ADDRESS(fdopen, ENOMEM, path_of(a))
ADDRESS(fopen, EMFILE, (const char *)a)
ADDRESS(fts_open, ENOMEM, NULL)
ADDRESS(fts_read, EIO, NULL)
ADDRESS(getcwd, ENOENT, NULL)
ADDRESS(opendir, EMFILE, (const char *)a)
ADDRESS(readdir, EIO, NULL)
ADDRESS(realpath, EIO, (const char *)a)

// And this its error.
WRAP("system", pthread_create, EAGAIN, EAGAIN, NULL)

// Of libgit2: tell the reason.
static long git_failed(void) {
  void (*tell)(int, const char *) = (void (*)(int, const char *))(uintptr_t)dlsym(RTLD_DEFAULT, "git_error_set_str");
  enum { GIT_ERROR_OS = 2 };
  tell(GIT_ERROR_OS, "made to fail");
  return -1;
}

#define GIT(name) WRAP("git", name, EIO, git_failed(), NULL)
GIT(git_attr_get_many_ext)
GIT(git_blob_lookup)
GIT(git_commit_lookup)
GIT(git_config_iterator_glob_new)
GIT(git_config_next)
GIT(git_diff_find_similar)
GIT(git_diff_index_to_workdir)
GIT(git_diff_options_init)
GIT(git_diff_tree_to_index)
GIT(git_diff_tree_to_tree)
GIT(git_diff_tree_to_workdir_with_index)
GIT(git_ignore_add_rule)
GIT(git_ignore_path_is_ignored)
GIT(git_index_add)
GIT(git_index_new)
GIT(git_index_open)
GIT(git_merge_base)
GIT(git_object_peel)
GIT(git_odb_open)
GIT(git_odb_read)
GIT(git_odb_read_header)
GIT(git_patch_from_diff)
GIT(git_patch_get_hunk)
GIT(git_reference_name_to_id)
GIT(git_remote_lookup)
GIT(git_repository_config)
GIT(git_repository_head)
GIT(git_repository_index)
GIT(git_repository_item_path)
GIT(git_repository_mergehead_foreach)
GIT(git_repository_odb)
GIT(git_repository_open)
GIT(git_repository_open_ext)
GIT(git_repository_set_index)
GIT(git_revparse_single)
GIT(git_tree_entry_bypath)
GIT(git_tree_walk)

int git_libgit2_init(void);
int git_libgit2_init(void) {
  int (*init)(void) = (int (*)(void))(uintptr_t)dlsym(RTLD_NEXT, "git_libgit2_init");
  if (fails("git", "git_libgit2_init"))
    return -1;
  starting = true;
  int status = init();
  starting = false;
  return status;
}

#define LMDB(name) WRAP("lmdb", name, EIO, EIO, NULL)
LMDB(mdb_dbi_open)
LMDB(mdb_env_create)
LMDB(mdb_env_open)
LMDB(mdb_env_set_mapsize)
LMDB(mdb_env_set_maxreaders)
LMDB(mdb_env_stat)
LMDB(mdb_get)
LMDB(mdb_put)
LMDB(mdb_reader_check)
LMDB(mdb_txn_begin)
LMDB(mdb_txn_commit)
