// deep_include.c - a query that loads relations three levels deep, or six and more of them: with joins their rows
// multiply, without them it is a query each; most callers need a part of it. What leads to one row of the query's own
// row, and from there to one row again, adds no rows and is not counted.
#include <string.h>

#include "../graph.h"
#include "../indexes.h"
#include "../values.h"

enum { DEEP = 3, WIDE = 6, PATHS_ROOM = 160 };

// What is loaded with all columns.
typedef struct Totals {
  uint32_t count;  // relations, but for those that add no rows
  uint32_t depth;
  uint32_t many;   // of them lead to many rows
  bool joined;     // at least one by a join
} Totals;

// The relations on the way to one before it leads to many rows: those of the query's own row.
static uint32_t single_levels(const Graph *graph, uint32_t at) {
  uint32_t levels = 0;
  for (uint32_t node = at + 1; node; node = graph->all[node - 1].parent)
    levels = graph->all[node - 1].rows == ROWS_ONE ? levels + 1 : 0;
  return levels;
}

static Totals totals_of(const Graph *graph) {
  Totals totals = {0};
  for (uint32_t i = 0; i < graph->n; i++) {
    const Loaded *loaded = &graph->all[i];
    uint32_t depth = loaded->depth - single_levels(graph, i);  // 0: it adds no rows
    if (loaded->narrowed || !depth)
      continue;
    totals.count++;
    totals.depth = depth > totals.depth ? depth : totals.depth;
    totals.many += loaded->rows == ROWS_MANY;
    totals.joined = totals.joined || loaded->by == BY_JOIN;
  }
  return totals;
}

// Where the classes of the rows do not say it, the schema tells what leads to one row and what to many.
static void learn_rows(const Judge *j, const Query *query, Graph *graph) {
  const Table *of[MAX_RELATIONS] = {NULL};
  const Table *own = query && query->tables.n ? query->tables.at[0].table : NULL;
  for (uint32_t i = 0; i < graph->n; i++) {
    Loaded *loaded = &graph->all[i];
    uint8_t rows;
    of[i] = related_table(j, loaded->parent ? of[loaded->parent - 1] : own, sym_text(j->program, loaded->name), &rows);
    loaded->rows = loaded->rows == ROWS_UNKNOWN ? rows : loaded->rows;
  }
}

static void put_path(const Program *p, Text *out, const Graph *graph, uint32_t at) {
  uint16_t path[MAX_RELATIONS];
  uint32_t n = 0;
  for (uint32_t node = at + 1; node && n < COUNT(path); node = graph->all[node - 1].parent)
    path[n++] = (uint16_t)node;
  while (n-- > 0)
    text_printf(out, "%s%s", sym_text(p, graph->all[path[n] - 1].name), n ? "." : "");
}

// Whether a relation is named as the start of another one's path.
static bool is_on_the_way(const Graph *graph, uint32_t at) {
  for (uint32_t i = 0; i < graph->n; i++)
    if (graph->all[i].parent == at + 1 && !graph->all[i].narrowed)
      return true;
  return false;
}

// The paths of all relations, or of those that lead to many rows.
static const char *paths_text(const Program *p, const Graph *graph, bool many, Arena *arena) {
  Text text = {0};
  for (uint32_t i = 0; i < graph->n; i++) {
    const Loaded *loaded = &graph->all[i];
    if (loaded->narrowed || single_levels(graph, i) == loaded->depth || (many ? loaded->rows != ROWS_MANY : is_on_the_way(graph, i)))
      continue;
    if (text.n > PATHS_ROOM) {
      text_puts(&text, ", ...");
      break;
    }
    text_puts(&text, text.n ? ", " : "");
    put_path(p, &text, graph, i);
  }
  const char *result = arena_copy(arena, text.n ? text.at : "", text.n);
  text_release(&text);
  return result;
}

// What it costs, by how the library reads relations.
static const char *cost_text(const Program *p, const Graph *graph, const Totals *totals, Arena *arena) {
  const char *many = totals->many ? paths_text(p, graph, true, arena) : NULL;
  if (totals->joined && many)
    return arena_printf(arena, "; the joined rows multiply by those of %s", many);
  if (totals->joined)
    return "; the joined rows multiply by each relation that leads to many";
  if (graph->all[0].by == BY_QUERY && many)
    return arena_printf(arena, "; the rows multiply at %s, each relation is a query of its own that reads all columns, and each level "
                        "waits for the one before", many);
  if (graph->all[0].by == BY_QUERY)
    return "; each is a query of its own that reads all columns, and each level waits for the one before";
  return "; all columns of all their rows are read";
}

static void report_graph(Judge *j, uint32_t index, const Graph *graph, const Totals *totals) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const Site *site = &p->sites.at[index];
  const File *f = &p->files.at[site->call.file];
  const char *deep = totals->depth > 1 ? arena_printf(arena, ", %u levels deep", totals->depth) : "";
  const char *what = arena_printf(arena, "%s loads %u relation%s%s", site_text(p, site, arena), totals->count,
                                  totals->count == 1 ? "" : "s", deep);
  Claim claim = {.rule = "deep-include", .level = LEVEL_NOTE, .file = site->call.file, .expr = site->call.id, .site = index};
  bool here = graph->start.file == site->call.file;
  claim.start = expr_at(f, here ? graph->start.id : site->call.id)->span;
  claim.start_text = here ? "the relations are named here" : "the query";
  claim.site_text = what;
  claim.message = arena_printf(arena, "%s (%s)%s", what, paths_text(p, graph, false, arena), cost_text(p, graph, totals, arena));
  const char *advice = p->libs->libraries.at[site->library].relations.advice;
  claim.help = advice ? advice : "split it into several queries, and select the columns that are needed at each level";
  report_claim(j, &claim);
}

void deep_include(Judge *j) {
  Program *p = j->program;
  Map queries = {0};  // by site: number + 1
  for (uint32_t i = 0; i < j->queries->all.n; i++)
    if (j->queries->all.at[i].site && !j->queries->all.at[i].inner)
      map_put(&queries, j->queries->all.at[i].site, i + 1);
  for (uint32_t i = 1; i < p->sites.n; i++) {
    const Site *site = &p->sites.at[i];
    if (!effect_is_database(site->effect) || !site->call.file || !p->libs->libraries.at[site->library].relations.form)
      continue;
    Graph graph;
    Ref last = site->expr.file == site->call.file && expr_at(&p->files.at[site->expr.file], site->expr.id)->kind == EX_CALL
                   ? site->expr : site->call;
    uint32_t query = map_get(&queries, i);
    graph_of_query(p, last.file, last.id, &graph);
    learn_rows(j, query ? &j->queries->all.at[query - 1] : NULL, &graph);
    Totals totals = totals_of(&graph);
    if (totals.depth >= DEEP || totals.count >= WIDE)
      report_graph(j, i, &graph, &totals);
  }
  map_release(&queries);
}
