// SPDX-License-Identifier: Apache-2.0
// The names by which users call images, as skopeo writes them: the one place that reads them.
#ifndef WAYBILL_OCI_PLACES_IMAGE_NAME_H_
#define WAYBILL_OCI_PLACES_IMAGE_NAME_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/image/reference.h"

namespace waybill::oci::places {

// For messages and help texts.
inline constexpr absl::string_view kImageNameForms =
    "[docker://]HOST/REPO[:TAG|@DIGEST], oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:TAG]";

struct ImageName {
  enum class Kind {
    kRegistry,       // docker://HOST/REPO[:TAG|@DIGEST], or the same without the scheme
    kDirectory,      // oci:DIR[:TAG]
    kArchive,        // oci-archive:FILE[:TAG]
    kDockerArchive,  // docker-archive:FILE[:TAG]
  };
  Kind kind = Kind::kRegistry;
  std::string text;                           // as it was written
  std::optional<image::Reference> reference;  // of an image in a registry; it has a tag or a digest
  std::string path;                           // of the others
  // In the layout's index: an image name, a reference name or a digest; "" means the only image.
  std::string tag;
};

// Looks at the disk to tell a colon in a path from the one before the tag: the path is the longest part that exists and
// ends at the end or before a colon. Errors: INVALID_ARGUMENT naming the text and the forms.
absl::StatusOr<ImageName> ParseImageName(absl::string_view text);

// The same for a place where an image will be: `reference` is as it was written and may have neither tag nor digest,
// and a path need not exist. A path that does not exist ends before the first colon after its longest part that is a
// directory.
absl::StatusOr<ImageName> ParseDestinationName(absl::string_view text);

// Whether the name, from ParseDestinationName, has a tag or a digest; a repository or a whole layout has neither.
bool NamesOneImage(const ImageName& name);

}  // namespace waybill::oci::places

#endif  // WAYBILL_OCI_PLACES_IMAGE_NAME_H_
