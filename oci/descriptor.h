// SPDX-License-Identifier: Apache-2.0
// Content descriptors (image-spec, descriptor.md).
#ifndef WAYBILL_OCI_DESCRIPTOR_H_
#define WAYBILL_OCI_DESCRIPTOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oci/digest.h"
#include "oci/platform.h"

namespace waybill::oci {

using Annotations = std::map<std::string, std::string>;

// Fields in the order in which they are written; empty ones are left out.
struct Descriptor {
  std::string media_type;
  Digest digest;
  int64_t size = 0;  // bytes
  std::vector<std::string> urls;
  Annotations annotations;
  std::string data;  // raw bytes, written as base64
  std::optional<Platform> platform;
  std::string artifact_type;

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_DESCRIPTOR_H_
