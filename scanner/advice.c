// advice.c - the fix for a repeated query: its library's batched form, written with the names at hand.
//
// A wrong batch is worse than none, so code is shown only when all of the query is seen and one list does for it; else
// words name the table, the key and what must be kept.
#include "judge.h"
#include "values.h"

#include <string.h>

enum { MAX_LOOK = 4000, MAX_CONDITIONS = 16 };  // expressions of a round, conditions of a query

//
// The way to the query
//

// Whether some call in a function, or in a callback written in it, runs another one.
static bool leads_to(const Program *p, Ref from, Ref to) {
  const File *f = &p->files.at[from.file];
  Id scope = f->facts.functions.at[from.id].scope;
  // Functions are numbered as their scopes are: those within one follow it.
  for (Id unit = from.id; unit < f->facts.functions.n && scope_inside(f, f->facts.functions.at[unit].scope, scope); unit++) {
    for (uint32_t i = 0; i < f->units[unit].edges.n; i++) {
      Ref callee = f->units[unit].edges.at[i].function;
      if (callee.file == to.file && callee.id == to.id)
        return true;
    }
  }
  return false;
}

// Whether a function on the way calls itself, maybe by way of others of them: a tree is walked.
static bool walks_tree(const Program *p, const Repeated *r) {
  Ref on_way[8];
  uint32_t n = 0;
  Way way = way_of(r);
  do {
    if (way.via.file && n < COUNT(on_way))
      on_way[n++] = way.via;
  } while (way_next(p, &way));
  for (uint32_t from = 0; from < n; from++)
    for (uint32_t to = 0; to <= from; to++)
      if (leads_to(p, on_way[from], on_way[to]))
        return true;
  return false;
}

//
// Words
//

// Whether an object written in an expression has one of these keys, with more in it.
static bool has_key(const File *f, Id expr, const char **names, int depth) {
  const Expr *e = expr_at(f, expr);
  bool holds = e->kind == EX_OBJECT || e->kind == EX_ARRAY || e->kind == EX_CALL;
  for (uint32_t i = 0; names && holds && depth < 6 && i < e->count; i++) {
    Id item = list_at(f, e->first, i);
    const Expr *x = expr_at(f, item);
    for (const char **name = names; x->kind == EX_PROPERTY && *name; name++)
      if (!strcmp(text_of(f, x->name), *name))
        return true;
    if (has_key(f, x->kind == EX_PROPERTY ? x->a : item, names, depth + 1))
      return true;
  }
  return false;
}

bool has_other_conditions(const Batch *b) {
  uint32_t n = 0;
  for (uint32_t i = 0; b->query && i < b->query->conditions.n; i++)
    n += !b->query->conditions.at[i].join;
  return b->filter.conditions > 1 || n > 1;
}

// What has to stay as it is: ", with its relations and order".
void put_kept(Text *out, const Batch *b) {
  const Query *q = b->query;
  const char *handle[] = {b->p->libs->libraries.at[b->site->library].handle, NULL};
  bool handed = handle[0] && b->site->call.file && has_key(&b->p->files.at[b->site->call.file], b->site->call.id, handle, 0);
  const char *all[] = {has_other_conditions(b) ? "other conditions" : NULL, q && q->relations.n ? "relations" : NULL,
                       q && q->sorts.n ? "order" : NULL, handed ? handle[0] : NULL};
  const char *parts[COUNT(all)];
  uint32_t n = 0;
  for (size_t i = 0; i < COUNT(all); i++)
    if (all[i])
      parts[n++] = all[i];
  for (uint32_t i = 0; i < n; i++)
    text_printf(out, "%s%s", i ? i + 1 < n ? ", " : " and " : ", with its ", parts[i]);
}

// The call that gives the query its conditions, else the last one before it.
static const char *call_before(const Batch *b) {
  Way way = way_of(b->r), last = way;
  for (bool more = way_next(b->p, &way); more && way.via.file; more = way_next(b->p, &way))
    last = way;
  if (b->filter.asked.via.file)
    last = b->filter.asked;
  const File *f = &b->p->files.at[last.file];
  return expr_text(f, expr_at(f, last.expr)->a, b->arena);
}

