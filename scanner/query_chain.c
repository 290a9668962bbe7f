// query_chain.c - what a chain of calls asks for, from its first call to the one that runs it.
//
// A chain is followed through variables (with what is called on them before), and into functions of ours that
// return a builder. What is only called under a condition is marked as such and makes the query dynamic.
#include <string.h>
#include <strings.h>

#include "query_read.h"
#include "values.h"

enum { RAW_DEPTH = 4 };  // nested lists and objects of an argument in which SQL is looked for

static void walk(Reading *r, Ref expr, Ref here);

static Ref argument(const Reading *r, Ref call, int index) {
  return query_operand(call, argument_at(&r->p->files.at[call.file], call.id, index));
}

static uint8_t kind_of(Reading *r, Ref expr) { return query_expr(r, query_definition(r, expr))->kind; }

//
// Conditions of a call
//

// A call whose conditions are an alternative to those before it in the chain: `where(A).orWhere(B)`.
static void begin_alternative(Reading *r) {
  VEC(Condition) *all = (void *)&r->query->conditions;
  if (all->n <= r->level && !r->chain)
    return;
  if (r->chain || r->either) {  // inside of a branch of another OR: read as part of that branch
    r->branch += r->chain != 0;
    return;
  }
  r->either = r->chain = ++r->eithers;
  for (uint32_t i = r->level; i < all->n; i++) {
    if (all->at[i].either || all->at[i].join)
      continue;
    all->at[i].either = r->chain;
    all->at[i].branch = 1;
  }
  r->branch = 2;
}

// `where("age")` starts a comparison, any other single argument is a filter.
static void one_argument(Reading *r, Ref only) {
  const char *path = query_string(r, only);
  if (!path) {
    query_filter(r, only);
    return;
  }
  r->path = path;
  if (r->negated)
    query_condition_on(r, only, ROLE_EQUAL, (Ref){0, 0});
}

static void pair(Reading *r, Ref column, Ref value) {
  Named named = kind_of(r, value) == EX_OBJECT ? query_column_of(r, column) : (Named){0};
  uint16_t table = r->table;
  if (named.column && !named.function) {
    r->table = named.table;
    query_compare(r, named.column, value, (Span){0, 0});
    r->table = table;
  } else
    query_condition_on(r, column, ROLE_EQUAL, value);
}

static void general(Reading *r, Ref call, uint32_t first) {
  uint32_t count = query_expr(r, call)->count - first;
  Ref column = query_element(r, call, first);
  uint8_t kind = kind_of(r, column);
  if (kind == EX_OBJECT || kind == EX_FUNCTION || count == 1)
    one_argument(r, column);
  else if (count == 2)
    pair(r, column, query_element(r, call, first + 1));
  else
    query_triple(r, column, query_element(r, call, first + 1), query_element(r, call, first + 2));
}

// A call that names the operator by itself: `whereIn("id", ids)`, `where("age").gt(18)`.
static void with_operator(Reading *r, Ref call, uint32_t first, uint8_t role) {
  const Expr *e = query_expr(r, call);
  Ref column = query_element(r, call, first);
  Ref value = e->count > first + 1 ? query_element(r, call, first + 1) : (Ref){0, 0};
  bool continues = r->path && !value.file && role != ROLE_NULL;
  if (continues)
    query_condition(r, r->path, role, column, (Span){0, 0});
  else if (kind_of(r, column) == EX_ARRAY)
    for (uint32_t i = 0; i < query_expr(r, query_definition(r, column))->count; i++)
      query_condition_on(r, query_element(r, query_definition(r, column), i), role, (Ref){0, 0});
  else
    query_condition_on(r, column, role, value);
}

