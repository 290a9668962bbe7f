// move_out.c - where a side effect belongs that runs while a transaction is open: before it begins or after it has committed, and
// which call is to be moved for that.
#include "judge.h"
#include "repeat.h"
#include "transactions.h"
#include "values.h"

#include <string.h>

// Steps from a value back to what it is made of, expressions on the way, and uses of a variable that are looked at for a write.
enum { MAX_MADE = 8, MADE_PARTS = 200, MAX_ROW_USES = 64 };
enum { MAX_ACTS = 500, MAX_USES = 500 };  // queries and calls of a transaction, and uses of a variable, that are looked at

const char *effect_does(uint8_t effect) {
  static const char *const words[EFFECT_COUNT] = {
      [EFFECT_MAIL] = "sends mail",           [EFFECT_HTTP] = "calls another service",
      [EFFECT_QUEUE] = "publishes a message", [EFFECT_FILE] = "touches files",
      [EFFECT_PAYMENT] = "calls a payment service", [EFFECT_CLOUD] = "calls a cloud service",
      [EFFECT_SLEEP] = "waits",               [EFFECT_CPU] = "computes for long",
      [EFFECT_PROGRAM] = "runs a program"};
  return words[effect];
}

bool leaves_process(const Program *p, uint32_t site) {
  uint8_t effect = p->sites.at[site].effect;
  return effect >= EFFECT_MAIL && effect != EFFECT_FILE && effect != EFFECT_SLEEP && !effect_is_work(effect) && !p->sites.at[site].put_off;
}

// Whether a query that a call in the transaction's code leads to runs outside of the transaction.
static bool is_past(Program *p, FileId file, const Edge *edge, uint32_t site, const Transaction *t) {
  return edge && edge->kind == EDGE_CALL && !t->implicit && library_joins(p->libs, p->sites.at[site].library, t->library) &&
         call_goes_past(p, file, edge, site, t).site;
}

// Whether something of what a function does asks the database in the transaction.
static bool asks_inside(Program *p, FileId file, const Edge *edge, const Reaches *list, const Transaction *t) {
  for (uint32_t i = 0; i < list->n; i++)
    if (effect_is_database(list->at[i].effect) && !is_past(p, file, edge, list->at[i].site, t))
      return true;
  return false;
}

// What can be moved as a whole: the first call on the way that has nothing to do with the transaction, else the site.
static Way movable(Program *p, const Edge *edge, Way way, const Transaction *t) {
  FileId file = way.file;
  while (way.via.file) {
    const Unit *unit = &p->files.at[way.via.file].units[way.via.id];
    bool asks = asks_inside(p, file, edge, &unit->reach, t) || asks_inside(p, file, edge, &unit->looped, t);
    if (!asks || !way_next(p, &way))
      break;
  }
  return way;
}

// A function without a name is told by the call that it is given to.
static const char *name_of(Program *p, const Way *way, Arena *arena) {
  if (!way->via.file)
    return site_text(p, &p->sites.at[way->site], arena);
  const File *f = &p->files.at[way->file], *g = &p->files.at[way->via.file];
  bool named = *text_of(g, g->facts.functions.at[way->via.id].name);
  return named ? function_name(p, way->via, arena) : expr_text(f, expr_at(f, way->expr)->a, arena);
}

// Whether a function of ours opens the transaction, which may use what its callback gives.
static bool value_is_ours(Program *p, FileId file, const Transaction *t) {
  const File *f = &p->files.at[file];
  Id callee = expr_at(f, t->call)->a;
  return callee && value_function(p, value_of(p, file, callee)).file;
}

// What a transaction does with that of which a side effect is given something.
typedef enum Had { HAD_MADE, HAD_WRITTEN, HAD_LOCKED } Had;
static const char *const had_words[] = {"makes", "writes", "locks"};

// What a transaction has done before a side effect.
typedef struct Done {
  bool wrote;
  bool given;  // the side effect is given something of it,
  Id made;     // and this is what the transaction's own code gives it; 0 where it is asked for further in
  Had had;     // what the transaction has done with it
} Done;

// Whether an expression stands in the condition of a throw, or in what is thrown then.
static bool decides_error(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr);
  for (Id scope = e->scope; scope < f->extents[e->scope].scopes; scope++) {
    const Scope *s = &f->facts.scopes.at[scope];
    Span asked = expr_at(f, s->a)->span;
    bool inside = scope == e->scope || (asked.start <= e->span.start && e->span.end <= asked.end);
    if (s->kind == SC_IF && inside && throws_in(f, scope))
      return true;
  }
  return false;
}

