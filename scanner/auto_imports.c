// auto_imports.c - what files export by where they stand: globals of the files of a folder (`server/utils` of Nitro), functions
// that a framework calls (`+page.server` of SvelteKit).
#include "values.h"

#include <string.h>

const char *path_after_folder(const char *path, const char *folder) {
  size_t n = strlen(folder);
  for (const char *at = path; at; at = strchr(at, '/')) {
    at += *at == '/';
    if (!strncmp(at, folder, n) && at[n] == '/')
      return at + n + 1;
  }
  return NULL;
}

bool package_depends_on(Modules *modules, const char *path, const Library *library) {
  for (const char **package = library->packages; *package; package++)
    if (modules_dependency(modules, path, *package))
      return true;
  return false;
}

// Whether the last part of a path, without its extension, is `name`; any is when that is NULL.
static bool is_file_named(const char *path, const char *name) {
  const char *base = strrchr(path, '/');
  base = base ? base + 1 : path;
  size_t n = name ? strlen(name) : 0;
  return !name || (!strncmp(base, name, n) && base[n] == '.');
}

const char *path_by_row(const Libraries *libs, Modules *modules, const LibraryFiles *row, const char *path) {
  const char *below = is_file_named(path, row->file) ? path_after_folder(path, row->under) : NULL;
  return below && package_depends_on(modules, path, &libs->libraries.at[row->library]) ? below : NULL;
}

bool gives_by_place(const Libraries *libs, Modules *modules, const char *path) {
  for (uint32_t i = 0; i < libs->files.n; i++) {
    const LibraryFiles *row = &libs->files.at[i];
    bool gives = row->scope || (row->as && row->entry == ENTRY_MIDDLEWARE);
    if (gives && path_by_row(libs, modules, row, path))
      return true;
  }
  return false;
}

// The row of a model by which other files use what a file exports without an import, NULL for none.
static const LibraryFiles *auto_import_row(const Libraries *libs, Modules *modules, const char *path) {
  for (uint32_t i = 0; i < libs->files.n; i++) {
    const LibraryFiles *row = &libs->files.at[i];
    if (row->scope && path_by_row(libs, modules, row, path))
      return row;
  }
  return NULL;
}

// The key of what the files of a folder see by a name: the first `length` bytes of the path are the folder.
static uint64_t key_in(const char *path, size_t length, Sym name) {
  return hash_quick(path, length) + name * 0x9e3779b97f4a7c15u;
}

// The files that see what a file exports: those of the folder of the row's scope beside it.
void index_auto_imports(Program *p) {
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    const char *path = f->source->path;
    const LibraryFiles *row = auto_import_row(p->libs, p->modules, path);
    if (!row)
      continue;
    size_t before = (size_t)(path_after_folder(path, row->under) - path) - strlen(row->under) - 1;
    Text folder = {0};
    text_add(&folder, path, before);
    text_puts(&folder, row->scope);
    for (Id i = 1; i < f->facts.exports.n; i++)
      link_push(p, &p->auto_imports, key_in(folder.at, folder.n, sym_of(f, f->facts.exports.at[i].name)), (Ref){file, i});
    text_release(&folder);
  }
}

ValueId value_of_auto_import(Program *p, FileId file, Sym name) {
  const char *path = p->files.at[file].source->path;
  for (uint32_t i = 0; i < p->libs->files.n; i++) {
    const char *scope = p->libs->files.at[i].scope, *after = scope ? path_after_folder(path, scope) : NULL;
    for (; after; after = path_after_folder(after, scope)) {
      uint32_t at = map_get(&p->auto_imports, key_in(path, (size_t)(after - path) - 1, name));
      if (at)
        return value_export(p, p->links.at[at].ref.file, name, false);
    }
  }
  return VALUE_UNKNOWN;
}

//
// What is called by where its file stands
//

void index_called_by_place(Program *p) {
  for (FileId file = 1; file < p->files.n; file++)
    for (uint32_t i = 0; i < p->libs->files.n; i++) {
      const LibraryFiles *row = &p->libs->files.at[i];
      if (row->as && path_by_row(p->libs, p->modules, row, p->files.at[file].source->path))
        map_put(&p->called_by_place, file, i + 1);
    }
}

// The variable that is a function, or an object with it as a member:
// `export const actions = { save: async (event) => ... }`.
static Id variable_with(const Program *p, FileId file, Id function) {
  const File *f = &p->files.at[file];
  const Function *fn = &f->facts.functions.at[function];
  const Expr *property = expr_at(f, expr_at(f, fn->expr)->parent);
  Id binding = property->kind == EX_PROPERTY ? map_get(&f->owners, property->parent) : map_get(&f->owners, fn->expr);
  return binding ? binding : function_binding(p, file, function);
}

static bool is_among(const char *words, const char *name) {
  size_t n = strlen(name);
  for (const char *at = words; *at; at += strspn(at, " ")) {
    size_t length = strcspn(at, " ");
    if (length == n && !strncmp(at, name, n))
      return true;
    at += length;
  }
  return false;
}

ValueId value_by_place(Program *p, FileId file, Id function, uint32_t index) {
  uint32_t number = index ? 0 : map_get(&p->called_by_place, file);
  const File *f = &p->files.at[file];
  const Binding *b = &f->facts.bindings.at[number ? variable_with(p, file, function) : 0];
  const LibraryFiles *row = number && b->kind ? &p->libs->files.at[number - 1] : NULL;
  bool exported = row && f->facts.scopes.at[b->scope].kind == SC_MODULE && map_get(&f->exports, sym_of(f, b->name) + 1u);
  return exported && is_among(row->exports, text_of(f, b->name)) ? library_value(p, row->as, 0) : VALUE_UNKNOWN;
}
