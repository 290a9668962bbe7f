// repeat.c - in which loop code stands, and what kind of loop that is.
//
// The kind is decided by the shape of the loop, in one place. Only REPEAT_ELEMENT and REPEAT_PARENT_WALK are
// mistakes; each other kind has a reason that a reviewer would accept.
#include "graph.h"
#include "values.h"

#include <string.h>

enum {
  SHORT_LIST = 8,     // of anything
  LITERAL_LIST = 64,  // of strings and numbers: written by hand, it does not grow with the data
  MAX_LOOK = 24,
  MAX_TAKEN = 8,      // steps back from a value: each may have two ways
};

// What the kinds are called, and after which of them what is around, loops and callers, may still make it a mistake.
static const struct {
  const char *reason;
  bool is_open;
} kinds[] = {
    [REPEAT_NONE] = {"", true},
    [REPEAT_ELEMENT] = {"once per element", false},
    [REPEAT_PARENT_WALK] = {"once per level", false},
    [REPEAT_PARENTS] = {"once per parent object", false},
    [REPEAT_CHUNKS] = {"one query per chunk", false},
    [REPEAT_PAGES] = {"keyset or offset pagination", false},
    [REPEAT_RETRY] = {"retry", true},
    [REPEAT_POLL] = {"polling, a worker loop or a probe", false},
    [REPEAT_LEAVES] = {"the loop is left right after the query", true},
    [REPEAT_CONSTANT] = {"a short constant list", true},
    [REPEAT_BATCHED] = {"sent as one batch", false},
    [REPEAT_DISPATCH] = {"one element only: the branch compares it with a constant", true},
    [REPEAT_ERROR_PATH] = {"only after an error", false},
    [REPEAT_ONCE] = {"once: the result is kept for the other rounds", true},
};

const char *repeat_reason(RepeatKind kind) { return kinds[kind].reason; }

bool repeat_is_open(RepeatKind kind) { return kinds[kind].is_open; }

// The scope whose code runs once per round.
Id repeat_scope(const File *f, const Repeat *repeat) {
  if (repeat->scope)
    return repeat->scope;
  return repeat->callback ? f->facts.functions.at[repeat->callback].scope : 0;
}

//
// Walking an expression
//

uint32_t expr_children(const File *f, Id id, Id *out, uint32_t room) {
  const Expr *e = expr_at(f, id);
  uint32_t n = 0;
  if (e->kind == EX_FUNCTION || e->kind == EX_CLASS || e->kind == EX_PARAM)
    return 0;
  Id operands[3] = {e->a, e->b, e->c};
  for (int i = 0; i < 3; i++)
    if (operands[i] && n < room)
      out[n++] = operands[i];
  for (uint32_t i = 0; i < e->count && n < room; i++)
    out[n++] = list_at(f, e->first, i);
  return n;
}

typedef bool Test(const File *f, Id expr, const void *with);

// Whether some part of the expression passes the test.
static bool any_part(const File *f, Id expr, Test *test, const void *with, int depth) {
  if (!expr || depth > MAX_LOOK)
    return false;
  if (test(f, expr, with))
    return true;
  Id parts[64];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (any_part(f, parts[i], test, with, depth + 1))
      return true;
  return false;
}

static bool is_length(const File *f, Id expr, const void *with) {
  (void)with;
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_MEMBER && (!strcmp(text_of(f, e->name), "length") || !strcmp(text_of(f, e->name), "size"));
}

static bool is_name(const File *f, Id expr, const void *with) {
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_IDENT && e->name == *(const Name *)with;
}

static bool is_expr(const File *f, Id expr, const void *with) {
  (void)f;
  return expr == *(const Id *)with;
}

static bool names_retry(const char *name) {
  static const char *const words[] = {"attempt", "retr", "tries", "try"};
  return contains_any(name, words, COUNT(words));
}

// A list of chunks, or a function that makes one; `batch` alone is a list of elements.
static bool names_chunks(const char *name) {
  static const char *const words[] = {"chunks", "batches", "slices", "partitions"};
  return contains_any(name, words, COUNT(words));
}

static bool makes_chunks(const char *name) {
  static const char *const words[] = {"chunk", "batches", "inbatch", "partition", "splitinto", "page"};
  return contains_any(name, words, COUNT(words));
}

static bool names_page(const char *name) {
  static const char *const words[] = {"page", "offset", "cursor", "skip"};
  return contains_any(name, words, COUNT(words));
}

