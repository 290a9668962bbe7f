// lookup.c - see lookup.h.
#include "lookup.h"

#include <ctype.h>
#include <string.h>

#include "values.h"

enum { MAX_STEPS = 12, MOST_EDITS = 6, MOST_NAMES = 99, MODULE_SCOPE = 1 };

static Span span_of(const Lookup *l, Id expr) { return expr_at(l->f, expr)->span; }

// `orders`, `this.orders`, `event.links`: read twice, it is the same.
static bool is_chain(const File *f, Id expr) {
  for (int step = 0; step < MAX_STEPS; step++) {
    const Expr *e = expr_at(f, expr);
    if (e->kind == EX_IDENT || e->kind == EX_THIS)
      return true;
    if (e->kind != EX_MEMBER || e->flags & EXF_OPTIONAL)
      return false;
    expr = e->a;
  }
  return false;
}

// A chain as it stands in the file; NULL where more stands there than can be seen here: `order!.lines`.
static const char *chain_text(const Lookup *l, Id expr) {
  Span span = span_of(l, expr);
  const char *text = is_chain(l->f, expr) ? edited_text(l->f, expr, &(Edit){0}, &l->j->report->arena) : NULL;
  return text && strlen(text) == span.end - span.start ? text : NULL;
}

//
// The query and its rounds
//

static bool finds_query(Lookup *l) {
  const Repeated *r = l->r;
  const Meaning *m = l->site->meaning;
  const Expr *e = expr_at(l->f, r->expr), *around = expr_at(l->f, e->parent);
  bool read = r->effect == EFFECT_READ && !r->via.file && !r->rows_change && !r->cached && !r->repeat.deferred;
  bool own = l->site->call.file == r->file && l->site->call.id == r->expr && l->site->expr.file == r->file;
  if (!read || !own || !m || !m->many || r->repeat.kind != REPEAT_ELEMENT || e->kind != EX_CALL || e->scope != l->region)
    return false;
  const Expr *callee = expr_at(l->f, e->a);
  l->call = r->expr;
  l->top = around->kind == EX_AWAIT ? e->parent : r->repeat.callback && e->flags & EXF_RETURNED ? r->expr : 0;
  return l->top && !(expr_at(l->f, l->top)->flags & EXF_STATEMENT) && !((e->flags | callee->flags) & EXF_OPTIONAL) &&
         callee->kind == EX_MEMBER && chain_text(l, callee->a);
}

// Where the statement starts that an expression begins: `const rows = ...`, `return ...`, or the expression itself.
static bool finds_statement(Lookup *l, Id expr) {
  const Expr *e = expr_at(l->f, expr);
  Id variable = map_get(&l->f->owners, expr);
  Slice exits = exits_at(l->f, e->scope);
  l->around = e->scope;
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &l->f->facts.exits.at[exits.at[i]];
    if (exit->value != expr || exit->kind != EXIT_RETURN)
      continue;
    l->before = exit->span.start;
    return true;
  }
  l->before = variable ? l->f->facts.bindings.at[variable].span.start : e->span.start;
  return variable ? l->f->facts.bindings.at[variable].scope == e->scope : (e->flags & EXF_STATEMENT) != 0;
}

// What comes first when the expression around this one is evaluated: `(await x).filter(f)`, `rows = await x`.
static Id statement_around(const Lookup *l, Id expr) {
  for (int step = 0; step < MAX_STEPS; step++) {
    Id parent = expr_at(l->f, expr)->parent;
    const Expr *around = expr_at(l->f, parent);
    bool first = (around->kind == EX_MEMBER || around->kind == EX_CALL || around->kind == EX_CAST) && around->a == expr;
    bool set = around->kind == EX_ASSIGN && around->b == expr && !strcmp(text_of(l->f, around->name), "=") && is_chain(l->f, around->a);
    if (!first && !set)
      return parent ? 0 : expr;
    expr = parent;
  }
  return 0;
}

