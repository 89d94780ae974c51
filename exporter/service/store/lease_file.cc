// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/lease_file.h"

#include <utility>
#include <vector>

#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "oci/time.h"

namespace waybill::exporter::service::store {
namespace {

absl::StatusOr<LeasedResource> ParseResource(absl::string_view text) {
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(text));
  LeasedResource resource;
  ABSL_ASSIGN_OR_RETURN(resource.type, oci::json::DecodeString(fields.Find("type")));
  ABSL_ASSIGN_OR_RETURN(resource.id, oci::json::DecodeString(fields.Find("id")));
  return resource;
}

}  // namespace

absl::StatusOr<std::optional<absl::Time>> ExpiryOf(const Labels& labels) {
  const auto label = labels.find(kExpireLabel);
  if (label == labels.end()) return std::nullopt;
  ABSL_ASSIGN_OR_RETURN(const oci::Timestamp expiry, oci::ParseTimestamp(label->second));
  return expiry.time;
}

std::string ToJson(const Lease& lease, const std::set<LeasedResource>& resources) {
  oci::json::Writer writer;
  writer.BeginObject().Key("id").String(lease.id).Key("client").String(lease.client);
  writer.Key("createdAt").String(oci::FormatTimestamp({lease.created_at}));
  writer.Key("labels").BeginObject();
  for (const auto& [key, value] : lease.labels) writer.Key(key).String(value);
  writer.EndObject().Key("resources").BeginArray();
  for (const LeasedResource& resource : resources) {
    writer.BeginObject().Key("type").String(resource.type).Key("id").String(resource.id).EndObject();
  }
  writer.EndArray().EndObject();
  return writer.Take();
}

absl::StatusOr<LeaseFile> ParseLease(absl::string_view text) {
  ABSL_RETURN_IF_ERROR(oci::json::Validate(text));
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(text));
  LeaseFile file;
  ABSL_ASSIGN_OR_RETURN(file.lease.id, oci::json::DecodeString(fields.Find("id")));
  ABSL_ASSIGN_OR_RETURN(file.lease.client, oci::json::DecodeString(fields.Find("client")));
  ABSL_ASSIGN_OR_RETURN(const std::string created, oci::json::DecodeString(fields.Find("createdAt")));
  ABSL_ASSIGN_OR_RETURN(const oci::Timestamp created_at, oci::ParseTimestamp(created));
  file.lease.created_at = created_at.time;
  ABSL_ASSIGN_OR_RETURN(file.lease.labels, oci::json::DecodeStringMap(fields.Find("labels")));
  ABSL_ASSIGN_OR_RETURN(file.lease.expires_at, ExpiryOf(file.lease.labels));
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> resources, oci::json::Elements(fields.Find("resources")));
  for (const absl::string_view element : resources) {
    ABSL_ASSIGN_OR_RETURN(LeasedResource resource, ParseResource(element));
    file.resources.insert(std::move(resource));
  }
  return file;
}

}  // namespace waybill::exporter::service::store
