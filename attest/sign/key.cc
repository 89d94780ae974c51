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

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/sign/cosign_key.h"
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

absl::Status CheckKind(EVP_PKEY* key) {
  const int kind = EVP_PKEY_base_id(key);
  if (kind == EVP_PKEY_ED25519) return absl::OkStatus();
  if (kind == EVP_PKEY_RSA) {
    const int bits = EVP_PKEY_bits(key);
    if (bits >= kLeastRsaBits && bits <= kMostRsaBits) return absl::OkStatus();
    return oci::UnsupportedError(
        absl::StrCat("an RSA key of ", bits, " bits: ", kLeastRsaBits, " to ", kMostRsaBits, " are wanted"));
  }
  const std::string name = KindOf(key);
  if (absl::EndsWith(name, "prime256v1") || absl::EndsWith(name, "secp384r1")) return absl::OkStatus();
  return oci::UnsupportedError(
      absl::StrCat("a key of the kind ", name,
                   ": cosign and Kyverno verify ECDSA on P-256 and P-384, Ed25519 and RSA (PKCS #1 v1.5) alone"));
}

struct Passphrase {
  absl::string_view text;
  bool asked = false;
};

int GivePassphrase(char* buffer, int size, int, void* data) {
  auto& passphrase = *static_cast<Passphrase*>(data);
  passphrase.asked = true;
  if (passphrase.text.size() > static_cast<size_t>(size)) return -1;
  std::memcpy(buffer, passphrase.text.data(), passphrase.text.size());
  return static_cast<int>(passphrase.text.size());
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> ReadPrivate(absl::string_view pem, absl::string_view passphrase) {
  if (IsCosignKey(pem)) {
    ABSL_ASSIGN_OR_RETURN(std::string der, DecryptCosignKey(pem, passphrase));
    const unsigned char* at = Bytes(der);
    std::shared_ptr<EVP_PKEY> key = Own(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
    OPENSSL_cleanse(der.data(), der.size());
    if (key == nullptr) return Failure("what cosign encrypted is no private key");
    return key;
  }
  Passphrase given{.text = passphrase};
  std::shared_ptr<EVP_PKEY> key = Own(PEM_read_bio_PrivateKey(BioOf(pem).get(), nullptr, &GivePassphrase, &given));
  if (key != nullptr) return key;
  if (given.asked) {
    return Failure(passphrase.empty() ? "the private key is encrypted, and no passphrase is given"
                                      : "the private key cannot be read with this passphrase");
  }
  return Failure("no private key in the PEM form");
}

}  // namespace

absl::StatusOr<PublicKey> PublicKey::Of(std::shared_ptr<EVP_PKEY> key) {
  ABSL_RETURN_IF_ERROR(CheckKind(key.get()));
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) return Failure("the public half of the key cannot be written");
  const oci::Digest digest =
      oci::Digest::Of(absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return PublicKey(std::move(key), absl::Base64Escape(absl::HexStringToBytes(digest.hex())));
}

absl::StatusOr<PublicKey> PublicKey::FromPem(absl::string_view pem) {
  std::shared_ptr<EVP_PKEY> key = Own(PEM_read_bio_PUBKEY(BioOf(pem).get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return Failure("no public key in the PEM form (\"BEGIN PUBLIC KEY\")");
  return Of(std::move(key));
}

bool PublicKey::needs_whole() const { return EVP_PKEY_base_id(key_.get()) == EVP_PKEY_ED25519; }

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
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<EVP_PKEY> key, ReadPrivate(pem, passphrase));
  ABSL_ASSIGN_OR_RETURN(PublicKey with_private, PublicKey::Of(std::move(key)));
  return SigningKey(std::move(with_private));
}

absl::StatusOr<std::string> SigningKey::Sign(const Message& message) const {
  EVP_PKEY* const key = public_key_.key_.get();
  std::string signature(static_cast<size_t>(EVP_PKEY_size(key)), '\0');
  size_t size = signature.size();
  auto* const out = reinterpret_cast<unsigned char*>(signature.data());
  int done = 0;
  if (public_key_.needs_whole()) {
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1) {
      done = EVP_DigestSign(context.get(), out, &size, Bytes(message.whole()), message.whole().size());
    }
  } else {
    const PkeyContext context(EVP_PKEY_CTX_new(key, nullptr), &EVP_PKEY_CTX_free);
    const std::string hash = message.sha256();
    if (EVP_PKEY_sign_init(context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1) {
      done = EVP_PKEY_sign(context.get(), out, &size, Bytes(hash), hash.size());
    }
  }
  if (done != 1) return Failure("the key cannot sign");
  signature.resize(size);
  return signature;
}

}  // namespace waybill::attest::sign
