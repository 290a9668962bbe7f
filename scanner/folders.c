// folders.c - modules that are loaded by names which only a run tells: `require(path.join(__dirname, name))`.
// See values.h.
#include "values.h"

#include <stdio.h>
#include <string.h>

enum {
  MAX_PARTS = 16,   // expressions that a path is made of
  MAX_PUT = 4,      // assignments by key of one variable
  MAX_LOADERS = 4,  // calls of the modules of one folder
};

// What is seen of a path, beginning at the file's own folder.
typedef struct LoadPath {
  Text text;
  bool open;  // what follows only a run tells
  int below;  // of that: names of folders before that of the module
  int parts;
} LoadPath;

static bool add_part(const Program *p, FileId file, Id expr, LoadPath *path);

// What cannot be told ends the path; it may not begin so.
static bool end_path(LoadPath *path) {
  path->open = true;
  return path->text.n != 0;
}

// A path begins with a dot, and no name of it is in two texts: before a parse only the parts of each text are known.
static bool add_text(LoadPath *path, const char *text, size_t length) {
  size_t n = path->text.n;
  if (n ? length && *text != '/' && path->text.at[n - 1] != '/' : *text != '.')
    return false;
  text_add(&path->text, text, length);
  return true;
}

// `./models/${name}`, also of a sum: a hole that cannot be told belongs to the name of a file.
static bool add_template(const Program *p, FileId file, const Expr *e, LoadPath *path) {
  const File *f = &p->files.at[file];
  const char *text = text_of(f, e->name);
  bool own = false;  // what the path ends in is a text of the template itself
  for (uint32_t i = 0; *text && !path->open; i++) {
    const char *hole = strstr(text, "${}");
    size_t length = hole ? (size_t)(hole - text) : strlen(text);
    if (length && !add_text(path, text, length))
      return false;
    size_t n = path->text.n;
    if (hole && i < e->count && !add_part(p, file, list_at(f, e->first, i), path))
      return false;
    own = n == path->text.n && (length || own);
    text += hole ? length + 3 : length;
  }
  for (; path->open && (text = strstr(text, "/${}")); text += 4)
    path->below++;
  while (own && path->open && path->text.n && path->text.at[path->text.n - 1] != '/')
    path->text.n--;
  return path->text.n && (!path->open || path->text.at[path->text.n - 1] == '/');
}

// `path.join(__dirname, "models", name)`.
static bool add_joined(const Program *p, FileId file, const Expr *e, LoadPath *path) {
  const File *f = &p->files.at[file];
  const char *name = text_of(f, expr_at(f, e->a)->name);
  if (strcmp(name, "join") && strcmp(name, "resolve"))
    return end_path(path);
  uint32_t i = 0;
  for (; i < e->count && !path->open; i++)
    if ((i && !add_text(path, "/", 1)) || !add_part(p, file, list_at(f, e->first, i), path))
      return false;
  for (; i < e->count; i++)
    path->below += expr_at(f, list_at(f, e->first, i))->kind != EX_STRING;
  return true;
}

// What a parameter is when nothing is given for it.
static Id default_of(const File *f, Id param) {
  const Expr *e = expr_at(f, param);
  const Function *fn = &f->facts.functions.at[e->kind == EX_PARAM ? e->a : 0];
  return e->b < fn->params.count ? f->facts.params.at[list_at(f, fn->params.first, e->b)].init : 0;
}

static bool add_named(const Program *p, FileId file, const Expr *e, LoadPath *path) {
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[binding_of(p, file, e->scope, e->name, false)];
  if (!b->kind && !strcmp(text_of(f, e->name), "__dirname"))
    return !path->text.n && add_text(path, "./", 2);
  Id value = b->kind == BIND_PARAM ? default_of(f, b->value) : b->kind == BIND_CONST ? b->value : 0;
  return value ? add_part(p, file, value, path) : end_path(path);
}

// Add what an expression says of a path; false when it does not begin at the file's own folder.
static bool add_part(const Program *p, FileId file, Id expr, LoadPath *path) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, expr);
  if (++path->parts > MAX_PARTS)
    return end_path(path);
  switch (e->kind) {
  case EX_STRING:
    return add_text(path, text_of(f, e->name), strlen(text_of(f, e->name)));
  case EX_TEMPLATE:
    return add_template(p, file, e, path);
  case EX_CALL:
    return add_joined(p, file, e, path);
  case EX_IDENT:
    return add_named(p, file, e, path);
  case EX_MEMBER:  // `import.meta.dirname`
    return !path->text.n && !strcmp(text_of(f, e->name), "dirname") &&
                   expr_at(f, expr_at(f, e->a)->a)->kind == EX_IMPORT
               ? add_text(path, "./", 2)
               : end_path(path);
  default:
    return end_path(path);
  }
}

