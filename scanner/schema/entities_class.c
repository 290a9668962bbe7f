// entities_class.c - tables that are decorated classes: columns of the class and of those that it extends, relations,
// embedded classes, join tables.
#include "entities.h"

#include <string.h>

#include "values.h"

// A class and those that it extends, the outermost base first.
typedef struct Family {
  Ref at[MAX_BASES];
  uint32_t n;
} Family;

// The decorators of a field that matter.
typedef struct Marks {
  Ref main;                // what makes it a column
  const SchemaWord *word;
  Ref join, join_table;
  Ref rows;                // what makes it a list of rows of another table
  bool foreign;            // names the class that it refers to (`@ForeignKey(() => User)`)
  bool own;                // has a decorator that the tree defines
} Marks;

static const Class *class_of(const Declare *d, Ref class) {
  return &d->program->files.at[class.file].facts.classes.at[class.id];
}

static const Member *member_of(const Declare *d, Ref class, uint32_t i) {
  const File *f = &d->program->files.at[class.file];
  return &f->facts.members.at[f->facts.lists.at[class_of(d, class)->members.first + i]];
}

static Ref decorator_of(const Declare *d, FileId file, List decorators, uint32_t i) {
  return (Ref){file, d->program->files.at[file].facts.lists.at[decorators.first + i]};
}

static const SchemaWord *word_of(const Declare *d, Ref decorator) {
  const Expr *e = expr_of(d, decorator);
  const SchemaWord *word = declare_export(d, (Ref){decorator.file, e->kind == EX_CALL ? e->a : decorator.id});
  return word && (!d->library || word->library == d->library) ? word : NULL;
}

// The class that a value is or may be.
static Ref class_meant(Program *p, Ref expr) {
  ValueId each[4];
  uint32_t n = value_each(p, value_of(p, expr.file, expr.id), each);
  for (uint32_t i = 0; i < n; i++)
    if (value_at(p, each[i])->kind == VAL_CLASS)
      return (Ref){value_at(p, each[i])->a, value_at(p, each[i])->b};
  return (Ref){0, 0};
}

static Family family_of(const Declare *d, Ref class) {
  Family up = {.n = 0}, family = {.n = 0};
  while (class.file && up.n < MAX_BASES) {
    up.at[up.n++] = class;
    Id extends = class_of(d, class)->extends;
    class = extends ? class_meant(d->program, (Ref){class.file, extends}) : (Ref){0, 0};
  }
  while (up.n)
    family.at[family.n++] = up.at[--up.n];
  return family;
}

// The class that an argument names: `() => User`, `User`; {0,0} if it cannot be seen.
static Ref target_class(Declare *d, Ref target) {
  Ref seen = target;
  if (!target.file)
    return seen;
  if (declare_shape(d, &seen) == SHAPE_FUNCTION)
    seen = declare_result(d, seen);
  return seen.file ? class_meant(d->program, seen) : seen;
}

//
// Tables of classes
//

static bool is_table_word(const SchemaWord *word) {
  return word->is == DECL_TABLE || word->is == DECL_VIEW || word->is == DECL_CHILD;
}

// The decorator by which a class is a table, with its word.
static const SchemaWord *table_word(const Declare *d, Ref class, Ref *decorator) {
  List decorators = class_of(d, class)->decorators;
  for (uint32_t i = 0; i < decorators.count; i++) {
    *decorator = decorator_of(d, class.file, decorators, i);
    const SchemaWord *word = word_of(d, *decorator);
    if (word && is_table_word(word))
      return word;
  }
  return NULL;
}

// The options of a class's decorator. Some libraries export a decorator and a class of the same name.
static Ref table_options(const Given *given) {
  return given->by[DECL_OPTIONS].file ? given->by[DECL_OPTIONS] : given->by[DECL_FIELDS];
}

static const char *own_table_name(Declare *d, Ref class, const SchemaWord *word, Ref decorator) {
  Given given;
  declare_given(d, word, decorator, &given);
  const char *name = declare_text(d, given.by[DECL_NAME]);
  Ref options = table_options(&given);
  name = name ? name : declare_text(d, declare_option(d, options, SCOPE_TABLE, DECL_NAME));
  Ref nested = declare_option(d, options, SCOPE_TABLE, DECL_OPTIONS);
  name = name ? name : declare_text(d, declare_option(d, nested, SCOPE_TABLE, DECL_NAME));
  if (!name && word->sets[0] == DECL_MODEL)
    name = declare_text(d, declare_option(d, options, SCOPE_TABLE, DECL_MODEL));
  const char *code = text_of(&d->program->files.at[class.file], class_of(d, class)->name);
  return name ? name : naming_apply(&d->schemas->arena, (Naming)d->model->tables, code);
}

