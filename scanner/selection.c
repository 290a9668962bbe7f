// selection.c - the columns that a query of an ORM could name instead of reading all: as advice, and as a fix.
#include <ctype.h>
#include <string.h>

#include "row_uses.h"

bool loads_along(const Query *q, const char *name) {
  for (uint32_t i = 0; i < q->relations.n; i++)
    if (!q->relations.at[i].parent && !strcmp(q->relations.at[i].name, name))
      return true;
  return false;
}

// Whether one option names columns and relations alike: `select` of Prisma.
static bool names_both(const char *const *keys, const char *const *columns) {
  for (; keys && *keys; keys++)
    for (const char *const *column = columns; *column; column++)
      if (!strcmp(*keys, *column))
        return true;
  return false;
}

// The names in the form of one hole of the library's template: `{true}` is "id: true, name: true".
static void put_names(Judge *j, Text *out, const char *form, size_t length, const Query *q, const RowUses *uses) {
  static const struct {
    const char *form, *before, *after, *between;
  } forms[] = {{"names", "", "", ", "}, {"quoted", "'", "'", ", "}, {"words", "", "", " "},
               {"true", "", ": true", ", "}, {"ones", "", ": 1", ", "}, {"members", "", "", ", "}};
  const Table *table = q->tables.at[0].table;
  const RelationWords *words = &j->program->libs->libraries.at[j->program->sites.at[q->site].library].relations;
  bool relations = names_both(words->keys, words->columns);
  const char *between = "";
  for (size_t k = 0; k < COUNT(forms); k++)
    for (uint32_t i = 0; strlen(forms[k].form) == length && !strncmp(forms[k].form, form, length) && i < uses->n; i++) {
      const char *name = uses->names[i];
      if (loads_along(q, name) && !relations)
        continue;
      text_printf(out, "%s%s%s%s", between, forms[k].before, name, forms[k].after);
      if (!strcmp(forms[k].form, "members"))
        text_printf(out, ": %s.%s", table->model ? table->model : table->name, name);
      between = forms[k].between;
    }
}

// The library's template with the names in it; false when it has none.
static bool put_selection(Judge *j, Text *out, const Query *q, const RowUses *uses) {
  Program *p = j->program;
  const char *at = p->libs->libraries.at[p->sites.at[q->site].library].selection;
  bool known = at != NULL;
  while (known && *at) {
    const char *close = *at == '{' ? strchr(at, '}') : NULL;
    const char *inner = close ? strpbrk(at + 1, " {") : NULL;
    if (!close || (inner && inner < close)) {
      text_add(out, at++, 1);
      continue;
    }
    put_names(j, out, at + 1, (size_t)(close - at - 1), q, uses);
    at = close + 1;
  }
  return known;
}

const char *selection_text(Judge *j, const Query *q, const RowUses *uses) {
  Text text = {0};
  text_puts(&text, "name the columns that are used: ");
  if (!put_selection(j, &text, q, uses))
    text.n = strlen("name the columns that are used");
  const char *result = arena_copy(&j->report->arena, text.at, text.n);
  text_release(&text);
  return result;
}

//
// The fix
//

// The code of the selection, NULL when the library has several forms of it.
static const char *selection_code(Judge *j, const Query *q, const RowUses *uses) {
  Text text = {0};
  const char *code = NULL;
  put_selection(j, &text, q, uses);
  if (text.n > 2 && text.at[0] == '`' && strchr(text.at + 1, '`') == text.at + text.n - 1)
    code = arena_copy(&j->report->arena, text.at + 1, text.n - 2);
  text_release(&text);
  return code;
}

// Whether it is an option, `select: ...`.
static bool is_option(const char *code) {
  while (isalpha((unsigned char)*code))
    code++;
  return code[0] == ':';
}

// Where an option is added to those that a call is given, and how it is written there; false when that cannot be told.
static bool place_option(const File *f, const Expr *call, int argument, const char *code, Arena *arena, Replacement *edit) {
  Id given = argument >= 0 && argument < call->count ? list_at(f, call->first, (uint32_t)argument) : 0;
  const Expr *object = expr_at(f, given), *first = expr_at(f, given && object->count ? list_at(f, object->first, 0) : 0);
  if (argument < 0 || argument > call->count || (given && (object->kind != EX_OBJECT || (object->flags & EXF_SYNTHETIC))))
    return false;
  uint32_t at = !given ? call->span.end - 1 : object->count ? first->span.start : object->span.start + 1;
  edit->place = (Place){.source = f->source, .start = at, .end = at};
  edit->apart = given && object->count;
  edit->text = !given          ? arena_printf(arena, "%s{ %s }", call->count ? ", " : "", code)
               : object->count ? arena_printf(arena, "%s,", code)
                               : arena_printf(arena, " %s ", code);
  return true;
}

// All that is used must be named as the schema does: what else a name may mean is not known.
static bool names_columns(const Query *q, const RowUses *uses) {
  const Table *table = q->tables.at[0].table;
  for (uint32_t i = 0; i < uses->n; i++) {
    const Column *column = table_find_property(table, uses->names[i]);
    if (!column || strcmp(column->property ? column->property : column->name, uses->names[i]))
      return false;
  }
  return true;
}

Fix *selection_fix(Judge *j, const Query *q, const RowUses *uses) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const Site *site = &p->sites.at[q->site];
  const File *f = &p->files.at[site->expr.file];
  const Expr *call = expr_at(f, site->expr.id);
  bool direct = site->call.file == site->expr.file && site->call.id == site->expr.id && call->kind == EX_CALL;
  if (!direct || !site->meaning || q->relations.n || q->tables.n != 1 || !names_columns(q, uses))
    return NULL;
  const char *code = selection_code(j, q, uses);
  Replacement edit = {0};
  if (!code || !is_option(code) || !place_option(f, call, site->meaning->options, code, arena, &edit))
    return NULL;
  Fix *fix = arena_alloc(arena, sizeof *fix);
  fix->description = "read only the columns that are used";
  fix->safe = p->libs->libraries.at[site->library].plain && !uses->told;
  fix->edits = arena_alloc(arena, sizeof *fix->edits);
  fix->edits[0] = edit;
  fix->nedits = 1;
  return fix;
}
