// lists.c - what a loop or a callback iterates: elements, chunks, or a short list written in the code.
#include "graph.h"
#include "repeat.h"

#include <string.h>

enum { LITERAL_LIST = 64 };  // strings and numbers: written by hand, they do not grow with the data

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

enum { MAX_SPREAD = 4, MANY = SHORT_LIST + 1 };  // literals spread into each other; entries, or nobody knows how many

// How many entries an object has that is written in the code and gets no further ones. MANY for any other.
static uint32_t entries_of(Program *p, FileId file, Id expr, int depth) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  if (depth > MAX_SPREAD)
    return MANY;
  if (e->kind == EX_ALT) {  // `...(open && { open })` adds nothing or what is on the right
    bool both = strcmp(text_of(&p->files.at[file], e->name), "&&");
    uint32_t left = both ? entries_of(p, file, e->a, depth + 1) : 0, right = entries_of(p, file, e->b, depth + 1);
    return left > right ? left : right;
  }
  Value v = *value_at(p, expr ? value_of(p, file, expr) : VALUE_UNKNOWN);
  const File *f = &p->files.at[v.kind == VAL_OBJECT ? v.a : 0];
  if (v.kind != VAL_OBJECT || expr_at(f, v.b)->count > SHORT_LIST || map_get(&f->written, v.b))
    return MANY;
  uint32_t entries = 0;
  for (uint32_t i = 0; i < expr_at(f, v.b)->count; i++) {
    const Expr *item = expr_at(f, list_at(f, expr_at(f, v.b)->first, i));
    entries += item->kind == EX_SPREAD ? entries_of(p, v.a, item->a, depth + 1) : 1;
  }
  return entries;
}

static bool is_short_object(Program *p, FileId file, Id expr) {
  uint32_t entries = entries_of(p, file, expr, 0);
  return entries > 0 && entries <= SHORT_LIST;
}

// A method that gives a list of at most the same length.
static bool keeps_length(const char *name) {
  static const char *const names[] = {"filter", "map", "slice", "reverse", "sort", "entries", "values", "keys"};
  return is_any_of(name, names, COUNT(names));
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

// A list of chunks, or a function that makes one; `batch` alone is a list of elements.
static bool names_chunks(const char *name) {
  static const char *const words[] = {"chunks", "batches", "slices", "partitions"};
  return contains_any(name, words, COUNT(words));
}

static bool makes_chunks(const char *name) {
  static const char *const words[] = {"chunk", "batches", "inbatch", "partition", "splitinto", "page"};
  return contains_any(name, words, COUNT(words));
}

// Whether a list holds chunks: made by a function or named after them, or of arrays.
static bool is_chunked(Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr_bare(f, expr));
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

static RepeatKind list_shape(Program *p, FileId file, Id over, Id scope) {
  // The rows of a query may be called pages.
  bool named = binds_chunk(&p->files.at[file], scope) && !query_behind(p, file, over).file;
  if ((named || is_chunked(p, file, over, 0)) && !binds_record(p, file, scope))
    return REPEAT_CHUNKS;
  bool keys = scope && p->files.at[file].facts.scopes.at[scope].kind == SC_FOR_IN;
  bool constant = keys ? is_short_object(p, file, over) : is_short_constant(p, file, over, 0);
  return constant ? REPEAT_CONSTANT : REPEAT_ELEMENT;
}

// Kept for the other queries of the loop, unless some value is being evaluated and not known yet.
RepeatKind kind_of_list(Program *p, FileId file, Id over, Id scope) {
  uint64_t key = (uint64_t)over << 32 | scope;
  uint32_t known = map_get(&p->files.at[file].lists, key);
  if (known)
    return (RepeatKind)known;
  RepeatKind kind = list_shape(p, file, over, scope);
  if (!p->depth)
    map_put(&p->files.at[file].lists, key, kind);
  return kind;
}