// `await Promise.all(list.map(async (x) => ...))`, or returned by an async function.
static bool finds_all(Lookup *l) {
  const File *f = l->f;
  const Repeat *repeat = &l->r->repeat;
  const Function *callback = &f->facts.functions.at[repeat->callback];
  const Expr *map = expr_at(f, repeat->call), *callee = expr_at(f, map->a), *all = expr_at(f, map->parent);
  const Expr *waits = expr_at(f, all->kind == EX_CALL && all->count == 1 ? all->a : 0), *promise = expr_at(f, waits->a);
  bool maps = map->kind == EX_CALL && callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "map") && callee->a == repeat->over &&
              !((map->flags | callee->flags) & EXF_OPTIONAL);
  bool waited = waits->kind == EX_MEMBER && !strcmp(text_of(f, waits->name), "all") && promise->kind == EX_IDENT &&
                !strcmp(text_of(f, promise->name), "Promise") && !binding_of(l->p, l->r->file, promise->scope, promise->name, false);
  if (!maps || !waited || map->scope != all->scope || !(callback->flags & FN_ARROW) || callback->expr != list_at(f, map->first, 0))
    return false;
  l->all = map->parent;
  if (expr_at(f, all->parent)->kind != EX_AWAIT)
    return all->flags & EXF_RETURNED && f->facts.functions.at[unit_of(f, l->all)].flags & FN_ASYNC && finds_statement(l, l->all);
  Id statement = statement_around(l, all->parent);
  return statement && expr_at(f, statement)->scope == all->scope && finds_statement(l, statement);
}

static bool finds_rounds(Lookup *l) {
  const Scope *scope = &l->f->facts.scopes.at[l->region];
  if (!l->r->repeat.over || !chain_text(l, l->r->repeat.over))
    return false;
  if (l->r->repeat.callback)
    return l->r->repeat.call && finds_all(l);
  l->before = scope->span.start;
  l->around = scope->parent;
  return scope->kind == SC_FOR_OF && !scope->label && l->f->facts.scopes.at[l->around].kind != SC_CASE;
}

// Whether a statement of the scope stands in a list of statements. Of a branch or loop it may be all that there is.
static bool holds_statements(const Scope *scope) {
  static const uint8_t kinds[] = {SC_MODULE, SC_FUNCTION, SC_BLOCK, SC_TRY, SC_CATCH, SC_FINALLY};
  return memchr(kinds, scope->kind, sizeof kinds) != NULL;
}

// Where the block of a branch or loop starts, or its header ends; 0 if that cannot be told.
static uint32_t header_of(const File *f, const Scope *scope) {
  bool loop = scope->kind == SC_FOR_OF || scope->kind == SC_FOR_IN || scope->kind == SC_FOR_AWAIT || scope->kind == SC_WHILE;
  Id last = loop ? scope->a : scope->kind == SC_FOR ? scope->b : 0;
  return scope->kind == SC_IF || scope->kind == SC_ELSE ? scope->span.start : last ? expr_at(f, last)->span.end : 0;
}

//
// The key
//

bool is_round_item(const Lookup *l, Id expr) {
  const Expr *e = expr_at(l->f, expr);
  if (e->kind == EX_IDENT) {
    const Binding *b = &l->f->facts.bindings.at[binding_of(l->p, l->r->file, e->scope, e->name, false)];
    e = expr_at(l->f, b->scope == l->region ? b->value : 0);
  }
  if (e->kind == EX_PARAM)
    return l->r->repeat.callback == e->a && e->b == 0;
  return e->kind == EX_ELEMENT && e->a == l->f->facts.scopes.at[l->region].a && !l->r->repeat.callback;
}

// Whether a value is the element or read of it member by member, also by way of constants: `const { id } = order.user`.
static bool is_of_item(const Lookup *l, Id expr) {
  for (int step = 0; expr && step < MAX_STEPS; step++) {
    const Expr *e = expr_at(l->f, expr);
    if (is_round_item(l, expr))
      return true;
    if (e->kind != EX_IDENT && (e->kind != EX_MEMBER || e->flags & EXF_OPTIONAL))
      return false;
    const Binding *b = &l->f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(l->p, l->r->file, e->scope, e->name, false) : 0];
    bool constant = b->kind == BIND_CONST || (b->kind == BIND_PARAM && !map_get(&l->f->assigns, (Id)(b - l->f->facts.bindings.at)));
    expr = e->kind == EX_MEMBER ? e->a : constant && scope_inside(l->f, b->scope, l->region) ? b->value : 0;
  }
  return false;
}

