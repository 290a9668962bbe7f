// prisma.c - Prisma schemas: models with their columns, keys and indexes, as the migrations of Prisma would make them.
//
// The language is read by tokens, a statement a line: `name Type @attribute(arguments)` and `@@attribute(arguments)`
// inside of a block. A schema may be spread over the files of a folder, so all of them are read before relations,
// which name other models, are looked at. What is not understood is passed over.
#include "schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NAME_LIMIT = 63 };  // bytes of a PostgreSQL name

typedef enum TokenKind { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_MARK, TOKEN_LINE } TokenKind;

typedef struct Token {
  TokenKind kind;
  char mark;         // TOKEN_MARK
  const char *text;  // TOKEN_NAME, TOKEN_STRING
  uint32_t start, end;
} Token;

typedef struct Lexer {
  Arena *arena;
  const char *text;
  size_t length, at;
  Token token;
} Lexer;

// `@attribute(first, key: value)`; arguments are kept as text, lists as the names in them.
typedef struct Field {
  const char *name, *type;
  bool optional, list, id, unique, relation, ignored;
  const char *map, *native, *relation_name;  // @map, "Text" of @db.Text, @relation("name")
  const char *id_map, *unique_map, *key_map;
  VEC(const char *) from, to;                // @relation(fields:, references:)
  Place place;
} Field;

typedef struct Block {
  const char *kind, *name, *map;  // "model", "view", "enum", "type"
  VEC(Field) fields;
  VEC(Index) indexes;             // @@id, @@unique, @@index; parts name fields
  Place place;
} Block;

typedef struct Prisma {
  Schemas *schemas;
  Schema *schema;
  const Source *source;
  VEC(Block) blocks;
  Lexer lexer;
} Prisma;

//
// Tokens
//

static bool in_name(char c) { return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || (c & 0x80); }

static void skip_blank(Lexer *l) {
  while (l->at < l->length) {
    if (l->text[l->at] == '/' && l->at + 1 < l->length && l->text[l->at + 1] == '/')
      while (l->at < l->length && l->text[l->at] != '\n')
        l->at++;
    else if (l->text[l->at] == '\n' || !isspace((unsigned char)l->text[l->at]))
      return;
    else
      l->at++;
  }
}

static void read_string(Lexer *l) {
  Text text = {0};
  for (l->at++; l->at < l->length && l->text[l->at] != '"' && l->text[l->at] != '\n'; l->at++) {
    if (l->text[l->at] == '\\' && l->at + 1 < l->length)
      l->at++;
    text_add(&text, &l->text[l->at], 1);
  }
  l->at += l->at < l->length && l->text[l->at] == '"';
  l->token.text = arena_copy(l->arena, text.at ? text.at : "", text.n);
  text_release(&text);
}

static Token *next(Lexer *l) {
  skip_blank(l);
  l->token = (Token){.kind = TOKEN_END, .text = "", .start = (uint32_t)l->at};
  if (l->at < l->length) {
    char c = l->text[l->at];
    size_t start = l->at;
    l->token.kind = c == '\n' ? TOKEN_LINE : c == '"' ? TOKEN_STRING : in_name(c) ? TOKEN_NAME : TOKEN_MARK;
    l->token.mark = c;
    if (l->token.kind == TOKEN_STRING)
      read_string(l);
    else
      for (l->at++; l->token.kind == TOKEN_NAME && l->at < l->length && in_name(l->text[l->at]);)
        l->at++;
    if (l->token.kind == TOKEN_NAME)
      l->token.text = arena_copy(l->arena, l->text + start, l->at - start);
  }
  l->token.end = (uint32_t)l->at;
  return &l->token;
}

static bool is_mark(const Lexer *l, char mark) { return l->token.kind == TOKEN_MARK && l->token.mark == mark; }

static bool take_mark(Lexer *l, char mark) {
  if (!is_mark(l, mark))
    return false;
  next(l);
  return true;
}

static void skip_lines(Lexer *l) {
  while (l->token.kind == TOKEN_LINE)
    next(l);
}

// Past the rest of a value, up to the comma or bracket that ends it.
static void skip_value(Lexer *l) {
  for (int depth = 0; l->token.kind != TOKEN_END; next(l)) {
    if (depth == 0 && (is_mark(l, ',') || is_mark(l, ')') || is_mark(l, ']')))
      return;
    depth += is_mark(l, '(') || is_mark(l, '[') || is_mark(l, '{');
    depth -= is_mark(l, ')') || is_mark(l, ']') || is_mark(l, '}');
  }
}

//
// Attributes
//