// Whether nothing becomes of the value of a call but an error.
static bool only_fails(Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Slice bindings = bindings_at(f, expr_at(f, call)->scope);
  bool used = false;
  for (uint32_t i = 0; i < bindings.n; i++) {
    const Binding *b = &f->facts.bindings.at[bindings.at[i]];
    Slice uses = expr_bare(f, b->value) == call ? uses_of(p, file, bindings.at[i]) : (Slice){0};
    used = used || uses.n;
    for (uint32_t k = 0; k < uses.n; k++)
      if (binding_of(p, file, expr_at(f, uses.at[k])->scope, b->name, false) == bindings.at[i] && !decides_error(f, uses.at[k]))
        return false;
  }
  return used || decides_error(f, call);
}

// The call that ends a promise's chain which only looks at its failure: `charge(order).catch(report)`.
static Id settled(const File *f, Id call) {
  for (;;) {
    Id member = expr_at(f, call)->parent, next = expr_at(f, member)->parent;
    const char *name = text_of(f, expr_at(f, member)->name);
    bool settles = expr_at(f, member)->kind == EX_MEMBER && expr_at(f, next)->kind == EX_CALL && expr_at(f, next)->a == member;
    if (!settles || (strcmp(name, "catch") && strcmp(name, "finally")))
      return call;
    call = next;
  }
}

// Whether the value of a call is used where it is made, or handed on by a function inside of the transaction. What only fails
// behind a write tells somebody of the write; before one, it asks whether that may be.
static bool is_needed(Program *p, Way way, const Transaction *t, const Done *done) {
  while (is_written_in(p, way.file, way.expr, way.via) && way_next(p, &way))
    continue;
  const File *f = &p->files.at[way.file];
  const Expr *e = expr_at(f, settled(f, way.expr)), *parent = expr_at(f, e->parent);
  uint8_t flags = parent->kind == EX_AWAIT ? parent->flags | e->flags : e->flags;
  bool given_out = flags & EXF_RETURNED && unit_of(f, way.expr) == t->callback && !value_is_ours(p, way.file, t);
  return !(flags & EXF_STATEMENT) && !given_out && !(done->wrote && only_fails(p, way.file, way.expr));
}

// Taking a file away cannot come before the rows are gone.
static bool removes(Program *p, const Site *site) {
  static const char *const words[] = {"delete", "remove", "unlink", "rm", "destroy"};
  Id request = site->call.file ? argument_at(&p->files.at[site->call.file], site->call.id, 0) : 0;
  Sym asked = request ? member_of_request(p, site->call.file, request) : 0;
  return contains_any(sym_text(p, asked ? asked : site->method), words, COUNT(words));
}

// The site that a call is, 0 if it is none.
static uint32_t site_at(const Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  const Unit *unit = &f->units[unit_of(f, call)];
  for (uint32_t i = 0; i < unit->sites.n; i++)
    if (p->sites.at[unit->sites.at[i]].expr.id == call)
      return unit->sites.at[i];
  return 0;
}

static bool any_of_effects(const Reaches *list, uint32_t effects) {
  for (uint32_t i = 0; i < list->n; i++)
    if (effects >> list->at[i].effect & 1)
      return true;
  return false;
}

// Whether a call has one of the effects (bits by Effect), itself or by what it calls.
static bool call_does(const Program *p, FileId file, Id call, uint32_t effects) {
  const Unit *unit = &p->files.at[file].units[unit_of(&p->files.at[file], call)];
  uint32_t site = site_at(p, file, call);
  if (site && effects >> p->sites.at[site].effect & 1)
    return true;
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
    if (edge->call == call && (any_of_effects(&callee->reach, effects) || any_of_effects(&callee->looped, effects)))
      return true;
  }
  return false;
}

// Where a function first writes from a place on, UINT32_MAX if it does not.
static uint32_t write_from(Program *p, FileId file, Id region, uint32_t from) {
  const File *f = &p->files.at[file];
  Slice acts = region_acts(p, file, region);
  uint32_t first = UINT32_MAX;
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    Span span = expr_at(f, act_expr(p, act))->span;
    if (span.start >= from && span.end < first && act_does(p, file, act, 1u << EFFECT_WRITE))
      first = span.end;
  }
  return first;
}

