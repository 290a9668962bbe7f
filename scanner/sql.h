// sql.h - what SQL text does, where a wrapper gets it, and the named statements of SQL files.
#ifndef SEQSCAN_SQL_H
#define SEQSCAN_SQL_H

#include "program.h"

//
// sql.c
//

const char *sql_start(const char *sql);       // past white space, parentheses and comments
bool sql_writes(const char *sql);              // whether the text changes rows
bool sql_is_control(const char *sql);          // BEGIN, SET...: asks for no rows
// The argument of a call that is the SQL of what it reaches, 0 if none is.
Id sql_given(Program *p, FileId file, const Edge *edge, const Reach *reach);
//
// sql_blocks.c
//

// Read the blocks of the SQL files.
void program_blocks(Program *p);
// The block of which the statement starts there, NULL for none.
const SqlBlock *sql_block_at(const Program *p, const Source *source, uint32_t start);
// The text of the block that an expression names (`sql.update_order`), of the file beside its own, else of one of its package
// that the object is made of (`loadSql("orders.sql")`); NULL for none, or for several that do not do the same.
const char *sql_block_text(const Program *p, FileId file, Id expr);
// Whether the paths of two files differ in what follows the last dot only: `orders.sql`, `orders.ts`.
bool sql_is_beside(const char *path, const char *other);
// See the SQL that a call hands to a wrapper. False when the statement asks for no rows.
bool reach_sql(Program *p, FileId file, const Edge *edge, Reach *reach);

#endif
