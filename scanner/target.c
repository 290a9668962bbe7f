// target.c - what becomes of the function that a loop calls for a query, once the query is made for all rounds.
#include "judge.h"
#include "values.h"

#include <string.h>

// Steps from a value back to what it is made of, forks on the way, and queries of a table that are compared with one of it.
enum { MAX_STEPS = 12, MAX_CHOICES = 3, MAX_BESIDE = 64 };

// Whether a function gives back what an expression in it gives: `return await e`, `const row = await e; return row`.
static bool gives_back(const Program *p, FileId file, Id expr, Id function) {
  const File *f = &p->files.at[file];
  Id top = expr;
  while (expr_at(f, expr_at(f, top)->parent)->kind == EX_AWAIT || expr_at(f, expr_at(f, top)->parent)->kind == EX_CAST)
    top = expr_at(f, top)->parent;
  Id binding = map_get(&f->owners, top);
  const Expr *around = expr_at(f, expr_at(f, top)->parent), *to = expr_at(f, around->kind == EX_ASSIGN ? around->a : 0);
  if (to->kind == EX_IDENT)
    binding = binding_of(p, file, to->scope, to->name, false);
  List returns = f->facts.functions.at[function].returns;
  for (uint32_t i = 0; i < returns.count; i++) {
    const Expr *e = expr_at(f, list_at(f, returns.first, i));
    if (e->kind == EX_IDENT && binding && binding_of(p, file, e->scope, e->name, false) == binding)
      return true;
  }
  return (expr_at(f, expr)->flags | expr_at(f, top)->flags) & EXF_RETURNED;
}

// Whether the functions on the way only hand on what the query gives.
bool is_handed_up(const Program *p, const Repeated *r) {
  Way way = way_of(r);
  if (is_in_resolver(r) && !gives_back(p, r->file, r->expr, r->repeat.callback))
    return false;
  for (Ref function = way.via; way_next(p, &way); function = way.via)
    if (!gives_back(p, way.file, way.expr, function.id))
      return false;
  return true;
}

// Whether a value is made of what an expression gives, and of nothing else that has to be asked for.
static bool is_made_of(const Program *p, FileId file, Id value, Id expr, int depth) {
  const File *f = &p->files.at[file];
  for (int step = 0; value && value != expr && step < MAX_STEPS; step++) {
    const Expr *e = expr_at(f, value), *callee = expr_at(f, e->kind == EX_CALL ? e->a : 0);
    const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
    if (e->kind == EX_ALT && depth < MAX_CHOICES && is_made_of(p, file, e->b, expr, depth + 1))
      return true;
    if (e->kind == EX_CALL || e->kind == EX_NEW)
      value = callee->kind == EX_MEMBER ? callee->a : argument_at(f, value, 0);
    else
      value = e->kind == EX_IDENT ? (b->kind == BIND_CONST || b->kind == BIND_LET ? b->value : 0) : e->a;
  }
  return value == expr;
}

// Whether the function that the loop calls is the query and what is made of its rows, nothing else: it checks nothing.
static bool is_only_query(const Program *p, const Repeated *r) {
  const Site *site = &p->sites.at[r->site];
  const File *f = &p->files.at[r->via.file];
  if (site->expr.file != r->via.file || site->unit != r->via.id || r->others || r->writes)
    return false;
  List returns = f->facts.functions.at[r->via.id].returns;
  Slice exits = exits_inside(f, f->facts.functions.at[r->via.id].scope);
  for (uint32_t i = 0; i < exits.n; i++)
    if (f->facts.exits.at[exits.at[i]].kind == EXIT_THROW)
      return false;
  bool made = false;
  for (uint32_t i = 0; i < returns.count; i++)
    made = made || is_made_of(p, r->via.file, list_at(f, returns.first, i), site->expr.id, 0);
  return made;
}

// Whether a type is a list: `string[]`.
static bool is_list_type(const File *f, const Type *type) {
  const Expr *name = expr_at(f, type->kind == TY_REF ? type->a : 0);
  return type->kind == TY_ARRAY || !strcmp(text_of(f, name->name), "Array");
}