static bool is_child(Declare *d, const SchemaWord *word, Ref decorator) {
  Given given;
  declare_given(d, word, decorator, &given);
  return word->is == DECL_CHILD || declare_option(d, table_options(&given), SCOPE_TABLE, DECL_CHILD).file;
}

// The name of the table that a class is stored in: of single-table inheritance, that of a base. NULL if it has none.
static const char *table_of_class(Declare *d, const Family *family) {
  for (uint32_t i = family->n; i-- > 0;) {
    Ref decorator;
    const SchemaWord *word = table_word(d, family->at[i], &decorator);
    bool child = word && i && is_child(d, word, decorator);
    if (word && !child)
      return own_table_name(d, family->at[i], word, decorator);
    if (!child && i + 1 == family->n)
      return NULL;
  }
  return NULL;
}

//
// Fields
//

static Marks marks_of(const Declare *d, FileId file, const Member *member) {
  Marks marks = {0};
  for (uint32_t i = 0; i < member->decorators.count; i++) {
    Ref decorator = decorator_of(d, file, member->decorators, i);
    const SchemaWord *word = word_of(d, decorator);
    DeclRole is = word ? (DeclRole)word->is : DECL_NONE;
    const Expr *e = expr_of(d, decorator);
    Ref callee = {file, e->kind == EX_CALL ? e->a : decorator.id};
    marks.own |= !word && value_function(d->program, value_of(d->program, file, callee.id)).file;
    if (is == DECL_JOIN)
      marks.join = decorator;
    if (is == DECL_JOIN_TABLE)
      marks.join_table = decorator;
    if (is == DECL_MANY || is == DECL_MANY_TO_MANY)
      marks.rows = decorator;
    marks.foreign |= is == DECL_TARGET;
    bool makes = is == DECL_COLUMN || is == DECL_RELATION || is == DECL_ONE_TO_ONE || is == DECL_MANY_TO_MANY || is == DECL_INLINE;
    if (!makes || (marks.word && is == DECL_COLUMN))
      continue;
    marks.word = word;
    marks.main = decorator;
  }
  return marks;
}

// The property that is the primary key of a class; "id" when none is marked.
static const char *primary_of(const Declare *d, Ref class) {
  Family family = family_of(d, class);
  for (uint32_t k = 0; k < family.n; k++)
    for (uint32_t i = 0; i < class_of(d, family.at[k])->members.count; i++) {
      const Member *member = member_of(d, family.at[k], i);
      for (uint32_t j = 0; j < member->decorators.count; j++) {
        const SchemaWord *word = word_of(d, decorator_of(d, family.at[k].file, member->decorators, j));
        if (word && (word->is == DECL_PRIMARY || word->sets[0] == DECL_PRIMARY))
          return text_of(&d->program->files.at[family.at[k].file], member->name);
      }
    }
  return "id";
}

// A column's type when only the annotation tells: `name: string | null`.
static void type_of_annotation(Declare *d, FileId file, Id type) {
  const File *f = &d->program->files.at[file];
  const Type *t = &f->facts.types.at[type];
  for (uint32_t i = 0; t->kind == TY_UNION && i < t->list.count; i++) {
    const Type *one = &f->facts.types.at[f->facts.lists.at[t->list.first + i]];
    const char *name = text_of(f, one->name);
    if (one->kind == TY_KEYWORD && (!strcmp(name, "null") || !strcmp(name, "undefined")))
      continue;
    t = one;
    break;
  }
  const char *name = t->kind == TY_KEYWORD ? text_of(f, t->name) : t->kind == TY_REF ? text_of(f, expr_at(f, t->a)->name) : "";
  if (declare_word(d, SCOPE_TYPES, name))
    declare_named_type(d, name);
}

