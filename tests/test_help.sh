#!/bin/sh
# test_help.sh - the help of findings, on the files of fixtures/help: a line with a finding ends with `// help: TEXT`,
# which stands in the help of one of its findings, at its end where TEXT ends with `$`. Needs $SEQSCAN.
set -u

seqscan=${SEQSCAN:?set SEQSCAN to the program}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
cp -r fixtures/help "$work/help"
cd "$work/help" || exit 3

# PATH:LINE and the whole help, a line for each finding.
"$seqscan" --color never . >"$work/report"
awk '/^[^ ].*:[0-9]+:[0-9]+: (error|warning|note): / { split($0, part, ":"); place = part[1] ":" part[2]; next }
  / = help: / { sub(/^ *= help: /, ""); print place "\t" $0 }' "$work/report" >"$work/found"

status=0
count=0
grep -rn '// help: ' . | sed -E 's|^\./([^:]*:[0-9]+):.*// help: (.*)$|\1\t\2|' >"$work/want"
while IFS="$(printf '\t')" read -r place text; do
  count=$((count + 1))
  grep -F "$place$(printf '\t')" "$work/found" >"$work/here"
  case $text in
    *'$') awk -v end="${text%'$'}" 'substr($0, length($0) - length(end) + 1) == end { found = 1 } END { exit !found }' "$work/here" ;;
    *) grep -qF -- "$text" "$work/here" ;;
  esac && continue
  echo "$place: the help says: $(cut -f 2 "$work/here")"
  echo "      wanted: $text"
  status=1
done <"$work/want"
test "$count" -gt 0 || status=1
exit $status
