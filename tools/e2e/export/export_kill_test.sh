#!/bin/bash
# waybill export, killed at random moments, on its way to a layout, an archive and docker's archive: the destination is
# whole or as before, and the next export that ends leaves nothing of the killed ones.
# KILLS=N kills (60), KILL_SEED=N decides when (1).
set -euo pipefail
# shellcheck source=tools/e2e/whole_layout.sh
. tools/e2e/whole_layout.sh

kills=${KILLS:-60}
RANDOM=${KILL_SEED:-1}
work=$TEST_TMPDIR
export TMPDIR=$work/tmp
mkdir "$TMPDIR" "$work/out"

fail() {
  echo "FAIL: kill $number, $kind: $*"
  exit 1
}

# A result of one platform with a layer of some size.
mkdir -p "$work/result/blobs/sha256"
head -c 8000000 /dev/urandom >"$work/layer"
hex=$(sha256sum <"$work/layer" | cut -d' ' -f1)
mv "$work/layer" "$work/result/blobs/sha256/$hex"
cat >"$work/result/result.json" <<JSON
{"is_map": false, "metadata": {"containerimage.config": {"text": "{\"architecture\":\"amd64\",\"os\":\"linux\"}"}},
 "refs": {"": {"layers": [{"media_type": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:$hex", "size": 8000000, "diff_id": "sha256:$hex"}]}}}
JSON

declare -A output=([layout]="type=oci,tar=false,dest=$work/out/layout" [archive]="type=oci,dest=$work/out/image.tar"
  [docker]="type=docker,dest=$work/out/docker.tar")

# run TAG: an export; its names tell it from the others
run() {
  exec "$WAYBILL" export --progress quiet --result "$work/result" --output "${output[$kind]},name=example.com/app:$1" >"$work/log" 2>&1
}

# whole: what is at the destination now, if anything is
whole() {
  case $kind in
    layout) [ ! -e "$work/out/layout/index.json" ] || whole_layout "$work/out/layout" ;;
    *)
      local file=${output[$kind]##*dest=}
      [ -e "$file" ] || return 0
      mkdir "$work/unpacked"
      tar -xf "$file" -C "$work/unpacked" || fail "the archive is torn"
      if [ -e "$work/unpacked/index.json" ]; then whole_layout "$work/unpacked"; fi
      rm -rf "$work/unpacked"
      ;;
  esac
}

kind=archive number=0
start=$(date +%s%N)
(run first) || fail "$(cat "$work/log")"
took=$((($(date +%s%N) - start) / 1000)) # microseconds
declare -A outcomes
for ((number = 1; number <= kills; ++number)); do
  kinds=(layout archive docker)
  kind=${kinds[number % 3]}
  # Half of the destinations are new.
  [ $((RANDOM % 2)) = 0 ] || rm -rf "${output[$kind]##*dest=}"
  (run "killed-$number") &
  pid=$!
  sleep "$(awk -v share="$RANDOM" -v span="$took" 'BEGIN { printf "%.6f", span * 1.2 / 1000000 * share / 32768 }')"
  code=0
  { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || code=$?
  whole
  state="as before"
  case $kind in
    layout) names=$(cat "$work/out/layout/index.json" 2>/dev/null || true) ;;
    *) names=$(tar -xOf "${output[$kind]##*dest=}" index.json manifest.json 2>/dev/null || true) ;;
  esac
  [[ $names != *":killed-$number\""* ]] || state=new
  [ $code != 0 ] || [ "$state" = new ] || fail "it ended well, and left nothing"
  outcome="$kind, $([ $code = 0 ] && echo ended || echo killed), $state"
  outcomes[$outcome]=$((${outcomes[$outcome]:-0} + 1))
done
for kind in layout archive docker; do
  (run last) || fail "the export after the kills: $(cat "$work/log")"
  whole
done
left=$(find "$work/out" "$TMPDIR" -name '.waybill-*' -o -path "$TMPDIR/*" -o -path '*/ingest/*')
[ -z "$left" ] || fail "left behind: $left"
for outcome in "${!outcomes[@]}"; do echo "${outcomes[$outcome]} x $outcome"; done | sort -k 3
echo "$kills kills, none torn"
