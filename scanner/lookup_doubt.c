// lookup_doubt.c - why a program may not do the same when the rows of all rounds are read before them.
//
// Read before, a row is what it was then. So nothing in the rounds may change the table, the list or the keys: each call in them,
// and in the functions that they call, must be one of which it is known what it does. And rounds with equal keys get one object
// between them. That cannot be seen where each key differs, or where only numbers, texts and the like are read of the row: else
// somebody may change it, or ask whether it is the same. What others write to the database meanwhile is seen once instead of in
// some rounds, which depends on the time in any case.
#include "lookup.h"

#include <string.h>

#include "row_uses.h"
#include "values.h"

enum { MAX_EXPRS = 4000, MAX_FUNCTIONS = 200, MAX_PARTS = 12 };

//
// Changes in the rounds themselves
//

// What a chain of members starts with.
static Id written_root(const File *f, Id expr) {
  for (int step = 0; step < MAX_PARTS; step++) {
    const Expr *e = expr_at(f, expr);
    if (e->kind != EX_MEMBER && e->kind != EX_INDEX && e->kind != EX_CAST)
      break;
    expr = e->a;
  }
  return expr;
}

// The variable that it starts with, 0 if it is none.
static Id root_binding(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, written_root(f, expr));
  return e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0;
}

// Whether an expression is a constant that holds an object of its own, made where it is declared.
static bool is_own_object(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
  uint8_t made = expr_at(f, b->kind == BIND_CONST ? b->value : 0)->kind;
  return made == EX_OBJECT || made == EX_ARRAY || made == EX_NEW;
}

// What an expression sets or deletes: the target, 0 if it does neither.
static Id changed_by(const File *f, Id expr) {
  const Expr *e = expr_at(f, expr);
  bool deletes = e->kind == EX_UNARY && !strcmp(text_of(f, e->name), "delete");
  return e->kind == EX_ASSIGN || deletes ? e->a : 0;
}

// The list that a call changes by one of the methods of arrays, 0 if it does not.
static Id list_changed_by(const File *f, Id expr) {
  static const char *const names[] = {"push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin"};
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->kind == EX_CALL ? e->a : 0);
  return callee->kind == EX_MEMBER && is_any_of(text_of(f, callee->name), names, COUNT(names)) ? callee->a : 0;
}

// Whether a member is set that may be one of those which lead to the key: `order.userId = ...`, `row[field] = ...`.
static bool sets_key(const Lookup *l, FileId file, Id target) {
  const File *f = &l->p->files.at[file];
  const Expr *e = expr_at(f, target);
  const char *path[LOOKUP_PATH];
  uint32_t n = lookup_path(l, path);
  bool member = e->kind == EX_MEMBER || e->kind == EX_INDEX;
  return member && !is_own_object(l->p, file, e->a) && (!e->name || is_any_of(text_of(f, e->name), path, n));
}

bool rounds_change_keys(const Lookup *l) {
  const File *f = l->f;
  Extent inside = f->extents[l->region];
  Id list = root_binding(l->p, l->r->file, l->r->repeat.over);
  for (Id i = inside.first; i < inside.end; i++) {
    if (!scope_inside(f, expr_at(f, i)->scope, l->region))
      continue;
    Id target = changed_by(f, i), grown = list_changed_by(f, i), root = target ? written_root(f, target) : 0;
    bool item = root && is_round_item(l, root) && (root == target || sets_key(l, l->r->file, target));
    bool of_list = list && root && root != target && root_binding(l->p, l->r->file, root) == list;
    if (item || of_list || (grown && list && root_binding(l->p, l->r->file, grown) == list))
      return true;
  }
  return false;
}

//
// What runs in the rounds
//

// A walk over the code of the rounds and of the functions that it calls.
typedef struct Walk {
  const Lookup *l;
  Program *p;
  Map seen;            // functions
  uint32_t functions, exprs;  // looked at
  const char *doubt;   // the first one
} Walk;

static const char not_all[] = "not all that runs in the rounds is seen";

static void walk_scope(Walk *w, FileId file, Id scope);

static void doubt_call(Walk *w, FileId file, Id call, const char *why) {
  const File *f = &w->p->files.at[file];
  Arena *arena = &w->l->j->report->arena;
  if (!w->doubt)
    w->doubt = arena_printf(arena, why, expr_text(f, expr_at(f, call)->a, arena));
}

