// SPDX-License-Identifier: Apache-2.0
// OCI layouts as places where images are put. See OpenPublisher.
#ifndef WAYBILL_OCI_PLACES_LAYOUT_PUBLISHER_H_
#define WAYBILL_OCI_PLACES_LAYOUT_PUBLISHER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "oci/places/publisher.h"

namespace waybill::oci::places {

absl::StatusOr<std::unique_ptr<Publisher>> OpenDirectoryPublisher(const std::string& path);
absl::StatusOr<std::unique_ptr<Publisher>> OpenArchivePublisher(const std::string& path);

}  // namespace waybill::oci::places

#endif  // WAYBILL_OCI_PLACES_LAYOUT_PUBLISHER_H_
