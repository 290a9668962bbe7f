// glob.h - patterns of paths, as configuration writes them.
//
//   *  any text but `/`    ?  one character    **  any folders    {a,b}  one of these
//
// Everything else is itself, brackets too: `app/[id]/page.tsx` is a usual name. A pattern without `/` is looked for in
// every folder; one that names a folder holds for all below it.
#ifndef SEQSCAN_GLOB_H
#define SEQSCAN_GLOB_H

#include "base.h"

typedef struct Glob Glob;

// NULL when braces do not pair or the pattern is too long; freed by glob_free().
Glob *glob_new(const char *pattern);
bool glob_matches(const Glob *glob, const char *path);
const char *glob_text(const Glob *glob);
void glob_free(Glob *glob);

#endif
