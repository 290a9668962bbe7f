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

// How much a name says of chunks: pages and partitions may as well be rows that are called so.
typedef enum Hint { HINT_NONE, HINT_MAYBE, HINT_CHUNKS } Hint;

// A list of chunks; `batch` alone is a list of elements.
static Hint names_chunks(const char *name) {
  static const char *const words[] = {"chunks", "batches", "slices"}, *const vague[] = {"partitions"};
  return contains_any(name, words, COUNT(words)) ? HINT_CHUNKS : contains_any(name, vague, COUNT(vague)) ? HINT_MAYBE : HINT_NONE;
}

// A function that makes one.
static Hint makes_chunks(const char *name) {
  static const char *const words[] = {"chunk", "batches", "inbatch", "splitinto"}, *const vague[] = {"partition", "page"};
  return contains_any(name, words, COUNT(words)) ? HINT_CHUNKS : contains_any(name, vague, COUNT(vague)) ? HINT_MAYBE : HINT_NONE;
}

// Whether a list holds chunks: made by a function or named after them.
static Hint is_chunked(Program *p, FileId file, Id expr, int depth) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr_bare(f, expr));
  Hint hint = HINT_NONE;
  if (!expr || depth > 4)
    return HINT_NONE;
  if (e->kind == EX_IDENT) {
    Id binding = binding_of(p, file, e->scope, e->name, false);
    const Binding *b = &f->facts.bindings.at[binding];
    hint = names_chunks(text_of(f, e->name));
    return !hint && b->kind == BIND_CONST && b->value ? is_chunked(p, file, b->value, depth + 1) : hint;
  }
  if (e->kind == EX_MEMBER)
    return names_chunks(text_of(f, e->name));
  if (e->kind != EX_CALL)
    return HINT_NONE;
  const Expr *callee = expr_at(f, e->a);
  if (callee->kind == EX_MEMBER || callee->kind == EX_IDENT)
    hint = makes_chunks(text_of(f, callee->name));
  ValueId function = value_of(p, file, e->a);
  const LibraryExport *export = external_export(p, function);
  const Meaning *m = export ? &export->meaning : method_meaning(p, function);
  return m && argument_at(f, expr_bare(f, expr), m->chunks) ? HINT_CHUNKS : hint;
}

static bool is_loop_variable(const File *f, const Binding *b, Id scope) {
  return b->scope == scope && (b->kind == BIND_PARAM || expr_at(f, b->value)->kind == EX_ELEMENT);
}

static bool ends_with_word(const char *name, const char *word) {
  size_t n = strlen(name), k = strlen(word);
  return n >= k && contains_word(name + n - k, word);
}

// The loop variable is named after a chunk or a page: `for (const userBatch of ...)`.
static Hint binds_chunk(const File *f, Id scope) {
  Slice bindings = bindings_at(f, scope);
  for (uint32_t i = 0; scope && i < bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    const char *name = is_loop_variable(f, b, scope) ? text_of(f, b->name) : "";
    if (ends_with_word(name, "chunk") || ends_with_word(name, "batch"))
      return HINT_CHUNKS;
    if (ends_with_word(name, "page"))
      return HINT_MAYBE;
  }
  return HINT_NONE;
}

// Whether an expression is what a loop or callback gets in each round.
static bool is_item(const Program *p, FileId file, Id scope, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (e->kind == EX_ELEMENT)
    return f->facts.scopes.at[scope].a == e->a;
  Id binding = e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
  return binding && is_loop_variable(f, &f->facts.bindings.at[binding], scope);
}

typedef bool ItemTest(Program *p, FileId file, Id scope, Id expr);

static bool any_inside(Program *p, FileId file, Id scope, ItemTest *test) {
  Extent extent = scope ? p->files.at[file].extents[scope] : (Extent){0};
  for (Id i = extent.first; i < extent.end; i++)
    if (test(p, file, scope, i))
      return true;
  return false;
}

// Its id is read: it is a row that is called a page or a batch (`page.id`), no list of rows.
static bool reads_identity(Program *p, FileId file, Id scope, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_MEMBER && names_identity(text_of(f, e->name)) && is_item(p, file, scope, e->a);
}

