// doubt.c - why a repeated query may not be worth a change, though it is true: such findings are notes.
//
// Errors and warnings are meant to be acted on. A round that waits for a mail server anyway, that is a whole
// use case of its own, or whose statement cannot be joined with the others is told, but not loudly.
#include "clients.h"
#include "judge.h"
#include "repeat.h"
#include "schema/ddl.h"
#include "sql.h"
#include "transactions.h"
#include "values.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

// The function that runs the callback for each element waits between them: the pace is meant.
static bool is_paced(Program *p, const Repeated *r) {
  const File *f = &p->files.at[r->file];
  const Unit *unit = &f->units[r->repeat.call ? unit_of(f, r->repeat.call) : 0];
  for (uint32_t i = 0; r->repeat.call && i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
    for (uint32_t k = 0; edge->call == r->repeat.call && edge->kind == EDGE_CALL && k < callee->reach.n; k++)
      if (callee->reach.at[k].effect == EFFECT_SLEEP)
        return true;
  }
  return false;
}

// Whether each round has a transaction of its own: one that opens in the region, or on the way to the query.
static bool opens_transaction(Program *p, const Repeated *r, Id region) {
  Way way = way_of(r);
  do {
    const File *f = &p->files.at[way.file];
    Id call = transaction_of(p, way.file, way.expr).call;
    if (call && (way.hops || scope_inside(f, expr_at(f, call)->scope, region)))
      return true;
  } while (way_next(p, &way));
  return false;
}

// The called function is a use case: it reads and writes.
static bool is_unit_of_work(const Repeated *r) { return r->via.file && r->writes && r->others >= 1; }

enum { MAX_NESTED = 4 };  // spreads and arrays that a written value is followed through

// Calls between a loop and a query after which nobody thinks of them together. One that asks the same can be handed in.
enum { FAR = 4, FAR_SAME = 5, DEEP = 3 };

static bool ends_with_ids(const char *name) {
  size_t n = strlen(name);
  return n >= 3 && (!strcmp(name + n - 3, "Ids") || !strcmp(name + n - 3, "ids") || !strcmp(name + n - 3, "IDs"));
}

// Some branch of the loop leaves it: a search or a check.
static bool may_leave(const File *f, Id region) {
  Slice exits = exits_inside(f, region);
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    bool leaves = exit->kind == EXIT_RETURN || exit->kind == EXIT_BREAK;
    if (leaves && f->facts.scopes.at[exit->scope].function == f->facts.scopes.at[region].function)
      return true;
  }
  return false;
}

// What an entry point is called with, as a whole: `request.body`, `batch.messages`.
static bool is_whole_input(Program *p, const Repeated *r, const Expr *over) {
  const File *f = &p->files.at[r->file];
  const Expr *object = expr_at(f, over->a);
  Id binding = object->kind == EX_IDENT ? binding_of(p, r->file, object->scope, object->name, false) : 0;
  return f->facts.bindings.at[binding].kind == BIND_PARAM && is_entry(p, r->file, unit_of(f, over->a));
}

// The parts of one object (`order.surcharges`, `command.channels`), which are few as a rule; a list of ids is not, nor are
// rows that are read into it there.
static bool is_part_list(const Judge *j, const Repeated *r, Id region) {
  Program *p = j->program;
  const File *f = &p->files.at[r->file];
  const Expr *over = expr_at(f, r->repeat.over);
  if (over->kind == EX_ALT && !over->c)
    over = expr_at(f, over->a);  // `input.items ?? []`
  if (over->kind != EX_MEMBER || ends_with_ids(text_of(f, over->name)) || is_whole_input(p, r, over))
    return false;
  bool part = r->effect == EFFECT_WRITE || r->via.file || (r->repeat.scope && may_leave(f, region));
  return part && !is_set_to_rows(j, r->file, r->repeat.over) && !is_within_many(j, r);
}

static bool is_hook(Program *p, FileId file, List decorators) {
  for (uint32_t i = 0; i < decorators.count; i++) {
    const LibraryExport *export = decorator_export(p, file, list_at(&p->files.at[file], decorators.first, i));
    if (export && export->hook)
      return true;
  }
  return false;
}

