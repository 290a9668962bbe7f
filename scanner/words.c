// words.c - the code at hand, in words: expressions as text, what a query does, what a loop runs over.
#include "judge.h"
#include "values.h"

#include <ctype.h>
#include <string.h>

enum { TEXT_ROOM = 60, EDIT_ROOM = 180 };

//
// Expressions
//

// How an expression is written down.
typedef struct Printer {
  Text out;
  const File *f;
  const Edit *edit;  // or NULL
  size_t room;
  bool lost;         // something is left out
} Printer;

static void put(Printer *to, Id expr, int depth);

static void put_nothing(Printer *to) {
  text_puts(&to->out, "...");
  to->lost = true;
}

// What the edit leaves out: an option for how many rows are read.
static bool is_left_out(const Printer *to, Id item) {
  const Batch *b = to->edit ? to->edit->batch : NULL;
  const Expr *e = expr_at(to->f, item);
  uint8_t role = b && e->kind == EX_PROPERTY ? option_role(b, text_of(to->f, e->name)) : ROLE_NONE;
  return role == ROLE_LIMIT || role == ROLE_OFFSET;
}

static void put_list(Printer *to, const Expr *e, int depth) {
  bool first = true;
  for (uint32_t i = 0; i < e->count; i++) {
    Id item = list_at(to->f, e->first, i);
    if (is_left_out(to, item))
      continue;
    text_puts(&to->out, first ? "" : ", ");
    first = false;
    if (to->out.n > to->room) {
      put_nothing(to);
      return;
    }
    put(to, item, depth);
  }
}

static void put_object(Printer *to, const Expr *e, int depth) {
  text_puts(&to->out, e->count ? "{ " : "{");
  put_list(to, e, depth);
  text_puts(&to->out, e->count ? " }" : "}");
}

static void put_property(Printer *to, const Expr *e, int depth) {
  const Expr *value = expr_at(to->f, e->a);
  text_puts(&to->out, text_of(to->f, e->name));
  to->lost = to->lost || !e->name;
  if (value->kind == EX_IDENT && value->name == e->name)
    return;
  text_puts(&to->out, ": ");
  put(to, e->a, depth);
}

// What is called, or has a member that is read: `(tx ?? db)` of `(tx ?? db)("users")`.
static void put_head(Printer *to, Id expr, int depth) {
  const Expr *e = expr_at(to->f, expr);
  while (e->kind == EX_CAST)
    e = expr_at(to->f, e->a);
  bool several = e->kind == EX_ALT || e->kind == EX_BINARY;
  text_puts(&to->out, several ? "(" : "");
  put(to, expr, depth);
  text_puts(&to->out, several ? ")" : "");
}

static void put_call(Printer *to, Id call, int depth) {
  const Expr *e = expr_at(to->f, call), *callee = expr_at(to->f, e->a);
  bool columns = false;
  if (to->edit && to->edit->batch && callee->kind == EX_MEMBER && limits_rows(to->edit->batch, call, &columns)) {
    to->lost = to->lost || columns;
    put(to, callee->a, depth);
    return;
  }
  text_puts(&to->out, e->kind == EX_NEW ? "new " : "");
  put_head(to, e->a, depth);
  text_puts(&to->out, "(");
  put_list(to, e, depth);
  text_puts(&to->out, ")");
}

// The text of the edit; a call in a chain keeps what it is called on.
static void put_edit(Printer *to, const Expr *e, int depth) {
  const Expr *callee = expr_at(to->f, e->a);
  if (e->kind == EX_CALL && callee->kind == EX_MEMBER && *to->edit->text == '.')
    put(to, callee->a, depth);
  text_puts(&to->out, to->edit->text);
}

// What has no parts; false of all else.
static bool put_leaf(Printer *to, const Expr *e) {
  switch (e->kind) {
  case EX_NUMBER:
  case EX_LITERAL:
    text_puts(&to->out, text_of(to->f, e->name));
    return true;
  case EX_THIS:
    text_puts(&to->out, "this");
    return true;
  case EX_SUPER:
    text_puts(&to->out, "super");
    return true;
  case EX_STRING:
    text_printf(&to->out, "'%s'", text_of(to->f, e->name));
    return true;
  case EX_TEMPLATE:
    text_printf(&to->out, "`%s`", text_of(to->f, e->name));
    to->lost = to->lost || e->count;
    return true;
  default:
    return false;
  }
}

static void put_whole(Printer *to, Id expr, int depth) {
  const Expr *e = expr_at(to->f, expr);
  switch (e->kind) {
  case EX_MEMBER:
    put_head(to, e->a, depth);
    text_printf(&to->out, "%s%s", e->flags & EXF_OPTIONAL ? "?." : ".", text_of(to->f, e->name));
    break;
  case EX_INDEX:
    put_head(to, e->a, depth);
    text_puts(&to->out, "[");
    put(to, e->b, depth);
    text_puts(&to->out, "]");
    break;
  case EX_CALL:
  case EX_NEW:
    put_call(to, expr, depth);
    break;
  case EX_TAGGED:
    put(to, e->a, depth);
    put(to, e->b, depth);
    break;
  case EX_SPREAD:
    text_puts(&to->out, "...");
    put(to, e->a, depth);
    break;
  case EX_OBJECT:
    put_object(to, e, depth);
    break;
  case EX_PROPERTY:
    put_property(to, e, depth);
    break;
  case EX_ARRAY:
    text_puts(&to->out, "[");
    put_list(to, e, depth);
    text_puts(&to->out, "]");
    break;
  case EX_ALT:
  case EX_BINARY:
    to->lost = to->lost || e->c;
    put(to, e->a, depth);
    text_printf(&to->out, " %s ", text_of(to->f, e->name));
    put(to, e->b, depth);
    break;
  case EX_AWAIT:
  case EX_CAST:
  case EX_ELEMENT:
  case EX_KEY:
  case EX_REST:
    put(to, e->a, depth);
    break;
  default:
    put_nothing(to);
  }
}

