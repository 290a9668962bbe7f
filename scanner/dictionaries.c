// dictionaries.c - what Maps, Sets and objects that are used as dictionaries hold. See values.h.
#include "values.h"

#include <string.h>

ValueId value_as_list(Program *p, ValueId value) {
  const Value v = *value_at(p, value);
  return v.kind == VAL_DICT && !v.b ? value_make(p, VAL_ARRAY, v.a, 0, 0) : value;
}

ValueId value_of_entries(Program *p, ValueId of, bool pairs) {
  ValueId list = value_as_list(p, of);
  if (list == of)
    return VALUE_UNKNOWN;
  return pairs ? value_make(p, VAL_ARRAY, list, 0, 0) : list;
}

ValueId value_of_map_call(Program *p, ValueId map, const char *name) {
  ValueId held = value_at(p, map)->a;
  if (!strcmp(name, "get"))
    return held;
  if (strcmp(name, "values") && strcmp(name, "entries"))
    return VALUE_UNKNOWN;
  return value_make(p, VAL_ARRAY, strcmp(name, "values") ? value_element(p, map) : held, 0, 0);
}

ValueId value_of_new_collection(Program *p, const char *name, FileId file, Id call) {
  bool map = !strcmp(name, "Map") || !strcmp(name, "WeakMap");
  if (!map && strcmp(name, "Set"))
    return VALUE_UNKNOWN;
  const File *f = &p->files.at[file];
  const Type *types = &f->facts.types.at[expr_at(f, call)->type];
  Id first = argument_at(f, call, 0);
  ValueId held = first ? value_element(p, value_of(p, file, first)) : VALUE_UNKNOWN;
  if (types->list.count == 1u + map)
    held = value_of_type(p, file, list_at(f, types->list.first, map));
  else if (map)
    held = value_element(p, held);
  return held == VALUE_UNKNOWN ? held : value_make(p, map ? VAL_DICT : VAL_ARRAY, held, map, 0);
}
