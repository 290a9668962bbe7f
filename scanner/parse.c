// parse.c - bytes to a flat syntax tree (syntax.h), and from there to facts.
//
// Its cost is the parse itself; flattening the tree is about an eighth of that, lowering less. A Parser keeps its memory
// from file to file.
#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "comments.h"
#include "extract.h"
#include "tree.h"

#define MAX_TAGS 1000   // tagged templates with types that are looked at in a TSX file

const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_typescript(void);
const TSLanguage *tree_sitter_tsx(void);

// A language's symbol and field numbers, translated to ours.
typedef struct Grammar {
  const TSLanguage *language;
  uint8_t *kinds;   // by symbol
  uint8_t *fields;  // by field id
  uint32_t symbols;
} Grammar;

const Limits default_limits = {.seconds = 5, .bytes = 512 << 20, .depth = 1000};

struct Parser {
  Limits limits;
  OwnRules *own;  // NULL: none are asked
  Pool *pool;
  Grammar grammars[LANG_TSX + 1];  // filled when first needed
  VEC(Node) nodes;
  VEC(At) open;  // the nodes whose children are being listed
  Text copy;     // the file, when it had to be changed before parsing
  Facts facts;   // of the file at hand, while they grow
  Extract extract;
};

static void set_allocator(void) { ts_set_allocator(pool_malloc, pool_calloc, pool_realloc, pool_release); }

void use_pool(Pool *pool) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, set_allocator);
  pool_enter(pool);
}

Parser *parser_new(const Limits *limits) {
  Parser *parser = xcalloc(1, sizeof *parser);
  parser->limits = *limits;
  parser->pool = pool_new();
  facts_init(&parser->facts);
  return parser;
}

void parser_ask(Parser *parser, OwnRules *own) { parser->own = own; }

void parser_free(Parser *parser) {
  if (!parser)
    return;
  for (size_t i = 0; i < COUNT(parser->grammars); i++) {
    xfree(parser->grammars[i].kinds);
    xfree(parser->grammars[i].fields);
  }
  pool_free(parser->pool);
  facts_release(&parser->facts);
  vec_release(&parser->nodes);
  vec_release(&parser->open);
  vec_release(&parser->extract.stack);
  vec_release(&parser->extract.returns);
  text_release(&parser->extract.text);
  text_release(&parser->copy);
  xfree(parser);
}

//
// Grammars
//
static const char *const node_names[] = {
#define NODE(name) #name,
    NODES(NODE)
#undef NODE
};
static const char *const token_texts[] = {
#define TOKEN(name, text) text,
    TOKENS(TOKEN)
#undef TOKEN
};
static const char *const field_names[] = {
#define FIELD(name) #name,
    FIELDS(FIELD)
#undef FIELD
};

// Half of all nodes: tokens that never are an operator or a declaration's kind, so that nobody asks their field.
enum { PUNCTUATION = N_COUNT };

static bool is_punctuation(const char *token) {
  return strlen(token) == 1 && strchr("(){}[];:.", *token);
}

static uint8_t kind_of_symbol(const TSLanguage *language, TSSymbol symbol, const Names *named,
                              const Names *tokens) {
  const char *name = ts_language_symbol_name(language, symbol);
  if (ts_language_symbol_type(language, symbol) == TSSymbolTypeRegular) {
    uint32_t found = name ? names_find(named, name) : 0;
    return (uint8_t)(found ? N_ERROR + found : N_ERROR);
  }
  uint32_t found = name ? names_find(tokens, name) : 0;
  return (uint8_t)(found ? N_TOKEN + found : name && is_punctuation(name) ? PUNCTUATION : N_NONE);
}

static void names_of(Names *names, const char *const *texts, size_t count) {
  names_init(names);
  for (size_t i = 0; i < count; i++)
    names_add(names, texts[i], strlen(texts[i]));
}

