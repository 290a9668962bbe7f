// filter.c - by what a repeated query is asked: the key, and the value for it as the repetition sees it.
//
// The query may stand in a function that the repetition calls, or some calls further down. A value is then followed
// back through the parameters of each function on the way.
#include "judge.h"
#include "values.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FRAMES = 12, MAX_STEPS = 12, MAX_DEPTH = 8, MAX_PARTS = 4000 };

// The calls from the repetition on; the last one is the query itself.
typedef struct Frames {
  Way at[MAX_FRAMES];
  uint32_t n;
} Frames;

// A value and the members that are read of it: `line` and ".variant.id".
typedef struct Seen {
  Id expr;
  char path[FILTER_PATH];
} Seen;

// Where the search for a filter stands.
typedef struct Search {
  Program *p;
  const Repeated *r;
  Frames frames;
  FileId file;        // of the query
  Id condition;       // the property or call that says it
  const char *relation;  // property of a relation around, NULL for the table's own columns
  const char *quantity;  // how many of its rows, "some", or ""
  const char *outer;     // the outermost one
  uint32_t nested;    // filters of relations around
  bool in_filter;     // not in options or in a chain of calls
  bool in_list;       // the condition compares with each of a list
  uint16_t library;   // of the query
  uint32_t parts;     // that were looked at: what is spread many times is read as often
  Items items[MAX_FRAMES];  // memo of items_of()
  bool known[MAX_FRAMES];
  Filter found;
} Search;

static bool frames_of(const Program *p, const Repeated *r, Frames *frames) {
  Way way = way_of(r);
  frames->n = 0;
  do {
    if (frames->n == MAX_FRAMES)
      return false;
    frames->at[frames->n++] = way;
  } while (way_next(p, &way));
  const Way *last = &frames->at[frames->n - 1];
  const Site *site = &p->sites.at[r->site];
  bool inside = last->via.file == site->expr.file && last->via.id == site->unit;  // not the nearest of its kind
  if (last->via.file && inside && frames->n < MAX_FRAMES)
    frames->at[frames->n++] = (Way){.file = site->expr.file, .expr = site->expr.id, .site = r->site};
  return !frames->at[frames->n - 1].via.file;
}

//
// Values, seen from the repetition
//

static bool put_text(Seen *seen, const char *before, const char *name, const char *after) {
  char path[sizeof seen->path];
  int n = snprintf(path, sizeof path, "%s%s%s%s", before, name, after, seen->path);
  if (!*name || n < 0 || (size_t)n >= sizeof path)
    return false;
  memcpy(seen->path, path, (size_t)n + 1);
  return true;
}

static bool put_before(Seen *seen, const char *name) { return put_text(seen, ".", name, ""); }

// One of a list: `[1]`.
static bool put_index(Seen *seen, const char *index) {
  return strspn(index, "0123456789") == strlen(index) && put_text(seen, "[", index, "]");
}

// What a variable is set to where it is made, 0 if that is no other place to look at.
static Id origin_of(const Program *p, FileId file, const Expr *e) {
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)];
  return b->kind == BIND_PARAM || b->kind == BIND_CONST ? b->value : 0;
}

// The parameter of a function that the value is taken from, or `this`, and the path from there; 0 if it is of neither.
static Id strip_to_param(const Program *p, FileId file, Id function, Seen *seen) {
  const File *f = &p->files.at[file];
  for (int step = 0; step < MAX_STEPS; step++) {
    const Expr *e = expr_at(f, seen->expr);
    bool through = e->kind == EX_CAST || (e->kind == EX_ALT && strcmp(text_of(f, e->name), "&&") && !e->c);
    if (e->kind == EX_PARAM)
      return e->a == function ? seen->expr : 0;
    if (e->kind == EX_THIS)
      return seen->expr;
    if (e->kind == EX_MEMBER && !put_before(seen, text_of(f, e->name)))
      return 0;
    if (e->kind == EX_IDENT)
      seen->expr = origin_of(p, file, e);
    else if (e->kind == EX_MEMBER || through)
      seen->expr = e->a;
    else
      return 0;
  }
  return 0;
}

