// fixtures.c - runs seqscan on every case below fixtures/ and on the examples of docs/rules/, and compares
// its findings with the expectations that stand in the cases themselves.
//
//   fixtures PROGRAM ROOT [PART]      only cases whose name contains PART
//
// `// want RULE...` at the end of a line: the findings of that line, each rule as often as it is found;
// `RULE:LEVEL` also says of which level it must be, and `RULE:fixed`, `RULE:suggested` or `RULE:unfixed` whether it comes with a fix.
// `// miss RULE...`: a known miss, which fails when it starts to be found. `#`, `--` and `/*` work as well.
// A file findings.txt says the same for a whole case, a line `PATH:LINE RULE...` for each line that has any,
// so that the code of a project stays as its authors would write it. A case is a set of files, copied to a
// folder of its own outside of any repository:
//   fixtures/rules/RULE, fixtures/libraries/NAME   the files of the folder, and each of its folders
//   fixtures/link/NAME, fixtures/projects/NAME     everything below the folder
//   docs/rules/RULE.md                             each fenced block of code; of a schema with the code behind it
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"

extern char **environ;

// A rule at a line: one expected, missed or reported finding.
typedef struct Hit {
  char *path, *rule;  // of a reported one `RULE:LEVEL:FIX`
  unsigned line;
  bool used;
} Hit;
typedef VEC(Hit) Hits;

typedef struct Case {
  char *name;
  char folder[64];  // the copy that is scanned
  uint32_t files;
  Hits wants, misses, found;
} Case;

static const char *program, *root, *part = "";
static unsigned cases, failures, expected;

static char *format(const char *pattern, ...) PRINTF(1, 2);
static char *format(const char *pattern, ...) {
  va_list args;
  char *text = NULL;
  va_start(args, pattern);
  if (vasprintf(&text, pattern, args) < 0)
    die("out of memory");
  va_end(args);
  return text;
}

static char *copy(const char *string) { return xstrndup(string, strlen(string)); }

static void read_whole(const char *path, Text *text) {
  FILE *file = fopen(path, "rb");
  char buffer[8192];
  if (!file)
    die("cannot read %s: %s", path, strerror(errno));
  text_clear(text);
  text_add(text, "", 0);
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file));)
    text_add(text, buffer, n);
  fclose(file);
}

//
// Expectations.
//
static bool is_rule_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ':'; }

// The rules after a marker up to the end of the line. False when something else stands there too.
static bool read_rules(const char *at, const char *end, Hits *hits, const char *path, unsigned line) {
  uint32_t before = hits->n;
  while (at < end) {
    const char *word = at;
    while (at < end && is_rule_letter(*at))
      at++;
    if (at > word)
      vec_push(hits, ((Hit){copy(path), xstrndup(word, (size_t)(at - word)), line, false}));
    else if (*at == ' ' || *at == '\r')
      at++;
    else
      break;
  }
  return hits->n > before && (at == end || !strncmp(at, "*/", 2));
}

// The byte after `TOKEN KEYWORD ` if the line has it, for any comment token.
static const char *find_marker(const char *line, const char *end, const char *keyword) {
  static const char *const tokens[] = {"//", "#", "--", "/*"};
  for (size_t i = 0; i < COUNT(tokens); i++) {
    char *marker = format("%s %s ", tokens[i], keyword);
    const char *at = memmem(line, (size_t)(end - line), marker, strlen(marker));
    size_t length = strlen(marker);
    free(marker);
    if (at)
      return at + length;
  }
  return NULL;
}

static void read_marker(Case *c, Hits *hits, const char *keyword, const char *path, unsigned number,
                        const char *line, const char *end) {
  const char *at = find_marker(line, end, keyword);
  if (at && !read_rules(at, end, hits, path, number))
    vec_push(&c->wants,
             ((Hit){copy(path), copy("rules: something else stands after the marker"), number, false}));
}

