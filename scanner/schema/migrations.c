// migrations.c - which SQL texts and files of code change tables, and in which order they are replayed.
//
// The files of one folder are one history: SQL files and migrations in code, mixed, ordered by their names with
// numbers compared as numbers. Each history is replayed from nothing, and what it ends with is added to the schema of
// its package. Only the ways up are read.
#include "ddl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A file of a history.
typedef struct Migration {
  const char *path;
  size_t folder;         // length of the folder of its history
  const TextFile *text;  // or
  FileId file;
} Migration;

typedef VEC(Migration) Migrations;

//
// Names
//

static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool ends(const char *text, const char *ending) {
  size_t length = strlen(text), tail = strlen(ending);
  return length >= tail && !strcasecmp(text + length - tail, ending);
}

static size_t parent_length(const char *path, size_t length) {
  while (length && path[length - 1] != '/')
    length--;
  return length ? length - 1 : 0;
}

// Tools that make a folder of each migration give all files the same name.
static size_t history_folder(const char *path) {
  const char *name = file_name(path);
  size_t folder = parent_length(path, strlen(path));
  bool one_each = !strncmp(name, "migration.", 10) || !strcmp(name, "up.sql");
  return one_each && folder ? parent_length(path, folder) : folder;
}

// Files of the way back: `x.down.sql`, `x-down.sql`, Flyway's `U1__x.sql`.
static bool is_way_back(const char *path) {
  static const char *const endings[] = {".down.sql", "-down.sql", "_down.sql", ".undo.sql", ".rollback.sql", "_rollback.sql"};
  const char *name = file_name(path);
  for (size_t i = 0; i < COUNT(endings); i++)
    if (ends(name, endings[i]))
      return true;
  bool undo = name[0] == 'U' && isdigit((unsigned char)name[1]) && strstr(name, "__");
  return undo || !strcmp(name, "down.sql") || !strcmp(name, "rollback.sql");
}

// Numbers within names count by their value.
static int compare_names(const char *a, const char *b) {
  while (*a && *b) {
    if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
      while (*a == '0')
        a++;
      while (*b == '0')
        b++;
      size_t left = strspn(a, "0123456789"), right = strspn(b, "0123456789");
      if (left != right)
        return left < right ? -1 : 1;
      int order = strncmp(a, b, left);
      if (order)
        return order;
      a += left, b += right;
    } else if (*a != *b)
      return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    else
      a++, b++;
  }
  return *a ? 1 : *b ? -1 : 0;
}

// Flyway's repeatable migrations come after those with a version.
static bool is_repeatable(const char *name) { return !strncmp(name, "R__", 3); }

static int compare_steps(const void *left, const void *right) {
  const Migration *a = left, *b = right;
  size_t shorter = a->folder < b->folder ? a->folder : b->folder;
  int order = strncmp(a->path, b->path, shorter);
  if (order || a->folder != b->folder)
    return order ? order : a->folder < b->folder ? -1 : 1;
  int last = is_repeatable(file_name(a->path)) - is_repeatable(file_name(b->path));
  order = last ? last : compare_names(a->path + a->folder, b->path + b->folder);
  return order ? order : strcmp(a->path, b->path);
}

//
// SQL files
//

// The line of a comment that parts the ways: 1 up, -1 down, 0 neither.
static int direction_of_line(const char *line) {
  static const char *const up[] = {"up migration", "migrate:up", "migrate up", "goose up"};
  static const char *const down[] = {"down migration", "migrate:down", "migrate down", "goose down", "undo"};
  if (strncmp(line, "--", 2))
    return 0;
  line += 2 + strspn(line + 2, " \t+/@-");
  for (size_t i = 0; i < COUNT(up); i++)
    if (!strncasecmp(line, up[i], strlen(up[i])))
      return 1;
  for (size_t i = 0; i < COUNT(down); i++)
    if (!strncasecmp(line, down[i], strlen(down[i])))
      return -1;
  return 0;
}

// The comment at the start of a file that speaks of transactions, NULL if it has none.
static const char *apart_of(Schemas *schemas, const TextFile *file) {
  size_t length = strcspn(file->text, "\r\n");
  const char *line = arena_printf(&schemas->arena, "%.*s", (int)(length < 120 ? length : 120), file->text);
  return !strncmp(line, "--", 2) && strcasestr(line, "transaction") ? line : NULL;
}