// Whether an annotation is a list of words: an enum, `"new" | "paid"`, or the name of such a type.
static bool is_word_list(Declare *d, FileId file, Id type, int depth) {
  const File *f = &d->program->files.at[file];
  const Type *t = &f->facts.types.at[type];
  if (t->kind == TY_LITERAL)
    return true;
  if (t->kind == TY_REF && depth < DECLARE_DEPTH) {
    const Expr *e = expr_at(f, t->a);
    Id binding = e->kind == EX_IDENT ? binding_of(d->program, file, e->scope, e->name, true) : 0;
    const Binding *b = &f->facts.bindings.at[binding];
    if (b->kind == BIND_ALIAS)
      return is_word_list(d, file, b->type, depth + 1);
    return value_at(d->program, value_of(d->program, file, t->a))->kind == VAL_OBJECT;
  }
  uint32_t words = 0;
  for (uint32_t i = 0; t->kind == TY_UNION && i < t->list.count && depth < DECLARE_DEPTH; i++) {
    Id one = f->facts.lists.at[t->list.first + i];
    const Type *part = &f->facts.types.at[one];
    const char *name = text_of(f, part->name);
    if (part->kind == TY_KEYWORD && (!strcmp(name, "null") || !strcmp(name, "undefined")))
      continue;
    if (!is_word_list(d, file, one, depth + 1))
      return false;
    words++;
  }
  return words > 0;
}

static void read_members(Declare *d, Ref class);

// The columns of a class that is stored within this table.
static void read_inline(Declare *d, Ref class, const char *property, Ref options) {
  const char *before = d->prefix, *inline_before = d->inline_prefix;
  Ref prefix = declare_option(d, options, SCOPE_COLUMN, DECL_PREFIX);
  const char *text = declare_text(d, prefix);
  bool none = prefix.file && !declare_truth(d, prefix);
  for (uint32_t i = 0; i < d->inlines; i++)
    if (d->inline_of[i].file == class.file && d->inline_of[i].id == class.id)
      return;
  if (d->inlines == DECLARE_INLINE)
    return;
  d->inline_of[d->inlines++] = class;
  d->prefix = arena_printf(&d->schemas->arena, "%s%s.", before ? before : "", property);
  d->inline_prefix = none ? inline_before : text ? text : property;
  Family family = family_of(d, class);
  for (uint32_t i = 0; i < family.n; i++)
    read_members(d, family.at[i]);
  d->prefix = before;
  d->inline_prefix = inline_before;
  d->inlines--;
}

static const char *column_of(Declare *d, const char *name, bool given) {
  Arena *arena = &d->schemas->arena;
  if (!given)
    name = naming_apply(arena, d->underscored ? NAMING_SNAKE : (Naming)d->model->columns, name);
  if (!d->inline_prefix)
    return name;
  // "address_" of MikroORM is the prefix itself; else it is joined as names of keys are.
  size_t length = strlen(d->inline_prefix);
  if (length && d->inline_prefix[length - 1] == '_')
    return arena_printf(arena, "%s%s", d->inline_prefix, name);
  return naming_join(arena, (Naming)d->model->keys, d->inline_prefix, name);
}

static bool has_columns(const Declare *d, Ref class) {
  for (uint32_t i = 0; class.file && i < class_of(d, class)->members.count; i++)
    if (marks_of(d, class.file, member_of(d, class, i)).word)
      return true;
  return false;
}

static void read_column(Declare *d, FileId file, const Member *member, const Marks *marks) {
  const char *property = text_of(&d->program->files.at[file], member->name);
  Given given;
  declare_given(d, marks->word, marks->main, &given);
  Ref type = given.by[DECL_TYPE];
  Ref within = target_class(d, marks->word->is == DECL_INLINE ? given.by[DECL_TARGET] : type);
  if (has_columns(d, within)) {
    read_inline(d, within, property, given.by[DECL_OPTIONS]);
    return;
  }
  Ref options = type;
  bool spelled = type.file && declare_shape(d, &options) == SHAPE_OBJECT;
  options = spelled ? options : given.by[DECL_OPTIONS];
  const char *name = declare_text(d, declare_option(d, options, SCOPE_COLUMN, DECL_NAME));
  bool fresh = !table_find(d->table, column_of(d, name ? name : property, name));
  declare_column(d, column_of(d, name ? name : property, name), marks->main);
  table_find(d->table, d->column)->property = d->property;
  const char *column = d->column;
  if (marks->word->type)
    declare_type(d, marks->word, (Ref){0, 0});
  else if (fresh)
    type_of_annotation(d, file, member->type);
  for (int i = 0; i < WORD_SETS && marks->word->sets[i]; i++)
    declare_flag(d, (DeclRole)marks->word->sets[i], (Ref){0, 0});
  if (type.file && !spelled)
    declare_type(d, marks->word, type);
  if (options.file && d->column)
    declare_options(d, options, SCOPE_COLUMN);
  Column *made = d->column ? table_find(d->table, column) : NULL;
  if (made && (made->kind == COLUMN_STRING || made->kind == COLUMN_OTHER || made->kind == COLUMN_NUMBER) &&
      is_word_list(d, file, member->type, 0))
    made->kind = COLUMN_ENUM;
  d->column = d->column ? column : NULL;
}