static void read_markers(Case *c, const char *path, const Text *text) {
  unsigned number = 1;
  for (const char *line = text->at, *end; line < text->at + text->n; line = end + 1, number++) {
    end = strchrnul(line, '\n');
    read_marker(c, &c->wants, "want", path, number, line, end);
    read_marker(c, &c->misses, "miss", path, number, line, end);
  }
}

// `PATH:LINE RULE...` in each line.
static void read_findings(Case *c, const Text *text) {
  for (const char *line = text->at, *end; line < text->at + text->n; line = end + 1) {
    end = strchrnul(line, '\n');
    const char *colon = memchr(line, ':', (size_t)(end - line));
    char *rules = NULL, *path = xstrndup(line, colon ? (size_t)(colon - line) : 0);
    unsigned long number = colon ? strtoul(colon + 1, &rules, 10) : 0;
    if (!number || !read_rules(rules, end, &c->wants, path, (unsigned)number))
      die("%s/findings.txt: a line must be PATH:LINE RULE...: %.*s", c->name, (int)(end - line), line);
    xfree(path);
  }
}

//
// The copy that is scanned.
//
static void make_folders(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    mkdir(path, 0777);
    *slash = '/';
  }
}

static void remove_folder(const char *path) {
  DIR *folder = opendir(path);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
      continue;
    char *child = format("%s/%s", path, entry->d_name);
    if (unlink(child))
      remove_folder(child);
    free(child);
  }
  if (folder)
    closedir(folder);
  rmdir(path);
}

static void case_begin(Case *c, char *name) {
  *c = (Case){.name = name};
  strcpy(c->folder, "/tmp/seqscan-fixture-XXXXXX");
  if (!mkdtemp(c->folder))
    die("cannot make a folder in /tmp: %s", strerror(errno));
}

static void case_add(Case *c, const char *path, const Text *text) {
  if (!strcmp(path, "findings.txt")) {
    read_findings(c, text);
    return;
  }
  char *target = format("%s/%s", c->folder, path);
  make_folders(target);
  FILE *file = fopen(target, "wb");
  if (!file || fwrite(text->at, 1, text->n, file) != text->n || fclose(file))
    die("cannot write %s: %s", target, strerror(errno));
  free(target);
  read_markers(c, path, text);
  c->files++;
}

