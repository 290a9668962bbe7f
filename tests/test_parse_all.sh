#!/bin/sh
# test_parse_all.sh - what is not parsed changes no finding: the fixtures, each folder as a tree of its own, with and
# without --parse-all, tests left out or not.
set -u

fixtures=$(cd "$(dirname "$0")/../fixtures" && pwd)
. "$(dirname "$0")/cli.sh"
cd "$work" || exit 3
cp -r "$fixtures" . || exit 3

# findings FILE ARGS...: those of a scan, and what else does not tell what was parsed.
findings() {
  report=$1
  shift
  "$seqscan" scan --no-cache --format json --output "$report" "$@" 2>/dev/null
  status=$?
  check "a report, not status $status: $*" test "$status" -le 1
  sed '/"files": {/,/^  }/d; /"coverage": {/,/^  }/d; /"elapsedMs"/d' "$report" >"$report.findings"
}

unrelated=0
for folder in fixtures/projects/* fixtures/libraries/* fixtures/link/*; do
  for contexts in '' --all-contexts; do
    findings all.json --parse-all ${contexts:+"$contexts"} "$folder"
    findings some.json ${contexts:+"$contexts"} "$folder"
    check "the findings of $folder are the same, $contexts" cmp all.json.findings some.json.findings
  done
  unrelated=$((unrelated + $(sed -n 's/^ *"unrelated": \([0-9]*\),$/\1/p' some.json)))
done
check 'some files are not parsed' test "$unrelated" -gt 10

# What is not parsed is counted and named.
mkdir tree
slow_code >tree/a.ts
echo 'export const far = 1;' >tree/b.ts
run 1 --verbose tree
says out '2 files scanned, 1 parsed, 1 cannot reach a database'
run 1 --parse-all tree
says out '2 files scanned, 2 parsed'

# What others put under the same names on objects of their own hides nothing, however often they do.
mkdir -p many/other
cat >many/app.js <<'END'
const { PrismaClient } = require('@prisma/client');
const app = require('express')();
const client = new PrismaClient();
const wide = client.$extends({ model: { order: { async total(id) { return client.line.count({ where: { id } }); } } } });
app.use((req, res, next) => { req.db = client; next(); });
app.get('/orders', async (req, res) => {
  for (const id of req.query.ids) await req.db.order.findFirst({ where: { id } });
  for (const id of req.query.ids) await wide.order.total(id);
});
END
for i in $(seq 250); do
  echo "const kept = {}; kept.db = make($i); app.locals.db = $i; module.exports = api.\$extends(kept);" >"many/other/z$i.js"
done
for how in --verbose --parse-all; do
  run 1 $how many
  says out 'app.js:7:'
  says out 'app.js:8:'
done
finish
