#!/bin/sh
# test_config.sh - seqscan.json, seqscan.jsonc, package.json#seqscan, --config. Needs $SEQSCAN. What the keys may hold is
# checked by tests/clients/config.mjs.
set -u

. "$(dirname "$0")/cli.sh"
. "$(dirname "$0")/change.sh"

cd "$work" || exit 3
git init -q -b main shop
cd shop || exit 3
mkdir -p src/admin scripts/server legacy
slow_code >src/a.ts
write_code >src/admin/b.ts
slow_code >legacy/c.ts
slow_code >scripts/server/d.ts
git add -A && git commit -qm base

# report TEXT: the findings with the configuration TEXT.
report() {
  echo "$1" >seqscan.json
  status=$2
  shift 2
  run "$status" --quiet "$@"
}

run 1 --quiet
finds 3 'src/a.ts:5:11: error' 'src/admin/b.ts:5:11: warning' 'legacy/c.ts'

# Levels, by rule and by file; the last override holds. A rule that is off is silent.
report '{"rules": {"query-in-loop": "note", "write-in-loop": "off"}}' 0
finds 2 'src/a.ts:5:11: note'
report '{"overrides": [{"files": ["src"], "rules": {"write-in-loop": "error"}},
  {"files": ["src/admin/**"], "rules": {"write-in-loop": "note"}}, {"files": ["*.tsx"], "rules": {"write-in-loop": "off"}}]}' 1
finds 3 'src/admin/b.ts:5:11: note' 'src/a.ts:5:11: error'
report '{"overrides": [{"files": ["c.ts", "src/a.ts"], "rules": {"query-in-loop": "off"}}]}' 1
finds 1 'src/admin/b.ts'

# What is only a note stays one when its rule is raised.
cat >src/note.ts <<'END'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function states(names: string[]) {
  for (const name of names) {
    try { await prisma.state.create({ data: { name } }); } catch (error) { console.error(name, error); }
  }
}
END
run 1 --quiet src/note.ts src/admin
finds 2 'note.ts:5:17: note' 'b.ts:5:11: warning'
report '{"rules": {"write-in-loop": "error"}}' 1 src/note.ts src/admin
finds 2 'note.ts:5:17: note' 'b.ts:5:11: error'
rm src/note.ts

# Files that are ignored, and what files are for.
report '{"ignore": ["legacy/"]}' 1
finds 2 'src/a.ts' 'src/admin/b.ts'
report '{"contexts": {"app": ["scripts/server"], "script": ["src/**", "legacy"]}}' 1
finds 1 'scripts/server/d.ts'
report '{"allContexts": true}' 1
finds 4 'scripts/server/d.ts'

# --fail-on of the command line goes before that of the configuration.
report '{"failOn": "never"}' 0
finds 3
run 1 --quiet --fail-on error
report '{"failOn": "note", "rules": {"query-in-loop": "note", "write-in-loop": "off"}}' 1

# A baseline that the configuration names, and its pruning.
report '{}' 1
run 0 --write-baseline known.txt .
report '{"baseline": "known.txt"}' 0
finds 0
mkdir -p "$work/elsewhere" && cd "$work/elsewhere" || exit 3
rm ../shop/legacy/c.ts
run 0 --prune-baseline ../shop
check 'two are left' test "$(grep -cv '^#' ../shop/known.txt)" -eq 2
cd ../shop || exit 3
git checkout -q legacy
report '{"baseline": "known.txt"}' 1
finds 1 'legacy/c.ts'
run 0 --write-baseline known.txt .
check 'all are written' test "$(grep -cv '^#' known.txt)" -eq 3
report '{"baseline": "absent.txt"}' 2
says err 'seqscan.json names absent.txt, which is not there'
rm known.txt

# A model of a library of one's own.
cat >store.yml <<'END'
library: store
packages: ['@acme/store']
exports:
  Store: { new: client }
states:
  client:
    members:
      load: { read: one }
END
cat >src/store.ts <<'END'
import { Store } from '@acme/store';
const store = new Store();
export async function all(ids: number[]) {
  for (const id of ids) await store.load(id);
}
END
report '{}' 0 src/store.ts
report '{"libraries": ["./store.yml"]}' 1 src/store.ts
finds 1 'src/store.ts:4:31: error'
echo 'states: [' >broken.yml
report '{"libraries": ["broken.yml"]}' 2
says err 'broken.yml:'
report '{"libraries": ["absent.yml"]}' 2
says err 'seqscan.json names absent.yml, which is not there'