static void grammar_init(Grammar *grammar, const TSLanguage *language) {
  Names named, tokens;
  names_of(&named, node_names, COUNT(node_names));
  names_of(&tokens, token_texts, COUNT(token_texts));
  grammar->language = language;
  grammar->symbols = ts_language_symbol_count(language);
  grammar->kinds = xcalloc(grammar->symbols, 1);
  for (uint32_t i = 0; i < grammar->symbols; i++)
    grammar->kinds[i] = kind_of_symbol(language, (TSSymbol)i, &named, &tokens);
  grammar->fields = xcalloc(ts_language_field_count(language) + 1, 1);
  for (size_t i = 0; i < COUNT(field_names); i++) {
    const char *name = field_names[i];
    TSFieldId id = ts_language_field_id_for_name(language, name, (uint32_t)strlen(name));
    grammar->fields[id] = id ? (uint8_t)(F_NONE + 1 + i) : F_NONE;
  }
  names_release(&named);
  names_release(&tokens);
}

const TSLanguage *language_of(Lang lang) {
  if (!lang_is_code(lang))
    return NULL;
  return lang == LANG_JAVASCRIPT   ? tree_sitter_javascript()
         : lang == LANG_TYPESCRIPT ? tree_sitter_typescript()
                                   : tree_sitter_tsx();
}

static const Grammar *grammar_of(Parser *parser, Lang lang) {
  const TSLanguage *language = language_of(lang);
  if (!language)
    return NULL;
  Grammar *grammar = &parser->grammars[lang];
  if (!grammar->language)
    grammar_init(grammar, language);
  return grammar;
}

//
// Flattening
//
typedef struct Flatten {
  Parser *parser;
  const Grammar *grammar;
  const char *bytes;
  size_t length;
  Facts *facts;
  bool has_errors;
  TSTreeCursor cursor;
} Flatten;

static void keep_comment(Flatten *flatten, Span span) {
  const char *text = flatten->bytes + span.start;
  if (!memmem(text, span.end - span.start, "seqscan", 7))
    return;
  size_t next = next_code(flatten->bytes, flatten->length, span.end, LANG_JAVASCRIPT);
  Comment comment = {names_add(&flatten->facts->names, text, span.end - span.start), span, (uint32_t)next};
  vec_push(&flatten->facts->comments, comment);
}

static void count_error(Facts *facts, uint32_t start) {
  if (!facts->errors++)
    facts->first_error = start;
}

// Not worth a look inside: their text says all.
static bool is_leaf(uint8_t kind) {
  return kind == N_string || kind == N_regex || kind == N_meta_property || kind == N_predefined_type ||
         kind == N_identifier || kind == N_property_identifier || kind > N_TOKEN;
}

// Punctuation is dropped, but for commas where they tell the position of what follows.
static bool is_dropped(const Parser *parser, uint8_t kind) {
  return kind == PUNCTUATION ||
         (kind == T_COMMA && parser->nodes.at[parser->open.at[parser->open.n - 1]].kind != N_array_pattern);
}

// Add the cursor's node. Returns whether its children should be visited.
static bool flatten_node(Flatten *flatten) {
  Parser *parser = flatten->parser;
  TSNode node = ts_tree_cursor_current_node(&flatten->cursor);
  TSSymbol symbol = ts_node_symbol(node);
  Span span = {ts_node_start_byte(node), ts_node_end_byte(node)};
  uint8_t kind = symbol < flatten->grammar->symbols ? flatten->grammar->kinds[symbol] : N_ERROR;
  if (kind == N_comment || kind == N_html_comment) {
    keep_comment(flatten, span);
    return false;
  }
  if (flatten->has_errors && (symbol == (TSSymbol)-1 || (span.start == span.end && ts_node_is_missing(node))))
    count_error(flatten->facts, span.start);
  if (is_dropped(parser, kind))
    return false;
  uint8_t field = flatten->grammar->fields[ts_tree_cursor_current_field_id(&flatten->cursor)];
  if (kind == N_NONE && field != F_operator && field != F_kind)
    return false;
  kind = kind == N_NONE ? N_TOKEN : kind;
  Node flat = {
      .kind = kind, .field = field, .start = span.start, .end = span.end, .next = parser->nodes.n + 1};
  vec_push(&parser->nodes, flat);
  return !is_leaf(kind);
}

