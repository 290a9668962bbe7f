// entries.c - the functions that are called from outside of the program: by a request, a queue, the clock...
//
// Which calls and decorators register a function, and which files export functions that are called by where they
// stand, is told by library models. Linear in calls, classes and edges.
#include "values.h"

#include <ctype.h>
#include <string.h>

enum { MAX_NESTING = 4, MAX_NAME = 200, MAX_OUTWARDS = 64, MAX_WRAPPERS = 3 };

// What a registration says of its entries. How they are called is told by an expression, or as text.
typedef struct Registration {
  uint8_t kind;            // EntryKind
  FileId file;             // where they are registered
  Span span;
  Ref method, path;        // "post", "/orders"; {0,0} if there is no expression
  Sym method_text, called;
  Sym name;                // all of it: "POST /orders"
} Registration;

// A function that hands one of its parameters, or a property of one, to a registration: its callers register.
typedef struct Wrapper {
  Ref function;
  Guard handler, method, path;
  Registration given;      // what does not depend on the caller
  uint32_t next;           // of the same function
} Wrapper;

typedef struct Finder {
  Program *p;
  VEC(Wrapper) wrappers;   // index 0 is a dummy
} Finder;

static void add_entry(Program *p, const Registration *r, Ref function) {
  Unit *unit = &p->files.at[function.file].units[function.id];
  if (!function.file || !function.id || unit->entry)
    return;
  vec_push(&p->entries, ((Entry){function, r->kind, r->name, r->file, r->span}));
  unit->entry = p->entries.n - 1;
}

//
// Names
//

static Id property_of(const File *f, const Expr *object, const char *name) {
  for (uint32_t i = 0; object->kind == EX_OBJECT && i < object->count; i++) {
    const Expr *x = expr_at(f, list_at(f, object->first, i));
    if (x->kind == EX_PROPERTY && !strcmp(text_of(f, x->name), name))
      return x->a;
  }
  return 0;
}

// The object literal that an expression is, by way of a constant, a cast, or the first argument of a call that
// describes it: `createRoute({ method, path })`. {0,0} if it cannot be seen.
static Ref described(Program *p, FileId file, Id expr, int depth) {
  const Expr *e = expr_at(&p->files.at[file], expr);
  if (!expr || depth > MAX_NESTING)
    return (Ref){0, 0};
  if (e->kind == EX_OBJECT)
    return (Ref){file, expr};
  if (e->kind == EX_CAST)
    return described(p, file, e->a, depth + 1);
  if (e->kind == EX_CALL)
    return described(p, file, argument_at(&p->files.at[file], expr, 0), depth + 1);
  Ref definition = definition_of(p, file, expr);
  return definition.file ? described(p, definition.file, definition.id, depth + 1) : definition;
}

static void add_text(Program *p, FileId file, Id expr, int depth, Text *out);

// A string, or a template with its holes filled.
static void add_literal(Program *p, FileId file, Id literal, int depth, Text *out) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, literal);
  const char *text = text_of(f, e->name);
  for (uint32_t i = 0; e->kind == EX_TEMPLATE && i < e->count; i++) {
    const char *hole = strstr(text, "${}");
    if (!hole)
      break;
    text_add(out, text, (size_t)(hole - text));
    add_text(p, file, list_at(f, e->first, i), depth + 1, out);
    text = hole + 3;
  }
  text_puts(out, text);
}

// Add what an expression says as text: a string, the first of several, texts put together; the name of what cannot be
// seen, as in a template.
static void add_text(Program *p, FileId file, Id expr, int depth, Text *out) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Value *v = value_at(p, expr ? value_of(p, file, expr) : VALUE_UNKNOWN);
  if (!expr || depth > MAX_NESTING || out->n > MAX_NAME)
    return;
  if (v->kind == VAL_STRING) {
    add_literal(p, v->a, v->b, depth, out);
  } else if (v->kind == VAL_CLASS) {
    f = &p->files.at[v->a];
    text_puts(out, text_of(f, f->facts.classes.at[v->b].name));
  } else if (e->kind == EX_ARRAY && e->count) {
    add_text(p, file, list_at(f, e->first, 0), depth + 1, out);
  } else if (e->kind == EX_CAST) {
    add_text(p, file, e->a, depth + 1, out);
  } else if (e->kind == EX_BINARY && !strcmp(text_of(f, e->name), "+")) {
    add_text(p, file, e->a, depth + 1, out);
    add_text(p, file, e->b, depth + 1, out);
  } else if (e->kind == EX_NUMBER) {
    text_puts(out, text_of(f, e->name));
  } else if (e->kind == EX_IDENT || e->kind == EX_MEMBER) {
    text_printf(out, "${%s}", text_of(f, e->name));
  }
}

