// options.c - see options.h. To add an option: one field in Options, one row in `option_table`.
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(Options, name)

const OptionRow option_table[] = {
    {"rev", 0, KIND_TEXT, FIELD(rev), "REV", "scan this revision without a checkout (bare repositories too)"},
    {"staged", 0, KIND_FLAG, FIELD(staged), NULL, "report what the staged changes bring, as git's index has them"},
    {"diff", 0, KIND_TEXT, FIELD(diff), "BASE", "report what is new since the merge base with BASE"},
    {"format", 'f', KIND_OUTPUT, FIELD(outputs), "FORMAT[=FILE]",
     "how the report is written, and to which file; may be given several times (text)"},
    {"output", 'o', KIND_TEXT, FIELD(output), "FILE", "write the report to FILE, whole or not at all"},
    {"fail-on", 0, KIND_CHOICE, FIELD(fail_on), "error|warning|note|never",
     "exit with 1 for findings of this level or above (warning)"},
    {"baseline", 0, KIND_TEXT, FIELD(baseline), "FILE", "do not report the findings that FILE lists"},
    {"write-baseline", 0, KIND_TEXT, FIELD(write_baseline), "FILE", "list all findings in FILE, and report nothing"},
    {"prune-baseline", 0, KIND_FLAG, FIELD(prune_baseline), NULL, "take out of the baseline what is found no more"},
    {"fix", 0, KIND_FLAG, FIELD(fix), NULL, "apply the fixes that are safe to the files, and report what is left"},
    {"add-suppressions", 0, KIND_TEXT, FIELD(add_suppressions), "REASON",
     "write a comment above each finding that keeps it back"},
    {"config", 0, KIND_TEXT, FIELD(config), "FILE", "take this configuration, not the one of the tree"},
    {"jobs", 'j', KIND_NUMBER, FIELD(jobs), "N", "threads (one for each processor)"},
    {"max-file-size", 0, KIND_SIZE, FIELD(max_bytes), "BYTES",
     "skip larger files; 500k, 2M and 1G work too (1M)"},
    {"max-parse-time", 0, KIND_NUMBER, FIELD(limits.seconds), "SECONDS",
     "give up files that take longer to parse, and sooner what looks like no code (5)"},
    {"max-parse-memory", 0, KIND_SIZE, FIELD(limits.bytes), "BYTES", "give up files that take more to parse (512M)"},
    {"max-nesting", 0, KIND_NUMBER, FIELD(limits.depth), "N", "leave out what is nested deeper in a file (1000)"},
    {"max-memory", 0, KIND_SIZE, FIELD(max_memory), "BYTES", "give up further files when the run needs more (4G)"},
    {"max-time", 0, KIND_NUMBER, FIELD(max_time), "SECONDS", "give up a run that takes longer (600)"},
    {"parse-all", 0, KIND_FLAG, FIELD(parse_all), NULL, "parse files that cannot reach a database as well"},
    {"no-cache", 0, KIND_FLAG, FIELD(no_cache), NULL, "read nothing from the cache, and keep nothing"},
    {"cache-dir", 0, KIND_TEXT, FIELD(cache_dir), "DIR",
     "keep what files say in DIR (seqscan in the git directory, or in the user's folder of caches)"},
    {"cache-size", 0, KIND_SIZE, FIELD(cache_bytes), "BYTES", "a cache that would outgrow this starts anew (512M)"},
    {"clear", 0, KIND_FLAG, FIELD(clear), NULL, "cache: remove it"},
    {"stats", 0, KIND_FLAG, FIELD(stats), NULL, "cache: tell what it holds"},
    {"all-contexts", 0, KIND_FLAG, FIELD(all_contexts), NULL,
     "report tests, seeds, migrations and scripts as well"},
    {"show-legitimate", 0, KIND_FLAG, FIELD(show_legitimate), NULL,
     "list repeated queries that are fine, and why"},
    {"color", 0, KIND_CHOICE, FIELD(color), "auto|always|never", "colours in the text report (auto)"},
    {"quiet", 'q', KIND_FLAG, FIELD(quiet), NULL, "one line for each finding, no summary, no progress"},
    {"verbose", 'v', KIND_FLAG, FIELD(verbose), NULL, "name files that were skipped or only partly understood, and calls that may be queries"},
    {"help", 'h', KIND_FLAG, FIELD(help), NULL, "print this help"},
    {"version", 0, KIND_FLAG, FIELD(version), NULL, "print the version"},
};

