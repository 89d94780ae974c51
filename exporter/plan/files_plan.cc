// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/files_plan.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "exporter/plan/refs.h"
#include "exporter/request/epoch.h"
#include "exporter/request/metadata.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::plan {
namespace {

using oci::InvalidInputError;

// File times are counted in nanoseconds.
constexpr int64_t kLastSecond = 9'200'000'000;

// A platform id as the name of a directory or file (BuildKit v0.33 on).
std::string PathOf(const std::string& id) {
  std::string path = absl::StrReplaceAll(id, {{"/", "_"}, {"\\", "_"}, {":", "_"}});
  if (path == "." || path == "..") return std::string(path.size(), '_');
  return path;
}

absl::StatusOr<std::optional<int64_t>> SecondsOf(const request::Epoch& epoch) {
  if (!epoch.time().has_value()) return std::optional<int64_t>();
  const int64_t seconds = absl::ToUnixSeconds(*epoch.time());
  if (seconds < -kLastSecond || seconds > kLastSecond) {
    return InvalidInputError(absl::StrCat("source-date-epoch ", seconds, ": files cannot have such a time"));
  }
  return std::optional<int64_t>(seconds);
}

absl::StatusOr<PlatformPlan> PlanPlatform(const request::BuildResult& result, const ResultPlatform& platform,
                                          const request::Epoch& whole) {
  const request::Ref* const ref = FindRef(result, platform.id);
  if (ref == nullptr) return InvalidInputError(absl::StrCat("failed to find ref for ID ", platform.id));
  PlatformPlan plan{
      .platform = platform, .layers = ref->layers, .folder = {}, .attestations = {}, .statement_suffix = {}};
  ABSL_ASSIGN_OR_RETURN(const request::Epoch epoch, request::ResolveEpoch(whole, result.metadata, platform.id));
  ABSL_ASSIGN_OR_RETURN(plan.epoch, SecondsOf(epoch));
  if (const auto found = result.attestations.find(platform.id); found != result.attestations.end()) {
    for (const request::Attestation& attestation : found->second) {
      if (!IsInlineOnly(attestation)) plan.attestations.push_back(attestation);
    }
  }
  return plan;
}

}  // namespace

absl::StatusOr<FilesPlan> MakeFilesPlan(const request::BuildResult& result, const request::ExportOptions& options,
                                        const oci::Platform& host) {
  ABSL_RETURN_IF_ERROR(CheckShape(result, result.metadata));
  ABSL_ASSIGN_OR_RETURN(const std::vector<ResultPlatform> platforms, ParsePlatforms(result.metadata, host));
  if (!result.is_map && platforms.size() > 1) {
    return InvalidInputError("unable to export multiple platforms without map");
  }
  ABSL_ASSIGN_OR_RETURN(const request::Epoch whole, request::ResolveEpoch(options, result.metadata));
  const bool split = options.platform_split.value_or(result.is_map);
  // An archive of several platforms always has their directories.
  const bool folders = options.type == request::ExporterType::kTar ? result.is_map : split;
  FilesPlan plan{.platforms = {}, .warnings = UnusedAttestations(result, platforms)};
  std::set<std::string> taken;
  std::set<std::string> ids;
  for (const ResultPlatform& platform : platforms) {
    // BuildKit copies a platform that is listed twice into its directory twice.
    const bool again = !ids.insert(platform.id).second;
    if (again && split && options.type == request::ExporterType::kLocal && options.mode == request::LocalMode::kCopy) {
      continue;
    }
    ABSL_ASSIGN_OR_RETURN(PlatformPlan part, PlanPlatform(result, platform, whole));
    if (folders) part.folder = PathOf(platform.id);
    if (folders && !taken.insert(part.folder).second) {
      return InvalidInputError(absl::StrCat("duplicate path ", part.folder, ": file exists"));
    }
    if (result.is_map && !split) part.statement_suffix = absl::StrCat(".", PathOf(platform.id));
    plan.platforms.push_back(std::move(part));
  }
  return plan;
}

}  // namespace waybill::exporter::plan
