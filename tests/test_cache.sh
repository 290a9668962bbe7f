#!/bin/sh
# test_cache.sh - the cache of facts and mentions: the same findings with a cold one, a warm one and none, whatever happens to it.
# Needs $SEQSCAN.
set -u

fixtures=$(cd "$(dirname "$0")/../fixtures" && pwd)
. "$(dirname "$0")/cli.sh"
. "$(dirname "$0")/change.sh"
export XDG_CACHE_HOME="$work/xdg" HOME="$work/home"

# scan NAME ARGS...: keep the report in $work/NAME.json, and what does not depend on the cache in $work/NAME. The calls that are
# not resolved are asked for as a rule, so that facts are looked for and not a report.
facts=--verbose
scan() {
  report=$1
  shift
  # shellcheck disable=SC2086
  "$seqscan" scan $facts --format json --output "$work/$report.json" "$@" 2>"$work/err"
  status=$?
  check "a report, not status $status: $*" test "$status" -le 1
  grep -v '"elapsedMs"\|"cached"\|"parsed"\|"version"' "$work/$report.json" >"$work/$report"
}
same() { check "$1 and $2 are the same" cmp "$work/$1" "$work/$2"; }
cached() { json_is "$2" "$work/$1.json" files cached; }
parsed() { json_is "$2" "$work/$1.json" files parsed; }
# says_nothing: the last scan wrote nothing to standard error.
says_nothing() { check "nothing is said: $(cat "$work/err")" test ! -s "$work/err"; }

cd "$work" || exit 3
cp -r "$fixtures/projects" "$fixtures/rules" . || exit 3
mkdir all && mv projects rules all/ && cd all || exit 3
git init -q -b main
commit all
files=$(git ls-files | grep -c '\.[cm]\?[jt]sx\?$')
blobs=$(git ls-files -s | grep '\.[cm]\?[jt]sx\?$' | cut -d' ' -f2 | sort -u | grep -c .)
store=.git/seqscan

"$seqscan" --quiet --no-cache --output "$work/quiet"

# Cold, warm, none; the worktree and the revision share what is kept.
scan none --no-cache
check 'nothing is kept without a cache' test ! -e "$store"
cached none 0
all=$files files=$(json "$work/none.json" files parsed) unrelated=$(json "$work/none.json" files unrelated)
tests=$(json "$work/none.json" files tests)
check 'most files are parsed' test "$files" -gt 300
check 'each file is parsed, unrelated or of tests' test $((files + unrelated + tests)) -eq "$all"
scan cold
scan warm
same none cold
same none warm
cached cold 0
cached warm "$files"
parsed warm 0
scan commit_none --rev HEAD --no-cache
scan commit --rev HEAD
same commit_none commit
cached commit "$files"
check 'the worktree is clean' test -z "$(git status --porcelain)"

# What somebody else has kept there is not believed, as in the git directory of an archive.
mv "$work/xdg" "$work/mine"
scan foreign
same none foreign
cached foreign 0
rm -rf "$work/xdg" && mv "$work/mine" "$work/xdg"
scan own
cached own "$files"

# A changed file, also one whose size and time are those of before, is parsed; its facts are not kept for the old blob.
code=$(git ls-files | grep 'projects/.*\.ts$' | head -1)
git update-index --refresh -q
cp -p "$code" "$work/before"
tr 'a-y' 'b-z' <"$work/before" >"$code"
touch -r "$work/before" "$code"
scan changed_none --no-cache
scan changed
same changed_none changed
check 'the change is seen' sh -c '! cmp -s "$1" "$2"' sh "$work/changed_none" "$work/none"
cp -p "$work/before" "$code"
scan restored
same none restored
parsed changed 1

