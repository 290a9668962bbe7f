// judge.c - find the repeated queries, let the rules speak, and turn what they say into findings.
#include "judge.h"
#include "sql.h"
#include "transactions.h"
#include "values.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

//
// Which queries are repeated
//

// One repetition that leads to one function is told once, however many calls do so of which the same is to be said: one
// of them may run only after an error, or for what does not change.
static bool is_told(Judge *j, const Repeated *r) {
  const Repeat *repeat = &r->repeat;
  uint32_t key[] = {r->file,      repeat->scope, repeat->call, repeat->callback,  r->via.file,     r->via.id,
                    repeat->kind, r->effect,     r->varies,    r->doubt != NULL, r->fine != NULL, r->cached};
  uint64_t hash = hash_bytes(key, sizeof key);
  bool told = r->via.file && map_get(&j->known, hash);
  map_put(&j->known, hash, 1);
  return told;
}

// A loop that only counts, and waits in each round, looks whether something has changed.
static bool is_poll(Program *p, const Repeated *r, Id region) {
  bool counts = region && p->files.at[r->file].facts.scopes.at[region].kind == SC_FOR && !r->repeat.over;
  return counts && !r->varies && r->repeat.kind == REPEAT_ELEMENT && region_waits(p, r->file, region);
}

static void add_repeated(Judge *j, Repeated r) {
  Program *p = j->program;
  r.varies = r.varies || (!r.via.file && varies(p, r.file, r.expr, &r.repeat));
  Id region = repeat_scope(&p->files.at[r.file], &r.repeat);
  if (is_poll(p, &r, region))
    r.repeat.kind = REPEAT_POLL;
  r.rows_change = region_writes(p, r.file, region, p->sites.at[r.site].table);
  // One that opens in the round itself is over with it.
  Id open = transaction_of(p, r.file, r.expr).call;
  r.in_transaction = open && !scope_inside(&p->files.at[r.file], expr_at(&p->files.at[r.file], open)->scope, region);
  r.cached = r.cached || (r.effect == EFFECT_READ && region && is_kept_around(p, r.file, r.expr, region));
  if (is_in_resolver(&r) && !(r.repeat.items & ITEM_THIS))
    r.cached = r.cached || leaves_with_kept(p, r.file, r.expr, r.repeat.callback);
  r.from = r.from.file ? r.from : caller_with_list(j, &r);
  r.round_doubt = r.repeat.kind < REPEAT_CHUNKS ? round_doubt_of(p, &r) : NULL;
  r.doubt = r.repeat.kind < REPEAT_CHUNKS ? doubt_of(j, &r) : NULL;
  if (r.batched && r.repeat.kind < REPEAT_CHUNKS)
    r.doubt = "the library sends them together: what is left is one statement per element";
  if (!is_told(j, &r))
    vec_push(&j->repeated, r);
}

// Whether what an expression leads to is asked for something of the items, where only some items repeat it.
static bool asks_for_items(Program *p, FileId file, Id expr, Ref via, const Repeat *repeat, const Reach *to) {
  return !repeat->items || reach_depends(p, file, expr, via, to, repeat->callback, repeat->items, false);
}

static void collect_site(Judge *j, FileId file, uint32_t index) {
  const Site *site = &j->program->sites.at[index];
  if (!effect_is_database(site->effect))
    return;
  // A batch that is sent in each round comes before what is in it.
  Id batch = site->run == RUN_BATCHED ? batch_around(j->program, file, site->expr.id) : 0;
  Repeat repeat = batch ? repeat_of(j->program, file, batch) : (Repeat){0};
  bool rounds = repeat.kind && repeat.kind <= REPEAT_CHUNKS;
  if (!rounds)
    repeat = repeat_of(j->program, file, site->expr.id);
  if (repeat.kind && asks_for_items(j->program, file, site->expr.id, (Ref){0, 0}, &repeat, &(Reach){.site = index}))
    add_repeated(j, (Repeated){.file = file, .expr = site->expr.id, .repeat = repeat, .site = index, .effect = site->effect,
                               .batched = site->run == RUN_BATCHED && !rounds});
}

