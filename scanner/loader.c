// loader.c - the fix for a query in a field resolver: a DataLoader, and the relation that would save it.
#include "judge.h"
#include "values.h"

#include <string.h>

// Whether a function reads a member of this name of one of its parameters: `if (order.lines) return order.lines`.
static bool reads_member(const Program *p, FileId file, Id function, Sym name) {
  const File *f = &p->files.at[file];
  Id scope = f->facts.functions.at[function].scope;
  for (Id i = f->extents[scope].first; i < f->extents[scope].end; i++) {
    const Expr *e = expr_at(f, i);
    if (e->kind != EX_MEMBER || sym_of(f, e->name) != name || !scope_inside(f, e->scope, scope))
      continue;
    const Expr *object = expr_at(f, e->a);
    Id binding = object->kind == EX_IDENT ? binding_of(p, file, object->scope, object->name, false) : 0;
    if (f->facts.bindings.at[binding].kind == BIND_PARAM)
      return true;
  }
  return false;
}

// Whether the resolver, or a function on the way, looks whether the field is there already.
static bool reads_field(const Program *p, const Repeated *r, const Resolver *resolver) {
  if (reads_member(p, r->file, r->repeat.callback, resolver->field))
    return true;
  for (Way way = way_of(r); way.via.file;) {
    if (reads_member(p, way.via.file, way.via.id, resolver->field))
      return true;
    if (!way_next(p, &way))
      break;
  }
  return false;
}

// Whether the field is a relation of the parent's rows.
static bool is_relation(const Judge *j, const Resolver *resolver) {
  const Program *p = j->program;
  for (uint32_t at = map_get(&p->relation_index, resolver->type + 1u); at; at = p->next_relation.at[at])
    if (p->relations.at[at].name == resolver->field)
      return true;
  return false;
}

static void put_query(Text *out, const Batch *b, const char *template) {
  const char *code = batch_code(b, template);
  if (code)
    text_printf(out, "reads them with one query, `%s`", code);
  else if (b->list)
    text_printf(out, "reads them with one query, this one with `%s`", b->list);
  else if (b->key)
    text_printf(out, "reads them with one query, this one with a list for `%s`", b->key);
  else
    text_printf(out, "reads the rows%s%s of all of them with one query", *b->table ? " of " : "", b->table);
  if (!code)
    put_kept(out, b);
}

static void put_order(Text *out, const Batch *b) {
  if (is_aggregate(b))
    text_puts(out, ", and gives the number of each key in their order");
  else if (b->many)
    text_printf(out, ", and gives the rows of each key in their order%s%s%s", b->by ? ", grouped by `" : "", b->by ? b->by : "",
                b->by ? "`" : "");
  else
    text_puts(out, ", and gives one row for each key in their order");
  if (b->along)
    text_printf(out, " (%s)", b->along);
}

static void put_loader(Text *out, const Judge *j, const Repeated *r) {
  Batch b = batch_of(j, r);
  text_puts(out, "batch it with a DataLoader, made once per request: its function gets the keys of one tick, ");
  put_query(out, &b, b.site->advice);
  put_order(out, &b);
  const char *key = b.of_item ? b.value : "key";
  text_printf(out, is_handed_up(j->program, r) ? "; the field returns `loader.load(%s)`"
                                               : "; the field makes its value from `await loader.load(%s)`", key);
}

const char *loader_text(const Judge *j, const Repeated *r) {
  Program *p = j->program;
  const Resolver *resolver = resolver_at(p, r->file, r->repeat.callback);
  const char *field = sym_text(p, resolver->field), *type = sym_text(p, resolver->type);
  bool guarded = *field && reads_field(p, r, resolver);
  Text text = {0};
  if (guarded)
    text_printf(&text, "load `%s` with the query that reads the rows of %s: the field does not ask where it is there. Or ", field, type);
  put_loader(&text, j, r);
  if (!guarded && *field && is_relation(j, resolver))
    text_printf(&text, ". Or return `%s` of the parent when it is loaded, and load it in the query that reads the rows of %s", field, type);
  return advice_end(&text, j, r);
}
