// words.c - the code at hand, in words: expressions as text, what a query does, the fix with its holes filled.
#include "judge.h"
#include "values.h"

#include <ctype.h>
#include <string.h>

enum { TEXT_ROOM = 60 };

//
// Expressions
//

static void put(Text *out, const File *f, Id expr, int depth);

static void put_list(Text *out, const File *f, const Expr *e, int depth) {
  for (uint32_t i = 0; i < e->count; i++) {
    text_puts(out, i ? ", " : "");
    if (out->n > TEXT_ROOM) {
      text_puts(out, "...");
      return;
    }
    put(out, f, list_at(f, e->first, i), depth);
  }
}

static void put_object(Text *out, const File *f, const Expr *e, int depth) {
  text_puts(out, e->count ? "{ " : "{");
  put_list(out, f, e, depth);
  text_puts(out, e->count ? " }" : "}");
}

static void put_property(Text *out, const File *f, const Expr *e, int depth) {
  const Expr *value = expr_at(f, e->a);
  text_puts(out, text_of(f, e->name));
  if (value->kind == EX_IDENT && value->name == e->name)
    return;
  text_puts(out, ": ");
  put(out, f, e->a, depth);
}

static void put_call(Text *out, const File *f, const Expr *e, int depth) {
  text_puts(out, e->kind == EX_NEW ? "new " : "");
  put(out, f, e->a, depth);
  text_puts(out, "(");
  put_list(out, f, e, depth);
  text_puts(out, ")");
}

static void put(Text *out, const File *f, Id expr, int depth) {
  const Expr *e = expr_at(f, expr);
  if (depth > 12 || out->n > TEXT_ROOM) {
    text_puts(out, "...");
    return;
  }
  depth++;
  switch (e->kind) {
  case EX_IDENT:
  case EX_NUMBER:
  case EX_LITERAL:
    text_puts(out, text_of(f, e->name));
    break;
  case EX_THIS:
    text_puts(out, "this");
    break;
  case EX_SUPER:
    text_puts(out, "super");
    break;
  case EX_STRING:
    text_printf(out, "'%s'", text_of(f, e->name));
    break;
  case EX_TEMPLATE:
    text_printf(out, "`%s`", text_of(f, e->name));
    break;
  case EX_MEMBER:
    put(out, f, e->a, depth);
    text_printf(out, "%s%s", e->flags & EXF_OPTIONAL ? "?." : ".", text_of(f, e->name));
    break;
  case EX_INDEX:
    put(out, f, e->a, depth);
    text_puts(out, "[");
    put(out, f, e->b, depth);
    text_puts(out, "]");
    break;
  case EX_CALL:
  case EX_NEW:
    put_call(out, f, e, depth);
    break;
  case EX_TAGGED:
    put(out, f, e->a, depth);
    put(out, f, e->b, depth);
    break;
  case EX_AWAIT:
  case EX_CAST:
    put(out, f, e->a, depth);
    break;
  case EX_SPREAD:
    text_puts(out, "...");
    put(out, f, e->a, depth);
    break;
  case EX_OBJECT:
    put_object(out, f, e, depth);
    break;
  case EX_PROPERTY:
    put_property(out, f, e, depth);
    break;
  case EX_ARRAY:
    text_puts(out, "[");
    put_list(out, f, e, depth);
    text_puts(out, "]");
    break;
  case EX_ALT:
  case EX_BINARY:
    put(out, f, e->a, depth);
    text_printf(out, " %s ", text_of(f, e->name));
    put(out, f, e->b, depth);
    break;
  case EX_ELEMENT:
  case EX_KEY:
  case EX_REST:
    put(out, f, e->a, depth);
    break;
  default:
    text_puts(out, "...");
  }
}

