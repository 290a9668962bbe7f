// test_walk.c - listing worktrees, revisions and plain folders, and reading what was listed.
//
// Each test gets an empty folder as current directory and fills it by shell commands.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source.h"

#include <cmocka.h>  // last: its macro `fail` hides ours

#define GIT                                                                                                  \
  "git -c user.name=t -c user.email=t@localhost -c init.defaultBranch=main -c protocol.file.allow=always "
#define COMMIT GIT "add -A && " GIT "commit -qm x"
#define INIT GIT "init -q . && "

static char start[4096];

static int enter_folder(void **state) {
  char name[] = "/tmp/seqscan-walk-XXXXXX";
  (void)state;
  assert_non_null(getcwd(start, sizeof start));
  assert_non_null(mkdtemp(name));
  return chdir(name);
}

static int leave_folder(void **state) {
  char command[4200], here[4096];
  (void)state;
  assert_non_null(getcwd(here, sizeof here));
  snprintf(command, sizeof command, "rm -rf '%s'", here);
  return chdir(start) || system(command);
}

static void sh(const char *command) { assert_int_equal(system(command), 0); }

static Tree *open_tree(const char *const *paths, size_t npaths, const char *rev) {
  Tree *tree = NULL;
  Error err = {0};
  TreeOptions options = {.rev = rev, .max_bytes = 100000};
  if (tree_open(&tree, paths, npaths, &options, &err))
    fail_msg("%s", err.text);
  return tree;
}

// The sources that were asked for as "path path", each skipped one with its number: "path!6".
static const char *listed(Tree *tree) {
  static Text text;
  size_t count;
  const Source *sources = tree_sources(tree, &count);
  text_clear(&text);
  text_add(&text, "", 0);
  for (size_t i = 0; i < count; i++) {
    if (!sources[i].asked)
      continue;
    text_printf(&text, "%s%s", text.n ? " " : "", sources[i].path);
    if (sources[i].skip)
      text_printf(&text, "!%d", sources[i].skip);
  }
  return text.at;
}

static void expect_list(const char *want, const char *rev, const char *first, const char *second) {
  const char *paths[] = {first, second};
  Tree *tree = open_tree(paths, (first != NULL) + (second != NULL), rev);
  assert_string_equal(listed(tree), want);
  tree_free(tree);
}

static void expect_error(const char *part, const char *rev, const char *first, const char *second) {
  const char *paths[] = {first, second};
  Tree *tree = NULL;
  Error err = {0};
  TreeOptions options = {.rev = rev};
  assert_int_equal(tree_open(&tree, paths, (first != NULL) + (second != NULL), &options, &err), -1);
  if (!strstr(err.text, part))
    fail_msg("'%s' does not say '%s'", err.text, part);
}

// Read the only source of the tree at `path`.
static Skip skip_of(const char *path) {
  size_t count;
  Error err;
  Text text = {0};
  Reader *reader;
  Skip skip;
  Tree *tree = open_tree(&path, 1, NULL);
  const Source *source = tree_sources(tree, &count);
  assert_int_equal(count, 1);
  assert_int_equal(reader_open(&reader, tree, &err), 0);
  assert_int_equal(reader_read(reader, source, &text, &skip, &err), 0);
  text_release(&text);
  reader_free(reader);
  tree_free(tree);
  return skip;
}

static void languages(void **state) {
  (void)state;
  assert_int_equal(lang_of_path("a/b.js"), LANG_JAVASCRIPT);
  assert_int_equal(lang_of_path("b.mjs"), LANG_JAVASCRIPT);
  assert_int_equal(lang_of_path("b.d.ts"), LANG_TYPESCRIPT);
  assert_int_equal(lang_of_path("b.cts"), LANG_TYPESCRIPT);
  assert_int_equal(lang_of_path("b.tsx"), LANG_TSX);
  assert_int_equal(lang_of_path("a/package.json"), LANG_JSON);
  assert_int_equal(lang_of_path("tsconfig.build.json"), LANG_JSON);
  assert_int_equal(lang_of_path("data.json"), LANG_NONE);
  assert_int_equal(lang_of_path("src.ts/README"), LANG_NONE);
  assert_int_equal(lang_of_path(".ts"), LANG_NONE);
}

static void worktree_lists_tracked_and_untracked(void **state) {
  (void)state;
  sh(INIT "mkdir -p src dist && touch src/a.ts src/gone.ts src/style.css package.json && echo dist > "
          ".gitignore && " COMMIT " && rm src/gone.ts && touch src/new.tsx dist/out.js");
  expect_list("package.json src/a.ts src/new.tsx", NULL, NULL, NULL);
}

