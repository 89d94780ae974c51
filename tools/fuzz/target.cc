// SPDX-License-Identifier: Apache-2.0
// exporter/attestations/http: targets, parameters and headers that any client sends. Input: a target, a line end, a
// Range header.
#include <string>

#include "exporter/attestations/http/parameters.h"
#include "exporter/attestations/http/target.h"
#include "tools/fuzz/require.h"

namespace http = waybill::exporter::attestations::http;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input = waybill::fuzz::View(data, size);
  const size_t end = input.find('\n');
  const absl::string_view target = input.substr(0, end);
  const absl::string_view header = end == input.npos ? "" : input.substr(end + 1);
  if (const auto parsed = http::ParseTarget(target); parsed.ok()) {
    const bool has_name =
        parsed->kind == http::Target::Kind::kAttestations || parsed->kind == http::Target::Kind::kBlob;
    Require(!has_name || !parsed->name.empty(), "attestations are those of an image");
    Require(parsed->name.size() <= target.size(), "decoding makes nothing larger");
    (void)http::ReadParameters(parsed->parameters);
  }
  (void)http::IsNoneOther(header, "\"tag\"");
  for (const int64_t whole : {int64_t{0}, int64_t{1}, int64_t{1000}}) {
    const auto range = http::ReadRange(header, whole);
    if (!range.ok() || !range->has_value()) continue;
    Require((*range)->offset >= 0 && (*range)->length > 0 && (*range)->offset + (*range)->length <= whole,
            "a range lies inside");
  }
  return 0;
}