uint32_t lookup_path(const Lookup *l, const char *names[LOOKUP_PATH]) {
  uint32_t n = 0;
  for (const char *at = l->filter.path; *at; at += strcspn(at, ".")) {
    if (n == LOOKUP_PATH)
      return n + 1;
    at++;
    names[n++] = arena_copy(&l->j->report->arena, at, strcspn(at, "."));
  }
  return n;
}

static bool is_word(const char *text) {
  for (const char *c = text; *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '_' && *c != '$')
      return false;
  return *text && !isdigit((unsigned char)*text);
}

// Whether at most one row has a value of the key.
static bool is_unique(const Lookup *l) {
  const Column *column = l->query && l->query->tables.n ? query_column(l->query, 0, l->filter.key) : NULL;
  return l->site->meaning->unique || l->filter.positional ||
         (column && table_is_unique(l->query->tables.at[0].table, (const char *const[]){column->name}, 1));
}

// The query asks for one value of one column, which is read of the element.
static bool finds_key(Lookup *l) {
  const Filter *filter = &l->filter;
  const char *names[LOOKUP_PATH];
  bool plain = filter->value && filter->changing == 1 && !filter->relation && !filter->elsewhere && !filter->partial && is_word(filter->key);
  if (!plain || lookup_path(l, names) > LOOKUP_PATH || !is_unique(l))
    return false;
  l->wanted = filter->positional ? argument_at(l->f, l->call, l->site->meaning->id) : filter->condition;
  const Expr *e = expr_at(l->f, l->wanted);
  if (!filter->positional && (e->kind != EX_PROPERTY || e->b))
    return false;
  l->value = filter->positional ? l->wanted : e->a;
  return is_of_item(l, filter->value) && is_of_item(l, l->value) && chain_text(l, l->value) &&
         span_of(l, l->value).end == e->span.end;
}

//
// What else the query is given
//

// Whether a name means the same before the rounds, and in each of them.
static bool is_steady_name(const Lookup *l, Id ident) {
  const Expr *e = expr_at(l->f, ident);
  Id binding = binding_of(l->p, l->r->file, e->scope, e->name, false);
  return !(binding && scope_inside(l->f, l->f->facts.bindings.at[binding].scope, l->region)) &&
         !varies(l->p, l->r->file, ident, &l->r->repeat);
}

// Whether the call holds nothing beside its key but names from outside of the rounds and what is written out.
static bool is_steady_call(const Lookup *l) {
  static const uint8_t plain[] = {EX_STRING, EX_NUMBER, EX_LITERAL, EX_TEMPLATE, EX_OBJECT, EX_ARRAY, EX_THIS, EX_CAST};
  Span call = span_of(l, l->call), key = span_of(l, l->wanted);
  for (Id i = l->call + 1; i < l->f->facts.exprs.n && span_of(l, i).start < call.end; i++) {
    const Expr *e = expr_at(l->f, i);
    if (e->span.start >= key.start && e->span.end <= key.end)
      continue;
    bool member = (e->kind == EX_MEMBER && !(e->flags & EXF_OPTIONAL)) || (e->kind == EX_PROPERTY && !e->b);
    bool name = e->kind == EX_IDENT && is_steady_name(l, i);
    if (!member && !name && !memchr(plain, e->kind, sizeof plain))
      return false;
  }
  return true;
}

static Id property_called(const File *f, Id object, const char *name) {
  const Expr *e = expr_at(f, object);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    Id item = list_at(f, e->first, i);
    if (expr_at(f, item)->kind == EX_PROPERTY && !strcmp(text_of(f, expr_at(f, item)->name), name))
      return item;
  }
  return 0;
}

