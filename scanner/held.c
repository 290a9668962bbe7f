// held.c - what a transaction holds while it waits for something else, and whether the wait is what it is for.
#include "judge.h"
#include "transactions.h"
#include "values.h"

#include <strings.h>
#include <string.h>

static uint32_t start_of(const File *f, Id expr) { return expr_at(f, expr)->span.start; }

// The outermost loop or function within a region around an expression, 0 if there is none: what comes later in it may
// have run before.
static Id repeated_with(const File *f, Id expr, Id region) {
  Id outermost = 0;
  for (Id scope = expr_at(f, expr)->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent) {
    const Scope *s = &f->facts.scopes.at[scope];
    outermost = scope_is_loop(s) || s->kind == SC_FUNCTION ? scope : outermost;
  }
  return outermost;
}

//
// Locks
//

enum { MAX_LOCKS = 64 };  // behind an expression that are passed over for one before it

bool object_has_key(const File *f, Id expr, const char *const *keys) {
  const Expr *e = expr_at(f, expr);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++)
    if (is_in_list(text_of(f, expr_at(f, list_at(f, e->first, i))->name), keys))
      return true;
  return false;
}

static bool has_option(const File *f, const Expr *call, const char *const *words) {
  for (uint32_t i = 0; i < call->count; i++)
    if (object_has_key(f, list_at(f, call->first, i), words))
      return true;
  return false;
}

static bool text_locks(Program *p, const Site *site) {
  Ref literal = site->sql.file ? sql_literal(p, site->sql.file, site->sql.id) : (Ref){0, 0};
  const File *f = &p->files.at[literal.file];
  return literal.file && strcasestr(text_of(f, expr_at(f, literal.id)->name), "for update");
}

// Whether one of the words is an option or a method of a chain of calls.
static bool chain_has(const File *f, Id at, const char *const *words) {
  while (at) {
    const Expr *e = expr_at(f, at);
    if (e->kind == EX_CALL && has_option(f, e, words))
      return true;
    if (e->kind == EX_MEMBER && is_in_list(text_of(f, e->name), words))
      return true;
    at = e->kind == EX_CALL || e->kind == EX_MEMBER || e->kind == EX_AWAIT ? e->a : 0;
  }
  return false;
}

bool locks_rows(Program *p, uint32_t index) {
  const Site *site = &p->sites.at[index];
  const char *const *words = p->libs->libraries.at[site->library].locks;
  return site->effect == EFFECT_READ &&
         (chain_has(&p->files.at[site->expr.file], site->expr.id, words) || text_locks(p, site));
}

static void add_write(File *f, Id region, Sym table, uint32_t start) {
  uint32_t last = map_get(&f->locks, table_key(region, table));
  if (table && start + 1 > last)
    map_put(&f->locks, table_key(region, table), start + 1);
}

// The sites of a region that lock rows, the last one first, as a list of Program.links; what it writes goes to File.locks.
static uint32_t find_locks(Program *p, FileId file, Id region) {
  File *f = &p->files.at[file];
  Slice acts = region_acts(p, file, region);
  uint32_t locks = 0;
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    if (!act.edge && locks_rows(p, act.site)) {
      vec_push(&p->links, ((Link){{file, act.site}, locks}));
      locks = p->links.n - 1;
    }
    if (!act.edge && p->sites.at[act.site].effect == EFFECT_WRITE)
      add_write(f, region, p->sites.at[act.site].table, start_of(f, act_expr(p, act)));
  }
  return locks;
}

// The same, found once for each region.
static uint32_t locks_in(Program *p, FileId file, Id region) {
  uint32_t known = map_get(&p->files.at[file].locks, table_key(region, 0));
  if (!known) {
    known = find_locks(p, file, region) + 1;
    map_put(&p->files.at[file].locks, table_key(region, 0), known);
  }
  return known - 1;
}

// The table of which a region locks rows before a place, the last one; 0 if there is none.
static Sym locked_before(Program *p, FileId file, Id region, uint32_t place) {
  const File *f = &p->files.at[file];
  uint32_t at = locks_in(p, file, region);
  for (int i = 0; at && i < MAX_LOCKS; i++, at = p->links.at[at].next) {
    const Site *site = &p->sites.at[p->links.at[at].ref.id];
    if (start_of(f, site->expr.id) < place)
      return site->table;
  }
  return 0;
}

