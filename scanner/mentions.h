// mentions.h - what a file of code says of others, found without a parse: enough to tell whether it must be parsed.
//
// More may be mentioned than the code says, as in texts and after code on a line, but not less: only a line that goes on
// with `* ` from the one before may be taken for one of a comment.
#ifndef SEQSCAN_MENTIONS_H
#define SEQSCAN_MENTIONS_H

#include "base.h"

typedef enum MentionFlag {
  MENTIONS_AMBIENT = 1 << 0,  // gives something to files that do not import it: `global.db = e`, `declare global`
  MENTIONS_WAYS = 1 << 1,     // has functions `up` and `down`, as a migration has
  MENTIONS_US = 1 << 2,       // has a comment that speaks to seqscan
  MENTIONS_GRAPHQL = 1 << 3,  // has a text of GraphQL: gql`...`, graphql(`...`)
  MENTIONS_OPAQUE = 1 << 4,   // may export more than the names that are told: `module.exports = e`
} MentionFlag;

// What stands before the specifier of a module that the file adds to (`declare module "x"`), of one from which it exports,
// and of one from which it has what a class implements; and before each name, of that module, that is imported, exported or
// implemented by a class that does something, which is no mere record. All of it when no name follows an import or
// export, or `*` does: `export * as a from "b"`.
#define MENTIONS_AUGMENTS "+"
#define MENTIONS_PASSES ">"
#define MENTIONS_IMPLEMENTS "^"
#define MENTIONS_NAME "="
// What stands before each name that the file exports, but for what it does so by `export * from "a"`.
#define MENTIONS_GIVES "<"
// And before each part of a path that its texts may hold, when it loads modules by names that only a run tells:
// `require(path.join(__dirname, "models", name))`; `.` is its own folder.
#define MENTIONS_LOADS "*"

typedef struct Mentions {
  char *specifiers;  // of imports and of modules added to, with names, each NUL-terminated
  uint32_t length;   // bytes of them
  uint32_t flags;    // MentionFlag
  uint64_t content;  // hash of the bytes, for the caller to tell
} Mentions;

// Fill *out, which the caller releases, from the bytes of a file. One pass, without a limit on its length.
void mentions_read(Mentions *out, const char *bytes, size_t length);
void mentions_copy(Mentions *to, const Mentions *from);
void mentions_release(Mentions *mentions);

#endif
