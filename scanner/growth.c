// growth.c - whether the collection that a loop iterates grows with the data, as far as the code shows it.
//
// A collection is followed back to where it comes from: through variables, array methods, functions and callers, to
// rows of a query, to what a request or a caller that is not seen brings along, or to the parts of one row. A loop over a list of which nothing is
// known may be long or short; only what is seen to grow is worth an error.
#include "judge.h"
#include "values.h"

#include <string.h>

enum { MAX_DEPTH = 20, MAX_STEPS = 400, MAX_LOOK = 4000 };

// A function that the search went into to see what it returns: its parameters are what that call gives.
typedef struct Frame {
  const struct Frame *up;
  Ref function, call;
} Frame;

// One search, bounded in all that it looks at.
typedef struct Search {
  const Judge *j;
  Program *p;
  uint32_t steps;
  const Frame *frame;  // NULL: as everybody calls it
  uint32_t site;  // a query that gives many rows, 0 while none is met
} Search;

static Growth trace(Search *s, FileId file, Id expr, int depth);

static Growth larger(Growth a, Growth b) { return a > b ? a : b; }

static uint64_t place_key(FileId file, Id expr) { return (uint64_t)file << 32 | expr; }

void sites_index(Map *sites, const Program *p) {
  for (uint32_t i = 1; i < p->sites.n; i++) {
    const Site *site = &p->sites.at[i];
    if (site->effect != EFFECT_READ)
      continue;
    map_put(sites, place_key(site->expr.file, site->expr.id), i);
    if (site->call.file)
      map_put(sites, place_key(site->call.file, site->call.id), i);
  }
}

uint32_t read_at(const Judge *j, FileId file, Id expr) { return map_get(&j->reads, place_key(file, expr)); }

// `id = $1 OR group_id = $1`: one row and those that hang on it.
static bool asks_for_group(const Query *q) {
  bool one = false, others = false;
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    const Column *column = c->either && c->operator == OPERATOR_EQUAL && !c->constant ? query_column(q, c->table, c->column) : NULL;
    if (c->either && !column)
      return false;
    bool key = column && table_is_unique(q->tables.at[c->table].table, (const char *const[]){column->name}, 1);
    one |= key;
    others |= column && !key;
  }
  return one && others;
}

// Whether some part of an expression is a list that is refused when it is long.
static bool has_capped(Search *s, FileId file, Id expr, int depth) {
  const File *f = &s->p->files.at[file];
  uint8_t kind = expr_at(f, expr)->kind;
  if (!expr || depth > MAX_DEPTH || ++s->steps > MAX_STEPS)
    return false;
  if (kind != EX_OBJECT && kind != EX_PROPERTY)
    return trace(s, file, expr, depth + 1) == GROWTH_CAPPED;
  Id parts[16];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (has_capped(s, file, parts[i], depth + 1))
      return true;
  return false;
}

// Whether a condition finds a row for each of such a list: `id: { in: ids }`, `.whereIn("id", ids)`.
static bool asks_by_capped(Search *s, const Query *q, const Condition *c, int depth) {
  const Column *column = c->operator == OPERATOR_EQUAL && !c->constant && !c->join ? query_column(q, c->table, c->column) : NULL;
  bool some = c->either || c->maybe || c->function;
  if (!column || some || !c->span.end || ++s->steps > MAX_STEPS ||
      !table_is_unique(q->tables.at[c->table].table, (const char *const[]){column->name}, 1))
    return false;
  const File *f = &s->p->files.at[q->expr.file];
  Extent extent = f->extents[f->facts.functions.at[unit_of(f, q->expr.id)].scope];
  for (Id i = extent.first; i < extent.end && i - extent.first < MAX_LOOK; i++) {
    const Expr *e = expr_at(f, i);
    if (e->span.start != c->span.start || e->span.end != c->span.end)
      continue;
    const Expr *call = expr_at(f, e->kind == EX_STRING ? e->parent : 0);
    for (uint32_t k = 0; call->kind == EX_CALL && k < call->count; k++)
      if (has_capped(s, q->expr.file, list_at(f, call->first, k), depth + 1))
        return true;
    return has_capped(s, q->expr.file, i, depth + 1);
  }
  return false;
}