// The expression by which an argument names something: itself, or a property of the object that it is.
static Ref naming(Program *p, FileId file, Id argument, const char *key) {
  Ref object = key ? described(p, file, argument, 0) : (Ref){0, 0};
  const File *f = &p->files.at[object.file];
  if (object.file)
    return (Ref){object.file, property_of(f, expr_at(f, object.id), key)};
  bool names = argument && !value_function(p, value_of(p, file, argument)).file;
  return names ? (Ref){file, argument} : (Ref){0, 0};
}

static void add_argument(Program *p, FileId file, Id argument, const char *key, Text *out) {
  Ref name = naming(p, file, argument, key);
  if (name.file)
    add_text(p, name.file, name.id, 0, out);
}

// "/orders/:id" of the prefix "orders" and the path ":id".
static void add_path(Text *out, const char *prefix, const char *path) {
  const char *parts[] = {prefix, path};
  size_t start = out->n;
  for (size_t i = 0; i < COUNT(parts); i++) {
    const char *part = parts[i] + strspn(parts[i], "/");
    size_t length = strlen(part);
    while (length && part[length - 1] == '/')
      length--;
    if (length && strncmp(part, "*", 1))
      text_puts(out, "/");
    text_add(out, part, length);
  }
  if (out->n == start)
    text_puts(out, "/");
}

static void upper(char *text) {
  for (; *text; text++)
    *text = (char)toupper((unsigned char)*text);
}

// The keys and the variable under which an expression is kept, from outside in: "orders.list" of
// `const orders = router({ list: procedure.query(...) })`.
static void add_keys(const File *f, Id expr, Text *out) {
  const char *parts[MAX_OUTWARDS + 1];
  size_t n = 0;
  Id at = expr;
  for (int i = 0; i < MAX_OUTWARDS; i++) {
    const Expr *e = expr_at(f, at);
    if (e->kind == EX_PROPERTY && e->name)
      parts[n++] = text_of(f, e->name);
    Id owner = map_get(&f->owners, at);
    if (owner)
      parts[n++] = text_of(f, f->facts.bindings.at[owner].name);
    if (owner || !e->parent)
      break;
    at = e->parent;
  }
  while (n-- > 0 && out->n < MAX_NAME) {
    text_puts(out, parts[n]);
    text_puts(out, n ? "." : "");
  }
}

// The kind of entry in words, as far as its name needs them.
static const char *kind_word(uint8_t kind) {
  static const char *const words[ENTRY_KIND_COUNT] = {
      [ENTRY_MIDDLEWARE] = "middleware", [ENTRY_JOB] = "job",     [ENTRY_CRON] = "cron",   [ENTRY_TIMER] = "timer",
      [ENTRY_EVENT] = "event",           [ENTRY_CLI] = "command", [ENTRY_PAGE] = "page", [ENTRY_ACTION] = "server action"};
  return words[kind];
}

// The name of an entry: its kind or its method, and what it is called. A constant that stands alone is clear without
// the signs of a template.
static Sym entry_name(Program *p, uint8_t kind, const char *method, const char *called) {
  Text name = {0};
  const char *word = kind_word(kind);
  size_t n = strlen(called);
  bool constant = n > 3 && !strncmp(called, "${", 2) && strchr(called, '}') == called + n - 1;
  text_puts(&name, word ? word : method);
  text_puts(&name, n && name.n ? " " : "");
  text_add(&name, constant ? called + 2 : called, constant ? n - 3 : n);
  Sym sym = sym_intern(p, name.at);
  text_release(&name);
  return sym;
}

//
// Calls that register functions
//

// Put the name of a registration together.
static void name_registration(Program *p, Registration *r) {
  Text method = {0}, called = {0}, path = {0};
  text_puts(&method, r->method.id ? "" : sym_text(p, r->method_text));
  text_puts(&called, r->path.id ? "" : sym_text(p, r->called));
  add_text(p, r->method.file, r->method.id, 0, &method);
  add_text(p, r->path.file, r->path.id, 0, &called);
  if (r->kind == ENTRY_HTTP) {
    upper(method.at);
    add_path(&path, "", called.at);
  }
  r->name = entry_name(p, r->kind, method.at, path.n ? path.at : called.at);
  text_release(&method);
  text_release(&called);
  text_release(&path);
}

