// batch.c - a repeated query, asked once for all rounds: its key, the list of values, and its own source text with the
// list in place of the one value.
//
// Code is made only when all of the query can be written down; else the parts are for words.
#include "judge.h"
#include "repeat.h"

#include <ctype.h>
#include <string.h>

enum { MAX_ARGUMENTS = 32 };  // of a call that is written down

//
// Templates
//

// A named place in a template, and what stands there.
typedef struct Hole {
  const char *name;
  const char *text;
} Hole;

static const Hole *hole_named(const char *at, const Hole *holes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    size_t n = strlen(holes[i].name);
    if (!strncmp(at + 1, holes[i].name, n) && at[n + 1] == '}')
      return &holes[i];
  }
  return NULL;
}

// A template with the holes that have a text filled.
static const char *filled(const char *template, const Hole *holes, size_t count, Arena *arena) {
  Text out = {0};
  while (*template) {
    const Hole *hole = *template == '{' ? hole_named(template, holes, count) : NULL;
    if (hole && hole->text)
      text_puts(&out, hole->text);
    else
      text_add(&out, template, 1);
    template += hole && hole->text ? strlen(hole->name) + 2 : 1;
  }
  return arena_text(arena, &out);
}

//
// Names
//

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n >= m && !strcmp(text + n - m, end);
}

