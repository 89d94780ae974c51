// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/status.h"

#include <optional>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "exporter/rpc/utf8.h"
#include "oci/error.h"
#include "proto/google/rpc/error_details.pb.h"
#include "proto/google/rpc/status.pb.h"

namespace waybill::exporter::rpc {
namespace {

google::protobuf::Any PackErrorInfo(const oci::ErrorInfo& info) {
  google::rpc::ErrorInfo message;
  message.set_reason(info.reason);
  message.set_domain(kErrorDomain);
  for (const auto& [key, value] : info.metadata) {
    (*message.mutable_metadata())[ToUtf8(key, kMaxDetailBytes)] = ToUtf8(value, kMaxDetailBytes);
  }
  google::protobuf::Any any;
  any.PackFrom(message);
  return any;
}

// Nullopt for what is no ErrorInfo of waybill's.
std::optional<oci::ErrorInfo> UnpackErrorInfo(const google::protobuf::Any& any) {
  google::rpc::ErrorInfo message;
  if (!any.UnpackTo(&message) || message.domain() != kErrorDomain) return std::nullopt;
  oci::ErrorInfo info{.reason = message.reason()};
  info.metadata.insert(message.metadata().begin(), message.metadata().end());
  return info;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) { return ToGrpcAs(status.code(), status); }

grpc::Status ToGrpcAs(absl::StatusCode code, const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(code));
  details.set_message(ToUtf8(status.message(), kMaxMessageBytes));
  size_t total = 0;
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& value) {
    total += type.size() + value.size();
    if (total > kMaxDetailBytes) return;
    google::protobuf::Any& any = *details.add_details();
    if (type == oci::kErrorPayload) {
      any = PackErrorInfo(*oci::ErrorInfoOf(status));
    } else {
      any.set_type_url(std::string(type));
      any.set_value(std::string(value));
    }
  });
  return grpc::Status(static_cast<grpc::StatusCode>(code), details.message(), details.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return result;
  for (const google::protobuf::Any& any : details.details()) {
    if (const std::optional<oci::ErrorInfo> info = UnpackErrorInfo(any); info.has_value()) {
      oci::SetErrorInfo(*info, result);
    } else {
      result.SetPayload(any.type_url(), absl::Cord(any.value()));
    }
  }
  return result;
}

}  // namespace waybill::exporter::rpc
