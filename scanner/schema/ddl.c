// ddl.c - SQL migrations, replayed: CREATE, ALTER and DROP of tables and indexes, by the trees of libpg_query.
//
// Statements are parsed one by one, so that one that cannot be read costs only itself. A statement that PostgreSQL
// refuses is written in its words (ddl_dialect.c) and tried again. Names and their order are those of PostgreSQL,
// because later migrations speak of constraints that nobody named.
#include "ddl_tree.h"

#include <ctype.h>
#include <string.h>

static void read_text(Ddl *d, const char *text, size_t length, uint32_t offset, bool exact);

static void apply(Ddl *d, const Node *node) {
  switch ((int)node->node_case) {
  case NODE(CREATE_STMT): ddl_create_table(d, node->create_stmt); break;
  case NODE(CREATE_FOREIGN_TABLE_STMT): ddl_create_table(d, node->create_foreign_table_stmt->base_stmt); break;
  case NODE(CREATE_TABLE_AS_STMT): ddl_create_as(d, node->create_table_as_stmt); break;
  case NODE(SELECT_STMT): ddl_select_into(d, node); break;
  case NODE(VIEW_STMT): ddl_create_view(d, node->view_stmt); break;
  case NODE(INDEX_STMT): ddl_create_index(d, node->index_stmt); break;
  case NODE(ALTER_TABLE_STMT): ddl_alter_table(d, node->alter_table_stmt); break;
  case NODE(RENAME_STMT): ddl_rename(d, node->rename_stmt); break;
  case NODE(ALTER_OBJECT_SCHEMA_STMT): ddl_set_schema(d, node->alter_object_schema_stmt); break;
  case NODE(DROP_STMT): ddl_drop(d, node->drop_stmt); break;
  case NODE(CREATE_ENUM_STMT):
    vec_push(&d->schema->enums, ddl_keep(d, ddl_last(node->create_enum_stmt->type_name, node->create_enum_stmt->n_type_name)));
    break;
  default: break;
  }
}

//
// Texts
//

// Apply the statements of a text. False when it cannot be parsed; `reason` says why.
static bool parse(Ddl *d, const char *text, const char **reason) {
  SqlTree tree;
  sql_tree_read(&tree, d->schemas->texts, text);
  bool read = tree.root != NULL;
  if (!read)
    *reason = ddl_keep(d, tree.reason);
  for (size_t i = 0; read && i < tree.root->n_stmts; i++)
    if (tree.root->stmts[i]->stmt)
      apply(d, tree.root->stmts[i]->stmt);
  sql_tree_release(&tree);
  return read;
}

static void add_trouble(Ddl *d, const Statement *s, const char *reason) {
  if (s->kind == DDL_MAYBE || d->schemas->troubles.n >= MAX_TROUBLES)
    return;
  int length = (int)strcspn(s->text, "\n");
  length = length > 60 ? 60 : (size_t)length > s->length ? (int)s->length : length;
  const char *text = arena_printf(&d->schemas->arena, "%.*s: %s", length, s->text, reason);
  vec_push(&d->schemas->troubles, ((Trouble){d->source->path, text}));
}

static void read_ddl(Ddl *d, const Statement *s) {
  if (!d->schema->dialect)
    d->schema->dialect = (uint8_t)ddl_dialect_shown(s);
  bool foreign = d->schema->dialect == DIALECT_MYSQL || d->schema->dialect == DIALECT_SQLITE || d->schema->dialect == DIALECT_MSSQL;
  const char *reason = "too long or too deep", *second;
  Text text = {0};
  bool exact = d->exact, done = false;
  text_add(&text, s->text, s->length);
  if (ddl_is_bounded(s)) {
    done = !foreign && parse(d, text.at, &reason);
    text_clear(&text);
    d->written = exact ? s : NULL;
    d->exact = false;
    if (!done)
      ddl_rewrite(s, &text);
    done = done || parse(d, text.at, foreign ? &reason : &second);
    d->exact = exact;
    d->written = NULL;
  }
  if (!done)
    add_trouble(d, s, reason);
  text_release(&text);
}

// What a block executes: `EXECUTE 'ALTER TABLE ...'`, when nothing is put into the string.
static void read_executed(Ddl *d, const char *at, const char *end) {
  at = ddl_skip_blank(at, end);
  const char *close = at < end && *at == '\'' ? ddl_token(at, end, false) : at;
  const char *after = ddl_skip_blank(close, end);
  if (close - at < 2 || after != end)
    return;
  Text text = {0};
  for (const char *c = at + 1; c < close - 1; c++) {
    text_add(&text, c, 1);
    c += *c == '\'';
  }
  if (text.at)
    read_text(d, text.at, text.n, d->start, false);
  text_release(&text);
}

