// context.c - what a file is for, by its path: application code, tests, seeds, migrations, scripts, examples.
#include "program.h"

#include <string.h>

enum { STAMP_DIGITS = 12 };  // of a date and time at the start of a migration's name

typedef struct Hint {
  const char *word;
  Context context;
} Hint;

// Names of folders.
static const Hint folders[] = {
    {"test", CONTEXT_TEST},           {"tests", CONTEXT_TEST},
    {"__tests__", CONTEXT_TEST},      {"__mocks__", CONTEXT_TEST},
    {"__fixtures__", CONTEXT_TEST},   {"e2e", CONTEXT_TEST},
    {"spec", CONTEXT_TEST},           {"specs", CONTEXT_TEST},
    {"cypress", CONTEXT_TEST},        {"playwright", CONTEXT_TEST},
    {"integration-tests", CONTEXT_TEST}, {"test-utils", CONTEXT_TEST},
    {"testing", CONTEXT_TEST},        {"mocks", CONTEXT_TEST},
    {"fixtures", CONTEXT_TEST},       {"e2e-common", CONTEXT_TEST},
    {"load-tests", CONTEXT_TEST},     {"app-tests", CONTEXT_TEST},
    {"stories", CONTEXT_STORY},       {".storybook", CONTEXT_STORY},
    {"seed", CONTEXT_SEED},           {"seeds", CONTEXT_SEED},
    {"seeders", CONTEXT_SEED},        {"seeding", CONTEXT_SEED},
    {"populator", CONTEXT_SEED},      {"backfill", CONTEXT_MIGRATION},
    {"backfills", CONTEXT_MIGRATION}, {"cutover", CONTEXT_MIGRATION},
    {"migration", CONTEXT_MIGRATION}, {"migrations", CONTEXT_MIGRATION},
    {"data-migrations", CONTEXT_MIGRATION}, {"data-migration", CONTEXT_MIGRATION},
    {"batched-migrations", CONTEXT_MIGRATION},
    {"migrators", CONTEXT_MIGRATION}, {"script", CONTEXT_SCRIPT},
    {"scripts", CONTEXT_SCRIPT},      {"bin", CONTEXT_SCRIPT},
    {"tools", CONTEXT_SCRIPT},        {"cli", CONTEXT_SCRIPT},
    {"benchmark", CONTEXT_SCRIPT},    {"benchmarks", CONTEXT_SCRIPT},
    {"example", CONTEXT_EXAMPLE},     {"examples", CONTEXT_EXAMPLE},
    {"docs", CONTEXT_EXAMPLE},        {"samples", CONTEXT_EXAMPLE},
    {"demo", CONTEXT_EXAMPLE},
};

// Parts of file names, between dots or dashes.
static const Hint parts[] = {
    {"test", CONTEXT_TEST},   {"spec", CONTEXT_TEST},         {"e2e", CONTEXT_TEST},
    {"mock", CONTEXT_TEST},   {"stories", CONTEXT_STORY},     {"story", CONTEXT_STORY},
    {"seed", CONTEXT_SEED},   {"seeds", CONTEXT_SEED},        {"seeder", CONTEXT_SEED},
    {"migration", CONTEXT_MIGRATION}, {"backfill", CONTEXT_MIGRATION}, {"bench", CONTEXT_SCRIPT},
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool equals(const char *text, size_t length, const char *word) {
  size_t same = 0;
  while (same < length && lower(text[same]) == word[same])
    same++;
  return same == length && !word[same];
}

static Context match(const Hint *hints, size_t count, const char *text, size_t length) {
  for (size_t i = 0; i < count; i++)
    if (equals(text, length, hints[i].word))
      return hints[i].context;
  return CONTEXT_APP;
}

// Folders named `test-plugins`, `e2e-common`, `example-apps`.
static Context match_prefix(const char *text, size_t length) {
  static const Hint prefixes[] = {{"test-", CONTEXT_TEST}, {"e2e-", CONTEXT_TEST}, {"example-", CONTEXT_EXAMPLE}};
  for (size_t i = 0; i < COUNT(prefixes); i++)
    if (length > strlen(prefixes[i].word) && equals(text, strlen(prefixes[i].word), prefixes[i].word))
      return prefixes[i].context;
  return CONTEXT_APP;
}

// The length of what a file is named after: its folder, when that is a subject of several words
// (`mock-server/mock-server.service.ts`, `mock-server/mock-server-auth.guard.ts`), else 0.
static size_t subject_length(const char *folder, const char *name) {
  size_t length = (size_t)(name - folder);
  if (!length || !memchr(folder, '-', --length) || strncmp(folder, name, length) || !strchr(".-", name[length]))
    return 0;
  return length;
}

static Context context_of_folder(const char *name, size_t length) {
  Context context = match(folders, COUNT(folders), name, length);
  return context == CONTEXT_APP ? match_prefix(name, length) : context;
}

static Context context_of_name(const char *name) {
  if (strspn(name, "0123456789") >= STAMP_DIGITS)
    return CONTEXT_MIGRATION;
  while (*name) {
    size_t length = strcspn(name, ".-_");
    Context context = match(parts, COUNT(parts), name, length);
    if (context != CONTEXT_APP)
      return context;
    name += length + (name[length] != '\0');
  }
  return CONTEXT_APP;
}

Context context_of_source(const Source *source, const char *path) {
  return source->context ? (Context)(source->context - 1) : context_of_path(path);
}

Context context_of_path(const char *path) {
  const char *folder = path;
  for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
    Context context = context_of_folder(path, (size_t)(slash - path));
    if (context != CONTEXT_APP)
      return context;
    folder = path;
  }
  return context_of_name(path + subject_length(folder, path));
}

bool path_has_tests(const char *path) {
  for (const char *slash; (slash = strchr(path, '/')); path = slash + 1)
    if (context_of_folder(path, (size_t)(slash - path)) == CONTEXT_TEST)
      return true;
  return context_of_name(path) == CONTEXT_TEST;
}
