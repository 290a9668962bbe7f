// completion.c - what bash, zsh and fish offer for the next word of a command line, see manual.h. All of it follows
// from the tables: the value of an option, or the argument of a command, tells by its name what can stand there.
#include <string.h>

#include "manual.h"
#include "options.h"

typedef enum Offer { OFFER_NOTHING, OFFER_WORDS, OFFER_FORMATS, OFFER_RULES, OFFER_REVISIONS, OFFER_FILES } Offer;

static const char revisions[] = "git for-each-ref --format=\"%(refname:short)\" 2>/dev/null";

// What can stand for `shown`: "error|warning", "FILE", "[PATH...]".
static Offer offer_for(const char *shown) {
  if (strchr(shown, '|'))
    return OFFER_WORDS;
  if (strstr(shown, "FORMAT"))
    return OFFER_FORMATS;
  if (strstr(shown, "RULE"))
    return OFFER_RULES;
  if (!strcmp(shown, "REV") || !strcmp(shown, "BASE"))
    return OFFER_REVISIONS;
  if (strstr(shown, "FILE") || strstr(shown, "PATH") || !strcmp(shown, "DIR"))
    return OFFER_FILES;
  return OFFER_NOTHING;
}

// `a|b|c` as `a b c`.
static void put_choices(Text *out, const char *choices) {
  for (; *choices; choices++)
    text_add(out, *choices == '|' ? " " : choices, 1);
}

// The words of an offer, with a space between; false when it is not a list of words.
static bool put_words(Text *out, Offer offer, const char *shown) {
  if (offer == OFFER_WORDS)
    put_choices(out, shown);
  else if (offer == OFFER_FORMATS)
    for (size_t i = 0; i < format_count; i++)
      text_printf(out, "%s%s", i ? " " : "", formats[i].name);
  else if (offer == OFFER_RULES)
    for (size_t i = 0; i < builtin_rules.n; i++)
      text_printf(out, "%s%s", i ? " " : "", builtin_rules.at[i].id);
  else
    return false;
  return true;
}

// The names of the commands.
static void put_commands(Text *out, const char *between) {
  for (size_t i = 0; i < command_count; i++)
    text_printf(out, "%s%s", i ? between : "", command_table[i].name);
}

// Text within single quotes; `quote` is what stands for a quote there. Backslashes and ] are escaped where asked for.
static void put_escaped(Text *out, const char *text, const char *quote, const char *escaped) {
  for (; *text; text++) {
    if (*text == '\'') {
      text_puts(out, quote);
      continue;
    }
    if (strchr(escaped, *text))
      text_puts(out, "\\");
    text_add(out, text, 1);
  }
}

static void bash_offer(Text *out, const char *shown) {
  Offer offer = offer_for(shown);
  if (offer == OFFER_REVISIONS) {
    text_printf(out, "COMPREPLY=($(compgen -W \"$(%s)\" -- \"$cur\"))", revisions);
    return;
  }
  Text words = {0};
  if (put_words(&words, offer, shown))
    text_printf(out, "COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", words.at);
  else
    text_puts(out, ":");  // nothing: bash offers files
  text_release(&words);
}

static void bash_options(Text *out) {
  text_puts(out, "  case $prev in\n");
  for (size_t i = 0; i < option_count; i++) {
    const OptionRow *row = &option_table[i];
    if (!row->value)
      continue;
    text_printf(out, "  --%s", row->name);
    if (row->letter)
      text_printf(out, "|-%c", row->letter);
    text_puts(out, ") ");
    bash_offer(out, row->value);
    text_puts(out, "; return ;;\n");
  }
  text_puts(out, "  esac\n  case $cur in\n  -*) COMPREPLY=($(compgen -W '");
  for (size_t i = 0; i < option_count; i++)
    text_printf(out, "%s--%s", i ? " " : "", option_table[i].name);
  text_puts(out, "' -- \"$cur\")); return ;;\n  esac\n");
}

static void bash_commands(Text *out) {
  text_puts(out, "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case $word in ");
  put_commands(out, "|");
  text_puts(out, ") command=$word; break ;; esac\n  done\n  case $command in\n  '') COMPREPLY=($(compgen -W '");
  put_commands(out, " ");
  text_puts(out, "' -- \"$cur\")) ;;\n");
  for (size_t i = 0; i < command_count; i++) {
    text_printf(out, "  %s) ", command_table[i].name);
    bash_offer(out, command_table[i].args);
    text_puts(out, " ;;\n");
  }
  text_puts(out, "  esac\n");
}

static void bash(Text *out) {
  text_puts(out, "# bash completion of seqscan, made by `seqscan completion bash`.\n"
                 "_seqscan() {\n"
                 "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word\n"
                 "  COMPREPLY=()\n"
                 "  # The = of --option=value is a word to bash.\n"
                 "  if [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; elif [ \"$cur\" = = ]; then cur=; fi\n");
  bash_options(out);
  bash_commands(out);
  text_puts(out, "}\ncomplete -o bashdefault -o default -F _seqscan seqscan\n");
}

