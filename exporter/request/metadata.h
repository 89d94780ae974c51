// SPDX-License-Identifier: Apache-2.0
// The metadata of a build result: keys that exporters read, and how a platform's value is found.
#ifndef WAYBILL_EXPORTER_REQUEST_METADATA_H_
#define WAYBILL_EXPORTER_REQUEST_METADATA_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::exporter::request {

using Metadata = std::map<std::string, std::string>;

inline constexpr absl::string_view kPlatformsKey = "refs.platforms";
inline constexpr absl::string_view kConfigKey = "containerimage.config";
inline constexpr absl::string_view kBaseConfigKey = "containerimage.base.config";
inline constexpr absl::string_view kEpochKey = "source.date.epoch";
inline constexpr absl::string_view kImageNameKey = "image.name";

// Whether an export reads this key: one of the above, or for a platform "<key>/<platform id>".
bool IsMetadataKey(absl::string_view key);

// The value of exactly `key`, or nullptr. Points into `metadata`.
const std::string* FindMetadata(const Metadata& metadata, absl::string_view key);
// The value of "<key>/<platform_id>", else of `key`, else nullptr. Points into `metadata`.
const std::string* FindMetadata(const Metadata& metadata, absl::string_view key, absl::string_view platform_id);
// The key under which that value is, for errors.
std::string FoundKey(const Metadata& metadata, absl::string_view key, absl::string_view platform_id);

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_METADATA_H_
