// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/content/content_messages.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"

namespace waybill::exporter::service::content {

namespace api = ::containerd::services::content::v1;

google::protobuf::Timestamp ToProto(absl::Time time) {
  const timespec parts = absl::ToTimespec(time);
  google::protobuf::Timestamp message;
  message.set_seconds(parts.tv_sec);
  message.set_nanos(static_cast<int32_t>(parts.tv_nsec));
  return message;
}

api::Info ToProto(const store::BlobInfo& info) {
  api::Info message;
  message.set_digest(info.digest.ToString());
  message.set_size(info.size);
  *message.mutable_created_at() = ToProto(info.created_at);
  *message.mutable_updated_at() = ToProto(info.updated_at);
  message.mutable_labels()->insert(info.labels.begin(), info.labels.end());
  return message;
}

api::Status ToProto(const oci::content::store::IngestStatus& status) {
  api::Status message;
  *message.mutable_started_at() = ToProto(status.started_at);
  *message.mutable_updated_at() = ToProto(status.updated_at);
  message.set_ref(status.ref);
  message.set_offset(status.offset);
  message.set_total(status.expected.size.value_or(0));
  if (status.expected.digest.has_value()) message.set_expected(status.expected.digest->ToString());
  return message;
}

std::optional<std::string> LabelAt(const store::Labels& labels, const std::vector<std::string>& path) {
  if (path.size() < 2 || path[0] != "labels") return std::nullopt;
  // Keys with dots need no quotes.
  std::string key = path[1];
  for (size_t i = 2; i < path.size(); ++i) absl::StrAppend(&key, ".", path[i]);
  const auto label = labels.find(key);
  if (label == labels.end()) return std::nullopt;
  return label->second;
}

FieldLookup FieldsOf(const store::BlobInfo& info) {
  return [&info](const std::vector<std::string>& path) -> std::optional<std::string> {
    if (path.size() == 1 && path[0] == "digest") return info.digest.ToString();
    if (path.size() == 1 && path[0] == "size") return absl::StrCat(info.size);
    return LabelAt(info.labels, path);
  };
}

FieldLookup FieldsOf(const oci::content::store::IngestStatus& status) {
  return [&status](const std::vector<std::string>& path) -> std::optional<std::string> {
    if (path.size() == 1 && path[0] == "ref") return status.ref;
    return std::nullopt;
  };
}

absl::Status CheckLabels(const google::protobuf::Map<std::string, std::string>& labels) {
  constexpr size_t kMaxLabelBytes = 4096;
  for (const auto& [key, value] : labels) {
    if (const size_t size = key.size() + value.size(); size > kMaxLabelBytes) {
      return oci::InvalidInputError(absl::StrCat("label key and value length (", size,
                                                 " bytes) greater than maximum size (", kMaxLabelBytes,
                                                 " bytes), key: ", key.substr(0, 64)));
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::service::content
