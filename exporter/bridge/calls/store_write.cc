// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/calls/store_write.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/rpc/content/write_offset.h"
#include "exporter/rpc/message.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::calls {
namespace {

namespace wire = containerd::services::content::v1;

// Documents above this are treated like layers. Hashing one that is below takes no longer than relaying a message.
constexpr int64_t kMaxDocument = 1 << 20;

}  // namespace

void StoreWrite::OnReadDone(bool ok) {
  // The end before a commit drops what was written.
  if (!ok) return Close(committed_ ? absl::OkStatus() : absl::CancelledError("the blob was not committed"));
  if (!rpc::Decode(message_, request_)) return Close(oci::InvalidInputError("not a write request"));
  if (!expected_.digest.has_value()) {
    if (const absl::Status begun = Begin(); !begun.ok()) return Close(begun);
  }
  if (!layer_) return Answer();
  builds_.RunBriefly([this] { Answer(); });
}

void StoreWrite::OnWriteDone(bool ok) {
  if (!ok) return Close(absl::CancelledError("the daemon went away"));
  StartRead(&message_);
}

void StoreWrite::Close(const absl::Status& status) {
  writer_.reset();
  End(status);
}

absl::Status StoreWrite::Begin() {
  if (request_.ref().empty()) return oci::InvalidInputError("a write needs a reference");
  ABSL_ASSIGN_OR_RETURN(expected_.digest, oci::Digest::Parse(request_.expected()));
  if (request_.total() <= 0) return oci::InvalidInputError("a write needs a size");
  expected_.size = request_.total();
  layer_ = absl::StartsWith(request_.ref(), "layer-") || request_.total() > kMaxDocument;
  return absl::OkStatus();
}

void StoreWrite::Answer() {
  response_.Clear();
  if (const absl::Status applied = Apply(); !applied.ok()) return Close(applied);
  message_ = rpc::Encode(response_);
  StartWrite(&message_);
}

absl::Status StoreWrite::Apply() {
  if (committed_) return absl::FailedPreconditionError("the blob is committed");
  if (writer_ == nullptr) {
    if (layer_ && build_->content().HasLayer(context(), {.digest = *expected_.digest, .size = *expected_.size})) {
      return oci::MakeError(oci::Reason::kConflict,
                            absl::StrCat("content ", expected_.digest->ToString(), ": already exists"));
    }
    ABSL_RETURN_IF_ERROR(Open());
  }
  if (request_.action() != wire::STAT) ABSL_RETURN_IF_ERROR(Write());
  response_.set_action(request_.action());
  response_.set_total(*expected_.size);
  response_.set_offset(offset_);
  if (request_.action() != wire::COMMIT) return absl::OkStatus();
  if (request_.total() > 0) expected_.size = request_.total();
  ABSL_RETURN_IF_ERROR(writer_->Commit(context(), "", expected_).status());
  committed_ = true;
  if (!layer_) build_->content().CountDocument(*expected_.digest);
  response_.set_digest(expected_.digest->ToString());
  return absl::OkStatus();
}

absl::Status StoreWrite::Open() {
  writer_.reset();
  offset_ = 0;
  if (layer_) {
    ABSL_ASSIGN_OR_RETURN(writer_, build_->content().spool().NewWriter(context(), *expected_.size));
  } else {
    ABSL_ASSIGN_OR_RETURN(writer_, build_->content().documents().NewWriter(context()));
  }
  return absl::OkStatus();
}

absl::Status StoreWrite::Write() {
  ABSL_ASSIGN_OR_RETURN(const bool starts_over, rpc::content::StartsOver(request_.offset(), offset_));
  if (starts_over) ABSL_RETURN_IF_ERROR(Open());
  const int64_t size = static_cast<int64_t>(request_.data().size());
  if (size > *expected_.size - offset_) {
    return absl::FailedPreconditionError(absl::StrCat("more than the ", *expected_.size, " bytes announced"));
  }
  offset_ += size;
  return writer_->Write(request_.data());
}

}  // namespace waybill::exporter::bridge::calls
