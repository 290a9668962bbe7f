// splice_value.c - whether what is put into SQL text may hold any text.
//
// Constants, numbers, placeholders and what was escaped cannot break out of their place. A parameter is what its type
// says, else what all callers hand in. Names are looked at only where they speak for silence.
#include "splice.h"

static Freedom more(Freedom a, Freedom b) { return a > b ? a : b; }

static Freedom freedom_of_type(Splice *w, FileId file, Id type, int depth);

// An alias or enum of the file, or one that is imported.
static Freedom freedom_of_named(Splice *w, FileId file, const Type *t, int depth) {
  const File *f = &w->p->files.at[file];
  const Expr *e = expr_at(f, t->a);
  Id binding = e->kind == EX_IDENT ? binding_of(w->p, file, e->scope, e->name, true) : 0;
  const Binding *b = &f->facts.bindings.at[binding];
  if (b->kind == BIND_ENUM)
    return FREE_NONE;
  if (b->kind == BIND_ALIAS)
    return freedom_of_type(w, file, b->type, depth + 1);
  Ref made = b->kind == BIND_IMPORT ? definition_of(w->p, file, t->a) : (Ref){0, 0};
  return made.file && splice_expr(w, made)->kind == EX_OBJECT ? FREE_NONE : FREE_UNKNOWN;
}

static Freedom freedom_of_type(Splice *w, FileId file, Id type, int depth) {
  static const char *const harmless[] = {"number", "bigint", "boolean", "true", "false", "null", "undefined", "void"};
  const File *f = &w->p->files.at[file];
  const Type *t = &f->facts.types.at[type];
  Freedom found = FREE_NONE;
  if (depth > SPLICE_DEPTH)
    return FREE_UNKNOWN;
  switch (t->kind) {
  case TY_KEYWORD:
    return is_any_of(text_of(f, t->name), harmless, COUNT(harmless)) ? FREE_NONE
           : !strcmp(text_of(f, t->name), "string")                  ? FREE_TEXT
                                                                     : FREE_UNKNOWN;
  case TY_LITERAL:
    return FREE_NONE;
  case TY_OPERATOR:
    return !strcmp(text_of(f, t->name), "keyof") ? FREE_NONE : FREE_UNKNOWN;
  case TY_ARRAY:
    return freedom_of_type(w, file, t->a, depth + 1);
  case TY_UNION:
    for (uint32_t i = 0; i < t->list.count; i++)
      found = more(found, freedom_of_type(w, file, list_at(f, t->list.first, i), depth + 1));
    return found;
  case TY_REF:
    return freedom_of_named(w, file, t, depth);
  default:
    return FREE_UNKNOWN;
  }
}

// The declared type of a property of what has a class or interface, 0 if it cannot be told.
static Ref member_type(Splice *w, Ref member) {
  const Expr *e = splice_expr(w, member);
  Value v = *value_at(w->p, value_of(w->p, member.file, e->a));
  const File *f = &w->p->files.at[v.kind == VAL_SHAPE || v.kind == VAL_INSTANCE ? v.a : 0];
  List members = v.kind == VAL_SHAPE      ? f->facts.types.at[v.b].list
                 : v.kind == VAL_INSTANCE ? f->facts.classes.at[v.b].members
                                          : (List){0, 0};
  for (uint32_t i = 0; i < members.count; i++) {
    const Member *m = &f->facts.members.at[list_at(f, members.first, i)];
    if (m->kind == MEMBER_FIELD && !strcmp(text_of(f, m->name), splice_name(w, member)))
      return (Ref){m->type ? v.a : 0, m->type};
  }
  return (Ref){0, 0};
}

// A parameter of which nothing is declared may be a number in each call.
static Freedom freedom_of_callers(Splice *w, Ref function, uint32_t index, int depth) {
  uint32_t at = callers_of(&w->j->callers, function);
  Freedom found = at ? FREE_NONE : FREE_TEXT;
  for (; at; at = w->j->callers.calls.at[at].next) {
    const Caller *caller = &w->j->callers.calls.at[at];
    Id given = caller->calls ? argument_at(&w->p->files.at[caller->call.file], caller->call.id, (int)index) : 0;
    found = more(found, given ? splice_freedom(w, (Ref){caller->call.file, given}, depth + 1) : caller->calls ? FREE_NONE : FREE_UNKNOWN);
  }
  return found;
}

// `ids.map((id, i) => ...)`: the second parameter counts, the first is an element.
static bool counts(Splice *w, Ref param) {
  int index, use;
  Id over;
  const Expr *e = splice_expr(w, param);
  return e->b == 1 && inline_call(w->p, param.file, e->a, &index, &use, &over) && use == EDGE_EACH;
}

