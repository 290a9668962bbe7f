// values.h - what the parts of the evaluation share, by the file that has it, and what others ask of them beside program.h.
#ifndef SEQSCAN_VALUES_H
#define SEQSCAN_VALUES_H

#include "program.h"

// Key of File.names.
static inline uint64_t name_key(Id scope, Name name, bool types) {
  return (uint64_t)scope << 33 | (uint64_t)types << 32 | name;
}
// Key of File.members: a class or binding and a property.
static inline uint64_t member_key(bool class, Id owner, Sym name) {
  return (uint64_t)class << 63 | (uint64_t)owner << 32 | name;
}

// Key of what is known of a function's parameter; those after MAX_PARAM are not looked at.
enum { MAX_PARAM = 255 };
static inline uint64_t param_key(Ref function, uint32_t index) {
  return (uint64_t)function.file << 40 | (uint64_t)function.id << 8 | index;
}

// link.c
void link_push(Program *p, Map *heads, uint64_t key, Ref ref);
// The specifier of `require("...")`, 0 for any other expression.
Name required(const File *f, Id expr);
// The function that an argument names: itself, or of `users.list.bind(users)` what is bound.
Id handed_function(const File *f, Id argument);
// An expression with the casts around it: `fn as never` of fn.
Id cast_around(const File *f, Id expr);
// The variable by which a function goes where it is written: `const run = () => ...`, `function run() {}`; 0 if none.
Id function_binding(const Program *p, FileId file, Id function);

// values.c
ValueId value_of_binding(Program *p, FileId file, Id binding);
// Whether a model tells what `path` of a package is which the tree holds: a library that asks a database.
bool is_modelled(Program *p, FileId target, Sym package, const char *path);
// A member of what is imported, as such a model tells it: `types.Service`. Unknown when none does.
ValueId modelled_member(Program *p, FileId file, Id object, Name name, bool types);
ValueId value_of_import(Program *p, FileId file, Id import, bool types);
ValueId value_of_global(Program *p, Sym name);
ValueId value_of_instance(Program *p, FileId file, Id class);

// members.c
// Whether an expression is the global of that name.
bool is_unbound(const Program *p, FileId file, const Expr *e, const char *name);
// Whether an expression is what its own CommonJS module exports: `module.exports`, a variable that is the same.
bool is_exports(const Program *p, FileId file, Id expr, int depth);
// The number of the constructor's parameter that a field of a class holds, -1 if it holds none.
int param_of_field(const Program *p, FileId file, Id class, Sym name);
ValueId module_value(Program *p, FileId file);  // the whole module, as who requires it gets it
// The file that an import specifier means, 0 when it is none of the tree.
FileId module_named(Program *p, FileId file, Name specifier);
// What an import of `name` gives; target 0: the specifier is none of the tree.
ValueId import_value(Program *p, FileId target, Sym specifier, Sym name, bool types);
ValueId require_value(Program *p, FileId file, Id specifier);
// Whether a scope itself, not a branch in it, ends by throwing.
bool throws_in(const File *f, Id scope);
ValueId value_base(Program *p, ValueId instance_or_class);  // what it extends, same kind of value
// The export's row of its library's model, or NULL.
const LibraryExport *external_export(Program *p, ValueId value);
uint16_t external_library(Program *p, ValueId value);
// Known only by an interface, so that a better source (an initialiser, an argument) may replace it.
bool value_is_vague(const Program *p, ValueId value);
// A thing of a library by its type, or the same one whose table is known: `const orders: Model<IOrder> = model("Order")`.
ValueId value_with_table(Program *p, ValueId declared, ValueId value);
// What is declared so, with its initialiser (0 if it has none), which says more than a vague type or a dictionary's.
ValueId value_with_init(Program *p, FileId file, ValueId declared, Id init);
ValueId library_value(Program *p, StateId state, Sym table);
// A field or parameter by its decorators and type: `@InjectRepository(Order) orders: Repository<Order>`. A class of the tree
// says more than what is injected for it; 0 for no type.
ValueId decorated_value(Program *p, FileId file, List decorators, Id type);
// What a class has under a name itself, VALUE_NONE if nothing.
ValueId member_of_class(Program *p, Ref class, Sym name, bool is_static);
// A member that the tree adds to an interface of a package: `declare module "fastify" { interface FastifyInstance ...`.
ValueId augmented_member(Program *p, Sym interface, Sym name);
// The row of the library's decorator that an expression is, or NULL.
const LibraryExport *decorator_export(Program *p, FileId file, Id decorator);
Sym sym_intern(Program *p, const char *text);
static inline const char *sym_text(const Program *p, Sym sym) { return names_text(&p->syms, sym); }