bool is_written_in(const Program *p, FileId file, Id call, Ref function) {
  const File *f = &p->files.at[file];
  Id expr = function.file == file ? f->facts.functions.at[function.id].expr : 0;
  return expr && expr_at(f, argument_holding(f, expr))->parent == call;
}

bool asks_each_round(Program *p, FileId file, const Edge *edge, const Repeat *repeat, Reach *reach) {
  return effect_is_database(reach->effect) && reach_runs(p, file, edge, reach) && reach_sql(p, file, edge, reach) &&
         asks_for_items(p, file, edge->call, edge->function, repeat, reach);
}

// What is not cached before what is, a read before a write, the nearer one.
static bool speaks_before(const Reach *a, const Reach *b) {
  if (a->cached != b->cached)
    return !a->cached;
  return a->effect != b->effect ? a->effect < b->effect : a->hops < b->hops;
}

Items changing_parameters(Program *p, FileId file, Id call, Ref function, const Repeat *repeat) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a);
  Id region = repeat_scope(f, repeat);
  bool inner = function.file == file && scope_inside(f, f->facts.functions.at[function.id].scope, region);
  if (call == repeat->call || e->kind != EX_CALL || inner || is_in_resolver(&(Repeated){.repeat = *repeat}))
    return ~0u;
  if (callee->kind != EX_MEMBER && varies(p, file, e->a, repeat))
    return ~0u;
  Items items = callee->kind == EX_MEMBER && varies(p, file, callee->a, repeat) ? ITEM_THIS : 0;
  for (uint32_t i = 0; i < e->count; i++) {
    Id argument = list_at(f, e->first, i);
    bool changes = varies(p, file, argument, repeat);
    if (changes && (i >= ITEM_LIMIT || expr_at(f, argument)->kind == EX_SPREAD || expr_at(f, argument)->kind == EX_FUNCTION))
      return ~0u;
    items |= changes ? 1u << i : 0;
  }
  return items;
}

// Whether what changes in the loop reaches the query: `load(environment, user.id)` may ask by the user only.
static bool change_reaches(Program *p, FileId file, const Edge *edge, const Repeat *repeat, const Reach *reach) {
  Items items = edge->kind == EDGE_CALL ? changing_parameters(p, file, edge->call, edge->function, repeat) : ~0u;
  const Reach *next = reach_to(p, edge->function, reach->site, reach->statement);
  return items == ~0u || !next ||
         reach_depends(p, edge->function.file, next->through, next->via, reach, edge->function.id, items, true);
}

// Whether a call only looks for something free that nothing in the loop tells, such as a random code: it can be neither
// read before the loop nor shared by the rounds.
static bool probes_by_chance(Program *p, FileId file, const Edge *edge, const Repeat *repeat, const Reach *reach) {
  Way way = {.file = file, .expr = edge->call, .via = edge->function, .site = reach->site, .statement = reach->statement};
  bool probes = false;
  while (!probes && way_next(p, &way))
    probes = repeat_of(p, way.file, way.expr).kind == REPEAT_PROBE;
  return probes && !(change_reaches(p, file, edge, repeat, reach) && varies(p, file, edge->call, repeat));
}

// The effect to show for a call: a read before a write, the nearest first. Counts all, and tells of writes.
static Reach choose_reach(Program *p, FileId file, const Edge *edge, const Repeat *repeat, uint32_t *count, bool *writes) {
  const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
  Reach best = {0};
  *count = 0;
  for (uint32_t i = 0; i < callee->reach.n; i++) {
    Reach r = callee->reach.at[i];
    if (!asks_each_round(p, file, edge, repeat, &r) || probes_by_chance(p, file, edge, repeat, &r))
      continue;
    ++*count;
    *writes = *writes || r.effect == EFFECT_WRITE;
    if (!best.site || speaks_before(&r, &best))
      best = r;
  }
  return best;
}

// Whether the called function writes, also where its callers do not see it: per element of a loop of its own.
static bool writes_itself(Program *p, Ref function) {
  const File *f = &p->files.at[function.file];
  return function.file && region_writes_any(p, function.file, f->facts.functions.at[function.id].scope);
}

