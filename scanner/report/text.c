// text.c - the report for people: per finding one line, the code with its chain, the fix; then a summary.
#include <inttypes.h>
#include <string.h>

#include "frame.h"
#include "report.h"

enum { CLOSE_LINES = 10, FOLDED_STEPS = 6, FOLD_HEAD = 3, FOLD_TAIL = 2, NARROWEST = 40 };

typedef struct Writer {
  const Report *report;
  const ReportOptions *options;
  const Palette *palette;
  Frames *frames;
  Text *out;
} Writer;

static void add_plain(Writer *w, const char *string) { text_add_plain(w->out, string, strlen(string)); }

static void add_location(Writer *w, const Place *place) {
  add_plain(w, place->source->path);
  text_printf(w->out, ":%" PRIu32 ":%" PRIu32, place->line, place->column);
}

static void add_headline(Writer *w, const Finding *f) {
  const Palette *palette = w->palette;
  text_puts(w->out, palette->bold);
  add_location(w, &f->place);
  text_printf(w->out, ":%s %s%s:%s %s", palette->off, palette->level[f->level], level_name(f->level),
              palette->off, palette->bold);
  add_plain(w, f->message);
  text_printf(w->out, "%s [%s]\n", palette->off, f->rule->id);
}

//
// The chain of a finding: marks in the order of the steps.
//
typedef VEC(Mark) Marks;

static bool same_place(const Place *a, const Place *b) {
  return a->source == b->source && a->start == b->start && a->end == b->end;
}

// The first step that stands where the finding does, all of them if none does.
static uint32_t own_step(const Finding *f) {
  uint32_t i = 0;
  while (i < f->nsteps && !same_place(&f->steps[i].place, &f->place))
    i++;
  return i;
}

// Steps, and the finding's own place where no step has it: before the first step that is in another file.
static Marks marks_of(const Finding *f) {
  Marks marks = {0};
  uint32_t own = own_step(f);
  bool placed = own < f->nsteps;
  for (uint32_t i = 0; i < f->nsteps; i++) {
    const Step *step = &f->steps[i];
    if (!placed && step->place.source != f->place.source) {
      vec_push(&marks, ((Mark){&f->place, "", true}));
      placed = true;
    }
    vec_push(&marks, ((Mark){&step->place, step->message, i == own}));
  }
  if (!placed)
    vec_push(&marks, ((Mark){&f->place, "", true}));
  return marks;
}

// True when the mark stands so near to one of the others that one frame shows both.
static bool is_close(const Mark *mark, const Marks *others) {
  for (uint32_t i = 0; i < others->n; i++) {
    const Place *a = mark->place, *b = others->at[i].place;
    uint32_t lines = a->line > b->line ? a->line - b->line : b->line - a->line;
    if (a->source == b->source && lines <= CLOSE_LINES)
      return true;
  }
  return false;
}

// Move the marks that belong to the frame of the primary one from `marks` to `near`.
static void take_near(Marks *marks, Marks *near) {
  for (uint32_t i = 0; i < marks->n; i++)
    if (marks->at[i].primary)
      vec_push(near, marks->at[i]);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < marks->n; i++) {
    if (marks->at[i].primary)
      continue;
    if (is_close(&marks->at[i], near))
      vec_push(near, marks->at[i]);
    else
      marks->at[kept++] = marks->at[i];
  }
  marks->n = kept;
}

static unsigned digits(uint32_t number) {
  unsigned count = 1;
  for (; number >= 10; number /= 10)
    count++;
  return count;
}

static unsigned gutter_of(const Finding *f) {
  unsigned gutter = digits(f->place.line);
  for (uint32_t i = 0; i < f->nsteps; i++)
    if (digits(f->steps[i].place.line) > gutter)
      gutter = digits(f->steps[i].place.line);
  return gutter;
}

// A line of the gutter that says something about the finding as a whole: `label` is "->", "=", "...".
static void add_note(Writer *w, unsigned gutter, const char *label) {
  text_printf(w->out, "%*s %s%s%s ", (int)gutter, "", w->palette->quiet, label, w->palette->off);
}

static void add_arrow(Writer *w, unsigned gutter, const Mark *mark) {
  add_note(w, gutter, "->");
  add_plain(w, mark->label);
  text_puts(w->out, " (");
  add_plain(w, mark->place->source->path);
  text_printf(w->out, ":%" PRIu32 ")\n", mark->place->line);
}