static bool is_retry_name(const File *f, Id expr, const void *with) {
  (void)with;
  const Expr *e = expr_at(f, expr);
  return (e->kind == EX_IDENT || e->kind == EX_MEMBER) && names_retry(text_of(f, e->name));
}

static bool is_page_name(const File *f, Id expr, const void *with) {
  (void)with;
  const Expr *e = expr_at(f, expr);
  return (e->kind == EX_IDENT || e->kind == EX_MEMBER) && names_page(text_of(f, e->name));
}

// `result.next`, `page.token`: where the next page starts.
static bool is_next_name(const File *f, Id expr, const void *with) {
  const Expr *e = expr_at(f, expr);
  const char *name = text_of(f, e->name);
  return is_page_name(f, expr, with) || (e->kind == EX_MEMBER && (!strcmp(name, "next") || contains_word(name, "token")));
}

// What awaits, casts and alternatives hand through.
static Id bare(const File *f, Id expr) {
  for (;;) {
    const Expr *e = expr_at(f, expr);
    if (e->kind != EX_AWAIT && e->kind != EX_CAST && !(e->kind == EX_ALT && !e->c))
      return expr;
    expr = e->a;
  }
}

//
// What is iterated
//

// A push in a loop or in another function, or of a spread list; one that is just written down adds one element.
static bool grows_with_data(const File *f, Id member, Id home) {
  const Expr *call = expr_at(f, expr_at(f, member)->parent);
  for (uint32_t i = 0; call->kind == EX_CALL && i < call->count; i++)
    if (expr_at(f, list_at(f, call->first, i))->kind == EX_SPREAD)
      return true;
  Id scope = expr_at(f, member)->scope, function = f->facts.scopes.at[scope].function;
  for (; scope && f->facts.scopes.at[scope].kind != SC_FUNCTION; scope = f->facts.scopes.at[scope].parent)
    if (scope_is_loop(&f->facts.scopes.at[scope]))
      return true;
  return function != home;
}

static bool is_grown(Program *p, FileId file, Id binding) {
  static const char *const growers[] = {"push", "unshift", "splice", "add"};
  const File *f = &p->files.at[file];
  Name name = f->facts.bindings.at[binding].name;
  Id home = f->facts.scopes.at[f->facts.bindings.at[binding].scope].function;
  Slice uses = uses_of(p, file, binding);
  for (uint32_t i = 0; i < uses.n; i++) {
    const Expr *object = expr_at(f, uses.at[i]), *member = expr_at(f, object->parent);
    if (member->kind != EX_MEMBER || member->a != uses.at[i])
      continue;
    if (contains_any(text_of(f, member->name), growers, COUNT(growers)) && grows_with_data(f, object->parent, home) &&
        binding_of(p, file, object->scope, name, false) == binding)
      return true;
  }
  return false;
}

static bool is_short_array(const File *f, const Expr *e) {
  bool literals = true;
  for (uint32_t i = 0; i < e->count; i++) {
    uint8_t kind = expr_at(f, list_at(f, e->first, i))->kind;
    if (kind == EX_SPREAD)
      return false;
    literals = literals && (kind == EX_STRING || kind == EX_NUMBER);
  }
  return e->count > 0 && e->count <= (literals ? LITERAL_LIST : SHORT_LIST);
}

// An object literal of at most SHORT_LIST entries that gets no further ones.
static bool is_short_object(Program *p, FileId file, Id expr) {
  Value v = *value_at(p, expr ? value_of(p, file, expr) : VALUE_UNKNOWN);
  if (v.kind != VAL_OBJECT)
    return false;
  const Expr *literal = expr_at(&p->files.at[v.a], v.b);
  return literal->count > 0 && literal->count <= SHORT_LIST && !map_get(&p->files.at[v.a].written, v.b);
}

// A method that gives a list of at most the same length.
static bool keeps_length(const char *name) {
  static const char *const names[] = {"filter", "map", "slice", "reverse", "sort", "entries", "values", "keys"};
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

// A list of literals or an object literal of at most SHORT_LIST entries, seen through variables, casts, imports
// and `Object.keys(...)`.
static bool is_short_constant(Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > 6)
    return false;
  if (e->kind == EX_CAST)
    return is_short_constant(p, file, e->a, depth + 1);
  if (e->kind == EX_ARRAY)
    return is_short_array(f, e);
  if (e->kind == EX_IDENT) {
    Ref value = definition_of(p, file, expr);
    Id binding = value.file ? map_get(&p->files.at[value.file].owners, value.id) : 0;
    bool fixed = binding && !is_grown(p, value.file, binding);
    return fixed && is_short_constant(p, value.file, value.id, depth + 1);
  }
  if (e->kind != EX_CALL)
    return false;
  const Expr *callee = expr_at(f, e->a), *object = expr_at(f, callee->a);
  if (callee->kind != EX_MEMBER)
    return false;
  if (object->kind == EX_IDENT && !strcmp(text_of(f, object->name), "Object"))
    return is_short_object(p, file, argument_at(f, expr, 0));
  return keeps_length(text_of(f, callee->name)) && is_short_constant(p, file, callee->a, depth + 1);
}

