// queries.c - all queries of a program, one record for each site that asks the database.
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "query_read.h"
#include "repeat.h"
#include "sql.h"
#include "sql_text.h"
#include "values.h"

static int compare_queries(const void *left, const void *right) {
  const Query *a = left, *b = right;
  int path = a->place.source == b->place.source ? 0 : strcmp(a->place.source->path, b->place.source->path);
  if (path)
    return path;
  if (a->place.start != b->place.start)
    return a->place.start < b->place.start ? -1 : 1;
  return a->site != b->site ? (a->site < b->site ? -1 : 1) : a->inner - b->inner;
}

// The text of the statement, with each hole written ${}; NULL when it cannot be seen.
static const char *statement_of(Queries *queries, Program *p, Ref sql) {
  Ref literal = sql_literal(p, sql.file, sql.id), at = literal.file ? literal : sql;
  Text text = {0};
  statement_text(p, at, &text);
  bool known = strcmp(text.at, "${}") && text.n <= SQL_LIMIT;
  const char *kept = known ? arena_copy(&queries->arena, text.at, text.n) : NULL;
  text_release(&text);
  return kept;
}

// Whether the text is a variable that may get more later: `sql += " WHERE ..."`.
static bool is_put_together(Program *p, Ref sql) {
  const File *f = &p->files.at[sql.file];
  const Expr *e = expr_at(f, sql.id);
  Id binding = e->kind == EX_IDENT ? binding_of(p, sql.file, e->scope, e->name, false) : 0;
  return f->facts.bindings.at[binding].kind == BIND_LET && writes_of(p, sql.file, binding);
}

// The text in the call that prepared the statement which a site runs: `db.prepare(sql).all()`.
static Ref prepared_sql(Program *p, const Site *site) {
  FileId file = site->call.file;
  const File *f = &p->files.at[file];
  Id call = expr_at(f, expr_at(f, site->call.id)->a)->a;
  Ref made = expr_at(f, call)->kind == EX_IDENT ? definition_of(p, file, call) : (Ref){file, call};
  const File *g = &p->files.at[made.file];
  if (made.file && expr_at(g, made.id)->kind == EX_TAGGED)
    return made;
  if (!made.file || expr_at(g, made.id)->kind != EX_CALL)
    return (Ref){0, 0};
  const Meaning *m = callee_meaning(p, value_of(p, made.file, expr_at(g, made.id)->a), made.file, made.id);
  Id given = m && m->sql >= 0 ? argument_at(g, made.id, m->sql) : 0;
  return (Ref){given ? made.file : 0, given};
}

// The SQL argument of a call, also of one that is known to write; of a tag the whole.
static Ref sql_of(Program *p, const Site *site) {
  const File *f = &p->files.at[site->call.file];
  if (site->call.file && expr_at(f, site->call.id)->kind == EX_TAGGED)
    return site->call;
  if (!site->call.file)
    return (Ref){0, 0};
  if (site->meaning && site->meaning->sql == ARG_THIS)
    return prepared_sql(p, site);
  Id given = site->meaning && site->meaning->sql >= 0 ? argument_at(f, site->call.id, site->meaning->sql) : 0;
  return site->sql.file ? site->sql : (Ref){given ? site->call.file : 0, given};
}

Id query_parameters(const File *f, Id call, Id statement) {
  const Expr *e = expr_at(f, call);
  Span text = expr_at(f, statement)->span;
  for (uint32_t i = 0; e->kind == EX_CALL && i + 1 < e->count; i++) {
    Span argument = expr_at(f, list_at(f, e->first, i))->span;
    if (argument.start <= text.start && text.end <= argument.end)
      return list_at(f, e->first, i + 1);
  }
  return 0;
}

// The patterns that a call gives in a list for the placeholders of a text that is written as a whole.
static void read_bound_patterns(Queries *queries, Program *p, Ref sql, Query *query) {
  const File *f = &p->files.at[query->expr.file];
  Id given = sql.file == query->expr.file ? query_parameters(f, query->expr.id, sql.id) : 0;
  const Expr *list = expr_at(f, given);
  Reading r = {.queries = queries, .p = p, .query = query, .file = query->expr.file};
  bool whole = list->kind == EX_ARRAY && query->sql && !strstr(query->sql, "${");
  for (uint32_t i = 0; whole && i < query->conditions.n; i++) {
    Condition *c = &query->conditions.at[i];
    if (c->operator == OPERATOR_PATTERN && c->parameter && c->parameter <= list->count)
      c->operator = query_bound_pattern(&r, (Ref){query->expr.file, list_at(f, list->first, c->parameter - 1u)});
  }
}