// Cut at TEXT_ROOM bytes, and white space made single spaces.
static const char *tidy(Text *text, Arena *arena) {
  size_t n = 0;
  for (size_t i = 0; i < text->n; i++) {
    bool space = isspace((unsigned char)text->at[i]);
    if (space && n && text->at[n - 1] == ' ')
      continue;
    text->at[n++] = space ? ' ' : text->at[i];
  }
  size_t cut = n > TEXT_ROOM ? TEXT_ROOM : n;
  while (cut < n && ((unsigned char)text->at[cut] & 0xc0) == 0x80)
    cut--;
  return arena_printf(arena, "%.*s%s", (int)cut, text->at ? text->at : "", cut < n ? "..." : "");
}

const char *expr_text(const File *f, Id expr, Arena *arena) {
  Text text = {0};
  put(&text, f, expr, 0);
  const char *result = tidy(&text, arena);
  text_release(&text);
  return result;
}

//
// Sites
//

// The expression on which the query's method is called, 0 if it cannot be seen.
static Id receiver_of(const File *f, const Site *site) {
  const Expr *call = expr_at(f, site->call.id);
  const Expr *callee = expr_at(f, call->a);
  return callee->kind == EX_MEMBER ? callee->a : 0;
}

// The receiver without the calls between: `this.db` of `this.db.selectFrom(...).where(...)`.
static Id root_of(const File *f, Id expr) {
  for (;;) {
    const Expr *e = expr_at(f, expr);
    const Expr *callee = expr_at(f, e->a);
    if (e->kind == EX_CALL && callee->kind == EX_MEMBER)
      expr = callee->a;
    else if (e->kind == EX_CAST || e->kind == EX_AWAIT)
      expr = e->a;
    else
      return expr;
  }
}

const char *site_text(Program *p, const Site *site, Arena *arena) {
  const File *f = &p->files.at[site->call.file];
  const char *method = sym_text(p, site->method);
  Id receiver = site->call.file ? receiver_of(f, site) : 0;
  if (!receiver)
    return site->call.file ? expr_text(f, site->call.id, arena) : p->libs->libraries.at[site->library].name;
  bool chain = expr_at(f, receiver)->kind == EX_CALL;
  const char *root = expr_text(f, chain ? root_of(f, receiver) : receiver, arena);
  return chain ? arena_printf(arena, "%s...%s", root, method) : arena_printf(arena, "%s.%s", root, method);
}

const char *site_does(Program *p, const Site *site, Arena *arena) {
  const char *table = sym_text(p, site->table);
  bool write = site->effect == EFFECT_WRITE;
  const char *rows = site->rows == ROWS_ONE && !site->bulk ? (write ? "a row" : "one row") : "rows";
  if (!*table)
    return write ? "writes" : "runs a query";
  return arena_printf(arena, "%s %s of %s", write ? "writes" : "reads", rows, table);
}

//
// Loops
//

// The name of what changes in each round, NULL if it has none.
static const char *item_name(const File *f, const Repeat *repeat) {
  Id scope = repeat_scope(f, repeat);
  for (Id i = 1; scope && i < f->facts.bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[i];
    const Expr *value = expr_at(f, b->value);
    bool varies_here = value->kind == EX_ELEMENT || value->kind == EX_KEY || (b->kind == BIND_PARAM && repeat->callback);
    if (b->scope == scope && varies_here)
      return text_of(f, b->name);
  }
  return NULL;
}

const char *loop_text(Program *p, const Repeated *r, Arena *arena) {
  const File *f = &p->files.at[r->file];
  const char *item = item_name(f, &r->repeat);
  const char *over = r->repeat.over ? expr_text(f, r->repeat.over, arena) : NULL;
  const Scope *s = &f->facts.scopes.at[r->repeat.scope];
  bool list = r->repeat.call || s->kind == SC_FOR_OF || s->kind == SC_FOR_IN || s->kind == SC_FOR_AWAIT;
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "once per level of the hierarchy";
  if (list && item && over)
    return arena_printf(arena, "for each `%s` of `%s`", item, over);
  if (list && over)
    return arena_printf(arena, "for each element of `%s`", over);
  return r->repeat.call ? "for each element" : "in each round of the loop";
}