static Id property_of(const File *f, Id object, const char *name, size_t n) {
  const Expr *e = expr_at(f, object);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    const char *key = text_of(f, x->name);
    if (x->kind == EX_PROPERTY && strlen(key) == n && !strncmp(key, name, n))
      return x->a;
  }
  return 0;
}

// `{ id: x }` of an argument, also of one that is made from it: `Command.create({ id: x })`.
static Id object_of(const File *f, Id argument) {
  const Expr *e = expr_at(f, argument);
  bool made = (e->kind == EX_CALL || e->kind == EX_NEW) && e->count == 1;
  return made ? list_at(f, e->first, 0) : argument;
}

// Take the first members of the path from the object that is written in the call.
static void enter_objects(const File *f, Seen *seen) {
  while (*seen->path) {
    size_t n = strcspn(seen->path + 1, ".");
    Id value = property_of(f, object_of(f, seen->expr), seen->path + 1, n);
    if (!value)
      return;
    seen->expr = value;
    memmove(seen->path, seen->path + 1 + n, strlen(seen->path + 1 + n) + 1);
  }
}

// What a call gives for a parameter or for `this`.
static Id given_for(const Program *p, const Way *call, FileId file, Id param) {
  const File *f = &p->files.at[call->file];
  const Expr *e = expr_at(&p->files.at[file], param), *callee = expr_at(f, expr_at(f, call->expr)->a);
  if (e->kind == EX_THIS)
    return callee->kind == EX_MEMBER ? callee->a : 0;
  return param ? argument_at(f, call->expr, (int)e->b) : 0;
}

// Whether a call is the one that runs its callback for each element: what it gives is not seen.
static bool is_repeating(const Search *s, const Way *call) { return call->file == s->r->file && call->expr == s->r->repeat.call; }

// Follow a value of the query back to the repetition; false where it does not come from there.
static bool seen_from_loop(const Search *s, Seen *seen) {
  for (uint32_t i = s->frames.n - 1; i > 0; i--) {
    const Way *call = &s->frames.at[i - 1];
    if (is_written_in(s->p, call->file, call->expr, call->via))
      continue;
    if (is_repeating(s, call))
      return false;
    Id param = strip_to_param(s->p, s->frames.at[i].file, call->via.id, seen);
    Id argument = given_for(s->p, call, s->frames.at[i].file, param);
    if (!argument)
      return false;
    seen->expr = argument;
    enter_objects(&s->p->files.at[call->file], seen);
  }
  return true;
}

static bool is_plain(const File *f, Id expr) {
  uint8_t kind = expr_at(f, expr)->kind;
  return kind == EX_IDENT || kind == EX_MEMBER || kind == EX_INDEX || kind == EX_CAST || kind == EX_ALT;
}

// Name the value by what the repetition gives: `id` of `const { id } = line` is `line`, ".id".
static void strip_to_item(const Program *p, const Repeated *r, Seen *seen) {
  const File *f = &p->files.at[r->file];
  for (const Expr *e = expr_at(f, seen->expr); (e->kind == EX_ALT && !e->c) || e->kind == EX_CAST; e = expr_at(f, seen->expr))
    seen->expr = e->a;
  Seen at = *seen;
  for (int step = 0; at.expr && step < MAX_STEPS; step++) {
    const Expr *e = expr_at(f, at.expr);
    Id origin = e->kind == EX_IDENT ? origin_of(p, r->file, e) : 0;
    uint8_t made = expr_at(f, e->kind == EX_IDENT ? origin : at.expr)->kind;
    if (made == EX_ELEMENT || made == EX_KEY || made == EX_PARAM) {
      *seen = at;
      return;
    }
    bool index = e->kind == EX_INDEX && e->name;
    if ((e->kind == EX_MEMBER && !put_before(&at, text_of(f, e->name))) || (index && !put_index(&at, text_of(f, e->name))))
      return;
    at.expr = e->kind == EX_MEMBER || e->kind == EX_CAST || index ? e->a : origin;
  }
}

