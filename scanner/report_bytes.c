// report_bytes.c - see report_bytes.h. What a report holds is told once, by functions that write or read it, whichever
// the codec is for.
#include "report_bytes.h"

#include <assert.h>
#include <string.h>

typedef struct Codec {
  Text *out;              // what is written, or NULL:
  const char *at, *end;   // what is read
  bool bad;               // it is not as it was written
  const Source *sources;  // of the tree
  size_t nsources;
  const Rules *rules;
  Arena *arena;           // of the report
} Codec;

static void code_bytes(Codec *c, void *bytes, size_t size) {
  if (c->out)
    text_add(c->out, bytes, size);
  else if (c->bad || size > (size_t)(c->end - c->at)) {
    c->bad = true;
    memset(bytes, 0, size);
  } else {
    memcpy(bytes, c->at, size);
    c->at += size;
  }
}

#define CODE(c, field) code_bytes(c, &(field), sizeof(field))

// A number below a limit, as the values of an enum are.
static uint32_t code_below(Codec *c, uint32_t number, uint32_t limit) {
  CODE(c, number);
  c->bad |= number >= limit;
  return c->bad ? 0 : number;
}

#define CODE_ENUM(c, field, limit) ((field) = code_below(c, (uint32_t)(field), limit))
#define CODE_BOOL(c, field) CODE_ENUM(c, field, 2)

// How many elements follow, each of which takes at least a byte.
static uint32_t code_count(Codec *c, uint32_t count) {
  CODE(c, count);
  c->bad |= !c->out && count > (size_t)(c->end - c->at);
  return c->bad ? 0 : count;
}

#define CODE_VEC(c, vec, code)                       \
  do {                                               \
    uint32_t count = code_count(c, (vec)->n);        \
    if (!(c)->out && count)                          \
      vec_room(vec, count), memset((vec)->at, 0, count * sizeof *(vec)->at); \
    (vec)->n = count;                                \
    for (uint32_t i = 0; i < count; i++)             \
      code(c, &(vec)->at[i]);                        \
  } while (0)

#define CODE_ARRAY(c, array, n, code)                               \
  do {                                                              \
    (n) = code_count(c, n);                                         \
    if (!(c)->out)                                                  \
      (array) = (n) ? arena_alloc((c)->arena, (n) * sizeof *(array)) : NULL; \
    for (uint32_t i = 0; i < (n); i++)                              \
      code(c, &(array)[i]);                                         \
  } while (0)

// A pointer that may be NULL.
#define CODE_MAYBE(c, pointer, code)                   \
  do {                                                 \
    uint32_t some = code_below(c, (pointer) != NULL, 2); \
    if (!(c)->out)                                     \
      (pointer) = some ? arena_alloc((c)->arena, sizeof *(pointer)) : NULL; \
    if (some)                                          \
      code(c, pointer);                                \
  } while (0)

// A string or NULL.
static void code_string(Codec *c, const char **string) {
  uint32_t size = code_count(c, c->out && *string ? (uint32_t)strlen(*string) + 1 : 0);
  if (c->out)
    text_add(c->out, *string, size);
  else if ((*string = size ? arena_copy(c->arena, c->at, size - 1) : NULL))
    c->at += size;
}

// A string.
static void code_text(Codec *c, const char **string) {
  code_string(c, string);
  c->bad |= !*string;
}

static void code_source(Codec *c, const Source **source) {
  uint32_t number = code_below(c, *source ? (uint32_t)(*source - c->sources) + 1 : 0, (uint32_t)c->nsources + 1);
  *source = number ? &c->sources[number - 1] : NULL;
}

static void code_rule(Codec *c, const RuleInfo **rule) {
  const char *id = c->out ? (*rule)->id : NULL;
  code_string(c, &id);
  *rule = id ? rule_named(c->rules, id) : NULL;
  c->bad |= !*rule;
}

static void code_place(Codec *c, Place *place) {
  code_source(c, &place->source);
  CODE(c, place->start);
  CODE(c, place->end);
  CODE(c, place->line);
  CODE(c, place->column);
  CODE(c, place->end_line);
  CODE(c, place->end_column);
  CODE(c, place->first_end);
}

static void code_step(Codec *c, Step *step) {
  code_place(c, &step->place);
  code_text(c, &step->message);
}