static void worktree_restricts_to_paths(void **state) {
  (void)state;
  sh(INIT "mkdir -p src/deep lib srcx && touch src/a.ts src/deep/b.ts lib/c.ts srcx/d.ts && " COMMIT
          " && touch src/u.ts");
  expect_list("src/a.ts src/deep/b.ts src/u.ts", NULL, "src", NULL);
  expect_list("lib/c.ts src/deep/b.ts", NULL, "src/deep/", "lib/c.ts");
  assert_int_equal(chdir("src"), 0);
  expect_list("src/a.ts src/deep/b.ts src/u.ts", NULL, ".", NULL);
  expect_list("lib/c.ts src/deep/b.ts", NULL, "deep", "../lib");
  assert_int_equal(chdir(".."), 0);
}

// What the file is called below the folder that holds all that was asked for.
static void expect_below(const char *want, size_t index, size_t count_wanted, const char *rev,
                         const char *first, const char *second) {
  const char *paths[] = {first, second};
  size_t count;
  Tree *tree = open_tree(paths, (first != NULL) + (second != NULL), rev);
  const Source *sources = tree_sources(tree, &count);
  assert_int_equal(count, count_wanted);
  assert_string_equal(tree_path_below_asked(tree, &sources[index]), want);
  tree_free(tree);
}

static void others_are_listed_beside(void **state) {
  (void)state;
  sh(INIT
     "mkdir -p tests/api/src tests/web && touch tests/api/src/a.ts tests/web/b.ts package.json && " COMMIT);
  expect_below("tests/api/src/a.ts", 1, 3, NULL, ".", NULL);
  expect_below("src/a.ts", 1, 3, NULL, "tests/api", NULL);
  expect_below("a.ts", 1, 3, NULL, "tests/api/src/a.ts", NULL);
  expect_below("api/src/a.ts", 1, 3, NULL, "tests/api/src/a.ts", "tests/web");
  expect_below("tests/api/src/a.ts", 1, 3, NULL, "tests", "package.json");
  expect_below("src/a.ts", 1, 3, "HEAD", "tests/api", NULL);
  expect_below("api/src/a.ts", 1, 3, "HEAD", "tests/web", "tests/api/src/a.ts");
  expect_list("tests/api/src/a.ts tests/web/b.ts", "HEAD", "tests/web/b.ts", "tests/api");
  expect_error("tests/none: no such file or folder in HEAD", "HEAD", "tests", "tests/none");
}

static void names_are_literal(void **state) {
  (void)state;
  sh(INIT
     "mkdir -p 'src/[id]' && touch 'src/[id].tsx' src/i.tsx 'src/[id]/a.ts' 'src/*.ts' src/b.ts && " COMMIT);
  expect_list("src/[id].tsx", NULL, "src/[id].tsx", NULL);
  expect_list("src/*.ts src/[id]/a.ts", NULL, "src/[id]", "src/*.ts");
  expect_list("src/[id].tsx", "HEAD", "src/[id].tsx", NULL);
}

static void untracked_names_are_literal(void **state) {
  (void)state;
  sh(INIT "mkdir -p 'src/[id]' && touch 'src/[id].tsx' src/i.tsx 'src/[id]/a.ts'");
  expect_list("src/[id].tsx src/[id]/a.ts", NULL, "src/[id].tsx", "src/[id]");
}

static void packages_are_never_listed(void **state) {
  (void)state;
  sh(INIT "mkdir -p node_modules/p a/node_modules/q .yarn && touch node_modules/p/i.js a/node_modules/q/i.js "
          ".yarn/y.cjs a/b.js && " GIT "add -f a .yarn && " GIT "commit -qm x");
  expect_list("a/b.js", NULL, NULL, NULL);
  expect_list("a/b.js", "HEAD", NULL, NULL);
  expect_list("", NULL, "node_modules", NULL);
}

static void ignored_path_is_listed_when_named(void **state) {
  (void)state;
  sh(INIT "mkdir -p dist/in && touch dist/a.js dist/in/b.js c.js && echo dist > .gitignore && " COMMIT);
  expect_list("c.js", NULL, ".", NULL);
  expect_list("dist/a.js dist/in/b.js", NULL, "dist", NULL);
  expect_list("c.js dist/in/b.js", NULL, "dist/in/b.js", "c.js");
}