// Whether a list holds chunks: made by a function or named after them, or of arrays.
static bool is_chunked(Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, bare(f, expr));
  if (!expr || depth > 4)
    return false;
  if (e->kind == EX_IDENT) {
    Id binding = binding_of(p, file, e->scope, e->name, false);
    const Binding *b = &f->facts.bindings.at[binding];
    if (names_chunks(text_of(f, e->name)))
      return true;
    return b->kind == BIND_CONST && b->value && is_chunked(p, file, b->value, depth + 1);
  }
  if (e->kind == EX_MEMBER)
    return names_chunks(text_of(f, e->name));
  if (e->kind != EX_CALL)
    return false;
  const Expr *callee = expr_at(f, e->a);
  if ((callee->kind == EX_MEMBER || callee->kind == EX_IDENT) && makes_chunks(text_of(f, callee->name)))
    return true;
  ValueId function = value_of(p, file, e->a);
  const LibraryExport *export = external_export(p, function);
  const Meaning *m = export ? &export->meaning : method_meaning(p, function);
  return m && m->chunks != ARG_NONE;
}

// The loop variable is named after a chunk or a page: `for (const userBatch of ...)`.
static bool binds_chunk(const File *f, Id scope) {
  static const char *const words[] = {"chunk", "batch", "page"};
  Slice bindings = bindings_at(f, scope);
  for (uint32_t i = 0; scope && i < bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    bool variable = b->kind == BIND_PARAM || expr_at(f, b->value)->kind == EX_ELEMENT;
    const char *name = text_of(f, b->name);
    size_t n = strlen(name);
    for (size_t k = 0; variable && k < COUNT(words); k++)
      if (n >= strlen(words[k]) && contains_word(name + n - strlen(words[k]), words[k]))
        return true;
  }
  return false;
}

static bool names_identity(const char *name) {
  static const char *const exact[] = {"id", "_id", "uuid", "slug"};
  size_t n = strlen(name);
  for (size_t i = 0; i < COUNT(exact); i++)
    if (!strcmp(name, exact[i]))
      return true;
  return n > 2 && (!strcmp(name + n - 2, "Id") || !strcmp(name + n - 2, "ID") || !strcmp(name + n - 3, "_id"));
}

// An id of the loop variable is read: it is a row that is called a page or a batch (`page.id`), no list of rows.
static bool binds_record(Program *p, FileId file, Id scope) {
  const File *f = &p->files.at[file];
  for (Id i = f->extents[scope].first; scope && i < f->extents[scope].end; i++) {
    const Expr *e = expr_at(f, i), *object = expr_at(f, e->a);
    if (e->kind != EX_MEMBER || !names_identity(text_of(f, e->name)))
      continue;
    if (object->kind == EX_ELEMENT && f->facts.scopes.at[scope].a == object->a)
      return true;
    Id binding = object->kind == EX_IDENT ? binding_of(p, file, object->scope, object->name, false) : 0;
    if (binding && f->facts.bindings.at[binding].scope == scope)
      return true;
  }
  return false;
}

static RepeatKind kind_of_list(Program *p, FileId file, Id over, Id scope) {
  // The rows of a query may be called pages.
  bool named = binds_chunk(&p->files.at[file], scope) && !query_behind(p, file, over).file;
  if ((named || is_chunked(p, file, over, 0)) && !binds_record(p, file, scope))
    return REPEAT_CHUNKS;
  bool keys = scope && p->files.at[file].facts.scopes.at[scope].kind == SC_FOR_IN;
  bool constant = keys ? is_short_object(p, file, over) : is_short_constant(p, file, over, 0);
  return constant ? REPEAT_CONSTANT : REPEAT_ELEMENT;
}

//
// Leaving
//

// Whether a `break` at `scope` leaves the loop, not a switch or an inner loop.
static bool break_leaves(const File *f, Id scope, Id loop) {
  for (; scope && scope != loop; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_SWITCH || scope_is_loop(s))
      return false;
  }
  return true;
}