// Prisma's `JsonbPathOps` is jsonb_path_ops, `DateMinMaxOps` date_minmax_ops.
static const char *operator_class(Lexer *l) {
  Text text = {0};
  for (const char *c = l->token.text; *c; c++) {
    bool parts = isupper((unsigned char)*c) && c > l->token.text && (c < l->token.text + 3 || strncmp(c - 3, "MinMax", 6) != 0);
    text_printf(&text, "%s%c", parts ? "_" : "", tolower((unsigned char)*c));
  }
  const char *name = arena_copy(l->arena, text.at ? text.at : "", text.n);
  text_release(&text);
  return name;
}

// `createdAt(sort: Desc, ops: raw("gin_trgm_ops"))`
static IndexPart read_part(Lexer *l) {
  IndexPart part = {.column = l->token.text};
  next(l);
  if (!take_mark(l, '('))
    return part;
  while (l->token.kind != TOKEN_END && !is_mark(l, ')')) {
    const char *key = l->token.text;
    next(l);
    if (!take_mark(l, ':'))
      continue;
    part.descending |= !strcmp(key, "sort") && !strcmp(l->token.text, "Desc");
    bool raw = !strcmp(key, "ops") && !strcmp(l->token.text, "raw") && next(l)->mark == '(';
    if (raw)
      next(l);
    if (!strcmp(key, "ops"))
      part.operators = raw ? l->token.text : operator_class(l);
    skip_value(l);
    take_mark(l, ',');
  }
  take_mark(l, ')');
  return part;
}

// `[a, b(sort: Desc)]`; the bracket was taken.
static void read_parts(Lexer *l, Index *index) {
  skip_lines(l);
  while (l->token.kind != TOKEN_END && !is_mark(l, ']')) {
    if (l->token.kind == TOKEN_NAME)
      vec_push(&index->parts, read_part(l));
    else
      next(l);
    skip_lines(l);
  }
  take_mark(l, ']');
}

// What an attribute is given. `list` holds the unnamed list or `fields:`, `to` the `references:`.
typedef struct Arguments {
  const char *name, *map, *type, *text;  // name:, map:, type:, the unnamed string
  Index list, to;
} Arguments;

static void read_argument(Lexer *l, Arguments *a) {
  const char *key = "";
  if (l->token.kind == TOKEN_NAME) {
    const char *word = l->token.text;
    next(l);
    if (!take_mark(l, ':'))
      return skip_value(l);
    key = word;
  }
  if (take_mark(l, '[')) {
    read_parts(l, !strcmp(key, "references") ? &a->to : &a->list);
    return;
  }
  const char **slot = !strcmp(key, "map")    ? &a->map
                      : !strcmp(key, "name") ? &a->name
                      : !strcmp(key, "type") ? &a->type
                      : !*key                ? &a->text
                                             : NULL;
  if (slot && (l->token.kind == TOKEN_STRING || l->token.kind == TOKEN_NAME))
    *slot = l->token.text;
  skip_value(l);
}

static Arguments read_arguments(Lexer *l) {
  Arguments arguments = {0};
  if (!take_mark(l, '('))
    return arguments;
  for (skip_lines(l); l->token.kind != TOKEN_END && !is_mark(l, ')'); skip_lines(l)) {
    read_argument(l, &arguments);
    skip_lines(l);
    if (!take_mark(l, ',') && !is_mark(l, ')'))
      next(l);
  }
  take_mark(l, ')');
  return arguments;
}

static void release_arguments(Arguments *a) {
  vec_release(&a->list.parts);
  vec_release(&a->to.parts);
}

static const char *lower(Arena *arena, const char *text) {
  char *copy = arena_copy(arena, text, strlen(text));
  for (char *c = copy; *c; c++)
    *c = (char)tolower((unsigned char)*c);
  return copy;
}

static void take_field_attribute(Field *field, const char *name, Arguments *a) {
  if (!strcmp(name, "map"))
    field->map = a->text ? a->text : a->name;
  else if (!strcmp(name, "id"))
    field->id = true, field->id_map = a->map;
  else if (!strcmp(name, "unique"))
    field->unique = true, field->unique_map = a->map;
  else if (!strcmp(name, "ignore"))
    field->ignored = true;
  else if (!strncmp(name, "db.", 3))
    field->native = name + 3;
  else if (!strcmp(name, "relation")) {
    field->relation = true;
    field->relation_name = a->text ? a->text : a->name;
    field->key_map = a->map;
    for (uint32_t i = 0; i < a->list.parts.n; i++)
      vec_push(&field->from, a->list.parts.at[i].column);
    for (uint32_t i = 0; i < a->to.parts.n; i++)
      vec_push(&field->to, a->to.parts.at[i].column);
  }
}