# Of a revision and of the index it is what they have, not what is on disk; of a change, that of its end.
echo '{"libraries": ["store.yml"], "ignore": ["src/a.ts", "legacy"]}' >seqscan.json
git add -A && git commit -qm config
echo '{"rules": {"write-in-loop": "off"}}' >seqscan.json
run 1 --quiet --rev HEAD
finds 2 'src/store.ts' 'src/admin/b.ts'
run 1 --quiet --rev HEAD~1
finds 3 'legacy/c.ts'
cp src/store.ts src/more.ts
git add src/more.ts
run 1 --quiet --staged
finds 1 'src/more.ts:4'
run 0 --quiet --diff HEAD
git clone -q --bare . ../bare.git
run 1 --quiet --rev main ../bare.git
finds 2 'src/store.ts'
git reset -q --hard

# The other places; with comments, trailing commas and a byte order mark.
rm seqscan.json
printf '\357\273\277{\r\n  // a comment\r\n  "ignore": ["legacy", /* and */ "src/admin"],\r\n}\r\n' >seqscan.jsonc
run 1 --quiet
finds 1 'src/a.ts'
rm seqscan.jsonc
echo '{"name": "shop", "seqscan": {"ignore": ["src"]}}' >package.json
run 1 --quiet
finds 1 'legacy/c.ts'
echo '{}' >seqscan.json
run 2
says err 'both seqscan.json and package.json are a configuration: keep one of them'
rm seqscan.json
echo '{"name": "seqscan", broken' >package.json
run 2 --quiet
echo '{"name": "shop", broken' >package.json
run 1 --quiet
echo '{"name": "shop"}' >package.json

# A file that the command line names goes before these; its paths start at its folder.
mkdir "$work/conf"
mv store.yml "$work/conf"
echo '{"libraries": ["store.yml"], "ignore": ["legacy", "src/a*"]}' >"$work/conf/ci.json"
echo '{"failOn": "never"}' >seqscan.json
run 1 --quiet --config "$work/conf/ci.json"
finds 1 'src/store.ts'
run 2 --config absent.json
says err 'cannot read absent.json'

# What is in force.
echo '{"failOn": "note", "rules": {"query-in-loop": "off"}}' >seqscan.json
run 0 config
json_is note "$work/out" failOn
json_is off "$work/out" rules query-in-loop
json_is warning "$work/out" rules write-in-loop
run 0 config --fail-on error --all-contexts
json_is error "$work/out" failOn
json_is ON "$work/out" allContexts

# Mistakes are told with their place, and what is probably meant.
wrong() {
  printf '%s' "$1" >seqscan.json
  run 2
  says err "seqscan: seqscan.json:$2"
}
wrong '{
  "ignroe": []
}' '2:3: unknown key "ignroe"; did you mean "ignore"?'
wrong '{"fail-on": "note"}' '1:2: unknown key "fail-on"; did you mean "failOn"?'
wrong '{"ümlaut": 1}' '1:2: unknown key "ümlaut"'
wrong '{"rules": {"ü": "off"}}' '1:12: unknown rule "ü"'
wrong '{"rules": {"query-in-lop": "off"}}' '1:12: unknown rule "query-in-lop"; did you mean "query-in-loop"?'
wrong '{"rules": {"query-in-loop": "fatal"}}' '1:29: unknown level "fatal"'
wrong '{"rules": {"query-in-loop": "warn"}}' '1:29: unknown level "warn"'
wrong '{"ignore": ["a{b"]}' '1:13: this pattern is empty, too long, or has braces that do not pair'
wrong '{"ignore": [], "ignore": []}' '1:16: the key "ignore" is there twice'
wrong "{'ignore': []}" '1:2: a key must be a string in double quotes'
wrong '{ignore: []}' '1:2: a key must be a string in double quotes'
wrong '{"ignore": [a]}' '1:13: a pattern must be a string in double quotes'
wrong '{"ignore": [`a`]}' '1:13: a pattern must be a string in double quotes'
wrong '{"contexts": {"prod": []}}' '1:15: unknown context "prod"'
wrong '{"overrides": [{"file": ["a"]}]}' '1:17: unknown key "file"; did you mean "files"?'
wrong '[]' '1:1: a configuration must be an object'
wrong '' '1:1: '
wrong '{"ignore": ["a"' '1:'
wrong '{}{}' '1:'
wrong '{}); x(' '1:1: this is no JSON'
wrong '{}); let x = (1' '1:1: this is no JSON'
wrong '{"a": 1}); process.exit(0); ({' '1:'
wrong '{"libraries": ["../conf/store.yml"]}' '1:16: a library model must be in this folder or below'
wrong '{"baseline": "/tmp/x"}' '1:14: "baseline" must be in this folder or below'
rm seqscan.json
ln -s ../conf/ci.json seqscan.json
run 1 --quiet
finds 3
rm seqscan.json package.json
ln -s ../conf/ci.json package.json
run 1 --quiet
{ head -c 200000 /dev/zero | tr '\0' '['; } >seqscan.json
run 2
head -c 100000 /dev/urandom >seqscan.json
run 2

finish
