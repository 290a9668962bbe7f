// statements.c - a loop that runs statements: whether its list is one of statements, or the code writes one for each row.
//
// Whoever lists statements wants all of them to run. `rows.map((row) => `SELECT ... ${row.id}`)` only takes the query out
// of the loop, so the list is followed back to what its elements are made by.
#include <ctype.h>
#include <string.h>

#include "judge.h"
#include "repeat.h"
#include "schema/ddl.h"
#include "sql.h"
#include "values.h"

enum {
  MAX_BACK = 6,      // variables, calls and operands from a list or a value to what it is made of
  MAX_LOOKED = 400,  // expressions that are looked at in all
  MAX_DEPTH = 63,    // parentheses in a statement
};

typedef struct Back {
  Program *p;
  uint32_t looked;
} Back;

static bool is_spent(Back *b, Id expr, int depth) { return !expr || depth > MAX_BACK || ++b->looked > MAX_LOOKED; }

typedef bool Made(Back *b, FileId file, Id expr, int depth);

// Whether something holds of what the constant or variable holds, wherever it is declared.
static bool variable_is(Back *b, FileId file, Id ident, int depth, Made *made) {
  const File *f = &b->p->files.at[file];
  const Expr *e = expr_at(f, ident);
  Id binding = binding_of(b->p, file, e->scope, e->name, false);
  for (Id at = map_get(&f->assigns, binding); at; at = map_get(&f->chain, at))
    if (made(b, file, expr_at(f, at)->b, depth + 1))
      return true;
  uint8_t kind = f->facts.bindings.at[binding].kind;
  if (kind == BIND_CONST || kind == BIND_LET)
    return made(b, file, f->facts.bindings.at[binding].value, depth + 1);
  Ref value = definition_of(b->p, file, ident);
  return value.file && made(b, value.file, value.id, depth + 1);
}

// Whether it holds of what a function of the tree returns.
static bool result_is(Back *b, Ref function, int depth, Made *made) {
  const File *f = &b->p->files.at[function.file];
  List returns = function.file ? f->facts.functions.at[function.id].returns : (List){0};
  for (uint32_t i = 0; i < returns.count; i++)
    if (made(b, function.file, list_at(f, returns.first, i), depth + 1))
      return true;
  return false;
}

static bool any_child_is(Back *b, FileId file, Id expr, int depth, Made *made) {
  Id parts[32];
  uint32_t n = expr_children(&b->p->files.at[file], expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (made(b, file, parts[i], depth + 1))
      return true;
  return false;
}

// Whether it holds of what an expression is made of: variables, functions of the tree, operands.
static bool any_part_is(Back *b, FileId file, Id expr, int depth, Made *made) {
  const Expr *e = expr_at(&b->p->files.at[file], expr);
  if (e->kind == EX_IDENT)
    return variable_is(b, file, expr, depth, made);
  if (e->kind == EX_CALL && result_is(b, value_function(b->p, value_of(b->p, file, e->a)), depth, made))
    return true;
  return any_child_is(b, file, expr, depth, made);
}

// Whether the text of a statement is written where a value is made, or in a function that makes it.
static bool writes_statement(Back *b, FileId file, Id expr, int depth) {
  const Expr *e = expr_at(&b->p->files.at[file], expr);
  if (is_spent(b, expr, depth))
    return false;
  bool statement = (e->kind == EX_STRING || e->kind == EX_TEMPLATE) && e->flags & EXF_SQL;
  return statement || any_part_is(b, file, expr, depth, writes_statement);
}

// `rows.map((row) => `SELECT ... ${row.id}`)`: whether a function that a call runs for each element writes a statement.
static bool maps_to_statements(Back *b, FileId file, Id call, int depth) {
  const File *f = &b->p->files.at[file];
  const Expr *e = expr_at(f, call);
  for (uint32_t i = 0; i < e->count; i++) {
    Id over, argument = list_at(f, e->first, i);
    Ref function = value_function(b->p, value_of(b->p, file, argument));
    if (function.file && argument_use(b->p, file, call, i, &over) == EDGE_EACH && result_is(b, function, depth, writes_statement))
      return true;
  }
  return false;
}

// `for (const row of rows) list.push(`SELECT ... ${row.id}`)`.
static bool gets_statements(Back *b, FileId file, Id list, int depth) {
  const File *f = &b->p->files.at[file];
  const Expr *e = expr_at(f, list);
  Id binding = e->kind == EX_IDENT ? binding_of(b->p, file, e->scope, e->name, false) : 0;
  for (Id push = map_get(&f->pushed, binding); binding && push; push = map_get(&f->chain, push)) {
    const Expr *call = expr_at(f, push);
    if (is_spent(b, push, depth) || repeat_of(b->p, file, push).kind != REPEAT_ELEMENT)
      continue;
    for (uint32_t i = 0; i < call->count; i++)
      if (writes_statement(b, file, list_at(f, call->first, i), depth + 1))
        return true;
  }
  return false;
}

// Whether the code writes the elements of a list, one for each element of another.
static bool holds_written(Back *b, FileId file, Id list, int depth) {
  const Expr *e = expr_at(&b->p->files.at[file], list);
  if (is_spent(b, list, depth))
    return false;
  bool written = (e->kind == EX_IDENT && gets_statements(b, file, list, depth)) ||
                 (e->kind == EX_CALL && maps_to_statements(b, file, list, depth));
  return written || any_part_is(b, file, list, depth, holds_written);
}

// What of an element the statement is taken from: the variable before its members.
static const Binding *element_of_statement(const Program *p, FileId file, Id sql) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, sql);
  while (e->kind == EX_MEMBER)
    e = expr_at(f, e->a);
  return &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
}