static bool lists(const File *f, const Expr *array, const char *name) {
  for (uint32_t i = 0; array->kind == EX_ARRAY && i < array->count; i++) {
    const Expr *e = expr_at(f, list_at(f, array->first, i));
    if (e->kind == EX_STRING && !strcmp(text_of(f, e->name), name))
      return true;
  }
  return false;
}

// Whether a selection of columns has the key, or can get it where it is written.
static bool selects_key(Lookup *l, Id value) {
  Ref at = {l->r->file, value};
  if (expr_at(l->f, value)->kind == EX_IDENT)
    at = definition_of(l->p, l->r->file, value);
  const File *f = &l->p->files.at[at.file];
  if (!at.file)
    return false;
  while (expr_at(f, at.id)->kind == EX_CAST)
    at.id = expr_at(f, at.id)->a;
  const Expr *e = expr_at(f, at.id);
  Id property = property_called(f, at.id, l->filter.key);
  if (property || e->kind != EX_OBJECT)
    return property ? !strcmp(text_of(f, expr_at(f, expr_at(f, property)->a)->name), "true") : lists(f, e, l->filter.key);
  l->columns = at.id == value ? value : 0;
  return l->columns && e->count;
}

// Whether an option of a query of one row says the same of a query of many.
static bool keeps_option(Lookup *l, Id option) {
  const Expr *e = expr_at(l->f, option);
  const Meaning *m = l->site->meaning;
  const char *name = text_of(l->f, e->name);
  const LibraryWord *word = library_word(l->p->libs, m->shape ? m->shape : l->library->options, name);
  uint8_t role = e->kind == EX_PROPERTY && word ? word->role : ROLE_NONE;
  if (role == ROLE_COLUMNS)
    return selects_key(l, e->a);
  if (role == ROLE_OMIT)
    return expr_at(l->f, e->a)->kind == EX_OBJECT && !property_called(l->f, e->a, l->filter.key);
  return role == ROLE_FILTER || role == ROLE_RELATIONS || (l->library->handle && !strcmp(name, l->library->handle));
}

static bool keeps_options(Lookup *l) {
  const Expr *e = expr_at(l->f, l->options);
  for (uint32_t i = 0; i < e->count; i++)
    if (!keeps_option(l, list_at(l->f, e->first, i)))
      return false;
  return e->kind == EX_OBJECT || !l->options;
}

// Whether the condition stands where the query's conditions do, and not further in.
static bool finds_conditions(Lookup *l) {
  const Meaning *m = l->site->meaning;
  if (l->filter.positional)
    return true;
  Id object = expr_at(l->f, l->wanted)->parent, around = expr_at(l->f, object)->parent;
  const Expr *e = expr_at(l->f, object), *where = expr_at(l->f, around);
  for (uint32_t i = 0; i < e->count; i++)
    if (expr_at(l->f, list_at(l->f, e->first, i))->kind != EX_PROPERTY)
      return false;
  l->narrowed = e->count > 1;
  if (m->filter >= 0 && object == argument_at(l->f, l->call, m->filter))
    return true;
  const LibraryWord *word = library_word(l->p->libs, m->shape ? m->shape : l->library->options, text_of(l->f, where->name));
  return where->kind == EX_PROPERTY && where->parent == l->options && word && word->role == ROLE_FILTER;
}

static bool finds_options(Lookup *l) {
  const Meaning *m = l->site->meaning;
  l->options = m->options >= 0 ? argument_at(l->f, l->call, m->options) : 0;
  bool columns = m->columns >= 0 && argument_at(l->f, l->call, m->columns);
  return !columns && finds_conditions(l) && keeps_options(l) && is_steady_call(l);
}

//
// The list of keys
//

// The parameter and body of a function that gives the key of an element: `(order) => order.userId`, `({ id }) => id`.
static const char *key_function(const Lookup *l, const char *const *path, uint32_t n) {
  Arena *arena = &l->j->report->arena;
  const Expr *root = expr_at(l->f, l->filter.value);
  if (root->kind != EX_IDENT && n == 1)
    return arena_printf(arena, "({ %s }) => %s", path[0], path[0]);
  const char *item = root->kind == EX_IDENT ? text_of(l->f, root->name) : "item";
  const char *text = arena_printf(arena, "(%s) => %s", item, item);
  for (uint32_t i = 0; i < n; i++)
    text = arena_printf(arena, "%s.%s", text, path[i]);
  return text;
}