// The steps between the first frame and the last: a long chain is folded in its middle.
static void add_arrows(Writer *w, unsigned gutter, const Mark *marks, uint32_t count) {
  bool folded = count > FOLDED_STEPS;
  for (uint32_t i = 0; i < count; i++) {
    if (folded && i == FOLD_HEAD) {
      add_note(w, gutter, "...");
      text_printf(w->out, "%" PRIu32 " more calls\n", count - FOLD_HEAD - FOLD_TAIL);
      i = count - FOLD_TAIL;
    }
    add_arrow(w, gutter, &marks[i]);
  }
}

static void add_frame(Writer *w, const Finding *f, const Mark *marks, uint32_t count, unsigned gutter) {
  frame_print(w->frames, marks, count, gutter, f->level, w->out);
}

static void add_bar(Writer *w, unsigned gutter) {
  text_printf(w->out, "%s%*s |%s\n", w->palette->quiet, (int)gutter, "", w->palette->off);
}

// Frame of the place that repeats, the calls that lead on, frame of the query.
static void add_chain(Writer *w, const Finding *f, unsigned gutter) {
  Marks marks = marks_of(f), near = {0};
  take_near(&marks, &near);
  add_bar(w, gutter);
  add_frame(w, f, near.at, near.n, gutter);
  if (marks.n) {
    const Mark *last = &marks.at[marks.n - 1];
    add_bar(w, gutter);
    add_arrows(w, gutter, marks.at, marks.n - 1);
    add_note(w, gutter, "-->");
    add_location(w, last->place);
    text_puts(w->out, "\n");
    add_frame(w, f, last, 1, gutter);
  }
  add_bar(w, gutter);
  vec_release(&marks);
  vec_release(&near);
}

//
// Notes below the code.
//

// Bytes of `text` that fit into `room` columns, cut at a space where there is one; a line end always cuts.
static size_t line_length(const char *text, size_t room) {
  size_t end = strcspn(text, "\n"), cut = 0;
  if (!room || end <= room)
    return end;
  for (size_t i = 1; i <= room; i++)
    if (text[i] == ' ')
      cut = i;
  return cut ? cut : strcspn(text, " \n");
}

// `= label: text`, wrapped to the terminal with the lines after the first indented below the text.
static void add_labelled(Writer *w, unsigned gutter, const char *label, const char *text) {
  unsigned indent = gutter + 5 + (unsigned)strlen(label);
  unsigned width = w->options->width;
  size_t room = !width ? 0 : width > indent + NARROWEST ? width - indent : NARROWEST;
  add_note(w, gutter, "=");
  text_printf(w->out, "%s%s:%s ", w->palette->help, label, w->palette->off);
  for (;;) {
    size_t length = line_length(text, room);
    text_add_plain(w->out, text, length);
    text_puts(w->out, "\n");
    text += length;
    if (!*text || !*++text)
      return;
    text_printf(w->out, "%*s", (int)indent, "");
  }
}

static bool is_first_of_rule(const Report *report, const Finding *f) {
  for (const Finding *other = report->findings.at; other < f; other++)
    if (other->rule == f->rule)
      return false;
  return true;
}

// `= reached from: POST /orders (src/routes/orders.ts:10)`.
static void add_entry(Writer *w, unsigned gutter, const EntryPoint *entry) {
  Text text = {0};
  text_printf(&text, "%s (%s:%" PRIu32 ")", entry->name, entry->place.source->path, entry->place.line);
  add_labelled(w, gutter, "reached from", text.at);
  text_release(&text);
}

static void add_fix(Writer *w, const Fix *fix, unsigned gutter) {
  Text text = {0};
  text_printf(&text, "%s (%s%s)", fix->description, fix->safe ? "--fix does it" : "a suggestion: ",
              fix->safe ? "" : fix->doubt ? fix->doubt : "look at what else relies on it");
  add_labelled(w, gutter, "fix", text.at);
  frame_fix(w->frames, fix, gutter + 3, w->out);
  text_release(&text);
}

static void add_notes(Writer *w, const Finding *f, unsigned gutter) {
  if (f->cost)
    add_labelled(w, gutter, "cost", f->cost);
  if (f->entry)
    add_entry(w, gutter, f->entry);
  if (f->context != CONTEXT_APP)
    add_labelled(w, gutter, "context", context_name(f->context));
  if (f->help && *f->help)
    add_labelled(w, gutter, "help", f->help);
  if (f->fix)
    add_fix(w, f->fix, gutter);
  if (!is_first_of_rule(w->report, f))
    return;
  Text page = {0};
  text_printf(&page, "seqscan explain %s", f->rule->id);
  add_labelled(w, gutter, "more", page.at);
  text_release(&page);
}

