// SPDX-License-Identifier: Apache-2.0
#include "exporter/documents/attestation_form.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/convert/convert.h"
#include "attest/manifest.h"
#include "oci/error.h"
#include "oci/image/document.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::exporter::documents {
namespace {

absl::StatusOr<oci::image::Index> ReadIndex(const oci::Context& context, oci::content::Fetcher& content,
                                            const oci::Descriptor& root) {
  if (!oci::image::IsIndex(root.media_type)) {
    return oci::InvalidInputError(absl::StrCat(root.digest.ToString(), " is no index: it lists no attestations"));
  }
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        oci::content::VerifiedBytes(context, content, root, oci::image::kMaxManifestBytes));
  return oci::image::ParseIndex(bytes);
}

absl::Status Stage(const oci::Context& context, oci::content::Store& staging, const oci::image::Document& document) {
  return staging.Push(
      context, {.descriptor = document.descriptor, .source = std::make_unique<oci::io::StringSource>(document.bytes)});
}

// The attestation manifest that an index lists as `entry`; unset when the entry is something else.
absl::StatusOr<std::optional<attest::AttestationManifest>> ReadAttestation(const oci::Context& context,
                                                                           oci::content::Fetcher& content,
                                                                           const oci::Descriptor& entry) {
  if (!oci::image::IsManifest(entry.media_type)) return std::nullopt;
  ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                        oci::content::VerifiedBytes(context, content, entry, oci::image::kMaxManifestBytes));
  ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(bytes));
  return attest::TakeApart(entry, manifest);
}

// The same descriptor for other bytes.
absl::StatusOr<oci::Descriptor> StageIndex(const oci::Context& context, oci::content::Store& staging,
                                           oci::Descriptor root, const oci::image::Index& index) {
  oci::image::Document document{.descriptor = std::move(root), .bytes = oci::image::ToIndentedJson(index)};
  document.descriptor.digest = oci::Digest::Of(document.bytes);
  document.descriptor.size = static_cast<int64_t>(document.bytes.size());
  ABSL_RETURN_IF_ERROR(Stage(context, staging, document));
  return document.descriptor;
}

}  // namespace

absl::StatusOr<oci::Descriptor> WithAttestationsAs(const oci::Context& context, AttestationForm form,
                                                   oci::content::Fetcher& content, const oci::Descriptor& root,
                                                   oci::content::Store& staging) {
  ABSL_ASSIGN_OR_RETURN(
      const attest::convert::Conversion conversion,
      attest::convert::ConvertAttestations(context, form, content, root, {.with_loss = true}, staging));
  return conversion.root;
}

absl::StatusOr<ImagesAndAttestations> TakeOutAttestations(const oci::Context& context, oci::content::Fetcher& content,
                                                          const oci::Descriptor& root, oci::content::Store& staging) {
  ABSL_ASSIGN_OR_RETURN(oci::image::Index index, ReadIndex(context, content, root));
  ImagesAndAttestations parts{.root = root, .attestations = {}};
  std::vector<oci::Descriptor> images;
  for (oci::Descriptor& entry : index.manifests) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<attest::AttestationManifest> attestation,
                          ReadAttestation(context, content, entry));
    (attestation.has_value() ? parts.attestations : images).push_back(std::move(entry));
  }
  index.manifests = std::move(images);
  ABSL_ASSIGN_OR_RETURN(parts.root, StageIndex(context, staging, root, index));
  return parts;
}

}  // namespace waybill::exporter::documents
