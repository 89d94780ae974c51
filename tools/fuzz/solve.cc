// SPDX-License-Identifier: Apache-2.0
// exporter/bridge/solve/rewriter: a client's SolveRequest is refused, or rewritten in its exporters only.
#include <algorithm>

#include "exporter/bridge/solve/exporter_reports.h"
#include "exporter/bridge/solve/rewriter.h"
#include "proto/moby/control.pb.h"
#include "tools/fuzz/require.h"

namespace solve = waybill::exporter::bridge::solve;
using moby::buildkit::v1::SolveRequest;
using waybill::fuzz::Require;

namespace {

std::string WithoutExporters(SolveRequest request) {
  request.clear_exporters();
  request.clear_exporter_deprecated();
  request.clear_exporter_attrs_deprecated();
  request.clear_enable_session_exporter();
  return request.SerializePartialAsString();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SolveRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto rewritten = solve::RewriteSolve(request);
  if (!rewritten.ok()) {
    Require(!rewritten.status().message().empty(), "an error says what is wrong");
    return 0;
  }
  if (rewritten->taken.empty()) {
    Require(rewritten->request.SerializePartialAsString().size() == request.SerializePartialAsString().size(),
            "what is not ours goes on as it came");
    return 0;
  }
  Require(WithoutExporters(rewritten->request).size() == WithoutExporters(request).size(),
          "the rest goes on as it came");
  Require(rewritten->request.exporters_size() == std::max(request.exporters_size(), 1), "no exporter comes or goes");
  for (const solve::TakenExporter& taken : rewritten->taken) {
    Require(taken.index >= 0 && taken.index < rewritten->request.exporters_size(), "what is taken was asked for");
    const auto& upstream = rewritten->request.exporters(taken.index);
    Require(upstream.type() == "oci" || upstream.type() == "docker", "the daemon writes into the session");
    Require(!upstream.attrs().contains("push") && upstream.attrs().at("tar") == "false", "and pushes nothing");
  }
  const solve::ExporterReports reports(rewritten->request);
  Require(reports.all().size() >= rewritten->taken.size(), "what is taken writes images");
  return 0;
}
