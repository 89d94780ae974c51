// SPDX-License-Identifier: Apache-2.0
// Manifests of artifacts with one blob, which refer to an image (image-spec, manifest.md, "Guidelines for Artifact
// Usage").
#ifndef WAYBILL_ATTEST_PUBLISH_ARTIFACT_H_
#define WAYBILL_ATTEST_PUBLISH_ARTIFACT_H_

#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/image/document.h"

namespace waybill::attest::publish {

// The manifest and its config, the empty one. The artifact's type is the media type of the blob. The manifest's
// descriptor has the type and the annotations, as lists of referrers show them.
oci::image::ManifestDocuments MakeArtifact(const oci::Descriptor& subject, const oci::Descriptor& blob,
                                           const oci::Annotations& annotations);

// What cosign says of a bundle around a statement of that predicate type.
oci::Annotations BundleAnnotations(absl::string_view predicate_type);

// The media type of the documents that statements of that predicate type hold, as Trivy and Ratify look for it; ""
// where nobody looks for such documents.
absl::string_view DocumentType(absl::string_view predicate_type);

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_ARTIFACT_H_
