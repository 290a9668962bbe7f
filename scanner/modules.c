// modules.c - see modules.h. Cost: a few hash look-ups an import; no file is touched.
#include "modules.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_PATH_BYTES = MODULES_PATH,
  MAX_EXTENDS = 32,  // configs that are asked for one import
  MAX_WORDS = 5000,  // of the scripts of one package
};

// A tsconfig or jsconfig: what matters for resolution.
typedef struct Config {
  const char *path;
  const char *dir;       // "" for the root, else without a trailing '/'
  const char *base_url;  // joined with dir, NULL if not set
  json_t *paths;         // borrowed from json
  json_t *extends;       // string or array
  json_t *json;
} Config;

typedef struct Package {
  const char *dir;
  const char *name;  // "" if it has none
  json_t *json;
  uint32_t next;     // another package of this name + 1, 0 ends
} Package;

struct Modules {
  Names files;            // path -> number of the file
  Names dirs;             // dir -> index into the chains below
  VEC(Config) configs;
  VEC(uint32_t) config_next;   // chain of the configs of one dir
  Map config_of_dir;      // dir -> config + 1
  Map config_of_path;     // path -> config + 1
  VEC(Package) packages;
  Map package_of_dir;     // dir -> package + 1
  Map package_of_name;    // name -> package + 1
  Map dependencies;       // name of a dependency -> 1
  Map configured;         // memo of resolve_configs(): config and specifier -> file + 1
  Map workspace;          // memo of resolve_workspace(): package and specifier -> file + 1
  Map folders;            // dir -> the first file right in it
  VEC(uint32_t) next_in_folder, next_below;  // by file
  Map run;                // package and file that its scripts run -> 1
  Arena arena;
};

static uint64_t key_of(const char *text) { return hash_quick(text, strlen(text)); }

Modules *modules_new(void) {
  Modules *m = xcalloc(1, sizeof *m);
  names_init(&m->files);
  names_init(&m->dirs);
  return m;
}

void modules_free(Modules *m) {
  if (!m)
    return;
  for (uint32_t i = 0; i < m->configs.n; i++)
    json_decref(m->configs.at[i].json);
  for (uint32_t i = 0; i < m->packages.n; i++)
    json_decref(m->packages.at[i].json);
  vec_release(&m->configs);
  vec_release(&m->config_next);
  vec_release(&m->packages);
  vec_release(&m->next_in_folder);
  vec_release(&m->next_below);
  map_release(&m->folders);
  map_release(&m->config_of_dir);
  map_release(&m->config_of_path);
  map_release(&m->package_of_dir);
  map_release(&m->package_of_name);
  map_release(&m->dependencies);
  map_release(&m->configured);
  map_release(&m->workspace);
  map_release(&m->run);
  names_release(&m->files);
  names_release(&m->dirs);
  arena_release(&m->arena);
  xfree(m);
}

void modules_add_file(Modules *m, const char *path) { names_add(&m->files, path, strlen(path)); }

//
// Paths
//

// The folder part of a path: "" for a file at the root.
static void dir_of(const char *path, char dir[MAX_PATH_BYTES]) {
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) : 0;
  if (length >= MAX_PATH_BYTES)
    length = 0;
  memcpy(dir, path, length);
  dir[length] = '\0';
}

// Shorten dir to its parent; false when it was the root already.
static bool dir_up(char *dir) {
  if (!*dir)
    return false;
  char *slash = strrchr(dir, '/');
  *(slash ? slash : dir) = '\0';
  return true;
}

// Join and normalise `.` and `..`; false when the result leaves the root or is too long.
static bool join(const char *dir, const char *path, char out[MAX_PATH_BYTES]) {
  size_t n = strlen(dir);
  if (n + strlen(path) + 2 > MAX_PATH_BYTES)
    return false;
  memcpy(out, dir, n + 1);
  while (*path) {
    size_t part = strcspn(path, "/");
    if (part == 2 && !memcmp(path, "..", 2)) {
      if (!dir_up(out))
        return false;
      n = strlen(out);
    } else if (part && !(part == 1 && *path == '.')) {
      if (n)
        out[n++] = '/';
      memcpy(out + n, path, part);
      n += part;
      out[n] = '\0';
    }
    path += part + (path[part] == '/');
  }
  return true;
}

