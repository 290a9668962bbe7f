// auto_imports.c - what files export by where they stand: globals of the files of a folder (`server/utils` of Nitro).
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

const LibraryFiles *auto_import_row(const Libraries *libs, Modules *modules, const char *path) {
  for (uint32_t i = 0; i < libs->files.n; i++) {
    const LibraryFiles *row = &libs->files.at[i];
    if (row->scope && path_after_folder(path, row->under) && package_depends_on(modules, path, &libs->libraries.at[row->library]))
      return row;
  }
  return NULL;
}

void index_auto_imports(Program *p) {
  for (FileId file = 1; file < p->files.n; file++) {
    const File *f = &p->files.at[file];
    if (!auto_import_row(p->libs, p->modules, f->source->path))
      continue;
    for (Id i = 1; i < f->facts.exports.n; i++)
      link_push(p, &p->auto_imports, sym_of(f, f->facts.exports.at[i].name) + 1u, (Ref){file, i});
  }
}

// Whether a file sees what another one exports: both stand in the same folder of the row's scope.
static bool is_in_scope(const LibraryFiles *row, const char *path, const char *from) {
  size_t before = (size_t)(path_after_folder(from, row->under) - from) - strlen(row->under) - 1, n = strlen(row->scope);
  return !strncmp(path, from, before) && strlen(path) > before + n && !strncmp(path + before, row->scope, n) &&
         path[before + n] == '/';
}

ValueId value_of_auto_import(Program *p, FileId file, Sym name) {
  const char *path = p->files.at[file].source->path;
  for (uint32_t at = map_get(&p->auto_imports, name + 1u); at; at = p->links.at[at].next) {
    FileId from = p->links.at[at].ref.file;
    const char *other = p->files.at[from].source->path;
    const LibraryFiles *row = auto_import_row(p->libs, p->modules, other);
    if (row && is_in_scope(row, path, other))
      return value_export(p, from, name, false);
  }
  return VALUE_UNKNOWN;
}