// Whether a value is that of a constant from before the loop, of which only the inside may change.
static bool is_from_outside(const Program *p, const Repeated *r, Id value) {
  const File *f = &p->files.at[r->file];
  while (expr_at(f, value)->kind == EX_MEMBER)
    value = expr_at(f, value)->a;
  const Expr *e = expr_at(f, value);
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, r->file, e->scope, e->name, false) : 0];
  Id region = repeat_scope(f, &r->repeat);
  return b->kind == BIND_CONST && region && !is_in_resolver(r) && !scope_inside(f, b->scope, region);
}

static void copy_key(char *to, const char *key, size_t n) {
  n = n < FILTER_PATH ? n : 0;
  memcpy(to, key, n);
  to[n] = '\0';
}

// Note the name of a further key that changes.
static void add_key(Filter *found, const char *key, size_t length) {
  size_t n = strlen(found->more);
  bool known = length && (strstr(found->more, key) || !strncmp(found->key, key, length));
  if (length && !known && length + n + 3 < sizeof found->more)
    snprintf(found->more + n, sizeof found->more - n, "%s%.*s", n ? ", " : "", (int)length, key);
}

// Note that a condition changes which gives no key of its own: `id: idsOf(order)`.
static void note_change(Search *s, const char *key, size_t length) {
  s->found.changing++;
  if (length && !s->nested)
    add_key(&s->found, key, length);
  else
    s->found.unnamed = true;
}

// Whether a condition says of a further table what is known of the first: `and(eq(a.teamId, id), eq(b.teamId, id))`.
static bool is_same_condition(const Filter *found, const Seen *seen, const char *key, size_t length) {
  return found->value && length && strlen(found->key) == length && !strncmp(found->key, key, length) &&
         !strcmp(found->path, seen->path);
}

// The call whose function the code of the query is part of, counted from 1; 0: it is the repetition's own.
static uint32_t calling_frame(const Search *s) {
  uint32_t frame = s->frames.n - 1;
  while (frame && is_written_in(s->p, s->frames.at[frame - 1].file, s->frames.at[frame - 1].expr, s->frames.at[frame - 1].via))
    frame--;
  return frame;
}

// Which parameters of the function called there hold what changes from round to round.
static Items items_of(Search *s, uint32_t frame) {
  const Way *first = &s->frames.at[0];
  if (s->known[frame])
    return s->items[frame];
  Items items = changing_parameters(s->p, first->file, first->expr, first->via, &s->r->repeat);
  for (uint32_t i = 1; i < frame && items != ~0u; i++) {
    const Way *call = &s->frames.at[i];
    items = arguments_depending(s->p, call->file, call->expr, s->frames.at[i - 1].via.id, items, false);
  }
  s->known[frame] = true;
  return s->items[frame] = items;
}

// Whether a value that is more than a name changes from round to round, as far as that can be told.
static bool may_change(Search *s, Id value) {
  const File *f = &s->p->files.at[s->file];
  const Expr *e = expr_at(f, value), *callee = expr_at(f, e->kind == EX_CALL ? e->a : 0);
  if (callee->kind == EX_MEMBER && may_change(s, callee->a))
    return true;
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++)
    if (may_change(s, list_at(f, e->first, i)))
      return true;
  if (e->kind == EX_CALL)
    return false;
  uint32_t frame = calling_frame(s);
  if (!frame)
    return varies(s->p, s->r->file, value, &s->r->repeat);
  return depends(s->p, s->file, value, s->frames.at[frame - 1].via.id, items_of(s, frame));
}

static const char *primary_key(const Search *s) {
  const Library *library = &s->p->libs->libraries.at[s->library];
  return library->schema.id ? library->schema.id : library->id ? library->id : "id";
}

