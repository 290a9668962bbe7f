// guarded.c - the conditions on its element under which a round makes its query: the list of all rounds has no other elements.
//
// They often say of what kind the element is, `if (node.kind === 'link')`, so that the others have no key at all. A condition
// on something else, or that asks what the rounds have done so far, `if (seen.has(node.id))`, is left out: a list without
// regard to it only has some keys too many.
#include "judge.h"
#include "repeat.h"

#include <string.h>

enum { MAX_EXITS = 64, MAX_STEPS = 12, MAX_GUARDS = 16, GUARDS_ROOM = 160 };

// A condition that holds in the round, or does not.
typedef struct RoundGuard {
  Id condition;
  bool holds;
} RoundGuard;

// The conditions of a loop, written in the names of a function of its element.
typedef struct Guards {
  Program *p;
  const File *f;
  const Repeated *r;
  Id region;
  Id whole;          // the condition that is looked at
  const char *item;
  Arena *arena;
  RoundGuard all[MAX_GUARDS];  // as they stand in the code: what is asked first may be why the next one can be asked
  uint32_t n;
  bool lost;              // there are others
} Guards;

// What an expression reads of the element: "order.kind" of `kind` behind `const { kind } = order`; NULL for any other.
static const char *read_of_item(const Guards *g, Id expr, int depth) {
  const Expr *e = expr_at(g->f, expr);
  Id id = e->kind == EX_IDENT ? binding_of(g->p, g->r->file, e->scope, e->name, false) : 0;
  const Binding *b = &g->f->facts.bindings.at[id];
  const Repeat *repeat = &g->r->repeat;
  bool element = repeat->callback
                     ? e->kind == EX_PARAM && e->a == repeat->callback && e->b == element_param(g->f, repeat->call)
                     : e->kind == EX_ELEMENT && e->a == g->f->facts.scopes.at[g->region].a;
  if (element)
    return g->item;
  if (e->kind == EX_IDENT)
    return id && depth < MAX_STEPS && scope_inside(g->f, b->scope, g->region) && !map_get(&g->f->assigns, id)
               ? read_of_item(g, b->value, depth + 1) : NULL;
  bool part = e->kind == EX_MEMBER || (e->kind == EX_INDEX && e->name);
  const char *object = (part || e->kind == EX_CAST) && depth < MAX_STEPS ? read_of_item(g, e->a, depth + 1) : NULL;
  if (!object || e->kind == EX_CAST)
    return object;
  if (e->kind == EX_INDEX)
    return arena_printf(g->arena, "%s[%s]", object, text_of(g->f, e->name));
  return arena_printf(g->arena, "%s%s%s", object, e->flags & EXF_OPTIONAL ? "?." : ".", text_of(g->f, e->name));
}

const char *guarded_name(const Guards *g, Id ident) { return read_of_item(g, ident, 0); }

static bool is_of_item(const File *f, Id expr, const void *guards) {
  return expr_at(f, expr)->kind == EX_IDENT && read_of_item(guards, expr, 0);
}

// A call on what is kept in a variable: `seen.has(order.id)`.
static bool asks_state(const File *f, Id expr, const void *guards) {
  const Guards *g = guards;
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->kind == EX_CALL ? e->a : 0), *object = expr_at(f, callee->a);
  bool member = callee->kind == EX_MEMBER && object->kind == EX_IDENT;
  Id id = member ? binding_of(g->p, g->r->file, object->scope, object->name, false) : 0;
  return id && f->facts.bindings.at[id].kind != BIND_IMPORT && !read_of_item(g, callee->a, 0);
}

// What means something else in a function of the element, or needs parentheses.
static bool cannot_move(const File *f, Id expr, const void *guards) {
  static const uint8_t kinds[] = {EX_AWAIT, EX_ASSIGN, EX_FUNCTION, EX_OBJECT, EX_PROPERTY, EX_CLASS, EX_SPREAD};
  const Guards *g = guards;
  const Expr *e = expr_at(f, expr), *around = expr_at(f, e->parent);
  bool compound = (e->kind == EX_ALT || e->kind == EX_BINARY) && expr != g->whole;
  bool within = around->kind == EX_BINARY || around->kind == EX_UNARY || around->kind == EX_MEMBER || around->kind == EX_CAST ||
                (around->kind == EX_ALT && e->kind == EX_ALT);
  if (e->kind != EX_IDENT || read_of_item(g, expr, 0))
    return memchr(kinds, e->kind, sizeof kinds) || (compound && within);
  Id id = binding_of(g->p, g->r->file, e->scope, e->name, false);
  return id && (scope_inside(f, f->facts.bindings.at[id].scope, g->region) || varies(g->p, g->r->file, expr, &g->r->repeat));
}

// `a !== b` of `a === b` where it must not hold; NULL for other operators.
static const char *opposite(const char *op) {
  static const char *const pairs[][2] = {{"===", "!=="}, {"!==", "==="}, {"==", "!="}, {"!=", "=="}};
  for (size_t i = 0; i < COUNT(pairs); i++)
    if (!strcmp(op, pairs[i][0]))
      return pairs[i][1];
  return NULL;
}

