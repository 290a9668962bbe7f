#!/bin/sh
# test_cli.sh - the command line, on folders and repositories that are made here. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"

# The README shows a finding of the shop as it is reported.
"$seqscan" --color never fixtures/projects/shop | sed 's|fixtures/projects/shop/||g' >"$work/shop"
sed -n '/^## How to read a finding/,/^This is one of/s/^    //p' README.md | sed 's|fixtures/projects/shop/||g' >"$work/readme"
check 'the README has a finding' test -s "$work/readme"
while IFS= read -r line; do
  check "the README shows what is reported: $line" grep -qxF -e "$line" "$work/shop"
done <"$work/readme"

# resolver_code METHOD: a field resolver that asks by METHOD of Prisma.
resolver_code() {
  cat <<EOF
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export const resolvers = {
  Query: {},
  Post: { author: (post) => prisma.user.$1({ where: { id: post.authorId } }) },
};
EOF
}

cd "$work" || exit 3
mkdir empty clean slow write
echo 'export const one = 1;' >clean/a.ts
slow_code >slow/a.ts
write_code >write/a.ts

# Help, version, rules, pages.
run 0 --help
for option in --rev --format --output --fail-on --jobs --max-file-size --verbose --quiet --color --show-legitimate \
  --all-contexts; do
  says out "$option"
done
run 0 --version
says out 'seqscan 0.'
run 0 rules
says out 'query-in-loop'
says out 'write-in-loop'
says out 'loop-invariant-query'
for rule in query-in-loop write-in-loop loop-invariant-query query-in-resolver; do
  run 0 explain "$rule"
  says out "# $rule"
done

# Wrong usage.
run 2 --fail-onn error clean
says err 'did you mean --fail-on?'
run 2 --no-such-thing
run 2 -x
run 2 --format yaml clean
says err 'text|json'
run 2 --jobs 0 clean
run 2 --jobs many clean
run 2 --max-file-size -1 clean
run 2 --output
run 2 --verbose=yes clean
run 2 explain
run 2 explain querry-in-loop
says err 'did you mean query-in-loop?'
run 2 rules extra
run 2 facts
run 2 facts empty

# Facts of one file.
run 0 facts clean/a.ts
says out 'one'
run 3 facts absent.ts
says err 'absent.ts'

# A query in a resolver is an error, and a note where Prisma joins the calls: since version 5 findUniqueOrThrow too.
mkdir resolver
for case in 'findFirst 7 error' 'findUnique 4 note' 'findUniqueOrThrow 4 error' 'findUniqueOrThrow 7 note'; do
  set -- $case
  resolver_code "$1" >resolver/a.ts
  echo "{ \"dependencies\": { \"@prisma/client\": \"^$2.1.0\" } }" >resolver/package.json
  run 0 --fail-on never --format json --output resolver.json resolver
  json_is query-in-resolver resolver.json findings 0 rule
  json_is "$3" resolver.json findings 0 level
done

# Exit status and --fail-on.
run 0 clean
run 0 scan clean
run 1 slow
says out '[query-in-loop]'
says out 'a.ts:5:11: error:'
run 1 scan slow --fail-on error
run 0 slow --fail-on never
run 0 --fail-on=error write
run 1 --fail-on warning write
run 1 write
run 3 absent
says err 'absent'
run 0 empty
says out 'No JavaScript or TypeScript files were found'
cp -r slow ./-slow
run 1 -- -slow
run 1 --quiet slow
check 'quiet is one line' test "$(wc -l <out)" -eq 1
(cd slow && "$seqscan") >out 2>err
check 'the default path is .' grep -q 'a.ts:5:' out

# Colours.
escape=$(printf '\033')
run 1 slow
silent out "$escape"
run 1 --color always slow
says out "$escape"
FORCE_COLOR=1 run 1 slow
says out "$escape"
NO_COLOR=1 FORCE_COLOR=1 run 1 slow
silent out "$escape"
FORCE_COLOR=1 run 1 --color=never slow
silent out "$escape"

# JSON.
run 1 --format json slow
json_is 1 out version
json_is seqscan out tool name
json_is query-in-loop out findings 0 rule
json_is prisma out findings 0 library
json_is error out findings 0 level
json_is 5 out findings 0 line
json_is 11 out findings 0 column
json_is app out findings 0 context
json_is prisma out findings 0 library
json_is 1 out files scanned
json_is '[]' out files failed
check 'one finding' test "$(grep -c '"fingerprint"' out)" -eq 1
run 0 --format=json empty
json_is '[]' out findings
json_is 0 out files scanned