char *plural_of(const char *word, Arena *arena) {
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

// The variable at the start of `item`, `item.x`, `item.x.y`...
static Name root_name(const File *f, Id expr) {
  while (expr_at(f, expr)->kind == EX_MEMBER || expr_at(f, expr)->kind == EX_INDEX)
    expr = expr_at(f, expr)->a;
  return expr_at(f, expr)->kind == EX_IDENT ? expr_at(f, expr)->name : 0;
}

// Whether a value is of the element, which has no name of its own: `({ id }) => ...`.
static bool is_unnamed_item(const File *f, const Filter *filter) {
  uint8_t kind = expr_at(f, filter->value)->kind;
  return kind == EX_PARAM || kind == EX_ELEMENT;
}

//
// Values
//

// What the elements are called together; `rows` where a relation is loaded that is not one of plain elements.
static const char *items_text(const File *f, const Repeated *r, bool relation, Arena *arena) {
  Id over = r->repeat.over;
  while (expr_at(f, over)->kind == EX_AWAIT)
    over = expr_at(f, over)->a;
  bool query = relation && (r->via.file || expr_at(f, over)->kind == EX_CALL);
  return query ? "rows" : over ? expr_text(f, over, arena) : "items";
}

// The last word of `order.userId`, for a list of such values.
static const char *values_name(const char *value, Arena *arena) {
  const char *dot = strrchr(value, '.'), *word = dot ? dot + 1 : value;
  size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$");
  return n && !word[n] ? plural_of(word, arena) : "keys";
}

// What the rounds run over, as an array: an iterator, or a Map of which a round gets keys and values, is spread into one.
// Takes the half of the entries that a path begins with: `Object.values(shops)` for "[1].id" of `Object.entries(shops)`.
static const char *array_text(const Batch *b, const char **path) {
  const File *f = &b->p->files.at[b->r->file];
  const Expr *over = expr_at(f, b->r->repeat.over), *callee = expr_at(f, over->kind == EX_CALL ? over->a : 0);
  static const char *const iterators[] = {"entries", "keys", "values"};
  const char *name = text_of(f, callee->name);
  const char *method = callee->kind == EX_MEMBER && is_any_of(name, iterators, COUNT(iterators)) ? name : "";
  const Expr *object = expr_at(f, *method ? callee->a : 0);
  bool array = object->kind == EX_IDENT && !strcmp(text_of(f, object->name), "Object");
  bool half = !strcmp(method, "entries") && (!strncmp(*path, "[0]", 3) || !strncmp(*path, "[1]", 3));
  const char *items = b->items;
  if (half) {
    const char *of = expr_text(f, array ? argument_at(f, b->r->repeat.over, 0) : callee->a, b->arena);
    const char *part = (*path)[1] == '0' ? "keys" : "values";
    items = array ? arena_printf(b->arena, "Object.%s(%s)", part, of) : arena_printf(b->arena, "%s.%s()", of, part);
    *path += 3;
  }
  bool spread = !array && (*method || (**path == '[' && over->kind != EX_CALL));
  return spread ? arena_printf(b->arena, "[...%s]", items) : items;
}

// The values of a list of elements, of those that pass the conditions of the round: `orders.map((order) => order.userId)`, or
// `orders.flatMap((order) => order.open ? [order.userId] : [])`, in which types see what a condition tells of an element.
static void set_listed(Batch *b, const char *item, const char *start) {
  const char *path = b->filter.path, *guards = guards_of_round(b->p, b->r, item, b->arena);
  bool lists = b->filter.lists, half = *path == '[';
  if (!guards || (*guards && half)) {
    b->guarded = true;
    b->values = values_name(b->value, b->arena);
    return;
  }
  const char *items = array_text(b, &path), *open = lists ? "" : "[", *close = lists ? "" : "]";
  bool whole = !*path && !strcmp(start, item) && !lists;
  if (whole)
    b->values = *guards ? arena_printf(b->arena, "%s.filter((%s) => %s)", items, item, guards) : items;
  else if (*guards)
    b->values = arena_printf(b->arena, "%s.flatMap((%s) => %s ? %s%s%s%s : [])", items, item, guards, open, start, path,
                             close);
  else
    b->values = arena_printf(b->arena, "%s.%s((%s) => %s%s)", items, lists ? "flatMap" : "map", item, start, path);
}

// What all rounds ask by: `orders.map((order) => order.userId)`.
static void set_values(Batch *b) {
  const File *f = &b->p->files.at[b->r->file];
  const Filter *filter = &b->filter;
  bool unnamed = is_unnamed_item(f, filter);
  Name root = root_name(f, filter->value);
  uint8_t over = expr_at(f, b->r->repeat.over)->kind;
  b->of_item = filter->value && (unnamed || (b->item && root && !strcmp(text_of(f, root), b->item)));
  const char *item = b->item && !unnamed ? b->item : "x", *path = filter->path;
  const char *start = unnamed ? item : filter->value ? expr_text(f, filter->value, b->arena) : "";
  b->value = filter->value ? arena_printf(b->arena, "%s%s", start, path) : "id";
  bool listed = over == EX_IDENT || over == EX_MEMBER || over == EX_CALL;
  if (is_in_resolver(b->r)) {
    b->values = "keys";
  } else if (!b->of_item || !listed) {
    b->values = filter->value ? values_name(b->value, b->arena) : "ids";
  } else {
    set_listed(b, item, start);
  }
}

//
// The query
//

// Whether a list is asked for by a call of the chain, not by a property of an object.
static bool in_call(const Batch *b) {
  const File *f = &b->p->files.at[b->filter.asked.file];
  const Library *library = &b->p->libs->libraries.at[b->site->library];
  bool call = b->filter.condition && expr_at(f, b->filter.condition)->kind == EX_CALL;
  return !library->list || (call && library->list_call);
}

// The call of the chain that the list takes the place of: `.where({ id })` when it says nothing else, 0 if none does.
static Id call_to_replace(const Batch *b) {
  const File *f = &b->p->files.at[b->site->expr.file];
  Id condition = b->filter.positional ? b->site->call.id : b->filter.condition;
  const Expr *e = expr_at(f, condition);
  if (e->kind == EX_CALL)
    return condition;
  const Expr *object = expr_at(f, e->parent);
  bool alone = e->kind == EX_PROPERTY && object->kind == EX_OBJECT && object->count == 1;
  return alone && expr_at(f, object->parent)->kind == EX_CALL ? object->parent : 0;
}

static void set_list(Batch *b) {
  const Library *library = &b->p->libs->libraries.at[b->site->library];
  const File *f = &b->p->files.at[b->filter.asked.file];
  bool call = in_call(b);
  const char *template = call ? library->list_call : library->list;
  if (!*b->filter.key || !template || b->filter.partial)
    return;
  const Expr *said = expr_at(f, call ? b->filter.condition : 0), *callee = expr_at(f, said->kind == EX_CALL ? said->a : 0);
  // A path into a document is no name: `'address.city': { $in: cities }`.
  bool path = !call && strchr(b->filter.key, '.');
  const char *key = path ? arena_printf(b->arena, "'%s'", b->filter.key) : b->filter.key;
  Hole holes[] = {{"key", key}, {"values", b->values}, {"table", *b->table ? b->table : "t"},
                  {"where", callee->kind == EX_MEMBER ? text_of(f, callee->name) : "where"}};
  b->list = b->condition = filled(template, holes, COUNT(holes), b->arena);
  if (!b->filter.relation || call)
    return;
  const char *inner = *b->filter.quantity ? arena_printf(b->arena, "%s: { %s }", b->filter.quantity, b->list) : b->list;
  b->list = arena_printf(b->arena, "%s: { %s }", b->filter.relation, inner);
}

bool conditions_are_options(const Meaning *m) { return m->options == m->id + 1 && m->filter != m->id; }

// `findByPk(id, options)` as `{ ...options, where: { id: ids } }`.
static const char *merged_options(const Batch *b, Id options) {
  const File *f = &b->p->files.at[b->site->call.file];
  const Expr *e = expr_at(f, options);
  const char *text = options ? edited_text(f, options, &(Edit){.batch = b}, b->arena) : "";
  if (!text || !*text)
    return text ? arena_printf(b->arena, "{ where: { %s } }", b->list) : NULL;
  if (e->kind != EX_OBJECT)
    return arena_printf(b->arena, "{ ...%s, where: { %s } }", text, b->list);
  return arena_printf(b->arena, "{ where: { %s }, %s", b->list, text + strspn(text, "{ "));
}

// The arguments of the call, with the list where the key is.
static const char *args_text(const Batch *b) {
  const File *f = &b->p->files.at[b->site->call.file];
  const Expr *e = expr_at(f, b->site->call.id);
  const Meaning *m = b->site->meaning;
  Edit edit = {.at = b->filter.condition, .text = b->condition, .batch = b};
  if (in_call(b))
    edit.text = b->list;
  if (b->filter.positional && conditions_are_options(m))
    return merged_options(b, argument_at(f, b->site->call.id, m->options));
  if (b->filter.positional)
    edit = (Edit){.at = argument_at(f, b->site->call.id, m->id), .text = arena_printf(b->arena, "{ %s }", b->list)};
  const char *all = "";
  for (uint32_t i = 0; i < e->count; i++) {
    const char *text = edited_text(f, list_at(f, e->first, i), &edit, b->arena);
    if (!text || i == MAX_ARGUMENTS)
      return NULL;
    all = arena_printf(b->arena, "%s%s%s", all, i ? ", " : "", text);
  }
  return all;
}

// The object that holds the conditions.
static const char *where_text(const Batch *b) {
  const File *f = &b->p->files.at[b->site->call.file];
  Edit edit = {.at = b->filter.condition, .text = b->condition};
  Id object = 0;
  for (Id at = b->filter.condition; at && at != b->site->call.id; at = expr_at(f, at)->parent) {
    const Expr *e = expr_at(f, at);
    bool where = e->kind == EX_PROPERTY && option_role(b, text_of(f, e->name)) == ROLE_FILTER;
    object = e->kind == EX_OBJECT ? at : object;
    if (where)
      break;
  }
  return object ? edited_text(f, object, &edit, b->arena) : NULL;
}

// What a call in the query's chain means, NULL if it is not the library's.
static const Meaning *meaning_in_chain(const Batch *b, Id call) {
  FileId file = b->site->expr.file;
  return expr_at(&b->p->files.at[file], call)->kind == EX_CALL ? call_meaning(b->p, file, call, NULL) : NULL;
}

uint8_t option_role(const Batch *b, const char *name) {
  const LibraryWord *word = library_word(b->p->libs, b->p->libs->libraries.at[b->site->library].options, name);
  return word ? word->role : ROLE_NONE;
}

// Also one after which the builder gives one row: `.first()`.
bool limits_rows(const Batch *b, Id call, bool *columns) {
  const Meaning *m = meaning_in_chain(b, call);
  *columns = m && m->columns >= 0 && argument_at(&b->p->files.at[b->site->expr.file], call, m->columns);
  const LibraryState *to = &b->p->libs->states.at[m && m->to != STATE_SELF && !m->effect && !m->aggregate ? m->to : 0];
  return m && (m->limit >= 0 || m->offset >= 0 || (to->await_effect == EFFECT_READ && to->await_rows == ROWS_ONE));
}

// Whether the chain says that one row is enough: `.limit(1)`.
static bool reads_first(const Batch *b) {
  const File *f = &b->p->files.at[b->site->expr.file];
  Id at = b->site->expr.id;
  for (const Expr *e = expr_at(f, at); e->kind == EX_CALL || e->kind == EX_MEMBER; at = e->a, e = expr_at(f, at)) {
    const Meaning *m = meaning_in_chain(b, at);
    const Expr *rows = expr_at(f, m && m->limit >= 0 ? argument_at(f, at, m->limit) : 0);
    if (m && m->limit >= 0)
      return rows->kind == EX_NUMBER && !strcmp(text_of(f, rows->name), "1");
  }
  return false;
}

// The whole chain, with the call that has the conditions written for many rows: `Order.find({ ... }).sort('-at').exec()`.
static const char *chain_text(const Batch *b) {
  const File *f = &b->p->files.at[b->site->expr.file];
  const Meaning *m = b->site->meaning;
  Id receiver = receiver_of(f, b->site), at = b->site->expr.id;
  while (at != b->site->call.id && expr_at(f, at)->kind == EX_CALL && expr_at(f, expr_at(f, at)->a)->kind == EX_MEMBER)
    at = expr_at(f, expr_at(f, at)->a)->a;
  const char *whole = receiver && at == b->site->call.id ? edited_text(f, receiver, &(Edit){0}, b->arena) : NULL;
  if (!b->args || !whole)
    return NULL;
  const char *method = m && m->many ? m->many : sym_text(b->p, b->site->method);
  Edit edit = {.at = at, .text = arena_printf(b->arena, "%s.%s(%s)", whole, method, b->args), .batch = b};
  return edited_text(f, b->site->expr.id, &edit, b->arena);
}

// Write the query as code where one list does for it.
static void set_code(Batch *b) {
  const Filter *filter = &b->filter;
  const File *f = &b->p->files.at[b->site->expr.file];
  const Query *q = b->query;
  bool some = q && (q->offset || (b->site->rows != ROWS_ONE && q->limit && !reads_first(b)));
  if (!b->list || filter->changing != 1 || filter->elsewhere || some || b->site->call.file != b->site->expr.file)
    return;
  if (!in_call(b)) {
    b->args = args_text(b);
    b->where = filter->positional ? arena_printf(b->arena, "{ %s }", b->list) : where_text(b);
    b->code = chain_text(b);
    return;
  }
  Edit edit = {.at = call_to_replace(b), .text = b->list, .batch = b};
  Id receiver = receiver_of(f, b->site);
  if (!edit.at)
    return;
  b->code = edited_text(f, b->site->expr.id, &edit, b->arena);
  b->chain = receiver ? edited_text(f, receiver, &edit, b->arena) : NULL;
  b->args = args_text(b);
}

// Whether a part of the call changes from round to round; in a function of its own none of it does by itself.
static bool changes(const Batch *b, Id expr) {
  return !b->r->via.file && b->site->call.file == b->r->file && varies(b->p, b->r->file, expr, &b->r->repeat);
}

// Which argument of a call holds its options: one behind the rows, values and conditions that it gets, 0 if it has none.
static Id options_given(const Batch *b) {
  const File *f = &b->p->files.at[b->site->call.file];
  const Meaning *m = b->site->meaning;
  const Expr *call = expr_at(f, b->site->call.id);
  if (!m || call->kind != EX_CALL || !call->count)
    return 0;
  const int8_t taken[] = {m->rows_arg, m->values, m->id, m->filter, m->table, m->sql};
  int last = (int)call->count - 1, first = 0;
  for (size_t i = 0; i < COUNT(taken); i++)
    first = taken[i] >= first ? taken[i] + 1 : first;
  return last >= first ? list_at(f, call->first, (uint32_t)last) : 0;
}

// Add the options of an object that are the same in all rounds, but for the conditions, or only the one of this name; false
// when some cannot be told.
static bool put_options(Text *out, const Batch *b, const File *f, const Expr *object, const char *only) {
  for (uint32_t i = 0; i < object->count; i++) {
    Id id = list_at(f, object->first, i);
    const Expr *e = expr_at(f, id);
    bool named = e->kind == EX_PROPERTY;
    if (named && (option_role(b, text_of(f, e->name)) == ROLE_FILTER || (only && strcmp(text_of(f, e->name), only))))
      continue;
    const char *text = edited_text(f, id, &(Edit){0}, b->arena);
    if (!text || changes(b, e->a))
      return false;
    text_printf(out, ", %s", text);
  }
  return true;
}

// Options as part of another object, ", transaction", or only the one of this name; NULL where they cannot be written.
static const char *options_within(const Batch *b, const char *only) {
  const File *f = &b->p->files.at[b->site->call.file];
  Id options = options_given(b);
  const Expr *e = expr_at(f, options);
  Text text = {0};
  bool written = !options;
  if (e->kind == EX_OBJECT)
    written = put_options(&text, b, f, e, only);
  else if (e->kind == EX_IDENT && b->site->meaning->options < 0 && !changes(b, options))
    written = true, text_printf(&text, ", ...%s", text_of(f, e->name));
  const char *result = written ? arena_text(b->arena, &text) : NULL;
  text_release(&text);
  return result;
}

// The same as a further argument: ", { transaction }", ", options".
static const char *further_argument(const Batch *b, const char *within) {
  if (!within || !*within)
    return within;
  return strncmp(within, ", ...", 5) || strchr(within + 2, ',') ? arena_printf(b->arena, ", { %s }", within + 2)
                                                               : arena_printf(b->arena, ", %s", within + 5);
}

// What one write for all rounds gets along of what the call of one round says: its transaction, that hooks are off.
static void set_options(Batch *b) {
  const char *handle = b->p->libs->libraries.at[b->site->library].handle;
  if (!b->site->call.file)
    return;
  b->options = options_within(b, NULL);
  b->handle = options_within(b, handle ? handle : "");
}

bool is_raw(const Batch *b) { return b->site->sql.file || (b->site->meaning && b->site->meaning->sql >= 0); }

// The only item of a list of arguments, elements or properties that changes from round to round, 0 if there is none or more.
static Id only_changing(const Batch *b, const Expr *list) {
  const File *f = &b->p->files.at[b->r->file];
  Id found = 0;
  for (uint32_t i = 0; i < list->count; i++) {
    Id item = list_at(f, list->first, i);
    item = expr_at(f, item)->kind == EX_PROPERTY ? expr_at(f, item)->a : item;
    if (!varies(b->p, b->r->file, item, &b->r->repeat))
      continue;
    if (found)
      return 0;
    found = item;
  }
  const Expr *e = expr_at(f, found);
  if (e->kind == EX_OBJECT || e->kind == EX_ARRAY)
    return only_changing(b, e);
  return e->kind == EX_IDENT || e->kind == EX_MEMBER ? found : 0;
}

// The type that the called function says of an argument, or of a property of one: `load(label)`, `load({ label })`; 0 if it
// says none.
static const Type *type_wanted(const Batch *b, Id call, Id value) {
  const File *f = &b->p->files.at[b->r->file], *g = &b->p->files.at[b->r->via.file];
  Id argument = argument_holding(f, value);
  int index = argument_index(f, call, argument);
  List params = g->facts.functions.at[b->r->via.id].params;
  if (index < 0 || (uint32_t)index >= params.count)
    return &g->facts.types.at[0];
  const Type *type = &g->facts.types.at[g->facts.params.at[list_at(g, params.first, (uint32_t)index)].type];
  if (argument == value)
    return type;
  const char *name = text_of(f, expr_at(f, expr_at(f, value)->parent)->name);
  for (uint32_t i = 0; type->kind == TY_OBJECT && i < type->list.count; i++) {
    const Member *m = &g->facts.members.at[list_at(g, type->list.first, i)];
    if (!strcmp(text_of(g, m->name), name))
      return &g->facts.types.at[m->type];
  }
  return &g->facts.types.at[0];
}

// Whether what a call gives is more than a key: the query takes some of it.
static bool is_more_than_key(const Batch *b, Id call, Id value) {
  const File *f = &b->p->files.at[b->r->file];
  uint8_t kind = type_wanted(b, call, value)->kind;
  bool wide = kind == TY_REF || kind == TY_OBJECT || kind == TY_ARRAY || kind == TY_INDEXED;
  return wide && !names_identity(text_of(f, expr_at(f, value)->name));
}

// Where the query does not tell by what it is asked: what changes in the loop's call, or among the values for SQL text.
static void ask_by_argument(Batch *b) {
  const Repeated *r = b->r;
  const File *f = &b->p->files.at[r->file];
  Id call = r->via.file ? r->expr : b->site->expr.id;
  while (!r->via.file && expr_at(f, call)->kind != EX_CALL && expr_at(f, call)->kind != EX_TAGGED && operand_of(expr_at(f, call)))
    call = operand_of(expr_at(f, call));
  const Expr *e = expr_at(f, call);
  e = e->kind == EX_TAGGED ? expr_at(f, e->b) : e;
  if (r->expr == r->repeat.call || (e->kind != EX_CALL && e->kind != EX_TEMPLATE) || (!r->via.file && !is_raw(b)))
    return;
  b->filter.value = only_changing(b, e);
  b->guessed = b->filter.value && r->via.file && is_more_than_key(b, call, b->filter.value);
}

bool asks_mongo(const Program *p, const Site *site) {
  const char *dialect = p->libs->libraries.at[site->library].schema.dialect;
  return dialect && !strcmp(dialect, "mongodb");
}

bool is_mongo(const Batch *b) { return asks_mongo(b->p, b->site); }

Batch batch_for(const Judge *j, const Repeated *r, const char *values) {
  Program *p = j->program;
  const Site *site = &p->sites.at[r->site];
  const File *f = &p->files.at[r->file];
  Arena *arena = &j->report->arena;
  Batch b = {.j = j, .p = p, .r = r, .site = site, .query = query_of_way(j, r), .arena = arena};
  b.filter = filter_of(p, r);
  b.table = b.filter.table ? b.filter.table : sym_text(p, site->table);
  b.item = item_name(f, &r->repeat);
  b.items = items_text(f, r, site->loads, arena);
  b.many = site->rows != ROWS_ONE && !(b.query && b.query->limit);
  const char *relation = b.filter.relation;
  b.key = !*b.filter.key ? NULL : arena_printf(arena, "%s%s%s", relation ? relation : "", relation ? "." : "", b.filter.key);
  if (!b.filter.value)
    ask_by_argument(&b);
  set_values(&b);
  b.values = values ? values : b.values;
  set_list(&b);
  set_code(&b);
  set_options(&b);
  row_key(j, &b);
  return b;
}

Batch batch_of(const Judge *j, const Repeated *r) { return batch_for(j, r, NULL); }

static bool has_any(const char *template, const char *const *holes, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strstr(template, holes[i]))
      return true;
  return false;
}

