#!/bin/sh
# test_limits.sh - files and surroundings that want too much or give too little: each is named, none stops the run.
set -u

. "$(dirname "$0")/cli.sh"
cd "$work" || exit 3
chmod 755 .

# repeated N TEXT: the text N times, with line ends that keep it from being taken as minified.
repeated() { awk -v n="$1" -v text="$2" 'BEGIN { for (i = 1; i <= n; i++) printf "%s%s", text, i % 80 ? "" : "\n" }'; }

# reason WANT: the first file that failed tells it.
reason() {
  text=$(json out files failed 0 reason)
  check "'$text' is '$1'" sh -c 'case $1 in *"$2"*) ;; *) exit 1 ;; esac' sh "$text" "$1"
}

mkdir slow
slow_code >slow/a.ts

# Wrong usage.
for option in --max-parse-time --max-parse-memory --max-nesting --max-memory --max-time; do
  run 0 --help
  says out "$option"
  run 2 "$option" 0 slow
  run 2 "$option" many slow
done
run 1 --max-memory 1G slow

# Parse time: the lexer looks to the end of the file for the other quote, again and again; the rest of the tree is scanned.
for text in '" ' '/* ' '/[ '; do
  mkdir garbage
  slow_code >garbage/a.ts
  repeated 120000 "$text" >garbage/b.ts
  run 1 --parse-all --format json --max-parse-time 1 garbage
  reason 'looks like no code'
  json_is b.ts out files failed 0 path
  rm -r garbage
done

# Memory of one file, and of the run.
mkdir large
repeated 40000 'x = 1; ' >large/a.ts
run 0 --parse-all --format json large
json_is '[]' out files failed
run 0 --parse-all --format json --max-parse-memory 1M large
reason 'parsing takes more than 1 MB (--max-parse-memory)'
run 0 --format json --max-memory 1k slow
reason 'no room left in the memory of the run (--max-memory)'
run 0 slow --max-memory 1k
says out 'not scanned: a.ts: no room left'

# Time of the run, here that of a configuration that never comes.
mkfifo never
run 3 --max-time 1 --config never --output report slow
says err 'gave up: the run takes longer than --max-time allows'
check 'no report is written' test ! -e report
run 1 --max-time 60 slow

# A file that is cut short while it is mapped, as the kernel tells it.
"$seqscan" --config never --output report slow >out 2>err &
scan=$!
sleep 1
kill -BUS $scan
wait $scan
check 'the scan fails' test $? -eq 3
says err 'a file of the repository was cut short during the scan'
check 'no report is written' test ! -e report

# Nesting.
mkdir nested
{ echo 'export const x ='; repeated 40 '['; repeated 40 ']'; echo ';'; slow_code; } >nested/a.ts
run 1 --verbose nested
silent out 'nested too deeply'
run 1 --verbose --max-nesting 30 nested
says out 'nested too deeply'
for open in '(' '[' '{' '`${' 'a?' 'a=>' 'f<' '!' '- '; do
  { slow_code; echo ';x ='; repeated 100000 "$open"; } >nested/a.ts
  "$seqscan" --quiet nested >out 2>err
  check "100000 times $open" test $? -le 1
done

# Bytes that are no text, and text with odd bytes: the finding is where it stands.
at_line() {
  run 1 --quiet odd
  says out "a.ts:$1:11: error"
}
mkdir odd
{ printf '\357\273\277'; slow_code; } >odd/a.ts
at_line 5
slow_code | sed 's/$/\r/' >odd/a.ts
at_line 5
{ printf '// \377\376 \303\n'; slow_code; } >odd/a.ts
at_line 6
{ repeated 9000 '/**/'; printf '\n// \000\n'; slow_code; } >odd/a.ts
at_line 119
{ slow_code; printf '\000'; } >odd/a.ts
run 0 odd
says out '1 binary'
{ printf '\377\376'; slow_code | sed 's/./&\x00/g'; } >odd/a.ts
run 0 odd
says out '1 binary'
awk 'BEGIN { for (i = 0; i < 9000; i++) printf "%c", 1 + (i * 7919) % 127 }' >odd/a.ts
run 0 odd
says out '1 binary'

