// query_sql.c - SQL text.
#include "query.h"

bool query_of_sql(Queries *queries, const char *sql, Query *query) {
  (void)queries, (void)sql, (void)query;
  return false;
}
