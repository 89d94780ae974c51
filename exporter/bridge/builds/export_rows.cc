// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/export_rows.h"

#include "exporter/bridge/solve/status_rows.h"

namespace waybill::exporter::bridge::builds {
namespace {
// Between two rows of one item that only counts on.
constexpr absl::Duration kBetweenRows = absl::Milliseconds(100);
}  // namespace

ExportRows::ExportRows(ProgressBoard& board, oci::Clock& clock, solve::TakenKind kind, std::string vertex,
                       std::string name)
    : board_(board),
      clock_(clock),
      kind_(kind),
      vertex_(std::move(vertex)),
      name_(std::move(name)),
      started_(clock_.Now()) {
  ShowVertex(false, "");
}

void ExportRows::Report(const oci::ProgressEvent& event) {
  const absl::Time now = clock_.Now();
  moby::buildkit::v1::StatusResponse status;
  {
    absl::MutexLock lock(&mutex_);
    auto [found, added] = items_.try_emplace({event.target, event.item}, Item{now, now, event.state});
    Item& item = found->second;
    const bool warns = event.state == oci::ProgressEvent::State::kWarning;
    if (!added && !warns && item.state == event.state && now - item.shown < kBetweenRows) return;
    item.shown = now;
    item.state = event.state;
    *status.add_statuses() = solve::Row(vertex_, kind_, event, item.started, now);
  }
  board_.Show(status);
}

void ExportRows::ShowNote(const std::string& text, bool completed) {
  moby::buildkit::v1::StatusResponse status;
  moby::buildkit::v1::VertexStatus& row = *status.add_statuses();
  row.set_id(text);
  row.set_name(text);
  row.set_vertex(vertex_);
  solve::SetTime(started_, *row.mutable_started());
  solve::SetTime(clock_.Now(), *row.mutable_timestamp());
  if (completed) *row.mutable_completed() = row.timestamp();
  board_.Show(status);
}

void ExportRows::Close(const absl::Status& status) { ShowVertex(true, std::string(status.message())); }

void ExportRows::ShowVertex(bool completed, const std::string& error) {
  moby::buildkit::v1::StatusResponse status;
  moby::buildkit::v1::Vertex& vertex = *status.add_vertexes();
  vertex.set_digest(vertex_);
  vertex.set_name(name_);
  solve::SetTime(started_, *vertex.mutable_started());
  if (completed) solve::SetTime(clock_.Now(), *vertex.mutable_completed());
  vertex.set_error(error);
  board_.Show(status);
}

}  // namespace waybill::exporter::bridge::builds
