#!/bin/bash
# test_deb.sh - the Debian package of `make dist`: lintian has nothing to say, and dpkg installs, verifies and removes it
# in a root of its own, which has the system's list of packages to depend on. Needs root, or fakeroot.
set -u

export SEQSCAN=$PWD/build/dist/seqscan
. tests/cli.sh

deb=$(echo "$PWD"/build/dist/*.deb)
repository=$PWD
lintian --allow-root --fail-on error,warning "$deb" >"$work/out" 2>"$work/err"
check 'lintian is content' test $? -eq 0
check 'lintian says nothing' test ! -s "$work/out"

root=$work/root
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info"
cp /var/lib/dpkg/status "$root/var/lib/dpkg"
touch "$root/var/lib/dpkg/available"
in_root() { dpkg --root="$root" --force-not-root --log=/dev/null "$@"; }

check 'dpkg installs it' in_root -i "$deb"
check 'it is installed' bash -c 'dpkg-query --admindir="$1/var/lib/dpkg" -W -f "\${Status}" seqscan | grep -q "install ok installed"' bash "$root"
check 'its files are as they were packed' test -z "$(in_root -V seqscan)"

seqscan=$root/usr/bin/seqscan
run 1 fixtures/projects/shop
says out '[query-in-loop]'
check 'it holds no path of the build' bash -c '! grep -qaF -e "$1" "$2"' bash "$repository" "$seqscan"
share=$root/usr/share
check 'the manual page can be read' mandoc -Tlint -W warning "$share/man/man1/seqscan.1.gz"
for file in bash-completion/completions/seqscan zsh/vendor-completions/_seqscan fish/vendor_completions.d/seqscan.fish \
  doc/seqscan/README.md doc/seqscan/configuration.md doc/seqscan/rules/query-in-loop.md doc/seqscan/copyright \
  doc/seqscan/changelog.gz seqscan/seqscan.schema.json; do
  check "$file is installed" test -s "$share/$file"
done
offered=$(XDG_DATA_DIRS=$share bash -c '. "$1"; COMP_WORDS=(seqscan --sho) COMP_CWORD=1; _seqscan; echo "${COMPREPLY[*]}"' \
  bash "$share/bash-completion/completions/seqscan")
check 'bash completes options' test "$offered" = --show-legitimate

check 'dpkg removes it' in_root -P seqscan
check 'nothing is left' test -z "$(find "$root/usr" -name '*seqscan*' 2>/dev/null)"

finish
