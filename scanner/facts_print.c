// facts_print.c - facts as text for people: `seqscan facts FILE`, and bug reports.
//
// Expressions are written like the source that they came from, but short: long ones end in "…", functions are
// "function#3 name". What destructuring made is written as the path that it stands for.
#include <string.h>

#include "facts.h"

#define MAX_NESTING 12  // of what is written out
#define MAX_WIDTH 160   // bytes of one expression

typedef struct Print {
  const Facts *facts;
  Text *out;
  Text text;  // one expression, before it is cut to width
  int depth;
  VEC(uint32_t) lines;  // where each line starts
} Print;

static void expr(Print *p, Id id);
static void type(Print *p, Id id);

static const char *name(const Print *p, Name number) { return facts_name(p->facts, number); }

static void put(Print *p, const char *text) { text_puts(&p->text, text); }

static void put_quoted(Print *p, const char *text, const char *quote) {
  put(p, quote);
  for (; *text; text++) {
    if (*text == '\n')
      put(p, "\\n");
    else if ((unsigned char)*text < ' ')
      put(p, " ");
    else
      text_add(&p->text, text, 1);
  }
  put(p, quote);
}

typedef void Write(Print *p, Id id);

static void write_list(Print *p, List list, Write *write, const char *separator) {
  for (uint32_t i = 0; i < list.count && p->text.n < 2 * MAX_WIDTH; i++) {
    put(p, i ? separator : "");
    write(p, p->facts->lists.at[list.first + i]);
  }
}

static void exprs(Print *p, const Expr *e, const char *open, const char *close) {
  put(p, open);
  write_list(p, (List){e->first, e->count}, expr, ", ");
  put(p, close);
}

//
// Types
//
static void member(Print *p, Id id) {
  const Member *m = &p->facts->members.at[id];
  put(p, m->kind == MEMBER_INDEX ? "[]" : m->kind == MEMBER_CONSTRUCTOR ? "new" : name(p, m->name));
  put(p, m->flags & MEMBER_OPTIONAL ? "?: " : ": ");
  type(p, m->type);
}

static void type_arguments(Print *p, List list) {
  if (!list.count)
    return;
  put(p, "<");
  write_list(p, list, type, ", ");
  put(p, ">");
}

static void type_with_list(Print *p, const Type *t) {
  static const char *const separators[TY_KIND_COUNT] = {[TY_UNION] = " | ", [TY_INTERSECTION] = " & "};
  static const char *const opens[TY_KIND_COUNT] = {[TY_TUPLE] = "[", [TY_OTHER] = "other("};
  static const char *const closes[TY_KIND_COUNT] = {[TY_TUPLE] = "]", [TY_OTHER] = ")"};
  put(p, opens[t->kind] ? opens[t->kind] : "(");
  write_list(p, t->list, type, separators[t->kind] ? separators[t->kind] : ", ");
  put(p, closes[t->kind] ? closes[t->kind] : ")");
}

static void object_type(Print *p, const Type *t) {
  if (t->b)
    type_arguments(p, p->facts->types.at[t->b].list);
  put(p, "{ ");
  write_list(p, t->list, member, "; ");
  put(p, " }");
}

static void function_type(Print *p, const Type *t) {
  put(p, "(");
  if (t->b)
    write_list(p, p->facts->types.at[t->b].list, type, ", ");
  put(p, ") => ");
  type(p, t->a);
}

static void type_inside(Print *p, const Type *t) {
  switch (t->kind) {
  case TY_REF:
    expr(p, t->a);
    type_arguments(p, t->list);
    break;
  case TY_QUERY:
    put(p, "typeof ");
    expr(p, t->a);
    break;
  case TY_KEYWORD:
    put(p, name(p, t->name));
    break;
  case TY_LITERAL:
    put_quoted(p, name(p, t->name), "\"");
    break;
  case TY_ARRAY:
    put(p, t->name ? "readonly " : "");
    type(p, t->a);
    put(p, "[]");
    break;
  case TY_INDEXED:
    type(p, t->a);
    put(p, "[");
    type(p, t->b);
    put(p, "]");
    break;
  case TY_FUNCTION:
    function_type(p, t);
    break;
  case TY_OBJECT:
    object_type(p, t);
    break;
  case TY_OPERATOR:
    put(p, name(p, t->name));
    put(p, " ");
    type(p, t->a);
    break;
  default:
    type_with_list(p, t);
  }
}

static void type(Print *p, Id id) {
  if (!id || p->depth >= MAX_NESTING || p->text.n > 2 * MAX_WIDTH) {
    put(p, id ? "…" : "?");
    return;
  }
  p->depth++;
  type_inside(p, &p->facts->types.at[id]);
  p->depth--;
}

