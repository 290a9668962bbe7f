// query_filter.c - the conditions of a query: filter documents, functions that make conditions, and pairs of
// both.
//
// What the keys and functions mean is told by the library's model (`operators`); what a filter does not show
// (a parameter, what a function decides at run time) makes the query dynamic.
#include <string.h>
#include <strings.h>

#include "query_read.h"
#include "sql.h"
#include "values.h"

//
// One condition
//

// The start of a pattern as far as it is written: "%" of `%${name}%` and of "%" + name.
static const char *pattern_start(Reading *r, Ref value) {
  Ref at = query_definition(r, value);
  bool insensitive;
  if (query_regexp(r, &at, &insensitive) && query_expr(r, at)->kind == EX_LITERAL)
    return query_name(r, at) + 1;
  const Expr *e = query_expr(r, at);
  for (int steps = 0; e->kind == EX_BINARY && steps < QUERY_DEPTH; steps++)
    e = query_expr(r, at = query_operand(at, e->a));
  return e->kind == EX_STRING || e->kind == EX_TEMPLATE ? query_name(r, at) : NULL;
}

static uint8_t operator_of_pattern(Reading *r, Ref value) {
  const char *pattern = value.file ? pattern_start(r, value) : NULL;
  if (!pattern || *pattern == '%' || *pattern == '_' || !*pattern)
    return OPERATOR_CONTAINS;
  return strpbrk(pattern, "%_$") || query_expr(r, value)->kind == EX_BINARY ? OPERATOR_PREFIX
                                                                            : OPERATOR_EQUAL;
}

uint8_t query_bound_pattern(Reading *r, Ref value) {
  return pattern_start(r, value) ? operator_of_pattern(r, value) : OPERATOR_PATTERN;
}

static uint8_t operator_of_regex(Reading *r, Ref value) {
  const char *pattern = value.file ? pattern_start(r, value) : NULL;
  return pattern && *pattern == '^' ? OPERATOR_PREFIX : OPERATOR_CONTAINS;
}

// Whether a list that is compared with is a query: a builder, the callback that makes one, or SQL.
static bool is_subquery(Reading *r, Ref value) {
  Ref at = query_definition(r, value);
  const Expr *e = query_expr(r, at);
  const LibraryWord *word = e->kind == EX_CALL ? query_call_word(r, at) : NULL;
  Ref text = e->kind == EX_TAGGED ? query_operand(at, e->b) : at;
  if (word && word->role == ROLE_RAW)
    text = query_operand(at, argument_at(&r->p->files.at[at.file], at.id, 0));
  if (e->kind == EX_FUNCTION)
    return true;
  if (e->kind == EX_TAGGED || (word && word->role == ROLE_RAW)) {
    uint8_t kind = query_expr(r, text)->kind;
    return (kind == EX_TEMPLATE || kind == EX_STRING) && !strncasecmp(sql_start(query_name(r, text)), "select", 6);
  }
  return e->kind == EX_CALL && query_is_builder(r, at);
}

// Note the table and the one column that a builder in NOT IN selects, as far as they are written in its chain.
static void read_not_in(Reading *r, Ref value) {
  Ref at = query_definition(r, value);
  const char *table = NULL, *column = NULL;
  for (int calls = 0; query_expr(r, at)->kind == EX_CALL && calls < QUERY_CALLS; calls++) {
    const Expr *e = query_expr(r, at), *callee = query_expr(r, query_operand(at, e->a));
    const char *text = e->count == 1 ? query_constant(r, query_operand(at, argument_at(&r->p->files.at[at.file], at.id, 0))) : NULL;
    const char *name = text_of(&r->p->files.at[at.file], callee->name);
    Ref inner = query_operand(at, callee->kind == EX_MEMBER ? callee->a : 0);
    r->query->not_in_veiled |= !strncmp(name, "union", 5);
    if (!strcmp(name, "join") || strstr(name, "Join") || r->query->not_in_veiled)
      return;
    if (!strcmp(name, "select") || !strcmp(name, "pluck"))
      column = text;
    else if (!strcmp(name, "from") || !strcmp(name, "selectFrom") || (!inner.id || query_expr(r, inner)->kind != EX_CALL))
      table = text;
    at = inner;
  }
  r->query->not_in_table = table ? query_keep(r, table, strcspn(table, " ")) : NULL;
  const char *dot = column ? strrchr(column, '.') : NULL;
  column = dot ? dot + 1 : column;
  r->query->not_in_column = column ? query_keep(r, column, strcspn(column, " ")) : NULL;
}