static void conditions_by(Reading *r, Ref call, uint32_t first, uint8_t role) {
  const Expr *e = query_expr(r, call);
  Ref only = query_element(r, call, first);
  uint8_t kind = kind_of(r, only);
  bool text = kind == EX_STRING || kind == EX_TEMPLATE || kind == EX_TAGGED || kind == EX_BINARY;
  switch (role) {
  case ROLE_NONE:
  case ROLE_NOT:
  case ROLE_NEGATE:
    general(r, call, first);
    break;
  case ROLE_AND:
  case ROLE_OR:
    query_group(r, role, only);
    break;
  case ROLE_RAW:
    r->given = e->count > first + 1 ? query_definition(r, query_element(r, call, first + 1)) : (Ref){0, 0};
    text ? query_fragment(r, query_definition(r, only)) : query_filter(r, only);
    r->given = (Ref){0, 0};
    break;
  case ROLE_COLUMN:
    if (kind == EX_FUNCTION || e->count == first + 1)
      query_filter(r, only);
    else
      query_condition_on(r, only, ROLE_COLUMN, query_element(r, call, e->count - 1u));
    break;
  case ROLE_RELATION:
    break;
  default:
    with_operator(r, call, first, role);
  }
}

static void conditions_of(Reading *r, Ref call, const Meaning *m) {
  uint32_t first = (uint32_t)m->filter;
  bool negated = r->negated;
  if (m->filter < 0 || query_expr(r, call)->count <= first)
    return;
  if (m->either)
    begin_alternative(r);
  bool maybe = r->maybe;
  r->maybe |= m->dynamic;
  r->negated ^= m->operator== ROLE_NOT || m->operator== ROLE_NEGATE;
  conditions_by(r, call, first, m->operator);
  r->negated = negated;
  r->maybe = maybe;
}

static void key_of(Reading *r, Ref value) {
  const Table *table = r->query->tables.n ? r->query->tables.at[0].table : NULL;
  const char *column = r->library->id;
  for (uint32_t i = 0; table && i < table->indexes.n; i++)
    if (table->indexes.at[i].primary && table->indexes.at[i].parts.n == 1 &&
        table->indexes.at[i].parts.at[0].column)
      column = table->indexes.at[i].parts.at[0].column;
  query_condition(r, column, ROLE_EQUAL, value, (Span){0, 0});
}

//
// Joins
//

static void join_pairs(Reading *r, Ref object) {
  const Expr *e = query_expr(r, object);
  for (uint32_t i = 0; i < e->count; i++) {
    Ref item = query_element(r, object, i);
    const Expr *x = query_expr(r, item);
    Named named = x->kind == EX_PROPERTY && x->name ? query_column_in(r, query_name(r, item)) : (Named){0};
    Named other = named.column ? query_column_of(r, query_operand(item, x->a)) : (Named){0};
    if (other.column) {
      vec_push(&r->query->conditions,
               ((Condition){.column = named.column, .table = named.table, .join = true, .other = other.table}));
      vec_push(&r->query->conditions,
               ((Condition){.column = other.column, .table = other.table, .join = true, .other = named.table}));
    }
  }
}

// What a join compares: `(a, b)`, `(a, "=", b)`, a filter, a callback, an object of pairs.
static void join_conditions(Reading *r, Ref call, uint32_t first) {
  uint32_t count = query_expr(r, call)->count - first;
  Ref column = query_element(r, call, first), last = query_element(r, call, first + count - 1);
  if (count > 1)
    query_condition_on(r, column, ROLE_COLUMN, last);
  else if (kind_of(r, column) == EX_OBJECT)
    join_pairs(r, query_definition(r, column));
  else
    query_filter(r, column);
}

// `leftJoin("order.user", "user")`: the relation of a table that the query has.
static int joined_relation(Reading *r, const char *text, const char *alias) {
  const char *dot = strchr(text, '.');
  uint32_t before = r->query->tables.n;
  for (uint32_t i = 0; dot && i < before; i++) {
    const QueryTable *t = &r->query->tables.at[i];
    const char *name = t->alias ? t->alias : t->name;
    if (strlen(name) != (size_t)(dot - text) || strncasecmp(name, text, strlen(name)))
      continue;
    uint16_t table = r->table;
    r->table = (uint16_t)i;
    uint16_t joined = query_related(r, dot + 1);
    r->table = table;
    if (alias && r->query->tables.n > before)
      r->query->tables.at[joined].alias = alias;
    return joined;
  }
  return -1;
}

