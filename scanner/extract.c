// extract.c - lowering of statements and scopes. See facts.h for what comes out.
//
// One recursive descent over the flat syntax tree, in document order: tables map a node's kind to the
// function that lowers it. What has no function of its own (errors above all) is searched for what has.
#include "extract.h"

// Count one level. When it returns true nothing was counted, and the node has to be dropped.
bool too_deep(Extract *x) {
  if (x->depth >= x->max_depth) {
    x->facts->cut = true;
    return true;
  }
  x->depth++;
  return false;
}

// Add a scope inside the current one and make it the current one. The caller restores x->scope.
Id scope_open(Extract *x, ScopeKind kind, At at) {
  Scope scope = {.kind = (uint8_t)kind, .parent = x->scope, .function = x->function, .span = span_of(x, at)};
  vec_push(&x->facts->scopes, scope);
  return x->scope = x->facts->scopes.n - 1;
}

void statements(Extract *x, At parent) {
  EACH_CHILD (x, parent, child)
    statement(x, child);
}

void body(Extract *x, At at) {
  if (!at)
    return;
  if (x->nodes[at].kind == N_statement_block && !too_deep(x)) {
    statements(x, at);
    x->depth--;
  } else {
    statement(x, at);
  }
}

static void body_in(Extract *x, ScopeKind kind, At at, Id a) {
  if (!at)
    return;
  Id outer = x->scope;
  Id scope = scope_open(x, kind, at);
  x->facts->scopes.at[scope].a = a;
  body(x, at);
  x->scope = outer;
}

static Id loop_open(Extract *x, ScopeKind kind, At at) {
  Id loop = scope_open(x, kind, at);
  x->facts->scopes.at[loop].label = x->labelled;
  return loop;
}

static void block(Extract *x, At at) {
  Id outer = x->scope;
  Name label = x->labelled;
  Id scope = scope_open(x, SC_BLOCK, at);
  x->facts->scopes.at[scope].label = label;
  statements(x, at);
  x->scope = outer;
}

// TypeScript's grammar reads `using x = y` and `await using x = y` as assignments.
static bool using_assignment(Extract *x, At at) {
  if (x->nodes[at].kind == N_await_expression)
    at = first_child(x, at);
  if (!at || x->nodes[at].kind != N_assignment_expression || !child_of_kind(x, at, T_USING))
    return false;
  At name = child_by_field(x, at, F_left);
  Id value = expr(x, child_by_field(x, at, F_right), 0);
  bind(x, BIND_CONST, name, x->scope, value, 0);
  return true;
}

static void expression_statement(Extract *x, At at) {
  EACH_CHILD (x, at, child) {
    uint8_t kind = x->nodes[child].kind;
    if (is_statement(kind))  // `namespace N {}` may stand here
      statement(x, child);
    if (is_statement(kind) || kind >= N_TOKEN || using_assignment(x, child))
      continue;
    Id id = expr(x, child, 0);
    if (id)
      EXPR(x, id)->flags |= EXF_STATEMENT;
  }
}

static void lexical_declaration(Extract *x, At at) {
  At kind = child_by_field(x, at, F_kind);
  bool is_let = kind && x->bytes[x->nodes[kind].start] == 'l';
  declarators(x, at, is_let ? BIND_LET : BIND_CONST, x->scope);
}

static void variable_declaration(Extract *x, At at) { declarators(x, at, BIND_LET, x->var_scope); }

static void if_statement(Extract *x, At at) {
  Id condition = expr(x, child_by_field(x, at, F_condition), 0);
  body_in(x, SC_IF, child_by_field(x, at, F_consequence), condition);
  At otherwise = child_by_field(x, at, F_alternative);
  body_in(x, SC_ELSE, otherwise ? first_child(x, otherwise) : 0, condition);
}

// The initialiser runs before the loop, but what it declares is the loop's.
static void for_initializer(Extract *x, At at, Id outer, Id loop) {
  At init = child_by_field(x, at, F_initializer);
  if (!init || x->nodes[init].kind == N_empty_statement)
    return;
  x->scope = outer;
  if (x->nodes[init].kind == N_variable_declaration) {
    declarators(x, init, BIND_LET, x->var_scope);
  } else if (x->nodes[init].kind == N_lexical_declaration) {
    At kind = child_by_field(x, init, F_kind);
    bool is_let = kind && x->bytes[x->nodes[kind].start] == 'l';
    declarators(x, init, is_let ? BIND_LET : BIND_CONST, loop);
  } else {
    Id id = expr(x, init, 0);
    if (id)
      EXPR(x, id)->flags |= EXF_STATEMENT;
  }
  x->scope = loop;
}

