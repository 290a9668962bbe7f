// facts.h - what one file says, as flat arrays: the only thing that link and judge know of a file.
//
// A file's syntax tree is lowered by extract.c into five kinds of records: expressions, types, scopes,
// bindings and declarations (functions, classes, imports, exports). Records refer to each other by 32-bit
// index; index 0 of every array is a dummy that means "none". There are no pointers between records, so the
// arrays can be written to a cache as they are. Positions are byte offsets into the file.
#ifndef SEQSCAN_FACTS_H
#define SEQSCAN_FACTS_H

#include "base.h"
#include "source.h"

typedef uint32_t Id;    // index into one of the arrays below
typedef uint32_t Name;  // number in Facts.names; 0 is the empty string

typedef struct Span {
  uint32_t start, end;
} Span;

// A run of ids in Facts.lists.
typedef struct List {
  uint32_t first, count;
} List;

//
// Expressions. All expressions of the file are kept, a parent before its operands and otherwise in source
// order. Synthetic ones may be shared (`const { a: { b, c } } = e` has one EX_MEMBER(e, a)): the first user is
// the parent. A written expression is never given a synthetic parent: e has none.
// What the fields mean for each kind; a field that is not named is 0.
//
typedef enum ExprKind {
  EX_NONE,
  EX_IDENT,     // name
  EX_MEMBER,    // a.name          (`this.#x` has name "#x")
  EX_INDEX,     // a[b]            name = text of b when it is a string or number literal
  EX_CALL,      // a(list...)      type = TY_TUPLE of type arguments
  EX_NEW,       // new a(list...)  type = TY_TUPLE of type arguments
  EX_TAGGED,    // a`b`            b is the EX_TEMPLATE (type arguments are skipped: the grammars trip over them)
  EX_TEMPLATE,  // name = text with each hole written ${}, list = the holes' expressions; also of a sum: "a" + b
  EX_STRING,    // name = value, escapes decoded
  EX_NUMBER,    // name = source text
  EX_LITERAL,   // name = "true", "false", "null", "undefined", or "/" for a regular expression
  EX_THIS,
  EX_SUPER,
  EX_IMPORT,    // import(a)       also `import.meta` with a = 0
  EX_AWAIT,     // await a
  EX_YIELD,     // yield a         name = "*" for `yield* a`
  EX_SPREAD,    // ...a
  EX_ALT,       // one of a, b: name = "?:" (c = condition), "||", "??", "&&"
  EX_BINARY,    // a name b        name = operator ("+", "<", "in", "instanceof", ","; `a, b, c` is a, (b, c))
  EX_UNARY,     // name a          name = operator ("!", "-", "typeof", "void", "delete")
  EX_ASSIGN,    // a name b        name = operator ("=", "+=", "++" with b = 0)
  EX_OBJECT,    // list = EX_PROPERTY or EX_SPREAD
  EX_PROPERTY,  // name: a         computed key: name as for EX_INDEX, b = key expression; a method's a is EX_FUNCTION
  EX_ARRAY,     // list = elements (EX_SPREAD possible)
  EX_FUNCTION,  // a = index into functions
  EX_CLASS,     // a = index into classes
  EX_CAST,      // a as type, a satisfies type, <type>a   (`a!` and parentheses are just a)
  EX_JSX,       // name = tag, list = the expressions inside, attributes first
  EX_PARAM,     // synthetic: parameter number b of function a
  EX_ELEMENT,   // synthetic: an element of the iterable a (for-of variable)
  EX_KEY,       // synthetic: a key of a (for-in variable)
  EX_REST,      // synthetic: what destructuring of a leaves over (`const { x, ...rest } = a`)
  EX_OTHER,     // anything else: list = its subexpressions (`{ a, b } = e`: e, then an EX_ASSIGN for each target)
  EX_KIND_COUNT
} ExprKind;

typedef enum ExprFlag {
  EXF_OPTIONAL = 1 << 0,   // a?.name, a?.[b], a?.(...)
  EXF_STATEMENT = 1 << 1,  // stands alone as an expression statement (its value is dropped)
  EXF_RETURNED = 1 << 2,   // operand of `return`, or the body of an arrow function
  EXF_SQL = 1 << 3,        // EX_STRING, EX_TEMPLATE: the text starts like an SQL statement
  EXF_GETTER = 1 << 4,     // EX_PROPERTY: `get name() {...}`
  EXF_SETTER = 1 << 5,     // EX_PROPERTY: `set name(v) {...}`
  EXF_SYNTHETIC = 1 << 6,  // made by extract for destructuring: the span is the pattern's
} ExprFlag;

