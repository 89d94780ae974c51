// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/token_key.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "attest/keys/cryptoki.h"
#include "attest/keys/token_public_key.h"
#include "attest/sign/secret.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::attest::keys {
namespace {

// p11-kit's module, which has the tokens of all modules that are configured (Debian: p11-kit-modules).
constexpr char kAllModules[] = "p11-kit-proxy.so";

// A field of CK_TOKEN_INFO, padded with spaces.
template <size_t size>
absl::string_view Field(const unsigned char (&field)[size]) {
  absl::string_view text(reinterpret_cast<const char*>(field), size);
  while (absl::ConsumeSuffix(&text, " ")) {
  }
  return text;
}

bool Matches(const std::optional<std::string>& wanted, absl::string_view is) {
  return !wanted.has_value() || *wanted == is;
}

CK_ATTRIBUTE Is(CK_ATTRIBUTE_TYPE type, const std::string& value) {
  return {type, const_cast<char*>(value.data()), value.size()};
}
CK_ATTRIBUTE Is(CK_ATTRIBUTE_TYPE type, const CK_OBJECT_CLASS& value) {
  return {type, const_cast<CK_OBJECT_CLASS*>(&value), sizeof value};
}

// Where the key is, found anew for each signature.
class Token {
 public:
  Token(CK_FUNCTION_LIST& functions, TokenUri uri, absl::string_view pin)
      : functions_(functions), uri_(std::move(uri)), pin_(pin) {}

  struct Found {
    TokenSession session;
    CK_OBJECT_HANDLE key;
  };
  absl::StatusOr<Found> Find(const oci::Context& context) const {
    ABSL_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, FindSlot());
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(TokenSession session, TokenSession::Open(functions_, slot));
    if (!pin_.bytes().empty()) ABSL_RETURN_IF_ERROR(session.Login(CKU_USER, pin_.bytes()));
    ABSL_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> keys, session.Find(Template(kPrivate), 2));
    if (keys.size() == 1) return Found{std::move(session), keys[0]};
    if (!keys.empty()) return oci::InvalidInputError("it names more than one private key");
    return oci::NotFoundError(pin_.bytes().empty()
                                  ? "the token has no such private key that is seen without a PIN, and no PIN is given"
                                  : "the token has no such private key");
  }

  absl::StatusOr<std::string> Sign(const oci::Context& context, CK_MECHANISM_TYPE mechanism,
                                   absl::string_view data) const {
    ABSL_ASSIGN_OR_RETURN(Found found, Find(context));
    const absl::StatusOr<std::string> always = found.session.Get(found.key, CKA_ALWAYS_AUTHENTICATE);
    const bool asks = always.ok() && *always == std::string(1, '\1');
    const absl::string_view pin = pin_.bytes();
    return found.session.Sign(found.key, mechanism, data, asks ? &pin : nullptr);
  }

 private:
  // One, because a token that gets the PIN of another counts that as a wrong one, and locks itself after some.
  absl::StatusOr<CK_SLOT_ID> FindSlot() const {
    ABSL_ASSIGN_OR_RETURN(const std::vector<CK_SLOT_ID> slots, ListSlots(functions_));
    std::optional<CK_SLOT_ID> found;
    for (const CK_SLOT_ID slot : slots) {
      ABSL_ASSIGN_OR_RETURN(const bool is_named, IsNamed(slot));
      if (!is_named) continue;
      if (found.has_value()) return oci::InvalidInputError("it names more than one token: token or serial is expected");
      found = slot;
    }
    if (!found.has_value()) return oci::NotFoundError("there is no such token");
    return *found;
  }

  static constexpr CK_OBJECT_CLASS kPrivate = CKO_PRIVATE_KEY;

  absl::StatusOr<bool> IsNamed(CK_SLOT_ID slot) const {
    if (uri_.slot_id.has_value() && *uri_.slot_id != slot) return false;
    CK_TOKEN_INFO info{};
    ABSL_RETURN_IF_ERROR(StatusOf(functions_.C_GetTokenInfo(slot, &info), "C_GetTokenInfo"));
    return (info.flags & CKF_TOKEN_INITIALIZED) != 0 && Matches(uri_.token, Field(info.label)) &&
           Matches(uri_.manufacturer, Field(info.manufacturerID)) && Matches(uri_.model, Field(info.model)) &&
           Matches(uri_.serial, Field(info.serialNumber));
  }

  std::vector<CK_ATTRIBUTE> Template(const CK_OBJECT_CLASS& kind) const {
    std::vector<CK_ATTRIBUTE> attributes = {Is(CKA_CLASS, kind)};
    if (uri_.object.has_value()) attributes.push_back(Is(CKA_LABEL, *uri_.object));
    if (uri_.id.has_value()) attributes.push_back(Is(CKA_ID, *uri_.id));
    return attributes;
  }

  CK_FUNCTION_LIST& functions_;
  const TokenUri uri_;
  const sign::Secret pin_;
};

class TokenSigner final : public sign::Signer {
 public:
  TokenSigner(std::unique_ptr<const Token> token, sign::Algorithm algorithm)
      : token_(std::move(token)), algorithm_(algorithm) {}

  absl::StatusOr<std::string> Sign(const oci::Context& context, const sign::Message& message) const override {
    switch (algorithm_) {
      case sign::Algorithm::kEcdsaP256:
      case sign::Algorithm::kEcdsaP384: {
        ABSL_ASSIGN_OR_RETURN(const std::string numbers, token_->Sign(context, CKM_ECDSA, message.sha256()));
        return EcdsaSignature(numbers);
      }
      case sign::Algorithm::kEd25519:
        return token_->Sign(context, CKM_EDDSA, message.whole());
      case sign::Algorithm::kRsa:
        break;
    }
    return token_->Sign(context, CKM_RSA_PKCS, DigestInfo(message.sha256()));
  }

 private:
  const std::unique_ptr<const Token> token_;
  const sign::Algorithm algorithm_;
};

absl::StatusOr<sign::PublicKey> FindPublicKey(Token::Found& found) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, found.session.Get(found.key, CKA_ID));
  constexpr CK_OBJECT_CLASS kPublic = CKO_PUBLIC_KEY;
  ABSL_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> keys,
                        found.session.Find({Is(CKA_CLASS, kPublic), Is(CKA_ID, id)}, 2));
  if (keys.size() == 1) return ReadPublicKey(found.session, keys[0]);
  if (keys.empty()) return oci::NotFoundError("the token has no public key with the id of the private one");
  return oci::InvalidInputError("the token has more than one public key with the id of the private one");
}

}  // namespace

absl::StatusOr<sign::SigningKey> OpenTokenKey(const oci::Context& context, const TokenUri& uri, absl::string_view pin) {
  ABSL_ASSIGN_OR_RETURN(CK_FUNCTION_LIST* const functions,
                        LoadModule(uri.module_path.empty() ? kAllModules : uri.module_path));
  auto token = std::make_unique<const Token>(*functions, uri, pin);
  ABSL_ASSIGN_OR_RETURN(Token::Found found, token->Find(context));
  ABSL_ASSIGN_OR_RETURN(sign::PublicKey key, FindPublicKey(found));
  const sign::Algorithm algorithm = key.algorithm();
  return sign::SigningKey(std::move(key), std::make_shared<TokenSigner>(std::move(token), algorithm));
}

}  // namespace waybill::attest::keys