const size_t option_count = COUNT(option_table);

const CommandRow command_table[] = {
    {"scan", "[PATH...]", "report the mistakes below PATH; the word scan may be left out", COMMAND_SCAN, 0,
     -1},
    {"rules", "", "list the rules", COMMAND_RULES, 0, 0},
    {"explain", "RULE", "print the page of a rule", COMMAND_EXPLAIN, 1, 1},
    {"schema", "[PATH...]", "print the tables and indexes that the sources declare (--format text|json)",
     COMMAND_SCHEMA, 0, -1},
    {"queries", "[PATH...]", "print what each query asks for (--format text|json)", COMMAND_QUERIES, 0, -1},
    {"config", "[PATH]", "print the configuration that is in force", COMMAND_CONFIG, 0, 1},
    {"cache", "[PATH]", "tell what the cache of a repository holds (--stats), or remove it (--clear)", COMMAND_CACHE, 0, 1},
    {"facts", "FILE", "print what is known of one file (for work on seqscan itself)", COMMAND_FACTS, 1, 1},
    {"completion", "bash|zsh|fish", "print the completion of a shell", COMMAND_COMPLETION, 1, 1},
    {"manual", "", "print the manual page, for man -l", COMMAND_MANUAL, 0, 0},
};
const size_t command_count = COUNT(command_table);

static int unknown_option(const char *given, size_t length, Error *err) {
  const char *names[COUNT(option_table)];
  for (size_t i = 0; i < option_count; i++)
    names[i] = option_table[i].name;
  char *name = xstrndup(given, length);
  const char *closest = closest_word(name, names, COUNT(names));
  fail(err, "unknown option --%.60s%s%s%s (seqscan --help lists them)", name,
       closest ? "; did you mean --" : "", closest ? closest : "", closest ? "?" : "");
  xfree(name);
  return -1;
}

static const OptionRow *row_named(const char *name, size_t length) {
  for (size_t i = 0; i < option_count; i++)
    if (!strncmp(option_table[i].name, name, length) && !option_table[i].name[length])
      return &option_table[i];
  return NULL;
}

static const OptionRow *row_lettered(char letter) {
  for (size_t i = 0; letter && i < option_count; i++)
    if (option_table[i].letter == letter)
      return &option_table[i];
  return NULL;
}

// The number of `value` among "a|b|c", -1 when it is none of them.
static int choice_number(const char *choices, const char *value) {
  size_t length = strlen(value);
  for (int number = 0;; number++) {
    size_t word = strcspn(choices, "|");
    if (word == length && !strncmp(choices, value, word))
      return number;
    if (!choices[word])
      return -1;
    choices += word + 1;
  }
}

// A whole number; with `units` also 500k, 2M and 1G.
static int read_number(uint64_t *out, const char *value, bool units) {
  char *end;
  errno = 0;
  unsigned long long number = strtoull(value, &end, 10);
  if (end == value || errno || value[0] < '0' || value[0] > '9')
    return -1;
  unsigned shift = !units ? 0 : *end == 'k' || *end == 'K' ? 10 : *end == 'm' || *end == 'M' ? 20 : *end == 'g' || *end == 'G' ? 30 : 0;
  if (end[shift != 0] || number > UINT64_MAX >> shift)
    return -1;
  *out = (uint64_t)number << shift;
  return 0;
}

static int set_number(const OptionRow *row, uint64_t *field, const char *value, Error *err) {
  uint64_t most = row->kind == KIND_NUMBER ? 1024 : UINT64_MAX;
  if (read_number(field, value, row->kind == KIND_SIZE) || *field < 1 || *field > most)
    return fail(err, "--%s needs a %s, not '%.60s'", row->name,
                row->kind == KIND_SIZE ? "size in bytes" : "number from 1 to 1024", value);
  return 0;
}