// Where the transaction first writes in the code of a function before an expression of it, UINT32_MAX if it does not.
static uint32_t first_write(Program *p, FileId file, Id expr, const Transaction *t) {
  const File *f = &p->files.at[file];
  Id region = f->facts.functions.at[unit_of(f, expr)].scope, call = t ? t->call : 0;
  uint64_t key = (uint64_t)region << 32 | call;
  uint32_t first = map_get(&f->first_wrote, key);
  if (!first) {
    first = write_from(p, file, region, call ? expr_at(f, call)->span.start : 0);
    map_put(&p->files.at[file].first_wrote, key, first);
  }
  return first <= expr_at(f, expr)->span.start ? first : UINT32_MAX;
}

// A search for what a transaction has made, by a write or by a read that comes behind one, and for rows that it has locked or written.
typedef struct Making {
  FileId file;
  uint32_t from;   // where it begins
  uint32_t wrote;  // and where it has written
  uint32_t end;    // what comes from there on does not matter
  int parts;       // that may still be looked at
  Had had;         // of what was found
} Making;

// Whether a call reads rows and locks them, itself or by what it calls.
static bool call_locks(Program *p, FileId file, Id call) {
  const Unit *unit = &p->files.at[file].units[unit_of(&p->files.at[file], call)];
  uint32_t site = site_at(p, file, call);
  if (site)
    return locks_rows(p, site);
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
    for (uint32_t k = 0; edge->call == call && k < callee->reach.n; k++)
      if (locks_rows(p, callee->reach.at[k].site))
        return true;
  }
  return false;
}

// Whether a variable is a row that a query of the transaction writes: `order.save()`, `manager.save(order)`.
static bool is_written(Program *p, const Making *m, Id binding) {
  const File *f = &p->files.at[m->file];
  const Expr *read = expr_at(f, f->facts.bindings.at[binding].value);
  Slice uses = read->kind == EX_AWAIT && call_does(p, m->file, read->a, 1u << EFFECT_READ) ? uses_of(p, m->file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n && i < MAX_ROW_USES; i++) {
    const Expr *e = expr_at(f, uses.at[i]), *parent = expr_at(f, e->parent);
    Id call = parent->kind == EX_MEMBER ? parent->parent : e->parent;
    bool before = e->span.start > m->from && expr_at(f, call)->span.end <= m->end;
    uint32_t site = before && expr_at(f, call)->kind == EX_CALL ? site_at(p, m->file, call) : 0;
    if (site && p->sites.at[site].effect == EFFECT_WRITE && binding_of(p, m->file, e->scope, e->name, false) == binding)
      return true;
  }
  return false;
}

// What a callback's parameter is an element of: `rows` of `rows.map((row) => ...)`, 0 for any other variable.
static Id list_of_param(Program *p, FileId file, const Binding *b) {
  const File *f = &p->files.at[file];
  const Expr *param = expr_at(f, b->value);
  int index, use;
  Id over = 0;
  if (b->kind != BIND_PARAM || param->kind != EX_PARAM || !inline_call(p, file, param->a, &index, &use, &over))
    return 0;
  return use == EDGE_EACH ? over : 0;
}

// The variable in an expression that holds it, 0 if none does.
static Id made_inside(Program *p, Making *m, Id expr, int depth) {
  const File *f = &p->files.at[m->file];
  const Expr *e = expr_at(f, expr);
  Id binding = e->kind == EX_IDENT ? binding_of(p, m->file, e->scope, e->name, false) : 0, children[16];
  const Binding *b = &f->facts.bindings.at[binding];
  bool local = (b->kind == BIND_CONST || b->kind == BIND_LET) && f->facts.scopes.at[b->scope].function;
  bool inside = local && expr_at(f, b->value)->span.start > m->from;
  if (depth > MAX_MADE || --m->parts < 0 || e->kind == EX_FUNCTION)
    return 0;
  uint32_t effects = 1u << EFFECT_WRITE | (e->span.start >= m->wrote ? 1u << EFFECT_READ : 0);
  m->had = e->kind == EX_AWAIT && call_locks(p, m->file, e->a) ? HAD_LOCKED : HAD_MADE;
  if (m->had == HAD_LOCKED || (e->kind == EX_AWAIT && call_does(p, m->file, e->a, effects)))
    return expr;
  Id list = list_of_param(p, m->file, b);
  if ((inside && made_inside(p, m, b->value, depth + 1)) || (list && made_inside(p, m, list, depth + 1)))
    return expr;
  m->had = HAD_WRITTEN;
  if (local && is_written(p, m, binding))
    return expr;
  Id made = 0;
  uint32_t n = expr_children(f, expr, children, COUNT(children));
  for (uint32_t i = 0; i < n && !made; i++)
    made = made_inside(p, m, children[i], depth + 1);
  return made;
}