static void walk_function(Walk *w, Ref function) {
  const File *f = &w->p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  uint64_t key = ref_key(function);
  if (map_get(&w->seen, key))
    return;
  map_put(&w->seen, key, 1);
  if (fn->flags & (FN_NO_BODY | FN_GENERATOR) || ++w->functions > MAX_FUNCTIONS)
    w->doubt = not_all;
  else
    walk_scope(w, function.file, fn->scope);
}

// Whether a written value sets columns only, and none that other tables refer to.
static bool sets_plain_columns(const Walk *w, const Site *site, const Query *q) {
  const File *f = &w->p->files.at[site->call.file];
  const Expr *call = expr_at(f, site->call.id), *options = expr_at(f, call->count == 1 ? list_at(f, call->first, 0) : 0);
  const Table *table = q && q->tables.n ? q->tables.at[0].table : NULL;
  for (uint32_t i = 0; table && options->kind == EX_OBJECT && i < options->count; i++) {
    const Expr *property = expr_at(f, list_at(f, options->first, i)), *data = expr_at(f, property->a);
    if (property->kind != EX_PROPERTY || strcmp(text_of(f, property->name), "data"))
      continue;
    for (uint32_t k = 0; data->kind == EX_OBJECT && k < data->count; k++) {
      const Expr *set = expr_at(f, list_at(f, data->first, k));
      const Column *column = set->kind == EX_PROPERTY ? table_find_property(table, text_of(f, set->name)) : NULL;
      bool key = column && q->verb == VERB_UPDATE && table_is_unique(table, (const char *const[]){column->name}, 1);
      if (!column || key)
        return false;
    }
    return data->kind == EX_OBJECT;
  }
  return false;
}

// A query or side effect of the rounds.
static void walk_site(Walk *w, uint32_t index) {
  const Site *site = &w->p->sites.at[index];
  const Query *q = query_of_site(w->l->j, index);
  const char *table = sym_text(w->p, site->table);
  Arena *arena = &w->l->j->report->arena;
  bool raw = site->sql.file || (site->meaning && (site->meaning->effect == EFFECT_RAW || site->meaning->sql != ARG_NONE));
  bool inserts = q && (q->verb == VERB_INSERT || q->verb == VERB_UPDATE);
  if (site->effect == EFFECT_READ && !raw)
    return;
  if (raw)
    w->doubt = "each round also runs SQL, and the rows may change with that";
  else if (!effect_is_database(site->effect))
    w->doubt = "each round also waits for something else, and the rows may change meanwhile";
  else if (!*table || site->table == w->l->site->table || !inserts || !sets_plain_columns(w, site, q))
    w->doubt = arena_printf(arena, "each round also writes%s%s, and the rows may change with that", *table ? " rows of " : "", table);
}

// Whether calling methods of an expression does nothing to the database, and changes no list but its own: it is of the language.
static bool is_harmless(const Walk *w, FileId file, Id object) {
  const File *f = &w->p->files.at[file];
  uint8_t kind = value_at(w->p, value_of(w->p, file, object))->kind;
  if (kind == VAL_ARRAY || kind == VAL_STRING || is_outside(w->p, file, object))
    return true;
  // A column of the row: `customer.name.trim()`.
  const Expr *e = expr_at(f, object);
  const Binding *b = &f->facts.bindings.at[root_binding(w->p, file, object)];
  return e->kind == EX_MEMBER && w->l->library->plain && file == w->l->r->file && b->kind == BIND_CONST && b->value == w->l->top;
}

// `Object.assign(order, ...)`: a function of the language that changes what it is given.
static bool changes_argument(const Walk *w, FileId file, const Expr *e) {
  static const char *const names[] = {"assign", "defineProperty", "defineProperties", "setPrototypeOf", "set", "deleteProperty"};
  const File *f = &w->p->files.at[file];
  const Expr *callee = expr_at(f, e->a), *object = expr_at(f, callee->a);
  bool global = object->kind == EX_IDENT && (!strcmp(text_of(f, object->name), "Object") || !strcmp(text_of(f, object->name), "Reflect"));
  return global && is_any_of(text_of(f, callee->name), names, COUNT(names)) && e->count &&
         expr_at(f, list_at(f, e->first, 0))->kind != EX_OBJECT;
}

