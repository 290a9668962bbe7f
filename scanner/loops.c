// loops.c - loops with a condition: counters, work lists, walks from row to row, pages, retries, polling.
//
// What depends on the loop alone is asked once for all queries in it.
#include "calls.h"
#include "repeat.h"

#include <string.h>

enum {
  MAX_CLUES = 64,    // places in one loop that each of its queries is compared with
  MAX_CONDITION = 8  // levels of a condition that are looked through
};

static bool is_expr(const File *f, Id expr, const void *with) {
  (void)f;
  return expr == *(const Id *)with;
}

static bool names_retry(const char *name) {
  static const char *const words[] = {"attempt", "retr", "tries", "try"};
  return contains_any(name, words, COUNT(words));
}

static bool names_page(const char *name) {
  static const char *const words[] = {"page", "offset", "cursor", "skip"};
  return contains_any(name, words, COUNT(words));
}

static bool is_retry_name(const File *f, Id expr, const void *with) {
  (void)with;
  const Expr *e = expr_at(f, expr);
  return (e->kind == EX_IDENT || e->kind == EX_MEMBER) && names_retry(text_of(f, e->name));
}

static bool is_page_name(const File *f, Id expr, const void *with) {
  (void)with;
  const Expr *e = expr_at(f, expr);
  return (e->kind == EX_IDENT || e->kind == EX_MEMBER) && names_page(text_of(f, e->name));
}

// `result.next`, `page.token`: where the next page starts.
static bool is_next_name(const File *f, Id expr, const void *with) {
  const Expr *e = expr_at(f, expr);
  const char *name = text_of(f, e->name);
  return is_page_name(f, expr, with) || (e->kind == EX_MEMBER && (!strcmp(name, "next") || contains_word(name, "token")));
}

// `folder.parentId`: of one row, whatever reads it.
static bool is_parent_name(const File *f, Id expr, const void *with) {
  static const char *const words[] = {"parent"};
  (void)with;
  const Expr *e = expr_at(f, expr);
  return e->kind == EX_MEMBER && contains_any(text_of(f, e->name), words, COUNT(words));
}

//
// What is asked of a loop once
//

typedef enum Question { ASK_COUNTER, ASK_CATCH, ASK_CHUNKS, ASK_WORK, ASK_MOVES, ASK_PROBES } Question;

typedef uint32_t Answer(Program *p, FileId file, Id loop);

// A list of Program.links: `next` is the rest of it.
static uint32_t link_before(Program *p, FileId file, Id id, uint32_t next) {
  vec_push(&p->links, ((Link){{file, id}, next}));
  return p->links.n - 1;
}

static uint32_t has_catch(Program *p, FileId file, Id loop) {
  const File *f = &p->files.at[file];
  for (Id i = loop; i < f->extents[loop].scopes; i++)
    if (f->facts.scopes.at[i].kind == SC_CATCH)
      return true;
  return false;
}

static bool steps_by_one(const File *f, Id update) {
  const Expr *e = expr_at(f, update);
  const char *op = text_of(f, e->name);
  if (e->kind != EX_ASSIGN)
    return false;
  if (!strcmp(op, "++") || !strcmp(op, "--"))
    return true;
  const Expr *step = expr_at(f, e->b);
  return step->kind == EX_NUMBER && !strcmp(text_of(f, step->name), "1");
}

// The names by which elements are taken in the loop: `ids[i]`, `ids[i++]`.
static void collect_indexes(const File *f, Id loop, Map *names) {
  for (Id i = f->extents[loop].first; i < f->extents[loop].end; i++) {
    const Expr *e = expr_at(f, i), *index = expr_at(f, e->b);
    index = index->kind == EX_ASSIGN ? expr_at(f, index->a) : index;
    if (e->kind == EX_INDEX && index->kind == EX_IDENT && scope_inside(f, e->scope, loop))
      map_put(names, index->name, 1);
  }
}

