// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/exporter_reports.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "exporter/bridge/solve/status_rows.h"
#include "oci/error.h"

namespace waybill::exporter::bridge::solve {
namespace {

using moby::buildkit::v1::SolveRequest;
using moby::buildkit::v1::StatusResponse;

std::string D(char c) { return "sha256:" + std::string(64, c); }

class ExporterReportsTest : public testing::Test {
 protected:
  ExporterReportsTest() {
    request_.set_session("s");
    for (const std::string compression : {"gzip", "zstd", "gzip"}) {
      auto& exporter = *request_.add_exporters();
      exporter.set_type("oci");
      (*exporter.mutable_attrs())["compression"] = compression;
      (*exporter.mutable_attrs())["name"] = "name" + std::to_string(request_.exporters_size());
    }
  }
  static void Report(ExporterReports& reports, int index, const std::vector<std::string>& rows) {
    StatusResponse status;
    for (const std::string& row : rows) {
      auto& added = *status.add_statuses();
      added.set_vertex(ExporterVertex("s", index));
      added.set_id(row);
    }
    reports.Observe(status);
  }
  SolveRequest request_;
};

TEST_F(ExporterReportsTest, ListBeforeManifests) {
  ExporterReports reports(request_);
  Report(reports, 1, {"exporting manifest " + D('a'), "exporting manifest " + D('b')});
  Report(reports, 1, {"exporting attestation manifest " + D('c'), "exporting manifest list " + D('d')});
  Report(reports, 0, {"exporting layers", "exporting manifest " + D('e')});
  EXPECT_EQ(reports.Root(1)->ToString(), D('d'));
  EXPECT_EQ(reports.Root(0)->ToString(), D('e'));
}

TEST_F(ExporterReportsTest, LostRowsComeFromExportersThatWroteTheSame) {
  ExporterReports lists(request_);
  Report(lists, 0, {"exporting manifest list " + D('a')});
  Report(lists, 1, {"exporting manifest list " + D('b')});
  Report(lists, 2, {"exporting manifest " + D('c')});
  EXPECT_EQ(lists.Root(2)->ToString(), D('a'));

  ExporterReports manifests(request_);
  Report(manifests, 0, {"exporting config " + D('9')});
  Report(manifests, 1, {"exporting manifest " + D('a'), "exporting config " + D('9')});
  Report(manifests, 2, {"exporting manifest " + D('b'), "exporting config " + D('8')});
  EXPECT_EQ(manifests.Root(0)->ToString(), D('a'));
}

TEST_F(ExporterReportsTest, NotToldIsAnError) {
  ExporterReports reports(request_);
  Report(reports, 0, {"exporting config " + D('9')});
  const absl::StatusOr<oci::Digest> root = reports.Root(0);
  ASSERT_FALSE(root.ok());
  EXPECT_EQ(oci::ReasonOf(root.status()), oci::Reason::kNotFound);
  EXPECT_EQ(root.status().message(),
            "several images in one build: the daemon did not report which one exporter 0 wrote");
}

TEST_F(ExporterReportsTest, CompletedIsPerExporter) {
  ExporterReports reports(request_);
  StatusResponse status;
  auto& vertex = *status.add_vertexes();
  vertex.set_digest(ExporterVertex("s", 1));
  reports.Observe(status);
  EXPECT_FALSE(reports.Completed(1));
  vertex.mutable_completed()->set_seconds(1);
  reports.Observe(status);
  EXPECT_TRUE(reports.Completed(1));
  EXPECT_FALSE(reports.Completed(0));
}

}  // namespace
}  // namespace waybill::exporter::bridge::solve
