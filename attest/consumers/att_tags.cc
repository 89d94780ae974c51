// SPDX-License-Identifier: Apache-2.0
#include "attest/consumers/att_tags.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attest/consumer_words.h"
#include "attest/reader/content.h"
#include "attest/reader/look.h"
#include "attest/sign/bundle.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/referrers_tag.h"
#include "oci/status_macros.h"

namespace waybill::attest::consumers {
namespace {

constexpr size_t kMostEnvelopes = 64;

// Empty when there is no such tag.
absl::StatusOr<std::vector<std::string>> ReadTag(const oci::Context& context, const reader::Place& place,
                                                 const std::string& tag) {
  std::vector<std::string> types;
  const absl::StatusOr<oci::Descriptor> root = place.names.Resolve(context, tag);
  if (absl::IsNotFound(root.status()) || absl::IsInvalidArgument(root.status())) return types;
  ABSL_RETURN_IF_ERROR(root.status());
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        oci::content::VerifiedBytes(context, place.content, *root, oci::image::kMaxManifestBytes));
  const absl::StatusOr<oci::image::Manifest> manifest = oci::image::ParseManifest(bytes);
  if (!manifest.ok()) return types;
  for (const oci::Descriptor& layer : manifest->layers) {
    if (layer.media_type != sign::kEnvelopeType || types.size() == kMostEnvelopes) continue;
    ABSL_ASSIGN_OR_RETURN(const reader::Content content,
                          reader::LookAt(context, place.content, layer, reader::kLookBytes));
    if (content.kind == reader::ContentKind::kEnvelope) types.push_back(content.predicate_type);
  }
  return types;
}

}  // namespace

absl::StatusOr<AttTags> ReadAttTags(const oci::Context& context, const reader::Place& place,
                                    const reader::ImageTree& tree) {
  AttTags tags;
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    if (i != 0 && tree.nodes[i].kind != reader::NodeKind::kImage) continue;
    const std::string tag = absl::StrCat(oci::image::ReferrersTag(tree.nodes[i].descriptor.digest), kCosignTagSuffix);
    absl::StatusOr<std::vector<std::string>> types = ReadTag(context, place, tag);
    if (!types.ok()) return oci::Annotate(types.status(), absl::StrCat("tag ", tag));
    if (!types->empty()) tags.emplace(i, *std::move(types));
  }
  return tags;
}

}  // namespace waybill::attest::consumers