// added.c
enum {
  MAX_PUTS = 200,      // calls and assignments that put a value of one name on a library's objects
  MAX_NAMED = 10000,  // those of that name that are looked at for it
};
// Whether a file is of the package whose code is evaluated. What that puts on a library's objects is found before the rest.
static inline bool is_of_asking_package(const Program *p, FileId file) {
  return p->asking && p->files.at[file].package == p->files.at[p->asking].package;
}
// Whether only the program fills the objects of a state: `app.locals`.
static inline bool is_bag(const LibraryState *state) { return !state->count && !state->await_effect; }
// A member of a library's value that no model knows: the tree adds it.
ValueId added_member(Program *p, ValueId self, Sym name);
// What functions put on a parameter that is the module, object or class: `module.exports = (User) => { User.byId = ... }`.
ValueId member_put_by_function(Program *p, ValueId self, Sym name);
// What a call puts its function on: that is `this` in it. `schema.method("total", function () {...})`
ValueId value_put_on(Program *p, FileId file, Id call);
// Find the calls that give a table to what was made before; and that table, 0 if none.
void index_namings(Program *p);
Sym table_given_later(Program *p, StateId state, FileId file, Id made);

// table_names.c
// The table of a class that extends a library's: a type argument of the base (`extends Repository<Order>`), else
// the class itself; of `Store<T> extends Repository<T>` what the type arguments give for T.
Sym table_of_subclass(Program *p, FileId file, const Class *class, int argument, uint32_t arguments);

// invoke.c
// Whether a method gives the object that it is called on, or a copy of it.
bool gives_this(const Program *p, FileId file, Id function);
ValueId value_of_call(Program *p, FileId file, Id call);
// What a method of a promise is called on, as a promise: what a library gives comes in one. Any other value is as it was.
ValueId value_as_promise(Program *p, ValueId value, const char *method);
ValueId value_of_new(Program *p, FileId file, Id call);
Sym meaning_table(Program *p, const Meaning *m, const Value *receiver, Sym name, FileId file, Id call);
// The literal of the SQL text that an argument is, {0,0} if it cannot be seen.
Ref sql_literal(Program *p, FileId file, Id argument);
// What calling, constructing or tagging with a value of the state means, by the kind of the expression; may be NULL.
const Meaning *operator_meaning(const Program *p, StateId state, FileId file, Id call);

// parameters.c
// Which parameter of its callback a call of an iterating method gives the elements to: the second one of `reduce`.
uint32_t element_param(const File *f, Id call);
ValueId value_of_param(Program *p, FileId file, Id function, uint32_t index);

// folders.c
// One of the modules of a folder, where the specifier of a `require` shows the folder.
ValueId folder_required(Program *p, FileId file, Id specifier);
// What a module is that is loaded as a whole: what CommonJS exports, else the default export.
ValueId whole_module_value(Program *p, FileId file);
// A member of a value of a folder.
ValueId folder_member(Program *p, ValueId folder, Sym name);
// What is put into an object by a key that a folder's modules have: `models[model.name] = model`.
ValueId member_put_by_key(Program *p, FileId file, uint64_t holder, Sym name);
// Whether calling one of the modules of a folder may call the function.
bool folder_calls(Program *p, ValueId folder, Ref function);
// The function that a library's call takes from a module and calls with its receiver, `sequelize.import("./user")`; unknown
// where it is no such call.
ValueId loaded_function(Program *p, FileId file, Id call);
// Which methods may be such calls is told by their names alone.
void collect_loading(Program *p);
// Note calls of modules of a folder as calls of each: `require(path.join(__dirname, name))(sequelize)`.
void index_folder_calls(Program *p, FileId file);