// Take key and value when the value varies and nothing was found before. `key` is "" where it is not a column.
static void try_filter(Search *s, const char *key, size_t length, Id value) {
  size_t inner = s->nested > 1 ? length : 0;
  length -= inner;
  s->found.conditions++;
  Seen seen = {.expr = value};
  if (!is_plain(&s->p->files.at[s->file], value) || !seen_from_loop(s, &seen)) {
    if (may_change(s, value))
      note_change(s, key, length);
    return;
  }
  if (!varies(s->p, s->r->file, seen.expr, &s->r->repeat) || is_from_outside(s->p, s->r, seen.expr)) {
    const char *id = primary_key(s);
    s->found.fixed = s->found.fixed || (!s->nested && strlen(id) == length && !strncmp(id, key, length));
    return;
  }
  strip_to_item(s->p, s->r, &seen);
  if (is_same_condition(&s->found, &seen, key, length)) {
    s->found.elsewhere = true;
    return;
  }
  s->found.changing++;
  if (s->found.value) {
    add_key(&s->found, key, length);
    return;
  }
  copy_key(s->found.key, key, length);
  copy_key(s->found.inner, key, inner);
  s->found.relation = inner ? s->outer : s->relation;
  s->found.quantity = s->quantity;
  s->found.value = seen.expr;
  s->found.lists = s->in_list;
  s->found.condition = s->condition;
  s->found.asked = s->frames.at[s->frames.n - 1];
  memcpy(s->found.path, seen.path, sizeof seen.path);
}

//
// Conditions
//

// What the model says of a key or function of filters, ROLE_NONE for a column.
static uint8_t operator_named(const Search *s, const char *name) {
  const Libraries *libs = s->p->libs;
  const LibraryWord *word = library_word(libs, libs->libraries.at[s->library].operators, name);
  return word ? word->role : ROLE_NONE;
}

// `in`, `$eq`, `[Op.ne]`.
static uint8_t key_operator(const Search *s, const Expr *property) {
  const File *f = &s->p->files.at[s->file];
  const Expr *key = expr_at(f, property->b), *owner = expr_at(f, key->a);
  if (property->name || key->kind != EX_MEMBER)
    return operator_named(s, text_of(f, property->name));
  char name[FILTER_PATH];
  snprintf(name, sizeof name, "%s.%s", text_of(f, owner->name), text_of(f, key->name));
  return operator_named(s, name);
}

// `eq(...)`, `In(...)`.
static uint8_t call_operator(const Search *s, const Expr *call) {
  const File *f = &s->p->files.at[s->file];
  char name[FILTER_PATH];
  snprintf(name, sizeof name, "%s()", text_of(f, expr_at(f, call->a)->name));
  return operator_named(s, name);
}

// Whether a condition with such an operator holds for the rows of one key; of other ones is only known whether they change.
static bool asks_by_key(uint8_t role) { return role == ROLE_NONE || role == ROLE_EQUAL; }

// Whether a word for equality is one with any of a list: `in`, `$in`, `[Op.in]`, `whereIn`, `inArray`.
static bool takes_list(const char *name) {
  static const char *const ends[] = {"in", "any", "inarray"};
  size_t n = strlen(name);
  for (size_t i = 0; i < COUNT(ends); i++) {
    size_t length = strlen(ends[i]);
    if (n >= length && !strcasecmp(name + n - length, ends[i]))
      return true;
  }
  return false;
}

// The same for a condition with a key and a word for equality.
static void try_word(Search *s, const char *word, const char *key, Id value) {
  s->in_list = takes_list(word);
  try_filter(s, key, strlen(key), value);
  s->in_list = false;
}

// A condition that gives no value to ask by; `key` is "" where it gives no key either.
static void note_key(Search *s, const char *key, Id value) {
  s->found.conditions++;
  if (may_change(s, value))
    note_change(s, key, strlen(key));
}

static void note_condition(Search *s, Id value) { note_key(s, "", value); }

static void search(Search *s, Id expr, int depth);

static void search_filter(Search *s, const Expr *e, int depth);

// `teamId_userId: { teamId, userId }`: the columns of a unique index, named after all of them.
static bool names_all(const File *f, const char *name, const Expr *object) {
  for (uint32_t i = 0; i < object->count; i++) {
    const char *key = text_of(f, expr_at(f, list_at(f, object->first, i))->name);
    size_t n = strlen(key);
    if (!n || strncmp(name, key, n) || (name[n] && name[n] != '_'))
      return false;
    name += n + (name[n] == '_');
  }
  return object->count > 1 && !*name;
}