// `{ u: "users" }`: an alias and the table.
static const char *aliased(Reading *r, Ref object, const char **alias) {
  Ref at = query_definition(r, object);
  if (query_expr(r, at)->kind != EX_OBJECT || !query_expr(r, at)->count)
    return NULL;
  Ref item = query_element(r, at, 0);
  const Expr *x = query_expr(r, item);
  const char *table = x->kind == EX_PROPERTY ? query_string(r, query_operand(item, x->a)) : NULL;
  *alias = table ? query_name(r, item) : NULL;
  return table;
}

static int joined_table(Reading *r, Ref table, const char *alias) {
  const char *text = query_string(r, table);
  int relation = text ? joined_relation(r, text, alias) : -1;
  if (relation >= 0)
    return relation;
  if (!text)
    text = aliased(r, table, &alias);
  Sym name = text ? 0 : table_name(r->p, table.file, table.id);
  if (name)
    text = names_text(&r->p->syms, name);
  return text ? query_table(r, query_keep(r, text, strlen(text)), alias) : -1;
}

static void note_joined(Reading *r, Ref table, int joined) {
  const char *text = query_string(r, table), *dot = text ? strchr(text, '.') : NULL;
  if (!dot || joined >= QUERY_TABLES)
    return;
  uint16_t parent = 0;
  for (uint32_t i = 0; i < r->query->tables.n && i < QUERY_TABLES; i++) {
    const QueryTable *t = &r->query->tables.at[i];
    const char *name = t->alias ? t->alias : t->name;
    if (strlen(name) == (size_t)(dot - text) && !strncmp(name, text, strlen(name)))
      parent = r->relation_of[i];
  }
  r->relation_of[joined] = query_add_relation(r, dot + 1, parent);
  r->query->relations.at[r->relation_of[joined] - 1].joined = true;
  r->query->tables.at[joined].read = true;
}

static void join_of(Reading *r, Ref call, const Meaning *m) {
  Ref table = argument(r, call, m->join);
  Ref as = m->alias >= 0 ? argument(r, call, m->alias) : (Ref){0, 0};
  uint16_t either = r->either, branch = r->branch;
  if (!table.file)
    return;
  r->either = r->branch = 0;
  if (!r->query->tables.n)  // the first table is the one that is asked, also when it cannot be seen
    vec_push(&r->query->tables, ((QueryTable){.name = ""}));
  int joined = joined_table(r, table, as.file ? query_string(r, as) : NULL);
  if (joined < 0)
    query_dynamic(r);
  else if (m->follows >= 0)
    note_joined(r, table, joined);
  uint32_t first = (uint32_t)(m->alias > m->join ? m->alias : m->join) + 1;
  if (joined >= 0 && query_expr(r, call)->count > first)
    join_conditions(r, call, first);
  r->either = either;
  r->branch = branch;
}

//
// One call
//

static void columns_of(Reading *r, Ref call, const Meaning *m) {
  for (uint32_t i = (uint32_t)m->columns; i < query_expr(r, call)->count && (int)i != m->alias; i++)
    query_columns(r, query_element(r, call, i));
}

