// SPDX-License-Identifier: Apache-2.0
// The content service's messages from our types, and what filters see of them.
#ifndef WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_MESSAGES_H_
#define WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_MESSAGES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "exporter/service/content/filter.h"
#include "exporter/service/store/blob_catalog.h"
#include "google/protobuf/map.h"
#include "google/protobuf/timestamp.pb.h"
#include "oci/content/store/ingest_files.h"
#include "proto/containerd/services/content/v1/content.pb.h"

namespace waybill::exporter::service::content {

google::protobuf::Timestamp ToProto(absl::Time time);
::containerd::services::content::v1::Info ToProto(const store::BlobInfo& info);
::containerd::services::content::v1::Status ToProto(const oci::content::store::IngestStatus& status);

// Of "labels" with a key.
std::optional<std::string> LabelAt(const store::Labels& labels, const std::vector<std::string>& path);
// "digest", "size" and "labels" with a key.
FieldLookup FieldsOf(const store::BlobInfo& info);
// "ref".
FieldLookup FieldsOf(const oci::content::store::IngestStatus& status);

// INVALID_ARGUMENT naming a label whose key and value together are longer than containerd takes.
absl::Status CheckLabels(const google::protobuf::Map<std::string, std::string>& labels);

}  // namespace waybill::exporter::service::content

#endif  // WAYBILL_EXPORTER_SERVICE_CONTENT_CONTENT_MESSAGES_H_