static bool declares_hooks(Program *p, Ref class) {
  List members = p->files.at[class.file].facts.classes.at[class.id].members;
  for (uint32_t i = 0; i < members.count; i++) {
    const File *f = &p->files.at[class.file];
    if (is_hook(p, class.file, f->facts.members.at[list_at(f, members.first, i)].decorators))
      return true;
  }
  return false;
}

// Also those of the classes that it extends.
bool has_hooks(Program *p, const Site *site) {
  uint32_t at = site->table ? map_get(&p->classes_by_name, site->table + 1u) : 0;
  for (uint32_t looked = 0; at && looked < MAX_NAMESAKES; at = p->links.at[at].next, looked++) {
    Ref class = p->links.at[at].ref;
    for (int i = 0; class.file && i < MAX_BASES; i++, class = base_class(p, class))
      if (declares_hooks(p, class))
        return true;
  }
  return false;
}

// Errors of one element are caught, and the loop goes on.
static bool is_caught(const File *f, const Repeated *r, Id region) {
  const Expr *e = expr_at(f, r->expr), *parent = expr_at(f, e->parent);
  if (parent->kind == EX_MEMBER && !strcmp(text_of(f, parent->name), "catch"))
    return true;
  for (Id scope = e->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent)
    if (f->facts.scopes.at[scope].kind == SC_TRY)
      return true;
  return false;
}

// An insert of many rows at once.
static bool writes_set(const Site *site) {
  const Meaning *m = site->meaning;
  return site->bulk || (m && m->rows == ROWS_MANY && (m->verb == VERB_INSERT || m->rows_arg != ARG_NONE));
}

// Whether a word of SQL is a function that takes a list as rows: `unnest(`, `json_populate_recordset(`; or ANY, of an array.
static bool takes_list(const char *word, const char *end, const char *text_end) {
  static const char *const names[] = {"any", "unnest", "json_each", "openjson"};
  static const char *const parts[] = {"_recordset", "_populate_"};
  char name[32];
  size_t n = (size_t)(end - word);
  const char *next = ddl_skip_blank(end, text_end);
  if (n >= sizeof name || next == text_end || *next != '(' || !isalpha((unsigned char)*word))
    return false;
  memcpy(name, word, n);
  name[n] = '\0';
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcasecmp(name, names[i]))
      return true;
  return contains_any(name, parts, COUNT(parts));
}

bool statement_writes_set(const Query *q) {
  const char *at = q->sql, *text_end = at + strlen(at);
  for (bool values = q->verb != VERB_INSERT; (at = ddl_skip_blank(at, text_end)) < text_end;) {
    const char *end = ddl_token(at, text_end, false), *next = ddl_skip_blank(end, text_end);
    if (takes_list(at, end, text_end) || (!values && ddl_word(at, text_end, "select")))
      return true;
    if (ddl_word(at, text_end, "values")) {
      values = true;
      if (*next == '?')
        return true;
    }
    at = end;
  }
  return false;
}

// The values in an argument of a write: what stands under the library's key for them (`data`), else the whole argument.
static Id values_in(const Program *p, const Site *site, const File *f, Id argument) {
  const Expr *e = expr_at(f, argument);
  uint16_t options = p->libs->libraries.at[site->library].options;
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    const LibraryWord *word = library_word(p->libs, options, text_of(f, property->name));
    if (property->kind == EX_PROPERTY && word && word->role == ROLE_VALUES)
      return property->a;
  }
  return argument;
}

// `update(values)`, `set('name', value)`, `row.save()`: whether a call sets values that vary.
static bool sets_varying(Program *p, const Repeated *r, const Site *site, Id call) {
  const File *f = &p->files.at[r->file];
  const Meaning *m = expr_at(f, call)->kind == EX_CALL ? call_meaning(p, r->file, call, NULL) : NULL;
  if (!m || m->values == ARG_NONE)
    return false;
  if (m->values == ARG_THIS)
    return varies(p, r->file, expr_at(f, expr_at(f, call)->a)->a, &r->repeat);
  Id argument = argument_at(f, call, m->values);
  if (m->values >= 0 && expr_at(f, argument)->kind == EX_STRING)
    argument = argument_at(f, call, m->values + 1);
  return argument && varies(p, r->file, values_in(p, site, f, argument), &r->repeat);
}

