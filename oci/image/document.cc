// SPDX-License-Identifier: Apache-2.0
#include "oci/image/document.h"

#include <cstdint>
#include <utility>

#include "oci/digest.h"

namespace waybill::oci::image {

Document MakeDocument(absl::string_view media_type, std::string bytes) {
  Descriptor descriptor{
      .media_type = std::string(media_type), .digest = Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
  return {std::move(descriptor), std::move(bytes)};
}

}  // namespace waybill::oci::image