// Whether the template can be filled for certain: all that it needs is seen, and the query says nothing else.
static bool is_certain(const Batch *b, const char *template) {
  const struct { const char *hole, *text; } needs[] = {
      {"{args}", b->args}, {"{where}", b->where}, {"{chain}", b->chain}, {"{query}", b->code}, {"{list}", b->list},
      {"{options}", b->options}, {"{handle}", b->handle}, {"{, handle}", b->handle}};
  enum { WHOLE = 5 };  // of them say the query
  bool needs_whole = false;
  for (size_t i = 0; i < COUNT(needs); i++) {
    bool needed = strstr(template, needs[i].hole) != NULL;
    if (needed && !needs[i].text)
      return false;
    needs_whole = needs_whole || (needed && i < WHOLE);
  }
  static const char *const of_key[] = {"{key}", "{by}", "{value}", "{values}"};
  bool needs_key = has_any(template, of_key, COUNT(of_key));
  bool of_relation = b->filter.relation != NULL, counts = is_aggregate(b);
  return !needs_key || (b->key && (needs_whole ? !(of_relation && counts) : !of_relation && b->filter.conditions == 1));
}

// What a call in the query's chain names as the table where it is not known: the parameter `entity` of `em.insert(entity, row)`.
static const char *named_table(const Batch *b) {
  const File *f = &b->p->files.at[b->site->expr.file];
  Id at = b->site->expr.id;
  for (int steps = 0; at && steps < MAX_CHAIN; steps++, at = chain_below(b->p, b->site->expr.file, at)) {
    const Meaning *m = meaning_in_chain(b, at);
    Id table = m && m->table >= 0 ? argument_at(f, at, m->table) : 0;
    uint8_t kind = expr_at(f, table)->kind;
    if (kind == EX_IDENT || kind == EX_MEMBER)
      return expr_text(f, table, b->arena);
  }
  return "table";
}

