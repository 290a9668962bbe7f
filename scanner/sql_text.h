// sql_text.h - SQL as it stands in code, rewritten so that PostgreSQL's parser reads it.
//
// Code holds SQL of every dialect, with placeholders of every driver and the holes of templates. The rewriting keeps
// the meaning as far as rules need it: quoted names become "names", placeholders parameters, and a hole what can stand
// in its place: a value, a name, or a fragment that is left out.
#ifndef SEQSCAN_SQL_TEXT_H
#define SEQSCAN_SQL_TEXT_H

#include "base.h"

enum { SQL_LIMIT = 64 << 10 };  // bytes of a statement that is read; longer ones are data

// Name of the table or column that stands for one that is known at run time only.
#define SQL_HOLE "seqscan_hole"

// A hole or placeholder that has no number.
typedef struct SqlMark {
  uint32_t at, source;  // where it stands in the rewritten text, and in the one before
  bool value;           // it became a parameter; else a name, or what is left out
} SqlMark;
typedef VEC(SqlMark) SqlMarks;

// Append the rewritten text. Tells whether parts of it are known at run time only. `marks` may be NULL.
bool sql_rewrite(Text *out, const char *sql, size_t length, SqlMarks *marks);

// Whether the text starts a statement; else it may be a fragment ("o.userId = :id").
bool sql_is_statement(const char *sql);

// The next statement of a text that holds several: its start, its length without the semicolon; NULL at the end.
const char *sql_next(const char *text, const char *end, size_t *length);

#endif