// Whether the loop is always left after `expr` in the same round.
static bool leaves_after(const File *f, Id expr, Id loop) {
  const Expr *e = expr_at(f, expr);
  for (Id scope = e->scope; scope_inside(f, scope, loop); scope = f->facts.scopes.at[scope].parent) {
    Slice exits = exits_at(f, scope);
    for (uint32_t i = 0; i < exits.n; i++) {
      const Exit *exit = &f->facts.exits.at[exits.at[i]];
      bool after = exit->kind != EXIT_CONTINUE && exit->span.end >= e->span.end &&
                   f->facts.scopes.at[scope].function == f->facts.scopes.at[loop].function;
      if (after && (exit->kind != EXIT_BREAK || break_leaves(f, scope, loop)))
        return true;
    }
  }
  return false;
}

//
// Loops with a condition
//

static bool has_catch(const File *f, Id loop) {
  for (Id i = loop; i < f->extents[loop].scopes; i++)
    if (f->facts.scopes.at[i].kind == SC_CATCH)
      return true;
  return false;
}

static bool steps_by_one(const File *f, Id update) {
  const Expr *e = expr_at(f, update);
  const char *op = text_of(f, e->name);
  if (e->kind != EX_ASSIGN)
    return false;
  if (!strcmp(op, "++") || !strcmp(op, "--"))
    return true;
  const Expr *step = expr_at(f, e->b);
  return step->kind == EX_NUMBER && !strcmp(text_of(f, step->name), "1");
}

// An element is taken by the counter: `ids[i]`, `ids[i++]`.
static bool is_index(const File *f, Id loop, Name counter) {
  for (Id i = f->extents[loop].first; i < f->extents[loop].end; i++) {
    const Expr *e = expr_at(f, i), *index = expr_at(f, e->b);
    index = index->kind == EX_ASSIGN ? expr_at(f, index->a) : index;
    if (e->kind == EX_INDEX && index->kind == EX_IDENT && index->name == counter && scope_inside(f, e->scope, loop))
      return true;
  }
  return false;
}

// `i++` or `i += size` in the loop, of a variable that the condition compares with a length or that is an index.
static RepeatKind kind_of_counter(const File *f, Id loop, Id condition) {
  for (Id i = f->extents[loop].first; i < f->extents[loop].end; i++) {
    const Expr *e = expr_at(f, i), *target = expr_at(f, e->a);
    if (e->kind != EX_ASSIGN || target->kind != EX_IDENT || !scope_inside(f, e->scope, loop))
      continue;
    if (!any_part(f, condition, is_name, &target->name, 0))
      continue;
    const char *op = text_of(f, e->name);
    if (!any_part(f, condition, is_length, NULL, 0) && !is_index(f, loop, target->name))
      continue;
    if (steps_by_one(f, i))
      return REPEAT_ELEMENT;
    if (!strcmp(op, "+="))
      return REPEAT_CHUNKS;
  }
  return REPEAT_NONE;
}

bool is_taken_from(Program *p, FileId file, Id value, Id expr, bool *first, int depth) {
  const File *f = &p->files.at[file];
  for (; value && depth < MAX_TAKEN; depth++) {
    value = bare(f, value);
    const Expr *e = expr_at(f, value);
    if (value == expr)
      return true;
    if (e->kind == EX_ALT && is_taken_from(p, file, e->b, expr, first, depth + 1))
      return true;
    *first = *first || (e->kind == EX_INDEX && !strcmp(text_of(f, e->name), "0"));
    const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
    bool path = e->kind == EX_MEMBER || e->kind == EX_INDEX || e->kind == EX_ALT;
    value = path ? e->a : b->kind == BIND_CONST || b->kind == BIND_LET ? b->value : 0;
  }
  return false;
}

// `cursor.next()`, `cursor.hasNext()`: rows one after another.
static bool is_cursor_step(const File *f, Id expr, const void *with) {
  (void)with;
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  return e->kind == EX_CALL && (!strcmp(name, "next") || !strcmp(name, "hasNext"));
}

