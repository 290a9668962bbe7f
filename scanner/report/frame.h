// frame.h - pieces of source code with places underlined, for the text report.
#ifndef SEQSCAN_FRAME_H
#define SEQSCAN_FRAME_H

#include "../finding.h"

// Colours as escape sequences; all empty when colours are off.
typedef struct Palette {
  const char *level[3];  // by Level
  const char *bold, *quiet, *help, *off, *gone, *come;  // gone and come: lines of a fix
} Palette;

const Palette *palette_of(bool color);

// A place to underline, and what is said beside it.
typedef struct Mark {
  const Place *place;
  const char *label;  // "" for none
  bool primary;
} Mark;

// Reads the files that frames are cut from; the last few stay in memory.
typedef struct Frames Frames;
int frames_open(Frames **out, const Report *report, const ReportOptions *options, Error *err);
// Free them. Fails when a file could not be read.
int frames_close(Frames *frames, Error *err);

// Append the lines of one file that hold the marks (at least one, all of one file). `gutter` is the width of
// line numbers, `level` colours the primary mark.
void frame_print(Frames *frames, const Mark *marks, size_t count, unsigned gutter, Level level, Text *out);

// Append the lines that a fix takes away and those that it puts there, each behind `indent` blanks.
void frame_fix(Frames *frames, const Fix *fix, unsigned indent, Text *out);

// Append `bytes` so that a terminal shows them as text: control and direction characters become U+FFFD.
void text_add_plain(Text *out, const char *bytes, size_t length);

#endif
