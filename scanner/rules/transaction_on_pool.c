// transaction_on_pool.c - BEGIN as a statement that is given to a pool: it goes to one connection, and what comes after
// it to any other, so that the transaction holds nothing together and stays open where it was begun.
#include "../judge.h"

static void report_mark(Judge *j, FileId file, const Mark *mark) {
  Program *p = j->program;
  Arena *arena = &j->report->arena;
  const File *f = &p->files.at[file];
  Claim claim = {.rule = "transaction-on-pool", .level = LEVEL_ERROR, .file = file, .expr = mark->call};
  claim.library = mark->library;
  claim.site_text = "BEGIN goes to one connection of the pool, each statement after it to any";
  claim.message = arena_printf(arena, "%s begins a transaction on one connection of the pool; the statements after it may run on "
                               "others, outside of the transaction, and the COMMIT may end another one", expr_text(f, mark->call, arena));
  claim.help = mark->pool;
  report_claim(j, &claim);
}

void transaction_on_pool(Judge *j) {
  for (FileId file = 1; file < j->program->files.n; file++) {
    const File *f = &j->program->files.at[file];
    for (Id unit = 0; unit < f->facts.functions.n; unit++)
      for (uint32_t i = 0; i < f->units[unit].marks.n; i++)
        if (f->units[unit].marks.at[i].pool)
          report_mark(j, file, &f->units[unit].marks.at[i]);
  }
}