// An update that sets other values for each row.
static bool sets_own_values(Program *p, const Repeated *r, const Site *site) {
  const File *f = &p->files.at[r->file];
  Id at = site->expr.file == r->file ? site->expr.id : 0;
  for (int steps = 0; at && expr_at(f, at)->kind != EX_AWAIT && steps < MAX_CHAIN; steps++, at = chain_below(p, r->file, at))
    if (sets_varying(p, r, site, at))
      return true;
  return false;
}

// The query asks for something that the same round has just written.
static bool asks_for_own_write(Program *p, const Repeated *r, Id region) {
  const File *f = &p->files.at[r->file];
  const Expr *e = expr_at(f, root_of(f, filter_of(p, r).value));
  Id binding = e->kind == EX_IDENT ? binding_of(p, r->file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  const Expr *made = expr_at(f, b->kind == BIND_CONST ? b->value : 0);
  if (!binding || made->kind != EX_AWAIT || !scope_inside(f, b->scope, region))
    return false;
  const Unit *unit = &f->units[unit_of(f, b->value)];
  for (uint32_t i = 0; i < unit->sites.n; i++) {
    const Site *site = &p->sites.at[unit->sites.at[i]];
    if (site->expr.id == made->a && site->effect == EFFECT_WRITE)
      return true;
  }
  return false;
}

// Which table or collection the query is about changes from round to round: `getRepository(field.entity)`.
static bool changes_table(Program *p, const Repeated *r, const Site *site) {
  if (site->call.file != r->file || r->via.file)
    return false;
  const File *f = &p->files.at[r->file];
  const Meaning *m = site->meaning;
  int steps = 0;  // a variable may be named after itself: `const users: Users = users.all()`
  for (Id at = site->call.id; at && steps < MAX_CHAIN; m = NULL, steps++) {
    const Expr *e = expr_at(f, at);
    m = e->kind == EX_CALL && !m ? callee_meaning(p, value_of(p, r->file, e->a), r->file, at) : m;
    Id table = e->kind == EX_INDEX ? e->b : m && m->table >= 0 ? argument_at(f, at, m->table) : 0;
    bool row = m && m->rows_arg != ARG_NONE && argument_at(f, at, m->rows_arg) == table;  // `manager.save(user)`
    if (table && !row && !e->name && varies(p, r->file, table, &r->repeat))
      return true;
    at = chain_below(p, r->file, at);
  }
  return false;
}

// A value of the write is what the write of the round before gave: `parent = (await insert({ parent })).id`.
static bool needs_round_before(Program *p, const Repeated *r, Id expr, Id region, int depth) {
  const File *f = &p->files.at[r->file];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > 12)
    return false;
  Id binding = e->kind == EX_IDENT ? binding_of(p, r->file, e->scope, e->name, false) : 0;
  bool older = binding && !scope_inside(f, f->facts.bindings.at[binding].scope, region);
  for (Id at = older ? map_get(&f->assigns, binding) : 0; at; at = map_get(&f->chain, at)) {
    bool first = false;
    if (scope_inside(f, expr_at(f, at)->scope, region) && is_taken_from(p, r->file, expr_at(f, at)->b, r->expr, &first, 0))
      return true;
  }
  Id parts[64];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (needs_round_before(p, r, parts[i], region, depth + 1))
      return true;
  return false;
}

// It runs in a branch of the round: for some elements only.
static bool is_in_branch(const File *f, Id expr, Id region) {
  for (Id scope = expr_at(f, expr)->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent) {
    uint8_t kind = f->facts.scopes.at[scope].kind;
    if (kind == SC_IF || kind == SC_ELSE || kind == SC_CASE || kind == SC_BRANCH)
      return true;
  }
  return false;
}

// Whether a value may be an object with one of the keys: `id ? { connect: { id } } : undefined`.
static bool has_key(Program *p, ValueId value, const char *const *keys) {
  ValueId each[4];
  uint32_t n = value_each(p, value, each);
  for (uint32_t i = 0; i < n; i++) {
    const Value *v = value_at(p, each[i]);
    if (v->kind == VAL_OBJECT && object_has_key(&p->files.at[v->a], v->b, keys))
      return true;
  }
  return false;
}