static bool is_list_param(const File *f, const Param *param) { return is_list_type(f, &f->facts.types.at[param->type]); }

// Whether a parameter may be a list: `ids: string | string[]`.
static bool may_be_list(const File *f, const Param *param) {
  const Type *type = &f->facts.types.at[param->type];
  bool list = is_list_type(f, type);
  for (uint32_t i = 0; type->kind == TY_UNION && i < type->list.count && !list; i++)
    list = is_list_type(f, &f->facts.types.at[list_at(f, type->list.first, i)]);
  return list;
}

static bool writes(const File *f, Id function) {
  const Unit *unit = &f->units[function];
  for (uint32_t i = 0; i < unit->reach.n; i++)
    if (unit->reach.at[i].effect == EFFECT_WRITE)
      return true;
  return false;
}

// Whether a condition compares a column of the query's first table with a value.
static bool compares_value(const Condition *c) {
  return c->operator == OPERATOR_EQUAL && !c->table && !c->join && !c->constant && !c->function;
}

const char *asked_column(const Batch *b) {
  const char *only = NULL;
  uint32_t n = 0;
  if (b->key)
    return b->filter.relation ? NULL : b->key;
  for (uint32_t i = 0; b->query && i < b->query->conditions.n; i++)
    if (compares_value(&b->query->conditions.at[i])) {
      only = b->query->conditions.at[i].column;
      n++;
    }
  return n == 1 ? only : NULL;
}

static bool asks_by(const Query *q, const char *column) {
  for (uint32_t i = 0; q && column && i < q->conditions.n; i++)
    if (compares_value(&q->conditions.at[i]) && !strcmp(q->conditions.at[i].column, column))
      return true;
  return false;
}

// The column of a query that surely asks by nothing but a key of its table, NULL for others.
static const char *only_key(const Query *q) {
  const Condition *only = NULL;
  for (uint32_t i = 0; q && i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    if (!c->maybe && (only || !compares_value(c)))
      return NULL;
    only = c->maybe ? only : c;
  }
  const Column *column = only ? query_column(q, 0, only->column) : NULL;
  return column && table_is_unique(q->tables.at[0].table, (const char *const[]){column->name}, 1) ? only->column : NULL;
}

// Whether the query of a site asks by the same column as the one of the loop, or by a key that this may ask by.
static bool asks_alike(const Batch *b, uint32_t site) {
  const Query *q = query_of_site(b->j, site);
  const char *column = asked_column(b);
  return column ? asks_by(q, column) : asks_by(b->query, only_key(q));
}

// A function beside the query's own that reads the same table by a list of the same column, {0,0} if there is none.
static Ref reads_by_list(Program *p, const Batch *b) {
  const Site *own = b->site;
  const File *f = &p->files.at[own->expr.file];
  const Function *home = &f->facts.functions.at[own->unit];
  int more = MAX_BESIDE;
  for (uint32_t i = 1; own->table && own->unit && more && i < p->sites.n; i++) {
    const Site *site = &p->sites.at[i];
    const Function *fn = &f->facts.functions.at[site->expr.file == own->expr.file ? site->unit : 0];
    bool beside = fn->params.count && fn != home && fn->class == home->class && site->table == own->table &&
                  site->effect == EFFECT_READ && site->rows != ROWS_ONE;
    more -= beside;
    bool fits = beside && !writes(f, site->unit) && asks_alike(b, i) && *own_name(p, (Ref){own->expr.file, site->unit});
    for (uint32_t k = 0; fits && k < fn->params.count && k < ITEM_LIMIT; k++)
      if (is_list_param(f, &f->facts.params.at[list_at(f, fn->params.first, k)]) &&
          depends(p, own->expr.file, site->expr.id, site->unit, 1u << k))
        return (Ref){own->expr.file, site->unit};
  }
  return (Ref){0, 0};
}

bool names_query(Program *p, const Repeated *r) {
  if (!r->via.file || is_written_in(p, r->file, r->expr, r->via))
    return false;
  const Function *fn = &p->files.at[r->via.file].facts.functions.at[r->via.id];
  bool given = r->sql.file == r->file && argument_index(&p->files.at[r->file], r->expr, r->sql.id) >= 0;
  return !given && (fn->flags & FN_CONSTRUCTOR || *own_name(p, r->via));
}