//
// Blocks
//

static Place place_of(const Prisma *p, uint32_t start, uint32_t end) {
  return (Place){.source = p->source, .start = start, .end = end};
}

static void read_field(Prisma *p, Block *block) {
  Lexer *l = &p->lexer;
  uint32_t start = l->token.start;
  Field field = {.name = l->token.text, .place = place_of(p, start, l->token.end)};
  next(l);
  field.type = l->token.text;
  field.place.end = l->token.end;
  next(l);
  if (is_mark(l, '('))
    skip_value(l);  // Unsupported("...")
  for (; is_mark(l, '?') || is_mark(l, '[') || is_mark(l, ']'); next(l)) {
    field.optional |= is_mark(l, '?');
    field.list |= is_mark(l, '[');
  }
  while (take_mark(l, '@')) {
    const char *name = l->token.text;
    next(l);
    Arguments arguments = read_arguments(l);
    take_field_attribute(&field, name, &arguments);
    field.place.end = (uint32_t)l->token.start;
    release_arguments(&arguments);
  }
  vec_push(&block->fields, field);
}

static void read_block_attribute(Prisma *p, Block *block, uint32_t start) {
  Lexer *l = &p->lexer;
  const char *name = l->token.text;
  next(l);
  Arguments a = read_arguments(l);
  bool id = !strcmp(name, "id"), unique = !strcmp(name, "unique");
  if (!strcmp(name, "map"))
    block->map = a.text ? a.text : a.name;
  if ((id || unique || !strcmp(name, "index") || !strcmp(name, "fulltext")) && a.list.parts.n) {
    Index index = a.list;
    index.primary = id;
    index.unique = id || unique;
    index.name = a.map;
    index.method = a.type ? lower(l->arena, a.type) : !strcmp(name, "fulltext") ? "fulltext" : "btree";
    index.place = place_of(p, start, (uint32_t)l->token.start);
    vec_push(&block->indexes, index);
    a.list.parts.at = NULL;
  }
  release_arguments(&a);
}

static void read_provider(Prisma *p) {
  static const struct {
    const char *name;
    Dialect dialect;
  } providers[] = {{"postgresql", DIALECT_POSTGRES}, {"postgres", DIALECT_POSTGRES}, {"cockroachdb", DIALECT_POSTGRES},
                   {"mysql", DIALECT_MYSQL},         {"sqlite", DIALECT_SQLITE},     {"sqlserver", DIALECT_MSSQL},
                   {"mongodb", DIALECT_MONGODB}};
  Lexer *l = &p->lexer;
  while (l->token.kind != TOKEN_END && !is_mark(l, '}')) {
    bool provider = l->token.kind == TOKEN_NAME && !strcmp(l->token.text, "provider");
    next(l);
    if (!provider || !take_mark(l, '='))
      continue;
    for (size_t i = 0; i < COUNT(providers); i++)
      if (!strcmp(l->token.text, providers[i].name))
        p->schema->dialect = (uint8_t)providers[i].dialect;
  }
}

static void skip_block(Lexer *l) {
  while (l->token.kind != TOKEN_END && !is_mark(l, '}'))
    next(l);
}

static void read_members(Prisma *p, Block *block) {
  Lexer *l = &p->lexer;
  while (l->token.kind != TOKEN_END && !is_mark(l, '}')) {
    uint32_t start = l->token.start;
    if (l->token.kind == TOKEN_NAME)
      read_field(p, block);
    else if (take_mark(l, '@') && take_mark(l, '@'))
      read_block_attribute(p, block, start);
    while (l->token.kind != TOKEN_END && l->token.kind != TOKEN_LINE && !is_mark(l, '}'))
      next(l);
    skip_lines(l);
  }
}

static void read_file(Prisma *p, const TextFile *file) {
  p->source = file->source;
  p->lexer = (Lexer){.arena = &p->schemas->arena, .text = file->text, .length = file->length};
  Lexer *l = &p->lexer;
  for (next(l); l->token.kind != TOKEN_END;) {
    Block block = {.kind = l->token.text, .place = place_of(p, l->token.start, l->token.end)};
    if (l->token.kind != TOKEN_NAME || next(l)->kind != TOKEN_NAME) {
      next(l);
      continue;
    }
    block.name = l->token.text;
    block.place.end = l->token.end;
    next(l);
    if (!take_mark(l, '{'))
      continue;
    bool holds = !strcmp(block.kind, "model") || !strcmp(block.kind, "view") || !strcmp(block.kind, "type");
    if (holds)
      read_members(p, &block);
    else if (!strcmp(block.kind, "datasource"))
      read_provider(p);
    skip_block(l);
    take_mark(l, '}');
    vec_push(&p->blocks, block);
  }
}