// What zsh does for a value or an argument.
static void zsh_offer(Text *out, const char *shown) {
  Offer offer = offer_for(shown);
  Text words = {0};
  if (put_words(&words, offer, shown))
    text_printf(out, "(%s)", words.at);
  else if (offer == OFFER_REVISIONS)
    text_puts(out, "_seqscan_revisions");
  else if (offer == OFFER_FILES)
    text_puts(out, "_files");
  text_release(&words);
}

static void zsh_option(Text *out, const OptionRow *row) {
  bool repeats = row->kind == KIND_OUTPUT;
  text_puts(out, "    ");
  if (row->letter && !repeats)
    text_printf(out, "'(-%c --%s)'", row->letter, row->name);
  else if (repeats)
    text_puts(out, "'*'");
  if (row->letter)
    text_printf(out, "{-%c%s,--%s%s}'[", row->letter, row->value ? "+" : "", row->name, row->value ? "=" : "");
  else
    text_printf(out, "'--%s%s[", row->name, row->value ? "=" : "");
  put_escaped(out, row->help, "'\\''", "\\[]");
  text_puts(out, "]");
  if (row->value) {
    text_puts(out, ":value:");
    zsh_offer(out, row->value);
  }
  text_puts(out, "' \\\n");
}

static void zsh_argument(Text *out, const CommandRow *row) {
  Text words = {0};
  Offer offer = offer_for(row->args);
  text_printf(out, "  %s) ", row->name);
  if (put_words(&words, offer, row->args))
    text_printf(out, "compadd -- %s", words.at);
  else
    text_puts(out, offer == OFFER_FILES ? "_files" : "_message 'no more arguments'");
  text_puts(out, " ;;\n");
  text_release(&words);
}

static void zsh(Text *out) {
  text_puts(out, "#compdef seqscan\n# zsh completion of seqscan, made by `seqscan completion zsh`.\n\n");
  text_printf(out, "_seqscan_revisions() {\n  compadd -- ${(f)\"$(%s)\"}\n}\n\n", revisions);
  text_puts(out, "_seqscan_argument() {\n  local -a commands=(\n");
  for (size_t i = 0; i < command_count; i++) {
    text_printf(out, "    '%s:", command_table[i].name);
    put_escaped(out, command_table[i].help, "'\\''", "\\:");
    text_puts(out, "'\n");
  }
  text_puts(out, "  )\n  case ${${words[2,CURRENT-1]}[(r)(");
  put_commands(out, "|");
  text_puts(out, ")]} in\n  '') _describe command commands; _files ;;\n");
  for (size_t i = 0; i < command_count; i++)
    zsh_argument(out, &command_table[i]);
  text_puts(out, "  esac\n}\n\n_seqscan() {\n  _arguments -S \\\n");
  for (size_t i = 0; i < option_count; i++)
    zsh_option(out, &option_table[i]);
  text_puts(out, "    '*: :_seqscan_argument'\n}\n\n_seqscan \"$@\"\n");
}

// The part of a line that says what is offered.
static void fish_offer(Text *out, const char *shown) {
  Offer offer = offer_for(shown);
  Text words = {0};
  if (put_words(&words, offer, shown))
    text_printf(out, " -f -a '%s'", words.at);
  else if (offer == OFFER_REVISIONS)
    text_printf(out, " -f -a '(%s)'", revisions);
  else if (offer == OFFER_FILES)
    text_puts(out, " -F");
  else
    text_puts(out, " -f");
  text_release(&words);
}

static void fish_help(Text *out, const char *help) {
  text_puts(out, " -d '");
  put_escaped(out, help, "\\'", "\\");
  text_puts(out, "'\n");
}

static void fish(Text *out) {
  text_puts(out, "# fish completion of seqscan, made by `seqscan completion fish`.\n");
  for (size_t i = 0; i < command_count; i++) {
    text_printf(out, "complete -c seqscan -n __fish_use_subcommand -a %s", command_table[i].name);
    fish_help(out, command_table[i].help);
    text_printf(out, "complete -c seqscan -n '__fish_seen_subcommand_from %s'", command_table[i].name);
    fish_offer(out, command_table[i].args);
    text_puts(out, "\n");
  }
  for (size_t i = 0; i < option_count; i++) {
    const OptionRow *row = &option_table[i];
    text_printf(out, "complete -c seqscan -l %s", row->name);
    if (row->letter)
      text_printf(out, " -s %c", row->letter);
    if (row->value) {
      text_puts(out, " -r");
      fish_offer(out, row->value);
    }
    fish_help(out, row->help);
  }
}

int completion_script(const char *shell, Text *out, Error *err) {
  static const struct {
    const char *name;
    void (*write)(Text *);
  } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
  for (size_t i = 0; i < COUNT(shells); i++) {
    if (!strcmp(shell, shells[i].name)) {
      shells[i].write(out);
      return 0;
    }
  }
  return fail_usage(err, "there is a completion for bash, zsh and fish, not for '%.60s'", shell);
}
