// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/bundle.h"

#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "attest/sign/message.h"
#include "attest/statement.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::sign {
namespace {

// Encodes what passes as base64, with padding at the end.
class Base64Writer final : public oci::io::Writer {
 public:
  explicit Base64Writer(oci::io::Writer& to) : to_(to) {}
  absl::Status Write(absl::string_view bytes) override {
    rest_.append(bytes.data(), bytes.size());
    const size_t whole = rest_.size() / 3 * 3;
    if (whole == 0) return absl::OkStatus();
    const absl::Status status = to_.Write(absl::Base64Escape(absl::string_view(rest_).substr(0, whole)));
    rest_.erase(0, whole);
    return status;
  }
  // Does not close the other.
  absl::Status Close() override { return rest_.empty() ? absl::OkStatus() : to_.Write(absl::Base64Escape(rest_)); }

 private:
  oci::io::Writer& to_;
  std::string rest_;  // less than three bytes between calls
};

absl::Status CopyAll(const oci::Context& context, const oci::io::Source& from, oci::io::Writer& to) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, from.Open(context, 0));
  return oci::io::Copy(context, *reader, to).status();
}

}  // namespace

std::string PayloadHeader(absl::string_view payload_type, int64_t payload_size) {
  return absl::StrCat("DSSEv1 ", payload_type.size(), " ", payload_type, " ", payload_size, " ");
}

absl::Status WriteBundle(const oci::Context& context, const SigningKey& key, const oci::io::Source& statement,
                         oci::io::Writer& out) {
  ABSL_RETURN_IF_ERROR(out.Write(absl::StrCat("{\"mediaType\":\"", kBundleType,
                                              "\",\"verificationMaterial\":{\"publicKey\":{\"hint\":\"",
                                              key.public_key().hint(), "\"}},\"dsseEnvelope\":")));
  ABSL_RETURN_IF_ERROR(WriteEnvelope(context, key, statement, out));
  return out.Write("}");
}

absl::Status WriteEnvelope(const oci::Context& context, const SigningKey& key, const oci::io::Source& statement,
                           oci::io::Writer& out) {
  Message message(key.public_key().needs_whole());
  ABSL_RETURN_IF_ERROR(message.Write(PayloadHeader(kInTotoPayload, statement.size())));
  ABSL_RETURN_IF_ERROR(CopyAll(context, statement, message));
  ABSL_ASSIGN_OR_RETURN(const std::string signature, key.Sign(context, message));
  ABSL_RETURN_IF_ERROR(out.Write("{\"payload\":\""));
  Base64Writer payload(out);
  ABSL_RETURN_IF_ERROR(CopyAll(context, statement, payload));
  ABSL_RETURN_IF_ERROR(payload.Close());
  return out.Write(absl::StrCat("\",\"payloadType\":\"", kInTotoPayload, "\",\"signatures\":[{\"sig\":\"",
                                absl::Base64Escape(signature), "\"}]}"));
}

std::string SignatureStatement(const oci::Digest& manifest) {
  oci::json::Writer writer;
  writer.BeginObject().Key("_type").String(kStatementV1);
  writer.Key("subject").BeginArray().BeginObject().Key("digest").BeginObject();
  writer.Key(manifest.algorithm()).String(manifest.hex()).EndObject().EndObject().EndArray();
  writer.Key("predicateType").String(kSignaturePredicate);
  writer.Key("predicate").BeginObject().EndObject().EndObject();
  return writer.Take();
}

}  // namespace waybill::attest::sign
