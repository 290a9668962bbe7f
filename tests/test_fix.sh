#!/bin/sh
# test_fix.sh - --fix and --add-suppressions: what they write, and that the finding is gone and no other came.
# Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"

fixtures=$PWD/fixtures
cd "$work" || exit 3

# has FILE TEXT, lacks FILE TEXT: of a file that was changed.
has() { check "$1 has '$2'" grep -qF -e "$2" "$work/$1"; }
lacks() { check "$1 has no '$2'" sh -c '! grep -qF -e "$1" "$2"' sh "$2" "$work/$1"; }

# Fixes of the fixture: all that are safe are applied, what is found then was found before.
cp -r "$fixtures/rules/overfetch/prisma" shop
cat >shop/lines.ts <<'END'
import { PrismaClient } from '@prisma/client';
import type { User } from './types';
const prisma = new PrismaClient();
export async function a() {
  const users = await prisma.user.findMany({
    where: { id: { gt: 5 } },
    orderBy: { id: 'asc' },
  });
  return users.map((user) => user.name);
}
export async function typed() {
  const users: User[] = await prisma.user.findMany({ skip: 1 });
  return users.map((user) => user.name);
}
export async function given(show: string) {
  const users = await prisma.user.findMany({ skip: 2 });
  return users.map((user: User) => user.name + show);
}
export const empty = async () => (await prisma.user.findMany({})).map((user) => user.name);
END
printf '\357\273\277' >shop/crlf.ts
sed 's/$/\r/' shop/lines.ts >>shop/crlf.ts
chmod 640 shop/users.ts
run 1 --fail-on note -q shop
sed 's/:[0-9]*:[0-9]*:/:/' out | sort >before
cp -r shop kept
run 1 --fail-on note -q --fix shop
silent err 'not changed'
sed 's/:[0-9]*:[0-9]*:/:/' out | sort >after
check 'no other finding came' test -z "$(comm -13 before after)"
check 'findings are gone' test "$(wc -l <after)" -eq "$(($(wc -l <before) - 10))"
has shop/users.ts 'findMany({ select: { name: true } });'
has shop/users.ts 'findUnique({ select: { name: true }, where: { id } });'
has shop/users.ts "return prisma.user.findMany({ where: { name: 'x' } });"
has shop/lines.ts '    select: { name: true },'
has shop/lines.ts 'findMany({ skip: 1 })'
has shop/lines.ts 'findMany({ skip: 2 })'
has shop/lines.ts 'findMany({ select: { name: true } })'
tail -c +4 shop/crlf.ts | tr -d '\r' >plain.ts
check 'line ends are kept' cmp plain.ts shop/lines.ts
check 'every line has its end' test "$(grep -c "$(printf '\r')" shop/crlf.ts)" -eq "$(wc -l <shop/crlf.ts)"
check 'the mode is kept' test "$(stat -c %a shop/users.ts)" = 640
check 'no file is left beside' test "$(ls shop | wc -l)" -eq "$(ls kept | wc -l)"
cp -r shop again
run 1 --fail-on note -q --fix shop
check 'nothing is left to fix' diff -r shop again

# What is shown.
run 1 --fail-on note kept
says out '= fix: read only the columns that are used (--fix does it)'
says out '    +     select: { name: true },'
says out '(a suggestion: look at what else relies on it)'
run 1 --fail-on note --color always kept
says out "$(printf '\033[31m-   const users = await prisma.user.findMany();')"
run 1 --fail-on note --format json kept
json_is ON out findings 0 fix safe
check 'the text is told' grep -q '"text": "select: { name: true },.r.n    "' out
json_is 6 out findings 0 fix edits 0 line

