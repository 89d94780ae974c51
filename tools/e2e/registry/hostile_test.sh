#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A registry and a proxy that send back the credentials that they got, registries that answer nonsense, and a host that
# takes no connection. No credential is printed, and a registry's nonsense is never an error of usage (exit code 1).
set -euo pipefail

work=$TEST_TMPDIR
export HOME=$work DOCKER_CONFIG=$work/docker
# Result directories have no symbolic links; the files of a test are some.
cp -RL testdata/sample "$work/sample"
log=$work/log
password='p4ss/word+of&user'
proxy_password='pr0xy-pass@word'

fail() {
  echo "FAIL: $*"
  exit 1
}
server=
stop() {
  [ -z "$server" ] || kill "$server"
  server=
}
trap stop EXIT
# hostile MODE   Starts the registry; sets `host`.
hostile() {
  stop
  exec {port}< <(exec python3 tools/e2e/hostile_registry.py "$1" 2>/dev/null)
  server=$!
  read -r -u "$port" number
  host=127.0.0.1:$number
}
# run ARGUMENT...   waybill with --debug; what it says goes to the log, its exit code to `code`.
run() {
  code=0
  timeout 120 "$WAYBILL" --debug "$@" >"$log" 2>&1 </dev/null || code=$?
}
push() { run export --progress plain --result "$work/sample" -o "type=registry,name=$1/app:1"; }
pull() { run export --progress plain --from "docker://$1/app:1" -o "type=oci,dest=$work/pulled.tar"; }
# nothing_of SECRET   The log has the secret in no form.
nothing_of() {
  local form
  for form in "$1" "$(printf %s "$1" | base64 -w0)" "$(printf %s "user:$1" | base64 -w0)" "$(jq -rn --arg s "$1" '$s | @uri')"; do
    # The beginning is enough to guess the rest by.
    ! grep -qiF -- "${form:0:8}" "$log" || fail "\"${form:0:8}\" is printed: $(cat "$log")"
  done
}

mkdir "$DOCKER_CONFIG"
for mode in echo-basic echo-bearer; do
  echo "# $mode"
  hostile "$mode"
  jq -n --arg host "$host" --arg auth "$(printf %s "user:$password" | base64 -w0)" '{auths: {($host): {auth: $auth}}}' >"$DOCKER_CONFIG/config.json"
  for verb in push pull; do
    $verb "$host"
    [ "$code" = 3 ] || fail "exit code $code of a $verb: $(cat "$log")"
    grep -qF "you sent" "$log" || fail "the registry's words are missing: $(cat "$log")"
    nothing_of "$password"
    ! grep -qiF "t0ken-of-the-reg" "$log" || fail "a token is printed: $(cat "$log")"
  done
  run registry probe "$host/app"
  nothing_of "$password"
done

echo "# a proxy that sends back what it got"
hostile echo-proxy
echo '{}' >"$DOCKER_CONFIG/config.json"
proxy="http://user:$(jq -rn --arg s "$proxy_password" '$s | @uri')@$host"
printf '[registry."registry.example"]\nhttp = true\n' >"$work/config.toml"
for scheme in http https; do
  [ $scheme = https ] || export WAYBILL_CONFIG=$work/config.toml
  export HTTP_PROXY=$proxy HTTPS_PROXY=$proxy
  push registry.example
  unset HTTP_PROXY HTTPS_PROXY WAYBILL_CONFIG
  [ "$code" = 3 ] || [ "$code" = 5 ] || fail "exit code $code behind a proxy: $(cat "$log")"
  nothing_of "$proxy_password"
done

echo "# a registry without credentials"
hostile echo-basic
push "$host"
[ "$code" = 3 ] || fail "exit code $code: $(cat "$log")"
grep -qF "docker login $host gives some" "$log" || fail "what to run is not said: $(cat "$log")"

echo "# nonsense"
for mode in text empty object list wrong-members bad-digests deep endless no-type bad-realm bad-location; do
  hostile "$mode"
  pull "$host"
  case $code in 2 | 3 | 4 | 5) ;; *) [ $mode = bad-location ] || fail "exit code $code of a pull of $mode: $(cat "$log")" ;; esac
  push "$host"
  case $code in 2 | 3 | 4 | 5) ;; *) fail "exit code $code of a push to $mode: $(cat "$log")" ;; esac
done

echo "# a host that drops packets"
hostile silent
start=$SECONDS
push "$host"
[ "$code" = 5 ] || fail "exit code $code: $(cat "$log")"
[ $((SECONDS - start)) -le 15 ] || fail "it took $((SECONDS - start)) s"
echo ok