// Whether a region locks rows and writes to their table: before the expression, and after it, where there is one.
static bool guards_rows(Program *p, FileId file, Id region, Id expr) {
  const File *f = &p->files.at[file];
  Sym table = locked_before(p, file, region, expr ? start_of(f, expr) : UINT32_MAX);
  uint32_t last = table ? map_get(&f->locks, table_key(region, table)) : 0;
  return last > (expr ? start_of(f, expr) + 1 : 0);
}

bool opener_guards(Program *p, FileId file, Id call) {
  const Unit *unit = &p->files.at[file].units[unit_of(&p->files.at[file], call)];
  for (uint32_t i = 0; i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    const File *g = &p->files.at[edge->function.file];
    if (edge->call == call && edge->kind == EDGE_CALL &&
        guards_rows(p, edge->function.file, g->facts.functions.at[edge->function.id].scope, 0))
      return true;
  }
  return false;
}

//
// The wait
//

enum { MAX_STEPS = 64 };  // expressions that the path of a file is followed through

static Id function_scope(const File *f, Id expr) { return f->facts.functions.at[unit_of(f, expr)].scope; }

// Where the code of the transaction stands, as far as it is in the function around.
static Id region_of(const File *f, Id expr, const Transaction *t) {
  return t->callback ? f->facts.functions.at[t->callback].scope : function_scope(f, expr);
}

// The expression of a region, other than the given one, that writes or locks rows and ends first; 0 if there is none.
static Id find_write(Program *p, FileId file, Id region, Id but) {
  const File *f = &p->files.at[file];
  Slice acts = region_acts(p, file, region);
  Id first = 0;
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    Id expr = act_expr(p, act);
    bool earlier = !first || expr_at(f, expr)->span.end < expr_at(f, first)->span.end;
    if (earlier && expr != but && (act_does(p, file, act, 1u << EFFECT_WRITE) || (!act.edge && locks_rows(p, act.site))))
      first = expr;
  }
  return first;
}

// The same of any, found once for each region.
static Id first_write(Program *p, FileId file, Id region) {
  uint32_t known = map_get(&p->files.at[file].first_writes, region);
  if (!known) {
    known = find_write(p, file, region, 0) + 1;
    map_put(&p->files.at[file].first_writes, region, known);
  }
  return known - 1;
}

static bool writes_before(Program *p, FileId file, Id region, Id expr) {
  const File *f = &p->files.at[file];
  Id first = first_write(p, file, region);
  if (!first || expr_at(f, first)->span.end <= start_of(f, expr))
    return first;
  Id again = repeated_with(f, expr, region);
  Id other = again ? first_write(p, file, again) : 0;
  return other == expr ? find_write(p, file, again, expr) : other;
}

// Whether anything on the way to the wait locks rows before.
static bool holds_rows(Program *p, Way way, const Transaction *t) {
  Id region = region_of(&p->files.at[way.file], way.expr, t);
  do {
    if (writes_before(p, way.file, region, way.expr))
      return true;
    if (way_next(p, &way))
      region = function_scope(&p->files.at[way.file], way.expr);
    else
      region = 0;
  } while (region);
  return false;
}

// A statement of its own that nobody waits for, somewhere on the way.
static bool is_started_only(Program *p, Way way) {
  do {
    if (expr_at(&p->files.at[way.file], way.expr)->flags & EXF_STATEMENT)
      return true;
  } while (way_next(p, &way));
  return false;
}

// Whether a value is made of the place of the code: `path.join(__dirname, "templates", name)`.
static bool is_beside_code(Program *p, FileId file, Id expr, uint32_t *steps) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  const char *name = text_of(f, e->name);
  if (!expr || ++*steps > MAX_STEPS)
    return false;
  if (e->kind == EX_IMPORT)
    return !e->a;
  if (e->kind == EX_IDENT) {
    Id binding = binding_of(p, file, e->scope, e->name, false);
    const Binding *b = &f->facts.bindings.at[binding];
    return binding ? b->kind == BIND_CONST && is_beside_code(p, file, b->value, steps)
                   : !strcmp(name, "__dirname") || !strcmp(name, "__filename");
  }
  Id parts[8];
  uint32_t n = expr_children(f, expr, parts, COUNT(parts));
  for (uint32_t i = 0; i < n; i++)
    if (is_beside_code(p, file, parts[i], steps))
      return true;
  return false;
}