// What changing a variable makes of the loop when the condition compares it with a length, or when it is an index.
static RepeatKind kind_of_change(const File *f, Id loop, Id change, const Map *indexes) {
  const Expr *e = expr_at(f, change), *target = expr_at(f, e->a);
  Id condition = f->facts.scopes.at[loop].a;
  if (e->kind != EX_ASSIGN || target->kind != EX_IDENT || !scope_inside(f, e->scope, loop))
    return REPEAT_NONE;
  if (!any_part(f, condition, is_name, &target->name))
    return REPEAT_NONE;
  if (!any_part(f, condition, is_length, NULL) && !map_get(indexes, target->name))
    return REPEAT_NONE;
  if (steps_by_one(f, change))
    return REPEAT_ELEMENT;
  return strcmp(text_of(f, e->name), "+=") ? REPEAT_NONE : REPEAT_CHUNKS;
}

// `i++` or `i += size` in the loop.
static uint32_t kind_of_counter(Program *p, FileId file, Id loop) {
  const File *f = &p->files.at[file];
  RepeatKind kind = REPEAT_NONE;
  Map indexes = {0};
  collect_indexes(f, loop, &indexes);
  for (Id i = f->extents[loop].first; i < f->extents[loop].end && !kind; i++)
    kind = kind_of_change(f, loop, i, &indexes);
  map_release(&indexes);
  return kind;
}

// `skip: i * size`, `ids.slice(i * size, ...)`: what the loop counts is no element but a chunk.
static uint32_t counts_chunks(Program *p, FileId file, Id loop) {
  const File *f = &p->files.at[file];
  const Expr *counter = expr_at(f, expr_at(f, f->facts.scopes.at[loop].b)->a);
  Map indexes = {0};
  collect_indexes(f, loop, &indexes);
  bool times = false, index = counter->kind != EX_IDENT || map_get(&indexes, counter->name);
  for (Id i = f->extents[loop].first; i < f->extents[loop].end && !index && !times; i++) {
    const Expr *e = expr_at(f, i);
    times = e->kind == EX_BINARY && !strcmp(text_of(f, e->name), "*") && scope_inside(f, e->scope, loop) &&
            (is_name(f, e->a, &counter->name) || is_name(f, e->b, &counter->name));
  }
  map_release(&indexes);
  return times;
}

// `cursor.next()`, `cursor.hasNext()`: rows one after another.
static bool is_cursor_step(const File *f, Id expr, const void *with) {
  (void)with;
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a);
  const char *name = callee->kind == EX_MEMBER ? text_of(f, callee->name) : "";
  return e->kind == EX_CALL && (!strcmp(name, "next") || !strcmp(name, "hasNext"));
}

// An expression of a file that parts of another are compared with.
typedef struct Compared {
  const Program *p;
  FileId file;
  Id expr;
} Compared;

static bool is_same(const File *f, Id expr, const void *with) {
  (void)f;
  const Compared *place = with;
  return is_same_path(place->p, place->file, place->expr, expr);
}

// Whether a condition asks for the list from which a call takes elements, not whether the call itself finds it empty.
static bool asks_list(const Program *p, FileId file, Id condition, Id call) {
  const File *f = &p->files.at[file];
  Compared list = {p, file, expr_at(f, expr_at(f, call)->a)->a};
  bool finds_none = asks_for_absence(f, condition) && any_part(f, expr_at(f, condition)->a, is_expr, &call);
  return !finds_none && any_part(f, condition, is_same, &list);
}

// The variable that a call gives its value to, 0 if none: `next = queue.shift()`.
static Name taken_into(const File *f, Id call) {
  const Expr *put = expr_at(f, expr_at(f, call)->parent), *target = expr_at(f, put->a);
  return put->kind == EX_ASSIGN && put->b == call && target->kind == EX_IDENT ? target->name : 0;
}

// Whether a condition holds as long as a variable has a value: `x`, `x !== undefined`, `x && i < limit`.
static bool holds_with(const File *f, Id condition, Name variable, int depth) {
  const Expr *e = expr_at(f, condition);
  Id given = given_by(f, e);
  if (depth > MAX_CONDITION)
    return false;
  if (given || e->kind == EX_CAST)
    return holds_with(f, given ? given : e->a, variable, depth + 1);
  if (e->kind == EX_ALT && !e->c)
    return holds_with(f, e->a, variable, depth + 1) || holds_with(f, e->b, variable, depth + 1);
  return is_name(f, condition, &variable);
}

