// suppress.c - see suppress.h.
#include "suppress.h"

#include <stdlib.h>
#include <string.h>

#include "comments.h"

#define PREFIX "seqscan-ignore"

static const char *const names[] = {
    [SUPPRESS_NEXT_LINE] = PREFIX "-next-line", [SUPPRESS_LINE] = PREFIX "-line",   [SUPPRESS_FILE] = PREFIX "-file",
    [SUPPRESS_START] = PREFIX "-start",         [SUPPRESS_END] = PREFIX "-end",
};

const char *suppression_name(SuppressionKind kind) { return names[kind]; }

//
// Reading
//

typedef struct Reading {
  Report *report;
  const Source *source;
  uint32_t first;  // of the file's suppressions
} Reading;

// A part of a comment's text.
typedef struct Part {
  const char *at;
  size_t n;
} Part;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static Part trim(const char *at, const char *end) {
  while (at < end && is_blank(*at))
    at++;
  while (end > at && is_blank(end[-1]))
    end--;
  return (Part){at, (size_t)(end - at)};
}

static char *keep(Reading *r, Part part) { return arena_copy(&r->report->arena, part.at, part.n); }

// The rule that a comment names, or why there is none.
static const char *problem_with_rule(Reading *r, const char *rule) {
  if (rule_named(r->report->rules, rule))
    return NULL;
  if (strpbrk(rule, " \t"))
    return arena_printf(&r->report->arena, "`%s` is no rule: a reason is written after `--`", rule);
  const char *closest = rule_like(r->report->rules, rule);
  return arena_printf(&r->report->arena, "there is no rule `%s`%s%s%s", rule, closest ? "; did you mean " : "",
                      closest ? closest : "", closest ? "?" : "");
}

static void add(Reading *r, Suppression suppression, Part rule) {
  if (rule.n) {
    suppression.rule = keep(r, rule);
    suppression.problem = problem_with_rule(r, suppression.rule);
  }
  vec_push(&r->report->suppressions, suppression);
}

// One suppression for each of the rules.
static void add_rules(Reading *r, const Suppression *like, Part list) {
  const char *end = list.at + list.n;
  if (!list.n)
    add(r, *like, list);
  for (const char *at = list.at; at < end;) {
    const char *comma = memchr(at, ',', (size_t)(end - at));
    Part rule = trim(at, comma ? comma : end);
    if (rule.n)
      add(r, *like, rule);
    at = comma ? comma + 1 : end;
  }
}

// The last start that is still open ends at the place of this comment.
static void end_range(Reading *r, const Suppression *end) {
  Suppression *all = r->report->suppressions.at, *last = NULL;
  for (uint32_t i = r->report->suppressions.n; i > r->first; i--) {
    Suppression *start = &all[i - 1];
    if (start->kind != SUPPRESS_START || start->target.source || (last && start->place.start != last->place.start))
      continue;
    last = start;  // the rules of one comment end together
    start->target = end->place;
  }
  if (last)
    return;
  Suppression alone = *end;
  alone.problem = "nothing was started that it ends";
  vec_push(&r->report->suppressions, alone);
}

// Number of the kind whose name is this word, COUNT(names) when it is none.
static size_t kind_of(Part word) {
  size_t kind = 0;
  while (kind < COUNT(names) && (strlen(names[kind]) != word.n || memcmp(names[kind], word.at, word.n)))
    kind++;
  return kind;
}

static void add_unknown(Reading *r, Suppression *like, Part word) {
  const char *given = keep(r, word), *closest = closest_word(given, names, COUNT(names));
  like->kind = SUPPRESS_END;
  like->problem = arena_printf(&r->report->arena, "there is no `%s`; did you mean %s?", given,
                               closest ? closest : names[SUPPRESS_NEXT_LINE]);
  vec_push(&r->report->suppressions, *like);
}

// What stands behind the start of a comment, if it speaks to us.
static void read_text(Reading *r, Part text, Place place, uint32_t next) {
  const char *end = text.at + text.n, *at = text.at;
  if (text.n < strlen(PREFIX) || memcmp(at, PREFIX, strlen(PREFIX)))
    return;
  while (at < end && ((*at >= 'a' && *at <= 'z') || *at == '-'))
    at++;
  Part word = {text.at, (size_t)(at - text.at)};
  const char *dashes = memmem(at, (size_t)(end - at), "--", 2);
  Part list = trim(at, dashes ? dashes : end), reason = dashes ? trim(dashes + 2, end) : (Part){"", 0};
  Suppression like = {.place = place, .reason = keep(r, reason)};
  size_t kind = kind_of(word);
  like.kind = (SuppressionKind)kind;
  if (kind == COUNT(names)) {
    add_unknown(r, &like, word);
    return;
  }
  if (like.kind == SUPPRESS_NEXT_LINE)
    like.target = (Place){.source = r->source, .start = next, .end = next};
  if (like.kind == SUPPRESS_END)
    end_range(r, &like);
  else
    add_rules(r, &like, list);
}

// A whole comment.
static void read_comment(Reading *r, const char *at, size_t length, uint32_t start, uint32_t next) {
  const char *end = at + length;
  Place place = {.source = r->source, .start = start, .end = start + (uint32_t)length};
  Lang lang = r->source->lang;
  at += comment_start(at, end, lang);
  if (end - at >= 2 && !memcmp(end - 2, "*/", 2))
    end -= 2;
  read_text(r, trim(at, end), place, next);
}

