#!/bin/sh
# test_queries.sh - what `seqscan queries` lists for each project of fixtures/queries, against its expected.txt. With
# --update the listings become what is expected; a new project begins with an empty expected.txt. Needs $SEQSCAN.
set -u

seqscan=${SEQSCAN:?set SEQSCAN to the program}
update=${1:-}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT

status=0
for project in $(dirname fixtures/queries/*/expected.txt); do
  name=$(basename "$project")
  cp -r "$project" "$work/$name"
  rm -f "$work/$name/expected.txt"
  (cd "$work/$name" && "$seqscan" queries .) >"$work/listing" || status=1
  if [ "$update" = --update ]; then
    cp "$work/listing" "$project/expected.txt"
  else
    diff -u "$project/expected.txt" "$work/listing" || { echo "$name: not as expected"; status=1; }
  fi
done
exit $status