static void submodules_are_not_entered(void **state) {
  (void)state;
  sh("mkdir sub main && cd sub && " INIT "touch s.ts && " COMMIT " && cd ../main && " INIT
     "touch m.ts && " GIT "submodule --quiet add ../sub sub && " COMMIT);
  expect_list("m.ts", NULL, "main", NULL);
  expect_list("m.ts", "HEAD", "main", NULL);
  expect_list("s.ts", NULL, "main/sub", NULL);
}

static void links_do_not_lead_out(void **state) {
  (void)state;
  sh("mkdir -p out/dir in/src && touch out/x.ts out/dir/y.ts out/note && cd in && " INIT "touch src/a.ts && "
     "ln -s ../out/x.ts leaf.ts && ln -s ../out/dir dir && ln -s ../out/note note && ln -s src inside && "
     "ln -s src/a.ts same.ts && ln -s loop.ts loop.ts && ln -s nowhere.ts dead.ts");
  expect_list("dir!6 leaf.ts!6 loop.ts!6 src/a.ts", NULL, "in", NULL);
  sh("cd in && " COMMIT);
  expect_list("dir!6 leaf.ts!6 loop.ts!6 src/a.ts", NULL, "in", NULL);
  expect_list("src/a.ts", "HEAD", "in", NULL);
  sh("rm -rf in/.git");
  expect_list("dir!6 leaf.ts!6 loop.ts!6 src/a.ts", NULL, "in", NULL);
}

static void folder_replaced_by_link_is_gone(void **state) {
  (void)state;
  sh("mkdir -p out in/src && touch out/a.ts && cd in && " INIT "touch src/a.ts && " COMMIT
     " && rm -r src && ln -s ../out src");
  expect_list("src!6", NULL, "in", NULL);
}

static void reader_follows_no_link(void **state) {
  (void)state;
  size_t count;
  Error err;
  Text text = {0};
  Reader *reader;
  Skip skip;
  const char *path = "in";
  sh("mkdir -p out in/src && echo secret > out/a.ts && touch in/src/a.ts in/b.ts");
  Tree *tree = open_tree(&path, 1, NULL);
  const Source *sources = tree_sources(tree, &count);
  assert_int_equal(count, 2);
  assert_int_equal(reader_open(&reader, tree, &err), 0);
  sh("rm -r in/src && ln -s ../out in/src && ln -sf ../out/a.ts in/b.ts");
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(reader_read(reader, &sources[i], &text, &skip, &err), -1);
    assert_non_null(strstr(err.text, sources[i].path));
  }
  text_release(&text);
  reader_free(reader);
  tree_free(tree);
}

static void attributes_skip_generated_and_vendored(void **state) {
  (void)state;
  sh(INIT
     "mkdir gen lib && touch gen/a.ts gen/b.ts lib/v.js c.ts && "
     "echo 'lib/** linguist-vendored' > .gitattributes && "
     "printf '*.ts linguist-generated=true\\nb.ts -linguist-generated\\n' > gen/.gitattributes && " COMMIT);
  expect_list("c.ts gen/a.ts!2 gen/b.ts lib/v.js!3", NULL, NULL, NULL);
  expect_list("gen/a.ts!2 gen/b.ts", NULL, "gen", NULL);
  sh("rm .gitattributes gen/.gitattributes");
  expect_list("c.ts gen/a.ts gen/b.ts lib/v.js", NULL, NULL, NULL);
  expect_list("c.ts gen/a.ts!2 gen/b.ts lib/v.js!3", "HEAD", NULL, NULL);
  expect_list("lib/v.js!3", "HEAD", "lib", NULL);
  sh(COMMIT " && " GIT "clone -q --bare . bare.git");
  expect_list("c.ts gen/a.ts!2 gen/b.ts lib/v.js!3", "HEAD~1", "bare.git", NULL);
  expect_list("c.ts gen/a.ts gen/b.ts lib/v.js", "HEAD", "bare.git", NULL);
}

static void revision_is_read_from_objects(void **state) {
  (void)state;
  sh("mkdir work && cd work && " INIT "mkdir src && echo one > src/a.ts && " COMMIT " && " GIT
     "tag -a -m t v1 && "
     "echo two > src/b.ts && rm src/a.ts && " COMMIT " && cd .. && " GIT "clone -q --bare work bare.git");
  expect_list("src/a.ts", "v1", "work", NULL);
  expect_list("src/b.ts", "HEAD", "bare.git", NULL);
  expect_list("src/a.ts", "HEAD~1", "bare.git/src", NULL);
  expect_list("src/a.ts", "v1", "work/src/a.ts", NULL);
  expect_list("src/a.ts", "v1^{tree}", "work/.git", NULL);
  sh("cd work && " GIT "worktree add -q ../other HEAD~1");
  expect_list("src/a.ts", "HEAD", "other", NULL);
  expect_list("src/a.ts", NULL, "other", NULL);
}

