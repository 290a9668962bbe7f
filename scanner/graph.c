// graph.c - which relations a query loads along with its rows.
//
// A library's model says how they are written: as the keys of objects (Prisma, Drizzle), as a tree of objects or of
// names with dots (TypeORM, MikroORM, Objection), or as a list of models, names and objects (Sequelize, Mongoose).
// Constants are followed, also into other files. The work for one query is bounded by MAX_RELATIONS and MAX_NESTING.
#include "graph.h"

#include <string.h>

#include "values.h"

enum { MAX_NESTING = 12, MAX_STEPS = 8 };

// A place in the graph at which relations are read.
typedef struct Reading {
  Program *p;
  Graph *graph;
  const RelationWords *words;
  uint16_t parent;
  uint8_t by;
  bool selected;  // columns are named beside the relations
  unsigned nesting;
} Reading;

static bool is_one_of(const char *name, const char **names) {
  for (; *names; names++)
    if (!strcmp(*names, name))
      return true;
  return false;
}

//
// Expressions behind names
//

static const Expr *expr_of(const Program *p, Ref ref) {
  static const Expr none = {0};
  return ref.file ? expr_at(&p->files.at[ref.file], ref.id) : &none;
}

// The expression that gives the value: through casts, constants, imports, and functions that return an object.
static Ref written(Program *p, FileId file, Id expr) {
  for (unsigned steps = 0; expr && steps < MAX_STEPS; steps++) {
    const File *f = &p->files.at[file];
    const Expr *e = expr_at(f, expr);
    bool fallback = e->kind == EX_ALT && strcmp(text_of(f, e->name), "?:") && strcmp(text_of(f, e->name), "&&");
    if (e->kind == EX_CAST) {
      expr = e->a;
    } else if (fallback) {
      expr = e->b;
    } else if (e->kind == EX_IDENT && definition_of(p, file, expr).file) {
      Ref next = definition_of(p, file, expr);
      file = next.file;
      expr = next.id;
    } else {
      Value v = *value_at(p, e->kind == EX_OBJECT || e->kind == EX_ARRAY ? VALUE_UNKNOWN : value_of(p, file, expr));
      return v.kind == VAL_OBJECT || v.kind == VAL_STRING ? (Ref){v.a, v.b} : (Ref){file, expr};
    }
  }
  return (Ref){file, expr};
}

// The value of a property of an object literal, also one that it spreads from a constant; {0,0} if it has none.
static Ref property_of(Program *p, Ref object, const char *name, unsigned nesting) {
  const File *f = &p->files.at[object.file];
  const Expr *e = expr_of(p, object);
  for (uint32_t i = e->kind == EX_OBJECT ? e->count : 0; i-- > 0;) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_PROPERTY && !strcmp(text_of(f, x->name), name))
      return (Ref){object.file, x->a};
    Ref spread = {0, 0};
    if (x->kind == EX_SPREAD && nesting < MAX_STEPS)
      spread = property_of(p, written(p, object.file, x->a), name, nesting + 1);
    if (spread.file)
      return spread;
  }
  return (Ref){0, 0};
}

static Ref option_named(Program *p, Ref object, const char **names) {
  Ref value = {0, 0};
  for (; *names && !value.file; names++)
    value = property_of(p, object, *names, 0);
  return value;
}

static bool is_true(const Program *p, Ref expr) {
  const File *f = &p->files.at[expr.file];
  const Expr *e = expr_of(p, expr);
  return e->kind == EX_LITERAL && !strcmp(text_of(f, e->name), "true");
}

//
// Adding to the graph
//

// Add a relation below the parent unless it is there. Returns its index + 1, 0 when there is no room.
static uint16_t add(const Reading *r, Sym name, bool narrowed) {
  Graph *graph = r->graph;
  for (uint32_t i = 0; i < graph->n; i++)
    if (graph->all[i].name == name && graph->all[i].parent == r->parent)
      return (uint16_t)(i + 1);
  if (graph->n == MAX_RELATIONS || !name)
    return 0;
  uint16_t depth = r->parent ? (uint16_t)(graph->all[r->parent - 1].depth + 1) : 1;
  graph->all[graph->n++] = (Loaded){.name = name, .parent = r->parent, .depth = depth, .narrowed = narrowed, .by = r->by};
  return (uint16_t)graph->n;
}

static Reading below(const Reading *r, uint16_t parent) {
  Reading next = *r;
  next.parent = parent;
  next.nesting++;
  return next;
}

static void read_spec(const Reading *r, FileId file, Id expr);