// `sarif` or `sarif=FILE`.
static int add_output(Options *options, const char *value, Error *err) {
  size_t length = strcspn(value, "=");
  const Format *format = format_named(value, length);
  if (format && value[length] && !value[length + 1])
    return fail(err, "--format %s needs a file after the =", value);
  if (format) {
    vec_push(&options->outputs, ((Output){format, value[length] ? value + length + 1 : NULL}));
    return 0;
  }
  Text names = {0};
  for (size_t i = 0; i < format_count; i++)
    text_printf(&names, "%s%s", i ? "|" : "", formats[i].name);
  fail(err, "--format is one of %s, not '%.60s'", names.at, value);
  text_release(&names);
  return -1;
}

static int set_option(Options *options, const OptionRow *row, const char *value, Error *err) {
  void *field = (char *)options + row->field;
  if (row->kind == KIND_FLAG)
    *(bool *)field = true;
  else if (row->kind == KIND_TEXT && !*value)
    return fail(err, "--%s needs a value", row->name);
  else if (row->kind == KIND_TEXT)
    *(const char **)field = value;
  else if (row->kind == KIND_CHOICE && (*(int *)field = choice_number(row->value, value)) < 0)
    return fail(err, "--%s is one of %s, not '%.60s'", row->name, row->value, value);
  else if (row->kind == KIND_NUMBER || row->kind == KIND_SIZE)
    return set_number(row, field, value, err);
  else if (row->kind == KIND_OUTPUT)
    return add_output(options, value, err);
  return 0;
}

// The row of `-x`, `--name`, `--name=value`; *value is what stands in the same argument, or NULL.
static const OptionRow *find_row(const char *arg, const char **value, Error *err) {
  *value = NULL;
  if (arg[1] != '-') {
    const OptionRow *row = row_lettered(arg[1]);
    if (!row)
      fail(err, "unknown option -%c (seqscan --help lists them)", arg[1]);
    else if (arg[2] && row->kind == KIND_FLAG)
      return fail(err, "write -%c and -%c apart", arg[1], arg[2]), NULL;
    else if (arg[2])
      *value = arg + 2;
    return row;
  }
  size_t length = strcspn(arg + 2, "=");
  const OptionRow *row = row_named(arg + 2, length);
  if (!row)
    unknown_option(arg + 2, length, err);
  else if (arg[2 + length])
    *value = arg + 3 + length;
  return row;
}

// Read one option; *i moves over its value when that is an argument of its own.
static int read_option(Options *options, int *i, int argc, char **argv, Error *err) {
  const char *value;
  const OptionRow *row = find_row(argv[*i], &value, err);
  if (!row)
    return -1;
  if (row->kind == KIND_FLAG && value)
    return fail(err, "--%s takes no value", row->name);
  if (row->kind != KIND_FLAG && !value) {
    if (*i + 1 >= argc)
      return fail(err, "--%s needs a value: %s", row->name, row->value);
    value = argv[++*i];
  }
  return set_option(options, row, value, err);
}

// The first argument is a command or already a path.
static void read_argument(Options *options, const char *arg, bool *command_seen) {
  for (size_t i = 0; !*command_seen && i < command_count; i++) {
    if (!strcmp(arg, command_table[i].name)) {
      options->command = command_table[i].command;
      *command_seen = true;
      return;
    }
  }
  *command_seen = true;
  vec_push(&options->args, arg);
}

// Options that need another one, or shut each other out.
static int check_together(const Options *options, Error *err) {
  if (options->staged && (options->rev || options->diff))
    return fail(err, "--staged compares the index with HEAD: leave out --%s", options->rev ? "rev" : "diff");
  if (options->write_baseline && (options->staged || options->diff))
    return fail(err, "--write-baseline writes all findings: leave out --%s", options->diff ? "diff" : "staged");
  if (options->write_baseline && options->baseline)
    return fail(err, "--write-baseline writes all findings: leave out --baseline");
  if (options->cache_bytes < 1 << 20)
    return fail(err, "--cache-size needs at least 1M");
  if ((options->clear || options->stats) && options->command != COMMAND_CACHE)
    return fail(err, "--%s is for seqscan cache", options->clear ? "clear" : "stats");
  return 0;
}