// The arguments of a call that the transaction has made or holds, and whether its object is: `order.notify()`.
static Items items_made(Program *p, const Way *way, const Transaction *t, uint32_t wrote, Done *done) {
  const File *f = &p->files.at[way->file];
  const Expr *e = expr_at(f, way->expr), *callee = expr_at(f, e->a);
  Making m = {way->file, t ? expr_at(f, t->call)->span.start : 0, wrote, e->span.start, MADE_PARTS, HAD_MADE};
  Id object = callee->kind == EX_MEMBER ? made_inside(p, &m, callee->a, 0) : 0;
  Items items = object ? ITEM_THIS : 0;
  done->made = object;
  done->had = m.had;
  for (uint32_t i = 0; i < e->count && i < ITEM_LIMIT; i++) {
    Id variable = made_inside(p, &m, list_at(f, e->first, i), 0);
    items |= variable ? 1u << i : 0;
    done->had = done->made ? done->had : m.had;
    done->made = done->made ? done->made : variable;
  }
  return items;
}

// What the transaction has done before the call that can be moved.
static Done done_before(Program *p, Way way, const Way *end, const Transaction *t) {
  Done done = {0}, further = {0};
  uint32_t wrote = first_write(p, way.file, way.expr, t);
  Items items = items_made(p, &way, t, wrote, &done);
  Ref function = way.via;
  while ((way.file != end->file || way.expr != end->expr) && way_next(p, &way)) {
    items = items ? arguments_depending(p, way.file, way.expr, function.id, items, false) : 0;
    wrote = wrote == UINT32_MAX ? first_write(p, way.file, way.expr, NULL) : 0;
    items |= items_made(p, &way, NULL, wrote, &further);
    done.had = further.made ? further.had : done.had;
    done.made = further.made ? 0 : done.made;
    function = way.via;
  }
  done.wrote = wrote != UINT32_MAX;
  done.given = items != 0;
  return done;
}

// What runs a call in the transaction for each of its elements, 0 for nothing or where it has no list.
static Id list_around(Program *p, const Way *way, const Transaction *t) {
  const File *f = &p->files.at[way->file];
  Repeat repeat = repeat_of(p, way->file, way->expr);
  Id region = repeat.kind == REPEAT_ELEMENT ? repeat_scope(f, &repeat) : 0;
  bool inside = region && scope_inside(f, region, expr_at(f, t->call)->scope) && unit_of(f, way->expr) != unit_of(f, t->call);
  return inside ? repeat.over : 0;
}

// Before the transaction: what it needs, and what its rows speak of.
static bool belongs_before(Program *p, const Way *way, const Transaction *t, const Done *done) {
  const Site *site = &p->sites.at[way->site];
  bool made = site->effect == EFFECT_FILE || site->effect == EFFECT_CLOUD;
  if ((site->effect == EFFECT_SLEEP || effect_is_work(site->effect)) && !done->given)
    return true;
  if (site->effect == EFFECT_MAIL || site->effect == EFFECT_QUEUE || (made && removes(p, site)))
    return false;
  return !done->given && (made || is_needed(p, *way, t, done));
}

//
// What of the transaction's code goes with a call
//

// The variable that the value of a call is put into, 0 if it is put into none.
static Id variable_of(const Program *p, FileId file, Id call) {
  const File *f = &p->files.at[file];
  Id top = call;
  while (expr_at(f, expr_at(f, top)->parent)->kind == EX_AWAIT || expr_at(f, expr_at(f, top)->parent)->kind == EX_CAST)
    top = expr_at(f, top)->parent;
  const Expr *around = expr_at(f, expr_at(f, top)->parent), *to = expr_at(f, around->kind == EX_ASSIGN ? around->a : 0);
  return to->kind == EX_IDENT ? binding_of(p, file, to->scope, to->name, false) : map_get(&f->owners, top);
}

