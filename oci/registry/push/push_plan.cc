// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push_plan.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::push {
namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxManifests = 10'000;
constexpr int64_t kMaxManifestBytesInAll = 4 * image::kMaxManifestBytes;  // they wait in memory
constexpr absl::string_view kReferenceType = "vnd.docker.reference.type";
constexpr absl::string_view kReferenceDigest = "vnd.docker.reference.digest";

std::optional<Digest> AboutWhat(const PlannedManifest& planned) {
  if (planned.subject.has_value()) return planned.subject->digest;
  const auto named = planned.descriptor.annotations.find(std::string(kReferenceDigest));
  if (named == planned.descriptor.annotations.end()) return std::nullopt;
  absl::StatusOr<Digest> digest = Digest::Parse(named->second);
  return digest.ok() ? std::optional<Digest>(*std::move(digest)) : std::nullopt;
}

class Planner {
 public:
  Planner(const Context& context, content::Fetcher& from, const Digest& root)
      : context_(context), from_(from), plan_{.root = root} {}

  absl::Status Visit(const Descriptor& descriptor, int depth) {
    if (!seen_.insert(descriptor.digest).second) return absl::OkStatus();
    if (depth > kMaxDepth || seen_.size() > kMaxManifests) {
      return InvalidInputError("the image's indexes are nested too deep or list too many manifests");
    }
    PlannedManifest planned{.descriptor = descriptor, .referrer = descriptor};
    ABSL_ASSIGN_OR_RETURN(planned.bytes, content::VerifiedBytes(context_, from_, descriptor, image::kMaxManifestBytes));
    planned.descriptor.size = static_cast<int64_t>(planned.bytes.size());
    bytes_ += planned.descriptor.size;
    if (bytes_ > kMaxManifestBytesInAll) return InvalidInputError("the image's manifests are too large in all");
    if (image::IsIndex(descriptor.media_type)) return VisitIndex(std::move(planned), depth);
    if (image::IsManifest(descriptor.media_type)) return VisitManifest(std::move(planned));
    return InvalidInputError(
        absl::StrCat(descriptor.digest.ToString(), " is neither manifest nor index but ", descriptor.media_type));
  }

  PushPlan Take() { return std::move(plan_); }

 private:
  static void SetReferrer(PlannedManifest& planned, std::optional<Descriptor> subject, std::string artifact_type,
                          Annotations annotations) {
    planned.subject = std::move(subject);
    planned.referrer = {.media_type = planned.descriptor.media_type,
                        .digest = planned.descriptor.digest,
                        .size = planned.descriptor.size,
                        .annotations = std::move(annotations),
                        .artifact_type = std::move(artifact_type)};
    planned.attestation =
        planned.subject.has_value() || planned.descriptor.annotations.contains(std::string(kReferenceType));
    if (planned.attestation) planned.about = AboutWhat(planned);
  }

  absl::Status VisitIndex(PlannedManifest planned, int depth) {
    ABSL_ASSIGN_OR_RETURN(image::Index index, image::ParseIndex(planned.bytes));
    for (const Descriptor& child : index.manifests) {
      planned.children.push_back(child.digest);
      ABSL_RETURN_IF_ERROR(Visit(child, depth + 1));
    }
    SetReferrer(planned, std::move(index.subject), index.artifact_type, std::move(index.annotations));
    plan_.indexes.push_back(std::move(planned));
    return absl::OkStatus();
  }

  absl::Status VisitManifest(PlannedManifest planned) {
    ABSL_ASSIGN_OR_RETURN(image::Manifest manifest, image::ParseManifest(planned.bytes));
    SetReferrer(planned, std::move(manifest.subject),
                manifest.artifact_type.empty() ? manifest.config.media_type : manifest.artifact_type,
                std::move(manifest.annotations));
    planned.blobs.push_back(std::move(manifest.config));
    for (Descriptor& layer : manifest.layers) {
      if (!image::IsNonDistributable(layer.media_type)) planned.blobs.push_back(std::move(layer));
    }
    (planned.attestation ? plan_.attestations : plan_.images).push_back(std::move(planned));
    return absl::OkStatus();
  }

  const Context context_;
  content::Fetcher& from_;
  PushPlan plan_;
  std::set<Digest> seen_;
  int64_t bytes_ = 0;
};

}  // namespace

const PlannedManifest* PushPlan::Find(const Digest& digest) const {
  for (const auto* manifests : {&images, &attestations, &indexes}) {
    for (const PlannedManifest& manifest : *manifests) {
      if (manifest.descriptor.digest == digest) return &manifest;
    }
  }
  return nullptr;
}

absl::StatusOr<PushPlan> MakePushPlan(const Context& context, content::Fetcher& from, const Descriptor& root,
                                      const std::vector<Descriptor>& referrers) {
  Planner planner(context, from, root.digest);
  ABSL_RETURN_IF_ERROR(planner.Visit(root, 0));
  for (const Descriptor& referrer : referrers) ABSL_RETURN_IF_ERROR(planner.Visit(referrer, 1));
  return planner.Take();
}

}  // namespace waybill::oci::registry::push