bool is_for_many(const Batch *b) {
  const Repeated *r = b->r;
  const File *f = &b->p->files.at[r->via.file];
  const Function *fn = &f->facts.functions.at[r->via.id];
  if (!names_query(b->p, r) || r->writes || !is_handed_up(b->p, r) || !b->values || b->site->rows == ROWS_ONE)
    return false;
  Items items = changing_parameters(b->p, r->file, r->expr, r->via, &r->repeat);
  for (uint32_t i = 0; items != ~0u && i < fn->params.count && i < ITEM_LIMIT; i++)
    if (items == 1u << i)
      return may_be_list(f, &f->facts.params.at[list_at(f, fn->params.first, i)]);
  return false;
}

// Whether the code of the loop knows a name as well: `ctx`, which everybody is given.
static bool is_known_there(const Batch *b, const char *name) {
  const File *f = &b->p->files.at[b->r->file];
  Name local = names_find(&f->facts.names, name);
  return local && binding_of(b->p, b->r->file, expr_at(f, b->r->expr)->scope, local, false);
}

// Whether `this.name` means the same in the loop: in the same class, or in one that has it as well.
static bool is_own_member(const Batch *b, const char *name) {
  const File *f = &b->p->files.at[b->r->file], *g = &b->p->files.at[b->site->expr.file];
  Id scope = expr_at(f, b->r->expr)->scope, class = 0;
  for (; scope && !class; scope = f->facts.scopes.at[scope].parent)
    class = class_at(f, scope);
  bool same = f == g && class && class == g->facts.functions.at[b->site->unit].class;
  return same || (class && *name && has_member(f, class, name));
}

// Whether an expression has names that are known only in the function that it stands in; the part with the key is left out.
static bool has_own_names(const Batch *b, Id expr, int depth) {
  const File *f = &b->p->files.at[b->site->expr.file];
  const Function *home = &f->facts.functions.at[b->site->unit];
  const Expr *e = expr_at(f, expr);
  if (!expr || depth > MAX_STEPS || (expr == b->filter.condition && b->filter.asked.file == b->site->expr.file))
    return false;
  if (e->kind == EX_THIS || (e->kind == EX_MEMBER && expr_at(f, e->a)->kind == EX_THIS))
    return !is_own_member(b, text_of(f, e->name));
  Id binding = e->kind == EX_IDENT ? binding_of(b->p, b->site->expr.file, e->scope, e->name, false) : 0;
  if (binding && scope_inside(f, f->facts.bindings.at[binding].scope, home->scope))
    return !is_known_there(b, text_of(f, e->name));
  Id parts[32];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (has_own_names(b, parts[i], depth + 1))
      return true;
  return false;
}

void put_target(Text *out, const Batch *b, bool code) {
  const Repeated *r = b->r;
  const Site *site = b->site;
  if (!names_query(b->p, r))
    return;
  const char *name = function_name(b->p, r->via, b->arena);
  const char *home = function_name(b->p, (Ref){site->expr.file, site->unit}, b->arena);
  bool fixed = b->filter.fixed && !b->key, only = !fixed && is_only_query(b->p, r);
  bool handed = !r->writes && (b->filter.helper || is_handed_up(b->p, r));
  bool apart = code && site->unit && has_own_names(b, site->expr.id, 0);
  if (only && (apart || !handed))
    text_printf(out, "; make it a form of `%s` for many", name);
  else if (handed && !apart)
    text_printf(out, "; this takes the place of `%s`", name);
  else if (apart)
    text_printf(out, "; put it beside `%s`, whose names it uses, and let %s take what was read", home,
                strcmp(home, name) ? arena_printf(b->arena, "`%s`", name) : "that");
  else
    text_printf(out, "; let `%s` take what was read", name);
  Ref listed = fixed ? (Ref){0, 0} : reads_by_list(b->p, b);
  if (listed.file)
    text_printf(out, " (`%s` reads by a list already)", function_name(b->p, listed, b->arena));
}
