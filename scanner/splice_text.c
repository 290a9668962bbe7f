// splice_text.c - the text of a statement written out: through variables, `+=`, joined lists and functions of ours.
#include "splice.h"

Id splice_binding(const Splice *w, Ref ident) {
  const Expr *e = splice_expr(w, ident);
  return e->kind == EX_IDENT ? binding_of(w->p, ident.file, e->scope, e->name, false) : 0;
}

Ref splice_called(const Splice *w, Ref call) { return value_function(w->p, value_of(w->p, call.file, splice_expr(w, call)->a)); }

const char *splice_method(const Splice *w, Ref call) {
  Ref callee = splice_operand(call, splice_expr(w, call)->a);
  return splice_expr(w, call)->kind == EX_CALL && splice_expr(w, callee)->kind == EX_MEMBER ? splice_name(w, callee) : "";
}

List splice_returns(const Splice *w, Ref function) {
  return function.file ? w->p->files.at[function.file].facts.functions.at[function.id].returns : (List){0, 0};
}

static Ref receiver(const Splice *w, Ref call) {
  return splice_operand(call, splice_expr(w, splice_operand(call, splice_expr(w, call)->a))->a);
}

static bool is_text(Splice *w, Ref at, int depth);

// A call of a library that makes SQL of a text as it is, `sql.raw(text)`: the text. {0,0} of all else.
static Ref raw_text(const Splice *w, Ref at) {
  bool call = at.file && splice_expr(w, at)->kind == EX_CALL;
  const Meaning *m = call ? call_meaning(w->p, at.file, at.id, NULL) : NULL;
  return m && m->sql >= 0 && !m->effect ? splice_argument(w, at, m->sql) : (Ref){0, 0};
}

// A template whose tag is a library's and makes SQL of it.
static bool is_sql_template(const Splice *w, Ref at) {
  bool tagged = at.file && splice_expr(w, at)->kind == EX_TAGGED;
  const Meaning *m = tagged ? call_meaning(w->p, at.file, at.id, NULL) : NULL;
  return m && m->sql >= 0;
}

static Ref callback(const Splice *w, Ref call, int i) {
  Ref function = splice_argument(w, call, i);
  return function.file && splice_expr(w, function)->kind == EX_FUNCTION ? (Ref){function.file, splice_expr(w, function)->a} : (Ref){0, 0};
}

static bool is_text_of_name(Splice *w, Ref at, int depth) {
  const File *f = splice_file(w, at);
  Id binding = splice_binding(w, at);
  const Binding *b = &f->facts.bindings.at[binding];
  if (b->kind == BIND_IMPORT) {
    Ref made = definition_of(w->p, at.file, at.id);
    return made.file && is_text(w, made, depth + 1);
  }
  return (b->kind == BIND_CONST || b->kind == BIND_LET) && b->value && is_text(w, splice_operand(at, b->value), depth + 1);
}

// The argument that a call of a library gives as it is: the text of `Prisma.raw(text)`.
static Ref passed_on(const Splice *w, Ref call) {
  const LibraryExport *export = external_export(w->p, value_of(w->p, call.file, splice_expr(w, call)->a));
  return export && export->meaning.wraps >= 0 ? splice_argument(w, call, export->meaning.wraps) : (Ref){0, 0};
}

static bool is_text_of_call(Splice *w, Ref at, int depth) {
  Ref passed = passed_on(w, at);
  if (passed.file)
    return is_text(w, passed, depth + 1);
  static const char *const same[] = {"trim", "trimEnd", "trimStart", "concat"};
  const char *method = splice_method(w, at);
  if (!strcmp(method, "join"))
    return true;
  if (is_any_of(method, same, COUNT(same)))
    return is_text(w, receiver(w, at), depth + 1);
  Ref function = splice_called(w, at);
  List returns = splice_returns(w, function);
  return returns.count && is_text(w, (Ref){function.file, list_at(&w->p->files.at[function.file], returns.first, 0)}, depth + 1);
}

// Whether an expression is text whose parts can be told.
static bool is_text(Splice *w, Ref at, int depth) {
  const Expr *e = splice_expr(w, at);
  if (!at.file || depth > SPLICE_DEPTH || ++w->steps > SPLICE_STEPS)
    return false;
  switch (e->kind) {
  case EX_STRING:
  case EX_TEMPLATE:
    return true;
  case EX_BINARY:
    return !strcmp(splice_name(w, at), "+") && (is_text(w, splice_operand(at, e->a), depth + 1) || is_text(w, splice_operand(at, e->b), depth + 1));
  case EX_ALT:
    return (strcmp(splice_name(w, at), "&&") && is_text(w, splice_operand(at, e->a), depth + 1)) || is_text(w, splice_operand(at, e->b), depth + 1);
  case EX_CAST:
  case EX_AWAIT:
    return is_text(w, splice_operand(at, e->a), depth + 1);
  case EX_IDENT:
    return is_text_of_name(w, at, depth);
  case EX_CALL:
    return raw_text(w, at).file ? is_text(w, raw_text(w, at), depth + 1) : is_text_of_call(w, at, depth);
  case EX_TAGGED:
    return is_sql_template(w, at);
  default:
    return false;
  }
}

