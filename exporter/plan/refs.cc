// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/refs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/words/quote.h"

namespace waybill::exporter::plan {

absl::Status CheckShape(const request::BuildResult& result, const request::Metadata& metadata) {
  if (!result.is_map && (result.refs.size() > 1 || (result.refs.size() == 1 && !result.refs.contains("")))) {
    return oci::InvalidInputError(absl::StrCat("refs: a result that is no map has one ref, \"\", and this one has ",
                                               result.refs.size(), ", \"",
                                               oci::words::Quoted(result.refs.rbegin()->first, 200), "\" among them"));
  }
  if (result.is_map && request::FindMetadata(metadata, request::kPlatformsKey) == nullptr) {
    return oci::InvalidInputError("build result contains multiple refs without platforms mapping");
  }
  return absl::OkStatus();
}

const request::Ref* FindRef(const request::BuildResult& result, const std::string& id) {
  static const request::Ref* const empty = new request::Ref();
  if (!result.is_map || result.refs.size() == 1) return result.refs.empty() ? empty : &result.refs.begin()->second;
  const auto found = result.refs.find(id);
  return found == result.refs.end() ? nullptr : &found->second;
}

bool IsInlineOnly(const request::Attestation& attestation) {
  const auto found = attestation.metadata.find("inline-only");
  return found != attestation.metadata.end() && found->second == "true";
}

std::vector<std::string> UnusedAttestations(const request::BuildResult& result,
                                            const std::vector<ResultPlatform>& platforms) {
  std::vector<std::string> warnings;
  const auto id = [](std::string* out, const ResultPlatform& platform) { absl::StrAppend(out, platform.id); };
  for (const auto& [key, attestations] : result.attestations) {
    const bool used = std::any_of(platforms.begin(), platforms.end(),
                                  [&key = key](const ResultPlatform& platform) { return platform.id == key; });
    if (used || attestations.empty()) continue;
    warnings.push_back(absl::StrCat("attestations of \"", oci::words::Quoted(key, 200),
                                    "\" are left out: the result's platforms are ",
                                    absl::StrJoin(platforms, ", ", id)));
  }
  return warnings;
}

}  // namespace waybill::exporter::plan