# Several reports of one run.
run 1 -f sarif=several.sarif -f text -f json=several.json slow
says out '[query-in-loop]'
json_is query-in-loop several.json findings 0 rule
json_is query-in-loop several.sarif runs 0 results 0 ruleId
run 1 --format sarif --output one.sarif slow
json_is query-in-loop one.sarif runs 0 results 0 ruleId
run 1 --format json=several.json --format text --output several.txt slow
check 'nothing on standard output' test ! -s out
check '--output is for the format without a file' grep -q query-in-loop several.txt
run 2 -f sarif -f text slow
says err 'two reports go to standard output: write --format text=FILE'
run 2 -f sarif -f text -o one.txt slow
run 2 -f sarif=a -f text=a slow
run 2 -f sarif= slow
run 2 -f sarifs slow
says err 'text|json|jsonl|sarif|github|gitlab|junit|markdown'
run 2 schema -f sarif slow
for format in text json jsonl sarif github gitlab junit markdown; do
  run 1 -f $format slow
  run 0 -f $format --fail-on never slow
  run 0 -f $format clean
done

# --output is whole or absent.
run 1 --format json --output report.json slow
check 'nothing on standard output' test ! -s out
json_is query-in-loop report.json findings 0 rule
umask 027
run 0 --output new.txt clean
check 'mode follows umask' test "$(stat -c %a new.txt)" = 640
chmod 604 new.txt
run 0 --output new.txt clean
check 'mode is kept' test "$(stat -c %a new.txt)" = 604
umask 022
ln -s report.json link.json
run 0 --format json --output link.json clean
check 'a link stays a link' test -L link.json
json_is '[]' report.json findings
run 3 --output no/such/folder/report.txt clean
run 3 --output empty clean
cp new.txt before.txt
run 3 --output new.txt absent
check 'an old report survives a failure' cmp -s new.txt before.txt
check 'no temporary files are left' sh -c '! ls | grep -E "\.(json|txt)\.[A-Za-z0-9]{6}$"'
run 3 --output /dev/full clean
run 0 --output /dev/null clean

# Size limit.
run 0 --max-file-size 50 slow
says out 'larger than the limit'
run 0 --verbose --max-file-size 50 slow
says out 'skipped: a.ts: larger than the limit'
run 1 --max-file-size 1k slow
run 0 --format json --max-file-size 50 slow
json_is 1 out files skipped 0 count
json_is a.ts out files skipped 0 paths 0

# Contexts.
mkdir -p tested/__tests__
slow_code >tested/__tests__/a.test.ts
run 0 tested
says out '1 only of tests or examples (--all-contexts)'
run 1 --all-contexts tested
run 0 --format json tested
json_is 1 out files tests
mkdir -p seeded/seeds
slow_code >seeded/seeds/a.ts
run 0 --format json seeded
json_is 1 out coverage otherContext
# A file named after its folder is what the folder is about.
mkdir -p kept/mock-server mocked
slow_code >kept/mock-server/mock-server.service.ts
slow_code >kept/mock-server/mock-server-auth.guard.ts
slow_code >mocked/mock-data.ts
run 1 kept
says out 'mock-server-auth.guard.ts'
run 0 mocked
# A folder `tools` is one of scripts at the top of a package, and where package.json runs a file of it.
mkdir -p tooled/tools tooled/server/tools tooled/packages/api/tools tooled/packages/api/src/tools
echo '{ "scripts": { "import": "NODE_ENV=x ts-node ./server/tools/import --all" } }' >tooled/package.json
echo '{ "name": "api" }' >tooled/packages/api/package.json
slow_code | tee tooled/tools/dump.ts tooled/server/tools/import.ts tooled/packages/api/tools/dump.ts >/dev/null
run 0 tooled
slow_code | tee tooled/server/tools/orders.ts >tooled/packages/api/src/tools/search.ts
run 1 tooled
says out 'server/tools/orders.ts'
says out 'src/tools/search.ts'
silent out 'dump.ts'
silent out 'import.ts'
run 1 --format json --all-contexts tested
json_is test out findings 0 context

# What surely is no database client is not counted as unresolved.
mkdir -p outside
cat >outside/a.ts <<'EOF'
import { PrismaClient } from '@prisma/client';
import { z } from 'zod';
import { useRouter } from 'next/router';
import { bind } from './missing';
import { container } from './container';
const prisma = new PrismaClient();
export const schema = z.object({ name: z.string().count(1) });
const useOwn = () => useRouter();
export class Cache {
  private kept = new Map<string, { count(): number }>();
  private made;
  constructor() { this.made = new Set(); }
  async run(given: Map<string, string>, key: string, any: any) {
    this.kept.delete(key);
    this.made.delete(key);
    given.delete(key);
    useOwn().delete(key);
    await prisma.user.delete({ where: { key } });
    this.kept.get(key).count();
    any.delete(key);
    bind(prisma).delete(key);
    container.resolve('users').delete(key);
  }
}
EOF
echo "import { createContainer } from 'some-container'; export const container = createContainer();" >outside/container.ts
run 0 --format json outside
json_is 5 out coverage sitesOther
json_is 4 out coverage sitesUnresolved

