// frame.c - see frame.h.
//
// A line is shown with tabs as four columns; when it is longer than the terminal is wide, a window of it is
// shown that holds the first mark. Bytes are turned to terminal columns only here.
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#include "../utf8.h"

enum { TAB_COLUMNS = 4, PLAIN_WIDTH = 160, LEAST_ROOM = 20, KEPT_FILES = 8, SHOWN_OF_FIX = 400, LARGEST_GAP = 2 };

const Palette *palette_of(bool color) {
  static const Palette colors = {
      {"\033[1;36m", "\033[1;33m", "\033[1;31m"}, "\033[1m", "\033[34m", "\033[32m", "\033[0m", "\033[31m", "\033[32m"};
  static const Palette plain = {{"", "", ""}, "", "", "", "", "", ""};
  return color ? &colors : &plain;
}

typedef struct Kept {
  const Source *source;
  Text text;
} Kept;

struct Frames {
  Reader *reader;
  const Palette *palette;
  unsigned width;
  bool fits;
  Kept kept[KEPT_FILES];
  unsigned next;  // the slot that is used next
  int failed;
  Error error;  // of the last file that could not be read
};

int frames_open(Frames **out, const Report *report, const ReportOptions *options, Error *err) {
  Reader *reader;
  if (reader_open(&reader, report->tree, err))
    return -1;
  Frames *frames = xcalloc(1, sizeof *frames);
  frames->reader = reader;
  frames->palette = palette_of(options->color);
  frames->fits = options->width != 0;
  frames->width = options->width ? options->width : PLAIN_WIDTH;
  *out = frames;
  return 0;
}

int frames_close(Frames *frames, Error *err) {
  if (!frames)
    return 0;
  int failed = frames->failed ? fail(err, "%s", frames->error.text) : 0;
  for (size_t i = 0; i < KEPT_FILES; i++)
    text_release(&frames->kept[i].text);
  reader_free(frames->reader);
  xfree(frames);
  return failed;
}

// The text of a file, or NULL when it cannot be read again: then nothing of it is shown, and frames_close() tells.
static const Text *source_text(Frames *frames, const Source *source) {
  for (size_t i = 0; i < KEPT_FILES; i++)
    if (frames->kept[i].source == source)
      return &frames->kept[i].text;
  Kept *kept = &frames->kept[frames->next++ % KEPT_FILES];
  Skip skip;
  kept->source = NULL;
  if (reader_read(frames->reader, source, &kept->text, &skip, &frames->error)) {
    frames->failed = -1;
    return NULL;
  }
  kept->source = source;
  return &kept->text;
}

static bool is_plain(uint32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F))
    return false;
  return !(code >= 0x202A && code <= 0x202E) && !(code >= 0x2066 && code <= 0x2069);
}

static void add_character(Text *out, const char *at, size_t length, uint32_t code) {
  if (is_plain(code))
    utf8_add(out, at, length);
  else
    text_puts(out, "\xEF\xBF\xBD");
}

void text_add_plain(Text *out, const char *bytes, size_t length) {
  uint32_t code;
  for (size_t i = 0, step; i < length; i += step) {
    step = utf8_next(bytes + i, length - i, &code);
    add_character(out, bytes + i, step, code);
  }
}

// A line of the file, without its end.
typedef struct Line {
  const char *at;
  size_t length;
} Line;

static Line line_at(const Text *text, size_t offset) {
  size_t start = offset < text->n ? offset : text->n;
  size_t end = start;
  while (start && text->at[start - 1] != '\n')
    start--;
  while (end < text->n && text->at[end] != '\n')
    end++;
  if (end > start && text->at[end - 1] == '\r')
    end--;
  if (!start && end >= 3 && !memcmp(text->at, "\xEF\xBB\xBF", 3))
    start = 3;
  return (Line){text->at ? text->at + start : "", end - start};
}

static unsigned character_columns(uint32_t code, unsigned column) {
  if (code == '\t')
    return TAB_COLUMNS - column % TAB_COLUMNS;
  return is_plain(code) ? utf8_width(code) : 1;
}

// Terminal columns before byte `length` of the line.
static unsigned columns_before(Line line, size_t length) {
  unsigned column = 0;
  uint32_t code;
  for (size_t i = 0; i < length && i < line.length;) {
    i += utf8_next(line.at + i, line.length - i, &code);
    column += character_columns(code, column);
  }
  return column;
}

