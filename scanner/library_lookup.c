// library_lookup.c - finds the rows of library models by package, state and name.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "library_read.h"

enum { SPECIFIER_ROOM = 256 };

uint64_t model_key(uint32_t owner, const char *name) {
  return hash_quick(name, strlen(name)) + owner * 0x9e3779b97f4a7c15u;
}

// Members that stand for calling or constructing the value itself, or tagging a template with it.
static bool library_is_operator(const char *name) {
  return !strcmp(name, "()") || !strcmp(name, "new()") || !strcmp(name, "``");
}

// True when the pattern matches the text, or the text up to one of its slashes; `*` is any text.
static bool covers(const char *pattern, const char *text) {
  for (; *pattern && *pattern != '*'; pattern++, text++)
    if (*pattern != *text)
      return false;
  if (!*pattern)
    return !*text || *text == '/';
  for (;; text++) {
    if (covers(pattern + 1, text))
      return true;
    if (!*text)
      return false;
  }
}

// The library added last of which a pattern with the first `length` bytes of the specifier covers it, 0 if none does.
static uint16_t covering(const Libraries *libs, const char *specifier, size_t length, bool generated) {
  for (uint32_t at = map_get(&libs->patterns_of, hash_quick(specifier, length)); at; at = libs->patterns.at[at - 1].next) {
    const PackagePattern *pattern = &libs->patterns.at[at - 1];
    if ((generated || !pattern->generated) && covers(pattern->text, specifier))
      return pattern->library;
  }
  return 0;
}

// A specifier that tells where its package comes from, as Deno and browsers take them, less that and the version:
// `npm:pg@8`, `https://esm.sh/@supabase/supabase-js@2.39.0?dts`. Any other one is as it is.
static const char *without_source(const char *specifier, char bare[SPECIFIER_ROOM]) {
  static const char *const sources[] = {"npm:", "jsr:", "https://esm.sh/", "https://cdn.skypack.dev/", "https://cdn.jsdelivr.net/npm/"};
  for (size_t i = 0; i < COUNT(sources); i++) {
    size_t n = strlen(sources[i]);
    if (strncmp(specifier, sources[i], n))
      continue;
    const char *name = specifier + n + (specifier[n] == '/'), *scope = *name == '@' ? name + strcspn(name, "/") : name;
    size_t length = (size_t)(scope - name) + strcspn(scope + (*scope == '/'), "/@?") + (*scope == '/');
    const char *rest = name + length + strcspn(name + length, "/?");
    snprintf(bare, SPECIFIER_ROOM, "%.*s%.*s", (int)length, name, (int)strcspn(rest, "?"), rest);
    return bare;
  }
  return specifier;
}

uint16_t library_of_package(const Libraries *libs, const char *specifier, bool generated) {
  char bare[SPECIFIER_ROOM];
  specifier = without_source(specifier, bare);
  uint16_t named = covering(libs, specifier, strcspn(specifier, "/"), generated);
  uint16_t other = covering(libs, specifier, 0, generated);
  return named > other ? named : other;
}

bool library_joins(const Libraries *libs, uint16_t library, uint16_t transaction) {
  const Library *a = &libs->libraries.at[library], *b = &libs->libraries.at[transaction];
  return library == transaction || is_in_list(a->name, b->transactions_of) || is_in_list(b->name, a->transactions_of);
}

const LibraryExport *library_export(const Libraries *libs, uint16_t library, const char *name) {
  uint32_t found = map_get(&libs->export_index, model_key(library, name));
  if (!found && !strchr(name, '.'))
    found = map_get(&libs->export_index, model_key(library, "*"));
  return found ? &libs->exports.at[found - 1] : NULL;
}

bool library_has_export(const Libraries *libs, uint16_t library, const char *name) {
  return map_get(&libs->export_index, model_key(library, name)) != 0;
}

bool is_promise_method(const char *name) {
  return !strcmp(name, "then") || !strcmp(name, "catch") || !strcmp(name, "finally");
}

// The member of the state or of one that it is based on.
static const LibraryMember *find_member(const Libraries *libs, StateId state, const char *name) {
  for (int steps = 0; state && steps < 4; steps++) {
    uint32_t found = map_get(&libs->member_index, model_key(state, name));
    if (found)
      return &libs->members.at[found - 1];
    state = state < libs->states.n ? libs->states.at[state].base : 0;
  }
  return NULL;
}

// The member of which the name is a verb and an asterisk: `retrieve*` for `retrievePost`, the longest verb that fits.
static const LibraryMember *find_verb(const Libraries *libs, StateId state, const char *name) {
  char verb[64];
  if (state >= libs->states.n || !libs->states.at[state].has_verbs)
    return NULL;
  for (size_t n = strlen(name); n-- > 1;) {
    if (!isupper((unsigned char)name[n]) || n + 2 > sizeof verb)
      continue;
    memcpy(verb, name, n);
    strcpy(verb + n, "*");
    const LibraryMember *member = find_member(libs, state, verb);
    if (member)
      return member;
  }
  return NULL;
}

const Meaning *library_member(const Libraries *libs, StateId state, const char *name) {
  const LibraryMember *member = find_member(libs, state, name);
  if (!member)
    member = find_verb(libs, state, name);
  if (!member && !library_is_operator(name) && !is_promise_method(name))
    member = find_member(libs, state, "*");
  return member ? &member->meaning : NULL;
}
