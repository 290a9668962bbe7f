// arguments.c - what a function gets: the arguments of its calls, and for a constructor those of `super(...)`; and whether
// it is called but once, when its module is loaded.
#include "values.h"

#include <string.h>

// The name under which a function is called: its own, or its class's for a constructor.
static Sym calling_name(const File *f, const Function *fn) {
  return sym_of(f, fn->flags & FN_CONSTRUCTOR ? f->facts.classes.at[fn->class].name : fn->name);
}

static bool calls_function(Program *p, Ref call, Ref function, const Function *fn) {
  const Expr *e = expr_at(&p->files.at[call.file], call.id);
  ValueId each[4], loaded = loaded_function(p, call.file, call.id);
  uint32_t n = value_each(p, loaded == VALUE_UNKNOWN ? value_of(p, call.file, e->a) : loaded, each);
  for (uint32_t i = 0; i < n; i++) {
    const Value *v = value_at(p, each[i]);
    if (v->kind == VAL_FOLDER) {
      if (folder_calls(p, each[i], function))
        return true;
      continue;
    }
    bool constructor = fn->flags & FN_CONSTRUCTOR && v->kind == VAL_CLASS && v->b == fn->class;
    bool plain = v->kind == VAL_FUNCTION && v->b == function.id;
    if (v->a == function.file && (constructor || plain))
      return true;
  }
  return false;
}

typedef struct Arguments {
  ValueId values[4];
  uint32_t n, tried;
} Arguments;

static void add_argument(Arguments *out, ValueId value) {
  bool known = value == VALUE_UNKNOWN;
  for (uint32_t i = 0; i < out->n; i++)
    known |= out->values[i] == value;
  if (!known)
    out->values[out->n++] = value;
}

// What a call hands to parameter `index`: its argument, from a library that loads the function the receiver.
static Id handed_by(Program *p, Ref call, uint32_t index) {
  const File *f = &p->files.at[call.file];
  if (loaded_function(p, call.file, call.id) == VALUE_UNKNOWN)
    return argument_at(f, call.id, (int)index);
  return index ? 0 : expr_at(f, expr_at(f, call.id)->a)->a;
}

// The argument `index` of those calls in a chain that call the function, as far as they differ.
static void collect_arguments(Program *p, uint32_t chain, Ref function, uint32_t index, Arguments *out) {
  const Function *fn = &p->files.at[function.file].facts.functions.at[function.id];
  for (uint32_t at = chain; at && out->n < COUNT(out->values) && out->tried < MAX_CANDIDATES; at = p->links.at[at].next) {
    Ref call = p->links.at[at].ref;
    Id argument = handed_by(p, call, index);
    out->tried++;
    if (!argument || !calls_function(p, call, function, fn))
      continue;
    add_argument(out, value_of(p, call.file, argument));
  }
}

// The join of the arguments at the call sites: a name proposes them, or that they call what the whole module is;
// evaluation decides.
ValueId value_of_arguments(Program *p, Ref function, uint32_t index) {
  const File *f = &p->files.at[function.file];
  Sym name = calling_name(f, &f->facts.functions.at[function.id]);
  Arguments found = {.n = 0};
  if (name)
    collect_arguments(p, map_get(&p->calls_by_name, name + 1u), function, index, &found);
  if (!found.n)
    collect_arguments(p, map_get(&p->calls_of_module, function.file), function, index, &found);
  return value_union(p, found.values, found.n);
}

uint32_t calls_of_function(Program *p, Ref function, Ref *calls, uint32_t most) {
  const File *f = &p->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  Sym name = calling_name(f, fn);
  uint32_t chains[] = {name ? map_get(&p->calls_by_name, name + 1u) : 0, map_get(&p->calls_of_module, function.file)};
  uint32_t found = 0, tried = 0;
  for (size_t i = 0; i < COUNT(chains) && !found; i++)
    for (uint32_t at = chains[i]; at; at = p->links.at[at].next) {
      Ref call = p->links.at[at].ref;
      if (++tried > MAX_CANDIDATES || found == most)
        return 0;
      if (p->files.at[call.file].context == CONTEXT_APP && calls_function(p, call, function, fn))
        calls[found++] = call;
    }
  return found;
}

Id handed_to_base(const File *f, Id class, int index) {
  Id call = map_get(&f->super_calls, class);
  return call ? argument_at(f, call, index) : 0;
}

