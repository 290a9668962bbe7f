// collection.c - what the code itself says of the size of a collection that is iterated.
//
// A loop over a handful of elements is not worth a change. What can be read off the code counts: the difference of two
// lists, an array that every caller writes out, what the elements are called.
#include "judge.h"
#include "values.h"

#include <string.h>

// Elements of a list that callers write out; steps back from a collection; callers that are looked at; loops around a loop.
enum { WRITTEN_OUT = 3, MAX_LOOK = 8, MAX_CALLERS = 200, MAX_LOOPS = 4 };

//
// The difference of two lists
//

// `known.has(x)`, `ids.includes(x.id)`, `rows.some(...)`, `map.get(x)`: whether another collection has it.
static bool asks_membership(const File *f, Id expr) {
  static const char *const names[] = {"has", "includes", "some", "find", "get", "indexOf", "findIndex"};
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a);
  return e->kind == EX_CALL && callee->kind == EX_MEMBER && is_any_of(text_of(f, callee->name), names, COUNT(names));
}

// `!known.has(x)`, `ids.indexOf(x) === -1`, `rows.every((row) => row.id !== x)`, also as one part of an `&&`.
static bool asks_absence(const File *f, Id expr, int depth) {
  static const char *const nothing[] = {"undefined", "null", "false", "1"};
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a), *right = expr_at(f, e->b);
  const char *op = text_of(f, e->name);
  if (depth > MAX_LOOK)
    return false;
  if (e->kind == EX_ALT && !strcmp(op, "&&"))
    return asks_absence(f, e->a, depth + 1) || asks_absence(f, e->b, depth + 1);
  if (e->kind == EX_UNARY)
    return !strcmp(op, "!") && asks_membership(f, e->a);
  if (e->kind == EX_CALL)
    return callee->kind == EX_MEMBER && !strcmp(text_of(f, callee->name), "every");
  right = right->kind == EX_UNARY ? expr_at(f, right->a) : right;
  return e->kind == EX_BINARY && (!strcmp(op, "===") || !strcmp(op, "==") || !strcmp(op, "<")) &&
         asks_membership(f, e->a) && (*op == '<' || is_any_of(text_of(f, right->name), nothing, COUNT(nothing)));
}

static bool filters_absent(const File *f, const Expr *call) {
  const Expr *test = expr_at(f, call->count ? list_at(f, call->first, 0) : 0);
  if (test->kind != EX_FUNCTION && call->count > 1)
    test = expr_at(f, list_at(f, call->first, 1));  // `_.filter(list, test)`
  if (test->kind != EX_FUNCTION)
    return false;
  List returns = f->facts.functions.at[test->a].returns;
  for (uint32_t i = 0; i < returns.count; i++)
    if (asks_absence(f, f->facts.lists.at[returns.first + i], 0))
      return true;
  return false;
}

// `wanted.filter((x) => !present.has(x))`, `_.difference(wanted, present)`: what two states of a thing differ in.
static bool is_difference(Program *p, FileId file, Id expr, int depth) {
  static const char *const keeps[] = {"map", "slice", "sort", "reverse", "filter", "values", "entries"};
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr), *callee = expr_at(f, e->a);
  if (!expr || depth > MAX_LOOK)
    return false;
  if (e->kind == EX_AWAIT || e->kind == EX_CAST || (e->kind == EX_ALT && !e->c))
    return is_difference(p, file, e->a, depth + 1);
  if (e->kind == EX_IDENT) {
    const Binding *b = &f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)];
    return b->kind == BIND_CONST && is_difference(p, file, b->value, depth + 1);
  }
  if (e->kind != EX_CALL)
    return false;
  const Meaning *m = callee_meaning(p, value_of(p, file, e->a), file, expr);
  const LibraryExport *export = external_export(p, value_of(p, file, e->a));
  if ((m && m->difference) || (export && export->meaning.difference))
    return true;
  if (callee->kind != EX_MEMBER || !is_any_of(text_of(f, callee->name), keeps, COUNT(keeps)))
    return false;
  return (!strcmp(text_of(f, callee->name), "filter") && filters_absent(f, e)) || is_difference(p, file, callee->a, depth + 1);
}