static void read_statement(Queries *queries, Program *p, uint8_t effect, Ref sql, Query *query) {
  query->verb = effect == EFFECT_READ ? VERB_SELECT : VERB_OTHER;
  query->sql = statement_of(queries, p, sql);
  if (!query->sql || !query_of_sql(queries, query->sql, query) || is_put_together(p, sql))
    query->dynamic = query->dynamic_columns = true;
  read_bound_patterns(queries, p, sql, query);
}

void query_tables(const Queries *queries, Query *query) {
  for (uint32_t i = 0; i < query->tables.n; i++) {
    QueryTable *t = &query->tables.at[i];
    if (!t->table)
      t->table = schemas_table(queries->schemas, query->place.source->path, t->name);
  }
}

void query_add(Queries *queries, Query *query) {
  query_tables(queries, query);
  vec_push(&queries->all, *query);
  for (uint32_t i = 0; i < queries->within.n; i++) {
    Query *inner = &queries->within.at[i];
    inner->site = query->site;
    inner->expr = query->expr;
    inner->via = query->via;
    inner->handed = query->handed;
    inner->place = query->place;
    inner->context = query->context;
    inner->sql = query->sql;
    query_tables(queries, inner);
    vec_push(&queries->all, *inner);
  }
  queries->within.n = 0;
}

void query_drop_within(Queries *queries) {
  for (uint32_t i = 0; i < queries->within.n; i++)
    query_release(&queries->within.at[i]);
  queries->within.n = 0;
}

// The table that the site is known to ask; SQL names its tables by itself.
static void add_site_table(Queries *queries, Program *p, const Site *site, Query *query) {
  const char *name = names_text(&p->syms, site->table);
  Reading r = {.queries = queries, .p = p, .query = query};
  if (site->table)
    query_table(&r, arena_copy(&queries->arena, name, strlen(name)), NULL);
}

static Query query_at(const Program *p, uint32_t site, Ref expr) {
  const File *f = &p->files.at[expr.file];
  Span span = expr_at(f, expr.id)->span;
  Query query = {.site = site, .expr = expr, .context = f->context, .rows = p->sites.at[site].rows};
  query.place = (Place){.source = f->source, .start = span.start, .end = span.end};
  return query;
}

static void add_query(Queries *queries, Program *p, uint32_t index) {
  const Site *site = &p->sites.at[index];
  Query query = query_at(p, index, site->expr);
  query.statement = sql_of(p, site);
  if (site->sql.file) {
    read_statement(queries, p, site->effect, site->sql, &query);
  } else {
    add_site_table(queries, p, site, &query);
    query_of_chain(queries, p, site, site->expr, &query);
  }
  query_add(queries, &query);
}

// The statement that a call hands to a function which runs it. Where it comes from the caller's own callers, it is theirs.
static bool add_handed(Queries *queries, Program *p, FileId file, const Edge *edge, Reach reach) {
  Id given = effect_is_database(reach.effect) ? sql_given(p, file, edge, &reach) : 0;
  if (!given || !reach_sql(p, file, edge, &reach))
    return false;
  Query query = query_at(p, reach.site, (Ref){file, edge->call});
  query.via = edge->function;
  query.handed = reach.statement;
  query.statement = (Ref){file, given};
  read_statement(queries, p, reach.effect, query.statement, &query);
  if (query.sql)
    query_add(queries, &query);
  else
    query_release(&query);
  return query.sql != NULL;
}

// The parameter of its function, counted from 1, that holds the builder which a site runs; 0 where none does.
static uint16_t builder_param(Program *p, const Site *site) {
  Id built = site->call.file && !site->sql.file ? site->expr.id : 0;
  for (int step = 0; built && step < MAX_CHAIN && chain_below(p, site->expr.file, built); step++)
    built = chain_below(p, site->expr.file, built);
  Guard path = built ? parameter_path(p, site->expr.file, built, unit_of(&p->files.at[site->expr.file], site->expr.id), 0) : (Guard){0};
  return path.key ? 0 : path.param;
}