//
// Advice
//

// The innermost property with a plain value that varies: `id` and `order.userId` of `{ where: { id: order.userId } }`.
static Id varying_property(Program *p, const Repeated *r, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (depth > 6 || (e->kind != EX_OBJECT && e->kind != EX_CALL))
    return 0;
  for (uint32_t i = 0; i < e->count; i++) {
    Id item = list_at(f, e->first, i);
    const Expr *x = expr_at(f, item);
    Id value = x->kind == EX_PROPERTY ? x->a : item;
    if (x->kind == EX_SPREAD || x->kind == EX_FUNCTION)
      continue;
    Id found = varying_property(p, r, file, value, depth + 1);
    if (found)
      return found;
    uint8_t kind = expr_at(f, value)->kind;
    if (x->kind == EX_PROPERTY && (kind == EX_IDENT || kind == EX_MEMBER || kind == EX_INDEX) &&
        varies(p, file, value, &r->repeat))
      return item;
  }
  return 0;
}

// `orders` for a table `Order`: a name for the rows.
static const char *rows_name(const char *table, Arena *arena) {
  if (!*table)
    return "rows";
  const char *dot = strrchr(table, '.');
  char *name = arena_printf(arena, "%s%s", dot ? dot + 1 : table, table[strlen(table) - 1] == 's' ? "" : "s");
  name[0] = (char)tolower((unsigned char)name[0]);
  return name;
}

typedef struct Hole {
  const char *name;
  const char *text;
} Hole;

static void fill(Text *out, const char *template, const Hole *holes, size_t count) {
  while (*template) {
    bool filled = false;
    for (size_t i = 0; i < count && *template == '{' && !filled; i++) {
      size_t n = strlen(holes[i].name);
      if (strncmp(template + 1, holes[i].name, n) || template[n + 1] != '}')
        continue;
      text_puts(out, holes[i].text);
      template += n + 2;
      filled = true;
    }
    if (!filled)
      text_add(out, template++, 1);
  }
}

static const char *default_advice(const Site *site) {
  if (site->effect == EFFECT_WRITE)
    return "collect the rows in the loop and write them with one statement after it";
  return "read all rows with one query before the loop (an `IN` list or a join) and look each one up in a Map by {key}";
}

const char *advice_text(Program *p, const Repeated *r, Arena *arena) {
  const Site *site = &p->sites.at[r->site];
  const File *f = &p->files.at[r->file], *g = &p->files.at[site->call.file];
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "read the whole chain with one recursive query (`WITH RECURSIVE`), or keep the path in the row";
  Id property = r->via.file || !site->call.file ? 0 : varying_property(p, r, r->file, site->call.id, 0);
  Id receiver = site->call.file ? receiver_of(g, site) : 0;
  const char *table = sym_text(p, site->table), *item = item_name(f, &r->repeat);
  Hole holes[] = {
      {"receiver", receiver ? expr_text(g, receiver, arena) : "db"},
      {"table", *table ? table : "the table"},
      {"method", sym_text(p, site->method)},
      {"items", r->repeat.over ? expr_text(f, r->repeat.over, arena) : "items"},
      {"item", item ? item : "item"},
      {"key", property ? text_of(f, expr_at(f, property)->name) : "id"},
      {"value", property ? expr_text(f, expr_at(f, property)->a, arena) : arena_printf(arena, "%s.id", item ? item : "item")},
      {"rows", rows_name(table, arena)},
  };
  Text text = {0};
  fill(&text, site->advice ? site->advice : default_advice(site), holes, COUNT(holes));
  if (r->others)
    text_printf(&text, "\n%u more kind%s of query run there in each round", r->others, r->others == 1 ? "" : "s");
  const char *result = arena_copy(arena, text.at, text.n);
  text_release(&text);
  return result;
}
