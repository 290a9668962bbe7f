// rules.c - the table of rules, and the words that reports use for levels, confidences and contexts.
#include "finding.h"

#include <string.h>

#include "embed.h"

const RuleInfo rules[] = {
#define RULE(id, function, level, since, summary) {id, level, since, summary},
#include "rules/rules.def"
#undef RULE
};
const size_t rule_count = COUNT(rules);

const RuleInfo *rule_named(const char *id) {
  for (size_t i = 0; i < rule_count; i++)
    if (!strcmp(rules[i].id, id))
      return &rules[i];
  return NULL;
}

const char *rule_like(const char *id) {
  const char *ids[COUNT(rules)];
  for (size_t i = 0; i < COUNT(rules); i++)
    ids[i] = rules[i].id;
  return closest_word(id, ids, COUNT(ids));
}

const char *rule_page(const RuleInfo *rule) {
  for (size_t i = 0; i < embedded_page_count; i++)
    if (!strcmp(embedded_pages[i].name, rule->id))
      return embedded_pages[i].bytes;
  return "";
}

const char *level_name(Level level) {
  static const char *const names[] = {"note", "warning", "error"};
  return names[level];
}

const char *confidence_name(Confidence confidence) {
  static const char *const names[] = {"low", "medium", "high"};
  return names[confidence];
}

const char *context_name(Context context) {
  static const char *const names[] = {"app", "test", "story", "seed", "migration", "script", "example"};
  return names[context];
}
