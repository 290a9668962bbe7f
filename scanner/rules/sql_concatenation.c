// sql_concatenation.c - a value that is put into the text of a statement by `${}` or `+`: the database plans each text
// anew, and what a request brings along becomes SQL.
#include "../judge.h"
#include "../sql.h"
#include "../values.h"

#include <strings.h>

static const char *const without = "give the value as a parameter of the statement";

// What only commands and scripts run gets its values from who runs them.
static bool is_run_by_hand(const Judge *j, const Claim *claim) {
  const Entry *entry = entry_of(j->program, claim->file, claim->expr);
  Id unit = unit_of(&j->program->files.at[claim->file], claim->expr);
  return entry ? entry->kind == ENTRY_CLI : unit && only_scripts_call(j, (Ref){claim->file, unit});
}

// The catalogue of a database, where no request is seen that asks it, is asked by tools for names that they are told.
static bool asks_catalogue(const Judge *j, const Claim *claim) {
  const Query *q = entry_of(j->program, claim->file, claim->expr) ? NULL : query_of_site(j, claim->site);
  return q && q->tables.n && (!strncasecmp(q->tables.at[0].name, "pg_", 3) || !strncasecmp(q->tables.at[0].name, "information_schema", 18));
}

static void report_splice(Judge *j, Claim *claim, Ref value) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const Site *site = &p->sites.at[claim->site];
  const char *parameter = p->libs->libraries.at[site->library].parameter;
  const char *text = expr_text(&p->files.at[value.file], value.id, arena);
  claim->rule = "sql-concatenation";
  claim->level = LEVEL_ERROR;
  claim->site_text = arena_printf(arena, "%s runs the text", site_text(p, site, arena));
  claim->message = arena_printf(arena, "the value %s is put into the SQL text: each value is planned anew, and what it holds "
                                "can become SQL", text);
  claim->help = parameter ? parameter : without;
  claim->start = expr_at(&p->files.at[value.file], value.id)->span;
  claim->start_text = value.file == claim->file ? "the value" : NULL;
  if (is_run_by_hand(j, claim))
    claim->doubt = "only commands and scripts run it";
  else if (asks_catalogue(j, claim))
    claim->doubt = "it asks the database's own catalogue, as tools do";
  report_claim(j, claim);
}

static void check_query(Judge *j, const Query *q) {
  Ref value = q->statement.file ? spliced_value(j, q->statement, q->site, true) : (Ref){0, 0};
  for (uint32_t i = 0; i < q->fragments.n && !value.file; i++)
    value = spliced_value(j, q->fragments.at[i], q->site, false);
  Claim claim = {.file = q->expr.file, .expr = q->expr.id, .site = q->site};
  if (value.file)
    report_splice(j, &claim, value);
}

// The statement that a call hands to a function of ours which runs it.
static void check_edge(Judge *j, FileId file, const Edge *edge) {
  Program *p = j->program;
  const Unit *callee = &p->files.at[edge->function.file].units[edge->function.id];
  for (uint32_t i = 0; edge->kind == EDGE_CALL && i < callee->reach.n; i++) {
    const Reach *reach = &callee->reach.at[i];
    Id given = effect_is_database(reach->effect) ? sql_given(p, file, edge, reach) : 0;
    Ref value = given ? spliced_value(j, (Ref){file, given}, reach->site, true) : (Ref){0, 0};
    if (!value.file)
      continue;
    Claim claim = {.file = file, .expr = edge->call, .via = edge->function, .site = reach->site, .statement = reach->statement};
    report_splice(j, &claim, value);
    return;
  }
}

void sql_concatenation(Judge *j) {
  Program *p = j->program;
  for (uint32_t i = 0; i < j->queries->all.n; i++)
    check_query(j, &j->queries->all.at[i]);
  for (FileId file = 1; file < p->files.n; file++)
    for (Id unit = 0; unit < p->files.at[file].facts.functions.n; unit++)
      for (uint32_t i = 0; i < p->files.at[file].units[unit].edges.n; i++)
        check_edge(j, file, &p->files.at[file].units[unit].edges.at[i]);
}