// Whether each round calls a function of an object of its own, which is known by an interface only: it is one of those
// that implement it, and the other rounds may run others.
static bool is_of_each(Program *p, FileId file, const Edge *edge, const Repeat *repeat) {
  const File *f = &p->files.at[file];
  const Expr *callee = expr_at(f, expr_at(f, edge->call)->a), *object = expr_at(f, callee->a);
  if (edge->kind != EDGE_CALL || callee->kind != EX_MEMBER || value_at(p, value_of(p, file, callee->a))->kind != VAL_SHAPE)
    return false;
  if (object->kind == EX_INDEX)
    return varies(p, file, object->b, repeat);
  Id binding = object->kind == EX_IDENT ? binding_of(p, file, object->scope, object->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  bool own = binding && scope_inside(f, b->scope, repeat_scope(f, repeat));
  return own && (b->kind != BIND_CONST || varies(p, file, b->value, repeat));
}

static void collect_edge(Judge *j, FileId file, const Edge *edge) {
  Program *p = j->program;
  uint32_t count = 0;
  bool writes = false;
  // A function written in place speaks for itself: its own calls see the repetition around it.
  if (!p->files.at[edge->function.file].units[edge->function.id].reach.n || is_written_in(p, file, edge->call, edge->function))
    return;
  Repeat repeat = edge->kind == EDGE_EACH ? repeat_of_edge(p, file, edge) : repeat_of(p, file, edge->call);
  bool recursive = edge->function.file == file && edge->function.id == unit_of(&p->files.at[file], edge->call);
  if (edge->given_to && repeat.kind == REPEAT_ELEMENT)
    return;  // told where the callback is given
  if (!repeat.kind && edge->kind == EDGE_CALL && recursive)
    repeat = repeat_of_recursion(p, file, edge->call);
  Reach reach = repeat.kind ? choose_reach(p, file, edge, &repeat, &count, &writes) : (Reach){0};
  if (!reach.site)
    return;
  Repeated r = {.file = file, .expr = edge->call, .repeat = repeat, .site = reach.site, .via = edge->function};
  r.effect = reach.effect;
  r.cached = reach.cached;
  r.hops = reach.hops + 1u;
  r.batched = !reach.hops && p->sites.at[reach.site].run == RUN_RETURNED && is_batched(p, file, edge->call);
  r.statement = reach.statement;
  r.sql = reach.statement ? reach.sql : (Ref){0, 0};
  r.others = count - 1;
  r.writes = writes || writes_itself(p, edge->function);
  // A call that also writes, or whose value nobody uses, is made for what it does: it cannot be hoisted.
  r.varies = writes || value_is_dropped(&p->files.at[file], edge->call);
  if (!r.varies)
    r.varies = recursive || r.writes || (change_reaches(p, file, edge, &repeat, &reach) && varies(p, file, edge->call, &repeat));
  if (is_of_each(p, file, edge, &repeat))
    r.fine = "each round calls a function of another object";
  else if (!recursion_goes_on(j, &r, &r.from))
    r.fine = "each call starts at the depth at which the recursion stops";
  add_repeated(j, r);
}

static void collect(Judge *j) {
  Program *p = j->program;
  for (FileId file = 1; file < p->files.n; file++) {
    File *f = &p->files.at[file];
    for (Id unit = 0; unit < f->facts.functions.n; unit++) {
      for (uint32_t i = 0; i < f->units[unit].sites.n; i++)
        collect_site(j, file, f->units[unit].sites.at[i]);
      for (uint32_t i = 0; i < f->units[unit].edges.n; i++)
        collect_edge(j, file, &f->units[unit].edges.at[i]);
    }
  }
}

// The major version of a library that a file depends on, 0 if it cannot be told.
static int major_version(Program *p, FileId file, const Library *library) {
  for (const char **package = library->packages; *package; package++) {
    const char *range = modules_dependency(p->modules, p->files.at[file].source->path, *package);
    if (range)
      return atoi(range + strspn(range, "^~>=v "));
  }
  return 0;
}

bool joins_calls(Program *p, FileId file, const Site *site) {
  // `prisma.user.findUnique(...).posts()` reads the relation by way of the row.
  Id receiver = site->call.file ? receiver_of(&p->files.at[site->call.file], site) : 0;
  Value row = *value_at(p, receiver ? value_of(p, site->call.file, receiver) : VALUE_UNKNOWN);
  Id callee = row.kind == VAL_PENDING ? expr_at(&p->files.at[row.a], row.b)->a : 0;
  const Meaning *m = callee ? method_meaning(p, value_of(p, row.a, callee)) : site->meaning;
  if (!m || m->tick == ARG_NONE)
    return false;
  return m->tick <= 1 || major_version(p, file, &p->libs->libraries.at[site->library]) >= m->tick;
}

//
// Findings
//

Place place_of(const Program *p, FileId file, Span span) {
  return (Place){.source = p->files.at[file].source, .start = span.start, .end = span.end};
}

static Span loop_span(const File *f, const Repeat *repeat) {
  if (repeat->scope)
    return f->facts.scopes.at[repeat->scope].span;
  if (repeat->kind == REPEAT_PARENTS)
    return f->facts.functions.at[repeat->callback].span;
  return expr_at(f, repeat->call)->span;
}

enum { MAX_HOPS = 64 };

bool way_next(const Program *p, Way *way) {
  const Reach *reach = way->via.file && way->hops < MAX_HOPS ? reach_to(p, way->via, way->site, way->statement) : NULL;
  if (!reach)
    return false;
  way->file = way->via.file;
  way->expr = reach->through;
  way->via = reach->via;
  way->hops++;
  return true;
}

// The way from where it starts to the site: the start, each call, the site.
static void add_steps(Judge *j, Finding *finding, const Claim *c) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  VEC(Step) steps = {0};
  if (c->start_text)
    vec_push(&steps, ((Step){place_of(p, c->file, c->start), c->start_text}));
  Way way = {.file = c->file, .expr = c->expr, .via = c->via, .site = c->site, .statement = c->statement};
  do {
    // A callback written in place is no step of its own.
    if (!way.via.file || is_written_in(p, way.file, way.expr, way.via))
      continue;
    const char *message = arena_printf(arena, "calls %s", function_name(p, way.via, arena));
    vec_push(&steps, ((Step){place_of(p, way.file, expr_at(&p->files.at[way.file], way.expr)->span), message}));
  } while (way_next(p, &way));
  Ref end = c->site ? p->sites.at[c->end ? c->end : c->site].expr : (Ref){c->file, c->expr};
  vec_push(&steps, ((Step){place_of(p, end.file, expr_at(&p->files.at[end.file], end.id)->span), c->site_text}));
  finding->steps = arena_alloc(arena, steps.n * sizeof *steps.at);
  memcpy(finding->steps, steps.at, steps.n * sizeof *steps.at);
  finding->nsteps = steps.n;
  vec_release(&steps);
}