// The folder of which a specifier names some module, `commands/*` where that is in some folder of it, or the module where the
// whole path is seen; false if neither can be.
static bool folder_of(const Program *p, FileId file, Id specifier, char folder[MODULES_PATH], FileId *module) {
  LoadPath path = {.open = false};
  const char *from = p->files.at[file].source->path;
  bool seen = specifier && add_part(p, file, specifier, &path) && path.text.n && path.text.n < MODULES_PATH / 2 && path.below < 2;
  *module = seen && !path.open ? file_numbered(p, modules_in_folder(p->modules, from, ".", path.text.at)) : 0;
  seen = seen && (path.open ? modules_folder(from, path.text.at, folder) : *module != 0);
  if (seen && path.below)
    strcat(folder, "/*");
  text_release(&path.text);
  return seen;
}

ValueId folder_required(Program *p, FileId file, Id specifier) {
  char folder[MODULES_PATH];
  FileId module;
  if (!folder_of(p, file, specifier, folder, &module))
    return VALUE_UNKNOWN;
  return module ? import_value(p, module, 0, sym_intern(p, "*"), false)
                : value_make(p, VAL_FOLDER, file, sym_intern(p, folder), FOLDER_ONE);
}

ValueId whole_module_value(Program *p, FileId file) {
  ValueId value = module_value(p, file);
  return value_at(p, value)->kind == VAL_MODULE ? value_export(p, file, sym_intern(p, "default"), false)
                                                : value;
}

// The name that a model or class has: that of its table or its own.
static Sym name_of(const Program *p, ValueId value) {
  const Value *v = value_at(p, value);
  if (v->kind != VAL_CLASS)
    return v->kind == VAL_LIBRARY ? v->b : 0;
  const File *f = &p->files.at[v->a];
  return sym_of(f, f->facts.classes.at[v->b].name);
}

// The name that a file has without its ending, as far as the program knows it.
static Sym name_of_file(const Program *p, FileId file) {
  const char *path = p->files.at[file].source->path, *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  char stem[MODULES_PATH];
  snprintf(stem, sizeof stem, "%.*s", (int)strcspn(name, "."), name);
  return names_find(&p->syms, stem);
}

static uint64_t folder_key(ValueId folder, Sym name) { return (uint64_t)folder << 32 | name; }

// The first two files that give a name are noted: one of them may be the one that loads.
static void note_in_folder(Program *p, Map *names, uint64_t key, FileId file, ValueId value) {
  if (!p->links.at[map_get(names, key)].next)
    link_push(p, names, key, (Ref){file, value});
}

// What a module that is loaded gives, or what that makes when it is called.
static ValueId loaded_value(Program *p, FileId file, bool made) {
  ValueId value = whole_module_value(p, file);
  const Value v = *value_at(p, value);
  return !made ? value : v.kind == VAL_CLASS ? value_of_instance(p, v.a, v.b) : value_call(p, value, file, 0);
}

// Note what the modules of a folder give, by its name and by that of the file; name 0 tells that it is done.
static void note_folder(Program *p, ValueId folder) {
  const Value v = *value_at(p, folder);
  map_put(&p->folder_members, folder_key(folder, 0), 1);
  const char *path = sym_text(p, v.b);
  for (uint32_t number = modules_first_in(p->modules, path); number; number = modules_next_in(p->modules, path, number)) {
    FileId file = file_numbered(p, number);
    if (!file || p->files.at[file].context == CONTEXT_TEST)
      continue;
    ValueId value = loaded_value(p, file, v.c == FOLDER_MADE);
    Sym name = name_of(p, value), of_file = name_of_file(p, file);
    if (name)
      note_in_folder(p, &p->folder_members, folder_key(folder, name), file, value);
    if (of_file)
      note_in_folder(p, &p->folder_files, folder_key(folder, of_file), file, value);
  }
}

