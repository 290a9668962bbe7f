// main.c - the command line: reads options, runs one command, tells by the exit status how it went.
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baseline.h"
#include "deliver.h"
#include "facts.h"
#include "fix.h"
#include "manual.h"
#include "options.h"
#include "output.h"
#include "scan.h"

enum { EXIT_CLEAN = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_TROUBLE = 3 };

static int complain(int status, const Error *err) {
  fprintf(stderr, "seqscan: %s\n", err->text);
  return err->usage ? EXIT_USAGE : status;
}

// Print and release `text`; `status` is the result unless it cannot be written.
static int print(const char *path, Text *text, int status) {
  Error err = {0};
  int failed = output_write(path, text, &err);
  text_release(text);
  return failed ? complain(EXIT_TROUBLE, &err) : status;
}

static ReportOptions report_options(const Options *options, const Config *config) {
  static const Level least[] = {LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTE, LEVEL_ERROR};  // in the order of FailOn
  return (ReportOptions){
      .verbose = options->verbose,
      .quiet = options->quiet,
      .show_legitimate = options->show_legitimate,
      .fail_on = least[config->fail_on],
      .never_fail = config->fail_on == FAIL_ON_NEVER,
  };
}

static int exit_status(const Report *report, const ReportOptions *options) {
  for (uint32_t i = 0; i < report->findings.n; i++)
    if (fails_run(options, &report->findings.at[i]))
      return EXIT_FINDINGS;
  return EXIT_CLEAN;
}

static CacheOptions cache_options(const Options *options) {
  // What is kept is nested as deeply as by default.
  bool other_facts = options->limits.depth != default_limits.depth;
  return (CacheOptions){.off = options->no_cache || other_facts, .folder = options->cache_dir, .max_bytes = options->cache_bytes};
}