static uint8_t operator_of(Reading *r, uint8_t role, Ref value) {
  switch (role) {
  case ROLE_EQUAL:
    return value.file && query_is_literal(r, value, "null") ? OPERATOR_NULL : OPERATOR_EQUAL;
  case ROLE_NULL:
    return value.file && query_is_literal(r, value, "false") ? OPERATOR_NOT : OPERATOR_NULL;
  case ROLE_PRESENT:
    return value.file && query_is_literal(r, value, "false") ? OPERATOR_NULL : OPERATOR_NOT;
  case ROLE_RANGE:
    return OPERATOR_RANGE;
  case ROLE_PREFIX:
    return OPERATOR_PREFIX;
  case ROLE_CONTAINS:
    return OPERATOR_CONTAINS;
  case ROLE_LIKE:
  case ROLE_ILIKE:
    return operator_of_pattern(r, value);
  case ROLE_REGEX:
    return operator_of_regex(r, value);
  case ROLE_NOT_IN:
    if (value.file && is_subquery(r, value)) {
      r->query->not_in_select = true;
      read_not_in(r, value);
    }
    return OPERATOR_NOT;
  case ROLE_NOT:
    return OPERATOR_NOT;
  case ROLE_ARRAY:
    return OPERATOR_ARRAY;
  case ROLE_TEXT:
    return OPERATOR_TEXT;
  default:
    return OPERATOR_OTHER;
  }
}

static Condition condition_here(const Reading *r, const Named *named, Span span) {
  return (Condition){.column = named->column,
                     .function = named->function,
                     .computed = named->computed,
                     .table = named->table,
                     .either = r->either,
                     .branch = r->branch,
                     .maybe = r->maybe,
                     .insensitive = r->insensitive,
                     .span = span};
}

// "a, b" of a list of constants, NULL when it is none.
static const char *constants(Reading *r, Ref value) {
  Ref at = query_definition(r, value);
  const Expr *e = query_expr(r, at);
  bool known = e->kind == EX_ARRAY && e->count;
  Text all = {0};
  for (uint32_t i = 0; known && i < e->count; i++) {
    const char *one = query_constant(r, query_element(r, at, i));
    known = one != NULL;
    text_printf(&all, "%s%s", i ? ", " : "", known ? one : "");
  }
  if (known)
    return arena_text(&r->queries->arena, &all);
  text_release(&all);
  return NULL;
}

static void add_condition(Reading *r, const Named *named, uint8_t role, Ref value, Span span) {
  if (value.file && query_is_literal(r, value, "undefined"))
    return;
  Condition c = condition_here(r, named, span);
  c.operator= r->negated ? OPERATOR_NOT : operator_of(r, role, value);
  if (value.file && c.operator!= OPERATOR_NULL) {
    const char *list = constants(r, value);
    c.constant = list ? list : query_constant(r, value);
    c.several = list != NULL;
  }
  c.insensitive |= role == ROLE_ILIKE;
  vec_push(&r->query->conditions, c);
}

void query_condition(Reading *r, const char *column, uint8_t role, Ref value, Span span) {
  Named named = {.column = column, .table = r->table};
  add_condition(r, &named, role, value, span);
}

Span query_span(const Reading *r, Ref expr) {
  return expr.file == r->file ? query_expr(r, expr)->span : (Span){0, 0};
}