// Append what the terminal columns [left, left + room) of the line show.
static void add_window(Text *out, Line line, unsigned left, unsigned room) {
  unsigned column = 0;
  uint32_t code;
  for (size_t i = 0, step; i < line.length; i += step) {
    step = utf8_next(line.at + i, line.length - i, &code);
    unsigned columns = character_columns(code, column);
    bool inside = column >= left && column + columns <= left + room;
    if (inside && code == '\t')
      text_printf(out, "%*s", (int)columns, "");
    else if (inside)
      add_character(out, line.at + i, step, code);
    column += columns;
  }
}

// What is shown of the lines of one frame, and how.
typedef struct Canvas {
  const Palette *palette;
  const Text *text;
  Level level;
  unsigned gutter, room;
  bool fits;  // to a terminal: a label that is too long for its line gets one of its own
} Canvas;

static void add_gutter(const Canvas *canvas, uint32_t line, Text *out) {
  const Palette *palette = canvas->palette;
  if (line)
    text_printf(out, "%s%*u |%s", palette->quiet, (int)canvas->gutter, line, palette->off);
  else
    text_printf(out, "%s%*s |%s", palette->quiet, (int)canvas->gutter, "", palette->off);
}

static unsigned text_columns(const char *text) { return columns_before((Line){text, strlen(text)}, strlen(text)); }

// The underline of a mark goes to its end, or to the end of its first line.
static void add_underline(const Canvas *canvas, const Mark *mark, Line line, unsigned left, Text *out) {
  const Palette *palette = canvas->palette;
  size_t offset = (size_t)(line.at - canvas->text->at);
  size_t start = mark->place->start > offset ? mark->place->start - offset : 0;
  size_t end = mark->place->end > offset ? mark->place->end - offset : 0;
  unsigned from = columns_before(line, start), to = columns_before(line, end);
  unsigned last = left + canvas->room;
  from = from < left ? left : from > last ? last : from;
  to = to > last ? last : to;
  const char *color = mark->primary ? palette->level[canvas->level] : palette->quiet;
  add_gutter(canvas, 0, out);
  unsigned start_column = from - left;
  text_printf(out, " %*s%s", (int)start_column, "", color);
  do
    text_puts(out, mark->primary ? "^" : "-");
  while (++from < to);
  unsigned used = to - left + 1, label = text_columns(mark->label);
  if (label && used + label > canvas->room && canvas->fits) {
    text_printf(out, "%s\n", palette->off);
    add_gutter(canvas, 0, out);
    unsigned indent = label < canvas->room ? canvas->room - label : 0;
    text_printf(out, " %*s%s", (int)(indent < start_column ? indent : start_column), "", color);
  } else if (label) {
    text_puts(out, " ");
  }
  text_add_plain(out, mark->label, strlen(mark->label));
  text_printf(out, "%s\n", palette->off);
}

// The first column to show so that the marks' starts are in sight.
static unsigned window_left(const Canvas *canvas, const Mark *marks, size_t count, Line line) {
  size_t offset = (size_t)(line.at - canvas->text->at);
  if (columns_before(line, line.length) <= canvas->room || !count)
    return 0;
  size_t start = marks[0].place->start > offset ? marks[0].place->start - offset : 0;
  unsigned column = columns_before(line, start);
  return column + canvas->room / 2 <= canvas->room ? 0 : column - canvas->room / 3;
}

// One line of code and the underlines of the `count` marks that start on it.
static void add_line(const Canvas *canvas, uint32_t number, size_t offset, const Mark *marks, size_t count,
                     Text *out) {
  Line line = line_at(canvas->text, offset);
  unsigned left = window_left(canvas, marks, count, line);
  add_gutter(canvas, number, out);
  if (line.length) {
    text_puts(out, " ");
    add_window(out, line, left, canvas->room);
  }
  text_puts(out, "\n");
  for (size_t i = 0; i < count; i++)
    add_underline(canvas, &marks[i], line, left, out);
}

static int by_start(const void *left, const void *right) {
  const Place *a = ((const Mark *)left)->place, *b = ((const Mark *)right)->place;
  if (a->start != b->start)
    return a->start < b->start ? -1 : 1;
  return (a->end < b->end) - (a->end > b->end);
}