static ScanOptions scan_options(const Options *options) {
  static const char *const here[] = {"."};
  return (ScanOptions){
      .paths = options->args.n ? options->args.at : here,
      .npaths = options->args.n ? options->args.n : 1,
      .rev = options->rev,
      .staged = options->staged,
      .diff = options->diff,
      .cache = cache_options(options),
      .gather = {.jobs = (unsigned)options->jobs,
                 .limits = options->limits,
                 .max_memory = options->max_memory,
                 .parse_all = options->parse_all,
                 .progress = !options->quiet && isatty(STDERR_FILENO)},
      .max_bytes = options->max_bytes,
      .config = options->config,
      .baseline = options->baseline,
      .all_findings = options->write_baseline != NULL,
      .counts_known = options->prune_baseline,
      .fail_on = options->fail_on,
      .all_contexts = options->all_contexts,
      .unresolved = options->verbose,
      .last = !options->fix && !options->add_suppressions,
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

// Take out of the baseline what was not met again.
static int prune_baseline(const Terms *terms, Error *err) {
  if (!terms->baseline)
    return fail_usage(err, "--prune-baseline needs --baseline FILE, or a baseline in the configuration");
  return baseline_prune(&terms->known, terms->baseline, err);
}

// Write what was asked for; *status tells whether there are findings.
static int write_results(const Report *report, const Terms *terms, const Options *options, int *status, Error *err) {
  ReportOptions style = report_options(options, &terms->config);
  for (uint32_t i = 0; i < report->notes.n; i++)
    fprintf(stderr, "seqscan: %s\n", report->notes.at[i]);
  if (options->write_baseline)
    return write_baseline(report, options, err);
  if (deliver(report, options, &style, err))
    return -1;
  *status = exit_status(report, &style);
  return options->prune_baseline ? prune_baseline(terms, err) : 0;
}

//
// Changes to the files: each is followed by a scan, which finds what is left
//

enum { MOST_ROUNDS = 10 };

static void tell_fixed(const Fixed *fixed, const char *one, const char *several, const Options *options) {
  for (uint32_t i = 0; i < fixed->left.n; i++)
    fprintf(stderr, "seqscan: %s: %s\n", fixed->left.at[i].path, fixed->left.at[i].reason);
  if (fixed->changes && !options->quiet)
    fprintf(stderr, "seqscan: %u %s written to %u file%s\n", fixed->changes, fixed->changes == 1 ? one : several, fixed->files,
            fixed->files == 1 ? "" : "s");
}

// Do what the options ask for; *changed tells whether a file is another one now. Comments are written once, when nothing
// is left to fix.
static int change_files(Report *report, const Options *options, bool *commented, bool *changed, Error *err) {
  Fixed fixed = {0};
  int failed = 0;
  *changed = false;
  if (!tree_is_on_disk(report->tree))
    return fail_usage(err, "there are no files on disk to change");
  if (options->fix)
    failed = fixes_apply(report, &fixed, err);
  tell_fixed(&fixed, "fix", "fixes", options);
  *changed = fixed.changes;
  fixed_release(&fixed);
  if (failed || *changed || !options->add_suppressions || *commented)
    return failed;
  *commented = true;
  fixed = (Fixed){0};
  failed = suppressions_add(report, options->add_suppressions, &fixed, err);
  tell_fixed(&fixed, "comment", "comments", options);
  *changed = fixed.changes;
  fixed_release(&fixed);
  return failed;
}

// End the process, whatever it is at: it has written nothing yet.
_Noreturn static void end_process(const char *reason) {
  (void)!write(STDERR_FILENO, reason, strlen(reason));
  _exit(EXIT_TROUBLE);
}

static void on_late(int signal) {
  (void)signal;
  end_process("seqscan: gave up: the run takes longer than --max-time allows\n");
}

// git's files are mapped into memory: what is gone of them cannot be read.
static void on_cut(int signal) {
  (void)signal;
  end_process("seqscan: gave up: a file of the repository was cut short during the scan, scan again\n");
}

static int scan_in_time(Report *report, Terms *terms, const ScanOptions *scan, uint64_t seconds, Error *err) {
  signal(SIGALRM, on_late);
  signal(SIGBUS, on_cut);
  alarm(seconds < UINT_MAX ? (unsigned)seconds : 0);
  int failed = scan_run(report, terms, scan, err);
  alarm(0);
  return failed;
}

static int scan_and_change(Report *report, Terms *terms, const Options *options, Error *err) {
  ScanOptions scan = scan_options(options);
  bool commented = false, changed = options->fix || options->add_suppressions;
  int failed = scan_in_time(report, terms, &scan, options->max_time, err);
  for (int round = 0; !failed && changed && round < MOST_ROUNDS; round++) {
    failed = change_files(report, options, &commented, &changed, err);
    if (failed || !changed)
      break;
    report_release(report);
    terms_release(terms);
    *terms = (Terms){0};
    failed = scan_in_time(report, terms, &scan, options->max_time, err);
  }
  return failed;
}

static int command_scan(const Options *options) {
  Report report = {0};
  Terms terms = {0};
  Error err = {0};
  int status = EXIT_CLEAN;
  if (scan_and_change(&report, &terms, options, &err) || write_results(&report, &terms, options, &status, &err))
    status = complain(EXIT_TROUBLE, &err);
  report_release(&report);
  terms_release(&terms);
  return status;
}

// Print what a scan knows instead of what it finds.
static int list(ScanOptions *scan, const char *path, uint64_t seconds) {
  Text out = {0};
  Report report = {0};
  Terms terms = {0};
  Error err = {0};
  scan->listing = &out;
  int failed = scan_in_time(&report, &terms, scan, seconds, &err);
  int status = failed ? complain(EXIT_TROUBLE, &err) : print(path, &out, EXIT_CLEAN);
  if (failed)
    text_release(&out);
  report_release(&report);
  terms_release(&terms);
  return status;
}

static int command_listing(const Options *options, Listing what) {
  const Output *output = &options->outputs.at[0];
  bool json = output->format->write == report_json;
  if (options->outputs.n > 1 || (!json && output->format->write != report_text)) {
    fprintf(stderr, "seqscan: a listing is written as text or json\n");
    return EXIT_USAGE;
  }
  ScanOptions scan = scan_options(options);
  scan.what = what;
  scan.json = json;
  return list(&scan, output->path, options->max_time);
}

static int print_facts(const Options *options, const Text *text, Error *err) {
  const char *path = options->args.at[0];
  Facts facts = {0};
  Parser *parser = parser_new(&options->limits);
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
    status = print_facts(options, &text, &err);
  }
  text_release(&text);
  return status;
}

static int clear_or_count(Cache *cache, const Options *options) {
  Error err = {0};
  Text out = {0};
  if (options->clear)
    return cache_clear(cache, &err) ? complain(EXIT_TROUBLE, &err) : EXIT_CLEAN;
  CacheStats stats = cache_stats(cache);
  text_printf(&out, "%s: %llu records in %.1f of at most %.1f MB\n", cache_folder(cache),
              (unsigned long long)stats.records, (double)stats.bytes / 1e6, (double)stats.max_bytes / 1e6);
  return print(NULL, &out, EXIT_CLEAN);
}

static int command_cache(const Options *options) {
  const char *path = options->args.n ? options->args.at[0] : ".";
  CacheOptions which = cache_options(options);
  Cache *cache = NULL;
  Error err = {0};
  char *git_dir = git_dir_of(path);
  int status = EXIT_CLEAN;
  if (cache_open(&cache, git_dir, &which, &err))
    status = complain(EXIT_TROUBLE, &err);
  else if (cache)
    status = clear_or_count(cache, options);
  else
    fprintf(stderr, "seqscan: %s is not in a git repository, which a cache belongs to\n", path);
  cache_close(cache);
  xfree(git_dir);
  return status;
}

// The page of a rule of the program is the same everywhere.
static int command_explain(const Options *options) {
  Text out = {0};
  ScanOptions scan = scan_options(options);
  scan.rule = options->args.at[0];
  scan.npaths = 0;
  scan.what = LISTING_PAGE;
  if (!rule_named(&builtin_rules, scan.rule))
    return list(&scan, options->output, options->max_time);
  rule_explain(&builtin_rules, scan.rule, &out, NULL);
  return print(options->output, &out, EXIT_CLEAN);
}

static int command_rules(const Options *options) {
  ScanOptions scan = scan_options(options);
  scan.what = LISTING_RULES;
  return list(&scan, options->output, options->max_time);
}

static int command_completion(const Options *options) {
  Text out = {0};
  Error err = {0};
  if (completion_script(options->args.at[0], &out, &err))
    return complain(EXIT_USAGE, &err);
  return print(options->output, &out, EXIT_CLEAN);
}

static int command_manual(const Options *options) {
  Text out = {0};
  manual_page(&out);
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
  case COMMAND_CONFIG:
    return command_listing(options, LISTING_CONFIG);
  case COMMAND_CACHE:
    return command_cache(options);
  case COMMAND_COMPLETION:
    return command_completion(options);
  case COMMAND_MANUAL:
    return command_manual(options);
  case COMMAND_SCAN:
    break;
  }
  return command_scan(options);
}

int main(int argc, char **argv) {
  Options options;
  Error err = {0};
  int status;
  memory_prepare();
  signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error of write()
  json_set_alloc_funcs(xmalloc, xfree);  // no JSON is lost silently
  if (options_parse(&options, argc, argv, &err))
    status = complain(EXIT_USAGE, &err);
  else
    status = run(&options);
  options_release(&options);
  return status;
}
