// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/export_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/rpc/message.h"
#include "exporter/service/messages/event_codec.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service {
namespace {

using State = oci::ProgressEvent::State;

oci::ProgressEvent Waiting(State state) {
  return {.target = "", .item = "waiting for other exports", .state = state, .current = 0, .total = 0, .detail = ""};
}

}  // namespace

ExportCall::ExportCall(grpc::CallbackServerContext& call, const rpc::Workplace& workplace, absl::Duration patience,
                       Work work, EndSink on_end)
    : ServerCall(call),
      call_(call),
      queue_(workplace.queue),
      patience_(patience),
      context_(context().WithProgress(*this)),
      work_(std::move(work)),
      on_end_(std::move(on_end)) {
  // Only the worker finishes, or, when there is none, this or OnCancel.
  if (const absl::Status begun = Begin(workplace.gate); !begun.ok()) {
    Close(begun);
  } else if (ticket_.waits) {
    TellWaiting();
  }
}

absl::Status ExportCall::Begin(rpc::admission::Gate& gate) {
  ABSL_ASSIGN_OR_RETURN(pass_, gate.Enter());
  ABSL_ASSIGN_OR_RETURN(ticket_, queue_.Submit([this] { Run(); }));
  return absl::OkStatus();
}

void ExportCall::OnCancel() {
  RequestStop();
  if (queue_.Withdraw(ticket_) == nullptr) return;
  {
    absl::MutexLock lock(&mutex_);
    withdrawn_ = true;
    if (sending_) return;  // OnWriteDone finishes
  }
  Close(context_.Check());
}

void ExportCall::TellWaiting() {
  {
    absl::MutexLock lock(&mutex_);
    if (begun_) return;
    waiting_ = true;
    Queue(Waiting(State::kStarted));
  }
  Pump();
}

void ExportCall::TellBegun() {
  {
    absl::MutexLock lock(&mutex_);
    begun_ = true;
    if (waiting_) Queue(Waiting(State::kDone));
  }
  Pump();
}

void ExportCall::Run() {
  TellBegun();
  absl::Status status = RunWork();
  const absl::Status flushed = Flush();
  if (status.ok()) status = flushed;
  Close(status);
}

absl::Status ExportCall::RunWork() {
  ABSL_RETURN_IF_ERROR(context_.Check());
  ABSL_ASSIGN_OR_RETURN(const exporter::Report report, work_(context_, *this));
  v1::ExportEvent event;
  *event.mutable_report() = messages::ToProto(report);
  return Send(std::move(event));
}

void ExportCall::Close(const absl::Status& status) {
  on_end_(status);
  End(status);
}

void ExportCall::Report(const oci::ProgressEvent& event) {
  {
    absl::MutexLock lock(&mutex_);
    Queue(event);
  }
  Pump();
}

void ExportCall::Queue(const oci::ProgressEvent& event) {
  const auto same = std::find_if(pending_.begin(), pending_.end(), [&](const oci::ProgressEvent& other) {
    return other.target == event.target && other.item == event.item && other.state != State::kWarning &&
           event.state != State::kWarning;
  });
  if (same != pending_.end()) {
    *same = event;
  } else if (pending_.size() < kMaxPending) {
    pending_.push_back(event);
  }
}

absl::Status ExportCall::Write(absl::string_view bytes) {
  v1::ExportEvent event;
  event.set_data(std::string(bytes));
  return Send(std::move(event));
}

absl::Status ExportCall::Send(v1::ExportEvent event) {
  ABSL_RETURN_IF_ERROR(context_.Check());
  {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(this, &ExportCall::CanQueue), patience_)) return GiveUp();
    if (broken_) return oci::MakeError(oci::Reason::kInterrupted, "the client went away");
    next_ = std::move(event);
  }
  Pump();
  return absl::OkStatus();
}

absl::Status ExportCall::Flush() {
  absl::MutexLock lock(&mutex_);
  if (mutex_.AwaitWithTimeout(absl::Condition(this, &ExportCall::Quiet), patience_)) return absl::OkStatus();
  const absl::Status gone = GiveUp();
  mutex_.Await(absl::Condition(this, &ExportCall::Quiet));
  return gone;
}

absl::Status ExportCall::GiveUp() {
  broken_ = true;
  call_.TryCancel();
  return oci::MakeError(oci::Reason::kTimeout,
                        absl::StrCat("the client took nothing for ", absl::FormatDuration(patience_)));
}

std::optional<v1::ExportEvent> ExportCall::TakeNext() {
  std::optional<v1::ExportEvent> event;
  if (!pending_.empty()) {
    event.emplace();
    *event->mutable_progress() = messages::ToProto(pending_.front());
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
    in_flight_ = rpc::Encode(*event);
    sending_ = true;
  }
  StartWrite(&in_flight_);
}

void ExportCall::OnWriteDone(bool ok) {
  bool withdrawn = false;
  {
    absl::MutexLock lock(&mutex_);
    sending_ = false;
    if (!ok) broken_ = true;
    withdrawn = withdrawn_;
  }
  if (withdrawn) return Close(context_.Check());
  if (!ok) RequestStop();
  Pump();
}

}  // namespace waybill::exporter::service