static bool has_foreign(const Declare *d, Ref class) {
  for (uint32_t i = 0; i < class_of(d, class)->members.count; i++)
    if (marks_of(d, class.file, member_of(d, class, i)).foreign)
      return true;
  return false;
}

// A library of which the exports have a word of this role (only few are asked for, and only for relations).
static bool library_has(const Declare *d, DeclRole role) {
  const Libraries *libs = d->program->libs;
  for (uint32_t i = 0; i < libs->schema_words.n; i++)
    if (libs->schema_words.at[i].library == d->library && libs->schema_words.at[i].scope == SCOPE_EXPORTS && libs->schema_words.at[i].is == role)
      return true;
  return false;
}

static void read_relation(Declare *d, Ref class, const Marks *marks) {
  Given given;
  declare_given(d, marks->word, marks->main, &given);
  bool owner = marks->word->is != DECL_ONE_TO_ONE || marks->join.file || !library_has(d, DECL_JOIN);
  bool named = declare_part(d, &given, SCOPE_COLUMN, DECL_NAME).file;
  if (!owner || (!named && has_foreign(d, class)))
    return;
  Ref target = target_class(d, declare_part(d, &given, SCOPE_COLUMN, DECL_TARGET));
  const char *to = target.file ? primary_of(d, target) : NULL;
  if (marks->join.file) {
    Given join;
    SchemaWord word = {.args = {DECL_OPTIONS}};
    declare_given(d, &word, marks->join, &join);
    Ref options = join.by[DECL_OPTIONS];
    if (options.file && declare_shape(d, &options) == SHAPE_LIST)
      options = declare_item(d, options, 0);
    const char *other = declare_text(d, declare_option(d, options, SCOPE_KEY, DECL_TO));
    to = other ? other : to;
    given.by[DECL_NAME] = declare_option(d, options, SCOPE_KEY, DECL_NAME);
  }
  d->other_key = to;
  declare_relation(d, marks->word, &given, marks->main);
  d->other_key = NULL;
}

// `@Index()`, `@PrimaryKey`, `@ForeignKey(() => User)` on a field.
static void apply_marks(Declare *d, FileId file, const Member *member, const Marks *marks) {
  const char *column = d->column;
  for (uint32_t i = 0; column && i < member->decorators.count; i++) {
    Ref decorator = decorator_of(d, file, member->decorators, i);
    const SchemaWord *word = word_of(d, decorator);
    if (!word || word == marks->word || is_table_word(word) || word->is == DECL_JOIN || word->is == DECL_COLUMN)
      continue;
    Given given;
    declare_given(d, word, decorator, &given);
    d->column = column;
    declare_apply(d, word, decorator, &given);
  }
}

static void read_member(Declare *d, Ref class, const Member *member) {
  const char *name = text_of(&d->program->files.at[class.file], member->name);
  Marks marks = marks_of(d, class.file, member);
  bool field = member->kind == MEMBER_FIELD || member->kind == MEMBER_GETTER;
  if (!field || !*name || (!marks.word && !marks.own && !marks.rows.file))
    return;
  d->property = arena_printf(&d->schemas->arena, "%s%s", d->prefix ? d->prefix : "", name);
  DeclRole is = marks.word ? (DeclRole)marks.word->is : DECL_NONE;
  if (is == DECL_COLUMN || is == DECL_INLINE)
    read_column(d, class.file, member, &marks);
  else if (is == DECL_RELATION || is == DECL_ONE_TO_ONE)
    read_relation(d, class, &marks);
  else if (is == DECL_NONE && marks.own && !marks.rows.file && member->kind == MEMBER_FIELD && !table_find_property(d->table, d->property)) {
    // A decorator of the tree may make a column in a way that is not seen here.
    declare_column(d, column_of(d, name, false), (Ref){0, 0})->guessed = true;
  }
  if (marks.rows.file) {
    Given given;
    declare_given(d, word_of(d, marks.rows), marks.rows, &given);
    Ref target = declare_part(d, &given, SCOPE_COLUMN, DECL_TARGET);
    if (target.file)
      declare_rows(d, target);
    return;
  }
  apply_marks(d, class.file, member, &marks);
  declare_finish(d);
}

static void read_members(Declare *d, Ref class) {
  for (uint32_t i = 0; i < class_of(d, class)->members.count && declare_spend(d); i++)
    read_member(d, class, member_of(d, class, i));
}