# A report that does not fit on the disk.
run 3 --output /dev/full slow
says err 'cannot write /dev/full: No space left on device'
for format in text json sarif gitlab junit markdown github; do
  "$seqscan" --format "$format" slow >/dev/full 2>err
  check "$format to a full device" test $? -eq 3
  says err 'cannot write to standard output: No space left on device'
done

# A disk that is full at the size of a file.
mkdir full
slow_code >full/a.ts
echo before >full/report
(
  ulimit -f 1
  "$seqscan" --format sarif --output full/report full 2>full/err
  echo "$?" >full/status
)
check 'a full disk is a failure' test "$(cat full/status)" = 3
check 'which is told' grep -q 'cannot write .*full/report: File too large' full/err
check 'the old report is whole' test "$(cat full/report)" = before
check 'and nothing else is left' sh -c '! ls full | grep -q "^report\."'

# Links: in circles, out of the root, and nowhere; git's files are not needed to be writable.
mkdir -p links/src outside
slow_code >outside/far.ts
slow_code >links/src/a.ts
ln -s . links/src/again
ln -s loop links/loop
ln -s ../outside links/out
ln -s ../outside/far.ts links/far.ts
ln -s nowhere links/dead.ts
run 1 --format json links
json_is 1 out files parsed
json_is 'a link that leads out of the root or nowhere' out files skipped 0 reason
json_is 3 out files skipped 0 count

# What may not be read. Root may read all, so it becomes another user.
nobody() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
  else
    "$@"
  fi
}
if nobody test -x "$seqscan" 2>/dev/null; then
  mkdir -p locked/closed locked/new/closed locked/none locked/ignored/closed
  slow_code >locked/a.ts
  slow_code >locked/b.ts
  slow_code >locked/closed/c.ts
  git init -q locked
  echo ignored/closed/ >locked/.git/info/exclude
  git -C locked add .
  git -C locked commit -q -m one
  slow_code >locked/new/closed/d.ts
  git init -q locked/inner
  mkfifo locked/none/pipe
  chmod 000 locked/b.ts locked/closed locked/new/closed locked/ignored/closed
  for order in '' '--rev HEAD' '--staged'; do
    find locked -type d ! -path '*/closed' -exec chmod 555 {} +
    nobody "$seqscan" --format json $order locked >out 2>err
    check "a repository that may not be written $order" test $? -le 1
    case $order in
    '')
      json_is 'Permission denied' out files failed 0 reason
      json_is closed out files failed 1 path
      json_is 'a folder that cannot be opened' out files failed 1 reason
      json_is closed/c.ts out files failed 2 path
      json_is new/closed out files failed 3 path
      check 'no other is told of' test "$(grep -c '"reason"' out)" = 4
      ;;
    *) json_is '[]' out files failed ;;
    esac
  done
  chmod 644 locked/b.ts
  nobody "$seqscan" --format json --diff HEAD locked/new >out 2>err
  check 'a folder that cannot be opened is a change' test $? -eq 0
  json_is new/closed out files failed 0 path
  find locked -type d -exec chmod 755 {} +
  chmod 000 locked/.git/objects
  nobody "$seqscan" --rev HEAD locked >out 2>err
  check 'objects that may not be read' test $? -eq 3
  check 'are told of' test -s err
  chmod 755 locked/.git/objects
  # Without these, git would take ignored files for the project's own.
  for closed in .git .gitignore; do
    touch locked/.gitignore
    chmod 000 "locked/$closed"
    nobody "$seqscan" locked >out 2>err
    check "$closed that may not be read" test $? -eq 3
    says err "$closed: "
    chmod 755 "locked/$closed"
  done
  git -C locked add .gitignore
  chmod 000 locked/.gitignore
  nobody "$seqscan" locked >out 2>err
  check 'also of a tracked file' test $? -eq 3
  rm locked/.gitignore
  nobody "$seqscan" --output locked/report locked >out 2>err
  check 'a folder that may not be written' test $? -eq 3
  says err 'cannot write locked/report: Permission denied'
fi

finish
