// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/http/parameters.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/status_macros.h"

namespace waybill::exporter::attestations::http {
namespace {

// As moby reads booleans (httputils.BoolValue).
bool ReadBool(absl::string_view text) {
  const std::string word = absl::AsciiStrToLower(absl::StripAsciiWhitespace(text));
  return !(word.empty() || word == "0" || word == "no" || word == "false" || word == "none");
}

}  // namespace

absl::StatusOr<Asked> ReadParameters(const Parameters& parameters) {
  std::vector<std::string> platforms;
  std::vector<std::string> types;
  Asked asked;
  for (const auto& [key, value] : parameters) {
    if (key == "type") types.push_back(value);
    if (key == "statement") asked.statement = ReadBool(value);
    if (key == "platform" && !value.empty()) platforms.push_back(value);
  }
  ABSL_ASSIGN_OR_RETURN(asked.query, ReadQuery(platforms, types));
  return asked;
}

bool IsNoneOther(absl::string_view if_none_match, absl::string_view etag) {
  for (const absl::string_view part : absl::StrSplit(if_none_match, ',')) {
    const absl::string_view tag = absl::StripAsciiWhitespace(part);
    if (tag == "*" || absl::StripPrefix(tag, "W/") == etag) return true;
  }
  return false;
}

absl::StatusOr<std::optional<Range>> ReadRange(absl::string_view header, int64_t size) {
  absl::string_view text = absl::StripAsciiWhitespace(header);
  if (!absl::ConsumePrefix(&text, "bytes=") || absl::StrContains(text, ',')) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> ends = absl::StrSplit(text, absl::MaxSplits('-', 1));
  const auto number = [](absl::string_view digits, int64_t& value) {
    return !digits.empty() && std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) &&
           absl::SimpleAtoi(digits, &value);
  };
  int64_t first = 0;
  int64_t last = size - 1;
  if (ends.first.empty()) {
    int64_t suffix = 0;
    if (!number(ends.second, suffix)) return std::nullopt;
    first = size - std::min(suffix, size);
  } else {
    if (!number(ends.first, first)) return std::nullopt;
    if (!ends.second.empty() && !number(ends.second, last)) return std::nullopt;
    if (last < first && !ends.second.empty()) return std::nullopt;
  }
  if (first >= size) return absl::OutOfRangeError("the range is not within the blob");
  return Range{.offset = first, .length = std::min(last, size - 1) - first + 1};
}

}  // namespace waybill::exporter::attestations::http