static void add_finding(Writer *w, const Finding *f) {
  add_headline(w, f);
  if (w->options->quiet)
    return;
  unsigned gutter = gutter_of(f);
  add_chain(w, f, gutter);
  add_notes(w, f, gutter);
  text_puts(w->out, "\n");
}

static void add_legitimate(Writer *w) {
  for (uint32_t i = 0; i < w->report->legitimate.n; i++) {
    const Finding *f = &w->report->legitimate.at[i];
    add_location(w, &f->place);
    text_puts(w->out, ": fine: ");
    add_plain(w, f->legitimate);
    text_puts(w->out, ": ");
    add_plain(w, f->message);
    text_printf(w->out, " [%s]\n", f->rule->id);
  }
  if (w->report->legitimate.n)
    text_puts(w->out, "\n");
}

//
// Summary.
//
static void add_colored_counts(Writer *w) {
  uint32_t counts[3] = {0}, n = w->report->findings.n;
  for (uint32_t i = 0; i < n; i++)
    counts[w->report->findings.at[i].level]++;
  text_printf(w->out, "%s%" PRIu32 " finding%s%s", w->palette->bold, n, plural(n), w->palette->off);
  const char *before = ": ";
  for (int level = LEVEL_ERROR; level >= LEVEL_NOTE; level--) {
    if (!counts[level])
      continue;
    text_printf(w->out, "%s%s%" PRIu32 " %s%s%s", before, w->palette->level[level], counts[level],
                level_name((Level)level), plural(counts[level]), w->palette->off);
    before = ", ";
  }
  text_puts(w->out, "\n");
}

static void add_skipped(Writer *w) {
  const char *before = "; skipped: ";
  for (int skip = SKIP_NO + 1; skip < SKIP_COUNT; skip++) {
    uint32_t count = w->report->coverage.skipped[skip];
    if (!count)
      continue;
    text_printf(w->out, "%s%" PRIu32 " %s", before, count, skip_reason((Skip)skip));
    before = ", ";
  }
}

static void add_files(Writer *w) {
  const Coverage *coverage = &w->report->coverage;
  if (!coverage->files_scanned) {
    text_puts(w->out, coverage->unchanged ? "No source is changed: nothing was scanned"
                                          : "No JavaScript or TypeScript files were found");
    add_skipped(w);
    text_puts(w->out, "\n");
    return;
  }
  text_printf(w->out, "%" PRIu32 " file%s scanned, %" PRIu32 " parsed", coverage->files_scanned,
              plural(coverage->files_scanned), coverage->files_parsed);
  if (coverage->files_cached)
    text_printf(w->out, ", %" PRIu32 " from the cache", coverage->files_cached);
  if (coverage->files_unrelated)
    text_printf(w->out, ", %" PRIu32 " cannot reach a database", coverage->files_unrelated);
  if (coverage->files_of_tests)
    text_printf(w->out, ", %" PRIu32 " only of tests or examples (--all-contexts)", coverage->files_of_tests);
  if (coverage->files_beside)
    text_printf(w->out, " (and %" PRIu32 " others of the repository, to follow calls)", coverage->files_beside);
  add_skipped(w);
  text_puts(w->out, "\n");
}

static void add_trouble(Writer *w, const char *label, const Trouble *trouble) {
  text_printf(w->out, "%s: ", label);
  add_plain(w, trouble->path);
  text_puts(w->out, ": ");
  add_plain(w, trouble->reason);
  text_puts(w->out, "\n");
}

static void add_failed(Writer *w) {
  for (uint32_t i = 0; i < w->report->failed.n; i++)
    add_trouble(w, "not scanned", &w->report->failed.at[i]);
}

static void add_partial(Writer *w) {
  uint32_t n = w->report->partial.n;
  if (n && !w->options->verbose)
    text_printf(w->out, "%" PRIu32 " file%s only partly understood (--verbose names %s)\n", n, plural(n),
                n == 1 ? "it" : "them");
  for (uint32_t i = 0; w->options->verbose && i < n; i++)
    add_trouble(w, "only partly understood", &w->report->partial.at[i]);
}

static void add_each_skipped(Writer *w) {
  for (uint32_t i = 0; w->options->verbose && i < w->report->skipped.n; i++) {
    const Skipped *one = &w->report->skipped.at[i];
    add_trouble(w, "skipped", &(Trouble){one->path, skip_reason(one->reason)});
  }
}