// A name for the rows that means nothing else where the loop stands.
static const char *free_rows_name(const Batch *b) {
  const File *f = &b->p->files.at[b->r->file];
  const char *name = rows_name(b->table, b->arena);
  Name known = names_find(&f->facts.names, name);
  bool taken = known && binding_of(b->p, b->r->file, expr_at(f, b->r->expr)->scope, known, false);
  return taken ? arena_printf(b->arena, "found%c%s", toupper((unsigned char)*name), name + 1) : name;
}

const char *batch_fill(const Batch *b, const char *template) {
  if (!template || !is_certain(b, template))
    return NULL;
  const File *g = &b->p->files.at[b->site->call.file];
  Id receiver = b->site->call.file ? receiver_of(g, b->site) : 0;
  const char *item = b->site->loads && b->r->via.file ? "row" : b->item ? b->item : "item";
  const char *whole = receiver ? edited_text(g, receiver, &(Edit){0}, b->arena) : "db";
  Hole holes[] = {
      {"args", b->args}, {"where", b->where}, {"chain", b->chain}, {"query", b->code}, {"list", b->list},
      {"options", b->options}, {"handle", b->handle}, {", handle", further_argument(b, b->handle)},
      {"receiver", whole ? whole : expr_text(g, receiver, b->arena)},
      {"table", *b->table ? b->table : named_table(b)},
      {"method", sym_text(b->p, b->site->method)},
      {"items", b->items}, {"values", b->values}, {"item", item},
      {"key", b->key ? b->key : "id"},
      {"by", b->by ? b->by : "id"},
      {"value", b->value},
      {"rows", free_rows_name(b)},
      {"relation", b->site->relation ? sym_text(b->p, b->site->relation) : "..."},
  };
  return filled(template, holes, COUNT(holes), b->arena);
}

const char *batch_code(const Batch *b, const char *template) {
  for (const char *at = template; at && (at = strchr(at, '`'));) {
    size_t n = strcspn(++at, "`");
    const char *code = arena_copy(b->arena, at, n);
    static const char *const needs[] = {"{args}", "{chain}", "{query}", "{key}", "{by}"};
    bool asks = has_any(code, needs, COUNT(needs));
    const char *text = asks ? batch_fill(b, code) : NULL;
    if (text)
      return text;
    at += n + (at[n] != '\0');
  }
  return NULL;
}
