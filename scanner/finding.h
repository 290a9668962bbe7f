// finding.h - what a rule claims and what a report prints.
//
// Findings are made by judge.c and the rules, sorted and numbered there, and only read by report/*.c.
#ifndef SEQSCAN_FINDING_H
#define SEQSCAN_FINDING_H

#include "base.h"
#include "source.h"

// The build may say otherwise (-DSEQSCAN_VERSION).
#ifndef SEQSCAN_VERSION
#define SEQSCAN_VERSION "0.1.0"
#endif

typedef enum Level { LEVEL_NOTE, LEVEL_WARNING, LEVEL_ERROR } Level;
typedef enum Confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH } Confidence;

// What the code is for. Findings outside of CONTEXT_APP are shown only on request (--all-contexts).
typedef enum Context {
  CONTEXT_APP,
  CONTEXT_TEST,
  CONTEXT_STORY,
  CONTEXT_SEED,
  CONTEXT_MIGRATION,
  CONTEXT_SCRIPT,
  CONTEXT_EXAMPLE,
  CONTEXT_COUNT
} Context;

// From which level on findings fail a run.
typedef enum FailOn { FAIL_ON_ERROR, FAIL_ON_WARNING, FAIL_ON_NOTE, FAIL_ON_NEVER } FailOn;

typedef struct RuleInfo {
  const char *id;       // "query-in-loop"
  Level level;          // the default one
  const char *since;    // version that brought it
  const char *summary;  // one sentence
  const char *page;     // in Markdown; NULL: docs/rules/ID.md, embedded at build time
} RuleInfo;

typedef struct Rules {
  const RuleInfo *at;
  size_t n;
} Rules;

extern const Rules builtin_rules;  // from rules/rules.def
const RuleInfo *rule_named(const Rules *rules, const char *id);  // NULL when there is none
const char *rule_like(const Rules *rules, const char *id);       // the id that is probably meant, or NULL
const char *rule_page(const RuleInfo *rule);
void rules_print(const Rules *rules, Text *out);  // a line for each
// Print the page of a rule. Fails where there is none of this name.
int rule_explain(const Rules *rules, const char *id, Text *out, Error *err);

// The words of reports: "error", "high", "app".
const char *level_name(Level level);
const char *confidence_name(Confidence confidence);
const char *context_name(Context context);

// A place: bytes of a file. `line` and `column` are 1-based, columns in UTF-16 units, filled from the text
// of the file by places_resolve() once all findings are known.
typedef struct Place {
  const Source *source;
  uint32_t start, end;
  uint32_t line, column, end_line, end_column;
  uint32_t first_end;  // the column in which it ends on its first line
} Place;

typedef struct Step {
  Place place;
  const char *message;  // "loop over orders", "prisma.user.findUnique reads one row"
} Step;

// Why a finding is kept back, in the words of SARIF: by a comment, or by what stands outside of the sources.
typedef enum Suppressed { SUPPRESSED_NO, SUPPRESSED_IN_SOURCE, SUPPRESSED_EXTERNAL } Suppressed;

// What a comment `seqscan-ignore-...` says of one rule; suppress.c reads and applies them.
typedef enum SuppressionKind {
  SUPPRESS_NEXT_LINE,
  SUPPRESS_LINE,
  SUPPRESS_FILE,
  SUPPRESS_START,
  SUPPRESS_END,
} SuppressionKind;

typedef struct Suppression {
  SuppressionKind kind;
  Place place;             // of the comment
  Place target;            // SUPPRESS_NEXT_LINE: the next code; SUPPRESS_START: the comment that ends it
  const char *rule;        // NULL: all rules
  const char *reason;      // what follows `--`, "" if nothing does
  const char *problem;     // why it holds for nothing, or NULL
  bool used;               // a finding is kept back by it
} Suppression;

// From where the code of a finding is reached: a request, a job, a command...
typedef struct EntryPoint {
  const char *kind;  // "http", "job", ...
  const char *name;  // "POST /orders", "job send-mail"
  Place place;       // where it is registered
} EntryPoint;

typedef struct Inserted Inserted;

// Bytes of a file that become another text.
typedef struct Replacement {
  Place place;
  const char *text;
  bool apart;  // what follows is kept apart from it: on a line of its own where it stands so, else by a space
  const Inserted *inserted;  // or NULL: it goes before the statement that starts at the place, on lines of its own
} Replacement;

// A statement that is made of code of the file: `const x = f(` `(await ` code `).map(...)` `)`.
struct Inserted {
  const char *head, *before, *after, *tail;
  Place code;
  Replacement *edits;  // within the code, in the order of their places
  uint32_t nedits;
  bool in_block;       // the statement that it goes before is one of a list, not all that a branch or loop holds;
  uint32_t header;     // so it is also where a block starts after this, at most behind blanks and `)`; 0: that is not known
};

// A change to one file that mends a finding.
typedef struct Fix {
  const char *description;
  bool safe;           // the program does the same as before; else it is to be looked at
  const char *doubt;   // why it is not safe, NULL where that is not known
  bool moves;          // the declaration of a constant, from its name on, is the second edit, and goes to the place of the first
  Place joined;        // code that comes to stand on the line of the edit before it: its other lines go to the left with it
  Replacement *edits;  // in the order of their places, which do not overlap
  uint32_t nedits;
} Fix;

// What a baseline, or the code before a change, says of a finding, in the words of SARIF.
typedef enum BaselineState { BASELINE_NONE, BASELINE_NEW, BASELINE_UNCHANGED } BaselineState;

