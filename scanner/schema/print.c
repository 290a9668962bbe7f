// print.c - `seqscan schema`: what is known of the database, and which file says so.
#include "schema.h"

#include <stdlib.h>
#include <string.h>

#include "json_text.h"

static const char *const kinds[] = {
    [COLUMN_OTHER] = "other",     [COLUMN_NUMBER] = "number",   [COLUMN_STRING] = "string", [COLUMN_TEXT] = "text",
    [COLUMN_JSON] = "json",       [COLUMN_BYTES] = "bytes",     [COLUMN_BOOLEAN] = "boolean", [COLUMN_ENUM] = "enum",
    [COLUMN_TIME] = "time",       [COLUMN_UUID] = "uuid",       [COLUMN_ARRAY] = "array",   [COLUMN_VECTOR] = "vector"};

static const char *part_text(const IndexPart *part) { return part->column ? part->column : part->expression; }

static void print_names(Text *out, const char *const *names, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    text_printf(out, "%s%s", i ? ", " : "", names[i]);
}

static void print_place(Text *out, const Place *place) {
  if (place->source)
    text_printf(out, "  %s:%u", place->source->path, place->line);
  text_puts(out, "\n");
}

static void print_column(Text *out, const Column *column) {
  text_printf(out, "    %-28s %s%s", column->name, column->type, column->nullable ? "" : " not null");
  if (strcmp(column->name, column->property))
    text_printf(out, " (%s)", column->property);
  print_place(out, &column->place);
}

static void print_index(Text *out, const Index *index) {
  text_printf(out, "    %s ", index->primary ? "primary key" : index->unique ? "unique" : "index");
  if (index->name)
    text_printf(out, "%s ", index->name);
  if (strcmp(index->method, "btree"))
    text_printf(out, "using %s ", index->method);
  text_puts(out, "(");
  for (uint32_t i = 0; i < index->parts.n; i++) {
    const IndexPart *part = &index->parts.at[i];
    text_printf(out, "%s%s%s%s%s", i ? ", " : "", part_text(part), part->operators ? " " : "",
                part->operators ? part->operators : "", part->descending ? " desc" : "");
  }
  text_puts(out, ")");
  if (index->include.n) {
    text_puts(out, " include (");
    print_names(out, index->include.at, index->include.n);
    text_puts(out, ")");
  }
  if (index->predicate)
    text_printf(out, " where %s", index->predicate);
  if (index->implied)
    text_puts(out, " (not declared)");
  print_place(out, &index->place);
}

static void print_key(Text *out, const Table *table, const ForeignKey *key) {
  text_puts(out, "    foreign key (");
  print_names(out, key->columns.at, key->columns.n);
  text_printf(out, ") to %s%s", key->table, key_is_checked(table, key) ? "" : " (no constraint)");
  print_place(out, &key->place);
}

static void print_table(Text *out, const Table *table) {
  text_printf(out, "  %s %s", table->view ? "view" : "table", table->name);
  if (table->model && strcmp(table->model, table->name))
    text_printf(out, " (%s)", table->model);
  print_place(out, &table->place);
  for (uint32_t i = 0; i < table->columns.n; i++)
    print_column(out, &table->columns.at[i]);
  for (uint32_t i = 0; i < table->indexes.n; i++)
    print_index(out, &table->indexes.at[i]);
  for (uint32_t i = 0; i < table->keys.n; i++)
    print_key(out, table, &table->keys.at[i]);
}

static void print_text(const Schemas *schemas, Text *out) {
  for (uint32_t i = 0; i < schemas->n; i++) {
    const Schema *schema = schemas->at[i];
    if (!schema->tables.n)
      continue;
    text_printf(out, "schema of %s (%s, %u tables)\n", *schema->folder ? schema->folder : ".",
                dialect_name(schema->dialect), schema->tables.n);
    for (uint32_t k = 0; k < schema->tables.n; k++)
      print_table(out, schema->tables.at[k]);
  }
  for (uint32_t i = 0; i < schemas->troubles.n; i++)
    text_printf(out, "not read: %s: %s\n", schemas->troubles.at[i].path, schemas->troubles.at[i].reason);
}

//
// JSON
//

static json_t *json_place(json_t *object, const Place *place) {
  if (place->source) {
    json_object_set_new(object, "path", json_text(place->source->path));
    json_object_set_new(object, "line", json_integer(place->line));
  }
  return object;
}

static json_t *json_names(const char *const *names, uint32_t count) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < count; i++)
    json_array_append_new(list, json_text(names[i]));
  return list;
}