// Elements are taken from a collection that the condition asks, or in a loop without a condition: a work list. What
// is awaited comes from somewhere else, and the rows of the query itself are no list of work.
static RepeatKind kind_of_worklist(Program *p, FileId file, Id expr, Id loop, Id condition) {
  const File *f = &p->files.at[file];
  bool endless = !condition || expr_at(f, condition)->kind == EX_LITERAL;
  if (any_part(f, condition, is_cursor_step, NULL, 0))
    return REPEAT_ELEMENT;
  for (Id i = f->extents[loop].first; i < f->extents[loop].end; i++) {
    const Expr *e = expr_at(f, i), *callee = expr_at(f, e->a), *object = expr_at(f, callee->a);
    if (e->kind != EX_CALL || callee->kind != EX_MEMBER || object->kind != EX_IDENT || !scope_inside(f, e->scope, loop))
      continue;
    const char *name = text_of(f, callee->name);
    if (expr_at(f, e->parent)->kind == EX_AWAIT || (!endless && !any_part(f, condition, is_name, &object->name, 0)))
      continue;
    bool first = false;
    if (is_taken_from(p, file, callee->a, expr, &first, 0))
      continue;
    if (!strcmp(name, "pop") || !strcmp(name, "shift"))
      return REPEAT_ELEMENT;
    if (!strcmp(name, "splice"))
      return REPEAT_CHUNKS;
  }
  return REPEAT_NONE;
}

// A variable that lives longer than a round.
static bool is_older(const Program *p, FileId file, const Expr *variable, Id loop) {
  const File *f = &p->files.at[file];
  Id scope = f->facts.bindings.at[binding_of(p, file, variable->scope, variable->name, false)].scope;
  return !scope_inside(f, scope, loop) || (scope == loop && f->facts.scopes.at[loop].kind == SC_FOR);
}

// `while (node) node = await find(node.parentId)`: a variable gets the row that was read by it, or the key of the
// next one, one row at a time.
static bool is_parent_walk(Program *p, FileId file, Id expr, Id loop, Id condition) {
  const File *f = &p->files.at[file];
  if (any_part(f, condition, is_length, NULL, 0))
    return false;
  for (Id i = f->extents[loop].first; i < f->extents[loop].end; i++) {
    const Expr *e = expr_at(f, i), *target = expr_at(f, e->a);
    if (e->kind != EX_ASSIGN || target->kind != EX_IDENT || !scope_inside(f, e->scope, loop))
      continue;
    if (!is_older(p, file, target, loop) || !any_part(f, expr, is_name, &target->name, 0))
      continue;
    bool first = false, row = bare(f, e->b) == expr && any_part(f, condition, is_name, &target->name, 0);
    row = row && !any_part(f, expr, is_next_name, NULL, 0);
    if (row || (is_taken_from(p, file, e->b, expr, &first, 0) && (first || reads_one_row(p, file, expr, 0))))
      return true;
  }
  return false;
}

static RepeatKind kind_of_while(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  Id condition = f->facts.scopes.at[loop].a;
  Repeat here = {.kind = REPEAT_PAGES, .scope = loop};
  if (any_part(f, condition, is_expr, &expr, 0))
    return REPEAT_POLL;
  RepeatKind kind = kind_of_worklist(p, file, expr, loop, condition);
  kind = kind ? kind : kind_of_counter(f, loop, condition);
  if (kind)
    return kind;
  if (is_parent_walk(p, file, expr, loop, condition))
    return REPEAT_PARENT_WALK;
  if (any_part(f, condition, is_retry_name, NULL, 0))
    return REPEAT_RETRY;
  if (varies(p, file, expr, &here))
    return reads_one_row(p, file, expr, 0) ? REPEAT_POLL : REPEAT_PAGES;
  return has_catch(f, loop) ? REPEAT_RETRY : REPEAT_POLL;
}

// `i < 3`.
static bool is_few(const File *f, Id condition) {
  const Expr *e = expr_at(f, condition), *limit = expr_at(f, e->b);
  const char *text = text_of(f, limit->name);
  bool below = e->kind == EX_BINARY && *text_of(f, e->name) == '<';
  return below && limit->kind == EX_NUMBER && strlen(text) == 1 && *text <= '0' + SHORT_LIST;
}

static bool is_times(const File *f, Id expr, const void *with) {
  (void)with;
  return expr_at(f, expr)->kind == EX_BINARY && !strcmp(text_of(f, expr_at(f, expr)->name), "*");
}

// `ids.slice(i * size, ...)` in the loop: it counts chunks.
static bool counts_chunks(const File *f, Id loop) {
  for (Id i = f->extents[loop].first; i < f->extents[loop].end; i++) {
    const Expr *e = expr_at(f, i), *callee = expr_at(f, e->a);
    if (e->kind == EX_CALL && e->count && callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "slice") &&
        any_part(f, list_at(f, e->first, 0), is_times, NULL, 0) && scope_inside(f, e->scope, loop))
      return true;
  }
  return false;
}