static void put_words(Splice *w, const char *text, size_t length) {
  size_t room = w->text.n < SPLICE_TEXT ? SPLICE_TEXT - w->text.n : 0, start = w->text.n;
  text_add(&w->text, text, length < room ? length : room);
  for (size_t i = start; i < w->text.n; i++)  // marks are ours alone
    if (w->text.at[i] == SPLICE_MARK)
      w->text.at[i] = ' ';
}

static void put_hole(Splice *w, Ref at) {
  if (w->n == SPLICE_HOLES || w->text.n >= SPLICE_TEXT)
    return;
  w->holes[w->n++] = at;
  text_add(&w->text, (char[]){SPLICE_MARK}, 1);
}

static void put_template(Splice *w, Ref at, int depth) {
  const char *text = splice_name(w, at);
  for (uint32_t i = 0; i < splice_expr(w, at)->count; i++) {
    const char *hole = strstr(text, "${}");
    if (!hole)
      break;
    put_words(w, text, (size_t)(hole - text));
    splice_put(w, splice_element(w, at, i), depth + 1);
    text = hole + 3;
  }
  put_words(w, text, strlen(text));
}

// Of what a tag gets, all but SQL that is made of a text as it is are parameters.
static void put_tagged(Splice *w, Ref at, int depth) {
  Ref template = splice_operand(at, splice_expr(w, at)->b);
  const char *text = splice_name(w, template);
  for (uint32_t i = 0; i < splice_expr(w, template)->count; i++) {
    const char *hole = strstr(text, "${}");
    if (!hole)
      break;
    Ref given = splice_element(w, template, i);
    put_words(w, text, (size_t)(hole - text));
    if (raw_text(w, given).file || is_sql_template(w, given))
      splice_put(w, given, depth + 1);
    else
      put_words(w, "$1", 2);
    text = hole + 3;
  }
  put_words(w, text, strlen(text));
}

static void put_list(Splice *w, Ref at, const char *separator, int depth);

static void put_returns(Splice *w, Ref function, int depth) {
  List returns = splice_returns(w, function);
  for (uint32_t i = 0; i < returns.count; i++)
    splice_put(w, (Ref){function.file, list_at(&w->p->files.at[function.file], returns.first, i)}, depth + 1);
}

static void put_elements(Splice *w, Ref array, const char *separator, int depth) {
  for (uint32_t i = 0; i < splice_expr(w, array)->count; i++) {
    Ref item = splice_element(w, array, i);
    splice_put(w, item, depth + 1);
    put_words(w, separator, strlen(separator));
  }
}

// What is pushed to a list in a variable, in the order of the source.
static void put_pushes(Splice *w, Ref ident, const char *separator, int depth) {
  const File *f = splice_file(w, ident);
  Slice uses = uses_of(w->p, ident.file, splice_binding(w, ident));
  for (uint32_t i = 0; i < uses.n && ++w->steps < SPLICE_STEPS; i++) {
    Id member = expr_at(f, uses.at[i])->parent, call = expr_at(f, member)->parent;
    bool same = splice_binding(w, (Ref){ident.file, uses.at[i]}) == splice_binding(w, ident);
    if (same && expr_at(f, call)->a == member && !strcmp(splice_method(w, (Ref){ident.file, call}), "push"))
      put_elements(w, (Ref){ident.file, call}, separator, depth);
  }
}

// `ids.map((id) => ...)`, `conditions.filter(Boolean)`, `Array(n).fill("?")`, `Array.from(ids, (id) => ...)`.
static void put_list_of_call(Splice *w, Ref at, const char *separator, int depth) {
  static const char *const same[] = {"filter", "slice", "concat", "reverse", "sort"};
  const char *method = splice_method(w, at);
  Ref each = callback(w, at, !strcmp(method, "from"));
  if (!strcmp(method, "map") && each.file)
    put_returns(w, each, depth);
  else if (!strcmp(method, "from") && each.file)
    put_returns(w, each, depth);
  else if (!strcmp(method, "fill"))
    splice_put(w, splice_argument(w, at, 0), depth + 1);
  else if (is_any_of(method, same, COUNT(same)))
    put_list(w, receiver(w, at), separator, depth + 1);
  else
    put_hole(w, at);
}