//
// From blocks to tables
//

static const Block *block_called(const Prisma *p, const char *name) {
  for (uint32_t i = 0; i < p->blocks.n; i++)
    if (!strcmp(p->blocks.at[i].name, name))
      return &p->blocks.at[i];
  return NULL;
}

static bool is_table(const Block *block) {
  return block && (!strcmp(block->kind, "model") || !strcmp(block->kind, "view"));
}

static const char *table_of(const Block *block) { return block->map ? block->map : block->name; }

static const char *column_of(const Block *block, const char *field) {
  for (uint32_t i = 0; i < block->fields.n; i++)
    if (!strcmp(block->fields.at[i].name, field))
      return block->fields.at[i].map ? block->fields.at[i].map : field;
  return field;
}

// Kinds of the scalar types; enums are told by their block.
static uint8_t kind_of(const Prisma *p, const Field *field) {
  static const struct {
    const char *type;
    ColumnKind kind;
  } kinds[] = {{"String", COLUMN_STRING},  {"Int", COLUMN_NUMBER},     {"BigInt", COLUMN_NUMBER}, {"Float", COLUMN_NUMBER},
               {"Decimal", COLUMN_NUMBER}, {"Boolean", COLUMN_BOOLEAN}, {"DateTime", COLUMN_TIME}, {"Json", COLUMN_JSON},
               {"Bytes", COLUMN_BYTES}};
  const Block *block = block_called(p, field->type);
  ColumnKind native = field->native ? column_kind_of_sql(field->native) : COLUMN_OTHER;
  if (field->list)
    return COLUMN_ARRAY;
  if (native != COLUMN_OTHER)
    return (uint8_t)native;
  for (size_t i = 0; i < COUNT(kinds); i++)
    if (!strcmp(field->type, kinds[i].type))
      return (uint8_t)kinds[i].kind;
  return block ? (!strcmp(block->kind, "enum") ? COLUMN_ENUM : COLUMN_JSON) : COLUMN_OTHER;
}

// The name that Prisma gives: the table, the columns, an ending; the front is cut to fit.
static const char *made_name(const Prisma *p, const char *table, const Index *index, const char *ending) {
  Text text = {0};
  text_puts(&text, table);
  for (uint32_t i = 0; index && i < index->parts.n; i++)
    text_printf(&text, "_%s", index->parts.at[i].column);
  size_t room = NAME_LIMIT - strlen(ending);
  size_t length = text.n > room ? room : text.n;
  const char *name = arena_printf(&p->schemas->arena, "%.*s%s", (int)length, text.at, ending);
  text_release(&text);
  return name;
}

static void add_index(const Prisma *p, Table *table, Index *index) {
  if (!index->name && index->primary)
    index->name = made_name(p, table->name, NULL, "_pkey");
  else if (!index->name)
    index->name = made_name(p, table->name, index, index->unique ? "_key" : "_idx");
  table_add_index(table, index);
}

static void add_column(const Prisma *p, Table *table, const Field *field) {
  Column *column = table_column(p->schemas, table, field->map ? field->map : field->name);
  const char *name = column->name;
  column->property = field->name;
  column->type = field->native ? arena_printf(&p->schemas->arena, "%s @db.%s", field->type, field->native) : field->type;
  column->kind = kind_of(p, field);
  column->nullable = field->optional || field->list;  // Prisma writes no NOT NULL for lists
  column->place = field->place;
  if (!field->id && !field->unique)
    return;
  Index index = {.primary = field->id, .unique = true, .method = "btree", .place = field->place};
  index.name = field->id ? field->id_map : field->unique_map;
  index_part(&index, name);
  add_index(p, table, &index);
}

static void add_key(const Prisma *p, const Block *block, Table *table, const Field *field) {
  const Block *other = block_called(p, field->type);
  ForeignKey key = {.name = field->key_map, .relation = field->name, .table = table_of(other), .place = field->place};
  for (uint32_t i = 0; i < field->from.n; i++)
    vec_push(&key.columns, column_of(block, field->from.at[i]));
  for (uint32_t i = 0; i < field->to.n; i++)
    vec_push(&key.to, column_of(other, field->to.at[i]));
  table_add_key(table, &key);
}

