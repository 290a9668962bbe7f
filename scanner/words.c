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

// The first call of a chain: `this.db.selectFrom("pages")` of `this.db.selectFrom("pages").where(...).execute()`.
static Id first_call(const File *f, Id expr) {
  Id first = 0;
  for (;;) {
    const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a);
    if (e->kind == EX_CALL)
      first = expr;
    if (e->kind == EX_CALL && callee->kind == EX_MEMBER)
      expr = callee->a;
    else if (e->kind == EX_CAST || e->kind == EX_AWAIT)
      expr = e->a;
    else
      return first;
  }
}

// A call without its arguments: `db.select` of `db.select({...})`, but `db('users')` whole.
static const char *call_text(const File *f, Id call, Arena *arena) {
  Id callee = expr_at(f, call)->a;
  return expr_text(f, expr_at(f, callee)->kind == EX_MEMBER ? callee : call, arena);
}

// `db('users')(...)` reads badly: leave out what call_text kept.
static const char *strip_arguments(const char *text, Arena *arena) {
  size_t n = strlen(text);
  return n && text[n - 1] == ')' ? arena_copy(arena, text, strcspn(text, "(")) : text;
}

const char *site_text(Program *p, const Site *site, Arena *arena) {
  const File *f = &p->files.at[site->call.file];
  const char *method = sym_text(p, site->method);
  Id receiver = site->call.file ? receiver_of(f, site) : 0;
  if (!receiver)
    return site->call.file ? call_text(f, site->call.id, arena) : p->libs->libraries.at[site->library].name;
  Id first = first_call(f, receiver);
  if (!first)
    return arena_printf(arena, "%s.%s", expr_text(f, receiver, arena), method);
  return arena_printf(arena, "%s(...).%s", strip_arguments(call_text(f, first, arena), arena), method);
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
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "once per level of the hierarchy";
  if (item && over)
    return arena_printf(arena, "for each `%s` of `%s`", item, over);
  if (over)
    return arena_printf(arena, "for each element of `%s`", over);
  return r->repeat.call ? "for each element" : "in each round of the loop";
}

//
// Advice
//

static bool is_plain(const File *f, Id expr) {
  uint8_t kind = expr_at(f, expr)->kind;
  return kind == EX_IDENT || kind == EX_MEMBER || kind == EX_INDEX;
}

// What the query is asked for: the property or argument with a plain value that varies, the innermost one.
// `id: order.userId` of `find({ where: { id: order.userId } })`, `order.userId` of `load(order.userId)`.
static Id varying_part(Program *p, const Repeated *r, FileId file, Id expr, int depth) {
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
    Id found = varying_part(p, r, file, value, depth + 1);
    if (found || (is_plain(f, value) && varies(p, file, value, &r->repeat)))
      return found ? found : item;
  }
  return 0;
}

// Keys of options objects that are no columns.
static bool is_option(const char *name) {
  static const char *const names[] = {"where", "select", "include", "data", "transaction", "attributes", "limit",
                                      "order", "orderBy", "take", "skip", "cursor", "relations", "session"};
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

// The first key of an options object with a plain value, below `where` if there is one: what a helper filters by.
static Name filter_key(const File *f, Id expr, int depth) {
  const Expr *e = expr_at(f, expr);
  for (uint32_t i = 0; depth < 4 && (e->kind == EX_OBJECT || e->kind == EX_CALL) && i < e->count; i++) {
    Id item = list_at(f, e->first, i);
    const Expr *x = expr_at(f, item);
    Name found = filter_key(f, x->kind == EX_PROPERTY ? x->a : item, depth + 1);
    if (found)
      return found;
    if (x->kind == EX_PROPERTY && is_plain(f, x->a) && x->name && !is_option(text_of(f, x->name)))
      return x->name;
  }
  return 0;
}

// `orders` for a table `Order`: a name for the rows that is not the table's own.
static const char *rows_name(const char *table, Arena *arena) {
  if (!*table || (islower((unsigned char)*table) && table[strlen(table) - 1] == 's'))
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

// Whether an expression is `item`, `item.x`, `item.x.y`...
static bool is_part_of(const File *f, Id expr, const char *item) {
  while (expr_at(f, expr)->kind == EX_MEMBER || expr_at(f, expr)->kind == EX_INDEX)
    expr = expr_at(f, expr)->a;
  return item && expr_at(f, expr)->kind == EX_IDENT && !strcmp(text_of(f, expr_at(f, expr)->name), item);
}

const char *advice_text(Program *p, const Repeated *r, Arena *arena) {
  const Site *site = &p->sites.at[r->site];
  const File *f = &p->files.at[r->file], *g = &p->files.at[site->call.file];
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "read the whole chain with one recursive query (`WITH RECURSIVE`), or keep the path in the row";
  Id part = varying_part(p, r, r->file, r->via.file || !site->call.file ? r->expr : site->call.id, 0);
  bool property = part && expr_at(f, part)->kind == EX_PROPERTY;
  Name key = property && !r->via.file ? expr_at(f, part)->name : 0;
  const char *key_text = key ? text_of(f, key) : site->call.file ? text_of(g, filter_key(g, site->call.id, 0)) : "";
  Id receiver = site->call.file ? receiver_of(g, site) : 0;
  const char *table = sym_text(p, site->table), *item = item_name(f, &r->repeat);
  const char *items = r->repeat.over ? expr_text(f, r->repeat.over, arena) : "items";
  const char *value = part ? expr_text(f, property ? expr_at(f, part)->a : part, arena) : item ? item : "item";
  bool same = !strcmp(value, item ? item : "item");
  bool of_item = part && is_part_of(f, property ? expr_at(f, part)->a : part, item);
  Hole holes[] = {
      {"receiver", receiver ? expr_text(g, receiver, arena) : "db"},
      {"table", *table ? table : "the table"},
      {"method", sym_text(p, site->method)},
      {"items", items},
      {"values", same ? items : of_item ? arena_printf(arena, "%s.map((%s) => %s)", items, item, value) : "ids"},
      {"item", item ? item : "item"},
      {"key", *key_text ? key_text : "id"},
      {"value", value},
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
