// standing.c - who runs a query: the application for its users, only administrators and scripts, or nobody but tests.
//
// It goes up from the query over the call graph until it meets code that nothing in the tree calls. Such a function is
// dead when only tests name it, or when it is a plain method or function of its file that nothing names at all; else it
// is where something outside comes in. An SQL file's statement is run where code names its block.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "judge.h"
#include "modules.h"
#include "sql.h"
#include "values.h"

enum { MAX_RUNNERS = 64 };  // functions that are looked at on the ways up

//
// Names
//

// The name of the block that a statement of an SQL file is the first one of; 0 for none.
static Sym block_of(const Judge *j, const Query *query) {
  const SqlBlock *block = query->site ? NULL : sql_block_at(j->program, query->place.source, query->place.start);
  return block ? block->name : 0;
}

enum { NAMED_BY_CODE = 1, NAMED_BY_TESTS = 2 };

// The calls of a file of which it is known what they run.
static Map known_calls(const File *f) {
  Map known = {0};
  for (Id unit = 0; unit < f->facts.functions.n; unit++)
    for (uint32_t i = 0; i < f->units[unit].edges.n; i++)
      if (f->units[unit].edges.at[i].kind == EDGE_CALL)
        map_put(&known, f->units[unit].edges.at[i].call, 1);
  return known;
}

// Note what a file names. That it exports something is no use of it; a call that is known to run a function may name
// others, which it does not run.
static void read_names_of(Standings *s, const File *f, FileId file) {
  uint8_t by = context_is_trial(f->context) ? NAMED_BY_TESTS : NAMED_BY_CODE;
  Map exported = {0}, known = known_calls(f);
  for (uint32_t i = 1; i < f->facts.exports.n; i++)
    map_put(&exported, f->facts.exports.at[i].value, 1);
  for (Id id = 1; id < f->facts.exprs.n; id++) {
    const Expr *e = expr_at(f, id);
    Sym name = sym_of(f, e->name);
    bool known_name = s->named[name] & by && !(e->kind == EX_MEMBER && s->blocks.n);
    if (!name || known_name || e->kind == EX_TEMPLATE || map_get(&exported, id))
      continue;
    bool called = e->parent && expr_at(f, e->parent)->a == id && is_call(expr_at(f, e->parent));
    if (called && by == NAMED_BY_CODE && map_get(&known, e->parent))
      continue;
    s->named[name] |= by;
    uint32_t first = e->kind == EX_MEMBER ? map_get(&s->blocks, name) : 0;
    if (!first)
      continue;
    vec_push(&s->mentions, ((Mention){{file, id}, s->mentions.at[first].next}));
    s->mentions.at[first].next = s->mentions.n - 1;
  }
  map_release(&exported);
  map_release(&known);
}

static void standings_read(Judge *j) {
  Standings *s = &j->standings;
  s->named = xcalloc(j->program->syms.entries.n + 1u, 1);
  s->known = xcalloc(j->queries->all.n + 1u, 1);
  vec_push(&s->mentions, ((Mention){0}));
  for (uint32_t i = 0; i < j->queries->all.n; i++) {
    Sym block = block_of(j, &j->queries->all.at[i]);
    if (!block || map_get(&s->blocks, block))
      continue;
    vec_push(&s->mentions, ((Mention){0}));
    map_put(&s->blocks, block, s->mentions.n - 1);
  }
  for (FileId file = 1; file < j->program->files.n; file++)
    if (!j->program->files.at[file].unrelated)  // which have names of their own
      read_names_of(s, &j->program->files.at[file], file);
  for (uint32_t i = 0; i < j->program->named_by_tests.n; i++)
    s->named[names_find(&j->program->syms, j->program->named_by_tests.at[i])] |= NAMED_BY_TESTS;
}

void standings_release(Standings *s) {
  xfree(s->named);
  xfree(s->known);
  vec_release(&s->mentions);
  map_release(&s->blocks);
}