// `list.pop()`, `list.splice(...)`: elements are taken from a collection that the condition asks, or into a variable that it
// asks for, or in a loop without a condition. What is awaited comes from somewhere else.
static bool is_work(const Program *p, FileId file, Id call, Id loop) {
  static const char *const takers[] = {"pop", "shift", "splice"};
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, call), *callee = expr_at(f, e->a), *list = expr_at(f, callee->a);
  Id condition = f->facts.scopes.at[loop].a;
  bool takes = e->kind == EX_CALL && callee->kind == EX_MEMBER && is_any_of(text_of(f, callee->name), takers, COUNT(takers));
  if (!takes || (list->kind != EX_IDENT && list->kind != EX_MEMBER) || !scope_inside(f, e->scope, loop))
    return false;
  if (expr_at(f, e->parent)->kind == EX_AWAIT)
    return false;
  bool endless = !condition || expr_at(f, condition)->kind == EX_LITERAL;
  Name taken = taken_into(f, call);
  return endless || asks_list(p, file, condition, call) || (taken && holds_with(f, condition, taken, 0));
}

static uint32_t list_work(Program *p, FileId file, Id loop) {
  const File *f = &p->files.at[file];
  uint32_t list = 0;
  for (Id i = f->extents[loop].end; i-- > f->extents[loop].first;)
    if (is_work(p, file, i, loop))
      list = link_before(p, file, i, list);
  return list;
}

// A variable that lives longer than a round.
static bool is_older(const Program *p, FileId file, const Expr *variable, Id loop) {
  const File *f = &p->files.at[file];
  Id scope = f->facts.bindings.at[binding_of(p, file, variable->scope, variable->name, false)].scope;
  return !scope_inside(f, scope, loop) || (scope == loop && f->facts.scopes.at[loop].kind == SC_FOR);
}

// Assignments to variables that live longer than a round.
static uint32_t list_moves(Program *p, FileId file, Id loop) {
  const File *f = &p->files.at[file];
  uint32_t list = 0;
  for (Id i = f->extents[loop].end; i-- > f->extents[loop].first;) {
    const Expr *e = expr_at(f, i), *target = expr_at(f, e->a);
    if (e->kind == EX_ASSIGN && target->kind == EX_IDENT && scope_inside(f, e->scope, loop) && is_older(p, file, target, loop))
      list = link_before(p, file, i, list);
  }
  return list;
}

// Conditions of branches that leave the loop or the round's work because nothing was found.
static uint32_t list_probes(Program *p, FileId file, Id loop) {
  const File *f = &p->files.at[file];
  Slice exits = exits_inside(f, loop);
  uint32_t list = 0;
  for (uint32_t i = exits.n; i-- > 0;) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    const Scope *s = &f->facts.scopes.at[exit->scope];
    if (exit->kind != EXIT_CONTINUE && s->kind == SC_IF && asks_for_absence(f, s->a))
      list = link_before(p, file, s->a, list);
  }
  return list;
}

static uint32_t ask(Program *p, FileId file, Id loop, Question question) {
  static Answer *const answers[] = {
      [ASK_COUNTER] = kind_of_counter, [ASK_CATCH] = has_catch,   [ASK_CHUNKS] = counts_chunks,
      [ASK_WORK] = list_work,          [ASK_MOVES] = list_moves, [ASK_PROBES] = list_probes,
  };
  Map *loops = &p->files.at[file].loops;
  uint64_t key = (uint64_t)loop << 8 | question;
  if (!map_get(loops, key))
    map_put(loops, key, answers[question](p, file, loop) + 1);
  return map_get(loops, key) - 1;
}

//
// What one query makes of it
//

// Whether elements are taken from a list in the loop. The rows of the query itself are no list of work.
static RepeatKind kind_of_worklist(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  if (any_part(f, f->facts.scopes.at[loop].a, is_cursor_step, NULL))
    return REPEAT_ELEMENT;
  uint32_t at = ask(p, file, loop, ASK_WORK);
  for (int i = 0; at && i < MAX_CLUES; i++, at = p->links.at[at].next) {
    const Expr *callee = expr_at(f, expr_at(f, p->links.at[at].ref.id)->a);
    bool first = false;
    if (!is_taken_from(p, file, callee->a, expr, &first, 0))
      return strcmp(text_of(f, callee->name), "splice") ? REPEAT_ELEMENT : REPEAT_CHUNKS;
  }
  return REPEAT_NONE;
}

