// SPDX-License-Identifier: Apache-2.0
// Keys that sign statements and keys that check signatures: ECDSA on P-256 and P-384 with SHA-256, Ed25519, RSA with
// PKCS #1 v1.5 and SHA-256, which are those that cosign and Kyverno verify. OpenSSL does the cryptography.
#ifndef WAYBILL_ATTEST_SIGN_KEY_H_
#define WAYBILL_ATTEST_SIGN_KEY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/sign/message.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace waybill::attest::sign {

// Cheap to copy, immutable, thread-safe.
class PublicKey {
 public:
  // One PEM block "PUBLIC KEY". Errors: INVALID_ARGUMENT; UNIMPLEMENTED naming the kind of key and those that work.
  static absl::StatusOr<PublicKey> FromPem(absl::string_view pem);

  // Base64 of the SHA-256 of the key (SubjectPublicKeyInfo, DER): by this a bundle names its key.
  const std::string& hint() const { return hint_; }
  // Whether a message must keep its bytes for this key.
  bool needs_whole() const;
  // The message keeps its bytes if this key needs them.
  bool Verifies(const Message& message, absl::string_view signature) const;

 private:
  friend class SigningKey;
  static absl::StatusOr<PublicKey> Of(std::shared_ptr<evp_pkey_st> key);
  PublicKey(std::shared_ptr<evp_pkey_st> key, std::string hint) : key_(std::move(key)), hint_(std::move(hint)) {}

  std::shared_ptr<evp_pkey_st> key_;
  std::string hint_;
};

// The private half. Its memory is wiped with its last copy. Cheap to copy, immutable, thread-safe.
class SigningKey {
 public:
  // PEM: PKCS #8, also encrypted; "EC PRIVATE KEY", "RSA PRIVATE KEY"; and cosign's own ("ENCRYPTED SIGSTORE PRIVATE
  // KEY"). Errors: INVALID_ARGUMENT, also for a wrong passphrase, never with a byte of the key or the passphrase in it;
  // UNIMPLEMENTED as above.
  static absl::StatusOr<SigningKey> FromPem(absl::string_view pem, absl::string_view passphrase);

  const PublicKey& public_key() const { return public_key_; }
  // ASN.1 for ECDSA. The message keeps its bytes if the public key needs them.
  absl::StatusOr<std::string> Sign(const Message& message) const;

 private:
  explicit SigningKey(PublicKey key) : public_key_(std::move(key)) {}

  PublicKey public_key_;
};

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_KEY_H_
