// extract.h - what parse.c and extract*.c share: the state of lowering one file, and the verbs that call each
// other. A verb takes the node it lowers; 0 as a node gives 0.
#ifndef SEQSCAN_EXTRACT_H
#define SEQSCAN_EXTRACT_H

#include "facts.h"
#include "syntax.h"

typedef struct Extract {
  const Node *nodes;
  const char *bytes;
  uint32_t length;
  Facts *facts;
  Id scope;  // where what is lowered now stands
  Id function;
  Id var_scope;   // where `var` hoists to
  Name hint;      // name for a function or class that is the very next expression
  Name named;     // the hint of the expression being dispatched
  Name label;     // of the statement that comes next
  Name labelled;  // the label of the statement being dispatched
  At hoisted;     // an await that was moved to the front of its chain
  At decorated;   // an export statement whose decorators belong to the class inside
  uint32_t depth, max_depth;  // nested nodes; what is deeper becomes EX_OTHER and the file is marked as cut
  VEC(Id) stack;    // lists under construction
  VEC(Id) returns;  // of the functions under construction
  Text text;        // scratch for decoding
} Extract;

// Where the names of a pattern go: into bindings, or (assign) into EX_ASSIGNs under `parent`.
typedef struct Target {
  bool assign;
  uint8_t kind;  // BindingKind
  Id scope;
  Id type;
  Id parent;
} Target;

// extract.c: statements and scopes
void extract_file(Extract *x);
bool is_statement(uint8_t kind);
void statement(Extract *x, At at);
void statements(Extract *x, At parent);
void body(Extract *x, At at);  // a block without a scope of its own, or one statement
Id scope_open(Extract *x, ScopeKind kind, At at);
bool too_deep(Extract *x);

// extract_node.c: reading the flat tree, and making lists and expressions
#define EACH_CHILD(x, parent, child)                                                                         \
  for (At child = (parent) + 1, end_of_##child = (x)->nodes[parent].next; child < end_of_##child;            \
       child = (x)->nodes[child].next)
At child_by_field(const Extract *x, At at, NodeField field);
At child_of_kind(const Extract *x, At at, NodeKind kind);
At first_child(const Extract *x, At at);  // that is no token and no ERROR
At next_child(const Extract *x, At parent, At child);
At without_parens(const Extract *x, At at);
Span span_of(const Extract *x, At at);
List list_end(Extract *x, uint32_t mark);
Id expr_new(Extract *x, ExprKind kind, At at, Id parent);
Id expr_synthetic(Extract *x, ExprKind kind, At at);
void adopt(Extract *x, Id child, Id parent);
void expr_list(Extract *x, Id id, uint32_t mark);
#define EXPR(x, id) (&(x)->facts->exprs.at[id])

// extract_text.c: names and literal texts
Name text_of(Extract *x, At at);
Name intern(Extract *x, const char *text);
Name string_value(Extract *x, At at);
Name template_text(Extract *x, At at);
Name key_name(Extract *x, At at);
Name literal_text(Extract *x, At at);
bool looks_like_sql(const char *text);

// extract_expr.c: expressions
bool is_expr(uint8_t kind);
Id expr(Extract *x, At at, Id parent);
Id expr_named(Extract *x, At at, Id parent, Name name);
Id expr_in_branch(Extract *x, At at, Id parent, Id condition);
void set_text(Extract *x, Id id, Name text);
void template_holes(Extract *x, At at, Id parent);  // put what stands in them on the stack

// extract_sum.c: a sum as the text that it makes, 0 when it is none
Id sum_of_texts(Extract *x, At at, Id parent);

// extract_pattern.c: destructuring and declared names
Id bind(Extract *x, BindingKind kind, At name, Id scope, Id value, Id type);
void pattern(Extract *x, At at, Id value, const Target *target);
void assign_each(Extract *x, At at, Id value);
Id assignment(Extract *x, At at, Id parent);
void declarators(Extract *x, At at, BindingKind kind, Id scope);

// extract_function.c
Id function_expr(Extract *x, At at, Id parent);
Id function_new(Extract *x, At at, Id parent, Name name, uint16_t flags, Id class);
uint16_t function_flags(const Extract *x, At at);
void function_declaration(Extract *x, At at);

// extract_class.c: classes, enums and namespaces
Id class_expr(Extract *x, At at, Id parent);
void class_declaration(Extract *x, At at);
void enum_declaration(Extract *x, At at);
void namespace_declaration(Extract *x, At at);
List decorators(Extract *x, At first, At end, At also);
Id property_new(Extract *x, At at, Id parent, Name name, Id value);

// extract_module.c: imports and exports
void import_statement(Extract *x, At at);
void import_alias(Extract *x, At at);
void export_statement(Extract *x, At at);

// extract_type.c
Id type(Extract *x, At at);
Id annotation(Extract *x, At at);
Id type_tuple(Extract *x, At at);
void type_parameters(Extract *x, At at);
void alias_declaration(Extract *x, At at);
void interface_declaration(Extract *x, At at);

#endif