// `!row`, `row === null`, `rows.length === 0`.
static bool asks_for_absence(const File *f, Id condition) {
  static const char *const nothing[] = {"null", "undefined", "0", "false"};
  const Expr *e = expr_at(f, condition);
  const char *op = text_of(f, e->name), *right = text_of(f, expr_at(f, e->b)->name);
  if (e->kind == EX_UNARY)
    return !strcmp(op, "!");
  if (e->kind == EX_BINARY && (!strcmp(op, "===") || !strcmp(op, "==")))
    for (size_t i = 0; i < COUNT(nothing); i++)
      if (!strcmp(right, nothing[i]))
        return true;
  return false;
}

// A counter that is tried until the query finds nothing: `if (!(await find(name))) return name`.
static bool is_probe(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  Id binding = map_get(&f->owners, expr);
  Slice exits = exits_inside(f, loop);
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    if (exit->kind == EXIT_CONTINUE || s->kind != SC_IF || !asks_for_absence(f, s->a))
      continue;
    if (any_part(f, s->a, is_expr, &expr, 0) ||
        (binding && any_part(f, s->a, is_name, &f->facts.bindings.at[binding].name, 0)))
      return true;
  }
  return false;
}

static RepeatKind kind_of_for(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  const Scope *s = &f->facts.scopes.at[loop];
  Repeat here = {.kind = REPEAT_ELEMENT, .scope = loop};
  if (!s->a || !s->b)
    return kind_of_while(p, file, expr, loop);
  if (!steps_by_one(f, s->b))
    return expr_at(f, s->b)->kind == EX_ASSIGN && *text_of(f, expr_at(f, s->b)->name) != '=' ? REPEAT_CHUNKS
                                                                                            : kind_of_while(p, file, expr, loop);
  if (any_part(f, s->a, is_length, NULL, 0))
    return REPEAT_ELEMENT;
  if (any_part(f, s->a, is_retry_name, NULL, 0))
    return REPEAT_RETRY;
  if (any_part(f, s->a, is_page_name, NULL, 0) || any_part(f, s->b, is_page_name, NULL, 0))
    return REPEAT_PAGES;
  if (is_few(f, s->a))
    return REPEAT_CONSTANT;
  if (counts_chunks(f, loop))
    return REPEAT_CHUNKS;
  if (is_probe(p, file, expr, loop))
    return REPEAT_POLL;
  return varies(p, file, expr, &here) ? REPEAT_ELEMENT : REPEAT_RETRY;
}

//
// Branches that run for few elements
//

// Whether an identifier is what changes in the region: its loop variable or the callback's parameter.
static bool is_item(Program *p, FileId file, Id expr, Id region) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  return binding && p->files.at[file].facts.bindings.at[binding].scope == region;
}

// `item.id` of what changes in the region.
static bool is_item_identity(Program *p, FileId file, Id expr, Id region) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_MEMBER && names_identity(text_of(f, e->name)) && is_item(p, file, e->a, region);
}

// `item === "name"`, `item.id === wantedId`: one element passes.
static bool compares_item(Program *p, FileId file, Id condition, Id region) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition);
  const char *op = text_of(f, e->name);
  if (e->kind != EX_BINARY || (strcmp(op, "===") && strcmp(op, "==")))
    return false;
  if (is_item(p, file, e->a, region) && expr_at(f, e->b)->kind == EX_STRING)
    return true;
  const Expr *other = expr_at(f, e->b);
  Id binding = other->kind == EX_IDENT ? binding_of(p, file, other->scope, other->name, false) : 0;
  bool older = binding && !scope_inside(f, f->facts.bindings.at[binding].scope, region);
  return older && is_item_identity(p, file, e->a, region);
}