static const char *const extensions[] = {".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".d.ts"};

static uint32_t try_extensions(const Modules *m, const char *stem, size_t length) {
  char path[MAX_PATH_BYTES + 8];
  memcpy(path, stem, length);
  for (size_t i = 0; i < COUNT(extensions); i++) {
    strcpy(path + length, extensions[i]);
    uint32_t file = names_find(&m->files, path);
    if (file)
      return file;
  }
  return 0;
}

// `x.js` in TypeScript source means x.ts or x.tsx.
static uint32_t try_swapped(const Modules *m, const char *path) {
  const char *dot = strrchr(path, '.');
  if (!dot || (strcmp(dot, ".js") && strcmp(dot, ".jsx") && strcmp(dot, ".mjs") && strcmp(dot, ".cjs")))
    return 0;
  return try_extensions(m, path, (size_t)(dot - path));
}

static uint32_t try_index(const Modules *m, const char *dir) {
  char path[MAX_PATH_BYTES];
  return join(dir, "index", path) ? try_extensions(m, path, strlen(path)) : 0;
}

static const Package *package_in(const Modules *m, const char *dir) {
  uint32_t found = map_get(&m->package_of_dir, key_of(dir) | 1);
  return found ? &m->packages.at[found - 1] : NULL;
}

static uint32_t package_main(const Modules *m, const Package *package);

// A file, a file without its extension, or the index of a folder.
static uint32_t try_file(const Modules *m, const char *path) {
  uint32_t file = names_find(&m->files, path);
  if (!file)
    file = try_extensions(m, path, strlen(path));
  if (!file)
    file = try_swapped(m, path);
  return file ? file : try_index(m, path);
}

// As above, or the main file of a folder with a package.json.
static uint32_t try_path(const Modules *m, const char *path) {
  uint32_t file = try_file(m, path);
  const Package *package = file ? NULL : package_in(m, path);
  return package ? package_main(m, package) : file;
}

//
// package.json
//

// Whether a file gives types only: what they are of is looked for elsewhere, too.
static bool is_declaration(const Modules *m, uint32_t file) {
  const char *path = names_text(&m->files, file);
  size_t length = strlen(path);
  return length > 5 && !strcmp(path + length - 5, ".d.ts");
}

// Build output is not in the tree: dist/x.js was src/x.ts, or x.ts.
static uint32_t try_output(const Modules *m, const char *dir, const char *target) {
  static const char *const outputs[] = {"dist/", "build/", "lib/", "out/", "esm/", "cjs/", "es/", "types/", "src/"};
  char path[MAX_PATH_BYTES];
  if (strlen(target) >= MAX_PATH_BYTES)
    return 0;
  uint32_t file = join(dir, target, path) ? try_file(m, path) : 0;
  while (!strncmp(target, "./", 2))
    target += 2;
  for (size_t i = 0; !file && i < COUNT(outputs); i++) {
    if (strncmp(target, outputs[i], strlen(outputs[i])))
      continue;
    char rest[MAX_PATH_BYTES];
    snprintf(rest, sizeof rest, "src/%s", target + strlen(outputs[i]));
    file = try_output(m, dir, target + strlen(outputs[i]));
    uint32_t source = (!file || is_declaration(m, file)) && join(dir, rest, path) ? try_file(m, path) : 0;
    file = source ? source : file;
  }
  return file;
}

// The first file that a value of `exports`/`imports` leads to; conditions in the order written, source first.
static uint32_t try_target(const Modules *m, const char *dir, json_t *target, const char *star, int depth) {
  if (json_is_string(target)) {
    char path[MAX_PATH_BYTES];
    const char *text = json_string_value(target), *hole = strchr(text, '*');
    if (!hole)
      return try_output(m, dir, text);
    int n = snprintf(path, sizeof path, "%.*s%s%s", (int)(hole - text), text, star, hole + 1);
    return n > 0 && (size_t)n < sizeof path ? try_output(m, dir, path) : 0;
  }
  if (depth > 6)
    return 0;
  uint32_t file = 0;
  const char *key;
  json_t *value;
  size_t i;
  json_object_foreach(target, key, value) {
    uint32_t other = !file || is_declaration(m, file) ? try_target(m, dir, value, star, depth + 1) : 0;
    file = other ? other : file;
  }
  json_array_foreach(target, i, value) if (!file) file = try_target(m, dir, value, star, depth + 1);
  return file;
}

// Look `name` ("./sub", "#alias") up in an `exports` or `imports` object, patterns with one `*` included.
static uint32_t try_map(const Modules *m, const char *dir, json_t *map, const char *name) {
  json_t *exact = json_object_get(map, name);
  if (exact)
    return try_target(m, dir, exact, "", 0);
  const char *key;
  json_t *value;
  json_object_foreach(map, key, value) {
    const char *hole = strchr(key, '*');
    size_t head = hole ? (size_t)(hole - key) : 0, tail = hole ? strlen(hole + 1) : 0, length = strlen(name);
    if (!hole || length < head + tail || strncmp(name, key, head) || strcmp(name + length - tail, hole + 1))
      continue;
    char star[MAX_PATH_BYTES];
    snprintf(star, sizeof star, "%.*s", (int)(length - head - tail), name + head);
    uint32_t file = try_target(m, dir, value, star, 0);
    if (file)
      return file;
  }
  return 0;
}

static uint32_t package_main(const Modules *m, const Package *package) {
  static const char *const fields[] = {"source", "module", "main", "types", "typings"};
  json_t *exports = json_object_get(package->json, "exports");
  uint32_t file = json_is_object(exports) ? try_map(m, package->dir, exports, ".") : 0;
  if (!file && exports && !json_object_get(exports, "."))
    file = try_target(m, package->dir, exports, "", 5);
  for (size_t i = 0; !file && i < COUNT(fields); i++) {
    json_t *value = json_object_get(package->json, fields[i]);
    if (json_is_string(value))
      file = try_output(m, package->dir, json_string_value(value));
  }
  char src[MAX_PATH_BYTES];
  if (!file && join(package->dir, "src", src))
    file = try_index(m, src);
  return file ? file : try_index(m, package->dir);
}

static uint32_t package_sub(const Modules *m, const Package *package, const char *sub) {
  char path[MAX_PATH_BYTES];
  snprintf(path, sizeof path, "./%s", sub);
  uint32_t file = try_map(m, package->dir, json_object_get(package->json, "exports"), path);
  if (!file)
    file = try_output(m, package->dir, sub);
  if (!file && snprintf(path, sizeof path, "src/%s", sub) > 0)
    file = try_output(m, package->dir, path);
  return file;
}

// Bytes of the package name at the front of a specifier: `@scope/name` or `name`.
static size_t package_name_length(const char *specifier) {
  size_t n = strcspn(specifier, "/");
  if (*specifier == '@' && specifier[n] == '/')
    n += 1 + strcspn(specifier + n + 1, "/");
  return n;
}

// How much of its way from the root a folder shares with a file.
static size_t shared_way(const char *dir, const char *from) {
  size_t shared = 0;
  for (size_t i = 0; dir[i] == from[i] || (!dir[i] && from[i] == '/'); i++) {
    if (!dir[i])
      return i + 1;
    if (dir[i] == '/')
      shared = i + 1;
  }
  return shared;
}

// The package that a specifier names. A tree of several projects may have more of that name: the nearest one.
static const Package *package_named(const Modules *m, const char *from, const char *specifier) {
  size_t length = package_name_length(specifier), nearest = 0;
  const Package *best = NULL;
  uint32_t at = map_get(&m->package_of_name, hash_quick(specifier, length) | 1);
  for (; at; at = m->packages.at[at - 1].next) {
    const Package *package = &m->packages.at[at - 1];
    size_t shared = shared_way(package->dir, from);
    if (strncmp(package->name, specifier, length) || package->name[length] || (best && shared < nearest))
      continue;
    best = package;
    nearest = shared;
  }
  return best;
}

static uint32_t resolve_workspace(Modules *m, const char *from, const char *specifier) {
  size_t length = package_name_length(specifier);
  const Package *package = package_named(m, from, specifier);
  if (!package)
    return 0;
  uint64_t key = key_of(specifier) ^ (uint64_t)(package - m->packages.at);
  uint32_t known = map_get(&m->workspace, key);
  if (!known) {
    known = 1 + (specifier[length] ? package_sub(m, package, specifier + length + 1) : package_main(m, package));
    map_put(&m->workspace, key, known);
  }
  return known - 1;
}

//
// tsconfig
//

static uint32_t try_paths(const Modules *m, const Config *config, const char *base, const char *specifier) {
  const char *key;
  json_t *targets, *target;
  size_t i;
  uint32_t best = 0;
  size_t best_head = 0;
  json_object_foreach(config->paths, key, targets) {
    const char *hole = strchr(key, '*');
    size_t head = hole ? (size_t)(hole - key) : strlen(key), length = strlen(specifier);
    size_t tail = hole ? strlen(hole + 1) : 0;
    if (strncmp(specifier, key, head) || length < head + tail || (!hole && specifier[head]))
      continue;
    if (best && head <= best_head)
      continue;
    json_array_foreach(targets, i, target) {
      const char *text = json_string_value(target);
      const char *star = text ? strchr(text, '*') : NULL;
      char rel[MAX_PATH_BYTES], path[MAX_PATH_BYTES];
      if (!text)
        continue;
      snprintf(rel, sizeof rel, "%.*s%.*s%s", star ? (int)(star - text) : (int)strlen(text), text,
               star ? (int)(length - head - tail) : 0, specifier + head, star ? star + 1 : "");
      uint32_t file = join(base, rel, path) ? try_path(m, path) : 0;
      if (!file)
        continue;
      best = file;
      best_head = head;
      break;
    }
  }
  return best;
}

static const Config *config_at(const Modules *m, const char *path) {
  uint32_t found = map_get(&m->config_of_path, key_of(path) | 1);
  return found ? &m->configs.at[found - 1] : NULL;
}

// The config that `extends` names, relative or in a workspace package.
static const Config *config_parent(const Modules *m, const Config *config, const char *extends) {
  char path[MAX_PATH_BYTES], json[MAX_PATH_BYTES + 16];
  bool ok = false;
  if (*extends == '.') {
    ok = join(config->dir, extends, path);
  } else {
    const Package *package = package_named(m, config->path, extends);
    ok = package && join(package->dir, extends + package_name_length(extends), path);
  }
  if (!ok)
    return NULL;
  const Config *parent = config_at(m, path);
  static const char *const tails[] = {".json", "/tsconfig.json"};
  for (size_t i = 0; !parent && i < COUNT(tails); i++) {
    snprintf(json, sizeof json, "%s%s", path, tails[i]);
    parent = config_at(m, json);
  }
  return parent;
}

// Ask a config and those that it extends; `left` more may be asked, as they may name each other in circles.
static uint32_t resolve_config(const Modules *m, const Config *config, const char *specifier, unsigned *left) {
  if (!config || !*left)
    return 0;
  --*left;
  char path[MAX_PATH_BYTES];
  const char *base = config->base_url ? config->base_url : config->dir;
  uint32_t file = config->paths ? try_paths(m, config, base, specifier) : 0;
  if (!file && config->base_url && join(config->base_url, specifier, path))
    file = try_path(m, path);
  if (!file && json_is_string(config->extends))
    file = resolve_config(m, config_parent(m, config, json_string_value(config->extends)), specifier, left);
  size_t i;
  json_t *one;
  json_array_foreach(config->extends, i, one) {
    if (!file && json_is_string(one))
      file = resolve_config(m, config_parent(m, config, json_string_value(one)), specifier, left);
  }
  return file;
}

// Ask every config from a folder upwards, the nearest first.
static uint32_t ask_configs(const Modules *m, char dir[MAX_PATH_BYTES], const char *specifier) {
  do {
    uint32_t at = map_get(&m->config_of_dir, key_of(dir) | 1);
    for (; at; at = m->config_next.at[at - 1]) {
      unsigned left = MAX_EXTENDS;
      uint32_t file = resolve_config(m, &m->configs.at[at - 1], specifier, &left);
      if (file)
        return file;
    }
  } while (dir_up(dir));
  return 0;
}

// All files below the folder of a config, and of no other within it, give a specifier the same meaning.
static uint32_t resolve_configs(Modules *m, const char *from, const char *specifier) {
  char dir[MAX_PATH_BYTES];
  uint32_t nearest;
  dir_of(from, dir);
  while (!(nearest = map_get(&m->config_of_dir, key_of(dir) | 1)))
    if (!dir_up(dir))
      return 0;
  uint64_t key = key_of(specifier) ^ nearest;
  uint32_t known = map_get(&m->configured, key);
  if (!known) {
    known = 1 + ask_configs(m, dir, specifier);
    map_put(&m->configured, key, known);
  }
  return known - 1;
}

static const Package *nearest_package(const Modules *m, const char *from) {
  char dir[MAX_PATH_BYTES];
  dir_of(from, dir);
  do {
    const Package *package = package_in(m, dir);
    if (package)
      return package;
  } while (dir_up(dir));
  return NULL;
}

// Aliases that frameworks and bundlers define outside of any tsconfig of the tree: SvelteKit's `$lib`, those that its
// applications add like it (`$models` for src/models), and `@/` and `~/` for the sources.
static uint32_t resolve_alias(const Modules *m, const char *from, const char *specifier) {
  static const struct {
    const char *prefix, *folder;
  } aliases[] = {{"$", "src"}, {"$", "src/lib"}, {"@/", "src"}, {"@/", "app"}, {"@/", ""},
                 {"~/", "src"},        {"~/", "app"}, {"~/", ""},    {"~~/", ""}};
  const Package *package = strchr("$@~", *specifier) ? nearest_package(m, from) : NULL;
  for (size_t i = 0; package && i < COUNT(aliases); i++) {
    char dir[MAX_PATH_BYTES], path[MAX_PATH_BYTES];
    size_t length = strlen(aliases[i].prefix);
    if (strncmp(specifier, aliases[i].prefix, length) || !join(package->dir, aliases[i].folder, dir))
      continue;
    uint32_t file = join(dir, specifier + length, path) ? try_path(m, path) : 0;
    if (file)
      return file;
  }
  return 0;
}

uint32_t modules_resolve(Modules *m, const char *from, const char *specifier) {
  char dir[MAX_PATH_BYTES], path[MAX_PATH_BYTES];
  if (!*specifier || strlen(specifier) > MAX_PATH_BYTES / 2)
    return 0;
  if (*specifier == '.') {
    dir_of(from, dir);
    return join(dir, specifier, path) ? try_path(m, path) : 0;
  }
  if (*specifier == '#') {
    const Package *package = nearest_package(m, from);
    uint32_t file = package ? try_map(m, package->dir, json_object_get(package->json, "imports"), specifier) : 0;
    if (file)
      return file;
  }
  uint32_t file = resolve_configs(m, from, specifier);
  if (!file)
    file = resolve_workspace(m, from, specifier);
  return file ? file : resolve_alias(m, from, specifier);
}

uint32_t modules_in_folder(const Modules *m, const char *from, const char *folder, const char *name) {
  char dir[MAX_PATH_BYTES], base[MAX_PATH_BYTES], path[MAX_PATH_BYTES];
  dir_of(from, dir);
  do {
    uint32_t file = join(dir, folder, base) && join(base, name, path) ? try_file(m, path) : 0;
    if (file)
      return file;
  } while (dir_up(dir));
  return 0;
}

//
// Reading the JSON files
//

// Blank out comments and trailing commas in place: tsconfig is JSON with both.
static void strip_jsonc(char *text) {
  char *comma = NULL;
  for (char *at = text; *at; at++) {
    if (*at == '"') {
      for (at++; *at && *at != '"'; at++)
        at += *at == '\\' && at[1];
      comma = NULL;
      if (!*at)
        return;
    } else if (*at == '/' && at[1] == '/') {
      while (*at && *at != '\n')
        *at++ = ' ';
      at--;
    } else if (*at == '/' && at[1] == '*') {
      char *end = strstr(at + 2, "*/");
      end = end ? end + 2 : at + strlen(at);
      memset(at, ' ', (size_t)(end - at));
      at = end - 1;
    } else if (*at == ',') {
      comma = at;
    } else if ((*at == '}' || *at == ']') && comma) {
      *comma = ' ';
      comma = NULL;
    } else if (!strchr(" \t\r\n", *at)) {
      comma = NULL;
    }
  }
}

static void add_dependencies(Modules *m, json_t *json) {
  static const char *const fields[] = {"dependencies", "devDependencies", "peerDependencies", "optionalDependencies"};
  for (size_t i = 0; i < COUNT(fields); i++) {
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(json, fields[i]), key, value) map_put(&m->dependencies, key_of(key) | 1, 1);
  }
}