// What is handed to a constructor from one place after the other, as far as it differs; one that cannot be told may be anything.
typedef struct Handed {
  Arguments found;
  bool open;
} Handed;

static void add_handed(Program *p, Handed *handed, FileId file, Id argument) {
  ValueId value = value_of(p, file, argument);
  handed->open |= value == VALUE_UNKNOWN;
  if (handed->found.n < COUNT(handed->found.values))
    add_argument(&handed->found, value);
}

// What `new` hands to a class.
static void collect_made(Program *p, Ref class, uint32_t index, Handed *handed) {
  const File *f = &p->files.at[class.file];
  Name name = f->facts.classes.at[class.id].name;
  ValueId value = value_make(p, VAL_CLASS, class.file, class.id, 0);
  uint32_t at = name ? map_get(&p->calls_by_name, sym_of(f, name) + 1u) : 0;
  for (; at && !handed->open && handed->found.tried++ < MAX_CANDIDATES; at = p->links.at[at].next) {
    Ref call = p->links.at[at].ref;
    const File *g = &p->files.at[call.file];
    const Expr *e = expr_at(g, call.id);
    Id argument = e->kind == EX_NEW && g->context == CONTEXT_APP ? argument_at(g, call.id, (int)index) : 0;
    if (argument && value_of(p, call.file, e->a) == value)
      add_handed(p, handed, call.file, argument);
  }
}

// What the classes that extend one hand to its constructor; one without a constructor hands on what it gets.
static void collect_heirs(Program *p, uint64_t class, uint32_t index, Handed *handed) {
  uint32_t at = map_get(&p->implementers, class << 1);
  for (; at && !handed->open && handed->found.tried++ < MAX_CANDIDATES; at = p->links.at[at].next) {
    Ref heir = p->links.at[at].ref;
    const File *f = &p->files.at[heir.file];
    Id argument = f->context == CONTEXT_APP ? handed_to_base(f, heir.id, (int)index) : 0;
    if (argument)
      add_handed(p, handed, heir.file, argument);
    else if (f->context == CONTEXT_APP && !map_get(&f->super_calls, heir.id))
      collect_made(p, heir, index, handed);
  }
}

// Values of one kind of thing of a library are one of which the table is not known.
static ValueId join_tables(Program *p, const ValueId *values, uint32_t n) {
  const Value first = *value_at(p, n ? values[0] : VALUE_UNKNOWN);
  for (uint32_t i = 0; i < n; i++)
    if (value_at(p, values[i])->kind != VAL_LIBRARY || value_at(p, values[i])->a != first.a)
      return value_union(p, values, n);
  return n == 1 ? values[0] : library_value(p, (StateId)first.a, 0);
}

// What a constructor gets from the classes that extend its own, where all that it gets can be told.
ValueId value_of_super_arguments(Program *p, FileId file, Id function, uint32_t index) {
  const Function *fn = &p->files.at[file].facts.functions.at[function];
  if (!(fn->flags & FN_CONSTRUCTOR))
    return VALUE_UNKNOWN;
  Handed handed = {.open = false};
  collect_heirs(p, (uint64_t)file << 32 | fn->class, index, &handed);
  if (handed.found.n)
    collect_made(p, (Ref){file, fn->class}, index, &handed);
  return handed.open ? VALUE_UNKNOWN : join_tables(p, handed.found.values, handed.found.n);
}

// Whether an expression runs when its module is loaded, also in callbacks there.
static bool runs_at_load(Program *p, FileId file, Id expr) {
  Id unit, over;
  int index, use;
  while (expr && (unit = unit_of(&p->files.at[file], expr)))
    expr = inline_call(p, file, unit, &index, &use, &over);
  return expr != 0;
}

enum { MAX_LOADS = 16 };  // calls of a module's function that are looked at

bool makes_module(Program *p, FileId file, Id function) {
  Ref whole = function ? value_function(p, whole_module_value(p, file)) : (Ref){0, 0};
  uint32_t at = whole.file == file && whole.id == function ? map_get(&p->calls_of_module, file) : 0;
  bool once = at != 0;
  for (int i = 0; once && at; at = p->links.at[at].next)
    once = ++i < MAX_LOADS && runs_at_load(p, p->links.at[at].ref.file, p->links.at[at].ref.id);
  return once;
}
