// doubt.c - why a repeated query may not be worth a change, though it is true: such findings are notes.
//
// Errors and warnings are meant to be acted on. A round that waits for a mail server anyway, that is a whole
// use case of its own, or whose statement cannot be joined with the others is told, but not loudly.
#include "judge.h"
#include "values.h"

#include <string.h>

// Side effects that take longer than a query. Publishing a message does not, and waiting is mostly for retries.
static bool is_slow(uint8_t effect) { return effect >= EFFECT_MAIL && effect != EFFECT_QUEUE && effect != EFFECT_SLEEP; }

static bool reaches_slow(Program *p, FileId file, const Edge *edge) {
  const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
  for (uint32_t i = 0; i < callee->reach.n; i++)
    if (is_slow(callee->reach.at[i].effect) && reach_runs(p, file, edge, &callee->reach.at[i]))
      return true;
  return false;
}

// Whether some call in the region waits for something slower than a query.
static bool is_slow_round(Program *p, FileId file, Id region) {
  const File *f = &p->files.at[file];
  for (Id unit = 0; region && unit < f->facts.functions.n; unit++) {
    const Unit *u = &f->units[unit];
    for (uint32_t i = 0; i < u->sites.n; i++) {
      const Site *site = &p->sites.at[u->sites.at[i]];
      if (is_slow(site->effect) && scope_inside(f, expr_at(f, site->expr.id)->scope, region))
        return true;
    }
    for (uint32_t i = 0; i < u->edges.n; i++)
      if (scope_inside(f, expr_at(f, u->edges.at[i].call)->scope, region) && reaches_slow(p, file, &u->edges.at[i]))
        return true;
  }
  return false;
}

// The function that runs the callback for each element waits between them: the pace is meant.
static bool is_paced(Program *p, const Repeated *r) {
  const File *f = &p->files.at[r->file];
  const Unit *unit = &f->units[r->repeat.call ? unit_of(f, r->repeat.call) : 0];
  for (uint32_t i = 0; r->repeat.call && i < unit->edges.n; i++) {
    const Edge *edge = &unit->edges.at[i];
    const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
    for (uint32_t k = 0; edge->call == r->repeat.call && edge->kind == EDGE_CALL && k < callee->reach.n; k++)
      if (callee->reach.at[k].effect == EFFECT_SLEEP)
        return true;
  }
  return false;
}

// The called function is a whole use case: it does several things to the database, some of them writes.
static bool is_unit_of_work(const Repeated *r) { return r->via.file && r->writes && r->others >= 3; }

enum { FAR = 5 };  // calls between a loop and a query after which nobody thinks of them together

static bool ends_with_ids(const char *name) {
  size_t n = strlen(name);
  return n >= 3 && (!strcmp(name + n - 3, "Ids") || !strcmp(name + n - 3, "ids") || !strcmp(name + n - 3, "IDs"));
}

// Some branch of the loop leaves it: a search or a check.
static bool may_leave(const File *f, Id region) {
  for (uint32_t i = 1; i < f->facts.exits.n; i++) {
    const Exit *exit = &f->facts.exits.at[i];
    bool leaves = exit->kind == EXIT_RETURN || exit->kind == EXIT_BREAK;
    if (leaves && scope_inside(f, exit->scope, region) &&
        f->facts.scopes.at[exit->scope].function == f->facts.scopes.at[region].function)
      return true;
  }
  return false;
}

// The parts of one object (`order.surcharges`, `command.channels`), which are few as a rule; a list of ids is not.
static bool is_part_list(const File *f, const Repeated *r, Id region) {
  const Expr *over = expr_at(f, r->repeat.over);
  if (over->kind == EX_ALT && !over->c)
    over = expr_at(f, over->a);  // `input.items ?? []`
  if (over->kind != EX_MEMBER || ends_with_ids(text_of(f, over->name)))
    return false;
  return r->effect == EFFECT_WRITE || r->via.file || (r->repeat.scope && may_leave(f, region));
}

// A Sequelize model with hooks of its own: a bulk statement does not run them for each row.
static bool has_hooks(Program *p, const Site *site) {
  for (uint32_t at = map_get(&p->classes_by_name, site->table + 1u); site->table && at; at = p->links.at[at].next) {
    Ref ref = p->links.at[at].ref;
    const File *f = &p->files.at[ref.file];
    List members = f->facts.classes.at[ref.id].members;
    for (uint32_t i = 0; i < members.count; i++) {
      List decorators = f->facts.members.at[f->facts.lists.at[members.first + i]].decorators;
      const Expr *e = expr_at(f, decorators.count ? f->facts.lists.at[decorators.first] : 0);
      const Expr *name = e->kind == EX_CALL ? expr_at(f, e->a) : e;
      const char *text = text_of(f, name->name);
      if (!strncmp(text, "After", 5) || !strncmp(text, "Before", 6))
        return true;
    }
  }
  return false;
}

