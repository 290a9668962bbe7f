// program.c - a few files through link and judge. A line "//// PATH" starts a file; what is before the first one is
// a.ts. This is also the target of GraphQL types (*.graphql) and of comments that suppress.
#include <string.h>

#include "fuzz.h"
#include "judge.h"
#include "library.h"
#include "scan.h"
#include "suppress.h"

enum { MOST_FILES = 8 };

typedef struct Input {
  Source sources[MOST_FILES];
  Facts facts[MOST_FILES];
  size_t count;
} Input;

static void add(Input *input, Program *p, Parser *parser, char *path, char *text, size_t length) {
  Source *source = &input->sources[input->count++];
  *source = (Source){.path = path, .lang = lang_of_path(path), .asked = true, .size = length};
  File file = {.source = source, .context = context_of_path(path)};
  Error err = {0};
  if (source->lang == LANG_JSON)
    modules_add_json(p->modules, path, text, length, &err);
  else if (!lang_is_code(source->lang))
    vec_push(&p->texts, ((TextFile){source, text, length}));
  else if (!facts_of(&file.facts, parser, source->lang, text, length, &err)) {
    input->facts[input->count - 1] = file.facts;
    index_file(&file);
    modules_add_file(p->modules, path);
    program_add(p, &file, p->files.n);
  }
}

// Cut the text into files, in place.
static void add_files(Input *input, Program *p, Parser *parser, char *text, size_t length) {
  static char first[] = "a.ts";
  char *path = first, *end = text + length;
  while (input->count < MOST_FILES) {
    char *next = memmem(text, (size_t)(end - text), "\n//// ", 6);
    char *stop = next ? next : end;
    *stop = '\0';
    add(input, p, parser, path, text, (size_t)(stop - text));
    char *line = next ? memchr(next + 1, '\n', (size_t)(end - next - 1)) : NULL;
    if (!line)
      return;
    *line = '\0';
    path = next + 6;
    text = line + 1;
  }
}

static void judge_program(Program *p, const Tree *tree) {
  Schemas schemas = {0};
  Queries queries = {0};
  Report report = {.tree = tree, .rules = &builtin_rules, .keep_hidden = true};
  modules_link(p->modules);
  program_link(p);
  schemas_read(&schemas, p);
  queries_read(&queries, p, &schemas);
  suppressions_read(&report, p);
  judge(p, &schemas, &queries, &report, true);
  unresolved_list(p, &report);
  queries_release(&queries);
  schemas_release(&schemas);
  report.tree = NULL;  // is opened once for all inputs
  report_release(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static Parser *parser;
  static Libraries libs;
  static Tree *tree;  // without files
  static const char *const nothing[] = {"/dev/null"};
  Error err = {0};
  if (!parser) {
    parser = parser_new(&default_limits);
    if (libraries_load(&libs, &err) || tree_open(&tree, nothing, 1, &(TreeOptions){0}, &err))
      die("%s", err.text);
  }
  Input input = {0};
  Program program = {.libs = &libs, .modules = modules_new()};
  char *text = xstrndup((const char *)bytes, length);
  vec_push(&program.files, ((File){0}));
  add_files(&input, &program, parser, text, length);
  judge_program(&program, tree);
  program_release(&program);
  modules_free(program.modules);
  for (size_t i = 0; i < input.count; i++)
    facts_release(&input.facts[i]);
  xfree(text);
  return 0;
}
