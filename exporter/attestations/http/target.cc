// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/http/target.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/words/percent.h"

namespace waybill::exporter::attestations::http {
namespace {

constexpr size_t kMaxParameters = 100;
constexpr absl::string_view kImages = "/images/";
constexpr absl::string_view kAttestations = "/attestations";

// The text without percent escapes.
absl::StatusOr<std::string> Decoded(absl::string_view text) {
  std::optional<std::string> decoded = oci::words::PercentDecoded(text);
  if (!decoded.has_value()) return oci::InvalidInputError("invalid URL escape in the target of the request");
  return *std::move(decoded);
}

absl::StatusOr<Parameters> ParseQuery(absl::string_view query) {
  Parameters parameters;
  for (const absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    if (parameters.size() == kMaxParameters) return oci::InvalidInputError("the request has too many parameters");
    const std::pair<absl::string_view, absl::string_view> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    ABSL_ASSIGN_OR_RETURN(std::string key, Decoded(absl::StrReplaceAll(pair.first, {{"+", " "}})));
    ABSL_ASSIGN_OR_RETURN(std::string value, Decoded(absl::StrReplaceAll(pair.second, {{"+", " "}})));
    parameters.emplace_back(std::move(key), std::move(value));
  }
  return parameters;
}

// Takes "/v1.55" off `path`, with the errors of moby's daemon.
absl::Status TakeVersion(absl::string_view& path) {
  absl::string_view rest = path;
  if (!absl::ConsumePrefix(&rest, "/v")) return absl::OkStatus();
  const absl::string_view version = rest.substr(0, rest.find('/'));
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(version, absl::MaxSplits('.', 1));
  int major = 0;
  int minor = 0;
  // "/version", or a path of another kind.
  if (!absl::SimpleAtoi(parts.first, &major) || !absl::SimpleAtoi(parts.second, &minor)) return absl::OkStatus();
  if (major > 1 || (major == 1 && minor > kApiMinor)) {
    return oci::InvalidInputError(
        absl::StrCat("client version ", version, " is too new. Maximum supported API version is ", kApiVersion));
  }
  if (major < 1 || minor < kApiMinor) {
    return oci::InvalidInputError(
        absl::StrCat("client version ", version, " is too old. Minimum supported API version is ", kApiVersion));
  }
  path = rest.substr(version.size());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Target> ParseTarget(absl::string_view target) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(target.substr(0, target.find('#')), absl::MaxSplits('?', 1));
  Target parsed;
  ABSL_ASSIGN_OR_RETURN(const std::string whole, Decoded(parts.first));
  ABSL_ASSIGN_OR_RETURN(parsed.parameters, ParseQuery(parts.second));
  absl::string_view path = whole;
  ABSL_RETURN_IF_ERROR(TakeVersion(path));
  if (path == "/_ping") parsed.kind = Target::Kind::kPing;
  if (path == "/version") parsed.kind = Target::Kind::kVersion;
  if (!absl::ConsumePrefix(&path, kImages)) return parsed;
  if (absl::ConsumeSuffix(&path, kAttestations)) {
    parsed.kind = Target::Kind::kAttestations;
    parsed.name = std::string(path);
    return parsed;
  }
  const size_t slash = path.rfind('/');
  if (slash == path.npos || !absl::EndsWith(path.substr(0, slash), kAttestations)) return parsed;
  ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, oci::Digest::Parse(path.substr(slash + 1)));
  parsed.kind = Target::Kind::kBlob;
  parsed.digest = digest.ToString();
  parsed.name = std::string(absl::StripSuffix(path.substr(0, slash), kAttestations));
  return parsed;
}

}  // namespace waybill::exporter::attestations::http