// The first words of a statement in a block may be control: `IF ... THEN ALTER TABLE ...`.
static void read_block_statement(Ddl *d, const char *block, uint32_t offset, const Statement *s) {
  const char *end = s->text + s->length;
  for (const char *at = s->text; at < end; at = ddl_token(at, end, false)) {
    if (ddl_word(at, end, "select") || ddl_word(at, end, "with"))
      continue;  // SELECT ... INTO sets a variable here
    Statement inner = {at, (size_t)(end - at), ddl_kind(at, end), false};
    if (ddl_word(at, end, "execute")) {
      read_executed(d, at + strlen("execute"), end);
      return;
    }
    bool type = inner.kind == DDL_MAYBE && !ddl_word(at, end, "create");
    if (inner.kind == DDL_NONE || inner.kind == DDL_DO || type)
      continue;
    d->start = d->exact ? offset + (uint32_t)(at - block) : d->start;
    d->end = d->exact ? d->start + (uint32_t)inner.length : d->end;
    read_ddl(d, &inner);
    return;
  }
}

// DO $$ BEGIN ... END $$: the statements in it, as if all conditions held.
static void read_block(Ddl *d, const Statement *s, uint32_t offset) {
  const char *end = s->text + s->length, *at = s->text;
  while (at < end && *at != '$')
    at = ddl_token(at, end, false);
  const char *close = at < end ? ddl_token(at, end, false) : at;
  const char *body = at < close ? memchr(at + 1, '$', (size_t)(close - at - 1)) : NULL;
  if (!body)
    return;
  size_t tag = (size_t)(++body - at);
  const char *stop = (size_t)(close - body) >= tag ? close - tag : close;
  Splitter splitter = {.at = body, .end = stop};
  for (Statement inner; ddl_next(&splitter, &inner);)
    read_block_statement(d, body, offset + (uint32_t)(body - s->text), &inner);
}

// `INSERT INTO kinds VALUES ...`: the table has rows that no application made. Where one is filled from another
// (`INSERT INTO ... SELECT`) nothing is known of how many.
static void read_insert(Ddl *d, const Statement *s) {
  const char *end = s->text + s->length, *at = ddl_skip_blank(s->text + strlen("insert"), end);
  if (!ddl_word(at, end, "into"))
    return;
  at = ddl_skip_blank(at + strlen("into"), end);
  const char *name = at, *after = at;
  for (; at < end && !isspace((unsigned char)*at) && *at != '('; at = after) {
    after = ddl_token(at, end, false);
    name = *at == '.' ? after : name;
  }
  size_t quotes = name < at && strchr("\"`", *name) && at - name > 1;
  const char *table = arena_copy(&d->schemas->arena, name + quotes, (size_t)(at - name) - 2 * quotes);
  bool values = false;
  for (; at < end && !values && !ddl_word(at, end, "select"); at = ddl_token(at, end, false))
    values = ddl_word(at, end, "values");
  Table *known = values ? schema_find(d->schema, table) : NULL;
  if (known)
    known->filled = true;
}

static void read_text(Ddl *d, const char *text, size_t length, uint32_t offset, bool exact) {
  Ddl inner = *d;
  Splitter splitter = {.at = text, .end = text + length, .backslashes = d->schema->dialect == DIALECT_MYSQL};
  if (++inner.nesting > MAX_NESTING)
    return;
  for (Statement s; ddl_next(&splitter, &s);) {
    inner.exact = exact;
    inner.start = exact ? offset + (uint32_t)(s.text - text) : offset;
    inner.end = exact ? inner.start + (uint32_t)s.length : d->end;
    if (s.kind == DDL_DO)
      read_block(&inner, &s, inner.start);
    else if (s.kind != DDL_NONE)
      read_ddl(&inner, &s);
    else if (ddl_word(s.text, s.text + s.length, "insert"))
      read_insert(&inner, &s);
  }
}

void ddl_read(Schemas *schemas, Schema *schema, const Source *source, const char *text, size_t length, uint32_t offset) {
  Ddl ddl = {.schemas = schemas, .schema = schema, .source = source};
  read_text(&ddl, text, length, offset, true);
}
