// row_uses.c - what the code does with the rows of a query: which properties it reads, as far as it can be followed.
//
// Rows are followed forwards, from the expression that gives them: through variables, patterns, loops, callbacks of list
// methods, functions of ours that they are handed to, and to the callers of a function that returns them. Where they go
// on as a whole (a response, a spread) or out of sight, that is told instead.
#include "row_uses.h"

#include <stdlib.h>
#include <string.h>

#include "values.h"

enum { MAX_DEPTH = 40, MAX_STEPS = 3000, MAX_PATH = 12, MAX_CALLERS = 12 };

// What an expression holds.
typedef enum Shape { SHAPE_ROWS, SHAPE_ROW, SHAPE_PAGE, SHAPE_TUPLE } Shape;

// A thing that is followed; of a tuple (`Promise.all([...])`) the element `index` has the shape `inner`.
typedef struct Held {
  Shape shape, inner;
  uint32_t index;
} Held;

typedef struct Search {
  const Judge *j;
  Program *p;
  RowUses *uses;
  uint32_t steps;
} Search;

static const Held rows = {.shape = SHAPE_ROWS}, row = {.shape = SHAPE_ROW};

static void follow(Search *s, Ref at, Held held, int depth);

static const File *file_of(const Search *s, Ref at) { return &s->p->files.at[at.file]; }
static const Expr *expr_of(const Search *s, Ref at) { return expr_at(file_of(s, at), at.id); }
static const char *name_of(const Search *s, Ref at) { return text_of(file_of(s, at), expr_of(s, at)->name); }
static Ref parent_of(const Search *s, Ref at) { return (Ref){at.file, expr_of(s, at)->parent}; }

static void lose(Search *s) { s->uses->lost = true; }
static void take_whole(Search *s) { s->uses->whole = true; }

static void add_field(Search *s, const char *name) {
  RowUses *uses = s->uses;
  for (uint32_t i = 0; i < uses->n; i++)
    if (!strcmp(uses->names[i], name))
      return;
  if (uses->n == ROW_FIELDS)
    lose(s);
  else
    uses->names[uses->n++] = name;
}

//
// Variables and patterns
//

static void follow_binding(Search *s, FileId file, Id binding, Held held, int depth) {
  Slice uses = uses_of(s->p, file, binding);
  s->uses->told |= s->p->files.at[file].facts.bindings.at[binding].type != 0;
  for (uint32_t i = 0; i < uses.n; i++) {
    const Expr *use = expr_at(&s->p->files.at[file], uses.at[i]);
    if (binding_of(s->p, file, use->scope, use->name, false) == binding)
      follow(s, (Ref){file, uses.at[i]}, held, depth + 1);
  }
}

// One step of a pattern. False where the way ends: at a field, at another element of a tuple.
static bool step_into(Search *s, FileId file, Id step, Held *held) {
  const File *f = &s->p->files.at[file];
  const Expr *e = expr_at(f, step);
  const char *name = text_of(f, e->name);
  if (e->kind == EX_ALT || e->kind == EX_AWAIT || e->kind == EX_CAST)
    return true;
  switch (held->shape) {
  case SHAPE_ROWS:
    s->uses->many |= e->kind != EX_INDEX;
    if (e->kind == EX_ELEMENT || e->kind == EX_INDEX)
      *held = row;
    else if (e->kind != EX_REST)
      return false;
    return true;
  case SHAPE_ROW:
    if (e->kind == EX_MEMBER || (e->kind == EX_INDEX && e->name))
      add_field(s, name);
    else
      take_whole(s);
    return false;
  case SHAPE_PAGE:
    if (value_at(s->p, value_of(s->p, file, step))->kind != VAL_ARRAY)
      return false;
    *held = rows;
    return true;
  case SHAPE_TUPLE:
    if (e->kind != EX_INDEX || (uint32_t)strtoul(name, NULL, 10) != held->index)
      return false;
    *held = (Held){.shape = held->inner};
    return true;
  }
  return false;
}

