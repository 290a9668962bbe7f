// suppress_add.c - comments that keep findings back, written above them.
//
// A comment gets the indentation of the line that it is about, and stands above the comments that stand above that. Of
// code, what was written is parsed: where a line comment would be text (within JSX), the form of JSX is taken; where that
// is text too (within a template), the finding is left.
#include <stdlib.h>
#include <string.h>

#include "comments.h"
#include "facts.h"
#include "fix.h"
#include "suppress.h"

enum { COMMENTS_ABOVE = 8 };  // that a comment passes

typedef enum Form { AS_LINE, AS_JSX, AS_NOTHING } Form;

// A comment to write.
typedef struct Note {
  uint32_t at;          // start of the line that it is written above
  uint32_t line, end;   // the line that it is about, in bytes
  const char *rules;
  Form form;
} Note;

typedef struct Adding {
  Report *report;
  const Source *source;
  const char *reason;
  Text before, after;
  VEC(Note) notes;
  VEC(Replacement) edits;
} Adding;

static uint32_t line_start(const Text *text, uint32_t at) {
  while (at && text->at[at - 1] != '\n')
    at--;
  return !at && text->n >= 3 && !memcmp(text->at, "\xEF\xBB\xBF", 3) ? 3 : at;
}

static uint32_t line_end(const Text *text, uint32_t at) {
  const char *feed = at < text->n ? memchr(text->at + at, '\n', text->n - at) : NULL;
  return feed ? (uint32_t)(feed - text->at) : (uint32_t)text->n;
}

static uint32_t past_blanks(const Text *text, uint32_t at, uint32_t end) {
  while (at < end && strchr(" \t\r", text->at[at]))
    at++;
  return at;
}

// Above the comments that stand above a line, which may speak of the very next one.
static uint32_t above_comments(const Adding *a, uint32_t line) {
  for (int i = 0; i < COMMENTS_ABOVE && line; i++) {
    uint32_t above = line_start(&a->before, line - 1), first = past_blanks(&a->before, above, line);
    if (above >= line || first + 2 > line || memcmp(a->before.at + first, a->source->lang == LANG_SQL ? "--" : "//", 2))
      break;
    line = above;
  }
  return line;
}

// Whether a line of no code may be part of a text that began before it: then that ends in the line.
static bool may_be_text(const Adding *a, uint32_t line, uint32_t at) {
  for (uint32_t i = line; i < at; i++)
    if (strchr("'\"`$", a->before.at[i]))
      return true;
  return a->source->lang == LANG_PRISMA && past_blanks(&a->before, line, at) < at;
}

static bool names_rule(const char *list, const char *rule) {
  size_t length = strlen(rule);
  for (const char *at = list; (at = strstr(at, rule)); at += length)
    if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ','))
      return true;
  return false;
}

static void add_finding(Adding *a, const Finding *f) {
  uint32_t line = line_start(&a->before, f->place.start);
  Note *last = a->notes.n ? &a->notes.at[a->notes.n - 1] : NULL;
  if (last && last->line == line) {
    if (!names_rule(last->rules, f->rule->id))
      last->rules = arena_printf(&a->report->arena, "%s, %s", last->rules, f->rule->id);
    return;
  }
  Note note = {.at = above_comments(a, line), .line = line, .end = line_end(&a->before, line), .rules = f->rule->id};
  note.form = !lang_is_code(a->source->lang) && may_be_text(a, line, f->place.start) ? AS_NOTHING : AS_LINE;
  vec_push(&a->notes, note);
}

static const char *note_text(const Adding *a, const Note *note) {
  const Text *text = &a->before;
  uint32_t blank = past_blanks(text, note->line, note->end);
  bool crlf = note->end > note->line && text->at[note->end - 1] == '\r', sql = a->source->lang == LANG_SQL;
  if (note->form == AS_NOTHING)
    return "";
  return arena_printf(&a->report->arena, "%.*s%s %s %s -- %s%s%s", (int)(blank - note->line), text->at + note->line,
                      note->form == AS_JSX ? "{/*" : sql ? "--" : "//", suppression_name(SUPPRESS_NEXT_LINE), note->rules,
                      a->reason, note->form == AS_JSX ? " */}" : "", crlf ? "\r\n" : "\n");
}

static void write_notes(Adding *a) {
  a->edits.n = 0;
  for (uint32_t i = 0; i < a->notes.n; i++) {
    const Note *note = &a->notes.at[i];
    vec_push(&a->edits, ((Replacement){.place = {.source = a->source, .start = note->at, .end = note->at},
                                       .text = note_text(a, note)}));
  }
  edits_make(&a->before, a->edits.at, a->edits.n, &a->after);
}