void query_condition_on(Reading *r, Ref column, uint8_t role, Ref value) {
  Named named = query_column_of(r, column);
  if (!named.column) {
    query_dynamic(r);
    return;
  }
  Named other = value.file ? query_column_of(r, value) : (Named){0};
  Span span = query_span(r, column);
  bool is_text = value.file && query_string(r, value) && role != ROLE_COLUMN;
  if (!other.column || is_text || (other.table == named.table && role != ROLE_COLUMN)) {
    add_condition(r, &named, role, value, span);
    return;
  }
  Condition c = condition_here(r, &named, span), mirrored = condition_here(r, &other, span);
  c.join = mirrored.join = true;
  c.other = other.table;
  mirrored.other = named.table;
  vec_push(&r->query->conditions, c);
  vec_push(&r->query->conditions, mirrored);
}

void query_triple(Reading *r, Ref column, Ref operator, Ref value) {
  const char *text = query_constant(r, operator);
  uint8_t role = text ? query_role(text) : ROLE_OTHER;
  query_condition_on(r, column, role, value);
}

//
// ORs, and what is not in every query
//

// Start an OR; each of its branches starts with query_branch(). Gives what query_close() restores.
static Around query_open(Reading *r) {
  Around around = {r->either, r->branch, r->branches};
  if (!r->either) {  // an OR within a branch of another one is read as part of that branch
    r->either = ++r->eithers;
    r->branches = r->branch = 0;
  }
  return around;
}

static void query_branch(Reading *r) { r->branch = ++r->branches; }

void query_close(Reading *r, Around around) {
  r->either = around.either;
  r->branch = around.branch;
  r->branches = around.branches;
}

void query_maybe(Reading *r, void (*read)(Reading *, Ref), Ref expr) {
  bool before = r->maybe;
  r->maybe = true;
  read(r, expr);
  r->maybe = before;
}

//
// Values of a column
//

Ref query_element(const Reading *r, Ref list, uint32_t i) {
  return (Ref){list.file, list_at(&r->p->files.at[list.file], query_expr(r, list)->first, i)};
}

// A filter on the rows that a relation leads to.
static void relation_filter(Reading *r, const char *relation, Ref filter) {
  uint16_t table = r->table;
  r->table = query_related(r, relation);
  query_filter(r, filter);
  r->table = table;
}

// Whether an object only names columns of a key: `userId_orderId: { userId, orderId }`.
static bool is_compound(const Reading *r, const char *name, Ref object) {
  const Expr *e = query_expr(r, object);
  const Table *table = r->table < r->query->tables.n ? r->query->tables.at[r->table].table : NULL;
  bool columns = table && e->count > 1, joined = e->count > 1;
  const char *at = name;
  for (uint32_t i = 0; i < e->count; i++) {
    Ref property = query_element(r, object, i);
    const char *key = query_expr(r, property)->kind == EX_PROPERTY ? query_name(r, property) : "";
    columns = columns && *key && table_find_property(table, key);
    joined = joined && *key && !strncmp(at, key, strlen(key));
    at += joined ? strlen(key) + (at[strlen(key)] == '_') : 0;
  }
  return (joined && !*at) || (columns && !table_find_property(table, name) && strchr(name, '_'));
}

// The foreign key column that a relation object asks for when it only gives the other table's key.
static const char *key_of_relation(const Reading *r, const char *relation, Ref object) {
  const Expr *e = query_expr(r, object);
  const Table *table = r->table < r->query->tables.n ? r->query->tables.at[r->table].table : NULL;
  if (!table || e->count != 1 || query_expr(r, query_element(r, object, 0))->kind != EX_PROPERTY)
    return NULL;
  const char *key = query_name(r, query_element(r, object, 0));
  for (uint32_t i = 0; i < table->keys.n; i++) {
    const ForeignKey *k = &table->keys.at[i];
    if (k->columns.n == 1 && k->relation && !strcmp(k->relation, relation) &&
        (!k->to.n || !strcasecmp(k->to.at[0], key)))
      return k->columns.at[0];
  }
  return NULL;
}

bool query_nests(const Reading *r) {
  const LibraryWord *word = query_word(r, r->library->operators, "{}");
  return word && word->role == ROLE_RELATION;
}

