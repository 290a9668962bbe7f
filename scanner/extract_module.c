// extract_module.c - imports and exports.
#include <string.h>

#include "extract.h"

static void import_new(Extract *x, At at, Name specifier, Name imported, At local, bool type_only) {
  Import import = {
      .specifier = specifier, .imported = imported, .type_only = type_only, .span = span_of(x, at)};
  Id number = x->facts->imports.n;
  if (local)
    import.binding = bind(x, BIND_IMPORT, local, x->scope, number, 0);
  vec_push(&x->facts->imports, import);
}

static void import_specifier(Extract *x, At at, Name specifier, bool type_only) {
  At name = child_by_field(x, at, F_name), alias = child_by_field(x, at, F_alias);
  if (!name)
    return;
  type_only |= child_of_kind(x, at, T_TYPE) != 0;
  import_new(x, at, specifier, key_name(x, name), alias ? alias : name, type_only);
}

static void import_clause(Extract *x, At at, Name specifier, bool type_only) {
  EACH_CHILD (x, at, child) {
    switch (x->nodes[child].kind) {
    case N_identifier:
      import_new(x, child, specifier, intern(x, "default"), child, type_only);
      break;
    case N_namespace_import:
      import_new(x, child, specifier, intern(x, "*"), first_child(x, child), type_only);
      break;
    case N_named_imports:
      EACH_CHILD (x, child, named)
        if (x->nodes[named].kind == N_import_specifier)
          import_specifier(x, named, specifier, type_only);
      break;
    }
  }
}

void import_statement(Extract *x, At at) {
  At source = child_by_field(x, at, F_source), clause = child_of_kind(x, at, N_import_clause);
  At required = child_of_kind(x, at, N_import_require_clause);
  bool type_only = child_of_kind(x, at, T_TYPE) != 0;
  if (required)
    source = child_by_field(x, required, F_source);
  if (!source)
    return;
  Name specifier = string_value(x, source);
  if (required)
    import_new(x, at, specifier, intern(x, "="), first_child(x, required), type_only);
  else if (clause)
    import_clause(x, clause, specifier, type_only);
  else
    import_new(x, at, specifier, 0, 0, type_only);
}

// `import A = B.C`, a TypeScript alias.
void import_alias(Extract *x, At at) {
  At name = first_child(x, at);
  if (!name)
    return;
  Id id = expr(x, next_child(x, at, name), 0);
  bind(x, BIND_CONST, name, x->scope, id, 0);
}

static Export *export_new(Extract *x, At at, Name name, Id value) {
  Export export = {.name = name, .value = value, .span = span_of(x, at)};
  vec_push(&x->facts->exports, export);
  return &x->facts->exports.at[x->facts->exports.n - 1];
}

// `name as alias`, with or without `from`.
static void export_specifier(Extract *x, At at, Name specifier, bool type_only) {
  At name = child_by_field(x, at, F_name), alias = child_by_field(x, at, F_alias);
  if (!name)
    return;
  Name imported = key_name(x, name), exported = alias ? key_name(x, alias) : imported;
  Id value = specifier ? 0 : expr(x, name, 0);
  Export *export = export_new(x, at, exported, value);
  export->specifier = specifier;
  export->imported = specifier ? imported : 0;
  export->type_only = type_only || child_of_kind(x, at, T_TYPE);
}

static void export_clause(Extract *x, At at, Name specifier, bool type_only) {
  EACH_CHILD (x, at, child)
    if (x->nodes[child].kind == N_export_specifier)
      export_specifier(x, child, specifier, type_only);
}

// `export * as name from "..."`
static void export_namespace(Extract *x, At at, Name specifier, bool type_only) {
  At name = first_child(x, at);
  name = name ? name : child_of_kind(x, at, T_DEFAULT);
  Name exported = key_name(x, name), star = intern(x, "*");
  Export *export = export_new(x, at, exported, 0);
  export->specifier = specifier;
  export->imported = star;
  export->type_only = type_only;
}

// One export for each name that a declaration added to the current scope.
static void export_bindings(Extract *x, uint32_t first, Name as) {
  uint32_t end = x->facts->bindings.n;
  for (uint32_t i = first; i < end; i++) {
    Binding binding = x->facts->bindings.at[i];
    if (binding.scope != x->scope && binding.scope != x->var_scope)
      continue;
    bool direct = as && (binding.kind == BIND_FUNCTION || binding.kind == BIND_CLASS);
    Id value = direct ? binding.value : expr_synthetic(x, EX_IDENT, 0);
    if (!direct) {
      EXPR(x, value)->name = binding.name;
      EXPR(x, value)->span = binding.span;
    }
    Export export = {.name = as ? as : binding.name, .value = value, .span = binding.span};
    export.type_only = binding.kind == BIND_ALIAS || binding.kind == BIND_INTERFACE;
    vec_push(&x->facts->exports, export);
  }
}

// The grammar does not know `export type * from`: it skips the word.
static bool skipped_type(Extract *x, At at) {
  At error = child_of_kind(x, at, N_ERROR);
  if (!error || x->nodes[error].end - x->nodes[error].start != 4 ||
      memcmp(x->bytes + x->nodes[error].start, "type", 4))
    return false;
  if (!--x->facts->errors)
    x->facts->first_error = 0;
  return true;
}

static void export_from(Extract *x, At at, Name specifier, bool type_only) {
  At namespace = child_of_kind(x, at, N_namespace_export), clause = child_of_kind(x, at, N_export_clause);
  if (namespace)
    export_namespace(x, namespace, specifier, type_only);
  else if (clause)
    export_clause(x, clause, specifier, type_only);
  else if (child_of_kind(x, at, T_STAR)) {
    Export *export = export_new(x, at, intern(x, "*"), 0);
    export->specifier = specifier;
    export->type_only = type_only;
  } else {
    statements(x, at);
  }
}

void export_statement(Extract *x, At at) {
  At declaration = child_by_field(x, at, F_declaration), value = child_by_field(x, at, F_value);
  At source = child_by_field(x, at, F_source);
  Name as = child_of_kind(x, at, T_DEFAULT) ? intern(x, "default") : 0;
  x->decorated = child_of_kind(x, at, N_decorator) ? at : 0;
  if (declaration) {
    uint32_t first = x->facts->bindings.n;
    statement(x, declaration);
    export_bindings(x, first, as);
  } else if (value) {
    Id id = expr_named(x, value, 0, as);
    export_new(x, at, as, id);
  } else if (child_of_kind(x, at, T_EQUALS)) {
    Id id = expr(x, first_child(x, at), 0);
    export_new(x, at, intern(x, "="), id);
  } else if (!child_of_kind(x, at, T_AS)) {
    bool type_only = child_of_kind(x, at, T_TYPE) || skipped_type(x, at);
    export_from(x, at, source ? string_value(x, source) : 0, type_only);
  }
  x->decorated = 0;
}