//
// Administrators
//

// An API of that name (admin-api, api/admin) is what the application is made of.
static bool speaks_of_admin(const char *text) {
  static const char *const apis[] = {"adminapi", "admin-api", "admin_api", "admin/api", "api/admin", "api-admin", "api_admin"};
  return has_word_start(text, "admin") && !contains_any(text, apis, COUNT(apis));
}

// Whether a function is called so that it asks who is an administrator, as of everybody: `isAdmin`, `require-admin`.
static bool asks_for_admin(const char *text) {
  static const char *const verbs[] = {"is", "has", "require", "check", "assert", "ensure", "verify"};
  static const char *const ends[] = {"admin", "-admin", "_admin"};
  for (size_t i = 0; i < COUNT(verbs) * COUNT(ends); i++) {
    char asks[16];
    snprintf(asks, sizeof asks, "%s%s", verbs[i / COUNT(ends)], ends[i % COUNT(ends)]);
    if (has_word_start(text, asks))
      return true;
  }
  return false;
}

// Whether a file or function is called so that administrators run it.
static bool is_admins(const char *text) { return speaks_of_admin(text) && !asks_for_admin(text); }

// Whether the function is written in a call that names administrators: `adminProcedure.input(x).mutation(() => ...)`.
static bool is_in_admin_call(const File *f, Id unit) {
  Id expr = f->facts.functions.at[unit].expr;
  Id call = expr_at(f, expr)->parent;
  for (int depth = 0; call && depth < 16; depth++) {
    const Expr *e = expr_at(f, call);
    if (e->kind != EX_CALL && e->kind != EX_MEMBER && e->kind != EX_IDENT)
      return false;
    if (e->kind != EX_CALL && speaks_of_admin(text_of(f, e->name)))
      return true;
    call = e->a;
  }
  return false;
}

// What an expression names: administrators, and others who may pass as well.
typedef struct Named {
  bool admin, others;
} Named;

static void read_named(const File *f, Id expr, Named *named, int depth) {
  const Expr *e = expr_at(f, expr);
  const char *text = text_of(f, e->name);
  bool role = (e->kind == EX_STRING && !strchr(text, ' ')) || e->kind == EX_MEMBER;
  bool admin = (role || e->kind == EX_IDENT) && speaks_of_admin(text) && strncasecmp(text, "no", 2);
  named->admin |= admin;
  named->others |= role && !admin && expr_at(f, e->parent)->a != expr;
  Id parts[16];
  uint32_t n = depth < 6 && !admin ? expr_children(f, expr, parts, COUNT(parts)) : 0;
  for (uint32_t i = 0; i < n; i++)
    read_named(f, parts[i], named, depth + 1);
}

static bool is_for_admins(const File *f, Id expr) {
  Named named = {0};
  read_named(f, expr, &named, 0);
  return named.admin && !named.others;
}

// Whether what stands before a handler lets administrators pass only: `post("/users", auth({ role: Role.Admin }), handler)`.
static bool follows_admin_check(const File *f, Id handler) {
  enum { BEFORE = 8 };
  const Expr *call = expr_at(f, expr_at(f, handler)->parent);
  for (uint32_t i = 0; call->kind == EX_CALL && i < call->count && i < BEFORE && list_at(f, call->first, i) != handler; i++)
    if (is_for_admins(f, list_at(f, call->first, i)))
      return true;
  return false;
}

static const Member *member_of(const File *f, const Function *fn) {
  List members = f->facts.classes.at[fn->class].members;
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, members.first, i)];
    if (m->function && f->facts.functions.at[m->function].expr == fn->expr)
      return m;
  }
  return NULL;
}

// The same with decorators of a method: `@Roles("admin")`, `@UseGuards(AdminGuard)`.
static bool is_decorated_for_admin(const File *f, const Function *fn) {
  const Member *m = member_of(f, fn);
  for (uint32_t k = 0; m && k < m->decorators.count; k++)
    if (is_for_admins(f, list_at(f, m->decorators.first, k)))
      return true;
  return false;
}

