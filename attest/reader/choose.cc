// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/choose.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/predicate_types.h"
#include "attest/reader/reader.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::attest::reader {
namespace {

std::string Names(const std::vector<oci::Platform>& platforms) {
  return absl::StrJoin(platforms, ", ", [](std::string* out, const oci::Platform& platform) {
    absl::StrAppend(out, oci::FormatShort(platform));
  });
}

// The platforms of the images that an index lists, read or not.
std::vector<oci::Platform> PlatformsOf(const ImageTree& tree) {
  std::vector<oci::Platform> platforms;
  const auto add = [&](const oci::Platform& platform) {
    const oci::Platform normal = oci::Normalize(platform);
    const bool known = std::find(platforms.begin(), platforms.end(), normal) != platforms.end();
    if (!known && normal.os != "unknown") platforms.push_back(normal);
  };
  for (const Node& node : tree.nodes) {
    if (node.kind == NodeKind::kImage && node.platform.has_value()) add(*node.platform);
    for (const Edge& edge : node.children) {
      if (edge.descriptor.platform.has_value()) add(*edge.descriptor.platform);
    }
  }
  return platforms;
}

}  // namespace

absl::Status CheckPlatforms(const ImageTree& tree, const std::vector<oci::Platform>& wanted) {
  const std::vector<oci::Platform> there = PlatformsOf(tree);
  for (const oci::Platform& one : wanted) {
    const bool found = std::any_of(there.begin(), there.end(),
                                   [&](const oci::Platform& platform) { return IsWanted({one}, platform); });
    if (found) continue;
    return oci::NotFoundError(absl::StrCat("the image has no platform ", oci::FormatShort(one), "; it has ",
                                           there.empty() ? "none" : Names(there)));
  }
  return absl::OkStatus();
}

absl::Status CheckTypes(const std::vector<std::string>& types) {
  for (const std::string& type : types) {
    if (attest::IsTypeAlias(type) || absl::StrContains(type, ':')) continue;
    return oci::InvalidInputError(absl::StrCat(
        "type ", type, " is neither a predicate type, which is a URI, nor one of ", attest::TypeAliases()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Attestation>> Choose(const ImageTree& tree, std::vector<Attestation> attestations,
                                                const std::vector<std::string>& types) {
  ABSL_RETURN_IF_ERROR(CheckTypes(types));
  if (types.empty()) return attestations;
  std::erase_if(attestations, [&](const Attestation& one) {
    const std::string& type = tree.nodes[one.node].items[one.item].predicate_type();
    return std::none_of(types.begin(), types.end(),
                        [&](const std::string& wanted) { return attest::IsOfType(type, wanted); });
  });
  return attestations;
}

}  // namespace waybill::attest::reader
