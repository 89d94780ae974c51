// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/exporter_reports.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "exporter/bridge/solve/status_rows.h"
#include "oci/error.h"

namespace waybill::exporter::bridge::solve {

ExporterReports::ExporterReports(const moby::buildkit::v1::SolveRequest& request) {
  for (int i = 0; i < request.exporters_size(); ++i) {
    const auto& exporter = request.exporters(i);
    Report report{.vertex = ExporterVertex(request.session(), i),
                  .attributes = Attributes(exporter.attrs().begin(), exporter.attrs().end())};
    report.attributes.erase("name");
    report.attributes["type"] = exporter.type();
    reports_.push_back(std::move(report));
  }
}

void ExporterReports::Observe(const moby::buildkit::v1::StatusResponse& status) {
  for (Report& report : reports_) {
    for (const auto& row : status.statuses()) {
      if (row.vertex() == report.vertex) ObserveRow(report, row.id());
    }
    for (const auto& vertex : status.vertexes()) {
      if (vertex.digest() == report.vertex && vertex.has_completed()) report.completed = true;
    }
  }
}

void ExporterReports::ObserveRow(Report& report, absl::string_view row_id) {
  if (absl::ConsumePrefix(&row_id, "exporting manifest list ")) {
    report.list = std::string(row_id);
  } else if (absl::ConsumePrefix(&row_id, "exporting manifest ")) {
    report.manifests.emplace(row_id);
  } else if (absl::ConsumePrefix(&row_id, "exporting config ")) {
    report.configs.emplace(row_id);
  }
}

// Its own, or that of an exporter that was asked for the same.
std::string ExporterReports::ListOf(const Report& report) const {
  if (!report.list.empty()) return report.list;
  for (const Report& other : reports_) {
    if (other.attributes == report.attributes && !other.list.empty()) return other.list;
  }
  return "";
}

// Its own only one, or the only one that an exporter with the same configs wrote.
std::string ExporterReports::ManifestOf(const Report& report) const {
  std::set<std::string> found = report.manifests;
  for (const Report& other : reports_) {
    if (found.empty() && other.configs == report.configs) found = other.manifests;
  }
  return found.size() == 1 ? *found.begin() : "";
}

absl::StatusOr<oci::Digest> ExporterReports::Root(int index) const {
  const Report& report = reports_[index];
  std::string root = ListOf(report);
  if (root.empty()) root = ManifestOf(report);
  if (root.empty()) {
    return oci::NotFoundError(
        absl::StrCat("several images in one build: the daemon did not report which one exporter ", index, " wrote"));
  }
  return oci::Digest::Parse(root);
}

}  // namespace waybill::exporter::bridge::solve
