#!/bin/bash
# test_reproducible.sh - `make dist` of the same commit in another folder, from the download of libgit2's sources on,
# gives the same bytes. What was built here must be of a clean worktree.
set -u

export SEQSCAN=$PWD/build/dist/seqscan
. tests/cli.sh

check 'nothing is changed here since the last commit' git diff --quiet HEAD
elsewhere=$work/a-folder/with-a-longer-name/than-the-other
git clone -q . "$elsewhere"
check 'it builds elsewhere' "$elsewhere/packaging/dist"
diff build/dist/SHA256SUMS "$elsewhere/build/dist/SHA256SUMS" >"$work/out"
check 'all files have the same bytes' test $? -eq 0 -a ! -s "$work/out"
cat "$work/out"

finish
