#!/bin/sh
# test_entries.sh - the entry points that findings name, on the files of fixtures/entries: each line with a finding ends
# with `// reached from: NAME`, or with nothing when none is known. Needs $SEQSCAN.
set -u

seqscan=${SEQSCAN:?set SEQSCAN to the program}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
cp -r fixtures/entries "$work/entries"
cd "$work/entries" || exit 3

# PATH:LINE NAME of each marked line, and of each finding: its headline starts with the place, a note names the entry.
grep -rn '// reached from: ' . | sed -E 's|^\./([^:]*:[0-9]+):.*// reached from: (.*)$|\1 \2|' | LC_ALL=C sort >"$work/want"
"$seqscan" --color never . >"$work/report"
awk '/^[^ ].*:[0-9]+:[0-9]+: (error|warning|note): / { split($0, part, ":"); place = part[1] ":" part[2] }
  / = reached from: / { sub(/^ *= reached from: /, ""); sub(/ \([^ ]+:[0-9]+\)$/, ""); print place, $0 }' \
  "$work/report" | LC_ALL=C sort >"$work/found"

status=0
test -s "$work/want" || status=1
diff "$work/want" "$work/found" || status=1

# Both formats say where the entry is registered.
grep -qF '= reached from: POST /users (express.ts:12)' "$work/report" || { echo 'the place is not told'; status=1; }
"$seqscan" --format json . >"$work/report.json"
grep -q '"kind": "http"' "$work/report.json" || { echo 'no kind in JSON'; status=1; }
exit $status
