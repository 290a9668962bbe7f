// ddl_alter.c - ALTER, RENAME and DROP of what earlier statements made.
#include "ddl_tree.h"

#include <string.h>
#include <strings.h>

static bool same(const char *a, const char *b) { return a && b && !strcasecmp(a, b); }

static bool in_word(char c) { return c == '_' || (c & 0x80) || strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", c); }

// Where an expression names a column, NULL if it does not. Strings are passed over.
static const char *mention(const char *text, const char *name) {
  size_t length = strlen(name);
  bool quoted = false;
  for (const char *at = text; at && *at; at++) {
    quoted ^= *at == '\'';
    bool starts = at == text || !in_word(at[-1]);
    if (!quoted && length && starts && !strncmp(at, name, length) && (!at[length] || !in_word(at[length])))
      return at;
  }
  return NULL;
}

static bool index_mentions(const Index *index, const char *column) {
  bool found = mention(index->predicate, column) != NULL;
  for (uint32_t i = 0; i < index->parts.n; i++)
    found |= mention(index->parts.at[i].expression, column) != NULL;
  for (uint32_t i = 0; i < index->include.n; i++)
    found |= same(index->include.at[i], column);
  return found;
}

// The foreign keys of other tables that refer to a table, or to one of its columns.
static void drop_keys_to(const Ddl *d, const char *table, const char *column) {
  for (uint32_t t = 0; t < d->schema->tables.n; t++) {
    Table *other = d->schema->tables.at[t];
    for (uint32_t i = other->keys.n; i-- > 0;) {
      const ForeignKey *key = &other->keys.at[i];
      bool refers = same(key->table, table) && !column;
      for (uint32_t k = 0; column && same(key->table, table) && k < key->to.n; k++)
        refers |= same(key->to.at[k], column);
      if (refers && key->name)
        table_drop_key(other, key->name);
    }
  }
}

static void drop_column(const Ddl *d, Table *table, const char *name) {
  for (uint32_t i = table->indexes.n; i-- > 0;)
    if (index_mentions(&table->indexes.at[i], name) && table->indexes.at[i].name)
      schema_drop_index(d->schema, table, table->indexes.at[i].name);
  table_drop_column(table, name);
  drop_keys_to(d, table->name, name);
}

static const char *with_name(const Ddl *d, const char *text, const char *from, const char *to) {
  for (const char *at; (at = mention(text, from));) {
    text = arena_printf(&d->schemas->arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    if (mention(to, from))
      break;
  }
  return text;
}

static void rename_column(const Ddl *d, Table *table, const char *from, const char *to) {
  table_rename_column(d->schemas, table, from, to);
  for (uint32_t i = 0; i < table->indexes.n; i++) {
    Index *index = &table->indexes.at[i];
    index->predicate = with_name(d, index->predicate, from, to);
    for (uint32_t k = 0; k < index->parts.n; k++)
      index->parts.at[k].expression = with_name(d, index->parts.at[k].expression, from, to);
    for (uint32_t k = 0; k < index->include.n; k++)
      if (same(index->include.at[k], from))
        index->include.at[k] = ddl_keep(d, to);
  }
  for (uint32_t t = 0; t < d->schema->tables.n; t++)
    for (uint32_t i = 0; i < d->schema->tables.at[t]->keys.n; i++) {
      ForeignKey *key = &d->schema->tables.at[t]->keys.at[i];
      for (uint32_t k = 0; same(key->table, table->name) && k < key->to.n; k++)
        if (same(key->to.at[k], from))
          key->to.at[k] = ddl_keep(d, to);
    }
}

static void drop_constraint(const Ddl *d, Table *table, const char *name) {
  schema_drop_index(d->schema, table, name);
  table_drop_key(table, name);
}

static void alter_column(const Ddl *d, Table *table, const PgQuery__AlterTableCmd *c) {
  Column *column = table_find(table, c->name);
  if (!column)
    return;
  if (c->subtype == ALTER(SetNotNull) || c->subtype == ALTER(AddIdentity))
    column->nullable = false;
  else if (c->subtype == ALTER(DropNotNull))
    column->nullable = true;
  else if (c->subtype == ALTER(AlterColumnType) && c->def && c->def->node_case == NODE(COLUMN_DEF))
    ddl_set_type(d, column, c->def->column_def->type_name);
}

static void alter_table_once(const Ddl *d, Table *table, const PgQuery__AlterTableCmd *c) {
  Node *def = c->def;
  table->presumed = table->presumed && c->missing_ok;
  if (c->subtype == ALTER(DropColumn))
    drop_column(d, table, c->name);
  else if (c->subtype == ALTER(DropConstraint))
    drop_constraint(d, table, c->name);
  else if (c->subtype == ALTER(AddConstraint) && def)
    ddl_add_constraints(d, table, &def, 1);
  else if (c->subtype == ALTER(AddColumn) && def && def->node_case == NODE(COLUMN_DEF)) {
    if (c->missing_ok && table_find(table, def->column_def->colname))
      return;
    ddl_add_column(d, table, def->column_def);
    ddl_add_constraints(d, table, &def, 1);
  } else
    alter_column(d, table, c);
}

static bool adds(const PgQuery__AlterTableStmt *s) {
  for (size_t i = 0; i < s->n_cmds; i++)
    if (s->cmds[i]->alter_table_cmd->subtype == ALTER(AddColumn) ||
        s->cmds[i]->alter_table_cmd->subtype == ALTER(AddConstraint))
      return true;
  return false;
}

void ddl_alter_table(const Ddl *d, const PgQuery__AlterTableStmt *s) {
  Table *table = schema_find(d->schema, s->relation->relname);
  if (!table && adds(s) && !s->missing_ok)
    table = ddl_table(d, s->relation);
  for (size_t i = 0; table && i < s->n_cmds; i++)
    if (s->cmds[i]->node_case == NODE(ALTER_TABLE_CMD))
      alter_table_once(d, table, s->cmds[i]->alter_table_cmd);
}

//
// RENAME, SET SCHEMA, DROP
//

static void rename_index(const Ddl *d, const char *from, const char *to) {
  uint32_t at;
  Table *table = ddl_index_named(d->schema, from, &at);
  if (table)
    table->indexes.at[at].name = ddl_keep(d, to);
}

static void rename_constraint(const Ddl *d, Table *table, const char *from, const char *to) {
  for (uint32_t i = 0; i < table->indexes.n; i++)
    if (same(table->indexes.at[i].name, from))
      table->indexes.at[i].name = ddl_keep(d, to);
  for (uint32_t i = 0; i < table->keys.n; i++)
    if (same(table->keys.at[i].name, from))
      table->keys.at[i].name = ddl_keep(d, to);
}

static void rename_type(const Ddl *d, const char *from, const char *to) {
  for (uint32_t i = 0; i < d->schema->enums.n; i++)
    if (same(d->schema->enums.at[i], from))
      d->schema->enums.at[i] = ddl_keep(d, to);
  for (uint32_t t = 0; t < d->schema->tables.n; t++)
    for (uint32_t i = 0; i < d->schema->tables.at[t]->columns.n; i++)
      if (same(d->schema->tables.at[t]->columns.at[i].type, from))
        d->schema->tables.at[t]->columns.at[i].type = ddl_keep(d, to);
}

static void rename_schema(const Ddl *d, const char *from, const char *to) {
  for (uint32_t t = 0; t < d->schema->tables.n; t++)
    if (same(d->schema->tables.at[t]->space, from))
      d->schema->tables.at[t]->space = ddl_keep(d, to);
}

void ddl_rename(const Ddl *d, const PgQuery__RenameStmt *s) {
  Table *table = s->relation ? schema_find(d->schema, s->relation->relname) : NULL;
  if (s->rename_type == OBJECT(COLUMN) && table)
    rename_column(d, table, s->subname, s->newname);
  else if (s->rename_type == OBJECT(TABCONSTRAINT) && table)
    rename_constraint(d, table, s->subname, s->newname);
  else if (s->rename_type == OBJECT(TYPE) && s->object)
    rename_type(d, ddl_object(s->object), s->newname);
  else if (s->rename_type == OBJECT(SCHEMA))
    rename_schema(d, s->subname, s->newname);
  else if (table && (s->rename_type == OBJECT(TABLE) || s->rename_type == OBJECT(VIEW) || s->rename_type == OBJECT(MATVIEW)))
    schema_rename(d->schemas, d->schema, s->relation->relname, s->newname);
  else if (s->relation && !table)
    rename_index(d, s->relation->relname, s->newname);
}

void ddl_set_schema(const Ddl *d, const PgQuery__AlterObjectSchemaStmt *s) {
  Table *table = s->relation ? schema_find(d->schema, s->relation->relname) : NULL;
  if (table)
    table->space = ddl_keep(d, s->newschema);
}

static void drop_table(const Ddl *d, const char *name) {
  drop_keys_to(d, name, NULL);
  schema_drop(d->schema, name);
}

static void drop_schema(const Ddl *d, const char *name) {
  for (uint32_t t = d->schema->tables.n; t-- > 0;)
    if (same(d->schema->tables.at[t]->space ? d->schema->tables.at[t]->space : "public", name))
      drop_table(d, d->schema->tables.at[t]->name);
}

// With CASCADE, columns of the type go too.
static void drop_type(const Ddl *d, const char *name) {
  for (uint32_t t = 0; t < d->schema->tables.n; t++)
    for (uint32_t i = d->schema->tables.at[t]->columns.n; i-- > 0;)
      if (same(d->schema->tables.at[t]->columns.at[i].type, name))
        drop_column(d, d->schema->tables.at[t], d->schema->tables.at[t]->columns.at[i].name);
}

void ddl_drop(const Ddl *d, const PgQuery__DropStmt *s) {
  for (size_t i = 0; i < s->n_objects; i++) {
    const char *name = ddl_object(s->objects[i]);
    if (s->remove_type == OBJECT(INDEX))
      schema_drop_index(d->schema, NULL, name);
    else if (s->remove_type == OBJECT(SCHEMA))
      drop_schema(d, name);
    else if (s->remove_type == OBJECT(TYPE) && s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
      drop_type(d, name);
    else if (s->remove_type == OBJECT(TABLE) || s->remove_type == OBJECT(VIEW) || s->remove_type == OBJECT(MATVIEW) ||
             s->remove_type == OBJECT(FOREIGN_TABLE))
      drop_table(d, name);
  }
}
