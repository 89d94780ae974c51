// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/status_rows.h"

#include "absl/strings/str_cat.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::solve {
namespace {

using oci::ProgressEvent;

// "pushing <blob> to <name>"; an event without an item is about the name itself. Clients' files have no name here.
std::string RowText(TakenKind kind, const ProgressEvent& event) {
  if (event.state == ProgressEvent::State::kWarning) return absl::StrCat("warning: ", event.detail);
  if (kind != TakenKind::kRegistry) {
    const absl::string_view whole = kind == TakenKind::kClientFile ? "tarball" : "image";
    return absl::StrCat("sending ", event.item.empty() ? whole : event.item);
  }
  if (event.item.empty()) return absl::StrCat("pushing ", event.target);
  return absl::StrCat("pushing ", event.item, event.target.empty() ? "" : " to ", event.target);
}

// What the reader should know beyond the bytes.
std::string Remark(const ProgressEvent& event) {
  switch (event.state) {
    case ProgressEvent::State::kExists:
      return " (exists)";
    case ProgressEvent::State::kMounted:
      return " (mounted)";
    case ProgressEvent::State::kRetrying:
      return absl::StrCat(" (retrying: ", event.detail, ")");
    case ProgressEvent::State::kDone:
      return event.detail.empty() ? "" : absl::StrCat(" (", event.detail, ")");
    default:
      return "";
  }
}

bool IsLast(ProgressEvent::State state) {
  return state == ProgressEvent::State::kExists || state == ProgressEvent::State::kMounted ||
         state == ProgressEvent::State::kDone || state == ProgressEvent::State::kWarning;
}

}  // namespace

void SetTime(absl::Time time, google::protobuf::Timestamp& stamp) {
  const int64_t nanoseconds = absl::ToUnixNanos(time);
  stamp.set_seconds(nanoseconds / 1'000'000'000);
  stamp.set_nanos(static_cast<int32_t>(nanoseconds % 1'000'000'000));
}

std::string ExporterVertex(absl::string_view session_id, int index) {
  return oci::Digest::Of(absl::StrCat(session_id, "-export-", index)).ToString();
}

bool RenameVertex(absl::string_view digest, absl::string_view name, moby::buildkit::v1::StatusResponse& status) {
  bool found = false;
  for (moby::buildkit::v1::Vertex& vertex : *status.mutable_vertexes()) {
    if (absl::string_view(vertex.digest()) != digest) continue;
    vertex.set_name(std::string(name));
    found = true;
  }
  return found;
}

moby::buildkit::v1::VertexStatus Row(absl::string_view vertex, TakenKind kind, const ProgressEvent& event,
                                     absl::Time started, absl::Time now) {
  moby::buildkit::v1::VertexStatus row;
  const std::string text = RowText(kind, event);
  row.set_id(text);
  row.set_name(text + Remark(event));
  row.set_vertex(std::string(vertex));
  row.set_current(event.current);
  row.set_total(event.total);
  SetTime(now, *row.mutable_timestamp());
  SetTime(started, *row.mutable_started());
  if (IsLast(event.state)) SetTime(now, *row.mutable_completed());
  return row;
}

}  // namespace waybill::exporter::bridge::solve