// auto_imports.c
void index_auto_imports(Program *p);
// What a name that is bound nowhere means in a file by where another file stands that exports it.
ValueId value_of_auto_import(Program *p, FileId file, Sym name);
// The files of which functions are called by where they stand with something that a model knows; and what parameter `index`
// of a function gets so.
void index_called_by_place(Program *p);
ValueId value_by_place(Program *p, FileId file, Id function, uint32_t index);

// arguments.c
enum { MAX_CANDIDATES = 200 };  // calls that may be those of a function
// Calls of a function in the application, 0 where they are more than `most` or cannot all be looked at.
uint32_t calls_of_function(Program *p, Ref function, Ref *calls, uint32_t most);
// The join of the arguments at the calls of a function.
ValueId value_of_arguments(Program *p, Ref function, uint32_t index);
// Whether a function makes what its module is for, once: `module.exports = (sequelize) => {...}`.
bool makes_module(Program *p, FileId file, Id function);
ValueId value_of_super_arguments(Program *p, FileId file, Id function, uint32_t index);
// The argument that a class hands to the constructor of its base, 0 for none.
Id handed_to_base(const File *f, Id class, int index);

// injected.c
// What the program puts under a name on objects of a state's library: `context.set("db", e)`.
ValueId value_put(Program *p, StateId state, Sym name);
// A client with what the call of a method adds to it, if it is the method for that: `client.$extends({...})`.
ValueId value_extended(Program *p, ValueId client, Sym method, FileId file, Id call);
// The objects that hold what is added to a library's value, 0 for none.
uint32_t additions_of(const Program *p, const Value *self);
// The function among them that has a name.
ValueId added_by_call(Program *p, const Value *self, Sym name);
// Note what containers make.
void index_made(Program *p);
// What a container hands to parameter `index` of a function; VALUE_UNKNOWN if it makes no such thing.
ValueId made_param(Program *p, FileId file, Id function, uint32_t index);
// Note which methods handle what is sent to a bus.
void index_handlers(Program *p);
// The method that runs where a library's method hands an object to the one for its class, `bus.execute(new Pay(id))`;
// VALUE_UNKNOWN or VALUE_NONE if it is none. The callee stands for this one call.
ValueId value_handler(Program *p, ValueId method, FileId file, Id callee);

// dictionaries.c
// What a dictionary holds, as a list; any other value is what it is.
ValueId value_as_list(Program *p, ValueId value);
// `Object.values(x)`, or the pairs of `Object.entries(x)`.
ValueId value_of_entries(Program *p, ValueId of, bool pairs);
// What a method of a Map gives.
ValueId value_of_map_call(Program *p, ValueId map, const char *name);
// `new Map<string, Order>()`, `new Set(orders)`: by the type arguments, else by what it is filled with.
ValueId value_of_new_collection(Program *p, const char *name, FileId file, Id call);

// parts.c
// Whether a value is taken from what `expr` gives: `parent.parentId` of `const parent = await expr`. Tells whether it
// is of the first row.
bool is_taken_from(Program *p, FileId file, Id value, Id expr, bool *first, int depth);
// The operands and list elements of an expression that are expressions themselves; returns how many.
uint32_t expr_children(const File *f, Id id, Id *out, uint32_t room);
// Whether nothing uses the value of an expression, or what it resolves to.
bool value_is_dropped(const File *f, Id expr);

// calls.c
// The member that a request is named after, `putObject` of `new PutObjectCommand(...)`, 0 where that cannot be seen.
Sym member_of_request(Program *p, FileId file, Id request);
const Meaning *method_meaning(const Program *p, ValueId method);  // of VAL_METHOD, else NULL
// Whether the expression is a query of at most one row, or the call of a function that returns one.
bool reads_one_row(Program *p, FileId file, Id expr);

