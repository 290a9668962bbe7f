// query_claim.c - findings whose place is a query: a call in code, or a statement of an SQL file.
#include <string.h>
#include <strings.h>

#include "judge.h"

const char *query_subject(const Query *query) {
  const char *name = query->tables.n ? query->tables.at[0].name : "";
  return *name ? name : "the table";
}

static void report_in_file(Judge *j, const QueryClaim *c) {
  Arena *arena = &j->report->arena;
  const Query *query = c->query;
  const char *text = arena_printf(arena, "%s\n%s", c->rule, query->sql);
  Finding finding = {.rule = rule_named(j->report->rules, c->rule), .level = c->level, .message = c->message, .help = c->help};
  finding.identity = hash_bytes(text, strlen(text));
  finding.confidence = CONFIDENCE_HIGH;
  finding.context = query->context;
  finding.place = query->place;
  finding.steps = arena_alloc(arena, sizeof *finding.steps);
  finding.steps[0] = (Step){query->place, c->step};
  finding.nsteps = 1;
  finding_doubt(j, &finding, c->doubt);
  report_finding(j, &finding);
}

void report_query(Judge *j, const QueryClaim *c) {
  const Query *query = c->query;
  if (!query->site) {
    report_in_file(j, c);
    return;
  }
  Claim claim = {.rule = c->rule, .level = c->level, .file = query->expr.file, .expr = query->expr.id, .site = query->site};
  claim.via = query->via;
  claim.statement = query->handed;
  claim.start = c->from;
  claim.start_text = c->from.end ? c->from_text : NULL;
  claim.site_text = c->step;
  claim.message = c->message;
  claim.help = c->help;
  claim.fix = c->fix;
  claim.doubt = c->doubt;
  report_claim(j, &claim);
}

// Whether a column leads an index, or by its name would.
static bool is_key(const Query *q, const Condition *c) {
  const Table *t = c->table < q->tables.n ? q->tables.at[c->table].table : NULL;
  const Column *column = query_column(q, c->table, c->column);
  if (t && column)
    return table_leads(t, column->name);
  size_t length = strlen(c->column);
  return length >= 2 && !strcasecmp(c->column + length - 2, "id");
}

bool query_is_narrowed(const Query *q, const Condition *bad) {
  for (uint32_t i = 0; i < q->conditions.n; i++) {
    const Condition *c = &q->conditions.at[i];
    bool both = !c->either || (bad && c->either == bad->either && c->branch == bad->branch);
    bool given = !c->join || c->other == OUTER_TABLE;
    if (c != bad && both && given && c->operator == OPERATOR_EQUAL && !c->function && !c->insensitive && !c->maybe && is_key(q, c))
      return true;
  }
  return false;
}
