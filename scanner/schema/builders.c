// builders.c - migrations written as calls of a schema builder.
//
// The builder is known by its value (`knex: Knex`), else it is a parameter of the migration, in a package that
// depends on a library with such a builder.
#include "declare.h"

#include <string.h>

#include "values.h"

enum { HELPER_DEPTH = 4 };

typedef struct Migration {
  Schemas *schemas;
  Schema *schema;
  FileId file;
  uint32_t *budget;  // expressions that may still be looked at: helpers may be called often
} Migration;

static bool has_builder(const Libraries *libs, uint16_t library, const char *method) {
  return library_schema_word(libs, library, SCOPE_BUILDER, method);
}

// The first call of a chain that is a word of the library's builder, -1 if none is.
static int first_word(const Migration *m, const Chain *chain, uint16_t library) {
  for (uint32_t i = 0; i < chain->steps.n; i++)
    if (chain->steps.at[i].name && has_builder(m->schemas->program->libs, library, chain->steps.at[i].name))
      return (int)i;
  return -1;
}

// The library whose client or builder something on the way to the first call is.
static uint16_t library_of_chain(const Migration *m, Ref root, Ref call) {
  Program *p = m->schemas->program;
  const File *f = &p->files.at[call.file];
  for (Id at = call.id; at; at = expr_at(f, at)->a) {
    ValueId each[4];
    uint32_t n = value_each(p, value_of(p, call.file, at), each);
    for (uint32_t i = 0; i < n; i++) {
      const Value *v = value_at(p, each[i]);
      uint16_t library = v->kind == VAL_LIBRARY ? p->libs->states.at[v->a].library
                         : v->kind == VAL_EXTERNAL && v->a ? external_library(p, each[i]) : 0;
      if (library && p->libs->libraries.at[library].schema.known)
        return library;
    }
    if (at == root.id)
      break;
  }
  return 0;
}

// Whether an expression is a parameter, or taken from one by a pattern (`{ context: queryInterface }`).
static bool is_param(const Migration *m, Ref root) {
  const File *f = &m->schemas->program->files.at[root.file];
  const Expr *e = expr_at(f, root.id);
  Id binding = e->kind == EX_IDENT ? binding_of(m->schemas->program, root.file, e->scope, e->name, false) : 0;
  return binding && f->facts.bindings.at[binding].kind == BIND_PARAM;
}

// Kysely's `createTable("t")` is followed by its columns, Knex's gets a function.
static bool fits(const Migration *m, const Chain *chain, int first, uint16_t library) {
  Declare d = declare_start(m->schemas, m->schema, library, false);
  const ChainStep *step = &chain->steps.at[first];
  const SchemaWord *word = declare_word(&d, SCOPE_BUILDER, step->name);
  bool wants = false;
  for (int i = 0; i < WORD_ARGS; i++)
    wants |= word->args[i] == DECL_BODY || word->args[i] == DECL_FIELDS;
  bool has = expr_of(&d, step->call)->count > 1;
  declare_release(&d);
  return word->is != DECL_TABLE || wants == has;
}

static uint16_t library_by_dependency(const Migration *m, const Chain *chain, int *first) {
  Program *p = m->schemas->program;
  const Libraries *libs = p->libs;
  const char *path = p->files.at[m->file].source->path;
  for (uint16_t i = 1; i < libs->libraries.n; i++) {
    if (!libs->libraries.at[i].schema.known || !package_depends_on(p->modules, path, &libs->libraries.at[i]))
      continue;
    *first = first_word(m, chain, i);
    if (*first >= 0 && fits(m, chain, *first, i))
      return i;
  }
  return 0;
}

static void run_chain(const Migration *m, Chain *chain) {
  if (!chain->steps.n)
    return;
  Ref call = chain->steps.at[0].call;
  uint16_t library = library_of_chain(m, chain->root, call);
  int first = library ? first_word(m, chain, library) : -1;
  if (first < 0 && is_param(m, chain->root))
    library = library_by_dependency(m, chain, &first);
  if (first < 0)
    return;
  Declare d = declare_start(m->schemas, m->schema, library, false);
  declare_steps(&d, chain, (uint32_t)first, SCOPE_BUILDER);
  declare_release(&d);
}

static void run_function(Migration *m, Ref function, int depth);

// A function of the tree that a call runs, and that may get the builder.
static void run_helper(Migration *m, Ref call, int depth) {
  Program *p = m->schemas->program;
  const Expr *e = expr_at(&p->files.at[call.file], call.id);
  Ref function = value_function(p, value_of(p, call.file, e->a));
  bool same_kind = function.file && p->files.at[function.file].context == p->files.at[m->file].context;
  if (depth < HELPER_DEPTH && same_kind && e->count)
    run_function(m, function, depth + 1);
}


static void run_call(Migration *m, Ref call, Chain *chain, int depth) {
  Declare reader = {.schemas = m->schemas, .program = m->schemas->program};
  if (!declare_is_outermost(&reader, call))
    return;
  declare_chain(&reader, call, chain);
  run_chain(m, chain);
  if (chain->steps.n == 1)
    run_helper(m, call, depth);
}

// The calls that are written in a function, in their order.
static void run_function(Migration *m, Ref function, int depth) {
  const File *f = &m->schemas->program->files.at[function.file];
  const Function *fn = &f->facts.functions.at[function.id];
  Chain chain = {0};
  for (Id i = fn->expr ? fn->expr + 1 : 1; i < f->facts.exprs.n && *m->budget; i++, --*m->budget) {
    const Expr *e = expr_at(f, i);
    if (!(e->flags & EXF_SYNTHETIC) && e->span.start >= fn->span.end)
      break;
    if (e->span.start >= fn->span.start && e->kind == EX_CALL)
      run_call(m, (Ref){function.file, i}, &chain, depth);
  }
  vec_release(&chain.steps);
}

void builders_call(Schemas *schemas, Schema *schema, Ref call, uint32_t *budget) {
  Migration m = {.schemas = schemas, .schema = schema, .file = call.file, .budget = budget};
  Chain chain = {0};
  run_call(&m, call, &chain, 0);
  vec_release(&chain.steps);
}
