#!/bin/bash
# test_static.sh - the program of `make dist` is small, holds no path of the machine that built it, and runs where there
# is nothing else. Needs root, or user namespaces.
set -u

export SEQSCAN=$PWD/build/dist/seqscan
. tests/cli.sh

size=$(stat -c %s "$seqscan")
check "10 MB at most, not $size bytes" test "$size" -le 10000000
check 'it has no debug information' bash -c '! readelf -S "$1" | grep -q debug_info' bash "$seqscan"
check 'it needs no shared library' bash -c '! readelf -lW "$1" | grep -qE "INTERP|DYNAMIC"' bash "$seqscan"
check 'it holds no path of the build' bash -c '! grep -qaF -e "$1" "$2"' bash "$PWD" "$seqscan"

# A root with the program and a repository, and nothing else.
root=$work/root
mkdir "$root"
cp "$seqscan" "$root/seqscan"
cp -r fixtures/projects/shop "$root/shop"
"$seqscan" --color never "$root/shop" | sed "s|$root||" >"$work/want"
git -C "$root/shop" init -q
git -C "$root/shop" add .
git -C "$root/shop" commit -q -m shop

alone() { if [ "$(id -u)" -eq 0 ]; then chroot "$root" "$@"; else unshare -r chroot "$root" "$@"; fi; }

# runs STATUS ARGS...: seqscan with nothing beside it.
runs() {
  local want=$1
  shift
  alone /seqscan "$@" >"$work/out" 2>"$work/err"
  local status=$?
  check "exit status $status, not $want: seqscan $* in an empty root" test $status -eq "$want"
}

runs 0 --version
runs 0 explain query-in-loop
says out 'query-in-loop'
# Without HOME, users and a configuration of git too: files, a revision, the index, a change.
runs 1 --color never /shop
says out '[query-in-loop]'
check 'the findings are those of the same program elsewhere' \
  diff <(grep ': error: ' "$work/want") <(grep ': error: ' "$work/out")
runs 1 --rev HEAD /shop
runs 0 --staged /shop
runs 0 --diff HEAD /shop
runs 1 -f sarif=/out.sarif -f json=/out.json /shop
check 'reports are written' test -s "$root/out.sarif" -a -s "$root/out.json"

tar -tvf build/dist/seqscan-*-linux-x64.tar.gz >"$work/out"
for file in seqscan seqscan.1 completions/seqscan.bash completions/_seqscan completions/seqscan.fish README.md copyright; do
  check "$file in the tar file" grep -q "/$file\$" "$work/out"
done
check 'the program of the tar file can be run' grep -q '^-rwxr-xr-x 0/0 .*/seqscan$' "$work/out"

finish