// Whether a variable is used within an expression.
static bool is_used_in(Program *p, FileId file, Id binding, Span span) {
  const File *f = &p->files.at[file];
  Slice uses = uses_of(p, file, binding);
  for (uint32_t i = 0; i < uses.n && i < MAX_USES; i++) {
    const Expr *e = expr_at(f, uses.at[i]);
    if (span.start <= e->span.start && e->span.end <= span.end && binding_of(p, file, e->scope, e->name, false) == binding)
      return true;
  }
  return false;
}

// The call with which a function later writes what another one gives, 0 if it does not.
static Id written_with(Program *p, FileId file, Id call, Id function) {
  const File *f = &p->files.at[file];
  Id binding = variable_of(p, file, call);
  Slice acts = binding && function ? region_acts(p, file, f->facts.functions.at[function].scope) : (Slice){0};
  for (uint32_t i = 0; i < acts.n && i < MAX_ACTS; i++) {
    Act act = f->acts.at[acts.at[i]];
    Id expr = act_expr(p, act);
    Span span = expr_at(f, expr)->span;
    bool after = span.start >= expr_at(f, call)->span.end;
    if (after && act_does(p, file, act, 1u << EFFECT_WRITE) && is_used_in(p, file, binding, span))
      return expr;
  }
  return 0;
}

enum { MAX_NAMES = 4, NAME_PARTS = 64 };  // variables that are named, and expressions that are looked at for them

typedef struct Variables {
  const Program *p;
  FileId file;
  Id scope, bindings[MAX_NAMES];
  uint32_t n;
  int parts;
} Variables;

// Note the variables of a scope in an expression, the first ones.
static void read_variables(Variables *v, Id expr, int depth) {
  const File *f = &v->p->files.at[v->file];
  const Expr *e = expr_at(f, expr);
  Id binding = e->kind == EX_IDENT ? binding_of(v->p, v->file, e->scope, e->name, false) : 0, children[16];
  const Binding *b = &f->facts.bindings.at[binding];
  bool own = (b->kind == BIND_CONST || b->kind == BIND_LET) && scope_inside(f, b->scope, v->scope);
  for (uint32_t i = 0; i < v->n; i++)
    own = own && v->bindings[i] != binding;
  if (own && v->n < MAX_NAMES)
    v->bindings[v->n++] = binding;
  uint32_t n = depth > MAX_MADE || --v->parts < 0 || e->kind == EX_FUNCTION ? 0 : expr_children(f, expr, children, COUNT(children));
  for (uint32_t i = 0; i < n; i++)
    read_variables(v, children[i], depth + 1);
}

// What a call needs of the transaction's own variables, what this has made first: "`created`, `team`".
static const char *needs_of(const Program *p, const Way *start, const Transaction *t, Id made, Arena *arena) {
  const File *f = &p->files.at[start->file];
  const Expr *e = expr_at(f, start->expr), *first = expr_at(f, made);
  Variables v = {.p = p, .file = start->file, .scope = f->facts.functions.at[t->callback].scope, .parts = NAME_PARTS};
  const char *text = arena_printf(arena, "`%s`", expr_text(f, made, arena));
  for (uint32_t i = 0; t->callback && i < e->count; i++)
    read_variables(&v, list_at(f, e->first, i), 0);
  for (uint32_t i = 0; i < v.n; i++)
    if (f->facts.bindings.at[v.bindings[i]].name != first->name)
      text = arena_printf(arena, "%s, `%s`", text, text_of(f, f->facts.bindings.at[v.bindings[i]].name));
  return text;
}

// What becomes of a write of what it gives, in the transaction's code or, with `inside`, in the function that calls it; "" where
// there is none.
static const char *write_after(Program *p, const Way *way, const Transaction *t, bool inside, Arena *arena) {
  const File *f = &p->files.at[way->file];
  Id write = written_with(p, way->file, way->expr, inside ? unit_of(f, way->expr) : t->callback);
  return write ? arena_printf(arena, ", and let `%s`, which writes what it gives, come after it in a transaction of its own; when it fails, the "
                                     "first one is committed already", expr_text(f, expr_at(f, write)->a, arena))
               : "";
}

// What runs in the transaction: the method that is decorated with it, or a callback.
static const char *body_of(const Program *p, FileId file, const Transaction *t) {
  return map_get(&p->files.at[file].transactional, t->callback) ? "method" : "callback";
}

