#!/bin/sh
# test_staged.sh - --staged: what a commit would bring, as the index has it. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"
. "$(dirname "$0")/change.sh"

cd "$work" || exit 3

# Before the first commit all that is staged is new; what is not staged is not looked at.
git init -q -b main shop
cd shop || exit 3
run 0 --staged
helper load user.findFirst >users.ts
loop load old >old.ts
run 0 --staged
says out 'No source is changed: nothing was scanned'
git add users.ts old.ts
run 1 --quiet --staged
finds 1 'old.ts:4:11'
commit base
run 0 --staged
says out 'No source is changed: nothing was scanned'
echo 'export {};' >empty.ts
git add empty.ts
run 0 --staged
says out '1 finding known from before the change not shown'
git reset -q && rm empty.ts

# A listing is of all that the index has.
run 0 queries --staged
says out 'prisma select one user'

# The index counts, not the worktree.
loop load fresh >fresh.ts
git add fresh.ts
echo 'export const fresh = 1;' >fresh.ts
run 1 --quiet --staged
finds 1 'fresh.ts:4:11'
git add fresh.ts
loop load fresh >fresh.ts
run 0 --quiet --staged
rm fresh.ts
run 0 --quiet --staged
git reset -q

# A part of a file is staged: the first of two loops.
{ loop load one; loop load two | sed 1d; } >both.ts
loop load one >part.ts && cp both.ts keep.ts && cp part.ts both.ts
git add both.ts && cp keep.ts both.ts && rm part.ts keep.ts
run 1 --quiet --staged
finds 1 'both.ts:4:11'
git add both.ts
run 1 --quiet --staged
finds 2 'both.ts:4:11' 'both.ts:9:11'
git reset -q && rm both.ts

# Renamed, moved lines, deleted, only meant to be added.
git mv old.ts new.ts
run 0 --quiet --staged
sed -i '1i // a line' new.ts && git add new.ts
run 0 --quiet --staged
git reset -q --hard
git rm -q --cached old.ts
run 0 --quiet --staged
run 0 --quiet --staged old.ts
rm old.ts
run 0 --quiet --staged old.ts
run 3 --quiet --staged odl.ts
says err 'odl.ts: no such file or folder, in the index or on disk'
git reset -q --hard
loop load later >later.ts
git add -N later.ts
run 0 --quiet --staged
git reset -q && rm later.ts

# The whole program is linked: a helper that starts to ask is found by the loop in a file that is not staged.
echo 'export const name = (id: number) => String(id);' >name.ts
loop name names | sed "s|'./users'|'./name'|" >names.ts
commit 'a pure helper'
helper name user.findFirst >name.ts
git add name.ts
run 1 --quiet --staged
finds 1 'name.ts:3:'
git reset -q --hard

# Names as hooks give them: absolute, with spaces and brackets, of foreign and unstaged files.
mkdir -p 'src/a b'
loop load page | sed "s|'./users'|'../../users'|" >'src/a b/[id].ts'
echo text >README.md
git add -A
run 1 --quiet --staged -- "$PWD/src/a b/[id].ts" "$PWD/README.md"
finds 1 'src/a b/[id].ts:4'
run 0 --quiet --staged README.md
run 1 --quiet --staged "$PWD/src"
seq 3000 | while read -r i; do : >"src/$i.ts"; done
git add -A
run 1 --quiet --staged $(git diff --cached --name-only -z | tr '\0' '\n' | grep -v ' ') 'src/a b/[id].ts'
finds 1 'src/a b/[id].ts:4'
git reset -q --hard

# What .gitattributes of the index call generated is skipped.
loop load made >made.ts
echo 'made.ts linguist-generated' >.gitattributes
git add made.ts
run 1 --quiet --staged
git add .gitattributes && rm .gitattributes
run 0 --staged
says out 'generated, says .gitattributes'
git reset -q --hard