static const char *list_text(const Lookup *l) {
  const char *path[LOOKUP_PATH], *over = chain_text(l, l->r->repeat.over);
  uint32_t n = lookup_path(l, path);
  Arena *arena = &l->j->report->arena;
  if (n)
    return arena_printf(arena, l->listed || l->all ? "%s.map(%s)" : "Array.from(%s, %s)", over, key_function(l, path, n));
  bool same = l->listed && !may_be_readonly(l->j, l->r->file, l->r->repeat.over);
  return same ? over : arena_printf(arena, "[...%s]", over);
}

//
// The name of the Map
//

// The outermost function around the rounds.
static Id outermost(const File *f, Id scope) {
  Id found = MODULE_SCOPE;
  for (; scope; scope = f->facts.scopes.at[scope].parent)
    if (f->facts.scopes.at[scope].kind == SC_FUNCTION)
      found = scope;
  return found;
}

// Whether nothing in a scope has the name, or may mean something around it by that.
static bool is_unused(const Lookup *l, const char *text, Id scope) {
  const File *f = l->f;
  Name name = names_find(&f->facts.names, text);
  Slice variables = groups_slice(&f->variables, scope, f->extents[scope].scopes);
  if (!name)
    return true;
  for (uint32_t i = 0; i < variables.n; i++)
    if (f->facts.bindings.at[variables.at[i]].name == name)
      return false;
  return !uses_inside(l->p, l->r->file, name, scope).n;
}

// Note that a fix of this run uses the name in a scope; false when another one does.
static bool take_in_scope(const Lookup *l, const char *name, Id scope) {
  const char *key = arena_printf(&l->j->report->arena, "%u %u %s", l->r->file, scope, name);
  uint64_t hash = hash_bytes(key, strlen(key));
  bool taken = map_get(&l->j->names, hash);
  map_put(&l->j->names, hash, 1);
  return !taken;
}

// A name that nothing in the function has, and no other fix where this one declares or reads it; NULL when all are taken.
static const char *free_name(const Lookup *l, const char *base) {
  Id scope = outermost(l->f, l->region);
  for (unsigned number = 1; number <= MOST_NAMES; number++) {
    const char *name = number == 1 ? base : arena_printf(&l->j->report->arena, "%s%u", base, number);
    if (is_unused(l, name, scope) && take_in_scope(l, name, l->around) && take_in_scope(l, name, l->region))
      return name;
  }
  return NULL;
}

// `usersById`
static const char *map_name(const Lookup *l) {
  Arena *arena = &l->j->report->arena;
  const char *table = sym_text(l->p, l->site->table), *key = l->filter.key + strspn(l->filter.key, "_$");
  char *rows = is_word(table) ? plural_of(table, arena) : arena_copy(arena, "rows", 4);
  rows[0] = (char)tolower((unsigned char)rows[0]);
  return free_name(l, arena_printf(arena, "%sBy%c%s", rows, toupper((unsigned char)*key), *key ? key + 1 : ""));
}

//
// The edits
//

typedef struct Edits {
  const Lookup *l;
  Replacement *at;
  uint32_t n;
} Edits;

static Edits edits_new(const Lookup *l) {
  return (Edits){.l = l, .at = arena_alloc(&l->j->report->arena, MOST_EDITS * sizeof(Replacement))};
}

// Add an edit where it belongs by its place.
static Replacement *edit_add(Edits *edits, uint32_t start, uint32_t end, const char *text) {
  uint32_t i = edits->n++;
  for (; i && edits->at[i - 1].place.start > start; i--)
    edits->at[i] = edits->at[i - 1];
  edits->at[i] = (Replacement){.place = {.source = edits->l->f->source, .start = start, .end = end}, .text = text};
  return &edits->at[i];
}