static void read_code(Reading *r, const Facts *facts) {
  for (uint32_t i = 0; i < facts->comments.n; i++) {
    const Comment *comment = &facts->comments.at[i];
    read_comment(r, facts_name(facts, comment->text), comment->span.end - comment->span.start, comment->span.start,
                 comment->next);
  }
}

// A line that is, or ends in, a comment with our word in it.
static void read_line(Reading *r, const TextFile *file, const char *line, const char *end, const char *word) {
  const char *start = word;
  while (start > line && start[-1] && strchr(" \t-/*#", start[-1]))
    start--;
  start += strspn(start, " \t");
  const char *close = memmem(word, (size_t)(end - word), "*/", 2);
  if (!comment_start(start, end, file->source->lang))
    return;
  end = close && start[1] == '*' ? close + 2 : end;
  read_comment(r, start, (size_t)(end - start), (uint32_t)(start - file->text),
               (uint32_t)next_code(file->text, file->length, (size_t)(end - file->text), file->source->lang));
}

static void read_file_text(Reading *r, const TextFile *file) {
  const char *at = file->text, *last = file->text + file->length, *line = at;
  while ((at = memmem(at, (size_t)(last - at), PREFIX, strlen(PREFIX)))) {
    const char *end = memchr(at, '\n', (size_t)(last - at));
    for (const char *feed; (feed = memchr(line, '\n', (size_t)(at - line)));)
      line = feed + 1;
    end = end ? end : last;
    read_line(r, file, line, end, at);
    at = line = end;
  }
}

void suppressions_read(Report *report, const Program *p) {
  for (FileId file = 1; file < p->files.n; file++) {
    Reading r = {report, p->files.at[file].source, report->suppressions.n};
    read_code(&r, &p->files.at[file].facts);
  }
  for (uint32_t i = 0; i < p->texts.n; i++) {
    Reading r = {report, p->texts.at[i].source, report->suppressions.n};
    read_file_text(&r, &p->texts.at[i]);
  }
}

//
// Applying
//

static bool holds_at(const Suppression *s, const Place *place) {
  uint32_t line = place->line;
  if (s->problem || s->place.source != place->source)
    return false;
  switch (s->kind) {
  case SUPPRESS_NEXT_LINE:
    return line == s->target.line;
  case SUPPRESS_LINE:
    return line >= s->place.line && line <= s->place.end_line;
  case SUPPRESS_FILE:
    return true;
  case SUPPRESS_START:
    return line >= s->place.line && (!s->target.source || line <= s->target.line);
  case SUPPRESS_END:
    break;
  }
  return false;
}

// Suppressions of one file stand together.
typedef struct Index {
  Report *report;
  Map by_source;  // address of the source -> its first suppression + 1
} Index;

// The first suppression of the rule that holds at the place, NULL if there is none. All that do are used.
static Suppression *suppression_at(const Index *index, const Finding *finding, const Place *place) {
  Suppression *first = NULL;
  uint32_t i = map_get(&index->by_source, (uintptr_t)place->source);
  for (; i && i <= index->report->suppressions.n; i++) {
    Suppression *s = &index->report->suppressions.at[i - 1];
    if (s->place.source != place->source)
      break;
    if ((s->rule && strcmp(s->rule, finding->rule->id)) || !holds_at(s, place))
      continue;
    s->used = true;
    first = first ? first : s;
  }
  return first;
}

// A finding about code is one way, which any step may excuse. Of one about the schema the steps behind the first are
// reasons of their own: each must be excused.
static Suppression *suppression_of(const Index *index, const Finding *finding) {
  Suppression *found = suppression_at(index, finding, &finding->place), *step = NULL;
  uint32_t excused = 0;
  for (uint32_t i = 0; i < finding->nsteps; i++) {
    Suppression *s = suppression_at(index, finding, &finding->steps[i].place);
    if (s && (!finding->subject || !i))
      found = found ? found : s;
    else if (s)
      step = s, excused++;
  }
  if (!found && finding->nsteps > 1 && excused == finding->nsteps - 1)
    found = step;
  return found;
}

// Keep the findings that nothing speaks of; those that are about a comment which is used are dropped.
static void sort_out(const Index *index, Finding *findings, uint32_t *count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < *count; i++) {
    Finding *finding = &findings[i];
    Suppression *s = finding->comment ? NULL : suppression_of(index, finding);
    if (!s) {
      findings[n++] = *finding;
      continue;
    }
    finding->suppressed = SUPPRESSED_IN_SOURCE;
    finding->justification = s->reason;
    vec_push(&index->report->suppressed, *finding);
  }
  *count = n;
}

static void drop_claims_about_used(Report *report) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < report->findings.n; i++) {
    const Finding *finding = &report->findings.at[i];
    if (!finding->comment || !report->suppressions.at[finding->comment - 1].used)
      report->findings.at[n++] = *finding;
  }
  report->findings.n = n;
}

void suppressions_apply(Report *report) {
  Index index = {.report = report};
  for (uint32_t i = report->suppressions.n; i; i--)
    map_put(&index.by_source, (uintptr_t)report->suppressions.at[i - 1].place.source, i);
  sort_out(&index, report->findings.at, &report->findings.n);
  for (uint32_t i = 0; i < report->hidden.n; i++)
    suppression_of(&index, &report->hidden.at[i]);
  drop_claims_about_used(report);
  map_release(&index.by_source);
}
