// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/exporter_reports.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "exporter/bridge/solve/status_rows.h"

namespace waybill::exporter::bridge::solve {
namespace {

// The longest first: "manifest " is also how "manifest list " begins.
constexpr absl::string_view kRows[] = {
    "exporting attestation manifest ",
    "exporting manifest list ",
    "exporting manifest ",
    "exporting config ",
};

bool WritesImages(absl::string_view type) { return type == "oci" || type == "docker" || type == "image"; }

void ObserveRow(absl::string_view row_id, std::set<oci::Digest>& documents) {
  for (absl::string_view row : kRows) {
    if (!absl::ConsumePrefix(&row_id, row)) continue;
    absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(row_id);
    if (digest.ok()) documents.insert(*std::move(digest));
    return;
  }
}

}  // namespace

ExporterReports::ExporterReports(const moby::buildkit::v1::SolveRequest& request) {
  for (int i = 0; i < request.exporters_size(); ++i) {
    const auto& exporter = request.exporters(i);
    if (!WritesImages(exporter.type())) continue;
    Report report{.index = i,
                  .vertex = ExporterVertex(request.session(), i),
                  .attributes = request::Attributes(exporter.attrs().begin(), exporter.attrs().end())};
    report.attributes.erase("name");
    report.attributes["type"] = exporter.type();
    reports_.push_back(std::move(report));
  }
}

void ExporterReports::Observe(const moby::buildkit::v1::StatusResponse& status) {
  for (Report& report : reports_) {
    for (const auto& row : status.statuses()) {
      if (row.vertex() == report.vertex) ObserveRow(row.id(), report.documents);
    }
    for (const auto& vertex : status.vertexes()) {
      if (vertex.digest() == report.vertex && vertex.has_completed()) report.completed = true;
    }
  }
}

bool ExporterReports::Completed() const {
  return std::all_of(reports_.begin(), reports_.end(), [](const Report& report) { return report.completed; });
}

}  // namespace waybill::exporter::bridge::solve
