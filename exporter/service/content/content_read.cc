// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/content_read.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::content {

namespace api = ::containerd::services::content::v1;

namespace {
constexpr int64_t kBytesPerMessage = 1 << 20;
// To a client that holds much already, such as one with a thousand calls that it does not read.
constexpr int64_t kLeastPerMessage = 16 << 10;
// The message, and gRPC's encoded one.
constexpr int64_t kHeldFor = 2;
}  // namespace

ReadCall::ReadCall(grpc::CallbackServerContext& call, const api::ReadContentRequest& request,
                   oci::content::Fetcher& blobs, const rpc::Workplace& workplace, rpc::admission::ClientMemory& memory)
    : ServerCall(call),
      request_(request),
      blobs_(blobs),
      client_(workplace.ClientOf(call)),
      memory_(memory),
      queue_(workplace.queue) {
  if (const absl::Status begun = Begin(workplace); !begun.ok()) End(begun);
}

absl::Status ReadCall::Begin(const rpc::Workplace& workplace) {
  ABSL_ASSIGN_OR_RETURN(place_, workplace.places.Take(client_));
  ABSL_ASSIGN_OR_RETURN(pass_, workplace.gate.Enter());
  const auto submitted = queue_.Submit([this] {
    if (const absl::Status opened = Open(); !opened.ok()) return End(opened);
    Step();
  });
  return submitted.status();
}

absl::Status ReadCall::Open() {
  ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, oci::Digest::Parse(request_.digest()));
  ABSL_ASSIGN_OR_RETURN(source_, blobs_.Fetch(context(), {.digest = digest, .size = -1}));
  const int64_t size = source_->size();
  offset_ = std::max<int64_t>(request_.offset(), 0);
  if (offset_ > size) return absl::OutOfRangeError(absl::StrCat("read past object length ", size, " bytes"));
  end_ = request_.size() <= 0 || request_.size() > size - offset_ ? size : offset_ + request_.size();
  ABSL_ASSIGN_OR_RETURN(reader_, source_->Open(context(), offset_));
  return absl::OkStatus();
}

void ReadCall::Step() {
  if (offset_ == end_) return Finish(grpc::Status::OK);
  if (const absl::Status filled = Fill(); !filled.ok()) return End(filled);
  StartWrite(&response_);
}

absl::Status ReadCall::Fill() {
  ABSL_RETURN_IF_ERROR(context().Check());
  ABSL_ASSIGN_OR_RETURN(const int64_t size, Reserve());
  std::string& data = *response_.mutable_data();
  data.resize(static_cast<size_t>(size));
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

absl::StatusOr<int64_t> ReadCall::Reserve() {
  const int64_t rest = end_ - offset_;
  if (hold_.bytes() == kHeldFor * std::min(kBytesPerMessage, rest)) return std::min(kBytesPerMessage, rest);
  response_ = api::ReadContentResponse();  // gives its memory back
  hold_.Release();
  absl::StatusOr<rpc::admission::ClientMemory::Hold> hold =
      memory_.Take(client_, kHeldFor * std::min(kBytesPerMessage, rest));
  if (hold.ok()) {
    hold_ = *std::move(hold);
    return std::min(kBytesPerMessage, rest);
  }
  ABSL_ASSIGN_OR_RETURN(hold_, memory_.Take(client_, kHeldFor * std::min(kLeastPerMessage, rest)));
  return std::min(kLeastPerMessage, rest);
}

void ReadCall::OnWriteDone(bool ok) {
  if (!ok) return End(oci::MakeError(oci::Reason::kInterrupted, "the client went away"));
  queue_.Continue([this] { Step(); });
}

}  // namespace waybill::exporter::service::content