static bool deletes(const Judge *j, uint32_t site) {
  const Query *query = query_of_site(j, site);
  return query && query->verb == VERB_DELETE;
}

// Whether a call runs a function that is called so and writes, where its statement cannot be seen.
static bool calls_removal(Program *p, FileId file, const Act *act) {
  const File *g = &p->files.at[act->edge->function.file];
  return names_removal(text_of(g, g->facts.functions.at[act->edge->function.id].name)) &&
         act_does(p, file, *act, 1u << EFFECT_WRITE);
}

// Whether a region deletes rows, itself or through functions.
static bool look_for_deletes(const Judge *j, FileId file, Id region) {
  const File *f = &j->program->files.at[file];
  Slice acts = region ? region_acts(j->program, file, region) : (Slice){0};
  for (uint32_t i = 0; i < acts.n; i++) {
    const Act *act = &f->acts.at[acts.at[i]];
    Ref callee = act->edge ? act->edge->function : (Ref){0, 0};
    const Unit *unit = callee.file ? &j->program->files.at[callee.file].units[callee.id] : NULL;
    for (uint32_t k = 0; unit && k < unit->reach.n; k++)
      if (deletes(j, unit->reach.at[k].site))
        return true;
    if (unit ? calls_removal(j->program, file, act) : deletes(j, act->site))
      return true;
  }
  return false;
}

static bool region_deletes(Judge *j, FileId file, Id region) {
  uint64_t key = (uint64_t)file << 32 | region;
  uint32_t known = map_get(&j->deletes, key);
  if (!known) {
    known = look_for_deletes(j, file, region) ? 2 : 1;
    map_put(&j->deletes, key, known);
  }
  return known == 2;
}

//
// What callers hand in
//

static bool is_written_out(const File *f, Id given) {
  const Expr *e = expr_at(f, given);
  for (uint32_t i = 0; i < e->count; i++)
    if (expr_at(f, list_at(f, e->first, i))->kind == EX_SPREAD)
      return false;
  return e->kind == EX_ARRAY && e->count <= WRITTEN_OUT;
}

// How the callers of a function come by the list that it iterates.
typedef struct Handed {
  bool written;    // some write it out
  bool otherwise;  // some do not
  Ref from;        // one of those, which an entry point leads to; {0,0} if none is seen
  uint32_t steps;
} Handed;

// Where a caller gets the list from its own callers, these count.
static void look_at_callers(const Judge *j, FileId file, Id function, Guard param, int depth, Handed *h) {
  Program *p = j->program;
  for (uint32_t at = callers_of(&j->callers, (Ref){file, function}); at; at = j->callers.calls.at[at].next) {
    const Caller *caller = &j->callers.calls.at[at];
    const File *g = &p->files.at[caller->call.file];
    h->otherwise |= ++h->steps > MAX_CALLERS;
    if (g->context != CONTEXT_APP || h->steps > MAX_CALLERS)
      continue;
    Ref by = {caller->call.file, unit_of(g, caller->call.id)};
    Id given = caller->calls ? guard_argument(g, caller->call.id, param) : 0;
    Guard own = given ? parameter_path(p, by.file, given, by.id, 0) : (Guard){0};
    bool written = given && is_written_out(g, given);
    h->written |= written;
    if (!written && own.param && depth < MAX_LOOK && callers_of(&j->callers, by)) {
      look_at_callers(j, by.file, by.id, own, depth + 1, h);
    } else if (!written) {
      h->otherwise = true;
      h->from = h->from.file || !entry_of_function(p, by.file, by.id) ? h->from : by;
    }
  }
}