// `orderBy("name", "desc")`, `orderBy(desc(users.name), users.id)`.
static void order_of(Reading *r, Ref call, const Meaning *m) {
  const Expr *e = query_expr(r, call);
  uint32_t first = (uint32_t)m->order;
  Ref second = e->count > first + 1 ? query_element(r, call, first + 1) : (Ref){0, 0};
  const char *word = second.file ? query_constant(r, second) : NULL;
  bool direction = second.file && query_string(r, query_element(r, call, first)) &&
                   (!word || !strncasecmp(word, "asc", 3) || !strncasecmp(word, "desc", 4));
  if (m->operator== ROLE_RAW) {
    const char *text = query_string(r, query_element(r, call, first));
    r->query->random_order |= text && (strcasestr(text, "random(") || strcasestr(text, "rand("));
    vec_push(&r->query->sorts,
             ((Sort){.column = "", .table = r->table, .expression = true, .maybe = r->maybe}));
    return;
  }
  if (direction) {
    query_order(r, query_element(r, call, first), second);
    return;
  }
  Ref ascending = second.file ? query_described(r, second, r->library->sorts, ROLE_ASCENDING) : (Ref){0, 0};
  if (ascending.file) {  // `order("name", { ascending: false })`
    query_order(r, query_element(r, call, first), (Ref){0, 0});
    if (query_is_literal(r, ascending, "false") && r->query->sorts.n)
      r->query->sorts.at[r->query->sorts.n - 1].descending = true;
    return;
  }
  for (uint32_t i = first; i < e->count; i++)
    query_order(r, query_element(r, call, i), (Ref){0, 0});
}

static void table_of(Reading *r, Ref call, const Meaning *m) {
  Ref table = m->table >= 0 ? argument(r, call, m->table) : (Ref){0, 0};
  Ref as = m->alias >= 0 ? argument(r, call, m->alias) : (Ref){0, 0};
  const char *alias = as.file ? query_string(r, as) : NULL,
             *name = table.file ? aliased(r, table, &alias) : NULL;
  if (table.file && !name)
    name = query_string(r, table);
  if (name && !r->query->tables.n)
    query_table(r, query_keep(r, name, strlen(name)), alias);
  if (alias && m->join < 0 && m->columns < 0 && r->query->tables.n)
    r->query->tables.at[0].alias = alias;
}

// Whether what may be a filter or the value of a key is a filter.
static bool is_filter(Reading *r, Ref value) {
  Ref at = query_definition(r, value);
  const Expr *e = query_expr(r, at);
  if (e->kind == EX_ARRAY && e->count)
    return kind_of(r, query_element(r, at, 0)) == EX_OBJECT;
  return e->kind == EX_OBJECT || e->kind == EX_ALT;
}

static bool has(const Reading *r, Ref call, int8_t index) {
  return index >= 0 && query_expr(r, call)->count > (uint32_t)index;
}

// SQL text that a later call runs: sql`...`.execute(db).
static void statement_of(Reading *r, Ref call, const Meaning *m) {
  Ref literal = sql_literal(r->p, call.file, argument_at(&r->p->files.at[call.file], call.id, m->sql));
  const char *sql = literal.file ? query_name(r, literal) : NULL;
  if (!sql)
    return;
  r->query->sql = query_keep(r, sql, strlen(sql));
  if (!query_of_sql(r->queries, r->query->sql, r->query))
    r->query->dynamic = r->query->dynamic_columns = true;
  query_tables(r->queries, r->query);
}

// SQL text that an argument brings along, also as an element or the value of a key: `update({ a: raw("...") })`.
static void note_raw(Reading *r, Ref expr, int depth) {
  const Expr *e = query_expr(r, expr);
  const LibraryWord *word = e->kind == EX_CALL ? query_call_word(r, expr) : NULL;
  if (depth > RAW_DEPTH || !expr.file)
    return;
  if (word && word->role == ROLE_RAW && e->count)
    vec_push(&r->query->fragments, query_element(r, expr, 0));
  else if (e->kind == EX_PROPERTY || e->kind == EX_CAST)
    note_raw(r, query_operand(expr, e->a), depth + 1);
  for (uint32_t i = 0; (e->kind == EX_OBJECT || e->kind == EX_ARRAY) && i < e->count; i++)
    note_raw(r, query_element(r, expr, i), depth + 1);
}

// The same of an argument or element that is SQL text itself.
static void note_text(Reading *r, Ref expr) {
  uint8_t kind = kind_of(r, expr);
  if (kind == EX_STRING || kind == EX_TEMPLATE)
    vec_push(&r->query->fragments, expr);
  else
    note_raw(r, expr, 0);
}

