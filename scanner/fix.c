// fix.c - see fix.h.
#include "fix.h"

#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "output.h"

//
// Changing files
//

void edits_make(const Text *text, const Replacement *edits, uint32_t count, Text *out) {
  size_t at = 0;
  text_clear(out);
  for (uint32_t i = 0; i < count; i++) {
    text_add(out, text->at + at, edits[i].place.start - at);
    text_puts(out, edits[i].text);
    at = edits[i].place.end;
  }
  text_add(out, text->at + at, text->n - at);
}

void leave(Report *report, const Source *source, const char *why, Fixed *fixed) {
  vec_push(&fixed->left, ((Trouble){source->path, arena_copy(&report->arena, why, strlen(why))}));
}

static char *disk_path(Report *report, const Source *source) {
  return arena_printf(&report->arena, "%s/%s", tree_root(report->tree), source->path);
}

// Places of syntax errors; UINT32_MAX when the text cannot be parsed at all.
static uint32_t syntax_errors(Parser *parser, const Source *source, const Text *text) {
  Facts facts = {0};
  uint32_t errors = UINT32_MAX;
  if (!facts_of(&facts, parser, source->lang, text->at, text->n, NULL))
    errors = facts.errors;
  facts_release(&facts);
  return errors;
}

static bool has_new_errors(const Source *source, const Text *before, const Text *after) {
  if (!lang_is_code(source->lang))
    return false;
  Parser *parser = parser_new(&default_limits);
  uint32_t errors = syntax_errors(parser, source, after);
  bool more = errors == UINT32_MAX || errors > syntax_errors(parser, source, before);
  parser_free(parser);
  return more;
}

int change_file(Report *report, const Source *source, const Text *before, const Text *after, uint32_t changes, Fixed *fixed,
                Error *err) {
  if (has_new_errors(source, before, after)) {
    leave(report, source, "not changed: that would break its syntax", fixed);
    return 0;
  }
  if (output_write(disk_path(report, source), after, err))
    return -1;
  fixed->changes += changes;
  fixed->files++;
  return 0;
}

void fixed_release(Fixed *fixed) { vec_release(&fixed->left); }

//
// Fixes
//

typedef VEC(Replacement) Edits;

static const Source *source_of(const Fix *fix) { return fix->edits[0].place.source; }

// Add the edits of a fix, if they come after all that are there.
static bool take_fix(Edits *edits, const Fix *fix) {
  if (edits->n && edits->at[edits->n - 1].place.end >= fix->edits[0].place.start)
    return false;
  for (uint32_t i = 0; i < fix->nedits; i++)
    vec_push(edits, fix->edits[i]);
  return true;
}

// Apply fixes of one file.
static int fix_file(Report *report, Reader *reader, const Fix *const *fixes, uint32_t count, Fixed *fixed, Error *err) {
  const Source *source = source_of(fixes[0]);
  Edits edits = {0};
  Text before = {0}, after = {0};
  Skip skip;
  uint32_t taken = 0;
  int ret = reader_read(reader, source, &before, &skip, err);
  for (uint32_t i = 0; i < count; i++)
    taken += take_fix(&edits, fixes[i]);
  if (!ret && edits.at[edits.n - 1].place.end <= before.n) {
    edits_make(&before, edits.at, edits.n, &after);
    ret = change_file(report, source, &before, &after, taken, fixed, err);
  }
  vec_release(&edits);
  text_release(&before);
  text_release(&after);
  return ret;
}

static int by_place(const void *left, const void *right) {
  const Place *a = &(*(const Fix *const *)left)->edits[0].place, *b = &(*(const Fix *const *)right)->edits[0].place;
  int path = strcmp(a->source->path, b->source->path);
  return path ? path : (a->start > b->start) - (a->start < b->start);
}

int fixes_apply(Report *report, Fixed *fixed, Error *err) {
  Reader *reader = NULL;
  VEC(const Fix *) fixes = {0};
  for (uint32_t i = 0; i < report->findings.n; i++)
    if (report->findings.at[i].fix && report->findings.at[i].fix->safe)
      vec_push(&fixes, report->findings.at[i].fix);
  if (fixes.n)
    qsort(fixes.at, fixes.n, sizeof *fixes.at, by_place);
  int ret = fixes.n ? reader_open(&reader, report->tree, err) : 0;
  for (uint32_t i = 0, n; i < fixes.n && !ret; i += n) {
    for (n = 1; i + n < fixes.n && source_of(fixes.at[i + n]) == source_of(fixes.at[i]);)
      n++;
    ret = fix_file(report, reader, &fixes.at[i], n, fixed, err);
  }
  reader_free(reader);
  vec_release(&fixes);
  return ret;
}
