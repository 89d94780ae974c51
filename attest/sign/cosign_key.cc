// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/cosign_key.h"

#include <sodium.h>

#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::sign {
namespace {

namespace json = oci::json;

constexpr absl::string_view kLabels[] = {"ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"};

absl::Status WrongForm(absl::string_view what) {
  return oci::InvalidInputError(absl::StrCat("the key of cosign is not as cosign writes it: ", what));
}

using Object = std::map<std::string, absl::string_view>;

absl::StatusOr<Object> ObjectOf(absl::string_view raw) {
  if (json::KindOf(raw) != json::Kind::kObject) return WrongForm("an object is missing");
  ABSL_ASSIGN_OR_RETURN(const std::vector<json::Member> members, json::Members(raw));
  Object object;
  for (const json::Member& member : members) object[member.key] = member.value;
  return object;
}

absl::StatusOr<std::string> TextIn(const Object& object, const std::string& name) {
  const auto found = object.find(name);
  if (found == object.end() || json::KindOf(found->second) != json::Kind::kString) return WrongForm(name);
  return json::DecodeString(found->second);
}

absl::StatusOr<std::string> BytesIn(const Object& object, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const std::string text, TextIn(object, name));
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return WrongForm(name);
  return bytes;
}

absl::StatusOr<uint64_t> NumberIn(const Object& object, const std::string& name) {
  const auto found = object.find(name);
  uint64_t number = 0;
  if (found == object.end() || !absl::SimpleAtoi(found->second, &number) || number == 0) return WrongForm(name);
  return number;
}

absl::StatusOr<absl::string_view> MemberOf(const Object& object, const std::string& name) {
  const auto found = object.find(name);
  if (found == object.end()) return WrongForm(name);
  return found->second;
}

// The text between the lines of the PEM block, decoded.
absl::StatusOr<std::string> Unwrap(absl::string_view pem) {
  for (const absl::string_view label : kLabels) {
    const std::string begin = absl::StrCat("-----BEGIN ", label, "-----");
    const size_t from = pem.find(begin);
    const size_t to = pem.find(absl::StrCat("-----END ", label, "-----"));
    if (from == absl::string_view::npos || to == absl::string_view::npos || to < from) continue;
    const absl::string_view body = pem.substr(from + begin.size(), to - from - begin.size());
    std::string bytes;
    if (absl::Base64Unescape(absl::StrReplaceAll(body, {{"\n", ""}, {"\r", ""}}), &bytes)) return bytes;
  }
  return WrongForm("no PEM block");
}

absl::StatusOr<std::string> DeriveKey(const Object& kdf, absl::string_view passphrase, const DerivationBounds& bounds) {
  ABSL_ASSIGN_OR_RETURN(const std::string name, TextIn(kdf, "name"));
  if (name != "scrypt") return WrongForm("kdf");
  ABSL_ASSIGN_OR_RETURN(const std::string salt, BytesIn(kdf, "salt"));
  ABSL_ASSIGN_OR_RETURN(const absl::string_view raw_params, MemberOf(kdf, "params"));
  ABSL_ASSIGN_OR_RETURN(const Object params, ObjectOf(raw_params));
  ABSL_ASSIGN_OR_RETURN(const uint64_t n, NumberIn(params, "N"));
  ABSL_ASSIGN_OR_RETURN(const uint64_t r, NumberIn(params, "r"));
  ABSL_ASSIGN_OR_RETURN(const uint64_t p, NumberIn(params, "p"));
  if (!bounds.AllowScrypt(n, r, p)) return WrongForm("scrypt is asked for too much work");
  std::string key(crypto_secretbox_KEYBYTES, '\0');
  const auto bytes = [](absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  if (crypto_pwhash_scryptsalsa208sha256_ll(bytes(passphrase), passphrase.size(), bytes(salt), salt.size(), n,
                                            static_cast<uint32_t>(r), static_cast<uint32_t>(p),
                                            reinterpret_cast<unsigned char*>(key.data()), key.size()) != 0) {
    return WrongForm("scrypt does not take its parameters");
  }
  return key;
}

}  // namespace

bool IsCosignKey(absl::string_view pem) {
  for (const absl::string_view label : kLabels) {
    if (absl::StrContains(pem, absl::StrCat("-----BEGIN ", label, "-----"))) return true;
  }
  return false;
}

absl::StatusOr<std::string> DecryptCosignKey(absl::string_view pem, absl::string_view passphrase,
                                             const DerivationBounds& bounds) {
  if (sodium_init() < 0) return oci::MakeError(oci::Reason::kInternal, "libsodium does not start");
  ABSL_ASSIGN_OR_RETURN(const std::string text, Unwrap(pem));
  ABSL_ASSIGN_OR_RETURN(const Object envelope, ObjectOf(text));
  ABSL_ASSIGN_OR_RETURN(const absl::string_view raw_kdf, MemberOf(envelope, "kdf"));
  ABSL_ASSIGN_OR_RETURN(const Object kdf, ObjectOf(raw_kdf));
  ABSL_ASSIGN_OR_RETURN(const absl::string_view raw_cipher, MemberOf(envelope, "cipher"));
  ABSL_ASSIGN_OR_RETURN(const Object cipher, ObjectOf(raw_cipher));
  ABSL_ASSIGN_OR_RETURN(const std::string cipher_name, TextIn(cipher, "name"));
  ABSL_ASSIGN_OR_RETURN(const std::string nonce, BytesIn(cipher, "nonce"));
  ABSL_ASSIGN_OR_RETURN(const std::string box, BytesIn(envelope, "ciphertext"));
  if (cipher_name != "nacl/secretbox" || nonce.size() != crypto_secretbox_NONCEBYTES ||
      box.size() <= crypto_secretbox_MACBYTES) {
    return WrongForm("cipher");
  }
  ABSL_ASSIGN_OR_RETURN(std::string key, DeriveKey(kdf, passphrase, bounds));
  std::string opened(box.size() - crypto_secretbox_MACBYTES, '\0');
  const auto bytes = [](const std::string& of) { return reinterpret_cast<const unsigned char*>(of.data()); };
  const int result = crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(opened.data()), bytes(box), box.size(),
                                                bytes(nonce), bytes(key));
  sodium_memzero(key.data(), key.size());
  if (result != 0) return oci::InvalidInputError("the private key cannot be read with this passphrase");
  return opened;
}

}  // namespace waybill::attest::sign
