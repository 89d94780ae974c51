// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/content_list.h"

#include <utility>

#include "exporter/service/content/content_messages.h"
#include "exporter/service/content/filter.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::content {

namespace api = ::containerd::services::content::v1;

namespace {
constexpr int kInfosPerMessage = 100;
}  // namespace

ListCall::ListCall(grpc::CallbackServerContext& call, const api::ListContentRequest& request,
                   const store::BlobCatalog& catalog, const rpc::Workplace& workplace,
                   rpc::admission::ClientMemory& memory)
    : ServerCall(call), request_(request), catalog_(catalog), client_(workplace.ClientOf(call)), memory_(memory) {
  if (const absl::Status begun = Begin(workplace); !begun.ok()) End(begun);
}

absl::Status ListCall::Begin(const rpc::Workplace& workplace) {
  ABSL_ASSIGN_OR_RETURN(place_, workplace.places.Take(client_));
  ABSL_ASSIGN_OR_RETURN(pass_, workplace.gate.Enter());
  const auto submitted = workplace.queue.Submit([this] {
    if (const absl::Status collected = Collect(); !collected.ok()) return End(collected);
    SendNext();
  });
  return submitted.status();
}

absl::Status ListCall::Collect() {
  ABSL_ASSIGN_OR_RETURN(const AnyFilter filter, AnyFilter::Parse(request_.filters()));
  ABSL_RETURN_IF_ERROR(catalog_.List(context(), [&](const store::BlobInfo& info) {
    if (!filter.Matches(FieldsOf(info))) return absl::OkStatus();
    if (messages_.empty() || messages_.back().info_size() == kInfosPerMessage) messages_.emplace_back();
    *messages_.back().add_info() = ToProto(info);
    if (messages_.back().info_size() < kInfosPerMessage) return absl::OkStatus();
    return CountLast();
  }));
  return messages_.size() > holds_.size() ? CountLast() : absl::OkStatus();
}

absl::Status ListCall::CountLast() {
  ABSL_ASSIGN_OR_RETURN(rpc::admission::ClientMemory::Hold hold,
                        memory_.Take(client_, static_cast<int64_t>(messages_.back().SpaceUsedLong())));
  holds_.push_back(std::move(hold));
  return absl::OkStatus();
}

void ListCall::SendNext() {
  if (sent_ == messages_.size()) return Finish(grpc::Status::OK);
  if (sent_ > 0) {
    messages_[sent_ - 1] = api::ListContentResponse();
    holds_[sent_ - 1].Release();
  }
  StartWrite(&messages_[sent_++]);
}

void ListCall::OnWriteDone(bool ok) {
  if (!ok) return End(oci::MakeError(oci::Reason::kInterrupted, "the client went away"));
  SendNext();
}

}  // namespace waybill::exporter::service::content