// Whether options say that no more rows are read than such a list has: `take: ids.length`.
static bool takes_capped(Search *s, const Site *site, int depth) {
  const File *f = &s->p->files.at[site->call.file];
  const Library *library = &s->p->libs->libraries.at[site->library];
  const Expr *call = expr_at(f, site->call.id);
  const Expr *options = expr_at(f, call->count ? list_at(f, call->first, call->count - 1u) : 0);
  for (uint32_t i = 0; options->kind == EX_OBJECT && i < options->count; i++) {
    const Expr *property = expr_at(f, list_at(f, options->first, i)), *value = expr_at(f, property->a);
    const LibraryWord *word = library_word(s->p->libs, library->options, text_of(f, property->name));
    bool length = word && word->role == ROLE_LIMIT && value->kind == EX_MEMBER && !strcmp(text_of(f, value->name), "length");
    if (length && has_capped(s, site->call.file, value->a, depth + 1))
      return true;
  }
  return false;
}

// Whether a query gives no more rows than a list has that is refused when it is long.
static bool gives_capped(Search *s, const Query *q, uint32_t site, int depth) {
  for (uint32_t i = 0; q && i < q->conditions.n; i++)
    if (asks_by_capped(s, q, &q->conditions.at[i], depth))
      return true;
  return s->p->sites.at[site].call.file && takes_capped(s, &s->p->sites.at[site], depth);
}

static Growth growth_of_rows(Search *s, uint32_t site, int depth) {
  const Query *q = query_of_site(s->j, site);
  if (s->p->sites.at[site].rows == ROWS_ONE || (q && asks_for_group(q)))
    return GROWTH_PART;
  return gives_capped(s, q, site, depth) ? GROWTH_CAPPED : GROWTH_ROWS;
}

// Whether an expression is made of a parameter of the function that an entry point calls.
static bool uses_parameter(Search *s, FileId file, Id expr, int depth) {
  const File *f = &s->p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > MAX_DEPTH || ++s->steps > MAX_STEPS)
    return false;
  if (e->kind == EX_IDENT) {
    const Binding *b = &f->facts.bindings.at[binding_of(s->p, file, e->scope, e->name, false)];
    return b->kind == BIND_PARAM || (b->kind == BIND_CONST && uses_parameter(s, file, b->value, depth + 1));
  }
  Id parts[32];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (uses_parameter(s, file, parts[i], depth + 1))
      return true;
  return false;
}

bool is_entry(const Program *p, FileId file, Id unit) {
  uint32_t entry = unit ? p->files.at[file].units[unit].entry : 0;
  const Entry *e = &p->entries.at[entry];
  return entry && e->function.file == file && e->function.id == unit;
}

// What an entry point's parameter holds: a request, where it is called with one, and not what the server adds to it.
static Growth growth_of_entry(const Search *s, FileId file, Id function, Guard param) {
  static const char *const answers[] = {"res", "response", "reply"}, *const added[] = {"user", "session", "locals", "state", "app"};
  const File *f = &s->p->files.at[file];
  const Entry *entry = entry_of_function(s->p, file, function);
  uint8_t kind = entry ? entry->kind : ENTRY_NONE;
  List params = f->facts.functions.at[function].params;
  const char *name = param.param && param.param <= params.count
                       ? text_of(f, f->facts.params.at[list_at(f, params.first, param.param - 1u)].name) : "";
  bool own = is_any_of(name, answers, COUNT(answers)) || is_any_of(sym_text(s->p, param.key), added, COUNT(added));
  bool request = kind == ENTRY_HTTP || kind == ENTRY_RPC || kind == ENTRY_GRAPHQL;
  return request && !own ? GROWTH_INPUT : GROWTH_GIVEN;
}

// What the call that the search came by gives for a parameter.
static Growth trace_given(Search *s, Guard param, int depth) {
  const Frame *frame = s->frame;
  Id given = guard_argument(&s->p->files.at[frame->call.file], frame->call.id, param);
  s->frame = frame->up;
  Growth found = given ? trace(s, frame->call.file, given, depth + 1) : GROWTH_UNKNOWN;
  s->frame = frame;
  return found;
}

// Whether a function is the callback of a call that gives it an error or what was found: `load(id, (err, rows) => ...)`.
static bool takes_result(const File *f, Id function) {
  const Function *fn = &f->facts.functions.at[function];
  const Expr *call = expr_at(f, expr_at(f, fn->expr)->parent);
  const char *first = fn->params.count >= 2 ? text_of(f, f->facts.params.at[list_at(f, fn->params.first, 0)].name) : "";
  return call->kind == EX_CALL && !strncmp(first, "err", 3);
}

