// naming.c - names in the database, as libraries make them of names in the code.
#include "declare.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

// "userId" -> "user_id"
static const char *snake(Arena *arena, const char *name) {
  Text text = {0};
  for (size_t i = 0; name[i]; i++) {
    bool upper = isupper((unsigned char)name[i]);
    bool after_lower = i && (islower((unsigned char)name[i - 1]) || isdigit((unsigned char)name[i - 1]));
    bool ends_capitals = i && isupper((unsigned char)name[i - 1]) && islower((unsigned char)name[i + 1]);
    if (upper && (after_lower || ends_capitals))
      text_puts(&text, "_");
    char lower = (char)tolower((unsigned char)name[i]);
    text_add(&text, name[i] == '-' || name[i] == ' ' ? "_" : &lower, 1);
  }
  const char *kept = arena_copy(arena, text.at ? text.at : "", text.n);
  text_release(&text);
  return kept;
}

// "user_account" -> "userAccount"
static const char *camel(Arena *arena, const char *name) {
  char *copy = arena_copy(arena, name, strlen(name)), *to = copy;
  for (const char *from = name; *from; from++)
    if (*from == '_' && from != name && from[1])
      *to++ = (char)toupper((unsigned char)*++from);
    else
      *to++ = *from;
  *to = 0;
  return copy;
}

static bool ends(const char *name, const char *end) {
  size_t n = strlen(name), m = strlen(end);
  return n >= m && !strcasecmp(name + n - m, end);
}

static bool is_vowel(char c) { return c && strchr("aeiouAEIOU", c); }

// The regular English plurals, and those of words that name many tables.
static const char *plural(Arena *arena, const char *name) {
  static const struct {
    const char *end, *plural;
  } endings[] = {{"person", "people"}, {"child", "children"}, {"status", "statuses"}, {"alias", "aliases"},
                 {"bus", "buses"},     {"sis", "ses"},        {"ss", "sses"},         {"x", "xes"},
                 {"ch", "ches"},       {"sh", "shes"},        {"people", "people"},   {"s", "s"}};
  size_t length = strlen(name);
  for (size_t i = 0; i < COUNT(endings); i++)
    if (ends(name, endings[i].end)) {
      size_t stem = length - strlen(endings[i].end);
      // The stem's own first letter stays: "Person" -> "People".
      return arena_printf(arena, "%.*s%c%s", (int)stem, name, name[stem], endings[i].plural + 1);
    }
  if (length > 1 && ends(name, "y") && !is_vowel(name[length - 2]))
    return arena_printf(arena, "%.*sies", (int)length - 1, name);
  return arena_printf(arena, "%ss", name);
}

// Plural endings by the rules of the package inflection (1.13, lib/inflection.js), in their order, its mistakes as well; the
// first that fits counts. `^` stands for the start of the name.
static const struct {
  const char *end, *singular;
} singulars[] = {
    // the same in both numbers
    {"^athletics", "athletics"}, {"^chaos", "chaos"}, {"^crossroads", "crossroads"}, {"^economics", "economics"},
    {"^ethics", "ethics"}, {"^gallows", "gallows"}, {"^genetics", "genetics"}, {"^gymnastics", "gymnastics"},
    {"^linguistics", "linguistics"}, {"^mathematics", "mathematics"}, {"^measles", "measles"}, {"^minus", "minus"},
    {"^mumps", "mumps"}, {"^news", "news"}, {"^pasta", "pasta"}, {"^physics", "physics"}, {"^series", "series"},
    {"^species", "species"}, {"^tennis", "tennis"},
    // singular already
    {"axis", "axis"}, {"testis", "testis"}, {"octopus", "octopus"}, {"virus", "virus"}, {"alias", "alias"},
    {"status", "status"}, {"canvas", "canvas"}, {"campus", "campus"}, {"^summons", "summons"}, {"^bonus", "bonus"},
    {"bus", "bus"}, {"sis", "sis"}, {"ss", "ss"}, {"^whereas", "whereas"}, {"^genus", "genus"},
    // plural
    {"^men", "man"}, {"^women", "woman"}, {"people", "person"}, {"children", "child"}, {"databases", "database"},
    {"drives", "drive"}, {"^genera", "genus"}, {"^criteria", "criterion"}, {"ta", "tum"}, {"ia", "ium"},
    {"analyses", "analyasis"}, {"bases", "basis"}, {"diagnoses", "diagnosis"}, {"parentheses", "parenthesis"},
    {"prognoses", "prognosis"}, {"synopses", "synopsis"}, {"theses", "thesis"}, {"hives", "hive"}, {"tives", "tive"},
    {"curves", "curve"}, {"lves", "lf"}, {"rves", "rf"}, {"aves", "ave"}, {"oves", "ove"}, {"fves", "fve"}, {"ves", "fe"},
    {"movies", "movie"}, {"ies", "y"}, {"xes", "x"}, {"ches", "ch"}, {"sses", "ss"}, {"shes", "sh"}, {"mice", "mouse"},
    {"lice", "louse"}, {"buses", "bus"}, {"oes", "o"}, {"crises", "crisis"}, {"testes", "testis"}, {"octopuses", "octopus"},
    {"viruses", "virus"}, {"aliases", "alias"}, {"canvases", "canvas"}, {"statuses", "status"}, {"campuses", "campus"},
    {"^summonses", "summons"}, {"^bonuses", "bonus"}, {"^oxen", "ox"}, {"matrices", "matrix"}, {"vertices", "vertex"},
    {"indices", "index"}, {"^feet", "foot"}, {"^teeth", "tooth"}, {"^geese", "goose"}, {"quizzes", "quiz"},
    {"^whereases", "whereas"}, {"s", ""}};

