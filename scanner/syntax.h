// syntax.h - the syntax tree of one file as parse.c hands it to extract*.c: a flat array in document order.
//
// tree-sitter's own tree is walked once, by a cursor. What remains are the named nodes without comments, and
// the few tokens that carry meaning ("async", operators). A node's first child follows it directly and its
// next sibling is at `next`, so that children are a plain loop and looking for a field is a short scan.
#ifndef SEQSCAN_SYNTAX_H
#define SEQSCAN_SYNTAX_H

#include "base.h"

typedef uint32_t At;  // index of a node; 0 is the program, and means "none" where a child is looked for

// Named nodes, by their names in the JavaScript and TypeScript grammars.
#define NODES(X)                                                                                     \
  X(program) X(statement_block) X(expression_statement) X(lexical_declaration)                       \
  X(variable_declaration) X(using_declaration) X(variable_declarator) X(if_statement)                \
  X(else_clause) X(for_statement) X(for_in_statement) X(while_statement) X(do_statement)             \
  X(switch_statement) X(switch_body) X(switch_case) X(switch_default) X(try_statement)               \
  X(catch_clause) X(finally_clause) X(return_statement) X(throw_statement) X(break_statement)        \
  X(continue_statement) X(labeled_statement) X(with_statement) X(empty_statement)                    \
  X(debugger_statement) X(statement_identifier) X(hash_bang_line)                                    \
  X(import_statement) X(import_clause) X(named_imports) X(import_specifier) X(namespace_import)      \
  X(import_require_clause) X(import_attribute) X(import_alias) X(export_statement)                   \
  X(export_clause) X(export_specifier) X(namespace_export)                                           \
  X(function_declaration) X(generator_function_declaration) X(function_expression)                   \
  X(generator_function) X(arrow_function) X(function_signature) X(formal_parameters)                 \
  X(required_parameter) X(optional_parameter) X(accessibility_modifier) X(override_modifier)         \
  X(class_declaration) X(abstract_class_declaration) X(class) X(class_heritage) X(extends_clause)    \
  X(implements_clause) X(class_body) X(method_definition) X(field_definition)                        \
  X(public_field_definition) X(abstract_method_signature) X(class_static_block) X(decorator)         \
  X(enum_declaration) X(enum_body) X(enum_assignment) X(internal_module) X(module)                   \
  X(ambient_declaration) X(interface_declaration) X(interface_body) X(type_alias_declaration)        \
  X(extends_type_clause) X(type_parameters) X(type_parameter) X(constraint) X(default_type)          \
  X(identifier) X(property_identifier) X(private_property_identifier)                                \
  X(shorthand_property_identifier) X(shorthand_property_identifier_pattern)                          \
  X(computed_property_name) X(this) X(super) X(import) X(undefined) X(null) X(true) X(false)         \
  X(number) X(string) X(regex) X(template_string) X(template_substitution) X(string_fragment)        \
  X(escape_sequence) X(parenthesized_expression) X(sequence_expression) X(member_expression)         \
  X(subscript_expression) X(optional_chain) X(call_expression) X(new_expression) X(arguments)        \
  X(await_expression) X(yield_expression) X(spread_element) X(unary_expression)                      \
  X(update_expression) X(binary_expression) X(ternary_expression) X(assignment_expression)           \
  X(augmented_assignment_expression) X(object) X(pair) X(array) X(as_expression)                     \
  X(satisfies_expression) X(type_assertion) X(non_null_expression) X(instantiation_expression)       \
  X(meta_property) X(object_pattern) X(array_pattern) X(pair_pattern) X(assignment_pattern)          \
  X(object_assignment_pattern) X(rest_pattern) X(jsx_element) X(jsx_opening_element)                 \
  X(jsx_closing_element) X(jsx_self_closing_element) X(jsx_attribute) X(jsx_expression)              \
  X(jsx_text) X(jsx_namespace_name) X(html_character_reference)                                      \
  X(type_annotation) X(asserts_annotation) X(type_predicate_annotation)                              \
  X(opting_type_annotation) X(omitting_type_annotation) X(adding_type_annotation)                    \
  X(type_arguments) X(type_identifier) X(nested_identifier) X(nested_type_identifier)                \
  X(generic_type) X(type_query) X(predefined_type) X(this_type) X(literal_type) X(union_type)        \
  X(intersection_type) X(tuple_type) X(array_type) X(lookup_type) X(function_type)                   \
  X(constructor_type) X(object_type) X(index_type_query) X(readonly_type) X(infer_type)              \
  X(conditional_type) X(template_literal_type) X(template_type) X(parenthesized_type)                \
  X(optional_type) X(rest_type) X(asserts) X(type_predicate) X(existential_type)                     \
  X(flow_maybe_type) X(mapped_type_clause) X(property_signature) X(method_signature)                 \
  X(call_signature) X(construct_signature) X(index_signature) X(comment) X(html_comment)

// Tokens that are kept. Any other token is kept as N_TOKEN when it is an operator or a declaration's kind.
#define TOKENS(X)                                                                            \
  X(ASYNC, "async") X(STATIC, "static") X(GET, "get") X(SET, "set") X(STAR, "*")             \
  X(ABSTRACT, "abstract") X(OPTIONAL, "?") X(CHAIN, "?.") X(DEFAULT, "default")              \
  X(TYPE, "type") X(EQUALS, "=") X(CONST, "const") X(READONLY, "readonly") X(AWAIT, "await") \
  X(USING, "using") X(AS, "as") X(COMMA, ",")

typedef enum NodeKind {
  N_NONE,
  N_ERROR,  // what the parser skipped, and names of a grammar that we do not know
#define NODE(name) N_##name,
  NODES(NODE)
#undef NODE
  N_TOKEN,
#define TOKEN(name, text) T_##name,
  TOKENS(TOKEN)
#undef TOKEN
  N_COUNT
} NodeKind;

#define FIELDS(X)                                                                                \
  X(name) X(body) X(value) X(type) X(left) X(right) X(operator) X(kind) X(condition)             \
  X(consequence) X(alternative) X(initializer) X(increment) X(handler) X(finalizer) X(parameter) \
  X(parameters) X(return_type) X(type_parameters) X(type_arguments) X(arguments) X(function)     \
  X(constructor) X(object) X(property) X(index) X(key) X(label) X(source) X(alias)               \
  X(declaration) X(decorator) X(pattern) X(argument) X(module) X(open_tag) X(attribute)          \
  X(constraint) X(index_type)

typedef enum NodeField {
  F_NONE,
#define FIELD(name) F_##name,
  FIELDS(FIELD)
#undef FIELD
  F_COUNT
} NodeField;

typedef struct Node {
  uint8_t kind;   // NodeKind
  uint8_t field;  // NodeField: its role in its parent
  uint32_t start, end;
  At next;  // just behind its last descendant
} Node;

#endif