// The variable that a pattern (or a plain declaration) binds, if its value is made of `root`. True if it is.
static bool follow_pattern(Search *s, FileId file, Id binding, Id root, Held held, int depth) {
  const File *f = &s->p->files.at[file];
  Id path[MAX_PATH];
  uint32_t n = 0;
  Id at = f->facts.bindings.at[binding].value;
  if (f->facts.bindings.at[binding].kind == BIND_IMPORT)
    return false;
  for (; at && at != root && n < MAX_PATH; at = expr_at(f, at)->a) {
    uint8_t kind = expr_at(f, at)->kind;
    bool on_the_way = kind == EX_MEMBER || kind == EX_INDEX || kind == EX_ELEMENT || kind == EX_REST || kind == EX_ALT;
    if (!on_the_way || (kind != EX_ALT && kind != EX_ELEMENT && !(expr_at(f, at)->flags & EXF_SYNTHETIC)))
      return false;
    path[n++] = at;
  }
  if (at != root)
    return false;
  while (n > 0)
    if (!step_into(s, file, path[--n], &held))
      return true;
  follow_binding(s, file, binding, held, depth);
  return true;
}

// All variables of a scope that are made of an expression.
static bool follow_patterns(Search *s, FileId file, Id scope, Id root, Held held, int depth) {
  const File *f = &s->p->files.at[file];
  Slice bindings = bindings_at(f, scope);
  bool any = false;
  for (uint32_t i = 0; i < bindings.n; i++)
    any |= follow_pattern(s, file, bindings.at[i], root, held, depth);
  return any;
}

static void follow_param(Search *s, Ref function, uint32_t index, Held held, int depth) {
  const File *f = &s->p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (index >= fn->params.count)
    return;
  const Param *param = &f->facts.params.at[list_at(f, fn->params.first, index)];
  s->uses->told |= param->type != 0 || !expr_at(f, fn->expr)->parent;  // where it is declared, its variable may say it
  if (param->flags & PARAM_REST) {
    lose(s);
    return;
  }
  Id root = param_value(f, function.id, index);
  if (root)
    follow_patterns(s, function.file, fn->scope, root, held, depth);
}

//
// Calls
//

// Methods of lists: what their callback gets, and what they give.
typedef enum Gives { GIVES_OTHER, GIVES_ROWS, GIVES_ROW, GIVES_RESULTS } Gives;
typedef struct ListMethod {
  const char *name;
  uint8_t gives;     // Gives; GIVES_RESULTS: what the callback returns
  uint8_t elements;  // parameters of the callback that are elements, a bit each
} ListMethod;

static const ListMethod list_methods[] = {
    {"map", GIVES_RESULTS, 1},       {"flatMap", GIVES_RESULTS, 1}, {"forEach", GIVES_OTHER, 1},     {"filter", GIVES_ROWS, 1},
    {"find", GIVES_ROW, 1},          {"findLast", GIVES_ROW, 1},    {"findIndex", GIVES_OTHER, 1},   {"some", GIVES_OTHER, 1},
    {"every", GIVES_OTHER, 1},       {"reduce", GIVES_OTHER, 2},    {"sort", GIVES_ROWS, 3},         {"toSorted", GIVES_ROWS, 3},
    {"slice", GIVES_ROWS, 0},        {"reverse", GIVES_ROWS, 0},    {"toReversed", GIVES_ROWS, 0},   {"at", GIVES_ROW, 0},
    {"pop", GIVES_ROW, 0},           {"shift", GIVES_ROW, 0},
};

static const ListMethod *list_method(const char *name) {
  for (size_t i = 0; i < COUNT(list_methods); i++)
    if (!strcmp(list_methods[i].name, name))
      return &list_methods[i];
  return NULL;
}

// The function that an argument is: written in place, or one of ours by its name.
static Ref function_given(const Search *s, Ref argument) {
  return expr_of(s, argument)->kind == EX_FUNCTION ? (Ref){argument.file, expr_of(s, argument)->a}
                                                   : value_function(s->p, value_of(s->p, argument.file, argument.id));
}

static bool is_global(const Search *s, Ref at, const char *name) {
  return expr_of(s, at)->kind == EX_IDENT && !strcmp(name_of(s, at), name);
}

static void follow_callback(Search *s, Ref call, const ListMethod *m, int depth) {
  Ref given = {call.file, argument_at(file_of(s, call), call.id, 0)};
  Ref function = given.id ? function_given(s, given) : (Ref){0, 0};
  for (uint32_t i = 0; i < 2 && function.file; i++)
    if (m->elements & (1u << i))
      follow_param(s, function, i, row, depth);
  if (given.id && m->elements && !function.file && !is_global(s, given, "Boolean"))
    lose(s);
}

