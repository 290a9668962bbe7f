# cli.sh - for test_*.sh that run the program on folders and repositories which they make: sourced by them.
# Needs $SEQSCAN; leaves a scratch folder in $work, counts in $checks and $failures, and ends by `finish`.

seqscan=${SEQSCAN:?set SEQSCAN to the program}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
unset NO_COLOR FORCE_COLOR GITHUB_STEP_SUMMARY
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
checks=0
failures=0

# check NAME COMMAND...: the command must succeed.
check() {
  name=$1
  shift
  checks=$((checks + 1))
  if ! "$@" >"$work/check.log" 2>&1; then
    failures=$((failures + 1))
    echo "failed: $name"
    sed 's/^/    /' "$work/check.log" "$work/err" | head -20
  fi
}

# run STATUS ARGS...: run seqscan; its output goes to $work/out and $work/err, the status is checked.
run() {
  want=$1
  shift
  "$seqscan" "$@" >"$work/out" 2>"$work/err"
  status=$?
  check "exit status $status, not $want: seqscan $*" test "$status" -eq "$want"
}

# says FILE TEXT: the last run wrote TEXT.
says() { check "'$2' is said" grep -qF -e "$2" "$work/$1"; }
silent() { check "'$2' is not said" sh -c '! grep -qF -e "$1" "$2"' sh "$2" "$work/$1"; }

# json FILE KEY...: print a value of a JSON file, by cmake because that is always here.
json() {
  file=$1
  shift
  cat >"$work/json.cmake" <<'EOF'
file(READ "${FILE}" text)
string(JSON value GET "${text}" ${KEYS})
message(NOTICE "${value}")
EOF
  cmake "-DFILE=$file" "-DKEYS=$(echo "$*" | tr ' ' ';')" -P "$work/json.cmake" 2>&1
}
json_is() {
  value=$1
  shift
  check "$* is $value" test "$(json "$@")" = "$value"
}

slow_code() {
  cat <<'EOF'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function names(ids: number[]) {
  for (const id of ids) {
    await prisma.user.findFirst({ where: { id } });
  }
}
EOF
}

write_code() {
  cat <<'EOF'
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function add(names: string[]) {
  for (const name of names) {
    await prisma.user.create({ data: { name } });
  }
}
EOF
}

# finish: say how it went.
finish() {
  echo "$checks checks, $failures failed"
  exit "$((failures > 0))"
}