static void put_subject(Text *out, const Batch *b) {
  if (*b->table)
    text_printf(out, "the rows of %s", b->table);
  else if (b->r->via.file)
    text_printf(out, "what `%s` reads", call_before(b));
  else
    text_puts(out, "the rows");
}

// How the rows of one query for all are given back to the rounds.
static void put_lookup(Text *out, const Batch *b) {
  const char *by = b->by ? arena_printf(b->arena, " by `%s`", b->by) : "";
  if (b->filter.unnamed && b->filter.changing > 1)
    text_printf(out, ", and match its rows with the rounds in code%s%s", by, *by ? " and what else changes" : "");
  else
    text_printf(out, b->many ? ", and group them in a Map%s" : ", and look each one up in a Map%s", by);
}

static void put_condition(Text *out, const Batch *b) {
  if (b->filter.changing > 1 && b->key && *b->filter.more && !b->filter.unnamed)
    text_printf(out, ": the same one with a list for each of what changes (`%s, %s`)", b->key, b->filter.more);
  else if (b->filter.changing > 1)
    text_puts(out, ": the same one for all that changes in the rounds");
  else if (b->list)
    text_printf(out, ": the same one with `%s`", b->list);
  else if (b->key)
    text_printf(out, ": the same one with a list for `%s`", b->key);
  else if (b->guessed)
    text_printf(out, ", by a list of what it takes from each `%s`", b->value);
  else if (b->filter.value)
    text_printf(out, ", by the list `%s`", b->values);
  else if (!is_in_resolver(b->r) && !b->r->via.file)
    text_printf(out, ", or join them in the query that gives `%s`", b->items);
}

static void put_limit(Text *out, const Batch *b) {
  if (!b->query || !(b->query->limit || (b->site->rows == ROWS_ONE && b->query->sorts.n)))
    return;
  if (!b->query->sorts.n) {
    text_puts(out, "; without its limit");
    return;
  }
  const char *key = b->key && !b->filter.unnamed ? b->key : "key";
  text_printf(out, "; %sthe first of each `%s` counts", b->query->limit ? "without its limit: " : "", key);
  const Column *column = query_column(b->query, 0, b->filter.key);
  if (b->key && !b->filter.unnamed && !is_mongo(b) && b->query->limit)
    text_printf(out, " (`DISTINCT ON (%s)`)", column ? column->name : b->filter.key);
}

// A count or sum for all rounds.
static void put_aggregate(Text *out, const Batch *b) {
  text_puts(out, "compute it for all rounds with one query before the loop");
  put_condition(out, b);
  put_kept(out, b);
  text_printf(out, ", grouped by %s", b->by ? arena_printf(b->arena, "`%s`", b->by) : "the key");
  if (b->query && b->query->limit)
    text_puts(out, "; without its limit, which the code can apply to each number");
}

bool is_aggregate(const Batch *b) {
  bool grouped = b->site->rows != ROWS_ONE;
  return (b->site->meaning && b->site->meaning->aggregate) || (b->query && b->query->aggregate && !grouped);
}

// A loop that runs over nothing: `while (more)`.
static bool has_no_list(const Batch *b) {
  return !b->r->repeat.over && !b->r->repeat.call && !is_in_resolver(b->r) && b->r->repeat.kind == REPEAT_ELEMENT;
}

static void put_words(Text *out, const Batch *b) {
  if (is_aggregate(b)) {
    put_aggregate(out, b);
    return;
  }
  text_puts(out, "read ");
  put_subject(out, b);
  if (has_no_list(b)) {
    text_puts(out, " for several rounds with one query, and work through them: the loop runs over no list to ask by");
    return;
  }
  text_puts(out, " for all rounds with one query before the loop");
  put_condition(out, b);
  put_kept(out, b);
  put_lookup(out, b);
  put_limit(out, b);
}

// Whether a condition compares with what a query is given, as far as it is not known to be the same in each round.
static bool is_given(const Batch *b, const Condition *c) {
  const Repeated *r = b->r;
  if (c->constant || c->join || c->operator == OPERATOR_NULL)
    return false;
  const File *f = &b->p->files.at[r->file];
  Id region = r->via.file || b->query->expr.file != r->file ? 0 : repeat_scope(f, &r->repeat);
  Extent extent = region && c->span.end ? f->extents[region] : (Extent){0};
  for (Id i = extent.first; i < extent.end && i - extent.first < MAX_LOOK; i++)
    if (expr_at(f, i)->span.start == c->span.start && expr_at(f, i)->span.end == c->span.end)
      return varies(b->p, r->file, expr_at(f, i)->kind == EX_STRING ? expr_at(f, i)->parent : i, &r->repeat);
  return true;
}

