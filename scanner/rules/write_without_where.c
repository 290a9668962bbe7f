// write_without_where.c - an UPDATE or DELETE without a condition, in SQL or by a library: it changes each row of the table.
//
// That it is meant is believed where nothing is at hand by which rows could be chosen, where the same function fills the
// table again or chooses rows in another branch, and of tables that are caches or temporary by their name.
#include "../judge.h"
#include "../values.h"

#include <ctype.h>
#include <string.h>

enum { MAX_AROUND = 16 };  // functions around a query

// Whether a parameter may tell rows apart: not one that is a client or transaction.
static bool may_choose(Program *p, FileId file, Id function, uint32_t index) {
  const Value *v = value_at(p, value_of_param(p, file, function, index));
  bool client = v->kind == VAL_LIBRARY && has_database(p, p->libs->states.at[v->a].library);
  return !client && v->kind != VAL_METHOD;
}

// Whether the code at a query has something by which rows could be chosen: a parameter, an element of a loop.
static bool has_choice(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  for (Id s = expr_at(f, expr)->scope; s; s = f->facts.scopes.at[s].parent) {
    const Scope *scope = &f->facts.scopes.at[s];
    if (scope_is_loop(scope))
      return true;
    uint32_t count = scope->kind == SC_FUNCTION ? f->facts.functions.at[scope->function].params.count : 0;
    for (uint32_t i = 0; i < count; i++)
      if (may_choose(p, file, scope->function, i))
        return true;
  }
  return false;
}

// Whether a query inserts rows, or writes those that it gets, new or not: `repository.save(row)`.
static bool fills(const Site *site, const Query *q) {
  const Meaning *m = site->effect == EFFECT_WRITE && q->verb == VERB_OTHER ? site->meaning : NULL;
  return q->verb == VERB_INSERT || q->verb == VERB_UPSERT || (m && (m->rows_arg != ARG_NONE || m->values == ARG_THIS));
}

// What functions, with those written in them, do to tables.
typedef struct Besides {
  Map functions;  // function -> its number
  Map done;       // that and the table -> bits: it adds rows, 1 << Verb: it makes such a statement with a condition
  Names tables;   // in lower case
  uint32_t count;
} Besides;

enum { FILLS = 1 << 8 };  // no verb has this bit

static uint64_t done_key(Besides *b, FileId file, Id function, const char *table) {
  uint64_t key = (uint64_t)file << 32 | function;
  char name[128];
  size_t n = 0;
  for (; table[n] && n < sizeof name; n++)
    name[n] = (char)tolower((unsigned char)table[n]);
  if (!map_get(&b->functions, key))
    map_put(&b->functions, key, ++b->count);
  return (uint64_t)map_get(&b->functions, key) << 32 | names_add(&b->tables, name, n);
}

static void note_done(const Judge *j, Besides *b, const Query *q) {
  const File *f = &j->program->files.at[q->expr.file];
  uint32_t done = (q->conditions.n ? 1u << q->verb : 0) | (fills(&j->program->sites.at[q->site], q) ? FILLS : 0);
  Id function = unit_of(f, q->expr.id);
  for (int depth = 0; done && depth < MAX_AROUND; depth++) {
    uint64_t key = done_key(b, q->expr.file, function, q->tables.at[0].name);
    map_put(&b->done, key, map_get(&b->done, key) | done);
    if (!function)
      return;
    function = unit_of(f, f->facts.functions.at[function].expr);
  }
}

static Besides read_besides(const Judge *j) {
  Besides b = {0};
  names_init(&b.tables);
  for (uint32_t i = 0; i < j->queries->all.n; i++)
    if (j->queries->all.at[i].site && j->queries->all.at[i].tables.n)
      note_done(j, &b, &j->queries->all.at[i]);
  return b;
}

static void besides_release(Besides *b) {
  map_release(&b->functions);
  map_release(&b->done);
  names_release(&b->tables);
}

static bool is_in_branch(const Program *p, const Query *q) {
  const File *f = &p->files.at[q->expr.file];
  uint8_t kind = f->facts.scopes.at[expr_at(f, q->expr.id)->scope].kind;
  return kind == SC_IF || kind == SC_ELSE || kind == SC_CASE || kind == SC_BRANCH;
}

static bool is_passing(const char *table) {
  static const char *const words[] = {"tmp", "temp", "cache", "staging", "lookup"};
  return contains_any(table, words, COUNT(words));
}

// Why all rows may be meant, NULL if nothing says so.
static const char *doubt_about(const Judge *j, Besides *besides, const Query *q) {
  if (is_passing(q->tables.at[0].name))
    return "by its name the table holds what is made anew";
  if (!q->site)
    return NULL;
  if (!has_choice(j->program, q->expr.file, q->expr.id))
    return "the code has nothing at hand by which rows could be chosen";
  uint64_t key = done_key(besides, q->expr.file, j->program->sites.at[q->site].unit, q->tables.at[0].name);
  uint32_t done = map_get(&besides->done, key);
  if (done & FILLS)
    return "the same function fills the table again";
  return done >> q->verb & 1 && is_in_branch(j->program, q) ? "another branch of the function does the same with a condition" : NULL;
}

// `truncate()` and `destroy({ where: {}, truncate: true })` say that they mean all; `deleteOne()` takes one row.
static bool is_explicit(const Program *p, const Query *q) {
  const Site *site = &p->sites.at[q->site];
  const File *f = &p->files.at[site->call.file];
  const Expr *call = expr_at(f, site->call.id);
  if (!q->site || !site->call.file)
    return false;
  for (uint32_t i = 0; i < call->count; i++) {
    const Expr *options = expr_at(f, list_at(f, call->first, i));
    for (uint32_t k = 0; options->kind == EX_OBJECT && k < options->count; k++)
      if (!strcmp(text_of(f, expr_at(f, list_at(f, options->first, k))->name), "truncate"))
        return true;
  }
  const char *method = sym_text(p, site->method);
  return strstr(method, "One") || !strcmp(method, "truncate");
}

static const char *help_of(const Query *q, bool mongo) {
  if (q->unjoined)
    return "choose the rows by a subquery, which the statement keeps: `.whereIn(key, subquery)`";
  if (q->verb != VERB_DELETE)
    return "add the condition; if all rows are meant, write them in batches by key, so that locks are short";
  return mongo ? "add the condition; if all documents are meant to go, drop() of the collection does not remove them one by one"
               : "add the condition; if all rows are meant to go, TRUNCATE does not write each of them to the log";
}

void write_without_where(Judge *j) {
  Arena *arena = &j->report->arena;
  Besides besides = read_besides(j);
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    const Query *q = &j->queries->all.at[i];
    if (!q->whole_table || q->dynamic || !q->tables.n || q->context != CONTEXT_APP || is_explicit(j->program, q))
      continue;
    bool delete = q->verb == VERB_DELETE;
    const char *without = q->unjoined ? ", of which the library leaves the joins out," : " without a condition";
    const char *message = arena_printf(arena, "%s%s %s every row of %s", delete ? "a DELETE" : "an UPDATE", without,
                                       delete ? "removes" : "changes", query_subject(q));
    QueryClaim claim = {.query = q, .rule = "write-without-where", .level = LEVEL_ERROR, .message = message};
    claim.help = help_of(q, asks_mongo(j->program, &j->program->sites.at[q->site]));
    claim.step = arena_printf(arena, "%s all rows of %s", delete ? "deletes" : "updates", query_subject(q));
    claim.doubt = doubt_about(j, &besides, q);
    report_query(j, &claim);
  }
  besides_release(&besides);
}
