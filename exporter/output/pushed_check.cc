// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/pushed_check.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "attest/reader/look.h"
#include "attest/reader/reader.h"
#include "attest/reader/tree.h"
#include "attest/verify/check.h"
#include "attest/verify/finding.h"
#include "oci/error.h"
#include "oci/places/open_image.h"
#include "oci/status_macros.h"

namespace waybill::exporter::output {
namespace {

using attest::reader::ImageTree;
using attest::reader::Node;
using attest::reader::NodeKind;
using attest::verify::Discovery;
using attest::verify::Finding;

constexpr absl::Duration kMostTime = absl::Minutes(10);
// More are only counted.
constexpr size_t kFindingsTold = 5;

Discovery DiscoveryOf(const ImageTree& tree, Listed listed) {
  if (listed == Listed::kByReferrers) return Discovery::kReferrers;
  const bool has_legacy = std::any_of(tree.nodes.begin(), tree.nodes.end(), [](const Node& node) {
    return node.kind == NodeKind::kAttestation && !node.subject.has_value();
  });
  return listed == Listed::kInIndex || has_legacy ? Discovery::kIndex : Discovery::kBoth;
}

std::string Tell(const std::vector<Finding>& findings) {
  std::string text;
  for (size_t i = 0; i < std::min(findings.size(), kFindingsTold); ++i) {
    const Finding& finding = findings[i];
    absl::StrAppend(&text, i == 0 ? "" : "; ", finding.rule, ": ", finding.object, ": ", finding.message);
  }
  if (findings.size() > kFindingsTold) absl::StrAppend(&text, "; and ", findings.size() - kFindingsTold, " more");
  return text;
}

}  // namespace

absl::Status CheckPushed(const oci::Context& context, oci::registry::Host& host, const std::string& repository,
                         const oci::Digest& root, Listed listed) {
  const std::unique_ptr<oci::places::OpenedImage> image =
      oci::places::OpenRegistryImage(host, repository, root.ToString());
  const absl::StatusOr<ImageTree> tree =
      attest::reader::ReadImage(context.WithTimeout(kMostTime),
                                {.content = image->content(), .names = image->names(), .referrers = image->referrers()},
                                image->name(), {.limits = {.look_bytes = attest::reader::kWholeBlob}});
  if (!tree.ok()) return oci::Annotate(tree.status(), "reading back what was pushed (verify=true)");
  const std::vector<Finding> findings =
      attest::verify::CheckTree(*tree, {.discovery = DiscoveryOf(*tree, listed), .required = {}});
  if (findings.empty()) return absl::OkStatus();
  return oci::VerificationError(
      absl::StrCat("what was pushed is not as it should be, so that no tag was moved (verify=true): ", Tell(findings)));
}

}  // namespace waybill::exporter::output