//
// The way up
//

typedef struct Walk {
  const Judge *j;
  Ref ways[MAX_RUNNERS];
  uint32_t n;
  bool used, admin;
  bool rounds;  // something on the way is repeated
  bool lists;   // and not only for the parts of one object
  bool trials;  // tests count as well
  bool all;     // it does not end where the query is known to be used
} Walk;

static void add_way(Walk *w, Ref function) {
  for (uint32_t i = 0; i < w->n; i++)
    if (w->ways[i].file == function.file && w->ways[i].id == function.id)
      return;
  if (w->n == MAX_RUNNERS)
    w->used = true;
  else
    w->ways[w->n++] = function;
}

// The function that an expression stands in, unless that runs on the machines of developers only.
static void add_use(Walk *w, Ref use) {
  Repeat repeat = repeat_of(w->j->program, use.file, use.id);
  w->rounds = w->rounds || repeat.kind;
  w->lists = w->lists || (repeat.kind && growth_of(w->j, use.file, repeat.over) != GROWTH_PART);
  if (is_for_development(w->j->program, use.file, use.id))
    w->admin = true;
  else
    add_way(w, (Ref){use.file, unit_of(&w->j->program->files.at[use.file], use.id)});
}

bool is_exported(const File *f, const Function *fn) {
  for (uint32_t i = 1; i < f->facts.exports.n; i++) {
    const Export *export = &f->facts.exports.at[i];
    const Expr *value = expr_at(f, export->value);
    if (export->value == fn->expr || (value->kind == EX_IDENT && value->name == fn->name))
      return true;
  }
  return false;
}

// Whether a type is declared in the tree, so that who calls its methods is seen.
static bool is_own_type(Program *p, FileId file, Id type) {
  uint8_t kind = value_at(p, value_of_type(p, file, type))->kind;
  return kind == VAL_SHAPE || kind == VAL_INSTANCE || kind == VAL_UNION;
}

// Whether a framework may call a method of the class without naming it here.
static bool may_be_hook(const Judge *j, FileId file, const Function *fn) {
  const File *f = &j->program->files.at[file];
  const Class *class = &f->facts.classes.at[fn->class];
  if (class->extends || fn->flags & FN_CONSTRUCTOR)
    return true;
  for (uint32_t i = 0; i < class->implements.count; i++)
    if (!is_own_type(j->program, file, list_at(f, class->implements.first, i)))
      return true;
  const Member *m = member_of(f, fn);
  return !m || m->decorators.count > 0;
}

// Whether who uses the code of a file is seen: no other repository does, nor one of a server of which not even tests speak.
static bool is_all_seen(const Modules *m, const char *path, uint8_t named) {
  return !modules_is_published(m, path) || (!named && modules_is_server(m, path));
}

// A function without callers: whether no more than tests run it, or not even those.
static bool is_dead(const Judge *j, Ref function, bool trials) {
  const File *f = &j->program->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  uint8_t named = j->standings.named[sym_of(f, fn->name)];
  if (!fn->name || named & NAMED_BY_CODE || (trials && named) || f->context != CONTEXT_APP)
    return false;
  if (fn->class)
    return !may_be_hook(j, function.file, fn) && is_all_seen(j->program->modules, f->source->path, named);
  bool declared = expr_at(f, fn->expr)->parent == 0 && !(fn->flags & FN_METHOD);
  return declared && (named & NAMED_BY_TESTS || (!f->cjs_export && !is_exported(f, fn)));
}

