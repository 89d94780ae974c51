// SPDX-License-Identifier: Apache-2.0
// Public keys and signatures as tokens have them, and as OpenSSL and verifiers have them.
#ifndef WAYBILL_ATTEST_KEYS_TOKEN_PUBLIC_KEY_H_
#define WAYBILL_ATTEST_KEYS_TOKEN_PUBLIC_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/keys/cryptoki.h"
#include "attest/sign/key.h"

namespace waybill::attest::keys {

// The key in a public-key object (CKO_PUBLIC_KEY). Errors: those of the session; INVALID_ARGUMENT for parameters that
// make no key; UNIMPLEMENTED for a kind of key that does not do.
absl::StatusOr<sign::PublicKey> ReadPublicKey(TokenSession& session, CK_OBJECT_HANDLE object);

// What a token signs for an RSA key: the hash, with the name of its algorithm before it (DigestInfo, RFC 8017 9.2).
std::string DigestInfo(absl::string_view sha256);

// ASN.1 of an ECDSA signature that has its two numbers one after the other. Errors: INVALID_ARGUMENT for an odd size.
absl::StatusOr<std::string> EcdsaSignature(absl::string_view numbers);

}  // namespace waybill::attest::keys

#endif  // WAYBILL_ATTEST_KEYS_TOKEN_PUBLIC_KEY_H_
