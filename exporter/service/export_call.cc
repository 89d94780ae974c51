// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/export_call.h"

#include <algorithm>
#include <utility>

#include "exporter/service/call.h"
#include "exporter/service/event_codec.h"
#include "exporter/service/status.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {

ExportCall::ExportCall(grpc::CallbackServerContext& call, Executor& executor, Work work)
    : context_(ContextOf(call, stop_.get_token()).WithProgress(*this)), work_(std::move(work)) {
  // Only the worker finishes, or, when there is none, this.
  if (absl::Status submitted = executor.Submit([this] { Run(); }); !submitted.ok()) Finish(ToGrpc(submitted));
}

void ExportCall::Run() {
  absl::Status status = context_.Check();
  if (status.ok()) {
    absl::StatusOr<exporter::Report> report = work_(context_, *this);
    status = report.status();
    if (report.ok()) {
      v1::ExportEvent event;
      *event.mutable_report() = ToProto(*report);
      status = Send(std::move(event));
    }
  }
  { absl::MutexLock lock(&mutex_, absl::Condition(this, &ExportCall::Quiet)); }
  Finish(ToGrpc(status));
}

void ExportCall::Report(const oci::ProgressEvent& event) {
  {
    absl::MutexLock lock(&mutex_);
    const auto same = std::find_if(pending_.begin(), pending_.end(), [&](const oci::ProgressEvent& other) {
      return other.target == event.target && other.item == event.item &&
             other.state != oci::ProgressEvent::State::kWarning && event.state != oci::ProgressEvent::State::kWarning;
    });
    if (same != pending_.end()) {
      *same = event;
    } else if (pending_.size() < kMaxPending) {
      pending_.push_back(event);
    }
  }
  Pump();
}

absl::Status ExportCall::Write(absl::string_view bytes) {
  v1::ExportEvent event;
  event.set_data(std::string(bytes));
  return Send(std::move(event));
}

absl::Status ExportCall::Send(v1::ExportEvent event) {
  ABSL_RETURN_IF_ERROR(context_.Check());
  {
    absl::MutexLock lock(&mutex_, absl::Condition(this, &ExportCall::CanQueue));
    if (broken_) return oci::MakeError(oci::Reason::kInterrupted, "the client went away");
    next_ = std::move(event);
  }
  Pump();
  return absl::OkStatus();
}

std::optional<v1::ExportEvent> ExportCall::TakeNext() {
  std::optional<v1::ExportEvent> event;
  if (!pending_.empty()) {
    event.emplace();
    *event->mutable_progress() = ToProto(pending_.front());
    pending_.pop_front();
  } else {
    event = std::exchange(next_, std::nullopt);
  }
  return event;
}

void ExportCall::Pump() {
  {
    absl::MutexLock lock(&mutex_);
    if (sending_ || broken_) return;
    std::optional<v1::ExportEvent> event = TakeNext();
    if (!event.has_value()) return;
    in_flight_ = *std::move(event);
    sending_ = true;
  }
  StartWrite(&in_flight_);
}

void ExportCall::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    sending_ = false;
    if (!ok) broken_ = true;
  }
  if (!ok) stop_.request_stop();
  Pump();
}

}  // namespace waybill::exporter::service