// What a file gets from a folder by a name: it does not load itself.
static ValueId named_in_folder(Program *p, const Map *names, ValueId loaded, Sym name) {
  const Value v = *value_at(p, loaded);
  ValueId folder = value_make(p, VAL_FOLDER, 0, v.b, v.c), value = VALUE_UNKNOWN;
  if (!map_get(&p->folder_members, folder_key(folder, 0)))
    note_folder(p, folder);
  uint32_t at = name ? map_get(names, folder_key(folder, name)) : 0;
  for (; at; at = p->links.at[at].next)  // the last one is the first of the folder
    if (p->links.at[at].ref.file != v.a)
      value = p->links.at[at].ref.id;
  return value;
}

ValueId folder_member(Program *p, ValueId folder, Sym name) {
  const Value v = *value_at(p, folder);
  if (v.c == FOLDER_ONE && !strcmp(sym_text(p, name), "default"))
    return folder;
  if (v.c == FOLDER_ONE || v.c == FOLDER_MADE)
    return value_make(p, VAL_FOLDER, v.a, v.b, v.c | name << FOLDER_NAME);
  if (v.c != FOLDER_MODULES)
    return VALUE_UNKNOWN;
  const char *from = p->files.at[v.a].source->path;
  FileId file = file_numbered(p, modules_in_folder(p->modules, from, sym_text(p, v.b), sym_text(p, name)));
  return file ? import_value(p, file, 0, sym_intern(p, "*"), false) : VALUE_UNKNOWN;
}

// Whether a key is the name of what is put there: `models[model.name] = model`. Any other comes from the name of the file.
static bool is_own_name(Program *p, FileId file, Id key, ValueId put) {
  const File *f = &p->files.at[file];
  const Expr *e = expr_at(f, key);
  bool name = e->kind == EX_MEMBER && (!strcmp(text_of(f, e->name), "name") || !strcmp(text_of(f, e->name), "modelName"));
  return name && value_of(p, file, e->a) == put;
}

// What is made for the key by which it is put: `models[name] = connection.model(name, schemas[name])`.
static ValueId made_for_key(Program *p, FileId file, Id key, Id made, Sym name) {
  const File *f = &p->files.at[file];
  const Value v = *value_at(p, expr_at(f, made)->kind == EX_CALL ? value_of(p, file, made) : VALUE_UNKNOWN);
  const Meaning *m = v.kind == VAL_LIBRARY ? call_meaning(p, file, made, NULL) : NULL;
  Id table = m && m->table >= 0 ? argument_at(f, made, m->table) : 0;
  return table && is_same_path(p, file, key, table) ? library_value(p, (StateId)v.a, name) : VALUE_UNKNOWN;
}

ValueId member_put_by_key(Program *p, FileId file, uint64_t holder, Sym name) {
  const File *f = &p->files.at[file];
  Id at = map_get(&f->put_by_key, holder);
  for (int i = 0; at && i < MAX_PUT; i++, at = map_get(&f->chain, at)) {
    const Expr *e = expr_at(f, at);
    ValueId made = made_for_key(p, file, expr_at(f, e->a)->b, e->b, name), put = value_of(p, file, e->b);
    if (made != VALUE_UNKNOWN)
      return made;
    uint32_t part = value_at(p, put)->kind == VAL_FOLDER ? value_at(p, put)->c : FOLDER_MODULES;
    bool folder = part == FOLDER_ONE || part == FOLDER_MADE;
    const Map *names = is_own_name(p, file, expr_at(f, e->a)->b, put) ? &p->folder_members : &p->folder_files;
    ValueId value = folder ? named_in_folder(p, names, put, name) : VALUE_UNKNOWN;
    if (value != VALUE_UNKNOWN)
      return value;
  }
  return VALUE_UNKNOWN;
}

//
// Calls
//

// Whether a file is right in a folder, or for `commands/*` in one of its folders.
static bool is_in_folder(const Program *p, FileId file, const char *folder) {
  char own[MODULES_PATH];
  bool below = modules_is_below(folder);
  return modules_folder(p->files.at[file].source->path, below ? ".." : ".", own) && strlen(own) + 2 * below == strlen(folder) &&
         !strncmp(own, folder, strlen(own));
}

bool folder_calls(Program *p, ValueId folder, Ref function) {
  const Value v = *value_at(p, folder);
  uint32_t part = v.c & ((1u << FOLDER_NAME) - 1);
  Sym name = v.c >> FOLDER_NAME;
  if (part == FOLDER_MODULES || (part == FOLDER_MADE && !name) || !is_in_folder(p, function.file, sym_text(p, v.b)))
    return false;
  ValueId whole = loaded_value(p, function.file, part == FOLDER_MADE);
  const Function *fn = &p->files.at[function.file].facts.functions.at[function.id];
  const Value class = *value_at(p, whole);
  if (fn->flags & FN_CONSTRUCTOR)
    return !name && class.kind == VAL_CLASS && class.a == function.file && class.b == fn->class;
  Ref called = value_function(p, name ? value_member(p, whole, name) : whole);
  return called.file == function.file && called.id == function.id;
}

