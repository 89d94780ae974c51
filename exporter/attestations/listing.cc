// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/listing.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attest/reader/choose.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::attestations {
namespace {

using attest::reader::Edge;
using attest::reader::ImageTree;
using attest::reader::Node;
using attest::reader::NodeKind;

constexpr size_t kMaxGaps = 20;

bool IsAsked(const Query& query, const ImageTree& tree, const Node& about) {
  if (query.platforms.empty()) return about.kind == NodeKind::kImage || about.kind == NodeKind::kIndex;
  if (about.kind != NodeKind::kImage) return false;
  // An image without a platform is for whoever names it.
  if (!about.platform.has_value()) return &about == &tree.root();
  return attest::reader::IsWanted(query.platforms, oci::Normalize(*about.platform));
}

absl::Status CheckThere(const Query& query, const ImageTree& tree) {
  const Node& root = tree.root();
  if (root.kind == NodeKind::kImage && !root.platform.has_value()) return absl::OkStatus();
  return attest::reader::CheckPlatforms(tree, query.platforms);
}

// Manifests that an index lists, and that were asked for by platform, must be there.
absl::Status CheckListed(const Query& query, const ImageTree& tree) {
  if (query.platforms.empty()) return absl::OkStatus();
  for (const Node& node : tree.nodes) {
    for (const Edge& edge : node.children) {
      if (!edge.node.has_value()) continue;
      const absl::Status& status = tree.nodes[*edge.node].status;
      // NOT_FOUND would say that there is no such image.
      if (status.ok()) continue;
      return oci::MakeError(
          oci::Reason::kVerification,
          absl::StrCat("the index lists ", edge.descriptor.digest.ToString(), ": ", status.message()));
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> GapsOf(const ImageTree& tree) {
  std::vector<std::string> gaps;
  const auto add = [&](std::string gap) {
    if (gaps.size() < kMaxGaps) gaps.push_back(std::move(gap));
  };
  for (const std::string& note : tree.notes) add(note);
  for (const Node& node : tree.nodes) {
    const std::string digest = node.descriptor.digest.ToString();
    if (!node.status.ok()) add(absl::StrCat(digest, ": ", node.status.message()));
    if (!node.referrers_status.ok()) add(absl::StrCat("referrers of ", digest, ": ", node.referrers_status.message()));
    if (node.left_out + node.items_left_out > 0) {
      add(absl::StrCat(digest, ": ", node.left_out + node.items_left_out, " more are beyond the limits"));
    }
  }
  return gaps;
}

// Adds the entry, or its sources to that of the same statement in another manifest, as when an image has attestation
// manifests of both forms.
void Add(std::vector<Entry>& entries, Entry entry) {
  for (Entry& known : entries) {
    if (known.about != entry.about || known.item->descriptor.digest != entry.item->descriptor.digest) continue;
    for (const attest::reader::Source source : entry.sources) {
      if (std::find(known.sources.begin(), known.sources.end(), source) == known.sources.end()) {
        known.sources.push_back(source);
      }
    }
    return;
  }
  entries.push_back(std::move(entry));
}

}  // namespace

absl::StatusOr<oci::Descriptor> Listing::Find(absl::string_view digest) const {
  for (const Entry& entry : entries_) {
    if (entry.item->descriptor.digest.ToString() == digest) return entry.item->descriptor;
  }
  return oci::NotFoundError(absl::StrCat("the image has no attestation ", digest));
}

absl::StatusOr<std::unique_ptr<Listing>> Lister::List(const oci::Context& context, absl::string_view name,
                                                      const Query& query) const {
  ABSL_RETURN_IF_ERROR(attest::reader::CheckTypes(query.types));
  auto listing = std::make_unique<Listing>();
  ABSL_ASSIGN_OR_RETURN(listing->image_, policy_.Admit(name));
  absl::StatusOr<std::unique_ptr<oci::places::OpenedImage>> place =
      oci::places::OpenImage(context, listing->image_.name, client_);
  if (!place.ok()) return listing->Told(place.status());
  listing->place_ = *std::move(place);
  oci::places::OpenedImage& opened = *listing->place_;
  absl::StatusOr<ImageTree> tree = attest::reader::ReadImage(
      context, {.content = opened.content(), .names = opened.names(), .referrers = opened.referrers()}, opened.name(),
      {.platforms = query.platforms, .look = query.look, .limits = kLimits});
  if (!tree.ok()) return listing->Told(oci::Annotate(tree.status(), absl::StrCat("image ", name)));
  listing->tree_ = *std::move(tree);
  const ImageTree& read = listing->tree_;
  ABSL_RETURN_IF_ERROR(oci::Annotate(CheckThere(query, read), absl::StrCat("image ", name)));
  ABSL_RETURN_IF_ERROR(listing->Told(oci::Annotate(CheckListed(query, read), absl::StrCat("image ", name))));
  ABSL_ASSIGN_OR_RETURN(std::vector<attest::reader::Attestation> chosen,
                        attest::reader::Choose(read, attest::reader::ListAttestations(read), query.types));
  for (attest::reader::Attestation& one : chosen) {
    const Node& manifest = read.nodes[one.node];
    const attest::reader::Item& item = manifest.items[one.item];
    if (item.predicate_type().empty() || !IsAsked(query, read, read.nodes[one.about])) continue;
    Add(listing->entries_, {.manifest = &manifest,
                            .about = &read.nodes[one.about],
                            .item = &item,
                            .sources = std::move(one.sources),
                            .match = one.match});
  }
  std::vector<oci::Descriptor> blobs;
  for (const Entry& entry : listing->entries_) blobs.push_back(entry.item->descriptor);
  listed_.Remember(name, blobs);
  for (std::string& gap : GapsOf(read)) {
    listing->gaps_.push_back(std::string(listing->Told(absl::UnknownError(gap)).message()));
  }
  return listing;
}

}  // namespace waybill::exporter::attestations