// Whether a value, or one that is spread into it or returned for it, has a key that writes rows of a relation along.
static bool has_nested(Program *p, ValueId value, const char *const *nested, int depth) {
  const Value v = *value_at(p, value);
  const File *f = &p->files.at[v.kind == VAL_OBJECT ? v.a : 0];
  const Expr *object = expr_at(f, v.kind == VAL_OBJECT ? v.b : 0);
  if (v.kind == VAL_ARRAY)
    return depth < MAX_NESTED && has_nested(p, v.a, nested, depth + 1);
  for (uint32_t i = 0; v.kind == VAL_OBJECT && i < object->count; i++) {
    const Expr *part = expr_at(f, list_at(f, object->first, i));
    if (part->kind == EX_SPREAD && depth < MAX_NESTED && has_nested(p, value_of(p, v.a, part->a), nested, depth + 1))
      return true;
    if (part->kind == EX_PROPERTY && has_key(p, value_of(p, v.a, part->a), nested))
      return true;
  }
  return false;
}

// The row is created together with rows of other tables, which a bulk insert cannot do.
static bool creates_relations(Program *p, const Site *site) {
  const char *const *nested = p->libs->libraries.at[site->library].nested;
  const File *f = &p->files.at[site->call.file];
  const Expr *call = expr_at(f, site->call.id);
  Id argument = site->call.file && nested && call->count ? list_at(f, call->first, 0) : 0;
  Id values = argument ? values_in(p, site, f, argument) : 0;
  return values && has_nested(p, value_of(p, site->call.file, values), nested, 0);
}

// A hole of a template that may be more than the name of a function: `${columns}`, not `${lock}(?)`.
static bool has_open_hole(const char *text) {
  while ((text = strstr(text, "${}")))
    if (*(text += 3) != '(')
      return true;
  return false;
}

// `SELECT pg_advisory_xact_lock($1)`: it is made for what a function does.
static bool reads_no_table(Program *p, const Repeated *r) {
  Ref literal = text_run(p, r);
  const File *f = &p->files.at[literal.file];
  const char *text = literal.file ? text_of(f, expr_at(f, literal.id)->name) : block_run(p, r);
  return text && !strncasecmp(sql_start(text), "select", 6) && !contains_word(text, "from") && !has_open_hole(text);
}

// `customer.groups`, `line.asset?.preview`, `order.lines.map(...)`: something of what a resolver gets as its parent, which
// is loaded already. One element of a list (`product.values[0].channels`) says nothing of the list.
static bool is_of_parent(Program *p, const Repeated *r, Id expr) {
  const File *f = &p->files.at[r->file];
  const Expr *e = expr_at(f, expr);
  bool member = false;
  while (e->kind == EX_MEMBER || e->kind == EX_CALL || e->kind == EX_AWAIT || e->kind == EX_CAST) {
    member = e->kind == EX_MEMBER;
    e = expr_at(f, e->a);
  }
  Id binding = member && e->kind == EX_IDENT ? binding_of(p, r->file, e->scope, e->name, false) : 0;
  return binding && binds_item(f, binding, r->repeat.items);
}

// A field resolver asks only where the parent has nothing: `customer.groups ?? (await load(customer.id))`.
static bool asks_where_absent(Program *p, const Repeated *r) {
  const File *f = &p->files.at[r->file];
  Id region = f->facts.functions.at[r->repeat.callback].scope;
  for (Id scope = expr_at(f, r->expr)->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent)
    if (f->facts.scopes.at[scope].a && is_of_parent(p, r, absent_in(f, &f->facts.scopes.at[scope])))
      return true;
  return false;
}

// The same with a return: `if (customer.groups) return customer.groups`.
static bool leaves_with_field(Program *p, const Repeated *r) {
  const File *f = &p->files.at[r->file];
  Id region = r->repeat.callback;
  Slice exits = exits_inside(f, f->facts.functions.at[region].scope);
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    bool before = s->function == region && s->kind != SC_FUNCTION && exit->span.end <= expr_at(f, r->expr)->span.start;
    if (before && exit->kind == EXIT_RETURN && is_of_parent(p, r, exit->value))
      return true;
  }
  return false;
}

