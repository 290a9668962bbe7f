// own_read.h - what own*.c share: patterns as they are written, and as they are asked.
#ifndef SEQSCAN_OWN_READ_H
#define SEQSCAN_OWN_READ_H

#include <pthread.h>
#include <stdatomic.h>

#include "own.h"
#include "regexp.h"

//
// own_read.c: the syntax of queries, as far as it is known without a language
//

// `@name`, `"text"` or a word.
typedef struct Argument {
  bool capture;
  const char *text;
  uint32_t start;  // in the file, as below
} Argument;

// `(#name argument...)`
typedef struct Predicate {
  const char *name;
  uint32_t start;
  VEC(Argument) arguments;
} Predicate;

typedef struct Written {
  Span span;
  VEC(const char *) captures;
  VEC(Predicate) predicates;
} Written;

// A file while its patterns are taken out one after the other.
typedef struct Script {
  const char *path;
  const char *text;
  uint32_t length;
  uint32_t at, end;  // where reading goes on, and the end of the part that was read last
  Arena *arena;  // of what is read
  Error *err;
  uint32_t nodes, choices, nested;  // of the pattern at hand
  uint32_t open;                    // the bracket that was opened last
} Script;

// Read the next pattern; *found tells whether there is one. Refused is what makes tree-sitter run without end, or long:
// repetitions of what may be nothing, or outside of a node; captures within them; large patterns.
int script_next(Script *script, Written *written, bool *found);
void written_release(Written *written);
// Fail with `PATH:LINE:COLUMN: ...` at a byte of the file.
int script_wrong(const Script *script, uint32_t at, const char *format, ...) PRINTF(3, 4);

//
// own.c: what the patterns say
//

#define FINDING "finding"  // the capture that is reported

typedef enum TestKind { TEST_EQUAL, TEST_MATCH, TEST_ANY } TestKind;

// A predicate that must hold for each node of a capture.
typedef struct Test {
  TestKind kind;
  bool negated;
  Name capture;
  Name other;             // TEST_EQUAL with another capture, else 0
  VEC(const char *) texts;  // one of them
  Regexp *regexp;
} Test;

typedef struct Pattern {
  Span span;          // in the text of all files
  uint32_t rule;      // number among the rules of the files
  atomic_uint langs;  // bits by Lang: those that it may match something of
  const char *message, *help;  // with {name} for what is captured as @name; help may be ""
  VEC(Test) tests;
} Pattern;

// `{name}` in a message or help.
typedef struct Hole {
  const char *start, *name, *end;
  size_t length;  // of the name
} Hole;

// The next one of a text, false when there is none.
bool next_hole(const char *text, Hole *hole);

typedef struct ScriptFile {
  const char *path;
  uint32_t start;  // in the text of all files
} ScriptFile;

struct OwnRules {
  Text text;                  // of all files, one behind the other
  VEC(ScriptFile) files;
  VEC(Pattern) patterns;      // in the order of the text
  VEC(RuleInfo) rules;        // those of the program first
  VEC(uint32_t) file_of_rule; // of those that are not
  Names captures;             // names of all captures
  uint32_t weight;            // of all patterns: compiling takes at most some 3 ms for ten of it
  Arena arena;
  struct Matcher *matchers;   // by Lang
  pthread_mutex_t lock;       // while impossible patterns are looked for
};

// Write the pages of the rules, with the languages that are known so far.
void own_write_pages(OwnRules *own);
// Fail with the place in its file of a byte of the text of all files.
int own_wrong(const OwnRules *own, uint32_t at, Error *err, const char *format, ...) PRINTF(4, 5);

//
// own_compile.c
//

struct Matcher *matchers_new(void);
void matchers_free(struct Matcher *matchers);
// "JavaScript, TypeScript, TSX"
void own_languages(const Pattern *pattern, Text *out);
// Find the languages that know the nodes of a pattern. Fails when none does.
int own_check(OwnRules *own, uint32_t pattern, Error *err);

#endif
