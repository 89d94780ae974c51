// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/content/upload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc::content {

namespace api = ::containerd::services::content::v1;

namespace {
// A session's servers take messages of at most 4 MiB; BuildKit's and containerd's own writers send 1 MiB.
constexpr size_t kBytesPerMessage = 1 << 20;
}  // namespace

Upload::Upload(const oci::Context& context, const Peer& peer) : call_(context) {
  peer.Address(call_);
  stream_ = peer.stub->Write(&call_.grpc());
}

Upload::~Upload() {
  if (finished_) return;
  call_.Cancel();
  stream_->Finish();
}

absl::StatusOr<int64_t> Upload::Begin(const std::string& ref, const oci::Descriptor& descriptor) {
  api::WriteContentRequest request;
  request.set_action(api::STAT);
  request.set_ref(ref);
  request.set_total(descriptor.size);
  request.set_expected(descriptor.digest.ToString());
  ABSL_RETURN_IF_ERROR(Ask(request));
  offset_ = response_.offset();
  return offset_;
}

absl::Status Upload::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t room = kBytesPerMessage - pending_.size();
    const absl::string_view next = bytes.substr(0, room);
    pending_.append(next.data(), next.size());
    bytes.remove_prefix(next.size());
    if (pending_.size() == kBytesPerMessage) ABSL_RETURN_IF_ERROR(Send(api::WRITE));
  }
  return absl::OkStatus();
}

absl::Status Upload::Close() {
  ABSL_RETURN_IF_ERROR(Send(api::COMMIT));
  stream_->WritesDone();
  // containerd's service sends the answer to a commit twice, and the status comes after all messages.
  while (stream_->Read(&response_)) {
  }
  return Finish();
}

absl::Status Upload::Send(api::WriteAction action) {
  api::WriteContentRequest request;
  request.set_action(action);
  request.set_offset(offset_);
  offset_ += static_cast<int64_t>(pending_.size());
  request.set_data(std::move(pending_));
  pending_.clear();
  ABSL_RETURN_IF_ERROR(Ask(request));
  if (response_.offset() == offset_) return absl::OkStatus();
  return oci::StorageError(absl::StrCat("the content service took ", response_.offset(), " bytes of ", offset_));
}

absl::Status Upload::Ask(const api::WriteContentRequest& request) {
  if (stream_->Write(request) && stream_->Read(&response_)) return absl::OkStatus();
  const absl::Status ended = Finish();
  return ended.ok() ? absl::InternalError("the content service ended the call early") : ended;
}

absl::Status Upload::Finish() {
  finished_ = true;
  return call_.ToStatus(stream_->Finish());
}

}  // namespace waybill::exporter::rpc::content