// The relations in a text: "lines.product", "lines user", "[lines.[product, tax], user(onlyName)]".
static void read_text(const Reading *r, const char *text) {
  uint16_t open[MAX_NESTING] = {r->parent};
  unsigned level = 0;
  uint16_t parent = r->parent, last = 0;
  bool dots = r->words->form == FORM_TREE;
  r->graph->every |= dots && !r->parent && !strcmp(text, "*");
  while (*text && r->graph->n < MAX_RELATIONS) {
    size_t n = strcspn(text, dots ? ".,[]() " : ", ");
    char name[128];
    if (n && n < sizeof name && *text != '*') {
      memcpy(name, text, n);
      name[n] = '\0';
      Reading here = below(r, parent);
      last = add(&here, sym_intern(r->p, name), false);
    }
    text += n;
    if (*text == '.') {
      parent = last;
    } else if (*text == '(') {
      text += strcspn(text, ")");
      if (last)
        r->graph->all[last - 1].narrowed = true;
    } else if (*text == '[' && level + 1 < MAX_NESTING) {
      open[++level] = parent;
    } else if (*text == ']' && level) {
      parent = open[--level];
    } else if (*text) {
      parent = open[level];
    }
    text += *text != '\0';
  }
}

// Whether a few columns are chosen by an object of options.
static bool is_narrowed(const Reading *r, Ref options) { return option_named(r->p, options, r->words->columns).file; }

// The relations that an object of options names.
static void read_options(const Reading *r, Ref options) {
  for (const char **key = r->words->keys; *key; key++) {
    Ref value = property_of(r->p, options, *key, 0);
    if (!value.file)
      continue;
    if (!r->graph->start.file)
      r->graph->start = value;
    Reading here = *r;
    here.selected = is_one_of(*key, r->words->columns);
    read_spec(&here, value.file, value.id);
  }
}

// `lines: true`, `lines: { include: ... }`: a scalar that is only selected is no relation.
static void read_key(const Reading *r, FileId file, const Expr *property) {
  Program *p = r->p;
  const File *f = &p->files.at[file];
  Ref value = written(p, file, property->a);
  bool object = expr_of(p, value)->kind == EX_OBJECT;
  if (*text_of(f, property->name) == '_' || !(object || (!r->selected && is_true(p, value))))
    return;
  bool tree = r->words->form == FORM_TREE;
  uint16_t here = add(r, sym_of(f, property->name), !tree && is_narrowed(r, value));
  Reading next = below(r, here);
  if (here && object && tree)
    read_spec(&next, value.file, value.id);
  else if (here && object)
    read_options(&next, value);
}

static void read_keys(const Reading *r, FileId file, const Expr *e) {
  const File *f = &r->p->files.at[file];
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_PROPERTY)
      read_key(r, file, x);
    Ref spread = x->kind == EX_SPREAD ? written(r->p, file, x->a) : (Ref){0, 0};
    const Expr *object = expr_of(r->p, spread);
    Reading next = below(r, r->parent);
    if (spread.file && object->kind == EX_OBJECT && next.nesting < MAX_NESTING)
      read_keys(&next, spread.file, object);
  }
}

// `{ model: Line, as: "lines", include: [...] }`, `{ path: "lines", populate: ... }`
static void read_object(const Reading *r, Ref object) {
  Ref name = option_named(r->p, object, r->words->names), apart = option_named(r->p, object, r->words->apart);
  if (!name.file || (apart.file && is_true(r->p, apart)))
    return;
  Reading next = below(r, add(r, table_name(r->p, name.file, name.id), is_narrowed(r, object)));
  if (next.parent)
    read_options(&next, object);
}

static void read_spec(const Reading *r, FileId file, Id expr) {
  Program *p = r->p;
  Ref spec = written(p, file, expr);
  const File *f = &p->files.at[spec.file];
  const Expr *e = expr_of(p, spec);
  if (r->nesting >= MAX_NESTING)
    return;
  if (e->kind == EX_STRING) {
    read_text(r, text_of(f, e->name));
  } else if (e->kind == EX_ARRAY) {
    Reading next = below(r, r->parent);
    for (uint32_t i = 0; i < e->count; i++) {
      const Expr *item = expr_at(f, list_at(f, e->first, i));
      read_spec(&next, spec.file, item->kind == EX_SPREAD ? item->a : list_at(f, e->first, i));
    }
  } else if (e->kind == EX_OBJECT && r->words->form == FORM_OBJECTS) {
    read_object(r, spec);
  } else if (e->kind == EX_OBJECT) {
    read_keys(r, spec.file, e);
  } else if (r->words->form == FORM_OBJECTS && (e->kind == EX_IDENT || e->kind == EX_MEMBER)) {
    Value v = *value_at(p, value_of(p, spec.file, spec.id));
    if (v.kind == VAL_CLASS || v.kind == VAL_LIBRARY)
      add(r, table_name(p, spec.file, spec.id), false);
  }
}

//
// Queries
//

