// extract_sum.c - text that is put together by `+`, lowered to the template that it could be written as.
//
// What is added to a text is text as well, so `"SELECT " + columns + " FROM t"` becomes EX_TEMPLATE with one hole. Sums
// without a text among their operands stay EX_BINARY, also as the hole in front: the 1 + n of `1 + n + "px"`.
#include "extract.h"

#include <string.h>

static bool is_literal(const Extract *x, At at) {
  at = without_parens(x, at);
  return at && (x->nodes[at].kind == N_string || x->nodes[at].kind == N_template_string);
}

static bool is_sum(const Extract *x, At at) {
  At op = x->nodes[at].kind == N_binary_expression ? child_by_field(x, at, F_operator) : 0;
  return op && x->nodes[op].end - x->nodes[op].start == 1 && x->bytes[x->nodes[op].start] == '+';
}

static At left_of(const Extract *x, At at) { return without_parens(x, child_by_field(x, at, F_left)); }

// The innermost sum, going down on the left, that has a text as an operand; 0 if there is none.
static At first_text(const Extract *x, At at) {
  At found = 0;
  for (uint32_t steps = 0; at && is_sum(x, at) && steps < x->max_depth; steps++, at = left_of(x, at))
    if (is_literal(x, child_by_field(x, at, F_left)) || is_literal(x, child_by_field(x, at, F_right)))
      found = at;
  return found;
}

// The text as far as it is written; its holes are on the stack.
typedef struct Sum {
  Id id;
  Text text;
} Sum;

static void put_operand(Extract *x, Sum *sum, At at) {
  at = without_parens(x, at);
  uint8_t kind = at ? x->nodes[at].kind : N_NONE;
  if (kind == N_string) {
    text_puts(&sum->text, names_text(&x->facts->names, string_value(x, at)));
  } else if (kind == N_template_string) {
    text_puts(&sum->text, names_text(&x->facts->names, template_text(x, at)));
    template_holes(x, at, sum->id);
  } else {
    text_puts(&sum->text, "${}");
    Id hole = expr(x, at, sum->id);
    vec_push(&x->stack, hole ? hole : expr_new(x, EX_OTHER, at, sum->id));
  }
}

static void put_sum(Extract *x, Sum *sum, At at, At first) {
  if (at == first)
    put_operand(x, sum, child_by_field(x, at, F_left));
  else
    put_sum(x, sum, left_of(x, at), first);
  put_operand(x, sum, child_by_field(x, at, F_right));
}

// Whether it is the left side of a sum that is lowered without a text: there is none further down either.
static bool is_below_sum(const Extract *x, Id parent) {
  const Expr *e = EXPR(x, parent);
  return e->kind == EX_BINARY && !e->a && !strcmp(facts_name(x->facts, e->name), "+");
}

Id sum_of_texts(Extract *x, At at, Id parent) {
  At first = is_below_sum(x, parent) ? 0 : first_text(x, at);
  if (!first)
    return 0;
  Sum sum = {.id = expr_new(x, EX_TEMPLATE, at, parent)};
  uint32_t mark = x->stack.n;
  put_sum(x, &sum, at, first);
  expr_list(x, sum.id, mark);
  text_add(&sum.text, "", 0);
  set_text(x, sum.id, names_add(&x->facts->names, sum.text.at, sum.text.n));
  if (!EXPR(x, sum.id)->count)
    EXPR(x, sum.id)->kind = EX_STRING;
  text_release(&sum.text);
  return sum.id;
}