// The unmarked lines between two marked ones: all when they are few, else an ellipsis.
static void add_gap(const Canvas *canvas, const Place *before, uint32_t next, Text *out) {
  uint32_t number = before->line + 1;
  if (next > number + LARGEST_GAP) {
    text_printf(out, "%s%*s%s\n", canvas->palette->quiet, (int)canvas->gutter + 2, "...",
                canvas->palette->off);
    return;
  }
  size_t offset = before->start;
  for (; number < next; number++) {
    while (offset < canvas->text->n && canvas->text->at[offset] != '\n')
      offset++;
    add_line(canvas, number, ++offset, NULL, 0, out);
  }
}

void frame_print(Frames *frames, const Mark *marks, size_t count, unsigned gutter, Level level, Text *out) {
  const Text *text = source_text(frames, marks[0].place->source);
  if (!text || !text->n)
    return;
  unsigned room = frames->width > gutter + 3 + LEAST_ROOM ? frames->width - gutter - 3 : LEAST_ROOM;
  Canvas canvas = {frames->palette, text, level, gutter, room, frames->fits};
  Mark *sorted = xmalloc(count * sizeof *sorted);
  memcpy(sorted, marks, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, by_start);
  for (size_t i = 0, n; i < count; i += n) {
    const Place *place = sorted[i].place;
    for (n = 1; i + n < count && sorted[i + n].place->line == place->line;)
      n++;
    if (i)
      add_gap(&canvas, sorted[i - 1].place, place->line, out);
    add_line(&canvas, place->line, place->start, &sorted[i], n, out);
  }
  xfree(sorted);
}

//
// Fixes
//

// Lines of text, each behind a sign.
static void add_lines(const Text *text, const char *color, char sign, unsigned indent, const Palette *palette, Text *out) {
  for (size_t at = 0; at < text->n;) {
    Line line = line_at(text, at);
    text_printf(out, "%*s%s%c ", (int)indent, "", color, sign);
    add_window(out, line, 0, SHOWN_OF_FIX);
    text_printf(out, "%s\n", palette->off);
    const char *feed = memchr(text->at + at, '\n', text->n - at);
    at = feed ? (size_t)(feed - text->at) + 1 : text->n;
  }
}

typedef struct Lines {
  uint32_t start, end;
} Lines;

// The whole lines of `text` that hold the bytes from `start` to `end`.
static Lines lines_around(const Text *text, uint32_t start, uint32_t end) {
  while (start && text->at[start - 1] != '\n')
    start--;
  while (end < text->n && text->at[end] != '\n')
    end++;
  return (Lines){start, end};
}

// The edits from `first` on that share their lines; returns how many they are.
static uint32_t add_hunk(Frames *frames, const Text *text, const Fix *fix, uint32_t first, unsigned indent, Text *out) {
  const Replacement *edits = &fix->edits[first];
  Lines lines = lines_around(text, edits[0].place.start, edits[0].place.end);
  uint32_t n = 1, at = lines.start;
  Text old = {0}, new = {0};
  for (; first + n < fix->nedits && edits[n].place.start <= lines.end; n++)
    lines = lines_around(text, lines.start, edits[n].place.end);
  for (uint32_t i = 0; i < n; at = edits[i++].place.end) {
    text_add(&new, text->at + at, edits[i].place.start - at);
    text_puts(&new, edits[i].text);
  }
  text_add(&new, text->at + at, lines.end - at);
  text_add(&old, text->at + lines.start, lines.end - lines.start);
  // What only comes before the lines leaves them as they are.
  if (new.n >= old.n && old.n && !memcmp(new.at + new.n - old.n, old.at, old.n)) {
    new.n -= old.n;
    old.n = 0;
  }
  add_lines(&old, frames->palette->gone, '-', indent, frames->palette, out);
  add_lines(&new, frames->palette->come, '+', indent, frames->palette, out);
  text_release(&old);
  text_release(&new);
  return n;
}

void frame_fix(Frames *frames, const Fix *fix, unsigned indent, Text *out) {
  const Text *text = source_text(frames, fix->edits[0].place.source);
  if (!text || fix->edits[fix->nedits - 1].place.end > text->n)
    return;
  for (uint32_t i = 0; i < fix->nedits;)
    i += add_hunk(frames, text, fix, i, indent, out);
}
