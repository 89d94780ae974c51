// SPDX-License-Identifier: Apache-2.0
// Several images, each read from a place of its own, as one index. Pure.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_JOIN_H_
#define WAYBILL_TOOLS_CLI_CHANGING_JOIN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/reader/tree.h"
#include "oci/descriptor.h"
#include "oci/image/document.h"

namespace waybill::cli::changing {

struct JoinedImage {
  std::string name;  // as the user wrote it, for messages
  const attest::reader::ImageTree& tree;
  std::string index;  // the root's bytes; "" when the root is a manifest
};

struct Joined {
  oci::image::Document index;
  std::vector<oci::Descriptor> images;     // that it lists
  std::vector<oci::Descriptor> referrers;  // manifests about what it lists that it does not list itself
  std::vector<std::string> warnings;       // what is left out, and why
};

// The index of all: images in the order of the names, then everything else that the indexes list, in the same order.
// Entries keep all their fields, and what several indexes list is listed once. The new index has the annotations that
// all indexes have. Signatures and other referrers of the old indexes are left out, because they are not about this
// one. Errors: INVALID_ARGUMENT for two images of one platform, naming both, and for an image that could not be read as
// a whole.
absl::StatusOr<Joined> Join(const std::vector<JoinedImage>& images);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_JOIN_H_