static void add_suppressed(Writer *w) {
  uint32_t counts[3] = {0}, gone = w->report->coverage.gone;
  for (uint32_t i = 0; i < w->report->suppressed.n; i++)
    counts[w->report->suppressed.at[i].suppressed]++;
  uint32_t comments = counts[SUPPRESSED_IN_SOURCE], known = counts[SUPPRESSED_EXTERNAL];
  if (comments)
    text_printf(w->out, "%" PRIu32 " finding%s suppressed by comments\n", comments, plural(comments));
  if (known)
    text_printf(w->out, "%" PRIu32 " finding%s of the baseline not shown\n", known, plural(known));
  if (gone)
    text_printf(w->out, "%" PRIu32 " finding%s of the baseline found no more (--prune-baseline)\n", gone, plural(gone));
}

// What a change is not blamed for.
static void add_known(Writer *w) {
  const Coverage *coverage = &w->report->coverage;
  if (coverage->known)
    text_printf(w->out, "%" PRIu32 " finding%s known from before the change not shown\n", coverage->known,
                plural(coverage->known));
  if (coverage->untouched)
    text_printf(w->out, "%" PRIu32 " new finding%s in files that the change does not touch not shown\n",
                coverage->untouched, plural(coverage->untouched));
}

// The list is empty unless it was asked for.
static void add_unresolved(Writer *w) {
  for (uint32_t i = 0; i < w->report->unresolved.n; i++) {
    const Unresolved *one = &w->report->unresolved.at[i];
    text_puts(w->out, "not resolved: ");
    add_location(w, &one->place);
    text_puts(w->out, ": ");
    add_plain(w, one->call);
    text_puts(w->out, ": ");
    add_plain(w, one->cause);
    text_puts(w->out, "\n");
  }
}

static void add_coverage(Writer *w) {
  const Coverage *coverage = &w->report->coverage;
  uint32_t known = coverage->sites_resolved + coverage->sites_other;
  uint32_t unknown = coverage->sites_seen > known ? coverage->sites_seen - known : 0;
  text_printf(w->out,
              "%" PRIu32 " call%s that may be a query: %" PRIu32 " resolved to a database client, %" PRIu32
              " to something else, %" PRIu32 " not resolved\n",
              coverage->sites_seen, plural(coverage->sites_seen), coverage->sites_resolved,
              coverage->sites_other, unknown);
  add_unresolved(w);
  if (w->options->verbose && coverage->functions_cut)
    text_printf(w->out, "%" PRIu32 " function%s with more effects than are followed: the nearest ones count\n",
                coverage->functions_cut, plural(coverage->functions_cut));
  if (coverage->legitimate)
    text_printf(w->out, "%" PRIu32 " repeated quer%s judged fine%s\n", coverage->legitimate,
                coverage->legitimate == 1 ? "y" : "ies",
                w->options->show_legitimate ? "" : " (--show-legitimate lists them)");
  if (coverage->other_context)
    text_printf(w->out,
                "%" PRIu32 " finding%s in seeds, migrations and scripts not shown (--all-contexts)\n",
                coverage->other_context, plural(coverage->other_context));
}

static void add_times(Writer *w) {
  const Times *t = &w->report->times;
  text_printf(w->out, "%" PRIu64 " ms", w->report->elapsed_ms);
  if (w->options->verbose)
    text_printf(w->out, ": walk %.1f, facts %.1f, link %.1f, judge %.1f, places %.1f", (double)t->walk / 1000,
                (double)t->facts / 1000, (double)t->link / 1000, (double)t->judge / 1000, (double)t->places / 1000);
  text_puts(w->out, "\n");
}

// Lines, broken where the terminal ends.
static void add_wrapped(Writer *w, const char *text) {
  while (*text) {
    size_t length = line_length(text, w->options->width);
    text_add(w->out, text, length);
    text_puts(w->out, "\n");
    text += length + (text[length] != '\0');
  }
}

static void add_summary_lines(Writer *w) {
  add_colored_counts(w);
  add_files(w);
  add_failed(w);
  add_each_skipped(w);
  add_partial(w);
  add_coverage(w);
  add_suppressed(w);
  add_known(w);
  add_times(w);
}

static void add_summary(Writer *w) {
  Text lines = {0}, *out = w->out;
  w->out = &lines;
  add_summary_lines(w);
  w->out = out;
  add_wrapped(w, lines.at);
  text_release(&lines);
}

int report_text(const Report *report, const ReportOptions *options, Text *out, Error *err) {
  Writer w = {report, options, palette_of(options->color), NULL, out};
  if (report->findings.n && !options->quiet && frames_open(&w.frames, report, options, err))
    return -1;
  for (uint32_t i = 0; i < report->findings.n; i++)
    add_finding(&w, &report->findings.at[i]);
  if (options->show_legitimate)
    add_legitimate(&w);
  if (options->quiet)
    add_failed(&w);
  else
    add_summary(&w);
  return frames_close(w.frames, err);
}
