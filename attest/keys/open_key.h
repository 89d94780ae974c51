// SPDX-License-Identifier: Apache-2.0
// Signing keys, opened by the words of the user who owns them.
#ifndef WAYBILL_ATTEST_KEYS_OPEN_KEY_H_
#define WAYBILL_ATTEST_KEYS_OPEN_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "attest/sign/key.h"
#include "oci/context.h"

namespace waybill::attest::keys {

struct KeyPlace {
  // "pkcs11:...": a key in a token (token_uri.h). "exec:...": a key behind a program (program_key.h). Else: a file,
  // of which SigningKey::FromPem says what it may hold.
  std::string name;
  std::string passphrase_file;  // passphrase.h; a key behind a program has none
};

// The key. Its PEM and its passphrase do not stay in memory; a token's PIN stays as long as the key. Errors: those of
// the kind of key, naming the key, of a token without the attributes after a "?".
absl::StatusOr<sign::SigningKey> OpenKey(const oci::Context& context, const KeyPlace& place);

}  // namespace waybill::attest::keys

#endif  // WAYBILL_ATTEST_KEYS_OPEN_KEY_H_
