#!/bin/bash
# test_npm.sh - the npm packages of `make dist`, installed from their files without a network.
set -u

export SEQSCAN=$PWD/build/dist/seqscan
. tests/cli.sh

dist=$PWD/build/dist
meta=$(echo "$dist"/seqscan-[0-9]*.tgz)
platform=$(echo "$dist"/seqscan-linux-x64-*.tgz)
cp -r fixtures/projects/shop "$work/shop"
export npm_config_cache=$work/cache npm_config_offline=true npm_config_audit=false npm_config_fund=false

# install PROJECT ARGS...
install_in() {
  mkdir "$work/$1"
  cd "$work/$1" || exit 3
  echo '{ "private": true }' >package.json
  shift
  check "npm install $*" npm install "$@"
}

# launch STATUS ARGS...: the command as npm put it there.
launch() {
  local want=$1
  shift
  node_modules/.bin/seqscan "$@" >"$work/out" 2>"$work/err"
  local status=$?
  check "exit status $status, not $want: seqscan $*" test $status -eq "$want"
}

install_in both "$meta" "$platform"
program=node_modules/@seqscan/linux-x64/bin/seqscan
check 'the program can be run' test "$(stat -c %a $program)" = 755
check 'it is that of make dist' cmp "$program" "$seqscan"
check 'nothing runs when it is installed' bash -c '! grep -q \"scripts\" node_modules/seqscan/package.json node_modules/@seqscan/*/package.json'
check 'its version is the one that the other package asks for' bash -c 'npm ls --all'
launch 0 --version
says out 'seqscan '
launch 1 "$work/shop"
says out '[query-in-loop]'
launch 2 --no-such-option
says err 'unknown option --no-such-option'
launch 3 "$work/nowhere"
launch 0 rules

# What is given as standard input and output is that of the program.
check 'npx runs it' npx --offline seqscan --version

# Another program.
printf '#!/bin/sh\necho "mine: $*"\nexit 7\n' >mine
chmod +x mine
SEQSCAN_BINARY=./mine launch 7 'a b' --c
says out 'mine: a b --c'
printf '#!/bin/sh\nkill -TERM $$\n' >mine
SEQSCAN_BINARY=./mine launch 143
SEQSCAN_BINARY=./none launch 3
says err './none does not run'

# A signal to the launcher ends the program.
printf '#!/bin/sh\ntrap "echo ended >ended; exit 0" TERM\necho >started\nwhile :; do sleep 0.1; done\n' >mine
SEQSCAN_BINARY=./mine node node_modules/seqscan/bin/seqscan.js &
launcher=$!
for _ in {1..200}; do [ -e started ] && break; sleep 0.1; done
kill -TERM $launcher
wait $launcher
check 'the program was told to end' test -e ended

# Without the package of the platform.
install_in alone "$meta"
check 'only the launcher is there' test ! -e node_modules/@seqscan
launch 3 --version
says err 'the package @seqscan/linux-x64 is not installed'
SEQSCAN_BINARY=$seqscan launch 0 --version

finish