# A suggestion to move a statement before its loop: applied here, the finding is gone and no other came.
mkdir loop
cat >loop/a.ts <<'END'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function total(items: { cents: number }[], country: string) {
  let total = 0;
  for (const item of items) {
    const tax = await prisma.taxRate.findFirst({
      where: { country },
    });
    total += item.cents * (tax?.rate ?? 1);
  }
  return total;
}
export async function inner(items: { cents: number }[]) {
  let total = 0;
  for (const item of items) {
    const country = 'nl';
    const tax = await prisma.taxRate.findFirst({ where: { country } });
    total += item.cents * (tax?.rate ?? 1);
  }
  return total;
}
export async function taken(items: { cents: number }[], country: string, tax: number) {
  let total = tax;
  for (const item of items) {
    const tax = await prisma.taxRate.findFirst({ where: { country } });
    total += item.cents * (tax?.rate ?? 1);
  }
  return total;
}
export async function alone(items: { cents: number }[], country: string) {
  let total = 0;
  if (country)
    for (const item of items) {
      const tax = await prisma.taxRate.findFirst({ where: { country } });
      total += item.cents * (tax?.rate ?? 1);
    }
  return total;
}
END
run 1 -q loop
check 'four loops are found' test "$(wc -l <out)" -eq 4
run 1 loop
says out '= fix: read it once before the loop (a suggestion'
says out '   +   const tax = await prisma.taxRate.findFirst({'
check 'one of them has a fix' test "$(grep -c '= fix' out)" -eq 1
run 1 --format json loop
json_is OFF out findings 0 fix safe
json_is 5 out findings 0 fix edits 0 line
json_is 6 out findings 0 fix edits 1 line
json_is 9 out findings 0 fix edits 1 endLine
{ sed -n 1,4p loop/a.ts; sed -n 6,8p loop/a.ts | sed 's/^  //'; sed -n 5p loop/a.ts; sed -n '9,$p' loop/a.ts; } >moved.ts
json out findings 0 fix edits 0 text | sed '/^$/d' >text
sed -n 6,8p loop/a.ts | sed 's/^  //' >expected
check 'the text is the statement' cmp text expected
cp loop/a.ts a.ts
run 1 --fix -q loop
check 'a suggestion is not applied' cmp a.ts loop/a.ts
cp moved.ts loop/a.ts
run 1 -q loop
check 'the finding is gone, no other came' test "$(wc -l <out)" -eq 3

# A query for one row by a key in each round: all rows are read before, in the style of the file, and no other finding came.
golden=$fixtures/../tests/golden/looked_up.ts
cp -r "$fixtures/rules/query-in-loop/looked-up" rows
sed -i 's| *// want .*||' rows/fixed.ts
mkdir tabs crlf bare
for style in tabs crlf bare; do cp -r rows/prisma $style; done
tabs() { sed -E ':a;s/^(\t*)  /\1\t/;ta' "$1"; }
crlf() { sed 's/$/\r/' "$1"; }
bare() { sed 's/;$//' "$1"; }
for style in tabs crlf bare; do $style rows/fixed.ts >$style/fixed.ts; done
cp -r rows kept_rows
run 1 --fail-on note -q rows
sed 's/:[0-9]*:[0-9]*:/:/' out | sort >before
run 1 --fail-on note -q --fix rows
sed 's/:[0-9]*:[0-9]*:/:/' out | sort >after
check 'no other finding came' test -z "$(comm -13 before after)"
check 'the rows are read before' diff "$golden" rows/fixed.ts
check 'suggestions are not applied' diff kept_rows/suggested.ts rows/suggested.ts
for style in tabs crlf bare; do
  run 1 --fail-on note -q --fix $style
  $style "$golden" >expected.ts
  check "as the file is written: $style" diff expected.ts $style/fixed.ts
done
run 1 --fail-on note kept_rows
says out '(--fix does it)'
for doubt in '`ids` may be no array, or be read only once' 'the types of `id` and of the keys are not seen' \
  'the database may take a key for equal to `uid` that a Map does not' 'with further conditions a long list is too many' \
  'not each round asks, so that more rows are read' 'rounds with equal keys get one row, which goes on from here' \
  'the rows, which go on from here, have `userId` as well' 'the variable that holds the row may get another one' \
  'what `work` does is not seen' 'what `emitter.emit` does is not seen' 'each round also waits for something else' \
  'each round also writes rows of user' 'each round also runs SQL' '`all.push` may change the list or a key of it' \
  'a key of the list may be changed in the rounds' '`Object.assign` may change the list or a key of it' '`watched` may change while the rows are waited for' \
  'not all that runs in the rounds is seen'; do
  says out "$doubt"
done

