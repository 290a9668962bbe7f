#!/bin/sh
# test_suppress.sh - comments that keep findings back: exit status, text and JSON. What each form of comment holds for
# is in fixtures/rules/unused-suppression. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"

cd "$work" || exit 3
mkdir code
slow_code >code/a.ts

run 1 --format json code
json_is '[]' out suppressed

# A comment at the query: no finding is left, and it is told why.
sed 's|^\( *\)await|\1// seqscan-ignore-next-line query-in-loop -- three at most\n&|' code/a.ts >code/b.ts
mv code/b.ts code/a.ts
run 0 code
says out '0 findings'
says out '1 finding suppressed by comments'
run 0 --format json code
json_is '[]' out findings
json_is query-in-loop out suppressed 0 rule
json_is 6 out suppressed 0 line
json_is inSource out suppressed 0 suppression kind
json_is 'three at most' out suppressed 0 suppression justification

# The loop is gone: the comment is told of, which is no reason to fail.
sed -i 's|for (const id of ids)|const id = ids[0];|' code/a.ts
run 0 code
says out 'a.ts:5:5: note: seqscan-ignore-next-line query-in-loop keeps no finding back [unused-suppression]'
run 1 --fail-on note code

# A comment for a finding that is not shown is used all the same.
mkdir -p part/scripts part/app part/lib
git -C part init -q
slow_code | sed 's|^\( *\)for|\1// seqscan-ignore-next-line\n&|' >part/scripts/a.ts
cat >part/lib/user.ts <<'END'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
// seqscan-ignore-next-line query-in-loop -- cached by the proxy
export const user = (id: number) => prisma.user.findFirst({ where: { id } });
END
cat >part/app/list.ts <<'END'
import { user } from '../lib/user';
export async function list(ids: number[]) {
  for (const id of ids) await user(id);
}
END
run 0 --fail-on note part
says out '0 findings'
says out '1 finding suppressed'
run 0 --fail-on note part/lib
says out '0 findings'
silent out 'suppressed'

# A hostile file: many comments, none of which says anything, in little time.
{ slow_code; yes '// seqscan-ignore-next-line write-in-loop -- x' | head -n 18000; } >part/app/many.ts
run 1 --fail-on note --quiet part/app/many.ts
check '18000 comments are told of' test "$(grep -c unused-suppression out)" -eq 18000

finish
