// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/content_read.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "exporter/rpc/status.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::content {

namespace api = ::containerd::services::content::v1;

namespace {
constexpr int64_t kBytesPerMessage = 1 << 20;
}  // namespace

ReadCall::ReadCall(grpc::CallbackServerContext& call, const api::ReadContentRequest& request,
                   oci::content::Fetcher& blobs, const rpc::Workplace& workplace)
    : request_(request),
      blobs_(blobs),
      executor_(workplace.executor),
      context_(rpc::ContextOf(call, stop_.get_token())) {
  if (const absl::Status begun = Begin(workplace.gate); !begun.ok()) Finish(rpc::ToGrpc(begun));
}

absl::Status ReadCall::Begin(rpc::Gate& gate) {
  ABSL_ASSIGN_OR_RETURN(pass_, gate.Enter());
  const auto submitted = executor_.Submit([this] {
    if (const absl::Status opened = Open(); !opened.ok()) return Finish(rpc::ToGrpc(opened));
    Step();
  });
  return submitted.status();
}

absl::Status ReadCall::Open() {
  ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, oci::Digest::Parse(request_.digest()));
  ABSL_ASSIGN_OR_RETURN(source_, blobs_.Fetch(context_, {.digest = digest, .size = -1}));
  const int64_t size = source_->size();
  offset_ = std::max<int64_t>(request_.offset(), 0);
  if (offset_ > size) return absl::OutOfRangeError(absl::StrCat("read past object length ", size, " bytes"));
  end_ = request_.size() <= 0 || request_.size() > size - offset_ ? size : offset_ + request_.size();
  ABSL_ASSIGN_OR_RETURN(reader_, source_->Open(context_, offset_));
  return absl::OkStatus();
}

void ReadCall::Step() {
  if (offset_ == end_) return Finish(grpc::Status::OK);
  if (const absl::Status filled = Fill(); !filled.ok()) return Finish(rpc::ToGrpc(filled));
  StartWrite(&response_);
}

absl::Status ReadCall::Fill() {
  ABSL_RETURN_IF_ERROR(context_.Check());
  std::string& data = *response_.mutable_data();
  data.resize(static_cast<size_t>(std::min(kBytesPerMessage, end_ - offset_)));
  size_t filled = 0;
  while (filled < data.size()) {
    ABSL_ASSIGN_OR_RETURN(const size_t count, reader_->Read(absl::MakeSpan(data).subspan(filled)));
    if (count == 0) return oci::StorageError(absl::StrCat("content ", request_.digest(), " ends early"));
    filled += count;
  }
  response_.set_offset(offset_);
  offset_ += static_cast<int64_t>(filled);
  return absl::OkStatus();
}

void ReadCall::OnWriteDone(bool ok) {
  if (!ok) return Finish(rpc::ToGrpc(oci::MakeError(oci::Reason::kInterrupted, "the client went away")));
  executor_.Continue([this] { Step(); });
}

}  // namespace waybill::exporter::service::content