static bool stands_in_catch(const File *f, Id scope) {
  for (; scope && f->facts.scopes.at[scope].kind != SC_FUNCTION; scope = f->facts.scopes.at[scope].parent)
    if (f->facts.scopes.at[scope].kind == SC_CATCH)
      return true;
  return false;
}

enum { MAX_RUNS = 4 };  // functions upwards that are asked whether they run after an error

// Whether a callback is what a promise calls when it fails: `.catch(fn)`, `.then(done, fn)`.
static bool is_rejection_handler(const File *f, Id call, Id callback) {
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  int index = argument_index(f, call, callback);
  return (!strcmp(name, "catch") && index == 0) || (!strcmp(name, "then") && index == 1);
}

// Whether a scope runs only after an error: in a catch clause, or in a function that is only called in such places, as a
// helper calls the handler that it gets.
static bool runs_after_error(const Judge *j, FileId file, Id scope, int depth) {
  const File *f = &j->program->files.at[file];
  Id function = f->facts.scopes.at[scope].function;
  if (stands_in_catch(f, scope))
    return true;
  bool found = false;
  uint32_t at = function && depth < MAX_RUNS ? callers_of(&j->callers, (Ref){file, function}) : 0;
  for (; at; at = j->callers.calls.at[at].next) {
    const Caller *caller = &j->callers.calls.at[at];
    const File *g = &j->program->files.at[caller->call.file];
    bool handler = caller->call.file == file && is_rejection_handler(f, caller->call.id, f->facts.functions.at[function].expr);
    if (!handler && !(caller->calls && runs_after_error(j, caller->call.file, expr_at(g, caller->call.id)->scope, depth + 1)))
      return false;
    found = true;
  }
  return found;
}

// Whether a branch of the loop around a scope is taken where something is missing: a check, not a hit.
static bool stands_behind_absence(const File *f, Id scope, Id region) {
  for (; scope && scope != region; scope = f->facts.scopes.at[scope].parent)
    if (f->facts.scopes.at[scope].kind == SC_IF && asks_for_absence(f, f->facts.scopes.at[scope].a))
      return true;
  return false;
}

// A loop that looks for one element ends where the query finds it: `if (owners === 1) return true`.
static bool ends_at_hit(const File *f, const Repeated *r, Id region) {
  Slice exits = r->repeat.scope ? exits_inside(f, region) : (Slice){0};
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Expr *value = expr_at(f, exit->value);
    bool answer = exit->kind == EXIT_RETURN && value->kind == EX_LITERAL && !strcmp(text_of(f, value->name), "true");
    bool leaves = answer || (exit->kind == EXIT_BREAK && break_leaves(f, exit->scope, region));
    bool own = f->facts.scopes.at[exit->scope].function == f->facts.scopes.at[region].function;
    if (leaves && own && exit->span.start > expr_at(f, r->expr)->span.end && !stands_behind_absence(f, exit->scope, region))
      return true;
  }
  return false;
}

static bool is_strategy(const File *f, const Class *class) {
  const char *name = text_of(f, class->name);
  size_t n = strlen(name);
  return n > 8 && !strcmp(name + n - 8, "Strategy") && (class->extends || class->implements.count);
}

// A class on the way is one of several that may be put in its place: what it is asked for is its interface's affair.
static bool asks_strategy(const Program *p, const Repeated *r) {
  Way way = way_of(r);
  do {
    const File *f = &p->files.at[way.via.file];
    Id class = way.via.file ? f->facts.functions.at[way.via.id].class : 0;
    if (class && is_strategy(f, &f->facts.classes.at[class]))
      return true;
  } while (way_next(p, &way));
  return false;
}

static bool reads_page(const Judge *j, const Repeated *r) {
  const Query *q = query_of_way(j, r);
  return q && q->rows != ROWS_ONE && (q->limit || q->offset);
}