// Whether a comment stands in the bytes, and the code that it is about on the line.
static bool has_comment(const Facts *facts, uint32_t start, uint32_t end, uint32_t line, uint32_t line_last) {
  for (uint32_t i = 0; i < facts->comments.n; i++) {
    const Comment *c = &facts->comments.at[i];
    if (c->span.start >= start && c->span.end <= end && c->next >= line && c->next <= line_last)
      return true;
  }
  return false;
}

// `{/* */}` joins no text of JSX: what is around the place are tags and expressions.
static bool is_between_tags(const Adding *a, const Note *note) {
  uint32_t first = past_blanks(&a->before, note->line, note->end), last = note->line;
  while (last && strchr(" \t\r\n", a->before.at[last - 1]))
    last--;
  return last && strchr(">}", a->before.at[last - 1]) && first < note->end && strchr("<{", a->before.at[first]);
}

// Try another form for the comments that are none as they are written. True when there are such.
static bool change_forms(Adding *a, Parser *parser) {
  Facts facts = {0};
  bool changed = false;
  uint32_t shift = 0;
  if (facts_of(&facts, parser, a->source->lang, a->after.at, a->after.n, NULL))
    return false;
  for (uint32_t i = 0; i < a->notes.n; i++) {
    Note *note = &a->notes.at[i];
    uint32_t length = (uint32_t)strlen(a->edits.at[i].text), start = note->at + shift;
    shift += length;
    if (note->form == AS_NOTHING || has_comment(&facts, start, start + length, note->line + shift, note->end + shift))
      continue;
    note->form = note->form == AS_LINE && is_between_tags(a, note) ? AS_JSX : AS_NOTHING;
    changed = true;
  }
  facts_release(&facts);
  return changed;
}

static uint32_t count_written(const Adding *a) {
  uint32_t written = 0;
  for (uint32_t i = 0; i < a->notes.n; i++)
    written += a->notes.at[i].form != AS_NOTHING;
  return written;
}

static int write_file(Adding *a, Fixed *fixed, Error *err) {
  write_notes(a);
  if (lang_is_code(a->source->lang)) {
    Parser *parser = parser_new(&default_limits);
    for (int form = AS_LINE; form < AS_NOTHING && change_forms(a, parser); form++)
      write_notes(a);
    parser_free(parser);
  }
  uint32_t written = count_written(a);
  if (written < a->notes.n)
    leave(a->report, a->source, "above some of its findings a comment cannot stand", fixed);
  return written ? change_file(a->report, a->source, &a->before, &a->after, written, fixed, err) : 0;
}

// The findings of one file.
static int add_to_file(Report *report, Reader *reader, const Finding *const *findings, uint32_t count, const char *reason,
                       Fixed *fixed, Error *err) {
  Adding a = {.report = report, .source = findings[0]->place.source, .reason = reason};
  Skip skip;
  int ret = reader_read(reader, a.source, &a.before, &skip, err);
  for (uint32_t i = 0; i < count && !ret; i++)
    if (findings[i]->place.start < a.before.n)
      add_finding(&a, findings[i]);
  if (!ret && a.notes.n)
    ret = write_file(&a, fixed, err);
  text_release(&a.before);
  text_release(&a.after);
  vec_release(&a.notes);
  vec_release(&a.edits);
  return ret;
}

static int by_place(const void *left, const void *right) {
  const Place *a = &(*(const Finding *const *)left)->place, *b = &(*(const Finding *const *)right)->place;
  int path = strcmp(a->source->path, b->source->path);
  return path ? path : (a->start > b->start) - (a->start < b->start);
}

int suppressions_add(Report *report, const char *reason, Fixed *fixed, Error *err) {
  Reader *reader = NULL;
  VEC(const Finding *) all = {0};
  for (uint32_t i = 0; i < report->findings.n; i++)
    if (!report->findings.at[i].comment)
      vec_push(&all, &report->findings.at[i]);
  if (all.n)
    qsort(all.at, all.n, sizeof *all.at, by_place);
  int ret = all.n ? reader_open(&reader, report->tree, err) : 0;
  for (uint32_t i = 0, n; i < all.n && !ret; i += n) {
    for (n = 1; i + n < all.n && all.at[i + n]->place.source == all.at[i]->place.source;)
      n++;
    ret = add_to_file(report, reader, &all.at[i], n, reason, fixed, err);
  }
  reader_free(reader);
  vec_release(&all);
  return ret;
}
