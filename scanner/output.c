// output.c - see output.h.
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"

static int write_all(int fd, const char *bytes, size_t length) {
  while (length) {
    ssize_t written = write(fd, bytes, length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return -1;
    bytes += written;
    length -= (size_t)written;
  }
  return 0;
}

// Write to a file that is opened with these flags.
static int write_opened(const char *path, int flags, const Text *text, Error *err) {
  int fd = open(path, flags | O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    return fail(err, "cannot write %s: %s", path, strerror(errno));
  int ret = write_all(fd, text->at, text->n);
  if (ret)
    fail(err, "cannot write %s: %s", path, strerror(errno));
  close(fd);
  return ret;
}

// The mode that the file has, or that a new file would get.
static mode_t mode_of(const struct stat *info, bool exists) {
  if (exists)
    return info->st_mode & 0777;
  mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

// Write to a new file beside `path` and rename it; nothing is left behind on failure.
static int write_beside(const char *path, mode_t mode, const Text *text, Error *err) {
  Text name = {0};
  text_printf(&name, "%s.XXXXXX", path);
  int ret = -1;
  int fd = mkstemp(name.at);
  if (fd >= 0) {
    ret = write_all(fd, text->at, text->n) || fchmod(fd, mode) ? -1 : 0;
    ret = close(fd) || ret ? -1 : rename(name.at, path);
  }
  if (ret)
    fail(err, "cannot write %s: %s", path, strerror(errno));
  if (ret && fd >= 0)
    unlink(name.at);
  text_release(&name);
  return ret;
}

int output_write(const char *path, const Text *text, Error *err) {
  if (!path || !strcmp(path, "-")) {
    if (write_all(STDOUT_FILENO, text->at, text->n))
      return fail(err, "cannot write to standard output: %s", strerror(errno));
    return 0;
  }
  struct stat info;
  bool exists = !stat(path, &info);
  if (exists && S_ISDIR(info.st_mode))
    return fail(err, "cannot write %s: it is a folder", path);
  if (exists && !S_ISREG(info.st_mode))
    return write_opened(path, 0, text, err);
  char *real = exists ? realpath(path, NULL) : NULL;  // a link stays a link
  int ret = write_beside(real ? real : path, mode_of(&info, exists), text, err);
  free(real);
  return ret;
}

int output_append(const char *path, const Text *text, Error *err) {
  return write_opened(path, O_APPEND | O_CREAT, text, err);
}

int input_read(const char *path, Text *text, Error *err) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return fail(err, "cannot read %s: %s", path, strerror(errno));
  char buffer[65536];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file));)
    text_add(text, buffer, n);
  int failed = ferror(file);
  fclose(file);
  return failed ? fail(err, "cannot read %s: %s", path, strerror(errno)) : 0;
}

int input_wrong(const char *path, const char *text, size_t at, const char *what, Error *err) {
  unsigned line = 1;
  const char *start = text, *end = text + at;
  for (const char *feed; (feed = memchr(start, '\n', (size_t)(end - start))); start = feed + 1)
    line++;
  return fail_usage(err, "%s:%u:%u: %s", path, line, utf8_units(start, (size_t)(end - start)) + 1, what);
}