// The arguments of a builder's call, of which `raw` or `texts` says that they are SQL text themselves: `joinRaw("...")`.
static void note_raws(Reading *r, Ref call, const Meaning *m) {
  bool texts = m->texts || (m->operator == ROLE_RAW && m->filter < 0);
  for (uint32_t i = 0; i < query_expr(r, call)->count; i++) {
    Ref given = query_element(r, call, i);
    const Expr *list = query_expr(r, given);
    if (!texts)
      note_raw(r, given, 0);
    else if (list->kind != EX_ARRAY)
      note_text(r, given);
    for (uint32_t k = 0; texts && list->kind == EX_ARRAY && k < list->count; k++)
      note_text(r, query_element(r, given, k));
  }
}

static void apply(Reading *r, Ref call, const Meaning *m) {
  note_raws(r, call, m);
  r->query->verb = m->verb ? m->verb : r->query->verb;
  r->query->aggregate |= m->aggregate;
  r->unjoined |= m->unjoined;
  r->query->star |= m->all;
  r->query->written_star |= m->all;
  if (m->dynamic) {
    query_dynamic(r);
    r->query->dynamic_columns = true;
  }
  table_of(r, call, m);
  if (m->sql >= 0 && !m->effect)
    statement_of(r, call, m);
  if (has(r, call, m->join))
    join_of(r, call, m);
  else if (has(r, call, m->relations))
    query_relations(r, argument(r, call, m->relations), m->shape ? m->shape : r->library->options, 0);
  if (has(r, call, m->options) && (m->shape || r->library->options) && m->options != m->filter)
    query_options(r, argument(r, call, m->options), m->shape ? m->shape : r->library->options);
  bool by_id = has(r, call, m->id) && (m->id != m->filter || !is_filter(r, argument(r, call, m->id)));
  if (by_id)
    key_of(r, argument(r, call, m->id));
  if (has(r, call, m->columns))
    columns_of(r, call, m);
  if (has(r, call, m->filter) && !(by_id && m->id == m->filter))
    conditions_of(r, call, m);
  if (has(r, call, m->order))
    order_of(r, call, m);
  if (has(r, call, m->limit))
    query_limit(r, argument(r, call, m->limit));
  if (has(r, call, m->offset))
    query_offset(r, argument(r, call, m->offset));
}

//
// Chains
//

// What a call means: by the value of its callee, else as one on the builder that a callback gets.
static const Meaning *meaning_of(Reading *r, Ref call, bool of_callback) {
  ValueId each[4];
  Program *p = r->p;
  const Expr *e = query_expr(r, call);
  uint32_t n = value_each(p, value_of(p, call.file, e->a), each);
  for (uint32_t i = 0; i < n; i++) {
    const Meaning *m = callee_meaning(p, each[i], call.file, call.id);
    if (!m)
      continue;
    Value v = *value_at(p, each[i]);
    r->state = (StateId)(v.kind == VAL_METHOD ? value_at(p, v.a)->a : v.a);
    return m;
  }
  return of_callback && r->state ? library_member(p->libs, r->state, query_name(r, query_operand(call, e->a)))
                                 : NULL;
}

// Whether a chain starts at the builder that the callback gets.
static bool starts_at_callback(const Reading *r, Ref expr) {
  const File *f = &r->p->files.at[expr.file];
  const Expr *e = expr_at(f, expr.id);
  while (e->kind == EX_CALL || e->kind == EX_MEMBER)
    e = expr_at(f, e->a);
  if (!r->callback.file || r->callback.file != expr.file)
    return false;
  if (e->kind == EX_THIS)
    return true;
  Id binding = e->kind == EX_IDENT ? binding_of(r->p, expr.file, e->scope, e->name, false) : 0;
  const Expr *param = expr_at(f, f->facts.bindings.at[binding].value);
  return binding && param->kind == EX_PARAM && param->b == 0 && param->a == r->callback.id;
}

