#!/bin/sh
# test_killed.sh - scans that share a cache are killed at any moment: the next scan is right, and finds all of it then.
# Needs $SEQSCAN; $KILLS is how often.
set -u

. "$(dirname "$0")/cli.sh"
. "$(dirname "$0")/change.sh"
fixtures=$(cd "$(dirname "$0")/../fixtures" && pwd)
kills=${KILLS:-12}

mkdir "$work/all" && cd "$work/all" || exit 3
cp -r "$fixtures/projects" "$fixtures/rules" . || exit 3
export XDG_CACHE_HOME="$work/xdg"
git init -q -b main
commit all
store=.git/seqscan

# scan NAME ARGS...: keep the report, but for what depends on the cache.
scan() {
  report=$1
  shift
  "$seqscan" --format json --output "$work/$report.json" "$@" >"$work/err" 2>&1
  check "a report, not status $?: $*" test $? -le 1
  grep -v '"elapsedMs"\|"cached"\|"parsed"\|"version"' "$work/$report.json" >"$work/$report"
}
scan right --no-cache
"$seqscan" --quiet --no-cache --output "$work/whole"

# random MOST: a number below it.
random() { shuf -n 1 -i "0-$(($1 - 1))"; }

# start N: a scan in a session of its own, to be killed with the processes that it starts. Leaks are not looked for: that
# waits for a child of its own, for ever when this is killed.
start() {
  ASAN_OPTIONS=detect_leaks=0 setsid "$seqscan" --quiet --output "$work/killed$1" $2 >/dev/null 2>&1 &
  eval "pid$1=$!"
}

# What is killed: a scan with the process that writes for it, the scan alone, or that process alone.
kill_one() {
  case $(random 3) in
  0) kill -KILL "-$1" ;;
  1) kill -KILL "$1" ;;
  2) pkill -KILL --parent "$1" ;;
  esac
} 2>/dev/null

n=0
while [ "$n" -lt "$kills" ]; do
  n=$((n + 1))
  [ $((n % 3)) -eq 0 ] || rm -rf "$store"
  start 1 ''
  start 2 '--rev HEAD'
  start 3 '--jobs 1'
  sleep "0.$(printf %03d "$(random 400)")"
  kill_one "$pid1"
  sleep "0.0$(random 10)"
  kill_one "$pid2"
  [ "$(random 2)" -eq 0 ] || kill_one "$pid3"
  scan after
  check "kill $n: the next scan is right" cmp "$work/right" "$work/after"
  check "kill $n: it says nothing: $(cat "$work/err")" test ! -s "$work/err"
  wait
  for report in "$work"/killed?; do
    [ ! -e "$report" ] || check "kill $n: a report is whole" cmp "$work/whole" "$report"
  done
done
scan again
scan again
check 'all is found' test "$(json "$work/again.json" files parsed)" = 0

finish
