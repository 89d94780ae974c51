// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/messages/event_codec.h"

#include <utility>

#include "absl/strings/str_split.h"
#include "exporter/rpc/utf8.h"
#include "exporter/service/messages/result_codec.h"
#include "oci/error.h"

namespace waybill::exporter::service::messages {
namespace {

using State = oci::ProgressEvent::State;

constexpr std::pair<State, v1::Progress::State> kStates[] = {
    {State::kStarted, v1::Progress::STATE_STARTED},
    {State::kChecking, v1::Progress::STATE_CHECKING},
    {State::kExists, v1::Progress::STATE_EXISTS},
    {State::kMounted, v1::Progress::STATE_MOUNTED},
    {State::kTransferring, v1::Progress::STATE_TRANSFERRING},
    {State::kCommitting, v1::Progress::STATE_COMMITTING},
    {State::kRetrying, v1::Progress::STATE_RETRYING},
    {State::kDone, v1::Progress::STATE_DONE},
    {State::kFailed, v1::Progress::STATE_FAILED},
    {State::kWarning, v1::Progress::STATE_WARNING},
};

constexpr size_t kMaxDetail = 10000;

}  // namespace

v1::Progress ToProto(const oci::ProgressEvent& event) {
  v1::Progress message;
  message.set_target(rpc::ToUtf8(event.target, kMaxDetail));
  message.set_item(rpc::ToUtf8(event.item, kMaxDetail));
  for (const auto& [state, number] : kStates) {
    if (state == event.state) message.set_state(number);
  }
  message.set_current(event.current);
  message.set_total(event.total);
  message.set_detail(rpc::ToUtf8(event.detail, kMaxDetail));
  return message;
}

oci::ProgressEvent FromProto(const v1::Progress& message) {
  oci::ProgressEvent event{.target = message.target(),
                           .item = message.item(),
                           .state = State::kTransferring,
                           .current = message.current(),
                           .total = message.total(),
                           .detail = message.detail()};
  for (const auto& [state, number] : kStates) {
    if (number == message.state()) event.state = state;
  }
  return event;
}

v1::Report ToProto(const Report& report) {
  v1::Report message;
  if (report.root.has_value()) *message.mutable_root() = ToProto(*report.root);
  message.mutable_response()->insert(report.response.begin(), report.response.end());
  return message;
}

absl::StatusOr<Report> FromProto(const v1::Report& message) {
  Report report{.root = std::nullopt, .response = {message.response().begin(), message.response().end()}};
  if (message.has_root()) {
    absl::StatusOr<oci::Descriptor> root = FromProto(message.root());
    if (!root.ok()) return oci::Annotate(root.status(), "report.root");
    report.root = *std::move(root);
  }
  if (const auto joined = report.response.find("image.name"); joined != report.response.end()) {
    report.names = absl::StrSplit(joined->second, ',');
  }
  return report;
}

}  // namespace waybill::exporter::service::messages