bool runs_elements(Program *p, const Repeated *r, Id region) {
  Ref sql = r->sql.file ? r->sql : p->sites.at[r->site].sql;
  if (sql.file != r->file || sql_literal(p, sql.file, sql.id).file)
    return false;
  const File *f = &p->files.at[r->file];
  const Binding *element = element_of_statement(p, r->file, sql.id);
  const Expr *value = expr_at(f, element->value);
  while (value->kind == EX_MEMBER)
    value = expr_at(f, value->a);
  bool runs = element->scope == region && (value->kind == EX_ELEMENT || value->kind == EX_PARAM);
  return runs && !holds_written(&(Back){.p = p}, r->file, r->repeat.over, 0);
}

//
// Tables that are spliced in
//

// A walk over the tables that a statement names. A FROM is one of a clause where a SELECT or another verb stands at the
// same depth of parentheses: not that of `EXTRACT(year FROM x)`, nor that of `IS DISTINCT FROM x`.
typedef struct Tables {
  const char *at, *end, *before;  // `before`: the word in front, NULL when something else stands there
  uint64_t verbs;                 // a bit for each depth
  uint32_t depth;
} Tables;

static bool is_word(const char *at, const char *end, const char *const *words, size_t count) {
  for (size_t i = 0; at && i < count; i++)
    if (ddl_word(at, end, words[i]))
      return true;
  return false;
}

// Whether a table follows the word that stands here. `FOR UPDATE` and `DO UPDATE` name none.
static bool precedes_table(const Tables *t) {
  static const char *const always[] = {"join", "into", "table"};
  if (ddl_word(t->at, t->end, "update"))
    return !t->before;
  if (ddl_word(t->at, t->end, "from"))
    return t->verbs >> t->depth & 1 && !(t->before && ddl_word(t->before, t->end, "distinct"));
  return is_word(t->at, t->end, always, COUNT(always));
}

// Past one token.
static void step(Tables *t) {
  static const char *const verbs[] = {"select", "delete", "update", "show"};
  const uint64_t bit = (uint64_t)1 << t->depth;
  if (*t->at == '(' && t->depth < MAX_DEPTH)
    t->verbs &= ~((uint64_t)1 << ++t->depth);
  else if (*t->at == ')' && t->depth)
    t->depth--;
  else if (is_word(t->at, t->end, verbs, COUNT(verbs)))
    t->verbs |= bit;
  t->before = isalpha((unsigned char)*t->at) ? t->at : NULL;
  t->at = ddl_skip_blank(ddl_token(t->at, t->end, false), t->end);
}

// Where the name of the next table starts, NULL when there is none.
static const char *next_table(Tables *t) {
  while (t->at < t->end) {
    bool table = precedes_table(t);
    step(t);
    if (table)
      return t->at;
  }
  return NULL;
}

static const char *past_table(const char *at) {
  while (isalnum((unsigned char)*at) || (*at && strchr("_.\"`[]${}", *at)))
    at++;
  return at;
}

static bool holds(const File *f, Id function, Id expr) {
  return function && scope_inside(f, expr_at(f, expr)->scope, f->facts.functions.at[function].scope);
}

static Id outermost_function(const File *f, Id expr) {
  Id function = unit_of(f, expr);
  while (function && f->facts.scopes.at[f->facts.scopes.at[f->facts.functions.at[function].scope].parent].function)
    function = f->facts.scopes.at[f->facts.scopes.at[f->facts.functions.at[function].scope].parent].function;
  return function;
}

// Whether a value in the loop or in a function on the way changes from round to round. Where it cannot be told what a
// function gets, all that it is given may.
static bool changes_on_way(Program *p, const Repeated *r, FileId file, Id value) {
  const File *f = &p->files.at[file];
  Way way = way_of(r);
  if (!way.via.file || (file == r->file && scope_inside(f, expr_at(f, value)->scope, repeat_scope(f, &r->repeat))))
    return file == r->file && varies(p, file, value, &r->repeat);
  Items items = changing_parameters(p, way.file, way.expr, way.via, &r->repeat);
  while (!(way.via.file == file && holds(f, way.via.id, value))) {
    Id function = way.via.id;
    if (!way_next(p, &way) || !way.via.file)
      return false;
    items = items == ~0u ? items : arguments_depending(p, way.file, way.expr, function, items, false);
  }
  return items == ~0u ? depends(p, file, value, outermost_function(f, value), ~ITEM_THIS) : depends(p, file, value, way.via.id, items);
}

Ref text_run(Program *p, const Repeated *r) {
  Ref given = r->sql.file ? r->sql : p->sites.at[r->site].sql;
  return given.file ? sql_literal(p, given.file, given.id) : (Ref){0, 0};
}

const char *block_run(Program *p, const Repeated *r) {
  Ref given = r->sql.file ? r->sql : p->sites.at[r->site].sql;
  return given.file && !sql_literal(p, given.file, given.id).file ? sql_block_text(p, given.file, given.id) : NULL;
}

bool splices_table(Program *p, const Repeated *r) {
  Ref literal = text_run(p, r);
  const File *f = &p->files.at[literal.file];
  const Expr *e = expr_at(f, literal.id);
  const char *text = literal.file && e->kind == EX_TEMPLATE ? text_of(f, e->name) : "", *end = text + strlen(text);
  const char *hole = strstr(text, "${}"), *table;
  Tables tables = {.at = ddl_skip_blank(text, end), .end = end};
  for (uint32_t i = 0; hole && i < e->count && (table = next_table(&tables));) {
    const char *behind = past_table(table);
    for (; hole && hole < behind && i < e->count; hole = strstr(hole + 1, "${}"), i++)
      if (hole >= table && changes_on_way(p, r, literal.file, list_at(f, e->first, i)))
        return true;
  }
  return false;
}
