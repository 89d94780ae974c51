// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push_plan.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/content/graph.h"
#include "oci/error.h"
#include "oci/image/attestation.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::push {
namespace {

void SetReferrer(PlannedManifest& planned, std::optional<Descriptor> subject, absl::string_view artifact_type,
                 std::string listed_type, Annotations annotations) {
  planned.subject = std::move(subject);
  planned.referrer = {.media_type = planned.descriptor.media_type,
                      .digest = planned.descriptor.digest,
                      .size = planned.descriptor.size,
                      .annotations = std::move(annotations),
                      .artifact_type = std::move(listed_type)};
  std::optional<image::AttestationMark> mark =
      image::FindAttestationMark(planned.descriptor, artifact_type, planned.subject);
  planned.attestation = mark.has_value();
  if (mark.has_value()) {
    planned.about = std::move(mark->image);
  } else if (planned.subject.has_value()) {
    planned.about = planned.subject->digest;
  }
}

absl::Status AddIndex(PlannedManifest planned, const content::GraphNode& node, const content::Graph& graph,
                      PushPlan& plan) {
  ABSL_ASSIGN_OR_RETURN(image::Index index, image::ParseIndex(planned.bytes));
  for (const Descriptor& child : node.successors) {
    if (graph.Find(child.digest)->is_document) {
      planned.children.push_back(child.digest);
    } else {
      planned.blobs.push_back(child);
    }
  }
  const std::string artifact_type = index.artifact_type;
  SetReferrer(planned, std::move(index.subject), artifact_type, artifact_type, std::move(index.annotations));
  plan.indexes.push_back(std::move(planned));
  return absl::OkStatus();
}

absl::Status AddManifest(PlannedManifest planned, const content::GraphNode& node, PushPlan& plan) {
  ABSL_ASSIGN_OR_RETURN(image::Manifest manifest, image::ParseManifest(planned.bytes));
  SetReferrer(planned, std::move(manifest.subject), manifest.artifact_type,
              manifest.artifact_type.empty() ? manifest.config.media_type : manifest.artifact_type,
              std::move(manifest.annotations));
  planned.blobs = node.successors;
  (planned.about.has_value() || planned.attestation ? plan.referrers : plan.images).push_back(std::move(planned));
  return absl::OkStatus();
}

// What a manifest is about goes before it. A chain that comes back to itself, as annotations of index entries may
// claim, is cut where it was entered.
void OrderReferrers(std::vector<PlannedManifest>& referrers) {
  std::map<Digest, size_t> places;
  for (size_t i = 0; i < referrers.size(); ++i) places.emplace(referrers[i].descriptor.digest, i);
  std::vector<bool> placed(referrers.size());
  std::vector<PlannedManifest> ordered;
  ordered.reserve(referrers.size());
  for (size_t first = 0; first < referrers.size(); ++first) {
    std::vector<size_t> chain;  // each is about the next
    for (size_t at = first; !placed[at];) {
      placed[at] = true;
      chain.push_back(at);
      const auto about = referrers[at].about.has_value() ? places.find(*referrers[at].about) : places.end();
      if (about == places.end()) break;
      at = about->second;
    }
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) ordered.push_back(std::move(referrers[*at]));
  }
  referrers = std::move(ordered);
}

}  // namespace

const PlannedManifest* PushPlan::Find(const Digest& digest) const {
  for (const auto* manifests : {&images, &referrers, &indexes}) {
    for (const PlannedManifest& manifest : *manifests) {
      if (manifest.descriptor.digest == digest) return &manifest;
    }
  }
  return nullptr;
}

std::vector<const PlannedManifest*> PushPlan::InOrder() const {
  std::vector<const PlannedManifest*> all;
  std::map<Digest, const PlannedManifest*> by_digest;
  for (const auto* manifests : {&images, &referrers, &indexes}) {
    for (const PlannedManifest& manifest : *manifests) {
      all.push_back(&manifest);
      by_digest.emplace(manifest.descriptor.digest, &manifest);
    }
  }
  std::vector<const PlannedManifest*> ordered;
  std::set<const PlannedManifest*> entered;
  std::vector<std::pair<const PlannedManifest*, bool>> open;  // and whether what it needs was entered
  for (const PlannedManifest* const first : all) {
    open.emplace_back(first, false);
    while (!open.empty()) {
      const auto [manifest, is_ready] = open.back();
      open.pop_back();
      if (is_ready) ordered.push_back(manifest);
      if (is_ready || !entered.insert(manifest).second) continue;
      open.emplace_back(manifest, true);
      const auto need = [&](const Digest& digest) {
        if (const auto found = by_digest.find(digest); found != by_digest.end())
          open.emplace_back(found->second, false);
      };
      for (const Digest& child : manifest->children) need(child);
      if (manifest->about.has_value()) need(*manifest->about);
    }
  }
  return ordered;
}

bool PushPlan::HasReferrerOfRoot() const {
  return std::any_of(referrers.begin(), referrers.end(),
                     [this](const PlannedManifest& referrer) { return referrer.about == root; });
}

absl::StatusOr<PushPlan> MakePushPlan(const Context& context, content::Fetcher& from, const Descriptor& root,
                                      const std::vector<Descriptor>& referrers) {
  std::vector<Descriptor> roots = {root};
  roots.insert(roots.end(), referrers.begin(), referrers.end());
  for (const Descriptor& descriptor : roots) {
    if (image::IsIndex(descriptor.media_type) || image::IsManifest(descriptor.media_type)) continue;
    return InvalidInputError(
        absl::StrCat(descriptor.digest.ToString(), " is neither manifest nor index but ", descriptor.media_type));
  }
  content::GraphBudget budget;
  ABSL_ASSIGN_OR_RETURN(content::Graph graph,
                        content::ReadGraph(context, from, roots, {.skip_non_distributable = true}, budget));
  PushPlan plan{.root = root.digest};
  for (content::GraphNode& node : graph.nodes) {
    if (!node.is_document) continue;
    PlannedManifest planned{.descriptor = node.descriptor, .bytes = std::move(node.bytes), .referrer = node.descriptor};
    planned.descriptor.size = static_cast<int64_t>(planned.bytes.size());
    const bool is_index = image::IsIndex(node.descriptor.media_type);
    ABSL_RETURN_IF_ERROR(is_index ? AddIndex(std::move(planned), node, graph, plan)
                                  : AddManifest(std::move(planned), node, plan));
  }
  OrderReferrers(plan.referrers);
  return plan;
}

}  // namespace waybill::oci::registry::push