// What a callback gets of the call that it is written in: the rows of a query, `db.query(sql, (err, rows) => ...)`, or what
// a promise gives, `load().then((rows) => ...)`.
static Growth trace_answer(Search *s, FileId file, Id function, uint32_t index, int depth) {
  const File *f = &s->p->files.at[file];
  Id call = expr_at(f, f->facts.functions.at[function].expr)->parent;
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->kind == EX_CALL ? e->a : 0);
  if (callee->kind == EX_MEMBER && !index && !strcmp(text_of(f, callee->name), "then"))
    return trace(s, file, callee->a, depth + 1);
  return index == 1 && takes_result(f, function) && read_at(s->j, file, call) ? trace(s, file, call, depth + 1) : GROWTH_UNKNOWN;
}

// What the callers of a function hand in for a parameter, or for a property of it. A function that nobody is seen to call
// is called from outside; of a method it is not known who calls it.
static Growth trace_callers(Search *s, FileId file, Id function, Guard param, int depth) {
  if (s->frame && s->frame->function.file == file && s->frame->function.id == function)
    return trace_given(s, param, depth);
  Growth answer = trace_answer(s, file, function, param.param - 1u, depth);
  if (answer != GROWTH_UNKNOWN)
    return answer;
  uint32_t first = callers_of(&s->j->callers, (Ref){file, function});
  if (is_entry(s->p, file, function))
    return growth_of_entry(s, file, function, param);
  const File *f = &s->p->files.at[file];
  if (!first)
    return f->facts.functions.at[function].class || takes_result(f, function) ? GROWTH_UNKNOWN : GROWTH_GIVEN;
  Growth found = GROWTH_UNKNOWN;
  for (uint32_t at = first; at; at = s->j->callers.calls.at[at].next) {
    const Caller *caller = &s->j->callers.calls.at[at];
    const File *g = &s->p->files.at[caller->call.file];
    if (!caller->calls || g->context != CONTEXT_APP || found >= GROWTH_ROWS || ++s->steps > MAX_STEPS ||
        is_for_development(s->p, caller->call.file, caller->call.id))
      continue;
    Id given = guard_argument(g, caller->call.id, param);
    Id whole = guard_argument(g, caller->call.id, (Guard){.param = param.param});
    Growth growth = given ? trace(s, caller->call.file, given, depth + 1) : GROWTH_UNKNOWN;
    Id unit = unit_of(g, caller->call.id);
    if (growth == GROWTH_UNKNOWN && whole && is_entry(s->p, caller->call.file, unit) &&
        uses_parameter(s, caller->call.file, whole, 0))
      growth = growth_of_entry(s, caller->call.file, unit, (Guard){0});
    found = larger(found, growth);
  }
  return found;
}

// What is pushed to a list: it grows as the loop does in which that happens.
static Growth trace_pushes(Search *s, FileId file, Id binding, int depth) {
  const File *f = &s->p->files.at[file];
  Growth found = GROWTH_UNKNOWN;
  for (Id at = map_get(&f->pushed, binding); at && ++s->steps < MAX_STEPS; at = map_get(&f->chain, at)) {
    Repeat repeat = repeat_of(s->p, file, at);
    Id argument = argument_at(f, at, 0);
    if (expr_at(f, argument)->kind == EX_SPREAD)
      found = larger(found, trace(s, file, expr_at(f, argument)->a, depth + 1));
    else if (repeat.over)
      found = larger(found, trace(s, file, repeat.over, depth + 1));
  }
  return found;
}

static Growth trace_name(Search *s, FileId file, Id expr, int depth) {
  const File *f = &s->p->files.at[file];
  const Expr *e = expr_at(f, expr);
  Id binding = binding_of(s->p, file, e->scope, e->name, false);
  const Binding *b = &f->facts.bindings.at[binding];
  if (!binding)
    return GROWTH_UNKNOWN;
  if (b->kind == BIND_IMPORT) {
    Ref made = definition_of(s->p, file, expr);
    return made.file ? trace(s, made.file, made.id, depth + 1) : GROWTH_UNKNOWN;
  }
  Growth found = b->value ? trace(s, file, b->value, depth + 1) : GROWTH_UNKNOWN;
  for (Id at = map_get(&f->assigns, binding); at && found < GROWTH_ROWS && ++s->steps < MAX_STEPS; at = map_get(&f->chain, at))
    found = larger(found, trace(s, file, expr_at(f, at)->b, depth + 1));
  return found < GROWTH_ROWS ? larger(found, trace_pushes(s, file, binding, depth)) : found;
}

