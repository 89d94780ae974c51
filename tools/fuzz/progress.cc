// SPDX-License-Identifier: Apache-2.0
// exporter/bridge/solve: what a daemon reports of a build's exporters finds each of them one image at most, whatever it
// says. The build has three exporters in the session "s"; two images were written.
#include "exporter/bridge/solve/exporter_reports.h"
#include "exporter/bridge/solve/exporter_roots.h"
#include "exporter/bridge/solve/status_rows.h"
#include "exporter/bridge/solve/written_images.h"
#include "oci/digest.h"
#include "proto/moby/control.pb.h"
#include "tools/fuzz/require.h"

namespace solve = waybill::exporter::bridge::solve;
using waybill::fuzz::Require;
using waybill::oci::Digest;

namespace {

moby::buildkit::v1::SolveRequest Request() {
  moby::buildkit::v1::SolveRequest request;
  request.set_session("s");
  for (const char* type : {"oci", "docker", "oci"}) request.add_exporters()->set_type(type);
  return request;
}

std::vector<solve::WrittenImage> Images() {
  const Digest shared = Digest::Of("config");
  return {{.root = Digest::Of("a"), .copies = 2, .documents = {Digest::Of("a"), shared}},
          {.root = Digest::Of("b"), .copies = 1, .documents = {Digest::Of("b"), shared}}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  moby::buildkit::v1::StatusResponse status;
  if (!status.ParseFromArray(data, static_cast<int>(size))) return 0;
  solve::ExporterReports reports(Request());
  reports.Observe(status);
  size_t first_image = 0;
  for (const auto& [index, root] : solve::RootsOfExporters(reports.all(), Images())) {
    Require(index >= 0 && index < 3, "a root is of an exporter");
    Require(root == Digest::Of("a") || root == Digest::Of("b"), "a root was written");
    if (root == Digest::Of("a")) ++first_image;
  }
  Require(first_image <= 2, "no image is given away more often than it was written");
  const std::string vertex = solve::ExporterVertex("s", 0);
  if (!solve::RenameVertex(vertex, "exporting", status)) return 0;
  for (const auto& named : status.vertexes()) {
    Require(named.digest() != vertex || named.name() == "exporting", "our exporter has our name");
  }
  return 0;
}