// A filter on the rows of a relation, with a word for how many of them, `some`, or "".
static void search_relation(Search *s, const char *name, const char *word, const Expr *object, int depth) {
  const char *relation = s->relation, *quantity = s->quantity;
  s->outer = s->nested++ ? s->outer : name;
  s->relation = name;
  s->quantity = word;
  search_filter(s, object, depth + 1);
  s->relation = relation;
  s->quantity = quantity;
  s->nested--;
}

// What a column, or a relation, is compared with by an object: `{ in: ids }`, `{ some: { id } }`, `{ id }`.
static void compare_object(Search *s, const char *name, const Expr *object, int depth) {
  const File *f = &s->p->files.at[s->file];
  uint8_t first = key_operator(s, expr_at(f, object->count ? list_at(f, object->first, 0) : 0));
  bool whole = !first && names_all(f, name, object);
  if (!first && !whole) {
    search_relation(s, name, "", object, depth);
    return;
  }
  s->found.partial = s->found.partial || whole;
  if (whole)
    search_filter(s, object, depth + 1);
  for (uint32_t i = 0; first && i < object->count; i++) {
    const Expr *x = expr_at(f, list_at(f, object->first, i));
    uint8_t role = key_operator(s, x);
    bool inner = role == ROLE_RELATION && expr_at(f, x->a)->kind == EX_OBJECT;
    if (inner)
      search_relation(s, name, text_of(f, x->name), expr_at(f, x->a), depth);
    else if (role == ROLE_EQUAL)
      try_word(s, text_of(f, x->name ? x->name : expr_at(f, x->b)->name), name, x->a);
    else
      note_condition(s, x->a);
  }
}

// One key of a filter with its value.
static void search_key(Search *s, Id property, int depth) {
  const File *f = &s->p->files.at[s->file];
  const Expr *x = expr_at(f, property);
  const char *name = text_of(f, x->name);
  const Expr *value = expr_at(f, x->a);
  uint8_t role = key_operator(s, x), kind = value->kind;
  Id around = s->condition;
  s->condition = property;
  if (role == ROLE_AND)
    search(s, x->a, depth + 1);
  else if (!role && kind == EX_CALL && value->count == 1 && call_operator(s, value) == ROLE_EQUAL)
    try_word(s, text_of(f, expr_at(f, value->a)->name), name, list_at(f, value->first, 0));
  else if (role || kind == EX_ARRAY || kind == EX_CALL || kind == EX_NEW)
    note_key(s, role || (kind == EX_CALL && call_operator(s, value)) ? "" : name, x->a);
  else if (kind == EX_OBJECT)
    compare_object(s, name, value, depth);
  else
    try_filter(s, name, strlen(name), x->a);
  s->condition = around;
}

static void search_filter(Search *s, const Expr *e, int depth) {
  const File *f = &s->p->files.at[s->file];
  for (uint32_t i = 0; depth <= MAX_DEPTH && i < e->count; i++) {
    Id item = list_at(f, e->first, i);
    const Expr *x = expr_at(f, item);
    s->found.conditions += x->kind == EX_SPREAD;
    if (x->kind == EX_SPREAD)
      search(s, x->a, depth + 1);
    else if (x->kind == EX_PROPERTY)
      search_key(s, item, depth);
  }
}

// An object of options, of which only some are about conditions.
static void search_options(Search *s, const Expr *e, int depth) {
  const File *f = &s->p->files.at[s->file];
  const Libraries *libs = s->p->libs;
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    const LibraryWord *word = library_word(libs, libs->libraries.at[s->library].options, text_of(f, x->name));
    bool filter = x->kind == EX_PROPERTY && word && word->role == ROLE_FILTER;
    s->found.conditions += x->kind == EX_SPREAD;
    s->in_filter = filter;
    if (filter || x->kind == EX_SPREAD || (word && word->role == ROLE_OPTIONS))
      search(s, x->a, depth + 1);
    s->in_filter = false;
  }
}

