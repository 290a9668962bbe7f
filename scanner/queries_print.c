// queries_print.c - `seqscan queries`: what each query asks for, as text or JSON.
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "query.h"

static const char *const verbs[] = {
    [VERB_OTHER] = "write",   [VERB_SELECT] = "select", [VERB_INSERT] = "insert",
    [VERB_UPDATE] = "update", [VERB_DELETE] = "delete", [VERB_UPSERT] = "upsert"};

static const char *const operators[] = {
    [OPERATOR_EQUAL] = "=",       [OPERATOR_NULL] = "is null",      [OPERATOR_RANGE] = "range",
    [OPERATOR_PREFIX] = "prefix", [OPERATOR_CONTAINS] = "contains", [OPERATOR_NOT] = "not",
    [OPERATOR_ARRAY] = "array",   [OPERATOR_TEXT] = "text",         [OPERATOR_PATTERN] = "like",
    [OPERATOR_OTHER] = "other"};

static const char *rows_name(uint8_t rows) {
  return rows == ROWS_ONE ? "one" : rows == ROWS_MANY ? "many" : "unknown";
}

static const char *table_name_of(const Query *query, uint16_t table) {
  if (table >= query->tables.n)
    return "?";
  const QueryTable *t = &query->tables.at[table];
  return t->alias ? t->alias : t->name;
}

static const char *library_of(const Program *p, const Query *query) {
  return query->site ? p->libs->libraries.at[p->sites.at[query->site].library].name : "sql";
}

//
// Text
//

static void put_column(Text *out, const Query *query, uint16_t table, const char *column) {
  if (table)
    text_printf(out, "%s.", table_name_of(query, table));
  text_puts(out, column);
}

static void put_condition(Text *out, const Query *query, const Condition *c) {
  if (c->either)
    text_printf(out, "(%u.%u) ", c->either, c->branch);
  if (c->function)
    text_printf(out, "%s(", c->function);
  put_column(out, query, c->table, c->column);
  text_printf(out, "%s %s", c->function ? ")" : "", c->join ? "joins" : operators[c->operator]);
  if (c->constant)
    text_printf(out, c->several ? " one of '%.60s'" : " '%.60s'", c->constant);
  text_printf(out, "%s%s", c->insensitive ? " insensitive" : "", c->maybe ? " maybe" : "");
}

static void put_conditions(Text *out, const Query *query) {
  for (uint32_t i = 0; i < query->conditions.n; i++) {
    text_puts(out, i ? ", " : "  where ");
    put_condition(out, query, &query->conditions.at[i]);
  }
  text_puts(out, query->conditions.n ? "\n" : "");
}

static void put_sorts(Text *out, const Query *query) {
  for (uint32_t i = 0; i < query->sorts.n; i++) {
    const Sort *s = &query->sorts.at[i];
    text_puts(out, i ? ", " : "  order ");
    put_column(out, query, s->table, s->column);
    text_printf(out, "%s%s%s", s->expression ? "(expression)" : "", s->descending ? " desc" : "",
                s->maybe ? " maybe" : "");
  }
  text_puts(out, query->sorts.n ? "\n" : "");
}

static void put_columns(Text *out, const Query *query) {
  for (uint32_t i = 0; i < query->columns.n; i++)
    text_printf(out, "%s%s", i ? ", " : "  columns ", query->columns.at[i]);
  if (query->columns.n && query->star)
    text_puts(out, ", *");
  text_puts(out, query->columns.n ? "\n" : "");
}

static void put_relation(Text *out, const Query *query, uint32_t i, int depth) {
  const Relation *relation = &query->relations.at[i];
  if (relation->parent && depth < 16) {
    put_relation(out, query, relation->parent - 1u, depth + 1);
    text_puts(out, ".");
  }
  text_puts(out, relation->name);
}

static void put_relations(Text *out, const Query *query) {
  for (uint32_t i = 0; i < query->relations.n; i++) {
    const Relation *relation = &query->relations.at[i];
    text_puts(out, i ? ", " : "  with ");
    put_relation(out, query, i, 0);
    text_printf(out, "%s%s", relation->narrowed ? " narrowed" : "", relation->joined ? " joined" : "");
  }
  text_puts(out, query->relations.n ? "\n" : "");
}

static void put_flags(Text *out, const Query *query) {
  const struct {
    const char *name;
    bool set;
  } flags[] = {{"all columns", query->star && !query->columns.n},
               {"written *", query->written_star},
               {"limit", query->limit},
               {"offset", query->offset && !query->offset_varies},
               {"offset that varies", query->offset_varies},
               {"aggregate", query->aggregate},
               {"random order", query->random_order},
               {"not in (select)", query->not_in_select},
               {"whole table", query->whole_table},
               {"dynamic", query->dynamic},
               {"dynamic sorts", query->dynamic_sorts},
               {"dynamic columns", query->dynamic_columns},
               {"dynamic relations", query->dynamic_relations}};
  const char *before = "  ";
  for (size_t i = 0; i < COUNT(flags); i++) {
    if (!flags[i].set)
      continue;
    text_printf(out, "%s%s", before, flags[i].name);
    before = ", ";
  }
  text_puts(out, *before == ',' ? "\n" : "");
}