//
// Expressions
//
static void call_like(Print *p, const Expr *e) {
  put(p, e->kind == EX_NEW ? "new " : "");
  expr(p, e->a);
  put(p, e->flags & EXF_OPTIONAL ? "?." : "");
  if (e->type)
    type_arguments(p, p->facts->types.at[e->type].list);
  if (e->kind == EX_TAGGED)
    expr(p, e->b);
  else
    exprs(p, e, "(", ")");
}

static void member_like(Print *p, const Expr *e) {
  expr(p, e->a);
  put(p, e->flags & EXF_OPTIONAL ? "?." : e->kind == EX_MEMBER ? "." : "");
  if (e->kind == EX_MEMBER) {
    put(p, name(p, e->name));
    return;
  }
  put(p, "[");
  expr(p, e->b);
  put(p, "]");
}

static void binary_like(Print *p, const Expr *e) {
  bool ternary = e->c != 0;
  put(p, "(");
  if (ternary) {
    expr(p, e->c);
    put(p, " ? ");
  }
  expr(p, e->a);
  put(p, " ");
  put(p, ternary ? ":" : name(p, e->name));
  if (e->b) {
    put(p, " ");
    expr(p, e->b);
  }
  put(p, ")");
}

static void property(Print *p, const Expr *e) {
  put(p, e->flags & EXF_GETTER ? "get " : e->flags & EXF_SETTER ? "set " : "");
  if (e->b) {
    put(p, "[");
    expr(p, e->b);
    put(p, "]");
  } else {
    put_quoted(p, name(p, e->name), "");
  }
  if (!e->a)
    return;
  put(p, ": ");
  expr(p, e->a);
}

static void prefixed(Print *p, const char *prefix, const Expr *e, const char *suffix) {
  put(p, prefix);
  if (e->a)
    expr(p, e->a);
  put(p, suffix);
}

static void declared(Print *p, const Expr *e) {
  bool is_class = e->kind == EX_CLASS;
  Name own = is_class ? p->facts->classes.at[e->a].name : p->facts->functions.at[e->a].name;
  text_printf(&p->text, "%s#%u%s%s", is_class ? "class" : "function", e->a, own ? " " : "", name(p, own));
}

static void param_expr(Print *p, const Expr *e) { text_printf(&p->text, "param(#%u, %u)", e->a, e->b); }

static void cast(Print *p, const Expr *e) {
  put(p, "(");
  expr(p, e->a);
  put(p, " as ");
  type(p, e->type);
  put(p, ")");
}

static void jsx(Print *p, const Expr *e) {
  put(p, "<");
  put_quoted(p, name(p, e->name), "");
  exprs(p, e, e->count ? " " : "", ">");
}

static void unary(Print *p, const Expr *e) {
  put(p, name(p, e->name));
  prefixed(p, strlen(name(p, e->name)) > 1 ? " " : "", e, "");
}

static void yield(Print *p, const Expr *e) { prefixed(p, e->name ? "yield* " : "yield ", e, ""); }
static void import(Print *p, const Expr *e) {
  prefixed(p, e->a ? "import(" : "import.meta", e, e->a ? ")" : "");
}
static void template(Print *p, const Expr *e) { put_quoted(p, name(p, e->name), "`"); }
static void string(Print *p, const Expr *e) { put_quoted(p, name(p, e->name), "\""); }
static void object(Print *p, const Expr *e) { exprs(p, e, "{", "}"); }
static void array(Print *p, const Expr *e) { exprs(p, e, "[", "]"); }
static void other(Print *p, const Expr *e) { exprs(p, e, "other(", ")"); }

