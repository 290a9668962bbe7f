#!/bin/sh
# test_pages.sh - the manual page and the completions, each read by the program that it is for. Needs $SEQSCAN.
set -u

. "$(dirname "$0")/cli.sh"

run 0 manual --output "$work/seqscan.1"
check 'mandoc takes the manual page' mandoc -Tlint -W warning "$work/seqscan.1"
mandoc -Tascii "$work/seqscan.1" | sed 's/.\x08//g' >"$work/manual"
for shell in bash zsh fish; do
  run 0 completion "$shell" --output "$work/completion.$shell"
  check "$shell reads its completion" "$shell" -n "$work/completion.$shell"
done
run 2 completion tcsh
says err "there is a completion for bash, zsh and fish, not for 'tcsh'"
run 2 completion

# Everything that the help lists is in all of them.
"$seqscan" --help >"$work/help"
for option in $(grep -o '^ .*--[a-z-]*' "$work/help" | grep -o '\-\-[a-z-]*$'); do
  check "$option in the manual" grep -qF -e "$option" "$work/manual"
  check "$option in bash" grep -qF -e " $option" "$work/completion.bash"
  check "$option in zsh" grep -qF -e "$option" "$work/completion.zsh"
  check "$option in fish" grep -qF -e "-l ${option#--}" "$work/completion.fish"
done
for rule in $("$seqscan" rules | cut -d ' ' -f 1); do
  check "$rule in the manual" grep -qF "$rule" "$work/manual"
done
SOURCE_DATE_EPOCH=86400 "$seqscan" manual >"$work/out"
says out '.TH SEQSCAN 1 1970-01-02'

cd "$work" || exit 3
git init -q -b trunk .
git commit -q --allow-empty -m one
git tag v2

# offers SHELL WANTED TYPED...: the words that the shell offers for the last of TYPED.
offers() {
  shell=$1
  wanted=$2
  shift 2
  "complete_in_$shell" "$@" | sort | tr '\n' ' ' | sed 's/ *$//' >"$work/offered"
  check "$shell offers '$wanted' for '$*', not '$(cat "$work/offered")'" test "$(cat "$work/offered")" = "$wanted"
}

complete_in_bash() {
  bash -c '. ./completion.bash
    COMP_WORDS=(seqscan "$@") COMP_CWORD=$#
    _seqscan
    printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

complete_in_fish() {
  HOME=$work fish --no-config -c 'source ./completion.fish; complete -C "$argv"' "seqscan $*" | cut -f 1
}

for shell in bash fish; do
  offers $shell '--show-legitimate' --sh
  offers $shell 'explain' ex
  offers $shell 'non-sargable not-in-subquery' explain no
  offers $shell 'json jsonl junit' --format j
  offers $shell 'json jsonl' -f js
  offers $shell 'error never note warning' --fail-on ''
  offers $shell 'trunk v2' --rev ''
  offers $shell 'bash fish zsh' completion ''
done
# The = is a word to bash, after which the value stands.
offers bash 'sarif' --format = sa
offers bash 'always auto never' --color =
offers bash '' -f sarif = x
offers fish '--format=sarif' --format=sa

# zsh completes only what is typed: `seqscan` writes there what it got.
cat >type.zsh <<'EOF'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($PWD/zsh \$fpath); autoload -Uz compinit; compinit -u -d $PWD/zcompdump"
zpty -w shell "seqscan() { print -r -- \"\$@\" >>$PWD/typed }"
for line in "$@"; do
  zpty -w shell "seqscan $line"
done
zpty -w shell "touch $PWD/done; exit"
for i in {1..300}; do
  zpty -rt shell >/dev/null
  [[ -e done ]] && break
  sleep 0.1
done
EOF
mkdir zsh
cp completion.zsh zsh/_seqscan
tab=$(printf '\t')
TERM=dumb HOME=$work zsh -f type.zsh "--sh$tab" "exp${tab}non$tab" "--fail-on=ne$tab" "-f sar$tab" "--rev=tr$tab" "completion fi$tab"
sed 's/ *$//' typed >out
for line in --show-legitimate 'explain non-sargable' --fail-on=never '-f sarif' --rev=trunk 'completion fish'; do
  check "zsh completes $line" grep -qxF -e "$line" out
done

finish