static void for_statement(Extract *x, At at) {
  Id outer = x->scope;
  Id loop = loop_open(x, SC_FOR, at);
  for_initializer(x, at, outer, loop);
  At condition = child_by_field(x, at, F_condition);
  if (condition && is_expr(x->nodes[condition].kind)) {
    Id id = expr(x, condition, 0);
    x->facts->scopes.at[loop].a = id;
  }
  Id update = expr(x, child_by_field(x, at, F_increment), 0);
  x->facts->scopes.at[loop].b = update;
  body(x, child_by_field(x, at, F_body));
  x->scope = outer;
}

static ScopeKind for_in_kind(Extract *x, At at) {
  At op = child_by_field(x, at, F_operator);
  if (op && x->bytes[x->nodes[op].start] == 'i')
    return SC_FOR_IN;
  At await = child_of_kind(x, at, T_AWAIT);
  return await && !x->nodes[await].field ? SC_FOR_AWAIT : SC_FOR_OF;
}

// The loop's variable: declared in the loop (or hoisted, for `var`), else assigned at each turn.
static void for_in_target(Extract *x, At at, Id loop, Id element) {
  At left = child_by_field(x, at, F_left);
  At kind = child_by_field(x, at, F_kind);
  char first = kind ? x->bytes[x->nodes[kind].start] : '\0';
  if (left && !kind)
    assign_each(x, left, element);
  if (!left || !kind)
    return;
  Target target = {.kind = first == 'l' || first == 'v' ? BIND_LET : BIND_CONST};
  target.scope = first == 'v' ? x->var_scope : loop;
  pattern(x, left, element, &target);
}

static void for_in_statement(Extract *x, At at) {
  Id outer = x->scope;
  ScopeKind kind = for_in_kind(x, at);
  Name label = x->labelled;
  Id iterated = expr(x, child_by_field(x, at, F_right), 0);
  x->labelled = label;
  Id loop = loop_open(x, kind, at);
  x->facts->scopes.at[loop].a = iterated;
  At left = child_by_field(x, at, F_left);
  Id element = expr_synthetic(x, kind == SC_FOR_IN ? EX_KEY : EX_ELEMENT, left ? left : at);
  EXPR(x, element)->a = iterated;
  for_in_target(x, at, loop, element);
  body(x, child_by_field(x, at, F_body));
  x->scope = outer;
}

static void while_statement(Extract *x, At at) {
  Id outer = x->scope;
  Id loop = loop_open(x, SC_WHILE, at);
  Id condition = expr(x, child_by_field(x, at, F_condition), 0);
  x->facts->scopes.at[loop].a = condition;
  body(x, child_by_field(x, at, F_body));
  x->scope = outer;
}

static void do_statement(Extract *x, At at) {
  Id outer = x->scope;
  Id loop = loop_open(x, SC_DO, at);
  body(x, child_by_field(x, at, F_body));
  Id condition = expr(x, child_by_field(x, at, F_condition), 0);
  x->facts->scopes.at[loop].a = condition;
  x->scope = outer;
}

static void switch_case(Extract *x, At at) {
  Id outer = x->scope;
  At value = child_by_field(x, at, F_value);
  Id tested = expr(x, value, 0);
  Id scope = scope_open(x, SC_CASE, at);
  x->facts->scopes.at[scope].a = tested;
  EACH_CHILD (x, at, child)
    if (child != value)
      statement(x, child);
  x->scope = outer;
}

static void switch_statement(Extract *x, At at) {
  Id outer = x->scope;
  Name label = x->labelled;
  Id value = expr(x, child_by_field(x, at, F_value), 0);
  Id scope = scope_open(x, SC_SWITCH, at);
  x->facts->scopes.at[scope].a = value;
  x->facts->scopes.at[scope].label = label;
  statements(x, child_by_field(x, at, F_body));
  x->scope = outer;
}

static void catch_clause(Extract *x, At at) {
  Id outer = x->scope;
  Id scope = scope_open(x, SC_CATCH, at);
  At parameter = child_by_field(x, at, F_parameter);
  if (parameter) {
    bool plain = x->nodes[parameter].kind == N_identifier;
    Target target = {.kind = BIND_CATCH, .scope = scope};
    target.type = annotation(x, child_by_field(x, at, F_type));
    pattern(x, parameter, plain ? 0 : expr_synthetic(x, EX_OTHER, parameter), &target);
  }
  body(x, child_by_field(x, at, F_body));
  x->scope = outer;
}

static void try_statement(Extract *x, At at) {
  body_in(x, SC_TRY, child_by_field(x, at, F_body), 0);
  At handler = child_by_field(x, at, F_handler);
  if (handler)
    catch_clause(x, handler);
  At finalizer = child_by_field(x, at, F_finalizer);
  if (finalizer)
    body_in(x, SC_FINALLY, child_by_field(x, finalizer, F_body), 0);
}

