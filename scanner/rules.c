// rules.c - the table of rules, and the words that reports use for levels, confidences and contexts.
#include "finding.h"

#include <string.h>

#include "embed.h"

static const RuleInfo table[] = {
#define RULE(id, function, level, since, summary) {id, level, since, summary},
#include "rules/rules.def"
#undef RULE
};
const Rules builtin_rules = {table, COUNT(table)};

const RuleInfo *rule_named(const Rules *rules, const char *id) {
  for (size_t i = 0; i < rules->n; i++)
    if (!strcmp(rules->at[i].id, id))
      return &rules->at[i];
  return NULL;
}

const char *rule_like(const Rules *rules, const char *id) {
  const char **ids = xcalloc(rules->n, sizeof *ids);
  for (size_t i = 0; i < rules->n; i++)
    ids[i] = rules->at[i].id;
  const char *like = closest_word(id, ids, rules->n);
  xfree(ids);
  return like;
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
