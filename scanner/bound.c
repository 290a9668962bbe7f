// bound.c - the values that a call gives for the placeholders of its statement: `SET name = $2`, `name = ?`, `name = ${name}`.
#include "judge.h"
#include "query_sql.h"
#include "schema/ddl.h"
#include "sql_text.h"
#include "values.h"

#include <ctype.h>
#include <string.h>

enum { MAX_PARAMETERS = 64 };  // of a statement; the values of more are taken to vary

// A parameter of the syntax tree.
typedef struct Parameter {
  uint32_t at, number;
  bool within;  // in a query within the statement
} Parameter;
typedef VEC(Parameter) Parameters;

// A statement's text, the expression of it, and the parameters that the call gives behind it.
typedef struct Bound {
  Program *p;
  const Repeated *r;
  Ref literal;
  const char *text;
  Id parameters;  // 0: none
  SqlMarks marks;
  const char *passed;  // how far the holes are counted
  uint32_t holes;      // before that
  Parameters set, asked;  // in SET, in WHERE
} Bound;

static bool in_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

static Id element(const File *f, Id list, uint32_t index) {
  const Expr *e = expr_at(f, list);
  return e->kind == EX_ARRAY && index < e->count ? list_at(f, e->first, index) : 0;
}

// A property of an object that is written out, else the whole of what is given.
static Id property(const File *f, Id object, const char *name, size_t length) {
  const Expr *e = expr_at(f, object);
  for (uint32_t i = 0; e->kind == EX_OBJECT && i < e->count; i++) {
    const Expr *part = expr_at(f, list_at(f, e->first, i));
    const char *key = text_of(f, part->name);
    if (part->kind == EX_PROPERTY && strlen(key) == length && !memcmp(key, name, length))
      return part->a;
  }
  return object;
}

// The expression in the hole of a template that starts there. Asked for one after the other, they are counted once.
static Id hole_value(Bound *b, const char *at) {
  const File *f = &b->p->files.at[b->literal.file];
  const Expr *literal = expr_at(f, b->literal.id);
  if (!b->passed || b->passed > at) {
    b->passed = b->text;
    b->holes = 0;
  }
  for (const char *next; (next = strstr(b->passed, "${}")) && next < at; b->passed = next + 3)
    b->holes++;
  return literal->kind == EX_TEMPLATE && b->holes < literal->count && b->literal.file == b->r->file
             ? list_at(f, literal->first, b->holes)
             : 0;
}

// What is given for a hole or a placeholder without a number; 0 when that cannot be told.
static Id mark_value(Bound *b, const SqlMark *mark) {
  const char *text = b->text + mark->source, *name = text + 1 + (text[0] == '$' && text[1] && strchr("<{(/[", text[1]));
  if (!strncmp(text, "${}", 3))
    return hole_value(b, text);
  size_t length = strcspn(name, " ,;()<>{}/[]=:\r\n\t");
  return strchr("$@:", *text) && in_name(*name) ? property(&b->p->files.at[b->r->file], b->parameters, name, length) : 0;
}

static Id value_of_parameter(Bound *b, const Parameter *parameter) {
  for (uint32_t i = 0; i < b->marks.n; i++)
    if (b->marks.at[i].value && b->marks.at[i].at == parameter->at)
      return mark_value(b, &b->marks.at[i]);
  return element(&b->p->files.at[b->r->file], b->parameters, parameter->number - 1);
}