// Only the files on disk can be changed. A reason is one line, and must not end a comment.
static int check_changes(const Options *options, Error *err) {
  const char *reason = options->add_suppressions, *change = options->fix ? "fix" : "add-suppressions";
  if (!options->fix && !reason)
    return 0;
  if (options->command != COMMAND_SCAN)
    return fail(err, "--%s is for a scan", change);
  if (options->staged || options->rev)
    return fail(err, "--%s changes the files on disk: leave out --%s", change, options->staged ? "staged" : "rev");
  for (const char *at = reason ? reason : ""; *at; at++)
    if ((unsigned char)*at < 0x20 || (at[0] == '*' && at[1] == '/'))
      return fail(err, "--add-suppressions needs a reason of one line without `*/`");
  return reason && !reason[strspn(reason, " ")] ? fail(err, "--add-suppressions needs a reason") : 0;
}

static int check_arguments(const Options *options, Error *err) {
  for (size_t i = 0; i < command_count; i++) {
    if ((int)command_table[i].command != options->command)
      continue;
    int given = (int)options->args.n;
    if (given < command_table[i].least || (command_table[i].most >= 0 && given > command_table[i].most))
      return fail(err, "usage: seqscan %s%s%s", command_table[i].name, *command_table[i].args ? " " : "",
                  command_table[i].args);
  }
  return 0;
}

static bool is_standard_output(const char *path) { return !path || !strcmp(path, "-"); }

static bool same_file(const char *a, const char *b) {
  return is_standard_output(a) ? is_standard_output(b) : !is_standard_output(b) && !strcmp(a, b);
}

// Give each report its file; two of them in one would be neither.
static int settle_outputs(Options *options, Error *err) {
  if (!options->outputs.n)
    vec_push(&options->outputs, ((Output){&formats[0], NULL}));
  for (uint32_t i = 0; i < options->outputs.n; i++) {
    Output *output = &options->outputs.at[i];
    output->path = output->path ? output->path : options->output;
    for (uint32_t k = 0; k < i; k++)
      if (same_file(options->outputs.at[k].path, output->path))
        return fail(err, "two reports go to %s: write --format %s=FILE",
                    is_standard_output(output->path) ? "standard output" : output->path, output->format->name);
  }
  return 0;
}

int options_parse(Options *options, int argc, char **argv, Error *err) {
  *options = (Options){.fail_on = -1,
                       .max_bytes = 1 << 20,
                       .max_memory = 4ull << 30,
                       .max_time = 600,
                       .limits = default_limits,
                       .cache_bytes = 512 << 20};
  bool command_seen = false, options_end = false;
  for (int i = 1; i < argc; i++) {
    bool is_option = !options_end && argv[i][0] == '-' && argv[i][1];
    if (is_option && !strcmp(argv[i], "--"))
      options_end = command_seen = true;
    else if (is_option && read_option(options, &i, argc, argv, err))
      return -1;
    else if (!is_option)
      read_argument(options, argv[i], &command_seen);
  }
  if (options->help || options->version)
    return 0;
  return settle_outputs(options, err) || check_arguments(options, err) || check_together(options, err) ||
                 check_changes(options, err)
             ? -1
             : 0;
}

void options_release(Options *options) {
  vec_release(&options->args);
  vec_release(&options->outputs);
}

static void help_of_option(const OptionRow *row, Text *out) {
  enum { HELP_COLUMN = 36 };
  size_t start = out->n;
  if (row->letter)
    text_printf(out, "  -%c, --%s", row->letter, row->name);
  else
    text_printf(out, "      --%s", row->name);
  if (row->value)
    text_printf(out, " %s", row->value);
  size_t width = out->n - start;
  if (width + 2 > HELP_COLUMN) {
    text_puts(out, "\n");
    width = 0;
  }
  text_printf(out, "%*s%s\n", (int)(HELP_COLUMN - width), "", row->help);
}

void options_help(Text *out) {
  text_puts(out, "seqscan finds the database mistakes that make JavaScript and TypeScript applications "
                 "slow.\n\nUsage:\n");
  for (size_t i = 0; i < command_count; i++)
    text_printf(out, "  seqscan %-8s %-10s %s\n", command_table[i].name, command_table[i].args, command_table[i].help);
  text_puts(out, "\nOptions:\n");
  for (size_t i = 0; i < option_count; i++)
    help_of_option(&option_table[i], out);
  text_puts(out, "\nFormats:\n");
  for (size_t i = 0; i < format_count; i++)
    text_printf(out, "  %-10s %s\n", formats[i].name, formats[i].summary);
  text_puts(
      out,
      "\nExit status: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 failure (git, files).\n");
}