typedef struct Expr {
  uint8_t kind;    // ExprKind
  uint8_t flags;   // ExprFlag
  uint16_t count;  // number of ids in its list (a longer list is cut and the file noted as partial)
  Name name;
  Id a, b, c;      // operands
  uint32_t first;  // its list starts here in Facts.lists
  Id type;
  Id scope;        // the innermost scope that it is evaluated in
  Id parent;       // the expression that it is an operand or list element of, 0 at the top of a statement
  Span span;
} Expr;

//
// Types, as written in annotations.
//
typedef enum TypeKind {
  TY_NONE,
  TY_REF,           // a = expression that names it (EX_IDENT, or EX_MEMBER for A.B), list = type arguments
  TY_QUERY,         // typeof a (a = expression)
  TY_KEYWORD,       // name = "string", "any", "void", "this", "null", "undefined", "const" (`as const`), ...
  TY_LITERAL,       // name = the literal's value
  TY_UNION,         // list
  TY_INTERSECTION,  // list
  TY_TUPLE,         // list; also holds type arguments and heritage
  TY_ARRAY,         // a = element type (T[]); name = "readonly" of `readonly T[]`
  TY_INDEXED,       // a[b]   name = text of b when it is a literal type
  TY_FUNCTION,      // a = result type, b = its parameters' types as TY_TUPLE
  TY_OBJECT,        // list = indexes into members; b = TY_TUPLE of what an interface extends
  TY_OPERATOR,      // name a     name = "keyof", "asserts", "infer", "is" (type predicate), "..." (in a tuple)
  TY_OTHER,         // conditional, mapped, ...: list = the types inside
  TY_KIND_COUNT
} TypeKind;

typedef struct Type {
  uint8_t kind;  // TypeKind
  Name name;
  Id a, b;
  List list;     // of types; of members for TY_OBJECT
  Span span;
} Type;

//
// Scopes: one tree of everything that encloses code. A loop's header is placed where it runs: the iterated
// expression and `for` initialiser stand in the loop's parent scope, conditions and updates in the loop.
//
typedef enum ScopeKind {
  SC_MODULE,    // index 1 of scopes
  SC_FUNCTION,  // function = the function
  SC_CLASS,     // class bodies; type parameters of the class are bound here
  SC_BLOCK,
  SC_FOR,       // a = condition, b = update
  SC_FOR_IN,    // a = the object
  SC_FOR_OF,    // a = the iterable
  SC_FOR_AWAIT, // a = the iterable
  SC_WHILE,     // a = condition
  SC_DO,        // a = condition
  SC_IF,        // the `then` side of `if (a)`
  SC_ELSE,      // the other side (a as above)
  SC_SWITCH,    // a = what is switched on; holds SC_CASE
  SC_CASE,      // a = the value compared with, 0 for `default`
  SC_TRY,
  SC_CATCH,
  SC_FINALLY,
  SC_BRANCH,    // the right side of && || ?? &&= ||= ??=, both sides of ?:, a default in a pattern (a = condition
                // or left side)
  SC_TYPE,      // holds the type parameters of an alias, interface, function type or mapped type
  SC_KIND_COUNT
} ScopeKind;

typedef struct Scope {
  uint8_t kind;  // ScopeKind
  Id parent;     // 0 for the module
  Id function;   // the function that it belongs to, 0 at module level
  Id a, b;       // expressions, see above
  Name label;    // of a labelled loop
  Span span;
} Scope;

