// SPDX-License-Identifier: Apache-2.0
// An image that exists, read back as the build result that it could have come from.
#ifndef WAYBILL_EXPORTER_INPUT_IMAGE_IMAGE_H_
#define WAYBILL_EXPORTER_INPUT_IMAGE_IMAGE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/request/build_result.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace waybill::exporter::input::image {

struct ImageParts {
  oci::content::Fetcher& content;  // every blob under the root
  oci::content::Store& store;      // gets the predicates of the attestations; the export reads it as well
  std::string scratch_directory;   // for unlinked temporary files
  // Where attestations are kept beside the index: a registry's referrers, a layout's index.json. May be null.
  oci::content::ReferrerLister* referrers = nullptr;
  // The platforms that are wanted, normalised; none: all that are there. One without an OS version means all versions.
  std::vector<oci::Platform> platforms = {};
  // The one image of an index that is wanted.
  std::optional<oci::Digest> image = std::nullopt;
  // Whether to look for each layer: where that costs nothing, a platform whose layers are missing is found at once.
  bool check_layers = false;
};

// Of the referrers of one manifest so many are looked at, and so many are listed to choose these.
inline constexpr size_t kMaxReferrers = 100;
inline constexpr size_t kMaxListedReferrers = 4000;

// `root` is an index or a manifest. Platforms, configs, layers, annotations and attestations (manifests of BuildKit's
// kind, in both forms) are kept; names that layouts add to a root are not annotations of the image. Exporting the
// result of a BuildKit image with the options that it was made with gives the same image. What no build result can hold
// is a warning with its digest: artifacts, attestations whose image is gone, platforms whose blobs are not there,
// referrers of other kinds, and annotations (image_contents.h, image_attestations.h). Errors: UNIMPLEMENTED for a root
// that is no image, for two images of one platform and for signed envelopes; INVALID_ARGUMENT, NOT_FOUND and
// FAILED_PRECONDITION naming the platform, document or blob.
absl::StatusOr<request::BuildResult> ImportImage(const oci::Context& context, const oci::Descriptor& root,
                                                 const ImageParts& parts);

// Forgets the package URLs under which statements name the image, for an export that gives it other names.
void DropImageNames(request::BuildResult& result);

}  // namespace waybill::exporter::input::image

#endif  // WAYBILL_EXPORTER_INPUT_IMAGE_IMAGE_H_