static const Field *other_side(const Prisma *p, const Block *block, const Field *field) {
  const Block *other = block_called(p, field->type);
  for (uint32_t i = 0; i < other->fields.n; i++) {
    const Field *back = &other->fields.at[i];
    bool same_name = back->relation_name && field->relation_name ? !strcmp(back->relation_name, field->relation_name)
                                                                 : back->relation_name == field->relation_name;
    if (back != field && !strcmp(back->type, block->name) && same_name)
      return back;
  }
  return NULL;
}

// A list on both sides without a key of its own: Prisma keeps the pairs in a table `_AToB` with columns A and B.
static void add_pairs(const Prisma *p, const Block *block, const Field *field) {
  const Field *back = other_side(p, block, field);
  const Block *other = block_called(p, field->type);
  bool first = strcmp(block->name, other->name) < 0 || (block == other && back && strcmp(field->name, back->name) < 0);
  if (!back || !back->list || field->from.n || !first)
    return;
  const char *name = field->relation_name
                         ? arena_printf(&p->schemas->arena, "_%s", field->relation_name)
                         : arena_printf(&p->schemas->arena, "_%sTo%s", block->name, other->name);
  Table *table = schema_table(p->schemas, p->schema, name);
  table->origin = ORIGIN_PRISMA;
  table->origins |= 1u << ORIGIN_PRISMA;
  table->place = field->place;
  table->whole = true;
  Index both = {.primary = true, .unique = true, .method = "btree", .place = field->place};
  Index second = {.method = "btree", .place = field->place};
  const Block *sides[] = {block, other};
  for (int i = 0; i < 2; i++) {
    Column *column = table_column(p->schemas, table, i ? "B" : "A");
    column->place = field->place;
    index_part(&both, column->name);
    if (i)
      index_part(&second, column->name);
    ForeignKey key = {.table = table_of(sides[i]), .place = field->place};
    vec_push(&key.columns, column->name);
    table_add_key(table, &key);
  }
  both.name = made_name(p, name, NULL, "_AB_pkey");
  second.name = made_name(p, name, NULL, "_B_index");
  table_add_index(table, &both);
  table_add_index(table, &second);
}

static void add_table(const Prisma *p, Block *block) {
  Table *table = schema_table(p->schemas, p->schema, table_of(block));
  table->model = block->name;
  table->origin = ORIGIN_PRISMA;
  table->origins |= 1u << ORIGIN_PRISMA;
  table->whole = true;
  table->view = !strcmp(block->kind, "view");
  table->place = block->place;
  for (uint32_t i = 0; i < block->fields.n; i++) {
    const Field *field = &block->fields.at[i];
    const Block *other = block_called(p, field->type);
    if (!is_table(other)) {
      add_column(p, table, field);
      continue;
    }
    vec_push(&table->relations, ((TableRelation){field->name, table_of(other)}));
    if (field->from.n)
      add_key(p, block, table, field);
  }
  for (uint32_t i = 0; i < block->indexes.n; i++) {
    Index *index = &block->indexes.at[i];
    for (uint32_t k = 0; k < index->parts.n; k++)
      index->parts.at[k].column = column_of(block, index->parts.at[k].column);
    add_index(p, table, index);
    index->parts.at = NULL;
  }
}

static void release_block(Block *block) {
  for (uint32_t i = 0; i < block->fields.n; i++) {
    vec_release(&block->fields.at[i].from);
    vec_release(&block->fields.at[i].to);
  }
  for (uint32_t i = 0; i < block->indexes.n; i++)
    vec_release(&block->indexes.at[i].parts);
  vec_release(&block->fields);
  vec_release(&block->indexes);
}

void prisma_read(Schemas *schemas, Schema *schema, const TextFile *files, size_t count) {
  Prisma p = {.schemas = schemas, .schema = schema};
  for (size_t i = 0; i < count; i++)
    read_file(&p, &files[i]);
  for (uint32_t i = 0; i < p.blocks.n; i++)
    if (is_table(&p.blocks.at[i]))
      add_table(&p, &p.blocks.at[i]);
  for (uint32_t i = 0; i < p.blocks.n; i++)
    for (uint32_t k = 0; is_table(&p.blocks.at[i]) && k < p.blocks.at[i].fields.n; k++) {
      const Field *field = &p.blocks.at[i].fields.at[k];
      if (field->list && is_table(block_called(&p, field->type)))
        add_pairs(&p, &p.blocks.at[i], field);
    }
  for (uint32_t i = 0; i < p.blocks.n; i++)
    release_block(&p.blocks.at[i]);
  vec_release(&p.blocks);
}