# The report on a tree is found as a whole, in all formats, also when it is the index, a revision or another worktree that
# is in its state. What was asked for in another way is not in it.
facts=
records() { "$seqscan" cache --stats | sed 's/.*: \([0-9]*\) records.*/\1/'; }
scan report_none --no-cache
before=$(records)
scan report
check 'a report is kept, in brief and for what it depends on too, and what is needed' test "$(records)" -eq $((before + 4))
scan report_again
same report_none report
same report_none report_again
parsed report_again 0
cached report_again "$files"
scan report_commit --rev HEAD
same report_none report_commit
git worktree add -q "$work/second" && (cd "$work/second" && scan report_second)
same report_none report_second
check 'it is the same report' test "$(records)" -eq $((before + 4))
# What cannot reach a database, or is of tests, has no part in it but its name: another report is kept for the tree only,
# none for what it depends on. What is needed is as it was until something else is mentioned, or files have other names.
adds() {
  before=$(records) whose=$1 more=$2
  shift 2
  scan "$whose" "$@"
  check "$more records more for $whose, not $(($(records) - before))" test "$(records)" -eq $((before + more))
}
mkdir test far && echo '{}' >far/package.json && echo 'export const far = 1;' >far/far.ts &&
  echo 'export const near = 1;' >test/near.ts && git add . && scan far
echo '// changed' >>far/far.ts && adds far_changed 3
echo '// changed' >>test/near.ts && adds near_changed 3
scan far_none --no-cache
same far_none far_changed
same far_none near_changed
git mv far/far.ts far/farther.ts && adds far_moved 4
slow_code >>far/farther.ts && adds far_slow 6
scan far_slow_none --no-cache
same far_slow_none far_slow
check 'the change is seen' grep -q 'path.*farther.ts' "$work/far_slow"
echo '// changed' >>"$code" && adds code_changed 5
git rm -qrf test/near.ts far && git checkout -q "$code"
for format in text json jsonl sarif github gitlab junit markdown; do
  for how in --no-cache --show-legitimate; do
    "$seqscan" scan $how --show-legitimate --format $format . 2>&1 |
      sed 's/ time="[^"]*"//' |
      grep -v '"elapsedMs"\|"cached"\|"parsed"\|TimeUtc\|guid\| parsed\|^[0-9]* ms$' >"$work/$format$how"
  done
  check "it is the same as $format" cmp "$work/$format--no-cache" "$work/$format--show-legitimate"
  check "it says something" test -s "$work/$format--no-cache"
done
# So is what a baseline or a library model leaves of it, until these change; what was met of a baseline is not recalled.
"$seqscan" --quiet --write-baseline "$work/all_known" >"$work/out" 2>"$work/err"
sed '1~3d' "$work/all_known" >"$work/baseline"
scan known_none --no-cache --baseline "$work/baseline"
adds known 4 --baseline "$work/baseline"
adds known_again 0 --baseline "$work/baseline"
same known_none known
same known_none known_again
sed -i '1~2d' "$work/baseline"
scan known_less_none --no-cache --baseline "$work/baseline"
adds known_less 4 --baseline "$work/baseline"
same known_less_none known_less
check 'the baseline matters' sh -c '! cmp -s "$1" "$2"' sh "$work/known" "$work/known_less"
check 'it is known' test "$(json "$work/known_less.json" coverage baselineGone)" -eq 0
"$seqscan" --quiet --baseline "$work/baseline" --prune-baseline >"$work/out" 2>"$work/err"
check 'all is met' test "$(grep -cv '^#' "$work/baseline")" -gt 2
echo '{"libraries": ["model.yml"]}' >"$work/config"
for effect in sleep http; do
  printf 'library: mine\npackages: [mine]\nexports:\n  find: { side: %s }\n' "$effect" >"$work/model.yml"
  scan model_none --no-cache --config "$work/config"
  adds model_$effect 4 --config "$work/config"
  adds model_again 0 --config "$work/config"
  same model_none model_$effect
  same model_none model_again
done
for option in --all-contexts --parse-all '--max-file-size 1k'; do
  # shellcheck disable=SC2086
  scan option_none --no-cache $option && scan option $option && scan option_again $option
  same option_none option
  same option_none option_again