// Whether an assignment gives its variable the row that was read by it, or the key of the next one.
static bool is_walk(Program *p, FileId file, Id expr, Id condition, Id move) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, move), *target = expr_at(f, e->a);
  if (!any_part(f, expr, is_name, &target->name))
    return false;
  bool first = false, row = expr_bare(f, e->b) == expr && any_part(f, condition, is_name, &target->name);
  if (row && !any_part(f, expr, is_next_name, NULL))
    return true;
  bool one = reads_one_row(p, file, expr) || any_part(f, e->b, is_parent_name, NULL);
  return is_taken_from(p, file, e->b, expr, &first, 0) && (first || one);
}

// `while (node) node = await find(node.parentId)`: one row at a time.
static bool is_parent_walk(Program *p, FileId file, Id expr, Id loop) {
  Id condition = p->files.at[file].facts.scopes.at[loop].a;
  if (any_part(&p->files.at[file], condition, is_length, NULL))
    return false;
  uint32_t at = ask(p, file, loop, ASK_MOVES);
  for (int i = 0; at && i < MAX_CLUES; i++, at = p->links.at[at].next)
    if (is_walk(p, file, expr, condition, p->links.at[at].ref.id))
      return true;
  return false;
}

// The variable that what a query gives is put into, 0 if none.
static Name answer_name(const File *f, Id expr) {
  while (expr_at(f, expr_at(f, expr)->parent)->kind == EX_AWAIT)
    expr = expr_at(f, expr)->parent;
  const Expr *put = expr_at(f, expr_at(f, expr)->parent), *target = expr_at(f, put->a);
  Id binding = map_get(&f->owners, expr);
  if (binding)
    return f->facts.bindings.at[binding].name;
  return put->kind == EX_ASSIGN && put->b == expr && target->kind == EX_IDENT ? target->name : 0;
}

// Whether a condition asks nothing but whether something was found: the query itself, or the variable that holds it.
static bool asks_answer(const File *f, Id condition, Id expr, Name answer) {
  const Expr *e = expr_at(f, condition = expr_bare(f, condition));
  if (condition == expr || (answer && is_name(f, condition, &answer)))
    return true;
  if (e->kind == EX_ALT || e->kind == EX_BINARY)
    return asks_answer(f, e->a, expr, answer) || asks_answer(f, e->b, expr, answer);
  return e->kind == EX_UNARY && asks_answer(f, e->a, expr, answer);
}

// A name that is tried until the query finds nothing for it: `while (await find(name)) name = other()`. Whoever asks for
// the next page or row until there is none walks through them.
static bool is_probe(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  Name answer = answer_name(f, expr);
  if (any_part(f, expr, is_next_name, NULL))
    return false;
  if (asks_answer(f, f->facts.scopes.at[loop].a, expr, answer))
    return true;
  uint32_t at = ask(p, file, loop, ASK_PROBES);
  for (int i = 0; at && i < MAX_CLUES; i++, at = p->links.at[at].next)
    if (asks_answer(f, p->links.at[at].ref.id, expr, answer))
      return true;
  return false;
}

RepeatKind kind_of_while(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  Id condition = f->facts.scopes.at[loop].a;
  Repeat here = {.kind = REPEAT_PAGES, .scope = loop};
  if (any_part(f, condition, is_expr, &expr))
    return varies(p, file, expr, &here) && is_probe(p, file, expr, loop) ? REPEAT_PROBE : REPEAT_POLL;
  RepeatKind kind = kind_of_worklist(p, file, expr, loop);
  kind = kind ? kind : (RepeatKind)ask(p, file, loop, ASK_COUNTER);
  if (kind)
    return kind;
  if (is_parent_walk(p, file, expr, loop))
    return REPEAT_PARENT_WALK;
  if (any_part(f, condition, is_retry_name, NULL))
    return REPEAT_RETRY;
  if (varies(p, file, expr, &here))
    return is_probe(p, file, expr, loop) ? REPEAT_PROBE : reads_one_row(p, file, expr) ? REPEAT_POLL : REPEAT_PAGES;
  return ask(p, file, loop, ASK_CATCH) ? REPEAT_RETRY : REPEAT_POLL;
}