// Walk the whole tree, iteratively: the source may nest without limit.
static void flatten_tree(Flatten *flatten, TSNode root) {
  Parser *parser = flatten->parser;
  parser->nodes.n = parser->open.n = 0;
  flatten->cursor = ts_tree_cursor_new(root);
  for (;;) {
    bool enter = flatten_node(flatten);
    if (enter && ts_tree_cursor_goto_first_child(&flatten->cursor)) {
      vec_push(&parser->open, parser->nodes.n - 1);
      continue;
    }
    while (parser->open.n && !ts_tree_cursor_goto_next_sibling(&flatten->cursor)) {
      ts_tree_cursor_goto_parent(&flatten->cursor);
      At closed = parser->open.at[--parser->open.n];
      parser->nodes.at[closed].next = parser->nodes.n;
    }
    if (!parser->open.n)
      return;
  }
}

//
// Type arguments of tagged templates
//
// The TypeScript grammar reads sql<User>`...` as comparisons, or as an error. The type arguments say nothing
// that we need, so they are overwritten by spaces before parsing; all offsets stay.
static bool is_word(char c) {
  return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Where the '<' is that the '>' at `close` closes, or NULL when this is no list of type arguments.
static const char *open_angle(const char *bytes, const char *close) {
  int depth = 0;
  for (const char *at = close; at > bytes && close - at < 4000; at--) {
    if (*at == '>' && at[-1] != '=')
      depth++;
    else if (*at == '<' && --depth == 0)
      return at[1] != '/' && (is_word(at[-1]) || at[-1] == ')' || at[-1] == ']') ? at : NULL;
    else if (*at == '`' || (unsigned char)*at >= 0x80 || strchr("!@#%^+\\~", *at))
      return NULL;
  }
  return NULL;
}

// JSX text such as `the <b>` has the same shape; there the tag is closed somewhere.
static bool closes_tag(const char *bytes, size_t length, const char *open, const char *close) {
  char tag[64] = "</";
  size_t n = (size_t)(close - open) - 1;
  if (n == 0 || n + 3 > sizeof tag)
    return false;
  memcpy(tag + 2, open + 1, n);
  return memmem(bytes, length, tag, n + 2);
}

// The bytes to parse: a changed copy when there is such a template, else the file itself.
static const char *without_tag_types(Parser *parser, const char *bytes, size_t length, bool jsx) {
  const char *at = bytes, *end = bytes + length, *result = bytes;
  int tags = 0;
  while ((at = memmem(at, (size_t)(end - at), ">`", 2))) {
    const char *open = open_angle(bytes, at);
    if (open && !(jsx && (++tags > MAX_TAGS || closes_tag(bytes, length, open, at)))) {
      if (result == bytes) {
        text_clear(&parser->copy);
        text_add(&parser->copy, bytes, length);
        result = parser->copy.at;
      }
      memset(parser->copy.at + (open - bytes), ' ', (size_t)(at - open) + 1);
    }
    at += 2;
  }
  return result;
}

//
// Parsing, within limits
//
enum {
  PIECE = 64 * 1024,   // bytes handed over at once: reading on is where the lexer can be stopped
  STEPS = 16,          // calls of the parser for each look at the clock
  SLOW = 1000 * 1000,  // bytes that any code has parsed in a second; error recovery in garbage is slower
};

typedef enum Stop { STOP_NOT, STOP_TIME, STOP_SLOW, STOP_MEMORY } Stop;

typedef struct Input {
  const char *bytes;
  uint32_t length;
  const Parser *parser;
  double start;
  uint32_t steps;
  uint32_t reached;  // offset in the file
  Stop stop;
} Input;

double worked(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Garbage has a tenth of the time, and what its length is worth: a busy machine counts much as work of the thread.
static bool over_limits(Input *input) {
  const Limits *limits = &input->parser->limits;
  double seconds = worked() - input->start, most = (double)limits->seconds;
  double share = most / (double)default_limits.seconds;
  if (input->stop)
    return true;
  if (seconds > most)
    input->stop = STOP_TIME;
  else if (seconds > most / 10 + share * (double)input->reached / SLOW)
    input->stop = STOP_SLOW;
  else if (pool_bytes(input->parser->pool) > limits->bytes)
    input->stop = STOP_MEMORY;
  return input->stop;
}

// A piece of the file; nothing more when the file is given up.
static const char *read_piece(void *payload, uint32_t offset, TSPoint position, uint32_t *length) {
  (void)position;
  Input *input = payload;
  uint32_t rest = offset < input->length && !over_limits(input) ? input->length - offset : 0;
  *length = rest < PIECE ? rest : PIECE;
  return rest ? input->bytes + offset : "";
}

static bool must_stop(TSParseState *state) {
  Input *input = state->payload;
  input->reached = state->current_byte_offset;
  return input->stop || (++input->steps % STEPS == 0 && over_limits(input));
}

static int give_up(const Input *input, Error *err) {
  const Limits *limits = &input->parser->limits;
  if (input->stop == STOP_MEMORY)
    return fail(err, "parsing takes more than %llu MB (--max-parse-memory)", (unsigned long long)limits->bytes >> 20);
  if (input->stop == STOP_SLOW)
    return fail(err, "looks like no code: parsing it is too slow (--max-parse-time)");
  return fail(err, "parsing takes more than %llu seconds (--max-parse-time)", (unsigned long long)limits->seconds);
}

static int parse(TSTree **out, const Parser *owner, const Grammar *grammar, const char *bytes, size_t length,
                 Error *err) {
  Input input = {.bytes = bytes, .length = (uint32_t)length, .parser = owner, .start = worked()};
  TSParser *parser = ts_parser_new();
  ts_parser_set_language(parser, grammar->language);
  TSInput source = {.payload = &input, .read = read_piece, .encoding = TSInputEncodingUTF8};
  TSParseOptions options = {.payload = &input, .progress_callback = must_stop};
  *out = ts_parser_parse_with_options(parser, NULL, source, options);
  return input.stop ? give_up(&input, err) : 0;
}

static void lower(Parser *parser, Facts *facts, const char *bytes, uint32_t length) {
  Extract *x = &parser->extract;
  Extract fresh = {.nodes = parser->nodes.at, .bytes = bytes, .length = length, .facts = facts};
  fresh.max_depth = (uint32_t)parser->limits.depth;
  fresh.stack.at = x->stack.at, fresh.stack.cap = x->stack.cap;
  fresh.returns.at = x->returns.at, fresh.returns.cap = x->returns.cap;
  fresh.text = x->text;
  *x = fresh;
  extract_file(x);
  assert(!x->stack.n && !x->returns.n && !x->depth);
}

int facts_of(Facts *facts, Parser *parser, Lang lang, const char *bytes, size_t length, Error *err) {
  *facts = (Facts){0};
  const Grammar *grammar = grammar_of(parser, lang);
  if (!grammar)
    return fail(err, "not a JavaScript or TypeScript file");
  if (length > UINT32_MAX / 4)
    return fail(err, "larger than 1 GiB");
  const char *source =
      lang == LANG_JAVASCRIPT ? bytes : without_tag_types(parser, bytes, length, lang == LANG_TSX);
  const Matcher *matcher = NULL;
  if (parser->own && own_matcher(parser->own, lang, &matcher, err))
    return -1;
  use_pool(parser->pool);
  TSTree *tree;
  if (parse(&tree, parser, grammar, source, length, err)) {
    pool_clear(parser->pool);
    return -1;
  }
  TSNode root = ts_tree_root_node(tree);
  facts_clear(&parser->facts);
  Flatten flatten = {parser, grammar, bytes, length, &parser->facts, ts_node_has_error(root), {0}};
  flatten_tree(&flatten, root);
  if (matcher)
    own_match(&parser->facts, parser->own, matcher, root, bytes, parser->pool, &parser->limits);
  pool_clear(parser->pool);
  lower(parser, &parser->facts, bytes, (uint32_t)length);
  facts_copy(facts, &parser->facts);
  return 0;
}