typedef struct Finding {
  const RuleInfo *rule;
  Level level;
  Confidence confidence;
  Context context;
  Place place;          // the DB call when it is direct, else the call in the loop that leads to it
  const char *message;  // cause and where it repeats
  const char *help;     // the fix, with the names at hand; several lines possible
  Fix *fix;             // NULL if none is certain
  const char *cost;     // "1 + N queries: ...", NULL if it is not about a number of queries
  const char *library;  // "prisma", or NULL
  const char *subject;  // what of the schema it is about ("order(user_id)"), NULL when it is about code
  EntryPoint *entry;    // NULL if none is found
  const char *legitimate;  // why a repeated query is fine here ("keyset pagination"), or NULL for a finding
  uint64_t identity;       // the rule and the code, wherever it stands: equal for equal code
  uint64_t fingerprint;    // the same, with equal ones numbered apart
  uint32_t comment;        // the suppression that it is about + 1, else 0
  BaselineState baseline;  // BASELINE_NONE where there is nothing to compare with
  Suppressed suppressed;
  const char *justification;  // of what is suppressed, "" if none is given
  Step *steps;             // from the loop to the primitive, which is the last one
  uint32_t nsteps;
} Finding;

// A file that could not be read or was only partly understood.
typedef struct Trouble {
  const char *path;
  const char *reason;
} Trouble;

// A file that was not read on purpose.
typedef struct Skipped {
  const char *path;
  Skip reason;
} Skipped;

// A call that may be a query, and why that is not known.
typedef struct Unresolved {
  Place place;
  const char *call;   // "this.db.users.find"
  const char *cause;  // "db is a parameter without a type"
} Unresolved;

// What a run saw, beside its findings.
typedef struct Coverage {
  uint32_t files_scanned;        // source files listed, JSON not counted
  uint32_t files_parsed;
  uint32_t files_cached;
  uint32_t files_unrelated;      // not parsed: they cannot reach a database
  uint32_t files_of_tests;       // not parsed: only tests, stories and examples, which are not to be reported
  uint32_t files_beside;         // parsed to understand those that were asked for, and not counted above
  uint32_t skipped[SKIP_COUNT];  // by reason
  uint32_t sites_seen;           // queries, and calls whose last name is one of a library in use
  uint32_t sites_resolved;       // of these, those whose receiver is known to be a database client
  uint32_t sites_other;          // of these, those whose receiver is known to be something else
  uint32_t functions_cut;        // functions with more effects than are followed
  uint32_t matches_cut;          // files in which own rules may find more
  uint32_t legitimate;           // repeated queries judged fine
  bool unchanged;                // no source is changed, so that nothing was scanned
  uint32_t known;                // findings that were there before the change
  uint32_t untouched;            // new findings of which the change touches no file
  uint32_t gone;                 // findings of the baseline that are there no more
  uint32_t other_context;        // findings in tests, seeds, migrations, scripts that were not shown
} Coverage;

// Where the time of a run went. The facts of all files are made in parallel; the other stages have one thread.
typedef struct Times {
  uint64_t walk, facts, link, judge, places;  // microseconds
} Times;

typedef struct Report {
  const Tree *tree;
  const Rules *rules;       // those that its findings are of
  VEC(Finding) findings;    // those to show, sorted by path, line, column, rule
  VEC(Finding) legitimate;  // shown by --show-legitimate
  VEC(Finding) suppressed;  // kept back, and not counted for the exit status
  VEC(Finding) hidden;      // of code that was not asked for, kept where comments or a baseline may speak of them
  bool keep_hidden;
  uint64_t inputs;  // State.sources of the files that its findings depend on; 0 when they are not known, or it was recalled
  Map of_tests;  // hash of the path of each file that was left out as one of tests -> 1
  VEC(Suppression) suppressions;
  VEC(Unresolved) unresolved;  // listed on request (--verbose)
  VEC(Trouble) failed;      // files not read or not parsed
  VEC(const char *) notes;  // what the user must know of the run itself
  VEC(Trouble) partial;     // files with syntax errors: what could be read was read
  VEC(Skipped) skipped;
  Coverage coverage;
  Times times;
  uint64_t elapsed_ms;
  Arena arena;              // owns the strings above
} Report;

// judge.c: sort findings by path, line, column, rule.
void findings_sort(Finding *findings, uint32_t count);

// places.c: fill line and column of every place of the report, reading each file that has one again.
int places_resolve(Report *report, Error *err);
// The same for any places; they are sorted by it.
int places_fill(const Tree *tree, Place **places, uint32_t count, Error *err);
// Cut a place to one line: its part there, or all of the line when it has none.
int place_cut(const Tree *tree, Place *place, uint32_t line, Error *err);

typedef struct ReportOptions {
  bool color;
  bool verbose;
  bool quiet;
  bool show_legitimate;
  Level fail_on;   // findings of this level and above fail the run
  bool never_fail;
  unsigned width;  // columns of the terminal, 0 when it is none
  size_t room;     // bytes that a Markdown report may take, 0: what a comment of a pull request may
} ReportOptions;

static inline bool fails_run(const ReportOptions *options, const Finding *finding) {
  return !options->never_fail && finding->level >= options->fail_on;
}

// Appends the report to `out`. Source text is read again where it is needed, through a Reader of the tree.
typedef int ReportWriter(const Report *report, const ReportOptions *options, Text *out, Error *err);

typedef struct Format {
  const char *name;
  ReportWriter *write;
  const char *summary;
} Format;

extern const Format formats[];  // from report/formats.def
extern const size_t format_count;
const Format *format_named(const char *name, size_t length);  // NULL when there is none

#define FORMAT(name, write, summary) ReportWriter write;
#include "report/formats.def"
#undef FORMAT

#endif