static void put_list(Splice *w, Ref at, const char *separator, int depth) {
  if (depth > SPLICE_DEPTH || ++w->steps > SPLICE_STEPS)
    return;
  const Expr *e = splice_expr(w, at);
  const Binding *b = &splice_file(w, at)->facts.bindings.at[splice_binding(w, at)];
  bool variable = e->kind == EX_IDENT && (b->kind == BIND_CONST || b->kind == BIND_LET) && b->value;
  if (e->kind == EX_ARRAY) {
    put_elements(w, at, separator, depth);
  } else if (e->kind == EX_CALL) {
    put_list_of_call(w, at, separator, depth);
  } else if (e->kind == EX_CAST) {
    put_list(w, splice_operand(at, e->a), separator, depth + 1);
  } else if (variable && splice_expr(w, splice_operand(at, b->value))->kind != EX_AWAIT) {
    put_list(w, splice_operand(at, b->value), separator, depth + 1);
    put_pushes(w, at, separator, depth);
  } else {
    put_hole(w, at);
  }
}

static void put_call(Splice *w, Ref at, int depth) {
  Ref separator = splice_argument(w, at, 0), passed = passed_on(w, at);
  if (passed.file)
    splice_put(w, passed, depth + 1);
  else if (!strcmp(splice_method(w, at), "join"))
    put_list(w, receiver(w, at), separator.file && splice_expr(w, separator)->kind == EX_STRING ? splice_name(w, separator) : ",", depth + 1);
  else if (splice_called(w, at).file)
    put_returns(w, splice_called(w, at), depth);
  else
    splice_put(w, receiver(w, at), depth + 1);
}

static bool is_open(const Splice *w, Ref variable) {
  for (uint32_t i = 0; i < w->opened; i++)
    if (w->open[i].file == variable.file && w->open[i].id == variable.id)
      return true;
  return false;
}

// A variable that holds text, with what is added to it before it is used: `sql += " AND ..."`.
static void put_variable(Splice *w, Ref at, int depth) {
  const File *f = splice_file(w, at);
  Ref variable = {at.file, splice_binding(w, at)};
  if (f->facts.bindings.at[variable.id].kind == BIND_IMPORT) {
    splice_put(w, definition_of(w->p, at.file, at.id), depth + 1);
    return;
  }
  if (is_open(w, variable) || w->opened == SPLICE_DEPTH)  // `sql = sql + more`
    return;
  w->open[w->opened++] = variable;
  splice_put(w, splice_operand(at, f->facts.bindings.at[variable.id].value), depth + 1);
  Slice uses = uses_of(w->p, at.file, variable.id);
  for (uint32_t i = 0; i < uses.n && ++w->steps < SPLICE_STEPS; i++) {
    const Expr *set = expr_at(f, expr_at(f, uses.at[i])->parent);
    bool same = splice_binding(w, (Ref){at.file, uses.at[i]}) == variable.id;
    if (same && set->kind == EX_ASSIGN && set->a == uses.at[i] && set->b && set->span.start < splice_expr(w, at)->span.start)
      splice_put(w, splice_operand(at, set->b), depth + 1);
  }
  w->opened--;
}

void splice_put(Splice *w, Ref at, int depth) {
  if (!at.file || ++w->steps > SPLICE_STEPS)
    return;
  Ref raw = raw_text(w, at);
  if (raw.file) {
    splice_put(w, raw, depth + 1);
    return;
  }
  const Expr *e = splice_expr(w, at);
  if (e->kind == EX_NUMBER) {
    put_words(w, splice_name(w, at), strlen(splice_name(w, at)));
    return;
  }
  if (depth > SPLICE_DEPTH || !is_text(w, at, depth)) {
    put_hole(w, at);
    return;
  }
  switch (e->kind) {
  case EX_STRING:
    put_words(w, splice_name(w, at), strlen(splice_name(w, at)));
    break;
  case EX_TEMPLATE:
    put_template(w, at, depth);
    break;
  case EX_BINARY:
    splice_put(w, splice_operand(at, e->a), depth + 1);
    splice_put(w, splice_operand(at, e->b), depth + 1);
    break;
  case EX_ALT:
    if (strcmp(splice_name(w, at), "&&"))
      splice_put(w, splice_operand(at, e->a), depth + 1);
    splice_put(w, splice_operand(at, e->b), depth + 1);
    break;
  case EX_IDENT:
    put_variable(w, at, depth);
    break;
  case EX_CALL:
    put_call(w, at, depth);
    break;
  case EX_TAGGED:
    put_tagged(w, at, depth);
    break;
  default:
    splice_put(w, splice_operand(at, e->a), depth + 1);
  }
}