done
scan part_none --no-cache projects
scan part projects
same part_none part
echo >>"$code"
scan dirty_none --no-cache
scan dirty
same dirty_none dirty
git checkout -q "$code"
facts=--verbose

# The hook and the review: both sides are found.
echo >>"$code"
git add "$code"
scan staged_none --staged --no-cache
scan staged --staged
scan staged_again --staged
same staged_none staged
same staged_none staged_again

facts=
# What was found in a base is known the next time, also when it was the change then, but not under other terms.
next_staged() {
  scan staged_none --staged --no-cache "$@"
  scan staged --staged "$@"
  same staged_none staged
}
next_staged
before=$(records)
next_staged
check 'both sides are known already' test "$(records)" -eq "$before"
git commit -qm staged
slow_code >slow.ts
git mv "$code" moved.ts
git rm -q "$(git ls-files 'rules/*.ts' | head -1)"
git add slow.ts
next_staged
check 'something is new' grep -q '"path": "slow.ts"' "$work/staged"
next_staged
next_staged --max-file-size 1k
printf '{ "rules": { "query-in-loop": "off" } }' >seqscan.json
git add seqscan.json
next_staged
check 'the rule is off' sh -c '! grep -q "\"rule\": \"query-in-loop\"" "$1"' sh "$work/staged"
git reset -q --hard HEAD^
facts=--verbose

# A damaged file is made anew, and says nothing.
damage() {
  "$@" || exit 3
  scan damaged
  same none damaged
  says_nothing
  scan mended
  same none mended
  # What a damaged key hides may be missed by this scan first.
  test "$(json "$work/mended.json" files cached)" = "$files" || scan mended
  cached mended "$files"
}
overwrite() { # OFFSET TEXT
  printf '%s' "$2" | dd of="$store/data.mdb" bs=1 seek="$1" conv=notrunc status=none
}
size=$(wc -c <"$store/data.mdb")
damage truncate -s 100 "$store/data.mdb"
damage truncate -s 8192 "$store/data.mdb"
damage truncate -s $((size / 2)) "$store/data.mdb"
damage truncate -s 0 "$store/data.mdb"
damage truncate -s 0 "$store/lock.mdb"
damage overwrite 0 "$(seq 1000)"
damage overwrite 20 "$(seq 10)"
damage cp /bin/sh "$store/data.mdb"
damage dd if=/dev/zero of="$store/data.mdb" bs=1 seek=8192 count=65536 conv=notrunc status=none
for at in 1 3 5 7 9 11; do
  damage overwrite $((8192 + size * at / 13)) "$(seq 200)"
done

# Single bits that are the other way.
flip() { # OFFSET BIT
  byte=$(od -An -tu1 -j "$1" -N 1 "$store/data.mdb")
  overwrite "$1" "$(printf '\\%03o' $((byte ^ (1 << $2))))"
}
for many in 1 2 3 4; do
  size=$(wc -c <"$store/data.mdb")
  for at in $(shuf -n 25 -i 0-$((size - 1))); do
    flip "$at" $((at % 8))
  done
  damage true
done

# Several scans at a time, of a cold cache and of a damaged one.
together() {
  for n in 1 2 3 4; do
    "$seqscan" scan --verbose --format json --output "$work/t$n.json" >"$work/t$n.out" 2>&1 &
  done
  wait
  for n in 1 2 3 4; do
    grep -v '"elapsedMs"\|"cached"\|"parsed"\|"version"' "$work/t$n.json" >"$work/t$n"
    same none "t$n"
    check "nothing is said: $(cat "$work/t$n.out")" test ! -s "$work/t$n.out"
  done
  scan after
  same none after
  cached after "$files"
}
rm -r "$store"
together
overwrite $((size / 3)) "$(seq 9000)"
together

# Its commands. SQL texts have records, too.
holds() { check "there are $1 records or more" test "$(sed 's/.*: \([0-9]*\) records.*/\1/' "$work/out")" -ge "$1"; }
scan whole --parse-all
run 0 cache
holds $((2 * blobs))
run 0 cache --clear
check 'it is gone' test ! -e "$store/data.mdb"
run 0 cache --stats
says out ' 0 records in '
run 2 --clear
run 2 --cache-size 10
run 2 cache / /