// Errors of one element are caught, and the loop goes on.
static bool is_caught(const File *f, const Repeated *r, Id region) {
  const Expr *e = expr_at(f, r->expr), *parent = expr_at(f, e->parent);
  if (parent->kind == EX_MEMBER && !strcmp(text_of(f, parent->name), "catch"))
    return true;
  for (Id scope = e->scope; scope && scope != region; scope = f->facts.scopes.at[scope].parent)
    if (f->facts.scopes.at[scope].kind == SC_TRY)
      return true;
  return false;
}

static bool starts_with_any(const char *name, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!strncmp(name, words[i], strlen(words[i])))
      return true;
  return false;
}

static bool is_update(const char *method) {
  static const char *const words[] = {"update", "patch", "set", "findOneAndUpdate", "findByIdAndUpdate", "nativeUpdate"};
  return starts_with_any(method, words, COUNT(words));
}

// An insert of many rows at once.
static bool writes_set(Program *p, const Site *site) {
  static const char *const words[] = {"create", "insert", "bulk"};
  return site->bulk || (site->rows == ROWS_MANY && starts_with_any(sym_text(p, site->method), words, COUNT(words)));
}

// The values that an update sets: the property `data`, `set` or `$set`, else the whole argument.
static Id values_of(const File *f, Id expr) {
  static const char *const names[] = {"data", "set", "$set", "values"};
  const Expr *e = expr_at(f, expr);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *property = expr_at(f, list_at(f, e->first, i));
    for (size_t k = 0; k < COUNT(names); k++)
      if (property->kind == EX_PROPERTY && !strcmp(text_of(f, property->name), names[k]))
        return property->a;
  }
  return expr;
}

// An update that sets other values for each row: `row.save()`, or a call whose values vary.
static bool sets_own_values(Program *p, const Repeated *r, const Site *site) {
  const File *f = &p->files.at[r->file];
  const char *method = sym_text(p, site->method);
  if (!site->call.file || !(is_update(method) || !strcmp(method, "save")))
    return false;
  const Expr *call = expr_at(f, site->call.id);
  Id receiver = receiver_of(f, site);
  if (receiver && varies(p, r->file, receiver, &r->repeat))
    return true;
  if (!strcmp(method, "save"))
    return false;
  for (uint32_t i = 0; i < call->count; i++) {
    Id argument = list_at(f, call->first, i), values = values_of(f, argument);
    bool only = call->count == 1 || values != argument || i + 1 == call->count;
    if (only && varies(p, r->file, values, &r->repeat))
      return true;
  }
  return false;
}

// The query asks for something that the same round has just written.
static bool asks_for_own_write(Program *p, const Repeated *r, Id region) {
  const File *f = &p->files.at[r->file];
  Id part = filter_of(p, r).value;
  while (part && expr_at(f, part)->kind != EX_IDENT && expr_at(f, part)->a)
    part = expr_at(f, part)->a;
  const Expr *e = expr_at(f, part);
  Id binding = e->kind == EX_IDENT ? binding_of(p, r->file, e->scope, e->name, false) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  const Expr *made = expr_at(f, b->kind == BIND_CONST ? b->value : 0);
  if (!binding || made->kind != EX_AWAIT || !scope_inside(f, b->scope, region))
    return false;
  const Unit *unit = &f->units[unit_of(f, b->value)];
  for (uint32_t i = 0; i < unit->sites.n; i++) {
    const Site *site = &p->sites.at[unit->sites.at[i]];
    if (site->expr.id == made->a && site->effect == EFFECT_WRITE)
      return true;
  }
  return false;
}

const char *doubt_of(Program *p, const Repeated *r) {
  const File *f = &p->files.at[r->file];
  const Site *site = &p->sites.at[r->site];
  Id region = repeat_scope(f, &r->repeat);
  bool write = r->effect == EFFECT_WRITE;
  if (r->repeat.deferred)
    return "the loop only collects functions that make the query later";
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "there are as many queries as levels, which are few as a rule";
  if (r->cached)
    return "what is read is kept, and asked for again only when it is missing or too old";
  if (is_slow_round(p, r->file, region))
    return "each round also waits for something slower than a query (mail, HTTP, files, another service)";
  if (is_paced(p, r))
    return "the elements are worked off at a pace that is meant";
  if (is_unit_of_work(r))
    return "each round is a use case of its own with several writes";
  if (r->hops >= FAR)
    return "the query is many calls away from the loop";
  if (is_part_list(f, r, region))
    return "it loops over the parts of one object, which are few as a rule";
  if (write && r->via.file)
    return "the write stands in a function of its own, which would need a form for many rows";
  if (write && !site->table && site->sql.file)
    return "what the statement writes cannot be seen";
  if (write && has_hooks(p, site))
    return "the model has hooks, which a bulk statement does not run for each row";
  if (write && writes_set(p, site))
    return "each round writes a set of rows already";
  if (write && is_caught(f, r, region))
    return "an error of one element is caught and does not stop the others";
  if (write && sets_own_values(p, r, site))
    return "each row gets values of its own";
  if (!write && asks_for_own_write(p, r, region))
    return "it asks for what the same round has just written";
  return NULL;
}