// A list in it is read: `batch.items`.
static bool reads_list(Program *p, FileId file, Id scope, Id expr) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  return e->kind == EX_MEMBER && is_item(p, file, scope, e->a) && value_at(p, value_of(p, file, expr))->kind == VAL_ARRAY;
}

// Whether a call hands it to what takes a list: `inArray(users.id, page)`, a function of ours with such a parameter.
static bool takes_list(Program *p, FileId file, Id scope, const Expr *call) {
  const File *f = &p->files.at[file];
  ValueId callee = value_of(p, file, call->a);
  Ref function = value_function(p, callee);
  for (uint32_t i = 0; i < call->count; i++) {
    if (!is_item(p, file, scope, list_at(f, call->first, i)))
      continue;
    if (function.file ? value_at(p, value_of_param(p, function.file, function.id, i))->kind == VAL_ARRAY
                      : external_export(p, callee) != NULL)
      return true;
  }
  return false;
}

// It is used as a list is, and seldom a text: `...page`, `page.length`, `for (const row of page)`, `{ in: page }`.
static bool uses_list(Program *p, FileId file, Id scope, Id expr) {
  static const char *const members[] = {"length", "map",   "forEach", "filter", "flatMap", "reduce", "some",
                                        "find",   "every", "entries", "push",   "sort",    "join"};
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const char *name = text_of(f, e->name);
  switch (e->kind) {
  case EX_CALL:
    return takes_list(p, file, scope, e);
  case EX_MEMBER:
    return is_any_of(name, members, COUNT(members)) && is_item(p, file, scope, e->a);
  case EX_PROPERTY:
    return (!strcmp(name, "in") || !strcmp(name, "$in")) && is_item(p, file, scope, e->a);
  case EX_SPREAD:
    return is_item(p, file, scope, e->a);
  case EX_ELEMENT:
    return e->a != f->facts.scopes.at[scope].a && is_item(p, file, scope, e->a);
  default:
    return false;
  }
}

// Whether the elements of a list that is named so are chunks: lists by their type, or no objects and used so.
static bool holds_chunks(Program *p, FileId file, Id over, Id scope, Hint hint) {
  ValueId each[4];
  uint32_t n = value_each(p, value_element(p, value_of(p, file, over)), each), objects = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint8_t kind = value_at(p, each[i])->kind;
    if (kind == VAL_ARRAY)
      return true;
    objects += kind == VAL_INSTANCE || kind == VAL_SHAPE || kind == VAL_OBJECT || kind == VAL_LIBRARY;
  }
  if (holds_primitives(p, file, over) || query_behind(p, file, over).file || any_inside(p, file, scope, reads_identity))
    return false;
  if (objects)
    return any_inside(p, file, scope, reads_list);
  return hint == HINT_CHUNKS || any_inside(p, file, scope, uses_list);
}

// Whether a use of a chunk takes one of its elements: `chunk[0]`.
static bool takes_element(const File *f, Id use) {
  const Expr *parent = expr_at(f, expr_at(f, use)->parent);
  const char *index = parent->kind == EX_INDEX && parent->a == use ? text_of(f, parent->name) : "";
  return index[0] >= '0' && index[0] <= '9';
}

bool asks_for_one(Program *p, FileId file, Id expr, Id scope) {
  const File *f = &p->files.at[file];
  Span span = expr_at(f, expr)->span;
  Slice bindings = bindings_at(f, scope);
  bool one = false;
  for (uint32_t i = 0; scope && i < bindings.n; i++) {
    Slice uses = uses_of(p, file, bindings.at[i]);
    for (uint32_t k = 0; k < uses.n; k++) {
      const Expr *use = expr_at(f, uses.at[k]);
      if (use->span.start < span.start || use->span.end > span.end)
        continue;
      if (!takes_element(f, uses.at[k]))
        return false;
      one = true;
    }
  }
  return one;
}

static RepeatKind list_shape(Program *p, FileId file, Id over, Id scope) {
  Hint bound = binds_chunk(&p->files.at[file], scope), listed = is_chunked(p, file, over, 0);
  Hint hint = bound > listed ? bound : listed;
  if (hint && holds_chunks(p, file, over, scope, hint))
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
