// main.c - the command line: reads options, runs one command, tells by the exit status how it went.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baseline.h"
#include "deliver.h"
#include "facts.h"
#include "options.h"
#include "output.h"
#include "scan.h"

enum { EXIT_CLEAN = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_TROUBLE = 3 };

static int complain(int status, const Error *err) {
  fprintf(stderr, "seqscan: %s\n", err->text);
  return status;
}

// Print and release `text`; `status` is the result unless it cannot be written.
static int print(const char *path, Text *text, int status) {
  Error err = {0};
  int failed = output_write(path, text, &err);
  text_release(text);
  return failed ? complain(EXIT_TROUBLE, &err) : status;
}

static ReportOptions report_options(const Options *options) {
  static const Level least[] = {LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTE, LEVEL_ERROR};  // in the order of FailOn
  return (ReportOptions){
      .verbose = options->verbose,
      .quiet = options->quiet,
      .show_legitimate = options->show_legitimate,
      .fail_on = least[options->fail_on],
      .never_fail = options->fail_on == FAIL_ON_NEVER,
  };
}

static int exit_status(const Report *report, const ReportOptions *options) {
  for (uint32_t i = 0; i < report->findings.n; i++)
    if (fails_run(options, &report->findings.at[i]))
      return EXIT_FINDINGS;
  return EXIT_CLEAN;
}

static ScanOptions scan_options(const Options *options) {
  static const char *const here[] = {"."};
  return (ScanOptions){
      .paths = options->args.n ? options->args.at : here,
      .npaths = options->args.n ? options->args.n : 1,
      .rev = options->rev,
      .staged = options->staged,
      .diff = options->diff,
      .jobs = (unsigned)options->jobs,
      .max_bytes = options->max_bytes,
      .all_contexts = options->all_contexts,
      .unresolved = options->verbose,
      .progress = !options->quiet && isatty(STDERR_FILENO),
  };
}

// Instead of a report.
static int write_baseline(const Report *report, const Options *options, Error *err) {
  if (baseline_write(report, options->write_baseline, err))
    return -1;
  if (!options->quiet)
    fprintf(stderr, "seqscan: %u findings written to %s\n", report->findings.n, options->write_baseline);
  return 0;
}

// Scan, and write what was asked for. The exit status tells how it went.
static int scan_and_report(const Options *options, Known *known, Error *err) {
  ScanOptions scan = scan_options(options);
  ReportOptions style = report_options(options);
  Report report = {0};
  scan.baseline = options->baseline ? known : NULL;
  int failed = scan_run(&report, &scan, err), status = EXIT_CLEAN;
  for (uint32_t i = 0; i < report.notes.n; i++)
    fprintf(stderr, "seqscan: %s\n", report.notes.at[i]);
  if (!failed && options->write_baseline)
    failed = write_baseline(&report, options, err);
  else if (!failed) {
    failed = deliver(&report, options, &style, err);
    status = exit_status(&report, &style);
  }
  if (!failed && options->prune_baseline)
    failed = baseline_prune(known, options->baseline, err);
  report_release(&report);
  return failed ? complain(EXIT_TROUBLE, err) : status;
}

static int command_scan(const Options *options) {
  Known known = {0};
  Error err = {0};
  int status;
  if (options->baseline && baseline_read(&known, options->baseline, &err))
    status = complain(EXIT_USAGE, &err);
  else
    status = scan_and_report(options, &known, &err);
  known_release(&known);
  return status;
}

// Print what a scan knows instead of what it finds.
static int command_listing(const Options *options, Listing what) {
  Text out = {0};
  const Output *output = &options->outputs.at[0];
  bool json = output->format->write == report_json;
  if (options->outputs.n > 1 || (!json && output->format->write != report_text)) {
    fprintf(stderr, "seqscan: a listing is written as text or json\n");
    return EXIT_USAGE;
  }
  ScanOptions scan = scan_options(options);
  scan.what = what;
  scan.json = json;
  scan.listing = &out;
  Report report = {0};
  Error err = {0};
  int failed = scan_run(&report, &scan, &err);
  int status = failed ? complain(EXIT_TROUBLE, &err) : print(output->path, &out, EXIT_CLEAN);
  if (failed)
    text_release(&out);
  report_release(&report);
  return status;
}

static int print_facts(const char *path, const Text *text, Error *err) {
  Facts facts = {0};
  Parser *parser = parser_new();
  int failed = facts_of(&facts, parser, lang_of_path(path), text->at ? text->at : "", text->n, err);
  Text out = {0};
  if (!failed)
    facts_print(&facts, text->at ? text->at : "", &out);
  facts_release(&facts);
  parser_free(parser);
  return failed ? complain(EXIT_TROUBLE, err) : print(NULL, &out, EXIT_CLEAN);
}

static int command_facts(const Options *options) {
  const char *path = options->args.at[0];
  Lang lang = lang_of_path(path);
  Error err = {0};
  Text text = {0};
  int status;
  if (!lang_is_code(lang)) {
    fail(&err, "%s is not a JavaScript or TypeScript file", path);
    status = complain(EXIT_USAGE, &err);
  } else if (input_read(path, &text, &err)) {
    status = complain(EXIT_TROUBLE, &err);
  } else {
    status = print_facts(path, &text, &err);
  }
  text_release(&text);
  return status;
}

static int command_rules(const Options *options) {
  Text out = {0};
  for (size_t i = 0; i < rule_count; i++)
    text_printf(&out, "%-24s %-8s %s\n", rules[i].id, level_name(rules[i].level), rules[i].summary);
  return print(options->output, &out, EXIT_CLEAN);
}

static int unknown_rule(const char *id) {
  VEC(const char *) ids = {0};
  for (size_t i = 0; i < rule_count; i++)
    vec_push(&ids, rules[i].id);
  const char *closest = closest_word(id, ids.at, ids.n);
  fprintf(stderr, "seqscan: there is no rule '%s'%s%s%s (seqscan rules lists them)\n", id,
          closest ? "; did you mean " : "", closest ? closest : "", closest ? "?" : "");
  vec_release(&ids);
  return EXIT_USAGE;
}

static int command_explain(const Options *options) {
  const RuleInfo *rule = rule_named(options->args.at[0]);
  if (!rule)
    return unknown_rule(options->args.at[0]);
  Text out = {0};
  text_puts(&out, rule_page(rule));
  return print(options->output, &out, EXIT_CLEAN);
}

static int run(const Options *options) {
  Text out = {0};
  if (options->help) {
    options_help(&out);
    return print(NULL, &out, EXIT_CLEAN);
  }
  if (options->version) {
    text_printf(&out, "seqscan %s\n", SEQSCAN_VERSION);
    return print(NULL, &out, EXIT_CLEAN);
  }
  switch ((Command)options->command) {
  case COMMAND_FACTS:
    return command_facts(options);
  case COMMAND_RULES:
    return command_rules(options);
  case COMMAND_EXPLAIN:
    return command_explain(options);
  case COMMAND_SCHEMA:
    return command_listing(options, LISTING_SCHEMA);
  case COMMAND_QUERIES:
    return command_listing(options, LISTING_QUERIES);
  case COMMAND_SCAN:
    break;
  }
  return command_scan(options);
}

int main(int argc, char **argv) {
  Options options;
  Error err = {0};
  int status;
  if (options_parse(&options, argc, argv, &err))
    status = complain(EXIT_USAGE, &err);
  else
    status = run(&options);
  options_release(&options);
  return status;
}
