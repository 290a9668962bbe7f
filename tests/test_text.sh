#!/bin/sh
# test_text.sh - the report for people, on a terminal and off it. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"

cd "$work" || exit 3
mkdir slow
slow_code >slow/a.ts

# terminal COLUMNS COMMAND: run a command line of seqscan with all its output on a terminal of that width.
terminal() {
  columns=$1
  shift
  script -qec "stty cols $columns; $*" /dev/null >"$work/raw" 2>&1 </dev/null
  tr -d '\r' <"$work/raw" | sed "s/$escape\[[0-9;]*[mK]//g" >"$work/out"
  cp "$work/raw" "$work/err"
}
escape=$(printf '\033')
export TERM=xterm

# Colours: --color, NO_COLOR, FORCE_COLOR, the terminal.
terminal 80 "$seqscan slow"
says raw "${escape}[1;31m"
says out 'a.ts:5:11: error:'
NO_COLOR=1 FORCE_COLOR=1 terminal 80 "$seqscan -q slow"
silent raw "${escape}["
TERM=dumb terminal 80 "$seqscan -q slow"
silent raw "${escape}["
NO_COLOR=1 terminal 80 "$seqscan -q --color always slow"
says raw "${escape}["
FORCE_COLOR=0 terminal 80 "$seqscan -q slow"
silent raw "${escape}["
terminal 80 "$seqscan -q slow | cat"
silent raw "${escape}["
FORCE_COLOR=1 terminal 80 "$seqscan -q -o file.txt slow"
check 'FORCE_COLOR holds for files' grep -q "$escape" file.txt
terminal 80 "$seqscan -q -o file.txt slow"
check 'a file has no colours' sh -c '! grep -q "$1" file.txt' sh "$escape"
terminal 80 "$seqscan -q -f sarif=out.sarif -f text slow"
says raw "${escape}["
check 'SARIF has no colours' sh -c '! grep -q "$1" out.sarif' sh "$escape"

# The text is as wide as the terminal; off it, lines are not broken.
for columns in 60 80 120; do
  terminal $columns "$seqscan slow"
  longest=$(sed -n '2,$p' out | awk '{ if (length > n) n = length } END { print n }')
  check "no line is longer than $columns: $longest" test "$longest" -le $columns
done
run 1 slow
check 'a help is one line' test "$(grep -c '= help: .*Map by id' out)" -eq 1

# Progress is for a terminal, and gone in the end.
terminal 80 "$seqscan slow"
says raw 'seqscan: 0 of 1 files'
says raw "${escape}[K"
terminal 80 "$seqscan slow 2>progress"
check 'no progress in a file' test ! -s progress
terminal 80 "$seqscan --quiet slow"
silent raw 'of 1 files'

# What was seen, and how long it took.
run 1 slow
says out '1 finding: 1 error'
says out '1 file scanned, 1 parsed'
says out '1 call that may be a query: 1 resolved'
check 'the time is told' grep -qE '^[0-9]+ ms$' out
run 1 --quiet slow
check 'quiet is one line' test "$(wc -l <out)" -eq 1

# outer TEXT CODE: what is said of a query past the transaction that runs the code.
outer() {
  mkdir -p outer
  cat >outer/a.ts <<EOF
import { PrismaClient } from '@prisma/client';
const db = new PrismaClient();
export const run = (id: number) => db.\$transaction(async (tx) => {
$2
});
EOF
  run 0 --fail-on never outer
  says out "$1"
}
outer 'on a second connection while the transaction holds one, and with many of them at once the pool runs empty' '
  const user = await db.user.findFirst({ where: { id } });
  await tx.user.update({ where: { id }, data: { seen: user } });'
outer 'on a second connection while the transaction holds one, and without what the transaction has written' '
  await tx.user.update({ where: { id }, data: { seen: true } });
  return await db.user.findFirst({ where: { id } });'
outer 'on another connection, without what the transaction has written, and not rolled back with it' '
  await tx.user.update({ where: { id }, data: { seen: true } });
  await db.log.create({ data: { id } });'

# cost TEXT CODE: the cost of the only finding in the body of a function.
cost() {
  mkdir -p cost
  cat >cost/a.ts <<EOF
import { PrismaClient } from '@prisma/client';
const db = new PrismaClient();
$2
EOF
  run 0 --fail-on never --all-contexts cost
  says out "= cost: $1"
}
cost '1 + N queries: N rows of db.order.findMany, which has no limit' 'export async function f() {
  for (const o of await db.order.findMany()) await db.user.findFirst({ where: { id: o.userId } });
}'
cost '1 + N queries: N rows of db.order.findMany, which has a limit' 'export async function f() {
  const orders = await db.order.findMany({ take: 200 });
  await Promise.all(orders.map((o) => db.user.findFirst({ where: { id: o.userId } })));
}'
cost '1 + N statements: N rows of db.order.findMany, which has no limit' 'export async function f() {
  for (const o of await db.order.findMany()) await db.log.create({ data: { id: o.id } });
}'
cost 'N queries: N elements of `ids`' 'export async function f(ids) {
  for (const id of ids) await db.user.findFirst({ where: { id } });
}'
silent out 'brings along'
cost 'N queries: N elements of `req.body.ids`, which the request brings along' 'import express from "express";
express().post("/users", async (req, res) => {
  for (const id of req.body.ids) await db.user.findFirst({ where: { id } });
});'
cost 'N queries: N elements of `res.locals.ids`' 'import express from "express";
express().post("/users", async (req, res) => {
  for (const id of res.locals.ids) await db.user.findFirst({ where: { id } });
});'
silent out 'brings along'
cost 'N queries where one would do: N rows of db.order.findMany, which has no limit' 'export async function f() {
  for (const o of await db.order.findMany()) {
    const all = await db.tax.findMany();
    console.log(o, all);
  }
}'
cost 'one query for each level of the hierarchy' 'export async function f(id) {
  let node = await db.node.findFirst({ where: { id } });
  while (node.parentId) node = await db.node.findFirst({ where: { id: node.parentId } });
  return node;
}'

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