const char *enclosing_names(Program *p, FileId file, Id function, Arena *arena) {
  const File *f = &p->files.at[file];
  Text text = {0};
  for (Id hops = 0; function && hops < MAX_HOPS; hops++) {
    text_printf(&text, "%s%s", hops ? " < " : "", function_name(p, (Ref){file, function}, arena));
    function = f->facts.scopes.at[f->facts.scopes.at[f->facts.functions.at[function].scope].parent].function;
  }
  return arena_text(arena, &text);
}

static const char *names_around(Program *p, FileId file, Id expr, Arena *arena) {
  return enclosing_names(p, file, unit_of(&p->files.at[file], expr), arena);
}

// Identity of a finding: the rule, the functions that it is in and the code, not the file or line.
static uint64_t identity_of(Program *p, const Claim *c, Arena *arena) {
  const Site *site = &p->sites.at[c->site];
  const char *text = arena_printf(arena, "%s\n%s\n%s\n%s\n%s", c->rule, names_around(p, c->file, c->expr, arena),
                                  expr_text(&p->files.at[c->file], c->expr, arena),
                                  c->site ? names_around(p, site->expr.file, site->expr.id, arena) : "",
                                  c->site ? site_text(p, site, arena) : "");
  return hash_bytes(text, strlen(text));
}

