// SPDX-License-Identifier: Apache-2.0
// Image manifests and indexes (image-spec, manifest.md and image-index.md), Docker's included.
#ifndef WAYBILL_OCI_IMAGE_MANIFEST_H_
#define WAYBILL_OCI_IMAGE_MANIFEST_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/json/json.h"

namespace waybill::oci::image {

struct Manifest {
  std::string media_type;
  std::string artifact_type;
  Descriptor config;
  std::vector<Descriptor> layers;  // none is written as null
  std::optional<Descriptor> subject;
  Annotations annotations;
};

struct Index {
  std::string media_type;
  std::string artifact_type;
  std::vector<Descriptor> manifests;  // none is written as []
  std::optional<Descriptor> subject;
  Annotations annotations;
};

// Larger manifests and indexes are refused when read.
inline constexpr int64_t kMaxManifestBytes = 16 << 20;

// Compact and in the field order of the image-spec's Go types.
void WriteDescriptor(json::Writer& writer, const Descriptor& descriptor);
std::string ToCompactJson(const Descriptor& descriptor);
std::string ToCompactJson(const Index& index);
// Indented by two spaces, no trailing newline: the form in which manifests and indexes are stored.
std::string ToIndentedJson(const Manifest& manifest);
std::string ToIndentedJson(const Index& index);

// Unknown fields are ignored. Errors: INVALID_ARGUMENT naming the field ("layers[2]: size: ..."): a bad digest, a
// negative size, wrong types, a schema version other than 2 (none will do), more than kMaxManifestBytes. A manifest
// with "manifests" and an index with "config" or "layers" are refused, so that no reader takes the document for the
// other kind.
absl::StatusOr<Descriptor> ParseDescriptor(absl::string_view raw);
absl::StatusOr<Manifest> ParseManifest(absl::string_view bytes);
absl::StatusOr<Index> ParseIndex(absl::string_view bytes);

// Everything `bytes`, a document of type `media_type`, points to: manifests of an index, config and layers of a
// manifest, in that order; never `subject`. None for any other media type.
absl::StatusOr<std::vector<Descriptor>> Successors(absl::string_view media_type, absl::string_view bytes);

}  // namespace waybill::oci::image

#endif  // WAYBILL_OCI_IMAGE_MANIFEST_H_