// The specifier of what an expression requires or imports, by way of variables and `.default` too.
static Id required_specifier(const Program *p, FileId file, Id expr) {
  const File *f = &p->files.at[file];
  for (int i = 0; i < MAX_PARTS; i++) {
    const Expr *e = expr_at(f, expr);
    if (e->kind == EX_IMPORT)
      return e->a;
    if (e->kind == EX_CALL)
      return is_unbound(p, file, expr_at(f, e->a), "require") ? argument_at(f, expr, 0) : 0;
    const Binding *b =
        &f->facts.bindings.at[e->kind == EX_IDENT ? binding_of(p, file, e->scope, e->name, false) : 0];
    expr = e->kind == EX_MEMBER || e->kind == EX_AWAIT || e->kind == EX_CAST ? e->a
           : b->kind == BIND_CONST                                           ? b->value
                                                                             : 0;
  }
  return 0;
}

// Note a call of some module of a folder for each of its modules.
static void note_calls(Program *p, const char *folder, Ref call) {
  uint64_t key = hash_quick(folder, strlen(folder)) | 1;
  uint32_t loaders = map_get(&p->folder_loaders, key),
           number = loaders < MAX_LOADERS ? modules_first_in(p->modules, folder) : 0;
  map_put(&p->folder_loaders, key, loaders + 1);
  for (; number; number = modules_next_in(p->modules, folder, number))
    if (file_numbered(p, number))
      link_push(p, &p->calls_of_module, file_numbered(p, number), call);
}

void collect_loading(Program *p) {
  for (uint32_t i = 0; i < p->libs->members.n; i++) {
    const LibraryMember *m = &p->libs->members.at[i];
    if (m->meaning.module != ARG_NONE)
      map_put(&p->loading, sym_intern(p, m->name) + 1u, (uint32_t)m->meaning.module + 1u);
  }
}

// The argument of a method that may load the module which it names, 0 if it is no such method.
static Id loaded_specifier(const Program *p, const File *f, Id call) {
  const Expr *callee = expr_at(f, expr_at(f, call)->a);
  bool method = (callee->kind == EX_MEMBER || callee->kind == EX_INDEX) && callee->name;
  uint32_t loading = method ? map_get(&p->loading, sym_of(f, callee->name) + 1u) : 0;
  return loading ? argument_at(f, call, (int)loading - 1) : 0;
}

ValueId loaded_function(Program *p, FileId file, Id call) {
  Id specifier = loaded_specifier(p, &p->files.at[file], call);
  const Meaning *m = specifier ? call_meaning(p, file, call, NULL) : NULL;
  ValueId value = m && m->module != ARG_NONE ? require_value(p, file, specifier) : VALUE_UNKNOWN;
  return value_at(p, value)->kind == VAL_MODULE ? whole_module_value(p, value_at(p, value)->a) : value;
}

// Note a call of the module that an expression names, or of each that it may name.
static void note_call(Program *p, FileId file, Id specifier, Id call) {
  const Expr *e = expr_at(&p->files.at[file], specifier);
  char folder[MODULES_PATH];
  FileId module = e->kind == EX_STRING ? module_named(p, file, e->name) : 0;
  bool seen = e->kind != EX_STRING && folder_of(p, file, specifier, folder, &module);
  if (module)
    link_push(p, &p->calls_of_module, module, (Ref){file, call});
  else if (seen)
    note_calls(p, folder, (Ref){file, call});
}

void index_folder_calls(Program *p, FileId file) {
  const File *f = &p->files.at[file];
  for (uint32_t i = 0; i < f->calls.n; i++) {
    const Expr *e = expr_at(f, f->calls.at[i]);
    Id required = e->count ? required_specifier(p, file, e->a) : 0;
    bool plain = required && expr_at(f, required)->kind == EX_STRING;  // link.c notes those
    Id specifier = required || e->kind != EX_CALL ? required : loaded_specifier(p, f, f->calls.at[i]);
    if (specifier && !plain)
      note_call(p, file, specifier, f->calls.at[i]);
  }
}