EntryPoint *entry_point(Judge *j, FileId file, Id function) {
  Program *p = j->program;
  const Entry *entry = entry_of_function(p, file, function);
  if (!entry)
    return NULL;
  const char *name = sym_text(p, entry->name);
  EntryPoint *point = arena_alloc(&j->report->arena, sizeof *point);
  point->kind = entry_kind_name((EntryKind)entry->kind);
  point->name = arena_copy(&j->report->arena, name, strlen(name));
  point->place = place_of(p, entry->file, entry->span);
  return point;
}

void finding_doubt(Judge *j, Finding *finding, const char *doubt) {
  if (!doubt)
    return;
  finding->level = LEVEL_NOTE;
  finding->help = arena_printf(&j->report->arena, "%s\na note only: %s", finding->help, doubt);
}

void report_finding(Judge *j, const Finding *finding) {
  Report *report = j->report;
  bool asked = finding->place.source->asked, shown = finding->context == CONTEXT_APP || j->all_contexts;
  report->coverage.other_context += asked && !shown && !finding->legitimate;
  report->coverage.legitimate += asked && shown && finding->legitimate;
  if (asked && shown && finding->legitimate)
    vec_push(&report->legitimate, *finding);
  else if (asked && shown)
    vec_push(&report->findings, *finding);
  else if (report->keep_hidden && !finding->legitimate)
    vec_push(&report->hidden, *finding);
}

void report_claim(Judge *j, const Claim *c) {
  Program *p = j->program;
  const File *f = &p->files.at[c->file];
  Finding finding = {.rule = rule_named(j->report->rules, c->rule), .level = c->level, .context = f->context, .message = c->message};
  assert(finding.rule);
  finding.help = arena_copy(&j->report->arena, c->help, strlen(c->help));  // it may be a model's, which ends before
  bool loud = c->level != LEVEL_NOTE && !c->doubt && !c->legitimate && f->context == CONTEXT_APP;
  bool unrun = loud && is_never_run(j, (Ref){c->file, c->expr});
  finding_doubt(j, &finding, unrun ? "nothing in the application calls the function that it stands in" : c->doubt);
  finding.confidence = c->via.file ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
  finding.place = place_of(p, c->file, expr_at(f, c->expr)->span);
  const char *library = p->libs->libraries.at[c->site ? p->sites.at[c->site].library : c->library].name;
  finding.library = arena_copy(&j->report->arena, library, strlen(library));
  finding.fix = c->legitimate ? NULL : c->fix;
  finding.legitimate = c->legitimate;
  finding.cost = c->legitimate ? NULL : c->cost;
  finding.entry = c->from.file ? entry_point(j, c->from.file, c->from.id) : entry_point(j, c->file, unit_of(f, c->expr));
  finding.identity = identity_of(p, c, &j->report->arena);
  add_steps(j, &finding, c);
  report_finding(j, &finding);
}

void report_repeated(Judge *j, const Repeated *r, const char *rule, Level level, const char *message, const char *help) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const char *site = site_text(p, &p->sites.at[r->site], arena);
  Claim claim = {.rule = rule, .level = level, .file = r->file, .expr = r->expr, .via = r->via, .site = r->site};
  claim.statement = r->statement;
  claim.from = r->from;
  claim.start = loop_span(&p->files.at[r->file], &r->repeat);
  claim.start_text = start_text(p, r, arena);
  claim.site_text = arena_printf(arena, "%s %s", site, query_does(p, r, arena));
  claim.message = message;
  claim.help = help;
  claim.fix = r->batched ? NULL : r->fix;
  claim.cost = round_cost(j, r, arena);
  claim.doubt = r->doubt;
  claim.legitimate = r->repeat.kind >= REPEAT_CHUNKS ? repeat_reason(r->repeat.kind) : r->fine;
  report_claim(j, &claim);
}

static int compare_places(const Place *a, const Place *b) {
  int path = strcmp(a->source->path, b->source->path);
  if (path)
    return path;
  return a->start != b->start ? (a->start < b->start ? -1 : 1) : (a->end > b->end) - (a->end < b->end);
}