// For which no list of keys stands.
enum {
  RANGES = 1 << OPERATOR_RANGE,
  PATTERNS = 1 << OPERATOR_PREFIX | 1 << OPERATOR_CONTAINS | 1 << OPERATOR_PATTERN | 1 << OPERATOR_TEXT,
};

// The column that a query compares by some of these operators (bits) where it compares nothing else with what it is given,
// NULL for any other query.
static const char *column_compared(const Batch *b, uint32_t operators) {
  const char *column = NULL;
  if (!b->query || b->query->conditions.n > MAX_CONDITIONS)
    return NULL;
  for (uint32_t i = 0; i < b->query->conditions.n; i++) {
    const Condition *c = &b->query->conditions.at[i];
    if (is_given(b, c) && !(operators >> c->operator & 1))
      return NULL;
    column = is_given(b, c) && !column ? c->column : column;
  }
  bool changes = !b->r->via.file || b->filter.changing;
  return changes && !b->query->dynamic && !is_mongo(b) ? column : NULL;
}

// The rows of all rounds where each asks for a range.
static void put_ranges(Text *out, const Batch *b, const char *column) {
  const char *why = arena_printf(b->arena, "`%s` is compared by a range, for which no list of keys stands", column);
  bool first = b->query->limit || (b->site->rows == ROWS_ONE && b->query->sorts.n);
  if (is_aggregate(b)) {
    text_printf(out, "compute it for all rounds with one statement before the loop: %s, so join the bounds of the rounds with "
                     "the table (`JOIN (VALUES ...) AS v ON ...`) and group by them", why);
    return;
  }
  text_puts(out, "read ");
  put_subject(out, b);
  if (first)
    text_printf(out, " for all rounds with one statement before the loop: %s, so make the query of now for each of the bounds "
                     "(`FROM (VALUES ...) AS v CROSS JOIN LATERAL (...) AS found`)", why);
  else
    text_printf(out, " for all rounds with one query before the loop, from the least bound to the greatest, and pick those of "
                     "each round in code: %s; where much lies between the rounds, join their bounds with the table in one statement "
                     "(`JOIN (VALUES ...) AS v ON ...`)", why);
}

// The same where each asks by a pattern.
static void put_patterns(Text *out, const Batch *b, const char *column) {
  text_puts(out, "read ");
  put_subject(out, b);
  text_printf(out, " for all rounds with one query before the loop: an OR of their conditions, as `%s` is compared by a pattern, "
                   "for which no list of keys stands; match its rows with the rounds in code", column);
  if (b->query->limit)
    text_puts(out, "; without its limit, which the code applies to each round");
}

// Whether a statement takes the nearest rows: it sorts by something computed, and compares nothing with what it is given.
static bool takes_nearest(const Query *q) {
  for (uint32_t i = 0; i < q->conditions.n; i++)
    if (!q->conditions.at[i].constant && !q->conditions.at[i].join)
      return false;
  return !q->dynamic && q->limit && q->sorts.n && q->sorts.at[0].expression;
}

// Whether a condition is on parts of a text or list, which `IN` cannot say.
static bool compares_text(const Query *q) {
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    uint8_t operator = q->conditions.at[i].operator;
    bool parts = operator == OPERATOR_TEXT || operator == OPERATOR_CONTAINS || operator == OPERATOR_ARRAY ||
                 operator == OPERATOR_PATTERN;
    if (parts && !q->conditions.at[i].constant)
      return true;
  }
  return false;
}

// The only column that a statement compares with what it is given, "key" if there is no such or several.
static const char *given_column(const Query *q) {
  const char *key = NULL;
  for (uint32_t i = 0; q && i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    if (c->constant || c->join)
      continue;
    if (key || c->operator != OPERATOR_EQUAL || c->function || c->insensitive)
      return "key";
    key = c->column;
  }
  return key ? key : "key";
}

