// reached.c - which code is reached from the entry points.
//
// A breadth-first search over the call graph gives each function the nearest entry; where two are equally near, the one
// that comes first in the program. It also follows what the call graph leaves out because there it would be a guess: a
// method that many classes implement. Linear in functions, calls and edges.
#include "values.h"

enum { MAX_LEVELS = 8 };  // of classes below a class

typedef struct Search {
  Program *p;
  Id **inner;  // by file and function: the first callback that is written in it
  Id **next;   // the next one of the same function
  VEC(Ref) queue;
  uint32_t done;  // of the queue
} Search;

// List the functions that are arguments where they are written, by the function around them: whoever gets them, they
// run because of it.
static void list_callbacks(Search *s, FileId file) {
  const File *f = &s->p->files.at[file];
  uint32_t n = f->facts.functions.n;
  s->inner[file] = xcalloc(n + 1u, sizeof(Id));
  s->next[file] = xcalloc(n + 1u, sizeof(Id));
  for (Id i = n; i-- > 1;) {
    Id expr = f->facts.functions.at[i].expr;
    uint8_t around = expr_at(f, expr_at(f, expr)->parent)->kind;
    Id outer = unit_of(f, expr);
    if ((around != EX_CALL && around != EX_NEW) || outer == i)
      continue;
    s->next[file][i] = s->inner[file][outer];
    s->inner[file][outer] = i;
  }
}

// Tests call application code, but are not from where it runs.
static bool leads_into(const Program *p, FileId from, FileId to) {
  Context context = p->files.at[from].context;
  return !context_is_trial(context) || p->files.at[to].context == context;
}

static void reach(Search *s, Ref from, Ref to) {
  Unit *unit = &s->p->files.at[to.file].units[to.id];
  if (unit->entry || !leads_into(s->p, from.file, to.file))
    return;
  unit->entry = s->p->files.at[from.file].units[from.id].entry;
  vec_push(&s->queue, to);
}

// The methods of a name in the classes that extend or implement a class, at any distance.
static void reach_implementers(Search *s, Ref from, Ref class, Sym name, int depth) {
  Program *p = s->p;
  uint64_t key = ref_key(class) << 1;
  for (uint32_t at = depth < MAX_LEVELS ? map_get(&p->implementers, key) : 0; at; at = p->links.at[at].next) {
    Ref other = p->links.at[at].ref;
    const File *f = &p->files.at[other.file];
    List members = f->facts.classes.at[other.id].members;
    for (uint32_t i = 0; i < members.count; i++) {
      const Member *m = &f->facts.members.at[list_at(f, members.first, i)];
      if (m->function && sym_of(f, m->name) == name)
        reach(s, from, (Ref){other.file, m->function});
    }
    reach_implementers(s, from, other, name, depth + 1);
  }
}

// A method that is left to the classes below its own.
static void reach_overriding(Search *s, Ref from) {
  const File *f = &s->p->files.at[from.file];
  const Function *fn = &f->facts.functions.at[from.id];
  if (fn->class && fn->flags & FN_NO_BODY)
    reach_implementers(s, from, (Ref){from.file, fn->class}, sym_of(f, fn->name), 0);
}

static void expand(Search *s, Ref from) {
  const Unit *unit = &s->p->files.at[from.file].units[from.id];
  for (uint32_t i = 0; i < unit->edges.n; i++)
    if (!unit->edges.at[i].elsewhere)
      reach(s, from, unit->edges.at[i].function);
  for (Id id = s->inner[from.file][from.id]; id; id = s->next[from.file][id])
    reach(s, from, (Ref){from.file, id});
  reach_overriding(s, from);
}

// Which entries start together: what requests and the like reach is theirs, also where a command does so too.
static int wave_of(uint8_t kind) { return kind == ENTRY_CLI ? 2 : kind == ENTRY_MIDDLEWARE; }

static void expand_all(Search *s) {
  for (; s->done < s->queue.n; s->done++)
    expand(s, s->queue.at[s->done]);
}

// Middleware starts last: what a route reaches just as soon is the route's.
void program_reached(Program *p) {
  Search s = {.p = p};
  s.inner = xcalloc(p->files.n, sizeof *s.inner);
  s.next = xcalloc(p->files.n, sizeof *s.next);
  for (FileId file = 1; file < p->files.n; file++)
    list_callbacks(&s, file);
  for (int wave = 0; wave < 3; wave++) {
    for (uint32_t i = 1; i < p->entries.n; i++)
      if (wave_of(p->entries.at[i].kind) == wave)
        vec_push(&s.queue, p->entries.at[i].function);
    if (wave)
      expand_all(&s);
  }
  for (FileId file = 1; file < p->files.n; file++) {
    xfree(s.inner[file]);
    xfree(s.next[file]);
  }
  xfree(s.inner);
  xfree(s.next);
  vec_release(&s.queue);
}

const Entry *entry_of_function(const Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  Id unit = function;
  while (unit && !f->units[unit].entry)
    unit = unit_of(f, f->facts.functions.at[unit].expr);
  return f->units[unit].entry ? &p->entries.at[f->units[unit].entry] : NULL;
}

const Entry *entry_of(const Program *p, FileId file, Id expr) {
  return entry_of_function(p, file, unit_of(&p->files.at[file], expr));
}