static int compare_findings(const void *left, const void *right) {
  const Finding *a = left, *b = right;
  int place = compare_places(&a->place, &b->place);
  int rule = place ? place : strcmp(a->rule->id, b->rule->id);
  return rule ? rule : strcmp(a->message, b->message);
}

// Whether one claim is made twice. Several indexes may be missing at one table, and a comment may name several rules.
static bool is_same_claim(const Finding *a, const Finding *b) {
  bool schema = a->subject && b->subject;
  return a->rule == b->rule && a->comment == b->comment && !compare_places(&a->place, &b->place) &&
         !(schema && strcmp(a->subject, b->subject));
}

void findings_sort(Finding *findings, uint32_t count) {
  if (count)
    qsort(findings, count, sizeof *findings, compare_findings);
}

// Sort findings, drop claims made twice, and number equal ones apart.
static void findings_settle(Finding *findings, uint32_t *count) {
  uint32_t n = 0;
  Map seen = {0};
  findings_sort(findings, *count);
  for (uint32_t i = 0; i < *count; i++) {
    if (n && is_same_claim(&findings[n - 1], &findings[i]))
      continue;
    uint64_t identity = findings[i].identity;
    uint32_t number = map_get(&seen, identity);
    map_put(&seen, identity, number + 1);
    findings[i].fingerprint = number ? hash_bytes(&(uint64_t[2]){identity, number}, 2 * sizeof identity) : identity;
    findings[n++] = findings[i];
  }
  map_release(&seen);
  *count = n;
}

const Query *query_of_site(const Judge *j, uint32_t site) {
  uint32_t at = map_get(&j->queries_by_site, site);
  return at ? &j->queries->all.at[at - 1] : NULL;
}

static uint64_t key_of(FileId file, Id expr) { return (uint64_t)file << 32 | expr; }

const Query *query_of_repeated(const Judge *j, const Repeated *r) {
  uint32_t at = r->via.file ? map_get(&j->queries_handed, key_of(r->file, r->expr)) : map_get(&j->queries_by_site, r->site);
  return at ? &j->queries->all.at[at - 1] : NULL;
}

const Query *query_of_way(const Judge *j, const Repeated *r) {
  Way way = way_of(r);
  do {
    uint32_t at = map_get(&j->queries_handed, key_of(way.file, way.expr));
    if (at)
      return &j->queries->all.at[at - 1];
  } while (way_next(j->program, &way));
  return query_of_site(j, r->site);
}

static void index_queries(Judge *j) {
  for (uint32_t i = j->queries->all.n; i-- > 0;) {
    const Query *q = &j->queries->all.at[i];
    if (q->via.file)
      map_put(&j->queries_handed, key_of(q->expr.file, q->expr.id), i + 1);
    else if (q->site)
      map_put(&j->queries_by_site, q->site, i + 1);
  }
}

void judge(Program *p, const Schemas *schemas, const Queries *queries, Report *report, bool all_contexts) {
  Judge j = {.program = p, .schemas = schemas, .queries = queries, .report = report, .all_contexts = all_contexts};
  callers_index(&j.callers, p);
  sites_index(&j.reads, p);
  index_queries(&j);
  table_uses(&j);
  collect(&j);
  judge_rounds(&j);
#define RULE(id, function, level, since, summary) function(&j);
#include "rules/rules.def"
#undef RULE
  report_matches(&j);
  findings_settle(report->findings.at, &report->findings.n);
  findings_settle(report->legitimate.at, &report->legitimate.n);
  report->coverage.sites_seen = p->sites_seen;
  report->coverage.sites_resolved = p->sites_resolved;
  report->coverage.sites_other = p->sites_other;
  report->coverage.functions_cut = p->functions_cut;
  vec_release(&j.repeated);
  callers_release(&j.callers);
  map_release(&j.reads);
  map_release(&j.queries_by_site);
  map_release(&j.queries_handed);
  standings_release(&j.standings);
  table_uses_release(j.uses);
  map_release(&j.known);
  map_release(&j.deletes);
  map_release(&j.names);
}