// Note which functions run a builder that they got, and where they do so first.
static void note_runners(Queries *queries, Program *p) {
  for (uint32_t i = p->sites.n; i-- > 1;) {
    const Site *site = &p->sites.at[i];
    Ref function = {site->expr.file, unit_of(&p->files.at[site->expr.file], site->expr.id)};
    if (function.id && effect_is_database(site->effect) && builder_param(p, site))
      map_put(&queries->runners, ref_key(function), i);
  }
}

// The query that a call builds and hands to a function which runs it, and may add to it: `paged(db.selectFrom("orders"), 10)`.
static bool add_built(Queries *queries, Program *p, FileId file, const Edge *edge) {
  uint32_t index = edge->kind == EDGE_CALL ? map_get(&queries->runners, ref_key(edge->function)) : 0;
  const Site *site = &p->sites.at[index];
  Id given = index ? argument_at(&p->files.at[file], edge->call, builder_param(p, site) - 1) : 0;
  Value builder = given ? *value_at(p, value_of(p, file, given)) : (Value){0};
  if (builder.kind != VAL_LIBRARY || !builder.b || p->libs->states.at[builder.a].library != site->library)
    return false;
  Query query = query_at(p, index, (Ref){file, edge->call});
  const char *table = names_text(&p->syms, builder.b);
  Reading r = {.queries = queries, .p = p, .query = &query};
  query.via = edge->function;
  query_table(&r, arena_copy(&queries->arena, table, strlen(table)), NULL);
  query_of_chain(queries, p, site, (Ref){file, given}, &query);
  query.dynamic = query.dynamic_sorts = query.dynamic_columns = true;
  query.star = query.written_star = query.whole_table = false;
  query_add(queries, &query);
  return true;
}

static void add_handed_by(Queries *queries, Program *p, FileId file, Id unit) {
  const Unit *caller = &p->files.at[file].units[unit];
  Map added = {0};
  for (uint32_t i = 0; i < caller->edges.n; i++) {
    const Edge *edge = &caller->edges.at[i];
    const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
    if (!map_get(&added, edge->call) && add_built(queries, p, file, edge))
      map_put(&added, edge->call, 1);
    for (uint32_t k = 0; edge->kind == EDGE_CALL && k < callee->reach.n && !map_get(&added, edge->call); k++)
      if (add_handed(queries, p, file, edge, callee->reach.at[k]))
        map_put(&added, edge->call, 1);
  }
  map_release(&added);
}

static void read_predicates(Queries *queries, Schemas *schemas) {
  for (uint32_t i = 0; i < schemas->n; i++)
    for (uint32_t t = 0; t < schemas->at[i]->tables.n; t++) {
      Table *table = schemas->at[i]->tables.at[t];
      for (uint32_t k = 0; k < table->indexes.n; k++)
        if (table->indexes.at[k].predicate)
          index_rows_read(queries, table, &table->indexes.at[k]);
    }
}

void queries_read(Queries *queries, Program *p, Schemas *schemas) {
  queries->schemas = schemas;
  read_predicates(queries, schemas);
  for (uint32_t i = 1; i < p->sites.n; i++)
    if (effect_is_database(p->sites.at[i].effect))
      add_query(queries, p, i);
  note_runners(queries, p);
  for (FileId file = 1; file < p->files.n; file++)
    for (Id unit = 0; unit < p->files.at[file].facts.functions.n; unit++)
      add_handed_by(queries, p, file, unit);
  query_files(queries, p);
  if (queries->all.n)
    qsort(queries->all.at, queries->all.n, sizeof *queries->all.at, compare_queries);
}

void query_release(Query *query) {
  vec_release(&query->tables);
  vec_release(&query->conditions);
  vec_release(&query->sorts);
  vec_release(&query->columns);
  vec_release(&query->relations);
  vec_release(&query->fragments);
}

void queries_release(Queries *queries) {
  for (uint32_t i = 0; i < queries->all.n; i++)
    query_release(&queries->all.at[i]);
  vec_release(&queries->all);
  vec_release(&queries->within);
  vec_release(&queries->unread);
  vec_release(&queries->uses);
  map_release(&queries->runners);
  map_release(&queries->first_use);
  map_release(&queries->indexed);
  arena_release(&queries->arena);
}

const Column *query_column(const Query *query, uint16_t table, const char *column) {
  const Table *t = table < query->tables.n ? query->tables.at[table].table : NULL;
  return t && column ? table_find_property(t, column) : NULL;
}