// The dialect that a library is a driver of, unknown for none or several.
static Dialect dialect_of_driver(const Libraries *libs, uint16_t library) {
  Dialect dialect = DIALECT_UNKNOWN;
  for (uint32_t i = 0; i < libs->schema_words.n; i++) {
    const SchemaWord *word = &libs->schema_words.at[i];
    if (word->scope != SCOPE_PACKAGES || library_of_package(libs, word->name, false) != library)
      continue;
    Dialect next = dialect_named(word->type);
    if (dialect && dialect != next)
      return DIALECT_UNKNOWN;
    dialect = next;
  }
  return dialect;
}

// Whether a statement is surely for PostgreSQL: by the schema of its table, its library, or the drivers of its package.
static bool is_for_postgres(const Batch *b) {
  const Table *table = b->query->tables.n ? b->query->tables.at[0].table : NULL;
  const Schema *schema = table ? schemas_of_table(b->j->schemas, table) : NULL;
  Dialect dialect = schema ? (Dialect)schema->dialect : DIALECT_UNKNOWN;
  dialect = dialect ? dialect : dialect_of_driver(b->p->libs, b->site->library);
  return (dialect ? dialect : schemas_dialect(b->j->schemas, b->p->files.at[b->site->call.file].source->path)) == DIALECT_POSTGRES;
}

// What a statement for one key does with its rows, for all keys.
static void put_raw_rows(Text *out, const Batch *b, const char *key) {
  const Query *q = b->query;
  if (q && q->aggregate)
    text_printf(out, "; `GROUP BY %s`", key);
  else if (q && q->limit && q->sorts.n)
    text_printf(out, "; without its limit: the first of each `%s` counts%s", key,
                is_for_postgres(b) ? arena_printf(b->arena, " (`DISTINCT ON (%s)`)", key) : "");
  else if (q && q->limit)
    text_puts(out, "; without its limit");
}

// Whether nothing takes the rows of a statement, where the loop sends it or a function on the way gives it to a wrapper.
static bool drops_rows(const Batch *b) {
  const File *f = &b->p->files.at[b->r->sql.file];
  bool given = b->r->sql.file && b->r->via.file;
  if (given)
    return value_is_dropped(f, expr_at(f, b->r->sql.id)->parent);
  return !b->r->via.file && value_is_dropped(&b->p->files.at[b->site->expr.file], b->site->expr.id);
}

// SQL text, of which nothing but the columns is known.
static void put_raw(Text *out, const Batch *b) {
  const char *key = given_column(b->query);
  bool dropped = drops_rows(b), alone = dropped && (!b->r->via.file || !b->r->others);
  const char *values = b->guessed         ? arena_printf(b->arena, "what it takes from each `%s`", b->value)
                       : b->filter.value ? arena_printf(b->arena, "`%s`", b->values)
                                         : "the values";
  text_printf(out, "send one statement %s, with %s as one array: ",
              alone ? "in place of the loop" : dropped ? "for all rounds" : "for all rounds before the loop", values);
  if (dropped)
    text_puts(out, "`SELECT ... FROM unnest(...) AS v(key)`, in a fixed order where it takes locks");
  else if (b->query && takes_nearest(b->query)) {
    text_puts(out, "`FROM unnest(...) AS v(key) CROSS JOIN LATERAL (...) AS found`, the statement of now for each key, and look "
                   "its rows up by it: no list of keys stands for a distance");
    return;
  } else if (b->query && (compares_text(b->query) || column_compared(b, RANGES)))
    text_puts(out, "`FROM unnest(...) AS v(key)`, joined by the condition that it has now, and look its rows up by the key");
  else
    text_printf(out, "`WHERE %s IN (...)`, or `FROM unnest(...) AS v(key)` where it is no search, and look its rows up by the key", key);
  if (!dropped)
    put_raw_rows(out, b, key);
}

//
// Reads
//

enum { MAX_BACK = 8 };  // steps from a collection back to the call that gave it