// `batch.length === 500` of a list that the loop fills, `i % 500 === 0`: the batch is full.
static bool is_flush(Program *p, FileId file, Id condition, Id region) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition), *left = expr_at(f, e->a), *list = expr_at(f, left->a);
  const char *op = text_of(f, e->name), *limit = text_of(f, expr_at(f, e->b)->name);
  if (e->kind == EX_ALT)
    return is_flush(p, file, e->a, region) || is_flush(p, file, e->b, region);
  if (e->kind != EX_BINARY || (strcmp(op, ">=") && strcmp(op, ">") && strcmp(op, "===") && strcmp(op, "==")))
    return false;
  if (left->kind == EX_BINARY)
    return !strcmp(text_of(f, left->name), "%");
  if (!is_length(f, e->a, NULL) || list->kind != EX_IDENT || !strcmp(limit, "0"))
    return false;
  Slice uses = uses_inside(p, file, list->name, region);
  for (uint32_t i = 0; i < uses.n; i++) {
    Id member = expr_at(f, uses.at[i])->parent;
    const Expr *callee = expr_at(f, member), *call = expr_at(f, callee->parent);
    const char *name = text_of(f, callee->name);
    bool fills = call->kind == EX_CALL && call->a == member && callee->kind == EX_MEMBER && callee->a == uses.at[i] &&
                 (!strcmp(name, "push") || !strcmp(name, "add"));
    if (fills && scope_inside(f, call->scope, region))
      return true;
  }
  return false;
}

// Whether two expressions are the same variable, or the same member of `this`.
static bool is_same_place(const File *f, Id left, Id right) {
  const Expr *a = expr_at(f, left), *b = expr_at(f, right);
  if (a->kind != b->kind || a->name != b->name)
    return false;
  return a->kind == EX_IDENT || (a->kind == EX_MEMBER && expr_at(f, a->a)->kind == EX_THIS && expr_at(f, b->a)->kind == EX_THIS);
}

// `x ??= await ...` and `if (!x) x = await ...` where x is older than the region: the first round asks.
static bool fills_once(Program *p, FileId file, const Scope *s, Id scope, Id region) {
  const File *f = &p->files.at[file];
  bool absent = s->kind == SC_IF && asks_for_absence(f, s->a);
  Id place = s->kind == SC_BRANCH ? s->a : absent ? expr_at(f, s->a)->a : 0;
  const Expr *e = expr_at(f, place), *around = expr_at(f, e->parent);
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  if (!place || (binding && scope_inside(f, f->facts.bindings.at[binding].scope, region)))
    return false;
  if (s->kind == SC_BRANCH)
    return around->kind == EX_ASSIGN && around->a == place && is_same_place(f, place, place);
  for (Id i = f->extents[scope].first; i < f->extents[scope].end; i++)
    if (expr_at(f, i)->kind == EX_ASSIGN && is_same_place(f, expr_at(f, i)->a, place) && scope_inside(f, expr_at(f, i)->scope, scope))
      return true;
  return false;
}

// What the branches between an expression and the region that repeats it make of the repetition.
static RepeatKind kind_of_branch(Program *p, FileId file, Id expr, Id region) {
  const File *f = &p->files.at[file];
  for (Id scope = expr_at(f, expr)->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_CATCH)
      return REPEAT_ERROR_PATH;
    if (s->kind == SC_SWITCH && is_item(p, file, s->a, region))
      return REPEAT_DISPATCH;
    if (s->kind == SC_IF && compares_item(p, file, s->a, region))
      return REPEAT_DISPATCH;
    if (s->kind == SC_IF && is_flush(p, file, s->a, region))
      return REPEAT_CHUNKS;
    if (fills_once(p, file, s, scope, region))
      return REPEAT_ONCE;
  }
  return REPEAT_NONE;
}

static RepeatKind kind_of_loop(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  const Scope *s = &f->facts.scopes.at[loop];
  if (leaves_after(f, expr, loop))
    return REPEAT_LEAVES;
  RepeatKind branch = kind_of_branch(p, file, expr, loop);
  if (branch)
    return branch;
  if (s->kind == SC_FOR_OF || s->kind == SC_FOR_AWAIT || s->kind == SC_FOR_IN)
    return kind_of_list(p, file, s->a, loop);
  return s->kind == SC_FOR ? kind_of_for(p, file, expr, loop) : kind_of_while(p, file, expr, loop);
}

//
// From the expression outwards
//

// The call that gets the function as an argument written in place, or that calls it at once; 0 if none.
static Id call_around(const File *f, Id function, int *index) {
  Id expr = f->facts.functions.at[function].expr;
  Id argument = argument_holding(f, expr), parent = expr_at(f, argument)->parent;
  *index = parent ? argument_index(f, parent, argument) : -1;
  const Expr *e = expr_at(f, parent);
  bool called = e->kind == EX_CALL && e->a == expr;
  return *index >= 0 || called ? parent : 0;
}

