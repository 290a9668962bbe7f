#!/bin/sh
# test_bounds.sh - small files that mean very much to whoever follows all of it: a scan ends all the same. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"

cd "$work" || exit 3
export LC_ALL=C

# repeated N TEXT: the text N times, with commas between.
repeated() { awk -v n="$1" -v text="$2" 'BEGIN { while (n--) printf "%s%s", text, n ? ", " : "" }'; }

# query CODE VALUE: a loop with the code and a query by the value.
query() {
  cat <<EOF
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function load(ids: string[]) {
  for (const id of ids) {
    $1
    await prisma.user.findMany({ where: $2 });
  }
}
EOF
}

# ends STATUS NAME: the scan of the folder ends in time.
ends() { check "scan of $2" sh -c 'timeout 30 "$1" --quiet "$2"; test $? -eq "$3"' sh "$seqscan" "$2" "$1"; }

mkdir constants spreads lists returns modules itself blocks bases tools held sides rounds names namesakes throws
: >err

# Constants that are made of those before them.
query "const a0 = 1;$(i=0; while [ $i -lt 30 ]; do
  echo "const a$((i + 1)) = [$(repeated 60 a$i)];"
  i=$((i + 1))
done)" '{ x: a30 }' >constants/a.ts
ends 1 constants

# Conditions that are spread many times.
query "const a = { $(i=0; while [ $i -lt 100 ]; do echo "k$i: id,"; i=$((i + 1)); done) };
const b = { $(repeated 500 ...a) };
const c = { $(repeated 500 ...b) };
const d = { $(repeated 500 ...c) };" '{ ...d }' >spreads/a.ts
ends 1 spreads

# A list of very many constants.
query '' "{ id: { in: [$(repeated 60000 1)] } }" >lists/a.ts
ends 1 lists

# Functions that return what others return.
{
  query '' '{ id }'
  i=0
  while [ $i -lt 9 ]; do
    echo "async function g$i(x: any) {"
    k=0
    while [ $k -lt 60 ]; do
      echo "if (x === $k) return g$((i + 1))(x);"
      k=$((k + 1))
    done
    echo '}'
    i=$((i + 1))
  done
  cat <<'EOF'
async function g9(x: any) { return await prisma.user.findMany({ where: { x } }); }
export async function walk(c: any) {
  let x = c.x;
  while (c.more) {
    const row = await g0(x);
    x = row.parent;
  }
}
EOF
} >returns/a.ts
ends 1 returns

# Configurations that extend themselves many times, and a path that leads from build output to build output.
mkdir modules/package
query 'await work(id);' '{ id }' | sed '1i import { work } from "work/some";\nimport other from "other";' >modules/a.ts
echo "{ \"extends\": [$(repeated 100 '"./tsconfig.json"')] }" >modules/tsconfig.json
echo "{ \"name\": \"other\", \"main\": \"$(repeated 100000 dist/ | tr -d ', ')x.js\" }" >modules/package/package.json
ends 1 modules

# Constants that are made of each other or of themselves, where queries and tables are described.
cat >itself/mongoose.ts <<'EOF'
import mongoose from 'mongoose';
const a: any = { x: b };
const b: any = { x: a };
const User = mongoose.model('User', new mongoose.Schema({ name: String }));
export const load = () => User.find({}, a).sort(a).select(a).populate(a);
EOF
cat >itself/prisma.ts <<'EOF'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
const a: any = { name: b };
const b: any = { name: a };
export const load = () => prisma.user.findMany({ orderBy: a });
EOF
cat >itself/drizzle.ts <<'EOF'
import { integer, pgTable } from 'drizzle-orm/pg-core';
const t: any = () => t;
export const users = pgTable('users', { id: integer('id').references(() => t) });
EOF
cat >itself/typeorm.ts <<'EOF'
import { Entity, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
const t: any = () => t;
@Entity()
export class User {
  @PrimaryGeneratedColumn() id: number;
  @ManyToOne(t, t) user: User;
}
EOF
mkdir itself/migrations
cat >itself/migrations/1.js <<'EOF'
exports.up = (knex) => {
  const all = [all];
  return knex.schema.alterTable('users', (table) => {
    table.foreign(all).references(all).inTable(all);
    table.dropColumn(all);
  });
};
EOF
echo '{ "dependencies": { "knex": "^3.0.0", "pg": "^8.0.0" } }' >itself/package.json
ends 0 itself

# A block of SQL with a word that begins many things.
mkdir blocks/migrations
{
  echo 'CREATE TABLE users (id bigint); DO $$ BEGIN '
  awk 'BEGIN { for (i = 0; i < 100000; i++) printf "select " }'
  echo ' END $$;'
} >blocks/migrations/001.sql
ends 0 blocks

# Interfaces that extend all of the next level, and objects that are of the first.
{
  level=0
  while [ $level -lt 5 ]; do
    awk -v n=100 -v level=$level 'BEGIN {
      for (k = 0; k < n; k++) bases = bases (k ? ", " : " extends ") "I" level + 1 "_" k
      for (i = 0; i < n; i++) print "interface I" level "_" i (level < 4 ? bases : "") " { run(): void }"
    }'
    level=$((level + 1))
  done
  awk 'BEGIN { for (i = 0; i < 1000; i++) print "const k" i ": I0_0 = { run() {} };" }'
} >bases/a.ts
ends 0 bases

