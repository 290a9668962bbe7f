#!/bin/sh
# test_diff.sh - --diff: what is new since a revision, in repositories that git makes here. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"
. "$(dirname "$0")/change.sh"

cd "$work" || exit 3
git init -q -b main shop
cd shop || exit 3
helper load user.findFirst >users.ts
loop load old >old.ts
commit base
git tag base

# Without a changed source there is nothing to do; with one, both sides are scanned.
echo text >README.md
echo '{"failOn": "note"}' >seqscan.json
run 0 --diff main
says out '0 findings'
says out 'No source is changed: nothing was scanned'
rm README.md seqscan.json
echo 'export {};' >empty.ts
run 0 --diff main
says out '0 findings'
says out '1 finding known from before the change not shown'
rm empty.ts

# A new loop that calls old code stands at its call. Untracked, then committed, then seen from a main that has moved.
git checkout -qb work
loop load fresh >fresh.ts
run 1 --quiet --diff main
finds 1 'fresh.ts:4:11'
commit fresh
git checkout -q main
loop load also >also.ts
commit 'meanwhile on main'
git checkout -q work
run 1 --quiet --diff main
finds 1 'fresh.ts:4:11'
run 1 --quiet --diff main --rev work
finds 1 'fresh.ts:4:11'
run 1 --quiet --diff base --rev main
finds 1 'also.ts:4:11'
run 0 --quiet --diff work
run 0 --diff main old.ts users.ts
silent err 'fresh'
run 1 --quiet --diff main fresh.ts

# Lines that move, formatting, and files that are renamed are not new. A copy is.
git checkout -q base
{ echo '// a line'; sed 's|await load(id)|await load(\n      id,\n    )|' old.ts; } >moved.ts
git rm -q old.ts
run 0 --diff base
says out '1 finding known'
commit moved
cp moved.ts a-copy.ts
run 1 --quiet --diff HEAD
finds 1 'a-copy.ts'
git clean -qfd && git checkout -qf base

# A helper that starts to ask: the new query is the place, on one line; its identity is that of the finding.
helper load user.findFirst >users.ts
echo 'export const name = (id: number) => String(id);' >name.ts
loop load old >old.ts
sed 's/users/name/; s/load/name/g; s/old/names/' old.ts >names.ts
commit 'a pure helper'
cat >name.ts <<'END'
import { load } from './users';
export const name = async (id: number) => {
  const user = await load(
    id,
  );
  return user?.name;
};
END
run 1 --quiet --diff HEAD
finds 1 'name.ts:3:22'
run 1 --format json --diff HEAD
json_is 3 "$work/out" findings 0 endLine
json_is names.ts "$work/out" findings 0 steps 0 path
fingerprint=$(json "$work/out" findings 0 fingerprint)
run 1 --format json names.ts
json_is "$fingerprint" "$work/out" findings 0 fingerprint
git checkout -qf .

# A loop that does not leave any more: beside the line that is gone.
cat >first.ts <<'END'
import { load } from './users';
export async function first(ids: number[]) {
  for (const id of ids) {
    const user = await load(id);
    if (!user) continue;
    return user;
  }
}
END
sed '5,6d' first.ts >then.ts
sed -i '5d' first.ts
commit 'leaves at once'
mv then.ts first.ts
run 1 --quiet --diff HEAD first.ts
finds 1 'first.ts:4'
git checkout -qf .

# What changes only because another file does is not blamed on it.
echo 'export const db: any = undefined;' >db.ts
sed "s|'./users'|'./db'|; s|load }|db }|; s|load(id)|db.user.findFirst({ where: { id } })|" old.ts >uses.ts
commit 'an unknown client'
run 0 uses.ts
{ echo "import { PrismaClient } from '@prisma/client';"; echo 'export const db = new PrismaClient();'; } >db.ts
run 0 --diff HEAD
says out '1 new finding in files that the change does not touch not shown'
run 1 uses.ts
git checkout -qf .

# Comments and the baseline hold on both sides.
sed 's|^    await|    // seqscan-ignore-next-line\n&|' old.ts >quiet.ts
commit 'a comment'
sed -i '/seqscan/d' quiet.ts
run 1 --quiet --diff HEAD
finds 1 'quiet.ts:4'
git checkout -qf .
run 0 --write-baseline "$work/known" .
cp old.ts again.ts
run 1 --quiet --diff HEAD --baseline "$work/known"
finds 1 'again.ts:4'
rm again.ts

# A linked worktree, and a repository without any.
git worktree add -q ../linked main
(cd ../linked && loop load more >more.ts)
run 1 --quiet --diff base ../linked
finds 2 'more.ts:4' 'also.ts:4'
cd ..
git clone -q --bare shop bare.git
run 3 --diff main bare.git
says err 'bare.git is in a bare repository: name a revision by --rev'
run 1 --quiet --rev work --diff main bare.git
finds 1 'fresh.ts:4:11'

# A submodule is a repository of its own.
git init -q -b main super
git -C super -c protocol.file.allow=always submodule --quiet add "$work/shop" inner >/dev/null 2>&1
git -C super commit -qm base
(cd super/inner && git checkout -q main && loop load more >more.ts)
run 0 --diff main super
run 1 --quiet --diff main super/inner
finds 1 'more.ts:4'

# A shallow clone has nothing to compare with: all is reported, loudly.
git clone -q --depth 1 -b work "file://$work/shop" shallow
run 1 --quiet --diff origin/main shallow
says err "origin/main is not a revision in this shallow clone: all findings are reported"
says err 'fetch-depth: 0'
finds 2 'fresh.ts:4' 'old.ts:4'
git -C shallow fetch -q --depth 1 origin main:refs/remotes/origin/main
run 1 --format json --diff origin/main shallow
says err 'origin/main and HEAD have no commit in common in this shallow clone'
says err 'fetch-depth: 0'
check 'the report tells it too' grep -q 'fetch-depth' out
run 1 --format sarif --diff origin/main shallow
check 'SARIF tells it too' grep -q '"id":"about-the-run".*fetch-depth' out
git -C shallow fetch -q --depth 2 origin work
run 1 --quiet --diff HEAD^ shallow
finds 1 'fresh.ts:4'
check 'two commits are enough for that' test ! -s err
git -C shallow fetch -q --unshallow origin
run 1 --quiet --diff origin/main shallow
finds 1 'fresh.ts:4'
check 'no warning' test ! -s err

# A partial clone lacks the files before the change.
git -C shop config uploadpack.allowFilter true
git -C shop checkout -q work && loop load older >shop/old.ts && git -C shop commit -qam renamed
git clone -q --filter=blob:none -b work "file://$work/shop" partial
run 1 --quiet --diff HEAD^ partial
says err 'files of HEAD^ are not in this partial clone'
finds 2 'fresh.ts:4' 'old.ts:4'
git -C partial checkout -q HEAD^ && git -C partial checkout -q work
run 1 --quiet --diff HEAD^ partial
finds 1 'old.ts:2'

# What cannot be compared is refused.
run 3 --diff no-such shop
says err 'no-such is not a revision'
git -C shop checkout -q --orphan alone && git -C shop commit -qm alone
run 3 --diff main shop
says err 'main and HEAD have no commit in common'
git init -q unborn
loop load x >unborn/a.ts
run 3 --diff main unborn
says err 'HEAD is no commit'
mkdir plain && loop load x >plain/a.ts
run 3 --diff main plain
says err 'is not in a git repository'
run 2 --diff main --staged shop
run 2 --diff main --write-baseline b shop
says err 'leave out --diff'

finish
