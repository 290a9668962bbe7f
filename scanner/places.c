// places.c - fills in lines and columns, once all findings are known.
//
// Facts and findings speak of bytes; people and editors want lines and UTF-16 columns. Every file with a
// place in it is read once, and walked three times, from start to start of its places, from end to end of
// their first lines, and from end to end: linear in the file.
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "utf8.h"

typedef VEC(Place *) Places;

static void collect_finding(Places *places, Finding *finding) {
  vec_push(places, &finding->place);
  if (finding->entry)
    vec_push(places, &finding->entry->place);
  for (uint32_t i = 0; i < finding->nsteps; i++)
    vec_push(places, &finding->steps[i].place);
  for (uint32_t i = 0; finding->fix && i < finding->fix->nedits; i++)
    vec_push(places, &finding->fix->edits[i].place);
}

static void collect(Places *places, Report *report) {
  for (uint32_t i = 0; i < report->findings.n; i++)
    collect_finding(places, &report->findings.at[i]);
  for (uint32_t i = 0; i < report->legitimate.n; i++)
    collect_finding(places, &report->legitimate.at[i]);
  for (uint32_t i = 0; i < report->hidden.n; i++)
    collect_finding(places, &report->hidden.at[i]);
  for (uint32_t i = 0; i < report->unresolved.n; i++)
    vec_push(places, &report->unresolved.at[i].place);
  for (uint32_t i = 0; i < report->suppressions.n; i++) {
    Suppression *suppression = &report->suppressions.at[i];
    vec_push(places, &suppression->place);
    if (suppression->target.source)
      vec_push(places, &suppression->target);
  }
}

static int by_source_and_start(const void *left, const void *right) {
  const Place *a = *(Place *const *)left, *b = *(Place *const *)right;
  int order = a->source == b->source ? 0 : strcmp(a->source->path, b->source->path);
  return order ? order : (a->start > b->start) - (a->start < b->start);
}

static uint32_t end_of(const Place *place) { return place->end < place->start ? place->start : place->end; }

static int by_end(const void *left, const void *right) {
  uint32_t a = end_of(*(Place *const *)left), b = end_of(*(Place *const *)right);
  return (a > b) - (a < b);
}

// Where we are in a file: `line` starts at byte `start`. Up to byte `counted` of it, its units are known, so that many
// places on one long line are cheap.
typedef struct Cursor {
  const Text *text;
  size_t start;
  uint32_t line;
  size_t counted;
  uint32_t units;
  size_t next;  // where the next line starts; not looked for when it is no later than this one
} Cursor;

static bool has_bom(const Text *text) { return text->n >= 3 && !memcmp(text->at, "\xEF\xBB\xBF", 3); }

static Cursor cursor_at_top(const Text *text) { return (Cursor){.text = text, .start = has_bom(text) ? 3 : 0, .line = 1}; }

// Where the line feed of the line stands, at the end of the text if there is none.
static size_t cursor_feed(Cursor *cursor) {
  const Text *text = cursor->text;
  if (cursor->next <= cursor->start) {
    size_t room = text->n - cursor->start;
    const char *feed = room ? memchr(text->at + cursor->start, '\n', room) : NULL;
    cursor->next = (feed ? (size_t)(feed - text->at) : text->n) + 1;
  }
  return cursor->next - 1;
}

// Move to the line that holds `offset`. Lines end at a line feed; a lone carriage return is ordinary text.
static void cursor_move(Cursor *cursor, size_t offset) {
  for (; cursor_feed(cursor) < offset; cursor->line++)
    cursor->start = cursor->next;
}

static uint32_t cursor_column(Cursor *cursor, size_t offset) {
  if (cursor->counted < cursor->start)
    cursor->counted = cursor->start, cursor->units = 0;
  if (offset <= cursor->counted)
    return offset == cursor->counted ? cursor->units + 1 : 1;
  uint32_t units = cursor->units + utf8_units(cursor->text->at + cursor->counted, offset - cursor->counted);
  bool whole = offset == cursor->text->n || (cursor->text->at[offset] & 0xc0) != 0x80;
  if (whole)
    cursor->counted = offset, cursor->units = units;
  return units + 1;
}

// Where the first line of what goes from `start` on the cursor's line to `end` stops; `end` when there is no other one.
static size_t first_line_stop(Cursor *cursor, size_t start, size_t end) {
  size_t feed = cursor_feed(cursor);
  return feed >= end ? end : feed > start && cursor->text->at[feed - 1] == '\r' ? feed - 1 : feed;
}