// `rows.map(...)`: a method is called on a list of rows.
static void follow_method(Search *s, Ref call, const char *name, int depth) {
  const ListMethod *m = list_method(name);
  if (!m) {
    lose(s);
    return;
  }
  s->uses->many |= strcmp(name, "at") != 0;
  follow_callback(s, call, m, depth);
  if (m->gives == GIVES_ROWS || m->gives == GIVES_ROW)
    follow(s, call, m->gives == GIVES_ROWS ? rows : row, depth + 1);
}

// `query.then((rows) => ...)`
static void follow_then(Search *s, Ref call, const char *name, Held held, int depth) {
  Ref given = {call.file, argument_at(file_of(s, call), call.id, 0)};
  if (strcmp(name, "then")) {  // catch, finally
    follow(s, call, held, depth + 1);
    return;
  }
  Ref function = given.id ? function_given(s, given) : (Ref){0, 0};
  if (function.file)
    follow_param(s, function, 0, held, depth);
  else
    lose(s);
}

// Something is read of what is held.
static void follow_member(Search *s, Ref member, Held held, int depth) {
  Ref outer = parent_of(s, member);
  const char *name = name_of(s, member);
  const Expr *o = expr_of(s, outer);
  bool called = outer.id && o->kind == EX_CALL && o->a == member.id;
  bool set = outer.id && o->kind == EX_ASSIGN && o->a == member.id;
  bool deleted = outer.id && o->kind == EX_UNARY && !strcmp(name_of(s, outer), "delete");
  if (called && is_promise_method(name))
    follow_then(s, outer, name, held, depth);
  else if (held.shape == SHAPE_ROW)
    called || set || deleted ? lose(s) : add_field(s, name);  // a method may read anything; what is changed is saved later
  else if (held.shape == SHAPE_ROWS && called)
    follow_method(s, outer, name, depth);
  else if (held.shape == SHAPE_PAGE && value_at(s->p, value_of(s->p, member.file, member.id))->kind == VAL_ARRAY)
    follow(s, member, rows, depth + 1);
  else if (held.shape == SHAPE_TUPLE || (held.shape == SHAPE_ROWS && strcmp(name, "length")))
    lose(s);
}

static void follow_index(Search *s, Ref at, Ref index, Held held, int depth) {
  const Expr *e = expr_of(s, index);
  if (e->a != at.id)
    held.shape == SHAPE_ROW ? take_whole(s) : lose(s);
  else if (held.shape == SHAPE_ROWS)
    follow(s, index, row, depth + 1);
  else if (held.shape == SHAPE_ROW && e->name)
    add_field(s, name_of(s, index));
  else if (held.shape == SHAPE_ROW)
    take_whole(s);
  else if (step_into(s, at.file, index.id, &held))
    follow(s, index, held, depth + 1);
}

// A list of promises that are waited for together: `Promise.all([...])`, `$transaction([...])`.
static bool waits_for_list(const Search *s, Ref call) {
  const Expr *callee = expr_of(s, (Ref){call.file, expr_of(s, call)->a});
  if (expr_of(s, call)->kind != EX_CALL || callee->kind != EX_MEMBER)
    return false;
  const Meaning *m = callee_meaning(s->p, value_of(s->p, call.file, expr_of(s, call)->a), call.file, call.id);
  return (m && m->batch >= 0) ||
         (!strcmp(text_of(file_of(s, call), callee->name), "all") && is_global(s, (Ref){call.file, callee->a}, "Promise"));
}

static void follow_list(Search *s, Ref at, Ref list, Held held, int depth) {
  Ref call = parent_of(s, list);
  if (!call.id || !waits_for_list(s, call)) {
    lose(s);
    return;
  }
  const Expr *e = expr_of(s, list);
  uint32_t index = 0;
  while (index < e->count && list_at(file_of(s, list), e->first, index) != at.id)
    index++;
  follow(s, call, (Held){.shape = SHAPE_TUPLE, .inner = held.shape, .index = index}, depth + 1);
}

// Handed to a function: one of ours goes on with it, another may do anything.
static void follow_argument(Search *s, Ref at, Ref call, Held held, int depth) {
  const File *f = file_of(s, call);
  int index = argument_index(f, call.id, at.id);
  Ref function = expr_of(s, call)->kind == EX_CALL && index >= 0 ? value_function(s->p, value_of(s->p, call.file, expr_of(s, call)->a))
                                                                 : (Ref){0, 0};
  if (function.file)
    follow_param(s, function, (uint32_t)index, held, depth);
  else
    lose(s);
}

