// modules.h - which file an import specifier means, from the tree's own package.json and tsconfig files.
//
// Follows Node's and TypeScript's resolution as far as a tree without node_modules allows: relative paths
// with added extensions and index files, tsconfig `paths`, `baseUrl` and `extends`, package.json `imports`
// (#alias), and the workspace packages of a monorepo by `exports`, `module`, `main`, with build output
// (dist/x.js) led back to its source (src/x.ts).
#ifndef SEQSCAN_MODULES_H
#define SEQSCAN_MODULES_H

#include "base.h"

typedef struct Modules Modules;

Modules *modules_new(void);
void modules_free(Modules *modules);

// Source files are numbered 1, 2, 3... in the order in which they are added.
void modules_add_file(Modules *modules, const char *path);
// A package.json, tsconfig*.json or jsconfig*.json; comments and trailing commas are accepted.
int modules_add_json(Modules *modules, const char *path, const char *bytes, size_t length, Error *err);
// After all are added.
void modules_link(Modules *modules);

// Number of the file that `specifier` means when imported from the file `from` (a path), 0 if it is none
// of the tree.
uint32_t modules_resolve(Modules *modules, const char *from, const char *specifier);
// The module `name` of a folder that the file `from` names by the end of its path, looked for from the file's
// own folder upwards.
uint32_t modules_in_folder(const Modules *modules, const char *from, const char *folder, const char *name);

// The folder that a path means in the file `from`; false when it leads out of the tree.
enum { MODULES_PATH = 1024 };
bool modules_folder(const char *from, const char *path, char folder[MODULES_PATH]);
// The files right in a folder, or by `commands/*` right in its folders, when it is one of folders with at most one file beside
// them: the first one, and the one after a file; 0 ends.
uint32_t modules_first_in(const Modules *modules, const char *folder);
uint32_t modules_next_in(const Modules *modules, const char *folder, uint32_t file);
bool modules_is_below(const char *folder);

// The version range of a dependency that the package.json nearest to `from` declares, or NULL.
const char *modules_dependency(const Modules *modules, const char *from, const char *package);
// The folder of the package.json nearest to `path`, "" for the root; owned by the modules.
const char *modules_package_folder(const Modules *modules, const char *path);
// Whether it has the name that the specifier begins with: `@a/b` of `@a/b/c`.
bool modules_is_named(const Modules *modules, const char *path, const char *specifier);
// Whether that package is one that other repositories may import: it says where it is entered, and is not private.
bool modules_is_published(const Modules *modules, const char *path);
// Whether the package that a file belongs to is started as a server, `"start": "node server.js"`, whoever may import it besides.
bool modules_is_server(const Modules *m, const char *path);
// Whether a file is a tool of its package: of the folder `tools` at its top, or of one further below and run by a script
// of package.json. What else is called so is often the application's: the tools of a language model.
bool modules_is_tool(const Modules *modules, const char *path);
// Whether any package.json of the tree declares the dependency.
bool modules_uses(const Modules *modules, const char *package);

// Call `found` with the name and the file of each command that a package of the tree installs (`bin`).
void modules_commands(const Modules *modules, void (*found)(void *payload, const char *name, uint32_t file),
                      void *payload);

#endif