// How a kind is written: by a function, or as its operand between two texts, or (neither) by its name.
static const struct {
  void (*write)(Print *p, const Expr *e);
  const char *before, *after;
} forms[EX_KIND_COUNT] = {
    [EX_MEMBER] = {member_like, NULL, NULL}, [EX_INDEX] = {member_like, NULL, NULL},
    [EX_CALL] = {call_like, NULL, NULL},     [EX_NEW] = {call_like, NULL, NULL},
    [EX_TAGGED] = {call_like, NULL, NULL},   [EX_TEMPLATE] = {template, NULL, NULL},
    [EX_STRING] = {string, NULL, NULL},      [EX_THIS] = {NULL, "this", ""},
    [EX_SUPER] = {NULL, "super", ""},        [EX_IMPORT] = {import, NULL, NULL},
    [EX_AWAIT] = {NULL, "await ", ""},       [EX_YIELD] = {yield, NULL, NULL},
    [EX_SPREAD] = {NULL, "...", ""},         [EX_ALT] = {binary_like, NULL, NULL},
    [EX_BINARY] = {binary_like, NULL, NULL}, [EX_UNARY] = {unary, NULL, NULL},
    [EX_ASSIGN] = {binary_like, NULL, NULL}, [EX_OBJECT] = {object, NULL, NULL},
    [EX_PROPERTY] = {property, NULL, NULL},  [EX_ARRAY] = {array, NULL, NULL},
    [EX_FUNCTION] = {declared, NULL, NULL},  [EX_CLASS] = {declared, NULL, NULL},
    [EX_CAST] = {cast, NULL, NULL},          [EX_JSX] = {jsx, NULL, NULL},
    [EX_PARAM] = {param_expr, NULL, NULL},   [EX_ELEMENT] = {NULL, "element(", ")"},
    [EX_KEY] = {NULL, "key(", ")"},          [EX_REST] = {NULL, "rest(", ")"},
    [EX_OTHER] = {other, NULL, NULL},
};

static void expr_inside(Print *p, const Expr *e) {
  if (forms[e->kind].write)
    forms[e->kind].write(p, e);
  else if (forms[e->kind].before)
    prefixed(p, forms[e->kind].before, e, forms[e->kind].after);
  else
    put_quoted(p, name(p, e->name), "");
}

static void expr(Print *p, Id id) {
  if (!id || p->depth >= MAX_NESTING || p->text.n > 2 * MAX_WIDTH) {
    put(p, id ? "…" : "?");
    return;
  }
  p->depth++;
  expr_inside(p, &p->facts->exprs.at[id]);
  p->depth--;
}

//
// Lines
//

// Move the scratch text to the output, cut between two characters.
static void flush(Print *p) {
  size_t n = p->text.n;
  if (n > MAX_WIDTH) {
    for (n = MAX_WIDTH; n && ((unsigned char)p->text.at[n] & 0xc0) == 0x80;)
      n--;
  }
  if (p->text.n)
    text_add(p->out, p->text.at, n);
  text_puts(p->out, p->text.n > n ? "…" : "");
  text_clear(&p->text);
}

static void say_expr(Print *p, const char *before, Id id) {
  if (!id)
    return;
  text_puts(p->out, before);
  expr(p, id);
  flush(p);
}

static void say_type(Print *p, const char *before, Id id) {
  if (!id)
    return;
  text_puts(p->out, before);
  type(p, id);
  flush(p);
}

static void say_list(Print *p, const char *before, List list, Write *write) {
  if (!list.count)
    return;
  text_puts(p->out, before);
  write_list(p, list, write, ", ");
  flush(p);
}

static void find_lines(Print *p, const char *bytes, uint32_t length) {
  vec_push(&p->lines, 0);
  for (uint32_t i = 0; i < length; i++)
    if (bytes[i] == '\n')
      vec_push(&p->lines, i + 1);
}

static uint32_t line_of(const Print *p, uint32_t offset) {
  uint32_t low = 0, high = p->lines.n;
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (p->lines.at[middle] <= offset)
      low = middle;
    else
      high = middle;
  }
  return low + 1;
}

static void say_place(Print *p, uint32_t offset) {
  uint32_t line = line_of(p, offset);
  text_printf(p->out, "  %u:%u ", line, offset - p->lines.at[line - 1] + 1);
}

//
// Sections
//
static void heading(Print *p, const char *title, uint32_t count) {
  if (count)
    text_printf(p->out, "%s\n", title);
}

static void imports(Print *p) {
  heading(p, "imports", p->facts->imports.n - 1);
  for (Id id = 1; id < p->facts->imports.n; id++) {
    const Import *i = &p->facts->imports.at[id];
    text_puts(p->out, "  ");
    if (i->binding)
      text_printf(p->out, "%s = ", name(p, p->facts->bindings.at[i->binding].name));
    if (i->imported)
      text_printf(p->out, "%s ", name(p, i->imported));
    text_printf(p->out, "from \"%s\"%s\n", name(p, i->specifier), i->type_only ? " (type)" : "");
  }
}

static void exports(Print *p) {
  heading(p, "exports", p->facts->exports.n - 1);
  for (Id id = 1; id < p->facts->exports.n; id++) {
    const Export *e = &p->facts->exports.at[id];
    text_printf(p->out, "  %s", name(p, e->name));
    say_expr(p, " = ", e->value);
    if (e->specifier)
      text_printf(p->out, " = %s from \"%s\"", e->imported ? name(p, e->imported) : "*",
                  name(p, e->specifier));
    text_printf(p->out, "%s\n", e->type_only ? " (type)" : "");
  }
}

