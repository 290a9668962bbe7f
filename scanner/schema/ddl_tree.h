// ddl_tree.h - what the files that read trees of libpg_query share.
#ifndef SEQSCAN_DDL_TREE_H
#define SEQSCAN_DDL_TREE_H

#include "ddl.h"

#include "sql_tree.h"

#define NODE(x) PG_QUERY__NODE__NODE_##x
#define OBJECT(x) PG_QUERY__OBJECT_TYPE__OBJECT_##x
#define ALTER(x) PG_QUERY__ALTER_TABLE_TYPE__AT_##x
#define CONSTRAINT(x) PG_QUERY__CONSTR_TYPE__CONSTR_##x

// What a hostile text may make us search again and again.
enum { MAX_TABLES = 4096, MAX_INDEXES = 256, MAX_COLUMNS = 1600, MAX_TROUBLES = 100, MAX_FROM = 32, MAX_NESTING = 3 };

typedef PgQuery__Node Node;

typedef struct Ddl {
  Schemas *schemas;
  Schema *schema;
  const Source *source;
  uint32_t start, end;  // of the statement in the source
  bool exact;           // the parsed text stands there as it is
  const Statement *written;  // the statement as it stands there when it was rewritten, else NULL
  int nesting;          // of texts in blocks
} Ddl;

typedef VEC(const char *) Words;

// ddl_tree.c
const char *ddl_keep(const Ddl *d, const char *text);
const char *ddl_given(const char *text);  // a text of the tree, NULL when it is not there
Place ddl_place(const Ddl *d, int32_t location, const char *name);
const char *ddl_string(const Node *node);
const char *ddl_last(Node *const *names, size_t count);  // `schema.name` as a list: the name
const char *ddl_object(const Node *node);
const char *ddl_expression(const Ddl *d, Node *expression);  // as text, in the words of PostgreSQL
const char *ddl_column_name(const Node *expression);  // what PostgreSQL calls a column or index part made by it; may be ""
void ddl_set_type(const Ddl *d, Column *column, const PgQuery__TypeName *type);

// ddl_table.c
// The table that a statement speaks of, NULL when its name is made at run time, or there are too many.
Table *ddl_table(const Ddl *d, const PgQuery__RangeVar *relation);
Column *ddl_column(const Ddl *d, Table *table, const char *name);
void ddl_copy_columns(const Ddl *d, Table *table, const char *from);
void ddl_add_column(const Ddl *d, Table *table, const PgQuery__ColumnDef *def);
void ddl_add_constraints(const Ddl *d, Table *table, Node *const *elements, size_t count);
void ddl_create_table(const Ddl *d, const PgQuery__CreateStmt *s);
void ddl_create_index(const Ddl *d, const PgQuery__IndexStmt *s);

// ddl_query.c
void ddl_create_as(const Ddl *d, const PgQuery__CreateTableAsStmt *s);
void ddl_select_into(const Ddl *d, const Node *query);
void ddl_create_view(const Ddl *d, const PgQuery__ViewStmt *s);

// ddl_alter.c
void ddl_alter_table(const Ddl *d, const PgQuery__AlterTableStmt *s);
void ddl_rename(const Ddl *d, const PgQuery__RenameStmt *s);
void ddl_set_schema(const Ddl *d, const PgQuery__AlterObjectSchemaStmt *s);
void ddl_drop(const Ddl *d, const PgQuery__DropStmt *s);

#endif
