// advice.c - the fix for a repeated query: its library's batched form, written with the names at hand.
//
// A wrong batch is worse than none, so code is shown only when the column, the value and the collection are all
// seen, and a write that has further conditions gets words only.
#include "judge.h"
#include "values.h"

#include <ctype.h>
#include <string.h>

//
// What the query asks for
//

// Where the search for a filter stands.
typedef struct Search {
  Program *p;
  const Repeated *r;
  FileId file;
  Id function;   // the query stands in this function, which the repetition calls; 0: in the repetition
  uint32_t relation;  // objects of relations around
  Filter found;
} Search;

static bool is_plain(const File *f, Id expr) {
  uint8_t kind = expr_at(f, expr)->kind;
  return kind == EX_IDENT || kind == EX_MEMBER || kind == EX_INDEX;
}

// Keys of options objects that are no columns.
static bool is_option(const char *name) {
  static const char *const names[] = {"select", "include", "data", "transaction", "attributes", "limit", "order", "orderBy",
                                      "take", "skip", "cursor", "relations", "session", "create", "update", "set", "lock",
                                      "columns", "with", "populate", "fields", "values", "$set"};
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

// What a value of the query is in the repetition: itself, or what the call hands to the parameter that it is.
static Id seen_from_loop(const Search *s, Id value) {
  if (!s->function)
    return value;
  Guard path = parameter_path(s->p, s->file, value, s->function, 0);
  return path.param ? guard_argument(&s->p->files.at[s->r->file], s->r->expr, path) : 0;
}

// Take key and value when the value varies and nothing was found before. `key` is NULL where it is not a column.
static void try_filter(Search *s, const char *key, Id value) {
  s->found.conditions++;
  if (!is_plain(&s->p->files.at[s->file], value))
    return;
  Id seen = seen_from_loop(s, value);
  if (!seen || !varies(s->p, s->r->file, seen, &s->r->repeat))
    return;
  s->found.changing++;
  if (s->found.value)
    return;
  s->found.key = key;
  s->found.value = seen;
}

static void search(Search *s, Id expr, int depth);

// Keys below which conditions stand; below another key they are those of a relation.
static bool is_condition(const char *name) {
  static const char *const names[] = {"where", "AND", "OR", "NOT", "and", "or", "filter"};
  for (size_t i = 0; i < COUNT(names); i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

static void search_object(Search *s, const Expr *e, int depth) {
  const File *f = &s->p->files.at[s->file];
  for (uint32_t i = 0; i < e->count; i++) {
    const Expr *x = expr_at(f, list_at(f, e->first, i));
    if (x->kind == EX_SPREAD)
      s->found.conditions++;
    if (x->kind != EX_PROPERTY || is_option(text_of(f, x->name)))
      continue;
    uint8_t kind = expr_at(f, x->a)->kind;
    bool condition = is_condition(text_of(f, x->name));
    s->relation += !condition;
    if (kind == EX_OBJECT || kind == EX_CALL || kind == EX_ARRAY)
      search(s, x->a, depth + 1);
    else
      try_filter(s, s->relation > 1 ? NULL : text_of(f, x->name), x->a);
    s->relation -= !condition;
  }
}

// `where("id", "=", value)`, `eq(users.id, value)`: a column, then a value.
static bool search_pair(Search *s, const Expr *e) {
  const File *f = &s->p->files.at[s->file];
  if (e->count < 2 || e->count > 3)
    return false;
  const Expr *column = expr_at(f, list_at(f, e->first, 0));
  if (column->kind != EX_STRING && column->kind != EX_MEMBER)
    return false;
  const char *name = text_of(f, column->name), *dot = strrchr(name, '.');
  try_filter(s, dot ? dot + 1 : name, list_at(f, e->first, e->count - 1u));
  return true;
}

static void search(Search *s, Id expr, int depth) {
  const File *f = &s->p->files.at[s->file];
  const Expr *e = expr_at(f, expr);
  if (depth > 6)
    return;
  if (e->kind == EX_OBJECT)
    search_object(s, e, depth);
  if (e->kind == EX_AWAIT || e->kind == EX_CAST)
    search(s, e->a, depth + 1);
  if (e->kind != EX_CALL)
    return;
  const Expr *callee = expr_at(f, e->a);
  if (callee->kind == EX_MEMBER)
    search(s, callee->a, depth + 1);
  if (search_pair(s, e))
    return;
  for (uint32_t i = 0; i < e->count; i++)
    search(s, list_at(f, e->first, i), depth + 1);
}

Filter filter_of(Program *p, const Repeated *r) {
  const Site *site = &p->sites.at[r->site];
  Search s = {.p = p, .r = r, .file = site->expr.file};
  bool near = r->via.file == site->expr.file && r->via.id == site->unit;
  if (r->via.file && !near)
    return (Filter){0};
  s.function = r->via.file ? r->via.id : 0;
  search(&s, site->expr.id, 0);
  return s.found;
}

//
// Filling the template
//

// Whether an expression is `item`, `item.x`, `item.x.y`...
static bool is_part_of(const File *f, Id expr, const char *item) {
  while (expr_at(f, expr)->kind == EX_MEMBER || expr_at(f, expr)->kind == EX_INDEX)
    expr = expr_at(f, expr)->a;
  return item && expr_at(f, expr)->kind == EX_IDENT && !strcmp(text_of(f, expr_at(f, expr)->name), item);
}

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n >= m && !strcmp(text + n - m, end);
}

// More than one of what a word names: orders, categories, boxes.
static char *plural_of(const char *word, Arena *arena) {
  size_t n = strlen(word);
  if (ends_with(word, "s"))
    return arena_copy(arena, word, n);
  if (n > 1 && word[n - 1] == 'y' && !strchr("aeiou", word[n - 2]))
    return arena_printf(arena, "%.*sies", (int)n - 1, word);
  bool hisses = ends_with(word, "x") || ends_with(word, "ch") || ends_with(word, "sh");
  return arena_printf(arena, "%s%s", word, hisses ? "es" : "s");
}

// `orders` for a table `Order`: a name for the rows that is not the table's own.
static const char *rows_name(const char *table, Arena *arena) {
  if (!*table || (islower((unsigned char)*table) && ends_with(table, "s")))
    return "rows";
  const char *dot = strrchr(table, '.');
  char *name = plural_of(dot ? dot + 1 : table, arena);
  name[0] = (char)tolower((unsigned char)name[0]);
  return name;
}

typedef struct Hole {
  const char *name;
  const char *text;
} Hole;

static void fill(Text *out, const char *template, const Hole *holes, size_t count) {
  while (*template) {
    bool filled = false;
    for (size_t i = 0; i < count && *template == '{' && !filled; i++) {
      size_t n = strlen(holes[i].name);
      if (strncmp(template + 1, holes[i].name, n) || template[n + 1] != '}')
        continue;
      text_puts(out, holes[i].text);
      template += n + 2;
      filled = true;
    }
    if (!filled)
      text_add(out, template++, 1);
  }
}

// The fix in words. `key` is what the query filters by, NULL if it cannot be seen.
static void put_plain(Text *out, const Repeated *r, const char *key) {
  if (r->effect == EFFECT_WRITE) {
    text_puts(out, "change all rows with one statement after the loop (a multi-row insert, or a condition on a list of keys); "
                   "keep the other conditions and options of this one, the transaction too");
    return;
  }
  text_puts(out, "read what all rounds need with one query before the loop, ");
  if (key)
    text_printf(out, "the same one with a list for `%s`, and look each row up in a Map by it", key);
  else
    text_puts(out, "or with a join in the query that gives the elements, and look it up in a Map inside");
}

// Whether the template can be filled for certain: it asks for one key only, and both value and collection are plain.
static bool is_certain(const File *f, const Repeated *r, const char *template, const Filter *filter, bool of_item) {
  bool needs = strstr(template, "{key}") || strstr(template, "{value}") || strstr(template, "{values}");
  if (!needs)
    return true;
  uint8_t over = expr_at(f, r->repeat.over)->kind;
  return filter->key && of_item && filter->conditions == 1 && (over == EX_IDENT || over == EX_MEMBER || over == EX_CALL);
}

// Fill a template of the site's library. `items` is what the elements are called together, `values` what they are
// asked for by.
static void fill_advice(Text *out, Program *p, const Repeated *r, const char *template, const Filter *filter,
                        const char *items, const char *values, Arena *arena) {
  const Site *site = &p->sites.at[r->site];
  const File *f = &p->files.at[r->file], *g = &p->files.at[site->call.file];
  const char *item = item_name(f, &r->repeat), *table = sym_text(p, site->table);
  Id receiver = site->call.file ? receiver_of(g, site) : 0;
  Hole holes[] = {
      {"receiver", receiver ? expr_text(g, receiver, arena) : "db"},
      {"table", *table ? table : "the table"},
      {"method", sym_text(p, site->method)},
      {"items", items},
      {"values", values},
      {"item", site->loads && r->via.file ? "row" : item ? item : "item"},
      {"key", filter->key ? filter->key : "id"},
      {"value", filter->value ? expr_text(f, filter->value, arena) : "id"},
      {"rows", rows_name(table, arena)},
      {"relation", site->relation ? sym_text(p, site->relation) : "..."},
  };
  fill(out, template, holes, COUNT(holes));
}

// What the elements are called together; `rows` where a relation is loaded that is not one of plain elements.
static const char *items_text(const File *f, const Repeated *r, bool relation, Arena *arena) {
  Id over = r->repeat.over;
  while (expr_at(f, over)->kind == EX_AWAIT)
    over = expr_at(f, over)->a;
  bool query = relation && (r->via.file || expr_at(f, over)->kind == EX_CALL);
  return query ? "rows" : over ? expr_text(f, over, arena) : "items";
}

static void put_advice(Text *out, Program *p, const Repeated *r, Arena *arena) {
  const Site *site = &p->sites.at[r->site];
  const File *f = &p->files.at[r->file];
  const char *template = site->advice;
  const char *item = item_name(f, &r->repeat);
  Filter filter = filter_of(p, r);
  bool of_item = r->repeat.over && filter.value && is_part_of(f, filter.value, item);
  if (!template || !is_certain(f, r, template, &filter, of_item)) {
    put_plain(out, r, filter.changing > 1 ? NULL : filter.key);
    return;
  }
  const char *items = items_text(f, r, site->loads, arena);
  const char *value = filter.value ? expr_text(f, filter.value, arena) : "id";
  bool whole = item && !strcmp(value, item);
  const char *values = whole ? items : arena_printf(arena, "%s.map((%s) => %s)", items, item ? item : "item", value);
  fill_advice(out, p, r, template, &filter, items, values, arena);
}

static const char *put_others(Text *text, const Repeated *r, Arena *arena) {
  if (r->others)
    text_printf(text, "\n%u more kind%s of query run there %s", r->others, r->others == 1 ? "" : "s",
                is_in_resolver(r) ? "for each of them" : "in each round");
  const char *result = arena_copy(arena, text->at, text->n);
  text_release(text);
  return result;
}

const char *advice_text(Program *p, const Repeated *r, Arena *arena) {
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return "read the whole chain with one recursive query (`WITH RECURSIVE`), or keep the path in the row";
  Text text = {0};
  if (r->via.file)
    text_printf(&text, "give `%s` a form for many elements and call it once, outside of the loop: ",
                function_name(p, r->via, arena));
  put_advice(&text, p, r, arena);
  return put_others(&text, r, arena);
}

const char *relation_text(Program *p, const Repeated *r, Arena *arena) {
  if (r->repeat.kind == REPEAT_PARENT_WALK)
    return advice_text(p, r, arena);
  const Site *site = &p->sites.at[r->site];
  Text text = {0};
  if (r->via.file)
    text_printf(&text, "let `%s` get rows that have it: ", function_name(p, (Ref){site->expr.file, site->unit}, arena));
  put_advice(&text, p, r, arena);
  return put_others(&text, r, arena);
}

// The code in a model's advice that asks by a list of keys, NULL if it has none.
static const char *batched_query(const char *advice, Arena *arena) {
  for (const char *at = advice; at && (at = strchr(at, '`'));) {
    size_t n = strcspn(++at, "`");
    const char *code = arena_copy(arena, at, n);
    if (strstr(code, "{key}"))
      return code;
    at += n + (at[n] != '\0');
  }
  return NULL;
}

const char *loader_text(Program *p, const Repeated *r, Arena *arena) {
  const Site *site = &p->sites.at[r->site];
  const File *f = &p->files.at[r->file];
  const Resolver *resolver = resolver_at(p, r->file, r->repeat.callback);
  const char *type = resolver->type ? sym_text(p, resolver->type) : "the parents";
  Filter filter = filter_of(p, r);
  const char *item = item_name(f, &r->repeat);
  bool of_item = filter.key && filter.value && is_part_of(f, filter.value, item);
  const char *query = of_item && filter.conditions == 1 && site->advice ? batched_query(site->advice, arena) : NULL;
  Text text = {0};
  text_puts(&text, "batch it with a DataLoader, made once per request: its function gets the keys of one tick and ");
  if (query) {
    text_puts(&text, "reads the rows of all of them at once, `");
    fill_advice(&text, p, r, query, &filter, "keys", "keys", arena);
    text_puts(&text, "`, to give them in the order of the keys");
  } else {
    text_puts(&text, "reads the rows of all of them with one query");
  }
  const char *field = resolver->field ? arena_printf(arena, "`%s`", sym_text(p, resolver->field)) : "it";
  text_printf(&text, "; the field then returns `loader.load(%s)`. Or load %s in the query that reads the %s",
              of_item ? expr_text(f, filter.value, arena) : "key", field,
              resolver->type ? arena_printf(arena, "rows of %s", type) : type);
  return put_others(&text, r, arena);
}
