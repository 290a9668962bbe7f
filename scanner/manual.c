// manual.c - the manual page, see manual.h.
#include "manual.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "options.h"

// Text as it stands there: troff takes no dash, quote, backslash or dot at the start of a line by itself.
static void put(Text *out, const char *text) {
  static const char special[] = "-\\'`^~";
  static const char *const escapes[] = {"\\-", "\\e", "\\(aq", "\\(ga", "\\(ha", "\\(ti"};
  for (const char *c = text; *c; c++) {
    const char *found = strchr(special, *c);
    if (found)
      text_puts(out, escapes[found - special]);
    else if (c == text && *c == '.')
      text_puts(out, "\\&.");
    else
      text_add(out, c, 1);
  }
}

// A paragraph with a tag: `tag` is as troff wants it, `text` is not.
static void put_tagged(Text *out, const char *tag, const char *text) {
  text_printf(out, ".TP\n%s\n", tag);
  put(out, text);
  text_puts(out, "\n");
}

// A word in bold and what follows it in italics.
static void put_named(Text *out, const char *name, const char *value, const char *text) {
  Text tag = {0};
  text_puts(&tag, "\\fB");
  put(&tag, name);
  text_puts(&tag, "\\fR");
  if (value && *value) {
    text_puts(&tag, " \\fI");
    put(&tag, value);
    text_puts(&tag, "\\fR");
  }
  put_tagged(out, tag.at, text);
  text_release(&tag);
}

static void put_option(Text *out, const OptionRow *row) {
  Text name = {0};
  if (row->letter)
    text_printf(&name, "-%c, ", row->letter);
  text_printf(&name, "--%s", row->name);
  put_named(out, name.at, row->value, row->help);
  text_release(&name);
}

// The day of the page: that of the build where it is to be told, or today.
static void put_heading(Text *out) {
  const char *epoch = getenv("SOURCE_DATE_EPOCH");
  time_t seconds = epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
  struct tm day;
  char date[sizeof "+2147485547-12-31"] = "1970-01-01";
  if (gmtime_r(&seconds, &day))
    strftime(date, sizeof date, "%Y-%m-%d", &day);
  text_printf(out, ".TH SEQSCAN 1 %s \"seqscan %s\" \"User Commands\"\n", date, SEQSCAN_VERSION);
}

static void put_introduction(Text *out) {
  text_puts(out, ".SH NAME\nseqscan \\- find the database mistakes that make JavaScript and TypeScript slow\n"
                 ".SH SYNOPSIS\n.B seqscan\n.RI [ OPTION ...]\n.RI [ COMMAND ]\n.RI [ ARGUMENT ...]\n"
                 ".SH DESCRIPTION\n.B seqscan\n"
                 "reads repositories of JavaScript and TypeScript and reports queries that run once per element of a\n"
                 "loop, writes that could be one statement, missing indexes and mistakes with transactions.\n"
                 "It follows calls through functions and files.\n"
                 "It needs no configuration, no running database and no installed packages.\n"
                 "Without a command it scans the paths that are given, or the folder it runs in.\n");
}

static void put_status(Text *out) {
  text_puts(out, ".SH EXIT STATUS\n");
  put_tagged(out, "0", "Nothing is found at or above the level of --fail-on.");
  put_tagged(out, "1", "There are findings.");
  put_tagged(out, "2", "The command line or the configuration is wrong.");
  put_tagged(out, "3", "Failure: of git, files or memory.");
}

static void put_surroundings(Text *out) {
  text_puts(out, ".SH ENVIRONMENT\n");
  put_named(out, "NO_COLOR", NULL, "When it is set, the report has no colours.");
  put_named(out, "FORCE_COLOR", NULL, "When it is set and NO_COLOR is not, the report has colours.");
  put_named(out, "GITHUB_STEP_SUMMARY", NULL, "Where the format github writes the summary of its step.");
  text_puts(out, ".SH FILES\n");
  put_named(out, "seqscan.json, seqscan.jsonc", NULL,
            "The configuration, at the root of what is scanned; seqscan in package.json is one as well.");
  text_puts(out, ".SH SEE ALSO\n.BR git (1)\n.PP\n"
                 "The page of each rule is printed by\n.BI \"seqscan explain \" RULE\\fR.\n");
}

void manual_page(Text *out) {
  put_heading(out);
  put_introduction(out);
  text_puts(out, ".SH COMMANDS\n");
  for (size_t i = 0; i < command_count; i++)
    put_named(out, command_table[i].name, command_table[i].args, command_table[i].help);
  text_puts(out, ".SH OPTIONS\n");
  for (size_t i = 0; i < option_count; i++)
    put_option(out, &option_table[i]);
  text_puts(out, ".SH FORMATS\n");
  for (size_t i = 0; i < format_count; i++)
    put_named(out, formats[i].name, NULL, formats[i].summary);
  text_puts(out, ".SH RULES\n");
  for (size_t i = 0; i < builtin_rules.n; i++)
    put_named(out, builtin_rules.at[i].id, NULL, builtin_rules.at[i].summary);
  put_status(out);
  put_surroundings(out);
}