// Functions that give their argument's elements: `Object.values(x)`, `Array.from(x)`, `Promise.all(x)`, `new Set(x)`.
bool hands_through(const char *object, const char *name) {
  return !strcmp(object, "Object") || !strcmp(object, "Array") || !strcmp(object, "Promise") || !strcmp(name, "Set") ||
         !strcmp(name, "Map");
}

// Whether a function asks for many rows, once or page by page.
static bool reads_many(const Program *p, const Reaches *list) {
  for (uint32_t i = 0; i < list->n; i++)
    if (list->at[i].effect == EFFECT_READ && p->sites.at[list->at[i].site].rows != ROWS_ONE)
      return true;
  return false;
}

static Growth trace_returns(Search *s, Ref function, Ref call, int depth) {
  Frame frame = {s->frame, function, call};
  const File *f = &s->p->files.at[function.file];
  List returns = f->facts.functions.at[function.id].returns;
  Growth found = GROWTH_UNKNOWN;
  s->frame = &frame;
  for (uint32_t i = 0; i < returns.count && found < GROWTH_ROWS; i++)
    found = larger(found, trace(s, function.file, f->facts.lists.at[returns.first + i], depth + 1));
  s->frame = frame.up;
  const Unit *unit = &f->units[function.id];
  bool yields = f->facts.functions.at[function.id].flags & FN_GENERATOR;
  bool many = reads_many(s->p, &unit->reach) || (yields && reads_many(s->p, &unit->looped));
  return found == GROWTH_UNKNOWN && many ? GROWTH_ROWS : found;
}

// `Order.find({}).cursor()`: what is walked row by row.
static bool gives_rows(const Search *s, FileId file, Id expr) {
  const Value *v = value_at(s->p, value_of(s->p, file, expr));
  const LibraryState *state = &s->p->libs->states.at[v->kind == VAL_LIBRARY ? v->a : 0];
  return state->await_effect == EFFECT_READ && state->await_rows == ROWS_MANY;
}

// What the functions give that a call may run; false when it runs none of ours. A method may be that of several classes; what a
// parameter may be is what other calls give as well.
static bool trace_functions(Search *s, FileId file, Id call, int depth, Growth *found) {
  const File *f = &s->p->files.at[file];
  Id callee = expr_at(f, call)->a;
  ValueId each[4];
  uint32_t n = value_each(s->p, value_of(s->p, file, callee), each);
  bool any = false;
  if (n > 1 && expr_at(f, callee)->kind != EX_MEMBER)
    return false;
  for (uint32_t i = 0; i < n; i++) {
    Ref function = value_function(s->p, each[i]);
    any |= function.file != 0;
    *found = function.file ? larger(*found, trace_returns(s, function, (Ref){file, call}, depth)) : *found;
  }
  return any;
}

static Growth trace_call(Search *s, FileId file, Id expr, int depth) {
  const File *f = &s->p->files.at[file];
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a), *object = expr_at(f, callee->a);
  Growth given = GROWTH_UNKNOWN;
  if (trace_functions(s, file, expr, depth, &given))
    return given;
  if (gives_rows(s, file, expr))
    return GROWTH_ROWS;
  const char *name = text_of(f, callee->name);
  Id first = argument_at(f, expr, 0);
  if (callee->kind == EX_MEMBER && !strcmp(name, "matchAll"))
    return GROWTH_GIVEN;  // what somebody has written
  if (e->kind == EX_NEW || (callee->kind == EX_MEMBER && object->kind == EX_IDENT && hands_through(text_of(f, object->name), "")))
    return first && (e->kind == EX_CALL || hands_through("", name)) ? trace(s, file, first, depth + 1) : GROWTH_UNKNOWN;
  // A method of a list gives a list; a function of a library (`uniq(ids)`) what it is given.
  Growth found = callee->kind == EX_MEMBER ? trace(s, file, callee->a, depth + 1) : GROWTH_UNKNOWN;
  return found == GROWTH_UNKNOWN && first ? trace(s, file, first, depth + 1) : found;
}