// An object without operators: a relation, the parts of a compound key, or a value.
static void compare_nested(Reading *r, const char *column, Ref object, Span span) {
  if (!query_nests(r)) {
    query_condition(r, column, ROLE_EQUAL, object, span);
    return;
  }
  if (is_compound(r, column, object)) {
    query_filter(r, object);
    return;
  }
  const char *key = key_of_relation(r, column, object);
  if (key)
    query_compare(r, key, query_operand(object, query_expr(r, query_element(r, object, 0))->a), span);
  else
    relation_filter(r, column, object);
}

// The word of a property's key: an operator by its name, or by what a computed key names (`[Op.like]`).
static const LibraryWord *key_word(Reading *r, Ref property) {
  const Expr *e = query_expr(r, property);
  if (e->kind != EX_PROPERTY)
    return NULL;
  if (e->b && !e->name)
    return query_call_word(r, query_operand(property, e->b));
  return query_word(r, r->library->operators, query_name(r, property));
}

static bool says_insensitive(Reading *r, Ref value) {
  const char *text = query_string(r, value);
  return text && strchr(text, 'i');
}

// Whether the comparisons of an object pass over case; *found tells whether it has an operator at all.
static bool scan_operators(Reading *r, Ref object, bool *found) {
  const Expr *e = query_expr(r, object);
  bool insensitive = false;
  *found = false;
  for (uint32_t i = 0; i < e->count; i++) {
    Ref property = query_element(r, object, i);
    const LibraryWord *word = key_word(r, property);
    *found |= word != NULL;
    if (word && word->role == ROLE_INSENSITIVE)
      insensitive |= says_insensitive(r, query_operand(property, query_expr(r, property)->a));
  }
  return insensitive;
}

static void compare_list(Reading *r, const char *column, Ref list, Span span, bool either) {
  const Expr *e = query_expr(r, list);
  Around around = either ? query_open(r) : (Around){0};
  for (uint32_t i = 0; i < e->count; i++) {
    if (either)
      query_branch(r);
    query_compare(r, column, query_element(r, list, i), span);
  }
  if (either)
    query_close(r, around);
}

// One operator of a column with what stands beside it.
static void compare_word(Reading *r, const char *column, const LibraryWord *word, Ref value, Span span) {
  bool negated = r->negated;
  switch (word->role) {
  case ROLE_NONE:
  case ROLE_INSENSITIVE:
    return;
  case ROLE_RELATION:
    relation_filter(r, column, value);
    return;
  case ROLE_AND:
  case ROLE_OR:
    compare_list(r, column, query_definition(r, value), span, word->role == ROLE_OR);
    return;
  case ROLE_NEGATE:
    r->negated = !negated;
    query_compare(r, column, value, span);
    r->negated = negated;
    return;
  default:
    query_condition(r, column, word->role, value, span);
  }
}

// Whether the object filters the rows of a relation and names columns there that are called like operators.
static bool is_relation(Reading *r, const char *column, Ref object) {
  const Table *table = r->table < r->query->tables.n ? r->query->tables.at[r->table].table : NULL;
  const LibraryWord *word = key_word(r, query_element(r, object, 0));
  return table && table_relation(table, column) && !(word && word->role == ROLE_RELATION);
}

static void compare_object(Reading *r, const char *column, Ref object, Span span) {
  const Expr *e = query_expr(r, object);
  bool found, before = r->insensitive;
  bool insensitive = scan_operators(r, object, &found);
  if ((!found || is_relation(r, column, object)) && e->count) {
    compare_nested(r, column, object, span);
    return;
  }
  r->insensitive = insensitive;
  for (uint32_t i = 0; i < e->count; i++) {
    Ref property = query_element(r, object, i);
    const LibraryWord *word = key_word(r, property);
    if (word)
      compare_word(r, column, word, query_operand(property, query_expr(r, property)->a), span);
    else if (query_expr(r, property)->kind == EX_PROPERTY && query_nests(r))
      query_dynamic(r);
    else if (query_expr(r, property)->kind == EX_SPREAD)
      query_dynamic(r);
  }
  r->insensitive = before;
}

