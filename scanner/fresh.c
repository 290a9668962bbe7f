// fresh.c - see fresh.h.
#include "fresh.h"

#include <string.h>

// Where a change touches a finding. The earlier, the better it shows why.
typedef enum Nearness { AT_STEP, IN_REGION, IN_FILE, NOWHERE } Nearness;

typedef struct Spot {
  Nearness nearness;
  const Place *place;  // the finding's own, or that of a step
  uint32_t line;       // that is touched
} Spot;

// Whether a step is where the way starts, around the finding's own place: a loop or a function. Only its first line is
// the step; the others are what runs there.
static bool is_region(const Finding *f, const Place *place) {
  return place->source == f->place.source && place->line < place->end_line && place->start <= f->place.start &&
         place->end >= f->place.end && (place->start != f->place.start || place->end != f->place.end);
}

// Number `i` of the finding's places: its own, then the steps from the last one on. NULL behind the last.
static const Place *place_at(const Finding *f, uint32_t i) {
  if (!i)
    return &f->place;
  return i <= f->nsteps ? &f->steps[f->nsteps - i].place : NULL;
}

static bool touches(Spot *spot, const Finding *f, const Change *change, Touch touch, Nearness nearness) {
  const Place *place;
  for (uint32_t i = 0; (place = place_at(f, i)); i++) {
    bool region = is_region(f, place);
    uint32_t first = place->line, last = region && nearness == AT_STEP ? place->line : place->end_line;
    if (nearness == IN_REGION && !region)
      continue;
    if (nearness == IN_FILE)
      first = 1, last = UINT32_MAX;
    uint32_t line = change_line(change, place->source->path, touch, first, last, place->line);
    if (!line)
      continue;
    *spot = (Spot){nearness, place, line};
    return true;
  }
  return false;
}

static Spot spot_of(const Finding *f, const Change *change) {
  Spot spot = {.nearness = NOWHERE};
  for (int nearness = AT_STEP; nearness < NOWHERE; nearness++)
    if (touches(&spot, f, change, TOUCH_CHANGED, (Nearness)nearness) ||
        touches(&spot, f, change, TOUCH_BESIDE, (Nearness)nearness))
      break;
  return spot;
}

//
// What is kept
//

static void keep_unknown(Report *report, const Change *change, Known *base) {
  uint32_t n = 0, count = report->findings.n;
  bool *fresh = xcalloc(count, sizeof *fresh), *is_known = xcalloc(count, sizeof *is_known);
  for (uint32_t i = 0; i < count; i++)
    fresh[i] = spot_of(&report->findings.at[i], change).nearness <= IN_REGION;
  known_match(base, report->findings.at, count, fresh, is_known);
  for (uint32_t i = 0; i < count; i++)
    if (!is_known[i])
      report->findings.at[n++] = report->findings.at[i];
  report->findings.n = n;
  report->coverage.known += count - n;
  xfree(fresh);
  xfree(is_known);
}

// Drop the findings that the change touches nowhere; returns how many there were.
static uint32_t drop_untouched(Finding *findings, uint32_t *count, const Change *change) {
  uint32_t n = 0, before = *count;
  for (uint32_t i = 0; i < before; i++)
    if (spot_of(&findings[i], change).nearness != NOWHERE)
      findings[n++] = findings[i];
  *count = n;
  return before - n;
}

void fresh_keep(Report *report, const Change *change, Known *bases, size_t nbases) {
  for (size_t i = 0; i < nbases; i++)
    keep_unknown(report, change, &bases[i]);
  for (uint32_t i = 0; i < report->findings.n; i++)
    report->findings.at[i].baseline = BASELINE_NEW;
  report->coverage.untouched = drop_untouched(report->findings.at, &report->findings.n, change);
  drop_untouched(report->suppressed.at, &report->suppressed.n, change);
}

//
// Where it is shown
//

// The step that stands there becomes the finding's place, cut to the line that is touched.
static int place_finding(Report *report, Finding *f, const Change *change, Error *err) {
  Spot spot = spot_of(f, change);
  Place place = *spot.place, whole = place;
  if (place_cut(report->tree, &place, spot.line, err))
    return -1;
  // A step goes along with the finding, so that it is told there what it is.
  for (uint32_t i = 0; spot.nearness == AT_STEP && i < f->nsteps; i++) {
    const Place *step = &f->steps[i].place;
    if (step->source == whole.source && step->start == whole.start && step->end == whole.end)
      f->steps[i].place = place;
  }
  f->place = place;
  return 0;
}

int fresh_place(Report *report, const Change *change, Error *err) {
  for (uint32_t i = 0; i < report->findings.n; i++)
    if (place_finding(report, &report->findings.at[i], change, err))
      return -1;
  findings_sort(report->findings.at, report->findings.n);
  return 0;
}