static void revision_gives_its_bytes(void **state) {
  (void)state;
  size_t count;
  Error err;
  Text text = {0};
  Reader *reader;
  Skip skip;
  sh(INIT "printf 'let a\\n' > a.ts && " COMMIT " && echo changed > a.ts");
  Tree *tree = open_tree(NULL, 0, "HEAD");
  const Source *source = tree_sources(tree, &count);
  assert_int_equal(source->size, 6);
  assert_int_equal(reader_open(&reader, tree, &err), 0);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(reader_read(reader, source, &text, &skip, &err), 0);
    assert_string_equal(text.at, "let a\n");
  }
  text_release(&text);
  reader_free(reader);
  tree_free(tree);
}

// The blob that git would make of the file's bytes.
static const char *blob_of(const char *path) {
  static char hex[41];
  char command[200];
  snprintf(command, sizeof command, "git hash-object --no-filters '%s'", path);
  FILE *git = popen(command, "r");
  assert_non_null(git);
  assert_int_equal(fscanf(git, "%40s", hex), 1);
  assert_int_equal(pclose(git), 0);
  return hex;
}

// As it was staged, changed, with other line ends than its blob, not tracked, staged as it was written.
static void blob_id_is_that_of_the_bytes(void **state) {
  (void)state;
  size_t count;
  sh(INIT "echo '*.cts text eol=crlf' > .gitattributes && echo a > a.ts && echo b > b.ts && printf 'c\\r\\n' "
          "> c.cts && " COMMIT " && echo d > b.ts && rm c.cts && " GIT
          "checkout -q -- c.cts && echo d > d.ts && echo e > e.ts && " GIT "add e.ts && echo f > e.ts");
  Tree *tree = open_tree(NULL, 0, NULL);
  const Source *sources = tree_sources(tree, &count);
  assert_int_equal(count, 5);
  for (size_t i = 0; i < count; i++) {
    char hex[41];
    for (size_t byte = 0; byte < 20; byte++)
      snprintf(hex + 2 * byte, 3, "%02x", sources[i].oid[byte]);
    assert_string_equal(hex, blob_of(sources[i].path));
  }
  tree_free(tree);
}

// Beyond the limit of a file it is not made out.
static void blob_id_of_large_changed_file_is_unknown(void **state) {
  (void)state;
  static const uint8_t zero[20];
  size_t count;
  sh(INIT "head -c 100001 /dev/zero > a.ts");
  Tree *tree = open_tree(NULL, 0, NULL);
  const Source *sources = tree_sources(tree, &count);
  assert_int_equal(count, 1);
  assert_memory_equal(sources[0].oid, zero, 20);
  tree_free(tree);
}

// Another repository, a submodule, what is ignored within a folder that is not, what git has below a link.
static void worktree_passes_over_what_git_does(void **state) {
  (void)state;
  sh(INIT "mkdir -p other/deep was new/out && touch was/a.ts && git -C other init -q && touch other/deep/b.ts && " GIT
          "add was && " GIT "commit -qm x && mv was moved && ln -s moved was && echo out/ > new/.gitignore && touch "
          "new/c.ts new/out/d.ts && echo /e.ts > .git/info/exclude && touch e.ts");
  expect_list("moved/a.ts new/c.ts", NULL, NULL, NULL);
}

// A file, or a link, that has become a folder since it was staged.
static void worktree_looks_into_what_became_a_folder(void **state) {
  (void)state;
  sh(INIT "touch a.ts && ln -s a.ts lib && " COMMIT " && rm a.ts lib && mkdir a.ts lib && touch a.ts/b.ts lib/c.ts");
  expect_list("a.ts/b.ts lib/c.ts", NULL, NULL, NULL);
}

static void worktree_names_folders_too_deep(void **state) {
  (void)state;
  sh(INIT "touch a.ts && d=d && for i in $(seq 128); do d=$d/d; done && mkdir -p $d && touch $d/b.ts");
  Tree *tree = open_tree(NULL, 0, NULL);
  size_t count;
  const Source *sources = tree_sources(tree, &count);
  assert_int_equal(count, 2);
  assert_int_equal(sources[1].skip, SKIP_TOO_DEEP);
  tree_free(tree);
}

