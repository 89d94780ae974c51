// SPDX-License-Identifier: Apache-2.0
// The images of a repository or layout, by their tags.
#ifndef WAYBILL_OCI_COPY_TAGGED_IMAGES_H_
#define WAYBILL_OCI_COPY_TAGGED_IMAGES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/places/open_image.h"

namespace waybill::oci::copy {

// An image with all its tags.
struct TaggedImage {
  Descriptor root;
  std::vector<std::string> tags;
};

// A tag whose image could not be found out.
struct LostTag {
  std::string tag;
  absl::Status status;
};

struct TaggedImages {
  std::vector<TaggedImage> images;  // in the order of their first tags
  std::vector<LostTag> lost;        // in order
};

// Every image that has a tag, and the tags that do not resolve; tags that stand for referrers are left out. Errors:
// those of the lister and the context; INVALID_ARGUMENT for more than `limit` tags; NOT_FOUND when there is no such
// tag.
absl::StatusOr<TaggedImages> FindImages(const Context& context, places::OpenedImage& source, size_t limit);

// The same where every tag must resolve. Errors: those of FindImages, and of the first tag that does not.
absl::StatusOr<std::vector<TaggedImage>> ListImages(const Context& context, places::OpenedImage& source, size_t limit);

}  // namespace waybill::oci::copy

#endif  // WAYBILL_OCI_COPY_TAGGED_IMAGES_H_
