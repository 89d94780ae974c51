// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/private_pem.h"

#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/sign/cosign_key.h"
#include "attest/sign/secret.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::attest::sign {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio BioOf(absl::string_view bytes) {
  return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), &BIO_free);
}

// What the queue of this thread has is of no interest to the next call.
absl::Status Failure(std::string text) {
  ERR_clear_error();
  return oci::InvalidInputError(std::move(text));
}

// The parameter of an algorithm, if it is a sequence of that form.
template <typename T>
std::unique_ptr<T, void (*)(T*)> Parameter(const X509_ALGOR* algorithm, const ASN1_ITEM* form, void (*release)(T*)) {
  const void* value = nullptr;
  int type = V_ASN1_UNDEF;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  T* parsed = nullptr;
  if (type == V_ASN1_SEQUENCE) {
    parsed = static_cast<T*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), form));
  }
  return {parsed, release};
}

int NidOf(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* name = nullptr;
  X509_ALGOR_get0(&name, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(name);
}

bool IsAtMost(const ASN1_INTEGER* number, int64_t limit) {
  int64_t value = 0;
  return ASN1_INTEGER_get_int64(&value, number) == 1 && value >= 0 && value <= limit;
}

bool IsBoundedScrypt(const SCRYPT_PARAMS& scrypt, const DerivationBounds& bounds) {
  uint64_t n = 0, r = 0, p = 0;
  return ASN1_INTEGER_get_uint64(&n, scrypt.costParameter) == 1 && ASN1_INTEGER_get_uint64(&r, scrypt.blockSize) == 1 &&
         ASN1_INTEGER_get_uint64(&p, scrypt.parallelizationParameter) == 1 && bounds.AllowScrypt(n, r, p);
}

bool IsBounded(const X509_ALGOR* encryption, const DerivationBounds& bounds) {
  if (NidOf(encryption) != NID_pbes2) {
    const auto old = Parameter<PBEPARAM>(encryption, ASN1_ITEM_rptr(PBEPARAM), &PBEPARAM_free);
    return old != nullptr && IsAtMost(old->iter, bounds.iterations);
  }
  const auto scheme = Parameter<PBE2PARAM>(encryption, ASN1_ITEM_rptr(PBE2PARAM), &PBE2PARAM_free);
  if (scheme == nullptr) return false;
  switch (NidOf(scheme->keyfunc)) {
    case NID_id_pbkdf2: {
      const auto pbkdf2 = Parameter<PBKDF2PARAM>(scheme->keyfunc, ASN1_ITEM_rptr(PBKDF2PARAM), &PBKDF2PARAM_free);
      return pbkdf2 != nullptr && IsAtMost(pbkdf2->iter, bounds.iterations);
    }
    case NID_id_scrypt: {
      const auto scrypt = Parameter<SCRYPT_PARAMS>(scheme->keyfunc, ASN1_ITEM_rptr(SCRYPT_PARAMS), &SCRYPT_PARAMS_free);
      return scrypt != nullptr && IsBoundedScrypt(*scrypt, bounds);
    }
    default:
      return false;
  }
}

// One block of a PEM text.
struct Block {
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, size < 0 ? 0 : static_cast<size_t>(size));
  }
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
};

// OpenSSL itself does not bound what an encrypted key (PKCS #8) asks for.
absl::Status CheckDerivations(absl::string_view pem, const DerivationBounds& bounds) {
  const Bio bio = BioOf(pem);
  while (true) {
    Block block;
    if (PEM_read_bio(bio.get(), &block.name, &block.header, &block.bytes, &block.size) != 1) break;
    if (std::strcmp(block.name, PEM_STRING_PKCS8) != 0) continue;
    const unsigned char* at = block.bytes;
    const std::unique_ptr<X509_SIG, decltype(&X509_SIG_free)> encrypted(d2i_X509_SIG(nullptr, &at, block.size),
                                                                        &X509_SIG_free);
    if (encrypted == nullptr) continue;
    const X509_ALGOR* encryption = nullptr;
    X509_SIG_get0(encrypted.get(), &encryption, nullptr);
    if (!IsBounded(encryption, bounds)) {
      return Failure("the encryption of the private key is unknown, or asks for too much work");
    }
  }
  ERR_clear_error();
  return absl::OkStatus();
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

std::shared_ptr<EVP_PKEY> Own(EVP_PKEY* key) { return std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free); }

absl::StatusOr<std::shared_ptr<EVP_PKEY>> ReadCosignKey(absl::string_view pem, absl::string_view passphrase,
                                                        const DerivationBounds& bounds) {
  ABSL_ASSIGN_OR_RETURN(std::string der, DecryptCosignKey(pem, passphrase, bounds));
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  std::shared_ptr<EVP_PKEY> key = Own(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  OPENSSL_cleanse(der.data(), der.size());
  if (key == nullptr) return Failure("the text that cosign encrypted is no private key");
  return key;
}

}  // namespace

absl::StatusOr<std::shared_ptr<EVP_PKEY>> ReadPrivatePem(absl::string_view pem, absl::string_view passphrase,
                                                         const DerivationBounds& bounds) {
  StartSecureHeap();
  if (IsCosignKey(pem)) return ReadCosignKey(pem, passphrase, bounds);
  ABSL_RETURN_IF_ERROR(CheckDerivations(pem, bounds));
  Passphrase given{.text = passphrase};
  std::shared_ptr<EVP_PKEY> key = Own(PEM_read_bio_PrivateKey(BioOf(pem).get(), nullptr, &GivePassphrase, &given));
  if (key != nullptr) return key;
  if (given.asked) {
    return Failure(passphrase.empty() ? "the private key is encrypted, and no passphrase is given"
                                      : "the private key cannot be read with this passphrase");
  }
  return Failure("no private key in the PEM form");
}

}  // namespace waybill::attest::sign
