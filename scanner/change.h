// change.h - a change: what it is compared with, and the lines that it touches.
//
// Either what a tree brings since it left a revision (their merge base), or what is staged in the index since HEAD.
#ifndef SEQSCAN_CHANGE_H
#define SEQSCAN_CHANGE_H

#include "source.h"

typedef struct Change Change;

// The change from `base` to the tree; the base of a staged tree is HEAD, and what is being merged with it. Fails when
// the revision is unknown, or has nothing in common with the tree. The caller frees *out by change_free().
int change_open(Change **out, const Tree *tree, const char *base, Error *err);
void change_free(Change *change);

// The revisions in which what is found is not new. There is none before the first commit.
size_t change_bases(const Change *change);
const char *change_base(const Change *change, size_t i);
// Why nothing can be compared, because the clone is shallow; NULL if all is well.
const char *change_note(const Change *change);

// A file that it touches, as it was before. A file that was moved is two of them.
typedef struct Former {
  const char *path;
  bool was_there;
  uint8_t oid[20];
} Former;
const Former *change_formers(const Change *change, size_t *count);
// Whether nothing is changed but the content of regular files, and no attributes of them.
bool change_is_of_content(const Change *change);

// Whether it touches anything that findings depend on.
bool change_matters(const Change *change);

// How a line is touched.
typedef enum Touch {
  TOUCH_CHANGED,  // it is new
  TOUCH_BESIDE,   // lines next to it were deleted
} Touch;
// The touched line nearest to `near` among `first`..`last` of the file, 0 if there is none.
uint32_t change_line(const Change *change, const char *path, Touch touch, uint32_t first, uint32_t last, uint32_t near);

#endif
