// deliver.c - see deliver.h.
#include "deliver.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

enum { LARGEST_SUMMARY = 1 << 20 };  // bytes that GitHub takes for the summary of a step

static bool is_set(const char *variable) {
  const char *value = getenv(variable);
  return value && *value;
}

static bool goes_to_terminal(const Output *output) {
  return (!output->path || !strcmp(output->path, "-")) && isatty(STDOUT_FILENO);
}

// An explicit --color wins, then NO_COLOR, then FORCE_COLOR, then the terminal.
static bool wants_color(const Options *options, const Output *output) {
  if (options->color != COLOR_AUTO)
    return options->color == COLOR_ALWAYS;
  if (is_set("NO_COLOR"))
    return false;
  if (is_set("FORCE_COLOR"))
    return strcmp(getenv("FORCE_COLOR"), "0") != 0;
  const char *terminal = getenv("TERM");
  return goes_to_terminal(output) && !(terminal && !strcmp(terminal, "dumb"));
}

static unsigned terminal_width(const Output *output) {
  struct winsize size;
  return goes_to_terminal(output) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

// GitHub shows few annotations of a step: all findings go to the summary of the step, in the room that is left there.
static int write_step_summary(const Report *report, const ReportOptions *style, Error *err) {
  const char *path = getenv("GITHUB_STEP_SUMMARY");
  struct stat info;
  if (!path || !*path)
    return 0;
  size_t used = stat(path, &info) ? 0 : (size_t)info.st_size;
  ReportOptions own = *style;
  own.room = used < LARGEST_SUMMARY ? LARGEST_SUMMARY - used : 1;
  Text text = {0};
  int status = report_markdown(report, &own, &text, err);
  if (!status && text.n <= own.room)
    status = output_append(path, &text, err);
  text_release(&text);
  return status;
}

static int deliver_one(const Report *report, const Options *options, const Output *output, const ReportOptions *style,
                       Error *err) {
  ReportOptions own = *style;
  own.color = wants_color(options, output);
  own.width = terminal_width(output);
  Text text = {0};
  int status = output->format->write(report, &own, &text, err);
  if (!status)
    status = output_write(output->path, &text, err);
  if (!status && output->format->write == report_github)
    status = write_step_summary(report, &own, err);
  text_release(&text);
  return status;
}

int deliver(const Report *report, const Options *options, const ReportOptions *style, Error *err) {
  for (uint32_t i = 0; i < options->outputs.n; i++)
    if (deliver_one(report, options, &options->outputs.at[i], style, err))
      return -1;
  return 0;
}
