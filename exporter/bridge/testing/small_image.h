// SPDX-License-Identifier: Apache-2.0
// The smallest image that a daemon may have built, and its answer for it.
#ifndef WAYBILL_EXPORTER_BRIDGE_TESTING_SMALL_IMAGE_H_
#define WAYBILL_EXPORTER_BRIDGE_TESTING_SMALL_IMAGE_H_

#include <map>
#include <string>

namespace waybill::exporter::bridge::testing {

struct SmallImage {
  struct Blob {
    std::string digest;
    std::string bytes;
  };
  SmallImage();

  Blob layer;
  Blob config;
  Blob manifest;
  // As the daemon's oci exporter answers; the descriptor has the annotation that it adds.
  std::map<std::string, std::string> response;
};

}  // namespace waybill::exporter::bridge::testing

#endif  // WAYBILL_EXPORTER_BRIDGE_TESTING_SMALL_IMAGE_H_