static void add_package(Modules *m, const char *dir, json_t *json) {
  const char *name = json_string_value(json_object_get(json, "name"));
  Package package = {dir, name ? name : "", json, 0};
  if (name)
    package.next = map_get(&m->package_of_name, key_of(name) | 1);
  vec_push(&m->packages, package);
  map_put(&m->package_of_dir, key_of(dir) | 1, m->packages.n);
  if (name)
    map_put(&m->package_of_name, key_of(name) | 1, m->packages.n);
  add_dependencies(m, json);
}

static void add_config(Modules *m, const char *path, const char *dir, json_t *json) {
  json_t *compiler = json_object_get(json, "compilerOptions");
  const char *base = json_string_value(json_object_get(compiler, "baseUrl"));
  char joined[MAX_PATH_BYTES];
  Config config = {.path = path, .dir = dir, .json = json};
  if (base && join(dir, base, joined))
    config.base_url = arena_copy(&m->arena, joined, strlen(joined));
  config.paths = json_object_get(compiler, "paths");
  config.extends = json_object_get(json, "extends");
  vec_push(&m->configs, config);
  vec_push(&m->config_next, 0);
  map_put(&m->config_of_path, key_of(path) | 1, m->configs.n);
}

int modules_add_json(Modules *m, const char *path, const char *bytes, size_t length, Error *err) {
  char dir[MAX_PATH_BYTES];
  json_error_t error;
  dir_of(path, dir);
  const char *base = strrchr(path, '/');
  base = base ? base + 1 : path;
  if (length >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
    bytes += 3, length -= 3;
  char *text = xstrndup(bytes, length);
  strip_jsonc(text);
  json_t *json = json_loads(text, 0, &error);
  xfree(text);
  if (!json)
    return fail(err, "%s:%d: %s", path, error.line, error.text);
  const char *kept = arena_copy(&m->arena, dir, strlen(dir));
  if (!json_is_object(json)) {
    json_decref(json);
    return fail(err, "%s: not a JSON object", path);
  }
  if (!strcmp(base, "package.json"))
    add_package(m, kept, json);
  else
    add_config(m, arena_copy(&m->arena, path, strlen(path)), kept, json);
  return 0;
}

static bool is_main_config(const Config *config) {
  const char *base = strrchr(config->path, '/');
  base = base ? base + 1 : config->path;
  return !strcmp(base, "tsconfig.json") || !strcmp(base, "jsconfig.json");
}

// Chain the configs of each folder, its tsconfig.json first.
static void chain_configs(Modules *m, bool main) {
  for (uint32_t i = m->configs.n; i-- > 0;) {
    const Config *config = &m->configs.at[i];
    if (is_main_config(config) != main)
      continue;
    uint64_t key = key_of(config->dir) | 1;
    m->config_next.at[i] = map_get(&m->config_of_dir, key);
    map_put(&m->config_of_dir, key, i + 1);
  }
}

static uint64_t run_key(const Modules *m, const Package *package, uint32_t file) {
  return (uint64_t)(package - m->packages.at + 1) << 32 | file;
}

// Note the files that a command of package.json names: `ts-node server/tools/import.ts --all`. Gives how many words are
// left to look at.
static int note_runs(Modules *m, const Package *package, const char *command, int left) {
  static const char between[] = " \t\"'=;&|()";
  char word[MAX_PATH_BYTES], path[MAX_PATH_BYTES];
  for (size_t n; *(command += strspn(command, between)) && left > 0; command += n, left--) {
    n = strcspn(command, between);
    int length = snprintf(word, sizeof word, "%.*s", (int)(n < MAX_PATH_BYTES ? n : 0), command);
    uint32_t file = length > 0 && join(package->dir, word, path) ? try_file(m, path) : 0;
    if (file)
      map_put(&m->run, run_key(m, package, file), 1);
  }
  return left;
}

static void note_scripts(Modules *m, const Package *package) {
  const char *name;
  json_t *command;
  int left = MAX_WORDS;
  json_object_foreach(json_object_get(package->json, "scripts"), name, command) {
    if (json_is_string(command))
      left = note_runs(m, package, json_string_value(command), left);
  }
}

// Put a file before those of a folder; gives the one that was the first.
static uint32_t chain_file(Modules *m, const char *folder, uint32_t file) {
  uint64_t key = key_of(folder) | 1;
  uint32_t next = map_get(&m->folders, key);
  map_put(&m->folders, key, file);
  return next;
}

// Chain the files of each folder, and those of all folders in it, in their order.
static void chain_files(Modules *m) {
  char dir[MAX_PATH_BYTES + 2];
  while (m->next_in_folder.n < m->files.entries.n) {
    vec_push(&m->next_in_folder, 0);
    vec_push(&m->next_below, 0);
  }
  for (uint32_t file = m->files.entries.n; file-- > 1;) {
    dir_of(names_text(&m->files, file), dir);
    m->next_in_folder.at[file] = chain_file(m, dir, file);
    if (dir_up(dir))
      m->next_below.at[file] = chain_file(m, strcat(dir, "/*"), file);
  }
}

bool modules_is_below(const char *folder) {
  size_t n = strlen(folder);
  return n > 1 && !strcmp(folder + n - 2, "/*");
}

bool modules_folder(const char *from, const char *path, char folder[MODULES_PATH]) {
  char dir[MAX_PATH_BYTES];
  dir_of(from, dir);
  return join(dir, path, folder);
}

// The first file right in the folder of `commands/*`.
static uint32_t first_above(const Modules *m, const char *folder) {
  char above[MAX_PATH_BYTES + 2];
  snprintf(above, sizeof above, "%.*s", (int)strlen(folder) - 2, folder);
  return map_get(&m->folders, key_of(above) | 1);
}

uint32_t modules_first_in(const Modules *m, const char *folder) {
  uint32_t beside = modules_is_below(folder) ? first_above(m, folder) : 0;
  return beside && m->next_in_folder.at[beside] ? 0 : map_get(&m->folders, key_of(folder) | 1);
}

uint32_t modules_next_in(const Modules *m, const char *folder, uint32_t file) {
  return modules_is_below(folder) ? m->next_below.at[file] : m->next_in_folder.at[file];
}

void modules_link(Modules *m) {
  chain_files(m);
  chain_configs(m, false);
  chain_configs(m, true);
  for (uint32_t i = 0; i < m->packages.n; i++)
    note_scripts(m, &m->packages.at[i]);
}

bool modules_uses(const Modules *m, const char *package) {
  return map_get(&m->dependencies, key_of(package) | 1) != 0;
}

const char *modules_package_folder(const Modules *m, const char *path) {
  char dir[MAX_PATH_BYTES];
  dir_of(path, dir);
  do {
    const Package *package = package_in(m, dir);
    if (package)
      return package->dir;
  } while (dir_up(dir));
  return "";
}

bool modules_is_named(const Modules *m, const char *path, const char *specifier) {
  const Package *package = nearest_package(m, path);
  const char *name = package ? json_string_value(json_object_get(package->json, "name")) : NULL;
  size_t length = package_name_length(specifier);
  return name && strlen(name) == length && !memcmp(name, specifier, length);
}

bool modules_is_published(const Modules *m, const char *path) {
  const Package *package = package_in(m, modules_package_folder(m, path));
  bool entered = package && (json_object_get(package->json, "main") || json_object_get(package->json, "exports"));
  return entered && !json_is_true(json_object_get(package->json, "private"));
}

bool modules_is_server(const Modules *m, const char *path) {
  const Package *package = package_in(m, modules_package_folder(m, path));
  const char *start = json_string_value(json_object_get(package ? json_object_get(package->json, "scripts") : NULL, "start"));
  return start && (!strncmp(start, "node ", 5) || strstr(start, " node "));
}

bool modules_is_tool(const Modules *m, const char *path) {
  const Package *package = nearest_package(m, path);
  const char *dir = package ? package->dir : "";
  const char *below = path + strlen(dir) + (*dir != '\0');
  if (!strncmp(path, "tools/", 6) || !strncmp(below, "tools/", 6))
    return true;
  return package && strstr(below, "/tools/") && map_get(&m->run, run_key(m, package, names_find(&m->files, path)));
}

const char *modules_dependency(const Modules *m, const char *from, const char *package) {
  static const char *const fields[] = {"dependencies", "devDependencies", "peerDependencies"};
  char dir[MAX_PATH_BYTES];
  dir_of(from, dir);
  do {
    const Package *near = package_in(m, dir);
    for (size_t i = 0; near && i < COUNT(fields); i++) {
      json_t *version = json_object_get(json_object_get(near->json, fields[i]), package);
      if (json_is_string(version))
        return json_string_value(version);
    }
  } while (dir_up(dir));
  return NULL;
}

void modules_commands(const Modules *m, void (*found)(void *payload, const char *name, uint32_t file), void *payload) {
  for (uint32_t i = 0; i < m->packages.n; i++) {
    const Package *package = &m->packages.at[i];
    json_t *bin = json_object_get(package->json, "bin"), *value;
    const char *name;
    if (json_is_string(bin))
      found(payload, package->name, try_output(m, package->dir, json_string_value(bin)));
    json_object_foreach(bin, name, value) {
      if (json_is_string(value))
        found(payload, name, try_output(m, package->dir, json_string_value(value)));
    }
  }
}
