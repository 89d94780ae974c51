// SPDX-License-Identifier: Apache-2.0
// Keys that sign statements and keys that check signatures: ECDSA on P-256 and P-384 with SHA-256, Ed25519, RSA with
// PKCS #1 v1.5 and SHA-256, which are those that cosign and Kyverno verify. OpenSSL does the cryptography, but for
// private keys that are somewhere else (Signer).
#ifndef WAYBILL_ATTEST_SIGN_KEY_H_
#define WAYBILL_ATTEST_SIGN_KEY_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/sign/message.h"
#include "oci/context.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace waybill::attest::sign {

enum class Algorithm { kEcdsaP256, kEcdsaP384, kEd25519, kRsa };

// "ecdsa-p256-sha256", "ecdsa-p384-sha256", "ed25519", "rsa-pkcs1v15-sha256".
absl::string_view AlgorithmName(Algorithm algorithm);

// Cheap to copy, immutable, thread-safe.
class PublicKey {
 public:
  // One PEM block "PUBLIC KEY". Errors: INVALID_ARGUMENT; UNIMPLEMENTED naming the kind of key and those that work.
  static absl::StatusOr<PublicKey> FromPem(absl::string_view pem);
  // The public half of OpenSSL's key, of which nothing else is kept. The same errors.
  static absl::StatusOr<PublicKey> Of(evp_pkey_st& key);

  Algorithm algorithm() const { return algorithm_; }

  // Base64 of the SHA-256 of the key (SubjectPublicKeyInfo, DER): by this a bundle names its key.
  const std::string& hint() const { return hint_; }
  // Whether a message must keep its bytes for this key.
  bool needs_whole() const { return algorithm_ == Algorithm::kEd25519; }
  // The message keeps its bytes if this key needs them.
  bool Verifies(const Message& message, absl::string_view signature) const;

 private:
  PublicKey(std::shared_ptr<evp_pkey_st> key, Algorithm algorithm, std::string hint)
      : key_(std::move(key)), algorithm_(algorithm), hint_(std::move(hint)) {}

  std::shared_ptr<evp_pkey_st> key_;
  Algorithm algorithm_;
  std::string hint_;
};

// Makes signatures with a private key, wherever that is. Thread-safe.
class Signer {
 public:
  virtual ~Signer() = default;
  // ASN.1 for ECDSA. The message keeps its bytes if the public key needs them. May block.
  virtual absl::StatusOr<std::string> Sign(const oci::Context& context, const Message& message) const = 0;
};

// The private half, with the public one. Cheap to copy, immutable, thread-safe.
class SigningKey {
 public:
  // PEM: PKCS #8, also encrypted; "EC PRIVATE KEY", "RSA PRIVATE KEY"; and cosign's own ("ENCRYPTED SIGSTORE PRIVATE
  // KEY"). The key's memory is wiped with the last copy, and is in no core file. Errors: INVALID_ARGUMENT, also for a
  // wrong passphrase and for a key that takes too much work to decrypt, never with a byte of the key or the passphrase
  // in it; UNIMPLEMENTED as above.
  static absl::StatusOr<SigningKey> FromPem(absl::string_view pem, absl::string_view passphrase);

  SigningKey(PublicKey key, std::shared_ptr<const Signer> signer)
      : public_key_(std::move(key)), signer_(std::move(signer)) {}

  const PublicKey& public_key() const { return public_key_; }
  // The signer's signature, once the public key has verified it. Errors: the signer's; kVerification.
  absl::StatusOr<std::string> Sign(const oci::Context& context, const Message& message) const;

 private:
  PublicKey public_key_;
  std::shared_ptr<const Signer> signer_;
};

// The keys that a process signs with, by the names that its users give: any key on the command line, and names of the
// operator's choice in a service. Thread-safe. Errors: NOT_FOUND naming the key; those of reading it.
using KeysByName = std::function<absl::StatusOr<SigningKey>(absl::string_view name)>;

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_KEY_H_
