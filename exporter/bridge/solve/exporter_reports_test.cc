// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/exporter_reports.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "exporter/bridge/solve/status_rows.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::solve {
namespace {

using moby::buildkit::v1::SolveRequest;
using moby::buildkit::v1::StatusResponse;

oci::Digest D(char c) { return *oci::Digest::Parse("sha256:" + std::string(64, c)); }

SolveRequest Request(const std::vector<std::string>& types) {
  SolveRequest request;
  request.set_session("s");
  for (const std::string& type : types) {
    auto& exporter = *request.add_exporters();
    exporter.set_type(type);
    (*exporter.mutable_attrs())["compression"] = "gzip";
    (*exporter.mutable_attrs())["name"] = "name" + std::to_string(request.exporters_size());
  }
  return request;
}

void AddRow(StatusResponse& status, int index, const std::string& row) {
  auto& added = *status.add_statuses();
  added.set_vertex(ExporterVertex("s", index));
  added.set_id(row);
}

TEST(ExporterReportsTest, OnlyExportersThatWriteImages) {
  const ExporterReports reports(Request({"local", "oci", "tar", "docker", "image"}));
  ASSERT_EQ(reports.all().size(), 3u);
  EXPECT_EQ(reports.all()[0].index, 1);
  EXPECT_EQ(reports.all()[1].index, 3);
  EXPECT_EQ(reports.all()[2].index, 4);
}

TEST(ExporterReportsTest, EqualButForTheNameIsEqual) {
  const ExporterReports reports(Request({"oci", "oci", "docker"}));
  EXPECT_EQ(reports.all()[0].attributes, reports.all()[1].attributes);
  EXPECT_NE(reports.all()[0].attributes, reports.all()[2].attributes);
}

TEST(ExporterReportsTest, RowsNameDocuments) {
  ExporterReports reports(Request({"oci", "oci"}));
  StatusResponse status;
  AddRow(status, 1, "exporting layers");
  AddRow(status, 1, "exporting manifest " + D('a').ToString());
  AddRow(status, 1, "exporting config " + D('b').ToString());
  AddRow(status, 1, "exporting attestation manifest " + D('c').ToString());
  AddRow(status, 1, "exporting manifest list " + D('d').ToString());
  AddRow(status, 1, "exporting manifest of something else");
  reports.Observe(status);
  EXPECT_EQ(reports.all()[1].documents, (std::set<oci::Digest>{D('a'), D('b'), D('c'), D('d')}));
  EXPECT_TRUE(reports.all()[0].documents.empty());
}

TEST(ExporterReportsTest, CompletedWhenAllThatWriteImagesAre) {
  ExporterReports reports(Request({"oci", "local", "oci"}));
  for (int index : {0, 2}) {
    StatusResponse status;
    auto& vertex = *status.add_vertexes();
    vertex.set_digest(ExporterVertex("s", index));
    reports.Observe(status);
    EXPECT_FALSE(reports.Completed());
    vertex.mutable_completed()->set_seconds(1);
    reports.Observe(status);
  }
  EXPECT_TRUE(reports.Completed());
}

}  // namespace
}  // namespace waybill::exporter::bridge::solve