static void put_query(Text *out, const Program *p, const Query *query) {
  text_printf(out, "%s:%u:%u %s %s", query->place.source->path, query->place.line, query->place.column,
              library_of(p, query), verbs[query->verb]);
  if (query->verb == VERB_SELECT)
    text_printf(out, " %s", rows_name(query->rows));
  for (uint32_t i = 0; i < query->tables.n; i++) {
    const QueryTable *t = &query->tables.at[i];
    text_printf(out, "%s%s%s%s%s", i ? ", " : " ", *t->name ? t->name : "?", t->alias ? " as " : "",
                t->alias ? t->alias : "", t->table ? "" : " (unknown)");
  }
  text_puts(out, query->tables.n ? "\n" : " ?\n");
  put_conditions(out, query);
  put_sorts(out, query);
  put_columns(out, query);
  put_relations(out, query);
  put_flags(out, query);
}

//
// JSON
//

static json_t *json_conditions(const Query *query) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < query->conditions.n; i++) {
    const Condition *c = &query->conditions.at[i];
    json_array_append_new(
        list, json_pack("{s:o, s:i, s:s, s:b, s:b, s:o, s:o, s:b, s:i, s:i, s:b}", "column", json_text(c->column),
                        "table", c->table, "operator", operators[c->operator], "insensitive", c->insensitive, "join", c->join, "function",
                        json_text(c->function), "constant", json_text(c->constant), "several", c->several, "or", c->either,
                        "branch", c->branch, "maybe", c->maybe));
  }
  return list;
}

static json_t *json_sorts(const Query *query) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < query->sorts.n; i++) {
    const Sort *s = &query->sorts.at[i];
    json_array_append_new(list, json_pack("{s:o, s:i, s:b, s:b, s:b}", "column", json_text(s->column),
                                          "table", s->table, "descending", s->descending, "expression",
                                          s->expression, "maybe", s->maybe));
  }
  return list;
}

static json_t *json_tables(const Query *query) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < query->tables.n; i++) {
    const QueryTable *t = &query->tables.at[i];
    json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:b}", "name", json_text(t->name), "alias",
                                          json_text(t->alias), "table",
                                          json_text(t->table ? t->table->name : NULL), "joined", t->joined));
  }
  return list;
}

static json_t *json_relations(const Query *query) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < query->relations.n; i++) {
    const Relation *x = &query->relations.at[i];
    json_array_append_new(list, json_pack("{s:o, s:i, s:i, s:b, s:b}", "name", json_text(x->name), "parent",
                                          x->parent, "depth", x->depth, "narrowed", x->narrowed, "joined",
                                          x->joined));
  }
  return list;
}

static json_t *json_columns(const Query *query) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < query->columns.n; i++)
    json_array_append_new(list, json_text(query->columns.at[i]));
  return list;
}

static json_t *json_query(const Program *p, const Query *query) {
  json_t *object =
      json_pack("{s:o, s:i, s:i, s:s, s:s, s:s, s:s}", "path", json_text(query->place.source->path), "line",
                query->place.line, "column", query->place.column, "context", context_name(query->context),
                "library", library_of(p, query), "verb", verbs[query->verb], "rows", rows_name(query->rows));
  json_object_set_new(object, "tables", json_tables(query));
  json_object_set_new(object, "conditions", json_conditions(query));
  json_object_set_new(object, "sorts", json_sorts(query));
  json_object_set_new(object, "columns", json_columns(query));
  json_object_set_new(object, "relations", json_relations(query));
  json_object_set_new(object, "sql", json_text(query->sql));
  const struct {
    const char *name;
    bool set;
  } flags[] = {{"star", query->star},
               {"writtenStar", query->written_star},
               {"limit", query->limit},
               {"offset", query->offset},
               {"offsetVaries", query->offset_varies},
               {"aggregate", query->aggregate},
               {"randomOrder", query->random_order},
               {"notInSelect", query->not_in_select},
               {"wholeTable", query->whole_table},
               {"dynamic", query->dynamic},
               {"dynamicSorts", query->dynamic_sorts},
               {"dynamicColumns", query->dynamic_columns},
               {"dynamicRelations", query->dynamic_relations}};
  for (size_t i = 0; i < COUNT(flags); i++)
    json_object_set_new(object, flags[i].name, json_boolean(flags[i].set));
  return object;
}

static void print_json(const Queries *queries, const Program *p, Text *out) {
  json_t *list = json_array(), *unread = json_array();
  for (uint32_t i = 0; i < queries->all.n; i++)
    if (queries->all.at[i].place.source->asked)
      json_array_append_new(list, json_query(p, &queries->all.at[i]));
  for (uint32_t i = 0; i < queries->unread.n; i++)
    json_array_append_new(unread, json_pack("{s:o, s:o}", "path", json_text(queries->unread.at[i].path),
                                            "reason", json_text(queries->unread.at[i].reason)));
  json_t *root = json_pack("{s:i, s:o, s:o}", "version", 1, "queries", list, "unread", unread);
  char *text = json_dumps(root, JSON_INDENT(2));
  text_puts(out, text);
  text_puts(out, "\n");
  free(text);
  json_decref(root);
}

int queries_print(Queries *queries, const Program *p, const Tree *tree, bool json, Text *out, Error *err) {
  VEC(Place *) places = {0};
  for (uint32_t i = 0; i < queries->all.n; i++)
    vec_push(&places, &queries->all.at[i].place);
  int status = places_fill(tree, places.at, places.n, err);
  vec_release(&places);
  if (status)
    return status;
  if (json) {
    print_json(queries, p, out);
    return 0;
  }
  for (uint32_t i = 0; i < queries->all.n; i++)
    if (queries->all.at[i].place.source->asked)
      put_query(out, p, &queries->all.at[i]);
  return 0;
}
