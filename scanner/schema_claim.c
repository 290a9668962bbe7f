// schema_claim.c - findings about the schema: they stand where it is declared, and their steps are queries.
#include <string.h>

#include "indexes.h"

bool is_same_statement(const Query *a, const Query *b) {
  return a->place.source == b->place.source && a->place.start == b->place.start && a->expr.id == b->expr.id;
}

void claim_query(SchemaClaim *claim, const Query *query, bool used) {
  uint32_t at = used ? claim->used : claim->count, end = claim->count < CLAIM_STEPS ? claim->count : CLAIM_STEPS - 1;
  if (claim->last && is_same_statement(claim->last, query))
    return;
  if (at < CLAIM_STEPS) {
    memmove(&claim->queries[at + 1], &claim->queries[at], (end - at) * sizeof *claim->queries);
    claim->queries[at] = query;
  }
  claim->last = query;
  claim->count++;
  claim->used += used;
}

uint32_t claim_counts(const SchemaClaim *claim) { return claim->used ? claim->used : claim->count; }

const char *claim_others(const SchemaClaim *claim, Arena *arena) {
  uint32_t n = claim->count - claim_counts(claim);
  return n ? arena_printf(arena, "; so do%s %u of administrators' pages and scripts", n == 1 ? "es" : "", n) : "";
}

// A migration is where the application's schema is declared, so what is found there is about the application.
static Context context_of_claim(const Source *source) {
  Context context = context_of_source(source, source->path);
  return context == CONTEXT_MIGRATION ? CONTEXT_APP : context;
}

// What asks: the query's call, or that of the function which runs it.
static const char *asking(Program *p, const Query *query, Arena *arena) {
  if (!query->site)
    return "the statement";
  const File *f = &p->files.at[query->expr.file];
  return query->via.file ? expr_text(f, expr_at(f, query->expr.id)->a, arena) : site_text(p, &p->sites.at[query->site], arena);
}

// What of the schema shows why, and queries.
static void add_steps(Judge *j, const SchemaClaim *c, Finding *finding) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  uint32_t n = c->count < CLAIM_STEPS ? c->count : CLAIM_STEPS;
  finding->steps = arena_alloc(arena, (n + 1) * sizeof *finding->steps);
  if (c->other_text && c->other.source)
    finding->steps[finding->nsteps++] = (Step){c->other, c->other_text};
  for (uint32_t i = 0; i < n; i++) {
    const Query *query = c->queries[i];
    finding->steps[finding->nsteps++] = (Step){query->place, arena_printf(arena, "%s %s", asking(p, query, arena), c->query_text)};
  }
}

// A column of a class that several tables extend is declared for all of them.
Place column_place(const Table *table, const Column *column) {
  return column->place.source == table->place.source ? column->place : table->place;
}

void report_schema(Judge *j, const SchemaClaim *c) {
  Arena *arena = &j->report->arena;
  Place place = c->place.source ? c->place : c->table->place;
  if (!place.source)
    return;
  Context context = context_of_claim(place.source);
  const char *print = arena_printf(arena, "%s\n%s\n%s", c->rule, c->table->name, c->subject);
  Finding finding = {.rule = rule_named(j->report->rules, c->rule), .level = c->level, .context = context, .place = place};
  finding.confidence = CONFIDENCE_HIGH;
  finding.subject = arena_copy(arena, c->subject, strlen(c->subject));
  finding.library = origin_name((Origin)c->table->origin);
  finding.message = c->message;
  finding.help = c->help;
  finding_doubt(j, &finding, c->doubt);
  finding.identity = hash_bytes(print, strlen(print));
  add_steps(j, c, &finding);
  report_finding(j, &finding);
}