// `In(ids)`, `Not(IsNull())`: a function of the library, or any value.
static void compare_call(Reading *r, const char *column, Ref call, Span span) {
  const LibraryWord *word = query_call_word(r, call);
  const File *f = &r->p->files.at[call.file];
  Ref first = query_operand(call, argument_at(f, call.id, 0));
  if (!word || word->role < ROLE_EQUAL)
    query_condition(r, column, ROLE_EQUAL, call, span);
  else if (word->role == ROLE_AND || word->role == ROLE_OR)
    compare_list(r, column, call, span, word->role == ROLE_OR);
  else
    compare_word(r, column, word, first, span);
}

// `given ? { in: given } : undefined`.
static void compare_alternatives(Reading *r, const char *column, Ref alt, Span span) {
  const Expr *e = query_expr(r, alt);
  const char *op = query_name(r, alt);
  bool chosen = !strcmp(op, "?:"), before = r->maybe;
  if (!chosen && strcmp(op, "&&")) {
    Ref fallback = query_operand(alt, e->b);
    r->maybe |= query_is_literal(r, fallback, "undefined");
    query_compare(r, column, query_operand(alt, e->a), span);
    r->maybe = before;
    return;
  }
  r->maybe = true;
  query_dynamic(r);
  if (chosen)
    query_compare(r, column, query_operand(alt, e->a), span);
  query_compare(r, column, query_operand(alt, e->b), span);
  r->maybe = before;
}

static bool compare_regexp(Reading *r, const char *column, Ref value, Span span) {
  Ref pattern = value;
  bool insensitive, before = r->insensitive;
  if (!query_regexp(r, &pattern, &insensitive))
    return false;
  r->insensitive |= insensitive;
  query_condition(r, column, ROLE_REGEX, value, span);
  r->insensitive = before;
  return true;
}

void query_compare(Reading *r, const char *column, Ref value, Span span) {
  Ref at = query_definition(r, value);
  if (query_is_enough(r)) {
    query_dynamic(r);
    return;
  }
  if (compare_regexp(r, column, at, span))
    return;
  r->depth++;
  switch (query_expr(r, at)->kind) {
  case EX_OBJECT:
    compare_object(r, column, at, span);
    break;
  case EX_CALL:
  case EX_NEW:
    compare_call(r, column, at, span);
    break;
  case EX_ALT:
    compare_alternatives(r, column, at, span);
    break;
  default:
    query_condition(r, column, ROLE_EQUAL, at, span);
  }
  r->depth--;
}

//
// Filters
//

static void filter_variable(Reading *r, Ref ident, bool parts);

static void filter_branch(Reading *r, Ref element);

// The branches that a value gives an OR: the elements of a list, of either one that is chosen, or itself.
static void branches_of(Reading *r, Ref value) {
  Ref at = query_definition(r, value);
  const Expr *e = query_expr(r, at);
  bool enough = query_is_enough(r);
  if (enough || e->kind == EX_ALT)
    query_dynamic(r);
  r->depth++;
  if (!enough && e->kind == EX_ARRAY) {
    for (uint32_t i = 0; i < e->count; i++)
      filter_branch(r, query_element(r, at, i));
  } else if (!enough && e->kind == EX_ALT) {
    if (strcmp(query_name(r, at), "&&"))
      query_maybe(r, branches_of, query_operand(at, e->a));
    query_maybe(r, branches_of, query_operand(at, e->b));
  } else if (!enough) {
    query_branch(r);
    query_filter(r, value);
  }
  r->depth--;
}

static void filter_branch(Reading *r, Ref element) {
  const Expr *e = query_expr(r, element);
  if (e->kind == EX_SPREAD) {
    branches_of(r, query_operand(element, e->a));
    return;
  }
  query_branch(r);
  query_filter(r, element);
}

// The branches of an OR: the elements of a list, and what is pushed to the variable that holds it.
static void filter_branches(Reading *r, Ref list, uint32_t count, Ref variable) {
  Around around = query_open(r);
  for (uint32_t i = 0; i < count; i++)
    filter_branch(r, query_element(r, list, i));
  if (variable.file)
    filter_variable(r, variable, true);
  query_close(r, around);
}