// Add who calls a function; false when nothing but tests does.
static bool add_callers(Walk *w, Ref function) {
  bool called = false;
  for (uint32_t at = callers_of(&w->j->callers, function); at && (!w->used || w->all); at = w->j->callers.calls.at[at].next) {
    Ref call = w->j->callers.calls.at[at].call;
    const File *f = &w->j->program->files.at[call.file];
    if (context_is_trial(f->context) && !w->trials)
      continue;
    called = true;
    add_use(w, call);
  }
  return called;
}

static void climb(Walk *w, Ref function) {
  const File *f = &w->j->program->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  if (f->context != CONTEXT_APP || is_admins(f->source->path) ||
      (function.id && (is_in_admin_call(f, function.id) || follows_admin_check(f, fn->expr) || is_decorated_for_admin(f, fn)))) {
    w->admin = true;
    return;
  }
  if (add_callers(w, function))
    return;
  if (is_admins(text_of(f, fn->name))) {
    w->admin = true;
    return;
  }
  Id outer = function.id ? unit_of(f, fn->expr) : 0;
  if (outer && !fn->class)
    add_way(w, (Ref){function.file, outer});
  else if (!function.id || !is_dead(w->j, function, w->trials))
    w->used = true;
}

// Start where code names the statement of an SQL file: that beside it, where that does, as others may have one of that name; what nothing names is told by its path.
static void start_at_block(Walk *w, const Query *query) {
  const Standings *s = &w->j->standings;
  Sym block = block_of(w->j, query);
  w->admin = speaks_of_admin(query->place.source->path);
  uint32_t first = block ? map_get(&s->blocks, block) : 0, tests = 0;
  bool beside = false;
  for (uint32_t at = s->mentions.at[first].next; at && !beside; at = s->mentions.at[at].next)
    beside = sql_is_beside(query->place.source->path, w->j->program->files.at[s->mentions.at[at].use.file].source->path);
  for (uint32_t at = s->mentions.at[first].next; at; at = s->mentions.at[at].next) {
    Ref use = s->mentions.at[at].use;
    const File *f = &w->j->program->files.at[use.file];
    if (beside && !sql_is_beside(query->place.source->path, f->source->path))
      continue;
    if (context_is_trial(f->context))
      tests++;
    else
      add_use(w, use);
  }
  w->used = !w->admin && !w->n && !tests;
}

static Walk walk_up(const Judge *j, const Query *query, bool all) {
  Walk w = {.j = j, .admin = query->context == CONTEXT_SCRIPT, .all = all};
  if (w.admin)
    return w;
  if (query->site)
    add_use(&w, query->expr);
  else
    start_at_block(&w, query);
  for (uint32_t i = 0; i < w.n && (!w.used || all); i++)
    climb(&w, w.ways[i]);
  return w;
}

static Standing find_standing(const Judge *j, const Query *query) {
  Walk w = walk_up(j, query, false);
  return w.used ? STANDING_USED : w.admin ? STANDING_ADMIN : STANDING_UNUSED;
}

bool is_by_hand(Judge *j, const Query *query) {
  if (!j->standings.named)
    standings_read(j);
  Walk w = walk_up(j, query, false);
  return w.admin && !w.used && !w.rounds && query->context == CONTEXT_APP;
}

bool is_in_rounds(Judge *j, const Query *query) {
  if (!j->standings.named)
    standings_read(j);
  Walk w = walk_up(j, query, true);
  return w.lists || w.n == MAX_RUNNERS;
}

bool is_never_run(Judge *j, Ref use) {
  if (!j->standings.named)
    standings_read(j);
  Walk w = {.j = j, .trials = true};
  add_use(&w, use);
  for (uint32_t i = 0; i < w.n && !w.used; i++)
    climb(&w, w.ways[i]);
  return !w.used && !w.admin;
}

Standing standing_of(Judge *j, const Query *query) {
  if (!j->standings.named)
    standings_read(j);
  uint8_t *known = &j->standings.known[query - j->queries->all.at];
  if (!*known)
    *known = (uint8_t)(find_standing(j, query) + 1);
  return (Standing)(*known - 1);
}