Id inline_call(Program *p, FileId file, Id function, int *index, int *use, Id *over) {
  const File *f = &p->files.at[file];
  Id call = call_around(f, function, index), argument = call ? argument_at(f, call, *index) : 0;
  bool listed = argument && argument != f->facts.functions.at[function].expr;
  *over = 0;
  if (listed)
    *use = is_task_list(p, file, call, argument) ? EDGE_ONCE : -1;
  else
    *use = !call ? -1 : *index < 0 ? EDGE_ONCE : argument_use(p, file, call, (uint32_t)*index, over);
  return *use < 0 ? 0 : call;
}

// The object whose length an expression asks.
static Id measured(const File *f, Id expr, int depth) {
  Id parts[64];
  if (is_length(f, expr, NULL))
    return expr_at(f, expr)->a;
  uint32_t n = depth < 4 ? expr_children(f, expr, parts, COUNT(parts)) : 0;
  Id found = 0;
  for (uint32_t i = 0; i < n && !found; i++)
    found = measured(f, parts[i], depth + 1);
  return found;
}

// What a loop iterates: the iterable, or `xs` of `i < xs.length`; 0 if it cannot be seen.
static Id iterated_by(const File *f, const Scope *s) {
  if (s->kind == SC_FOR_OF || s->kind == SC_FOR_IN || s->kind == SC_FOR_AWAIT)
    return s->a;
  return scope_is_loop(s) && s->a ? measured(f, s->a, 0) : 0;
}

// The repetition that entering this scope is, with the kind still open. Crossing into a function written in
// place moves *expr and *scope to the call that gets it. False where the way outwards ends.
static bool step_out(Program *p, FileId file, Id *expr, Id *scope, Repeat *here) {
  const File *f = &p->files.at[file];
  const Scope *s = &f->facts.scopes.at[*scope];
  *here = (Repeat){.over = iterated_by(f, s)};
  if (scope_is_loop(s)) {
    here->scope = *scope;
    here->kind = kind_of_loop(p, file, *expr, *scope);
  }
  if (s->kind != SC_FUNCTION) {
    *scope = s->parent;
    return true;
  }
  const Resolver *resolver = resolver_at(p, file, s->function);
  if (resolver && resolver->parents) {
    *here = (Repeat){.kind = REPEAT_PARENTS, .callback = s->function, .items = resolver->parents};
    *scope = s->parent;
    return true;
  }
  int index, use;
  Id over, call = inline_call(p, file, s->function, &index, &use, &over);
  if (!call)
    return false;
  *here = (Repeat){.call = call, .callback = s->function, .over = over};
  if (use == EDGE_EACH) {
    RepeatKind branch = kind_of_branch(p, file, *expr, *scope);
    here->kind = branch ? branch : kind_of_list(p, file, over, *scope);
  }
  *expr = call;
  *scope = expr_at(f, call)->scope;
  return true;
}

bool only_collects(const File *f, Id call) {
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  return !strcmp(name, "push") || !strcmp(name, "unshift");
}

Repeat repeat_of(Program *p, FileId file, Id expr) {
  Repeat first = {0}, here;
  bool deferred = false;
  Id scope = expr_at(&p->files.at[file], expr)->scope;
  while (scope && step_out(p, file, &expr, &scope, &here)) {
    here.deferred = deferred;
    deferred = deferred || (here.call && only_collects(&p->files.at[file], here.call));
    if (!repeat_is_open(here.kind))
      return here;
    if (!first.kind)
      first = here;
  }
  return first;
}

Repeat repeat_of_edge(Program *p, FileId file, const Edge *edge) {
  Repeat repeat = {.call = edge->call, .over = edge->over};
  repeat.kind = kind_of_list(p, file, edge->over, 0);
  return repeat;
}

// A function that calls itself with a member of the row that it has read: a walk to the parent.
Repeat repeat_of_recursion(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call);
  for (uint32_t i = 0; i < e->count; i++) {
    Id part = bare(f, list_at(f, e->first, i));
    bool member = expr_at(f, part)->kind == EX_MEMBER;
    while (expr_at(f, part)->kind == EX_MEMBER)
      part = bare(f, expr_at(f, part)->a);
    const Expr *row = expr_at(f, part);
    Id binding = member && row->kind == EX_IDENT ? binding_of(p, file, row->scope, row->name, false) : 0;
    const Binding *b = &f->facts.bindings.at[binding];
    Id query = b->kind == BIND_CONST && expr_at(f, b->value)->kind == EX_AWAIT ? bare(f, b->value) : 0;
    if (query && unit_of(f, query) == unit_of(f, call) && reads_one_row(p, file, query, 0))
      return (Repeat){.kind = REPEAT_PARENT_WALK, .call = call};
  }
  return (Repeat){.kind = REPEAT_NONE};
}