// Whether a collection is what a call on the receiver gave, by way of constants and of functions that hand it on.
static bool comes_from(Program *p, FileId file, Id expr, ValueId receiver) {
  for (int step = 0; expr && step < MAX_BACK; step++) {
    const File *f = &p->files.at[file];
    const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->kind == EX_CALL ? e->a : 0);
    const Binding *b = &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
    if (callee->kind == EX_MEMBER && value_of(p, file, callee->a) == receiver)
      return true;
    Ref function = e->kind == EX_CALL ? value_function(p, value_of(p, file, e->a)) : (Ref){0, 0};
    List returns = function.file ? p->files.at[function.file].facts.functions.at[function.id].returns : (List){0, 0};
    if (e->kind == EX_CALL)
      expr = returns.count == 1 ? list_at(&p->files.at[function.file], returns.first, 0) : 0;
    else
      expr = e->kind == EX_AWAIT || e->kind == EX_CAST ? e->a : b->kind == BIND_CONST ? b->value : 0;
    file = function.file ? function.file : file;
  }
  return false;
}

// Whether the query reads, by its id, the element that the loop has in hand.
static bool reads_element(const Batch *b) {
  const Way *asked = &b->filter.asked;
  const char *member = strrchr(b->value, '.');
  if (!b->of_item || !b->key || !member || strcmp(member + 1, b->key) || !asked->file || !asked->via.file)
    return false;
  const File *f = &b->p->files.at[asked->file];
  const Expr *callee = expr_at(f, expr_at(f, asked->expr)->a);
  ValueId receiver = callee->kind == EX_MEMBER ? value_of(b->p, asked->file, callee->a) : VALUE_UNKNOWN;
  return receiver != VALUE_UNKNOWN && comes_from(b->p, b->r->file, b->r->repeat.over, receiver);
}

// `findOneOrFail`: what is missing must not go unseen.
static void put_missing(Text *out, const Batch *b) {
  const Repeated *r = b->r;
  const char *name = r->via.file ? function_name(b->p, r->via, b->arena) : sym_text(b->p, b->site->method);
  if (contains_word(name, "orthrow") || contains_word(name, "orfail"))
    text_puts(out, "; throw for a missing one, as it does now");
}

// Whose keys the list holds, where it does not say so itself.
static void put_values(Text *out, const Batch *b) {
  uint8_t kind = expr_at(&b->p->files.at[b->r->file], b->filter.value)->kind;
  bool named = !b->of_item && !b->guessed && (kind == EX_IDENT || kind == EX_MEMBER);
  if ((named || b->guarded) && strcmp(b->values, b->value))
    text_printf(out, "; `%s` are the `%s` of %s", b->values, b->value,
                b->guarded ? "those rounds that ask, by their conditions" : "all rounds");
}

// Of which not the row changes, but something beside it.
static void put_fixed(Text *out, const Batch *b) {
  text_puts(out, "read ");
  put_subject(out, b);
  text_puts(out, " once before the loop, which are the same in each round");
  if (b->filter.value)
    text_printf(out, "; what differs by `%s` takes one more query for all rounds", b->value);
}

// Whether rows are found from one to the next: `WITH RECURSIVE`, `.withRecursive(...)`.
static bool asks_recursively(const Batch *b) {
  const File *f = &b->p->files.at[b->site->expr.file];
  if (b->query && b->query->sql && strcasestr(b->query->sql, "with recursive"))
    return true;
  Id at = b->site->expr.id;
  for (const Expr *e = expr_at(f, at); e->kind == EX_CALL || e->kind == EX_MEMBER || e->kind == EX_TAGGED; e = expr_at(f, e->a))
    if (contains_word(text_of(f, expr_at(f, e->kind == EX_TAGGED ? e->b : 0)->name), "with recursive") ||
        (e->kind == EX_MEMBER && contains_word(text_of(f, e->name), "recursive")))
      return true;
  return false;
}