void query_group(Reading *r, uint8_t role, Ref value) {
  if (query_expr(r, value)->kind == EX_SPREAD)
    value = query_operand(value, query_expr(r, value)->a);
  Ref at = query_definition(r, value);
  const Expr *e = query_expr(r, at);
  bool negated = r->negated, variable = query_expr(r, value)->kind == EX_IDENT;
  r->negated ^= role == ROLE_NEGATE;
  bool spreads = e->kind == EX_ARRAY && e->count && query_expr(r, query_element(r, at, 0))->kind == EX_SPREAD;
  if (e->kind == EX_ARRAY && role == ROLE_OR && (e->count > 1 || variable || spreads))
    filter_branches(r, at, e->count, variable ? value : (Ref){0, 0});
  else if (e->kind == EX_ARRAY && variable)
    query_filter(r, value);
  else if (e->kind == EX_ARRAY)
    for (uint32_t i = 0; i < e->count; i++)
      query_filter(r, query_element(r, at, i));
  else if (role == ROLE_OR && e->kind != EX_OBJECT) {
    Around around = query_open(r);
    branches_of(r, value);
    query_close(r, around);
  } else
    query_filter(r, value);
  r->negated = negated;
}

// One key of a filter with its value.
static void filter_entry(Reading *r, Ref property, Ref value) {
  const LibraryWord *word = key_word(r, property);
  const Expr *e = query_expr(r, property);
  Span span = query_span(r, property);
  if (word && (word->role == ROLE_AND || word->role == ROLE_OR || word->role == ROLE_NEGATE)) {
    query_group(r, word->role, value);
    return;
  }
  const char *name = e->name ? query_name(r, property)
                     : e->b  ? query_constant(r, query_operand(property, e->b))
                             : NULL;
  if (!name || (word && *name == '$')) {  // an operator without a column: `$text`, `$expr`
    query_dynamic(r);
    return;
  }
  Named named = {.column = name, .table = r->table};
  size_t length = strlen(name);
  if (*name == '$' && length > 2 && name[length - 1] == '$')  // Sequelize's "$user.name$"
    named = query_column_in(r, query_keep(r, name + 1, length - 2));
  else if (strchr(name, '.') && r->query->tables.n > 1)
    named = query_column_in(r, name);
  uint16_t table = r->table;
  r->table = named.table;
  query_compare(r, named.column ? named.column : name, value, span);
  r->table = table;
}

static void filter_object(Reading *r, Ref object) {
  const Expr *e = query_expr(r, object);
  for (uint32_t i = 0; i < e->count; i++) {
    Ref item = query_element(r, object, i);
    Ref value = query_operand(item, query_expr(r, item)->a);
    if (query_expr(r, item)->kind == EX_PROPERTY)
      filter_entry(r, item, value);
    else if (value.file)
      query_filter(r, value);
  }
}

// The arguments of a call from `first` on, as filters that all hold.
static void query_filters(Reading *r, Ref call, uint32_t first) {
  for (uint32_t i = first; i < query_expr(r, call)->count; i++)
    query_filter(r, query_element(r, call, i));
}

// `ids.map((id) => ({ id }))`: filters of one kind.
static bool is_map(const Reading *r, Ref call) {
  const Expr *e = query_expr(r, call);
  Ref callee = query_operand(call, e->a),
      function = query_operand(call, argument_at(&r->p->files.at[call.file], call.id, 0));
  return query_expr(r, callee)->kind == EX_MEMBER && !strcmp(query_name(r, callee), "map") &&
         query_expr(r, function)->kind == EX_FUNCTION;
}

const LibraryWord *query_chained_word(Reading *r, Ref call) {
  const Expr *e = query_expr(r, call);
  Ref callee = query_operand(call, e->a);
  const Expr *member = query_expr(r, callee);
  if (e->kind != EX_CALL || member->kind != EX_MEMBER || query_expr(r, query_operand(callee, member->a))->kind != EX_CALL)
    return NULL;
  return query_word(r, r->library->operators, arena_printf(&r->queries->arena, ".%s()", query_name(r, callee)));
}