// Whether a file is one of the browser: "use client".
static bool is_for_client(const File *f) {
  bool client = false;
  for (uint32_t i = 0; i < f->facts.directives.n && !client; i++)
    client = !strcmp(text_of(f, expr_at(f, f->facts.directives.at[i])->name), "use client");
  return client;
}

Ref action_asked(const Program *p, const Repeated *r) {
  Way way = way_of(r);
  bool client = is_for_client(&p->files.at[r->file]);
  do {
    uint32_t entry = client && way.via.file ? p->files.at[way.via.file].units[way.via.id].entry : 0;
    if (entry && p->entries.at[entry].kind == ENTRY_ACTION)
      return way.via;
  } while (client && way_next(p, &way));
  return (Ref){0, 0};
}

const char *round_doubt_of(Program *p, const Repeated *r) {
  Id region = repeat_scope(&p->files.at[r->file], &r->repeat);
  if (action_asked(p, r).file)
    return "each round is a request of its own, which the browser sends: no query stands before all of them";
  if (region_is_slow(p, r->file, region))
    return "each round also waits for something slower than a query (mail, HTTP, files, another service)";
  if (is_paced(p, r))
    return "the elements are worked off at a pace that is meant";
  if (is_unit_of_work(r) && !is_in_resolver(r))
    return "each round is a use case of its own, which reads and writes";
  if (!is_in_resolver(r) && opens_transaction(p, r, region))
    return "each round has a transaction of its own";
  return NULL;
}

// Why a field resolver may not repeat its query.
static const char *resolver_doubt(const Judge *j, const Repeated *r) {
  Program *p = j->program;
  const Resolver *resolver = resolver_at(p, r->file, r->repeat.callback);
  if (resolver && sdl_gives_one(p, resolver->type))
    return "the schema files never give its type in a list: a request holds one";
  if (resolver && clients_ask_one(p, resolver->type, resolver->field))
    return "no GraphQL document of the tree asks for the field beneath a list";
  if (resolver && is_given_up(p, resolver->type, resolver->field))
    return "the field is deprecated, and no GraphQL document of the tree asks for it beneath a list";
  if (leaves_with_field(p, r) || asks_where_absent(p, r))
    return "the field is given without a query where the parent has it already";
  return reads_page(j, r) ? "it reads a page of each parent, which one query for all of them cannot do simply" : NULL;
}

// Why nobody may wait for it.
static const char *runner_doubt(const Judge *j, const Repeated *r, Id region) {
  Program *p = j->program;
  const File *f = &p->files.at[r->file];
  const Entry *entry = entry_of_repeated(p, r);
  Id unit = unit_of(f, r->expr);
  if (runs_after_error(j, r->file, r->repeat.call ? expr_at(f, r->repeat.call)->scope : region, 0))
    return "the loop runs only after an error";
  if ((entry && entry->kind == ENTRY_CLI) || (unit && !entry && only_scripts_call(j, (Ref){r->file, unit})))
    return "it runs in a command or script, not for each request";
  if (is_for_development(p, r->file, r->expr))
    return "it runs in development only";
  if (entry && (entry->kind == ENTRY_CRON || entry->kind == ENTRY_TIMER))
    return "it runs by the clock, and nobody waits for it";
  if (!is_in_resolver(r) && serves_removal(p, r))
    return "it deletes a thing with what hangs on it, one by one: that is rare, and a statement less changes little";
  return NULL;
}

// Why the writes of all rounds may not become one.
static const char *write_doubt(const Judge *j, const Repeated *r, Id region) {
  Program *p = j->program;
  const File *f = &p->files.at[r->file];
  const Site *site = &p->sites.at[r->site];
  const Query *q = query_of_repeated(j, r);
  if (r->via.file && !q)
    return "the write stands in a function of its own, which would need a form for many rows";
  if (needs_round_before(p, r, r->expr, region, 0))
    return "each row needs what the one before it was given";
  if (creates_relations(p, site))
    return "the row is created together with rows of its relations, which a bulk insert cannot do";
  if (is_in_branch(f, r->expr, region))
    return "only some elements are written";
  if (!site->table && site->sql.file && (!q || !q->tables.n || q->dynamic))
    return "what the statement writes cannot be seen";
  if (!p->libs->libraries.at[site->library].keeps_hooks && has_hooks(p, site))
    return "the model has hooks, which a bulk statement does not run for each row";
  if (writes_set(site) || (q && q->sql && statement_writes_set(q)))
    return "each round writes a set of rows already";
  if (is_caught(f, r, region))
    return "an error of one element is caught and does not stop the others";
  bool own = q && q->sql && q->verb == VERB_UPDATE ? update_sets_varying(p, r, q) : sets_own_values(p, r, site);
  return own ? "each row gets values of its own" : NULL;
}

