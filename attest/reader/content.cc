// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/content.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attest/reader/statement_fields.h"
#include "attest/scan/base64_stream.h"
#include "attest/scan/json_paths.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"

namespace waybill::attest::reader {
namespace {

// Members of the document that tell what it is.
constexpr absl::string_view kTelling[] = {"_type",       "payloadType",  "payload",          "signatures",
                                          "critical",    "dsseEnvelope", "messageSignature", "verificationMaterial",
                                          "spdxVersion", "bomFormat"};

}  // namespace

absl::string_view KindName(ContentKind kind) {
  switch (kind) {
    case ContentKind::kUnknown:
      return "unknown";
    case ContentKind::kNotJson:
      return "no JSON";
    case ContentKind::kOtherJson:
      return "JSON";
    case ContentKind::kStatement:
      return "statement";
    case ContentKind::kEnvelope:
      return "DSSE envelope";
    case ContentKind::kBundle:
      return "Sigstore bundle";
    case ContentKind::kSimpleSigning:
      return "simple signing payload";
    case ContentKind::kSpdx:
      return "SPDX document";
    case ContentKind::kCycloneDx:
      return "CycloneDX document";
  }
  return "unknown";
}

bool Content::IsAbout(const oci::Digest& digest) const {
  return std::any_of(subjects.begin(), subjects.end(), [&](const StatementSubject& subject) {
    const auto found = subject.digests.find(std::string(digest.algorithm()));
    return found != subject.digests.end() && found->second == digest.hex();
  });
}

// The document, and the statement in the payload of its envelope.
class ContentScanner::Fields final : public scan::JsonVisitor {
 public:
  void Feed(absl::string_view bytes) {
    content_.looked_at += static_cast<int64_t>(bytes.size());
    if (failed_) return;
    if (const absl::Status status = outer_.Feed(bytes); !status.ok()) Fail(status);
  }

  bool has_enough() const { return failed_ || (has_payload_ ? inside_.has_all() : outside_.has_all()); }

  Content Finish(bool whole) {
    if (whole && !failed_) {
      if (const absl::Status status = outer_.Finish(); !status.ok()) Fail(status);
    }
    content_.kind = Kind(whole);
    if (!inner_fault_.empty() && (content_.payload_type.empty() || content_.payload_type == oci::image::kInToto)) {
      AddFault(absl::StrCat("the payload is no JSON: ", inner_fault_));
    }
    if (tells_.contains("_type") && tells_.contains("payloadType")) AddFault("it is a statement and an envelope");
    content_.is_signature = tells_.contains("messageSignature");
    if (!whole && !has_enough()) content_.has_more_subjects = true;
    return std::move(content_);
  }

  void OnValue(const scan::JsonPath& path, char first, int64_t offset) override {
    begun_ = true;
    outside_.OnValue(path, first, offset);
    if (path.depth() != 1) return;
    for (const absl::string_view name : kTelling) {
      if (path.Is({name})) tells_.insert(name);
    }
  }

  absl::Status OnString(const scan::JsonPath& path, absl::string_view piece, bool last) override {
    // Deeper ones are no members of envelopes.
    if (path.depth() > 3) return outside_.OnString(path, piece, last);
    if (path.Is({"payloadType"}) || path.Is({"dsseEnvelope", "payloadType"})) {
      string_.Take(piece, last, content_.payload_type);
    } else if (path.Is({"critical", "image", "docker-manifest-digest"})) {
      string_.Take(piece, last, content_.signed_digest);
    } else if (path.Is({"payload"}) || path.Is({"dsseEnvelope", "payload"})) {
      return TakePayload(piece, last);
    }
    return outside_.OnString(path, piece, last);
  }

  void OnEnd(const scan::JsonPath& path, int64_t offset) override { outside_.OnEnd(path, offset); }

 private:
  absl::Status TakePayload(absl::string_view piece, bool last) {
    has_payload_ = true;
    if (payload_ended_) {
      AddFault("\"payload\" is given twice");
      return absl::OkStatus();
    }
    std::string decoded;
    absl::Status taken = base64_.Feed(piece, decoded);
    if (taken.ok() && last) taken = base64_.Finish(decoded);
    payload_ended_ = last;
    if (inner_fault_.empty()) FeedInner(decoded, taken.ok() && last);
    return taken;
  }

  void FeedInner(absl::string_view decoded, bool last) {
    absl::Status status = inner_.Feed(decoded);
    if (status.ok() && last) status = inner_.Finish();
    // An envelope may hold any bytes: Finish judges.
    if (!status.ok()) inner_fault_ = std::string(status.message());
  }

  void Fail(const absl::Status& status) {
    failed_ = true;
    AddFault(status.message());
  }

  // The first one is told.
  void AddFault(absl::string_view fault) {
    if (content_.fault.empty()) content_.fault = std::string(fault);
  }

  ContentKind Kind(bool whole) const {
    const auto tells = [this](absl::string_view name) { return tells_.contains(name); };
    if (tells("dsseEnvelope") || tells("messageSignature") || tells("verificationMaterial")) {
      return ContentKind::kBundle;
    }
    if (tells("payloadType") && (tells("payload") || tells("signatures"))) return ContentKind::kEnvelope;
    if (absl::StartsWith(content_.statement_type, kStatementTypePrefix)) return ContentKind::kStatement;
    if (tells("critical")) return ContentKind::kSimpleSigning;
    if (tells("spdxVersion")) return ContentKind::kSpdx;
    if (tells("bomFormat")) return ContentKind::kCycloneDx;
    if (failed_ || (whole && !begun_)) return ContentKind::kNotJson;
    return whole ? ContentKind::kOtherJson : ContentKind::kUnknown;
  }

  Content content_;
  StatementFields outside_{content_};
  StatementFields inside_{content_};
  scan::JsonPaths outer_{*this};
  scan::JsonPaths inner_{inside_};
  scan::Base64Stream base64_;
  StringField string_;
  std::string inner_fault_;
  std::set<absl::string_view> tells_;
  bool begun_ = false;
  bool failed_ = false;
  bool has_payload_ = false;
  bool payload_ended_ = false;
};

ContentScanner::ContentScanner() : fields_(std::make_unique<Fields>()) {}
ContentScanner::~ContentScanner() = default;

void ContentScanner::Feed(absl::string_view bytes) { fields_->Feed(bytes); }
bool ContentScanner::has_enough() const { return fields_->has_enough(); }
Content ContentScanner::Finish(bool whole) { return fields_->Finish(whole); }

}  // namespace waybill::attest::reader