// What the function has put into a member that it reads: `node.children = await load(node.id)`.
static Growth trace_set(Search *s, FileId file, Id expr, int depth) {
  const File *f = &s->p->files.at[file];
  const Expr *e = expr_at(f, expr);
  Growth found = GROWTH_UNKNOWN;
  uint32_t at = e->kind == EX_MEMBER ? map_get(&s->p->set_outside, sym_of(f, e->name) + 1u) : 0;
  for (; at && found < GROWTH_ROWS && ++s->steps < MAX_STEPS; at = s->p->links.at[at].next) {
    Ref object = s->p->links.at[at].ref;
    Id target = object.file == file ? expr_at(f, object.id)->parent : 0, assign = expr_at(f, target)->parent;
    bool here = assign && expr_at(f, assign)->a == target && unit_of(f, target) == unit_of(f, expr);
    if (here && is_same_path(s->p, file, object.id, e->a))
      found = larger(found, trace(s, file, expr_at(f, assign)->b, depth + 1));
  }
  return found;
}

// A list within something: of a row, of the request, of what one element of a larger list holds.
static Growth trace_member(Search *s, FileId file, Id expr, int depth) {
  const File *f = &s->p->files.at[file];
  const Expr *e = expr_at(f, expr);
  Guard path = parameter_path(s->p, file, expr, unit_of(f, expr), 0);
  Growth set = trace_set(s, file, expr, depth);
  if (set != GROWTH_UNKNOWN)
    return set;
  if (path.param && path.key)
    return larger(trace_callers(s, file, unit_of(f, expr), path, depth), GROWTH_PART);
  return trace(s, file, e->a, depth + 1);
}

static Growth trace_array(Search *s, FileId file, const Expr *e, int depth) {
  const File *f = &s->p->files.at[file];
  Growth found = GROWTH_UNKNOWN;
  for (uint32_t i = 0; i < e->count && found < GROWTH_ROWS; i++) {
    const Expr *element = expr_at(f, list_at(f, e->first, i));
    if (element->kind == EX_SPREAD)
      found = larger(found, trace(s, file, element->a, depth + 1));
  }
  return found;
}

// A parameter: of an entry point, of a callback that runs per element of something, or what callers hand in.
static Growth trace_param(Search *s, FileId file, const Expr *e, int depth) {
  int index, use;
  Id over, call = inline_call(s->p, file, e->a, &index, &use, &over);
  if (call && use == EDGE_EACH)
    return over ? trace(s, file, over, depth + 1) : GROWTH_UNKNOWN;
  if (call)
    return trace_answer(s, file, e->a, e->b, depth);
  return trace_callers(s, file, e->a, (Guard){.param = (uint16_t)(e->b + 1)}, depth);
}

static Growth trace(Search *s, FileId file, Id expr, int depth) {
  const Expr *e = expr_at(&s->p->files.at[file], expr);
  if (!expr || depth > MAX_DEPTH || ++s->steps > MAX_STEPS)
    return GROWTH_UNKNOWN;
  uint32_t site = read_at(s->j, file, expr);
  Growth rows = site ? growth_of_rows(s, site, depth) : GROWTH_UNKNOWN;
  if (rows == GROWTH_ROWS)
    s->site = site;
  if (site)
    return rows;
  if (is_capped(s->p, file, expr))
    return GROWTH_CAPPED;
  switch (e->kind) {
  case EX_IDENT:
    return trace_name(s, file, expr, depth);
  case EX_ALT:
    return larger(trace(s, file, e->a, depth + 1), trace(s, file, e->b, depth + 1));
  case EX_CALL:
  case EX_NEW:
    return trace_call(s, file, expr, depth);
  case EX_MEMBER:
  case EX_INDEX:
    return trace_member(s, file, expr, depth);
  case EX_ARRAY:
    return trace_array(s, file, e, depth);
  case EX_PARAM:
    return trace_param(s, file, e, depth);
  case EX_AWAIT:
  case EX_CAST:
  case EX_ELEMENT:
  case EX_KEY:
  case EX_REST:
  case EX_SPREAD:
    return trace(s, file, e->a, depth + 1);
  default:
    return GROWTH_UNKNOWN;
  }
}

Growth growth_from(const Judge *j, FileId file, Id over, uint32_t *site) {
  Search s = {.j = j, .p = j->program};
  Growth growth = trace(&s, file, over, 0);
  *site = s.site;
  return growth;
}

Growth growth_of(const Judge *j, FileId file, Id over) {
  uint32_t site;
  return growth_from(j, file, over, &site);
}

bool is_set_to_rows(const Judge *j, FileId file, Id over) {
  Search s = {.j = j, .p = j->program};
  return trace_set(&s, file, over, 0) == GROWTH_ROWS;
}
