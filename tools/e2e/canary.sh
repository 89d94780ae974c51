# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the end-to-end tests of secrets: a key, a passphrase and a PIN of words that are found again, wherever they get to.

readonly canary_seed=CANARY-OF-THE-KEY-0123456789abcd canary_passphrase=CANARY-OF-THE-PASSPHRASE canary_wrong=CANARY-OF-A-WRONG-PASSPHRASE
readonly canary_pin=CANARY-OF-THE-PIN

# make_canaries DIR   Makes DIR with key.pem and key.pub (Ed25519, whose private bytes are words), encrypted.pem with
# passphrase, broken.pem, wrong; and DIR/words, what nothing else may have: also in base64 at each offset, and in hexadecimal.
make_canaries() {
  mkdir "$1"
  # PKCS #8 of Ed25519 (RFC 8410, section 7): its beginning, and 32 bytes.
  { printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20' && printf %s "$canary_seed"; } |
    openssl pkey -inform DER -out "$1/key.pem"
  openssl pkey -in "$1/key.pem" -pubout -out "$1/key.pub"
  openssl pkcs8 -topk8 -in "$1/key.pem" -passout "pass:$canary_passphrase" -out "$1/encrypted.pem"
  head -c 100 "$1/key.pem" >"$1/broken.pem"
  echo "$canary_passphrase" >"$1/passphrase"
  echo "$canary_wrong" >"$1/wrong"
  echo "$canary_pin" >"$1/pin"
  local secret before
  for secret in "$canary_seed" "$canary_passphrase" "$canary_wrong" "$canary_pin"; do
    printf '%s\n' "$secret"
    printf %s "$secret" | od -An -tx1 | tr -d ' \n'
    echo
    # Without the characters that depend on what stands around.
    for before in "" x xx; do printf %s "$before$secret" | base64 -w 0 | cut -c 5- | sed -E 's/.{4}$//'; done
  done >"$1/words"
}

# no_canary DIR WHERE...   None of the words is in these files and folders.
no_canary() {
  local found
  found=$(grep -rlaFif "$1/words" "${@:2}" || true)
  equal "no secret in ${*:2}" "" "$found"
}

# no_canary_in_core DIR PID   None of the words is in the memory that a core file of the process would have.
# AddressSanitizer keeps what was freed as it was for a while, and OpenSSL frees some copies without wiping them: there, nothing is looked at.
no_canary_in_core() {
  if grep -q __asan_init "$WAYBILL"; then
    echo "      not looked at with AddressSanitizer: a core of $2"
  else
    check "no secret in a core of $2" python3 tools/e2e/core_words.py "$2" "$1/words"
  fi
}