static bool reads_file(const Program *p, const Site *site) {
  const File *f = &p->files.at[site->expr.file];
  const Expr *call = expr_at(f, site->expr.id), *callee = expr_at(f, call->a);
  return site->effect == EFFECT_FILE && call->kind == EX_CALL && !strncmp(text_of(f, callee->name), "read", 4);
}

// Whether it reads a file that comes with the program: a template, a list of words.
static bool reads_own_file(Program *p, const Site *site) {
  const File *f = &p->files.at[site->expr.file];
  uint32_t steps = 0;
  return reads_file(p, site) && is_beside_code(p, site->expr.file, argument_at(f, site->expr.id, 0), &steps);
}

// Whether the transaction reads one file after another and writes in each round.
static bool reads_and_writes_each(Program *p, const Way *way, const Transaction *t) {
  const File *f = &p->files.at[way->file];
  Repeat repeat = repeat_of(p, way->file, way->expr);
  Id round = repeat.kind == REPEAT_ELEMENT ? repeat_scope(f, &repeat) : 0;
  return round && reads_file(p, &p->sites.at[way->site]) && scope_inside(f, round, region_of(f, way->expr, t)) &&
         expr_at(f, t->call)->span.start < f->facts.scopes.at[round].span.start && region_writes_any(p, way->file, round);
}

// Whether a way comes to its end once, in functions that the transaction's code calls.
static bool is_once_behind_calls(Program *p, Way way) {
  bool behind = way.via.file;
  do {
    if (repeat_of(p, way.file, way.expr).kind)
      return false;
  } while (way_next(p, &way));
  return behind;
}

const char *wait_doubt(Program *p, const Way *way, const Transaction *t) {
  const File *f = &p->files.at[way->file];
  uint8_t effect = p->sites.at[way->site].effect;
  if (effect < EFFECT_FILE && is_started_only(p, *way))
    return "nobody waits for it, so the transaction is not held up";
  if (p->sites.at[way->site].put_off)
    return "the job is taken after a delay, when the transaction has committed";
  if (effect == EFFECT_FILE && repeat_of(p, way->file, way->expr).kind == REPEAT_CONSTANT)
    return "it is about a few files that the code names";
  if (reads_own_file(p, &p->sites.at[way->site]))
    return "it reads a file that comes with the program, which is small and read fast";
  if (reads_and_writes_each(p, way, t))
    return "it reads one file in each round that writes rows: to read them before, all of them have to be kept in memory";
  if (effect_is_work(effect) && is_once_behind_calls(p, *way))
    return effect == EFFECT_CPU ? "it computes once, in a function that would have to be split for it"
                                : "it runs once, in a function that would have to be split for it";
  if ((effect_is_work(effect) || effect == EFFECT_FILE) && !holds_rows(p, *way, t))
    return "no row is locked yet: it holds a connection only";
  if (effect != EFFECT_SLEEP && (guards_rows(p, way->file, region_of(f, way->expr, t), way->expr) || opener_guards(p, way->file, t->call)))
    return "the transaction locks the row that it is about, and writes it after: the lock is there to let one do it at a time";
  return NULL;
}

//
// Reads on another connection
//

// Queries and calls of a transaction, expressions, and exits of a scope that are looked through.
enum { MAX_ACTS = 64, MAX_LOOK = 4000, MAX_EXITS = 200 };

// Whether a call that opens a transaction says how far it is apart from others.
static bool names_isolation(Program *p, FileId file, const Transaction *t) {
  const File *f = &p->files.at[file];
  const Meaning *m = call_meaning(p, file, t->call, NULL);
  Id argument = m ? argument_at(f, t->call, m->isolation) : 0;
  return chain_has(f, t->call, p->libs->libraries.at[t->library].isolation) || expr_at(f, argument)->kind == EX_STRING;
}

static bool gets_transaction(Program *p, FileId file, const Expr *call, const Transaction *t) {
  for (uint32_t i = 0; is_call(call) && i < call->count; i++)
    if (is_of_transaction(p, file, list_at(&p->files.at[file], call->first, i), t))
      return true;
  return false;
}

// Where the first call of a region starts that gets something of the transaction: at its begin if that is too long to be
// looked through, UINT32_MAX if none does.
static uint32_t find_given(Program *p, FileId file, Id region, const Transaction *t) {
  const File *f = &p->files.at[file];
  Extent extent = f->extents[region];
  uint32_t first = extent.end - extent.first > MAX_LOOK ? 0 : UINT32_MAX;
  for (Id i = extent.first; first && i < extent.end; i++) {
    const Expr *e = expr_at(f, i);
    if (e->span.start < first && gets_transaction(p, file, e, t))
      first = e->span.start;
  }
  return first;
}