// `ids` of `ids.entries()`, which gives as many elements.
static Id list_of_iterator(const File *f, Id over) {
  static const char *const iterators[] = {"entries", "keys", "values"};
  const Expr *e = expr_at(f, over), *callee = expr_at(f, e->kind == EX_CALL ? e->a : 0);
  bool iterates = callee->kind == EX_MEMBER && !e->count && is_any_of(text_of(f, callee->name), iterators, COUNT(iterators));
  return iterates ? callee->a : over;
}

static Handed handed_in(const Judge *j, const Repeated *r) {
  const File *f = &j->program->files.at[r->file];
  Id list = r->repeat.over ? list_of_iterator(f, r->repeat.over) : 0;
  Guard param = list ? parameter_path(j->program, r->file, list, unit_of(f, list), 0) : (Guard){0};
  Handed h = {0};
  if (param.param)
    look_at_callers(j, r->file, unit_of(f, list), param, 0, &h);
  return h;
}

Ref caller_with_list(const Judge *j, const Repeated *r) {
  Handed h = handed_in(j, r);
  return h.written ? h.from : (Ref){0, 0};
}

//
// Names
//

// Things of which a system has a handful: `for (const env of environments)`, `roleIds.map((roleId) => ...)`, table "roles".
bool names_setting(const char *name) {
  static const char *const names[] = {"env", "environment", "locale", "currency", "role", "permission"};
  static const char *const ends[] = {"", "s", "Id", "Name", "Code", "Key", "_id", "_name", "_code", "_key"};
  for (size_t i = 0; name && i < COUNT(names) * COUNT(ends); i++) {
    const char *start = names[i / COUNT(ends)], *end = ends[i % COUNT(ends)];
    size_t length = strlen(start);
    if (!strncasecmp(name, start, length) && !strcmp(name + length, end))
      return true;
  }
  return false;
}

bool is_within_many(const Judge *j, const Repeated *r) {
  Program *p = j->program;
  Repeat outer = r->repeat;
  for (int i = 0; outer.over && i < MAX_LOOPS; i++) {
    outer = repeat_of(p, r->file, outer.over);
    Id region = repeat_scope(&p->files.at[r->file], &outer);
    if (outer.kind != REPEAT_ELEMENT || !region || !varies(p, r->file, r->expr, &outer) || region_is_slow(p, r->file, region))
      return false;
    uint32_t site = 0;
    const Query *rows = outer.over && growth_from(j, r->file, outer.over, &site) == GROWTH_ROWS ? query_of_site(j, site) : NULL;
    if (rows && !reads_capped_rows(j, rows))
      return true;
  }
  return false;
}

const char *small_collection(Judge *j, const Repeated *r) {
  Id over = r->repeat.over;
  if (!over || is_in_resolver(r))
    return NULL;
  Id region = repeat_scope(&j->program->files.at[r->file], &r->repeat);
  if ((r->effect == EFFECT_WRITE || region_deletes(j, r->file, region)) && is_difference(j->program, r->file, over, 0))
    return "it loops over what two lists differ in, which is little as a rule";
  if (names_setting(item_name(&j->program->files.at[r->file], &r->repeat)))
    return "it loops over settings, of which there are few as a rule";
  Handed h = handed_in(j, r);
  if (h.written && !h.otherwise)
    return "each caller hands in a list of one or a few that it writes out";
  uint32_t site;
  Growth growth = growth_from(j, r->file, over, &site);
  const Query *rows = site ? query_of_site(j, site) : NULL;
  if (growth == GROWTH_CAPPED)
    return "a list that is long is refused before";
  if (rows && reads_capped_rows(j, rows))
    return "it loops over rows that are added only while there are fewer than a limit";
  // What does not depend on the element, and what walks a tree, is worth a change in any case.
  if (is_invariant(r) || is_recursive(j->program, r) || is_within_many(j, r))
    return NULL;
  if (growth == GROWTH_PART)
    return "it loops over the parts of one object, which are few as a rule";
  return growth == GROWTH_UNKNOWN ? "nothing in the code shows that the list is long" : NULL;
}
