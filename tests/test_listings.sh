#!/bin/sh
# test_listings.sh - what `seqscan queries` and `seqscan schema` list for each project of fixtures/queries and
# fixtures/schemas, against its expected.txt. With --update the listings become what is expected; a new project begins
# with an empty expected.txt. Needs $SEQSCAN.
set -u

seqscan=${SEQSCAN:?set SEQSCAN to the program}
update=${1:-}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT

# Compare one project's listing by a command of the program.
list() {
  command=$1 project=$2 name=$(basename "$2")
  rm -rf "${work:?}/$name"
  cp -r "$project" "$work/$name"
  rm -f "$work/$name/expected.txt"
  (cd "$work/$name" && "$seqscan" "$command" .) >"$work/listing" || return 1
  if [ "$update" = --update ]; then
    cp "$work/listing" "$project/expected.txt"
  else
    diff -u "$project/expected.txt" "$work/listing" || { echo "$project: not as expected"; return 1; }
  fi
}

status=0
for expected in fixtures/queries/*/expected.txt; do
  list queries "$(dirname "$expected")" || status=1
done
for expected in fixtures/schemas/*/expected.txt; do
  list schema "$(dirname "$expected")" || status=1
done
exit $status
