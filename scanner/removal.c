// removal.c - loops of functions that delete a thing together with what hangs on it.
//
// Deleting is rare next to reading, what hangs on one thing is seldom much, and where elements are deleted one by one, a
// query less changes little. A round that does nothing but delete its row is another matter: one statement does for all;
// so is a tree, which is read level by level or at once.
#include "judge.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

// A word of the name begins so: "deleteAsset", "documentPermanentDeleter".
bool names_removal(const char *name) {
  static const char *const words[] = {"delet", "destroy", "purge", "erase"};
  for (const char *at = name; *at; at++)
    for (size_t i = 0; i < COUNT(words); i++)
      if (!strncasecmp(at, words[i], strlen(words[i])) && (at == name || isupper((unsigned char)*at) || at[-1] == '_'))
        return true;
  return false;
}

Id removal_around(Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  for (Id function = unit_of(f, expr); function;) {
    const Function *fn = &f->facts.functions.at[function];
    if (names_removal(text_of(f, fn->name)) && region_writes_any(p, file, fn->scope))
      return function;
    function = f->facts.scopes.at[f->facts.scopes.at[fn->scope].parent].function;
  }
  return 0;
}

enum { DATABASE = 1u << EFFECT_READ | 1u << EFFECT_WRITE, CHANGES = 1u << EFFECT_WRITE | 1u << EFFECT_QUEUE };

// Whether a function changes something for each element of a list: rows, or jobs that are to do it.
static bool changes_each(Program *p, FileId file, Id function) {
  File *f = &p->files.at[file];
  uint32_t known = map_get(&f->changes_each, function);
  Slice acts = region_acts(p, file, f->facts.functions.at[function].scope);
  bool found = known == 2;
  for (uint32_t i = 0; !known && i < acts.n && !found; i++) {
    Act act = f->acts.at[acts.at[i]];
    found = act_does(p, file, act, CHANGES) && repeat_of(p, file, act_expr(p, act)).kind == REPEAT_ELEMENT;
  }
  map_put(&f->changes_each, function, found ? 2 : 1);
  return found;
}

// Whether a round does more to the database than the one thing.
static bool does_more(Program *p, const Repeated *r, Id region) {
  const File *f = &p->files.at[r->file];
  Slice acts = region_acts(p, r->file, region);
  for (uint32_t i = 0; i < acts.n; i++) {
    Act act = f->acts.at[acts.at[i]];
    if (act_expr(p, act) != r->expr && act_does(p, r->file, act, DATABASE))
      return true;
  }
  return false;
}

bool serves_removal(Program *p, const Repeated *r) {
  const File *f = &p->files.at[r->file];
  Id function = removal_around(p, r->file, r->expr);
  if (!function || is_recursive(p, r))
    return false;
  return r->effect == EFFECT_READ ? changes_each(p, r->file, function)
                                  : does_more(p, r, repeat_scope(f, &r->repeat));
}
