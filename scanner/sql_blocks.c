// sql_blocks.c - statements in SQL files that code runs by the name in the comment above them: `-- BLOCK name`,
// `-- name: name`.
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "program.h"
#include "schema/ddl.h"
#include "values.h"

// The name in the comment of a line that begins a block, 0 when it begins none or no code names it.
static Sym name_of_block(const Program *p, const char *line) {
  char name[128];
  line += strspn(line, " \t");
  if (strncmp(line, "--", 2))
    return 0;
  line += 2 + strspn(line + 2, " \t");
  size_t word = !strncasecmp(line, "block ", 6) ? 6 : !strncasecmp(line, "name:", 5) ? 5 : 0;
  line += word;
  line += strspn(line, " \t");
  size_t length = 0;
  for (; (isalnum((unsigned char)line[length]) || line[length] == '_') && length + 1 < sizeof name; length++)
    name[length] = line[length];
  name[length] = '\0';
  return word && length ? names_find(&p->syms, name) : 0;
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
  if (start == end)
    return;
  block.text = names_add(&p->syms, start, (size_t)(end - start));
  block.next = map_get(&p->blocks_by_name, name);
  vec_push(&p->blocks, block);
  map_put(&p->blocks_by_name, name, p->blocks.n - 1);
  map_put(&p->blocks_by_place, place_of_block(block.source, block.start), p->blocks.n - 1);
}

static void read_blocks(Program *p, const TextFile *file) {
  Sym name = 0;
  const char *from = file->text;
  for (const char *at = file->text; *at; at = next_line(at)) {
    Sym next = name_of_block(p, at);
    if (next && name)
      add_block(p, file, name, from, at);
    name = next ? next : name;
    from = next ? next_line(at) : from;
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

const char *sql_block_text(const Program *p, FileId file, Id expr) {
  enum { ENOUGH = 64 };  // blocks of one name that are looked at
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  uint32_t first = e->kind == EX_MEMBER || e->kind == EX_INDEX ? map_get(&p->blocks_by_name, sym_of(f, e->name)) : 0, n = 0;
  const char *text = NULL;
  for (uint32_t at = first; at && n < ENOUGH; at = p->blocks.at[at].next, n++) {
    const char *other = names_text(&p->syms, p->blocks.at[at].text);
    if (sql_is_beside(p->blocks.at[at].source->path, f->source->path))
      return other;
    if (n && (!text || sql_writes(text) != sql_writes(other)))
      text = NULL;
    else
      text = other;
  }
  return n < ENOUGH ? text : NULL;
}