// The column that a text compares with a named parameter, `line.orderId = :id`; its length, 0 if there is none.
static size_t column_before(const char *text, const char *name, const char **column) {
  size_t n = strlen(name);
  for (const char *at = strchr(text, ':'); at; at = strchr(at + 1, ':')) {
    const char *word = at + 1 + strspn(at + 1, ".");
    if (strncmp(word, name, n) || isalnum((unsigned char)word[n]) || word[n] == '_')
      continue;
    const char *end = at;
    while (end > text && strchr(" (=", end[-1]))
      end--;
    if (end > text + 2 && !strncmp(end - 2, "IN", 2))
      end -= 2;
    while (end > text && end[-1] == ' ')
      end--;
    const char *start = end;
    while (start > text && (isalnum((unsigned char)start[-1]) || strchr("_.", start[-1])))
      start--;
    bool compares = memchr(end, '=', (size_t)(at - end)) || memchr(end, 'I', (size_t)(at - end));
    *column = start;
    return compares ? (size_t)(end - start) : 0;
  }
  return 0;
}

// `where("line.orderId = :id", { id })`: the object's keys are parameters of the text before it.
static bool search_named(Search *s, const Expr *e) {
  const File *f = &s->p->files.at[s->file];
  for (uint32_t i = 0; i + 1 < e->count; i++) {
    const Expr *text = expr_at(f, list_at(f, e->first, i)), *object = expr_at(f, list_at(f, e->first, i + 1));
    if ((text->kind != EX_STRING && text->kind != EX_TEMPLATE) || object->kind != EX_OBJECT)
      continue;
    const char *sql = text_of(f, text->name), *colon = strchr(sql, ':');
    if (!colon)
      continue;
    const char *method = text_of(f, expr_at(f, e->a)->name);
    bool alone = i == 0 && object->count == 1 && contains_word(method, "where") && !strcasestr(sql, " and ") &&
                 !strcasestr(sql, " or ") && !strchr(colon + 1, ':');
    s->found.partial = s->found.partial || !alone;
    for (uint32_t k = 0; k < object->count; k++) {
      const Expr *x = expr_at(f, list_at(f, object->first, k));
      const char *column = "";
      size_t length = column_before(text_of(f, text->name), text_of(f, x->name), &column);
      s->in_list = strchr("iI", column[length + strspn(column + length, " ")]);
      if (x->kind == EX_PROPERTY)
        try_filter(s, column, length, x->a);
      s->in_list = false;
    }
    return true;
  }
  return false;
}

// Whether the operator of `where("id", "=", value)` is one of equality.
static bool is_equality(const File *f, Id operator) {
  static const char *const names[] = {"=", "==", "in", "IN", "is"};
  const Expr *e = expr_at(f, operator);
  return !operator || (e->kind == EX_STRING && is_any_of(text_of(f, e->name), names, COUNT(names)));
}

// Whether a member is a function, not a column: `modify(Store.ofKind, kind)`. What a class holds under another package's type
// is taken for one as well.
static bool names_function(const Search *s, Id member) {
  ValueId value = value_of(s->p, s->file, member), owner = value_of(s->p, s->file, expr_at(&s->p->files.at[s->file], member)->a);
  bool other = value_at(s->p, value)->kind == VAL_EXTERNAL && value_at(s->p, owner)->kind == VAL_CLASS;
  return other || value_function(s->p, value).file;
}

// `where("id", "=", value)`, `eq(users.id, value)`: a column, then a value.
static bool search_pair(Search *s, const char *method, const Id *parts, uint32_t count) {
  const File *f = &s->p->files.at[s->file];
  if (count < 2 || count > 3)
    return false;
  const Expr *column = expr_at(f, parts[0]);
  Id value = parts[count - 1];
  const char *name = text_of(f, column->name), *dot = strrchr(name, '.');
  name = dot ? dot + 1 : name;
  if (column->kind != EX_STRING && column->kind != EX_MEMBER && (column->kind != EX_TEMPLATE || strchr(name, '$')))
    return false;
  if (column->kind == EX_MEMBER && names_function(s, parts[0]))
    note_condition(s, value);
  else if (is_equality(f, count == 3 ? parts[1] : 0))
    try_word(s, count == 3 ? text_of(f, expr_at(f, parts[1])->name) : method, name, value);
  else
    note_condition(s, value);
  return true;
}