// Why a query less for each element may change little.
static const char *gain_doubt(const Judge *j, const Repeated *r, Id region) {
  Program *p = j->program;
  bool write = r->effect == EFFECT_WRITE;
  if (!is_in_resolver(r) && !is_invariant(r) && costs_more_later(j, r))
    return "another loop works off the same elements, with more for each of them";
  if (!write && was_written_before(p, r))
    return "each element has just been written by a statement of its own";
  if (!write && ends_at_hit(&p->files.at[r->file], r, region))
    return "the loop looks for one element, and ends where it is found";
  if (asks_strategy(p, r))
    return "the query stands behind a strategy, whose interface asks for one element";
  if (!write && asks_for_own_write(p, r, region))
    return "it asks for what the same round has just written";
  return NULL;
}

// Calls from the loop to the query: of a statement that is handed on to who runs it, to the call that gives it.
static uint32_t calls_to_query(Program *p, const Repeated *r) {
  Way way = way_of(r);
  Span sql = r->sql.file ? expr_at(&p->files.at[r->sql.file], r->sql.id)->span : (Span){0};
  for (uint32_t n = 0; r->sql.file && n < r->hops; n++) {
    Span call = expr_at(&p->files.at[way.file], way.expr)->span;
    if (way.file == r->sql.file && call.start <= sql.start && sql.end <= call.end)
      return n;
    if (!way_next(p, &way))
      break;
  }
  return r->hops;
}

// Why the query may stay where it is.
static const char *place_doubt(const Judge *j, const Repeated *r, Id region) {
  Program *p = j->program;
  if (is_invariant(r) && !r->statement && r->hops >= DEEP)
    return "what it asks is the same each time, but stands some calls away, in a function that is made to ask it";
  if (changes_table(p, r, &p->sites.at[r->site]) || splices_table(p, r))
    return "each round asks another table";
  if (runs_elements(p, r, region))
    return "each element is a statement of its own";
  if (reads_no_table(p, r))
    return "the statement reads no table: it is made for what a function does";
  if (procedure_run(p, r) == PROCEDURE_UNKNOWN)
    return "it runs a procedure of the database, and what that changes in each round cannot be seen";
  if (calls_to_query(p, r) >= (is_invariant(r) ? FAR_SAME : FAR))
    return "the query is many calls away from the loop";
  if (is_part_list(j, r, region))
    return "it loops over the parts of one object, which are few as a rule";
  return NULL;
}

// Whether a function on the way remembers for the request what it gave for the same arguments.
static bool remembers(Program *p, const Repeated *r) {
  Way way = way_of(r);
  do
    if (way.via.file && is_remembered(p, way.via))
      return true;
  while (way_next(p, &way));
  return false;
}

const char *doubt_of(Judge *j, const Repeated *r) {
  Program *p = j->program;
  Id region = repeat_scope(&p->files.at[r->file], &r->repeat);
  if (r->repeat.deferred)
    return "the loop only collects functions that make the query later";
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "there are as many queries as levels, which are few as a rule";
  if (r->cached || (is_invariant(r) && remembers(p, r)))
    return "what is read is kept, and asked for again only when it is missing or too old";
  const char *doubt = r->round_doubt ? r->round_doubt : small_collection(j, r);
  if (!doubt && is_in_resolver(r))
    doubt = resolver_doubt(j, r);
  if (!doubt)
    doubt = runner_doubt(j, r, region);
  if (!doubt)
    doubt = place_doubt(j, r, region);
  if (!doubt && r->effect == EFFECT_WRITE)
    doubt = write_doubt(j, r, region);
  return doubt ? doubt : gain_doubt(j, r, region);
}
