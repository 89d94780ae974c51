// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/envelope_fields.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::sign {
namespace {

// A signature of the longest RSA key has 1368 characters.
constexpr size_t kMaxStringBytes = 16 << 10;
// Of each kind of string.
constexpr size_t kMaxStrings = 64;

}  // namespace

absl::Status EnvelopeFields::Write(absl::string_view bytes) {
  ABSL_RETURN_IF_ERROR(paths_.Feed(bytes));
  return payload_.Write(bytes);
}

absl::Status EnvelopeFields::Close() {
  ABSL_RETURN_IF_ERROR(paths_.Finish());
  return payload_.Close();
}

std::vector<std::string>* EnvelopeFields::Wanted(const scan::JsonPath& path) {
  if (in_bundle_) {
    if (path.Is({"mediaType"})) return &media_types_;
    if (path.Is({"dsseEnvelope", "payloadType"})) return &payload_types_;
    if (path.Is({"dsseEnvelope", "signatures", scan::kElement, "sig"})) return &signatures_;
    if (path.Is({"dsseEnvelope", "signatures", scan::kElement, "keyid"})) return &key_ids_;
    return path.Is({"verificationMaterial", "publicKey", "hint"}) ? &hints_ : nullptr;
  }
  if (path.Is({"payloadType"})) return &payload_types_;
  if (path.Is({"signatures", scan::kElement, "sig"})) return &signatures_;
  return path.Is({"signatures", scan::kElement, "keyid"}) ? &key_ids_ : nullptr;
}

void EnvelopeFields::OnValue(const scan::JsonPath& path, char, int64_t) {
  has_certificate_ = has_certificate_ || (in_bundle_ && (path.IsIn({"verificationMaterial", "certificate"}) ||
                                                         path.IsIn({"verificationMaterial", "x509CertificateChain"})));
}

absl::Status EnvelopeFields::OnString(const scan::JsonPath& path, absl::string_view piece, bool last) {
  std::vector<std::string>* const wanted = Wanted(path);
  if (wanted == nullptr) return absl::OkStatus();
  if (string_.size() + piece.size() > kMaxStringBytes || wanted->size() >= kMaxStrings) {
    return oci::InvalidInputError("the envelope has more or longer strings than any signature needs");
  }
  string_.append(piece.data(), piece.size());
  if (!last) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(std::string text, oci::json::DecodeString(absl::StrCat("\"", string_, "\"")));
  wanted->push_back(std::move(text));
  string_.clear();
  return absl::OkStatus();
}

}  // namespace waybill::attest::sign