// What the caller gave for a parameter: its options object.
static void search_given(Search *s, Id expr, int depth) {
  Seen seen = {.expr = expr};
  uint32_t last = s->frames.n - 1;
  Id param = last ? strip_to_param(s->p, s->file, s->frames.at[last - 1].via.id, &seen) : 0;
  if (!param || *seen.path)
    return;
  const Way *call = &s->frames.at[last - 1];
  Id given = given_for(s->p, call, s->file, param);
  FileId file = s->file;
  s->file = call->file;
  s->frames.n--;
  if (given && !is_repeating(s, call))
    search(s, given, depth + 1);
  s->frames.n++;
  s->file = file;
}

// A builder or an options object in a variable: other statements may add conditions to it.
static void search_variable(Search *s, Id expr, int depth) {
  const File *f = &s->p->files.at[s->file];
  const Expr *e = expr_at(f, expr);
  const Binding *b = &f->facts.bindings.at[binding_of(s->p, s->file, e->scope, e->name, false)];
  Id value = b->value;
  while (expr_at(f, value)->kind == EX_CAST)
    value = expr_at(f, value)->a;
  uint8_t kind = expr_at(f, value)->kind;
  uint32_t before = s->found.conditions;
  bool local = (b->kind == BIND_CONST || b->kind == BIND_LET) && f->facts.scopes.at[b->scope].kind != SC_MODULE;
  if (local && (kind == EX_CALL || kind == EX_OBJECT))
    search(s, value, depth + 1);
  if (b->kind == BIND_PARAM)
    search_given(s, expr, depth);
  s->found.elsewhere = s->found.elsewhere || s->found.conditions > before;
}

// The arguments of a call from `first` to before `end`, which are conditions.
static void search_arguments(Search *s, Id call, uint32_t first, uint32_t end, int depth) {
  const File *f = &s->p->files.at[s->file];
  const Expr *e = expr_at(f, call);
  const Id *parts = &f->facts.lists.at[e->first];
  const char *method = text_of(f, expr_at(f, e->a)->name);
  Id around = s->condition;
  bool in_filter = s->in_filter;
  s->condition = call;
  s->in_filter = true;
  bool done = end <= first || search_named(s, e) || search_pair(s, method, parts + first, end - first);
  s->condition = around;
  for (uint32_t i = first; !done && i < end; i++)
    search(s, parts[i], depth + 1);
  s->in_filter = in_filter;
}

// `and(...)`, `eq(users.id, id)`, `In(ids)` within a filter.
static void search_function(Search *s, Id call, int depth) {
  const File *f = &s->p->files.at[s->file];
  uint8_t role = call_operator(s, expr_at(f, call));
  if (role == ROLE_AND || asks_by_key(role))
    search_arguments(s, call, 0, expr_at(f, call)->count, depth);
  else
    note_condition(s, call);
}

// A call of the chain that ends in the query, and those before it.
static void search_chain(Search *s, Id call, int depth) {
  const File *f = &s->p->files.at[s->file];
  const Site *site = &s->p->sites.at[s->r->site];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  bool own = site->meaning && s->file == site->call.file && call == site->call.id;
  const Meaning *m = own ? site->meaning : call_meaning(s->p, s->file, call, NULL);
  if (callee->kind == EX_MEMBER)
    search(s, callee->a, depth + 1);
  if (!m)
    return;
  bool only = m->effect || m->verb || m->options >= 0 || m->columns >= 0;
  uint32_t end = only ? (uint32_t)m->filter + 1 : e->count;
  if (m->filter >= 0 && !asks_by_key(m->operator) && m->operator != ROLE_RAW)
    note_condition(s, call);
  else if (m->filter >= 0)
    search_arguments(s, call, (uint32_t)m->filter, end < e->count ? end : e->count, depth);
  for (uint32_t i = (uint32_t)m->join; m->join >= 0 && !search_named(s, e) && i < e->count; i++)
    search(s, list_at(f, e->first, i), depth + 1);
  Id options = m->options >= 0 ? argument_at(f, call, m->options) : 0;
  if (options)
    search(s, options, depth + 1);
}

