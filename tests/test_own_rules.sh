#!/bin/sh
# test_own_rules.sh - rules of a repository's own: ownRules of the configuration. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"
. "$(dirname "$0")/change.sh"

docs=$PWD/docs/own-rules.md
readme=$PWD/README.md
cd "$work" || exit 3

# The example of the page is what it says.
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$docs" | sed '/^```/d'; }
mkdir -p page/rules page/src
block json >page/seqscan.json
block scm >page/rules/replica.scm
block ts >page/src/orders.ts
block text >page.txt
cd page || exit 3
run 1 --color never
check 'the page shows a report' test -s ../page.txt
head -n "$(grep -c '' ../page.txt)" "$work/out" >shown
check 'the report is as shown' diff ../page.txt shown
# That of the README has the same message, and the level that holds where none is set.
sed -n '/^## Rules of your own/,/^## Fixes/s/^    //p' "$readme" >rules/replica.scm
run 1 --quiet
finds 1 'src/orders.ts:4:9: warning: replica.insert writes to the replica, which takes no writes [write-on-replica]'
cd ..

git init -q -b main shop
cd shop || exit 3
mkdir -p rules src/old
cat >rules/one.scm <<'END'
; Nobody waits here.
((call_expression function: (identifier) @name arguments: (arguments . (_) @time)) @finding
 (#any-of? @name "sleep" "wait")
 (#set! rule "no-sleep") (#set! level "note")
 (#set! message "{name} for {time}; {} and { a } stay") (#set! help "do not {name}"))
((member_expression object: (_) @a property: (_) @b) @finding
 (#eq? @a @b) (#set! rule "twice") (#set! message "{a} twice"))
((call_expression function: (identifier) @name) @finding
 (#match? @name "^(?i)nap+$") (#not-eq? @name "NAP")
 (#set! rule "no-sleep") (#set! message "{name} is a sleep"))
END
cat >src/a.js <<'END'
export async function rest(x) {
  await sleep(  [1,
    2]  );
  // seqscan-ignore-next-line no-sleep -- once
  wait(5);
  snooze(5); wait(); naP(); NAP(); nappe();
}
x.x;
x.y;
END
cp src/a.js src/old/b.ts
echo '{"ownRules": ["rules/one.scm"]}' >seqscan.json
git add -A && git commit -qm base

# Messages, predicates, levels, comments; several patterns of a rule; JavaScript and TypeScript.
run 1 --quiet
finds 6 'src/a.js:2:9: note: sleep for [1, 2]; {} and { a } stay [no-sleep]' 'src/a.js:6:22: note: naP is a sleep [no-sleep]' \
  'src/a.js:8:1: warning: x twice [twice]' 'src/old/b.ts:8:1'
run 1 --color never
says out 'help: do not sleep'
says out '2 findings suppressed'
run 1 -f json
json_is no-sleep "$work/out" findings 0 rule

# Levels by rule and by file.
echo '{"rules": {"twice": "error"}, "overrides": [{"files": ["src/old"], "rules": {"twice": "off", "no-sleep": "warning"}}],
  "ownRules": ["./rules/one.scm"]}' >seqscan.json
run 1 --quiet
finds 5 'src/a.js:8:1: error: x twice' 'src/old/b.ts:2:9: warning'
run 0 config
json_is error "$work/out" rules twice
json_is ./rules/one.scm "$work/out" ownRules 0
echo '{"rules": {"twise": "off"}, "ownRules": ["rules/one.scm"]}' >seqscan.json
run 2
says err 'seqscan.json:1:12: unknown rule "twise"; did you mean "twice"?'
git checkout -q seqscan.json

# The rules are listed and explained; elsewhere there are none.
run 0 rules
says out 'twice                    warning  {a} twice'
run 0 explain no-sleep
says out '# no-sleep'
says out '    ; Nobody waits here.'
says out 'in JavaScript, TypeScript, TSX:'
silent out '(#eq? @a @b)'
run 2 explain no-slep
says err 'did you mean no-sleep?'
cd src || exit 3
run 0 explain twice
cd ../..
run 2 explain twice
git clone -q --bare shop bare.git
cd bare.git || exit 3
run 0 rules
silent out twice
run 0 rules --rev main
says out twice
cd ../shop || exit 3

# A comment with a rule that there is not is told; SARIF has the rules, and each result the number of its own.
sed 's/no-sleep -- once/no-slep/' src/a.js >src/c.js
run 1 --quiet src/c.js
finds 5 'there is no rule `no-slep`; did you mean no-sleep?'
rm src/c.js
run 1 -f sarif src/a.js
number=$(json "$work/out" runs 0 results 2 ruleIndex)
json_is twice "$work/out" runs 0 results 2 ruleId
json_is twice "$work/out" runs 0 tool driver rules "$number" id
json_is 'x twice.' "$work/out" runs 0 results 2 message text

# A baseline, and fingerprints that survive other lines, blanks and files.
run 0 --write-baseline known .
run 0 --baseline known --quiet
finds 0
mkdir moved
{ echo; sed 's/x\.x/x . x/' src/a.js; } >moved/a.js
rm src/a.js
run 0 --baseline known --quiet
finds 0
git checkout -q src/a.js
run 1 --baseline known --quiet
finds 3 'moved/a.js'
rm -r moved known

# Comments are written for them too.
run 0 --add-suppressions later src/a.js
says err '3 comments written to 1 file'
check 'a comment names the rule' grep -qx '// seqscan-ignore-next-line twice -- later' src/a.js
git checkout -q src

# What a change brings, and what is staged.
echo 'y.y;' >>src/a.js
run 1 --diff HEAD --quiet
finds 1 'src/a.js:10:1'
git add -A
run 1 --staged --quiet
finds 1 'src/a.js:10:1'
# With another rule, what was found before the change is found by it too.
echo '((member_expression) @finding (#set! rule "member") (#set! message "member"))' >>rules/one.scm
git add -A
run 1 --staged --quiet
finds 2 'src/a.js:10:1: warning: member' 'src/a.js:10:1: warning: y twice'
git reset -q --hard

# With and without a cache the report is the same, also when the rules are others, or none.
reports_alike() {
  run 1 -f jsonl --no-cache
  cp "$work/out" cold
  for time in first second; do
    run 1 -f jsonl
    check "the $time report by the cache is the same" diff cold "$work/out"
  done
  check 'the report is another one' sh -c '! cmp -s cold "$1"' sh "$work/last"
  mv cold "$work/last"
}
touch "$work/last"
slow_code >src/slow.ts
git add -A && git commit -qm slow
reports_alike
sed -i 's/twice")/thrice")/' rules/one.scm
reports_alike
echo '{}' >seqscan.json
reports_alike
git checkout -q seqscan.json rules
rm -r .git/seqscan
run 1 --quiet

# Where something runs from, and that code of tests is not reported.
mkdir tests
cp src/a.js tests/a.test.js
cat >src/server.js <<'END'
import express from 'express';
const app = express();
app.get('/orders', async (request, response) => { await sleep(1); response.end(); });
END
run 0 --color never src/server.js tests
says out 'reached from: GET /orders'
silent out 'tests/a.test.js'
run 1 --all-contexts --quiet tests
finds 3 'tests/a.test.js:8:1'
rm -r tests src/server.js

# A pattern is asked in the languages that know it.
cat >rules/two.scm <<'END'
((jsx_self_closing_element name: (_) @tag) @finding (#eq? @tag "Chart") (#set! rule "chart") (#set! message "jsx"))
((class_declaration name: (identifier)) @finding (#set! rule "js-class") (#set! message "js"))
((class_declaration name: (type_identifier)) @finding (#set! rule "ts-class") (#set! message "ts"))
((type_annotation) @finding (#set! rule "typed") (#set! message "type"))
END
echo '{"ownRules": ["rules/two.scm"]}' >seqscan.json
mkdir langs
echo 'class A { a() { return <Chart/>; } }' >langs/a.jsx
echo 'class A { a(b: C) { return <Chart/>; } }' >langs/b.tsx
echo 'class A { a(b: C) {} }' >langs/c.ts
run 1 --quiet langs
finds 7 'langs/a.jsx:1:1: warning: js [js-class]' 'langs/a.jsx:1:24: warning: jsx' 'langs/b.tsx:1:28' 'langs/b.tsx:1:1: warning: ts' \
  'langs/b.tsx:1:14' 'langs/c.ts:1:1: warning: ts' 'langs/c.ts:1:14'
run 0 explain chart
says out 'in JavaScript, TSX:'
run 0 explain js-class
says out 'in JavaScript:'
rm -r langs

# Files out of the repository, links, and files that are not there.
names() {
  echo "{\"ownRules\": [$1]}" >seqscan.json
  run 2
  says err "$2"
}
names '"../page/rules/replica.scm"' 'seqscan.json:1:15: a file of rules must be in this folder or below'
names '"/etc/passwd"' 'seqscan.json:1:15: a file of rules must be in this folder or below'
ln -s ../../page/rules/replica.scm rules/link.scm
ln -s ../../page/rules rules/folder
names '"rules/link.scm"' 'seqscan.json names rules/link.scm, which is not there'
names '"rules/folder/replica.scm"' 'seqscan.json names rules/folder/replica.scm, which is not there'
names '"absent.scm"' 'seqscan.json names absent.scm, which is not there'
names '1' 'seqscan.json:1:15: a file of rules must be a string in double quotes'
names '"rules/one.scm", "rules/one.scm"' 'rules/one.scm:4:14: the rule no-sleep is in rules/one.scm already'
head -c 70000 /dev/zero | tr '\0' ' ' >rules/large.scm
names '"rules/large.scm"' 'may have 64 KB in all'
printf '((identifier) @finding\0)' >rules/nul.scm
names '"rules/nul.scm"' 'rules/nul.scm: this is no text'
echo '; nothing' >rules/empty.scm
names '"rules/empty.scm"' 'rules/empty.scm: there is no pattern in it'
echo '{"ownRules": ["replica.scm"]}' >../page/rules/conf.json
run 1 --config ../page/rules/conf.json --quiet
finds 3 'src/slow.ts'

# Mistakes in a file, with their place.
echo '{"ownRules": ["rules/r.scm"]}' >seqscan.json
rule='(#set! rule "r") (#set! message "m")'
wrong() {
  printf '%s' "$1" >rules/r.scm
  run 2
  says err "seqscan: rules/r.scm:$2"
}
wrong "
  ((cal_expression) @finding $rule)" '2:5: no node "cal_expression" in JavaScript, TypeScript, TSX; did you mean "call_expression"?'
wrong "((call_expression fonction: (_)) @finding $rule)" '1:19: no field "fonction" in JavaScript, TypeScript, TSX; did you mean "function"?'
wrong "((call_expression \"=>>\") @finding $rule)" '1:20: no token "=>>" in JavaScript, TypeScript, TSX'
wrong "((call_expression (program)) @finding $rule)" '1:19: impossible pattern: this never stands here in JavaScript, TypeScript, TSX'
wrong "((type_annotation (jsx_text)) @finding $rule)" '1:19: impossible pattern: this never stands here in TypeScript, TSX'
wrong "((jsx_text) (no_such_node) @finding $rule)" '1:14: no node "no_such_node" in JavaScript, TypeScript, TSX'
wrong "((call_expression) $rule)" '1:1: this pattern captures nothing as @finding'
wrong '((call_expression) @finding (#set! rule "r"))' '1:1: this pattern lacks its (#set! message "...")'
wrong '((call_expression) @finding (#set! message "m"))' '1:1: this pattern lacks its (#set! rule "...")'
wrong '((_) @finding (#set! rule "R") (#set! message "m"))' '1:27: a rule is named by up to 64 small letters, digits and dashes'
wrong '((_) @finding (#set! rule "query-in-loop") (#set! message "m"))' '1:27: the program has a rule query-in-loop itself'
wrong "((_) @finding $rule (#set! level \"fatal\"))" '1:65: unknown level "fatal"'
wrong "((_) @finding $rule) ((_) @finding $rule (#set! level \"error\"))" '1:79: the rule r has the level warning above'
wrong "((_) @finding $rule (#set! page \"x\"))" '1:59: unknown key "page"'
wrong "((_) @finding $rule (#set! rule))" '1:53: #set! takes a key and a text'
wrong '((_) @finding (#set! rule "r") (#set! message ""))' '1:47: a message must say something'
wrong '((_) @finding @name (#set! rule "r") (#set! message "{nam} {}"))' '1:53: unknown capture "nam"; did you mean "name"?'
wrong "((_) @finding $rule (#is-not? local))" '1:53: unknown predicate "is-not?"'
wrong "((_) @finding $rule (#mach? @finding \"a\"))" '1:53: unknown predicate "mach?"; did you mean "match?"?'
wrong "((_) @finding $rule (#eq? @x \"a\"))" '1:58: this pattern captures nothing as @x'
wrong "((_) @finding $rule (#eq? @finding))" '1:53: #eq? takes a capture and a text or another one'
wrong "((_) @finding $rule (#match? @finding @finding))" '1:70: a text in double quotes should stand here'
wrong "((_) @finding $rule (#match? @finding \"a(\"))" '1:70: no regular expression: missing closing parenthesis'
wrong "((_) @finding $rule" '1:1: this bracket is not closed'
wrong "((_) @finding $rule))" '1:52: a pattern, which starts with `(` or `[`, should stand here, not `)`'
wrong '((_ "(] @finding)' '1:5: this string does not end on its line'
wrong "((_ (_)* @finding) $rule)" '1:10: what is repeated cannot be captured'
wrong "((_ ((_) @a (_))+) @finding $rule)" '1:17: nothing can be captured within `+`'
wrong "((_)+ @finding $rule)" '1:5: `+` must stand within a node'
wrong "((_ ((_)? (_)*)*) @finding $rule)" '1:16: what stands before `*` may be nothing'
wrong "((_ $(printf '(_) %.0s' $(seq 40))) @finding $rule)" '1:1: this pattern has 41 nodes: 30 are the most'
wrong "$(for i in $(seq 120); do echo "((_ (_)? (_)? (_)? (_)?) @finding $rule)"; done; echo)" '89:1: these are too many patterns to compile'
wrong "$(printf '(%.0s' $(seq 20))_" '1:17: this is nested too deeply'
head -c 60000 /dev/urandom | tr -d '\0' >rules/r.scm
run 2
run 2 config
run 2 rules

# What takes too much is given up, and told: ways to match, matches, regular expressions.
given_up() {
  printf '%s' "$1" >rules/r.scm
  run "$2" --verbose src/big.js
  says out 'own rules take too much here: some of their findings may be missing'
}
{ printf 'x = ['; for i in $(seq 3000); do printf 'a%d, ' "$i"; done; echo '];'; } >src/big.js
git add src/big.js && git commit -qm big
given_up "((array (_) @a (_) @b (_) @c) @finding (#eq? @a @c) $rule)" 0
given_up "((identifier) @finding $rule)" 1
check 'no more than a thousand' test "$(grep -c '\[r\]' "$work/out")" -eq 1000
cp "$work/out" once
run 1 --verbose src/big.js
check 'nor another time' test "$(grep -c '\[r\]' "$work/out")" -eq 1000
given_up "((array) @finding (#match? @finding \"^(.|\\\\n)*(.|\\\\n)*z\$\") $rule)" 0

finish