const char *naming_singular(Arena *arena, const char *name) {
  size_t length = strlen(name);
  for (size_t i = 0; i < COUNT(singulars); i++) {
    const char *end = singulars[i].end, *singular = singulars[i].singular;
    bool whole = *end == '^';
    end += whole;
    size_t n = strlen(end), same = 0;
    if (!ends(name, end) || (whole && n != length))
      continue;
    // What both have in common stays as it is written.
    while (singular[same] && end[same] == singular[same])
      same++;
    return arena_printf(arena, "%.*s%s", (int)(length - n + same), name, singular + same);
  }
  return name;
}

static const char *lower(Arena *arena, const char *name) {
  char *copy = arena_copy(arena, name, strlen(name));
  for (char *c = copy; *c; c++)
    *c = (char)tolower((unsigned char)*c);
  return copy;
}

const char *naming_apply(Arena *arena, Naming naming, const char *name) {
  switch (naming) {
  case NAMING_SNAKE:
    return snake(arena, name);
  case NAMING_CAMEL:
    return camel(arena, name);
  case NAMING_PLURAL:
    return plural(arena, name);
  case NAMING_LOWER_PLURAL:
    return plural(arena, lower(arena, name));
  case NAMING_LOWER:
    return lower(arena, name);
  default:
    return name;
  }
}

const char *naming_join(Arena *arena, Naming naming, const char *first, const char *second) {
  if (naming == NAMING_SNAKE)
    return snake(arena, arena_printf(arena, "%s_%s", first, second));
  first = camel(arena, first);
  return arena_printf(arena, "%s%c%s", first, toupper((unsigned char)*second), *second ? second + 1 : "");
}

static void put_columns(Text *out, const Index *index) {
  for (uint32_t i = 0; i < index->parts.n; i++)
    text_printf(out, "%s%s", i ? "_" : "", index->parts.at[i].column);
}

const char *naming_index(Declare *d, const char *pattern, const Index *index) {
  for (uint32_t i = 0; i < index->parts.n; i++)
    if (!index->parts.at[i].column)
      return NULL;
  if (!pattern || !d->table || !index->parts.n)
    return NULL;
  Text text = {0};
  for (const char *at = pattern; *at;) {
    if (!strncmp(at, "{table}", 7))
      text_puts(&text, d->table->name), at += 7;
    else if (!strncmp(at, "{columns}", 9))
      put_columns(&text, index), at += 9;
    else
      text_add(&text, at++, 1);
  }
  const char *kept = arena_copy(&d->schemas->arena, text.at, text.n);
  text_release(&text);
  return naming_apply(&d->schemas->arena, (Naming)d->model->indexes, kept);
}