static void put_read(Text *out, const Batch *b) {
  if (reads_element(b)) {
    text_printf(out, "`%s` holds these rows already: hand `%s` on to `%s`, not only its `%s`; what else it reads can then be read "
                     "before the loop", b->items, b->item ? b->item : "each", function_name(b->p, b->r->via, b->arena), b->key);
    return;
  }
  if (is_for_many(b)) {
    const char *column = asked_column(b);
    text_printf(out, "call `%s` once before the loop, with `%s`: it takes a list already; group its rows in a Map%s",
                function_name(b->p, b->r->via, b->arena), b->values, column ? arena_printf(b->arena, " by `%s`", column) : "");
    return;
  }
  bool fixed = b->filter.fixed && !b->key;
  bool words = !fixed && !is_raw(b) && !has_no_list(b);
  const char *ranged = words ? column_compared(b, RANGES) : NULL;
  const char *pattern = words && !is_aggregate(b) ? column_compared(b, PATTERNS) : NULL, *column = ranged ? ranged : pattern;
  const char *text = fixed || column ? NULL : batch_fill(b, b->site->advice);
  if (fixed)
    put_fixed(out, b);
  else if (ranged)
    put_ranges(out, b, ranged);
  else if (pattern)
    put_patterns(out, b, pattern);
  else if (text && !(is_raw(b) && !b->key))
    text_puts(out, text);
  else if (is_raw(b))
    put_raw(out, b);
  else
    put_words(out, b);
  if (text && !is_aggregate(b) && b->query && b->query->sorts.n)
    put_limit(out, b);
  if (b->along)
    text_printf(out, "; %s", b->along);
  if (asks_recursively(b))
    text_puts(out, "; its recursion has to carry the key along that it starts from: the rows are matched by it");
  if (!column)
    put_values(out, b);
  if (!is_raw(b) || !drops_rows(b))
    put_target(out, b, text != NULL);
  put_missing(out, b);
}

// Of the queries that a tree walk makes, the one that reads the rows below a node.
static Repeated children_query(Program *p, const Repeated *r) {
  Repeated best = *r;
  const Site *now = &p->sites.at[r->site];
  const File *f = &p->files.at[now->expr.file];
  Id scope = f->facts.functions.at[now->unit].scope;
  for (uint32_t i = 1; now->rows == ROWS_ONE && i < p->sites.n; i++) {
    const Site *site = &p->sites.at[i];
    bool fits = site->rows != ROWS_ONE && site->effect == EFFECT_READ && site->table == now->table;
    if (fits && site->expr.file == now->expr.file && scope_inside(f, expr_at(f, site->expr.id)->scope, scope))
      best.site = i;
  }
  return best;
}

// The column by which a row names the one above it, NULL if none is known.
static const char *parent_column(const Query *q) {
  const Table *table = q && q->tables.n ? q->tables.at[0].table : NULL;
  for (uint32_t i = 0; table && i < table->keys.n; i++) {
    const ForeignKey *key = &table->keys.at[i];
    const Column *column = key->columns.n == 1 && !strcmp(key->table, table->name) ? table_find(table, key->columns.at[0]) : NULL;
    for (uint32_t k = 0; column && k < q->conditions.n; k++)
      if (query_column(q, 0, q->conditions.at[k].column) == column)
        return column->property;
  }
  return NULL;
}

static void put_tree(Text *out, const Judge *j, const Repeated *children) {
  Batch b = batch_for(j, children, "idsOfTheLevel");
  const char *what = *b.table ? b.table : "all", *parent = b.by && b.filter.changing == 1 ? b.by : parent_column(b.query);
  text_puts(out, "walk the tree level by level, with one query for all rows of a level");
  if (b.list && b.filter.changing == 1)
    text_printf(out, " (`%s`)", b.list);
  put_kept(out, &b);
  text_printf(out, ", and group what it gives by %s", parent ? arena_printf(b.arena, "`%s`", parent) : "the key of their parent");
  if (b.along && parent == b.by)
    text_printf(out, " (%s)", b.along);
  text_printf(out, "; or read %s rows of the same owner with one query and build the tree in memory", what);
  text_puts(out, is_mongo(&b) ? ", or all of them with one aggregation (`$graphLookup`)"
                              : ", or all of them with one recursive query (`WITH RECURSIVE`)");
}

//
// Writes
//

static uint8_t verb_of(const Batch *b) {
  uint8_t verb = b->site->meaning ? b->site->meaning->verb : VERB_OTHER;
  return verb == VERB_OTHER && b->query ? b->query->verb : verb;
}

