// lay_out.c - fixes laid out in the text of their files: where lines end, how deep they are indented.
#include <stdlib.h>
#include <string.h>

#include "fix.h"

enum { LINE_WIDTH = 100 };  // of a statement that is written on one line

static uint32_t line_start(const Text *text, uint32_t at) {
  while (at && text->at[at - 1] != '\n')
    at--;
  return at;
}

static uint32_t line_end(const Text *text, uint32_t at) {
  while (at < text->n && text->at[at] != '\n')
    at++;
  return at;
}

static uint32_t past_blanks(const Text *text, uint32_t at) {
  while (at < text->n && strchr(" \t\r", text->at[at]))
    at++;
  return at;
}

// How the file ends the line before this one.
static const char *line_feed(const Text *text, uint32_t line) {
  return line >= 2 && text->at[line - 2] == '\r' ? "\r\n" : "\n";
}

// What stands before `at` on its line, when that is blank; else a space.
static const char *gap_before(const Text *text, uint32_t at, Arena *arena) {
  uint32_t start = line_start(text, at), blank = start;
  while (blank < at && strchr(" \t", text->at[blank]))
    blank++;
  if (blank < at || !start)
    return " ";
  return arena_printf(arena, "%s%.*s", line_feed(text, start), (int)(at - start), text->at + start);
}

static void lay_out_gaps(Replacement *edits, uint32_t count, const Text *text, Arena *arena) {
  for (uint32_t i = 0; i < count; i++) {
    Replacement *edit = &edits[i];
    if (edit->apart && edit->place.start <= text->n)
      edit->text = arena_printf(arena, "%s%s", edit->text, gap_before(text, edit->place.start, arena));
    edit->apart = false;
  }
}

//
// Before a statement
//

// Whether a line holds nothing but a comment, or a part of one that ends on the line before `next`.
static bool is_comment(const Text *text, uint32_t line, bool *within) {
  uint32_t at = past_blanks(text, line), end = line_end(text, line);
  while (end > at && strchr(" \t\r", text->at[end - 1]))
    end--;
  bool opens = end - at >= 2 && !memcmp(text->at + at, "/*", 2);
  bool closes = end - at >= 2 && !memcmp(text->at + end - 2, "*/", 2);
  bool part = *within || (closes && (opens || text->at[at] == '*'));
  *within = part && !opens;
  return part || (end - at >= 2 && !memcmp(text->at + at, "//", 2));
}

// The line above the comments that stand right above a line: what they say of it must stay with it.
static uint32_t above_comments(const Text *text, uint32_t line) {
  uint32_t above = line, at = line;
  bool within = false;
  while (at) {
    at = line_start(text, at - 1);
    if (!is_comment(text, at, &within))
      break;
    above = within ? above : at;
  }
  return above;
}

// Whether the line before one ends a statement, or opens a block.
static bool can_stand_above(const Text *text, uint32_t line) {
  uint32_t end = line;
  while (end && strchr(" \t\r\n", text->at[end - 1]))
    end--;
  uint32_t start = line_start(text, end);
  return end && strchr(";{}", text->at[end - 1]) && !memmem(text->at + start, end - start, "//", 2);
}

// Whether a block starts at a place, at most behind blanks and `)`.
static bool opens_block(const Text *text, uint32_t at) {
  while (at < text->n && strchr(" \t\r\n)", text->at[at]))
    at++;
  return at < text->n && text->at[at] == '{';
}

// Lines, indented by `less` bytes less where they are blank.
static const char *dedented(const Text *text, uint32_t start, uint32_t end, uint32_t less, Arena *arena) {
  Text out = {0};
  for (uint32_t at = start, next; at < end; at = next) {
    next = line_end(text, at) + 1;
    next = next < end ? next : end;
    uint32_t blank = past_blanks(text, at) - at;
    uint32_t skip = blank < less ? blank : less;
    text_add(&out, text->at + at + skip, next - at - skip);
  }
  return arena_text(arena, &out);
}

//
// A statement that moves before a loop
//

// The declaration must have its lines to itself, and so must the start of the loop.
static bool lay_out_move(Fix *fix, const Text *text, Arena *arena) {
  Place *to = &fix->edits[0].place, *from = &fix->edits[1].place;
  if (from->end > text->n)
    return false;
  uint32_t line = line_start(text, to->start), start = line_start(text, from->start), first = past_blanks(text, start);
  uint32_t end = past_blanks(text, from->end + (from->end < text->n && text->at[from->end] == ';'));
  bool whole = from->start == first + 6 && !memcmp(text->at + first, "const ", 6) && end < text->n && text->at[end] == '\n';
  bool texts = memchr(text->at + from->start, '`', from->end - from->start) != NULL;
  uint32_t indent = to->start - line, deeper = first - start, above = above_comments(text, line);
  if (!whole || texts || past_blanks(text, line) != to->start || indent > deeper || !can_stand_above(text, above))
    return false;
  *from = (Place){.source = from->source, .start = start, .end = end + 1};
  *to = (Place){.source = to->source, .start = above, .end = above};
  fix->edits[0].text = dedented(text, start, end + 1, deeper - indent, arena);
  fix->moves = false;
  return true;
}

