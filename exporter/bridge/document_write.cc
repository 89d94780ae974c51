// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/document_write.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/bridge/relay/message.h"
#include "exporter/bridge/relay/refusal.h"
#include "oci/content/content.h"
#include "oci/digest.h"
#include "oci/io/string.h"

namespace waybill::exporter::bridge {
namespace {

namespace wire = containerd::services::content::v1;

// Documents above this are pulled like layers. Hashing one that is below takes no longer than relaying a message.
constexpr int64_t kMaxDocument = 1 << 20;

}  // namespace

void DocumentWrite::OnReadDone(bool ok) {
  // The end before a commit drops what was written.
  if (!ok) return Finish(committed_ ? grpc::Status::OK : grpc::Status::CANCELLED);
  Request request;
  Response response;
  if (!relay::Decode(incoming_, request)) {
    return Finish({grpc::StatusCode::INVALID_ARGUMENT, "not a write request"});
  }
  const grpc::Status status = Take(request, response);
  if (!status.ok()) return Finish(status);
  outgoing_ = relay::Encode(response);
  StartWrite(&outgoing_);
}

void DocumentWrite::OnWriteDone(bool ok) {
  if (!ok) return Finish(grpc::Status::CANCELLED);
  StartRead(&incoming_);
}

grpc::Status DocumentWrite::Take(Request& request, Response& response) {
  if (committed_) return {grpc::StatusCode::FAILED_PRECONDITION, "the blob is committed"};
  if (!expected_.has_value()) {
    if (grpc::Status status = TakeReference(request); !status.ok()) return status;
  }
  if (request.action() != wire::STAT) {
    const int64_t offset = static_cast<int64_t>(bytes_.size());
    if (request.offset() == 0 && request.action() == wire::WRITE) bytes_.clear();
    if (request.offset() != 0 && request.offset() != offset) {
      return {grpc::StatusCode::OUT_OF_RANGE, absl::StrCat("offset ", request.offset(), " after ", offset, " bytes")};
    }
    bytes_ += request.data();
    if (static_cast<int64_t>(bytes_.size()) > total_) {
      return {grpc::StatusCode::FAILED_PRECONDITION, absl::StrCat("more than the ", total_, " bytes announced")};
    }
  }
  response.set_action(request.action());
  response.set_total(total_);
  response.set_offset(static_cast<int64_t>(bytes_.size()));
  if (request.action() != wire::COMMIT) return grpc::Status::OK;
  response.set_digest(expected_->ToString());
  return Commit(request);
}

grpc::Status DocumentWrite::TakeReference(const Request& request) {
  if (request.ref().empty()) return {grpc::StatusCode::INVALID_ARGUMENT, "a write needs a reference"};
  absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(request.expected());
  if (!digest.ok()) return relay::ToGrpc(digest.status());
  const bool layer = absl::StartsWith(request.ref(), "layer-");
  if (layer || request.total() <= 0 || request.total() > kMaxDocument) {
    return {grpc::StatusCode::ALREADY_EXISTS, absl::StrCat("content ", request.expected(), ": already exists")};
  }
  expected_ = *std::move(digest);
  total_ = request.total();
  return grpc::Status::OK;
}

grpc::Status DocumentWrite::Commit(const Request& request) {
  const int64_t size = request.total() > 0 ? request.total() : total_;
  oci::content::Blob blob{.descriptor = {.digest = *expected_, .size = size},
                          .source = std::make_unique<oci::io::StringSource>(std::move(bytes_))};
  const absl::Status status = build_->AddDocument(std::move(blob));
  committed_ = status.ok();
  return relay::ToGrpc(status);
}

}  // namespace waybill::exporter::bridge