// Methods by which an object of a package may call functions that were given to it before.
static bool may_call_back(const char *method) {
  static const char *const names[] = {"emit", "emitAsync", "dispatch", "dispatchEvent", "publish", "next",   "fire", "trigger",
                                      "notify", "send",    "call",     "apply",         "run",     "invoke", "exec", "execute"};
  return is_any_of(method, names, COUNT(names));
}

// Functions that a call gets by their names.
static void walk_arguments(Walk *w, FileId file, Id call) {
  const File *f = &w->p->files.at[file];
  const Expr *e = expr_at(f, call);
  for (uint32_t i = 0; e->kind != EX_TAGGED && i < e->count; i++) {
    Id argument = list_at(f, e->first, i), over;
    uint8_t kind = expr_at(f, argument)->kind;
    Ref function = kind == EX_IDENT || kind == EX_MEMBER ? value_function(w->p, value_of(w->p, file, argument)) : (Ref){0, 0};
    if (function.file)
      walk_function(w, function);
    else if ((kind == EX_IDENT || kind == EX_MEMBER || kind == EX_CALL) && argument_use(w->p, file, call, i, &over) >= 0)
      doubt_call(w, file, call, "what `%s` calls is not seen");
  }
}

// An error that is made to be thrown.
static bool is_thrown(const File *f, Id expr) {
  Slice exits = exits_at(f, expr_at(f, expr)->scope);
  for (uint32_t i = 0; i < exits.n; i++)
    if (f->facts.exits.at[exits.at[i]].kind == EXIT_THROW && f->facts.exits.at[exits.at[i]].value == expr)
      return true;
  return false;
}

static void walk_call(Walk *w, FileId file, Id call) {
  const File *f = &w->p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  ValueId value = value_of(w->p, file, e->a);
  Ref function = value_function(w->p, value);
  const Meaning *m = callee_meaning(w->p, value, file, call);
  walk_arguments(w, file, call);
  if ((m && m->effect) || is_thrown(f, call))
    return;  // what it does to the database is told by its site
  Id list = list_changed_by(f, call);
  bool known = m || external_is_outside(w->p, value) || (callee->kind == EX_MEMBER && is_harmless(w, file, callee->a));
  known = known && !may_call_back(text_of(f, callee->name));
  if (e->kind == EX_CALL && function.file)
    walk_function(w, function);
  else if (!known)
    doubt_call(w, file, call, "what `%s` does is not seen");
  else if ((list && !is_own_object(w->p, file, list)) || changes_argument(w, file, e))
    doubt_call(w, file, call, "`%s` may change the list or a key of it");
}

static void walk_expr(Walk *w, FileId file, Id expr) {
  const File *f = &w->p->files.at[file];
  const Expr *e = expr_at(f, expr);
  Id target = changed_by(f, expr);
  if (e->kind == EX_YIELD || e->kind == EX_IMPORT || ++w->exprs > MAX_EXPRS)
    w->doubt = not_all;
  else if (is_call(e) && expr != w->l->call)
    walk_call(w, file, expr);
  else if (target && sets_key(w->l, file, target))
    w->doubt = "a key of the list may be changed in the rounds";
}

static void walk_scope(Walk *w, FileId file, Id scope) {
  File *f = &w->p->files.at[file];
  Slice acts = region_acts(w->p, file, scope);
  for (uint32_t i = 0; i < acts.n && !w->doubt; i++) {
    const Act *act = &f->acts.at[acts.at[i]];
    if (!act->edge && act->site != w->l->r->site)
      walk_site(w, act->site);
  }
  for (Id i = f->extents[scope].first; i < f->extents[scope].end && !w->doubt; i++)
    if (scope_inside(f, expr_at(f, i)->scope, scope))
      walk_expr(w, file, i);
}

static const char *change_doubt(const Lookup *l) {
  Walk w = {.l = l, .p = l->p};
  walk_scope(&w, l->r->file, l->region);
  map_release(&w.seen);
  return w.doubt;
}

//
// The rounds
//