//
// A statement that is made
//

// Whether a statement starts on its line with `at`, or declares the name that does.
static bool starts_statement(const Text *text, uint32_t line, uint32_t at) {
  static const char *const heads[] = {"const ", "let ", "var "};
  uint32_t first = past_blanks(text, line);
  for (size_t i = 0; i < COUNT(heads); i++)
    if (first + strlen(heads[i]) == at && !memcmp(text->at + first, heads[i], strlen(heads[i])))
      return true;
  return first == at;
}

// One step of indentation: that of the first line that has any.
static const char *indent_step(const Text *text, Arena *arena) {
  for (uint32_t line = 0; line < text->n; line = line_end(text, line) + 1) {
    uint32_t blank = line;
    while (blank < text->n && strchr(" \t", text->at[blank]))
      blank++;
    if (blank == line || blank == text->n || strchr("\r\n*", text->at[blank]))
      continue;
    return text->at[line] == '\t' ? "\t" : arena_copy(arena, text->at + line, blank - line);
  }
  return "  ";
}

// Whether the statement that holds the code ends with a semicolon; where its line goes on otherwise, whether others do.
static bool has_semicolon(const Text *text, uint32_t code_end) {
  uint32_t end = line_end(text, code_end), rest = past_blanks(text, code_end);
  while (end > rest && strchr(" \t\r", text->at[end - 1]))
    end--;
  if (end == rest || text->at[end - 1] == ';')
    return end > rest;
  return memmem(text->at, text->n, ";\n", 2) || memmem(text->at, text->n, ";\r\n", 3);
}

// The code with its changes, the lines after the first less indented by as much; NULL where one of them is part of a text.
static const char *changed_code(const Inserted *s, const Text *text, uint32_t less, Arena *arena) {
  uint32_t start = s->code.start;
  Text code = {.at = text->at + start, .n = s->code.end - start}, out = {0};
  for (uint32_t i = 0; i < s->nedits; i++) {
    s->edits[i].place.start -= start;
    s->edits[i].place.end -= start;
  }
  edits_make(&code, s->edits, s->nedits, &out);
  bool lines = memchr(out.at, '\n', out.n), texts = memchr(out.at, '`', out.n);
  const char *result = lines && texts ? NULL : dedented(&out, 0, (uint32_t)out.n, less, arena);
  text_release(&out);
  return result;
}

static bool lay_out_statement(Replacement *edit, const Text *text, Arena *arena) {
  const Inserted *s = edit->inserted;
  edit->inserted = NULL;
  if (edit->place.start > text->n || s->code.end > text->n)
    return false;
  uint32_t line = line_start(text, edit->place.start), above = above_comments(text, line);
  bool in_block = s->in_block || (s->header && opens_block(text, s->header));
  if (!starts_statement(text, line, edit->place.start) || !(in_block || can_stand_above(text, above)))
    return false;
  const char *step = indent_step(text, arena), *feed = line_feed(text, line);
  uint32_t indent = past_blanks(text, line) - line, inner = indent + (uint32_t)strlen(step);
  uint32_t code_line = line_start(text, s->code.start), deep = past_blanks(text, code_line) - code_line;
  lay_out_gaps(s->edits, s->nedits, text, arena);
  const char *code = changed_code(s, text, deep > inner ? deep - inner : 0, arena);
  if (!code)
    return false;
  size_t width = indent + strlen(s->head) + strlen(s->before) + strlen(code) + strlen(s->after) + strlen(s->tail);
  const char *apart = width < LINE_WIDTH && !strchr(code, '\n') ? "" : arena_printf(arena, "%s%.*s", feed, (int)indent, text->at + line);
  const char *end = has_semicolon(text, s->code.end) ? ";" : "";
  edit->text = arena_printf(arena, "%.*s%s%s%s%s%s%s%s%s%s%s", (int)indent, text->at + line, s->head, apart, *apart ? step : "",
                            s->before, code, s->after, apart, s->tail, end, feed);
  edit->place = (Place){.source = edit->place.source, .start = above, .end = above};
  return true;
}

//
// More edits, for the lines around
//