static void code_entry(Codec *c, EntryPoint *entry) {
  code_text(c, &entry->kind);
  code_text(c, &entry->name);
  code_place(c, &entry->place);
}

// Its text is laid out by now.
static void code_replacement(Codec *c, Replacement *replacement) {
  code_place(c, &replacement->place);
  code_text(c, &replacement->text);
}

static void code_fix(Codec *c, Fix *fix) {
  code_text(c, &fix->description);
  CODE_BOOL(c, fix->safe);
  code_string(c, &fix->doubt);
  CODE_ARRAY(c, fix->edits, fix->nedits, code_replacement);
}

static void code_claim(Codec *c, Finding *finding) {
  code_rule(c, &finding->rule);
  CODE_ENUM(c, finding->level, LEVEL_ERROR + 1);
  CODE_ENUM(c, finding->confidence, CONFIDENCE_HIGH + 1);
  CODE_ENUM(c, finding->context, CONTEXT_COUNT);
  code_place(c, &finding->place);
  code_text(c, &finding->message);
  code_string(c, &finding->help);
  CODE_MAYBE(c, finding->fix, code_fix);
  code_string(c, &finding->cost);
  code_string(c, &finding->library);
  code_string(c, &finding->subject);
  CODE_MAYBE(c, finding->entry, code_entry);
  code_string(c, &finding->legitimate);
  CODE_ARRAY(c, finding->steps, finding->nsteps, code_step);
}

static void code_finding(Codec *c, Finding *finding) {
  code_claim(c, finding);
  CODE(c, finding->identity);
  CODE(c, finding->fingerprint);
  CODE(c, finding->comment);
  CODE_ENUM(c, finding->baseline, BASELINE_UNCHANGED + 1);
  CODE_ENUM(c, finding->suppressed, SUPPRESSED_EXTERNAL + 1);
  code_string(c, &finding->justification);
}

static void code_suppression(Codec *c, Suppression *suppression) {
  CODE_ENUM(c, suppression->kind, SUPPRESS_END + 1);
  code_place(c, &suppression->place);
  code_place(c, &suppression->target);
  code_string(c, &suppression->rule);
  code_text(c, &suppression->reason);
  code_string(c, &suppression->problem);
  CODE_BOOL(c, suppression->used);
}

static void code_trouble(Codec *c, Trouble *trouble) {
  code_text(c, &trouble->path);
  code_text(c, &trouble->reason);
}

static void code_skipped(Codec *c, Skipped *skipped) {
  code_text(c, &skipped->path);
  CODE_ENUM(c, skipped->reason, SKIP_COUNT);
}

static void code_coverage(Codec *c, Coverage *coverage) {
  CODE_BOOL(c, coverage->unchanged);
  bool unchanged = coverage->unchanged;
  coverage->unchanged = false;
  CODE(c, *coverage);
  coverage->unchanged = unchanged;
}

static void code_report(Codec *c, Report *report) {
  CODE_VEC(c, &report->findings, code_finding);
  CODE_VEC(c, &report->legitimate, code_finding);
  CODE_VEC(c, &report->suppressed, code_finding);
  CODE_VEC(c, &report->hidden, code_finding);
  CODE_VEC(c, &report->suppressions, code_suppression);
  CODE_VEC(c, &report->partial, code_trouble);
  CODE_VEC(c, &report->skipped, code_skipped);
  CODE_BOOL(c, report->keep_hidden);
  code_coverage(c, &report->coverage);
}

static Codec codec_of(const Report *report) {
  Codec c = {.rules = report->rules};
  c.sources = tree_sources(report->tree, &c.nsources);
  return c;
}

void report_write(Text *out, const Report *report) {
  Codec c = codec_of(report);
  Report copy = *report;
  c.out = out;
  code_report(&c, &copy);
  assert(!c.bad);
}

static void empty(Report *report) {
  report->findings.n = report->legitimate.n = report->suppressed.n = report->hidden.n = 0;
  report->suppressions.n = report->partial.n = report->skipped.n = 0;
  report->keep_hidden = false;
  report->coverage = (Coverage){0};
}

bool report_read(Report *report, const void *bytes, size_t length) {
  Codec c = codec_of(report);
  c.at = bytes;
  c.end = c.at + length;
  c.arena = &report->arena;
  code_report(&c, report);
  if (!c.bad && c.at == c.end)
    return true;
  empty(report);
  return false;
}