bool query_is_builder(Reading *r, Ref expr) {
  Value v = *value_at(r->p, value_of(r->p, expr.file, expr.id));
  if (v.kind == VAL_PROMISE)
    v = *value_at(r->p, v.a);
  const LibraryState *state = v.kind == VAL_LIBRARY ? &r->p->libs->states.at[v.a] : NULL;
  return v.kind == VAL_PENDING || (state && (state->base || state->await_effect));
}

// The builder that a function of ours returns.
static void walk_function(Reading *r, Ref call) {
  Ref function = value_function(r->p, value_of(r->p, call.file, query_expr(r, call)->a));
  if (!function.file || !query_is_builder(r, call))
    return;
  const File *f = &r->p->files.at[function.file];
  List returns = f->facts.functions.at[function.id].returns;
  if (returns.count > 1)
    query_dynamic(r);
  if (returns.count) {
    Ref result = {function.file, list_at(f, returns.first, returns.count - 1)};
    walk(r, result, result);
  }
}

static void walk_call(Reading *r, Ref call, Ref here) {
  const Expr *e = query_expr(r, call);
  Ref callee = query_operand(call, e->a);
  if (query_expr(r, callee)->kind == EX_MEMBER)
    walk(r, query_operand(callee, query_expr(r, callee)->a), here);
  StateId state = r->state;
  const Meaning *m = meaning_of(r, call, starts_at_callback(r, call));
  r->unclear |= m && r->state && m == library_member(r->p->libs, r->state, "*");
  if (m)
    apply(r, call, m);
  else
    walk_function(r, call);
  if (starts_at_callback(r, call))
    r->state = state;
}

// A call on a variable that holds a builder, and what is assigned to it, before it is used.
static void walk_use(Reading *r, Ref use, void *payload) {
  const Ref *before = payload;
  const File *f = &r->p->files.at[use.file];
  Id top = query_chain_end(f, use.id);
  const Expr *e = expr_at(f, top), *outer = expr_at(f, e->parent);
  bool assigned = outer->kind == EX_ASSIGN && outer->b == top;
  bool is_set = outer->kind == EX_ASSIGN && outer->a == use.id;
  Ref chain = is_set ? (Ref){use.file, outer->b} : (Ref){use.file, top};
  if (assigned || (!is_set && (e->kind != EX_CALL || !(e->flags & EXF_STATEMENT))))
    return;  // an assignment is read once, by its target
  bool maybe = r->maybe;
  r->maybe |= query_is_conditional(r, use.file, use.id, before->id);
  if (r->maybe)
    query_dynamic(r);
  walk(r, chain, (Ref){0, 0});
  r->maybe = maybe;
}

static void walk_variable(Reading *r, Ref ident, Ref here) {
  const Expr *e = query_expr(r, ident);
  const File *f = &r->p->files.at[ident.file];
  Id binding = binding_of(r->p, ident.file, e->scope, e->name, false);
  const Binding *b = &f->facts.bindings.at[binding];
  if (!here.file)
    return;  // the variable itself, where something is called on it
  if (b->kind == BIND_PARAM && query_is_builder(r, ident))
    query_dynamic(r);
  Ref initial = b->kind == BIND_IMPORT ? definition_of(r->p, ident.file, ident.id)
                                       : (Ref){b->value ? ident.file : 0, b->value};
  if (b->kind != BIND_PARAM && initial.file)
    walk(r, initial, initial);
  // What is called on a model or client makes queries of its own.
  if (value_at(r->p, value_of(r->p, ident.file, ident.id))->kind != VAL_LIBRARY || query_is_builder(r, ident))
    query_uses(r, ident, USES_OF_BUILDER, e->span.start, walk_use, &ident);
}

// `mongoose.models.Job || mongoose.model("Job", schema)`: the same model, whichever of them it is.
static bool is_one_table(Reading *r, Ref expr) {
  const Value *v = value_at(r->p, value_of(r->p, expr.file, expr.id));
  return v->kind == VAL_LIBRARY && v->b && !query_is_builder(r, expr);
}