static const char *written_form(const Batch *b) {
  switch (verb_of(b)) {
  case VERB_INSERT:
    return "collect the rows and write them with one insert of many rows after the loop";
  case VERB_UPSERT:
    return is_mongo(b) ? "send all of them with one `bulkWrite` after the loop: `{ updateOne: { filter, update, upsert: true } }` each"
                       : "write all rows with one insert after the loop, with `ON CONFLICT (...) DO UPDATE`";
  case VERB_UPDATE:
    return is_mongo(b) ? "send all of them with one `bulkWrite` after the loop: `{ updateOne: { filter, update } }` each"
                       : "rows with values of their own: one `UPDATE ... SET ... FROM (VALUES ...) AS v(id, ...)` after the loop; "
                         "the same values for all: one update with a list of keys";
  case VERB_DELETE:
    return "delete all of them with one statement after the loop, by a list of keys";
  default:
    return "write all rows with one statement after the loop";
  }
}

enum { MAX_USES = 64 };  // of a variable

// Whether a value is only put into a list: `saved.push(row)`.
static bool is_collected(const File *f, Id use) {
  const Expr *call = expr_at(f, expr_at(f, use)->parent), *callee = expr_at(f, call->kind == EX_CALL ? call->a : 0);
  return callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "push");
}

// The variable that the round puts the row which it writes into and goes on with, 0 if there is none.
static Id goes_on_with(const Batch *b) {
  FileId file = b->site->expr.file;
  const File *f = &b->p->files.at[file];
  uint8_t verb = verb_of(b);
  bool row = verb != VERB_INSERT && verb != VERB_UPDATE && verb != VERB_DELETE && !b->r->via.file;
  Id binding = row ? map_get(&f->owners, b->site->expr.id) : 0;
  Slice uses = binding ? uses_of(b->p, file, binding) : (Slice){0};
  for (uint32_t i = 0; i < uses.n && i < MAX_USES; i++) {
    const Expr *e = expr_at(f, uses.at[i]);
    if (!(e->flags & EXF_RETURNED) && !is_collected(f, uses.at[i]) && binding_of(b->p, file, e->scope, e->name, false) == binding)
      return binding;
  }
  return 0;
}

static void put_write(Text *out, const Batch *b) {
  const File *f = &b->p->files.at[b->site->expr.file];
  const char *text = batch_fill(b, b->site->advice);
  const char **nested = b->p->libs->libraries.at[b->site->library].nested;
  if (b->site->call.file && verb_of(b) == VERB_INSERT && has_key(&b->p->files.at[b->site->call.file], b->site->call.id, nested, 0)) {
    text_puts(out, "`createMany` takes no nested relations: with ids made before (`randomUUID()`) the rows of each table can be written "
                   "with one `createMany`; where the tree is small this may stay as it is");
    return;
  }
  const char *besides = b->site->meaning && !has_hooks(b->p, b->site) ? batch_fill(b, b->site->meaning->unhooked) : NULL;
  text_puts(out, text ? text : written_form(b));
  if (besides)
    text_printf(out, "; %s", besides);
  if (is_raw(b) && !text)
    text_puts(out, verb_of(b) == VERB_DELETE ? " (`= ANY(...)`, or a join with `unnest(...)` for several columns)"
                                             : " (`INSERT ... SELECT ... FROM unnest(...)`, `UPDATE ... FROM unnest(...) AS v`)");
  if (!text && b->list && verb_of(b) != VERB_INSERT)
    text_printf(out, " (`%s`)", b->list);
  if (!text)
    put_kept(out, b);
  if (b->guarded && b->list)
    put_values(out, b);
  if (verb_of(b) == VERB_INSERT && !value_is_dropped(f, b->site->expr.id))
    text_puts(out, "; where the new rows are needed, make their ids before or match what is returned by a unique column");
  Id kept = goes_on_with(b);
  if (kept)
    text_printf(out, "; what the round does with `%s` comes behind it, in a loop of its own", text_of(f, f->facts.bindings.at[kept].name));
}

// What a call calls, short enough to be named twice.
static const char *callee_text(const Program *p, Ref call, Arena *arena) {
  const File *f = &p->files.at[call.file];
  Id callee = expr_at(f, call.id)->a;
  const char *text = expr_text(f, callee, arena);
  text = strpbrk(text, "`(") ? text_of(f, expr_at(f, callee)->name) : text;
  return *text ? arena_printf(arena, "`%s`", text) : "the call before it";
}

