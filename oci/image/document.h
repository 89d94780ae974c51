// SPDX-License-Identifier: Apache-2.0
// A document of an image (config, manifest, index) and the descriptor by which others refer to it.
#ifndef WAYBILL_OCI_IMAGE_DOCUMENT_H_
#define WAYBILL_OCI_IMAGE_DOCUMENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "oci/descriptor.h"

namespace waybill::oci::image {

struct Document {
  Descriptor descriptor;
  std::string bytes;
};

struct ManifestDocuments {
  Document config;
  Document manifest;
};

// The descriptor has the type, the digest and the size of `bytes`, and nothing else.
Document MakeDocument(absl::string_view media_type, std::string bytes);

}  // namespace waybill::oci::image

#endif  // WAYBILL_OCI_IMAGE_DOCUMENT_H_