// What a call that registers means, NULL for any other. `app[method](...)` is as good as `app.get(...)`.
static const Meaning *registering(Program *p, FileId file, Id call, Registration *r, Sym *table) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  bool computed = callee->kind == EX_INDEX && !callee->name;
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, computed ? callee->a : expr_at(f, call)->a), each);
  for (uint32_t i = 0; i < n; i++) {
    const Value v = *value_at(p, each[i]);
    const LibraryExport *export = external_export(p, each[i]);
    const Meaning *m = export ? &export->meaning : callee_meaning(p, each[i], file, call);
    if (computed)
      m = v.kind == VAL_LIBRARY ? library_member(p->libs, (StateId)v.a, "get") : NULL;
    if (!m || !m->entry)
      continue;
    r->method = computed ? (Ref){file, callee->b} : (Ref){0, 0};
    r->method_text = v.b;
    *table = v.kind == VAL_METHOD ? value_at(p, v.a)->b : v.kind == VAL_LIBRARY ? v.b : 0;
    return m;
  }
  return NULL;
}

// Note that a function hands what it is given to a registration, when the expression is that.
static bool add_wrapper(Finder *s, const Registration *r, FileId file, Id expr) {
  Program *p = s->p;
  Id function = unit_of(&p->files.at[file], expr);
  Guard handler = function ? parameter_path(p, file, expr, function, 0) : (Guard){0};
  if (!handler.param)
    return false;
  Wrapper w = {.function = {file, function}, .handler = handler, .given = *r};
  if (r->method.file == file)
    w.method = parameter_path(p, file, r->method.id, function, 0);
  if (r->path.file == file)
    w.path = parameter_path(p, file, r->path.id, function, 0);
  vec_push(&s->wrappers, w);
  return true;
}

// The functions that an argument gives: itself, those of a list or an object that is written there, those that a
// wrapper gets (`asyncHandler(list)`), what is bound.
static void add_given(Finder *s, const Registration *r, FileId file, Id expr, int depth) {
  Program *p = s->p;
  ValueId each[4];
  if (!expr || depth > MAX_NESTING || add_wrapper(s, r, file, expr))
    return;
  uint32_t n = value_each(p, value_of(p, file, expr), each);
  for (uint32_t i = 0; i < n; i++)
    add_entry(p, r, value_function(p, each[i]));
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a);
  bool holds = e->kind == EX_CALL || e->kind == EX_NEW || e->kind == EX_ARRAY || e->kind == EX_OBJECT;
  for (uint32_t i = 0; holds && i < e->count; i++) {
    Id item = list_at(f, e->first, i);
    add_given(s, r, file, expr_at(f, item)->kind == EX_PROPERTY ? expr_at(f, item)->a : item, depth + 1);
  }
  if (e->kind == EX_CAST)
    add_given(s, r, file, e->a, depth + 1);
  if (e->kind == EX_CALL && callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "bind"))
    add_given(s, r, file, callee->a, depth + 1);
}

// How the entries of a call are called: by its arguments, its receiver, or what they are kept under.
static void set_names(Program *p, FileId file, Id call, const Meaning *m, Sym table, Registration *r) {
  const File *f = &p->files.at[file];
  Id argument = argument_at(f, call, m->path);
  Text keys = {0};
  r->path = naming(p, file, argument, m->key);
  r->called = m->path == ARG_THIS ? table : 0;
  Ref object = m->entry == ENTRY_HTTP ? described(p, file, argument, 0) : (Ref){0, 0};
  const File *g = &p->files.at[object.file];
  Id method = object.file ? property_of(g, expr_at(g, object.id), "method") : 0;
  if (method)
    r->method = (Ref){object.file, method};
  text_puts(&keys, "");
  if (m->path == ARG_NONE)
    add_keys(f, call, &keys);
  if (keys.n)
    r->called = sym_intern(p, keys.at);
  text_release(&keys);
}