# --verbose lists those that are not resolved, with the cause.
cat >>outside/a.ts <<'EOF'
import { Db } from './types';
export async function more({ one }, db: Db, list: any[], key) {
  one.delete(1);
  db.users.delete(2);
  list[0].delete(3);
  key.value.delete(4);
  later.delete(6);
}
let later;
EOF
echo 'export interface Db { users: Users }' >outside/types.ts
run 0 --verbose outside
check 'each is listed' test "$(grep -c '^not resolved: a.ts:' out)" -eq "$(sed -n 's/.*something else, \([0-9]*\) not resolved/\1/p' out)"
says out 'not resolved: a.ts:20:5: any.delete: `any` has the type `any`, which says nothing'
says out 'bind(prisma).delete: `bind` comes from `./missing`, which is not in the tree'
says out "container.resolve('users').delete: \`createContainer\` is of the package \`some-container\`, and no model tells what it is"
says out 'one.delete: a pattern is a parameter without a type'
says out 'key.value.delete: `key` is a parameter without a type'
says out 'later.delete: nothing is seen that sets `later`'
run 0 outside
silent out 'not resolved:'
run 0 --verbose --format json outside
json_is any.delete out unresolved 1 call
json_is 20 out unresolved 1 line

# Jobs do not change the report.
slow_code >write/b.ts
run 1 --format json --jobs 1 slow write
grep -v elapsedMs out >one.json
run 1 --format json --jobs 8 slow write
grep -v elapsedMs out >eight.json
check 'jobs do not change the report' cmp one.json eight.json

# Broken files.
mkdir broken
slow_code >broken/a.ts
printf 'export const = ;;; function (((' >broken/b.ts
printf 'const a = "\377\376";\n' >broken/c.ts
: >broken/d.ts
run 1 --verbose --parse-all broken
says out 'b.ts'
if [ "$(id -u)" -ne 0 ]; then
  chmod 000 broken/d.ts
  run 1 --parse-all broken
  says out 'd.ts'
fi

# Revisions.
git init -q repository
cd repository || exit 3
mkdir src
slow_code >src/a.ts
git add . && git commit -qm one
write_code >src/a.ts
git commit -qam two
echo 'export const one = 1;' >src/a.ts
run 0 .
run 1 --rev HEAD .
says out '[write-in-loop]'
run 1 --rev HEAD~1
says out 'src/a.ts:5:'
says out '[query-in-loop]'
(cd src && "$seqscan" --rev HEAD~1 >"$work/out" 2>"$work/err")
check 'a revision from a folder inside' grep -qF '[query-in-loop]' "$work/out"
run 3 --rev no-such-revision .
says err 'no-such-revision'
run 3 --rev HEAD ../empty
git clone -q --bare . ../bare.git
run 1 scan --rev HEAD~1 --format json --output ../bare.json ../bare.git
json_is query-in-loop ../bare.json findings 0 rule
json_is src/a.ts ../bare.json findings 0 path
blob=$(git rev-parse HEAD:src/a.ts)
rm -f ".git/objects/$(echo "$blob" | cut -c1-2)/$(echo "$blob" | cut -c3-)"
run 3 --rev HEAD .
says err 'object not found'

# Paths restrict what is reported, not what is known: the rest of the tree tells what imports mean.
cd "$work" || exit 3
git init -q monorepo
cd monorepo || exit 3
mkdir -p packages/store/src apps/web/src
echo '{ "name": "all", "private": true, "workspaces": ["packages/*", "apps/*"] }' >package.json
echo '{ "compilerOptions": { "paths": { "~/*": ["./apps/web/src/*"] } } }' >tsconfig.json
echo '{ "name": "@all/store", "main": "src/index.ts" }' >packages/store/package.json
cat >packages/store/src/index.ts <<'EOF'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export const userName = (id: number) => prisma.user.findFirst({ where: { id } });
EOF
slow_code >packages/store/src/all.ts
echo "export { userName } from '@all/store';" >apps/web/src/names.ts
cat >apps/web/src/list.ts <<'EOF'
import { userName } from '~/names';
export async function list(ids: number[]) {
  for (const id of ids) await userName(id);
}
EOF
git add . && git commit -qm one
run 1 .
says out '2 findings'
for rev in '' '--rev=HEAD'; do
  run 1 ${rev:+"$rev"} apps/web
  says out '1 finding:'
  says out 'apps/web/src/list.ts:3:'
  says out '2 files scanned, 0 parsed, 2 from the cache (and 2 others'
done
run 1 apps/web/src/list.ts
says out '1 finding:'
run 0 apps/web/src/names.ts packages/store/src/index.ts
silent out 'list.ts'

# Code is a test by its path below what was named: fixtures may be a project of their own.
mkdir -p tests/fixtures/shop/src tests/fixtures/shop/tests
slow_code >tests/fixtures/shop/src/a.ts
write_code >tests/fixtures/shop/tests/a.ts
git add . && git commit -qm two
for rev in '' '--rev=HEAD'; do
  run 1 ${rev:+"$rev"} tests/fixtures/shop
  says out '[query-in-loop]'
  silent out '[write-in-loop]'
  says out '1 only of tests or examples (--all-contexts)'
done
(cd tests/fixtures/shop && "$seqscan" >"$work/out" 2>"$work/err")
check 'a project from inside' grep -qF '[query-in-loop]' "$work/out"
run 1 .
silent out 'shop/src/a.ts'
says out '2 only of tests or examples (--all-contexts)'

finish