// A tree's columns are chosen beside it, in a tree of the same shape: `select: { lines: { sku: true } }`.
static void narrow_tree(Program *p, const RelationWords *words, Graph *graph, uint32_t first, Ref options) {
  Ref columns = option_named(p, options, words->columns);
  Graph *chosen = columns.file ? xcalloc(1, sizeof *chosen) : NULL;
  if (!chosen)
    return;
  Reading r = {.p = p, .graph = chosen, .words = words};
  read_spec(&r, columns.file, columns.id);
  uint16_t same[MAX_RELATIONS] = {0};  // the node of `chosen` at the same path, + 1
  for (uint32_t i = first; i < graph->n; i++) {
    uint16_t parent = graph->all[i].parent ? same[graph->all[i].parent - 1] : 0;
    for (uint32_t k = 0; k < chosen->n && (parent || !graph->all[i].parent); k++)
      if (chosen->all[k].name == graph->all[i].name && chosen->all[k].parent == parent)
        same[i] = (uint16_t)(k + 1);
    for (uint32_t k = 0; same[i] && k < chosen->n; k++)
      graph->all[i].narrowed |= chosen->all[k].parent == same[i];
  }
  xfree(chosen);
}

// Whether the options ask for a query of its own for each relation: `relationLoadStrategy: "query"`.
static bool is_apart(Program *p, const RelationWords *words, Ref options) {
  Ref apart = option_named(p, options, words->apart);
  const File *f = &p->files.at[apart.file];
  return apart.file && !strcmp(text_of(f, expr_of(p, apart)->name), "query");
}

static void read_arguments(const Reading *r, FileId file, Id call) {
  const Expr *e = expr_at(&r->p->files.at[file], call);
  for (uint32_t i = 0; i < e->count; i++) {
    Id argument = argument_at(&r->p->files.at[file], call, (int)i);
    Ref options = argument ? written(r->p, file, argument) : (Ref){0, 0};
    const Expr *object = expr_of(r->p, options);
    if (object->kind != EX_OBJECT || is_apart(r->p, r->words, options))
      continue;
    uint32_t first = r->graph->n;
    read_options(r, options);
    if (r->words->form == FORM_TREE)
      narrow_tree(r->p, r->words, r->graph, first, options);
  }
}

// The node that a join's alias stands for: of `leftJoinAndSelect("o.lines", "line")` before, 0 if none.
static uint16_t node_of_alias(const Sym *aliases, const Graph *graph, Sym alias) {
  for (uint32_t i = 0; alias && i < graph->n; i++)
    if (aliases[i] == alias)
      return (uint16_t)(i + 1);
  return 0;
}

// `leftJoinAndSelect("line.product", "product")`: below the relation with the alias `line`.
static void read_join(const Reading *r, FileId file, Id call, const Meaning *m, Sym *aliases) {
  const File *f = &r->p->files.at[file];
  Ref path = written(r->p, file, argument_at(f, call, m->follows));
  Id name = argument_at(f, call, m->follows + 1);
  const Expr *e = expr_of(r->p, path);
  const char *text = e->kind == EX_STRING ? text_of(&r->p->files.at[path.file], e->name) : "";
  const char *dot = strchr(text, '.');
  char before[128];
  if (!dot || (size_t)(dot - text) >= sizeof before)
    return;
  memcpy(before, text, (size_t)(dot - text));
  before[dot - text] = '\0';
  Reading here = below(r, node_of_alias(aliases, r->graph, sym_intern(r->p, before)));
  uint16_t node = add(&here, sym_intern(r->p, dot + 1), false);
  if (node)
    aliases[node - 1] = name ? table_name(r->p, file, name) : 0;
  if (node && !r->graph->start.file)
    r->graph->start = path;
}

static const Meaning *meaning_at(Program *p, FileId file, Id call, StateId *state) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, file, expr_at(&p->files.at[file], call)->a), each);
  for (uint32_t i = 0; i < n; i++) {
    const Meaning *m = callee_meaning(p, each[i], file, call);
    Value v = *value_at(p, each[i]);
    if (!m || (v.kind != VAL_METHOD && v.kind != VAL_LIBRARY))
      continue;
    *state = (StateId)(v.kind == VAL_METHOD ? value_at(p, v.a)->a : v.a);
    return m;
  }
  return NULL;
}