static void class_member(Print *p, const Member *m) {
  static const char *const kinds[] = {"field", "method", "get", "set", "constructor", "index"};
  text_printf(p->out, "    %s%s%s", m->flags & MEMBER_STATIC ? "static " : "",
              m->flags & MEMBER_ABSTRACT ? "abstract " : "", kinds[m->kind]);
  if (m->kind != MEMBER_CONSTRUCTOR)
    text_printf(p->out, " %s%s", name(p, m->name), m->flags & MEMBER_OPTIONAL ? "?" : "");
  if (m->function)
    text_printf(p->out, " function#%u", m->function);
  say_type(p, ": ", m->type);
  say_expr(p, " = ", m->value);
  say_list(p, " @ ", m->decorators, expr);
  text_puts(p->out, "\n");
}

static void classes(Print *p) {
  heading(p, "classes", p->facts->classes.n - 1);
  for (Id id = 1; id < p->facts->classes.n; id++) {
    const Class *c = &p->facts->classes.at[id];
    text_printf(p->out, "  class#%u %s", id, name(p, c->name));
    say_expr(p, " extends ", c->extends);
    say_type(p, "", c->extends_args);
    say_list(p, " implements ", c->implements, type);
    say_list(p, " @ ", c->decorators, expr);
    text_printf(p->out, " @%u\n", line_of(p, c->span.start));
    for (uint32_t i = 0; i < c->members.count; i++)
      class_member(p, &p->facts->members.at[p->facts->lists.at[c->members.first + i]]);
  }
}

static void function_flags(Print *p, uint16_t flags) {
  static const char *const words[] = {"async",  "generator", "arrow",       "method", "getter",
                                      "setter", "static",    "constructor", "no-body"};
  for (size_t i = 0; i < COUNT(words); i++)
    if (flags & 1u << i)
      text_printf(p->out, "%s ", words[i]);
}

static void params(Print *p, List list) {
  text_puts(p->out, "(");
  for (uint32_t i = 0; i < list.count; i++) {
    const Param *param = &p->facts->params.at[p->facts->lists.at[list.first + i]];
    text_printf(p->out, "%s%s%s%s", i ? ", " : "", param->flags & PARAM_REST ? "..." : "",
                param->name ? name(p, param->name) : "{}", param->flags & PARAM_OPTIONAL ? "?" : "");
    say_type(p, ": ", param->type);
    say_expr(p, " = ", param->init);
    say_list(p, " @ ", param->decorators, expr);
  }
  text_puts(p->out, ")");
}

static void functions(Print *p) {
  heading(p, "functions", p->facts->functions.n - 1);
  for (Id id = 1; id < p->facts->functions.n; id++) {
    const Function *f = &p->facts->functions.at[id];
    text_printf(p->out, "  function#%u ", id);
    function_flags(p, f->flags);
    text_puts(p->out, name(p, f->name));
    params(p, f->params);
    say_type(p, " on ", f->self);
    say_type(p, ": ", f->result);
    text_printf(p->out, " @%u\n", line_of(p, f->span.start));
    for (uint32_t i = 0; i < f->returns.count; i++) {
      say_expr(p, "    returns ", p->facts->lists.at[f->returns.first + i]);
      text_puts(p->out, "\n");
    }
  }
}

static const char *const scope_kinds[SC_KIND_COUNT] = {
    [SC_MODULE] = "module",   [SC_FUNCTION] = "function",
    [SC_CLASS] = "class",     [SC_BLOCK] = "block",
    [SC_FOR] = "for",         [SC_FOR_IN] = "for-in",
    [SC_FOR_OF] = "for-of",   [SC_FOR_AWAIT] = "for-await",
    [SC_WHILE] = "while",     [SC_DO] = "do",
    [SC_IF] = "if",           [SC_ELSE] = "else",
    [SC_SWITCH] = "switch",   [SC_CASE] = "case",
    [SC_TRY] = "try",         [SC_CATCH] = "catch",
    [SC_FINALLY] = "finally", [SC_BRANCH] = "branch",
    [SC_TYPE] = "type",
};

// `for-of@12`, `function foo@3`
static void scope_label(Print *p, Id id) {
  const Scope *scope = &p->facts->scopes.at[id];
  text_puts(p->out, scope_kinds[scope->kind]);
  if (scope->kind == SC_FUNCTION)
    text_printf(p->out, " %s", name(p, p->facts->functions.at[scope->function].name));
  if (scope->kind != SC_MODULE)
    text_printf(p->out, "@%u", line_of(p, scope->span.start));
}

