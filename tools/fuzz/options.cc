// SPDX-License-Identifier: Apache-2.0
// exporter/options: any attributes are taken or refused. Input: the type, then one "key=value" per line.
#include "exporter/request/options.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "exporter/request/export_request.h"
#include "tools/fuzz/require.h"

namespace exporter = waybill::exporter;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> lines = absl::StrSplit(std::string(waybill::fuzz::View(data, size)), '\n');
  exporter::request::ExportRequest request = {.type = lines[0]};
  for (size_t i = 1; i < lines.size(); ++i) {
    std::pair<std::string, std::string> entry = absl::StrSplit(lines[i], absl::MaxSplits('=', 1));
    request.attributes.insert(std::move(entry));
  }
  const auto options = exporter::request::ExportOptions::FromRequest(request);
  if (!options.ok()) {
    waybill::fuzz::Require(!options.status().message().empty(), "an error says what is wrong");
    return 0;
  }
  waybill::fuzz::Require(exporter::request::TypeName(options->type) == request.type, "the type is the one asked for");
  return 0;
}