//
// Join tables
//

static bool has_primary(const Table *table) {
  for (uint32_t i = 0; i < table->indexes.n; i++)
    if (table->indexes.at[i].primary)
      return true;
  return false;
}

// The library makes an index of each side, whatever else is declared: no option leaves it out.
static void imply_index(Declare *d) {
  declare_open_index(d, DECL_INDEX, (Ref){0, 0});
  d->index.place = declare_opened(d)->place;
  d->index.implied = true;
  index_part(&d->index, d->column);
  declare_close_index(d);
}

// What a library calls the key of a class in a join table. Both sides of a class that is joined with itself are numbered:
// `userId_1` by TypeORM, `user_1_id` by MikroORM; `side` is 0 for any other.
static const char *pivot_name(Declare *d, const char *table, const char *key, int side) {
  Arena *arena = &d->schemas->arena;
  bool behind = side && library_has(d, DECL_JOIN_TABLE);
  const char *of = side && !behind ? arena_printf(arena, "%s_%d", table, side) : table;
  const char *name = naming_join(arena, (Naming)d->model->keys, of, key);
  return behind ? arena_printf(arena, "%s_%d", name, side) : name;
}

static void pivot_column(Declare *d, Ref option, const char *given, const char *key, const char *target) {
  const char *name = declare_text(d, declare_option(d, option, SCOPE_KEY, DECL_NAME));
  name = name ? name : given;
  d->property = name;
  declare_column(d, name, (Ref){0, 0});
  if (!has_primary(d->table))
    declare_flag(d, DECL_PRIMARY, (Ref){0, 0});
  imply_index(d);
  ForeignKey foreign = {.table = target, .place = d->table->place};
  vec_push(&foreign.columns, d->column);
  vec_push(&foreign.to, key);
  table_add_key(d->table, &foreign);
  declare_finish(d);
}

// The table between two classes: `order_promotions_promotion` with `orderId` and `promotionId`. A class that is that table
// too has said more of it: the order of its key.
static void read_pivot(Declare *d, const Pivot *pivot) {
  Arena *arena = &d->schemas->arena;
  Given given, join = {0};
  declare_given(d, pivot->word, pivot->decorator, &given);
  bool owner = pivot->join_table.file || (!library_has(d, DECL_JOIN_TABLE) && !declare_part(d, &given, SCOPE_COLUMN, DECL_INVERSE).file);
  Ref other = target_class(d, declare_part(d, &given, SCOPE_COLUMN, DECL_TARGET));
  if (!owner || !other.file)
    return;
  Family mine = family_of(d, pivot->class), theirs = family_of(d, other);
  const char *first = table_of_class(d, &mine), *second = table_of_class(d, &theirs);
  if (!first || !second)
    return;
  SchemaWord word = {.args = {DECL_OPTIONS}};
  if (pivot->join_table.file)
    declare_given(d, &word, pivot->join_table, &join);
  Ref options = join.by[DECL_OPTIONS];
  const char *name = declare_text(d, declare_option(d, options, SCOPE_KEY, DECL_NAME));
  const char *joined = library_has(d, DECL_JOIN_TABLE) ? arena_printf(arena, "%s_%s_%s", first, pivot->property, second)
                                                       : arena_printf(arena, "%s_%s", first, pivot->property);
  declare_open(d, name ? name : naming_apply(arena, NAMING_SNAKE, joined), pivot->decorator);
  d->table->whole = true;
  const char *a = text_of(&d->program->files.at[pivot->class.file], class_of(d, pivot->class)->name);
  const char *b = text_of(&d->program->files.at[other.file], class_of(d, other)->name);
  bool self = other.file == pivot->class.file && other.id == pivot->class.id;
  const char *key = primary_of(d, pivot->class), *inverse = primary_of(d, other);
  pivot_column(d, declare_option(d, options, SCOPE_KEY, DECL_JOIN), pivot_name(d, first, key, self), key, a);
  pivot_column(d, declare_option(d, options, SCOPE_KEY, DECL_INVERSE), pivot_name(d, second, inverse, 2 * self), inverse, b);
  declare_leave(d);
}

void entities_pivots(Entities *entities) {
  for (uint32_t i = 0; i < entities->pivots.n; i++) {
    const Pivot *pivot = &entities->pivots.at[i];
    Declare d = entities_start(entities, pivot->class.file, pivot->word->library);
    read_pivot(&d, pivot);
    declare_release(&d);
  }
}