// `i < 3`.
static bool is_few(const File *f, Id condition) {
  const Expr *e = expr_at(f, condition), *limit = expr_at(f, e->b);
  const char *text = text_of(f, limit->name);
  bool below = e->kind == EX_BINARY && *text_of(f, e->name) == '<';
  return below && limit->kind == EX_NUMBER && strlen(text) == 1 && *text <= '0' + SHORT_LIST;
}

// A counter that is tried until the query finds nothing: `if (!(await find(name))) return name`.
static bool ends_at_nothing(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  Id binding = map_get(&f->owners, expr);
  uint32_t at = ask(p, file, loop, ASK_PROBES);
  for (int i = 0; at && i < MAX_CLUES; i++, at = p->links.at[at].next) {
    Id condition = p->links.at[at].ref.id;
    if (any_part(f, condition, is_expr, &expr) ||
        (binding && any_part(f, condition, is_name, &f->facts.bindings.at[binding].name)))
      return true;
  }
  return false;
}

// Whether a counter alone ends a loop, which so makes each of its rounds: who tries again leaves when it has worked.
static bool makes_all_rounds(const File *f, Id loop) {
  Slice exits = exits_inside(f, loop);
  bool all = exits.n <= MAX_CLUES && expr_at(f, f->facts.scopes.at[loop].a)->kind == EX_BINARY;
  for (uint32_t i = 0; i < exits.n && all; i++) {
    const Exit *exit = &f->facts.exits.at[exits.at[i]];
    all = exit->kind != EXIT_RETURN && (exit->kind != EXIT_BREAK || !break_leaves(f, exit->scope, loop));
  }
  return all;
}

typedef struct Round {
  Program *p;
  FileId file;
  Id loop;
} Round;

// Whether a value is what was waited for, or a part of that.
static bool is_awaited(const File *f, Id value) {
  const Expr *e = expr_at(f, value);
  while (e->kind == EX_MEMBER || e->kind == EX_INDEX || e->kind == EX_CAST)
    e = expr_at(f, e->a);
  return e->kind == EX_AWAIT;
}

// A variable of the round that holds what was waited for in it: the next job of a queue is another one in each round.
static bool is_answer_of_round(const File *f, Id expr, const void *with) {
  const Round *r = with;
  const Binding *b = &f->facts.bindings.at[binding_of_ident(r->p, r->file, expr)];
  return is_awaited(f, b->value) && scope_inside(f, b->scope, r->loop);
}

// Whether a query whose loop only counts does the same in each round.
static bool is_same_each_round(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  return makes_all_rounds(f, loop) && !any_part(f, expr, is_answer_of_round, &(Round){p, file, loop});
}

RepeatKind kind_of_for(Program *p, FileId file, Id expr, Id loop) {
  const File *f = &p->files.at[file];
  const Scope *s = &f->facts.scopes.at[loop];
  Repeat here = {.kind = REPEAT_ELEMENT, .scope = loop};
  if (!s->a || !s->b)
    return kind_of_while(p, file, expr, loop);
  if (any_part(f, s->b, is_cursor_step, NULL))
    return REPEAT_ELEMENT;
  if (!steps_by_one(f, s->b))
    return expr_at(f, s->b)->kind == EX_ASSIGN && *text_of(f, expr_at(f, s->b)->name) != '=' ? REPEAT_CHUNKS
                                                                                            : kind_of_while(p, file, expr, loop);
  if (any_part(f, s->a, is_length, NULL))
    return REPEAT_ELEMENT;
  if (any_part(f, s->a, is_expr, &expr) && varies(p, file, expr, &here) && is_probe(p, file, expr, loop))
    return REPEAT_PROBE;
  if (any_part(f, s->a, is_retry_name, NULL))
    return REPEAT_RETRY;
  if (any_part(f, s->a, is_page_name, NULL) || any_part(f, s->b, is_page_name, NULL))
    return REPEAT_PAGES;
  if (is_few(f, s->a))
    return REPEAT_CONSTANT;
  if (ask(p, file, loop, ASK_CHUNKS))
    return REPEAT_CHUNKS;
  if (ends_at_nothing(p, file, expr, loop))
    return is_probe(p, file, expr, loop) ? REPEAT_PROBE : REPEAT_POLL;
  return varies(p, file, expr, &here) || is_same_each_round(p, file, expr, loop) ? REPEAT_ELEMENT : REPEAT_RETRY;
}