// `here` is where a variable is read; {0,0} stands for calls on it that are read on their own.
static void walk(Reading *r, Ref expr, Ref here) {
  if (r->calls >= QUERY_CALLS || !expr.file)
    return;
  const Expr *e = query_expr(r, expr);
  r->calls++;
  switch (e->kind) {
  case EX_CALL:
  case EX_TAGGED:
    walk_call(r, expr, here);
    break;
  case EX_IDENT:
    walk_variable(r, expr, here);
    break;
  case EX_CAST:
    walk(r, query_operand(expr, e->a), here);
    break;
  case EX_ALT:
    if (!is_one_table(r, expr))
      query_dynamic(r);
    walk(r, query_operand(expr, e->a), here);
    break;
  }
  r->calls--;
}

//
// Callbacks
//

void query_returned(Reading *r, Ref function, void (*read)(Reading *, Ref)) {
  Ref before = r->callback;
  const File *f = &r->p->files.at[function.file];
  Id id = query_expr(r, function)->a;
  List returns = f->facts.functions.at[id].returns;
  r->callback = (Ref){function.file, id};
  for (uint32_t i = 0; i < returns.count; i++)
    read(r, (Ref){function.file, list_at(f, returns.first, i)});
  r->callback = before;
}

static bool is_conditional_in(const File *f, Id expr, Id scope) {
  for (Id s = expr_at(f, expr)->scope; s && s != scope; s = f->facts.scopes.at[s].parent)
    if (f->facts.scopes.at[s].kind != SC_BLOCK)
      return true;
  return false;
}

// Whether a chain on the builder that a callback gets is a query of its own: `eb.selectFrom("teams").where(...)`.
static bool is_subquery(const Reading *r, Ref call) {
  const File *f = &r->p->files.at[call.file];
  const Expr *callee = expr_at(f, expr_at(f, call.id)->a);
  while (callee->kind == EX_MEMBER && expr_at(f, callee->a)->kind == EX_CALL)
    callee = expr_at(f, expr_at(f, callee->a)->a);
  const Meaning *m = r->state && callee->kind == EX_MEMBER ? library_member(r->p->libs, r->state, text_of(f, callee->name)) : NULL;
  return m && m->none;
}

// Whether a call hands the builder that a callback gets to a function, which may put anything to it: `narrow(qb, filters)`.
static bool hands_builder(const Reading *r, Ref call) {
  const Expr *e = query_expr(r, call);
  for (uint32_t i = 0; i < e->count; i++)
    if (query_expr(r, query_element(r, call, i))->kind == EX_IDENT && query_is_callback(r, query_element(r, call, i)))
      return true;
  return false;
}

// The chains on the builder that a callback gets, in their order.
static void walk_body(Reading *r, Ref function) {
  const File *f = &r->p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  for (Id i = fn->expr + 1; i < f->facts.exprs.n && expr_at(f, i)->span.start < fn->span.end; i++) {
    const Expr *e = expr_at(f, i);
    if (e->kind == EX_CALL && unit_of(f, i) == function.id && hands_builder(r, (Ref){function.file, i}))
      query_dynamic(r);
    bool whole =
        e->kind == EX_CALL && !(expr_at(f, e->parent)->kind == EX_MEMBER && expr_at(f, e->parent)->a == i);
    if (!whole || unit_of(f, i) != function.id || expr_at(f, e->a)->kind != EX_MEMBER ||
        !starts_at_callback(r, (Ref){function.file, i}) || is_subquery(r, (Ref){function.file, i}))
      continue;
    bool maybe = r->maybe;
    r->maybe |= is_conditional_in(f, i, fn->scope);
    if (r->maybe)
      query_dynamic(r);
    walk(r, (Ref){function.file, i}, (Ref){0, 0});
    r->maybe = maybe;
  }
}