// Collect the parameters in a part of a tree.
static void collect(Parameters *found, const ProtobufCMessage *message, bool within, int depth) {
  const ProtobufCMessageDescriptor *of = message->descriptor;
  if (of == &pg_query__param_ref__descriptor && found->n < MAX_PARAMETERS) {
    const PgQuery__ParamRef *ref = (const PgQuery__ParamRef *)message;
    vec_push(found, ((Parameter){(uint32_t)ref->location, (uint32_t)ref->number, within}));
  }
  if (depth == MAX_DEPTH && found->n < MAX_PARAMETERS)
    vec_push(found, ((Parameter){.within = false}));  // what stands deeper is not known
  within |= of == &pg_query__sub_link__descriptor;
  for (unsigned i = 0; depth < MAX_DEPTH && i < of->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &of->fields[i];
    bool node = of == &pg_query__node__descriptor, other = node && field->id != ((const Node *)message)->node_case;
    if (field->type != PROTOBUF_C_TYPE_MESSAGE || other || (!node && field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
      continue;
    const void *at = (const char *)message + field->offset;
    bool several = field->label == PROTOBUF_C_LABEL_REPEATED;
    size_t count = several ? *(const size_t *)(const void *)((const char *)message + field->quantifier_offset) : 1;
    ProtobufCMessage *const *parts = several ? *(ProtobufCMessage *const *const *)at : at;
    for (size_t k = 0; k < count; k++)
      if (parts[k])
        collect(found, parts[k], within, depth + 1);
  }
}

// Collect those of an UPDATE; false when the text is none that is understood.
static bool read_update(Bound *b) {
  Text text = {0};
  SqlTree tree = {0};
  size_t length = strlen(b->text);
  if (length > SQL_LIMIT)
    return false;
  sql_rewrite(&text, b->text, length, &b->marks);
  if (ddl_is_bounded(&(Statement){.text = text.at, .length = text.n}))
    sql_tree_read(&tree, NULL, text.at);
  const Node *node = tree.root && tree.root->n_stmts == 1 ? tree.root->stmts[0]->stmt : NULL;
  const PgQuery__UpdateStmt *update = node && node->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT ? node->update_stmt : NULL;
  for (size_t i = 0; update && i < update->n_target_list; i++)
    collect(&b->set, &update->target_list[i]->base, false, 0);
  if (update && update->where_clause)
    collect(&b->asked, &update->where_clause->base, false, 0);
  sql_tree_release(&tree);
  text_release(&text);
  return update && b->set.n < MAX_PARAMETERS;
}

// Whether a query in SET asks by what finds the row: `SET total = (SELECT ... WHERE order_id = $1) WHERE id = $1`.
static bool asks_by_key(Bound *b, const Parameter *parameter, Id value) {
  for (uint32_t i = 0; value && parameter->within && i < b->asked.n; i++) {
    Id key = value_of_parameter(b, &b->asked.at[i]);
    if (key && (key == value || is_same_path(b->p, b->r->file, key, value)))
      return true;
  }
  return false;
}

static bool may_vary(const Bound *b, Id value) { return !value || varies(b->p, b->r->file, value, &b->r->repeat); }

static bool sets_varying(Bound *b) {
  for (uint32_t i = 0; i < b->marks.n; i++)
    if (!b->marks.at[i].value && may_vary(b, mark_value(b, &b->marks.at[i])))
      return true;  // a part of the text
  for (uint32_t i = 0; i < b->set.n; i++) {
    Id value = value_of_parameter(b, &b->set.at[i]);
    if (may_vary(b, value) && !asks_by_key(b, &b->set.at[i], value))
      return true;
  }
  return false;
}

bool update_sets_varying(Program *p, const Repeated *r, const Query *q) {
  const Site *site = &p->sites.at[q->site];
  Ref sql = q->via.file ? q->statement : site->sql;
  Bound b = {.p = p, .r = r, .literal = sql.file ? sql_literal(p, sql.file, sql.id) : (Ref){0, 0}};
  if (!b.literal.file || q->expr.file != r->file)
    return true;
  b.text = text_of(&p->files.at[b.literal.file], expr_at(&p->files.at[b.literal.file], b.literal.id)->name);
  b.parameters = query_parameters(&p->files.at[r->file], q->expr.id, sql.id);
  bool varying = !read_update(&b) || sets_varying(&b);
  vec_release(&b.marks);
  vec_release(&b.set);
  vec_release(&b.asked);
  return varying;
}
