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
