#!/bin/sh
# test_baseline.sh - --write-baseline, --baseline, --prune-baseline. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"

cd "$work" || exit 3
mkdir code
git -C code init -q
slow_code >code/b.ts
write_code >"code/a file.ts"

# Written: one line a finding, sorted by path; then nothing is reported.
run 0 --write-baseline known code
says err '2 findings written to known'
check 'nothing is reported' test ! -s out
check 'sorted by path' test "$(grep -v '^#' known | cut -d' ' -f2-)" = "1 write-in-loop a file.ts
1 query-in-loop b.ts"
run 0 --baseline known code
says out '0 findings'
says out '2 findings of the baseline not shown'
run 0 --baseline known --format json code
json_is external out suppressed 1 suppression kind
json_is 0 out coverage baselineGone
run 0 --baseline known --format sarif code
check 'baselineState' grep -q '"baselineState":"unchanged"' out

# Lines move, files move, code is formatted: still known.
cp known before
{ printf '\n\n// moved\n'; sed 's|findFirst(|\n      findFirst(|' code/b.ts; } >code/c.ts
rm code/b.ts
run 0 --baseline known code
says out '0 findings'
run 0 --write-baseline known code
check 'the same identities' test "$(grep -v '^#' before | cut -d' ' -f1)" = "$(grep -v '^#' known | cut -d' ' -f1)"

# A copy of known code is new, in the new file.
cp code/c.ts code/a-copy.ts
run 1 --baseline known --quiet code
says out 'a-copy.ts:'
silent out 'c.ts:'
check 'one is new' test "$(wc -l <out)" -eq 1
run 0 --write-baseline known code
run 0 --baseline known code

# A second one in the same function counts.
sed 's|^ *findFirst.*|&\n    await prisma.user.findFirst({ where: { id } });|' code/c.ts >code/d.ts
mv code/d.ts code/c.ts
check 'there are two' test "$(grep -c 'findFirst({' code/c.ts)" -eq 2
run 1 --baseline known --fail-on note --quiet code
check 'one of two is new' test "$(wc -l <out)" -eq 1
run 0 --write-baseline known code
says err '4 findings'
check 'counted' grep -q '^[0-9a-f]* 2 query-in-loop c.ts$' known

# What is mended is gone, and pruned on request only; nothing is added by it.
rm code/c.ts
cp known before
run 0 --baseline known code
says out '2 findings of the baseline found no more'
check 'the file is untouched' cmp known before
{ slow_code | sed 's/findFirst/findMany/'; } >code/new.ts
run 1 --baseline known --prune-baseline --quiet code
says out 'new.ts:5'
check 'two lines are left' test "$(grep -cv '^#' known)" -eq 2
check 'nothing is added' sh -c '! grep -q new.ts known'
rm code/new.ts
run 0 --baseline known code
silent out 'no more'

# What is not asked for is not gone: other paths, tests without --all-contexts.
mkdir code/test
slow_code | sed 's/findFirst/findMany/' >code/test/t.ts
run 0 --all-contexts --write-baseline known code
says err '3 findings'
run 0 --baseline known --prune-baseline code/a-copy.ts
silent out 'no more'
check 'all are kept' test "$(grep -cv '^#' known)" -eq 3

# Two branches that add findings merge without a conflict, when these are in different places.
git init -q -b main merge
printf '%s\n' 1 2 3 | sed 's|.*|000000000000000& 1 query-in-loop src/&/a.ts|' >merge/known
git -C merge add . && git -C merge commit -qm base && git -C merge checkout -qb other
sed -i '1i aaaaaaaaaaaaaaaa 1 query-in-loop src/0/a.ts' merge/known
git -C merge commit -qam one && git -C merge checkout -q main
echo 'bbbbbbbbbbbbbbbb 1 query-in-loop src/4/a.ts' >>merge/known
git -C merge commit -qam two
check 'merges' git -C merge merge -q other
check 'all five' test "$(wc -l <merge/known)" -eq 5

# What is wrong is told, with the line.
run 2 --baseline absent code
says err 'cannot read absent'
printf '# comment\r\n\r\n<<<<<<< HEAD\n' >bad
run 2 --baseline bad code
says err 'bad:3: this is no line of a baseline: there is a merge conflict'
echo '0123456789abcdef 0 query-in-loop a.ts' >bad
run 2 --baseline bad code
says err 'bad:1: this is no line of a baseline'
head -c 300 /dev/zero >bad
run 2 --baseline bad code
run 2 --prune-baseline code
says err '--prune-baseline needs --baseline FILE'
run 2 --baseline known --write-baseline known code
run 3 --write-baseline no/such/folder code
says err 'cannot write no/such/folder'
: >empty
run 1 --baseline empty code

# Statements of SQL files are told apart, and are the same in another file.
mkdir -p sql/queries
git -C sql init -q
printf 'DELETE FROM users;\nSELECT id FROM users ORDER BY random();\n' >sql/queries/a.sql
run 0 --write-baseline known sql
check 'one line for each statement' test "$(grep -v '^#' known | cut -d' ' -f2-)" = "1 order-by-random queries/a.sql
1 write-without-where queries/a.sql"
run 0 --baseline known sql
printf 'DELETE FROM orders;\n' >>sql/queries/a.sql
run 1 --quiet --baseline known sql
says out 'a.sql:3:1:'
check 'no other one' test "$(wc -l <out)" -eq 1
mv sql/queries/a.sql sql/queries/b.sql
run 1 --quiet --baseline known sql
says out 'b.sql:3:1:'
check 'no other one' test "$(wc -l <out)" -eq 1

finish