//
// Bindings: a name that a scope declares. `var` and functions are bound where JavaScript hoists them to.
// Destructuring is spelled out: `const { a: { b } } = e` binds b with value EX_MEMBER(EX_MEMBER(e, a), b);
// a default makes it EX_ALT "??" of the path and the default. Array patterns give EX_INDEX.
//
typedef enum BindingKind {
  BIND_NONE,
  BIND_IMPORT,     // value = index into imports
  BIND_CONST,      // value = initialiser (0: none), type = annotation
  BIND_LET,        // let and var
  BIND_PARAM,      // value = EX_PARAM, or a path from it
  BIND_CATCH,
  BIND_FUNCTION,   // value = EX_FUNCTION
  BIND_CLASS,      // value = EX_CLASS
  BIND_ENUM,       // value = EX_OBJECT of its members
  BIND_NAMESPACE,  // value = EX_OBJECT of its exported members
  BIND_ALIAS,      // type alias: type
  BIND_INTERFACE,  // type = TY_OBJECT; several declarations of one name are several bindings
  BIND_TYPE_PARAM, // type = its constraint, value = 0; number = its position
} BindingKind;

typedef struct Binding {
  uint8_t kind;     // BindingKind
  uint8_t number;   // BIND_TYPE_PARAM: position
  Name name;
  Id scope;
  Id value;
  Id type;
  Id type_scope;    // BIND_ALIAS, BIND_INTERFACE: the SC_TYPE scope of its type parameters
  Span span;        // of the name
} Binding;

//
// Declarations.
//
typedef enum FunctionFlag {
  FN_ASYNC = 1 << 0,
  FN_GENERATOR = 1 << 1,
  FN_ARROW = 1 << 2,
  FN_METHOD = 1 << 3,       // of a class or object literal
  FN_GETTER = 1 << 4,
  FN_SETTER = 1 << 5,
  FN_STATIC = 1 << 6,
  FN_CONSTRUCTOR = 1 << 7,
  FN_NO_BODY = 1 << 8,      // overload signature, abstract method, declare function
} FunctionFlag;

typedef struct Function {
  uint16_t flags;   // FunctionFlag
  Name name;        // own name, else that of the variable, property or member it is the value of
  Id expr;          // its EX_FUNCTION
  Id scope;         // its SC_FUNCTION
  Id class;         // of which it is a member, 0 if none
  List params;      // indexes into params
  Id result;        // annotated result type
  Id self;          // annotated type of `this`
  List returns;     // expressions of `return` and of an arrow's body; own ones, not those of inner functions
  Span span;
} Function;

typedef enum ParamFlag {
  PARAM_REST = 1 << 0,
  PARAM_OPTIONAL = 1 << 1,
  PARAM_PROPERTY = 1 << 2,  // constructor(private x: X)
} ParamFlag;

typedef struct Param {
  uint8_t flags;    // ParamFlag
  Name name;        // 0 when it is a pattern
  Id type;
  Id init;          // default value
  List decorators;  // expressions
  Span span;
} Param;

typedef struct Class {
  Name name;
  Id expr;          // its EX_CLASS
  Id scope;         // its SC_CLASS
  Id extends;       // expression after `extends`, 0 if none
  Id extends_args;  // TY_TUPLE of its type arguments
  List implements;  // types
  List members;     // indexes into members
  List decorators;  // expressions
  Span span;
} Class;

typedef enum MemberKind { MEMBER_FIELD, MEMBER_METHOD, MEMBER_GETTER, MEMBER_SETTER, MEMBER_CONSTRUCTOR, MEMBER_INDEX } MemberKind;
typedef enum MemberFlag { MEMBER_STATIC = 1 << 0, MEMBER_OPTIONAL = 1 << 1, MEMBER_ABSTRACT = 1 << 2 } MemberFlag;

// A member of a class, interface or object type. Parameter properties are also listed as fields (value =
// their EX_PARAM, type and decorators = the parameter's).
typedef struct Member {
  uint8_t kind;     // MemberKind
  uint8_t flags;    // MemberFlag
  Name name;
  Id function;      // of methods and accessors of classes
  Id value;         // a field's initialiser
  Id type;          // a field's annotation; TY_FUNCTION for methods of interfaces and object types
  List decorators;  // expressions
  Span span;
} Member;

// `import { imported as x } from "specifier"`, `import x = require("specifier")` (imported = "=").
typedef struct Import {
  Name specifier;
  Name imported;  // "default", "*", a name; "" for a side-effect import
  Id binding;     // 0 for a side-effect import
  bool type_only;
  Span span;
} Import;