static void exit_new(Extract *x, ExitKind kind, At at, Id value) {
  Exit exit = {.kind = (uint8_t)kind, .scope = x->scope, .value = value, .span = span_of(x, at)};
  exit.label = text_of(x, child_by_field(x, at, F_label));
  vec_push(&x->facts->exits, exit);
}

static void return_statement(Extract *x, At at) {
  Id value = expr(x, first_child(x, at), 0);
  if (value) {
    EXPR(x, value)->flags |= EXF_RETURNED;
    if (x->function)
      vec_push(&x->returns, value);
  }
  exit_new(x, EXIT_RETURN, at, value);
}

static void throw_statement(Extract *x, At at) {
  exit_new(x, EXIT_THROW, at, expr(x, first_child(x, at), 0));
}
static void break_statement(Extract *x, At at) { exit_new(x, EXIT_BREAK, at, 0); }
static void continue_statement(Extract *x, At at) { exit_new(x, EXIT_CONTINUE, at, 0); }

static void labeled_statement(Extract *x, At at) {
  x->label = text_of(x, child_by_field(x, at, F_label));
  statement(x, child_by_field(x, at, F_body));
}

static void with_statement(Extract *x, At at) {
  expr(x, child_by_field(x, at, F_object), 0);
  body_in(x, SC_BLOCK, child_by_field(x, at, F_body), 0);
}

// `declare ...`: what it declares; `declare global { ... }` is a block.
static void ambient_declaration(Extract *x, At at) {
  EACH_CHILD (x, at, child)
    if (is_statement(x->nodes[child].kind))
      statement(x, child);
}

static void nothing(Extract *x, At at) { (void)x, (void)at; }

typedef void Lower(Extract *x, At at);
static Lower *const lowers[N_COUNT] = {
    [N_statement_block] = block,
    [N_expression_statement] = expression_statement,
    [N_lexical_declaration] = lexical_declaration,
    [N_variable_declaration] = variable_declaration,
    [N_using_declaration] = lexical_declaration,
    [N_if_statement] = if_statement,
    [N_for_statement] = for_statement,
    [N_for_in_statement] = for_in_statement,
    [N_while_statement] = while_statement,
    [N_do_statement] = do_statement,
    [N_switch_statement] = switch_statement,
    [N_switch_case] = switch_case,
    [N_switch_default] = switch_case,
    [N_try_statement] = try_statement,
    [N_catch_clause] = catch_clause,
    [N_return_statement] = return_statement,
    [N_throw_statement] = throw_statement,
    [N_break_statement] = break_statement,
    [N_continue_statement] = continue_statement,
    [N_labeled_statement] = labeled_statement,
    [N_with_statement] = with_statement,
    [N_empty_statement] = nothing,
    [N_debugger_statement] = nothing,
    [N_hash_bang_line] = nothing,
    [N_import_statement] = import_statement,
    [N_import_alias] = import_alias,
    [N_export_statement] = export_statement,
    [N_function_declaration] = function_declaration,
    [N_generator_function_declaration] = function_declaration,
    [N_function_signature] = function_declaration,
    [N_class_declaration] = class_declaration,
    [N_abstract_class_declaration] = class_declaration,
    [N_enum_declaration] = enum_declaration,
    [N_internal_module] = namespace_declaration,
    [N_module] = namespace_declaration,
    [N_ambient_declaration] = ambient_declaration,
    [N_interface_declaration] = interface_declaration,
    [N_type_alias_declaration] = alias_declaration,
};

bool is_statement(uint8_t kind) { return lowers[kind] != NULL; }

void statement(Extract *x, At at) {
  uint8_t kind = x->nodes[at].kind;
  x->labelled = x->label;
  x->label = 0;
  if (!at || kind >= N_TOKEN || too_deep(x))
    return;
  if (lowers[kind])
    lowers[kind](x, at);
  else if (is_expr(kind))
    expr(x, at, 0);
  else
    statements(x, at);
  x->depth--;
}

// "use client" and its like: the strings before the first statement that is none.
static void directives(Extract *x) {
  for (Id id = 1; id < x->facts->exprs.n; id++) {
    const Expr *expr = EXPR(x, id);
    if (expr->kind != EX_STRING || !(expr->flags & EXF_STATEMENT) || expr->scope != 1)
      return;
    vec_push(&x->facts->directives, id);
  }
}

void extract_file(Extract *x) {
  Scope module = {.kind = SC_MODULE, .span = {0, x->length}};
  vec_push(&x->facts->scopes, module);
  x->scope = x->var_scope = 1;
  statements(x, 0);
  directives(x);
}
