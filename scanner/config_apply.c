// config_apply.c - what a configuration does to sources and findings, and how it is printed. See config.h.
#include "config.h"
#include "json_text.h"

static bool any_matches(const Globs *globs, const char *path) {
  for (uint32_t i = 0; i < globs->n; i++)
    if (glob_matches(globs->at[i], path))
      return true;
  return false;
}

void config_mark(const Config *config, Tree *tree) {
  size_t count;
  Source *sources = tree_own_sources(tree, &count);
  for (size_t i = 0; i < count && (config->ignore.n || config->contexts.n); i++) {
    if (any_matches(&config->ignore, sources[i].path))
      sources[i].asked = false;
    for (uint32_t k = 0; k < config->contexts.n; k++)
      if (glob_matches(config->contexts.at[k].glob, sources[i].path))
        sources[i].context = (uint8_t)(config->contexts.at[k].context + 1);
  }
}

// The level that is set for a finding, LEVEL_UNSET if none is.
static int level_of(const Config *config, const Finding *finding) {
  size_t rule = (size_t)(finding->rule - config->rules.at);
  int level = config->levels[rule];
  for (uint32_t i = 0; i < config->overrides.n; i++) {
    const Override *override = &config->overrides.at[i];
    if (override->levels[rule] != LEVEL_UNSET && any_matches(&override->files, finding->place.source->path))
      level = override->levels[rule];
  }
  return level;
}

// A finding that is below its rule's own level because something speaks against it stays so.
static Level new_level(const Finding *finding, Level level) {
  return finding->level >= finding->rule->level || finding->level > level ? level : finding->level;
}

static void set_levels(const Config *config, Finding *findings, uint32_t *count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < *count; i++) {
    int level = level_of(config, &findings[i]);
    if (level == LEVEL_OFF)
      continue;
    if (level != LEVEL_UNSET)
      findings[i].level = new_level(&findings[i], (Level)level);
    findings[n++] = findings[i];
  }
  *count = n;
}

void config_levels(const Config *config, Report *report) {
  set_levels(config, report->findings.at, &report->findings.n);
  set_levels(config, report->suppressed.at, &report->suppressed.n);
  set_levels(config, report->legitimate.at, &report->legitimate.n);
}

//
// Printing
//

static json_t *globs_of(const Globs *globs) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < globs->n; i++)
    json_array_append_new(list, json_text(glob_text(globs->at[i])));
  return list;
}

// Levels that are set; of `all` rules those that have their own level too.
static json_t *levels_of(const Rules *rules, const int8_t *levels, bool all) {
  json_t *object = json_object();
  for (size_t i = 0; i < rules->n; i++)
    if (levels[i] != LEVEL_UNSET || all)
      json_object_set_new(object, rules->at[i].id,
                          json_string(levels[i] == LEVEL_OFF     ? "off"
                                      : levels[i] == LEVEL_UNSET ? level_name(rules->at[i].level)
                                                                 : level_name((Level)levels[i])));
  return object;
}

static json_t *overrides_of(const Config *config) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < config->overrides.n; i++) {
    json_t *object = json_object();
    json_object_set_new(object, "files", globs_of(&config->overrides.at[i].files));
    json_object_set_new(object, "rules", levels_of(&config->rules, config->overrides.at[i].levels, false));
    json_array_append_new(list, object);
  }
  return list;
}

static json_t *contexts_of(const Config *config) {
  json_t *object = json_object();
  for (uint32_t i = 0; i < config->contexts.n; i++) {
    const char *name = context_name(config->contexts.at[i].context);
    if (!json_object_get(object, name))
      json_object_set_new(object, name, json_array());
    json_array_append_new(json_object_get(object, name), json_text(glob_text(config->contexts.at[i].glob)));
  }
  return object;
}

static json_t *paths_of(const char *const *paths, uint32_t count) {
  json_t *list = json_array();
  for (uint32_t i = 0; i < count; i++)
    json_array_append_new(list, json_text(paths[i]));
  return list;
}

int config_print(const Config *config, Text *out, Error *err) {
  static const char *const fail_on[] = {"error", "warning", "note", "never"};  // in the order of FailOn
  json_t *root = json_object();
  json_object_set_new(root, "failOn", json_string(fail_on[config->fail_on]));
  json_object_set_new(root, "allContexts", json_boolean(config->all_contexts));
  if (config->baseline)
    json_object_set_new(root, "baseline", json_text(config->baseline));
  json_object_set_new(root, "rules", levels_of(&config->rules, config->levels, true));
  json_object_set_new(root, "overrides", overrides_of(config));
  json_object_set_new(root, "ignore", globs_of(&config->ignore));
  json_object_set_new(root, "contexts", contexts_of(config));
  json_object_set_new(root, "libraries", paths_of(config->libraries.at, config->libraries.n));
  json_object_set_new(root, "ownRules", paths_of(config->own_files.at, config->own_files.n));
  int status = json_write(root, JSON_INDENT(2), out, err);
  text_puts(out, "\n");
  return status;
}