// Where a call registers: its path argument, for chains are long; else the last argument.
static Span registered_at(const File *f, Id call, const Meaning *m) {
  Id path = argument_at(f, call, m->path), last = argument_at(f, call, ARG_LAST);
  return expr_at(f, path ? path : last ? last : call)->span;
}

static void visit_call(Finder *s, FileId file, Id call) {
  Program *p = s->p;
  const File *f = &p->files.at[file];
  Registration r = {.file = file};
  Sym table = 0;
  const Meaning *m = registering(p, file, call, &r, &table);
  if (!m)
    return;
  r.kind = m->entry;
  r.span = registered_at(f, call, m);
  set_names(p, file, call, m, table, &r);
  name_registration(p, &r);
  const Expr *e = expr_at(f, call);
  for (uint32_t i = 0; i < e->count; i++)
    add_given(s, &r, file, list_at(f, e->first, i), 0);
}

//
// Functions that register for their callers
//

// A call of a function that registers what it is given.
static void visit_wrapped(Finder *s, FileId file, Id call, const Wrapper *w) {
  const File *f = &s->p->files.at[file];
  Id handler = guard_argument(f, call, w->handler);
  Id method = guard_argument(f, call, w->method), path = guard_argument(f, call, w->path);
  Registration r = w->given;
  r.file = file;
  r.span = expr_at(f, path ? path : handler ? handler : call)->span;
  if (method)
    r.method = (Ref){file, method};
  if (path)
    r.path = (Ref){file, path};
  name_registration(s->p, &r);
  add_given(s, &r, file, handler, 0);
}

// Visit the calls that a function makes of wrappers.
static void visit_calls_of(Finder *s, FileId file, Id caller, const Map *by_function) {
  const Unit *unit = &s->p->files.at[file].units[caller];
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    uint32_t at = edge->kind == EDGE_CALL ? map_get(by_function, ref_key(edge->function)) : 0;
    while (at) {
      const Wrapper w = s->wrappers.at[at];  // a copy: more may be found
      visit_wrapped(s, file, edge->call, &w);
      at = w.next;
    }
  }
}

// Visit the calls of the wrappers from number `from` on.
static void visit_wrappers(Finder *s, uint32_t from) {
  Map by_function = {0};
  for (uint32_t i = from, last = s->wrappers.n; i < last; i++) {
    Wrapper *w = &s->wrappers.at[i];
    w->next = map_get(&by_function, ref_key(w->function));
    map_put(&by_function, ref_key(w->function), i);
  }
  for (FileId file = 1; file < s->p->files.n; file++)
    for (Id unit = 0; unit < s->p->files.at[file].facts.functions.n; unit++)
      visit_calls_of(s, file, unit, &by_function);
  map_release(&by_function);
}

//
// Decorators
//

static Id decorator_argument(const File *f, Id decorator, int index) {
  return expr_at(f, decorator)->kind == EX_CALL ? argument_at(f, decorator, index) : 0;
}

// The prefix that a class gives to the names of its entries.
static void add_prefix(Program *p, FileId file, const Class *class, Text *out) {
  const File *f = &p->files.at[file];
  text_puts(out, "");
  for (uint32_t i = 0; i < class->decorators.count && !out->n; i++) {
    Id decorator = list_at(f, class->decorators.first, i);
    const LibraryExport *export = decorator_export(p, file, decorator);
    if (export && export->meaning.prefix != ARG_NONE)
      add_argument(p, file, decorator_argument(f, decorator, export->meaning.prefix), export->meaning.key, out);
  }
}

// A decorated method. `prefix` is that of its class: of its routes, or of its queue.
static void add_decorated(Program *p, FileId file, Id decorator, const LibraryExport *export, const Member *m,
                          const char *prefix) {
  const File *f = &p->files.at[file];
  Text method = {0}, own = {0}, called = {0};
  if (export->meaning.entry != ENTRY_HTTP && export->meaning.entry != ENTRY_JOB)
    prefix = "";
  text_puts(&own, "");
  text_puts(&method, export->name);
  add_argument(p, file, decorator_argument(f, decorator, export->meaning.path), export->meaning.key, &own);
  if (export->meaning.entry == ENTRY_HTTP) {
    upper(method.at);
    add_path(&called, prefix, own.at);
  } else if (export->meaning.entry == ENTRY_GRAPHQL) {
    text_printf(&called, "%s.%s", method.at, sym_text(p, field_of_method(p, file, decorator, m)));
    text_clear(&method);
  } else {
    text_printf(&called, "%s%s%s", prefix, *prefix && own.n ? " " : "", own.at);
    text_puts(&called, called.n ? "" : text_of(f, m->name));
  }
  Registration r = {.kind = export->meaning.entry, .file = file, .span = expr_at(f, decorator)->span};
  r.name = entry_name(p, r.kind, method.n ? method.at : "", called.at);
  add_entry(p, &r, (Ref){file, m->function});
  text_release(&method);
  text_release(&own);
  text_release(&called);
}