// What of the commit it no longer comes before: what is sent may get lost, and a failed payment takes nothing back.
static const char *once_committed(uint8_t effect, bool written) {
  if (effect < EFFECT_FILE)
    return "; if it must not get lost, write an outbox row in the transaction and let a worker send it";
  return effect == EFFECT_PAYMENT && !written
             ? "; when it fails, the transaction is committed already: write what is to be paid in a row of it, by which it is paid again" : "";
}

// What it needs is there only when the transaction has run.
static const char *after_commit(Program *p, const Way *start, const Way *way, const Transaction *t, const Done *done, Arena *arena) {
  bool inside = way->file != start->file || way->expr != start->expr;
  const char *name = name_of(p, way, arena), *what = strchr(name, '`') ? "do it" : arena_printf(arena, "call `%s`", name);
  const char *out = inside ? arena_printf(arena, ", not in `%s`", name_of(p, start, arena)) : "";
  const char *write = write_after(p, way, t, inside, arena);
  return arena_printf(arena, "%s after the transaction has committed%s: let the %s return what it needs, which the transaction %s "
                             "(%s)%s%s", what, out, body_of(p, start->file, t), had_words[done->had], needs_of(p, start, t, done->made, arena),
                      write, once_committed(p->sites.at[way->site].effect, *write));
}

// It is about a row that the transaction locks, and the transaction uses what it gives: it can neither come before it nor after it.
static const char *in_between(Program *p, const Way *start, const Way *way, const Done *done, Arena *arena) {
  const char *name = name_of(p, way, arena), *what = strchr(name, '`') ? "it" : arena_printf(arena, "`%s`", name);
  const char *row = done->made ? arena_printf(arena, " (`%s`)", expr_text(&p->files.at[start->file], done->made, arena)) : "";
  return arena_printf(arena, "%s needs what the transaction locks%s, and the transaction what it gives: commit before it, and write that "
                             "in another transaction, which locks the row again and looks whether it is still to be done", what, row);
}

const char *move_out_text(Program *p, const Edge *edge, Way start, const Transaction *t, Arena *arena) {
  Way way = movable(p, edge, start, t);
  bool inside = way.file != start.file || way.expr != start.expr;
  const char *name = name_of(p, &way, arena), *outer = inside ? name_of(p, &start, arena) : "";
  if (p->sites.at[way.site].effect == EFFECT_SLEEP && !way.via.file && !inside)
    return "do not wait inside: end the transaction and begin another one";
  Done done = done_before(p, start, &way, t);
  Id list = inside ? 0 : list_around(p, &start, t);
  if (opener_guards(p, start.file, t->call))
    return "it runs while a row is locked, which lets one do it at a time: give it a timeout, and the transaction a `lock_timeout`";
  if (done.given && done.had == HAD_LOCKED && is_needed(p, way, t, &done))
    return in_between(p, &start, &way, &done, arena);
  if (done.given && done.made)
    return after_commit(p, &start, &way, t, &done, arena);
  if (!belongs_before(p, &way, t, &done)) {
    const char *how = inside ? arena_printf(arena, "take it out of `%s` and do it", outer) : "do it";
    const char *body = body_of(p, start.file, t);
    const char *let = inside ? "" : arena_printf(arena, ": let the %s return what is needed and act on it then", body);
    const char *after = write_after(p, &way, t, inside, arena);
    return arena_printf(arena, "%s after the transaction has committed%s%s; if it must not get lost, write an outbox row in the "
                               "transaction and let a worker send it", how, let, after);
  }
  const char *each = list ? arena_printf(arena, " for each element of `%s`", expr_text(&p->files.at[start.file], list, arena)) : "";
  const char *in = inside ? arena_printf(arena, "let `%s` take its result", outer) : "hand its result in";
  const char *then = is_needed(p, way, t, &done) ? in : "only write the rows inside";
  uint8_t effect = p->sites.at[way.site].effect;
  bool guarded = value_is_ours(p, start.file, t) && (effect == EFFECT_HTTP || effect == EFFECT_PAYMENT);
  const char *what = strchr(name, '`') ? "do it" : arena_printf(arena, "call `%s`", name);
  return arena_printf(arena, "%s%s before the transaction begins and %s%s", what, each, list ? "hand the results in" : then,
                      guarded ? "; where a row lock has to guard it, give the call a timeout and the transaction a `lock_timeout`" : "");
}
