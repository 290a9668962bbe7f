// rules.c - the table of rules, and the words that reports use for levels, confidences and contexts.
#include "finding.h"

#include <string.h>

#include "embed.h"

static const RuleInfo table[] = {
#define RULE(id, function, level, since, summary) {id, level, since, summary, NULL},
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
  for (size_t i = 0; i < embedded_page_count && !rule->page; i++)
    if (!strcmp(embedded_pages[i].name, rule->id))
      return embedded_pages[i].bytes;
  return rule->page ? rule->page : "";
}

void rules_print(const Rules *rules, Text *out) {
  for (size_t i = 0; i < rules->n; i++)
    text_printf(out, "%-24s %-8s %s\n", rules->at[i].id, level_name(rules->at[i].level), rules->at[i].summary);
}

int rule_explain(const Rules *rules, const char *id, Text *out, Error *err) {
  const RuleInfo *rule = rule_named(rules, id);
  const char *closest = rule ? NULL : rule_like(rules, id);
  if (!rule)
    return fail_usage(err, "there is no rule '%.60s'%s%s%s (seqscan rules lists them)", id, closest ? "; did you mean " : "",
                      closest ? closest : "", closest ? "?" : "");
  text_puts(out, rule_page(rule));
  return 0;
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