static void note_pivots(Entities *entities, const Declare *d, Ref class, const Family *family) {
  for (uint32_t k = 0; k < family->n; k++)
    for (uint32_t i = 0; i < class_of(d, family->at[k])->members.count; i++) {
      const Member *member = member_of(d, family->at[k], i);
      Marks marks = marks_of(d, family->at[k].file, member);
      if (!marks.word || marks.word->is != DECL_MANY_TO_MANY)
        continue;
      Pivot pivot = {class, marks.main, marks.join_table, marks.word, text_of(&d->program->files.at[family->at[k].file], member->name)};
      vec_push(&entities->pivots, pivot);
    }
}

//
// Classes
//

// Indexes and other words that stand before the class.
static void read_class_words(Declare *d, Ref class) {
  List decorators = class_of(d, class)->decorators;
  for (uint32_t i = 0; i < decorators.count; i++) {
    Ref decorator = decorator_of(d, class.file, decorators, i);
    const SchemaWord *word = word_of(d, decorator);
    Given given;
    if (word)
      declare_given(d, word, decorator, &given);
    if (word && (word->is == DECL_INDEX || word->is == DECL_UNIQUE)) {
      declare_apply(d, word, decorator, &given);
    } else if (word && word->is == DECL_INHERITANCE) {
      const char *name = declare_text(d, declare_option(d, declare_option(d, given.by[DECL_OPTIONS], SCOPE_TABLE, DECL_DISCRIMINATOR),
                                                        SCOPE_COLUMN, DECL_NAME));
      d->property = name ? name : "type";
      declare_column(d, d->property, decorator);
      declare_named_type(d, "string");
    }
    declare_finish(d);
  }
}

static void entities_class(Entities *entities, Ref class, const SchemaWord *word, Ref decorator) {
  uint16_t library = word->library;
  Declare d = entities_start(entities, class.file, library);
  Given given;
  declare_given(&d, word, decorator, &given);
  Ref options = word->is == DECL_CLASS_OF ? (Ref){0, 0} : table_options(&given);
  Ref abstract = declare_option(&d, options, SCOPE_TABLE, DECL_ABSTRACT), stored = declare_option(&d, options, SCOPE_TABLE, DECL_STORED);
  Family family = family_of(&d, class);
  const char *code = text_of(&d.program->files.at[class.file], class_of(&d, class)->name);
  const char *name = word->is == DECL_CLASS_OF ? naming_apply(&entities->schemas->arena, (Naming)d.model->tables, code)
                                               : table_of_class(&d, &family);
  bool wanted = name && !(abstract.file && declare_truth(&d, abstract)) && !(stored.file && !declare_truth(&d, stored));
  if (wanted) {
    declare_open(&d, name, decorator);
    bool own = !is_child(&d, word, decorator);
    if (own && !d.table->model)
      d.table->model = declare_keep(&d, code);
    else
      vec_push(&entities->models, ((Model){code, d.table->name}));
    d.table->whole = true;
    d.table->view = word->is == DECL_VIEW;
    for (uint32_t i = 0; i < family.n; i++)
      read_members(&d, family.at[i]);
    declare_more(&d, options);
    for (uint32_t i = 0; i < family.n; i++)
      read_class_words(&d, family.at[i]);
    declare_default_key(&d);
    declare_leave(&d);
    note_pivots(entities, &d, class, &family);
  }
  declare_release(&d);
}

// Classes with a decorator that makes them tables. Documents become collections only by what is made of them.
void entities_classes(Entities *entities, FileId file) {
  Program *p = entities->schemas->program;
  Declare reader = {.schemas = entities->schemas, .program = p};
  for (Id i = 1; i < p->files.at[file].facts.classes.n; i++) {
    Ref decorator;
    const SchemaWord *word = table_word(&reader, (Ref){file, i}, &decorator);
    const char *dialect = word ? p->libs->libraries.at[word->library].schema.dialect : NULL;
    if (word && !(dialect && !strcmp(dialect, "mongodb")))
      entities_class(entities, (Ref){file, i}, word, decorator);
  }
}

// `createForClass(User)`: the class with its own decorator, if it has one.
void entities_document(Entities *entities, Ref class, const SchemaWord *made, Ref call) {
  Declare reader = {.schemas = entities->schemas, .program = entities->schemas->program, .library = made->library};
  Ref decorator;
  const SchemaWord *word = table_word(&reader, class, &decorator);
  entities_class(entities, class, word ? word : made, word ? decorator : call);
}