// `export { value as name }`, `export default value`, `export const name`; re-exports have a specifier.
// CommonJS exports are ordinary assignments (EX_ASSIGN to module.exports) and found by link.
typedef struct Export {
  Name name;       // "default", a name, "*" for `export *`, "=" for `export =`
  Name specifier;  // of a re-export, else 0
  Name imported;   // of a re-export: the name there, "*" for `export * as name`
  Id value;        // expression (EX_IDENT of the local name, or the default expression)
  bool type_only;
  Span span;
} Export;

// A statement that leaves: what loops and transactions are classified by.
typedef enum ExitKind { EXIT_RETURN, EXIT_THROW, EXIT_BREAK, EXIT_CONTINUE } ExitKind;
typedef struct Exit {
  uint8_t kind;  // ExitKind
  Id scope;      // in which it stands
  Id value;      // returned or thrown expression
  Name label;
  Span span;
} Exit;

typedef struct Comment {
  Name text;      // of the whole comment
  Span span;
  uint32_t next;  // where code goes on, on a later line
} Comment;

// What a rule of the repository's own finds in the file, see own.h.
typedef struct Match {
  uint32_t rule;  // number among those rules
  Span span;
  Name message, help;  // help: 0 if there is none
  Name code;      // by which it is known again
} Match;

typedef struct Facts {
  Names names;
  VEC(Id) lists;
  VEC(Expr) exprs;
  VEC(Type) types;
  VEC(Scope) scopes;
  VEC(Binding) bindings;
  VEC(Function) functions;
  VEC(Param) params;
  VEC(Class) classes;
  VEC(Member) members;
  VEC(Import) imports;
  VEC(Export) exports;
  VEC(Exit) exits;
  VEC(Comment) comments;   // only those that speak to seqscan; no dummy at 0
  VEC(Match) matches;      // no dummy at 0
  VEC(Id) directives;      // "use client", "use server" at the top: EX_STRING expressions; no dummy at 0
  uint32_t errors;         // places where the parser had to skip or invent something
  uint32_t first_error;    // byte offset of the first one
  bool cut;                // something was too deep or too long to keep
  bool matches_cut;        // there may be more matches, which would take too much to find
  void *memory;            // holds all arrays of a copy, NULL while they are growing
} Facts;

// What tells how the memory of a copy is divided, and what else there is to know of it.
enum { FACTS_ARRAYS = 18 };
typedef struct FactsShape {
  uint32_t counts[FACTS_ARRAYS];  // of the elements of each array
  uint32_t errors, first_error, cut, matches_cut;
} FactsShape;

// What one file may cost. A file that wants more time or memory is given up; what is nested deeper is left out.
typedef struct Limits {
  uint64_t seconds;  // of a processor; what is no code, and therefore slow, gets less
  uint64_t bytes;    // of the parser's memory
  uint64_t depth;    // nested statements and expressions
} Limits;
extern const Limits default_limits;

// extract.c: lower a file. Never fails: what cannot be understood is EX_OTHER, and `errors` tells.
// A Parser belongs to one thread and is reused for all of its files.
typedef struct Parser Parser;
typedef struct OwnRules OwnRules;
Parser *parser_new(const Limits *limits);
// From here on, ask the files for what these rules match.
void parser_ask(Parser *parser, OwnRules *own);
void parser_free(Parser *parser);
// parse.c. Fails when the file cannot be parsed within the limits, or by a mistake of the configuration (Error.usage).
int facts_of(Facts *facts, Parser *parser, Lang lang, const char *bytes, size_t length, Error *err);

// facts.c
void facts_init(Facts *facts);   // empty, with the dummies at index 0
void facts_clear(Facts *facts);  // the same, but keeps the memory
void facts_copy(Facts *to, const Facts *from);  // into one piece of memory; nothing can be added to a copy
FactsShape facts_shape(const Facts *facts);
size_t facts_size(const FactsShape *shape);                 // bytes of memory
void *facts_make(Facts *facts, const FactsShape *shape);  // a copy; the caller fills its memory
void facts_release(Facts *facts);
void facts_print(const Facts *facts, const char *bytes, Text *out);  // `seqscan facts FILE`
static inline const char *facts_name(const Facts *facts, Name name) { return names_text(&facts->names, name); }
bool scope_is_loop(const Scope *scope);

#endif