static int by_start(const void *left, const void *right) {
  const Place *a = &((const Replacement *)left)->place, *b = &((const Replacement *)right)->place;
  return (a->start > b->start) - (a->start < b->start);
}

typedef VEC(Replacement) Edits;

// Take these edits, which leave lines or parts of them out, beside those that the fix has.
static void add_edits(Fix *fix, Edits *more, Arena *arena) {
  for (uint32_t i = 0; i < fix->nedits && more->n; i++)
    vec_push(more, fix->edits[i]);
  if (more->n) {
    qsort(more->at, more->n, sizeof *more->at, by_start);
    fix->edits = arena_alloc(arena, more->n * sizeof *more->at);
    memcpy(fix->edits, more->at, more->n * sizeof *more->at);
    fix->nedits = more->n;
  }
  vec_release(more);
}

static void leave_out(Edits *edits, const Source *source, uint32_t start, uint32_t end) {
  vec_push(edits, ((Replacement){.place = {.source = source, .start = start, .end = end}, .text = ""}));
}

// `// eslint-disable-next-line no-await-in-loop` says nothing any more above an await that goes.
static void lay_out_comments(Fix *fix, const Text *text, Arena *arena) {
  static const char comment[] = "// eslint-disable-next-line no-await-in-loop", await[] = "await ";
  Edits more = {0};
  for (uint32_t i = 0; i < fix->nedits; i++) {
    Place place = fix->edits[i].place;
    uint32_t line = line_start(text, place.start), before = line ? line_start(text, line - 1) : 0, at = past_blanks(text, before);
    bool awaits = text->n - place.start >= strlen(await) && !memcmp(text->at + place.start, await, strlen(await));
    uint32_t end = line_end(text, at), rest = at + (uint32_t)strlen(comment);
    bool says = awaits && rest <= end && !memcmp(text->at + at, comment, strlen(comment)) && past_blanks(text, rest) == end;
    if (says && !memmem(text->at + line, place.start - line, await, strlen(await)))
      leave_out(&more, place.source, before, line);
  }
  add_edits(fix, &more, arena);
}

//
// Code that comes to stand further to the left
//

static bool is_within(const Fix *fix, uint32_t at) {
  for (uint32_t i = 0; i < fix->nedits; i++)
    if (fix->edits[i].place.start < at && at < fix->edits[i].place.end)
      return true;
  return false;
}

// Take the indentation from the lines of joined code by which it was deeper than the line that it is joined to.
static void lay_out_joined(Fix *fix, const Text *text, uint32_t to, Arena *arena) {
  Place code = fix->joined;
  uint32_t from = line_start(text, code.start), at = line_start(text, to);
  uint32_t deep = past_blanks(text, from) - from, less = past_blanks(text, at) - at;
  if (from == at || deep <= less || code.end > text->n || memchr(text->at + code.start, '`', code.end - code.start))
    return;
  Edits more = {0};
  for (uint32_t line = line_end(text, code.start) + 1; line < code.end; line = line_end(text, line) + 1) {
    uint32_t blank = past_blanks(text, line) - line, skip = blank < deep - less ? blank : deep - less;
    if (!is_within(fix, line) && skip)
      leave_out(&more, code.source, line, line + skip);
  }
  add_edits(fix, &more, arena);
}

static bool lay_out(Fix *fix, const Text *text, Arena *arena) {
  bool inserts = fix->edits[0].inserted != NULL;
  lay_out_gaps(fix->edits, fix->nedits, text, arena);
  for (uint32_t i = 0; i < fix->nedits; i++)
    if (fix->edits[i].inserted && !lay_out_statement(&fix->edits[i], text, arena))
      return false;
  if (fix->joined.end)
    lay_out_joined(fix, text, fix->edits[1].place.start, arena);
  if (inserts)
    lay_out_comments(fix, text, arena);
  return !fix->moves || lay_out_move(fix, text, arena);
}

// Findings are sorted by their files, so that each file is read once.
int fixes_lay_out(Report *report, Error *err) {
  Reader *reader = NULL;
  Text text = {0};
  const Source *read = NULL;
  Skip skip;
  int ret = -1;
  for (uint32_t i = 0; i < report->findings.n; i++) {
    Fix *fix = report->findings.at[i].fix;
    if (!fix)
      continue;
    if (!reader && reader_open(&reader, report->tree, err))
      goto done;
    if (read != fix->edits[0].place.source && reader_read(reader, fix->edits[0].place.source, &text, &skip, err))
      goto done;
    read = fix->edits[0].place.source;
    if (!lay_out(fix, &text, &report->arena))
      report->findings.at[i].fix = NULL;
  }
  ret = 0;
done:
  text_release(&text);
  reader_free(reader);
  return ret;
}