static Freedom freedom_of_param(Splice *w, Ref at, int depth) {
  const File *f = splice_file(w, at);
  const Expr *e = splice_expr(w, at);
  const Function *function = &f->facts.functions.at[e->a];
  const Param *param = e->b < function->params.count ? &f->facts.params.at[list_at(f, function->params.first, e->b)] : NULL;
  if (counts(w, at))
    return FREE_NONE;
  int index, use;
  Id over, call = inline_call(w->p, at.file, e->a, &index, &use, &over);
  if (call)
    return over && e->b == 0 ? splice_freedom(w, (Ref){at.file, over}, depth + 1) : FREE_UNKNOWN;
  Freedom declared = param && param->type ? freedom_of_type(w, at.file, param->type, 0) : FREE_UNKNOWN;
  if (declared == FREE_NONE)
    return FREE_NONE;
  Freedom given = freedom_of_callers(w, (Ref){at.file, e->a}, e->b, depth);
  return given == FREE_UNKNOWN ? declared : given;
}

static Freedom freedom_of_name(Splice *w, Ref at, int depth) {
  const File *f = splice_file(w, at);
  Id binding = splice_binding(w, at);
  const Binding *b = &f->facts.bindings.at[binding];
  Freedom declared = b->type ? freedom_of_type(w, at.file, b->type, 0) : FREE_UNKNOWN;
  if (declared == FREE_NONE && b->type)
    return FREE_NONE;
  if (b->kind == BIND_IMPORT) {
    Ref made = definition_of(w->p, at.file, at.id);
    return made.file ? splice_freedom(w, made, depth + 1) : FREE_UNKNOWN;
  }
  if (!b->value || b->kind == BIND_ENUM)
    return binding ? declared : FREE_NONE;  // `undefined`, `NaN`
  Freedom found = splice_freedom(w, splice_operand(at, b->value), depth + 1);
  for (Id set = map_get(&f->assigns, binding); set && ++w->steps < SPLICE_STEPS; set = map_get(&f->chain, set))
    found = more(found, expr_at(f, set)->b ? splice_freedom(w, splice_operand(at, expr_at(f, set)->b), depth + 1) : FREE_NONE);
  return found == FREE_UNKNOWN ? declared : found;
}

// Functions that give numbers, or text that cannot break out: by what they are called, as silence is cheap.
static bool is_tame(const char *object, const char *name) {
  static const char *const numbers[] = {"Number", "parseInt", "parseFloat", "BigInt", "Boolean", "getTime", "now", "valueOf",
                                        "toFixed", "toISOString", "repeat", "randomUUID", "getFullYear", "indexOf"};
  static const char *const escapes[] = {"escape", "quote", "literal", "sanitize", "format", "encode", "hash", "digest",
                                        "uuid",   "nanoid", "placeholder", "param"};
  return !strcmp(object, "Math") || is_any_of(name, numbers, COUNT(numbers)) || contains_any(name, escapes, COUNT(escapes));
}

// `name.replace(/'/g, "''")` doubles the quotes.
static bool doubles_quotes(Splice *w, Ref call) {
  Ref with = splice_argument(w, call, 1);
  return !strncmp(splice_method(w, call), "replace", 7) && with.file && splice_expr(w, with)->kind == EX_STRING && strchr(splice_name(w, with), '\'');
}

// The function that is called: of `ids.map(() => '?')`, whose list is what it gives for each, the one that it gets.
static Ref giving_function(Splice *w, Ref call) {
  Ref given = strcmp(splice_method(w, call), "map") ? (Ref){0, 0} : splice_argument(w, call, 0);
  return given.file && splice_expr(w, given)->kind == EX_FUNCTION ? (Ref){given.file, splice_expr(w, given)->a} : splice_called(w, call);
}

static Freedom freedom_of_call(Splice *w, Ref at, int depth) {
  // Methods of strings and lists that give what their object holds.
  static const char *const same[] = {"toLowerCase", "toUpperCase", "trim",   "slice", "substring", "toString", "replace", "replaceAll",
                                     "split",       "join",        "filter", "map",   "concat",    "sort",     "reverse", "padStart"};
  Ref callee = splice_operand(at, splice_expr(w, at)->a);
  Ref object = splice_expr(w, callee)->kind == EX_MEMBER ? splice_operand(callee, splice_expr(w, callee)->a) : (Ref){0, 0};
  bool ident = object.file && splice_expr(w, object)->kind == EX_IDENT;
  if (is_tame(ident ? splice_name(w, object) : "", splice_name(w, callee)) || doubles_quotes(w, at))
    return FREE_NONE;
  Ref function = giving_function(w, at);
  Id type = function.file ? w->p->files.at[function.file].facts.functions.at[function.id].result : 0;
  if (type)
    return freedom_of_type(w, function.file, type, 0);
  List returns = splice_returns(w, function);
  Freedom found = returns.count ? FREE_NONE : FREE_UNKNOWN;
  for (uint32_t i = 0; i < returns.count; i++)
    found = more(found, splice_freedom(w, (Ref){function.file, list_at(&w->p->files.at[function.file], returns.first, i)}, depth + 1));
  if (returns.count || !object.file || !is_any_of(splice_name(w, callee), same, COUNT(same)))
    return found;
  return splice_freedom(w, object, depth + 1);
}

