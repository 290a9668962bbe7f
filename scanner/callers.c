// callers.c - the call graph the other way round: who calls a function.
#include "judge.h"

enum { MAX_CALLERS = 64 };  // functions that are looked at on the ways up

uint32_t callers_of(const Callers *callers, Ref function) { return map_get(&callers->by_function, ref_key(function)); }

void callers_index(Callers *callers, const Program *p) {
  vec_push(&callers->calls, ((Caller){0}));
  for (FileId file = 1; file < p->files.n; file++)
    for (Id unit = 0; unit < p->files.at[file].facts.functions.n; unit++)
      for (uint32_t i = 0; i < p->files.at[file].units[unit].edges.n; i++) {
        const Edge *edge = &p->files.at[file].units[unit].edges.at[i];
        uint64_t key = ref_key(edge->function);
        uint32_t next = map_get(&callers->by_function, key);
        vec_push(&callers->calls, ((Caller){{file, edge->call}, edge->kind == EDGE_CALL, next}));
        map_put(&callers->by_function, key, callers->calls.n - 1);
      }
}

void callers_release(Callers *callers) {
  vec_release(&callers->calls);
  map_release(&callers->by_function);
}

bool only_scripts_call(const Judge *j, Ref function) {
  const Program *p = j->program;
  Ref ways[MAX_CALLERS] = {function};
  uint32_t n = 1;
  bool script = false;  // what only calls itself is called by nobody
  for (uint32_t i = 0; i < n; i++) {
    bool called = false;
    for (uint32_t at = callers_of(&j->callers, ways[i]); at; at = j->callers.calls.at[at].next) {
      Ref call = j->callers.calls.at[at].call;
      const File *f = &p->files.at[call.file];
      Ref caller = {call.file, unit_of(f, call.id)};
      bool known = false;
      for (uint32_t k = 0; k < n && !known; k++)
        known = ways[k].file == caller.file && ways[k].id == caller.id;
      called = called || !context_is_trial(f->context);
      script = script || (f->context != CONTEXT_APP && !context_is_trial(f->context));
      if (known || f->context != CONTEXT_APP)
        continue;
      if (!caller.id || n == MAX_CALLERS)
        return false;
      ways[n++] = caller;
    }
    if (!called)
      return false;
  }
  return script;
}
