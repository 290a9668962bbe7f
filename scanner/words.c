// words.c - the code at hand, in words: expressions as text, what a query does, what a loop runs over.
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
Id receiver_of(const File *f, const Site *site) {
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
  if (site->loads && !site->call.file)
    return expr_text(&p->files.at[site->expr.file], site->expr.id, arena);
  const File *f = &p->files.at[site->call.file];
  const char *method = sym_text(p, site->method);
  Id receiver = site->call.file ? receiver_of(f, site) : 0;
  if (!receiver || !*method)
    return site->call.file ? call_text(f, site->call.id, arena) : p->libs->libraries.at[site->library].name;
  Id first = first_call(f, receiver);
  if (!first)
    return arena_printf(arena, "%s.%s", expr_text(f, receiver, arena), method);
  return arena_printf(arena, "%s(...).%s", strip_arguments(call_text(f, first, arena), arena), method);
}

const char *query_text(Program *p, const Repeated *r, Arena *arena) {
  const char *site = site_text(p, &p->sites.at[r->site], arena);
  return r->sql.file ? arena_printf(arena, "%s of %s", site, expr_text(&p->files.at[r->sql.file], r->sql.id, arena)) : site;
}

const char *query_does(Program *p, const Repeated *r, Arena *arena) {
  const Site *site = &p->sites.at[r->site];
  const char *table = sym_text(p, site->table);
  bool write = r->effect == EFFECT_WRITE;
  const char *rows = site->rows == ROWS_ONE && !site->bulk ? (write ? "a row" : "one row") : "rows";
  if (!*table)
    return write ? "writes" : "runs a query";
  if (!write && contains_word(sym_text(p, site->method), "count"))
    return arena_printf(arena, "counts rows of %s", table);
  return arena_printf(arena, "%s %s of %s", write ? "writes" : "reads", rows, table);
}

const char *function_name(Program *p, Ref function, Arena *arena) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (fn->flags & FN_CONSTRUCTOR && fn->class)
    return arena_printf(arena, "new %s", text_of(f, f->facts.classes.at[fn->class].name));
  const char *class = fn->class ? text_of(f, f->facts.classes.at[fn->class].name) : "";
  const char *name = *text_of(f, fn->name) ? text_of(f, fn->name) : "a function";
  return *class ? arena_printf(arena, "%s.%s", class, name) : arena_copy(arena, name, strlen(name));
}

//
// Loops
//

// The name of what changes in each round, NULL if it has none.
const char *item_name(const File *f, const Repeat *repeat) {
  Id scope = repeat_scope(f, repeat);
  Slice bindings = bindings_at(f, scope);
  for (uint32_t i = 0; scope && i < bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    const Expr *value = expr_at(f, b->value);
    bool param = b->kind == BIND_PARAM && repeat->callback && binds_item(f, bindings.at[i], repeat->items);
    if (value->kind == EX_ELEMENT || value->kind == EX_KEY || param)
      return text_of(f, b->name);
  }
  return NULL;
}

static const char *type_text(Program *p, const Resolver *resolver) {
  return resolver->type ? sym_text(p, resolver->type) : "parent";
}

static const char *resolver_text(Program *p, const Repeated *r, Arena *arena) {
  const Resolver *resolver = resolver_at(p, r->file, r->repeat.callback);
  const char *type = type_text(p, resolver), *field = sym_text(p, resolver->field);
  return arena_printf(arena, *field ? "once per %s, to resolve its field `%s`" : "once per %s, to resolve one of its fields%s",
                      type, field);
}

const char *start_text(Program *p, const Repeated *r, Arena *arena) {
  if (!is_in_resolver(r))
    return loop_text(p, r, arena);
  const Resolver *resolver = resolver_at(p, r->file, r->repeat.callback);
  const char *type = type_text(p, resolver), *field = sym_text(p, resolver->field);
  const char *what = *field ? arena_printf(arena, "field `%s`", field) : "a field";
  const char *of = resolver->type ? arena_printf(arena, " of %s", type) : "";
  return arena_printf(arena, "%s%s is resolved once per %s", what, of, type);
}

const char *loop_text(Program *p, const Repeated *r, Arena *arena) {
  const File *f = &p->files.at[r->file];
  const char *item = item_name(f, &r->repeat);
  const char *over = r->repeat.over ? expr_text(f, r->repeat.over, arena) : NULL;
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "once per level of the hierarchy";
  if (is_in_resolver(r))
    return resolver_text(p, r, arena);
  if (item && over)
    return arena_printf(arena, "for each `%s` of `%s`", item, over);
  if (over)
    return arena_printf(arena, "for each element of `%s`", over);
  return r->repeat.call ? "for each element" : "in each round of the loop";
}