static const char *written(const Guards *g, Id expr) {
  return edited_text(g->f, expr, &(Edit){.guards = g}, g->arena);
}

static const char *guard_text(Guards *g, Id condition, bool holds) {
  const Expr *e = expr_at(g->f, condition);
  g->whole = condition;
  const char *op = e->kind == EX_BINARY && !holds ? opposite(text_of(g->f, e->name)) : NULL;
  const char *left = op ? written(g, e->a) : NULL, *right = op ? written(g, e->b) : NULL;
  if (any_part(g->f, condition, cannot_move, g))
    return NULL;
  if (left && right)
    return arena_printf(g->arena, "%s %s %s", left, op, right);
  const char *text = written(g, condition);
  bool compound = (e->kind == EX_ALT && (g->n > 1 || !holds)) || (e->kind == EX_BINARY && !holds);
  return !text ? NULL : arena_printf(g->arena, "%s%s%s%s", holds ? "" : "!", compound ? "(" : "", text, compound ? ")" : "");
}

static void add_condition(Guards *g, Id condition, bool holds, int depth) {
  const Expr *e = expr_at(g->f, condition);
  const char *op = text_of(g->f, e->name);
  if (depth > MAX_STEPS)
    return;
  if (e->kind == EX_UNARY && !strcmp(op, "!")) {
    add_condition(g, e->a, !holds, depth + 1);
  } else if (e->kind == EX_ALT && !e->c && !strcmp(op, holds ? "&&" : "||")) {
    add_condition(g, e->a, holds, depth + 1);
    add_condition(g, e->b, holds, depth + 1);
  } else if (any_part(g->f, condition, is_of_item, g) && !any_part(g->f, condition, asks_state, g)) {
    g->lost = g->lost || g->n == MAX_GUARDS;
    uint32_t at = g->lost ? 0 : g->n++;
    for (; at && expr_at(g->f, g->all[at - 1].condition)->span.start > e->span.start; at--)
      g->all[at] = g->all[at - 1];
    g->all[at] = (RoundGuard){condition, holds};
  }
}

// The side of an `if`, of `c ? a : b`, or the right side of `c && a` that a scope is; a case of a `switch` is not written.
static void add_scope(Guards *g, const Scope *s) {
  const Expr *around = expr_at(g->f, expr_at(g->f, s->a)->parent);
  const char *op = text_of(g->f, around->name);
  bool branch = s->kind == SC_BRANCH && around->kind == EX_ALT && (around->c || !strcmp(op, "&&") || !strcmp(op, "||"));
  bool second = branch && (around->c ? s->span.start >= expr_at(g->f, around->b)->span.start : *op == '|');
  if (s->kind == SC_IF || s->kind == SC_ELSE || branch)
    add_condition(g, s->a, !second && s->kind != SC_ELSE, 0);
  else if (s->kind == SC_SWITCH && any_part(g->f, s->a, is_of_item, g))
    g->lost = true;
}

// `if (!order.open) continue;` before the query; what ends all rounds leaves none out.
static void add_exits(Guards *g, const Expr *query) {
  Slice exits = exits_inside(g->f, g->region);
  for (uint32_t i = 0; i < exits.n && i < MAX_EXITS; i++) {
    const Exit *exit = &g->f->facts.exits.at[exits.at[i]];
    const Scope *s = &g->f->facts.scopes.at[exit->scope];
    bool before = s->kind == SC_IF && exit->span.end <= query->span.start && scope_inside(g->f, query->scope, s->parent);
    bool round = exit->kind == EXIT_CONTINUE || (exit->kind == EXIT_RETURN && g->r->repeat.callback);
    if (before && round && exit->scope != g->region && scope_inside(g->f, s->parent, g->region))
      add_condition(g, s->a, false, 0);
  }
}

const char *guards_of_round(Program *p, const Repeated *r, const char *item, Arena *arena) {
  const File *f = &p->files.at[r->file];
  const Expr *query = expr_at(f, r->expr);
  Guards g = {.p = p, .f = f, .r = r, .region = repeat_scope(f, &r->repeat), .item = item, .arena = arena};
  if (!g.region)
    return "";
  add_exits(&g, query);
  for (Id scope = query->scope; scope && scope != g.region; scope = f->facts.scopes.at[scope].parent)
    add_scope(&g, &f->facts.scopes.at[scope]);
  const char *all = "";
  for (uint32_t i = 0; i < g.n && !g.lost; i++) {
    const char *text = guard_text(&g, g.all[i].condition, g.all[i].holds);
    g.lost = !text || strlen(all) + strlen(text) > GUARDS_ROOM;
    all = g.lost ? "" : arena_printf(arena, "%s%s%s", all, i ? " && " : "", text);
  }
  return g.lost ? NULL : all;
}
