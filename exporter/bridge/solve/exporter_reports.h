// SPDX-License-Identifier: Apache-2.0
// What the exporters of a build said of the images they wrote, out of the build's progress: the daemon answers with the
// last one's only. Their rows name the documents ("exporting manifest sha256:..."), but of rows of the same name that
// several exporters have at the same moment all but one get lost.
#ifndef WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_REPORTS_H_
#define WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_REPORTS_H_

#include <set>
#include <string>
#include <vector>

#include "exporter/request/export_request.h"
#include "oci/digest.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::solve {

// Not thread-safe.
class ExporterReports {
 public:
  struct Report {
    int index = 0;
    std::string vertex;
    request::Attributes attributes;   // but for the name
    std::set<oci::Digest> documents;  // the image has these, and it may have others
    bool completed = false;
  };

  // `request` as it went to the daemon.
  explicit ExporterReports(const moby::buildkit::v1::SolveRequest& request);

  void Observe(const moby::buildkit::v1::StatusResponse& status);
  // Of the exporters that write images, in the order of the request.
  const std::vector<Report>& all() const { return reports_; }
  // All of them have written everything.
  bool Completed() const;

 private:
  std::vector<Report> reports_;
};

}  // namespace waybill::exporter::bridge::solve

#endif  // WAYBILL_EXPORTER_BRIDGE_SOLVE_EXPORTER_REPORTS_H_