# A disk that is full, by the size of a file and in fact: the cache is lost and nothing else.
for blocks in 0 8 100 1000; do
  rm -rf "$work/limited"
  # shellcheck disable=SC2016
  sh -c 'ulimit -f "$1" && "$2" --quiet --cache-dir "$3" 2>&1' sh "$blocks" "$seqscan" "$work/limited" |
    grep -v '^seqscan: .*cache' >"$work/out"
  check "a scan with files of at most $blocks blocks" cmp "$work/quiet" "$work/out"
done
if [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; then
  for kilobytes in 4 8 64 512; do
    mkdir -p "$work/small"
    # shellcheck disable=SC2016
    unshare --mount sh -c 'mount -t tmpfs -o size="$1"k none "$2/small" || exit 9
      for n in 1 2; do "$3" --quiet --cache-dir "$2/small" >"$2/out" 2>"$2/err"; done
    ' sh "$kilobytes" "$work" "$seqscan"
    check "a scan with a disk of $kilobytes KB ends by $?" test $? -eq 1
    check "its report is right" cmp "$work/quiet" "$work/out"
  done
fi

# Another folder.
scan elsewhere --cache-dir "$work/other/cache" --parse-all
scan elsewhere --cache-dir "$work/other/cache"
same none elsewhere
cached elsewhere "$files"
run 0 cache --cache-dir "$work/other/cache" /
holds $((2 * blobs))

# What cannot be used is told and is no failure.
echo >"$work/file"
scan unusable --cache-dir "$work/file"
says err 'no cache: '
cached unusable 0

# It is as large as is allowed, and starts anew when it is full.
mkdir "$work/big" && cd "$work/big" && git init -q -b main || exit 3
for n in $(seq 400); do
  echo "export const a$n = ['$(seq -s "', '" $((n * 7)) $((n * 7 + 700)))'];" >"f$n.ts"
done
commit big
scan one --cache-size 1M f1.ts
scan full --cache-size 1M
scan full_none --no-cache
same full_none full
says_nothing
check 'its size is bounded' test "$(wc -c <.git/seqscan/data.mdb)" -le 1048576

# A file that is skipped unread tells nothing of its blob.
mkdir "$work/generated" && cd "$work/generated" && git init -q -b main || exit 3
slow_code >a.ts
echo 'a.ts linguist-generated' >.gitattributes
commit generated
scan unread
rm .gitattributes
scan code
scan code_none --no-cache
same code_none code
check 'it is code then' grep -q '"path": "a.ts"' "$work/code"

# A folder without git has no blobs to go by.
mkdir "$work/plain" && cd "$work/plain" && slow_code >a.ts
scan no_git
says_nothing
check 'nothing is kept' test ! -e "$work/xdg/seqscan/data.mdb" -a ! -e "$work/home"

# A repository that may not be written to uses the user's folder; without one there is no cache.
as_nobody=
[ "$(id -u)" -ne 0 ] || as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
chmod 755 "$work"
cd "$work/all" || exit 3
rm -rf "$store"
chmod a-w .git
rm -rf "$work/xdg" && mkdir "$work/xdg" && chmod 777 "$work/xdg"
for how in cold warm; do
  $as_nobody "$seqscan" scan --verbose --format json . >"$work/read_only.json" 2>"$work/err"
  grep -v '"elapsedMs"\|"cached"\|"parsed"\|"version"' "$work/read_only.json" >"$work/read_only"
  same none read_only
  says_nothing
done
cached read_only "$files"
chmod 755 "$work/xdg"
rm -rf "$work/xdg/seqscan"
$as_nobody env -u HOME "$seqscan" scan --quiet . >"$work/out" 2>"$work/err"
says err 'no cache: '
chmod u+w .git

finish