static void replay_text(Schemas *schemas, Schema *schema, const TextFile *file) {
  const char *end = file->text + file->length, *from = file->text;
  for (const char *line = from; line < end;) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    int direction = direction_of_line(line);
    next = next ? next + 1 : end;
    if (direction && from)
      ddl_read(schemas, schema, file->source, from, (size_t)(line - from), (uint32_t)(from - file->text));
    if (direction)
      from = direction > 0 ? next : NULL;
    line = next;
  }
  if (from)
    ddl_read(schemas, schema, file->source, from, (size_t)(end - from), (uint32_t)(from - file->text));
}

//
// Migrations in code
//

typedef struct Code {
  Schemas *schemas;
  Schema *schema;
  FileId file;
  bool has_up;
  uint32_t *budget;  // of expressions that builders may look at
} Code;

typedef enum Direction { DIRECTION_NONE, DIRECTION_UP, DIRECTION_DOWN } Direction;

static const Facts *facts_at(const Schemas *schemas, FileId file) { return &schemas->program->files.at[file].facts; }

static Direction direction_of_function(const Facts *facts, Id function) {
  const char *name = facts_name(facts, facts->functions.at[function].name);
  if (!strcmp(name, "up"))
    return DIRECTION_UP;
  return !strcmp(name, "down") || !strcmp(name, "revert") || !strcmp(name, "rollback") ? DIRECTION_DOWN : DIRECTION_NONE;
}

static Direction direction_of(const Facts *facts, Id expr) {
  Id scope = facts->exprs.at[expr].scope;
  for (Id function; (function = facts->scopes.at[scope].function);) {
    Direction direction = direction_of_function(facts, function);
    if (direction)
      return direction;
    scope = facts->scopes.at[facts->functions.at[function].scope].parent;
  }
  return DIRECTION_NONE;
}

static bool has_function(const Facts *facts, Direction direction) {
  for (uint32_t i = 1; i < facts->functions.n; i++)
    if (direction_of_function(facts, i) == direction)
      return true;
  return false;
}

static void replay_literal(const Code *code, FileId file, Id literal) {
  Program *p = code->schemas->program;
  Text text = {0};
  spelled_text(p, (Ref){file, literal}, &text);
  uint32_t start = p->files.at[file].facts.exprs.at[literal].span.start + 1;
  ddl_read(code->schemas, code->schema, p->files.at[file].source, text.at, text.n, start);
  text_release(&text);
}

static bool is_sql(const Facts *facts, Id expr) {
  const Expr *e = &facts->exprs.at[expr];
  return (e->kind == EX_STRING || e->kind == EX_TEMPLATE) && (e->flags & EXF_SQL);
}

static bool is_argument(const Facts *facts, Id expr) {
  const Expr *parent = &facts->exprs.at[facts->exprs.at[expr].parent];
  return parent->kind == EX_CALL && parent->a != expr;
}

static void replay_expression(const Code *code, Id expr) {
  const Facts *facts = facts_at(code->schemas, code->file);
  Direction direction = direction_of(facts, expr);
  if (direction == DIRECTION_DOWN || (code->has_up && direction != DIRECTION_UP))
    return;
  if (facts->exprs.at[expr].kind == EX_CALL) {
    if (code->has_up)
      builders_call(code->schemas, code->schema, (Ref){code->file, expr}, code->budget);
    return;
  }
  if (is_sql(facts, expr)) {
    replay_literal(code, code->file, expr);
    return;
  }
  Ref definition = definition_of(code->schemas->program, code->file, expr);
  if (definition.file && is_sql(facts_at(code->schemas, definition.file), definition.id) && code->has_up)
    replay_literal(code, definition.file, definition.id);
}

typedef struct Found {
  uint32_t start;
  Id expr;
} Found;

static int compare_found(const void *left, const void *right) {
  uint32_t a = ((const Found *)left)->start, b = ((const Found *)right)->start;
  return (a > b) - (a < b);
}

// The SQL texts and calls of a file of code, as they stand in it.
static void replay_code(Schemas *schemas, Schema *schema, FileId file) {
  const Facts *facts = facts_at(schemas, file);
  uint32_t budget = 1 << 18;
  Code code = {schemas, schema, file, has_function(facts, DIRECTION_UP), &budget};
  VEC(Found) found = {0};
  for (uint32_t i = 1; i < facts->exprs.n; i++) {
    bool name = facts->exprs.at[i].kind == EX_IDENT && is_argument(facts, i);
    if (name || is_sql(facts, i) || facts->exprs.at[i].kind == EX_CALL)
      vec_push(&found, ((Found){facts->exprs.at[i].span.start, i}));
  }
  if (found.n)
    qsort(found.at, found.n, sizeof *found.at, compare_found);
  for (uint32_t i = 0; i < found.n; i++)
    replay_expression(&code, found.at[i].expr);
  vec_release(&found);
}

