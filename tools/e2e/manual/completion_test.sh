#!/bin/bash
# Completion in real shells. bash and zsh run at a terminal of their own and get the tab key; fish says what it would offer.
set -euo pipefail
here=$PWD/tools/e2e/manual
mkdir "$TEST_TMPDIR/bin" "$TEST_TMPDIR/there"
ln -s "$WAYBILL" "$TEST_TMPDIR/bin/waybill"
export PATH=$TEST_TMPDIR/bin:$PATH HOME=$TEST_TMPDIR TERM=dumb
cd "$TEST_TMPDIR/there"
mkdir layout other
touch image.tar waybill.toml

# expect WHAT GOT WANTED
expect() { [ "$2" = "$3" ] || { echo "FAIL: $1: got $2, not $3" >&2; exit 1; }; }

# typed SHELL LINE WANTED   The words of the line after the tab key and NEXT.
typed() { expect "$1: $2" "$(python3 "$here/type_line.py" "$1" "$2")" "$3"; }

for shell in bash zsh; do
  typed $shell 'waybill att' '<waybill> <attNEXT>'            # attach or attestations
  typed $shell 'waybill conv' '<waybill> <convert> <NEXT>'
  typed $shell 'waybill registry ser' '<waybill> <registry> <serve> <NEXT>'
  typed $shell 'waybill copy --ref' '<waybill> <copy> <--referrersNEXT>'  # --referrers-fallback too
  typed $shell 'waybill copy --referrers rec' '<waybill> <copy> <--referrers> <recursive> <NEXT>'
  typed $shell 'waybill copy --referrers=rec' '<waybill> <copy> <--referrers=recursive> <NEXT>'
  typed $shell 'waybill inspect oci:la' '<waybill> <inspect> <oci:layout/NEXT>'
  typed $shell 'waybill inspect oci-archive:im' '<waybill> <inspect> <oci-archive:image.tarNEXT>'
  typed $shell 'waybill inspect dock' '<waybill> <inspect> <dockerNEXT>'  # docker:// or docker-archive:
  typed $shell 'waybill inspect --config way' '<waybill> <inspect> <--config> <waybill.toml> <NEXT>'
  typed $shell 'waybill inspect --config=way' '<waybill> <inspect> <--config=waybill.toml> <NEXT>'
  typed $shell 'waybill man ot' '<waybill> <man> <other/NEXT>'
  typed $shell 'waybill man im' '<waybill> <man> <imNEXT>'  # a file is no directory
done

offered() { expect "fish: $1" "$(fish -c "waybill completion fish | source; complete -C '$1'" | cut -f 1 | sort | tr '\n' ' ')" "$2"; }
offered 'waybill att' 'attach attestations '
offered 'waybill convert --to ' 'artifact legacy '
offered 'waybill convert --to=le' '--to=legacy '
offered 'waybill inspect oci:' 'oci:image.tar oci:layout/ oci:other/ oci:waybill.toml '
offered 'waybill inspect --config way' 'waybill.toml '
offered 'waybill man o' 'other/ '

for shell in '' tcsh; do
  code=0
  said=$("$WAYBILL" completion $shell 2>&1) || code=$?
  expect "completion '$shell'" $code 1
done
[[ $said == *"no completion for the shell tcsh"* ]] || { echo "FAIL: $said" >&2; exit 1; }