void query_callback(Reading *r, Ref function) {
  const File *f = &r->p->files.at[function.file];
  List returns = f->facts.functions.at[function.id].returns;
  Ref callback = r->callback;
  Around around = {r->either, r->branch, r->branches};
  uint32_t level = r->level;
  uint16_t chain = r->chain;
  if (query_is_enough(r))
    return;
  r->depth++;
  r->callback = function;
  r->level = r->query->conditions.n;
  r->chain = 0;
  walk_body(r, function);
  for (uint32_t i = 0; i < returns.count; i++) {
    Ref result = {function.file, list_at(f, returns.first, i)};
    bool chained = query_expr(r, result)->kind == EX_CALL &&
                   query_expr(r, query_operand(result, query_expr(r, result)->a))->kind == EX_MEMBER &&
                   starts_at_callback(r, result) && !query_call_word(r, result) && !query_chained_word(r, result);
    if (!chained)
      query_filter(r, result);
  }
  r->callback = callback;
  r->level = level;
  r->chain = chain;
  query_close(r, around);
  r->depth--;
}

//
// A whole query
//

// The verb of what no call names one for.
static uint8_t default_verb(const Site *site) {
  return site->effect == EFFECT_READ ? VERB_SELECT : VERB_OTHER;
}

// Whether the query could have conditions: by an argument, or by a call on the builder that it is.
static bool offers_filter(Reading *r, const Site *site) {
  const Meaning *m = site->meaning;
  if (!m || m->options >= 0 || m->filter >= 0 || !m->effect)
    return m != NULL;
  const File *f = &r->p->files.at[site->call.file];
  const Expr *callee = expr_at(f, expr_at(f, site->call.id)->a);
  return site->call.file && callee->kind == EX_MEMBER && query_is_builder(r, (Ref){site->call.file, callee->a});
}

// Leave out the joins that the library leaves out of the statement. What asks for more than them of another table is refused by the
// database.
static void leave_joins_out(Query *query) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < query->conditions.n; i++)
    if (query->conditions.at[i].table && !query->conditions.at[i].join)
      return;
  for (uint32_t i = 0; i < query->conditions.n; i++)
    if (!query->conditions.at[i].join)
      query->conditions.at[kept++] = query->conditions.at[i];
  query->conditions.n = kept;
  query->tables.n = 1;
  query->unjoined = true;
}

static bool leaves_joins_out(const Reading *r) {
  Dialect dialect = r->unjoined && r->query->tables.n > 1 ? schemas_dialect(r->queries->schemas, r->p->files.at[r->file].source->path) : DIALECT_UNKNOWN;
  return dialect == DIALECT_POSTGRES || dialect == DIALECT_SQLITE;
}

void query_of_chain(Queries *queries, Program *p, const Site *site, Ref chain, Query *query) {
  Reading r = {.queries = queries,
               .p = p,
               .library = &p->libs->libraries.at[site->library],
               .query = query,
               .file = chain.file};
  query->verb = default_verb(site);
  query->hides = r.library->hides || extended_by(p, r.library);
  query->served = r.library->served;
  walk(&r, chain, chain);
  if (query->verb == VERB_SELECT && site->effect == EFFECT_WRITE)
    query->verb = VERB_OTHER;
  if (query->sql)
    return;
  // Of a library of which the model does not say how it asks, nothing is known.
  bool silent = !r.library->options && !r.library->operators && !r.library->sorts;
  query->dynamic |= silent;
  query->dynamic_columns |= silent;
  bool reads = query->verb == VERB_SELECT && !query->aggregate;
  query->star = reads && (query->star || !(query->columns.n || query->dynamic_columns || query->only_related));
  if (leaves_joins_out(&r))
    leave_joins_out(query);
  bool changes = query->verb == VERB_UPDATE || query->verb == VERB_DELETE;
  query->whole_table = changes && !query->conditions.n && !query->dynamic && !r.unclear && offers_filter(&r, site);
}
