// rounds.c - the repeated queries of one loop, looked at together.
//
// Several queries in one loop are one change to make, and a reviewer wants to read of it once: the first one speaks,
// the others are notes. And a round that does several things to the database is a use case of its own, whichever of
// its queries is looked at.
#include "judge.h"

#include <string.h>

enum { OWN_USE_CASE = 2 };  // different writes of one round

typedef struct Round {
  const char *doubt;   // of the round as a whole
  bool queues;         // it leaves work to a queue
  uint32_t writes;     // calls that lead to different writes
  uint32_t loud[2];    // the first loud read and write: index + 1
  Sym table;           // of the write seen last
  uint32_t first, last;  // queries: index + 1
} Round;

typedef struct Rounds {
  VEC(Round) all;
  Map index;  // repetition -> round + 1
} Rounds;

static Round *round_of(Rounds *rounds, const Repeated *r) {
  uint32_t key[4] = {r->file, r->repeat.scope, r->repeat.call, r->repeat.callback};
  uint64_t hash = hash_bytes(key, sizeof key);
  uint32_t at = map_get(&rounds->index, hash);
  if (!at) {
    vec_push(&rounds->all, ((Round){0}));
    at = rounds->all.n;
    map_put(&rounds->index, hash, at);
  }
  return &rounds->all.at[at - 1];
}

static bool is_mistake(const Repeated *r) { return r->repeat.kind && r->repeat.kind < REPEAT_CHUNKS && !r->fine; }

// Chain the queries of a loop.
static void add_query(Judge *j, Round *round, uint32_t index) {
  round->first = round->first ? round->first : index + 1;
  if (round->last)
    j->repeated.at[round->last - 1].next = index + 1;
  round->last = index + 1;
  j->repeated.at[index].first = round->first;
}

static void look_at(Judge *j, Rounds *rounds, uint32_t index) {
  const Repeated *r = &j->repeated.at[index];
  Round *round = round_of(rounds, r);
  add_query(j, round, index);
  Sym table = j->program->sites.at[r->site].table;
  bool writes = r->effect == EFFECT_WRITE || r->writes;
  round->doubt = r->round_doubt ? r->round_doubt : round->doubt;
  round->queues = round->queues || region_queues(j->program, r->file, repeat_scope(&j->program->files.at[r->file], &r->repeat));
  round->writes += writes && !(round->writes && table && table == round->table);
  round->table = writes ? table : round->table;
}

static bool comes_before(const File *f, const Repeated *a, const Repeated *b) {
  bool direct = !a->via.file, other = !b->via.file;
  return direct != other ? direct : expr_at(f, a->expr)->span.start < expr_at(f, b->expr)->span.start;
}

// Work of a queue or of the clock, for which nobody waits.
static bool is_in_background(const Entry *entry) {
  return entry && (entry->kind == ENTRY_JOB || entry->kind == ENTRY_CRON || entry->kind == ENTRY_TIMER ||
                   entry->kind == ENTRY_EVENT);
}

// Why a read may not matter beside what else its round does.
static const char *read_doubt(const Program *p, const Round *round, const Repeated *r) {
  const Entry *entry = entry_of_repeated(p, r);
  if (round->writes && is_in_background(entry))
    return "it runs in the background, and each round also writes";
  if (round->queues && (!entry || is_in_background(entry)))
    return entry ? "it runs in the background, and each round also adds a job to a queue"
                 : "no request is seen to run it, and each round also adds a job to a queue";
  return NULL;
}

static void choose(Judge *j, Rounds *rounds, uint32_t index) {
  Repeated *r = &j->repeated.at[index];
  Round *round = round_of(rounds, r);
  if (r->doubt)
    return;
  if (round->doubt)
    r->doubt = round->doubt;
  else if (round->writes >= OWN_USE_CASE && !is_in_resolver(r))
    r->doubt = "each round is a use case of its own with several writes";
  else if (r->effect == EFFECT_READ)
    r->doubt = read_doubt(j->program, round, r);
  if (r->doubt)
    return;
  uint32_t *loud = &round->loud[r->effect == EFFECT_WRITE];
  const File *f = &j->program->files.at[r->file];
  if (!*loud || comes_before(f, r, &j->repeated.at[*loud - 1]))
    *loud = index + 1;
}

// All but the one that speaks for the loop.
static void quiet_others(Judge *j, Rounds *rounds, uint32_t index) {
  Repeated *r = &j->repeated.at[index];
  uint32_t loud = round_of(rounds, r)->loud[r->effect == EFFECT_WRITE];
  if (r->doubt || !loud || loud == index + 1 || is_in_resolver(r))
    return;
  const Repeated *speaker = &j->repeated.at[loud - 1];
  Arena *arena = &j->report->arena;
  r->doubt = arena_printf(arena, "the loop is reported already, for %s", query_text(j->program, speaker, arena));
}

void judge_rounds(Judge *j) {
  Rounds rounds = {0};
  for (uint32_t i = 0; i < j->repeated.n; i++)
    if (is_mistake(&j->repeated.at[i]))
      look_at(j, &rounds, i);
  for (uint32_t i = 0; i < j->repeated.n; i++)
    if (is_mistake(&j->repeated.at[i]))
      choose(j, &rounds, i);
  for (uint32_t i = 0; i < j->repeated.n; i++)
    if (is_mistake(&j->repeated.at[i]))
      quiet_others(j, &rounds, i);
  vec_release(&rounds.all);
  map_release(&rounds.index);
}
