// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/key.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/sign/private_pem.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::attest::sign {
namespace {

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;  // beyond it a check takes seconds

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Bio BioOf(absl::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), &BIO_free);
}
const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
std::shared_ptr<EVP_PKEY> Own(EVP_PKEY* key) { return std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free); }

// What the queue of this thread has is of no interest to the next call.
absl::Status Failure(std::string text) {
  ERR_clear_error();
  return oci::InvalidInputError(std::move(text));
}

std::string KindOf(EVP_PKEY* key) {
  if (EVP_PKEY_base_id(key) != EVP_PKEY_EC) {
    const char* name = EVP_PKEY_get0_type_name(key);
    return name == nullptr ? "unknown" : name;
  }
  char group[80] = "";
  size_t size = 0;
  EVP_PKEY_get_group_name(key, group, sizeof(group), &size);
  return absl::StrCat("EC key on ", absl::string_view(group, size));
}

absl::StatusOr<Algorithm> AlgorithmOf(EVP_PKEY* key) {
  const int kind = EVP_PKEY_base_id(key);
  if (kind == EVP_PKEY_ED25519) return Algorithm::kEd25519;
  if (kind == EVP_PKEY_RSA) {
    const int bits = EVP_PKEY_bits(key);
    if (bits >= kLeastRsaBits && bits <= kMostRsaBits) return Algorithm::kRsa;
    return oci::UnsupportedError(
        absl::StrCat("an RSA key of ", bits, " bits: ", kLeastRsaBits, " to ", kMostRsaBits, " are wanted"));
  }
  const std::string name = KindOf(key);
  if (absl::EndsWith(name, "prime256v1")) return Algorithm::kEcdsaP256;
  if (absl::EndsWith(name, "secp384r1")) return Algorithm::kEcdsaP384;
  return oci::UnsupportedError(
      absl::StrCat("a key of the kind ", name,
                   ": cosign and Kyverno verify ECDSA on P-256 and P-384, Ed25519 and RSA (PKCS #1 v1.5) alone"));
}

// A key in this process.
class OwnKey final : public Signer {
 public:
  OwnKey(std::shared_ptr<EVP_PKEY> key, bool signs_whole) : key_(std::move(key)), signs_whole_(signs_whole) {}

  absl::StatusOr<std::string> Sign(const oci::Context&, const Message& message) const override {
    std::string signature(static_cast<size_t>(EVP_PKEY_size(key_.get())), '\0');
    size_t size = signature.size();
    auto* const out = reinterpret_cast<unsigned char*>(signature.data());
    int done = 0;
    if (signs_whole_) {
      const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
      if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1) {
        done = EVP_DigestSign(context.get(), out, &size, Bytes(message.whole()), message.whole().size());
      }
    } else {
      const PkeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr), &EVP_PKEY_CTX_free);
      const std::string hash = message.sha256();
      if (EVP_PKEY_sign_init(context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1) {
        done = EVP_PKEY_sign(context.get(), out, &size, Bytes(hash), hash.size());
      }
    }
    if (done != 1) return Failure("the key cannot sign");
    signature.resize(size);
    return signature;
  }

 private:
  const std::shared_ptr<EVP_PKEY> key_;
  const bool signs_whole_;
};

}  // namespace

absl::string_view AlgorithmName(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEcdsaP256:
      return "ecdsa-p256-sha256";
    case Algorithm::kEcdsaP384:
      return "ecdsa-p384-sha256";
    case Algorithm::kEd25519:
      return "ed25519";
    case Algorithm::kRsa:
      break;
  }
  return "rsa-pkcs1v15-sha256";
}

absl::StatusOr<PublicKey> PublicKey::Of(EVP_PKEY& key) {
  ABSL_ASSIGN_OR_RETURN(const Algorithm algorithm, AlgorithmOf(&key));
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(&key, &der);
  if (size <= 0) return Failure("the public half of the key cannot be written");
  const oci::Digest digest =
      oci::Digest::Of(absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(size)));
  const unsigned char* at = der;
  std::shared_ptr<EVP_PKEY> half = Own(d2i_PUBKEY(nullptr, &at, size));
  OPENSSL_free(der);
  if (half == nullptr) return Failure("the public half of the key cannot be read");
  return PublicKey(std::move(half), algorithm, absl::Base64Escape(absl::HexStringToBytes(digest.hex())));
}

absl::StatusOr<PublicKey> PublicKey::FromPem(absl::string_view pem) {
  std::shared_ptr<EVP_PKEY> key = Own(PEM_read_bio_PUBKEY(BioOf(pem).get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return Failure("no public key in the PEM form (\"BEGIN PUBLIC KEY\")");
  return Of(*key);
}

bool PublicKey::Verifies(const Message& message, absl::string_view signature) const {
  int verified = 0;
  if (needs_whole()) {
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1) {
      verified = EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message.whole()),
                                  message.whole().size());
    }
  } else {
    const PkeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr), &EVP_PKEY_CTX_free);
    const std::string hash = message.sha256();
    if (EVP_PKEY_verify_init(context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1) {
      verified = EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(), Bytes(hash), hash.size());
    }
  }
  ERR_clear_error();
  return verified == 1;
}

absl::StatusOr<SigningKey> SigningKey::FromPem(absl::string_view pem, absl::string_view passphrase) {
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<EVP_PKEY> key, ReadPrivatePem(pem, passphrase));
  ABSL_ASSIGN_OR_RETURN(PublicKey half, PublicKey::Of(*key));
  const bool signs_whole = half.needs_whole();
  return SigningKey(std::move(half), std::make_shared<OwnKey>(std::move(key), signs_whole));
}

absl::StatusOr<std::string> SigningKey::Sign(const oci::Context& context, const Message& message) const {
  ABSL_ASSIGN_OR_RETURN(std::string signature, signer_->Sign(context, message));
  if (!public_key_.Verifies(message, signature)) {
    return oci::VerificationError("the signature that the key made is not one of its public key");
  }
  return signature;
}

}  // namespace waybill::attest::sign
