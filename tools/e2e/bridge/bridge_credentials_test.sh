#!/bin/bash
# Registry credentials that only the build client has: Basic, tokens that the client fetches, tokens that the bridge
# fetches, wrong ones and none. The secret shows up nowhere else.
set -euo pipefail
# shellcheck source=tools/e2e/registries.sh
. tools/e2e/registries.sh
# shellcheck source=tools/e2e/buildkit.sh
. tools/e2e/buildkit.sh
need_peers buildkitd buildctl buildx registry crane
need_buildkit

cd "$TEST_TMPDIR"
mkdir app
printf 'FROM scratch\nCOPY file /file\n' >app/Dockerfile
head -c 100000 /dev/urandom >app/file

secret=s3cret-of-bob
# The bcrypt hash of the secret.
# shellcheck disable=SC2016
echo 'bob:$2b$05$abcdefghijklmnopqrstuuvsOVQWmIG/yl1/WAwu4FVIkGa1BK5o6' >htpasswd
start_registry "distribution=auth: {htpasswd: {realm: test, path: $PWD/htpasswd}}"
basic=$host
start_registry "fake=--auth bob:$secret"
token=$host
token_log=$TEST_TMPDIR/registry-1.log

# docker_config NAME PASSWORD   A client's configuration for both registries.
docker_config() {
  mkdir "$1"
  jq -n --arg basic "$basic" --arg token "$token" --arg auth "$(printf 'bob:%s' "$2" | base64 -w0)" \
    '{auths: {($basic): {auth: $auth}, ($token): {auth: $auth}}}' >"$1/config.json"
}
docker_config right "$secret"
docker_config wrong not-the-secret
mkdir none

start_daemon new
start_bridge bridge "$daemon"

# push CONFIG NAME
push() { DOCKER_CONFIG=$PWD/$1 build "$bridge" app --output "type=image,name=$2,push=true" >push.log 2>&1; }
error() { grep -h '^error: ' push.log || fail "no error: $(cat push.log)"; }
# token_requests [LINE]   From that line of the registry's log on.
token_requests() { tail -n "+${1:-1}" "$token_log" | grep -oE '^(GET|POST) /token' | tr '\n' ' '; }

echo "--- Basic: the client is asked for user and password"
push right "$basic/app:1" || fail "$(cat push.log)"
DOCKER_CONFIG=$PWD/right crane validate --remote "$basic/app:1" >/dev/null || fail "basic"
! push wrong "$basic/app:2" || fail "a wrong password"
error | grep -q "failed to push $basic/app:2: .*401.*credentials: the build client's session" || fail "$(error)"
! push none "$basic/app:3" || fail "no password"
error | grep -q "failed to push $basic/app:3: .*401" || fail "$(error)"

echo "--- Bearer: the client fetches the token, by POST; the bridge does not ask for the password"
push right "$token/app:1" || fail "$(cat push.log)"
DOCKER_CONFIG=$PWD/right crane validate --remote "$token/app:1" >/dev/null || fail "bearer"
case $(token_requests) in *"POST /token"*) ;; *) fail "token requests: $(token_requests)" ;; esac
grep -q '\[auth\] app:pull,push token for' push.log || fail "the client's row: $(cat push.log)"
! grep -q 'sharing credentials' push.log || fail "the password was shared: $(cat push.log)"
! push wrong "$token/app:2" || fail "a wrong password for a token"
error | grep -q "failed to push $token/app:2: .*token for repository:app:pull,push (credentials: the build client's session): .*incorrect username or password" || fail "$(error)"
! push none "$token/app:3" || fail "no password for a token"
error | grep -q "failed to push $token/app:3: " || fail "$(error)"

echo "--- Bearer, with a client that fetches no tokens: the bridge does, by GET"
seen=$(wc -l <"$token_log")
BUILDKIT_NO_CLIENT_TOKEN=1 push right "$token/app:4" || fail "$(cat push.log)"
grep -q 'sharing credentials' push.log || fail "the password was not asked for: $(cat push.log)"
requests=$(token_requests $((seen + 1)))
case $requests in *POST*) fail "token requests: $requests" ;; *"GET /token"*) ;; *) fail "no token was fetched" ;; esac

echo "--- buildx, and two registries in one build"
export BUILDX_CONFIG=$TEST_TMPDIR/buildx
buildx create --name bridge --driver remote "$bridge" >/dev/null
DOCKER_CONFIG=$PWD/right timeout 120 buildx --builder bridge build --progress plain --provenance mode=max \
  -o "type=image,\"name=$basic/both:1,$token/both:1\",push=true" -o "type=image,name=$token/again:1,push=true" app >push.log 2>&1 ||
  fail "$(cat push.log)"
for image in "$basic/both:1" "$token/both:1" "$token/again:1"; do
  DOCKER_CONFIG=$PWD/right crane digest "$image" >/dev/null || fail "$image"
done

echo "--- the secret is in nobody's log"
for text in "$secret" "$(printf 'bob:%s' "$secret" | base64 -w0)" fake-token-; do
  ! grep -F -- "$text" bridge.log new.log push.log || fail "a log has $text"
done
