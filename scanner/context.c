// context.c - what a file is for, by its path: application code, tests, seeds, migrations, scripts, examples.
#include "program.h"

#include <string.h>

enum { STAMP_DIGITS = 12 };  // of a date and time at the start of a migration's name

typedef struct Hint {
  const char *word;
  size_t length;
  Context context;
} Hint;

#define HINT(word, context) {word, sizeof word - 1, CONTEXT_##context}

// Names of folders.
static const Hint folders[] = {
    HINT("test", TEST),           HINT("tests", TEST),
    HINT("__tests__", TEST),      HINT("__mocks__", TEST),
    HINT("__fixtures__", TEST),   HINT("e2e", TEST),
    HINT("spec", TEST),           HINT("specs", TEST),
    HINT("cypress", TEST),        HINT("playwright", TEST),
    HINT("integration-tests", TEST), HINT("test-utils", TEST),
    HINT("testing", TEST),        HINT("mocks", TEST),
    HINT("fixtures", TEST),       HINT("e2e-common", TEST),
    HINT("load-tests", TEST),     HINT("app-tests", TEST),
    HINT("stories", STORY),       HINT(".storybook", STORY),
    HINT("seed", SEED),           HINT("seeds", SEED),
    HINT("seeders", SEED),        HINT("seeding", SEED),
    HINT("populator", SEED),      HINT("backfill", MIGRATION),
    HINT("backfills", MIGRATION), HINT("cutover", MIGRATION),
    HINT("migration", MIGRATION), HINT("migrations", MIGRATION),
    HINT("data-migrations", MIGRATION), HINT("data-migration", MIGRATION),
    HINT("batched-migrations", MIGRATION),
    HINT("migrators", MIGRATION), HINT("script", SCRIPT),
    HINT("scripts", SCRIPT),      HINT("bin", SCRIPT),
    HINT("cli", SCRIPT),          HINT("benchmark", SCRIPT),
    HINT("benchmarks", SCRIPT),   HINT("example", EXAMPLE),
    HINT("examples", EXAMPLE),    HINT("docs", EXAMPLE),
    HINT("samples", EXAMPLE),     HINT("demo", EXAMPLE),
};

// Parts of file names, between dots or dashes.
static const Hint parts[] = {
    HINT("test", TEST),   HINT("spec", TEST),         HINT("e2e", TEST),
    HINT("mock", TEST),   HINT("stories", STORY),     HINT("story", STORY),
    HINT("seed", SEED),   HINT("seeds", SEED),        HINT("seeder", SEED),
    HINT("migration", MIGRATION), HINT("backfill", MIGRATION), HINT("bench", SCRIPT),
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

// Whether a text begins with the hint's word.
static bool begins(const char *text, const Hint *hint) {
  size_t same = 0;
  while (same < hint->length && lower(text[same]) == hint->word[same])
    same++;
  return same == hint->length;
}

static Context match(const Hint *hints, size_t count, const char *text, size_t length) {
  for (size_t i = 0; i < count; i++)
    if (length == hints[i].length && begins(text, &hints[i]))
      return hints[i].context;
  return CONTEXT_APP;
}

// Folders named `test-plugins`, `e2e-common`, `example-apps`.
static Context match_prefix(const char *text, size_t length) {
  static const Hint prefixes[] = {HINT("test-", TEST), HINT("e2e-", TEST), HINT("example-", EXAMPLE)};
  for (size_t i = 0; i < COUNT(prefixes); i++)
    if (length > prefixes[i].length && begins(text, &prefixes[i]))
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

// The test of a migration is a test.
static Context context_of_name(const char *name) {
  Context first = strspn(name, "0123456789") >= STAMP_DIGITS ? CONTEXT_MIGRATION : CONTEXT_APP;
  while (*name && first != CONTEXT_TEST) {
    size_t length = strcspn(name, ".-_");
    Context context = match(parts, COUNT(parts), name, length);
    if (first == CONTEXT_APP || context == CONTEXT_TEST)
      first = context;
    name += length + (name[length] != '\0');
  }
  return first;
}

Context context_of_source(const Source *source, const char *path) {
  return source->context ? (Context)(source->context - 1) : context_of_path(path);
}

Context context_of_path(const char *path) {
  const char *folder = path;
  Context first = CONTEXT_APP;
  for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
    if (first == CONTEXT_APP)
      first = context_of_folder(path, (size_t)(slash - path));
    folder = path;
  }
  Context own = context_of_name(path + subject_length(folder, path));
  return first == CONTEXT_APP || own == CONTEXT_TEST ? own : first;
}

bool context_is_trial(Context context) {
  return context == CONTEXT_TEST || context == CONTEXT_STORY || context == CONTEXT_EXAMPLE;
}

bool path_has_tests(const char *path) {
  for (const char *slash; (slash = strchr(path, '/')); path = slash + 1)
    if (context_of_folder(path, (size_t)(slash - path)) == CONTEXT_TEST)
      return true;
  return context_of_name(path) == CONTEXT_TEST;
}
