// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/entry_names.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/referrers_tag.h"
#include "oci/layout/layout.h"

namespace waybill::cli::changing {

namespace layout = oci::layout;

std::string AnnotationOf(const oci::Descriptor& entry, absl::string_view key) {
  const auto found = entry.annotations.find(std::string(key));
  return found == entry.annotations.end() ? "" : found->second;
}

absl::Status UseOutput(absl::string_view why) {
  return oci::InvalidInputError(absl::StrCat(why, "; --output writes the image elsewhere"));
}

// The name that writes an entry of these names again; "" for an entry without one.
absl::StatusOr<std::string> NameOf(const oci::Descriptor& entry, bool is_archive) {
  const std::string image = AnnotationOf(entry, layout::kImageName);
  const std::string ref = AnnotationOf(entry, layout::kRefName);
  const std::string again = is_archive ? layout::RefNameInArchive(image) : layout::RefNameInDirectory(image);
  if (!image.empty() && again == ref) return image;
  if (image.empty() && ref.find_first_of("/:@") == std::string::npos) return ref;
  return UseOutput(absl::StrCat("the layout names the image \"", ref, "\" in a way that is not kept"));
}

bool IsImage(const oci::Descriptor& entry) {
  return AnnotationOf(entry, layout::kSubjectDigest).empty() &&
         !oci::image::NamesReferrers(AnnotationOf(entry, layout::kRefName));
}

}  // namespace waybill::cli::changing
