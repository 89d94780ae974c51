// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/http/parameters.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "attest/reader/choose.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::exporter::attestations::http {
namespace {

absl::Status ReadText(const oci::json::Fields& fields, absl::string_view name, std::string& text) {
  const absl::string_view raw = fields.Find(name);
  if (raw.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(text, oci::json::DecodeString(raw));
  return absl::OkStatus();
}

absl::StatusOr<oci::Platform> ReadJsonPlatform(absl::string_view text) {
  ABSL_RETURN_IF_ERROR(oci::json::Validate(text));
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(text));
  oci::Platform platform;
  ABSL_RETURN_IF_ERROR(ReadText(fields, "os", platform.os));
  ABSL_RETURN_IF_ERROR(ReadText(fields, "architecture", platform.architecture));
  ABSL_RETURN_IF_ERROR(ReadText(fields, "variant", platform.variant));
  ABSL_RETURN_IF_ERROR(ReadText(fields, "os.version", platform.os_version));
  // As in moby (httputils.DecodePlatform).
  if (platform.os.empty() || platform.architecture.empty()) {
    return oci::InvalidInputError("both os and architecture must be provided");
  }
  return oci::Normalize(std::move(platform));
}

absl::StatusOr<oci::Platform> ReadPlatform(absl::string_view text) {
  absl::StatusOr<oci::Platform> platform =
      absl::StartsWith(text, "{") ? ReadJsonPlatform(text) : oci::ParsePlatform(text);
  if (platform.ok()) return platform;
  return oci::InvalidInputError(absl::StrCat("failed to parse platform: ", platform.status().message()));
}

// As moby reads booleans (httputils.BoolValue).
bool ReadBool(absl::string_view text) {
  const std::string word = absl::AsciiStrToLower(absl::StripAsciiWhitespace(text));
  return !(word.empty() || word == "0" || word == "no" || word == "false" || word == "none");
}

}  // namespace

absl::StatusOr<Asked> ReadParameters(const Parameters& parameters) {
  Asked asked;
  bool all = false;
  for (const auto& [key, value] : parameters) {
    if (key == "type") asked.query.types.push_back(value);
    if (key == "statement") asked.statement = ReadBool(value);
    if (key != "platform" || value.empty()) continue;
    if (value == "all") {
      all = true;
      continue;
    }
    ABSL_ASSIGN_OR_RETURN(oci::Platform platform, ReadPlatform(value));
    asked.query.platforms.push_back(std::move(platform));
  }
  ABSL_RETURN_IF_ERROR(attest::reader::CheckTypes(asked.query.types));
  if (all) {
    asked.query.platforms.clear();
  } else if (asked.query.platforms.empty()) {
    asked.query.platforms.push_back(oci::HostPlatform());
  }
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