// The method of a decorated class that is its entry: `process` of `@Processor("mail") class`.
static void add_runs(Program *p, FileId file, const Class *class, const char *prefix) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < class->decorators.count; i++) {
    Id decorator = list_at(f, class->decorators.first, i);
    const LibraryExport *export = decorator_export(p, file, decorator);
    if (!export || !export->meaning.runs)
      continue;
    for (uint32_t k = 0; k < class->members.count; k++) {
      const Member *m = &f->facts.members.at[list_at(f, class->members.first, k)];
      if (m->function && !strcmp(text_of(f, m->name), export->meaning.runs))
        add_decorated(p, file, decorator, export, m, prefix);
    }
  }
}

static void visit_class(Program *p, FileId file, const Class *class) {
  const File *f = &p->files.at[file];
  Text prefix = {0};
  add_prefix(p, file, class, &prefix);
  for (uint32_t i = 0; i < class->members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, class->members.first, i)];
    for (uint32_t k = 0; m->function && k < m->decorators.count; k++) {
      Id decorator = list_at(f, m->decorators.first, k);
      const LibraryExport *export = decorator_export(p, file, decorator);
      if (export && export->meaning.entry)
        add_decorated(p, file, decorator, export, m, prefix.at);
    }
  }
  add_runs(p, file, class, prefix.at);
  text_release(&prefix);
}

//
// Files and directives
//

// "/orders/[id]" of "(shop)/orders/[id]/route.ts": groups are no part of an address, nor are `index` and the name that
// all such files have.
static void add_route(Text *out, const char *below, const char *name) {
  while (*below) {
    size_t n = strcspn(below, "/");
    bool last = !below[n];
    size_t dot = last ? (size_t)(strrchr(below, '.') ? strrchr(below, '.') - below : (ptrdiff_t)n) : n;
    bool index = last && (name || (dot == 5 && !strncmp(below, "index", 5)));
    if (*below != '(' && !index) {
      text_puts(out, "/");
      text_add(out, below, dot);
    }
    below += n + !last;
  }
  if (!out->n)
    text_puts(out, "/");
}

// Entries of what a file exports under a name: a function, or what a wrapper gets.
static void add_export(Finder *s, const Registration *r, const Export *export) {
  Program *p = s->p;
  Sym name = sym_of(&p->files.at[r->file], export->name);
  add_entry(p, r, value_function(p, value_export(p, r->file, name, false)));
  Ref definition = export->specifier ? (Ref){0, 0} : definition_of(p, r->file, export->value);
  if (definition.file)
    add_given(s, r, definition.file, definition.id, 0);
  else if (!export->specifier)
    add_given(s, r, r->file, export->value, 0);
}

static const Export *export_named(const File *f, const char *name, size_t length) {
  for (Id i = 1; i < f->facts.exports.n; i++) {
    const char *have = text_of(f, f->facts.exports.at[i].name);
    if (strlen(have) == length && !strncmp(have, name, length))
      return &f->facts.exports.at[i];
  }
  return NULL;
}

static void add_exports_of_file(Finder *s, FileId file, const LibraryFiles *row, const char *below) {
  Program *p = s->p;
  const File *f = &p->files.at[file];
  Text route = {0}, method = {0};
  add_route(&route, below, row->file);
  for (const char *at = row->exports; *at; at += strspn(at, " ")) {
    size_t n = strcspn(at, " ");
    const Export *export = export_named(f, at, n);
    text_clear(&method);
    text_add(&method, at, strncmp(at, "default", n) ? n : 0);
    at += n;
    if (!export)
      continue;
    Registration r = {.kind = row->entry, .file = file, .span = export->span};
    r.name = entry_name(p, row->entry, method.at, route.at);
    add_export(s, &r, export);
  }
  text_release(&route);
  text_release(&method);
}