// Tell line and column of an offset that is not before the cursor.
static void resolve(Cursor *cursor, size_t offset, uint32_t *line, uint32_t *column) {
  size_t size = cursor->text->n;
  offset = offset < size ? offset : size;
  cursor_move(cursor, offset);
  *line = cursor->line;
  *column = cursor_column(cursor, offset);
}

// Tell where a place starts, and where its first line stops when it has others; `stops` are in the order of `starts`.
static void resolve_start(Place *place, Cursor *starts, Cursor *stops) {
  size_t size = starts->text->n, end = end_of(place) < size ? end_of(place) : size;
  size_t start = place->start < size ? place->start : size;
  uint32_t line;
  resolve(starts, start, &place->line, &place->column);
  size_t stop = first_line_stop(starts, start, end);
  if (stop < end)
    resolve(stops, stop, &line, &place->first_end);
}

static void resolve_end(Place *place, Cursor *ends) {
  resolve(ends, end_of(place), &place->end_line, &place->end_column);
  if (place->end_line == place->line)
    place->first_end = place->end_column;
}

// Fill in places of one text that are sorted by their starts.
static void resolve_places(Place **places, uint32_t n, const Text *text) {
  Cursor starts = cursor_at_top(text), stops = starts, ends = starts;
  for (uint32_t i = 0; i < n; i++)
    resolve_start(places[i], &starts, &stops);
  qsort(places, n, sizeof *places, by_end);
  for (uint32_t i = 0; i < n; i++)
    resolve_end(places[i], &ends);
}

// Resolve the places of one file; returns how many there were, -1 when it cannot be read.
static int64_t resolve_file(Place **places, uint32_t count, Reader *reader, Text *text, Error *err) {
  Skip skip;
  if (reader_read(reader, places[0]->source, text, &skip, err))
    return -1;
  uint32_t n = 1;
  while (n < count && places[n]->source == places[0]->source)
    n++;
  resolve_places(places, n, text);
  return n;
}

int places_fill(const Tree *tree, Place **places, uint32_t count, Error *err) {
  Reader *reader = NULL;
  Text text = {0};
  int ret = -1;
  if (count && reader_open(&reader, tree, err))
    goto done;
  if (count)
    qsort(places, count, sizeof *places, by_source_and_start);
  for (uint32_t i = 0; i < count;) {
    int64_t resolved = resolve_file(places + i, count - i, reader, &text, err);
    if (resolved < 0)
      goto done;
    i += (uint32_t)resolved;
  }
  ret = 0;
done:
  text_release(&text);
  reader_free(reader);
  return ret;
}

int places_resolve(Report *report, Error *err) {
  Places places = {0};
  collect(&places, report);
  int status = places_fill(report->tree, places.at, places.n, err);
  vec_release(&places);
  return status;
}

// The bytes of a line without the white space around it. False when there is no such line.
static bool line_bytes(const Text *text, uint32_t line, uint32_t *start, uint32_t *end) {
  Cursor cursor = cursor_at_top(text);
  for (size_t next = cursor.start; cursor.line < line; next++) {
    const char *feed = next < text->n ? memchr(text->at + next, '\n', text->n - next) : NULL;
    if (!feed)
      return false;
    next = (size_t)(feed - text->at);
    cursor.start = next + 1;
    cursor.line++;
  }
  const char *feed = cursor.start < text->n ? memchr(text->at + cursor.start, '\n', text->n - cursor.start) : NULL;
  *start = (uint32_t)cursor.start;
  *end = feed ? (uint32_t)(feed - text->at) : (uint32_t)text->n;
  while (*start < *end && strchr(" \t\r", text->at[*start]))
    ++*start;
  while (*end > *start && strchr(" \t\r", text->at[*end - 1]))
    --*end;
  return true;
}

int place_cut(const Tree *tree, Place *place, uint32_t line, Error *err) {
  Reader *reader = NULL;
  Text text = {0};
  Skip skip;
  uint32_t start, end;
  int ret = -1;
  if (reader_open(&reader, tree, err) || reader_read(reader, place->source, &text, &skip, err))
    goto done;
  if (line_bytes(&text, line, &start, &end)) {
    bool part = place->start < end && place->end > start;
    place->start = part && place->start > start ? place->start : start;
    place->end = part && place->end < end ? place->end : end;
    resolve_places(&place, 1, &text);
  }
  ret = 0;
done:
  text_release(&text);
  reader_free(reader);
  return ret;
}