// Whether a call that starts before an expression gets something of the transaction.
static bool is_handed_before(Program *p, FileId file, Id region, Id expr, const Transaction *t) {
  uint64_t key = (uint64_t)region << 32 | t->call;
  uint32_t known = map_get(&p->files.at[file].first_given, key);
  if (!known) {
    uint32_t first = find_given(p, file, region, t);
    known = first == UINT32_MAX ? first : first + 1;
    map_put(&p->files.at[file].first_given, key, known);
  }
  return known - 1 < start_of(&p->files.at[file], expr);
}

// Whether the code of a transaction reads by its own client.
static bool reads_itself(Program *p, FileId file, Id region, const Transaction *t) {
  const File *f = &p->files.at[file];
  Slice acts = region_acts(p, file, region);
  for (uint32_t i = 0; i < acts.n && i < MAX_ACTS; i++) {
    Act act = f->acts.at[acts.at[i]];
    bool past = !act.edge && query_goes_past(p, &p->sites.at[act.site], t);
    if (!past && act_does(p, file, act, 1u << EFFECT_READ))
      return true;
  }
  return acts.n > MAX_ACTS;
}

// Whether code is run by a command or the clock, one at a time: requests and jobs at once, each with two connections,
// empty the pool.
static bool runs_alone(const Program *p, FileId file, Id expr) {
  const Entry *entry = entry_of(p, file, expr);
  uint8_t kind = entry ? entry->kind : ENTRY_NONE;
  return kind == ENTRY_CLI || kind == ENTRY_CRON || kind == ENTRY_TIMER || p->files.at[file].context == CONTEXT_SCRIPT;
}

// Whether a scope is left by a throw of its own behind an expression (1), in another way or many ways (-1), or by nothing that is
// seen (0).
static int throws_after(const File *f, Id scope, Id expr) {
  Slice exits = exits_inside(f, scope);
  int throws = 0;
  if (exits.n > MAX_EXITS)
    return -1;
  for (uint32_t i = 0; i < exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    if (exit->span.end < expr_at(f, expr)->span.end || f->facts.scopes.at[exit->scope].function != unit_of(f, expr))
      continue;
    if (exit->kind != EXIT_THROW)
      return -1;
    throws |= exit->scope == scope;
  }
  return throws;
}

// Whether the code of a region fails behind an expression, wherever it goes from there, and nothing in it catches that.
static bool fails_after(const File *f, Id expr, Id region) {
  int throws = 0;
  for (Id scope = expr_at(f, expr)->scope; scope; scope = f->facts.scopes.at[scope].parent) {
    uint8_t kind = f->facts.scopes.at[scope].kind;
    if (kind == SC_TRY || (kind == SC_FUNCTION && scope != region))
      return false;
    throws = throws ? throws : throws_after(f, scope, expr);
    if (scope == region)
      return throws > 0;
  }
  return false;
}

const char *rollback_doubt(Program *p, FileId file, Act act, const Transaction *t) {
  const File *f = &p->files.at[file];
  Id expr = act_expr(p, act);
  if (t->by_hand || !act_does(p, file, act, 1u << EFFECT_WRITE) || !fails_after(f, expr, region_of(f, expr, t)))
    return NULL;
  return "the transaction fails right after it and is rolled back, and only a write outside of it stays";
}

bool transaction_acts_before(Program *p, FileId file, Id expr, const Transaction *t) {
  Id region = region_of(&p->files.at[file], expr, t);
  return writes_before(p, file, region, expr) || is_handed_before(p, file, region, expr, t);
}

const char *outer_doubt(Program *p, uint32_t index, const Transaction *t) {
  const Site *site = &p->sites.at[index];
  FileId file = site->expr.file;
  Id expr = site->expr.id, region = region_of(&p->files.at[file], expr, t);
  bool plain = site->effect == EFFECT_READ && !locks_rows(p, index);
  if (!plain || t->by_hand || names_isolation(p, file, t) || !runs_alone(p, file, expr))
    return NULL;
  if (reads_itself(p, file, region, t) || transaction_acts_before(p, file, expr, t))
    return NULL;
  return "nothing of the transaction comes before it, and it is not seen to read anything else: it only takes a second connection";
}