// What a request brings along: `req.query.name`.
static bool is_of_request(Splice *w, Ref at) {
  const File *f = splice_file(w, at);
  Id unit = unit_of(f, at.id);
  Guard path = parameter_path(w->p, at.file, at.id, unit, 0);
  uint32_t entry = unit ? f->units[unit].entry : 0;
  const Entry *e = &w->p->entries.at[entry];
  while (!path.param && (splice_expr(w, at)->kind == EX_MEMBER || splice_expr(w, at)->kind == EX_INDEX)) {
    at = splice_operand(at, splice_expr(w, at)->a);
    path = parameter_path(w->p, at.file, at.id, unit, 0);
  }
  return path.param && entry && e->function.file == at.file && e->function.id == unit;
}

// A setting, which is the same for all requests: `this.config.language`, `process.env.LANGUAGE`.
static bool is_setting(Splice *w, Ref at) {
  static const char *const words[] = {"config", "setting", "option", "env", "opts", "constant"};
  for (; splice_expr(w, at)->kind == EX_MEMBER; at = splice_operand(at, splice_expr(w, at)->a))
    if (contains_any(splice_name(w, at), words, COUNT(words)))
      return true;
  return splice_expr(w, at)->kind == EX_IDENT && contains_any(splice_name(w, at), words, COUNT(words));
}

static Freedom freedom_of_member(Splice *w, Ref at, int depth) {
  static const char *const numbers[] = {"length", "size"};
  if (is_setting(w, at))
    return FREE_NONE;
  Ref type = member_type(w, at);
  if (is_any_of(splice_name(w, at), numbers, COUNT(numbers)))
    return FREE_NONE;
  if (type.file)
    return freedom_of_type(w, type.file, type.id, 0);
  Ref literal = {0, 0};
  Value v = *value_at(w->p, value_of(w->p, at.file, at.id));
  if (v.kind == VAL_STRING)
    literal = (Ref){v.a, v.b};
  if (literal.file && literal.id != at.id)
    return splice_freedom(w, literal, depth + 1);
  Value owner = *value_at(w->p, value_of(w->p, at.file, splice_expr(w, at)->a));
  if (owner.kind == VAL_OBJECT && expr_at(&w->p->files.at[owner.a], owner.b)->kind == EX_OBJECT)
    return FREE_UNKNOWN;
  return is_of_request(w, at) ? FREE_TEXT : FREE_UNKNOWN;
}

Freedom splice_freedom(Splice *w, Ref at, int depth) {
  const Expr *e = splice_expr(w, at);
  Freedom found = FREE_NONE;
  if (!at.file || depth > SPLICE_DEPTH || ++w->steps > 2 * SPLICE_STEPS)
    return FREE_UNKNOWN;
  switch (e->kind) {
  case EX_STRING:
  case EX_NUMBER:
  case EX_LITERAL:
  case EX_FUNCTION:
    return FREE_NONE;
  case EX_TEMPLATE:
  case EX_ARRAY:
    for (uint32_t i = 0; i < e->count; i++)
      found = more(found, splice_freedom(w, splice_element(w, at, i), depth + 1));
    return found;
  case EX_BINARY:
    return strcmp(splice_name(w, at), "+") ? FREE_NONE
                                       : more(splice_freedom(w, splice_operand(at, e->a), depth + 1), splice_freedom(w, splice_operand(at, e->b), depth + 1));
  case EX_UNARY:
    return FREE_NONE;
  case EX_ALT:
    return more(splice_freedom(w, splice_operand(at, e->a), depth + 1), splice_freedom(w, splice_operand(at, e->b), depth + 1));
  case EX_CAST:
    found = e->type ? freedom_of_type(w, at.file, e->type, 0) : FREE_UNKNOWN;
    return found == FREE_UNKNOWN ? splice_freedom(w, splice_operand(at, e->a), depth + 1) : found;
  case EX_AWAIT:
  case EX_SPREAD:
  case EX_ELEMENT:
  case EX_INDEX:
    return splice_freedom(w, splice_operand(at, e->a), depth + 1);
  case EX_IDENT:
    return freedom_of_name(w, at, depth);
  case EX_PARAM:
    return freedom_of_param(w, at, depth);
  case EX_MEMBER:
    return freedom_of_member(w, at, depth);
  case EX_CALL:
    return freedom_of_call(w, at, depth);
  default:
    return FREE_UNKNOWN;
  }
}