// `findByPk(id, { include })` becomes `findAll({ where: { id: ids }, include })`.
static void edit_argument(Edits *edits, const char *condition) {
  const Lookup *l = edits->l;
  const Meaning *m = l->site->meaning;
  Arena *arena = &l->j->report->arena;
  const Expr *options = expr_at(l->f, l->options);
  Span id = span_of(l, l->wanted);
  if (!conditions_are_options(m))
    edit_add(edits, id.start, id.end, arena_printf(arena, "{ %s }", condition));
  else if (!options->count)
    edit_add(edits, id.start, l->options ? options->span.end : id.end, arena_printf(arena, "{ where: { %s } }", condition));
  else {
    edit_add(edits, id.start, options->span.start, "");
    uint32_t first = span_of(l, list_at(l->f, options->first, 0)).start;
    edit_add(edits, first, first, arena_printf(arena, "where: { %s },", condition))->apart = true;
  }
}

// A value as the keys of the Map are.
static const char *compared(const Lookup *l, const char *value) {
  const char *form = l->library->compared, *hole = form ? strstr(form, "{}") : NULL;
  return hole ? arena_printf(&l->j->report->arena, "%.*s%s%s", (int)(hole - form), form, value, hole + 2) : value;
}

// The statement that reads the rows of all rounds.
static Inserted *rows_statement(const Lookup *l, const char *condition) {
  Arena *arena = &l->j->report->arena;
  Edits edits = edits_new(l);
  const Expr *callee = expr_at(l->f, expr_at(l->f, l->call)->a);
  Span wanted = span_of(l, l->wanted), call = span_of(l, l->call);
  edit_add(&edits, callee->span.end - (uint32_t)strlen(text_of(l->f, callee->name)), callee->span.end, l->site->meaning->many);
  if (l->filter.positional)
    edit_argument(&edits, condition);
  else
    edit_add(&edits, wanted.start, wanted.end, condition);
  if (l->columns) {
    uint32_t first = span_of(l, list_at(l->f, expr_at(l->f, l->columns)->first, 0)).start;
    edit_add(&edits, first, first, arena_printf(arena, "%s: true,", l->filter.key))->apart = true;
  }
  Inserted *s = arena_alloc(arena, sizeof *s);
  *s = (Inserted){.before = "(await ", .tail = ")", .edits = edits.at, .nedits = edits.n};
  s->head = arena_printf(arena, "const %s = new Map(", l->map);
  s->after = arena_printf(arena, ").map((row) => [%s, row])", compared(l, arena_printf(arena, "row.%s", l->filter.key)));
  s->code = (Place){.source = l->f->source, .start = call.start, .end = call.end};
  s->in_block = holds_statements(&l->f->facts.scopes.at[l->around]);
  s->header = header_of(l->f, &l->f->facts.scopes.at[l->around]);
  return s;
}

// Whether what takes the place of the query needs parentheses: it binds less than an `await`.
static bool needs_parentheses(const Lookup *l) {
  static const uint8_t binding[] = {EX_ALT, EX_BINARY, EX_TEMPLATE, EX_UNARY, EX_CAST};
  const Expr *around = expr_at(l->f, expr_at(l->f, l->top)->parent);
  Span top = span_of(l, l->top);
  return memchr(binding, around->kind, sizeof binding) && (around->span.start == top.start || around->span.end == top.end);
}

// Whether what a callback returns is no promise.
static bool is_no_promise(const Lookup *l, Id expr) {
  static const uint8_t plain[] = {EX_OBJECT, EX_MEMBER, EX_BINARY, EX_UNARY, EX_TEMPLATE, EX_STRING, EX_NUMBER, EX_LITERAL, EX_JSX};
  const Expr *e = expr_at(l->f, expr);
  Id variable = e->kind == EX_IDENT ? binding_of(l->p, l->r->file, e->scope, e->name, false) : 0;
  return expr == l->top || (variable && map_get(&l->f->owners, l->top) == variable) || memchr(plain, e->kind, sizeof plain);
}