static json_t *json_column(const Column *column) {
  return json_place(json_pack("{s:o, s:o, s:o, s:s, s:b}", "name", json_text(column->name), "property",
                              json_text(column->property), "type", json_text(column->type), "kind", kinds[column->kind],
                              "nullable", column->nullable),
                    &column->place);
}

static json_t *json_index(const Index *index) {
  json_t *parts = json_array();
  for (uint32_t i = 0; i < index->parts.n; i++) {
    const IndexPart *part = &index->parts.at[i];
    json_array_append_new(parts, json_pack("{s:o, s:o, s:o, s:b}", "column", json_text(part->column), "expression",
                                           json_text(part->expression), "operators", json_text(part->operators),
                                           "descending", part->descending));
  }
  json_t *object = json_pack("{s:o, s:o, s:b, s:b, s:b, s:o, s:o, s:o}", "name", json_text(index->name), "method",
                             json_text(index->method), "primary", index->primary, "unique", index->unique, "implied",
                             index->implied, "predicate", json_text(index->predicate), "parts", parts, "include", json_names(index->include.at, index->include.n));
  return json_place(object, &index->place);
}

static json_t *json_key(const ForeignKey *key) {
  return json_place(json_pack("{s:o, s:o, s:o, s:o}", "name", json_text(key->name), "columns",
                              json_names(key->columns.at, key->columns.n), "table", json_text(key->table), "to",
                              json_names(key->to.at, key->to.n)),
                    &key->place);
}

static json_t *json_table(const Table *table) {
  json_t *columns = json_array(), *indexes = json_array(), *keys = json_array();
  for (uint32_t i = 0; i < table->columns.n; i++)
    json_array_append_new(columns, json_column(&table->columns.at[i]));
  for (uint32_t i = 0; i < table->indexes.n; i++)
    json_array_append_new(indexes, json_index(&table->indexes.at[i]));
  for (uint32_t i = 0; i < table->keys.n; i++)
    json_array_append_new(keys, json_key(&table->keys.at[i]));
  return json_place(json_pack("{s:o, s:o, s:s, s:b, s:b, s:o, s:o, s:o}", "name", json_text(table->name), "model",
                              json_text(table->model), "origin", origin_name(table->origin), "view", table->view, "whole", table->whole,
                              "columns", columns, "indexes", indexes, "foreignKeys", keys),
                    &table->place);
}

static void print_json(const Schemas *schemas, Text *out) {
  json_t *list = json_array(), *unread = json_array();
  for (uint32_t i = 0; i < schemas->n; i++) {
    const Schema *schema = schemas->at[i];
    json_t *tables = json_array();
    for (uint32_t k = 0; k < schema->tables.n; k++)
      json_array_append_new(tables, json_table(schema->tables.at[k]));
    json_array_append_new(list, json_pack("{s:o, s:s, s:o}", "folder", json_text(schema->folder), "dialect",
                                          dialect_name(schema->dialect), "tables", tables));
  }
  for (uint32_t i = 0; i < schemas->troubles.n; i++)
    json_array_append_new(unread, json_pack("{s:o, s:o}", "path", json_text(schemas->troubles.at[i].path), "reason",
                                            json_text(schemas->troubles.at[i].reason)));
  json_t *root = json_pack("{s:i, s:o, s:o}", "version", 1, "schemas", list, "unread", unread);
  char *text = json_dumps(root, JSON_INDENT(2));
  text_puts(out, text);
  text_puts(out, "\n");
  free(text);
  json_decref(root);
}

// Fill the lines of all places that have a source.
static int fill_places(Schemas *schemas, const Tree *tree, Error *err) {
  VEC(Place *) places = {0};
  for (uint32_t i = 0; i < schemas->n; i++)
    for (uint32_t k = 0; k < schemas->at[i]->tables.n; k++) {
      Table *table = schemas->at[i]->tables.at[k];
      vec_push(&places, &table->place);
      for (uint32_t c = 0; c < table->columns.n; c++)
        vec_push(&places, &table->columns.at[c].place);
      for (uint32_t c = 0; c < table->indexes.n; c++)
        vec_push(&places, &table->indexes.at[c].place);
      for (uint32_t c = 0; c < table->keys.n; c++)
        vec_push(&places, &table->keys.at[c].place);
    }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < places.n; i++)
    if (places.at[i]->source)
      places.at[kept++] = places.at[i];
  int status = places_fill(tree, places.at, kept, err);
  vec_release(&places);
  return status;
}

int schemas_print(Schemas *schemas, const Tree *tree, bool json, Text *out, Error *err) {
  if (fill_places(schemas, tree, err))
    return -1;
  if (json)
    print_json(schemas, out);
  else
    print_text(schemas, out);
  return 0;
}
