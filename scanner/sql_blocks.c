// sql_blocks.c - statements in SQL files that code runs by the name in the comment above them: `-- BLOCK name`,
// `-- name: name`.
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "schema/ddl.h"
#include "sql.h"
#include "values.h"

// Whether a line is a comment that begins a block, by nothing but its name. Tells the name, 0 where no code has it.
static bool begins_block(const Program *p, const char *line, Sym *found) {
  char name[128];
  line += strspn(line, " \t");
  if (strncmp(line, "--", 2))
    return false;
  line += 2 + strspn(line + 2, " \t");
  size_t word = !strncasecmp(line, "block ", 6) ? 6 : !strncasecmp(line, "name:", 5) ? 5 : 0;
  line += word;
  line += strspn(line, " \t");
  size_t length = 0;
  for (; (isalnum((unsigned char)line[length]) || line[length] == '_') && length + 1 < sizeof name; length++)
    name[length] = line[length];
  name[length] = '\0';
  line += length;
  line += strspn(line, " \t\r");
  *found = length ? names_find(&p->syms, name) : 0;
  return word && length && (!*line || *line == '\n');
}

// What code asks for by a name, unlike what a dump or a migration says about its tables.
static bool is_query(const char *start, const char *end) {
  static const char *const verbs[] = {"select", "insert", "update", "delete", "with"};
  for (size_t i = 0; i < COUNT(verbs); i++)
    if (ddl_word(start, end, verbs[i]))
      return true;
  return false;
}

static uint64_t place_of_block(const Source *source, uint32_t start) {
  uint64_t place[] = {(uintptr_t)source, start};
  return hash_quick(place, sizeof place);
}

static const char *next_line(const char *at) {
  const char *end = strchr(at, '\n');
  return end ? end + 1 : at + strlen(at);
}

// Add what stands between the comment that begins a block and the next one.
static void add_block(Program *p, const TextFile *file, Sym name, const char *from, const char *end) {
  const char *start = ddl_skip_blank(from, end);
  SqlBlock block = {.source = file->source, .name = name, .start = (uint32_t)(start - file->text)};
  if (!is_query(start, end))
    return;
  block.text = names_add(&p->syms, start, (size_t)(end - start));
  block.next = map_get(&p->blocks_by_name, name);
  vec_push(&p->blocks, block);
  map_put(&p->blocks_by_name, name, p->blocks.n - 1);
  map_put(&p->blocks_by_place, place_of_block(block.source, block.start), p->blocks.n - 1);
}

static void read_blocks(Program *p, const TextFile *file) {
  Sym name = 0, next;
  const char *from = file->text;
  for (const char *at = file->text; *at; at = next_line(at)) {
    if (!begins_block(p, at, &next))
      continue;
    if (name)
      add_block(p, file, name, from, at);
    name = next;
    from = next_line(at);
  }
  if (name)
    add_block(p, file, name, from, file->text + file->length);
}

void program_blocks(Program *p) {
  vec_push(&p->blocks, ((SqlBlock){0}));
  for (uint32_t i = 0; i < p->texts.n; i++)
    if (p->texts.at[i].source->lang == LANG_SQL)
      read_blocks(p, &p->texts.at[i]);
}

const SqlBlock *sql_block_at(const Program *p, const Source *source, uint32_t start) {
  const SqlBlock *block = &p->blocks.at[map_get(&p->blocks_by_place, place_of_block(source, start))];
  return block->source == source && block->start == start ? block : NULL;
}

bool sql_is_beside(const char *path, const char *other) {
  const char *dot = strrchr(path, '.');
  size_t stem = dot ? (size_t)(dot - path) + 1 : 0;
  return stem && !strncmp(path, other, stem) && !strchr(other + stem, '/');
}

// Whether a text ends in another one, which begins a part of a path.
static bool ends_in_path(const char *path, size_t length, const char *named) {
  while (!strncmp(named, "./", 2) || !strncmp(named, "../", 3))
    named = strchr(named, '/') + 1;
  size_t n = strlen(named);
  while (n && named[n - 1] == '/')
    n--;
  return n && n <= length && !memcmp(path + length - n, named, n) && (n == length || path[length - n - 1] == '/');
}

// Whether a string in an expression, or in the constants that it is made of, names a file or its folder.
static bool names_file(const Program *p, FileId file, Id expr, const char *path, int *steps) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (!expr || --*steps < 0)
    return false;
  if (e->kind == EX_STRING) {
    const char *slash = strrchr(path, '/'), *named = text_of(f, e->name);
    return ends_in_path(path, strlen(path), named) || (slash && ends_in_path(path, (size_t)(slash - path), named));
  }
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  if (b->kind == BIND_CONST && b->value)
    return names_file(p, file, b->value, path, steps);
  Id parts[16];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (names_file(p, file, parts[i], path, steps))
      return true;
  return false;
}

// Whether what an expression takes a block's name of is made of that file: `loadSql("orders.sql").select_order`.
static bool is_made_of(const Program *p, FileId file, const Expr *e, const char *path) {
  int steps = 64;  // expressions that are looked at
  const Modules *modules = p->modules;
  return !strcmp(modules_package_folder(modules, path), modules_package_folder(modules, p->files.at[file].source->path)) &&
         names_file(p, file, e->a, path, &steps);
}

const char *sql_block_text(const Program *p, FileId file, Id expr) {
  enum { ENOUGH = 64 };  // blocks of one name that are looked at
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  uint32_t first = e->kind == EX_MEMBER || e->kind == EX_INDEX ? map_get(&p->blocks_by_name, sym_of(f, e->name)) : 0, n = 0;
  const char *text = NULL;
  bool several = false;  // that do not do the same
  for (uint32_t at = first; at && n < ENOUGH; at = p->blocks.at[at].next, n++) {
    const char *other = names_text(&p->syms, p->blocks.at[at].text), *path = p->blocks.at[at].source->path;
    if (sql_is_beside(path, f->source->path))
      return other;
    if (!is_made_of(p, file, e, path))
      continue;
    several |= text && sql_writes(text) != sql_writes(other);
    text = other;
  }
  return n < ENOUGH && !several ? text : NULL;
}
