// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/content_list.h"

#include "exporter/rpc/status.h"
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
                   const BlobCatalog& catalog, const rpc::Workplace& workplace)
    : request_(request), catalog_(catalog), context_(rpc::ContextOf(call, stop_.get_token())) {
  if (const absl::Status begun = Begin(workplace); !begun.ok()) Finish(rpc::ToGrpc(begun));
}

absl::Status ListCall::Begin(const rpc::Workplace& workplace) {
  ABSL_ASSIGN_OR_RETURN(pass_, workplace.gate.Enter());
  const auto submitted = workplace.executor.Submit([this] {
    if (const absl::Status collected = Collect(); !collected.ok()) return Finish(rpc::ToGrpc(collected));
    SendNext();
  });
  return submitted.status();
}

absl::Status ListCall::Collect() {
  ABSL_ASSIGN_OR_RETURN(const AnyFilter filter, AnyFilter::Parse(request_.filters()));
  return catalog_.List(context_, [&](const BlobInfo& info) {
    if (!filter.Matches(FieldsOf(info))) return absl::OkStatus();
    if (messages_.empty() || messages_.back().info_size() == kInfosPerMessage) messages_.emplace_back();
    *messages_.back().add_info() = ToProto(info);
    return absl::OkStatus();
  });
}

void ListCall::SendNext() {
  if (sent_ == messages_.size()) return Finish(grpc::Status::OK);
  StartWrite(&messages_[sent_++]);
}

void ListCall::OnWriteDone(bool ok) {
  if (!ok) return Finish(rpc::ToGrpc(oci::MakeError(oci::Reason::kInterrupted, "the client went away")));
  SendNext();
}

}  // namespace waybill::exporter::service::content