# Where a statement cannot stand before the loop, there is no fix.
mkdir -p place && cp -r kept_rows/prisma place
cat >place/a.ts <<'END'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function alone(ids: number[], on: boolean) {
  let ages = 0;
  if (on)
    for (const id of ids) {
      ages += (await prisma.user.findUnique({ where: { id } }))?.age ?? 0;
    }
  return ages;
}
export async function behind(ids: number[], on: boolean) {
  let ages = 0;
  if (on) for (const id of ids) ages += (await prisma.user.findUnique({ where: { id } }))?.age ?? 0;
  return ages;
}
export async function labelled(ids: number[]) {
  let ages = 0;
  outer:
  for (const id of ids) {
    const user = await prisma.user.findUnique({ where: { id } });
    if (!user) continue outer;
    ages += user.age;
  }
  return ages;
}
export const expression = async (ids: number[]) =>
  Promise.all(ids.map(async (id) => (await prisma.user.findUnique({ where: { id } }))?.age));
export async function given(ids: number[], tell: (ages: unknown, more: unknown) => void) {
  tell(await Promise.all(ids.map(async (id) => (await prisma.user.findUnique({ where: { id } }))?.age)), 1);
}
END
run 1 --fail-on note place
silent out '= fix'
run 1 --fail-on note -q place
check 'five queries are found' test "$(grep -c query-in-loop out)" -eq 5

# Comments: above those that speak of the next line, in JSX, not in a text.
mkdir page
cat >page/page.tsx <<'END'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function Page({ ids }: { ids: number[] }) {
  for (const id of ids) {
    // eslint-disable-next-line no-await-in-loop
    await prisma.user.findFirst({ where: { id } });
  }
  return (
    <ul>
      {ids.map(async (id) => (
        <li>
          {await prisma.user.findFirst({ where: { id } })}
        </li>
      ))}
    </ul>
  );
}
END
cat >page/text.ts <<'END'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function text(ids: number[]) {
  for (const id of ids)
    console.log(`
      ${await prisma.user.findFirst({ where: { id } })}
    `);
}
END
sed 's/$/\r/' page/page.tsx >page/crlf.tsx
run 1 --add-suppressions 'three at most' page
says err 'text.ts: above some of its findings a comment cannot stand'
says err '4 comments written to 2 files'
says out '4 findings suppressed by comments'
says out '1 finding'
check 'it stands above the other comment' test "$(sed -n 5p page/page.tsx)" = \
  '    // seqscan-ignore-next-line query-in-loop -- three at most'
has page/page.tsx '          {/* seqscan-ignore-next-line query-in-loop -- three at most */}'
tr -d '\r' <page/crlf.tsx >plain.tsx
check 'line ends are kept' cmp plain.tsx page/page.tsx
check 'every line has its end' test "$(grep -c "$(printf '\r')" page/crlf.tsx)" -eq "$(wc -l <page/crlf.tsx)"

# SQL and Prisma.
mkdir tables
cat >tables/schema.prisma <<'END'
datasource db {
  provider = "postgresql"
}
model Order {
  id     Int  @id
  userId Int
  user   User @relation(fields: [userId], references: [id])
}
model User {
  id     Int     @id
  orders Order[]
}
END
cat >tables/a.sql <<'END'
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE orders (
  id int PRIMARY KEY,
  user_id int REFERENCES users (id)
);
END
run 1 --fail-on note --all-contexts -q tables
total=$(wc -l <out)
check 'the schemas have findings' test "$total" -ge 2
run 0 --fail-on note --all-contexts --add-suppressions 'small table' tables
has tables/schema.prisma '  // seqscan-ignore-next-line unindexed-foreign-key -- small table'
has tables/a.sql '-- seqscan-ignore-next-line unindexed-foreign-key -- small table'

# What is refused.
run 2 --fix --staged page
says err '--fix changes the files on disk: leave out --staged'
run 2 --add-suppressions x --rev HEAD page
run 2 --add-suppressions '' page
run 2 --add-suppressions 'a */ b' page
run 2 --fix schema page

# A link is not followed.
mkdir links
cp kept/lines.ts links/real.txt
cp -r kept/prisma links
ln -s real.txt links/a.ts
run 0 --fail-on note --fix links
check 'the file is what it was' cmp kept/lines.ts links/real.txt

finish