// Whether some rounds end before the query, or the loop does after it: then fewer rows are read now.
static bool may_skip(const Lookup *l) {
  Slice exits = exits_inside(l->f, l->region);
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &l->f->facts.exits.at[exits.at[i]];
    if (l->f->facts.scopes.at[exit->scope].function != l->f->facts.scopes.at[l->region].function)
      continue;
    bool before = exit->span.start < expr_at(l->f, l->call)->span.start && exit->kind != EXIT_THROW;
    bool ends = !l->r->repeat.callback && (exit->kind == EXIT_BREAK || exit->kind == EXIT_RETURN || exit->label);
    if (before || ends)
      return true;
  }
  return false;
}

//
// The rows
//

// Whether reading a column gives what nobody can change or tell from its like: a number, a text, a boolean; no decimal, which is
// an object.
static bool is_immutable(const Column *c) {
  static const uint8_t kinds[] = {COLUMN_NUMBER, COLUMN_STRING, COLUMN_TEXT, COLUMN_BOOLEAN, COLUMN_ENUM, COLUMN_UUID};
  return c && memchr(kinds, c->kind, sizeof kinds) && strncmp(c->type, "Decimal", strlen("Decimal"));
}

// Whether nothing but plain values is read of each row.
static bool reads_values_only(const Lookup *l) {
  RowUses uses = {.n = 0};
  row_uses(l->j, l->site, &uses);
  if (uses.lost || uses.whole || uses.compared)
    return false;
  const Table *table = l->query && l->query->tables.n ? l->query->tables.at[0].table : NULL;
  for (uint32_t i = 0; i < uses.n; i++)
    if (!table || !is_immutable(table_find_property(table, uses.names[i])))
      return false;
  return true;
}

static bool is_variable(const Lookup *l) {
  Id variable = map_get(&l->f->owners, l->top);
  return variable && l->f->facts.bindings.at[variable].kind != BIND_CONST;
}

static const char *rows_doubt(const Lookup *l) {
  if (!l->library->plain)
    return "rounds with equal keys get one object, with what is done to it";
  if (is_variable(l))
    return "the variable that holds the row may get another one";
  bool shared = !lookup_keys_differ(l), shown = shared || l->columns ? !reads_values_only(l) : false;
  if (shown && l->columns)
    return arena_printf(&l->j->report->arena, "the rows, which go on from here, have `%s` as well", l->filter.key);
  return shown ? "rounds with equal keys get one row, which goes on from here" : NULL;
}

// Whether the list belongs to more than this call of the function: it may change while the rows are waited for.
static bool is_shared_list(const Lookup *l) {
  Id list = root_binding(l->p, l->r->file, l->r->repeat.over);
  return !list || !l->f->facts.scopes.at[l->f->facts.bindings.at[list].scope].function;
}

static const char *list_doubt(const Lookup *l) {
  Arena *arena = &l->j->report->arena;
  const char *over = expr_text(l->f, l->r->repeat.over, arena);
  if (!l->listed)
    return arena_printf(arena, "`%s` may be no array, or be read only once", over);
  return is_shared_list(l) ? arena_printf(arena, "`%s` may change while the rows are waited for", over) : NULL;
}

static const char *keys_doubt(const Lookup *l) {
  const char *key = l->filter.key;
  Arena *arena = &l->j->report->arena;
  KeyMatch match = lookup_match(l);
  if (match == KEYS_LOOSE)
    return arena_printf(arena, "the database may take a key for equal to `%s` that a Map does not: in capitals, for example", key);
  return match == KEYS_UNSEEN ? arena_printf(arena, "the types of `%s` and of the keys are not seen", key) : NULL;
}

static const char *query_doubt(const Lookup *l) {
  const char *extended = extended_by(l->p, l->library);
  if (extended)
    return arena_printf(&l->j->report->arena, "`%s` may make `%s` do something else", extended, l->site->meaning->many);
  return l->narrowed ? "with further conditions a long list is too many parameters for one statement" : NULL;
}

const char *lookup_doubt(const Lookup *l) {
  const char *doubts[] = {
      list_doubt(l),
      keys_doubt(l),
      query_doubt(l),
      may_skip(l) ? "not each round asks, so that more rows are read than before" : NULL,
      rows_doubt(l),
      change_doubt(l),
  };
  Text text = {0};
  for (size_t i = 0; i < COUNT(doubts); i++)
    if (doubts[i])
      text_printf(&text, "%s%s", text.n ? "; " : "", doubts[i]);
  return text.n ? arena_text(&l->j->report->arena, &text) : NULL;
}
