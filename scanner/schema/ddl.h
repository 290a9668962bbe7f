// ddl.h - what the readers of SQL migrations share; see ddl_read() in schema.h.
//
//   ddl_text.c     the statements of a text, and what kind each is
//   ddl_dialect.c  statements of MySQL, SQLite and SQL Server, written as PostgreSQL has them
//   ddl_names.c    the names that PostgreSQL gives to indexes and constraints
//   ddl.c          from the trees of libpg_query to tables
#ifndef SEQSCAN_DDL_H
#define SEQSCAN_DDL_H

#include "schema.h"

// What a statement does, by its first words.
typedef enum DdlKind {
  DDL_NONE,          // nothing that says anything of tables
  DDL_CREATE_TABLE,
  DDL_ALTER_TABLE,
  DDL_OTHER,         // CREATE INDEX, DROP TABLE, ...
  DDL_MAYBE,         // speaks of tables only now and then: CREATE TYPE, SELECT ... INTO; may be beyond the parser
  DDL_DO,            // a block of PL/pgSQL
} DdlKind;

typedef struct Statement {
  const char *text;  // from its first word on, without the semicolon
  size_t length;
  DdlKind kind;
  bool backslashes;  // they escape in strings (MySQL)
} Statement;

typedef struct Splitter {
  const char *at, *end;
  bool backslashes;  // as above
} Splitter;

// The next statement of a text. False at its end. Linear, whatever the text is.
bool ddl_next(Splitter *splitter, Statement *statement);
// Past one token: a string, a quoted name, a comment, a word, or one byte.
const char *ddl_token(const char *at, const char *end, bool backslashes);
const char *ddl_skip_blank(const char *at, const char *end);  // also comments
bool ddl_word(const char *at, const char *end, const char *word);  // whether this word stands here, in any case
const char *ddl_past_words(const char *at, const char *end, const char *const *words, size_t count);  // past all that stand there
DdlKind ddl_kind(const char *text, const char *end);
// Whether the parser's recursion over the statement is shallow: it has no guard of its own against long expressions.
bool ddl_is_bounded(const Statement *statement);
// Whether a text changes tables: it has a statement other than DDL_NONE and DDL_MAYBE.
bool ddl_speaks_of_tables(const char *text, size_t length);

// Append the statement as PostgreSQL would have it; several statements when it needs them.
void ddl_rewrite(const Statement *statement, Text *out);
// The dialect that words of a CREATE TABLE are of which no other has: AUTO_INCREMENT, ENGINE=.
Dialect ddl_dialect_shown(const Statement *statement);

// The same with a number behind the label if another index or foreign key of the schema has the name.
const char *ddl_free_name(Schemas *schemas, const Schema *schema, const char *first, const char *second, const char *label);
// The table that has an index of this name, and its number there; NULL when none has.
Table *ddl_index_named(const Schema *schema, const char *name, uint32_t *index);

#endif
