// SPDX-License-Identifier: Apache-2.0
// Keys in PKCS #11 tokens: smart cards, hardware security modules, and what looks like them.
#ifndef WAYBILL_ATTEST_KEYS_TOKEN_KEY_H_
#define WAYBILL_ATTEST_KEYS_TOKEN_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/keys/token_uri.h"
#include "attest/sign/key.h"
#include "oci/context.h"

namespace waybill::attest::keys {

// Finds the one private key that the URI names, and its public key: an object of the same id in the token. The PIN
// logs in once for the search and once for each signature, so that a token that was away in between does not matter; it
// is kept for that, in memory that no core file has. An empty PIN logs in to nothing. Blocks as long as the module
// does: the interface has no time limit, and the context is asked between calls. Errors, also those of signatures: the
// context's; those of LoadModule and StatusOf; NOT_FOUND and INVALID_ARGUMENT for no key and for several;
// UNIMPLEMENTED for a kind of key that does not do.
absl::StatusOr<sign::SigningKey> OpenTokenKey(const oci::Context& context, const TokenUri& uri, absl::string_view pin);

}  // namespace waybill::attest::keys

#endif  // WAYBILL_ATTEST_KEYS_TOKEN_KEY_H_