static void visit_path(Finder *s, FileId file) {
  Program *p = s->p;
  const char *path = p->files.at[file].source->path;
  for (uint32_t i = 0; i < p->libs->files.n; i++) {
    const LibraryFiles *row = &p->libs->files.at[i];
    const char *below = row->entry ? path_by_row(p->libs, p->modules, row, path) : NULL;
    if (below)
      add_exports_of_file(s, file, row, below);
  }
}

// What a file with "use server" at its top exports.
static void visit_directives(Finder *s, FileId file) {
  Program *p = s->p;
  const File *f = &p->files.at[file];
  bool server = false;
  for (uint32_t i = 0; i < f->facts.directives.n; i++)
    server |= !strcmp(text_of(f, expr_at(f, f->facts.directives.at[i])->name), "use server");
  for (Id i = 1; server && i < f->facts.exports.n; i++) {
    const Export *export = &f->facts.exports.at[i];
    Registration r = {.kind = ENTRY_ACTION, .file = file, .span = export->span};
    r.name = entry_name(p, ENTRY_ACTION, "", text_of(f, export->name));
    add_export(s, &r, export);
  }
}

// A file that is run as a command: what stands at its top.
static void add_command(void *payload, const char *name, uint32_t number) {
  Program *p = payload;
  FileId file = file_numbered(p, number);
  if (!file || !name || p->files.at[file].units[0].entry)
    return;
  vec_push(&p->entries, ((Entry){{file, 0}, ENTRY_CLI, entry_name(p, ENTRY_CLI, "", name), file, {0, 0}}));
  p->files.at[file].units[0].entry = p->entries.n - 1;
}

// A function that starts with "use server".
static void visit_directive(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  Id function = unit_of(f, expr);
  const Function *fn = &f->facts.functions.at[function];
  if (!function || !(e->flags & EXF_STATEMENT) || e->scope != fn->scope)
    return;
  Registration r = {.kind = ENTRY_ACTION, .file = file, .span = fn->span};
  r.name = entry_name(p, ENTRY_ACTION, "", text_of(f, fn->name));
  add_entry(p, &r, (Ref){file, function});
}

static void visit_actions(Program *p, FileId file) {
  const File *f = &p->files.at[file];
  Name directive = names_find(&f->facts.names, "use server");
  for (Id id = 1; directive && id < f->facts.exprs.n; id++)
    if (expr_at(f, id)->kind == EX_STRING && expr_at(f, id)->name == directive)
      visit_directive(p, file, id);
}

//
// Fields of GraphQL
//

static void add_resolvers(Program *p) {
  for (uint32_t i = 0; i < p->resolvers.n; i++) {
    const Resolver *resolver = &p->resolvers.at[i];
    FileId file = resolver->function.file;
    Text name = {0};
    text_printf(&name, "%s%s%s", sym_text(p, resolver->type), resolver->type ? "." : "", sym_text(p, resolver->field));
    Registration r = {.kind = ENTRY_GRAPHQL, .name = sym_intern(p, name.at), .file = file};
    r.span = p->files.at[file].facts.functions.at[resolver->function.id].span;
    if (resolver->field)
      add_entry(p, &r, resolver->function);
    text_release(&name);
  }
}

//
// All of them
//

static void visit_file(Finder *s, FileId file) {
  Program *p = s->p;
  const File *f = &p->files.at[file];
  visit_path(s, file);
  visit_directives(s, file);
  for (Id id = 1; id < f->facts.classes.n; id++)
    visit_class(p, file, &f->facts.classes.at[id]);
  for (uint32_t i = 0; i < f->calls.n; i++)
    if (expr_at(f, f->calls.at[i])->kind != EX_TAGGED)
      visit_call(s, file, f->calls.at[i]);
  visit_actions(p, file);
}

void program_entries(Program *p) {
  Finder s = {.p = p};
  vec_push(&p->entries, ((Entry){0}));
  vec_push(&s.wrappers, ((Wrapper){0}));
  add_resolvers(p);
  for (FileId file = 1; file < p->files.n; file++)
    visit_file(&s, file);
  for (uint32_t round = 0, from = 1; round < MAX_WRAPPERS && from < s.wrappers.n; round++) {
    uint32_t last = s.wrappers.n;
    visit_wrappers(&s, from);
    from = last;
  }
  vec_release(&s.wrappers);
  modules_commands(p->modules, add_command, p);
  program_reached(p);
}
