// spelled.c - the text that an expression surely has: constants of the code in their places, ${} for what is known at run
// time only.
//
// What may be something else in another call, or later, is no constant: parameters, variables that are assigned to,
// fields that are set or that a subclass has as well, one of several alternatives. A variable that more text is added to
// is its first value and what is not known.
#include <string.h>

#include "sql_text.h"
#include "values.h"

enum { MAX_DEPTH = 12, MAX_STEPS = 400 };

// The literal of a name or property, {0,0} if it is not fixed.
static Ref fixed_literal(Program *p, Ref at, Writes *writes) {
  Ref made = definition_of(p, at.file, at.id);
  *writes = WRITES_NONE;
  if (made.file)
    return made;
  uint8_t kind = expr_at(&p->files.at[at.file], at.id)->kind;
  Value v = *value_at(p, kind == EX_IDENT || kind == EX_MEMBER || kind == EX_INDEX ? value_of(p, at.file, at.id) : VALUE_UNKNOWN);
  *writes = v.kind == VAL_STRING ? writes_of_literal(p, v.a, v.b) : WRITES_ANY;
  return *writes < WRITES_ANY ? (Ref){v.a, v.b} : (Ref){0, 0};
}

typedef struct Speller {
  Program *p;
  Text *out;
  uint32_t steps;
} Speller;

static void put(Speller *s, Ref at, int depth);

// Whether no more text is wanted, which is known at run time only then.
static bool is_full(const Speller *s) { return s->steps > MAX_STEPS || s->out->n > SQL_LIMIT; }

static void put_template(Speller *s, Ref at, int depth) {
  const File *f = &s->p->files.at[at.file];
  const Expr *e = expr_at(f, at.id);
  const char *text = text_of(f, e->name), *hole;
  for (uint32_t i = 0; i < e->count && !is_full(s) && (hole = strstr(text, "${}")); i++, text = hole + 3) {
    text_add(s->out, text, (size_t)(hole - text));
    put(s, (Ref){at.file, list_at(f, e->first, i)}, depth + 1);
  }
  text_puts(s->out, text);
}

// The list that is joined, {0,0} when something may be added to it.
static Ref joined_list(Program *p, Ref call) {
  const File *f = &p->files.at[call.file];
  const Expr *e = expr_at(f, call.id), *callee = expr_at(f, e->a);
  if (e->kind != EX_CALL || callee->kind != EX_MEMBER || strcmp(text_of(f, callee->name), "join"))
    return (Ref){0, 0};
  Ref made = definition_of(p, call.file, callee->a), list = made.file ? made : (Ref){call.file, callee->a};
  bool array = expr_at(&p->files.at[list.file], list.id)->kind == EX_ARRAY;
  return array && (!made.file || !writes_of_initial(p, made.file, made.id)) ? list : (Ref){0, 0};
}

static void put_joined(Speller *s, Ref call, Ref list, int depth) {
  const File *g = &s->p->files.at[list.file];
  const Expr *e = expr_at(g, list.id);
  Id separator = argument_at(&s->p->files.at[call.file], call.id, 0);
  for (uint32_t i = 0; i < e->count && !is_full(s); i++) {
    if (i && separator)
      put(s, (Ref){call.file, separator}, depth + 1);
    else
      text_puts(s->out, i ? "," : "");
    put(s, (Ref){list.file, list_at(g, e->first, i)}, depth + 1);
  }
}

static void put(Speller *s, Ref at, int depth) {
  if (depth > MAX_DEPTH || ++s->steps > MAX_STEPS || is_full(s)) {
    text_puts(s->out, "${}");
    return;
  }
  const File *f = &s->p->files.at[at.file];
  const Expr *e = expr_at(f, at.id);
  bool parameters = depth && expr_at(f, e->parent)->kind == EX_TAGGED;
  bool text = e->kind == EX_STRING || (e->kind == EX_TEMPLATE && !parameters);
  Writes writes = WRITES_NONE;
  Ref list = joined_list(s->p, at), made = text || list.file ? (Ref){0, 0} : fixed_literal(s->p, at, &writes);
  if (text)
    put_template(s, at, depth);
  else if (list.file)
    put_joined(s, at, list, depth);
  else if (e->kind == EX_CAST)
    put(s, (Ref){at.file, e->a}, depth + 1);
  else if (made.file)
    put(s, made, depth + 1);
  else
    text_puts(s->out, "${}");
  text_puts(s->out, made.file && writes == WRITES_ADD ? "${}" : "");
}

void spelled_text(Program *p, Ref at, Text *out) {
  text_add(out, "", 0);
  put(&(Speller){p, out, 0}, at, 0);
}

void statement_text(Program *p, Ref at, Text *out) {
  const File *f = &p->files.at[at.file];
  const Expr *e = expr_at(f, at.id);
  if (expr_at(f, e->parent)->kind == EX_TAGGED)
    text_puts(out, text_of(f, e->name));
  else
    spelled_text(p, at, out);
}