// Whether the callback waits for nothing else, gives no promise, and does not end the others by an error.
static bool needs_no_promise(const Lookup *l) {
  const File *f = l->f;
  const Function *callback = &f->facts.functions.at[l->r->repeat.callback];
  Slice exits = exits_inside(f, callback->scope);
  Extent inside = f->extents[callback->scope];
  for (uint32_t i = 0; i < callback->returns.count; i++)
    if (!is_no_promise(l, list_at(f, callback->returns.first, i)))
      return false;
  for (uint32_t i = 0; i < exits.n; i++)
    if (f->facts.exits.at[exits.at[i]].kind == EXIT_THROW)
      return false;
  for (Id i = callback->scope; i < inside.scopes; i++)
    if (f->facts.scopes.at[i].kind == SC_FOR_AWAIT)
      return false;
  for (Id i = inside.first; i < inside.end; i++)
    if (expr_at(f, i)->kind == EX_AWAIT && i != l->top && scope_inside(f, expr_at(f, i)->scope, callback->scope))
      return false;
  return callback->returns.count > 0;
}

// `await Promise.all(ids.map(async (id) => ...))` becomes `ids.map((id) => ...)`.
static void edit_promise(Edits *edits, Fix *fix) {
  const Lookup *l = edits->l;
  const Function *callback = &l->f->facts.functions.at[l->r->repeat.callback];
  const Param *param = &l->f->facts.params.at[callback->params.count ? list_at(l->f, callback->params.first, 0) : 0];
  Id waits = expr_at(l->f, l->all)->parent;
  Span all = span_of(l, expr_at(l->f, waits)->kind == EX_AWAIT ? waits : l->all), map = span_of(l, l->r->repeat.call);
  bool async = callback->flags & FN_ASYNC;
  uint32_t word = (uint32_t)strlen("async "), start = callback->span.start;
  if (async && param->span.start != start + word && param->span.start != start + word + 1)
    return;
  fix->joined = (Place){.source = l->f->source, .start = map.start, .end = map.end};
  edit_add(edits, all.start, map.start, "");
  if (async)
    edit_add(edits, start, start + word, "");
  edit_add(edits, map.end, all.end, "");
}

static Fix *make_fix(Lookup *l, const char *condition) {
  Arena *arena = &l->j->report->arena;
  Edits edits = edits_new(l);
  Fix *fix = arena_alloc(arena, sizeof *fix);
  Span top = span_of(l, l->top);
  bool parentheses = needs_parentheses(l);
  edit_add(&edits, l->before, l->before, "")->inserted = rows_statement(l, condition);
  if (l->all && needs_no_promise(l))
    edit_promise(&edits, fix);
  edit_add(&edits, top.start, top.end, arena_printf(arena, "%s%s.get(%s) ?? null%s", parentheses ? "(" : "", l->map,
                                                    compared(l, chain_text(l, l->value)), parentheses ? ")" : ""));
  fix->description = "read the rows of all rounds with one query before, and look each one up";
  fix->doubt = lookup_doubt(l);
  fix->safe = !fix->doubt;
  fix->edits = edits.at;
  fix->nedits = edits.n;
  return fix;
}

Fix *lookup_fix(Judge *j, const Repeated *r) {
  Program *p = j->program;
  Lookup l = {.j = j, .p = p, .r = r, .f = &p->files.at[r->file], .site = &p->sites.at[r->site], .query = query_of_site(j, r->site)};
  l.region = repeat_scope(l.f, &r->repeat);
  l.library = &p->libs->libraries.at[l.site->library];
  if (!finds_query(&l) || !finds_rounds(&l))
    return NULL;
  l.filter = filter_of(p, r);
  if (!finds_key(&l) || !finds_options(&l) || rounds_change_keys(&l) || lookup_match(&l) == KEYS_DIFFERENT)
    return NULL;
  l.listed = is_array(j, r->file, r->repeat.over);
  const char *condition = batch_for(j, r, list_text(&l)).list;
  l.map = condition ? map_name(&l) : NULL;
  return l.map ? make_fix(&l, condition) : NULL;
}
