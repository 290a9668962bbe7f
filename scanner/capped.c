// capped.c - tables to which rows are added only while there are fewer than a limit: the code counts them before, and refuses.
#include <string.h>

#include "indexes.h"
#include "repeat.h"
#include "values.h"

enum { MOST_ROWS = 1000, MAX_BRANCHES = 256 };  // a limit above that is none; branches of a function that are looked at

// Whether what a count compares leaves it all rows that a reader asks for: what is not deleted, what one owner has.
static bool compares_too(const TableUse *count, const Condition *c, const Query *reader) {
  const Column *column = !c->constant && !c->join ? equal_column(count, c) : NULL;
  TableUse use = {.table = count->table, .query = reader};
  for (uint32_t i = 0; column && reader && i < reader->conditions.n; i++)
    if (reader->conditions.at[i].operator == c->operator && equal_column(&use, &reader->conditions.at[i]) == column)
      return true;
  return false;
}

// Whether a use counts all rows of its table, or all that the reader asks for.
static bool counts(const TableUse *use, const Query *reader) {
  const Query *q = use->query;
  if (use->owner || use->at || !q->site || q->verb != VERB_SELECT || !q->aggregate || q->dynamic || q->tables.n != 1)
    return false;
  for (uint32_t i = 0; i < q->conditions.n; i++)
    if (!compares_too(use, &q->conditions.at[i], reader))
      return false;
  return true;
}

static bool act_counts(const Judge *j, const Table *table, FileId file, Act act, const Query *reader) {
  uint32_t count;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  for (uint32_t i = 0; i < count; i++)
    if (counts(&use[i], reader) && act_runs(j->program, file, act, use[i].query, MAYBE))
      return true;
  return false;
}

// Whether a side of a comparison is what an expression gave: `(await count(id))`, or a variable that holds it.
static bool is_what_is_counted(const Program *p, FileId file, Id side, Id count) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, side);
  Id value = e->kind == EX_IDENT ? f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)].value : side;
  return value && (value == count || expr_bare(f, value) == count);
}

// Whether a condition asks whether a count has come to a limit that is not high: `n >= limits.rooms`.
static bool asks_for_limit(Program *p, FileId file, Id condition, Id count) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, condition);
  const char *op = e->kind == EX_BINARY ? text_of(f, e->name) : "";
  long number;
  if (!strcmp(op, ">=") || !strcmp(op, ">"))
    return is_what_is_counted(p, file, e->a, count) && !(number_of(p, file, e->b, &number) && number > MOST_ROWS);
  return (!strcmp(op, "<=") || !strcmp(op, "<")) && is_what_is_counted(p, file, e->b, count) &&
         !(number_of(p, file, e->a, &number) && number > MOST_ROWS);
}

// Whether a branch leaves its function: by itself, or by a call of a function that throws.
static bool refuses(const Program *p, FileId file, Id scope) {
  const File *f = &p->files.at[file];
  const Unit *unit = &f->units[f->facts.scopes.at[scope].function];
  Slice exits = exits_at(f, scope);
  for (uint32_t i = 0; i < exits.n; i++)
    if (f->facts.exits.at[exits.at[i]].kind == EXIT_THROW || f->facts.exits.at[exits.at[i]].kind == EXIT_RETURN)
      return true;
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    const File *g = &p->files.at[edge->function.file];
    if (edge->kind == EDGE_CALL && expr_at(f, edge->call)->scope == scope &&
        throws_in(g, g->facts.functions.at[edge->function.id].scope))
      return true;
  }
  return false;
}

// Whether a function counts rows by an act, and refuses where there are too many.
static bool refuses_by(const Judge *j, FileId file, Id function, Id count) {
  const File *f = &j->program->files.at[file];
  Id first = f->facts.functions.at[function].scope, end = f->extents[first].scopes;
  for (Id scope = first + 1; scope < end && scope - first < MAX_BRANCHES; scope++) {
    const Scope *s = &f->facts.scopes.at[scope];
    if (s->kind == SC_IF && s->function == function && asks_for_limit(j->program, file, s->a, count) && refuses(j->program, file, scope))
      return true;
  }
  return false;
}

// Whether a function does, by what stands in it.
static bool is_check(const Judge *j, const Table *table, Ref function, const Query *reader) {
  File *f = &j->program->files.at[function.file];
  Slice acts = region_acts(j->program, function.file, f->facts.functions.at[function.id].scope);
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    if (act_counts(j, table, function.file, act, reader) && refuses_by(j, function.file, function.id, act_expr(j->program, act)))
      return true;
  }
  return false;
}

// Whether the function around an expression makes sure before it that there are not too many rows.
static bool is_checked_at(const Judge *j, const Table *table, Ref at, const void *with) {
  const Query *reader = with;
  File *f = &j->program->files.at[at.file];
  Id function = unit_of(f, at.id);
  Slice acts = function ? region_acts(j->program, at.file, f->facts.functions.at[function].scope) : (Slice){0};
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    Id expr = act_expr(j->program, act);
    if (!act_counts(j, table, at.file, act, reader) || !stands_beside(j->program, at, function, expr, BEFORE, SURELY))
      continue;
    if (refuses_by(j, at.file, function, expr) || (act.edge && is_check(j, table, act.edge->function, reader)))
      return true;
  }
  return false;
}

// Whether a use adds rows where it is not seen who does.
static bool adds_in_file(const TableUse *use) {
  uint8_t verb = use->query->verb;
  return !use->owner && !use->at && !use->query->site && (verb == VERB_INSERT || verb == VERB_UPSERT);
}

static bool is_capped_for(const Judge *j, const Table *table, const Query *reader) {
  uint32_t count;
  const TableUse *use = uses_of_table(j->uses, table, &count);
  bool counted = false;
  for (uint32_t i = 0; i < count && !counted; i++)
    counted = counts(&use[i], reader);
  return counted && !any_use(j, table, adds_in_file) && count_uses(j, table, adds_rows, is_checked_at, reader).all;
}

const char *capped_doubt(const Judge *j, const Table *table) {
  return is_capped_for(j, table, NULL) ? "rows are added only while there are fewer than a limit, so there are few of them" : NULL;
}

bool reads_capped_rows(const Judge *j, const Query *query) {
  const Table *table = query->tables.n ? query->tables.at[0].table : NULL;
  return table && is_capped_for(j, table, query);
}