static void search(Search *s, Id expr, int depth) {
  const File *f = &s->p->files.at[s->file];
  const Expr *e = expr_at(f, expr);
  const Id value = s->found.value;
  if (depth > MAX_DEPTH || ++s->parts > MAX_PARTS)
    return;
  switch (e->kind) {
  case EX_OBJECT:
    if (s->in_filter)
      search_filter(s, e, depth);
    else
      search_options(s, e, depth);
    break;
  case EX_ARRAY:
    for (uint32_t i = 0; i < e->count; i++)
      search(s, list_at(f, e->first, i), depth + 1);
    break;
  case EX_ALT:
    search(s, e->a, depth + 1);
    search(s, e->b, depth + 1);
    s->found.elsewhere = s->found.elsewhere || s->found.value != value;
    break;
  case EX_AWAIT:
  case EX_CAST:
    search(s, e->a, depth + 1);
    break;
  case EX_IDENT:
    search_variable(s, expr, depth);
    break;
  case EX_CALL:
    if (s->in_filter)
      search_function(s, expr, depth);
    else
      search_chain(s, expr, depth);
    break;
  default:
    break;
  }
}

// `findByPk(id)`: an argument that is the value of the primary key.
static bool search_id(Search *s, const Site *site) {
  const Meaning *m = site->meaning;
  const File *f = &s->p->files.at[s->file];
  Id value = m && m->id >= 0 && site->call.file == s->file ? argument_at(f, site->call.id, m->id) : 0;
  if (!value || !is_plain(f, value))
    return false;
  const char *key = primary_key(s);
  try_filter(s, key, strlen(key), value);
  s->found.positional = s->found.value != 0;
  return s->found.positional;
}

// The only argument of a call that is a class, 0 if there is none or more: `load(Order, id)`.
static Id class_given(Program *p, const Way *call) {
  const File *f = &p->files.at[call->file];
  const Expr *e = expr_at(f, call->expr);
  Id found = 0;
  for (uint32_t i = 0; e->kind == EX_CALL && i < e->count; i++) {
    Id argument = list_at(f, e->first, i);
    bool class = expr_at(f, argument)->kind == EX_IDENT && value_at(p, value_of(p, call->file, argument))->kind == VAL_CLASS;
    if (class && found)
      return 0;
    found = class ? argument : found;
  }
  return found;
}

// A helper that gets the table as an argument: what else changes in that call is what it asks by.
static void search_helper(Search *s) {
  Frames all = s->frames;
  for (uint32_t i = all.n - 1; i-- > 0;) {
    const Way *call = &all.at[i];
    const File *f = &s->p->files.at[call->file];
    Id class = class_given(s->p, call);
    const Expr *e = expr_at(f, call->expr);
    if (!class)
      continue;
    s->found.table = text_of(f, expr_at(f, class)->name);
    s->found.helper = i == 0;
    s->file = call->file;
    s->frames.n = i + 1;
    for (uint32_t k = 0; k < e->count && !s->found.value; k++)
      try_filter(s, "", 0, list_at(f, e->first, k));
    return;
  }
}

Filter filter_of(Program *p, const Repeated *r) {
  const Site *site = &p->sites.at[r->site];
  Search s = {.p = p, .r = r, .file = site->expr.file, .library = site->library};
  if (!frames_of(p, r, &s.frames))
    return (Filter){0};
  if (!search_id(&s, site))
    search(&s, site->expr.id, 0);
  if (!site->table)
    search_helper(&s);
  return s.found;
}