//
// One scan and its comparison.
//
static int run_program(const char *folder, const char *output) {
  const char *const args[] = {program,          "scan", "--no-cache", "--format", "json", "--output", output,
                              "--all-contexts", "--fail-on", "never",    folder, NULL};
  pid_t child;
  int status;
  if (posix_spawn(&child, program, NULL, NULL, (char *const *)args, environ))
    die("cannot run %s", program);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static const char *string_in(const json_t *object, const char *key) {
  const char *value = json_string_value(json_object_get(object, key));
  return value ? value : "?";
}

static unsigned complain(const Case *c, const char *path, unsigned line, const char *what, const char *rule) {
  printf("%s: %s:%u: %s %s\n", c->name, path, line, what, rule);
  return 1;
}

static unsigned read_report(Case *c, const json_t *report) {
  size_t i;
  json_t *item;
  json_array_foreach(json_object_get(report, "findings"), i, item) {
    unsigned line = (unsigned)json_integer_value(json_object_get(item, "line"));
    const json_t *fix = json_object_get(item, "fix");
    const char *fixed = json_is_true(json_object_get(fix, "safe")) ? "fixed" : fix ? "suggested" : "unfixed";
    char *rule = format("%s:%s:%s", string_in(item, "rule"), string_in(item, "level"), fixed);
    vec_push(&c->found, ((Hit){copy(string_in(item, "path")), rule, line, false}));
  }
  const json_t *files = json_object_get(report, "files");
  const json_t *failed = json_object_get(files, "failed"), *partial = json_object_get(files, "partial");
  json_array_foreach(failed, i, item)
      complain(c, string_in(item, "path"), 0, "not scanned:", string_in(item, "reason"));
  json_array_foreach(partial, i, item)
      complain(c, string_in(item, "path"), 0, "scanned in part:", string_in(item, "reason"));
  return (unsigned)(json_array_size(failed) + json_array_size(partial));
}

// Whether a wanted rule, maybe with a level or what it says of a fix, is the reported `RULE:LEVEL:FIX`.
static bool fits(const char *wanted, const char *reported) {
  size_t length = strcspn(wanted, ":");
  const char *more = wanted[length] ? strstr(reported, wanted + length) : "";
  bool same = !strncmp(wanted, reported, length) && reported[length] == ':';
  return same && more && (!*more || strchr(":", more[strlen(wanted + length)]));
}

// Use up one hit of `hits` that fits `hit`.
static bool take(Hits *hits, const Hit *hit) {
  for (uint32_t i = 0; i < hits->n; i++) {
    Hit *other = &hits->at[i];
    if (other->used || other->line != hit->line || !fits(other->rule, hit->rule) ||
        strcmp(other->path, hit->path))
      continue;
    other->used = true;
    return true;
  }
  return false;
}

static unsigned compare(Case *c) {
  unsigned wrong = 0;
  for (uint32_t i = 0; i < c->found.n; i++) {
    const Hit *hit = &c->found.at[i];
    if (take(&c->wants, hit))
      continue;
    bool known = take(&c->misses, hit);
    wrong +=
        complain(c, hit->path, hit->line, known ? "is found now, make it a want:" : "unwanted", hit->rule);
  }
  for (uint32_t i = 0; i < c->wants.n; i++)
    if (!c->wants.at[i].used)
      wrong += complain(c, c->wants.at[i].path, c->wants.at[i].line, "missing", c->wants.at[i].rule);
  return wrong;
}

static unsigned scan_case(Case *c) {
  char *output = format("%s.json", c->folder);
  int status = run_program(c->folder, output);
  json_error_t error;
  json_t *report = json_load_file(output, 0, &error);
  unsigned wrong = 0;
  if (status || !report)
    wrong = complain(c, "", 0, "scan failed:", status ? "exit status" : error.text);
  else
    wrong = read_report(c, report) + compare(c);
  json_decref(report);
  unlink(output);
  free(output);
  return wrong;
}

static void hits_release(Hits *hits) {
  for (uint32_t i = 0; i < hits->n; i++) {
    xfree(hits->at[i].path);
    xfree(hits->at[i].rule);
  }
  vec_release(hits);
}

// Scan the case if it has files and is asked for, then forget it.
static void case_end(Case *c) {
  if (c->files && strstr(c->name, part)) {
    cases++;
    expected += c->wants.n;
    failures += scan_case(c) != 0;
  }
  remove_folder(c->folder);
  hits_release(&c->wants);
  hits_release(&c->misses);
  hits_release(&c->found);
  free(c->name);
}

//
// Where the cases are.
//
static bool is_folder(const char *path) {
  struct stat info;
  return !stat(path, &info) && S_ISDIR(info.st_mode);
}

static int no_dots(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

// Call `each` for the entries of a folder in alphabetical order; a folder that is absent has none.
static void for_entries(const char *path, void (*each)(const char *path, const char *name, void *payload),
                        void *payload) {
  struct dirent **entries;
  int count = scandir(path, &entries, no_dots, alphasort);
  for (int i = 0; i < count; i++) {
    char *child = format("%s/%s", path, entries[i]->d_name);
    each(child, entries[i]->d_name, payload);
    free(child);
    free(entries[i]);
  }
  if (count >= 0)
    free(entries);
}

// Files of a case: `prefix` is the path within it, `deep` goes into folders.
typedef struct Addition {
  Case *c;
  const char *prefix;
  bool deep;
} Addition;

static void add_entry(const char *path, const char *name, void *payload) {
  const Addition *addition = payload;
  if (is_folder(path)) {
    char *prefix = format("%s%s/", addition->prefix, name);
    if (addition->deep)
      for_entries(path, add_entry, &(Addition){addition->c, prefix, true});
    free(prefix);
    return;
  }
  Text text = {0};
  char *inside = format("%s%s", addition->prefix, name);
  read_whole(path, &text);
  case_add(addition->c, inside, &text);
  free(inside);
  text_release(&text);
}

static void run_folder(const char *path, bool deep) {
  Case c;
  case_begin(&c, copy(path + strlen(root) + 1));
  for_entries(path, add_entry, &(Addition){&c, "", deep});
  case_end(&c);
}

static void run_deep(const char *path, const char *name, void *payload) {
  (void)name, (void)payload;
  if (is_folder(path))
    run_folder(path, true);
}

static void run_flat_then_deep(const char *path, const char *name, void *payload) {
  (void)name, (void)payload;
  if (!is_folder(path))
    return;
  run_folder(path, false);
  for_entries(path, run_deep, NULL);
}

// The block of code that starts after its ``` line, as a file of the case. Returns the end of the block.
static const char *add_block(Case *c, const char *page, const char *language, const char *code) {
  const char *end = strstr(code, "\n```");
  if (!end)
    die("docs/rules/%s: a block of code does not end", page);
  Text text = {0};
  text_add(&text, code, (size_t)(end - code) + 1);
  char *name = format("example.%.*s", (int)strcspn(language, "\n "), language);
  case_add(c, name, &text);
  free(name);
  text_release(&text);
  return end + 4;
}

static bool starts_with_any(const char *language, const char *const *languages, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!strncmp(language, languages[i], strlen(languages[i])))
      return true;
  return false;
}

static bool is_code(const char *language) {
  static const char *const languages[] = {"ts\n", "tsx\n", "js\n", "jsx\n"};
  return starts_with_any(language, languages, COUNT(languages));
}

static bool is_schema(const char *language) {
  static const char *const languages[] = {"prisma\n", "sql\n"};
  return starts_with_any(language, languages, COUNT(languages));
}

// A block as a case of its own; a schema together with the code that follows right behind it.
static const char *run_block(const char *page, unsigned number, const char *language) {
  Case c;
  case_begin(&c, format("docs/rules/%s: example %u", page, number));
  bool schema = is_schema(language);
  const char *end = add_block(&c, page, language, strchrnul(language, '\n') + 1);
  if (schema && !strncmp(end, "\n\n```", 5) && is_code(end + 5))
    end = add_block(&c, page, end + 5, strchrnul(end + 5, '\n') + 1);
  case_end(&c);
  return end;
}

static void run_page(const char *path, const char *name, void *payload) {
  (void)payload;
  Text text = {0};
  read_whole(path, &text);
  unsigned number = 0;
  for (const char *at = strstr(text.at, "\n```"); at; at = strstr(at, "\n```")) {
    const char *language = at + 4, *code = strchrnul(language, '\n');
    if (*code)
      code++;
    if (is_code(language) || is_schema(language)) {
      at = run_block(name, ++number, language);
      continue;
    }
    const char *end = strstr(code - 1, "\n```");
    at = end ? end + 4 : code;
  }
  text_release(&text);
}

int main(int argc, char **argv) {
  static const struct {
    const char *folder;
    void (*run)(const char *, const char *, void *);
  } kinds[] = {{"fixtures/rules", run_flat_then_deep},
               {"fixtures/libraries", run_flat_then_deep},
               {"fixtures/link", run_deep},
               {"fixtures/projects", run_deep},
               {"docs/rules", run_page}};
  if (argc < 3)
    die("usage: fixtures PROGRAM ROOT [PART]");
  program = argv[1];
  root = argv[2];
  part = argc > 3 ? argv[3] : "";
  for (size_t i = 0; i < COUNT(kinds); i++) {
    char *folder = format("%s/%s", root, kinds[i].folder);
    for_entries(folder, kinds[i].run, NULL);
    free(folder);
  }
  printf("%u cases, %u expected findings, %u cases failed\n", cases, expected, failures);
  return failures != 0;
}