static void scope_path(Print *p, Id id) {
  text_puts(p->out, " in ");
  scope_label(p, id);
  for (id = p->facts->scopes.at[id].parent; id > 1; id = p->facts->scopes.at[id].parent) {
    text_puts(p->out, " < ");
    scope_label(p, id);
  }
}

static uint32_t scope_depth(const Print *p, Id id) {
  uint32_t depth = 0;
  while ((id = p->facts->scopes.at[id].parent))
    depth++;
  return depth;
}

static void scopes(Print *p) {
  text_puts(p->out, "scopes\n");
  for (Id id = 1; id < p->facts->scopes.n; id++) {
    const Scope *scope = &p->facts->scopes.at[id];
    text_printf(p->out, "  %*s", (int)(2 * scope_depth(p, id)), "");
    if (scope->label)
      text_printf(p->out, "%s: ", name(p, scope->label));
    scope_label(p, id);
    say_expr(p, " ", scope->a);
    say_expr(p, "; ", scope->b);
    text_puts(p->out, "\n");
  }
}

static void bindings(Print *p) {
  static const char *const kinds[] = {"",      "import",    "const",     "let",  "param",
                                      "catch", "function",  "class",     "enum", "namespace",
                                      "alias", "interface", "type-param"};
  heading(p, "bindings", p->facts->bindings.n - 1);
  for (Id id = 1; id < p->facts->bindings.n; id++) {
    const Binding *b = &p->facts->bindings.at[id];
    if (b->kind == BIND_IMPORT)
      continue;
    say_place(p, b->span.start);
    text_printf(p->out, "%s %s", kinds[b->kind], name(p, b->name));
    say_type(p, ": ", b->type);
    say_expr(p, " = ", b->value);
    scope_path(p, b->scope);
    text_puts(p->out, "\n");
  }
}

static void expressions(Print *p, const char *title, bool (*wanted)(const Expr *)) {
  text_printf(p->out, "%s\n", title);
  for (Id id = 1; id < p->facts->exprs.n; id++) {
    const Expr *e = &p->facts->exprs.at[id];
    if (!wanted(e))
      continue;
    say_place(p, e->span.start);
    say_expr(p, "", id);
    const Expr *parent = &p->facts->exprs.at[e->parent];
    uint8_t flags = e->flags | (parent->kind == EX_AWAIT ? parent->flags : 0);
    text_printf(p->out, "%s%s%s", parent->kind == EX_AWAIT ? " awaited" : "",
                flags & EXF_RETURNED ? " returned" : "", flags & EXF_STATEMENT ? " statement" : "");
    scope_path(p, e->scope);
    text_puts(p->out, "\n");
  }
}

static bool is_call(const Expr *e) {
  return e->kind == EX_CALL || e->kind == EX_NEW || e->kind == EX_TAGGED || (e->kind == EX_IMPORT && e->a);
}

static bool is_assign(const Expr *e) { return e->kind == EX_ASSIGN; }

static bool is_sql(const Expr *e) { return e->flags & EXF_SQL; }

static void exits(Print *p) {
  static const char *const kinds[] = {"return", "throw", "break", "continue"};
  heading(p, "exits", p->facts->exits.n - 1);
  for (Id id = 1; id < p->facts->exits.n; id++) {
    const Exit *e = &p->facts->exits.at[id];
    say_place(p, e->span.start);
    text_printf(p->out, "%s%s%s", kinds[e->kind], e->label ? " " : "", name(p, e->label));
    say_expr(p, " ", e->value);
    scope_path(p, e->scope);
    text_puts(p->out, "\n");
  }
}

static void health(Print *p) {
  const Facts *facts = p->facts;
  if (facts->errors) {
    text_printf(p->out, "%u syntax errors, the first one at", facts->errors);
    say_place(p, facts->first_error);
    text_puts(p->out, "\n");
  }
  if (facts->cut)
    text_puts(p->out, "cut: something was too deep or too long to keep\n");
  for (uint32_t i = 0; i < facts->directives.n; i++) {
    say_expr(p, "directive ", facts->directives.at[i]);
    text_puts(p->out, "\n");
  }
}

void facts_print(const Facts *facts, const char *bytes, Text *out) {
  Print print = {.facts = facts, .out = out};
  find_lines(&print, bytes, facts->scopes.at[1].span.end);
  health(&print);
  imports(&print);
  exports(&print);
  classes(&print);
  functions(&print);
  scopes(&print);
  bindings(&print);
  expressions(&print, "calls", is_call);
  expressions(&print, "assigns", is_assign);
  expressions(&print, "sql", is_sql);
  exits(&print);
  text_release(&print.text);
  vec_release(&print.lines);
}
