// SPDX-License-Identifier: Apache-2.0
// Which image each exporter of a build wrote, out of the build's progress: the daemon answers with the last one only.
// Its rows name the manifests ("exporting manifest sha256:..."), but of rows of the same name that several exporters
// have at the same moment all but one get lost; those are filled in from what the others wrote.
#ifndef WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_REPORTS_H_
#define WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_REPORTS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/export_request.h"
#include "oci/digest.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::solve {

// Not thread-safe.
class ExporterReports {
 public:
  // `request` as it went to the daemon.
  explicit ExporterReports(const moby::buildkit::v1::SolveRequest& request);

  void Observe(const moby::buildkit::v1::StatusResponse& status);
  // The exporter has written everything.
  bool Completed(int index) const { return reports_[index].completed; }
  // The root of its image. NOT_FOUND when the reports do not tell.
  absl::StatusOr<oci::Digest> Root(int index) const;

 private:
  struct Report {
    std::string vertex;
    Attributes attributes;  // but for the name
    std::set<std::string> configs;
    std::set<std::string> manifests;
    std::string list;
    bool completed = false;
  };

  void ObserveRow(Report& report, absl::string_view row_id);
  std::string ListOf(const Report& report) const;
  std::string ManifestOf(const Report& report) const;

  std::vector<Report> reports_;  // by exporter
};

}  // namespace waybill::exporter::bridge::solve

#endif  // WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_REPORTS_H_