static void put_name(Printer *to, Id ident) {
  const char *read = to->edit && to->edit->guards ? guarded_name(to->edit->guards, ident) : NULL;
  text_puts(&to->out, read ? read : text_of(to->f, expr_at(to->f, ident)->name));
}

static void put(Printer *to, Id expr, int depth) {
  const Expr *e = expr_at(to->f, expr);
  if (to->edit && expr && expr == to->edit->at)
    put_edit(to, e, depth);
  else if (depth > 12 || to->out.n > to->room)
    put_nothing(to);
  else if (e->kind == EX_IDENT)
    put_name(to, expr);
  else if (!put_leaf(to, e))
    put_whole(to, expr, depth + 1);
}

// Cut at `room` bytes, and white space made single spaces.
static const char *tidy(Text *text, size_t room, Arena *arena) {
  size_t n = 0;
  for (size_t i = 0; i < text->n; i++) {
    bool space = isspace((unsigned char)text->at[i]);
    if (space && n && text->at[n - 1] == ' ')
      continue;
    text->at[n++] = space ? ' ' : text->at[i];
  }
  size_t cut = n > room ? room : n;
  while (cut < n && ((unsigned char)text->at[cut] & 0xc0) == 0x80)
    cut--;
  return arena_printf(arena, "%.*s%s", (int)cut, text->at ? text->at : "", cut < n ? "..." : "");
}

const char *expr_text(const File *f, Id expr, Arena *arena) {
  Printer to = {.f = f, .room = TEXT_ROOM};
  put(&to, expr, 0);
  const char *result = tidy(&to.out, TEXT_ROOM, arena);
  text_release(&to.out);
  return result;
}

const char *edited_text(const File *f, Id expr, const Edit *edit, Arena *arena) {
  Printer to = {.f = f, .edit = edit, .room = EDIT_ROOM};
  put(&to, expr, 0);
  const char *result = to.lost || to.out.n > EDIT_ROOM ? NULL : tidy(&to.out, EDIT_ROOM, arena);
  text_release(&to.out);
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
  size_t n = strlen(text), at = n;
  if (!n || text[n - 1] != ')')
    return text;
  for (int depth = 0; at && (at == n || depth); at--)
    depth += (text[at - 1] == ')') - (text[at - 1] == '(');
  return arena_copy(arena, text, at);
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

// The name of the variable that a function is in by way of a call which wraps it: `const load = cache(async () => ...)`.
static const char *wrapped_name(Program *p, Ref function) {
  const File *f = &p->files.at[function.file];
  Id call = expr_at(f, f->facts.functions.at[function.id].expr)->parent;
  Id binding = expr_at(f, call)->kind == EX_CALL ? map_get(&f->owners, call) : 0;
  Ref given = value_function(p, binding ? value_of(p, function.file, call) : VALUE_UNKNOWN);
  bool same = given.file == function.file && given.id == function.id;
  return same ? text_of(f, f->facts.bindings.at[binding].name) : "";
}

const char *own_name(Program *p, Ref function) {
  const File *f = &p->files.at[function.file];
  const char *name = text_of(f, f->facts.functions.at[function.id].name);
  return *name ? name : wrapped_name(p, function);
}

const char *function_name(Program *p, Ref function, Arena *arena) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (fn->flags & FN_CONSTRUCTOR && fn->class)
    return arena_printf(arena, "new %s", text_of(f, f->facts.classes.at[fn->class].name));
  const char *class = fn->class ? text_of(f, f->facts.classes.at[fn->class].name) : "";
  const char *own = own_name(p, function);
  const char *name = *own ? own : "a function";
  return *class ? arena_printf(arena, "%s.%s", class, name) : arena_copy(arena, name, strlen(name));
}

//
// Loops
//

// Whether a binding is the parameter of a callback, or a part of one that is a list, that holds the element.
static bool is_element_param(const File *f, const Binding *b, const Repeat *repeat) {
  const Expr *e = expr_at(f, b->value);
  e = e->kind == EX_INDEX ? expr_at(f, e->a) : e;
  if (b->kind != BIND_PARAM || !repeat->callback || e->kind != EX_PARAM)
    return false;
  return repeat->items ? e->b < ITEM_LIMIT && repeat->items & 1u << e->b : e->b == element_param(f, repeat->call);
}

// The name of what changes in each round, NULL if it has none.
const char *item_name(const File *f, const Repeat *repeat) {
  Id scope = repeat_scope(f, repeat);
  Slice bindings = bindings_at(f, scope);
  for (uint32_t i = 0; scope && i < bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    const Expr *value = expr_at(f, b->value);
    if (value->kind == EX_ELEMENT || value->kind == EX_KEY || is_element_param(f, b, repeat))
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
