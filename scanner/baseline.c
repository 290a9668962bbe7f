// baseline.c - see baseline.h.
#include "baseline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

static const char head[] = "# seqscan baseline 1: fingerprint, count, rule, path of each finding that is known\n";

//
// Reading
//

// The word at *at, which moves behind it and the space that follows.
static char *next_word(char **at) {
  char *word = *at, *space = strchr(word, ' ');
  if (!space)
    return NULL;
  *space = '\0';
  *at = space + 1;
  return word;
}

// `IDENTITY COUNT RULE PATH`; changes the line.
static bool read_entry(Known *known, char *line) {
  char *identity = next_word(&line), *count = identity ? next_word(&line) : NULL, *end;
  char *rule = count ? next_word(&line) : NULL;
  if (!rule || !*line || strspn(identity, "0123456789abcdef") != 16 || identity[16] || *count < '1' || *count > '9')
    return false;
  uint64_t number = strtoull(count, &end, 10);
  if (*end || number > UINT32_MAX)
    return false;
  known_add(known, strtoull(identity, NULL, 16), rule, line, (uint32_t)number);
  return true;
}

static int read_lines(Known *known, char *text, const char *path, Error *err) {
  unsigned number = 1;
  for (char *line = text, *next; line && *line; line = next, number++) {
    next = strchr(line, '\n');
    if (next)
      *next++ = '\0';
    size_t length = strlen(line);
    if (length && line[length - 1] == '\r')
      line[length - 1] = '\0';
    if (*line && *line != '#' && !read_entry(known, line))
      return fail_usage(err, "%s:%u: this is no line of a baseline%s", path, number,
                  strchr("<=>|", *line) ? ": there is a merge conflict" : "");
  }
  return 0;
}

int baseline_read(Known *known, const char *path, Text *text, Error *err) {
  if (text->n && strlen(text->at) != text->n)
    return fail_usage(err, "%s: this is no baseline", path);
  return text->n ? read_lines(known, text->at, path, err) : 0;
}

//
// Writing
//

static int compare_entries(const void *left, const void *right) {
  const KnownFinding *a = *(const KnownFinding *const *)left, *b = *(const KnownFinding *const *)right;
  int order = strcmp(a->path, b->path);
  order = order ? order : strcmp(a->rule, b->rule);
  return order ? order : (a->identity > b->identity) - (a->identity < b->identity);
}

// A path with a line end in it must not end the line.
static void add_path(Text *text, const char *path) {
  size_t start = text->n;
  text_puts(text, path);
  for (size_t i = start; i < text->n; i++)
    if (text->at[i] == '\n' || text->at[i] == '\r')
      text->at[i] = ' ';
}

static int write_entries(const KnownFinding **entries, uint32_t count, const char *path, Error *err) {
  Text text = {0};
  text_puts(&text, head);
  if (count)
    qsort(entries, count, sizeof *entries, compare_entries);
  for (uint32_t i = 0; i < count; i++) {
    text_printf(&text, "%016" PRIx64 " %" PRIu32 " %s ", entries[i]->identity, entries[i]->count, entries[i]->rule);
    add_path(&text, entries[i]->path);
    text_puts(&text, "\n");
  }
  int status = output_write(path, &text, err);
  text_release(&text);
  return status;
}

int baseline_write(const Report *report, const char *path, Error *err) {
  Known known = {0};
  VEC(const KnownFinding *) entries = {0};
  known_add_findings(&known, report->findings.at, report->findings.n);
  for (uint32_t i = 0; i < known.all.n; i++)
    vec_push(&entries, &known.all.at[i]);
  int status = write_entries(entries.at, entries.n, path, err);
  vec_release(&entries);
  known_release(&known);
  return status;
}

int baseline_prune(const Known *known, const char *path, Error *err) {
  VEC(const KnownFinding *) entries = {0};
  KnownFinding *met = xcalloc(known->all.n, sizeof *met);
  for (uint32_t i = 0; i < known->all.n; i++) {
    met[i] = known->all.at[i];
    met[i].count -= met[i].left;
    if (met[i].count)
      vec_push(&entries, &met[i]);
  }
  int status = write_entries(entries.at, entries.n, path, err);
  vec_release(&entries);
  xfree(met);
  return status;
}

//
// Applying
//

void baseline_apply(Known *known, Report *report) {
  uint32_t kept = 0;
  bool *is_known = xcalloc(report->findings.n, sizeof *is_known);
  for (uint32_t i = 0; i < known->all.n; i++)
    known->all.at[i].left = known->all.at[i].count;
  known_match(known, report->findings.at, report->findings.n, NULL, is_known);
  for (uint32_t i = 0; i < report->findings.n; i++) {
    Finding *finding = &report->findings.at[i];
    finding->baseline = is_known[i] ? BASELINE_UNCHANGED : BASELINE_NEW;
    if (!is_known[i]) {
      report->findings.at[kept++] = *finding;
      continue;
    }
    finding->suppressed = SUPPRESSED_EXTERNAL;
    finding->justification = "in the baseline";
    vec_push(&report->suppressed, *finding);
  }
  report->findings.n = kept;
  xfree(is_known);
  // What is not shown is not gone, nor what was not looked at.
  for (uint32_t i = 0; i < report->hidden.n; i++)
    known_take(known, report->hidden.at[i].identity, report->hidden.at[i].place.source->path);
  for (uint32_t i = 0; i < known->all.n; i++) {
    KnownFinding *entry = &known->all.at[i];
    if (map_get(&report->of_tests, hash_quick(entry->path, strlen(entry->path))))
      entry->left = 0;
    report->coverage.gone += entry->left;
  }
}