# A merge is not blamed for what either side has, only for what it makes of them.
git checkout -qb side
loop load side >side.ts
commit side
git checkout -q main
helper load user.findFirst | sed 's/where: { id }/& as any/' >users.ts
commit main
git merge -q --no-commit --no-ff side >/dev/null 2>&1
run 0 --quiet --staged
loop load more >more.ts
git add more.ts
run 1 --quiet --staged
finds 1 'more.ts:4'
git merge --abort
git checkout -qb clash main~1
helper load user.findUnique >users.ts
commit clash
git merge -q main >/dev/null 2>&1
run 3 --staged
says err 'has conflicts: resolve them first'
git merge --abort
git checkout -q main

# As a hook. A commit of some files, or of all, gives the hook an index of its own.
mkdir -p .git/hooks
printf '#!/bin/sh\nexec "%s" --staged --quiet\n' "$seqscan" >.git/hooks/pre-commit
chmod +x .git/hooks/pre-commit
loop load bad >bad.ts
git add bad.ts
check 'the commit is refused' sh -c '! git commit -qm bad'
git reset -q
echo 'export const good = 1;' >good.ts
git add good.ts
git add bad.ts
check 'good alone is committed' git commit -qm good good.ts
check 'bad alone is not' sh -c '! git commit -qm bad bad.ts'
git reset -q && rm bad.ts
loop load old2 >>good.ts
check 'commit -a is refused' sh -c '! git commit -qam bad'
git checkout -q good.ts
echo '// nothing' >>good.ts
check 'commit -a is fine' git commit -qam fine

# The same in a linked worktree and from a folder below.
git worktree add -q ../linked -b linked
cd ../linked || exit 3
mkdir -p deep && loop load bad | sed "s|'./users'|'../users'|" >deep/bad.ts
check 'the commit is refused in a worktree' sh -c 'git add . && cd deep && ! git commit -qm bad'
run 1 --quiet --staged
finds 1 'deep/bad.ts:4'
cd ../shop || exit 3
run 0 --quiet --staged
run 1 --quiet --staged ../linked

# Folders come and go, a file takes the place of one; the index is of each version, or damaged.
mkdir -p kept/deep
loop load one | sed "s|'./users'|'../../users'|" >kept/deep/one.ts
git add . && git commit -q --no-verify -m folder
git mv kept moved
run 0 --quiet --staged
loop load file >kept
git add kept && mv kept moved/kept.ts
git mv moved/deep/one.ts one.ts && loop load two >two.ts && git add two.ts
for version in 2 3 4; do
  git update-index --index-version $version
  run 1 --quiet --staged
  finds 1 'two.ts:4'
done
export GIT_INDEX_FILE=$work/damaged
size=$(stat -c %s .git/index)
# put_bytes PLACE: of the index, by those given.
put_bytes() { dd of="$GIT_INDEX_FILE" bs=1 seek="$1" conv=notrunc status=none; }
head -c 200 .git/index >"$GIT_INDEX_FILE"
run 3 --staged
says err 'the index is damaged'
cp .git/index "$GIT_INDEX_FILE"
head -c 2 /dev/zero | put_bytes 38  # the mode of the first entry
run 3 --staged
says err 'the index is damaged'
# Where git makes no checksum (index.skipHash), zeros stand in its place.
cp .git/index "$GIT_INDEX_FILE"
head -c 20 /dev/zero | put_bytes $((size - 20))
run 1 --quiet --staged
finds 1 'two.ts:4'
head -c $((size - 60)) .git/index >"$GIT_INDEX_FILE"
head -c 20 /dev/zero | put_bytes $((size - 80))
run 3 --staged
says err 'not an index that can be read'
unset GIT_INDEX_FILE
cd ..

# A submodule is a repository of its own.
git init -q -b main super
git -C super -c protocol.file.allow=always submodule --quiet add "$work/shop" inner >/dev/null 2>&1
git -C super commit -qm base
loop load more >super/inner/more.ts
git -C super/inner add more.ts
run 0 --quiet --staged super
run 1 --quiet --staged super/inner
finds 1 'more.ts:4'

# Where nothing can be staged.
git clone -q --bare shop bare.git
run 3 --staged bare.git
says err 'bare.git is in a bare repository, where nothing is staged'
mkdir plain && loop load x >plain/a.ts
run 3 --staged plain
says err 'plain: not in a git repository'
run 2 --staged --rev HEAD shop

finish