// What is called on, the same word again as far as it goes, and then what the call adds.
static void chained_parts(Reading *r, Ref call, uint8_t role, int depth) {
  Ref callee = query_operand(call, query_expr(r, call)->a), before = query_operand(callee, query_expr(r, callee)->a);
  const LibraryWord *word = depth < QUERY_CALLS ? query_chained_word(r, before) : NULL;
  if (word && word->role == role)
    chained_parts(r, before, role, depth + 1);
  else {
    if (role == ROLE_OR)
      query_branch(r);
    query_filter(r, before);
  }
  if (role == ROLE_OR)
    query_branch(r);
  if (query_expr(r, call)->count == 3)
    query_triple(r, query_element(r, call, 0), query_element(r, call, 1), query_element(r, call, 2));
  else
    query_filters(r, call, 0);
}

static void filter_chain(Reading *r, Ref call, uint8_t role) {
  Around around = {r->either, r->branch, r->branches};
  if (role == ROLE_OR)
    around = query_open(r);
  chained_parts(r, call, role, 0);
  query_close(r, around);
}

// `eq(users.id, id)`, `and(...)`, `eb("age", ">", 18)`.
static void filter_call(Reading *r, Ref call) {
  const Expr *e = query_expr(r, call);
  const File *f = &r->p->files.at[call.file];
  const LibraryWord *word = query_call_word(r, call), *chained = query_chained_word(r, call);
  Ref args[3];
  for (int i = 0; i < 3; i++)
    args[i] = query_operand(call, argument_at(f, call.id, i));
  if (is_map(r, call))
    query_returned(r, args[0], query_filter);
  else if (chained)
    filter_chain(r, call, chained->role);
  else if (args[2].file && (word ? word->role == ROLE_OTHER : query_is_callback(r, query_operand(call, e->a))))
    query_triple(r, args[0], args[1], args[2]);
  else if (!word) {
    Ref function = value_function(r->p, value_of(r->p, call.file, e->a));
    List returns =
        function.file ? r->p->files.at[function.file].facts.functions.at[function.id].returns : (List){0, 0};
    if (returns.count == 1)
      query_filter(r, (Ref){function.file, list_at(&r->p->files.at[function.file], returns.first, 0)});
    else
      query_dynamic(r);
  } else if (word->role == ROLE_OR && e->count > 1)
    filter_branches(r, call, e->count, (Ref){0, 0});
  else if (word->role == ROLE_OR || word->role == ROLE_AND)
    e->count == 1 ? query_group(r, word->role, query_element(r, call, 0)) : query_filters(r, call, 0);
  else if (word->role == ROLE_NEGATE)
    query_group(r, ROLE_NEGATE, args[0]);
  else if (word->role == ROLE_RAW)
    query_fragment(r, args[0]);
  else if (word->role >= ROLE_EQUAL && word->role <= ROLE_OTHER) {
    bool object = args[1].file && query_expr(r, query_definition(r, args[1]))->kind == EX_OBJECT;
    Named named = object ? query_column_of(r, args[0]) : (Named){0};
    if (named.column && !named.function)
      query_compare(r, named.column, args[1], query_span(r, call));
    else
      query_condition_on(r, args[0], word->role, args[1]);
  }
}

static void filter_alternatives(Reading *r, Ref alt) {
  const Expr *e = query_expr(r, alt);
  query_dynamic(r);
  if (strcmp(query_name(r, alt), "&&"))
    query_maybe(r, query_filter, query_operand(alt, e->a));
  query_maybe(r, query_filter, query_operand(alt, e->b));
}

// Where a variable is read.
typedef struct Here {
  Id ident;
  bool parts;  // what is pushed to it are branches of an OR
} Here;

// The call of `where.AND.push(...)`, `where[Op.and].push(...)` on the list that a member is; {0,0} if it is none.
static Ref pushed_to(Reading *r, Ref list) {
  const File *f = &r->p->files.at[list.file];
  const Expr *e = expr_at(f, list.id), *member = expr_at(f, e->parent), *call = expr_at(f, member->parent);
  bool listed = e->kind == EX_MEMBER || e->kind == EX_INDEX;
  bool pushes = member->kind == EX_MEMBER && call->kind == EX_CALL && call->a == e->parent && !strcmp(text_of(f, member->name), "push");
  return (Ref){listed && pushes ? list.file : 0, member->parent};
}