// resolvers.c
// The name of the field that a decorated method resolves: a string or the `name` of options in the decorator, else its own.
Sym field_of_method(Program *p, FileId file, Id decorator, const Member *m);
// What a GraphQL server hands to parameter `index` of the function; VALUE_UNKNOWN if it resolves no field.
ValueId resolver_param(Program *p, FileId file, Id function, uint32_t index);

// types.c
enum { MAX_IMPLEMENTERS = 3 };  // classes and objects that an interface or open method may stand for
// A class that stands in for another in tests.
bool is_stand_in(const Program *p, Ref class);
// What implements an interface: classes, then object literals; 0 when there are too many of them. Stand-ins do not count.
uint32_t implementations(Program *p, Ref type, ValueId out[MAX_IMPLEMENTERS]);
// What a name means as a type, with a value list of type arguments (0 for none).
ValueId value_of_named_type(Program *p, FileId file, Id expr, uint32_t arguments);
uint32_t type_arguments(Program *p, FileId file, Id tuple);  // a value list, 0 for none

// calls.c
// The method by which the program changes what the library's others do: `prisma.$extends({ query: { ... } })`; NULL for none.
const char *extended_by(const Program *p, const Library *library);
// Whether the program makes queries find an open transaction by themselves: `Sequelize.useCLS(namespace)`.
bool joins_transactions(Program *p, uint16_t library);
// What calling a value means when it is a library's, NULL if it is not.
const Meaning *callee_meaning(const Program *p, ValueId callee, FileId file, Id call);
// The meaning of a call when some alternative of its callee is a library's, else NULL; tells the callee.
const Meaning *call_meaning(Program *p, FileId file, Id call, Value *method);

// transactions.c
// Note a call that begins or ends a transaction by hand.
void mark_transaction(Program *p, Ref call, const Meaning *m, Value method);

// outside.c
// Whether an expression surely is no database client, by where its value comes from.
bool is_outside(Program *p, FileId file, Id expr);
// Whether a value is the language's or of a package without a database.
bool external_is_outside(Program *p, ValueId value);
// Whether something of a library asks a database.
bool has_database(const Program *p, uint16_t library);
// Whether an import specifier names a package, not a file of the tree.
bool is_package(const char *specifier);

// kept.c
// What is left of what a variable held at first.
typedef enum Kept {
  KEPT_ALL,
  KEPT_OFF,    // false or null stands in for it where it was not there
  KEPT_GIVEN,  // something may stand in for it where it was not there
  KEPT_NOT,    // or also where it was
} Kept;

// Whether an expression is `false` or `null`.
bool is_false_or_null(const File *f, Id expr);
// The same of a property of it, where there is a key. Calls that it is handed to before `before` may add to it.
Kept kept_of(Program *p, FileId file, Id binding, Sym key, uint32_t before);

// fixed.c
// What is done to what a variable, or what is written in its place, holds at first.
typedef enum Writes {
  WRITES_NONE,
  WRITES_ADD,  // text is added to its end: `sql += " AND ..."`
  WRITES_ANY,
} Writes;

Writes writes_of(Program *p, FileId file, Id binding);
// The same for an initialiser: of a variable, a field, what a module exports.
Writes writes_of_initial(Program *p, FileId file, Id value);
// The same for a literal, WRITES_ANY as well when it is not all that a name or property stands for.
Writes writes_of_literal(Program *p, FileId file, Id literal);

// lookup_key.c: whether a method of an array gives its elements or some of them, and no others.
bool gives_elements(const char *method);

// guard.c
// What has to be absent for a scope to run: x of `if (!x) {...}`, 0 when its condition asks for nothing like that.
Id absent_in(const File *f, const Scope *scope);
// x of `x != null` and `x !== undefined`, which do not hold where x is left out; 0 for any other condition.
Id given_by(const File *f, const Expr *condition);
// The parameter of a function, or the property of one, that an expression reads.
Guard parameter_path(Program *p, FileId file, Id expr, Id function, int depth);

#endif