# A script of very many words, and very many files that it may run.
mkdir -p tools/src/tools
awk 'BEGIN { printf "{ \"scripts\": { \"a\": \""; while (i++ < 100000) printf "w%d ", i; print "\" } }" }' >tools/package.json
i=0
while [ $i -lt 2000 ]; do
  echo 'export const a = 1;' >tools/src/tools/$i.ts
  i=$((i + 1))
done
ends 0 tools

# A transaction and a round of very many queries: what comes before each of them is asked for.
awk 'BEGIN {
  print "import { PrismaClient } from \"@prisma/client\";"
  print "const p = new PrismaClient();"
  print "export async function f() { await p.$transaction(async (tx) => {"
  for (i = 0; i < 45000; i++) print "await p.user.count();"
  print "}); }"
}' >held/a.ts
ends 1 held
awk 'BEGIN {
  print "import { PrismaClient } from \"@prisma/client\";"
  print "const p = new PrismaClient();"
  print "export async function f() { await p.$transaction(async (tx) => {"
  for (i = 0; i < 18000; i++) print "await tx.a.create({ data: {} }); await fetch(\"x\");"
  print "}); }"
}' >sides/a.ts
ends 1 sides
awk 'BEGIN {
  print "import { PrismaClient } from \"@prisma/client\";"
  print "import x from \"axios\";"
  print "const p = new PrismaClient();"
  print "export async function f() { for (const r of await p.user.findMany()) {"
  for (i = 0; i < 19000; i++) print "if (r) await x.post(r); await p.a" i ".create();"
  print "} }"
}' >rounds/a.ts
ends 0 rounds

# Very many names of modules that pass on very many others, which do not tell what they export.
listed() {
  awk -v head="$1" -v to="$2" 'BEGIN {
    for (i = 0; i < 56000; i++)
      printf "%sn%d,%s", i % 500 ? "" : head " {", i, i % 500 == 499 ? "} from \"./" i "/../" to "\"\n" : i % 50 ? "" : "\n"
  }'
}
for module in 1 2; do
  mkdir names/$module
  cd names/$module || exit 3
  { query '' '{ id }'; listed import index; } >a.ts
  {
    awk 'BEGIN { for (i = 0; i < 19000; i++) print "export * from \"./" i "/../opaque\"" }'
    listed export some
  } >index.ts
  printf 'export * from "./leaf"\nexport = {}\n' >opaque.ts
  echo 'export = {}' >leaf.ts
  echo 'export const n0 = 1' >some.ts
  cd ../..
done
ends 1 names

# Very many classes of one name, and rows of that name that are asked for very many members.
for file in a b; do
  {
    echo 'import { Model } from "sequelize";'
    awk 'BEGIN { while (i++ < 20000) print "export class User extends Model { f() {} }" }'
  } >namesakes/$file.ts
done
{
  echo 'import { Model } from "sequelize";'
  echo 'class User extends Model {}'
  echo 'export async function load() { const user = await User.findOne();'
  awk 'BEGIN { while (i++ < 40000) print "user.f" i "();" }'
  echo '}'
} >namesakes/c.ts
ends 0 namesakes

# Very many writes past a transaction, deep in blocks with very many exits.
awk 'BEGIN {
  print "import { PrismaClient } from \"@prisma/client\";"
  print "const p = new PrismaClient();"
  print "export async function f(a) { await p.$transaction(async (tx) => {"
  for (i = 0; i < 100; i++) print "{"
  for (i = 0; i < 24000; i++) print "if (a) throw a;"
  for (i = 0; i < 20000; i++) print "await p.a.create({ data: {} });"
  for (i = 0; i < 100; i++) print "}"
  print "}); }"
}' >throws/a.ts
ends 1 throws

finish
