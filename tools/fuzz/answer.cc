// SPDX-License-Identifier: Apache-2.0
// exporter/bridge/solve/response: what a daemon answered is taken or refused, and what goes on names our images. Input:
// the image's descriptor, a line end, and its names.
#include "exporter/bridge/solve/response.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "exporter/request/options.h"
#include "tools/fuzz/require.h"

namespace exporter = waybill::exporter;
namespace solve = waybill::exporter::bridge::solve;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(std::string(waybill::fuzz::View(data, size)), absl::MaxSplits('\n', 1));
  (void)solve::RootOf({{"containerimage.descriptor", parts.first}}).ok();
  solve::Response response = {{"containerimage.descriptor", absl::Base64Escape(parts.first)},
                              {"image.name", parts.second}};
  auto root = solve::RootOf(response);
  if (!root.ok()) return 0;
  const auto options =
      exporter::request::ExportOptions::FromRequest({.type = "image", .attributes = {{"name", "*"}, {"push", "true"}}});
  Require(options.ok(), "the options are right");
  solve::DropLayoutAnnotations(*options, *root);
  const auto names = solve::NamesOf(*options, response, *root);
  if (!names.ok()) return 0;
  const solve::TakenExporter taken = {.kind = solve::TakenKind::kRegistry, .options = *options};
  exporter::Report report{.root = *root, .response = {}, .names = *names};
  solve::PatchResponse({"image"}, {{.exporter = taken, .report = std::move(report)}}, response);
  const auto again = solve::RootOf(response);
  Require(again.ok() && again->digest == root->digest, "the answer names the image");
  Require(response.contains("waybill.results"), "and lists it");
  return 0;
}
