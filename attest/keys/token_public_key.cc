// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/token_public_key.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::attest::keys {
namespace {

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number NumberOf(absl::string_view bytes) {
  return Number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr), &BN_free);
}

absl::Status NoKey() {
  ERR_clear_error();
  return oci::InvalidInputError("the token's public key is none that OpenSSL takes");
}

Pkey FromParameters(const char* kind, OSSL_PARAM_BLD* build) {
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(build),
                                                                           &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1) {
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  }
  return Pkey(key, &EVP_PKEY_free);
}

using Build = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
Build NewBuild() { return Build(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free); }

Pkey RsaKey(absl::string_view modulus, absl::string_view exponent) {
  const Build build = NewBuild();
  const Number n = NumberOf(modulus), e = NumberOf(exponent);
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return FromParameters("RSA", build.get());
}

// `parameters` is the DER of a curve's name.
Pkey EcKey(absl::string_view parameters, absl::string_view point) {
  const unsigned char* at = Bytes(parameters);
  const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> name(
      d2i_ASN1_OBJECT(nullptr, &at, static_cast<long>(parameters.size())), &ASN1_OBJECT_free);
  const int nid = name == nullptr ? NID_undef : OBJ_obj2nid(name.get());
  if (nid == NID_undef) return Pkey(nullptr, &EVP_PKEY_free);
  const Build build = NewBuild();
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, OBJ_nid2sn(nid), 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return FromParameters("EC", build.get());
}

// CKA_EC_POINT is a DER octet string; some tokens leave out what is around the bytes.
std::string PointOf(const std::string& value) {
  const unsigned char* at = Bytes(value);
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> wrapped(
      d2i_ASN1_OCTET_STRING(nullptr, &at, static_cast<long>(value.size())), &ASN1_OCTET_STRING_free);
  ERR_clear_error();
  if (wrapped == nullptr || at != Bytes(value) + value.size()) return value;
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(wrapped.get())),
                     static_cast<size_t>(ASN1_STRING_length(wrapped.get())));
}

absl::StatusOr<Pkey> ReadKey(TokenSession& session, CK_OBJECT_HANDLE object) {
  ABSL_ASSIGN_OR_RETURN(const std::string kind_bytes, session.Get(object, CKA_KEY_TYPE));
  CK_KEY_TYPE kind = 0;
  if (kind_bytes.size() != sizeof kind) return NoKey();
  std::memcpy(&kind, kind_bytes.data(), sizeof kind);
  if (kind == CKK_RSA) {
    ABSL_ASSIGN_OR_RETURN(const std::string modulus, session.Get(object, CKA_MODULUS));
    ABSL_ASSIGN_OR_RETURN(const std::string exponent, session.Get(object, CKA_PUBLIC_EXPONENT));
    return RsaKey(modulus, exponent);
  }
  if (kind != CKK_EC && kind != CKK_EC_EDWARDS) {
    return oci::UnsupportedError(absl::StrCat("a token's key of the kind 0x", absl::Hex(kind)));
  }
  ABSL_ASSIGN_OR_RETURN(const std::string value, session.Get(object, CKA_EC_POINT));
  const std::string point = PointOf(value);
  if (kind == CKK_EC_EDWARDS) {
    return Pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(point), point.size()), &EVP_PKEY_free);
  }
  ABSL_ASSIGN_OR_RETURN(const std::string parameters, session.Get(object, CKA_EC_PARAMS));
  return EcKey(parameters, point);
}

}  // namespace

absl::StatusOr<sign::PublicKey> ReadPublicKey(TokenSession& session, CK_OBJECT_HANDLE object) {
  ABSL_ASSIGN_OR_RETURN(const Pkey key, ReadKey(session, object));
  if (key == nullptr) return NoKey();
  return sign::PublicKey::Of(*key);
}

std::string DigestInfo(absl::string_view sha256) {
  static constexpr unsigned char kBefore[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                              0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
  return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(kBefore), sizeof kBefore), sha256);
}

absl::StatusOr<std::string> EcdsaSignature(absl::string_view numbers) {
  if (numbers.empty() || numbers.size() % 2 != 0) return oci::InvalidInputError("a signature of an odd size");
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(ECDSA_SIG_new(), &ECDSA_SIG_free);
  // The signature owns the numbers.
  ECDSA_SIG_set0(signature.get(), NumberOf(numbers.substr(0, numbers.size() / 2)).release(),
                 NumberOf(numbers.substr(numbers.size() / 2)).release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return oci::InvalidInputError("no signature of ECDSA");
  std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace waybill::attest::keys
