// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/attestation_form.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/documents/assemble.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::exporter::documents {
namespace {

constexpr absl::string_view kReferenceType = "vnd.docker.reference.type";
constexpr absl::string_view kReferenceDigest = "vnd.docker.reference.digest";

bool IsAttestation(const oci::Descriptor& entry) { return entry.annotations.contains(std::string(kReferenceType)); }

absl::StatusOr<oci::image::Index> ReadIndex(const oci::Context& context, oci::content::Fetcher& content,
                                            const oci::Descriptor& root) {
  if (!oci::image::IsIndex(root.media_type)) {
    return oci::InvalidInputError(absl::StrCat(root.digest.ToString(), " is no index: it lists no attestations"));
  }
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        oci::content::VerifiedBytes(context, content, root, oci::image::kMaxManifestBytes));
  return oci::image::ParseIndex(bytes);
}

absl::Status Stage(const oci::Context& context, oci::content::Store& staging, const Document& document) {
  return staging.Push(
      context, {.descriptor = document.descriptor, .source = std::make_unique<oci::io::StringSource>(document.bytes)});
}

// The same descriptor for other bytes.
absl::StatusOr<oci::Descriptor> StageIndex(const oci::Context& context, oci::content::Store& staging,
                                           oci::Descriptor root, const oci::image::Index& index) {
  Document document{.descriptor = std::move(root), .bytes = oci::image::ToIndentedJson(index)};
  document.descriptor.digest = oci::Digest::Of(document.bytes);
  document.descriptor.size = static_cast<int64_t>(document.bytes.size());
  ABSL_RETURN_IF_ERROR(Stage(context, staging, document));
  return document.descriptor;
}

}  // namespace

absl::StatusOr<oci::Descriptor> WithAttestationsAs(const oci::Context& context, AttestationForm form,
                                                   oci::content::Fetcher& content, const oci::Descriptor& root,
                                                   oci::content::Store& staging) {
  const bool artifact = form == AttestationForm::kArtifact;
  ABSL_ASSIGN_OR_RETURN(oci::image::Index index, ReadIndex(context, content, root));
  bool changed = false;
  for (oci::Descriptor& entry : index.manifests) {
    if (!IsAttestation(entry)) continue;
    ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                          oci::content::VerifiedBytes(context, content, entry, oci::image::kMaxManifestBytes));
    ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(bytes));
    const auto of = entry.annotations.find(std::string(kReferenceDigest));
    if (of == entry.annotations.end() || manifest.artifact_type.empty() != artifact) continue;
    const auto subject =
        std::find_if(index.manifests.begin(), index.manifests.end(),
                     [&of](const oci::Descriptor& image) { return image.digest.ToString() == of->second; });
    if (subject == index.manifests.end()) continue;
    const ManifestDocuments other = AssembleAttestation(artifact, *subject, manifest.layers);
    ABSL_RETURN_IF_ERROR(Stage(context, staging, other.config));
    ABSL_RETURN_IF_ERROR(Stage(context, staging, other.manifest));
    entry = other.manifest.descriptor;
    changed = true;
  }
  if (!changed) return root;
  return StageIndex(context, staging, root, index);
}

absl::StatusOr<ImagesAndAttestations> TakeOutAttestations(const oci::Context& context, oci::content::Fetcher& content,
                                                          const oci::Descriptor& root, oci::content::Store& staging) {
  ABSL_ASSIGN_OR_RETURN(oci::image::Index index, ReadIndex(context, content, root));
  const auto first = std::stable_partition(index.manifests.begin(), index.manifests.end(),
                                           [](const oci::Descriptor& entry) { return !IsAttestation(entry); });
  ImagesAndAttestations parts{.root = root, .attestations = {first, index.manifests.end()}};
  index.manifests.erase(first, index.manifests.end());
  ABSL_ASSIGN_OR_RETURN(parts.root, StageIndex(context, staging, root, index));
  return parts;
}

}  // namespace waybill::exporter::documents