static void read_call(Program *p, FileId file, Id call, Graph *graph, Sym *aliases) {
  StateId state = 0;
  const Meaning *m = meaning_at(p, file, call, &state);
  if (!m)
    return;
  const File *f = &p->files.at[file];
  Reading r = {.p = p, .graph = graph, .words = &p->libs->libraries.at[p->libs->states.at[state].library].relations};
  r.by = m->joined ? BY_JOIN : r.words->by;
  Id argument = m->relations == ARG_NONE ? 0 : argument_at(f, call, m->relations);
  if (r.words->form && m->follows != ARG_NONE) {
    read_join(&r, file, call, m, aliases);
  } else if (r.words->form && argument) {
    uint32_t first = graph->n;
    graph->start = graph->start.file ? graph->start : (Ref){file, argument};
    read_spec(&r, file, argument);
    // `populate("user", "name")`: the next argument chooses columns.
    bool narrowed = r.words->form == FORM_OBJECTS && argument_at(f, call, m->relations + 1);
    for (uint32_t i = first; narrowed && i < graph->n; i++)
      graph->all[i].narrowed = true;
  } else if (r.words->form && m->options != ARG_NONE) {
    read_arguments(&r, file, call);
  }
}

// To one row or to many, where the classes of the rows say it.
static void find_rows(Program *p, FileId file, Id call, Graph *graph) {
  StateId state = 0;
  const Meaning *m = meaning_at(p, file, call, &state);
  const Relationship *of[MAX_RELATIONS] = {NULL};
  Value callee = *value_at(p, value_of(p, file, expr_at(&p->files.at[file], call)->a));
  if (!m || callee.kind != VAL_METHOD)
    return;
  Value receiver = *value_at(p, callee.a);
  for (uint32_t i = 0; i < graph->n; i++) {
    const Relationship *parent = graph->all[i].parent ? of[graph->all[i].parent - 1] : NULL;
    Sym table = graph->all[i].parent ? (parent ? parent->table : 0) : meaning_table(p, m, &receiver, callee.b, file, call);
    Value row = {.kind = VAL_LIBRARY, .a = state, .b = table};
    of[i] = table ? relation_of_row(p, parent ? parent->class.file : file, &row, sym_text(p, graph->all[i].name)) : NULL;
    graph->all[i].rows = of[i] ? of[i]->rows : ROWS_UNKNOWN;
  }
}

void graph_of_query(Program *p, FileId file, Id call, Graph *graph) {
  const File *f = &p->files.at[file];
  Sym aliases[MAX_RELATIONS] = {0};
  Id chain[64];
  uint32_t n = 0;
  graph->n = 0;
  graph->every = false;
  graph->start = (Ref){0, 0};
  for (Id at = call; at && n < COUNT(chain);) {
    const Expr *e = expr_at(f, at), *callee = expr_at(f, e->a);
    if (e->kind == EX_CALL)
      chain[n++] = at;
    Ref variable = e->kind == EX_IDENT ? definition_of(p, file, at) : (Ref){0, 0};
    bool member = e->kind == EX_CALL && callee->kind == EX_MEMBER;
    at = variable.file == file ? variable.id : e->kind == EX_CAST ? e->a : member ? callee->a : 0;
  }
  for (uint32_t i = n; i-- > 0;)
    read_call(p, file, chain[i], graph, aliases);
  if (graph->n)
    find_rows(p, file, call, graph);
}

//
// Where rows come from
//

static bool gives_same_rows(const char *name) {
  static const char *names[] = {"filter", "slice", "sort", "reverse", "toSorted", "toReversed", "concat", NULL};
  return is_one_of(name, names);
}

// One step from rows towards their query; {0,0} when it is lost.
static Ref step_back(Program *p, Ref at) {
  const File *f = &p->files.at[at.file];
  const Expr *e = expr_at(f, at.id), *callee = expr_at(f, e->a);
  switch (e->kind) {
  case EX_IDENT:
    return definition_of(p, at.file, at.id);
  case EX_AWAIT:
  case EX_CAST:
  case EX_MEMBER:  // `{ rows }` of a page
  case EX_INDEX:   // `[rows, count]`
    return (Ref){at.file, e->a};
  case EX_CALL:
    break;
  default:
    return (Ref){0, 0};
  }
  if (callee->kind == EX_MEMBER && gives_same_rows(text_of(f, callee->name)))
    return (Ref){at.file, callee->a};
  Ref function = value_function(p, value_of(p, at.file, e->a));
  const File *g = &p->files.at[function.file];
  List returns = function.file ? g->facts.functions.at[function.id].returns : (List){0, 0};
  return returns.count == 1 ? (Ref){function.file, list_at(g, returns.first, 0)} : (Ref){0, 0};
}

Ref query_behind(Program *p, FileId file, Id expr) {
  Ref at = {file, expr};
  for (unsigned steps = 0; at.file && at.id && steps < 2 * MAX_STEPS; steps++) {
    StateId state = 0;
    bool call = expr_at(&p->files.at[at.file], at.id)->kind == EX_CALL;
    if (call && meaning_at(p, at.file, at.id, &state))
      return at;
    at = step_back(p, at);
  }
  return (Ref){0, 0};
}