static void plain_folder(void **state) {
  (void)state;
  sh("mkdir -p a/.next a/node_modules/p b && touch a/x.ts a/.next/y.js a/node_modules/p/i.js b/z.js note.md "
     "&& "
     "ln -s . b/up");
  expect_list("a/x.ts b/z.js", NULL, ".", NULL);
  expect_list("x.ts", NULL, "a", NULL);
  expect_list("a/x.ts b/z.js", NULL, "a/x.ts", "b");
  expect_list("z.js", NULL, "b/z.js", NULL);
  expect_list("", NULL, "note.md", NULL);
}

static void unreadable_folder_is_named(void **state) {
  (void)state;
  if (!geteuid())
    skip();
  sh("mkdir -p a/locked && touch a/x.ts && chmod 0 a/locked");
  expect_list("locked!7 x.ts", NULL, "a", NULL);
  sh("chmod 700 a/locked");
}

static void large_files_are_skipped(void **state) {
  (void)state;
  sh("head -c 100001 /dev/zero > a.ts && head -c 100000 /dev/zero > b.ts");
  expect_list("a.ts!1 b.ts", NULL, ".", NULL);
}

static void content_decides(void **state) {
  (void)state;
  sh("printf 'a\\0b' > nul.ts; printf '\\377\\376a' > utf16.ts; printf 'let a' > plain.ts; : > empty.ts");
  sh("for i in $(seq 900); do printf 'function a(){return b(c,{d:1})}'; done > min.js");
  sh("{ printf 'const font = \"'; head -c 60000 /dev/zero | tr '\\0' 'A'; printf '\"\\n'; } > data.ts");
  sh("for i in $(seq 900); do echo 'function a() { return b(c, { d: 1 }) }'; done > long.js");
  assert_int_equal(skip_of("nul.ts"), SKIP_BINARY);
  assert_int_equal(skip_of("utf16.ts"), SKIP_BINARY);
  assert_int_equal(skip_of("plain.ts"), SKIP_NO);
  assert_int_equal(skip_of("empty.ts"), SKIP_NO);
  assert_int_equal(skip_of("min.js"), SKIP_MINIFIED);
  assert_int_equal(skip_of("data.ts"), SKIP_NO);
  assert_int_equal(skip_of("long.js"), SKIP_NO);
}

static void errors_say_what_is_wrong(void **state) {
  (void)state;
  sh("mkdir one two plain && touch plain/p.ts && (cd one && " INIT "touch a.ts && " COMMIT
     ") && (cd two && " INIT "touch b.ts) && " GIT "clone -q --bare one bare.git");
  expect_error("gone: No such file or directory", NULL, "gone", NULL);
  expect_error("no such file or folder", "HEAD", "gone", NULL);
  expect_error("not in a git repository", "HEAD", "plain", NULL);
  expect_error("nope is not a revision", "nope", "one", NULL);
  expect_error("HEAD is not a revision", "HEAD", "two", NULL);
  expect_error("src: no such file or folder in HEAD", "HEAD", "one/src", NULL);
  expect_error("is in a bare repository: name a revision by --rev", NULL, "bare.git", NULL);
  expect_error("is not in the worktree of", NULL, "one", "two");
}

static void extensions_of_git_are_accepted(void **state) {
  (void)state;
  sh(INIT "touch a.ts && " COMMIT " && " GIT "config core.repositoryformatversion 1 && " GIT
          "config extensions.worktreeConfig true");
  expect_list("a.ts", NULL, NULL, NULL);
  expect_list("a.ts", "HEAD", NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void) {
  unsetenv("GIT_DIR");
  unsetenv("GIT_INDEX_FILE");
  const struct CMUnitTest tests[] = {
      TEST(languages),
      TEST(worktree_lists_tracked_and_untracked),
      TEST(worktree_restricts_to_paths),
      TEST(others_are_listed_beside),
      TEST(names_are_literal),
      TEST(untracked_names_are_literal),
      TEST(packages_are_never_listed),
      TEST(ignored_path_is_listed_when_named),
      TEST(submodules_are_not_entered),
      TEST(links_do_not_lead_out),
      TEST(folder_replaced_by_link_is_gone),
      TEST(reader_follows_no_link),
      TEST(attributes_skip_generated_and_vendored),
      TEST(revision_is_read_from_objects),
      TEST(revision_gives_its_bytes),
      TEST(blob_id_is_that_of_the_bytes),
      TEST(blob_id_of_large_changed_file_is_unknown),
      TEST(worktree_passes_over_what_git_does),
      TEST(worktree_looks_into_what_became_a_folder),
      TEST(worktree_names_folders_too_deep),
      TEST(plain_folder),
      TEST(unreadable_folder_is_named),
      TEST(large_files_are_skipped),
      TEST(content_decides),
      TEST(errors_say_what_is_wrong),
      TEST(extensions_of_git_are_accepted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
