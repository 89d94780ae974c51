// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "exporter/rpc/utf8.h"
#include "proto/google/rpc/status.pb.h"

namespace waybill::exporter::rpc {

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
    any.set_type_url(std::string(type));
    any.set_value(std::string(value));
  });
  return grpc::Status(static_cast<grpc::StatusCode>(code), details.message(), details.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return result;
  for (const google::protobuf::Any& any : details.details()) result.SetPayload(any.type_url(), absl::Cord(any.value()));
  return result;
}

}  // namespace waybill::exporter::rpc