// The word that such a member is: `AND`, `[Op.and]`.
static const LibraryWord *key_word_of(Reading *r, Ref list) {
  const Expr *e = query_expr(r, list);
  return e->kind == EX_INDEX && e->b && !e->name ? query_call_word(r, query_operand(list, e->b))
                                                 : query_word(r, r->library->operators, query_name(r, list));
}

static void filter_pushed(Reading *r, Ref push, uint8_t role) {
  Around around = {r->either, r->branch, r->branches};
  if (role == ROLE_OR) {
    around = query_open(r);
    query_branch(r);
  }
  query_filters(r, push, 0);
  query_close(r, around);
}

// What a variable that holds a filter gets before that: `where.status = x`, `conditions.push(eq(...))`.
static void filter_use(Reading *r, Ref use, void *payload) {
  const File *f = &r->p->files.at[use.file];
  const Expr *e = expr_at(f, use.id), *member = expr_at(f, e->parent), *outer = expr_at(f, member->parent);
  const Here *here = payload;
  bool before = r->maybe;
  Ref group = {use.file, e->parent}, push = pushed_to(r, group);
  const LibraryWord *word = push.file ? key_word_of(r, group) : NULL;
  r->maybe |= query_is_conditional(r, use.file, use.id, here->ident);
  if (r->maybe)
    query_dynamic(r);
  if (member->kind == EX_ASSIGN && member->a == use.id && member->b)
    query_filter(r, (Ref){use.file, member->b});
  else if (member->kind == EX_MEMBER && outer->kind == EX_ASSIGN && outer->a == e->parent && outer->b)
    filter_entry(r, (Ref){use.file, e->parent}, (Ref){use.file, outer->b});
  else if (word && (word->role == ROLE_AND || word->role == ROLE_OR))
    filter_pushed(r, push, word->role);
  else if (member->kind == EX_MEMBER && outer->kind == EX_CALL && !strcmp(text_of(f, member->name), "push")) {
    if (here->parts)
      query_branch(r);
    query_filters(r, (Ref){use.file, member->parent}, 0);
  } else if (member->kind == EX_MEMBER && (outer->kind == EX_MEMBER || outer->kind == EX_CALL))
    query_dynamic(r);
  r->maybe = before;
}

static void filter_variable(Reading *r, Ref ident, bool parts) {
  Here here = {ident.id, parts};
  query_uses(r, ident, USES_OF_FILTER, query_expr(r, ident)->span.end, filter_use, &here);
}

static void filter_list(Reading *r, Ref list) {
  const LibraryWord *word = query_word(r, r->library->operators, "[]");
  query_group(r, word ? word->role : ROLE_AND, list);
}

void query_filter(Reading *r, Ref expr) {
  if (query_is_open(r, expr))
    return;
  if (!expr.file || query_is_enough(r)) {
    query_dynamic(r);
    return;
  }
  r->depth++;
  Ref at = query_definition(r, expr);
  const Expr *e = query_expr(r, at);
  switch (e->kind) {
  case EX_OBJECT:
    filter_object(r, at);
    break;
  case EX_ARRAY:
    filter_list(r, at);
    break;
  case EX_SPREAD:
    query_filter(r, query_operand(at, e->a));
    break;
  case EX_CALL:
  case EX_NEW:
    filter_call(r, at);
    break;
  case EX_ALT:
    filter_alternatives(r, at);
    break;
  case EX_FUNCTION:
    query_callback(r, (Ref){at.file, e->a});
    break;
  case EX_STRING:
  case EX_TEMPLATE:
  case EX_TAGGED:
    query_fragment(r, at);
    break;
  case EX_LITERAL:
    break;
  default:
    if (!query_is_literal(r, at, "undefined"))
      query_dynamic(r);
  }
  if (query_expr(r, expr)->kind == EX_IDENT)
    filter_variable(r, expr, false);
  r->depth--;
}