// A file in a folder of migrations, or one that has both ways.
static bool is_code_migration(const File *f, Context context) {
  if (context == CONTEXT_MIGRATION)
    return true;
  return context == CONTEXT_APP && has_function(&f->facts, DIRECTION_UP) && has_function(&f->facts, DIRECTION_DOWN);
}

//
// Histories
//

// SQL files elsewhere may be queries that code loads.
static bool is_text_migration(const TextFile *text) {
  const char *path = text->source->path;
  Context context = text->source->lang == LANG_SQL ? schemas_context(text->source) : CONTEXT_TEST;
  if (!schemas_want(context) || is_way_back(path))
    return false;
  return context == CONTEXT_MIGRATION || ddl_speaks_of_tables(text->text, text->length);
}

static void collect(const Schemas *schemas, Migrations *steps) {
  const Program *p = schemas->program;
  for (uint32_t i = 0; i < p->texts.n; i++)
    if (is_text_migration(&p->texts.at[i])) {
      const char *path = p->texts.at[i].source->path;
      vec_push(steps, ((Migration){path, history_folder(path), &p->texts.at[i], 0}));
    }
  for (FileId i = 1; i < p->files.n; i++)
    if (is_code_migration(&p->files.at[i], (Context)schemas->contexts[i])) {
      const char *path = p->files.at[i].source->path;
      vec_push(steps, ((Migration){path, history_folder(path), NULL, i}));
    }
}

static void replay_step(Schemas *schemas, Schema *schema, const Migration *step) {
  bool before = schema->concurrently;
  schema->concurrently = false;
  if (step->text)
    replay_text(schemas, schema, step->text);
  else
    replay_code(schemas, schema, step->file);
  if (schema->concurrently && step->text)
    schema->apart = apart_of(schemas, step->text);
  schema->concurrently |= before;
}

static void mark_migrated(const Schema *schema) {
  for (uint32_t i = 0; i < schema->tables.n; i++) {
    Table *table = schema->tables.at[i];
    table->migrated = table->whole;
    for (uint32_t k = 0; k < table->keys.n; k++)
      table->keys.at[k].migrated = true;
  }
}

static void replay(Schemas *schemas, const Migration *steps, size_t count) {
  Schema *schema = schema_scratch(schemas);
  const char *first = steps[0].path;
  Dialect known = (Dialect)schema_at(schemas, first)->dialect;
  schema->dialect = (uint8_t)(known ? known : schemas_dialect(schemas, first));
  for (size_t i = 0; i < count; i++)
    replay_step(schemas, schema, &steps[i]);
  mark_migrated(schema);
  schema_merge(schemas, schema_at(schemas, first), schema);
}

// Whether a folder holds what is only kept for old installations: the schema is what the live migrations make, and
// these add what those do not have.
static bool is_left_behind(const Migration *step) {
  static const char *const words[] = {"beta", "legacy", "old", "archive", "archived", "deprecated"};
  for (const char *at = step->path, *slash; (slash = strchr(at, '/')) && slash < step->path + step->folder + 1; at = slash + 1)
    for (size_t i = 0; i < COUNT(words); i++)
      if (strlen(words[i]) == (size_t)(slash - at) && !strncasecmp(at, words[i], strlen(words[i])))
        return true;
  return false;
}

static void replay_histories(Schemas *schemas, const Migrations *steps, bool left_behind) {
  for (uint32_t i = 0, end; i < steps->n; i = end) {
    const Migration *first = &steps->at[i];
    for (end = i + 1; end < steps->n && steps->at[end].folder == first->folder &&
                      !strncmp(steps->at[end].path, first->path, first->folder);)
      end++;
    if (is_left_behind(first) == left_behind)
      replay(schemas, first, end - i);
  }
}

void migrations_read(Schemas *schemas) {
  Migrations steps = {0};
  collect(schemas, &steps);
  if (steps.n)
    qsort(steps.at, steps.n, sizeof *steps.at, compare_steps);
  replay_histories(schemas, &steps, false);
  replay_histories(schemas, &steps, true);
  vec_release(&steps);
}
