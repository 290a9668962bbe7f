# change.sh - for tests of --diff and --staged: code whose findings are known, after cli.sh.

unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE

# helper NAME METHOD: a function that asks the database. loop NAME AS: a function that calls it for each element.
helper() {
  echo "import { PrismaClient } from '@prisma/client';"
  echo 'const prisma = new PrismaClient();'
  echo "export const $1 = (id: number) => prisma.$2({ where: { id } });"
}
loop() {
  echo "import { $1 } from './users';"
  echo "export async function $2(ids: number[]) {"
  echo '  for (const id of ids) {'
  echo "    await $1(id);"
  echo '  }'
  echo '}'
}
commit() { git add -A && git commit -qm "$1"; }

# finds N PLACE...: the last run, with --quiet, told N findings, these places among them.
finds() {
  check "$1 findings: $(cat "$work/out")" test "$(grep -c . "$work/out")" -eq "$1"
  shift
  for place; do says out "$place"; done
}