//
// Functions that return rows
//

// Whether every call by the function's name that could mean it is known to: else some use of the rows is not seen.
static bool is_called_by_others(const Search *s, Ref function) {
  Program *p = s->p;
  const File *f = &p->files.at[function.file];
  Sym name = sym_of(f, f->facts.functions.at[function.id].name);
  for (uint32_t at = name ? map_get(&p->calls_by_name, name + 1u) : 0; at; at = p->links.at[at].next) {
    Ref call = p->links.at[at].ref;
    const File *g = &p->files.at[call.file];
    if (g->context != CONTEXT_APP)
      continue;
    ValueId callee = value_of(p, call.file, expr_at(g, call.id)->a);
    if (value_at(p, callee)->kind == VAL_UNKNOWN)
      return true;
  }
  return false;
}

static void follow_callers(Search *s, Ref function, Held held, int depth) {
  Program *p = s->p;
  const File *f = &p->files.at[function.file];
  uint32_t entry = f->units[function.id].entry, n = 0;
  const Entry *e = &p->entries.at[entry];
  bool is_entry = entry && e->function.file == function.file && e->function.id == function.id;
  uint32_t at = callers_of(&s->j->callers, function);
  s->uses->told = true;
  if (is_entry || resolver_at(p, function.file, function.id)) {
    s->uses->many |= held.shape == SHAPE_ROWS;
    take_whole(s);
    return;
  }
  if (!at || is_called_by_others(s, function))
    lose(s);
  for (; at && !s->uses->lost; at = s->j->callers.calls.at[at].next) {
    const Caller *caller = &s->j->callers.calls.at[at];
    if (p->files.at[caller->call.file].context != CONTEXT_APP)
      continue;
    if (!caller->calls || ++n > MAX_CALLERS)
      lose(s);
    else
      follow(s, caller->call, held, depth + 1);
  }
}

// What a callback returns that is written in the call of a list method, of `then`, or of a function that runs it once.
static void follow_returned(Search *s, Ref at, Held held, int depth) {
  const File *f = file_of(s, at);
  Id function = unit_of(f, at.id);
  int index, use;
  Id over, call = inline_call(s->p, at.file, function, &index, &use, &over);
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  const ListMethod *m = list_method(name);
  s->uses->told |= f->facts.functions.at[function].result != 0;
  Id argument = argument_holding(f, f->facts.functions.at[function].expr), around = expr_at(f, argument)->parent;
  const Expr *outer = expr_at(f, expr_at(f, around)->a);
  if (!call && around && outer->kind == EX_MEMBER && is_promise_method(text_of(f, outer->name)))
    follow(s, (Ref){at.file, around}, held, depth + 1);
  else if (!function)
    lose(s);
  else if (!call)
    follow_callers(s, (Ref){at.file, function}, held, depth);
  else if (m && m->gives == GIVES_RESULTS && held.shape == SHAPE_ROW)
    follow(s, (Ref){at.file, call}, rows, depth + 1);
  else if (m && held.shape == SHAPE_ROW)
    return;  // `find((row) => row)` asks whether there is one
  else if (!m && use == EDGE_ONCE)
    follow(s, (Ref){at.file, call}, held, depth + 1);
  else
    lose(s);
}

//
// Expressions
//

// Whether an expression is a condition, or what a loop goes over: then *loop is the loop's scope, else 0.
static bool heads_scope(const File *f, Id expr, Id *loop) {
  Id scope = map_get(&f->heads, expr);
  uint8_t kind = f->facts.scopes.at[scope].kind;
  *loop = scope && (kind == SC_FOR_OF || kind == SC_FOR_AWAIT) ? scope : 0;
  return scope && kind != SC_FOR_IN;
}

// An expression that is no operand: declared as something, iterated, returned, dropped.
static void follow_top(Search *s, Ref at, Held held, int depth) {
  const File *f = file_of(s, at);
  const Expr *e = expr_of(s, at);
  Id loop = 0;
  bool heads = heads_scope(f, at.id, &loop);
  if (heads && loop)
    follow_patterns(s, at.file, loop, at.id, held, depth);
  else if (e->flags & EXF_RETURNED)
    follow_returned(s, at, held, depth);
  else if (!follow_patterns(s, at.file, e->scope, at.id, held, depth) && !heads && !(e->flags & EXF_STATEMENT))
    lose(s);
}

