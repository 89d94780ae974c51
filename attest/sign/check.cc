// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/check.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "attest/reader/look.h"
#include "attest/sign/bundle.h"
#include "attest/sign/envelope_fields.h"
#include "attest/sign/message.h"
#include "oci/error.h"
#include "oci/io/hashing.h"
#include "oci/status_macros.h"

namespace waybill::attest::sign {
namespace {

using reader::ContentKind;
using reader::Part;

// The other name of bundles v0.3.
constexpr absl::string_view kOtherBundleType = "application/vnd.dev.sigstore.bundle+json;version=0.3";

Signature CannotTell(std::string reason) {
  return {.result = Signature::Result::kCannotTell, .payload = {}, .reason = std::move(reason)};
}

// Why verifiers refuse the form, or "".
std::string WrongForm(const EnvelopeFields& fields, bool in_bundle) {
  if (fields.payload_types() != std::vector<std::string>{std::string(kInTotoPayload)}) {
    return absl::StrCat("the payload is not said to be ", kInTotoPayload);
  }
  if (fields.signatures().empty()) return "there is no signature";
  if (!in_bundle) return "";
  if (fields.media_types() != std::vector<std::string>{std::string(kBundleType)} &&
      fields.media_types() != std::vector<std::string>{std::string(kOtherBundleType)}) {
    return "it is no bundle of version 0.3";
  }
  if (fields.signatures().size() > 1) return "there are two signatures";
  const std::vector<std::string>& ids = fields.key_ids();
  const bool has_id = std::any_of(ids.begin(), ids.end(), [](const std::string& id) { return !id.empty(); });
  return has_id ? "the signature has a key id" : "";
}

// The message that is signed, and the digest of the payload in it.
class SignedMessage final : public oci::io::Writer {
 public:
  explicit SignedMessage(bool whole) : message_(whole) {}
  absl::Status Begin(absl::string_view header) { return message_.Write(header); }
  absl::Status Write(absl::string_view bytes) override {
    payload_.Update(bytes);
    return message_.Write(bytes);
  }
  absl::Status Close() override { return absl::OkStatus(); }
  const Message& message() const { return message_; }
  oci::Digest payload() const { return payload_.Current(); }

 private:
  Message message_;
  oci::Hasher payload_;
};

}  // namespace

absl::StatusOr<Signature> CheckSignature(const oci::Context& context, oci::content::Fetcher& from,
                                         const oci::Descriptor& blob, ContentKind kind,
                                         absl::Span<const PublicKey> keys) {
  const bool in_bundle = kind == ContentKind::kBundle;
  EnvelopeFields fields(in_bundle);
  ABSL_RETURN_IF_ERROR(reader::WritePart(context, from, blob, kind, Part::kBlob, fields));
  ABSL_RETURN_IF_ERROR(fields.Close());
  if (fields.has_certificate()) return CannotTell("it is signed by a certificate, which this command does not check");
  if (std::string reason = WrongForm(fields, in_bundle); !reason.empty()) return CannotTell(std::move(reason));

  SignedMessage message(std::any_of(keys.begin(), keys.end(), [](const PublicKey& key) { return key.needs_whole(); }));
  ABSL_RETURN_IF_ERROR(message.Begin(PayloadHeader(kInTotoPayload, fields.payload_size())));
  ABSL_RETURN_IF_ERROR(reader::WritePart(context, from, blob, kind, Part::kStatement, message));
  Signature signature{.payload = message.payload(), .reason = {}};
  for (size_t i = 0; i < keys.size(); ++i) {
    for (const std::string& text : fields.signatures()) {
      std::string bytes;
      if (!absl::Base64Unescape(text, &bytes) || !keys[i].Verifies(message.message(), bytes)) continue;
      signature.result = Signature::Result::kVerified;
      signature.key = i;
      return signature;
    }
    if (fields.hints() != std::vector<std::string>{keys[i].hint()}) continue;
    signature.result = Signature::Result::kWrong;
    signature.key = i;
  }
  return signature;
}

}  // namespace waybill::attest::sign
