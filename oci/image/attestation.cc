// SPDX-License-Identifier: Apache-2.0
#include "oci/image/attestation.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "oci/image/media_types.h"

namespace waybill::oci::image {
namespace {

const std::string* Find(const Annotations& annotations, absl::string_view key) {
  const auto found = annotations.find(std::string(key));
  return found == annotations.end() ? nullptr : &found->second;
}

}  // namespace

std::optional<AttestationMark> FindAttestationMark(const Descriptor& entry, absl::string_view artifact_type,
                                                   const std::optional<Descriptor>& subject) {
  const std::string* const type = Find(entry.annotations, kReferenceType);
  const bool marked = type != nullptr && *type == kAttestationReference;
  if (const std::string* const image = Find(entry.annotations, kReferenceDigest); marked && image != nullptr) {
    absl::StatusOr<Digest> digest = Digest::Parse(*image);
    if (!digest.ok()) return AttestationMark{};
    return AttestationMark{*std::move(digest)};
  }
  if (subject.has_value() && (marked || artifact_type == kAttestationManifest)) return AttestationMark{subject->digest};
  return std::nullopt;
}

std::optional<AttestationMark> FindAttestationMark(const Descriptor& entry, const Manifest& manifest) {
  return FindAttestationMark(entry, manifest.artifact_type, manifest.subject);
}

Annotations AttestationAnnotations(const Digest& image) {
  return {{std::string(kReferenceDigest), image.ToString()},
          {std::string(kReferenceType), std::string(kAttestationReference)}};
}

}  // namespace waybill::oci::image