// The rounds for which a write is true, and where it has to stay.
static void put_outcome(Text *out, const Batch *b, const Outcome *told) {
  const char *call = callee_text(b->p, told->call, b->arena);
  const char *keys = verb_of(b) == VERB_INSERT || !b->list ? "" : arena_printf(b->arena, " (`%s`)", b->values);
  text_printf(out, "; it is only for the rounds in which %s has succeeded%s, and comes after them: keep it in the round where a crash in "
                   "between must not repeat %s", call, keys, call);
}

// What becomes of the function that the loop calls for a write.
static void put_call(Text *out, const Judge *j, const Repeated *r, const Outcome *told) {
  Arena *arena = &j->report->arena;
  if (told->inside.file)
    text_printf(out, "take the write out of `%s`: ", function_name(j->program, told->inside, arena));
  else if (names_query(j->program, r))
    text_printf(out, "give `%s` a form for many elements and call it once, %s: ", function_name(j->program, r->via, arena),
                told->call.file ? "after the loop" : "outside of the loop");
}

static bool is_write(const Batch *b) {
  uint8_t verb = b->query ? b->query->verb : VERB_OTHER;
  return b->r->effect == EFFECT_WRITE || verb == VERB_INSERT || verb == VERB_UPDATE || verb == VERB_DELETE;
}

//
// The texts
//

// What takes the place of a procedure that is run in each round.
static const char for_all_by_reading[] =
  "run it for all rounds in one statement before the loop, with the values as one array: "
  "`SELECT v.key, f.* FROM unnest(...) AS v(key), procedure(v.key) AS f`, and look its rows up by the key";
static const char for_all_by_procedure[] =
  "only a form of the procedure that takes an array can do all rounds with one call, and all of them then fail or succeed "
  "together: where it changes rows, and each round is to stand for itself, leave it";

// The writes of all rounds as one.
static void put_writes(Text *out, const Judge *j, const Repeated *r) {
  Outcome told = outcome_of(j->program, r);
  Batch b = batch_for(j, r, told.call.file ? "done" : NULL);
  put_call(out, j, r, &told);
  put_write(out, &b);
  if (told.call.file)
    put_outcome(out, &b, &told);
}

const char *advice_text(const Judge *j, const Repeated *r) {
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return asks_mongo(j->program, &j->program->sites.at[r->site])
               ? "read the whole chain with one aggregation (`$graphLookup`), or keep the path in the document"
               : "read the whole chain with one recursive query (`WITH RECURSIVE`), or keep the path in the row";
  Text text = {0};
  Ref action = action_asked(j->program, r);
  if (action.file) {
    const char *name = own_name(j->program, action);
    text_printf(&text, "let one call of %s serve all rounds: with a list of what they ask for, it can read that at once",
                *name ? arena_printf(&j->report->arena, "`%s`", name) : "the server action");
    return advice_end(&text, j, r);
  }
  Batch b = batch_of(j, r);
  bool write = is_write(&b);
  Procedure procedure = procedure_run(j->program, r);
  Repeated children = r->via.file && walks_tree(j->program, r) ? children_query(j->program, r) : (Repeated){0};
  bool is_tree = children.site && j->program->sites.at[children.site].rows != ROWS_ONE;
  if (procedure)
    text_puts(&text, procedure == PROCEDURE_READS ? for_all_by_reading : for_all_by_procedure);
  else if (write)
    put_writes(&text, j, r);
  else if (is_tree)
    put_tree(&text, j, &children);
  else
    put_read(&text, &b);
  return advice_end(&text, j, r);
}

const char *relation_text(const Judge *j, const Repeated *r) {
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return advice_text(j, r);
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const Site *site = &p->sites.at[r->site];
  Batch b = batch_of(j, r);
  const char *filling = batch_fill(&b, site->advice);
  Text text = {0};
  if (r->via.file)
    text_printf(&text, "let `%s` get rows that have it: ", function_name(p, (Ref){site->expr.file, site->unit}, arena));
  if (filling)
    text_puts(&text, filling);
  else
    put_words(&text, &b);
  return advice_end(&text, j, r);
}