static void follow_alternative(Search *s, Ref at, Ref alt, Held held, int depth) {
  const Expr *e = expr_of(s, alt);
  bool asked = e->c == at.id || (e->a == at.id && !strcmp(name_of(s, alt), "&&"));
  if (!asked)
    follow(s, alt, held, depth + 1);
}

static void follow_assigned(Search *s, Ref at, Ref assign, Held held, int depth) {
  const Expr *e = expr_of(s, assign), *target = expr_of(s, (Ref){assign.file, e->a});
  Id binding = target->kind == EX_IDENT ? binding_of(s->p, assign.file, target->scope, target->name, false) : 0;
  if (e->a == at.id)
    return;  // the variable gets something else
  if (binding)
    follow_binding(s, assign.file, binding, held, depth);
  else
    lose(s);
}

static void follow_spread(Search *s, Ref spread, Held held, int depth) {
  Ref outer = parent_of(s, spread);
  uint8_t kind = expr_of(s, outer)->kind;
  if (kind == EX_OBJECT && held.shape == SHAPE_ROW)
    take_whole(s);
  else if (kind == EX_ARRAY && held.shape == SHAPE_ROWS)
    follow(s, outer, held, depth + 1);
  else
    lose(s);
}

// `row === null`, `row === last`, `"name" in row`
static void follow_comparison(Search *s, Ref at, Ref outer, Held held) {
  const Expr *e = expr_of(s, outer), *other = expr_of(s, (Ref){at.file, e->a == at.id ? e->b : e->a});
  s->uses->compared |= held.shape == SHAPE_ROW && other->kind != EX_LITERAL;
  if (!strcmp(name_of(s, outer), "in"))
    take_whole(s);
}

static void follow(Search *s, Ref at, Held held, int depth) {
  if (s->uses->lost || s->uses->whole)
    return;
  if (depth > MAX_DEPTH || ++s->steps > MAX_STEPS) {
    lose(s);
    return;
  }
  Ref outer = parent_of(s, at);
  if (!outer.id) {
    follow_top(s, at, held, depth);
    return;
  }
  switch (expr_of(s, outer)->kind) {
  case EX_AWAIT:
  case EX_CAST:
    s->uses->told |= expr_of(s, outer)->kind == EX_CAST;
    follow(s, outer, held, depth + 1);
    break;
  case EX_ALT:
    follow_alternative(s, at, outer, held, depth);
    break;
  case EX_MEMBER:
    follow_member(s, outer, held, depth);
    break;
  case EX_INDEX:
    follow_index(s, at, outer, held, depth);
    break;
  case EX_ASSIGN:
    follow_assigned(s, at, outer, held, depth);
    break;
  case EX_SPREAD:
    follow_spread(s, outer, held, depth);
    break;
  case EX_ARRAY:
    follow_list(s, at, outer, held, depth);
    break;
  case EX_CALL:
    follow_argument(s, at, outer, held, depth);
    break;
  case EX_UNARY:
    break;
  case EX_BINARY:
    follow_comparison(s, at, outer, held);
    break;
  default:
    lose(s);
  }
}

// Whether a query of many rows gives them within something: `{ rows, count }`, `[rows, count]`.
static bool gives_page(const Program *p, const Site *site, Value value) {
  const Meaning *m = site->meaning;
  if (site->rows != ROWS_MANY || value.kind == VAL_ARRAY)
    return false;
  if (m && m->effect)
    return m->to && !m->list && !m->lazy;
  const LibraryState *state = value.kind == VAL_LIBRARY ? &p->libs->states.at[value.a] : NULL;
  return state && state->await_to && !state->await_list;
}

void row_uses(const Judge *j, const Site *site, RowUses *uses) {
  Search s = {.j = j, .p = j->program, .uses = uses};
  Value value = *value_at(s.p, value_of(s.p, site->expr.file, site->expr.id));
  Held held = site->rows == ROWS_ONE ? row : rows;
  if (gives_page(s.p, site, value))
    held = (Held){.shape = SHAPE_PAGE};
  follow(&s, site->expr, held, 0);
}
