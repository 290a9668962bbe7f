// sql_computed.c - what an expression of SQL computes from one column, as text with ${} in place of the column; nothing
// where it also takes what is known at run time only.
#include <string.h>

#include "sql_tree.h"

enum { MAX_DEPTH = 16 };

typedef PgQuery__Node Node;

static bool put(Text *out, const Node *node, int depth);

static const char *last_of(Node *const *names, size_t count) {
  const Node *last = count ? names[count - 1] : NULL;
  return last && last->node_case == PG_QUERY__NODE__NODE_STRING ? last->string->sval : "";
}

// Whether a name is of PostgreSQL itself: it has no schema, or that one.
static bool is_own(Node *const *names, size_t count) {
  const Node *schema = count > 1 ? names[0] : NULL;
  return !schema || (schema->node_case == PG_QUERY__NODE__NODE_STRING && !strcmp(schema->string->sval, "pg_catalog"));
}

static bool put_list(Text *out, Node *const *nodes, size_t count, int depth) {
  bool known = true;
  for (size_t i = 0; i < count && known; i++) {
    text_puts(out, i ? ", " : "");
    known = put(out, nodes[i], depth);
  }
  return known;
}

static bool put_string(Text *out, const char *text) {
  text_puts(out, "'");
  for (; *text; text++)
    *text == '\'' ? text_puts(out, "''") : text_add(out, text, 1);
  text_puts(out, "'");
  return true;
}

static bool put_constant(Text *out, const PgQuery__AConst *value) {
  switch (value->val_case) {
  case PG_QUERY__A__CONST__VAL_IVAL:
    text_printf(out, "%d", value->ival->ival);
    return true;
  case PG_QUERY__A__CONST__VAL_FVAL:
    text_puts(out, value->fval->fval);
    return true;
  case PG_QUERY__A__CONST__VAL_SVAL:
    return !strstr(value->sval->sval, "${}") && put_string(out, value->sval->sval);
  default:
    return false;
  }
}

static bool put_cast(Text *out, const PgQuery__TypeCast *cast, int depth) {
  const PgQuery__TypeName *type = cast->type_name;
  if (!type || type->n_typmods || type->n_array_bounds || !is_own(type->names, type->n_names) || !put(out, cast->arg, depth))
    return false;
  text_printf(out, "::%s", last_of(type->names, type->n_names));
  return true;
}

// `extract(year FROM x)` can be written in no other way.
static bool put_call(Text *out, const PgQuery__FuncCall *call, int depth) {
  const char *name = last_of(call->funcname, call->n_funcname);
  const Node *field = call->n_args == 2 && !strcmp(name, "extract") ? call->args[0] : NULL;
  text_printf(out, "%s(", name);
  if (field && field->node_case == PG_QUERY__NODE__NODE_A_CONST && field->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
    text_printf(out, "%s FROM ", field->a_const->sval->sval);
  else
    field = NULL;
  bool known = field ? put(out, call->args[1], depth) : put_list(out, call->args, call->n_args, depth);
  text_puts(out, ")");
  return known && is_own(call->funcname, call->n_funcname) && !call->agg_filter && !call->over && !call->agg_distinct && !call->n_agg_order;
}

static bool put_operator(Text *out, const PgQuery__AExpr *e, int depth) {
  text_puts(out, "(");
  if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || !e->lexpr || !put(out, e->lexpr, depth))
    return false;
  text_printf(out, " %s ", last_of(e->name, e->n_name));
  bool known = put(out, e->rexpr, depth);
  text_puts(out, ")");
  return known;
}

static bool put(Text *out, const Node *node, int depth) {
  if (!node || depth > MAX_DEPTH)
    return false;
  switch (node->node_case) {
  case PG_QUERY__NODE__NODE_COLUMN_REF:
    text_puts(out, "${}");
    return true;
  case PG_QUERY__NODE__NODE_A_CONST:
    return put_constant(out, node->a_const);
  case PG_QUERY__NODE__NODE_TYPE_CAST:
    return put_cast(out, node->type_cast, depth + 1);
  case PG_QUERY__NODE__NODE_FUNC_CALL:
    return put_call(out, node->func_call, depth + 1);
  case PG_QUERY__NODE__NODE_COALESCE_EXPR: {
    text_puts(out, "coalesce(");
    bool known = put_list(out, node->coalesce_expr->args, node->coalesce_expr->n_args, depth + 1);
    text_puts(out, ")");
    return known;
  }
  case PG_QUERY__NODE__NODE_A_EXPR:
    return put_operator(out, node->a_expr, depth + 1);
  default:
    return false;
  }
}

const char *sql_computed(const Node *node, Arena *arena) {
  Text text = {0};
  const char *written = put(&text, node, 0) && text.n ? arena_copy(arena, text.at, text.n) : NULL;
  text_release(&text);
  return written;
}
